"""Checks the anchors in the folder that proves one record, and those from outside. Part of check_proof.py.

The anchors are the files in ledger/anchor/. The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from proof_reader import UNREADABLE, Entry, Folder, Wrong, explain

Step = tuple[str, Callable[[], bool] | None]  # what is checked, and how; None: it cannot be checked


class Anchors:
    """The anchors of the folder."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.numbers = folder.list_numbers("anchor")
        self.proven = 0  # the last anchor that is tied to one from outside
        self._heads: dict[int, dict[str, int]] = {}  # anchor -> ledger -> entry, of ledgers in the folder
        known = {"format", *folder.list_ledgers()}
        for number in self.numbers:
            try:
                chains = folder.entry("anchor", number).body["chains"]
                self._heads[number] = {name: int(chains[name]["number"]) for name in known & chains.keys()}
            except UNREADABLE:  # a step says so
                continue

    @property
    def words(self) -> str:
        return f"anchors {self.numbers[0]} to {self.numbers[-1]}" if self.numbers else "no anchors"

    def find(self, ledger: str, entry: int) -> tuple[int, int] | tuple[None, None]:
        """Return the first anchor that names an entry at or after this one, and that entry."""
        for number, heads in self._heads.items():
            if heads.get(ledger, 0) >= entry:
                return number, heads[ledger]
        return None, None

    def is_named(self, ledger: str, anchor: int, entry: int) -> bool:  # 10.6
        last = self.folder.entry(ledger, entry)
        head = self.folder.entry("anchor", anchor).body["chains"][ledger]
        return bool(head == {"number": entry, "sha256": last.sha256})

    def list_links(self, ledger: str, entry: int) -> Iterator[Step]:
        """Yield the steps from an entry to its anchor; none if no anchor names it."""
        anchor, upto = self.find(ledger, entry)
        if anchor is not None and upto is not None:
            linked = partial(self.folder.check_chain, ledger, entry, upto)
            yield f"the ledger is linked from entry {entry} to entry {upto}", linked
            yield (
                f"anchor {anchor} names entry {upto} by its hash",
                partial(self.is_named, ledger, anchor, upto),
            )

    def list_steps(self, outside: list[Path]) -> Iterator[Step]:
        if self.numbers:
            each = f"{self.words}: each"
            linked = partial(self.folder.check_chain, "anchor", self.numbers[0], self.numbers[-1])
            yield f"{each} has the hash of the one before", linked
            yield f"{each} has the root of what it names", self.are_rooted
        else:
            yield "this folder has no anchor: ask for a new folder after the next one is made", None
        for file in outside:
            yield f"{file.name}: it is an anchor of this folder, or the next one", partial(self.compare, file)
        if not outside:
            words = "no anchor from outside was given, so the agency could have made all of this later"
            yield f"{words}: see READ-ME-FIRST.html", None

    def are_rooted(self) -> bool:  # 10.6
        before = None
        for number in self.numbers:
            one = self.folder.entry("anchor", number)
            if one.body["root"] != one.root:
                raise Wrong(f"anchor {number} has another root")
            if before is not None and one.body["previous_root"] != before:
                raise Wrong(f"anchor {number} does not have the root of anchor {number - 1}")
            before = one.root
        return True

    def compare(self, file: Path) -> bool:
        """Compare an anchor from outside with the folder. Wrong if there is nothing to compare it with."""
        if not file.is_file():
            raise Wrong("there is no such file")
        try:
            anchor = Entry(file.read_bytes())
            if anchor.fields["ledger"] != "anchor" or type(anchor.number) is not int:
                raise Wrong("it is an entry of another ledger")
        except UNREADABLE as problem:
            raise Wrong(f"it is not an anchor: {explain(problem)}") from problem
        number, last = anchor.number, self.numbers[-1] if self.numbers else 0
        if number in self.numbers:
            if self.folder.entry("anchor", number).data != anchor.data:
                raise Wrong(f"it is anchor {number}, and anchor {number} of this folder has other bytes")
        elif not self.numbers or number != last + 1:
            words = (
                f"it is anchor {number}, and was compared with nothing, because this folder has {self.words}"
            )
            raise Wrong(f"{words}. Ask for one of these anchors, or for a new folder")
        elif not anchor.follows(self.folder.entry("anchor", last)):
            raise Wrong(f"it is anchor {number}, and does not have the hash of anchor {last} of this folder")
        self.proven = max(self.proven, min(number, last))
        return True
