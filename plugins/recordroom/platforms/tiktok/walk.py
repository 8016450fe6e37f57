"""What TikTok is asked for, in which order, and how far back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Known, Window
from recordroom.platforms.cursor import Remaining, Two
from recordroom.platforms.http import wrong
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import items
from recordroom.platforms.tiktok.api import WRONG, Api, base_of, data_of, error_of
from recordroom.platforms.tiktok.ids import moment_of, video_id
from recordroom.platforms.tiktok.permalinks import post_in
from recordroom.platforms.tiktok.platform import NAME, SERVER
from recordroom.platforms.tiktok.shapes import COMMENT_HEAD, DATA, PROFILE, VIDEO_HEAD
from recordroom.platforms.unread import Passed, Unread
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

VIDEO_PAGE, COMMENT_PAGE = 20, 30
BESIDE = 3  # answers that stand beside a comment at most
BARREN = 20  # pages in a row with nothing new, after which a list that says that it goes on is given up
VIDEO_FIELDS = "item_id,create_time,caption,share_url,thumbnail_url,media_type,video_duration,likes,comments,shares,video_views"
PROFILE_FIELDS = "username,display_name,bio_description,profile_image,videos_count"
_GONE = "not among those asked for by id: deleted, or not public any more"


def identify(account: Account, client: Client) -> Identity:
    """The account that the token belongs to: that of `account.url`, or the one that is known already,
    whatever it is called now.
    """
    found = NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(
            f"{account.url} is not the address of an account on TikTok",
            "It reads https://www.tiktok.com/@<name>.",
        )
    api = Api(client)
    known = account.identity is not None and account.identity.native_id == api.open_id
    exchange = _who(account, api, known=known)
    profile = data_of(exchange)
    name = str(profile.get("username") or found[1])
    if not known and name.lower() != found[1].lower():
        words = f"the token belongs to @{name}, the register says {account.url}"
        raise AccountUnavailable(
            words,
            "If it was renamed, correct `url`. Else put the account's own token into the connection.",
            exchange,
        )
    return Identity(api.open_id, SERVER, profile.get("display_name"), name, exchange)


def _who(account: Account, api: Api, *, known: bool) -> Exchange:
    """The profile, or as much of it as tells who answers, where the token lacks the scope for some of it. Of
    an account that is known already its name is not needed: TikTok refuses all of somebody else's."""
    asked, refusal = (PROFILE_FIELDS, "username", *(("display_name",) if known else ())), None
    for fields in asked:
        try:
            exchange = api.get(f"{base_of(account)}/business/get/", _profile(api, fields))
        except Blocked as problem:
            refusal = refusal or problem
            continue
        if fields != "display_name":
            PROFILE.check(data_of(exchange), exchange, "/data")
        return exchange
    raise refusal or ValueError("nothing was asked for")


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: videos and photo posts of the account; None where the token lacks the scope for their number."""
    api = Api(client)
    try:
        exchange = api.get(f"{base_of(account)}/business/get/", _profile(api, "username,videos_count"))
    except Blocked:
        return None
    profile = data_of(exchange)
    PROFILE.check(profile, exchange, "/data")
    count = profile.get("videos_count")
    return None if count is None else Totals({"own": count}, exchange)


def _profile(api: Api, fields: str = PROFILE_FIELDS) -> Params:
    return {"business_id": api.open_id, "fields": _listed(fields)}


def _listed(names: str) -> str:
    return json.dumps(names.split(","), separators=(",", ":"))


@dataclass
class _Todo(Remaining):
    """What is still to be asked."""

    later: ClassVar = frozenset({"permalink"})

    page: str | None = None  # cursor of the next page of videos
    listed: bool = False  # there is no next page
    videos: list[str] = field(default_factory=list)  # whose comments are to be read
    comments: str | None = None  # cursor of the next page of the first one's
    threads: list[Two] = field(default_factory=list)  # [video, comment] of which more answers are to be read
    answers: str | None = None  # cursor of the next page of the first one's
    permalink: str | None = None  # of the video that is still to be asked for
    given_up: list[str] = field(default_factory=list)  # lists that did not end
    refused: str = ""  # in words, what the token may not read
    unread: Passed = field(default_factory=Passed)  # conversations that were not given


read_cursor = _Todo.read


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the videos, each page followed by their comments and the answers to
    those.
    """
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.listed, walk.todo.permalink = True, window.url or ""
        yield walk.profile()
    if walk.todo.permalink is not None:
        yield walk.one(walk.todo.permalink)
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Videos by their ids, and the comments of each video by theirs; whoever is not in the answer has gone."""
    walk, known = _Walk(account, client), list(ids)
    if any(k.kind == "profile" for k in known):
        yield walk.get("business/get/", _profile(walk.api))
    videos = [k for k in known if k.kind == "post"]
    for start in range(0, len(videos), VIDEO_PAGE):
        some = videos[start : start + VIDEO_PAGE]
        yield from _found(some, walk.videos([k.native_id for k in some]), "videos")
    rest = sorted((k for k in known if k.kind not in ("post", "profile")), key=lambda k: k.root_id or "")
    roots = [
        (root.rpartition("/")[2], list(said)) for root, said in groupby(rest, key=lambda k: k.root_id or "")
    ]
    for start in range(0, len(roots), VIDEO_PAGE):
        yield from _comments_of(roots[start : start + VIDEO_PAGE], walk)


def _comments_of(roots: Sequence[tuple[str, list[Known]]], walk: _Walk) -> Iterator[Exchange | Absence]:
    """Who asks about comments on a video that is gone is told of a wrong parameter: the videos are asked for
    first.
    """
    shown = walk.videos([video for video, _ in roots])
    there = _natives(shown, "videos")
    for video, said in roots:
        if video not in there:
            yield from (Absence(k.record_id, UNAVAILABLE, f"its video is {_GONE}", shown[-1]) for k in said)
            continue
        for start in range(0, len(said), COMMENT_PAGE):
            some = said[start : start + COMMENT_PAGE]
            yield from _found(some, walk.some_comments(video, [k.native_id for k in some]), "comments")


def _found(asked: Sequence[Known], pages: Sequence[Exchange], name: str) -> Iterator[Exchange | Absence]:
    there = _natives(pages, name)
    yield from (page for page in pages if _items(page, name))
    yield from (
        Absence(k.record_id, UNAVAILABLE, _GONE, pages[-1]) for k in asked if k.native_id not in there
    )


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.window = base_of(account), Api(client), window or Window("full")
        self.context: dict[str, Any] = {
            "account": account.known.native_id,
            "server": SERVER,
            "handle": account.known.handle,
        }
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def listing(self, path: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        return by_cursor(
            self.api, f"{self.base}/{path}", params, _next_cursor, context=self.context | context, start=start
        )

    def videos(self, natives: Sequence[str], **context: Any) -> list[Exchange]:
        chosen = json.dumps({"video_ids": list(natives)}, separators=(",", ":"))
        return _until_found(
            self.listing("business/video/list/", {**self.shown, "filters": chosen}, None, **context),
            "videos",
            natives,
        )

    def some_comments(self, video: str, natives: Sequence[str]) -> list[Exchange]:
        chosen = json.dumps(list(natives), separators=(",", ":"))
        pages = self.listing("business/comment/list/", {**self.said(video), "comment_ids": chosen}, None)
        return _until_found(pages, "comments", natives)

    @property
    def shown(self) -> Params:
        return {"business_id": self.api.open_id, "fields": _listed(VIDEO_FIELDS), "max_count": VIDEO_PAGE}

    def said(self, video: str) -> dict[str, str | int | list[str]]:
        """Oldest first: what is written meanwhile comes at the end, and shifts nothing."""
        order: dict[str, str | int | list[str]] = {"sort_field": "create_time", "sort_order": "asc"}
        return {
            "business_id": self.api.open_id,
            "video_id": video,
            "status": "ALL",
            **order,
            "max_count": COMMENT_PAGE,
        }

    def pages(self) -> Iterator[Exchange]:
        """Newest first: in the window of the last days a page of older ones only is the last that is asked
        for.
        """
        for page in self.all_videos():
            listed = _items(page, "videos")
            inside = [
                item
                for item in listed
                if not self.since or moment_of(item["create_time"], page, "") >= self.since
            ]
            natives = [str(item["item_id"]) for item in inside if self.is_wanted(item, page)]
            last = page.cursor is None or (bool(listed) and not inside)
            self.todo.page, self.todo.listed = (None, True) if last else (page.cursor, False)
            self.todo.videos += natives
            yield replace(page, context={**page.context, "heard": natives}, cursor=self.todo.cursor)
            yield from self.pending()
            if last:
                return

    def all_videos(self) -> Iterator[Exchange]:
        """A place that was stored may be dead by now, which is refused like a wrong parameter: the list is
        then read anew.
        """
        start, path = self.todo.page, "business/video/list/"
        pages = self.listing(path, self.shown, start)
        try:
            first = next(pages)
        except UnexpectedResponse as problem:
            if start is None or problem.exchange is None or error_of(problem.exchange)[0] != WRONG:
                raise
            pages = self.listing(path, self.shown, None)
            first = next(pages)
        yield first
        yield from pages

    def is_wanted(self, video: dict[str, Any], page: Exchange) -> bool:
        """Whether its count moves with comments that are hidden from the first is not documented."""
        return self.window.wants(
            video_id(video["item_id"]),
            moment_of(video["create_time"], page, ""),
            video.get("comments"),
            all_told=False,
        )

    def note_read(self, video: str) -> None:
        """Say so where no comments on this video are still to be read, and none were given up."""
        waiting = {
            *self.todo.videos,
            *(v for v, _ in self.todo.threads),
            *(what.partition("/")[0] for what in self.todo.given_up),
        }
        if video not in waiting:
            self.window.read(video_id(video))

    def pending(self) -> Iterator[Exchange]:
        while self.todo.threads or self.todo.videos:
            try:
                yield from self.answers() if self.todo.threads else self.comments()
            except PlatformFailure as failure:
                yield self.passed(failure)

    def passed(self, failure: PlatformFailure) -> Exchange:
        """Go on behind a list of comments, or of answers to one, that TikTok fails to give."""
        todo = self.todo
        answer = self.unread.passed(video_id(todo.threads[0][0] if todo.threads else todo.videos[0]), failure)
        if todo.threads:
            todo.answers = None
            del todo.threads[0]
        else:
            todo.comments = None
            del todo.videos[0]
        return replace(answer, context={**answer.context, **self.short}, cursor=todo.cursor)

    def comments(self) -> Iterator[Exchange]:
        """All comments on the next video, each page followed by the answers that it leaves out."""
        todo, video = self.todo, self.todo.videos[0]
        params = {**self.said(video), "include_replies": "true"}
        pages = self.while_there(self.listing("business/comment/list/", params, todo.comments), video)
        for page in self.fresh(pages, video):
            self.unread.given()
            todo.comments = page.cursor
            if page.cursor is None:
                del todo.videos[0]
            for comment in _items(page, "comments"):
                if _has_more(comment):
                    todo.threads.append([video, str(comment["comment_id"])])
            yield replace(page, context={**page.context, **self.short}, cursor=todo.cursor)
            while todo.threads:
                yield from self.answers()
        self.note_read(video)

    def answers(self) -> Iterator[Exchange]:
        todo, (video, comment) = self.todo, self.todo.threads[0]
        params = {**self.said(video), "comment_id": comment}
        pages = self.while_there(
            self.listing("business/comment/reply/list/", params, todo.answers), video, comment
        )
        for page in self.fresh(pages, f"{video}/{comment}"):
            self.unread.given()
            todo.answers = page.cursor
            if page.cursor is None:
                del todo.threads[0]
            yield replace(page, context={**page.context, **self.short}, cursor=todo.cursor)
        self.note_read(video)

    def while_there(self, pages: Iterator[Exchange], video: str, comment: str = "") -> Iterator[Exchange]:
        """The pages, up to where what they are about has just gone: that is refused like a wrong parameter.
        The next capture sees to it.
        """
        todo = self.todo
        try:
            yield from pages
        except UnexpectedResponse as problem:
            if (
                problem.exchange is None
                or error_of(problem.exchange)[0] != WRONG
                or self.is_there(video, comment)
            ):
                raise
            todo.threads = [one for one in todo.threads if one != [video, comment]]
            todo.answers = None
            if not comment:
                del todo.videos[0]
                todo.comments = None

    def is_there(self, video: str, comment: str) -> bool:
        if not _natives(self.videos([video]), "videos"):
            return False
        return not comment or bool(_natives(self.some_comments(video, [comment]), "comments"))

    def fresh(self, pages: Iterator[Exchange], what: str) -> Iterator[Exchange]:
        """The pages of a list of comments until it ends, or until it only repeats itself."""
        seen, barren = set[str](), 0
        for page in pages:
            natives = {str(comment["comment_id"]) for comment in _items(page, "comments")}
            barren = barren + 1 if natives <= seen else 0
            seen |= natives
            if barren == BARREN and page.cursor is not None:
                self.todo.given_up.append(what)
                yield replace(page, cursor=None)
                return
            yield page

    def profile(self) -> Exchange:
        """The whole profile or nothing of it: one that lacks a part would seem to have been changed."""
        try:
            return replace(self.get("business/get/", _profile(self.api)), cursor=self.todo.cursor)
        except Blocked as refusal:
            if refusal.exchange is None:
                raise
            self.todo.refused = (
                f"the account's profile is not given ({refusal.message}); docs/platforms/tiktok.md names the"
                " scopes"
            )
            answer = refusal.exchange
            return replace(
                answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor
            )

    @property
    def short(self) -> dict[str, str]:
        words = [self.todo.refused] if self.todo.refused else []
        if self.todo.given_up:
            lists = f"{counted(len(self.todo.given_up), 'list')} (first: {self.todo.given_up[0]})"
            words.append(f"TikTok went on repeating comments of {lists}: some may be lacking")
        words += filter(None, [self.unread.words])
        return {"short": "; ".join(words)} if words else {}

    def one(self, url: str) -> Exchange:
        """The video of a permalink."""
        native = post_in(url)
        pages = self.videos([native], heard=[native])
        if not _natives(pages, "videos"):
            raise UsageError(
                f"{url} cannot be seen on this account", "It may be gone, not public, or another's."
            )
        self.todo.permalink = None
        self.todo.videos.append(native)
        return replace(pages[-1], cursor=self.todo.cursor)


def _next_cursor(page: Exchange) -> str | None:
    """Only `has_more` says whether there is a next page; a short or empty one is not the end."""
    data = data_of(page)
    DATA.check(data, page, "/data")
    if not data.get("has_more"):
        return None
    if data.get("cursor") is None:
        raise wrong(page, "/data/cursor", "where the next page begins", None)
    return str(data["cursor"])


def _items(page: Exchange, name: str) -> list[dict[str, Any]]:
    """What the walk needs of them: whatever else is amiss stops no capture, and is read again when it is
    mended.
    """
    shape, data = VIDEO_HEAD if name == "videos" else COMMENT_HEAD, data_of(page)
    found = items(data.get(name) or [], page, f"/data/{name}")
    for i, item in enumerate(found):
        shape.check(item, page, f"/data/{name}/{i}")
    return found


def _has_more(comment: dict[str, Any]) -> bool:
    """Whether answers to a comment may stand in their own list alone. Its number of answers may leave hidden
    ones out, which stand beside it like others: as many as can stand there may not be all, whatever it
    counts."""
    told, beside = comment.get("replies"), len(comment.get("reply_list") or ())
    return told is None or told > beside or beside >= BESIDE


def _natives(pages: Iterable[Exchange], name: str) -> set[str]:
    key = "item_id" if name == "videos" else "comment_id"
    return {str(item[key]) for page in pages for item in _items(page, name)}


def _until_found(pages: Iterator[Exchange], name: str, natives: Iterable[str]) -> list[Exchange]:
    """What was asked for by id, page by page until all of it was given: a short or empty page is not the last
    here, too.
    """
    lacking, given = set(natives), list[Exchange]()
    for page in pages:
        given.append(page)
        lacking -= _natives([page], name)
        if not lacking:
            break
    return given
