"""Records of posts and pages, and of their earlier texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from recordroom.canonical import version_of
from recordroom.model import HIDDEN, TRASHED, Media, Record
from recordroom.platforms.html_text import (
    FILE_ENDINGS,
    HtmlImage,
    contains_excerpt,
    extension_of,
    file_identity,
    file_kind,
    list_undeclared,
    read_html,
    read_text,
    require_fetchable,
)
from recordroom.platforms.http import site_of, unexpected_field
from recordroom.platforms.wordpress.schema import (
    AUTHOR,
    EMBEDDED,
    FEATURED,
    POST,
    RENDERED,
    REVISION,
    TERM,
    WordPressPage,
    id_of,
    without_empty_acf,
)

_ATTACHMENT = re.compile(r"\bwp-image-(\d+)")


def parse_post(item: dict[str, Any], page: WordPressPage, pointer: str) -> Record:
    """Parse a post or a page."""
    left = without_empty_acf(POST.check(item, page.exchange, pointer), item)
    route = {"post": "posts", "page": "pages"}.get(item["type"])
    if route is None:
        raise unexpected_field(page.exchange, f"{pointer}/type", "post or page", item["type"])
    published = page.time_of(item.get("date_gmt"), pointer, "date_gmt")
    modified = page.time_of(item.get("modified_gmt"), pointer, "modified_gmt")
    edited = modified if modified and published and modified > published else None
    record = Record(
        record_id=f"{page.prefix}{route}/{item['id']}",
        kind="post",
        native_id=str(item["id"]),
        pointer=pointer,
        url=item["link"],
        author_id=id_of(item.get("author")),
        author_is_account=page.is_ours,
        published_at=published,
        edited_at=edited,
        valid_from=edited or published,
        leftover=left,
    )
    record.root_id = record.record_id
    _set_status(record, item["status"], pointer)
    _add_content(record, item, page, pointer)
    return record


def _set_status(record: Record, status: str, pointer: str) -> None:
    if status == "publish":
        return
    record.status = TRASHED if status == "trash" else HIDDEN
    record.acted_by = "agency"
    record.status_reason = f"the site's status of it is {status}, which only its own users and plugins set"
    record.status_at = f"{pointer}/status"
    record.edited_at = None  # modified_gmt is when its status changed


def _add_content(record: Record, item: dict[str, Any], page: WordPressPage, pointer: str) -> None:
    """Add text, title, links, media, and embedded items."""
    content, title, excerpt = item["content"], item["title"], item.get("excerpt")
    left = record.leftover + RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    left += RENDERED.check(title, page.exchange, f"{pointer}/title", "title")
    is_protected, html = bool(content.get("protected")), content["rendered"]
    found = read_html(html, item["link"])
    record.title = read_text(title["rendered"])
    record.visibility = "password" if is_protected else "public"
    if html or not is_protected:
        record.text, record.text_html = found.text, html
    if excerpt is not None:
        left += RENDERED.check(excerpt, page.exchange, f"{pointer}/excerpt", "excerpt")
        record.text = _with_excerpt(record.text, excerpt["rendered"])
    embedded = item.get("_embedded") or {}  # PHP writes an empty object as []
    if not isinstance(embedded, dict):
        raise unexpected_field(page.exchange, f"{pointer}/_embedded", "an object", embedded)
    record.leftover = left + list_undeclared(embedded, EMBEDDED, "_embedded") if embedded else left
    record.links = found.links
    if embedded:
        _add_embedded(record, embedded, page, pointer)
    _add_media(record, item, embedded, found.pictures, page)


def _with_excerpt(text: str | None, excerpt: str) -> str | None:
    """Return the text of a post with its excerpt.

    A hand-written excerpt appears next to the post on the site; the usual one is the beginning of the text.
    """
    if text is None or not excerpt or excerpt.endswith("[&hellip;]</p>\n"):
        return text
    words = read_text(excerpt)
    return text if contains_excerpt(words, text) else f"{text}\n\n{words}".strip()


def _add_embedded(record: Record, embedded: dict[str, Any], page: WordPressPage, pointer: str) -> None:
    """Add the names of author and terms.

    A site may refuse to embed them. It then gives {code, message, data} in their place, or no name: plugins
    against the listing of users remove it.
    """
    for author in _embedded_list(embedded, "author", page, pointer)[:1]:
        if "code" not in author:
            record.leftover += AUTHOR.check(author, page.exchange, f"{pointer}/_embedded/author/0", "author")
            name, record.author_handle = author.get("name"), author.get("slug")
            record.author_name = None if name is None else unescape(name)
    terms = embedded.get("wp:term")
    for group in terms if isinstance(terms, list) else ():
        for term in group if isinstance(group, list) else ():
            if isinstance(term, dict) and "code" not in term:
                record.leftover += TERM.check(term, page.exchange, f"{pointer}/_embedded/wp:term", "term")
                record.tags.append(unescape(term["name"]))
    if len(record.tags) > 1:
        record.tags = list(dict.fromkeys(record.tags))


def _embedded_list(
    embedded: dict[str, Any], name: str, page: WordPressPage, pointer: str
) -> list[dict[str, Any]]:
    given = embedded.get(name, [])
    if not isinstance(given, list) or not all(isinstance(i, dict) for i in given):
        raise unexpected_field(page.exchange, f"{pointer}/_embedded/{name}", "a list of objects", given)
    return given


def _add_media(
    record: Record,
    item: dict[str, Any],
    embedded: dict[str, Any],
    pictures: list[HtmlImage],
    page: WordPressPage,
) -> None:
    """Add the featured image, images in the text, and the site's own linked files.

    Linked files are documents, recordings, and the complete images behind small ones. An attachment is added
    once. A featured image that the site does not describe may be in the text too.
    """
    found: dict[str, Media] = {}
    featured = id_of(item.get("featured_media"))
    if featured not in (None, "0"):
        described = _embedded_list(embedded, "wp:featuredmedia", page, record.pointer)
        found[featured] = _featured_image(featured, item, described, record, page)
    for picture in pictures:
        number = _ATTACHMENT.search(picture.classes) if picture.classes else None
        key = number[1] if number else file_identity(picture.url)
        known = found.get(key)
        if known is None or (known.url is None and known.missing_reason and require_fetchable(picture.url)):
            found[key] = make_media(f"{page.prefix}media/{key}" if number else key, picture)
        elif known.alt_text is None:
            known.alt_text = picture.alt_text or None
    if record.links:
        _add_own_files(found, record.links, item["link"])
    for position, media in enumerate(found.values(), 1):
        media.position = position
    record.media = list(found.values())


def make_media(identity: str, picture: HtmlImage, position: int = 1) -> Media:
    """Make the file of an image in a text."""
    return Media(
        identity,
        picture.type,
        require_fetchable(picture.url),
        picture.alt_text or None,
        picture.width,
        picture.height,
        position=position,
    )


def _add_own_files(found: dict[str, Media], links: list[str], permalink: str) -> None:
    """Add linked files of the site's host.

    The host may have the name that it had when the text was written: without https, with or without www. An
    image that is shown smaller by a query (`bus.jpg?w=300`) and links to itself is the complete file.
    """
    files = [link for link in links if extension_of(link) in FILE_ENDINGS]
    own = _host(permalink) if files else ""
    shown = {media.url for media in found.values()}
    for link in files:
        if own and _host(link) == own and link not in shown:
            whole = Media(file_identity(link), file_kind(link), require_fetchable(link))
            known = found.setdefault(whole.identity, whole)
            if known.identity == link:
                known.url = whole.url or known.url


def _host(address: str) -> str:
    try:
        return site_of(address).partition("/")[0].removeprefix("www.")
    except ValueError:  # of hostile markup
        return ""


def _featured_image(
    number: str, item: dict[str, Any], embedded: list[dict[str, Any]], record: Record, page: WordPressPage
) -> Media:
    """Return the featured image.

    A site refuses to describe an attachment of a post that it does not show. Jetpack gives its address
    anyway.
    """
    identity = f"{page.prefix}media/{number}"
    if not embedded or "code" in embedded[0]:
        address = item.get("jetpack_featured_media_url")
        url = require_fetchable(address) if isinstance(address, str) else None
        return Media(identity, "image", url, missing_reason=None if url else "the site does not show it")
    record.leftover += FEATURED.check(
        embedded[0], page.exchange, f"{record.pointer}/_embedded/wp:featuredmedia/0", "featured_media"
    )
    details = embedded[0].get("media_details")
    sizes = [details.get(side) for side in ("width", "height")] if isinstance(details, dict) else [None, None]
    width, height = (size if type(size) is int and 0 <= size < 2**31 else None for size in sizes)
    kind = (embedded[0].get("mime_type") or "image").partition("/")[0]
    alt = embedded[0].get("alt_text") or None
    url = require_fetchable(embedded[0].get("source_url") or "")
    return Media(
        identity, kind if kind in ("image", "video", "audio") else "document", url, alt, width, height
    )


def parse_revision(item: dict[str, Any], page: WordPressPage, pointer: str) -> Record | None:
    """Parse an earlier text of a post; None: it is the live text.

    The fields that a revision does not have (author, featured image, terms) are those of the live post, from
    the context. The newest revision is the live text if it makes the same record and a capture has read it
    since (`seen`), or if the site shows its text with additions (`shown`): plugins add text to posts only,
    and a gallery finds no images of a revision.
    """
    left, context = REVISION.check(item, page.exchange, pointer), page.context
    live = context.get("live")
    is_alone = not isinstance(live, dict)
    if is_alone or not live:
        live = {"type": _type_of(item), "id": item["parent"], "status": "publish", "link": ""}
    content = {**item["content"], "protected": live.get("protected", False)}
    whole = {"date_gmt": item["date_gmt"], "modified_gmt": item["date_gmt"], **live, "content": content}
    whole.pop("protected", None)
    record = parse_post(whole | {"title": item["title"], "excerpt": item.get("excerpt")}, page, pointer)
    record.historical, record.leftover = True, record.leftover + left
    since = record.published_at if is_alone else page.time_of(item["date_gmt"], pointer, "date_gmt")
    if is_alone:
        record.url = record.published_at = None
    if context.get("newest") == item["id"]:
        if context.get("version") == version_of(record):
            # It is the live text, which is dated by the live post.
            return None if context.get("seen") else record
        if (context.get("seen") or item["date_gmt"] == live.get("modified_gmt")) and _is_within(
            record.text, context.get("shown")
        ):
            return None
    record.edited_at = since if since and record.published_at and since > record.published_at else None
    record.valid_from = record.edited_at or record.published_at or since
    return record


def _is_within(text: str | None, shown: str | None) -> bool:
    """Whether the text that the site shows contains each paragraph."""
    return shown is not None and all(contains_excerpt(part, shown) for part in (text or "").split("\n\n"))


def _type_of(revision: Mapping[str, Any]) -> str:
    links = revision.get("_links") or {}
    parent = links.get("parent")
    href = (
        parent[0].get("href") if isinstance(parent, list) and parent and isinstance(parent[0], dict) else ""
    )
    return "page" if "/pages/" in str(href) else "post"
