"""Plain text, links and pictures out of a platform's HTML, in one pass.

The markup is hostile, so whatever is unusual (comments, scripts, tables, frames, unquoted attributes, stray
angle brackets, odd addresses) is first written anew by nh3 (html5ever, what browsers do). Markup that is
plain beyond doubt (only tags of PLAIN in lower case, every attribute in double quotes, no "<" that opens no
tag) is cut into the very same tags and texts by one regular expression; that is many times faster, and a test
compares the two for any input. Nothing read here is ever given out as markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import nh3

_CUT = re.compile(r"\s*\[?(?:\u2026|\.\.\.)\]?\s*")
_FURTHER = re.compile(
    r"(?:continue reading|keep reading|read (?:more|on|the rest|the full)|more)\b.{0,200}$|[\u2192\u00bb>]+$",
    re.IGNORECASE,
)
_LONG = 40  # characters that do not stand in a text by chance


def is_said(part: str, text: str) -> bool:
    """Whether all of `part` stands in `text`, but for marks that it is cut off and the invitation to read on.
    Where tags stood between words, either may have lost the blank."""
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
    """As whole words; one that is `cut` may end within one."""
    at = flat.find(piece)
    while at >= 0:
        end = at + len(piece)
        begins, ends = (
            at == 0 or not flat[at - 1].isalnum(),
            cut or end == len(flat) or not flat[end].isalnum(),
        )
        if (begins or not piece[0].isalnum()) and (ends or not piece[-1].isalnum()):
            return True
        at = flat.find(piece, at + 1)
    return False


PARAGRAPH = frozenset(
    (
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "dl",
        "table",
        "figure",
        "pre",
        "section",
        "article",
        "hr",
    )
)
LINE = frozenset(
    (
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "figcaption",
        "summary",
        "details",
        "center",
        "address",
        "caption",
        "header",
        "footer",
    )
)
CELL = frozenset(("td", "th"))
FILES = {"img": "image", "video": "video", "audio": "audio"}
INLINE = frozenset(
    ("a", "b", "strong", "i", "em", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "code", "span", "cite", "q", "abbr", "time",
     "br", "img", "video", "audio", "source", "wbr", "big", "tt", "kbd", "samp", "var", "font", "strike")
)  # fmt: skip
PLAIN = (INLINE | LINE | PARAGRAPH) - {
    "table",
    "tr",
    "caption",
    "pre",
}  # what lies in a table, browsers may move
EMOJI = frozenset(
    ("wp-smiley", "emoji", "custom-emoji")
)  # pictures that are letters: their alternative text is the text

DOCUMENTS = frozenset(
    ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf", "csv", "txt", "ics", "zip", "epub", "vtt", "srt")
)  # fmt: skip
PICTURES = frozenset(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "bmp", "tif", "tiff", "heic"))
SOUNDS, FILMS = (
    frozenset(("mp3", "m4a", "ogg", "oga", "wav")),
    frozenset(("mp4", "m4v", "webm", "ogv", "mov")),
)
FILE_ENDINGS = DOCUMENTS | PICTURES | SOUNDS | FILMS

# drawings and formulas: what a reader sees of their words; titles and notes within them are for programs
DRAWN = frozenset(
    ("svg", "g", "text", "tspan", "switch", "foreignObject", "math", "mrow", "mn", "mi", "mo", "mtext", "ms", "mfrac", "msup", "msub",
     "msubsup", "msqrt", "mroot", "mover", "munder", "munderover", "mtable", "mtr", "mtd", "mstyle",
     "mpadded", "menclose", "semantics")
)  # fmt: skip
_FRAMES = {
    "iframe": "src",
    "embed": "src",
    "object": "data",
    "track": "src",
}  # other files and pages within the page: links
_BEHIND = frozenset(
    ("div", "section", "figure", "article", "header", "span", "td")
)  # may have a picture behind their words
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
class Picture:
    """An <img>, <video> or <audio> in the order of the text; `type` is image, video or audio."""

    url: str
    type: str
    alt_text: str | None
    width: int | None
    height: int | None
    classes: str


@dataclass(slots=True)
class Reading:
    """`links`: addresses, each once, in order; http, https and mailto only; frames (embedded videos),
    embedded documents and the captions of videos are links too."""

    text: str = ""
    links: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


class _Unusual(Exception):
    pass


def read(html: str, base: str = "") -> Reading:
    """Text, links and pictures; addresses made absolute with `base`.

    Block elements end lines, <br> is a line break, runs of white space are one blank, entities are
    characters.
    >>> read('<p>Schools <b>closed</b>&nbsp;today.<br>See <a href="/x">here</a></p><script>x</script>', "https://d.example/")
    Reading(text='Schools closed\\xa0today.\\nSee here', links=['https://d.example/x'], pictures=[])
    """
    if "<" not in html:
        return Reading(_flowing(html))
    if (
        html.startswith("<p>")
        and html.count("<") == 2
        and "\0" not in html
        and (one := html.rstrip(" \t\n")).endswith("</p>")
    ):
        return Reading(_flowing(one[3:-4]))  # one paragraph of mere words
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


def text_of(html: str) -> str:
    """Plain text alone.

    >>> text_of("<p>Schools <b>closed</b>&nbsp;today.<br>Escuelas cerradas.</p><script>x</script>")
    'Schools closed\\xa0today.\\nEscuelas cerradas.'
    """
    return read(html).text


def absolute(base: str, address: str) -> str:
    """`address` made absolute; as it stands where it is no address at all (captured links are hostile input)."""
    if address.startswith(("https://", "http://", "mailto:")):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def file_identity(url: str) -> str:
    """The address of a file as its identity: without its query (sizes, signatures), except where that may be
    what names the file.

    >>> file_identity("https://d.example/bus.jpg?w=300"), file_identity("https://d.example/image.php?id=7")
    ('https://d.example/bus.jpg', 'https://d.example/image.php?id=7')
    """
    plain = url.partition("#")[0].partition("?")[0]
    return plain if ending(plain) in FILE_ENDINGS else url


def ending(url: str) -> str:
    """`pdf` of an address whose path ends in .pdf or .PDF."""
    return url.partition("#")[0].partition("?")[0][-6:].rpartition(".")[2].lower()


def kind_of(url: str) -> str:
    """What a file is by its ending: image, audio, video, else document."""
    kinds = {"image": PICTURES, "audio": SOUNDS, "video": FILMS}
    return next((kind for kind, endings in kinds.items() if ending(url) in endings), "document")


def fetchable(url: str) -> str | None:
    """`url` where it is the address of a file on some host, else None: captured addresses are hostile input."""
    if _USUAL_ADDRESS.fullmatch(url):
        return url
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return url if whole and url.isprintable() else None


def because(reason: str, names: str) -> dict[str, str]:
    """Names of fields that are left out, each with the reason."""
    return dict.fromkeys(names.split(), reason)


def leftover(item: Mapping[str, object], known: frozenset[str], where: str = "") -> tuple[str, ...]:
    """Names of the fields that `known` (read or deliberately ignored) lacks, as `where.name`; () is the usual
    and fast answer.
    """
    if item.keys() <= known:
        return ()
    return tuple(f"{where}.{name}" if where else name for name in sorted(item.keys() - known))


class _Text:
    """Words as they come, with `gap` lines to be broken before the next one; `space`: the last word ends with
    a blank; `player`: the <video> or <audio> that is open and whose file is still looked for among its
    <source>s."""

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


def _assembled(parts: list[str], base: str, *, careful: bool) -> Reading:
    """`parts`: text, then slash, name, attributes and text of each tag. `careful`: _Unusual where an
    attribute needs a browser's rules.
    """
    text, found = _Text(), Reading()
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


def _read_background(given: Mapping[str, str], found: Reading, base: str) -> None:
    """A picture behind words (WordPress' cover block has it so)."""
    if address := _BACKGROUND.search(given.get("style", "")):
        found.pictures.append(
            _picture("img", address[1].strip(), {**given, "alt": given.get("aria-label", "")}, base)
        )


def _read_tag(name: str, given: dict[str, str], found: Reading, text: _Text, base: str) -> None:
    late = given.get("data-src") or given.get(
        "data-lazy-src"
    )  # of a page that loads pictures late; `src` then is a placeholder
    if name == "a" or name in _FRAMES:
        address = late or given.get(_FRAMES.get(name, "href"))
        if address:
            found.links.append(absolute(base, address))
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


def _picture(name: str, address: str, given: Mapping[str, str], base: str) -> Picture:
    width, height = (
        int(v) if (v := given.get(side, "")).isdecimal() and len(v) < 9 else None
        for side in ("width", "height")
    )
    return Picture(
        absolute(base, address), FILES[name], given.get("alt"), width, height, given.get("class", "")
    )


def _attributes(rest: str, careful: bool) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(rest):
        if careful:
            if "&" in value and _BARE.search(value):
                raise _Unusual  # "&copy=1": an entity in text, none in an attribute
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
