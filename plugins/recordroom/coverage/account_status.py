"""What is known of each account: its last capture, what is held, what fails, and until when its token lives."""

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
from recordroom.capture.tokens import warning
from recordroom.capture.windows import is_overdue, is_unswept, throttled_until
from recordroom.capture.words import Words
from recordroom.errors import Tampered, Throttled
from recordroom.jobs import maintenance, schedule
from recordroom.jobs.context import JobContext
from recordroom.model import instant, moment
from recordroom.platforms import load
from recordroom.register.models import Account, Chain
from recordroom.stored_texts import code_of, parts_of
from recordroom.text import counted

AGAIN = "the nightly sweep asks for them again, and Capture now with the address of the post asks at once"
NOBODY = "nobody captures the account any more, so nobody asks for them again"
RAISE = "what is over the limit of size comes once that is raised (RECORDROOM_MEDIA_LIMIT)"
_PLAIN = (  # what httpx calls failures of the network; what a reason says else is in words already
    (re.compile(r"\w*Timeout\b.*", re.DOTALL), "their server did not answer in time"),
    (
        re.compile(r"\w*(?:Connect|Network|Protocol|Read|Write|Close|Proxy)\w*Error\b.*", re.DOTALL),
        "their server could not be reached",
    ),
)


def plainly(reason: str) -> str:
    """The `missing_reason` of a file as people are told it."""
    why = parts_of(reason).get("why", "") if code_of(reason) == "file-failed" else ""
    return next((words for form, words in _PLAIN if form.fullmatch(why)), reason)


def lacking(sums: AccountSummary, *, captured: bool) -> dict[str, Any] | None:
    """{records, reasons: why -> of how many records, words}; None where no file is lacking."""
    if not sums.unfetched:
        return None
    reasons = Counter(reason for own in sums.unfetched.values() for reason in own)
    total, gone = len(sums.unfetched), reasons.pop(RECORD_GONE, 0)
    first, *more = dict.fromkeys(plainly(reason) for reason, _ in reasons.most_common())
    why = first + f", and {counted(len(more), 'other reason')}" * bool(more)
    then = [AGAIN if captured else NOBODY] if gone < total else []
    then += [RAISE] if then and any(code_of(one) == TOO_LARGE for one in reasons) else []
    then += [f"those of {counted(gone, 'record')} that the platform shows no more cannot be asked for"] if gone else []
    words = f"files of {counted(total, 'record')} could not be fetched ({why}): {'; '.join(then)}"
    return {"records": total, "reasons": dict(reasons.most_common()), "words": words}


Told = dict[str, Any]  # as `recordroom status --json` prints it
SumsOf = Callable[[Account | Chain], AccountSummary]  # of an account; Tampered where its chain is broken


def names(room: JobContext, gaps: list[Gap], waiting: Mapping[str, str]) -> list[str]:
    """All that something is to be said of: in the register, with errors or not, and what is gone from it and lacks something."""
    return sorted({*(a.id for a in room.register.accounts), *room.register.stopped, *(g.account for g in gaps), *waiting})


def everything(room: JobContext, gaps: list[Gap]) -> list[Told]:
    """Of each account, with what waits in this machine's spool."""
    waiting = maintenance.list_waiting(room)
    sums_of = cache(reading(room))  # those with one credential ask for each other's
    return [told_of(room, name, gaps, sums_of) | {"waiting": waiting.get(name)} for name in names(room, gaps, waiting)]


def reading(room: JobContext) -> SumsOf:
    """The sums as the buckets have them now."""
    return lambda account: SummaryReader(room.place.archive, room.place.derived, account).sums


def known(room: JobContext, name: str) -> Account | Chain | None:
    """The register's entry; where that has errors or is gone, the account as the archive knows it; None: it was never captured."""
    entry = next((account for account in room.register.accounts if account.id == name), None)
    return entry or next((chain for chain in capture_chains(room.place.archive) if chain.id == name), None)


