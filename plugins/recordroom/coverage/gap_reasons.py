"""Explain gap reasons to people: what happened, what to do, and how urgent it is.

docs/admin/gaps.md has more. The ledger, the register, and `recordroom status` show the reason itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recordroom.archive.gaps import FAILED, MESSAGES, MISSED, NOT_CAPTURED, POSTS_MISSED, ROWS_WAIT
from recordroom.capture.file_import.run import REJECTS
from recordroom.capture.register_ledger import REASON
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    BudgetSpent,
    SpoolFull,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.register.models import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a gap reason means."""

    # 0: the account is not captured; low: a person must act; high: only an import can fill the gap
    urgency: int
    words: str  # what happened
    mend: str  # what to do


_SAY = "let whoever keeps the register's file say so there (under explained)"
MEANINGS: Mapping[str, Meaning] = {  # beginning of a reason -> its meaning
    REASON: Meaning(
        0,
        "the register has no sound entry of the account",
        "Correct the account's entry in the register, or put it back, with closed_on where the account "
        "ended.",
    ),
    f"{FAILED}{TokenExpired.code}": Meaning(
        1,
        "the account's access has ended",
        "The token's holder consents again (recordroom connect), or makes a new one and puts it into the "
        "connection.",
    ),
    f"{FAILED}{Blocked.code}": Meaning(
        1,
        "the platform refuses access",
        "Check the permissions of the connection, or give the account one; the platform's page says which it "
        "needs.",
    ),
    f"{FAILED}{AccountUnavailable.code}": Meaning(
        1,
        "the account cannot be seen",
        "Look at the account in a browser. Renamed: correct url and add formerly. Gone for good: set "
        "closed_on.",
    ),
    f"{FAILED}{UnexpectedResponse.code}": Meaning(
        1,
        "the platform's answer cannot be read",
        "Once: nothing. Lasting: the platform has changed; report it with the words of the gap.",
    ),
    f"{FAILED}{BudgetSpent.code}": Meaning(
        1,
        "what the account may cost in a month is spent",
        "Raise monthly_cap in the register, or wait until the month is over.",
    ),
    f"{FAILED}{Throttled.code}": Meaning(
        1,
        "the platform has let nobody read for more than a day",
        "Lengthen the interval, or ask the platform for a higher quota.",
    ),
    f"{FAILED}{SpoolFull.code}": Meaning(
        1,
        "the disk had no room",
        "Make room on the disk.",
    ),
    FAILED: Meaning(
        1,
        "the capture failed",
        "Look at the log of the last capture; the next complete one closes the gap.",
    ),
    MASS_ABSENCE: Meaning(
        2,
        "very many records vanished at once",
        "Look at the account, and ask its owner. A fault of the platform: wait. If they are really gone, "
        f"{_SAY}.",
    ),
    ROWS_WAIT: Meaning(
        2,
        "search and exports do not show what was captured since",
        "Run `recordroom rebuild records`. Nothing is lost: the archive has all of it.",
    ),
    REJECTS: Meaning(
        3,
        "parts of an imported file were not taken",
        "`recordroom import --dry-run` names each line; mend the file, and import it again with `--mends`.",
    ),
    "torn-evidence": Meaning(
        4,
        "a part of what was received is missing",
        "`recordroom verify --full` reads what it holds. Keep it, and look whether a later capture has the "
        "same records; the "
        "gap stays as a mark.",
    ),
    MISSED: Meaning(
        5,
        "older private messages were missed",
        "Import the platform's own copy of the account's data, over all time; or keep it elsewhere, and "
        f"{_SAY}.",
    ),
    POSTS_MISSED: Meaning(
        6,
        "posts may have been missed",
        f"Let the feed show more entries, or capture it more often; import what is missing, then {_SAY}.",
    ),
    NOT_CAPTURED: Meaning(
        7,
        "nobody looked at the account for a day or longer",
        "What was there at the next capture is held. Ask whoever looks after the account what was published "
        "and removed in that time; "
        f"import what is lacking, then {_SAY}.",
    ),
    COUNTS_DIFFER: Meaning(
        8,
        "the platform counts more than is held",
        "Compare what the platform counts with what is held, line by line, in the account's counts. Of what "
        "was removed before "
        f"it was first seen, {_SAY}, with the number.",
    ),
    PLATFORM_LIMIT: Meaning(
        9,
        "the platform does not give everything",
        "What is asked for some at a time, as captions are, comes by itself in the next nights. Where a "
        "permission or a plan is "
        "lacking: get it for the account's connection. What else is over a limit comes with no capture: "
        f"import the platform's own copy of the account's data, or keep it elsewhere; then {_SAY}.",
    ),
    MESSAGES: Meaning(
        10,
        "private messages are not captured",
        "Let whoever keeps the register's file have them captured (private_messages: capture); or switch "
        "them off at the platform, "
        "or keep them elsewhere, and have that said there (private_messages).",
    ),
}


def find_meaning(reason: str) -> Meaning | None:
    """Find the meaning of a gap reason.

    None for one of a later version of recordroom.
    """
    return next((found for first, found in MEANINGS.items() if reason.startswith(first)), None)


def find_remedy(reason: str) -> str:
    """Return what to do about a gap.

    "" for a reason of a later version of recordroom.
    """
    return found.mend if (found := find_meaning(reason)) else ""


def describe_reason(reason: str) -> str:
    """Return a reason in words; one of a later version of recordroom stays as it is."""
    return found.words if (found := find_meaning(reason)) else reason


def rate_urgency(reason: str) -> int:
    """Return the urgency of a gap reason; an unknown one comes last."""
    return found.urgency if (found := find_meaning(reason)) else len(MEANINGS)
