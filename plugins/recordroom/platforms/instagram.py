"""Instagram's professional accounts: the profile, posts, reels and stories, posts of others that tag the account, comments and replies.

Read (https://developers.facebook.com/docs/instagram-platform/reference/ and /instagram-graph-api/reference/, 2026-11-25; fields checked
against the PyPI package facebook-business 26):
  /me, /<user>                        the profile, in every window
  /<user>/stories                     first, because each is shown for 24 hours only
  /<user>/tags                        posts of others in which the account is tagged
  /<user>/media                       posts and reels, the newest 10,000
  /<media>/comments                   newest first, 50 a page, each with the first replies to it
  /<comment>/replies                  the rest of them, where that list is cut
  /<id>, /?ids=                       what was expected and not seen

One API behind two logins. A token of Instagram's own login asks graph.instagram.com, where /me is the account: there `id` is the app's own
number of it and `user_id` the one that is the same everywhere. One of Facebook's login asks graph.facebook.com, where /me is a Page, a
person or a system user, and the account is that of a Page. Facebook's tokens begin with EAA (seen in all of its examples, not promised).

A story that ends is no removal: from 24 hours after its publication on it is `unavailable`, by the platform, and no number of them that end
at once is doubted. Addresses of files are signed anew in every answer: a file is called by the id of its media. No edit has a time.
`comments_count` holds replies, and comments of restricted people that nobody is shown. Error 100 says that something is gone or must not
be seen, never which of them. docs/platforms/instagram.md says what the API never gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
from recordroom.platforms import Client, Known, Limit, Platform, Renewal, Token, TokenClient, Window, minutes
from recordroom.platforms.answers import wrong
from recordroom.platforms.meta import (
    AUTOMATIC,
    BATCH,
    Graph,
    Reading,
    Walk,
    code_of,
    file_name,
    inspected,
    next_of,
    objects,
    readings,
    renewed,
)
from recordroom.platforms.paging import Params
from recordroom.platforms.shapes import FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Shape, content_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
FACEBOOKS = "EAA"  # what its tokens begin with
INSTAGRAM, FACEBOOK, SERVER = "https://graph.instagram.com", "https://graph.facebook.com", "instagram.com"
_REFERENCE = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#instagram-graph-api"
_TOKENS = "https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token"
PLATFORM = Platform(
    name="instagram",
    title="Instagram",
    parser=1,
    every=minutes(15),  # of the 24 hours of a story
    address=(r"^/[\w.]+/?$", "https://www.instagram.com/<name of the account>"),
    secrets=("token",),
    ids_in_a_lookup=BATCH,
    messages="direct messages; switch them off in the account's settings, or download the account's information",
    renewal=Renewal(before=timedelta(days=45), youngest=timedelta(hours=24), spared=FACEBOOKS),
    limits=(
        Limit("posts listed", 10_000, "of the account, the newest", f"{_REFERENCE}/ig-user/media", "2026-11-24"),
        Limit("posts in a page of a list", 100, "posts", "https://developers.facebook.com/docs/graph-api/results", "2026-11-24"),
        Limit("comments in a page", 50, "comments", f"{_REFERENCE}/ig-media/comments", "2026-11-24"),
        Limit("life of a story", 24, "hours, then it is not given any more", f"{_REFERENCE}/ig-user/stories", "2026-11-25"),
        Limit("calls", 4800, "in 24 hours, for each impression of the account's content in them", _RATES, "2026-11-24"),
        Limit("life of a token of Instagram's login", 60, "days, then consent again", _TOKENS, "2026-11-25"),
    ),
)
PAGE_SIZE, COMMENT_PAGE = 100, 50
LISTED = 10_000
CUT_FROM = 25  # the API's own size of a page: so many replies may have been cut, though no next page is told
STORY_LIVES = timedelta(hours=24)

_FILE = "id,media_type,media_url,thumbnail_url,alt_text"
_PUBLIC = "id,caption,media_type,media_product_type,media_url,permalink,timestamp,username,like_count,comments_count"
TAGGED = f"{_PUBLIC},children{{id,media_type,media_url}}"  # of other people's posts no more is given
MEDIA = f"{_PUBLIC},thumbnail_url,shortcode,owner,alt_text,is_comment_enabled,is_shared_to_feed,children{{{_FILE}}}"
SAID = "id,text,timestamp,username,from,like_count,hidden,parent_id"
COMMENTS = f"{SAID},replies.limit({COMMENT_PAGE}){{{SAID}}}"
PROFILE = "username,name,biography,website,profile_picture_url"

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER, _ID = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER, ID))
_ADS, _LIVE = "with advertisements and cross-posts", "about a broadcast while it runs"
POST = Shape(
    {"id": TEXT, "caption": _TEXT, "media_type": _TEXT, "media_product_type": _TEXT, "media_url": _TEXT, "thumbnail_url": _TEXT}
    | {"alt_text": _TEXT, "permalink": _TEXT, "timestamp": _TEXT, "username": _TEXT, "owner": _ITEM, "like_count": _NUMBER}
    | {"comments_count": _NUMBER, "children": _ITEM, "comments": _ITEM},
    dict.fromkeys(("total_comments_count", "total_like_count", "total_views_count"), f"counts {_ADS}")
    | dict.fromkeys(("reposts_count", "saved_count", "shares_count", "view_count"), "insights, which are not captured")
    | dict.fromkeys(("boost_eligibility_info", "boost_ads_list", "copyright_check_information"), "about advertising")
    | dict.fromkeys(("live_status", "current_live_viewer_count", "live_reactions"), _LIVE)
    | {"shortcode": "said by permalink", "is_comment_enabled": "a switch, which stands in the evidence", "ig_id": "an older id"}
    | {"is_shared_to_feed": "where it is shown", "legacy_instagram_media_id": "an older id", "is_ai_generated": "stands in the evidence"},
)
CHILD = Shape(
    {"id": TEXT, "media_type": _TEXT, "media_url": _TEXT, "thumbnail_url": _TEXT, "alt_text": _TEXT},
    dict.fromkeys(("timestamp", "permalink", "shortcode", "username", "owner", "ig_id", "media_product_type"), "those of the carousel"),
)
_SAID = {"id": TEXT, "text": _TEXT, "timestamp": TEXT, "username": _TEXT, "from": _ITEM, "like_count": _NUMBER, "hidden": _FLAG}
_SAID_TWICE = {"user": "said by from", "legacy_instagram_comment_id": "an older id"}
COMMENT = Shape(_SAID | {"parent_id": _TEXT, "media": _ITEM, "replies": _ITEM}, _SAID_TWICE)
REPLY = Shape(_SAID | {"parent_id": _TEXT}, _SAID_TWICE | {"media": "said by the comment"})
PROFILED = Shape(
    {"id": _TEXT, "user_id": _ID, "username": TEXT, "name": _TEXT, "biography": _TEXT, "website": _TEXT, "profile_picture_url": _TEXT},
    dict.fromkeys(("followers_count", "follows_count", "media_count"), "counters of no record")
    | {"ig_id": "an older id", "account_type": "business or creator", "has_profile_pic": "said by profile_picture_url"},
)
HOLDER = Shape({"id": _TEXT, "user_id": _ID, "username": _TEXT, "name": _TEXT, "instagram_business_account": _ITEM})
COUNTED = Shape({"id": _TEXT, "media_count": NUMBER})
SHOWN = Shape({"id": TEXT, "comments_count": _NUMBER, "comments": _ITEM})
FOUND = Shape({"id": TEXT, "shortcode": _TEXT, "permalink": _TEXT})
WHO = Shape({"id": _TEXT, "username": _TEXT}, {"self_ig_scoped_id": "said by id"})
OF = Shape({"id": _TEXT}, dict.fromkeys(("media_product_type", "media_type", "permalink", "timestamp", "owner"), "read where it is a post"))
CONNECTION = Shape({"data": _LIST, "paging": _ITEM})

_NAMED, _TAG = re.compile(r"(?<![\w.@])@([\w](?:[\w.]{0,28}[\w])?)", re.ASCII), re.compile(r"(?<![\w&#])#(\w*[^\W\d]\w*)")
_PERMALINK = re.compile(r"^(?:/[\w.]+)?/(?:p|reel|tv)/([\w-]+)/?$|^/(stories)/[\w.]+/([0-9]+)/?$", re.ASCII)
_EDGE = re.compile(r"/(comments|replies|stories|tags|media)(?:\?|$)")
_NO_FILE = "Instagram gives no address of it: licensed or copyrighted sound, or a claim against it"
_GONE = "gone, or not to be seen with this token: Instagram does not say which"
_OVER = "its 24 hours are over: Instagram shows and gives a story no longer; whether it was deleted before that is not known"
_HIDDEN = "hidden: by the account, or by its filter of words; Instagram does not say which"
_NO_TAGS = frozenset({3, 10, 100, 2500, *range(200, 300)})  # the permission or the edge is lacking
_OWN_TOKEN = "docs/platforms/instagram.md says how to get a token of this account."  # noqa: S105 (words)


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` among those that the token may read; the one that is known already, whatever it is called now."""
    names: list[str] = []
    wanted = _handle_in(account.url)
    for native, told, exchange in _readable(account, client):
        handle = told.get("username")
        if account.identity is not None or (handle or "").lower() == wanted:
            return Identity(native, SERVER, told.get("name") or handle, handle, exchange)
        names.append(handle or native)
    words = f"the token reads {', '.join(names) or 'no Instagram account'}, the register says {account.url}"
    raise AccountUnavailable(words, f"If it was renamed, correct `url`. Else: {_OWN_TOKEN}")


