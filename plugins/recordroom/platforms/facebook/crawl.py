"""The crawl of a Facebook Page: its requests, in their order.

    /<page>                                the profile, in every window
    /<page>/stories                        the list `stories`, first because each is shown for a day only
    /<page>/published_posts                the list `published_posts`: what the Page published
    /<page>/feed                           the list `feed`: what others wrote on the wall, posts that tag the
                                           Page, and posts that the list before left out
    /<page>/video_reels                    the list `video_reels`: reels whose post no list gave
    /<page>/feed?until=                    the list `changed`: posts before the window that have changed
    /<page>/conversations                  private messages, if the register asks for them (meta/inbox.py)
    /<page>/blocked                        the people whom the Page has blocked, if all posts are read

Below each page of `published_posts` and `feed`:

    /?ids=                                 photos and videos of the posts on the page (files.py)
    /<post>/comments?filter=stream         comments and replies in one list, oldest first (conversations.py)

`video_reels` and `changed` only name posts, which are requested by their IDs (`/?ids=`, ten at once).

The lists promise no order, so none ends at the first post before the window. `updated_time` changes with each
new comment: it finds posts with new comments, and is not the time of an edit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, Identity, Totals
from recordroom.platforms import blocklist
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.crawl import Crawl, with_context
from recordroom.platforms.facebook.api import permissions_of
from recordroom.platforms.facebook.content import attachments_of, context_of, files_of, read_or_none
from recordroom.platforms.facebook.conversations import Comments, SinglePosts
from recordroom.platforms.facebook.cursor import FacebookCursor
from recordroom.platforms.facebook.files import PostFiles
from recordroom.platforms.facebook.parse import is_over, posts_in
from recordroom.platforms.facebook.platform import (
    READING,
    SERVER,
    base_of,
    has_number,
    names_in,
    page_names,
    post_in,
    record_id,
)
from recordroom.platforms.facebook.schema import (
    PARTS_IN_A_LIST,
    POST_FIELDS,
    PROFILE_FIELDS,
    REEL,
    STORY_FIELDS,
    SUMMARY,
    TOKEN_HOLDER,
)
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.lookups import require_owner
from recordroom.platforms.meta.errors import code_of, describe_error
from recordroom.platforms.meta.graph import PAGE, Graph, GraphRequests, objects
from recordroom.platforms.meta.inbox import InboxReader
from recordroom.platforms.meta.messages import MESSENGER
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import load_content, read_time
from recordroom.platforms.unread import require_optional, require_skippable
from recordroom.stored_texts import text

if TYPE_CHECKING:
    from recordroom.register.models import Account

PAGE_SIZE = 100
GLANCE = 10  # pages of older posts that a window of the last days reads; the nightly sweep reads all posts
# Facebook lists "approximately 600" posts of one year: from this number on it may have left some out.
CUT_FROM = 550
# Without these parameters, lists leave out hidden and expired posts.
ALL: Params = {"include_hidden": "true", "show_expired": "true", "limit": PAGE_SIZE}
STORIES: Params = {"fields": STORY_FIELDS, "limit": PAGE_SIZE}
# Lists that a capture can do without, in words.
_OPTIONAL = {
    "stories": "the stories of the Page",
    "feed": text("part-facebook-wall"),
    "video_reels": "the list of reels",
    "changed": text("part-facebook-older"),
    "blocked": "the list of blocked people",
}
_HOW = "Enter the Page's own token in the connection; docs/platforms/facebook.md says how to get it."
_UNLISTED = (
    "This does not mean that the post was removed: Facebook may list it under another address, or not at all."
    " Copy the address of its photo or video, or capture all posts since that day with their comments."
)


def identify(account: Account, client: Client) -> Identity:
    """Read the Page of the token, which must be that of the register.

    It is known by its ID, and before the first capture by its names. Blocked: the token is that of a person
    or a system user. The Page could be read with it, but its comments would be empty ({"data": []}).
    """
    graph, url = Graph(client), f"{base_of(account)}/me"
    try:
        exchange = graph.get(url, {"fields": "id,name,username,link"})
    except UnexpectedResponse as failure:
        if code_of(failure.exchange) != 100:  # the code says that it has no such fields
            raise
        exchange = graph.get(url, {"fields": "id"})
        raise _not_a_page(load_content(exchange), exchange) from None
    found = load_content(exchange)
    TOKEN_HOLDER.check(found, exchange, "")
    native, names = found["id"], page_names(found)
    is_named = not names.isdisjoint(names_in(account.url))
    is_known = account.identity is not None and account.identity.native_id == native
    if names == {native} and not (is_named or is_known):
        raise _not_a_page(found, exchange)
    require_owner(
        account,
        native,
        is_named=is_named,
        holder=f"the Page {native} ({', '.join(sorted(names))})",
        remedy=(
            f"If the Page was renamed, correct `url` (https://www.facebook.com/{native} stays the same when"
            f" the"
            f" name changes). Otherwise: {_HOW}"
        ),
        answer=exchange,
    )
    return Identity(native, SERVER, found.get("name"), found.get("username"), exchange)


def _not_a_page(found: Any, exchange: Exchange) -> Blocked:
    native = found.get("id") if isinstance(found, dict) else None
    words = (
        f"the token belongs to {native}, which is not a Page but a person or a system user: Facebook would"
        f" give no"
        " comments"
    )
    return Blocked(words, _HOW, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """Read how many posts the Page published (`own`); None: it is not counted.

    No reference says whether hidden posts are counted.
    """
    url = f"{base_of(account)}/{require_path_segment(account.known.native_id)}/published_posts"
    params: Params = {"fields": "id", "limit": 1, "since": 1, "summary": "total_count"}
    try:
        exchange = Graph(client).get(url, params)
    except PlatformFailure as refusal:  # the reference has no `summary` of this list, and all else is read
        require_optional(refusal)
        return None
    body = load_content(exchange)
    PAGE.check(body, exchange, "")
    if not body.get("summary"):
        return None
    SUMMARY.check(body["summary"], exchange, "/summary")
    return Totals({"own": body["summary"]["total_count"]}, exchange)


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """Read a window of the Page (see the module docstring)."""
    return FacebookCrawl(account, client, window).fetch()


class FacebookCrawl(Crawl[FacebookCursor]):
    """One pass over a Page.

    given: posts that the lists gave; None where an earlier crawl read a part of them.
    lists: the lists in their order, and "" for the end.
    """

    cursor_type, server = FacebookCursor, SERVER

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, window)
        self.client = client
        self.api = GraphRequests(client, base_of(account), self.me, SERVER)
        self.given: set[str] | None = None if self.window.cursor else set()
        changed = ("changed",) if self.since and self.window.changed_since else ()
        self.lists = ("stories", "published_posts", "feed", "video_reels", *changed, "")
        self.inbox = InboxReader(self.api, self.window, MESSENGER, self.todo.inbox, self.todo.refused)
        self.files = PostFiles(self.api, self.todo)
        self.comments = Comments(self, self.api)
        self.posts = SinglePosts(self, self.api, self.files, self.comments)
        self.queues = (self.comments, self.posts)

    def profile(self) -> Exchange:
        return self.api.get(self.me, {"fields": PROFILE_FIELDS})

    def start_at(self, url: str) -> None:
        self.todo.edge, self.todo.posts = "", [self.permalink_post(url)]

    @property
    def current_list(self) -> str:
        return self.todo.edge

    def continue_at(self, place: str | None) -> None:
        self.todo.page = place
        if place is None:
            self.todo.edge = self.lists[self.lists.index(self.todo.edge) + 1]

    def read_list(self, name: str) -> Iterator[Exchange]:
        """Read a list.

        `feed` leaves out the posts that `published_posts` gave, so these must be known.
        """
        if name == "feed":
            self.given_posts()
        yield from super().read_list(name)

    def list_pages(self, name: str) -> Iterator[Exchange]:
        if name == "stories":
            params: Params = {**STORIES, **self.span}
            for page in self.api.pages(f"{self.me}/stories", params, self.todo.page, edge=name):
                yield self.files.complete_stories(page, self.is_new_story)
        elif name in ("published_posts", "feed"):
            params = {**ALL, **self.span, "fields": POST_FIELDS}
            yield from self.api.sparing(f"{self.me}/{name}", params, self.todo.page, edge=name)
        elif name == "video_reels":
            self.todo.posts += self.unlisted_reels()
        else:
            self.todo.posts += self.changed_posts()

    def take_page(self, name: str, page: Exchange) -> tuple[list[Exchange], str | None]:
        if name == "stories":
            return [page], page.cursor
        if native := context_of(page).get("passed"):  # the comments on a post that is not given can be read
            self.todo.threads += [[native, "post", native]] if name == "published_posts" else []
            return [self.with_missing(self.todo.skip_post(native, page))], page.cursor
        return [self.with_missing(self.complete(name, page))], page.cursor

    def skip_list(self, name: str, failure: PlatformFailure) -> Exchange | None:
        """Go on without a list, except `published_posts`.

        A refusal of `feed` is raised, too; a failure to give it is not.
        """
        if name == "published_posts" or (name == "feed" and not isinstance(failure, UnexpectedResponse)):
            raise failure
        if name == "stories":  # also where the files of stories are refused
            answer = require_skippable(failure, name)
            self.note_refusal(name, describe_error(answer))
            return self.with_missing(answer)
        answer = require_optional(failure)
        if name == "changed":  # no other list names these posts: the next capture must go as far back
            self.window.note_not_given(record_id(self.me))
        return self.report_refusal(name, answer, describe_error(answer))

    def read_private(self) -> Iterator[Exchange]:
        """Read private messages, and the blocked people after a complete crawl."""
        if self.inbox.wanted:
            for page in self.inbox.read(f"{self.me}/conversations"):
                yield self.at_cursor(self.with_missing(page))
        is_complete = not self.current_list and not any(queue.entries for queue in self.queues)
        if is_complete and self.window.kind in blocklist.WINDOWS:
            yield self.at_cursor(self.blocked())

    def missing(self) -> str:
        """Say what was not given, and which years have too many posts for their list.

        A window of the last days is not the list of a year.
        """
        years = (
            ""
            if self.since
            else ", ".join(f"{n} of {year}" for year, n in sorted(self.todo.years.items()) if n >= CUT_FROM)
        )
        full = (
            f"Facebook lists about 600 posts of a year, by its own ranking, and gave {years}: there may be"
            f" more"
        )
        words = "; ".join(filter(None, [*self.todo.refused, full if years else "", super().missing()]))
        return f"{words}; docs/platforms/facebook.md says what to do" if words else ""

    # -- what is missing ---------------------------------------------------------------------------------

    def note_refusal(self, name: str, why: str) -> None:
        self.todo.note_missing(f"Facebook does not give {_OPTIONAL[name]} ({why})")

    def report_refusal(self, name: str, answer: Exchange, why: str) -> Exchange:
        """Note that a list is not given, and return the response that says so."""
        self.note_refusal(name, why)
        return self.with_missing(with_context(answer, not_given=True))

    # -- lists of posts ----------------------------------------------------------------------------------

    @property
    def span(self) -> Params:
        """Return the parameter of a window of the last days."""
        return {"since": int(self.since.timestamp())} if self.since else {}

    def complete(self, name: str, page: Exchange) -> Exchange:
        """Add to a page what the files of its posts say, and queue comments.

        Posts that an earlier list gave are left out. Those with more parts than a page holds, and those whose
        files are not given with the page, are requested by their IDs.
        """
        given = self.given_posts() if name == "feed" else set[str]()
        posts = [post for post in posts_in(page) if post["id"] not in given]
        elsewhere = [post["id"] for post in posts_in(page) if post["id"] in given]
        self.note_given(name, posts, page)
        large = [
            post["id"]
            for post in posts
            if len(read_or_none(attachments_of, post, page) or ()) > PARTS_IN_A_LIST
        ]
        whole, alone = self.complete_files(page, [post for post in posts if post["id"] not in large])
        alone += large
        self.todo.posts += [[native, ""] for native in alone]
        self.comments.queue_below((post for post in posts if post["id"] not in alone), whole)
        return with_context(whole, elsewhere=elsewhere + alone)

    def complete_files(self, page: Exchange, posts: Sequence[dict[str, Any]]) -> tuple[Exchange, list[str]]:
        """Add to a page what its photos and videos say.

        Returns the page, and the posts that must be requested by their IDs because that failed.
        A failure is met again at the next request. Before that, posts without files are given.
        """
        try:
            return self.files.complete_posts(page, posts), []
        except PlatformFailure:
            return page, [post["id"] for post in posts if any(read_or_none(files_of, post, page) or ())]

    def note_given(self, name: str, posts: Sequence[dict[str, Any]], page: Exchange) -> None:
        if name == "published_posts":
            for post in posts:
                year = str(read_time(post["created_time"], page, "/created_time").year)
                self.todo.years[year] = self.todo.years.get(year, 0) + 1
        if self.given is not None:
            self.given.update(post["id"] for post in posts)

    def given_posts(self) -> set[str]:
        """Return the posts that the lists gave.

        A crawl that resumes lists the IDs of the Page's own posts again.
        """
        if self.given is None:
            params: Params = {**ALL, **self.span, "fields": "id,created_time"}
            pages = self.api.pages(f"{self.me}/published_posts", params)
            self.given = {post["id"] for page in pages for post in posts_in(page)}
        return self.given

    # -- lists that only name posts ----------------------------------------------------------------------

    def unlisted_reels(self) -> list[list[str]]:
        """Find the reels whose posts no list gave; returns [post, video] of each."""
        given, found = self.given_posts(), []
        params: Params = {**self.span, "fields": "id,post_id", "limit": PAGE_SIZE}
        for page in self.api.pages(f"{self.me}/video_reels", params):
            for pointer, reel in objects(page):
                REEL.check(reel, page, pointer)
                post = reel.get("post_id") or reel["id"]
                native = post if "_" in post else f"{self.me}_{post}"
                if native not in given:
                    found.append([native, reel["id"]])
        return found

    def changed_posts(self) -> list[list[str]]:
        """Find the posts before the window that have changed; returns [post, ""] of each."""
        if self.since is None or self.window.changed_since is None:
            return []
        until = int(self.since.timestamp())
        params: Params = {**ALL, "until": until, "fields": "id,created_time,updated_time"}
        found = []
        for page in islice(self.api.pages(f"{self.me}/feed", params), GLANCE):
            for post in posts_in(page):
                changed = read_time(post.get("updated_time") or post["created_time"], page, "/updated_time")
                if changed >= self.window.changed_since and post["id"] not in self.given_posts():
                    found.append([post["id"], ""])
        return found

    # -- stories and blocked people ----------------------------------------------------------------------

    def is_new_story(self, story: dict[str, Any]) -> bool:
        """Return whether the file of a story, which costs a call, is requested.

        That of a story that is no longer shown is read once, by a window of all; a lookup records its end.
        """
        return not is_over(story) or (
            self.since is None and not self.window.archived_files(record_id(story["post_id"]))
        )

    def blocked(self) -> Exchange:
        """Read the complete list of blocked people as one response.

        Nothing is concluded where it is refused, or is empty and may be so because a permission is missing.
        """
        params: Params = {"fields": "id,name", "limit": PAGE_SIZE}
        try:
            pages = list(self.api.pages(f"{self.me}/blocked", params, edge="blocked"))
        except PlatformFailure as refusal:
            answer = require_optional(refusal)
            return self.report_refusal("blocked", answer, describe_error(answer))
        if not any(list(objects(page)) for page in pages) and (why := self.why_empty()):
            return self.report_refusal("blocked", pages[0], text("part-facebook-empty", why=why))
        more = [person for page in pages[1:] for _, person in objects(page)]
        return replace(pages[0], context={**pages[0].context, "more": more})

    def why_empty(self) -> str:
        """Say why a list may only seem to be empty; "": it is empty."""
        granted = permissions_of(self.client, self.api.base)
        if granted is None:
            return text("part-facebook-unknown")
        missing = [name for name in READING if name not in granted]
        return text("part-facebook-permissions", permissions=", ".join(missing)) if missing else ""

    # -- permalinks --------------------------------------------------------------------------------------

    def permalink_post(self, url: str) -> list[str]:
        """Find the post of a permalink; returns [post, its video, or ""].

        A photo or a video says itself which post it is in.
        """
        kind, number = post_in(url, self.me)
        if kind in ("post", "listed"):
            return [f"{self.me}_{number}" if kind == "post" else self.listed_post(url, number), ""]
        name = "page_story_id" if kind == "photo" else "post_id"
        try:
            answer = self.api.get(require_path_segment(number), {"fields": f"id,{name}"})
        except AccountUnavailable as gone:
            raise UsageError(
                f"{url} cannot be seen", "The post may be removed, or another account's."
            ) from gone
        found = load_content(answer)
        post = found.get(name) if isinstance(found, dict) else None
        return [
            post if isinstance(post, str) and "_" in post else f"{self.me}_{post or number}",
            number if kind == "video" else "",
        ]

    def listed_post(self, url: str, number: str) -> str:
        """Find the ID of a post whose address does not have it.

        UsageError: the lists do not have the post.
        """
        for name in ("published_posts", "feed"):
            for page in self.api.pages(f"{self.me}/{name}", {**ALL, "fields": "id,permalink_url"}):
                for _, post in objects(page):
                    if has_number(number, post["id"], post.get("permalink_url")):
                        return str(post["id"])
        raise UsageError(f"{url} is not in the lists of the Page's posts", _UNLISTED)
