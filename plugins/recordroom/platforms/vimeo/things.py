"""What walk and records both read of a thing: its address, its time, its edges, its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange
from recordroom.platforms.answers import wrong
from recordroom.platforms.shapes import Reading, Shape, items, when
from recordroom.platforms.vimeo.shapes import FILE, METADATA, TOTAL, WHO

_URI = re.compile(
    r"^/(?:users/\d+/|me/)?(users|videos|albums|live_events)/(\d+)(?::\w+)?(?:/(comments|texttracks|pictures)/(\d+))?$", re.ASCII
)
PLAN = "Vimeo gives the files of videos to accounts of a paid plan only, with a token of the scope video_files"


def last_step(url: str) -> str:
    """What an address calls an account."""
    return urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()


def each_of(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """(pointer, item) of a list, or of a single thing."""
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    found = [(f"/data/{i}", one) for i, one in enumerate(items(body["data"], exchange, "/data"))] if "data" in body else [("", body)]
    for pointer, item in found:
        if not isinstance(item, dict):
            raise wrong(exchange, pointer, "an object", item)
        yield pointer, item


def native_of(uri: Any, exchange: Exchange, pointer: str) -> tuple[str, str, str]:
    """(what it is, its own number, the number of what it belongs to) of "/videos/1", "/videos/1:hash", "/videos/1/comments/2"."""
    found = _URI.match(uri) if isinstance(uri, str) else None
    if found is None:
        raise wrong(exchange, pointer, "the address of a user, a video, a comment, a showcase or an event", uri)
    return (found[3], found[4], found[2]) if found[3] else (found[1], found[2], found[2])


def parts_of(record_id: str) -> tuple[str, str]:
    """("videos", "1") of "vimeo:videos/1"."""
    what, _, native = record_id.partition(":")[2].partition("/")
    return what, native


def time_of(item: dict[str, Any], name: str, exchange: Exchange, pointer: str = "") -> datetime:
    return when(item[name], exchange, f"{pointer}/{name}")


def author_of(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any]:
    return reading.part(WHO, item, "user", pointer)


def connections_of(item: dict[str, Any], reading: Reading, pointer: str = "") -> dict[str, Any]:
    """The edges of a thing, by their names; those that are not read are no words of people."""
    return reading.part(METADATA, item, "metadata", pointer).get("connections") or {}


def edge_of(shape: Shape, connections: dict[str, Any], name: str, reading: Reading, pointer: str) -> dict[str, Any]:
    return reading.part(shape, connections, name, f"{pointer}/metadata/connections")


def total_of(connections: dict[str, Any], name: str, reading: Reading, pointer: str = "") -> int | None:
    total: int | None = edge_of(TOTAL, connections, name, reading, pointer).get("total")
    return total


def is_made(video: dict[str, Any]) -> bool:
    """Whether Vimeo has made a film, its still and its automatic captions of what was uploaded, as far as it tells."""
    return video.get("status") in (None, "available")


def best_file(item: dict[str, Any], reading: Reading, pointer: str) -> dict[str, Any] | None:
    """The file as it was uploaded, else the largest one; what is made for players in pieces is none."""
    found = [one for name in ("download", "files") for one in reading.each(FILE, item, name, pointer)]
    whole = [one for one in found if one.get("link") and one.get("quality") not in ("hls", "dash")]
    return max(whole, key=lambda one: (one.get("quality") == "source", one.get("height") or 0, one.get("size") or 0), default=None)
