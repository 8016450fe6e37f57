"""The content of posts and comments: attachments, files, counts, and mentions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Media
from recordroom.platforms.facebook.schema import (
    ATTACHED_MEDIA,
    ATTACHMENT,
    CHILD,
    CONNECTION,
    EVENT,
    FILE,
    IMAGE,
    PLACE,
    SHARES,
    SIZE,
    SUMMARY,
    TARGET,
    TRACK,
    WHO,
    FacebookContext,
)
from recordroom.platforms.meta.graph import AUTOMATIC, file_name
from recordroom.platforms.schema import Reading

_T = TypeVar("_T")

# Pages had polls until 2021: the title is the question, the parts are the choices.
POLL, CHOICE = "visual_poll", "option"
# Attachments whose title their author wrote. That of a photo or an album has the name of the Page.
TITLED = frozenset({"video", "event", "note", "offer", "job_search_job_opening", POLL})
# The same of their description. Titles and descriptions of others are those of a linked web page.
DESCRIBED = TITLED | {"photo", "album"}
# Attachments whose image belongs to the post. That of others belongs to a linked web page.
ILLUSTRATED = re.compile(r"photo|video|album|animated|sticker|avatar|profile_media|event|offer|\boption$")
# Attachments that are nothing but an image; others may have none.
IMAGES_ALONE = re.compile(r"photo|sticker|avatar|animated")
FACEBOOK_HOST = re.compile(r"(?:^|\.)(?:facebook\.com|fb\.com|fb\.watch)$")

Attachments = list[tuple[str, dict[str, Any]]]  # each with its JSON pointer


class Pieces(msgspec.Struct, frozen=True, gc=False):
    """The content of attachments.

    words: what their author wrote; it may repeat the message of the post.
    """

    media: list[Media]
    links: list[str | None]
    words: list[str | None]


context_of: Callable[[Exchange | Reading], FacebookContext] = attrgetter("context")


def read_or_none(read: Callable[..., _T], post: dict[str, Any], page: Exchange, *more: str) -> _T | None:
    """Return what `read` finds in a post; None for one of another shape.

    `parse` reports that one. For the crawl it is no reason to stop: the posts behind it must be read.
    """
    try:
        return read(post, Reading(page), *more)
    except UnexpectedResponse:
        return None


# -- counts ----------------------------------------------------------------------------------------------


def total_of(item: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    """Return the total of a connection (`comments`, say); None: it is not counted."""
    connection = reading.read_object(CONNECTION, item, name, pointer)
    return reading.read_object(SUMMARY, connection, "summary", f"{pointer}/{name}").get("total_count")


def kind_of(post: dict[str, Any], exchange: Exchange) -> str:
    """Return `post` where the account published a post; else `comment`.

    The number before the number of a post is that of the owner of the wall, which decides for a saved post.
    """
    author, account = (post.get("from") or {}).get("id"), context_of(exchange).get("account")
    if account is None:
        return "post" if author in (None, post["id"].partition("_")[0]) else "comment"
    return "post" if author == account or context_of(exchange).get("edge") == "published_posts" else "comment"


def is_read_below(post: dict[str, Any], exchange: Exchange) -> bool:
    """Return whether the conversation below a post is captured.

    That is the case on the Page's own wall, and for whatever the Page published, even if the ID of the post
    begins with another number (that of a Page that was merged into it, for example).
    """
    account = context_of(exchange).get("account")
    return account is None or post["id"].startswith(f"{account}_") or kind_of(post, exchange) == "post"


def counts_of(
    post: dict[str, Any], reading: Reading, pointer: str, attachments: Attachments | None = None
) -> dict[str, int]:
    """Return the counts of a post.

    Its comments are those on the post and those on each of its photos.
    No comments are counted on the wall of others, where they are not captured: a comparison would fail.
    attachments: those of the post, if they have been read before.
    """
    comments = total_of(post, "comments", reading, pointer)
    if comments is not None:
        photos = photos_with_comments(post, reading, attachments)
        comments += sum(photo["comments"] or 0 for photo in photos.values())
    shares = reading.read_object(SHARES, post, "shares", pointer).get("count")
    if not is_read_below(post, reading.exchange):
        comments = None
    counts = {"likes": total_of(post, "reactions", reading, pointer), "shares": shares, "comments": comments}
    return {name: n for name, n in counts.items() if n is not None}


# -- mentions --------------------------------------------------------------------------------------------


def mentions_of(post: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """Return the names that a post tags or addresses, and its place, without ours."""
    addressed = reading.read_objects(
        WHO, reading.read_object(CONNECTION, post, "to", pointer), "data", f"{pointer}/to"
    )
    tagged = [
        one
        for name in ("message_tags", "story_tags")
        for one in reading.read_objects(WHO, post, name, pointer)
    ]
    return names_of([*tagged, *addressed, reading.read_object(PLACE, post, "place", pointer)], reading.me)


def names_of(mentioned: Iterable[dict[str, Any]], me: str | None) -> list[str]:
    """Return the names of people, Pages, and places; the ID of one without a name."""
    return list(
        dict.fromkeys(
            name
            for one in mentioned
            if (name := one.get("name") or one.get("id")) and (me is None or one.get("id") != me)
        )
    )


# -- attachments -----------------------------------------------------------------------------------------


def pieces_of_post(post: dict[str, Any], reading: Reading, pointer: str, attachments: Attachments) -> Pieces:
    """Read the attachments of a post, its links side by side, and its event."""
    found = pieces_of(attachments, reading)
    links, words = found.links, found.words
    for child in reading.read_objects(CHILD, post, "child_attachments", pointer):
        links.append(_without_redirect(child.get("link")))
        words += [child.get("name"), child.get("description")]
    if event := reading.read_object(EVENT, post, "event", pointer):
        place = reading.read_object(PLACE, event, "place", f"{pointer}/event")
        times = " - ".join(filter(None, (event.get("start_time"), event.get("end_time"))))
        words += [
            event.get("name"),
            times,
            place.get("name"),
            event.get("description"),
            "Canceled" if event.get("is_canceled") else None,
        ]
    return found


def attachments_of(post: dict[str, Any], reading: Reading, pointer: str = "") -> Attachments:
    """Return a post's attachments, each before its parts."""
    found: Attachments = []
    outer = reading.read_objects(
        ATTACHMENT,
        reading.read_object(CONNECTION, post, "attachments", pointer),
        "data",
        f"{pointer}/attachments",
    )
    for i, attachment in enumerate(outer):
        found += with_parts(f"{pointer}/attachments/data/{i}", attachment, reading)
    return found


