"""The audit events of all machines, newest first.

They come from the ledgers, and those of this machine that are not shipped yet from its journals. The ledger
of a month contains the events of that month only. It is read backwards, entry by entry, and no further than a
page requires. A journal may be shipped long after its events happened, so that older entries can contain
newer events: an event is reported only once no unread entry can contain a newer one. An entry is never older
than its events, unless a clock was set back: SLACK.

A ledger may contain something that is no event, since an earlier version of recordroom shipped damaged lines.
It is reported as a DAMAGED event, complete, at the time of its entry.
"""

from __future__ import annotations

import heapq
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from recordroom import people
from recordroom.archive.audit.journal import is_event, read_lines
from recordroom.archive.ledger import Entry, Ledger, check_link, list_ledgers, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import RecordroomError
from recordroom.model import instant, moment

Event = dict[str, Any]
Key = tuple[str, str]  # time and id of an event
OPEN = ("event", "time", "actor", "type")  # parts of every event; the others are its details
DAMAGED = "damaged event"  # type of what is reported in place of what is no event
SLACK = timedelta(minutes=10)
ENTRIES = 2_000  # entries that one page may read; then it ends and says how far back it has read
_log = logging.getLogger(__name__)
_MONTH = re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events a reader asks for; empty values match every event."""

    actor: str = ""  # what people call a person, or that with the provider's key; case does not matter
    type: str = ""
    from_: datetime | None = None  # aware, inclusive
    to: datetime | None = None  # aware, inclusive
    record: str = ""  # id of a record that the event is about, was limited to, or that was on its page
    nothing: bool = False  # matches nothing, but reads as far as if it might

    def matches(self, event: Event) -> bool:
        time = event["time"]
        within = (
            not self.nothing
            and (self.from_ is None or time >= instant(self.from_))
            and (self.to is None or time <= instant(self.to))
        )
        return (
            within
            and self._matches_actor(event["actor"])
            and self.type in ("", event["type"])
            and (not self.record or self._names_record(event))
        )

    def _matches_actor(self, actor: str) -> bool:
        return not self.actor or self.actor.casefold() in (
            actor.casefold(),
            people.find_display_name(actor).casefold(),
        )

    def _names_record(self, event: Event) -> bool:
        filters = event.get("filters")
        limits = (
            [filters.get(name) for name in ("record", "conversation")] if isinstance(filters, dict) else []
        )
        lists = [one for one in (event.get("records"), *limits) if isinstance(one, list)]
        return self.record == event.get("record_id") or any(self.record in one for one in lists)


@dataclass(frozen=True, slots=True)
class TrailCursor:
    """The place from which the next page continues."""

    before: Key | None = None  # with events before this one
    month: str = ""  # in the ledgers of this month
    # ledger of that month -> the entry to read next (0 at the end), then read entries with events that are
    # not reported yet
    places: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailPage:
    """One page of events."""

    events: tuple[Event, ...]
    more: TrailCursor | None  # None if there are no older events
    looked_back_to: datetime | None = None  # where the page ended before it was full
    problem: str = ""  # why the ledgers, or a journal, could not be read; then only the rest is reported


def read_page(
    archive: Store,
    journals: Path,
    wanted: EventFilter,
    size: int,
    cursor: TrailCursor | None = None,
    *,
    entries: int = ENTRIES,
) -> TrailPage:
    """Read a page of events.

    journals: the folder of this machine's journals. It is read first: an event that is shipped meanwhile is
        then found twice and reported once.
    entries: how many entries may be read.
    """
    cursor = cursor or TrailCursor()
    local, problem = _read_local(journals, wanted, cursor.before, size + 1)
    walk = _Walk(archive, wanted, cursor, entries)
    try:
        found = list(_merge(walk, local, size))
    except RecordroomError as failure:
        _log.warning("the audit cannot be read completely: %s", failure)
        problem = f"{problem} {failure.public_message}".strip()
        rest, _ = _read_local(journals, wanted, cursor.before, size + 1)
        last = key_of(rest[size - 1]) if len(rest) > size else None
        return TrailPage(tuple(rest[:size]), TrailCursor(last) if last else None, None, problem)
    last = key_of(found[-1]) if found else cursor.before
    over = not walk.spent and walk.ahead is None and not local
    return TrailPage(
        tuple(found), None if over else walk.cursor(last), moment(walk.bound) if walk.spent else None, problem
    )


def key_of(event: Event) -> Key:
    return event["time"], event["event"]


def _merge(walk: _Walk, local: list[Event], size: int) -> Iterator[Event]:
    """Yield the events of ledgers and journals, newest first, each once.

    local: newest first; events that are yielded are removed from it.
    """
    walk.step()
    told: Key | None = None
    for _ in range(size):
        while (found := _take_newest(walk, local)) is not None and key_of(found) == told:
            pass  # it was shipped while this page was read
        if found is None:
            return
        told = key_of(found)
        yield found


def _take_newest(walk: _Walk, local: list[Event]) -> Event | None:
    ahead = walk.ahead
    if local and (key_of(local[0]) > key_of(ahead) if ahead else local[0]["time"] > walk.bound):
        return local.pop(0)
    walk.step()
    return ahead


def _read_local(
    journals: Path, wanted: EventFilter, before: Key | None, most: int
) -> tuple[list[Event], str]:
    """Return the newest events of this machine's journals, and a problem or ""."""
    damaged: list[str] = []

    def every() -> Iterator[Event]:
        for path in sorted(journals.glob("*.jsonl")):
            try:
                events, bad = read_lines(path.read_bytes())
            except FileNotFoundError:
                continue  # it was shipped meanwhile
            damaged.extend([path.name] * bool(bad))
            yield from (
                event
                for event in events
                if wanted.matches(event) and (before is None or key_of(event) < before)
            )

    found = heapq.nlargest(most, every(), key=key_of)
    return found, f"Journals that cannot be read completely: {', '.join(damaged)}." if damaged else ""


