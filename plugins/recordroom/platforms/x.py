"""X: an account's profile, its posts, reposts, quotes and replies, what others answer in its conversations, and posts that name it.

Read (API v2, https://docs.x.com/x-api, fields from its OpenAPI description 2.167, 2026-11-25):
  /2/users/by/username/:name, /2/users/:id    who the account is; its profile, in every window
  /2/users/:id/tweets                         what it published, newest first: the 3,200 newest
  /2/tweets/search/all                        conversations (conversation_id:), and older posts, where the app has the full archive
  /2/tweets/search/recent                     conversations, of the last seven days, where it has not
  /2/users/:id/mentions                       posts that name the account: nearly all answers to it do; the 800 newest
  /2/dm_events, /2/users/:id/blocking, muting private messages, and whom the account keeps away (x_inbox.py)
  /2/tweets?ids=                              single posts: heads of conversations, what a repost shows, and what no list gives any more

An edit is a post with a new id; `edit_history_post_ids` names all, the oldest first. The record is the first of them, whatever its id is
today; each later one is a version with its own time. Lists give the newest one, and the older ones beside it (`includes`); asked for by
its first id, a post comes as it was at first, which is never read as what stands there now. Posts say their time in their id, too.

X writes one thing in two vocabularies (referenced_tweets or referenced_posts, note_tweet or note_post, retweet_count or repost_count): both
are read. Answers cost money for each post in them; the same post costs once a day (docs/platforms/x.md).

"Not found" of a post of the account, which itself has just been read, is `removed`: X documents it as "doesn't exist or has been deleted".
Of somebody else's it may be that they closed their account: `unavailable`. docs/platforms/x.md says what the API never gives.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange, Identity, Media, Record, Totals, instant, moment
from recordroom.platforms import (
    LATE,
    Client,
    Code,
    Consent,
    Known,
    Limit,
    Platform,
    Renewal,
    Token,
    TokenClient,
    Window,
    answers,
    minutes,
    moderation,
    oauth,
    x_inbox,
)
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.asking import Asking
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.shapes import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

HOST, SERVER = "https://api.x.com", "x.com"
_NAME = re.compile(r"^/@?([A-Za-z0-9_]{1,15})/?$")
_RATES, _PRICES = "https://docs.x.com/x-api/fundamentals/rate-limits", "https://docs.x.com/x-api/getting-started/pricing"
_LISTS = "https://docs.x.com/x-api/posts/timelines/migrate/overview"
POST_PRICE, PROFILE_PRICE, MESSAGE_PRICE = 5, 10, 10  # thousandths of a US dollar, once a day (UTC)
CONSENTED = ("tweet.read", "users.read", "block.read", "mute.read", "offline.access")
ARCHIVE_PAGE = 500  # posts in a page of the archive's search


def price(exchange: Exchange) -> int:
    """What the posts, messages and people of an answer cost at most, in thousandths of a US dollar. The context says what is no new cost.
    `again`: all of it, which the same capture pays elsewhere; `paid`: posts by and to the account from before then, which the capture
    before this one read on the same day. What an answer includes besides is not counted: no public word says that it costs anything."""
    if exchange.status != 200 or exchange.context.get("again"):
        return 0
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return 0
    data = body.get("data") if isinstance(body, dict) else None
    found = data if isinstance(data, list) else [data]
    return sum(_price(one, exchange) for one in found if isinstance(one, dict))


def _price(one: Mapping[str, Any], exchange: Exchange) -> int:
    paid = moment(exchange.context["paid"]) if "paid" in exchange.context else None
    today = paid is not None and exchange.fetched_at is not None and paid.date() == exchange.fetched_at.date()
    if "username" in one and "text" not in one:
        return 0 if today else PROFILE_PRICE
    native, each = one.get("id"), MESSAGE_PRICE if x_inbox.is_event(one) else POST_PRICE
    if paid is None or not today or not isinstance(native, str) or not _ID.fullmatch(native) or _at(native) >= paid:
        return each
    if x_inbox.is_event(one):
        return 0
    return 0 if exchange.context.get("account") in (*_between(one), *_named(one)) else POST_PRICE


PLATFORM = Platform(
    name="x",
    title="X",
    parser=2,
    every=minutes(15),
    address=(_NAME.pattern, "https://x.com/<name>"),
    secrets=("token",),
    ids_in_a_lookup=100,
    price=price,
    dearest=ARCHIVE_PAGE * POST_PRICE,
    unshown="answers of protected accounts, and those that its search leaves out",
    messages="direct messages, read with the account's own token and the scope dm.read; else let nobody send them in the account's "
    "settings, or download the account's archive",
    reads_messages=True,
    renewal=Renewal(before=timedelta(minutes=30), needs=("refresh_token", *oauth.APP)),
    consent=Consent("https://x.com/i/oauth2/authorize", CONSENTED, ("dm.read",)),
    not_offered={
        "stories": "there are none",
        "events": "there are none",
        "captions": "there are none",
        "hidden": "they are given like all others",
        "held": "there are none",
    },
    limits=(
        Limit("posts listed", 3200, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("mentions listed", 800, "of an account, the newest", _LISTS, "2026-11-25"),
        Limit("search without the full archive", 7, "days back", "https://docs.x.com/x-api/posts/search/introduction", "2026-11-25"),
        Limit("requests for posts of an account", 900, "in 15 minutes, per user", _RATES, "2026-11-25", 900),
        Limit("requests for mentions", 300, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit("requests of recent search", 300, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit("requests of search in the full archive", 300, "in 15 minutes, per app, and one in a second", _RATES, "2026-11-25"),
        Limit("requests for posts by id", 3500, "in 15 minutes, per app", _RATES, "2026-11-25"),
        Limit("posts by id", 100, "in one request", "https://docs.x.com/x-api/posts/lookup/introduction", "2026-11-25"),
        Limit("posts read", 3_000_000, "in a month, paid by use", _PRICES, "2026-11-25"),
        Limit("price of a post read", POST_PRICE, "thousandths of a US dollar, once a day (UTC)", _PRICES, "2026-11-25"),
        Limit(
            "price of an own post or mention read",
            1,
            "thousandths of a US dollar, where X takes it for an owned read",
            _PRICES,
            "2026-11-25",
        ),
        Limit("price of a profile read", PROFILE_PRICE, "thousandths of a US dollar, once a day (UTC)", _PRICES, "2026-11-25"),
        Limit("price of a private message read", MESSAGE_PRICE, "thousandths of a US dollar, once a day (UTC)", _PRICES, "2026-11-25"),
        Limit("requests for private messages", 15, "in 15 minutes, per user", _RATES, "2026-11-25"),
        Limit("private messages listed", 30, "days back", "https://docs.x.com/x-api/direct-messages/lookup/introduction", "2026-11-25"),
        Limit("price of what an answer includes besides", None, "thousandths of a US dollar", _PRICES, "2026-11-25"),
    ),
)
PAGE, BATCH = 100, PLATFORM.ids_in_a_lookup  # posts in a page of a list; ids in a request
_WHAT = "docs/platforms/x.md says what to do"
GLANCE = 20  # messages in a page where few are new: each that is given costs, once a day
TOGETHER = 12  # conversations in one search: 512 characters at most
CUT_FROM, MENTIONS_CUT_FROM = 3000, 780  # from here on a list of 3,200, or of 800, may have left some out
RECENT_SEARCH = timedelta(days=7)
SLACK = timedelta(minutes=15)  # a search asked for later in the same capture reaches less far back
EPOCH = 1_288_834_974_657  # ms: where the time in an id begins (https://docs.x.com/fundamentals/x-ids)
TYPES = {"photo": "image", "video": "video", "animated_gif": "video"}
SORTS = {"3": "image", "7": "video", "13": "video", "16": "video"}  # what the first number of a media_key stands for

FIELDS: Params = {
    "post.fields": "article,attachments,conversation_id,created_at,entities,geo,id,lang,note_post,public_metrics,scopes,text,withheld",
    "expansions": "attachments.media_keys,attachments.poll_ids,author_id,edit_history_post_ids,geo.place_id,in_reply_to_user_id,"
    "referenced_posts",
    "user.fields": "id,name,username,protected",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "poll.fields": "id,options",
    "place.fields": "full_name,id",
}
HEADS: Params = {"post.fields": "conversation_id,created_at,id", "expansions": "author_id,edit_history_post_ids"}
PROFILE: Params = {
    "user.fields": "created_at,description,entities,id,location,name,profile_banner_url,profile_image_url,protected,public_metrics,url,"
    "username,verified_type,withheld"
}

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_METRICS, _X = "counters that only the author sees", "made by X, no words of the author"
BODY = Shape(
    {"data": ITEM | LIST | NULL, "includes": _ITEM, "meta": _ITEM, "errors": _LIST},
    dict.fromkeys(("title", "detail", "type", "status", "reason"), "read where it is a failure"),
)
META = Shape(
    {"next_token": _TEXT, "result_count": _NUMBER}, dict.fromkeys(("previous_token", "newest_id", "oldest_id"), "another way to go on")
)
INCLUDES = Shape(dict.fromkeys(("users", "posts", "tweets", "media", "polls", "places"), _LIST), {"topics": _X})
_HEAD = (
    {"id": TEXT, "author_id": _TEXT, "conversation_id": _TEXT, "in_reply_to_user_id": _TEXT}
    | dict.fromkeys(("edit_history_post_ids", "edit_history_tweet_ids", "referenced_posts", "referenced_tweets"), _LIST)
    | dict.fromkeys(("attachments", "entities", "public_metrics"), _ITEM)
)
HEAD = Shape(_HEAD)  # all that the walk needs of a post: whatever else is amiss stops no capture, and is read again when it is mended
POST = Shape(
    _HEAD
    | {"text": TEXT, "created_at": _TEXT, "lang": _TEXT, "geo": _ITEM, "scopes": _ITEM, "withheld": _ITEM, "article": _ITEM}
    | dict.fromkeys(("note_post", "note_tweet"), _ITEM),
    dict.fromkeys(("non_public_metrics", "organic_metrics", "promoted_metrics"), _METRICS)
    | dict.fromkeys(("context_annotations", "matched_media_notes", "note_request_suggestions"), _X)
    | dict.fromkeys(("suggested_source_links", "suggested_source_links_with_counts", "card_uri"), _X)
    | dict.fromkeys(("edit_controls", "reply_settings", "possibly_sensitive", "paid_partnership"), "a setting")
    | dict.fromkeys(("source", "display_text_range", "username"), "no words of the post, or said elsewhere in it")
    | {"media_metadata": "said by the media", "article_title": "said by the article", "community_id": "where it was posted besides"},
)
METRICS = Shape(
    dict.fromkeys(("like_count", "reply_count", "repost_count", "retweet_count", "impression_count"), _NUMBER),
    dict.fromkeys(("quote_count", "bookmark_count"), "counters of no record"),
)
ENTITIES = Shape(dict.fromkeys(("urls", "mentions", "hashtags", "cashtags"), _LIST), {"annotations": _X})
_PLACE = dict.fromkeys(("start", "end"), "where in the text")
URL = Shape(
    {"url": _TEXT, "expanded_url": _TEXT, "media_key": _TEXT},
    _PLACE
    | dict.fromkeys(
        ("display_url", "unwound_url", "status", "title", "description", "images"), "the linked page's, or said by the address"
    ),
)
MENTION = Shape({"username": _TEXT}, _PLACE | {"id": "said by username"})
TAG = Shape({"tag": TEXT}, _PLACE)
NOTE = Shape({"text": TEXT, "entities": _ITEM}, {"richtext": "how it is set", "media": "said by the attachments"})
REFERENCE = Shape({"type": TEXT, "id": TEXT})
ATTACHMENTS = Shape(
    {"media_keys": _LIST, "poll_ids": _LIST},
    dict.fromkeys(("media_source_tweet_id", "media_source_post_id"), "whose film it was first") | {"card_ids": "made by X from a link"},
)
ARTICLE = Shape(
    {"title": _TEXT, "plain_text": _TEXT},
    dict.fromkeys(("preview_text", "cover_media", "media_entities", "entities"), "the beginning of the text, or how it is set"),
)
GEO = Shape({"place_id": _TEXT}, {"coordinates": "said by the place"})
SCOPES = Shape({"followers": _FLAG})
WITHHELD = Shape({"country_codes": _LIST, "scope": _TEXT, "copyright": _FLAG})
MEDIA = Shape(
    {"media_key": TEXT, "type": TEXT, "url": _TEXT, "alt_text": _TEXT, "width": _NUMBER, "height": _NUMBER, "duration_ms": _NUMBER}
    | {"variants": _LIST},
    dict.fromkeys(("public_metrics", "non_public_metrics", "organic_metrics", "promoted_metrics"), "counters of no record")
    | {"preview_image_url": "a picture of the film"},
)
VARIANT = Shape({"bit_rate": _NUMBER, "content_type": _TEXT, "url": _TEXT})
POLL = Shape({"id": TEXT, "options": _LIST}, dict.fromkeys(("duration_minutes", "end_datetime", "voting_status"), "no words"))
OPTION = Shape({"position": NUMBER, "label": TEXT}, {"votes": "counter of no record"})
SPOT = Shape(
    {"id": TEXT, "full_name": _TEXT},
    dict.fromkeys(("name", "country", "country_code", "place_type", "contained_within", "geo"), "said by its full name"),
)
USER = Shape(
    {
        "id": TEXT,
        "name": TEXT,
        "username": TEXT,
        "protected": _FLAG,
        "created_at": _TEXT,
        "description": _TEXT,
        "location": _TEXT,
        "url": _TEXT,
    }
    | {"entities": _ITEM, "profile_image_url": _TEXT, "profile_banner_url": _TEXT, "public_metrics": _ITEM, "withheld": _ITEM},
    dict.fromkeys(("connection_status", "receives_your_dm", "subscribes_to_you", "subscription", "confirmed_email"), "about whoever asks")
    | dict.fromkeys(("verified", "verified_type", "is_identity_verified", "subscription_type", "affiliation", "parody"), "a mark of X")
    | dict.fromkeys(("verified_followers_count", "most_recent_post_id", "most_recent_tweet_id"), "counters of no record")
    | dict.fromkeys(("pinned_post_id", "pinned_tweet_id"), "which of its posts stands first"),
)
ABOUT = Shape({"description": _ITEM, "url": _ITEM})
COUNTED = Shape(
    dict.fromkeys(("post_count", "tweet_count"), _NUMBER),
    dict.fromkeys(("followers_count", "following_count", "listed_count", "like_count", "media_count"), "counters of no record"),
)

_ID = re.compile(r"[0-9]{1,19}")
_SPREAD = {"reposted": "retweeted"}
_STATUS_URL = re.compile(r"^/(?:[^/]+|i/web)/status(?:es)?/(\d{1,19})(?:/|$)")
_OWN_FILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/[^/]+/status/\d+/(?:photo|video)/\d+$")
_SCREENED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # X escapes these three in every text
_KEY = "Put a token of an app that has credits into the connection; docs/platforms/x.md says how to get it."
_STATUSES = (400, 401, 402, 403, 404, 429, 503)
_NOT_FOUND, _REFUSED, _CAPPED = "resource-not-found", "not-authorized-for-resource", "usage-capped"


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account of that name; from the second capture on that of the id that is known, whatever it is called now."""
    found = _NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(f"{account.url} is not the address of an account on X", "It reads https://x.com/<name>.")
    path = f"/2/users/{in_path(account.identity.native_id)}" if account.identity is not None else f"/2/users/by/username/{found[1]}"
    exchange = _get(account, client, path, PROFILE, again=True)
    user = _user_of(exchange)
    return Identity(user["id"], SERVER, user["name"], user["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: all posts, replies and reposts that the account has."""
    exchange = _get(account, client, f"/2/users/{in_path(account.known.native_id)}", PROFILE, again=True)
    counts = Reading(exchange).part(COUNTED, _user_of(exchange), "public_metrics", "/data")
    count = _either(counts, "post_count", "tweet_count")
    return None if count is None else Totals({"own": count}, exchange)


def renew(account: Account, client: TokenClient) -> Token:
    """A person's token lives two hours; the refresh token that it is made anew with is spent by use, and comes back as another
    (https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code, 2026-11-25). An app's own token never ends."""
    return _token(account, client, {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]})


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    form = {"grant_type": "authorization_code", "code": code.code, "redirect_uri": code.redirect, "code_verifier": code.verifier}
    return _token(account, client, form)


def _token(account: Account, client: TokenClient, form: Mapping[str, str]) -> Token:
    """The app says who it is in a header. A token or code that is spent or revoked is `invalid_request`, as a mistake of the app is: the
    words tell them apart."""
    app = ":".join(client.secrets[name] for name in oauth.APP)
    headers = {"Authorization": f"Basic {base64.b64encode(app.encode()).decode()}"}
    answer = client.post(f"{_base(account)}/2/oauth2/token", form, headers=headers, expect=(200, *oauth.ERRORS))
    if answer.status == 400 and b" was invalid" in answer.body:
        raise TokenExpired("X made no new token: what was sent for it is spent or revoked", oauth.CONSENT)
    return oauth.token_of(answer)


def _user_of(exchange: Exchange) -> dict[str, Any]:
    user: dict[str, Any] = _body(exchange).get("data") or {}
    USER.check(user, exchange, "/data")
    return user


def _base(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


def _get(account: Account, client: Client, path: str, params: Params, *, some: bool = False, **context: Any) -> Exchange:
    """The answer, or the failure that it names. `some`: several were asked for by their ids, and none of them may be there."""
    return _Api(client, some=some).get(f"{_base(account)}{path}", params, context=context)


class _Api(Asking):
    """A Client that sends the token and names failures as X tells them. `some`: several are asked for by their ids, and none of them may be
    there."""

    who, statuses = "X", _STATUSES

    def __init__(self, client: Client, *, some: bool = False) -> None:
        super().__init__(client)
        self._some = some

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:
        return None if exchange.status in expect and exchange.status != 200 else failure(exchange, some=self._some)


def failure(exchange: Exchange, *, some: bool = False) -> PlatformFailure | None:
    """What a status says, or an answer with nothing but errors; None where the answer is none. A month's cap looks like a rate."""
    sort, words = _told(exchange)
    said = f"{_where(exchange)}: {words}"
    if exchange.status >= 400:
        if sort == _CAPPED:
            return Throttled(said, (exchange.fetched_at or datetime.now(UTC)) + answers.LONGEST_PAUSE, exchange)
        empty = Blocked(said, "Buy credits for the app at console.x.com.", exchange)
        return empty if exchange.status == 402 else answers.failure(exchange, words=words)
    if some or not words:
        return None
    if sort == _REFUSED:
        return Blocked(said, "The account is protected: use a token of the account itself.", exchange)
    if sort == _NOT_FOUND:
        return AccountUnavailable(said, "Check the account's address in the register.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def _told(exchange: Exchange) -> tuple[str, str]:
    """(type, words) of an answer that holds nothing but what went wrong; ("", "") of any other."""
    if exchange.status < 400 and b'"errors"' not in exchange.body:
        return "", ""
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return "", ""
    if not isinstance(body, dict) or body.get("data") is not None or (exchange.status < 400 and body.get("meta")):
        return "", ""
    listed = body.get("errors")
    first = next((one for one in listed if isinstance(one, dict)), {}) if isinstance(listed, list) else {}
    told = body if "detail" in body or "title" in body else first
    words = told.get("detail") or told.get("message") or told.get("title") or ("an error" if first else "")
    return str(told.get("type", "")).rpartition("/")[2], str(words)[:200].rstrip(". ")


def _where(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}".strip()


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    stage: str = "posts"  # posts, older (of the archive), mentions; "" after the last
    page: str | None = None  # token of the stage's next page
    archive: bool | None = None  # whether the app may search all; None: not known yet
    searches: list[list[str]] = field(default_factory=list)  # [conversation, when it began, first post] to be read
    search_page: str | None = None  # token of the next page of the first batch
    posts: list[str] = field(default_factory=list)  # to be asked for by id
    listed: int = 0  # posts that the account's list gave
    oldest: str = ""  # id of the last of them
    mentioned: int = 0
    unheard: int = 0  # conversations that began before what search reaches
    messages: str | None = None  # token of the next page of messages
    written: bool = False  # the messages were read
    lacking: list[str] = field(default_factory=list)  # what else is not given, in words

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the account's posts, each page followed by its conversations; then what names the account."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", posts=[walk.post_of(window.url or "")])
        yield replace(walk.get(f"/2/users/{walk.me}", PROFILE), cursor=walk.todo.cursor)
    if walk.todo.archive is None:
        walk.todo.archive = walk.may_search_all()
    yield from walk.pending()
    while walk.todo.stage:
        yield from walk.listed()
    if window.messages and window.kind != "one" and not walk.todo.written:
        yield from walk.written()
    if window.kind in moderation.WINDOWS and client.secrets.get("refresh_token"):  # an app's own token is shown nobody
        yield walk.kept_away()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its first id; of those that were edited since, the newest version too."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    for native in (k.native_id for k in known.values() if k.kind == "profile"):
        yield walk.get(f"/2/users/{in_path(native)}", PROFILE)
    waiting = [k.native_id for k in known.values() if k.kind != "profile"]
    places = {n: [known[n].kind, known[n].parent_id, known[n].root_id] for n in waiting}
    for start in range(0, len(waiting), BATCH):
        asked = waiting[start : start + BATCH]
        answer = walk.by_id(asked, places=places)
        posts = _posts(answer)
        told = {native for post in posts for native in (post["id"], *_history(post))}
        yield from (_absence(known[native], answer) for native in asked if native not in told)
        newest = {_history(post)[-1] for post in posts} - {post["id"] for post in posts}
        if posts:
            yield answer
        if newest:
            yield walk.by_id(sorted(newest), places=places)


def _absence(known: Known, answer: Exchange) -> Absence:
    """What X says of one post that it does not give."""
    problems = [one for one in _body(answer).get("errors") or () if isinstance(one, dict)]
    said = next((one for one in problems if known.native_id in (one.get("resource_id"), one.get("value"))), {})
    sort, words = str(said.get("type", "")).rpartition("/")[2], str(said.get("detail") or said.get("title") or "")[:200]
    if "suspended" in words.lower():
        return Absence(known.record_id, UNAVAILABLE, f"X has suspended its author: {words}", answer, "platform")
    if sort == "disallowed-resource":
        return Absence(known.record_id, UNAVAILABLE, f"X does not show it, because of its rules: {words}", answer, "platform")
    if sort == _REFUSED:
        why = "its author is protected now, or suspended: X does not say which"
        return Absence(known.record_id, UNAVAILABLE, f"{why}: {words}", answer)
    if sort == _NOT_FOUND and known.kind == "post":
        return Absence(known.record_id, REMOVED, f"X says that it does not exist, while its author is there: {words}", answer)
    if sort == _NOT_FOUND:
        return Absence(known.record_id, UNAVAILABLE, f"deleted, or its author's account is closed: X does not say which: {words}", answer)
    return Absence(known.record_id, UNAVAILABLE, f"not among the posts asked for by id; {words or 'the cause is not told'}", answer)


class _Walk:
    """One pass over a window. `ours`: conversations, and whether the account began them; `heard`: those of which all answers are asked
    for in this capture; `firsts`: of later versions of posts, the first: each version begins a conversation of its own."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.api, self.me = account, _Api(client), in_path(account.known.native_id)
        self.several = _Api(client, some=True)
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        if self.window.kind == "recent" and self.window.changed_since is not None:
            self.context["paid"] = instant(self.window.changed_since)
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None
        self.reach = datetime.now(UTC) - RECENT_SEARCH + SLACK
        self.ours: dict[str, bool] = {}
        self.heard: set[str] = set()
        self.firsts: dict[str, str] = {}
        self.back = False  # whether private messages were given that an earlier capture read

    def get(self, path: str, params: Params, *, some: bool = False, **context: Any) -> Exchange:
        api = self.several if some else self.api
        return api.get(f"{_base(self.account)}{path}", params, context=self.context | context)

    def by_id(self, natives: Sequence[str], fields: Params = FIELDS, **context: Any) -> Exchange:
        return self.get("/2/tweets", {**fields, "ids": ",".join(natives)}, some=True, **context)

    def pages(
        self, path: str, params: Params, start: str | None, parameter: str = "pagination_token", **context: Any
    ) -> Iterator[Exchange]:
        url, whole = f"{_base(self.account)}{path}", {**FIELDS, **params}
        return by_cursor(self.api, url, whole, _next_token, parameter=parameter, context=self.context | context, start=start)

    def may_search_all(self) -> bool:
        """Asked with the account's own newest posts, which are read anyway and cost once."""
        url = f"{_base(self.account)}/2/tweets/search/all"
        query: Params = {"query": f"from:{self.me}", "max_results": 10, "post.fields": "id"}
        answer = self.api.get(url, query, context={"again": True}, expect=(200, 403))
        return answer.status == 200

    @property
    def span(self) -> Params:
        return {"start_time": f"{self.since:%Y-%m-%dT%H:%M:%SZ}"} if self.since else {}

    @property
    def whole(self) -> str:
        """For `parse`: posts from then on are given with all their answers, whose number can be compared; "": all posts."""
        return "" if self.todo.archive else instant(self.reach)

    def listed(self) -> Iterator[Exchange]:
        """The pages of a stage, each completed by what only other answers tell, and followed by its conversations."""
        todo, stage = self.todo, self.todo.stage
        for page in self.stage_pages(stage):
            posts, view = _posts(page), _View(Reading(page), _body(page), HEAD)
            self.learn_firsts([*posts, *view.posts.values()])
            self.note(posts, view, stage)
            self.learn_heads(posts)
            heads = {post["conversation_id"] for post in posts if self.ours.get(post.get("conversation_id", ""))}
            told = {"ours": sorted(heads), "heard": sorted(heads & self.heard), "whole": self.whole}
            context = {**page.context, **told, **self.firsts_of(posts), **self.missing_media(posts, view)}
            if page.cursor is None:
                todo.stage, todo.page = self.after(stage), None
            else:
                todo.page = page.cursor
            if not todo.stage:
                context |= self.short
            yield replace(page, context=context, cursor=todo.cursor)
            yield from self.pending()

    def stage_pages(self, stage: str) -> Iterator[Exchange]:
        start = self.todo.page
        if stage == "posts":
            return self.pages(f"/2/users/{self.me}/tweets", {"max_results": PAGE, **self.span}, start)
        if stage == "older":
            older: Params = {
                "query": f"from:{self.me}",
                "max_results": ARCHIVE_PAGE,
                "until_id": self.todo.oldest,
                "start_time": "2006-03-21T00:00:00Z",
            }
            return self.pages("/2/tweets/search/all", older, start, "next_token")
        return self.pages(f"/2/users/{self.me}/mentions", {"max_results": PAGE, **self.span}, start)

    def after(self, stage: str) -> str:
        """What is read next: before the mentions, where a list of 3,200 is full, what only the archive has."""
        if stage == "posts" and self.todo.archive and self.todo.listed >= CUT_FROM:
            return "older"
        return "" if stage == "mentions" else "mentions"

    def note(self, posts: Sequence[dict[str, Any]], view: _View, stage: str) -> None:
        todo = self.todo
        if stage == "mentions":
            todo.mentioned += len(posts)
            return
        if stage == "posts":
            todo.listed += len(posts)
            todo.oldest = posts[-1]["id"] if posts else todo.oldest
        for post in posts:
            if post.get("conversation_id") in (None, *_history(post)):
                self.note_conversation(post, view)

    def note_conversation(self, post: dict[str, Any], view: _View) -> None:
        """A post counts the answers to itself alone: where it has some, nothing tells of answers to those. Whoever answered before an edit
        is in the conversation of what they saw."""
        history, began, count = _history(post), _began(post), _replies(post, view)
        self.ours |= dict.fromkeys(history, True)
        if count != 0 and not self.todo.archive and began < self.reach:
            self.todo.unheard += 1
        root = _record_id(history[0])
        if not self.window.wants(root, began, count, all_told=count == 0):
            return
        self.heard.update(history)
        if count == 0:
            self.window.read(root)
        else:
            self.todo.searches += [[version, instant(began), root] for version in history]

    def learn_firsts(self, posts: Iterable[dict[str, Any]]) -> None:
        for post in posts:
            first, *later = _history(post)
            self.firsts |= dict.fromkeys(later, first)

    def firsts_of(self, posts: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """For the context: of what these posts name by a later version, the first."""
        named = {native for post in posts for native in (post.get("conversation_id"), *_references(post).values())}
        found = {native: self.firsts[native] for native in sorted(filter(None, named)) if native in self.firsts}
        return {"firsts": found} if found else {}

    def learn_heads(self, posts: Sequence[dict[str, Any]]) -> None:
        """Who began the conversations in which the account answers, or is answered, further down."""
        unknown = set[str]()
        for post in posts:
            conversation, above = post.get("conversation_id"), _references(post).get("replied_to")
            if conversation is None or above is None or conversation in self.ours or self.me not in _between(post):
                continue
            if above == conversation:
                self.ours[conversation] = post.get("in_reply_to_user_id") == self.me
            else:
                unknown.add(conversation)
        self.ask_heads(sorted(unknown))

    def ask_heads(self, natives: Sequence[str]) -> None:
        for start in range(0, len(natives), BATCH):
            answer = self.by_id(natives[start : start + BATCH], HEADS)
            self.ours |= {post["id"]: post.get("author_id") == self.me for post in _posts(answer)}
            self.learn_firsts(_posts(answer))

    def missing_media(self, posts: Sequence[dict[str, Any]], view: _View) -> dict[str, Any]:
        """For the context: files of what is reposted here, which the answer itself does not describe."""
        shown = (view.posts.get(_references(post).get("retweeted", "")) for post in posts)
        lacking = {one["id"] for one in shown if one is not None and not set(_media_keys(one)) <= view.media.keys()}
        natives, found = sorted(lacking), list[dict[str, Any]]()
        for start in range(0, len(natives), BATCH):
            answer = self.by_id(natives[start : start + BATCH])
            found += _View(Reading(answer), _body(answer)).media.values()
        return {"media": found} if found else {}

    def written(self) -> Iterator[Exchange]:
        """Private messages, newest first, back to the last capture. Without the permission all else is captured, and it is told."""
        todo, url = self.todo, f"{_base(self.account)}/2/dm_events"
        since = self.window.messages_since
        few = self.since is not None and since is not None and datetime.now(UTC) - since < x_inbox.FEW
        asked: Params = {**x_inbox.EVENTS, "max_results": GLANCE if few else PAGE}
        context = {**self.context, "paid": instant(since - LATE)} if since else {n: v for n, v in self.context.items() if n != "paid"}
        pages = by_cursor(self.api, url, asked, _next_token, parameter="pagination_token", context=context, start=todo.messages)
        try:
            for number, page in enumerate(pages, 1):
                more, missed = self.goes_on(page, number)
                todo.messages, todo.written = more, more is None
                context = {**page.context, **self.short} | ({"messages_missed": f"{missed}; {_WHAT}"} if missed else {})
                yield replace(page, context=context, cursor=todo.cursor)
                if more is None:
                    return
        except Blocked as refusal:  # whoever goes on here asks again
            answer = _forbidden(refusal)
            words = f"{_told(answer)[1] or 'HTTP 403'}: needed is {x_inbox.PERMISSION}"
            yield replace(answer, context={**answer.context, "messages_refused": words}, cursor=todo.cursor)

    def goes_on(self, page: Exchange, number: int) -> tuple[str | None, str]:
        """(where older messages are needed, the token of their page; what was missed, in words). A window of the last days goes back to
        what was read before; nothing was missed by any that reaches it."""
        since = self.window.messages_since
        times = [_at(event["id"]) for event in _events(page)]
        self.back = self.back or (since is not None and any(at < since - LATE for at in times))
        if self.back and self.since is not None:
            return None, ""
        if page.cursor and number >= x_inbox.REQUESTS and self.window.kind != "history":
            return None, "" if self.back else f"X gave {number} requests its newest private messages, and has more than these"
        if page.cursor or self.back or (since is not None and since >= datetime.now(UTC) - x_inbox.REACH):
            return page.cursor, ""
        return None, f"X gives private messages of 30 days, and none were read before {f'{since:%Y-%m-%d}' if since else 'these'}"

    def kept_away(self) -> Exchange:
        """Blocked and muted people as one answer. Where one of the lists is refused, nothing is concluded, and it is told."""
        found: dict[str, list[Exchange]] = {}
        try:
            for name in x_inbox.LISTS:
                url = f"{_base(self.account)}/2/users/{self.me}/{name}"
                pages = by_cursor(self.api, url, x_inbox.PEOPLE, _next_token, parameter="pagination_token", context=self.context)
                found[name] = list(pages)
        except Blocked as refusal:
            answer = _forbidden(refusal)
            self.todo.lacking.append("X does not give whom the account blocks and mutes (HTTP 403)")
            return replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)
        people = {name: [person for page in pages for person in _people(page)] for name, pages in found.items()}
        first = found["blocking"][0]
        return replace(first, context={**first.context, "people": people}, cursor=self.todo.cursor)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what is not given."""
        words = [*self.cut, *self.todo.lacking]
        return {"short": f"{'; '.join(words)}; {_WHAT}"} if words else {}

    @property
    def cut(self) -> list[str]:
        """What the lists leave out. The list of the last days is not cut."""
        todo, words = self.todo, list[str]()
        if self.since is not None or self.window.kind == "one":
            return []
        if not todo.archive and todo.listed >= CUT_FROM:
            words.append(f"X lists the 3,200 newest posts of an account, and gave {todo.listed}: there may be more")
        if todo.unheard:
            words.append(
                f"search reaches seven days back: of {todo.unheard} older conversations only answers that name the account are listed"
            )
        if not todo.archive and todo.mentioned >= MENTIONS_CUT_FROM:
            words.append(f"X lists the 800 newest posts that name an account, and gave {todo.mentioned}: there may be more")
        return words

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds besides the lists."""
        while self.todo.posts or self.todo.searches:
            yield from self.single() if self.todo.posts else self.conversations()

    def single(self) -> Iterator[Exchange]:
        """One post of a permalink, and then its conversation where it is ours."""
        native = self.todo.posts.pop(0)
        answer = self.by_id([native])
        posts, view = _posts(answer), _View(Reading(answer), _body(answer), HEAD)
        self.learn_firsts([*posts, *view.posts.values()])
        heads = [post.get("conversation_id") or post["id"] for post in posts]
        self.ask_heads([head for post, head in zip(posts, heads, strict=True) if head not in (*_history(post), *self.ours)])
        for post in posts:
            head = post.get("conversation_id") or post["id"]
            began_here = head in _history(post)
            if not began_here and self.ours.get(head):
                self.todo.posts.append(head)
            elif began_here and post.get("author_id") == self.me:
                self.note_conversation(post, view)
            elif self.me not in (*_between(post), *_named(post)):
                raise UsageError(f"{self.window.url} is in no conversation of this account", "Only writings by and to it are captured.")
        if not posts:
            raise UsageError(f"{self.window.url} cannot be seen on X", "It is gone, or not public.")
        ours = sorted(head for head, own in self.ours.items() if own)
        yield replace(answer, context={**answer.context, "ours": ours, **self.firsts_of(posts)}, cursor=self.todo.cursor)

    def conversations(self) -> Iterator[Exchange]:
        """Everything said in the next conversations, newest first."""
        todo, batch = self.todo, self.todo.searches[:TOGETHER]
        heads = [conversation for conversation, _, _ in batch]
        query = " OR ".join(f"conversation_id:{in_path(conversation)}" for conversation in heads)
        path, params = "recent", dict[str, str | int | list[str]](query=query, max_results=PAGE)
        if todo.archive:
            began = moment(min(began for _, began, _ in batch))
            path, params = "all", {**params, "max_results": ARCHIVE_PAGE, "start_time": f"{began:%Y-%m-%dT%H:%M:%SZ}"}
        firsts = {version: first for version, _, root in batch if (first := root.removeprefix(_record_id(""))) != version}
        told = {"whole": self.whole, "ours": heads, "heard": heads} | ({"firsts": firsts} if firsts else {})
        for page in self.pages(f"/2/tweets/search/{path}", params, todo.search_page, "next_token", **told):
            todo.search_page = page.cursor
            if page.cursor is None:
                del todo.searches[: len(batch)]
            yield replace(page, cursor=todo.cursor)
        for root in {root for _, _, root in batch} - {root for _, _, root in todo.searches}:
            self.window.read(root)

    def post_of(self, url: str) -> str:
        parts = urlsplit(url)
        found = _STATUS_URL.match(parts.path)
        if not found or (parts.hostname or "").removeprefix("www.") not in ("x.com", "twitter.com", "mobile.twitter.com"):
            raise UsageError(f"{url} is not the address of a post on X", "It reads https://x.com/<name>/status/<number>.")
        return found[1]


def _next_token(page: Exchange) -> str | None:
    meta = Reading(page).part(META, _body(page), "meta", "")
    token: str | None = meta.get("next_token")
    return token


def _body(exchange: Exchange) -> dict[str, Any]:
    body: dict[str, Any] = content_of(exchange)
    BODY.check(body, exchange, "")
    return body


def _posts(exchange: Exchange) -> list[dict[str, Any]]:
    found, reading = items(_body(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, post in enumerate(found):
        _check(post, reading, f"/data/{i}", HEAD)
    return found


def _forbidden(refusal: Blocked) -> Exchange:
    """The answer, where this one list is refused; else the failure itself."""
    if refusal.exchange is None or refusal.exchange.status != 403:
        raise refusal
    return refusal.exchange


def _events(exchange: Exchange) -> list[dict[str, Any]]:
    found, reading = items(_body(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, event in enumerate(found):
        _check_event(event, reading, f"/data/{i}")
    return found


def _check_event(event: Any, reading: Reading, pointer: str) -> None:
    reading.check(x_inbox.EVENT, event, pointer)
    if not _ID.fullmatch(event["id"]):
        raise wrong(reading.exchange, f"{pointer}/id", "a number as text", event["id"])
    _check_keys(event, reading, pointer)


def _people(exchange: Exchange) -> list[dict[str, str]]:
    found, reading = items(_body(exchange).get("data") or [], exchange, "/data"), Reading(exchange)
    for i, person in enumerate(found):
        reading.check(USER, person, f"/data/{i}")
    return [{name: person[name] for name in ("id", "name", "username")} for person in found]


def _replies(post: dict[str, Any], view: _View) -> int | None:
    """How many answered any of its versions; None where not all of them are told."""
    total = 0
    for native in _history(post):
        version = post if native == post["id"] else view.posts.get(native, {})
        count = view.reading.part(METRICS, version, "public_metrics", f"/{native}").get("reply_count")
        if count is None:
            return None
        total += count
    return total


def _between(post: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Who wrote it, and whom it answers."""
    return post.get("author_id"), post.get("in_reply_to_user_id")


def _named(post: Mapping[str, Any]) -> list[str]:
    """Ids of the accounts that it names."""
    mentions = (post.get("entities") or {}).get("mentions") or []
    return [str(one.get("id")) for one in mentions if isinstance(one, dict)]


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a post, a message, a list of posts or messages, or of people whom the account keeps away."""
    if not {"messages_refused", "not_given"}.isdisjoint(exchange.context):
        return
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data, listed = body.get("data"), x_inbox.list_in(exchange.url)
    if listed is not None:
        people = exchange.context.get("people") or {listed[1]: _people(exchange)}
        yield x_inbox.moderation_of(people, reading.me or listed[0], reading)
        return
    if data is None:
        if not isinstance(body.get("meta"), dict) or body["meta"].get("result_count") != 0:
            raise wrong(exchange, "/data", "posts or a profile, or a result_count of 0", data)
        return
    view = _View(reading, body)
    for pointer, item in [("/data", data)] if isinstance(data, dict) else ((f"/data/{i}", one) for i, one in enumerate(data)):
        if isinstance(item, dict) and "text" not in item and "username" in item:
            yield _profile(item, view, pointer)
        elif isinstance(item, dict) and x_inbox.is_event(item):
            yield from _message(item, view, pointer)
        else:
            yield from _post(item, view, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of X)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


class _View:
    """An answer and what it includes, by ids."""

    def __init__(self, reading: Reading, body: dict[str, Any], shape: Shape = POST) -> None:
        self.reading, self.context, self.me, self.shape = reading, reading.context, reading.me, shape
        self.includes = reading.part(INCLUDES, body, "includes", "")
        self.ours, self.heard = (frozenset(self.context.get(name, ())) for name in ("ours", "heard"))
        self.places: Mapping[str, Sequence[Any]] = self.context.get("places", {})
        self.firsts: Mapping[str, str] = self.context.get("firsts", {})

    def by(self, name: str, shape: Shape, key: str, *more: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {one[key]: one for one in (*self.reading.each(shape, self.includes, name, "/includes"), *more)}

    @cached_property
    def users(self) -> dict[str, dict[str, Any]]:
        return self.by("users", USER, "id")

    @cached_property
    def media(self) -> dict[str, dict[str, Any]]:
        return self.by("media", MEDIA, "media_key", *self.context.get("media", ()))

    @cached_property
    def polls(self) -> dict[str, dict[str, Any]]:
        return self.by("polls", POLL, "id")

    @cached_property
    def spots(self) -> dict[str, dict[str, Any]]:
        return self.by("places", SPOT, "id")

    @cached_property
    def posts(self) -> dict[str, dict[str, Any]]:
        for name in ("posts", "tweets"):
            for i, post in enumerate(self.includes.get(name) or ()):
                _check(post, self.reading, f"/includes/{name}/{i}", self.shape)
        return {post["id"]: post for name in ("posts", "tweets") for post in self.includes.get(name) or ()}

    def first(self, native: str) -> str:
        """The id under which a post that is only named is a record: that of its first version, where the answer tells."""
        post = self.posts.get(native)
        return _history(post)[0] if post else self.firsts.get(native, native)

    def pointer(self, native: str) -> str:
        name = "posts" if self.includes.get("posts") else "tweets"
        return f"/includes/{name}/{[one['id'] for one in self.includes[name]].index(native)}"


def _check(post: Any, reading: Reading, pointer: str, shape: Shape = POST) -> None:
    """A post, and that what becomes ids are ids."""
    reading.check(shape, post, pointer)
    reading.each(REFERENCE, post, _name_of(post, "referenced_posts", "referenced_tweets"), pointer)
    for native in (post["id"], *_history(post)):
        if not isinstance(native, str) or not _ID.fullmatch(native):
            raise wrong(reading.exchange, f"{pointer}/id", "a number as text", native)
    _check_keys(post, reading, pointer)


def _check_keys(post: dict[str, Any], reading: Reading, pointer: str) -> None:
    attached = reading.part(ATTACHMENTS, post, "attachments", pointer)
    for key in (*(attached.get("media_keys") or ()), *(attached.get("poll_ids") or ())):
        if not isinstance(key, str):
            raise wrong(reading.exchange, f"{pointer}/attachments", "texts", key)


def _record_id(native: str) -> str:
    return f"x:{native}"


def _either(holder: Mapping[str, Any], *names: str) -> Any:
    """What stands under the first of these names that is there: X uses two vocabularies."""
    return next((holder[name] for name in names if holder.get(name) is not None), None)


def _history(post: Mapping[str, Any]) -> list[str]:
    """Ids of all its versions, the oldest first."""
    return post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids") or [post["id"]]


def _references(post: Mapping[str, Any]) -> dict[str, str]:
    """The posts that it answers (replied_to), quotes (quoted) or passes on (retweeted)."""
    listed = post.get("referenced_posts") or post.get("referenced_tweets")
    return {_SPREAD.get(one["type"], one["type"]): one["id"] for one in listed} if listed else {}


def _began(post: Mapping[str, Any]) -> datetime:
    return _at(_history(post)[0])


def _at(native: str) -> datetime:
    """When a post was published: the time stands in its id."""
    return datetime.fromtimestamp(((int(native) >> 22) + EPOCH) / 1000, UTC)


def _media_keys(post: Mapping[str, Any]) -> list[str]:
    return (post.get("attachments") or {}).get("media_keys") or []


def _post(item: Any, view: _View, pointer: str) -> Iterator[Record]:
    """The version that stands there now; and the older ones that the answer includes."""
    _check(item, view.reading, pointer)
    history = _history(item)
    newest = item["id"] == history[-1]
    yield _version(item, item, view, pointer, historical=not newest)
    for native in history[:-1] if newest else ():
        if older := view.posts.get(native):
            yield _version(older, item, view, view.pointer(native), historical=True)


def _message(item: dict[str, Any], view: _View, pointer: str) -> Iterator[Record]:
    """Somebody who joins or leaves a conversation says nothing."""
    reading = view.reading
    _check_event(item, reading, pointer)
    if not x_inbox.is_message(item):
        return
    place = x_inbox.place_of(item, reading, pointer)
    words, author = _words({**item, "text": item.get("text") or ""}, view, pointer), item.get("sender_id")
    user, at = view.users.get(author or "", {}), item.get("created_at")
    yield Record(
        **place,
        pointer=pointer,
        author_id=author,
        author_name=user.get("name"),
        author_handle=user.get("username"),
        author_is_account=None if view.me is None or author is None else author == view.me,
        text=words.text,
        published_at=when(at, reading.exchange, f"{pointer}/created_at") if at else _at(item["id"]),
        media=x_inbox.files_of(words.media, reading),
        links=x_inbox.links_in(words.links),
        mentions=list(dict.fromkeys([*x_inbox.addressed(item, view.me, view.users), *words.mentions])),
        tags=words.tags,
        repaired=id(item) in reading.touched,
        leftover=reading.taken_with(item.get("text"), f"{pointer}/text"),
    )


def _version(item: dict[str, Any], newest: dict[str, Any], view: _View, pointer: str, *, historical: bool) -> Record:
    """One version of a post; `newest` says where it stands, and by whom. A repost is a publication of ours, with what it spreads."""
    reading, first, edited = view.reading, _history(newest)[0], _history(newest)[0] != item["id"]
    references = _references(item)
    spread = references.get("retweeted")
    shown, inside = (view.posts[spread], view.pointer(spread)) if spread in view.posts else (item, pointer)
    words = _words(shown, view, inside)
    kind, parent, root = _place(newest, view)
    author = item.get("author_id") or newest.get("author_id")
    user = view.users.get(author or "", {})
    created = when(item["created_at"], reading.exchange, f"{pointer}/created_at") if item.get("created_at") else _began({"id": item["id"]})
    quoted = spread or references.get("quoted")
    return Record(
        record_id=_record_id(first),
        kind=kind,
        native_id=first,
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://x.com/{user.get('username', 'i')}/status/{item['id']}",
        author_id=author,
        author_name=user.get("name"),
        author_handle=user.get("username"),
        author_is_account=None if view.me is None or author is None else author == view.me,
        text=words.text,
        title=words.title,
        language=item.get("lang"),
        published_at=_began(newest) if edited or historical else created,
        edited_at=created if edited else None,
        valid_from=created,
        visibility=_visibility(item, view, pointer),
        media=words.media,
        links=words.links,
        mentions=words.mentions,
        tags=words.tags,
        shared_id=_record_id(view.first(quoted)) if quoted else None,
        counts=None if spread or historical else _counts(item, view, pointer, created) or None,
        tally="own" if author is not None and author == view.me and not historical else None,
        repaired=not reading.touched.isdisjoint((id(item), id(shown))),
        historical=historical,
        leftover=reading.taken(),
    )


def _name_of(holder: Mapping[str, Any], *names: str) -> str:
    return next((name for name in names if name in holder), names[0])


def _place(post: dict[str, Any], view: _View) -> tuple[str, str | None, str | None]:
    """In a conversation of ours only its head is a post; in another one, each of ours is. What answers nothing and only names the account
    is a comment, as what visitors write is elsewhere."""
    first, author, above = _history(post)[0], post.get("author_id"), _references(post).get("replied_to")
    if first in view.places:
        kind, parent, root = view.places[first]
        return kind, parent, root
    conversation = post.get("conversation_id")
    if above is None:
        return "post" if view.me in (None, author) else "comment", None, _record_id(first)
    parent, head = view.first(above), view.first(conversation) if conversation else None
    root = _record_id(head) if head else None
    answers_us = view.me is not None and post.get("in_reply_to_user_id") == view.me
    if view.me is None or conversation in view.ours or (answers_us and above == conversation):
        return "comment" if parent == head else "reply", _record_id(parent), root
    return "post" if author == view.me else "comment" if answers_us else "reply", _record_id(parent), root


def _visibility(item: dict[str, Any], view: _View, pointer: str) -> str | None:
    """For followers only; or withheld from some countries."""
    if view.reading.part(SCOPES, item, "scopes", pointer).get("followers"):
        return "followers"
    withheld = view.reading.part(WITHHELD, item, "withheld", pointer)
    return f"withheld: {' '.join(sorted(map(str, withheld.get('country_codes') or ['copyright'])))}" if withheld else None


def _counts(item: dict[str, Any], view: _View, pointer: str, created: datetime) -> dict[str, int]:
    """Answers are compared with those that are held where all of them were asked for in this capture."""
    told = view.reading.part(METRICS, item, "public_metrics", pointer)
    whole, head = view.context.get("whole", ""), item.get("conversation_id")
    heard = (head in view.heard or not view.heard.isdisjoint(_history(item))) and (not whole or created >= moment(whole))
    counts = {
        "likes": told.get("like_count"),
        "shares": _either(told, "repost_count", "retweet_count"),
        "comments": _replies(item, view) if heard or view.me is None else None,
        "views": told.get("impression_count"),
    }
    return {name: n for name, n in counts.items() if n is not None}


@dataclass(slots=True)
class _Words:
    text: str
    title: str | None
    links: list[str]
    mentions: list[str]
    tags: list[str]
    media: list[Media]


def _words(item: dict[str, Any], view: _View, pointer: str) -> _Words:
    """The whole of a long post, an article, the options of a poll; where it leads, whom it names, its files."""
    reading, name = view.reading, _name_of(item, "note_post", "note_tweet")
    note, article = reading.part(NOTE, item, name, pointer), reading.part(ARTICLE, item, "article", pointer)
    holder, where = (note, f"{pointer}/{name}") if note.get("entities") else (item, pointer)
    entities = reading.part(ENTITIES, holder, "entities", where)
    where = f"{where}/entities"
    attached = reading.part(ATTACHMENTS, item, "attachments", pointer)
    text = [_plain(note.get("text") or item["text"]), article.get("plain_text")]
    text += ["\n".join(_options(view.polls[native], view)) for native in attached.get("poll_ids") or () if native in view.polls]
    links = [one.get("expanded_url") or one.get("url") for one in reading.each(URL, entities, "urls", where) if not one.get("media_key")]
    names = [one.get("username") for one in reading.each(MENTION, entities, "mentions", where)]
    spot = view.spots.get(reading.part(GEO, item, "geo", pointer).get("place_id") or "", {})
    tags = [one["tag"] for kind in ("hashtags", "cashtags") for one in reading.each(TAG, entities, kind, where)]
    return _Words(
        text="\n\n".join(filter(None, text)),
        title=article.get("title"),
        links=list(dict.fromkeys(link for link in links if link and not _OWN_FILE.match(link))),
        mentions=list(dict.fromkeys(filter(None, [*names, spot.get("full_name")]))),
        tags=list(dict.fromkeys(tags)),
        media=[_media(key, view, position) for position, key in enumerate(_media_keys(item), 1)],
    )


def _plain(text: str) -> str:
    if "&" in text:
        for entity, letter in _SCREENED:
            text = text.replace(entity, letter)
    return text


def _options(poll: dict[str, Any], view: _View) -> list[str]:
    options = view.reading.each(OPTION, poll, "options", f"/includes/polls/{poll['id']}")
    return [option["label"] for option in sorted(options, key=lambda one: one["position"])]


def _media(key: str, view: _View, position: int) -> Media:
    """A photo as X gives it; of a film the file of the most bits."""
    found = view.media.get(key)
    if found is None:
        sort = SORTS.get(key.partition("_")[0], "document")
        return Media(key, sort, position=position, missing_reason="X does not describe the file")
    if found["type"] not in TYPES:
        raise wrong(view.reading.exchange, f"/includes/media/{key}/type", " or ".join(TYPES), found["type"])
    variants = view.reading.each(VARIANT, found, "variants", f"/includes/media/{key}")
    films = [one for one in variants if one.get("content_type") == "video/mp4" and one.get("url")]
    best = max(films, key=lambda one: one.get("bit_rate") or 0, default=None)
    url = best["url"] if best else found.get("url")
    return Media(
        identity=key,
        type=TYPES[found["type"]],
        url=url,
        alt_text=found.get("alt_text") or None,
        width=found.get("width"),
        height=found.get("height"),
        duration=found.get("duration_ms"),
        position=position,
        missing_reason=None if url else "X gives no address of the file",
    )


def _profile(item: dict[str, Any], view: _View, pointer: str) -> Record:
    """Description, place and web site are its text; picture and banner are media, whose names change with each of them."""
    reading = view.reading
    reading.check(USER, item, pointer)
    reading.part(COUNTED, item, "public_metrics", pointer)
    entities = reading.part(ABOUT, item, "entities", pointer)
    links = []
    for name in ("url", "description"):
        part = reading.part(ENTITIES, entities, name, f"{pointer}/entities")
        links += [one.get("expanded_url") or one.get("url") for one in reading.each(URL, part, "urls", f"{pointer}/entities/{name}")]
    if not links and item.get("url"):
        links = [item["url"]]
    pictures = (item.get(name) for name in ("profile_image_url", "profile_banner_url"))
    return Record(
        record_id=f"x:users/{item['id']}",
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://x.com/{item['username']}",
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item["username"],
        author_is_account=None if view.me is None else item["id"] == view.me,
        text="\n\n".join(filter(None, (_plain(item.get("description") or ""), item.get("location")))),
        title=item["name"],
        published_at=when(item["created_at"], reading.exchange, f"{pointer}/created_at") if item.get("created_at") else None,
        visibility="protected" if item.get("protected") else None,
        media=[
            Media(_path(url, reading.exchange), "image", url.replace("_normal.", "_400x400."), position=at)
            for at, url in enumerate(filter(None, pictures), 1)
        ],
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _path(url: str, exchange: Exchange) -> str:
    """A picture of a profile has no id, but a new path with each change."""
    try:
        return urlsplit(url).path
    except ValueError:
        raise wrong(exchange, "/data/profile_image_url", "an address", url) from None
