"""The retention of one record, for its page and for commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from recordroom import clock, dates
from recordroom.records import statements
from recordroom.records.holds import may_read
from recordroom.records.record import RecordView
from recordroom.records.secondary_copies import find_primaries
from recordroom.retention.explanation import NOT_DETERMINED, Explanation, explain
from recordroom.retention.hold_entries import Holds
from recordroom.search.access import Viewer
from recordroom.search.client import speaking
from recordroom.search.hits import Record
from recordroom.search.index.documents import Document
from recordroom.search.index.retention import (
    RecordKey,
    RetentionHeads,
    list_facts,
    list_holds,
    list_statements,
    read_heads,
)
from recordroom.search.searcher import Searcher

CONFIDENTIAL = "a confidential hold"


def explain_retention(searcher: Searcher, shown: RecordView, viewer: Viewer) -> list[Explanation]:
    """Explain the retention of a record in each account that has it, the last account first.

    ServiceUnavailable if the bucket is away.
    """
    state, today = searcher.retention.now(), clock.today()
    documents = [version.record for version in shown.versions]
    facts = list_facts(documents, state.statements.values())
    applying = list_holds(documents, state.holds.values())
    made = _list_statements(searcher, documents) if state.statements else {}
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
        told = explain(
            fields, facts[key], rules.get(one["series"] or ""), today, holds=names, statements=known
        )
        more = _find_conversation_date(searcher, one), find_primaries(state, one)
        explained.append(replace(told, conversation=more[0], primaries=more[1]))
    return explained


def _list_statements(
    searcher: Searcher, documents: Sequence[Document]
) -> dict[RecordKey, list[tuple[str, str | None]]]:
    heads = read_heads(searcher.archive, RetentionHeads(searcher.retention.now(), 0, {}))
    return list_statements(documents, heads)


def _find_conversation_date(searcher: Searcher, record: Record) -> str:
    """Return the latest date of the conversation's members in the account, in words.

    A conversation is considered as one: it has a date only if each of its members has one. Members that the
    viewer may not see count too; nothing but the date is shown of them.
    """
    root = record["root_id"] or record["record_id"]
    members = {"bool": {"should": [{"term": {"root_id": root}}, {"term": {"record_id": root}}]}}
    where = [{"term": {"account": record["account"]}}, {"term": {"current": True}}, members]
    aggregations = {
        "latest": {"max": {"field": "eligible_on", "format": "strict_date"}},
        "undated": {"missing": {"field": "eligible_on"}},
    }
    body = {"size": 0, "query": {"bool": {"filter": where}}, "aggs": aggregations, "track_total_hits": 2}
    with speaking():
        found = searcher.client.search(index=searcher.alias, body=body)
    if found["hits"]["total"]["value"] < 2:
        return ""
    if found["aggregations"]["undated"]["doc_count"]:
        return NOT_DETERMINED
    return dates.format_day(date.fromisoformat(found["aggregations"]["latest"]["value_as_string"]))


def _name_holds(holds: Holds, ids: Iterable[str], viewer: Viewer) -> list[str]:
    """Return the titles of holds; of confidential ones, only that there is one."""
    names = (holds[one].title if may_read(holds[one], viewer) else CONFIDENTIAL for one in ids)
    return sorted(set(names))
