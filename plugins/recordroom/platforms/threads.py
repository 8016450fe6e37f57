"""Threads: the profile, posts, ghost posts, quotes, reposts, all replies at any depth, replies in other people's conversations, mentions.

Read (https://developers.facebook.com/docs/threads/, 2026-11-25):
  /me                                 the profile, in every window
  /<user>/ghost_posts                 texts for a day, which the account archives then
  /<user>/threads                     posts, quotes and reposts
  /<post>/conversation?reverse=false  all replies in one flat list, oldest first; each names what it answers
  /<post>/insights                    counts; of a post all of its replies, at any depth
  /<post>/pending_replies             replies that wait for the account's approval, and those that it has ignored
  /<user>/mentions                    posts of others that name the account
  /<user>/replies                     what the account writes into conversations; those that are its own are read above
  /<id>                               what was expected and not seen

Pages: `paging.cursors.after` is to be put into the next request; no next address is promised, and no cursor where there is one page. So a
page that has one is followed, until one is empty. Only documented fields are asked of each list: a reply's alternative text is none.

Of other people there is a name and no id; a private one has not even that. A parent that was deleted is not named any more: the one that
was seen first is kept. `hide_status` says what the account has hidden, and whom it has blocked or restricted. No edit has a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from recordroom.errors import AccountUnavailable, PlatformFailure
from recordroom.model import HELD, HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
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
from recordroom.platforms.meta import DAY, PAGE, REFUSALS, Graph, code_of, file_name, granted, holds_none, items_of, readings, renewed
from recordroom.platforms.meta_lists import (
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
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.permalinks import Permalinks, short
from recordroom.platforms.shapes import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

HOST, VERSION, SERVER = "https://graph.threads.net", "v1.0", "threads.com"
SCOPES = ("threads_basic", "threads_read_replies", "threads_manage_mentions", "threads_manage_insights")
_DOCS = "https://developers.facebook.com/docs/threads"
PERMALINKS = Permalinks(
    what="a post on Threads",
    form="https://www.threads.com/@<name>/post/<letters>",
    hosts=("threads.com", "threads.net"),
    refused=(short(r"^l\.threads\.(?:com|net)(?:/|$)"),),
)
PLATFORM = Platform(
    name="threads",
    title="Threads",
    parser=1,
    permalinks=PERMALINKS,
    every=minutes(15),
    address=(r"^/@[\w.]+/?$", "https://www.threads.com/@<name of the account>"),
    secrets=("token",),
    uncounted="replies are compared post by post",
    messages="direct messages; let nobody send them in the account's settings, or download its information",
    renewal=Renewal(before=timedelta(days=45), needs=("token",), youngest=timedelta(hours=24)),
    consent=Consent("https://threads.com/oauth/authorize", SCOPES, joined=",", proof=False),
    not_offered={
        "events": "there are none",
        "names": "a handle only",
        "captions": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "removed": "a 404 or an error tells no reason",
        "moderation": "neither blocked people nor the filter of words",
        "messages": "not given",
    },
    limits=(
        Limit(
            "calls",
            48_000,
            "in 24 hours at least: 4,800 for each impression of the account's content in them, of which 10 always count",
            f"{_DOCS}/overview",
            "2026-11-25",
            DAY,
        ),
        Limit("posts listed", None, "not published", f"{_DOCS}/retrieve-and-discover-posts/retrieve-posts", "2026-11-25"),
        Limit("replies in a conversation", None, "not published", f"{_DOCS}/reference/reply-management", "2026-11-25"),
        Limit("life of a token", 60, "days, then consent again", f"{_DOCS}/get-started/long-lived-tokens", "2026-11-25"),
    ),
)
APPROVALS = timedelta(days=7)  # how old a post without replies is at which hardly any will wait for approval
GHOST_LIVES = timedelta(hours=24)

_MEDIA = "id,media_product_type,media_type,media_url,permalink,username,text,timestamp,shortcode,thumbnail_url,is_quote_post"
_OTHERS = "children{id,media_type,media_url,thumbnail_url,alt_text},quoted_post,reposted_post,gif_url,topic_tag"
POSTS = (
    f"{_MEDIA},{_OTHERS},owner,alt_text,link_attachment_url,has_replies,reply_audience,poll_attachment,is_spoiler_media,text_entities,"
    "text_attachment,ghost_post_status,ghost_post_expiration_timestamp"
)
OWN_REPLIES = f"{_MEDIA},{_OTHERS},has_replies,root_post,replied_to,is_reply,is_reply_owned_by_me,reply_audience"
REPLIES = f"{OWN_REPLIES},hide_status"
MENTIONS = f"{_MEDIA},{_OTHERS},root_post,replied_to,is_reply,alt_text,link_attachment_url"
PROFILE = "id,username,name,threads_profile_picture_url,threads_biography"

_TEXT, _FLAG, _ITEM = (kind | NULL for kind in (TEXT, FLAG, ITEM))
POST = Shape(
    dict.fromkeys(("media_type", "media_url", "thumbnail_url", "alt_text", "gif_url", "permalink", "text", "timestamp", "username"), _TEXT)
    | dict.fromkeys(("link_attachment_url", "topic_tag", "hide_status", "reply_approval_status", "ghost_post_status"), _TEXT)
    | dict.fromkeys(("owner", "children", "quoted_post", "reposted_post", "root_post", "replied_to", "poll_attachment"), _ITEM)
    | {"id": TEXT, "text_attachment": _ITEM, "has_replies": _FLAG, "is_reply": _FLAG, "is_reply_owned_by_me": _FLAG},
    {"media_product_type": "the same of all", "shortcode": "said by permalink", "is_quote_post": "said by quoted_post"}
    | {
        "reply_audience": "who may answer, which stands in the evidence",
        "ghost_post_expiration_timestamp": "24 hours after its publication",
    }
    | dict.fromkeys(("is_spoiler_media", "text_entities"), "what is covered until somebody taps on it")
    | dict.fromkeys(("is_verified", "profile_picture_url"), "about its author")
    | dict.fromkeys(("location_id", "location", "allowlisted_country_codes"), "where it was written or is shown, which is not asked for"),
)
REF = Shape({"id": _TEXT}, dict.fromkeys(("username", "permalink", "text", "timestamp", "media_type"), "read where it is a post"))
ATTACHED = Shape({"plaintext": _TEXT, "link_attachment_url": _TEXT}, {"text_with_styling_info": "how it looks"})
OPTIONS = ("option_a", "option_b", "option_c", "option_d")
POLL = Shape(
    dict.fromkeys(OPTIONS, _TEXT),
    dict.fromkeys((*(f"{option}_votes_percentage" for option in OPTIONS), "total_votes"), "how people vote, which changes")
    | {"expiration_timestamp": "when it ends"},
)
PROFILED = Shape(
    {"id": TEXT, "username": TEXT, "name": _TEXT, "threads_profile_picture_url": _TEXT, "threads_biography": _TEXT},
    {"is_verified": "a mark", "is_eligible_for_geo_gating": "a right", "recently_searched_keywords": "no writing"},
)
PAGED = Shape({"cursors": _ITEM}, dict.fromkeys(("next", "previous"), "made of the cursors"))
METRIC = Shape({"name": TEXT, "values": LIST | NULL}, dict.fromkeys(("id", "period", "title", "description"), "said by name"))
VALUE = Shape({"value": NUMBER})
METRICS = {"likes": "likes", "replies": "comments", "reposts": "shares", "quotes": "shares", "views": "views"}
CURSORS = Shape({"after": _TEXT}, {"before": "the way back"})

_POST = re.compile(r"^/(?:@[\w.]+/post|t)/([\w-]+)(?:/\w+)?$", re.ASCII)
_EDGE = re.compile(r"/(conversation|pending_replies|ghost_posts|threads|mentions)(?:\?|$)")
_NO_FILE = "Threads gives no address of it"
_GONE = "gone, or not to be seen with this token: Threads does not say which"
_OVER = "its 24 hours are over: the ghost post is archived"
_UNNAMED = "it is not among the posts that mention the account any more: deleted, changed or made private; Threads does not say which"
_HIDDEN = {  # hide_status -> who, and what it means
    "HIDDEN": ("agency", "hidden by the account, or below a reply that it has hidden"),
    "BLOCKED": ("agency", "its author is blocked by the account"),
    "RESTRICTED": ("agency", "its author is restricted by the account"),
    "COVERED": (None, "covered; Threads does not say by whom"),
}
_SHOWN = frozenset({None, "NOT_HUSHED", "UNHUSHED"})
_APPROVAL = {
    "pending": (HELD, "waits for the account's approval"),
    "ignored": (HIDDEN, "the account has ignored that it waits for approval"),
}


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account whose token it is: that of `account.url`, or the one that is known already, whatever it is called now."""
    exchange = Graph(client).get(f"{_base(account)}/me", {"fields": "id,username,name"})
    found = content_of(exchange)
    PROFILED.check(found, exchange, "")
    handle = found["username"]
    if account.identity is None and handle.lower() != handle_in(account.url):
        words = f"the token belongs to {handle}, the register says {account.url}"
        mend = "If it was renamed, correct `url`. Else put its own token into the connection (docs/platforms/threads.md)."
        raise AccountUnavailable(words, mend, exchange)
    return Identity(found["id"], SERVER, found.get("name") or handle, handle, exchange)


