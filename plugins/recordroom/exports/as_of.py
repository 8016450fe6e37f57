"""What stood at `as_of`: for each capture chain in scope the last entry up to then, how many rows it makes, the register, the gaps.

All that an export says follows from these entries and from those before them: equal `as_of`, equal entries. Only an entry whose put is
under way at `as_of` itself could come later and still count: `assemble` looks again at the end (production.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.store import Store
from recordroom.register.validation import name_entries
from recordroom.search.scope import list_platforms

Wanted = Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Reached:
    """One account: `number`, `sha256` and `time` of its last entry up to `as_of`; `rows`: its rows up to it."""

    account: str
    platform: str
    number: int
    sha256: str
    time: datetime
    rows: int

    @property
    def ledger(self) -> str:
        return f"capture/{self.platform}/{self.account}"


@dataclass(frozen=True, slots=True)
class Standing:
    """`series`: the register's default for each account at `as_of`. `uncaptured`: accounts in scope of that register, and such that were
    asked for by name, of which no capture was committed by then."""

    as_of: datetime
    chains: tuple[Reached, ...]
    agency: Mapping[str, str]
    series: Mapping[str, str | None]
    uncaptured: tuple[str, ...]
    gaps: tuple[Gap, ...]

    def only(self, holders: Collection[str] | None) -> Standing:
        """What is told of these accounts alone, where they are known to hold all that was chosen; every chain in scope stays."""
        if holders is None:
            return self
        gaps = tuple(gap for gap in self.gaps if gap.account in holders)
        return replace(self, gaps=gaps, uncaptured=tuple(name for name in self.uncaptured if name in holders))

    @property
    def upto(self) -> dict[str, int]:
        return {chain.account: chain.number for chain in self.chains}


def at(archive: Store, as_of: datetime, wanted: Wanted, named: Collection[str] = ()) -> Standing:
    """`wanted` (account, platform) says what is in scope; `named`: accounts that were asked for, which may be in the archive since. Of
    others that came since nothing is told: whoever asks for the same moment again gets the same."""
    chains = chains_at(archive, as_of, wanted)
    register = Ledger(archive, "register").last_by(as_of)
    body = register.body if register else {"agency": {}, "accounts": []}
    entries, platforms = dict(name_entries(body["accounts"])), list_platforms(register)
    scope = {name for name in entries if wanted(name, platforms[name])}
    captured = {chain.account for chain in chains}
    series = {name: entries.get(name, {}).get("series") for name in captured}
    known = Gaps(archive)
    lacking = {gap.account for gap in known.all() if wanted(gap.account, platforms.get(gap.account, ""))}
    gaps = sorted(known.as_of(as_of, captured | lacking), key=lambda g: (g.account, g.opened_at, g.gap_id))
    begun = capture_chains(archive) if named else ()
    since = {chain.id for chain in begun if chain.id in named and wanted(chain.id, chain.platform)}
    return Standing(
        as_of, chains, body["agency"], series, tuple(sorted((scope | since) - captured)), tuple(gaps)
    )


def chains_at(archive: Store, as_of: datetime, wanted: Wanted) -> tuple[Reached, ...]:
    """Every chain in scope that had begun by `as_of`, by account."""
    found = []
    for chain in capture_chains(archive):
        last = Ledger(archive, chain.ledger).last_by(as_of) if wanted(chain.id, chain.platform) else None
        if last is not None:
            found.append(
                Reached(
                    chain.id, chain.platform, last.number, last.sha256, last.time, last.body["rows"]["total"]
                )
            )
    return tuple(sorted(found, key=lambda c: c.account))
