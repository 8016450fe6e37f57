"""Values that spreadsheet programs change without showing it: a row with one is reported."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from recordroom.errors import ImportRefused, SpoolFull
from recordroom.imports.contract import Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer
from recordroom.imports.split import Item
from recordroom.imports.tables import workbook, workbook_process
from recordroom.imports.tables.workbook import read_rows
from recordroom.model import Record
from tests.disk import full
from tests.imports.reading import account, read

TABLE = find_importer("table")
OURS = account("instagram", "https://instagram.com/district")
MAPPING: dict[str, Any] = {
    "format": 1, "made_by": "Export of the old archive", "zone": "America/Los_Angeles",
    "constants": {"kind": "comment"},
    "columns": {"native_id": "ID", "text": "Message", "parent_id": "In reply to"},
}  # fmt: skip


def taken(tmp_path: Path, *rows: list[Any], merged: str = "") -> tuple[list[Record], list[Reject]]:
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate([["ID", "Message", "In reply to", "Note"], *rows]):
        sheet.write_row(number, 0, row)
    if merged:
        sheet.merge_range(merged, "77")
    book.close()
    return read(TABLE, path, OURS, mapping=MAPPING)


@pytest.mark.parametrize(("cell", "shown"), [(date(2024, 3, 12), "2024-03-12"), (True, "True")])
def test_an_id_of_which_a_program_made_something_else_is_told(
    tmp_path: Path, cell: object, shown: str
) -> None:
    """`3-12` becomes a date."""
    records, rejects = taken(tmp_path, ["1", "Snow", "", cell], [cell, "Ice", ""], ["3", "Rain", cell])
    assert [record.native_id for record in records] == ["1"], "in a column that is no id it is what it is"
    reason = f"an ID in it is {shown}, which a spreadsheet program changed: export it again as text"
    assert rejects == [Reject("row 3", reason), Reject("row 4", reason)]


def test_a_text_that_fills_its_cell_is_told(tmp_path: Path) -> None:
    """Programs cut there, some of them by what UTF-16 counts: a picture of a mountain is one character of
    two.
    """
    texts = [
        "a" * 32_766,
        "a" * 32_767,
        "a" * 32_765 + "\N{SNOWFLAKE}",
        "a" * 32_765 + "\N{SNOW CAPPED MOUNTAIN}",
    ]
    records, rejects = taken(tmp_path, *([str(number), text, ""] for number, text in enumerate(texts, 1)))
    assert [record.native_id for record in records] == ["1", "3"]
    reason = "a text in it has 32,767 characters, the most that a cell can have: export it as CSV"
    assert rejects == [Reject("row 3", reason), Reject("row 5", reason)]


def test_rows_of_merged_cells_are_told(tmp_path: Path) -> None:
    """The first cell alone has the value: the comments below it answered nothing."""
    rows = [["1", "Snow", "77", ""], ["2", "Ice", "", ""], ["3", "Rain", "", ""], ["4", "Sun", "", ""]]
    records, rejects = taken(tmp_path, *rows, merged="C2:C4")
    assert [(record.native_id, record.parent_id) for record in records] == [
        ("1", "instagram:77"),
        ("4", None),
    ]
    reason = "a cell in it is merged with others (C2:C4), and only the first of them has a value"
    assert rejects == [Reject("row 3", reason), Reject("row 4", reason)]
    records, rejects = taken(tmp_path, *rows, merged="D2:D4")
    assert (len(records), rejects) == (4, []), "that column was not requested"
    records, rejects = taken(tmp_path, *rows[:1], merged="A2:A9")
    assert (len(records), rejects) == (1, []), "rows that hold nothing are no rows"


# -- made to do harm
# ------------------------------------------------------------------------------------------------------------


def test_a_cell_far_from_the_others_takes_no_memory_of_ours(tmp_path: Path) -> None:
    """A book of five kilobytes that is read as a table of 17 billion cells."""
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["ID", "Message", "In reply to"])
    sheet.write(1_048_575, 16_383, "far")
    book.close()
    with pytest.raises(ImportRefused, match="needs more than 1,610,612,736 bytes of memory") as refused:
        read(TABLE, path, OURS, mapping=MAPPING)
    assert "Save the sheet as CSV" in refused.value.mend


def test_declared_sizes_are_not_believed(tmp_path: Path) -> None:
    """The part with the texts says that it is of a hundred bytes, in both places where a ZIP archive says it."""
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    for number, row in enumerate(
        [["ID", "Message", "In reply to"], *([str(n), f"Snow {n}", ""] for n in range(500))]
    ):
        sheet.write_row(number, 0, row)
    book.close()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/sharedStrings.xml").file_size
    data = path.read_bytes()
    assert data.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(data.replace(size.to_bytes(4, "little"), (100).to_bytes(4, "little")))
    with pytest.raises(ImportRefused, match="cannot be read as a workbook: Bad CRC-32"):
        read(TABLE, path, OURS, mapping=MAPPING)


def test_a_book_is_copied_no_further_than_its_largest_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path, copy = tmp_path / "export.xlsx", tmp_path / "copy.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 3_000_000)
        archive.writestr("xl/worksheets/sheet2.xml", b"\0" * 3_000_000)
    monkeypatch.setattr(workbook_process, "LARGEST_BOOK", 4_000_000)
    with pytest.raises(SystemExit):
        workbook_process._copy(path, copy)
    assert capfdbinary.readouterr().out == b'refused\t0\t"unpacks to more than 4,000,000 bytes"\n'
    assert copy.stat().st_size < 5_000_000


def test_a_disk_without_room_for_the_copy_is_no_fault_of_the_book(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 3_000_000)
    with full(1_000_000), pytest.raises(SpoolFull, match=r"no space for a copy of export\.xlsx"):
        next(read_rows(ImportFiles(path, tmp_path / "room"), MAPPING))


def test_a_copy_of_a_book_does_not_stay(tmp_path: Path) -> None:
    for row in (["1", "Snow", "", ""], ["1", "a" * 32_767, "", ""]):
        taken(tmp_path, row)
        assert [one.name for one in tmp_path.rglob("*.xlsx")] == ["export.xlsx"]


def test_a_row_in_the_middle_of_which_the_reader_died_is_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying_reader.py").write_text(
        "import sys; sys.stdin.readline(); print('row\\t1\\t[\"ID\"]\\nrow\\t2\\t[\"1', end='')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(workbook, "PROGRAM", "dying_reader")
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet().write_row(0, 0, ["ID", "Message", "In reply to"])
    book.close()
    numbers: list[int] = []
    with pytest.raises(ImportRefused, match="of memory, or too much time"):
        numbers.extend(
            row.number
            for row in read_rows(ImportFiles(path, tmp_path / "room"), MAPPING)
            if isinstance(row, Item)
        )
    assert numbers == [1]
