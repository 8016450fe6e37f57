"""Canonical form 1 (model.py) as expressions of DuckDB's SQL, so that a million rows are re-hashed column by column.

The one definition stays in model.py: what these expressions say equals it byte for byte but for the letters in escapes of nine
control characters (`\\u001F` for `\\u001f`). A hash that agrees is a proof, since it is the hash of canonical content; one that does
not is worked out again by model.py before anything is called tampered (rows.py, proof.py). tests/exports compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from recordroom.model import Field, parts_of, record_fields


def text_of(lines: pa.StringArray) -> memoryview:
    """The UTF-8 of all `lines`, of which none is null. It lives as long as they do."""
    _, offsets, data = lines.buffers()
    if data is None or not len(lines):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i" if pa.types.is_string(lines.type) else "q")
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]]


@dataclass(frozen=True, slots=True)
class Member:
    """Of a JSON object: `value` in SQL. It is left out where `there` IS NULL, since null keys are left out; `there` None: it never is."""

    name: str
    value: str
    there: str | None

    def pieces(self, before: str = "", after: str = "") -> list[str]:
        found = [f"""'{before}"{self.name}":'""", self.value, *([f"'{after}'"] if after else [])]
        return (
            [f"CASE WHEN {self.there} IS NOT NULL THEN {piece} END" for piece in found]
            if self.there
            else found
        )


def members(parts: Iterable[Member]) -> str:
    """A JSON object, its members sorted by name. Beside one that is never left out it is certain where commas stand: then all is one
    concat, since each copy of a long text costs."""
    ordered = sorted(parts, key=lambda m: m.name)
    certain = next((n for n, m in enumerate(ordered) if m.there is None), None)
    if certain is None:
        told = (
            f"CASE WHEN {m.there} IS NOT NULL THEN concat({', '.join(Member(m.name, m.value, None).pieces())}) END"
            for m in ordered
        )
        return f"concat('{{', concat_ws(',', {', '.join(told)}), '}}')"
    pieces = [
        piece
        for n, m in enumerate(ordered)
        for piece in m.pieces("," if n > certain else "", "," if n < certain else "")
    ]
    return f"concat('{{', {', '.join(pieces)}, '}}')"


def significant() -> str:
    """The content that `version` is the hash of: links, media identities with type and alternative text, text, title, ..."""
    item = members(Member(name, text(f"m.{name}"), f"m.{name}") for name in ("alt_text", "identity", "type"))
    parts = [Member(name, text(name), name) for name in ("author_id", "text", "title", "visibility")]
    parts.append(Member("links", f"coalesce({text('links')}, '[]')", None))
    parts.append(Member("media", f"coalesce({array('media', item)}, '[]')", None))
    return members(parts)


def row(more: Iterable[Member] = (), media: Iterable[Member] = ()) -> str:
    """A whole row, which always names its account. `more`: further members; `media`: further members of each file, of which `m` is the
    file and `i` its place."""
    fields = [
        Member(f.name, _value(f, tuple(media)), None if f.name == "account" else f.name)
        for f in record_fields()
        if not f.derived
    ]
    return members([*fields, *more])


def text(value: str) -> str:
    return f"to_json({value})::VARCHAR"


def utc(value: str) -> str:
    """The timestamp without zone of one with; AT TIME ZONE asks a library of calendars for each value."""
    return f"make_timestamp(epoch_us({value}))"


def instant(value: str) -> str:
    """`2026-11-24T08:00:00.000000Z` of a timestamp with time zone."""
    return f"strftime({utc(value)}, '%Y-%m-%dT%H:%M:%S.%fZ')"


def array(values: str, item: str) -> str:
    """A JSON list of structures; `item` is the expression of one, `m`, at place `i`."""
    return f"'[' || array_to_string(list_transform({values}, lambda m, i: {item}), ',') || ']'"


def _value(f: Field, media: tuple[Member, ...]) -> str:
    if f.type == "media":
        return array(f.name, members([*_parts("media", "m"), *media]))
    return members(_parts("counts", f.name)) if f.type == "counts" else _plain(f, f.name)


def _parts(whole: str, value: str) -> list[Member]:
    return [Member(p.name, _plain(p, f"{value}.{p.name}"), f"{value}.{p.name}") for p in parts_of(whole)]


def _plain(f: Field, value: str) -> str:
    if f.type in ("integer", "boolean"):
        return f"{value}::VARCHAR"
    if f.type == "instant":
        return f"'\"' || {instant(value)} || '\"'"
    return text(value)  # keyword, text, keywords
