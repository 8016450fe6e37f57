"""What is known of each account.

The last capture, the archived records, failures, and when its token expires.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from recordroom import dates
from recordroom.archive.gaps import WHOLE, Gap, find_open
from recordroom.archive.ledger import capture_chains
from recordroom.archive.media import RECORD_GONE, TOO_LARGE
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.summary_fold import SummaryReader
from recordroom.capture.credentials.tokens import token_warning
from recordroom.capture.register_ledger import Explanations
from recordroom.capture.windows import is_overdue, is_unswept, throttled_until
from recordroom.errors import Tampered, Throttled
from recordroom.jobs import maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import instant, moment
from recordroom.platforms.registry import load
from recordroom.register.models import Account, Chain
from recordroom.stored_texts import code_of, parts_of
from recordroom.text import counted

AGAIN = "the nightly sweep tries again; Capture now with the address of the post tries at once"
NOBODY = "the account is no longer captured, so no capture tries again"
RAISE = "files over the size limit need a higher limit (RECORDROOM_MEDIA_LIMIT)"
_PLAIN = (  # what httpx calls network failures; every other reason is in words already
    (re.compile(r"\w*Timeout\b.*", re.DOTALL), "the server did not respond in time"),
    (
        re.compile(r"\w*(?:Connect|Network|Protocol|Read|Write|Close|Proxy)\w*Error\b.*", re.DOTALL),
        "the server could not be reached",
    ),
)


def simplify_reason(reason: str) -> str:
    """Return the `missing_reason` of a file in plain words, as people see it."""
    why = parts_of(reason).get("why", "") if code_of(reason) == "file-failed" else ""
    return next((words for form, words in _PLAIN if form.fullmatch(why)), reason)


def summarize_missing_files(sums: AccountSummary, *, captured: bool) -> dict[str, Any] | None:
    """Summarize the files that could not be fetched; None if no file is missing.

    Returns {records: number of records with missing files, reasons: reason -> number of records, words}.
    captured: the account is still captured.
    """
    if not sums.unfetched:
        return None
    reasons = Counter(reason for own in sums.unfetched.values() for reason in own)
    total, gone = len(sums.unfetched), reasons.pop(RECORD_GONE, 0)
    first, *more = dict.fromkeys(simplify_reason(reason) for reason, _ in reasons.most_common())
    why = first + f", and {counted(len(more), 'other reason')}" * bool(more)
    then = [AGAIN if captured else NOBODY] if gone < total else []
    then += [RAISE] if then and any(code_of(one) == TOO_LARGE for one in reasons) else []
    then += (
        [f"the platform no longer shows {counted(gone, 'record')}, so files of these cannot be downloaded"]
        if gone
        else []
    )
    words = f"files of {counted(total, 'record')} could not be downloaded ({why}): {'; '.join(then)}"
    return {"records": total, "reasons": dict(reasons.most_common()), "words": words}


Status = dict[str, Any]  # as `recordroom status --json` prints it
# the sums of an account; Tampered if its chain is broken
SumsOf = Callable[[Account | Chain], AccountSummary]


def list_names(context: JobContext, gaps: list[Gap], waiting: Mapping[str, str]) -> list[str]:
    """Return the names of all accounts that need a status, sorted.

    Those in the register, valid or not, and removed ones that have a gap or data in the spool.
    """
    return sorted(
        {
            *(a.id for a in context.register.accounts),
            *context.register.stopped,
            *(g.account for g in gaps),
            *waiting,
        }
    )


def describe_accounts(context: JobContext, gaps: list[Gap]) -> list[Status]:
    """Return the status of each account, with what waits in this machine's spool."""
    waiting = maintenance.list_waiting(context)
    sums_of = cache(make_sums_reader(context))  # accounts with the same credential need each other's sums
    return [
        describe_account(context, name, gaps, sums_of) | {"waiting": waiting.get(name)}
        for name in list_names(context, gaps, waiting)
    ]


def make_sums_reader(context: JobContext) -> SumsOf:
    """Return a function that reads an account's sums from the buckets."""
    return lambda account: SummaryReader(context.place.archive, context.place.derived, account).sums


def find_account(context: JobContext, name: str) -> Account | Chain | None:
    """Find an account's entry in the register, or else its chain in the archive.

    None: the account was never captured.
    """
    entry = next((account for account in context.register.accounts if account.id == name), None)
    return entry or next((chain for chain in capture_chains(context.place.archive) if chain.id == name), None)


