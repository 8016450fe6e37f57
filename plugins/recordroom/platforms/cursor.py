"""The rest of a crawl, as the JSON that the manifest of a segment stores.

The next run of a first capture (`history`) continues from there; other windows start again. Another version
of recordroom may have written that cursor. A field that this version does not know is kept, and written back.
A cursor that cannot be interpreted raises UnreadableCursor; the core then reads the list from its start, and
reports it (capture/windows.py).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from recordroom.text import replace_surrogates

Two = Annotated[list[str], Field(min_length=2, max_length=2)]
Three = Annotated[list[str], Field(min_length=3, max_length=3)]
Four = Annotated[list[str], Field(min_length=4, max_length=4)]
Five = Annotated[list[str], Field(min_length=5, max_length=5)]


def one_of(*words: str) -> Any:
    """Return the type of a field that has one of these values; a crawl cannot continue with any other."""
    return Field(pattern=rf"^({'|'.join(words)})$")


class UnreadableCursor(ValueError):
    """A cursor that this version of recordroom cannot interpret. The message has the field, not its value."""


@dataclass
class CursorPart:
    """A part of a cursor.

    Its fields are JSON values or parts. Each has a default, because the cursor of an older version may not
    have the field.
    """

    # fields that the first versions do not know and refuse; each is left out while it is None
    later: ClassVar[frozenset[str]] = frozenset()

    unknown: dict[str, Any] = field(default_factory=dict, kw_only=True)  # fields of other versions


@dataclass
class StoredCursor(CursorPart):
    """A complete cursor."""

    @classmethod
    def read(cls, cursor: str) -> Self:
        """Return what a stored cursor says. Raises UnreadableCursor."""
        try:
            told = json.loads(cursor)
        except ValueError as problem:
            raise UnreadableCursor("it is not JSON") from problem
        return _read(cls, told, "")

    @property
    def cursor(self) -> str:
        """The cursor as JSON."""
        return json.dumps(_told(self), separators=(",", ":"))


_P = TypeVar("_P", bound=CursorPart)
_Kind = type[CursorPart] | TypeAdapter[Any]


def _read(part: type[_P], told: Any, place: str) -> _P:
    """Build a part from its JSON.

    place: where it is in the cursor, for messages.
    """
    if not isinstance(told, dict):
        raise UnreadableCursor(f"{place or 'it'} is not an object")
    known: Mapping[str, _Kind] = _types(part)
    values: dict[str, Any] = {}
    for name in known.keys() & told.keys():
        values[name] = _value(known[name], told[name], f"{place}{name}")
    try:
        return part(**values, unknown={name: value for name, value in told.items() if name not in known})
    except TypeError as problem:
        raise UnreadableCursor(f"{place or 'it'} has not all fields") from problem


def _value(kind: _Kind, told: Any, place: str) -> Any:
    if isinstance(kind, type):
        return _read(kind, told, f"{place}.")
    try:
        # A value may be a text of the platform with half of an emoji; pydantic reads UTF-8 only.
        return kind.validate_json(replace_surrogates(json.dumps(told, ensure_ascii=False)), strict=True)
    except ValidationError as problem:
        raise UnreadableCursor(f"{place} has a value that is not allowed") from problem


def _types(part: type[CursorPart]) -> dict[str, _Kind]:
    """Return how each field is read."""
    hints = get_type_hints(part, include_extras=True)
    kinds = {one.name: hints[one.name] for one in fields(part) if one.name != "unknown"}
    return {
        name: kind if isinstance(kind, type) and issubclass(kind, CursorPart) else TypeAdapter(kind)
        for name, kind in kinds.items()
    }


def _told(part: CursorPart) -> dict[str, Any]:
    values = {one.name: getattr(part, one.name) for one in fields(part) if one.name != "unknown"}
    values = {name: value for name, value in values.items() if value is not None or name not in part.later}
    return {
        name: _told(value) if isinstance(value, CursorPart) else value for name, value in values.items()
    } | part.unknown
