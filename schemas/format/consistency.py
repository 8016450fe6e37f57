"""Checks that manifests agree with each other and with their evidence: steps 7 and 8 of section 12.

It imports nothing of recordroom. The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

import hashlib
import json
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
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, IndexError)  # what a malformed entry raises


def key_of(entry: Entry) -> str:
    return f"ledger/{entry['ledger']}/{entry['number']:012d}.json"


def check(chains: dict[str, list[tuple[Entry, str]]], read: Read) -> Iterator[Problem]:
    """Yield what is wrong. chains: name of each ledger -> its entries with the hashes of their bytes."""
    yield from check_gaps([entry for entry, _ in chains.get("gap", ())])
    yield from check_months({name: some for name, some in chains.items() if name.startswith("audit/")})
    for name in sorted(name for name in chains if name.startswith("capture/")):
        account = Account(read)
        for entry, _ in chains[name]:
            try:
                yield from account.check(entry)
            except MALFORMED as problem:
                yield key_of(entry), f"cannot be read: {type(problem).__name__}: {problem}"


def list_sets(entries: list[tuple[Entry, str]]) -> tuple[dict[str, tuple[int, str]], list[Problem]]:  # 10.8
    """Return the files that the ledger `format` names: key -> (bytes, sha256); and what is wrong with it."""
    named: dict[str, tuple[int, str]] = {}
    wrong: list[Problem] = []
    for entry, _ in entries:
        files, name = entry["body"]["files"], entry["body"]["set"]
        form = json.dumps(files, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        if name != hashlib.sha256(form).hexdigest():
            wrong.append((key_of(entry), "its set is not named by the hash of its files"))
        named |= {f"format/{name}/{path}": (one["bytes"], one["sha256"]) for path, one in files.items()}
    return named, wrong


def check_gaps(entries: list[Entry]) -> Iterator[Problem]:  # 10.2
    """entries: of the ledger `gap`."""
    for entry in entries:
        body = entry["body"]
        if entry["type"] == "opened":
            digest = hashlib.sha256(f"{body['account']}\n{body['reason']}".encode()).hexdigest()
            if body["gap_id"] != digest[:16]:
                yield key_of(entry), "its gap_id does not follow from account and reason"


def check_months(chains: dict[str, list[tuple[Entry, str]]]) -> Iterator[Problem]:  # 10.4
    """chains: name of each ledger of the audit -> its entries with the hashes of their bytes."""
    before: dict[str, dict[str, Any]] = {}
    for name in sorted(chains):
        entries = chains[name]
        host = name.split("/")[2]
        first = entries[0][0]
        if first["number"] == 1 and first["body"].get("month_before") != before.get(host):
            yield key_of(first), "its month_before is not the last entry of the month before"
        last, digest = entries[-1]
        before[host] = {"ledger": name, "number": last["number"], "sha256": digest}


def list_files(body: dict[str, Any]) -> list[dict[str, Any]]:  # 9.8
    """Return the archived files that the deltas of a manifest name."""
    told = (delta for delta in body["deltas"] if "sequence" in delta)
    return [one for delta in told for one in delta.get("media", {}).values() if "sha256" in one]


class Seen:
    """What the manifests of a chain add up to: rows, and the records that are there (S, 9.9)."""

    def __init__(self) -> None:
        self.read = self.total = 0
        self.there: set[str] = set()
        self.before: list[tuple[str, str]] = []  # time and capture of each manifest
        self.window_at: dict[str, str] = {}
        self.root: dict[str, str] = {}

    def check(self, entry: Entry) -> Iterator[str]:
        """Yield what is wrong with the next manifest."""
        if self.read + 1 != entry["number"]:
            return  # an entry before it is not there: sums over the chain say nothing
        self.read, body = entry["number"], entry["body"]
        told = [delta for delta in body["deltas"] if "sequence" in delta]
        self.total += len(told)
        if (body["rows"]["count"], body["rows"]["total"]) != (len(told), self.total):
            yield "`rows` does not count the rows of its deltas"
        for delta in told:
            record = delta["record_id"]
            self.window_at.setdefault(record, delta["window_at"])
            self.root.setdefault(record, delta.get("root_id", record))
            is_listed = delta["kind"] != "message" and not is_moderation(delta)
            if not delta.get("late") and is_listed and delta["status"] not in ("removed", "unavailable"):
                self.there.add(record)
        if (seen := body.get("seen")) and "partial" not in seen:
            self.there |= set(seen["added"])
            self.there -= set(seen["missing"])
            if not self.agrees(body) and self.is_alone(body):
                yield "`seen` is not what its chain says was there"
        self.before.append((entry["time"], body["capture_id"]))

    def agrees(self, body: dict[str, Any]) -> bool:
        since, visited, seen = body["window"].get("since", ""), body.get("visited", {}), body["seen"]
        inside = sorted(one for one in self.there if self.window_at[one] >= since)
        if "skipped" in visited:
            inside = [one for one in inside if self.root[one] == one or self.root[one] in visited["read"]]
        text = "\n".join(inside).encode()
        return (len(inside), hashlib.sha256(text).hexdigest()) == (seen["count"], seen["sha256"])

    def is_alone(self, body: dict[str, Any]) -> bool:
        """Whether no other capture wrote while this one ran."""
        meanwhile = takewhile(lambda one: one[0] > body["started"], reversed(self.before))
        return all(capture == body["capture_id"] for _, capture in meanwhile)


def is_moderation(delta: dict[str, Any]) -> bool:
    return bool(delta["kind"] == "profile" and delta["record_id"].endswith("/moderation"))


class Account:
    """The chain of captures of one account, entry by entry."""

    def __init__(self, read: Read) -> None:
        # deltas follow the order of the evidence: most have the exchange of the one before
        self.read = lru_cache(maxsize=16)(
            lambda key, offset, length, exchange: read_exchange(read(key, offset, length), exchange)
        )
        self.sequences: dict[str, int] = {}
        self.last: dict[str, dict[str, Any]] = {}  # record -> kind, status, and tally

    def check(self, entry: Entry) -> Iterator[Problem]:
        """Yield what is wrong with a manifest, or with evidence that it names."""
        key, body = key_of(entry), entry["body"]
        told = [delta for delta in body["deltas"] if "sequence" in delta]
        new = sum(delta["sequence"] == 1 for delta in told)
        if (body["new"], body["changed"]) != (new, len(told) - new):
            yield key, "`new` and `changed` are not the numbers of its deltas"
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
        except (KeyError, ValueError, OSError, ArchiveLoadFailed):
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
    """Return the file name in the `warcinfo` of an evidence object."""
    first = next(iter(ArchiveIterator(BytesIO(data))))
    fields = first.content_stream().read().decode() if first.rec_type == "warcinfo" else ""
    return dict(line.split(": ", 1) for line in fields.splitlines() if ": " in line).get("filename", "")


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
    return whole and not any(r.digest_checker.problems for r, _ in found) and set(ids) == {response_id}
