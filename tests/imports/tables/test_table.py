"""Tables of other products, with the mapping that docs/admin/import.md shows and with what goes wrong in them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml

from infra.local.support.place import REPOSITORY
from recordroom.errors import ImportRefused, UsageError
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from recordroom.imports.tables import mapping
from tests.imports.reading import account, read

TABLE = find_importer("table")
OURS = account("flickr")
HEADER = "Post ID,Type,Message,From,Date,In reply to,Labels,Attachments,Likes,Deleted,Edited,Export batch"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The mapping of the documentation."""
    page = (REPOSITORY / "docs/admin/import.md").read_text("utf-8")
    [example] = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path_factory.mktemp("mapping") / "mapping.yaml"
    path.write_text(example, "utf-8")
    return mapping.read_mapping(path)


def table(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    path = tmp_path / "export.csv"
    path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
    return path


def test_a_row_is_a_record(tmp_path: Path, told: dict[str, Any]) -> None:
    path = table(
        tmp_path,
        '77,Post,"Closed today,\r\nsays ""the office""",Us,02/04/2019 06:10'
        " AM,,Snow;Roads,a.jpg;b.pdf,12,,,3",
        "",
        "78,Comment,And the buses?,A parent,07/04/2019 06:10 PM,77,,,,yes,1,3",
    )
    (post, comment), rejects = read(TABLE, path, OURS, mapping=told)
    assert rejects == []
    assert (post.record_id, post.kind, post.native_id, post.root_id) == (
        "flickr:77",
        "post",
        "77",
        "flickr:77",
    )
    assert post.text == 'Closed today,\r\nsays "the office"'
    assert post.published_at == datetime(2019, 2, 4, 14, 10, tzinfo=UTC), "Pacific standard time"
    assert (post.tags, post.counts, post.leftover) == (["Snow", "Roads"], {"likes": 12}, ())
    assert [(m.identity, m.type, m.url) for m in post.media] == [
        ("a.jpg", "image", "a.jpg"),
        ("b.pdf", "document", "b.pdf"),
    ]
    assert (post.source, post.pointer, post.status, post.status_reason) == (
        "import: Export of the old archive",
        "line/2",
        "visible",
        None,
    )
    assert comment.published_at == datetime(2019, 7, 5, 1, 10, tzinfo=UTC), "Pacific daylight time"
    assert (comment.pointer, comment.parent_id, comment.status) == ("line/5", "flickr:77", "removed")
    assert comment.status_reason == "import: Export of the old archive says so: Deleted = yes; Edited = 1"


def test_columns_that_nobody_decided_about_are_left_over(tmp_path: Path, told: dict[str, Any]) -> None:
    path = table(tmp_path, "1,Post,x,Us,02/04/2019 06:10 AM,,,,,,,3,happy", header=f"{HEADER},Mood")
    [record], _ = read(TABLE, path, OURS, mapping=told)
    assert record.leftover == ("Mood",)


def test_a_number_that_nothing_holds_costs_no_other_row(tmp_path: Path, told: dict[str, Any]) -> None:
    likes = [
        f"{n},Post,x,Us,02/04/2019 06:10 AM,,,,{number},,,"
        for n, number in enumerate(("9" * 5_000, str(2**63), "7"))
    ]
    records, rejects = read(TABLE, table(tmp_path, *likes), OURS, mapping=told)
    assert [record.counts for record in records] == [{"likes": 7}]
    assert [reject.place for reject in rejects] == ["line 2", "line 3"]


def test_each_row_that_does_not_fit_is_told_with_its_line(tmp_path: Path, told: dict[str, Any]) -> None:
    good = "Us,02/04/2019 06:10 AM,,,,,,,"
    path = table(
        tmp_path, f"1,Post,x,{good}", f"2,Tweet,x,{good}", f",Post,x,{good}",
        "4,Post,x,Us,2019-02-04 06:10,,,,,,,", f"1.2E+18,Post,x,{good}",
        "6,Post,x,Us,02/04/2019 06:10 AM,,,,many,,,", f"7,Post,x,{good},,,,",
        "8,Post,x,Us,12/31/9999 11:59 PM,,,,,,,",
    )  # fmt: skip
    records, rejects = read(TABLE, path, OURS, mapping=told)
    assert [r.native_id for r in records] == ["1"]
    assert [(r.place, r.reason) for r in rejects] == [
        ("line 3", "kind: the mapping does not explain the value 'Tweet'"),
        ("line 4", "it has no native_id"),
        ("line 5", "published_at '2019-02-04 06:10' is not a date and time in the format %m/%d/%Y %I:%M %p"),
        (
            "line 6",
            (
                "native_id '1.2E+18' was rounded by a spreadsheet program: export the file again, and do not"
                " open it in such a program"
            ),
        ),
        ("line 7", "likes 'many' is not a whole number"),
        ("line 8", "it has 16 cells, but the table has 12 columns"),
        (
            "line 9",
            "published_at '12/31/9999 11:59 PM' is not a date and time in the format %m/%d/%Y %I:%M %p",
        ),
    ]


def test_zones_that_dates_name_are_heeded(tmp_path: Path, told: dict[str, Any]) -> None:
    """Python reads UTC and GMT without a zone: such dates were taken for the mapping's, eight hours off; and
    no other name.
    """
    moments = (
        "02/04/2019 06:10 UTC",
        "02/04/2019 06:10 PST",
        "11/03/2019 01:30 PDT",
        "11/03/2019 01:30 PST",
        "02/04/2019 06:10 IST",
    )
    path = table(tmp_path, *(f"{n},Post,x,Us,{moment},,,,,,," for n, moment in enumerate(moments)))
    records, rejects = read(TABLE, path, OURS, mapping=told | {"dates": "%m/%d/%Y %H:%M %Z"})
    assert [f"{r.published_at:%d %H:%M}" for r in records] == ["04 06:10", "04 14:10", "03 08:30", "03 09:30"]
    assert [(r.place, r.reason.split()[3]) for r in rejects] == [("line 6", "IST'")]


def test_spaces_around_an_id_are_no_part_of_it(tmp_path: Path, told: dict[str, Any]) -> None:
    rows = (
        " 77 ,Post,Closed,Us,02/04/2019 06:10 AM,,,,,,,",
        "78,Comment,Why?,Us,02/04/2019 06:11 AM,77 ,,,,,,",
        "79,Comment,x,Us,02/04/2019 06:11 AM, ,,,,,,",
    )
    (post, comment, other), rejects = read(TABLE, table(tmp_path, *rows), OURS, mapping=told)
    assert ((post.record_id, comment.parent_id, other.parent_id), rejects) == (
        ("flickr:77", "flickr:77", None),
        [],
    )


def test_other_encodings_and_bytes_that_are_none(tmp_path: Path, told: dict[str, Any]) -> None:
    row = "1,Post,Reunión mañana,Us,02/04/2019 06:10 AM,,,,,,,"
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        how = told if encoding.startswith("utf-8") else told | {"encoding": encoding}
        [record], rejects = read(TABLE, table(tmp_path, row, encoding=encoding), OURS, mapping=how)
        assert (record.text, record.repaired, rejects) == ("Reunión mañana", False, []), encoding
    [plain], [reject] = read(
        TABLE,
        table(tmp_path, row, row.replace("ó", "o").replace("ñ", "n"), encoding="cp1252"),
        OURS,
        mapping=told,
    )
    assert (plain.text, plain.repaired) == ("Reunion manana", False)
    assert (reject.place, reject.reason) == (
        "line 2",
        "it is not in UTF-8: enter its encoding as `encoding` in the mapping",
    )
    named = table(
        tmp_path, f"{row.replace('ó', 'o').replace('ñ', 'n')},2019", header=f"{HEADER},Año", encoding="cp1252"
    )
    with pytest.raises(ImportRefused, match=r"the column names of .* are not in UTF-8"):
        read(TABLE, named, OURS, mapping=told)


def test_windows_letters_that_a_mapping_calls_latin_1_are_told(tmp_path: Path, told: dict[str, Any]) -> None:
    """Quotation marks and dashes became control characters: Latin-1 has a sign for every byte."""
    rows = (
        "1,Post,“Closed” – snow,Us,02/04/2019 06:10 AM,,,,,,,",
        "2,Post,Mañana,Us,02/04/2019 06:10 AM,,,,,,,",
    )
    [record], [reject] = read(
        TABLE, table(tmp_path, *rows, encoding="cp1252"), OURS, mapping=told | {"encoding": "latin-1"}
    )
    assert (record.text, reject.place) == ("Mañana", "line 2")
    assert "enter cp1252 as `encoding` in the mapping" in reject.reason


def test_what_no_word_claims_is_no_removal(tmp_path: Path, told: dict[str, Any]) -> None:
    """Without words in the mapping N/A, NULL and Active were one, as all that is not empty."""
    words = (
        "no",
        "N/A",
        "NULL",
        "None",
        "-",
        "0.0",
        "yes",
        "TRUE",
        "02/05/2019 07:00 AM",
        "2",
        "Active",
        "Not deleted",
    )
    rows = [f"{n},Post,x,Us,02/04/2019 06:10 AM,,,,,{word},," for n, word in enumerate(words)]
    records, rejects = read(
        TABLE, table(tmp_path, *rows), OURS, mapping=told | {"deleted": {"column": "Deleted"}}
    )
    assert [r.status for r in records] == ["visible"] * 6 + ["removed"] * 4
    assert [(r.place, r.reason) for r in rejects] == [
        (
            f"line {n}",
            f"Deleted: the mapping does not explain the value {word!r}: list in `words` the values that mean yes",
        )
        for n, word in ((12, "Active"), (13, "Not deleted"))
    ]


def test_a_word_claims_a_removal_in_whatever_letters(tmp_path: Path, told: dict[str, Any]) -> None:
    """A program writes YES, and a workbook's TRUE reads as `True`: such rows were visible, though the mapping
    names the word.
    """
    rows = [
        f"{n},Post,x,Us,02/04/2019 06:10 AM,,,,,{word},,"
        for n, word in enumerate(("yes", "Yes", "YES ", "no", ""))
    ]
    records, _ = read(TABLE, table(tmp_path, *rows), OURS, mapping=told)
    assert [r.status for r in records] == ["removed"] * 3 + ["visible"] * 2
    how = told | {"sheet": "Posts", "rows_before": 2, "deleted": {"column": "Deleted", "words": ["TRUE"]}}
    [record], _ = read(TABLE, workbook(tmp_path), OURS, mapping=how)
    assert record.status == "removed"


def test_seconds_are_no_date(tmp_path: Path, told: dict[str, Any]) -> None:
    """Python reads one of two hundred numbers as a date, in the year 1512."""
    how = {name: value for name, value in told.items() if name != "dates"}
    moments = ("1512101112345", "1546300800", "20190204", "2019-02-04 06:10")
    rows = [f"{n},Post,x,Us,{moment},,,,,,," for n, moment in enumerate(moments)]
    records, rejects = read(TABLE, table(tmp_path, *rows), OURS, mapping=how)
    assert [r.published_at for r in records] == [
        datetime(2019, 2, 4, 8, tzinfo=UTC),
        datetime(2019, 2, 4, 14, 10, tzinfo=UTC),
    ]
    assert [r.place for r in rejects] == ["line 2", "line 3"]


def test_a_carriage_return_without_quotation_marks_is_told(tmp_path: Path) -> None:
    """As Python writes it, and so many an export: the text was cut off there, and what is behind it became a
    record.
    """
    columns = {"native_id": "ID", "text": "Words"}
    plain = {
        "format": 1,
        "made_by": "An export",
        "zone": "UTC",
        "columns": columns,
        "constants": {"kind": "post"},
    }
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["ID", "Words"], ["1", "x"], ["2", "y"]])
    path = tmp_path / "export.csv"
    path.write_text(out.getvalue().replace("x", "Snow\rand ice"), "utf-8", newline="")
    records, rejects = read(TABLE, path, OURS, mapping=plain)
    assert [(r.native_id, r.text) for r in records] == [("2", "y")]
    assert [(r.place, r.reason[:32]) for r in rejects] == [
        (f"line {n}", "a text in it has a carriage retu") for n in (2, 3)
    ]
    path.write_text(out.getvalue().replace("\n", "\r"), "utf-8", newline="")
    records, rejects = read(TABLE, path, OURS, mapping=plain)
    assert ([r.text for r in records], rejects) == (["x", "y"], []), "where each line ends so, it is one"


