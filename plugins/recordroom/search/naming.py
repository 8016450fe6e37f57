"""Which events of the audit name a record of which somebody may see nothing: of a hidden account, or under quarantine.

A record is named by its id or its address, in whatever words of an event; by a query that asks for it by a field that tells records apart,
in whatever way that is written; and by the address of a post that was captured at once, whatever form that has: what the capture brought
says whose it was.

Where a page was shown, its event lists what stood on it. What of that list is not to be seen is left out of it, and the event is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from luqum.tree import Item, SearchField

from recordroom.archive.trail import OPEN, Event
from recordroom.capture import requested
from recordroom.platforms import names
from recordroom.search import fields, node
from recordroom.search.parsing import Trouble, parse
from recordroom.search.results import Searcher
from recordroom.search.translation import Translation

Clause = dict[str, Any]
# Fields that tell records apart -> the field that then names the record that is meant; None: many records share what stands there.
_TELLING: Mapping[str, str | None] = {
    "record_id": "record_id", "native_id": "record_id", "url": "record_id", "parent_id": "parent_id", "root_id": "root_id",
    "shared_id": "shared_id", "account": None, "warc_record_id": None, "capture_id": None, "media.sha256": None,
}  # fmt: skip
LISTS = ("search", "conversation", "show", "latest")  # types of events: their `records` are those that a page showed
SOME = 10_000  # ids that one query asks for
MOST = 200  # such pieces of the queries of one event: what more of them find is not looked up
_ADDRESS = re.compile(r"https?://[^\s\"'<>()]+")
_AT_ITS_END = ".,;:!?"


@dataclass(slots=True)
class _Named:
    """What an event names outside its list. `unknown`: that cannot be told."""

    ids: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    pieces: list[tuple[str, Clause]] = field(default_factory=list)  # of its queries: the field, Elasticsearch's query
    unknown: bool = False


def listed(event: Event) -> list[str]:
    """The ids of the records that a page showed."""
    found = event.get("records")
    return found if event["type"] in LISTS and isinstance(found, list) and all(isinstance(one, str) for one in found) else []


def words(event: Event) -> dict[str, Any]:
    """What an event says, but for what every event says and for its list."""
    apart = (*OPEN, "records") if listed(event) else OPEN
    return {name: value for name, value in event.items() if name not in apart}


def not_to_be_seen(searcher: Searcher, events: Sequence[Event], hidden: Collection[str], barred: Collection[str]) -> set[str]:
    """Of the ids in the lists of these events those of a `hidden` account or `barred`. ServiceUnavailable where Elasticsearch is away."""
    ids = sorted({one for event in events for one in listed(event)} if hidden or barred else ())
    own = {"terms": {"account": sorted(hidden)}}
    bodies = [_values("record_id", ids[n : n + SOME], own) for n in range(0, len(ids) if hidden else 0, SOME)]
    return _found(searcher, bodies) | set(barred)


def naming(searcher: Searcher, events: Sequence[Event], hidden: Collection[str], barred: Collection[str]) -> set[str]:
    """Of those events that name a record of a `hidden` account or a `barred` one outside their lists, or of which that cannot be told,
    their own names. ServiceUnavailable where Elasticsearch or the derived bucket, which know it, are away."""
    if not events or not (hidden or barred):
        return set()
    named = {event["event"]: _named(event) for event in events}
    found = {name for name, one in named.items() if one.unknown}
    found |= {e["event"] for e in events if e["type"] == "capture now" and _captured(searcher, e, hidden, barred)}
    found |= _by_name(searcher, named, hidden, barred)
    return found | _by_queries(searcher, {name: one.pieces for name, one in named.items() if one.pieces}, hidden, barred)


def _captured(searcher: Searcher, event: Event, hidden: Collection[str], barred: Collection[str]) -> bool:
    """Also where no capture says what stood at the address, and it may be of something under quarantine."""
    answer = requested.answer(searcher.derived, str(event.get("request")))
    records = answer.records if answer else ()
    return (bool(barred) and not records) or (answer is not None and answer.account in hidden) or any(one in barred for one, _ in records)


def _named(event: Event) -> _Named:
    found = _Named()
    for text in _texts(words(event)):
        ids = _id().findall(text)
        whole = [text] if ids and text.startswith(ids[0]) else []  # an id may have quotes in it
        found.ids.update(whole, ids, (one.rstrip(_AT_ITS_END) for one in ids))
        addresses = _ADDRESS.findall(text)
        found.addresses.update(addresses, (one.rstrip(_AT_ITS_END) for one in addresses))
    try:
        found.pieces = [piece for query in _queries(event) for piece in _pieces(query)]
    except Trouble:  # another version of the program could read it
        found.unknown = True
    found.unknown |= len(found.pieces) > MOST
    return found


@cache
def _id() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names()))}):[^\s\"()]+")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)


def _queries(event: Event) -> Iterator[str]:
    """That of a search, or those of the lines of a term report."""
    terms = event.get("terms")
    for told in (event, *(terms if isinstance(terms, list) else ())):
        if isinstance(told, dict) and isinstance(told.get("query"), str):
            yield told["query"]


def _pieces(query: str) -> Iterator[tuple[str, Clause]]:
    """What a query asks for by a field that tells records apart, also where it asks for all others."""
    if _telling().search(query):
        for piece in _fields(parse(query)):
            yield _path(piece), Translation(query).whole(piece)[0]


@cache
def _telling() -> re.Pattern[str]:
    """For a quick look: whether the name of such a field stands before a colon."""
    wanted = (name for name, one in fields.named().items() if one.paths[0] in _TELLING)
    return re.compile(rf"(?i)\b(?:{'|'.join(map(re.escape, wanted))})\s*:")


def _path(piece: SearchField) -> str:
    found = fields.find(piece.name)
    return found.paths[0] if found else ""


def _fields(tree: Item) -> Iterator[SearchField]:
    if isinstance(tree, SearchField) and _path(tree) in _TELLING:
        yield tree
    else:
        for child in tree.children:
            yield from _fields(child)


def _by_name(searcher: Searcher, named: Mapping[str, _Named], hidden: Collection[str], barred: Collection[str]) -> set[str]:
    """Events whose ids or addresses are those of such a record. Ids that are barred are known without asking."""
    ids, addresses = (sorted(set[str]().union(*wanted)) for wanted in zip(*((n.ids, n.addresses) for n in named.values()), strict=True))
    of_hidden, of_barred = {"terms": {"account": sorted(hidden)}}, {"terms": {"record_id": sorted(barred)}}
    # a private conversation has an id and no first post
    wanted = [("record_id", ids, of_hidden), ("root_id", ids, of_hidden), ("url", addresses, of_hidden), ("url", addresses, of_barred)]
    bodies = [_values(name, values, within) for name, values, within in wanted if values]
    found = _found(searcher, bodies) | set(barred)
    return {name for name, one in named.items() if not found.isdisjoint(one.ids | one.addresses)}


def _found(searcher: Searcher, bodies: list[dict[str, Any]]) -> set[str]:
    """The values that `_values` asks for and documents have."""
    return {bucket["key"] for answer in _asked(searcher, bodies) for bucket in answer["aggregations"]["of"]["buckets"]}


def _values(name: str, values: list[str], within: Clause) -> dict[str, Any]:
    """Which of these values documents have."""
    of = {"terms": {"field": name, "size": len(values), "include": values}}
    return {"query": {"bool": {"filter": [within, {"terms": {name: values}}]}}, "aggs": {"of": of}}


def _by_queries(
    searcher: Searcher, asked: Mapping[str, list[tuple[str, Clause]]], hidden: Collection[str], barred: Collection[str]
) -> set[str]:
    """Events of whose queries a piece finds such a record."""
    of_hidden = {"terms": {"account": sorted(hidden)}}

    def kept(path: str, clause: Clause) -> Clause:
        own = _TELLING[path]
        within = [of_hidden, *([{"terms": {own: sorted(barred)}}] if own else [])]
        return {"bool": {"filter": [clause, {"bool": {"should": within}}]}}

    bodies = [
        {"query": {"bool": {"should": [kept(*piece) for piece in pieces]}}, "terminate_after": 1, "track_total_hits": True}
        for pieces in asked.values()
    ]
    answers = _asked(searcher, bodies)
    return {name for name, answer in zip(asked, answers, strict=True) if answer["hits"]["total"]["value"]}


def _asked(searcher: Searcher, bodies: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    """The answers, in one request."""
    if not bodies:
        return []
    with node.speaking():
        found = searcher.client.msearch(searches=[part for body in bodies for part in ({"index": searcher.alias}, {"size": 0, **body})])
    for answer in found["responses"]:
        node.check(answer)
    return list(found["responses"])
