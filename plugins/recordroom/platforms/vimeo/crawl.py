"""The crawl of a Vimeo account: its requests, in their order.

    /me                                          the profile, in every window
    /me/videos                                   the list `videos`
      /videos/<video>/texttracks                 the subtitles of each video on the page
      /videos/<video>/comments                   comments, oldest first, where the plan wants them
      /videos/<video>/comments/<comment>/replies replies to one comment
    /me/albums, /me/albums/<album>/videos        the list `albums`: showcases, and the videos in each
    /me/live_events                              the list `live_events`
    /me/videos                                   the list `older`: counts of comments on earlier videos
      /videos/<video>                            each video whose count has changed

Pages are numbered, so that a removal moves all later items forward. The page before is therefore read again
wherever `total` has become smaller, and where a crawl resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import ConversationQueue, Crawl, Cursor, PostQueue, with_context
from recordroom.platforms.cursor import Two, one_of
from recordroom.platforms.http import describe_failure, unexpected_field
from recordroom.platforms.lookups import require_owner
from recordroom.platforms.paging import Params, follow_addresses, resume_pages
from recordroom.platforms.schema import Reading, load_content, require_list
from recordroom.platforms.unread import require_completing, require_optional
from recordroom.platforms.vimeo.api import VIDEO_FILES, Api, base_of, granted_scopes, unseen_without
from recordroom.platforms.vimeo.parse import (
    author_of,
    best_file,
    connections_of,
    each_of,
    is_made,
    last_step,
    native_of,
    time_of,
    total_of,
)
from recordroom.platforms.vimeo.platform import SERVER, post_in
from recordroom.platforms.vimeo.schema import (
    ALBUM_FIELDS,
    ALBUM_HEAD,
    COMMENT_FIELDS,
    COMMENT_HEAD,
    COMMENTING,
    COUNT_FIELDS,
    EVENT_FIELDS,
    EVENT_HEAD,
    MEMBER,
    PAGE,
    PAGING,
    PROFILE_FIELDS,
    TRACK,
    TRACK_FIELDS,
    VIDEO_COUNTED,
    VIDEO_FIELDS,
    VIDEO_HEAD,
    WHO,
)

if TYPE_CHECKING:
    from recordroom.register.models import Account

_T = TypeVar("_T")
PER_PAGE = 100
FILMS_PER_PAGE = 25  # each video with text tracks costs a request before its page can be given
ALBUMS_PER_PAGE = 25  # and so does each showcase
GLANCE = 10  # pages of counts that a window of the last days reads; the nightly sweep reads all videos

_NEXT_LIST = {"videos": "albums", "albums": "live_events", "live_events": "older", "older": ""}
_CALLED = {"albums": "albums", "live_events": "live_events", "older": "the comments on older videos"}
_HEADS = {"videos": VIDEO_HEAD, "comments": COMMENT_HEAD, "albums": ALBUM_HEAD, "live_events": EVENT_HEAD}
_FILES_NEED = "Vimeo gives them only to accounts with a paid plan, for a token with the scope video_files"
_MAYBE = "It may have been removed, or may belong to another account."
_HOW = "enter a token of the account in the connection (docs/platforms/vimeo.md)."


def identify(account: Account, client: Client) -> Identity:
    """Return the account of the token, which must be that of the register.

    It is known by its ID, and before the first capture by its name.
    """
    exchange = Api(client).get(f"{base_of(account)}/me", {"fields": "uri,name,link"})
    found = load_content(exchange)
    WHO.check(found, exchange, "")
    native, link = native_of(found["uri"], exchange, "/uri")[1], found.get("link")
    handle = last_step(link or "")
    require_owner(
        account,
        native,
        is_named=last_step(account.url) in {handle, f"user{native}"} - {""},
        holder=link or found["uri"],
        remedy=(
            "If the account was renamed, correct `url` in the register"
            f" (https://vimeo.com/user{native} stays valid). Otherwise, {_HOW}"
        ),
        answer=exchange,
    )
    return Identity(native, SERVER, found.get("name"), handle or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`videos`: all videos of the account; None where the API does not count them."""
    exchange = Api(client).get(f"{base_of(account)}/me/videos", {"per_page": 1, "fields": "uri"})
    body = load_content(exchange)
    PAGE.check(body, exchange, "")
    return None if body.get("total") is None else Totals({"videos": int(body["total"])}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the account (see the module docstring)."""
    return VimeoCrawl(account, client, window).fetch()


@dataclass
class VimeoCursor(Cursor):
    """The rest of a crawl of Vimeo."""

    edge: Annotated[str, one_of(*_NEXT_LIST, "")] = "videos"  # the list that is read; "" after the last
    page: str | None = None  # address of its next page
    videos: list[str] = field(default_factory=list)  # videos to request by their IDs
    threads: list[Two] = field(default_factory=list)  # [video, comment whose replies are to be read, or ""]
    comments: str | None = None  # address of the next page of the first thread
    lacking: str = ""  # the first video that has no file
    untold: str = ""  # the first video or showcase whose text tracks or videos Vimeo failed to give
    unlisted: list[str] = field(default_factory=list)  # lists that Vimeo did not give, in words


read_cursor = VimeoCursor.read


class VimeoCrawl(Crawl[VimeoCursor]):
    """One pass over an account on Vimeo.

    noted: (video, comment) of each thread that was queued; (video, "") of each video that was listed.
    """

    cursor_type, server = VimeoCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.base = base_of(account)
        # No later run resumes the lists of a sweep, or a lookup: they wait for the rate limit.
        self.api = Api(client, patient=self.window.kind == "full")
        self.noted = {(video, comment) for video, comment in self.todo.threads}
        self.comments = Comments(self)
        self.queues = (self.comments, Videos(self))

    def profile(self) -> Exchange:
        profile = self.get("me", {"fields": PROFILE_FIELDS})
        return self.with_missing(profile) if self.todo.edge else profile

    def start_at(self, url: str) -> None:
        self.todo.edge, self.todo.videos = "", [post_in(url)]

    @property
    def current_list(self) -> str:
        return self.todo.edge

    def continue_at(self, place: str | None) -> None:
        self.todo.page = place
        if place is None:
            self.todo.edge = _NEXT_LIST[self.todo.edge]

    def list_pages(self, name: str) -> Iterator[Exchange]:
        if name == "older":
            self.queue_older()
        else:
            yield from self.pages(f"me/{name}", self.query_of(name), self.todo.page)

    def query_of(self, name: str) -> Params:
        """Return the parameters of a list.

        A window of the last days reads videos in the order of their last change, which is at least their
        publication.
        """
        sort = "modified_time" if name == "videos" and self.floor else "date"
        size, fields = {
            "videos": (FILMS_PER_PAGE, VIDEO_FIELDS),
            "albums": (ALBUMS_PER_PAGE, ALBUM_FIELDS),
            "live_events": (PER_PAGE, EVENT_FIELDS),
        }[name]
        return {"sort": sort, "direction": "desc", "per_page": size, "fields": fields}

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        found = items_of(page, name)
        late = [native for native, _, item in found if self.is_late(item, page)]
        elsewhere = [*late, *(native for native, _, _ in found if self.was_read_before(name, native, page))]
        wanted = [(native, item) for native, _, item in found if native not in elsewhere]
        whole = with_context(self.complete(name, page, wanted), elsewhere=elsewhere)
        has_ended = name == "videos" and bool(found) and found[-1][0] in late
        return [self.with_missing(whole)], None if has_ended else page.cursor

    def is_late(self, item: dict[str, Any], page: Exchange) -> bool:
        """Whether an item was neither created nor changed in the window."""
        if self.floor is None or "modified_time" not in item:
            return False
        names = ("created_time", "modified_time")
        return max(time_of(item, name, page) for name in names if item.get(name)) < self.floor

    def was_read_before(self, name: str, native: str, page: Exchange) -> bool:
        """Whether an earlier run of a first capture read an item of a page that is now read again.

        Only what has moved there since is new. To give all of it again, with the comments below it, might
        take all requests of each run, so that none would come any further.
        """
        again = self.window.kind == "history" and page.cursor is not None and page.cursor == self.todo.page
        return again and self.window.is_archived(f"vimeo:{name}/{native}")

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        """All but the videos can be captured without it. Events are refused to plans that have none."""
        if name == "live_events" and isinstance(failure, AccountUnavailable | Blocked):
            return None
        if name == "videos":
            raise failure
        answer = require_optional(failure)
        self.todo.unlisted.append(f"{_CALLED[name]} ({describe_failure(answer)})")
        return self.with_missing(with_context(answer, not_given=True))

    def missing(self) -> str:
        todo = self.todo
        words = [self.unseen] if self.unseen else []
        if todo.lacking:
            words.append(f"Vimeo does not give video files (first: {todo.lacking}): {_FILES_NEED}")
            if VIDEO_FILES not in self.scopes:
                words.append(f"Vimeo does not list {VIDEO_FILES} among the scopes of the token")
        if todo.untold:
            which = f"(first: {todo.untold})"
            words.append(
                f"Vimeo does not give the text tracks of some videos, or the videos of some showcases {which}"
            )
        words += [f"Vimeo fails to list {' and '.join(todo.unlisted)}"] if todo.unlisted else []
        words += filter(None, [super().missing()])
        return f"{'; '.join(words)}; docs/platforms/vimeo.md says what to do" if words else ""

    def read_queues(self) -> Iterator[Exchange]:
        """Without waiting for the rate limit: the next run reads what this one does not reach."""
        with self.api.at_once():
            yield from super().read_queues()

    # -- what lists do not say themselves ----------------------------------------------------------------

    def complete(self, name: str, page: Exchange, found: Sequence[tuple[str, dict[str, Any]]]) -> Exchange:
        """Add to the context what items do not say, and queue comments.

        That is the text tracks of a video, and the videos of a showcase.

        found: (ID, item) of the items that are read from the page.
        """
        told: dict[str, Any] = {}
        with self.api.completing():
            if name == "videos":
                for native, item in found:
                    self.queue_comments(native, item, page)
                for native, item in found:
                    if total_of(connections_of(item, Reading(page)), "texttracks", Reading(page)):
                        told[native] = self.tracks_of(native)
            elif name == "albums":
                told = {native: self.members_of(native) for native, _ in found}
        return with_context(page, told=told)

    def tracks_of(self, video: str) -> list[dict[str, Any]] | None:
        """Return the active text tracks of a video.

        None of them where the video has just gone; None where Vimeo fails to list them.
        """
        names = ("uri", "language", "name", "type", "link")

        def read(track: dict[str, Any], page: Exchange, pointer: str) -> list[dict[str, Any]]:
            TRACK.check(track, page, pointer)
            return [{name: track.get(name) for name in names}] if track["active"] else []

        return self.read_list_of(video, f"videos/{video}/texttracks", TRACK_FIELDS, read)

    def members_of(self, album: str) -> list[str] | None:
        """Addresses of the videos of a showcase, in its order; None where Vimeo fails to list them."""

        def read(video: dict[str, Any], page: Exchange, pointer: str) -> list[str]:
            MEMBER.check(video, page, pointer)
            return [
                video.get("link") or f"https://{SERVER}/{native_of(video['uri'], page, f'{pointer}/uri')[1]}"
            ]

        return self.read_list_of(album, f"me/albums/{album}/videos", "uri,link", read)

    def read_list_of(
        self, native: str, path: str, fields: str, read: Callable[[dict[str, Any], Exchange, str], list[_T]]
    ) -> list[_T] | None:
        """Read a list that belongs to a video or a showcase; None: Vimeo fails to give it."""
        found: list[_T] = []
        try:
            for page in self.pages(path, {"per_page": PER_PAGE, "fields": fields}):
                for i, item in enumerate(require_list(load_content(page)["data"], page, "/data")):
                    found += read(item, page, f"/data/{i}")
        except AccountUnavailable:
            return found
        except (Blocked, UnexpectedResponse) as failure:
            require_completing(failure)
            self.todo.untold = self.todo.untold or native
            return None
        return found

    # -- whose comments are read -------------------------------------------------------------------------

    def queue_comments(self, video: str, item: dict[str, Any], page: Exchange) -> None:
        """Queue the comments on a video where the plan wants them.

        Notes the first video that has no file.
        """
        if (video, "") in self.noted:
            return
        self.noted.add((video, ""))
        reading = Reading(page)
        total = total_of(connections_of(item, reading), "comments", reading)
        if self.is_wanted(video, item, total, page):
            self.todo.threads += [[video, ""]] if total != 0 else []
            self.comments.report_read(f"vimeo:videos/{video}")
        if is_made(item) and _has_no_file(item, reading):
            self.todo.lacking = self.todo.lacking or video

    def is_wanted(self, video: str, item: dict[str, Any], total: int | None, page: Exchange) -> bool:
        """Whether the plan wants the comments on a video. `total` does not count replies to comments."""
        published = time_of(item, "created_time", page)
        return self.window.wants_conversation(f"vimeo:videos/{video}", published, total, all_told=total == 0)

    def queue_older(self) -> None:
        """Queue videos before the window whose count of comments has changed."""
        query: Params = {"sort": "date", "direction": "desc", "per_page": PER_PAGE, "fields": COUNT_FIELDS}
        for page in islice(self.pages("me/videos", query), GLANCE if self.floor and self.window.plan else 0):
            for i, item in enumerate(require_list(load_content(page)["data"], page, "/data")):
                VIDEO_COUNTED.check(item, page, f"/data/{i}")
                video, reading = native_of(item["uri"], page, f"/data/{i}/uri")[1], Reading(page)
                total = total_of(connections_of(item, reading), "comments", reading)
                is_known = (video, "") in self.noted or video in self.todo.videos
                if total != 0 and not is_known and self.is_wanted(video, item, total, page):
                    self.todo.videos.append(video)

    # -- requests ----------------------------------------------------------------------------------------

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(self, path: str, params: Params, start: str | None = None) -> Iterator[Exchange]:
        """Read the pages of a list.

        The page before is read again where the list has become shorter, and where a crawl resumes: the first
        items of a page may have moved to it.
        """
        url = f"{self.base}/{path}"
        here, pages = resume_pages(
            lambda place: follow_addresses(
                self.api, url, params, self.address_behind, context=self.context, start=place
            ),
            start,
            _is_beyond_the_end,
        )
        start, known = here, 0
        for page in pages:
            body = load_content(page)
            before, total = (body.get("paging") or {}).get("previous"), body.get("total") or 0
            if here is not None and before is not None and (total < known or here == start):
                with self.api.completing():
                    again = self.api.get(self.absolute(before, page), context=self.context)
                PAGE.check(load_content(again), again, "")
                yield replace(again, cursor=here)
            here, known = page.cursor, total
            yield page

    def address_behind(self, page: Exchange) -> str | None:
        """Return the address of the next page; None after the last one."""
        body = load_content(page)
        PAGE.check(body, page, "")
        link: str | None = Reading(page).read_object(PAGING, body, "paging", "").get("next")
        return None if link is None else self.absolute(link, page)

    def absolute(self, link: str, page: Exchange) -> str:
        """Vimeo's links are relative to the root of its API, not to its host: "/me/videos?page=2"."""
        if not link.startswith("/"):
            raise unexpected_field(page, "/paging", "addresses that begin with /", link)
        return f"{self.base}{link}"

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The scopes of the token."""
        with self.api.completing():
            return granted_scopes(self.api, self.base)

    @property
    def unseen(self) -> str:
        """Say what the token is not shown, and why; "": it is shown everything."""
        return unseen_without(self.scopes)


class Comments(ConversationQueue[VimeoCrawl]):
    """The comments on videos, and the replies to those comments, which are queued behind them."""

    entries_field, page_field = "threads", "comments"

    def root_of(self, entry: list[str]) -> str:
        return f"vimeo:videos/{entry[0]}"

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        video, comment = entry
        path = f"videos/{video}/comments" + (f"/{comment}/replies" if comment else "")
        order = {} if comment else {"direction": "asc"}
        return self.crawl.pages(path, {"per_page": PER_PAGE, "fields": COMMENT_FIELDS, **order}, self.place)

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:
        video, noted = entry[0], self.crawl.noted
        for native, _, item in items_of(page, "comments"):
            replies = total_of(connections_of(item, Reading(page)), "replies", Reading(page))
            if replies != 0 and (video, native) not in noted:  # None: Vimeo does not say
                noted.add((video, native))
                self.entries.insert(1, [video, native])
        return page

    def is_over(self, entry: list[str], failure: PlatformFailure) -> bool:
        """Report whether there is nothing to read; a refusal although comments are on is a failure."""
        return super().is_over(entry, failure) or (
            isinstance(failure, Blocked) and self.has_comments_off(entry[0])
        )

    def has_comments_off(self, video: str) -> bool:
        """Whether the account switched comments off on a video, or the video has gone.

        False where Vimeo does not say.
        """
        try:
            answer = self.crawl.get(f"videos/{video}", {"fields": "uri,privacy.comments"})
            return (
                Reading(answer).read_object(COMMENTING, load_content(answer), "privacy", "").get("comments")
                == "nobody"
            )
        except AccountUnavailable:
            return True
        except (Blocked, UnexpectedResponse):
            return False


class Videos(PostQueue[VimeoCrawl]):
    """Videos requested by their IDs: that of a permalink, older ones with new comments."""

    entries_field = "videos"

    def root_of(self, entry: str) -> str:
        return f"vimeo:videos/{entry}"

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        return [self.crawl.get(f"videos/{entries[0]}", {"fields": VIDEO_FIELDS})]

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        [(native, _, item)] = items_of(answer, "videos")
        if author_of(item, Reading(answer), "").get("uri") != f"/users/{self.crawl.me}":
            raise UsageError(
                f"{self.crawl.window.url} belongs to another account",
                "Only the account's own videos are captured.",
            )
        yield self.crawl.complete("videos", answer, [(native, item)])

    def skip(self, entries: Sequence[str], failure: PlatformFailure) -> Iterator[Exchange]:
        """Leave a video that has gone since it was listed to the next capture."""
        if not isinstance(failure, AccountUnavailable):
            yield from super().skip(entries, failure)
        elif self.crawl.window.kind == "one":
            unseen = self.crawl.unseen
            why = f"This does not mean that it was removed: {unseen}." if unseen else _MAYBE
            raise UsageError(f"{self.crawl.window.url} cannot be seen", why) from failure
        else:
            self.remove()


def items_of(exchange: Exchange, kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(ID, pointer, item) of each item of an answer, which must be of this kind."""
    found = []
    for pointer, item in each_of(load_content(exchange), exchange):
        sort, native, _ = native_of(item.get("uri"), exchange, f"{pointer}/uri")
        if sort != kind:
            raise unexpected_field(exchange, f"{pointer}/uri", f"one of {kind}", item["uri"])
        _HEADS[kind].check(item, exchange, pointer)
        found.append((native, pointer, item))
    return found


def _is_beyond_the_end(failure: PlatformFailure) -> bool:
    """Whether the list has become so short that Vimeo does not know the stored page."""
    is_of_page = isinstance(failure, AccountUnavailable | UnexpectedResponse)
    return is_of_page and failure.exchange is not None and failure.exchange.status in (400, 404)


def _has_no_file(video: dict[str, Any], reading: Reading) -> bool:
    """Report whether a video has no file; False if the files have another shape, which `parse` reports."""
    try:
        return best_file(video, reading, "") is None
    except UnexpectedResponse:
        return False
