"""`verify` names anything that was forged, and never stops at it.

tests/verifier/test_tampering.py checks what it says of a real capture's archive. Forged entries are well
linked, since a forger can also hash; their contents are nonsense in every way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.archive.ledger import Ledger, Tail, key_of, tail_of
from recordroom.archive.store import ObjectVersion, Store
from recordroom.archive.verify import ArchiveProblem, verify
from recordroom.canonical import encode_canonical, sha256
from tests.capture.stage import US, opened
from tests.running import recordroom
from tests.services import S3, Buckets

EVIDENCE = "evidence/mastodon/{name}/2026/01/20260101T000000Z-00000000-1.warc.gz"
SCALARS = st.none() | st.integers() | st.text(max_size=3)


def manifest(archive: Store, name: str) -> dict[str, Any]:
    """The body of a sound manifest whose evidence and media lie in the bucket."""
    warc = f"{name} is evidence".encode()
    photo = f"{name} is a photo".encode()
    key = EVIDENCE.format(name=name)
    archive.put_new(key, warc)
    archive.put_new(f"media/sha256/{sha256(photo)[:2]}/{sha256(photo)}", photo)
    return {
        "evidence": [{"key": key, "bytes": len(warc), "sha256": sha256(warc), "records": []}],
        "media": [{"sha256": sha256(photo), "bytes": len(photo)}],
        "deltas": [],
        "rows": {"count": 0, "total": 0, "sha256": sha256(b"")},
    }


def chain(archive: Store, name: str, *bodies: dict[str, Any], type_: str = "manifest") -> str:
    """A well-linked chain of these bodies; its name."""
    ledger, tail = Ledger(archive, f"capture/mastodon/{name}"), Tail()
    for body in bodies:
        tail = tail_of(ledger.append(type_, body, tail))
    return ledger.name


def found(archive: Store, name: str, **how: Any) -> list[ArchiveProblem]:
    """What is said of the objects of one account."""
    return [p for p in verify(archive, **how).problems if f"/{name}/" in p.object]


def harm(archive: Store, key: str, data: bytes | None) -> None:
    """As somebody does who holds the keys: the hold lifted, the version deleted, other bytes put."""
    client, bucket = archive.client, archive.bucket
    client.put_object_legal_hold(Bucket=bucket, Key=key, LegalHold={"Status": "OFF"})
    [version] = client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    client.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])
    if data is not None:
        archive.put_new(key, data)


def test_a_sound_chain_is_sound(archive: Store) -> None:
    chain(archive, "sound", manifest(archive, "sound"), manifest(archive, "sound"))
    assert found(archive, "sound") == []


WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "no evidence": lambda body: {k: v for k, v in body.items() if k != "evidence"},
    "evidence of another shape": lambda body: body | {"evidence": {"key": "x"}},
    "evidence without a key": lambda body: body | {"evidence": [{"bytes": 1}]},
    "evidence that is text": lambda body: body | {"evidence": ["x"]},
    "a key that is none": lambda body: body | {"evidence": [body["evidence"][0] | {"key": {"a": [1]}}]},
    "media that are numbers": lambda body: body | {"media": [1, 2]},
    "media without a hash": lambda body: body | {"media": [{"bytes": 3}]},
    "nothing": lambda _: {},
    "no rows": lambda body: {k: v for k, v in body.items() if k != "rows"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_forged_manifest_is_named_and_the_walk_goes_on(archive: Store, wrong: str) -> None:
    name = f"forged-{list(WRONG).index(wrong)}"
    ledger = chain(
        archive, name, manifest(archive, name), WRONG[wrong](manifest(archive, name)), manifest(archive, name)
    )
    problems = found(archive, name)
    assert key_of(ledger, 2) in {p.object for p in problems}
    assert {p.object for p in problems} <= {key_of(ledger, 2), key_of(ledger, 3)}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda c: st.lists(c, max_size=2) | st.dictionaries(st.text(max_size=5), c),
    )
)
def test_no_anchor_however_forged_stops_the_walk(archive: Store, value: Any) -> None:
    ledger = Ledger(archive, "anchor")
    tail = Tail()
    for entry in ledger.entries():
        tail = tail_of(entry)
    for body in (
        {"chains": value, "root": value},
        {"chains": {"capture/mastodon/sound": value}, "root": "0" * 64},
        {"root": value},
    ):
        tail = tail_of(ledger.append("anchor", body, tail))
    named = {p.object for p in verify(archive).problems}
    assert {key_of("anchor", tail.number - back) for back in range(3)} <= named


@pytest.mark.parametrize(
    "file",
    [
        "1.json",
        "000000000001.JSON",
        "0000000000001.json",
        "00000000000\u0661.json",
        "x",
        "000000000001.json.bak",
    ],
)
def test_a_key_that_is_none_of_a_chain_is_named(archive: Store, file: str) -> None:
    name = f"named-{len(file)}-{file.encode().hex()[:40]}"
    ledger = chain(archive, name, manifest(archive, name))
    archive.put_new(f"ledger/{ledger}/{file}", archive.get(key_of(ledger, 1)))
    assert {p.object for p in found(archive, name)} == {f"ledger/{ledger}/{file}"}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"x"',
        encode_canonical({"format": 2}),
        b"\xff" * 20,
        encode_canonical({"format": 1, "body": []}),
        b"1" * 5000,
    ],
)
def test_an_entry_that_is_none_is_named(archive: Store, raw: bytes) -> None:
    name = f"raw-{sha256(raw)[:8]}"
    ledger = chain(archive, name, manifest(archive, name), manifest(archive, name))
    harm(archive, key_of(ledger, 1), raw)
    assert {p.object for p in found(archive, name)} == {key_of(ledger, 1), key_of(ledger, 2)}


def test_sizes_are_compared_where_bytes_are_not_read(archive: Store) -> None:
    """The nightly walk reads a thirtieth of the bytes; an object of another size is noticed in any night."""
    key = EVIDENCE.format(name="sized")
    chain(archive, "sized", manifest(archive, "sized"))
    harm(archive, key, b"shorter")
    shares = [found(archive, "sized", share=(part, 2)) for part in range(2)]
    assert [[p.object for p in problems] for problems in shares] == [[key], [key]]
    assert sorted(p.problem.split(" ")[1] for problems in shares for p in problems) == ["content", "size"]


def test_a_hole_of_several_entries_is_named_at_its_beginning(archive: Store) -> None:
    ledger = chain(archive, "hole", *(manifest(archive, "hole") for _ in range(6)))
    for number in (3, 4, 5):
        harm(archive, key_of(ledger, number), None)
    assert [p.object for p in found(archive, "hole")] == [key_of(ledger, 3)]


def test_whatever_is_not_put_by_us_is_named(archive: Store) -> None:
    folder = "evidence/mastodon/alien"
    alien = {f"{folder}/notes.txt", f"{folder}/2099/01/20990101T000000Z-00000000-1.warc.gz"}
    # a writer is about to name the last
    for key in (*alien, f"{folder}/{datetime.now(UTC):%Y/%m/%Y%m%dT%H%M%SZ}-00000000-1.warc.gz"):
        archive.put_new(key, b"x")
    assert {p.object for p in found(archive, "alien")} == alien


def test_what_a_long_capture_commits_while_the_bucket_is_listed_is_no_problem(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its evidence is there and its entry is put when all keys were listed.

    A capture of last January by its name.
    """
    body, listed = manifest(archive, "long"), Store.versions

    def then_committed(*given: Any) -> Iterator[ObjectVersion]:
        yield from listed(*given)
        chain(archive, "long", body)

    assert [p.problem for p in found(archive, "long")] == [
        "no manifest names it; the next capture of its account commits it, or reports why not"
    ]
    monkeypatch.setattr(Store, "versions", then_committed)
    assert found(archive, "long") == []


