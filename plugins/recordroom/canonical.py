"""The one canonical form in which content is hashed, and versions of records.

Canonical form 1 (docs/reference/archive-format.md) is JSON with sorted keys, no white space, and UTF-8
unescaped. Null keys are left out; empty strings and lists are kept. There is no Unicode normalization.
Instants are written as `2026-11-24T08:00:00.000000Z`; numbers are integers, never floats.

It equals `json.dumps(x, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()`. Tests prove
that for orjson, which writes content, and for msgspec, which writes rows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
import orjson

from recordroom.model import Record, instant, record_fields

CANONICAL_FORM = 1


def encode_canonical(value: Any) -> bytes:
    """Return canonical form 1 of a value.

    It is made of dicts, lists, str, int, bool, and None. The caller leaves out keys that are null.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # an integer of more than 64 bits
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data: bytes) -> str:
    """Return the hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


SIGNIFICANT = ("text", "title", "links", "media", "author_id", "visibility")


def select_significant(record: Record | Mapping[str, Any]) -> dict[str, Any]:
    """Return the content whose change makes a new version.

    record: parsed, or a row.
    """
    if isinstance(record, Record):
        media: Iterable[tuple[str, str, str | None]] = (
            (m.identity, m.type, m.alt_text) for m in record.media
        )
        get = record.__getattribute__
    else:
        media = ((m["identity"], m["type"], m["alt_text"]) for m in record["media"] or ())
        get = record.__getitem__
    content: dict[str, Any] = {
        "links": get("links") or [],
        "media": [
            {"identity": i, "type": t} if alt is None else {"alt_text": alt, "identity": i, "type": t}
            for i, t, alt in media
        ],
    }
    for name in ("text", "title", "author_id", "visibility"):
        value = get(name)
        if value is not None:
            content[name] = value
    return content


def version_of(record: Record | Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of the significant content in canonical form."""
    return hashlib.sha256(encode_canonical(select_significant(record))).hexdigest()


def encode_row(row: Mapping[str, Any]) -> bytes:
    """Return the canonical form of a row of Parquet, which has all columns.

    Instants become text; null keys are left out at every depth.
    """
    form = _make_row_form()
    values = list(form.values_of(row))
    for place in form.instants:
        if values[place] is not None:
            values[place] = instant(values[place])
    if counts := values[form.counts]:
        values[form.counts] = _drop_nulls(counts)
    if media := values[form.media]:
        values[form.media] = [_drop_nulls(item) for item in media]
    return form.encode(form.line(*values))


@dataclass(frozen=True, slots=True)
class _RowForm:
    """How to write a row quickly.

    A structure has the columns in the order of their names.
    """

    values_of: Callable[[Mapping[str, Any]], tuple[Any, ...]]  # of a row, in that order
    instants: tuple[int, ...]  # places of the columns that are instants
    counts: int  # place of that column
    media: int  # place of that column
    line: Callable[..., msgspec.Struct]  # makes the structure, which leaves out what is null
    encode: Callable[[msgspec.Struct], bytes]  # writes the structure as canonical JSON


@cache
def _make_row_form() -> _RowForm:
    types = {f.name: f.type for f in record_fields() if not f.derived}
    names = sorted(types)
    line = msgspec.defstruct("Line", [(name, Any, None) for name in names], omit_defaults=True, gc=False)
    instants = tuple(place for place, name in enumerate(names) if types[name] == "instant")
    encode = msgspec.json.Encoder(order="deterministic").encode
    return _RowForm(itemgetter(*names), instants, names.index("counts"), names.index("media"), line, encode)


def _drop_nulls(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value is not None}
