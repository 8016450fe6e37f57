"""YouTube: a channel's profile, videos, shorts and broadcasts, and all comments, with an API key or with the consent of its owner.

Read (Data API v3, https://developers.google.com/youtube/v3/docs; fields checked against the discovery document in the PyPI package
google-api-python-client), each request for one unit of the day's quota:
  channels                       who answers, its profile, its list of uploads, its number of public videos: once a capture
  playlistItems                  50 uploads, newest first
  videos?id=                     50 videos
  commentThreads?videoId=        100 threads of a video, newest first, each with some of its answers
  commentThreads?allThreadsRelatedToChannelId=   the same of all videos: what is new on any of them, for one unit
  comments?parentId=             100 answers, only where a thread does not hold all that it counts
  comments?id=                   50 comments
  captions?videoId=              for 50 units, the caption tracks of a video; one of them (captions/<id>) for 200

The whole account is read video by video. The last days are read by the one list of all threads, which holds all that is said on new videos
and what is new on old ones; a video that counts more than that list gave is then read for itself. New answers in old threads are found by
the nightly sweep. Only the owner's token is shown comments that are held or taken for spam, videos that are not public, and captions.

What the tracks of a video are costs too much to be asked each time: some videos a night are, and what the archive holds of the others
stands, so that a reading that does not ask makes no edit.

A comment is asked for as HTML, which has its links; its words are those that its author typed (`textOriginal`), where YouTube gives them.
docs/platforms/youtube.md says what the API never gives, and what a day costs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from zlib import crc32

from recordroom.errors import AccountUnavailable, Blocked, UnexpectedResponse, UsageError
from recordroom.model import HELD, HIDDEN, SPAM, UNAVAILABLE, VISIBLE, Absence, Exchange, Identity, Media, Record, Totals
from recordroom.platforms import Client, Code, Consent, Known, Limit, Platform, Renewal, Token, TokenClient, Window, minutes, oauth
from recordroom.platforms.answers import in_path, wrong
from recordroom.platforms.google import Google, failure, reasons_of
from recordroom.platforms.markup import read, text_of
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.shapes import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

HOST, SERVER, API = "https://youtube.googleapis.com", "youtube.com", "/youtube/v3"
TOKENS, SCOPE = "https://oauth2.googleapis.com/token", "https://www.googleapis.com/auth/youtube.force-ssl"
_DOCS = "https://developers.google.com/youtube/v3"
_COSTS, _OAUTH = f"{_DOCS}/determine_quota_cost", "https://developers.google.com/identity/protocols/oauth2/web-server"


def units_of(exchange: Exchange) -> int:
    """What a request takes from the quota, a refused one too: a list of captions costs more than other lists."""
    return 50 if urlsplit(exchange.url).path.endswith("/captions") else 1


PLATFORM = Platform(
    name="youtube",
    title="YouTube",
    parser=1,
    every=minutes(45),  # a capture takes seven units of a quota that a district's channels share
    address=(r"^/[^/]", "https://www.youtube.com/@<handle> or https://www.youtube.com/channel/<id>"),
    secrets=("token", "key"),
    one_of=True,
    ids_in_a_lookup=50,
    cost=units_of,
    renewal=Renewal(before=minutes(10), needs=("refresh_token", *oauth.APP), keeps=True),
    consent=Consent("https://accounts.google.com/o/oauth2/v2/auth", (SCOPE,), more={"access_type": "offline", "prompt": "consent"}),
    unshown="comments of closed accounts and of users whom the channel hides",
    not_offered={
        "stories": "there are none",
        "polls": "they stand in community posts, which are not given",
        "events": "there are none",
        "others": "there are none",
        "films": "no program is given the file",
        "alt": "there are none",
        "history": "changes are found by comparing",
        "hidden": "users whom a channel hides are counted and not shown",
        "removed": "what is gone is absent without a word",
        "moderation": "neither hidden users nor blocked words; that comments need approval stands in the profile",
        "messages": "there are none",
    },
    limits=(
        Limit(
            "quota",
            10_000,
            "units a day for a Google Cloud project, until midnight in California",
            _COSTS,
            "2026-11-25",
            86_400,
            "America/Los_Angeles",
        ),
        Limit("a list", 1, "unit a request, one that is refused too", _COSTS, "2026-11-25"),
        Limit("uploads in a page", 50, "videos", f"{_DOCS}/docs/playlistItems/list", "2026-11-25"),
        Limit("videos by id", 50, "videos in a request", f"{_DOCS}/docs/videos/list", "2026-11-25"),
        Limit("threads or answers in a page", 100, "threads or answers", f"{_DOCS}/docs/commentThreads/list", "2026-11-25"),
        Limit("answers within a thread", None, "answers: some, how many is not told", f"{_DOCS}/docs/commentThreads", "2026-11-25"),
    ),
)
BATCH, VIDEO_ID = 50, 11
TRACKS_A_NIGHT = 10  # videos that are asked for their tracks in one sweep: 500 units, and 200 for each track that is new
AGAIN = 30  # days after which it is asked for them again
OLD = 10  # so many uploads at the end of a page that are older than the last days: those after them are so, too
CHANNEL_PARTS = "snippet,contentDetails,statistics,status,brandingSettings,localizations"
VIDEO_PARTS = "snippet,contentDetails,status,statistics,liveStreamingDetails,localizations"
OF_VIDEO, OF_CHANNEL = "videoId", "allThreadsRelatedToChannelId"
PUBLISHED, WAITING = "published", ("heldForReview", "likelySpam")
UPLOADS: Params = {"part": "snippet,contentDetails", "maxResults": 50}
THREADS: Params = {"part": "snippet,replies", "order": "time", "textFormat": "html", "maxResults": 100}
ANSWERS: Params = {"part": "snippet", "textFormat": "html", "maxResults": 100}

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_ABOUT = {"kind": "said by its place", "etag": "changes with every counter"}
_VIEWER, _SAID = "about whoever asks", "said by another field"
LISTED = Shape(
    {"kind": TEXT, "items": _LIST, "nextPageToken": _TEXT},
    {"etag": "changes with every counter", "pageInfo": "counts of the page"}
    | dict.fromkeys(("prevPageToken", "tokenPagination", "eventId", "visitorId"), "about the request"),
)
CHANNEL = Shape(
    {"id": TEXT, "snippet": ITEM, "contentDetails": _ITEM, "statistics": _ITEM, "status": _ITEM, "brandingSettings": _ITEM}
    | {"localizations": _ITEM},
    _ABOUT | {"topicDetails": "found by YouTube"} | dict.fromkeys(("contentOwnerDetails", "auditDetails", "conversionPings"), "no words"),
)
CHANNEL_SNIPPET = Shape(
    {"title": TEXT, "description": TEXT, "customUrl": _TEXT, "publishedAt": _TEXT, "thumbnails": _ITEM, "country": _TEXT}
    | {"defaultLanguage": _TEXT},
    {"localized": _SAID},
)
CONTENTS = Shape({"relatedPlaylists": ITEM})
PLAYLISTS = Shape({"uploads": _TEXT}, dict.fromkeys(("likes", "favorites", "watchHistory", "watchLater"), "the list itself is not read"))
CHANNEL_COUNTS = Shape(
    {"videoCount": _TEXT},
    dict.fromkeys(("viewCount", "subscriberCount", "hiddenSubscriberCount", "commentCount"), "counters of no record"),
)
CHANNEL_STATUS = Shape(
    {"privacyStatus": _TEXT},
    dict.fromkeys(("isLinked", "longUploadsStatus", "isChannelMonetizationEnabled"), "no words")
    | dict.fromkeys(("madeForKids", "selfDeclaredMadeForKids"), "no words"),
)
BRANDING = Shape({"channel": _ITEM, "image": _ITEM}, {"watch": "how a page looks", "hints": "how a page looks"})
SETTINGS = Shape(
    {"keywords": _TEXT, "moderateComments": _FLAG},
    dict.fromkeys(("title", "description", "country", "defaultLanguage"), _SAID)
    | dict.fromkeys(("defaultTab", "profileColor", "showBrowseView", "showRelatedChannels", "unsubscribedTrailer"), "how a page looks")
    | dict.fromkeys(("featuredChannelsTitle", "featuredChannelsUrls", "trackingAnalyticsAccountId"), "how a page looks"),
)
BANNER = Shape(
    {"bannerExternalUrl": _TEXT},
    dict.fromkeys(
        (
            "bannerImageUrl", "bannerMobileImageUrl", "bannerMobileLowImageUrl", "bannerMobileMediumHdImageUrl", "bannerMobileHdImageUrl",
            "bannerMobileExtraHdImageUrl", "bannerTabletImageUrl", "bannerTabletLowImageUrl", "bannerTabletHdImageUrl",
            "bannerTabletExtraHdImageUrl", "bannerTvImageUrl", "bannerTvLowImageUrl", "bannerTvMediumImageUrl", "bannerTvHighImageUrl",
            "watchIconImageUrl", "trackingImageUrl", "backgroundImageUrl", "largeBrandedBannerImageImapScript",
            "largeBrandedBannerImageUrl", "smallBrandedBannerImageImapScript", "smallBrandedBannerImageUrl",
        ),
        "other sizes of the banner, and what is no longer shown",
    ),
)  # fmt: skip
UPLOAD = Shape({"id": _TEXT, "snippet": ITEM, "contentDetails": _ITEM, "status": _ITEM}, _ABOUT)
UPLOAD_SNIPPET = Shape(
    {"title": TEXT, "description": TEXT, "thumbnails": _ITEM, "resourceId": ITEM, "videoOwnerChannelId": _TEXT}
    | {"videoOwnerChannelTitle": _TEXT, "publishedAt": _TEXT},
    {"channelId": "whose list it is", "channelTitle": "whose list it is", "playlistId": "the list", "position": "place in the list"},
)
UPLOAD_DETAILS = Shape({"videoId": _TEXT, "videoPublishedAt": _TEXT}, dict.fromkeys(("startAt", "endAt", "note"), "how the list plays it"))
UPLOAD_STATUS = Shape({"privacyStatus": _TEXT})
RESOURCE = Shape({"videoId": TEXT}, {"kind": "a video: lists hold nothing else", "channelId": _SAID, "playlistId": _SAID})
VIDEO = Shape(
    {"id": TEXT, "snippet": ITEM, "contentDetails": _ITEM, "status": _ITEM, "statistics": _ITEM, "liveStreamingDetails": _ITEM}
    | {"localizations": _ITEM},
    _ABOUT
    | {"player": "how a page embeds it", "topicDetails": "found by YouTube", "recordingDetails": "no longer shown"}
    | dict.fromkeys(("fileDetails", "processingDetails", "suggestions", "projectDetails"), "about the upload")
    | dict.fromkeys(("ageGating", "brandPartner", "monetizationDetails", "paidProductPlacementDetails"), "about advertising and age"),
)
VIDEO_SNIPPET = Shape(
    {"publishedAt": TEXT, "channelId": TEXT, "title": TEXT, "description": TEXT, "thumbnails": _ITEM, "channelTitle": _TEXT}
    | {"tags": _LIST, "defaultLanguage": _TEXT},
    {"categoryId": "a number of YouTube's", "liveBroadcastContent": "said by liveStreamingDetails", "localized": _SAID}
    | {"defaultAudioLanguage": "of the sound"},
)
VIDEO_DETAILS = Shape(
    {"duration": _TEXT, "caption": _TEXT},
    dict.fromkeys(("dimension", "definition", "projection", "licensedContent", "hasCustomThumbnail"), "about the file")
    | dict.fromkeys(("regionRestriction", "countryRestriction", "contentRating"), "where and for whom it is shown"),
)
VIDEO_STATUS = Shape(
    {"privacyStatus": _TEXT, "uploadStatus": _TEXT, "rejectionReason": _TEXT},
    {"failureReason": "of an upload that was never shown", "publishAt": "said by publishedAt, once it is"}
    | dict.fromkeys(("license", "embeddable", "publicStatsViewable"), "what others may do with it")
    | dict.fromkeys(("madeForKids", "selfDeclaredMadeForKids", "containsSyntheticMedia"), "about the film"),
)
VIDEO_COUNTS = Shape(
    {"viewCount": _TEXT, "likeCount": _TEXT, "commentCount": _TEXT}, dict.fromkeys(("dislikeCount", "favoriteCount"), "not public")
)
BROADCAST = Shape(
    dict.fromkeys(("scheduledStartTime", "scheduledEndTime", "actualStartTime"), _TEXT),
    dict.fromkeys(("actualEndTime", "concurrentViewers", "activeLiveChatId"), "how it went"),
)
LOCALIZATION = Shape({"title": _TEXT, "description": _TEXT})
PICTURE = Shape({"url": TEXT, "width": _NUMBER, "height": _NUMBER})
THREAD = Shape({"id": TEXT, "snippet": ITEM, "replies": _ITEM}, _ABOUT)
THREAD_SNIPPET = Shape(
    {"topLevelComment": ITEM, "totalReplyCount": NUMBER, "videoId": _TEXT, "channelId": _TEXT},
    {"canReply": _VIEWER, "isPublic": "said by moderationStatus and by the video"},
)
REPLIES = Shape({"comments": LIST})
COMMENT = Shape({"id": TEXT, "snippet": ITEM}, _ABOUT)
COMMENT_SNIPPET = Shape(
    {"textDisplay": TEXT, "textOriginal": _TEXT, "publishedAt": TEXT, "updatedAt": TEXT, "authorDisplayName": _TEXT}
    | {"authorChannelId": _ITEM, "parentId": _TEXT, "videoId": _TEXT, "likeCount": _NUMBER, "moderationStatus": _TEXT, "imageUrl": _TEXT},
    {"canRate": _VIEWER, "viewerRating": _VIEWER, "channelId": "whose video it is"}
    | dict.fromkeys(("authorChannelUrl", "authorProfileImageUrl"), "said by authorChannelId"),
)
AUTHOR = Shape({"value": _TEXT})

CAPTION = Shape({"id": TEXT, "snippet": ITEM}, _ABOUT)
TRACK = Shape(
    {"videoId": TEXT, "language": _TEXT, "lastUpdated": TEXT, "trackKind": _TEXT, "isDraft": _FLAG, "status": _TEXT},
    {"name": "how it is chosen", "audioTrackType": "about the sound", "failureReason": "of a track that is not shown"}
    | dict.fromkeys(("isCC", "isLarge", "isEasyReader", "isAutoSynced"), "how it is shown"),
)

_COUNTS = {"likes": "likeCount", "comments": "commentCount", "views": "viewCount"}
_MODERATION: dict[str | None, tuple[str, str | None, str | None]] = {
    None: (VISIBLE, None, None),
    PUBLISHED: (VISIBLE, None, None),
    "heldForReview": (HELD, None, "heldForReview: by a setting of the channel, or by YouTube; YouTube does not say which"),
    "likelySpam": (SPAM, "platform", "likelySpam: taken for spam by YouTube"),
    "rejected": (HIDDEN, "agency", "rejected: by somebody who looks after the channel"),
}
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_HANDLE = re.compile(r"(?<![\w@.])@([\w.·-]*\w)")
_HASHTAG = re.compile(r"(?<![\w&])#(\w+)")
_LENGTH = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_ONE_VIDEO = re.compile(r"^/(?:shorts|live|embed|v)/([\w-]{11})(?:/|$)")
_OWN_PATHS = re.compile(r"/(?:results|hashtag/|channel/|user/|@)")

COMMENTS_OFF, NO_UPLOADS = "commentsDisabled", "playlistNotFound"


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The channel of `account.url`, or the one that is known already, whatever it is called now."""
    asked = _named(account.url)
    if account.identity is not None and "id" not in asked:
        asked = {"id": account.identity.native_id}
    exchange = Google(client).get(f"{_base(account)}/channels", {"part": CHANNEL_PARTS, **asked})
    found = _checked(exchange, CHANNEL)
    if not found:
        words = f"YouTube has no channel {next(iter(asked.values()))}"
        raise AccountUnavailable(words, "It is closed or suspended, or the address in the register is another's.", exchange)
    snippet = found[0]["snippet"]
    CHANNEL_SNIPPET.check(snippet, exchange, "/items/0/snippet")
    return Identity(found[0]["id"], SERVER, snippet["title"], (snippet.get("customUrl") or "").removeprefix("@") or None, exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: the public videos, as the channel counted them when this capture began; None where it does not."""
    exchange = account.known.exchange or identify(account, client).exchange
    if exchange is None:
        return None
    [channel] = _checked(exchange, CHANNEL)
    statistics = channel.get("statistics") or {}
    CHANNEL_COUNTS.check(statistics, exchange, "/items/0/statistics")
    number = _number(statistics, "videoCount", exchange, "/items/0/statistics")
    return None if number is None else Totals({"own": number}, exchange)


def renew(account: Account, client: TokenClient) -> Token:
    """An access token for the next hour; the refresh token stays as it is."""
    return oauth.refreshed(client, _tokens(account))


def consented(account: Account, client: TokenClient, code: Code) -> Token:
    return oauth.exchanged(client, _tokens(account), code)


def _tokens(account: Account) -> str:
    return f"{account.api_url.rstrip('/')}/token" if account.api_url else TOKENS


def _base(account: Account) -> str:
    return f"{(account.api_url or HOST).rstrip('/')}{API}"


def _named(url: str) -> dict[str, str]:
    """What the address of a channel names it by: /channel/UC..., /@handle, /user/name, /c/name, /name."""
    steps = [step for step in urlsplit(url).path.split("/") if step] or [""]
    if len(steps) > 1 and steps[0] in ("channel", "user"):
        return {"id" if steps[0] == "channel" else "forUsername": steps[1]}
    return {"forHandle": steps[1] if len(steps) > 1 and steps[0] == "c" else steps[0]}


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    video: str = ""  # of a permalink
    uploads: bool = True
    page: str | None = None  # token of the next page of uploads
    lists: list[list[str]] = field(default_factory=list)  # [filter, of what, moderation status] of threads to be read
    threads: str | None = None  # token of the next page of the first list
    parents: list[list[str]] = field(default_factory=list)  # [comment, its video] whose answers are to be read
    answers: str | None = None  # token of the next page of the first one's
    counted: dict[str, int] = field(default_factory=dict)  # of new videos: comments that are counted and were not given yet
    asked: int = 0  # videos that were asked for their tracks
    untold: int = 0  # videos whose tracks nobody has asked for yet
    chats: list[str] = field(default_factory=list)  # broadcasts that have begun: what was said beside them cannot be read

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then the uploads page by page, each page followed by the comments on its videos."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        if window.kind == "one":
            walk.todo = _Todo(video=_video_of(window.url or ""), uploads=False)
        yield walk.profile()
    if walk.todo.video:
        yield walk.one()
    yield from walk.pending()
    if walk.todo.uploads:
        yield from walk.uploads()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Each by its id. YouTube leaves out what is gone, and never says why; but it says where comments are switched off."""
    walk, known = _Walk(account, client), {k.native_id: k for k in ids}
    if any(k.kind == "profile" for k in known.values()):
        yield walk.profile()
    videos = [k.native_id for k in known.values() if k.kind == "post"]
    for some, answer, there in walk.by_id("videos", {"part": VIDEO_PARTS}, videos):
        held = {native: _held_tracks(native, known[native].files) for native in there if native in known}
        yield replace(answer, context={**answer.context, "tracks": {native: tracks for native, tracks in held.items() if tracks}})
        for native in some:
            if native not in there:
                yield Absence(known[native].record_id, UNAVAILABLE, walk.why_no_video, answer)
    said = [k for k in known.values() if k.kind in ("comment", "reply")]
    places = {k.native_id: [k.kind, k.parent_id, k.root_id] for k in said}
    for some, answer, there in walk.by_id("comments", {"part": "snippet", "textFormat": "html"}, list(places), places=places):
        yield answer
        yield from walk.silent([known[native] for native in some if native not in there], answer)


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.base, self.api, self.channel = _base(account), Google(client), account.known
        self.window = window or Window("full")
        self.context: dict[str, Any] = {"account": self.channel.native_id, "server": SERVER}
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None
        self.owner = bool(client.secrets.get("token"))
        self.today = datetime.now(UTC).toordinal()
        self.off: dict[str, Exchange | None] = {}  # video -> the answer that its comments are switched off

    @property
    def why_no_video(self) -> str:
        return "deleted, by the channel or by YouTube" if self.owner else "deleted, or private: YouTube tells that to its owner only"

    @property
    def why_no_comment(self) -> str:
        """Whoever asks without the owner's consent is told less."""
        if self.owner:
            return "deleted or rejected: YouTube does not say which, nor by whom; it is neither held nor taken for spam"
        return "deleted, rejected, held or taken for spam: YouTube tells the latter two to the channel's owner only"

    def get(self, method: str, params: Params, **context: Any) -> Exchange:
        return self.api.get(f"{self.base}/{method}", params, context=self.context | context)

    def pages(self, method: str, params: Params, start: str | None, **context: Any) -> Iterator[Exchange]:
        """The pages of a list. A token that was stored may be dead by now: the list is then read anew."""
        url, more = f"{self.base}/{method}", self.context | context
        found = by_cursor(self.api, url, params, next_page, parameter="pageToken", context=more, start=start)
        try:
            first = next(found)
        except UnexpectedResponse:
            if start is None:
                raise
            found = by_cursor(self.api, url, params, next_page, parameter="pageToken", context=more)
            first = next(found)
        yield first
        yield from found

    def by_id(self, method: str, params: Params, natives: list[str], **context: Any) -> Iterator[tuple[list[str], Exchange, set[str]]]:
        """(ids, the answer, those of them that are in it)"""
        for start in range(0, len(natives), BATCH):
            some = natives[start : start + BATCH]
            answer = self.get(method, {**params, "id": ",".join(some)}, **context)
            yield some, answer, {item["id"] for item in _checked(answer, VIDEO if method == "videos" else COMMENT)}

    def profile(self) -> Exchange:
        """As it was read to see who answers."""
        seen = self.channel.exchange or self.get("channels", {"part": CHANNEL_PARTS, "id": self.channel.native_id})
        return replace(seen, context={**seen.context, **self.context}, cursor=self.todo.cursor)

    def one(self) -> Exchange:
        """The video of a permalink."""
        native, self.todo.video = self.todo.video, ""
        answer = self.videos([native])
        found = _checked(answer, VIDEO)
        if not found or _snippet(found[0], answer, "/items/0")["channelId"] != self.channel.native_id:
            raise UsageError(f"{self.window.url} cannot be seen on this channel", "It is gone, private, or another's.")
        if self.owner:
            self.todo.lists += [[OF_VIDEO, native, status] for status in WAITING]
        return replace(answer, cursor=self.todo.cursor)

    def uploads(self) -> Iterator[Exchange]:
        """All uploads; of the last days, until a page ends with older ones. A channel without any has no list of them."""
        try:
            for page in self.pages("playlistItems", {**UPLOADS, "playlistId": self.list_of_uploads()}, self.todo.page):
                new = [(native, self.since is None or at is None or at >= self.since) for native, at in _uploads(page)]
                self.todo.page = page.cursor if any(is_new for _, is_new in new[-OLD:]) else None
                wanted = [native for native, is_new in new if is_new]
                answer = self.videos(wanted) if wanted else None
                if self.todo.page is None:
                    self.end_uploads()
                if answer is not None:
                    yield replace(answer, cursor=self.todo.cursor)
                yield from self.pending()
                if not self.todo.uploads:
                    return
        except AccountUnavailable as problem:
            if NO_UPLOADS not in reasons_of(problem.exchange) or self.number_of_videos() != 0:
                raise
            self.end_uploads()
            yield from self.pending()

    def end_uploads(self) -> None:
        """After the videos: the lists that hold comments on all of them."""
        native, self.todo.uploads = self.channel.native_id, False
        if self.since is not None:
            self.todo.lists.append([OF_CHANNEL, native, PUBLISHED])
        if self.owner:
            self.todo.lists += [[OF_CHANNEL, native, status] for status in WAITING]

    def list_of_uploads(self) -> str:
        """As the channel names it; where it does not, its name is the channel's with other letters in front."""
        exchange, native = self.channel.exchange, self.channel.native_id
        channel = _checked(exchange, CHANNEL)[0] if exchange is not None else {}
        contents = channel.get("contentDetails") or {}
        lists = contents.get("relatedPlaylists") or {}
        told = lists.get("uploads") if isinstance(lists, dict) else None
        return told if isinstance(told, str) and told else f"UU{native[2:]}"

    def number_of_videos(self) -> int | None:
        exchange = self.channel.exchange
        statistics = (_checked(exchange, CHANNEL)[0].get("statistics") or {}) if exchange is not None else {}
        return None if exchange is None else _number(statistics, "videoCount", exchange, "/items/0/statistics")

    def videos(self, natives: list[str]) -> Exchange:
        """With what is known of their tracks."""
        answer = self.get("videos", {"part": VIDEO_PARTS, "id": ",".join(natives)})
        self.note_videos(answer)
        tracks = self.tracks(answer)
        return replace(answer, context={**answer.context, **({"tracks": tracks} if tracks else {}), **self.short})

    def tracks(self, answer: Exchange) -> dict[str, list[str]]:
        """video -> identities of its tracks, as they are held or, where it is its turn, as YouTube tells them."""
        found = {}
        for video in _checked(answer, VIDEO):
            if (video.get("contentDetails") or {}).get("caption") == "true":
                native = video["id"]
                held = _held_tracks(native, self.window.files(_record_id(native)))
                if self.is_turn(native, held=bool(held)):
                    self.todo.asked += 1
                    found[native] = _tracks(self.get("captions", {"part": "snippet", "videoId": native}))
                else:
                    self.todo.untold += not held
                    found[native] = held
        return found

    def is_turn(self, native: str, *, held: bool) -> bool:
        """A video of which no track is held, and each other one every so many days."""
        if not self.owner or self.window.kind not in ("full", "one") or self.todo.asked >= TRACKS_A_NIGHT:
            return False
        return not held or self.window.kind == "one" or (crc32(native.encode()) + self.today) % AGAIN == 0

    def note_videos(self, answer: Exchange) -> None:
        """Which comments are to be read. Where they are switched off there is no count of them."""
        for at, video in enumerate(_checked(answer, VIDEO)):
            native, statistics, pointer = video["id"], video.get("statistics") or {}, f"/items/{at}"
            counted = _number(statistics, "commentCount", answer, f"{pointer}/statistics")
            sign = "off" if counted is None else counted
            if self.since is not None:
                self.todo.counted |= {native: counted} if counted else {}
            elif self.window.wants(_record_id(native), self.published(video, answer, pointer), sign):
                if counted:
                    self.todo.lists.append([OF_VIDEO, native, PUBLISHED])
                else:
                    self.window.read(_record_id(native))
            if (video.get("liveStreamingDetails") or {}).get("actualStartTime"):
                self.todo.chats.append(native)

    def published(self, video: dict[str, Any], answer: Exchange, pointer: str) -> datetime:
        """A video that is to be shown later has no time yet."""
        at = _snippet(video, answer, pointer).get("publishedAt")
        return when(at, answer, f"{pointer}/snippet/publishedAt") if at else datetime.now(UTC)

    @property
    def short(self) -> dict[str, str]:
        """For the core: what the API gives to nobody who comes later."""
        words = []
        if self.todo.chats:
            which = f"{len(self.todo.chats)} broadcasts (first: {_record_id(self.todo.chats[0])})"
            words.append(f"what was said in the live chat of {which} is not captured: YouTube gives it only while they run")
        if self.todo.untold and self.window.kind in ("full", "history"):
            why = f"{TRACKS_A_NIGHT} videos a night are asked for theirs" if self.owner else "YouTube gives them to the owner only"
            words.append(f"the captions of {self.todo.untold} videos are not captured: {why}")
        return {"short": "; ".join(words)} if words else {}

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds."""
        while self.todo.parents or self.todo.lists:
            yield from self.answers() if self.todo.parents else self.threads()

    def threads(self) -> Iterator[Exchange]:
        """The first list, each page followed by the answers that it lacks. What has gone since its video was listed is seen to by the next
        capture."""
        todo, (which, native, status) = self.todo, self.todo.lists[0]
        params = {**THREADS, which: native} | ({"moderationStatus": status} if status != PUBLISHED else {})
        try:
            for page in self.pages("commentThreads", params, todo.threads):
                todo.threads = page.cursor
                last = self.note_threads(page, status) or page.cursor is None
                if last:
                    self.end_list()
                yield replace(page, cursor=todo.cursor)
                yield from self.answers()
                if last:
                    if which == OF_VIDEO and status == PUBLISHED:
                        self.window.read(_record_id(native))
                    return
        except (AccountUnavailable, Blocked) as problem:
            if which == OF_CHANNEL or (isinstance(problem, Blocked) and COMMENTS_OFF not in reasons_of(problem.exchange)):
                raise
            self.end_list()

    def end_list(self) -> None:
        """After the list of all threads, new videos that count more comments than it gave are read for themselves."""
        which, _, status = self.todo.lists.pop(0)
        self.todo.threads = None
        if which == OF_CHANNEL and status == PUBLISHED:
            self.todo.lists += [[OF_VIDEO, native, PUBLISHED] for native, lacking in self.todo.counted.items() if lacking > 0]
            self.todo.counted = {}

    def note_threads(self, page: Exchange, status: str) -> bool:
        """Notes whose answers are lacking; whether the page ends with threads from before the window. A list of comments that wait holds
        of each thread only the answers that wait: the others stand in that of the published ones."""
        at, reading = None, Reading(page)
        for number, thread in enumerate(_checked(page, THREAD)):
            pointer = f"/items/{number}"
            parts = _parts_of(thread, reading, pointer)
            told = _snippet(parts.top, page, f"{pointer}/snippet/topLevelComment")
            count, video, at = parts.snippet["totalReplyCount"], parts.snippet.get("videoId") or "", told["publishedAt"]
            hidden = told.get("moderationStatus") not in (None, PUBLISHED)
            if count > len(parts.replies) and (status == PUBLISHED or hidden):
                self.todo.parents.append([thread["id"], video])
            if video in self.todo.counted:
                self.todo.counted[video] -= 1 + count
        return self.since is not None and status == PUBLISHED and at is not None and when(at, page, "/items") < self.since

    def answers(self) -> Iterator[Exchange]:
        """All answers to each of the comments whose thread does not hold them."""
        todo = self.todo
        while todo.parents:
            parent, video = todo.parents[0]
            context = {"root": _record_id(video)} if video else {}
            try:
                for page in self.pages("comments", {**ANSWERS, "parentId": parent}, todo.answers, **context):
                    todo.answers = page.cursor
                    if page.cursor is None:
                        del todo.parents[0]
                    yield replace(page, cursor=todo.cursor)
            except AccountUnavailable:
                del todo.parents[0]
                todo.answers = None

    def silent(self, gone: list[Known], answer: Exchange) -> Iterator[Absence]:
        """Comments that an answer leaves out: hidden where their video says that comments are switched off."""
        for known in gone:
            off = self.switched_off((known.root_id or "").partition(":")[2])
            if off is not None:
                yield Absence(known.record_id, HIDDEN, f"{COMMENTS_OFF}: on the whole video, by the channel or by YouTube", off)
            else:
                yield Absence(known.record_id, UNAVAILABLE, self.why_no_comment, answer)

    def switched_off(self, video: str) -> Exchange | None:
        """The answer in which YouTube says that the comments on a video are switched off."""
        if video and video not in self.off:
            self.off[video] = None
            try:
                self.get("commentThreads", {"part": "id", OF_VIDEO: video, "maxResults": 1})
            except AccountUnavailable:
                pass
            except Blocked as problem:
                reasons = reasons_of(problem.exchange)
                if COMMENTS_OFF in reasons:
                    self.off[video] = problem.exchange
                elif "forbidden" not in reasons:  # of a video that is private now
                    raise
        return self.off.get(video)


def _video_of(url: str) -> str:
    """The id of the video that an address shows; UsageError where it shows none."""
    try:
        parts = urlsplit(url)
        host, query = (parts.hostname or "").removeprefix("www.").removeprefix("m."), parse_qs(parts.query)
    except ValueError:
        host, query, parts = "", {}, urlsplit("")
    if host == "youtu.be" and re.fullmatch(r"/[\w-]{11}", parts.path):
        return parts.path[1:]
    if host == SERVER:
        found = _ONE_VIDEO.match(parts.path)
        named = found[1] if found else query.get("v", [""])[0] if parts.path == "/watch" else ""
        if re.fullmatch(r"[\w-]{11}", named):
            return named
    raise UsageError(f"{url} is not the address of a video", "It reads https://www.youtube.com/watch?v=<id>.")


def _uploads(page: Exchange) -> Iterator[tuple[str, datetime | None]]:
    """(video, when it was published; of one that never was, when it was put into the list)"""
    for number, item in enumerate(_checked(page, UPLOAD)):
        pointer = f"/items/{number}"
        snippet, details = item["snippet"], item.get("contentDetails") or {}
        UPLOAD_SNIPPET.check(snippet, page, f"{pointer}/snippet")
        UPLOAD_DETAILS.check(details, page, f"{pointer}/contentDetails")
        RESOURCE.check(snippet["resourceId"], page, f"{pointer}/snippet/resourceId")
        at = details.get("videoPublishedAt") or snippet.get("publishedAt")
        yield snippet["resourceId"]["videoId"], when(at, page, pointer) if at else None


def _held_tracks(native: str, files: Iterable[str]) -> list[str]:
    return sorted(identity for identity in files if identity.startswith(f"{native}/captions/"))


def _tracks(answer: Exchange) -> list[str]:
    """Identities of the tracks that a person made: <video>/captions/<language>/<track>/<when it was last changed>."""
    found = []
    for number, item in enumerate(_checked(answer, CAPTION)):
        snippet = item["snippet"]
        TRACK.check(snippet, answer, f"/items/{number}/snippet")
        if snippet.get("trackKind") != "ASR" and not snippet.get("isDraft") and snippet.get("status") != "failed":
            track = in_path(item["id"], answer)
            found.append(f"{snippet['videoId']}/captions/{snippet.get('language') or ''}/{track}/{snippet['lastUpdated']}")
    return sorted(found)


def next_page(exchange: Exchange) -> str | None:
    """The token of the next page; None after the last."""
    body = content_of(exchange)
    LISTED.check(body, exchange, "")
    token: str | None = body.get("nextPageToken")
    return token


def _checked(exchange: Exchange, shape: Shape) -> list[dict[str, Any]]:
    """The items of an answer to `fetch`, each as far as its shape says."""
    found = [item for _, item in _items(content_of(exchange), exchange)[0]]
    for number, item in enumerate(found):
        shape.check(item, exchange, f"/items/{number}")
    return found


# ------------------------------------------------------------------------------------------------------------------------------ parse


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a list of channels, uploads, videos, threads or comments, or of a single one of them."""
    if problem := failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    found, left = _items(body, exchange)
    reading = Reading(exchange, touched)
    for pointer, item in found:
        reader = _READERS.get(_kind(item))
        if reader is None:
            raise wrong(exchange, f"{pointer}/kind", " or ".join(_READERS), _kind(item))
        for record in reader(item, reading, pointer):
            if left:
                record.leftover, left = left + record.leftover, ()
            yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001 (ids are unique on all of YouTube)
    """A body without its request: an error tells its status itself."""
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    told = content_of(bare)
    error = told.get("error") if isinstance(told, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return replace(bare, status=code) if type(code) is int and 400 <= code < 600 else bare


def _items(body: Any, exchange: Exchange) -> tuple[list[tuple[str, Any]], tuple[str, ...]]:
    """((pointer, item) of each, fields of the list that nobody decided about). An empty list may have no `items` at all."""
    if _kind(body) in _READERS:
        return [("", body)], ()
    left = LISTED.check(body, exchange, "")
    if not body["kind"].endswith("ListResponse"):
        raise wrong(exchange, "/kind", "that of a list", body["kind"])
    if body.get("items") is None and left:
        raise wrong(exchange, "/items", f"there, or no unknown field beside it ({', '.join(left)})", "nothing")
    return [(f"/items/{i}", item) for i, item in enumerate(items(body.get("items") or [], exchange, "/items"))], left


def _kind(item: Any) -> str:
    """What it says that it is; "" where it says nothing."""
    told = item.get("kind") if isinstance(item, dict) else None
    return told if isinstance(told, str) else ""


def _record_id(native: str) -> str:
    return f"youtube:{native}"


def _by_us(author: str | None, reading: Reading) -> bool | None:
    return None if author is None or reading.me is None else author == reading.me


def _snippet(item: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, Any]:
    """The snippet of a video or comment, checked."""
    shape = VIDEO_SNIPPET if item.get("kind") == "youtube#video" else COMMENT_SNIPPET
    COMMENT.check(item, exchange, pointer) if shape is COMMENT_SNIPPET else VIDEO.check(item, exchange, pointer)
    snippet: dict[str, Any] = item["snippet"]
    shape.check(snippet, exchange, f"{pointer}/snippet")
    return snippet


def _number(holder: Any, name: str, exchange: Exchange, pointer: str) -> int | None:
    """A count, which YouTube writes as text."""
    told = holder.get(name) if isinstance(holder, dict) else holder
    if told is None:
        return None
    if not (isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 19):
        raise wrong(exchange, f"{pointer}/{name}", "a whole number as text", told)
    return int(told)


# -- channels and videos


def _profile(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Description, keywords and settings are its text; picture and banner media."""
    reading.check(CHANNEL, item, pointer)
    snippet = reading.part(CHANNEL_SNIPPET, item, "snippet", pointer)
    reading.part(PLAYLISTS, reading.part(CONTENTS, item, "contentDetails", pointer), "relatedPlaylists", f"{pointer}/contentDetails")
    reading.part(CHANNEL_COUNTS, item, "statistics", pointer)
    branding, where = reading.part(BRANDING, item, "brandingSettings", pointer), f"{pointer}/brandingSettings"
    settings, banner = reading.part(SETTINGS, branding, "channel", where), reading.part(BANNER, branding, "image", where)
    handle, needs, at = snippet.get("customUrl"), settings.get("moderateComments"), snippet.get("publishedAt")
    lines = [f"{label}: {told}" for label, told in (("Country", snippet.get("country")), ("Keywords", settings.get("keywords"))) if told]
    lines += [f"Comments need approval: {'yes' if needs else 'no'}"] if needs is not None else []
    words = (snippet["description"], *_translations(item, snippet, reading, pointer), "\n".join(lines))
    yield Record(
        record_id=_record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://www.youtube.com/{handle or 'channel/' + item['id']}",
        author_id=item["id"],
        author_name=snippet["title"],
        author_handle=handle.removeprefix("@") if handle else None,
        author_is_account=_by_us(item["id"], reading),
        text="\n\n".join(filter(None, words)),
        title=snippet["title"],
        language=snippet.get("defaultLanguage"),
        published_at=when(at, reading.exchange, f"{pointer}/snippet/publishedAt") if at else None,
        visibility=reading.part(CHANNEL_STATUS, item, "status", pointer).get("privacyStatus"),
        media=_pictures(snippet, banner, reading, pointer),
        links=_addresses(snippet["description"]),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _pictures(snippet: dict[str, Any], banner: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Picture and banner have no ids, but a new name with each change; what follows it asks for a size."""
    best, url = _largest(snippet, reading, pointer), banner.get("bannerExternalUrl")
    found = [(best["url"], best.get("width"), best.get("height"))] if best else []
    found += [(f"{url}=w2120", None, None)] if url else []
    return [
        Media(file.partition("=")[0].rpartition("/")[2] or file, "image", file, width=width, height=height, position=at)
        for at, (file, width, height) in enumerate(found, 1)
    ]


def _largest(snippet: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any] | None:
    """The largest size of a picture; of two that are as large the one that is as high as a short."""
    sizes = snippet.get("thumbnails") or {}
    for name, size in sizes.items():
        reading.check(PICTURE, size, f"{pointer}/snippet/thumbnails/{name}", "thumbnails")
    best = max(sizes, key=lambda name: ((sizes[name].get("width") or 0) * (sizes[name].get("height") or 0), name), default=None)
    return sizes[best] if best is not None else None


def _translations(item: dict[str, Any], snippet: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """Title and description in other languages, which their author wrote."""
    words = []
    for language, told in sorted((item.get("localizations") or {}).items()):
        reading.check(LOCALIZATION, told, f"{pointer}/localizations/{language}", "localizations")
        if language != snippet.get("defaultLanguage"):
            words.append("\n\n".join(filter(None, (f"[{language}] {told.get('title') or ''}".rstrip(), told.get("description")))))
    return words


def _video(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A video, short or broadcast. The day for which a broadcast is announced is one of its words."""
    reading.check(VIDEO, item, pointer)
    exchange, snippet = reading.exchange, reading.part(VIDEO_SNIPPET, item, "snippet", pointer)
    status, live = reading.part(VIDEO_STATUS, item, "status", pointer), reading.part(BROADCAST, item, "liveStreamingDetails", pointer)
    announced = " - ".join(filter(None, (live.get("scheduledStartTime"), live.get("scheduledEndTime"))))
    words = (snippet["description"], *_translations(item, snippet, reading, pointer), f"Scheduled: {announced}" if announced else "")
    rejected, public = status.get("uploadStatus") == "rejected", status.get("privacyStatus") == "public"
    yield _post(
        item,
        item["id"],
        reading,
        pointer,
        text="\n\n".join(filter(None, words)),
        author_id=snippet["channelId"],
        author_name=snippet.get("channelTitle"),
        language=snippet.get("defaultLanguage"),
        published_at=when(snippet["publishedAt"], exchange, f"{pointer}/snippet/publishedAt"),
        visibility=status.get("privacyStatus"),
        status=HIDDEN if rejected else VISIBLE,
        acted_by="platform" if rejected else None,
        status_reason=f"rejected by YouTube: {status.get('rejectionReason') or 'the reason is not told'}" if rejected else None,
        media=_files(item, item["id"], reading, pointer),
        tags=_keywords(snippet, exchange, pointer),
        counts=_counts(reading.part(VIDEO_COUNTS, item, "statistics", pointer), exchange, f"{pointer}/statistics"),
        counts_replies=True,
        tally="own" if public and _by_us(snippet["channelId"], reading) is not False else None,
    )


def _upload(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """What a list says of a video: less than the video itself."""
    reading.check(UPLOAD, item, pointer)
    snippet, details = reading.part(UPLOAD_SNIPPET, item, "snippet", pointer), reading.part(UPLOAD_DETAILS, item, "contentDetails", pointer)
    source, at = reading.part(RESOURCE, snippet, "resourceId", f"{pointer}/snippet"), details.get("videoPublishedAt")
    yield _post(
        item,
        source["videoId"],
        reading,
        pointer,
        text=snippet["description"],
        author_id=snippet.get("videoOwnerChannelId"),
        author_name=snippet.get("videoOwnerChannelTitle"),
        published_at=when(at, reading.exchange, f"{pointer}/contentDetails/videoPublishedAt") if at else None,
        visibility=reading.part(UPLOAD_STATUS, item, "status", pointer).get("privacyStatus"),
        media=_files({"snippet": snippet}, source["videoId"], reading, pointer),
        partial=True,
    )


def _post(item: dict[str, Any], native: str, reading: Reading, pointer: str, *, text: str, author_id: str | None, **more: Any) -> Record:
    return Record(
        record_id=_record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=_record_id(native),
        url=f"https://www.youtube.com/watch?v={native}",
        title=item["snippet"]["title"],
        text=text,
        links=_addresses(text),
        mentions=_mentions(text),
        author_id=author_id,
        author_is_account=_by_us(author_id, reading),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
        **more,
    )


def _files(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> list[Media]:
    """The film itself, which the API gives to nobody; its picture, whose address stays the same whatever it shows; its captions."""
    details, best = reading.part(VIDEO_DETAILS, item, "contentDetails", pointer), _largest(item["snippet"], reading, pointer)
    length = _length(details.get("duration"), reading.exchange, pointer)
    found = [Media(native, "video", duration=length, missing_reason="YouTube's API gives no video files")]
    if best is not None:
        found.append(Media(f"{native}/thumbnail", "image", best["url"], width=best.get("width"), height=best.get("height"), position=2))
    base = reading.exchange.url.partition("/videos?")[0]
    for track in reading.context.get("tracks", {}).get(native, ()):
        url = f"{base}/captions/{track.rsplit('/', 2)[1]}?tfmt=vtt"
        found.append(Media(track, "document", url, position=len(found) + 1, with_token=True))
    return found


def _length(told: str | None, exchange: Exchange, pointer: str) -> int | None:
    """Milliseconds of PT1H2M3S; None of a broadcast that is not over (P0D)."""
    if not told:
        return None
    found = _LENGTH.fullmatch(told)
    if found is None:
        raise wrong(exchange, f"{pointer}/contentDetails/duration", "a length of time (PT1H2M3S)", told)
    days, hours, minutes_, seconds = (int(part or 0) for part in found.groups())
    return (((days * 24 + hours) * 60 + minutes_) * 60 + seconds) * 1000 or None


def _keywords(snippet: dict[str, Any], exchange: Exchange, pointer: str) -> list[str]:
    """Keywords, which nobody sees, and hashtags."""
    told = snippet.get("tags") or []
    for at, tag in enumerate(told):
        if type(tag) is not str:
            raise wrong(exchange, f"{pointer}/snippet/tags/{at}", "text", tag)
    return list(dict.fromkeys([*told, *_HASHTAG.findall(f"{snippet['title']}\n{snippet['description']}")]))


def _counts(statistics: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, int] | None:
    found = {ours: _number(statistics, theirs, exchange, pointer) for ours, theirs in _COUNTS.items()}
    return {name: number for name, number in found.items() if number is not None} or None


def _addresses(text: str) -> list[str]:
    """Addresses in plain text, without what closes a sentence."""
    return list(dict.fromkeys(found.rstrip(".,;:!?)]}'*_") for found in _ADDRESS.findall(text))) if "http" in text else []


def _mentions(text: str) -> list[str]:
    return list(dict.fromkeys(_HANDLE.findall(text))) if "@" in text else []


# -- comments


_Place = tuple[str, str | None, str | None]  # kind, parent, root


class _Thread(NamedTuple):
    snippet: dict[str, Any]
    top: dict[str, Any]
    replies: list[Any]


def _parts_of(item: dict[str, Any], reading: Reading, pointer: str) -> _Thread:
    """Its snippet, the comment at its head, and the answers that it holds, which are not all."""
    reading.check(THREAD, item, pointer)
    snippet = reading.part(THREAD_SNIPPET, item, "snippet", pointer)
    return _Thread(snippet, snippet["topLevelComment"], reading.part(REPLIES, item, "replies", pointer).get("comments", []))


def _thread(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment on a video, or on the channel itself, and some of the answers to it."""
    thread = _parts_of(item, reading, pointer)
    about = thread.snippet.get("videoId") or thread.snippet.get("channelId")
    root, top = _record_id(about) if about else None, f"{pointer}/snippet/topLevelComment"
    yield _said(thread.top, reading, top, ("comment", root, root), thread.snippet["totalReplyCount"])
    for number, reply in enumerate(thread.replies):
        yield _said(reply, reading, f"{pointer}/replies/comments/{number}", ("reply", _record_id(item["id"]), root))


def _comment(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """A comment of a list: what it answers is said by itself or by the request, on which video by the request only."""
    snippet, context = _snippet(item, reading.exchange, pointer), reading.context
    parent, video = snippet.get("parentId"), snippet.get("videoId")
    root = context.get("root") or (_record_id(video) if video else None)
    place = ("reply", _record_id(parent), root) if parent else ("comment", root, root)
    yield _said(item, reading, pointer, tuple(context.get("places", {}).get(item["id"], place)))


def _said(item: Any, reading: Reading, pointer: str, place: _Place, answered: int | None = None) -> Record:
    """`answered`: how many answers YouTube counts."""
    exchange, (kind, parent, root) = reading.exchange, place
    reading.check(COMMENT, item, pointer)
    snippet = reading.part(COMMENT_SNIPPET, item, "snippet", pointer)
    author, name = reading.part(AUTHOR, snippet, "authorChannelId", f"{pointer}/snippet").get("value"), snippet.get("authorDisplayName")
    text, html, links = _words(snippet, exchange, root)
    published = when(snippet["publishedAt"], exchange, f"{pointer}/snippet/publishedAt")
    updated = when(snippet["updatedAt"], exchange, f"{pointer}/snippet/updatedAt")
    moderated, about = snippet.get("moderationStatus"), (root or "").partition(":")[2]
    if moderated not in _MODERATION:
        raise wrong(exchange, f"{pointer}/snippet/moderationStatus", " or ".join(filter(None, _MODERATION)), moderated)
    status, acted_by, reason = _MODERATION[moderated]
    counts = {"likes": snippet.get("likeCount"), "comments": answered}
    return Record(
        record_id=_record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://www.youtube.com/watch?v={about}&lc={item['id']}" if len(about) == VIDEO_ID else None,
        author_id=author,
        author_name=name,
        author_handle=name[1:] if name and name.startswith("@") else None,
        author_is_account=_by_us(author, reading),
        text=text,
        text_html=html,
        published_at=published,
        edited_at=updated if updated > published else None,
        valid_from=max(updated, published),
        status=status,
        acted_by=acted_by,
        status_reason=reason,
        media=[Media(f"{item['id']}/{snippet['updatedAt']}", "image", snippet["imageUrl"])] if snippet.get("imageUrl") else [],
        links=links,
        mentions=_mentions(text),
        tags=_HASHTAG.findall(text) if "#" in text else [],
        counts={n: v for n, v in counts.items() if v is not None} or None,
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _words(snippet: dict[str, Any], exchange: Exchange, root: str | None) -> tuple[str, str | None, list[str]]:
    """(text, HTML, links). Asked for as plain text, a comment has neither HTML nor links but those that stand in its words."""
    shown, typed = snippet["textDisplay"], snippet.get("textOriginal")
    if "textFormat=plainText" in exchange.url:
        return typed if typed is not None else shown, None, _addresses(shown)
    text = typed if typed is not None else text_of(shown)
    return text, shown, _outward(read(shown).links, root) if "<a" in shown else []


def _outward(links: Iterable[str], root: str | None) -> list[str]:
    """Links that an author wrote, without those that YouTube makes of names, hashtags and times in the same video. One that leads
    elsewhere may be signed anew at each reading: it is what it leads to."""
    found = dict[str, None]()
    for link in links:
        if "youtube.com/" not in link:
            found[link] = None
            continue
        try:
            parts = urlsplit(link)
            query, ours = parse_qs(parts.query), (parts.hostname or "").removeprefix("www.") == SERVER
        except ValueError:
            parts, query, ours = urlsplit(""), {}, False
        if ours and (_OWN_PATHS.match(parts.path) or (parts.path == "/watch" and root == _record_id(query.get("v", [""])[0]))):
            continue
        found[query.get("q", [link])[0] if ours and parts.path == "/redirect" else link] = None
    return list(found)


_READERS = {
    "youtube#channel": _profile,
    "youtube#playlistItem": _upload,
    "youtube#video": _video,
    "youtube#commentThread": _thread,
    "youtube#comment": _comment,
}
