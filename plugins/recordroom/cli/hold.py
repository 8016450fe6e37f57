"""`recordroom hold`: place, list, change, and release legal holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

import typer

from recordroom import clock, dates, settings
from recordroom.archive import store
from recordroom.cli.output import Json, open_context, report_index, say, write, write_json_lines
from recordroom.cli.scope_options import Accounts, Authors, Conversations, Reason, Records, make_lists
from recordroom.cli.terminal_text import print_table, ship_journal
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import update_index
from recordroom.jobs.retention_alarms import is_overdue
from recordroom.model import instant
from recordroom.records import holds
from recordroom.records.hold_instructions import find_asked_accounts
from recordroom.records.holds import HoldOrder
from recordroom.register.validation import list_account_ids
from recordroom.retention.holds import KINDS, Hold, HoldScope
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher
from recordroom.text import to_one_line

Missing = Mapping[str, list[str]]  # ID of a hold -> accounts for which no one acknowledged it
HoldId = Annotated[str, typer.Argument(help="ID of the hold, as `recordroom hold list` prints it.")]
From = Annotated[str, typer.Option("--from", help="First day of publication.")]
To = Annotated[str, typer.Option("--to", help="Last day of publication.")]
QueryText = Annotated[str, typer.Option("--query", help="Only records that this query finds in any version.")]
Everything = Annotated[bool, typer.Option("--everything", help="All accounts and dates.")]
ReviewOn = Annotated[str, typer.Option("--review-on", help="Day by which a person reviews the hold.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Legal holds: records that must not be destroyed.")
    group.command("place", help="Place a hold. It applies at once.")(place)
    group.command("list", help="List the holds, with their scope and acknowledgments.")(list_holds)
    group.command("change", help="Give a hold another scope, with a reason.")(change)
    group.command("acknowledge", help="Acknowledge the instruction of a hold for an account.")(acknowledge)
    group.command("close", help="Record the day of the letter that closed the hold's records request.")(close)
    group.command("release", help="Release a hold, with a reason.")(release)
    app.add_typer(group, name="hold")


def place(
    title: Annotated[str, typer.Argument(help="What people call the hold.")],
    *,
    kind: Annotated[str, typer.Option("--kind", help=f"One of: {', '.join(KINDS)}.")],
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    account: Accounts = None,
    from_: From = "",
    to: To = "",
    query: QueryText = "",
    everything: Everything = False,
    review_on: ReviewOn = "",
    request: Annotated[str, typer.Option("--request", help="Number of the records request.")] = "",
    confidential: Annotated[
        bool,
        typer.Option(
            "--confidential",
            help="Others see only that it exists, and what is on hold.",
        ),
    ] = False,
    json: Json = False,
) -> ExitCode:
    """Place a hold, and let the index follow."""
    scope = _make_scope(
        record, conversation, author, account, from_=from_, to=to, query=query, everything=everything
    )
    order = HoldOrder(title, kind, scope, reason, _parse_day(review_on, "--review-on"), confidential, request)
    return _act(lambda searcher, viewer: holds.place(searcher, order, viewer), json=json, is_new=True)


def change(
    hold: HoldId,
    *,
    reason: Reason,
    record: Records = None,
    conversation: Conversations = None,
    author: Authors = None,
    account: Accounts = None,
    from_: From = "",
    to: To = "",
    query: QueryText = "",
    everything: Everything = False,
    review_on: ReviewOn = "",
    json: Json = False,
) -> ExitCode:
    """Replace the scope of a hold."""
    scope = _make_scope(
        record, conversation, author, account, from_=from_, to=to, query=query, everything=everything
    )
    day = _parse_day(review_on, "--review-on")
    return _act(
        lambda searcher, viewer: holds.change(searcher, hold, scope, reason, viewer, review_on=day),
        json=json,
        is_new=True,
    )


def acknowledge(
    hold: HoldId,
    account: Annotated[str, typer.Argument(help="Account ID of the register.")],
    json: Json = False,
) -> ExitCode:
    """Record an acknowledgment."""
    return _act(lambda searcher, viewer: holds.acknowledge(searcher, hold, account, viewer), json=json)


def close(
    hold: HoldId, day: Annotated[str, typer.Argument(help="Day of the closing letter.")], json: Json = False
) -> ExitCode:
    """Record the closing letter of the request."""
    closed = _parse_day(day, "DAY") or clock.today()
    return _act(lambda searcher, viewer: holds.close_request(searcher, hold, closed, viewer), json=json)


def release(
    hold: HoldId,
    *,
    reason: Reason,
    counsel: Annotated[
        str, typer.Option("--counsel", help="Attorney who advised it; required for litigation.")
    ] = "",
    json: Json = False,
) -> ExitCode:
    """Release a hold."""

    def work(searcher: Searcher, viewer: Viewer) -> Hold:
        early = holds.describe_early_release(holds.find_hold(searcher, hold, viewer))
        done = holds.release(searcher, hold, reason, viewer, counsel=counsel)
        if early:
            say(early)
        return done

    return _act(work, json=json)


def list_holds(
    released: Annotated[bool, typer.Option("--released", help="List released holds too.")] = False,
    json: Json = False,
) -> ExitCode:
    """Print the holds; ACT_SOON if a review is overdue."""
    context = open_context()
    searcher = Searcher(context.place.settings, context.place.archive, context.place.derived)
    found = [hold for hold in searcher.retention.now().holds.values() if released or hold.in_force]
    today = clock.today()
    missing = _find_missing(context, searcher, found)
    if json:
        write_json_lines(_describe(hold, missing) for hold in found)
    elif found:
        columns = ("hold", "kind", "covers", "since", "review", "state")
        print_table(columns, [_make_row(hold, missing, today) for hold in found])
    say(f"{sum(hold.in_force for hold in found)} in force.")
    return choose_exit_code(act_soon=any(is_overdue(hold, today) for hold in found))


def _act(work: Any, *, json: bool, is_new: bool = False) -> ExitCode:
    """Do an act, print the hold, and let the index follow. is_new: its scope is new."""
    context = open_context()
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    try:
        viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=False)
        hold: Hold = work(searcher, viewer)
    finally:
        ship_journal(searcher)
    if json:
        write_json_lines([_describe(hold, _find_missing(context, searcher, [hold]))])
    else:
        state = "released" if hold.released else "in force"
        write(f"{hold.id} {to_one_line(hold.title)}: {state}\n")
    if is_new:
        if unmatched := holds.describe_unmatched(searcher, hold.scope, viewer):
            say(unmatched)
        command = " ".join(["recordroom capture", *sorted(hold.scope.accounts)])
        say(f"To capture now what could be deleted, run `{command}`.")
    return report_index("the ledger has it", update_index(context))


def _make_scope(
    record: list[str] | None,
    conversation: list[str] | None,
    author: list[str] | None,
    account: list[str] | None,
    *,
    from_: str,
    to: str,
    query: str,
    everything: bool,
) -> HoldScope:
    start: datetime | None = dates.parse_from(from_, "--from") if from_ else None
    end: datetime | None = dates.parse_to(to, "--to") if to else None
    return replace(
        make_lists(record, conversation, author),
        accounts=frozenset(account or ()),
        from_=start,
        to=end,
        query=query,
        everything=everything,
    )


def _parse_day(text: str, called: str) -> date | None:
    return dates.parse_day(text, called) if text else None


def _find_missing(context: JobContext, searcher: Searcher, found: Collection[Hold]) -> Missing:
    """Return the accounts for which no one acknowledged a hold in force, by its ID."""
    applying = [hold for hold in found if hold.in_force]
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    asked = find_asked_accounts(searcher, applying, list_account_ids(context.register), viewer)
    if asked.unknown:
        say("Elasticsearch is unavailable, so the accounts of listed records are not known.")
    return {hold.id: sorted(asked.by_hold[hold.id] - hold.acknowledged.keys()) for hold in applying}


def _make_row(hold: Hold, missing: Missing, today: date) -> tuple[str | list[str], ...]:
    review = dates.format_day(hold.review_on) if hold.review_on else ""
    state = [f"released on {dates.format_time(hold.released.at)}"] if hold.released else ["in force"]
    state += ["review is overdue"] if is_overdue(hold, today) else []
    state += [f"its query cannot be asked: {hold.problem}"] if hold.problem else []
    state += ["its query was not asked yet"] if hold.waits_for_query and not hold.problem else []
    if waiting := missing.get(hold.id):
        state.append(f"not acknowledged for {', '.join(waiting)}")
    title = [to_one_line(hold.title), hold.id]
    return title, hold.kind, list(_list_scope(hold)), dates.format_time(hold.placed.at), review, state


def _list_scope(hold: Hold) -> Iterator[str]:
    scope = hold.scope
    for name in ("records", "conversations", "authors"):
        if found := getattr(scope, name):
            yield f"{len(found):,} {name}"
    if scope.everything:
        yield "all accounts and dates"
    if scope.accounts:
        yield f"accounts {', '.join(sorted(scope.accounts))}"
    if scope.from_:
        yield f"from {dates.format_time(scope.from_)}"
    if scope.to:
        yield f"to {dates.format_time(scope.to)}"
    if scope.query:
        yield f"query {to_one_line(scope.query)} ({len(hold.caught):,} records found)"


def _describe(hold: Hold, missing: Missing) -> dict[str, Any]:
    """Return a hold for --json."""
    return {
        "hold": hold.id,
        "title": hold.title,
        "kind": hold.kind,
        "confidential": hold.confidential,
        "request": hold.request or None,
        "scope": hold.scope.to_body(),
        "reason": hold.placed.reason,
        "placed_by": hold.placed.who,
        "placed_at": instant(hold.placed.at),
        "review_on": hold.review_on and hold.review_on.isoformat(),
        "closed_on": hold.closed_on and hold.closed_on.isoformat(),
        "caught": len(hold.caught),
        "problem": hold.problem or None,
        "acknowledged": {name: instant(act.at) for name, act in sorted(hold.acknowledged.items())},
        "not_acknowledged": missing.get(hold.id, []),
        "released_at": hold.released and instant(hold.released.at),
        "released_because": hold.released and hold.released.reason,
        "counsel": (hold.released and hold.released.counsel) or None,
    }
