"""What Vimeo is asked for, in which order: who the account is, its videos with their comments, showcases and events; single things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.shapes import content_of
from recordroom.platforms.vimeo.api import Api, base_of
from recordroom.platforms.vimeo.asking import Todo
from recordroom.platforms.vimeo.fields import PROFILE
from recordroom.platforms.vimeo.listing import Listing
from recordroom.platforms.vimeo.missing import GONE, Missing
from recordroom.platforms.vimeo.permalinks import post_in
from recordroom.platforms.vimeo.platform import SERVER
from recordroom.platforms.vimeo.shapes import PAGE, WHO
from recordroom.platforms.vimeo.things import last_step, native_of, parts_of

if TYPE_CHECKING:
    from recordroom.register.models import Account

_TOKEN = "Put a token of that account into the connection; docs/platforms/vimeo.md says how to get it."  # noqa: S105 (words)


def identify(account: Account, client: Client) -> Identity:
    """The account to which the token belongs: that of `account.url`, or the one that is known already, whatever it is called now."""
    exchange = Api(client).get(f"{base_of(account)}/me", {"fields": "uri,name,link"})
    found = content_of(exchange)
    WHO.check(found, exchange, "")
    native, link = native_of(found["uri"], exchange, "/uri")[1], found.get("link")
    known = account.identity is not None and account.identity.native_id == native
    handle = last_step(link or "")
    if not known and last_step(account.url) not in {handle, f"user{native}"} - {""}:
        words = f"the token belongs to {link or found['uri']}, the register says {account.url}"
        mend = f"If it was renamed, correct `url` (https://vimeo.com/user{native} outlives every name). Else: {_TOKEN}"
        raise AccountUnavailable(words, mend, exchange)
    return Identity(native, SERVER, found.get("name"), handle or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`videos`: all that the account has; None where the API does not count them."""
    exchange = Api(client).get(f"{base_of(account)}/me/videos", {"per_page": 1, "fields": "uri"})
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    return None if body.get("total") is None else Totals({"videos": int(body["total"])}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the videos page by page, each page followed by the comments on its videos; then showcases and events."""
    walk = Listing(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = Todo("", videos=[post_in(window.url or "")])
        profile = walk.get("me", {"fields": PROFILE})
        short = walk.short if walk.todo.edge else {}
        yield replace(profile, context={**profile.context, **short}, cursor=walk.todo.cursor)
    yield from walk.pending()
    while walk.todo.edge:
        yield from walk.glance() if walk.todo.edge == "older" else walk.listed()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: a 404 then is about this one thing, though not why, and so is a 403 of an
    event, of a plan that has them no more. Nothing is concluded where the token may not see all, nor of a comment or a showcase that is
    refused: comments may have been switched off."""
    walk = Missing(account, client)
    for known in ids:
        what = parts_of(known.record_id)[0]
        try:
            yield walk.alone(known)
        except (AccountUnavailable, Blocked) as gone:
            refused = isinstance(gone, Blocked)
            if gone.exchange is None or (refused and what not in ("live_events", "comments", "albums")):
                raise
            if walk.unseen or (refused and what != "live_events"):
                told = {"not_given": True, "untold": [known.record_id]}
                yield replace(gone.exchange, context={**gone.exchange.context, **told})
            else:
                yield Absence(known.record_id, UNAVAILABLE, GONE, gone.exchange)
