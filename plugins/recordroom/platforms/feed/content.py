"""What an entry says: its text and markup, its links, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.feed.words import Described
from recordroom.platforms.html_text import (
    PICTURES,
    Reading,
    absolute,
    ending,
    fetchable,
    file_identity,
    is_said,
    kind_of,
    read,
    text_of,
)

_TYPES = {"image": "image", "video": "video", "audio": "audio"}


def add_words(record: Record, entry: dict[str, Any], exchange: Exchange, described: Described) -> None:
    """Text, markup, links and media, of the content and of whatever else has words: a part that says nothing
    else (a summary, as most do) is not read twice. What is said of its files comes last."""
    bodies = _bodies(entry)
    more = (words for words in described.dropped if all(_value(body) != words for body in bodies))
    bodies += [{"type": "text/html", "value": words} for words in more]
    bodies.sort(key=lambda body: described.is_caption(_value(body)))
    base = absolute(exchange.url, (bodies[0].get("base") if bodies else None) or record.url or "")
    files: dict[str, Media] = {}
    for body in bodies:
        value = body.get("value") or ""
        found = (
            Reading(value)
            if body.get("type") == "text/plain"
            else read(value, absolute(exchange.url, body.get("base") or base))
        )
        if record.text is None:
            record.text, record.language = found.text, body.get("language")
            record.text_html = value if "<" in value or "&" in value else None
        elif not is_said(found.text, record.text):
            record.text = f"{record.text}\n\n{found.text}".strip()
        record.links += found.links
        for p in found.pictures:
            if (p.width, p.height) != (1, 1):  # a counter of readers
                identity = file_identity(p.url)
                files.setdefault(
                    identity, Media(identity, p.type, fetchable(p.url), p.alt_text or None, p.width, p.height)
                )
    record.links += [
        link["href"]
        for link in entry.get("links", ())
        if link.get("rel") in ("via", "related") and link.get("href")
    ]
    _attached(files, entry, base)
    for position, media in enumerate(files.values(), 1):
        media.position = position
    record.media = list(files.values())
    record.links += [absolute(base, c["src"]) for c in entry.get("content", ()) if c.get("src")]
    record.links = list(dict.fromkeys(record.links))


def _value(body: Mapping[str, Any]) -> str:
    return (body.get("value") or "").strip()


def _bodies(entry: dict[str, Any]) -> list[Mapping[str, Any]]:
    """All that has words, the content first. A description within media:content takes the place of the
    entry's own in `summary_detail`, but not in `summary`."""
    detail, summary = entry.get("summary_detail"), entry.get("summary")
    bodies: list[Mapping[str, Any]] = [*entry.get("content", ()), *([detail] if detail else ())]
    if summary and all(body.get("value") != summary for body in bodies):
        bodies.insert(len(bodies) - 1 if detail else len(bodies), {"type": "text/html", "value": summary})
    below = entry.get("subtitle_detail") or {}  # of an episode of a podcast
    return bodies + [below] * (below.get("value") not in (None, "", entry.get("title")))


def _attached(files: dict[str, Media], entry: dict[str, Any], base: str) -> None:
    """Enclosures, media:content, content that lies elsewhere, the entry's picture; a thumbnail only where
    there is nothing else. Of several sizes of one picture the widest."""
    enclosures = [
        (link.get("href"), link) for link in entry.get("links", ()) if link.get("rel") == "enclosure"
    ]
    contents = [(m.get("url"), m) for m in entry.get("media_content", ()) if not _is_no_file(m)]
    elsewhere = [
        (c["src"], c)
        for c in entry.get("content", ())
        if c.get("src") and not str(c.get("type")).startswith("text/")
    ]
    pictures = [
        a for a in (entry.get("image", {}).get("href"), entry.get("href")) if a and ending(a) in PICTURES
    ]
    given: list[tuple[str | None, Mapping[str, Any]]] = [
        *enclosures,
        *contents,
        *elsewhere,
        *((a, {"medium": "image"}) for a in pictures),
    ]
    if not given and not files:
        given = [(m.get("url"), {"medium": "image", **m}) for m in entry.get("media_thumbnail", ())]
    for address, m in given:
        if address:
            url = absolute(base, address.strip())
            kind = m.get("medium") or (m.get("type") or "").partition("/")[0]
            width, height = (
                int(v) if (v := m.get(side) or "").isdecimal() and len(v) < 9 else None
                for side in ("width", "height")
            )
            media = Media(
                file_identity(url), _TYPES.get(kind) or kind_of(url), fetchable(url), None, width, height
            )
            known = files.setdefault(media.identity, media)
            if media.url and known.width is not None and known.width < (width or 0):
                known.url, known.width, known.height = media.url, width, height


def _is_no_file(content: Mapping[str, Any]) -> bool:
    """The author's picture, as WordPress gives it; the player of YouTube's feeds, which is a web page."""
    return (
        "gravatar.com/avatar/" in (content.get("url") or "")
        or content.get("type") == "application/x-shockwave-flash"
    )


def plain(detail: Mapping[str, Any] | None, value: str | None) -> str | None:
    given = (
        value if value is not None else (detail or {}).get("value")
    )  # `value` is the entry's own where `detail` is one of its parts'
    if given is None:
        return None
    return (
        text_of(given)
        if (detail or {}).get("type") in ("text/html", "application/xhtml+xml")
        else " ".join(given.split())
    )
