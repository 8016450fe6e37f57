"""What one capture of an account works with, and how it reads: who answers, what is fetched, parsed, compared and committed, a segment
after the other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recordroom.archive import secret_scan
from recordroom.archive.gaps import MISSED, POSTS_MISSED, AccountGaps
from recordroom.archive.ledger import actor
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import sha256
from recordroom.capture import absences, budget, files, parsers, purse, recovery
from recordroom.capture.addresses import private_servers
from recordroom.capture.budget import Meter
from recordroom.capture.client import HttpClient
from recordroom.capture.commit import commit
from recordroom.capture.content import records_in
from recordroom.capture.identity import who_answers
from recordroom.capture.look import Look
from recordroom.capture.outcome import Outcome
from recordroom.capture.place import Archive
from recordroom.capture.plan import Plan
from recordroom.capture.seen import Seen
from recordroom.capture.segment import Segment
from recordroom.capture.spool import AccountSpool, SegmentSpool, mark_unchecked
from recordroom.capture.tokens import Keeper
from recordroom.capture.windows import choose, last_whole, resumed
from recordroom.capture.work import Spent, Work
from recordroom.errors import PlatformFailure, RecordroomError, TooLargeToCheck, UnexpectedResponse
from recordroom.model import MESSAGE, Exchange, Identity, Media, Record, instant, moment
from recordroom.platforms import Window, load
from recordroom.register.models import Account, Register
from recordroom.stored_texts import text

HISTORY_AT_MOST = timedelta(minutes=10)

Tell = Callable[[int], None]


class Fetching:
    def __init__(
        self, place: Archive, register: Register, account: Account, spool: AccountSpool, *,
        kind: str | None = None, since: datetime | None = None, url: str | None = None,
    ) -> None:  # fmt: skip
        self.place, self.register, self.account, self.spool = place, register, account, spool
        self.connector = load(account.platform)
        self.state = AccountState(place.archive, place.derived, account, writes=True)
        self.started = datetime.now(UTC)
        self.capture_id = f"{self.started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self.rate = budget.rate(account, register.accounts, self.state.sums, self.started)
        self.money = budget.money(account, register.accounts, self.state.sums, self.started)
        self.today = budget.money_today(account, register.accounts, self.state.sums, self.started)
        sums = self.state.sums
        window, restarted = resumed(choose(sums, kind, since, self.started, url), self.connector)
        self.planned = window.kind != "history" and kind in (None, "recent", "sweep") and since is None and url is None
        swept = last_whole(sums, self.started) if self.planned and window.kind == "full" else None
        self.plan = Plan(self.started, self._find, self._find_within, self._pressure, everything=not self.planned, swept=swept)
        failing = 0 if window.kind == "history" else max(sums.unread.values(), default=0)  # it asks for none of them again
        window = replace(
            window, held=sums.present("post") + sums.present("comment") > 0, holds=self._holds, failing=failing, confirm=self._identify
        )
        self.window = self._with_messages(replace(window, files=self._files_of, plan=self.plan))
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
            private=private_servers(account),
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
        warnings = [*register.warnings(account.id), *filter(None, [restarted])]
        self.outcome = Outcome(account.id, self.capture_id, self.window.kind, warnings=warnings, restarted=restarted)
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

    def _lacks(self, words: str) -> None:
        """Beside what the connector said of its lists."""
        if words not in self.short:
            self.short = "; ".join(filter(None, [self.short, words]))

    def _pressure(self, waiting: int = 0) -> float:
        """The share that is spent of the day's rate, quota or money, or will be when so many more conversations are read."""
        meter, conversation = self.client.meter, budget.of_conversation(self.connector.PLATFORM, self.state.sums)
        return budget.pressure((self.rate, meter.units + waiting), (self.today, meter.paid + waiting * conversation))

    def _find(self, record_id: str) -> RecordState | None:
        return self.state.get([record_id]).get(record_id)

    def _holds(self, record_id: str) -> bool:
        return self._find(record_id) is not None

    def _find_within(self, record_id: str) -> RecordState | None:
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

    def _keep_authorized(self) -> None:
        """Renew the token if it ends soon: called between requests, since a long capture may outlive it."""
        self.keeper.renew_in_time()
        self._guard()

    def _remake_rows(self) -> None:
        self._warn_once(recovery.remake_rows(self.work, self.gaps))

    def _warn_once(self, words: str) -> None:
        if words and words not in self.outcome.warnings:
            self.outcome.warnings.append(words)

    def _recover(self) -> None:
        imported = max((one["time"] for one in self.state.sums.imports.values()), default="")
        if self.window.kind == "full" or imported >= (self.state.sums.last_start or "") or any(f != self.folder for f in self.spool.left()):
            self.gaps.reload()  # a capture that died may have opened one, and an import closed one
        self._remake_rows()
        found = recovery.recover(self.work, self.spool, self.folder)
        self._warn_once(recovery.report_waiting_rows(self.work, self.gaps))
        self.outcome.new += found.new
        self.outcome.changed += found.changed
        for key in found.torn:
            self.gaps.extend("torn-evidence", text("torn", key=key))
        for capture_id in found.unread:
            words = text("unreadable", capture=capture_id)
            self.gaps.extend("torn-evidence", words)
        for capture_id in found.unchecked:
            self.gaps.extend("torn-evidence", _unchecked(capture_id))

    def _identify(self) -> Identity:
        self._keep_authorized()
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
            self._keep_authorized()
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
            self.gaps.open_missed(POSTS_MISSED, self.capture_id, words, moment(last) if last else None, self.started)
        self.messages_refused = exchange.context.get("messages_refused", self.messages_refused)

    def _note_messages(self, exchange: Exchange, records: list[Record]) -> None:
        """What was missed is put down before the messages beside it are: once these are held, nothing would tell of it."""
        times = [self.newest_message, *(r.published_at for r in records if r.kind == MESSAGE)]
        self.newest_message = max(filter(None, times), default=None)
        if words := exchange.context.get("messages_missed"):
            self.gaps.open_missed(MISSED, self.capture_id, words, self.window.messages_since, self.newest_message, named=True)

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
        whole = self.window.kind in ("full", "one")
        if again := [r for r in records if whole or r.kind == "story"]:  # at night a story may be over, and its file gone
            self.segment.retry_media(exchange, again)
        if self.tell:
            self.tell(len(self.seen))

    def _files_of(self, record_id: str) -> tuple[str, ...]:
        held = self.segment.view([record_id]).get(record_id)
        return tuple(held.media) if held else ()

    def _fetch_media(self, item: Media, folder: Path) -> dict[str, Any]:
        """One that costs much waits for another night, so that whatever else is due today can be asked for."""
        units = self.client.meter.of_file(item)
        if units and self.planned and self._pressure(units) >= budget.FILES:
            words = text("file-deferred", units=units)
            return {"identity": item.identity, "time": instant(datetime.now(UTC)), "missing_reason": words}
        self.client.meter.units += units
        return files.fetch(self.client, self.place.settings.media_limit, item, folder)

    def _next_segment(self, final: dict[str, Any] | None = None) -> None:
        self._note_spent()
        untold = self.segment.spent
        if self.segment.changes or self.segment.lines or final is not None or self.window.kind == "history":
            try:
                body = commit(self.segment, final, self.cursor).body
            except TooLargeToCheck:
                raise self._set_aside() from None
            self.outcome.new += body["new"]
            self.outcome.changed += body["changed"]
            untold = Spent()
            self._warn_once(recovery.report_waiting_rows(self.work, self.gaps))
        self._begin_segment(untold)

    def _begin_segment(self, untold: Spent) -> None:
        self.segment = Segment(self.work, SegmentSpool(self.folder, self.segment.spool.number + 1))
        self.segment.untold = untold

    def _set_aside(self) -> UnexpectedResponse:
        """Leave in the spool what cannot be checked for secrets, and return the failure that this is.

        If the capture before left the same, it is not kept again.
        """
        bodies = [sha256(line.kept.exchange.body) for line in self.segment.lines]
        if set(bodies) <= set((self.state.sums.failure or {}).get("bodies", ())):
            self.segment.spool.remove()
        else:
            mark_unchecked(self.folder)
            self.gaps.extend("torn-evidence", _unchecked(self.capture_id))
        self.unread += bodies
        self._begin_segment(self.segment.spent)
        return UnexpectedResponse(_unchecked(self.capture_id), "Report this; keep the spool.")


def _unchecked(capture_id: str) -> str:
    return text("unchecked", capture=capture_id, bytes=f"{secret_scan.MOST:,}")


def _told(window: Window) -> dict[str, str]:
    """The window as manifests name it."""
    since = {"since": instant(window.since)} if window.since else {}
    return {"kind": window.kind} | since | ({"url": window.url} if window.url else {})
