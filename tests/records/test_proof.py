"""A version is proved against the store; whatever was changed is a step that does not hold, and never an
error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.records.evidence import locate_version
from recordroom.records.proof import ProofStep, prove_version
from recordroom.search.index.documents import id_of
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.archives import TestArchive
from tests.capture.everywhere.scene import conversation, opened
from tests.services import S3, Buckets
from tests.viewers import reader

WORDS, LINKS, NAMED, STATUS, EVIDENCE, READ_AGAIN, FILE = range(7)


@pytest.fixture(scope="module")
def archive(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> TestArchive:
    """A capture of a real face: a post with a picture, an edited comment, a removed reply.

    A test that falsifies something restores it.
    """
    buckets = Buckets()
    scene = opened(
        "wordpress",
        s3,
        buckets,
        tmp_path_factory.mktemp("proving"),
        datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30),
    )
    _, comment, reply = conversation(scene)
    scene.sound()
    scene.network.edit(comment, "And the buses, please?")
    scene.network.remove(reply)
    scene.sound("full")
    settings = scene.archive.place.settings.model_copy(
        update={"elasticsearch_url": elasticsearch, "index": buckets.archive}
    )
    scene.archive.place = replace(scene.archive.place, settings=settings)
    return scene.archive


@pytest.fixture(scope="module")
def searcher(archive: TestArchive) -> Iterator[Searcher]:
    index = Index(archive.place.settings, archive.archive, archive.derived)
    index.catch_up()
    index.client.close()
    searcher = Searcher(archive.place.settings, archive.archive, archive.derived)
    yield searcher
    searcher.client.close()


def records(searcher: Searcher) -> list[dict[str, Any]]:
    found = searcher.client.search(
        index=searcher.alias, size=50, query={"bool": {"must_not": {"term": {"kind": "profile"}}}}
    )
    return [hit["_source"] for hit in found["hits"]["hits"]]


def proved(searcher: Searcher, one: dict[str, Any]) -> tuple[ProofStep, ...]:
    return prove_version(searcher, one["record_id"], one["account"], one["sequence"], reader(searcher)).steps


def pictured(searcher: Searcher) -> dict[str, Any]:
    return next(one for one in records(searcher) if one.get("media"))


@contextmanager
def falsified(searcher: Searcher, one: dict[str, Any], document: dict[str, Any]) -> Iterator[None]:
    """Put that document in the place of `one`'s, or next to it."""
    own, other = (id_of(d["account"], d["record_id"], d["sequence"]) for d in (one, document))
    searcher.client.index(index=searcher.alias, id=other, document=document, refresh=True)
    yield
    searcher.client.delete(index=searcher.alias, id=other)
    searcher.client.index(index=searcher.alias, id=own, document=one, refresh=True)


def test_each_version_of_what_was_captured_is_proved(searcher: Searcher) -> None:
    found = records(searcher)
    assert {one["status"] for one in found} > {"visible"}
    assert any(one["changed"] == ["text"] for one in found)
    for one in found:
        assert all(step.ok for step in proved(searcher, one)), one["record_id"]
    assert len(proved(searcher, pictured(searcher))) == FILE + 1


def test_words_that_were_changed_in_the_index_are_not_proved(searcher: Searcher) -> None:
    one = pictured(searcher)
    with falsified(searcher, one, one | {"text": "Open today"}):
        assert [step.ok for step in proved(searcher, one)] == [False, *[True] * FILE]


@pytest.mark.parametrize(
    "told", [{"status": "spam"}, {"acted_by": "agency"}, {"status_reason": "a moderator said so"}]
)
def test_a_status_that_was_changed_in_the_index_is_not_proved(
    searcher: Searcher, told: dict[str, Any]
) -> None:
    """Its hash is the same: it is of the content."""
    for one in (pictured(searcher), next(one for one in records(searcher) if one["status"] != "visible")):
        with falsified(searcher, one, one | told):
            steps = proved(searcher, one)
        assert [n for n, step in enumerate(steps) if not step.ok] == [STATUS]
        assert next(iter(told.values())) in steps[STATUS].expected


def test_another_file_that_the_archive_has_is_not_proved(searcher: Searcher) -> None:
    one = pictured(searcher)
    other = [file | {"sha256": "0" * 64} for file in one["media"]]
    with falsified(searcher, one, one | {"media": other}):
        steps = proved(searcher, one)
    assert (steps[FILE].ok, steps[FILE].found) == (False, one["media"][0]["sha256"])


def gone(searcher: Searcher) -> dict[str, Any]:
    return next(one for one in records(searcher) if one["status"] != "visible")


