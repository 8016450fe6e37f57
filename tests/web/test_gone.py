"""Records that were removed before a repeated request: pages show the response without them apart from their
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from recordroom import __version__
from recordroom.rights import Right
from tests.building import Building
from tests.capture.everywhere.scene import Scene, conversation, opened
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

WHO = Who()
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)


@pytest.fixture(scope="module")
def scene(
    s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Scene, TestClient]]:
    """A reply that was removed between two captures, and the room over it."""
    buckets, folder = Buckets(), tmp_path_factory.mktemp("gone")
    building = Building.at(s3, buckets, folder, elasticsearch)
    scene = opened("bluesky", s3, buckets, folder, START)
    _, _, reply = conversation(scene)
    scene.sound()
    scene.network.remove(reply)
    scene.sound()
    building.enrol(
        {
            "id": scene.name,
            "platform": "bluesky",
            "url": scene.stage.url,
            "title": "T",
            "class": "official",
            "owner": "C",
        }
    )
    building.index()
    with visited(building, WHO) as client:
        yield scene, client


def page(scene: tuple[Scene, TestClient], name: str, sequence: int) -> tuple[list[dict[str, Any]], str]:
    """(the versions of what was removed, the words of that page of one of them)."""
    gone = next(r["record_id"] for r in scene[0].rows() if r["status"] == "removed")
    versions = [r for r in scene[0].rows() if r["record_id"] == gone]
    answer = scene[1].get(
        f"/{name}?{urlencode({'id': gone, 'account': scene[0].name, 'sequence': sequence})}"
    )
    assert answer.status_code == 200
    return versions, re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_what_was_sent_is_two_answers_each_with_its_own_evidence(scene: tuple[Scene, TestClient]) -> None:
    versions, words = page(scene, "native", 2)
    again, _, brought = words.partition("Its text, from version 1")
    assert "RecordNotFound" in again
    assert "They stay in the yard." not in again
    assert "They stay in the yard." in brought
    keys = [re.findall(r"evidence/\S+\.warc\.gz", part) for part in (again, brought)]
    assert keys[0] != keys[1]
    assert [v["status"] for v in versions] == ["visible", "removed"]
    assert "When it was requested again" not in page(scene, "native", 1)[1]


def test_its_proof_says_which_answer_holds_what(scene: tuple[Scene, TestClient]) -> None:
    words = page(scene, "proof", 2)[1]
    assert "All steps passed" in words
    assert "the archive has two responses of the platform, exactly as received." in words
    assert "contains the text, which version 1 recorded." in words
    assert re.search(r"Evidence file of the text \S+-1\.warc\.gz , version 1", words)
    assert "two responses" not in page(scene, "proof", 1)[1]
    assert "The proof of the status has a limit" in words
    assert "How the status is known" not in page(scene, "proof", 1)[1]


def test_a_proof_can_be_filed_alone(scene: tuple[Scene, TestClient], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the record and its author, when it was made, for whom, and by what.

    An auditor sees neither text nor name.
    """
    versions, words = page(scene, "proof", 2)
    about = words[words.index("What was checked") : words.index(" Steps ")]
    assert versions[0]["record_id"] in about
    assert f"Author's ID {versions[0]['author_id']} Author's name {versions[0]['author_name']} (not" in about
    assert re.search(r"Published \w+ \d+, \d+, .* according to the platform \(not compared", about)
    assert re.search(
        r"Valid from .* \(source: capture\) Text valid from .* \(source: \w+\), version 1", about
    )
    assert "Beginning of the text They stay in the yard." in about
    checked = re.search(
        r"Checked (\w+ \d+, \d+, \S+ [ap]\.m\.)(?: P[SD]T)? \((\S+ \S+) UTC\) , for officer, with recordroom (\S+) Committed"
        r" entry",
        about,
    )
    assert checked
    assert (
        checked[3],
        abs(datetime.fromisoformat(f"{checked[2]}Z") - datetime.now(UTC)) < timedelta(minutes=10),
    ) == (__version__, True)
    assert "A hash is a fingerprint of 64 characters." in words
    assert (
        "Status: removed. By: its author. Source: the author&#39;s own server reports RecordNotFound" in words
    )
    assert "removed; author;" not in words
    monkeypatch.setattr(WHO, "rights", frozenset({Right.ENTER, Right.PROVE}))
    seen = page(scene, "proof", 2)[1]
    assert "All steps passed" in seen
    assert versions[0]["record_id"] in seen
    for kept in ("They stay in the yard.", versions[0]["author_name"], "Author", "Valid from", "The record,"):
        assert kept not in seen
