"""Cells of a workbook that show no value (XLSX, ECMA-376 part 1, 18.3.1.4).

These are errors, formulas whose result the program never saved, and all cells of a merged range but the
first. A reader of values returns nothing for them, as for an empty cell.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")
_RANGE = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells shown as one, with the value of the first. Rows from 1, columns from 0."""

    name: str  # the range: `A1:B2`
    rows: range
    columns: range

    def lacks(self, row: int, column: int) -> str:
        """Return why a cell shows no value of its own, or ""."""
        hidden = (
            row in self.rows and column in self.columns and (row, column) != (self.rows[0], self.columns[0])
        )
        return (
            f"a cell in it is merged with others ({self.name}), and only the first of them has a value"
            if hidden
            else ""
        )


def without_value(path: Path, sheet: str) -> tuple[dict[int, dict[int, str]], dict[int, list[Merged]]]:
    """Return the cells of a sheet that show no value, and its merged ranges.

    (row, from 1 -> column, from 0 -> what is wrong with the cell; row -> merged ranges that begin in it).
    KeyError or ET.ParseError if the file is no XLSX workbook.
    """
    found: dict[int, dict[int, str]] = {}
    merged: dict[int, list[Merged]] = {}
    with zipfile.ZipFile(path) as book, book.open(_part(book, sheet)) as file:
        for one in _cells(file):
            if isinstance(one, Merged):
                merged.setdefault(one.rows[0], []).append(one)
            else:
                row, column, why = one
                found.setdefault(row, {})[column] = why
    return found, merged


def _part(book: zipfile.ZipFile, sheet: str) -> str:
    """Return the name of the sheet's part, to which the workbook refers by an id."""
    tree, related = (
        ET.fromstring(book.read(name))  # noqa: S314 (expat limits the expansion of entities)
        for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    element = next(
        one for space in (_MAIN, _STRICT) for one in tree.iter(f"{space}sheet") if one.get("name") == sheet
    )
    wanted = next(told for name in _RELATIONS if (told := element.get(name)))
    target = next(one.attrib["Target"] for one in related if one.get("Id") == wanted)
    return posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")


def _cells(file: IO[bytes]) -> Iterator[tuple[int, int, str] | Merged]:
    for _, element in ET.iterparse(file):  # noqa: S314 (as above)
        kind = element.tag.rpartition("}")[2]
        if kind == "c" and (why := _why(element)) and (place := _REFERENCE.fullmatch(element.get("r", ""))):
            yield int(place[2]), _number(place[1]), f"its cell {place[0]} {why}"
        elif kind == "mergeCell" and (ends := _RANGE.fullmatch(element.get("ref", ""))):
            left, first, right, last = ends.groups()
            yield Merged(ends[0], range(int(first), int(last) + 1), range(_number(left), _number(right) + 1))
        elif kind == "row":
            element.clear()


def _why(cell: ET.Element) -> str:
    parts = {part.tag.rpartition("}")[2]: part.text or "" for part in cell}
    if cell.get("t") == "e":
        return f"contains the error {parts.get('v', '')}".rstrip()
    # a formula whose result is a text is a "str"
    uncounted = "f" in parts and not parts.get("v") and cell.get("t") != "str"
    return "contains a formula without a saved result" if uncounted else ""


def _number(letters: str) -> int:
    """Return the number of a column: 0 for A, 26 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
