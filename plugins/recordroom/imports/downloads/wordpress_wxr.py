"""A WordPress export (WXR, `Tools > Export`): posts, pages, and comments.

It also has those that the site no longer shows. The form is RSS with names of WordPress' own
(https://wordpress.org/documentation/article/tools-export-screen/; wp-admin/includes/export.php writes it). A
piece is the head of the channel (its addresses and authors) and some of its items, byte for byte. Each item
is converted to the form of the site's API and parsed by its connector, so that both give the same records.

It never has: the bytes of media, spam, the text that the site makes of shortcodes and typographic marks. It
has drafts and private posts: these are not public and are left out (if one was public, captures have it), and
so are those in the trash. Attachments, menus, and items of the site's own types are no posts. Comments on
them are comments, and so are comments on what is no longer public.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.parsers import expat

import orjson

from recordroom.errors import ImportRefused, PlatformFailure
from recordroom.imports.contract import About, Form, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.leftover_files import NOTHING_ELSE, list_unread
from recordroom.imports.split import LARGEST_ITEM, Item, batches
from recordroom.model import Exchange, Record
from recordroom.platforms import wordpress
from recordroom.platforms.http import site_of
from recordroom.platforms.wordpress.platform import INTERNAL, NOT_PUBLISHED, had_address
from recordroom.register.models import Account

_FORBIDDEN = bytes(sign for sign in range(0x20) if sign not in b"\t\n\r")
_BLANK = bytes.maketrans(_FORBIDDEN, b" " * len(_FORBIDDEN))
_ANY = re.compile(b"[" + re.escape(_FORBIDDEN) + b"]")
_AWAY = 0x10FF00  # first character of a private range; each one replaces a control character
_BACK = {_AWAY + sign: chr(sign) for sign in _FORBIDDEN}


def blank_control_characters(data: bytes) -> bytes:
    """Replace control characters, which XML forbids, with as many spaces."""
    return data.translate(_BLANK)


def read_document(data: bytes, encoding: str) -> ET.Element:
    """Parse a document that this module cut; its texts keep control characters.

    It has no document type.
    """
    away = _ANY.sub(lambda found: chr(_AWAY + found[0][0]).encode(encoding), data)
    root = ET.fromstring(away, ET.XMLParser(encoding=encoding))  # noqa: S314 (it has no document type)
    for element in root.iter() if len(away) != len(data) else ():
        element.text, element.tail = (text and text.translate(_BACK) for text in (element.text, element.tail))
    return root


FORM = Form(
    "wxr",
    "WordPress export",
    parser=4,
    says=frozenset(("text", "title", "author_id", "visibility")),
    platforms=("wordpress",),
)
_SPACES = {"content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/"}
_WP = re.compile(r"\{http://wordpress\.org/export/[0-9.]+/\}")
_EXCERPT = re.compile(r"\{http://wordpress\.org/export/[0-9.]+/excerpt/\}")
_HEAD = frozenset(("title", "link", "wp:wxr_version", "wp:base_site_url", "wp:base_blog_url", "wp:author"))
_POSTS = ("post", "page")
# routes of the API; a type of the site's own has its own name unless the type says otherwise
_ROUTES = {"post": "posts", "page": "pages", "attachment": "media"}
_APPROVED = {"1": "approved", "0": "hold"}
_BLOCKS = re.compile(r"<!-- /?wp:|<(?:p|div|ul|ol|blockquote|h[1-6]|figure|table)\b", re.IGNORECASE)
_FOOT = b"</channel></rss>"
_READ = 1 << 16
_ENCODING = "utf-8"


def recognize(files: ImportFiles) -> bool:
    return any(b"wordpress.org/export/" in files.start(name) for name in _members(files))


def about(files: ImportFiles) -> About:
    for name in _members(files):
        with files.open(name) as file:
            if home := _home(_Cutter(file).head()):
                return About(native_id=home, server=home)
    return About()


def _home(head: bytes) -> str:
    """Return the site of an export; "" if it does not say."""
    tree = _tree(head + _FOOT)
    told = _text(tree.find("channel"), "base_blog_url") if tree is not None else ""
    return site_of(told) if told else ""


def pieces(files: ImportFiles, account: Account, mapping: None) -> Iterator[ImportPiece | Reject]:  # noqa: ARG001
    whose = about(files).server
    home = account.identity.server if account.identity else whose
    for name in _members(files):
        with files.open(name) as file:
            cutter = _Cutter(file)
            head = cutter.head()
            if (other := _home(head)) and other != whose:
                yield Reject(
                    name, f"it is the export of another site, {other}: import it into that site's account"
                )
                continue
            for batch in batches(cutter.items(name), counted=True):
                if isinstance(batch, Reject):
                    yield batch
                    continue
                for part in _documents(head, batch, name):
                    if isinstance(part, Reject):
                        yield part
                        continue
                    first, body = part
                    context = {
                        "member": name,
                        "first": first,
                        "server": home,
                        "account": home,
                        "internal": INTERNAL,
                    }
                    yield ImportPiece(body, "application/rss+xml", f"{name}/item/{first}", context)
    if not files.alone:
        yield from list_unread(files, _members(files), NOTHING_ELSE, recognize)


def parse(exchange: Exchange) -> Iterator[Record | Reject | Passed]:
    member, first = exchange.context["member"], exchange.context["first"]
    channel = _read_as_xml(exchange.body).find("channel")
    assert channel is not None  # noqa: S101 (the head has it)
    authors = {
        _text(a, "author_login"): (_text(a, "author_id"), _text(a, "author_display_name"))
        for a in _all(channel, "author")
    }
    context = {**exchange.context, "writers": [number for number, _ in authors.values()]}
    for number, item in enumerate(channel.findall("item"), first):
        place = f"item/{number}"
        kind, status = _text(item, "post_type"), _text(item, "status")
        if why := _unpublished(item, kind, status):
            yield Passed(f"not public: {why}")
        elif kind in _POSTS:
            try:
                yield from _read(_post(item, authors), context, place)
            except (
                PlatformFailure,
                ValueError,
                TypeError,
            ) as problem:  # TypeError: from numbers that JSON does not allow
                yield Reject(f"item {number} of {member}", str(problem))
        else:
            yield Passed(f"not a post or page: {kind or 'unknown type'}")
        # read once: an item may have tens of thousands of comments
        post, link = _text(item, "post_id"), item.findtext("link", "")
        for n, comment in enumerate(_all(item, "comment"), 1):
            if (sort := _text(comment, "comment_type")) in context.get("internal", ()):
                yield Passed(f"not public: a comment of type {sort}")
                continue
            try:
                yield from _read(_comment(comment, post, link, kind), context, f"{place}/comment/{n}")
            except (PlatformFailure, ValueError, TypeError) as problem:
                yield Reject(f"comment {n} of item {number} of {member}", str(problem))


def _unpublished(item: ET.Element, kind: str, status: str) -> str:
    """Return why an item is not public, in words.

    "" if it is public, or was when it was put into the trash.
    """
    before = _meta(item).get("_wp_trash_meta_status", "") if status == "trash" else ""
    # an attachment is as public as its post
    if status in NOT_PUBLISHED and (kind, status) != ("attachment", "inherit"):
        return f"its status is {status}"
    if before in NOT_PUBLISHED or (status == "trash" and not before and not had_address(_dated(item))):
        return f"its status was {before or 'draft'} when it was moved to the trash"
    return ""


def item(exchange: Exchange, pointer: str) -> str:
    """Return `item/7` without its comments, or `item/7/comment/2`, as XML.

    IndexError if it is in another piece.
    """
    _, number, *comment = pointer.split("/")
    found = _read_as_xml(exchange.body).findall("channel/item")[int(number) - exchange.context["first"]]
    comments = _all(found, "comment")
    if comment:
        found = comments[int(comment[-1]) - 1]
    else:
        for one in comments:
            found.remove(one)
    return ET.tostring(found, "unicode")


def _documents(head: bytes, items: list[Item], member: str) -> Iterator[tuple[int, bytes] | Reject]:
    """Return (number of the first item, bytes) of what can be read as XML.

    That is one document; or one per item if an item has a prefix that nothing declares, as plugins of a site
    write it.
    """
    body = head + b"".join(item.raw for item in items) + _FOOT
    if _tree(body) is not None:
        yield items[0].number, body
    elif len(items) == 1:
        yield Reject(
            f"item {items[0].number} of {member}",
            "it is not valid XML: a prefix in it may not be declared",
        )
    else:
        for item in items:
            yield from _documents(head, [item], member)


def _read(shaped: dict[str, Any], context: Mapping[str, Any], place: str) -> Iterator[Record]:
    """Parse an item in the API's form with its connector.

    Its files are not in the export.
    """
    answer = Exchange("GET", "", 200, (), orjson.dumps([shaped]), context)
    for record in wordpress.parse(answer):
        record.pointer = place
        for media in record.media:
            media.url = media.missing_reason = None
        yield record


def _post(item: ET.Element, authors: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    login = item.findtext("dc:creator", "", _SPACES)
    number, name = authors.get(login, ("", ""))
    secret = bool(_text(item, "post_password"))
    terms = [
        {"name": c.text or ""}
        for c in item.findall("category")
        if c.get("domain") in ("category", "post_tag")
    ]
    meta = _meta(item)
    excerpt = next((e.text or "" for e in item if _EXCERPT.match(e.tag)), "")
    return {
        "id": int(_text(item, "post_id")),
        "type": _text(item, "post_type"),
        "status": _text(item, "status"),
        "link": item.findtext("link", ""),
        **_dated(item),
        "title": {"rendered": item.findtext("title", "")},
        "content": {"rendered": _flowing(item.findtext("content:encoded", "", _SPACES)), "protected": secret},
        "excerpt": {"rendered": excerpt} if excerpt else None,
        "author": int(number) if number.isdecimal() else None,
        "featured_media": int(meta["_thumbnail_id"]) if meta.get("_thumbnail_id", "").isdecimal() else None,
        "_embedded": {"wp:term": [terms]} | ({"author": [{"name": name, "slug": login}]} if name else {}),
    }


def _meta(item: ET.Element) -> dict[str, str]:
    return {_text(m, "meta_key"): _text(m, "meta_value") for m in _all(item, "postmeta")}


def _dated(item: ET.Element) -> dict[str, str | None]:
    return {
        "slug": _text(item, "post_name"),
        "date_gmt": _date(item, "post_date_gmt"),
        "modified_gmt": _date(item, "post_modified_gmt"),
    }


def _comment(comment: ET.Element, post: str, link: str, kind: str) -> dict[str, Any]:
    """Return a comment in the API's form.

    post: number of the item that it belongs to. link: that item's address. kind: that item's type.
    """
    number = _text(comment, "comment_id")
    user = _text(comment, "comment_user_id")
    return {
        "id": int(number),
        "post": int(post),
        "parent": int(_text(comment, "comment_parent") or 0),
        "author": int(user) if user.isdecimal() else 0,
        "author_name": _text(comment, "comment_author"),
        "author_url": _text(comment, "comment_author_url"),
        "date_gmt": _date(comment, "comment_date_gmt") or "0000-00-00T00:00:00",
        "content": {"rendered": _flowing(_text(comment, "comment_content"))},
        "link": f"{link}#comment-{number}" if urlsplit(link).scheme else None,
        "status": _APPROVED.get(_text(comment, "comment_approved"), _text(comment, "comment_approved")),
        "type": _text(comment, "comment_type") or "comment",
        "_links": {"up": [{"href": f"/{_ROUTES.get(kind, kind)}/{post}"}]},
    }


def _flowing(html: str) -> str:
    """Return text without blocks as WordPress shows it.

    A blank line begins a paragraph, and a line break stays one.
    """
    if not html or _BLOCKS.search(html):
        return html
    paragraphs = re.split(r"(?:\r?\n[ \t]*){2,}", html.strip())
    lines = (re.sub(r"\r?\n", "<br />", paragraph) for paragraph in paragraphs)
    return "\n".join(f"<p>{line}</p>" for line in lines)


def _date(element: ET.Element, name: str) -> str | None:
    """Return a time like `2026-11-24 08:00:00`, in UTC; None if it is zeros."""
    text = _text(element, name).replace(" ", "T")
    return text if text and not text.startswith("0000") else None


def _all(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _WP.sub("", child.tag) == name and child.tag != name]


def _text(element: ET.Element | None, name: str) -> str:
    found = _all(element, name) if element is not None else []
    return (found[0].text or "") if found else ""


def _tree(data: bytes) -> ET.Element | None:
    try:
        return _read_as_xml(data)
    except ET.ParseError:
        return None


def _read_as_xml(data: bytes) -> ET.Element:
    """Parse XML as it was cut.

    WordPress declares the site's charset, and writes its texts in UTF-8 in any case (`wxr_cdata`).
    """
    return read_document(data, _ENCODING)


def _members(files: ImportFiles) -> list[str]:
    """Return the files of the export: a large site's export may be in parts."""
    return [name for name in files.names() if name.lower().endswith(".xml")]