def test_what_had_gone_is_proved_by_two_answers(searcher: Searcher) -> None:
    """The text is in the evidence of an earlier version, the status in its own; neither is reported for the
    other.
    """
    one = gone(searcher)
    found = prove_version(searcher, one["record_id"], one["account"], one["sequence"], reader(searcher))
    assert found.words.record["sequence"] == 1 < one["sequence"] == found.version.record["sequence"]
    assert found.words.evidence.key != found.version.evidence.key
    assert [step.what for step in found.steps[FILE:]] == [
        "The evidence of this version has its status",
        (
            "The ledger entry of version 1, which has the text, is linked to the entry before it, and the"
            " entries after it are linked in order"
        ),
        "The evidence file of version 1, which has the text, is the one that its ledger entry names",
    ]
    assert found.steps[FILE].expected.startswith(f"Status: {one['status']}. By: unknown. Source: ")
    assert "with HTTP status 404, does not contain the record." in found.steps[FILE].means
    assert found.steps[FILE].limit.startswith(
        "This step compares the recorded conclusion with the ledger entry."
    )


def test_words_that_no_version_of_the_index_brought_are_not_proved(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor are they reported to be in the response without them."""
    one = gone(searcher)
    last = prove_version(
        searcher, one["record_id"], one["account"], one["sequence"], reader(searcher)
    ).version
    monkeypatch.setattr("recordroom.records.record.list_versions", lambda *_: (last,))
    steps = proved(searcher, one)
    assert [n for n, step in enumerate(steps) if not step.ok] == [READ_AGAIN]
    assert "has the text of version 2" in steps[READ_AGAIN].found


def test_words_of_what_had_gone_whose_evidence_was_changed_are_not_proved(
    searcher: Searcher, archive: TestArchive
) -> None:
    one = gone(searcher)
    key = prove_version(
        searcher, one["record_id"], one["account"], one["sequence"], reader(searcher)
    ).words.evidence.key
    client, bucket = archive.archive.client, archive.archive.bucket
    put = client.put_object(Bucket=bucket, Key=key, Body=archive.archive.get(key) + b"more")
    assert [step.ok for step in proved(searcher, one)] == [True] * (FILE + 2) + [False]
    client.delete_object(Bucket=bucket, Key=key, VersionId=put["VersionId"])


def test_a_version_that_no_entry_has_is_not_proved(searcher: Searcher) -> None:
    one = pictured(searcher)
    forged = {**one, "sequence": one["sequence"] + 1}
    with falsified(searcher, one, forged):
        steps = proved(searcher, forged)
    assert [steps[n].ok for n in (NAMED, STATUS, READ_AGAIN)] == [False, False, False]
    assert "has no version" in steps[NAMED].found


def test_evidence_in_whose_place_other_bytes_stand_is_not_proved(
    searcher: Searcher, archive: TestArchive
) -> None:
    one = pictured(searcher)
    found = prove_version(searcher, one["record_id"], one["account"], one["sequence"], reader(searcher))
    assert found.steps[EVIDENCE].ok
    version = found.version
    client, bucket, key = archive.archive.client, archive.archive.bucket, version.evidence.key
    put = client.put_object(Bucket=bucket, Key=key, Body=b"other bytes")
    assert proved(searcher, version.record)[EVIDENCE].ok is False
    client.delete_object(Bucket=bucket, Key=key, VersionId=put["VersionId"])


def test_where_the_store_is_away_nothing_is_said(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    one = pictured(searcher)

    def away(**_: Any) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    version = prove_version(
        searcher, one["record_id"], one["account"], one["sequence"], reader(searcher)
    ).version
    # its place was read before
    monkeypatch.setattr("recordroom.records.record.list_versions", lambda *_: (version,))
    for name in ("get_object", "head_object"):
        monkeypatch.setattr(searcher.archive.client, name, away)
    steps = proved(searcher, one)
    assert [step.ok for step in steps] == [True, *[None] * (FILE + 2)]


def test_where_the_store_is_away_for_a_moment_it_is_no_proof(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, known = gone(searcher), locate_version
    whole = proved(searcher, one)
    answers = iter([ServiceUnavailable("the store cannot be reached", "")])

    def away_once(*given: Any) -> Any:
        for problem in answers:
            raise problem
        return known(*given)

    monkeypatch.setattr("recordroom.records.proof.locate_version", away_once)
    steps = proved(searcher, one)
    assert [step.ok for step in steps].count(None) == 1
    assert steps[-1].found == "the store cannot be reached"
    assert {step.ok for step in whole} == {True}


def test_there_is_nothing_to_prove_of_what_there_is_not(searcher: Searcher) -> None:
    one = pictured(searcher)
    with pytest.raises(UsageError, match="there is no version 9"):
        prove_version(searcher, one["record_id"], one["account"], 9, reader(searcher))