def test_a_quote_that_does_not_end_is_told_and_what_stands_before_is_taken(
    tmp_path: Path, told: dict[str, Any]
) -> None:
    path = table(
        tmp_path, "1,Post,x,Us,02/04/2019 06:10 AM,,,,,,,", '2,Post,"never ends,Us', "3,Post,y,Us,,,,,,,,"
    )
    records, rejects = read(TABLE, path, OURS, mapping=told)
    assert [r.native_id for r in records] == ["1"]
    assert [(r.place, "from here on the file is not CSV" in r.reason) for r in rejects] == [("line 3", True)]


def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Cover").write_string(0, 0, "nothing")
    sheet = book.add_worksheet("Posts")
    book.add_worksheet("Nothing")
    sheet.write_string(0, 0, "Exported by the old archive")
    sheet.write_row(2, 0, HEADER.split(","))
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for row, native in ((3, 77), (5, 1234567890123456789)):
        sheet.write_row(row, 0, [native, "Post", "Closed", "Us"])
        sheet.write_datetime(row, 4, datetime(2019, 2, 4, 6, 10), day)  # noqa: DTZ001 (a workbook knows no zones)
        sheet.write_number(row, 8, 12)
        sheet.write_boolean(row, 9, boolean=row == 3)
    book.close()
    return path


