"""The proof of a version that is not visible shows what in the evidence tells that, or says what it does not
show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs

from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.model import Record
from recordroom.records.proof import ProofStep, prove_version
from recordroom.records.record import list_versions
from recordroom.records.source import read_source
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.status import name_status
from tests.capture.everywhere.scene import Scene, conversation, opened
from tests.services import S3, Buckets
from tests.viewers import reader

_at = EvidenceReader.at
TELLS = "The evidence of this version has its status"
MODERATED = {  # platform -> what is done to a comment, where the response says so, and in which words
    "bluesky": ("hide", "/threadgate/record/hiddenReplies/0", None),
    "facebook": ("hide", "is_hidden", True),
    "instagram": ("hide", "hidden", True),
    "threads": ("hide", "hide_status", "HIDDEN"),
    "tiktok": ("hide", "status", "HIDDEN"),
    "youtube": ("hold", "snippet/moderationStatus", "heldForReview"),
    "wordpress": ("hold", "status", "hold"),
}


class Related(httpx.BaseTransport):
    """The sandbox with what it does not have itself: who blocks whom."""

    def __init__(self, real: httpx.BaseTransport) -> None:
        self.real = real

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("app.bsky.graph.getRelationships"):
            return self.real.handle_request(request)
        told = [{"did": did, "blocking": "at://x/y/z"} for did in request.url.params.get_list("others")]
        return httpx.Response(200, json={"actor": request.url.params["actor"], "relationships": told})


@contextmanager
def moderated(
    platform: str, act: str, s3: S3, elasticsearch: str, folder: Path
) -> Iterator[tuple[Scene, Searcher, dict[str, Any]]]:
    """A comment that was visible, and that the account hid or held back: its newest row."""
    buckets = Buckets()
    scene = opened(
        platform, s3, buckets, folder, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30)
    )
    _, comment, _ = conversation(scene)
    scene.sound()
    if act == "block":
        scene.between.real = Related(scene.between.real)
        scene.network.block(scene.us, scene.parent)
    else:
        getattr(scene.network, act)(comment)
    assert scene.capture().failure is None
    settings = scene.archive.place.settings.model_copy(
        update={"elasticsearch_url": elasticsearch, "index": buckets.archive}
    )
    scene.archive.place = replace(scene.archive.place, settings=settings)
    index = Index(settings, scene.archive.archive, scene.archive.derived)
    index.catch_up()
    index.client.close()
    searcher = Searcher(settings, scene.archive.archive, scene.archive.derived)
    [row] = [r for r in scene.rows() if r["status"] != "visible" and "And the buses?" in r["text"]]
    yield scene, searcher, row
    searcher.client.close()


def told(searcher: Searcher, row: dict[str, Any]) -> ProofStep:
    """The step about its status; all others hold."""
    steps = prove_version(searcher, row["record_id"], row["account"], row["sequence"], reader(searcher)).steps
    assert all(step.ok for step in steps if step.what != TELLS), steps
    [found] = [step for step in steps if step.what == TELLS]
    return found


@pytest.mark.parametrize("platform", MODERATED)
def test_what_the_answer_itself_says_is_shown(
    platform: str, s3: S3, elasticsearch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, place, says = MODERATED[platform]
    with moderated(platform, act, s3, elasticsearch, tmp_path) as (scene, searcher, row):
        step = told(searcher, row)
        assert (step.ok, step.limit) == (True, "")
        whom = "the agency" if row["acted_by"] == "agency" else "unknown"
        assert step.expected == step.found == f"Status: {name_status(row['status'])}. By: {whom}."
        assert step.part
        assert (step.part.pointer, step.part.beside) == (
            place if place[0] == "/" else f"{row['pointer']}/{place}",
            False,
        )
        assert json.loads(step.part.text) == (says or row["native_id"])
        assert row["status_reason"] in step.means
        versions = list_versions(searcher, row["record_id"], reader(searcher))
        assert (
            read_source(scene.archive.archive, versions[-1], versions, reader(searcher)).status == step.part
        )
        assert read_source(scene.archive.archive, versions[0], versions, reader(searcher)).status is None

        def shown(record: Record) -> Record:
            return structs.replace(record, status="visible", acted_by=None)

        monkeypatch.setattr(
            "recordroom.capture.segment.parsing.EvidenceReader.at", lambda *_, at=_at: shown(at(*_))
        )
        assert (told(searcher, row).ok, told(searcher, row).found) == (False, "Status: visible.")


def test_what_other_answers_said_is_told_as_a_note_beside_it(
    s3: S3, elasticsearch: str, tmp_path: Path
) -> None:
    """On Bluesky the conversation does not show answers of somebody who is blocked; their words come with
    another answer.
    """
    with moderated("bluesky", "block", s3, elasticsearch, tmp_path) as (_, searcher, row):
        step = told(searcher, row)
        assert (step.ok, step.found) == (True, "Status: hidden. By: the agency.")
        assert "The response with the text does not report this status itself." in step.limit
        assert "not part of this proof" in step.limit
        assert step.part
        assert step.part.beside
        assert json.loads(step.part.text) == ["agency", row["status_reason"]]
