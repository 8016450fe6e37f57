"""Text as the fonts of a PDF can draw it. What they cannot draw is told in its place, `[U+1F9FF]`, and counted: nothing is left out.

PDF/UA forbids a glyph that stands for no character, so this is known before a page is set. Fonts come from packages alone, never from the
machine: equal rows give equal bytes wherever they are set.

- A mark is drawn by the font of the letter before it, or it cannot be drawn. More than MOST_JOINED in a row are told.
- What turns the direction of letters around (U+202A to U+202E) is told, too: on paper nobody could see that it is there.
- Lines have places to break at within words that are longer than a line may be; no character is put there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
CJK = "Noto Sans CJK"
FAMILIES = (
    "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic", "Noto Sans Armenian", "Noto Sans Georgian", "Noto Sans Ethiopic",
    "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Gujarati", "Noto Sans Gurmukhi", "Noto Sans Oriya", "Noto Sans Tamil",
    "Noto Sans Telugu", "Noto Sans Kannada", "Noto Sans Malayalam", "Noto Sans Sinhala", "Noto Sans Thai", "Noto Sans Lao",
    "Noto Sans Khmer", "Noto Sans Myanmar", f"{CJK} SC", "Noto Emoji", "Noto Sans Symbols", "New Computer Modern Math",
)  # fmt: skip
LETTERS_OF_MATHEMATICS = range(
    0x1D400, 0x1D800
)  # people write names with them; the last family, Typst's own, draws all that there are
LONGEST_WORD = 24  # characters before the first place to break at
MOST_JOINED = 50  # marks and unseen characters in a row; sixty thousand on one letter would take Typst 7 GB

_SIMPLE = re.compile("[\t\n -~¡-ɏ‐-‧]*")  # what Noto Sans draws, and nothing joins
_UNSEEN = re.compile(
    "[\u200b-\u200f\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\u061c\u00ad\U000e0020-\U000e007f]"
)
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]"
)  # in PDF/UA, or nothing that can be seen
_TURNED = re.compile("[\u202a-\u202e]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_JOINERS = "\u200c\u200d"


class Pen:
    """Draws the texts of one record. `missing`: how many characters were told instead. `plain`: all but the letters of western languages
    are, where the fonts and the format disagree on the others."""

    def __init__(self, *, plain: bool = False) -> None:
        self.missing = 0
        self.plain = plain

    def paragraphs(self, text: str) -> list[list[list[str]]]:
        """Paragraphs of lines of pieces; a line may break between its pieces."""
        drawn = self._drawn(_BREAKS.sub("\n", text)).strip("\n")
        return (
            [[_pieces(line) for line in paragraph.split("\n")] for paragraph in re.split(r"\n\s*\n", drawn)]
            if drawn.strip()
            else []
        )

    def line(self, text: str, longest: int | None = None) -> list[str]:
        """One line in pieces; `longest`: characters that are kept of it, in sight of the reader."""
        one = " ".join(_BREAKS.sub(" ", text).split())
        return _pieces(
            self._drawn(one if longest is None or len(one) <= longest else f"{one[: longest - 1]}…")
        )

    def _drawn(self, text: str) -> str:
        if _SIMPLE.fullmatch(text):
            return text
        return "".join(self._told(character) if told else character for character, told in self._each(text))

    def _told(self, character: str) -> str:
        self.missing += 1
        return f"[U+{ord(character):04X}]"

    def _each(self, text: str) -> Iterator[tuple[str, bool]]:
        """Each character, and whether it has to be told."""
        fonts, joined, known = 0, 0, _coverage()
        for character in text:
            own, unseen, mark = known.get(ord(character), 0), _UNSEEN.match(character), is_joined(character)
            joined = joined + 1 if unseen or mark else 0
            if joined > MOST_JOINED or _FORBIDDEN.match(character):
                yield character, True
            elif character in "\t\n":
                fonts = 0
                yield character, False
            elif self.plain or _TURNED.match(character):
                yield character, not _SIMPLE.fullmatch(character)
            elif unseen:
                yield character, False
            else:
                fonts = fonts & own if mark else own
                yield character, not fonts


def is_joined(character: str) -> bool:
    """Whether it is drawn with the one before it."""
    return unicodedata.category(character).startswith("M") or "\U0001f3fb" <= character <= "\U0001f3ff"


def direction(text: str) -> str:
    """`rtl` where the first letter is of a script that runs from right to left, else `ltr`."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def folders() -> list[str]:
    """Where the fonts lie."""
    found = [find_spec(name) for name in PACKAGES]
    return [str(Path(spec.origin).parent) for spec in found if spec is not None and spec.origin is not None]


@cache
def _coverage() -> Mapping[int, int]:
    """Code point -> the fonts that draw it, a bit each."""
    from fontTools.ttLib import TTFont

    found: dict[int, int] = {}
    paths = sorted(path for folder in folders() for path in Path(folder).glob("*.[ot]t[fc]*"))
    for number, path in enumerate(p for p in paths if "Italic" not in p.name):
        with TTFont(path, fontNumber=0, lazy=True) as font:
            for code in font.getBestCmap() or {}:
                found[code] = found.get(code, 0) | 1 << number
    math = (code for code in LETTERS_OF_MATHEMATICS if unicodedata.category(chr(code)) != "Cn")
    return found | {code: found.get(code, 0) | 1 << len(paths) for code in math}


def _pieces(line: str) -> list[str]:
    """Cut within long words, never before what is drawn with the character before."""
    pieces, start = [], 0
    for word in _LONG_WORD.finditer(line):
        end = word.start() + LONGEST_WORD
        while end < word.end():
            if not (is_joined(line[end]) or _UNSEEN.match(line[end]) or line[end - 1] in _JOINERS):
                pieces.append(line[start:end])
                start, end = end, end + LONGEST_WORD
            else:
                end += 1
    return [*pieces, line[start:]]
