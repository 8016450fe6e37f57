"""Which conversations a capture reads: by what the manifests say of each, the platform's own sign, its age, and when it was active last.

Nothing is remembered but what the fold of the manifests holds: when each conversation was read whole, and the sign that the platform gave
then (archive/state/record_state.py). So a capture that was missed or failed loses no turn: what is due stays due until it was read.

A conversation is read where
- it never was (`new`), or its sign differs from the one of its last reading (`sign`);
- it is young, or was active in the last two days (`young`): at every capture that lists it;
- something of it is missing, and nobody has said why yet (`unsettled`);
- its turn has come (`turn`): what no sign shows, edits and removals above all, is found within the period that PERIODS gives. Longer
  periods than a day begin at a place of the post's own, the hash of its id, so that as much is due every night.
Where the platform's sign does not move with every answer, or there is none, the period is BLIND's: nothing but reading shows a new answer.
A sweep that does not come to its end (a quota, an outage) is gone on with: what it read is not read again before what it did not reach.
Where it counted more answers than it showed, the conversation is looked at again every day.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

from recordroom.archive.state.record_state import RecordState
from recordroom.capture.budget import OLD, OLD_TURNS, TURNS
from recordroom.model import MESSAGE, VISIBLE, moment
from recordroom.platforms import Known, Sign

PUT_OFF, NOT_GIVEN = "put_off", "not_given"
Find = Callable[[str], RecordState | None]
DAY = timedelta(days=1)
YOUNG = 2 * DAY
SLACK = timedelta(minutes=5)  # by which a run may start earlier than the one before it did
NIGHT = timedelta(hours=12)  # the same of a sweep: accounts wait for each other, and for whom it is longest differs from night to night
RECENT = 30 * DAY
BLIND = ((RECENT, timedelta(minutes=45)), (timedelta.max, DAY))
PERIODS = ((RECENT, timedelta(hours=6)), (90 * DAY, 7 * DAY), (timedelta.max, 14 * DAY))
LONGEST = 14 * DAY
ROUND = 7 * DAY  # in which sweeps that are cut short may share an account


def period_of(age: timedelta, idle: timedelta, *, blind: bool = False, lacking: bool = False) -> timedelta:
    """How long a conversation may stay unread. `age`: since its first post; `idle`: since it last changed."""
    quiet = min(age, idle)
    if quiet < YOUNG:
        return timedelta(0)
    period = next(period for bound, period in (BLIND if blind else PERIODS) if quiet <= bound)
    return min(period, DAY) if lacking else period


def is_due(root_id: str, read_at: datetime, now: datetime, period: timedelta, slack: timedelta = SLACK) -> bool:
    """Whether the turn of a conversation has come since it was last read. A time that lies ahead was written by a clock that was wrong."""
    if read_at > now:
        return True
    if period <= DAY:
        return now + slack - read_at >= period
    place = int.from_bytes(sha256(root_id.encode()).digest()[:6]) / 2**48

    def turn(at: datetime) -> int:
        return int(at.timestamp() / period.total_seconds() + place)

    return turn(now) > turn(read_at)


def puts_off(why: str, age: timedelta, pressure: float) -> bool:
    """Whether a budget that is spent so far lets a conversation wait (budget.py says in which order)."""
    old = age > RECENT
    return (why == "turn" and pressure >= (OLD_TURNS if old else TURNS)) or (old and pressure >= OLD)


def outlook(held: Iterable[RecordState], now: datetime) -> dict[tuple[timedelta, timedelta], int]:
    """How often the conversations of an account are read again though nothing tells of anything new: (period where the platform's sign
    moves with every answer, period where it does not; zero: at each capture that lists them) -> how many. `held`: one conversation after
    the other."""
    found: dict[tuple[timedelta, timedelta], int] = defaultdict(int)
    for root_id, members in groupby((one for one in held if one.kind not in ("profile", MESSAGE)), key=lambda one: one.window_key[1]):
        own = list(members)
        root = next((one for one in own if one.record_id == root_id), None)
        if root is not None:
            age, idle = now - moment(root.window_at), now - moment(max(_active(one) for one in own))
            told, blind = (period_of(age, idle, blind=blind, lacking=bool(root.lacking)) for blind in (root.sign is None, True))
            found[told, blind] += 1
    return dict(found)


class Plan:
    """Implements platforms.Plan for one capture. Its tables are on disk past a few megabytes, and gone with the process.

    `everything`: a person, or a first capture, wants all of it; what was read is noted all the same. `find`: what is held of a record;
    `within`: the same, None where its conversation is none of the window. `pressure`: the share of the budget that will be spent when so
    many more conversations are read (budget.py). `swept`: of a sweep, when the last one that read the whole account began.
    """

    def __init__(
        self, now: datetime, find: Find, within: Find, pressure: Callable[[int], float], *, everything: bool, swept: datetime | None = None
    ) -> None:
        self._now, self._find, self._within, self._everything, self._swept = now, find, within, everything, swept
        self._pressure, self._waiting = pressure, 0
        self._unsure = False
        self._db = sqlite3.connect("")
        self._db.execute("PRAGMA cache_size = -4000")
        self._db.execute(
            "CREATE TABLE known (root TEXT PRIMARY KEY, read_at TEXT, sign, lacking INTEGER, active TEXT, unsettled INTEGER) WITHOUT ROWID"
        )
        self._db.execute(
            "CREATE TABLE asked (root TEXT PRIMARY KEY, sign, why TEXT, wanted INTEGER, whole INTEGER, unread INTEGER) WITHOUT ROWID"
        )

    def know(self, held: Iterable[RecordState]) -> None:
        """Take up what is held of the conversations that may be asked about."""
        self._db.executemany(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (root) DO UPDATE SET"
            " read_at = coalesce(excluded.read_at, read_at), sign = coalesce(excluded.sign, sign),"
            " lacking = max(lacking, excluded.lacking), active = max(active, excluded.active),"
            " unsettled = max(unsettled, excluded.unsettled)",
            (_known(one) for one in held if one.kind != "profile"),
        )

    def wants(self, root_id: str, published_at: datetime, sign: Sign, *, all_told: bool = True) -> bool:
        if self._is_wanted(root_id):  # listed twice
            return True
        wanted, why = self._decided(root_id, published_at, sign, blind=sign is None or not all_told)
        if wanted and not self._everything and puts_off(why, self._now - published_at, self._pressure(self._waiting)):
            wanted, why = False, PUT_OFF
        self._waiting += wanted
        self._db.execute("INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?, 0, 0)", (root_id, sign, why, wanted))
        return wanted

    def read(self, root_id: str) -> None:
        whole = "UPDATE asked SET whole = 1, unread = max(unread, ?) WHERE root = ? AND wanted AND NOT whole"
        self._waiting -= self._db.execute(whole, (self._unsure, root_id)).rowcount

    def unread(self, root_id: str | None) -> None:
        """An answer could not be read: its conversation was given out and is not known. None, or a conversation that was not asked about:
        it may be of any that is not read to its end yet."""
        found = self._db.execute("UPDATE asked SET unread = 1 WHERE root = ?", (root_id,)).rowcount
        self._unsure = self._unsure or not found

    def not_given(self, root_id: str) -> None:
        """It was to be read, and the platform does not give it: left out after all. Nobody asked about it where its first post is not given
        either."""
        left = self._db.execute("UPDATE asked SET wanted = 0, why = ?, whole = 0 WHERE root = ? AND wanted", (NOT_GIVEN, root_id))
        self._waiting -= left.rowcount
        self._db.execute("INSERT OR IGNORE INTO asked VALUES (?, NULL, ?, 0, 0, 0)", (root_id, NOT_GIVEN))

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:
        held = self._find(record_id) if anywhere else self._within(record_id)
        if held is None:
            return None
        captured, read_at = (moment(at) if at else None for at in (held.seen_at, held.read_at))
        place = (held.record_id, held.native_id, held.kind, held.parent_id, held.root_id, moment(held.window_at))
        return Known(*place, status=held.status, captured=captured, read_at=read_at)

    def _decided(self, root_id: str, published_at: datetime, sign: Sign, *, blind: bool) -> tuple[bool, str]:
        """(whether it is read, why or why not)."""
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
        period = period_of(age, idle, blind=blind, lacking=bool(lacking))
        if not period:
            return True, "young"
        slack = NIGHT if period == DAY and self._swept is not None else SLACK  # of captures of the last days there are many in a day
        due = is_due(root_id, moment(read_at), self._now, period, slack) and not (period <= DAY and self._was_reached(moment(read_at)))
        return (True, "turn") if due else (False, "unchanged")

    def _was_reached(self, read_at: datetime) -> bool:
        """Whether a sweep that was cut short since the last whole one read it: the next goes on with the rest, and comes to an end. Not for
        long: a sweep may fail for another reason, night after night."""
        return self._swept is not None and read_at > self._swept + DAY - SLACK and self._now - read_at < ROUND - SLACK

    def _of(self, root_id: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] | None = self._row(root_id)
        if found is None and (held := self._find(root_id)) is not None:  # older than what the window holds
            self.know([held])
            found = self._row(root_id)
        return found or (None, None, 0, "", 0)

    def _row(self, root_id: str) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._db.execute(
            "SELECT read_at, sign, lacking, active, unsettled FROM known WHERE root = ?", (root_id,)
        ).fetchone()
        return row

    # -- afterwards ------------------------------------------------------------------------------------------------------

    def leaves_out(self, root_id: str | None, *, seen: bool = True) -> bool:
        """Whether this conversation was listed and is not to be read. `seen`: its first post was; where that is not given, nothing but that
        the conversation is not either leaves it out."""
        left = self._db.execute("SELECT 1 FROM asked WHERE root = ? AND NOT wanted AND (? OR why = ?)", (root_id, seen, NOT_GIVEN))
        return left.fetchone() is not None

    def _is_wanted(self, root_id: str) -> bool:
        return self._db.execute("SELECT 1 FROM asked WHERE root = ? AND wanted", (root_id,)).fetchone() is not None

    def read_roots(self, *, whole: bool) -> Iterator[tuple[str, Sign]]:
        """(first post, sign) of the conversations that were to be read and could be; `whole`: only of those that were read to their end."""
        yield from self._db.execute("SELECT root, sign FROM asked WHERE wanted AND whole >= ? AND NOT unread ORDER BY root", (whole,))

    def unread_roots(self) -> list[str]:
        """The first posts of conversations that were to be read and were not, or not to their end."""
        found = self._db.execute("SELECT root FROM asked WHERE NOT whole AND (wanted OR why = ?) ORDER BY root", (NOT_GIVEN,))
        return [root for (root,) in found]

    def left_roots(self) -> list[str]:
        """The first posts of conversations that were not given."""
        return [root for (root,) in self._db.execute("SELECT root FROM asked WHERE NOT wanted AND why = ? ORDER BY root", (NOT_GIVEN,))]

    def counted(self, *, wanted: bool) -> Mapping[str, int]:
        """Why -> how many."""
        return dict(self._db.execute("SELECT why, count(*) FROM asked WHERE wanted = ? GROUP BY why ORDER BY why", (wanted,)))

    def lacking_unread(self) -> tuple[int, int]:
        """(how many conversations lacked answers when they were last read, and were left out now; how many answers)."""
        of_them = "SELECT count(*), coalesce(sum(lacking), 0) FROM asked JOIN known USING (root) WHERE NOT wanted AND lacking"
        conversations, answers = self._db.execute(of_them).fetchone()
        return int(conversations), int(answers)

    def close(self) -> None:
        self._db.close()


def _active(held: RecordState) -> str:
    """A record that was found late was active when it was published, not when it was found."""
    return held.published_at if held.sequence == 1 and held.published_at else held.valid_from or held.window_at


def _known(held: RecordState) -> tuple[Any, ...]:
    root = held.record_id if held.is_root else held.root_id
    of_root = (held.read_at, held.sign, held.lacking) if held.is_root else (None, None, 0)
    return (root, *of_root, _active(held), held.missing and held.status == VISIBLE and not held.doubted)