def totals(account: Account, client: Client) -> Totals | None:  # noqa: ARG001 (Threads counts nothing of the whole account)
    return None


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """https://developers.facebook.com/documentation/threads/get-started/get-access-tokens-and-permissions, 2026-11-25"""
    host = (account.api_url or HOST).rstrip("/")
    return granted(client, f"{host}/oauth/access_token", f"{host}/access_token", "th_exchange_token", code)


def renew(account: Account, client: TokenClient) -> Token:
    """https://developers.facebook.com/docs/threads/get-started/long-lived-tokens, 2026-11-25"""
    return renewed(client, f"{(account.api_url or HOST).rstrip('/')}/refresh_access_token", "th_refresh_token")


def _base(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}/{VERSION}"


# ------------------------------------------------------------------------------------------------------------------------------ fetch


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    return _Walk(account, client, window).fetch()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Replies among those that wait for approval, which no conversation shows; the rest by its id. The core has just read the account
    itself: error 100 then is about this one object, though not why."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    yield from walk.named("mentions", {k.native_id: k for k in known.values() if is_anothers(k)}, _UNNAMED)
    roots = {n: k for n, k in known.items() if k.kind in ("post", "story") and k.root_id in (None, k.record_id)}
    for asked, answer, there in walk.by_id(list(roots), POSTS, size=1, edge="threads"):
        yield answer if there else _absence(known[asked[0]], answer)
    written = {n: k for n, k in known.items() if k.kind == "post" and n not in roots}
    replies = {n: k for n, k in known.items() if k.kind in ("comment", "reply") and not is_anothers(k)}
    for page in walk.waiting({k.root_id for k in replies.values() if k.root_id}):
        if waiting := replies.keys() & {reply["id"] for reply in walk.items(page)}:
            yield page
            replies = {n: k for n, k in replies.items() if n not in waiting}
    for some, fields, edge in ((written, OWN_REPLIES, "replies"), (replies, REPLIES, "conversation")):
        places = {n: [k.kind, k.parent_id, k.root_id] for n, k in some.items()}
        for asked, answer, there in walk.by_id(list(places), fields, size=1, edge=edge, places=places):
            yield answer if there else _absence(known[asked[0]], answer)


