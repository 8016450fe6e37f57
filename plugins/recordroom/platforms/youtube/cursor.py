"""The cursor of a crawl of a YouTube channel, which says what is still to read."""

from __future__ import annotations

from dataclasses import dataclass, field

from recordroom.platforms.crawl import Cursor
from recordroom.platforms.cursor import Three, Two


@dataclass
class YouTubeCursor(Cursor):
    """The rest of a crawl of YouTube."""

    video: str = ""  # that of a permalink
    uploads: bool = True  # whether the list of uploads is still read
    page: str | None = None  # token of its next page
    lists: list[Three] = field(default_factory=list)  # [filter, ID, moderation status] of lists of threads
    threads: str | None = None  # token of the next page of the first of these lists
    parents: list[Two] = field(default_factory=list)  # [comment, its video]: replies to read
    answers: str | None = None  # token of the next page of the first comment's replies
    counted: dict[str, int] = field(default_factory=dict)  # new videos: comments counted and not given yet
    asked: int = 0  # videos whose caption tracks were requested
    untold: int = 0  # videos whose caption tracks are not known: not requested yet, or refused
    refused: str = ""  # YouTube's reason for that
    # comments that may have more waiting replies than listed
    crowded: list[str] = field(default_factory=list)
    # broadcasts that have begun: their live chat is not readable
    chats: list[str] = field(default_factory=list)


read_cursor = YouTubeCursor.read
