"""One thing at which a platform fails each time keeps nothing from the archive that does not depend on it, and the lack is told.

One request of each sort that a first capture and the one after it make is answered with an error, as often as it is made, on every
platform: what its answer would have told may lack then, with all that is said below it, and nothing else. The few that end a capture, which
says so, are named here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.model import Video
from infra.local.sandbox.moderation import Unsupported
from recordroom.archive.gaps import Gaps
from recordroom.model import NO_ANSWER
from recordroom.platforms import load, readers
from tests.archives import make
from tests.capture.everywhere.scene import Scene, opened
from tests.capture.everywhere.stages import STAGES
from tests.clock import standing
from tests.services import S3, Buckets

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
TITLED, FILMS, WORDS = ("feed", "tiktok", "vimeo", "wordpress", "youtube"), ("vimeo", "youtube"), ("bluesky",)
SCOPES = {  # beside those of the stage
    "facebook": ["pages_messaging"],
    "instagram": ["instagram_business_manage_messages"],
    "mastodon": ["read"],
    "x": ["tweet.read", "users.read", "dm.read", "block.read", "mute.read"],
}
ENDS = {  # a capture: who the account is, what the token may, the account's own page, the list of its posts, (LinkedIn) what alone tells
    # of comments on older posts, and (X) messages, last of all
    "bluesky": r"/\S*(getProfile|getAuthorFeed)\?",
    "facebook": r"/me\?|/\*\?fields|/published_posts\?(?!.*summary)",
    "feed": r"/rss.xml",
    "instagram": r"/me\?fields=\S*username|/media\?",
    "linkedin": r"/organizations|/organizationAcls|/posts\?|List\(COMMENT",
    "mastodon": r"/lookup|/instance|/verify_cred|/statuses\?",
    "threads": r"/me\?|/threads\?",
    "tiktok": r"/business/get/|/video/list/",
    "vimeo": r"/me\?|/oauth/verify|/me/videos\?sort",
    "wordpress": r"/wp-json/\?|/users/me",
    "x": r"/users/by/|/users/\*\?|/users/\*/tweets|/dm_events",
    "youtube": r"/channels|/playlistItems|/commentThreads\?(?=.*allThreads)(?!.*moderationStatus)",
}
SILENT = {  # what is said below one post, which is never answered: a server may hang at one long conversation each time
    "bluesky": r"getPostThread",
    "facebook": r"/comments\?",
    "instagram": r"/comments\?",
    "linkedin": r"/comments\?",
    "mastodon": r"/context",
    "threads": r"/conversation\?",
    "tiktok": r"/comment/list",
    "vimeo": r"/comments\?",
    "wordpress": r"/posts\?per_page=&orderby=&_embed=$",  # a page of posts, which comes in parts then
    "x": r"/search/",
    "youtube": r"/commentThreads\?.*videoId",
}
REFUSED = {"linkedin": r"/socialMetadata", "vimeo": r"/texttracks", "wordpress": r"/revisions\?.*_fields", "x": r"/mentions"}  # perhaps


@dataclass
class Failing(httpx.BaseTransport):
    """A platform that answers the request `at` with an error. `said`: what it told in answer to each."""

    real: httpx.BaseTransport
    at: str = ""
    status: int = 500
    failed: int = 0
    said: dict[str, str] = field(default_factory=dict)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = [f"{name}={value}" for name, value in parse_qsl(request.url.query.decode()) if name != "access_token"]
        place = f"{request.url.path}?{'&'.join(asked)}"
        if place == self.at:
            self.failed += 1
            if self.status == NO_ANSWER:
                raise httpx.ReadTimeout("The read operation timed out")
            return httpx.Response(self.status, json={"error": {"message": "An unknown error occurred", "code": 1}})
        response = self.real.handle_request(request)
        text = response.read().decode("utf-8", "replace")
        if re.match(r"application/|text/xml", response.headers.get("content-type", "")):
            self.said[place] = self.said.get(place, "") + text
        return response


def sort_of(place: str) -> str:
    """A request without its numbers, and without what it asks for but for a few words by which requests of one path differ."""
    path, _, query = place.partition("?")
    path = re.sub(r"[^/]*\d{3}[^/]*|(?<=/)\d+(?=/|$)", "*", path)
    return f"{path}?{re.sub(r'=(?!user|media_count|List.(SHARE|COMMENT)|heldFor|likely)[^&]*', '=', query)}"


def say(scene: Scene, name: str, at: datetime, **more: Any) -> None:
    """A notice, a question about it and an answer to that."""
    titled: dict[str, Any] = {"title": f"Notice {name}"} if scene.platform in TITLED else {}
    shown: dict[str, Any] = (
        {"video": Video(5)} if scene.platform in FILMS else {} if scene.platform in WORDS else {"photos": [scene.photo("Snow")]}
    )
    post = scene.publish(f"Notice {name}", at=at, **titled | shown | more)
    if scene.platform in FILMS:
        scene.network.caption(post, "en", f"Caption {name}", at=at)
    if scene.stage.answered:
        comment = scene.network.comment(scene.parent, post, f"Question {name}", at=at + timedelta(hours=1))
        scene.network.comment(scene.teacher, comment, f"Answer {name}", at=at + timedelta(hours=2))


def tell(scene: Scene) -> None:
    """What there is before the first capture: of all that a platform has, something."""
    network = scene.network
    titled: dict[str, Any] = {"title": "Hello"} if scene.platform in TITLED else {}
    say(scene, "old", START - timedelta(days=60))
    say(scene, "recent", START - timedelta(days=5))
    verbs: tuple[Callable[[], object], ...] = (
        lambda: say(scene, "page", START - timedelta(days=3), kind="page"),
        lambda: network.publish(scene.parent, "Hello @district", **titled),
        lambda: network.message(scene.parent, scene.us, "In private"),
        lambda: None if scene.platform == "bluesky" else network.block(scene.us, scene.teacher),  # the sandbox does not tell who that is
        lambda: network.album(scene.us, "Showcase"),
        lambda: network.trash(network.publish(scene.us, "Thrown away", **titled)),
        lambda: network.edit(network.publish(scene.us, "Closed", **titled), "Open"),
    )
    for verb in verbs:
        with suppress(Unsupported):
            verb()


@dataclass
class Played:
    """What came of two captures of one account. `told`: what gaps and files that lack say."""

    failing: Failing
    rows: Mapping[str, dict[str, Any]]
    failures: list[str | None]
    told: set[str]


def play(platform: str, s3: S3, shared: Buckets, folder: Path, *, at: str = "", status: int = 500) -> Played:
    scene = opened(platform, s3, shared, folder, START)
    scene.network.quota(scene.where, 10**6, 60)
    for token in scene.network.tokens:
        token.account, token.scopes = token.account or scene.us, [*token.scopes, *SCOPES.get(platform, [])]
    entry = scene.archive.register.raw[0] | ({"private_messages": "capture"} if platform in readers() else {})
    failing = Failing(httpx.WSGITransport(create_app(scene.network, scene.where)), at, status)
    scene.archive = make(s3, shared, folder, entry, transport=failing)
    with standing(scene.network.now):
        tell(scene)
        failures = [scene.capture("history").failure]
        say(scene, "new", scene.network.now())
        failures.append(scene.capture().failure)
        told = {str(gap.detail) for gap in Gaps(scene.archive.archive, scene.archive.derived).open_now([scene.name])}
    assert scene.network.invalid == []
    rows = {row["record_id"]: row for row in scene.archive.written(scene.name)}
    return Played(failing, rows, failures, told | {str(file["missing_reason"]) for row in rows.values() for file in row["media"] or ()})


def lacking(whole: Played, part: Played) -> tuple[list[str], list[str]]:
    """(what is not in the archive, what of that neither that one answer tells nor stands below anything that it tells). Whom the account
    blocks is put together from several answers."""
    answer = whole.failing.said[part.failing.at]
    answer += re.sub(r"<.*?>|\\u003c.*?\\u003e", "", answer)  # without its tags
    lack = {record_id: row for record_id, row in whole.rows.items() if record_id not in part.rows}

    def was_told(row: dict[str, Any]) -> bool:
        words = (row["text"] or row["title"] or "").splitlines()[:1]
        if any(word in answer for word in words) or row["record_id"].endswith("/moderation"):
            return True
        return row["parent_id"] in lack and was_told(lack[row["parent_id"]])

    return list(lack), [record_id for record_id, row in lack.items() if not was_told(row)]


@pytest.mark.parametrize("platform", sorted(STAGES))
def test_each_request_failing_for_good(platform: str, s3: S3, shared: Buckets, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if load(platform).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    whole = play(platform, s3, shared, tmp_path / "whole")
    assert whole.failures == [None, None]
    sorts = {sort_of(place): place for place in reversed(whole.failing.said)}  # the first of each sort
    tried = [(place, 500) for sort, place in sorts.items() if not re.search(ENDS[platform], sort)]
    tried += [(place, 403) for sort, place in sorts.items() if platform in REFUSED and re.search(REFUSED[platform], sort)]
    tried += [(place, NO_ANSWER) for sort, place in sorts.items() if platform in SILENT and re.search(SILENT[platform], sort)][:1]
    for number, (place, status) in enumerate(tried):
        part = play(platform, s3, shared, tmp_path / str(number), at=place, status=status)
        lack, unexplained = lacking(whole, part)
        assert part.failing.failed, place
        assert (part.failures, unexplained) == ([None, None], []), place
        assert part.told - whole.told or not lack, place
