"""The descriptions of a feed's entries, of which feedparser keeps two at most, or one beside a content: of an entry with a content, a
description and a summary (most podcasts' have all three), or with several pictures that have captions, one takes the place of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

_ENTRIES = frozenset({"item", "entry"})
_DESCRIBED = _ENTRIES | {"content", "group"}  # an entry, or its files (https://www.rssboard.org/media-rss)
_WORDS = frozenset({"description", "summary"})
_CONTENTS = frozenset({"content", "encoded"})
_KEPT = 2  # by feedparser


def descriptions(feed: str, number: int) -> list[list[str]]:
    """Of each of so many entries, what its descriptions, summaries and captions say, where they are more than feedparser keeps; [] where
    they are not, or where that cannot be told. What holds elements (XHTML of Atom) is left to feedparser."""
    found, beside, path, text = list[list[str]](), list[int](), list[str](), list[str]()
    plain = False  # nothing but text has come since the last element began

    def begins(name: str, _: Mapping[str, str]) -> None:
        nonlocal plain
        path.append(name.rpartition(":")[2].lower())
        if path[-1] in _ENTRIES:
            found.append([])
            beside.append(0)
        text.clear()
        plain = True

    def ends(name: str) -> None:
        nonlocal plain
        local, above, words = path.pop(), path[-1] if path else "", "".join(text).strip()
        if found and local in _WORDS and above in _DESCRIBED and plain:
            found[-1] += [words] if words else []
        elif found and ((local in _WORDS and above in _DESCRIBED) or (local in _CONTENTS and above in _ENTRIES)):
            beside[-1] += name != "media:content"
        plain = False

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begins, ends, text.append
    try:
        parser.Parse(feed, True)  # as text: whatever encoding it declares, it came in the one that the server says
    except expat.ExpatError:  # of what is no XML
        return []
    more = [words if len(words) + others > _KEPT else [] for words, others in zip(found, beside, strict=True)]
    return more if len(found) == number else []
