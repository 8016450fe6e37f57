"""Checks a copy for court: the folder that `recordroom proof` wrote about one record.

python check_proof.py FOLDER [ANCHOR_FILE ...]

FOLDER is the one with proof.json. ANCHOR_FILE: an anchor that someone kept outside the archive. It prints one
line for each step, with `right`, `WRONG`, or `not checked`, and exits with 1 if any step is wrong.

It needs Python with the packages jq, nh3, feedparser, and warcio, and nothing of recordroom. The numbers in
comments are sections of archive-format.md.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import Any

from consistency import is_complete, is_item, is_listed, read_exchange
from parsing_rules import version
from recompute import Response, rules_of
from warcio.exceptions import ArchiveLoadFailed

FAILURES = (LookupError, TypeError, ValueError, AttributeError, OSError, EOFError, zlib.error)
UNREADABLE = (*FAILURES, ArchiveLoadFailed, RecursionError)
Step = tuple[str, Callable[[], bool] | None]  # what is checked, and how; None: it cannot be checked


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Entry:
    """An entry of a ledger (5.1)."""

    def __init__(self, data: bytes) -> None:
        self.data, self.sha256 = data, digest(data)
        self.fields: dict[str, Any] = json.loads(data)
        self.number: int = self.fields["number"]
        self.body: dict[str, Any] = self.fields["body"]

    def follows(self, before: Entry) -> bool:
        own, other = self.fields, before.fields
        return own["previous"] == before.sha256 and bool(own["time"] >= other["time"])

    @property
    def root(self) -> str:  # 10.6: of what an anchor names
        named = {name: self.body.get(name) for name in ("chains", "unmoved", "previous_root")}
        return version({name: value for name, value in named.items() if value is not None})


class Folder:
    """The files of the folder. Each method fails if what it wants is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, key: str) -> bytes:
        return (self.path / key).read_bytes()

    def entry(self, ledger: str, number: int) -> Entry:
        found = Entry(self.read(f"ledger/{ledger}/{number:012d}.json"))
        if (found.fields["format"], found.fields["ledger"], found.number) != (1, ledger, number):
            raise ValueError(f"this is not entry {number} of {ledger}")
        return found

    def is_chain(self, ledger: str, first: int, last: int) -> bool:
        before = self.entry(ledger, first)
        for number in range(first + 1, last + 1):
            after = self.entry(ledger, number)
            if not after.follows(before):
                return False
            before = after
        return True

    def exchange(self, name: str) -> bytes:
        return self.read(f"exchanges/{name.removeprefix('<urn:uuid:').removesuffix('>')}.warc.gz")