def told_of(room: JobContext, name: str, gaps: list[Gap], sums_of: SumsOf) -> Told:
    """`gaps`: the open ones, of whatever account."""
    own = [g for g in gaps if g.account == name]
    told: Told = {"account": name, "last_capture": None, "gaps": [_gap(g) for g in own], "completeness": None, "held": {}, "overdue": None}
    told["lacking_files"] = None
    account = known(room, name)
    if account is None:
        return told
    try:
        sums = sums_of(account)
    except Tampered as problem:  # it hides no other account's state
        return told | {"failure": {"type": "Tampered", "message": str(problem)}}
    told["held"] = {kind: sum(statuses.values()) for kind, statuses in sorted(sums.counts.items())}
    told["lacking_files"] = lacking(sums, captured=account in schedule.open_accounts(room))
    if sums.last:
        told["last_capture"] = {k: sums.last.get(k) for k in ("capture_id", "time", "final")} | {"window": sums.last["window"]["kind"]}
        told["completeness"] = sums.completeness
    told["imports"] = _imports(sums)
    if isinstance(account, Chain):  # what is due of it, and what its token is, only a sound entry tells
        return told
    throttled = sums.failure is not None and sums.failure["type"] == Throttled.code  # which is no failure: `not_before` tells of it
    told["failure"], told["not_before"], told["token"] = None if throttled else sums.failure, sums.not_before, sums.token or None
    now = datetime.now(UTC)
    sharing = schedule.find_sharing(room, account, _sound(sums_of), now)
    told["not_before"] = max([told["not_before"] or "", *(throttled_until(one, now) for one in sharing.values())]) or None
    told["overdue"] = _overdue(account, sums, now, sharing)
    told["token_warning"] = warning(account, sums.token, datetime.now(UTC))
    words = Words(room.place.archive, account)
    told["gaps"] = [_gap(g) | {"explained": (word := words.accepts(g, sums)) and word.description} for g in own]
    told["budget"] = sums.budget if sums.budget and moment(sums.budget["until"]) > datetime.now(UTC) else None
    told["history_done"] = bool(sums.history.get("done"))
    begun, captured = sums.last and not told["history_done"], account in schedule.open_accounts(room)
    told["first_capture"] = _first_capture(room, account, sums) if begun and captured else None
    told["cut_short"] = _cut_short(account) if begun and not captured else None
    return told


def lacks(told: Told) -> list[Gap]:
    """The gaps as people are told of them (`archive.gaps.find_open`); what time they cover is left out."""
    return find_open(Gap("", told["account"], g["reason"], g["detail"], None, None, moment(g["opened_at"])) for g in told["gaps"])


def _imports(sums: AccountSummary) -> Told:
    """`words`: what `held`, which is of captures, leaves out; "" where nothing was imported."""
    files = len(sums.imports)
    words = f"besides what only {counted(files, 'imported file')} {'tells' if files == 1 else 'tell'}, which is not counted here"
    return {"files": files, "last": max((one["time"] for one in sums.imports.values()), default=None), "words": words if files else ""}


def _sound(sums_of: SumsOf) -> SumsOf:
    """As `sums_of`; the first ones of an account whose chain is broken."""

    def read(account: Account | Chain) -> AccountSummary:
        try:
            return sums_of(account)
        except Tampered:
            return AccountSummary()

    return read


def _overdue(account: Account, sums: AccountSummary, now: datetime, sharing: Mapping[str, AccountSummary]) -> str | None:
    if not is_overdue(account, sums, now, sharing=sharing):
        return _unswept(sums) if is_unswept(account, sums, now) else None
    since = f"no capture since {dates.format_both_zones(moment(sums.last_start))}" if sums.last_start else "it was never captured"
    minutes = load(account.platform).PLATFORM.every.total_seconds() / 60
    return f"{since}, though one is due every {minutes:g} minutes: see whether Airflow's DAG capture runs, and what its task due says of it"


def _unswept(sums: AccountSummary) -> str:
    since = f"it was not read as a whole since {dates.format_both_zones(moment(sums.read['whole']))}, though it is every night"
    return f"{since}: see whether Airflow's DAG sweep runs, and what its task of this account says"


def _first_capture(room: JobContext, account: Account, sums: AccountSummary) -> Told:
    """How far a first capture has come that is not done: posts held, those that the platform counts (None: it has not told), and the
    publication of the oldest."""
    kinds = (sums.completeness or {}).get("kinds", ())
    oldest = next((held.window_at for held in room.state(account).window(None)), None)
    return {"posts": sums.present("post"), "of": next((k["platform"] for k in kinds if k["kind"] == "post"), None), "back_to": oldest}


def _cut_short(account: Account) -> str:
    words = "the first capture had not come to its end when captures of the account ended: older posts may be lacking"
    return words if account.import_only else f"{words}; `recordroom capture {account.id}` reads on"


def explained(told: Told, gap: Gap) -> str:
    """What the register says of a gap of `lacks`, to follow its words; "" if it does not explain all of it."""
    reason = gap.reason.removesuffix(WHOLE)
    said = [g["explained"] for g in told["gaps"] if g["reason"].removesuffix(WHOLE) == reason]
    return f"; {said[0]}" if all(said) else ""


def _gap(gap: Gap) -> Told:
    """`explained`: what the register says, if the gap is known and accepted."""
    told = {"gap_id": gap.gap_id, "reason": gap.reason, "detail": gap.detail, "opened_at": instant(gap.opened_at)}
    return {**told, "explained": None}
