"""A feed without entries, of which the archive holds some: what stands in it may be entries under another
name.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from xml.parsers import expat

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record

LISTS = frozenset(("channel", "feed", "rdf"))  # elements of which entries are children
NO_ENTRIES = frozenset(
    ("channel", "image", "textinput")
)  # children of these that have a link or a description, too
OF_ENTRIES = frozenset(
    ("content", "description", "encoded", "guid", "id", "link", "pubdate", "published", "summary", "updated")
)


def must_be_empty(profile: Record, exchange: Exchange) -> None:
    """Of a feed without entries, of which some are held: nothing in it may be entries under another name."""
    if unknown := _like_entries(exchange.body) or profile.leftover:
        words = f"{exchange.url}: no entries, and what nobody knows in their place: {', '.join(unknown)}"
        mend = (
            "If that is what the site calls its entries now, mend the connector, then `recordroom rebuild"
            " records`. Nothing is concluded."
        )
        raise UnexpectedResponse(words, mend, exchange)


def _like_entries(body: bytes) -> list[str]:
    """Names of elements that stand where entries do and hold what only these have."""
    found, above = (
        dict[str, None](),
        list[tuple[str, str]](),
    )  # (an element's name, that without its namespace)

    def begins(name: str, _: Mapping[str, str]) -> None:
        local = name.rpartition(":")[2].lower()
        if (
            len(above) > 1
            and above[-2][1] in LISTS
            and above[-1][1] not in NO_ENTRIES
            and local in OF_ENTRIES
        ):
            found[above[-1][0]] = None
        above.append((name, local))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begins, lambda _: above.pop()
    with suppress(expat.ExpatError, ValueError, LookupError):  # of what is no XML, as far as it is some
        parser.Parse(body, True)
    return list(found)
