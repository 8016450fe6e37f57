"""Reads the window of a capture.

Responses that the connector fetches are parsed, compared, and committed segment by segment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from recordroom.archive.gaps import MISSED, POSTS_MISSED
from recordroom.archive.state.account_summary import RECENT
from recordroom.canonical import sha256
from recordroom.capture.segment.parsing import parse_response
from recordroom.capture.session import CaptureSession
from recordroom.capture.windows import WindowKind
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import MESSAGE, Exchange, Record, Totals, moment
from recordroom.platforms.http import describe_failure
from recordroom.platforms.unread import require_optional
from recordroom.stored_texts import text

LONGEST_RUN = timedelta(minutes=10)  # a first capture leaves the rest to its next run then


@dataclass(frozen=True, slots=True)
class WindowRead:
    """The result of reading a window."""

    is_complete: bool  # False: a first capture goes on in its next run
    limits: str = ""  # what the platform's lists leave out, in the connector's words
    left_out_conversation: bool = False  # `limits` also names a conversation that the platform did not give
    messages_refused: str = ""  # why the platform gave no private messages
    is_failing: bool = False  # the last response gave nothing


def read_totals(session: CaptureSession, read: WindowRead) -> tuple[Totals | None, str]:
    """Return the platform's own counts, or None and why it gives none.

    A platform that refuses or fails to count does not end the capture. One that gave nothing in its last
    response either is down: AccountUnavailable, Blocked, or UnexpectedResponse.
    """
    session.keep_authorized()
    try:
        return session.connector.totals(session.account, session.client), ""
    except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
        if read.is_failing:
            raise
        return None, text(
            "uncounted", platform=session.platform.title, why=describe_failure(require_optional(failure))
        )


class WindowReader:
    """Reads the window of a session once.

    A response that cannot be parsed is kept, and the reading goes on: what follows may be there only now. The
    first such failure is raised at the end, so that nothing counts as absent.
    """

    def __init__(self, session: CaptureSession) -> None:
        self._session = session
        self._has_left_out_conversation = self._is_failing = False
        self._messages_refused = ""
        self._newest_message: datetime | None = None
        self._unreadable: PlatformFailure | None = None

    def read(self) -> WindowRead:
        """Read the window.

        PlatformFailure if the platform fails, or a response could not be parsed.
        """
        session = self._session
        self._load_known_records()
        is_complete = self.read_exchanges(
            session.connector.fetch(session.account, session.window, session.client)
        )
        if self._unreadable is not None:
            raise self._unreadable
        return WindowRead(
            is_complete,
            session.progress.limits,
            self._has_left_out_conversation,
            self._messages_refused,
            self._is_failing,
        )

    def _load_known_records(self) -> None:
        """Load a window of the last days, and let the plan know what is archived of it."""
        session = self._session
        # an earlier one may be millions of records
        if session.window.since and session.window.since >= session.started - RECENT:
            session.known.load_window()
        if session.is_planned:
            session.plan.add_known(session.known.in_window())

    def read_exchanges(self, exchanges: Iterator[Exchange]) -> bool:
        """Parse, compare, and commit the exchanges of a window.

        Returns whether it was read to its end.
        """
        session, writer = self._session, self._session.writer
        for exchange in exchanges:
            self._note(exchange)
            records = self._parse(exchange)
            self._note_messages(exchange, records)
            self._observe(exchange, records)
            writer.cursor = exchange.cursor
            if session.window.kind == WindowKind.HISTORY and writer.cursor and self._is_enough():
                return False
            if writer.is_full:
                writer.next()
            session.keep_authorized()
        writer.cursor = None
        return True

    def _is_enough(self) -> bool:
        """Return whether a first capture leaves the rest to its next run."""
        return datetime.now(UTC) - self._session.started > LONGEST_RUN or self._session.budget.is_tight

    def _note(self, exchange: Exchange) -> None:
        """Note what a connector says of the window in the context of a response.

        platforms/context.py has the keys.
        """
        session, context = self._session, exchange.context
        progress = session.progress
        progress.spending = progress.spending._replace(pages=progress.spending.pages + 1)
        session.writer.note_spending()
        if context.get("validator"):
            tags = {name: exchange.header(name) for name in ("etag", "last-modified")}
            progress.validators[exchange.url] = {name: value for name, value in tags.items() if value}
        progress.limits = context.get("short", progress.limits)
        self._has_left_out_conversation = self._has_left_out_conversation or "unread" in context
        self._is_failing = "not_given" in context
        if missed := context.get("missed"):
            last = session.state.sums.read.get("recent")
            session.gaps.open_missed(
                POSTS_MISSED, session.info.capture_id, missed, moment(last) if last else None, session.started
            )
        self._messages_refused = context.get("messages_refused", self._messages_refused)

    def _note_messages(self, exchange: Exchange, records: list[Record]) -> None:
        """Open the gap of missed messages before those next to them are committed.

        Nothing would show it afterwards.
        """
        session = self._session
        times = [self._newest_message, *(record.published_at for record in records if record.kind == MESSAGE)]
        self._newest_message = max(filter(None, times), default=None)
        if missed := exchange.context.get("messages_missed"):
            since, until = session.window.messages_since, self._newest_message
            session.gaps.open_missed(MISSED, session.info.capture_id, missed, since, until, named=True)

    def _parse(self, exchange: Exchange) -> list[Record]:
        """Return the records of a response; none if it cannot be parsed."""
        session = self._session
        try:
            records = parse_response(session.connector, exchange)
        except PlatformFailure as failure:
            self._keep_unread(exchange, failure)
            return []
        leftover = session.progress.leftover
        for record in records:
            for name in record.leftover:
                leftover[name] = leftover.get(name, 0) + 1
        return records

    def _keep_unread(self, exchange: Exchange, failure: PlatformFailure) -> None:
        """Keep a response that cannot be parsed, unless the last capture kept the same."""
        session, digest = self._session, sha256(exchange.body)
        if digest not in (session.state.sums.failure or {}).get("bodies", ()):
            session.writer.keep_failure(exchange, failure.message)
        session.progress.unread.append(digest)
        session.plan.unread(exchange.context.get("root"))
        failure.exchange = None  # it is kept, or was
        self._unreadable = self._unreadable or failure

    def _observe(self, exchange: Exchange, records: list[Record]) -> None:
        session = self._session
        session.seen.add(records)
        session.writer.observe(exchange, records)
        is_thorough = session.window.kind in (WindowKind.FULL, WindowKind.ONE)
        # at night a story may be over
        if again := [record for record in records if is_thorough or record.kind == "story"]:
            session.writer.retry_media(exchange, again)
        if session.on_progress:
            session.on_progress(len(session.seen))
