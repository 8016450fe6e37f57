"""Which gaps of an account a capture that met no failure opens and closes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from recordroom.archive.gaps import FAILED, MESSAGES, NOT_CAPTURED, WHOLE, AccountGaps
from recordroom.archive.state.account_summary import is_narrow
from recordroom.capture.absences import AbsenceReport
from recordroom.capture.completeness import Completeness
from recordroom.capture.reader import WindowRead
from recordroom.capture.register_ledger import Explanations
from recordroom.capture.session import CaptureSession
from recordroom.capture.windows import WindowKind
from recordroom.errors import FAILURES_OF_CAPTURES
from recordroom.model import instant
from recordroom.platforms.contract import Platform, Window
from recordroom.register import models
from recordroom.register.models import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT, Account
from recordroom.stored_texts import text
from recordroom.text import counted

STARVED = timedelta(hours=30)  # a day, and what two nightly sweeps may differ by
STARVED_OF_STORIES = timedelta(hours=23)  # of the 24 of a story: a capture may read much else before it


@dataclass(frozen=True, slots=True)
class GapRules:
    """The rules for one window that was read to its end."""

    gaps: AccountGaps
    account: Account
    platform: Platform
    window: Window
    explanations: Explanations  # what the agency says of gaps, in the register
    capture_id: str
    started: datetime
    ahead: timedelta  # by which this machine's clock is ahead of the store's
    last_read: datetime | None  # when the last days were last read to their end
    is_narrow: bool  # the window is shorter than an ordinary one: it fills no gap

    @classmethod
    def of(cls, session: CaptureSession) -> GapRules:
        """Return the rules for a session's window."""
        store = session.workspace.archive
        return cls(
            gaps=session.gaps,
            account=session.account,
            platform=session.platform,
            window=session.window,
            explanations=Explanations(store, session.account),
            capture_id=session.info.capture_id,
            started=session.started,
            ahead=timedelta(seconds=max(0, store.skew_seconds)),
            last_read=session.last_read("recent"),
            is_narrow=is_narrow(session.info.window.get("since"), instant(session.started)),
        )

    def apply(self, read: WindowRead, absences: AbsenceReport, counts: Completeness) -> None:
        """Open and close gaps by what was read, found absent, and counted."""
        self.close_failures()
        self.report_lapse()
        self.judge_absences(absences)
        if counts.number or not counts.uncounted:
            self.judge_counts(counts)
        limits = join_limits(read.limits, *absences.limits, counts.uncounted)
        self.judge_limits(limits, left_out_conversation=read.left_out_conversation)
        self.judge_messages(read.messages_refused)
        self.settle_missed()

    @property
    def how(self) -> str:
        """The capture that fills a gap, in words for the ledger."""
        return f"capture {self.capture_id}"

    @property
    def extent(self) -> str:
        """The end of the reason of a gap that this window meets."""
        return extent_of(self.window)

    def close_failures(self) -> None:
        """Close the gaps of earlier failures: this capture has read what those did not."""
        for failure in FAILURES_OF_CAPTURES:
            self._fill(f"{FAILED}{failure.code}")

    def report_lapse(self) -> None:
        """Open a gap if the last days were not read for too long.

        No capture finds what came and went meanwhile.

        A clock that is ahead makes up time. It must hide none, so the time is counted without that.
        """
        last, started = self.last_read, self.started - self.ahead
        longest = STARVED_OF_STORIES if self.platform.shows_for_a_day else STARVED
        if not last or started - last <= longest or self.is_narrow or self.window.kind == WindowKind.HISTORY:
            return
        hours = (started - last) // timedelta(hours=1)
        long = counted(hours, "hour") if hours < 72 else counted(hours // 24, "day")
        short = " or were only shown for a day" if self.platform.shows_for_a_day else ""
        words = (
            f"no capture read the account for {long}: posts and edits that were removed or replaced{short}"
            " in that time are missing"
        )
        self.gaps.open_missed(NOT_CAPTURED, self.capture_id, words, last, started)

    def judge_absences(self, absences: AbsenceReport) -> None:
        """Open the gap of records that vanished in a mass, or close it after a sweep."""
        doubted = sorted([*absences.in_doubt, *absences.doubted_elsewhere])
        if absences.doubted or (doubted and self.window.kind == WindowKind.FULL):
            code = "mass-absence-confirmed" if absences.confirmed else MASS_ABSENCE
            records, first = counted(len(doubted), "record"), ", ".join(doubted[:3])
            words = text(code, records=records, _first=first, confirmed=absences.confirmed)
            self.gaps.open_or_update(MASS_ABSENCE, words, numbers=True)
        elif self.window.kind == WindowKind.FULL:
            explanation = self.explanations.of(MASS_ABSENCE) if absences.believed else None
            self.gaps.close(MASS_ABSENCE, explanation.closing_text if explanation else self.how)

    def judge_counts(self, counts: Completeness) -> None:
        """Open or close the gap of what the platform counts and the archive does not have.

        A sweep reports the number again: a person explains that one. The number of the last days is a part of
        it, and changes all day.
        """
        explanation = self.explanations.of(COUNTS_DIFFER)
        if not counts.number:
            self._fill(COUNTS_DIFFER)
        elif explanation and explanation.covers(counts.number):
            self._fill(COUNTS_DIFFER, explanation.closing_text)
        else:
            words = f"{text(COUNTS_DIFFER, number=counts.number)}{counts.lacking}"
            report = partial(self.gaps.open_or_update, numbers=True) if self.extent else self.gaps.open
            report(f"{COUNTS_DIFFER}{self.extent}", words)

    def judge_limits(self, limits: str, *, left_out_conversation: bool = False) -> None:
        """Open or close the gap of what the platform's lists leave out.

        An explained limit that says something new is a gap.

        left_out_conversation: `limits` also names a conversation that was not given. No explanation was meant
        for it, since it may be another one each time.
        """
        explanation = self.explanations.of(PLATFORM_LIMIT)
        if not limits:
            self._fill(PLATFORM_LIMIT)
        elif (
            explanation
            and not left_out_conversation
            and self.gaps.was_reported(
                PLATFORM_LIMIT, limits, partial(self.explanations.reaches, PLATFORM_LIMIT)
            )
        ):
            self.gaps.close(f"{PLATFORM_LIMIT}{self.extent}", explanation.closing_text)
        else:
            self.gaps.open_or_update(f"{PLATFORM_LIMIT}{self.extent}", limits)

    def judge_messages(self, refused: str) -> None:
        """Open or close the gap of private messages.

        If no capture reads them, only the agency's explanation ends it.
        """
        told = self.platform.messages_note
        if refused:
            self.gaps.open(MESSAGES, f"private messages cannot be read: {refused}")
        elif self.account.reads_messages:
            self._fill(MESSAGES)
        elif told and not (self.account.private_messages or "").strip():
            self.gaps.open(MESSAGES, f"private messages are not captured: {told}")
        else:
            self.gaps.close(
                MESSAGES,
                f"the register says: {self.account.private_messages}"
                if told
                else "the platform has no private messages",
            )

    def settle_missed(self) -> None:
        """Close what no later capture can read, once the agency has explained it.

        Sweeps do that: they have read the ledger of gaps anyway.
        """
        settled = (models.MESSAGES_MISSED, models.POSTS_MISSED, models.NOT_CAPTURED)
        for reason in settled if self.window.kind == WindowKind.FULL else ():
            self.gaps.settle(
                f"{reason}: ", self.explanations.of(reason), partial(self.explanations.reaches, reason)
            )

    def _fill(self, reason: str, how: str = "") -> None:
        """Close the gaps of that reason in what was read.

        The last days, or all of the account.

        A first capture that went on fills none: an earlier part of it may have met something that could not
        be read.
        """
        if not self.is_narrow and (self.window.kind == WindowKind.RECENT or self.window.cursor is None):
            for extent in {"", self.extent}:
                self.gaps.close(f"{reason}{extent}", how or self.how)


def extent_of(window: Window) -> str:
    """Return what follows the reason of a gap.

    Gaps of the last days and of the whole account are told apart.
    """
    return "" if window.kind == WindowKind.RECENT else WHOLE


def join_limits(*limits: str) -> str:
    """Join what was left out for several reasons.

    What is said already is not repeated.
    """
    joined = ""
    for one in limits:
        if one not in joined:
            joined = "; ".join(filter(None, [joined, one]))
    return joined
