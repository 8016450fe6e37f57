"""The columns of a spreadsheet export, for a paralegal.

Headings and order are those of schemas/record.yaml; each column is an SQL expression.
The first columns say where a row belongs (document, conversation, parent, which of how many versions), and
who published what and when; all other fields follow. An instant is two columns, Pacific and UTC, each with
its offset. A list has one value a line (line breaks in a value are shown as `␊` and `␍`), and the columns of
media agree line by line. CSV and XLSX have the same columns in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recordroom.exports.formats.cells import BREAKS, quote_literal
from recordroom.exports.sql import utc_timestamp
from recordroom.model import Field, parts_of, record_fields
from recordroom.records.changes import COMPLETED, LATE_FILES
from recordroom.retention.derivation import FIELDS

RELEASE = "NOT REVIEWED FOR RELEASE"
TEXT, LIST, PLAIN, NUMBER = "text", "list", "plain", "number"
NOTHING = "(none)"  # in a list of media, where a file does not have a value that its neighbors have
# of a file under quarantine: every reader learns this of it, and nothing more
HELD_BACK = "not included in this export"
_FILES_ADDED = "files that were missing before are in the archive now"
_COMPLETED = "the platform gave only a part before, and now the rest"
INCLUDED_AS = "CASE WHEN context THEN 'context' ELSE 'found' END"

_FIRST = (
    "record_id", "sequence", "root_id", "parent_id", "kind", "account", "accounts", "author_name",
    "author_handle", "published_at", "title", "text", "url", "status", "acted_by", "status_reason", "media",
)  # fmt: skip
_MEDIA = {
    "Media paths": "CASE WHEN m.sha256 IS NOT NULL AND held_back[i] IS NOT TRUE"
    " THEN concat('media/sha256/', m.sha256[:2], '/', m.sha256) END",
    "Media SHA-256": "m.sha256", "Media types": "m.type", "Media bytes": "m.bytes::VARCHAR",
    "Media descriptions": "m.alt_text",
    "Media missing because": f"CASE WHEN held_back[i] THEN '{HELD_BACK}' ELSE m.missing_reason END",
}  # fmt: skip


NEVER = ("on_hold",)  # fields that no export has: who reads it may not know of a hold
_OURS = (  # values that we make: no spreadsheet computes or converts them
    "kind", "platform", "status", "acted_by", "valid_from_source", "changed", "capture_id", "warc_record_id",
    *FIELDS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    heading: str
    sql: str  # null: an empty cell
    # TEXT, and each line of a LIST, may be anything that people write; PLAIN is made here; NUMBER is whole.
    kind: str


def list_columns() -> tuple[Column, ...]:
    """Return the columns of a table of records, in order."""
    fields = {f.name: f for f in record_fields()}
    order = [*_FIRST, *(name for name in fields if name not in (*_FIRST, *NEVER))]
    found = [
        Column("release_status", quote_literal(RELEASE), PLAIN),
        Column("Included as", INCLUDED_AS, PLAIN),
    ]
    for name in order:
        found.extend([_ACCOUNTS] if name == "accounts" else _columns_of(fields[name], name))
    return tuple(found)


def _columns_of(f: Field, value: str) -> Iterator[Column]:
    if f.name == "sequence":
        yield Column(f"{f.label} (n of m)", "concat(sequence, ' of ', sequences)", PLAIN)
    elif f.name == "changed":
        added = f"WHEN '{LATE_FILES}' THEN '{_FILES_ADDED}'"
        words = f"CASE c {added} WHEN '{COMPLETED}' THEN '{_COMPLETED}' ELSE c END"
        yield Column(f.label, _lines(f"list_transform({value}, lambda c: {words})"), PLAIN)
    elif f.type == "instant":
        yield Column(f"{f.label} (Pacific)", _local_time(value, "America/Los_Angeles"), PLAIN)
        yield Column(f"{f.label} (UTC)", f"{utc_timestamp(value)}::VARCHAR || '+00:00'", PLAIN)
    elif f.type == "media":
        for heading, sql in _MEDIA.items():
            yield Column(
                heading, _lines(f"list_transform(media, lambda m, i: coalesce({sql}, '{NOTHING}'))"), LIST
            )
    elif f.type == "counts":
        for part in parts_of("counts"):
            yield Column(f"Count of {part.name}", f"counts.{part.name}", NUMBER)
    else:
        sql, kind = _single_column(f.type, value)
        yield Column(f.label, sql, PLAIN if f.name in _OURS else kind)


def _lines(values: str) -> str:
    """Return the SQL of a list with a value a line; null where there is none."""
    one_line = f"list_transform({values}, lambda v: translate(v, chr(10) || chr(13), '{BREAKS}'))"
    return f"CASE WHEN len({values}) > 0 THEN array_to_string({one_line}, chr(10)) END"


def _single_column(type_: str, value: str) -> tuple[str, str]:
    """Return (SQL, kind) of a field that is one column."""
    if type_ == "integer":
        return value, NUMBER
    if type_ == "date":
        return f"{value}::VARCHAR", PLAIN
    if type_ == "boolean":
        return f"CASE {value} WHEN true THEN 'yes' WHEN false THEN 'no' END", PLAIN
    if type_ == "keywords":
        return _lines(value), LIST
    return value, TEXT


def _local_time(value: str, zone: str) -> str:
    """Return the SQL of `2026-11-24 00:00:00-08:00`.

    It is UTC before the zone's calendar begins.
    The offsets of today are written out, since `format` takes several times as long.
    """
    local = f"({value} AT TIME ZONE '{zone}')"
    minutes = f"date_diff('minute', {utc_timestamp(value)}, {local})"
    sign = f"CASE WHEN {minutes} < 0 THEN '-' ELSE '+' END"
    other = f"format('{{}}{{:02d}}:{{:02d}}', {sign}, abs({minutes}) // 60, abs({minutes}) % 60)"
    local_text = (
        f"{local}::VARCHAR || CASE {minutes} WHEN -480 THEN '-08:00' WHEN -420 THEN '-07:00' ELSE {other} END"
    )
    early = f"{local} < TIMESTAMP '0001-01-01'"
    return f"CASE WHEN {early} THEN {utc_timestamp(value)}::VARCHAR || '+00:00' ELSE {local_text} END"


_ACCOUNTS = Column("In accounts", _lines("coalesce(accounts, [account])"), LIST)
