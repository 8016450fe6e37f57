"""What CSV and XLSX share: the cells of each row as text that a spreadsheet can hold, and the notes on what was done to them.

A note reads `<column>: <what>`; those of a row stand in its last column, and the receipt counts them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from recordroom.exports import cells
from recordroom.exports.columns import TEXT, Column
from recordroom.exports.rows import Layer

NOTES = "Notes on cells"
_BETWEEN = "; "


def layers(named: Sequence[Column], *, apostrophes: bool) -> list[Layer]:
    """Columns `c0`, `c1` ... with control characters shown, `notes` (null: none), and with `apostrophes` for each text column whether
    it needs one (`c0_changed`)."""
    names = names_of(named)
    texts = [(n, c.heading) for n, c in zip(names, named, strict=True) if c.kind == TEXT]
    controls = {f"{n}_control": cells.has_controls(n) for n, _ in texts}
    shown = {n: f"CASE WHEN {n}_control THEN {cells.shown(n)} ELSE {n} END" for n, _ in texts}
    changed = {f"{n}_changed": cells.is_changed(shown[n]) for n, _ in texts} if apostrophes else {}
    tests = {"_control": cells.CONTROL, **({"_changed": cells.APOSTROPHE} if apostrophes else {})}
    notes = [f"CASE WHEN {n}{flag} THEN {cells.literal(f'{heading}: {what}')} END" for n, heading in texts for flag, what in tests.items()]
    notes += [f"CASE WHEN {cells.is_long(n)} THEN {cells.literal(f'{heading}: {cells.LONG}')} END" for n, heading in texts if apostrophes]
    return [
        {n: c.sql for n, c in zip(names, named, strict=True)},
        kept(names) | controls,
        kept(names) | shown | kept(controls) | changed,
        kept(names) | kept(changed) | {"notes": f"nullif(concat_ws('{_BETWEEN}', {', '.join(notes)}), '')"},
    ]


def names_of(named: Sequence[Column]) -> list[str]:
    return [f"c{n}" for n in range(len(named))]


def kept(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def count(noted: Counter[str], notes: pa.StringArray) -> None:
    """Add the notes of a batch."""
    for value in pc.value_counts(notes.drop_null()).to_pylist():
        for note in value["values"].split(_BETWEEN):
            noted[note] += value["counts"]
