"""Blocks, mutes, blocked servers, and filters of an account.

    /api/v1/blocks, /mutes, /domain_blocks       people and servers
    /api/v2/filters                              words

https://docs.joinmastodon.org/methods/: blocks, mutes, domain_blocks, filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange, Record
from recordroom.platforms import blocklist
from recordroom.platforms.crawl import with_context
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.mastodon.schema import FILTER, PERSON, WORD
from recordroom.platforms.mastodon.state import MastodonState
from recordroom.platforms.schema import Reading, load_content, require_list
from recordroom.platforms.unread import require_optional

LISTS = {
    "blocks": "/api/v1/blocks",
    "mutes": "/api/v1/mutes",
    "domain_blocks": "/api/v1/domain_blocks",
    "filters": "/api/v2/filters",
}


def read_lists(state: MastodonState) -> Iterator[Exchange]:
    """Read all lists, and yield them as one exchange.

    Nothing is requested with the token of another account. If the instance refuses one of the lists, the
    exchange reports that, and has no record.
    """
    if state.instance.foreign_token is not None:
        return
    pages: dict[str, list[Exchange]] = {}
    try:
        for name, path in LISTS.items():
            pages[name] = list(state.instance.pages(path))
        lists = {name: _entries_of(found) for name, found in pages.items()}
    except PlatformFailure as failure:
        words = "the lists of what the account blocks and filters could not be read"
        yield state.report_missing(require_optional(failure), words)
        return
    yield state.at_cursor(with_context(pages["blocks"][0], lists=lists))


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
    return blocklist.make_blocklist(f"mastodon:{server}/accounts/{native}", native, lines, reading)


def _entries_of(pages: Iterable[Exchange]) -> list[Any]:
    """Return all entries of a list; of each person only the fields that are read."""
    return [
        {name: entry.get(name) for name in ("acct", "display_name")}
        if isinstance(entry, dict) and "acct" in entry
        else entry
        for page in pages
        for entry in require_list(load_content(page), page, "")
    ]


def _line(name: str, entry: Any, reading: Reading) -> str:
    if name == "domain_blocks":
        if not isinstance(entry, str):
            raise unexpected_field(reading.exchange, f"/{name}", "the name of a server", entry)
        return blocklist.describe_person("blocked", entry, "server")
    if name == "filters":
        FILTER.check(entry, reading.exchange, f"/{name}")
        words = sorted(word["keyword"] for word in reading.read_objects(WORD, entry, "keywords", f"/{name}"))
        places = sorted(map(str, entry["context"]))
        return blocklist.describe_person(
            "filter", ", ".join(words) or entry.get("title") or "", ", ".join(places)
        )
    PERSON.check(entry, reading.exchange, f"/{name}")
    verb = "blocked" if name == "blocks" else "muted"
    return blocklist.describe_person(verb, f"@{entry['acct']}", entry.get("display_name"))
