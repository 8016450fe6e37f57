"""What is asked of Facebook, in which order: who answers, lists page by page, comments post by post, objects by their ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Totals
from recordroom.platforms import Client, Known, Window, moderation
from recordroom.platforms.answers import in_path
from recordroom.platforms.facebook.fields import ALBUM, ALONE, COMMENTS, FILMS, PHOTOS, POSTS, PROFILE, REEL, SUMMARY, VIDEOS
from recordroom.platforms.facebook.login import HOLDER, READING, called, names_in, permissions
from recordroom.platforms.facebook.parts import attachments_of, count_of, counts_of, files_of, threaded, told_by
from recordroom.platforms.facebook.permalinks import is_of, post_in
from recordroom.platforms.facebook.platform import SERVER, base_of, record_id
from recordroom.platforms.facebook.records import is_planned, kind_of, posts_in
from recordroom.platforms.facebook.stories import FIELDS as STORY_FIELDS
from recordroom.platforms.facebook.stories import absences, is_film, is_over, stories_in
from recordroom.platforms.meta import PAGE, Answered, Graph, Walk, code_of, failure, is_gone, is_too_much, not_given, objects, untold
from recordroom.platforms.meta_messages import MESSENGER, Inbox, Reader
from recordroom.platforms.paging import Params
from recordroom.platforms.shapes import Reading, content_of, when
from recordroom.platforms.unread import IN_A_ROW, Passed, Unread

if TYPE_CHECKING:
    from recordroom.accounts import Account

_T = TypeVar("_T")
PAGE_SIZE = 100
CUT_FROM = 550  # posts of one year: from here on the list of "approximately 600" may have left some out
GLANCE = 10  # pages of 100 posts: how far back a capture of the last days looks for new comments; the nightly sweep reads all
POSTS_BY_ID = 10  # with so many parts each: more would be too much data
LOST = 20  # photos and videos in a row of which Facebook fails to tell: it is down
ALL: Params = {"include_hidden": "true", "show_expired": "true", "limit": PAGE_SIZE}  # the lists leave hidden and expired posts out else
THREAD: Params = {
    "filter": "stream",
    "order": "chronological",
    "live_filter": "no_filter",  # else those that Facebook finds of low quality are left out on live videos
    "limit": PAGE_SIZE,
    "fields": COMMENTS,
}
STORIES: Params = {"fields": STORY_FIELDS, "limit": PAGE_SIZE}
REFUSABLE = {"stories": "the stories of the Page", "video_reels": "the list of reels", "blocked": "the list of blocked people"}
_UNLISTED = (
    "That does not say that it is gone: Facebook may list it under another address, or not at all. Copy the address of its photo or video, "
    "or have all posts since that day captured, with their comments."
)
_GONE = "gone, or not to be seen with this token: Facebook does not say which"
_PAGE_TOKEN = "Put the Page's own token into the connection; docs/platforms/facebook.md says how to get it."  # noqa: S105 (words)


def identify(account: Account, client: Client) -> Identity:
    """The Page to which the token belongs: that of `account.url`, or the one that is known already, whatever it is called now.

    With the token of a person or of a system user the Page could be read, its comments would be {"data": []}: Blocked says so.
    """
    graph, url = Graph(client), f"{base_of(account)}/me"
    try:
        exchange = graph.get(url, {"fields": "id,name,username,link"})
    except UnexpectedResponse as problem:
        if code_of(problem.exchange) != 100:  # else it has no such fields
            raise
        exchange = graph.get(url, {"fields": "id"})
        raise _no_page(content_of(exchange), exchange) from None
    found = content_of(exchange)
    HOLDER.check(found, exchange, "")
    names = called(found)
    known = account.identity is not None and account.identity.native_id == found["id"]
    if not known and not names & names_in(account.url):
        if names == {found["id"]}:
            raise _no_page(found, exchange)
        words = f"the token belongs to the Page {found['id']} ({', '.join(sorted(names))}), the register says {account.url}"
        mend = f"If it was renamed, correct `url` (https://www.facebook.com/{found['id']} outlives every name). Else: {_PAGE_TOKEN}"
        raise AccountUnavailable(words, mend, exchange)
    return Identity(found["id"], SERVER, found.get("name"), found.get("username"), exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all posts that the Page published; None where the API does not count them."""
    path = f"/{in_path(account.known.native_id)}/published_posts"
    try:
        exchange = Graph(client).get(f"{base_of(account)}{path}", {"fields": "id", "limit": 1, "since": 1, "summary": "total_count"})
    except PlatformFailure as refusal:  # of which the reference of this list does not speak: all is read by then
        not_given(refusal)
        return None
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    if not body.get("summary"):
        return None
    SUMMARY.check(body["summary"], exchange, "/summary")
    return Totals({"own": body["summary"]["total_count"]}, exchange, frozenset({VISIBLE}))


