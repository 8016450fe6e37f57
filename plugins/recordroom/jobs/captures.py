"""Capture one account, one permalink, or one request made in the records room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from recordroom.archive.gaps import Gaps, find_open
from recordroom.capture import register_ledger, run, throttles
from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.capture.permalink import attribution, requests
from recordroom.capture.permalink.capture import capture_first_match
from recordroom.capture.permalink.receipt import Receipt, RootAddress
from recordroom.capture.permalink.requests import CaptureRequest, CaptureResult
from recordroom.capture.session import OnProgress, Outcome
from recordroom.errors import RecordroomError, UsageError, describe_mistake
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import IndexProblem, update_index
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.text import counted


def _note_throttle(context: JobContext, outcome: Outcome) -> None:
    if outcome.not_before is not None:
        throttles.write_note(
            context.place.derived, context.register.account(outcome.account), outcome.not_before
        )


def capture_account(
    context: JobContext,
    account: Account,
    kind: str | None = None,
    since: datetime | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Capture one account; the arguments are those of `capture.run.capture`.

    UsageError if the register says that the account is kept by imports only. The outcome lists the open gaps
    of the account, also those that an import opened.
    """
    _check_captured(account)
    outcome = run.capture(context.place, context.register, account, kind, since, on_progress=on_progress)
    _note_throttle(context, outcome)
    # also those that imports opened, which no capture checks
    outcome.open_gaps = _describe_open_gaps(context, account.id)
    return outcome


def _describe_open_gaps(context: JobContext, account: str) -> list[str]:
    gaps = find_open(Gaps(context.place.archive, context.place.derived).open_now([account]))
    return [f"{gap.reason}, since {gap.opened_at:%Y-%m-%d %H:%M} UTC: {gap.detail}" for gap in gaps]


def _check_captured(account: Account) -> None:
    if account.import_only:
        mend = "Use `recordroom import` or `recordroom submit`, or remove import_only from its entry."
        raise UsageError(f"account {account.id} is kept by imports only, as the register says", mend)


def capture_url(
    context: JobContext, url: str, find: Callable[[], list[Account]], instead: RootAddress | None = None
) -> tuple[Outcome, Receipt]:
    """Capture the conversation of a permalink now, even while other captures run.

    find: returns the accounts that the permalink may belong to, or raises UsageError.
    instead: the conversation to capture if none of these accounts takes the address. Without it, UsageError.
    """
    try:
        accounts = find()
        for account in accounts:
            _check_captured(account)
        outcome, receipt = capture_first_match(context.place, context.register, accounts, url)
    except UsageError:
        if instead is None:
            raise
        instead_of = [context.register.account(instead.account)]
        outcome, receipt = capture_first_match(context.place, context.register, instead_of, instead.url)
        receipt = replace(receipt, url=url, instead=instead)
    _note_throttle(context, outcome)
    return outcome, receipt


def capture_requested(context: JobContext, name: str) -> tuple[str, CaptureResult]:
    """Capture what the records room requested under this name, and store the answer.

    Returns the outcome in numbers and ids, and the answer. The answer is stored before this returns, also for
    a capture that failed. A request that already has an answer is not captured again. UsageError if there is
    no request of this name.
    """
    wanted = requests.find_request(context.place.derived, name)
    if wanted is None:
        raise UsageError(
            f"there is no request for a capture {name!r}",
            "The Capture now page of the records room makes requests.",
        )
    if (before := requests.find_result(context.place.derived, name)) is not None:
        return "it was already captured", before
    try:
        words, answer = _capture_request(context, wanted)
    except RecordroomError as problem:
        words = f"it failed: {problem.code}"
        answer = CaptureResult(problem.public_message, nothing=isinstance(problem, UsageError))
    # the person who made the request must not wait for an answer that never comes
    except Exception as mistake:
        requests.put_result(
            context.place.derived,
            name,
            CaptureResult(f"an error in the program: {describe_mistake(mistake)}"),
        )
        raise
    requests.put_result(context.place.derived, name, answer)
    return words, answer


def _capture_request(context: JobContext, wanted: CaptureRequest) -> tuple[str, CaptureResult]:
    secret = (
        frozenset[str]()
        if wanted.restricted
        else register_ledger.confidential(context.place.archive, context.place.settings.register_file)
    )
    open_ = replace(
        context.register,
        accounts=tuple(account for account in context.register.accounts if account.id not in secret),
    )
    known = {account.id for account in open_.accounts}
    instead = wanted.instead if wanted.instead and wanted.instead.account in known else None
    outcome, receipt = capture_url(
        context, wanted.url, partial(attribution.find_accounts, open_, wanted.url), instead
    )
    behind = update_index(context)
    throttled = "the platform is throttling requests" if outcome.not_before else ""
    return describe_outcome(outcome), CaptureResult(
        outcome.failure_words or throttled,
        tuple(receipt.lacking),
        tuple(receipt.not_given),
        receipt.ledger,
        receipt.entry,
        receipt.sha256 or "",
        receipt.committed_at or "",
        tuple((record["record_id"], record["kind"]) for record in receipt.records),
        receipt.media,
        behind.words if isinstance(behind, IndexProblem) else "",
        tuple((record["record_id"], sha256) for record in receipt.records for sha256 in record["files"]),
        receipt.whose,
        receipt.instead,
    )


def import_into(context: JobContext, account: Account, order: ImportOrder) -> ImportReport:
    """Import a file now, even while other captures run."""
    return import_file(context.place, context.register, account, order)


def summarize_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome for people and logs: numbers and ids, never record text."""
    fields: dict[str, Any] = {
        "account": outcome.account,
        "capture_id": outcome.capture_id,
        "window": outcome.window,
        "seen": outcome.seen,
        "new": outcome.new,
        "changed": outcome.changed,
        "absent": outcome.absent,
        "requests": outcome.requests,
        "gaps": outcome.gaps,
        "not_before": instant(outcome.not_before) if outcome.not_before else None,
        "failure": outcome.failure,
    }
    return fields


def make_task_label(outcome: Outcome) -> str:
    """Return the name of an account's task in Airflow.

    The most urgent fact comes first, since Airflow shows little of a name.
    """
    if outcome.failure:
        return f"{outcome.account}: {outcome.failure}"
    parts = ["token expires soon"] if outcome.token else []
    parts += [counted(len(outcome.open_gaps), "open gap")] if outcome.open_gaps else []
    if outcome.not_before is not None:
        parts.append(f"throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC")
    else:
        parts.append(f"{outcome.new} new, {outcome.changed} changed, {outcome.absent} absent")
    return f"{outcome.account}: {', '.join(parts)}"


def describe_outcome(outcome: Outcome) -> str:
    """Return one line about a capture for the operator's screen."""
    soon = "".join(f" - {words}" for words in (outcome.restarted, outcome.token) if words)
    if outcome.not_before is not None:
        standing = "" if outcome.open_gaps is None else f", {counted(len(outcome.open_gaps), 'gap')} open"
        return f"{outcome.account}: throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC{standing}{soon}"
    numbers = f"{outcome.seen} seen, {outcome.new} new, {outcome.changed} changed, {outcome.absent} absent"
    numbers += f", {outcome.requests} requests, {len(outcome.gaps)} new gaps"
    numbers += "" if outcome.open_gaps is None else f", {len(outcome.open_gaps)} open"
    if outcome.unfinished:
        numbers += "; the first capture continues"
        numbers += f" and has reached {outcome.back_to[:10]}" if outcome.back_to else ""
    return f"{outcome.account}: {numbers}{soon}" + (
        f" - FAILED: {outcome.failure}" if outcome.failure else ""
    )
