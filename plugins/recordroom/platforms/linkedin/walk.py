"""What LinkedIn is asked for, in which order, and how far back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from recordroom.counted import counted
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Totals, instant
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.linkedin.calendar import PERMISSION, Calendar, is_late, refusal_of
from recordroom.platforms.linkedin.contents import KINDS, answers_to, captions_of, files_of, image_of, pictures_of
from recordroom.platforms.linkedin.permalinks import post_in
from recordroom.platforms.linkedin.platform import HOST, SERVER, UNPUBLISHED
from recordroom.platforms.linkedin.restli import BATCH, Api, Place, escaped, items_of, missing, results
from recordroom.platforms.linkedin.roles import must_have_role
from recordroom.platforms.linkedin.shapes import DECORATED, FILE, METADATA, POST_HEAD, PROFILED, REACTIONS, SUMMARY
from recordroom.platforms.linkedin.urns import (
    EPOCH,
    EVENT_URN,
    POST_URN,
    bare,
    comment_number,
    event_urn,
    moment_of,
    notice_id,
    number_of,
    numbers_in,
    record_id_of,
    urn_of,
)
from recordroom.platforms.shapes import Reading, content_of
from recordroom.platforms.unread import Passed, Unread, spared

if TYPE_CHECKING:
    from recordroom.accounts import Account

_Page = tuple[Exchange, list[dict[str, Any]], Place | None]
LOOKS = 3  # at the head of a list that was read to its end
_UNTOLD = "LinkedIn tells of posts that mention the page for 60 days; whether it is still there is not told"
_GONE = "LinkedIn finds nothing of that URN: it is gone, or must not be seen; it does not say which"


def identify(account: Account, client: Client) -> Identity:
    """The organization of `account.url`, or the one that is known already, whatever it is called now. Blocked where the token's holder has
    no role on it: its lists would be empty then."""
    api = _api(account, client)
    native = account.identity.native_id if account.identity else _organization_of(account, api)
    must_have_role(api, native)
    exchange = api.get(f"organizations/{in_path(number_of(native))}")
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    return Identity(native, SERVER, found["localizedName"], found.get("vanityName"), exchange)


def _organization_of(account: Account, api: Api) -> str:
    """By the name in its address."""
    name = unquote(urlsplit(account.url).path).strip("/").split("/")[1]
    if name.isdecimal():
        return f"urn:li:organization:{name}"
    exchange = api.get(f"organizations?q=vanityName&vanityName={escaped(name)}")
    for pointer, item in items_of(exchange):
        if isinstance(item.get("id"), int):
            return f"urn:li:organization:{item['id']}"
        raise wrong(exchange, f"{pointer}/id", "a whole number", item.get("id", "nothing"))
    raise AccountUnavailable(
        f"LinkedIn knows no organization {name!r}", "Correct `url` in the register: the number outlives names.", exchange
    )


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (LinkedIn does not count an organization's posts)
    return None


def _api(account: Account, client: Client) -> Api:
    return Api(f"{(account.api_url or HOST).rstrip('/')}/rest", client)


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "mentions"  # which list is read: then posts, news, events; "" after the last
    place: Place = field(default_factory=Place)  # in that list
    permalink: str = ""  # the URN of a post's address
    alone: list[str] = field(default_factory=list)  # posts that are asked for by their URNs
    threads: list[list[str]] = field(default_factory=list)  # [post or comment whose comments are to be read, the post]
    comments: Place = field(default_factory=Place)  # in the first thread
    lacking: str = ""  # the first file that LinkedIn does not give
    unheard: bool = False  # it tells nothing of mentions
    unnamed: str = ""  # why it failed to
    uninvited: str = ""  # why it gives no events
    uncounted: bool = False  # it failed to count what was said below some posts
    empty: int = 0  # pages without anything that were not the last
    unread: Passed = field(default_factory=Passed)  # conversations that were not given

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def of(cursor: str) -> _Todo:
        told = json.loads(cursor)
        places = {name: Place(**told[name]) for name in ("place", "comments")}
        return _Todo(**{**told, **places, "unread": Passed(**told.get("unread", {}))})


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; what others posted about the page; the posts page by page, each page followed by the comments on its posts; at last the
    comments on older posts that LinkedIn tells of, and the events."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", permalink=post_in(window.url or ""))
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    for edge, read in (("mentions", walk.mentions), ("posts", walk.listed), ("news", walk.news), ("events", walk.events)):
        if walk.todo.edge == edge:
            yield from read()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts and events by their URNs, comments below their posts. The core has just asked for the role: what is not found then is not
    there."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.posts_by_id([k.native_id for k in known.values() if k.kind == "post" and not k.native_id.startswith(EVENT_URN)])
    yield from walk.events_by_id([k for k in known.values() if k.native_id.startswith(EVENT_URN)])
    below: dict[str, list[Known]] = {}
    for k in known.values():
        if k.kind in ("comment", "reply") and k.root_id != k.record_id:
            below.setdefault(bare(k.root_id or ""), []).append(k)
    gone: list[tuple[Known, Exchange]] = []
    for post, comments in below.items():
        for answer in walk.comments_by_id(post, comments):
            if isinstance(answer, Exchange):
                yield answer
            else:
                gone.append(answer)
    yield from walk.told_as_deleted(gone)
    yield from walk.not_told_any_more([k for k in known.values() if k.kind == "comment" and k.root_id == k.record_id])


class _Walk:
    """One pass over a window. `seen`: when the posts that were given out were last changed; `noted`: threads in `todo`, or read; `moved`:
    when something was last said on older posts."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.api, self.me = _api(account, client), account.known.native_id
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.context |= {"name": account.known.title} if account.known.title else {}
        self.calendar = Calendar(self.api, self.me, self.context)
        self.todo = _Todo.of(self.window.cursor) if self.window.cursor else _Todo()
        self.unread = Unread(self.window, self.todo.unread)
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None
        self.seen: dict[str, int] = {}
        self.noted = {entity for entity, _ in self.todo.threads}
        self.moved: dict[str, int] = {}

    def profile(self) -> Exchange:
        """The organization, and where its pictures are."""
        exchange = self.api.get(f"organizations/{in_path(number_of(self.me))}", self.context)
        found = content_of(exchange)
        PROFILED.check(found, exchange, "")
        return self.told(exchange, files=self.files(pictures_of(found, Reading(exchange)).values()))

    def told(self, exchange: Exchange, **more: Any) -> Exchange:
        """With what its items do not say themselves in the context."""
        found = {name: value for name, value in more.items() if value}
        return replace(exchange, context={**exchange.context, **found}) if found else exchange

    def pages(self, path: str, place: Place) -> Iterator[_Page]:
        return self.noting(self.api.pages(path, place, urn_of, self.context))

    def noting(self, pages: Iterator[_Page]) -> Iterator[_Page]:
        """Empty pages that are not the last: LinkedIn counts nothing by which it would be known what stood there."""
        for page, found, following in pages:
            self.todo.empty += not found and following is not None
            yield page, found, following

    def turn(self, edge: str, place: Place | None) -> None:
        """What is read next: the same list, or another from its start."""
        self.todo.edge, self.todo.place = edge, place or Place()

    # -- what others did, as LinkedIn tells it for 60 days ---------------------------------------------------------------------------

    def happened(self, actions: str, since: datetime | None, place: Place | None = None) -> Iterator[_Page]:
        """What was done to the page's posts; Blocked where the token's holder is no administrator."""
        span = f"&timeRange=(start:{(since - EPOCH) // timedelta(milliseconds=1)})" if since else ""
        path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={escaped(self.me)}&actions=List({actions}){span}"
        return self.noting(self.api.pages(path, place or Place(), notice_id, self.context))

    def mentions(self) -> Iterator[Exchange]:
        """Posts of others that mention the page, or pass on its posts."""
        try:
            for page, _, following in self.happened("SHARE,SHARE_MENTION", self.floor, self.todo.place):
                self.turn("posts" if following is None else "mentions", following)
                yield replace(page, cursor=self.todo.cursor)
        except (AccountUnavailable, Blocked):
            self.todo.unheard = True
            self.turn("posts", None)
        except UnexpectedResponse as failure:
            self.todo.unnamed = f"HTTP {spared(failure).status}"
            self.turn("posts", None)

    def news(self) -> Iterator[Exchange]:
        """Posts before the last days on which something was said since the last capture."""
        if self.floor and not self.todo.unheard:
            since = self.window.changed_since or self.floor  # there was no such window before
            for page, notices, _ in self.happened("COMMENT,ADMIN_COMMENT,COMMENT_EDIT", since):
                for i, notice in enumerate(notices):
                    source = Reading(page).part(DECORATED, notice, "decoratedSourcePost", f"/elements/{i}").get("entity") or ""
                    if POST_URN.fullmatch(source) and source not in self.seen and source not in self.todo.alone:
                        self.todo.alone.append(source)
                        self.moved[source] = notice["lastModifiedAt"]
        self.turn("events", None)
        yield from self.pending()

    def told_as_deleted(self, gone: Sequence[tuple[Known, Exchange]]) -> Iterator[Absence]:
        """Comments that are not found: `removed` where LinkedIn tells that they were deleted."""
        deleted = self.deletions() if gone else {}
        for k, answer in gone:
            if told := deleted.get(numbers_in(k.native_id)):
                at, page = told
                yield Absence(k.record_id, REMOVED, f"LinkedIn told that it was deleted (COMMENT_DELETE, {instant(at)})", page)
            else:
                yield Absence(k.record_id, UNAVAILABLE, _GONE, answer)

    def deletions(self) -> dict[tuple[str, ...], tuple[datetime, Exchange]]:
        """By the numbers of activity and comment, when a comment was deleted and what told so."""
        found: dict[tuple[str, ...], tuple[datetime, Exchange]] = {}
        try:
            for page, notices, _ in self.happened("COMMENT_DELETE", None):
                for notice in notices:
                    if notice["action"] == "COMMENT_DELETE" and isinstance(notice.get("generatedActivity"), str):
                        found[numbers_in(notice["generatedActivity"])] = (moment_of(notice["lastModifiedAt"], page), page)
        except (AccountUnavailable, Blocked):  # nothing is told to whoever is no administrator
            pass
        return found

    def not_told_any_more(self, mentions: Sequence[Known]) -> Iterator[Absence]:
        """Posts of others cannot be asked for: nothing is known of them when LinkedIn does not tell of them any more."""
        if mentions:
            answer = self.api.get(f"organizations/{in_path(number_of(self.me))}", self.context)
            yield from (Absence(k.record_id, VISIBLE, _UNTOLD, answer, ended=True) for k in mentions)

    # -- posts -----------------------------------------------------------------------------------------------------------------------

    def listed(self) -> Iterator[Exchange]:
        """The list of posts to its end, then once more its head, where what was edited meanwhile stands."""
        order = "LAST_MODIFIED" if self.floor else "CREATED"
        path, several = f"posts?q=author&author={escaped(self.me)}&sortBy={order}", False
        for page, posts, following in self.pages(path, self.todo.place):
            if not posts and not several:
                must_have_role(self.api, self.me)
            fresh = self.fresh(posts, page)
            ended = following is None or (
                self.floor is not None and bool(posts) and moment_of(posts[-1]["lastModifiedAt"], page) < self.floor
            )
            self.turn("news" if ended else "posts", None if ended else following)
            yield from self.given(page, fresh)
            if ended:
                break
            several = True
        if several and self.floor is not None:
            yield from self.head(path)

    def head(self, path: str) -> Iterator[Exchange]:
        for _ in range(LOOKS):
            page, posts, _ = next(self.api.pages(path, Place(), urn_of, self.context))
            fresh = self.fresh(posts, page)
            if not fresh:
                return
            yield from self.given(page, fresh)

    def fresh(self, posts: Sequence[dict[str, Any]], page: Exchange) -> list[dict[str, Any]]:
        """Those of a page that are in the window and were not given out as they are now."""
        found = []
        for i, post in enumerate(posts):
            POST_HEAD.check(post, page, f"/elements/{i}")
            late = self.floor is not None and moment_of(post["lastModifiedAt"], page) < self.floor
            if not late and self.seen.get(post["id"]) != post["lastModifiedAt"]:
                found.append(post)
                self.seen[post["id"]] = post["lastModifiedAt"]
        return found

    def given(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """A page whose posts other than these are left out, followed by the comments on them."""
        whole, wanted = self.completed(page, posts), {post["id"] for post in posts}
        others = [item["id"] for _, item in items_of(page) if item["id"] not in wanted]
        yield replace(self.told(whole, elsewhere=others, short=self.short), cursor=self.todo.cursor)
        yield from self.pending()

    def completed(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Posts with their counts and files in the context; their comments are noted to be read."""
        social = self.counts([post["id"] for post in posts])
        files = self.with_captions(self.files(urn for post in posts for urn in _files_of(post, answer)), posts)
        self.todo.lacking = self.todo.lacking or next((urn for urn, file in files.items() if "downloadUrl" not in file), "")
        for post in posts:
            if post["id"] not in self.noted:
                self.noted.add(post["id"])
                self.note(post, social.get(post["id"], {}), answer)
        return self.told(answer, social=social, files=files)

    def note(self, post: dict[str, Any], told: dict[str, Any], answer: Exchange) -> None:
        """The comments on a post are to be read, where they are wanted. An edit moves no count: LinkedIn tells of it apart."""
        urn, sign = post["id"], told.get("all")
        published = moment_of(post.get("publishedAt") or post["createdAt"], answer)
        if self.window.wants(record_id_of(urn), published, f"{sign} {self.moved[urn]}" if urn in self.moved else sign):
            self.todo.threads += [[urn, urn]] if told.get("comments") != 0 else []
            self.note_read(urn)

    def note_read(self, post: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(post == waiting for _, waiting in self.todo.threads):
            self.window.read(record_id_of(post))

    @property
    def short(self) -> str:
        """For the core: what LinkedIn does not give."""
        words = [f"no address of files of posts (the first: {self.todo.lacking})"] if self.todo.lacking else []
        words += ["nothing of posts that mention the page (it does to an administrator)"] if self.todo.unheard else []
        words += [f"no list of posts that mention the page ({self.todo.unnamed})"] if self.todo.unnamed else []
        words += [f"no events ({self.todo.uninvited})"] if self.todo.uninvited else []
        words += ["no counts of comments on some posts"] if self.todo.uncounted else []
        words += [f"{counted(self.todo.empty, 'empty page')} before the end of a list, which may lack items"] if self.todo.empty else []
        told = f"LinkedIn gives {' and '.join(words)}; docs/platforms/linkedin.md says what to do" if words else ""
        return "; ".join(filter(None, (told, self.unread.words)))

    def counts(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What `social` tells; nothing where LinkedIn refuses or fails to: a post is captured, and the comments on it are read, without its
        counts."""
        try:
            return self.social(posts)
        except PlatformFailure as failure:
            spared(failure)
            self.todo.uncounted = True
            return {}

    def social(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, what is counted of posts, and what they are called as activities."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.api.batch("socialMetadata", posts, self.context):
            reading = Reading(answer)
            for urn, told in results(answer).items():
                pointer = f"/results/{urn}"
                METADATA.check(told, answer, pointer)
                summary = reading.part(SUMMARY, told, "commentSummary", pointer)
                kinds = told.get("reactionSummaries") or {}
                likes = [reading.part(REACTIONS, kinds, kind, f"{pointer}/reactionSummaries").get("count") or 0 for kind in kinds]
                counts = {"comments": summary.get("topLevelCount"), "all": summary.get("count"), "likes": sum(likes)}
                counts |= {"entity": told.get("entity")}
                found[urn] = {name: value for name, value in counts.items() if value is not None}
        return found

    def files(self, urns: Iterable[str]) -> dict[str, dict[str, Any]]:
        """By their URNs, where files are, or why they are not. Nothing of those that LinkedIn refuses or fails to tell of: a post is
        captured without its files."""
        wanted, found = list(dict.fromkeys(urns)), dict[str, dict[str, Any]]()
        for kind, path in KINDS.items():
            try:
                for answer in self.api.batch(path, [urn for urn in wanted if urn.split(":")[2:3] == [kind]], self.context):
                    for urn, told in results(answer).items():
                        FILE.check(told, answer, f"/results/{urn}")
                        names = ("status", "downloadUrl", "captions", "duration")
                        found[urn] = {name: told[name] for name in names if told.get(name) is not None}
            except PlatformFailure as failure:
                spared(failure)
        return {urn: found.get(urn, {}) for urn in wanted}

    def with_captions(self, files: dict[str, dict[str, Any]], posts: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The same with the captions that are held of videos of which LinkedIn tells nothing: that they are not told is no edit."""
        held = {name for post in posts for name in self.window.files(record_id_of(post["id"]))}
        return {urn: told or ({"captions": None} if captions_of(urn) in held else {}) for urn, told in files.items()}

    def posts_by_id(self, urns: Sequence[str]) -> Iterator[Exchange | Absence]:
        for answer in self.api.batch("posts", urns, self.context):
            posts = list(results(answer).values())
            for key, post in results(answer).items():
                POST_HEAD.check(post, answer, f"/results/{key}")
            yield self.completed(answer, posts)
            for post in posts:
                if post["lifecycleState"] in UNPUBLISHED:
                    words, who = f"LinkedIn calls it {post['lifecycleState']}", "agency" if post["lifecycleState"] == "DRAFT" else None
                    yield Absence(record_id_of(post["id"]), HIDDEN, words, answer, who)
            yield from (Absence(record_id_of(urn), UNAVAILABLE, _GONE, answer) for urn in missing(answer))

    # -- events ----------------------------------------------------------------------------------------------------------------------

    def events(self) -> Iterator[Exchange]:
        """All that the organization holds. LinkedIn lets few apps read them: refused, that is told, and all else is captured."""
        try:
            pages = list(self.noting(self.calendar.pages(self.todo.place)))
            canceled = self.calendar.canceled(pages)
        except PlatformFailure as failure:
            answer = refusal_of(failure)
            refused = f"HTTP {answer.status}" if answer.status >= 400 else "no role for it"
            self.todo.uninvited = refused if answer.status >= 500 else f"{refused}: {PERMISSION}"
            self.turn("", None)
            yield replace(answer, context={**answer.context, "not_given": True, "short": self.short}, cursor=self.todo.cursor)
            return
        for page, found, following in pages:
            self.turn("" if following is None else "events", following)
            yield replace(self.with_events(page, found, canceled), cursor=self.todo.cursor)

    def with_events(self, answer: Exchange, found: Sequence[dict[str, Any]], canceled: set[str]) -> Exchange:
        """In the context, which events were canceled, where their pictures are, and which are not of the window."""
        urns = {event_urn(item, answer): item for item in found}
        late = [urn for urn, item in urns.items() if is_late(item, answer, self.floor)]
        pictures = filter(None, (image_of(item.get("backgroundImage")) for urn, item in urns.items() if urn not in late))
        here = sorted(canceled.intersection(urns))
        return self.told(answer, canceled=here, elsewhere=late, files=self.files(pictures), short=self.short)

    def events_by_id(self, known: Sequence[Known]) -> Iterator[Exchange | Absence]:
        """Where the list is refused nothing is said of any."""
        try:
            canceled = self.calendar.canceled(list(self.calendar.pages(Place()))) if known else set()
        except PlatformFailure as failure:
            answer = refusal_of(failure)
            yield replace(answer, context={**answer.context, "not_given": True, "untold": [k.record_id for k in known]})
            return
        for k in known:
            try:
                answer = self.api.get(f"events/{in_path(number_of(k.native_id))}", self.context)
            except (AccountUnavailable, Blocked) as gone:
                if gone.exchange is None:
                    raise
                yield Absence(k.record_id, UNAVAILABLE, _GONE, gone.exchange)
            else:
                yield self.with_events(answer, [item for _, item in items_of(answer)], canceled)

    # -- whatever `todo` holds ---------------------------------------------------------------------------------------------------------

    def pending(self) -> Iterator[Exchange]:
        if self.todo.permalink:
            yield self.single()
        while self.todo.threads or self.todo.alone:
            yield from self.thread() if self.todo.threads else self.older()

    def older(self) -> Iterator[Exchange]:
        """The next of the posts that are asked for by their URNs."""
        some = self.todo.alone[:BATCH]
        answers = [answer for answer in self.posts_by_id(some) if isinstance(answer, Exchange)]
        del self.todo.alone[: len(some)]
        yield from (replace(answer, cursor=self.todo.cursor) for answer in answers)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post, or all answers to a comment, one conversation behind the other: what was read to its end is not read
        again where the rest has to wait. What has gone since it was listed is seen to by the next capture. No more is read of a comment
        here than what one goes on by: whatever else is amiss in one keeps nothing behind it from being read."""
        todo, (entity, post) = self.todo, self.todo.threads[0]
        try:
            for page, comments, following in self.pages(f"socialActions/{escaped(entity)}/comments", todo.comments):
                for i, comment in enumerate(comments):
                    urn = urn_of(comment, page)
                    if answers_to(comment, Reading(page), f"/elements/{i}") != 0 and urn not in self.noted:  # None: not told
                        self.noted.add(urn)
                        todo.threads.insert(1, [urn, post])
                self.unread.given()
                todo.comments = following or Place()
                if following is None:
                    del todo.threads[0]
                yield replace(self.told(page, root=record_id_of(post)), cursor=todo.cursor)
            self.note_read(post)
        except AccountUnavailable:
            del todo.threads[0]
            todo.comments = Place()
        except PlatformFailure as failure:
            answer = self.unread.passed(record_id_of(post), failure)
            del todo.threads[0]
            todo.comments = Place()
            yield replace(self.told(answer, short=self.short), cursor=todo.cursor)

    def single(self) -> Exchange:
        """The post of a permalink; UsageError where it is none of the organization's."""
        urn, url = self.todo.permalink, self.window.url
        try:
            answer = self.api.get(f"posts/{escaped(urn)}", self.context)
        except (AccountUnavailable, UnexpectedResponse):
            found = self.by_activity(urn)
            if found is None:
                raise UsageError(f"{url} is no post of this page", "It may be gone, or another's.") from None
            answer = self.api.get(f"posts/{escaped(found)}", self.context)
        except Blocked:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.") from None
        [(pointer, post)] = items_of(answer)
        POST_HEAD.check(post, answer, pointer)
        if post.get("author") != self.me:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.")
        whole = self.completed(answer, [post])
        self.todo.permalink = ""
        return replace(whole, cursor=self.todo.cursor)

    def by_activity(self, urn: str) -> str | None:
        """The post that is this activity: addresses have the one, the API wants the other."""
        if ":activity:" not in urn:
            return None
        for _, posts, _ in self.pages(f"posts?q=author&author={escaped(self.me)}&sortBy=CREATED", Place()):
            for post, told in self.social([post["id"] for post in posts]).items():
                if told.get("entity") == urn:
                    return post
        return None

    def comments_by_id(self, post: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        """Below the post, then, of answers that are not found there, below the comment that each answers; (comment, answer) of those that
        are found nowhere."""
        replies: dict[str, list[Known]] = {}
        for answer in self.comments_below(post, post, known):
            if isinstance(answer, Exchange):
                yield answer
            elif answer[0].kind == "reply":
                replies.setdefault(bare(answer[0].parent_id or ""), []).append(answer[0])
            else:
                yield answer
        for above, some in replies.items():
            yield from self.comments_below(post, above, some)

    def comments_below(self, post: str, above: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        for at in range(0, len(known), BATCH):
            part = {comment_number(k.native_id): k for k in known[at : at + BATCH]}
            path = f"socialActions/{escaped(above)}/comments?ids=List({','.join(part)})"
            try:
                answer = self.api.get(path, {**self.context, "root": record_id_of(post)})
            except AccountUnavailable as gone:
                if gone.exchange is None:
                    raise
                yield from ((k, gone.exchange) for k in part.values())
                continue
            if results(answer):
                yield answer
            yield from ((part[comment_number(key)], answer) for key in missing(answer))


def _files_of(post: dict[str, Any], answer: Exchange) -> list[str]:
    """None of a post whose content is odd: that is for `parse` to tell, and keeps nothing behind it from being read."""
    try:
        return files_of(post, Reading(answer))
    except UnexpectedResponse:
        return []
