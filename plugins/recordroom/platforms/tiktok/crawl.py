"""The crawl of a TikTok account: its requests, in their order.

    business/get/                       the profile, in every window
    business/video/list/                the videos, newest first, 20 a page; single ones by `filters`
      business/comment/list/            the comments on a video, where the plan wants them, 30 a page;
                                        each with up to three replies; single ones by `comment_ids`
        business/comment/reply/list/    all replies to a comment that may have more

A page may be short or empty, and not be the last: only `has_more` says so. Comments are in no order unless
the request names one. Beyond the first 500, TikTok orders them its own way, and gives some of them twice.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import ConversationQueue, Crawl, Cursor, with_context
from recordroom.platforms.cursor import Two
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.lookups import require_owner
from recordroom.platforms.paging import Params, follow_cursors, resume_pages
from recordroom.platforms.schema import require_list
from recordroom.platforms.tiktok.api import Api, base_of, data_of, is_wrong_parameter
from recordroom.platforms.tiktok.parse import time_of
from recordroom.platforms.tiktok.platform import NAME, SERVER, post_in, record_id
from recordroom.platforms.tiktok.schema import (
    COMMENT_HEAD,
    DATA,
    PROFILE,
    PROFILE_FIELDS,
    VIDEO_FIELDS,
    VIDEO_HEAD,
)
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

VIDEO_PAGE, COMMENT_PAGE = 20, 30  # items of a page
REPLIES_IN_COMMENT = 3  # replies that TikTok gives with a comment at most
MOST_REPEATED = 20  # pages in a row with nothing new, after which a list that does not end is given up


def identify(account: Account, client: Client) -> Identity:
    """Identify the account of the token, which must be that of the register.

    It is known by its ID, and before the first capture by its name.
    """
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(
            f"{account.url} is not the address of an account on TikTok",
            "Enter it as https://www.tiktok.com/@<name>.",
        )
    api = Api(client)
    is_known = account.identity is not None and account.identity.native_id == api.open_id
    exchange = _request_identity(account, api, is_known=is_known)
    profile = data_of(exchange)
    name = str(profile.get("username") or found[1])
    require_owner(
        account,
        api.open_id,
        is_named=name.lower() == found[1].lower(),
        holder=f"@{name}",
        remedy=(
            "If the account was renamed, correct `url` in the register. Otherwise, enter a token of the"
            " account in the connection."
        ),
        answer=exchange,
    )
    return Identity(api.open_id, SERVER, profile.get("display_name"), name, exchange)


def _request_identity(account: Account, api: Api, *, is_known: bool) -> Exchange:
    """Request the profile, or as much of it as the token's scopes allow.

    The name is not needed of an account that is known: TikTok refuses everything of another account.
    """
    choices, refusal = (PROFILE_FIELDS, "username", *(("display_name",) if is_known else ())), None
    for fields in choices:
        try:
            exchange = api.get(f"{base_of(account)}/business/get/", profile_query(api, fields))
        except Blocked as failure:
            refusal = refusal or failure
            continue
        if fields != "display_name":
            PROFILE.check(data_of(exchange), exchange, "/data")
        return exchange
    raise refusal or ValueError("nothing was asked for")


def totals(account: Account, client: Client) -> Totals | None:
    """Return `own`: the number of videos and photo posts.

    None: the token does not have the scope for it.
    """
    api = Api(client)
    try:
        exchange = api.get(f"{base_of(account)}/business/get/", profile_query(api, "username,videos_count"))
    except Blocked:
        return None
    profile = data_of(exchange)
    PROFILE.check(profile, exchange, "/data")
    count = profile.get("videos_count")
    return None if count is None else Totals({"own": count}, exchange)


def profile_query(api: Api, fields: str = PROFILE_FIELDS) -> Params:
    """Return the parameters of a request for the profile."""
    return {"business_id": api.open_id, "fields": _encode_fields(fields)}


def _encode_fields(names: str) -> str:
    return json.dumps(names.split(","), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return TikTokCrawl(account, client, window).fetch()


@dataclass
class TikTokCursor(Cursor):
    """The rest of a crawl of TikTok."""

    later: ClassVar = frozenset({"permalink"})

    page: str | None = None  # place of the next page of videos
    listed: bool = False  # the list of videos was read to its end
    videos: list[str] = field(default_factory=list)  # videos whose comments are to be read
    comments: str | None = None  # place of the next page of the first video's comments
    threads: list[Two] = field(default_factory=list)  # [video, comment]: replies to read
    answers: str | None = None  # place of the next page of the first comment's replies
    permalink: str | None = None  # address of the one video to request
    given_up: list[str] = field(default_factory=list)  # lists that did not end: "video" or "video/comment"
    refused: str = ""  # what the token may not read, in words


read_cursor = TikTokCursor.read


class TikTokCrawl(Crawl[TikTokCursor]):
    """One pass over an account on TikTok."""

    cursor_type, server = TikTokCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.base, self.api = base_of(account), Api(client)
        self.context["handle"] = self.account.handle
        self.replies = Replies(self)
        self.queues = (self.replies, Comments(self))

    def profile(self) -> Exchange:
        """Request the complete profile, or nothing of it.

        An incomplete one would look like a change.
        """
        try:
            return self.get("business/get/", profile_query(self.api))
        except Blocked as refusal:
            if refusal.exchange is None:
                raise
            self.todo.refused = (
                f"TikTok does not give the account's profile ({refusal.message}); docs/platforms/tiktok.md"
                " lists the scopes"
            )
            return self.with_missing(with_context(refusal.exchange, not_given=True))

    def start_at(self, url: str) -> None:
        self.todo.listed, self.todo.permalink = True, url

    def read_permalink(self) -> Iterator[Exchange]:
        url = self.todo.permalink
        if url is None:
            return
        video = post_in(url)
        pages = self.request_videos([video], heard=[video])
        if not natives_in(pages, "videos"):
            raise UsageError(
                f"{url} cannot be seen on this account",
                "It may have been removed, may not be public, or may belong to another account.",
            )
        self.todo.permalink = None
        self.todo.videos.append(video)
        yield self.at_cursor(pages[-1])

    @property
    def current_list(self) -> str:
        return "" if self.todo.listed else "videos"

    def continue_at(self, place: str | None) -> None:
        self.todo.page, self.todo.listed = place, place is None

    def list_pages(self, name: str) -> Iterator[Exchange]:  # noqa: ARG002 (there is one)
        """Read the videos; from the newest one if the stored place has expired."""
        _, pages = resume_pages(
            lambda place: self.pages("business/video/list/", self.video_query, place),
            self.todo.page,
            lambda failure: isinstance(failure, UnexpectedResponse) and is_wrong_parameter(failure),
        )
        yield from pages

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        """Queue comments.

        The list ends with the first page that holds only videos from before the window.
        """
        listed = items_of(page, name)
        inside = [
            video
            for video in listed
            if not self.since or time_of(video["create_time"], page, "") >= self.since
        ]
        wanted = [str(video["item_id"]) for video in inside if self.is_wanted(video, page)]
        self.todo.videos += wanted
        has_ended = bool(listed) and not inside
        # An empty list is stored too: `parse` reads the count of comments of no video then.
        read = replace(page, context={**page.context, "heard": wanted})
        return [read], None if has_ended else page.cursor

    def is_wanted(self, video: dict[str, Any], page: Exchange) -> bool:
        """Whether the plan wants the comments on a video.

        TikTok does not document whether the count also moves with a comment that is hidden from the first.
        """
        return self.window.wants_conversation(
            record_id(video["item_id"]),
            time_of(video["create_time"], page, ""),
            video.get("comments"),
            all_told=False,
        )

    def report_read(self, video: str) -> None:
        """Report the comments on a video as read, unless some are queued or given up."""
        waiting = {
            *self.todo.videos,
            *(video for video, _ in self.todo.threads),
            *(name.partition("/")[0] for name in self.todo.given_up),
        }
        if video not in waiting:
            self.window.note_read(record_id(video))

    def missing(self) -> str:
        words = [self.todo.refused]
        if self.todo.given_up:
            lists = f"{counted(len(self.todo.given_up), 'list')} (first: {self.todo.given_up[0]})"
            words.append(f"TikTok repeated comments in {lists}: some comments may be missing")
        return "; ".join(filter(None, [*words, super().missing()]))

    # -- requests ----------------------------------------------------------------------------------------

    def get(self, path: str, params: Params) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context)

    def pages(
        self, path: str, params: Params, start: str | None = None, **context: Any
    ) -> Iterator[Exchange]:
        return follow_cursors(
            self.api, f"{self.base}/{path}", params, _next_place, context=self.context | context, start=start
        )

    @property
    def video_query(self) -> Params:
        """The parameters of a list of videos."""
        return {
            "business_id": self.api.open_id,
            "fields": _encode_fields(VIDEO_FIELDS),
            "max_count": VIDEO_PAGE,
        }

    def comment_query(self, video: str) -> Params:
        """Return the parameters of a list of comments.

        It begins with the oldest: a comment that is written meanwhile comes last, and moves no other one.
        """
        return {
            "business_id": self.api.open_id,
            "video_id": video,
            "status": "ALL",
            "sort_field": "create_time",
            "sort_order": "asc",
            "max_count": COMMENT_PAGE,
        }

    def request_videos(self, videos: Sequence[str], **context: Any) -> list[Exchange]:
        """Request videos by their IDs; those that have gone are not in the responses."""
        chosen = json.dumps({"video_ids": list(videos)}, separators=(",", ":"))
        query = {**self.video_query, "filters": chosen}
        return _read_until_found(self.pages("business/video/list/", query, **context), "videos", videos)

    def request_comments(self, video: str, comments: Sequence[str]) -> list[Exchange]:
        """Request comments by their IDs; those that have gone are not in the responses."""
        chosen = json.dumps(list(comments), separators=(",", ":"))
        query = {**self.comment_query(video), "comment_ids": chosen}
        return _read_until_found(self.pages("business/comment/list/", query), "comments", comments)


class CommentLists(ConversationQueue[TikTokCrawl]):
    """The common part of lists of comments and lists of replies."""

    @abstractmethod
    def subject_of(self, entry: Any) -> tuple[str, str]:
        """Return the video, and the comment whose replies are listed.

        The comment is "" if the list is that of the comments on the video.
        """

    def root_of(self, entry: Any) -> str:
        return record_id(self.subject_of(entry)[0])

    def pages(self, entry: Any) -> Iterator[Exchange]:
        """Read a list until it ends, or until it only repeats itself.

        AccountUnavailable: the video or the comment has just gone; TikTok refuses the list like one with a
        wrong parameter.
        """
        video, comment = self.subject_of(entry)
        path, more = (
            ("business/comment/reply/list/", {"comment_id": comment})
            if comment
            else ("business/comment/list/", {"include_replies": "true"})
        )
        known, repeated = set[str](), 0
        try:
            for page in self.crawl.pages(path, {**self.crawl.comment_query(video), **more}, self.place):
                comments = natives_in([page], "comments")
                repeated = repeated + 1 if comments <= known else 0
                known |= comments
                if repeated == MOST_REPEATED and page.cursor is not None:
                    self.crawl.todo.given_up.append(f"{video}/{comment}" if comment else video)
                    yield replace(page, cursor=None)
                    return
                yield page
        except UnexpectedResponse as failure:
            if not is_wrong_parameter(failure) or self.exists(video, comment):
                raise
            raise AccountUnavailable(failure.message, exchange=failure.exchange) from failure

    def exists(self, video: str, comment: str) -> bool:
        """Whether TikTok still gives the video, and the comment if there is one."""
        if not natives_in(self.crawl.request_videos([video]), "videos"):
            return False
        return not comment or bool(natives_in(self.crawl.request_comments(video, [comment]), "comments"))

    def is_over(self, entry: Any, failure: PlatformFailure) -> bool:  # noqa: ARG002 (of hooks)
        return isinstance(failure, AccountUnavailable) and is_wrong_parameter(failure)

    def skip(self, entry: Any, failure: PlatformFailure) -> Iterator[Exchange]:
        """Report a list as read if its video or comment has gone."""
        yield from super().skip(entry, failure)
        if self.is_over(entry, failure):
            self.report_end(entry)

    def report_end(self, entry: Any) -> None:
        self.crawl.report_read(self.subject_of(entry)[0])


class Comments(CommentLists):
    """The comments on videos. An entry is a video."""

    entries_field, page_field = "videos", "comments"

    def subject_of(self, entry: str) -> tuple[str, str]:
        return entry, ""

    def take_page(self, entry: str, page: Exchange) -> Exchange:
        """Queue replies that the page may not hold."""
        for comment in items_of(page, "comments"):
            if _may_have_more_replies(comment):
                self.crawl.todo.threads.append([entry, str(comment["comment_id"])])
        return self.crawl.with_missing(page)

    def read_below(self) -> Iterator[Exchange]:
        while self.crawl.replies.entries:
            yield from self.crawl.replies.read()


class Replies(CommentLists):
    """The replies to comments that may have more than are given with them.

    An entry is [video, comment].
    """

    entries_field, page_field = "threads", "answers"

    def subject_of(self, entry: list[str]) -> tuple[str, str]:
        return entry[0], entry[1]

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:  # noqa: ARG002
        return self.crawl.with_missing(page)


def items_of(page: Exchange, name: str) -> list[dict[str, Any]]:
    """Return the `videos` or `comments` of a page.

    The fields that a crawl needs are checked. Nothing else that is wrong with an item stops a crawl; `parse`
    reports it.
    """
    shape, data = VIDEO_HEAD if name == "videos" else COMMENT_HEAD, data_of(page)
    found = require_list(data.get(name) or [], page, f"/data/{name}")
    for i, item in enumerate(found):
        shape.check(item, page, f"/data/{name}/{i}")
    return found


def natives_in(pages: Iterable[Exchange], name: str) -> set[str]:
    """Return the IDs of the `videos` or `comments` of pages."""
    key = "item_id" if name == "videos" else "comment_id"
    return {str(item[key]) for page in pages for item in items_of(page, name)}


def _next_place(page: Exchange) -> str | None:
    """Return the place of the next page; None after the last one."""
    data = data_of(page)
    DATA.check(data, page, "/data")
    if not data.get("has_more"):
        return None
    if data.get("cursor") is None:
        raise unexpected_field(page, "/data/cursor", "where the next page begins", None)
    return str(data["cursor"])


def _may_have_more_replies(comment: dict[str, Any]) -> bool:
    """Whether a comment may have replies that only their own list gives.

    Its count of replies may leave out hidden ones, which are given with it like others. If TikTok gives as
    many as it can, there may therefore be more, whatever the count is.
    """
    count, given = comment.get("replies"), len(comment.get("reply_list") or ())
    return count is None or count > given or given >= REPLIES_IN_COMMENT


def _read_until_found(pages: Iterator[Exchange], name: str, natives: Iterable[str]) -> list[Exchange]:
    """Read pages until all items that were requested by their IDs are given."""
    missing, read = set(natives), list[Exchange]()
    for page in pages:
        read.append(page)
        missing -= natives_in([page], name)
        if not missing:
            break
    return read
