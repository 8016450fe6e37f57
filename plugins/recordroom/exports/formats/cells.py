"""Text that a spreadsheet would change, and what prevents it.

Two changes are made, each noted in its row:
- **apostrophe** (CSV only: an XLSX cell states that it is text). Spreadsheets compute a text that begins with
  `=`, `+`, `-`, or `@` (after white space or invisible characters too). They turn a text that looks like a
  number, day, time, or TRUE into one: a long ID loses its last digits, `1/2` becomes the second of January.
  Such a cell gets one apostrophe in front. A whole number of up to eleven digits without a leading zero is
  shown as it is, and stays. The note names these cells: without the apostrophe, the cell is the record's own
  text. (`="123"` would be a formula itself, and is lost when the file is saved again; a tab in front is
  invisible.)
- **control characters** (such as NUL, which XML cannot hold and at which spreadsheets cut a cell off) are
  shown as pictures: `␀`. Line breaks and tabs stay, except within a value of a list, since each value is a
  line.
The record's exact text is always in the JSON Lines export.
"""

from __future__ import annotations

APOSTROPHE, CONTROL, LONG = "apostrophe", "control characters", "over 32,767 characters"
MEANINGS = {  # of the notes, in the receipt
    APOSTROPHE: "the first apostrophe keeps a spreadsheet from changing the text; the original has none",
    CONTROL: "invisible control characters are shown as symbols",
    LONG: "longer than a cell of Excel can be",
}
LONGEST = 32_767  # UTF-16 code units that a cell of Excel holds

BREAKS = "␊␍"  # a line feed and a carriage return in a list

_SKIPPED = r"[\s\p{Z}\p{C}]*"
_SIGNS = r".,:/%$€£¥()+\-eEaApPmM\p{Zs}"
_NUMBER = (
    r"\p{Zs}*(?:0[0-9]+|[0-9]{12,}"
    rf"|[0-9]+[{_SIGNS}][0-9{_SIGNS}]*|[.,$€£¥(][{_SIGNS}]*[0-9][0-9{_SIGNS}]*)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_SEPARATOR = r"[\p{Zs}\-/.,]*"
_TO_YEAR = rf"{_SEPARATOR}[0-9]{{1,4}}"
_DAY = (
    rf"(?i:\p{{Zs}}*(?:[0-9]{{1,4}}{_SEPARATOR}{_MONTH}(?:{_TO_YEAR})?"
    rf"|{_MONTH}{_TO_YEAR}(?:{_TO_YEAR})?)\p{{Zs}}*)"
)
_TRUTH = r"(?i:\p{Zs}*(?:true|false)\p{Zs}*)"
_CHANGED = rf"^(?:{_SKIPPED}[=+\-@＝＋－＠]|[\t\r\n]|(?:{_NUMBER}|{_DAY}|{_TRUTH})$)"
_CONTROLS = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F\x{FFFE}\x{FFFF}]"

_CODES = (*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF)
_PICTURES = "".join(
    chr(0x2400 + code) if code < 32 else "␡" if code == 127 else "\N{REPLACEMENT CHARACTER}"
    for code in _CODES
)


def is_changed(value: str) -> str:
    """Return the SQL of whether a spreadsheet would change this text."""
    return f"regexp_matches({value}, {quote_literal(_CHANGED)})"


def has_controls(value: str) -> str:
    """Return the SQL of whether this text has control characters."""
    return f"regexp_matches({value}, {quote_literal(_CONTROLS)})"


def has_breaks(value: str) -> str:
    """Return the SQL of whether a list has values of several lines."""
    return f"regexp_matches({value}, '[{BREAKS}]')"


def show_controls(value: str) -> str:
    """Return the SQL of the text with control characters as pictures."""
    controls = quote_literal("".join(map(chr, _CODES[1:])))  # SQL itself may not hold NUL
    return f"translate({value}, chr(0) || {controls}, {quote_literal(_PICTURES)})"


def may_be_long(value: str) -> str:
    """Return the SQL of whether this text may be too long for a cell of Excel.

    It is also true if only a part of the text may be.
    """
    return f"strlen({value}) > {LONGEST}"


def is_long(value: str) -> str:
    """Return the SQL of whether this text is too long for a cell of Excel.

    The limit is in UTF-16 units.
    """
    beyond = f"length(regexp_replace({value}, '[^\\x{{10000}}-\\x{{10FFFF}}]', '', 'g'))"
    return f"CASE WHEN {may_be_long(value)} THEN length({value}) + {beyond} > {LONGEST} ELSE false END"


def quote_literal(text: str) -> str:
    """Return the text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"
