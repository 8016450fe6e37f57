"""The retention of one record, for its page and for commands."""

from __future__ import annotations

from collections.abc import Iterable

from recordroom import clock
from recordroom.records.holds import may_read
from recordroom.records.record import RecordView
from recordroom.retention.explanation import Explanation, explain
from recordroom.retention.hold_entries import Holds
from recordroom.search.access import Viewer
from recordroom.search.index.retention import list_facts, list_holds
from recordroom.search.searcher import Searcher

CONFIDENTIAL = "a confidential hold"


def explain_retention(searcher: Searcher, shown: RecordView, viewer: Viewer) -> list[Explanation]:
    """Explain the retention of a record in each account that has it, the last account first.

    ServiceUnavailable if the bucket is away.
    """
    state, today = searcher.retention.now(), clock.today()
    documents = [version.record for version in shown.versions]
    facts, applying = list_facts(documents), list_holds(documents, state.holds.values())
    rules, explained = state.policy.rules, []
    for one in shown.holders:
        key = (one["account"], one["record_id"])
        names = _name_holds(state.holds, applying.get(key, ()), viewer)
        fields = one | {"on_hold": bool(names)}  # from the ledger, which the index follows within a minute
        explained.append(explain(fields, facts[key], rules.get(one["series"] or ""), today, names))
    return explained


def _name_holds(holds: Holds, ids: Iterable[str], viewer: Viewer) -> list[str]:
    """Return the titles of holds; of confidential ones, only that there is one."""
    names = (holds[one].title if may_read(holds[one], viewer) else CONFIDENTIAL for one in ids)
    return sorted(set(names))
