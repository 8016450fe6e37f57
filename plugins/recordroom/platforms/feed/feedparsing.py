"""How feedparser is called: what is repaired before it reads, what it cannot read, and what it drops, guesses
or mixes up.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import feedparser

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.feed.elements import PARTS
from recordroom.text import replace_surrogates

_CHARACTERS = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,10});)+")
_END = re.compile(
    r">\s*</(?:rss|feed|(?:[\w.-]+:)?RDF)\s*>(?:[^<]*<[^>]*>)*\s*$", re.IGNORECASE
)  # not within the words of an entry
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


def parsed(exchange: Exchange) -> tuple[Any, bytes]:
    """feedparser's reading, and the body that it read, in which characters that XML and Unicode cannot hold
    are repaired.
    """
    body = exchange.body
    if not body.strip():
        raise UnexpectedResponse(f"{exchange.url or 'body'}: nothing instead of a feed", exchange=exchange)
    mended = (
        _CHARACTERS.sub(_without_surrogates, body)
        if b"&#x" in body or b"&#X" in body or b"&#5" in body
        else body
    )
    headers = {
        "content-type": exchange.header("Content-Type") or "application/xml"
    }  # no address: it would be put before guids
    try:
        found = feedparser.parse(
            io.BytesIO(mended), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _BROKEN as problem:
        words = f"{exchange.url or 'body'}: no feed that can be read: {type(problem).__name__}: {problem}"
        raise UnexpectedResponse(words, exchange=exchange) from problem
    if not found.version:
        start = body[:120].decode("utf-8", "replace").strip()
        what = (
            "HTML"
            if re.match(r"(?i)(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|head|body)\b", start)
            else "neither RSS nor Atom"
        )
        raise UnexpectedResponse(
            f"{exchange.url or 'body'}: {what} instead of a feed: {start!r}", exchange=exchange
        )
    return found, mended if mended != body else body


def _without_surrogates(run: re.Match[bytes]) -> bytes:
    """`&#xD83D;&#xDE00;` (which no XML may hold) as the one character that is meant; half of a pair as
    U+FFFD.
    """
    codes = [int(c[1:], 16) if c[:1] in b"xX" else int(c) for c in re.findall(rb"&#(\w+);", run[0])]
    if not any(0xD800 <= c <= 0xDFFF for c in codes):
        return run[0]
    text = replace_surrogates("".join(chr(c) if c < 0x110000 else "\ufffd" for c in codes))
    return "".join(f"&#{ord(c)};" for c in text).encode()


def notes_of(found: Any, exchange: Exchange) -> tuple[str, ...]:
    """What was wrong with the feed as a whole, and did not keep it from being read."""
    dropped = (
        ("image: an address alone, which feedparser drops",) if _BARE_PICTURE.search(exchange.body) else ()
    )
    return dropped + _wrong(found, exchange) if found.bozo else dropped


def _wrong(found: Any, exchange: Exchange) -> tuple[str, ...]:
    problem = found.get("bozo_exception")
    name = type(problem).__name__
    if name == "NonXMLContentType":
        return ()
    if name.startswith("SAX") and not _END.search(exchange.body.decode(found.encoding or "utf-8", "replace")):
        raise UnexpectedResponse(
            f"{exchange.url or 'body'}: the feed is cut off ({problem})",
            "The next capture asks anew.",
            exchange,
        )
    told = {
        "CharacterEncodingOverride": "feed: another encoding than declared",
        "CharacterEncodingUnknown": "feed: unknown encoding",
    }
    return (told.get(name, "feed: not well-formed XML, read leniently"),)


def parts(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """An entry (or the feed) without what is none of feedparser's own parts, and the names of that."""
    found = dict(given)
    odd = tuple(
        sorted(
            n
            for n in found.keys() & PARTS.keys()
            if found[n] is not None and not isinstance(found[n], PARTS[n])
        )
    )
    return {name: value for name, value in found.items() if name not in odd} if odd else found, odd
