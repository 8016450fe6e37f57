"""Compare the platform's counts with the archive's: `recordroom status --counts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from recordroom import dates
from recordroom.capture.completeness import CountLine, explain_differences
from recordroom.coverage import account_status
from recordroom.coverage.account_status import Status, list_open_gaps
from recordroom.errors import Blocked, Throttled, TokenExpired
from recordroom.model import moment
from recordroom.platforms.registry import load
from recordroom.register.models import COUNTS_DIFFER, Account

# how the words begin if something is missing, or no count is known
LACKING, UNKNOWN = "GAP", "not known"
_WHY = {  # part of a gap reason -> its cause in words
    "platform-limit": "beyond a limit of the platform, or not offered by it",
    TokenExpired.code: "not permitted",
    Blocked.code: "not permitted",
    Throttled.code: "throttled",
    "private-messages": "private messages",
}


def list_lines(account: Account | None, told: Status) -> list[CountLine]:
    """Return an account's lines: the platform's count, the archive's, and why.

    A closed account has the lines of its last count. account: None if the register has no valid entry.
    """
    if account is None:
        return [
            ("", None, None, f"{UNKNOWN}: not captured, because the register has no valid entry for it"),
            *_lacking(told),
        ]
    counted, platform = told["completeness"], load(account.platform).PLATFORM
    found: list[CountLine] = [("", None, None, f"{UNKNOWN}: no complete capture has run yet")]
    if counted is not None:
        found = list(
            explain_differences(
                counted, platform, told["held"].get("post", 0), account.explained.get(COUNTS_DIFFER)
            )
        )
    found += _lacking(told, counted=any(line[3].startswith(LACKING) for line in found))
    if account.import_only or account.is_closed(datetime.now(UTC)):
        return found + (
            [("first capture", None, None, f"{LACKING}: {told['cut_short']}")]
            if told.get("cut_short")
            else []
        )
    found += [("since then", None, None, words) for words in _list_deferrals(told)]
    if account.connection is None and platform.missing_if_anonymous:
        found.append(("without a token", None, None, f"not read: {platform.missing_if_anonymous}"))
    return found


def _lacking(told: Status, *, counted: bool = False) -> Iterator[CountLine]:
    yield from (("known to be missing", None, None, words) for words in _reasons(told, counted=counted))
    if files := told["lacking_files"]:
        yield "files", None, None, f"{LACKING}: {files['words']}"


def _reasons(told: Status, *, counted: bool) -> Iterator[str]:
    """Return what is known to be missing, and why.

    counted: the counts themselves report something missing, so the gap of differing counts is left out. The
    counts of the last capture may cover the last days only, and a sweep before it may have found more.
    """
    for gap in list_open_gaps(told):
        if not (counted and gap.reason.startswith(COUNTS_DIFFER)):
            why = next((why for part, why in _WHY.items() if part in gap.reason), gap.reason)
            said = account_status.find_explanation(told, gap)
            yield f"{why}: {gap.detail}{said}" if said else f"{LACKING}: {why}: {gap.detail}"


def _list_deferrals(told: Status) -> Iterator[str]:
    """Return why records since the last complete capture may not be archived yet."""
    if (until := told.get("not_before")) and moment(until) > datetime.now(UTC):
        yield f"throttled: missing items are requested again {dates.format_time(moment(until))}"
    if told.get("budget"):
        yield f"the budget is nearly spent: {describe_deferral(told['account'], told['budget'])}"
    if told["last_capture"] and not told.get("history_done"):
        yield "first capture in progress: each run reads older posts"


def describe_deferral(account: str, budget: Mapping[str, Any]) -> str:
    """Describe what the budget defers, and until when."""
    waits = f"{budget['conversations']} conversations" if "conversations" in budget else "the first capture"
    what = "everything" if budget.get("stopped") else waits
    return f"{account}: {what} deferred until {dates.format_time(moment(budget['until']))}"
