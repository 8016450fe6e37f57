"""Checks that the archive is as it was written.

Walks every chain from its first entry, and every object's versions, markers, hold, and bytes. Objects are
listed first and chains read later, so that a capture in between cannot make a false alarm. A temporary
database compares what manifests name with what the bucket has: memory stays flat however large the archive.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from recordroom.archive import conformance, evidence, format_set, media, timestamp
from recordroom.archive.anchor import NAME as ANCHOR
from recordroom.archive.anchor_checks import AnchorChecks
from recordroom.archive.anchor_proof import AnchorProof
from recordroom.archive.ledger import Entry, Ledger, Tail, check_link, decode, key_of, tail_of
from recordroom.archive.read_ahead import read_ahead
from recordroom.archive.store import ObjectVersion, Store
from recordroom.archive.timestamp_checks import TimestampChecks
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import RecordroomError, Tampered
from recordroom.schema_errors import find_schema_errors

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

THREADS = 6  # threads that read objects
# Results that wait until they are used: hashes, and ledger entries without deltas.
AHEAD, ENTRIES_AHEAD = 64, 12
_ENTRY = re.compile(r"[0-9]{12}\.json")
RETENTION = "retention"  # the ledger of retention/ledger.py
GRACE = timedelta(minutes=15)  # evidence is put before the manifest that names it
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ArchiveProblem:
    """One thing that is not as it must be."""

    object: str
    problem: str
    expected: str = ""
    found: str = ""


@dataclass(slots=True)
class VerifyReport:
    """What a check found."""

    checked: int = 0  # objects whose bytes were hashed
    problems: list[ArchiveProblem] = field(default_factory=list)
    proofs: list[AnchorProof] = field(default_factory=list)  # of the anchors from outside, in their order

    def add(self, object_: str, problem: str, expected: str = "", found: str = "") -> None:
        self.problems.append(ArchiveProblem(object_, problem, expected, found))


@dataclass(frozen=True, slots=True)
class _Read:
    """What one GET returned."""

    key: str
    held: bool
    sha256: str
    # Of a ledger entry: its ledger and number, and what it says without deltas, or why it is not an entry.
    place: tuple[str, int] | None = None
    entry: Entry | Tampered | None = None


def verify(
    archive: Store,
    *,
    share: tuple[int, int] | None = None,
    outside: Sequence[Entry] = (),
    roots: Sequence[Certificate] = (),
    progress: Progress | None = None,
) -> VerifyReport:
    """Check the complete archive.

    share: (k, n) hashes the bytes of only the k-th of n parts of evidence and media; every chain and every
        key's versions are checked anyway.
    outside: anchors that were kept outside the archive.
    roots: certificates with which the signatures of time stamps are checked; none: they are not checked.
    progress: called after each object with (objects checked so far, 0).
    """
    return _Walk(archive, share, outside, roots, progress).run()


class _Walk:
    def __init__(
        self,
        archive: Store,
        share: tuple[int, int] | None,
        outside: Sequence[Entry],
        roots: Sequence[Certificate],
        progress: Progress | None,
    ) -> None:
        self.archive, self.share, self.progress = archive, share, progress
        self.report = VerifyReport()
        self._db = sqlite3.connect("")
        self._db.executescript(
            "CREATE TABLE there (key TEXT PRIMARY KEY, size INTEGER, sha256 TEXT) WITHOUT ROWID;"
            "CREATE TABLE chained (key TEXT PRIMARY KEY) WITHOUT ROWID;"
            # an object may be named several times, and each must be right
            "CREATE TABLE named (key TEXT, size INTEGER, sha256 TEXT, by TEXT,"
            " PRIMARY KEY (key, sha256, size)) WITHOUT ROWID;"
        )
        self._anchors = AnchorChecks(self.report.add, outside)
        self._stamps = TimestampChecks(self.report.add, roots)
        self._chain: tuple[str, Tail] = ("", Tail())
        self._ends: dict[str, Tail] = {}  # last entries of the chains that were listed
        self._rows = 0

    def run(self) -> VerifyReport:
        self._hash_objects(self._list_keys(), AHEAD)
        self._hash_objects(
            (key for (key,) in self._db.execute("SELECT key FROM chained ORDER BY key")), ENTRIES_AHEAD
        )
        self._compare_names()
        self._db.close()
        now = {name: tail.number for name, tail in self._ends.items()}
        objects = [one.object for one in self.report.problems]
        self.report.proofs = self._anchors.make_proofs(now, objects, self._stamps.times)
        return self.report

    # -- the bucket --

    def _list_keys(self) -> Iterator[str]:
        """Yield keys whose bytes are to be hashed now.

        Ledger entries are noted for later.
        """
        for key, group in groupby(self.archive.versions(), key=lambda v: v.key):
            versions = list(group)
            self._check_versions(key, versions)
            if key.startswith("ledger/"):
                if not any(v.is_marker and v.is_latest for v in versions):
                    self._db.execute("INSERT OR IGNORE INTO chained VALUES (?)", (key,))
                continue
            if conformance.KEY.fullmatch(key):
                continue
            if not key.startswith(("evidence/", "media/sha256/", "productions/", format_set.PREFIX)):
                self.report.add(key, "recordroom uses no such name")
                continue
            size = next((v.size for v in versions if not v.is_marker), 0)
            self._db.execute("INSERT OR REPLACE INTO there VALUES (?, ?, NULL)", (key, size))
            if self._in_share(key) and not any(v.is_marker and v.is_latest for v in versions):
                yield key

    def _check_versions(self, key: str, versions: list[ObjectVersion]) -> None:
        markers = [v for v in versions if v.is_marker]
        if markers:
            self.report.add(key, "has a delete marker that no disposition explains", "0", str(len(markers)))
        if len(versions) - len(markers) != 1:
            self.report.add(key, "does not have exactly one version", "1", str(len(versions) - len(markers)))

    def _in_share(self, key: str) -> bool:
        return self.share is None or int(sha256(key.encode())[:8], 16) % self.share[1] == self.share[0]

    def _hash_objects(self, keys: Iterable[str], ahead: int) -> None:
        """Read objects a few ahead and take their results in order."""
        for read in read_ahead(self._read, keys, threads=THREADS, ahead=ahead):
            self._take_result(read)

    def _read(self, key: str) -> _Read | ArchiveProblem:
        place = _find_place(key)
        try:
            held, chunks = self.archive.open(key)
            if place is not None:
                return _decode_entry(key, held, *place, b"".join(chunks))
            digest = hashlib.sha256()
            for chunk in chunks:
                digest.update(chunk)
        except RecordroomError as problem:
            return ArchiveProblem(key, f"cannot be read: {problem.full_message}")
        return _Read(key, held, digest.hexdigest())

    def _take_result(self, read: _Read | ArchiveProblem) -> None:
        if isinstance(read, ArchiveProblem):
            self.report.problems.append(read)
            return
        self.report.checked += 1
        if self.progress:
            self.progress(self.report.checked, 0)
        if not read.held:
            self.report.add(read.key, "has no legal hold (object lock)", "ON", "OFF")
        if read.key.startswith("ledger/"):
            self._check_entry(read)
            return
        self._db.execute("UPDATE there SET sha256 = ? WHERE key = ?", (read.sha256, read.key))
        if read.key.startswith("media/") and read.key != media.key_of(read.sha256):
            self.report.add(
                read.key,
                "its content does not match its name",
                read.key.rsplit("/", 1)[1],
                read.sha256,
            )

    # -- the chains --

    def _check_entry(self, read: _Read) -> None:
        key, entry = read.key, read.entry
        if entry is None or read.place is None:
            self.report.add(key, "recordroom uses no such name")
            return
        name, number = read.place
        previous = self._chain[1] if self._chain[0] == name else Tail()
        if isinstance(entry, Tampered):
            self.report.add(key, entry.problem, entry.expected, entry.found)
            self._chain = (name, Tail(number, read.sha256, previous.time))
            return
        if number != previous.number + 1:
            self.report.add(
                key_of(name, previous.number + 1), "an entry of the chain is missing", "present", "absent"
            )
        else:
            try:
                check_link(entry, previous)
            except Tampered as problem:
                self.report.add(key, problem.problem, problem.expected, problem.found)
        self._chain = (name, tail_of(entry))
        self._ends[name] = tail_of(entry)
        try:
            self._note_entry(entry)
        except (KeyError, TypeError, AttributeError, ValueError, sqlite3.Error) as problem:
            self.report.add(
                key, f"its body is not valid for type {entry.type!r} ({type(problem).__name__}: {problem})"
            )

    def _note_entry(self, entry: Entry) -> None:
        """Note what this entry says about objects and other chains."""
        self._anchors.check(entry)
        if entry.ledger == RETENTION:
            self._check_schema(entry, "retention.schema.json", {"type": entry.type, "body": entry.body})
        by = key_of(entry.ledger, entry.number)
        if entry.ledger == format_set.NAME and self._check_schema(entry, "format.schema.json", entry.body):
            self._note_format_set(entry, by)
        if entry.ledger == timestamp.NAME and self._check_schema(entry, timestamp.SCHEMA, entry.body):
            self._stamps.check(entry, self._find_anchor(entry.body["anchor"]))
        if entry.type != "manifest":
            return
        self._check_rows(entry)
        named = [(e["key"], e["bytes"], e["sha256"], by) for e in entry.body["evidence"]]
        named += [(media.key_of(m["sha256"]), m["bytes"], m["sha256"], by) for m in entry.body["media"]]
        self._db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?, ?)", named)

    def _find_anchor(self, number: int) -> str | None:
        """Return the hash of an anchor, also of one that was put after the listing."""
        if number in self._anchors.hashes:
            return self._anchors.hashes[number]
        found = self.archive.find(key_of(ANCHOR, number))
        return None if found is None else sha256(found)

    def _note_format_set(self, entry: Entry, by: str) -> None:
        name, files = entry.body["set"], entry.body["files"]
        if name != sha256(encode_canonical(files)):
            self.report.add(by, "the name of its set is not the hash of its files")
        named = (
            (f"{format_set.PREFIX}{name}/{path}", one["bytes"], one["sha256"], by)
            for path, one in files.items()
        )
        self._db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?, ?, ?)", named)

    def _check_schema(self, entry: Entry, schema: str, data: Any) -> bool:
        """Report whether an entry is valid on which the meaning or the life of records depends."""
        error = next(find_schema_errors(schema, data), None)
        if error is not None:
            place = ".".join(map(str, error.path)) or "it"
            words = f"its body is not valid for type {entry.type!r} ({place}: {error.message})"
            self.report.add(key_of(entry.ledger, entry.number), words)
        return error is None

    def _check_rows(self, entry: Entry) -> None:
        """Check that the rows promised so far add up.

        Exports find a missing file by these numbers.
        """
        before = self._rows if entry.number > 1 else 0
        rows = entry.body["rows"]
        if rows["total"] != before + rows["count"]:
            self.report.add(
                key_of(entry.ledger, entry.number),
                "its total of rows is wrong",
                str(before + rows["count"]),
                str(rows["total"]),
            )
        self._rows = rows["total"]

    # -- manifests against the bucket --

    def _compare_names(self) -> None:
        add = self.report.add
        self._anchors.finish()
        wrong = (
            "SELECT n.key, n.sha256, t.sha256, n.by FROM named n JOIN there t USING (key) WHERE t.sha256 <> "
            "n.sha256"
        )
        for key, expected, found, by in self._db.execute(wrong):
            if not key.startswith("media/"):  # media have their hash in their names, which _take checks
                add(key, f"its content is not the one that {by} names", expected, found)
        sizes = (
            "SELECT n.key, n.size, t.size, n.by FROM named n JOIN there t USING (key) WHERE t.sha256 IS "
            "NULL AND t.size <> n.size"
        )
        for key, expected, found, by in self._db.execute(sizes):
            add(key, f"its size is not the one that {by} names", str(expected), str(found))
        lost = "SELECT key, sha256, by FROM named WHERE key NOT IN (SELECT key FROM there)"
        for key, expected, by in self._db.execute(lost):
            if self.archive.head(key) is None:  # else it was put after the bucket was listed
                add(key, f"is named by {by} but is missing", expected, "absent")
        self._report_strays()

    def _report_strays(self) -> None:
        add = self.report.add
        loose = "SELECT key FROM there WHERE key LIKE 'format/%' AND key NOT IN (SELECT key FROM named)"
        for (key,) in self._db.execute(loose):
            if key.split("/")[1] not in self._list_sets_since():
                words = "`recordroom setup` of the version that put it completes the set"
                add(key, f"no entry of the ledger `format` names it; {words}")
        stray = "SELECT key FROM there WHERE key LIKE 'evidence/%' AND key NOT IN (SELECT key FROM named)"
        for (key,) in self._db.execute(stray):
            if not _is_fresh(key) and not self._is_named_since(key):
                add(
                    key,
                    "no manifest names it; the next capture of its account commits it, or reports why not",
                    "a manifest",
                    "none",
                )

    def _list_sets_since(self) -> set[str]:
        """Return the format sets whose entries were put after the listing."""
        ledger = Ledger(self.archive, format_set.NAME)
        try:
            return {entry.body["set"] for entry in ledger.entries(self._ends.get(ledger.name, Tail()))}
        except (RecordroomError, KeyError, TypeError):  # the check of its chain reports this
            return set()

    def _is_named_since(self, key: str) -> bool:
        """Return whether an entry names the key that was put after the listing.

        A capture or an import may have begun long before.
        """
        ledger = Ledger(self.archive, "/".join(("capture", *key.split("/")[1:3])))
        try:
            later = ledger.entries(self._ends.get(ledger.name, Tail()))
            return any(item["key"] == key for entry in later for item in entry.body["evidence"])
        except (RecordroomError, KeyError, TypeError):  # the check of its chain reports this
            return False


def _find_place(key: str) -> tuple[str, int] | None:
    """Return the ledger and number in the key of an entry; None if it is not such a key."""
    name, _, file = key.removeprefix("ledger/").rpartition("/")
    return (name, int(file[:-5])) if key.startswith("ledger/") and _ENTRY.fullmatch(file) else None


def _decode_entry(key: str, held: bool, name: str, number: int, data: bytes) -> _Read:
    try:
        entry = decode(name, number, data, with_deltas=False)
        return _Read(key, held, entry.sha256, (name, number), entry)
    except Tampered as problem:
        return _Read(key, held, sha256(data), (name, number), problem)


def _is_fresh(key: str) -> bool:
    name = evidence.name_of(key)
    return name is not None and abs(datetime.now(UTC) - name.began) < GRACE
