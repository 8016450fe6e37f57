"""What CSV and XLSX share: the cells of each row as text that a spreadsheet can hold, and the notes on what was done to them.

A note reads `<column>: <what>`; those of a row stand in its last column, and the receipt counts them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from recordroom.exports.formats.columns import LIST, TEXT, Column
from recordroom.exports.rows import Layer

APOSTROPHE, CONTROL, LONG = "apostrophe", "control characters", "over 32,767 characters"
MEANINGS = {  # of the notes, for whoever reads a receipt
    APOSTROPHE: "an apostrophe stands in front, so that a spreadsheet leaves the text as it is; without it this is the record's own",
    CONTROL: "signs that nobody can see are shown as pictures",
    LONG: "more than a cell of Excel holds",
}
LONGEST = 32_767  # UTF-16 code units that a cell of Excel holds

BROKEN = "␊␍"  # a line feed and a carriage return in a list

_SKIPPED = r"[\s\p{Z}\p{C}]*"
_SIGNS = r".,:/%$€£¥()+\-eEaApPmM\p{Zs}"
_NUMBER = rf"\p{{Zs}}*(?:0[0-9]+|[0-9]{{12,}}|[0-9]+[{_SIGNS}][0-9{_SIGNS}]*|[.,$€£¥(][{_SIGNS}]*[0-9][0-9{_SIGNS}]*)"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_SEPARATOR = r"[\p{Zs}\-/.,]*"
_TO_YEAR = rf"{_SEPARATOR}[0-9]{{1,4}}"
_DAY = rf"(?i:\p{{Zs}}*(?:[0-9]{{1,4}}{_SEPARATOR}{_MONTH}(?:{_TO_YEAR})?|{_MONTH}{_TO_YEAR}(?:{_TO_YEAR})?)\p{{Zs}}*)"
_TRUTH = r"(?i:\p{Zs}*(?:true|false)\p{Zs}*)"
_CHANGED = rf"^(?:{_SKIPPED}[=+\-@＝＋－＠]|[\t\r\n]|(?:{_NUMBER}|{_DAY}|{_TRUTH})$)"
_CONTROLS = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{FFFE}\x{FFFF}]"

_CODES = (*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF)
_PICTURES = "".join(chr(0x2400 + code) if code < 32 else "␡" if code == 127 else "\N{REPLACEMENT CHARACTER}" for code in _CODES)


def is_changed(value: str) -> str:
    """SQL: whether a spreadsheet would change this text."""
    return f"regexp_matches({value}, {literal(_CHANGED)})"


def has_controls(value: str) -> str:
    return f"regexp_matches({value}, {literal(_CONTROLS)})"


def has_breaks(value: str) -> str:
    """SQL: whether a list holds values of several lines."""
    return f"regexp_matches({value}, '[{BROKEN}]')"


def shown(value: str) -> str:
    """SQL: the text with control characters as pictures."""
    return f"translate({value}, chr(0) || {literal(''.join(map(chr, _CODES[1:])))}, {literal(_PICTURES)})"  # SQL itself may not hold NUL


def may_be_long(value: str) -> str:
    """SQL: whether this text, or a part of it, may be longer than a cell of Excel holds."""
    return f"strlen({value}) > {LONGEST}"


def is_long(value: str) -> str:
    """SQL: whether a cell of Excel cannot hold this text (UTF-16 counts what lies beyond 16 bits twice)."""
    beyond = f"length(regexp_replace({value}, '[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g'))"
    return f"CASE WHEN {may_be_long(value)} THEN length({value}) + {beyond} > {LONGEST} ELSE false END"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
    everything, listed = (f"concat('', {', '.join(some)})" if some else "''" for some in ([n for n, _ in texts], sorted(lists)))
    rare = {"rare": f"{has_controls(everything)} OR {has_breaks(listed)} OR {may_be_long(everything)}"}
    controls = {n: f"{has_controls(n)} OR {has_breaks(n)}" if n in lists else has_controls(n) for n, _ in texts}
    controls = {f"{n}_control": f"CASE WHEN rare THEN {test} ELSE false END" for n, test in controls.items()}
    shown = {n: f"CASE WHEN {n}_control THEN {shown(n)} ELSE {n} END" for n, _ in texts}
    changed = {f"{n}_changed": is_changed(n) for n, _ in texts} if apostrophes else {}
    seldom = [_note(f"{n}_control", heading, CONTROL) for n, heading in texts]
    seldom += [_note(is_long(n), heading, LONG) for n, heading in texts if apostrophes]
    notes = [_note(f"{n}_changed", heading, APOSTROPHE) for n, heading in texts if apostrophes]
    notes.append(f"CASE WHEN rare THEN nullif(concat_ws('{_BETWEEN}', {', '.join(seldom)}), '') END")
    return [
        {n: c.sql for n, c in zip(names, named, strict=True)},
        kept(names) | rare,
        kept([*names, "rare"]) | controls,
        kept([*names, "rare"]) | shown | kept(controls),
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
