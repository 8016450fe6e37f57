"""Find the way from a ledger entry to an anchor, for the folder that proves a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from recordroom.archive import anchor, format_set, timestamp
from recordroom.archive.format_set import FormatSet
from recordroom.archive.ledger import Ledger, tail_of
from recordroom.archive.store import Store
from recordroom.archive.timestamp import Stamp

_SLACK = timedelta(days=1)  # clocks of two writers never differ by more


@dataclass(slots=True)
class LedgerPath:
    """The way from a ledger entry to an anchor."""

    ledger: str
    entry: int
    written: datetime  # when that entry was
    anchor: int | None = None  # the first that names an entry at or after this one
    anchored: int | None = None  # that entry

    @property
    def entries(self) -> range:
        return range(self.entry, (self.anchored or self.entry) + 1)

    def describe(self) -> dict[str, Any]:
        """Return the way as proof.json has it."""
        return {"entry": self.entry, "anchored_entry": self.anchored, "anchor": self.anchor}


def find_set(archive: Store, explained: FormatSet) -> LedgerPath | None:
    """Return the first ledger entry that names this format set; None if the archive has none."""
    for entry in Ledger(archive, format_set.NAME).entries():
        if entry.type == format_set.TYPE and entry.body["set"] == explained.name:
            return LedgerPath(format_set.NAME, entry.number, entry.at)
    return None


def find_anchors(
    archive: Store, ways: Sequence[LedgerPath], own_set: LedgerPath | None
) -> tuple[range, set[str]]:
    """Find the first anchor of each version, and of the format set.

    Return the anchors from the earliest of these to the newest, and the accounts that they name. Both are
    empty if no anchor names any version.
    """
    ledger, accounts = Ledger(archive, anchor.NAME), dict[int, set[str]]()
    every = [*ways, own_set] if own_set else list(ways)
    before = ledger.last_by(min(one.written for one in every) - _SLACK)
    last = before.number if before else 0
    for entry in ledger.entries(tail_of(before) if before else None):
        last, heads = entry.number, entry.body["chains"]
        for one in every:
            head = heads.get(one.ledger, {"number": 0})["number"]
            if one.anchor is None and head >= one.entry:
                one.anchor, one.anchored = entry.number, head
        names = (*heads, *entry.body.get("unmoved", ()))
        accounts[entry.number] = {name.rpartition("/")[2] for name in names if name.startswith("capture/")}
    if not any(one.anchor for one in ways):
        if own_set:
            own_set.anchor = own_set.anchored = None  # its anchor is not in the folder
        return range(0), set()
    anchors = range(min(one.anchor for one in every if one.anchor), last + 1)
    return anchors, {name for number in anchors for name in accounts[number]}


def find_stamps(archive: Store, ways: Sequence[LedgerPath], anchors: range) -> list[Stamp]:
    """Return for each version the first time stamp of its anchor, or of a later one in the folder."""
    ledger, found = Ledger(archive, timestamp.NAME), dict[int, Stamp]()
    waiting = {one.anchor for one in ways if one.anchor}
    before = ledger.last_by(min(one.written for one in ways) - _SLACK)
    for entry in ledger.entries(tail_of(before) if before else None):
        if not waiting:
            break
        if entry.type == timestamp.TYPE and entry.body["anchor"] in anchors:
            stamp = timestamp.stamp_of(entry)
            covered = {number for number in waiting if number <= stamp.anchor}
            waiting -= covered
            if covered:
                found[stamp.anchor] = stamp
    return [one for _, one in sorted(found.items())]


def list_entries(ways: Iterable[LedgerPath]) -> list[tuple[str, int]]:
    """Return (ledger, number) of each entry on these ways."""
    return sorted({(one.ledger, number) for one in ways for number in one.entries})
