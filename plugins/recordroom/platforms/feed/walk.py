"""What is asked of a site: its feed, with the validators of the last capture, and page by page where all of
it is wanted.

What `parse` cannot know stands in the context of a page: whether entries may have come and gone unseen, which
of them are to be called by all that they say, and of a further page, which of them a newer one shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, Totals
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.cursor import Unreadable
from recordroom.platforms.feed.feedparsing import parsed, parts
from recordroom.platforms.feed.names import Names, apart, unnamed
from recordroom.platforms.feed.order import may_have_missed
from recordroom.platforms.feed.platform import ACCEPT
from recordroom.platforms.feed.records import parse
from recordroom.platforms.http import place_of, place_with_query
from recordroom.platforms.paging import by_next_url, not_in_vain
from recordroom.platforms.permalinks import ANY

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:  # noqa: ARG001 (a feed's only identity is its address)
    """Host and path, and a mark of the query: one path may lead to many feeds (RSSFeed.aspx?ModID=1,
    videos.xml?channel_id=UC1). One that was captured before queries counted stays what it was. The core keeps
    those of the first capture where the register says `formerly`."""
    place = place_of(account.url)
    name = place if account.identity and account.identity.server == place else place_with_query(account.url)
    return Identity(name, name)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    url = account.api_url or account.url
    context = {"account": account.known.native_id, "server": account.known.server}
    if window.kind in ("history", "full"):
        yield from _pages(client, url, window, context)
        return
    headers = {"Accept": ACCEPT} | (_conditions(window, url) if window.kind == "recent" else {})
    exchange = client.get(url, headers=headers, context=context, expect=(200, 304))
    if window.kind == "one" and not _shows(exchange, window.url or ""):
        words = f"{url}: the feed does not show {window.url} (any more)"
        raise UsageError(words, "Only entries that the feed shows now can be captured.")
    yield _first(_apart(exchange, window), window) if exchange.status == 200 else exchange


def _pages(client: Client, url: str, window: Window, context: Mapping[str, Any]) -> Iterator[Exchange]:
    """All of them. A further one that is not given is the last: what stands behind it is told to lack."""
    pages = not_in_vain(
        by_next_url(
            client, url, None, _next_page, headers={"Accept": ACCEPT}, context=context, start=window.cursor
        ),
        lambda page: not parsed(page)[0].entries,
    )
    first, shown = window.cursor is None, set[str]()
    try:
        for page in pages:
            told = _apart(page, window)
            names = _names(told)
            yield _first(told, window) if first else _further(told, shown & names)
            shown |= names
            first = False
    except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
        if first or failure.exchange is None or (isinstance(failure, UnexpectedResponse) and failure.endless):
            raise
        words = f"the feed leads to a further page of older entries, which is not given: {failure.message}"
        yield replace(failure.exchange, context={**context, "not_given": True, "short": words}, cursor=None)


def read_cursor(cursor: str) -> str:
    """The address of the next page."""
    if not re.match(r"https?://[^/]", cursor):
        raise Unreadable("it is no address")
    return cursor


def _shows(exchange: Exchange, url: str) -> bool:
    wanted = permalinks.read(url, ANY)
    return any(permalinks.is_at(wanted, record.url) for record in parse(exchange))


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:  # noqa: ARG001
    """A feed says nothing of what it does not show."""
    yield from ()


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001
    return None


def _conditions(window: Window, url: str) -> dict[str, str]:
    """The headers that let the server answer "unchanged"; its validators stand under the address that
    answered at last.
    """
    known = window.validators.get(url) or (
        next(iter(window.validators.values())) if len(window.validators) == 1 else {}
    )
    sent = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last-modified")}
    return {name: value for name, value in sent.items() if value}


def _first(page: Exchange, window: Window) -> Exchange:
    """The page that the validators are of, and that has entries if the feed has any."""
    held: dict[str, Any] = {"held": True} if window.held and window.kind != "one" else {}
    if held and (words := _missed(page, window)):
        held["missed"] = words
    return replace(page, context={**page.context, **held, "validator": True})


def _names(page: Exchange) -> set[str]:
    """Of the entries that have a guid of their own: one without may be another that has the link, date and
    title of the newer one.
    """
    try:
        made = {name for names in _unnamed(page) if names for name in names}
        return {record.native_id for record in parse(page) if record.kind != "profile"} - made
    except PlatformFailure:  # the core says so when it reads the page itself
        return set()


def _further(page: Exchange, passed: set[str]) -> Exchange:
    """An entry that was changed stands on top once more, and as it was in the page of its time: the newest
    page has the word (RFC 5005, 4), also on what the feed says of itself."""
    more = {"passed": sorted(passed)} if passed else {}
    return replace(page, context={**page.context, "further": True, **more})


def _missed(page: Exchange, window: Window) -> str:
    """In words what may have come and gone unseen: a feed shows its newest entries only, and none below the
    new ones was seen before.
    """
    try:
        found = [_as_placed(record, window) for record in parse(page) if record.kind != "profile"]
        further = _next_page(page)
    except PlatformFailure:  # the core says so when it reads the page itself
        return ""
    if further or not may_have_missed(found, window.holds):
        return ""
    held = sum(window.holds(record.record_id) for record in found)
    none = f"none of the {len(found)} entries that {page.url} shows was seen before"
    if held:
        were = "was" if held == 1 else "were"
        none = (
            f"of the {len(found)} entries that {page.url} shows only {held} {were} seen before, above the new"
            " ones"
        )
    elif len(found) == 1:
        none = f"the only entry that {page.url} shows was not seen before"
    return f"{none}: others may have come and gone since the last look"


def _as_placed(record: Record, window: Window) -> Record:
    """Without the only date of an entry that was changed since it was seen: many feeds put it on top for
    that, and it stood elsewhere.
    """
    if record.published_at is not None or record.valid_from is None:
        return record
    held = window.known(record.record_id, anywhere=True)
    moved = held is not None and held.captured is not None and record.valid_from > held.captured
    return replace(record, valid_from=None) if moved else record


def _next_page(exchange: Exchange) -> str | None:
    """The address of older entries (RFC 5005)."""
    links = parts(parsed(exchange)[0].feed)[0].get("links", ())
    return next(
        (link["href"] for link in links if link.get("rel") in ("next", "prev-archive") and link.get("href")),
        None,
    )


def _apart(page: Exchange, window: Window) -> Exchange:
    """With the names, in the context, that `parse` cannot know."""
    try:
        names = _unnamed(page)
    except PlatformFailure:  # the core says so when it reads the page itself
        return page
    server = page.context["server"]
    found = apart(names, lambda name: window.holds(f"feed:{server}#{name}"))
    return replace(page, context={**page.context, "apart": found}) if found else page


def _unnamed(page: Exchange) -> list[Names | None]:
    return unnamed([parts(entry)[0] for entry in parsed(page)[0].entries])