class Version:
    """One version of the record, with what its ledger entry says of it. Fails if the entry cannot be read."""

    def __init__(self, folder: Folder, record: str, section: int, one: dict[str, Any]) -> None:
        self.folder, self.record, self.one = folder, record, one
        self.section = section  # of the page, from 1
        self.ledger, self.number = one["ledger"], one["entry"]
        self.body = folder.entry(self.ledger, self.number).body
        self.delta: dict[str, Any] = one["delta"]
        self.content = self.delta.get("content")  # where the text is, if not in the response of this version
        self.id: str = self.delta["warc_record_id"]

    def is_stated(self) -> bool:  # 9.3, 9.8
        place = f"capture/{self.body['platform']}/{self.body['account']}"
        own = self.body["account"] == self.one["account"] and self.delta["record_id"] == self.record
        return own and place == self.ledger and self.delta in self.body["deltas"]

    def is_anchored(self) -> bool:  # 10.6
        last = self.folder.entry(self.ledger, self.one["anchored_entry"])
        head = self.folder.entry("anchor", self.one["anchor"]).body["chains"][self.ledger]
        named: bool = head == {"number": last.number, "sha256": last.sha256}
        return named and self.number <= last.number

    def is_passed_over(self) -> bool:  # 10.6
        """Return whether an anchor of the folder names this entry, or a later one."""
        files = (self.folder.path / "ledger/anchor").glob("*.json")
        heads = (Entry(file.read_bytes()).body["chains"].get(self.ledger) for file in files)
        return any(head is not None and head["number"] >= self.number for head in heads)

    def is_shown(self) -> bool:  # 6.3
        content, page = self.one["content"], self.folder.read("READ-ME-FIRST.html").decode()
        section = page.split("<section>")[self.section].partition("</section>")[0]
        texts = re.findall(r"<blockquote[^>]*>(.*?)</blockquote>", section, re.DOTALL)
        titles = re.findall(r"<p>Title: <bdi>(.*?)</bdi></p>", section, re.DOTALL)
        shown = [html.unescape("".join(found)) for found in (texts, titles)]
        is_right = shown == [content.get("text") or "", content.get("title") or ""]
        return is_right and bool(version(content) == self.delta["version"])

    def is_sound(self) -> bool:  # 7.2
        lengths = {self.id: self.place[1]}
        if self.content:
            lengths[self.content["warc_record_id"]] = self.content["length"]
        found = {name: self.folder.exchange(name) for name in lengths}
        return all(len(data) == lengths[name] and is_complete(data, name) for name, data in found.items())

    @property
    def place(self) -> tuple[int, int]:  # 7.2: offset and length in the evidence object
        records = [one for item in self.body["evidence"] for one in item["records"]]
        return next((one["offset"], one["length"]) for one in records if one["id"] == self.id)

    def is_listed(self) -> bool:  # 7.3
        noted = read_exchange(self.folder.exchange(self.id), self.id)[1]
        if not self.content:
            return is_listed(self.record, self.delta["pointer"], noted)
        said = [one["status"] for one in noted["absences"] if one["record_id"] == self.record]
        earlier = self.content["warc_record_id"]
        items = read_exchange(self.folder.exchange(earlier), earlier)[1]
        return self.delta["status"] in said and is_item(self.record, self.content["pointer"], items)

    def is_dated(self) -> bool:  # 7.2
        return bool(read_exchange(self.folder.exchange(self.id), self.id)[0] == self.delta["captured_at"])

    def is_recomputed(self) -> bool:  # 6.3
        where = self.content or self.delta
        name = where["warc_record_id"]
        item = Response.read(self.folder.exchange(name), name).item(where["pointer"])
        rules = rules_of(self.parser)
        return rules is not None and version(rules.read(item)) == self.delta["version"]

    @property
    def parser(self) -> str:
        return str(self.delta["canon"].partition("/")[2])

    def has_object(self) -> bool:  # 9.3
        [item] = self.body["evidence"]
        data, (offset, length) = self.folder.read(item["key"]), self.place
        part = data[offset : offset + length] == self.folder.exchange(self.id)
        return part and (len(data), digest(data)) == (item["bytes"], item["sha256"])

    def has_file(self, file: dict[str, Any]) -> bool:  # 8
        data = self.folder.read(f"media/sha256/{file['sha256'][:2]}/{file['sha256']}")
        return (len(data), digest(data)) == (file["bytes"], file["sha256"])

    def list_steps(self) -> Iterator[Step]:
        one, delta, status = self.one, self.delta, self.delta["status"]
        yield f"entry {self.number} of {self.ledger} has exactly what proof.json says", self.is_stated
        if (upto := one["anchored_entry"]) is None and self.is_passed_over():
            yield "proof.json says that no anchor names this entry, and one does", lambda: False
        elif upto is None:
            yield "no anchor names this entry yet", None
        else:
            linked = partial(self.folder.is_chain, self.ledger, self.number, upto)
            yield f"the ledger is linked from entry {self.number} to entry {upto}", linked
            yield f"anchor {one['anchor']} names entry {upto} by its hash", self.is_anchored
        if one["content"] is None:
            yield "this folder does not show the text", None
        else:
            yield "the text in READ-ME-FIRST.html and proof.json has the hash in the entry", self.is_shown
        yield "the stored response is complete, and has its own digests", self.is_sound
        yield "the capture found the record at that place of the response", self.is_listed
        if "import" in self.body:
            yield "it comes from a file that was given to the agency, not from the platform", None
        else:
            yield f"the response was received at {delta['captured_at']}", self.is_dated
        if rules_of(self.parser) is None:
            yield f"there are no parsing rules for {self.parser}: read the response yourself", None
        else:
            yield "the rules read content with the hash in the entry from the response", self.is_recomputed
        if status != "visible" and not self.content:
            yield f"the status {status!r}: the rules do not read it. Read the response yourself", None
        if one["evidence_in_folder"]:
            yield "the complete evidence file has its hash, and this response", self.has_object
        else:
            yield "the hash of the complete evidence file, which is not in this folder", None
        yield from self.list_file_steps()

    def list_file_steps(self) -> Iterator[Step]:
        for name, file in sorted(self.delta.get("media", {}).items()):
            if "sha256" in file:
                yield f"the file {name} has the hash in the entry", partial(self.has_file, file)
            else:
                yield f"the file {name} was never archived: {file.get('missing_reason')}", None


