# ruff: noqa: S608 (the SQL is made of constants of ours; values are parameters)
"""Draft proposals of disposition: which records are proposed, and why the others are not.

A record is proposed if its period is over and nothing excludes it (exclusions.py). A conversation is proposed
as one: if one of its records in the account is not, the others wait.

A list has the records whose period is over, and those without a date that are no longer published: what
excludes them, such as an unreviewed series, leaves them without one. Records whose period is running or has
not begun are counted, not listed. A one-time list of the Local Records Committee is authority for its records
alone, whatever their series and date; all that it names are listed.

Everything is computed in the database of all_records.py: memory stays flat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from recordroom.model import MESSAGE
from recordroom.retention import derivation, row_file
from recordroom.retention import exclusions as why
from recordroom.retention.all_records import AllRecords
from recordroom.retention.derivation import (
    EVENT_MISSING,
    NOT_WITHDRAWN,
    PUBLISHED,
    TABLES,
    UNCONFIRMED,
    Inputs,
)
from recordroom.retention.exclusions import EXCLUSIONS, REPLACED_BY_LIST, HidingGap
from recordroom.retention.holds import Hold, make_condition
from recordroom.retention.models import OneTimeList, Policy
from recordroom.retention.proposal_list import SCHEMA
from recordroom.retention.proposals import AccountCounts, ProposalSubject, RecordCounts
from recordroom.retention.row_file import RowFile

_COLUMNS = ", ".join(SCHEMA.names)
_LISTED, _RUNNING, _NOT_BEGUN = "listed", "running", "not begun"  # values of `phase`


@dataclass(frozen=True, slots=True)
class DraftInputs:
    """What drafting needs in addition to rows."""

    today: date
    fields: Inputs  # of the retention fields
    owners: Mapping[str, str]  # account -> its owner in the register
    certain: tuple[Hold, ...]  # exclusions.list_certain_holds
    released: tuple[Hold, ...]  # exclusions.list_released_holds
    gaps: tuple[HidingGap, ...]
    quarantined: frozenset[str]  # record IDs, also of records with a file under quarantine
    objected: frozenset[str]  # record IDs
    objected_lists: tuple[Path, ...]  # lists of proposals with an objection to everything
    one_time_lists: tuple[OneTimeList, ...]


class Drafting:
    """The records of an archive, with what excludes each of them."""

    def __init__(self, records: AllRecords, inputs: DraftInputs) -> None:
        self._records, self._inputs = records, inputs
        self._database = records.connection
        self._register_tables()
        # One join of large tables at a time: several at once do not fit into the memory of all_records.py.
        records.fill("draft_fields", derivation.fields("rows", inputs.fields), inputs.fields)
        records.fill("draft_facts", derivation.facts("rows", inputs.fields), inputs.fields)
        records.fill("draft_dated", _DATED, inputs.fields)
        self._drop("draft_fields", "draft_facts")
        holds = derivation.make_inputs(Policy(), {}, [*inputs.certain, *inputs.released])
        records.fill("draft_seen", _select_seen(inputs.certain, inputs.released), holds)
        records.fill("draft_records", _select_records(inputs.today), inputs.fields)
        self._drop("draft_dated", "draft_seen")
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE draft_unclean AS SELECT account, root, count(*) AS unclean"
            " FROM draft_records WHERE NOT is_clean GROUP BY ALL"
        )

    def _drop(self, *tables: str) -> None:
        for name in tables:
            self._database.execute(f"DROP TABLE {name}")

    @property
    def today(self) -> date:
        """The day on which a period is over or not."""
        return self._inputs.today

    def _register_tables(self) -> None:
        given, ids = self._inputs, pa.schema([("record", pa.string())])
        owners = [{"account": name, "owner": owner} for name, owner in sorted(given.owners.items())]
        gaps = [
            {"account": one.account, "ended_at": one.ended_at, "messages_only": one.messages_only}
            for one in given.gaps
        ]
        times = pa.timestamp("us", tz="UTC")
        listed = [
            {"list": one.id, "record": record}
            for one in given.one_time_lists
            for record in sorted(one.records)
        ]
        tables = {
            "draft_owners": (owners, pa.schema([("account", pa.string()), ("owner", pa.string())])),
            "draft_gaps": (
                gaps,
                pa.schema([("account", pa.string()), ("ended_at", times), ("messages_only", pa.bool_())]),
            ),
            "draft_quarantined": ([{"record": one} for one in sorted(given.quarantined)], ids),
            "draft_objected_ids": ([{"record": one} for one in sorted(given.objected)], ids),
            "draft_listed": (listed, pa.schema([("list", pa.string()), ("record", pa.string())])),
        }
        for name, (rows, schema) in tables.items():
            self._database.register(name, pa.Table.from_pylist(rows, schema))
        self._database.execute(
            "CREATE OR REPLACE TEMP TABLE draft_objected AS SELECT DISTINCT record FROM draft_objected_ids"
        )
        for path in given.objected_lists:
            self._database.execute(
                "INSERT INTO draft_objected SELECT DISTINCT record_id FROM read_parquet(?) WHERE proposed",
                [str(path)],
            )

    def list_subjects(self) -> list[ProposalSubject]:
        """Return every series with an owner, and one-time list with an owner, that has records."""
        series = self._database.execute(
            "SELECT DISTINCT owner, subject FROM draft_records WHERE owner <> '' AND subject IS NOT NULL"
        ).fetchall()
        lists = self._database.execute(
            "SELECT DISTINCT owner, list FROM draft_records JOIN draft_listed USING (record)"
            " WHERE owner <> ''"
        ).fetchall()
        found = [ProposalSubject(owner, series=name) for owner, name in series]
        return sorted([*found, *(ProposalSubject(owner, one_time_list=name) for owner, name in lists)])

    def count(self, subject: ProposalSubject) -> dict[str, AccountCounts]:
        """Return account -> its counts; accounts without any record of the subject are left out."""
        query, values = _select(subject)
        totals = self._database.execute(
            "SELECT account, is_quarantined, count(*) FILTER (proposed),"
            f" count(*) FILTER (phase = '{_LISTED}' AND NOT proposed),"
            f" count(*) FILTER (phase = '{_RUNNING}'), count(*) FILTER (phase = '{_NOT_BEGUN}')"
            f" FROM ({query}) GROUP BY ALL ORDER BY ALL",
            values,
        ).fetchall()
        by_reason = self._database.execute(
            "SELECT account, is_quarantined, reason, count(*) FROM"
            f" (SELECT account, is_quarantined, unnest(reasons) AS reason FROM ({query})"
            f" WHERE phase = '{_LISTED}') GROUP BY ALL",
            values,
        ).fetchall()
        reasons: dict[tuple[str, bool], dict[str, int]] = {}
        for account, quarantined, reason, number in by_reason:
            reasons.setdefault((account, quarantined), {})[reason] = number
        found: dict[tuple[str, bool], RecordCounts] = {}
        for account, quarantined, proposed, excluded, running, not_begun in totals:
            own = reasons.get((account, quarantined), {})
            ordered = {name: own[name] for name in EXCLUSIONS if name in own}
            found[account, quarantined] = RecordCounts(proposed, excluded, running, not_begun, ordered)
        none = RecordCounts()
        return {
            name: AccountCounts(found.get((name, False), none), found.get((name, True), none))
            for name in sorted({account for account, _ in found})
        }

    def write_list(self, subject: ProposalSubject, path: Path) -> RowFile:
        """Write the complete list of a subject as Parquet."""
        return row_file.write(path, SCHEMA, self._read_list(subject), {})

    def _read_list(self, subject: ProposalSubject) -> Iterator[pa.RecordBatch]:
        query, values = _select(subject)
        yield from self._database.execute(
            f"SELECT {_COLUMNS} FROM ({query}) WHERE phase = '{_LISTED}' ORDER BY account, record_id", values
        ).to_arrow_reader(row_file.ROWS)


_DATED = (
    "SELECT f.*, s.is_withdrawn, s.withdrawn_at"
    " FROM draft_fields f JOIN draft_facts s USING (account, record)"
)


def _select_seen(certain: Sequence[Hold], released: Sequence[Hold]) -> str:
    """Return the query of what the rows of each record say: conversation, and which holds cover it."""

    def covers(holds: Sequence[Hold]) -> str:
        # A condition on an author that is not known is null, which must not be lost in NOT.
        conditions = " OR ".join(make_condition(hold, TABLES[2]) for hold in holds)
        return f"coalesce({conditions or 'FALSE'}, FALSE)"

    rows = (
        "SELECT account, record, sequence, root, kind,"
        f" {covers(certain)} AS is_certain, {covers(released)} AS is_released FROM rows"
    )
    return (
        "SELECT account, record, arg_max(root, sequence) AS root,"
        f" any_value(kind) = '{MESSAGE}' AS is_message,"
        " bool_or(is_certain) AS is_certain, bool_or(is_released) AS is_released"
        f" FROM ({rows}) GROUP BY account, record"
    )


def _select_records(today: date) -> str:
    """Return the query of every record with what excludes it by itself.

    subject: its series, or the default of its account if it has none. is_clean: nothing excludes it, and its
    period is over.
    """
    is_over = f"coalesce(eligible_on <= DATE '{today.isoformat()}', FALSE)"
    is_running = f"coalesce(eligible_on > DATE '{today.isoformat()}', FALSE)"
    not_begun = f"eligible_on IS NULL AND retention_trigger IN ('{PUBLISHED}', '{NOT_WITHDRAWN}')"
    is_reviewed = "rule_action IS NOT NULL"
    hidden = (
        "EXISTS (SELECT 1 FROM draft_gaps g WHERE g.account = r.account"
        " AND (r.is_message OR NOT g.messages_only)"
        " AND (g.ended_at IS NULL OR r.withdrawn_at IS NULL OR g.ended_at >= r.withdrawn_at))"
    )
    conditions: Mapping[str, str] = {
        why.ON_HOLD: "on_hold AND is_certain",
        why.QUERY_WAITS: "on_hold AND NOT is_certain",
        why.RELEASED: "is_released AND NOT on_hold",
        why.UNDECIDED: "series IS NULL",
        why.PROVISIONAL: "series IS NOT NULL AND NOT series_decided",
        why.UNREVIEWED: f"series IS NOT NULL AND NOT ({is_reviewed})",
        why.PERMANENT: "is_permanent",
        why.ARCHIVAL: "is_archival",
        why.NO_LENGTH: (
            f"{is_reviewed} AND NOT is_permanent AND eligible_on IS NULL AND retention_trigger_on IS NOT NULL"
        ),
        why.ON_PLATFORM: "NOT is_withdrawn",
        why.GAP: hidden,
        why.QUARANTINE: "is_quarantined",
        why.OBJECTION: "is_objected",
        why.IMPORTED: f"retention_trigger = '{UNCONFIRMED}'",
        why.EVENT: f"retention_trigger = '{EVENT_MISSING}'",
    }
    cases = ", ".join(f"CASE WHEN {test} THEN '{name}' END" for name, test in conditions.items())
    joined = (
        "SELECT f.*, p.root, p.is_message, p.is_certain, p.is_released, o.owner,"
        " coalesce(f.series, a.series) AS subject, u.action AS rule_action,"
        " coalesce(u.is_permanent, FALSE) AS is_permanent, coalesce(u.is_archival, FALSE) AS is_archival,"
        " f.record IN (SELECT record FROM draft_quarantined) AS is_quarantined,"
        " f.record IN (SELECT record FROM draft_objected) AS is_objected"
        " FROM draft_dated f JOIN draft_seen p USING (account, record)"
        f" LEFT JOIN {TABLES[0]} a ON a.account = f.account"
        f" LEFT JOIN {TABLES[1]} u ON u.dan = f.series"
        " LEFT JOIN draft_owners o ON o.account = f.account"
    )
    with_reasons = f"SELECT *, list_filter([{cases}], lambda one: one IS NOT NULL) AS own FROM ({joined}) r"
    return (
        "SELECT account, record, root, owner, subject, series, retention_trigger, retention_trigger_on,"
        " eligible_on, retention_action, is_quarantined, own,"
        f" {is_over} AND len(own) = 0 AS is_clean,"
        f" CASE WHEN {is_running} THEN '{_RUNNING}' WHEN {not_begun} THEN '{_NOT_BEGUN}'"
        f" ELSE '{_LISTED}' END AS phase FROM ({with_reasons})"
    )


def _select(subject: ProposalSubject) -> tuple[str, list[Any]]:
    """Return the query of the records of a subject, and its parameters.

    It has the columns of proposal_list.SCHEMA, phase, and is_quarantined.
    """
    if subject.one_time_list:
        return _select_one_time_list(), [subject.one_time_list, subject.owner]
    waits = "coalesce(unclean, 0) > (NOT is_clean)::INT"
    query = (
        f"SELECT *, {_add_conversation('own', waits)} AS reasons, is_clean AND NOT ({waits}) AS proposed"
        " FROM draft_records LEFT JOIN draft_unclean USING (account, root) WHERE owner = ? AND subject = ?"
    )
    return _name_columns(query), [subject.owner, subject.series]


def _select_one_time_list() -> str:
    """Return the query for a one-time list; its records count as over, others by their series."""
    replaced = ", ".join(f"'{name}'" for name in sorted(REPLACED_BY_LIST))
    members = (
        "SELECT d.* EXCLUDE (phase), l.record IS NOT NULL AS is_listed,"
        f" '{_LISTED}' AS phase, list_filter(own, lambda one: one NOT IN ({replaced})) AS rest"
        " FROM draft_records d LEFT JOIN listed l USING (record)"
        " WHERE owner = ? AND (account, root) IN"
        " (SELECT (account, root) FROM draft_records JOIN listed USING (record))"
    )
    judged = (
        f"SELECT *, CASE WHEN is_listed THEN len(rest) = 0 ELSE is_clean END AS is_ready FROM ({members})"
    )
    counted = (
        "SELECT *, count(*) FILTER (NOT is_ready) OVER (PARTITION BY account, root) AS unready"
        f" FROM ({judged})"
    )
    waits = "unready > (NOT is_ready)::INT"
    return _name_columns(
        "WITH listed AS (SELECT record FROM draft_listed WHERE list = ?)"
        f" SELECT *, {_add_conversation('rest', waits)} AS reasons, is_ready AND NOT ({waits}) AS proposed"
        f" FROM ({counted}) WHERE is_listed"
    )


def _add_conversation(own: str, waits: str) -> str:
    """Return the SQL of the reasons with that of the conversation."""
    return f"list_concat({own}, CASE WHEN {waits} THEN ['{why.CONVERSATION}'] ELSE [] END)"


def _name_columns(query: str) -> str:
    return (
        "SELECT account, record AS record_id, root AS root_id, series, retention_trigger AS trigger,"
        " retention_trigger_on AS trigger_on, eligible_on, retention_action AS action, proposed, reasons,"
        f" phase, is_quarantined FROM ({query})"
    )
