"""Captures of one account, of one permalink, or of one request made in the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from recordroom.archive.gaps import Gaps, find_open
from recordroom.capture import (
    addressed,
    importing,
    requested,
    run,
    throttles,
)
from recordroom.capture import register as registers
from recordroom.capture.fetching import Tell
from recordroom.capture.imported import Imported
from recordroom.capture.importing import Order
from recordroom.capture.outcome import Outcome
from recordroom.capture.receipt import Instead, Receipt
from recordroom.capture.requested import Answer, Requested
from recordroom.errors import RecordroomError, UsageError, describe_mistake
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import IndexProblem, catch_up
from recordroom.model import instant
from recordroom.register.models import Account
from recordroom.text import counted


def _note_throttle(room: JobContext, outcome: Outcome) -> None:
    if outcome.not_before is not None:
        throttles.write_note(room.place.derived, room.register.account(outcome.account), outcome.not_before)


def capture_account(
    room: JobContext, account: Account, kind: str | None = None, since: datetime | None = None, *, tell: Tell | None = None
) -> Outcome:
    """As capture/run.py says."""
    _must_be_captured(account)
    outcome = run.capture(room.place, room.register, account, kind, since, tell=tell)
    _note_throttle(room, outcome)
    outcome.open_gaps = _open_gaps(room, account.id)  # those of imports too, which no capture looks at
    return outcome


def _open_gaps(room: JobContext, account: str) -> list[str]:
    gaps = find_open(Gaps(room.place.archive, room.place.derived).open_now([account]))
    return [f"{gap.reason}, since {gap.opened_at:%Y-%m-%d %H:%M} UTC: {gap.detail}" for gap in gaps]


def _must_be_captured(account: Account) -> None:
    if account.import_only:
        mend = "Use `recordroom import` or `recordroom submit`, or take import_only out of its entry."
        raise UsageError(f"the register says of {account.id} that it is kept by imports only", mend)


def capture_url(room: JobContext, url: str, find: Callable[[], list[Account]], instead: Instead | None = None) -> tuple[Outcome, Receipt]:
    """Capture the conversation of a permalink now, whatever else runs, for that of the accounts that it is of: those that `find` gives, or
    UsageError. `instead`: the conversation that is captured where none of them takes the address."""
    try:
        accounts = find()
        for account in accounts:
            _must_be_captured(account)
        outcome, receipt = addressed.capture_any(room.place, room.register, accounts, url)
    except UsageError:
        if instead is None:
            raise
        instead_of = [room.register.account(instead.account)]
        outcome, receipt = addressed.capture_any(room.place, room.register, instead_of, instead.url)
        receipt = replace(receipt, url=url, instead=instead)
    _note_throttle(room, outcome)
    return outcome, receipt


def capture_requested(room: JobContext, name: str) -> tuple[str, Answer]:
    """(in numbers and ids what the capture came to, the answer) of what was asked for under that name; the answer is there before this
    returns, also of what fails. UsageError where nobody asked; what was answered already is not captured again."""
    wanted = requested.find(room.place.derived, name)
    if wanted is None:
        raise UsageError(f"nobody asked for a capture {name!r}", "The records room asks, on its page Capture now.")
    if (before := requested.answer(room.place.derived, name)) is not None:
        return "it was captured before", before
    try:
        words, answer = _captured(room, wanted)
    except RecordroomError as problem:
        words, answer = f"it failed: {problem.code}", Answer(problem.public_message, nothing=isinstance(problem, UsageError))
    except Exception as mistake:  # whoever asked must not wait for what never comes
        requested.put_answer(room.place.derived, name, Answer(f"a mistake of the program: {describe_mistake(mistake)}"))
        raise
    requested.put_answer(room.place.derived, name, answer)
    return words, answer


def _captured(room: JobContext, wanted: Requested) -> tuple[str, Answer]:
    secret = frozenset[str]() if wanted.restricted else registers.confidential(room.place.archive, room.place.settings.register_file)
    open_ = replace(room.register, accounts=tuple(account for account in room.register.accounts if account.id not in secret))
    known = {account.id for account in open_.accounts}
    instead = wanted.instead if wanted.instead and wanted.instead.account in known else None
    outcome, receipt = capture_url(room, wanted.url, partial(addressed.accounts_at, open_, wanted.url), instead)
    behind = catch_up(room)
    throttled = "the platform asks to be left alone for a while" if outcome.not_before else ""
    return describe(outcome), Answer(
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


def import_into(room: JobContext, account: Account, order: Order) -> Imported:
    """Import a file now, whatever else runs."""
    return importing.import_file(room.place, room.register, account, order)


def summarize(outcome: Outcome) -> dict[str, Any]:
    """What people and logs are shown of a capture: numbers and ids, never record text."""
    told: dict[str, Any] = {
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
    return told


def task_label(outcome: Outcome) -> str:
    """The name of an account's task in Airflow, where there is little room: first what a person must see."""
    if outcome.failure:
        return f"{outcome.account}: {outcome.failure}"
    told = ["token ends soon"] if outcome.token else []
    told += [counted(len(outcome.open_gaps), "open gap")] if outcome.open_gaps else []
    if outcome.not_before is not None:
        told.append(f"throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC")
    else:
        told.append(f"{outcome.new} new, {outcome.changed} changed, {outcome.absent} absent")
    return f"{outcome.account}: {', '.join(told)}"


def describe(outcome: Outcome) -> str:
    """One line for the operator's screen."""
    soon = "".join(f" - {words}" for words in (outcome.restarted, outcome.token) if words)
    if outcome.not_before is not None:
        standing = "" if outcome.open_gaps is None else f", {counted(len(outcome.open_gaps), 'gap')} open"
        return f"{outcome.account}: throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC{standing}{soon}"
    numbers = f"{outcome.seen} seen, {outcome.new} new, {outcome.changed} changed, {outcome.absent} absent"
    numbers += f", {outcome.requests} requests, {len(outcome.gaps)} new gaps"
    numbers += "" if outcome.open_gaps is None else f", {len(outcome.open_gaps)} open"
    if outcome.unfinished:
        numbers += f"; the first capture goes on{f', back to {outcome.back_to[:10]}' if outcome.back_to else ''}"
    return f"{outcome.account}: {numbers}{soon}" + (f" - FAILED: {outcome.failure}" if outcome.failure else "")
