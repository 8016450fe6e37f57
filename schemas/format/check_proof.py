"""Checks a copy for court: the folder that `recordroom proof` wrote about one record.

python -B check_proof.py FOLDER [ANCHOR_FILE ...]

FOLDER is the one with proof.json. ANCHOR_FILE: an anchor that someone kept outside the archive. It prints one
line for each step, with `right`, `WRONG`, or `not checked`; then the text of each version; then the verdict:

- PROVEN, exit code 0: no step is wrong, and an anchor from outside covers every version;
- WRONG, exit code 1: a step is wrong, or an ANCHOR_FILE could not be compared with the folder;
- NOT PROVEN, exit code 2: no step is wrong, but something is missing. The line says what.

It needs Python with the packages jq, nh3, feedparser, and warcio, and nothing of recordroom. The numbers in
comments are sections of archive-format.md.
"""

from __future__ import annotations

import io
import json
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from proof_anchors import Anchors
from proof_programs import Programs
from proof_quotations import Page
from proof_reader import UNREADABLE, Folder, Wrong, explain
from proof_version import Version, describe, quote

README, INDEX = "READ-ME-FIRST.html", "proof.json"
PROVEN, WRONG, NOT_PROVEN = 0, 1, 2  # exit codes
ALONE = ("status", "published_at", "valid_from", "root_id", "parent_id")  # what the ledger alone binds


