"""Send each destination the anchors that it is missing.

A destination that fails does not stop the others. The next run sends it every anchor since the last that it
has. A destination that has none begins with the newest anchor, which covers everything before it. The object
`anchor-copies.json` in the derived bucket has the last anchor of each destination and its last failure. If it
is lost, destinations that can be listed say themselves what they have, and e-mail begins with the newest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from recordroom.anchor_copies.destinations import Destination
from recordroom.archive import timestamp
from recordroom.archive.anchor import NAME, file_name, number_of
from recordroom.archive.ledger import Ledger, key_of
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, NotDelivered
from recordroom.model import instant

KEY = "anchor-copies.json"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the delivery to one destination ended."""

    destination: str  # its name
    sent: int  # anchors that were sent now
    problem: str  # why the rest was not sent, and what to do; "" if it has every anchor


def deliver(archive: Store, derived: Store, destinations: Sequence[Destination]) -> list[Delivery]:
    """Send each destination the anchors that it is missing."""
    last = Ledger(archive, NAME).head()
    return [_Delivering(archive, derived, destination, last).run() for destination in destinations]


def read_state(derived: Store) -> Mapping[str, Mapping[str, Any]]:
    """Return name of a destination -> {number?, problem?, failed_at?}.

    These are its last anchor, and its last failure if none succeeded since.
    """
    return _parse(derived.find(KEY))


def _parse(stored: bytes | None) -> dict[str, dict[str, Any]]:
    """Return the stored state; it is empty if there is none, or if it cannot be read."""
    try:
        found = orjson.loads(stored or b"{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(slots=True)
class _Delivering:
    archive: Store
    derived: Store
    to: Destination
    last: int  # number of the newest anchor

    def run(self) -> Delivery:
        sent, problem = 0, ""
        try:
            for number in self._send_missing():
                self._store({"number": number})
                sent += 1
        except NotDelivered as failure:
            problem = str(failure)
            self._store({"problem": problem, "failed_at": instant(datetime.now(UTC))})
        return Delivery(self.to.name, sent, problem)

    def _send_missing(self) -> Iterator[int]:
        """Yield the number of each anchor that was sent."""
        known = before = read_state(self.derived).get(self.to.name, {}).get("number", 0)
        there = self.to.list_files()
        if there is not None:
            known = max(map(number_of, there), default=0)
        if known > self.last:
            raise NotDelivered(
                f"it has anchor {known}, but the last anchor of the archive is {self.last}",
                "If the archive was restored, set a new destination. Otherwise anchors were removed from the"
                " archive: run `recordroom verify --anchor` with that file.",
            )
        stamps = self._read_stamps()
        if there and known:
            self._put(file_name(known), self._read(known))  # which compares it
        for number in range(known + 1 if known else self.last, self.last + 1):
            self._put(file_name(number), self._read(number), stamps.get(number))
            yield number
        for number in sorted(stamps.keys() & set(map(number_of, there or ()))):
            if timestamp.file_name(number) not in (there or ()):  # the authority was away at the time
                self._put(timestamp.file_name(number), stamps[number])
        if known == self.last:
            self._store({"number": known})
        if known < before <= self.last:  # reported once: it has the newest anchor now
            has = f"only up to anchor {known}" if known else "none"
            raise NotDelivered(
                f"it had anchors up to {before} and had {has} this time",
                "Check who removed them, and that a folder's disk is mounted. It has the newest one now.",
            )

    def _read(self, number: int) -> bytes:
        return self.archive.get(key_of(NAME, number))

    def _read_stamps(self) -> dict[int, bytes]:
        """Return number of an anchor -> its first stamp.

        If the ledger is damaged, which `verify` reports, anchors leave the archive without stamps.
        """
        try:
            return {one.anchor: one.response for one in reversed(timestamp.read_stamps(self.archive))}
        except (ArchiveError, KeyError, TypeError, ValueError):
            return {}

    def _put(self, name: str, data: bytes, stamp: bytes | None = None) -> None:
        more = {} if stamp is None else {timestamp.file_name(number_of(name)): stamp}
        if not self.to.put({name: data, **more}):
            raise NotDelivered(
                f"it has another file {name}",
                "Run `recordroom verify --anchor` with the file of that anchor. If another archive uses this"
                " destination, set a new one.",
            )

    def _store(self, now: Mapping[str, Any]) -> None:
        """Store the last anchor of this destination, or its failure; another run may store the same."""
        while True:
            found = self.derived.find_tagged(KEY)
            state = _parse(found[0] if found else None)
            number = {"number": state.get(self.to.name, {}).get("number")} if "problem" in now else {}
            state[self.to.name] = {
                name: value for name, value in {**number, **now}.items() if value is not None
            }
            data = orjson.dumps(state, option=orjson.OPT_SORT_KEYS)
            if found and found[0] == data:
                return
            if self.derived.replace(KEY, data, found[1] if found else None):
                return
