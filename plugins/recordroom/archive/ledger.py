"""The one primitive: an append-only chain of JSON entries.

They are `ledger/<name>/<12-digit number>.json`, from 000000000001 on.

- An entry is put once (If-None-Match). `previous` is the hex SHA-256 of the stored bytes of the entry before
  it, null in the first; `nonce` makes every writer's bytes different. A writer that loses a race gets
  LostRace, reloads, and commits again: nothing else guarantees one writer.
- The head is found by requests for entries from a remembered number on, one by one and then in growing steps,
  never by listing. A head below a remembered number, or another entry under that number, is Tampered, never a
  fresh start.
- Times never run backwards in a chain. If a clock is behind, or more than a minute off the store's,
  `clock_skew` records it.
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

import msgspec
import orjson
import simdjson

from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.read_ahead import read_ahead
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import LostRace, Tampered
from recordroom.model import instant, moment
from recordroom.register.models import Chain

FORMAT = 1
SKEW_SECONDS = 60
FEW = 8  # entries that are read one by one: that takes fewer requests than to find the head first
THREADS, AHEAD = 4, 4  # entries fetched at once, and waiting until they are used, up to 6 MB each
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])  # of an object, not decoded
_MANIFEST = msgspec.Raw(b'"manifest"')


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chain."""

    ledger: str
    number: int
    sha256: str  # of the stored bytes
    previous: str | None  # SHA-256 of the entry before it
    # never before that of the entry before it; after a clock that was ahead it is the same for a while
    time: datetime
    actor: str
    nonce: str
    type: str
    body: dict[str, Any]
    # when it was written, as well as the store's clock says; for questions as of a moment, and counts by hour
    # or day
    at: datetime


@dataclass(frozen=True, slots=True)
class Tail:
    """The last entry of a chain that this process has read.

    Its number is 0 before the first.
    """

    number: int = 0
    sha256: str | None = None
    time: datetime | None = None


