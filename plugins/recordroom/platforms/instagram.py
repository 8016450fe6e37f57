"""Instagram's professional accounts: the profile, posts, reels and stories, posts of others that tag the account, comments and replies.

Read (https://developers.facebook.com/docs/instagram-platform/reference/ and /instagram-graph-api/reference/, 2026-11-25; fields checked
against the PyPI package facebook-business 26):
  /me, /<user>                        the profile, in every window
  /<user>/stories                     first, because each is shown for 24 hours only
  /<user>/tags                        posts of others in which the account is tagged
  /<user>/media                       posts and reels, the newest 10,000
  /<media>/comments                   newest first, 50 a page, each with the first replies to it
  /<comment>/replies                  the rest of them, where that list is cut
  /<account>/conversations            direct messages, where the register asks for them (meta_messages.py)
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

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse
from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
from recordroom.platforms import (
    Client,
    Code,
    Consent,
    Known,
    Limit,
    Platform,
    Renewal,
    Sign,
    Token,
    TokenClient,
    Window,
    minutes,
    permalinks,
)
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.meta import (
    BATCH,
    DAY,
    Graph,
    calls_of,
    code_of,
    file_name,
    granted,
    holds_none,
    inspected,
    next_of,
    objects,
    readings,
    renewed,
)
from recordroom.platforms.meta_lists import (
    CONNECTION,
    NAMED,
    PAGE_SIZE,
    TAGGED,
    ListWalk,
    files_of,
    handle_in,
    is_anothers,
    named_in,
    saved_of,
    time_of,
)
from recordroom.platforms.meta_messages import DIRECT, Reader, is_private, messages_in
from recordroom.platforms.paging import Params
from recordroom.platforms.permalinks import Permalinks, Refused, short
from recordroom.platforms.shapes import FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

VERSION = "v26.0"  # https://developers.facebook.com/docs/graph-api/changelog/, 2026-11-24
FACEBOOKS = "EAA"  # what its tokens begin with
INSTAGRAM, FACEBOOK, SERVER = "https://graph.instagram.com", "https://graph.facebook.com", "instagram.com"
CODES, SCOPES = "https://api.instagram.com", ("instagram_business_basic", "instagram_business_manage_comments")
_REFERENCE = "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference"
_RATES = "https://developers.facebook.com/docs/graph-api/overview/rate-limiting/#instagram-graph-api"
_TOKENS = "https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token"
PERMALINKS = Permalinks(
    what="a post on Instagram",
    form="https://www.instagram.com/p/<letters>/",
    hosts=(SERVER, "instagr.am"),
    refused=(
        short(r"(?:^|\.)instagram\.com/share/|^l\.instagram\.com(?:/|$)"),
        Refused(
            r"instagram\.com/(?:stories/highlights|s)/",
            "is a highlight, which Instagram gives to no program",
            "Copy the address of a post.",
        ),
        Refused(r"instagram\.com/reels/audio/", "is a sound", "Copy the address of the reel that has it."),
    ),
)
PLATFORM = Platform(
    name="instagram",
    title="Instagram",
    parser=2,
    permalinks=PERMALINKS,
    every=minutes(15),  # of the 24 hours of a story
    address=(r"^/[\w.]+/?$", "https://www.instagram.com/<name of the account>"),
    secrets=("token",),
    ids_in_a_lookup=BATCH,
    cost=calls_of,
    unshown="comments of people whom the account has restricted, and those on media with an age limit",
    messages="direct messages, read with the permission to manage messages; else switch them off in the account's settings, or download "
    "its information",
    reads_messages=True,
    renewal=Renewal(before=timedelta(days=45), needs=("token",), youngest=timedelta(hours=24), spared=FACEBOOKS),
    consent=Consent("https://www.instagram.com/oauth/authorize", SCOPES, ("instagram_business_manage_messages",), joined=",", proof=False),
    not_offered={
        "polls": "they stand in stories, and are not given",
        "events": "there are none",
        "names": "a handle only",
        "captions": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "held": "comments of restricted people are counted and not shown",
        "removed": "a 404 or an error tells no reason",
        "moderation": "neither restricted nor blocked people, nor the filter of words",
    },
    limits=(
        Limit("posts listed", 10_000, "of the account, the newest", f"{_REFERENCE}/ig-user/media", "2026-11-24"),
        Limit("posts in a page of a list", 100, "posts", "https://developers.facebook.com/docs/graph-api/results", "2026-11-24"),
        Limit("comments in a page", 50, "comments", f"{_REFERENCE}/ig-media/comments", "2026-11-24"),
        Limit("life of a story", 24, "hours, then it is not given any more", f"{_REFERENCE}/ig-user/stories", "2026-11-25"),
        Limit("calls", 4800, "in 24 hours, for each impression of the account's content in them", _RATES, "2026-11-24", DAY),
        Limit("life of a token of Instagram's login", 60, "days, then consent again", _TOKENS, "2026-11-25"),
    ),
)
COMMENT_PAGE = 50
LISTED = 10_000
CUT_FROM = 25  # the API's own size of a page: so many replies may have been cut, though no next page is told
STORY_LIVES = timedelta(hours=24)

_FILE = "id,media_type,media_url,thumbnail_url,alt_text"
_PUBLIC = "id,caption,media_type,media_product_type,media_url,permalink,timestamp,username,like_count,comments_count"
TAGGED_POSTS = f"{_PUBLIC},children{{id,media_type,media_url}}"  # of other people's posts no more is given
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
WHO = Shape({"id": _TEXT, "username": _TEXT}, {"self_ig_scoped_id": "said by id"})
OF = Shape({"id": _TEXT}, dict.fromkeys(("media_product_type", "media_type", "permalink", "timestamp", "owner"), "read where it is a post"))

_POST = re.compile(r"^(?:/[\w.]+)?/(?:p|reels?|tv)/([\w-]+)(?:/(?:c/.+|comments|embed(?:/captioned)?|liked_by))?$", re.ASCII)
_STORY = re.compile(r"^/stories/[\w.]+/([0-9]+)$", re.ASCII)
_EDGE = re.compile(r"/(comments|replies|stories|tags|media|conversations|messages)(?:\?|$)")
_NO_FILE = "Instagram gives no address of it: licensed or copyrighted sound, or a claim against it"
_GONE = "gone, or not to be seen with this token: Instagram does not say which"
_OVER = "its 24 hours are over: Instagram shows and gives a story no longer; whether it was deleted before that is not known"
_UNTAGGED = "it is not among the posts that tag the account any more: deleted, untagged or made private; Instagram does not say which"
_HIDDEN = "hidden: by the account, or by its filter of words; Instagram does not say which"
_OWN_TOKEN = "docs/platforms/instagram.md says how to get a token of this account."  # noqa: S105 (words)


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` among those that the token may read; the one that is known already, whatever it is called now."""
    names: list[str] = []
    wanted = handle_in(account.url)
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


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """Of Instagram's login; https://developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login/business-login,
    2026-11-25."""
    endpoint, longer = (f"{(account.api_url or host).rstrip('/')}" for host in (CODES, INSTAGRAM))
    return granted(client, f"{endpoint}/oauth/access_token", f"{longer}/access_token", "ig_exchange_token", code)