def test_a_workbook(tmp_path: Path, told: dict[str, Any]) -> None:
    how = told | {"sheet": "Posts", "rows_before": 2, "deleted": {"column": "Deleted"}}
    [record], [reject] = read(TABLE, workbook(tmp_path), OURS, mapping=how)
    assert (record.native_id, record.pointer, record.counts, record.status) == (
        "77",
        "row/4",
        {"likes": 12},
        "removed",
    )
    assert record.published_at == datetime(2019, 2, 4, 14, 10, tzinfo=UTC)
    assert (reject.place, reject.reason[:47]) == ("row 6", "native_id is a number that the workbook rounds ")


def test_ids_of_which_a_program_kept_15_digits_are_told(tmp_path: Path, told: dict[str, Any]) -> None:
    """Ids of Facebook have 16 and more: two of them became one record."""
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write_row(1, 2, HEADER.split(","))
    for row, (native, answered) in enumerate(
        [(1234567890123450, ""), (1234567890123457, 100), (463427363734720, 1000000000000010)], 2
    ):
        sheet.write_row(row, 2, [native, "Post", "Closed", "Us", "02/04/2019 06:10 AM", answered])
    book.close()
    records, rejects = read(TABLE, path, OURS, mapping=told)
    assert [r.native_id for r in records] == ["1234567890123457"]
    assert [(r.place, r.reason.partition("(")[2]) for r in rejects] == [
        ("row 3", "1234567890123450): export it again as text"),
        ("row 5", "1000000000000010): export it again as text"),
    ]


