"""Facebook Pages: a Page's profile, posts and reels, what visitors write on its wall, and all comments, with the Page's own token.

Read (Graph API, https://developers.facebook.com/docs/graph-api/reference/; fields checked against the PyPI package facebook-business 26):
  /me                                 whose token it is: with a person's, comments come back empty and look like none
  /<page>                             the profile, in every window
  /<page>/stories                     first, because each is shown for a day only (facebook_stories.py)
  /<page>/published_posts             what the Page published
  /<page>/feed                        what visitors wrote on the wall, posts that tag the Page, and posts that the list above left out
  /<page>/video_reels                 reels of which neither list has the post
  /<post>/comments?filter=stream      comments and replies in one list, oldest first (the default filter leaves replies out)
  /<page>/conversations               private messages, where the register asks for them (meta_messages.py)
  /<page>/blocked                     whom the Page has blocked (moderation.py)
  /<id>, /?ids=                       posts and comments, and what only a photo itself says: its full size, its alternative text

A record is read from one answer. What only the photos of a post say is asked for before the page of posts is given out, and stands in its
context; the comments on a single photo of several are a thread of their own below the post. The lists promise no order: none is cut short
at the first old post. `updated_time` moves with each new comment: it finds old posts with new comments, and is no time of an edit.

A visitor's post is no `post` of ours but a `comment`, which answers nothing; what answers it is a `reply`. Error 100 says that an object is
gone or must not be seen, never which of them: `unavailable`. docs/platforms/facebook.md says what the API never gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
from recordroom.platforms import Client, Code, Known, Limit, Platform, Token, TokenClient, Window, facebook_stories, minutes, moderation
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.facebook_login import HOLDER, called, consent, names_in, page_token, token_ends
from recordroom.platforms.facebook_stories import absences, is_film, is_over, is_story, stories_in, story_of
from recordroom.platforms.meta import (
    AUTOMATIC,
    DAY,
    PAGE,
    Graph,
    Walk,
    calls_of,
    code_of,
    file_name,
    holds_none,
    objects,
    readings,
    refusal_of,
    untold,
)
from recordroom.platforms.meta_messages import MESSENGER, Inbox, Reader, is_private, messages_in
from recordroom.platforms.paging import Params
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
HOST, SERVER = "https://graph.facebook.com", "facebook.com"
_FEED = "https://developers.facebook.com/docs/graph-api/reference/page/feed/#limitations"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#pages"
_DATA = "https://developers.facebook.com/docs/facebook-login/auth-vs-data/"
PLATFORM = Platform(
    name="facebook",
    title="Facebook Pages",
    parser=2,
    every=minutes(15),
    address=(r"^/[^/]", "https://www.facebook.com/<number or name of the Page>"),
    secrets=("token",),
    ids_in_a_lookup=50,
    cost=calls_of,
    consent=consent(VERSION),
    unshown="comments of closed accounts and of people who have blocked the Page",
    messages="the Page's inbox, read with the permission pages_messaging; else switch messages off in the Page's settings, or download its "
    "information",
    reads_messages=True,
    not_offered={
        "polls": "Pages have had none since 2021",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "held": "what waits for review is marked hidden",
        "removed": "a 404 or an error tells no reason",
    },
    limits=(
        Limit("posts listed", 600, "of a year, about, by a ranking that is not told", _FEED, "2026-11-24"),
        Limit("posts in a page of a list", 100, "posts", _FEED, "2026-11-24"),
        Limit(
            "calls with a Page's token", 4800, "in 24 hours, for each person who engaged with the Page in them", _RATES, "2026-11-24", DAY
        ),
        Limit("objects by id", 50, "in one request, each of which counts as a call", _RATES, "2026-11-24"),
        Limit("access to data", 90, "days after the person was last active in the app, then consent again", _DATA, "2026-11-25"),
    ),
)
PAGE_SIZE = 100
CUT_FROM = 550  # posts of one year: from here on the list of "approximately 600" may have left some out
GLANCE = 10  # pages of 100 posts: how far back a capture of the last days looks for new comments; the nightly sweep reads all
ALBUM, WHOLE = 12, 200  # parts of one post in a list (the API's own default), and where it is asked for by id because it fills that
POSTS_BY_ID = 10  # with so many parts each: more would be too much data

_PARTS = "type,media_type,title,description,url,unshimmed_url,target,media"
_COUNT = "comments.filter(toplevel).limit(0).summary(true)"
ATTACHMENTS = "attachments{{{0},subattachments.limit({1}){{{0}}}}}"
POSTS = (
    "id,created_time,updated_time,message,story,permalink_url,from,to,parent_id,is_published,is_hidden,is_expired,scheduled_publish_time,"
    "privacy,message_tags,story_tags,place,shares,child_attachments,event{id,name,description,start_time,end_time,is_canceled,place},"
    f"{ATTACHMENTS.format(_PARTS, ALBUM)},{_COUNT},reactions.limit(0).summary(true)"
)
COMMENTS = "id,parent{id},created_time,message,from,is_hidden,is_private,comment_count,like_count,attachment,message_tags,permalink_url"
ALONE = POSTS.replace(f"subattachments.limit({ALBUM})", f"subattachments.limit({WHOLE})")
FILMS = "id,source,length,captions"
PHOTOS = f"id,alt_text,alt_text_custom,images,{_COUNT}"
VIDEOS = f"id,created_time,title,description,permalink_url,source,length,captions,from,{_COUNT},likes.limit(0).summary(true)"
PROFILE = (
    "id,name,username,link,category,about,bio,description,mission,company_overview,general_info,founded,impressum,phone,emails,website,"
    "single_line_address,hours,privacy_info_url,is_published,cover,picture.width(960){url,width,height,is_silhouette}"
)
ALL: Params = {"include_hidden": "true", "show_expired": "true", "limit": PAGE_SIZE}  # the lists leave hidden and expired posts out else
THREAD: Params = {
    "filter": "stream",
    "order": "chronological",
    "live_filter": "no_filter",  # else those that Facebook finds of low quality are left out on live videos
    "limit": PAGE_SIZE,
    "fields": COMMENTS,
}

STORIES: Params = {"fields": facebook_stories.FIELDS, "limit": PAGE_SIZE}
REFUSABLE = {"stories": "the stories of the Page", "blocked": "the list of blocked people"}

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_VIEWER, _ADVERTISING = "about whoever asks", "about advertising"
POST = Shape(
    {"id": TEXT, "created_time": TEXT, "updated_time": _TEXT, "message": _TEXT, "story": _TEXT, "permalink_url": _TEXT, "from": _ITEM}
    | {"to": _ITEM, "parent_id": _TEXT, "is_published": _FLAG, "is_hidden": _FLAG, "is_expired": _FLAG, "privacy": _ITEM, "place": _ITEM}
    | {"scheduled_publish_time": ANY_NUMBER | _TEXT, "message_tags": _LIST, "story_tags": _LIST, "shares": _ITEM, "event": _ITEM}
    | {"child_attachments": _LIST, "attachments": _ITEM, "comments": _ITEM, "reactions": _ITEM},
    dict.fromkeys(("full_picture", "picture", "icon", "status_type", "properties", "width", "height"), "said by the attachments")
    | dict.fromkeys(("like", "love", "wow", "haha", "sad", "angry", "care", "thankful", "pride", "likes"), "counted together as reactions")
    | dict.fromkeys(("promotable_id", "promotion_status", "call_to_action", "targeting", "feed_targeting"), _ADVERTISING)
    | dict.fromkeys(("is_eligible_for_promotion", "is_instagram_eligible", "instagram_eligibility"), _ADVERTISING)
    | dict.fromkeys(("application", "via", "actions", "coordinates", "is_spherical", "is_popular", "is_inline_created"), "no words")
    | dict.fromkeys(("can_reply_privately", "subscribed"), _VIEWER)
    | {"target": "said by the id", "backdated_time": "where the Page shows it in time", "timeline_visibility": "said by is_hidden"},
)
COMMENT = Shape(
    {"id": _TEXT, "created_time": TEXT, "message": _TEXT, "from": _ITEM, "parent": _ITEM, "permalink_url": _TEXT, "attachment": _ITEM}
    | {"is_hidden": _FLAG, "is_private": _FLAG, "comment_count": _NUMBER, "like_count": _NUMBER, "message_tags": _LIST},
    dict.fromkeys(("can_comment", "can_hide", "can_like", "can_remove", "can_reply_privately", "user_likes"), _VIEWER)
    | {"object": "said by the request", "application": "no words", "live_broadcast_timestamp": "place in the live video"},
)
VIDEO = Shape(
    {"id": TEXT, "created_time": TEXT, "title": _TEXT, "description": _TEXT, "permalink_url": _TEXT, "source": _TEXT, "from": _ITEM}
    | {"length": ANY_NUMBER | NULL, "captions": _ITEM, "comments": _ITEM, "likes": _ITEM},
)
FILE = Shape(
    {"id": TEXT, "alt_text": _TEXT, "alt_text_custom": _TEXT, "images": _LIST, "comments": _ITEM, "source": _TEXT}
    | {"length": ANY_NUMBER | NULL, "captions": _ITEM}
)
TRACK = Shape(
    {"locale": _TEXT, "create_time": _TEXT, "uri": _TEXT, "is_draft": _FLAG},
    {"id": "stays when it is replaced"} | dict.fromkeys(("locale_name", "is_default", "is_auto_generated"), "how it is chosen"),
)
SIZE = Shape({"source": TEXT, "width": NUMBER, "height": NUMBER})
REEL = Shape({"id": TEXT, "post_id": _TEXT}, {"updated_time": "moves with each comment", "description": "read from the post"})
ABOUT = ("about", "bio", "description", "mission", "company_overview", "general_info", "impressum")
LINES = {"category": "Category", "founded": "Founded", "single_line_address": "Address", "phone": "Phone", "website": "Website"}
PROFILED = Shape(
    {"id": TEXT, "name": TEXT, "username": _TEXT, "link": _TEXT, "is_published": _FLAG, "cover": _ITEM, "picture": _ITEM}
    | dict.fromkeys((*ABOUT, *LINES, "privacy_info_url"), _TEXT)
    | {"emails": _LIST, "hours": _ITEM},
    dict.fromkeys(("fan_count", "followers_count", "were_here_count", "talking_about_count", "checkins"), "counters of no record")
    | dict.fromkeys(("rating_count", "overall_star_rating", "new_like_count", "unread_message_count"), "counters of no record")
    | {"category_list": "said by category", "location": "said by single_line_address", "access_token": "a secret"},
)
ATTACHMENT = Shape(
    {"type": _TEXT, "media_type": _TEXT, "title": _TEXT, "description": _TEXT, "url": _TEXT, "unshimmed_url": _TEXT}
    | {"target": _ITEM, "media": _ITEM, "subattachments": _ITEM},
    {"description_tags": "said by message_tags", "name": "said by title"},
)
TARGET = Shape({"id": _TEXT, "url": _TEXT}, {"unshimmed_url": "said by the attachment"})
MEDIA = Shape({"image": _ITEM, "source": _TEXT})
IMAGE = Shape({"src": TEXT, "width": _NUMBER, "height": _NUMBER})
CHILD = Shape(
    {"link": _TEXT, "name": _TEXT, "description": _TEXT},
    dict.fromkeys(("id", "picture", "call_to_action", "image_hash", "caption", "static_card", "place_data"), _ADVERTISING),
)
PARENT = Shape({"id": _TEXT}, dict.fromkeys(("created_time", "message", "from"), "read where it is a comment"))
WHO = Shape({"id": _TEXT, "name": _TEXT}, dict.fromkeys(("type", "offset", "length"), "where in the text") | {"category": "of a Page"})
PLACE = Shape({"name": _TEXT}, {"id": "said by name", "location": "said by name", "overall_rating": "no words"})
EVENT = Shape(
    {"name": _TEXT, "description": _TEXT, "start_time": _TEXT, "end_time": _TEXT, "is_canceled": _FLAG, "place": _ITEM},
    {"id": "said by the attachment", "timezone": "said by start_time"},
)
PRIVACY = Shape({"value": _TEXT}, dict.fromkeys(("description", "friends", "allow", "deny", "networks"), "said by value"))
PERSON = Shape({"id": TEXT, "name": _TEXT}, dict.fromkeys(("link", "username", "profile_type", "pic", "can_post"), "said by id and name"))
SHARES = Shape({"count": NUMBER})
CONNECTION = Shape({"data": _LIST, "summary": _ITEM}, {"paging": "followed by fetch"})
SUMMARY = Shape({"total_count": NUMBER}, dict.fromkeys(("order", "can_comment", "viewer_reaction", "has_liked", "can_like"), _VIEWER))
ONE = Shape({"data": _ITEM})
COVER = Shape({"id": _TEXT, "source": _TEXT}, {"cover_id": "said by id"} | dict.fromkeys(("offset_x", "offset_y"), "how it is cut"))
PICTURE = Shape({"url": _TEXT, "width": _NUMBER, "height": _NUMBER, "is_silhouette": _FLAG}, {"cache_key": "changes with each size"})

TITLED = frozenset({"video", "event", "note", "offer"})  # a photo's or an album's title is made of the Page's name,
DESCRIBED = TITLED | {"photo", "album"}  # and both are the linked web page's else
PICTURED = re.compile(r"photo|video|album|animated|sticker|profile_media|event|offer")  # else the picture is the linked web page's
_WHOSE = re.compile(r"/([0-9]+)/blocked$")
_EDGE = re.compile(r"/(blocked|comments|conversations|messages|stories)(?:\?|$)")
_OF_POST = re.compile(r"/(\d+)/posts/(\d+)")
_PERMALINKS = {
    "post": ("story_fbid", re.compile(r"/posts/(?:[^/]+/)?([^/]+)/?$")),
    "photo": ("fbid", re.compile(r"/photos/(?:[^/]+/)?(\d+)/?$")),
    "video": ("v", re.compile(r"/(?:videos/(?:[^/]+/)?|reel/)(\d+)/?$")),
}
_HIDDEN = {
    "is_hidden": "is_hidden: hidden on the Page, by a person or by a filter of the Page; Facebook does not say which",
    "is_expired": "is_expired: the time that the Page set for it is over",
}
_GONE = "gone, or not to be seen with this token: Facebook does not say which"
_PAGE_TOKEN = "Put the Page's own token into the connection; docs/platforms/facebook.md says how to get it."  # noqa: S105 (words)


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The Page to which the token belongs: that of `account.url`, or the one that is known already, whatever it is called now.

    With the token of a person or of a system user the Page could be read, its comments would be {"data": []}: Blocked says so.
    """
    graph, url = Graph(client), f"{_base(account)}/me"
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
    exchange = Graph(client).get(f"{_base(account)}{path}", {"fields": "id", "limit": 1, "since": 1, "summary": "total_count"})
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    if not body.get("summary"):
        return None
    SUMMARY.check(body["summary"], exchange, "/summary")
    return Totals({"own": body["summary"]["total_count"]}, exchange)


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return page_token(account, client, code, _base(account))


