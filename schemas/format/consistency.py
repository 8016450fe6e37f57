"""Checks that manifests agree with each other and with their evidence: steps 7 and 8 of section 12.

It imports nothing of recordroom. The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from itertools import takewhile
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

Entry = dict[str, Any]
Read = Callable[[str, int, int], bytes]  # object, offset, length -> bytes; KeyError if it is not there
Problem = tuple[str, str]
INVALID = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)  # of JSON
UNREADABLE = (*INVALID, OSError, EOFError, zlib.error, ArchiveLoadFailed)  # of evidence
KEY = re.compile(  # 3.1
    r"ledger/.+/(?!0{12})[0-9]{12}\.json|media/sha256/[0-9a-f]{2}/[0-9a-f]{64}|format/[0-9a-f]{64}/.+"
    r"|evidence/[a-z][a-z0-9]*/[a-z0-9][a-z0-9-]{0,62}/[0-9]{4}/[0-9]{2}"
    r"/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}-[1-9][0-9]*\.warc\.gz"
    r"|self-check/(?:[0-9a-f]{16}/(?:race|held)|passed\.json)",
    re.DOTALL,
)


def key_of(entry: Entry) -> str:
    return f"ledger/{entry['ledger']}/{entry['number']:012d}.json"


def check(chains: dict[str, list[tuple[Entry, str]]], read: Read) -> Iterator[Problem]:
    """Yield what is wrong. chains: name of each ledger -> its entries with the hashes of their bytes."""
    for entry, _ in chains.get("gap", ()):
        yield from guarded(key_of(entry), check_gap(entry))
    hosts: dict[str, dict[str, list[tuple[Entry, str]]]] = {}
    for name in sorted(chains):
        if name.startswith("audit/") and name.count("/") == 2:
            hosts.setdefault(name.split("/")[2], {})[name] = chains[name]
    for months in hosts.values():
        yield from guarded(key_of(next(iter(months.values()))[0][0]), check_months(months))
    for name in sorted(name for name in chains if name.startswith("capture/")):
        account = Account(read)
        for entry, _ in chains[name]:
            yield from guarded(key_of(entry), account.check(entry))


def guarded(key: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    try:
        yield from problems
    except INVALID as problem:
        yield key, f"cannot be checked ({type(problem).__name__}: {problem})"


def is_entry(entry: Entry) -> bool:  # 5.1
    texts = all(isinstance(entry.get(name), str) for name in ("time", "type"))
    return texts and isinstance(entry.get("body"), dict) and "previous" in entry


def check_gap(entry: Entry) -> Iterator[Problem]:  # 10.2
    """entry: of the ledger `gap`."""
    body = entry["body"]
    if entry["type"] == "opened":
        digest = hashlib.sha256(f"{body['account']}\n{body['reason']}".encode()).hexdigest()
        if body["gap_id"] != digest[:16]:
            yield key_of(entry), "its gap_id does not follow from account and reason"


def check_months(months: dict[str, list[tuple[Entry, str]]]) -> Iterator[Problem]:  # 10.4
    """months: ledgers of one host in their order -> entries with the hashes of their bytes."""
    before: dict[str, Any] | None = None
    for name, entries in months.items():
        first = entries[0][0]
        if first["number"] == 1 and first["body"].get("month_before") != before:
            yield key_of(first), "its month_before is not the last entry of the month before"
        last, digest = entries[-1]
        before = {"ledger": name, "number": last["number"], "sha256": digest}


class Present:
    """Which records of an account were there, and how many rows it has, manifest by manifest (9.3, 9.9)."""

    def __init__(self) -> None:
        self.last_read, self.total = 0, 0
        self.known: set[str] = set()  # S
        self.window_at: dict[str, str] = {}
        self.root: dict[str, str] = {}
        self.before: list[tuple[str, str]] = []  # time and capture of each manifest

    def check(self, entry: Entry, told: list[dict[str, Any]]) -> Iterator[Problem]:
        if entry["number"] != self.last_read + 1:
            return  # an entry before it is not there: sums over the chain say nothing
        self.last_read, body = entry["number"], entry["body"]
        self.total += len(told)
        if (body["rows"]["count"], body["rows"]["total"]) != (len(told), self.total):
            yield key_of(entry), "`rows` does not count the rows of its deltas"
        for delta in told:
            self._note(delta)
        seen = body.get("seen")
        if seen and "partial" not in seen:
            self.known |= set(seen["added"])
            self.known -= set(seen["missing"])
            meanwhile = takewhile(lambda one: one[0] > body["started"], reversed(self.before))
            alone = all(capture == body["capture_id"] for _, capture in meanwhile)
            if alone and not self._agrees(body, seen):
                yield key_of(entry), "`seen` is not what its chain says was there"
        self.before.append((entry["time"], body["capture_id"]))

    def _note(self, delta: dict[str, Any]) -> None:
        record = delta["record_id"]
        if record not in self.window_at:
            self.window_at[record] = delta["window_at"]
            self.root[record] = delta.get("root_id", record)
        moderation = delta["kind"] == "profile" and record.endswith("/moderation")
        looked_for = delta["kind"] != "message" and not moderation
        if not delta.get("late") and looked_for and delta["status"] not in ("removed", "unavailable"):
            self.known.add(record)

    def _agrees(self, body: dict[str, Any], seen: dict[str, Any]) -> bool:
        since, visited = body["window"].get("since", ""), body.get("visited", {})
        inside = sorted(record for record in self.known if self.window_at[record] >= since)
        if "skipped" in visited:
            read = {*visited["read"]}
            inside = [one for one in inside if self.root[one] == one or self.root[one] in read]
        digest = hashlib.sha256("\n".join(inside).encode()).hexdigest()
        return (len(inside), digest) == (seen["count"], seen["sha256"])


class Account:
    """The chain of captures of one account, entry by entry."""

    def __init__(self, read: Read) -> None:
        # deltas follow the order of the evidence: most have the exchange of the one before
        self.read = lru_cache(maxsize=16)(
            lambda key, offset, length, exchange: read_exchange(read(key, offset, length), exchange)
        )
        self.sequences: dict[str, int] = {}
        self.last: dict[str, dict[str, Any]] = {}  # record -> kind, status, and tally
        self.present = Present()

    def check(self, entry: Entry) -> Iterator[Problem]:
        """Yield what is wrong with a manifest, or with evidence that it names."""
        if entry["type"] != "manifest":
            return
        key, body = key_of(entry), entry["body"]
        told = [delta for delta in body["deltas"] if "sequence" in delta]
        new = sum(delta["sequence"] == 1 for delta in told)
        if (body["new"], body["changed"]) != (new, len(told) - new):
            yield key, "`new` and `changed` are not the numbers of its deltas"
        yield from self.present.check(entry, told)
        exchanges = self._exchanges(body)
        for delta in told:
            record = delta["record_id"]
            if delta["sequence"] != self.sequences.get(record, 0) + 1:
                yield key, f"the sequences of {record} have a hole at {delta['sequence']}"
            self.sequences[record] = delta["sequence"]
            if not delta.get("late"):
                if delta.get("was") != self.last.get(record):
                    yield key, f"`was` of {record}, sequence {delta['sequence']}, is not its state before"
                self.last[record] = {k: delta[k] for k in ("kind", "status", "tally") if k in delta}
            where = exchanges.get(delta["warc_record_id"])
            if where is None:
                yield key, f"the exchange of {record} is not among its evidence"
            else:
                yield from self._check_place(key, delta, where, is_import="import" in body)

    def _exchanges(self, body: dict[str, Any]) -> dict[str, tuple[str, int, int]]:
        return {
            one["id"]: (item["key"], one["offset"], one["length"])
            for item in body["evidence"]
            for one in item["records"]
        }

    def _check_place(
        self, key: str, delta: dict[str, Any], where: tuple[str, int, int], *, is_import: bool
    ) -> Iterator[Problem]:  # 7.3, 9.8
        record, read = delta["record_id"], where[0]
        try:
            date, noted = self.read(*where, delta["warc_record_id"])
            if not is_import and date != delta["captured_at"]:
                yield key, f"captured_at of {record} is not the WARC-Date {date}"
            if not is_listed(record, delta["pointer"], noted):
                yield key, f"its evidence does not list {record} at {delta['pointer']!r}"
            said = {one["status"] for one in noted.get("absences", ()) if one["record_id"] == record}
            if said and not is_item(record, delta["pointer"], noted) and delta["status"] not in said:
                yield key, f"its evidence says that {record} is {' or '.join(said)}, not {delta['status']}"
            if content := delta.get("content"):
                read = content["key"]
                place = (read, content["offset"], content["length"], content["warc_record_id"])
                noted = self.read(*place)[1]
                if not is_item(record, content["pointer"], noted):
                    yield key, f"the evidence of the last content of {record} does not list it"
        except UNREADABLE:
            yield read, f"the exchange {delta['warc_record_id']} in it cannot be read"


def read_exchange(data: bytes, exchange: str) -> tuple[str, dict[str, Any]]:
    """Return the WARC-Date of an exchange, and its metadata as one object (7.3)."""
    date = ""
    noted: dict[str, Any] = {}
    for record in ArchiveIterator(BytesIO(data)):
        stream = record.content_stream().read()
        if record.rec_headers.get_header("WARC-Record-ID") == exchange:
            date = record.rec_headers.get_header("WARC-Date")
        elif record.rec_type == "metadata":
            noted |= json.loads(stream)
    if not date:
        raise KeyError(exchange)
    return date, noted


def is_item(record: str, pointer: str, noted: dict[str, Any]) -> bool:
    """Return whether an exchange lists the record there; it lists none if it was read later (9.4)."""
    listed = any(one["record_id"] == record and one["pointer"] == pointer for one in noted.get("items", ()))
    return listed or "failure" in noted


def is_listed(record: str, pointer: str, noted: dict[str, Any]) -> bool:
    absent = any(one["record_id"] == record for one in noted.get("absences", ()))
    return absent or is_item(record, pointer, noted)


def read_file_name(data: bytes) -> str:  # 7.2
    """Return the file name in the `warcinfo` of an evidence object; "" if there is none."""
    try:
        first = next(iter(ArchiveIterator(BytesIO(data))))
        text = first.content_stream().read().decode() if first.rec_type == "warcinfo" else ""
    except (*UNREADABLE, StopIteration):
        return ""
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line).get("filename", "")


def are_complete(data: bytes, records: list[dict[str, Any]]) -> bool:
    """Return whether an evidence object has these exchanges."""
    try:
        return all(is_complete(data[r["offset"] : r["offset"] + r["length"]], r["id"]) for r in records)
    except UNREADABLE:
        return False


def is_complete(data: bytes, response_id: str) -> bool:  # 7.2
    """Return whether it is a request and its response, or a resource, then metadata, with right digests."""
    found = [(r, r.raw_stream.read()) for r in ArchiveIterator(BytesIO(data), check_digests=True)]
    kinds = [r.rec_type for r, _ in found]
    own = ("response", "resource")
    ids = [
        r.rec_headers.get_header("WARC-Record-ID" if r.rec_type in own else "WARC-Concurrent-To")
        for r, _ in found
    ]
    first = kinds[: kinds.index("metadata") + 1] if "metadata" in kinds else []
    whole = first in (["request", "response", "metadata"], ["resource", "metadata"]) and set(
        kinds[len(first) :]
    ) <= {"metadata"}
    digests = not any(r.digest_checker.problems for r, _ in found)
    return (
        whole
        and digests
        and set(ids) == {response_id}
        and json.loads(found[len(first) - 1][1])["format"] == 1
    )
