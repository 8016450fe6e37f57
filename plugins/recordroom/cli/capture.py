"""`recordroom capture`: capture accounts now, then index what came.

The schedule of the accounts is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from recordroom.capture.permalink.attribution import find_accounts
from recordroom.capture.permalink.receipt import Receipt
from recordroom.capture.session import OnProgress, Outcome
from recordroom.cli.output import (
    Json,
    keep_logs_off_stdout,
    open_context,
    report_index,
    say,
    show_progress,
    write,
    write_json_lines,
)
from recordroom.cli.terminal_text import print_table
from recordroom.dates import parse_from
from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import captures, schedule
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import IndexProblem, update_index
from recordroom.records.hold_instructions import DO_NOT_MODERATE, forbids_moderation
from recordroom.records.lookup import find_reply_at
from recordroom.register.models import Account
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import counted

Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="Account IDs of the register. Default: every account that is not closed.",
        metavar="[ACCOUNT]...",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(help="Read posts published since this date (11/27/2026, Pacific time)."),
]
Url = Annotated[
    str | None,
    typer.Option(
        help="Capture this post and its conversation now, and print a receipt.", metavar="PERMALINK"
    ),
]
Full = Annotated[
    bool,
    typer.Option("--full", help="Read the whole account, and check which of its records are still shown."),
]


def add_to(app: typer.Typer) -> None:
    app.command("capture", help="Capture accounts now, then index the new records.")(run)


def run(
    accounts: Names = None, since: Since = None, full: Full = False, url: Url = None, json: Json = False
) -> ExitCode:
    """Capture accounts, or the conversation of one permalink."""
    if url:
        return _capture_permalink(accounts or [], url, json=json, more=bool(since or full))
    if since and full:
        raise UsageError("--since and --full cannot be used together", "Use one of them.")
    start = parse_from(since, "--since") if since else None
    if start and start > datetime.now(UTC):
        raise UsageError(f"--since {since} has not come yet", "Name a time that is not in the future.")
    context = open_context(record=True)
    chosen = (
        [context.register.account(name) for name in accounts]
        if accounts
        else schedule.list_open_accounts(context)
    )
    if any(account.connection for account in chosen):
        keep_logs_off_stdout()
    with show_progress("records") as on_progress:
        outcomes = [
            o
            for account in chosen
            for o in _capture_account(
                context, account, "full" if full else None, start, lambda seen: on_progress(seen, 0)
            )
        ]
    behind = update_index(context)
    if json:
        write_json_lines(captures.summarize_outcome(o) for o in outcomes)
    else:
        _print_outcomes(outcomes)
    index = report_index("captured", behind)
    if context.register.stopped:
        say(f"recordroom: not captured: {', '.join(context.register.stopped)}")
        say("  Their entries in the register have errors; `recordroom accounts` lists them.")
    broken = any(o.failure or o.gaps for o in outcomes) or bool(context.register.stopped or context.alarm)
    return choose_exit_code(index, broken=broken, act_soon=any(o.token for o in outcomes))


def _capture_permalink(names: list[str], url: str, *, json: bool, more: bool) -> ExitCode:
    """Capture one conversation, and print its receipt.

    names: at most one account; more: --since or --full was given, which is an error here.
    """
    if more or len(names) > 1:
        raise UsageError(
            "--url captures one conversation of one account",
            "Use it without --since and --full, and with one account at most.",
        )
    context = open_context(record=True)
    otherwise = f"Name the account: recordroom capture --url {url} ACCOUNT."
    named = [context.register.account(name) for name in names]
    if any(account.connection for account in context.register.accounts):
        keep_logs_off_stdout()
    others = [account.id for account in context.register.accounts if named and account not in named]
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=False)
    # only in the accounts that were named
    instead = find_reply_at(searcher, url, replace(viewer, hidden_accounts=tuple(others)))
    outcome, receipt = captures.capture_url(
        context, url, lambda: named or find_accounts(context.register, url, otherwise), instead
    )
    behind = update_index(context)
    ids = [record["record_id"] for record in receipt.records]
    is_on_hold = forbids_moderation(
        searcher, {outcome.account}, ids, is_index_behind=isinstance(behind, IndexProblem)
    )
    if json:
        told = receipt.describe() | {"on_hold": is_on_hold}
        write_json_lines([captures.summarize_outcome(outcome) | {"receipt": told}])
    else:
        write(_format_receipt(outcome, receipt, is_on_hold=is_on_hold))
    index = report_index("captured", behind)
    return choose_exit_code(
        index,
        broken=bool(outcome.failure or outcome.not_before or receipt.lacking),
        act_soon=bool(outcome.token),
    )


def _format_receipt(outcome: Outcome, receipt: Receipt, *, is_on_hold: bool) -> str:
    kinds = ", ".join(counted(number, kind) for kind, number in sorted(receipt.kinds.items())) or "nothing"
    lines = [captures.describe_outcome(outcome), f"{receipt.url}: {kinds}, {counted(receipt.media, 'file')}"]
    lines.append(f"{receipt.ledger} entry {receipt.entry}, {receipt.committed_at}, SHA-256 {receipt.sha256}")
    broken = (
        [outcome.failure]
        if outcome.failure
        else ["the platform is throttling requests"]
        if outcome.not_before
        else []
    )
    lines += (
        [
            (
                f"That address is a {receipt.instead.kind} in the archive. Its conversation was captured:"
                f" {receipt.instead.url}"
            )
        ]
        if receipt.instead
        else []
    )
    if receipt.whose and receipt.whose.unshown:
        lines.append("The platform does not show the reply at that address now. The post above it:")
    lines += (
        [f"By {receipt.whose.by}: {receipt.whose.address or receipt.whose.record_id}"]
        if receipt.whose
        else []
    )
    lines += [f"The platform does not provide: {'; '.join(receipt.not_given)}"] if receipt.not_given else []
    problems = broken + receipt.lacking
    meant = (
        f" if you meant that post: the address names {receipt.whose.names}"
        if receipt.whose and receipt.whose.names
        else ""
    )
    if problems:
        lines.append("INCOMPLETE, do not moderate yet: " + "; ".join(problems))
    if is_on_hold:
        lines.append(DO_NOT_MODERATE)
    elif not problems:
        lines.append(f"Safe to moderate now{meant}.")
    return "\n".join(lines) + "\n"


def _capture_account(
    context: JobContext, account: Account, kind: str | None, since: datetime | None, on_progress: OnProgress
) -> Iterator[Outcome]:
    """Capture an account, then continue an unfinished first capture for ten minutes.

    Yields each outcome. A named failure of one account does not stop the others; ServiceUnavailable stops
    all.
    """
    try:
        outcome = captures.capture_account(context, account, kind, since, on_progress=on_progress)
        yield outcome
        history = context.state(account).sums.history
        if (
            outcome.window != "history"
            and history
            and not history["done"]
            and outcome.not_before is None
            and not outcome.failure
        ):
            yield captures.capture_account(context, account, "history", on_progress=on_progress)
    except ServiceUnavailable:
        raise
    except RecordroomError as problem:
        yield Outcome(account.id, "", kind or "", failure=str(problem))


def _print_outcomes(outcomes: list[Outcome]) -> None:
    print_table(
        ("account", "window", "seen", "new", "changed", "absent", "requests", "new gaps", "open gaps", ""),
        map(_make_row, outcomes),
    )


def _describe_unfinished(o: Outcome) -> str:
    words = "the first capture continues"
    return f"{words} and has reached {o.back_to[:10]}" if o.back_to else words


def _make_row(o: Outcome) -> tuple[str, ...]:
    waits = f"throttled until {o.not_before:%Y-%m-%d %H:%M} UTC" if o.not_before else ""
    words = o.failure or waits or (_describe_unfinished(o) if o.unfinished else o.token)
    words = "; ".join(filter(None, [words, o.restarted]))
    return (
        o.account,
        o.window,
        *map(
            str,
            (
                o.seen,
                o.new,
                o.changed,
                o.absent,
                o.requests,
                len(o.gaps),
                "" if o.open_gaps is None else len(o.open_gaps),
            ),
        ),
        words,
    )
