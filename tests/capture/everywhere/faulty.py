"""A platform that fails at one request each time, its account, and what may be missing after that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx

from infra.sandbox.model import Video
from infra.sandbox.moderation import Unsupported
from recordroom.model import Record
from tests.capture.everywhere.scene import Scene
from tests.fault_transport import fault

START = datetime(2026, 6, 1, 16, tzinfo=UTC)
TITLED, FILMS, WORDS = ("feed", "tiktok", "vimeo", "wordpress", "youtube"), ("vimeo", "youtube"), ("bluesky",)
SCOPES = {  # in addition to the scopes of the stage
    "facebook": ["pages_messaging"],
    "instagram": ["instagram_business_manage_messages"],
    "mastodon": ["read"],
    "x": ["tweet.read", "users.read", "dm.read", "block.read", "mute.read"],
}
# Requests whose failure ends a capture: who the account is, what the token may do, the account's own page,
# the list of its posts, and
ENDS = {
    # (LinkedIn) the only request that reports comments on older posts
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
    "x": r"/users/by/|/users/\*\?|/users/\*/tweets",
    "youtube": r"/channels|/playlistItems|/commentThreads\?(?=.*allThreads)(?!.*moderationStatus)",
}
CONVERSATIONS = {  # the comments below one post
    "bluesky": r"getPostThread",
    "facebook": r"/comments\?",
    "instagram": r"/comments\?",
    "linkedin": r"/comments\?",
    "mastodon": r"/context",
    "threads": r"/conversation\?",
    "tiktok": r"/comment/list",
    "vimeo": r"/comments\?",
    "x": r"/search/(?!.*post.fields=$)",
    "youtube": r"/commentThreads\?.*videoId",
}
BESIDE = {  # lists that are read before others, and requests that are made for each post
    "facebook": r"/stories\?",
    "instagram": r"/(stories|tags)\?",
    "linkedin": r"List\(SHARE|/(socialMetadata|images|videos|documents)\?",
    "threads": r"/(ghost_posts|mentions|insights)\?",
    "vimeo": r"/texttracks\?|/albums/\*/videos\?",
    "youtube": r"/captions\?",
}


@dataclass
class Failing(httpx.BaseTransport):
    """A platform that fails at one request."""

    real: httpx.BaseTransport
    platform: str
    at: str = ""  # path and query of the request that fails
    # status of an error in the platform's own form, or `bare` (an error page of a proxy), `silent` (no
    # response), `cut`, or `odd` (lists and results by key have another type)
    way: int | str = 500
    failed: int = 0  # how often it failed
    said: dict[str, str] = field(default_factory=dict)  # request -> text of its responses

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = [
            f"{name}={value}"
            for name, value in parse_qsl(request.url.query.decode())
            if name != "access_token"
        ]
        place = f"{request.url.path}?{'&'.join(asked)}"
        if place == self.at:
            self.failed += 1
            return self.fail(request)
        response = self.real.handle_request(request)
        text = response.read().decode("utf-8", "replace")
        if re.match(r"application/|text/xml", response.headers.get("content-type", "")):
            self.said[place] = self.said.get(place, "") + text
        return response

    def fail(self, request: httpx.Request) -> httpx.Response:
        return fault(self.platform, self.way)(request, lambda: self.real.handle_request(request))


def sort_of(place: str) -> str:
    """Return a request without its numbers and parameter values.

    It keeps the few words that distinguish requests of one path.
    """
    path, _, query = place.partition("?")
    path = re.sub(r"[^/]*\d{3}[^/]*|(?<=/)\d+(?=/|$)", "*", path)
    return f"{path}?{re.sub(r'=(?!user|media_count|List.(SHARE|COMMENT)|heldFor|likely)[^&]*', '=', query)}"


def sorts_of(said: dict[str, str]) -> dict[str, str]:
    """Return the first request of each sort."""
    return {sort_of(place): place for place in reversed(said)}


def say(scene: Scene, name: str, at: datetime, **more: Any) -> None:
    """Publish a notice, a question about it, and a reply to the question."""
    titled: dict[str, Any] = {"title": f"Notice {name}"} if scene.platform in TITLED else {}
    shown: dict[str, Any] = (
        {"video": Video(5)}
        if scene.platform in FILMS
        else {}
        if scene.platform in WORDS
        else {"photos": [scene.photo("Snow")]}
    )
    post = scene.publish(f"Notice {name}", at=at, **titled | shown | more)
    if scene.platform in FILMS:
        scene.network.caption(post, "en", f"Caption {name}", at=at)
    if scene.stage.answered:
        comment = scene.network.comment(scene.parent, post, f"Question {name}", at=at + timedelta(hours=1))
        scene.network.comment(scene.teacher, comment, f"Answer {name}", at=at + timedelta(hours=2))


def tell(scene: Scene) -> None:
    """Publish one of everything that a platform can have, before the first capture."""
    network = scene.network
    titled: dict[str, Any] = {"title": "Hello"} if scene.platform in TITLED else {}
    say(scene, "old", START - timedelta(days=60))
    say(scene, "recent", START - timedelta(days=5))
    verbs: tuple[Callable[[], object], ...] = (
        lambda: say(scene, "page", START - timedelta(days=3), kind="page"),
        lambda: network.publish(scene.parent, "Hello @district", **titled),
        lambda: network.message(scene.parent, scene.us, "In private"),
        # which hides replies there
        lambda: None if scene.platform == "bluesky" else network.block(scene.us, scene.teacher),
        lambda: network.album(scene.us, "Showcase"),
        lambda: network.trash(network.publish(scene.us, "Thrown away", **titled)),
        lambda: network.edit(network.publish(scene.us, "Closed", **titled), "Open"),
    )
    for verb in verbs:
        with suppress(Unsupported):
            verb()


def allow(scene: Scene) -> None:
    """Grant the account's token every scope of its platform, with no limit of requests."""
    scene.network.quota(scene.where, 10**6, 60)
    for token in scene.network.tokens:
        token.account, token.scopes = (
            token.account or scene.us,
            [*token.scopes, *SCOPES.get(scene.platform, [])],
        )


@dataclass(frozen=True)
class Told:
    """The text of a record and its place in the conversation."""

    record_id: str
    text: str | None
    title: str | None
    parent_id: str | None

    @classmethod
    def of(cls, record: Record) -> Told:
        return cls(record.record_id, record.text, record.title, record.parent_id)


def lacking(whole: Mapping[str, Told], part: Iterable[str], answer: str) -> tuple[list[str], list[str]]:
    """Return the records missing in the archive, and those of them that one `answer` does not explain.

    A missing record is explained if that response contains it or something above it. The list of blocked
    accounts is put together from several responses, so it is always explained.
    """
    answer += re.sub(r"<.*?>|\\u003c.*?\\u003e", "", answer)  # without its tags
    lack = {record_id: one for record_id, one in whole.items() if record_id not in set(part)}

    def was_told(one: Told) -> bool:
        words = (one.text or one.title or "").splitlines()[:1]
        if any(word in answer for word in words) or one.record_id.endswith("/moderation"):
            return True
        return one.parent_id in lack and was_told(lack[one.parent_id])

    return list(lack), [record_id for record_id, one in lack.items() if not was_told(one)]
