"""What Vimeo is asked for, in which order, and how far back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.paging import Params, by_next_url
from recordroom.platforms.shapes import Reading, content_of, items
from recordroom.platforms.unread import Passed, Unread, spared
from recordroom.platforms.vimeo.api import Api, base_of
from recordroom.platforms.vimeo.permalinks import post_in
from recordroom.platforms.vimeo.platform import SERVER
from recordroom.platforms.vimeo.scopes import FILES, granted, unseen
from recordroom.platforms.vimeo.shapes import (
    ALBUM_HEAD,
    COMMENT_HEAD,
    EVENT_HEAD,
    MEMBER,
    PAGE,
    PAGING,
    TRACK,
    VIDEO_COUNTED,
    VIDEO_HEAD,
    WHO,
)
from recordroom.platforms.vimeo.things import (
    PLAN,
    author_of,
    best_file,
    connections_of,
    each_of,
    is_made,
    last_step,
    native_of,
    parts_of,
    time_of,
    total_of,
)

if TYPE_CHECKING:
    from recordroom.accounts import Account

FILMS_PER_PAGE = 25  # each with tracks costs a request before the page can be given out
ALBUMS_PER_PAGE = 25  # and so does each showcase
PER_PAGE, GLANCE = 100, 10  # and so many pages are looked at for new comments on older videos; the nightly sweep reads all
_USER = "user.uri,user.name,user.link"
_PICTURE = "pictures.uri,pictures.type,pictures.sizes.link,pictures.sizes.width,pictures.sizes.height"
_OF_FILE = ("quality", "type", "link", "width", "height", "size")
PROFILE = f"uri,name,link,location,bio,short_bio,websites,{_PICTURE},preferences.videos.privacy.comments,metadata.connections.block.total"
VIDEOS = (
    f"uri,name,description,link,language,type,status,duration,width,height,created_time,modified_time,privacy.view,privacy.comments,"
    f"tags.name,stats.plays,{_USER},{_PICTURE},metadata.connections.comments.total,metadata.connections.likes.total,"
    "metadata.connections.texttracks.total,metadata.connections.versions.current_uri,"
    + ",".join(f"{where}.{name}" for where in ("download", "files") for name in _OF_FILE)
)
COUNTED = "uri,created_time,metadata.connections.comments.total"
COMMENTS = f"uri,text,created_on,link,{_USER},metadata.connections.replies.total,metadata.connections.user.uri"
TRACKS = "uri,active,language,name,type,link"
ALBUMS = f"uri,name,description,link,created_time,modified_time,privacy.view,{_USER}"
EVENTS = f"uri,title,stream_description,schedule,link,created_time,stream_privacy.view,{_USER},{_PICTURE}"
_GONE = "nothing is there for this token: it is gone, or must not be seen; Vimeo does not say which"
_TOKEN = "Put a token of that account into the connection; docs/platforms/vimeo.md says how to get it."  # noqa: S105 (words)


def identify(account: Account, client: Client) -> Identity:
    """The account to which the token belongs: that of `account.url`, or the one that is known already, whatever it is called now."""
    exchange = Api(client).get(f"{base_of(account)}/me", {"fields": "uri,name,link"})
    found = content_of(exchange)
    WHO.check(found, exchange, "")
    native, link = native_of(found["uri"], exchange, "/uri")[1], found.get("link")
    known = account.identity is not None and account.identity.native_id == native
    handle = last_step(link or "")
    if not known and last_step(account.url) not in {handle, f"user{native}"} - {""}:
        words = f"the token belongs to {link or found['uri']}, the register says {account.url}"
        mend = f"If it was renamed, correct `url` (https://vimeo.com/user{native} outlives every name). Else: {_TOKEN}"
        raise AccountUnavailable(words, mend, exchange)
    return Identity(native, SERVER, found.get("name"), handle or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`videos`: all that the account has; None where the API does not count them."""
    exchange = Api(client).get(f"{base_of(account)}/me/videos", {"per_page": 1, "fields": "uri"})
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    return None if body.get("total") is None else Totals({"videos": int(body["total"])}, exchange)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "videos"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    videos: list[str] = field(default_factory=list)  # those that are asked for alone
    threads: list[list[str]] = field(default_factory=list)  # [video, comment whose replies are to be read, or ""]
    comments: str | None = None  # address of the next page of the first thread
    lacking: str = ""  # the first video of which there is no file
    untold: str = ""  # the first video whose text tracks, or showcase whose videos, were not told
    unlisted: list[str] = field(default_factory=list)  # lists that were not given
    unread: Passed = field(default_factory=Passed)  # conversations that were not given

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "unread": Passed(**told.get("unread", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


_EDGES = {"videos": "albums", "albums": "live_events", "live_events": "older", "older": ""}


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the videos page by page, each page followed by the comments on its videos; then showcases and events."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", videos=[post_in(window.url or "")])
        profile = walk.get("me", {"fields": PROFILE})
        short = walk.short if walk.todo.edge else {}
        yield replace(profile, context={**profile.context, **short}, cursor=walk.todo.cursor)
    yield from walk.pending()
    while walk.todo.edge:
        yield from walk.glance() if walk.todo.edge == "older" else walk.listed()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: a 404 then is about this one thing, though not why, and so is a 403 of an
    event, of a plan that has them no more. Nothing is concluded where the token may not see all, nor of a comment that is refused: they
    may have been switched off."""
    walk = _Walk(account, client)
    for known in ids:
        what = parts_of(known.record_id)[0]
        try:
            yield walk.alone(known)
        except (AccountUnavailable, Blocked) as gone:
            refused = isinstance(gone, Blocked)
            if gone.exchange is None or (refused and what not in ("live_events", "comments")):
                raise
            if walk.unseen or (refused and what == "comments"):
                told = {"not_given": True, "untold": [known.record_id]}
                yield replace(gone.exchange, context={**gone.exchange.context, **told})
            else:
                yield Absence(known.record_id, UNAVAILABLE, _GONE, gone.exchange)


class _Walk:
    """One pass over a window. `noted`: threads that stand in `todo` or were read."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.window = window or Window("full")
        self.base, self.me = base_of(account), account.known.native_id
        # what no later run goes on with must come to its end in one: lists, and what is asked for by its id
        self.api = Api(client, patient=self.window.kind == "full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.unread = Unread(self.window, self.todo.unread)
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None
        self.noted = {(video, comment) for video, comment in self.todo.threads}

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(self, path: str, params: Params, start: str | None = None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. Where it has become shorter since the page before, that page is read once more, and where reading goes on
        after an interruption: what stood at the head of this page stands at its end now."""
        whole = self.context | context
        walked, here = self.walked(f"{self.base}/{path}", params, start, whole)
        start, known = here, 0
        for page in walked:
            body = content_of(page)
            before, total = (body.get("paging") or {}).get("previous"), body.get("total") or 0
            if before is not None and (total < known or here == start):
                with self.api.completing():
                    again = self.api.get(self.at(before, page), context=whole)
                PAGE.check(content_of(again), again, "")
                yield replace(again, cursor=here)
            here, known = page.cursor, total
            yield page

    def walked(self, url: str, params: Params, start: str | None, context: dict[str, Any]) -> tuple[Iterator[Exchange], str | None]:
        """The pages from `start` on, and where they begin: at the head of the list, where it has become so short since that Vimeo does not
        know `start` any more."""
        pages = by_next_url(self.api, url, params, self.following, context=context, start=start)
        if start is None:
            return pages, None
        try:
            return chain([next(pages)], pages), start
        except (AccountUnavailable, UnexpectedResponse) as unknown:
            if unknown.exchange is None or unknown.exchange.status not in (400, 404):
                raise
            return by_next_url(self.api, url, params, self.following, context=context), None

    def following(self, page: Exchange) -> str | None:
        """The address of the next page."""
        body = content_of(page)
        PAGE.check(body, page, "")
        link: str | None = Reading(page).part(PAGING, body, "paging", "").get("next")
        return None if link is None else self.at(link, page)

    def at(self, link: str, page: Exchange) -> str:
        """Vimeo's links are relative to its API, not to its host: "/me/videos?page=2"."""
        if not link.startswith("/"):
            raise wrong(page, "/paging", "addresses that begin with /", link)
        return f"{self.base}{link}"

    def listed(self) -> Iterator[Exchange]:
        """One list to its end. Where Vimeo fails to give showcases or events, all else is captured, and it is told."""
        edge = self.todo.edge
        try:
            for page in self.pages(f"me/{edge}", self.query(edge), self.todo.page):
                found = _items(page, edge)
                late = [native for native, _, item in found if self.is_late(item, page)]
                known = [native for native, _, _ in found if self.was_given_out(edge, native, page)]
                elsewhere = [*late, *known]
                wanted = [(native, item) for native, _, item in found if native not in elsewhere]
                whole = self.completed(edge, page, wanted)
                ended = edge == "videos" and bool(found) and found[-1][0] in late
                self.turn(None if ended else page.cursor)
                context = {**whole.context, **({"elsewhere": elsewhere} if elsewhere else {}), **self.short}
                yield replace(whole, context=context, cursor=self.todo.cursor)
                yield from self.pending()
                if ended:
                    return
        except (AccountUnavailable, Blocked):
            if edge != "live_events":  # which many plans do not have
                raise
            self.turn(None)
        except UnexpectedResponse as failure:
            if edge == "videos":
                raise
            answer = spared(failure)
            self.todo.unlisted.append(f"{edge} (HTTP {answer.status})")
            self.turn(None)
            yield replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)

    def was_given_out(self, edge: str, native: str, page: Exchange) -> bool:
        """Whether an earlier run of a first capture read it: a page that is read once more has only what has moved there since to give. All
        of it again, with what is said below it, might take all requests of each run, so that none came any further."""
        again = self.window.kind == "history" and page.cursor is not None and page.cursor == self.todo.page
        return again and self.window.holds(f"vimeo:{edge}/{native}")

    def query(self, edge: str) -> Params:
        """In a window of days, videos come by their last change: whatever was published in it was changed in it too."""
        if edge == "videos":
            sort = "modified_time" if self.floor else "date"
            return {"sort": sort, "direction": "desc", "per_page": FILMS_PER_PAGE, "fields": VIDEOS}
        sorting: Params = {"sort": "date", "direction": "desc"}
        if edge == "albums":
            return {**sorting, "per_page": ALBUMS_PER_PAGE, "fields": ALBUMS}
        return {**sorting, "per_page": PER_PAGE, "fields": EVENTS}

    def is_late(self, item: dict[str, Any], page: Exchange) -> bool:
        """Whether nothing was done to it in the window."""
        if self.floor is None or "modified_time" not in item:
            return False
        return max(time_of(item, name, page) for name in ("created_time", "modified_time") if item.get(name)) < self.floor

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = _EDGES[self.todo.edge]

    def completed(self, edge: str, page: Exchange, found: Sequence[tuple[str, dict[str, Any]]]) -> Exchange:
        """A page, and in its context what its items do not say themselves: tracks of videos, content of showcases."""
        told: dict[str, Any] = {}
        with self.api.completing():
            if edge == "videos":
                self.note(found, page)
                for native, item in found:
                    if total_of(connections_of(item, Reading(page)), "texttracks", Reading(page)):
                        told[native] = self.tracks(native)
            elif edge == "albums":
                told = {native: self.members(native) for native, _ in found}
        return replace(page, context={**page.context, "told": told}) if told else page

    def tracks(self, video: str) -> list[dict[str, Any]] | None:
        """What a video's active tracks are; none where the video has just gone. None where Vimeo fails to tell them."""
        found = []
        try:
            for page in self.pages(f"videos/{video}/texttracks", {"per_page": PER_PAGE, "fields": TRACKS}):
                for i, track in enumerate(items(content_of(page)["data"], page, "/data")):
                    TRACK.check(track, page, f"/data/{i}")
                    if track["active"]:
                        found.append({name: track.get(name) for name in ("uri", "language", "name", "type", "link")})
        except AccountUnavailable:
            return found
        except (Blocked, UnexpectedResponse) as failure:
            self.note_untold(video, failure)
            return None
        return found

    def members(self, album: str) -> list[str] | None:
        """Addresses of the videos of a showcase, in its order. None where Vimeo fails to tell them."""
        found = []
        try:
            for page in self.pages(f"me/albums/{album}/videos", {"per_page": PER_PAGE, "fields": "uri,link"}):
                for i, video in enumerate(items(content_of(page)["data"], page, "/data")):
                    MEMBER.check(video, page, f"/data/{i}")
                    found.append(video.get("link") or f"https://{SERVER}/{native_of(video['uri'], page, f'/data/{i}/uri')[1]}")
        except AccountUnavailable:
            return found
        except (Blocked, UnexpectedResponse) as failure:
            self.note_untold(album, failure)
            return None
        return found

    def note_untold(self, native: str, failure: PlatformFailure) -> None:
        """What belongs to a video or a showcase is not told; whatever else has failed is raised."""
        spared(failure)
        self.todo.untold = self.todo.untold or native

    def note(self, videos: Sequence[tuple[str, dict[str, Any]]], page: Exchange) -> None:
        """Whose comments are to be read, and which videos have no file."""
        for native, item in videos:
            reading = Reading(page)
            if (native, "") in self.noted:
                continue
            self.noted.add((native, ""))
            total = total_of(connections_of(item, reading), "comments", reading)
            if self.is_wanted(native, item, total, page):
                self.todo.threads += [[native, ""]] if total != 0 else []
                self.note_read(native)
            if is_made(item) and _has_no_file(item, reading):
                self.todo.lacking = self.todo.lacking or native

    def is_wanted(self, video: str, item: dict[str, Any], total: int | None, page: Exchange) -> bool:
        """Whether the comments on a video are to be read. What is counted leaves the answers to comments out."""
        return self.window.wants(f"vimeo:videos/{video}", time_of(item, "created_time", page), total, all_told=total == 0)

    def note_read(self, video: str) -> None:
        """Say so where no comments on this video are still to be read."""
        if not any(video == waiting for waiting, _ in self.todo.threads):
            self.window.read(f"vimeo:videos/{video}")

    def glance(self) -> Iterator[Exchange]:
        """Videos before the last days, by the number of their comments alone: nothing else tells of a new one."""
        query: Params = {"sort": "date", "direction": "desc", "per_page": PER_PAGE, "fields": COUNTED}
        for page in islice(self.pages("me/videos", query), GLANCE if self.floor and self.window.plan else 0):
            for i, item in enumerate(items(content_of(page)["data"], page, "/data")):
                VIDEO_COUNTED.check(item, page, f"/data/{i}")
                native, reading = native_of(item["uri"], page, f"/data/{i}/uri")[1], Reading(page)
                total = total_of(connections_of(item, reading), "comments", reading)
                known = (native, "") in self.noted or native in self.todo.videos
                if total != 0 and not known and self.is_wanted(native, item, total, page):
                    self.todo.videos.append(native)
        self.turn(None)
        yield from self.pending()

    @cached_property
    def scopes(self) -> frozenset[str]:
        with self.api.completing():
            return granted(self.api, self.base)

    @property
    def unseen(self) -> str:
        return unseen(self.scopes)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the token is not shown, and files that Vimeo does not give."""
        words = [self.unseen] if self.unseen else []
        if self.todo.lacking:
            words.append(f"Vimeo gives no file of videos (the first: {self.todo.lacking}): {PLAN}")
            words += [] if FILES in self.scopes else [f"and does not name {FILES} among the token's"]
        if self.todo.untold:
            words.append(f"Vimeo fails to tell text tracks of videos, or videos of showcases (the first: {self.todo.untold})")
        words += [f"Vimeo fails to list {' and '.join(self.todo.unlisted)}"] if self.todo.unlisted else []
        words += filter(None, [self.unread.words])
        return {"short": f"{'; '.join(words)}; docs/platforms/vimeo.md says what to do"} if words else {}

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds. The next run reads what this one does not reach."""
        with self.api.at_once():
            while self.todo.threads or self.todo.videos:
                yield from self.thread() if self.todo.threads else self.single()

    def single(self) -> Iterator[Exchange]:
        """The next of the videos that are asked for alone; UsageError where that of a permalink is none of this account's."""
        native = self.todo.videos[0]
        try:
            answer = self.get(f"videos/{native}", {"fields": VIDEOS})
        except AccountUnavailable as gone:
            if self.window.kind == "one":
                why = f"Nothing says that it is gone: {self.unseen}." if self.unseen else "It may be gone, or another's."
                raise UsageError(f"{self.window.url} cannot be seen", why) from gone
            del self.todo.videos[0]
            return
        [(native, _, item)] = _items(answer, "videos")
        if author_of(item, Reading(answer), "").get("uri") != f"/users/{self.me}":
            raise UsageError(f"{self.window.url} is another account's", "Only the account's own videos are captured.")
        whole = self.completed("videos", answer, [(native, item)])
        del self.todo.videos[0]
        yield replace(whole, cursor=self.todo.cursor)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a video, or all answers to a comment, one conversation behind the other: what was read to its end is not read
        again where the rest has to wait. What has gone, or was closed, since it was listed is seen to by the next capture; what is counted
        and not given is a difference of counts."""
        todo, (video, comment) = self.todo, self.todo.threads[0]
        path = f"videos/{video}/comments" + (f"/{comment}/replies" if comment else "")
        query: Params = {"per_page": PER_PAGE, "fields": COMMENTS, **({} if comment else {"direction": "asc"})}
        try:
            for page in self.pages(path, query, todo.comments):
                for native, _, item in _items(page, "comments"):
                    replies = total_of(connections_of(item, Reading(page)), "replies", Reading(page))
                    if replies != 0 and (video, native) not in self.noted:  # None: not told
                        self.noted.add((video, native))
                        todo.threads.insert(1, [video, native])
                self.unread.given()
                todo.comments = page.cursor
                if page.cursor is None:
                    del todo.threads[0]
                yield replace(page, cursor=todo.cursor)
            self.note_read(video)
        except (AccountUnavailable, Blocked):
            del todo.threads[0]
            todo.comments = None
        except UnexpectedResponse as failure:
            answer = self.unread.passed(f"vimeo:videos/{video}", failure)
            del todo.threads[0]
            todo.comments = None
            yield replace(answer, context={**answer.context, **self.short}, cursor=todo.cursor)

    def alone(self, known: Known) -> Exchange:
        """One thing by its id."""
        what, native = parts_of(known.record_id)
        if what == "users":
            return self.get("me", {"fields": PROFILE})
        native = in_path(native)
        if what == "comments":
            place, video = [known.kind, known.parent_id, known.root_id], in_path(parts_of(known.root_id or "")[1])
            return self.get(f"videos/{video}/comments/{native}", {"fields": COMMENTS}, place=place)
        fields = {"videos": VIDEOS, "albums": ALBUMS, "live_events": EVENTS}[what]
        answer = self.get(f"videos/{native}" if what == "videos" else f"me/{what}/{native}", {"fields": fields})
        return self.completed(what, answer, [(native, item) for native, _, item in _items(answer, what)])


def _has_no_file(video: dict[str, Any], reading: Reading) -> bool:
    """Not of one whose files are odd: that is for `parse` to tell, and keeps nothing behind it from being read."""
    try:
        return best_file(video, reading, "") is None
    except UnexpectedResponse:
        return False


_SHAPES = {"videos": VIDEO_HEAD, "comments": COMMENT_HEAD, "albums": ALBUM_HEAD, "live_events": EVENT_HEAD}


def _items(exchange: Exchange, what: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(native id, pointer, item) of an answer to `fetch`, each in the shape that it needs."""
    found = []
    for pointer, item in each_of(content_of(exchange), exchange):
        sort, native, _ = native_of(item.get("uri"), exchange, f"{pointer}/uri")
        if sort != what:
            raise wrong(exchange, f"{pointer}/uri", f"one of {what}", item["uri"])
        _SHAPES[what].check(item, exchange, pointer)
        found.append((native, pointer, item))
    return found
