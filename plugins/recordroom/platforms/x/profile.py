"""The profile of an account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import when
from recordroom.platforms.x.shapes import ABOUT, COUNTED, ENTITIES, URL, USER
from recordroom.platforms.x.view import View
from recordroom.platforms.x.words import plain


def profile_of(item: dict[str, Any], view: View, pointer: str) -> Record:
    """Description, place and web site are its text; picture and banner are media, whose names change with
    each of them.
    """
    reading = view.reading
    reading.check(USER, item, pointer)
    reading.part(COUNTED, item, "public_metrics", pointer)
    entities = reading.part(ABOUT, item, "entities", pointer)
    links = []
    for name in ("url", "description"):
        part = reading.part(ENTITIES, entities, name, f"{pointer}/entities")
        links += [
            one.get("expanded_url") or one.get("url")
            for one in reading.each(URL, part, "urls", f"{pointer}/entities/{name}")
        ]
    if not links and item.get("url"):
        links = [item["url"]]
    pictures = (item.get(name) for name in ("profile_image_url", "profile_banner_url"))
    return Record(
        record_id=f"x:users/{item['id']}",
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=f"https://x.com/{item['username']}",
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item["username"],
        author_is_account=None if view.me is None else item["id"] == view.me,
        text="\n\n".join(filter(None, (plain(item.get("description") or ""), item.get("location")))),
        title=item["name"],
        published_at=when(item["created_at"], reading.exchange, f"{pointer}/created_at")
        if item.get("created_at")
        else None,
        visibility="protected" if item.get("protected") else None,
        media=[
            Media(_path(url, reading.exchange), "image", url.replace("_normal.", "_400x400."), position=at)
            for at, url in enumerate(filter(None, pictures), 1)
        ],
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.touched,
        partial=bool(view.failed),
        leftover=reading.taken(),
    )


def _path(url: str, exchange: Exchange) -> str:
    """A picture of a profile has no id, but a new path with each change."""
    try:
        return urlsplit(url).path
    except ValueError:
        raise wrong(exchange, "/data/profile_image_url", "an address", url) from None