def describe_account(context: JobContext, name: str, gaps: list[Gap], sums_of: SumsOf) -> Status:
    """Return the status of one account, as `recordroom status --json` prints it.

    gaps: the open gaps of any accounts; those of other accounts are ignored.
    """
    own = [g for g in gaps if g.account == name]
    told: Status = {
        "account": name,
        "last_capture": None,
        "gaps": [_gap(g) for g in own],
        "completeness": None,
        "held": {},
        "overdue": None,
    }
    told["lacking_files"] = None
    account = find_account(context, name)
    if account is None:
        return told
    try:
        sums = sums_of(account)
    except Tampered as problem:  # a broken chain must not hide the state of other accounts
        return told | {"failure": {"type": "Tampered", "message": str(problem)}}
    told["held"] = {kind: sum(statuses.values()) for kind, statuses in sorted(sums.counts.items())}
    told["lacking_files"] = summarize_missing_files(
        sums, captured=account in schedule.list_open_accounts(context)
    )
    if sums.last:
        told["last_capture"] = {k: sums.last.get(k) for k in ("capture_id", "time", "final")} | {
            "window": sums.last["window"]["kind"]
        }
        told["completeness"] = sums.completeness
    told["imports"] = _imports(sums)
    if isinstance(account, Chain):  # only a valid entry says what is due, and what the token is
        return told
    # a throttle is no failure: `not_before` reports it
    throttled = sums.failure is not None and sums.failure["type"] == Throttled.code
    told["failure"], told["not_before"], told["token"] = (
        None if throttled else sums.failure,
        sums.not_before,
        sums.token or None,
    )
    now = datetime.now(UTC)
    sharing = schedule.find_sharing(context, account, _or_empty(sums_of), now)
    told["not_before"] = (
        max([told["not_before"] or "", *(throttled_until(one, now) for one in sharing.values())]) or None
    )
    told["overdue"] = _overdue(account, sums, now, sharing)
    told["token_warning"] = token_warning(account, sums.token, datetime.now(UTC))
    words = Explanations(context.place.archive, account)
    told["gaps"] = [
        _gap(g) | {"explained": (word := words.accepts(g, sums)) and word.description} for g in own
    ]
    told["budget"] = sums.budget if sums.budget and moment(sums.budget["until"]) > datetime.now(UTC) else None
    told["history_done"] = bool(sums.history.get("done"))
    begun, captured = sums.last and not told["history_done"], account in schedule.list_open_accounts(context)
    told["first_capture"] = _first_capture(context, account, sums) if begun and captured else None
    told["cut_short"] = _cut_short(account) if begun and not captured else None
    return told


def list_open_gaps(told: Status) -> list[Gap]:
    """Return the gaps of a status as people see them (`archive.gaps.find_open`).

    The time that they cover is left out.
    """
    return find_open(
        Gap("", told["account"], g["reason"], g["detail"], None, None, moment(g["opened_at"]))
        for g in told["gaps"]
    )


def _imports(sums: AccountSummary) -> Status:
    """Summarize the imports of an account.

    `words`: what `held`, which counts captures only, leaves out; "" if nothing was imported.
    """
    files = len(sums.imports)
    words = (
        f"plus records that only {counted(files, 'imported file')} "
        f"{'has' if files == 1 else 'have'} (not counted here)"
    )
    return {
        "files": files,
        "last": max((one["time"] for one in sums.imports.values()), default=None),
        "words": words if files else "",
    }


def _or_empty(sums_of: SumsOf) -> SumsOf:
    """Wrap `sums_of`: empty sums for an account whose chain is broken."""

    def read(account: Account | Chain) -> AccountSummary:
        try:
            return sums_of(account)
        except Tampered:
            return AccountSummary()

    return read


def _overdue(
    account: Account, sums: AccountSummary, now: datetime, sharing: Mapping[str, AccountSummary]
) -> str | None:
    if not is_overdue(account, sums, now, sharing=sharing):
        return _unswept(sums) if is_unswept(account, sums, now) else None
    since = (
        f"no capture since {dates.format_both_zones(moment(sums.last_start))}"
        if sums.last_start
        else "the account was never captured"
    )
    minutes = load(account.platform).PLATFORM.interval.total_seconds() / 60
    return (
        f"{since}, although a capture is due every {minutes:g} minutes. To fix this: check in Airflow"
        " whether the DAG capture runs, and read the log of its task due"
    )


def _unswept(sums: AccountSummary) -> str:
    since = (
        f"no complete reading since {dates.format_both_zones(moment(sums.read['whole']))}"
        ", although one is due every night"
    )
    return f"{since}. To fix this: check in Airflow whether the DAG sweep runs, and read the log of its task"


def _first_capture(context: JobContext, account: Account, sums: AccountSummary) -> Status:
    """Report how far an unfinished first capture has come.

    posts: number of archived posts. of: number that the platform counts, None if it has not reported one.
    back_to: publication of the oldest archived record.
    """
    kinds = (sums.completeness or {}).get("kinds", ())
    oldest = next((held.window_at for held in context.state(account).window(None)), None)
    return {
        "posts": sums.present("post"),
        "of": next((k["platform"] for k in kinds if k["kind"] == "post"), None),
        "back_to": oldest,
    }


def _cut_short(account: Account) -> str:
    words = "captures of the account ended before the first capture was complete: older posts may be missing"
    return words if account.import_only else f"{words}; `recordroom capture {account.id}` continues it"


def find_explanation(told: Status, gap: Gap) -> str:
    """Return the register's explanation of a gap from `list_open_gaps`.

    "" if the register does not explain all of its parts.
    """
    reason = gap.reason.removesuffix(WHOLE)
    said = [g["explained"] for g in told["gaps"] if g["reason"].removesuffix(WHOLE) == reason]
    return f"; {said[0]}" if all(said) else ""


def _gap(gap: Gap) -> Status:
    """Return a gap as the status lists it.

    `explained`: the register's explanation, if the gap is known and accepted.
    """
    told = {
        "gap_id": gap.gap_id,
        "reason": gap.reason,
        "detail": gap.detail,
        "opened_at": instant(gap.opened_at),
    }
    return {**told, "explained": None}