def test_the_command_line_names_everything_and_ends_with_1(s3: S3, tmp_path: Path) -> None:
    """Also where the register itself is harmed, a chain is broken, and a platform is made up.

    `--full` stops at none of them.
    """
    play = opened(s3, Buckets(), tmp_path)
    play.network.publish(US, "Hello")
    play.sound()
    known = play.archive.place.settings
    given = {
        "BUCKET": known.bucket,
        "DERIVED_BUCKET": known.derived_bucket,
        "S3_ENDPOINT": s3.endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "ELASTICSEARCH_URL": "http://127.0.0.1:1",
        "LOCAL": str(tmp_path / "none"),
    }
    environment = {f"RECORDROOM_{k}": v for k, v in given.items()}

    def run() -> tuple[int, list[dict[str, Any]]]:
        done = recordroom("verify", "--full", "--json", environment=environment)
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, told = run()
    assert (code, told[-1]["problems"]) == (0, 0), told
    archive = play.archive.archive
    play.sound()
    own = play.archive.account(play.name).ledger
    for ledger in (own, chain(archive, "short", manifest(archive, "short"), manifest(archive, "short"))):
        harm(
            archive,
            key_of(ledger, 1),
            encode_canonical(json.loads(archive.get(key_of(ledger, 1))) | {"actor": "nobody"}),
        )
    archive.put_new("ledger/register/000000000001.json", b"garbage")
    archive.put_new("ledger/capture/madeup/ghost/000000000001.json", b"garbage")
    code, told = run()
    assert code == 1
    assert {line["object"] for line in told[:-1]} == {
        key_of(own, 2),
        key_of("capture/mastodon/short", 2),
        "ledger/capture/mastodon/short",  # without parts of its manifests that a fold needs
        "ledger/capture/madeup/ghost/000000000001.json",
        "ledger/register/000000000001.json",
    }
    assert told[-1]["problems"] == len(told) - 1
    assert set(told[0]) == {"object", "problem", "expected", "found"}
