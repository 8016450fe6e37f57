"""The records in a response of the API, and the items that a crawl reads of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recordroom.model import Exchange, Record
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import Reading, Shape, load_content, load_tree, require_list
from recordroom.platforms.youtube.api import failure
from recordroom.platforms.youtube.entities import (
    read_channel,
    read_comment,
    read_thread,
    read_upload,
    read_video,
)
from recordroom.platforms.youtube.platform import SERVER
from recordroom.platforms.youtube.schema import LISTED


def checked(exchange: Exchange, shape: Shape) -> list[dict[str, Any]]:
    """Return the items of a response; each must have this shape."""
    found = [item for _, item in items_of(load_content(exchange), exchange)[0]]
    for number, item in enumerate(found):
        shape.check(item, exchange, f"/items/{number}")
    return found


def parse(exchange: Exchange) -> Iterator[Record]:
    """Yield records of a list of channels, uploads, videos, threads, or comments, or of a single one."""
    if "not_given" in exchange.context:
        return
    if problem := failure(exchange):
        raise problem
    body, touched = load_tree(exchange)
    found, left = items_of(body, exchange)
    reading = Reading(exchange, touched)
    for pointer, item in found:
        reader = _READERS.get(kind_of(item))
        if reader is None:
            raise unexpected_field(exchange, f"{pointer}/kind", " or ".join(_READERS), kind_of(item))
        for record in reader(item, reading, pointer):
            if left:
                record.leftover, left = left + record.leftover, ()
            yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:  # noqa: ARG001
    """Return a body without its request.

    An error holds its status itself.
    """
    bare = Exchange("GET", url or "", 200, (), body, {"server": SERVER})
    told = load_content(bare)
    error = told.get("error") if isinstance(told, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return replace(bare, status=code) if type(code) is int and 400 <= code < 600 else bare


def items_of(body: Any, exchange: Exchange) -> tuple[list[tuple[str, Any]], tuple[str, ...]]:
    """((pointer, item) of each, unrecognized fields of the list).

    An empty list may have no `items`.
    """
    if kind_of(body) in _READERS:
        return [("", body)], ()
    left = LISTED.check(body, exchange, "")
    if not body["kind"].endswith("ListResponse"):
        raise unexpected_field(exchange, "/kind", "that of a list", body["kind"])
    if body.get("items") is None and left:
        raise unexpected_field(
            exchange, "/items", f"present, or no unknown field with it ({', '.join(left)})", "nothing"
        )
    return [
        (f"/items/{i}", item)
        for i, item in enumerate(require_list(body.get("items") or [], exchange, "/items"))
    ], left


def kind_of(item: Any) -> str:
    """Return the kind that an item says it has; "" where it says none."""
    told = item.get("kind") if isinstance(item, dict) else None
    return told if isinstance(told, str) else ""


_READERS = {
    "youtube#channel": read_channel,
    "youtube#playlistItem": read_upload,
    "youtube#video": read_video,
    "youtube#commentThread": read_thread,
    "youtube#comment": read_comment,
}
