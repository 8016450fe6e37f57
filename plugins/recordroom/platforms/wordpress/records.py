"""What the answers of a site say, as records; the profile, which is what the site says of itself, stands here
itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from recordroom.model import Exchange, Media, Record
from recordroom.platforms.html_text import fetchable, text_of
from recordroom.platforms.http import json_of, wrong
from recordroom.platforms.schema import tree_of
from recordroom.platforms.wordpress.comments import comment_of
from recordroom.platforms.wordpress.fields import PROFILE
from recordroom.platforms.wordpress.page import Page, home_of, id_of, is_protected, server_of
from recordroom.platforms.wordpress.platform import NOT_PUBLISHED
from recordroom.platforms.wordpress.posts import post_of, revision_of
from recordroom.platforms.wordpress.refusals import lenient, refuse


def parse(exchange: Exchange) -> Iterator[Record]:
    if "not_given" in exchange.context:
        return
    if exchange.status >= 400:
        refuse(exchange, lenient(exchange))
    tree, touched = tree_of(exchange)
    refuse(exchange, tree)
    page = Page(exchange)
    many = isinstance(tree, list)
    for number, item in enumerate(tree if many else [tree]):
        record = _record(item, page, f"/{number}" if many else "")
        if record is not None:
            if touched:
                record.repaired = id(item) in touched
            yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """A body that no capture of ours fetched: the site is told from the links of its first item."""
    exchange = Exchange("GET", url or "", 200, (), body)
    tree = json_of(exchange)
    item = tree[0] if isinstance(tree, list) and tree else tree
    return replace(exchange, context={"server": server or server_of(item) or "unknown"})


def _record(item: Any, page: Page, pointer: str) -> Record | None:
    """The kind of an item is told from its shape. None: nothing that was published."""
    if not isinstance(item, dict):
        raise wrong(page.exchange, pointer, "an object", item)
    if "author_name" in item and "post" in item:
        return None if item.get("type") in page.internal else comment_of(item, page, pointer)
    if "namespaces" in item or "home" in item:
        return _profile(item, page, pointer)
    if "type" not in item and "parent" in item:
        return revision_of(item, page, pointer)
    if str(item.get("status")) in NOT_PUBLISHED or (page.apart and is_protected(item)):
        return None
    return post_of(item, page, pointer)


def _profile(item: dict[str, Any], page: Page, pointer: str) -> Record:
    left = PROFILE.check(item, page.exchange, pointer)
    server = page.server if page.server != "unknown" else home_of(item["home"], page.exchange)
    icon = id_of(item.get("site_icon"))
    media = (
        [Media(f"wordpress:{server}/media/{icon}", "image", fetchable(item["site_icon_url"]))]
        if icon not in (None, "0") and item.get("site_icon_url")
        else []
    )
    return Record(
        record_id=f"wordpress:{server}",
        kind="profile",
        native_id=server,
        pointer=pointer,
        url=item["home"],
        author_is_account=page.ours,
        text=text_of(item.get("description") or ""),
        title=text_of(item["name"]),
        media=media,
        links=[item["home"]],
        leftover=left,
    )
