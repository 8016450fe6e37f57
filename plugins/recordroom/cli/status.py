"""`recordroom status`: for each account its last capture, what it holds, its open gaps and the platform's counts beside ours; and what
waits in this machine's spool though nobody captures its account any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from recordroom import runs
from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.held import Sums
from recordroom.archive.state import State
from recordroom.capture.completeness import Line, explained
from recordroom.capture.tokens import warning
from recordroom.cli.output import Json, enter, json_lines
from recordroom.cli.readable import print_table, when
from recordroom.errors import Tampered, UsageError
from recordroom.explained import COUNTS_DIFFER
from recordroom.model import instant, moment
from recordroom.platforms import load
from recordroom.runs import Room

WHY = {  # part of a gap's reason -> of which kind it is
    "platform-limit": "over a limit of the platform, or not given by it",
    "TokenExpired": "not permitted",
    "Blocked": "not permitted",
    "Throttled": "throttled",
    "private-messages": "private messages",
}


def add_to(app: typer.Typer) -> None:
    app.command("status", help="Last capture, gaps and completeness of each account.")(run)


Budget = Annotated[bool, typer.Option("--budget", help="What each credential spends, and may.")]
Counts = Annotated[bool, typer.Option("--counts", help="What each platform counts, what is held, and why they differ.")]


def run(json: Json = False, budget: Budget = False, counts: Counts = False) -> int:
    if budget and counts:
        raise UsageError("--budget and --counts exclude each other", "Give one of them.")
    room = enter()
    if budget:
        return _budgets(room, json=json)
    if counts:
        return _counts(room, json=json)
    gaps, waiting = Gaps(room.place.archive, room.place.derived).open_now(), runs.waiting(room)
    names = {*(a.id for a in room.register.accounts), *room.register.stopped, *(g.account for g in gaps), *waiting}
    found = [_account(room, name, gaps) | {"waiting": waiting.get(name)} for name in sorted(names)]
    if json:
        json_lines(found)
    else:
        _print(found)
    broken = any((one.get("failure") or {}).get("type") == "Tampered" for one in found)
    return 1 if gaps or waiting or room.register.stopped or room.alarm or broken else 0


def _counts(room: Room, *, json: bool) -> int:
    """Exit code 1 where something is lacking, or an account's counts are not known."""
    found: list[dict[str, Any]] = []
    gaps = Gaps(room.place.archive, room.place.derived).open_now()
    for account in runs.open_accounts(room):
        state = _account(room, account.id, [])
        told, platform = state["completeness"], load(account.platform).PLATFORM
        lines: list[Line] = [("", None, None, "not known: no complete capture has asked yet")]
        if told is not None:
            lines = list(explained(told, platform, state["held"].get("post", 0), account.explained.get(COUNTS_DIFFER)))
        known = any(line[3].startswith("GAP") for line in lines)
        lines += [("lacking", None, None, words) for words in _reasons(account.id, gaps, counted=known)]
        lines += [("since then", None, None, words) for words in _put_by(state)]
        if account.connection is None and platform.anonymous:
            lines.append(("without a token", None, None, f"not read: {platform.anonymous}"))
        found += [{"account": account.id, "what": w, "platform": theirs, "ours": ours, "why": why} for w, theirs, ours, why in lines]
    if json:
        json_lines(found)
    else:
        rows = [(one["account"], one["what"], _number(one["platform"]), _number(one["ours"]), one["why"]) for one in found]
        print_table(("account", "what", "the platform counts", "held", "why"), rows)
    return 1 if any(one["why"].startswith(("GAP", "not known")) for one in found) else 0


def _reasons(account: str, gaps: list[Gap], *, counted: bool) -> Iterator[str]:
    """What is known to be lacking, and why, without the counts where these say themselves that something is: the last capture's may be of
    the last days, and a sweep before it have found more."""
    for gap in gaps:
        if gap.account == account and not (counted and gap.reason.startswith(COUNTS_DIFFER)):
            why = next((why for part, why in WHY.items() if part in gap.reason), gap.reason)
            yield f"GAP: {why}: {gap.detail}"


def _number(told: int | None) -> str:
    return "" if told is None else str(told)


def _put_by(state: dict[str, Any]) -> Iterator[str]:
    """Why what came since the last complete capture may not be here yet."""
    if (until := state.get("not_before")) and moment(until) > datetime.now(UTC):
        yield f"throttled: what is lacking is asked for again at {when(until)}"
    if state.get("budget"):
        yield f"the budget is nearly spent: {_put_off(state['account'], state['budget'])}"
    if state["last_capture"] and not state.get("history_done"):
        yield "the first capture goes on: each run reads further back"


def _budgets(room: Room, *, json: bool) -> int:
    found = runs.budgets(room)
    if json:
        json_lines(found)
    else:
        print_table(
            ("credential", "accounts", "limit", "spent today", "last 24 hours", "plan: conversations read again", "put off"),
            map(_budget_row, found),
        )
    return 1 if any(one["put_off"] for one in found) else 0