class Check:
    """The steps, in order, with how many had each result, and what is missing for a proof."""

    def __init__(self, folder: Folder) -> None:
        self.folder, self.counts = folder, Counter[str]()
        self.anchors = Anchors(folder)
        self.missing: list[str] = []

    def say(self, result: str, words: str) -> None:
        self.counts[result] += 1
        self.write(result, words)

    def write(self, head: str, words: str) -> None:
        print(f"{head:<11} {''.join(c if c.isprintable() else ' ' for c in words)}".rstrip())

    def step(self, words: str, is_right: Callable[[], bool] | None) -> None:
        """Say whether it is right. What cannot be read is wrong."""
        if is_right is None:
            self.say("not checked", words)
            return
        try:
            right, why = is_right(), ""
        except UNREADABLE as problem:
            right, why = False, f" ({explain(problem)})"
        self.say("right" if right else "WRONG", words + why)

    def run(self, outside: list[Path]) -> int:
        """Print all lines, and return the exit code."""
        try:
            proof = json.loads(self.folder.read(INDEX))
            record, listed = proof["record_id"], proof["versions"]
            named = [(f"{one['account']}, version {one['delta']['sequence']}", one) for one in listed]
            self.write("record", f"{json.dumps(record)}, {len(listed)} versions")
        except UNREADABLE as problem:
            self.say("WRONG", f"proof.json cannot be read ({explain(problem)})")
            return self.conclude()
        versions = []
        for name, one in named:
            try:
                version = Version(self.folder, self.anchors, record, one)
                for words, is_right in version.list_steps():
                    self.step(f"{name}: {words}", is_right)
                versions.append((name, version))
            except UNREADABLE as problem:
                self.say("WRONG", f"{name}: its ledger entry cannot be read ({explain(problem)})")
        self.step(f"{README} shows exactly these texts", partial(self.is_shown, versions))
        self.step(
            "no version between the first and the last is left out", partial(self.is_whole, record, listed)
        )
        self.step("proof.json says of the folder what is in it", partial(self.is_described, proof))
        self.check_rest(proof, outside)
        self.find_missing(versions, outside)
        self.print_texts(versions)
        return self.conclude()

    def check_rest(self, proof: dict[str, Any], outside: list[Path]) -> None:
        try:
            programs = Programs(self.folder, self.anchors, proof)
            for words, is_right in programs.list_steps():
                self.step(words, is_right)
        except UNREADABLE as problem:
            programs = None
            self.say("WRONG", f"format/ cannot be read ({explain(problem)})")
        for words, is_right in self.anchors.list_steps(outside):
            self.step(words, is_right)
        for words, is_right in programs.list_late() if programs and outside else ():
            self.step(words, is_right)
        for path in self.folder.list_unused():
            how = "timestamps.py checks it" if path.endswith(".tsr") else "it is no part of the proof"
            self.step(f"{path}: {how}", None)

    def is_shown(self, versions: list[tuple[str, Version]]) -> bool:
        page = Page(self.folder.read(README).decode())
        found = list(page.quotations)
        for name, version in versions:
            expected = version.quotations
            own, found = found[: len(expected)], found[len(expected) :]
            if own != expected:
                words = f"{name}: the page shows {describe(own)}, and the version has {describe(expected)}"
                raise Wrong(words)
        if found:
            raise Wrong(f"the page also shows {describe(found)}")
        if page.problems:
            raise Wrong(page.problems[0])
        return True

    def is_whole(self, record: str, listed: list[dict[str, Any]]) -> bool:  # 6.4
        known: dict[str, list[int]] = {}
        for one in listed:
            known.setdefault(one["ledger"], []).append(one["delta"]["sequence"])
        if not known:
            raise Wrong("proof.json has no version")
        for ledger, sequences in known.items():
            if sequences != list(range(1, len(sequences) + 1)):
                raise Wrong(f"proof.json has the versions {sequences} of {ledger}")
        for ledger in self.folder.list_ledgers():
            for number in self.folder.list_numbers(ledger):
                for delta in self.folder.entry(ledger, number).body["deltas"]:
                    own = delta["record_id"] == record and "sequence" in delta
                    if own and delta["sequence"] not in known.get(ledger, ()):
                        raise Wrong(f"entry {number} of {ledger} has version {delta['sequence']} too")
        return True

    def is_described(self, proof: dict[str, Any]) -> bool:
        numbers = self.anchors.numbers
        stamps = [file for file in self.folder.list_files("ledger/anchor") if file.endswith(".tsr")]
        expected = {
            "format": 1,
            "accounts": sorted({one["account"] for one in proof["versions"]}),
            "anchors": {"first": numbers[0], "last": numbers[-1]} if numbers else None,
        }
        different = [name for name, value in expected.items() if proof[name] != value]
        if stamps != [f"ledger/anchor/{one['anchor']:012d}.tsr" for one in proof["stamps"]]:
            different.append("stamps")
        if different:
            raise Wrong(f"it has another {', another '.join(different)}")
        return True

    def find_missing(self, versions: list[tuple[str, Version]], outside: list[Path]) -> None:
        for name, version in versions:
            anchor, _ = self.anchors.find(version.ledger, version.number)
            if version.proven is None:
                self.missing.append(f"{name}: this folder has no text with the hash in its ledger entry")
            if anchor is None:
                self.missing.append(f"{name}: no anchor in this folder names its ledger entry")
            elif outside and anchor > self.anchors.proven:
                words = f"no anchor from outside covers anchor {anchor}, which names its ledger entry"
                self.missing.append(f"{name}: {words}")
        if not outside:
            self.missing.append("no anchor from outside was given")

    def print_texts(self, versions: list[tuple[str, Version]]) -> None:
        """Print the texts whose hash is in the ledger."""
        print(
            f"\nIf the last line is PROVEN, it is about the texts below. These texts, and not {README},"
            " are what is proved."
        )
        for name, version in versions:
            if version.proven is not None:
                self.write("text", f"{name}: {describe(quote(version.proven))}")
            alone = [f"{key} {json.dumps(version.delta[key])}" for key in ALONE if key in version.delta]
            self.write("ledger only", f"{name}: {', '.join(alone)}")

    def conclude(self) -> int:
        print("\n" + ", ".join(f"{number} {result}" for result, number in sorted(self.counts.items())))
        if number := self.counts["WRONG"]:
            steps = "1 step is" if number == 1 else f"{number} steps are"
            print(f"WRONG: {steps} wrong. The lines above that begin with WRONG say which, and why.")
            return WRONG
        if self.missing:
            self.write("NOT PROVEN:", f"nothing is wrong, but {'; '.join(self.missing)}.")
            return NOT_PROVEN
        print(
            f"PROVEN: the texts above are those that the ledger recorded, unchanged since anchor"
            f" {self.anchors.proven} left the archive. {README} says what this does not prove."
        )
        return PROVEN


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # of a console that is not in UTF-8
    return Check(Folder(Path(sys.argv[1]))).run([Path(name) for name in sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
