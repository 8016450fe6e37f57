"""Vimeo: an account's profile, videos, showcases and live events, and everybody's comments and replies, with the account's own token.

Read (API 3.4, https://developer.vimeo.com/api/reference; fields checked against Vimeo's OpenAPI description of December 2023 and against
the types of a client made from a later one, konfig-sdks/vimeo-python-sdk):
  /me                                            whose token it is, and the profile, in every window
  /me/videos                                     what the account published, private ones too; with the files, where the plan gives them
  /videos/<video>/texttracks                     subtitles and captions, whose addresses are good for hours only
  /videos/<video>/comments                       comments, oldest first
  /videos/<video>/comments/<comment>/replies     what answers one
  /me/albums, <album>/videos                     showcases and what is in them
  /me/live_events                                events, where the plan has them
Every request names its `fields`: less is sent, and Vimeo allows more requests then.

A comment does not say what it answers: its parent stands in the address that it was read from, and for one that is asked for alone in
the context. Nothing says when a comment was edited; `modified_time` of a video moves for whatever is done to it and not with comments, so
it finds videos that changed, and is no time of an edit. What the tracks of a video and the content of a showcase are is asked for
before the page is given out, and stands in its context.

Pages are counted by numbers: what is removed meanwhile pulls the rest forward, so the page before is read again wherever `total` shrank.
A 404 says that nothing is there for this token, never why: `unavailable`. docs/platforms/vimeo.md says what the API never gives.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UsageError
from recordroom.model import UNAVAILABLE, Absence, Exchange, Identity, Media, Record, Totals, loads
from recordroom.platforms import Client, Code, Consent, Known, Limit, Platform, Token, TokenClient, Window, answers, minutes, oauth
from recordroom.platforms.answers import in_path, retry_after, wrong
from recordroom.platforms.asking import Asking
from recordroom.platforms.paging import Params, by_next_url
from recordroom.platforms.shapes import ANY_NUMBER, FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

HOST, SERVER = "https://api.vimeo.com", "vimeo.com"
ACCEPT = "application/vnd.vimeo.*+json;version=3.4"
_RATES = "https://developer.vimeo.com/guidelines/rate-limiting"
_REFERENCE = "https://developer.vimeo.com/api/reference/videos"
_FILES = "https://help.vimeo.com/hc/en-us/articles/12427806914577"
PLATFORM = Platform(
    name="vimeo",
    title="Vimeo",
    parser=1,
    every=minutes(15),
    address=(r"^/[^/]+/?$", "https://vimeo.com/<name>, or https://vimeo.com/user<number>"),
    secrets=("token",),
    consent=Consent(f"{HOST}/oauth/authorize", ("public", "private", "video_files")),
    messages="messages between members of Vimeo; keep copies by hand",
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "others": "there are none",
        "alt": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
        "hidden": "there are none",
        "held": "there are none",
        "removed": "a 404 or an error tells no reason",
        "moderation": "only how many people are blocked",
        "messages": "not given",
    },
    limits=(
        Limit("requests", None, "in a minute, by the plan, more where `fields` are named; each answer says it", _RATES, "2026-11-25", 60),
        Limit("items in a page of a list", 100, "videos or comments", _REFERENCE, "2026-11-25"),
        Limit("addresses of text tracks", None, "hours until they expire; each says it", _REFERENCE, "2026-11-25"),
        Limit("addresses of video files", None, "redirects to files that expire in a few hours", _FILES, "2026-11-25"),
    ),
)
FILMS_PER_PAGE = 25  # each with tracks costs a request before the page can be given out
PER_PAGE, GLANCE = 100, 10  # and so many pages are looked at for new comments on older videos; the nightly sweep reads all
ERRORS = (400, 401, 403, 404, 429, 500, 503)

_USER = "user.uri,user.name,user.link"
_PICTURE = "pictures.uri,pictures.type,pictures.sizes.link,pictures.sizes.width,pictures.sizes.height"
_OF_FILE = ("quality", "type", "link", "width", "height", "size")
PROFILE = f"uri,name,link,location,bio,short_bio,websites,{_PICTURE},preferences.videos.privacy.comments,metadata.connections.block.total"
VIDEOS = (
    f"uri,name,description,link,language,type,status,duration,width,height,created_time,modified_time,privacy.view,privacy.comments,"
    f"tags.name,stats.plays,{_USER},{_PICTURE},metadata.connections.comments.total,metadata.connections.likes.total,"
    "metadata.connections.texttracks.total,metadata.connections.versions.current_uri,"
    + ",".join(f"{where}.{name}" for where in ("download", "files") for name in _OF_FILE)
)
COUNTED = "uri,created_time,metadata.connections.comments.total"
COMMENTS = f"uri,text,created_on,link,{_USER},metadata.connections.replies.total,metadata.connections.user.uri"
TRACKS = "uri,active,language,name,type,link"
ALBUMS = f"uri,name,description,link,created_time,modified_time,privacy.view,{_USER}"
EVENTS = f"uri,title,stream_description,schedule,link,created_time,stream_privacy.view,{_USER},{_PICTURE}"

_TEXT, _ITEM, _LIST, _COUNT, _NUMBER = TEXT | NULL, ITEM | NULL, LIST | NULL, NUMBER | NULL, ANY_NUMBER | NULL
_SHOWN, _CHOICE, _VIEWER, _SALE = "how it is shown", "chosen from Vimeo's own list", "about whoever asks", "about sales"
PAGE = Shape({"data": LIST, "total": _COUNT, "paging": _ITEM}, dict.fromkeys(("page", "per_page"), "said by paging"))
PAGING = Shape({"next": _TEXT, "previous": _TEXT}, dict.fromkeys(("first", "last"), "another way to go on"))
VIDEO = Shape(
    {"uri": TEXT, "name": TEXT, "description": _TEXT, "link": _TEXT, "language": _TEXT, "type": _TEXT, "status": _TEXT}
    | {"duration": _NUMBER, "width": _NUMBER, "height": _NUMBER, "created_time": TEXT, "modified_time": _TEXT, "privacy": _ITEM}
    | {"tags": _LIST, "stats": _ITEM, "user": _ITEM, "pictures": _ITEM, "metadata": _ITEM, "download": _LIST, "files": _LIST},
    dict.fromkeys(("embed", "player_embed_url", "manage_link", "spatial", "parent_folder", "show_review_page", "context"), _SHOWN)
    | dict.fromkeys(("show_svv_footer_banner", "show_svv_timecoded_comments", "custom_url"), _SHOWN)
    | dict.fromkeys(("content_rating", "content_rating_class", "rating_mod_locked", "license", "categories"), _CHOICE)
    | dict.fromkeys(("release_time", "last_user_action_event_date"), "moves with whatever is done to the video")
    | dict.fromkeys(("resource_key", "app", "uploader", "edit_session", "transcript", "has_chapters", "has_interactive"), "no words")
    | dict.fromkeys(
        ("upload", "transcode", "version_transcode_status", "is_playable", "origin_variable_frame_resolution"), "said by status"
    )
    | dict.fromkeys(("has_audio", "has_audio_tracks", "has_text_tracks"), "said by the files")
    | dict.fromkeys(("allowed_privacies", "disabled_properties", "can_move_to_project", "is_copyright_restricted"), _VIEWER)
    | dict.fromkeys(("vod", "is_free", "review_page"), _SALE)
    | {"play": "the same files in forms for a player", "password": "a secret"}
    | dict.fromkeys(("description_html", "description_rich"), "said by description"),
)
VIDEO_COUNTED = Shape({"uri": TEXT, "created_time": TEXT, "metadata": _ITEM})
COMMENT = Shape(
    {"uri": TEXT, "text": TEXT, "created_on": TEXT, "link": _TEXT, "user": _ITEM, "metadata": _ITEM, "replies": _LIST},
    {"type": "always video", "resource_key": "no words"},
)
ALBUM = Shape(
    {"uri": TEXT, "name": TEXT, "description": _TEXT, "link": _TEXT, "created_time": TEXT, "modified_time": _TEXT, "privacy": _ITEM}
    | {"user": _ITEM, "metadata": _ITEM},
    dict.fromkeys(("allow_continuous_play", "allow_downloads", "allow_share", "autoplay", "brand_color", "custom_logo", "domain"), _SHOWN)
    | dict.fromkeys(("duration", "embed", "embed_brand_color", "embed_custom_logo", "hide_nav", "hide_vimeo_logo", "layout"), _SHOWN)
    | dict.fromkeys(("loop", "review_mode", "sort", "theme", "url", "use_custom_domain", "web_brand_color", "web_custom_logo"), _SHOWN)
    | dict.fromkeys(("hide_upcoming", "hide_from_vimeo", "seo_title", "seo_description", "seo_keywords", "seo_allow_indexed"), _SHOWN)
    | dict.fromkeys(("share_link", "embed_seo"), "said by link")
    | {"pictures": "a still of one of its videos", "resource_key": "no words", "unlisted_hash": "said by link"},
)
EVENT = Shape(
    {"uri": TEXT, "title": TEXT, "stream_description": _TEXT, "schedule": _ITEM, "link": _TEXT, "created_time": TEXT}
    | {"stream_privacy": _ITEM, "user": _ITEM, "pictures": _ITEM},
    dict.fromkeys(("album", "allow_share_link", "dvr", "embed", "from_showcase", "from_webinar", "latency", "low_latency"), _SHOWN)
    | dict.fromkeys(("parent_folder", "playlist_sort", "preferred_stream_method", "rtmp_preview", "scheduled_playback"), _SHOWN)
    | dict.fromkeys(("auto_cc_enabled", "auto_cc_keywords", "auto_cc_language", "auto_cc_remaining", "unlimited_auto_cc"), _SHOWN)
    | dict.fromkeys(("automatically_title_stream", "stream_title", "stream_mode", "unlimited_duration", "chat_enabled"), _SHOWN)
    | dict.fromkeys(("live_clips", "head_clip", "streamable_clip"), "videos of the account, read as such")
    | dict.fromkeys(("next_occurrence_time", "completed_on", "status", "time_zone"), "follows from the schedule and the day")
    | dict.fromkeys(("rtmp_link", "rtmps_link", "stream_key", "stream_password", "lead_uuid"), "a secret")
    | dict.fromkeys(("allowed_privacies", "email_quota", "interaction_tools_settings", "live_destinations", "webinar"), _VIEWER)
    | {"content_rating": _CHOICE, "metadata": _VIEWER, "view_link": "said by link"},
)
PROFILED = Shape(
    {"uri": TEXT, "name": TEXT, "link": _TEXT, "location": _TEXT, "bio": _TEXT, "short_bio": _TEXT, "websites": _LIST}
    | {"pictures": _ITEM, "preferences": _ITEM, "metadata": _ITEM},
    dict.fromkeys(("created_time", "content_filter", "resource_key", "account", "upload_quota", "email", "membership"), _VIEWER)
    | dict.fromkeys(("gender", "skills", "clients", "available_for_hire", "can_work_remotely", "is_expert"), "about people for hire")
    | {"location_details": "said by location", "has_invalid_email": _VIEWER, "capabilities": _VIEWER},
)
WHO = Shape({"uri": TEXT, "name": _TEXT, "link": _TEXT}, dict.fromkeys(PROFILED.known - {"uri", "name", "link"}, "said by the profile"))
PRIVACY = Shape({"view": _TEXT}, dict.fromkeys(("comments", "embed", "download", "add", "password", "unlisted_hash"), "no audience"))
STATS = Shape({"plays": _COUNT})
TAG = Shape({"name": _TEXT}, dict.fromkeys(("uri", "tag", "canonical", "metadata", "resource_key"), "said by name"))
METADATA = Shape({"connections": _ITEM}, {"interactions": _VIEWER, **dict.fromkeys(("is_vimeo_create", "is_screen_record"), "no words")})
TOTAL = Shape({"total": _COUNT}, dict.fromkeys(("uri", "options", "resource_key", "unread_total", "viewable_total"), "how it is asked for"))
VERSIONS = Shape({"current_uri": _TEXT}, dict.fromkeys(("uri", "options", "total", "resource_key", "latest_incomplete_version"), "no file"))
AUTHOR = Shape({"uri": _TEXT}, {"options": "how it is asked for"})
PICTURES = Shape(
    {"uri": _TEXT, "type": _TEXT, "sizes": _LIST},
    dict.fromkeys(("active", "resource_key", "base_link", "default_picture", "link", "source_link"), "said by uri and sizes"),
)
SIZE = Shape({"link": TEXT, "width": _NUMBER, "height": _NUMBER}, {"link_with_play_button": "the same picture"})
FILE = Shape(
    {"link": _TEXT, "quality": _TEXT, "type": _TEXT, "width": _NUMBER, "height": _NUMBER, "size": _NUMBER},
    dict.fromkeys(("rendition", "codec", "fps", "md5", "public_name", "size_short", "source_link", "video_file_id", "log"), "no other file")
    | dict.fromkeys(("created_time", "expires", "link_expiration_time"), "changes with each answer"),
)
TRACK = Shape(
    {"uri": TEXT, "active": FLAG, "language": _TEXT, "name": _TEXT, "type": _TEXT, "link": _TEXT},
    dict.fromkeys(("link_expires_time", "hls_link", "hls_link_expires_time", "id", "display_language"), "another way to it"),
)
MEMBER = Shape({"uri": TEXT, "link": _TEXT})
SITE = Shape({"name": _TEXT, "link": _TEXT, "description": _TEXT}, dict.fromkeys(("uri", "type"), "said by link"))
PREFERENCES = Shape({"videos": _ITEM}, {"webinar_registrant_lower_watermark_banner_dismissed": _VIEWER})
OF_VIDEOS = Shape({"privacy": _ITEM}, dict.fromkeys(("rating", "password"), "of uploads to come"))
COMMENTING = Shape({"comments": _TEXT}, dict.fromkeys(("view", "embed", "download", "add"), "of uploads to come"))

_URI = re.compile(r"^/(?:users/\d+/|me/)?(users|videos|albums|live_events)/(\d+)(?::\w+)?(?:/(comments|texttracks|pictures)/(\d+))?$")
_THREAD = re.compile(r"/videos/(\d+)(?::\w+)?/comments(?:/(\d+)/replies)?/?$")
_PERMALINK = re.compile(
    r"^/(?:(?:manage/)?videos?/|(?:channels|groups|ondemand)/[^/]+/(?:videos/)?|(?:showcase|album)/\d+/video/)?(\d+)(?:/\w+)?/?$"
)
_GONE = "nothing is there for this token: it is gone, or must not be seen; Vimeo does not say which"
_PLAN = "Vimeo gives the files of videos to accounts of a paid plan only, with a token of the scope video_files"
_TOKEN = "Put a token of that account into the connection; docs/platforms/vimeo.md says how to get it."  # noqa: S105 (words)


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account to which the token belongs: that of `account.url`, or the one that is known already, whatever it is called now."""
    exchange = _Api(client).get(f"{_base(account)}/me", {"fields": "uri,name,link"})
    found = content_of(exchange)
    WHO.check(found, exchange, "")
    native, link = _native(found["uri"], exchange, "/uri")[1], found.get("link")
    known = account.identity is not None and account.identity.native_id == native
    handle = _last_step(link or "")
    if not known and _last_step(account.url) not in {handle, f"user{native}"} - {""}:
        words = f"the token belongs to {link or found['uri']}, the register says {account.url}"
        mend = f"If it was renamed, correct `url` (https://vimeo.com/user{native} outlives every name). Else: {_TOKEN}"
        raise AccountUnavailable(words, mend, exchange)
    return Identity(native, SERVER, found.get("name"), handle or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`videos`: all that the account has; None where the API does not count them."""
    exchange = _Api(client).get(f"{_base(account)}/me/videos", {"per_page": 1, "fields": "uri"})
    body = content_of(exchange)
    PAGE.check(body, exchange, "")
    return None if body.get("total") is None else Totals({"videos": int(body["total"])}, exchange)


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    """The app names itself in a header (https://developer.vimeo.com/api/authentication, 2026-11-25); the token has no end."""
    app = b64encode(":".join(client.secrets[name] for name in oauth.APP).encode()).decode()
    return oauth.exchanged(
        client, f"{_base(account)}/oauth/access_token", code, headers={"Authorization": f"Basic {app}", "Accept": ACCEPT}
    )


def _base(account: Account) -> str:
    return (account.api_url or HOST).rstrip("/")


def _last_step(url: str) -> str:
    """What an address calls an account."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


# -------------------------------------------------------------------------------------------------------------------------------- API


class _Api(Asking):
    """A Client that sends the token and the version, names failures in Vimeo's words, and stops where nothing more is allowed."""

    who, statuses = "Vimeo's API", ERRORS

    def shown(self) -> dict[str, str]:
        return {**super().shown(), "Accept": ACCEPT}

    def named(self, exchange: Exchange, expect: tuple[int, ...]) -> PlatformFailure | None:  # noqa: ARG002 (its words say all)
        return _failure(exchange)

    def used_up(self, exchange: Exchange) -> Throttled | None:
        """After the last request that a minute allows, the next one is not sent."""
        if (exchange.header("X-RateLimit-Remaining") or "").strip() != "0":
            return self._full
        words = f"{exchange.url.partition('?')[0]}: all requests that Vimeo allows are used"
        return Throttled(words, retry_after(exchange))


def _failure(exchange: Exchange) -> PlatformFailure | None:
    """{"error": "The requested video couldn't be found.", "link": null, "developer_message": "...", "error_code": 5000}"""
    if exchange.status < 400:
        return None
    try:
        told = loads(exchange.body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return answers.failure(exchange)
    code, said = told.get("error_code"), told.get("developer_message") or told.get("error")
    words = f"error {code}: {str(said)[:200].rstrip('. ')}" if code is not None else str(said or "")[:200].rstrip(". ")
    problem = answers.failure(replace(exchange, url=exchange.url.partition("?")[0]), words=words)  # the query names all fields
    if problem is not None:
        problem.exchange = exchange
    return problem


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    edge: str = "videos"  # which list is read; "" after the last
    page: str | None = None  # address of its next page
    videos: list[str] = field(default_factory=list)  # those that are asked for alone
    threads: list[list[str]] = field(default_factory=list)  # [video, comment whose replies are to be read, or ""]
    comments: str | None = None  # address of the next page of the first thread
    lacking: str = ""  # the first video of which there is no file

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


_EDGES = {"videos": "albums", "albums": "live_events", "live_events": "older", "older": ""}


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the videos page by page, each page followed by the comments on its videos; then showcases and events."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo("", videos=[_video_of(window.url or "")])
        yield replace(walk.get("me", {"fields": PROFILE}), cursor=walk.todo.cursor)
    yield from walk.pending()
    while walk.todo.edge:
        yield from walk.glance() if walk.todo.edge == "older" else walk.listed()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. The core has just read the account itself: a 404 then is about this one thing, though not why."""
    walk = _Walk(account, client)
    for known in ids:
        try:
            yield walk.alone(known)
        except AccountUnavailable as gone:
            if gone.exchange is None:
                raise
            yield Absence(known.record_id, UNAVAILABLE, _GONE, gone.exchange)


class _Walk:
    """One pass over a window. `noted`: threads that stand in `todo` or were read."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.me = _base(account), _Api(client), account.known.native_id
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.me, "server": SERVER}
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        times = [at for at in (self.window.since, self.window.changed_since) if at is not None]
        self.floor = min(times) if times and self.window.kind == "recent" else None
        self.noted: set[tuple[str, str]] = set()

    def get(self, path: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{path}", params, context=self.context | context)

    def pages(self, path: str, params: Params, start: str | None = None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. Where it has become shorter since the page before, that page is read once more, and where reading goes on
        after an interruption: what stood at the head of this page stands at its end now."""
        here, known, whole = start, 0, self.context | context
        for page in by_next_url(self.api, f"{self.base}/{path}", params, self.following, context=whole, start=start):
            body = content_of(page)
            before, total = (body.get("paging") or {}).get("previous"), body.get("total") or 0
            if before is not None and (total < known or here == start):
                with self.api.completing():
                    again = self.api.get(self.at(before, page), context=whole)
                PAGE.check(content_of(again), again, "")
                yield replace(again, cursor=here)
            here, known = page.cursor, total
            yield page

    def following(self, page: Exchange) -> str | None:
        """The address of the next page."""
        body = content_of(page)
        PAGE.check(body, page, "")
        link: str | None = Reading(page).part(PAGING, body, "paging", "").get("next")
        return None if link is None else self.at(link, page)

    def at(self, link: str, page: Exchange) -> str:
        """Vimeo's links are relative to its API, not to its host: "/me/videos?page=2"."""
        if not link.startswith("/"):
            raise wrong(page, "/paging", "addresses that begin with /", link)
        return f"{self.base}{link}"

    def listed(self) -> Iterator[Exchange]:
        """One list to its end."""
        edge = self.todo.edge
        try:
            for page in self.pages(f"me/{edge}", self.query(edge), self.todo.page):
                found = _items(page, edge)
                late = [native for native, _, item in found if self.is_late(item, page)]
                wanted = [(native, item) for native, _, item in found if native not in late]
                whole = self.completed(edge, page, wanted)
                ended = edge == "videos" and bool(found) and found[-1][0] in late
                self.turn(None if ended else page.cursor)
                context = {**whole.context, **({"elsewhere": late} if late else {}), **self.short}
                yield replace(whole, context=context, cursor=self.todo.cursor)
                yield from self.pending()
                if ended:
                    return
        except (AccountUnavailable, Blocked):
            if edge != "live_events":  # which many plans do not have
                raise
            self.turn(None)

    def query(self, edge: str) -> Params:
        """In a window of days, videos come by their last change: whatever was published in it was changed in it too."""
        if edge == "videos":
            sort = "modified_time" if self.floor else "date"
            return {"sort": sort, "direction": "desc", "per_page": FILMS_PER_PAGE, "fields": VIDEOS}
        sorting: Params = {"sort": "date", "direction": "desc"}
        return {**sorting, "per_page": PER_PAGE, "fields": ALBUMS if edge == "albums" else EVENTS}

    def is_late(self, item: dict[str, Any], page: Exchange) -> bool:
        """Whether nothing was done to it in the window."""
        if self.floor is None or "modified_time" not in item:
            return False
        return max(_time(item, name, page) for name in ("created_time", "modified_time") if item.get(name)) < self.floor

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = _EDGES[self.todo.edge]

    def completed(self, edge: str, page: Exchange, found: Sequence[tuple[str, dict[str, Any]]]) -> Exchange:
        """A page, and in its context what its items do not say themselves: tracks of videos, content of showcases."""
        told: dict[str, Any] = {}
        with self.api.completing():
            if edge == "videos":
                self.note(found, page)
                for native, item in found:
                    if _total(_connections(item, Reading(page)), "texttracks", Reading(page)):
                        told[native] = list(self.tracks(native))
            elif edge == "albums":
                told = {native: list(self.members(native)) for native, _ in found}
        return replace(page, context={**page.context, "told": told}) if told else page

    def tracks(self, video: str) -> Iterator[dict[str, Any]]:
        """What a video's active tracks are; none where the video has just gone."""
        try:
            for page in self.pages(f"videos/{video}/texttracks", {"per_page": PER_PAGE, "fields": TRACKS}):
                for i, track in enumerate(items(content_of(page)["data"], page, "/data")):
                    TRACK.check(track, page, f"/data/{i}")
                    if track["active"]:
                        yield {name: track.get(name) for name in ("uri", "language", "name", "type", "link")}
        except AccountUnavailable:
            return

    def members(self, album: str) -> Iterator[str]:
        """Addresses of the videos of a showcase, in its order."""
        try:
            for page in self.pages(f"me/albums/{album}/videos", {"per_page": PER_PAGE, "fields": "uri,link"}):
                for i, video in enumerate(items(content_of(page)["data"], page, "/data")):
                    MEMBER.check(video, page, f"/data/{i}")
                    yield video.get("link") or f"https://{SERVER}/{_native(video['uri'], page, f'/data/{i}/uri')[1]}"
        except AccountUnavailable:
            return

    def note(self, videos: Sequence[tuple[str, dict[str, Any]]], page: Exchange) -> None:
        """Whose comments are to be read, and which videos have no file."""
        for native, item in videos:
            reading = Reading(page)
            if (native, "") in self.noted:
                continue
            self.noted.add((native, ""))
            total = _total(_connections(item, reading), "comments", reading)
            if self.is_wanted(native, item, total, page):
                self.todo.threads += [[native, ""]] if total != 0 else []
                self.note_read(native)
            if _best_file(item, reading, "") is None and item.get("status") in (None, "available"):
                self.todo.lacking = self.todo.lacking or native

    def is_wanted(self, video: str, item: dict[str, Any], total: int | None, page: Exchange) -> bool:
        """Whether the comments on a video are to be read. What is counted leaves the answers to comments out."""
        return self.window.wants(f"vimeo:videos/{video}", _time(item, "created_time", page), total, all_told=total == 0)

    def note_read(self, video: str) -> None:
        """Say so where no comments on this video are still to be read."""
        if not any(video == waiting for waiting, _ in self.todo.threads):
            self.window.read(f"vimeo:videos/{video}")

    def glance(self) -> Iterator[Exchange]:
        """Videos before the last days, by the number of their comments alone: nothing else tells of a new one."""
        query: Params = {"sort": "date", "direction": "desc", "per_page": PER_PAGE, "fields": COUNTED}
        for page in islice(self.pages("me/videos", query), GLANCE if self.floor and self.window.plan else 0):
            for i, item in enumerate(items(content_of(page)["data"], page, "/data")):
                VIDEO_COUNTED.check(item, page, f"/data/{i}")
                native, reading = _native(item["uri"], page, f"/data/{i}/uri")[1], Reading(page)
                total = _total(_connections(item, reading), "comments", reading)
                known = (native, "") in self.noted or native in self.todo.videos
                if total and not known and self.is_wanted(native, item, total, page):
                    self.todo.videos.append(native)
        self.turn(None)
        yield from self.pending()

    @property
    def short(self) -> dict[str, str]:
        """For the core: files that Vimeo does not give."""
        if not self.todo.lacking:
            return {}
        words = f"Vimeo gives no file of videos (the first: {self.todo.lacking}): {_PLAN}"
        return {"short": f"{words}; docs/platforms/vimeo.md says what to do"}

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.threads or self.todo.videos:
            yield from self.thread() if self.todo.threads else self.single()

    def single(self) -> Iterator[Exchange]:
        """The next of the videos that are asked for alone; UsageError where that of a permalink is none of this account's."""
        native = self.todo.videos[0]
        try:
            answer = self.get(f"videos/{native}", {"fields": VIDEOS})
        except AccountUnavailable as gone:
            if self.window.kind == "one":
                raise UsageError(f"{self.window.url} cannot be seen", "It is gone, or another's.") from gone
            del self.todo.videos[0]
            return
        [(native, _, item)] = _items(answer, "videos")
        if _author(item, Reading(answer), "").get("uri") != f"/users/{self.me}":
            raise UsageError(f"{self.window.url} is another account's", "Only the account's own videos are captured.")
        whole = self.completed("videos", answer, [(native, item)])
        del self.todo.videos[0]
        yield replace(whole, cursor=self.todo.cursor)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a video, or all answers to a comment. What has gone, or was closed, since it was listed is seen to by the next
        capture; what is counted and not given is a difference of counts."""
        todo, (video, comment) = self.todo, self.todo.threads[0]
        path = f"videos/{video}/comments" + (f"/{comment}/replies" if comment else "")
        query: Params = {"per_page": PER_PAGE, "fields": COMMENTS, **({} if comment else {"direction": "asc"})}
        try:
            for page in self.pages(path, query, todo.comments):
                for native, _, item in _items(page, "comments"):
                    replies = _total(_connections(item, Reading(page)), "replies", Reading(page))
                    if replies and (video, native) not in self.noted:
                        self.noted.add((video, native))
                        todo.threads.append([video, native])
                todo.comments = page.cursor
                if page.cursor is None:
                    del todo.threads[0]
                yield replace(page, cursor=todo.cursor)
            self.note_read(video)
        except (AccountUnavailable, Blocked):
            del todo.threads[0]
            todo.comments = None

    def alone(self, known: Known) -> Exchange:
        """One thing by its id."""
        what, native = _parts(known.record_id)
        if what == "users":
            return self.get("me", {"fields": PROFILE})
        native = in_path(native)
        if what == "comments":
            place, video = [known.kind, known.parent_id, known.root_id], in_path(_parts(known.root_id or "")[1])
            return self.get(f"videos/{video}/comments/{native}", {"fields": COMMENTS}, place=place)
        fields = {"videos": VIDEOS, "albums": ALBUMS, "live_events": EVENTS}[what]
        answer = self.get(f"videos/{native}" if what == "videos" else f"me/{what}/{native}", {"fields": fields})
        return self.completed(what, answer, [(native, item) for native, _, item in _items(answer, what)])


def _video_of(url: str) -> str:
    """The number of the video of a permalink; UsageError where it is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    found = _PERMALINK.match(parts.path) if host == SERVER or host.endswith(f".{SERVER}") else None
    if found is None:
        raise UsageError(f"{url} is not the address of a video", "It reads https://vimeo.com/<number>.")
    return found[1]


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a user, a video, a comment, a showcase, an event, or a list of them."""
    if problem := _failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    reading = Reading(exchange, touched)
    if isinstance(body, dict) and "data" in body:
        reading.check(PAGE, body, "")
        reading.part(PAGING, body, "paging", "")
    for pointer, item in _each_of(body, exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of Vimeo)
    """A body without its request: the addresses of its other pages tell what its comments answer."""
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = content_of(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = [paging.get(name) for name in ("first", "next", "previous", "last")] if isinstance(paging, dict) else []
    path = next((address for address in told if isinstance(address, str)), None)
    return replace(bare, context={**bare.context, "list": path.partition("?")[0]}) if path and not url else bare


def _each_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, or of a single thing."""
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    found = [(f"/data/{i}", one) for i, one in enumerate(items(body["data"], exchange, "/data"))] if "data" in body else [("", body)]
    for pointer, item in found:
        if not isinstance(item, dict):
            raise wrong(exchange, pointer, "an object", item)
        yield pointer, item


_SHAPES = {"videos": VIDEO, "comments": COMMENT, "albums": ALBUM, "live_events": EVENT}


def _items(exchange: Exchange, what: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(native id, pointer, item) of an answer to `fetch`, each in its shape."""
    found = []
    for pointer, item in _each_of(content_of(exchange), exchange):
        sort, native, _ = _native(item.get("uri"), exchange, f"{pointer}/uri")
        if sort != what:
            raise wrong(exchange, f"{pointer}/uri", f"one of {what}", item["uri"])
        _SHAPES[what].check(item, exchange, pointer)
        found.append((native, pointer, item))
    return found


def _native(uri: Any, exchange: Exchange, pointer: str) -> tuple[str, str, str]:
    """(what it is, its own number, the number of what it belongs to) of "/videos/1", "/videos/1:hash", "/videos/1/comments/2"."""
    found = _URI.match(uri) if isinstance(uri, str) else None
    if found is None:
        raise wrong(exchange, pointer, "the address of a user, a video, a comment, a showcase or an event", uri)
    return (found[3], found[4], found[2]) if found[3] else (found[1], found[2], found[2])


def _parts(record_id: str) -> tuple[str, str]:
    """("videos", "1") of "vimeo:videos/1"."""
    what, _, native = record_id.partition(":")[2].partition("/")
    return what, native


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    what, native, above = _native(item.get("uri"), reading.exchange, f"{pointer}/uri")
    if native in reading.context.get("elsewhere", ()):
        return
    if what == "videos":
        yield _video(item, native, reading, pointer)
    elif what == "comments":
        yield from _comment(item, native, f"vimeo:videos/{above}", reading, pointer)
    elif what == "albums":
        yield _showcase(item, native, reading, pointer)
    elif what == "live_events":
        yield _event(item, native, reading, pointer)
    elif what == "users":
        yield _profile(item, native, reading, pointer)


def _video(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """`elsewhere` in the context names those that are not read from this answer."""
    reading.check(VIDEO, item, pointer)
    if reading.me is not None and "description" not in item:  # only what was asked for is answered: it has another name now
        raise wrong(reading.exchange, f"{pointer}/description", "text or null", "nothing")
    connections = _connections(item, reading, pointer)
    tags = [tag.get("name") for tag in reading.each(TAG, item, "tags", pointer)]
    told = {name: _total(connections, name, reading, pointer) for name in ("comments", "likes")}
    plays = reading.part(STATS, item, "stats", pointer).get("plays")
    counts = {name: n for name, n in (*told.items(), ("views", plays)) if n is not None}
    return _record(
        item,
        reading,
        pointer,
        f"vimeo:videos/{native}",
        "post",
        published_at=_time(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:videos/{native}",
        title=item["name"],
        text=item.get("description") or "",
        language=item.get("language"),
        visibility=reading.part(PRIVACY, item, "privacy", pointer).get("view"),
        media=_media(item, native, connections, reading, pointer),
        tags=[tag for tag in tags if tag],
        counts=counts or None,
        tally="videos",
    )


def _comment(item: dict[str, Any], native: str, root: str, reading: Reading, pointer: str) -> Iterator[Record]:
    """Its place is told by the context where it was asked for alone, else by the address of the list that it stands in."""
    reading.check(COMMENT, item, pointer)
    kind, parent, root = reading.context.get("place") or (*_place(root, reading), root)
    connections = _connections(item, reading, pointer)
    replies = _total(connections, "replies", reading, pointer)
    yield _record(
        item,
        reading,
        pointer,
        f"vimeo:comments/{native}",
        kind,
        published_at=_time(item, "created_on", reading.exchange, pointer),
        parent_id=parent,
        root_id=root,
        by=_edge(AUTHOR, connections, "user", reading, pointer).get("uri"),
        text=item["text"],
        counts=None if replies is None else {"comments": replies},
    )
    for i, one in enumerate(item.get("replies") or ()):  # in a saved answer
        where = f"{pointer}/replies/{i}"
        what, answer, _ = _native(one.get("uri") if isinstance(one, dict) else None, reading.exchange, f"{where}/uri")
        if what == "comments":
            below = replace(reading, exchange=replace(reading.exchange, context={"place": ["reply", f"vimeo:comments/{native}", root]}))
            yield from _comment(one, answer, root, below, where)


def _place(root: str, reading: Reading) -> tuple[str, str | None]:
    """(kind, parent) by the address; a comment that came alone, without one, may answer the video or a comment."""
    found = _THREAD.search(reading.context.get("list") or urlsplit(reading.exchange.url).path)
    if found is None:
        return "comment", None
    return ("reply", f"vimeo:comments/{found[2]}") if found[2] else ("comment", root)


def _showcase(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """Its videos are its links."""
    reading.check(ALBUM, item, pointer)
    return _record(
        item,
        reading,
        pointer,
        f"vimeo:albums/{native}",
        "post",
        published_at=_time(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:albums/{native}",
        title=item["name"],
        text=item.get("description") or "",
        visibility=reading.part(PRIVACY, item, "privacy", pointer).get("view"),
        links=list(dict.fromkeys(reading.context.get("told", {}).get(native, ()))),
    )


def _event(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """What it is and when it takes place; each broadcast is a video of its own."""
    reading.check(EVENT, item, pointer)
    schedule = item.get("schedule") or {}
    times = [f"{name}: {value}" for name, value in sorted(schedule.items()) if isinstance(value, str) and value]
    return _record(
        item,
        reading,
        pointer,
        f"vimeo:live_events/{native}",
        "post",
        published_at=_time(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:live_events/{native}",
        title=item["title"],
        text="\n\n".join(filter(None, (item.get("stream_description"), "\n".join(times)))),
        visibility=reading.part(PRIVACY, item, "stream_privacy", pointer).get("view"),
        media=_still(item, reading, pointer, 1),
    )


def _record(
    item: dict[str, Any], reading: Reading, pointer: str, record_id: str, kind: str, *, by: str | None = None, **more: Any
) -> Record:
    """What all but the profile have in common: author, address. `by`: the author's address where `user` does not tell it."""
    author = _author(item, reading, pointer)
    uri = author.get("uri") or by
    by = _native(uri, reading.exchange, f"{pointer}/user/uri")[1] if uri else None
    return Record(
        record_id=record_id,
        kind=kind,
        native_id=_parts(record_id)[1],
        pointer=pointer,
        url=item.get("link"),
        author_id=by,
        author_name=author.get("name"),
        author_handle=_handle(author.get("link"), reading.exchange),
        author_is_account=None if reading.me is None or by is None else by == reading.me,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
        **more,
    )


def _profile(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """What the account says of itself, who may comment on new videos, and how many people it has blocked."""
    reading.check(PROFILED, item, pointer)
    sites = reading.each(SITE, item, "websites", pointer)
    preferences = reading.part(OF_VIDEOS, reading.part(PREFERENCES, item, "preferences", pointer), "videos", f"{pointer}/preferences")
    lines = {
        "Location": item.get("location"),
        "Comments on new videos": reading.part(COMMENTING, preferences, "privacy", f"{pointer}/preferences/videos").get("comments"),
        "Blocked people": _total(_connections(item, reading, pointer), "block", reading, pointer),
    }
    told = [f"{label}: {value}" for label, value in lines.items() if value]
    told += ["Website: " + ", ".join(filter(None, (site.get(name) for name in ("name", "description", "link")))) for site in sites]
    bios = dict.fromkeys(filter(None, (item.get("bio"), item.get("short_bio"))))
    return Record(
        record_id=f"vimeo:users/{native}",
        kind="profile",
        native_id=native,
        pointer=pointer,
        url=item.get("link"),
        author_id=native,
        author_name=item["name"],
        author_handle=_handle(item.get("link"), reading.exchange),
        author_is_account=None if reading.me is None else native == reading.me,
        title=item["name"],
        text="\n\n".join([*bios, *(["\n".join(told)] if told else [])]),
        links=list(dict.fromkeys(filter(None, (site.get("link") for site in sites)))),
        media=_still(item, reading, pointer, 1),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


# -------------------------------------------------------------------------------------------------------------------- parts of an item


def _time(item: dict[str, Any], name: str, exchange: Exchange, pointer: str = "") -> datetime:
    return when(item[name], exchange, f"{pointer}/{name}")


def _handle(link: str | None, exchange: Exchange) -> str | None:
    try:
        return _last_step(link or "") or None
    except ValueError:
        raise wrong(exchange, "/link", "an address", link) from None


def _author(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    return reading.part(WHO, item, "user", pointer)


def _connections(item: dict[str, Any], reading: Reading, pointer: str = "") -> dict[str, Any]:
    """The edges of a thing, by their names; those that are not read are no words of people."""
    return reading.part(METADATA, item, "metadata", pointer).get("connections") or {}


def _edge(shape: Shape, connections: dict[str, Any], name: str, reading: Reading, pointer: str) -> dict[str, Any]:
    return reading.part(shape, connections, name, f"{pointer}/metadata/connections")


def _total(connections: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    total: int | None = _edge(TOTAL, connections, name, reading, pointer).get("total")
    return total


def _media(item: dict[str, Any], native: str, connections: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """The film, its still, and the tracks that the context tells. A film that was replaced is another version, under the same address."""
    version = _edge(VERSIONS, connections, "versions", reading, pointer).get("current_uri")
    best, length = _best_file(item, reading, pointer), item.get("duration")
    film = Media(
        f"versions/{version.rpartition('/')[2]}" if version else f"videos/{native}",
        "video",
        best["link"] if best else None,
        width=_whole(item.get("width")),
        height=_whole(item.get("height")),
        duration=_whole(length * 1000) if length else None,
    )
    if best is None:
        film.missing_reason = _PLAN if item.get("status") in (None, "available") else f"not ready: Vimeo calls the film {item['status']}"
    media = [film, *_still(item, reading, pointer, 2)]
    for track in reading.context.get("told", {}).get(native, ()):
        name = "/".join(filter(None, (track["uri"].rpartition("/")[2], track.get("language"), track.get("type"), track.get("name"))))
        media.append(Media(f"texttracks/{name}", "document", track.get("link"), position=len(media) + 1))
    return media


def _best_file(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any] | None:
    """The file as it was uploaded, else the largest one; what is made for players in pieces is none."""
    found = [one for name in ("download", "files") for one in reading.each(FILE, item, name, pointer)]
    whole = [one for one in found if one.get("link") and one.get("quality") not in ("hls", "dash")]
    return max(whole, key=lambda one: (one.get("quality") == "source", one.get("height") or 0, one.get("size") or 0), default=None)


def _still(item: dict[str, Any], reading: Reading, pointer: str, position: int) -> list[Media]:
    """The active picture in its largest size; Vimeo's own stands for none."""
    picture = reading.part(PICTURES, item, "pictures", pointer)
    sizes = reading.each(SIZE, picture, "sizes", f"{pointer}/pictures")
    uri = picture.get("uri")
    if not uri or not sizes or picture.get("type") == "default":
        return []
    best = max(sizes, key=lambda size: (size.get("width") or 0) * (size.get("height") or 0))
    identity = f"pictures/{uri.rpartition('/')[2]}"
    return [Media(identity, "image", best["link"], width=_whole(best.get("width")), height=_whole(best.get("height")), position=position)]


def _whole(value: float | None) -> int | None:
    """A number of the platform as one that is kept; None where it is none that can be."""
    return round(value) if value is not None and 0 <= value < 2**53 else None
