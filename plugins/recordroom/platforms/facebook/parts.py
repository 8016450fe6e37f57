"""Parts of a post or comment: attachments with their files, links and words; counts; who is named in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from recordroom.model import Exchange, Media
from recordroom.platforms.facebook.fields import (
    ATTACHMENT,
    CHILD,
    CONNECTION,
    EVENT,
    FILE,
    IMAGE,
    MEDIA,
    PLACE,
    SHARES,
    SIZE,
    SUMMARY,
    TARGET,
    TRACK,
    WHO,
)
from recordroom.platforms.meta.graph import AUTOMATIC, file_name
from recordroom.platforms.schema import Reading

POLL, CHOICE = (
    "visual_poll",
    "option",
)  # Pages had them until 2021; its title is the question, its parts are what can be chosen
TITLED = frozenset(
    {"video", "event", "note", "offer", "job_search_job_opening", POLL}
)  # a photo's or album's title has the Page's name,
DESCRIBED = TITLED | {"photo", "album"}  # and both are the linked web page's else
PICTURED = re.compile(
    r"photo|video|album|animated|sticker|avatar|profile_media|event|offer|\boption$"
)  # else it is the linked page's

SHOWS = re.compile(r"photo|sticker|avatar|animated")  # nothing but a picture: an event may have none
OURS = re.compile(r"(?:^|\.)(?:facebook\.com|fb\.com|fb\.watch)$")


class Found(NamedTuple):
    """What attachments hold. `words`: what their author wrote."""

    media: list[Media]
    links: list[str | None]
    words: list[str | None]


def count_of(item: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    """The total of a connection's summary."""
    connection = reading.part(CONNECTION, item, name, pointer)
    return reading.part(SUMMARY, connection, "summary", f"{pointer}/{name}").get("total_count")


def kind_of(post: dict[str, Any], exchange: Exchange) -> str:
    """`post` is by our account. Of a saved one the number before its own is the owner of the wall."""
    author, account = (post.get("from") or {}).get("id"), exchange.context.get("account")
    if account is None:
        return "post" if author in (None, post["id"].partition("_")[0]) else "comment"
    return "post" if author == account or exchange.context.get("edge") == "published_posts" else "comment"


def is_read_below(post: dict[str, Any], exchange: Exchange) -> bool:
    """Whether the conversation below a post is: on the Page's own wall, and of what the Page published, also
    where its id does not begin with the Page's number (with that of one that was merged into it, say)."""
    account = exchange.context.get("account")
    return account is None or post["id"].startswith(f"{account}_") or kind_of(post, exchange) == "post"


def counts_of(post: dict[str, Any], reading: Reading, pointer: str) -> dict[str, int]:
    """Comments are those that answer the post or one of its photos."""
    comments = count_of(post, "comments", reading, pointer)
    if comments is not None:
        comments += sum(told["comments"] or 0 for told in threaded(post, reading).values())
    shares = reading.part(SHARES, post, "shares", pointer).get("count")
    if not is_read_below(post, reading.exchange):
        comments = None  # on somebody else's wall they are not read, and not to be compared with what is
    counts = {"likes": count_of(post, "reactions", reading, pointer), "shares": shares, "comments": comments}
    return {name: n for name, n in counts.items() if n is not None}


def mentions_of(post: dict[str, Any], reading: Reading, pointer: str) -> list[str]:
    """Who is tagged in its words, to whom it is addressed, and where it says that it was written; without the
    Page itself.
    """
    addressed = reading.each(WHO, reading.part(CONNECTION, post, "to", pointer), "data", f"{pointer}/to")
    tagged = [
        one for name in ("message_tags", "story_tags") for one in reading.each(WHO, post, name, pointer)
    ]
    return names_of([*tagged, *addressed, reading.part(PLACE, post, "place", pointer)], reading.me)


def names_of(found: Iterable[dict[str, Any]], me: str | None) -> list[str]:
    return list(
        dict.fromkeys(
            name
            for one in found
            if (name := one.get("name") or one.get("id")) and (me is None or one.get("id") != me)
        )
    )


def attached(post: dict[str, Any], reading: Reading, pointer: str) -> Found:
    """Attachments, links side by side, and the event of a post."""
    found = pieces_of(attachments_of(post, reading, pointer), reading)
    links, words = found.links, found.words
    for child in reading.each(CHILD, post, "child_attachments", pointer):
        links.append(_unshimmed(child.get("link")))
        words += [child.get("name"), child.get("description")]
    event = reading.part(EVENT, post, "event", pointer)
    place = reading.part(PLACE, event, "place", f"{pointer}/event")
    times = " - ".join(filter(None, (event.get("start_time"), event.get("end_time"))))
    words += [
        event.get("name"),
        times,
        place.get("name"),
        event.get("description"),
        "Canceled" if event.get("is_canceled") else None,
    ]
    return found


