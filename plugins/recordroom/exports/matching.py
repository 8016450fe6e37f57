"""What the search index is asked: which versions match, and when what is gone was last there. It must have come as far as `as_of`.

The index holds the present; so a query is asked of all versions, and fields whose value changes without a new version cannot be part of
it: a later export of the same `as_of` would find something else. `last_seen_at` of a row that says gone never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from recordroom.errors import ArchiveError, ServiceUnavailable, UsageError
from recordroom.exports.as_of import Standing
from recordroom.exports.selection import Match
from recordroom.model import moment
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.index import mapping, watermarks
from recordroom.search.index.bulk import ahead
from recordroom.search.index.documents import id_of
from recordroom.search.query.query import read
from recordroom.search.searcher import KEEP_ALIVE, Searcher

_OF_THE_PRESENT = ("current", "series", "retention_trigger", "eligible_on", "retention_as_of")
_CHUNK, _PAGE, _SLICES = (
    1_000,
    10_000,
    2,
)  # documents asked for by id; hits asked for by a query, in as many at once


def check_query(text: str) -> str:
    """The query as understood. QueryError; UsageError for what an export cannot ask."""
    query = read(text)
    for name in sorted(query.fields | ({"fuzzy"} if query.has_fuzzy else frozenset())):
        if name in _OF_THE_PRESENT:
            raise UsageError(
                f"an export cannot ask for {name}: the index knows only what it is now",
                f"Leave out `{name}:`.",
            )
        if name == "fuzzy":
            raise UsageError(
                "an export cannot ask for a word with `~`: which words come close depends on all that was captured since",
                "Name the words, joined by OR.",
            )
    return query.understood


def check_filters(filters: Filters) -> None:
    """UsageError for what an export cannot ask."""
    if filters.series:
        raise UsageError(
            "an export cannot ask for a records series: the index knows only what it is now",
            "Take the series out of the search.",
        )


def check_reach(searcher: Searcher, standing: Standing) -> None:
    """ServiceUnavailable unless the index holds every row up to `as_of` of the accounts in scope; ArchiveError if it is another code's,
    in which the same query finds something else. From then on the searcher asks this very index: one that a rebuild puts in its place
    meanwhile may not have come as far yet."""
    searcher.alias, marks = watermarks.read(searcher.client, searcher.alias)
    if marks.made_by != mapping.digest():
        raise ArchiveError(
            "the index was made by another version of recordroom",
            "Run `recordroom rebuild index`, then export again.",
        )
    for chain in standing.chains:
        mark = marks.of(chain.ledger).tail
        if mark.number < chain.number:
            raise ServiceUnavailable(
                f"the index is behind: it holds {chain.account} up to entry {mark.number} of {chain.number}",
                "Run `recordroom rebuild index`, or wait for the next capture; then export again.",
            )
        if mark.number == chain.number and mark.sha256 != chain.sha256:
            raise ArchiveError(
                f"the index was made from another archive: {chain.account}", "Run `recordroom rebuild index`."
            )
        held = _count(searcher, chain.account, chain.number)
        if held != chain.rows:
            raise ArchiveError(
                f"the index holds {held:,} versions of {chain.account}, {chain.rows:,} by entry {chain.number} of {chain.ledger}",
                "Run `recordroom rebuild index`, then export again.",
            )


def _count(searcher: Searcher, account: str, number: int) -> int:
    where = [{"term": {"account": account}}, {"range": {"ledger_number": {"lte": number}}}]
    with client.speaking():
        return int(searcher.client.count(index=searcher.alias, query={"bool": {"filter": where}})["count"])


def matches(searcher: Searcher, text: str, filters: Filters, viewer: Viewer) -> Iterator[list[str]]:
    """Return pages of the ids of all versions that match, of all times, quarantined records included.

    No record is found by the ID of a quarantined one that the viewer may not see. UsageError for a filter that
    nothing can have.
    """
    filters.check(searcher.status_reader.read_marks().chains, viewer)
    everything = replace(filters, versions=True).clauses_with_quarantine(viewer)  # selection.py leaves it out
    where = filters.restrict({"bool": {"filter": [read(text).dsl, *everything]}}, viewer)
    body = {
        "query": {"bool": {"filter": where}},
        "sort": ["_shard_doc"],
        "_source": False,
        "track_total_hits": False,
        "size": _PAGE,
    }
    with client.speaking():
        point = searcher.client.open_point_in_time(index=searcher.alias, keep_alive=KEEP_ALIVE)["id"]
    body["pit"] = {"id": point, "keep_alive": KEEP_ALIVE}
    try:
        slices = [
            ahead(_pages(searcher, {**body, "slice": {"id": n, "max": _SLICES}})) for n in range(_SLICES)
        ]
        for pages in zip_longest(*slices):
            yield from filter(None, pages)
    finally:
        with client.speaking():
            searcher.client.close_point_in_time(id=point)


def _pages(searcher: Searcher, body: dict[str, Any]) -> Iterator[list[str]]:
    after: dict[str, Any] = {}
    while hits := _page(searcher, {**body, **after}):
        yield [hit["_id"] for hit in hits]
        after = {"search_after": hits[-1]["sort"]}


def _page(searcher: Searcher, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Only what is needed of each hit: a million are read so."""
    with client.speaking():
        answer = searcher.client.search(
            body=body, filter_path=["hits.hits._id", "hits.hits.sort", "timed_out", "_shards.failed"]
        )
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise ServiceUnavailable(
            "Elasticsearch answered only in part", "Try again when it works; nothing was handed over."
        )
    found: list[dict[str, Any]] = answer.body.get("hits", {}).get("hits", [])
    return found


def last_seen(searcher: Searcher, gone: Sequence[Match]) -> dict[Match, datetime]:
    """When what these rows say is gone was last seen, where that is known."""
    found: dict[Match, datetime] = {}
    for start in range(0, len(gone), _CHUNK):
        ids = {id_of(*match): match for match in gone[start : start + _CHUNK]}
        with client.speaking():
            answer = searcher.client.mget(index=searcher.alias, ids=list(ids), source=["last_seen_at"])
        seen = {ids[d["_id"]]: d["_source"].get("last_seen_at") for d in client.there(answer["docs"])}
        found |= {match: moment(at) for match, at in seen.items() if at}
    return found
