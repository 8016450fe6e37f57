"""A list of terms that a person pastes or uploads.

One query a line, each read as the search reads it.

A line that cannot be read keeps its mistake, and does not affect the others. A line that repeats an earlier
one is counted once: otherwise each of the two would take the other's unique hits. Two queries that differ in
upper and lower case alone are the same.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from recordroom.canonical import encode_canonical
from recordroom.errors import QueryError, UsageError
from recordroom.search.query.query import Query, read
from recordroom.search.query.syntax import remove_invisible
from recordroom.text import replace_surrogates

MOST = 1_000
LARGEST = 1_000_000  # bytes of a list
_BREAK = re.compile(r"\r\n|\r|\n")
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# 1. (a) iv) or a sign: o •
_NUMBERED = re.compile(r"\W?(?:\d{1,4}|[a-z]|[ivxlc]{1,4})?\W*\t(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: it has a `query`, a `mistake`, or repeats the line `same_as`."""

    number: int  # its place in the list, from 1
    text: str
    query: Query | None = None
    mistake: QueryError | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True)
class TermList:
    """A list of terms."""

    lines: tuple[Line, ...]
    empty: tuple[int, ...] = ()  # the numbers of empty lines

    @property
    def text(self) -> str:
        """The list as it can be pasted again, each line at its number."""
        there = {line.number: line.text for line in self.lines}
        return "\n".join(there.get(number, "") for number in range(1, max(there, default=0) + 1))

    @property
    def corrected(self) -> str:
        """The list with the correction in place of each mistake that has one."""
        mended = (
            replace(line, text=line.mistake.suggestion or line.text) if line.mistake else line
            for line in self.lines
        )
        return replace(self, lines=tuple(mended)).text


def parse_text(text: str) -> TermList:
    """Read a pasted list. UsageError for a list without terms, or one that is too long."""
    if (size := len(text.encode("utf-8", "surrogatepass"))) > LARGEST:
        raise UsageError(f"the list has {size:,} bytes", f"The limit is {LARGEST:,}. Split it.")
    return _list(_BREAK.split(text))


def parse_file(data: bytes, name: str) -> TermList:
    """Read a text file, or a CSV file of one column. UsageError for other files."""
    if len(data) > LARGEST:
        raise UsageError(f"{name} has {len(data):,} bytes", f"The limit is {LARGEST:,}. Split it.")
    text = _decoded(data, name)
    return _list(_cells(text, name)) if name.lower().endswith(".csv") else parse_text(text)


def _decoded(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-16" if data.startswith(_MARKS) else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise UsageError(
            f"{name} is not text in UTF-8 or UTF-16",
            "Save it as plain text (UTF-8), one term per line, or paste the terms.",
        )
    return text


def _cells(text: str, name: str) -> Iterator[str]:
    """Yield the only cell of each row."""
    try:
        for number, row in enumerate(csv.reader(io.StringIO(_BREAK.sub("\n", text)), strict=True), 1):
            filled = [cell for cell in row if cell.strip()]
            if len(filled) > 1:
                raise UsageError(
                    f"row {number} of {name} has {len(filled)} cells",
                    "A list has one column, with one term per row.",
                )
            yield _BREAK.sub(" ", filled[0]) if filled else ""
    except csv.Error as problem:
        raise UsageError(
            f"{name} is not a CSV file: {problem}", "Save it as CSV again, or paste the terms."
        ) from None


def _list(texts: Iterable[str]) -> TermList:
    given = [
        (number, remove_invisible(replace_surrogates(text)).strip()) for number, text in enumerate(texts, 1)
    ]
    while given and not given[-1][1]:
        given.pop()  # what a list ends with is no line of it
    count = sum(1 for _, text in given if text)
    if not count:
        raise UsageError("the list has no terms", "Write one term or query on each line.")
    if count > MOST:
        raise UsageError(f"the list has {count:,} terms", f"The limit is {MOST:,}. Split it.")
    return TermList(
        tuple(_read((n, text) for n, text in given if text)), tuple(n for n, text in given if not text)
    )


def _read(given: Iterable[tuple[int, str]]) -> Iterator[Line]:
    first: dict[str, int] = {}
    for number, text in given:
        try:
            query = _of_one_cell(text)
        except QueryError as mistake:
            yield Line(number, text, mistake=mistake)
            continue
        same_as = first.setdefault(_asked(query), number)
        yield Line(number, text, query) if same_as == number else Line(number, text, same_as=same_as)


def _of_one_cell(text: str) -> Query:
    """Read one line. QueryError, also for a tab.

    People type no tab into a query: documents put it after the numbers of a list, spreadsheets between cells.
    Read as a space, it would make each of these a word that must be there.
    """
    if "\t" not in text:
        return read(text)
    suggestion, numbered = "", _NUMBERED.fullmatch(text)
    if numbered and "\t" not in numbered[1]:
        try:
            suggestion = read(numbered[1]).text.strip()
        except QueryError as mistake:
            suggestion = mistake.suggestion
    words = "there is a tab here, as between the cells of a table; a list has one term per line"
    raise QueryError(words, text, text.index("\t"), suggestion)


def _asked(query: Query) -> str:
    """Return a key for what a query asks, without case, except in fuzzy words and in the ends of a range."""
    return encode_canonical(_lowered(query.dsl)).decode()


def _lowered(part: Any) -> Any:
    """Lower letter by letter, as Elasticsearch does."""
    if isinstance(part, dict):
        return {
            name: value if name in ("fuzzy", "range") else _lowered(value) for name, value in part.items()
        }
    if isinstance(part, list):
        return [_lowered(one) for one in part]
    return "".join(low if len(low := c.lower()) == 1 else c for c in part) if isinstance(part, str) else part
