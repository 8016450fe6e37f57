"""A channel, a video, or an entry of a list of uploads as a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from recordroom.model import HIDDEN, VISIBLE, Exchange, Media, Record
from recordroom.platforms.answers import wrong
from recordroom.platforms.shapes import Reading, when
from recordroom.platforms.youtube.fields import (
    BANNER,
    BRANDING,
    BROADCAST,
    CHANNEL,
    CHANNEL_COUNTS,
    CHANNEL_SNIPPET,
    CHANNEL_STATUS,
    CONTENTS,
    LOCALIZATION,
    PICTURE,
    PLAYLISTS,
    RESOURCE,
    SETTINGS,
    UPLOAD,
    UPLOAD_DETAILS,
    UPLOAD_SNIPPET,
    UPLOAD_STATUS,
    VIDEO,
    VIDEO_COUNTS,
    VIDEO_DETAILS,
    VIDEO_SNIPPET,
    VIDEO_STATUS,
)
from recordroom.platforms.youtube.parts import HASHTAG, addresses_in, by_us, mentions_in, number_of
from recordroom.platforms.youtube.platform import record_id

_COUNTS = {"likes": "likeCount", "comments": "commentCount", "views": "viewCount"}
_LENGTH = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def read_channel(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
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
        published_at=when(at, reading.exchange, f"{pointer}/snippet/publishedAt") if at else None,
        visibility=reading.part(CHANNEL_STATUS, item, "status", pointer).get("privacyStatus"),
        media=_pictures(snippet, banner, reading, pointer),
        links=addresses_in(snippet["description"]),
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


def read_video(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
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
        status_at=f"{pointer}/status/uploadStatus" if rejected else None,
        media=_files(item, item["id"], reading, pointer),
        more_files=_has_captions(item) and item["id"] not in reading.context.get("tracks", {}),
        tags=_keywords(snippet, exchange, pointer),
        counts=_counts(reading.part(VIDEO_COUNTS, item, "statistics", pointer), exchange, f"{pointer}/statistics"),
        counts_replies=True,
        tally="own" if public and by_us(snippet["channelId"], reading) is not False else None,
    )


def read_upload(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
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
        record_id=record_id(native),
        kind="post",
        native_id=native,
        pointer=pointer,
        root_id=record_id(native),
        url=f"https://www.youtube.com/watch?v={native}",
        title=item["snippet"]["title"],
        text=text,
        links=addresses_in(text),
        mentions=mentions_in(text),
        author_id=author_id,
        author_is_account=by_us(author_id, reading),
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


def _has_captions(item: dict[str, Any]) -> bool:
    return (item.get("contentDetails") or {}).get("caption") == "true"


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
    return list(dict.fromkeys([*told, *HASHTAG.findall(f"{snippet['title']}\n{snippet['description']}")]))


def _counts(statistics: dict[str, Any], exchange: Exchange, pointer: str) -> dict[str, int] | None:
    found = {ours: number_of(statistics, theirs, exchange, pointer) for ours, theirs in _COUNTS.items()}
    return {name: number for name, number in found.items() if number is not None} or None
