"""What an entry of a feed is called that has no guid of its own: a hash of its link, date and title, or of
all that it says.

Two entries of one answer may have the same link, date and title (alerts of one minute, on one page). The
first is called by these, each other one by all that it says, so that none is taken for another. What an entry
is called must not move with those around it, which the answer alone does not tell: `apart` names those that
the archive has by all that they say, or that have come above one that it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from recordroom.canonical import encode_canonical, sha256
from recordroom.platforms.feed.elements import READ

NAMING = READ - {"subtitle", "subtitle_detail"}  # which are read since some were named without them
Names = tuple[str, str]  # a hash of link, date and title; one of all that the entry says


def names_of(entry: Mapping[str, Any], read: Iterable[str]) -> Names:
    """`read`: the parts of an entry that say something."""
    place = [entry.get("link") or "", entry.get("published") or "", entry.get("title") or ""]
    said = [[name, entry[name]] for name in sorted(read) if name in entry]
    return sha256(encode_canonical(place))[:32], sha256(encode_canonical([*place, said]))[:32]


def unnamed(entries: list[dict[str, Any]]) -> list[Names | None]:
    """What each could be called that has no guid, or one that another has too."""
    guids = Counter(entry.get("id") for entry in entries)
    return [
        names_of(entry, NAMING) if not entry.get("id") or guids[entry["id"]] > 1 else None
        for entry in entries
    ]


def chosen(names: Sequence[Names | None], apart: Iterable[str]) -> list[str]:
    """What each is called; "" where it has a guid of its own."""
    alone, first = frozenset(apart), dict[str, str]()
    for place, whole in filter(None, names):
        if whole not in alone:
            first.setdefault(place, whole)
    return [(one[0] if first.get(one[0]) == one[1] else one[1]) if one else "" for one in names]


def apart(names: Sequence[Names | None], holds: Callable[[str], bool]) -> list[str]:
    """Of entries in the order in which a feed shows them, newest first, those that are to be called by all
    that they say.
    """
    alone = [whole for _, whole in filter(None, names) if holds(whole)]
    below = dict[str, str]()
    for place, whole in filter(None, reversed(names)):
        if whole not in alone and below.setdefault(place, whole) != whole and holds(place):
            alone.append(whole)
    return list(dict.fromkeys(alone))
