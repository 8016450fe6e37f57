"""The crawl of a feed: its requests, and what the order of its entries says.

One request reads a feed, with the validators of the last capture. The windows `history` and `full` follow its
pages (RFC 5005). The cursor is the address of the next page.

A feed shows its newest entries. Nothing was missed between two captures if the new entries are above one that
was seen before. An entry that stays on top (pinned) says nothing of those below it; its date shows that,
since those below it are not older.

The context of a page says what `parse` cannot know: whether entries may have been missed, which entries are
identified by their complete text (entry_ids.py), and which entries of a further page a newer page shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import structs

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, Totals
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Client, KnownRecord, Window
from recordroom.platforms.crawl import with_context
from recordroom.platforms.cursor import UnreadableCursor
from recordroom.platforms.feed.entry_ids import find_apart, ids_without_guid
from recordroom.platforms.feed.parse import parse
from recordroom.platforms.feed.platform import ACCEPT
from recordroom.platforms.feed.reader import entries_of, read_feed, select_parts
from recordroom.platforms.http import site_of, site_with_query
from recordroom.platforms.paging import follow_addresses, limit_empty_pages
from recordroom.platforms.permalinks import ANY

if TYPE_CHECKING:
    from recordroom.register.models import Account


def identify(account: Account, client: Client) -> Identity:  # noqa: ARG001
    """Identify a feed by its address: host, path, and a hash of the query.

    One path may lead to many feeds (RSSFeed.aspx?ModID=1, videos.xml?channel_id=UC1). A feed that was
    captured before queries counted keeps its identity. If the register says `formerly`, the core keeps that
    of the first capture.
    """
    place = site_of(account.url)
    name = place if account.identity and account.identity.server == place else site_with_query(account.url)
    return Identity(name, name)


def lookup(
    account: Account,  # noqa: ARG001
    ids: Iterable[KnownRecord],  # noqa: ARG001
    client: Client,  # noqa: ARG001
) -> Iterator[Exchange | Absence]:
    """Yield nothing: a feed says nothing of an entry that it does not show."""
    yield from ()


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001
    """Return None: a feed does not say how many entries there are."""
    return None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the feed (see the module docstring)."""
    url = account.api_url or account.url
    context = {"account": account.known.native_id, "server": account.known.server}
    if window.kind in ("history", "full"):
        yield from _read_pages(client, url, window, context)
        return
    headers = {"Accept": ACCEPT} | (_conditions_of(window, url) if window.kind == "recent" else {})
    exchange = client.get(url, headers=headers, context=context, expect=(200, 304))
    if window.kind == "one" and not _shows(exchange, window.url or ""):
        words = f"{url}: the feed does not currently list {window.url}"
        raise UsageError(words, "Only entries that the feed lists now can be captured.")
    yield _as_first(_with_apart(exchange, window), window) if exchange.status == 200 else exchange


def read_cursor(cursor: str) -> str:
    """Return the address of the next page, which is the cursor."""
    if not re.match(r"https?://[^/]", cursor):
        raise UnreadableCursor("it is not a web address")
    return cursor


def _read_pages(client: Client, url: str, window: Window, context: Mapping[str, Any]) -> Iterator[Exchange]:
    """Read all pages.

    A further page that is not given is the last one, and what is missing behind it is reported.
    """
    pages = limit_empty_pages(
        follow_addresses(
            client, url, None, _next_page, headers={"Accept": ACCEPT}, context=context, start=window.cursor
        ),
        lambda page: not read_feed(page)[0].entries,
    )
    is_first, shown = window.cursor is None, set[str]()
    try:
        for page in pages:
            read = _with_apart(page, window)
            guids = _guids_of(read)
            yield _as_first(read, window) if is_first else _as_further(read, shown & guids)
            shown |= guids
            is_first = False
    except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
        is_endless = isinstance(failure, UnexpectedResponse) and failure.endless
        if is_first or failure.exchange is None or is_endless:
            raise
        words = f"the feed links to a page of older entries that could not be read: {failure.message}"
        yield replace(failure.exchange, context={**context, "not_given": True, "short": words}, cursor=None)


def _next_page(exchange: Exchange) -> str | None:
    """Return the address of older entries (RFC 5005); None after the last page."""
    links = select_parts(read_feed(exchange)[0].feed)[0].get("links", ())
    return next(
        (link["href"] for link in links if link.get("rel") in ("next", "prev-archive") and link.get("href")),
        None,
    )


