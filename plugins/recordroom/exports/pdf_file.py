"""PDF for people who ask: tagged as PDF/UA-1 demands, so that it can be read aloud, conversation by conversation, Pacific time first.

- Memory stays flat since it is written in parts, each a whole document: after RECORDS, or BYTES of pictures, the next one begins, in
  another process of Typst (typesetting.py).
- A picture that is shown is the archive's own copy, which stands beside with all other files (media.py); what cannot be shown is named by
  its file.
- What the fonts cannot draw is told in its place (glyphs.py). Where Typst refuses a part, each of its records is tried alone, and what
  cannot be set is set plainly: without pictures, or with western letters alone. The receipt counts both.
- Its date is `as_of`, its fonts are those of our packages. Equal rows give equal bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordroom.errors import ArchiveError
from recordroom.exports.desk import room
from recordroom.exports.glyphs import Pen
from recordroom.exports.pdf_cover import cover
from recordroom.exports.pdf_record import NEEDED, Row, told
from recordroom.exports.pdf_threads import Place, Threads
from recordroom.exports.rows import Rows
from recordroom.exports.standing import Standing
from recordroom.exports.typesetting import Refused, Typesetter

NAME = "WORKING-COPY_records-{:03d}.pdf"
RECORDS, BYTES = 250, 40_000_000  # of a part: records; pictures in them
UNDRAWN = "Text: characters that cannot be drawn, shown as their codes"
UNSHOWN = "Media: pictures that cannot be drawn, named by their files"

Value = dict[str, Any]


def write(folder: Path, rows: Rows, standing: Standing, receipt: Mapping[str, Any]) -> Counter[str]:
    """Write the parts; the notes on their records, counted."""
    book = _Book(folder, standing, receipt)
    with room(folder):
        for batch in rows.ordered({name: name for name in NEEDED}):
            for row in batch.to_pylist():
                book.add(row)
        book.close()
    return book.noted


class _Book:
    def __init__(self, folder: Path, standing: Standing, receipt: Mapping[str, Any]) -> None:
        self.noted: Counter[str] = Counter()
        self._folder = folder
        self._standing = standing
        self._receipt = receipt
        self._threads = Threads()
        self._parts, self._first, self._pictures = 0, 1, 0
        self._rows: list[tuple[Row, Place]] = []

    def add(self, row: Row) -> None:
        if len(self._rows) >= RECORDS or self._pictures >= BYTES:
            self._write()
        self._rows.append((row, self._threads.place(row, fresh=not self._rows)))
        self._pictures += sum(m["bytes"] or 0 for m in row["media"] if m["type"] == "image")

    def close(self) -> None:
        """The last part; there is one where there are no rows, too."""
        if self._rows or not self._parts:
            self._write()

    def _write(self) -> None:
        self._parts += 1
        last = self._first + len(self._rows) - 1
        around = cover(self._receipt, (self._first, last), self._parts)
        with Typesetter(self._folder, self._standing.as_of) as typesetter:
            items = _Part(typesetter, self._folder, around).write(self._rows, self._folder / NAME.format(self._parts))
        self.noted[UNDRAWN] += sum(1 for item in items if item["missing"])
        self.noted[UNSHOWN] += sum(item["unshown"] for item in items)
        self.noted += Counter()  # without those that are 0
        self._first, self._pictures, self._rows = last + 1, 0, []


@dataclass(frozen=True, slots=True)
class _Part:
    """`around`: everything but its records. `folder`: of the files that are shown."""

    typesetter: Typesetter
    folder: Path
    around: Value

    def write(self, rows: Sequence[tuple[Row, Place]], path: Path) -> list[Value]:
        """Write it; its records as they were set."""
        items = [told(row, place, self.folder, Pen()) for row, place in rows]
        try:
            self._set(items, path)
        except Refused:
            items = [self._settable(row, place, path) for row, place in rows]
            try:
                self._set(items, path)
            except Refused as problem:
                raise ArchiveError(f"{path.name} cannot be set: {problem}", "Export as jsonl, and report this.") from problem
        return items

    def _settable(self, row: Row, place: Place, path: Path) -> Value:
        """The record as fully as Typst sets it when it stands alone."""
        for plain, show in ((False, True), (False, False), (True, True)):
            item = told(row, place, self.folder, Pen(plain=plain), show=show)
            try:
                self._set([{**item, "before": [], "level": 1}], path)
            except Refused:
                continue
            return item
        return told(row, place, self.folder, Pen(plain=True), show=False)

    def _set(self, items: list[Value], path: Path) -> None:
        self.typesetter.pages({**self.around, "items": items}, path)
