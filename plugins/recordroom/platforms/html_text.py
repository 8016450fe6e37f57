"""Plain text, links, and images from a platform's HTML, in one pass.

The HTML is hostile input. Anything unusual in it (comments, scripts, tables, frames, unquoted attributes,
stray angle brackets, odd addresses) is first rewritten by nh3 (html5ever, as browsers do). Plain HTML (only
tags of PLAIN in lower case, all attributes in double quotes, no stray "<") is split into the same tags and
texts by one regular expression, which is many times faster; a test compares the two for any input. Nothing
read here is ever output as HTML.

`contains_excerpt` compares a second text (a summary, an excerpt, a caption) with the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import nh3

PARAGRAPH = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "table", "figure", "pre",
    "section", "article", "hr",
))  # fmt: skip
LINE = frozenset((
    "div", "li", "tr", "dt", "dd", "figcaption", "summary", "details", "center", "address", "caption",
    "header", "footer",
))  # fmt: skip
CELL = frozenset(("td", "th"))
FILES = {"img": "image", "video": "video", "audio": "audio"}
INLINE = frozenset((
    "a", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "code", "span",
    "cite", "q", "abbr", "time", "br", "img", "video", "audio", "source", "wbr", "big", "tt", "kbd", "samp",
    "var", "font", "strike",
))  # fmt: skip
PLAIN = (INLINE | LINE | PARAGRAPH) - {"table", "tr", "caption", "pre"}  # browsers may move table contents
EMOJI = frozenset(("wp-smiley", "emoji", "custom-emoji"))  # images whose alternative text is part of the text

DOCUMENTS = frozenset((
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "csv", "txt", "ics",
    "zip", "epub", "vtt", "srt",
))  # fmt: skip
PICTURES = frozenset(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "tif", "tiff", "heic"))
SOUNDS = frozenset(("mp3", "m4a", "ogg", "oga", "wav"))
FILMS = frozenset(("mp4", "m4v", "webm", "ogv", "mov"))
FILE_ENDINGS = DOCUMENTS | PICTURES | SOUNDS | FILMS

# drawings and formulas: their visible text is read; titles and annotations in them are for programs
DRAWN = frozenset((
    "svg", "g", "text", "tspan", "switch", "foreignObject", "math", "mrow", "mn", "mi", "mo", "mtext", "ms",
    "mfrac", "msup", "msub", "msubsup", "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr",
    "mtd", "mstyle", "mpadded", "menclose", "semantics",
))  # fmt: skip
# other files and pages in the page: links
_FRAMES = {"iframe": "src", "embed": "src", "object": "data", "track": "src"}
# elements that may have a background image
_BEHIND = frozenset(("div", "section", "figure", "article", "header", "span", "td"))
_FILE = {"src", "alt", "width", "height", "class", "title", "data-src", "data-lazy-src", "data-orig-file"}
_CLEANER = nh3.Cleaner(
    tags=set(INLINE | LINE | PARAGRAPH | CELL | _FRAMES.keys() | {"tbody", "thead", "tfoot"} | DRAWN),
    clean_content_tags={
        "script",
        "style",
        "noscript",
        "template",
        "title",
        "desc",
        "metadata",
        "annotation",
        "annotation-xml",
    },
    attributes={"a": {"href"}, "source": {"src"}}
    | {name: {"style", "class", "aria-label"} for name in _BEHIND}
    | {name: {address, "data-src", "data-lazy-src"} for name, address in _FRAMES.items()}
    | dict.fromkeys(FILES, _FILE),
    link_rel=None,
    url_schemes={"http", "https", "mailto"},
)
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9-]*(?:="[^"\0]*")?)*)\s*/?>')
_ATTRIBUTE = re.compile(r'\s([a-z][a-z0-9-]*)="([^"]*)"')
_BLANK = frozenset(("\n", " ", "\n\n", "\n\n\n", "\n\n\n\n"))  # between blocks
_USUAL_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?::[1-9][0-9]{0,3})?/[!-~]*")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*['\"]?([^'\"()]+)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")  # html.unescape's own
_USUAL = {
    e: unescape(e)
    for e in (
        "&amp;",
        "&#038;",
        "&#8217;",
        "&#8216;",
        "&#8220;",
        "&#8221;",
        "&#8211;",
        "&#8230;",
        "&nbsp;",
        "&#39;",
    )
}
_SPACE = re.compile(r"[ \t\r\n\f]+")
_PRE = re.compile(r"(<pre>.*?</pre>)", re.DOTALL)
_BARE = re.compile(r"&(?!(?:[a-z]+|#[0-9]+);)")
_SAFE = re.compile(r"(?:(?:https?://|mailto:|/|\?|#|\./|\.\./)[^\s\0\\]*)?")
_BREAK, _CELL_GAP = -1, 0
_GAP = (
    dict.fromkeys(PARAGRAPH, 2)
    | dict.fromkeys((*LINE, "svg", "text", "mtr"), 1)
    | {"mtd": _CELL_GAP}
    | dict.fromkeys(CELL, _CELL_GAP)
    | {"br": _BREAK}
)


@dataclass(slots=True)
class HtmlImage:
    """An <img>, <video>, or <audio> element."""

    url: str
    type: str  # image, video, or audio
    alt_text: str | None
    width: int | None
    height: int | None
    classes: str


@dataclass(slots=True)
class HtmlContent:
    """The content of HTML."""

    text: str = ""
    # http, https, and mailto addresses, each once, in order; those of frames (embedded videos), embedded
    # documents, and captions of videos included
    links: list[str] = field(default_factory=list)
    pictures: list[HtmlImage] = field(default_factory=list)  # in the order of the text


class _Unusual(Exception):
    """HTML that needs the rules of a browser."""


def read_html(html: str, base: str = "") -> HtmlContent:
    """Return text, links, and images.

    Block elements end lines, <br> is a line break, runs of white space are one space, entities are
    characters.
    base: the address from which relative addresses lead.
    >>> read_html('<p>Schools <b>closed</b>&nbsp;today.<br>See <a href="/x">here</a></p>', "https://d.example/")
    HtmlContent(text='Schools closed\\xa0today.\\nSee here', links=['https://d.example/x'], pictures=[])
    """
    if "<" not in html:
        return HtmlContent(_flowing(html))
    if (
        html.startswith("<p>")
        and html.count("<") == 2
        and "\0" not in html
        and (one := html.rstrip(" \t\n")).endswith("</p>")
    ):
        return HtmlContent(_flowing(one[3:-4]))  # one paragraph without other tags
    parts = _TAG.split(html)
    try:
        if "<" in "".join(parts[::4]) or not PLAIN.issuperset(parts[2::4]) or "\0" in html or "\r" in html:
            raise _Unusual
        return _assembled(parts, base, careful=True)
    except _Unusual:
        clean = _CLEANER.clean(html)
        if "<pre>" in clean:
            clean = "".join(
                part.replace("\n", "<br>") if part[:5] == "<pre>" else part for part in _PRE.split(clean)
            )
        return _assembled(_TAG.split(clean.replace("foreignObject>", "foreignobject>")), base, careful=False)


def read_text(html: str) -> str:
    """Return the plain text of HTML.

    >>> read_text("<p>Schools <b>closed</b>&nbsp;today.<br>Escuelas cerradas.</p><script>x</script>")
    'Schools closed\\xa0today.\\nEscuelas cerradas.'
    """
    return read_html(html).text


def make_absolute(base: str, address: str) -> str:
    """Return an absolute address; `address` itself if it is invalid (captured links are hostile input)."""
    if address.startswith(("https://", "http://", "mailto:")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def file_identity(url: str) -> str:
    """Return the identity of a file: its address without the query (sizes, signatures).

    The query stays if it may be what names the file.

    >>> file_identity("https://d.example/bus.jpg?w=300"), file_identity("https://d.example/image.php?id=7")
    ('https://d.example/bus.jpg', 'https://d.example/image.php?id=7')
    """
    plain = url.partition("#")[0].partition("?")[0]
    return plain if extension_of(plain) in FILE_ENDINGS else url


def extension_of(url: str) -> str:
    """Return the file name extension of an address in lower case: `pdf` for /a.PDF."""
    return url.partition("#")[0].partition("?")[0][-6:].rpartition(".")[2].lower()


def file_kind(url: str) -> str:
    """Return the kind of a file by its extension: image, audio, video, or else document."""
    kinds = {"image": PICTURES, "audio": SOUNDS, "video": FILMS}
    return next((kind for kind, endings in kinds.items() if extension_of(url) in endings), "document")


def require_fetchable(url: str) -> str | None:
    """Return `url` if a file can be requested there, else None: captured addresses are hostile input."""
    if _USUAL_ADDRESS.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if whole and url.isprintable() else None


def ignore_fields(reason: str, names: str) -> dict[str, str]:
    """Return ignored fields with their reason.

    names: separated by spaces.
    """
    return dict.fromkeys(names.split(), reason)


def list_undeclared(item: Mapping[str, object], known: frozenset[str], where: str = "") -> tuple[str, ...]:
    """Return the names of fields that are not in `known`, as `where.name`; usually ().

    known: the fields that are read or ignored on purpose.
    """
    if item.keys() <= known:
        return ()
    return tuple(f"{where}.{name}" if where else name for name in sorted(item.keys() - known))


class _Text:
    """The text of a page while it is read.

    gap: line breaks before the next word.
    space: whether the last word ends with a space.
    player: the open <video> or <audio> element whose <source> was not read yet.
    """

    __slots__ = ("gap", "out", "player", "space")

    def __init__(self) -> None:
        self.out: list[str] = []
        self.gap = 0
        self.space = True
        self.player = ""

    def add(self, text: str) -> None:
        if "&" in text:
            text = _ENTITY.sub(_character, text)
        if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = _SPACE.sub(" ", text)
        if self.space or self.gap:
            text = text.removeprefix(" ")
        if not text:
            return
        if self.gap:
            if self.out:
                self.out[-1] = self.out[-1].removesuffix(" ")
                self.out.append("\n\n" if self.gap == 2 else "\n")
            self.gap = 0
        self.out.append(text)
        self.space = text[-1] == " "

    def whole(self) -> str:
        return "".join(self.out).removesuffix(" ")


def _character(entity: re.Match[str]) -> str:
    return _USUAL.get(entity[0]) or unescape(entity[0])


def _assembled(parts: list[str], base: str, *, careful: bool) -> HtmlContent:
    """Read split HTML.

    parts: text, then slash, name, attributes, and text of each tag.
    careful: raise _Unusual if an attribute needs the rules of a browser.
    """
    text, found = _Text(), HtmlContent()
    add = text.add
    add(parts[0])
    for slash, name, rest, words in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
        if rest and name in _BEHIND and "url(" in rest:
            _read_background(_attributes(rest, careful), found, base)
        gap = _GAP.get(name)
        if gap is None:
            if slash:
                if name == text.player:
                    text.player = ""
            elif name in _READ:
                _read_tag(name, _attributes(rest, careful), found, text, base)
        elif gap > 0:
            text.gap = max(text.gap, gap)
        elif gap == _BREAK:
            text.gap = min(text.gap + 1, 2)
        else:
            add(" ")
        if words and not (text.gap and words in _BLANK):
            add(words)
    found.text, found.links = text.whole(), list(dict.fromkeys(found.links))
    return found


_READ = frozenset({"a", "source", *FILES, *_FRAMES})


def _read_background(given: Mapping[str, str], found: HtmlContent, base: str) -> None:
    """Add a background image (the cover block of WordPress has one)."""
    if address := _BACKGROUND.search(given.get("style", "")):
        found.pictures.append(
            _picture("img", address[1].strip(), {**given, "alt": given.get("aria-label", "")}, base)
        )


def _read_tag(name: str, given: dict[str, str], found: HtmlContent, text: _Text, base: str) -> None:
    # of a page that loads images lazily; its `src` is a placeholder
    late = given.get("data-src") or given.get("data-lazy-src")
    if name == "a" or name in _FRAMES:
        address = late or given.get(_FRAMES.get(name, "href"))
        if address:
            found.links.append(make_absolute(base, address))
        return
    address = late or given.get("src") or given.get("data-orig-file")
    if name == "img" and not EMOJI.isdisjoint(given.get("class", "").split()):
        text.add(given.get("alt", ""))
    elif name == "source":
        if text.player and address:
            found.pictures.append(_picture(text.player, address, given, base))
            text.player = ""
    elif address:
        found.pictures.append(_picture(name, address, given, base))
    else:
        text.player = name if name != "img" else ""


def _picture(name: str, address: str, given: Mapping[str, str], base: str) -> HtmlImage:
    width, height = (
        int(v) if (v := given.get(side, "")).isdecimal() and len(v) < 9 else None
        for side in ("width", "height")
    )
    return HtmlImage(
        make_absolute(base, address), FILES[name], given.get("alt"), width, height, given.get("class", "")
    )


def _attributes(rest: str, careful: bool) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(rest):
        if careful:
            if "&" in value and _BARE.search(value):
                raise _Unusual  # "&copy=1": an entity in text, but not in an attribute
            if name in ("href", "src") and not _SAFE.fullmatch(value):
                raise _Unusual
            if name in given:
                continue  # the first of two counts
        given[name] = unescape(value) if "&" in value else value
    return given


def _flowing(text: str) -> str:
    flow = _Text()
    flow.add(text)
    return flow.whole()


_CUT = re.compile(r"\s*\[?(?:\u2026|\.\.\.)\]?\s*")
_FURTHER = re.compile(
    r"(?:continue reading|keep reading|read (?:more|on|the rest|the full)|more)\b.{0,200}$|[\u2192\u00bb>]+$",
    re.IGNORECASE,
)
_LONG = 40  # characters that do not appear in a text by chance


def contains_excerpt(part: str, text: str) -> bool:
    """Report whether `text` contains all of `part`, a summary, an excerpt, or a caption.

    Marks of an omission and an invitation to read on are not compared. Either text may have lost a space
    where a tag was. A part that begins like the text and continues differently has content of its own, whose
    edits must be seen.
    """
    flat, pieces = " ".join(text.split()), _CUT.split(" ".join(part.split()))
    squeezed = flat.replace(" ", "")
    return all(
        _stands(piece, flat, cut=number < len(pieces))
        or (len(piece.replace(" ", "")) >= _LONG and piece.replace(" ", "") in squeezed)
        or (number > 1 and _FURTHER.match(piece) is not None)
        for number, piece in enumerate(pieces, 1)
        if piece
    )


def _stands(piece: str, flat: str, *, cut: bool) -> bool:
    """Report whether `flat` contains a piece as complete words.

    cut: the piece may end within a word.
    """
    at = flat.find(piece)
    while at >= 0:
        end = at + len(piece)
        begins = at == 0 or not flat[at - 1].isalnum()
        ends = cut or end == len(flat) or not flat[end].isalnum()
        if (begins or not piece[0].isalnum()) and (ends or not piece[-1].isalnum()):
            return True
        at = flat.find(piece, at + 1)
    return False
