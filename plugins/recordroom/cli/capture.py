"""`recordroom capture`: captures accounts now, whatever their schedule says, and indexes what came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from recordroom import runs
from recordroom.accounts import Account
from recordroom.capture.outcome import Outcome
from recordroom.cli.output import Json, enter, json_lines, keep_stdout, say
from recordroom.cli.readable import print_table
from recordroom.errors import RecordroomError, ServiceUnavailable, UsageError
from recordroom.search.dates import parse_from

Names = Annotated[
    list[str] | None, typer.Argument(help="Ids of the register; none: every account that is not closed.", metavar="[ACCOUNT]...")
]
Since = Annotated[str | None, typer.Option(help="Read posts published since this day (America/Los_Angeles) or instant.")]
Full = Annotated[bool, typer.Option("--full", help="Read the whole account, and look for what is gone in all of it.")]


def add_to(app: typer.Typer) -> None:
    app.command("capture", help="Capture accounts now, then index what came.")(run)


def run(accounts: Names = None, since: Since = None, full: Full = False, json: Json = False) -> int:
    if since and full:
        raise UsageError("--since and --full exclude each other", "Give one of them.")
    start = parse_from(since) if since else None
    if start and start > datetime.now(UTC):
        raise UsageError(f"--since {since} has not come yet", "Name a day or an instant up to now.")
    room = enter(record=True)
    chosen = [room.register.account(name) for name in accounts] if accounts else runs.open_accounts(room)
    if any(account.connection for account in chosen):
        keep_stdout()
    outcomes = [o for account in chosen for o in _capture(room, account, "full" if full else None, start)]
    behind = runs.catch_up(room)
    if json:
        json_lines(runs.plain(o) for o in outcomes)
    else:
        _print(outcomes)
    if isinstance(behind, str):
        say(f"recordroom: captured, but the index is behind: {behind}")
    return 1 if any(o.failure or o.gaps for o in outcomes) or room.register.stopped or room.alarm else 0


def _capture(room: runs.Room, account: Account, kind: str | None, since: datetime | None) -> Iterator[Outcome]:
    """The capture, and after it ten minutes of an unfinished history. A named failure of one account stops no other."""
    try:
        outcome = runs.capture_account(room, account, kind, since)
        yield outcome
        history = room.state(account).sums.history
        if outcome.window != "history" and history and not history["done"] and outcome.not_before is None and not outcome.failure:
            yield runs.capture_account(room, account, "history")
    except ServiceUnavailable:
        raise
    except RecordroomError as problem:
        yield Outcome(account.id, "", kind or "", failure=str(problem))


def _print(outcomes: list[Outcome]) -> None:
    print_table(("account", "window", "seen", "new", "changed", "absent", "requests", "new gaps", ""), map(_row, outcomes))


def _row(o: Outcome) -> tuple[str, ...]:
    words = o.failure or (f"throttled until {o.not_before:%Y-%m-%d %H:%M} UTC" if o.not_before else "goes on" if o.unfinished else "")
    return o.account, o.window, *map(str, (o.seen, o.new, o.changed, o.absent, o.requests, len(o.gaps))), words