def totals(account: Account, client: Client) -> Totals | None:
    """`post`: what stands on the profile."""
    walk = _Walk(account, client)
    exchange = walk.get(walk.node, {"fields": "media_count"})
    found = content_of(exchange)
    COUNTED.check(found, exchange, "")
    return Totals({"post": found["media_count"]}, exchange)


def renew(account: Account, client: TokenClient) -> Token:
    """Of Instagram's login alone; https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token, 2026-11-25."""
    return renewed(client, f"{(account.api_url or INSTAGRAM).rstrip('/')}/refresh_access_token", "ig_refresh_token")


def inspect(account: Account, client: TokenClient) -> Token:
    """Of Facebook's login."""
    return inspected(client, _base(account, client))


def _readable(account: Account, client: Client) -> Iterator[tuple[str, dict[str, Any], Exchange]]:
    """(id, names, answer) of the accounts that the token may read; of the known one alone, where there is one."""
    graph, base, known = Graph(client), _base(account, client), account.identity
    if not _is_facebooks(client):
        exchange = graph.get(f"{base}/me", {"fields": "user_id,username,name"})
        found = _held_by(content_of(exchange), exchange, "")
        yield str(found.get("user_id") or found.get("id")), found, exchange
    elif known is not None:
        exchange = graph.get(f"{base}/{known.native_id}", {"fields": "id,username,name"})
        yield known.native_id, _held_by(content_of(exchange), exchange, ""), exchange
    else:
        for holder, exchange, pointer in _holders(graph, base):
            found = Reading(exchange).part(HOLDER, holder, "instagram_business_account", pointer)
            if found.get("id"):
                yield found["id"], found, exchange


