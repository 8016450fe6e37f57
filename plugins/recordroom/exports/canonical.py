"""Canonical form 1 (model.py) as expressions of DuckDB's SQL, so that a million rows are re-hashed column by column.

The one definition stays in model.py: what these expressions say equals it byte for byte but for the letters in escapes of nine
control characters (`\\u001F` for `\\u001f`). A hash that agrees is a proof, since it is the hash of canonical content; one that does
not is worked out again by model.py before anything is called tampered (rows.py, proof.py). tests/exports compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable

from recordroom.model import Field, parts_of, record_fields


def member(name: str, value: str, there: str) -> str:
    """`"name":value`, or NULL unless `there` IS NOT NULL: null keys are left out."""
    return f"""CASE WHEN {there} IS NOT NULL THEN concat('"{name}":', {value}) END"""


def members(parts: Iterable[tuple[str, str]]) -> str:
    """A JSON object of (name, expression of the member or NULL), sorted by name."""
    return "concat('{', concat_ws(',', " + ", ".join(sql for _, sql in sorted(parts)) + "), '}')"


def significant() -> str:
    """The content that `version` is the hash of: links, media identities with type and alternative text, text, title, ..."""
    item = members(
        [
            ("alt_text", member("alt_text", text("m.alt_text"), "m.alt_text")),
            ("identity", member("identity", text("m.identity"), "m.identity")),
            ("type", member("type", text("m.type"), "m.type")),
        ]
    )
    parts = [(name, member(name, text(name), name)) for name in ("author_id", "text", "title", "visibility")]
    parts.append(("links", "concat('\"links\":', coalesce(to_json(links)::VARCHAR, '[]'))"))
    parts.append(("media", f"concat('\"media\":', coalesce({array('media', item)}, '[]'))"))
    return members(parts)


def row(more: Iterable[tuple[str, str]] = (), media: Iterable[tuple[str, str]] = ()) -> str:
    """A whole row. `more`: further members; `media`: further members of each file, of which `m` is the file and `i` its place."""
    fields = [(f.name, member(f.name, _value(f, tuple(media)), f.name)) for f in record_fields() if not f.derived]
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


def _value(f: Field, media: tuple[tuple[str, str], ...]) -> str:
    if f.type == "media":
        parts = [(p.name, member(p.name, _plain(p, f"m.{p.name}"), f"m.{p.name}")) for p in parts_of("media")]
        return array(f.name, members([*parts, *media]))
    if f.type == "counts":
        return members((p.name, member(p.name, _plain(p, f"counts.{p.name}"), f"counts.{p.name}")) for p in parts_of("counts"))
    return _plain(f, f.name)


def _plain(f: Field, value: str) -> str:
    if f.type in ("integer", "boolean"):
        return f"{value}::VARCHAR"
    if f.type == "instant":
        return f"'\"' || {instant(value)} || '\"'"
    return text(value)  # keyword, text, keywords