def test_cells_that_show_no_value_are_told(tmp_path: Path, told: dict[str, Any]) -> None:
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Posts")
    sheet.write_row(1, 1, HEADER.split(","))
    for row in range(2, 7):
        sheet.write_row(row, 1, [str(row), "Post", "Closed", "Us", "02/04/2019 06:10 AM"])
    sheet.write_formula(2, 3, '=CONCATENATE("Schools are ","closed")', None, "Schools are closed")
    sheet.write_formula(3, 3, '=CONCATENATE("Schools are ","closed")', None, "")
    sheet.write_formula(4, 3, "=X1", None, "#REF!")
    sheet.write_formula(5, 12, "=X1", None, "#REF!")
    book.close()
    records, rejects = read(TABLE, path, OURS, mapping=told | {"rows_before": 1})
    assert [(r.native_id, r.text) for r in records] == [
        ("2", "Schools are closed"),
        ("5", "Closed"),
        ("6", "Closed"),
    ]
    assert [(r.place, r.reason) for r in rejects] == [
        ("row 4", "its cell D4 contains a formula without a saved result"),
        ("row 5", "its cell D5 contains the error #REF!"),
    ]


def test_rows_of_a_sheet_that_is_not_read_are_told(tmp_path: Path, told: dict[str, Any]) -> None:
    path = tmp_path / "export.xlsx"
    book = xlsxwriter.Workbook(path)
    for name in ("Posts", "Comments", "Nothing"):
        sheet = book.add_worksheet(name)
        for row, values in enumerate(
            (HEADER.split(","), ["1", "Post", name, "Us", "02/04/2019 06:10 AM"]) if name != "Nothing" else ()
        ):
            sheet.write_row(row, 0, values)
    book.close()
    [record], [reject] = read(TABLE, path, OURS, mapping=told)
    assert (record.text, reject.place) == ("Posts", "the sheet Comments")
    assert reject.reason == "it has 2 rows: enter the sheet to import as `sheet` in the mapping"
    [record], rejects = read(TABLE, path, OURS, mapping=told | {"sheet": "Comments"})
    assert (record.text, rejects) == ("Comments", [])


