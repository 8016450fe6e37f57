"""The spending of each credential, and how often conversations are read again."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.archive.state.account_summary import AccountSummary
from recordroom.capture import budget, reading_plan
from recordroom.jobs.context import JobContext
from recordroom.jobs.schedule import list_open_accounts, read_state
from recordroom.model import instant, moment
from recordroom.platforms.registry import load


def list_budgets(context: JobContext) -> list[dict[str, Any]]:
    """Return the budget of each credential of captured accounts, sorted by platform.

    Each one has:
    - `accounts`: those that share the credential
    - `limit`: its limit, and `spent_today` and `last_24_hours` (by window kind) what was spent of it
    - `money`: the same for a credential with a monthly cap
    - `put_off`: account -> what is deferred
    - `plan`: how many conversations are read again within how many `seconds` without a sign of anything new
      (0: at each capture). `blind_seconds`: the same where the platform's count does not move with every
      reply. Empty if all conversations are read each time.
    - `readings_a_day`: the least and the most readings of conversations that the plan makes a day, of one
      request or more each
    """
    now, found = datetime.now(UTC), dict[tuple[str, str], dict[str, Any]]()
    for account in list_open_accounts(context):
        state, platform = read_state(context, account), load(account.platform).PLATFORM
        sums, name = state.sums if state else AccountSummary(), budget.credential_of(account)
        shares = (budget.rate_share, budget.month_share, budget.day_share)
        rate, money, today = (one(account, context.register.accounts, sums, now) for one in shares)
        told = found.setdefault(
            (account.platform, name),
            {"credential": name, "platform": account.platform, "accounts": [], "put_off": {}},
        )
        told["accounts"].append(account.id)
        limit = platform.budget
        told["limit"] = asdict(limit) | {"a_day": budget.allowed_in_a_day(limit)} if limit else None
        told["spent_today"] = told.get("spent_today", 0) + (
            rate.spent if rate else budget.count_spent(sums, now - budget.DAY)[0]
        )
        told["last_24_hours"] = _added(
            told.get("last_24_hours", {}), budget.spent_by_window(sums, now - budget.DAY)
        )
        if money is not None and today is not None:
            open_ = budget.open_spend_counter(context.place, context.register.accounts, account, money)
            before = told.get("money", {"spent": 0, "today": 0})
            paid = {
                "spent": before["spent"] + money.spent if open_ is None else open_.paid,
                "today": before["today"] + today.spent,
            }
            told["money"] = {"cap": money.whole, **paid, "until": instant(money.until)}
        if sums.budget and moment(sums.budget["until"]) > now:
            told["put_off"][account.id] = sums.budget
        _add_plan(
            told,
            reading_plan.forecast_turns(state.window(None), now)
            if state and not platform.reads_all_conversations
            else {},
            platform.interval,
        )
    return [found[key] for key in sorted(found)]


def _add_plan(
    told: dict[str, Any], outlook: dict[tuple[timedelta, timedelta], int], every: timedelta
) -> None:
    known = {(one["seconds"], one["blind_seconds"]): one["conversations"] for one in told.get("plan", ())}
    for (period, blind), number in outlook.items():
        seconds = (int(period.total_seconds()), int(blind.total_seconds()))
        known[seconds] = known.get(seconds, 0) + number
    told["plan"] = [
        {"seconds": s, "blind_seconds": b, "conversations": known[s, b]} for s, b in sorted(known)
    ]
    bounds = [
        round(
            sum(number * (reading_plan.DAY / (periods[at] or every)) for periods, number in outlook.items())
        )
        for at in (0, 1)
    ]
    told["readings_a_day"] = [
        before + more for before, more in zip(told.get("readings_a_day", (0, 0)), bounds, strict=True)
    ]


def _added(told: dict[str, int], more: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {kind: told.get(kind, 0) + more.get(kind, (0, 0))[0] for kind in sorted({*told, *more})}
