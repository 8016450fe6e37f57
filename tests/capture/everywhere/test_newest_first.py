"""A first capture begins with the newest posts: after a throttle or quota, only older ones are left.

The next capture reads those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import httpx
import pytest

from infra.sandbox.faces import native_id
from tests.capture.everywhere.faulty import CONVERSATIONS
from tests.capture.everywhere.scene import Scene
from tests.clock import standing

POSTS, READ = 7, 3  # the throttle comes with the conversation of the fourth newest


@dataclass
class Throttling(httpx.BaseTransport):
    """A platform that throttles from the first request for the comments below one post."""

    scene: Scene
    real: httpx.BaseTransport
    native: str
    began: bool = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        address = unquote(str(request.url))
        if (
            not self.began
            and self.native in address
            and re.search(CONVERSATIONS[self.scene.platform], address)
        ):
            self.began = True
            self.scene.network.throttle(self.scene.where, datetime.now(UTC) + timedelta(hours=1))
        return self.real.handle_request(request)


def said(scene: Scene) -> list[int]:
    """Return the numbers of the archived comments."""
    found = (re.search(r"Why (\d+)\?", row["text"] or "") for row in scene.rows() if row["kind"] == "comment")
    return sorted(int(one[1]) for one in found if one)


@pytest.mark.parametrize("scene", sorted(CONVERSATIONS), indirect=True)
def test_a_first_capture_that_is_throttled_has_the_newest_and_goes_on_with_the_older(scene: Scene) -> None:
    titled = {"title": "Closed"} if scene.platform in ("vimeo", "youtube", "tiktok") else {}
    with standing(scene.network.now):
        posts = []
        for number in range(POSTS):
            at = scene.network.now() - timedelta(days=6 - number / 2)
            posts.append(scene.publish(f"Closed {number}", at=at, **titled))
            scene.network.comment(scene.parent, posts[-1], f"Why {number}?", at=at + timedelta(hours=1))
        native = native_id(scene.network, posts[-1 - READ]).rpartition("/")[2]
        scene.between.real = throttling = Throttling(scene, scene.between.real, native)
        assert scene.capture("history").not_before
        assert throttling.began
        assert said(scene) == list(range(POSTS - (0 if scene.platform == "x" else READ), POSTS)), (
            "X is asked for several at once"
        )
        scene.network.throttle(scene.where, None)
        scene.network.wait(hours=2)
        scene.sound("history")
        assert said(scene) == list(range(POSTS))
        assert scene.archive.state(scene.name).sums.history["done"]
