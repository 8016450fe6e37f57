# ruff: noqa: S608 (the SQL is made of constants of ours)
"""Retention in an export: the fields as of its moment, and searches by them.

The index has only the present fields. So a search by them is answered in two steps. Each condition on a
retention field (a leaf) is replaced by "everything" or "nothing", in every combination, and Elasticsearch is
asked once for each combination. Then a version that one combination finds counts if its record satisfies
exactly that combination, by the fields as of the export's moment. That is exact for any query, with AND, OR,
and NOT.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import pyarrow as pa

from recordroom.errors import UsageError
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import WorkDatabase
from recordroom.exports.formats.cells import quote_literal
from recordroom.exports.sql import key_of_record
from recordroom.exports.work_tables import (
    ACCOUNTS,
    CHOSEN_ROWS,
    KNOWN_ROWS,
    RETENTION_FIELDS,
    RETENTION_VALUES,
    WorkTable,
)
from recordroom.model import to_local
from recordroom.retention import derivation, status
from recordroom.retention.derivation import FIELDS
from recordroom.search.client import Dsl
from recordroom.search.filters import NONE, Filters

MOST = 3  # leaves: a search is asked for two to the power of their number times
_EVERYTHING: Dsl = {"match_all": {}}
_NOTHING: Dsl = {"match_none": {}}


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition on a retention field."""

    clause: Dsl  # Elasticsearch's
    sql: str  # the same over the columns of RETENTION_FIELDS


@dataclass(frozen=True, slots=True)
class Case:
    """One combination: the query with its leaves replaced, and which leaves are true in it."""

    query: Dsl
    truth: tuple[bool, ...]


def make_filter(filters: Filters) -> list[Dsl]:
    """Return the clauses of the filters by retention fields, with terms of the status unexpanded."""
    found: list[Dsl] = []
    if filters.series:
        named = [value for value in filters.series if value != NONE]
        some: list[Dsl] = [{"terms": {"series": named}}] if named else []
        if NONE in filters.series:
            some.append({"bool": {"must_not": {"exists": {"field": "series"}}}})
        found.append({"bool": {"should": some}})
    if filters.retention:
        found.append({"bool": {"should": [{"term": {status.FIELD: one}} for one in filters.retention]}})
    return found


def find_leaves(query: Dsl, as_of: date) -> list[Leaf]:
    """Return the distinct leaves of a query.

    as_of: the day on which a status is computed.

    UsageError for a condition that an export cannot evaluate, or if there are too many.
    """
    found: dict[str, Leaf] = {}
    for clause in _walk(query):
        if (field := _field_of(clause)) is not None:
            found.setdefault(repr(clause), Leaf(clause, _make_sql(clause, field, as_of)))
    if len(found) > MOST:
        words = f"an export can use at most {MOST} conditions on retention fields, and this search has"
        raise UsageError(f"{words} {len(found)}", "Split it into several exports.")
    return list(found.values())


def make_cases(query: Dsl, leaves: Sequence[Leaf]) -> list[Case]:
    """Return the combinations; one, without leaves, for a query without any."""
    return [
        Case(
            _replace(query, {repr(leaf.clause): one for leaf, one in zip(leaves, truth, strict=True)}), truth
        )
        for truth in product((True, False), repeat=len(leaves))
    ]


def _field_of(clause: Dsl) -> str | None:
    """Return the retention field of a clause; None for other clauses."""
    if len(clause) != 1:
        return None
    [(kind, body)] = clause.items()
    if kind == "exists":
        named = body["field"]
    elif kind in ("bool", "dis_max", "match_all", "match_none") or not isinstance(body, Mapping):
        return None
    else:
        named = next((name for name in body if name != "boost"), None)
    return named if named in FIELDS or named == status.FIELD else None