class _Cutter:
    """Finds where the parts of the channel begin and end, and returns their bytes.

    It keeps no more of the file than the current part.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._parser = expat.ParserCreate(_ENCODING)
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._buffer, self._offset = b"", 0  # the bytes in memory, and where they begin in the file
        self._path: list[str] = []
        self._begin = 0
        self._head: list[bytes] = []
        self._found: list[bytes] = []
        self._behind_head = self._ended = False
        self._broken = ""  # why the file is no XML from some place on

    def head(self) -> bytes:
        """Return the file up to its first item: only its site and authors."""
        while not self._behind_head and not self._ended:
            self._feed()
        return b"".join(self._head)

    def items(self, member: str) -> Iterator[Item | Reject]:
        number = 0
        try:
            while True:
                for raw in self._taken():
                    number += 1
                    yield Item(number, raw)
                if self._ended:
                    break
                self._feed()
        except ImportRefused as problem:
            self._broken = str(problem)
        if self._broken:
            yield Reject(
                f"item {number + 1} of {member}", f"from here on it is not valid XML: {self._broken}"
            )

    def _taken(self) -> list[bytes]:
        found, self._found = self._found, []
        return found

    def _feed(self) -> None:
        chunk = self._file.read(_READ)
        self._ended = not chunk
        self._buffer += chunk
        if len(self._buffer) > LARGEST_ITEM:
            raise ImportRefused(f"an item is larger than {LARGEST_ITEM:,} bytes", "Check the file.")
        try:
            self._parser.Parse(blank_control_characters(chunk), self._ended)
        except expat.ExpatError as problem:  # what precedes the error is complete
            self._broken, self._ended = str(problem), True
            return
        inside = len(self._path) > 2
        keep = (
            self._offset
            if not self._head
            else self._begin
            if inside
            else max(self._parser.CurrentByteIndex, self._offset)
        )
        self._buffer, self._offset = self._buffer[keep - self._offset :], keep

    def _start(self, name: str, _: object) -> None:
        self._path.append(name)
        if len(self._path) == 3:
            self._begin = self._parser.CurrentByteIndex
            if name == "item":
                self._behind_head = True
            if not self._head:
                self._head.append(self._buffer[: self._begin - self._offset])

    def _end(self, name: str) -> None:
        if len(self._path) == 3 and (name == "item" or name in _HEAD):
            end = self._buffer.index(b">", self._parser.CurrentByteIndex - self._offset) + 1
            part = self._buffer[self._begin - self._offset : end]
            if name == "item":
                self._found.append(part)
            elif not self._behind_head:
                self._head.append(part)
        self._path.pop()

    def _refuse(self, *_: object) -> None:
        raise ImportRefused(
            "it declares a document type, which a WordPress export never does",
            "Use the export as the site gives it.",
        )
