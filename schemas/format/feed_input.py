"""A feed as the parsing rules of feeds read it: what feedparser makes of it, with a few things added.

feedparser keeps at most two descriptions of an entry, or one beside a content, and mixes up the text of an
entry with that of its files. So `descriptions` has all of them, read from the XML itself.

It needs Python, feedparser, and nh3, and nothing of recordroom.
"""

from __future__ import annotations

import io
import re
from typing import Any
from xml.parsers import expat

import feedparser
import html_text

# Parts that feedparser makes of several elements; an element of that name with a text alone is left out.
PARTS: dict[str, type] = dict.fromkeys(
    ("authors", "content", "links", "media_content", "media_thumbnail", "tags"), list
)
PARTS |= dict.fromkeys(("author_detail", "image", "subtitle_detail", "summary_detail", "title_detail"), dict)
PARTS |= dict.fromkeys(("author", "href", "icon", "id", "language", "link", "logo", "published"), str)
PARTS |= dict.fromkeys(("subtitle", "summary", "title", "updated"), str)
_REFERENCES = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{1,8}|[0-9]{1,10});)+")


def read(body: bytes, content_type: str, url: str, pointer: str) -> dict[str, Any]:
    """Return the feed itself (pointer `feed`), or its n-th entry (`entry/<n>`), as JSON."""
    found = feedparser.parse(
        io.BytesIO(_REFERENCES.sub(_without_surrogates, body)),
        response_headers={"content-type": content_type or "application/xml"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if pointer == "feed":
        item: dict[str, Any] = plain(found.feed)
        item["absolute_link"] = html_text.absolute(url, item.get("link") or "")
        item["subtitle_text"] = one_text(item, "subtitle")
        item["title_text"] = one_text(item, "title")
        return item
    number = int(pointer.removeprefix("entry/"))
    item = plain(found.entries[number - 1])
    text = _REFERENCES.sub(_without_surrogates, body).decode(found.encoding or "utf-8", "replace")
    every = descriptions(text)
    empty: dict[str, Any] = {"texts": [], "others": 0}
    item["descriptions"] = every[number - 1] if len(every) == len(found.entries) else empty
    item["title_text"] = one_text(item, "title")
    add_texts(item, url)
    return item


def one_text(item: dict[str, Any], name: str) -> str | None:
    """Return a title or subtitle as plain text."""
    detail, given = item.get(f"{name}_detail") or {}, item.get(name)
    given = detail.get("value") if given is None else given
    if given is None or detail.get("type") not in ("text/html", "application/xhtml+xml"):
        return None if given is None else " ".join(given.split())
    return str(html_text.read(given)["text"])


def add_texts(item: dict[str, Any], url: str) -> None:
    """Add `bodies`, the texts of an entry in their order, and the absolute addresses of its files."""
    detail, summary = item.get("summary_detail"), item.get("summary")
    bodies = [*item.get("content", ()), *([detail] if detail else ())]
    if summary and all(body.get("value") != summary for body in bodies):
        bodies.insert(len(bodies) - 1 if detail else len(bodies), {"type": "text/html", "value": summary})
    about, known = item["descriptions"], [(body.get("value") or "").strip() for body in bodies]
    subtitle = item.get("subtitle_detail") or {}
    if subtitle.get("value") not in (None, "", item.get("title")):
        bodies.append(subtitle | {"is_subtitle": True})
    texts = about["texts"]
    captions = {text for text, of_file in texts if of_file} - {text for text, of_file in texts if not of_file}
    if len(texts) + about["others"] > 2:
        more = [{"type": "text/html", "value": text, "of_file": of_file} for text, of_file in texts]
        bodies += [body for body in more if body["value"] not in known]
    for place, body in enumerate(bodies):
        body["place"] = place  # before captions were moved to the end
    bodies.sort(key=lambda body: ((body.get("value") or "").strip() in captions, body.get("of_file", False)))
    first = (bodies[0].get("base") if bodies else None) or permalink(item, url) or ""
    base = html_text.absolute(url, first)
    for body in bodies:
        value = body.get("value") or ""
        own = html_text.absolute(url, body.get("base") or base)
        is_plain = body.get("type") == "text/plain"
        body["read"] = {"text": value, "links": [], "images": []} if is_plain else html_text.read(value, own)
    item["bodies"] = bodies
    files = [*item.get("links", ()), *item.get("content", ()), *item.get("media_content", ())]
    files += [*item.get("media_thumbnail", ()), item.get("image") or {}, item]
    for one in files:
        if address := one.get("href") or one.get("src") or one.get("url"):
            one["absolute"] = html_text.absolute(base, address)
            one["file"] = html_text.absolute(base, address.strip())


def permalink(item: dict[str, Any], url: str) -> str | None:
    """Return the address of an entry; a guid that is no address is none."""
    link = item.get("link")
    own = any(given.get("rel") == "alternate" for given in item.get("links", ()))
    if not link or (not own and not link.startswith(("http://", "https://"))):
        return None
    return html_text.absolute(url, link)


def plain(given: Any) -> Any:
    """Return feedparser's dictionaries as JSON, without times that it guesses."""
    if isinstance(given, dict):
        kept = {
            name: value
            for name, value in given.items()
            if not name.endswith("_parsed") and (value is None or isinstance(value, PARTS.get(name, object)))
        }
        return {name: plain(value) for name, value in kept.items()}
    if isinstance(given, list | tuple):
        return [plain(one) for one in given]
    return given if isinstance(given, str | int | float | bool | None) else str(given)


def descriptions(feed: str) -> list[dict[str, Any]]:
    """Return {texts, others} of each entry.

    texts: (text, whether it is of a file) of its descriptions. others: how many more elements have text.
    """
    found: list[dict[str, Any]] = []
    path: list[str] = []
    text: list[str] = []
    state = {"plain": False}
    entries, holders = {"item", "entry"}, {"item", "entry", "content", "group"}

    def begin(name: str, _: Any) -> None:
        path.append(name.rpartition(":")[2].lower())
        if path[-1] in entries:
            found.append({"texts": [], "others": 0})
        text.clear()
        state["plain"] = True

    def end(name: str) -> None:
        local, above, words = path.pop(), path[-1] if path else "", "".join(text).strip()
        is_description = local in ("description", "summary") and above in holders
        if found and is_description and state["plain"]:
            found[-1]["texts"] += [(words, above not in entries)] if words else []
        elif found and (is_description or (local in ("content", "encoded") and above in entries)):
            found[-1]["others"] += name != "media:content"
        state["plain"] = False

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text.append
    try:
        parser.Parse(feed, True)
    except expat.ExpatError:
        return []
    return found


def _without_surrogates(run: re.Match[bytes]) -> bytes:
    """Two references to half a character each are that character; half of one is U+FFFD."""
    codes = [int(c[1:], 16) if c[:1] in b"xX" else int(c) for c in re.findall(rb"&#(\w+);", run[0])]
    if not any(0xD800 <= code <= 0xDFFF for code in codes):
        return run[0]
    text = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(f"&#{ord(one)};" for one in whole).encode()
