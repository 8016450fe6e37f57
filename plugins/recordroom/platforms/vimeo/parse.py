"""The records in a response of Vimeo, and the parts of items that the crawl reads as well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, Shape, load_content, load_tree, read_time, require_list
from recordroom.platforms.vimeo.api import failure
from recordroom.platforms.vimeo.platform import SERVER
from recordroom.platforms.vimeo.schema import (
    ALBUM,
    AUTHOR,
    COMMENT,
    COMMENTING,
    EVENT,
    FILE,
    METADATA,
    OF_VIDEOS,
    PAGE,
    PAGING,
    PICTURES,
    PREFERENCES,
    PRIVACY,
    PROFILED,
    SITE,
    SIZE,
    STATS,
    TAG,
    TOTAL,
    VERSIONS,
    VIDEO,
    WHO,
    VimeoContext,
)

_URI = re.compile(
    r"^/(?:users/\d+/|me/)?(users|videos|albums|live_events)/(\d+)(?::\w+)?"
    r"(?:/(comments|texttracks|pictures)/(\d+))?$",
    re.ASCII,
)
NEEDS_PLAN = (
    "Vimeo gives the files of videos to accounts of a paid plan only, with a token of the scope video_files"
)
_THREAD = re.compile(r"/videos/(\d+)(?::\w+)?/comments(?:/(\d+)/replies)?/?$")


def parse(exchange: Exchange) -> Iterator[Record]:
    """Yield records of a user, a video, a comment, a showcase, an event, or a list of them.

    None where the response only says that something is not given.
    """
    if "not_given" in exchange.context:
        return
    if problem := failure(exchange):
        raise problem
    body, touched = load_tree(exchange)
    reading = Reading(exchange, touched)
    if isinstance(body, dict) and "data" in body:
        reading.check(PAGE, body, "")
        reading.read_object(PAGING, body, "paging", "")
    for pointer, item in each_of(body, exchange):
        yield from _read(item, reading, pointer)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    """Return a body without its request.

    The addresses of the other pages of the list say what its comments answer.
    """
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    found = load_content(bare)
    paging = found.get("paging") if isinstance(found, dict) else None
    told = (
        [paging.get(name) for name in ("first", "next", "previous", "last")]
        if isinstance(paging, dict)
        else []
    )
    path = next((address for address in told if isinstance(address, str)), None)
    return (
        replace(bare, context={**bare.context, "list": path.partition("?")[0]}) if path and not url else bare
    )


def _context_of(reading: Reading) -> VimeoContext:
    return cast(VimeoContext, reading.context)


def _read(item: dict[str, Any], reading: Reading, pointer: str) -> Iterator[Record]:
    what, native, above = native_of(item.get("uri"), reading.exchange, f"{pointer}/uri")
    if native in _context_of(reading).get("elsewhere", ()):
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
    """Return a video.

    Partial where Vimeo failed to list its text tracks: the archived ones stay.
    """
    reading.check(VIDEO, item, pointer)
    untold = _context_of(reading).get("told", {}).get(native, ()) is None
    # only what was asked for is answered: it has another name now
    if reading.me is not None and "description" not in item:
        raise unexpected_field(reading.exchange, f"{pointer}/description", "text or null", "nothing")
    connections = connections_of(item, reading, pointer)
    tags = [tag.get("name") for tag in reading.read_objects(TAG, item, "tags", pointer)]
    told = {name: total_of(connections, name, reading, pointer) for name in ("comments", "likes")}
    plays = reading.read_object(STATS, item, "stats", pointer).get("plays")
    counts = {name: n for name, n in (*told.items(), ("views", plays)) if n is not None}
    record = Record(
        record_id=f"vimeo:videos/{native}",
        kind="post",
        native_id=native,
        pointer=pointer,
        published_at=time_of(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:videos/{native}",
        title=item["name"],
        text=item.get("description") or "",
        language=item.get("language"),
        visibility=reading.read_object(PRIVACY, item, "privacy", pointer).get("view"),
        media=_media(item, native, connections, reading, pointer),
        tags=[tag for tag in tags if tag],
        counts=counts or None,
        tally="videos",
        partial=untold,
        more_files=untold or not is_made(item),
    )
    return _complete(record, item, reading)


def _comment(
    item: dict[str, Any], native: str, root: str, reading: Reading, pointer: str
) -> Iterator[Record]:
    """Yield a comment, and the replies that a saved response may hold below it.

    The context says what a comment answers that was requested alone; else the address of its list does.
    """
    reading.check(COMMENT, item, pointer)
    kind, parent, root = _context_of(reading).get("place") or (*_place(root, reading), root)
    connections = connections_of(item, reading, pointer)
    replies = total_of(connections, "replies", reading, pointer)
    record = Record(
        record_id=f"vimeo:comments/{native}",
        kind=kind,
        native_id=native,
        pointer=pointer,
        published_at=time_of(item, "created_on", reading.exchange, pointer),
        parent_id=parent,
        root_id=root,
        text=item["text"],
        counts=None if replies is None else {"comments": replies},
    )
    yield _complete(record, item, reading, edge_of(AUTHOR, connections, "user", reading, pointer).get("uri"))
    for i, one in enumerate(item.get("replies") or ()):  # in a saved answer
        where = f"{pointer}/replies/{i}"
        what, answer, _ = native_of(
            one.get("uri") if isinstance(one, dict) else None, reading.exchange, f"{where}/uri"
        )
        if what == "comments":
            below = replace(
                reading,
                exchange=replace(
                    reading.exchange, context={"place": ["reply", f"vimeo:comments/{native}", root]}
                ),
            )
            yield from _comment(one, answer, root, below, where)


def _place(root: str, reading: Reading) -> tuple[str, str | None]:
    """(kind, parent) by the address of the list.

    A comment without an address may answer the video or a comment.
    """
    found = _THREAD.search(_context_of(reading).get("list") or urlsplit(reading.exchange.url).path)
    if found is None:
        return "comment", None
    return ("reply", f"vimeo:comments/{found[2]}") if found[2] else ("comment", root)


def _showcase(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """Return a showcase, with its videos as links.

    Partial where Vimeo failed to list them.
    """
    reading.check(ALBUM, item, pointer)
    told = _context_of(reading).get("told", {}).get(native, ())
    record = Record(
        record_id=f"vimeo:albums/{native}",
        kind="post",
        native_id=native,
        pointer=pointer,
        published_at=time_of(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:albums/{native}",
        title=item["name"],
        text=item.get("description") or "",
        visibility=reading.read_object(PRIVACY, item, "privacy", pointer).get("view"),
        links=list(dict.fromkeys(told or ())),
        partial=told is None,
    )
    return _complete(record, item, reading)


def _event(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """Return a live event: what it is, and when it takes place.

    Each broadcast is a video of its own.
    """
    reading.check(EVENT, item, pointer)
    schedule = item.get("schedule") or {}
    times = [
        f"{name}: {value}" for name, value in sorted(schedule.items()) if isinstance(value, str) and value
    ]
    record = Record(
        record_id=f"vimeo:live_events/{native}",
        kind="post",
        native_id=native,
        pointer=pointer,
        published_at=time_of(item, "created_time", reading.exchange, pointer),
        root_id=f"vimeo:live_events/{native}",
        title=item["title"],
        text="\n\n".join(filter(None, (item.get("stream_description"), "\n".join(times)))),
        visibility=reading.read_object(PRIVACY, item, "stream_privacy", pointer).get("view"),
        media=_still(item, reading, pointer, 1),
    )
    return _complete(record, item, reading)


def _complete(record: Record, item: dict[str, Any], reading: Reading, by: str | None = None) -> Record:
    """Add what the records of all kinds but the profile have in common.

    by: the address of the author, for items whose `user` does not give it.
    """
    author = author_of(item, reading, record.pointer)
    uri = author.get("uri") or by
    by = native_of(uri, reading.exchange, f"{record.pointer}/user/uri")[1] if uri else None
    record.url = item.get("link")
    record.author_id = by
    record.author_name = author.get("name")
    record.author_handle = _handle(author.get("link"), reading.exchange)
    record.author_is_account = None if reading.me is None or by is None else by == reading.me
    record.repaired = id(item) in reading.repaired
    record.leftover = reading.take_leftover()
    return record


def _profile(item: dict[str, Any], native: str, reading: Reading, pointer: str) -> Record:
    """Return the profile, who may comment on new videos, and how many people the account has blocked."""
    reading.check(PROFILED, item, pointer)
    sites = reading.read_objects(SITE, item, "websites", pointer)
    preferences = reading.read_object(
        OF_VIDEOS,
        reading.read_object(PREFERENCES, item, "preferences", pointer),
        "videos",
        f"{pointer}/preferences",
    )
    lines = {
        "Location": item.get("location"),
        "Comments on new videos": reading.read_object(
            COMMENTING, preferences, "privacy", f"{pointer}/preferences/videos"
        ).get("comments"),
        "Blocked people": total_of(connections_of(item, reading, pointer), "block", reading, pointer),
    }
    told = [f"{label}: {value}" for label, value in lines.items() if value]
    told += [
        "Website: " + ", ".join(filter(None, (site.get(name) for name in ("name", "description", "link"))))
        for site in sites
    ]
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
        repaired=id(item) in reading.repaired,
        leftover=reading.take_leftover(),
    )


def _handle(link: str | None, exchange: Exchange) -> str | None:
    try:
        return last_step(link or "") or None
    except ValueError:
        raise unexpected_field(exchange, "/link", "an address", link) from None


def _media(
    item: dict[str, Any], native: str, connections: dict[str, Any], reading: Reading, pointer: str
) -> list[Media]:
    """Return the video file, its still, and the text tracks that the context lists.

    A video file that was replaced is another version under the same address.
    """
    version = edge_of(VERSIONS, connections, "versions", reading, pointer).get("current_uri")
    best, length = best_file(item, reading, pointer), item.get("duration")
    film = Media(
        f"versions/{version.rpartition('/')[2]}" if version else f"videos/{native}",
        "video",
        best["link"] if best else None,
        width=_whole(item.get("width")),
        height=_whole(item.get("height")),
        duration=_whole(length * 1000) if length else None,
    )
    if best is None:
        film.missing_reason = (
            NEEDS_PLAN if is_made(item) else f"not ready: Vimeo calls the film {item['status']}"
        )
    media = [film, *_still(item, reading, pointer, 2)]
    for track in _context_of(reading).get("told", {}).get(native) or ():
        name = "/".join(
            filter(
                None,
                (
                    track["uri"].rpartition("/")[2],
                    track.get("language"),
                    track.get("type"),
                    track.get("name"),
                ),
            )
        )
        media.append(Media(f"texttracks/{name}", "document", track.get("link"), position=len(media) + 1))
    return media


def _still(item: dict[str, Any], reading: Reading, pointer: str, position: int) -> list[Media]:
    """Return the active picture in its largest size.

    None if it is Vimeo's default picture.
    """
    picture = reading.read_object(PICTURES, item, "pictures", pointer)
    sizes = reading.read_objects(SIZE, picture, "sizes", f"{pointer}/pictures")
    uri = picture.get("uri")
    if not uri or not sizes or picture.get("type") == "default":
        return []
    best = max(sizes, key=lambda size: (size.get("width") or 0) * (size.get("height") or 0))
    identity = f"pictures/{uri.rpartition('/')[2]}"
    return [
        Media(
            identity,
            "image",
            best["link"],
            width=_whole(best.get("width")),
            height=_whole(best.get("height")),
            position=position,
        )
    ]


def _whole(value: float | None) -> int | None:
    """Return a number as it is stored; None if it is negative or too large."""
    return round(value) if value is not None and 0 <= value < 2**53 else None


def last_step(url: str) -> str:
    """Return the name of the account in an address."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def each_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of each item of a list, or of the one item that a body is."""
    if not isinstance(body, dict):
        raise unexpected_field(exchange, "", "an object", body)
    found = (
        [(f"/data/{i}", one) for i, one in enumerate(require_list(body["data"], exchange, "/data"))]
        if "data" in body
        else [("", body)]
    )
    for pointer, item in found:
        if not isinstance(item, dict):
            raise unexpected_field(exchange, pointer, "an object", item)
        yield pointer, item


