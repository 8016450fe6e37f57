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
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import consistency
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

Rows = dict[tuple[str, int], list[dict[str, Any]]]  # account and entry -> rows


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
        self.named: dict[str, set[tuple[int, str]]] = {}  # objects that entries name: key -> (bytes, sha256)
        self.index: dict[str, list[dict[str, Any]]] = {}  # evidence -> its exchanges, as manifests say

    def run(self) -> list[tuple[str, str]]:
        for file in self.outside:
            key = f"ledger/anchor/{file.stem.rpartition('-')[2]}.json"
            self.guard(str(file), self.note_anchor, key, file.read_bytes())
        self.list_versions()
        for folder in sorted({k.rpartition("/")[0] for k in self.keys if k.startswith("ledger/")}):
            self.walk_chain(folder)
        for key in self.heads.keys() - set(self.keys):
            self.expect(False, key, "was there when an anchor was made")
        self.check_begun()
        named = [
            entry
            for entry in self.manifests
            if self.guard(consistency.key_of(entry), self.note_objects, entry)
        ]
        self.manifests = named  # those that can be read
        for entry, _ in self.chains.get("format", ()):
            self.guard(consistency.key_of(entry), self.note_set, entry)
        self.check_objects()
        self.problems += consistency.check(self.chains, self.get_range)
        if self.derived:
            self.check_rows(self.derived)
        return self.problems

    def expect(self, right: bool, key: str, words: str) -> None:
        if not right:
            self.problems.append((key, f"not so: {words}"))

    def guard(self, key: str, check: Callable[..., None], *given: Any) -> bool:
        """Return whether a check could read what it needs; else add a problem."""
        try:
            check(*given)
        except consistency.INVALID as problem:
            self.expect(False, key, f"has what its type needs ({type(problem).__name__}: {problem})")
            return False
        return True

    def get(self, key: str, bucket: str = "") -> bytes:
        try:
            answer = self.client.get_object(Bucket=bucket or self.archive, Key=key)
            data: bytes = answer["Body"].read()
        except (BotoCoreError, ClientError) as problem:
            self.expect(False, key, f"can be read ({problem})")
            return b""
        held = bool(bucket) or answer.get("ObjectLockLegalHoldStatus") == "ON"
        self.expect(held, key, "is under legal hold")
        return data

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        where = f"bytes={offset}-{offset + length - 1}"
        try:
            data: bytes = self.client.get_object(Bucket=self.archive, Key=key, Range=where)["Body"].read()
        except (BotoCoreError, ClientError) as problem:
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
            known = consistency.KEY.fullmatch(key) is not None
            self.expect(known, key, "has a name that the format knows")
            if known and key not in markers:
                self.keys.append(key)

    def walk_chain(self, folder: str) -> None:  # 5
        number, previous, time = 0, None, ""
        for key in [k for k in self.keys if k.rpartition("/")[0] == folder]:
            data, here = self.get(key), int(key.rpartition("/")[2][:12])
            entry = self.entries[key] = self.parsed(data)
            own = {"format": 1, "ledger": folder.removeprefix("ledger/"), "number": here}
            right = {name: entry.get(name) for name in own} == own and consistency.is_entry(entry)
            self.expect(right, key, "is the entry that its key says")
            self.expect(here == number + 1, f"{folder}/{number + 1:012d}.json", "is there")
            if right and here == number + 1:
                follows = entry["previous"] == previous and entry["time"] >= time
                self.expect(follows, key, "follows the entry before it")
            if right and folder == "ledger/anchor" and self.guard(key, self.note_anchor, key, data):
                self.guard(key, self.follow_anchor, key, entry)
            if right:
                self.chains.setdefault(folder.removeprefix("ledger/"), []).append((entry, digest(data)))
            if right and folder.startswith("ledger/capture/") and entry["type"] == "manifest":
                self.manifests.append(entry)
            same = not right or self.heads.get(key, {digest(data)}) == {digest(data)}
            self.expect(same, key, "is the entry that every anchor names")
            number, previous, time = here, digest(data), entry["time"] if right else time

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
        unnamed = {name for name in self.chains if name not in ("anchor", *self.named_by) and self.named_by}
        for first in [self.chains[name][0][0] for name in unnamed if self.chains[name][0][0]["number"] == 1]:
            self.guard(consistency.key_of(first), self.check_first, first)

    def check_first(self, entry: dict[str, Any]) -> None:
        late = written(entry) > written(self.last_anchor) - timedelta(minutes=15)
        self.expect(late, consistency.key_of(entry), "is of a chain that anchors name")

    def note_objects(self, entry: dict[str, Any]) -> None:  # 9.3, 9.8
        body = entry["body"]
        told = [d for d in body["deltas"] if "sequence" in d]
        files = [*body["media"], *(o for d in told for o in d.get("media", {}).values() if "sha256" in o)]
        for file in files:
            self.name(f"media/sha256/{file['sha256'][:2]}/{file['sha256']}", file)
        for item in body["evidence"]:
            self.name(item["key"], item)
            self.index.setdefault(item["key"], []).extend(item["records"])

    def note_set(self, entry: dict[str, Any]) -> None:  # 10.8
        files, name = entry["body"]["files"], entry["body"]["set"]
        self.expect(
            name == digest(canonical(files)),
            consistency.key_of(entry),
            "names its set by the hash of its files",
        )
        for path, file in files.items():
            self.name(f"format/{name}/{path}", file)

    def name(self, key: str, object_: dict[str, Any]) -> None:
        self.named.setdefault(key, set()).add((object_["bytes"], object_["sha256"]))

    def check_objects(self) -> None:  # 7, 8
        objects = [k for k in self.keys if k.startswith(("evidence/", "media/", "format/"))]
        for key in self.named.keys() - set(objects):
            self.expect(False, key, "is there, since an entry names it")
        for key in objects:
            data = self.get(key)
            same = self.named.get(key, set()) <= {(len(data), digest(data))}
            self.expect(same, key, "holds the bytes that each entry says which names it")
            if key.startswith("media/"):
                own = key == f"media/sha256/{digest(data)[:2]}/{digest(data)}"
                self.expect(own, key, "holds the bytes that its name says")
            elif key.startswith("format/"):
                self.expect(key in self.named, key, "is named by an entry of the ledger format")
            elif key not in self.named:
                self.expect(consistency.is_fresh(key), key, "is named by a manifest")
            elif same:
                whole = consistency.are_complete(data, self.index.get(key, []))
                self.expect(whole, key, "holds the exchanges that its manifest lists")

    def check_rows(self, bucket: str) -> None:  # 11.1
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="records/")
        keys = [o["Key"] for page in pages for o in page.get("Contents", ())]
        catalog: dict[str, Any] = {"generation": "g1", "merged": [], "covered": {}}
        if "records/catalog.json" in keys:
            catalog = json.loads(self.get("records/catalog.json", bucket))
        single = [k for k in keys if k.startswith(f"records/{catalog['generation']}/captured=")]
        rows: Rows = {}
        for key in (*catalog["merged"], *single):
            self.guard(key, self.read_rows, key, bucket, catalog, rows)
        for entry in self.manifests:
            name = f"records of {entry['ledger'].rpartition('/')[2]}, entry {entry['number']}"
            self.guard(name, self.check_own_rows, name, entry, rows)

    def read_rows(self, key: str, bucket: str, catalog: dict[str, Any], rows: Rows) -> None:
        for row in map(plain, pq.read_table(io.BytesIO(self.get(key, bucket))).to_pylist()):
            if key in catalog["merged"] or row["ledger_number"] > catalog["covered"].get(row["account"], 0):
                rows.setdefault((row["account"], row["ledger_number"]), []).append(row)

    def check_own_rows(self, name: str, entry: dict[str, Any], rows: Rows) -> None:
        body, found = entry["body"], rows.get((entry["body"]["account"], entry["number"]), [])
        own = sorted(found, key=lambda r: (r["record_id"], r["sequence"]))
        told = sorted(numbers(delta) for delta in body["deltas"] if "sequence" in delta)
        right = [numbers(row) for row in own] == told
        self.expect(right, name, "are the rows that the manifest promises, by their numbers")
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
        print("".join(c if c.isprintable() else " " for c in f"{name}: {wrong}"))
    sys.exit(1 if verifier.problems else 0)
