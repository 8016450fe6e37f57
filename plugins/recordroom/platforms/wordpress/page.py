"""What all items of an answer have in common: whose site it is, who writes for it, ids, times, files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from recordroom.model import Exchange, Media
from recordroom.platforms.html_text import Picture, fetchable
from recordroom.platforms.http import place_of, wrong

NO_DATE = frozenset(
    {"-0001-11-30T00:00:00", "0000-00-00T00:00:00"}
)  # a zero in the database, as PHP writes it: imported comments
ORIGIN = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
API = re.compile(
    r"(?<![/:])(?:/index\.php)?/(?:wp-json/|[^/?]+/wp/v2/)|/(?:index\.php)?\?rest_route="
)  # WordPress.com's has no site before it


class Page:
    """What all items of a response share."""

    def __init__(self, exchange: Exchange) -> None:
        context = exchange.context
        self.exchange = exchange
        self.server: str = context.get("server") or "unknown"
        self.prefix = f"wordpress:{self.server}/"
        self.ours = True if context.get("account") is not None else None
        self.apart = bool(context.get("apart"))
        self.internal = frozenset(("note", *context.get("internal", ())))
        self.staff = frozenset(context.get("staff") or ())
        self.writers = frozenset(context.get("writers") or ())
        self.all_known = "staff" in context


def file_of(identity: str, picture: Picture, position: int = 1) -> Media:
    return Media(
        identity,
        picture.type,
        fetchable(picture.url),
        picture.alt_text or None,
        picture.width,
        picture.height,
        position=position,
    )


def by_us(author: str | None, page: Page) -> bool | None:
    """Guests are not; users are where the site told us who may write for it."""
    if page.ours is None:
        return None
    if author is None:
        return False
    if page.all_known or author in page.writers:
        return author in page.staff or author in page.writers
    return None


def id_of(given: Any) -> str | None:
    return None if given is None else str(given)


def is_protected(item: Mapping[str, Any]) -> bool:
    content = item.get("content")
    return isinstance(content, dict) and bool(content.get("protected"))


def utc(text: str | None, page: Page, pointer: str, name: str) -> datetime | None:
    """An instant of a field ending in _gmt, which says no zone."""
    if text is None or text in NO_DATE:
        return None
    try:
        if len(text) == 19:
            return datetime.fromisoformat(text + "+00:00")
        moment = datetime.fromisoformat(
            text if text[10:11] else ""
        )  # no guess where it says no time of the day
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise wrong(page.exchange, f"{pointer}/{name}", "a date and time", text) from None


def home_of(address: str, exchange: Exchange) -> str:
    """What each record's id begins with: of nothing, or a path alone, two sites could have the same."""
    try:
        home = place_of(address) if ORIGIN.match(address) else ""
    except ValueError:
        home = ""
    if not home:
        raise wrong(exchange, "/home", "an address", address)
    return home


def server_of(item: Any) -> str | None:
    """The site's home, from the links of an item."""
    if not isinstance(item, dict):
        return None
    links = item.get("_links")
    told = (
        [links.get(rel) for rel in ("self", "collection", "parent", "up")] if isinstance(links, dict) else []
    )
    hrefs = [own[0].get("href") for own in told if isinstance(own, list) and own and isinstance(own[0], dict)]
    api = [h[: root.start()] for h in hrefs if isinstance(h, str) and (root := API.search(h))]
    link = item.get("link")
    site = ORIGIN.match(link) if isinstance(link, str) else None
    for address in (item.get("home"), *api, site[0] if site else None):
        with suppress(ValueError):
            if isinstance(address, str) and (found := place_of(address)):
                return found
    return None
