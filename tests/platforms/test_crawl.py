"""The crawl engine with the smallest connector: a list of posts, their comments, and lookups by ID."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange, Identity
from recordroom.platforms.contract import Window
from recordroom.platforms.crawl import ConversationQueue, Crawl, Cursor, PostQueue, with_context
from tests.platforms.scripted import NOW, Chosen, account

POSTS = {"1": ["1a", "1b", "1c"], "2": [], "3": ["3a"], "4": ["4a"]}
ENTRY = account("mastodon", "https://board.example/@us").with_identity(Identity("us", "board.example"))


@dataclass
class BoardCursor(Cursor):
    edge: str = "posts"
    page: str | None = None
    threads: list[str] = field(default_factory=list)
    comments: str | None = None
    alone: list[str] = field(default_factory=list)
    refused: str = ""


@dataclass
class Board:
    """A platform with two items a page; `fails`: address -> the failure of each request for it."""

    fails: dict[str, type[PlatformFailure]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def get(self, address: str, items: Sequence[str] = ()) -> Exchange:
        self.asked.append(address)
        answer = Exchange("GET", address, 200, (), json.dumps(list(items)).encode())
        for part, failure in self.fails.items():
            if part in address.split(","):
                raise (
                    failure("No", NOW, answer)
                    if issubclass(failure, Throttled)
                    else failure("No", "", answer)
                )
        return answer

    def pages(self, path: str, items: Sequence[str], start: str | None) -> Iterator[Exchange]:
        for at in range(int(start or 0), max(len(items), 1), 2):
            page = self.get(f"{path}?{at}", items[at : at + 2])
            yield replace(page, cursor=str(at + 2) if at + 2 < len(items) else None)


class BoardCrawl(Crawl[BoardCursor]):
    cursor_type, server = BoardCursor, "board.example"

    def __init__(self, board: Board, window: Window) -> None:
        super().__init__(ENTRY, window)
        self.board = board
        self.queues = (Comments(self), Single(self))

    def profile(self) -> Exchange:
        return self.board.get("profile")

    def start_at(self, url: str) -> None:
        self.todo.edge, self.todo.alone = "", [url]

    @property
    def current_list(self) -> str:
        return self.todo.edge

    def continue_at(self, place: str | None) -> None:
        self.todo.page = place
        if place is None:
            self.todo.edge = {"posts": "extras", "extras": ""}[self.todo.edge]

    def list_pages(self, name: str) -> Iterator[Exchange]:
        yield from self.board.pages(name, list(POSTS) if name == "posts" else ["x"], self.todo.page)

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        for post in json.loads(page.body) if name == "posts" else ():
            if self.window.wants_conversation(f"board:{post}", NOW, len(POSTS[post])):
                self.todo.threads += [post] if POSTS[post] else []
        return [page], page.cursor

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        if name == "posts" or failure.exchange is None:
            raise failure
        self.todo.refused = "the board gives no extras"
        return self.with_missing(with_context(failure.exchange, not_given=True))

    def missing(self) -> str:
        return "; ".join(filter(None, [self.todo.refused, super().missing()]))


class CrawlWithMessages(BoardCrawl):
    def read_private(self) -> Iterator[Exchange]:
        yield self.at_cursor(self.board.get("messages"))


class Comments(ConversationQueue[BoardCrawl]):
    entries_field, page_field = "threads", "comments"

    def root_of(self, entry: str) -> str:
        return f"board:{entry}"

    def pages(self, entry: str) -> Iterator[Exchange]:
        return self.crawl.board.pages(f"comments/{entry}", POSTS[entry], self.place)

    def take_page(self, entry: str, page: Exchange) -> Exchange:  # noqa: ARG002
        return page


class Single(PostQueue[BoardCrawl]):
    entries_field, most = "alone", 4

    def root_of(self, entry: str) -> str:
        return f"board:{entry}"

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        return [self.crawl.board.get(",".join(entries))]


def crawl(window: Window, **fails: type[PlatformFailure]) -> tuple[list[Exchange], list[str]]:
    """Return (what the crawl gives, the addresses that it requests)."""
    board = Board(
        {path.replace("_", "/") + "?0" if path != "2" else path: failure for path, failure in fails.items()}
    )
    return list(BoardCrawl(board, window).fetch()), board.asked


def test_each_page_of_a_list_is_followed_by_the_conversations_below_it() -> None:
    plan = Chosen(lambda root: root != "board:4")
    given, asked = crawl(Window("full", plan=plan))
    order = ["profile", "posts?0", "comments/1?0", "comments/1?2", "posts?2", "comments/3?0", "extras?0"]
    assert [exchange.url for exchange in given] == asked == order
    assert plan.whole == ["board:1", "board:3"]
    assert json.loads(given[-1].cursor or "")["edge"] == ""


def test_a_crawl_resumes_after_each_of_its_exchanges() -> None:
    given, asked = crawl(Window("full"))
    for number, exchange in enumerate(given):
        assert crawl(Window("full", cursor=exchange.cursor))[1] == asked[number + 1 :]


def test_a_conversation_that_has_gone_is_left_out_and_one_that_fails_is_reported() -> None:
    plan = Chosen(lambda _: True)
    given, asked = crawl(
        Window("full", plan=plan), comments_1=AccountUnavailable, comments_3=UnexpectedResponse
    )
    assert asked == [
        "profile",
        "posts?0",
        "comments/1?0",
        "posts?2",
        "comments/3?0",
        "comments/4?0",
        "extras?0",
    ]
    [passed] = [exchange for exchange in given if "unread" in exchange.context]
    assert (passed.url, passed.context["unread"], plan.left) == ("comments/3?0", "board:3", ["board:3"])
    assert "1 conversation" in passed.context["short"]
    assert plan.whole == ["board:4"]


def test_a_platform_that_refuses_every_conversation_fails_the_crawl_at_its_end() -> None:
    given: list[Exchange] = []
    board = Board({f"comments/{post}?0": Blocked for post in ("1", "3")})
    plan = Chosen(lambda root: root != "board:4")
    with pytest.raises(Blocked):
        given.extend(BoardCrawl(board, Window("full", plan=plan)).fetch())
    assert board.asked[-1] == "extras?0"


@pytest.mark.parametrize(
    ("failure", "asked"), [(Blocked, ["profile", "posts?0", "messages"]), (Throttled, ["profile", "posts?0"])]
)
def test_what_only_the_account_is_shown_is_read_also_after_a_refusal_of_the_rest(
    failure: type[PlatformFailure], asked: list[str]
) -> None:
    board = Board()
    assert [page.url for page in CrawlWithMessages(board, Window("full")).fetch()][-2:] == [
        "extras?0",
        "messages",
    ]
    board = Board({"posts?0": failure})
    with pytest.raises(failure):
        list(CrawlWithMessages(board, Window("full")).fetch())
    assert board.asked == asked


def test_a_throttle_ends_the_crawl_and_an_optional_list_does_not() -> None:
    with pytest.raises(Throttled):
        crawl(Window("full"), comments_3=Throttled)
    with pytest.raises(UnexpectedResponse):
        crawl(Window("full"), posts=UnexpectedResponse)
    given, _ = crawl(Window("full"), extras=Blocked)
    assert given[-1].context == {"not_given": True, "short": "the board gives no extras"}


def test_posts_that_fail_together_are_requested_in_smaller_batches() -> None:
    cursor = BoardCursor(edge="", alone=["1", "2", "3", "4"]).cursor
    given, asked = crawl(Window("full", cursor=cursor), **{"2": UnexpectedResponse})
    assert asked == ["1,2,3,4", "1,2", "1", "2", "3,4"]
    assert [exchange.url for exchange in given] == ["1", "2", "3,4"]
    assert [exchange.context.get("unread") for exchange in given] == [None, "board:2", None]
    assert json.loads(given[0].cursor or "")["alone"] == ["2", "3", "4"]