@cache
def actor() -> str:
    """Return who acts: the operating system's user and host."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def key_of(name: str, number: int) -> str:
    """Return the key of an entry."""
    return f"ledger/{name}/{number:012d}.json"


def decode(name: str, number: int, stored: bytes, *, with_deltas: bool = True) -> Entry:
    """Parse the entry in these bytes.

    with_deltas: False only checks that the deltas of a manifest are JSON; the body may be without them.

    Tampered if they are not the entry of that place in that ledger.
    """
    key = key_of(name, number)
    try:
        raw = orjson.loads(stored) if with_deltas else _load_without_deltas(stored)
        if not isinstance(raw["body"], dict):
            raise TypeError("its body is not an object")
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
        raise Tampered(
            key, "has a format that this version of recordroom does not know", str(FORMAT), str(raw["format"])
        )
    if (entry.ledger, entry.number) != (name, number):
        raise Tampered(
            key, "names another place than its own", f"{name} {number}", f"{entry.ledger} {entry.number}"
        )
    return entry


def _load_without_deltas(stored: bytes) -> Any:
    """Return what orjson reads in an entry, without the deltas if it is a manifest.

    They are most of a large entry, and objects for them take ten times as long as the rest. simdjson checks
    all of it, and refuses whatever orjson refuses: then orjson reads it, and reports its errors.
    """
    try:
        simdjson.Parser().parse(stored)
        members = _MEMBERS.decode(stored)
        if members["type"] != _MANIFEST:
            return orjson.loads(stored)
        parts = _MEMBERS.decode(members.pop("body"))
    except (ValueError, RuntimeError, KeyError):  # msgspec's errors are ValueErrors
        return orjson.loads(stored)
    parts.pop("deltas", None)
    return _load_parts(members) | {"body": _load_parts(parts)}


def _load_parts(parts: dict[str, msgspec.Raw]) -> dict[str, Any]:
    return {name: orjson.loads(memoryview(part)) for name, part in parts.items()}


class Ledger:
    """A chain by name in the archive bucket."""

    def __init__(self, store: Store, name: str, cache: EntryCache | None = None) -> None:
        self.store = store
        self.name = name
        self.cache = cache  # of a reader that follows the chain again and again

    def read(self, number: int) -> Entry | None:
        """Return an entry; None if it does not exist."""
        stored = self.store.find(key_of(self.name, number))
        return None if stored is None else decode(self.name, number, stored)

    def head(self, remembered: int = 0, sha256: str | None = None) -> int:
        """Return the number of the last entry, 0 for an empty chain.

        Tampered if the chain is shorter than `remembered`, or if the entry of that number has another hash
        than `sha256`.
        """
        if remembered:
            self._check_hash(remembered, sha256)
        low, step = remembered, 1
        while self._exists(low + step):
            low, step = low + step, step * 2
        high = low + step
        while high - low > 1:
            middle = (low + high) // 2
            if self._exists(middle):
                low = middle
            else:
                high = middle
        return low

    def _check_hash(self, number: int, expected: str | None) -> None:
        key = key_of(self.name, number)
        found = self.store.head(key)
        if found is None:
            raise Tampered(
                key, "an entry that existed is missing now: the ledger was cut", "present", "absent"
            )
        stored = expected and (found.sha256 or sha256(self.store.get(key)))  # some stores keep no checksum
        if stored != expected:
            raise Tampered(key, "it is not the entry that was last read here", str(expected), str(stored))

    def _exists(self, number: int) -> bool:
        return self.store.head(key_of(self.name, number)) is not None

    def entries(self, tail: Tail | None = None, upto: int | None = None) -> Iterator[Entry]:
        """Yield the entries after `tail` in order, each checked against the one before it.

        upto: number of the last entry. Raises Tampered where the chain breaks.

        An entry of a first capture takes some 40 MB, and nothing here keeps one that was yielded, except
        small ones in the cache: a caller that deletes its own name for an entry never has two of them in
        memory.
        """
        last_read = tail or Tail()

        def follow(number: int, stored: bytes) -> Entry:
            nonlocal last_read
            entry = decode(self.name, number, stored)
            check_link(entry, last_read)
            last_read = tail_of(entry)
            if self.cache is not None:
                self.cache.add(number, stored)
            return entry

        if upto is None:
            cached = self._read_cached(last_read)
            last_read = tail_of(cached[-1]) if cached else last_read
            if last_read.number:
                self._check_hash(last_read.number, last_read.sha256)
            yield from cached
            for number in range(last_read.number + 1, last_read.number + 1 + FEW):
                stored = self.store.find(key_of(self.name, number))
                if stored is None:
                    return
                yield follow(number, stored)
        last = self.head(last_read.number) if upto is None else upto
        numbers = range(last_read.number + 1, last + 1)
        # Bytes wait, not decoded entries: those take six times as much memory.
        fetched = read_ahead(self._get_stored, numbers, threads=THREADS, ahead=AHEAD)
        for number in numbers:
            yield follow(number, next(fetched))

    def _read_cached(self, tail: Tail) -> list[Entry]:
        """Return the entries behind `tail` that this machine keeps, if they follow it.

        Each names the hash of the one before it: if the store has the last one with its hash, all are the
        chain's.
        """
        entries: list[Entry] = []
        if self.cache is None:
            return entries
        last = tail
        try:
            for number, stored in enumerate(self.cache.read(tail.number), tail.number + 1):
                entry = decode(self.name, number, stored)
                check_link(entry, last)
                last = tail_of(entry)
                entries.append(entry)
        except Tampered:  # the file of this machine is damaged; the store's chain is read instead
            self.cache.clear(tail.number)
            return []
        return entries

    def _get_stored(self, number: int) -> bytes:
        """Return the bytes of an entry that must exist; Tampered if it does not."""
        stored = self.store.find(key_of(self.name, number))
        if stored is None:
            raise Tampered(
                key_of(self.name, number), "an entry within the chain is missing", "present", "absent"
            )
        return stored

    def entry(self, number: int) -> Entry:
        """Return an entry that must exist; Tampered if it does not."""
        return decode(self.name, number, self._get_stored(number))

    def last_by(self, when: datetime) -> Entry | None:
        """Return the last entry that was written by `when`; None if there was none yet.

        Entries of writers with different clocks may be in another order than their times, by SKEW_SECONDS
        each.
        """
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
        """Commit the entry that follows `after`.

        at, nonce: if the caller must know them beforehand (see `time_after`). A nonce is 32 hex digits that
            no other entry has.

        LostRace if another writer's entry has that number; ServiceUnavailable if the store cannot say
        (nothing else was written).
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
        if self.cache is not None:
            self.cache.add(number, stored)
        return decode(self.name, number, stored)

    def append_next(
        self,
        type_: str,
        make: Callable[[], dict[str, Any] | None],
        tail: Callable[[], Tail],
        who: str | None = None,
        nonce: str = "",
    ) -> Entry | None:
        """Append what `make` returns, again after each lost race.

        tail: reloads the caller's state and returns its tail; called before each `make`.
        make: returns None if there is nothing to append; then so does this.
        """
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
    """Yield the names of all ledgers, folder by folder.

    prefix: for example "capture/".

    The folder of a ledger is recognized by its first entry and is not listed: it contains no folders, and
    thousands of pages of entries after some years.
    """
    if prefix and store.head(key_of(prefix.rstrip("/"), 1)) is not None:
        yield prefix.rstrip("/")
        return
    folders = list(store.keys(f"ledger/{prefix}", folders=True))
    if not folders and prefix:
        yield prefix.rstrip("/")
    for folder in folders:
        yield from list_ledgers(store, folder.removeprefix("ledger/"))


def capture_chains(store: Store) -> list[Chain]:
    """Return every account that was ever captured, in the register or not."""
    return [Chain(*name.split("/")[1:]) for name in list_ledgers(store, "capture/") if name.count("/") == 2]


def time_after(tail: Tail, now: datetime) -> datetime:
    """Return `now`, or the time of `tail` if this machine's clock is behind it."""
    return now if tail.time is None or now > tail.time else tail.time


def tail_of(entry: Entry) -> Tail:
    """Return the tail of a chain that ends with this entry."""
    return Tail(entry.number, entry.sha256, entry.time)


def check_link(entry: Entry, tail: Tail) -> None:
    """Raise Tampered unless `entry` follows `tail` by number, hash, and time."""
    key = key_of(entry.ledger, entry.number)
    if entry.number != tail.number + 1:
        raise Tampered(key, "does not follow the entry before it", str(tail.number + 1), str(entry.number))
    if entry.previous != tail.sha256:
        raise Tampered(
            key, "its link does not match the entry before it", str(tail.sha256), str(entry.previous)
        )
    if tail.time is not None and entry.time < tail.time:
        raise Tampered(
            key,
            "its time is earlier than that of the entry before it",
            instant(tail.time),
            instant(entry.time),
        )
