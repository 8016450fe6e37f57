"""The words and files of a post or a message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from recordroom.model import Media
from recordroom.platforms.x.heads import media_keys_of, name_of
from recordroom.platforms.x.shapes import (
    ARTICLE,
    ATTACHMENTS,
    ENTITIES,
    GEO,
    MENTION,
    NOTE,
    OPTION,
    TAG,
    URL,
    VARIANT,
)
from recordroom.platforms.x.view import View

TYPES = {"photo": "image", "video": "video", "animated_gif": "video", "audio": "audio"}
SORTS = {
    "3": "image",
    "7": "video",
    "13": "video",
    "16": "video",
}  # what the first number of a media_key stands for
_OWN_FILE = re.compile(r"https?://(?:www\.)?(?:x|twitter)\.com/[^/]+/status/\d+/(?:photo|video)/\d+$")
_SCREENED = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))  # X escapes these three in every text


@dataclass(slots=True)
class Words:
    text: str
    title: str | None
    links: list[str]
    mentions: list[str]
    tags: list[str]
    media: list[Media]


def words_of(item: dict[str, Any], view: View, pointer: str) -> Words:
    """The whole of a long post, an article, the options of a poll; where it leads, whom it names, its files."""
    reading, name = view.reading, name_of(item, "note_post", "note_tweet")
    note, article = reading.part(NOTE, item, name, pointer), reading.part(ARTICLE, item, "article", pointer)
    holder, where = (note, f"{pointer}/{name}") if note.get("entities") else (item, pointer)
    entities = reading.part(ENTITIES, holder, "entities", where)
    where = f"{where}/entities"
    attached = reading.part(ATTACHMENTS, item, "attachments", pointer)
    text = [plain(note.get("text") or item["text"]), article.get("plain_text")]
    if attached.get("poll_ids"):
        text += [
            "\n".join(_options(view.polls[native], view))
            for native in attached["poll_ids"]
            if native in view.polls
        ]
    links: dict[str, None] = {}
    names: dict[str, None] = {}
    tags: dict[str, None] = {}  # each once, in their order
    for one in reading.each(URL, entities, "urls", where):
        link = one.get("expanded_url") or one.get("url")
        if link and not one.get("media_key") and not _OWN_FILE.match(link):
            links[link] = None
    for one in reading.each(MENTION, entities, "mentions", where):
        names[one.get("username") or ""] = None
    if spot := view.spots.get(reading.part(GEO, item, "geo", pointer).get("place_id") or ""):
        names[spot.get("full_name") or ""] = None
    for kind in ("hashtags", "cashtags"):
        for one in reading.each(TAG, entities, kind, where):
            tags[one["tag"]] = None
    return Words(
        text="\n\n".join(filter(None, text)),
        title=article.get("title"),
        links=list(links),
        mentions=list(filter(None, names)),
        tags=list(tags),
        media=[_media(key, view, position) for position, key in enumerate(media_keys_of(item), 1)],
    )


def plain(text: str) -> str:
    if "&" in text:
        for entity, letter in _SCREENED:
            text = text.replace(entity, letter)
    return text


def _options(poll: dict[str, Any], view: View) -> list[str]:
    options = view.reading.each(OPTION, poll, "options", f"/includes/polls/{poll['id']}")
    return [option["label"] for option in sorted(options, key=lambda one: one["position"])]


def _media(key: str, view: View, position: int) -> Media:
    """A photo as X gives it; of a film or a recording the file of the most bits. X names no end of sorts:
    another one is noted.
    """
    found = view.media.get(key)
    if found is None:
        sort = SORTS.get(key.partition("_")[0], "document")
        return Media(key, sort, position=position, missing_reason="X does not describe the file")
    if found["type"] not in TYPES:
        view.reading.left.append(f"includes.media.type.{found['type']}")
    variants = view.reading.each(VARIANT, found, "variants", f"/includes/media/{key}")
    whole = [
        one
        for one in variants
        if (one.get("content_type") or "").startswith(("video/mp4", "audio/")) and one.get("url")
    ]
    best = max(whole, key=lambda one: one.get("bit_rate") or 0, default=None)
    url = best["url"] if best else found.get("url")
    return Media(
        identity=key,
        type=TYPES.get(found["type"], "document"),
        url=url,
        alt_text=found.get("alt_text") or None,
        width=found.get("width"),
        height=found.get("height"),
        duration=found.get("duration_ms"),
        position=position,
        missing_reason=None if url else "X gives no address of the file",
    )
