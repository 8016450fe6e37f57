"""Questions of an export to the search index.

They are which versions match, and when a removed record was last seen.
The index knows the present. So a query goes to all versions, and it cannot use `current`, whose value changes
without a new version: a later export of the same `as_of` would find other records. Conditions on retention
fields are evaluated as of the moment (retention.py). The `last_seen_at` of a
row that reports a removal never changes. The index must have come as far as `as_of` (`check_index`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

from recordroom import clock
from recordroom.errors import ArchiveError, ServiceUnavailable, UsageError
from recordroom.exports import retention
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.derived_values import VersionKey
from recordroom.exports.retention import Leaf
from recordroom.model import moment
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.client import Dsl
from recordroom.search.filters import Filters
from recordroom.search.index import mapping, watermarks
from recordroom.search.index.bulk import ahead
from recordroom.search.index.documents import id_of
from recordroom.search.query.query import read
from recordroom.search.searcher import KEEP_ALIVE, Searcher

_PARTS = ["hits.hits._id", "hits.hits.sort", "timed_out", "_shards.failed"]  # of a response
_CHUNK = 1_000  # documents of one request by ID
_PAGE, _SLICES = 10_000, 2  # hits of one request, and requests at a time


def check_query(text: str) -> str:
    """Return the query as understood.

    QueryError, or UsageError for a query that an export cannot use.
    """
    query = read(text)
    for name in sorted(query.fields | ({"fuzzy"} if query.has_fuzzy else frozenset())):
        if name == "current":
            only_now = f"an export cannot search by {name}, because the index has only its present value"
            raise UsageError(only_now, f"Remove `{name}:` from the search.")
        if name == "fuzzy":
            raise UsageError(
                "an export cannot search for similar words with `~`,"
                " because later captures would change which words are similar",
                "List the words, joined by OR.",
            )
    retention.find_leaves(query.dsl, clock.today())
    return query.understood


def check_filters(text: str, filters: Filters) -> None:
    """Raise UsageError for a query and filters that an export cannot use together."""
    retention.find_leaves(_combine(read(text).dsl, filters), clock.today())


def find_leaves(text: str, filters: Filters, state: ArchiveState) -> list[Leaf]:
    """Return the conditions on retention fields of a query with its filters."""
    return retention.find_leaves(_combine(read(text).dsl, filters), retention.day_of(state))


def _combine(query: Dsl, filters: Filters) -> Dsl:
    """Return the query with the filters by retention fields."""
    return {"bool": {"filter": [query, *retention.make_filter(filters)]}}


def check_index(searcher: Searcher, state: ArchiveState) -> None:
    """Check that the index has every row up to `as_of` of the accounts in scope.

    ServiceUnavailable if it is behind. ArchiveError if another version of recordroom or another archive made
    it: the same query finds other records in it. From then on the searcher asks this very index: one that a
    rebuild puts in its place meanwhile may be behind.
    """
    searcher.alias, marks = watermarks.read(searcher.client, searcher.alias)
    if marks.made_by != mapping.digest():
        raise ArchiveError(
            "the index was made by another version of recordroom",
            "Run `recordroom rebuild index`, then export again.",
        )
    for chain in state.chains:
        mark = marks.of(chain.ledger).tail
        if mark.number < chain.number:
            raise ServiceUnavailable(
                f"the index is behind: it has {chain.account} up to entry {mark.number} of {chain.number}",
                "Run `recordroom rebuild index`, or wait for the next capture; then export again.",
            )
        if mark.number == chain.number and mark.sha256 != chain.sha256:
            raise ArchiveError(
                f"the index was made from another archive: {chain.account}", "Run `recordroom rebuild index`."
            )
        have = _count_rows(searcher, chain.account, chain.number)
        if have != chain.rows:
            raise ArchiveError(
                f"the index has {have:,} versions of {chain.account}, but entry {chain.number} of"
                f" {chain.ledger} has {chain.rows:,}",
                "Run `recordroom rebuild index`, then export again.",
            )


def _count_rows(searcher: Searcher, account: str, number: int) -> int:
    where = [{"term": {"account": account}}, {"range": {"ledger_number": {"lte": number}}}]
    with client.speaking():
        return int(searcher.client.count(index=searcher.alias, query={"bool": {"filter": where}})["count"])


def find_matches(
    searcher: Searcher, text: str, filters: Filters, viewer: Viewer, leaves: Sequence[Leaf] = ()
) -> Iterator[tuple[list[str], int]]:
    """Yield pages of the IDs of all versions that match, each with its combination.

    leaves: as `find_leaves` returns them for these arguments.

    They are of all times, quarantined records included. No record is found by the ID of a quarantined one
    that the viewer may not see. UsageError for a filter that nothing can have.
    """
    filters.check(searcher.status_reader.read_marks().chains, viewer)
    # Retention fields are in the cases; selection.py excludes what is under quarantine.
    plain = replace(filters, versions=True, series=(), retention=())
    everything = plain.clauses_with_quarantine(viewer)
    for case in retention.make_cases(_combine(read(text).dsl, filters), leaves):
        where = filters.restrict({"bool": {"filter": [case.query, *everything]}}, viewer)
        for ids in _find_ids(searcher, where):
            yield ids, retention.number_of(case.truth)


def _find_ids(searcher: Searcher, where: Dsl) -> Iterator[list[str]]:
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
            ahead(_read_pages(searcher, {**body, "slice": {"id": n, "max": _SLICES}})) for n in range(_SLICES)
        ]
        for pages in zip_longest(*slices):
            yield from filter(None, pages)
    finally:
        with client.speaking():
            searcher.client.close_point_in_time(id=point)


def _read_pages(searcher: Searcher, body: dict[str, Any]) -> Iterator[list[str]]:
    after: dict[str, Any] = {}
    while hits := _read_page(searcher, {**body, **after}):
        yield [hit["_id"] for hit in hits]
        after = {"search_after": hits[-1]["sort"]}


def _read_page(searcher: Searcher, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Read the parts of each hit that are needed: an export may read a million."""
    with client.speaking():
        response = searcher.client.search(body=body, filter_path=_PARTS)
    if response["timed_out"] or response["_shards"]["failed"]:
        raise ServiceUnavailable(
            "the response of Elasticsearch is incomplete",
            "Try again when Elasticsearch works. Nothing was released.",
        )
    found: list[dict[str, Any]] = response.body.get("hits", {}).get("hits", [])
    return found


def last_seen(searcher: Searcher, removed: Sequence[VersionKey]) -> dict[VersionKey, datetime]:
    """Return when records that are reported as removed were last seen.

    Versions for which that is not known are left out.
    """
    found: dict[VersionKey, datetime] = {}
    for start in range(0, len(removed), _CHUNK):
        ids = {id_of(*version): version for version in removed[start : start + _CHUNK]}
        with client.speaking():
            response = searcher.client.mget(index=searcher.alias, ids=list(ids), source=["last_seen_at"])
        seen = {ids[d["_id"]]: d["_source"].get("last_seen_at") for d in client.there(response["docs"])}
        found |= {version: moment(at) for version, at in seen.items() if at}
    return found
