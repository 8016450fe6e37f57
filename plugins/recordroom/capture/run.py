"""One capture of one account: who answers, what the window holds, what changed, what is gone, what we lack.

A failure never loses what was read before it: it ends the capture with a final manifest that names it, proves nothing absent, and
opens a gap, which the next capture closes that reads as much to its end. A throttle is no failure: the manifest says when to come back.
"""

from __future__ import annotations

import logging
import shutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.archive.gaps import FAILED
from recordroom.archive.state.account_summary import RECENT, is_narrow
from recordroom.capture import absences, budget, completeness, receipt, recovery
from recordroom.capture.commit import check_catalog
from recordroom.capture.fetching import Tell
from recordroom.capture.judge import Judge, extent_of
from recordroom.capture.looking import Looking
from recordroom.capture.outcome import Outcome
from recordroom.capture.place import Archive
from recordroom.capture.plan import PUT_OFF
from recordroom.capture.receipt import Receipt
from recordroom.capture.spool import AccountSpool, held, is_unchecked, remove
from recordroom.capture.tokens import warning, who
from recordroom.capture.words import Words
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
    describe_mistake,
)
from recordroom.model import Totals, instant, moment
from recordroom.platforms.answers import told_by
from recordroom.platforms.unread import spared
from recordroom.register.models import Account, Register
from recordroom.stored_texts import meanings, text

STARVED = timedelta(hours=30)  # a day, and what two nightly sweeps may differ by
STARVED_OF_STORIES = timedelta(hours=23)  # of the 24 of a story: it may come behind much else that a capture reads


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


class _Capture(Looking):
    def run(self) -> Outcome:
        try:
            with held(self.folder, {"capture_id": self.capture_id, "window": self.work.window, "started": instant(self.started)}):
                self._read_or_fail()
                if not is_unchecked(self.folder):
                    shutil.rmtree(self.folder)
        except SpoolFull as failure:  # not even for that folder: no spool is needed to say so
            self._remake_rows()  # the next capture looks only at what came since this one began
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
            frames, words = "".join(traceback.format_tb(mistake.__traceback__)), describe_mistake(mistake)
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

    def _read(self) -> None:
        recovers = self.window.kind != "one"  # that must be quick, and is not alone
        known = self.state.sums.identity is not None
        try:
            self._authorize()
        finally:  # what dead captures left waits for no token: it is on this disk alone
            if recovers and known:
                self._recover()
            elif recovers:  # no more can be done before anybody has answered, which may fail
                self._remake_rows()
        self.account = self.account.with_identity(self._identify())
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
        self._keep_authorized()
        try:
            return self.connector.totals(self.account, self.client)
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            if self.failing:
                raise
            self.uncounted = text("uncounted", platform=self.connector.PLATFORM.title, why=told_by(spared(failure)))
            self._lacks(self.uncounted)
            return None

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

    @property
    def _token(self) -> dict[str, str]:
        """What is known of it: what was known before, where this capture learnt nothing; but not an end that has passed while it serves."""
        known, told = self.state.sums.token, self.keeper.standing()
        if told or self.keeper.knows:
            return told
        passed = "dies_at" in known and moment(known["dies_at"]) <= self.started
        return {} if passed and self.failure is None else known

    def _closing(self) -> dict[str, Any]:
        """What every final manifest says."""
        check_catalog(self.segment)
        self._warn_once(recovery.report_waiting_rows(self.work, self.gaps))
        if self.state.damage:
            words = f"{self.state.damage}. This capture read the ledger instead and writes a new snapshot; nothing is missing."
            self.outcome.warnings.append(words)
        token = self._token
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
        kind, self.failure = failure.code, failure
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
            self.outcome.failure, self.outcome.failure_words = str(failure), failure.public_message
        if self.window.kind == "one":  # whoever asked for it is told; the account's own captures are not concerned
            self._next_segment(final | self._closing())
            return
        final |= self.look.visited()
        read = self._last_read("whole" if self._extent else "recent")
        if not isinstance(failure, Throttled) or read is None or self.started - read > STARVED:
            self.gaps.reload()  # one that died on another machine may have closed it, and told nobody
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
        if last is None or last["type"] != failure.code:
            return True
        return meanings(last["message"], numbers=True) != meanings(failure.message, numbers=True)
