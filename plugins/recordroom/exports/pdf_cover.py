"""The first page of each part of a PDF: what was asked, as of when, how much was found, what is known to be lacking, how to read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recordroom.exports.columns import RELEASE
from recordroom.exports.glyphs import Pen
from recordroom.exports.pdf_record import when
from recordroom.exports.receipt import UNTOLD, gaps_of, nameless
from recordroom.model import MESSAGE, moment
from recordroom.search.filters import all_within
from recordroom.text import counted

MARK = f"WORKING COPY - {RELEASE}"

_READING = """\
Records stand by account, then by conversation in the order of their first posts. An answer stands below what it answers, and says so in \
words; answers are set in from the left, too.
Times are Pacific first. The same instant in UTC stands in parentheses.
What follows the word Text, on a gray ground, is what somebody wrote, as the platform gave it, or the file that is named; so are names and \
addresses. Nothing was corrected. A sign that cannot be drawn here is shown as its code, like [U+1F9FF].
What was removed, hidden or changed says so in its heading and above its text. A removal is told as the time between the last capture \
that saw the record and the first that found it gone.
Pictures are the archive's own copies. Their descriptions are those that their authors gave. Every file that is handed over lies beside \
this document, in the folder that it names; its name is the SHA-256 of its bytes.
An address leads to the platform as it is today, which may show something else, or nothing.
The same records with every field, for spreadsheets and programs, are to be had as CSV, XLSX or JSON Lines.
"""


def cover(receipt: Mapping[str, Any], numbers: tuple[int, int], part: int) -> dict[str, Any]:
    """For pdf_pages.typ. `receipt`: what it says of the whole export; `numbers`: the first and the last record of this part."""
    agency = str(receipt["agency"].get("name") or receipt["agency"].get("id") or "an agency that the register does not name")
    rows, as_of = receipt["counts"]["rows"], when(moment(receipt["as_of"]))
    first, last = numbers
    held = f"No. {first:,} to No. {last:,} of {rows:,}" if rows else "no record: nothing was found"
    which = f"part {part}{', the last' if last == rows else ''}" if part > 1 or last < rows else "all in one part"
    title = f"Social media records of {agency}{f', {which}' if part > 1 or last < rows else ''}"
    return {
        "mark": MARK,
        "title": "".join(Pen().line(title)),
        "agency": "".join(Pen().line(agency)),
        "description": f"{MARK}. It holds {held}, {which}, as of {as_of}.",
        "footer": Pen().line(f"{title}: {held}"),
        "about": [
            _section(
                "What was asked",
                [f"Query: {receipt['query'] or all_within(receipt['filters'])}", f"Understood as: {receipt['understood']}"],
            ),
            _section("What this is", [f"It holds {held}, {which}.", f"The archive as it stood {as_of}."], _counted(receipt)),
            _section("What is known to be lacking", _lacks(receipt), _lacking(receipt)),
            _section("How to read it", [], _READING.splitlines()),
        ],
    }


def _section(heading: str, lines: Iterable[str], listed: Iterable[str] = ()) -> dict[str, Any]:
    pen = Pen()
    return {"heading": heading, "lines": [pen.line(line) for line in lines], "list": [pen.line(line) for line in listed]}


def _counted(receipt: Mapping[str, Any]) -> Iterator[str]:
    counts, around = receipt["counts"], receipt["counts"]["context"]["rows"]
    yield f"Found by the query: {counts['rows'] - around:,}; beside these as context: {around:,}; different records: {counts['records']:,}"
    for account, kinds in counts["by_account_and_kind"].items():
        yield f"Account {account}: " + ", ".join(_number(count, kind) for kind, count in kinds.items())
    if counts["by_status"]:
        yield "Status: " + ", ".join(f"{count:,} {status}" for status, count in counts["by_status"].items())
    yield f"Files named: {counts['media']['references']:,}; different ones in the archive: {counts['media']['files']:,}; handed over: \
{counts['media']['handed_over']:,}"


def _number(count: int, kind: str) -> str:
    return counted(count, "private message" if kind == MESSAGE else kind)


def _lacks(receipt: Mapping[str, Any]) -> list[str]:
    quarantine = [f"Quarantine: {UNTOLD}."] if receipt["quarantine"] is None else []
    if not receipt["gaps"] and not receipt["left_out"] and not nameless(receipt):
        nothing = "Nothing else" if quarantine else "Nothing"
        return [*quarantine, f"{nothing} is known to be lacking. What came and went between two captures was not captured."]
    return [*quarantine, "What came and went between two captures was not captured. Besides, as of that time:"]


def _lacking(receipt: Mapping[str, Any]) -> Iterator[str]:
    for gap in gaps_of(receipt):
        yield f"Gap in account {gap.account}: {gap.reason}: {gap.detail} (known since {when(gap.opened_at)})"
    for words in nameless(receipt):
        yield f"Not everybody is found by a name, but by what they wrote: {words}"
    for left in receipt["left_out"]:
        yield f"Not in this export: {left['what']}: {left['count']:,}: {left['why']}"
