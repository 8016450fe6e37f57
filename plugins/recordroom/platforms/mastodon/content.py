"""The text, links, and files of a status, or of an entry of its history."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple

from recordroom.model import Exchange, Media
from recordroom.platforms.html_text import read
from recordroom.platforms.http import wrong
from recordroom.platforms.mastodon.platform import record_id_of
from recordroom.platforms.mastodon.schema import (
    MEDIA,
    MENTION,
    OPTION,
    ORIGINAL,
    POLL,
    QUOTE,
    TAG,
    MastodonContext,
)
from recordroom.platforms.schema import ID, Shape

TYPES = {"image": "image", "gifv": "video", "video": "video", "audio": "audio", "unknown": "document"}
_INLINE = re.compile(
    r'</?(?:a(?: href="https?://[^"<>&\s\\]*")?|span)(?: (?:class|rel|target|translate|lang)="[^"<>&]*")*>'
)
_LINK = re.compile(r'<a href="([^"]*)"(?![^>]* class="[^"]*\bmention\b)')
_ANCHOR = re.compile(r"<a [^>]*>")
_HREF = re.compile(r'href="([^"]*)"')


class View(NamedTuple):
    """One response while it is parsed: what all its items share."""

    exchange: Exchange
    context: MastodonContext
    me: str | None  # native ID of the captured account; None for a saved body
    server: str
    touched: frozenset[int]  # id() of each object that held text which Unicode does not allow
    since: datetime | None = None  # conversations of statuses before it were not read

    def record_id(self, status: object) -> str:
        return record_id_of(self.server, status)


class Content(NamedTuple):
    """The content of a status, or of an entry of its history."""

    text: str
    links: list[str]
    media: list[Media]
    quoted: str | None  # record ID of the quoted status
    left: tuple[str, ...]  # unrecognized fields


def read_content(item: dict[str, Any], view: View, pointer: str) -> Content:
    """Read the content of a status or an entry. A poll's options belong to its text."""
    exchange = view.exchange
    text, links = split_html(item["content"])
    media, quoted = list[Media](), None
    left: tuple[str, ...] = ()
    if item.get("poll") is not None:
        left += POLL.check(item["poll"], exchange, f"{pointer}/poll", "poll")
        left += check_each(
            OPTION, item["poll"]["options"], exchange, f"{pointer}/poll/options", "poll.options"
        )
        options = "\n".join(option["title"] for option in item["poll"]["options"])
        text = f"{text}\n\n{options}" if text else options
    if item.get("quote") is not None:
        left += QUOTE.check(item["quote"], exchange, f"{pointer}/quote", "quote")
        inner = item["quote"].get("quoted_status") or {}
        native = inner.get("id") or item["quote"].get("quoted_status_id")
        quoted = view.record_id(native) if type(native) in ID else None
    if files := item["media_attachments"]:
        where = f"{pointer}/media_attachments"
        left += check_each(MEDIA, files, exchange, where, "media_attachments")
        media = [_read_file(file, exchange, f"{where}/{i}", i + 1) for i, file in enumerate(files)]
    if item.get("mentions"):
        left += check_each(MENTION, item["mentions"], exchange, f"{pointer}/mentions", "mentions")
    if item.get("tags"):
        left += check_each(TAG, item["tags"], exchange, f"{pointer}/tags", "tags")
    return Content(text, links, media, quoted, left)


def split_html(html: str) -> tuple[str, list[str]]:
    """Return the text and the links of a status.

    Links of @names and #tags (class `mention`) are left out.

    The markup that Mastodon writes itself (paragraphs, line breaks, links, spans with plain attributes) is
    read here, at a quarter of the cost; html_text reads all other markup. A test compares the two.
    """
    if html.startswith("<p>") and html.endswith("</p>") and "\n" not in html:
        text = (
            html[3:-4]
            .replace("</p><p>", "\n\n")
            .replace("<br />", "\n")
            .replace("&#39;", "'")
            .replace("&quot;", '"')
        )
        bare = _INLINE.sub("", text) if "<" in text else text
        if _is_plain(bare):
            return bare, list(dict.fromkeys(_LINK.findall(text))) if len(bare) < len(text) else []
    found = read(html)
    if found.links and "mention" in html:
        mentions = {
            unescape(address)
            for anchor in _ANCHOR.findall(html)
            if "mention" in anchor
            for address in _HREF.findall(anchor)
        }
        found.links = [link for link in found.links if link not in mentions]
    return found.text, found.links


def _is_plain(text: str) -> bool:
    """Return whether a browser would show a text as it is.

    It has no tags, no entities, and no blanks that a browser would change.
    """
    tags = "<" in text or "&" in text
    blanks = "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text or text != text.strip(" \n")
    return not (tags or blanks or "\t" in text or "\r" in text or "\f" in text or "\0" in text)


def check_each(
    shape: Shape, found: list[Any], exchange: Exchange, pointer: str, where: str
) -> tuple[str, ...]:
    """Check each item of a list; return the fields that the shape does not know."""
    left: tuple[str, ...] = ()
    for i, one in enumerate(found):
        left += shape.check(one, exchange, f"{pointer}/{i}", where)
    return left


def _read_file(found: dict[str, Any], exchange: Exchange, pointer: str, position: int) -> Media:
    """Read a file.

    Its address is that of the instance's copy: a stranger chose the host of `remote_url`.
    """
    if found["type"] not in TYPES:
        raise wrong(exchange, f"{pointer}/type", " or ".join(TYPES), found["type"])
    size = (found.get("meta") or {}).get("original") or {}
    if size:
        ORIGINAL.check(size, exchange, f"{pointer}/meta/original")
    url = found.get("url") or found.get("remote_url")
    missing = "the instance gives no address of the file (not processed yet, or not kept)"
    return Media(
        identity=str(found["id"]),
        type=TYPES[found["type"]],
        url=url,
        alt_text=found.get("description") or None,
        width=_scaled(size.get("width"), 1),
        height=_scaled(size.get("height"), 1),
        duration=_scaled(size.get("duration"), 1000),
        position=position,
        missing_reason=None if url else missing,
    )


def _scaled(value: float | None, factor: int) -> int | None:
    return round(value * factor) if value is not None and 0 <= value < 1e9 else None
