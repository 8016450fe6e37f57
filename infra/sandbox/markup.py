"""Split the plain text of a post into text, links, hashtags, and mentions.

"See https://a.test #snow @ana" -> [text "See ", link "https://a.test", text " ", tag "snow", text " ",
mention "ana"]
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PATTERN = re.compile(
    r"(?P<link>https?://[^\s<>\"]*[^\s<>\".,;:!?)])"
    r"|(?<!\w)#(?P<tag>\w*[^\W\d]\w*)"
    r"|(?<![\w/])@(?P<mention>[\w-]+(?:[@.][\w.-]*\w)?)"
)


@dataclass(frozen=True)
class Piece:
    """A part of a text."""

    kind: str  # text, link, tag, mention
    value: str  # without # and @
    start: int
    end: int


def pieces(text: str) -> Iterator[Piece]:
    """Yield the parts of a text in their order."""
    at = 0
    for match in PATTERN.finditer(text):
        if match.start() > at:
            yield Piece("text", text[at : match.start()], at, match.start())
        kind = str(match.lastgroup)
        yield Piece(kind, match[kind], match.start(), match.end())
        at = match.end()
    if at < len(text):
        yield Piece("text", text[at:], at, len(text))


def values(text: str, kind: str) -> list[str]:
    """Return all links, tags, or mentions of a text, each once, in their order."""
    return list(dict.fromkeys(piece.value for piece in pieces(text) if piece.kind == kind))
