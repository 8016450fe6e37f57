"""One request fails each time, in every way: only what depends on it is missing, and that is reported.

Each sort of request of two readings (of everything, and of the last days), on every platform, fails in each
of WAYS: some four hundred readings, by the connector alone, without the store. test_one_thing_fails.py plays
what a capture makes of a reading.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import create_app
from recordroom.capture.credentials.tokens import TokenManager
from recordroom.capture.http.client import HttpClient
from recordroom.capture.segment.parsing import parse_response
from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.registry import list_message_readers, load
from tests.archives import make
from tests.capture.everywhere.faulty import (
    BESIDE,
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
from tests.capture.everywhere.scene import Scene, opened
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing
from tests.services import S3, Buckets

WAYS: tuple[int | str, ...] = (500, 403, 404, "bare", "silent", "cut")
# Requests that need a permission or a role: a missing one must be reported as such (403);
# and lists that are refused: 404.
ENDS_REFUSED = {
    "facebook": r"403 .*/feed\?",
    "wordpress": r"40[34] .*/(posts|pages|comments)\?per_page=&orderby",
    "youtube": r"403 .*moderationStatus",
}
# Conversations that were removed or closed since they were listed: the difference of counts shows what
# is missing.
COUNTED = {
    "linkedin": r"404 .*/comments\?",
    "vimeo": r"40[34] .*/(comments|replies)\?",
    "youtube": r"404 .*videoId=",
}
RECENT = Window("recent", START - timedelta(days=20), START - timedelta(days=10), reads_messages=True)


@dataclass
class Read:
    """The result of one reading."""

    records: dict[str, Told] = field(default_factory=dict)
    failure: str = ""
    short: set[str] = field(default_factory=set)  # what the reading reports as missing

    def note(self, exchange: Exchange) -> None:
        self.short |= {
            str(exchange.context[name]) for name in ("short", "messages_refused") if name in exchange.context
        }


def read(scene: Scene, secrets: Mapping[str, str], window: Window, failing: Failing) -> Read:
    connector, account, found = load(scene.platform), scene.archive.account(scene.name), Read()
    client = HttpClient(contact="records@example.org", limit=10**8, transport=failing)
    client.authorize(secrets)
    try:
        who = connector.identify(account, client)
        for exchange in connector.fetch(account.with_identity(who), window, client):
            found.note(exchange)
            try:
                found.records |= {
                    record.record_id: Told.of(record) for record in parse_response(connector, exchange)
                }
            except UnexpectedResponse as unread:
                if not unread.misshapen:
                    raise
                found.short.add(unread.message)  # the core keeps it, continues, and fails at the end
    except PlatformFailure as failure:
        found.failure = failure.message
    finally:
        client.close()
    return found


def ways_of(platform: str, sort: str) -> list[int | str]:
    """Return the ways in which a request may fail without ending the reading.

    Only some lists are tried as `odd`, because a fixed connector may read them later.
    """
    if re.search(ENDS[platform], sort):
        return []
    named = ENDS_REFUSED.get(platform, "(?!)")
    odd = (
        ["odd"]
        if any(re.search(known.get(platform, "(?!)"), sort) for known in (CONVERSATIONS, BESIDE))
        else []
    )
    return [way for way in WAYS if not re.search(named, f"{way} {sort}")] + odd


@pytest.mark.parametrize("platform", sorted(STAGES))
def test_each_way_in_which_a_request_may_fail(
    platform: str, s3: S3, shared: Buckets, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if load(platform).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    scene = opened(platform, s3, shared, tmp_path, START)
    allow(scene)
    real = httpx.WSGITransport(create_app(scene.network, scene.where))
    entry = scene.archive.register.raw[0] | (
        {"private_messages": "capture"} if platform in list_message_readers() else {}
    )
    scene.archive = make(s3, shared, tmp_path, entry, transport=real)
    with standing(scene.network.now):
        tell(scene)
        say(scene, "new", START)
        client = HttpClient(contact="records@example.org", limit=10**8, transport=real)
        TokenManager(scene.archive.account(scene.name), load(platform), client, tmp_path / "tokens").open()
        asked: set[str] = set()
        for window in (Window("full", reads_messages=True), RECENT):
            healthy = Failing(real, platform)
            whole = read(scene, client.secrets, window, healthy)
            assert not whole.failure
            sorts = {sort: place for sort, place in sorts_of(healthy.said).items() if sort not in asked}
            asked |= sorts.keys()
            for sort, place in sorts.items():
                for way in ways_of(platform, sort):
                    failing, case = Failing(real, platform, place, way), f"{way} {sort}"
                    part = read(scene, client.secrets, window, failing)
                    lack, unexplained = lacking(whole.records, part.records, healthy.said[place])
                    assert failing.failed, case
                    assert (part.failure, unexplained) == ("", []), case
                    assert (
                        part.short - whole.short or not lack or re.search(COUNTED.get(platform, "(?!)"), case)
                    ), case
