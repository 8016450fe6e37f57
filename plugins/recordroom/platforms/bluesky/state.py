"""The state of one pass over a Bluesky account, which the parts of the pass share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recordroom.errors import PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.bluesky.api import BATCH, Api
from recordroom.platforms.contract import Window
from recordroom.platforms.crawl import Cursor, with_context
from recordroom.platforms.cursor import CursorPart
from recordroom.platforms.lookups import IdSet, request_in_halves
from recordroom.platforms.schema import load_content
from recordroom.platforms.unread import UnreadConversations


@dataclass
class ChatBox(CursorPart):
    """The rest of the messages: a part of the cursor."""

    lists: int = 0  # index in messages.LISTS of the list that is read
    page: str | None = None  # cursor of its next page
    last: bool = False  # it has no further page
    waiting: list[list[Any]] = field(default_factory=list)  # [conversation, its people] to read
    talk: str | None = None  # cursor of the next page of the first one
    read: list[str] = field(default_factory=list)  # conversations that this capture has read
    met: bool = False  # there was a conversation
    done: bool = False  # the messages were read
    put_off: list[list[Any]] = field(default_factory=list)  # conversations that were not given


@dataclass
class BlueskyCursor(Cursor):
    """The rest of a crawl of Bluesky. Posts are given by their addresses."""

    page: str | None = None  # cursor of the next page of the feed
    listed: bool = False  # there is no next page
    threads: list[str] = field(default_factory=list)  # posts whose conversations to request
    # Replies that may have replies, with the account's root post whose conversation may show them.
    below: dict[str, str] = field(default_factory=dict)
    # Replies that conversations hide, with who hides them, why, and in which root post's conversation: three
    # values for each conversation. A blocked reply has two.
    posts: dict[str, list[str | None]] = field(default_factory=dict)
    # Posts whose conversations were queued since the last page, as another one did not show their replies.
    asked: list[str] = field(default_factory=list)
    quotes: list[str] = field(default_factory=list)  # posts whose quotes to request
    notices: str | None = None  # cursor of the next page of notifications
    named: bool = False  # the mentions were read
    box: ChatBox = field(default_factory=ChatBox)  # the private messages
    lacking: list[str] = field(default_factory=list)  # what is not given, in words

    def turn_page(self, page: str | None) -> BlueskyCursor:
        """Return the cursor behind a page, with what later pages may still show."""
        return BlueskyCursor(
            page, listed=page is None, below=self.below, unread=self.unread, unknown=self.unknown
        )


class CrawlState:
    """The state of one pass over an account: the crawl of a window, or the requests of a lookup.

    api: the requests.
    window: the window of the crawl; a full one for a lookup.
    todo: the cursor, which the crawl changes while it reads.
    unread: the conversations that were not given.
    since: posts published before are not in the window. None: there is no limit.
    given: posts that were given, above all by conversations, which know best what is hidden.
    roots: by the address of a post whose conversation is requested, the root post of the account to which it
        belongs.
    """

    def __init__(self, api: Api, window: Window) -> None:
        self.api, self.window = api, window
        self.todo = BlueskyCursor.read(window.cursor) if window.cursor else BlueskyCursor()
        self.unread = UnreadConversations(window, self.todo.unread)
        self.since = window.since if window.kind == "recent" else None
        self.given = IdSet()
        self.roots: dict[str, str] = {}

    # -- what exchanges say --

    def at_cursor(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor as it is now."""
        return replace(exchange, cursor=self.todo.cursor)

    def with_servers(self, answer: Exchange, dids: Iterable[str]) -> Exchange:
        """Return the response with the servers of these people.

        These servers have the original files. None in place of a server that is not known now.
        """
        known = self.api.servers
        servers = {
            did: server
            for did in dict.fromkeys(dids)
            if (server := known.find(did)) or did in known.unreachable
        }
        return with_context(answer, servers=servers)

    def with_file_servers(self, answer: Exchange, posts: Iterable[Mapping[str, Any]]) -> Exchange:
        """Return the response with the servers of the authors of posts with files."""
        authors = [
            post["author"]["did"] for post in posts if '"blob"' in json.dumps(post["record"].get("embed"))
        ]
        return self.with_servers(answer, authors)

    def with_missing(self, exchange: Exchange) -> Exchange:
        """Return the exchange with the cursor, and with what is missing (`short`)."""
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        short = f"{words}; docs/platforms/bluesky.md says what to do"
        context = {**self.api.context, **exchange.context, "short": short}
        return self.at_cursor(replace(exchange, context=context))

    def report_missing(self, answer: Exchange, what: str) -> Exchange:
        """Report that something is missing.

        answer: the response that refuses it; no record is read from it.
        what: what is missing, in words.
        """
        self.todo.lacking.append(what)
        return self.with_missing(with_context(answer, not_given=True))

    def report_refusal(self, failure: PlatformFailure, what: str) -> Exchange:
        """Report that the account's own server does not give something."""
        return self.report_missing(self.answer_of(failure), f"{what}: {failure.message[:200]}")

    def answer_of(self, failure: PlatformFailure) -> Exchange:
        """Return the response of a failure, or that of the profile.

        The failure is raised if a corrected connector may read the response.
        """
        answer = failure.exchange or self.api.account.known.exchange
        if answer is None or (isinstance(failure, UnexpectedResponse) and failure.misshapen):
            raise failure
        return answer

    def pass_over(self, uri: str, failure: PlatformFailure) -> Exchange:
        """Go on after a post, its conversation, or its quotes, which the AppView does not give."""
        root = f"bluesky:{self.roots.get(uri, uri)}"
        return self.with_missing(self.unread.pass_over(root, failure))

    # -- single posts --

    def request_posts(self, uris: Sequence[str]) -> Iterator[Exchange]:
        """Request posts by their addresses.

        If the AppView fails at one of them, that one is reported, and the others are read.
        """
        for some, found in request_in_halves(uris, BATCH, self._request_posts, _check_failure):
            if isinstance(found, PlatformFailure):
                yield self.pass_over(some[0], found)
            else:
                self.unread.note_response()
                yield found

    def _request_posts(self, uris: Sequence[str]) -> Exchange:
        answer = self.api.get("app.bsky.feed.getPosts", {"uris": list(uris)})
        load_content(answer)  # a response that is no JSON is a failure at one of the posts
        return answer


def _check_failure(failure: PlatformFailure, _uris: Sequence[str]) -> None:
    """Raise a failure that is not one of the AppView at single posts."""
    answer = failure.exchange
    if not isinstance(failure, UnexpectedResponse) or answer is None or 400 <= answer.status < 500:
        raise failure
