"""One capture of an account, from the first request to the final manifest.

A failure never loses what was read before it. It ends the capture with a final manifest that names it, proves
nothing absent, and opens a gap; the next capture that reads as much to its end closes the gap. A throttle
is no failure: the manifest says when to come back.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from shutil import rmtree

from recordroom.archive.gaps import FAILED
from recordroom.capture import completeness, final_manifest
from recordroom.capture.absences import AbsenceReport, AbsenceSearch
from recordroom.capture.completeness import Completeness
from recordroom.capture.credentials.tokens import people_to_ask, token_warning
from recordroom.capture.gap_rules import STARVED, GapRules, extent_of
from recordroom.capture.reader import WindowRead, WindowReader, read_totals
from recordroom.capture.segment.spool import AccountSpool, remove_folder
from recordroom.capture.session import CaptureSession, OnProgress, Outcome, open_session
from recordroom.capture.windows import WindowKind
from recordroom.capture.workspace import Workspace
from recordroom.errors import (
    PlatformFailure,
    RecordroomError,
    SpoolFull,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    describe_mistake,
)
from recordroom.register.models import Account, Register
from recordroom.stored_texts import meanings


def capture(
    workspace: Workspace,
    register: Register,
    account: Account,
    kind: str | None = None,
    since: datetime | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Capture an account; Busy if another capture of it runs on this machine.

    kind: recent, sweep (the whole account, and of its conversations those that the plan wants), full (all of
    it), or history. None: recent, and history for an account that was never captured.
    since: what a person asks for by a date is read completely, without a plan.
    """
    spool = AccountSpool(workspace.settings.spool, account.platform, account.id)
    with (
        spool.locked(),
        open_session(
            workspace, register, account, spool, kind=kind, since=since, on_progress=on_progress
        ) as session,
    ):
        return run(session)


def recover(workspace: Workspace, register: Register, account: Account) -> Outcome:
    """Commit what interrupted captures left of a closed account.

    The platform is asked only for missing media.
    """
    spool = AccountSpool(workspace.settings.spool, account.platform, account.id)
    with spool.locked(), open_session(workspace, register, account, spool) as session:
        with suppress(PlatformFailure):  # a closed account needs no token
            session.authorize()
        session.recover()
        rmtree(session.folder, ignore_errors=True)  # it exists only if evidence was adopted from the bucket
        session.outcome.window = "recovered"
        return session.close_outcome()


def run(session: CaptureSession) -> Outcome:
    """Read the window, look for what is missing, commit, and report."""
    try:
        with session.spooled(), _failure_committed(session):
            _prepare(session)  # authorize, commit what was left behind, identify
            read = WindowReader(session).read()  # fetch, parse, compare, commit segment by segment
            absences = AbsenceSearch(session).run()  # ask by id for what was expected and not seen
            counts = _compare_counts(session, read)  # what the platform counts and the archive does not have
            _commit(session, read, absences, counts)  # gaps, then the final manifest
    except SpoolFull as failure:  # there is no room even for the folder; to report it needs none
        session.write_missing_rows()  # the next capture looks only at what was committed since this one began
        _commit_failure(session, failure)
        remove_folder(session.folder)
    outcome = session.close_outcome()
    if session.state.snapshot_due():
        session.state.put_snapshot()
    session.state.keep_entries()
    return outcome


def _prepare(session: CaptureSession) -> None:
    """Authorize, commit what was left behind, and identify the account.

    Spool folders are on this disk only, so they wait for no token. But before the first capture has pinned
    the account, it may be another account's: then it waits until the platform has said who the account is. A
    capture of one conversation recovers nothing: it must be quick, and others may run at the same time.
    """
    recovers, is_pinned = session.window.kind != WindowKind.ONE, session.state.sums.identity is not None
    try:
        session.authorize()
    finally:
        if recovers and is_pinned:
            session.recover()
        elif recovers:
            session.write_missing_rows()
    session.account = session.account.with_identity(session.identify())
    if recovers and not is_pinned:
        session.recover()
    if _must_inspect_token(session):
        session.tokens.inspect()


def _must_inspect_token(session: CaptureSession) -> bool:
    """Return whether the platform is asked about the token.

    Each night, and while its end is near or unknown.
    """
    known = session.state.sums.token
    is_sweep = session.window.kind in (WindowKind.FULL, WindowKind.HISTORY)
    return is_sweep or not known or bool(token_warning(session.account, known, session.started))


