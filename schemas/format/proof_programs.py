"""Checks the files in `format/` of the folder that proves one record. Part of check_proof.py.

A program cannot vouch for itself: section 13.5 of archive-format.md says how a person checks these files
first. The numbers in comments are sections of that page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parsing_rules import version
from proof_anchors import Anchors, Step
from proof_reader import UNREADABLE, Entry, Folder, Wrong, digest

LEDGER = "format"


class Programs:
    """The programs, rules, and pages in `format/`, which are one set (10.8)."""

    def __init__(self, folder: Folder, anchors: Anchors, proof: dict[str, Any]) -> None:
        """proof: proof.json."""
        self.folder, self.anchors = folder, anchors
        self.expected, self.listed = proof["format_set"], proof["format_entry"]
        self.found = self._read_files()
        self.entry = self._find_entry()

    def _read_files(self) -> dict[str, dict[str, Any]]:
        found = {}
        for path in self.folder.list_files("format"):
            if "__pycache__" not in path.split("/"):  # Python writes it
                data = self.folder.read(path)
                found[path.removeprefix("format/")] = {"sha256": digest(data), "bytes": len(data)}
        return found

    def _find_entry(self) -> Entry | None:
        """Return the first entry of the ledger, which is the one of this set."""
        try:
            return self.folder.entry(LEDGER, self.folder.list_numbers(LEDGER)[0])
        except UNREADABLE:
            return None

    def has_name(self) -> bool:
        if version(self.found) != self.expected:
            raise Wrong(f"they are the set {version(self.found)}, and proof.json names {self.expected}")
        found = None
        if self.entry:
            anchor, upto = self.anchors.find(LEDGER, self.entry.number)
            found = {"entry": self.entry.number, "anchored_entry": upto, "anchor": anchor}
        if found != self.listed:
            raise Wrong("proof.json has another format_entry")
        return True

    def is_set(self) -> bool:
        body = self.entry.body if self.entry else {}
        listed: dict[str, Any] = body["files"]
        if version(listed) != body["set"]:
            raise Wrong("the name of the set is not the hash of its list of files")
        paths = sorted(listed.keys() | self.found.keys())
        if different := [path for path in paths if listed.get(path) != self.found.get(path)]:
            raise Wrong(f"not as in the entry: {', '.join(different)}")
        return True

    def list_steps(self) -> Iterator[Step]:
        yield "format/: its files are the set that proof.json names, with that entry", self.has_name
        numbers = self.folder.list_numbers(LEDGER)
        if not numbers:
            words = "this folder has no entry of the ledger format, so no anchor covers these files"
            yield f"format/: {words}", None
            return
        yield f"format/: entry {numbers[0]} of format has each file with its hash", self.is_set
        if self.anchors.find(LEDGER, numbers[0])[0] is None:
            yield f"format/: no anchor in this folder names entry {numbers[0]} of format", None
        for words, is_right in self.anchors.list_links(LEDGER, numbers[0]):
            yield f"format/: {words}", is_right

    def list_late(self) -> Iterator[Step]:
        """Yield a step if the set has an anchor, and none from outside covers it."""
        if self.entry is not None:
            anchor = self.anchors.find(LEDGER, self.entry.number)[0]
            if anchor is not None and anchor > self.anchors.proven:
                yield f"format/: no anchor from outside covers anchor {anchor}, which names its entry", None