def native_of(uri: Any, exchange: Exchange, pointer: str) -> tuple[str, str, str]:
    """(kind, number, number of what it belongs to) of an item's address.

    "/videos/1" and "/videos/1:hash" give ("videos", "1", "1"); "/videos/1/comments/2" gives ("comments", "2",
    "1").
    """
    found = _URI.match(uri) if isinstance(uri, str) else None
    if found is None:
        raise unexpected_field(
            exchange, pointer, "the address of a user, a video, a comment, a showcase or an event", uri
        )
    return (found[3], found[4], found[2]) if found[3] else (found[1], found[2], found[2])


def parts_of(record_id: str) -> tuple[str, str]:
    """("videos", "1") of "vimeo:videos/1"."""
    what, _, native = record_id.partition(":")[2].partition("/")
    return what, native


def time_of(item: dict[str, Any], name: str, exchange: Exchange, pointer: str = "") -> datetime:
    return read_time(item[name], exchange, f"{pointer}/{name}")


def author_of(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    return reading.read_object(WHO, item, "user", pointer)


def connections_of(item: dict[str, Any], reading: Reading, pointer: str = "") -> dict[str, Any]:
    """Return the connections of an item by their names.

    Those that are not read hold nothing that people wrote.
    """
    return reading.read_object(METADATA, item, "metadata", pointer).get("connections") or {}


def edge_of(
    shape: Shape, connections: dict[str, Any], name: str, reading: Reading, pointer: str
) -> dict[str, Any]:
    return reading.read_object(shape, connections, name, f"{pointer}/metadata/connections")


def total_of(connections: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    total: int | None = edge_of(TOTAL, connections, name, reading, pointer).get("total")
    return total


def is_made(video: dict[str, Any]) -> bool:
    """Whether Vimeo has processed an upload (film, still, automatic captions), as far as it says."""
    return video.get("status") in (None, "available")


def best_file(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any] | None:
    """Return the file as it was uploaded, else the largest one.

    Streams for players do not count.
    """
    found = [one for name in ("download", "files") for one in reading.read_objects(FILE, item, name, pointer)]
    whole = [one for one in found if one.get("link") and one.get("quality") not in ("hls", "dash")]
    return max(
        whole,
        key=lambda one: (one.get("quality") == "source", one.get("height") or 0, one.get("size") or 0),
        default=None,
    )
