"""The one primitive: an append-only chain of JSON entries, `ledger/<name>/<12-digit number>.json` from 000000000001 on.

Invariants
- An entry is put once (If-None-Match); `previous` is the hex SHA-256 of the preceding object's stored bytes, null in the first;
  `nonce` makes every writer's bytes its own. A lost writer gets LostRace, reloads and commits anew: nothing else guarantees one writer.
- The head is found by asking for entries from a remembered number on, one by one and then galloping, never by listing. A head lower than a
  remembered number, or another entry under that number, is Tampered, never a fresh start.
- Times never run backwards in a chain; a clock that is behind, or more than a minute off the store's, is recorded as `clock_skew`.
"""

from __future__ import annotations

import getpass
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson

from recordroom.archive.read_ahead import read_ahead
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import LostRace, Tampered
from recordroom.model import instant, moment
from recordroom.register.models import Chain

FORMAT = 1
SKEW_SECONDS = 60
FEW = 8  # entries that are read one by one: fewer requests than to look for the head first
THREADS, AHEAD = 4, 4  # entries fetched at once, and waiting until they are needed, up to 6 MB each


@dataclass(frozen=True, slots=True)
class Entry:
    """`sha256` is that of the stored bytes. `at`: when it was written, for whatever is asked as of a moment, or counted by the hour or the
    day. After a clock that was ahead `time` stands still for as long: then it is what the store's clock said."""

    ledger: str
    number: int
    sha256: str
    previous: str | None
    time: datetime
    actor: str
    nonce: str
    type: str
    body: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Tail:
    """The last entry of a chain as far as this process has read it; number 0 before the first."""

    number: int = 0
    sha256: str | None = None
    time: datetime | None = None