def _budget_row(one: dict[str, Any]) -> tuple[str | list[str], ...]:
    limit, money = one["limit"], one.get("money")
    words = ["none is known"]
    if limit is not None:
        value = "not known," if limit["value"] is None else limit["value"]
        words = [f"{limit['name']}: {value} {limit['unit']}", f"{limit['source']}, {limit['as_of']}"]
    if money is not None:
        words.append(f"monthly cap: {_dollars(money['cap'])}" if money["cap"] is not None else "no monthly cap: the register sets it")
    share = f" ({one['spent_today'] / limit['a_day']:.1%} of {limit['a_day']})" if limit and limit["a_day"] else ""
    today = [f"{one['spent_today']}{share}", *([f"{_dollars(money['today'])}, {_dollars(money['spent'])} this month"] if money else [])]
    windows = [f"{kind}: {units}" for kind, units in one["last_24_hours"].items()]
    put_off = [_put_off(account, told) for account, told in one["put_off"].items()]
    plan = [f"{told['conversations']} {_within(told['seconds'], told['blind_seconds'])}" for told in one["plan"]]
    least, most = one["readings_a_day"]
    plan += [f"about {least if least == most else f'{least} to {most}'} readings a day, and one for each new answer"] if plan else []
    return f"{one['platform']}: {one['credential']}", one["accounts"], words, today, windows, plan, put_off


def _within(told: int, blind: int) -> str:
    if told == blind:
        return f"within {_span(told)}" if told else "at each capture"
    return f"within {_span(told)}, or {_span(blind)} where the platform's number does not tell of every answer"


def _span(seconds: int) -> str:
    minutes, days = seconds // 60, seconds // 86_400
    return f"{days} days" if days > 1 else f"{minutes // 60} hours" if minutes >= 60 else f"{minutes} minutes"


def _put_off(account: str, told: dict[str, Any]) -> str:
    waits = f"{told['conversations']} conversations" if "conversations" in told else "the first capture"
    what = "everything" if told.get("stopped") else waits
    return f"{account}: {what} until {when(told['until'])}"


def _dollars(thousandths: int) -> str:
    return f"{thousandths / 1000:.2f} US dollars"


def _account(room: Room, name: str, gaps: list[Gap]) -> dict[str, Any]:
    own = [g for g in gaps if g.account == name]
    told: dict[str, Any] = {"account": name, "last_capture": None, "gaps": [_gap(g) for g in own], "completeness": None, "held": {}}
    account = next((a for a in room.register.accounts if a.id == name), None)
    if account is None:  # its entry has errors, or is gone
        return told
    try:
        state = room.state(account)
        sums = state.sums
    except Tampered as problem:  # it hides no other account's state
        return told | {"failure": {"type": "Tampered", "message": str(problem)}}
    told["held"] = {kind: sum(statuses.values()) for kind, statuses in sorted(sums.counts.items())}
    if sums.last:
        told["last_capture"] = {k: sums.last.get(k) for k in ("capture_id", "time", "final")} | {"window": sums.last["window"]["kind"]}
        told["completeness"] = sums.completeness
    told["failure"], told["not_before"], told["token"] = sums.failure, sums.not_before, sums.token or None
    told["token_warning"] = warning(account, sums.token, datetime.now(UTC))
    told["imports"] = {"files": len(sums.imports), "last": max((one["time"] for one in sums.imports.values()), default=None)}
    told["budget"] = sums.budget if sums.budget and moment(sums.budget["until"]) > datetime.now(UTC) else None
    told["history_done"] = bool(sums.history.get("done"))
    told["first_capture"] = _first_capture(state, sums) if sums.last and not told["history_done"] else None
    return told


def _first_capture(state: State, sums: Sums) -> dict[str, Any]:
    """How far a first capture has come that is not done: posts held, those that the platform counts (None: it has not told), and the
    publication of the oldest."""
    kinds = (sums.completeness or {}).get("kinds", ())
    oldest = next((held.window_at for held in state.window(None)), None)
    return {"posts": sums.present("post"), "of": next((k["platform"] for k in kinds if k["kind"] == "post"), None), "back_to": oldest}


def _first_capture_words(told: dict[str, Any]) -> str:
    of = f" of {told['of']}" if told["of"] is not None else ""
    return f"the first capture goes on: {told['posts']}{of} posts, back to {when(told['back_to'])}"


def _gap(gap: Gap) -> dict[str, Any]:
    return {"gap_id": gap.gap_id, "reason": gap.reason, "detail": gap.detail, "opened_at": instant(gap.opened_at)}


def _print(found: list[dict[str, Any]]) -> None:
    print_table(("account", "last capture", "held", "state", "gaps"), map(_row, found))


def _row(one: dict[str, Any]) -> tuple[str | list[str], ...]:
    last = one["last_capture"]
    held = ", ".join(f"{n} {kind}" for kind, n in one["held"].items())
    held += f"; {n} imported files" if (n := one.get("imports", {}).get("files")) else ""
    throttled = [f"throttled until {when(one['not_before'])}"] if one.get("not_before") else []
    state = [one["failure"]["message"]] if one.get("failure") else throttled
    state += [_first_capture_words(one["first_capture"])] if one.get("first_capture") else []
    state += [words for words in (one.get("token_warning"), one["waiting"]) if words]
    return one["account"], when(last["time"]) if last else "never", held, state, [f"{g['reason']}: {g['detail']}" for g in one["gaps"]]