def _holders(graph: Graph, base: str) -> Iterator[tuple[dict[str, Any], Exchange, str]]:
    """The Page whose token it is; else the Pages of the person or system user."""
    linked = "id,instagram_business_account{id,username,name}"
    try:
        exchange = graph.get(f"{base}/me", {"fields": linked})
        yield _held_by(content_of(exchange), exchange, ""), exchange, ""
    except UnexpectedResponse as problem:
        if code_of(problem.exchange) != 100:  # else it has no such field
            raise
        for pointer, page in objects(exchange := graph.get(f"{base}/me/accounts", {"fields": linked, "limit": PAGE_SIZE})):
            yield _held_by(page, exchange, pointer), exchange, pointer


def _held_by(found: Any, exchange: Exchange, pointer: str) -> dict[str, Any]:
    HOLDER.check(found, exchange, pointer)
    held: dict[str, Any] = found
    return held


def _is_facebooks(client: Client) -> bool:
    return client.secrets.get("token", "").startswith(FACEBOOKS)


def _base(account: Account, client: Client) -> str:
    host = account.api_url or (FACEBOOK if _is_facebooks(client) else INSTAGRAM)
    return f"{host.rstrip('/')}/{VERSION}"


def _handle_in(url: str) -> str:
    return urlsplit(url).path.strip("/").partition("/")[0].lower()


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "stories"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    posts: list[str] = field(default_factory=list)  # to be asked for by id
    threads: list[list[str]] = field(default_factory=list)  # [post or comment, its edge, kind of the root, root, address of the next page]
    given: int = 0  # posts that were listed
    refused: str = ""  # why the posts that tag the account are not given

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


