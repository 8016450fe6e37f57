# ruff: noqa: S608 (the SQL is made of constants of ours)
"""Statements of people about facts that no capture shows, in the ledger `retention`.

- `statement`: a person states a fact about records. A long list of IDs has several entries with one act_id;
  the statement counts when its last entry is stored. Its own time is that of the first.
- `statement-approved`, `statement-revoked`: see validity.py.

Kinds
- `withdrawn`: the public can no longer see the records. For listed records, conversations, and authors, it
  counts while the last capture did not find the record public, if that began before the statement. So it ends
  if the record appears again, and a later disappearance needs a new statement. For an account, it counts
  while the register says that the account is closed since before the statement, and no capture found the
  record public after the statement.
- `import confirmed`: the dates in files that were imported before the statement are right.
- `event`: the event that starts the period of a series happened on that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from recordroom.archive.ledger import Entry
from recordroom.model import MESSAGE, ZONE, instant
from recordroom.retention.holds import HoldScope, Key
from recordroom.retention.validity import Validity

STATED, APPROVED, REVOKED = "statement", "statement-approved", "statement-revoked"
TYPES = (STATED, APPROVED, REVOKED)
WITHDRAWAL, CONFIRMATION, EVENT_DAY = "withdrawn", "import confirmed", "event"
KINDS = (WITHDRAWAL, CONFIRMATION, EVENT_DAY)
Statements = Mapping[str, "Statement"]  # by act_id

# Why a statement of withdrawal does not count for a record.
PRIVATE, SEEN_AGAIN, OPEN_ACCOUNT = "private message", "seen again", "account open"
STILL_PUBLIC, VANISHED_LATER, NO_DAY = "still public", "vanished later", "no day"


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a person about records."""

    id: str
    kind: str  # one of KINDS
    scope: HoldScope  # records, conversations, authors, and accounts; nothing else
    validity: Validity
    on: date | None = None  # the day that it states, in the agency's time zone
    evidence: str = ""  # what was seen, and where the evidence is kept
    series: str | None = None  # of an event: disposition authority number
    # account -> records that it covered when it was stated
    covered: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it counts, as far as that does not depend on the record."""
        return self.validity.counts


def fold(statements: Statements, entry: Entry) -> Statements:
    """Return the statements after an entry; one of another type, or of an unknown act, changes nothing."""
    if entry.type not in TYPES:
        return statements
    name = entry.body["act_id"]
    known = statements.get(name)
    if entry.type == STATED:
        return {**statements, name: _state(known, entry)}
    if known is None:
        return statements
    return {**statements, name: replace(known, validity=known.validity.follow(entry))}


def _state(known: Statement | None, entry: Entry) -> Statement:
    body, scope = entry.body, HoldScope.parse(entry.body["scope"])
    if known is not None and not known.validity.missing_parts:
        return known  # what was complete, and perhaps approved, gets no more records
    if known is not None:  # a further part
        return replace(known, scope=known.scope.plus(scope), validity=known.validity.add_part())
    return Statement(
        body["act_id"],
        body["kind"],
        scope,
        Validity.begin(entry),
        date.fromisoformat(body["on"]) if body.get("on") else None,
        body.get("evidence", ""),
        body.get("series"),
        body.get("covered", {}),
    )


def list_stated(statements: Iterable[Statement]) -> Iterator[tuple[str, str, str, str | None, str | None]]:
    """Yield (act_id, kind, time, day, series) of these statements; times and days are text."""
    for one in statements:
        yield (
            one.id,
            one.kind,
            instant(one.validity.made.at),
            one.on.isoformat() if one.on else None,
            one.series,
        )


def list_values(statements: Iterable[Statement]) -> Iterator[tuple[str, str, str]]:
    """Yield (act_id, kind of value, value) of these statements.

    kind: record, conversation, account, or author, whose value is platform, a line break, and the author's
        ID.
    """
    for one in statements:
        scope = one.scope
        lists = (
            ("record", scope.records),
            ("conversation", scope.conversations),
            ("account", scope.accounts),
        )
        yield from ((one.id, kind, value) for kind, listed in lists for value in sorted(listed))
        yield from ((one.id, "author", f"{platform}\n{author}") for platform, author in sorted(scope.authors))


@dataclass(frozen=True, slots=True)
class StatementQueries:
    """The queries of what statements say about the records of some rows."""

    rows: str  # a relation with the columns of derivation.ROWS
    accounts: str  # a relation like derivation.Inputs.accounts
    stated: str  # the relation of list_stated: act_id, statement, stated_at, day, series
    values: str  # the relation of list_values: act_id, kind, value
    key: Key  # SQL of the text of a record ID, or of an author -> SQL of what rows have in its place

    def cover(self, kind: str) -> str:
        """Return the query of the records that statements of a kind cover.

        Its columns: account, record, by_account, and those of list_stated with their types.
        """
        columns = {"record": "record", "conversation": "root", "author": "author", "account": "account_name"}
        parts = []
        for name, column in columns.items():
            value = "v.value" if name == "account" else self.key("v.value")
            parts.append(
                f"SELECT DISTINCT r.account, r.record, v.act_id, {name == 'account'} AS by_account"
                f" FROM {self.rows} r JOIN {self.values} v ON v.kind = '{name}' AND r.{column} = {value}"
                f" SEMI JOIN {self.stated} s ON s.act_id = v.act_id AND s.statement = '{kind}'"
            )
        return (
            "SELECT account, record, by_account, act_id, stated_at::TIMESTAMPTZ AS stated_at,"
            " day::DATE AS day, series"
            f" FROM ({' UNION ALL '.join(parts)}) JOIN {self.stated} USING (act_id)"
        )

    def confirm(self) -> str:
        """Return the rows with a column `confirmed`: a person confirmed the dates of the file."""
        times = (
            f"SELECT account, record, max(stated_at) AS confirmed_at FROM ({self.cover(CONFIRMATION)})"
            " GROUP BY ALL"
        )
        return (
            "(SELECT r.*, claimed AND coalesce(committed_at < confirmed_at, FALSE) AS confirmed"
            f" FROM {self.rows} r LEFT JOIN ({times}) USING (account, record))"
        )

    def judge(self) -> str:
        """Return the query of each statement on each record that it covers.

        Its columns: account, record, act_id, and obstacle (why a statement of withdrawal does not count; null
        if it does, and for other kinds).
        """
        others = (
            f"SELECT account, record, act_id, NULL AS obstacle FROM ({self.cover(kind)})"
            for kind in (CONFIRMATION, EVENT_DAY)
        )
        withdrawals = f"SELECT account, record, act_id, obstacle FROM ({self.judge_withdrawals()})"
        return (
            "SELECT account, record, act_id,"
            " CASE WHEN NOT bool_or(obstacle IS NULL) THEN min(obstacle) END AS obstacle"
            f" FROM ({' UNION ALL '.join((withdrawals, *others))}) GROUP BY ALL"
        )

    def find_events(self) -> str:
        """Return the query of the latest day of events: account, record, series, event_on."""
        return (
            f"SELECT account, record, series, max(day) AS event_on FROM ({self.cover(EVENT_DAY)})"
            " GROUP BY ALL"
        )

    def find_withdrawals(self) -> str:
        """Return the query of the latest day of withdrawal, of statements that count.

        Its columns: account, record, stated_on, and was_closed (one of them is about a closed account).
        """
        return (
            "SELECT account, record, max(stated_on) AS stated_on, bool_or(by_account) AS was_closed"
            f" FROM ({self.judge_withdrawals()})"
            " WHERE obstacle IS NULL GROUP BY ALL"
        )

    def judge_withdrawals(self) -> str:
        """Return the query of each statement of withdrawal on each record that it covers.

        Its columns: account, record, act_id, by_account, stated_on (the day on which it counts), and obstacle
        (why it does not count; null if it does).
        """
        seen = "NOT late AND NOT claimed"
        local = f"({{}} AT TIME ZONE '{ZONE.key}')::DATE"
        summary = (
            f"SELECT account, record, any_value(kind) = '{MESSAGE}' AS is_message,"
            f" bool_or(TRUE) FILTER ({seen}) AS was_seen,"
            f" max(sequence) FILTER ({seen} AND public) AS last_public,"
            f" max(committed_at) FILTER ({seen} AND public) AS public_at,"
            f" max(greatest(captured_at, committed_at)) FILTER ({seen} AND public) AS public_until"
            f" FROM {self.rows} SEMI JOIN covered USING (account, record) GROUP BY ALL"
        )
        # The first row of the last run in which the record was absent or not public.
        absences = (
            "SELECT account, record, arg_min(committed_at, sequence) AS absent_at,"
            " arg_min(greatest(captured_at, committed_at), sequence) AS absent_by"
            f" FROM {self.rows} JOIN summary USING (account, record)"
            f" WHERE {seen} AND sequence > coalesce(last_public, 0) GROUP BY ALL"
        )
        days = f"day, {local.format('absent_by')}, {local.format('public_until')}"
        return (
            f"WITH covered AS MATERIALIZED ({self.cover(WITHDRAWAL)}),"
            f" summary AS MATERIALIZED ({summary}), absences AS ({absences})"
            " SELECT account, record, act_id, by_account,"
            f" CASE WHEN by_account THEN greatest({days}, closed_on) ELSE greatest({days}) END AS stated_on,"
            f" CASE WHEN is_message THEN '{PRIVATE}'"
            f" WHEN public_at >= stated_at THEN '{SEEN_AGAIN}'"
            f" WHEN by_account AND coalesce(closed_on >= {local.format('stated_at')}, TRUE)"
            f" THEN '{OPEN_ACCOUNT}'"
            f" WHEN NOT by_account AND was_seen AND absent_at IS NULL THEN '{STILL_PUBLIC}'"
            f" WHEN NOT by_account AND absent_at >= stated_at THEN '{VANISHED_LATER}'"
            f" WHEN day IS NULL AND absent_at IS NULL THEN '{NO_DAY}' END AS obstacle"
            " FROM covered JOIN summary USING (account, record)"
            " LEFT JOIN absences USING (account, record)"
            f" LEFT JOIN {self.accounts} USING (account)"
        )