def renew(account: Account, client: TokenClient) -> Token:
    """Of Instagram's login alone; https://developers.facebook.com/docs/instagram-platform/reference/refresh_access_token, 2026-11-25."""
    return renewed(client, f"{(account.api_url or INSTAGRAM).rstrip('/')}/refresh_access_token", "ig_refresh_token")


def inspect(account: Account, client: TokenClient) -> Token:
    """Of Facebook's login, of itself: an id and a secret in the connection are those of Instagram's login."""
    token = client.secrets["token"]
    return inspected(client, _base(account, client), token, token)


def _readable(account: Account, client: Client) -> Iterator[tuple[str, dict[str, Any], Exchange]]:
    """(id, names, answer) of the accounts that the token may read; of the known one alone, where there is one."""
    graph, base, known = Graph(client), _base(account, client), account.identity
    if not _is_facebooks(client):
        exchange = graph.get(f"{base}/me", {"fields": "user_id,username,name"})
        found = _held_by(content_of(exchange), exchange, "")
        if not found.get("user_id"):
            raise wrong(exchange, "/user_id", "the account's own number, not the app's", found.get("user_id", "nothing"))
        yield str(found["user_id"]), found, exchange
    elif known is not None:
        exchange = graph.get(f"{base}/{in_path(known.native_id)}", {"fields": "id,username,name"})
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


