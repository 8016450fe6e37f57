"""What CSV and XLSX share: cells that a spreadsheet can hold, and notes.

A note says what was changed in a cell.
A note reads `<column>: <what>`. Those of a row are in its last column, and the receipt counts them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from recordroom.exports.formats.cells import (
    APOSTROPHE,
    CONTROL,
    LONG,
    has_breaks,
    has_controls,
    is_changed,
    is_long,
    may_be_long,
    quote_literal,
    show_controls,
)
from recordroom.exports.formats.columns import LIST, TEXT, Column
from recordroom.exports.rows import Layer

NOTES = "Notes on cells"
_BETWEEN = "; "


def make_layers(columns: Sequence[Column], *, apostrophes: bool) -> list[Layer]:
    """Return layers of SQL for the cells and notes of a table.

    The last has the columns `c0`, `c1` ..., with control characters shown, and `notes`.
    apostrophes: with a column for each text that says whether it needs one (`c0_changed`). Rare things are
    searched once in all texts of a row (`rare`), and in each of them only if they were found.
    """
    names = names_of(columns)
    texts = [(n, c.heading) for n, c in zip(names, columns, strict=True) if c.kind in (TEXT, LIST)]
    lists = {n for n, c in zip(names, columns, strict=True) if c.kind == LIST}
    everything, listed = (
        f"concat('', {', '.join(some)})" if some else "''" for some in ([n for n, _ in texts], sorted(lists))
    )
    rare = {"rare": f"{has_controls(everything)} OR {has_breaks(listed)} OR {may_be_long(everything)}"}
    controls = {
        n: f"{has_controls(n)} OR {has_breaks(n)}" if n in lists else has_controls(n) for n, _ in texts
    }
    controls = {f"{n}_control": f"CASE WHEN rare THEN {test} ELSE false END" for n, test in controls.items()}
    shown = {n: f"CASE WHEN {n}_control THEN {show_controls(n)} ELSE {n} END" for n, _ in texts}
    changed = {f"{n}_changed": is_changed(n) for n, _ in texts} if apostrophes else {}
    seldom = [_note(f"{n}_control", heading, CONTROL) for n, heading in texts]
    seldom += [_note(is_long(n), heading, LONG) for n, heading in texts if apostrophes]
    notes = [_note(f"{n}_changed", heading, APOSTROPHE) for n, heading in texts if apostrophes]
    notes.append(f"CASE WHEN rare THEN nullif(concat_ws('{_BETWEEN}', {', '.join(seldom)}), '') END")
    return [
        {n: c.sql for n, c in zip(names, columns, strict=True)},
        same(names) | rare,
        same([*names, "rare"]) | controls,
        same([*names, "rare"]) | shown | same(controls),
        same([*names, "rare"]) | same(controls) | changed,
        same(names) | same(changed) | {"notes": f"nullif(concat_ws('{_BETWEEN}', {', '.join(notes)}), '')"},
    ]


def _note(when: str, heading: str, what: str) -> str:
    return f"CASE WHEN {when} THEN {quote_literal(f'{heading}: {what}')} END"


def names_of(columns: Sequence[Column]) -> list[str]:
    return [f"c{n}" for n in range(len(columns))]


def same(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def count_notes(noted: Counter[str], notes: pa.StringArray) -> None:
    """Add the notes of a batch to `noted`."""
    for value in pc.value_counts(notes.drop_null()).to_pylist():
        for note in value["values"].split(_BETWEEN):
            noted[note] += value["counts"]