def inspect(account: Account, client: TokenClient) -> Token:
    return token_ends(client, _base(account), client.secrets["token"])


def _base(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}/{VERSION}"


def _no_page(found: Any, exchange: Exchange) -> Blocked:
    native = found.get("id") if isinstance(found, dict) else None
    words = f"the token belongs to {native}, which is no Page but a person or a system user: comments would come back empty"
    return Blocked(words, _PAGE_TOKEN, exchange)


# ------------------------------------------------------------------------------------------------------------------------------ fetch


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
    inbox: Inbox = field(default_factory=Inbox)

    @classmethod
    def read(cls, cursor: str) -> _Todo:
        told = json.loads(cursor)
        return cls(**{**told, "inbox": Inbox(**told.get("inbox", {}))})

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then list by list, page by page, each page followed by the comments on its posts."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", posts=[walk.post_of(window.url or "")])
        yield replace(walk.get(walk.me, {"fields": PROFILE}), cursor=walk.todo.cursor)
    yield from walk.pending()
    while walk.todo.edge:
        if walk.todo.edge == "stories":
            yield from walk.stories()
        elif walk.todo.edge in ("published_posts", "feed"):
            yield from walk.listed()
        else:
            walk.note_hints()
            yield from walk.pending()
    if walk.mail.wanted:
        yield from walk.messages()
    if window.kind in moderation.WINDOWS:
        yield walk.blocked()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the Page itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(in_path(native), {"fields": PROFILE})
    yield from walk.stories_again({k.native_id: known.pop(k.native_id) for k in list(known.values()) if k.kind == "story"})
    roots = [k.native_id for k in known.values() if k.kind != "profile" and k.root_id in (None, k.record_id)]
    for asked, answer, there in walk.by_id(roots, ALONE, size=POSTS_BY_ID, edge="posts"):
        yield walk.with_files(answer, _posts(answer)) if there else Absence(known[asked[0]].record_id, UNAVAILABLE, _GONE, answer)
        for post in filter(_is_planned, _posts(answer) if there else ()):
            yield Absence(_record_id(post["id"]), HIDDEN, "taken back: it is to be published later", answer, "agency")
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values() if k.kind != "profile" and k.native_id not in roots}
    for asked, answer, there in walk.by_id(list(places), COMMENTS, edge="comments", places=places):
        yield answer if there else Absence(known[asked[0]].record_id, UNAVAILABLE, _GONE, answer)


