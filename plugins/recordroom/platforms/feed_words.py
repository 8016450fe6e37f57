"""The descriptions of a feed's entries, of which feedparser keeps one: of an entry with a content, a description and a summary (most
podcasts' have all three) the one that comes last takes the place of the other."""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

_WORDS = frozenset({"description", "summary"})


def descriptions(body: bytes, number: int) -> list[list[str]]:
    """Of each of so many entries, what its description and its summaries say, where it may have several beside a content; [] where none
    does, or where that cannot be told."""
    if not (b"encoded" in body and b"description" in body and b"summary" in body):
        return []
    found, path, text = list[list[str]](), list[str](), list[str]()

    def begins(name: str, _: Mapping[str, str]) -> None:
        path.append(name.rpartition(":")[2].lower())
        if path[-1] == "item":
            found.append([])
        text.clear()

    def ends(_: str) -> None:
        name = path.pop()
        if name in _WORDS and path[-1:] == ["item"] and (words := "".join(text).strip()):
            found[-1].append(words)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begins, ends, text.append
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):  # of what is no XML
        return []
    return found if len(found) == number else []
