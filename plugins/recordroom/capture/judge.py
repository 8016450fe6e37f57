"""What a complete window opens and closes of an account's gaps: what it lacks, what it has filled, what the agency has explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from recordroom.archive.gaps import FAILED, MESSAGES, NOT_CAPTURED, WHOLE, AccountGaps
from recordroom.capture.absences import Missing
from recordroom.capture.completeness import Completeness
from recordroom.capture.words import Words
from recordroom.errors import FAILURES_OF_CAPTURES
from recordroom.platforms import Platform, Window
from recordroom.register import models
from recordroom.register.models import COUNTS_DIFFER, MASS_ABSENCE, PLATFORM_LIMIT, Account
from recordroom.stored_texts import text
from recordroom.text import counted


@dataclass(frozen=True, slots=True)
class Judge:
    """`how`: the capture that fills a gap, in words for the ledger. `narrow`: it looked at fewer days than an ordinary one, and fills
    none."""

    gaps: AccountGaps
    account: Account
    platform: Platform
    window: Window
    words: Words
    how: str
    narrow: bool = False

    @property
    def extent(self) -> str:
        """What stands behind the reason of a gap that this window meets."""
        return extent_of(self.window)

    def captured(self) -> None:
        """What earlier captures failed at, this one has read."""
        for failure in FAILURES_OF_CAPTURES:
            self._fill(f"{FAILED}{failure.code}")

    def absences(self, missing: Missing, elsewhere: Sequence[str]) -> None:
        """`elsewhere`: what is in doubt of the account outside the window."""
        doubted = sorted([*missing.in_doubt, *elsewhere])
        if missing.doubted or (doubted and self.window.kind == "full"):
            code = "mass-absence-confirmed" if missing.confirmed else MASS_ABSENCE
            records, first = counted(len(doubted), "record"), ", ".join(doubted[:3])
            words = text(code, records=records, _first=first, confirmed=missing.confirmed)
            self.gaps.open_or_update(MASS_ABSENCE, words, numbers=True)
        elif self.window.kind == "full":
            word = self.words.of(MASS_ABSENCE) if missing.believed else None
            self.gaps.close(MASS_ABSENCE, word.closing_text if word else self.how)

    def counts(self, compared: Completeness) -> None:
        """A sweep tells the number anew: it is what a person explains. That of the last days is a part of it, and changes all day."""
        word = self.words.of(COUNTS_DIFFER)
        if not compared.number:
            self._fill(COUNTS_DIFFER)
        elif word and word.covers(compared.number):
            self._fill(COUNTS_DIFFER, word.closing_text)
        else:
            words = f"{text(COUNTS_DIFFER, number=compared.number)}{compared.lacking}"
            report = partial(self.gaps.open_or_update, numbers=True) if self.extent else self.gaps.open
            report(f"{COUNTS_DIFFER}{self.extent}", words)

    def limits(self, short: str, *, unread: bool = False) -> None:
        """`short`: what the platform's lists leave out, in the connector's words. An explained limit that says something new is a gap.
        `unread`: it also tells of a conversation that was not given, for which no word was meant: it may be another one each time."""
        word = self.words.of(PLATFORM_LIMIT)
        if not short:
            self._fill(PLATFORM_LIMIT)
        elif word and not unread and self.gaps.was_reported(PLATFORM_LIMIT, short, partial(self.words.reaches, PLATFORM_LIMIT)):
            self.gaps.close(f"{PLATFORM_LIMIT}{self.extent}", word.closing_text)
        else:
            self.gaps.open_or_update(f"{PLATFORM_LIMIT}{self.extent}", short)

    def messages(self, refused: str) -> None:
        """Messages to the account are writings too. Where nobody captures them, only the agency's own word ends the gap."""
        told = self.platform.messages
        if refused:
            self.gaps.open(MESSAGES, f"private messages are not given: {refused}")
        elif self.account.reads_messages:
            self._fill(MESSAGES)
        elif told and not (self.account.private_messages or "").strip():
            self.gaps.open(MESSAGES, f"private messages are not captured: {told}")
        else:
            self.gaps.close(MESSAGES, f"the register says: {self.account.private_messages}" if told else "the platform has none")

    def lapse(self, capture_id: str, last: datetime, started: datetime) -> None:
        """`last`: long before, when the last days were read to their end. What came and went since, no capture brings."""
        if self.narrow or self.window.kind == "history":
            return
        hours = (started - last) // timedelta(hours=1)
        long = counted(hours, "hour") if hours < 72 else counted(hours // 24, "day")
        short = ", or was shown for a day alone" if self.platform.shows_for_a_day else ""
        words = (
            f"no capture read the account for {long}: what was published and removed again, or edited again{short}, meanwhile was not seen"
        )
        self.gaps.open_missed(NOT_CAPTURED, capture_id, words, last, started)

    def missed(self) -> None:
        """What no later capture can read is the agency's to settle. By a sweep, which has read the ledger of gaps anyway."""
        settled = (models.MESSAGES_MISSED, models.POSTS_MISSED, models.NOT_CAPTURED)
        for reason in settled if self.window.kind == "full" else ():
            self.gaps.settle(f"{reason}: ", self.words.of(reason), partial(self.words.reaches, reason))

    def _fill(self, reason: str, how: str = "") -> None:
        """Close the gaps of that reason in what was read: the last days, all of the account, or, by a history that went on, neither: an
        earlier part of it may have met something that could not be read."""
        if not self.narrow and (self.window.kind == "recent" or self.window.cursor is None):
            for extent in {"", self.extent}:
                self.gaps.close(f"{reason}{extent}", how or self.how)


def extent_of(window: Window) -> str:
    return "" if window.kind == "recent" else WHOLE
