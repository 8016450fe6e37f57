"""The retention of one record, for its page and for commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from recordroom import clock, dates
from recordroom.model import MESSAGE, REMOVED
from recordroom.records import classification, statements
from recordroom.records.holds import may_read
from recordroom.records.proposals import is_objected
from recordroom.records.record import RecordView
from recordroom.records.secondary_copies import find_primaries
from recordroom.retention.decisions import Decision
from recordroom.retention.derivation import EVENT_STATED, WITHDRAWAL_STATED
from recordroom.retention.exclusions import (
    CONVERSATION,
    GAP,
    OBJECTION,
    QUARANTINE,
    RELEASED,
    list_released_holds,
)
from recordroom.retention.explanation import NOT_DETERMINED, Explanation, explain
from recordroom.retention.hold_entries import Holds
from recordroom.retention.status import ELIGIBLE, make_clause
from recordroom.search.access import Viewer
from recordroom.search.client import speaking
from recordroom.search.hits import Record
from recordroom.search.index.retention import (
    RetentionHeads,
    list_facts,
    list_holds,
    list_statements,
    read_heads,
    read_versions,
)
from recordroom.search.searcher import Searcher

CONFIDENTIAL = "a confidential hold"


def explain_retention(searcher: Searcher, shown: RecordView, viewer: Viewer) -> list[Explanation]:
    """Explain the retention of a record in each account that has it, the last account first.

    ServiceUnavailable if the bucket is away.
    """
    state, today = searcher.retention.now(), clock.today()
    documents = [version.record for version in shown.versions]
    heads = RetentionHeads(state, 0, {})
    if state.statements:  # whether one counts depends on the register
        heads = read_heads(searcher.archive, heads)
    facts = list_facts(documents, heads)
    applying = list_holds(documents, state.holds.values())
    released = list_holds(documents, list_released_holds(state.holds.values(), today))
    made = list_statements(documents, heads)
    rules, explained = state.policy.rules, []
    for one in shown.holders:
        key = (one["account"], one["record_id"])
        names = _name_holds(state.holds, applying.get(key, ()), viewer)
        fields = one | {"on_hold": bool(names)}  # from the ledger, which the index follows within a minute
        known = [
            (state.statements[name], obstacle)
            for name, obstacle in made.get(key, ())
            if statements.may_read(state.statements[name], viewer)
        ]
        date_, waits = _find_conversation(searcher, one, heads, today)
        further = {CONVERSATION} if waits else set()
        further |= {RELEASED} if released.get(key) and not names else set()
        further |= set(_find_exclusions(searcher, one, facts[key], documents, viewer))
        rule = rules.get(one["series"] or "")
        told = explain(fields, facts[key], rule, today, holds=names, further=further, statements=known)
        decided = tuple(_find_decisions(state.decisions.values(), one, documents, viewer))
        primaries = find_primaries(state, one)
        explained.append(replace(told, conversation=date_, primaries=primaries, decisions=decided))
    return explained


def _find_decisions(
    decisions: Iterable[Decision], record: Record, documents: Sequence[Record], viewer: Viewer
) -> Iterator[Decision]:
    """Yield the decisions that count for a record, and that the viewer may read."""
    versions = [one for one in documents if one["account"] == record["account"]]
    roots = {one["root_id"] or one["record_id"] for one in versions}
    authors = {(one["platform"], one["author_id"]) for one in versions if one["author_id"]}
    for decision in decisions:
        scope = decision.scope
        covers = (
            record["record_id"] in scope.records or roots & scope.conversations or authors & scope.authors
        )
        if decision.counts and covers and classification.may_read(decision, viewer):
            yield decision


def _find_exclusions(
    searcher: Searcher,
    record: Record,
    facts: Mapping[str, Any],
    documents: Sequence[Record],
    viewer: Viewer,
) -> Iterator[str]:
    """Yield the keys of EXCLUSIONS that need more than the record's fields."""
    is_message, withdrawn_at = record["kind"] == MESSAGE, facts["withdrawn_at"]
    for gap in searcher.status_reader.read_status().hiding or ():
        if gap.hides_return(record["account"], is_message=is_message, withdrawn_at=withdrawn_at):
            yield GAP
    if viewer.sees_quarantine:
        files = {one["sha256"] for document in documents for one in document.get("media") or ()}
        if record["record_id"] in viewer.quarantine.records or files & viewer.quarantine.files.keys():
            yield QUARANTINE
    state = searcher.retention.now()
    if is_objected(searcher.derived, state, record["account"], record["record_id"]):
        yield OBJECTION


def _find_conversation(
    searcher: Searcher, record: Record, heads: RetentionHeads, today: date
) -> tuple[str, bool]:
    """Return the latest date of the conversation's members in the account, in words.

    A conversation is considered as one: it has a date only if each of its members has one. Members that the
    viewer may not see count too; nothing but the date is shown of them.

    Also return whether another member cannot be proposed, as far as the index and statements say.
    """
    root = record["root_id"] or record["record_id"]
    members = {"bool": {"should": [{"term": {"root_id": root}}, {"term": {"record_id": root}}]}}
    where = [{"term": {"account": record["account"]}}, {"term": {"current": True}}, members]
    over = make_clause(ELIGIBLE, today)
    ready = {"bool": {"filter": [over, {"term": {"status": REMOVED}}]}}
    others = {"bool": {"must_not": [{"term": {"record_id": record["record_id"]}}, ready]}}
    # The index does not say of these whether they are withdrawn.
    doubtful = {
        "bool": {"filter": [over, {"terms": {"retention_trigger": [EVENT_STATED, WITHDRAWAL_STATED]}}]}
    }
    aggregations = {
        "latest": {"max": {"field": "eligible_on", "format": "strict_date"}},
        "undated": {"missing": {"field": "eligible_on"}},
        "waiting": {"filter": others, "aggs": {"doubtful": {"filter": doubtful}}},
    }
    body = {"size": 0, "query": {"bool": {"filter": where}}, "aggs": aggregations, "track_total_hits": 2}
    with speaking():
        found = searcher.client.search(index=searcher.alias, body=body)
    if found["hits"]["total"]["value"] < 2:
        return "", False
    waiting = found["aggregations"]["waiting"]
    waits = waiting["doc_count"] > waiting["doubtful"]["doc_count"]
    if not waits and waiting["doc_count"]:
        waits = not _are_withdrawn(searcher, [*where, others, doubtful], heads)
    if found["aggregations"]["undated"]["doc_count"]:
        return NOT_DETERMINED, waits
    latest = date.fromisoformat(found["aggregations"]["latest"]["value_as_string"])
    return dates.format_day(latest), waits


def _are_withdrawn(searcher: Searcher, where: Sequence[dict[str, Any]], heads: RetentionHeads) -> bool:
    """Return whether all records that match are withdrawn."""
    body = {
        "query": {"bool": {"filter": where}},
        "sort": [{"record_id": "asc"}],
        "_source": ["account", "record_id"],
    }
    hits = (hit["_source"] for hit in searcher.read_hits(body))
    keys = {(one["account"], one["record_id"]) for one in hits}
    found = read_versions(searcher.client, searcher.alias, keys)
    return all(one["is_withdrawn"] for versions in found for one in list_facts(versions, heads).values())


def _name_holds(holds: Holds, ids: Iterable[str], viewer: Viewer) -> list[str]:
    """Return the titles of holds; of confidential ones, only that there is one."""
    names = (holds[one].title if may_read(holds[one], viewer) else CONFIDENTIAL for one in ids)
    return sorted(set(names))
