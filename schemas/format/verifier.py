"""Verifies an archive by archive-format.md alone. It imports nothing of recordroom.

python verifier.py ENDPOINT ARCHIVE_BUCKET [DERIVED_BUCKET [ANCHOR_FILE ...]]
    (keys: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; DERIVED_BUCKET may be "")

It prints one line per problem, and exits with 1 if there is any. Comments name the sections of the page.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import boto3
import consistency
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

FOLDERS = ("ledger/", "evidence/", "media/sha256/", "format/", "productions/", "self-check/")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:  # 4
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(value: Any) -> Any:  # 4: nulls left out, instants as text
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return (
        f"{value.astimezone(UTC).year:04}-{value.astimezone(UTC):%m-%dT%H:%M:%S.%fZ}"
        if isinstance(value, datetime)
        else value
    )


class Verifier:
    def __init__(self, client: Any, archive: str, derived: str | None = None, *outside: Path) -> None:
        self.client, self.archive, self.derived, self.outside = client, archive, derived, outside
        self.problems: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.entries: dict[str, dict[str, Any]] = {}
        self.manifests: list[dict[str, Any]] = []
        self.chains: dict[str, list[tuple[dict[str, Any], str]]] = {}  # entries with their hashes
        self.heads: dict[str, set[str]] = {}  # entries that anchors name: key -> sha256, as each says
        self.last_anchor: dict[str, Any] = {"number": 0, "body": {"root": None}}
        self.named_by: dict[str, int] = {}  # chain -> the last anchor that has its head in `chains`
        self.named: dict[str, tuple[int, str]] = {}  # objects that manifests name: key -> (bytes, sha256)

    def run(self) -> list[tuple[str, str]]:
        for file in self.outside:
            self.note_anchor(f"ledger/anchor/{file.stem.rpartition('-')[2]}.json", file.read_bytes())
        self.list_versions()
        for folder in sorted({k.rpartition("/")[0] for k in self.keys if k.startswith("ledger/")}):
            self.walk_chain(folder)
        for key in self.heads.keys() - set(self.keys):
            self.expect(False, key, "was there when an anchor was made")
        self.check_begun()
        self.check_manifests()
        named, wrong = consistency.list_sets(self.chains.get("format", []))
        self.named |= named
        self.problems += wrong
        self.check_objects()
        self.problems += consistency.check(self.chains, self.get_range)
        if self.derived:
            self.check_rows(self.derived)
        return self.problems

    def expect(self, right: bool, key: str, words: str) -> None:
        if not right:
            self.problems.append((key, f"not so: {words}"))

    def get(self, key: str, bucket: str = "") -> bytes:
        answer = self.client.get_object(Bucket=bucket or self.archive, Key=key)
        held = bool(bucket) or answer.get("ObjectLockLegalHoldStatus") == "ON"
        self.expect(held, key, "is under legal hold")
        data: bytes = answer["Body"].read()
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        where = f"bytes={offset}-{offset + length - 1}"
        try:
            data: bytes = self.client.get_object(Bucket=self.archive, Key=key, Range=where)["Body"].read()
        except ClientError as problem:
            raise KeyError(key) from problem
        return data

    def list_versions(self) -> None:  # 3.1
        pages = list(self.client.get_paginator("list_object_versions").paginate(Bucket=self.archive))
        versions = Counter(v["Key"] for page in pages for v in page.get("Versions", ()))
        markers = {m["Key"] for page in pages for m in page.get("DeleteMarkers", ())}
        for key in sorted({*versions, *markers}):
            self.expect(
                versions[key] == 1 and key not in markers, key, "has one version and no delete marker"
            )
            known = key.startswith(FOLDERS)
            self.expect(known, key, "has a name that the format knows")
            if known and key not in markers:
                self.keys.append(key)

    def walk_chain(self, folder: str) -> None:  # 5
        number, previous, time = 0, None, ""
        for key in [k for k in self.keys if k.rpartition("/")[0] == folder]:
            data, here = self.get(key), int(key.rpartition("/")[2][:12])
            entry = self.entries[key] = self.parsed(data)
            own = {"format": 1, "ledger": folder.removeprefix("ledger/"), "number": here}
            right = {name: entry.get(name) for name in own} == own
            self.expect(right, key, "is the entry that its key says")
            self.expect(here == number + 1, f"{folder}/{number + 1:012d}.json", "is there")
            if right and here == number + 1:
                follows = entry["previous"] == previous and entry["time"] >= time
                self.expect(follows, key, "follows the entry before it")
            if right and folder == "ledger/anchor":
                self.note_anchor(key, data)
                self.follow_anchor(key, entry)
            if right:
                self.chains.setdefault(folder.removeprefix("ledger/"), []).append((entry, digest(data)))
            if right and entry["type"] == "manifest":
                self.manifests.append(entry)
            same = not right or self.heads.get(key, {digest(data)}) == {digest(data)}
            self.expect(same, key, "is the entry that every anchor names")
            number, previous, time = here, digest(data), entry.get("time", time)

    @staticmethod
    def parsed(data: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(data)
        except ValueError:
            return {}
        return entry if isinstance(entry, dict) else {}

    def note_anchor(self, key: str, data: bytes) -> None:  # 10.6; an anchor of the archive, or from outside
        entry = json.loads(data)
        body, before = entry["body"], f"ledger/anchor/{entry['number'] - 1:012d}.json"
        rooted = {name: body[name] for name in ("chains", "unmoved", "previous_root") if name in body}
        self.expect(body["root"] == digest(canonical(plain(rooted))), key, "has the right root")
        named = {f"ledger/{n}/{e['number']:012d}.json": e["sha256"] for n, e in body["chains"].items()}
        named |= {key: digest(data)} | ({before: entry["previous"]} if entry["previous"] else {})
        for name, sha256 in named.items():
            self.heads.setdefault(name, set()).add(sha256)

    def follow_anchor(self, key: str, entry: dict[str, Any]) -> None:  # 10.6
        if entry["number"] != self.last_anchor["number"] + 1:
            return  # an anchor before it is not there: what all of them name is not known
        body = entry["body"]
        right = {name: number for name, number in self.named_by.items() if name not in body["chains"]}
        self.expect(body.get("unmoved", right) == right, key, "names the anchor of every other chain")
        same = body["previous_root"] == self.last_anchor["body"]["root"]
        self.expect(same, key, "has the root of the anchor before it")
        self.named_by |= dict.fromkeys(body["chains"], entry["number"])
        self.last_anchor = entry

    def check_begun(self) -> None:  # 12, step 3
        for entry in [e for e in self.entries.values() if e.get("number") == 1 and self.named_by]:
            late = written(entry) > written(self.last_anchor) - timedelta(minutes=15)
            fine = entry["ledger"] in ("anchor", *self.named_by) or late
            self.expect(fine, f"ledger/{entry['ledger']}/{1:012d}.json", "is of a chain that anchors name")

    def check_manifests(self) -> None:  # 9
        read = Counter[str]()
        total = Counter[str]()
        there = dict[str, set[str]]()
        last = dict[str, list[tuple[str, str]]]()
        window_at: dict[tuple[str, str], str] = {}
        root: dict[tuple[str, str], str] = {}
        for entry in self.manifests:
            chain, body = entry["ledger"], entry["body"]
            key = f"ledger/{chain}/{entry['number']:012d}.json"
            told = [d for d in body["deltas"] if "sequence" in d]
            files = [*body["media"], *(o for d in told for o in d.get("media", {}).values() if "sha256" in o)]
            self.named |= {
                f"media/sha256/{f['sha256'][:2]}/{f['sha256']}": (f["bytes"], f["sha256"]) for f in files
            }
            self.named |= {e["key"]: (e["bytes"], e["sha256"]) for e in body["evidence"]}
            read[chain] += entry["number"] == read[chain] + 1
            if read[chain] != entry["number"]:
                continue  # an entry before it is not there: sums over the chain say nothing
            total[chain] += len(told)
            self.expect(
                (body["rows"]["count"], body["rows"]["total"]) == (len(told), total[chain]),
                key,
                "counts the rows of its deltas",
            )
            known = there.setdefault(chain, set())  # S, 9.9
            for delta in told:
                if (chain, delta["record_id"]) not in window_at:
                    window_at[chain, delta["record_id"]] = delta["window_at"]
                    root[chain, delta["record_id"]] = delta.get("root_id", delta["record_id"])
                moderation = delta["kind"] == "profile" and delta["record_id"].endswith("/moderation")
                looked_for = delta["kind"] != "message" and not moderation
                if not delta.get("late") and looked_for and delta["status"] not in ("removed", "unavailable"):
                    known.add(delta["record_id"])
            seen, before = body.get("seen"), last.setdefault(chain, [])
            if seen and "partial" not in seen:
                known |= set(seen["added"])
                known -= set(seen["missing"])
                inside = sorted(r for r in known if window_at[chain, r] >= body["window"].get("since", ""))
                if "skipped" in (visited := body.get("visited", {})):
                    inside = [r for r in inside if root[chain, r] == r or root[chain, r] in visited["read"]]
                same = (len(inside), digest("\n".join(inside).encode())) == (seen["count"], seen["sha256"])
                meanwhile = takewhile(lambda one: one[0] > body["started"], reversed(before))  # noqa: B023 (used up at once)
                alone = all(capture == body["capture_id"] for _, capture in meanwhile)
                self.expect(same or not alone, key, "saw the records that its chain says were there")
            before.append((entry["time"], body["capture_id"]))

    def check_objects(self) -> None:  # 7, 8
        index: dict[str, list[dict[str, Any]]] = {}
        for item in (e for m in self.manifests for e in m["body"]["evidence"]):
            index.setdefault(item["key"], []).extend(item["records"])
        objects = [k for k in self.keys if k.startswith(("evidence/", "media/", "format/"))]
        for key in self.named.keys() - set(objects):
            self.expect(False, key, "is there, since a manifest names it")
        for key in objects:
            data = self.get(key)
            if key in self.named:
                self.expect(
                    (len(data), digest(data)) == self.named[key],
                    key,
                    "holds the bytes that its manifest says",
                )
            if key.startswith("media/"):
                self.expect(
                    key == f"media/sha256/{digest(data)[:2]}/{digest(data)}",
                    key,
                    "holds the bytes that its name says",
                )
            elif key.startswith("format/"):
                self.expect(key in self.named, key, "is named by an entry of the ledger format")
            elif key not in index:
                began = datetime.strptime(key.rpartition("/")[2][:15] + "+0000", "%Y%m%dT%H%M%S%z")
                self.expect(
                    abs(datetime.now(UTC) - began) < timedelta(minutes=15), key, "is named by a manifest"
                )
            elif (len(data), digest(data)) == self.named[key]:
                whole = all(
                    consistency.is_complete(data[r["offset"] : r["offset"] + r["length"]], r["id"])
                    for r in index[key]
                )
                self.expect(whole, key, "holds the exchanges that its manifest lists")

    def check_rows(self, bucket: str) -> None:  # 11.1
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="records/")
        keys = [o["Key"] for page in pages for o in page.get("Contents", ())]
        catalog: dict[str, Any] = {"generation": "g1", "merged": [], "covered": {}}
        if "records/catalog.json" in keys:
            catalog = json.loads(self.get("records/catalog.json", bucket))
        single = [k for k in keys if k.startswith(f"records/{catalog['generation']}/captured=")]
        rows: dict[tuple[str, int], list[dict[str, Any]]] = {}
        for key in (*catalog["merged"], *single):
            for row in map(plain, pq.read_table(io.BytesIO(self.get(key, bucket))).to_pylist()):
                if key in catalog["merged"] or row["ledger_number"] > catalog["covered"].get(
                    row["account"], 0
                ):
                    rows.setdefault((row["account"], row["ledger_number"]), []).append(row)
        for entry in self.manifests:
            body, name = entry["body"], f"records of {entry['body']['account']}, entry {entry['number']}"
            own = sorted(
                rows.get((body["account"], entry["number"]), []),
                key=lambda r: (r["record_id"], r["sequence"]),
            )
            told = sorted(numbers(delta) for delta in body["deltas"] if "sequence" in delta)
            self.expect(
                [numbers(row) for row in own] == told,
                name,
                "are the rows that the manifest promises, by their numbers",
            )
            # a later one may have read more in the same evidence
            if all(row["parser"] == body["versions"]["parser"] for row in own):
                same = digest(b"\n".join(map(canonical, own))) == body["rows"]["sha256"]
                self.expect(same, name, "are the rows that the manifest promises")


def written(entry: dict[str, Any]) -> datetime:  # 5.5
    store = entry.get("clock_skew", {}).get("store", "9")
    return datetime.fromisoformat(min(entry.get("time", "9999-01-01T00:00:00Z"), store))


def numbers(one: dict[str, Any]) -> tuple[str, int, str]:
    return one["record_id"], one["sequence"], one["version"]


if __name__ == "__main__":
    endpoint, archive_bucket, derived_bucket, *anchor_files = [*sys.argv[1:], ""][: max(3, len(sys.argv) - 1)]
    client = boto3.client("s3", endpoint_url=endpoint)
    verifier = Verifier(client, archive_bucket, derived_bucket or None, *map(Path, anchor_files))
    for name, wrong in verifier.run():
        print(f"{name}: {wrong}")
    sys.exit(1 if verifier.problems else 0)
