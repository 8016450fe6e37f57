"""A row has exactly the columns of the schema; each value of the record is in the column of its name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import fields

from recordroom.archive.records import schema, table_of
from recordroom.capture.segment.comparison import Change
from recordroom.capture.segment.rows import CommittedEntry, row_of
from recordroom.model import Media, Record, parts_of

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
COMMIT = CommittedEntry(
    7, AT, {"agency": "esd", "account": "news", "platform": "mastodon", "capture_id": "c-1"}, "mastodon 3"
)
TOLD = ("sequence", "version", "canon", "changed", "status", "valid_from_source", "warc_record_id", "pointer")


def delta(**more: Any) -> dict[str, Any]:
    times = {"valid_from": "2026-11-23T08:00:00.000000Z", "captured_at": "2026-11-24T08:00:00.000000Z"}
    return dict.fromkeys(TOLD, "told") | times | {"kind": "kind", "parent_id": "parent_id"} | more


def record() -> Record:
    """Return a record in which each text is its own field's name."""
    words: dict[str, Any] = {f.name: f.name for f in fields(Record) if f.type in (str, str | None)}
    return Record(
        **words
        | {
            "media": [Media("file", "image", width=640, alt_text="Snow")],
            "counts": {"likes": 3},
            "links": ["https://x.example"],
        }
    )


def test_a_row_has_each_column_of_the_schema() -> None:
    row = row_of(Change(delta(), record()), COMMIT)
    assert sorted(row) == sorted(schema().names)
    assert sorted(row["media"][0]) == sorted(part.name for part in parts_of("media"))
    assert table_of([row | {"sequence": 1, "canon": "1", "changed": []}]).num_rows == 1


def test_what_the_record_says_stands_under_its_own_name_and_what_the_manifest_says_goes_before_it() -> None:
    row = row_of(
        Change(delta(media={"file": {"sha256": "00", "bytes": 5, "elsewhere": 1}}), record()), COMMIT
    )
    told = {name: value for name, value in row.items() if value == name}
    assert told.keys() == {f.name for f in fields(Record) if f.type in (str, str | None)} & row.keys() - {
        "root_id", "acted_by", "status_reason", *TOLD
    }  # fmt: skip
    assert [row[name] for name in ("status", "pointer", "root_id", "acted_by")] == [
        "told",
        "told",
        None,
        None,
    ]
    assert (row["media"][0]["sha256"], row["media"][0]["bytes"], row["media"][0]["width"]) == ("00", 5, 640)
    assert (row["capture_id"], row["ledger_number"], row["committed_at"], row["parser"]) == (
        "c-1",
        7,
        AT,
        "mastodon 3",
    )


def test_counts_are_of_the_time_of_the_row_or_none() -> None:
    told: tuple[dict[str, Any], ...] = ({}, {"late": True}, {"content": {}})
    now, late, older = (row_of(Change(delta(**more), record()), COMMIT) for more in told)
    assert (now["counts"], now["counted_at"]) == ({"likes": 3}, AT)
    assert (late["counts"], late["counted_at"], late["late_arrival"]) == (None, None, True)
    assert (older["counts"], older["counted_at"]) == (None, None)


def test_a_number_that_no_column_can_hold_is_none() -> None:
    one = record()
    one.media[0].width, one.counts = 2**70, {"likes": 2**70, "views": 4}
    row = row_of(Change(delta(), one), COMMIT)
    assert (row["media"][0]["width"], row["counts"]) == (None, {"likes": None, "views": 4})
