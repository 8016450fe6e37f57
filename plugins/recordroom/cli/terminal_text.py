"""Print text of other people on a terminal: readable, and without power over it.

Escape sequences and direction overrides are removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from recordroom import dates
from recordroom.cli.output import ReaderGone, make_console, say
from recordroom.errors import QueryError, RecordroomError
from recordroom.model import moment
from recordroom.search.hits import MARK, UNMARK, Record
from recordroom.search.searcher import Searcher
from recordroom.text import CONTROL_CHARACTERS, to_one_line

SNIPPET = 240
AROUND = 70  # characters of a query on each side of a mistake


def cut_text(text: str, length: int = SNIPPET) -> str:
    """Return the text on one line, cut to a length."""
    line = to_one_line(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def mark_position(problem: QueryError) -> str:
    """Return the query with a mark below the mistake.

    Only the surroundings of the mistake are kept of a long query.
    """
    place, line = problem.position, "".join(" " if CONTROL_CHARACTERS.match(c) else c for c in problem.query)
    before = ("…" if place > AROUND else "") + line[max(0, place - AROUND) : place]
    after = line[place : place + AROUND] + ("…" if len(line) > place + AROUND else "")
    return f"  {before}{after}\n  {' ' * cell_len(before)}^"


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str | Sequence[str]]]) -> None:
    """Print a table; a cell is one text, or several on a line each.

    A narrow terminal folds the cells: nothing is cut off.
    """
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            *(
                to_one_line(cell) if isinstance(cell, str) else "\n".join(map(to_one_line, cell))
                for cell in row
            )
        )
    with suppress(ReaderGone):
        make_console().print(table)


def highlight_hits(piece: str) -> Text:
    """Return a piece of text with its hits in bold."""
    line = Text()
    for part in re.split(f"({MARK}.*?{UNMARK})", piece, flags=re.DOTALL):
        hit = part.startswith(MARK)
        line.append(
            CONTROL_CHARACTERS.sub(" ", part.strip(MARK + UNMARK)), style="bold yellow" if hit else ""
        )
    return line


def format_time(instant: str | None) -> str:
    """Format a stored instant in local time."""
    return dates.format_local(moment(instant)) if instant else "no date"


def format_author(record: Record) -> str:
    """Return the author's name with the handle, or what of them is known."""
    name, handle = record["author_name"], record["author_handle"]
    shown = to_one_line(name or handle or record["author_id"] or "unknown author")
    return f"{shown} ({to_one_line(handle)})" if name and handle else shown


def ship_journal(searcher: Searcher, *, away: bool = False) -> None:
    """Send the audit journal to the archive.

    away: the archive cannot be reached. The journal then stays on this machine, and the next command sends
        it.
    """
    try:
        if not away:
            searcher.journal.ship(searcher.archive)
    except RecordroomError as problem:
        say(f"The audit journal stays on this machine until the archive can be reached: {problem}")