def _walk(value: Any) -> Iterator[Dsl]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _walk(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _walk(one)


def _replace(value: Any, truth: Mapping[str, bool]) -> Any:
    if isinstance(value, dict):
        if (holds := truth.get(repr(value))) is not None:
            return _EVERYTHING if holds else _NOTHING
        return {name: _replace(one, truth) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replace(one, truth) for one in value]
    return value


def _make_sql(clause: Dsl, field: str, as_of: date) -> str:
    """Return the condition of a clause; false if the field is null."""
    [(kind, body)] = clause.items()
    if kind == "exists":
        return f"{field} IS NOT NULL"
    wanted = body[field]
    if field == status.FIELD:
        return f"({status.make_sql(as_of)}) = {quote_literal(wanted)}"
    type_ = FIELDS[field]
    if kind == "term" and isinstance(wanted, Mapping):  # without case, as in text that people type
        found = f"lower({field}) = lower({quote_literal(str(wanted['value']))})"
    elif kind in ("term", "terms"):
        values = wanted if isinstance(wanted, list) else [wanted]
        found = f"{field} IN ({', '.join(f'{quote_literal(str(one))}::{type_}' for one in values)})"
    elif kind == "range":
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        found = " AND ".join(
            f"{field} {signs[name]} {quote_literal(str(bound))}::{type_}" for name, bound in wanted.items()
        )
    else:
        words = f"an export cannot search {field} by a pattern or by similar words"
        raise UsageError(words, f"Write the complete value after `{field}:`.")
    return f"coalesce({found}, FALSE)"


def fill_fields(database: WorkDatabase, state: ArchiveState) -> None:
    """Fill RETENTION_FIELDS with the fields of every record that is known, as of the export's moment."""
    retention = state.retention
    acts = retention.holds.values(), retention.decisions.values(), retention.statements.values()
    inputs = derivation.make_inputs(retention.policy, state.accounts, *acts)
    numbers = (
        f"(SELECT number AS account, series, closed_on FROM {derivation.TABLES[0]} a"
        f" JOIN {ACCOUNTS} ON name = a.account)"
    )
    named = f"(SELECT k.*, name AS account_name FROM {KNOWN_ROWS} k JOIN {ACCOUNTS} ON number = account)"
    rows = named if inputs.holds or len(inputs.stated) else str(KNOWN_ROWS)
    database.create(
        RETENTION_FIELDS, derivation.fields(rows, inputs, numbers, key_of_record), **inputs.tables
    )


def keep_matches(database: WorkDatabase, table: WorkTable, leaves: Sequence[Leaf]) -> None:
    """Remove the candidates of a table whose record does not satisfy their combination."""
    if not leaves:
        return
    truth = " + ".join(f"(CASE WHEN {leaf.sql} THEN {1 << n} ELSE 0 END)" for n, leaf in enumerate(leaves))
    real = f"SELECT id, {truth} FROM {KNOWN_ROWS} JOIN {RETENTION_FIELDS} USING (account, record)"
    database.delete(table, f"(id, truth) NOT IN ({real})")


def number_of(truth: Sequence[bool]) -> int:
    """Return a combination as a number: bit n is leaf n."""
    return sum(1 << n for n, holds in enumerate(truth) if holds)


def fill_values(database: WorkDatabase) -> None:
    """Fill RETENTION_VALUES with the fields of the rows of the export."""
    database.create(
        RETENTION_VALUES,
        f"SELECT file, row, place, {', '.join(FIELDS)} FROM {CHOSEN_ROWS}"
        f" JOIN {RETENTION_FIELDS} USING (account, record)",
    )


def day_of(state: ArchiveState) -> date:
    """Return the day of an export's moment, in the agency's time zone."""
    return to_local(state.as_of).date()


def make_page(ids: Sequence[str], truth: int) -> pa.Table:
    """Return candidates as a table."""
    columns = [pa.array(ids, pa.string()), pa.array([truth] * len(ids), pa.int32())]
    return pa.table(columns, names=["hex", "truth"])
