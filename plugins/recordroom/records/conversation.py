"""The conversation around one record, as much of it as one screen shows: what it answers, and the first answers to it, each with its own
first ones. It costs the same in a conversation of five thousand as in one of fifty.

The record is taken in the accounts that hold it. What answers something that the archive does not have stands below nothing, and is found
by a search within the conversation alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recordroom.errors import NotThere
from recordroom.model import MESSAGE
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.hit_counts import build_reply_count, read_reply_count
from recordroom.search.hits import Record, build_record
from recordroom.search.index.documents import Document
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.searcher import Searcher

SIZE = 20  # answers of a screen
NESTED = 3  # answers that are shown below each of them
HIGHEST = 30  # steps up to the first post; platforms stop far below
_BY_TIME = [{"published_at": {"order": "asc", "missing": "_last"}}, {"record_id": "asc"}, {"account": "asc"}]
_LAST = "\uffff"  # behind every account: what another one has of the same record is not the next page's first
_SHOWN = {"excludes": ["tokens", "plain", "text_html", "media"]}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `answers`: how many it has itself; `first` of them, each with how many it has, of which none is shown."""

    record: Record
    answers: int
    first: tuple[tuple[Record, int], ...]


@dataclass(frozen=True, slots=True)
class ConversationScreen:
    """`above`: from the first post down to what it answers. `answers`: how many it has, of which `turns` are some, in order of publication;
    `after` where more follow. `whole`: records of the conversation, `messages_left_out` private messages that are none of these.
    `conversation`: the id of its first post, "" where that is under quarantine and the reader may not learn it."""

    record: Record
    above: tuple[Record, ...]
    turns: tuple[Reply, ...]
    answers: int
    whole: int
    messages_left_out: int
    after: tuple[Any, ...]
    conversation: str

    @property
    def ids(self) -> list[str]:
        """Of all records that it shows."""
        turns = (one for turn in self.turns for one in (turn.record, *(record for record, _ in turn.first)))
        return list(dict.fromkeys(one["record_id"] for one in (*self.above, self.record, *turns)))

    @property
    def here(self) -> int:
        """How many of the whole it shows: what stands above may be known to other accounts alone."""
        return min(len(self.ids), self.whole)


def show_conversation(
    searcher: Searcher, record_id: str, *, viewer: Viewer, after: Sequence[Any] = ()
) -> ConversationScreen:
    """Return one screen of the conversation around a record, and record that in the audit journal.

    after: the cursor of the screen before (Around.after).
    NotThere if nothing that the viewer may see has that ID; ServiceUnavailable if Elasticsearch is away.
    """
    found = _current(searcher, record_id, Filters(messages=True, quarantined=True), viewer)
    shown = build_screen(searcher, found, viewer, after) if found else None
    searcher.note(
        "conversation",
        viewer.name,
        record_id=record_id,
        records=shown.ids if shown else [],
        further=bool(after),
    )
    if shown is None:
        raise NotThere(f"there is no record {record_id!r} in the index", "Take its id from a search.")
    return shown


def build_screen(
    searcher: Searcher, found: Sequence[Document], viewer: Viewer, after: Sequence[Any] = ()
) -> ConversationScreen:
    """Return the same of a record whose documents are known.

    found: its current document in each account that has it, at least one.
    """
    own, private = found[0], found[0]["kind"] == MESSAGE
    all_ = Filters(messages=private, quarantined=True)
    filters = replace(all_, account=tuple(sorted({one["account"] for one in found})))
    whole = {"term": {"root_id": own.get("root_id") or own["record_id"]}}
    page = _listed(filters, viewer, own["record_id"], SIZE + 1) | (
        {"search_after": list(after)} if after else {}
    )
    left = replace(filters, kind=(MESSAGE,))
    answers, everything, messages = _asked(
        searcher, [page, _counted(filters, viewer, whole), _counted(left, viewer, whole)]
    )
    hits, more = answers["hits"]["hits"][:SIZE], len(answers["hits"]["hits"]) > SIZE
    below = list({hit["_source"]["record_id"]: hit["_source"] for hit in reversed(hits)}.values())[::-1]
    nested = _nested(searcher, [document["record_id"] for document in below], filters, viewer)
    above = _above(searcher, own, all_, viewer)
    inner = [one for _, first in nested.values() for one in first]
    unshown = _answered(searcher, [document["record_id"] for document in inner], filters, viewer)
    barred = viewer.withheld_records
    records = _records(searcher, [own, *above, *below, *inner], barred)
    root = str(own.get("root_id") or own["record_id"])

    def turn(document: Document) -> Reply:
        count, first = nested[document["record_id"]]
        told = ((records[one["record_id"]], unshown.get(one["record_id"], 0)) for one in first)
        return Reply(records[document["record_id"]], count, tuple(told))

    return ConversationScreen(
        records[own["record_id"]], tuple(records[one["record_id"]] for one in above), tuple(turn(one) for one in below), _count(answers),
        _count(everything), 0 if private else _count(messages), (*hits[-1]["sort"][:2], _LAST) if more else (),
        "" if root in barred else root,
    )  # fmt: skip