def attachments_of(
    post: dict[str, Any], reading: Reading, pointer: str = ""
) -> list[tuple[str, dict[str, Any]]]:
    """(pointer, attachment) of all of a post's, each followed by its parts."""
    found: list[tuple[str, dict[str, Any]]] = []
    outer = reading.each(
        ATTACHMENT, reading.part(CONNECTION, post, "attachments", pointer), "data", f"{pointer}/attachments"
    )
    for i, attachment in enumerate(outer):
        found += with_parts(f"{pointer}/attachments/data/{i}", attachment, reading)
    return found


def with_parts(where: str, attachment: dict[str, Any], reading: Reading) -> list[tuple[str, dict[str, Any]]]:
    """The attachment at `where`, which was checked, followed by its parts."""
    inner = reading.each(
        ATTACHMENT,
        reading.part(CONNECTION, attachment, "subattachments", where),
        "data",
        f"{where}/subattachments",
    )
    return [(where, attachment), *((f"{where}/subattachments/data/{j}", one) for j, one in enumerate(inner))]


def pieces_of(attachments: Iterable[tuple[str, dict[str, Any]]], reading: Reading) -> Found:
    """Media, links and words of attachments. The picture of an album is that of its first part. A film that
    lies elsewhere (YouTube's, say) is a link like any other: Facebook calls it a video, and what it says of
    it is made from the page behind the link. One of Facebook's own may lead elsewhere, too (to what it
    advertises): it has an id. An animated picture that was chosen from GIPHY or Tenor is called a video and
    leads there as well; but Facebook keeps and shows a copy, so that it is no link."""
    found, choices = Found([], [], []), list[str]()
    for pointer, one in attachments:
        sorts = one.get("media_type"), one.get("type")
        target = reading.part(TARGET, one, "target", pointer)
        address = _unshimmed(one.get("unshimmed_url") or one.get("url") or target.get("url"))
        kinds = " ".join(map(str, sorts))
        foreign = "video" in kinds and _is_elsewhere(address) and ("share" in kinds or not target.get("id"))
        pictured = PICTURED.search(kinds) and not (foreign and "animated" not in kinds)
        found.words.append(None if foreign or TITLED.isdisjoint(sorts) else one.get("title"))
        found.words.append(None if foreign or DESCRIBED.isdisjoint(sorts) else one.get("description"))
        if (not pictured or "event" in sorts) and POLL not in sorts:  # a poll leads to itself
            found.links.append(address)
        if CHOICE in sorts and one.get("title"):
            choices.append(f"- {one['title']}")
        if pictured and not (one.get("subattachments") or {}).get("data"):
            found.media.extend(_pictures(one, target, address, reading, pointer))
    found.words.append("\n".join(choices))
    for position, file in enumerate(found.media, 1):
        file.position = position
    return found


def _pictures(
    one: dict[str, Any], target: dict[str, Any], address: str | None, reading: Reading, pointer: str
) -> list[Media]:
    """A photo at its full size and with its alternative text, where the photo itself told them; a video and
    its captions. One of which neither an id nor a file is told is called by the `address` that it leads to,
    and is lacking. So is an animated picture without an id called: what is shown of it is its first moment,
    under an address that may change."""
    shown = reading.part(MEDIA, one, "media", pointer)
    image = reading.part(IMAGE, shown, "image", f"{pointer}/media")
    kinds = f"{one.get('media_type')} {one.get('type')}"
    still = None if "animated" in kinds and "video" in kinds else image.get("src")
    identity = (
        target.get("id")
        or one.get("unshimmed_url")
        or file_name(still or "", reading.exchange)
        or address
        or ""
    )
    if identity in reading.context.get(
        "failed", ()
    ):  # it comes with the first answer that tells of it, whole
        return []
    told = reading.context.get("files", {}).get(identity) or {}
    if shown.get("source") or "video" in kinds:
        return (
            film_of(
                identity,
                shown.get("source") or told.get("source"),
                told.get("length"),
                told.get("tracks", ()),
            )
            if identity
            else []
        )
    photo = photo_of(identity, told if told.get("source") else {**told, **image, "source": image.get("src")})
    return [photo] if identity and (photo.url or SHOWS.search(kinds)) else []


