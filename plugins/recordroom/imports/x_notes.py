"""The whole texts of long posts in an X archive (note-tweet.js): under no id of a post, each is found by its time and its first words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from operator import itemgetter
from typing import Any

from recordroom.imports import Reject
from recordroom.imports.cutting import Item, elements
from recordroom.imports.files import Files
from recordroom.model import loads, repair

NOTES = re.compile(r"(?:^|/)(?:deleted-)?note-tweet(?:-part\d+)?\.js$")
_SECONDS = 10  # by which the times of a long post and of its whole text may differ
_CUT = re.compile(r"…\s*(?:https://t\.co/\w+)?\s*$")  # how a text ends that goes on elsewhere
_LEAST, _START = 40, 50  # characters: no text is cut before so many, and by so many it is known again
_LONG = 250  # what is shorter, and does not say that it is cut, is the whole


_NAMED = {"links": {"urls": "expandedUrl"}, "mentions": {"mentions": "screenName"}, "tags": {"hashtags": "text", "cashtags": "text"}}


@dataclass(slots=True)
class Note:
    """`named`: field of a record -> what the whole text links to, and whom and what it names."""

    place: str
    text: str
    named: dict[str, list[str]]
    taken: bool = False

    @property
    def start(self) -> str:
        return " ".join(unescape(self.text).split())


class Notes:
    """The whole texts of long posts, by their second."""

    def __init__(self, files: Files) -> None:
        self._at: dict[int, list[Note]] = {}
        self._rejects: list[Reject] = []
        for name in filter(NOTES.search, files.names()):
            with files.open(name) as file:
                for item in elements(file, None, name):
                    if isinstance(item, Reject):
                        self._rejects.append(item)
                    else:
                        self._add(item, f"item {item.number} of {name}")

    def _add(self, item: Item, place: str) -> None:
        try:
            note = loads(item.raw)["noteTweet"]
            at, text = datetime.fromisoformat(note["createdAt"]), repair(note["core"]["text"])
            self._at.setdefault(int(at.timestamp()), []).append(Note(place, text, _named(note["core"])))
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            self._rejects.append(Reject(place, f"it is no text of a long post ({type(problem).__name__}: {problem})"))

    def whole(self, tweet: Mapping[str, Any]) -> Note | None:
        """The whole of a post that begins as a note of its time does, where it is one that was cut."""
        text, at = " ".join(unescape(str(tweet.get("full_text"))).split()), _second(tweet.get("created_at"))
        start = _CUT.sub("", text)
        if at is None or len(start) < _LEAST or (start == text and len(text) < _LONG):
            return None
        near = (
            (note.start.startswith(start), -abs(second - at), not note.taken, note)
            for second in range(at - _SECONDS, at + _SECONDS + 1)
            for note in self._at.get(second, ())
            if note.start[:_START] == start[:_START] or note.start.startswith(start)
        )
        *_, best = max(near, key=itemgetter(0, 1, 2), default=(None,))
        if best is None:
            return None
        best.taken = True
        return best

    def left(self) -> Iterator[Reject]:
        yield from self._rejects
        notes = (note for second in self._at.values() for note in second if not note.taken)
        yield from (Reject(note.place, "a text of which no post at its time is the beginning") for note in notes)


def _named(core: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        field: [repair(one[name]) for part, name in parts.items() for one in core.get(part) or () if isinstance(one.get(name), str)]
        for field, parts in _NAMED.items()
    }


def _second(created: Any) -> int | None:
    try:
        return int(created_at(str(created)).timestamp())
    except ValueError:
        return None


def created_at(text: str) -> datetime:
    """`Fri Nov 18 03:03:12 +0000 2022`."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC)