def with_parts(pointer: str, attachment: dict[str, Any], reading: Reading) -> Attachments:
    """Return a checked attachment and its parts."""
    inner = reading.read_objects(
        ATTACHMENT,
        reading.read_object(CONNECTION, attachment, "subattachments", pointer),
        "data",
        f"{pointer}/subattachments",
    )
    parts = ((f"{pointer}/subattachments/data/{i}", one) for i, one in enumerate(inner))
    return [(pointer, attachment), *parts]


def pieces_of(attachments: Attachments, reading: Reading) -> Pieces:
    """Read the media, links, and words of attachments.

    The image of an album is that of its first part. A video on another site (YouTube, for example) is a link
    like any other: Facebook calls it a video, and takes its title from the page behind the link. A video of
    Facebook's own may lead to another site, too (to what it advertises): that one has an ID. An animated
    image from GIPHY or Tenor is called a video and leads there as well; but Facebook stores and shows a copy,
    so that it is not a link.
    """
    found = Pieces([], [], [])
    choices: list[str] = []
    for pointer, one in attachments:
        sorts = one.get("media_type"), one.get("type")
        target = reading.read_object(TARGET, one, "target", pointer)
        address = _without_redirect(one.get("unshimmed_url") or one.get("url") or target.get("url"))
        kinds = " ".join(map(str, sorts))
        is_foreign = (
            "video" in kinds and _is_elsewhere(address) and ("share" in kinds or not target.get("id"))
        )
        has_image = ILLUSTRATED.search(kinds) and not (is_foreign and "animated" not in kinds)
        found.words.append(None if is_foreign or TITLED.isdisjoint(sorts) else one.get("title"))
        found.words.append(None if is_foreign or DESCRIBED.isdisjoint(sorts) else one.get("description"))
        if (not has_image or "event" in sorts) and POLL not in sorts:  # a poll links to itself
            found.links.append(address)
        if CHOICE in sorts and one.get("title"):
            choices.append(f"- {one['title']}")
        if has_image and not (one.get("subattachments") or {}).get("data"):
            found.media.extend(_media_of(one, target, address, reading, pointer))
    found.words.append("\n".join(choices))
    for position, file in enumerate(found.media, 1):
        file.position = position
    return found


