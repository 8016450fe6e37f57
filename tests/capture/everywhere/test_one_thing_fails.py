"""A platform fails at one request each time: only what depends on it is missing, and that is reported.

On every platform, one request of each sort that a first capture and the next one make gets an error, as often
as it is made. The archive may then miss what its response contains and everything below that, and nothing
else. faulty.py names the few requests that end a capture, which reports it. test_each_fault.py has the other
ways in which a request can fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import create_app
from recordroom.archive.gaps import Gaps
from recordroom.platforms.registry import list_message_readers, load
from tests.archives import make
from tests.capture.everywhere.faulty import (
    CONVERSATIONS,
    ENDS,
    START,
    Failing,
    Told,
    allow,
    lacking,
    say,
    sorts_of,
    tell,
)
from tests.capture.everywhere.scene import opened
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

# a page of posts, which then comes in parts
HANGS = CONVERSATIONS | {"wordpress": r"/posts\?per_page=&orderby=&_embed=$"}
REFUSED = {
    "linkedin": r"/socialMetadata",
    "vimeo": r"/texttracks|/comments",
    "wordpress": r"/revisions\?.*_fields",
    "x": r"/mentions",
}


@dataclass
class Played:
    """The results of two captures of one account."""

    failing: Failing
    rows: Mapping[str, Told]
    failures: list[str | None]
    told: set[str]  # texts of gaps and of missing files


def play(
    platform: str, s3: S3, shared: Buckets, folder: Path, *, at: str = "", way: int | str = 500
) -> Played:
    scene = opened(platform, s3, shared, folder, START)
    allow(scene)
    entry = scene.archive.register.raw[0] | (
        {"private_messages": "capture"} if platform in list_message_readers() else {}
    )
    failing = Failing(httpx.WSGITransport(create_app(scene.network, scene.where)), platform, at, way)
    scene.archive = make(s3, shared, folder, entry, transport=failing)
    with standing(scene.network.now):
        tell(scene)
        failures = [scene.capture("history").failure]
        say(scene, "new", scene.network.now())
        failures.append(scene.capture().failure)
        told = {
            str(gap.detail)
            for gap in Gaps(scene.archive.archive, scene.archive.derived).open_now([scene.name])
        }
    assert scene.network.invalid == []
    rows = scene.archive.written(scene.name)
    told |= {str(file["missing_reason"]) for row in rows for file in row["media"] or ()}
    held = {
        row["record_id"]: Told(row["record_id"], row["text"], row["title"], row["parent_id"]) for row in rows
    }
    return Played(failing, held, failures, told)


@pytest.mark.parametrize("platform", sorted(STAGES))
def test_each_request_failing_for_good(
    platform: str, s3: S3, shared: Buckets, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if load(platform).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    whole = play(platform, s3, shared, tmp_path / "whole")
    assert whole.failures == [None, None]
    sorts = sorts_of(whole.failing.said)
    tried: list[tuple[str, int | str]] = [
        (place, 500) for sort, place in sorts.items() if not re.search(ENDS[platform], sort)
    ]
    tried += [
        (place, 403)
        for sort, place in sorts.items()
        if platform in REFUSED and re.search(REFUSED[platform], sort)
    ]
    tried += [
        (place, "silent")
        for sort, place in sorts.items()
        if platform in HANGS and re.search(HANGS[platform], sort)
    ][:1]
    for number, (place, way) in enumerate(tried):
        part = play(platform, s3, shared, tmp_path / str(number), at=place, way=way)
        lack, unexplained = lacking(whole.rows, part.rows, whole.failing.said[place])
        assert part.failing.failed, place
        assert (part.failures, unexplained) == ([None, None], []), place
        assert part.told - whole.told or not lack, place
