"""Lists that only tell which posts to ask for by their ids: reels, and older posts that have changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.facebook.asking import ALL, PAGE_SIZE
from recordroom.platforms.facebook.fields import REEL
from recordroom.platforms.facebook.listing import Listing
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.facebook.records import posts_in
from recordroom.platforms.meta.errors import words_of
from recordroom.platforms.meta.graph import objects
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import when
from recordroom.platforms.unread import spared

# pages of 100 posts: how far back a capture of the last days looks for new comments; the nightly sweep reads
# all
GLANCE = 10


class Hints(Listing):
    """What the lists of posts did not give."""

    def hints(self) -> Iterator[Exchange]:
        """Lists that only tell which posts to ask for by id. Where one is not given, it is told: other lists,
        and sweeps, give most.
        """
        edge = self.todo.edge
        try:
            found, refused = self.reels() if edge == "video_reels" else self.changed(), None
        except PlatformFailure as refusal:
            found, refused = [], spared(refusal)
        self.todo.posts += found
        self.turn(None)
        if refused is not None:
            if (
                edge == "changed"
            ):  # it alone leads to what was said on them: the next capture must look as far back as this one
                self.window.not_given(record_id(self.me))
            yield self.not_told(edge, words_of(refused), refused)

    def reels(self) -> list[list[str]]:
        """Reels of which no list gave the post."""
        given, found = self.all_given(), []
        for page in self.pages(
            f"{self.me}/video_reels", {**self.span, "fields": "id,post_id", "limit": PAGE_SIZE}
        ):
            for pointer, reel in objects(page):
                REEL.check(reel, page, pointer)
                post = reel.get("post_id") or reel["id"]
                native = post if "_" in post else f"{self.me}_{post}"
                if native not in given:
                    found.append([native, reel["id"]])
        return found

    def changed(self) -> list[list[str]]:
        """Posts before the last days that a comment or an edit has moved since the last capture."""
        if self.since is None or self.window.changed_since is None:
            return []
        light: Params = {
            **ALL,
            "until": int(self.since.timestamp()),
            "fields": "id,created_time,updated_time",
        }
        found = []
        for page in islice(self.pages(f"{self.me}/feed", light), GLANCE):
            for post in posts_in(page):
                moved = when(post.get("updated_time") or post["created_time"], page, "/updated_time")
                if moved >= self.window.changed_since and post["id"] not in self.all_given():
                    found.append([post["id"], ""])
        return found