LISTS = {"stories": "tags", "tags": "media", "media": ""}  # and which is read next


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then list by list, page by page, each page followed by the comments on its posts."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", posts=[walk.post_of(window.url or "")])
        yield replace(walk.profile(), cursor=walk.todo.cursor)
    yield from walk.pending()
    while walk.todo.edge:
        yield from walk.tags() if walk.todo.edge == "tags" else walk.listed()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    stories = {k.record_id for k in known.values() if k.kind == "story"}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    for kind, edge in (("story", "stories"), ("post", "media")):
        for asked, answer, there in walk.by_id([k.native_id for k in known.values() if k.kind == kind], MEDIA, size=walk.batch, edge=edge):
            yield answer if there else _absence(known[asked[0]], answer, stories)
    yield from walk.tagged({k.native_id: k for k in known.values() if _is_tagged(k)})
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values() if k.kind in ("comment", "reply") and not _is_tagged(k)}
    confirmed = False
    for asked, answer, there in walk.by_id(list(places), SAID, size=walk.batch, edge="comments", places=places):
        if not there and not confirmed:
            walk.confirm_comments()
            confirmed = True
        yield answer if there else _absence(known[asked[0]], answer, stories)


def _is_tagged(known: Known) -> bool:
    """A post of somebody else, which is a comment on nothing."""
    return known.kind == "comment" and known.root_id in (None, known.record_id)


