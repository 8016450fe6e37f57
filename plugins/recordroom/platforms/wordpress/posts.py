"""Posts, pages and their earlier texts as records."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from recordroom.canonical import version_of
from recordroom.model import HIDDEN, TRASHED, Media, Record
from recordroom.platforms.html_text import (
    FILE_ENDINGS,
    Picture,
    ending,
    fetchable,
    file_identity,
    is_said,
    kind_of,
    leftover,
    read,
    text_of,
)
from recordroom.platforms.http import place_of, wrong
from recordroom.platforms.wordpress.fields import (
    AUTHOR,
    EMBEDDED,
    FEATURED,
    POST,
    RENDERED,
    REVISION,
    TERM,
    told,
)
from recordroom.platforms.wordpress.page import Page, file_of, id_of, utc

ATTACHMENT = re.compile(r"\bwp-image-(\d+)")


def post_of(item: dict[str, Any], page: Page, pointer: str) -> Record:
    left = told(POST.check(item, page.exchange, pointer), item)
    route = {"post": "posts", "page": "pages"}.get(item["type"])
    if route is None:
        raise wrong(page.exchange, f"{pointer}/type", "post or page", item["type"])
    published = utc(item.get("date_gmt"), page, pointer, "date_gmt")
    modified = utc(item.get("modified_gmt"), page, pointer, "modified_gmt")
    edited = modified if modified and published and modified > published else None
    record = Record(
        record_id=f"{page.prefix}{route}/{item['id']}",
        kind="post",
        native_id=str(item["id"]),
        pointer=pointer,
        url=item["link"],
        author_id=id_of(item.get("author")),
        author_is_account=page.ours,
        published_at=published,
        edited_at=edited,
        valid_from=edited or published,
        leftover=left,
    )
    record.root_id = record.record_id
    _status(record, item["status"], pointer)
    _words(record, item, page, pointer)
    return record


def _status(record: Record, status: str, pointer: str) -> None:
    if status == "publish":
        return
    record.status = TRASHED if status == "trash" else HIDDEN
    record.acted_by = "agency"
    record.status_reason = f"the site's status of it is {status}, which only its own users and plugins set"
    record.status_at = f"{pointer}/status"
    record.edited_at = None  # modified_gmt is when it was moved there


def _words(record: Record, item: dict[str, Any], page: Page, pointer: str) -> None:
    """Text, title, links, media and what is embedded."""
    content, title, excerpt = item["content"], item["title"], item.get("excerpt")
    left = record.leftover + RENDERED.check(content, page.exchange, f"{pointer}/content", "content")
    left += RENDERED.check(title, page.exchange, f"{pointer}/title", "title")
    protected, html = bool(content.get("protected")), content["rendered"]
    found = read(html, item["link"])
    record.title = text_of(title["rendered"])
    record.visibility = "password" if protected else "public"
    if html or not protected:
        record.text, record.text_html = found.text, html
    if excerpt is not None:
        left += RENDERED.check(excerpt, page.exchange, f"{pointer}/excerpt", "excerpt")
        record.text = _with_excerpt(record.text, excerpt["rendered"])
    embedded = item.get("_embedded") or {}  # PHP writes an empty object as []
    if not isinstance(embedded, dict):
        raise wrong(page.exchange, f"{pointer}/_embedded", "an object", embedded)
    record.leftover = left + leftover(embedded, EMBEDDED, "_embedded") if embedded else left
    record.links = found.links
    if embedded:
        _embedded(record, embedded, page, pointer)
    _add_media(record, item, embedded, found.pictures, page)


def _with_excerpt(text: str | None, excerpt: str) -> str | None:
    """A hand-written excerpt stands beside the post on the site; the usual one is the beginning of the text."""
    if text is None or not excerpt or excerpt.endswith("[&hellip;]</p>\n"):
        return text
    words = text_of(excerpt)
    return text if is_said(words, text) else f"{text}\n\n{words}".strip()


def _embedded(record: Record, embedded: dict[str, Any], page: Page, pointer: str) -> None:
    """Names of author and terms; a site may refuse to embed them, and then answers {code, message, data} in
    their place, or without a name (plugins against the listing of users take it out of each answer)."""
    for author in _list(embedded, "author", page, pointer)[:1]:
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


def _list(embedded: dict[str, Any], name: str, page: Page, pointer: str) -> list[dict[str, Any]]:
    given = embedded.get(name, [])
    if not isinstance(given, list) or not all(isinstance(i, dict) for i in given):
        raise wrong(page.exchange, f"{pointer}/_embedded/{name}", "a list of objects", given)
    return given


def _add_media(
    record: Record, item: dict[str, Any], embedded: dict[str, Any], pictures: list[Picture], page: Page
) -> None:
    """The featured image, then what stands in the text, then the site's own files that it links to
    (documents, recordings, the whole picture behind a small one); an attachment once. A featured image that
    the site does not describe may stand in the text, too."""
    found: dict[str, Media] = {}
    featured = id_of(item.get("featured_media"))
    if featured not in (None, "0"):
        found[featured] = _featured(
            featured, item, _list(embedded, "wp:featuredmedia", page, record.pointer), record, page
        )
    for picture in pictures:
        number = ATTACHMENT.search(picture.classes) if picture.classes else None
        key = number[1] if number else file_identity(picture.url)
        known = found.get(key)
        if known is None or (known.url is None and known.missing_reason and fetchable(picture.url)):
            found[key] = file_of(f"{page.prefix}media/{key}" if number else key, picture)
        elif known.alt_text is None:
            known.alt_text = picture.alt_text or None
    if record.links:
        _add_own_files(found, record.links, item["link"])
    for position, media in enumerate(found.values(), 1):
        media.position = position
    record.media = list(found.values())


def _add_own_files(found: dict[str, Media], links: list[str], permalink: str) -> None:
    """Of the site's host, also as it was called when the text was written: without https, with www. or
    without. What is shown smaller by a query (`bus.jpg?w=300`) and leads to itself is that file, whole."""
    files = [link for link in links if ending(link) in FILE_ENDINGS]
    own = _host(permalink) if files else ""
    shown = {media.url for media in found.values()}
    for link in files:
        if own and _host(link) == own and link not in shown:
            whole = Media(file_identity(link), kind_of(link), fetchable(link))
            known = found.setdefault(whole.identity, whole)
            if known.identity == link:
                known.url = whole.url or known.url


def _host(address: str) -> str:
    try:
        return place_of(address).partition("/")[0].removeprefix("www.")
    except ValueError:  # of hostile markup
        return ""


def _featured(
    number: str, item: dict[str, Any], embedded: list[dict[str, Any]], record: Record, page: Page
) -> Media:
    """A site refuses to describe an attachment of a post that it does not show; Jetpack tells its address all
    the same.
    """
    identity = f"{page.prefix}media/{number}"
    if not embedded or "code" in embedded[0]:
        address = item.get("jetpack_featured_media_url")
        url = fetchable(address) if isinstance(address, str) else None
        return Media(identity, "image", url, missing_reason=None if url else "the site does not show it")
    record.leftover += FEATURED.check(
        embedded[0], page.exchange, f"{record.pointer}/_embedded/wp:featuredmedia/0", "featured_media"
    )
    details = embedded[0].get("media_details")
    sizes = [details.get(side) for side in ("width", "height")] if isinstance(details, dict) else [None, None]
    width, height = (size if type(size) is int and 0 <= size < 2**31 else None for size in sizes)
    kind = (embedded[0].get("mime_type") or "image").partition("/")[0]
    alt = embedded[0].get("alt_text") or None
    url = fetchable(embedded[0].get("source_url") or "")
    return Media(
        identity, kind if kind in ("image", "video", "audio") else "document", url, alt, width, height
    )


def revision_of(item: dict[str, Any], page: Page, pointer: str) -> Record | None:
    """An older text of a post. What a revision does not say (author, featured image, terms) is the live
    post's, from the context. None of the live text itself, where a capture saw it after that revision was
    made (`seen`), or where the site shows it with more (`shown`): plugins add words to posts alone, and a
    gallery finds no pictures of a revision."""
    left, context = REVISION.check(item, page.exchange, pointer), page.exchange.context
    live = context.get("live")
    alone = not isinstance(live, dict)
    if alone or not live:
        live = {"type": _type_of(item), "id": item["parent"], "status": "publish", "link": ""}
    content = {**item["content"], "protected": live.get("protected", False)}
    whole = {"date_gmt": item["date_gmt"], "modified_gmt": item["date_gmt"], **live, "content": content}
    whole.pop("protected", None)
    record = post_of(whole | {"title": item["title"], "excerpt": item.get("excerpt")}, page, pointer)
    record.historical, record.leftover = True, record.leftover + left
    since = record.published_at if alone else utc(item["date_gmt"], page, pointer, "date_gmt")
    if alone:
        record.url = record.published_at = None
    if context.get("newest") == item["id"]:
        if context.get("version") == version_of(record):
            return (
                None if context.get("seen") else record
            )  # the live text, which stands there since the live post's own time
        if (context.get("seen") or item["date_gmt"] == live.get("modified_gmt")) and _is_within(
            record.text, context.get("shown")
        ):
            return None
    record.edited_at = since if since and record.published_at and since > record.published_at else None
    record.valid_from = record.edited_at or record.published_at or since
    return record


def _is_within(text: str | None, shown: str | None) -> bool:
    """Whether each paragraph stands in what the site shows."""
    return shown is not None and all(is_said(part, shown) for part in (text or "").split("\n\n"))


def _type_of(revision: Mapping[str, Any]) -> str:
    links = revision.get("_links") or {}
    parent = links.get("parent")
    href = (
        parent[0].get("href") if isinstance(parent, list) and parent and isinstance(parent[0], dict) else ""
    )
    return "page" if "/pages/" in str(href) else "post"
