"""Tokens of Facebook: the consent that gives the Page's token, and permissions.

    /oauth/access_token?code=                           the person's token, for an hour or two
    /oauth/access_token?grant_type=fb_exchange_token    the person's token, for 60 days
    /me/permissions                                     what the person agreed to: they may leave out some
    /me/accounts?fields=access_token,tasks              the Pages that the person chose, each with its token
    /debug_token                                        when the Page's token and its access to data end

The person's tokens serve for these requests and are not stored; only the Page's token is, which has no end of
its own where the person's is for 60 days. Access to data ends 90 days after the person was last active in
the app. Captures are no activity of theirs, so they must consent again in time.

Sources, 2026-11-25: https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow,
.../guides/access-tokens/get-long-lived, https://developers.facebook.com/documentation/pages-api/manage-pages,
https://developers.facebook.com/docs/facebook-login/auth-vs-data/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled
from recordroom.platforms.contract import Client, ConsentCode, Token, TokenClient
from recordroom.platforms.facebook.platform import SCOPES, base_of, names_in, page_names
from recordroom.platforms.facebook.schema import MANAGED_PAGE, PERMISSION
from recordroom.platforms.meta.errors import ERRORS
from recordroom.platforms.meta.graph import GraphAs, items_of, next_page
from recordroom.platforms.meta.tokens import (
    inspect_token,
    read_code_response,
    read_meta_token,
    read_permissions,
)
from recordroom.platforms.oauth import APP
from recordroom.platforms.paging import follow_addresses
from recordroom.platforms.schema import Shape, load_content

if TYPE_CHECKING:
    from recordroom.register.models import Account

# Page.Tasks of the package facebook-business
MODERATES = frozenset({"MODERATE", "PROFILE_PLUS_MODERATE", "PROFILE_PLUS_FULL_CONTROL"})
_AGAIN = "Run `recordroom connect` again. The person must"
_PORTFOLIO = (
    "Facebook may leave out a Page of a business portfolio; docs/platforms/facebook.md says what to do then."
)


def consented(account: Account, client: TokenClient, code: ConsentCode) -> Token:
    """Return the token of the account's Page.

    AccountUnavailable: the person did not choose that Page. Blocked: they left out a permission, or may not
    moderate on the Page. No failure has a token in it.
    """
    base = base_of(account)
    endpoint, app = f"{base}/oauth/access_token", {name: client.secrets[name] for name in APP}
    sent = app | {"redirect_uri": code.redirect_uri, "code": code.code}
    short, _ = read_code_response(client.trade(endpoint, sent, expect=(200, *ERRORS)))
    sent = app | {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    person = GraphAs(
        client, read_meta_token(client.trade(endpoint, sent, expect=(200, *ERRORS))).values["token"]
    )
    _require_permissions(person, base)
    page = _chosen_page(account, person, base)
    values = {"token": page["access_token"]}
    try:
        ends = _inspect(client, base, page["access_token"])
    except PlatformFailure:  # `inspect` requests it again each night
        return Token(values)
    return Token(values, ends.expires_at, ends.consent_until)


def inspect(account: Account, client: TokenClient) -> Token:
    """Return when the account's token and its access to data end."""
    return _inspect(client, base_of(account), client.secrets["token"])


def _inspect(client: TokenClient, base: str, token: str) -> Token:
    return inspect_token(client, base, token, _inspecting_token(client, token))


def permissions_of(client: Client, base: str) -> frozenset[str] | None:
    """Return the permissions of the account's token; None: they are not known."""
    token = client.secrets["token"]
    try:
        return read_permissions(client, base, token, _inspecting_token(client, token))
    except Throttled:
        raise
    except PlatformFailure:  # of the app, or of a token that must not inspect itself; not of the Page
        return None


def _inspecting_token(client: Client, token: str) -> str:
    """Return the token with which another is inspected.

    That is the app's, where the connection gives its ID and secret; else the token itself, which is not
    documented.
    """
    secrets = client.secrets
    return "|".join(secrets[name] for name in APP) if all(name in secrets for name in APP) else token


def _require_permissions(person: GraphAs, base: str) -> None:
    """Raise Blocked where the person did not agree to all needed permissions."""
    listed = list(_items_of_list(person, f"{base}/me/permissions", {"limit": 100}, PERMISSION))
    missing = [scope for scope in SCOPES if {"permission": scope, "status": "granted"} not in listed]
    if missing:
        raise Blocked(
            f"the person did not agree to {', '.join(missing)}",
            f"{_AGAIN} agree to all requested permissions.",
        )


def _chosen_page(account: Account, person: GraphAs, base: str) -> dict[str, Any]:
    """Return the account's Page among those that the person chose.

    Its number decides once it is known; before, one of the names in the register's address.
    """
    names = []
    fields = {"fields": "id,name,username,link,access_token,tasks", "limit": 100}
    for page in _items_of_list(person, f"{base}/me/accounts", fields, MANAGED_PAGE):
        native, tasks = page["id"], page.get("tasks") or []
        if (
            native == account.identity.native_id
            if account.identity is not None
            else page_names(page) & names_in(account.url)
        ):
            if page.get("access_token") and not MODERATES.isdisjoint(tasks):
                return page
            words = (
                f"the person does not have the task MODERATE on the Page {native}, only"
                f" {', '.join(map(str, tasks)) or 'no task'}"
            )
            raise Blocked(
                words,
                "Give the person that task (*Community activity*), or let another person consent who has it.",
            )
        names.append(f"{page.get('name') or 'a Page'} ({native})")
    words = f"the person permits reading {', '.join(names) or 'no Page'}, but the register has {account.url}"
    raise AccountUnavailable(words, f"{_AGAIN} have a role on that Page, and choose it. {_PORTFOLIO}")


def _items_of_list(
    person: GraphAs, url: str, params: Mapping[str, Any], shape: Shape
) -> Iterator[dict[str, Any]]:
    for page in follow_addresses(person, url, params, next_page):
        for pointer, item in items_of(load_content(page), page):
            shape.check(item, page, pointer)
            yield item
