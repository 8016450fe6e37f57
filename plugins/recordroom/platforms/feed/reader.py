"""How feedparser is called.

Some bodies are repaired before it reads them. Parts that it drops, guesses, or mixes up are reported.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.feed.schema import PART_TYPES
from recordroom.text import replace_surrogates

_CHARACTERS = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,10});)+")
# The end of a feed; the same words within the text of an entry are not.
_END = re.compile(r">\s*</(?:rss|feed|(?:[\w.-]+:)?RDF)\s*>(?:[^<]*<[^>]*>)*\s*$", re.IGNORECASE)
_BARE_PICTURE = re.compile(rb"<image>\s*(?:<!\[CDATA\[\s*)?https?://")
_BROKEN = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    LookupError,
    AssertionError,
    OverflowError,
    RecursionError,
)


def read_feed(exchange: Exchange) -> tuple[Any, bytes]:
    """Return what feedparser reads, and the body that it read.

    Characters that XML and Unicode cannot hold are repaired in that body.
    """
    body = exchange.body
    if not body.strip():
        raise UnexpectedResponse(
            f"{exchange.url or 'body'}: the response is empty, not a feed", exchange=exchange
        )
    repaired = (
        _CHARACTERS.sub(_without_surrogates, body)
        if b"&#x" in body or b"&#X" in body or b"&#5" in body
        else body
    )
    # The address is left out: feedparser would put it before guids.
    headers = {"content-type": exchange.header("Content-Type") or "application/xml"}
    try:
        found = feedparser.parse(
            io.BytesIO(repaired), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _BROKEN as problem:
        words = f"{exchange.url or 'body'}: the feed cannot be read: {type(problem).__name__}: {problem}"
        raise UnexpectedResponse(words, exchange=exchange) from problem
    if not found.version:
        start = body[:120].decode("utf-8", "replace").strip()
        what = (
            "HTML"
            if re.match(r"(?i)(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body)\b", start)
            else "a document that is neither RSS nor Atom"
        )
        raise UnexpectedResponse(
            f"{exchange.url or 'body'}: {what} instead of a feed: {start!r}", exchange=exchange
        )
    return found, repaired if repaired != body else body


def _without_surrogates(run: re.Match[bytes]) -> bytes:
    """Replace references to surrogates, which no XML may hold.

    `&#xD83D;&#xDE00;` becomes the one character that it means, half of a pair U+FFFD.
    """
    codes = [int(c[1:], 16) if c[:1] in b"xX" else int(c) for c in re.findall(rb"&#(\w+);", run[0])]
    if not any(0xD800 <= c <= 0xDFFF for c in codes):
        return run[0]
    text = replace_surrogates("".join(chr(c) if c < 0x110000 else "\ufffd" for c in codes))
    return "".join(f"&#{ord(c)};" for c in text).encode()


def list_defects(found: Any, exchange: Exchange) -> tuple[str, ...]:
    """List what is wrong with a feed as a whole, in words, if it can be read anyway."""
    dropped = (
        ("image: an address alone, which feedparser drops",) if _BARE_PICTURE.search(exchange.body) else ()
    )
    return dropped + _parsing_defects(found, exchange) if found.bozo else dropped


def _parsing_defects(found: Any, exchange: Exchange) -> tuple[str, ...]:
    problem = found.get("bozo_exception")
    name = type(problem).__name__
    if name == "NonXMLContentType":
        return ()
    if name.startswith("SAX") and not _END.search(exchange.body.decode(found.encoding or "utf-8", "replace")):
        raise UnexpectedResponse(
            f"{exchange.url or 'body'}: the feed is cut off ({problem})",
            "The next capture tries again.",
            exchange,
        )
    words = {
        "CharacterEncodingOverride": "feed: another encoding than declared",
        "CharacterEncodingUnknown": "feed: unknown encoding",
    }
    return (words.get(name, "feed: not well-formed XML, read leniently"),)


def select_parts(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return an entry, or the feed, without elements that replace feedparser's parts.

    The names of these are returned too.
    """
    found = dict(given)
    odd = tuple(
        sorted(
            n
            for n in found.keys() & PART_TYPES.keys()
            if found[n] is not None and not isinstance(found[n], PART_TYPES[n])
        )
    )
    return {name: value for name, value in found.items() if name not in odd} if odd else found, odd


def entries_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the entries of a response, in the order of the feed."""
    return [select_parts(entry)[0] for entry in read_feed(exchange)[0].entries]
