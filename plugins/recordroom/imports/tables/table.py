"""Tables (CSV, XLSX) of other products, with `--map`: one row a record.

imports/tables/mapping.py says which column is which field. A CSV row is kept as the file has it, below the
line with the names. A row of a workbook is kept as JSON, since no row can be cut out of a workbook; a date in
it is `{"date": ...}`. The workbook itself is kept too.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from itertools import zip_longest
from typing import IO, Any
from zoneinfo import ZoneInfo

import orjson

from recordroom.canonical import SIGNIFICANT
from recordroom.errors import ImportRefused
from recordroom.imports.contract import About, Cut, Form, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.record_fields import (
    Wrong,
    explain_record_id,
    field_types,
    find_incomplete_id,
    find_record_id_part,
    record_from,
)
from recordroom.imports.split import Item, batches
from recordroom.imports.tables import csv_rows
from recordroom.imports.tables.mapping import check_header, columns_of
from recordroom.imports.tables.workbook import OtherSheet, read_rows
from recordroom.imports.tables.workbook_process import EXACT
from recordroom.model import LARGEST_NUMBER, Exchange, Record, instant, parts_of
from recordroom.register.models import Account
from recordroom.text import counted, replace_surrogates

FORM = Form("table", "table", parser=4, says=frozenset(SIGNIFICANT), asked=True)
# rules of today; imports from before them keep their records: no spaces in ids, complete ids, certain words
# and dates
_BY_NOW = {"bare_ids": True, "whole_ids": True, "sure": True}
_ROUNDED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]+")
# zone names with one meaning: those of mail (RFC 822), and of Alaska and Hawaii
_AMERICAN = {
    "EDT": -4,
    "EST": -5,
    "CDT": -5,
    "CST": -6,
    "MDT": -6,
    "MST": -7,
    "PDT": -7,
    "PST": -8,
    "AKDT": -8,
    "AKST": -9,
    "HST": -10,
}
_NAMED = {"UTC": 0, "UT": 0, "GMT": 0} | _AMERICAN
_NAME = re.compile(rf"\b(?:{'|'.join(_NAMED)})\b")
_NO = frozenset(("", "0", "no", "false", "n"))
_YES = frozenset(("1", "yes", "true", "y"))
# what programs write into a cell without a value
_NOTHING = frozenset(("-", "\u2013", "\u2014", "n/a", "na", "nan", "nil", "none", "null"))
# control characters, if bytes of Windows-1252 are read as Latin-1
_NO_LETTER = re.compile(b"\xc2[\x80-\x9f]")


def recognize(files: ImportFiles) -> bool:
    return files.alone and (files.name.lower().endswith(".csv") or _is_book(files))


def about(files: ImportFiles) -> About:  # noqa: ARG001 (a table says nothing of whose it is)
    return About()


def pieces(files: ImportFiles, account: Account, mapping: Mapping[str, Any]) -> Iterator[Cut]:
    if not files.alone:
        raise ImportRefused(
            f"{files.name} is an archive, not a table", "Unpack it, and import the CSV or XLSX file."
        )
    if find_record_id_part(account.platform) == "kind" and "record_id" not in {
        *mapping["columns"],
        *mapping.get("constants", ()),
    }:
        raise ImportRefused(explain_record_id(account.platform), "Map a column to record_id.")
    if _is_book(files):
        yield from _book_pieces(files, mapping)
    else:
        with files.open(files.name) as file:
            yield from _csv_pieces(file, files.name, mapping)


def parse(exchange: Exchange) -> Iterator[Record | Reject]:
    mapping, numbers = exchange.context["import"]["mapping"], exchange.context["rows"]
    word = exchange.context["word"]
    header, *rows = _rows_of(exchange, mapping)
    ids = (
        {column for field, column in mapping["columns"].items() if field.endswith("_id")}
        if exchange.context.get("bare_ids")
        else set()
    )
    for number, row in zip(numbers, rows, strict=True):
        try:
            if len(row) > len(header):
                raise Wrong(f"it has {len(row)} cells, but the table has {len(header)} columns")
            cells = {name: cell for name, cell in _cells(header, row, ids) if cell not in (None, "")}
            yield _record(cells, mapping, exchange, f"{word}/{number}")
        except Wrong as problem:
            yield Reject(f"{word} {number}", str(problem))


def item(exchange: Exchange, pointer: str) -> str:
    """Return the cells of `line/7` or `row/7` with their columns' names.

    KeyError if no row begins there.
    """
    header, *rows = _rows_of(exchange, exchange.context["import"]["mapping"])
    row = dict(zip(exchange.context["rows"], rows, strict=True))[int(pointer.rpartition("/")[2])]
    return csv_rows.render_cells(zip_longest(header, row))


def _cells(header: list[Any], row: list[Any], ids: set[str]) -> Iterator[tuple[Any, Any]]:
    for name, cell in zip_longest(header, row):
        yield name, cell.strip() if name in ids and isinstance(cell, str) else cell


# -- rows -----------------------------------------------------------------------------------------


def _csv_pieces(file: IO[bytes], name: str, mapping: Mapping[str, Any]) -> Iterator[ImportPiece | Reject]:
    rows = csv_rows.rows(file, *_form(mapping), before=mapping.get("rows_before", 0))
    head = next(rows, None)
    if not isinstance(head, Item):
        raise ImportRefused(
            f"{name} has no line with column names" + (f": {head.reason}" if head else ""),
            "Check the file.",
        )
    [names] = csv_rows.read_cells(head.raw, _form(mapping)[1])
    if names != [replace_surrogates(one) for one in names]:
        raise ImportRefused(
            f"the column names of {name} are not in UTF-8",
            "Enter the file's encoding as `encoding` in the mapping.",
        )
    check_header(mapping, names, name)
    for batch in batches(
        _letters(csv_rows.reject_lossy(rows, len(names), _form(mapping)[1]), _form(mapping)[0])
    ):
        if isinstance(batch, Reject):
            other = ": enter its encoding as `encoding` in the mapping" if "UTF-8" in batch.reason else ""
            yield Reject(batch.place, f"{batch.reason}{other}")
            continue
        numbers = [item.number for item in batch]
        body = b"".join([head.raw, *(item.raw for item in batch)])
        yield ImportPiece(
            body,
            "text/csv; charset=utf-8",
            f"line/{numbers[0]}",
            {"rows": numbers, "word": "line", **_BY_NOW},
        )


def _letters(rows: Iterable[Item | Reject], encoding: str) -> Iterator[Item | Reject]:
    """Replace rows that do not fit the mapping's encoding with Rejects.

    Latin-1 has a character for every byte, so reading alone detects nothing.
    """
    for row in rows:
        if (
            isinstance(row, Item)
            and codecs.lookup(encoding).name.startswith("iso8859")
            and _NO_LETTER.search(row.raw)
        ):
            yield Reject(
                f"line {row.number}",
                f"it has characters that do not exist in {encoding}: if a Windows program wrote the file, "
                "enter cp1252 as `encoding` in the mapping",
            )
        else:
            yield row


def _form(mapping: Mapping[str, Any]) -> tuple[str, str]:
    """Return (encoding, delimiter) of a CSV file."""
    return mapping.get("encoding", "utf-8-sig"), mapping.get("delimiter", ",")


def _is_book(files: ImportFiles) -> bool:
    return files.alone and files.start(files.name, 4) == b"PK\x03\x04"


def _book_pieces(files: ImportFiles, mapping: Mapping[str, Any]) -> Iterator[Cut]:
    rows = read_rows(files, mapping)
    head = next(rows, None)
    if not isinstance(head, Item):
        raise ImportRefused(
            f"{files.name} has no row with column names",
            "Check the file; rows_before in the mapping skips rows.",
        )
    check_header(mapping, [str(cell) for cell in orjson.loads(head.raw)], files.name)
    others: list[OtherSheet] = []
    for batch in batches(_but_sheets(rows, others)):
        if isinstance(batch, Reject):
            yield batch
            continue
        numbers = [item.number for item in batch]
        body = b"[" + b",\n".join([head.raw, *(item.raw for item in batch)]) + b"]"
        yield ImportPiece(
            body, "application/json", f"row/{numbers[0]}", {"rows": numbers, "word": "row", **_BY_NOW}
        )
    for sheet in others:  # a person who names a sheet has seen the others
        if sheet.rows and "sheet" in mapping:
            yield Passed(
                f"a sheet that the mapping does not name: {sheet.name} ({counted(sheet.rows, 'row')})"
            )
        elif sheet.rows:
            words = (
                f"it has {counted(sheet.rows, 'row')}: enter the sheet to import as `sheet` in the mapping"
            )
            yield Reject(f"the sheet {sheet.name}", words)


def _but_sheets(
    rows: Iterable[Item | Reject | OtherSheet], sheets: list[OtherSheet]
) -> Iterator[Item | Reject]:
    """Return the rows; append the other sheets to `sheets`."""
    for row in rows:
        if isinstance(row, OtherSheet):
            sheets.append(row)
        else:
            yield row


def _rows_of(exchange: Exchange, mapping: Mapping[str, Any]) -> Iterable[list[Any]]:
    if exchange.context["word"] == "line":
        return csv_rows.read_cells(exchange.body, _form(mapping)[1])
    rows: list[list[Any]] = orjson.loads(exchange.body)
    return [[str(cell) for cell in rows[0]], *rows[1:]]


# -- fields ---------------------------------------------------------------------------------------


def _record(cells: Mapping[str, Any], mapping: Mapping[str, Any], exchange: Exchange, pointer: str) -> Record:
    given: dict[str, Any] = dict(mapping.get("constants", {}))
    counts: dict[str, int] = {}
    sure = bool(exchange.context.get("sure"))
    for field, column in mapping["columns"].items():
        if column not in cells:
            continue
        cell = _meaning(field, cells[column], mapping)
        if field in _counted():
            counts[field] = _number(field, cell)
        elif field == "files":
            given["media"] = [{"file": name} for name in _split(_text(field, cell), mapping)]
        elif cell is not None:
            given[field] = _value(field, cell, mapping, sure=sure)
    given |= {"counts": counts} if counts else {}
    given |= _claims(cells, mapping, sure=sure)
    if exchange.context.get("whole_ids") and (
        reason := find_incomplete_id(given, exchange.context["platform"])
    ):
        raise Wrong(reason)
    record = record_from(given, exchange.context["platform"], pointer)
    known = columns_of(mapping) | set(mapping.get("ignored", ()))
    record.leftover = tuple(sorted(str(name) for name in cells if name not in known))
    return record


def _counted() -> set[str]:
    return {part.name for part in parts_of("counts")}


def _meaning(field: str, cell: Any, mapping: Mapping[str, Any]) -> Any:
    """Return what the mapping says that the table's word means."""
    words = mapping.get("values", {}).get(field)
    if words is None:
        return cell
    word = _text(field, cell).strip()
    if word not in words:
        raise Wrong(f"{field}: the mapping does not explain the value {word!r}")
    return words[word]


