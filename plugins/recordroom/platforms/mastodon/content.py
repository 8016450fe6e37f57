"""What a status and an entry of a history have in common: text, links and files; a poll's options and what is
quoted.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any, NamedTuple

from recordroom.model import Exchange, Media
from recordroom.platforms.html_text import read
from recordroom.platforms.http import wrong
from recordroom.platforms.schema import ANY_NUMBER, ID, ITEM, LIST, NULL, TEXT, Shape

TYPES = {"image": "image", "gifv": "video", "video": "video", "audio": "audio", "unknown": "document"}
MEDIA = Shape(
    {
        "id": ID,
        "type": TEXT,
        "url": TEXT | NULL,
        "remote_url": TEXT | NULL,
        "description": TEXT | NULL,
        "meta": ITEM | NULL,
    },
    dict.fromkeys(
        ("preview_url", "preview_remote_url", "text_url", "blurhash"), "another form of what is read"
    ),
)
_SIZE = ANY_NUMBER | NULL
ORIGINAL = Shape(
    {"width": _SIZE, "height": _SIZE, "duration": _SIZE}
)  # `meta` else holds what Paperclip says of the encoding
POLL = Shape(
    {"options": LIST},
    dict.fromkeys(("id", "expires_at", "expired", "multiple", "emojis"), "no words")
    | dict.fromkeys(("votes_count", "voters_count", "voted", "own_votes"), "counters of no record"),
)
OPTION = Shape({"title": TEXT}, {"votes_count": "counter of no record"})
MENTION = Shape({"acct": TEXT, "id": ID}, dict.fromkeys(("username", "url"), "said by acct"))
TAG = Shape({"name": TEXT}, {"url": "said by name", "history": "use of the tag by everybody"})
QUOTE = Shape(
    {"quoted_status": ITEM | NULL, "quoted_status_id": ID | NULL},
    {"state": "whether the quoted author agrees"},
)
_INLINE = re.compile(
    r'</?(?:a(?: href="https?://[^"<>&\s\\]*")?|span)(?: (?:class|rel|target|translate|lang)="[^"<>&]*")*>'
)
_LINK = re.compile(r'<a href="([^"]*)"(?![^>]* class="[^"]*\bmention\b)')
_ANCHOR = re.compile(r"<a [^>]*>")
_HREF = re.compile(r'href="([^"]*)"')


class View(NamedTuple):
    """What all items of one exchange share."""

    exchange: Exchange
    me: str | None
    server: str
    touched: frozenset[int]
    since: datetime | None = None  # older posts are without their conversations

    def record_id(self, native: Any) -> str:
        return f"mastodon:{self.server}/statuses/{native}"


class Content(NamedTuple):
    """What a status and an entry of a history have in common."""

    text: str
    links: list[str]
    media: list[Media]
    quoted: str | None
    left: tuple[str, ...]


def content_in(item: dict[str, Any], view: View, pointer: str) -> Content:
    """The options of a poll are words of the text."""
    html, exchange = item["content"], view.exchange
    left: tuple[str, ...] = ()
    text, links = words_and_links(html)
    media, quoted = [], None
    if item.get("poll") is not None:
        left += POLL.check(item["poll"], exchange, f"{pointer}/poll", "poll")
        left += each(OPTION, item["poll"]["options"], exchange, f"{pointer}/poll/options", "poll.options")
        options = "\n".join(option["title"] for option in item["poll"]["options"])
        text = f"{text}\n\n{options}" if text else options
    if item.get("quote") is not None:
        left += QUOTE.check(item["quote"], exchange, f"{pointer}/quote", "quote")
        inner = item["quote"].get("quoted_status") or {}
        native = inner.get("id") or item["quote"].get("quoted_status_id")
        quoted = view.record_id(native) if type(native) in ID else None
    if item["media_attachments"]:
        left += each(
            MEDIA, item["media_attachments"], exchange, f"{pointer}/media_attachments", "media_attachments"
        )
        media = [
            _media(m, exchange, f"{pointer}/media_attachments/{i}", i + 1)
            for i, m in enumerate(item["media_attachments"])
        ]
    if item.get("mentions"):
        left += each(MENTION, item["mentions"], exchange, f"{pointer}/mentions", "mentions")
    if item.get("tags"):
        left += each(TAG, item["tags"], exchange, f"{pointer}/tags", "tags")
    return Content(text, links, media, quoted, left)


def words_and_links(html: str) -> tuple[str, list[str]]:
    """Text and links of a status; @names and #tags, which are links of the class mention, are no links of
    ours.

    What Mastodon writes itself (paragraphs, line breaks, links, spans, of plain attributes) needs no reader
    of markup, which costs four times as much; whatever else is in it, `read` reads it (a test compares the
    two).
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
        named = {
            unescape(address)
            for anchor in _ANCHOR.findall(html)
            if "mention" in anchor
            for address in _HREF.findall(anchor)
        }
        found.links = [link for link in found.links if link not in named]
    return found.text, found.links


def _is_plain(text: str) -> bool:
    """No tag, no entity, no white space that a browser would not show as it stands."""
    tags = "<" in text or "&" in text
    blanks = "  " in text or " \n" in text or "\n " in text or "\n\n\n" in text or text != text.strip(" \n")
    return not (tags or blanks or "\t" in text or "\r" in text or "\f" in text or "\0" in text)


def each(shape: Shape, found: list[Any], exchange: Exchange, pointer: str, where: str) -> tuple[str, ...]:
    left: tuple[str, ...] = ()
    for i, one in enumerate(found):
        left += shape.check(one, exchange, f"{pointer}/{i}", where)
    return left


def _media(found: dict[str, Any], exchange: Exchange, pointer: str, position: int) -> Media:
    """The copy that the instance serves, not `remote_url`, whose host a stranger chose."""
    if found["type"] not in TYPES:
        raise wrong(exchange, f"{pointer}/type", " or ".join(TYPES), found["type"])
    size = (found.get("meta") or {}).get("original") or {}
    if size:
        ORIGINAL.check(size, exchange, f"{pointer}/meta/original")
    url = found.get("url") or found.get("remote_url")
    return Media(
        identity=str(found["id"]),
        type=TYPES[found["type"]],
        url=url,
        alt_text=found.get("description") or None,
        width=_whole(size.get("width"), 1),
        height=_whole(size.get("height"), 1),
        duration=_whole(size.get("duration"), 1000),
        position=position,
        missing_reason=None
        if url
        else "the instance gives no address of the file (not processed yet, or not kept)",
    )


def _whole(value: float | None, by: int) -> int | None:
    return round(value * by) if value is not None and 0 <= value < 1e9 else None
