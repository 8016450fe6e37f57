"""Verifies an archive by archive-format.md alone. It imports nothing of recordroom.

python verifier.py ARCHIVE [--derived DERIVED] [--anchor FILE ...]

ARCHIVE and DERIVED are each a copy of the bucket in a folder, or the bucket itself: s3://BUCKET or
https://ENDPOINT/BUCKET. FILE is an anchor that someone kept outside the archive.

It prints one line for each problem, then what was checked, and what was not. It exits with 1 if there is any
problem. It needs Python with the package warcio; boto3 for a bucket; pyarrow for DERIVED. The numbers in
comments are sections of the page.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import consistency
from sources import Source, find_source


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:  # 4
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Verifier:
    def __init__(self, archive: Source, derived: Source | None = None, outside: Sequence[Path] = ()) -> None:
        self.archive, self.derived, self.outside = archive, derived, outside
        self.problems: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.entries: dict[str, dict[str, Any]] = {}
        self.manifests: list[dict[str, Any]] = []
        self.chains: dict[str, list[tuple[dict[str, Any], str]]] = {}  # entries with their hashes
        self.heads: dict[str, dict[str, str]] = {}  # entries that anchors name: key -> sha256 -> who says so
        self.last_anchor: dict[str, Any] = {"number": 0, "body": {"root": None}}
        self.named_by: dict[str, int] = {}  # chain -> the last anchor that has its head in `chains`
        self.covered: dict[str, int] = {}  # chain -> its last entry that an anchor names
        self.named: dict[str, set[tuple[int, str]]] = {}  # objects that entries name: key -> (bytes, sha256)
        self.index: dict[str, list[dict[str, Any]]] = {}  # evidence -> its exchanges, as manifests say

    def run(self) -> list[tuple[str, str]]:
        """Return (object, problem) of everything that is not as the page says."""
        for file in self.outside:
            with self.reading(file.name):
                data = file.read_bytes()
                self.note_anchor(f"ledger/anchor/{json.loads(data)['number']:012d}.json", data, file.name)
        self.list_keys()
        for folder in sorted({k.rpartition("/")[0] for k in self.keys if k.startswith("ledger/")}):
            self.walk_chain(folder)
        for key in self.heads.keys() - set(self.keys):
            self.say(key, f"is not there, but {' and '.join(self.heads[key].values())} names it")
        with self.reading("ledger/anchor"):
            self.check_begun()
        for entry in self.manifests:
            with self.reading(consistency.key_of(entry)):
                self.note_objects(entry)
        for entry, _ in self.chains.get("format", ()):
            with self.reading(consistency.key_of(entry)):
                self.note_set(entry)
        self.check_objects()
        self.problems += consistency.check(self.chains, self.archive.get_range)
        if self.derived:
            import rows

            with self.reading("records"):
                self.problems += rows.check(self.manifests, self.derived)
        self.problems = list(dict.fromkeys(self.problems))
        return self.problems

    def say(self, key: str, problem: str) -> None:
        self.problems.append((key, problem))

    @contextmanager
    def reading(self, key: str) -> Iterator[None]:
        """Turn what a malformed object raises into a problem."""
        try:
            yield
        except consistency.UNREADABLE as problem:
            self.say(key, f"cannot be read: {type(problem).__name__}: {problem}")

    def get(self, key: str) -> bytes:
        try:
            data, is_held = self.archive.get(key)
        except OSError as problem:
            self.say(key, f"cannot be read: {problem}")
            return b""
        if not is_held:
            self.say(key, "is not under legal hold")
        return data

    def list_keys(self) -> None:  # 3.1
        for key, versions, deleted in self.archive.list():
            if versions != 1 or deleted:
                self.say(key, f"has {versions} versions{' and a delete marker' if deleted else ''}")
            if not consistency.KEY.fullmatch(key):
                self.say(key, "has a name that section 3.1 does not know")
            elif not deleted:
                self.keys.append(key)

    def walk_chain(self, folder: str) -> None:  # 5
        number, previous, time = 0, None, ""
        for key in [k for k in self.keys if k.rpartition("/")[0] == folder]:
            data, here = self.get(key), int(key.rpartition("/")[2][:12])
            entry = self.entries[key] = self.parsed(data)
            own = {"format": 1, "ledger": folder.removeprefix("ledger/"), "number": here}
            right = {name: entry.get(name) for name in own} == own and consistency.is_entry(entry)
            if not right:
                self.say(key, "is not the entry that its key says")
            if here != number + 1:
                self.say(f"{folder}/{number + 1:012d}.json", "is not there")
            with self.reading(key):
                if right and here == number + 1 and (entry["previous"] != previous or entry["time"] < time):
                    self.say(key, "does not follow the entry before it")
                if right and folder == "ledger/anchor":
                    self.note_anchor(key, data, f"anchor {here}")
                    self.follow_anchor(key, entry)
                if right:
                    self.chains.setdefault(folder.removeprefix("ledger/"), []).append((entry, digest(data)))
                if right and folder.startswith("ledger/capture/") and entry["type"] == "manifest":
                    self.manifests.append(entry)
            for sha256, who in self.heads.get(key, {}).items():
                if right and sha256 != digest(data):
                    self.say(key, f"does not have the hash that {who} names")
            number, previous, time = here, digest(data), entry["time"] if right else time

    @staticmethod
    def parsed(data: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(data)
        except ValueError:
            return {}
        return entry if isinstance(entry, dict) else {}

    def note_anchor(self, key: str, data: bytes, who: str) -> None:  # 10.6
        """Note what an anchor of the archive, or one from outside, names."""
        entry = json.loads(data)
        body, before = entry["body"], f"ledger/anchor/{entry['number'] - 1:012d}.json"
        names = ("chains", "unmoved", "previous_root")
        rooted = {name: body[name] for name in names if body.get(name) is not None}
        if body["root"] != digest(canonical(rooted)):
            self.say(key, f"{who} does not have the root of what it names")
        named = {f"ledger/{n}/{e['number']:012d}.json": e["sha256"] for n, e in body["chains"].items()}
        named |= {key: digest(data)} | ({before: entry["previous"]} if entry["previous"] else {})
        for name, sha256 in named.items():
            self.heads.setdefault(name, {}).setdefault(sha256, who)
        for name, head in body["chains"].items():
            self.covered[name] = max(head["number"], self.covered.get(name, 0))

    def follow_anchor(self, key: str, entry: dict[str, Any]) -> None:  # 10.6
        if entry["number"] != self.last_anchor["number"] + 1:
            return  # an anchor before it is not there: what all of them name is not known
        body = entry["body"]
        right = {name: number for name, number in self.named_by.items() if name not in body["chains"]}
        if body.get("unmoved", right) != right:
            self.say(key, "does not name the anchor of every other chain")
        if body["previous_root"] != self.last_anchor["body"]["root"]:
            self.say(key, "does not have the root of the anchor before it")
        self.named_by |= dict.fromkeys(body["chains"], entry["number"])
        self.last_anchor = entry

    def check_begun(self) -> None:  # 12, step 3
        known = [entry for entry in self.entries.values() if "ledger" in entry]
        for entry in [one for one in known if one.get("number") == 1 and self.named_by]:
            late = written(entry) > written(self.last_anchor) - timedelta(minutes=15)
            if entry["ledger"] not in ("anchor", *self.named_by) and not late:
                self.say(f"ledger/{entry['ledger']}/{1:012d}.json", "is of a chain that no anchor names")

    def note_objects(self, entry: dict[str, Any]) -> None:  # 9.3, 9.8
        body = entry["body"]
        told = [delta for delta in body["deltas"] if "sequence" in delta]
        files = [one for delta in told for one in delta.get("media", {}).values() if "sha256" in one]
        for file in (*body["media"], *files):
            self.name(media_key(file["sha256"]), file)
        for item in body["evidence"]:
            self.name(item["key"], item)
            self.index.setdefault(item["key"], []).extend(item["records"])

    def note_set(self, entry: dict[str, Any]) -> None:  # 10.8
        files, name = entry["body"]["files"], entry["body"]["set"]
        if name != digest(canonical(files)):
            self.say(consistency.key_of(entry), "its set is not named by the hash of its files")
        for path, file in files.items():
            self.name(f"format/{name}/{path}", file)

    def name(self, key: str, file: dict[str, Any]) -> None:
        self.named.setdefault(key, set()).add((file["bytes"], file["sha256"]))

    def check_objects(self) -> None:  # 7, 8
        objects = [k for k in self.keys if k.startswith(("evidence/", "media/", "format/"))]
        for key in self.named.keys() - set(objects):
            self.say(key, "is not there, but an entry of a ledger names it")
        for key in objects:
            data = self.get(key)
            same = self.named.get(key, set()) <= {(len(data), digest(data))}
            if not same:
                self.say(key, "does not have the size and hash in each ledger entry that names it")
            if key.startswith("media/"):
                if key != media_key(digest(data)):
                    self.say(key, "does not have the bytes that its name says")
            elif key.startswith("format/"):
                if key not in self.named:
                    self.say(key, "is named by no entry of the ledger format")
            else:
                with self.reading(key):
                    self.check_evidence(key, data, same=same)

    def check_evidence(self, key: str, data: bytes, *, same: bool) -> None:
        name = key.rpartition("/")[2]
        if key not in self.named:  # 7.1
            began = datetime.strptime(f"{name[:15]}+0000", "%Y%m%dT%H%M%S%z")
            age = datetime.now(UTC) - began
            if self.archive.is_copy or abs(age) >= timedelta(minutes=15):
                newest = max((written(entry) for entry in self.entries.values()), default=began)
                recent = newest - began < timedelta(minutes=15)
                hint = ". It may be of a capture that ran when the copy was made" if recent else ""
                self.say(key, f"no manifest names it{hint}")
        if (known := consistency.read_file_name(data)) != name:  # 7.2
            self.say(key, f"its warcinfo names {known!r}")
        elif same and not consistency.are_complete(data, self.index.get(key, [])):
            self.say(key, "does not hold the exchanges that its manifest lists")

    def list_uncovered(self) -> Iterator[str]:
        """Yield the entries that no anchor covers."""
        for name, entries in sorted(self.chains.items()):
            first, last = self.covered.get(name, 0) + 1, entries[-1][0]["number"]
            if name != "anchor" and first <= last:
                yield f"{name} {first}" + (f" to {last}" if first < last else "")


def media_key(sha256: str) -> str:  # 3.1
    return f"media/sha256/{sha256[:2]}/{sha256}"


def written(entry: dict[str, Any]) -> datetime:  # 5.5
    store = entry.get("clock_skew", {}).get("store", "9999-01-01T00:00:00Z")
    return datetime.fromisoformat(min(entry.get("time", "9999-01-01T00:00:00Z"), store))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("--derived")
    parser.add_argument("--anchor", nargs="*", default=[], type=Path)
    given = parser.parse_args()
    try:
        archive, derived = find_source(given.archive), given.derived and find_source(given.derived)
    except FileNotFoundError as problem:
        parser.error(str(problem))
    verifier = Verifier(archive, derived, given.anchor)
    for name, words in verifier.run():
        print(f"{name}: {''.join(c if c.isprintable() else ' ' for c in words)}")
    if not verifier.entries:
        parser.error(f"{given.archive} has no ledger: it is no archive")
    counts = len(verifier.entries), len(verifier.chains), len(verifier.keys)
    print("Checked: {} entries of {} ledgers, {} objects".format(*counts))
    print(f"No anchor covers: {', '.join(verifier.list_uncovered()) or 'nothing; every entry is covered'}")
    left = ["the versions of records (recompute.py does that)"]
    left += ["anchors from outside: without one, all of it could have been made again"] * (not given.anchor)
    left += ["anything against anchors: this archive has none"] * (not verifier.named_by)
    left += ["versions and legal holds of objects, which a copy does not have"] * archive.is_copy
    left += ["rows in the derived bucket"] * (derived is None)
    print(f"Not checked: {'; '.join(left)}")
    print(f"{len(verifier.problems)} problems")
    return 1 if verifier.problems else 0


if __name__ == "__main__":
    sys.exit(main())