def _conditions_of(window: Window, url: str) -> dict[str, str]:
    """Return the headers that let the server respond "unchanged".

    Its validators are stored under the address that responded after redirects.
    """
    known = window.validators.get(url) or (
        next(iter(window.validators.values())) if len(window.validators) == 1 else {}
    )
    sent = {"If-None-Match": known.get("etag"), "If-Modified-Since": known.get("last-modified")}
    return {name: value for name, value in sent.items() if value}


def _shows(exchange: Exchange, url: str) -> bool:
    """Whether the feed shows the entry of a permalink."""
    wanted = permalinks.parse_permalink(url, ANY)
    return any(permalinks.is_same_address(wanted, record.url) for record in parse(exchange))


# -- contexts of pages -----------------------------------------------------------------------------------


def _as_first(page: Exchange, window: Window) -> Exchange:
    """Return the first page of a feed.

    The validators belong to it, and it has entries if the feed has any.
    """
    is_held = window.has_archived_records and window.kind != "one"
    missed = _missed(page, window) if is_held else ""
    return with_context(page, held=is_held, missed=missed, validator=True)


def _as_further(page: Exchange, passed: set[str]) -> Exchange:
    """Return a page of older entries.

    An entry that was changed is listed again at the top, and as it was on the page of its time. The newest
    page decides (RFC 5005, section 4), also on what the feed says of itself.

    passed: the IDs of entries that a newer page shows.
    """
    return with_context(page, further=True, passed=sorted(passed))


def _with_apart(page: Exchange, window: Window) -> Exchange:
    """Return a page with the entries that are identified by their complete text."""
    try:
        ids = ids_without_guid(entries_of(page))
    except PlatformFailure:  # the core reports it when it reads the page itself
        return page
    server = page.context["server"]
    return with_context(page, apart=find_apart(ids, lambda one: window.is_archived(f"feed:{server}#{one}")))


def _guids_of(page: Exchange) -> set[str]:
    """Return the IDs of the entries that have a guid of their own.

    One without may be another entry with the link, date, and title of a newer one.
    """
    try:
        made = {one for ids in ids_without_guid(entries_of(page)) if ids for one in ids}
        return {record.native_id for record in parse(page) if record.kind != "profile"} - made
    except PlatformFailure:  # the core reports it when it reads the page itself
        return set()


# -- the order of entries --------------------------------------------------------------------------------


def _missed(page: Exchange, window: Window) -> str:
    """Say what may have come and gone unseen; "": nothing."""
    try:
        entries = [_as_placed(record, window) for record in parse(page) if record.kind != "profile"]
        further = _next_page(page)
    except PlatformFailure:  # the core reports it when it reads the page itself
        return ""
    if further or not _may_have_missed(entries, window.is_archived):
        return ""
    held = sum(window.is_archived(record.record_id) for record in entries)
    none = f"none of the {len(entries)} entries in {page.url} was seen before"
    if held:
        were = "was" if held == 1 else "were"
        none = (
            f"of the {len(entries)} entries in {page.url}, only {held} {were} seen before, above the"
            " new entries"
        )
    elif len(entries) == 1:
        none = f"the only entry in {page.url} was not seen before"
    return f"{none}: other entries may have appeared and disappeared since the last capture"


def _as_placed(record: Record, window: Window) -> Record:
    """Return a record without its only date if it was changed since it was seen.

    Many feeds move such an entry to the top: it was in another place before.
    """
    if record.published_at is not None or record.valid_from is None:
        return record
    held = window.find_known(record.record_id, anywhere=True)
    has_moved = held is not None and held.captured is not None and record.valid_from > held.captured
    return structs.replace(record, valid_from=None) if has_moved else record


def _may_have_missed(entries: Sequence[Record], holds: Callable[[str], bool]) -> bool:
    """Whether no entry proves that nothing came and went since it was seen."""
    shown = list(entries)
    dates = [at for entry in shown if (at := _date_of(entry)) is not None]
    if len(dates) > 1 and dates == sorted(dates) and dates[0] < dates[-1]:  # the newest is the last one
        shown.reverse()
    new: list[datetime | None] = []
    for entry in reversed(shown):
        if not holds(entry.record_id):
            new.append(_date_of(entry))
        elif _is_in_place(_date_of(entry), new):
            return False
    return bool(shown)


def _is_in_place(date: datetime | None, below: Sequence[datetime | None]) -> bool:
    """Whether all new entries below one are older.

    Such entries came late into the feed, which may show more than it did.
    """
    return all(date is not None and other is not None and other < date for other in below)


def _date_of(entry: Record) -> datetime | None:
    return entry.published_at or entry.valid_from
