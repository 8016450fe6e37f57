"""Refuses a feed that feedparser finds fault with, or whose entries lack what RSS 2.0 and Atom (RFC 4287) ask
for.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import feedparser

from infra.sandbox.validation import Invalid

PICTURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}
ASKED = {"rss20": ("id", "link", "published_parsed"), "atom10": ("id", "title", "link", "updated_parsed")}


def check_page(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """What is no feed: a picture, a page that is not there, and the 429 of a web server."""
    if status == 200 and not body.startswith(PICTURES.get(headers["Content-Type"], b"\0no such type")):
        raise Invalid(f"a picture that is no {headers['Content-Type']}")
    if status == 429 and not headers.get("Retry-After", "").isdigit():
        raise Invalid("a 429 without Retry-After")
    if status not in (200, 404, 405, 429):
        raise Invalid(f"{status} is no answer of a news page")


def check(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A feed with its validators (ETag, Last-Modified), or a 304 with no body."""
    if (
        not headers.get("ETag", "").strip('W/"')
        or parsedate_to_datetime(headers.get("Last-Modified", "")) is None
    ):
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
        if not entry.get("title") and not entry.get("summary"):
            missing.append(
                "title or description"
            )  # one of the two: https://www.rssboard.org/rss-specification#hrelementsOfLtitemgt
        if missing or entry.id in seen:
            raise Invalid(f"entry {entry.get('id')}: {missing or 'its id stands twice'}")
        seen.add(entry.id)