def _value(field: str, cell: Any, mapping: Mapping[str, Any], *, sure: bool) -> Any:
    kind = field_types()[field]
    if kind == "instant":
        text = _text(
            field, cell
        ).strip()  # Python reads some numbers of seconds as a date: 1512101112345 as one of 1512
        if sure and "dates" not in mapping and text.isdecimal() and len(text) != len("20190204"):
            raise Wrong(f"{field} {text!r} is a number, not a date and time: export it again as a date")
        return instant(_moment(field, cell, mapping))
    if kind == "boolean":
        word = str(cell).strip().lower()
        if word not in _YES | _NO:
            raise Wrong(f"{field} {cell!r} is neither yes nor no")
        return word in _YES
    if kind == "keywords":
        return _split(_text(field, cell), mapping)
    return _text(field, cell)


def _text(field: str, cell: Any) -> str:
    if isinstance(cell, float):
        if not cell.is_integer():
            return repr(cell)
        if abs(cell) >= EXACT:
            raise Wrong(
                f"{field} is a number that the workbook rounds ({cell:.0f}): export it again as text or CSV"
            )
        return str(int(cell))
    if isinstance(cell, dict):
        return str(cell["date"])
    text = str(cell)
    if field.endswith("_id") and _ROUNDED.fullmatch(text):
        raise Wrong(
            f"{field} {text!r} was rounded by a spreadsheet program: export the file again, and do not open "
            "it in such a program"
        )
    return text


