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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any

import msgspec
import orjson

from recordroom.model import Record, instant, parts_of, record_fields

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
        text, title, links = record.text, record.title, record.links
        author_id, visibility = record.author_id, record.visibility
        media = [_describe_file(file.identity, file.type, file.alt_text) for file in record.media]
    else:
        text, title, links = record["text"], record["title"], record["links"]
        author_id, visibility = record["author_id"], record["visibility"]
        media = [
            _describe_file(file["identity"], file["type"], file["alt_text"]) for file in record["media"] or ()
        ]
    content: dict[str, Any] = {"links": links or [], "media": media}
    if text is not None:
        content["text"] = text
    if title is not None:
        content["title"] = title
    if author_id is not None:
        content["author_id"] = author_id
    if visibility is not None:
        content["visibility"] = visibility
    return content


def _describe_file(identity: str, kind: str, alt_text: str | None) -> dict[str, str]:
    if alt_text is None:
        return {"identity": identity, "type": kind}
    return {"alt_text": alt_text, "identity": identity, "type": kind}


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
        values[form.counts] = form.make_counts(**counts)
    if media := values[form.media]:
        values[form.media] = [form.make_file(*form.file_values_of(file)) for file in media]
    return form.encode(form.make_line(*values))


@dataclass(frozen=True, slots=True)
class _RowForm:
    """How to write a row quickly.

    Structures have their fields in the order of the names, and leave out what is null.
    """

    values_of: Callable[[Mapping[str, Any]], tuple[Any, ...]]  # of a row, in the order of the names
    instants: tuple[int, ...]  # places of the columns that are instants
    counts: int  # place of that column
    media: int  # place of that column
    file_values_of: Callable[[Mapping[str, Any]], tuple[Any, ...]]  # of an item of that column
    make_line: Callable[..., msgspec.Struct]  # of the values of a row
    make_counts: Callable[..., msgspec.Struct]
    make_file: Callable[..., msgspec.Struct]  # of the values of an item of `media`
    encode: Callable[[msgspec.Struct], bytes]  # writes structures as canonical JSON


@cache
def _make_row_form() -> _RowForm:
    types = {f.name: f.type for f in record_fields() if not f.derived}
    names, file_names = sorted(types), sorted(part.name for part in parts_of("media"))
    return _RowForm(
        values_of=itemgetter(*names),
        instants=tuple(place for place, name in enumerate(names) if types[name] == "instant"),
        counts=names.index("counts"),
        media=names.index("media"),
        file_values_of=itemgetter(*file_names),
        make_line=_make_structure("Line", names),
        make_counts=_make_structure("Counts", sorted(part.name for part in parts_of("counts"))),
        make_file=_make_structure("File", file_names),
        encode=msgspec.json.Encoder().encode,
    )


def _make_structure(name: str, fields: list[str]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, [(field, Any, None) for field in fields], omit_defaults=True, gc=False)