def _compare_counts(session: CaptureSession, read: WindowRead) -> Completeness | None:
    """Compare the platform's counts with the archive's.

    None if a first capture goes on.
    """
    if not read.is_complete:
        return None
    totals, uncounted = read_totals(session, read) if session.window.kind != WindowKind.ONE else (None, "")
    sums = session.state.sums.after(change.delta for change in session.writer.changes)
    counts = completeness.compare_counts(
        sums, totals, session.seen, session.plan, session.platform.counted_but_hidden, uncounted=uncounted
    )
    session.outcome.lacking = counts.lacking
    return counts


def _commit(
    session: CaptureSession, read: WindowRead, absences: AbsenceReport, counts: Completeness | None
) -> None:
    """Open and close gaps, then commit the final manifest, which names the open ones."""
    if counts and session.window.kind != WindowKind.ONE:
        GapRules.of(session).apply(read, absences, counts)
    session.outcome.unfinished = not read.is_complete
    _report_before_manifest(session, None)
    session.writer.commit(final_manifest.build(session, read, absences, counts))


def _report_before_manifest(session: CaptureSession, failure: RecordroomError | None) -> None:
    """Open the gaps and add the warnings that every final manifest names."""
    session.writer.postpone_rows_if_needed()
    if session.state.damage:
        words = (
            f"{session.state.damage}. This capture read the ledger instead and writes a new snapshot; nothing"
            " is missing."
        )
        session.progress.warnings.append(words)
    session.outcome.token = token_warning(
        session.account, final_manifest.known_token(session, failure), session.started
    )
    session.progress.warnings += [session.outcome.token] if session.outcome.token else []


# -- failures ------------------------------------------------------------------------------------------------


@contextmanager
def _failure_committed(session: CaptureSession) -> Iterator[None]:
    """End a capture that fails with a final manifest.

    A connector's own mistake is reported like any other failure.
    """
    try:
        yield
    except (PlatformFailure, SpoolFull) as failure:
        _commit_failure(session, failure)
    except (RecordroomError, OSError):
        raise
    except Exception as mistake:  # noqa: BLE001 (a connector may raise anything)
        scrubber = session.client.scrubber
        frames = "".join(traceback.format_tb(mistake.__traceback__))
        words = describe_mistake(mistake)
        logging.getLogger(__name__).error(scrubber.text(f"{frames}{words}"))
        words = f"the connector {session.account.platform} failed: {words}"
        _commit_failure(
            session, UnexpectedResponse(scrubber.text(words), "Report this error; the log has its details.")
        )


def _commit_failure(session: CaptureSession, failure: RecordroomError) -> None:
    """Commit the final manifest of a capture that met a failure.

    Everything that was read before it stays, and nothing is absent.
    """
    if isinstance(failure, TokenExpired):
        failure.mend = f"{failure.mend.rstrip('. ')}. People to ask: {people_to_ask(session.account)}."
    if isinstance(failure, SpoolFull):
        session.writer.cut_short()
    elif isinstance(failure, PlatformFailure) and failure.exchange is not None and _is_new(session, failure):
        session.writer.keep_failure(failure.exchange, failure.message)
    if isinstance(failure, Throttled):
        session.outcome.not_before = failure.until
    else:
        session.outcome.failure, session.outcome.failure_words = str(failure), failure.public_message
    if session.window.kind != WindowKind.ONE:  # else the person who asked for it sees it
        _open_gap(session, failure)
    _report_before_manifest(session, failure)
    session.writer.commit(final_manifest.build_failed(session, failure))


def _open_gap(session: CaptureSession, failure: RecordroomError) -> None:
    """Open the gap of a failure.

    A throttle is a courtesy: only one that lasts for more than a day is a gap.
    """
    extent = extent_of(session.window)
    read = session.last_read("whole" if extent else "recent")
    if not isinstance(failure, Throttled) or read is None or session.started - read > STARVED:
        session.gaps.reload()  # a capture that was interrupted on another machine may have closed it
        session.gaps.open(f"{FAILED}{failure.code}{extent}", failure.message, None if extent else read)


def _is_new(session: CaptureSession, failure: PlatformFailure) -> bool:
    """Return whether the last capture failed otherwise.

    The same failure is kept once, not a hundred times a day.
    """
    last = session.state.sums.failure
    if last is None or last["type"] != failure.code:
        return True
    return meanings(last["message"], numbers=True) != meanings(failure.message, numbers=True)
