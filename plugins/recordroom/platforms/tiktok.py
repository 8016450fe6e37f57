"""TikTok: an account's profile, its videos and photo posts, and all comments and replies, hidden ones too, with the account's own token.

Read (TikTok API for Business, Accounts API v1.3, https://business-api.tiktok.com/portal/docs, 2026-11-25):
  /business/get/                    whose token it is, and the profile, in every window
  /business/video/list/             what the account published, newest first, 20 at a time; single ones by `filters`
  /business/comment/list/           comments on one video, 30 at a time; each with up to three answers; single ones by `comment_ids`
  /business/comment/reply/list/     all answers to one comment

The Display API (open.tiktokapis.com/v2) is not asked: it gives the same videos, and no comments at all. `parse` reads its answers, too.

Everything is told in the body: an error is a `code` other than 0 in an answer with HTTP 200. A page may be short, or empty, and not be
the last: only `has_more` says so. Comments come in no order unless one is named; beyond the first 500 TikTok sorts them its own way and
gives some of them twice. A video's number of comments counts the answers too.

No address of a video or a photo is ever given, only of a cover; nothing tells that something was edited; what is not listed any more is
deleted or made private: `unavailable`. docs/platforms/tiktok.md says what the API never gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
from recordroom.platforms import Client, Code, Consent, Known, Limit, Platform, Renewal, Token, TokenClient, Window, answers, minutes, oauth
from recordroom.platforms.answers import retry_after, wrong
from recordroom.platforms.asking import Asking
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.shapes import FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of

if TYPE_CHECKING:
    from recordroom.accounts import Account

HOST, API, SERVER = "https://business-api.tiktok.com", "/open_api/v1.3", "tiktok.com"
SCOPES = ("user.info.basic", "user.info.username", "user.info.profile", "user.info.stats", "video.list", "video.insights", "comment.list")
_NAME = re.compile(r"^/@([\w.]{2,24})/?$")
_DOCS = "https://business-api.tiktok.com/portal/docs"
PLATFORM = Platform(
    name="tiktok",
    title="TikTok",
    parser=1,
    every=minutes(15),
    address=(_NAME.pattern, "https://www.tiktok.com/@<name>"),
    secrets=("user", "token"),
    ids_in_a_lookup=20,
    messages="direct messages; let nobody send them in the account's settings, or ask TikTok for a copy of the account's data",
    renewal=Renewal(before=timedelta(hours=12), needs=("refresh_token", *oauth.APP)),
    consent=Consent("https://www.tiktok.com/v2/auth/authorize/", SCOPES, app="client_key", joined=",", proof=False),
    not_offered={
        "stories": "not given",
        "polls": "there are none",
        "events": "there are none",
        "others": "videos of others are given to none but brands",
        "films": "no address of a file is given, only of a cover",
        "captions": "not given",
        "alt": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "held": "there are none",
        "removed": "what is gone is absent without a word",
        "moderation": "nothing of it",
        "messages": "its messaging API, a beta, is for approved partners",
    },
    limits=(
        Limit("videos in a page of the list", 20, "videos", _DOCS, "2026-11-25"),
        Limit("comments in a page of a list", 30, "comments, or fewer though there are more", _DOCS, "2026-11-25"),
        Limit("comments of one video in the order asked for", 500, "comments; from then on some are given twice", _DOCS, "2026-11-25"),
        Limit("answers given with a comment", 3, "answers, the others in a list of their own", _DOCS, "2026-11-25"),
        Limit("requests", None, "a second and a day, by the app's level; the developer portal says it", _DOCS, "2026-11-25", 86_400),
    ),
)
VIDEO_PAGE, COMMENT_PAGE = 20, 30
BARREN = 20  # pages in a row with nothing new, after which a list that says that it goes on is given up

VIDEO_FIELDS = "item_id,create_time,caption,share_url,thumbnail_url,media_type,video_duration,likes,comments,shares,video_views"
PROFILE_FIELDS = "username,display_name,bio_description,profile_image,videos_count"

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER, _ID = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER, ID))
_OTHERS = "figures of the audience"
BODY = Shape({"code": _NUMBER, "data": _ITEM, "error": _ITEM, "message": _TEXT}, {"request_id": "of the answer", "extra": "of the answer"})
DATA = Shape(
    {"videos": _LIST, "comments": _LIST, "user": _ITEM, "has_more": _FLAG, "cursor": _ID},
    {"page_info": "said by has_more"},
)
VIDEO_HEAD = Shape({"item_id": ID, "create_time": ID, "comments": _NUMBER})
COMMENT_HEAD = Shape({"comment_id": ID, "replies": _NUMBER, "reply_list": _LIST})
VIDEO = Shape(
    {"item_id": ID, "create_time": ID, "caption": _TEXT, "share_url": _TEXT, "thumbnail_url": _TEXT, "media_type": _TEXT}
    | {"video_duration": NUMBER | frozenset({float}) | NULL}
    | dict.fromkeys(("likes", "comments", "shares", "video_views"), _NUMBER),
    {"embed_url": "said by share_url", "is_ad": "about advertising"}
    | dict.fromkeys(("favorites", "reach", "total_time_watched", "average_time_watched", "full_video_watched_rate"), _OTHERS)
    | dict.fromkeys(("impression_sources", "audience_countries", "audience_genders", "audience_cities", "audience_types"), _OTHERS)
    | dict.fromkeys(("video_view_retention", "engagement_likes", "new_followers", "profile_views", "website_clicks"), _OTHERS)
    | dict.fromkeys(("phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks"), _OTHERS),
)
SHOWN = Shape(  # a video of the Display API
    {"id": TEXT, "create_time": _ID, "title": _TEXT, "video_description": _TEXT, "share_url": _TEXT, "cover_image_url": _TEXT}
    | dict.fromkeys(("duration", "width", "height", "like_count", "comment_count", "share_count", "view_count"), _NUMBER),
    {"embed_html": "said by share_url", "embed_link": "said by share_url", "is_aigc": "a mark of TikTok"},
)
COMMENT = Shape(
    {"comment_id": ID, "video_id": ID, "create_time": ID, "text": _TEXT, "status": _TEXT, "owner": _FLAG, "parent_comment_id": _ID}
    | dict.fromkeys(("unique_identifier", "user_id", "username", "display_name", "image_url"), _TEXT)
    | {"likes": _NUMBER, "replies": _NUMBER, "reply_list": _LIST},
    {"profile_image": "a picture of whoever wrote it, signed anew each time"}
    | dict.fromkeys(("liked", "pinned"), "what the account thinks of it, or where it shows it"),
)
PROFILE = Shape(
    {"username": TEXT, "display_name": _TEXT, "bio_description": _TEXT, "profile_image": _TEXT, "videos_count": _NUMBER},
    dict.fromkeys(("is_verified", "is_business_account"), "a mark of TikTok")
    | dict.fromkeys(("followers_count", "following_count", "total_likes"), "counters of no record")
    | {"profile_deep_link": "said by the name"},
)
USER = Shape(  # a profile of the Display API
    {"open_id": _TEXT, "username": _TEXT, "display_name": _TEXT, "bio_description": _TEXT, "avatar_url": _TEXT},
    dict.fromkeys(("union_id", "is_verified", "profile_deep_link", "profile_web_link"), "said by open_id or the name")
    | dict.fromkeys(("avatar_url_100", "avatar_large_url"), "another size")
    | dict.fromkeys(("follower_count", "following_count", "likes_count", "video_count"), "counters of no record"),
)
GRANT = Shape(
    {"access_token": TEXT, "refresh_token": _TEXT, "open_id": _TEXT, "expires_in": _NUMBER, "refresh_token_expires_in": _NUMBER},
    {"scope": "what was consented to", "token_type": "bearer"},
)

RATES = frozenset({40100, 51021, "rate_limit_exceeded"})  # too many requests of the app
DEAD = frozenset({40102, 40104, 40105, "access_token_invalid"})  # expired, empty, wrong or revoked
WRONG = 40002  # a parameter
REFUSED = frozenset({40001, "scope_not_authorized", "scope_permission_missed"})
_ADDRESS = re.compile(r"^/@[\w.]+/(?:video|photo)/(\d+)/?$")
_NO_FILE = "TikTok gives no address of the file"
_NEW = "The account consents again; docs/platforms/tiktok.md says how."
_GONE = "not among those asked for by id: deleted, or not public any more"


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account that the token belongs to: that of `account.url`, or the one that is known already, whatever it is called now."""
    found = _NAME.match(urlsplit(account.url).path)
    if not found:
        raise AccountUnavailable(f"{account.url} is not the address of an account on TikTok", "It reads https://www.tiktok.com/@<name>.")
    api = _Api(client)
    exchange = api.get(f"{_base(account)}/business/get/", _profile(api))
    profile = _data(exchange)
    PROFILE.check(profile, exchange, "/data")
    known = account.identity is not None and account.identity.native_id == api.open_id
    if not known and profile["username"].lower() != found[1].lower():
        words = f"the token belongs to @{profile['username']}, the register says {account.url}"
        raise AccountUnavailable(words, "If it was renamed, correct `url`. Else put the account's own token into the connection.", exchange)
    return Identity(api.open_id, SERVER, profile.get("display_name"), profile["username"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: videos and photo posts of the account."""
    api = _Api(client)
    exchange = api.get(f"{_base(account)}/business/get/", _profile(api))
    profile = _data(exchange)
    PROFILE.check(profile, exchange, "/data")
    count = profile.get("videos_count")
    return None if count is None else Totals({"own": count}, exchange)


def renew(account: Account, client: TokenClient) -> Token:
    return _token(account, client, "refresh_token", {"grant_type": "refresh_token", "refresh_token": client.secrets["refresh_token"]})


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    form = {"grant_type": "authorization_code", "auth_code": code.code, "redirect_uri": code.redirect}
    return _token(account, client, "token", form)


def _token(account: Account, client: TokenClient, name: str, form: Mapping[str, str]) -> Token:
    """A token lives a day, the refresh token that it is made anew with a year, and may come back as another. `user` is the open_id, by
    which the app knows the account. The codes that would tell a dead refresh token from a mistake of the app are not documented."""
    app = {name: client.secrets[name] for name in oauth.APP}
    answer = client.post(f"{_base(account)}/tt_user/oauth2/{name}/", {**app, **form}, as_json=True, expect=(200, *oauth.ERRORS))
    problem = failure(answer)
    if isinstance(problem, Throttled):
        raise problem
    if problem is not None:
        raise TokenExpired(f"TikTok made no token: {problem.message}", f"{oauth.SETTINGS} {oauth.CONSENT}")
    told = _data(answer)
    GRANT.check(told, answer, "/data")
    values = {"token": told["access_token"], "refresh_token": told.get("refresh_token"), "user": told.get("open_id")}
    ends = (oauth.after(answer, told.get(name)) for name in ("expires_in", "refresh_token_expires_in"))
    return Token({name: value for name, value in values.items() if value}, *ends)


def _base(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


def _profile(api: _Api) -> Params:
    return {"business_id": api.open_id, "fields": _listed(PROFILE_FIELDS)}


def _listed(names: str) -> str:
    return json.dumps(names.split(","), separators=(",", ":"))


class _Api(Asking):
    """A Client that sends the token and names failures as TikTok tells them."""

    who, statuses = "TikTok", (400, 401, 403, 404, 429)

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.open_id = client.secrets["user"]

    def shown(self) -> dict[str, str]:
        return {"Access-Token": self.secrets["token"]}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its codes say all)
        return failure(exchange)


def failure(exchange: Exchange) -> PlatformFailure | None:
    """The failure that the code of an answer names, mostly with HTTP 200; else the one of its status; None where it is none."""
    code, words = _told(exchange)
    if code is None:
        return answers.failure(exchange)
    said = f"{exchange.method} {exchange.url.partition('?')[0]}: HTTP {exchange.status}, code {code}: {words[:200].rstrip('. ')}".strip()
    if code in RATES or exchange.status == 429:
        return Throttled(said, retry_after(exchange), exchange)
    if code in DEAD:
        return TokenExpired(said, _NEW, exchange)
    if code in REFUSED:
        return Blocked(said, "A permission of the app or the account's consent is missing; docs/platforms/tiktok.md names them.", exchange)
    return UnexpectedResponse(said, "The next capture tries again.", exchange)


def _told(exchange: Exchange) -> tuple[int | str | None, str]:
    """(code, words) of an error; (None, "") where the body tells none: `code` 0, or in the Display API "ok"."""
    try:
        body = content_of(exchange)
    except UnexpectedResponse:
        return None, ""
    if not isinstance(body, dict):
        return None, ""
    inner = body.get("error")
    error = inner if isinstance(inner, dict) else body
    code = error.get("code")
    if code in (0, "ok") or type(code) not in (int, str):
        return None, ""
    return code, str(error.get("message", ""))


def _data(exchange: Exchange) -> dict[str, Any]:
    body = content_of(exchange)
    BODY.check(body, exchange, "")
    if not isinstance(body.get("data"), dict):
        raise wrong(exchange, "/data", "an object", body.get("data"))
    found: dict[str, Any] = body["data"]
    return found


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    page: str | None = None  # cursor of the next page of videos
    listed: bool = False  # there is no next page
    videos: list[str] = field(default_factory=list)  # whose comments are to be read
    comments: str | None = None  # cursor of the next page of the first one's
    threads: list[list[str]] = field(default_factory=list)  # [video, comment] of which more answers are to be read
    answers: str | None = None  # cursor of the next page of the first one's
    given_up: list[str] = field(default_factory=list)  # lists that did not end

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page the videos, each page followed by their comments and the answers to those."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo.listed = True
        yield replace(walk.get("business/get/", _profile(walk.api)), cursor=walk.todo.cursor)
    if window.kind == "one" and not window.cursor:
        yield walk.one(window.url or "")
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Videos by their ids, and the comments of each video by theirs; whoever is not in the answer has gone."""
    walk, known = _Walk(account, client), list(ids)
    if any(k.kind == "profile" for k in known):
        yield walk.get("business/get/", _profile(walk.api))
    videos = [k for k in known if k.kind == "post"]
    for start in range(0, len(videos), VIDEO_PAGE):
        some = videos[start : start + VIDEO_PAGE]
        yield from _found(some, walk.videos([k.native_id for k in some]), "videos", "item_id")
    rest = sorted((k for k in known if k.kind not in ("post", "profile")), key=lambda k: k.root_id or "")
    roots = [(root.rpartition("/")[2], list(said)) for root, said in groupby(rest, key=lambda k: k.root_id or "")]
    for start in range(0, len(roots), VIDEO_PAGE):
        yield from _comments_of(roots[start : start + VIDEO_PAGE], walk)


def _comments_of(roots: Sequence[tuple[str, list[Known]]], walk: _Walk) -> Iterator[Exchange | Absence]:
    """Who asks about comments on a video that is gone is told of a wrong parameter: the videos are asked for first."""
    shown = walk.videos([video for video, _ in roots])
    there = {str(video["item_id"]) for video in _items(shown, "videos")}
    for video, said in roots:
        if video not in there:
            yield from (Absence(k.record_id, UNAVAILABLE, f"its video is {_GONE}", shown) for k in said)
            continue
        for start in range(0, len(said), COMMENT_PAGE):
            some = said[start : start + COMMENT_PAGE]
            yield from _found(some, walk.some_comments(video, [k.native_id for k in some]), "comments", "comment_id")


def _found(asked: Sequence[Known], answer: Exchange, name: str, key: str) -> Iterator[Exchange | Absence]:
    there = {str(item.get(key)) for item in _items(answer, name)}
    if there:
        yield answer
    yield from (Absence(k.record_id, UNAVAILABLE, _GONE, answer) for k in asked if k.native_id not in there)


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.window = _base(account), _Api(client), window or Window("full")
        self.context: dict[str, Any] = {"account": account.known.native_id, "server": SERVER, "handle": account.known.handle}
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def listing(self, path: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        return by_cursor(self.api, f"{self.base}/{path}", params, _next_cursor, context=self.context | context, start=start)

    def videos(self, natives: Sequence[str], **context: Any) -> Exchange:
        chosen = json.dumps({"video_ids": list(natives)}, separators=(",", ":"))
        return self.get("business/video/list/", {**self.shown, "filters": chosen}, **context)

    def some_comments(self, video: str, natives: Sequence[str]) -> Exchange:
        return self.get("business/comment/list/", {**self.said(video), "comment_ids": json.dumps(list(natives), separators=(",", ":"))})

    @property
    def shown(self) -> Params:
        return {"business_id": self.api.open_id, "fields": _listed(VIDEO_FIELDS), "max_count": VIDEO_PAGE}

    def said(self, video: str) -> dict[str, str | int | list[str]]:
        """Oldest first: what is written meanwhile comes at the end, and shifts nothing."""
        order: dict[str, str | int | list[str]] = {"sort_field": "create_time", "sort_order": "asc"}
        return {"business_id": self.api.open_id, "video_id": video, "status": "ALL", **order, "max_count": COMMENT_PAGE}

    def pages(self) -> Iterator[Exchange]:
        """Newest first: in the window of the last days a page of older ones only is the last that is asked for."""
        for page in self.listing("business/video/list/", self.shown, self.todo.page):
            listed = _items(page, "videos")
            inside = [item for item in listed if not self.since or _when(item["create_time"], page, "") >= self.since]
            natives = [str(item["item_id"]) for item in inside if self.is_wanted(item, page)]
            last = page.cursor is None or (bool(listed) and not inside)
            self.todo.page, self.todo.listed = (None, True) if last else (page.cursor, False)
            self.todo.videos += natives
            yield replace(page, context={**page.context, "heard": natives}, cursor=self.todo.cursor)
            yield from self.pending()
            if last:
                return

    def is_wanted(self, video: dict[str, Any], page: Exchange) -> bool:
        """Whether its count moves with comments that are hidden from the first is not documented."""
        return self.window.wants(_video_id(video["item_id"]), _when(video["create_time"], page, ""), video.get("comments"), all_told=False)

    def note_read(self, video: str) -> None:
        """Say so where no comments on this video are still to be read, and none were given up."""
        waiting = {*self.todo.videos, *(v for v, _ in self.todo.threads), *(what.partition("/")[0] for what in self.todo.given_up)}
        if video not in waiting:
            self.window.read(_video_id(video))

    def pending(self) -> Iterator[Exchange]:
        while self.todo.threads or self.todo.videos:
            yield from self.answers() if self.todo.threads else self.comments()

    def comments(self) -> Iterator[Exchange]:
        """All comments on the next video, each page followed by the answers that it leaves out."""
        todo, video = self.todo, self.todo.videos[0]
        params = {**self.said(video), "include_replies": "true"}
        pages = self.while_there(self.listing("business/comment/list/", params, todo.comments), video)
        for page in self.fresh(pages, video):
            todo.comments = page.cursor
            if page.cursor is None:
                del todo.videos[0]
            for comment in _items(page, "comments"):
                if (comment.get("replies") or 0) > len(comment.get("reply_list") or ()):
                    todo.threads.append([video, str(comment["comment_id"])])
            yield replace(page, context={**page.context, **self.short}, cursor=todo.cursor)
            while todo.threads:
                yield from self.answers()
        self.note_read(video)

    def answers(self) -> Iterator[Exchange]:
        todo, (video, comment) = self.todo, self.todo.threads[0]
        params = {**self.said(video), "comment_id": comment}
        pages = self.while_there(self.listing("business/comment/reply/list/", params, todo.answers), video, comment)
        for page in self.fresh(pages, f"{video}/{comment}"):
            todo.answers = page.cursor
            if page.cursor is None:
                del todo.threads[0]
            yield replace(page, context={**page.context, **self.short}, cursor=todo.cursor)
        self.note_read(video)

    def while_there(self, pages: Iterator[Exchange], video: str, comment: str = "") -> Iterator[Exchange]:
        """The pages, up to where what they are about has just gone: that is refused like a wrong parameter. The next capture sees to it."""
        todo = self.todo
        try:
            yield from pages
        except UnexpectedResponse as problem:
            if problem.exchange is None or _told(problem.exchange)[0] != WRONG or self.is_there(video, comment):
                raise
            todo.threads = [one for one in todo.threads if one != [video, comment]]
            todo.answers = None
            if not comment:
                del todo.videos[0]
                todo.comments = None

    def is_there(self, video: str, comment: str) -> bool:
        if not _items(self.videos([video]), "videos"):
            return False
        return not comment or bool(_items(self.some_comments(video, [comment]), "comments"))

    def fresh(self, pages: Iterator[Exchange], what: str) -> Iterator[Exchange]:
        """The pages of a list of comments until it ends, or until it only repeats itself."""
        seen, barren = set[str](), 0
        for page in pages:
            natives = {str(comment["comment_id"]) for comment in _items(page, "comments")}
            barren = barren + 1 if natives <= seen else 0
            seen |= natives
            if barren == BARREN and page.cursor is not None:
                self.todo.given_up.append(what)
                yield replace(page, cursor=None)
                return
            yield page

    @property
    def short(self) -> dict[str, str]:
        if not self.todo.given_up:
            return {}
        lists = f"{len(self.todo.given_up)} lists (first: {self.todo.given_up[0]})"
        return {"short": f"TikTok went on repeating comments of {lists}: some may be lacking"}

    def one(self, url: str) -> Exchange:
        """The video of a permalink."""
        parts = urlsplit(url)
        found = _ADDRESS.match(parts.path)
        if not found or (parts.hostname or "").removeprefix("www.") != SERVER:
            raise UsageError(f"{url} is not the address of a video on TikTok", "It reads https://www.tiktok.com/@<name>/video/<number>.")
        answer = self.videos([found[1]], heard=[found[1]])
        if not _items(answer, "videos"):
            raise UsageError(f"{url} cannot be seen on this account", "It is gone, not public, or another's.")
        self.todo.videos.append(found[1])
        return replace(answer, cursor=self.todo.cursor)


def _next_cursor(page: Exchange) -> str | None:
    """Only `has_more` says whether there is a next page; a short or empty one is not the end."""
    data = _data(page)
    DATA.check(data, page, "/data")
    if not data.get("has_more"):
        return None
    if data.get("cursor") is None:
        raise wrong(page, "/data/cursor", "where the next page begins", None)
    return str(data["cursor"])


def _items(page: Exchange, name: str) -> list[dict[str, Any]]:
    """What the walk needs of them: whatever else is amiss stops no capture, and is read again when it is mended."""
    shape, data = VIDEO_HEAD if name == "videos" else COMMENT_HEAD, _data(page)
    found = items(data.get(name) or [], page, f"/data/{name}")
    for i, item in enumerate(found):
        shape.check(item, page, f"/data/{name}/{i}")
    return found


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a profile, a list of videos, or a list of comments with the answers that it holds."""
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    reading.check(BODY, body, "")
    data = body.get("data")
    if not isinstance(data, dict):
        raise wrong(exchange, "/data", "an object", data)
    if "username" in data:
        yield _account(data, reading)
        return
    if "videos" not in data and "comments" not in data and "user" not in data:
        raise wrong(exchange, "/data", "videos, comments or a profile", data)
    reading.check(DATA, data, "/data")
    if data.get("user") is not None:
        yield _user(data["user"], reading)
    for i, video in enumerate(items(data.get("videos") or [], exchange, "/data/videos")):
        yield (_video if isinstance(video, dict) and "item_id" in video else _shown)(video, reading, f"/data/videos/{i}")
    for i, comment in enumerate(items(data.get("comments") or [], exchange, "/data/comments")):
        yield from _comments(comment, reading, f"/data/comments/{i}")


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of TikTok)
    return Exchange("GET", url or "", 200, (), body, {"server": SERVER})


def _video_id(native: int | str) -> str:
    return f"tiktok:videos/{native}"


def _when(value: int | str, exchange: Exchange, pointer: str) -> datetime:
    """Seconds since 1970, as a number or as text."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise wrong(exchange, f"{pointer}/create_time", "seconds since 1970", value) from None


def _milliseconds(seconds: float | None, exchange: Exchange, pointer: str) -> int | None:
    if seconds is None:
        return None
    try:
        return round(seconds * 1000)
    except (ValueError, OverflowError):
        raise wrong(exchange, f"{pointer}/video_duration", "seconds", seconds) from None


def _bare(address: str | None, exchange: Exchange, pointer: str) -> str | None:
    """A permalink without what tells who shared it."""
    if not address:
        return None
    try:
        return urlunsplit(urlsplit(address)._replace(query="", fragment=""))
    except ValueError:
        raise wrong(exchange, f"{pointer}/share_url", "an address", address) from None


def _video(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """A photo post differs in its media_type alone. Its comments are compared where they are asked for in this capture."""
    reading.check(VIDEO, item, pointer)
    if "caption" not in item:
        raise wrong(reading.exchange, f"{pointer}/caption", "a text, or null", "nothing")
    native = str(item["item_id"])
    heard = reading.me is None or native in reading.context.get("heard", ())
    counts = {"likes": item.get("likes"), "shares": item.get("shares"), "views": item.get("video_views")}
    file = Media(
        native,
        "image" if "PHOTO" in (item.get("media_type") or "").upper() else "video",
        duration=_milliseconds(item.get("video_duration"), reading.exchange, pointer),
        missing_reason=_NO_FILE,
    )
    return _post(
        native,
        item,
        reading,
        pointer,
        text=item.get("caption") or "",
        file=file,
        cover=item.get("thumbnail_url"),
        counts=counts | ({"comments": item.get("comments")} if heard else {}),
    )


def _shown(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """A video as the Display API tells of it."""
    reading.check(SHOWN, item, pointer)
    duration = item.get("duration")
    length = None if duration is None else duration * 1000
    names = {"likes": "like_count", "comments": "comment_count", "shares": "share_count", "views": "view_count"}
    return _post(
        item["id"],
        item,
        reading,
        pointer,
        text=item.get("video_description") or "",
        title=item.get("title") or None,
        file=Media(item["id"], "video", width=item.get("width"), height=item.get("height"), duration=length, missing_reason=_NO_FILE),
        cover=item.get("cover_image_url"),
        counts={ours: item.get(name) for ours, name in names.items()},
    )


def _post(
    native: str, item: dict[str, Any], reading: Reading, pointer: str, *,
    text: str, file: Media, cover: str | None, counts: Mapping[str, int | None], title: str | None = None,
) -> Record:  # fmt: skip
    exchange = reading.exchange
    published = None if item.get("create_time") is None else _when(item["create_time"], exchange, pointer)
    return Record(
        record_id=_video_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=_video_id(native),
        url=_bare(item.get("share_url"), exchange, pointer),
        author_id=reading.me,
        author_handle=reading.context.get("handle"),
        author_is_account=None if reading.me is None else True,
        text=text,
        title=title,
        published_at=published,
        media=[file, *([Media(f"{native}/cover", "image", cover, position=2)] if cover else [])],
        counts={name: n for name, n in counts.items() if n is not None} or None,
        counts_replies=True,
        tally=None if reading.me is None else "own",
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _comments(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment, and the answers that stand in it."""
    yield _comment(item, reading, pointer)
    for i, answer in enumerate(items(item.get("reply_list") or [], reading.exchange, f"{pointer}/reply_list")):
        yield _comment(answer, reading, f"{pointer}/reply_list/{i}", str(item["comment_id"]))


def _comment(item: dict[str, Any], reading: Reading, pointer: str, under: str | None = None) -> Record:
    """`under`: the comment in which the answer stands. TikTok says that a comment is hidden, and not by whom."""
    reading.check(COMMENT, item, pointer)
    if item.get("text") is None and not item.get("image_url"):
        raise wrong(reading.exchange, f"{pointer}/text", "text, or a picture instead of it", item.get("text", "nothing"))
    native, video, parent = str(item["comment_id"]), _video_id(item["video_id"]), item.get("parent_comment_id") or under
    hidden = (item.get("status") or "").upper() == "HIDDEN"
    published = _when(item["create_time"], reading.exchange, pointer)
    counts = {"likes": item.get("likes"), "comments": item.get("replies") if parent is None else None}
    return Record(
        record_id=f"tiktok:comments/{native}",
        kind="reply" if parent else "comment",
        native_id=native,
        pointer=pointer,
        parent_id=f"tiktok:comments/{parent}" if parent else video,
        root_id=video,
        author_id=item.get("unique_identifier") or item.get("user_id"),
        author_name=item.get("display_name"),
        author_handle=item.get("username"),
        author_is_account=item.get("owner"),
        text=item.get("text") or "",
        published_at=published,
        status=HIDDEN if hidden else VISIBLE,
        status_reason="status HIDDEN: hidden by the account, by its filters, or by TikTok, which does not say which" if hidden else None,
        media=[Media(f"{native}/image", "image", item["image_url"])] if item.get("image_url") else [],
        counts={name: n for name, n in counts.items() if n is not None} or None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _account(item: dict[str, Any], reading: Reading) -> Record:
    reading.check(PROFILE, item, "/data")
    return _person(reading.me or item["username"], item, item.get("profile_image"), reading, "/data")


def _user(item: dict[str, Any], reading: Reading) -> Record:
    """A profile as the Display API tells of it."""
    reading.check(USER, item, "/data/user")
    return _person(item.get("open_id") or item.get("username") or "unknown", item, item.get("avatar_url"), reading, "/data/user")


def _person(native: str, item: dict[str, Any], picture: str | None, reading: Reading, pointer: str) -> Record:
    """The picture's address is signed anew each time: its name, without the size, is what stays."""
    name = item.get("username")
    return Record(
        record_id=f"tiktok:users/{native}",
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=f"https://www.tiktok.com/@{name}" if name else None,
        author_id=native,
        author_name=item.get("display_name"),
        author_handle=name,
        author_is_account=None if reading.me is None else True,
        text=item.get("bio_description") or "",
        title=item.get("display_name"),
        media=[Media(_name(picture, reading.exchange, pointer), "image", picture)] if picture else [],
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _name(address: str, exchange: Exchange, pointer: str) -> str:
    try:
        return urlsplit(address).path.partition("~")[0]
    except ValueError:
        raise wrong(exchange, f"{pointer}/picture", "an address", address) from None
