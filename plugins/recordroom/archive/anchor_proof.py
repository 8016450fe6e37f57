"""What an anchor that was kept outside the archive proves about the archive, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from recordroom.archive.ledger import Entry
from recordroom.dates import format_both_zones
from recordroom.text import counted, to_one_line

LISTED = 20  # most ledgers that the words list; --json lists all
_ENTRY = re.compile(r"ledger/(?P<name>.+)/(?P<number>[0-9]{12})\.json")


@dataclass(frozen=True, slots=True)
class ProvedTime:
    """A time at which an anchor existed, as another party signed it."""

    anchor: int  # number
    authority: str  # address of the party
    time: datetime
    is_signed: bool  # whether the signature was checked


@dataclass(frozen=True, slots=True)
class AnchorProof:
    """What an anchor from outside proves after a check of the complete archive."""

    anchor: Entry
    ends: (
        Mapping[str, int] | None
    )  # ledger -> last entry up to this anchor; None: the archive has another anchor
    problems: int  # found by the check in what this anchor names
    later: int  # entries that were written after this anchor
    stamp: ProvedTime | None  # the earliest of this anchor or of a later one, which covers it

    @property
    def is_proved(self) -> bool:
        """Whether everything up to this anchor is as it was when the anchor left the archive."""
        return self.ends is not None and not self.problems

    def describe(self) -> list[str]:
        """Return lines that say what is proved, and what is not."""
        name = f"anchor {self.anchor.number} of {format_both_zones(self.anchor.time)}"
        if self.ends is None:
            return [
                f"  The archive does not have {name} as this file has it.",
                "  The archive was changed after this anchor left it, or the file is of another archive.",
            ]
        if self.problems:
            return [
                f"  {counted(self.problems, 'problem')} above may concern what {name} names.",
                "  Not proved: that the archive up to this anchor is as it was.",
            ]
        entries = f"{counted(sum(self.ends.values()), 'entry')} of {counted(len(self.ends), 'ledger')}"
        later = f"  Not proved: {counted(self.later, 'entry')} written later. A newer anchor proves them."
        return [
            f"  This is {name}. It covers {entries}: {_list_ends(self.ends)}.",
            "  Proved: since this file left the archive, none of these entries, and none of the evidence and",
            "  files that they name, was changed, removed, or added.",
            *self._describe_time(),
            *([later] if self.later else []),
            "  Not proved: that a platform told the truth, and what was never captured.",
        ]

    def _describe_time(self) -> list[str]:
        stamp = self.stamp
        if stamp is None:
            return [
                "  Not proved: its time, which is that of the machine that wrote it. It has no time stamp."
            ]
        when = format_both_zones(stamp.time)
        by = to_one_line(stamp.authority)
        if not stamp.is_signed:
            return [
                f"  Not proved: its time. A stamp says that anchor {stamp.anchor} existed on {when}.",
                f"  Anyone can have made it: check its signature by a certificate of {by} (--timestamp-ca).",
            ]
        return [
            f"  Proved: anchor {stamp.anchor} and everything before it existed on {when}.",
            f"  {by} signed that time.",
        ]


def make_proof(
    anchor: Entry,
    ends: Mapping[str, int] | None,
    now: Mapping[str, int],
    objects: Iterable[str],
    times: Iterable[ProvedTime],
) -> AnchorProof:
    """Judge an anchor from outside.

    ends: as in AnchorProof. now: ledger -> its last entry. objects: names of the objects with a problem.
    times: of right stamps.
    """
    covered = ends or {}
    after = sum(max(0, number - covered.get(name, 0)) for name, number in now.items())
    stamp = min((one for one in times if one.anchor >= anchor.number), key=lambda one: one.time, default=None)
    return AnchorProof(anchor, ends, sum(not _is_later(one, covered) for one in objects), after, stamp)


def _is_later(name: str, ends: Mapping[str, int]) -> bool:
    """Return whether an object is an entry that was written after the anchor."""
    found = _ENTRY.fullmatch(name)
    return found is not None and int(found["number"]) > ends.get(found["name"], 0)


def _list_ends(ends: Mapping[str, int]) -> str:
    names = sorted(ends)
    words = [f"{to_one_line(name)} up to {ends[name]}" for name in names[:LISTED]]
    if names[LISTED:]:
        words.append(f"and {counted(len(names) - LISTED, 'other ledger')} (--json lists them)")
    return ", ".join(words)
