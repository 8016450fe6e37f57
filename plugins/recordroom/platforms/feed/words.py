"""The descriptions of a feed's entries, of which feedparser keeps two at most, or one beside a content: of an
entry with a content, a description and a summary (most podcasts' have all three), or with several pictures
that have captions, one takes the place of another. Nor does it tell what an entry says from what is said of
its files: the caption of a picture (Mastodon) takes the place of its content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

_ENTRIES = frozenset({"item", "entry"})
_DESCRIBED = _ENTRIES | {"content", "group"}  # an entry, or its files (https://www.rssboard.org/media-rss)
_WORDS = frozenset({"description", "summary"})
_CONTENTS = frozenset({"content", "encoded"})
_KEPT = 2  # by feedparser


@dataclass(slots=True)
class Described:
    """Of one entry, in the order of the feed: `own`: what its descriptions and summaries say; `captions`:
    those of its files; `beside`: how many more have words, of which feedparser keeps some too."""

    own: list[str] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    beside: int = 0

    @property
    def dropped(self) -> list[str]:
        """All of them where feedparser may have dropped some."""
        all_words = [*self.own, *self.captions]
        return all_words if len(all_words) + self.beside > _KEPT else []

    def is_caption(self, words: str) -> bool:
        """Whether only a file of the entry says it."""
        return words in self.captions and words not in self.own


def descriptions(feed: str, number: int) -> list[Described]:
    """Of each of so many entries; [] where that cannot be told. What holds elements (XHTML of Atom) is left
    to feedparser.
    """
    found, path, text = list[Described](), list[str](), list[str]()
    plain = False  # nothing but text has come since the last element began

    def begins(name: str, _: Mapping[str, str]) -> None:
        nonlocal plain
        path.append(name.rpartition(":")[2].lower())
        if path[-1] in _ENTRIES:
            found.append(Described())
        text.clear()
        plain = True

    def ends(name: str) -> None:
        nonlocal plain
        local, above, words = path.pop(), path[-1] if path else "", "".join(text).strip()
        if found and local in _WORDS and above in _DESCRIBED and plain:
            said = found[-1].own if above in _ENTRIES else found[-1].captions
            said += [words] if words else []
        elif found and (
            (local in _WORDS and above in _DESCRIBED) or (local in _CONTENTS and above in _ENTRIES)
        ):
            found[-1].beside += name != "media:content"
        plain = False

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = (
        begins,
        ends,
        text.append,
    )
    try:
        parser.Parse(
            feed, True
        )  # as text: whatever encoding it declares, it came in the one that the server says
    except expat.ExpatError:  # of what is no XML
        return []
    return found if len(found) == number else []
