"""Channels, videos, uploads, threads, and comments as records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from recordroom.model import BESIDE, HELD, HIDDEN, SPAM, VISIBLE, Exchange, Media, Record
from recordroom.platforms.html_text import read_html, read_text
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, read_time
from recordroom.platforms.youtube.platform import PUBLISHED, SERVER, VIDEO_ID, record_id
from recordroom.platforms.youtube.schema import (
    AUTHOR,
    BANNER,
    BRANDING,
    BROADCAST,
    CHANNEL,
    CHANNEL_COUNTS,
    CHANNEL_SNIPPET,
    CHANNEL_STATUS,
    COMMENT,
    COMMENT_SNIPPET,
    CONTENTS,
    LOCALIZATION,
    PICTURE,
    PLAYLISTS,
    REPLIES,
    RESOURCE,
    SETTINGS,
    THREAD,
    THREAD_SNIPPET,
    UPLOAD,
    UPLOAD_DETAILS,
    UPLOAD_SNIPPET,
    UPLOAD_STATUS,
    VIDEO,
    VIDEO_COUNTS,
    VIDEO_DETAILS,
    VIDEO_SNIPPET,
    VIDEO_STATUS,
    YouTubeContext,
)

_COUNTS = {"likes": "likeCount", "comments": "commentCount", "views": "viewCount"}
_LENGTH = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MODERATION: dict[str | None, tuple[str, str | None, str | None]] = {
    None: (VISIBLE, None, None),
    PUBLISHED: (VISIBLE, None, None),
    "heldForReview": (
        HELD,
        None,
        "heldForReview: by a setting of the channel, or by YouTube; YouTube does not say which",
    ),
    "likelySpam": (SPAM, "platform", "likelySpam: taken for spam by YouTube"),
    "rejected": (
        HIDDEN,
        None,
        "rejected: by a person, by a ban of its author, or by YouTube, which does not say which",
    ),
}
SWITCHED_OFF = "commentsDisabled: on the whole video, by the channel or by YouTube"
_STAYS = {HELD: "heldForReview", SPAM: "likelySpam"}  # an answer by ID does not say it
_OWN_PATHS = re.compile(r"/(?:results|hashtag/|channel/|user/|@)")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_HANDLE = re.compile(r"(?<![\w@.])@([\w.·-]*\w)")
HASHTAG = re.compile(r"(?<![\w&])#(\w+)")
_Place = tuple[str, str | None, str | None]  # kind, parent, root


def by_us(author: str | None, reading: Reading) -> bool | None:
    return None if author is None or reading.me is None else author == reading.me


def snippet_of(item: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, Any]:
    """Return the snippet of a video or comment, checked."""
    shape = VIDEO_SNIPPET if item.get("kind") == "youtube#video" else COMMENT_SNIPPET
    COMMENT.check(item, exchange, pointer) if shape is COMMENT_SNIPPET else VIDEO.check(
        item, exchange, pointer
    )
    snippet: dict[str, Any] = item["snippet"]
    shape.check(snippet, exchange, f"{pointer}/snippet")
    return snippet


def number_of(holder: Any, name: str, exchange: Exchange, pointer: str) -> int | None:
    """Return a count, which YouTube writes as text."""
    told = holder.get(name) if isinstance(holder, dict) else holder
    if told is None:
        return None
    if not (isinstance(told, str) and told.isascii() and told.isdecimal() and len(told) < 19):
        raise unexpected_field(exchange, f"{pointer}/{name}", "a whole number as text", told)
    return int(told)


def addresses_in(text: str) -> list[str]:
    """Addresses in plain text, without punctuation at their ends."""
    return (
        list(dict.fromkeys(found.rstrip(".,;:!?)]}'*_") for found in _ADDRESS.findall(text)))
        if "http" in text
        else []
    )


def mentions_in(text: str) -> list[str]:
    return list(dict.fromkeys(_HANDLE.findall(text))) if "@" in text else []


def hashtags_in(text: str) -> list[str]:
    return HASHTAG.findall(text) if "#" in text else []


def context_of(reading: Reading) -> YouTubeContext:
    return cast(YouTubeContext, reading.context)


def read_channel(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a channel as the profile: description, keywords, and settings are its text."""
    reading.check(CHANNEL, item, pointer)
    snippet = reading.read_object(CHANNEL_SNIPPET, item, "snippet", pointer)
    reading.read_object(
        PLAYLISTS,
        reading.read_object(CONTENTS, item, "contentDetails", pointer),
        "relatedPlaylists",
        f"{pointer}/contentDetails",
    )
    reading.read_object(CHANNEL_COUNTS, item, "statistics", pointer)
    branding = reading.read_object(BRANDING, item, "brandingSettings", pointer)
    where = f"{pointer}/brandingSettings"
    settings = reading.read_object(SETTINGS, branding, "channel", where)
    banner = reading.read_object(BANNER, branding, "image", where)
    handle, needs, at = snippet.get("customUrl"), settings.get("moderateComments"), snippet.get("publishedAt")
    lines = [
        f"{label}: {told}"
        for label, told in (("Country", snippet.get("country")), ("Keywords", settings.get("keywords")))
        if told
    ]
    lines += [f"Comments need approval: {'yes' if needs else 'no'}"] if needs is not None else []
    words = (snippet["description"], *_translations(item, snippet, reading, pointer), "\n".join(lines))
    yield Record(
        record_id=record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://www.youtube.com/{handle or 'channel/' + item['id']}",
        author_id=item["id"],
        author_name=snippet["title"],
        author_handle=handle.removeprefix("@") if handle else None,
        author_is_account=by_us(item["id"], reading),
        text="\n\n".join(filter(None, words)),
        title=snippet["title"],
        language=snippet.get("defaultLanguage"),
        published_at=read_time(at, reading.exchange, f"{pointer}/snippet/publishedAt") if at else None,
        visibility=reading.read_object(CHANNEL_STATUS, item, "status", pointer).get("privacyStatus"),
        media=_pictures(snippet, banner, reading, pointer),
        links=addresses_in(snippet["description"]),
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _pictures(snippet: dict[str, Any], banner: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """Picture and banner of a channel.

    They have no IDs, but a new name with each change. The part behind `=` in their addresses is a size.
    """
    best, url = _largest(snippet, reading, pointer), banner.get("bannerExternalUrl")
    found = [(best["url"], best.get("width"), best.get("height"))] if best else []
    found += [(f"{url}=w2120", None, None)] if url else []
    return [
        Media(
            file.partition("=")[0].rpartition("/")[2] or file,
            "image",
            file,
            width=width,
            height=height,
            position=at,
        )
        for at, (file, width, height) in enumerate(found, 1)
    ]


def _largest(snippet: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any] | None:
    """Return the largest size of a picture.

    Of two equal ones the one that is as high as a short.
    """
    sizes = snippet.get("thumbnails") or {}
    for name, size in sizes.items():
        reading.check(PICTURE, size, f"{pointer}/snippet/thumbnails/{name}", "thumbnails")
    best = max(
        sizes,
        key=lambda name: ((sizes[name].get("width") or 0) * (sizes[name].get("height") or 0), name),
        default=None,
    )
    return sizes[best] if best is not None else None


def _translations(item: dict[str, Any], snippet: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """Title and description in other languages, which the channel wrote."""
    words = []
    for language, told in sorted((item.get("localizations") or {}).items()):
        reading.check(LOCALIZATION, told, f"{pointer}/localizations/{language}", "localizations")
        if language != snippet.get("defaultLanguage"):
            words.append(
                "\n\n".join(
                    filter(
                        None, (f"[{language}] {told.get('title') or ''}".rstrip(), told.get("description"))
                    )
                )
            )
    return words


def read_video(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a video, short, or broadcast.

    The time of an announced broadcast is part of its text.
    """
    reading.check(VIDEO, item, pointer)
    exchange, snippet = reading.exchange, reading.read_object(VIDEO_SNIPPET, item, "snippet", pointer)
    status = reading.read_object(VIDEO_STATUS, item, "status", pointer)
    live = reading.read_object(BROADCAST, item, "liveStreamingDetails", pointer)
    announced = " - ".join(filter(None, (live.get("scheduledStartTime"), live.get("scheduledEndTime"))))
    words = (
        snippet["description"],
        *_translations(item, snippet, reading, pointer),
        f"Scheduled: {announced}" if announced else "",
    )
    rejected, public = status.get("uploadStatus") == "rejected", status.get("privacyStatus") == "public"
    native = item["id"]
    record = Record(
        record_id=record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        text="\n\n".join(filter(None, words)),
        author_id=snippet["channelId"],
        author_name=snippet.get("channelTitle"),
        language=snippet.get("defaultLanguage"),
        published_at=read_time(snippet["publishedAt"], exchange, f"{pointer}/snippet/publishedAt"),
        visibility=status.get("privacyStatus"),
        media=_files(item, native, reading, pointer),
        more_files=_has_captions(item) and native not in context_of(reading).get("tracks", {}),
        tags=_keywords(snippet, exchange, pointer),
        counts=_counts(
            reading.read_object(VIDEO_COUNTS, item, "statistics", pointer), exchange, f"{pointer}/statistics"
        ),
        counts_replies=True,
    )
    if rejected:
        record.status = HIDDEN
        record.acted_by = "platform"
        why = status.get("rejectionReason") or "the reason is not told"
        record.status_reason = f"rejected by YouTube: {why}"
        record.status_at = f"{pointer}/status/uploadStatus"
    record.tally = "own" if public and by_us(snippet["channelId"], reading) is not False else None
    yield _complete(record, item, reading)


def read_upload(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a video as the list of uploads gives it, which is less than the video itself."""
    reading.check(UPLOAD, item, pointer)
    snippet = reading.read_object(UPLOAD_SNIPPET, item, "snippet", pointer)
    details = reading.read_object(UPLOAD_DETAILS, item, "contentDetails", pointer)
    source = reading.read_object(RESOURCE, snippet, "resourceId", f"{pointer}/snippet")
    at = details.get("videoPublishedAt")
    native = source["videoId"]
    record = Record(
        record_id=record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        text=snippet["description"],
        author_id=snippet.get("videoOwnerChannelId"),
        author_name=snippet.get("videoOwnerChannelTitle"),
        published_at=read_time(at, reading.exchange, f"{pointer}/contentDetails/videoPublishedAt")
        if at
        else None,
        visibility=reading.read_object(UPLOAD_STATUS, item, "status", pointer).get("privacyStatus"),
        media=_files({"snippet": snippet}, native, reading, pointer),
        partial=True,
    )
    yield _complete(record, item, reading)


def _complete(record: Record, item: dict[str, Any], reading: Reading) -> Record:
    """Add what a video and its entry in the list of uploads have in common."""
    record.root_id = record.record_id
    record.url = f"https://www.youtube.com/watch?v={record.native_id}"
    record.title = item["snippet"]["title"]
    record.links = addresses_in(record.text or "")
    record.mentions = mentions_in(record.text or "")
    record.author_is_account = by_us(record.author_id, reading)
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _files(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> list[Media]:
    """Return the files of a video: the video itself, its picture, its captions.

    The API does not give the video. The address of the picture stays the same whatever it shows.
    """
    details = reading.read_object(VIDEO_DETAILS, item, "contentDetails", pointer)
    best = _largest(item["snippet"], reading, pointer)
    length = _length(details.get("duration"), reading.exchange, pointer)
    found = [Media(native, "video", duration=length, missing_reason="YouTube's API gives no video files")]
    if best is not None:
        found.append(
            Media(
                f"{native}/thumbnail",
                "image",
                best["url"],
                width=best.get("width"),
                height=best.get("height"),
                position=2,
            )
        )
    base = reading.exchange.url.partition("/videos?")[0]
    for track in context_of(reading).get("tracks", {}).get(native, ()):
        url = f"{base}/captions/{track.rsplit('/', 2)[1]}?tfmt=vtt"
        found.append(Media(track, "document", url, position=len(found) + 1, with_token=True))
    return found


def _has_captions(item: dict[str, Any]) -> bool:
    return (item.get("contentDetails") or {}).get("caption") == "true"


def _length(told: str | None, exchange: Exchange, pointer: str) -> int | None:
    """Milliseconds of PT1H2M3S; None for a broadcast that is not over (P0D)."""
    if not told:
        return None
    found = _LENGTH.fullmatch(told)
    if found is None:
        raise unexpected_field(
            exchange, f"{pointer}/contentDetails/duration", "a length of time (PT1H2M3S)", told
        )
    days, hours, minutes_, seconds = (int(part or 0) for part in found.groups())
    return (((days * 24 + hours) * 60 + minutes_) * 60 + seconds) * 1000 or None


def _keywords(snippet: dict[str, Any], exchange: Exchange, pointer: str) -> list[str]:
    """Keywords, which no viewer sees, and hashtags."""
    told = snippet.get("tags") or []
    for at, tag in enumerate(told):
        if type(tag) is not str:
            raise unexpected_field(exchange, f"{pointer}/snippet/tags/{at}", "text", tag)
    return list(dict.fromkeys([*told, *hashtags_in(f"{snippet['title']}\n{snippet['description']}")]))


def _counts(statistics: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, int] | None:
    found = {ours: number_of(statistics, theirs, exchange, pointer) for ours, theirs in _COUNTS.items()}
    return {name: number for name, number in found.items() if number is not None} or None


class Thread(NamedTuple):
    snippet: dict[str, Any]
    top: dict[str, Any]
    replies: list[Any]


def thread_of(item: dict[str, Any], reading: Reading, pointer: str) -> Thread:
    """Return the parts of a thread: snippet, first comment, and the replies that it holds (not all)."""
    reading.check(THREAD, item, pointer)
    snippet = reading.read_object(THREAD_SNIPPET, item, "snippet", pointer)
    return Thread(
        snippet,
        snippet["topLevelComment"],
        reading.read_object(REPLIES, item, "replies", pointer).get("comments", []),
    )


def read_thread(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a comment on a video, or on the channel itself, and some of the replies to it."""
    thread = thread_of(item, reading, pointer)
    about = thread.snippet.get("videoId") or thread.snippet.get("channelId")
    root, top = record_id(about) if about else None, f"{pointer}/snippet/topLevelComment"
    yield _said(thread.top, reading, top, ("comment", root, root), thread.snippet["totalReplyCount"])
    for number, reply in enumerate(thread.replies):
        yield _said(
            reply, reading, f"{pointer}/replies/comments/{number}", ("reply", record_id(item["id"]), root)
        )


def read_comment(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    """Yield a comment of a list.

    The comment or the request says what it answers; only the request says on which video it is.
    """
    snippet, context = snippet_of(item, reading.exchange, pointer), context_of(reading)
    parent, video = snippet.get("parentId"), snippet.get("videoId")
    root = context.get("root") or (record_id(video) if video else None)
    native, place = item["id"], ("reply", record_id(parent), root) if parent else ("comment", root, root)
    waits, off = native in context.get("waits", {}), native in context.get("off", {})
    yield _said(
        item, reading, pointer, tuple(context.get("places", {}).get(native, place)), waits=waits, off=off
    )


def _said(
    item: Any,
    reading: Reading,
    pointer: str,
    place: _Place,
    answered: int | None = None,
    *,
    waits: bool = False,
    off: bool = False,
) -> Record:
    """Return a comment or reply as a record.

    answered: how many replies YouTube counts.
    waits: it awaited moderation or was taken for spam in a list, and is now requested by its ID: YouTube then
        does not say, 2026-11-25
        (https://developers.google.com/youtube/v3/docs/comments#snippet.moderationStatus).
    off: it is requested by its ID, and its video says that comments are switched off: it is not shown.
    """
    exchange, (kind, parent, root) = reading.exchange, place
    reading.check(COMMENT, item, pointer)
    snippet = reading.read_object(COMMENT_SNIPPET, item, "snippet", pointer)
    author = reading.read_object(AUTHOR, snippet, "authorChannelId", f"{pointer}/snippet").get("value")
    name = snippet.get("authorDisplayName")
    text, html, links = _words(snippet, exchange, root)
    published = read_time(snippet["publishedAt"], exchange, f"{pointer}/snippet/publishedAt")
    updated = read_time(snippet["updatedAt"], exchange, f"{pointer}/snippet/updatedAt")
    moderated = snippet.get("moderationStatus")
    about = (root or "").partition(":")[2]
    told_at = f"{pointer}/snippet/moderationStatus"
    if waits and moderated is None:
        moderated, told_at = _STAYS[context_of(reading)["waits"][item["id"]]], f"{BESIDE}/waits/{item['id']}"
    if moderated not in _MODERATION:
        raise unexpected_field(exchange, told_at, " or ".join(filter(None, _MODERATION)), moderated)
    status, acted_by, reason = _MODERATION[moderated]
    if off and status == VISIBLE:
        status, reason, told_at = HIDDEN, SWITCHED_OFF, f"{BESIDE}/off/{item['id']}"
    counts = {"likes": snippet.get("likeCount"), "comments": answered}
    record = Record(
        record_id=record_id(item["id"]),
        kind=kind,
        native_id=item["id"],
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://www.youtube.com/watch?v={about}&lc={item['id']}" if len(about) == VIDEO_ID else None,
        author_id=author,
        author_name=name,
        author_handle=name[1:] if name and name.startswith("@") else None,
        author_is_account=by_us(author, reading),
        text=text,
        text_html=html,
        published_at=published,
        edited_at=updated if updated > published else None,
    )
    record.valid_from = max(updated, published)
    record.status = status
    record.acted_by = acted_by
    record.status_reason = reason
    record.status_at = None if status == VISIBLE else told_at
    if snippet.get("imageUrl"):
        record.media = [Media(f"{item['id']}/{snippet['updatedAt']}", "image", snippet["imageUrl"])]
    record.links = links
    record.mentions = mentions_in(text)
    record.tags = hashtags_in(text)
    record.counts = {n: v for n, v in counts.items() if v is not None} or None
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _words(
    snippet: dict[str, Any], exchange: Exchange, root: str | None
) -> tuple[str, str | None, list[str]]:
    """(text, HTML, links) of a comment.

    Requested as plain text it has no HTML, and no links but the addresses in its text.
    """
    shown, typed = snippet["textDisplay"], snippet.get("textOriginal")
    if "textFormat=plainText" in exchange.url:
        return typed if typed is not None else shown, None, addresses_in(shown)
    text = typed if typed is not None else read_text(shown)
    return text, shown, _outward(read_html(shown).links, root) if "<a" in shown else []


def _outward(links: Iterable[str], root: str | None) -> list[str]:
    """Links that an author wrote.

    YouTube adds links to names, hashtags, and times in the video: they are left out.
    The signature of a redirect may change with each response: its target is the link.
    """
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
        if ours and (
            _OWN_PATHS.match(parts.path)
            or (parts.path == "/watch" and root == record_id(query.get("v", [""])[0]))
        ):
            continue
        found[query.get("q", [link])[0] if ours and parts.path == "/redirect" else link] = None
    return list(found)
