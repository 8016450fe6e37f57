"""Gaps that no capture can close, answered by a person in the register: what that ends, and what it must not end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger
from recordroom.model import ZONE
from tests.archives import register_of
from tests.capture import stage
from tests.capture.stage import OTHER, US, Play
from tests.services import S3, Buckets

TODAY = datetime.now(ZONE).date().isoformat()


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return stage.opened(s3, shared, tmp_path)


def explain(play: Play, **words: dict[str, Any]) -> None:
    """`counts_differ={...}`: what the agency says to that."""
    entry = {"id": play.name, "platform": "mastodon", "url": "https://social.test/@district", "api_url": "http://social.test"}
    said = {reason.replace("_", "-"): {"until": TODAY} | word for reason, word in words.items()}
    play.archive.register = register_of({**entry, "explained": said})


def gaps(play: Play) -> list[Gap]:
    return Gaps(play.archive.archive).open_now([play.name])


def closings(play: Play) -> list[str]:
    found = (e.body for e in Ledger(play.archive.archive, "gap").entries() if e.type == "closed" and e.body["account"] == play.name)
    return [body["how"] for body in found]


def without(hidden: str) -> Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]:
    """The platform counts these answers, and shows them to nobody."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        return httpx.Response(200, json=body | {"descendants": [d for d in body["descendants"] if hidden not in d["content"]]})

    return answer


def test_what_was_removed_before_it_was_seen_is_explained_by_its_number(play: Play) -> None:
    post, why = play.network.publish(US, "Closed today"), "removed before they were first seen"
    for number in range(2):
        play.network.comment(OTHER, post, f"Nobody sees {number}")
    with play.between.meanwhile("/context", without("Nobody sees")):
        play.sound()
        [gap] = gaps(play)
        assert (gap.reason, gap.detail[:44]) == ("counts-differ (whole account)", "the platform counts 2 more than we hold: 2 a")
        explain(play, counts_differ={"lacking": 1, "why": why})
        play.sound("full")
        assert gaps(play) == [gap], "more than that lacks, and no other number"
        explain(play, counts_differ={"lacking": 2, "why": why})
        for kind in ("full", None, "full"):
            assert play.sound(kind).gaps == []
        assert (gaps(play), closings(play)) == ([], [f"the register says: {why}"])
        assert play.final()["completeness"]["lacking"] == 2
        play.network.comment(OTHER, post, "Nobody sees this either")
        play.sound()
        assert [g.reason for g in gaps(play)] == ["counts-differ"]
        play.sound("full")
        assert ["counts 3 more than we hold" in g.detail for g in gaps(play)] == [True, True]
        explain(play, counts_differ={"lacking": 3, "why": "all three were looked at"})
        play.sound("full")
        assert (gaps(play), closings(play)[1:]) == ([], ["the register says: all three were looked at"] * 2)
        explain(play)
        play.sound("full")
        assert [g.reason for g in gaps(play)] == ["counts-differ (whole account)"], "nobody says so any more"
        play.network.comment(OTHER, post, "Nobody sees a fourth")
        play.sound("full")
        assert [g.detail[:26] for g in gaps(play)] == ["the platform counts 4 more"], "a sweep tells the number that a person needs"
    play.sound("full")
    assert gaps(play) == []
