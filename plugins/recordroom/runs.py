"""What a scheduled run does, account by account: the same for Airflow's tasks and for the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from recordroom import settings
from recordroom.accounts import Account, Chain, Register
from recordroom.archive import anchor, compaction, store
from recordroom.archive import verify as verification
from recordroom.archive.gaps import Gaps, find_open
from recordroom.archive.held import Sums
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.records import file_system
from recordroom.archive.state import Overall, State
from recordroom.archive.verify import Problem, Report
from recordroom.capture import budget, reading_plan, run, throttles
from recordroom.capture import register_ledger as registers
from recordroom.capture.credentials import airflow_secrets
from recordroom.capture.credentials.tokens import needs_saved_token
from recordroom.capture.derived import rebuild
from recordroom.capture.derived.rebuild import Rebuilt
from recordroom.capture.derived.reparse import reparse
from recordroom.capture.derived.verification import compare_account, compare_gaps
from recordroom.capture.file_import.report import ImportReport
from recordroom.capture.file_import.run import ImportOrder, import_file
from recordroom.capture.permalink import attribution, requests
from recordroom.capture.permalink.capture import capture_first_match
from recordroom.capture.permalink.receipt import Receipt, RootAddress
from recordroom.capture.permalink.requests import CaptureRequest, CaptureResult
from recordroom.capture.segment.spool import find_abandoned, find_foreign
from recordroom.capture.session import OnProgress, Outcome
from recordroom.capture.windows import NIGHTS, PATIENCE, why_held_back, why_not_due
from recordroom.capture.workspace import Workspace
from recordroom.counted import counted
from recordroom.errors import ArchiveError, BudgetSpent, RecordroomError, ServiceUnavailable, Tampered, UsageError, named
from recordroom.exit_codes import ExitCode
from recordroom.exports import making, removal
from recordroom.exports.plan import UnderWay
from recordroom.model import instant, moment
from recordroom.platforms import load
from recordroom.search import dates, mapping
from recordroom.search.filling import Filled
from recordroom.search.index import Index
from recordroom.search.node import IndexMissing
from recordroom.search.results import Searcher
from recordroom.search.surroundings import LATE, count_missing

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Room:
    """The archive with the register in force; `alarm`: in words, why that is not the file, or ""."""

    place: Workspace
    register: Register
    alarm: str

    @classmethod
    def enter(cls, *, record: bool = True, confirm: registers.Confirm | None = None) -> Room:
        """`record` False: nothing is written, whatever the register says. `confirm`: as register.in_force says."""
        place = Workspace.of(settings.load())
        place.archive.require()
        place.derived.require()
        file = place.settings.register_file
        return cls(place, *registers.in_force(place.archive, file, record=record, derived=place.derived, confirm=confirm))

    def index(self) -> Index:
        return Index(self.place.settings, self.place.archive, self.place.derived)

    def state(self, account: Account) -> State:
        return State(self.place.archive, self.place.derived, account)


def due_accounts(room: Room, platform: str, *, at_once: bool = False, share_throttles: bool = True) -> tuple[list[Account], dict[str, str]]:
    """Return the accounts of a platform whose capture is due, and by account why each other one is not.

    The account that has waited longest comes first, since a throttle that it meets holds for all with its credential.

    at_once: it does not matter when the last capture was; only a closed or throttled account is left out.
    share_throttles: a throttle leaves out all accounts with the credential. False: it leaves out the account that
        met it. A throttle of a few minutes must not cost 40 accounts a sweep that takes hours and runs once a day.
    """
    now = datetime.now(UTC)
    mine = [a for a in room.register.accounts if a.platform == platform and not a.import_only]
    sums = {account.id: _sums(room, account) for account in mine}
    known = sums if share_throttles else {}
    why = {a.id: _why_not(room, a, sums[a.id], known, now, at_once=at_once) for a in mine}
    accounts = sorted((a for a in mine if not why[a.id]), key=lambda a: sums[a.id].last_start or "")
    return accounts, {name: words for name, words in why.items() if words}


def throttle(room: Room, account: Account) -> str:
    """Return in words that a throttle of another account holds for the account's credential, or "".

    It reads one note and at most one ledger, however many accounts have the credential: each task of a run asks.
    """
    now, note = datetime.now(UTC), throttles.find_note(room.place.derived, account)
    if note is None or note.account == account.id or note.until <= now:
        return ""
    throttled = [one for one in room.register.accounts if one.id == note.account]
    return why_held_back({one.id: _sums(room, one) for one in throttled}, now)  # a capture since may have ended it


def _note_throttle(room: Room, outcome: Outcome) -> None:
    if outcome.not_before is not None:
        throttles.write_note(room.place.derived, room.register.account(outcome.account), outcome.not_before)


def sharing(room: Room, account: Account, sums_of: Callable[[Account], Sums], now: datetime) -> dict[str, Sums]:
    """Return the sums of the other open accounts with the same credential."""
    return {one.id: sums_of(one) for one in budget.sharing_accounts(account, room.register.accounts, now) if one.id != account.id}


def _why_not(room: Room, account: Account, sums: Sums, known: Mapping[str, Sums], now: datetime, *, at_once: bool) -> str:
    """Return why no capture is due, or "". known: the sums of accounts whose throttles count for this one too."""
    accounts, platform = room.register.accounts, load(account.platform).PLATFORM
    told = sums.failure is not None and sums.failure["type"] == BudgetSpent.code  # else a capture asks nothing, and opens the gap
    share = budget.month_share(account, accounts, sums, now) if told else None
    if share is not None:
        open_ = budget.open_spend_counter(room.place, accounts, account, share)  # reads the ledgers of all that have the credential
        if budget.is_spent(share, platform) or (open_ is not None and open_.would_exceed_cap(platform.dearest)):
            return f"what it may cost in a month is spent until {dates.both(share.until)}"
    others = sharing(room, account, lambda one: known.get(one.id, Sums()), now)
    return why_not_due(account, sums, now, at_once=at_once, sharing=others)


def budgets(room: Room) -> list[dict[str, Any]]:
    """For each credential of accounts that are captured: what its limit is, what it spent today and in the last 24 hours by window, who
    shares it, what is put off, and the plan: how many conversations are read again within which seconds though nothing tells of anything
    new (0: at each capture; `blind_seconds`: where the platform's number does not move with every answer), and how many readings of
    conversations a day that makes, of one request or more each: at least and at most. Where all is read each time there is no plan."""
    now, found = datetime.now(UTC), dict[tuple[str, str], dict[str, Any]]()
    for account in open_accounts(room):
        state, platform = _state(room, account), load(account.platform).PLATFORM
        sums, name = state.sums if state else Sums(), budget.credential_of(account)
        shares = (budget.rate_share, budget.month_share, budget.day_share)
        rate, money, today = (one(account, room.register.accounts, sums, now) for one in shares)
        told = found.setdefault((account.platform, name), {"credential": name, "platform": account.platform, "accounts": [], "put_off": {}})
        told["accounts"].append(account.id)
        limit = platform.budget
        told["limit"] = asdict(limit) | {"a_day": budget.allowed_in_a_day(limit)} if limit else None
        told["spent_today"] = told.get("spent_today", 0) + (rate.spent if rate else budget.count_spent(sums, now - budget.DAY)[0])
        told["last_24_hours"] = _added(told.get("last_24_hours", {}), budget.spent_by_window(sums, now - budget.DAY))
        if money is not None and today is not None:
            open_ = budget.open_spend_counter(room.place, room.register.accounts, account, money)
            before = told.get("money", {"spent": 0, "today": 0})
            paid = {"spent": before["spent"] + money.spent if open_ is None else open_.paid, "today": before["today"] + today.spent}
            told["money"] = {"cap": money.whole, **paid, "until": instant(money.until)}
        if sums.budget and moment(sums.budget["until"]) > now:
            told["put_off"][account.id] = sums.budget
        _add_plan(told, reading_plan.forecast_turns(state.window(None), now) if state and not platform.reads_all else {}, platform.every)
    return [found[key] for key in sorted(found)]


def _add_plan(told: dict[str, Any], outlook: dict[tuple[timedelta, timedelta], int], every: timedelta) -> None:
    known = {(one["seconds"], one["blind_seconds"]): one["conversations"] for one in told.get("plan", ())}
    for (period, blind), number in outlook.items():
        seconds = (int(period.total_seconds()), int(blind.total_seconds()))
        known[seconds] = known.get(seconds, 0) + number
    told["plan"] = [{"seconds": s, "blind_seconds": b, "conversations": known[s, b]} for s, b in sorted(known)]
    bounds = [round(sum(number * (reading_plan.DAY / (periods[at] or every)) for periods, number in outlook.items())) for at in (0, 1)]
    told["readings_a_day"] = [before + more for before, more in zip(told.get("readings_a_day", (0, 0)), bounds, strict=True)]


def _added(told: dict[str, int], more: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {kind: told.get(kind, 0) + more.get(kind, (0, 0))[0] for kind in sorted({*told, *more})}


def open_accounts(room: Room) -> list[Account]:
    """Those that are captured."""
    return [account for account in room.register.accounts if not account.import_only and not account.is_closed(datetime.now(UTC))]


def unfinished_histories(room: Room, accounts: list[Account]) -> list[Account]:
    """Those whose first capture has not read everything yet, and whose budget of this day is not kept for what is new."""
    now, histories = datetime.now(UTC), [(account, _sums(room, account)) for account in accounts]
    unfinished = [(account, sums) for account, sums in histories if sums.history and not sums.history["done"]]
    return [account for account, sums in unfinished if not budget.defers_history(account, room.register.accounts, sums, now)]


def _state(room: Room, account: Account) -> State | None:
    """None of an account whose chain is broken: it stops no other, and its own capture says what is wrong with it."""
    try:
        return room.state(account)
    except Tampered:
        return None


def _sums(room: Room, account: Account) -> Sums:
    """None but the first ones of an account whose chain is broken, as above."""
    try:
        return Overall(room.place.archive, room.place.derived, account).sums
    except Tampered:
        return Sums()


def capture_account(
    room: Room, account: Account, kind: str | None = None, since: datetime | None = None, *, tell: OnProgress | None = None
) -> Outcome:
    """As capture/run.py says."""
    _must_be_captured(account)
    outcome = run.capture(room.place, room.register, account, kind, since, on_progress=tell)
    _note_throttle(room, outcome)
    outcome.open_gaps = _open_gaps(room, account.id)  # those of imports too, which no capture looks at
    return outcome


def _open_gaps(room: Room, account: str) -> list[str]:
    gaps = find_open(Gaps(room.place.archive, room.place.derived).open_now([account]))
    return [f"{gap.reason}, since {gap.opened_at:%Y-%m-%d %H:%M} UTC: {gap.detail}" for gap in gaps]


def _must_be_captured(account: Account) -> None:
    if account.import_only:
        mend = "Use `recordroom import` or `recordroom submit`, or take import_only out of its entry."
        raise UsageError(f"the register says of {account.id} that it is kept by imports only", mend)


def capture_url(room: Room, url: str, find: Callable[[], list[Account]], instead: RootAddress | None = None) -> tuple[Outcome, Receipt]:
    """Capture the conversation of a permalink now, whatever else runs, for that of the accounts that it is of: those that `find` gives, or
    UsageError. `instead`: the conversation that is captured where none of them takes the address."""
    try:
        accounts = find()
        for account in accounts:
            _must_be_captured(account)
        outcome, receipt = capture_first_match(room.place, room.register, accounts, url)
    except UsageError:
        if instead is None:
            raise
        instead_of = [room.register.account(instead.account)]
        outcome, receipt = capture_first_match(room.place, room.register, instead_of, instead.url)
        receipt = replace(receipt, url=url, instead=instead)
    _note_throttle(room, outcome)
    return outcome, receipt


def capture_requested(room: Room, name: str) -> tuple[str, CaptureResult]:
    """(in numbers and ids what the capture came to, the answer) of what was asked for under that name; the answer is there before this
    returns, also of what fails. UsageError where nobody asked; what was answered already is not captured again."""
    wanted = requests.find_request(room.place.derived, name)
    if wanted is None:
        raise UsageError(f"nobody asked for a capture {name!r}", "The records room asks, on its page Capture now.")
    if (before := requests.find_result(room.place.derived, name)) is not None:
        return "it was captured before", before
    try:
        words, answer = _captured(room, wanted)
    except RecordroomError as problem:
        words, answer = f"it failed: {problem.code}", CaptureResult(problem.words, nothing=isinstance(problem, UsageError))
    except Exception as mistake:  # whoever asked must not wait for what never comes
        requests.put_result(room.place.derived, name, CaptureResult(f"a mistake of the program: {named(mistake)}"))
        raise
    requests.put_result(room.place.derived, name, answer)
    return words, answer


def _captured(room: Room, wanted: CaptureRequest) -> tuple[str, CaptureResult]:
    secret = frozenset[str]() if wanted.restricted else registers.confidential(room.place.archive, room.place.settings.register_file)
    open_ = replace(room.register, accounts=tuple(account for account in room.register.accounts if account.id not in secret))
    known = {account.id for account in open_.accounts}
    instead = wanted.instead if wanted.instead and wanted.instead.account in known else None
    outcome, receipt = capture_url(room, wanted.url, partial(attribution.find_accounts, open_, wanted.url), instead)
    behind = catch_up(room)
    throttled = "the platform asks to be left alone for a while" if outcome.not_before else ""
    return line(outcome), CaptureResult(
        outcome.failure_words or throttled,
        tuple(receipt.lacking),
        tuple(receipt.not_given),
        receipt.ledger,
        receipt.entry,
        receipt.sha256 or "",
        receipt.committed_at or "",
        tuple((record["record_id"], record["kind"]) for record in receipt.records),
        receipt.media,
        behind.words if isinstance(behind, IndexProblem) else "",
        tuple((record["record_id"], sha256) for record in receipt.records for sha256 in record["files"]),
        receipt.whose,
        receipt.instead,
    )


def import_into(room: Room, account: Account, order: ImportOrder) -> ImportReport:
    """Import a file now, whatever else runs."""
    return import_file(room.place, room.register, account, order)


def waiting(room: Room) -> dict[str, str]:
    """Account -> what waits in this machine's spool, and what takes it up: of accounts that are not captured any more, since one that is
    takes up itself what its last capture left; and what was fetched from another account, which nothing takes up."""
    return _left(room) | {chain.id: f"{_OTHERS}: {folder}" for chain, folder in find_foreign(room.place.settings.spool)}


_OTHERS = (
    "what a capture that did not end had fetched of another account, as the register's address was wrong then, is not archived under this"
    " name; register that account under an id of its own where it is the agency's, and remove the folder once nobody needs it"
)


def _left(room: Room) -> dict[str, str]:
    captured = {(account.platform, account.id) for account in open_accounts(room)}
    root = room.place.settings.spool
    found = [chain for chain in find_abandoned(root) if (chain.platform, chain.id) not in captured]
    return {c.id: f"what a capture that did not end had fetched waits in {root / c.platform / c.id}; {_mend(room, c)}" for c in found}


def _mend(room: Room, chain: Chain) -> str:
    if chain.id in room.register.stopped:
        return "correct its entry in the register, and the next capture takes it up"
    if any(account.id == chain.id and account.import_only for account in room.register.accounts):
        return "it is kept by imports only: the next sweep takes it up, or its next import"
    if any(account.id == chain.id for account in room.register.accounts):
        return f"it is closed: the next sweep takes it up, or now `recordroom capture {chain.id}`"
    return f"put its entry back into the register, with closed_on, and run `recordroom capture {chain.id}`"


def take_up(room: Room) -> tuple[list[Outcome], dict[str, str]]:
    """Commit what waits in the spool of closed accounts; (what came, account -> why something waits there still)."""
    done, failed = [], {}
    for name in _left(room):
        account = next((a for a in room.register.accounts if a.id == name), None)
        if account is not None:
            try:
                done.append(run.recover(room.place, room.register, account))
            except RecordroomError as problem:
                failed[name] = str(problem)
    return done, waiting(room) | failed


def dying(room: Room) -> dict[str, str]:
    """Account -> in words when its token ends for want of a place that renewed ones can be saved in; none where there is such a place."""
    renewing = [a for a in open_accounts(room) if needs_saved_token(a)]
    why = airflow_secrets.why_not_writable() if renewing else ""
    return {account.id: f"{why}; its token ends {_end(room, account)}" for account in renewing} if why else {}


def _end(room: Room, account: Account) -> str:
    token = _sums(room, account).token
    return f"on {token['expires_at']}" if "expires_at" in token else "nobody knows when: the platform has not told yet"


@dataclass(frozen=True, slots=True)
class IndexProblem:
    """Why the index does not hold everything that it should. The captures are complete anyway."""

    words: str
    code: ExitCode  # of a command that meets it

    @classmethod
    def of(cls, problem: ArchiveError | ServiceUnavailable) -> IndexProblem:
        """Only damage in the archive is broken; an index is made again from it."""
        lasting = isinstance(problem, ArchiveError) and not isinstance(problem, Tampered)
        return cls(problem.words, ExitCode.ACT_SOON if lasting else problem.exit_code)


def catch_up(room: Room, progress: Progress | None = None) -> Filled | IndexProblem:
    """Index what was committed, or return why that is not possible."""
    try:
        return room.index().catch_up(progress=progress)
    except (ArchiveError, ServiceUnavailable) as problem:
        return IndexProblem.of(problem)


def check_index(room: Room) -> IndexProblem | None:
    """Compare the index with the ledgers; None if it holds everything that was committed until LATE ago."""
    chains = capture_chains(room.place.archive)
    try:
        marks = room.index().marks()
        late = count_missing(room.place.archive, chains, marks)[1]
    except IndexMissing as problem:
        return IndexProblem(f"there is no index. {problem.mend}", ExitCode.ACT_SOON) if chains else None
    except (ArchiveError, ServiceUnavailable) as problem:
        return IndexProblem.of(problem)
    if marks.made_by != mapping.digest():
        words = "the index was made by another version of recordroom. Run `recordroom rebuild index`."
        return IndexProblem(words, ExitCode.ACT_SOON)
    if not late:
        return None
    missing = ", ".join(f"{name}: {counted(number, 'entry')}" for name, number in sorted(late.items()))
    minutes = LATE // timedelta(minutes=1)
    words = f"entries of the ledgers are missing from the index for more than {minutes} minutes ({missing})"
    mend = "See the log of the task index in Airflow's DAG capture; `recordroom capture` indexes them too."
    return IndexProblem(f"{words}. {mend}", ExitCode.ACT_SOON)


def plain(outcome: Outcome) -> dict[str, Any]:
    """What people and logs are shown of a capture: numbers and ids, never record text."""
    told: dict[str, Any] = {
        "account": outcome.account,
        "capture_id": outcome.capture_id,
        "window": outcome.window,
        "seen": outcome.seen,
        "new": outcome.new,
        "changed": outcome.changed,
        "absent": outcome.absent,
        "requests": outcome.requests,
        "gaps": outcome.gaps,
        "not_before": instant(outcome.not_before) if outcome.not_before else None,
        "failure": outcome.failure,
    }
    return told


def label(outcome: Outcome) -> str:
    """The name of an account's task in Airflow, where there is little room: first what a person must see."""
    if outcome.failure:
        return f"{outcome.account}: {outcome.failure}"
    told = ["token ends soon"] if outcome.token else []
    told += [counted(len(outcome.open_gaps), "open gap")] if outcome.open_gaps else []
    if outcome.not_before is not None:
        told.append(f"throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC")
    else:
        told.append(f"{outcome.new} new, {outcome.changed} changed, {outcome.absent} absent")
    return f"{outcome.account}: {', '.join(told)}"


def line(outcome: Outcome) -> str:
    """One line for the operator's screen."""
    soon = "".join(f" - {words}" for words in (outcome.restarted, outcome.token) if words)
    if outcome.not_before is not None:
        standing = "" if outcome.open_gaps is None else f", {counted(len(outcome.open_gaps), 'gap')} open"
        return f"{outcome.account}: throttled until {outcome.not_before:%Y-%m-%d %H:%M} UTC{standing}{soon}"
    numbers = f"{outcome.seen} seen, {outcome.new} new, {outcome.changed} changed, {outcome.absent} absent"
    numbers += f", {outcome.requests} requests, {len(outcome.gaps)} new gaps"
    numbers += "" if outcome.open_gaps is None else f", {len(outcome.open_gaps)} open"
    if outcome.unfinished:
        numbers += f"; the first capture goes on{f', back to {outcome.back_to[:10]}' if outcome.back_to else ''}"
    return f"{outcome.account}: {numbers}{soon}" + (f" - FAILED: {outcome.failure}" if outcome.failure else "")


def verify(share: tuple[int, int] | None = None, anchored: Path | None = None, progress: Progress | None = None) -> Report:
    """Whatever the register says, and however it was harmed."""
    outside = anchor.load(anchored) if anchored else None
    return verification.verify(Workspace.of(settings.load()).archive, share=share, anchored=outside, progress=progress)


def compact(room: Room) -> int:
    """Merge small Parquet files; the number merged."""
    place, heads = room.place, {}
    for chain in capture_chains(place.archive):
        state = Overall(place.archive, place.derived, chain)
        heads[chain.id] = (state.tail.number, state.sums.rows)
    return compaction.compact(place.derived, file_system(place.settings), heads)


def rebuild_records(room: Room, progress: Progress | None = None) -> Rebuilt:
    """Read what could not be read before, then derive all rows anew."""
    found = sum(
        reparse(room.place, room.register.agency.id, room.register.agency.contact, a) for a in room.register.accounts if not a.import_only
    )
    done = rebuild.rebuild_records(room.place.archive, room.place.derived, progress)
    done.reparsed = found
    return done


def write_anchor(room: Room) -> str:
    """Anchor all chains; the root."""
    root: str = anchor.append(room.place.archive, room.place.settings.anchor_dir).body["root"]
    return root


def unanchored(room: Room, now: datetime) -> str:
    """In words, that for two nights no anchor was written; "" where one was, or the archive is younger."""
    newest = anchor.last(room.place.archive) or Ledger(room.place.archive, registers.NAME).read(1)
    if newest is None or now < newest.at + NIGHTS + PATIENCE:
        return ""
    since = f"No anchor was written since {dates.both(newest.at)}, though one is every night, after the archive was verified"
    return f"{since}: see whether Airflow's DAG fixity runs."


def verify_derived(progress: Progress | None = None) -> list[Problem]:
    """`verify --full` of all accounts."""
    place = Workspace.of(settings.load())
    found = (compare_account(place.archive, place.derived, place.settings, a, progress) for a in capture_chains(place.archive))
    return [problem for problems in found for problem in problems] + compare_gaps(place.archive, place.derived)


def make_export(order: str) -> dict[str, Any]:
    """Make what was ordered in the room, by its id; what came of it, as whoever sees Airflow's pages may read it: how often something was
    put under quarantine is not for them. One that another process makes is left to it."""
    try:
        return {name: value for name, value in making.make(settings.load(), order).items() if name != "quarantine"}
    except UnderWay as problem:
        print(problem)
        return {}


def remove_old_exports(*, by_age: bool) -> tuple[int, int, int]:
    """(files of exports that were removed, as RECORDROOM_EXPORT_DAYS says if `by_age`, removals that were finished, files of orders that
    another version of recordroom wrote)."""
    loaded = settings.load()
    searcher = Searcher(loaded, store.archive(loaded), store.derived(loaded))
    return removal.nightly(searcher, loaded.export_days if by_age else None)
