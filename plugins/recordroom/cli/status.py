"""`recordroom status`: the state of each account and of the archive.

For each account: its last capture, records, open gaps, and counts of the platform. For the archive: data of
accounts that are no longer captured that waits in this machine's spool, damaged audit journals, shown copies
of records under quarantine, missing anchors, and whether the index has what was captured.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer

from recordroom.anchor_copies.copy_warnings import list_warnings
from recordroom.archive.audit import journal
from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.cli.output import Json, open_context, report_index, say, write_json_lines
from recordroom.cli.terminal_text import format_time, print_table
from recordroom.coverage import account_status, budgets, counts
from recordroom.errors import RecordroomError, Tampered, UsageError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.jobs import maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.jobs.index import check_index
from recordroom.jobs.retention_alarms import list_alarms
from recordroom.records.copies import describe_shown_copies, find_shown_copies
from recordroom.search.access import Viewer
from recordroom.search.client import connect
from recordroom.text import counted, to_one_line

NAMED = 5  # most copies of records under quarantine that a warning names


def add_to(app: typer.Typer) -> None:
    app.command("status", help="Show each account's last capture, gaps, and completeness.")(run)


Budget = Annotated[bool, typer.Option("--budget", help="Show what each credential spends, and its limit.")]
Counts = Annotated[
    bool, typer.Option("--counts", help="Compare each platform's counts with the archive, and explain.")
]


def run(json: Json = False, budget: Budget = False, counted: Counts = False) -> ExitCode:
    """Print the state; budget: spending of credentials; counted: counts of platforms."""
    if budget and counted:
        raise UsageError("--budget and --counts cannot be used together", "Use one of them.")
    context = open_context()
    if budget:
        return _report_budgets(context, json=json)
    if counted:
        return _report_counts(context, json=json)
    gaps = Gaps(context.place.archive, context.place.derived).open_now()
    found = account_status.describe_accounts(context, gaps)
    if json:
        write_json_lines(found)
    else:
        _print_accounts(found)
    if aside := journal.describe_damaged(context.place.settings.journal):
        say(aside)
    if unanchored := maintenance.describe_missing_anchor(context, datetime.now(UTC)):
        say(unanchored)
    place = context.place
    uncopied = list(list_warnings(place.archive, place.derived, place.settings, datetime.now(UTC)))
    for words in uncopied:
        say(words)
    copies, is_damaged = _describe_copies(context)
    if copies:
        say(copies)
    alarms = list_alarms(context)
    for words in alarms:
        say(words)
    index = report_index("the captures are complete", check_index(context))
    broken = any(map(_is_broken, found)) or bool(
        context.register.stopped or context.alarm or aside or is_damaged
    )
    act_soon = bool(unanchored or uncopied or copies or alarms) or any(
        one.get("token_warning") for one in found
    )
    return choose_exit_code(index, broken=broken, act_soon=act_soon)


def _describe_copies(context: JobContext) -> tuple[str, bool]:
    """Return a warning about shown copies, and whether the ledger is damaged.

    The copies are of records under quarantine, and so is the ledger. The warning also reports that this is
    not known; "" if there is none.
    """
    settings = context.place.settings
    try:
        viewer = Viewer.administrator(
            QuarantineSnapshot(partial(ledger.read, context.place.archive)), sees_quarantine=True
        )
        found = viewer.quarantine
        with closing(connect(settings)) as client:
            copies = find_shown_copies(client, settings.index, found, viewer)
    except RecordroomError as problem:
        is_damaged = isinstance(problem, Tampered)
        return (
            f"It is unknown whether copies of records under quarantine are shown: {problem.public_message}",
            is_damaged,
        )
    names = f" ({', '.join(map(to_one_line, copies))})" if len(copies) <= NAMED else ""
    mend = (
        ". To fix this: put them under quarantine too, or lift the quarantine of the original. The Quarantine"
        " page of the records room lists them."
    )
    return (f"{describe_shown_copies(copies)}{names}{mend}" if copies else ""), False


def _is_broken(one: dict[str, Any]) -> bool:
    """Return whether something of the account is wrong or missing.

    A gap that the register explains is known and accepted.
    """
    tampered = (one.get("failure") or {}).get("type") == "Tampered"
    gaps = any(gap["explained"] is None for gap in one["gaps"])
    return bool(
        tampered or gaps or one["waiting"] or one["overdue"] or one["lacking_files"] or one.get("cut_short")
    )


def _report_counts(context: JobContext, *, json: bool) -> ExitCode:
    """Print the counts; BROKEN if something is missing or unknown."""
    found: list[dict[str, Any]] = []
    gaps = Gaps(context.place.archive, context.place.derived).open_now()
    sums_of = account_status.make_sums_reader(context)
    sound = {account.id: account for account in context.register.accounts}
    captured = schedule.list_open_accounts(context)
    for name in [
        *sound,
        *(name for name in account_status.list_names(context, gaps, {}) if name not in sound),
    ]:
        entry, described = sound.get(name), account_status.describe_account(context, name, gaps, sums_of)
        if entry in captured or described["completeness"] is not None or name in context.register.stopped:
            lines = counts.list_lines(entry, described)
            found += [
                {"account": name, "what": w, "platform": theirs, "ours": ours, "why": why}
                for w, theirs, ours, why in lines
            ]
    if json:
        write_json_lines(found)
    else:
        rows = [
            (
                one["account"],
                one["what"],
                _format_number(one["platform"]),
                _format_number(one["ours"]),
                one["why"],
            )
            for one in found
        ]
        print_table(("account", "what", "platform's count", "archived", "explanation"), rows)
    return choose_exit_code(
        broken=any(one["why"].startswith((counts.LACKING, counts.UNKNOWN)) for one in found)
    )


def _format_number(number: int | None) -> str:
    return "" if number is None else str(number)


def _report_budgets(context: JobContext, *, json: bool) -> ExitCode:
    """Print the budgets; ACT_SOON if one is nearly spent and defers something."""
    found = budgets.list_budgets(context)
    if json:
        write_json_lines(found)
    else:
        print_table(
            (
                "credential",
                "accounts",
                "limit",
                "spent today",
                "last 24 hours",
                "planned: conversations read again",
                "deferred",
            ),
            map(_make_budget_row, found),
        )
    return choose_exit_code(act_soon=any(one["put_off"] for one in found))


def _make_budget_row(one: dict[str, Any]) -> tuple[str | list[str], ...]:
    limit, money = one["limit"], one.get("money")
    words = ["no known limit"]
    if limit is not None:
        value = "unknown," if limit["value"] is None else limit["value"]
        words = [f"{limit['name']}: {value} {limit['unit']}", f"{limit['source']}, {limit['as_of']}"]
    if money is not None:
        words.append(
            f"monthly cap: {_format_dollars(money['cap'])}"
            if money["cap"] is not None
            else "no monthly cap (monthly_cap in the register)"
        )
    share = (
        f" ({one['spent_today'] / limit['a_day']:.1%} of {limit['a_day']})"
        if limit and limit["a_day"]
        else ""
    )
    today = [
        f"{one['spent_today']}{share}",
        *(
            [f"{_format_dollars(money['today'])}, {_format_dollars(money['spent'])} this month"]
            if money
            else []
        ),
    ]
    windows = [f"{kind}: {units}" for kind, units in one["last_24_hours"].items()]
    put_off = [counts.describe_deferral(account, deferred) for account, deferred in one["put_off"].items()]
    plan = [
        f"{reading['conversations']} {_describe_interval(reading['seconds'], reading['blind_seconds'])}"
        for reading in one["plan"]
    ]
    least, most = one["readings_a_day"]
    plan += (
        [
            (
                f"about {least if least == most else f'{least} to {most}'} readings a day, and one for each"
                " new reply"
            )
        ]
        if plan
        else []
    )
    return f"{one['platform']}: {one['credential']}", one["accounts"], words, today, windows, plan, put_off


def _describe_interval(seconds: int, blind_seconds: int) -> str:
    if seconds == blind_seconds:
        return f"within {_format_span(seconds)}" if seconds else "at each capture"
    return (
        f"within {_format_span(seconds)}, or {_format_span(blind_seconds)} if the platform's count does not"
        " include every reply"
    )


def _format_span(seconds: int) -> str:
    minutes, days = seconds // 60, seconds // 86_400
    return f"{days} days" if days > 1 else f"{minutes // 60} hours" if minutes >= 60 else f"{minutes} minutes"


def _format_dollars(thousandths: int) -> str:
    return f"{thousandths / 1000:.2f} US dollars"


def _describe_first_capture(state: dict[str, Any]) -> str:
    of = f" of {state['of']}" if state["of"] is not None else ""
    back = f", back to {format_time(state['back_to'])}" if state["back_to"] else ""
    return f"the first capture continues: {state['posts']}{of} posts{back}"


def _print_accounts(found: list[dict[str, Any]]) -> None:
    print_table(("account", "last capture", "archived", "state", "gaps"), map(_make_row, found))


def _make_row(one: dict[str, Any]) -> tuple[str | list[str], ...]:
    last = one["last_capture"]
    held = ", ".join(counted(n, kind) for kind, n in one["held"].items())
    held = (
        f"{held or 'nothing captured'}; {words}" if (words := one.get("imports", {}).get("words")) else held
    )
    throttled = [f"throttled until {format_time(one['not_before'])}"] if one.get("not_before") else []
    state = [one["failure"]["message"]] if one.get("failure") else throttled
    state += [_describe_first_capture(one["first_capture"])] if one.get("first_capture") else []
    state += [
        words
        for words in (one.get("cut_short"), one.get("token_warning"), one["overdue"], one["waiting"])
        if words
    ]
    lacking = [
        f"{gap.reason}: {gap.detail}{account_status.find_explanation(one, gap)}"
        for gap in account_status.list_open_gaps(one)
    ]
    lacking += [one["lacking_files"]["words"]] if one["lacking_files"] else []
    return one["account"], format_time(last["time"]) if last else "never", held, state, lacking