class _Walk:
    """Reads the ledgers of the months backwards.

    ahead: the newest event that is not reported yet; None at the end.
    spent: it ended because it had read as many entries as it may.
    bound: no event in an unread entry can be newer than this.
    """

    def __init__(self, archive: Store, wanted: EventFilter, cursor: TrailCursor, entries: int) -> None:
        self._archive, self._wanted, self._before, self._left = archive, wanted, cursor.before, entries
        self._places = dict(cursor.places)
        self._month = cursor.month
        self._months: list[str] | None = None
        self._chains: dict[str, _Chain] = {}
        self._pool: list[tuple[Key, str, int, Event]] = []  # read and not reported, the newest last
        self._taken: tuple[str, int] | None = None  # where `ahead` was read
        self.ahead: Event | None = None
        self.bound = ""
        self.spent = False

    def step(self) -> None:
        """Go to the next event."""
        self.ahead = self._taken = None
        while not self.spent:
            if self._pool and self._pool[-1][0][0] > self.bound:
                _, name, number, self.ahead = self._pool.pop()
                self._taken = (name, number)
                return
            if not self._read_on() and not self._next_month():
                return

    def cursor(self, before: Key | None) -> TrailCursor:
        waiting = {(name, number) for _, name, number, _ in self._pool} | (
            {self._taken} if self._taken else set()
        )
        held = {own: sorted(number for name, number in waiting if name == own) for own in self._chains}
        return TrailCursor(
            before, self._month, {name: [chain.number, *held[name]] for name, chain in self._chains.items()}
        )

    def _read_on(self) -> bool:
        """Read the newest entry that is not read yet; False if the month has none."""
        waiting = [chain for chain in self._chains.values() if chain.next is not None]
        if not waiting:
            self.bound = ""
            return bool(self._pool)
        chain = max(waiting, key=lambda one: one.time)
        if self._left <= 0:
            self.spent = True
            return True
        self._left -= 1
        self._add_to_pool(chain.take())
        self._update_bound()
        return True

    def _add_to_pool(self, entry: Entry) -> None:
        for event in (_complete_event(told, entry) for told in entry.body["events"]):
            if self._wanted.matches(event) and (self._before is None or key_of(event) < self._before):
                self._pool.append((key_of(event), entry.ledger, entry.number, event))
        self._pool.sort(key=lambda one: one[0])

    def _update_bound(self) -> None:
        self.bound = max((one.time for one in self._chains.values() if one.next is not None), default="")

    def _next_month(self) -> bool:
        if self._months is None:
            self._months = self._wanted_months()
        if not self._months:
            return False
        self._month = self._months.pop()
        own = [Ledger(self._archive, name) for name in list_ledgers(self._archive, f"audit/{self._month}/")]
        self._chains = {}
        for ledger in own:
            next_, *held = self._places.get(ledger.name) or (ledger.head(),)
            self._chains[ledger.name] = _Chain(ledger, next_)
            for entry in map(ledger.read, held):
                if entry is not None:
                    self._add_to_pool(entry)
        self._update_bound()
        return True

    def _wanted_months(self) -> list[str]:
        """Return the months to read, the newest last."""
        found = [
            name.rstrip("/").rpartition("/")[2] for name in self._archive.keys("ledger/audit/", folders=True)
        ]
        newest = [instant(self._wanted.to)[:7]] if self._wanted.to else []
        newest += [self._month] if self._month else [self._before[0][:7]] if self._before else []
        first = instant(self._wanted.from_)[:7] if self._wanted.from_ else ""
        return sorted(
            month
            for month in found
            if _MONTH.fullmatch(month) and month >= first and all(month <= one for one in newest)
        )


def _complete_event(told: Any, entry: Entry) -> Event:
    if is_event(told):
        return dict(told)
    line = encode_canonical(told)
    return {
        "event": sha256(line)[:16],
        "time": instant(entry.time),
        "actor": "not known",
        "type": DAMAGED,
        "line": line.decode(),
    }


class _Chain:
    """A ledger that is read from an entry backwards.

    next: the entry to read next; None at the end.
    """

    def __init__(self, ledger: Ledger, number: int) -> None:
        self.ledger = ledger
        self.next = self._read(number)

    @property
    def number(self) -> int:
        return self.next.number if self.next else 0

    @property
    def time(self) -> str:
        return instant(self.next.time + SLACK) if self.next else ""

    def take(self) -> Entry:
        assert self.next is not None  # noqa: S101 (the caller has checked)
        entry, self.next = self.next, self._read(self.next.number - 1)
        if self.next is not None:
            check_link(entry, tail_of(self.next))
        return entry

    def _read(self, number: int) -> Entry | None:
        return self.ledger.entry(number) if number > 0 else None
