"""What an event of the audit names: records, addresses, accounts, files and authors, each as a whole.

- A record by its id: as the value of a field of ids, or in other words as a whole word of the form of one.
- An account by a value of the field `account`: its name is an ordinary word in a search, or in the title of an export.
- A file by its hash, an author by the id that the platform gave, an address wherever it stands.
- Any of these by a query, by a field that tells them apart (pieces.py).

Where a page was shown, its event lists what stood on it: that is apart, and names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from recordroom.archive.trail import DAMAGED, OPEN, Event
from recordroom.platforms import names
from recordroom.search.filters import NONE
from recordroom.search.mapping import LONGEST_KEYWORD
from recordroom.search.pieces import is_telling

LISTS = ("search", "conversation", "show", "latest")  # types of events: their `records` are those that a page showed
QUESTIONS = ("audit", "audit-export")
_WILD = 2_000  # characters of a query that cost as much as a sign which stands for any letters
_SPELLED = 20  # ways to write an address, about
_ADDRESS = re.compile(r"https?://[^\s\"'<>()]+")
_FILE = re.compile(r"\b[0-9a-f]{64}\b")
_AT_ITS_END = ".,;:!?'\u2019\u201d]}"
_IDS, _DERIVED = ("record_id", "record"), ("understood",)  # of ids alone; of what the query and the filters say already


@dataclass(frozen=True, slots=True)
class Named:
    """`ids`: of each mention the ways to read it. `addresses`: as they were typed. `authors`: their ids, each with the platforms that it
    may be of (none: any). `queries`: those that may name something. `request`: of a capture at once. `unsure`: what it names cannot be
    told."""

    listed: tuple[str, ...]
    ids: frozenset[frozenset[str]]
    addresses: frozenset[str]
    accounts: frozenset[str]
    files: frozenset[str]
    authors: tuple[tuple[str, tuple[str, ...]], ...]
    queries: tuple[str, ...]
    request: str | None
    unsure: bool

    @property
    def weight(self) -> int:
        """What it costs to look all of it up, about."""
        queries = sum(len(query) + _WILD * sum(map(query.count, "*?~")) for query in self.queries)
        return queries + len(self.listed) + len(self.ids) + _SPELLED * len(self.addresses) + len(self.authors)


def listed(event: Event) -> list[str]:
    """The ids of the records that a page showed."""
    found = event.get("records")
    return found if event["type"] in LISTS and isinstance(found, list) and all(isinstance(one, str) for one in found) else []


def named(event: Event) -> Named:
    own = tuple(listed(event))
    told = {name: value for name, value in event.items() if name not in OPEN and not (own and name == "records")}
    raw = told.get("filters")
    filters: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    whole = [*(told.get(name) for name in _IDS), *_values(filters, "record", "conversation")]
    ids = {frozenset({one}) for one in whole if isinstance(one, str) and one not in ("", NONE)}
    texts = [text for name, value in told.items() if name not in (*_IDS, *_DERIVED) for text in _texts(value)]
    addresses = {one for text in texts for one in _ADDRESS.findall(text)}
    files = frozenset(one for text in texts for one in _FILE.findall(text))
    guessed = event["type"] in QUESTIONS and bool(addresses or files)
    return Named(
        listed=own,
        ids=frozenset(ids | {_readings(one, text) for text in texts for one in _id().findall(text)}),
        addresses=frozenset(addresses | {one.rstrip(_AT_ITS_END) for one in addresses}),
        accounts=frozenset((*_values(told, "account", "accounts"), *_values(filters, "account"))),
        files=files,
        authors=tuple(_authors(event["type"], told, filters)),
        queries=tuple(query for query in _queries(told) if is_telling(query)),
        request=str(told.get("request")) if event["type"] == "capture now" else None,
        # who asks the audit for an address or a file may be guessing: nobody else learns whether it is of something hidden
        unsure=guessed or event["type"] == DAMAGED or any(len(one) > LONGEST_KEYWORD for one in addresses),
    )


def _values(told: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = told.get(name)
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _readings(found: str, text: str) -> frozenset[str]:
    """Of what looks like an id: with the signs at its end and without; a text that begins with it may be an id with quotes in it."""
    return frozenset({found, found.rstrip(_AT_ITS_END), *([text] if text.startswith(found) else [])})


@cache
def _id() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names()))}):[^\s\"()]+")


def _authors(type_: str, told: Mapping[str, Any], filters: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    own = filters if type_ != "person" else told
    platforms = tuple(_values(own, "platform"))
    yield from ((one, platforms) for one in _values(own, "author") if one != NONE)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)


def _queries(told: Mapping[str, Any]) -> Iterator[str]:
    """That of a search, or those of the lines of a term report."""
    terms = told.get("terms")
    for one in (told, *(terms if isinstance(terms, list) else ())):
        if isinstance(one, dict) and isinstance(one.get("query"), str):
            yield one["query"]
