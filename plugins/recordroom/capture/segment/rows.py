"""The Parquet rows of a commit.

Each is a function of a delta, the parsed record, and the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from recordroom.capture.segment.comparison import Change
from recordroom.model import LARGEST_NUMBER, Media, moment


@dataclass(frozen=True, slots=True)
class CommittedEntry:
    """The ledger entry that commits a segment."""

    number: int
    time: datetime
    manifest: Mapping[str, Any]
    parser: str  # full name of the parser that read its content


def row_of(change: Change, commit: CommittedEntry) -> dict[str, Any]:
    """Return a change's row: the record's content and what the manifest says of it."""
    delta, record, manifest = change.delta, change.record, commit.manifest
    files, late, captured_at = delta.get("media", {}), "late" in delta, _moment(delta["captured_at"])
    # else the counts are of another time than the row
    counted = bool(record.counts) and not late and "content" not in delta
    parent_id = delta.get("parent_id")
    return {
        "record_id": record.record_id,
        "sequence": delta["sequence"],
        "version": delta["version"],
        "canon": delta["canon"],
        "changed": delta["changed"],
        "late_arrival": late,
        "repaired": record.repaired,
        "agency": manifest["agency"],
        "account": manifest["account"],
        "platform": manifest["platform"],
        "kind": record.kind
        if parent_id == record.parent_id
        else delta["kind"],  # a kind follows from the parent
        "native_id": record.native_id,
        "parent_id": parent_id,
        "root_id": delta.get("root_id"),
        "url": record.url,
        "author_id": record.author_id,
        "author_name": record.author_name,
        "author_handle": record.author_handle,
        "author_is_account": record.author_is_account,
        "text": record.text,
        "text_html": record.text_html,
        "title": record.title,
        "language": record.language,
        "published_at": record.published_at,
        "edited_at": record.edited_at,
        "valid_from": _moment(delta["valid_from"]),
        "valid_from_source": delta["valid_from_source"],
        "captured_at": captured_at,
        "visibility": record.visibility,
        "status": delta["status"],
        "acted_by": delta.get("acted_by"),
        "status_reason": delta.get("status_reason"),
        "media": [_media_row(media, files.get(media.identity)) for media in record.media],
        "links": record.links,
        "mentions": record.mentions,
        "tags": record.tags,
        "shared_id": record.shared_id,
        "counts": {name: _stored(number) for name, number in record.counts.items()}
        if counted and record.counts
        else None,
        "counted_at": captured_at if counted else None,
        "source": record.source,
        "capture_id": manifest["capture_id"],
        "warc_record_id": delta["warc_record_id"],
        "pointer": delta["pointer"],
        "parser": commit.parser,
        "ledger_number": commit.number,
        "committed_at": commit.time,
    }


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
        "width": _stored(media.width),
        "height": _stored(media.height),
        "duration": _stored(media.duration),
        "position": media.position,
        "sha256": media.sha256,
        "bytes": _stored(media.bytes),
        "missing_reason": media.missing_reason,
    }
    return row | {name: value for name, value in outcome.items() if name in row} if outcome else row
