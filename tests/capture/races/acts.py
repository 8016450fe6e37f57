"""A story in two acts, and events between two requests of a capture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.sandbox.model import Post
from recordroom.archive.store import Store
from tests.capture.stage import PARENT, US, Play

# one for all plays: equal stories give equal IDs
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)


def first_act(play: Play) -> tuple[Post, Post]:
    """Publish a post with a photo and a reply, and capture them."""
    post = play.network.publish(
        US, "School starts at nine", photos=[play.network.photo("mastodon", "A school bus")]
    )
    answer = play.network.comment(PARENT, post, "Not at eight?")
    play.sound()
    return post, answer


def second_act(play: Play, post: Post, answer: Post) -> None:
    """Edit a post, remove a reply, and publish a new post with a photo."""
    play.network.edit(post, "School starts at ten")
    play.network.remove(answer)
    play.network.publish(US, "Closed today", photos=[play.network.photo("mastodon", "Snow on the road")])


@contextmanager
def before(store: Store, method: str, part: str, act: Callable[[], object]) -> Iterator[None]:
    """Call `act` once, right before the first such request."""
    waiting = [act]

    def hook(request: Any, **_: object) -> None:
        if waiting and request.method == method and part in request.url:
            waiting.pop()()

    store.client.meta.events.register("before-send.s3", hook, unique_id=f"test-{id(hook)}")
    yield
    store.client.meta.events.unregister("before-send.s3", hook, unique_id=f"test-{id(hook)}")
    assert not waiting, "it never came to that request"
