# ruff: noqa: S608 (the SQL is made of constants of ours)
"""The one definition of the retention fields: SQL over the rows of records and the ledger `retention`.

The index, exports, and the nightly run use it, each on rows of its own: equal rows, equal entries of the
ledger, and the equal register give equal fields.

When a period starts
- Public content was received when it was published, and is provided until it is removed or withdrawn (CORE
  4.0): the later of the two counts.
- Removed means that the platform says so. `unavailable`, hidden, awaiting moderation, spam, and trashed are
  not withdrawal. A removal between two captures counts from the later one. Content that is seen again is
  provided again.
- Withdrawn can also be stated by a person with evidence (statements.py).
- Messages, and comments that awaited moderation when they were first seen and never were public: received or
  sent.
- Files that were imported or submitted are claims: their dates do not count until a person confirms them.
- An event that a schedule names happened on the day that a person stated. A record that was received later
  counts from then.
- Where two dates are possible, the later one counts.

Days are those of the agency's time zone. A period is counted by the calendar. The day of the trigger is not
counted, the last day is (RCW 1.12.040): a record of Nov 20, 2026 with 2 years is eligible on Nov 21, 2028. A
day that a month does not have is the first day of the next month.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from recordroom.model import HELD, MESSAGE, REMOVED, SPAM, UNAVAILABLE, ZONE
from recordroom.retention.decisions import Decision, list_decided
from recordroom.retention.holds import Hold, Key, in_force, list_ids, make_condition
from recordroom.retention.models import EVENT, RETAIN, Policy, RegisteredAccount
from recordroom.retention.statements import (
    CONFIRMATION,
    EVENT_DAY,
    WITHDRAWAL,
    Statement,
    StatementQueries,
    list_stated,
    list_values,
)

# values of retention_trigger
RECEIVED, WITHDRAWN, WITHDRAWAL_STATED, EVENT_STATED = (
    "received or sent", "withdrawn", "withdrawal stated", "event",
)  # fmt: skip
PUBLISHED, NOT_WITHDRAWN = "still published", "not withdrawn"
UNCONFIRMED, EVENT_MISSING = "import not confirmed", "event not entered"

# Columns of the rows that `fields` reads; `account` and `record` may be of any type.
ROWS: Mapping[str, str] = {
    "account": "account that has the record",
    "record": "the record",
    "sequence": "number of the version",
    "late": "whether it is a late arrival",
    "kind": "kind of the record",
    "status": "status on the platform",
    "public": "whether the public can see it (status.py: is_public)",
    "claimed": "whether a file is its source (status.py: is_claim)",
    "published_at": "time of publication",
    "edited_at": "time of its edit",
    "captured_at": "time of its capture",
    "committed_at": "time of its ledger entry",
    "root": "root post of its conversation, or itself",
    "author": "platform and ID of its author, with a line break between; null if not known",
    "ledger_number": "number of its ledger entry",
    "account_name": "ID of the account, as text",
}
# Columns of the result, in addition to `account` and `record`.
FIELDS: Mapping[str, str] = {
    "series": "VARCHAR",
    "series_decided": "BOOLEAN",
    "retention_trigger": "VARCHAR",
    "retention_trigger_on": "DATE",
    "eligible_on": "DATE",
    "retention_action": "VARCHAR",
    "on_hold": "BOOLEAN",
}
_LAST_DAY = "DATE '9999-12-31'"  # what the index can store; a hostile date must not stop it
_FIRST_DAY = "DATE '0001-01-01'"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the definition needs in addition to rows, as tables."""

    accounts: pa.Table  # account, series (its default), closed_on: as the register has them
    rules: pa.Table  # DAN and what follows from it
    held: pa.Table  # hold_id, kind, value: the listed values of holds (holds.list_ids)
    holds: tuple[Hold, ...]  # those in force
    decided: pa.Table  # act_id, kind, value, series: the listed values of decisions (decisions.list_decided)
    stated: pa.Table  # act_id, statement, stated_at, day, series (statements.list_stated)
    stated_values: pa.Table  # act_id, kind, value (statements.list_values)

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables by the names that queries use."""
        given = (
            self.accounts, self.rules, self.held, self.decided, self.stated, self.stated_values,
        )  # fmt: skip
        return dict(zip(TABLES, given, strict=True))

    def has_statements(self, kind: str) -> bool:
        """Whether there are statements of this kind."""
        return kind in self.stated.column("statement").to_pylist()


_RULES = pa.schema(
    [
        ("dan", pa.string()),
        ("gives_dates", pa.bool_()),
        ("is_permanent", pa.bool_()),
        ("is_event", pa.bool_()),
        ("is_archival", pa.bool_()),
        ("months", pa.int32()),
        ("days", pa.int32()),
        ("action", pa.string()),
    ]
)
_ACCOUNTS = pa.schema([("account", pa.string()), ("series", pa.string()), ("closed_on", pa.date32())])
_HELD = pa.schema([("hold_id", pa.string()), ("kind", pa.string()), ("value", pa.string())])
_DECIDED = pa.schema(
    [("act_id", pa.string()), ("kind", pa.string()), ("value", pa.string()), ("series", pa.string())]
)
_STATED = pa.schema([(name, pa.string()) for name in ("act_id", "statement", "stated_at", "day", "series")])
_STATED_VALUES = pa.schema([(name, pa.string()) for name in ("act_id", "kind", "value")])
# names of the tables of Inputs
TABLES = (
    "retention_accounts", "retention_rules", "retention_held", "retention_decided", "retention_stated",
    "retention_stated_values",
)  # fmt: skip


def make_inputs(
    policy: Policy,
    accounts: Mapping[str, RegisteredAccount],
    holds: Iterable[Hold] = (),
    decisions: Iterable[Decision] = (),
    statements: Iterable[Statement] = (),
) -> Inputs:
    """Return the tables of a policy, the register, the holds in force, and the acts that count.

    accounts: those of the register, by ID.
    """
    rules = [
        {
            "dan": dan,
            "gives_dates": rule.gives_dates,
            "is_permanent": rule.is_permanent,
            "is_event": rule.trigger == EVENT,
            "is_archival": rule.is_archival,
            "months": rule.period.years * 12 + rule.period.months if rule.period else 0,
            "days": rule.period.days if rule.period else 0,
            "action": None if rule.unreviewed else rule.action,
        }
        for dan, rule in sorted(policy.rules.items())
    ]
    known = [
        {"account": name, "series": one.series, "closed_on": one.closed_on}
        for name, one in sorted(accounts.items())
    ]
    applying = tuple(in_force(holds))
    listed = [(hold.id, *one) for hold in applying for one in list_ids(hold)]
    held, decided = _make_table(listed, _HELD), _make_table(list(list_decided(decisions)), _DECIDED)
    tables = pa.Table.from_pylist(known, _ACCOUNTS), pa.Table.from_pylist(rules, _RULES)
    counting = [one for one in statements if one.counts]
    stated = _make_table(list(list_stated(counting)), _STATED)
    return Inputs(
        *tables, held, applying, decided, stated, _make_table(list(list_values(counting)), _STATED_VALUES)
    )


def _make_table(rows: Sequence[Sequence[str | None]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pa.table([pa.array(values, pa.string()) for values in columns], schema=schema)


def facts(rows: str, inputs: Inputs, accounts: str = TABLES[0], key: Key = lambda sql: sql) -> str:
    """Return the query of what happened to each record, as far as captures and confirmed files know.

    The arguments are those of `fields`. The result has account, record, is_private (never public),
    is_import (only files have it), is_confirmed (of an import: a person confirmed its dates), is_spam, status
    and is_public (the last that a capture saw), received_at, withdrawn_at (in the platform's words),
    stated_on (the latest day of a statement of withdrawal that counts), and is_withdrawn (it was removed in
    the platform's words; or such a statement counts, it was public once, and no capture still saw it).
    """
    confirmed, seen = "FALSE", "NOT late AND NOT claimed"
    stated, is_stated = "SELECT account, record, NULL::DATE AS stated_on FROM summary WHERE FALSE", "FALSE"
    if inputs.has_statements(WITHDRAWAL):
        stated = _make_queries(rows, accounts, key).find_withdrawals()
        # What a capture still saw, such as a hidden record, is on the platform, unless the account is closed.
        is_away = f"was_closed OR coalesce(status = '{UNAVAILABLE}', TRUE)"
        is_stated = f"(NOT is_private AND stated_on IS NOT NULL AND ({is_away}))"
    if inputs.has_statements(CONFIRMATION):
        rows, confirmed = _make_queries(rows, accounts, key).confirm(), "confirmed"
    dated = f"NOT claimed OR {confirmed}"
    absent = f"('{REMOVED}', '{UNAVAILABLE}')"
    summary = (
        f"SELECT account, record, bool_and(claimed) AS is_import, bool_and({confirmed}) AS is_confirmed,"
        f" any_value(kind) = '{MESSAGE}' AS is_message, bool_or(public) AS was_public,"
        f" arg_min(status, sequence) FILTER ({seen}) = '{HELD}' AS began_held,"
        f" arg_max(status, sequence) FILTER ({seen}) AS status,"
        f" arg_max(public, sequence) FILTER ({seen}) AS is_public,"
        f" arg_max(status, sequence) FILTER ({seen} AND status NOT IN {absent}) = '{SPAM}' AS is_spam,"
        f" max(sequence) FILTER ({seen} AND status <> '{REMOVED}') AS last_present,"
        f" coalesce(greatest(max(published_at) FILTER ({dated}), max(edited_at) FILTER ({dated})),"
        f" min(captured_at) FILTER ({dated})) AS received_at"
        f" FROM {rows} GROUP BY account, record"
    )
    # The first row of the last run of removals; its capture and its ledger entry have clocks of their own.
    removals = (
        "SELECT r.account, r.record, min(greatest(r.captured_at, r.committed_at)) AS withdrawn_at"
        f" FROM {rows} r JOIN summary s USING (account, record)"
        f" WHERE s.status = '{REMOVED}' AND NOT r.late AND NOT r.claimed"
        f" AND r.status = '{REMOVED}' AND r.sequence > coalesce(s.last_present, 0)"
        " GROUP BY r.account, r.record"
    )
    return (
        f"WITH summary AS MATERIALIZED ({summary}), removals AS ({removals}), stated AS ({stated})"
        " SELECT account, record, is_import, is_confirmed, status, is_public, received_at, withdrawn_at,"
        " coalesce(is_message OR (began_held AND NOT was_public), FALSE) AS is_private,"
        " coalesce(is_spam, FALSE) AS is_spam, stated_on,"
        f" coalesce(status = '{REMOVED}', FALSE) OR {is_stated} AS is_withdrawn"
        " FROM summary LEFT JOIN removals USING (account, record) LEFT JOIN stated USING (account, record)"
    )


def fields(rows: str, inputs: Inputs, accounts: str = TABLES[0], key: Key = lambda sql: sql) -> str:
    """Return the query of the retention fields: account, record, and the columns of FIELDS.

    rows: a relation with the columns of ROWS.
    inputs: their tables have the names of TABLES.
    accounts: a relation like Inputs.accounts, whose `account` is of the same type as in `rows`.
    key: SQL of the text of a record ID, or of an author, -> SQL of what rows have in its place.
    """
    rules, holds = TABLES[1], inputs.holds
    event_on, join = _join_events(rows, inputs, accounts, key)
    with_rule = (
        f"SELECT c.*, {event_on} AS event_on, coalesce(gives_dates, FALSE) AS gives_dates,"
        " coalesce(is_permanent, FALSE) AS is_permanent, coalesce(is_archival, FALSE) AS is_archival,"
        " coalesce(is_event, FALSE) AS is_event, months, days, action"
        f" FROM ({_candidates(rows, inputs, accounts, key)}) c LEFT JOIN {rules} ON dan = c.series {join}"
    )
    trigger = (
        f"CASE WHEN is_event AND event_on IS NULL THEN '{EVENT_MISSING}'"
        f" WHEN is_import AND NOT is_confirmed THEN '{UNCONFIRMED}' WHEN is_event THEN '{EVENT_STATED}'"
        f" WHEN is_private THEN '{RECEIVED}' WHEN status = '{REMOVED}' THEN '{WITHDRAWN}'"
        f" WHEN stated_on IS NOT NULL THEN '{WITHDRAWAL_STATED}'"
        f" WHEN is_public THEN '{PUBLISHED}' ELSE '{NOT_WITHDRAWN}' END"
    )
    happened = f"retention_trigger IN ('{RECEIVED}', '{WITHDRAWN}', '{WITHDRAWAL_STATED}')"
    local = f"({{}} AT TIME ZONE '{ZONE.key}')::DATE"
    day = (
        f"CASE WHEN {happened}"
        f" THEN greatest({local.format('greatest(received_at, withdrawn_at)')}, stated_on)"
        f" WHEN retention_trigger = '{EVENT_STATED}'"
        f" THEN greatest({local.format('received_at')}, event_on) END"
    )
    # `least` ignores nulls.
    within = f"CASE WHEN day IS NOT NULL THEN least(greatest(day, {_FIRST_DAY}), {_LAST_DAY}) END"
    dated = (
        f"SELECT *, {within} AS retention_trigger_on FROM (SELECT *, {day} AS day FROM"
        f" (SELECT *, {trigger} AS retention_trigger FROM ({with_rule})))"
    )
    by_calendar = "(retention_trigger_on + to_months(months))::DATE"
    # Of Feb 29 and 2 years, the calendar has Feb 28: the later of the possible days is Mar 1.
    later = f"({by_calendar} + (day({by_calendar}) <> day(retention_trigger_on))::INT)"
    # `least` ignores nulls: without a trigger there is no date.
    dated_rule = "gives_dates AND NOT is_permanent AND retention_trigger_on IS NOT NULL"
    eligible = f"CASE WHEN {dated_rule} THEN least({later} + days + 1, {_LAST_DAY}) END"
    dated = f"SELECT *, {eligible} AS eligible_on FROM ({dated})"
    if len(inputs.decided):  # several decisions: undetermined, then archival, then the latest date wins
        order = ("series IS NULL", "is_permanent", "is_archival", "eligible_on", "months", "days", "series")
        best = ", ".join(f"{name} DESC NULLS FIRST" for name in order)
        dated += f" QUALIFY row_number() OVER (PARTITION BY account, record ORDER BY {best}) = 1"
    result = (
        "SELECT account, record, series, series_decided, retention_trigger, retention_trigger_on,"
        f" eligible_on, CASE WHEN is_permanent THEN '{RETAIN}' ELSE action END AS retention_action"
    )
    if not holds:
        return f"{result}, FALSE AS on_hold FROM ({dated})"
    covered = " OR ".join(make_condition(hold, TABLES[2], key) for hold in holds)
    held = f"SELECT DISTINCT account, record, TRUE AS is_held FROM {rows} WHERE {covered}"
    return (
        f"{result}, coalesce(is_held, FALSE) AS on_hold FROM ({dated})"
        f" LEFT JOIN ({held}) USING (account, record)"
    )


def _make_queries(rows: str, accounts: str, key: Key) -> StatementQueries:
    return StatementQueries(rows, accounts, TABLES[4], TABLES[5], key)


def _join_events(rows: str, inputs: Inputs, accounts: str, key: Key) -> tuple[str, str]:
    """Return the day of the event of a candidate `c`, and the join that it needs."""
    if not inputs.has_statements(EVENT_DAY):
        return "NULL::DATE", ""
    events = _make_queries(rows, accounts, key).find_events()
    return "e.event_on", (
        f" LEFT JOIN ({events}) e ON e.account = c.account AND e.record = c.record AND e.series = c.series"
    )


def _candidates(rows: str, inputs: Inputs, accounts: str, key: Key) -> str:
    """Return the query of the facts of each record with each series that it may have.

    Those are the decided ones, else the default of its account. Nobody decided that a default is right for
    spam.
    """
    default = "CASE WHEN NOT is_spam THEN a.series END"
    with_default = f"({facts(rows, inputs, accounts, key)}) f LEFT JOIN {accounts} a USING (account)"
    if not len(inputs.decided):
        return f"SELECT f.*, {default} AS series, FALSE AS series_decided FROM {with_default}"
    columns = {"record": "record", "conversation": "root", "author": "author"}
    parts = (
        f"SELECT DISTINCT account, record, d.series FROM {rows} r JOIN {TABLES[3]} d"
        f" ON d.kind = '{kind}' AND r.{column} = {key('d.value')}"
        for kind, column in columns.items()
    )
    return (
        f"SELECT f.*, CASE WHEN d.record IS NULL THEN {default} ELSE d.series END AS series,"
        f" d.record IS NOT NULL AS series_decided FROM {with_default}"
        f" LEFT JOIN ({' UNION '.join(parts)}) d ON d.account = f.account AND d.record = f.record"
    )


def holds_of(rows: str, holds: Sequence[Hold]) -> str:
    """Return the query of which holds apply: account, record, hold_id."""
    return " UNION ALL ".join(
        f"SELECT DISTINCT account, record, '{hold.id}' AS hold_id FROM {rows}"
        f" WHERE {make_condition(hold, TABLES[2])}"
        for hold in holds
    )


def statements_of(rows: str) -> str:
    """Return the query of which statements cover each record: account, record, act_id, obstacle.

    obstacle: why a statement of withdrawal does not count (statements.py); null otherwise.
    """
    return _make_queries(rows, TABLES[0], lambda sql: sql).judge()


def open_memory() -> duckdb.DuckDBPyConnection:
    """Return a database in memory, without network, for a few rows."""
    config: dict[str, Any] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "threads": 1,
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    return connection


def derive(connection: duckdb.DuckDBPyConnection, rows: str, inputs: Inputs) -> pa.Table:
    """Return the retention fields of the records of these rows.

    rows: a relation of the database with the columns of ROWS: every version of each record.
    """
    with registered(connection, inputs):
        return connection.execute(fields(rows, inputs)).to_arrow_table()


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, inputs: Inputs) -> Iterator[None]:
    """Let queries of the connection name the tables of the inputs."""
    for name, table in inputs.tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        for name in TABLES:
            connection.unregister(name)
