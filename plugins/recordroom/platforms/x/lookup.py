"""What X says of a post that it does not give."""

from __future__ import annotations

from recordroom.model import REMOVED, UNAVAILABLE, Absence, Exchange
from recordroom.platforms.contract import Known
from recordroom.platforms.x.api import FAILED, NOT_FOUND, REFUSED
from recordroom.platforms.x.entities import body_of


def has_failed(known: Known, answer: Exchange) -> bool:
    """Whether X says that it has failed: the post may be there."""
    return _said_of(known, answer)[0] == FAILED


def absence(known: Known, answer: Exchange) -> Absence:
    """What X says of one post that it does not give."""
    sort, words = _said_of(known, answer)
    if "suspended" in words.lower():
        return Absence(
            known.record_id, UNAVAILABLE, f"X has suspended its author: {words}", answer, "platform"
        )
    if sort == "disallowed-resource":
        return Absence(
            known.record_id,
            UNAVAILABLE,
            f"X does not show it, because of its rules: {words}",
            answer,
            "platform",
        )
    if sort == REFUSED:
        why = "its author is protected now, or suspended: X does not say which"
        return Absence(known.record_id, UNAVAILABLE, f"{why}: {words}", answer)
    if sort == NOT_FOUND and (known.tally == "own" or known.kind == "post"):
        return Absence(
            known.record_id,
            REMOVED,
            f"X says that it does not exist, while its author is there: {words}",
            answer,
        )
    if sort == NOT_FOUND:
        return Absence(
            known.record_id,
            UNAVAILABLE,
            f"deleted, or its author's account is closed: X does not say which: {words}",
            answer,
        )
    return Absence(
        known.record_id,
        UNAVAILABLE,
        f"not among the posts asked for by id; {words or 'the cause is not told'}",
        answer,
    )


def _said_of(known: Known, answer: Exchange) -> tuple[str, str]:
    """(type, words) of the problem that names a post, or of one that says that X has failed; nothing of
    either is ("", "").
    """
    problems = [
        (str(one.get("type", "")).rpartition("/")[2], one)
        for one in body_of(answer).get("errors") or ()
        if isinstance(one, dict)
    ]
    naming = [
        (sort, one) for sort, one in problems if known.native_id in (one.get("resource_id"), one.get("value"))
    ]
    failed = [(sort, one) for sort, one in problems if sort == FAILED]
    sort, said = next(iter([*naming, *failed]), ("", {}))
    return sort, str(said.get("detail") or said.get("title") or "")[:200]
