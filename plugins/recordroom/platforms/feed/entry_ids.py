"""IDs of entries without a guid of their own.

Such an entry is identified by a hash of its link, date, and title, or of its complete text.

Two entries of one response may have the same link, date, and title (alerts of one minute, on one page). The
first one gets the hash of these, each other one that of its complete text, so that none is taken for another.
An entry's ID must not change with the entries around it, which the response alone does not show: `find_apart`
lists the entries that the archive holds by their complete text, or that have come above one that it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from recordroom.canonical import encode_canonical, sha256
from recordroom.platforms.feed.schema import ENTRY_READ

# The subtitles are not part of an ID: IDs were given before these were read.
_HASHED = ENTRY_READ - {"subtitle", "subtitle_detail"}
EntryIds = tuple[str, str]  # a hash of link, date, and title; a hash of the complete text


def ids_without_guid(entries: list[dict[str, Any]]) -> list[EntryIds | None]:
    """Return the possible IDs of each entry; None where its guid is its own."""
    guids = Counter(entry.get("id") for entry in entries)
    return [
        _hash_entry(entry) if not entry.get("id") or guids[entry["id"]] > 1 else None for entry in entries
    ]


def _hash_entry(entry: Mapping[str, Any]) -> EntryIds:
    place = [entry.get("link") or "", entry.get("published") or "", entry.get("title") or ""]
    text = [[name, entry[name]] for name in sorted(_HASHED) if name in entry]
    return sha256(encode_canonical(place))[:32], sha256(encode_canonical([*place, text]))[:32]


def choose_ids(ids: Sequence[EntryIds | None], apart: Iterable[str]) -> list[str]:
    """Choose the ID of each entry; "" where its guid is its own.

    apart: the hashes of complete texts that are used (see `find_apart`).
    """
    by_text, first = frozenset(apart), dict[str, str]()
    for place, text in filter(None, ids):
        if text not in by_text:
            first.setdefault(place, text)
    return [(one[0] if first.get(one[0]) == one[1] else one[1]) if one else "" for one in ids]


def find_apart(ids: Sequence[EntryIds | None], holds: Callable[[str], bool]) -> list[str]:
    """Return the hashes of the entries that are identified by their complete text.

    ids: in the order in which a feed shows the entries, newest first.
    holds: whether the archive holds an entry with this ID.
    """
    by_text = [text for _, text in filter(None, ids) if holds(text)]
    below = dict[str, str]()
    for place, text in filter(None, reversed(ids)):
        if text not in by_text and below.setdefault(place, text) != text and holds(place):
            by_text.append(text)
    return list(dict.fromkeys(by_text))