# ------------------------------------------------------------------------------------------------------------------------------ fetch


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    return _Walk(account, client, window).fetch()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    stories = {k.record_id for k in known.values() if k.kind == "story"}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    for kind, edge in (("story", "stories"), ("post", "media")):
        for asked, answer, there in walk.by_id([k.native_id for k in known.values() if k.kind == kind], MEDIA, size=walk.batch, edge=edge):
            yield answer if there else _absence(known[asked[0]], answer, stories)
    yield from walk.named("tags", {k.native_id: k for k in known.values() if is_anothers(k)}, _UNTAGGED)
    places = {
        k.native_id: [k.kind, k.parent_id, k.root_id] for k in known.values() if k.kind in ("comment", "reply") and not is_anothers(k)
    }
    confirmed = False
    for asked, answer, there in walk.by_id(list(places), SAID, size=walk.batch, edge="comments", places=places):
        if not there and not confirmed:
            walk.confirm_comments()
            confirmed = True
        yield answer if there else _absence(known[asked[0]], answer, stories)


def _absence(known: Known, answer: Exchange, stories: set[str]) -> Absence:
    """Of what error 100 was told of. A story ends with its day, and what was said below it too."""
    asked_at = answer.fetched_at or datetime.now(UTC)
    if stories & {known.record_id, known.root_id} and known.began is not None and asked_at - known.began >= STORY_LIVES:
        return Absence(known.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


class _Walk(ListWalk):
    """`node`: the account's own; `batch`: objects in one request, of which only Facebook's documentation speaks."""

    platform, lists, own, shape = "Instagram", {"stories": "tags", "tags": "media", "media": ""}, "media", POST
    optional: ClassVar = {"tags": "the posts of others that tag the account"}

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, _base(account, client), account.known.native_id, SERVER, window)
        self.context |= {"handle": account.known.handle}
        self.node, self.batch = (self.me, BATCH) if _is_facebooks(client) else ("me", 1)
        self.listed_at_most = LISTED
        self.mail = Reader(self, self.window, DIRECT, self.todo.inbox)
        self.of_facebook = _is_facebooks(client)

    def fetch(self) -> Iterator[Exchange]:
        yield from super().fetch()
        if self.mail.wanted:
            for page in self.messages():
                yield replace(page, context={**page.context, **self.short}, cursor=self.todo.cursor)

    def messages(self) -> Iterator[Exchange]:
        """Under Facebook's login those are conversations of the Page, and only its own token gives them."""
        if not self.of_facebook:
            yield from self.mail.read("me/conversations")
            return
        holder: dict[str, Any] = {}
        try:
            told = self.get("me", {"fields": "id,instagram_business_account{id}"})
            holder = _held_by(content_of(told), told, "")
        except UnexpectedResponse as problem:
            if problem.exchange is None or code_of(problem.exchange) != 100:  # else it is no Page, and has no such field
                raise
            told = problem.exchange
        if Reading(told).part(HOLDER, holder, "instagram_business_account", "").get("id") == self.me:
            yield from self.mail.read(f"{holder['id']}/conversations")
        else:
            yield self.mail.refused(told, "the token is not that of the account's Page, which alone is shown its messages")

    def profile(self) -> Exchange:
        return self.get(self.node, {"fields": PROFILE}, edge="profile")

    def asked_of(self, edge: str) -> Params:
        if edge in ("comments", "replies"):
            return {"fields": COMMENTS if edge == "comments" else SAID, "limit": COMMENT_PAGE}
        span = {"since": int(self.since.timestamp())} if self.since and edge == "media" else {}
        return {**span, "fields": TAGGED_POSTS if edge == "tags" else MEDIA, "limit": PAGE_SIZE}

    def threads_of(self, post: dict[str, Any], page: Exchange) -> Iterator[list[str]]:
        if page.context.get("edge") != "tags":
            yield [post["id"], "comments", _kind(post, page)]

    def sign_of(self, post: dict[str, Any], page: Exchange) -> tuple[Sign, bool]:  # noqa: ARG002 (of Threads)
        """The count has answers to comments, but hidden ones perhaps not: where it is 0, there may be some all the same."""
        return post.get("comments_count"), post.get("comments_count") == 0

    def longer(self, page: Exchange) -> Iterator[tuple[str, str, str]]:
        """Comments whose replies are not whole, or may not be."""
        reading = Reading(page)
        for pointer, comment in objects(page):
            reading.check(COMMENT, comment, pointer)
            replies = reading.part(CONNECTION, comment, "replies", pointer)
            more = next_of(replies, reading, f"{pointer}/replies")
            if more or len(replies.get("data") or ()) >= CUT_FROM:
                yield comment["id"], "replies", more or ""

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

    def code_in(self, url: str) -> tuple[str, str]:
        return post_in(url)


