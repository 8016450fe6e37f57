"""One capture of one account: who answers, what the window holds, what changed, what is gone, what we lack.

A failure never loses what was read before it: it ends the capture with a final manifest that names it, proves nothing absent, and
opens a gap, which the next capture closes that reads as much to its end. A throttle is no failure: the manifest says when to come back.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recordroom.accounts import Account, Register
from recordroom.archive.gaps import FAILED, MISSED, POSTS_MISSED, AccountGaps
from recordroom.archive.held import RECENT, Held, is_narrow
from recordroom.archive.ledger import actor
from recordroom.archive.state import State
from recordroom.capture import absences, budget, completeness, files, parsers, purse, receipt, recovery
from recordroom.capture.budget import Meter
from recordroom.capture.client import HttpClient, is_private
from recordroom.capture.commit import commit
from recordroom.capture.content import records_in
from recordroom.capture.identity import who_answers
from recordroom.capture.judge import Judge, extent_of
from recordroom.capture.look import Look
from recordroom.capture.outcome import Outcome
from recordroom.capture.place import Archive
from recordroom.capture.plan import PUT_OFF, Plan
from recordroom.capture.receipt import Receipt
from recordroom.capture.seen import Seen
from recordroom.capture.segment import Segment
from recordroom.capture.spool import AccountSpool, SegmentSpool, held, remove
from recordroom.capture.tokens import Keeper, warning, who
from recordroom.capture.windows import choose, last_whole
from recordroom.capture.words import Words
from recordroom.capture.work import Spent, Work
from recordroom.counted import counted
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    BudgetSpent,
    PlatformFailure,
    RecordroomError,
    SpoolFull,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
    named,
)
from recordroom.explained import MASS_ABSENCE
from recordroom.model import MESSAGE, Absence, Exchange, Identity, Media, Record, Totals, instant, moment, sha256
from recordroom.platforms import Window, load
from recordroom.platforms.answers import told_by
from recordroom.platforms.unread import spared

HISTORY_AT_MOST = timedelta(minutes=10)
STARVED = timedelta(hours=30)  # a day, and what two nightly sweeps may differ by
STARVED_OF_STORIES = timedelta(hours=23)  # of the 24 of a story: it may come behind much else that a capture reads


Tell = Callable[[int], None]


def capture(
    place: Archive,
    register: Register,
    account: Account,
    kind: str | None = None,
    since: datetime | None = None,
    *,
    tell: Tell | None = None,
) -> Outcome:
    """Capture an account. `kind`: recent, sweep (all of it, and of the conversations what the plan wants), full (all of it) or history;
    None: recent, and history for an account never captured. What a person asked for with `since` is read without a plan. `tell` hears of
    each answer how many records were seen up to it."""
    with _running(place, register, account, kind, since) as running:
        running.tell = tell
        return running.run()


def capture_one(place: Archive, register: Register, account: Account, url: str) -> tuple[Outcome, Receipt]:
    """Capture the conversation of a permalink, beside whatever else captures the account at this moment."""
    running = _Capture(place, register, account, AccountSpool(place.settings.spool, account.platform, account.id), url=url)
    try:
        outcome = running.run()
        unread = running.plan.unread_roots()
        return outcome, receipt.of(place.archive, account, running.state, url, seen=running.seen, short=running.short, unread=unread)
    except UsageError:  # the address is none of this account: nothing was captured
        remove(running.folder)
        raise
    finally:
        running.close()


def take_up(place: Archive, register: Register, account: Account) -> Outcome:
    """Commit what dead captures left of an account that is closed: nobody is asked for anything but media that are lacking."""
    with _running(place, register, account) as running:
        return running.take_up()


@contextmanager
def _running(
    place: Archive, register: Register, account: Account, kind: str | None = None, since: datetime | None = None
) -> Iterator[_Capture]:
    spool = AccountSpool(place.settings.spool, account.platform, account.id)
    with spool.locked():
        running = _Capture(place, register, account, spool, kind=kind, since=since)
        try:
            yield running
        finally:
            running.close()


class _Capture:
    def __init__(
        self, place: Archive, register: Register, account: Account, spool: AccountSpool, *,
        kind: str | None = None, since: datetime | None = None, url: str | None = None,
    ) -> None:  # fmt: skip
        self.place, self.register, self.account, self.spool = place, register, account, spool
        self.connector = load(account.platform)
        self.state = State(place.archive, place.derived, account, writes=True)
        self.started = datetime.now(UTC)
        self.capture_id = f"{self.started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self.rate = budget.rate(account, register.accounts, self.state.sums, self.started)
        self.money = budget.money(account, register.accounts, self.state.sums, self.started)
        self.today = budget.money_today(account, register.accounts, self.state.sums, self.started)
        sums = self.state.sums
        window = choose(sums, kind, since, self.started, url)
        self.planned = window.kind != "history" and kind in (None, "recent", "sweep") and since is None and url is None
        swept = last_whole(sums, self.started) if self.planned and window.kind == "full" else None
        self.plan = Plan(self.started, self._find, self._find_within, self._pressure, everything=not self.planned, swept=swept)
        written = sums.present("post") + sums.present("comment") > 0
        self.window = self._with_messages(replace(window, files=self._files_of, plan=self.plan, held=written, holds=self._holds))
        self.folder = spool.folder / self.capture_id
        self.gaps = AccountGaps(place.archive, place.derived, account.id, self.state.sums.gap_ids)
        self.seen = Seen(self.connector.PLATFORM.counted, self.connector.PLATFORM.counted_for)
        self.cursor = self.window.cursor
        self.validators: dict[str, Any] = {}
        self.short = ""  # what the platform's lists leave out, in the connector's words
        self.failing = False  # whether the last answer gave nothing
        self.uncounted = ""  # that it does not count what the account has, in words
        self.not_given = False  # whether a conversation was not given, which `short` says too
        self.messages_refused = ""  # why private messages were not given
        waits = sums.read.get("unavailable", "")
        self.back_waits = waits if waits > instant(self.started - absences.BACK) else ""  # since when what is unavailable was not asked for
        self.newest_message: datetime | None = None
        self.tell: Tell | None = None
        self.failure: RecordroomError | None = None
        self.unreadable: PlatformFailure | None = None  # the first response that could not be read, and the hashes of all
        self.unread: list[str] = []
        self.client = HttpClient(
            contact=register.agency.contact,
            limit=place.settings.response_limit,
            private=is_private(account.api_url or account.url),
            transport=place.transport,
            meter=Meter(self.connector.PLATFORM, self.money),
        )
        self.keeper = Keeper(account, self.connector, self.client, place.settings.spool / "tokens")
        self.work = Work(
            archive=place.archive,
            derived=place.derived,
            account=account,
            agency=register.agency.id,
            parser=parsers.of_platform(account.platform),
            state=self.state,
            capture_id=self.capture_id,
            window=_told(self.window),
            started=self.started,
            identity=None,
            fetch_media=self._fetch_media,
            who=actor(),
        )
        self.look = Look(self.work, self.window, self.plan, self.seen)
        self.outcome = Outcome(account.id, self.capture_id, self.window.kind, warnings=register.warnings(account.id))
        self.segment = Segment(self.work, SegmentSpool(self.folder, 1))

    def _with_messages(self, window: Window) -> Window:
        """A time that lies ahead was written by a clock that was wrong."""
        if not self.account.reads_messages or window.kind == "one":
            return window
        sums = self.state.sums
        last = sums.read.get("messages")
        return replace(
            window,
            messages=True,
            messages_since=min(moment(last), self.started) if last else None,
            messages_held=sums.present(MESSAGE) > 0,
        )

    def close(self) -> None:
        self.client.close()
        self.seen.close()
        self.plan.close()

    def run(self) -> Outcome:
        try:
            with held(self.folder, {"capture_id": self.capture_id, "window": self.work.window, "started": instant(self.started)}):
                self._read_or_fail()
                shutil.rmtree(self.folder)
        except SpoolFull as failure:  # not even for that folder: no spool is needed to say so
            recovery.remake_rows(self.work)  # the next capture looks only at what came since this one began
            self._fail(failure)
            remove(self.folder)
        self.outcome.requests, self.outcome.seen = self.client.requests, len(self.seen)
        self.outcome.leftover, self.outcome.gaps = self.work.leftover, self.gaps.opened
        if self.outcome.unfinished:
            self.outcome.back_to = next((held.window_at for held in self.state.window(None)), None)
        if self.state.snapshot_due():
            self.state.put_snapshot()
        return self.outcome

    def _read_or_fail(self) -> None:
        try:
            self._read()
        except (PlatformFailure, SpoolFull) as failure:
            self._fail(failure)
        except (RecordroomError, OSError):
            raise
        except Exception as mistake:  # noqa: BLE001 (a connector's own mistake is told like any other failure)
            frames, words = "".join(traceback.format_tb(mistake.__traceback__)), named(mistake)
            logging.getLogger(__name__).error(self.client.scrubber.text(f"{frames}{words}"))
            words = f"the connector {self.account.platform} failed: {words}"
            self._fail(UnexpectedResponse(self.client.scrubber.text(words), "Report this; the log has the place."))

    def take_up(self) -> Outcome:
        with suppress(PlatformFailure):  # a closed account needs no token
            self._authorize()
        self._recover()
        shutil.rmtree(self.folder, ignore_errors=True)  # it is there only if evidence was adopted from the bucket
        self.outcome.window, self.outcome.requests = "recovered", self.client.requests
        self.outcome.gaps = self.gaps.opened
        return self.outcome

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        recovers = self.window.kind != "one"  # that must be quick, and is not alone
        known = self.state.sums.identity is not None
        try:
            self._authorize()
        finally:  # what dead captures left waits for no token: it is on this disk alone
            if recovers and known:
                self._recover()
            elif recovers:  # no more can be done before anybody has answered, which may fail
                recovery.remake_rows(self.work)
        self.account = self.account.identified(self._identify())
        self.work.account = self.account
        if recovers and not known:  # nobody knew until now who is meant: it may be another account's
            self._recover()
        if self._must_inspect:
            self.keeper.inspect()
        if self.window.since and self.window.since >= self.started - RECENT:  # else it may be all of a large account
            self.work.cache = {h.record_id: h for h in self.state.window(self.window.since)}
        if self.planned:
            self.plan.know(self.look.held())
        whole = self._fetch(self.connector.fetch(self.account, self.window, self.client))
        if self.unreadable is not None:
            raise self.unreadable
        missing = self._look_for_absent()
        totals = self._totals() if whole and self.window.kind != "one" else None
        self._end(whole, missing, totals)

    def _totals(self) -> Totals | None:
        """The platform's own counts. Where it refuses or fails to tell them, all is captured without, and it is told; but one that did not
        give the last thing it was asked for either is down."""
        try:
            return self.connector.totals(self.account, self.client)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            if self.failing:
                raise
            self.uncounted = f"{self.connector.PLATFORM.title} does not tell how much the account has ({told_by(spared(failure))})"
            self._lacks(self.uncounted)
            return None

    def _lacks(self, words: str) -> None:
        """Beside what the connector said of its lists."""
        if words not in self.short:
            self.short = "; ".join(filter(None, [self.short, words]))

    def _pressure(self, waiting: int = 0) -> float:
        """The share that is spent of the day's rate, quota or money, or will be when so many more conversations are read."""
        meter, conversation = self.client.meter, budget.of_conversation(self.connector.PLATFORM, self.state.sums)
        return budget.pressure((self.rate, meter.units + waiting), (self.today, meter.paid + waiting * conversation))

    def _find(self, record_id: str) -> Held | None:
        return self.state.get([record_id]).get(record_id)

    def _holds(self, record_id: str) -> bool:
        return self._find(record_id) is not None

    def _find_within(self, record_id: str) -> Held | None:
        if self.work.cache is not None:
            return self.work.cache.get(record_id)
        held = self._find(record_id)
        return held if held is not None and held.window_at >= self.work.window.get("since", "") else None

    def _authorize(self) -> None:
        try:
            self.client.meter.pay_from(purse.opened(self.place, self.register.accounts, self.account, self.money))
            self.keeper.open()
        finally:
            self._guard()

    def _guard(self) -> None:
        """The last check at put knows every secret that was used."""
        self.place.archive.secrets = self.place.derived.secrets = self.client.scrubber.forms

    def _recover(self) -> None:
        recovery.remake_rows(self.work)
        imported = max((one["time"] for one in self.state.sums.imports.values()), default="")
        if self.window.kind == "full" or imported >= (self.state.sums.last_start or "") or any(f != self.folder for f in self.spool.left()):
            self.gaps.reload()  # a capture that died may have opened one, and an import closed one
        found = recovery.recover(self.work, self.spool, self.folder)
        self.outcome.new += found.new
        self.outcome.changed += found.changed
        for key in found.torn:
            self.gaps.add("torn-evidence", f"{key} is torn: a part of it is missing")
        for capture_id in found.unread:
            words = f"what capture {capture_id}, which died, had fetched cannot be read by this version of recordroom; it is tried again"
            self.gaps.add("torn-evidence", words)

    def _identify(self) -> Identity:
        answered = who_answers(self.account, self.state, self.connector, self.client)
        words = {"native_id": answered.native_id, "server": answered.server, "title": answered.title, "handle": answered.handle}
        self.work.identity = {k: v for k, v in words.items() if v is not None}
        pinned = self.state.sums.identity or self.work.identity
        return replace(answered, native_id=pinned["native_id"], server=pinned["server"])

    def _fetch(self, exchanges: Iterator[Exchange]) -> bool:
        """Read the window segment by segment; whether it was read to its end."""
        for exchange in exchanges:
            self._note(exchange)
            records = self._parse(exchange)
            self._note_messages(exchange, records)
            self._observe(exchange, records)
            self.cursor = exchange.cursor
            if self.window.kind == "history" and self.cursor and self._is_enough():
                return False
            if self.segment.full:
                self._next_segment()
            self.keeper.renew_in_time()
            self._guard()
        self.cursor = None
        return True

    def _is_enough(self) -> bool:
        """Whether a history leaves the rest to its next run."""
        return datetime.now(UTC) - self.started > HISTORY_AT_MOST or self._pressure() >= budget.OLD

    def _note(self, exchange: Exchange) -> None:
        self.work.pages += 1
        self._note_spent()
        if exchange.context.get("validator"):
            tags = {name: exchange.header(name) for name in ("etag", "last-modified")}
            self.validators[exchange.url] = {k: v for k, v in tags.items() if v}
        self.short = exchange.context.get("short", self.short)
        self.not_given = self.not_given or "unread" in exchange.context
        self.failing = "not_given" in exchange.context
        if words := exchange.context.get("missed"):
            last = self.state.sums.read.get("recent")
            self.gaps.open(f"{POSTS_MISSED}{self.capture_id}", words, moment(last) if last else None, self.started)
        self.messages_refused = exchange.context.get("messages_refused", self.messages_refused)

    def _note_messages(self, exchange: Exchange, records: list[Record]) -> None:
        """What was missed is put down before the messages beside it are: once these are held, nothing would tell of it."""
        times = [self.newest_message, *(r.published_at for r in records if r.kind == MESSAGE)]
        self.newest_message = max(filter(None, times), default=None)
        if words := exchange.context.get("messages_missed"):
            self.gaps.open(f"{MISSED}{self.capture_id}", words, self.window.messages_since, self.newest_message)

    def _note_spent(self) -> None:
        self.work.requests, self.work.units, self.work.paid = self.client.requests, self.client.meter.units, self.client.meter.paid

    def _parse(self, exchange: Exchange) -> list[Record]:
        """The records of a response. One that cannot be read is kept, and the capture goes on: what follows may be seen only now."""
        try:
            records = records_in(self.connector, exchange)
        except PlatformFailure as failure:
            self._keep_unread(exchange, failure)
            return []
        for record in records:
            for name in record.leftover:
                self.work.leftover[name] = self.work.leftover.get(name, 0) + 1
        return records

    def _keep_unread(self, exchange: Exchange, failure: PlatformFailure) -> None:
        digest = sha256(exchange.body)
        if digest not in (self.state.sums.failure or {}).get("bodies", ()):  # else the last capture kept it
            self.segment.keep_failure(exchange, failure.message)
        self.unread.append(digest)
        self.plan.unread(exchange.context.get("root"))
        failure.exchange = None  # it is kept, or was
        self.unreadable = self.unreadable or failure

    def _observe(self, exchange: Exchange, records: list[Record]) -> None:
        self.seen.add(records)
        self.segment.observe(exchange, records)
        if self.window.kind in ("full", "one"):
            self.segment.retry_media(exchange, records)
        if self.tell:
            self.tell(len(self.seen))

    def _files_of(self, record_id: str) -> tuple[str, ...]:
        held = self.segment.view([record_id]).get(record_id)
        return tuple(held.media) if held else ()

    def _fetch_media(self, item: Media, folder: Path) -> dict[str, Any]:
        """One that costs much waits for another night, so that whatever else is due today can be asked for."""
        units = self.client.meter.of_file(item)
        if units and self.planned and self._pressure(units) >= budget.FILES:
            words = f"not fetched: it takes {units} of the day's quota, of which the rest is for what cannot wait; it is asked for again"
            return {"identity": item.identity, "time": instant(datetime.now(UTC)), "missing_reason": words}
        self.client.meter.units += units
        return files.fetch(self.client, self.place.settings.media_limit, item, folder)

    def _next_segment(self, final: dict[str, Any] | None = None) -> None:
        self._note_spent()
        untold = self.segment.spent
        if self.segment.changes or self.segment.lines or final is not None or self.window.kind == "history":
            body = commit(self.segment, final, self.cursor).body
            self.outcome.new += body["new"]
            self.outcome.changed += body["changed"]
            untold = Spent()
        self.segment = Segment(self.work, SegmentSpool(self.folder, self.segment.spool.number + 1))
        self.segment.untold = untold

    # -- the end ---------------------------------------------------------------------------------------------------------

    def _look_for_absent(self) -> absences.Missing:
        if self.window.kind == "one":
            with suppress(PlatformFailure):  # all the conversation shows is read; the receipt says what lacks
                absences.look_for_unshown(self.segment, self.look.held(), self.seen, self.client)
        if self.window.kind not in ("recent", "full") or self.connector.PLATFORM.window_is_partial:
            return absences.Missing()
        expected = (h for h in self.look.held() if h.doubted or h.record_id in self.seen or not self.look.leaves_out(h))
        missing = absences.look_for(self.segment, expected, self.seen, self.client, self._identify)
        self._prove(missing.absences)
        if self.window.kind == "full" and missing.still_doubted:
            self._believe(missing)
        if self.window.kind == "full":
            self._look_back(missing)
        title = self.connector.PLATFORM.title
        self._lacks(missing.short)
        if missing.failing:
            which = f"{counted(len(missing.failing), 'record')} (first: {missing.failing[0]})"
            why = f": {missing.failure}" if missing.failure else ""
            self._lacks(f"{title} does not tell whether {which} can still be seen{why}")
        if missing.waiting:
            which = counted(missing.waiting, "record")
            self._lacks(f"{title}'s lists leave out more than is asked for at once: whether {which} can still be seen is asked in turn")
        if missing.unbelieved:
            which = counted(missing.unbelieved, "record")
            self._lacks(
                f"{title} gives {which} that could not be seen another status, all at once: it is not believed; they are asked for again"
            )
        return missing

    def _look_back(self, missing: absences.Missing) -> None:
        """It can wait: a throttle or the end of the money ends no sweep that has read everything else. Where none came to it for as long as
        each turn takes, that is told, as it is where the platform refuses or fails; each has its turn again."""
        title, words = self.connector.PLATFORM.title, "whether what is unavailable can be seen again"
        asked = absences.turns(self.segment, self.look.held(), self.seen)
        if asked:
            self.back_waits = self.back_waits or instant(self.started)
        try:
            if asked and self._pressure() < budget.OLD:
                self._identify()
                self._prove(absences.look_back(self.segment, asked, self.seen, self.client, missing))
                self.back_waits = ""
        except (Throttled, BudgetSpent):
            pass
        except (Blocked, UnexpectedResponse) as failure:
            self.back_waits = ""
            self._lacks(f"{title} does not tell {words} ({failure.message})")
        if self.back_waits and self.started - moment(self.back_waits) >= timedelta(days=absences.TURN):
            self._lacks(f"since {self.back_waits[:10]} {title} was not asked to the end {words}: it throttled, or the budget was spent")

    def _prove(self, absences: Iterable[Absence]) -> None:
        for exchange, said in _by_exchange(absences):
            self.outcome.absent += len(self.segment.prove(said, exchange))

    def _believe(self, missing: absences.Missing) -> None:
        """What a person confirms to be gone, however much it is: asked for by id like any other, while the account can be read. What time
        or budget leaves over waits for the next sweep."""
        words, began = Words(self.place.archive, self.account), datetime.now(UTC)
        word, times = words.of(MASS_ABSENCE), {h.doubted_at for h in missing.still_doubted if h.doubted_at}
        reached = {time for time in times if words.reaches(MASS_ABSENCE, moment(time))}
        waiting = [h for h in missing.still_doubted if h.doubted_at in reached]
        while word and waiting and self._pressure() < budget.OLD and datetime.now(UTC) - began < HISTORY_AT_MOST:
            block, waiting = waiting[: absences.ASKED_AT_MOST], waiting[absences.ASKED_AT_MOST :]
            self._identify()
            confirmed = f"that so many are gone at once, the register confirms (mass-absence, {word.until})"
            self._prove(absences.ask_again(self.segment, block, self.seen, self.client, missing, confirmed=confirmed))
            self._note_spent()
            if self.segment.full:
                self._next_segment()
        missing.confirmed = len(waiting)

    def _doubted_elsewhere(self, missing: absences.Missing) -> list[str]:
        """What is in doubt before the last days: asked for only where these bring more."""
        since = self.work.window.get("since", "")
        found = self.state.window(None) if missing.doubted and since else ()
        return [held.record_id for held in found if held.present and held.doubted and held.window_at < since]

    def _end(self, whole: bool, missing: absences.Missing, totals: Totals | None) -> None:
        """The final manifest of a capture that met no failure. `whole` False: a history that goes on."""
        compared = None
        if whole:
            sums = self.state.sums.after(change.delta for change in self.segment.changes)
            compared = completeness.compare(sums, totals, self.seen, self.plan, self.connector.PLATFORM.unshown)
            self.outcome.lacking = compared.lacking
            if self.window.kind != "one":
                self._judge(missing, compared)
        final: dict[str, Any] = {"complete": whole}
        if whole and self.window.messages and not self.messages_refused and (read := self._messages_read):
            final["messages_read"] = read
        if compared and self.window.kind in ("recent", "full"):
            final |= self.look.seen_part(self.segment, missing, compared.roots)
        elif self.window.kind == "history":
            final |= self.look.visited()
        if self.back_waits and self.window.kind == "full":
            final["unavailable_waits"] = self.back_waits
        if missing.absences:
            final["absences"] = [{"record_id": a.record_id, "status": a.status, "reason": a.reason} for a in missing.absences]
        if compared:
            final["completeness"] = compared.manifest
        self.outcome.unfinished = not whole
        self._next_segment(final | self._closing())

    @property
    def _messages_read(self) -> str:
        """Up to when private messages were read. A history may have read them in its first run; captures beside it know better."""
        sums = self.state.sums
        if self.window.kind == "history" and self.window.cursor:
            return "" if "messages" in sums.read else sums.history.get("began", "")
        return instant(self.started)

    @property
    def _must_inspect(self) -> bool:
        """Each night, and while its end is near or not known: it may have been replaced."""
        known = self.state.sums.token
        return self.window.kind in ("full", "history") or not known or bool(warning(self.account, known, self.started))

    def _closing(self) -> dict[str, Any]:
        """What every final manifest says."""
        token = self.keeper.standing() or self.state.sums.token
        self.outcome.token = warning(self.account, token, self.started)
        self.outcome.warnings += [self.outcome.token] if self.outcome.token else []
        part: dict[str, Any] = {"ended": instant(datetime.now(UTC)), "gap_ids": sorted(self.gaps.ids), "warnings": self.outcome.warnings}
        part |= {"leftover": self.work.leftover} if self.work.leftover else {}
        part |= {"token": token} if token else {}
        part |= {"budget": narrowed} if (narrowed := self._narrowed()) else {}
        return part | ({"validators": self.validators} if self.validators else {})

    def _narrowed(self) -> dict[str, Any]:
        """What was put off, since the budget was nearly spent, and until when."""
        put_off = self.plan.counted(wanted=False).get(PUT_OFF, 0)
        stopped = isinstance(self.failure, BudgetSpent)
        meter = self.client.meter
        share, spent = max(((self.rate, meter.units), (self.today, meter.paid)), key=budget.pressure)
        if stopped:
            share, spent = self.money, meter.paid
        waits = stopped or put_off or (self.outcome.unfinished and self._pressure() >= budget.OLD)
        if share is None or share.allowed is None or not waits:
            return {}
        told = {"limit": share.limit.name, "allowed": share.allowed, "spent": share.spent + spent, "until": instant(share.until)}
        return told | ({"conversations": put_off} if put_off else {}) | ({"stopped": True} if stopped else {})

    # -- gaps and failures -----------------------------------------------------------------------------------------------

    def _judge(self, missing: absences.Missing, compared: completeness.Completeness) -> None:
        """Open and close gaps after a complete window."""
        words = Words(self.place.archive, self.account)
        narrow = is_narrow(self.work.window.get("since"), instant(self.started))
        judge = Judge(self.gaps, self.account, self.connector.PLATFORM, self.window, words, f"capture {self.capture_id}", narrow)
        judge.captured()
        ahead = timedelta(seconds=max(0, self.place.archive.skew_seconds))  # such a clock makes up time, and must hide none
        last = self._last_read("recent")
        if last and self.started - ahead - last > (STARVED_OF_STORIES if self.connector.PLATFORM.shows_for_a_day else STARVED):
            judge.lapse(self.capture_id, last, self.started - ahead)
        judge.absences(missing, self._doubted_elsewhere(missing))
        if compared.number or not self.uncounted:
            judge.counts(compared)
        judge.limits(self.short, unread=self.not_given)
        judge.messages(self.messages_refused)
        judge.missed()

    @property
    def _extent(self) -> str:
        return extent_of(self.window)

    def _fail(self, failure: RecordroomError) -> None:
        """The final manifest of a capture that met a failure: what was read before it stays, nothing is absent."""
        kind, self.failure = type(failure).__name__, failure
        if isinstance(failure, TokenExpired):
            failure.mend = f"{failure.mend.rstrip('. ')}. Who can: {who(self.account)}."
        final: dict[str, Any] = {"complete": False, "failure": {"type": kind, "message": failure.message, "mend": failure.mend}}
        if self.unread:
            final["failure"]["bodies"] = self.unread
        if isinstance(failure, SpoolFull):
            self.segment.cut_short()
        elif isinstance(failure, PlatformFailure) and failure.exchange is not None and self._is_news(failure):
            self.segment.keep_failure(failure.exchange, failure.message)
        if isinstance(failure, Throttled):
            final["not_before"] = instant(failure.until)
            self.outcome.not_before = failure.until
        else:
            self.outcome.failure, self.outcome.failure_words = str(failure), failure.words
        if self.window.kind == "one":  # whoever asked for it is told; the account's own captures are not concerned
            self._next_segment(final | self._closing())
            return
        final |= self.look.visited()
        read = self._last_read("whole" if self._extent else "recent")
        if not isinstance(failure, Throttled) or read is None or self.started - read > STARVED:
            self.gaps.open(f"{FAILED}{kind}{self._extent}", failure.message, None if self._extent else read)
        self._next_segment(final | self._closing())

    def _last_read(self, what: str) -> datetime | None:
        """When that was last read to its end (`recent` or `whole`): from then on something may be lacking. A throttle is courtesy; one that
        has kept us from it for more than a day is a gap. None: not known, a clock that was wrong wrote a time that lies ahead."""
        last = self.state.sums.read.get(what)
        read = moment(last) if last else self.started
        return read if read <= self.started else None

    def _is_news(self, failure: PlatformFailure) -> bool:
        """The same failure at every capture is kept once, not a hundred times a day."""
        last = self.state.sums.failure
        return last is None or (last["type"], last["message"]) != (type(failure).__name__, failure.message)


def _told(window: Window) -> dict[str, str]:
    """The window as manifests name it."""
    since = {"since": instant(window.since)} if window.since else {}
    return {"kind": window.kind} | since | ({"url": window.url} if window.url else {})


def _by_exchange(said: Iterable[Absence]) -> list[tuple[Exchange, list[Absence]]]:
    """Absences grouped by the answer that proves them."""
    grouped: dict[int, tuple[Exchange, list[Absence]]] = {}
    for absence in said:
        grouped.setdefault(id(absence.exchange), (absence.exchange, []))[1].append(absence)
    return list(grouped.values())
