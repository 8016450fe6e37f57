"""Show the part of a conversation around one record that fits on one screen.

That is the posts above it, and the first replies to it, each with its own first replies. The cost is the same
in a conversation of five thousand records as in one of fifty.

The record is taken from the accounts that have it. A reply to a record that the archive does not have appears
below no other one; only a search within the conversation finds it.
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
    """A reply, with its own first replies."""

    record: Record
    answers: int  # how many replies it has
    # some of these, each with the number of its replies, none of which is shown
    first: tuple[tuple[Record, int], ...]


@dataclass(frozen=True, slots=True)
class ConversationScreen:
    """One screen of a conversation."""

    record: Record
    above: tuple[Record, ...]  # from the root post down to the record that it replies to
    turns: tuple[Reply, ...]  # replies in order of publication
    answers: int  # how many replies the record has
    whole: int  # records of the conversation, private messages excluded
    messages_left_out: int  # private messages in the conversation
    after: tuple[Any, ...]  # the cursor of the next screen; empty if there is none
    # the record ID of the root post; "" if it is under quarantine and withheld from the viewer
    conversation: str

    @property
    def ids(self) -> list[str]:
        """The IDs of all records on the screen."""
        turns = (one for turn in self.turns for one in (turn.record, *(record for record, _ in turn.first)))
        return list(dict.fromkeys(one["record_id"] for one in (*self.above, self.record, *turns)))

    @property
    def here(self) -> int:
        """How many records of the conversation the screen shows.

        Only other accounts may have the posts above.
        """
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
        raise NotThere(
            f"there is no record {record_id!r} in the index", "Copy the record ID from a search result."
        )
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
        records[own["record_id"]], tuple(records[one["record_id"]] for one in above),
        tuple(turn(one) for one in below), _count(answers),
        _count(everything), 0 if private else _count(messages), (*hits[-1]["sort"][:2],
        _LAST) if more else (),
        "" if root in barred else root,
    )  # fmt: skip


def _listed(filters: Filters, viewer: Viewer, parent: str, size: int) -> dict[str, Any]:
    """Return the search for the replies to `parent`, in order of publication."""
    query = {"bool": {"filter": [*filters.clauses(viewer), {"term": {"parent_id": parent}}]}}
    return {"query": query, "sort": _BY_TIME, "size": size, "_source": _SHOWN, **_distinct(filters)}


def _counted(filters: Filters, viewer: Viewer, clause: dict[str, Any]) -> dict[str, Any]:
    return {
        "query": {"bool": {"filter": [*filters.clauses(viewer), clause]}},
        "size": 0,
        **_distinct(filters),
    }


def _distinct(filters: Filters) -> dict[str, Any]:
    """Return how to count each record once, however many accounts have it.

    One account: its hits, which is faster. Several: exact below 40,000.
    """
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
    """Return parent -> (how many replies it has, the first of them, each once)."""
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
    """Return parent -> how many replies it has; parents without any are absent."""
    if not parents:
        return {}
    query = {"bool": {"filter": filters.clauses(viewer)}}
    [answer] = _asked(searcher, [build_reply_count(query, parents)])
    return read_reply_count(searcher.client, searcher.alias, query, answer)


def _above(searcher: Searcher, document: Document, filters: Filters, viewer: Viewer) -> list[Document]:
    """Return the archived records from the root post down to the one that the record replies to."""
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
    """Return the current documents of a record, by account.

    Empty for an ID that is too long to be found.
    """
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