class Check:
    """The steps, in order, with how many had each result."""

    def __init__(self, folder: Folder) -> None:
        self.folder, self.counts = folder, Counter[str]()

    def say(self, result: str, words: str) -> None:
        self.counts[result] += 1
        print(f"{result:<11} {''.join(c if c.isprintable() else ' ' for c in words)}")

    def step(self, words: str, is_right: Callable[[], bool] | None) -> None:
        """Say whether it is right. What cannot be read is wrong."""
        if is_right is None:
            self.say("not checked", words)
            return
        try:
            right, why = is_right(), ""
        except UNREADABLE as problem:
            right, why = False, f" ({type(problem).__name__}: {problem})"
        self.say("right" if right else "WRONG", words + why)

    def run(self, outside: list[Path]) -> None:
        try:
            proof = json.loads(self.folder.read("proof.json"))
            record, anchors = proof["record_id"], proof["anchors"]
            versions = [(one["account"], one["delta"]["sequence"], one) for one in proof["versions"]]
            print(f"The record {json.dumps(record)}, {len(versions)} versions")
        except UNREADABLE as problem:
            self.say("WRONG", f"proof.json cannot be read ({type(problem).__name__}: {problem})")
            return
        for section, (account, sequence, one) in enumerate(versions, 1):
            name = f"{account}, version {sequence}"
            try:
                for words, is_right in Version(self.folder, record, section, one).list_steps():
                    self.step(f"{name}: {words}", is_right)
            except UNREADABLE as problem:
                words = f"{name}: its ledger entry cannot be read"
                self.say("WRONG", f"{words} ({type(problem).__name__}: {problem})")
        for account in sorted({account for account, _, _ in versions}):
            own = [one for other, _, one in versions if other == account]
            words = f"{account}: no version between 1 and {len(own)} is left out"
            self.step(words, partial(self.is_whole, record, own))
        if anchors is None:
            self.step("there is no anchor: ask for a new folder after the next one is made", None)
            for file in outside:
                self.step(f"{file.name}: this folder has no anchor to compare it with", None)
        else:
            self.check_anchors(anchors["first"], anchors["last"], outside)

    def is_whole(self, record: str, own: list[dict[str, Any]]) -> bool:  # 6.4
        known = [one["delta"]["sequence"] for one in own]
        entries = sorted((self.folder.path / "ledger" / own[0]["ledger"]).glob("*.json"))
        deltas = [delta for file in entries for delta in Entry(file.read_bytes()).body["deltas"]]
        found = {one["sequence"] for one in deltas if one["record_id"] == record and "sequence" in one}
        return known == list(range(1, len(own) + 1)) and set(known) == found

    def are_rooted(self, first: int, last: int) -> bool:  # 10.6
        entries = [self.folder.entry("anchor", number) for number in range(first, last + 1)]
        linked = all(after.body["previous_root"] == before.root for before, after in pairwise(entries))
        return linked and all(one.body["root"] == one.root for one in entries)

    def check_anchors(self, first: int, last: int, outside: list[Path]) -> None:
        each = f"anchors {first} to {last}: each"
        self.step(
            f"{each} has the hash of the one before", lambda: self.folder.is_chain("anchor", first, last)
        )
        self.step(f"{each} has the root of what it names", lambda: self.are_rooted(first, last))
        for file in outside:
            self.check_outside(file, first, last)
        if not outside:
            words = "no anchor from outside was given, so the agency could have made all of this later"
            self.step(f"{words}: see READ-ME-FIRST.html", None)

    def check_outside(self, file: Path, first: int, last: int) -> None:
        try:
            anchor = Entry(file.read_bytes())
            number = int(anchor.number) if anchor.fields["ledger"] == "anchor" else 0
        except UNREADABLE as problem:
            self.say("WRONG", f"{file.name} is no anchor ({type(problem).__name__}: {problem})")
            return
        if first <= number <= last:
            words = f"{file.name} is anchor {number} of this folder, byte for byte"
            self.step(words, lambda: self.folder.entry("anchor", number).data == anchor.data)
        elif number == last + 1:
            words = f"{file.name}: anchor {number} has the hash of anchor {last} of this folder"
            self.step(words, lambda: anchor.follows(self.folder.entry("anchor", last)))
        else:
            words = f"{file.name} is anchor {number}. This folder has anchors {first} to {last} only"
            self.step(f"{words}: ask for one of these anchors, or for a new folder", None)


def main() -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may have characters that a terminal lacks
    check = Check(Folder(Path(sys.argv[1])))
    check.run([Path(name) for name in sys.argv[2:]])
    print(", ".join(f"{number} {result}" for result, number in sorted(check.counts.items())))
    return 1 if check.counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
