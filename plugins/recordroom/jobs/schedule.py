"""Decide which accounts are due for a capture, and why each other account is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from recordroom import dates
from recordroom.archive.entry_cache import EntryCache
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.capture import budget, throttles
from recordroom.capture.segment.spool import find_entries_file
from recordroom.capture.windows import why_held_back, why_not_due
from recordroom.errors import BudgetSpent, Tampered
from recordroom.jobs.context import JobContext
from recordroom.platforms.registry import load
from recordroom.register.models import Account


def list_due_accounts(
    context: JobContext, platform: str, *, at_once: bool = False, share_throttles: bool = True
) -> tuple[list[Account], dict[str, str]]:
    """Return a platform's due accounts, and by account why each other one is not due.

    The account that has waited longest comes first, since a throttle that it meets applies to all accounts
    with its credential.

    at_once: ignore when the last capture was; only a closed or throttled account is left out.
    share_throttles: a throttle leaves out all accounts with the credential. False: it leaves out the account
        that met it. A throttle of a few minutes must not cost 40 accounts a sweep that takes hours and runs
        once a day.
    """
    now = datetime.now(UTC)
    mine = [a for a in context.register.accounts if a.platform == platform and not a.import_only]
    sums = {account.id: read_sums(context, account) for account in mine}
    known = sums if share_throttles else {}
    why = {a.id: _explain_not_due(context, a, sums[a.id], known, now, at_once=at_once) for a in mine}
    accounts = sorted((a for a in mine if not why[a.id]), key=lambda a: sums[a.id].last_start or "")
    return accounts, {name: words for name, words in why.items() if words}


def find_throttle(context: JobContext, account: Account) -> str:
    """Return in words how another account's throttle stops this account, or "".

    A throttle applies to the credential. This reads one note and at most one ledger, however many accounts
    have the
    credential: each task of a run calls it.
    """
    now, note = datetime.now(UTC), throttles.find_note(context.place.derived, account)
    if note is None or note.account == account.id or note.until <= now:
        return ""
    throttled = [one for one in context.register.accounts if one.id == note.account]
    # a capture since then may have ended it
    return why_held_back({one.id: read_sums(context, one) for one in throttled}, now)


def find_sharing(
    context: JobContext, account: Account, sums_of: Callable[[Account], AccountSummary], now: datetime
) -> dict[str, AccountSummary]:
    """Return the sums of the other open accounts with the same credential."""
    return {
        one.id: sums_of(one)
        for one in budget.sharing_accounts(account, context.register.accounts, now)
        if one.id != account.id
    }


def _explain_not_due(
    context: JobContext,
    account: Account,
    sums: AccountSummary,
    known: Mapping[str, AccountSummary],
    now: datetime,
    *,
    at_once: bool,
) -> str:
    """Return why no capture is due, or "".

    known: the sums of accounts whose throttles count for this one too.
    """
    accounts, platform = context.register.accounts, load(account.platform).PLATFORM
    # otherwise the capture starts, spends nothing, and opens the gap
    is_spent = sums.failure is not None and sums.failure["type"] == BudgetSpent.code
    share = budget.month_share(account, accounts, sums, now) if is_spent else None
    if share is not None:
        # reads the ledgers of all accounts with the credential
        open_ = budget.open_spend_counter(context.place, accounts, account, share)
        if budget.is_spent(share, platform) or (
            open_ is not None and open_.would_exceed_cap(platform.highest_price)
        ):
            return f"its monthly budget is spent until {dates.format_both_zones(share.until)}"
    others = find_sharing(context, account, lambda one: known.get(one.id, AccountSummary()), now)
    return why_not_due(account, sums, now, at_once=at_once, sharing=others)


def list_open_accounts(context: JobContext) -> list[Account]:
    """Return the accounts that are captured: not closed, not kept by imports only."""
    return [
        account
        for account in context.register.accounts
        if not account.import_only and not account.is_closed(datetime.now(UTC))
    ]


def list_unfinished_histories(context: JobContext, accounts: list[Account]) -> list[Account]:
    """Return the accounts whose first capture is unfinished and may go on today.

    An account is left out if the rest of its budget of this day is reserved for new records.
    """
    now, histories = datetime.now(UTC), [(account, read_sums(context, account)) for account in accounts]
    unfinished = [(account, sums) for account, sums in histories if sums.history and not sums.history["done"]]
    return [
        account
        for account, sums in unfinished
        if not budget.defers_history(account, context.register.accounts, sums, now)
    ]


def read_state(context: JobContext, account: Account) -> AccountState | None:
    """Return the state of an account, or None if its chain is broken.

    A broken chain stops no other account; the account's own capture reports what is wrong.
    """
    try:
        return context.state(account)
    except Tampered:
        return None


def read_sums(context: JobContext, account: Account) -> AccountSummary:
    """Return the sums of an account, or empty ones if its chain is broken.

    As in `read_state`, the account's own capture reports the damage.
    """
    place = context.place
    cache = EntryCache(find_entries_file(place.settings.spool, account, place.archive.bucket))
    try:
        return SummaryReader(place.archive, place.derived, account, cache).sums
    except Tampered:
        return AccountSummary()
