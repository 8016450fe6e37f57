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


_EXPLAIN = "explain it in the register (under explained)"
MEANINGS: Mapping[str, Meaning] = {  # beginning of a reason -> its meaning
    REASON: Meaning(
        0,
        "the register has no valid entry for the account",
        "Correct the account's entry in the register. If the account ended, put the entry back with "
        "closed_on.",
    ),
    f"{FAILED}{TokenExpired.code}": Meaning(
        1,
        "the account's access has expired",
        "The token holder reconnects the account (recordroom connect), or puts a new token into the "
        "connection.",
    ),
    f"{FAILED}{Blocked.code}": Meaning(
        1,
        "the platform refuses access",
        "Check the permissions of the account's connection, or add a connection. The page of the platform in "
        "the documentation lists the permissions.",
    ),
    f"{FAILED}{AccountUnavailable.code}": Meaning(
        1,
        "the account is unavailable on its platform",
        "Open the account in a browser. If it was renamed, correct url and add formerly in the register. If"
        " it was closed, set closed_on.",
    ),
    f"{FAILED}{UnexpectedResponse.code}": Meaning(
        1,
        "the platform's response cannot be read",
        "If it happens once, do nothing. If it continues, the platform has changed: report it with the"
        " details of the gap.",
    ),
    f"{FAILED}{BudgetSpent.code}": Meaning(
        1,
        "the account's monthly budget is spent",
        "Raise monthly_cap in the register, or wait until next month.",
    ),
    f"{FAILED}{Throttled.code}": Meaning(
        1,
        "the platform has allowed no requests for more than a day",
        "Use a longer interval, or ask the platform for a higher quota.",
    ),
    f"{FAILED}{SpoolFull.code}": Meaning(
        1,
        "the disk was full",
        "Free space on the disk.",
    ),
    FAILED: Meaning(
        1,
        "the capture failed",
        "Read the log of the last capture. The next complete capture closes the gap.",
    ),
    MASS_ABSENCE: Meaning(
        2,
        "very many records disappeared at once",
        "Open the account in a browser, and ask its owner. If the platform has a fault, wait. If the records "
        f"were really removed, {_EXPLAIN}.",
    ),
    ROWS_WAIT: Meaning(
        2,
        "search and exports do not show recent captures yet",
        "Run `recordroom rebuild records`. Nothing is lost: the archive has all records.",
    ),
    REJECTS: Meaning(
        3,
        "parts of an imported file were rejected",
        "`recordroom import --dry-run` lists each line. Correct the file, and import it again with "
        "`--mends`.",
    ),
    "torn-evidence": Meaning(
        4,
        "a part of an evidence file is unreadable",
        "`recordroom verify --full` reads what is left. Keep the file, and check whether a later capture has "
        "the same records. The gap stays open as a mark.",
    ),
    MISSED: Meaning(
        5,
        "older private messages were missed",
        "Import the platform's own copy of the account's data for the whole time. Or keep that copy "
        f"elsewhere, and {_EXPLAIN}.",
    ),
    POSTS_MISSED: Meaning(
        6,
        "posts may have been missed",
        f"Let the feed show more entries, or capture it more often. Import what is missing, then {_EXPLAIN}.",
    ),
    NOT_CAPTURED: Meaning(
        7,
        "no capture ran for a day or longer",
        "The next capture archived what was still there. Ask the owner of the account what was published and "
        f"removed in that time. Import what is missing, then {_EXPLAIN}.",
    ),
    COUNTS_DIFFER: Meaning(
        8,
        "the platform counts more than the archive has",
        "Compare the counts line by line on the account's page. For records that were removed before the"
        f" first capture, {_EXPLAIN}, with the number.",
    ),
    PLATFORM_LIMIT: Meaning(
        9,
        "the platform does not give everything",
        "Items that are read a few at a time, such as captions, arrive in the next nights. If a permission"
        " or plan is missing, get it for the account's connection. For everything else, import the"
        f" platform's own copy of the account's data, or keep it elsewhere. Then {_EXPLAIN}.",
    ),
    MESSAGES: Meaning(
        10,
        "private messages are not captured",
        "To capture them, set private_messages: capture in the register. Or turn them off on the platform,"
        " or keep them elsewhere, and enter that reason there (private_messages).",
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
