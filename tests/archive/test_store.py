"""The store puts once and says what happened.

An endpoint that only pretends to is found out before anything is trusted to it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import conformance, store
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, ServiceUnavailable
from tests.archives import settings_for
from tests.services import S3, Buckets


def test_a_key_is_put_once(archive: Store) -> None:
    assert archive.put_new("media/a", b"one") is True
    assert archive.put_new("media/a", b"one") is True, "the same bytes are there already"
    assert archive.put_new("media/a", b"two") is False
    assert archive.get("media/a") == b"one"
    assert [v.is_marker for v in archive.versions("media/a")] == [False]
    head = archive.head("media/a")
    assert head is not None
    assert (head.size, head.sha256, head.held) == (3, hashlib.sha256(b"one").hexdigest(), True)
    digest = hashlib.sha256(b"two").hexdigest()
    assert archive.put_file("media/a", io.BytesIO(b"two"), digest) is False
    assert archive.put_file("media/b", io.BytesIO(b"two"), digest) is True
    assert archive.put_file("media/b", io.BytesIO(b"two"), digest) is True
    with pytest.raises(ArchiveError):
        archive.put_file("media/c", io.BytesIO(b"three"), digest)
    assert archive.head("media/c") is None, "bytes that are not those of the checksum are not taken"


def test_what_is_not_there_is_none_or_named(archive: Store) -> None:
    assert archive.head("media/none") is None
    assert archive.find("media/none") is None
    with pytest.raises(ArchiveError, match="an object is missing"):
        archive.get("media/none")
    with pytest.raises(ArchiveError):
        archive.get_range("media/none", 0, 1)
    with pytest.raises(ArchiveError, match="never deletes"):
        archive.delete("media/a")


def test_times_in_answers_are_not_read(archive: Store) -> None:
    """To read one takes longer than anything else of a listed key."""
    archive.put_new("media/timed", b"now")
    [listed] = archive.client.list_objects_v2(Bucket=archive.bucket, Prefix="media/timed")["Contents"]
    told: object = listed["LastModified"]
    assert isinstance(told, str)
    assert list(archive.keys("media/timed")) == ["media/timed"]


def test_wrong_keys_and_nobody_there_are_told_apart(s3: S3, archive: Store, tmp_path: Path) -> None:
    buckets = Buckets(archive.bucket, archive.bucket)
    strangers = store.archive(settings_for(replace(s3, secret_key="wrong"), buckets, tmp_path))
    nobody = store.archive(settings_for(replace(s3, endpoint="http://127.0.0.1:1"), buckets, tmp_path))
    for how in (
        lambda o: o.put_new("media/x", b"x"),
        lambda o: o.get("media/x"),
        lambda o: list(o.versions()),
        lambda o: list(o.keys("")),
    ):
        with pytest.raises(ArchiveError):
            how(strangers)
    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        nobody.get("media/x")
    assert archive.head("media/x") is None


def test_two_replace_one_object_and_one_of_them_wins(s3: S3, tmp_path: Path) -> None:
    known = settings_for(s3, Buckets(), tmp_path)
    derived = store.derived(known)
    conformance.create_bucket(derived)
    assert conformance.check(derived) is True
    assert conformance.check(derived) is False, "once a bucket"
    assert derived.replace("records/catalog.json", b"one", None)
    assert not derived.replace("records/catalog.json", b"two", None)
    found = derived.find_tagged("records/catalog.json")
    assert found is not None
    assert derived.replace("records/catalog.json", b"three", found[1])
    assert not derived.replace("records/catalog.json", b"four", found[1])
    assert derived.find("records/catalog.json") == b"three"


def without(one: Store, header: str) -> Store:
    """As an endpoint does that takes a header and ignores it."""

    def strip(request: Any, **_: object) -> None:
        if header in request.headers:
            del request.headers[header]

    one.client.meta.events.register("before-sign.s3", strip)
    return one


@pytest.mark.parametrize(
    ("hold", "header", "words"),
    [
        (True, "If-None-Match", "conditional writes of one object succeeded"),
        (True, "x-amz-object-lock-legal-hold", "a legal hold that was set with an object is missing"),
        (True, "x-amz-checksum-sha256", "SHA-256 checksums are not kept"),
        (False, "If-Match", "If-Match with an old ETag is not refused"),
    ],
)
def test_an_endpoint_that_only_pretends_is_found_out(
    s3: S3, tmp_path: Path, *, hold: bool, header: str, words: str
) -> None:
    make: Callable[..., Store] = store.archive if hold else store.derived
    one = make(settings_for(s3, Buckets(), tmp_path))
    conformance.create_bucket(one)
    without(one, header)
    with pytest.raises(ArchiveError, match=words) as caught:
        conformance.check(one)
    assert "not safe for an archive" in caught.value.message
    assert one.head(conformance.MARKER) is None, "it is checked again"


def test_a_bucket_is_made_in_the_region_of_the_settings(s3: S3, tmp_path: Path) -> None:
    """AWS refuses one without a constraint in any region but its first."""
    one, asked = store.archive(settings_for(s3, Buckets(), tmp_path, s3_region="us-west-2")), list[Any]()
    one.client.meta.events.register(
        "before-send.s3.CreateBucket", lambda request, **_: asked.append(request.body)
    )
    assert conformance.create_bucket(one) is True
    assert b"<LocationConstraint>us-west-2</LocationConstraint>" in asked[0]
    first = store.derived(settings_for(s3, Buckets(), tmp_path))
    first.client.meta.events.register(
        "before-send.s3.CreateBucket", lambda request, **_: asked.append(request.body)
    )
    assert conformance.create_bucket(first) is True
    assert not asked[1]


def test_a_bucket_that_the_writer_may_not_make_is_told_with_what_it_needs(s3: S3, tmp_path: Path) -> None:
    one = store.archive(settings_for(s3, Buckets(archive="No_Name"), tmp_path))
    with pytest.raises(ArchiveError, match="cannot be created") as caught:
        conformance.create_bucket(one)
    assert "versioning and Object Lock" in (caught.value.mend or "")


def test_a_bucket_that_was_made_without_versions_is_found_out(s3: S3, tmp_path: Path) -> None:
    one = store.archive(settings_for(s3, Buckets(), tmp_path))
    one.client.create_bucket(Bucket=one.bucket)
    assert conformance.create_bucket(one) is False
    with pytest.raises(ArchiveError):
        conformance.check(one)
