"""Text as the fonts of a PDF can draw it.

A character that they cannot draw is shown as its code, `[U+1F9FF]`, and counted: nothing is left out. PDF/UA
forbids a glyph for no character, so this is known before a page is set. Fonts come from packages alone, never
from the machine: equal rows give equal bytes wherever they are set.

- The font of the letter before it draws a mark, or it cannot be drawn. More than MOST_JOINED in a row are
  shown as codes.
- A character that reverses the direction of letters (U+202A to U+202E) is shown as its code too: it is
  invisible on paper.
- Words that are longer than a line may break at certain places; no character is added there.
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
    "Noto Sans", "Noto Sans Hebrew", "Noto Sans Arabic", "Noto Sans Armenian", "Noto Sans Georgian",
    "Noto Sans Ethiopic", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Gujarati",
    "Noto Sans Gurmukhi", "Noto Sans Oriya", "Noto Sans Tamil", "Noto Sans Telugu", "Noto Sans Kannada",
    "Noto Sans Malayalam", "Noto Sans Sinhala", "Noto Sans Thai", "Noto Sans Lao", "Noto Sans Khmer",
    "Noto Sans Myanmar", f"{CJK} SC", "Noto Emoji", "Noto Sans Symbols", "New Computer Modern Math",
)  # fmt: skip
# People write names with these letters; the last family, Typst's own, draws all of them.
LETTERS_OF_MATHEMATICS = range(0x1D400, 0x1D800)
LONGEST_WORD = 24  # characters before the first place at which a word may break
MOST_JOINED = (
    50  # marks and invisible characters in a row; sixty thousand on one letter would take Typst 7 GB
)

_SIMPLE = re.compile("[\t\n -~¡-ɏ‐-‧]*")  # what Noto Sans draws, and nothing joins
_INVISIBLE = re.compile(
    "[\u200b-\u200f\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\u061c\u00ad\U000e0020-\U000e007f]"
)
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffe\uffff]")  # by PDF/UA, or invisible
_REVERSING = re.compile("[\u202a-\u202e]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_JOINERS = "\u200c\u200d"


class Pen:
    """Prepares the texts of one record.

    It counts the characters that are shown as codes (`missing`).
    """

    def __init__(self, *, plain: bool = False) -> None:
        """Begin with no missing characters.

        plain: show all but the letters of western languages as codes, if fonts and format disagree on them.
        """
        self.missing = 0
        self.plain = plain

    def paragraphs(self, text: str) -> list[list[list[str]]]:
        """Return paragraphs of lines of pieces; a line may break between its pieces."""
        drawn = self._make_drawable(_BREAKS.sub("\n", text)).strip("\n")
        if not drawn.strip():
            return []
        return [[_split_words(line) for line in part.split("\n")] for part in re.split(r"\n\s*\n", drawn)]

    def line(self, text: str, longest: int | None = None) -> list[str]:
        """Return one line in pieces.

        longest: characters to keep of it; a reader sees that it was cut.
        """
        one = " ".join(_BREAKS.sub(" ", text).split())
        return _split_words(
            self._make_drawable(one if longest is None or len(one) <= longest else f"{one[: longest - 1]}…")
        )

    def _make_drawable(self, text: str) -> str:
        if _SIMPLE.fullmatch(text):
            return text
        return "".join(
            self._code_of(character) if coded else character for character, coded in self._each(text)
        )

    def _code_of(self, character: str) -> str:
        self.missing += 1
        return f"[U+{ord(character):04X}]"

    def _each(self, text: str) -> Iterator[tuple[str, bool]]:
        """Yield each character, and whether it has to be shown as its code."""
        fonts, joined, known = 0, 0, read_coverage()
        for character in text:
            own = known.get(ord(character), 0)
            invisible = _INVISIBLE.match(character)
            mark = is_joined(character)
            joined = joined + 1 if invisible or mark else 0
            if joined > MOST_JOINED or _FORBIDDEN.match(character):
                yield character, True
            elif character in "\t\n":
                fonts = 0
                yield character, False
            elif self.plain or _REVERSING.match(character):
                yield character, not _SIMPLE.fullmatch(character)
            elif invisible:
                yield character, False
            else:
                fonts = fonts & own if mark else own
                yield character, not fonts


def is_joined(character: str) -> bool:
    """Return whether a character is drawn with the one before it."""
    return unicodedata.category(character).startswith("M") or "\U0001f3fb" <= character <= "\U0001f3ff"


def direction_of(text: str) -> str:
    """Return `rtl` or `ltr`, the direction of a text.

    The first letter decides.
    """
    kinds = (unicodedata.bidirectional(character) for character in text)
    return "rtl" if next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def find_font_folders() -> list[str]:
    """Return the folders of the fonts."""
    found = [find_spec(name) for name in PACKAGES]
    return [str(Path(spec.origin).parent) for spec in found if spec is not None and spec.origin is not None]


@cache
def read_coverage() -> Mapping[int, int]:
    """Return code point -> the fonts that draw it, a bit each."""
    from fontTools.ttLib import TTFont

    found: dict[int, int] = {}
    paths = sorted(path for folder in find_font_folders() for path in Path(folder).glob("*.[ot]t[fc]*"))
    for number, path in enumerate(p for p in paths if "Italic" not in p.name):
        with TTFont(path, fontNumber=0, lazy=True) as font:
            for code in font.getBestCmap() or {}:
                found[code] = found.get(code, 0) | 1 << number
    math = (code for code in LETTERS_OF_MATHEMATICS if unicodedata.category(chr(code)) != "Cn")
    return found | {code: found.get(code, 0) | 1 << len(paths) for code in math}


def _split_words(line: str) -> list[str]:
    """Cut a line within long words.

    Never before a character that is drawn with the one before it.
    """
    pieces, start = [], 0
    for word in _LONG_WORD.finditer(line):
        end = word.start() + LONGEST_WORD
        while end < word.end():
            if not (is_joined(line[end]) or _INVISIBLE.match(line[end]) or line[end - 1] in _JOINERS):
                pieces.append(line[start:end])
                start, end = end, end + LONGEST_WORD
            else:
                end += 1
    return [*pieces, line[start:]]
