"""What one capture finds gone: it asks by id for what a window should have shown and did not, for what a person confirmed to be gone, and,
in a sweep, for some of what is unavailable.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from recordroom.capture import absences, budget, reader
from recordroom.capture.reader import Fetching
from recordroom.capture.register_ledger import Explanations
from recordroom.counted import counted
from recordroom.errors import Blocked, BudgetSpent, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.explained import MASS_ABSENCE
from recordroom.model import Absence, Exchange, instant, moment
from recordroom.stored_texts import text


class Looking(Fetching):
    def _asking(self) -> absences.Asking:
        return absences.Asking(self.segment, self.seen, self.client, self._identify, self._keep_authorized)

    def _look_for_absent(self) -> absences.Missing:
        if self.window.kind == "one":
            with suppress(PlatformFailure):  # all the conversation shows is read; the receipt says what lacks
                absences.look_for_unshown(self._asking(), self.look.held())
        if self.window.kind not in ("recent", "full") or self.connector.PLATFORM.window_is_partial:
            return absences.Missing()
        expected = (h for h in self.look.held() if h.doubted or h.record_id in self.seen or not self.look.leaves_out(h))
        missing = absences.look_for(self._asking(), expected)
        self._prove(missing.absences)
        if self.window.kind == "full" and missing.still_doubted:
            self._believe(missing)
        if self.window.kind == "full":
            self._look_back(missing)
        title = self.connector.PLATFORM.title
        self._lacks(missing.short)
        if missing.failing:
            code, number = "untold" if missing.failure else "untold-plain", counted(len(missing.failing), "record")
            self._lacks(text(code, platform=title, records=number, _first=missing.failing[0], why=missing.failure))
        if missing.waiting:
            which = counted(missing.waiting, "record")
            self._lacks(text("asked-in-turn", platform=title, records=which))
        if missing.unbelieved:
            which = counted(missing.unbelieved, "record")
            self._lacks(text("not-believed", platform=title, records=which))
        return missing

    def _look_back(self, missing: absences.Missing) -> None:
        """It can wait: a throttle or the end of the money ends no sweep that has read everything else. Where none came to it for as long as
        each turn takes, that is told, as it is where the platform refuses or fails; each has its turn again."""
        title = self.connector.PLATFORM.title
        asked = absences.turns(self._asking(), self.look.held())
        if asked:
            self.back_waits = self.back_waits or instant(self.started)
        try:
            if asked and self._pressure() < budget.OLD:
                self._prove(absences.look_back(self._asking(), asked, missing))
                self.back_waits = ""
        except (Throttled, BudgetSpent):
            pass
        except (Blocked, UnexpectedResponse) as failure:
            self.back_waits = ""
            self._lacks(text("back-untold", platform=title, why=failure.message))
        if self.back_waits and self.started - moment(self.back_waits) >= timedelta(days=absences.TURN):
            self._lacks(text("back-waits", day=self.back_waits[:10], platform=title))

    def _prove(self, absences: Iterable[Absence]) -> None:
        for exchange, said in _by_exchange(absences):
            self.outcome.absent += len(self.segment.prove(said, exchange))

    def _believe(self, missing: absences.Missing) -> None:
        """What a person confirms to be gone, however much it is: asked for by id like any other, while the account can be read. What time
        or budget leaves over waits for the next sweep."""
        words, began = Explanations(self.place.archive, self.account), datetime.now(UTC)
        word, times = words.of(MASS_ABSENCE), {h.doubted_at for h in missing.still_doubted if h.doubted_at}
        reached = {time for time in times if words.reaches(MASS_ABSENCE, moment(time))}
        waiting = [h for h in missing.still_doubted if h.doubted_at in reached]
        while word and waiting and self._pressure() < budget.OLD and datetime.now(UTC) - began < reader.HISTORY_AT_MOST:
            block, waiting = waiting[: absences.ASKED_AT_MOST], waiting[absences.ASKED_AT_MOST :]
            confirmed = f"that so many are gone at once, the register confirms (mass-absence, {word.until})"
            self._prove(absences.ask_again(self._asking(), block, missing, confirmed=confirmed))
            self._note_spent()
            if self.segment.full:
                self._next_segment()
        missing.confirmed = len(waiting)

    def _doubted_elsewhere(self, missing: absences.Missing) -> list[str]:
        """What is in doubt before the last days: asked for only where these bring more."""
        since = self.work.window.get("since", "")
        found = self.state.window(None) if missing.doubted and since else ()
        return [held.record_id for held in found if held.present and held.doubted and held.window_at < since]


def _by_exchange(said: Iterable[Absence]) -> list[tuple[Exchange, list[Absence]]]:
    """Absences grouped by the answer that proves them."""
    grouped: dict[int, tuple[Exchange, list[Absence]]] = {}
    for absence in said:
        grouped.setdefault(id(absence.exchange), (absence.exchange, []))[1].append(absence)
    return list(grouped.values())
