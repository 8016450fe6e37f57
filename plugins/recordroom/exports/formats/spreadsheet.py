"""What CSV and XLSX share: the cells of each row as text that a spreadsheet can hold, and the notes on what was done to them.

A note reads `<column>: <what>`; those of a row stand in its last column, and the receipt counts them all.
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
    literal,
    may_be_long,
    shown,
)
from recordroom.exports.formats.columns import LIST, TEXT, Column
from recordroom.exports.rows import Layer

NOTES = "Notes on cells"
_BETWEEN = "; "


def layers(named: Sequence[Column], *, apostrophes: bool) -> list[Layer]:
    """Columns `c0`, `c1` ... with control characters shown, `notes` (null: none), and with `apostrophes` for each text column whether
    it needs one (`c0_changed`).

    What is rare is looked for once in all texts of a row (`rare`), and in each of them only where it was found.
    """
    names = names_of(named)
    texts = [(n, c.heading) for n, c in zip(names, named, strict=True) if c.kind in (TEXT, LIST)]
    lists = {n for n, c in zip(names, named, strict=True) if c.kind == LIST}
    everything, listed = (
        f"concat('', {', '.join(some)})" if some else "''" for some in ([n for n, _ in texts], sorted(lists))
    )
    rare = {"rare": f"{has_controls(everything)} OR {has_breaks(listed)} OR {may_be_long(everything)}"}
    controls = {
        n: f"{has_controls(n)} OR {has_breaks(n)}" if n in lists else has_controls(n) for n, _ in texts
    }
    controls = {f"{n}_control": f"CASE WHEN rare THEN {test} ELSE false END" for n, test in controls.items()}
    readable = {n: f"CASE WHEN {n}_control THEN {shown(n)} ELSE {n} END" for n, _ in texts}
    changed = {f"{n}_changed": is_changed(n) for n, _ in texts} if apostrophes else {}
    seldom = [_note(f"{n}_control", heading, CONTROL) for n, heading in texts]
    seldom += [_note(is_long(n), heading, LONG) for n, heading in texts if apostrophes]
    notes = [_note(f"{n}_changed", heading, APOSTROPHE) for n, heading in texts if apostrophes]
    notes.append(f"CASE WHEN rare THEN nullif(concat_ws('{_BETWEEN}', {', '.join(seldom)}), '') END")
    return [
        {n: c.sql for n, c in zip(names, named, strict=True)},
        kept(names) | rare,
        kept([*names, "rare"]) | controls,
        kept([*names, "rare"]) | readable | kept(controls),
        kept([*names, "rare"]) | kept(controls) | changed,
        kept(names) | kept(changed) | {"notes": f"nullif(concat_ws('{_BETWEEN}', {', '.join(notes)}), '')"},
    ]


def _note(when: str, heading: str, what: str) -> str:
    return f"CASE WHEN {when} THEN {literal(f'{heading}: {what}')} END"


def names_of(named: Sequence[Column]) -> list[str]:
    return [f"c{n}" for n in range(len(named))]


def kept(names: Iterable[str]) -> dict[str, str]:
    return {name: name for name in names}


def count(noted: Counter[str], notes: pa.StringArray) -> None:
    """Add the notes of a batch."""
    for value in pc.value_counts(notes.drop_null()).to_pylist():
        for note in value["values"].split(_BETWEEN):
            noted[note] += value["counts"]