def _absence(known: Known, answer: Exchange) -> Absence:
    asked_at = answer.fetched_at or datetime.now(UTC)
    if known.kind == "story" and known.began is not None and asked_at - known.began >= GHOST_LIVES:
        return Absence(known.record_id, UNAVAILABLE, _OVER, answer, "platform", ended=True)
    return Absence(known.record_id, UNAVAILABLE, _GONE, answer)


class _Walk(ListWalk):
    """`given`: the account's own posts that were read in it; `older`: others that are known to be its own; `read_all`: whether these are
    all that there are."""

    platform, own, shape = "Threads", "threads", POST
    lists: ClassVar = {"ghost_posts": "threads", "threads": "mentions", "mentions": "replies", "replies": ""}
    optional: ClassVar = {
        "ghost_posts": "ghost posts",
        "mentions": "the posts of others that mention the account",
        "pending_replies": "replies that wait for approval",
        "insights": "the counts of posts, with which the replies held here could be compared",
    }

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(client, _base(account), account.known.native_id, SERVER, window)
        self.context |= {"handle": account.known.handle}
        self.given, self.older, self.read_all = set[str](), set[str](), False
        self.may_count = True

    def walked(self, path: str, params: Params, start: str | None, context: Mapping[str, Any]) -> Iterator[Exchange]:
        return by_cursor(self.graph, f"{self.base}/{path}", params, _after, parameter="after", context=context, start=start)

    def profile(self) -> Exchange:
        return self.get("me", {"fields": PROFILE}, edge="profile")

    def asked_of(self, edge: str) -> Params:
        if edge in ("conversation", "pending_replies"):
            fields = REPLIES if edge == "conversation" else f"{REPLIES},reply_approval_status"
            return {"fields": fields, "reverse": "false", "limit": PAGE_SIZE}
        fields = {"replies": OWN_REPLIES, "mentions": MENTIONS}.get(edge, POSTS)
        span = {"since": int(self.since.timestamp())} if self.since and edge != "mentions" else {}
        return {**span, "fields": fields, "limit": PAGE_SIZE}

    def threads_of(self, post: dict[str, Any], page: Exchange) -> Iterator[list[str]]:
        if page.context.get("edge") != "threads" or post.get("reposted_post"):
            return
        yield [post["id"], "conversation", "post"]
        if not post.get("ghost_post_status"):
            yield [post["id"], "pending_replies", "post"]

    def sign_of(self, post: dict[str, Any], page: Exchange) -> tuple[Sign, bool]:
        """Lists count no replies. Where there is none, some may be hidden or wait all the same."""
        published, asked_at = time_of(post, page, ""), page.fetched_at or datetime.now(UTC)
        quiet = post.get("has_replies") is False and published is not None and asked_at - published >= APPROVALS
        return (None if post.get("has_replies") is None else int(post["has_replies"])), quiet

    def note(self, page: Exchange) -> None:
        super().note(page)
        if page.context.get("edge") == "threads":
            self.given.update(post["id"] for post in self.items(page))

    def screened(self, page: Exchange) -> Exchange:
        """Of replies and mentions, those that stand in the account's own conversations are read there. Such a one that is new tells that an
        older post is talked about again. Posts, but those of the last days each time, are counted one by one."""
        if page.context.get("edge") not in ("replies", "mentions"):
            return self.counted(page) if page.context.get("edge") == "threads" and self.since is None else page
        reading = Reading(page)
        roots = {post["id"]: reading.part(REF, post, "root_post", "").get("id") for post in self.items(page)}
        own = self.own_among({root for root in roots.values() if root})
        elsewhere = [native for native, root in roots.items() if root in own]
        fresh = {roots[post["id"]] for post in self.items(page) if post["id"] in elsewhere and self.is_fresh(post, page)}
        self.todo.posts += [str(root) for root in fresh if root not in self.given and root not in self.todo.posts]
        return replace(page, context={**page.context, "elsewhere": elsewhere}) if elsewhere else page

    def counted(self, page: Exchange) -> Exchange:
        """The page, and in its context what the insights of each post count. A failure is met again at the next request."""
        counts: dict[str, dict[str, int]] = {}
        with self.graph.completing():
            for post in self.items(page) if self.may_count else ():
                try:
                    counts[post["id"]] = {} if post.get("reposted_post") else self.counts_of(post["id"])
                except AccountUnavailable:
                    continue
                except PlatformFailure as failure:
                    self.may_count = code_of(failure.exchange) not in REFUSALS
                    if not self.may_count:
                        self.note_refusal("insights", failure)
                    break
        counts = {native: told for native, told in counts.items() if told}
        return replace(page, context={**page.context, "counts": counts}) if counts else page

    def counts_of(self, native: str) -> dict[str, int]:
        """{likes, comments, shares, views}"""
        answer = self.get(f"{in_path(native)}/insights", {"metric": "likes,replies,reposts,quotes,views"})
        reading, told = Reading(answer), dict[str, int]()
        for pointer, metric in items_of(content_of(answer), answer):
            reading.check(METRIC, metric, pointer)
            values = reading.each(VALUE, metric, "values", pointer)
            name = METRICS.get(metric["name"])
            if name and values:
                told[name] = told.get(name, 0) + values[0]["value"]
        return told

    def is_fresh(self, post: dict[str, Any], page: Exchange) -> bool:
        """Whether it was written since the last capture; in a whole window all posts are read anyhow."""
        written = time_of(post, page, "")
        return self.since is not None and written is not None and written >= (self.window.changed_since or self.since)

    def own_among(self, roots: set[str]) -> set[str]:
        """Which of these posts are the account's. In a window of the last days older ones are asked for; in a whole one all are known, or
        listed once more, of each its id only."""
        unknown = roots - self.given - self.older
        if unknown and self.since is not None:
            self.older |= {root for root in sorted(unknown) if self.is_own(root)}
        elif unknown and not self.read_all:
            for page in self.pages(f"{self.me}/threads", {"fields": "id", "limit": PAGE_SIZE}):
                self.older.update(post["id"] for post in self.items(page))
            self.read_all = True
        return roots & (self.given | self.older)

    def is_own(self, native: str) -> bool:
        """Of other people's posts not even the name may be given."""
        try:
            found = content_of(self.get(in_path(native), {"fields": "id,username"}))
        except PlatformFailure as refusal:
            if code_of(refusal.exchange) not in REFUSALS:
                raise
            return False
        return isinstance(found, dict) and found.get("username") == self.context["handle"]

    def turn(self, page: str | None) -> None:
        if page is None and self.todo.edge == "threads" and self.since is None and not self.window.cursor:
            self.read_all = True
        super().turn(page)

    def waiting(self, roots: Iterable[str]) -> Iterator[Exchange]:
        """The replies that wait for approval below these posts (record_ids)."""
        for root in sorted(roots):
            native = in_path(root.rpartition(":")[2])
            try:
                yield from self.pages(
                    f"{native}/pending_replies", self.asked_of("pending_replies"), edge="pending_replies", root=root, root_kind="post"
                )
            except PlatformFailure as refusal:
                if code_of(refusal.exchange) not in REFUSALS:
                    raise

    def code_in(self, url: str) -> tuple[str, str]:
        return post_in(url), "threads"


