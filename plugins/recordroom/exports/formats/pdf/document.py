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

from recordroom.dates import format_minute
from recordroom.errors import ArchiveError
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats.columns import RELEASE
from recordroom.exports.formats.pdf.fonts import Pen
from recordroom.exports.formats.pdf.headings import HeadingPlan, RecordPlace
from recordroom.exports.formats.pdf.record import NEEDED, Row, describe_record
from recordroom.exports.formats.pdf.typst import Typesetter, TypstRefused
from recordroom.exports.labels import count_kind, label_account
from recordroom.exports.receipt import (
    BETWEEN_CAPTURES,
    INCOMPLETE_NAMES,
    NO_GAPS,
    UNTOLD,
    describe_files,
    describe_search,
    describe_statuses,
    list_missing,
    list_nameless,
    list_omitted,
)
from recordroom.exports.rows import RowReader
from recordroom.model import moment
from recordroom.text import counted

MARK = f"WORKING COPY - {RELEASE}"

_READING = """\
Items are listed by account and then by conversation, oldest conversation first. A reply is indented below \
the item that it replies to, and names it.
Times of items are Pacific time, with UTC in parentheses. Times on this cover are Pacific time; the receipt \
has them in UTC.
The gray box below the word Text has the author's own words, as the platform or the named file gave them. \
Names and addresses are also shown as given. Nothing was corrected.
A character that cannot be printed here is shown as its code, such as [U+1F9FF].
If an item was removed, hidden, or edited, its heading and the lines above its text say so. A removal has \
two times: the last capture that found the item, and the first that did not.
Images are copies from the archive, with the descriptions that their authors gave. Each file in this export \
is in the folder that is named with it. Its name is the SHA-256 of its contents.
Links open the platform as it is today, which may show something different or nothing.
CSV, XLSX, and JSON Lines exports have the same records with all of their fields.
"""


def make_cover(receipt: Mapping[str, Any], numbers: tuple[int, int], part: int) -> dict[str, Any]:
    """Return the values of the cover for pages.typ.

    receipt: of the complete export.
    numbers: of the first and the last record of this part.
    """
    agency = str(receipt["agency"].get("name") or receipt["agency"].get("id") or "an unnamed agency")
    rows, as_of = receipt["counts"]["rows"], format_minute(moment(receipt["as_of"]))
    first, last = numbers
    items = f"Item {first:,}" if first == last else f"Items {first:,} to {last:,}"
    range_ = f"{items} of {rows:,}" if rows else "No items: the search found nothing"
    in_parts = part > 1 or last < rows
    which = f"part {part}{' (the last part)' if last == rows else ''}" if in_parts else ""
    title = f"Social media records of {agency}{f', {which}' if which else ''}"
    contents = (
        f"{range_}, in {which} of this document."
        if which
        else f"All {counted(rows, 'item')} are in this document."
        if rows > 1
        else f"{range_}."
    )
    return {
        "mark": MARK,
        "title": "".join(Pen().line(title)),
        "agency": "".join(Pen().line(agency)),
        "description": f"{MARK}. {contents} Archive as of {as_of}.",
        "footer": Pen().line(f"{title}: {range_}"),
        "about": [
            _section("Search", describe_search(receipt)),
            _section("Contents", [contents, f"Archive as of {as_of}."], _list_counts(receipt)),
            _section("Known gaps", _summarize_missing(receipt), list_missing(receipt, format_minute)),
            *_make_names_section(receipt),
            _section("Not included", _summarize_omitted(receipt), list_omitted(receipt)),
            _section("How to read this document", [], _READING.splitlines()),
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
    counts, context = receipt["counts"], receipt["counts"]["context"]["rows"]
    if not counts["rows"]:
        return
    added = (
        f" ({counts['rows'] - context:,} match the search; {context:,} added as context)" if context else ""
    )
    yield f"Items: {counts['rows']:,}{added}. Different records: {counts['records']:,}."
    for account, kinds in counts["by_account_and_kind"].items():
        listed = ", ".join(count_kind(count, kind) for kind, count in kinds.items())
        yield f"{label_account(receipt, account)}: {listed}"
    if counts["by_status"]:
        yield f"Status on the platform: {describe_statuses(counts)}"
    yield f"Images, videos, and other files: {describe_files(counts['media'])}"


def _summarize_missing(receipt: Mapping[str, Any]) -> list[str]:
    missing = list_missing(receipt, format_minute)
    if not missing:
        return [f"{NO_GAPS} {BETWEEN_CAPTURES}"]
    gaps = counted(len(missing), "known gap")
    return [BETWEEN_CAPTURES, f"{gaps} in the accounts and dates of this export:"]


def _make_names_section(receipt: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if nameless := list_nameless(receipt):
        yield _section("Search by author name", [f"{INCOMPLETE_NAMES}:"], nameless)


def _summarize_omitted(receipt: Mapping[str, Any]) -> list[str]:
    quarantine = [UNTOLD] if receipt["quarantine"] is None else []
    if list_omitted(receipt):
        return quarantine
    return [
        *quarantine,
        f"No {'other ' if quarantine else ''}matching records or files in these accounts were left out.",
    ]


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
        self._headings = HeadingPlan(state.account_names)
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
            items = _Part(typesetter, self._folder, frame, self._state.account_names).write(
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
    names: Mapping[str, str]  # account -> its label

    def write(self, rows: Sequence[tuple[Row, RecordPlace]], path: Path) -> list[Value]:
        """Write the part; return its records as they were set."""
        items = [self._describe(row, place, Pen()) for row, place in rows]
        try:
            self._set(items, path)
        except TypstRefused:
            items = [self._make_settable(row, place, path) for row, place in rows]
            try:
                self._set(items, path)
            except TypstRefused as problem:
                raise ArchiveError(
                    f"{path.name} cannot be typeset: {problem}",
                    "Export as JSON Lines (jsonl) instead, and report this error.",
                ) from problem
        return items

    def _make_settable(self, row: Row, place: RecordPlace, path: Path) -> Value:
        """Return the record as completely as Typst sets it alone."""
        for plain, show in ((False, True), (False, False), (True, True)):
            item = self._describe(row, place, Pen(plain=plain), show=show)
            try:
                self._set([{**item, "before": [], "level": 1}], path)
            except TypstRefused:
                continue
            return item
        return self._describe(row, place, Pen(plain=True), show=False)

    def _describe(self, row: Row, place: RecordPlace, pen: Pen, *, show: bool = True) -> Value:
        return describe_record(row, place, self.folder, pen, names=self.names, show=show)

    def _set(self, items: list[Value], path: Path) -> None:
        self.typesetter.set_pages({**self.frame, "items": items}, path)
