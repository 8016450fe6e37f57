"""The cursor of a crawl of Facebook, which also notes the posts and lists that were not given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from recordroom.model import Exchange
from recordroom.platforms.crawl import Cursor, with_context
from recordroom.platforms.cursor import Three, Two, one_of
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.meta.errors import describe_error
from recordroom.platforms.meta.inbox import Inbox

_List = Annotated[str, one_of("stories", "published_posts", "feed", "video_reels", "changed", "")]


@dataclass
class FacebookCursor(Cursor):
    """The rest of a crawl of Facebook."""

    edge: _List = "stories"  # the list that is read; "" after the last
    page: str | None = None  # address of its next page
    posts: list[Two] = field(default_factory=list)  # [post to request by its ID, the video of a reel, or ""]
    threads: list[Three] = field(default_factory=list)  # [post or photo, kind of the root post, root post]
    comments: str | None = None  # address of the next page of the first thread
    years: dict[str, int] = field(default_factory=dict)  # year -> posts that `published_posts` gave
    refused: list[str] = field(default_factory=list)  # lists and items that were not given, in words
    inbox: Inbox = field(default_factory=Inbox)

    def note_missing(self, words: str) -> None:
        """Note what is not given, in words, once."""
        if words not in self.refused:
            self.refused.append(words)

    def skip_post(self, native: str, answer: Exchange) -> Exchange:
        """Note that a listed post is not given, and return the response that says so."""
        self.note_missing(
            f"Facebook lists {record_id(native)} but does not give it ({describe_error(answer)})"
        )
        return with_context(answer, not_given=True, untold=[record_id(native)])


read_cursor = FacebookCursor.read
