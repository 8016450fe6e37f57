"""The PDF for requesters, by conversation, Pacific time first.

It is tagged as PDF/UA-1 requires for screen readers.
- It is written in parts, so that memory does not grow, each a complete document. After RECORDS records, or
  BYTES of images, the next part begins, in another process of Typst (typst.py).
- An image that is shown is the archive's own copy, which is in the export with all other media files
  (media.py). One that cannot be shown is named by its file.
- A character that the fonts cannot draw is shown as its code (fonts.py). If Typst refuses a part, each of its
  records is tried alone, and one that cannot be set is set plainly: without images, or with western letters
  alone. The receipt counts both.
- Its date is `as_of`, and its fonts are those of our packages: equal rows give equal bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recordroom.errors import ArchiveError
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats.columns import RELEASE
from recordroom.exports.formats.pdf.fonts import Pen
from recordroom.exports.formats.pdf.headings import HeadingPlan, RecordPlace
from recordroom.exports.formats.pdf.record import NEEDED, Row, describe_record, write_time
from recordroom.exports.formats.pdf.typst import Typesetter, TypstRefused
from recordroom.exports.receipt import UNTOLD, gaps_of, list_nameless
from recordroom.exports.rows import RowReader
from recordroom.model import MESSAGE, moment
from recordroom.search.filters import all_within
from recordroom.text import counted

MARK = f"WORKING COPY - {RELEASE}"

_READING = """\
Records stand by account, then by conversation in the order of their first posts. An answer stands below \
what it answers, and says so in words; answers are set in from the left, too.
Times are Pacific first. The same instant in UTC stands in parentheses.
What follows the word Text, on a gray ground, is what somebody wrote, as the platform gave it, or the file\
 that is named; so are names and addresses. Nothing was corrected. A sign that cannot be drawn here is \
shown as its code, like [U+1F9FF].
What was removed, hidden or changed says so in its heading and above its text. A removal is told as the \
time between the last capture that saw the record and the first that found it gone.
Pictures are the archive's own copies. Their descriptions are those that their authors gave. Every file \
that is handed over lies beside this document, in the folder that it names; its name is the SHA-256 of its\
 bytes.
