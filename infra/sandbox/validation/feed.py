"""Refuse feeds with an error, or without a field that RSS 2.0 or Atom requires.

Atom is RFC 4287; RSS 2.0 is https://www.rssboard.org/rss-specification.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.signatures import has_signature

REQUIRED = {  # version -> fields of an entry, as feedparser calls them
    "rss20": ("id", "link", "published_parsed"),
    "atom10": ("id", "title", "link", "updated_parsed"),
}


def check_page(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response that is no feed: an image, a 404, or a 429."""
    if status == 200 and not has_signature(body, headers["Content-Type"]):
        raise Invalid(f"a picture that is no {headers['Content-Type']}")
    if status == 429 and not headers.get("Retry-After", "").isdigit():
        raise Invalid("a 429 without Retry-After")
    if status not in (200, 404, 405, 429):
        raise Invalid(f"{status} is no answer of a news page")


def check(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a feed with its validators (ETag, Last-Modified), or a 304 with no body."""
    modified = headers.get("Last-Modified", "")
    if not headers.get("ETag", "").strip('W/"') or parsedate_to_datetime(modified) is None:
        raise Invalid("a feed without ETag and Last-Modified")
    if status == 304:
        if body:
            raise Invalid("a 304 with a body")
        return
    parsed: Any = feedparser.parse(body, response_headers={"content-type": headers["Content-Type"]})
    if parsed.bozo:
        raise Invalid(f"feedparser: {parsed.bozo_exception}")
    if parsed.version not in REQUIRED:
        raise Invalid(f"{parsed.version or 'no feed'} is neither RSS 2.0 nor Atom 1.0")
    if not parsed.feed.get("title") or not parsed.feed.get("link"):
        raise Invalid("a feed without title or link")
    seen = set()
    for entry in parsed.entries:
        missing = [field for field in REQUIRED[parsed.version] if not entry.get(field)]
        # one of the two: https://www.rssboard.org/rss-specification#hrelementsOfLtitemgt
        if not entry.get("title") and not entry.get("summary"):
            missing.append("title or description")
        if missing or entry.id in seen:
            raise Invalid(f"entry {entry.get('id')}: {missing or 'two entries have its id'}")
        seen.add(entry.id)
