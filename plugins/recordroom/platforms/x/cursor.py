"""The cursor of a crawl of an account on X, which says what is still to read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from recordroom.platforms.crawl import Cursor
from recordroom.platforms.cursor import Three, one_of

LISTS = ("posts", "older", "mentions", "named", "answered")


@dataclass
class XCursor(Cursor):
    """The rest of a crawl of X."""

    stage: Annotated[str, one_of(*LISTS, "")] = "posts"  # the list that is read; "" after the last
    page: str | None = None  # token of its next page
    archive: bool | None = None  # whether the app may search the archive; None: not known
    searches: list[Three] = field(default_factory=list)  # [conversation, when it began, root post] to read
    search_page: str | None = None  # token of the next page of the current search
    search_for: int = 0  # how many of the first conversations that search is for
    posts: list[str] = field(default_factory=list)  # posts to request by their IDs
    listed: int = 0  # posts that the list of posts gave
    oldest: str = ""  # ID of the last of them
    mentioned: int = 0  # posts that the lists of mentions gave
    earliest: str = ""  # ID of the last one in `mentions`
    # Conversations of others in which replies of the account have replies.
    elsewhere: list[str] = field(default_factory=list)
    unheard: int = 0  # conversations that began before the time to which the search reaches
    messages: str | None = None  # token of the next page of private messages
    written: bool = False  # whether the private messages were read
    lacking: list[str] = field(default_factory=list)  # what else X did not give, in words

    def note_lacking(self, words: str) -> None:
        """Note once what X does not give."""
        if words not in self.lacking:
            self.lacking.append(words)


read_cursor = XCursor.read
