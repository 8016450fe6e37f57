"""The retention status: one answer from the query, from SQL, and for a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.retention import derivation, status
from recordroom.retention.derivation import NOT_WITHDRAWN, PUBLISHED, WITHDRAWN

TODAY = date(2026, 12, 1)
RECORD = st.fixed_dictionaries(
    {
        "series": st.sampled_from([None, "S1"]),
        "series_decided": st.booleans(),
        "retention_trigger": st.sampled_from([PUBLISHED, NOT_WITHDRAWN, WITHDRAWN, "event not entered"]),
        "eligible_on": st.sampled_from([None, *(str(TODAY + timedelta(days=n)) for n in (-1, 0, 1))]),
        "retention_action": st.sampled_from([None, "destroy", "retain permanently"]),
        "on_hold": st.booleans(),
    }
)
DECIDED = {
    "series": "S1", "series_decided": True, "retention_trigger": WITHDRAWN, "eligible_on": "2026-12-01",
    "retention_action": "destroy", "on_hold": False,
}  # fmt: skip


def matches(clause: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether Elasticsearch's clause matches, for the kinds of clauses that a status has."""
    [(kind, body)] = clause.items()
    if kind == "bool":
        should = body.get("should", [])
        return (
            all(matches(one, record) for one in body.get("filter", []))
            and not any(matches(one, record) for one in _listed(body.get("must_not", [])))
            and (not should or any(matches(one, record) for one in should))
        )
    if kind == "exists":
        return record[body["field"]] is not None
    [(field, wanted)] = body.items()
    if kind == "term":
        return bool(record[field] == wanted)
    assert kind == "range"
    [(operator, bound)] = wanted.items()
    value = record[field]
    return value is not None and (value <= bound if operator == "lte" else value > bound)


def count(aggregation: Mapping[str, Any], records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what Elasticsearch answers to a filter within a filter."""
    left = [record for record in records if matches(aggregation["filter"], record)]
    inner = {name: count(one, left) for name, one in aggregation.get("aggs", {}).items()}
    return {"doc_count": len(left), **inner}


def _listed(clauses: Any) -> list[Any]:
    return clauses if isinstance(clauses, list) else [clauses]


@given(st.lists(RECORD, min_size=1, max_size=8))
def test_query_sql_and_record_agree(records: list[dict[str, Any]]) -> None:
    found = [status.find_status(one, TODAY) for one in records]
    for record, own in zip(records, found, strict=True):
        assert [s for s in status.STATUSES if matches(status.make_clause(s, TODAY), record)] == [own]
    counts = status.read_count(len(records), count(status.make_count(TODAY), records))
    assert counts == {name: found.count(name) for name in status.STATUSES}
    columns = {name: [one[name] for one in records] for name in DECIDED}
    table = pa.table(columns, schema=pa.schema([(n, pa.bool_() if n in ("series_decided", "on_hold") else pa.string()) for n in DECIDED]))  # fmt: skip
    with derivation.open_memory() as connection:
        connection.register("given", table)
        rows = connection.execute(
            f"SELECT {status.make_sql(TODAY)} FROM (SELECT * REPLACE (eligible_on::DATE AS eligible_on) FROM given)"  # noqa: S608
        ).fetchall()
    assert [row[0] for row in rows] == found


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, "eligible"),
        ({"eligible_on": "2026-12-02"}, "running"),
        ({"series_decided": False}, "undecided"),
        ({"series_decided": False, "eligible_on": "2026-12-02"}, "running"),
        ({"on_hold": True}, "on hold"),
        ({"retention_action": "retain permanently", "eligible_on": None}, "permanent"),
        ({"retention_action": "retain permanently", "on_hold": True}, "on hold"),
        ({"series": None, "retention_trigger": PUBLISHED}, "undecided"),
        ({"retention_trigger": PUBLISHED, "eligible_on": None}, "published"),
        ({"retention_trigger": NOT_WITHDRAWN, "eligible_on": None}, "published"),
        ({"retention_trigger": "event not entered", "eligible_on": None}, "undecided"),
        ({"eligible_on": None}, "undecided"),
    ],
)
def test_the_first_status_that_applies_counts(more: dict[str, Any], wanted: str) -> None:
    assert status.find_status(DECIDED | more, TODAY) == wanted


def test_a_term_of_the_status_is_replaced_wherever_it_is() -> None:
    term = {"term": {status.FIELD: "on hold"}}
    query = {"bool": {"must_not": [{"dis_max": {"queries": [term, {"term": {"kind": "post"}}]}}]}}
    found = status.expand(query, TODAY)
    [inner] = found["bool"]["must_not"]
    assert inner["dis_max"]["queries"] == [
        status.make_clause("on hold", TODAY), {"term": {"kind": "post"}},
    ]  # fmt: skip