@cache
def actor() -> str:
    """Who acts: the operating system's user and host."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def key_of(name: str, number: int) -> str:
    return f"ledger/{name}/{number:012d}.json"


def decode(name: str, number: int, stored: bytes) -> Entry:
    """The entry in these bytes; Tampered if they are not what stands at that place of that ledger."""
    key = key_of(name, number)
    try:
        raw = orjson.loads(stored)
        if not isinstance(raw["body"], dict):
            raise TypeError("its body is no object")
        entry = Entry(
            raw["ledger"],
            raw["number"],
            sha256(stored),
            raw["previous"],
            moment(raw["time"]),
            raw["actor"],
            raw["nonce"],
            raw["type"],
            raw["body"],
            min(moment(raw["time"]), moment(raw.get("clock_skew", {}).get("store", raw["time"]))),
        )
        known = raw["format"] == FORMAT
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise Tampered(key, f"is not a ledger entry: {problem}") from problem
    if not known:
        raise Tampered(key, "has a format that this code does not know", str(FORMAT), str(raw["format"]))
    if (entry.ledger, entry.number) != (name, number):
        raise Tampered(
            key, "says that it stands elsewhere", f"{name} {number}", f"{entry.ledger} {entry.number}"
        )
    return entry


class Ledger:
    """A chain by name in the archive store."""

    def __init__(self, store: Store, name: str) -> None:
        self.store = store
        self.name = name

    def read(self, number: int) -> Entry | None:
        stored = self.store.find(key_of(self.name, number))
        return None if stored is None else decode(self.name, number, stored)

    def head(self, remembered: int = 0, sha256: str | None = None) -> int:
        """Number of the last entry, 0 for an empty chain; Tampered if the chain is shorter than `remembered`, or if the entry of that
        number is not the one of that hash (a store that keeps no checksums cannot tell)."""
        if remembered:
            self._must_be(remembered, sha256)
        low, step = remembered, 1
        while self._there(low + step):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._there(middle):
                low = middle
            else:
                high = middle
        return low

    def _must_be(self, number: int, sha256: str | None) -> None:
        key = key_of(self.name, number)
        found = self.store.head(key)
        if found is None:
            raise Tampered(key, "an entry that was there is gone: the chain was cut", "present", "absent")
        if sha256 and found.sha256 and found.sha256 != sha256:
            raise Tampered(key, "another entry was there when it was last read", sha256, found.sha256)

    def _there(self, number: int) -> bool:
        return self.store.head(key_of(self.name, number)) is not None

    def entries(self, tail: Tail | None = None, upto: int | None = None) -> Iterator[Entry]:
        """Entries after `tail` in order (to `upto` at most), each checked against the one before it; Tampered where the chain breaks."""
        tail = tail or Tail()
        if upto is None:
            if tail.number:
                self._must_be(tail.number, tail.sha256)
            for _ in range(FEW):
                entry = self.read(tail.number + 1)
                if entry is None:
                    return
                check_link(entry, tail)
                tail = tail_of(entry)
                yield entry
        last = self.head(tail.number) if upto is None else upto
        numbers = range(tail.number + 1, last + 1)
        # Bytes wait, not decoded entries: those take six times as much memory.
        fetched = read_ahead(self._stored, numbers, threads=THREADS, ahead=AHEAD)
        for number in numbers:
            entry = decode(self.name, number, next(fetched))
            check_link(entry, tail)
            tail = tail_of(entry)
            yield entry

    def _stored(self, number: int) -> bytes:
        """The bytes of an entry that must be there; Tampered where it is not."""
        stored = self.store.find(key_of(self.name, number))
        if stored is None:
            raise Tampered(
                key_of(self.name, number), "an entry within the chain is missing", "present", "absent"
            )
        return stored

    def entry(self, number: int) -> Entry:
        """One that must be there; Tampered where it is not."""
        return decode(self.name, number, self._stored(number))

    def last_by(self, when: datetime) -> Entry | None:
        """The last entry that was written by `when`, None where there was none yet. Those of writers whose clocks differ may stand in
        another order than that of their times, by SKEW_SECONDS each."""
        head = self.head()
        if head == 0 or (found := self.entry(head)).at <= when:
            return found if head else None
        low, high, last = 0, head - 1, None
        while low < high:
            middle = (low + high + 1) // 2
            if (entry := self.entry(middle)).at <= when:
                low, last = middle, entry
            else:
                high = middle - 1
        for entry in map(self.entry, range(low + 1, head)):
            if entry.at <= when:
                last = entry
            elif entry.at > when + timedelta(seconds=2 * SKEW_SECONDS):
                break
        return last

    def append(
        self,
        type_: str,
        body: dict[str, Any],
        after: Tail,
        *,
        at: datetime | None = None,
        who: str | None = None,
        nonce: str = "",
    ) -> Entry:
        """Commit the entry that follows `after`. `at`, `nonce`: where the caller needs to know them beforehand (see `time_after`); a nonce
        is 32 hex digits that nobody else takes.

        LostRace if another writer's entry stands there; ServiceUnavailable if the store cannot tell (nothing else was written).
        """
        number = after.number + 1
        now = datetime.now(UTC)
        raw: dict[str, Any] = {
            "format": FORMAT,
            "ledger": self.name,
            "number": number,
            "previous": after.sha256,
            "time": instant(at or time_after(after, now)),
            "actor": who or actor(),
            "nonce": nonce or secrets.token_hex(16),
            "type": type_,
            "body": body,
        }
        behind = after.time is not None and now < after.time
        if behind or abs(self.store.skew_seconds) > SKEW_SECONDS:
            store_ms = int(now.timestamp() * 1000 - self.store.skew_seconds * 1000)
            raw["clock_skew"] = {
                "here": instant(now),
                "store": instant(datetime.fromtimestamp(store_ms / 1000, UTC)),
            }
        stored = encode_canonical(raw)
        if not self.store.put_new(key_of(self.name, number), stored):
            raise LostRace(self.name, number)
        return decode(self.name, number, stored)

    def append_next(
        self,
        type_: str,
        make: Callable[[], dict[str, Any] | None],
        tail: Callable[[], Tail],
        who: str | None = None,
        nonce: str = "",
    ) -> Entry | None:
        """Append what `make` says in view of the state that `tail` has just reloaded, again after each lost race; None: nothing to say."""
        while True:
            after = tail()
            body = make()
            if body is None:
                return None
            try:
                return self.append(type_, body, after, who=who, nonce=nonce)
            except LostRace:
                continue


def list_ledgers(store: Store, prefix: str = "") -> Iterator[str]:
    """Names of all ledgers (below `prefix`, e.g. "capture/"), found folder by folder. The folder of a ledger, which has a first entry, is
    not listed: it holds no folders, and of a chain of years thousands of pages."""
    if prefix and store.head(key_of(prefix.rstrip("/"), 1)) is not None:
        yield prefix.rstrip("/")
        return
    folders = list(store.keys(f"ledger/{prefix}", folders=True))
    if not folders and prefix:
        yield prefix.rstrip("/")
    for folder in folders:
        yield from list_ledgers(store, folder.removeprefix("ledger/"))


def capture_chains(store: Store) -> list[Chain]:
    """Every account that was ever captured, in the register or not."""
    return [Chain(*name.split("/")[1:]) for name in list_ledgers(store, "capture/") if name.count("/") == 2]


def time_after(tail: Tail, now: datetime) -> datetime:
    """`now`, or the time of `tail` where this machine's clock is behind it."""
    return now if tail.time is None or now > tail.time else tail.time


def tail_of(entry: Entry) -> Tail:
    return Tail(entry.number, entry.sha256, entry.time)


def check_link(entry: Entry, tail: Tail) -> None:
    """Tampered unless `entry` follows `tail`: number, hash and time."""
    key = key_of(entry.ledger, entry.number)
    if entry.number != tail.number + 1:
        raise Tampered(key, "does not follow", str(tail.number + 1), str(entry.number))
    if entry.previous != tail.sha256:
        raise Tampered(
            key, "its link does not match the entry before it", str(tail.sha256), str(entry.previous)
        )
    if tail.time is not None and entry.time < tail.time:
        raise Tampered(key, "its time runs backwards", instant(tail.time), instant(entry.time))
