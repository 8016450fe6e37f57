"""Comments as records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from recordroom.model import HELD, HIDDEN, SPAM, TRASHED, VISIBLE, Record
from recordroom.platforms.html_text import Picture, Reading, file_identity, read
from recordroom.platforms.wordpress.fields import COMMENT, RENDERED, told
from recordroom.platforms.wordpress.page import NO_DATE, Page, by_us, file_of, utc

COMMENT_STATUS = {"approved": VISIBLE, "hold": HELD, "spam": SPAM, "trash": TRASHED, "post-trashed": TRASHED}
UP = re.compile(r"([\w-]+)/\d+/?(?:[?&#]|$)")


def comment_of(item: dict[str, Any], page: Page, pointer: str) -> Record:
    left = told(COMMENT.check(item, page.exchange, pointer), item)
    content, parent, status, author = item["content"], item["parent"], item["status"], item.get("author")
    left += RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    root = _root(item, page)
    found = read(content["rendered"], item.get("link") or "")
    top = parent in (0, "0")
    guest = author in (None, 0, "0")
    record = Record(
        record_id=f"{page.prefix}comments/{item['id']}",
        kind="comment" if top else "reply",
        native_id=str(item["id"]),
        pointer=pointer,
        parent_id=root if top else f"{page.prefix}comments/{parent}",
        root_id=root,
        url=item.get("link"),
        author_id=None if guest else str(author),
        author_name=unescape(item["author_name"]),
        author_is_account=by_us(None if guest else str(author), page),
        text=found.text,
        text_html=content["rendered"],
        published_at=utc(item["date_gmt"], page, pointer, "date_gmt"),
        links=found.links,
        tally="answers",
        leftover=left,
    )
    if item["date_gmt"] in NO_DATE:
        record.leftover += ("date_gmt: no date",)
    if status != "approved":
        record.status = COMMENT_STATUS.get(status, HIDDEN)
        record.status_reason = f"the site's status of it is {status}" + (
            ", its post is in the trash" if status == "post-trashed" else ""
        )
        record.status_at = f"{pointer}/status"
    if found.pictures or item.get("type") != "comment":
        _more_of_comment(record, item, found)
    return record


def _more_of_comment(record: Record, item: dict[str, Any], found: Reading) -> None:
    kind = item.get("type") or "comment"
    if kind in ("pingback", "trackback") and item.get("author_url"):
        record.links = [item["author_url"], *found.links]  # the page that links here
    elif kind != "comment":
        record.leftover += (f"type={kind}",)
    shown = dict[str, Picture]()  # a smiley may stand there twice
    for picture in found.pictures:
        shown.setdefault(file_identity(picture.url), picture)
    record.media += [file_of(identity, picture, n) for n, (identity, picture) in enumerate(shown.items(), 1)]


def _root(item: Mapping[str, Any], page: Page) -> str | None:
    """The post of a comment: a post, a page, or of a type of the site's own, as the link to it says; a post
    where there is no link.
    """
    up = (item.get("_links") or {}).get("up")
    href = up[0].get("href") if isinstance(up, list) and up and isinstance(up[0], dict) else None
    if route := UP.search(str(href)):
        return f"{page.prefix}{route[1]}/{item['post']}"
    return f"{page.prefix}posts/{item['post']}" if str(item["post"]) != "0" else None