def _number(field: str, cell: Any) -> int:
    text = _text(field, cell).strip().replace(",", "")
    # Python refuses numbers of 5,000 digits
    if not text.isascii() or not text.isdecimal() or len(text) > len(str(LARGEST_NUMBER)):
        raise Wrong(f"{field} {text!r} is not a whole number")
    return int(text)


def _split(text: str, mapping: Mapping[str, Any]) -> list[str]:
    return [part for one in text.split(mapping.get("lists", "\n")) if (part := one.strip())]


def _moment(field: str, cell: Any, mapping: Mapping[str, Any]) -> datetime:
    """Return a cell's moment in UTC.

    The mapping's zone applies if the cell has no offset; in the hour that comes twice, the first one.
    """
    text = _text(field, cell).strip()
    try:
        form = None if isinstance(cell, dict) else mapping.get("dates")
        told = datetime.strptime(*_offset(text, form)) if form else datetime.fromisoformat(text)  # noqa: DTZ007
        return (told if told.tzinfo else told.replace(tzinfo=_zone(mapping["zone"]))).astimezone(UTC)
    except (ValueError, OverflowError):
        form = mapping.get("dates", "ISO 8601")
        raise Wrong(f"{field} {text!r} is not a date and time in the format {form}") from None


def _offset(text: str, form: str) -> tuple[str, str]:
    """Replace the zone's name with its offset.

    Python reads UTC and GMT, and takes them for no zone at all.
    """
    if "%Z" not in form or "%z" in form:
        return text, form
    return _NAME.sub(lambda name: f"{_NAMED[name[0]]:+03}00", text), form.replace("%Z", "%z")


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _claims(cells: Mapping[str, Any], mapping: Mapping[str, Any], *, sure: bool) -> dict[str, Any]:
    """Return what the table's own flags say, as claims of the table."""
    said = {name: cells.get(mapping[name]["column"]) for name in ("deleted", "edited") if name in mapping}
    told = _is_told if sure else _is_true
    true = {
        name: cell for name, cell in said.items() if cell is not None and told(cell, mapping[name], mapping)
    }
    if not true:
        return {}
    reason = "; ".join(f"{mapping[name]['column']} = {_text(name, cell)}" for name, cell in true.items())
    return {"status_reason": reason} | ({"status": "removed"} if "deleted" in true else {})


def _is_told(cell: Any, flag: Mapping[str, Any], mapping: Mapping[str, Any]) -> bool:
    """Whether a cell sets its flag.

    It does with one of the mapping's words, in upper or lower case; without such words, with a yes, a number,
    or a date. Any other word is refused, since its meaning is unknown: `Active` once counted as a removal.
    """
    word, words = _text("", cell).strip().casefold(), flag.get("words")
    if words:
        return word in {one.strip().casefold() for one in words}
    if word in _YES | _NO | _NOTHING:
        return word in _YES
    if isinstance(cell, dict):
        return True
    try:
        return float(word) != 0
    except ValueError:
        pass
    try:
        return bool(_moment(flag["column"], cell, mapping))
    except Wrong:
        raise Wrong(
            f"{flag['column']}: the mapping does not explain the value {_text('', cell).strip()!r}: list in "
            "`words` the values that mean yes"
        ) from None


def _is_true(cell: Any, flag: Mapping[str, Any], _: Mapping[str, Any]) -> bool:
    """Whether a cell sets its flag, for imports from before words had to be certain."""
    word, words = _text("", cell).strip(), flag.get("words")
    return word in words if words else word.lower() not in _NO
