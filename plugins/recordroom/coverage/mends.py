"""What to do about a gap, by its reason; docs/operating.md says more."""

from __future__ import annotations

from collections.abc import Mapping

from recordroom.archive.gaps import FAILED, MESSAGES, MISSED, POSTS_MISSED
from recordroom.capture.importing import REJECTS
from recordroom.capture.register import REASON
from recordroom.explained import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT

_SAY = "let whoever keeps the register's file say so there (under explained)"
MENDS: Mapping[str, str] = {  # with which a reason begins -> what to do
    REASON: "Correct the account's entry in the register, or put it back, with closed_on where the account ended.",
    f"{FAILED}TokenExpired": "The token's holder makes a new one, or consents again (recordroom connect), and puts it into the connection.",
    f"{FAILED}Blocked": "Check the permissions of the connection, or give the account one; the platform's page says which it needs.",
    f"{FAILED}AccountUnavailable": "Look at the account in a browser. Renamed: correct url and add formerly. Gone for good: set closed_on.",
    f"{FAILED}UnexpectedResponse": "Once: nothing. Lasting: the platform has changed; report it with the words of the gap.",
    f"{FAILED}BudgetSpent": "Raise monthly_cap in the register, or wait until the month is over.",
    f"{FAILED}Throttled": "Lengthen the interval, or ask the platform for a higher quota.",
    f"{FAILED}SpoolFull": "Make room on the disk.",
    FAILED: "Look at the log of the last capture; the next complete one closes the gap.",
    MASS_ABSENCE: f"Look at the account, and ask its owner. A fault of the platform: wait. If they are really gone, {_SAY}.",
    COUNTS_DIFFER: "Compare what the platform counts with what is held, line by line, in the account's counts. Of what was removed before "
    f"it was first seen, {_SAY}, with the number.",
    PLATFORM_LIMIT: "Where a permission or a plan is lacking: get it for the account's connection. What is over a limit comes with no "
    f"capture: import the platform's own copy of the account's data, or keep it elsewhere; then {_SAY}.",
    MESSAGES: "Let whoever keeps the register's file have them captured (private_messages: capture); or switch them off at the platform, "
    "or keep them elsewhere, and have that said there (private_messages).",
    MISSED: f"Import the platform's own copy of the account's data, over all time; or keep it elsewhere, and {_SAY}.",
    POSTS_MISSED: f"Let the feed show more entries, or capture it more often; import what is missing, then {_SAY}.",
    REJECTS: "`recordroom import --dry-run` names each line; mend the file, and import it again with `--mends`.",
    "torn-evidence": "`recordroom verify --full` reads what it holds. Keep it, and look whether a later capture has the same records; the "
    "gap stays as a mark.",
}


def mend(reason: str) -> str:
    return next(words for first, words in MENDS.items() if reason.startswith(first))


def urgency(reason: str) -> int:
    """0 where an account is not captured any more, then what a person has to look at, then what only a file fills."""
    order = (REASON, FAILED, MASS_ABSENCE, REJECTS, "torn-evidence", MISSED, POSTS_MISSED, COUNTS_DIFFER, PLATFORM_LIMIT, MESSAGES)
    return next((n for n, first in enumerate(order) if reason.startswith(first)), len(order))