@pytest.mark.parametrize(
    ("end", "texts", "reason"),
    [
        (
            "2,School is clo",
            ["Snow"],
            "the file ends within it, in cell 2 of 3: export or download the file again",
        ),
        ("2,School is closed,Us", ["Snow", "School is closed"], ""),
        # some programs leave out empty cells at the end
        ("2,School is closed\r\n", ["Snow", "School is closed"], ""),
    ],
)
def test_a_table_that_breaks_off_within_a_row(
    tmp_path: Path, end: str, texts: list[str], reason: str
) -> None:
    """A download that did not come to its end: half a text was kept as the whole."""
    path = tmp_path / "export.csv"
    path.write_bytes(f"ID,Text,From\r\n1,Snow,Us\r\n{end}".encode())
    fields = {
        "columns": {"native_id": "ID", "text": "Text", "author_name": "From"},
        "constants": {"kind": "post"},
    }
    found, rejects = read(TABLE, path, OURS, mapping={"format": 1, "made_by": "x", "zone": "UTC", **fields})
    assert [one.text for one in found] == texts
    assert [(one.place, one.reason) for one in rejects] == ([("line 3", reason)] if reason else [])


def test_a_table_that_is_not_the_mappings(tmp_path: Path, told: dict[str, Any]) -> None:
    with pytest.raises(ImportRefused, match=r"has no column 'Attachments', 'Date'.*its columns: 'Post ID'"):
        read(TABLE, table(tmp_path, "1", header="Post ID"), OURS, mapping=told)
    with pytest.raises(ImportRefused, match="has no sheet 'Nowhere'; its sheets: Cover, Posts, Nothing"):
        read(TABLE, workbook(tmp_path), OURS, mapping=told | {"sheet": "Nowhere"})
    with pytest.raises(ImportRefused, match="has no row with column names"):
        read(TABLE, workbook(tmp_path), OURS, mapping=told | {"sheet": "Nothing"})
    with pytest.raises(ImportRefused, match="has the column 'Type' twice"):
        read(TABLE, table(tmp_path, "1", header=f"{HEADER},Type"), OURS, mapping=told)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"zone": "Nowhere/City"}, "is not a time zone"),
        ({"dates": "%Q"}, "dates: '%Q' is not a date format"),
        ({"dates": "%m/%m/%Y"}, "dates: '%m/%m/%Y' is not a date format"),
        ({"dates": "%b %d, %I:%M %p"}, "dates: '%b %d, %I:%M %p' is not a complete date"),
        ({"dates": "%d/%M/%Y"}, "dates: '%d/%M/%Y' is not a complete date"),
        (
            {"dates": "%m/%d/%Y %H:%M %p"},
            "dates: '%m/%d/%Y %H:%M %p' does not distinguish morning and afternoon",
        ),
        ({"dates": "%m/%d/%Y %I:%M"}, "dates: '%m/%d/%Y %I:%M' does not distinguish morning and afternoon"),
        ({"columns": {"text": "Message"}}, "native_id or record_id must be a column"),
        ({"columns": {"native_id": "Post ID"}}, "kind must be a column or a constant"),
        ({"columns": {"colour": "Post ID"}}, "'colour' is not one of"),
        ({"zone": None}, "None is not of type 'string'"),
        ({"constants": {"kind": "post"}}, "kind are also columns"),
        ({"values": {"kind": {1: "post"}}}, "values.kind: 1 is not text: put it in quotation marks"),
        ({"values": {"kind": {True: "post"}}}, "values.kind: True is not text: put it in quotation marks"),
    ],
)
def test_a_mapping_that_cannot_be_used(
    tmp_path: Path, told: dict[str, Any], change: dict[str, Any], words: str
) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(told | change), "utf-8")
    with pytest.raises(UsageError, match=re.escape(words)):
        mapping.read_mapping(path)