def _media_of(
    one: dict[str, Any], target: dict[str, Any], address: str | None, reading: Reading, pointer: str
) -> list[Media]:
    """Return the files of one attachment: a photo, or a video and its captions.

    A photo has its full size and its alternative text where the photo itself said them. An attachment without
    an ID is identified by its address or file, or else by the `address` that it leads to, and its file is
    missing then. So is that of an animated image without an ID: Facebook shows its first moment only, under
    an address that may change. No files are read of a photo or video that Facebook failed to give: they
    come with the first response that has it.
    """
    shown = reading.read_object(ATTACHED_MEDIA, one, "media", pointer)
    image = reading.read_object(IMAGE, shown, "image", f"{pointer}/media")
    kinds = f"{one.get('media_type')} {one.get('type')}"
    still = None if "animated" in kinds and "video" in kinds else image.get("src")
    identity = (
        target.get("id")
        or one.get("unshimmed_url")
        or file_name(still or "", reading.exchange)
        or address
        or ""
    )
    if identity in context_of(reading).get("failed", ()):
        return []
    details = context_of(reading).get("files", {}).get(identity) or {}
    if shown.get("source") or "video" in kinds:
        source = shown.get("source") or details.get("source")
        tracks = details.get("tracks", ())
        return video_media(identity, source, details.get("length"), tracks) if identity else []
    is_known = details.get("source")
    photo = photo_media(identity, details if is_known else {**details, **image, "source": image.get("src")})
    return [photo] if identity and (photo.url or IMAGES_ALONE.search(kinds)) else []


def append_words(message: str | None, words: Iterable[str | None]) -> str:
    """Append other words of the author to a message, unless it has them."""
    text = message or ""
    for more in words:
        if more and more not in text:
            text = f"{text}\n\n{more}" if text else more
    return text


# -- photos and videos -----------------------------------------------------------------------------------


def photo_media(identity: str, details: Mapping[str, Any]) -> Media:
    """Make the media of a photo, with the description that a person gave it."""
    alt = details.get("alt_text_custom") or details.get("alt_text")
    return Media(
        identity,
        "image",
        details["source"],
        alt_text=alt if alt and not AUTOMATIC.match(alt) else None,
        width=details.get("width"),
        height=details.get("height"),
        missing_reason=None if details["source"] else "Facebook gives no address of the photo",
    )


def video_media(
    identity: str, url: str | None, length: float | None, tracks: Iterable[Mapping[str, Any]]
) -> list[Media]:
    """Make the media of a video and its captions.

    A track that was replaced has another time, and so another identity.
    length: in seconds.
    """
    duration = round(length * 1000) if length is not None and 0 <= length < 1e9 else None
    video = Media(
        identity,
        "video",
        url,
        duration=duration,
        missing_reason=None if url else "Facebook gives no address of the video",
    )
    names = (
        (f"{identity}/{track.get('locale')}/{track.get('create_time')}", track.get("uri")) for track in tracks
    )
    captions = (Media(name, "document", address, position=i) for i, (name, address) in enumerate(names, 2))
    return [video, *captions]