An address leads to the platform as it is today, which may show something else, or nothing.
The same records with every field, for spreadsheets and programs, are to be had as CSV, XLSX or JSON \
Lines.
"""


def make_cover(receipt: Mapping[str, Any], numbers: tuple[int, int], part: int) -> dict[str, Any]:
    """Return the values of the cover for pages.typ.

    receipt: of the complete export.
    numbers: of the first and the last record of this part.
    """
    agency = str(
        receipt["agency"].get("name")
        or receipt["agency"].get("id")
        or "an agency that the register does not name"
    )
    rows, as_of = receipt["counts"]["rows"], write_time(moment(receipt["as_of"]))
    first, last = numbers
    range_ = f"No. {first:,} to No. {last:,} of {rows:,}" if rows else "no record: nothing was found"
    which = (
        f"part {part}{', the last' if last == rows else ''}" if part > 1 or last < rows else "all in one part"
    )
    title = f"Social media records of {agency}{f', {which}' if part > 1 or last < rows else ''}"
    return {
        "mark": MARK,
        "title": "".join(Pen().line(title)),
        "agency": "".join(Pen().line(agency)),
        "description": f"{MARK}. It holds {range_}, {which}, as of {as_of}.",
        "footer": Pen().line(f"{title}: {range_}"),
        "about": [
            _section(
                "What was asked",
                [
                    f"Query: {receipt['query'] or all_within(receipt['filters'])}",
                    f"Understood as: {receipt['understood']}",
                ],
            ),
            _section(
                "What this is",
                [f"It holds {range_}, {which}.", f"The archive as it stood {as_of}."],
                _list_counts(receipt),
            ),
            _section("What is known to be lacking", _summarize_missing(receipt), _list_missing(receipt)),
            _section("How to read it", [], _READING.splitlines()),
        ],
    }


def _section(heading: str, lines: Iterable[str], listed: Iterable[str] = ()) -> dict[str, Any]:
    pen = Pen()
    return {
        "heading": heading,
        "lines": [pen.line(line) for line in lines],
        "list": [pen.line(line) for line in listed],
    }


def _list_counts(receipt: Mapping[str, Any]) -> Iterator[str]:
    counts, around = receipt["counts"], receipt["counts"]["context"]["rows"]
    found = counts["rows"] - around
    yield (
        f"Found by the query: {found:,}; beside these as context: {around:,};"
        f" different records: {counts['records']:,}"
    )
    for account, kinds in counts["by_account_and_kind"].items():
        yield f"Account {account}: " + ", ".join(_count_kind(count, kind) for kind, count in kinds.items())
    if counts["by_status"]:
        yield "Status: " + ", ".join(f"{count:,} {status}" for status, count in counts["by_status"].items())
    media = counts["media"]
    yield (
        f"Files named: {media['references']:,}; different ones in the archive: {media['files']:,};"
        f" handed over: {media['handed_over']:,}"
    )


def _count_kind(count: int, kind: str) -> str:
    return counted(count, "private message" if kind == MESSAGE else kind)


def _summarize_missing(receipt: Mapping[str, Any]) -> list[str]:
    quarantine = [f"Quarantine: {UNTOLD}."] if receipt["quarantine"] is None else []
    if not receipt["gaps"] and not receipt["left_out"] and not list_nameless(receipt):
        nothing = "Nothing else" if quarantine else "Nothing"
        return [
            *quarantine,
            f"{nothing} is known to be lacking. What came and went between two captures was not captured.",
        ]
    return [
        *quarantine,
        "What came and went between two captures was not captured. Besides, as of that time:",
    ]


def _list_missing(receipt: Mapping[str, Any]) -> Iterator[str]:
    for gap in gaps_of(receipt):
        since = write_time(gap.opened_at)
        yield f"Gap in account {gap.account}: {gap.reason}: {gap.detail} (known since {since})"
    for words in list_nameless(receipt):
        yield f"Not everybody is found by a name, but by what they wrote: {words}"
    for left in receipt["left_out"]:
        yield f"Not in this export: {left['what']}: {left['count']:,}: {left['why']}"


NAME = "WORKING-COPY_records-{:03d}.pdf"
RECORDS, BYTES = 250, 40_000_000  # of a part: records; images in them
UNDRAWN = "Text: characters that cannot be drawn, shown as their codes"
UNSHOWN = "Media: pictures that cannot be drawn, named by their files"

Value = dict[str, Any]


def write(folder: Path, rows: RowReader, state: ArchiveState, receipt: Mapping[str, Any]) -> Counter[str]:
    """Write the parts; return the notes on their records, counted."""
    book = _Book(folder, state, receipt)
    with translate_disk_errors(folder):
        for batch in rows.read_ordered({name: name for name in NEEDED}):
            for row in batch.to_pylist():
                book.add(row)
        book.close()
    return book.noted


class _Book:
    """The parts of the document; the last one is still growing."""

    def __init__(self, folder: Path, state: ArchiveState, receipt: Mapping[str, Any]) -> None:
        self.noted: Counter[str] = Counter()
        self._folder = folder
        self._state = state
        self._receipt = receipt
        self._headings = HeadingPlan()
        self._parts, self._first, self._image_bytes = 0, 1, 0
        self._rows: list[tuple[Row, RecordPlace]] = []

    def add(self, row: Row) -> None:
        if len(self._rows) >= RECORDS or self._image_bytes >= BYTES:
            self._write_part()
        self._rows.append((row, self._headings.place_record(row, begins_part=not self._rows)))
        self._image_bytes += sum(m["bytes"] or 0 for m in row["media"] if m["type"] == "image")

    def close(self) -> None:
        """Write the last part; there is one even if there are no rows."""
        if self._rows or not self._parts:
            self._write_part()

    def _write_part(self) -> None:
        self._parts += 1
        last = self._first + len(self._rows) - 1
        frame = make_cover(self._receipt, (self._first, last), self._parts)
        with Typesetter(self._folder, self._state.as_of) as typesetter:
            items = _Part(typesetter, self._folder, frame).write(
                self._rows, self._folder / NAME.format(self._parts)
            )
        self.noted[UNDRAWN] += sum(1 for item in items if item["missing"])
        self.noted[UNSHOWN] += sum(item["unshown"] for item in items)
        self.noted += Counter()  # without those that are 0
        self._first, self._image_bytes, self._rows = last + 1, 0, []


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the document."""

    typesetter: Typesetter
    folder: Path  # of the media files that are shown
    frame: Value  # everything except its records

    def write(self, rows: Sequence[tuple[Row, RecordPlace]], path: Path) -> list[Value]:
        """Write the part; return its records as they were set."""
        items = [describe_record(row, place, self.folder, Pen()) for row, place in rows]
        try:
            self._set(items, path)
        except TypstRefused:
            items = [self._make_settable(row, place, path) for row, place in rows]
            try:
                self._set(items, path)
            except TypstRefused as problem:
                raise ArchiveError(
                    f"{path.name} cannot be set: {problem}", "Export as jsonl, and report this."
                ) from problem
        return items

    def _make_settable(self, row: Row, place: RecordPlace, path: Path) -> Value:
        """Return the record as completely as Typst sets it alone."""
        for plain, show in ((False, True), (False, False), (True, True)):
            item = describe_record(row, place, self.folder, Pen(plain=plain), show=show)
            try:
                self._set([{**item, "before": [], "level": 1}], path)
            except TypstRefused:
                continue
            return item
        return describe_record(row, place, self.folder, Pen(plain=True), show=False)

    def _set(self, items: list[Value], path: Path) -> None:
        self.typesetter.set_pages({**self.frame, "items": items}, path)
