"""Checks of anchors against each other and against all chains, for `verify`.

An anchor names an entry of every chain: in `chains`, with its hash, if the chain has grown since the anchor
before, else in `unmoved`, with the number of the anchor whose `chains` has it. Anchors of earlier versions
have no `unmoved`. The walk gives this class each entry once, those of the ledger `anchor` first and in order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from recordroom.archive.anchor import NAME, root_of
from recordroom.archive.anchor_proof import AnchorProof, ProvedTime, make_proof
from recordroom.archive.ledger import Entry, key_of

GRACE = timedelta(minutes=15)  # a chain may begin while an anchor is made, by another machine's clock


class AddProblem(Protocol):
    """Report one thing that is not as it must be."""

    def __call__(self, object_: str, problem: str, expected: str = "", found: str = "") -> None: ...


class AnchorChecks:
    """What the anchors of an archive name.

    outside: anchors that were kept outside the archive.
    """

    def __init__(self, add: AddProblem, outside: Iterable[Entry] = ()) -> None:
        self._add = add
        self._db = sqlite3.connect("")
        self._db.execute(
            "CREATE TABLE claims (ledger TEXT, number INTEGER, sha256 TEXT, by TEXT, seen INTEGER DEFAULT 0,"
            " PRIMARY KEY (ledger, number, sha256)) WITHOUT ROWID"
        )
        self._last: Entry | None = None  # the last anchor whose body is valid, as are all before it
        self._is_broken = False  # an anchor is missing or invalid: what follows from all of them is unknown
        self._named: dict[str, int] = {}  # ledger -> number of the last anchor that has it in `chains`
        self._heads: dict[str, int] = {}  # ledger -> number of its entry that this anchor names
        self.hashes: dict[int, str] = {}  # number of an anchor of the archive -> its hash
        self._begun: dict[str, datetime] = {}  # ledger that no anchor names -> when it began
        self._outside = list(outside)
        self._ends: dict[str, dict[str, int]] = {}  # hash of an anchor from outside -> heads when it was made
        for entry in self._outside:
            self._note_claims(entry, f"the anchor {entry.number} from outside")

    def check(self, entry: Entry) -> None:
        """Check an entry of any chain, and note what an anchor names.

        KeyError, TypeError, AttributeError, or sqlite3.Error if the body of an anchor is not valid.
        """
        if entry.ledger == NAME:
            self.hashes[entry.number] = entry.sha256
            try:
                self._check_anchor(entry)
            except BaseException:
                self._is_broken = True
                raise
        elif entry.number == 1 and entry.ledger not in self._named:
            self._begun[entry.ledger] = entry.at
        place = (entry.ledger, entry.number)
        claims = self._db.execute("SELECT sha256, by FROM claims WHERE ledger = ? AND number = ?", place)
        for digest, by in claims.fetchall():
            if digest != entry.sha256:
                self._add(key_of(*place), f"is not the entry that {by} names", digest, entry.sha256)
        self._db.execute("UPDATE claims SET seen = 1 WHERE ledger = ? AND number = ?", place)

    def finish(self) -> None:
        """Report entries that an anchor names and that are missing, and chains that no anchor names."""
        for ledger, number, digest, by in self._db.execute(
            "SELECT ledger, number, sha256, by FROM claims WHERE seen = 0"
        ):
            self._add(
                key_of(ledger, number),
                f"existed when {by} was made and is missing now: the ledger was cut",
                digest,
                "absent",
            )
        self._db.close()
        if self._last is None or self._is_broken:
            return
        for ledger, begun in self._begun.items():
            if begun < self._last.at - GRACE:
                self._add(
                    key_of(ledger, 1),
                    f"the ledger began before anchor {self._last.number}, which does not name it",
                )

    def make_proofs(
        self, now: Mapping[str, int], objects: Sequence[str], times: Sequence[ProvedTime]
    ) -> list[AnchorProof]:
        """Return what each anchor from outside proves, in the order in which they were given.

        now: ledger -> its last entry. objects: names of the objects with a problem. times: of right stamps.
        """
        return [make_proof(one, self._ends.get(one.sha256), now, objects, times) for one in self._outside]

    def _check_anchor(self, entry: Entry) -> None:
        self._note_claims(entry, f"anchor {entry.number}")
        before, chains = self._last, entry.body["chains"]
        if entry.number != (before.number if before else 0) + 1:
            self._is_broken = True
        if not self._is_broken:
            self._check_order(entry, before)
        self._named.update(dict.fromkeys(chains, entry.number))
        self._heads.update((name, head["number"]) for name, head in chains.items())
        self._last = entry
        if any(one.sha256 == entry.sha256 for one in self._outside):
            self._ends[entry.sha256] = self._heads | {NAME: entry.number}

    def _check_order(self, entry: Entry, before: Entry | None) -> None:
        """Check what an anchor says of those before it."""
        root = before.body["root"] if before else None
        if entry.body["previous_root"] != root:
            self._add(
                key_of(NAME, entry.number),
                "does not have the root of the anchor before it",
                str(root),
                str(entry.body["previous_root"]),
            )
        chains = entry.body["chains"]
        right = {name: number for name, number in self._named.items() if name not in chains}
        stated = entry.body.get("unmoved", right)  # anchors of earlier versions do not have it
        wrong = sorted(name for name in stated.keys() | right.keys() if stated.get(name) != right.get(name))
        if wrong:
            others = f" and {len(wrong) - 1} other ledgers" if wrong[1:] else ""
            self._add(
                key_of(NAME, entry.number),
                f"names the wrong anchor for {wrong[0]}{others}",
                str(right.get(wrong[0], "none")),
                str(stated.get(wrong[0], "none")),
            )

    def _note_claims(self, entry: Entry, by: str) -> None:
        root = root_of(entry.body)
        if entry.body["root"] != root:
            self._add(
                key_of(NAME, entry.number),
                f"the root of {by} does not match its ledgers",
                root,
                str(entry.body["root"]),
            )
        rows = [(name, head["number"], head["sha256"], by) for name, head in entry.body["chains"].items()]
        rows.append((NAME, entry.number, entry.sha256, by))
        if entry.previous is not None:
            rows.append((NAME, entry.number - 1, entry.previous, by))
        self._db.executemany(
            "INSERT OR IGNORE INTO claims (ledger, number, sha256, by) VALUES (?, ?, ?, ?)", rows
        )
