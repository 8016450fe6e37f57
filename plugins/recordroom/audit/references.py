"""Find what an event of the audit names.

These are records, addresses, accounts, files, and authors.

- A record by its ID: the value of a field of IDs, or in other text a complete word of that form, or an at://
  address.
- An account by the value of the field `account`: its name is an ordinary word in a search or a title.
- A file by its hash, an author by the platform's ID, an address anywhere, also without `https://`.
- Any of these by a query, through a field that tells records apart.

It is found however it was copied: escaped as in an address (those of the room are `record?id=wordpress%3Ax`)
or in a query, or with a capital first letter.

The list of the records that a page showed is separate, and names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from luqum.tree import Item, SearchField

from recordroom.archive.audit.trail import DAMAGED, OPEN, Event
from recordroom.audit.visible_ids import Clause, HiddenContent
from recordroom.platforms.registry import list_names
from recordroom.search.filters import NONE
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.query import fields
from recordroom.search.query.syntax import parse
from recordroom.search.query.translation import Translation

# Fields that tell records apart -> the field that then names what is meant; None: many records share its
# value.
_TELLING: Mapping[str, str | None] = {
    "record_id": "record_id", "native_id": "record_id", "url": "record_id", "parent_id": "parent_id",
    "root_id": "root_id",
    "shared_id": "shared_id", "account": None, "warc_record_id": None, "capture_id": None,
    "media.sha256": "media.sha256",
}  # fmt: skip
_OF_AUTHORS = ("author_id", "author_handle")


@dataclass(frozen=True, slots=True)
class QueryPart:
    """A part of a query that names records, or authors."""

    path: str  # the field; "" for authors
    clause: Clause

    @property
    def clauses(self) -> int:
        """How many clauses Elasticsearch counts in it."""
        return _count(self.clause)

    def hidden(self, unseen: HiddenContent) -> Clause:
        """Return the query for the hidden records that it matches."""
        own = _TELLING[self.path]
        meant = (
            [{"terms": {own: sorted(unseen.files if own == "media.sha256" else unseen.records)}}]
            if own
            else []
        )
        return {
            "bool": {
                "filter": [
                    self.clause,
                    {"bool": {"should": [{"terms": {"account": sorted(unseen.accounts)}}, *meant]}},
                ]
            }
        }


def names_records(query: str) -> bool:
    """Whether the name of such a field appears before a colon; a fast first check."""
    return bool(_telling().search(query))


def split_query(query: str) -> Iterator[QueryPart]:
    """Yield the parts of a query that name records.

    Trouble if this version of recordroom cannot parse it.
    """
    for piece in _pieces(parse(query)):
        yield QueryPart(_path(piece) or "", Translation(query).whole(piece)[0])


@cache
def _telling() -> re.Pattern[str]:
    wanted = (name for name in fields.list_fields() if _path_of(name) is not None)
    return re.compile(rf"(?i)\b(?:{'|'.join(map(re.escape, wanted))})\s*:")


def _pieces(tree: Item) -> Iterator[SearchField]:
    if isinstance(tree, SearchField) and _path(tree) is not None:
        yield tree
    else:
        for child in tree.children:
            yield from _pieces(child)


def _path(piece: SearchField) -> str | None:
    return _path_of(piece.name)


def _path_of(name: str) -> str | None:
    """Return the field that names records; None for other fields."""
    found = fields.find_field(name)
    paths = found.paths if found else ()
    if any(path in _OF_AUTHORS for path in paths):
        return ""
    return next((path for path in paths if path in _TELLING), None)


def _count(clause: Any) -> int:
    if isinstance(clause, list):
        return sum(map(_count, clause))
    inner = [
        own for kind in ("bool", "dis_max") for own in clause.get(kind, {}).values() if isinstance(own, list)
    ]
    return sum(map(_count, inner)) or 1


# types of events: their `records` are those that a page showed
LISTS = ("search", "conversation", "show", "latest")
QUESTIONS = ("audit", "audit-export")
_WILD = 2_000  # characters of a query that cost as much as a sign which stands for any letters
_SPELLED = 20  # ways to write an address, about
_USUAL = 1_000  # characters of an id or address: what is longer costs more
_ADDRESS = re.compile(r"https?://[^\s\"<>]+", re.IGNORECASE)
_BARE = re.compile(r"(?<![\w/@.-])(?:[\w-]+\.)+\w{2,}(?::\d+)?/[^\s\"<>]+")  # as a browser shows it
_AT = re.compile(r"\bat(://[^\s\"()<>]+)", re.IGNORECASE)
_FILE = re.compile(r"\b[0-9a-f]{64}\b", re.IGNORECASE)
_PART = re.compile(r"[?&=;#()\s\"<>]")  # between the parts of an address, each of which is escaped by itself
_ESCAPED = 3  # times, one upon the other
_AT_ITS_END = ".,;:!?'\u2019\u201d]}"
# of ids alone; of what the query and the filters say already
_IDS, _DERIVED = ("record_id", "record"), ("understood",)


@dataclass(frozen=True, slots=True)
class References:
    """Everything that an event names."""

    listed: tuple[str, ...]  # records that a page showed
    ids: frozenset[frozenset[str]]  # for each mention, the ways to read it
    addresses: frozenset[str]  # as they were typed
    accounts: frozenset[str]
    files: frozenset[str]
    authors: tuple[tuple[str, tuple[str, ...]], ...]  # IDs, each with its possible platforms; none: any
    queries: tuple[str, ...]  # those that may name something
    request: str | None  # the request of a single capture
    unsure: bool  # whether it cannot be decided what the event names

    @property
    def weight(self) -> int:
        """About how much it costs to look up everything that the event names."""
        queries = sum(len(query) + _WILD * sum(map(query.count, "*?~")) for query in self.queries)
        ids = (
            *self.listed,
            *(max(mention, key=len) for mention in self.ids),
            *(one for one, _ in self.authors),
        )
        return queries + sum(map(_cost, ids)) + _SPELLED * sum(map(_cost, self.addresses))


def _cost(value: str) -> int:
    return 1 + max(0, len(value) - _USUAL)


def list_shown(event: Event) -> list[str]:
    """Return the IDs of the records that a page showed."""
    found = event.get("records")
    return (
        found
        if event["type"] in LISTS and isinstance(found, list) and all(isinstance(one, str) for one in found)
        else []
    )


def find_references(event: Event) -> References:
    """Find everything that an event names."""
    own = tuple(list_shown(event))
    told = {
        name: value for name, value in event.items() if name not in OPEN and not (own and name == "records")
    }
    raw = told.get("filters")
    filters: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    whole = [
        *(one for name in _IDS for one in _texts(told.get(name))),
        *_values(filters, "record", "conversation"),
    ]
    ids = {frozenset({one}) for one in whole if one not in ("", NONE)}
    given = (text for name, value in told.items() if name not in (*_IDS, *_DERIVED) for text in _texts(value))
    texts = [plain for text in given for plain in _unescaped(text)]
    addresses = frozenset(form for text in texts for form in _addresses(text))
    files = frozenset(one.lower() for text in texts for one in _FILE.findall(text))
    authors = tuple(_authors(event["type"], told, filters))
    guessed = event["type"] in QUESTIONS and bool(addresses or files)
    long = any(len(one) > LONGEST_KEYWORD for one in (*addresses, *(id_ for id_, _ in authors)))
    return References(
        listed=own,
        ids=frozenset(ids | {mention for text in texts for mention in _ids(text)}),
        addresses=addresses,
        accounts=frozenset((*_values(told, "account", "accounts"), *_values(filters, "account"))),
        files=files,
        authors=authors,
        queries=tuple(query for query in _queries(told) if names_records(query)),
        request=str(told.get("request")) if event["type"] == "capture now" else None,
        # who asks the audit for an address or a file may be guessing: no one else learns whether it is of
        # something hidden
        unsure=guessed or event["type"] == DAMAGED or long,
    )


def _values(told: Mapping[str, Any], *names: str) -> Iterator[str]:
    for name in names:
        value = told.get(name)
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _unescaped(text: str) -> Iterator[str]:
    """Yield the forms of a text in which an ID may appear.

    The text itself, without the backslashes of a query, and each part of an address without its escapes.
    """
    yield text
    if "\\" in text:
        yield text.replace("\\", "")
    for part in _PART.split(text) if "%" in text else ():
        plain = part
        for _ in range(_ESCAPED):
            before, plain = plain, unquote(plain)
            if plain == before:
                break
            yield plain


def _addresses(text: str) -> Iterator[str]:
    """Yield the forms of each address in a text.

    With and without the punctuation at its end, and up to the first character of the text around it.
    """
    for found in (
        *_ADDRESS.findall(text),
        *(f"https://{one}" for one in _BARE.findall(_id().sub(" ", text))),
    ):
        yield from (
            found,
            found.rstrip(_AT_ITS_END + ")"),
            re.split(r"['()]", found, maxsplit=1)[0].rstrip(_AT_ITS_END),
        )


def _ids(text: str) -> Iterator[frozenset[str]]:
    """Yield the ways to read each possible ID.

    One is with, one without the punctuation at its end.

    A text that begins with an ID may be one with quotes in it.
    """
    for found in _id().finditer(text):
        id_ = found[1].lower() + found[2]
        yield frozenset(
            {id_, id_.rstrip(_AT_ITS_END), *([id_ + text[found.end() :]] if not found.start() else [])}
        )
    for rest in _AT.findall(text):
        yield frozenset({f"bluesky:at{rest}", f"bluesky:at{rest.rstrip(_AT_ITS_END)}"})


@cache
def _id() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(map(re.escape, list_names()))})(:[^\s\"()]+)", re.IGNORECASE)


def _authors(
    type_: str, told: Mapping[str, Any], filters: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, ...]]]:
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
    """Yield the query of a search, or those of the lines of a term report."""
    terms = told.get("terms")
    for one in (told, *(terms if isinstance(terms, list) else ())):
        if isinstance(one, dict) and isinstance(one.get("query"), str):
            yield one["query"]
