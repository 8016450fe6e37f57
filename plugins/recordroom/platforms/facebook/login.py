"""Facebook's login: which Page is meant, the Page's own token for the consent of a person with a role on it,
and when that token ends.

Read (https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow,
.../guides/access-tokens/get-long-lived, https://developers.facebook.com/documentation/pages-api/manage-pages
and /docs/facebook-login/auth-vs-data, 2026-11-25): https://www.facebook.com/<version>/dialog/oauth     the
page on which a person agrees; with Facebook Login for Business `config_id`
                                                      names what is asked for, and no scopes are sent
  /oauth/access_token?code=                           their token for an hour or two
  /oauth/access_token?grant_type=fb_exchange_token    their token for 60 days, with which the Page's has no
  end of its own /me/permissions                                     what they agreed to: single permissions
  can be left out /me/accounts?fields=access_token,tasks              the Pages that they chose, with each
  Page's token and what they may do on it /debug_token                                        when the Page's
  token, and its access to data, ends; its permissions

The person's tokens serve for that and are forgotten; the Page's alone is given out. Access to data ends 90
days after the person was last active in the app: an archive that reads by itself is no activity of theirs, so
they consent again in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled
from recordroom.platforms.contract import Client, Code, Consent, Token, TokenClient
from recordroom.platforms.meta.errors import ERRORS
from recordroom.platforms.meta.graph import GraphAs, items_of, next_page
from recordroom.platforms.meta.tokens import inspected, of_code, permitted, told_by
from recordroom.platforms.oauth import APP
from recordroom.platforms.paging import by_next_url
from recordroom.platforms.schema import LIST, NULL, TEXT, Shape, content_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

READING = (
    "pages_read_engagement",
    "pages_read_user_content",
)  # https://developers.facebook.com/docs/graph-api/reference/page/#Reading
SCOPES = ("pages_show_list", *READING)
MODERATES = frozenset(
    {"MODERATE", "PROFILE_PLUS_MODERATE", "PROFILE_PLUS_FULL_CONTROL"}
)  # of the package facebook-business: Page.Tasks

HOLDER = Shape({"id": TEXT, **dict.fromkeys(("name", "username", "link"), TEXT | NULL)})
PAGE = Shape(
    {
        "id": TEXT,
        **dict.fromkeys(("name", "username", "link", "access_token"), TEXT | NULL),
        "tasks": LIST | NULL,
    }
)
PERMISSION = Shape({"permission": TEXT, "status": TEXT})
_AGAIN = "They consent again (`recordroom connect`) and choose"
_PORTFOLIO = (
    "A Page of a business portfolio may be left out of that list: docs/platforms/facebook.md says what to do"
    " then."
)


def consent(version: str) -> Consent:
    """`rerequest`: what was left out the last time is asked for again."""
    page = f"https://www.facebook.com/{version}/dialog/oauth"
    more = {"auth_type": "rerequest"}
    return Consent(page, SCOPES, ("pages_messaging",), chosen="config_id", joined=",", more=more, proof=False)


def page_token(account: Account, client: TokenClient, code: Code, base: str) -> Token:
    """The token of the account's Page. AccountUnavailable: the person did not choose that Page; Blocked: they
    left out a permission, or may not moderate on the Page. No failure holds a token."""
    endpoint, app = f"{base}/oauth/access_token", {name: client.secrets[name] for name in APP}
    asked = app | {"redirect_uri": code.redirect, "code": code.code}
    short, _ = of_code(client.trade(endpoint, asked, expect=(200, *ERRORS)))
    asked = app | {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
    person = GraphAs(client, told_by(client.trade(endpoint, asked, expect=(200, *ERRORS))).values["token"])
    _must_permit(person, base)
    page = _chosen(account, person, base)
    values = {"token": page["access_token"]}
    try:
        ends = token_ends(client, base, page["access_token"])
    except PlatformFailure:  # it is asked again each night
        return Token(values)
    return Token(values, ends.expires_at, ends.consent_until)


def token_ends(client: TokenClient, base: str, token: str) -> Token:
    return inspected(client, base, token, _asking(client, token))


def permissions(client: Client, base: str) -> frozenset[str] | None:
    """Those of the account's token; None where they are not told."""
    token = client.secrets["token"]
    try:
        return permitted(client, base, token, _asking(client, token))
    except Throttled:
        raise
    except (
        PlatformFailure
    ):  # of the app, or because a token must not ask about itself: what the token may do is seen by its use
        return None


def _asking(client: Client, token: str) -> str:
    """The app, where the connection gives its id and secret; else the token itself, which is not documented."""
    held = client.secrets
    return "|".join(held[name] for name in APP) if all(name in held for name in APP) else token


def _must_permit(person: GraphAs, base: str) -> None:
    told = list(_listed(person, f"{base}/me/permissions", {"limit": 100}, PERMISSION))
    lacking = [scope for scope in SCOPES if {"permission": scope, "status": "granted"} not in told]
    if lacking:
        raise Blocked(
            f"the person did not agree to {', '.join(lacking)}",
            f"{_AGAIN} all permissions that are asked for.",
        )


def _chosen(account: Account, person: GraphAs, base: str) -> dict[str, Any]:
    """The account's Page among those that the person chose: by its number where it is known already, else by
    what the register calls it.
    """
    names = []
    for page in _listed(
        person,
        f"{base}/me/accounts",
        {"fields": "id,name,username,link,access_token,tasks", "limit": 100},
        PAGE,
    ):
        native, tasks = page["id"], page.get("tasks") or []
        if (
            native == account.identity.native_id
            if account.identity is not None
            else called(page) & names_in(account.url)
        ):
            if page.get("access_token") and not MODERATES.isdisjoint(tasks):
                return page
            words = (
                f"the person has no task MODERATE on the Page {native}, only"
                f" {', '.join(map(str, tasks)) or 'none at all'}"
            )
            raise Blocked(
                words, "Give them that task (*Community activity*), or let somebody consent who has it."
            )
        names.append(f"{page.get('name') or 'a Page'} ({native})")
    words = f"the person may let {', '.join(names) or 'no Page'} be read, the register says {account.url}"
    raise AccountUnavailable(
        words, f"{_AGAIN} that Page, or somebody does who has a role on it. {_PORTFOLIO}"
    )


def _listed(person: GraphAs, url: str, params: Mapping[str, Any], shape: Shape) -> Iterator[dict[str, Any]]:
    for answer in by_next_url(person, url, params, next_page):
        for pointer, item in items_of(content_of(answer), answer):
            shape.check(item, answer, pointer)
            yield item


def called(page: Mapping[str, Any]) -> set[str]:
    """What a Page is called in addresses: its number, its name."""
    return {page.get("id") or "", *names_in(page.get("link") or ""), plain(page.get("username") or "")} - {""}


def names_in(url: str) -> set[str]:
    """What an address calls a Page: /1, /profile.php?id=1, /Name, /Name-1, /p/Name-1, /pages/Name/1."""
    parts = urlsplit(url)
    last = plain(parts.path.rstrip("/").rpartition("/")[2])
    number = re.search(r"(?:^|-)(\d+)$", last)
    return {
        name for name in (*parse_qs(parts.query).get("id", ()), last, number[1] if number else "") if name
    }


def plain(name: str) -> str:
    """Dots and capitals make no other name."""
    return name.lower().replace(".", "")