def _listed(filters: Filters, viewer: Viewer, parent: str, size: int) -> dict[str, Any]:
    """What answers `parent`, in order of publication."""
    query = {"bool": {"filter": [*filters.clauses(viewer), {"term": {"parent_id": parent}}]}}
    return {"query": query, "sort": _BY_TIME, "size": size, "_source": _SHOWN, **_distinct(filters)}


def _counted(filters: Filters, viewer: Viewer, clause: dict[str, Any]) -> dict[str, Any]:
    return {
        "query": {"bool": {"filter": [*filters.clauses(viewer), clause]}},
        "size": 0,
        **_distinct(filters),
    }


def _distinct(filters: Filters) -> dict[str, Any]:
    """Each record once, however many accounts hold it: of one account hits are counted, which is quicker; of several it is exact below
    40,000."""
    if len(filters.account) == 1:
        return {"track_total_hits": True}
    many = {"field": "record_id", "precision_threshold": 40_000}
    return {"track_total_hits": False, "aggs": {"records": {"cardinality": many}}}


def _count(answer: dict[str, Any]) -> int:
    return int(
        answer["aggregations"]["records"]["value"]
        if "aggregations" in answer
        else answer["hits"]["total"]["value"]
    )


def _nested(
    searcher: Searcher, parents: list[str], filters: Filters, viewer: Viewer
) -> dict[str, tuple[int, list[Document]]]:
    """parent -> (how many answers it has, the first of them, each once)."""
    if not parents:
        return {}
    asked = [
        _listed(filters, viewer, parent, NESTED) | {"collapse": {"field": "record_id"}} for parent in parents
    ]
    found = zip(parents, _asked(searcher, asked), strict=True)
    return {
        parent: (_count(answer), [hit["_source"] for hit in answer["hits"]["hits"]])
        for parent, answer in found
    }


def _answered(searcher: Searcher, parents: list[str], filters: Filters, viewer: Viewer) -> dict[str, int]:
    """parent -> how many answers it has, of those that have any."""
    if not parents:
        return {}
    query = {"bool": {"filter": filters.clauses(viewer)}}
    [answer] = _asked(searcher, [build_reply_count(query, parents)])
    return read_reply_count(searcher.client, searcher.alias, query, answer)


def _above(searcher: Searcher, document: Document, filters: Filters, viewer: Viewer) -> list[Document]:
    """From the first post down to what the record answers, as far as the archive has it."""
    found: list[Document] = []
    known, parent = {document["record_id"]}, document.get("parent_id")
    while parent and parent not in known and len(found) < HIGHEST:
        known.add(parent)
        held = _current(searcher, parent, filters, viewer)
        if not held:
            break
        found.append(held[0])
        parent = held[0].get("parent_id")
    return found[::-1]


def _current(searcher: Searcher, record_id: str, filters: Filters, viewer: Viewer) -> list[Document]:
    """By account; none of an id that is too long to be found."""
    if len(record_id) > LONGEST_KEYWORD:
        return []
    clauses = [*filters.clauses(viewer), {"term": {"record_id": record_id}}]
    body = {
        "query": {"bool": {"filter": clauses}},
        "sort": [{"account": "asc"}],
        "size": 1_000,
        "track_total_hits": False,
    }
    [answer] = _asked(searcher, [body])
    return [hit["_source"] for hit in answer["hits"]["hits"]]


def _records(searcher: Searcher, documents: Sequence[Document], barred: Collection[str]) -> dict[str, Record]:
    marks = searcher.status_reader.read_marks()
    reads = searcher.find_read_times(documents, marks)
    return {document["record_id"]: build_record(document, marks, reads, barred) for document in documents}


def _asked(searcher: Searcher, bodies: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    with client.speaking():
        searches = [part for body in bodies for part in ({"index": searcher.alias}, body)]
        answers: list[dict[str, Any]] = searcher.client.msearch(searches=searches)["responses"]
    for answer in answers:
        client.check(answer)
    return answers
