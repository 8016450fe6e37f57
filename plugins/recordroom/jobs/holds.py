"""Ask the queries of holds about what was captured since, and store what they find.

What a query was not asked about yet is held (retention/holds.py), so nothing depends on when this runs; it
frees what the query does not match. It runs after each capture, when the index is up to date.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.store import Store
from recordroom.errors import QueryError, ServiceUnavailable, UsageError
from recordroom.retention import hold_entries, ledger
from recordroom.retention.clauses import Clause, range_clause
from recordroom.retention.holds import Hold, in_force
from recordroom.retention.ledger import RetentionState
from recordroom.search.client import speaking
from recordroom.search.index import watermarks
from recordroom.search.index.indexer import Index
from recordroom.search.query.query import read

PAGE = 10_000  # hits of one request
KEEP = "2m"
WHO = "recordroom"  # the actor of entries that no person makes


@dataclass(frozen=True, slots=True)
class QueryReport:
    """What asking the queries of holds brought."""

    entries: int = 0  # of the ledger that were stored
    problems: tuple[str, ...] = ()  # in words


def ask_queries(index: Index, archive: Store) -> QueryReport:
    """Ask every query of a hold in force that is behind the index.

    ServiceUnavailable or ArchiveError if that is not possible now: everything that was not asked about stays
    held until the next run.
    """
    state = ledger.read(archive)
    waiting = [hold for hold in in_force(state.holds.values()) if hold.scope.query]
    if not waiting:
        return QueryReport()
    # The marks of one index and its own documents: an index that a rebuild puts in its place may be behind.
    name, marks = watermarks.read(index.client, index.alias)
    with speaking():
        index.client.indices.refresh(index=name)  # marks may be ahead of what is searchable
    indexed = {chain.rpartition("/")[2]: mark.tail.number for chain, mark in marks.chains.items()}
    entries, problems = 0, []
    for hold in waiting:
        upto = {account: number for account, number in indexed.items() if hold.scope.reaches(account)}
        if hold.problem or any(hold.upto.get(account, 0) < number for account, number in upto.items()):
            stored, problem = _ask(index.client, name, archive, hold, upto)
            entries += stored
            if problem:
                words = f"the hold {hold.title!r} keeps everything in its accounts and dates: {problem}"
                problems.append(words)
    return QueryReport(entries, tuple(problems))


def _ask(
    client: Elasticsearch, index: str, archive: Store, hold: Hold, upto: dict[str, int]
) -> tuple[int, str]:
    """Ask the query of a hold, and store what it finds.

    Return (entries stored, why the query cannot be asked or "").
    """
    try:
        found = sorted(_find_records(client, index, hold) - hold.caught)
    except (QueryError, UsageError) as problem:
        words = problem.public_message
        if words == hold.problem:
            return 0, words
        return _append(archive, hold, hold_entries.FAILED, {"act_id": hold.id, "problem": words}), words
    parts = list(hold_entries.split_ids(found)) or [[]]
    stored = 0
    for number, some in enumerate(parts, 1):
        body: dict[str, Any] = {"act_id": hold.id, "records": some}
        body |= {"upto": upto} if number == len(parts) else {}
        stored += _append(archive, hold, hold_entries.CAUGHT, body)
    return stored, ""


def _append(archive: Store, hold: Hold, type_: str, body: dict[str, Any]) -> int:
    """Append an entry, unless the hold was changed or released meanwhile; return how many were stored.

    A change forgets what the query found, also if the scope stays the same.
    """

    def make(state: RetentionState) -> dict[str, Any] | None:
        now = state.holds[hold.id]
        is_same = now.scope == hold.scope and now.changes == hold.changes
        return body if now.in_force and is_same else None

    return int(ledger.append(archive, type_, make, WHO) is not None)


def _find_records(client: Elasticsearch, index: str, hold: Hold) -> set[str]:
    """Return the IDs of records with a version that matches, and one that is in the accounts and dates.

    These may be two versions: an edit in the dates may have removed the words.
    """
    query, scope = read(hold.scope.query), hold.scope
    if query.has_fuzzy:
        raise UsageError("its query searches for similar words", "Change the query of the hold.")
    accounts = range_clause(replace(scope, from_=None, to=None))
    found = set(_scan(client, index, [query.dsl, accounts]))
    if not (scope.from_ or scope.to):
        return found
    within = range_clause(scope)
    return {
        record_id
        for some in hold_entries.split_ids(sorted(found))
        for record_id in _scan(client, index, [{"terms": {"record_id": some}}, within])
    }


def _scan(client: Elasticsearch, index: str, clauses: list[Clause]) -> Iterator[str]:
    """Yield the record IDs of all documents that match each of the clauses, repeated ones too."""
    body: dict[str, Any] = {
        "size": PAGE,
        "query": {"bool": {"filter": clauses}},
        "_source": ["record_id"],
        "sort": ["_shard_doc"],
        "track_total_hits": False,
    }
    with speaking():
        point = client.open_point_in_time(index=index, keep_alive=KEEP)["id"]
    body["pit"] = {"id": point, "keep_alive": KEEP}
    try:
        while True:
            with speaking():
                answer = client.search(body=body)
            if answer["timed_out"] or answer["_shards"]["failed"]:
                raise ServiceUnavailable(
                    "the response of Elasticsearch is incomplete", "The next capture asks again."
                )
            hits = answer["hits"]["hits"]
            if not hits:
                return
            yield from (hit["_source"]["record_id"] for hit in hits)
            body["search_after"] = hits[-1]["sort"]
    finally:
        with speaking():
            client.close_point_in_time(id=point)
