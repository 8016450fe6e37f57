"""The crawl of an organization's page: its requests, in their order.

    organizations/<number>               the profile
    organizationalEntityNotifications    the list `mentions`: posts of others that mention the page
    posts?q=author                       the list `posts`: what the organization published
      socialMetadata?ids=                the counts of the posts of a page
      images, videos, documents?ids=     the addresses of their files (files.py)
      socialActions/<urn>/comments       the comments below each post
    organizationalEntityNotifications    the list `news`: new comments on posts before the window
      posts?ids=                         these posts
    events?q=eventsByOrganizer           the list `events` (events.py)

A list of posts is empty, with HTTP 200, for a token whose holder has no role on the organization: it looks as
if all posts had been deleted. The role is therefore requested before each capture, before an absence is
concluded, and wherever a list is empty. In the order of the last change, a post that is edited meanwhile
moves to the head of the list, which is read again at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, Absence, Exchange, Identity, Totals
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import ConversationQueue, Crawl, Cursor, PostQueue, with_context
from recordroom.platforms.cursor import Two, one_of
from recordroom.platforms.http import describe_failure, require_path_segment, unexpected_field
from recordroom.platforms.linkedin.api import (
    BATCH,
    Api,
    Place,
    api_of,
    escaped,
    items_of,
    missing_keys,
    place_at,
    refused_keys,
    require_role,
    results,
)
from recordroom.platforms.linkedin.content import files_of, pictures_of, replies_to, unaddressed
from recordroom.platforms.linkedin.events import Events, refusal_of
from recordroom.platforms.linkedin.files import PostFiles, first_missing
from recordroom.platforms.linkedin.platform import SERVER, UNPUBLISHED, post_in
from recordroom.platforms.linkedin.schema import DECORATED, METADATA, POST_HEAD, PROFILED, REACTIONS, SUMMARY
from recordroom.platforms.linkedin.urns import (
    EPOCH,
    POST_URN,
    moment_of,
    notice_id,
    number_of,
    record_id_of,
    urn_of,
)
from recordroom.platforms.schema import Reading, load_content
from recordroom.platforms.unread import require_completing, require_skippable
from recordroom.stored_texts import text
from recordroom.text import counted

if TYPE_CHECKING:
    from recordroom.register.models import Account

GONE = (
    "LinkedIn finds nothing for its URN: removed, or not visible to this token; LinkedIn does not say which"
)
LOOKS = 3  # how often the head of a list is read again after its end
_NEXT_LIST = {"mentions": "posts", "posts": "news", "news": "events", "events": ""}


def identify(account: Account, client: Client) -> Identity:
    """Return the organization that the register names, or the one that is known by its ID.

    Blocked: the token's holder has no role on it, so its lists would be empty.
    """
    api = api_of(account, client)
    native = account.identity.native_id if account.identity else _organization_of(account, api)
    require_role(api, native)
    exchange = api.get(f"organizations/{require_path_segment(number_of(native))}")
    found = load_content(exchange)
    PROFILED.check(found, exchange, "")
    return Identity(native, SERVER, found["localizedName"], found.get("vanityName"), exchange)


def _organization_of(account: Account, api: Api) -> str:
    """Return the URN of the organization, by the name or number in its address."""
    name = unquote(urlsplit(account.url).path).strip("/").split("/")[1]
    if name.isdecimal():
        return f"urn:li:organization:{name}"
    exchange = api.get(f"organizations?q=vanityName&vanityName={escaped(name)}")
    for pointer, item in items_of(exchange):
        if isinstance(item.get("id"), int):
            return f"urn:li:organization:{item['id']}"
        raise unexpected_field(exchange, f"{pointer}/id", "a whole number", item.get("id", "nothing"))
    raise AccountUnavailable(
        f"LinkedIn knows no organization {name!r}",
        "Correct `url` in the register. The number stays the same when the name changes.",
        exchange,
    )


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001
    """None: LinkedIn does not count the posts of an organization."""
    return None


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the page (see the module docstring)."""
    return LinkedInCrawl(account, client, window).fetch()


