"""Read a workbook in a process of its own, with bounded memory and time.

workbook.py starts it.

It reads one line of JSON: `path`, `copy` (an empty file), `mapping`. It writes lines
`<kind> TAB <number> TAB <JSON>`:

- `row`: the cells of a row, whose number counts from 1
- `reject`: why a row is not imported
- `sheet`: the name of another sheet, and the number of its rows
- `end`: everything was read; the last line. Instead of it: `refused` (why the file is not read), `absent`
  (the names of the workbook's sheets, if the mapping's is not among them), `full` (there is no room for the
  copy), `broken` (why it is no workbook)

The members of the file are copied first, with a limit on their real bytes. The copy declares its sizes
truthfully, whatever the file declared.
"""

from __future__ import annotations

import os
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

import orjson
import python_calamine

from recordroom.archive import disk
from recordroom.errors import SpoolFull
from recordroom.imports.files import DAMAGED
from recordroom.imports.split import LARGEST_ITEM
from recordroom.imports.tables.mapping import columns_of
from recordroom.imports.tables.xlsx_cells import Merged, without_value
from recordroom.text import replace_surrogates

MEMORY, SECONDS = 3 * 2**29, 1800  # bytes of address space; seconds of processor time
LARGEST_BOOK = 512 * 1024**2  # bytes unpacked: calamine reads all of it into memory
CHUNK = 1 << 20
EXACT = 2**53  # a workbook's numbers are exact up to here
_KEPT = 10**15  # spreadsheet programs keep 15 digits of a typed or pasted number; the others become zeros
_LONGEST = 32_767  # characters (of UTF-16 or Unicode; programs differ) in a cell; longer texts are cut


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # record text belongs in no log
    asked = orjson.loads(sys.stdin.readline())
    try:
        _copy(Path(asked["path"]), Path(asked["copy"]))
        _read(Path(asked["copy"]), asked["mapping"])
    except SpoolFull as problem:
        _end("full", problem.why)
    except (
        python_calamine.CalamineError,
        IndexError,
        KeyError,
        StopIteration,
        ET.ParseError,
        *DAMAGED,
    ) as problem:
        _end("broken", str(problem))
    _end("end", None)


def _say(kind: str, number: int, told: Any) -> None:
    sys.stdout.buffer.write(
        b"%s\t%d\t%s\n" % (kind.encode(), number, told if isinstance(told, bytes) else orjson.dumps(told))
    )


def _end(kind: str, told: Any) -> NoReturn:
    _say(kind, 0, told)
    sys.stdout.flush()
    sys.exit()


def _copy(path: Path, to: Path) -> None:
    size, seen = 0, set[str]()
    with disk.room_for(to), zipfile.ZipFile(path) as book, zipfile.ZipFile(to, "w") as copy:
        for member in book.infolist():
            if member.filename in seen:
                raise zipfile.BadZipFile(f"it contains {member.filename!r} twice")
            seen.add(member.filename)
            with book.open(member) as source, copy.open(member.filename, "w", force_zip64=True) as target:
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    if size > LARGEST_BOOK:
                        _end("refused", f"unpacks to more than {LARGEST_BOOK:,} bytes")
                    target.write(chunk)


def _read(path: Path, mapping: Mapping[str, Any]) -> None:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    wanted = mapping.get("sheet", book.sheet_names[0])
    if wanted not in book.sheet_names:
        _end("absent", book.sheet_names)
    for kind, number, told in _rows(path, book.get_sheet_by_name(wanted), wanted, mapping):
        _say(kind, number, told)
    for name in book.sheet_names:
        if name != wanted:
            _say(
                "sheet",
                sum(any(cell != "" for cell in row) for row in _rows_in(book.get_sheet_by_name(name))),
                name,
            )


def _rows(
    path: Path, sheet: python_calamine.CalamineSheet, name: str, mapping: Mapping[str, Any]
) -> Iterator[tuple[str, int, bytes | str]]:
    """Return the row with the names, and those below it.

    A row is rejected if a mapped cell shows no value.
    """
    (_, left), (wrong, merged) = sheet.start or (0, 0), without_value(path, name)
    within: list[Merged] = []  # merged ranges that include the current row
    names: dict[int, str] = {}
    ids = {column for field, column in mapping["columns"].items() if field.endswith("_id")}
    mapped = columns_of(mapping)
    # calamine returns empty rows above the table, but no empty columns before it
    for number, row in enumerate(_rows_in(sheet), 1):
        bad = [why for column, why in wrong.get(number, {}).items() if names.get(column) in mapped]
        told = ((names[column], cell) for column, cell in enumerate(row, left) if names.get(column) in mapped)
        bad += [why for name, cell in told if (why := _altered(cell, is_id=name in ids))]
        filled = any(cell != "" for cell in row)
        within = [one for one in [*within, *merged.get(number, ())] if number in one.rows]
        asked = [column for column, name in names.items() if filled and name in mapped]
        bad += [why for one in within for column in asked if (why := one.lacks(number, column))]
        if number <= mapping.get("rows_before", 0) or not (bad or filled):
            continue
        cells = orjson.dumps([_plain(cell) for cell in row])
        if len(cells) > LARGEST_ITEM:
            bad.append(f"it is longer than {LARGEST_ITEM:,} bytes")
        yield ("reject", number, bad[0]) if bad else ("row", number, cells)
        names = names or {column: str(cell) for column, cell in enumerate(row, left)}


def _altered(cell: object, *, is_id: bool) -> str:
    """Return why a cell may not contain what was put into it, or ""."""
    if is_id and isinstance(cell, float) and _KEPT <= abs(cell) < EXACT and cell % 10 == 0:
        kept = f"and spreadsheet programs keep only 15 digits ({cell:.0f}): export it again as text"
        return f"an ID in it is a number that ends with a zero, {kept}"
    if is_id and isinstance(cell, bool | date | time | timedelta):
        return f"an ID in it is {cell}, which a spreadsheet program changed: export it again as text"
    if (
        isinstance(cell, str)
        and len(cell) > _LONGEST // 2
        and _LONGEST in (len(cell), len(cell.encode("utf-16-le", "replace")) // 2)
    ):
        return f"a text in it has {_LONGEST:,} characters, the most that a cell can have: export it as CSV"
    return ""


def _rows_in(sheet: python_calamine.CalamineSheet) -> Iterable[list[Any]]:
    return sheet.iter_rows() if sheet.start else ()  # calamine's iterator panics on a sheet without cells


def _plain(cell: object) -> Any:
    if isinstance(cell, datetime):
        return {"date": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": f"{cell.isoformat()}T00:00:00"}
    if isinstance(cell, time | timedelta):
        return str(cell)
    return replace_surrogates(cell) if isinstance(cell, str) else cell


if __name__ == "__main__":
    main()
