"""The ledger of the quarantine and what is in force of it: at once, in every process, and also while the
bucket is away.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from recordroom.archive import store
from recordroom.archive.ledger import Ledger
from recordroom.archive.quarantine import watch
from recordroom.archive.quarantine.ledger import FILE, NAME, PUT, RECORD, QuarantineTarget, lift, put, read
from recordroom.archive.quarantine.watch import QuarantineWatch
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.errors import ServiceUnavailable, UsageError
from tests.archives import settings_for
from tests.services import S3, Buckets
from tests.verifier.agreement import check

POST, REASON = QuarantineTarget(RECORD, "wordpress:x/posts/1"), "a person's home address"
DATA = b"a picture"
PICTURE = QuarantineTarget(FILE, sha256(DATA))


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path) -> Store:
    client = s3.client()
    client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
    client.create_bucket(Bucket=buckets.derived)
    found = store.archive(settings_for(s3, buckets, tmp_path))
    found.put_new(f"media/sha256/{PICTURE.name[:2]}/{PICTURE.name}", DATA)
    return found


def test_each_act_is_an_entry_and_the_last_one_counts(
    archive: Store, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    first = put(archive, POST, f" {REASON} ", "officer@example")
    put(archive, PICTURE, "unlawful", "officer@example")
    found = read(archive)
    assert (list(found.records), list(found.files)) == ([POST.name], [PICTURE.name])
    bar = found.records[POST.name]
    assert (bar.reason, bar.who, bar.at, bar.number) == (REASON, "officer@example", first.time, 1)
    lift(archive, POST, "it was another person's", "chief@example")
    later = read(archive, found)
    assert (dict(later.records), list(later.files), later.tail.number, later.newest) == (
        {},
        [PICTURE.name],
        3,
        2,
    )
    assert later == read(archive)
    put(archive, POST, "after all")
    assert [e.type for e in Ledger(archive, NAME).entries()] == [
        "quarantined",
        "quarantined",
        "lifted",
        "quarantined",
    ]
    assert archive.get(f"media/sha256/{PICTURE.name[:2]}/{PICTURE.name}") == DATA
    check(s3, buckets, tmp_path)


def test_an_act_reads_on_from_what_is_known(archive: Store) -> None:
    """A new act does not wait for a read of the complete ledger, however long it is."""
    put(archive, POST, REASON)
    lift(archive, POST, "it was another person's")
    put(archive, PICTURE, "unlawful")
    known, asked = read(archive), archive.requests
    put(archive, POST, "after all", known=known)
    assert archive.requests - asked == 3, "the last entry that is known, the one after it, and the new one"
    with pytest.raises(UsageError, match="under quarantine already"):
        put(archive, POST, REASON, known=known)


def test_what_cannot_be_is_told_and_nothing_is_written(
    archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(archive, POST, REASON, "officer@example")
    monkeypatch.setattr("recordroom.archive.quarantine.ledger.MOST", 1)
    for act, thing, reason, words in (
        (put, POST, REASON, "under quarantine already, since .* by officer@example"),
        (
            put,
            QuarantineTarget(RECORD, "wordpress:x/posts/2"),
            REASON,
            "1 are under quarantine, the most",
        ),
        (put, QuarantineTarget(FILE, "0" * 64), REASON, "the archive has no file"),
        (put, QuarantineTarget(FILE, "../ledger"), REASON, "the archive has no file"),
        (put, PICTURE, " ", "a reason is required"),
        (put, PICTURE, "x" * 2_001, "the reason has 2,001 characters"),
        (lift, PICTURE, REASON, "is not under quarantine"),
    ):
        with pytest.raises(UsageError, match=words):
            act(archive, thing, reason)
    assert read(archive).tail.number == 1


def test_it_is_in_force_in_every_process_within_seconds(
    archive: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = QuarantineWatch(archive, tmp_path / "one"), QuarantineWatch(archive, tmp_path / "other")
    assert dict(one.now().records) == dict(other.now().records) == {}
    put(archive, POST, REASON)
    assert list(one.refresh().records) == [POST.name]
    with monkeypatch.context() as patch:
        patch.setattr(watch, "REMEMBERED", 3600.0)
        asked = archive.requests
        assert {len(other.now().records) for _ in range(100)} == {0}
        assert archive.requests == asked, "however often it is looked at"
    other._ended -= watch.REMEMBERED  # so much later
    assert list(other.now().records) == [POST.name]


def away(s3: S3, buckets: Buckets, folder: Path) -> Store:
    return store.archive(
        settings_for(s3, buckets, folder).model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    )


def test_without_the_bucket_the_last_known_stays_in_force(
    archive: Store, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    put(archive, POST, REASON)
    running = QuarantineWatch(archive, tmp_path)
    known = running.now()
    running._archive = away(s3, buckets, tmp_path)
    assert running.refresh() == known
    assert running._done.wait(30)
    assert "cannot be reached" in running.problem
    assert QuarantineWatch(away(s3, buckets, tmp_path), tmp_path).now() == known  # a process that starts then


def test_where_nobody_knows_it_nothing_is_shown(
    archive: Store, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = away(s3, buckets, tmp_path)
    monkeypatch.setattr(watch, "FIRST", 0.2)
    monkeypatch.setattr(watch, "PATIENCE", 0.2)
    with pytest.raises(ServiceUnavailable, match="are under quarantine, so no records are shown"):
        QuarantineWatch(gone, tmp_path).now()
    monkeypatch.undo()
    QuarantineWatch(archive, tmp_path).now()
    [copy] = tmp_path.glob("quarantine-*.json")
    monkeypatch.setattr(watch, "FIRST", 0.2)
    os.utime(copy, (time.time() - watch.DAY,) * 2)
    with pytest.raises(ServiceUnavailable, match="are under quarantine, so no records are shown"):
        QuarantineWatch(gone, tmp_path).now()
    copy.write_bytes(b"{")
    with pytest.raises(ServiceUnavailable, match="are under quarantine, so no records are shown"):
        QuarantineWatch(gone, tmp_path).now()
    monkeypatch.undo()
    QuarantineWatch(archive, tmp_path).now()  # which makes it again
    assert dict(QuarantineWatch(gone, tmp_path).now().records) == {}


def test_a_bucket_that_is_not_there_is_no_empty_quarantine(s3: S3, tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailable, match="the bucket does not exist"):
        QuarantineWatch(store.archive(settings_for(s3, Buckets(), tmp_path)), tmp_path).now()


def test_a_chain_that_was_cut_lifts_nothing(archive: Store, s3: S3, tmp_path: Path) -> None:
    put(archive, POST, REASON)
    running = QuarantineWatch(archive, tmp_path)
    known = running.now()
    client, key = s3.client(), "ledger/quarantine/000000000001.json"
    version = client.list_object_versions(Bucket=archive.bucket, Prefix=key)["Versions"][0]["VersionId"]
    client.put_object_legal_hold(Bucket=archive.bucket, Key=key, LegalHold={"Status": "OFF"})
    client.delete_object(Bucket=archive.bucket, Key=key, VersionId=version)
    assert running.refresh() == known
    assert "the ledger was cut" in running.problem
    assert QuarantineWatch(archive, tmp_path).now() == known


def test_older_knowledge_never_replaces_newer(archive: Store, tmp_path: Path) -> None:
    slow, quick = QuarantineWatch(archive, tmp_path), QuarantineWatch(archive, tmp_path)
    before = slow.now()
    put(archive, POST, REASON)
    known = quick.now()
    slow._keep(before)
    there = QuarantineWatch(archive, tmp_path)._copy()
    assert there is not None
    assert there[0] == known


def test_what_nobody_has_confirmed_for_a_day_shows_nothing_in_a_process_that_runs_either(
    s3: S3, buckets: Buckets, tmp_path: Path, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process is cut off from the bucket, and somebody hides a record through another one."""
    watching = QuarantineWatch(archive, tmp_path / "journal")
    assert watching.now() is not None
    watching._archive = store.archive(
        settings_for(s3, buckets, tmp_path).model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    )
    later = time.time() + watch.DAY
    monkeypatch.setattr("recordroom.archive.quarantine.watch.time.time", lambda: later)
    with pytest.raises(ServiceUnavailable, match="no records are shown"):
        watching.now()


def test_an_entry_that_gives_no_reason_hides_all_the_same(archive: Store, tmp_path: Path) -> None:
    """As another program may write it."""
    ledger = Ledger(archive, NAME)
    ledger.append(PUT, {RECORD: "x/no-reason"}, read(archive).tail)
    assert "x/no-reason" in QuarantineWatch(archive, tmp_path / "journal").now().records
    lift(archive, QuarantineTarget(RECORD, "x/no-reason"), "the test is over")
