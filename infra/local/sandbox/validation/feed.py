"""Refuses a feed that feedparser finds fault with, or whose entries lack what RSS 2.0 and Atom (RFC 4287) ask for."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from infra.local.sandbox.validation import Invalid

ASKED = {"rss20": ("id", "title", "link", "published_parsed"), "atom10": ("id", "title", "link", "updated_parsed")}


def check(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A feed with its validators (ETag, Last-Modified), or a 304 with no body."""
    if status == 404:
        return
    if not headers.get("ETag", "").strip('W/"') or parsedate_to_datetime(headers.get("Last-Modified", "")) is None:
        raise Invalid("a feed without ETag and Last-Modified")
    if status == 304:
        if body:
            raise Invalid("a 304 with a body")
        return
    parsed: Any = feedparser.parse(body, response_headers={"content-type": headers["Content-Type"]})
    if parsed.bozo:
        raise Invalid(f"feedparser: {parsed.bozo_exception}")
    if parsed.version not in ASKED:
        raise Invalid(f"{parsed.version or 'no feed'} is neither RSS 2.0 nor Atom 1.0")
    if not parsed.feed.get("title") or not parsed.feed.get("link"):
        raise Invalid("a feed without title or link")
    seen = set()
    for entry in parsed.entries:
        missing = [field for field in ASKED[parsed.version] if not entry.get(field)]
        if missing or entry.id in seen:
            raise Invalid(f"entry {entry.get('id')}: {missing or 'its id stands twice'}")
        seen.add(entry.id)
