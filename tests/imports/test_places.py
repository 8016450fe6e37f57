"""The place of an item in a piece of a file: it shows that item only, and nothing of its neighbors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from recordroom.imports.contract import Reject
from recordroom.imports.registry import find_importer, item_at, parse_piece
from recordroom.model import Record
from recordroom.register.models import Account
from tests.imports.downloads.test_wordpress_wxr import COMMENT, OURS, item, written
from tests.imports.downloads.test_x import archived as x_archive
from tests.imports.downloads.test_x import tweet
from tests.imports.reading import account, exchanges
from tests.imports.test_downloads import CHANNEL, HEADER, TUBE, archived, table

WORDS = ('closed because of "ice"', "the buses stay in the yard", "open again")
COLUMNS = ["Post ID", "Type", "Message"]
MAPPING: dict[str, Any] = {
    "format": 1, "made_by": "Export of the old archive", "zone": "UTC",
    "columns": {"native_id": "Post ID", "kind": "Type", "text": "Message"},
    "values": {"kind": {"Post": "post"}},
}  # fmt: skip


def workbook(path: Path) -> Path:
    """With an empty row above the last one."""
    book = xlsxwriter.Workbook(str(path / "old.xlsx"))
    sheet = book.add_worksheet()
    for row, cells in zip(
        (0, 1, 2, 4), [COLUMNS, *([str(n), "Post", words] for n, words in enumerate(WORDS))], strict=True
    ):
        sheet.write_row(row, 0, cells)
    book.close()
    return path / "old.xlsx"


def csv(path: Path, sign: str = "{}") -> Path:
    rows = [COLUMNS, *([str(n), "Post", words.replace('"', '""')] for n, words in enumerate(WORDS))]
    quoted = [",".join(f'"{cell}"' if '"' in cell else sign.format(cell) for cell in row) for row in rows]
    (path / "old.csv").write_text("\n".join([*quoted[:3], "", *quoted[3:], ""]))
    return path / "old.csv"


def lines(path: Path) -> Path:
    told = [
        f'{{"kind": "post", "native_id": "{n}", "text": "{words.replace(chr(34), "")}"}}'
        for n, words in enumerate(WORDS)
    ]
    (path / "old.jsonl").write_text("\n".join(['{"recordroom": 1}', *told[:2], "", *told[2:], ""]))
    return path / "old.jsonl"


def export(path: Path) -> Path:
    """Two comments on one post, and a post."""
    two = "".join(
        COMMENT.format(id=n, text=words, approved="1", parent=0) for n, words in enumerate(WORDS[:2], 5)
    )
    return written(path, item(1, more=two), item(2, WORDS[2]))


def takeout(path: Path) -> Path:
    rows = [
        [f"Ugx{n}", CHANNEL, "2023-06-01T12:34:56+00:00", "", "", "", "vid00000001", words, ""]
        for n, words in enumerate(WORDS)
    ]
    return archived(
        path / "a.zip", {"Takeout/YouTube and YouTube Music/comments/comments.csv": table(HEADER, *rows)}
    )


def linkedin(path: Path) -> Path:
    link = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A701234567890123456"
    rows = [["2023-06-01 12:34:56", f"{link}{n}", words] for n, words in enumerate(WORDS)]
    return archived(path / "a.zip", {"Shares.csv": table("Date,ShareLink,ShareCommentary", *rows)})


FORMS: dict[str, tuple[str, Account, Callable[[Path], Path]]] = {
    "workbook": ("table", account("flickr"), workbook),
    "CSV": ("table", account("flickr"), csv),
    "CSV, all quoted": ("table", account("flickr"), lambda path: csv(path, '"{}"')),
    "JSON Lines": ("jsonl", account("flickr"), lines),
    "WordPress export": ("wxr", OURS, export),
    "Takeout": ("takeout", TUBE, takeout),
    "LinkedIn": ("linkedindownload", account("linkedin"), linkedin),
}


@pytest.mark.parametrize("name", FORMS)
def test_each_item_is_shown_alone(tmp_path: Path, name: str) -> None:
    form, whose, written_to = FORMS[name]
    mapping = MAPPING if form == "table" else None
    shown = {
        record.text: item_at(exchange, record.pointer) or ""
        for exchange in exchanges(find_importer(form), written_to(tmp_path), whose, mapping=mapping) if not isinstance(exchange, Reject)
        for record in parse_piece(exchange) if isinstance(record, Record)
    }  # fmt: skip
    for words in WORDS:
        [own] = [text for said, text in shown.items() if said and words[:8] in said]
        assert words[:8] in own
        assert not [one for one in WORDS if one != words and one[:8] in own]
    assert not [
        text for said, text in shown.items() if said == "Snow" and any(one[:8] in text for one in WORDS)
    ]


def test_a_place_in_json_is_left_to_whoever_reads_json(tmp_path: Path) -> None:
    [exchange] = exchanges(
        find_importer("xarchive"), x_archive(tmp_path / "x.zip", tweets=[tweet("2", WORDS[0])]), account("x")
    )
    assert not isinstance(exchange, Reject)
    assert item_at(exchange, "/0") is None


def test_a_line_of_json_lines_is_shown_without_the_escapes_of_its_writer(tmp_path: Path) -> None:
    told = {"kind": "post", "native_id": "1", "text": "Grüße, half \ud83d of a pair: โรงเรียนปิด"}
    (tmp_path / "old.jsonl").write_text(f"{json.dumps(told)}\n", "ascii")
    [exchange] = exchanges(find_importer("jsonl"), tmp_path / "old.jsonl", account("flickr"))
    assert not isinstance(exchange, Reject)
    assert '"text": "Grüße, half \\ud83d of a pair: โรงเรียนปิด"' in (item_at(exchange, "line/1") or "")
