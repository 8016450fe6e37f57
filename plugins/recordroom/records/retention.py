"""The retention of one record, for its page and for commands."""

from __future__ import annotations

from recordroom import clock
from recordroom.records.record import RecordView
from recordroom.retention.explanation import Explanation, explain
from recordroom.search.index.retention import list_facts
from recordroom.search.searcher import Searcher


def explain_retention(searcher: Searcher, shown: RecordView) -> list[Explanation]:
    """Explain the retention of a record in each account that has it, the last account first.

    ServiceUnavailable if the bucket is away.
    """
    state, today = searcher.retention.now(), clock.today()
    facts = list_facts([version.record for version in shown.versions])
    return [
        explain(
            one, facts[one["account"], one["record_id"]], state.policy.rules.get(one["series"] or ""), today
        )
        for one in shown.holders
    ]