def post_in(url: str) -> tuple[str, str]:
    """(shortcode or number, the list in which it stands) of a permalink; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    if PERMALINKS.are_at(link.host):
        if found := _POST.match(link.path):
            return found[1], "media"
        if found := _STORY.match(link.path):
            return found[1], "stories"
    raise link.none_of(PERMALINKS)


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a story, a comment with its replies, a message, a list of them, or several by their ids."""
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        edge = reading.context.get("edge") or _guessed(item)
        if edge in ("comments", "replies"):
            yield from _comment(item, reading, pointer)
        elif edge in ("conversations", "messages"):
            yield from messages_in(item, reading, pointer, DIRECT)
        elif edge == "profile":
            yield _profile(item, reading, pointer)
        else:
            yield from _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Instagram)
    return saved_of(body, url, SERVER, _EDGE)


def _guessed(item: dict[str, Any]) -> str:
    """What a saved item is, by fields that only such have."""
    if is_private(item):
        return "messages"
    if "text" in item or "parent_id" in item:
        return "comments"
    only = ("media_type", "media_url", "media_product_type", "permalink", "caption", "shortcode", "timestamp")
    return "profile" if item.keys().isdisjoint(only) else "media"


def _record_id(native: str) -> str:
    return f"instagram:{native}"


def _kind(item: dict[str, Any], exchange: Exchange) -> str:
    """`post` is by our account; a post of somebody else that tags it is a comment on nothing."""
    edge = exchange.context.get("edge")
    if edge == "stories" or item.get("media_product_type") == "STORY":
        return "story"
    return "comment" if edge == "tags" else "post"


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    reading.check(POST, item, pointer)
    native, kind, caption, context = item["id"], _kind(item, reading.exchange), item.get("caption"), reading.context
    published, handle, tagged = time_of(item, reading.exchange, pointer), item.get("username"), context.get("edge") == "tags"
    if reading.me is not None and published is None:
        raise wrong(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    ours = reading.me is not None and not tagged and (handle is None or context.get("handle") in (None, handle))
    owner = reading.part(WHO, item, "owner", pointer)
    counts = {
        as_ours: item[name] for as_ours, name in (("likes", "like_count"), ("comments", "comments_count")) if item.get(name) is not None
    }
    if tagged:
        counts.pop("comments", None)  # which are not given, and not to be compared with what is
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
        media=files_of(item, reading, pointer, _NO_FILE, covers=context.get("edge") in ("media", "stories")),
        counts=counts or None,
        counts_replies=True,
        repaired=id(item) in reading.touched,
        mentions=named_in(NAMED, caption),
        tags=named_in(TAGGED, caption),
        leftover=reading.taken_with(caption, f"{pointer}/caption"),
    )
    for i, comment in enumerate(reading.part(CONNECTION, item, "comments", pointer).get("data") or ()):  # a saved post may hold some
        yield from _comment(comment, reading, f"{pointer}/comments/data/{i}", _record_id(native))


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
        mentions=named_in(NAMED, text),
        tags=named_in(TAGGED, text),
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
