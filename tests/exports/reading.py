"""Reads exported files back with other means than those that wrote them: csv, zipfile, an XML parser and
pypdf; and what the audit says of them.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
from pypdf import PdfReader

from recordroom.archive.ledger import Ledger, list_ledgers
from tests.building import Building

_NAME = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def data_files(folder: Path) -> dict[str, bytes]:
    """Everything but the receipt."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    return {name: data for name, data in found.items() if "receipt" not in name}


def told(receipt: dict[str, Any]) -> dict[str, Any]:
    """A receipt without what may differ."""
    return {name: value for name, value in receipt.items() if name not in ("who", "when", "name")}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (folder / "WORKING-COPY_records.jsonl").read_bytes().splitlines()]


def audited(building: Building) -> list[dict[str, Any]]:
    found = [
        e
        for name in list_ledgers(building.archive, "audit/")
        for e in Ledger(building.archive, name).entries()
    ]
    return [event for entry in found for event in entry.body["events"] if event["type"] == "export"]


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows by heading; the file must be UTF-8 with a mark, its line ends CRLF outside quotes."""
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    text = data[3:].decode()
    assert "\n" not in re.sub('"(?:[^"]|"")*"', "", text, flags=re.DOTALL).replace("\r\n", "")
    headings, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert len(set(headings)) == len(headings)
    assert all(len(row) == len(headings) for row in rows)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def own_text(row: dict[str, str], heading: str) -> str:
    """Return a cell without the apostrophe that the row's notes mention."""
    return (
        row[heading].removeprefix("'")
        if f"{heading}: apostrophe" in row["Notes on cells"].split("; ")
        else row[heading]
    )


def read_xlsx(path: Path) -> list[list[dict[str, str]]]:
    """The rows of each sheet by heading, as text; every cell must be a text or a number, never a formula or a
    link.
    """
    with zipfile.ZipFile(path) as book:
        names = sorted(
            (n for n in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)),
            key=lambda n: int(n[19:-4]),
        )
        assert not [
            n
            for n in book.namelist()
            if "sharedStrings" in n or "externalLink" in n or n.endswith("sheet1.xml.rels")
        ]
        return [_sheet(book.read(name)) for name in names]


def _sheet(data: bytes) -> list[dict[str, str]]:
    tree = ET.fromstring(data)  # noqa: S314 (our own file)
    assert not [e for e in tree.iter() if e.tag in (f"{_NAME}f", f"{_NAME}hyperlink")]
    rows = [{_column(c.attrib["r"]): _value(c) for c in row} for row in tree.iter(f"{_NAME}row")]
    headings, *rest = rows
    return [{headings[column]: value for column, value in row.items()} for row in rest]


def _column(reference: str) -> str:
    return reference.rstrip("0123456789")


def _value(cell: ET.Element) -> str:
    if cell.attrib.get("t") == "inlineStr":
        text = "".join(t.text or "" for t in cell.iter(f"{_NAME}t"))
        return re.sub("_x([0-9A-Fa-f]{4})_", lambda m: chr(int(m[1], 16)), text)  # ST_Xstring
    assert "t" not in cell.attrib
    return "".join(v.text or "" for v in cell.iter(f"{_NAME}v"))


@dataclass(frozen=True, slots=True)
class Node:
    """An element of a PDF's structure: `kind` is H1, P, Figure and the like."""

    kind: str
    alt: str | None
    language: str | None


def pdf_text(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


def pdf_tree(path: Path) -> list[Node]:
    """All elements of the structure, in the order in which they are read aloud."""
    root: Any = PdfReader(path).root_object["/StructTreeRoot"]
    return list(_elements(root["/K"]))


def outline(path: Path) -> list[tuple[int, str]]:
    """The bookmarks with their levels, from 1."""
    reader = PdfReader(path)
    return list(_bookmarks(reader.outline, 1))


def _elements(kids: Any) -> Iterator[Node]:
    for kid in kids if isinstance(kids, list) else [kids]:
        element = kid.get_object()
        if isinstance(element, dict) and "/S" in element:
            yield Node(element["/S"][1:], element.get("/Alt"), element.get("/Lang"))
            yield from _elements(element.get("/K", []))


def _bookmarks(items: Any, level: int) -> Iterator[tuple[int, str]]:
    for item in items:
        if isinstance(item, list):
            yield from _bookmarks(item, level + 1)
        else:
            yield level, item.title