def _no_page(found: Any, exchange: Exchange) -> Blocked:
    native = found.get("id") if isinstance(found, dict) else None
    words = f"the token belongs to {native}, which is no Page but a person or a system user: comments would come back empty"
    return Blocked(words, _PAGE_TOKEN, exchange)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "stories"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    posts: list[list[str]] = field(default_factory=list)  # [post to be asked for, its video: read where the post cannot be seen]
    threads: list[list[str]] = field(default_factory=list)  # [post or photo whose comments are to be read, kind of the root, root]
    comments: str | None = None  # address of the next page of the first thread
    years: dict[str, int] = field(default_factory=dict)  # posts that published_posts gave, by year
    refused: list[str] = field(default_factory=list)  # lists that were not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given
    inbox: Inbox = field(default_factory=Inbox)

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "inbox": Inbox(**told.get("inbox", {})), "unread": Passed(**told.get("unread", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then list by list, page by page, each page followed by the comments on its posts; then private messages, also where
    these are refused."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.edge, walk.todo.posts = "", [walk.post_of(window.url or "")]
        yield replace(walk.get(walk.me, {"fields": PROFILE}), cursor=walk.todo.cursor)
    try:
        yield from walk.in_public()
    except Blocked:
        yield from walk.messages()
        raise
    yield from walk.messages()
    if window.kind in moderation.WINDOWS:
        yield walk.blocked()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the Page itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(in_path(native), {"fields": PROFILE})
    yield from walk.stories_again({k.native_id: known.pop(k.native_id) for k in list(known.values()) if k.kind == "story"})
    roots = [k.native_id for k in known.values() if k.kind != "profile" and k.root_id in (None, k.record_id)]
    gone = dict[str, Exchange]()
    for asked, answer, there in walk.by_id(roots, ALONE, size=POSTS_BY_ID, others=True, edge="posts"):
        if not there and known[asked[0]].kind == "post" and is_gone(answer):
            gone[asked[0]] = answer
            continue
        yield walk.with_files(answer, posts_in(answer)) if there else walk.said_of(known[asked[0]], answer)
        for post in filter(is_planned, posts_in(answer) if there else ()):
            yield Absence(record_id(post["id"]), HIDDEN, "taken back: it is to be published later", answer, "agency")
    yield from walk.reels_again({native: known[native] for native in gone}, gone)
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values() if k.kind != "profile" and k.native_id not in roots}
    for asked, answer, there in walk.by_id(list(places), COMMENTS, edge="comments", places=places):
        yield answer if there else walk.said_of(known[asked[0]], answer)


class _Walk(Walk):
    """One pass over a window. `given`: posts that the lists gave in it; None where an earlier fetch read them. `at_once`: as many posts are
    asked for by id; `lost`: how many files in a row Facebook failed to tell of."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, base_of(account), account.known.native_id, SERVER)
        self.client = client
        self.window = window or Window("full")
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.mail = Reader(self, self.window, MESSENGER, self.todo.inbox, self.todo.refused)
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given: set[str] | None = None if self.window.cursor else set()
        self.at_once, self.lost = POSTS_BY_ID, 0
        hints = ("video_reels", *(("changed",) if self.since and self.window.changed_since else ()))
        self.lists = ("stories", "published_posts", "feed", *hints, "")

    @property
    def span(self) -> Params:
        return {"since": int(self.since.timestamp())} if self.since else {}

    def in_public(self) -> Iterator[Exchange]:
        yield from self.pending()
        while self.todo.edge:
            if self.todo.edge == "stories":
                yield from self.stories()
            elif self.todo.edge in ("published_posts", "feed"):
                yield from self.listed()
            else:
                yield from self.hints()
                yield from self.pending()

    def stories(self) -> Iterator[Exchange]:
        """Those that are shown now, and those that the Page keeps. Where the list is refused, all else is captured, and it is told."""
        try:
            for page in self.pages(f"{self.me}/stories", {**STORIES, **self.span}, self.todo.page, edge="stories"):
                self.turn(page.cursor)
                yield replace(self.with_story_files(page, self.is_new), cursor=self.todo.cursor)
        except PlatformFailure as refusal:
            self.note_refusal("stories", f"error {code_of(not_given(refusal))}")
            self.turn(None)

    def stories_again(self, known: dict[str, Known]) -> Iterator[Exchange | Absence]:
        """Single stories, which only the list gives. Where it is refused, nothing is known of them."""
        if not known:
            return
        try:
            for page in self.pages(f"{self.me}/stories", STORIES, edge="stories"):
                there = {story["post_id"] for _, story in stories_in(page) if known.pop(story["post_id"], None)}
                if there:
                    yield self.with_story_files(page, lambda story, there=there: story["post_id"] in there)  # type: ignore[misc]
        except PlatformFailure as refusal:
            yield untold(refusal, known.values())
        else:
            yield from absences(known.values(), page)

    def note_refusal(self, name: str, why: str) -> None:
        self.note_lack(f"Facebook does not give {REFUSABLE[name]} ({why})")

    def note_lack(self, words: str) -> None:
        self.todo.refused += [words] if words not in self.todo.refused else []

    def blocked(self) -> Exchange:
        """The whole list of blocked people as one answer. Where it is refused, or is empty and may be so for lack of a permission, nothing
        is concluded, and it is told."""
        try:
            pages = list(self.pages(f"{self.me}/blocked", {"fields": "id,name", "limit": PAGE_SIZE}, edge="blocked"))
        except PlatformFailure as refusal:
            answer = not_given(refusal)
            return self.not_told("blocked", f"error {code_of(answer)}", answer)
        if not any(list(objects(page)) for page in pages) and (why := self.why_empty()):
            return self.not_told("blocked", f"it is empty, and {why}", pages[0])
        more = [person for page in pages[1:] for _, person in objects(page)]
        return replace(pages[0], context={**pages[0].context, "more": more}, cursor=self.todo.cursor)

    def not_told(self, name: str, why: str, answer: Exchange) -> Exchange:
        self.note_refusal(name, why)
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    def why_empty(self) -> str:
        """In words what an empty list may come from, as the comments of a Page come empty with a token of the wrong kind."""
        told = permissions(self.client, self.base)
        if told is None:
            return "whether the token may read it is not told: let the connection give the id and secret of the app"
        lacking = [name for name in READING if name not in told]
        return f"the token has no {', '.join(lacking)}" if lacking else ""

    def listed(self) -> Iterator[Exchange]:
        """published_posts or feed: each page with what its photos and videos say, followed by the comments on its posts. What the first
        list gave is left out of the second; an album that does not fit into a page is asked for alone."""
        edge = self.todo.edge
        given = self.all_given() if edge == "feed" else set()
        for page in self.sparing(f"{self.me}/{edge}", {**ALL, **self.span, "fields": POSTS}, self.todo.page, edge=edge):
            if native := page.context.get("passed"):
                self.turn(page.cursor)
                self.todo.threads += [[native, "post", native]] if edge == "published_posts" else []  # what is said below it can be read
                yield self.with_short(self.unseen(native, page))
                yield from self.pending()
                continue
            posts = [post for post in posts_in(page) if post["id"] not in given]
            elsewhere = [post["id"] for post in posts_in(page) if post["id"] in given]
            self.note_given(posts, page)
            large = [post["id"] for post in posts if len(_readable(attachments_of, post, page) or ()) > ALBUM]
            whole, alone = self.completed(page, [post for post in posts if post["id"] not in large])
            alone += large
            self.todo.posts += [[native, ""] for native in alone]
            self.note_threads((post for post in posts if post["id"] not in alone), whole)
            self.turn(page.cursor)
            context = {**whole.context, **({"elsewhere": elsewhere + alone} if elsewhere + alone else {}), **self.short}
            yield replace(whole, context=context, cursor=self.todo.cursor)
            yield from self.pending()

    def completed(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> tuple[Exchange, list[str]]:
        """(the page with its files, posts to be asked for anew). A failure is met again at the next request: before that, what needs no
        files is given out."""
        try:
            return self.with_files(page, posts), []
        except PlatformFailure:
            return page, [post["id"] for post in posts if any(_readable(files_of, post, page) or ())]

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = self.lists[self.lists.index(self.todo.edge) + 1]

    def hints(self) -> Iterator[Exchange]:
        """Lists that only tell which posts to ask for by id. Where that of the reels is refused, it is told: other lists give most."""
        edge = self.todo.edge
        try:
            found, refused = self.reels() if edge == "video_reels" else self.changed(), None
        except PlatformFailure as refusal:
            if edge != "video_reels":
                raise
            found, refused = [], not_given(refusal)
        self.todo.posts += found
        self.turn(None)
        if refused is not None:
            yield self.not_told(edge, f"error {code_of(refused)}", refused)

    def reels(self) -> list[list[str]]:
        """Reels of which no list gave the post."""
        given, found = self.all_given(), []
        for page in self.pages(f"{self.me}/video_reels", {**self.span, "fields": "id,post_id", "limit": PAGE_SIZE}):
            for pointer, reel in objects(page):
                REEL.check(reel, page, pointer)
                post = reel.get("post_id") or reel["id"]
                native = post if "_" in post else f"{self.me}_{post}"
                if native not in given:
                    found.append([native, reel["id"]])
        return found

    def reels_again(self, known: Mapping[str, Known], gone: Mapping[str, Exchange]) -> Iterator[Exchange | Absence]:
        """Posts that are not given: some may be of reels, which their own list still has. Where it is refused, nothing is known of them.
        `gone`: the answer to each."""
        try:
            reels = dict(self.reels() if gone else ())
        except PlatformFailure as refusal:
            yield untold(refusal, known.values())
            return
        for native, answer in gone.items():
            reel = self.reel_of(reels[native], native) if native in reels else None
            yield self.said_of(known[native], answer) if reel is None else reel

    def changed(self) -> list[list[str]]:
        """Posts before the last days that a comment or an edit has moved since the last capture."""
        if self.since is None or self.window.changed_since is None:
            return []
        light: Params = {**ALL, "until": int(self.since.timestamp()), "fields": "id,created_time,updated_time"}
        found = []
        for page in islice(self.pages(f"{self.me}/feed", light), GLANCE):
            for post in posts_in(page):
                moved = when(post.get("updated_time") or post["created_time"], page, "/updated_time")
                if moved >= self.window.changed_since and post["id"] not in self.all_given():
                    found.append([post["id"], ""])
        return found

    def all_given(self) -> set[str]:
        """After an interruption the Page's own are listed once more, of each post its id only."""
        if self.given is None:
            light: Params = {**ALL, **self.span, "fields": "id,created_time"}
            self.given = {post["id"] for page in self.pages(f"{self.me}/published_posts", light) for post in posts_in(page)}
        return self.given

    def note_given(self, posts: Sequence[dict[str, Any]], page: Exchange) -> None:
        if self.todo.edge == "published_posts":
            for post in posts:
                year = str(when(post["created_time"], page, "/created_time").year)
                self.todo.years[year] = self.todo.years.get(year, 0) + 1
        if self.given is not None:
            self.given.update(post["id"] for post in posts)

    @property
    def short(self) -> dict[str, str]:
        """For the core: the list was too long for Facebook. That of the last days is not a year's."""
        years = "" if self.since else ", ".join(f"{n} of {year}" for year, n in sorted(self.todo.years.items()) if n >= CUT_FROM)
        listed = [f"Facebook lists about 600 posts of a year, by a ranking, and gave {years}: there may be more"] if years else []
        words = "; ".join(filter(None, [*self.todo.refused, *listed, self.unread.words]))
        return {"short": f"{words}; docs/platforms/facebook.md says what to do"} if words else {}

    def messages(self) -> Iterator[Exchange]:
        if self.mail.wanted:
            for page in self.mail.read(f"{self.me}/conversations"):
                yield self.with_short(page)

    def with_short(self, exchange: Exchange) -> Exchange:
        return replace(exchange, context={**exchange.context, **self.short}, cursor=self.todo.cursor)

    def note_threads(self, posts: Iterable[dict[str, Any]], page: Exchange) -> None:
        """Comments on the posts of the Page's own wall, and on each photo of several; those on posts elsewhere, which only tag it, are not
        ours. `updated_time` tells of comments that the counts leave out: those on comments; of a photo among several it may not."""
        for post in posts:
            if not post["id"].startswith(f"{self.me}_") or is_planned(post):
                continue
            reading, root, updated = Reading(page), [kind_of(post, page), post["id"]], post.get("updated_time")
            count, counts = count_of(post, "comments", reading), _readable(counts_of, post, page, "") or {}
            sign = f"{counts.get('comments')} {updated}"
            published = when(post["created_time"], page, "/created_time")
            photos = [photo for photo, told in (_readable(threaded, post, page) or {}).items() if told["comments"] != 0]
            if not self.window.wants(record_id(post["id"]), published, sign, all_told=updated is not None and not photos):
                continue
            if count != 0 or updated != post["created_time"]:
                self.todo.threads.append([post["id"], *root])
            self.todo.threads += [[photo, *root] for photo in photos]
            self.note_read(post["id"])

    def note_read(self, root: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(root == waiting for _, _, waiting in self.todo.threads):
            self.window.read(record_id(root))

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.posts:
            yield from self.thread() if self.todo.threads else self.posts()

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post or photo. What has gone since it was listed is seen to by the next capture."""
        todo, (asked, kind, root) = self.todo, self.todo.threads[0]
        context = {"edge": "comments", "root": record_id(root), "root_kind": kind}
        try:
            for page in self.pages(f"{in_path(asked)}/comments", THREAD, todo.comments, **context):
                todo.comments = page.cursor
                self.unread.given()
                if page.cursor is None:
                    del todo.threads[0]
                yield self.with_short(page)
            self.note_read(root)
        except AccountUnavailable:
            todo.threads = [waiting for waiting in todo.threads[1:] if asked != root or waiting[2] != root]
            todo.comments = None
        except PlatformFailure as failure:
            answer = self.unread.passed(record_id(root), failure)
            del todo.threads[0]
            todo.comments = None
            yield self.with_short(answer)

    def posts(self) -> Iterator[Exchange]:
        """The next of `posts` by id, one by one once Facebook failed at the files of several; of a reel whose post cannot be seen, the
        video."""
        batch = dict(self.todo.posts[: self.at_once])
        for asked, answer, there in self.by_id(list(batch), ALONE, size=POSTS_BY_ID, others=True, edge="posts"):
            video, whole = batch[asked[0]], None
            if there:
                try:
                    whole = self.with_files(answer, posts_in(answer))
                except UnexpectedResponse:
                    if len(asked) == 1:
                        raise
                    self.at_once = 1
                    return
                self.note_threads(posts_in(answer), whole)
            elif video and not is_too_much(answer):  # else the post is there, and its video says less
                whole = self.reel_of(video, asked[0])
            elif self.window.kind == "one":
                gone = UsageError(f"{self.window.url} cannot be seen on this Page", "It may be gone, or another's.")
                raise (failure(answer) if is_too_much(answer) else None) or gone
            elif not is_gone(answer):
                whole = self.unseen(asked[0], answer)
            self.todo.posts = [post for post in self.todo.posts if post[0] not in asked]
            if whole is not None:
                yield self.with_short(whole)

    def reel_of(self, video: str, post: str) -> Exchange | None:
        """The video of a reel whose post cannot be seen; None where it is gone too."""
        [(_, answer, there)] = self.by_id([video], VIDEOS, others=True, edge="videos", post=post)
        if there:
            self.todo.threads.append([video, "post", post])
            return answer
        return None if is_gone(answer) else self.unseen(post, answer)

    def unseen(self, native: str, answer: Exchange) -> Exchange:
        """The answer that a post must not be seen which a list names."""
        self.note_lack(f"Facebook lists {record_id(native)} and does not give it (error {code_of(answer)})")
        return replace(answer, context={**answer.context, "not_given": True, "untold": [record_id(native)]})

    def said_of(self, known: Known, answer: Exchange) -> Exchange | Absence:
        """What follows where one that was asked for by its id is not given: nothing where it is on somebody else's wall and there, or
        Facebook fails at it; where it is on the Page's own and refused, a permission is lacking."""
        problem = failure(answer)
        if problem is None or isinstance(problem, AccountUnavailable):
            return Absence(known.record_id, UNAVAILABLE, _GONE, answer)
        if known.native_id.startswith(f"{self.me}_") and not is_too_much(answer):
            raise problem
        return untold(problem, [known])

    def with_files(self, exchange: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """An answer with posts, and in its context what only their photos and videos themselves say: `files`, by their ids."""
        wanted = [_readable(files_of, post, exchange) or ([], []) for post in posts]
        files = ([native for found in wanted for native in found[which]] for which in (0, 1))
        return self.with_told(exchange, *files, alone=len(posts) == 1)

    def with_story_files(self, page: Exchange, wanted: Callable[[dict[str, Any]], bool]) -> Exchange:
        """The same of stories; those that are not wanted are left out of it."""
        told = [story for _, story in stories_in(page) if wanted(story)]
        left = [story["post_id"] for _, story in stories_in(page) if story not in told]
        natives = [(story["media_id"], is_film(story)) for story in told if story.get("media_id")]
        whole = self.with_told(page, *([native for native, film in natives if film == sort] for sort in (False, True)))
        return replace(whole, context={**whole.context, "elsewhere": left}) if left else whole

    def is_new(self, story: dict[str, Any]) -> bool:
        """The file of each costs a call. One that is not shown any more is read once, by a window of all; a lookup sees to its end."""
        return not is_over(story) or (self.since is None and not self.window.files(record_id(story["post_id"])))

    def with_told(self, exchange: Exchange, photos: list[str], videos: list[str], *, alone: bool = False) -> Exchange:
        """`failed`: those at which Facebook fails. A few are named, and what shows them is read in part. After more than that it is down;
        but not where they are all of one post that stands there `alone`, and was given: of that the others are not asked for."""
        files: dict[str, Any] = {}
        failed: list[str] = []
        with self.graph.completing():
            for node, (asked, answer, there) in self.of_files(photos, videos):
                if is_too_much(answer) and (problem := failure(answer)):
                    failed += asked
                    self.lost += 1
                    self.note_lack(f"Facebook fails to tell of the {node.lower()} {asked[0]} (error {code_of(answer)})")
                    if self.lost > LOST or (len(failed) > IN_A_ROW and not alone):
                        raise problem
                    if len(failed) > IN_A_ROW:
                        failed = [native for native in (*photos, *videos) if native not in files]
                        break
                if there:
                    self.lost = 0
                    files |= {file["id"]: told_by(file, Reading(answer), pointer) for pointer, file in objects(answer)}
        told = {name: found for name, found in (("files", files), ("failed", failed)) if found}
        return replace(exchange, context={**exchange.context, **told}) if told else exchange

    def of_files(self, photos: list[str], videos: list[str]) -> Iterator[tuple[str, Answered]]:
        """Each with what it is. Some are of what the Page shares."""
        for node, natives, fields in (("Photo", photos, PHOTOS), ("Video", videos, FILMS)):
            yield from ((node, told) for told in self.by_id(list(dict.fromkeys(natives)), fields, others=True, node=node))

    def post_of(self, url: str) -> list[str]:
        """[the post of a permalink, its video]. The post of a photo or a video is known to the photo or video itself."""
        what, number = post_in(url, self.me)
        if what in ("post", "listed"):
            return [f"{self.me}_{number}" if what == "post" else self.listed_at(url, number), ""]
        name = "page_story_id" if what == "photo" else "post_id"
        try:
            answer = self.get(in_path(number), {"fields": f"id,{name}"})
        except AccountUnavailable as gone:
            raise UsageError(f"{url} cannot be seen", "It may be gone, or another's.") from gone
        told = content_of(answer)
        post = told.get(name) if isinstance(told, dict) else None
        return [post if isinstance(post, str) and "_" in post else f"{self.me}_{post or number}", number if what == "video" else ""]

    def listed_at(self, url: str, number: str) -> str:
        """The id of a post whose address does not tell it."""
        for edge in ("published_posts", "feed"):
            for page in self.pages(f"{self.me}/{edge}", {**ALL, "fields": "id,permalink_url"}):
                for _, post in objects(page):
                    if is_of(number, post["id"], post.get("permalink_url")):
                        return str(post["id"])
        raise UsageError(f"{url} does not stand in the lists of the Page's posts", _UNLISTED)


def _readable(parts: Callable[..., _T], post: dict[str, Any], page: Exchange, *more: str) -> _T | None:
    """None of a post whose parts are odd: that is for `parse` to tell, and keeps nothing behind it from being read."""
    try:
        return parts(post, Reading(page), *more)
    except UnexpectedResponse:
        return None
