"""What each platform counts beside what is held, and in words why they differ: `recordroom status --counts`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from recordroom import dates
from recordroom.capture.completeness import Line, explained
from recordroom.coverage import account_status
from recordroom.coverage.account_status import Told, lacks
from recordroom.errors import Blocked, Throttled, TokenExpired
from recordroom.model import moment
from recordroom.platforms import load
from recordroom.register.models import COUNTS_DIFFER, Account

LACKING, UNKNOWN = "GAP", "not known"  # with which the words begin where something lacks, or nobody has counted
_WHY = {  # part of a gap's reason -> of which kind it is
    "platform-limit": "over a limit of the platform, or not given by it",
    TokenExpired.code: "not permitted",
    Blocked.code: "not permitted",
    Throttled.code: "throttled",
    "private-messages": "private messages",
}


def lines(account: Account | None, told: Told) -> list[Line]:
    """Of one account that is captured, or was: then as it was last counted. None: the register has no sound entry of it."""
    if account is None:
        return [("", None, None, f"{UNKNOWN}: the register has no sound entry of it, so that nobody captures it"), *_lacking(told)]
    counted, platform = told["completeness"], load(account.platform).PLATFORM
    found: list[Line] = [("", None, None, f"{UNKNOWN}: no complete capture has asked yet")]
    if counted is not None:
        found = list(explained(counted, platform, told["held"].get("post", 0), account.explained.get(COUNTS_DIFFER)))
    found += _lacking(told, counted=any(line[3].startswith(LACKING) for line in found))
    if account.import_only or account.is_closed(datetime.now(UTC)):
        return found + ([("first capture", None, None, f"{LACKING}: {told['cut_short']}")] if told.get("cut_short") else [])
    found += [("since then", None, None, words) for words in _put_by(told)]
    if account.connection is None and platform.anonymous:
        found.append(("without a token", None, None, f"not read: {platform.anonymous}"))
    return found


def _lacking(told: Told, *, counted: bool = False) -> Iterator[Line]:
    yield from (("known to be lacking", None, None, words) for words in _reasons(told, counted=counted))
    if files := told["lacking_files"]:
        yield "files", None, None, f"{LACKING}: {files['words']}"


def _reasons(told: Told, *, counted: bool) -> Iterator[str]:
    """What is known to be lacking, and why, without the counts where these say themselves that something is: the last capture's may be of
    the last days, and a sweep before it have found more."""
    for gap in lacks(told):
        if not (counted and gap.reason.startswith(COUNTS_DIFFER)):
            why = next((why for part, why in _WHY.items() if part in gap.reason), gap.reason)
            said = account_status.explained(told, gap)
            yield f"{why}: {gap.detail}{said}" if said else f"{LACKING}: {why}: {gap.detail}"


def _put_by(told: Told) -> Iterator[str]:
    """Why what came since the last complete capture may not be here yet."""
    if (until := told.get("not_before")) and moment(until) > datetime.now(UTC):
        yield f"throttled: what is lacking is asked for again at {dates.format_local(moment(until))}"
    if told.get("budget"):
        yield f"the budget is nearly spent: {put_off(told['account'], told['budget'])}"
    if told["last_capture"] and not told.get("history_done"):
        yield "the first capture goes on: each run reads further back"


def put_off(account: str, budget: Mapping[str, Any]) -> str:
    waits = f"{budget['conversations']} conversations" if "conversations" in budget else "the first capture"
    what = "everything" if budget.get("stopped") else waits
    return f"{account}: {what} until {dates.format_local(moment(budget['until']))}"
