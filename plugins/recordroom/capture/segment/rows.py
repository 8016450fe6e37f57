"""The Parquet rows of a commit.

Each is a function of a delta, the parsed record, and the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any

from recordroom.capture.segment.comparison import Change
from recordroom.model import LARGEST_NUMBER, Media, Record, moment, record_fields


@dataclass(frozen=True)
class CommittedEntry:
    """The ledger entry that commits a segment."""

    number: int
    time: datetime
    manifest: Mapping[str, Any]
    parser: str  # full name of the parser that read its content

    @cached_property
    def columns(self) -> dict[str, Any]:
        """All columns of a row, with the values that are the same in each row of the entry."""
        return dict.fromkeys(f.name for f in record_fields() if not f.derived) | {
            "agency": self.manifest["agency"],
            "account": self.manifest["account"],
            "platform": self.manifest["platform"],
            "capture_id": self.manifest["capture_id"],
            "parser": self.parser,
            "ledger_number": self.number,
            "committed_at": self.time,
        }


def row_of(change: Change, commit: CommittedEntry) -> dict[str, Any]:
    """Return a change's row: the record's content and what the manifest says of it."""
    delta, record = change.delta, change.record
    files, late, captured_at = delta.get("media", {}), "late" in delta, _moment(delta["captured_at"])
    parent_id = delta.get("parent_id")
    # Python builds a literal with so many keys in parts, which takes twice as long as filling a copy.
    row = commit.columns.copy()
    _fill_content(row, record)
    row["sequence"] = delta["sequence"]
    row["version"] = delta["version"]
    row["canon"] = delta["canon"]
    row["changed"] = delta["changed"]
    row["late_arrival"] = late
    # a kind follows from the parent
    row["kind"] = record.kind if parent_id == record.parent_id else delta["kind"]
    row["parent_id"] = parent_id
    row["root_id"] = delta.get("root_id")
    row["valid_from"] = _moment(delta["valid_from"])
    row["valid_from_source"] = delta["valid_from_source"]
    row["captured_at"] = captured_at
    row["status"] = delta["status"]
    row["acted_by"] = delta.get("acted_by")
    row["status_reason"] = delta.get("status_reason")
    row["media"] = [_media_row(media, files.get(media.identity)) for media in record.media]
    # else the counts are of another time than the row
    if record.counts and not late and "content" not in delta:
        row["counts"] = {name: _stored(number) for name, number in record.counts.items()}
        row["counted_at"] = captured_at
    row["warc_record_id"] = delta["warc_record_id"]
    row["pointer"] = delta["pointer"]
    return row


def _fill_content(row: dict[str, Any], record: Record) -> None:
    """Set the columns that only the record says."""
    row["record_id"] = record.record_id
    row["repaired"] = record.repaired
    row["native_id"] = record.native_id
    row["url"] = record.url
    row["author_id"] = record.author_id
    row["author_name"] = record.author_name
    row["author_handle"] = record.author_handle
    row["author_is_account"] = record.author_is_account
    row["text"] = record.text
    row["text_html"] = record.text_html
    row["title"] = record.title
    row["language"] = record.language
    row["published_at"] = record.published_at
    row["edited_at"] = record.edited_at
    row["visibility"] = record.visibility
    row["links"] = record.links
    row["mentions"] = record.mentions
    row["tags"] = record.tags
    row["shared_id"] = record.shared_id
    row["source"] = record.source


# equal texts give one object, so that `instant` finds it by identity
_moment = lru_cache(maxsize=8192)(moment)


def _stored(value: Any) -> Any:
    """Return the value, None if it is a number that no column can store.

    A manifest promises its rows before they are written. A row that could never be written would stop every
    later capture of the account. The evidence keeps the number.
    """
    return None if type(value) is int and abs(value) > LARGEST_NUMBER else value


def _media_row(media: Media, outcome: Mapping[str, Any] | None) -> dict[str, Any]:
    row = {
        "identity": media.identity,
        "type": media.type,
        "alt_text": media.alt_text,
        "width": media.width and _stored(media.width),
        "height": media.height and _stored(media.height),
        "duration": media.duration and _stored(media.duration),
        "position": media.position,
        "sha256": media.sha256,
        "bytes": media.bytes and _stored(media.bytes),
        "missing_reason": media.missing_reason,
    }
    return row | {name: value for name, value in outcome.items() if name in row} if outcome else row
