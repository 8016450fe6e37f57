"""The reasons of gaps in words: what a person reads beside the one that the ledger has, which the register and `recordroom status` name."""

from __future__ import annotations

from collections.abc import Mapping

from recordroom.archive.gaps import FAILED, MESSAGES, MISSED, POSTS_MISSED
from recordroom.capture.importing import REJECTS
from recordroom.capture.register import REASON
from recordroom.explained import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT

WORDS: Mapping[str, str] = {  # with which a reason begins -> what has happened
    REASON: "the register has no sound entry of the account",
    f"{FAILED}TokenExpired": "the account's access has ended",
    f"{FAILED}Blocked": "the platform refuses access",
    f"{FAILED}AccountUnavailable": "the account cannot be seen",
    f"{FAILED}UnexpectedResponse": "the platform's answer cannot be read",
    f"{FAILED}BudgetSpent": "what the account may cost in a month is spent",
    f"{FAILED}Throttled": "the platform has let nobody read for more than a day",
    f"{FAILED}SpoolFull": "the disk had no room",
    FAILED: "the capture failed",
    MASS_ABSENCE: "very many records vanished at once",
    COUNTS_DIFFER: "the platform counts more than is held",
    PLATFORM_LIMIT: "the platform does not give everything",
    MESSAGES: "private messages are not captured",
    MISSED: "older private messages were missed",
    POSTS_MISSED: "posts may have been missed",
    REJECTS: "parts of an imported file were not taken",
    "torn-evidence": "a part of what was received is missing",
}


def worded(reason: str) -> str:
    return next((words for first, words in WORDS.items() if reason.startswith(first)), reason)
