"""Cut a CSV file into rows, byte for byte as the file has them.

A quoted value may contain line breaks, and bytes that are no UTF-8 stay as they are. A quotation mark within
a quoted value is doubled. escaped: or it follows a backslash, as LinkedIn writes it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import IO

import orjson

from recordroom.imports.contract import ImportPiece, Reject
from recordroom.imports.split import LARGEST_ITEM, Item, batches
from recordroom.model import Exchange
from recordroom.text import replace_surrogates

csv.field_size_limit(LARGEST_ITEM)
CUT = (
    "a text in it has a carriage return outside of quotation marks, where a row may end: "
    "export all texts in quotation marks"
)


def rows(
    file: IO[bytes],
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
    *,
    before: int = 0,
    escaped: bool = False,
) -> Iterator[Item | Reject]:
    """Return the rows that are not empty, in UTF-8, numbered by their first lines.

    Each row has its line's end; the last one does not if the file has none. before: number of lines to skip
    first.

    In a file whose lines end with a line feed, a row that ends at a lone carriage return is a part of a row,
    and so is what follows: Python before 3.13 writes texts with a carriage return without quotation marks.
    """
    taken: list[str] = []
    number, ends, cut = 0, "", False
    try:
        text = io.TextIOWrapper(
            file, encoding, errors="surrogateescape" if encoding.startswith("utf-8") else "strict", newline=""
        )
        for _ in range(before):
            text.readline(LARGEST_ITEM)
            number += 1
        for row in csv.reader(_lines(text, taken, escaped=escaped), delimiter=delimiter, strict=True):
            first, raw = number + 1, "".join(taken)
            number += len(taken)
            at_end = not raw.endswith(("\n", "\r")) and len(taken[-1]) < LARGEST_ITEM
            taken.clear()
            ends = ends or raw[-1:]  # as the first line ends
            if (at_return := ends == "\n" and raw.endswith("\r")) or cut:
                cut = at_return
                yield Reject(f"line {first}", CUT)
            elif any(row):
                yield Item(
                    first,
                    (raw if at_end or raw.endswith("\n") else f"{raw}\n").encode("utf-8", "surrogateescape"),
                )
    except (csv.Error, UnicodeError, LookupError) as problem:
        yield Reject(f"line {number + 1}", f"from here on the file is not CSV in {encoding}: {problem}")


def reject_lossy(
    items: Iterable[Item | Reject], columns: int, delimiter: str = ",", *, escaped: bool = False
) -> Iterator[Item | Reject]:
    """Replace rows that would lose text with Rejects.

    Rows with more cells than columns, rows in another encoding, and a row in which the file ends.
    """
    for item in items:
        if isinstance(item, Item) and (wrong := _wrong(item, columns, delimiter, escaped=escaped)):
            yield Reject(f"line {item.number}", wrong)
        else:
            yield item


def _wrong(item: Item, columns: int, delimiter: str, *, escaped: bool) -> str:
    [row] = read_cells(item.raw, delimiter, escaped=escaped)
    if any(row[columns:]):
        return f"it has {len(row)} cells, but the table has {columns} columns"
    if len(row) < columns and not item.raw.endswith(b"\n"):
        return f"the file ends within it, in cell {len(row)} of {columns}: export or download the file again"
    try:
        item.raw.decode()
    except UnicodeDecodeError:
        return "it is not in UTF-8"
    return ""


def _lines(text: io.TextIOWrapper, taken: list[str], *, escaped: bool) -> Iterator[str]:
    while line := text.readline(LARGEST_ITEM):
        taken.append(line)
        yield _doubled(line) if escaped else line


def _doubled(text: str) -> str:
    return text.replace('\\"', '""')


def read_cells(raw: bytes, delimiter: str = ",", *, escaped: bool = False) -> list[list[str]]:
    text = raw.decode("utf-8", "surrogateescape")
    return list(csv.reader(io.StringIO(_doubled(text) if escaped else text, newline=""), delimiter=delimiter))


def read_header(file: IO[bytes]) -> list[str]:
    """Return the names of the columns; empty if there are none."""
    first = next(rows(file), None)
    return [name.strip() for name in read_cells(first.raw)[0]] if isinstance(first, Item) else []


def pieces(
    file: IO[bytes], member: str, *, escaped: bool = False, **more: object
) -> Iterator[ImportPiece | Reject]:
    """Return the rows below the line with the names, as pieces.

    more: further context of each piece.
    """
    found = rows(file, escaped=escaped)
    more |= {"escaped": True} if escaped else {}
    head = next(found, None)
    if not isinstance(head, Item):
        return
    for batch in batches(reject_lossy(found, len(read_cells(head.raw)[0]), escaped=escaped)):
        if isinstance(batch, Reject):
            yield Reject(f"{batch.place} of {member}", batch.reason)
            continue
        numbers = [item.number for item in batch]
        body = b"".join([head.raw, *(item.raw for item in batch)])
        yield ImportPiece(
            body,
            "text/csv; charset=utf-8",
            f"{member}/{numbers[0]}",
            {"member": member, "rows": numbers, **more},
        )


def item(exchange: Exchange, pointer: str) -> str:
    """Return the cells of `line/7` with their columns' names.

    KeyError if no row begins there.
    """
    return render_cells(dict(read_named(exchange))[int(pointer.rpartition("/")[2])].items())


def render_cells(cells: Iterable[tuple[object, object]]) -> str:
    """Return named cells as text, one a line, each as JSON."""
    return "\n".join(f"{orjson.dumps(name).decode()}: {orjson.dumps(cell).decode()}" for name, cell in cells)


def read_named(exchange: Exchange) -> Iterator[tuple[int, dict[str, str]]]:
    """Return (line, column -> value) of each row of a piece."""
    names, *found = read_cells(exchange.body, escaped=exchange.context.get("escaped", False))
    for number, row in zip(exchange.context["rows"], found, strict=True):
        yield (
            number,
            {
                replace_surrogates(name.strip()): replace_surrogates(cell)
                for name, cell in zip_longest(names, row[: len(names)], fillvalue="")
            },
        )