def post_in(url: str) -> str:
    """The shortcode of a permalink; UsageError where there is none."""
    link = permalinks.read(url, PERMALINKS)
    found = _POST.match(link.path) if PERMALINKS.are_at(link.host) else None
    if not found:
        raise link.none_of(PERMALINKS)
    return found[1]


def _after(page: Exchange) -> str | None:
    """The cursor of the page after one that is not empty."""
    body = content_of(page)
    PAGE.check(body, page, "")
    reading = Reading(page)
    cursors = reading.part(CURSORS, reading.part(PAGED, body, "paging", ""), "cursors", "/paging")
    return cursors.get("after") if body["data"] else None


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a reply, a list of them."""
    if holds_none(exchange):
        return
    for reading, pointer, item in readings(exchange):
        edge = reading.context.get("edge") or _guessed(item)
        if edge == "profile":
            yield _profile(item, reading, pointer)
        elif item.get("id") not in reading.context.get("elsewhere", ()):
            yield _post(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Threads)
    return saved_of(body, url, SERVER, _EDGE)


def _guessed(item: dict[str, Any]) -> str:
    """What a saved item is, by fields that only posts have."""
    only = ("text", "media_type", "media_url", "timestamp", "permalink", "shortcode", "is_reply", "media_product_type")
    return "profile" if item.keys().isdisjoint(only) else "threads"


def _record_id(native: str) -> str:
    return f"threads:{native}"


def _ref(item: dict[str, Any], name: str, reading: Reading, pointer: str) -> str | None:
    """The record_id of a post that is only named."""
    native = reading.part(REF, item, name, pointer).get("id")
    return _record_id(native) if native else None


def _place(item: dict[str, Any], reading: Reading, pointer: str) -> tuple[str, str | None, str | None]:
    """(kind, parent, root). What names the account in other people's conversations is a comment on nothing."""
    context, own, edge = reading.context, _record_id(item["id"]), reading.context.get("edge")
    above, root = _ref(item, "replied_to", reading, pointer), _ref(item, "root_post", reading, pointer) or context.get("root")
    if item["id"] in context.get("places", {}):
        kind, parent, top = context["places"][item["id"]]
        return kind, parent, top
    if edge == "mentions":
        return "comment", None, own
    if edge == "replies":
        return "post", above, root or own
    if edge in ("conversation", "pending_replies") or above or item.get("is_reply"):
        return "comment" if above is not None and above == root else "reply", above, root
    return "story" if item.get("ghost_post_status") else "post", None, own


