"""Canonical form 1 is what the format says, for any content of a record."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from recordroom import model
from recordroom.archive.records import decode, encode, schema, table_of
from recordroom.canonical import encode_canonical, encode_row, select_significant, sha256, version_of
from recordroom.model import Media, Record, instant

TEXT = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(
    [
        "",
        "\x00\x1f\x7f",
        "\u2028\u2029",
        "😀\U0010ffff",
        "\ufeff\ufffe",
        'a"b\\c/d',
        "é",
        "e\u0301",
        "\u202e\u200d",
    ]
)
LONG = st.integers() | st.sampled_from([2**53, -(2**63), 2**64 - 1, 2**64, 10**30])


def values(integers: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    scalars = st.none() | st.booleans() | integers | TEXT
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=15,
    )


INSTANT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis wants naive bounds)


def definition(value: Any) -> bytes:
    """Encode as docs/reference/archive-format.md defines it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(values(LONG))
@example({"b": 1, "a": {"😀": [], "\uffff": {}}, "": None})
def test_the_canonical_form_is_its_definition(value: Any) -> None:
    assert encode_canonical(value) == definition(value)


MEDIA = st.builds(
    Media,
    identity=TEXT,
    type=st.sampled_from(["image", "video"]),
    url=st.none() | TEXT,
    alt_text=st.none() | TEXT,
    width=st.none() | st.integers(0, 9000),
    sha256=st.none() | st.just("0" * 64),
    bytes=st.none() | st.integers(0, 2**40),
    position=st.integers(1, 9),
)
RECORD = st.builds(
    Record,
    record_id=TEXT.filter(bool),
    kind=st.sampled_from(model.KINDS),
    native_id=TEXT,
    pointer=TEXT,
    text=st.none() | TEXT,
    title=st.none() | TEXT,
    author_id=st.none() | TEXT,
    author_name=st.none() | TEXT,
    visibility=st.none() | TEXT,
    links=st.lists(TEXT, max_size=3),
    media=st.lists(MEDIA, max_size=3),
    counts=st.none()
    | st.fixed_dictionaries(
        {}, optional={"likes": st.integers(0, 9), "views": st.none() | st.integers(0, 9)}
    ),
    published_at=st.none() | INSTANT,
)


def row_of(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(schema().names)
    row |= {name: getattr(record, name) for name in row if hasattr(record, name)}
    parts = [f.name for f in model.parts_of("media")]
    row["media"] = [{name: getattr(m, name) for name in parts} for m in record.media]
    return row | {"sequence": 1, "captured_at": datetime(2026, 1, 1, tzinfo=UTC)}


@given(RECORD)
def test_a_version_is_the_hash_of_what_is_significant_from_a_record_or_from_its_row(record: Record) -> None:
    row = row_of(record)
    [stored] = decode(encode(table_of([row]))).to_pylist()
    assert (
        version_of(record)
        == version_of(row)
        == version_of(stored)
        == sha256(definition(select_significant(record)))
    )
    assert set(select_significant(record)) >= {"links", "media"}
    changed = replace(
        record, author_name="another", counts={"likes": 99}, pointer="/x", url="https://x/?signed=1"
    )
    for item in changed.media:
        item.url, item.width, item.bytes = "https://x/?signed=2", 1, 1
    assert version_of(changed) == version_of(record), "names, counters, addresses and sizes are no part of it"


@given(RECORD, st.sampled_from(["text", "title", "author_id", "visibility"]))
def test_what_is_significant_makes_a_version(record: Record, name: str) -> None:
    other = replace(record)
    setattr(other, name, f"{getattr(record, name)} and more")
    assert version_of(other) != version_of(record)
    assert version_of(replace(record, links=[*record.links, "https://x"])) != version_of(record)
    assert version_of(replace(record, media=[*record.media, Media("new", "image")])) != version_of(record)
    emptied = replace(record, text="")
    assert (version_of(emptied) == version_of(replace(record, text=None))) is False, "an empty text is a text"


@given(RECORD)
def test_a_row_is_canonical_as_the_format_says_and_the_same_after_parquet(record: Record) -> None:
    row = row_of(record)
    [stored] = decode(encode(table_of([row]))).to_pylist()

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return instant(value)
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items() if v is not None}
        return [plain(v) for v in value] if isinstance(value, list) else value

    assert encode_row(row) == definition(plain(row))
    assert encode_row(stored) == encode_row(row)


@pytest.mark.parametrize(("times", "codec"), [(1, "UNCOMPRESSED"), (100, "ZSTD")])
def test_few_rows_are_stored_as_they_are_and_many_compressed(times: int, codec: str) -> None:
    row = row_of(
        Record(
            record_id="mastodon:social.test/1",
            kind="post",
            native_id="1",
            pointer="/0",
            text="Closed today. " * 40,
        )
    )
    data = encode(table_of([{**row, "sequence": number} for number in range(times)]))
    assert {
        pq.ParquetFile(BytesIO(data)).metadata.row_group(0).column(index).compression
        for index in range(len(schema()))
    } == {codec}
    assert [(row["sequence"], row["text"]) for row in decode(data).to_pylist()] == [
        (number, row["text"]) for number in range(times)
    ]
