"""`recordroom verify` and the independent verifier name the same objects of a tampered archive.

The second one was written from docs/reference/archive-format.md alone. The sandbox's Mastodon fills one
archive with an edit, a removal, a failure, media, a register, audit events, and an anchor. Each test damages
a copy of it, as a person could who has the store's keys and releases the holds.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import recompute

from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from recordroom.archive import anchor, store
from recordroom.archive.audit.journal import Journal
from recordroom.archive.gaps import Gaps
from recordroom.archive.verify import verify
from recordroom.canonical import encode_canonical
from recordroom.capture import register_ledger
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.model import SCHEMAS
from recordroom.platforms import mastodon
from tests.archives import keep_anchor, make, settings_for
from tests.services import S3, Buckets
from tests.tiers import sampled
from tests.verifier.agreement import check, ours, theirs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

US, PARENT = "mastodon/district", "mastodon/parent@elsewhere.test"
MASTODON = {
    "id": "social",
    "platform": "mastodon",
    "url": "https://social.test/@district",
    "api_url": "http://social.test",
}
REGISTER = """agency: {id: esd, name: Test district, contact: records@example.org}
accounts: [{id: social, platform: mastodon, url: "https://social.test/@district", title: Us, class: official, owner: Communications}]
"""
CHAIN = "ledger/capture/mastodon/social"


def entry(number: int, chain: str = CHAIN) -> str:
    return f"{chain}/{number:012d}.json"


def tell(s3: S3, buckets: Buckets, folder: Path) -> None:
    """Six captures, and everything else that writes to an archive."""
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5))
    network.place("mastodon", "District Social", host="social.test")
    network.account(US, "The district")
    network.account(PARENT, "A parent")
    archive = make(
        s3, buckets, folder, MASTODON, transport=httpx.WSGITransport(create_app(network, "mastodon"))
    )
    (folder / "accounts.yaml").write_text(REGISTER)
    register_ledger.in_force(archive.archive, folder / "accounts.yaml")
    post = network.publish(US, "Closed today", photos=[network.photo("mastodon", "A school bus")])
    comment = network.comment(PARENT, post, "And the buses?")
    archive.capture("social")
    archive.capture("social")
    network.edit(post, "Closed today and tomorrow")
    network.remove(comment)
    archive.capture("social")
    network.fail("mastodon", path="/statuses", status=500, times=20)
    archive.capture("social")
    network.faults.clear()
    network.publish(US, "Open again")
    archive.capture("social", "full")
    archive.capture("social")
    journal = Journal(folder / "journal")
    journal.note("search", {"query": "closed"})
    journal.ship(archive.archive)


@dataclass
class Copy:
    """An archive that may be harmed; `outside`: the anchor that was kept elsewhere."""

    s3: S3
    buckets: Buckets
    client: S3Client
    outside: Path

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket=self.buckets.archive, Key=key)["Body"].read()

    def put(self, key: str, data: bytes) -> None:
        self.client.put_object(
            Bucket=self.buckets.archive,
            Key=key,
            Body=data,
            ObjectLockLegalHoldStatus="ON",
            ChecksumAlgorithm="SHA256",
        )

    def free(self, key: str) -> None:
        self.client.put_object_legal_hold(Bucket=self.buckets.archive, Key=key, LegalHold={"Status": "OFF"})

    def remove(self, *keys: str) -> None:
        """Without a trace: hold lifted, version deleted."""
        for key in keys:
            self.free(key)
            for version in self.client.list_object_versions(Bucket=self.buckets.archive, Prefix=key)[
                "Versions"
            ]:
                self.client.delete_object(
                    Bucket=self.buckets.archive, Key=key, VersionId=version["VersionId"]
                )

    def replace(self, key: str, data: bytes) -> None:
        self.remove(key)
        self.put(key, data)

    def find(self, prefix: str) -> str:
        return self.client.list_objects_v2(Bucket=self.buckets.archive, Prefix=prefix)["Contents"][0]["Key"]

    def evidence(self, number: int) -> str:
        """Return the part of the manifest with that number."""
        key: str = json.loads(self.get(entry(number)))["body"]["evidence"][0]["key"]
        return key

    def rows(self, number: int) -> str:
        keys = [
            o["Key"]
            for o in self.client.list_objects_v2(Bucket=self.buckets.derived, Prefix="records/")["Contents"]
        ]
        return next(k for k in keys if k.endswith(f"-{number}.parquet"))

    def flip(self, key: str, place: int) -> None:
        data = bytearray(self.get(key))
        data[place] ^= 1
        self.replace(key, bytes(data))


@pytest.fixture(scope="module")
def told(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> tuple[Buckets, Path]:
    buckets, folder = Buckets(), tmp_path_factory.mktemp("told")
    tell(s3, buckets, folder)
    keep_anchor(store.archive(settings_for(s3, buckets, folder)), folder)
    return buckets, folder / "anchor-000000000001.json"


@pytest.fixture
def copy(s3: S3, buckets: Buckets, told: tuple[Buckets, Path]) -> Copy:
    client, original = s3.client(), told[0]
    client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    client.create_bucket(Bucket=buckets.derived)
    copied = Copy(s3, buckets, client, told[1])
    for one in client.list_objects_v2(Bucket=original.archive)["Contents"]:
        copied.put(one["Key"], client.get_object(Bucket=original.archive, Key=one["Key"])["Body"].read())
    for one in client.list_objects_v2(Bucket=original.derived)["Contents"]:
        data = client.get_object(Bucket=original.derived, Key=one["Key"])["Body"].read()
        client.put_object(Bucket=buckets.derived, Key=one["Key"], Body=data)
    return copied


def test_an_unharmed_archive_is_as_specified(copy: Copy, tmp_path: Path) -> None:
    check(copy.s3, copy.buckets, tmp_path)
    assert (
        ours(copy.s3, copy.buckets, tmp_path, copy.outside)
        == theirs(copy.s3, copy.buckets, copy.outside)
        == set()
    )


def a_flipped_bit_in_an_entry(copy: Copy) -> set[str]:
    copy.flip(entry(2), copy.get(entry(2)).index(b'"nonce":"') + 9)
    return {entry(3)}  # whose link no longer fits


def a_flipped_bit_that_breaks_an_entry(copy: Copy) -> set[str]:
    copy.flip(entry(2), 0)
    return {entry(2), entry(3)}


def a_deleted_entry(copy: Copy) -> set[str]:
    copy.client.delete_object(Bucket=copy.buckets.archive, Key=entry(2))
    return {entry(2)}


def an_entry_removed_without_a_trace(copy: Copy) -> set[str]:
    copy.remove(entry(2))
    return {entry(2)}


def an_inserted_entry(copy: Copy) -> set[str]:
    forged = json.loads(copy.get(entry(6))) | {"number": 7}
    copy.put(entry(7), json.dumps(forged).encode())
    return {entry(7)}


def an_entry_behind_a_hole(copy: Copy) -> set[str]:
    copy.put(entry(8), json.dumps(json.loads(copy.get(entry(6))) | {"number": 8}).encode())
    return {entry(7)}


def two_entries_in_each_others_place(copy: Copy) -> set[str]:
    two, three = copy.get(entry(2)), copy.get(entry(3))
    copy.replace(entry(2), three)
    copy.replace(entry(3), two)
    return {entry(2), entry(3), entry(4)}


def an_entry_whose_time_runs_backwards(copy: Copy) -> set[str]:
    last = entry(2, "ledger/gap")
    copy.replace(
        last, json.dumps(json.loads(copy.get(last)) | {"time": "2020-01-01T00:00:00.000000Z"}).encode()
    )
    return {last}


def a_second_version_of_an_entry(copy: Copy) -> set[str]:
    copy.put(entry(6), copy.get(entry(6)))
    return {entry(6)}


def a_flipped_bit_in_evidence(copy: Copy) -> set[str]:
    copy.flip(copy.evidence(1), 2_000)
    return {copy.evidence(1)}


def evidence_that_is_gone(copy: Copy) -> set[str]:
    key = copy.evidence(3)
    copy.remove(key)
    return {key}


def evidence_replaced_by_other_evidence(copy: Copy) -> set[str]:
    copy.replace(copy.evidence(1), copy.get(copy.evidence(3)))
    return {copy.evidence(1)}


def evidence_that_nobody_named(copy: Copy) -> set[str]:
    key = "evidence/mastodon/social/2026/01/20260101T000000Z-00000000-1.warc.gz"
    copy.put(key, copy.get(copy.evidence(1)))
    return {key}


def evidence_of_another_year_that_nobody_named(copy: Copy) -> set[str]:
    """Nor will any capture be about to name it for the next years."""
    key = "evidence/mastodon/social/2099/01/20990101T000000Z-00000000-1.warc.gz"
    copy.put(key, copy.get(copy.evidence(1)))
    return {key}


def a_flipped_bit_in_a_photo(copy: Copy) -> set[str]:
    copy.flip(copy.find("media/"), 30)
    return {copy.find("media/")}


def a_photo_that_is_gone(copy: Copy) -> set[str]:
    key = copy.find("media/")
    copy.remove(key)
    return {key}


def a_second_version_of_a_photo(copy: Copy) -> set[str]:
    copy.put(copy.find("media/"), b"another picture")
    return {copy.find("media/")}


def a_lifted_hold(copy: Copy) -> set[str]:
    copy.free(copy.find("media/"))
    return {copy.find("media/")}


def a_key_of_nobody(copy: Copy) -> set[str]:
    copy.put("notes.txt", b"hello")
    return {"notes.txt"}


def changed_evidence(copy: Copy) -> tuple[str, dict[str, object]]:
    """Change evidence where no exchange is, and return what a manifest would have to say of it."""
    key = copy.evidence(1)
    copy.flip(key, 20)
    data = copy.get(key)
    said = json.loads(copy.get(entry(1)))["body"]["evidence"][0]
    return key, said | {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def evidence_that_a_later_manifest_names_otherwise(copy: Copy) -> set[str]:
    key, said = changed_evidence(copy)
    raw = json.loads(copy.get(entry(6)))
    rows = raw["body"]["rows"] | {"count": 0}
    nothing = {"evidence": [said], "media": [], "deltas": [], "new": 0, "changed": 0, "rows": rows}
    previous = hashlib.sha256(copy.get(entry(6))).hexdigest()
    copy.put(
        entry(7), encode_canonical(raw | {"number": 7, "previous": previous, "body": raw["body"] | nothing})
    )
    return {key}


def evidence_that_another_chain_names_otherwise(copy: Copy) -> set[str]:
    """It is new, and comes before the chain of the account."""
    key, said = changed_evidence(copy)
    raw = json.loads(copy.get(entry(6))) | {"ledger": "capture/aaa/aaa", "number": 1, "previous": None}
    raw["body"] |= {"evidence": [said], "media": [], "deltas": [], "new": 0, "changed": 0}
    raw["body"] |= {"rows": raw["body"]["rows"] | {"count": 0, "total": 0}}
    raw["body"].pop("seen", None)
    copy.put(entry(1, "ledger/capture/aaa/aaa"), encode_canonical(raw))
    return {key}


def files_in_the_folders_of_the_format(copy: Copy) -> set[str]:
    keys = {
        "ledger/gap/notes.txt",
        "ledger/notes/notes.txt",
        "evidence/notes.txt",
        "evidence/mastodon/social/2026/13/20261301T000000Z-00000000-1.warc.gz",
        "media/sha256/aa/notes.txt",
        "self-check/notes.txt",
    }
    for key in keys:
        copy.put(key, b"hello")
    return keys


def an_entry_without_a_body(copy: Copy) -> set[str]:
    raw = json.loads(copy.get(entry(6)))
    del raw["body"]
    copy.replace(entry(6), encode_canonical(raw))
    return {entry(6)}


def a_manifest_without_rows(copy: Copy) -> set[str]:
    raw = json.loads(copy.get(entry(6)))
    del raw["body"]["rows"]
    copy.replace(entry(6), encode_canonical(raw))
    return {entry(6)}


TAMPERINGS: list[Callable[[Copy], set[str]]] = [
    a_flipped_bit_in_an_entry,
    a_flipped_bit_that_breaks_an_entry,
    a_deleted_entry,
    an_entry_removed_without_a_trace,
    an_inserted_entry,
    an_entry_behind_a_hole,
    two_entries_in_each_others_place,
    an_entry_whose_time_runs_backwards,
    a_second_version_of_an_entry,
    a_flipped_bit_in_evidence,
    evidence_that_is_gone,
    evidence_replaced_by_other_evidence,
    evidence_that_nobody_named,
    evidence_of_another_year_that_nobody_named,
    a_flipped_bit_in_a_photo,
    a_photo_that_is_gone,
    a_second_version_of_a_photo,
    a_lifted_hold,
    a_key_of_nobody,
    evidence_that_a_later_manifest_names_otherwise,
    evidence_that_another_chain_names_otherwise,
    files_in_the_folders_of_the_format,
    an_entry_without_a_body,
    a_manifest_without_rows,
]


@pytest.mark.parametrize("tamper", sampled(TAMPERINGS, 4), ids=lambda t: t.__name__)
def test_both_name_what_was_harmed(copy: Copy, tmp_path: Path, tamper: Callable[[Copy], set[str]]) -> None:
    harmed = tamper(copy)
    copy.remove(entry(1, "ledger/anchor"))  # so that nothing but the chain itself can tell
    assert ours(copy.s3, copy.buckets, tmp_path, full=False) == harmed
    assert theirs(copy.s3, copy.buckets, rows=False) == harmed


def copy_to_folder(copy: Copy, folder: Path) -> Path:
    for one in copy.client.list_objects_v2(Bucket=copy.buckets.archive)["Contents"]:
        file = folder / one["Key"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(copy.get(one["Key"]))
    return folder


def run_verifier(*arguments: Path | str) -> tuple[int, str]:
    """Return the exit code of the program, and what it printed."""
    line = [sys.executable, SCHEMAS / "format/verifier.py", *arguments]
    done = subprocess.run(line, capture_output=True, text=True, env={}, check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_copy_in_a_folder_is_verified_without_a_bucket(copy: Copy, tmp_path: Path) -> None:
    folder = copy_to_folder(copy, tmp_path / "copy")
    code, said = run_verifier(folder, "--anchor", copy.outside)
    assert (code, "0 problems" in said) == (0, True), said
    for words in ("No anchor covers: ", "Not checked: the versions of records", "legal holds of objects"):
        assert words in said
    evidence = next(folder.glob("evidence/**/*.warc.gz"))
    evidence.with_name(evidence.name.replace("-1.warc", "-9.warc")).write_bytes(evidence.read_bytes())
    code, said = run_verifier(folder)
    assert code == 1
    assert "no manifest names it" in said
    assert f"its warcinfo names {evidence.name!r}" in said
    assert "anchors from outside: without one" in said
    shutil.rmtree(folder / "ledger/anchor")
    assert "anything against anchors: this archive has none" in run_verifier(folder)[1]
    assert run_verifier(tmp_path / "nowhere")[0] == run_verifier(tmp_path)[0] == 2


def test_what_cannot_be_read_is_named_and_hides_nothing_else(copy: Copy, tmp_path: Path) -> None:
    folder = copy_to_folder(copy, tmp_path / "copy")
    for key in (
        "evidence/foo.txt",
        "ledger/gap/readme.txt",
        "self-check/planted",
        "ledger/x/000000000000.json",
    ):
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_text("x")
    broken = {entry(2): "deltas", entry(1, "ledger/anchor"): "chains"}
    for key, name in broken.items():
        body = json.loads((folder / key).read_bytes())
        del body["body"][name]
        (folder / key).write_text(json.dumps(body))
    photo = next(folder.glob("media/sha256/*/*"))
    photo.write_bytes(photo.read_bytes() + b"x")
    code, said = run_verifier(folder)
    assert code == 1
    assert said.count("has a name that section 3.1 does not know") == 4
    for key, name in broken.items():
        assert f"{key}: cannot be read: KeyError: '{name}'" in said
    assert f"{photo.relative_to(folder)}: does not have the bytes that its name says" in said


def test_a_status_that_the_evidence_does_not_say_is_named(copy: Copy, tmp_path: Path) -> None:
    folder = copy_to_folder(copy, tmp_path / "copy")
    for file in sorted(folder.glob("ledger/capture/*/*/*.json")):
        body = json.loads(file.read_bytes())
        for delta in body["body"]["deltas"]:
            if (status := delta.get("status")) in ("removed", "unavailable") and "content" in delta:
                delta["status"] = "hidden"
                file.write_text(json.dumps(body))
                said = run_verifier(folder)[1]
                assert f"its evidence says that {delta['record_id']} is {status}, not hidden" in said
                return
    pytest.fail("no record is absent")


def test_each_version_is_computed_from_the_rules_also_of_a_damaged_copy(copy: Copy, tmp_path: Path) -> None:
    """A damaged exchange or entry is named, and stops nothing else."""
    copy_to_folder(copy, tmp_path)

    def compute() -> Counter[str]:
        return Counter(result for result, _, _ in recompute.recompute(tmp_path, "mastodon/social"))

    assert compute() == {"equal": 6}
    evidence = tmp_path / copy.evidence(1)
    data = evidence.read_bytes()
    body = json.loads(copy.get(entry(1)))["body"]
    place = body["evidence"][0]["records"][0]["offset"]
    for damaged in (data[:place] + b"?" + data[place + 1 :], data[:place], b""):
        evidence.write_bytes(damaged)
        found = compute()
        assert found["differs"] >= 1
        assert found.total() == 6
    evidence.write_bytes(data)
    (tmp_path / entry(1)).write_bytes(b"{")
    assert compute() == {"differs": 1, "equal": 6 - len(body["deltas"])}


def cut_off(copy: Copy) -> set[str]:
    copy.remove(entry(4), entry(5), entry(6))
    return {entry(6)}


def cut_off_and_forged(copy: Copy) -> set[str]:
    """Three entries that fit each other, with another story."""
    previous = hashlib.sha256(copy.get(entry(3))).hexdigest()
    for number in (4, 5, 6):
        forged = json.dumps(
            json.loads(copy.get(entry(number))) | {"previous": previous, "actor": "nobody@nowhere"}
        ).encode()
        copy.replace(entry(number), forged)
        previous = hashlib.sha256(forged).hexdigest()
    return {entry(6)}


@pytest.mark.parametrize("tamper", [cut_off, cut_off_and_forged], ids=lambda t: t.__name__)
def test_a_tail_that_was_cut_off_or_forged_is_known_by_an_anchor_alone(
    copy: Copy, tmp_path: Path, tamper: Callable[[Copy], set[str]]
) -> None:
    harmed = tamper(copy)
    assert (
        ours(copy.s3, copy.buckets, tmp_path, full=False)
        == theirs(copy.s3, copy.buckets, rows=False)
        == harmed
    )
    copy.remove(entry(1, "ledger/anchor"))
    harmed |= {entry(1, "ledger/anchor")}
    assert ours(copy.s3, copy.buckets, tmp_path, copy.outside, full=False) == harmed
    assert theirs(copy.s3, copy.buckets, copy.outside, rows=False) == harmed
    stray = {k for k in ours(copy.s3, copy.buckets, tmp_path, full=False) if k.startswith("ledger/")}
    assert stray == set(), "without an anchor the chain looks whole"


ANCHORS = "ledger/anchor"


def anchored(copy: Copy, folder: Path) -> Path:
    """Add a gap and two more anchors; the last, in which only one of four chains moved, is kept outside."""
    archive = store.archive(settings_for(copy.s3, copy.buckets, folder))
    keep_anchor(archive, folder)
    Gaps(archive).open_("social", "counts-differ", "a gap after two anchors")
    body = keep_anchor(archive, folder).body
    assert set(body["chains"]) == {"gap"}
    assert set(body["unmoved"].values()) == {1}
    return folder / "anchor-000000000003.json"


def forged(copy: Copy, number: int, **changes: object) -> None:
    """Replace an anchor by one with other fields, whose root and links fit."""
    raw = json.loads(copy.get(entry(number, ANCHORS)))
    raw["body"] |= changes
    raw["body"]["root"] = anchor.root_of(raw["body"])
    copy.replace(entry(number, ANCHORS), encode_canonical(raw))


def an_anchor_that_names_a_wrong_anchor(copy: Copy) -> set[str]:
    forged(copy, 3, unmoved=json.loads(copy.get(entry(3, ANCHORS)))["body"]["unmoved"] | {"register": 2})
    return {entry(3, ANCHORS)}


def an_anchor_that_leaves_out_a_chain(copy: Copy) -> set[str]:
    body = json.loads(copy.get(entry(3, ANCHORS)))["body"]
    forged(copy, 3, unmoved={name: by for name, by in body["unmoved"].items() if name != "register"})
    return {entry(3, ANCHORS)}


def an_anchor_that_names_a_chain_of_nobody(copy: Copy) -> set[str]:
    forged(copy, 3, unmoved=json.loads(copy.get(entry(3, ANCHORS)))["body"]["unmoved"] | {"nobody": 1})
    return {entry(3, ANCHORS)}


def an_anchor_with_another_previous_root(copy: Copy) -> set[str]:
    forged(copy, 3, previous_root="0" * 64)
    return {entry(3, ANCHORS)}


def an_anchor_without_a_root(copy: Copy) -> set[str]:
    raw = json.loads(copy.get(entry(3, ANCHORS)))
    del raw["body"]["root"]
    copy.replace(entry(3, ANCHORS), encode_canonical(raw))
    return {entry(3, ANCHORS)}


def a_chain_that_no_anchor_names(copy: Copy) -> set[str]:
    """It says that it began before the anchors did."""
    raw = json.loads(copy.get(entry(1, "ledger/register"))) | {"ledger": "audit/2020-01/host"}
    key = entry(1, "ledger/audit/2020-01/host")
    copy.put(key, encode_canonical(raw | {"type": "events", "time": "2020-01-01T00:00:00.000000Z"}))
    return {key}


def a_chain_that_is_gone(copy: Copy) -> set[str]:
    copy.remove(entry(1, "ledger/register"))
    return {entry(1, "ledger/register")}


@pytest.mark.parametrize(
    "tamper",
    [
        an_anchor_that_names_a_wrong_anchor,
        an_anchor_that_leaves_out_a_chain,
        an_anchor_that_names_a_chain_of_nobody,
        an_anchor_with_another_previous_root,
        an_anchor_without_a_root,
        a_chain_that_no_anchor_names,
        a_chain_that_is_gone,
    ],
    ids=lambda t: t.__name__,
)
def test_anchors_name_every_chain(copy: Copy, tmp_path: Path, tamper: Callable[[Copy], set[str]]) -> None:
    outside = anchored(copy, tmp_path)
    check(copy.s3, copy.buckets, tmp_path)
    assert ours(copy.s3, copy.buckets, tmp_path, outside) == theirs(copy.s3, copy.buckets, outside) == set()
    harmed = tamper(copy)
    assert ours(copy.s3, copy.buckets, tmp_path, full=False) == harmed
    assert theirs(copy.s3, copy.buckets, rows=False) == harmed


def rewritten(copy: Copy, folder: Path) -> None:
    """Change the oldest entry of a chain that did not move, and make every anchor again: all of it fits."""
    copy.remove(*(entry(number, ANCHORS) for number in (1, 2, 3)))
    raw = json.loads(copy.get(entry(1, "ledger/register")))
    copy.replace(entry(1, "ledger/register"), encode_canonical(raw | {"actor": "nobody@nowhere"}))
    for _ in range(3):
        anchor.append(store.archive(settings_for(copy.s3, copy.buckets, folder)))


def test_a_consistent_forgery_is_known_by_an_outside_anchor_that_names_no_head_of_the_chain(
    copy: Copy, tmp_path: Path
) -> None:
    outside = anchored(copy, tmp_path)
    rewritten(copy, tmp_path)
    assert ours(copy.s3, copy.buckets, tmp_path) == theirs(copy.s3, copy.buckets) == set()
    harmed = {
        entry(3, ANCHORS),
        entry(2, ANCHORS),
    }  # the anchor itself, and the one before, whose hash it has
    assert ours(copy.s3, copy.buckets, tmp_path, outside) == theirs(copy.s3, copy.buckets, outside) == harmed
    report = verify(
        store.archive(settings_for(copy.s3, copy.buckets, tmp_path)), outside=[anchor.read_file(outside)]
    )
    [proof] = report.proofs
    assert (proof.is_proved, proof.ends) == (False, None)
    assert "does not have anchor 3 of" in proof.describe()[0]


def test_each_of_several_outside_anchors_counts(copy: Copy, tmp_path: Path) -> None:
    """One of this archive hides nothing that another shows."""
    anchored(copy, tmp_path)
    honest = copy.outside
    alien = tmp_path / "anchor-000000000002.json"
    alien.write_bytes(copy.get(entry(2, ANCHORS)).replace(b'"nonce":"', b'"nonce":"0'))
    harmed = {entry(2, ANCHORS)}
    for outside in ([honest, alien], [alien, honest]):
        assert ours(copy.s3, copy.buckets, tmp_path, *outside) == harmed
        assert theirs(copy.s3, copy.buckets, *outside) == harmed


def test_what_an_outside_anchor_proves_ends_with_its_heads(copy: Copy, tmp_path: Path) -> None:
    last = anchored(copy, tmp_path)
    archive = store.archive(settings_for(copy.s3, copy.buckets, tmp_path))
    kept = [anchor.read_file(file) for file in (copy.outside, last)]
    first, newest = verify(archive, outside=kept).proofs
    ends = {"anchor": 1, "capture/mastodon/social": 6, "gap": 2, "register": 1}
    assert {name: end for name, end in (first.ends or {}).items() if "audit" not in name} == ends
    assert {name: end for name, end in (newest.ends or {}).items() if "audit" not in name} == ends | {
        "anchor": 3,
        "gap": 3,
    }
    assert (first.is_proved, first.later, newest.is_proved, newest.later) == (True, 3, True, 0)
    assert "capture/mastodon/social up to 6, gap up to 2" in first.describe()[0]
    assert "3 entries written later" in " ".join(first.describe())
    assert "written later" not in " ".join(newest.describe())
    gap = json.loads(copy.get(entry(3, "ledger/gap"))) | {"actor": "nobody@nowhere"}
    copy.replace(entry(3, "ledger/gap"), encode_canonical(gap))
    first, newest = verify(archive, outside=kept).proofs
    assert (first.is_proved, newest.is_proved) == (True, False)
    assert newest.describe()[0].startswith("  1 problem above may concern what anchor 3 of ")


def test_rows_that_a_later_parser_read_again_are_those_that_were_promised(
    copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade and `recordroom rebuild records`, a lost object is still reported."""
    monkeypatch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=mastodon.PLATFORM.parser + 1))
    settings = settings_for(copy.s3, copy.buckets, tmp_path)
    rebuild_records(store.archive(settings), store.derived(settings))
    assert ours(copy.s3, copy.buckets, tmp_path) == theirs(copy.s3, copy.buckets) == set()
    [key] = [
        o["Key"]
        for o in copy.client.list_objects_v2(Bucket=copy.buckets.derived, Prefix="records/g2/merged/")[
            "Contents"
        ]
    ]
    rows = pq.read_table(
        io.BytesIO(copy.client.get_object(Bucket=copy.buckets.derived, Key=key)["Body"].read())
    )
    out = io.BytesIO()
    pq.write_table(rows.slice(1), out)
    copy.client.put_object(Bucket=copy.buckets.derived, Key=key, Body=out.getvalue())
    harmed = {f"records of social, entry {rows['ledger_number'][0]}"}
    assert ours(copy.s3, copy.buckets, tmp_path) == theirs(copy.s3, copy.buckets) == harmed


def test_rows_that_are_not_what_was_promised(copy: Copy, tmp_path: Path) -> None:
    client, bucket, key = copy.client, copy.buckets.derived, copy.rows(1)
    rows = pq.read_table(io.BytesIO(client.get_object(Bucket=bucket, Key=key)["Body"].read()))
    changed = [
        row | ({"text": "Nothing of the kind"} if row["text"] == "Closed today" else {})
        for row in rows.to_pylist()
    ]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(changed, schema=rows.schema), out)
    client.put_object(Bucket=bucket, Key=key, Body=out.getvalue())
    client.delete_object(Bucket=bucket, Key=copy.rows(3))
    harmed = {"records of social, entry 1", "records of social, entry 3"}
    assert ours(copy.s3, copy.buckets, tmp_path) == theirs(copy.s3, copy.buckets) == harmed
