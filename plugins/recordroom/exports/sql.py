"""Canonical form 1 (model.py) as expressions of DuckDB's SQL.

With them a million rows are hashed column by column.
The definition stays in model.py. These expressions equal it byte for byte, except for the letters in escapes
of nine control characters (`\\u001F` for `\\u001f`). A hash that agrees is a proof, since it is the hash of
canonical content. One that does not agree is computed again by model.py before anything is reported as
tampered (rows.py, verification.py). tests/exports/test_sql.py compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyarrow as pa

from recordroom.model import Field, parts_of, record_fields


def bytes_of(lines: pa.StringArray) -> memoryview:
    """Return the UTF-8 of all `lines`; none may be null.

    It is valid as long as they exist.
    """
    _, offsets, data = lines.buffers()
    if data is None or not len(lines):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i" if pa.types.is_string(lines.type) else "q")
    return memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a JSON object."""

    name: str
    value: str  # SQL
    present: str | None  # SQL: where it is null, the member is left out; None: it is always there

    def pieces(self, before: str = "", after: str = "") -> list[str]:
        found = [f"""'{before}"{self.name}":'""", self.value, *([f"'{after}'"] if after else [])]
        return (
            [f"CASE WHEN {self.present} IS NOT NULL THEN {piece} END" for piece in found]
            if self.present
            else found
        )


def json_object(members: Iterable[Member]) -> str:
    """Return the SQL of a JSON object, its members sorted by name.

    If one member is always there, it is known where commas go; all is one concat then, since each copy of a
    long text costs time.
    """
    ordered = sorted(members, key=lambda m: m.name)
    certain = next((n for n, m in enumerate(ordered) if m.present is None), None)
    if certain is None:
        texts = (
            f"CASE WHEN {m.present} IS NOT NULL"
            f" THEN concat({', '.join(replace(m, present=None).pieces())}) END"
            for m in ordered
        )
        return f"concat('{{', concat_ws(',', {', '.join(texts)}), '}}')"
    pieces = [
        piece
        for n, m in enumerate(ordered)
        for piece in m.pieces("," if n > certain else "", "," if n < certain else "")
    ]
    return f"concat('{{', {', '.join(pieces)}, '}}')"


def significant_content() -> str:
    """Return the SQL of the content that `version` is the hash of.

    It has links, media identities with type and alternative text, text, title, author, and visibility.
    """
    item = json_object(
        Member(name, json_text(f"m.{name}"), f"m.{name}") for name in ("alt_text", "identity", "type")
    )
    members = [Member(name, json_text(name), name) for name in ("author_id", "text", "title", "visibility")]
    members.append(Member("links", f"coalesce({json_text('links')}, '[]')", None))
    members.append(Member("media", f"coalesce({json_array('media', item)}, '[]')", None))
    return json_object(members)


def json_row(more: Iterable[Member] = (), media: Iterable[Member] = ()) -> str:
    """Return the SQL of a complete row as JSON.

    more: further members of the row.
    media: further members of each media file, `m`, at place `i`.
    """
    fields = [
        # a row has an account
        Member(f.name, _value(f, tuple(media)), None if f.name == "account" else f.name)
        for f in record_fields()
        if not f.derived
    ]
    return json_object([*fields, *more])


def key_of_record(record_id: str) -> str:
    """Return the SQL of the 128 bits that stand for a record ID in work tables."""
    return f"sha256({record_id})[:32]::UUID"


def json_text(value: str) -> str:
    return f"to_json({value})::VARCHAR"


def utc_timestamp(value: str) -> str:
    """Return the SQL of a timestamp without zone, in UTC.

    AT TIME ZONE asks a calendar library for each value.
    """
    return f"make_timestamp(epoch_us({value}))"


def instant_text(value: str) -> str:
    """Return the SQL of `2026-11-24T08:00:00.000000Z` for a timestamp with time zone."""
    return f"strftime({utc_timestamp(value)}, '%Y-%m-%dT%H:%M:%S.%fZ')"


def json_instant(value: str) -> str:
    return f"'\"' || {instant_text(value)} || '\"'"


def json_array(values: str, item: str) -> str:
    """Return the SQL of a JSON list of structures.

    item: the SQL of one, `m`, at place `i`.
    """
    return f"'[' || array_to_string(list_transform({values}, lambda m, i: {item}), ',') || ']'"


def _value(f: Field, media: tuple[Member, ...]) -> str:
    if f.type == "media":
        return json_array(f.name, json_object([*_parts("media", "m"), *media]))
    return json_object(_parts("counts", f.name)) if f.type == "counts" else _scalar(f, f.name)


def _parts(structure: str, value: str) -> list[Member]:
    return [Member(p.name, _scalar(p, f"{value}.{p.name}"), f"{value}.{p.name}") for p in parts_of(structure)]


def _scalar(f: Field, value: str) -> str:
    if f.type in ("integer", "boolean"):
        return f"{value}::VARCHAR"
    if f.type == "instant":
        return json_instant(value)
    return json_text(value)  # keyword, text, keywords
