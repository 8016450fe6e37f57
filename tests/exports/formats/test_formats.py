"""Each format holds every row exactly, whatever people write, and equal rows give equal bytes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import orjson
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.archive import records
from recordroom.canonical import encode_row
from recordroom.errors import ArchiveError, Tampered
from recordroom.exports.formats import csv_file, jsonl_file, xlsx_file
from recordroom.exports.formats.columns import list_columns
from recordroom.exports.formats.pdf import document
from recordroom.exports.rows import RowReader
from recordroom.model import parts_of
from tests.exports.local import AT, TOLD, row, select
from tests.exports.reading import own_text, read_csv, read_xlsx
from tests.story import HOSTILE

PACIFIC = ZoneInfo("America/Los_Angeles")
PICTURES = {n: 0x2400 + n for n in (*range(9), 11, 12, *range(14, 32))} | {
    127: 0x2421,
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}
BREAKS = {10: "␊", 13: "␍"}
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        *HOSTILE,
        "<r><t>a</t></r>",
        "_x0041_",
        "_x000D_\r",
        " lead",
        "trail ",
        "\n",
        "=1",
        "'",
        "''=1",
        '"',
        "007",
        "&amp;",
        "]]>",
        "https://a.example",
    ]
)
people = st.fixed_dictionaries(
    {
        "text": st.none() | anything,
        "author_name": anything,
        "title": st.none() | anything,
        "tags": st.lists(anything, max_size=2),
    }
)


def shown(text: str | None) -> str:
    return (text or "").translate(PICTURES)


def rows_of(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        row(f"mastodon:x/{n:04d}", published_at=AT.replace(microsecond=n), **fields)
        for n, fields in enumerate(given)
    ]


@given(st.lists(people, min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_whatever_people_write_is_read_back(given: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as folder:
        rows = rows_of(given)
        selected, state = select(Path(folder) / "work", rows)
        for format_ in (csv_file, xlsx_file, jsonl_file):
            format_.write(Path(folder), selected, state)
        cells = read_csv(Path(folder) / csv_file.NAME)
        [sheet] = read_xlsx(Path(folder) / xlsx_file.NAME)
        lines = [orjson.loads(line) for line in (Path(folder) / jsonl_file.NAME).read_bytes().splitlines()]
        assert len(cells) == len(sheet) == len(lines) == len(rows)
        for want, cell, sheet_row, line in zip(rows, cells, sheet, lines, strict=True):
            for name, heading in (("text", "Text"), ("author_name", "Author"), ("title", "Title")):
                assert own_text(cell, heading) == shown(want[name])
                assert sheet_row.get(heading, "") == shown(want[name])
                assert line.get(name) == want[name]
            assert line["tags"] == want["tags"]
            assert own_text(cell, "Tags") == shown("\n".join(tag.translate(BREAKS) for tag in want["tags"]))


def test_json_lines_hold_the_canonical_row_and_what_is_derived(tmp_path: Path) -> None:
    media = [{"identity": "m1", "sha256": "ab" * 32, "type": "image", "bytes": 9, "position": 1}]
    given = row(
        "mastodon:x/1",
        text="é\u2028\x1f",
        media=[{**dict.fromkeys(part.name for part in parts_of("media")), **m} for m in media],
        counts={"likes": 3},
    )
    selected, state = select(tmp_path / "work", [given])
    jsonl_file.write(tmp_path, selected, state)
    line = orjson.loads((tmp_path / jsonl_file.NAME).read_bytes())
    added = {name: line.pop(name) for name in (*_ADDED, "first_seen_at")}
    assert added == _ADDED | {"first_seen_at": "2026-11-24T08:35:00.000000Z"}
    assert line == orjson.loads(encode_row(given))


def test_what_a_narrower_audience_sees_is_not_called_published(tmp_path: Path) -> None:
    audiences = (None, "", "PUBLIC", "unlisted", "nobody", "LOGGED_IN")
    given = [row(f"mastodon:x/{n}", visibility=audience) for n, audience in enumerate(audiences)]
    selected, state = select(tmp_path / "work", given)
    jsonl_file.write(tmp_path, selected, state)
    lines = [orjson.loads(line) for line in (tmp_path / jsonl_file.NAME).read_bytes().splitlines()]
    told = {line["record_id"]: line["retention_trigger"] for line in lines}
    assert [told[f"mastodon:x/{n}"] for n in range(6)] == ["still published"] * 4 + ["not withdrawn"] * 2
    counted = {line["record_id"]: line for line in lines}
    assert not any("eligible_on" in line for line in counted.values())


_ADDED = {
    "release_status": "NOT REVIEWED FOR RELEASE", "included_as": "found", "current": True, "sequences": 1,
    "accounts": ["news"], "retention_trigger": "still published", "series_decided": False,
}  # fmt: skip


def test_instants_are_told_in_pacific_and_utc(tmp_path: Path) -> None:
    times = [
        datetime(y, m, 8, 9, 30, 1, us, UTC)
        for y in (1990, 2026, 2037)
        for m in range(1, 13)
        for us in (0, 120_000, 123_456)
    ]
    times += [datetime(2026, 3, 8, h, 59, 59, tzinfo=UTC) for h in (9, 10, 11)] + [
        datetime(2026, 11, 1, h, 30, tzinfo=UTC) for h in (8, 9, 10)
    ]
    rows = [row(f"mastodon:x/{n:04d}", published_at=at) for n, at in enumerate(times)]
    selected, state = select(tmp_path / "work", rows)
    csv_file.write(tmp_path, selected, state)
    found = {cell["Document id"]: cell for cell in read_csv(tmp_path / csv_file.NAME)}
    for want in rows:
        cell = found[want["record_id"]]
        for zone, heading in ((PACIFIC, "Published (Pacific)"), (UTC, "Published (UTC)")):
            told = datetime.fromisoformat(cell[heading])
            assert told == want["published_at"]
            assert told.utcoffset() == want["published_at"].astimezone(zone).utcoffset()
            assert told.replace(tzinfo=None) == want["published_at"].astimezone(zone).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["text", "media_bytes"], "text\nfiles that were missing before are in the archive now"),
        (["completed"], "the platform gave only a part before, and now the rest"),
    ],
)
def test_what_is_no_change_is_none_in_the_words_of_a_spreadsheet(
    tmp_path: Path, names: list[str], words: str
) -> None:
    selected, state = select(
        tmp_path / "work", [row("mastodon:x/1"), row("mastodon:x/1", sequence=2, changed=names)]
    )
    csv_file.write(tmp_path, selected, state)
    _, cell = read_csv(tmp_path / csv_file.NAME)
    assert cell["Changed"] == words


def test_csv_notes_what_it_changed(tmp_path: Path) -> None:
    given = [
        row("mastodon:x/1", text="=1+1\x00", native_id="109876543210987654321", author_name="-"),
        row("mastodon:x/2", text="fine", native_id="12", published_at=AT.replace(second=1)),
        row("mastodon:x/3", text="x" * 40_000, published_at=AT.replace(second=2)),
    ]
    selected, state = select(tmp_path / "work", given)
    noted = csv_file.write(tmp_path, selected, state)
    one, two, three = read_csv(tmp_path / csv_file.NAME)
    assert (one["Text"], one["Native id"], one["Author"]) == ("'=1+1␀", "'109876543210987654321", "'-")
    assert set(one["Notes on cells"].split("; ")) == {
        "Text: apostrophe",
        "Text: control characters",
        "Native id: apostrophe",
        "Author: apostrophe",
    }
    assert (two["Native id"], two["Notes on cells"]) == ("12", "")
    assert (len(three["Text"]), three["Notes on cells"]) == (40_000, "Text: over 32,767 characters")
    assert noted == {note: 1 for cell in (one, three) for note in cell["Notes on cells"].split("; ")}


def test_the_columns_of_media_agree_line_by_line_whatever_a_description_holds(tmp_path: Path) -> None:
    def file(number: int, **more: Any) -> dict[str, Any]:
        return dict.fromkeys(("alt_text", "width", "height", "duration")) | {
            "identity": f"m{number}",
            "type": "image",
            **more,
        }

    media = [
        file(1, sha256="ab" * 32, bytes=1, position=1, alt_text="a list:\n- snow\r\n- ice"),
        file(2, sha256=None, bytes=None, position=2, missing_reason="404\nNot found"),
        file(3, sha256="cd" * 32, bytes=3, position=3, alt_text=""),
    ]
    selected, state = select(tmp_path / "work", [row("mastodon:x/1", media=media)])
    for format_ in (csv_file, xlsx_file):
        format_.write(tmp_path, selected, state)
    [cell] = read_csv(tmp_path / csv_file.NAME)
    [[sheet_row]] = read_xlsx(tmp_path / xlsx_file.NAME)
    for found in (cell, sheet_row):
        assert found["Media descriptions"] == "a list:␊- snow␍␊- ice\n(none)\n"
        assert found["Media missing because"] == "(none)\n404␊Not found\n(none)"
        assert {len(found[name].split("\n")) for name in found if name.startswith("Media ")} == {3}
        assert "Media descriptions: control characters" in found["Notes on cells"]


def test_an_account_that_looks_like_a_date_stays_what_it_is(tmp_path: Path) -> None:
    selected, state = select(tmp_path / "work", [row("mastodon:x/1", account="3-4")])
    csv_file.write(tmp_path, selected, state)
    [cell] = read_csv(tmp_path / csv_file.NAME)
    assert (cell["Account"], cell["In accounts"]) == ("'3-4", "'3-4")


def test_xlsx_begins_another_sheet_and_puts_long_texts_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_file, "ROWS", 3)
    texts = ["short", "x" * 32_767, "y" * 32_768, "😀" * 16_383, "😀" * 16_384, "=1", "z" * 100_000]
    rows = [
        row(f"mastodon:x/{n}", text=text, published_at=AT.replace(second=n)) for n, text in enumerate(texts)
    ]
    selected, state = select(tmp_path / "work", rows)
    noted = xlsx_file.write(tmp_path, selected, state)
    sheets = read_xlsx(tmp_path / xlsx_file.NAME)
    assert [len(sheet) for sheet in sheets] == [3, 3, 1]
    with ZipFile(tmp_path / xlsx_file.NAME) as book:
        inside = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3)]
    assert [re.findall(r'autoFilter ref="A1:[A-Z]+(\d+)"', sheet) for sheet in inside] == [
        ["4"],
        ["4"],
        ["2"],
    ]
    assert all(f'width="{xlsx_file.WIDTH}' in sheet for sheet in inside)
    cells = [cell for sheet in sheets for cell in sheet]
    kept = {path.name: path.read_text("utf-8") for path in (tmp_path / xlsx_file.LONG_TEXT).iterdir()}
    assert kept == {"000001.txt": texts[2], "000002.txt": texts[4], "000003.txt": texts[6]}
    aside = {2: "000001.txt", 4: "000002.txt", 6: "000003.txt"}
    for n, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        assert cell["Text"] == (
            f"[{len(text):,} characters; the complete text is in {xlsx_file.LONG_TEXT}/{aside[n]}]"
            if n in aside
            else text
        )
        assert cell.get("Notes on cells", "") == ("Text: over 32,767 characters" if n in aside else "")
    assert noted == {"Text: over 32,767 characters": 3}


def test_a_sheet_takes_what_excel_takes() -> None:
    assert xlsx_file.ROWS == 2**20 - 1


@pytest.mark.parametrize("format_", [csv_file, xlsx_file, jsonl_file, document])
def test_equal_rows_give_equal_bytes_in_whatever_order_they_lie(tmp_path: Path, format_: Any) -> None:
    rows = [
        row(f"mastodon:x/{n}", text=HOSTILE[n % len(HOSTILE)], published_at=AT.replace(minute=n % 7))
        for n in range(40)
    ]
    found = []
    for name, ordered in (("one", rows), ("two", rows[::-1])):
        selected, state = select(tmp_path / name, ordered)
        (tmp_path / f"{name}-out").mkdir()
        format_.write(tmp_path / f"{name}-out", selected, state, TOLD)
        found.append({p.name: p.read_bytes() for p in (tmp_path / f"{name}-out").rglob("*") if p.is_file()})
    assert found[0] == found[1]


@pytest.mark.parametrize("text", ["forged", "forged\x1f"])
def test_a_row_that_is_not_its_version_stops_the_export(tmp_path: Path, text: str) -> None:
    honest = row("mastodon:x/1", text="said")
    selected, state = select(
        tmp_path / "work", [honest, row("mastodon:x/2", text=text, version=honest["version"])]
    )
    with pytest.raises(
        Tampered, match="mastodon:x/2 #1 of news: its content does not match its content hash"
    ):
        csv_file.write(tmp_path, selected, state)


def test_characters_that_duckdb_escapes_otherwise_are_no_forgery(tmp_path: Path) -> None:
    selected, state = select(tmp_path / "work", [row("mastodon:x/1", text="\x0b\x1f")])
    csv_file.write(tmp_path, selected, state)
    assert read_csv(tmp_path / csv_file.NAME)[0]["Text"] == "␋␟"


def test_every_field_of_the_record_has_a_column() -> None:
    headings = [c.heading for c in list_columns()]
    assert headings[:6] == [
        "release_status",
        "Included as",
        "Document id",
        "Sequence (n of m)",
        "Conversation id",
        "Parent document id",
    ]
    assert len(set(headings)) == len(headings)


def test_conversations_stand_together_by_the_time_of_their_first_post(tmp_path: Path) -> None:
    def said(
        name: str, minute: int, parent: str | None = None, root: str = "", account: str = "news"
    ) -> dict[str, Any]:
        ids = {"parent_id": parent and f"m:{parent}", "root_id": f"m:{root or name}"}
        return row(
            f"m:{name}",
            account=account,
            kind="post" if not parent else "comment",
            published_at=AT.replace(minute=minute),
            **ids,
        )

    given = [
        said("late", 20), said("late-1", 21, "late", "late"), said("early", 1),
        said("early-2", 40, "early", "early"), said("early-1", 30, "early", "early"),
        said("early-1-1", 0, "early-1", "early"), said("orphan", 5, "gone", "gone"),
        said("other", 0, account="z-last"),
    ]  # fmt: skip
    selected, state = select(tmp_path / "work", given)
    csv_file.write(tmp_path, selected, state)
    order = [cell["Document id"][2:] for cell in read_csv(tmp_path / csv_file.NAME)]
    assert order == ["early", "early-1", "early-1-1", "early-2", "orphan", "late", "late-1", "other"]


def test_reading_in_parts_and_from_many_files_gives_each_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recordroom.exports.rows.ROWS", 7)
    rows = [
        row(f"mastodon:x/{n:03d}", text=str(n), published_at=AT.replace(microsecond=n)) for n in range(50)
    ]
    selected, _ = select(tmp_path / "work", rows)
    assert isinstance(selected, RowReader)
    found = [t for batch in selected.read_ordered({"text": "text"}) for t in batch.column("text").to_pylist()]
    assert found == [str(n) for n in range(50)]


def test_an_export_is_never_made_of_a_part_of_its_rows(tmp_path: Path) -> None:
    given = [row(f"mastodon:x/{n}") for n in range(3)]
    selected, state = select(tmp_path / "work", given)
    pq.write_table(records.table_of(given[:2]), tmp_path / "work" / "records" / "rows.parquet")
    with pytest.raises(ArchiveError, match="2 of the 3 rows"):
        csv_file.write(tmp_path, selected, state)