class _Walk(Walk):
    """One pass over a window. `given`: posts that the lists gave in it; None where an earlier fetch read them."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, _base(account), account.known.native_id, SERVER)
        self.window = window or Window("full")
        self.todo = _Todo.read(self.window.cursor) if self.window.cursor else _Todo()
        self.mail = Reader(self, self.window, MESSENGER, self.todo.inbox)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.given: set[str] | None = None if self.window.cursor else set()
        hints = ("video_reels", *(("changed",) if self.since and self.window.changed_since else ()))
        self.lists = ("stories", "published_posts", "feed", *hints, "")

    @property
    def span(self) -> Params:
        return {"since": int(self.since.timestamp())} if self.since else {}

    def stories(self) -> Iterator[Exchange]:
        """Those that are shown now, and those that the Page keeps. Where the list is refused, all else is captured, and it is told."""
        try:
            for page in self.pages(f"{self.me}/stories", {**STORIES, **self.span}, self.todo.page, edge="stories"):
                self.turn(page.cursor)
                yield replace(self.with_story_files(page, self.is_new), cursor=self.todo.cursor)
        except PlatformFailure as refusal:
            self.note_refusal("stories", refusal)
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

    def note_refusal(self, name: str, refusal: PlatformFailure) -> None:
        words = f"Facebook does not give {REFUSABLE[name]} (error {code_of(refusal_of(refusal))})"
        self.todo.refused += [words] if words not in self.todo.refused else []

    def blocked(self) -> Exchange:
        """The whole list of blocked people as one answer. Where it is refused, nothing is concluded, and it is told."""
        try:
            pages = list(self.pages(f"{self.me}/blocked", {"fields": "id,name", "limit": PAGE_SIZE}, edge="blocked"))
        except PlatformFailure as refusal:
            self.note_refusal("blocked", refusal)
            answer = refusal_of(refusal)
            return replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)
        more = [person for page in pages[1:] for _, person in objects(page)]
        return replace(pages[0], context={**pages[0].context, "more": more}, cursor=self.todo.cursor)

    def listed(self) -> Iterator[Exchange]:
        """published_posts or feed: each page with what its photos and videos say, followed by the comments on its posts. What the first
        list gave is left out of the second; an album that does not fit into a page is asked for alone."""
        edge = self.todo.edge
        given = self.all_given() if edge == "feed" else set()
        for page in self.pages(f"{self.me}/{edge}", {**ALL, **self.span, "fields": POSTS}, self.todo.page, edge=edge):
            posts = [post for post in _posts(page) if post["id"] not in given]
            elsewhere = [post["id"] for post in _posts(page) if post["id"] in given]
            self.note_given(posts, page)
            whole, alone = self.completed(page, [post for post in posts if len(_attachments(post, Reading(page))) <= ALBUM])
            alone += [post["id"] for post in posts if len(_attachments(post, Reading(page))) > ALBUM]
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
            return page, [post["id"] for post in posts if any(_files(post, Reading(page)))]

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = self.lists[self.lists.index(self.todo.edge) + 1]

    def note_hints(self) -> None:
        """Lists that only tell which posts to ask for by id."""
        self.todo.posts += self.reels() if self.todo.edge == "video_reels" else self.changed()
        self.turn(None)

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

    def changed(self) -> list[list[str]]:
        """Posts before the last days that a comment or an edit has moved since the last capture."""
        if self.since is None or self.window.changed_since is None:
            return []
        light: Params = {**ALL, "until": int(self.since.timestamp()), "fields": "id,created_time,updated_time"}
        found = []
        for page in islice(self.pages(f"{self.me}/feed", light), GLANCE):
            for post in _posts(page):
                moved = when(post.get("updated_time") or post["created_time"], page, "/updated_time")
                if moved >= self.window.changed_since and post["id"] not in self.all_given():
                    found.append([post["id"], ""])
        return found

    def all_given(self) -> set[str]:
        """After an interruption the Page's own are listed once more, of each post its id only."""
        if self.given is None:
            light: Params = {**ALL, **self.span, "fields": "id,created_time"}
            self.given = {post["id"] for page in self.pages(f"{self.me}/published_posts", light) for post in _posts(page)}
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
        words = "; ".join([*self.todo.refused, *listed])
        return {"short": f"{words}; docs/platforms/facebook.md says what to do"} if words else {}

    def messages(self) -> Iterator[Exchange]:
        for page in self.mail.read(f"{self.me}/conversations"):
            yield replace(page, context={**page.context, **self.short}, cursor=self.todo.cursor)

    def note_threads(self, posts: Iterable[dict[str, Any]], page: Exchange) -> None:
        """Comments on the posts of the Page's own wall, and on each photo of several; those on posts elsewhere, which only tag it, are not
        ours. `updated_time` tells of comments that the counts leave out: those on comments."""
        for post in posts:
            if not post["id"].startswith(f"{self.me}_") or _is_planned(post):
                continue
            reading, root, updated = Reading(page), [_kind(post, page), post["id"]], post.get("updated_time")
            count, sign = _count(post, "comments", reading), f"{_counts(post, reading, '').get('comments')} {updated}"
            published = when(post["created_time"], page, "/created_time")
            if not self.window.wants(_record_id(post["id"]), published, sign, all_told=updated is not None):
                continue
            if count != 0 or updated != post["created_time"]:
                self.todo.threads.append([post["id"], *root])
            self.todo.threads += [[photo, *root] for photo, told in _threaded(post, reading).items() if told["comments"]]
            self.note_read(post["id"])

    def note_read(self, root: str) -> None:
        """Say so where no comments on this post are still to be read."""
        if not any(root == waiting for _, _, waiting in self.todo.threads):
            self.window.read(_record_id(root))

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.posts:
            yield from self.thread() if self.todo.threads else self.posts()

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post or photo. What has gone since it was listed is seen to by the next capture."""
        todo, (asked, kind, root) = self.todo, self.todo.threads[0]
        context = {"edge": "comments", "root": _record_id(root), "root_kind": kind}
        try:
            for page in self.pages(f"{in_path(asked)}/comments", THREAD, todo.comments, **context):
                todo.comments = page.cursor
                if page.cursor is None:
                    del todo.threads[0]
                yield replace(page, cursor=todo.cursor)
            self.note_read(root)
        except AccountUnavailable:
            del todo.threads[0]
            todo.comments = None

    def posts(self) -> Iterator[Exchange]:
        """The next of `posts` by id; of a reel whose post cannot be seen, the video."""
        batch = dict(self.todo.posts[:POSTS_BY_ID])
        for asked, answer, there in self.by_id(list(batch), ALONE, size=POSTS_BY_ID, edge="posts"):
            video, whole = batch[asked[0]] if asked else "", None
            if there:
                whole = self.with_files(answer, _posts(answer))
                self.note_threads(_posts(answer), whole)
            elif video:
                whole = self.get(in_path(video), {"fields": VIDEOS}, edge="videos", post=asked[0])
                self.todo.threads.append([video, "post", asked[0]])
            elif self.window.kind == "one":
                raise UsageError(f"{self.window.url} cannot be seen on this Page", "It is gone, or another's.")
            self.todo.posts = [post for post in self.todo.posts if post[0] not in asked]
            if whole is not None:
                yield replace(whole, cursor=self.todo.cursor)

    def with_files(self, exchange: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """An answer with posts, and in its context what only their photos and videos themselves say: `files`, by their ids."""
        wanted = [_files(post, Reading(exchange)) for post in posts]
        return self.with_told(exchange, *([native for found in wanted for native in found[which]] for which in (0, 1)))

    def with_story_files(self, page: Exchange, wanted: Callable[[dict[str, Any]], bool]) -> Exchange:
        """The same of stories; those that are not wanted are left out of it."""
        told = [story for _, story in stories_in(page) if wanted(story)]
        left = [story["post_id"] for _, story in stories_in(page) if story not in told]
        natives = [(story["media_id"], is_film(story)) for story in told if story.get("media_id")]
        whole = self.with_told(page, *([native for native, film in natives if film == sort] for sort in (False, True)))
        return replace(whole, context={**whole.context, "elsewhere": left}) if left else whole

    def is_new(self, story: dict[str, Any]) -> bool:
        """The file of each costs a call. One that is not shown any more is read once, by a window of all; a lookup sees to its end."""
        return not is_over(story) or (self.since is None and not self.window.files(_record_id(story["post_id"])))

    def with_told(self, exchange: Exchange, photos: list[str], videos: list[str]) -> Exchange:
        files: dict[str, Any] = {}
        with self.graph.completing():
            for natives, fields in ((photos, PHOTOS), (videos, FILMS)):
                for _, answer, there in self.by_id(list(dict.fromkeys(natives)), fields):
                    if there:
                        files |= {file["id"]: _told(file, Reading(answer), pointer) for pointer, file in objects(answer)}
        return replace(exchange, context={**exchange.context, "files": files}) if files else exchange

    def post_of(self, url: str) -> list[str]:
        """[the post of a permalink, its video]. The post of a photo or a video is known to the photo or video itself."""
        what, number = _permalink(url, self.me)
        if what == "post":
            return [f"{self.me}_{number}", ""]
        name = "page_story_id" if what == "photo" else "post_id"
        try:
            answer = self.get(in_path(number), {"fields": f"id,{name}"})
        except AccountUnavailable as gone:
            raise UsageError(f"{url} cannot be seen", "It is gone, or another's.") from gone
        told = content_of(answer)
        post = told.get(name) if isinstance(told, dict) else None
        return [post if isinstance(post, str) and "_" in post else f"{self.me}_{post or number}", number if what == "video" else ""]


def _permalink(url: str, me: str) -> tuple[str, str]:
    """(post, photo or video, its number) of an address; UsageError where it is none of this Page's."""
    try:
        parts = urlsplit(url)
        query, host = parse_qs(parts.query), parts.hostname or ""
    except ValueError:
        parts, query, host = urlsplit(""), {}, ""
    if host == SERVER or host.endswith(f".{SERVER}"):
        for what, (name, path) in _PERMALINKS.items():
            found = path.search(parts.path)
            number = query[name][0] if name in query else found[1] if found else None
            if number and query.get("id", [me])[0] == me:
                return what, number
    raise UsageError(f"{url} is not the address of a post of this Page", "It reads https://www.facebook.com/<page>/posts/<number>.")


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a Page, a post, a story, a comment, a reel, a message, a list of them, or several by their ids; or of blocked people."""
    if holds_none(exchange):
        return
    if exchange.context.get("edge") == "blocked":
        yield _blocked(exchange)
        return
    for reading, pointer, item in readings(exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Facebook)
    """A body without its request: which list it is, is told by its address, by those of its other pages, or by fields and ids."""
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = content_of(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = [url, *(paging.get(name) for name in ("next", "previous"))] if isinstance(paging, dict) else [url]
    edge = next((match[1] for address in told if isinstance(address, str) and (match := _EDGE.search(address))), None)
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


def _posts(exchange: Exchange) -> list[dict[str, Any]]:
    posts = list(objects(exchange))
    for pointer, post in posts:
        POST.check(post, exchange, pointer)
    return [post for _, post in posts]


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    edge = reading.context.get("edge")
    if edge in ("conversations", "messages") or (edge is None and is_private(item)):
        yield from messages_in(item, reading, pointer, MESSENGER)
    elif edge == "stories" or (edge is None and is_story(item)):
        if item.get("post_id") not in reading.context.get("elsewhere", []):
            yield _story(item, reading, pointer)
    elif edge == "videos":
        yield _reel(item, reading, pointer)
    elif edge == "comments" or (edge is None and _is_comment(item)):
        yield _comment(item, reading, pointer)
    elif edge is None and "created_time" not in item:
        yield _profile(item, reading, pointer)
    elif item.get("id") not in reading.context.get("elsewhere", ()):
        yield from _post(item, reading, pointer)


def _is_comment(item: dict[str, Any]) -> bool:
    """Of a saved item: by fields that only comments have."""
    address, only = item.get("permalink_url"), ("comment_count", "like_count", "parent", "is_private", "can_comment")
    return not item.keys().isdisjoint(only) or (isinstance(address, str) and "comment_id=" in address)


def _record_id(native: str) -> str:
    return f"facebook:{native}"


def _is_planned(post: dict[str, Any]) -> bool:
    """Not published yet. What never was to be on the timeline (an advertisement) is not published either, but has no time."""
    return post.get("is_published") is False and bool(post.get("scheduled_publish_time"))


def _kind(post: dict[str, Any], exchange: Exchange) -> str:
    """`post` is by our account. Of a saved one the number before its own is the owner of the wall."""
    author, account = (post.get("from") or {}).get("id"), exchange.context.get("account")
    if account is None:
        return "post" if author in (None, post["id"].partition("_")[0]) else "comment"
    return "post" if author == account or exchange.context.get("edge") == "published_posts" else "comment"


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    if _is_planned(item):
        return
    native, parent, kind, unpublished = item["id"], item.get("parent_id"), _kind(item, reading.exchange), item.get("is_published") is False
    found = _attached(item, reading, pointer)
    yield _record(
        item,
        reading,
        pointer,
        native,
        kind,
        root_id=_record_id(native),
        text=_together(item.get("message"), found.words),
        title=item.get("story"),
        visibility="unpublished" if unpublished else reading.part(PRIVACY, item, "privacy", pointer).get("value") or None,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=_mentions(item, reading, pointer),
        shared_id=_record_id(parent) if parent and parent != native else None,
        counts=_counts(item, reading, pointer) or None,
        tally="own" if kind == "post" and not unpublished else None,
    )
    for i, comment in enumerate((item.get("comments") or {}).get("data") or ()):  # a saved post may hold some
        yield _comment(comment, reading, f"{pointer}/comments/data/{i}", (kind, _record_id(native)))


def _comment(item: dict[str, Any], reading: Reading, pointer: str, under: tuple[str, str] | None = None) -> Record:
    """`under`: kind and record_id of the post that it stands in."""
    context = reading.context
    reading.check(COMMENT, item, pointer)
    native, above, post = _ids(item, reading, pointer)
    kind_of_root, root_id = under or (context.get("root_kind", "post"), context.get("root", post))
    kind, parent_id = "comment" if above is None and kind_of_root == "post" else "reply", _record_id(above) if above else root_id
    kind, parent_id, root_id = context.get("places", {}).get(native, (kind, parent_id, root_id))
    attachment = reading.part(ATTACHMENT, item, "attachment", pointer)
    found = _pieces([(f"{pointer}/attachment", attachment)] if attachment else [], reading)
    counts = {ours: item[name] for ours, name in (("likes", "like_count"), ("comments", "comment_count")) if item.get(name) is not None}
    return _record(
        item,
        reading,
        pointer,
        native,
        kind,
        parent_id=parent_id,
        root_id=root_id,
        text=item.get("message") or "",
        visibility="private" if item.get("is_private") else None,
        media=found.media,
        links=list(dict.fromkeys(filter(None, found.links))),
        mentions=_names(reading.each(WHO, item, "message_tags", pointer), reading.me),
        counts=counts or None,
    )


def _blocked(exchange: Exchange) -> Record:
    """Of a saved list its address tells whose it is."""
    reading, found = Reading(exchange), [item for _, _, item in readings(exchange)]
    for person in (*found, *exchange.context.get("more", ())):
        reading.check(PERSON, person, "/data")
    native = reading.me or next(iter(_WHOSE.findall(urlsplit(exchange.url).path)), "unknown")
    lines = [
        moderation.who("blocked", person.get("name") or person["id"], person["id"]) for person in (*found, *reading.context.get("more", ()))
    ]
    return moderation.moderation(_record_id(native), native, lines, reading)


def _story(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    native = facebook_stories.checked(item, reading, pointer).get("media_id")
    told, media = reading.context.get("files", {}).get(native) or {}, list[Media]()
    if native and is_film(item):
        media = _film(native, told.get("source"), told.get("length"), told.get("tracks", ()))
    elif native and told.get("source"):
        media = [_photo(native, told)]
    return story_of(item, reading, pointer, _record_id(item["post_id"]), media)


def _reel(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """The video of a reel whose post cannot be read, under that post's id."""
    native = reading.context["post"]
    reading.check(VIDEO, item, pointer)
    told = {"likes": _count(item, "likes", reading, pointer), "comments": _count(item, "comments", reading, pointer)}
    counts = {name: n for name, n in told.items() if n is not None}
    return _record(
        item,
        reading,
        pointer,
        native,
        "post",
        root_id=_record_id(native),
        text=_together(item.get("description"), [item.get("title")]),
        media=_film(item["id"], item.get("source"), item.get("length"), _tracks(item, reading, pointer)),
        counts=counts or None,
        tally="own",
    )