def test_a_key_of_a_mapping_that_stands_twice_is_told(tmp_path: Path) -> None:
    """The column of the first one would be left out."""
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "format: 1\nmade_by: x\nzone: UTC\ncolumns:\n  native_id: ID\n  text: Message\n  text:"
        " Note\nconstants: {kind: post}\n",
        "utf-8",
    )
    with pytest.raises(UsageError, match=r"the key 'text' appears twice, first in line 6"):
        mapping.read_mapping(path)


@pytest.mark.parametrize(
    "form",
    [
        "%m/%d/%Y",
        "%d.%m.%y %H:%M",
        "%Y-%m-%dT%H:%M:%S%z",
        "%m/%d/%Y %I:%M %p %Z",
        "%Y%j",
        "%c",
        "%d %B %Y %H h, 100%%p",
    ],
)
def test_a_form_that_tells_a_moment_is_taken(tmp_path: Path, told: dict[str, Any], form: str) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(yaml.safe_dump(told | {"dates": form}), "utf-8")
    assert mapping.read_mapping(path)["dates"] == form


@pytest.mark.parametrize("mark", ["", "\ufeff"])  # the byte order mark that programs of Windows put first
def test_the_documented_json_lines(tmp_path: Path, mark: str) -> None:
    page = (REPOSITORY / "docs/admin/import.md").read_text("utf-8")
    [example] = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "export.jsonl"
    path.write_text(mark + example, "utf-8")
    assert recognize(ImportFiles(path, tmp_path), "flickr") is find_importer("jsonl")
    records, rejects = read(find_importer("jsonl"), path, OURS)
    assert rejects == []
    assert [(r.record_id, r.kind, r.parent_id) for r in records] == [
        ("flickr:77", "post", None),
        ("flickr:78", "comment", "flickr:77"),
    ]
    assert all(r.historical for r in records)


@pytest.mark.parametrize(
    ("platform", "whole"),
    [
        ("tiktok", "tiktok:videos/77"),
        ("vimeo", "vimeo:videos/77"),
        ("mastodon", "mastodon:a.test/statuses/77"),
    ],
)
def test_ids_that_captures_never_give_are_told(
    tmp_path: Path, told: dict[str, Any], platform: str, whole: str
) -> None:
    """Such items were stored in addition to those of captures, and comments without their conversation."""
    path, good = tmp_path / "export.jsonl", {"kind": "post", "native_id": "77", "record_id": whole}
    lines = (
        {"recordroom": 1},
        {"kind": "post", "native_id": "77"},
        good,
        {**good, "parent_id": "76"},
        {**good, "root_id": whole},
        [1],
    )
    path.write_text("".join(f"{json.dumps(one)}\n" for one in lines), "utf-8")
    records, rejects = read(find_importer("jsonl"), path, account(platform))
    assert [(r.record_id, r.root_id) for r in records] == [(whole, whole)] * 2
    assert sorted((r.place, r.reason.partition(", as ")[0]) for r in rejects) == [
        ("line 2", f"on {platform}, an item needs its complete record_id"),
        ("line 4", f"on {platform}, parent_id must be a complete record_id"),
        ("line 6", "it is not a JSON object"),
    ]
    if platform != "mastodon":
        with pytest.raises(ImportRefused, match="needs its complete record_id"):
            read(TABLE, table(tmp_path, "1,Post,x,Us,,,,,,,,"), account(platform), mapping=told)
    told = {
        **told,
        "columns": {
            "record_id" if field == "native_id" else field: column
            for field, column in told["columns"].items()
        },
    }
    rows = (
        f"{whole},Post,x,Us,,,,,,,,",
        f"{whole}1,Comment,x,Us,,76,,,,,,",
        f"{whole}2,Comment,x,Us,,{whole},,,,,,",
    )
    records, rejects = read(TABLE, table(tmp_path, *rows), account(platform), mapping=told)
    assert [(r.record_id, r.parent_id) for r in records] == [(whole, None), (f"{whole}2", whole)]
    assert [(r.place, r.reason.partition(", as ")[0]) for r in rejects] == [
        ("line 3", f"on {platform}, parent_id must be a complete record_id")
    ]
