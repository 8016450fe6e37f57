"""The rows of Parquet that a commit writes: each a function of a delta, the parsed record and the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property, lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from recordroom.capture.changes import Change
from recordroom.model import LARGEST_NUMBER, Media, Record, moment, record_fields


@dataclass(frozen=True)
class Commit:
    """The entry of the ledger that commits a segment: its number, its time, its manifest; and the parser that reads its content."""

    number: int
    time: datetime
    manifest: Mapping[str, Any]
    parser: str

    @cached_property
    def columns(self) -> dict[str, Any]:
        """All columns of a row, those filled in that are the same in each row of this entry."""
        told = {name: self.manifest[name] for name in ("agency", "account", "platform", "capture_id")}
        told |= {"parser": self.parser, "ledger_number": self.number, "committed_at": self.time}
        return {f.name: told.get(f.name) for f in record_fields() if not f.derived}


def row_of(change: Change, commit: Commit) -> dict[str, Any]:
    """The row of Parquet: the record's own words, and what the manifest says of them."""
    delta, record = change.delta, change.record
    files, late = delta.get("media", {}), "late" in delta
    row = commit.columns.copy()
    row.update(zip(_RECORD_FIELDS, _record_values(record), strict=True))
    row.update(zip(_DELTA_FIELDS, _delta_values(delta), strict=True))
    row.update(zip(_MAYBE_FIELDS, map(delta.get, _MAYBE_FIELDS), strict=True))
    row["late_arrival"], row["valid_from"], row["captured_at"] = late, _moment(delta["valid_from"]), _moment(delta["captured_at"])
    row["media"] = [_media_row(m, files.get(m.identity)) for m in record.media]
    if record.counts and not late and "content" not in delta:  # else they are of another time than the row
        row["counts"] = {name: _stored(number) for name, number in record.counts.items()}
        row["counted_at"] = row["captured_at"]
    return row


_moment = lru_cache(maxsize=8192)(moment)  # of equal texts one object: `instant` finds it by its hash, which it makes once
_DELTA_FIELDS = ["sequence", "version", "canon", "changed", "status", "valid_from_source", "warc_record_id", "pointer"]
_MAYBE_FIELDS = ["parent_id", "root_id", "acted_by", "status_reason"]
_MADE_HERE = {"media", "counts", "valid_from", *_DELTA_FIELDS, *_MAYBE_FIELDS}
_NEVER_STORED = {"historical", "partial", "tally", "counts_replies", "more_files", "leftover", "status_at"}
_RECORD_FIELDS = [f.name for f in fields(Record) if f.name not in _MADE_HERE | _NEVER_STORED]
_MEDIA_FIELDS = [f.name for f in fields(Media) if f.name not in ("url", "with_token")]
_MEDIA_NUMBERS = ("width", "height", "duration", "bytes")
_record_values, _delta_values, _media_values = attrgetter(*_RECORD_FIELDS), itemgetter(*_DELTA_FIELDS), attrgetter(*_MEDIA_FIELDS)


def _stored(value: Any) -> Any:
    """None in place of a number that no column can hold. A manifest promises its rows before they are written, and one that never could be
    would stop every later capture of the account; the evidence keeps the number."""
    return None if type(value) is int and abs(value) > LARGEST_NUMBER else value


def _media_row(media: Media, outcome: Mapping[str, Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = dict(zip(_MEDIA_FIELDS, _media_values(media), strict=True))
    for name in _MEDIA_NUMBERS:
        if row[name] is not None:
            row[name] = _stored(row[name])
    return row | {name: value for name, value in outcome.items() if name in row} if outcome else row
