"""Blocks, mutes, blocked servers, and filters of an account.

    /api/v1/blocks, /mutes, /domain_blocks       people and servers
    /api/v2/filters                              words

https://docs.joinmastodon.org/methods/: blocks, mutes, domain_blocks, filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, Record
from recordroom.platforms import blocklist
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import wrong
from recordroom.platforms.mastodon.schema import FILTER, PERSON, WORD
from recordroom.platforms.schema import Reading, content_of, items
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.platforms.mastodon.crawl import MastodonCrawl

LISTS = {
    "blocks": "/api/v1/blocks",
    "mutes": "/api/v1/mutes",
    "domain_blocks": "/api/v1/domain_blocks",
    "filters": "/api/v2/filters",
}


def read_lists(crawl: MastodonCrawl) -> Iterator[Exchange]:
    """Read all lists, and yield them as one exchange.

    Nothing is requested with the token of another account. If the instance refuses one of the lists, the
    exchange reports that, and has no record.
    """
    if crawl.instance.foreign_token is not None:
        return
    pages: dict[str, list[Exchange]] = {}
    try:
        for name, path in LISTS.items():
            pages[name] = list(crawl.instance.pages(path))
        lists = {name: _entries_of(found) for name, found in pages.items()}
    except PlatformFailure as failure:
        words = "whom the account blocks and what it filters is not told"
        yield crawl.report_missing(spared(failure), words)
        return
    yield crawl.at_cursor(with_context(pages["blocks"][0], lists=lists))


def list_in(exchange: Exchange, body: Any) -> str | None:
    """Return which of LISTS a response is, by its address or its first entry."""
    path = urlsplit(exchange.url).path
    for name, address in LISTS.items():
        if path.endswith(address):
            return name
    first = body[0] if isinstance(body, list) and body else None
    if isinstance(first, str):
        return "domain_blocks"
    if isinstance(first, dict) and "filter_action" in first:
        return "filters"
    if isinstance(first, dict) and "acct" in first:
        return "mutes" if "mute_expires_at" in first else "blocks"
    return None


def moderation_record(lists: Mapping[str, Iterable[Any]], server: str, exchange: Exchange) -> Record:
    """Make the record of the lists, which are named as in LISTS."""
    reading = Reading(exchange)
    native = reading.me or "unknown"
    lines = [_line(name, entry, reading) for name, entries in lists.items() for entry in entries]
    return blocklist.moderation(f"mastodon:{server}/accounts/{native}", native, lines, reading)


def _entries_of(pages: Iterable[Exchange]) -> list[Any]:
    """Return all entries of a list; of each person only the fields that are read."""
    return [
        {name: entry.get(name) for name in ("acct", "display_name")}
        if isinstance(entry, dict) and "acct" in entry
        else entry
        for page in pages
        for entry in items(content_of(page), page, "")
    ]


def _line(name: str, entry: Any, reading: Reading) -> str:
    if name == "domain_blocks":
        if not isinstance(entry, str):
            raise wrong(reading.exchange, f"/{name}", "the name of a server", entry)
        return blocklist.who("blocked", entry, "server")
    if name == "filters":
        FILTER.check(entry, reading.exchange, f"/{name}")
        words = sorted(word["keyword"] for word in reading.each(WORD, entry, "keywords", f"/{name}"))
        places = sorted(map(str, entry["context"]))
        return blocklist.who("filter", ", ".join(words) or entry.get("title") or "", ", ".join(places))
    PERSON.check(entry, reading.exchange, f"/{name}")
    verb = "blocked" if name == "blocks" else "muted"
    return blocklist.who(verb, f"@{entry['acct']}", entry.get("display_name"))