@dataclass
class LinkedInCursor(Cursor):
    """The rest of a crawl of LinkedIn."""

    edge: Annotated[str, one_of(*_NEXT_LIST, "")] = "mentions"  # the list that is read; "" after the last
    place: Place = field(default_factory=Place)  # in that list
    permalink: str = ""  # the URN in the address of a post
    alone: list[str] = field(default_factory=list)  # posts to request by their URNs
    # [post or comment whose comments are to be read, the post]
    threads: list[Two] = field(default_factory=list)
    comments: Place = field(default_factory=Place)  # in the first thread
    lacking: str = ""  # the first file that LinkedIn does not give
    unheard: bool = False  # LinkedIn gives no notifications
    unnamed: str = ""  # why it fails to list mentions
    uninvited: str = ""  # why it gives no events
    uncounted: bool = False  # it failed to count the comments on some posts
    empty: int = 0  # pages without anything new that were not the last


read_cursor = LinkedInCursor.read


class LinkedInCrawl(Crawl[LinkedInCursor]):
    """One pass over the page of an organization.

    noted: posts and comments whose comments were queued or read.
    seen: post -> its last change, of the posts that were given.
    moved: post before the window -> when something was last said on it.
    """

    cursor_type, server = LinkedInCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.api = api_of(account, client)
        self.context |= {"name": self.account.title} if self.account.title else {}
        self.noted = {entity for entity, _ in self.todo.threads}
        self.seen: dict[str, int] = {}
        self.moved: dict[str, int] = {}
        self.is_long = False  # whether the list of posts has several pages
        self.canceled: set[str] = set()  # events
        self.files = PostFiles(self.api, self.window, self.context)
        self.events = Events(self.api, self.me, self.context, self.files)
        self.comments = Comments(self)
        self.queues = (self.comments, OlderPosts(self))

    def profile(self) -> Exchange:
        """Return the organization, and the addresses of its pictures."""
        exchange = self.api.get(f"organizations/{require_path_segment(number_of(self.me))}", self.context)
        found = load_content(exchange)
        PROFILED.check(found, exchange, "")
        return with_context(exchange, files=self.files.at(pictures_of(found, Reading(exchange)).values()))

    def start_at(self, url: str) -> None:
        self.todo.edge, self.todo.permalink = "", post_in(url)

    def read_permalink(self) -> Iterator[Exchange]:
        if self.todo.permalink:
            post = self.with_missing(self.permalink_post(self.todo.permalink))
            self.todo.permalink = ""
            yield self.at_cursor(post)

    @property
    def current_list(self) -> str:
        return self.todo.edge

    def continue_at(self, place: str | None) -> None:
        self.todo.place = place_at(place)
        if place is None:
            self.todo.edge = _NEXT_LIST[self.todo.edge]

    def read_list(self, name: str) -> Iterator[Exchange]:
        """Read a list; the head of a list of the last days again, where posts edited meanwhile are."""
        yield from super().read_list(name)
        if name == "posts" and self.is_long and self.floor is not None:
            yield from self.read_head()

    def list_pages(self, name: str) -> Iterator[Exchange]:
        if name == "mentions":
            yield from self.notifications("SHARE,SHARE_MENTION", self.floor, self.todo.place)
        elif name == "posts":
            yield from self.post_pages()
        elif name == "news":
            self.queue_older()
        else:
            pages = list(self.counting_empty(self.events.pages(self.todo.place)))
            self.canceled = self.events.canceled_among(pages)
            yield from pages

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        if name == "mentions":
            return [page], page.cursor
        if name == "events":
            return [self.with_missing(self.events.complete(page, self.canceled, self.floor))], page.cursor
        posts = [item for _, item in items_of(page)]
        whole = self.with_fresh_posts(page, self.fresh_among(posts, page))
        is_past = (
            self.floor is not None
            and bool(posts)
            and moment_of(posts[-1]["lastModifiedAt"], page) < self.floor
        )
        return [whole], None if is_past else page.cursor

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        """Mentions are given to administrators only, and events to few apps; all else is captured then."""
        if name == "mentions" and isinstance(failure, AccountUnavailable | Blocked):
            self.todo.unheard = True
            return None
        if name == "mentions" and isinstance(failure, UnexpectedResponse):
            answer = require_skippable(failure)
            self.todo.unnamed = describe_failure(answer)
            return answer
        if name == "events":
            answer = refusal_of(failure)
            why = text("part-linkedin-role") if failure.of_all else describe_failure(answer)
            is_fault = not failure.of_all and not 400 <= answer.status < 500
            self.todo.uninvited = why if is_fault else text("part-linkedin-permission", why=why)
            return self.with_missing(with_context(answer, not_given=True))
        raise failure

    def missing(self) -> str:
        todo = self.todo
        words = [f"no address for some files (first: {todo.lacking})"] if todo.lacking else []
        words += ["no posts that mention the page (only administrators get them)"] if todo.unheard else []
        words += [f"no list of posts that mention the page ({todo.unnamed})"] if todo.unnamed else []
        words += [f"no events ({todo.uninvited})"] if todo.uninvited else []
        words += ["no counts of comments on some posts"] if todo.uncounted else []
        if todo.empty:
            words.append(
                f"{counted(todo.empty, 'empty page')} before the end of a list, in which items may be missing"
            )
        told = (
            f"LinkedIn gives {' and '.join(words)}; docs/platforms/linkedin.md says what to do"
            if words
            else ""
        )
        return "; ".join(filter(None, (told, super().missing())))

    # -- lists -------------------------------------------------------------------------------------------

    def post_pages(self) -> Iterator[Exchange]:
        """Yield the list of posts from the stored place on."""
        for page in self.pages(self.path_of_posts, self.todo.place):
            if not self.is_long and not any(items_of(page)):
                require_role(self.api, self.me)
            yield page
            self.is_long = True

    @property
    def path_of_posts(self) -> str:
        order = "LAST_MODIFIED" if self.floor else "CREATED"
        return f"posts?q=author&author={escaped(self.me)}&sortBy={order}"

    def read_head(self) -> Iterator[Exchange]:
        """Yield the head of the list of posts, until nothing on it has changed since it was given."""
        for _ in range(LOOKS):
            page = next(self.api.pages(self.path_of_posts, Place(), urn_of, self.context))
            fresh = self.fresh_among([item for _, item in items_of(page)], page)
            if not fresh:
                return
            yield self.at_cursor(self.with_fresh_posts(page, fresh))
            yield from self.read_queues()

    def fresh_among(self, posts: Sequence[dict[str, Any]], page: Exchange) -> list[dict[str, Any]]:
        """Those posts of a page that are in the window and were not given as they are now."""
        found = []
        for i, post in enumerate(posts):
            POST_HEAD.check(post, page, f"/elements/{i}")
            is_late = self.floor is not None and moment_of(post["lastModifiedAt"], page) < self.floor
            if not is_late and self.seen.get(post["id"]) != post["lastModifiedAt"]:
                found.append(post)
                self.seen[post["id"]] = post["lastModifiedAt"]
        return found

    def with_fresh_posts(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Return a page, whose other posts are left out."""
        whole, wanted = self.complete(page, posts), {post["id"] for post in posts}
        others = [item["id"] for _, item in items_of(page) if item["id"] not in wanted]
        return self.with_missing(with_context(whole, elsewhere=others))

    def notifications(self, actions: str, since: datetime | None, place: Place) -> Iterator[Exchange]:
        """Notifications of others' actions on the page; administrators get them, for 60 days."""
        span = f"&timeRange=(start:{(since - EPOCH) // timedelta(milliseconds=1)})" if since else ""
        path = f"organizationalEntityNotifications?q=criteria&organizationalEntity={escaped(self.me)}"
        pages = self.api.pages(f"{path}&actions=List({actions}){span}", place, notice_id, self.context)
        return self.counting_empty(pages)

    def queue_older(self) -> None:
        """Queue posts before the window on which something was said since the last capture."""
        if not self.floor or self.todo.unheard:
            return
        since = self.window.changed_since or self.floor  # None: there was no such window before
        for page in self.notifications("COMMENT,ADMIN_COMMENT,COMMENT_EDIT", since, Place()):
            for i, (_, notice) in enumerate(items_of(page)):
                part = Reading(page).read_object(DECORATED, notice, "decoratedSourcePost", f"/elements/{i}")
                source = part.get("entity") or ""
                if POST_URN.fullmatch(source) and source not in self.seen and source not in self.todo.alone:
                    self.todo.alone.append(source)
                    self.moved[source] = notice["lastModifiedAt"]

    def pages(self, path: str, place: Place) -> Iterator[Exchange]:
        """Return the pages of a list of posts or comments."""
        return self.counting_empty(self.api.pages(path, place, urn_of, self.context))

    def counting_empty(self, pages: Iterator[Exchange]) -> Iterator[Exchange]:
        """Yield the pages; those without anything new that are not the last are counted.

        LinkedIn counts nothing by which it would be known what belongs there.
        """
        before: list[dict[str, Any]] = []
        for page in pages:
            found = [item for _, item in items_of(page)]
            self.todo.empty += found in ([], before) and page.cursor is not None
            yield page
            before = found

    # -- posts -------------------------------------------------------------------------------------------

    def complete(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Add counts and file addresses of posts to the context, and queue the comments on them."""
        social = self.counts_of([post["id"] for post in posts])
        files = self.files.of(posts, answer, files_of)
        self.note_missing_file(files)
        for post in posts:
            if post["id"] not in self.noted:
                self.noted.add(post["id"])
                self.queue_comments(post, social.get(post["id"], {}), answer)
        return with_context(answer, social=social, files=self.files.with_captions(files, posts))

    def note_missing_file(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Note the first file that LinkedIn does not give."""
        self.todo.lacking = self.todo.lacking or first_missing(files)

    def queue_comments(self, post: dict[str, Any], told: Mapping[str, Any], answer: Exchange) -> None:
        """Queue the comments on a post where the plan wants them.

        An edit of a comment moves no count: notifications report it.
        """
        urn, sign = post["id"], told.get("all")
        published = moment_of(post.get("publishedAt") or post["createdAt"], answer)
        if self.window.wants_conversation(
            record_id_of(urn), published, f"{sign} {self.moved[urn]}" if urn in self.moved else sign
        ):
            self.todo.threads += [[urn, urn]] if told.get("comments") != 0 else []
            self.comments.report_read(record_id_of(urn))

    def counts_of(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the result of `social`.

        Nothing where LinkedIn refuses or fails to give it.

        Posts are captured without their counts then.
        """
        try:
            return self.social(posts)
        except PlatformFailure as failure:
            require_completing(failure)
            self.todo.uncounted = True
            return {}

    def social(self, posts: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Post -> its counts, and its URN as an activity (`entity`)."""
        found: dict[str, dict[str, Any]] = {}
        for answer in self.api.batch("socialMetadata", posts, self.context):
            reading = Reading(answer)
            for urn, told in results(answer).items():
                pointer = f"/results/{urn}"
                METADATA.check(told, answer, pointer)
                summary = reading.read_object(SUMMARY, told, "commentSummary", pointer)
                kinds = told.get("reactionSummaries") or {}
                place = f"{pointer}/reactionSummaries"
                likes = [
                    reading.read_object(REACTIONS, kinds, kind, place).get("count") or 0 for kind in kinds
                ]
                counts = {
                    "comments": summary.get("topLevelCount"),
                    "all": summary.get("count"),
                    "likes": sum(likes),
                }
                counts |= {"entity": told.get("entity")}
                found[urn] = {name: value for name, value in counts.items() if value is not None}
        return found

    def posts_by_id(self, urns: Sequence[str]) -> Iterator[Exchange | Absence]:
        """Yield posts by their URNs.

        Nothing is concluded about those that LinkedIn refuses or fails to give (`untold`).
        """
        for answer in self.api.batch("posts", urns, self.context):
            posts = list(results(answer).values())
            for key, post in results(answer).items():
                POST_HEAD.check(post, answer, f"/results/{key}")
            untold = [record_id_of(urn) for urn in refused_keys(answer)]
            yield with_context(self.complete(answer, posts), untold=untold)
            for post in posts:
                state = post["lifecycleState"]
                if state in UNPUBLISHED:
                    who = "agency" if state == "DRAFT" else None
                    yield Absence(
                        record_id_of(post["id"]), HIDDEN, f"LinkedIn reports the state {state}", answer, who
                    )
            yield from (Absence(record_id_of(urn), UNAVAILABLE, GONE, answer) for urn in missing_keys(answer))

    def permalink_post(self, urn: str) -> Exchange:
        """Return the post of a permalink.

        UsageError: it is not a post of the organization.
        """
        url = self.window.url
        try:
            answer = self.api.get(f"posts/{escaped(urn)}", self.context)
        except (AccountUnavailable, UnexpectedResponse):
            found = self.post_of_activity(urn)
            if found is None:
                raise UsageError(
                    f"{url} is not a post of this page", "The post may be removed, or another account's."
                ) from None
            answer = self.api.get(f"posts/{escaped(found)}", self.context)
        except Blocked:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.") from None
        [(pointer, post)] = items_of(answer)
        POST_HEAD.check(post, answer, pointer)
        if post.get("author") != self.me:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.")
        return self.complete(answer, [post])

    def post_of_activity(self, urn: str) -> str | None:
        """Return the post that an activity is: addresses have the activity, the API wants the post."""
        if ":activity:" not in urn:
            return None
        for page in self.pages(f"posts?q=author&author={escaped(self.me)}&sortBy=CREATED", Place()):
            for post, told in self.social([post["id"] for _, post in items_of(page)]).items():
                if told.get("entity") == urn:
                    return post
        return None


class Comments(ConversationQueue[LinkedInCrawl]):
    """The comments on a post, or the replies to a comment. An entry is [that, the post], as URNs.

    No more is read of a comment here than a crawl needs: whatever else is odd in one does not keep later ones
    from being read.
    """

    entries_field = "threads"  # the place in the first one is `comments`, an object

    def root_of(self, entry: list[str]) -> str:
        return record_id_of(entry[1])

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        return self.crawl.pages(f"socialActions/{escaped(entry[0])}/comments", self.crawl.todo.comments)

    def continue_at(self, place: str | None) -> None:
        self.crawl.todo.comments = place_at(place)
        if place is None:
            del self.entries[0]

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:
        post, noted = entry[1], self.crawl.noted
        comments = [comment for _, comment in items_of(page)]
        for i, comment in enumerate(comments):
            urn = urn_of(comment, page)
            # None: not stated
            if replies_to(comment, Reading(page), f"/elements/{i}") != 0 and urn not in noted:
                noted.add(urn)
                self.entries.insert(1, [urn, post])
        files = self.crawl.files.of(comments, page, unaddressed)
        self.crawl.note_missing_file(files)
        return self.crawl.with_missing(with_context(page, root=record_id_of(post), files=files))


class OlderPosts(PostQueue[LinkedInCrawl]):
    """Posts before the window that are requested by their URNs, because something was said on them."""

    entries_field, most = "alone", BATCH

    def root_of(self, entry: str) -> str:
        return record_id_of(entry)

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        return [answer for answer in self.crawl.posts_by_id(entries) if isinstance(answer, Exchange)]

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        """Yield the answer, then the refusal of each post that it does not give."""
        yield answer
        for urn, failure in refused_keys(answer).items():
            if results(answer):
                self.crawl.unread.note_response()
            yield self.crawl.with_missing(self.crawl.unread.pass_over(record_id_of(urn), failure))