def _post(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    reading.check(POST, item, pointer)
    context, handle, text = reading.context, item.get("username"), item.get("text")
    owner, published = reading.part(REF, item, "owner", pointer).get("id"), time_of(item, reading.exchange, pointer)
    if reading.me is not None and published is None:
        raise wrong(reading.exchange, f"{pointer}/timestamp", "text", "nothing")
    told = item.get("is_reply_owned_by_me")
    listed = context.get("edge") in ("threads", "ghost_posts", "replies")
    ours = reading.me is not None and (listed if told is None and handle is None else told is True or handle == context.get("handle"))
    kind, parent_id, root_id = _place(item, reading, pointer)
    attached = reading.part(ATTACHED, item, "text_attachment", pointer)
    poll = reading.part(POLL, item, "poll_attachment", pointer)
    words = [text, attached.get("plaintext"), "\n".join(filter(None, (poll.get(option) for option in OPTIONS)))]
    status, acted_by, reason = _status(item, reading)
    tags = [*([item["topic_tag"]] if item.get("topic_tag") else []), *named_in(TAGGED, text)]
    return Record(
        record_id=_record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent_id,
        root_id=root_id,
        url=item.get("permalink"),
        author_id=reading.me if ours else owner,
        author_handle=handle,
        author_is_account=None if reading.me is None else ours,
        text="\n\n".join(filter(None, words)),
        published_at=published,
        status=status,
        acted_by=acted_by,
        status_reason=reason,
        media=_media(item, reading, pointer),
        links=list(dict.fromkeys(filter(None, (item.get("link_attachment_url"), attached.get("link_attachment_url"))))),
        mentions=named_in(NAMED, text),
        tags=list(dict.fromkeys(tags)),
        counts=context.get("counts", {}).get(item["id"]),
        counts_replies=True,
        shared_id=_ref(item, "reposted_post", reading, pointer) or _ref(item, "quoted_post", reading, pointer),
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(text, f"{pointer}/text"),
    )


def _status(item: dict[str, Any], reading: Reading) -> tuple[str, str | None, str | None]:
    """(status, who, how we know)"""
    hushed, approval = item.get("hide_status"), item.get("reply_approval_status")
    if approval in _APPROVAL:
        status, words = _APPROVAL[approval]
        return status, "agency", f"reply_approval_status {approval}: {words}"
    if hushed in _HIDDEN:
        by, words = _HIDDEN[hushed]
        return HIDDEN, by, f"hide_status {hushed}: {words}"
    if item.get("ghost_post_status") == "ARCHIVED":
        return HIDDEN, "platform", f"ghost_post_status ARCHIVED: {_OVER}"
    if hushed not in _SHOWN:
        reading.left.append(f"hide_status.{hushed}")
    return VISIBLE, None, None


def _media(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Nothing of a repost: it is somebody else's. A picture that moves has an address that stays."""
    if item.get("reposted_post"):
        return []
    found = files_of(item, reading, pointer, _NO_FILE, covers=reading.me is not None)
    if gif := item.get("gif_url"):
        found.append(Media(f"{item['id']}/gif", "image", gif, position=len(found) + 1))
    return found


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the account says of itself; its address, which holds its name, is a link."""
    reading.check(PROFILED, item, pointer)
    url, picture = f"https://www.threads.com/@{item['username']}", item.get("threads_profile_picture_url")
    return Record(
        record_id=_record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=url,
        author_id=item["id"],
        author_name=item.get("name"),
        author_handle=item["username"],
        author_is_account=True if reading.me else None,
        text=item.get("threads_biography") or "",
        title=item.get("name") or item["username"],
        media=[Media(file_name(picture, reading.exchange), "image", picture)] if picture else [],
        links=[url],
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )
