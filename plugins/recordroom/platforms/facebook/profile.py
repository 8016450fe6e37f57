"""The profile of a Page as a record."""

from __future__ import annotations

from typing import Any

from recordroom.model import Media, Record
from recordroom.platforms.facebook.fields import ABOUT, COVER, LINES, ONE, PICTURE, PROFILED
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.meta.graph import file_name
from recordroom.platforms.schema import Reading


def profile_of(item: dict[str, Any], reading: Reading, pointer: str) -> Record:
    """What the Page says of itself is the text; its web sites are links, picture and cover media."""
    reading.check(PROFILED, item, pointer)
    lines = [f"{label}: {item[name]}" for name, label in LINES.items() if item.get(name)]
    lines += [f"Email: {address}" for address in item.get("emails") or ()] + [
        f"{k}: {v}" for k, v in (item.get("hours") or {}).items()
    ]
    links = [*(item.get("website") or "").split(), item.get("privacy_info_url"), item.get("link")]
    return Record(
        record_id=record_id(item["id"]),
        kind="profile",
        native_id=item["id"],
        pointer=pointer,
        url=item.get("link"),
        author_id=item["id"],
        author_name=item["name"],
        author_handle=item.get("username"),
        author_is_account=None if reading.me is None else item["id"] == reading.me,
        text="\n\n".join(filter(None, (*(item.get(name) for name in ABOUT), "\n".join(lines)))),
        title=item["name"],
        visibility="unpublished" if item.get("is_published") is False else None,
        media=_profile_media(item, reading, pointer),
        links=list(dict.fromkeys(filter(None, links))),
        repaired=id(item) in reading.touched,
        leftover=reading.taken(),
    )


def _profile_media(item: dict[str, Any], reading: Reading, pointer: str) -> list[Media]:
    """The picture has no id, but a file's name; a silhouette stands for none."""
    picture = reading.part(PICTURE, reading.part(ONE, item, "picture", pointer), "data", f"{pointer}/picture")
    cover, media = reading.part(COVER, item, "cover", pointer), []
    if (url := picture.get("url")) and not picture.get("is_silhouette"):
        media.append(
            Media(
                file_name(url, reading.exchange),
                "image",
                url,
                width=picture.get("width"),
                height=picture.get("height"),
            )
        )
    if url := cover.get("source"):
        media.append(
            Media(cover.get("id") or file_name(url, reading.exchange), "image", url, position=len(media) + 1)
        )
    return media