def photo_of(identity: str, told: Mapping[str, Any]) -> Media:
    """With the description that a person gave it."""
    alt = told.get("alt_text_custom") or told.get("alt_text")
    return Media(
        identity,
        "image",
        told["source"],
        alt_text=alt if alt and not AUTOMATIC.match(alt) else None,
        width=told.get("width"),
        height=told.get("height"),
        missing_reason=None if told["source"] else "Facebook gives no address of the photo",
    )


def film_of(
    identity: str, url: str | None, length: float | None, tracks: Iterable[Mapping[str, Any]]
) -> list[Media]:
    """A video and its captions; `length` is in seconds. A track that is replaced has another time."""
    duration = round(length * 1000) if length is not None and 0 <= length < 1e9 else None
    film = Media(
        identity,
        "video",
        url,
        duration=duration,
        missing_reason=None if url else "Facebook gives no address of the video",
    )
    names = (
        (f"{identity}/{track.get('locale')}/{track.get('create_time')}", track.get("uri")) for track in tracks
    )
    return [
        film,
        *(Media(name, "document", address, position=i) for i, (name, address) in enumerate(names, 2)),
    ]


def tracks_of(film: dict[str, Any], reading: Reading, pointer: str) -> list[dict[str, Any]]:
    tracks = reading.each(
        TRACK, reading.part(CONNECTION, film, "captions", pointer), "data", f"{pointer}/captions"
    )
    return [
        {name: track.get(name) for name in ("locale", "create_time", "uri")}
        for track in tracks
        if not track.get("is_draft")
    ]


def files_of(post: dict[str, Any], reading: Reading) -> tuple[list[str], list[str]]:
    """Ids of its photos, and of its videos."""
    photos, videos = dict[str, None](), dict[str, None]()
    for pointer, one in attachments_of(post, reading):
        sort, native = (
            one.get("media_type") or one.get("type") or "",
            reading.part(TARGET, one, "target", pointer).get("id"),
        )
        if native and (sort == "photo" or "video" in sort):
            (photos if sort == "photo" else videos)[native] = None
    return list(photos), list(videos)


def is_in_part(post: dict[str, Any], reading: Reading) -> bool:
    """Whether Facebook fails to tell of one of its photos or videos."""
    failed = reading.context.get("failed", ())
    return bool(failed) and not set(failed).isdisjoint(chain(*files_of(post, reading)))


def threaded(post: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """What is told of the photos of a post with several: each has comments of its own. Those on a single one
    are the post's; those on photos that it shares are of the post in which they were published."""
    told = reading.context.get("files")
    if not told or _is_single(post) or post.get("parent_id") not in (None, post["id"]):
        return {}
    photos, _ = files_of(post, reading)
    return {native: told[native] for native in photos if native in told} if len(photos) > 1 else {}


def _is_single(post: dict[str, Any]) -> bool:
    """Whether one attachment without parts stands there, as in most; of an odd post whoever reads it tells
    more.
    """
    attachments = post.get("attachments")
    match attachments.get("data") if isinstance(attachments, dict) else None:
        case [{} as one]:
            return not one.get("subattachments")
    return False


def told_by(file: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    """What a photo or a video says of itself, for the context of its post; of a photo its largest size."""
    reading.check(FILE, file, pointer)
    told = {
        name: file[name]
        for name in ("alt_text", "alt_text_custom", "source", "length")
        if file.get(name) is not None
    }
    if tracks := tracks_of(file, reading, pointer):
        told["tracks"] = tracks
    if sizes := reading.each(SIZE, file, "images", pointer):
        told |= max(sizes, key=lambda size: int(size["width"] * size["height"]))
    return {**told, "comments": count_of(file, "comments", reading, pointer)}


def together(message: str | None, words: Iterable[str | None]) -> str:
    """The message, and below it what else its author wrote and it does not say."""
    text = message or ""
    for more in words:
        if more and more not in text:
            text = f"{text}\n\n{more}" if text else more
    return text


def _is_elsewhere(address: str | None) -> bool:
    try:
        host = urlsplit(address or "").hostname
    except ValueError:
        return False
    return host is not None and OURS.search(host) is None


def _unshimmed(address: str | None) -> str | None:
    """The address that a link of l.facebook.com leads to: the link itself is signed anew each time."""
    if not address or "/l.php" not in address:
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    if (parts.hostname or "").endswith("l.facebook.com") and parts.path == "/l.php":
        return parse_qs(parts.query).get("u", [address])[0]
    return address
