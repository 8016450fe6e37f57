"""What a spreadsheet would do to text, and what is done about it. Two things, each named beside the row it happened in:

- **apostrophe** (CSV only: an XLSX cell says that it is text). Excel and its like compute what begins with `=`, `+`, `-`, `@` (after
  white space or invisible characters too) and turn what looks like a number, a day, a time or TRUE into one: a long id loses its
  last digits, `1/2` becomes the second of January. Such a cell gets one apostrophe in front. A whole number of up to eleven digits
  without a leading zero is shown as it is and stays. The note says which cells these are: without the apostrophe of each cell that
  has the note, the record's own text is left. (`="123"` would be a formula itself, and survives no second saving; a tab in front
  cannot be seen.)
- **control characters** (NUL and its like, which XML cannot hold and at which spreadsheets cut a cell off) are shown as their pictures:
  `␀`. Line breaks and tabs stay, but for those within a value of a list, of which each stands on a line of its own.
The record's exact text is always in the JSON Lines export.
"""

from __future__ import annotations

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
_PICTURES = "".join(
    chr(0x2400 + code) if code < 32 else "␡" if code == 127 else "\N{REPLACEMENT CHARACTER}"
    for code in _CODES
)


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