def tracks_of(video: dict[str, Any], reading: Reading, pointer: str) -> list[dict[str, Any]]:
    """Return the caption tracks of a video, without drafts."""
    tracks = reading.read_objects(
        TRACK, reading.read_object(CONNECTION, video, "captions", pointer), "data", f"{pointer}/captions"
    )
    return [
        {name: track.get(name) for name in ("locale", "create_time", "uri")}
        for track in tracks
        if not track.get("is_draft")
    ]


def files_of(
    post: dict[str, Any], reading: Reading, attachments: Attachments | None = None
) -> tuple[list[str], list[str]]:
    """Return the IDs of the photos and the IDs of the videos of a post.

    attachments: those of the post, if they have been read before.
    """
    photos: dict[str, None] = {}
    videos: dict[str, None] = {}
    for pointer, one in attachments_of(post, reading) if attachments is None else attachments:
        sort = one.get("media_type") or one.get("type") or ""
        native = reading.read_object(TARGET, one, "target", pointer).get("id")
        if native and (sort == "photo" or "video" in sort):
            (photos if sort == "photo" else videos)[native] = None
    return list(photos), list(videos)


def is_partial(post: dict[str, Any], reading: Reading) -> bool:
    """Return whether Facebook failed to give a photo or video of a post."""
    failed = context_of(reading).get("failed", ())
    return bool(failed) and not set(failed).isdisjoint(chain(*files_of(post, reading)))


def photos_with_comments(
    post: dict[str, Any], reading: Reading, attachments: Attachments | None = None
) -> dict[str, dict[str, Any]]:
    """Return photo -> its details, for photos that have comments of their own.

    Those are the photos of a post with several. The comments on a single photo are those on its post; the
    comments on photos that a post shares belong to the post that published them.
    attachments: those of the post, if they have been read before.
    """
    details = context_of(reading).get("files")
    if not details or _has_one_attachment(post) or post.get("parent_id") not in (None, post["id"]):
        return {}
    photos, _ = files_of(post, reading, attachments)
    return {native: details[native] for native in photos if native in details} if len(photos) > 1 else {}


def _has_one_attachment(post: dict[str, Any]) -> bool:
    """Return whether a post has one attachment without parts, as most do.

    False for a post of another shape.
    """
    attachments = post.get("attachments")
    match attachments.get("data") if isinstance(attachments, dict) else None:
        case [{} as one]:
            return not one.get("subattachments")
    return False


def details_of(file: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    """Return what a photo or video says of itself; of a photo the largest size."""
    reading.check(FILE, file, pointer)
    details = {
        name: file[name]
        for name in ("alt_text", "alt_text_custom", "source", "length")
        if file.get(name) is not None
    }
    if tracks := tracks_of(file, reading, pointer):
        details["tracks"] = tracks
    if sizes := reading.read_objects(SIZE, file, "images", pointer):
        details |= max(sizes, key=lambda size: int(size["width"] * size["height"]))
    return {**details, "comments": total_of(file, "comments", reading, pointer)}


# -- addresses -------------------------------------------------------------------------------------------


def _is_elsewhere(address: str | None) -> bool:
    """Return whether an address leads to another site than Facebook."""
    try:
        host = urlsplit(address or "").hostname
    except ValueError:
        return False
    return host is not None and FACEBOOK_HOST.search(host) is None


def _without_redirect(address: str | None) -> str | None:
    """Return the address behind a redirect of l.facebook.com.

    The signature of the redirect changes with each response.
    """
    if not address or "/l.php" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if (parts.hostname or "").endswith("l.facebook.com") and parts.path == "/l.php":
        return parse_qs(parts.query).get("u", [address])[0]
    return address