def _record(item: dict[str, Any], reading: Reading, pointer: str, native: str, kind: str, **more: Any) -> Record:
    """What posts, comments and reels have in common: author, time, address, status."""
    author, address, me = reading.part(WHO, item, "from", pointer), item.get("permalink_url"), reading.me
    by, left = author.get("id"), reading.taken_with(item.get("message", item.get("description")), f"{pointer}/message")
    hidden = next((reason for name, reason in _HIDDEN.items() if item.get(name)), None)
    return Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        url=f"https://www.facebook.com{address}" if address and address.startswith("/") else address,
        author_id=by,
        author_name=author.get("name"),
        author_is_account=None if me is None else by == me if by else kind == "post" or None,
        published_at=when(item["created_time"], reading.exchange, f"{pointer}/created_time"),
        status=HIDDEN if hidden else VISIBLE,
        acted_by="agency" if hidden else None,
        status_reason=hidden,
        repaired=id(item) in reading.touched,
        leftover=left,
        **more,
    )


def _ids(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """Of a comment: its id, the id of the comment that it answers, the record_id of its post. Without the task MODERATE it has no id, but

    https://www.facebook.com/<page>/posts/<post>/?comment_id=<the comment that it answers, or itself>&reply_comment_id=<itself>
    """
    try:
        parts = urlsplit(item.get("permalink_url") or "")
    except ValueError:
        raise wrong(reading.exchange, f"{pointer}/permalink_url", "an address", item["permalink_url"]) from None
    query, post = parse_qs(parts.query), _OF_POST.search(parts.path)
    steps = [f"{post[2]}_{query[name][0]}" for name in ("comment_id", "reply_comment_id") if name in query] if post else []
    native = item.get("id") or (steps[-1] if steps else None)
    if native is None:
        raise wrong(reading.exchange, f"{pointer}/id", "text", "nothing")
    above = reading.part(PARENT, item, "parent", pointer).get("id") or (steps[0] if len(steps) == 2 else None)
    return native, above, _record_id(f"{post[1]}_{post[2]}") if post else None


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the Page says of itself is the text; its web sites are links, picture and cover media."""
    reading.check(PROFILED, item, pointer)
    lines = [f"{label}: {item[name]}" for name, label in LINES.items() if item.get(name)]
    lines += [f"Email: {address}" for address in item.get("emails") or ()] + [f"{k}: {v}" for k, v in (item.get("hours") or {}).items()]
    links = [*(item.get("website") or "").split(), item.get("privacy_info_url"), item.get("link")]
    return Record(
        record_id=_record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=item.get("link"),
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item.get("username"),
        author_is_account=None if reading.me is None else item["id"] == reading.me,
        text="\n\n".join(filter(None, (*(item.get(name) for name in ABOUT), "\n".join(lines)))),
        title=item["name"],
        visibility="unpublished" if item.get("is_published") is False else None,
        media=_profile_media(item, reading, pointer),
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _profile_media(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """The picture has no id, but a file's name; a silhouette stands for none."""
    picture = reading.part(PICTURE, reading.part(ONE, item, "picture", pointer), "data", f"{pointer}/picture")
    cover, media = reading.part(COVER, item, "cover", pointer), []
    if (url := picture.get("url")) and not picture.get("is_silhouette"):
        media.append(Media(file_name(url, reading.exchange), "image", url, width=picture.get("width"), height=picture.get("height")))
    if url := cover.get("source"):
        media.append(Media(cover.get("id") or file_name(url, reading.exchange), "image", url, position=len(media) + 1))
    return media


# -------------------------------------------------------------------------------------------------------------------- parts of an item


class _Found(NamedTuple):
    """What attachments hold. `words`: what their author wrote."""

    media: list[Media]
    links: list[str | None]
    words: list[str | None]


def _count(item: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    """The total of a connection's summary."""
    connection = reading.part(CONNECTION, item, name, pointer)
    return reading.part(SUMMARY, connection, "summary", f"{pointer}/{name}").get("total_count")


def _counts(post: dict[str, Any], reading: Reading, pointer: str) -> dict[str, int]:
    """Comments are those that answer the post or one of its photos."""
    comments = _count(post, "comments", reading, pointer)
    if comments is not None:
        comments += sum(told["comments"] or 0 for told in _threaded(post, reading).values())
    shares = reading.part(SHARES, post, "shares", pointer).get("count")
    if reading.me is not None and not post["id"].startswith(f"{reading.me}_"):
        comments = None  # on somebody else's wall they are not read, and not to be compared with what is
    counts = {"likes": _count(post, "reactions", reading, pointer), "shares": shares, "comments": comments}
    return {name: n for name, n in counts.items() if n is not None}


def _mentions(post: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """Who is tagged in its words, to whom it is addressed, and where it says that it was written; without the Page itself."""
    addressed = reading.each(WHO, reading.part(CONNECTION, post, "to", pointer), "data", f"{pointer}/to")
    tagged = [one for name in ("message_tags", "story_tags") for one in reading.each(WHO, post, name, pointer)]
    return _names([*tagged, *addressed, reading.part(PLACE, post, "place", pointer)], reading.me)


def _names(found: Iterable[dict[str, Any]], me: str | None) -> list[str]:
    return list(dict.fromkeys(name for one in found if (name := one.get("name") or one.get("id")) and (me is None or one.get("id") != me)))


def _attached(post: dict[str, Any], reading: Reading, pointer: str) -> _Found:
    """Attachments, links side by side, and the event of a post."""
    found = _pieces(_attachments(post, reading, pointer), reading)
    links, words = found.links, found.words
    for child in reading.each(CHILD, post, "child_attachments", pointer):
        links.append(_unshimmed(child.get("link")))
        words += [child.get("name"), child.get("description")]
    event = reading.part(EVENT, post, "event", pointer)
    place = reading.part(PLACE, event, "place", f"{pointer}/event")
    times = " - ".join(filter(None, (event.get("start_time"), event.get("end_time"))))
    words += [event.get("name"), times, place.get("name"), event.get("description"), "Canceled" if event.get("is_canceled") else None]
    return found


def _attachments(post: dict[str, Any], reading: Reading, pointer: str = "") -> list[tuple[str, dict[str, Any]]]:
    """(pointer, attachment) of all of a post's, each followed by its parts."""
    found: list[tuple[str, dict[str, Any]]] = []
    outer = reading.each(ATTACHMENT, reading.part(CONNECTION, post, "attachments", pointer), "data", f"{pointer}/attachments")
    for i, attachment in enumerate(outer):
        where = f"{pointer}/attachments/data/{i}"
        inner = reading.each(ATTACHMENT, reading.part(CONNECTION, attachment, "subattachments", where), "data", f"{where}/subattachments")
        found += [(where, attachment), *((f"{where}/subattachments/data/{j}", one) for j, one in enumerate(inner))]
    return found


def _pieces(attachments: Iterable[tuple[str, dict[str, Any]]], reading: Reading) -> _Found:
    """Media, links and words of attachments. The picture of an album is that of its first part."""
    found = _Found([], [], [])
    for pointer, one in attachments:
        sorts = one.get("media_type"), one.get("type")
        found.words.append(None if TITLED.isdisjoint(sorts) else one.get("title"))
        found.words.append(None if DESCRIBED.isdisjoint(sorts) else one.get("description"))
        target = reading.part(TARGET, one, "target", pointer)
        pictured = PICTURED.search(" ".join(map(str, sorts)))
        if not pictured or "event" in sorts:
            found.links.append(_unshimmed(one.get("unshimmed_url") or one.get("url") or target.get("url")))
        if pictured and not (one.get("subattachments") or {}).get("data"):
            found.media.extend(_pictures(one, target, reading, pointer))
    for position, file in enumerate(found.media, 1):
        file.position = position
    return found


def _pictures(one: dict[str, Any], target: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """A photo at its full size and with its alternative text, where the photo itself told them; a video and its captions."""
    shown = reading.part(MEDIA, one, "media", pointer)
    image = reading.part(IMAGE, shown, "image", f"{pointer}/media")
    identity = target.get("id") or one.get("unshimmed_url") or file_name(image.get("src") or "", reading.exchange)
    told = reading.context.get("files", {}).get(identity) or {}
    if shown.get("source") or "video" in f"{one.get('media_type')} {one.get('type')}":
        return _film(identity, shown.get("source") or told.get("source"), told.get("length"), told.get("tracks", ())) if identity else []
    photo = _photo(identity, told if told.get("source") else {**told, **image, "source": image.get("src")})
    return [photo] if identity and (photo.url or one.get("media_type") == "photo") else []  # an event may have none


def _photo(identity: str, told: Mapping[str, Any]) -> Media:
    """With the description that a person gave it."""
    alt = told.get("alt_text_custom") or told.get("alt_text")
    return Media(
        identity,
        "image",
        told["source"],
        alt_text=alt if alt and not AUTOMATIC.match(alt) else None,
        width=told.get("width"),
        height=told.get("height"),
        missing_reason=None if told["source"] else "Facebook gives no address of the photo",
    )


def _film(identity: str, url: str | None, length: float | None, tracks: Iterable[Mapping[str, Any]]) -> list[Media]:
    """A video and its captions; `length` is in seconds. A track that is replaced has another time."""
    duration = round(length * 1000) if length is not None and 0 <= length < 1e9 else None
    film = Media(identity, "video", url, duration=duration, missing_reason=None if url else "Facebook gives no address of the video")
    names = ((f"{identity}/{track.get('locale')}/{track.get('create_time')}", track.get("uri")) for track in tracks)
    return [film, *(Media(name, "document", address, position=i) for i, (name, address) in enumerate(names, 2))]


def _tracks(film: dict[str, Any], reading: Reading, pointer: str) -> list[dict[str, Any]]:
    tracks = reading.each(TRACK, reading.part(CONNECTION, film, "captions", pointer), "data", f"{pointer}/captions")
    return [{name: track.get(name) for name in ("locale", "create_time", "uri")} for track in tracks if not track.get("is_draft")]


def _files(post: dict[str, Any], reading: Reading) -> tuple[list[str], list[str]]:
    """Ids of its photos, and of its videos."""
    photos, videos = dict[str, None](), dict[str, None]()
    for pointer, one in _attachments(post, reading):
        sort, native = one.get("media_type") or one.get("type") or "", reading.part(TARGET, one, "target", pointer).get("id")
        if native and (sort == "photo" or "video" in sort):
            (photos if sort == "photo" else videos)[native] = None
    return list(photos), list(videos)


def _threaded(post: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """What is told of the photos of a post with several: each has comments of its own. Those on a single one are the post's."""
    told, (photos, _) = reading.context.get("files", {}), _files(post, reading)
    return {native: told[native] for native in photos if native in told} if len(photos) > 1 else {}


def _told(file: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    """What a photo or a video says of itself, for the context of its post; of a photo its largest size."""
    reading.check(FILE, file, pointer)
    told = {name: file[name] for name in ("alt_text", "alt_text_custom", "source", "length") if file.get(name) is not None}
    if tracks := _tracks(file, reading, pointer):
        told["tracks"] = tracks
    if sizes := reading.each(SIZE, file, "images", pointer):
        told |= max(sizes, key=lambda size: int(size["width"] * size["height"]))
    return {**told, "comments": _count(file, "comments", reading, pointer)}


def _together(message: str | None, words: Iterable[str | None]) -> str:
    """The message, and below it what else its author wrote and it does not say."""
    text = message or ""
    for more in words:
        if more and more not in text:
            text = f"{text}\n\n{more}" if text else more
    return text


def _unshimmed(address: str | None) -> str | None:
    """The address that a link of l.facebook.com leads to: the link itself is signed anew each time."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return address
    if (parts.hostname or "").endswith("l.facebook.com") and parts.path == "/l.php":
        return parse_qs(parts.query).get("u", [address or ""])[0]
    return address
