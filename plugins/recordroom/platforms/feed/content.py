"""The content of an entry: text and markup, links, and files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from recordroom.model import Exchange, Media, Record
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


_ENTRIES = frozenset({"item", "entry"})
# An entry, or its files (https://www.rssboard.org/media-rss).
_DESCRIBED = _ENTRIES | {"content", "group"}
_DESCRIPTIONS = frozenset({"description", "summary"})
_CONTENTS = frozenset({"content", "encoded"})
_KEPT = 2  # descriptions that feedparser keeps at most


@dataclass(slots=True)
class EntryDescriptions:
    """The descriptions of one entry, in the order of the feed.

    feedparser keeps two at most, or one next to a content: of an entry with a content, a description, and a
    summary (as most podcasts have), or with several captioned images, one replaces another. It also mixes up
    the text of an entry with that of its files: the caption of an image (Mastodon) replaces the content.
    """

    own: list[str] = field(default_factory=list)  # texts of the descriptions and summaries of the entry
    captions: list[str] = field(default_factory=list)  # texts of those of its files
    others: int = 0  # further elements with text; feedparser keeps some of them too

    @property
    def dropped(self) -> list[str]:
        """All texts, if feedparser may have dropped some of them."""
        texts = [*self.own, *self.captions]
        return texts if len(texts) + self.others > _KEPT else []

    def is_caption(self, text: str) -> bool:
        """Whether only a file of the entry has this text."""
        return text in self.captions and text not in self.own


def read_descriptions(feed: str, number: int) -> list[EntryDescriptions]:
    """Read the descriptions of each entry of a feed.

    Elements that contain others (XHTML of Atom) are left to feedparser.

    number: how many entries feedparser found. [] is returned where this many are not found.
    """
    found, path, text = list[EntryDescriptions](), list[str](), list[str]()
    is_plain = False  # only text has come since the last element began

    def begin(name: str, _: Mapping[str, str]) -> None:
        nonlocal is_plain
        path.append(name.rpartition(":")[2].lower())
        if path[-1] in _ENTRIES:
            found.append(EntryDescriptions())
        text.clear()
        is_plain = True

    def end(name: str) -> None:
        nonlocal is_plain
        local, above, words = path.pop(), path[-1] if path else "", "".join(text).strip()
        if found and local in _DESCRIPTIONS and above in _DESCRIBED and is_plain:
            texts = found[-1].own if above in _ENTRIES else found[-1].captions
            texts += [words] if words else []
        elif found and (
            (local in _DESCRIPTIONS and above in _DESCRIBED) or (local in _CONTENTS and above in _ENTRIES)
        ):
            found[-1].others += name != "media:content"
        is_plain = False

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text.append
    try:
        # As text: whatever encoding a feed declares, it came in the one that the server says.
        parser.Parse(feed, True)
    except expat.ExpatError:  # it is no XML
        return []
    return found if len(found) == number else []


def add_content(
    record: Record, entry: dict[str, Any], exchange: Exchange, descriptions: EntryDescriptions
) -> None:
    """Add text, markup, links, and media of an entry to its record.

    A part that says nothing more than those before it (most summaries) is left out. Captions come last.
    """
    bodies = _bodies_of(entry)
    more = [words for words in descriptions.dropped if all(_value_of(body) != words for body in bodies)]
    bodies += [{"type": "text/html", "value": words} for words in more]
    bodies.sort(key=lambda body: descriptions.is_caption(_value_of(body)))
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
            if (p.width, p.height) != (1, 1):  # an image that counts readers
                identity = file_identity(p.url)
                files.setdefault(
                    identity, Media(identity, p.type, fetchable(p.url), p.alt_text or None, p.width, p.height)
                )
    record.links += [
        link["href"]
        for link in entry.get("links", ())
        if link.get("rel") in ("via", "related") and link.get("href")
    ]
    _add_attached(files, entry, base)
    for position, media in enumerate(files.values(), 1):
        media.position = position
    record.media = list(files.values())
    record.links += [absolute(base, c["src"]) for c in entry.get("content", ()) if c.get("src")]
    record.links = list(dict.fromkeys(record.links))


def _value_of(body: Mapping[str, Any]) -> str:
    return (body.get("value") or "").strip()


def _bodies_of(entry: dict[str, Any]) -> list[Mapping[str, Any]]:
    """Return all parts with text, the content first.

    A description within media:content replaces the entry's own in `summary_detail`, but not in `summary`.
    """
    detail, summary = entry.get("summary_detail"), entry.get("summary")
    bodies: list[Mapping[str, Any]] = [*entry.get("content", ()), *([detail] if detail else ())]
    if summary and all(body.get("value") != summary for body in bodies):
        bodies.insert(len(bodies) - 1 if detail else len(bodies), {"type": "text/html", "value": summary})
    subtitle = entry.get("subtitle_detail") or {}  # of a podcast's episode
    return bodies + [subtitle] * (subtitle.get("value") not in (None, "", entry.get("title")))


def _add_attached(files: dict[str, Media], entry: dict[str, Any], base: str) -> None:
    """Add enclosures, media:content, content at other addresses, and the image.

    A thumbnail is added only if there is nothing else. One file in several sizes is added in the widest one.
    """
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
    """Whether a media:content is no file of the entry.

    WordPress gives the author's picture, YouTube the address of its player, which is a web page.
    """
    return (
        "gravatar.com/avatar/" in (content.get("url") or "")
        or content.get("type") == "application/x-shockwave-flash"
    )


def plain(detail: Mapping[str, Any] | None, value: str | None) -> str | None:
    """Return a title or a description as plain text.

    detail: feedparser's details, which say whether it is HTML; they may be those of a part of the entry.
    value: the text of the entry itself; None: that of the details.
    """
    given = value if value is not None else (detail or {}).get("value")
    if given is None:
        return None
    return (
        text_of(given)
        if (detail or {}).get("type") in ("text/html", "application/xhtml+xml")
        else " ".join(given.split())
    )
