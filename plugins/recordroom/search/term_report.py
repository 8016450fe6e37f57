"""The term report: what each query of a list finds, and what only it finds.

Attorneys negotiate lists with it.

All numbers are exact, and of one point in time (see counting.py). As in a search, a record counts once for
each account that has it, and with all versions each version counts. The report is one event of the audit
journal, with all lines, so that it can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from recordroom import dates
from recordroom.errors import QueryError
from recordroom.model import MESSAGE
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.caveats import NamelessPlatform, list_nameless_platforms, searches_author_names
from recordroom.search.counting import Count, Counting
from recordroom.search.filters import Filters
from recordroom.search.query.query import read
from recordroom.search.query.syntax import LONGEST
from recordroom.search.query.translation import SIDE_BY_SIDE
from recordroom.search.searcher import TOO_WIDE, Caveats, Searcher
from recordroom.search.term_list import Line, TermList

SAME, MISTAKE, DOUBT = (
    "same as line {}",
    "not counted: {}",
    "0 results, but the term may mean something else: {}",
)
HINT = "A record must contain all of these words. To find any of them, write OR between them"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report."""

    line: Line
    found: Count | None = None  # None: the line was not counted, and `note` says why
    unique: int = 0  # what no other line finds

    @property
    def doubts(self) -> tuple[str, ...]:
        """Sentences on why it found nothing, if its words can be read in another way."""
        return tuple(doubt for doubt in self._reasons if doubt != SIDE_BY_SIDE)

    @property
    def hint(self) -> str:
        """How a line of several words that found nothing finds more."""
        return HINT if SIDE_BY_SIDE in self._reasons else ""

    @property
    def _reasons(self) -> tuple[str, ...]:
        nothing = self.found is not None and not self.found.records
        return self.line.query.doubts if nothing and self.line.query is not None else ()

    @property
    def note(self) -> str:
        if self.doubts:
            return DOUBT.format(". ".join([*self.doubts, self.hint] if self.hint else self.doubts))
        if self.line.same_as is not None:
            return SAME.format(self.line.same_as)
        return MISTAKE.format(self.line.mistake) if self.line.mistake is not None else self.hint


@dataclass(frozen=True, slots=True)
class TermReport:
    """A term report."""

    rows: tuple[Row, ...]
    empty: tuple[int, ...]
    filters: Filters
    total: Count  # what any of the terms finds
    messages_left_out: int  # private messages that any term finds, if the filters did not ask for them
    quarantined_left_out: int  # records under quarantine, likewise
    lacks: Caveats  # what the numbers may be missing, as in a search
    at: datetime  # when it was counted
    # platforms that do not name all authors, if a term asks for an author
    unnamed: Sequence[NamelessPlatform]

    @property
    def unique(self) -> int:
        """Records that only one term finds."""
        return sum(row.unique for row in self.rows)

    @property
    def counted(self) -> int:
        """Terms that were counted."""
        return sum(1 for row in self.rows if row.found is not None)

    @property
    def doubtful(self) -> tuple[Row, ...]:
        """Rows whose 0 depends on a doubtful reading."""
        return tuple(row for row in self.rows if row.doubts)

    @property
    def accounts(self) -> tuple[str, ...]:
        """Accounts with hits."""
        return tuple(self.total.by_account)

    @property
    def together(self) -> str:
        """One query that finds what any of the counted terms finds.

        "" if it would be too long.
        """
        texts = [
            row.line.query.text for row in self.rows if row.found is not None and row.line.query is not None
        ]
        query = texts[0] if len(texts) == 1 else " OR ".join(f"({text})" for text in texts)
        try:
            return read(query).text if len(query) <= LONGEST else ""
        except QueryError:  # one parenthesis more may be one too many
            return ""

    @property
    def noun(self) -> str:
        return "versions" if self.filters.versions else "records"

    @property
    def understood(self) -> str:
        return f"{self.filters.describe()}; counted {dates.format_both_zones(self.at)}"


def count_terms(
    searcher: Searcher, terms: TermList, filters: Filters | None = None, *, viewer: Viewer, file: str = ""
) -> TermReport:
    """Make a term report, and record it in the audit journal.

    file: the format of the file, if it is released as one; the archive has to record that first. UsageError
    for filters that nothing can have; ServiceUnavailable if Elasticsearch or, for a file, the archive is
    away.
    """
    filters = filters or Filters()
    marks, at = searcher.read_marks(filters, viewer), datetime.now(UTC)
    with searcher.open_point() as point:
        rows, total, left, barred = _count(searcher, point, terms, filters, viewer)
    queries = [line.query for line in terms.lines if line.query is not None]
    lacks = searcher.find_caveats(filters, [query.dsl for query in queries], marks, viewer)
    nameless = list_nameless_platforms(
        marks.chains, [query for query in queries if searches_author_names(query)], filters, viewer
    )
    found = TermReport(rows, terms.empty, filters, total, left, barred, lacks, at, nameless)
    if file:
        searcher.record_release("term report", viewer.name, file=file, **_told(found))
    else:
        searcher.note("term report", viewer.name, **_told(found))
    return found


def _count(
    searcher: Searcher, point: str, terms: TermList, filters: Filters, viewer: Viewer
) -> tuple[tuple[Row, ...], Count, int, int]:
    counting = Counting(searcher, point, filters.clauses(viewer))
    asked = [line.query for line in terms.lines if line.query is not None]
    allowed = {q.text: filters.restrict(q.dsl, viewer) for q in asked}
    found = dict(zip((q.text for q in asked), counting.each([allowed[q.text] for q in asked]), strict=True))
    rows = [_row(line, found) for line in terms.lines]
    known = [
        (allowed[row.line.query.text], row.found.records)
        for row in rows
        if row.line.query is not None and row.found is not None
    ]
    if not known:
        return tuple(rows), Count(), 0, 0
    wanted = [query for query, _ in known]
    total, unique = counting.together(wanted, [records for _, records in known])
    numbers = iter(unique)
    counted = tuple(row if row.found is None else replace(row, unique=next(numbers)) for row in rows)
    left = barred = 0
    if filters.leaves_messages_out and not filters.kind:
        left = Counting(searcher, point, replace(filters, kind=(MESSAGE,)).clauses(viewer)).any(wanted)
    if (kept_out := filters.kept_out(viewer)) is not None:
        barred = Counting(searcher, point, kept_out).any(wanted)
    return counted, total, left, barred


def _row(line: Line, found: Mapping[str, Count | client.TooWide]) -> Row:
    if line.query is None:
        return Row(line)
    count = found[line.query.text]
    if isinstance(count, Count):
        return Row(line, count)
    mistake = QueryError(TOO_WIDE, line.text, len(line.text))
    return Row(replace(line, query=None, mistake=mistake))


def _told(found: TermReport) -> dict[str, Any]:
    """Return what the audit journal records.

    The lines as they were given, and what each found.
    """
    return {
        "terms": [{"line": row.line.number, "query": row.line.text, **_numbers(row)} for row in found.rows],
        "filters": found.filters.to_audit(),
        "total": found.total.records,
    }


def _numbers(row: Row) -> dict[str, Any]:
    return (
        {"total": row.found.records, "unique": row.unique}
        if row.found is not None
        else {"not_counted": row.note}
    )
