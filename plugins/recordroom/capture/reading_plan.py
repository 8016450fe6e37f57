"""Which conversations a capture reads.

It decides by what the manifests say of each, by the platform's own sign (a count or time that moves with each
new reply), by age, and by when it was last active. Nothing is stored for this in addition to the fold of the
manifests: when each conversation was last read completely, and the sign that the platform gave then
(archive/state/record_state.py). So a capture that was missed or failed loses no turn: what is due stays due
until it was read.

A conversation is read if
- it never was (`new`), or its sign differs from that of its last reading (`sign`);
- it is young, or was active in the last two days (`young`): at every capture that lists it;
- something of it is missing, and no capture has found out why (`unsettled`);
- its turn has come (`turn`): what no sign shows, such as edits and removals, is found within the time that
  PERIODS gives. Periods longer than a day begin at a time of the post's own, the hash of its id, so that
  about as much is due every night.

If the platform's sign does not move with every reply, or there is none, the period is BLIND's: only reading
the conversation shows a new reply. A sweep that does not reach its end (a quota, an outage) is continued:
what it read is not read again before what it did not reach. If the platform counted more replies than it
showed, the conversation is read again every day.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any, Protocol

from recordroom.archive.state.account_summary import RECENT
from recordroom.archive.state.record_state import RecordState
from recordroom.capture.budget import OLD, OLD_TURNS, TURNS
from recordroom.capture.seen import SeenRecords
from recordroom.model import MESSAGE, VISIBLE, moment
from recordroom.platforms.contract import KnownRecord, ReplySign

DEFERRED, NOT_GIVEN = "put_off", "not_given"
DAY = timedelta(days=1)
YOUNG = 2 * DAY
SLACK = timedelta(minutes=5)  # by which a run may start earlier in its interval than the one before
NIGHT = timedelta(hours=12)  # the same of a sweep: accounts wait for each other, in another order each night
BLIND = ((RECENT, timedelta(minutes=45)), (timedelta.max, DAY))
PERIODS = ((RECENT, timedelta(hours=6)), (90 * DAY, 7 * DAY), (timedelta.max, 14 * DAY))
LONGEST = 14 * DAY
ROUND = 7 * DAY  # in which sweeps that are cut short may share the conversations of an account


def longest_unread(
    age: timedelta, idle: timedelta, *, blind: bool = False, lacking: bool = False
) -> timedelta:
    """Return how long a conversation may stay unread.

    age: since its root post.
    idle: since it last changed.
    blind: no sign moves with every reply.
    lacking: replies were missing when it was last read.
    """
    quiet = min(age, idle)
    if quiet < YOUNG:
        return timedelta(0)
    period = next(period for bound, period in (BLIND if blind else PERIODS) if quiet <= bound)
    return min(period, DAY) if lacking else period


def is_due(
    root_id: str, read_at: datetime, now: datetime, period: timedelta, slack: timedelta = SLACK
) -> bool:
    """Return whether a conversation's turn has come since it was last read.

    A time in the future was written by a clock that was ahead: then it is due.
    """
    if read_at > now:
        return True
    if period <= DAY:
        return now + slack - read_at >= period
    place = int.from_bytes(sha256(root_id.encode()).digest()[:6]) / 2**48

    def turn(at: datetime) -> int:
        return int(at.timestamp() / period.total_seconds() + place)

    return turn(now) > turn(read_at)


def is_deferred(why: str, age: timedelta, pressure: float) -> bool:
    """Return whether a budget that is spent so far lets a conversation wait.

    budget.py says in which order.
    """
    old = age > RECENT
    return (why == "turn" and pressure >= (OLD_TURNS if old else TURNS)) or (old and pressure >= OLD)


def forecast_turns(held: Iterable[RecordState], now: datetime) -> dict[tuple[timedelta, timedelta], int]:
    """Count how often conversations are read again although no sign changed.

    held: one conversation after the other. Returns (period if the platform's sign moves with every reply,
    period if it does not) -> how many conversations. A period of zero means at each capture that lists them.
    """
    found: dict[tuple[timedelta, timedelta], int] = defaultdict(int)
    for root_id, members in groupby(
        (one for one in held if one.kind not in ("profile", MESSAGE)), key=lambda one: one.window_key[1]
    ):
        own = list(members)
        root = next((one for one in own if one.record_id == root_id), None)
        if root is not None:
            age, idle = now - moment(root.window_at), now - moment(max(_active(one) for one in own))
            told, blind = (
                longest_unread(age, idle, blind=blind, lacking=bool(root.lacking))
                for blind in (root.sign is None, True)
            )
            found[told, blind] += 1
    return dict(found)


class _Records(Protocol):
    """The part of KnownRecords that the plan uses."""

    def find(self, record_id: str) -> RecordState | None: ...
    def find_in_window(self, record_id: str) -> RecordState | None: ...


class _Budget(Protocol):
    """The part of CaptureBudget that the plan uses."""

    def pressure(self, waiting: int = 0) -> float: ...


class ReadingPlan:
    """Decides which conversations a capture reads, and remembers which it has.

    Implements `Plan` (platforms/contract.py). Its tables are on disk past a few megabytes, and gone with the
    process.
    """

    def __init__(
        self,
        known: _Records,
        budget: _Budget,
        now: datetime,
        *,
        everything: bool,
        swept: datetime | None = None,
    ) -> None:
        """Begin a plan in which no conversation was asked about.

        everything: a person, or a first capture, wants all of it; what was read is noted anyway.
        swept: of a sweep, when the last one that read the whole account began.
        """
        self._known, self._budget, self._now = known, budget, now
        self._everything, self._swept = everything, swept
        self._waiting = 0  # conversations that are to be read, and are not read to their ends
        self._unsure = False  # a response of an unknown conversation could not be parsed
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA cache_size = -4000")
        self._db.execute(
            "CREATE TABLE known (root TEXT PRIMARY KEY, read_at TEXT, sign, missing INTEGER, active TEXT,"
            " unsettled INTEGER) WITHOUT ROWID"
        )
        self._db.execute(
            "CREATE TABLE asked (root TEXT PRIMARY KEY, sign, why TEXT, wanted INTEGER, whole INTEGER, unread"
            " INTEGER) WITHOUT ROWID"
        )

    def add_known(self, held: Iterable[RecordState]) -> None:
        """Add what is archived of the conversations that a connector may ask about."""
        self._db.executemany(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (root) DO UPDATE SET"
            " read_at = coalesce(excluded.read_at, read_at), sign = coalesce(excluded.sign, sign),"
            " missing = max(missing, excluded.missing), active = max(active, excluded.active),"
            " unsettled = max(unsettled, excluded.unsettled)",
            (_known(one) for one in held if one.kind != "profile"),
        )

    def wants_conversation(
        self, root_id: str, published_at: datetime, sign: ReplySign, *, all_told: bool = True
    ) -> bool:
        """Return whether a conversation is read (`Window.wants_conversation`).

        A conversation that is listed twice keeps its first answer.
        """
        if self._is_wanted(root_id):  # listed twice
            return True
        wanted, why = self._decided(root_id, published_at, sign, blind=sign is None or not all_told)
        if (
            wanted
            and not self._everything
            and is_deferred(why, self._now - published_at, self._budget.pressure(self._waiting))
        ):
            wanted, why = False, DEFERRED
        self._waiting += wanted
        self._db.execute(
            "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, 0, 0)", (root_id, sign, why, wanted)
        )
        return wanted

    def note_read(self, root_id: str) -> None:
        """Note that all of a conversation was received (`Window.note_read`)."""
        whole = "UPDATE asked SET whole = 1, unread = max(unread, ?) WHERE root = ? AND wanted AND NOT whole"
        self._waiting -= self._db.execute(whole, (self._unsure, root_id)).rowcount

    def unread(self, root_id: str | None) -> None:
        """Note that a response could not be parsed: its conversation is not known.

        root_id: None, or one that was not asked about, means that it may be any conversation that is not read
        completely yet.
        """
        found = self._db.execute("UPDATE asked SET unread = 1 WHERE root = ?", (root_id,)).rowcount
        self._unsure = self._unsure or not found

    def note_not_given(self, root_id: str) -> None:
        """Note that the platform did not give a conversation: it counts as left out.

        If its root post was not given either, no connector asked about it.
        """
        left = self._db.execute(
            "UPDATE asked SET wanted = 0, why = ?, whole = 0 WHERE root = ? AND wanted", (NOT_GIVEN, root_id)
        )
        self._waiting -= left.rowcount
        self._db.execute("INSERT OR IGNORE INTO asked VALUES (?, NULL, ?, 0, 0, 0)", (root_id, NOT_GIVEN))

    def find_known(self, record_id: str, *, anywhere: bool = False) -> KnownRecord | None:
        """Return what the archive has of a record (`Window.find_known`)."""
        held = self._known.find(record_id) if anywhere else self._known.find_in_window(record_id)
        if held is None:
            return None
        captured, read_at = (moment(at) if at else None for at in (held.seen_at, held.read_at))
        place = (
            held.record_id,
            held.native_id,
            held.kind,
            held.parent_id,
            held.root_id,
            moment(held.window_at),
        )
        return KnownRecord(*place, status=held.status, captured=captured, read_at=read_at)

    def _decided(
        self, root_id: str, published_at: datetime, sign: ReplySign, *, blind: bool
    ) -> tuple[bool, str]:
        """Return (whether a conversation is read, why or why not)."""
        if self._everything:
            return True, "everything"
        read_at, before, lacking, active, unsettled = self._of(root_id)
        if read_at is None:
            return True, "new"
        if sign != before:
            return True, "sign"
        if unsettled:
            return True, "unsettled"
        age, idle = self._now - published_at, self._now - moment(active)
        period = longest_unread(age, idle, blind=blind, lacking=bool(lacking))
        if not period:
            return True, "young"
        # ordinary captures run many times a day
        slack = NIGHT if period == DAY and self._swept is not None else SLACK
        due = is_due(root_id, moment(read_at), self._now, period, slack) and not (
            period <= DAY and self._was_reached(moment(read_at))
        )
        return (True, "turn") if due else (False, "unchanged")

    def _was_reached(self, read_at: datetime) -> bool:
        """Return whether a sweep that was cut short read a conversation.

        That is one since the last complete sweep. The next one goes on with the rest, and so reaches its end.
        This holds for ROUND only, since sweeps may fail for another reason, night after night.
        """
        return (
            self._swept is not None
            and read_at > self._swept + DAY - SLACK
            and self._now - read_at < ROUND - SLACK
        )

    def _of(self, root_id: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] | None = self._row(root_id)
        if found is None and (held := self._known.find(root_id)) is not None:  # older than the window
            self.add_known([held])
            found = self._row(root_id)
        return found or (None, None, 0, "", 0)

    def _row(self, root_id: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(
            "SELECT read_at, sign, missing, active, unsettled FROM known WHERE root = ?", (root_id,)
        ).fetchone()
        return row

    # -- afterwards ------------------------------------------------------------------------------------------

    def leaves_out(self, root_id: str | None, *, seen: bool = True) -> bool:
        """Return whether a conversation was listed and is not to be read.

        seen: whether its root post was seen. If it was not, only a conversation that was not given is left
        out.
        """
        left = self._db.execute(
            "SELECT 1 FROM asked WHERE root = ? AND NOT wanted AND (? OR why = ?)", (root_id, seen, NOT_GIVEN)
        )
        return left.fetchone() is not None

    def leaves_out_record(self, held: RecordState, seen: SeenRecords) -> bool:
        """Return whether a record is a reply in a conversation that was left out.

        Nothing follows from not seeing it.
        """
        return not held.is_root and self.leaves_out(held.root_id, seen=(held.root_id or "") in seen)

    def _is_wanted(self, root_id: str) -> bool:
        return (
            self._db.execute("SELECT 1 FROM asked WHERE root = ? AND wanted", (root_id,)).fetchone()
            is not None
        )

    def read_roots(self, *, whole: bool) -> Iterator[tuple[str, ReplySign]]:
        """Yield (root post, sign) of the conversations that were to be read and could be.

        whole: only those that were read to their ends.
        """
        yield from self._db.execute(
            "SELECT root, sign FROM asked WHERE wanted AND whole >= ? AND NOT unread ORDER BY root", (whole,)
        )

    def unread_roots(self) -> list[str]:
        """Return the root posts of conversations that were not read completely.

        Only of those that were to be read.
        """
        found = self._db.execute(
            "SELECT root FROM asked WHERE NOT whole AND (wanted OR why = ?) ORDER BY root", (NOT_GIVEN,)
        )
        return [root for (root,) in found]

    def not_given_roots(self) -> list[str]:
        """Return the root posts of conversations that were not given."""
        return [
            root
            for (root,) in self._db.execute(
                "SELECT root FROM asked WHERE NOT wanted AND why = ? ORDER BY root", (NOT_GIVEN,)
            )
        ]

    def count_reasons(self, *, wanted: bool) -> Mapping[str, int]:
        """Return why conversations were read (or not, if not wanted) -> how many."""
        return dict(
            self._db.execute(
                "SELECT why, count(*) FROM asked WHERE wanted = ? GROUP BY why ORDER BY why", (wanted,)
            )
        )

    def count_missing_replies(self) -> tuple[int, int]:
        """Count what is still missing from conversations that were left out.

        Returns (conversations in which replies were missing when they were last read, the number of those
        replies).
        """
        of_them = (
            "SELECT count(*), coalesce(sum(missing), 0) FROM asked JOIN known USING (root) WHERE NOT wanted"
            " AND missing"
        )
        conversations, answers = self._db.execute(of_them).fetchone()
        return int(conversations), int(answers)

    def close(self) -> None:
        """Delete the plan's tables."""
        self._db.close()


def _active(held: RecordState) -> str:
    """Return when a record was last active.

    One that was found late was active when it was published, not when it was found.
    """
    return (
        held.published_at if held.sequence == 1 and held.published_at else held.valid_from or held.window_at
    )


def _known(held: RecordState) -> tuple[Any, ...]:
    root = held.record_id if held.is_root else held.root_id
    of_root = (held.read_at, held.sign, held.lacking) if held.is_root else (None, None, 0)
    return (root, *of_root, _active(held), held.missing and held.status == VISIBLE and not held.doubted)