def _absence(known: Known, answer: Exchange, stories: set[str]) -> Absence:
    """Of what error 100 was told of. A story ends with its day, and what was said below it too."""
    asked_at = answer.fetched_at or datetime.now(UTC)
    if stories & {known.record_id, known.root_id} and known.began is not None and asked_at - known.began >= STORY_LIVES:
        return Absence(known.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


class _Walk(Walk):
    """One pass over a window. `node`: the account's own; `batch`: objects in one request, of which only Facebook's documentation speaks."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, _base(account, client), account.known.native_id, SERVER)
        self.context |= {"handle": account.known.handle}
        self.node, self.batch = (self.me, BATCH) if _is_facebooks(client) else ("me", 1)
        self.window = window or Window("full")
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None

    def profile(self) -> Exchange:
        return self.get(self.node, {"fields": PROFILE}, edge="profile")

    def listed(self) -> Iterator[Exchange]:
        """Stories or posts, each page followed by the comments on it. No order is promised; a page without anything of the last days ends
        those, pinned posts stand before all others."""
        edge = self.todo.edge
        span = {"since": int(self.since.timestamp())} if self.since and edge == "media" else {}
        for page in self.pages(f"{self.me}/{edge}", {**span, "fields": MEDIA, "limit": PAGE_SIZE}, self.todo.page, edge=edge):
            self.todo.given += len(_posts(page)) if edge == "media" else 0
            self.note_threads(page)
            self.turn(None if edge == "media" and self.is_past(page) else page.cursor)
            yield replace(page, context={**page.context, **self.short}, cursor=self.todo.cursor)
            yield from self.pending()
            if self.todo.edge != edge:
                return

    def tags(self) -> Iterator[Exchange]:
        """Posts of others that tag the account. A token that must not see them captures the rest all the same, and it is told."""
        try:
            for page in self.pages(f"{self.me}/tags", {"fields": TAGGED, "limit": PAGE_SIZE}, self.todo.page, edge="tags"):
                self.turn(None if self.is_past(page) else page.cursor)
                yield replace(page, cursor=self.todo.cursor)
                if self.todo.edge != "tags":
                    return
        except PlatformFailure as refusal:
            if code_of(refusal.exchange) not in _NO_TAGS:
                raise
            self.todo.refused = f"Instagram does not give the posts of others that tag the account (error {code_of(refusal.exchange)})"
            self.turn(None)

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = LISTS[self.todo.edge]

    def is_past(self, page: Exchange) -> bool:
        """Whether nothing in it is of the last days."""
        times = [_time(post, page, "") for post in _posts(page)]
        return self.since is not None and bool(times) and all(time is not None and time < self.since for time in times)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the lists leave out."""
        full = f"Instagram lists the newest {LISTED} posts, and gave {self.todo.given}: there may be more"
        words = "; ".join(filter(None, (self.todo.refused, full if self.todo.given >= LISTED else "")))
        return {"short": f"{words}; docs/platforms/instagram.md says what to do"} if words else {}

    def note_threads(self, page: Exchange) -> None:
        for post in _posts(page):
            if post.get("comments_count") != 0:
                self.todo.threads.append([post["id"], "comments", _kind(post, page), post["id"], ""])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.posts:
            yield from self.thread() if self.todo.threads else self.posts()

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post, or all replies to a comment. What has gone since it was listed is seen to by the next capture."""
        todo, entry = self.todo, self.todo.threads[0]
        asked, edge, kind, root, start = entry
        context = {"edge": edge, "root": _record_id(root), "root_kind": kind}
        context |= {"parent": _record_id(asked)} if edge == "replies" else {}
        params: Params = {"fields": COMMENTS if edge == "comments" else SAID, "limit": COMMENT_PAGE}
        try:
            for page in self.pages(f"{asked}/{edge}", params, start or None, **context):
                entry[4] = page.cursor or ""
                todo.threads += [[native, "replies", kind, root, more] for native, more in _longer(page)]
                if page.cursor is None:
                    del todo.threads[0]
                yield replace(page, cursor=todo.cursor)
        except AccountUnavailable:
            del todo.threads[0]

    def posts(self) -> Iterator[Exchange]:
        """The next of `posts`."""
        exchange = self.get(self.todo.posts[0], {"fields": MEDIA}, edge="media")
        self.note_threads(exchange)
        del self.todo.posts[0]
        yield replace(exchange, cursor=self.todo.cursor)

    def tagged(self, known: dict[str, Known]) -> Iterator[Exchange | Absence]:
        """Of other people's posts only the list knows: those that are not in the whole of it are gone."""
        if not known:
            return
        left = dict(known)
        for page in self.pages(f"{self.me}/tags", {"fields": TAGGED, "limit": PAGE_SIZE}, edge="tags"):
            there = [post["id"] for post in _posts(page) if left.pop(post["id"], None)]
            if there:
                yield page
        words = "it is not among the posts that tag the account any more: deleted, untagged or made private; Instagram does not say which"
        yield from (Absence(one.record_id, UNAVAILABLE, words, page) for one in left.values())

    def confirm_comments(self) -> None:
        """Blocked where comments are counted and none is shown: without the permission their lists are empty, and each looks gone."""
        page = self.get(f"{self.me}/media", {"fields": "id,comments_count,comments.limit(1){id}", "limit": PAGE_SIZE})
        reading, counted = Reading(page), 0
        for pointer, post in objects(page):
            reading.check(SHOWN, post, pointer)
            if reading.part(CONNECTION, post, "comments", pointer).get("data"):
                return
            counted += post.get("comments_count") or 0
        if counted:
            words = f"Instagram counts {counted} comments on the newest posts and shows none: the permission for comments is missing"
            raise Blocked(words, "docs/platforms/instagram.md names those that are needed.", page)

    def post_of(self, url: str) -> str:
        """The id of the post of a permalink, which only the lists know."""
        code, edge = _code_in(url)
        for page in self.pages(f"{self.me}/{edge}", {"fields": "id,shortcode,permalink", "limit": PAGE_SIZE}):
            for pointer, post in objects(page):
                FOUND.check(post, page, pointer)
                if code in (post.get("shortcode"), (post.get("permalink") or "").rstrip("/").rpartition("/")[2]):
                    return str(post["id"])
        raise UsageError(f"{url} cannot be seen on this account", "It is gone, or another's.")


def _code_in(url: str) -> tuple[str, str]:
    """(shortcode or number, the list in which it stands) of a permalink; UsageError where it is none of a post."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    found = _PERMALINK.match(parts.path) if host == SERVER or host.endswith(f".{SERVER}") else None
    if found is None:
        raise UsageError(f"{url} is not the address of a post on Instagram", "It reads https://www.instagram.com/p/<letters>/.")
    return (found[3], "stories") if found[2] else (found[1], "media")


def _posts(exchange: Exchange) -> list[dict[str, Any]]:
    posts = list(objects(exchange))
    for pointer, post in posts:
        POST.check(post, exchange, pointer)
    return [post for _, post in posts]


def _longer(page: Exchange) -> Iterator[tuple[str, str]]:
    """(comment, address of the next page of its replies) of those whose replies are not whole, or may not be."""
    reading = Reading(page)
    for pointer, comment in objects(page):
        reading.check(COMMENT, comment, pointer)
        replies = reading.part(CONNECTION, comment, "replies", pointer)
        more = next_of(replies, reading, f"{pointer}/replies")
        if more or len(replies.get("data") or ()) >= CUT_FROM:
            yield comment["id"], more or ""


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a story, a comment with its replies, a list of them, or several by their ids."""
    for reading, pointer, item in readings(exchange):
        edge = reading.context.get("edge") or _guessed(item)
        if edge in ("comments", "replies"):
            yield from _comment(item, reading, pointer)
        elif edge == "profile":
            yield _profile(item, reading, pointer)
        else:
            yield from _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Instagram)
    """A body without its request: which list it is, is told by its address, by those of its other pages, or by the fields of its items."""
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = content_of(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = [url, *(paging.get(name) for name in ("next", "previous"))] if isinstance(paging, dict) else [url]
    edge = next((match[1] for address in told if isinstance(address, str) and (match := _EDGE.search(address))), None)
    return replace(bare, context={**bare.context, "edge": edge}) if edge else bare


def _guessed(item: dict[str, Any]) -> str:
    """What a saved item is, by fields that only such have."""
    if "text" in item or "parent_id" in item:
        return "comments"
    only = ("media_type", "media_url", "media_product_type", "permalink", "caption", "shortcode", "timestamp")
    return "profile" if item.keys().isdisjoint(only) else "media"


def _record_id(native: str) -> str:
    return f"instagram:{native}"


def _time(item: dict[str, Any], exchange: Exchange, pointer: str) -> datetime | None:
    return when(item["timestamp"], exchange, f"{pointer}/timestamp") if item.get("timestamp") else None


def _kind(item: dict[str, Any], exchange: Exchange) -> str:
    """`post` is by our account; a post of somebody else that tags it is a comment on nothing."""
    edge = exchange.context.get("edge")
    if edge == "stories" or item.get("media_product_type") == "STORY":
        return "story"
    return "comment" if edge == "tags" else "post"


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    native, kind, caption, context = item["id"], _kind(item, reading.exchange), item.get("caption"), reading.context
    published, handle, tagged = _time(item, reading.exchange, pointer), item.get("username"), context.get("edge") == "tags"
    if reading.me is not None and published is None:
        raise wrong(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    ours = reading.me is not None and not tagged and (handle is None or context.get("handle") in (None, handle))
    owner = reading.part(WHO, item, "owner", pointer)
    counts = {
        as_ours: item[name] for as_ours, name in (("likes", "like_count"), ("comments", "comments_count")) if item.get(name) is not None
    }
    if tagged:
        counts.pop("comments", None)  # which are not given, and not to be compared with what is
    media = _files(item, reading, pointer)
    yield Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        root_id=_record_id(native),
        url=item.get("permalink"),
        author_id=reading.me if ours else owner.get("id"),
        author_handle=handle,
        author_is_account=None if reading.me is None else ours,
        text=caption or "",
        published_at=published,
        media=media,
        counts=counts or None,
        counts_replies=True,
        repaired=id(item) in reading.touched,
        mentions=_named(_NAMED, caption),
        tags=_named(_TAG, caption),
        leftover=reading.taken_with(caption, f"{pointer}/caption"),
    )
    for i, comment in enumerate(reading.part(CONNECTION, item, "comments", pointer).get("data") or ()):  # a saved post may hold some
        yield from _comment(comment, reading, f"{pointer}/comments/data/{i}", _record_id(native))


def _named(form: re.Pattern[str], text: str | None) -> list[str]:
    """Accounts or hashtags that a text names."""
    return list(dict.fromkeys(form.findall(text))) if text else []


def _files(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """All pictures and videos of a carousel, or the one of a post; a video is followed by the picture that stands for it."""
    children = reading.part(CONNECTION, item, "children", pointer)
    if next_of(children, reading, f"{pointer}/children"):
        reading.left.append("children.paging.next")  # a carousel holds twenty at most, fewer than a page
    found: list[Media] = []
    for one in reading.each(CHILD, children, "data", f"{pointer}/children") or [item]:
        sort, url, alt = one.get("media_type"), one.get("media_url"), one.get("alt_text")
        if sort is None and url is None:
            continue
        kind = "video" if sort == "VIDEO" else "image"
        alt = alt if alt and not AUTOMATIC.match(alt) else None
        found.append(Media(one["id"], kind, url, alt_text=alt, missing_reason=None if url else _NO_FILE))
        cover = one.get("thumbnail_url")
        if kind == "video" and (cover or reading.context.get("edge") in ("media", "stories")):
            found.append(Media(f"{one['id']}/thumbnail", "image", cover, missing_reason=None if cover else _NO_FILE))
    for position, file in enumerate(found, 1):
        file.position = position
    return found


def _comment(item: dict[str, Any], reading: Reading, pointer: str, post: str | None = None) -> Iterator[Record]:
    """A comment or a reply, and the first replies to a comment, which stand in it. `post`: the record_id of the post that it stands in."""
    reading.check(COMMENT, item, pointer)
    replies = reading.part(CONNECTION, item, "replies", pointer).get("data") or ()
    of = reading.part(OF, item, "media", pointer).get("id")
    parent, root = reading.context.get("parent"), reading.context.get("root") or post or (_record_id(of) if of else None)
    said = _said(item, reading, pointer, parent, root)
    yield said
    for i, reply in enumerate(replies):
        reading.check(REPLY, reply, f"{pointer}/replies/data/{i}")
        yield _said(reply, reading, f"{pointer}/replies/data/{i}", said.record_id, root)


def _said(item: dict[str, Any], reading: Reading, pointer: str, parent: str | None, root: str | None) -> Record:
    """`parent`: the comment in whose list of replies it stands."""
    context, native, text = reading.context, item["id"], item.get("text")
    above = _record_id(item["parent_id"]) if item.get("parent_id") else parent
    is_reply = above is not None or context.get("edge") == "replies"
    kind, parent_id, root_id = context.get("places", {}).get(native, ("reply", above, root) if is_reply else ("comment", root, root))
    by = reading.part(WHO, item, "from", pointer)
    handle, hidden = by.get("username") or item.get("username"), item.get("hidden") is True
    ours = reading.me is not None and (by.get("id") == reading.me or (handle is not None and handle == context.get("handle")))
    return Record(
        record_id=_record_id(native),
        kind=kind,
        native_id=native,
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        author_id=reading.me if ours else by.get("id"),
        author_handle=handle,
        author_is_account=None if reading.me is None or (handle is None and not by) else ours,
        text=text or "",
        published_at=when(item["timestamp"], reading.exchange, f"{pointer}/timestamp"),
        status=HIDDEN if hidden else VISIBLE,
        acted_by="agency" if hidden else None,
        status_reason=_HIDDEN if hidden else None,
        mentions=_named(_NAMED, text),
        tags=_named(_TAG, text),
        counts={"likes": item["like_count"]} if item.get("like_count") is not None else None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(text, f"{pointer}/text"),
    )


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the account says of itself; its web site and its address, which holds its name, are links."""
    reading.check(PROFILED, item, pointer)
    native = reading.me or str(item.get("user_id") or item.get("id"))
    url, picture = f"https://www.instagram.com/{item['username']}/", item.get("profile_picture_url")
    return Record(
        record_id=_record_id(native),
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=url,
        author_id=native,
        author_name=item.get("name"),
        author_handle=item["username"],
        author_is_account=True if reading.me else None,
        text=item.get("biography") or "",
        title=item.get("name") or item["username"],
        media=[Media(file_name(picture, reading.exchange), "image", picture)] if picture else [],
        links=list(filter(None, (item.get("website"), url))),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )
