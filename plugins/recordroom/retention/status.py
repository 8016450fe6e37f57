"""The retention status of a record on a day: one definition as a query, as SQL, and for a record.

It is never stored, because it changes with the day. The first status that applies counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from recordroom.retention.derivation import NOT_WITHDRAWN
from recordroom.retention.derivation import PUBLISHED as STILL_PUBLISHED
from recordroom.retention.models import RETAIN

ON_HOLD, PERMANENT, UNDECIDED = "on hold", "permanent", "undecided"
PUBLISHED, RUNNING, ELIGIBLE = "published", "running", "eligible"
FIELD = "retention_status"  # its name in queries; the index has no such field
MEANINGS: Mapping[str, str] = {
    UNDECIDED: "a person must decide: no reviewed series, or no date follows from what is known",
    ON_HOLD: "a legal hold applies",
    PERMANENT: "must never be destroyed",
    PUBLISHED: "still on the platform: its period has not begun",
    RUNNING: "its period has begun",
    ELIGIBLE: "a person decided its series, and its period is over",
}
STATUSES = tuple(MEANINGS)

_IS, _MISSING, _UP_TO_TODAY, _AFTER_TODAY = "is", "missing", "up to today", "after today"
_Test = tuple[str, str, Any]  # field, one of the words above, value of `is`
# (status, tests that must all hold), the first that holds counts; the last has none
_STEPS: tuple[tuple[str, tuple[_Test, ...]], ...] = (
    (ON_HOLD, (("on_hold", _IS, True),)),
    (PERMANENT, (("retention_action", _IS, RETAIN),)),
    (UNDECIDED, (("series", _MISSING, None),)),
    (PUBLISHED, (("retention_trigger", _IS, STILL_PUBLISHED),)),
    (PUBLISHED, (("retention_trigger", _IS, NOT_WITHDRAWN),)),
    (RUNNING, (("eligible_on", _AFTER_TODAY, None),)),
    (ELIGIBLE, (("eligible_on", _UP_TO_TODAY, None), ("series_decided", _IS, True))),
    (UNDECIDED, ()),
)


def find_status(record: Mapping[str, Any], today: date) -> str:
    """Return the status of a record with its retention fields; days are text."""
    day = today.isoformat()

    def holds(test: _Test) -> bool:
        value, (_, kind, wanted) = record.get(test[0]), test
        if kind == _IS:
            return bool(value == wanted)
        if kind == _MISSING:
            return value is None
        return value is not None and (str(value) <= day) == (kind == _UP_TO_TODAY)

    return next(status for status, tests in _STEPS if all(map(holds, tests)))


def make_clause(status: str, today: date) -> dict[str, Any]:
    """Return Elasticsearch's clause for a status."""
    alternatives: list[dict[str, Any]] = []
    for number, (name, tests) in enumerate(_STEPS):
        if name == status:
            earlier = [_all_of(before, today) for other, before in _STEPS[:number] if other != status]
            bool_: dict[str, Any] = {"filter": [_clause(test, today) for test in tests]}
            alternatives.append({"bool": bool_ | ({"must_not": earlier} if earlier else {})})
    return alternatives[0] if len(alternatives) == 1 else {"bool": {"should": alternatives}}


def _all_of(tests: Sequence[_Test], today: date) -> dict[str, Any]:
    return {"bool": {"filter": [_clause(test, today) for test in tests]}}


def _clause(test: _Test, today: date) -> dict[str, Any]:
    field, kind, wanted = test
    if kind == _IS:
        return {"term": {field: wanted}}
    if kind == _MISSING:
        return {"bool": {"must_not": {"exists": {"field": field}}}}
    return {"range": {field: {"lte" if kind == _UP_TO_TODAY else "gt": today.isoformat()}}}


def make_count(today: date) -> dict[str, Any]:
    """Return Elasticsearch's aggregation that counts the records of each status, for `read_count`.

    Each step counts, among the records that the step before left, those that it leaves: a record is tested
    only until a step holds.
    """
    aggregation: dict[str, Any] = {}
    for _, tests in reversed(_STEPS[:-1]):
        aggregation = {
            "filter": {"bool": {"must_not": _all_of(tests, today)}},
            **({"aggs": {"left": aggregation}} if aggregation else {}),
        }
    return aggregation


def read_count(records: int, answer: Mapping[str, Any]) -> dict[str, int]:
    """Return status -> number of records, from the answer to `make_count`; records: how many were counted."""
    counts, left, found = dict.fromkeys(STATUSES, 0), records, answer
    for status, _ in _STEPS[:-1]:
        counts[status] += left - found["doc_count"]
        left, found = found["doc_count"], found.get("left", {})
    counts[_STEPS[-1][0]] += left
    return counts


def expand(query: dict[str, Any], today: date) -> dict[str, Any]:
    """Return a query in which each `term` of FIELD is replaced by the clause of its status."""
    if query.get("term", {}).keys() == {FIELD}:
        return make_clause(query["term"][FIELD], today)
    return {name: _expand_value(value, today) for name, value in query.items()}


def _expand_value(value: Any, today: date) -> Any:
    if isinstance(value, dict):
        return expand(value, today)
    if isinstance(value, list):
        return [_expand_value(one, today) for one in value]
    return value


def make_sql(today: date) -> str:
    """Return the SQL expression of the status, over the columns of derivation.FIELDS."""
    conditions = "".join(
        f" WHEN {' AND '.join(_sql(test, today) for test in tests)} THEN '{status}'"
        for status, tests in _STEPS
        if tests
    )
    return f"CASE{conditions} ELSE '{_STEPS[-1][0]}' END"


def _sql(test: _Test, today: date) -> str:
    field, kind, wanted = test
    if kind == _IS:
        return f"{field} IS NOT DISTINCT FROM {wanted if isinstance(wanted, bool) else repr(wanted)}"
    if kind == _MISSING:
        return f"{field} IS NULL"
    return f"coalesce({field} {'<=' if kind == _UP_TO_TODAY else '>'} DATE '{today.isoformat()}', FALSE)"
