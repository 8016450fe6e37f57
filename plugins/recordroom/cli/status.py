"""`recordroom status`: for each account its last capture, what it holds, its open gaps and the platform's counts beside ours; and what
waits in this machine's spool though nobody captures its account any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import typer

from recordroom import runs
from recordroom.archive.gaps import Gap, Gaps
from recordroom.capture.tokens import warning
from recordroom.cli.output import Json, enter, json_lines
from recordroom.cli.readable import print_table, when
from recordroom.errors import Tampered
from recordroom.model import instant
from recordroom.runs import Room


def add_to(app: typer.Typer) -> None:
    app.command("status", help="Last capture, gaps and completeness of each account.")(run)


def run(json: Json = False) -> int:
    room = enter()
    gaps, waiting = Gaps(room.place.archive).open_now(), runs.waiting(room)
    names = {*(a.id for a in room.register.accounts), *room.register.stopped, *(g.account for g in gaps), *waiting}
    found = [_account(room, name, gaps) | {"waiting": waiting.get(name)} for name in sorted(names)]
    if json:
        json_lines(found)
    else:
        _print(found)
    broken = any((one.get("failure") or {}).get("type") == "Tampered" for one in found)
    return 1 if gaps or waiting or room.register.stopped or room.alarm or broken else 0


def _account(room: Room, name: str, gaps: list[Gap]) -> dict[str, Any]:
    own = [g for g in gaps if g.account == name]
    told: dict[str, Any] = {"account": name, "last_capture": None, "gaps": [_gap(g) for g in own], "completeness": None, "held": {}}
    account = next((a for a in room.register.accounts if a.id == name), None)
    if account is None:  # its entry has errors, or is gone
        return told
    try:
        sums = room.state(account).sums
    except Tampered as problem:  # it hides no other account's state
        return told | {"failure": {"type": "Tampered", "message": str(problem)}}
    told["held"] = {kind: sum(statuses.values()) for kind, statuses in sorted(sums.counts.items())}
    if sums.last:
        told["last_capture"] = {k: sums.last.get(k) for k in ("capture_id", "time", "final")} | {"window": sums.last["window"]["kind"]}
        told["completeness"] = sums.completeness
    told["failure"], told["not_before"], told["token"] = sums.failure, sums.not_before, sums.token or None
    told["token_warning"] = warning(account, sums.token, datetime.now(UTC))
    told["imports"] = {"files": len(sums.imports), "last": max((one["time"] for one in sums.imports.values()), default=None)}
    told["history_done"] = bool(sums.history.get("done"))
    return told


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
    state += [words for words in (one.get("token_warning"), one["waiting"]) if words]
    return one["account"], when(last["time"]) if last else "never", held, state, [f"{g['reason']}: {g['detail']}" for g in one["gaps"]]
