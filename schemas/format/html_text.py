"""Text, links, and images of HTML, as the parsing rules mean them.

The HTML is read as browsers read it (html5ever, through nh3). Then one walk over its tags and texts follows:

- Runs of white space are one space. `<br>` is a line break; the elements of LINE end a line; those of
  PARAGRAPH leave an empty line. There are never two empty lines.
- The content of DROPPED is left out. Alternative texts of emoji images are part of the text.
- Links are the addresses of `<a>`, and those of frames, embedded documents, and captions of videos; each
  once, in order, and absolute.
- Images are `<img>`, `<video>`, and `<audio>`, and the background images of blocks.

It needs Python and nh3, and nothing of recordroom.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import nh3

PARAGRAPH = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "table", "figure"}
PARAGRAPH |= {"pre", "section", "article", "hr"}
LINE = {"div", "li", "tr", "dt", "dd", "figcaption", "summary", "details", "center", "address", "caption"}
LINE |= {"header", "footer", "svg", "text", "mtr"}
CELL = {"td", "th", "mtd"}  # a space
DROPPED = {"script", "style", "noscript", "template", "title", "desc", "metadata", "annotation"}
DROPPED |= {"annotation-xml"}
FILES = {"img": "image", "video": "video", "audio": "audio"}
FRAMES = {"iframe": "src", "embed": "src", "object": "data", "track": "src"}
INLINE = {"a", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "code"}
INLINE |= {"span", "cite", "q", "abbr", "time", "br", "source", "wbr", "big", "tt", "kbd", "samp", "var"}
INLINE |= {"font", "strike", "tbody", "thead", "tfoot"}
DRAWN = {"g", "tspan", "switch", "foreignObject", "math", "mrow", "mn", "mi", "mo", "mtext", "ms", "mfrac"}
DRAWN |= {"msup", "msub", "msubsup", "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mstyle"}
DRAWN |= {"mpadded", "menclose", "semantics"}
BEHIND = {"div", "section", "figure", "article", "header", "span", "td"}  # may have a background image
EMOJI = {"wp-smiley", "emoji", "custom-emoji"}  # classes of images whose alternative text is text
_LAZY = {"data-src", "data-lazy-src"}  # the address of a page that loads images late
_CLEANER = nh3.Cleaner(
    tags=PARAGRAPH | LINE | CELL | INLINE | DRAWN | FILES.keys() | FRAMES.keys(),
    clean_content_tags=DROPPED,
    attributes={"a": {"href"}, "source": {"src"}}
    | {name: {"style", "class", "aria-label"} for name in BEHIND}
    | {name: {address, *_LAZY} for name, address in FRAMES.items()}
    | {name: {"src", "alt", "width", "height", "class", "title", "data-orig-file", *_LAZY} for name in FILES},
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_PRE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
# Plain HTML: tags of PLAIN in lower case, and attributes in double quotes whose addresses are usual.
PLAIN = (INLINE | LINE | PARAGRAPH | FILES.keys()) - {"table", "tr", "caption", "tbody", "thead", "tfoot"}
PLAIN -= {"pre", "svg", "text", "mtr"}
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9-]*(?:="[^"\0]*")?)*)\s*/?>')
_ATTRIBUTE = re.compile(r'\s([a-z][a-z0-9-]*)="([^"]*)"')
_BARE = re.compile(r"&(?!(?:[a-z]+|#[0-9]+);)")  # browsers read it otherwise in an attribute than in text
_USUAL = re.compile(r"(?:(?:https?://|mailto:|/|\?|#|\./|\.\./)[^\s\0\\]*)?")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*['\"]?([^'\"()]+)", re.IGNORECASE)


def read(html: str, base: str = "") -> dict[str, Any]:
    """Return {text, links, images}. An image is {url, type, alt, width, height, class}."""
    if "<" in html and not _is_plain(html):
        html = _CLEANER.clean(html)
        html = "".join(
            part.replace("\n", "<br>") if part.startswith("<pre>") else part for part in _PRE.split(html)
        )
    walk = _Walk(base)
    walk.feed(html)
    walk.close()
    text, links = "".join(walk.out).removesuffix(" "), list(dict.fromkeys(walk.links))
    return {"text": text, "links": links, "images": walk.images}


def _is_plain(html: str) -> bool:
    """Whether the HTML is read as it is: browsers would drop addresses without a valid host (`http://`)."""
    parts = _TAG.split(html)
    if "<" in "".join(parts[::4]) or not PLAIN.issuperset(parts[2::4]) or "\0" in html or "\r" in html:
        return False
    for slash, name, given in zip(parts[1::4], parts[2::4], parts[3::4], strict=True):
        is_read = not slash and (name in FILES or name in {"a", "source"})
        if is_read or (name in BEHIND and "url(" in given):
            for attribute, value in _ATTRIBUTE.findall(given):
                if _BARE.search(value) or (attribute in {"href", "src"} and not _USUAL.fullmatch(value)):
                    return False
    return True


def absolute(base: str, address: str) -> str:
    """Return an absolute address; `address` itself if it is invalid."""
    if address.startswith(("https://", "http://", "mailto:")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


class _Walk(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.base = base
        self.out: list[str] = []
        self.links: list[str] = []
        self.images: list[dict[str, Any]] = []
        self.gap, self.space, self.player = 0, True, ""

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if self.space or self.gap:
            text = text.removeprefix(" ")
        if not text:
            return
        if self.gap and self.out:
            self.out[-1] = self.out[-1].removesuffix(" ")
            self.out.append("\n\n" if self.gap == 2 else "\n")
        self.gap = 0
        self.out.append(text)
        self.space = text[-1] == " "

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in reversed(attrs)}
        if tag in BEHIND and (found := _BACKGROUND.search(given.get("style", ""))):
            self.add_image("img", found[1].strip(), {**given, "alt": given.get("aria-label", "")})
        if not self.leaves_gap(tag):
            self.read_tag(tag, given)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.leaves_gap(tag) and tag == self.player:
            self.player = ""

    def leaves_gap(self, tag: str) -> bool:
        if tag in PARAGRAPH or tag in LINE:
            self.gap = max(self.gap, 2 if tag in PARAGRAPH else 1)
        elif tag == "br":
            self.gap = min(self.gap + 1, 2)
        elif tag in CELL:
            self.handle_data(" ")
        return tag in PARAGRAPH or tag in LINE or tag in CELL or tag == "br"

    def read_tag(self, tag: str, given: dict[str, str]) -> None:
        late = given.get("data-src") or given.get("data-lazy-src")
        if tag == "a" or tag in FRAMES:
            if address := late or given.get(FRAMES.get(tag, "href")):
                self.links.append(absolute(self.base, address))
            return
        address = late or given.get("src") or given.get("data-orig-file")
        if tag == "img" and EMOJI & set(given.get("class", "").split()):
            self.handle_data(given.get("alt", ""))
        elif tag == "source":
            if self.player and address:
                self.add_image(self.player, address, given)
                self.player = ""
        elif tag in FILES and address:
            self.add_image(tag, address, given)
        elif tag in FILES:
            self.player = tag if tag != "img" else ""

    def add_image(self, tag: str, address: str, given: dict[str, Any]) -> None:
        sides = (given.get(side) or "" for side in ("width", "height"))
        width, height = (int(side) if side.isdecimal() and len(side) < 9 else None for side in sides)
        found = {"url": absolute(self.base, address), "type": FILES[tag], "alt": given.get("alt")}
        self.images.append(found | {"width": width, "height": height, "class": given.get("class") or ""})
