"""Records from responses of a site: its profile, posts (posts.py), and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from html import unescape
from typing import Any

from recordroom.model import HELD, HIDDEN, SPAM, TRASHED, VISIBLE, Exchange, Media, Record
from recordroom.platforms.html_text import (
    HtmlContent,
    HtmlImage,
    file_identity,
    read_html,
    read_text,
    require_fetchable,
)
from recordroom.platforms.http import read_json, site_of, unexpected_field
from recordroom.platforms.schema import load_tree
from recordroom.platforms.wordpress.api import object_of, raise_refusal
from recordroom.platforms.wordpress.platform import NOT_PUBLISHED
from recordroom.platforms.wordpress.posts import make_media, parse_post, parse_revision
from recordroom.platforms.wordpress.schema import (
    COMMENT,
    NO_DATE,
    PROFILE,
    RENDERED,
    WordPressPage,
    id_of,
    is_protected,
    without_empty_acf,
)

_COMMENT_STATUSES = {
    "approved": VISIBLE, "hold": HELD, "spam": SPAM, "trash": TRASHED, "post-trashed": TRASHED,
}  # fmt: skip
_POST_LINK = re.compile(r"([\w-]+)/\d+/?(?:[?&#]|$)")  # the route of a post in the link to it
_ORIGIN = re.compile(r"https?://[^/?#]+", re.IGNORECASE)
# The root of the API in an address; WordPress.com's does not begin with the site.
_API_ROOT = re.compile(r"(?<![/:])(?:/index\.php)?/(?:wp-json/|[^/?]+/wp/v2/)|/(?:index\.php)?\?rest_route=")


def parse(exchange: Exchange) -> Iterator[Record]:
    """Parse a response: an item, or a list of items, which may be of any kind."""
    if "not_given" in exchange.context:
        return
    if exchange.status >= 400:
        raise_refusal(exchange, object_of(exchange))
    tree, touched = load_tree(exchange)
    raise_refusal(exchange, tree)
    page = WordPressPage(exchange)
    is_list = isinstance(tree, list)
    for number, item in enumerate(tree if is_list else [tree]):
        record = _parse_item(item, page, f"/{number}" if is_list else "")
        if record is not None:
            if touched:
                record.repaired = id(item) in touched
            yield record


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    """Make an exchange of a saved response.

    Its site is that of the links of the first item.
    """
    exchange = Exchange("GET", url or "", 200, (), body)
    tree = read_json(exchange)
    item = tree[0] if isinstance(tree, list) and tree else tree
    return replace(exchange, context={"server": server or _server_of(item) or "unknown"})


def _parse_item(item: Any, page: WordPressPage, pointer: str) -> Record | None:
    """Parse an item of the kind that its fields show; None: it was not published."""
    if not isinstance(item, dict):
        raise unexpected_field(page.exchange, pointer, "an object", item)
    if "author_name" in item and "post" in item:
        return None if item.get("type") in page.internal else _parse_comment(item, page, pointer)
    if "namespaces" in item or "home" in item:
        return _parse_profile(item, page, pointer)
    if "type" not in item and "parent" in item:
        return parse_revision(item, page, pointer)
    if str(item.get("status")) in NOT_PUBLISHED or (page.is_apart and is_protected(item)):
        return None
    return parse_post(item, page, pointer)


def _parse_profile(item: dict[str, Any], page: WordPressPage, pointer: str) -> Record:
    """Parse the profile, which is what the site says of itself."""
    left = PROFILE.check(item, page.exchange, pointer)
    server = page.server if page.server != "unknown" else home_of(item["home"], page.exchange)
    icon = id_of(item.get("site_icon"))
    media = (
        [Media(f"wordpress:{server}/media/{icon}", "image", require_fetchable(item["site_icon_url"]))]
        if icon not in (None, "0") and item.get("site_icon_url")
        else []
    )
    return Record(
        record_id=f"wordpress:{server}",
        kind="profile",
        native_id=server,
        pointer=pointer,
        url=item["home"],
        author_is_account=page.is_ours,
        text=read_text(item.get("description") or ""),
        title=read_text(item["name"]),
        media=media,
        links=[item["home"]],
        leftover=left,
    )


# -- comments --------------------------------------------------------------------------------------------


def _parse_comment(item: dict[str, Any], page: WordPressPage, pointer: str) -> Record:
    left = without_empty_acf(COMMENT.check(item, page.exchange, pointer), item)
    content, parent, status, author = item["content"], item["parent"], item["status"], item.get("author")
    left += RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    root = _root_of(item, page)
    found = read_html(content["rendered"], item.get("link") or "")
    is_top = parent in (0, "0")
    user = None if author in (None, 0, "0") else str(author)
    record = Record(
        record_id=f"{page.prefix}comments/{item['id']}",
        kind="comment" if is_top else "reply",
        native_id=str(item["id"]),
        pointer=pointer,
        parent_id=root if is_top else f"{page.prefix}comments/{parent}",
        root_id=root,
        url=item.get("link"),
        author_id=user,
        author_name=unescape(item["author_name"]),
        author_is_account=page.is_by_account(user),
        text=found.text,
        text_html=content["rendered"],
        published_at=page.time_of(item["date_gmt"], pointer, "date_gmt"),
        links=found.links,
        tally="answers",
    )
    record.leftover = left
    if item["date_gmt"] in NO_DATE:
        record.leftover += ("date_gmt: no date",)
    if status != "approved":
        record.status = _COMMENT_STATUSES.get(status, HIDDEN)
        record.status_reason = f"the site's status of it is {status}" + (
            ", its post is in the trash" if status == "post-trashed" else ""
        )
        record.status_at = f"{pointer}/status"
    if found.pictures or item.get("type") != "comment":
        _add_type_and_media(record, item, found)
    return record


def _add_type_and_media(record: Record, item: dict[str, Any], found: HtmlContent) -> None:
    """Add what few comments have: another type, and images."""
    kind = item.get("type") or "comment"
    if kind in ("pingback", "trackback") and item.get("author_url"):
        record.links = [item["author_url"], *found.links]  # the page that links to the post
    elif kind != "comment":
        record.leftover += (f"type={kind}",)
    shown = dict[str, HtmlImage]()  # a smiley may be in the text twice
    for picture in found.pictures:
        shown.setdefault(file_identity(picture.url), picture)
    record.media += [
        make_media(identity, picture, n) for n, (identity, picture) in enumerate(shown.items(), 1)
    ]


def _root_of(item: Mapping[str, Any], page: WordPressPage) -> str | None:
    """Return the record ID of the post of a comment; None: it has none.

    The link to the post says whether it is a post, a page, or of a type of the site's own. Without a link it
    is taken for a post.
    """
    up = (item.get("_links") or {}).get("up")
    href = up[0].get("href") if isinstance(up, list) and up and isinstance(up[0], dict) else None
    if route := _POST_LINK.search(str(href)):
        return f"{page.prefix}{route[1]}/{item['post']}"
    return f"{page.prefix}posts/{item['post']}" if str(item["post"]) != "0" else None


# -- the site's identity ---------------------------------------------------------------------------------


def home_of(address: str, exchange: Exchange) -> str:
    """Return the identity of a site, with which all its record IDs begin.

    It must have a host: two sites could have the same path.
    """
    try:
        home = site_of(address) if _ORIGIN.match(address) else ""
    except ValueError:
        home = ""
    if not home:
        raise unexpected_field(exchange, "/home", "an address", address)
    return home


def _server_of(item: Any) -> str | None:
    """Return the identity of the site that the links of an item name."""
    if not isinstance(item, dict):
        return None
    links = item.get("_links")
    named = (
        [links.get(rel) for rel in ("self", "collection", "parent", "up")] if isinstance(links, dict) else []
    )
    hrefs = [
        own[0].get("href") for own in named if isinstance(own, list) and own and isinstance(own[0], dict)
    ]
    api = [h[: root.start()] for h in hrefs if isinstance(h, str) and (root := _API_ROOT.search(h))]
    link = item.get("link")
    site = _ORIGIN.match(link) if isinstance(link, str) else None
    for address in (item.get("home"), *api, site[0] if site else None):
        with suppress(ValueError):
            if isinstance(address, str) and (found := site_of(address)):
                return found
    return None
