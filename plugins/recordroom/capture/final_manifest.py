"""Builds the last manifest of a capture: what was seen and read, and how it ended.

Everything here is a function of what the capture read; nothing is fetched, opened, or committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from recordroom.archive.state.record_state import RecordState, last_seen
from recordroom.capture.absences import AbsenceReport
from recordroom.capture.completeness import Completeness, count_replies
from recordroom.capture.reader import WindowRead
from recordroom.capture.reading_plan import DEFERRED
from recordroom.capture.session import CaptureSession
from recordroom.capture.windows import WindowKind
from recordroom.errors import BudgetSpent, RecordroomError, Throttled
from recordroom.model import instant, moment

Part = dict[str, Any]  # a part of a manifest


def build(
    session: CaptureSession, read: WindowRead, absences: AbsenceReport, counts: Completeness | None
) -> Part:
    """Return the final manifest of a capture that met no failure.

    counts: None if a first capture goes on in its next run.
    """
    kind = session.window.kind
    final: Part = {"complete": read.is_complete}
    if (
        read.is_complete
        and session.window.reads_messages
        and not read.messages_refused
        and (until := _messages_read(session))
    ):
        final["messages_read"] = until
    if counts and kind in (WindowKind.RECENT, WindowKind.FULL):
        final |= _describe_seen(session, absences, counts.roots)
    elif kind == WindowKind.HISTORY:
        final |= _describe_visited(session)
    if absences.unavailable_waits and kind == WindowKind.FULL:
        final["unavailable_waits"] = absences.unavailable_waits
    if absences.absences:
        final["absences"] = [
            {"record_id": a.record_id, "status": a.status, "reason": a.reason} for a in absences.absences
        ]
    if counts:
        final["completeness"] = counts.manifest
    return final | _describe_end(session, is_unfinished=not read.is_complete, failure=None)


def build_failed(session: CaptureSession, failure: RecordroomError) -> Part:
    """Return the final manifest of a capture that met a failure.

    Everything that was read before it stays, and nothing is absent.
    """
    final: Part = {
        "complete": False,
        "failure": {"type": failure.code, "message": failure.message, "mend": failure.mend},
    }
    if session.progress.unread:
        final["failure"]["bodies"] = session.progress.unread
    if isinstance(failure, Throttled):
        final["not_before"] = instant(failure.until)
    if session.window.kind != WindowKind.ONE:
        final |= _describe_visited(session)
    return final | _describe_end(session, is_unfinished=False, failure=failure)


def known_token(session: CaptureSession, failure: RecordroomError | None) -> dict[str, str]:
    """Return what is known of the token.

    If this capture found out nothing, that is what was known before. If it was successful, an expiration that
    has passed is not repeated.
    """
    known, standing = session.state.sums.token, session.tokens.describe()
    if standing or session.tokens.is_fully_known:
        return standing
    is_past = "dies_at" in known and moment(known["dies_at"]) <= session.started
    return {} if is_past and failure is None else known


def _describe_end(session: CaptureSession, *, is_unfinished: bool, failure: RecordroomError | None) -> Part:
    """Return what every final manifest says."""
    progress = session.progress
    part: Part = {
        "ended": instant(datetime.now(UTC)),
        "gap_ids": sorted(session.gaps.ids),
        "warnings": progress.warnings,
    }
    part |= {"leftover": progress.leftover} if progress.leftover else {}
    part |= {"token": token} if (token := known_token(session, failure)) else {}
    deferred = session.budget.describe_deferred(
        session.plan.count_reasons(wanted=False).get(DEFERRED, 0),
        is_stopped=isinstance(failure, BudgetSpent),
        is_unfinished=is_unfinished,
    )
    part |= {"budget": deferred} if deferred else {}
    return part | ({"validators": progress.validators} if progress.validators else {})


def _messages_read(session: CaptureSession) -> str:
    """Return up to when private messages were read.

    A first capture may have read them in its first run; other captures know better than its later runs.
    """
    sums = session.state.sums
    if session.window.kind == WindowKind.HISTORY and session.window.cursor:
        return "" if "messages" in sums.read else str(sums.history.get("began", ""))
    return instant(session.started)


# -- what was seen and read ----------------------------------------------------------------------------------


def _describe_seen(session: CaptureSession, absences: AbsenceReport, lacking: Mapping[str, int]) -> Part:
    """Return what was seen in the window and which conversations were read.

    It says how that differs from what was expected. The folds in archive/state/ read it. Nothing is concluded
    from a conversation that was listed and, by the plan, not read.

    lacking: conversation -> how many of its replies are missing.
    """
    seen, plan, writer = session.seen, session.plan, session.writer
    # the archive never saw it there
    outside = {held.record_id for held in writer.view(seen.shown_no_longer()).values() if not held.seen_at}
    read, skipped = dict(plan.read_roots(whole=False)), plan.count_reasons(wanted=False)
    since = session.info.window.get("since", "")
    for held in _archived_of_seen(session) if since or skipped else ():
        if held.window_at < since or plan.leaves_out_record(held, seen):
            outside.add(held.record_id)
            if held.record_id in read and _is_unsettled(session, held):
                del read[held.record_id]
        elif skipped and held.root_id and not held.is_root:
            read.setdefault(held.root_id, None)
    count, digest = seen.digest(outside)
    part: Part = {
        "count": count,
        "sha256": digest,
        "added": sorted(absences.returned),
        "missing": sorted(absences.newly),
    }
    if session.platform.window_is_partial:
        part["partial"] = (
            True  # entries leave the window silently: nothing follows for those that were not seen
        )
    part |= {"doubted": sorted(absences.doubted)} if absences.doubted else {}
    part |= {"last_seen": before} if skipped and (before := _last_seen(session, absences.newly)) else {}
    visited: Part = {"read": read, "why": plan.count_reasons(wanted=True)}
    visited |= {"skipped": skipped} if skipped else {}
    visited |= {"not_given": left} if (left := plan.not_given_roots()) else {}
    visited |= (
        {"lacking": found}
        if (found := {root: lacking[root] for root in sorted(lacking.keys() & read.keys())})
        else {}
    )
    return {"seen": part} | ({"visited": visited} if read or skipped else {})


def _describe_visited(session: CaptureSession) -> Part:
    """Return which conversations were read to their ends.

    This is for a capture that proves nothing for the window. Only those in which everything was there that
    was expected: they need not be read again before their turn, which comes sooner if the platform counts
    more replies. And those that were not given.
    """
    plan, seen = session.plan, session.seen
    read = dict(plan.read_roots(whole=True))
    for held in session.known.in_window() if read else ():
        if held.root_id in read and not held.is_root and held.present:
            is_settled = not held.missing if held.record_id in seen else held.doubted
            if not is_settled:
                del read[held.root_id]
    _, counted = count_replies(seen, plan)
    lacking = {root_id: counted[root_id] for root_id in sorted(counted.keys() & read.keys())}
    visited: Part = {"read": read, "why": plan.count_reasons(wanted=True)} | (
        {"lacking": lacking} if lacking else {}
    )
    visited |= {"not_given": left} if (left := plan.not_given_roots()) else {}
    return {"visited": visited} if read or left else {}


def _is_unsettled(session: CaptureSession, root: RecordState) -> bool:
    """Return whether a conversation before the window has unseen records.

    No absence is looked for there, so the conversation counts as not read, and the sweep reads it.
    """
    for held in session.state.window(moment(root.window_at)):
        if held.window_at > root.window_at:
            return False
        if (
            held.root_id == root.record_id
            and held.present
            and not held.doubted
            and held.record_id not in session.seen
        ):
            return True
    return False


def _last_seen(session: CaptureSession, record_ids: list[str]) -> dict[str, str]:
    """Return when replies that are missing now were last seen.

    With their conversation, or with everything.
    """
    found = session.writer.view(record_ids)
    roots = session.writer.view(held.root_id for held in found.values() if held.root_id)
    finals = session.state.sums.finals
    return {
        record_id: last_seen(held, roots.get(held.root_id or ""), finals)
        for record_id, held in sorted(found.items())
        if not held.is_root
    }


def _archived_of_seen(session: CaptureSession) -> Iterator[RecordState]:
    """Yield what is archived of the records that were seen."""
    ids = session.seen.ids()
    while some := list(islice(ids, 1_000)):
        yield from session.writer.view(some).values()
