"""Finds the records that the platform no longer shows.

An absence is an observation, never a conclusion.

A record that was expected in the window and not seen is asked for by its id, while the account itself can be
read. The platform's answer is the absence, with the response as its proof.

- More than MANY records, or more than a twentieth of the account (without private messages) if that is at
  least FEW, vanishing in one capture are a gap for a person, not removals, whatever the platform says. Their
  ids are `doubted` in the manifest, and they keep their status. Records that the platform shows for a set
  time only do not count among them, nor those that it reports again as hidden. Records that a person then
  confirms in the register are asked for by id again.
- If lists leave out more records than can be asked for in one capture, those come first that a conversation
  which is there should have shown; the rest is asked for in turn, and how many wait is reported.
- A record that is `unavailable` may be back with its author, and no list may lead to it. A sweep asks for
  some of what became so in the last BACK, each in its turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import sha256
from recordroom.capture import lookups, reader
from recordroom.capture.lookups import RecordLookup
from recordroom.capture.register_ledger import Explanations
from recordroom.capture.session import CaptureSession
from recordroom.capture.windows import WindowKind
from recordroom.errors import Blocked, BudgetSpent, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import (
    ABSENT_STATUSES,
    MESSAGE,
    UNAVAILABLE,
    Absence,
    Exchange,
    instant,
    is_looked_for,
    moment,
)
from recordroom.platforms.contract import Platform
from recordroom.register.models import MASS_ABSENCE
from recordroom.stored_texts import text
from recordroom.text import counted

MANY, SHARE, FEW = 20, 0.05, 5
BACK, TURN = timedelta(days=90), 7  # each unavailable record is asked for every so many days
LOOKUPS = 40  # requests of lookups in one capture, if each asks for many records


@dataclass(slots=True)
class AbsenceReport:
    """The absences that one capture found, and what it could not find out."""

    newly: list[str] = field(default_factory=list)  # expected and not seen for the first time
    returned: list[str] = field(default_factory=list)  # seen again after they had been missing
    absences: list[Absence] = field(default_factory=list)  # what the platform said
    doubted: list[str] = field(default_factory=list)  # too many to be believed
    # doubted before, in the window, and not seen
    still_doubted: list[RecordState] = field(default_factory=list)
    doubted_elsewhere: list[str] = field(default_factory=list)  # doubted before, outside the window
    confirmed: int = 0  # of `still_doubted`, confirmed by a person and not asked for yet
    believed: int = 0  # of these, asked for since a person has confirmed them
    limits: list[str] = field(default_factory=list)  # what could not be found out, in words
    unavailable_waits: str = ""  # since when the unavailable records wait to be asked for; "": they do not

    @property
    def in_doubt(self) -> list[str]:
        """All ids of the window that are in doubt."""
        return [*self.doubted, *(held.record_id for held in self.still_doubted)]


class AbsenceSearch:
    """Looks for what a window should have shown and did not.

    Asks by id for what was not seen and for what a person confirmed to be gone; in a sweep, also for some of
    what is unavailable.
    """

    def __init__(self, session: CaptureSession) -> None:
        self._session = session
        self._lookup = RecordLookup(session)
        self._report = AbsenceReport(unavailable_waits=_waiting_since(session))

    def run(self) -> AbsenceReport:
        """Ask for what was not seen, write the rows of absences, and report."""
        session, report = self._session, self._report
        if session.window.kind == WindowKind.ONE:
            # everything that the conversation shows was read; the receipt says what is missing
            with suppress(PlatformFailure):
                self._look_for_unshown_replies()
        if (
            session.window.kind not in (WindowKind.RECENT, WindowKind.FULL)
            or session.platform.window_is_partial
        ):
            return report
        waiting = self._look_for_expected()
        self._prove(report.absences)
        unbelieved = 0
        if session.window.kind == WindowKind.FULL:
            if report.still_doubted:
                self._ask_for_confirmed()
            unbelieved = self._look_back()
        self._report_limits(waiting, unbelieved)
        report.doubted_elsewhere = self._find_doubted_elsewhere()
        return report

    # -- what the window should have shown -------------------------------------------------------------------

    def _look_for_expected(self) -> int:
        """Ask for what was expected and not seen.

        Returns how many records wait for their turn.

        More than `asked_at_most` are not asked for. They wait, or are doubted if much of what was asked for
        is gone.
        """
        session, report, seen = self._session, self._report, self._session.seen
        unseen = self._find_unseen()
        if unseen:
            session.identify()  # raises unless the account itself can be read
        most = asked_at_most(session.platform)
        if len(unseen) > most:
            every, day = turns_needed([held.record_id for held in unseen], most), session.started.toordinal()
            unseen.sort(
                key=lambda held: (
                    held.is_root or (held.root_id or "") not in seen,
                    days_to_turn(held.record_id, every, day),
                )
            )
        asked, waiting = unseen[:most], unseen[most:]
        unasked = self._ask_in_parts(asked)
        report.newly += [held.record_id for held in unseen if not held.missing and held.record_id not in seen]
        report.returned += [held.record_id for held in unseen if held.missing and held.record_id in seen]
        sudden = self._find_sudden(asked)
        if is_too_many(len(sudden), self._count_archived()):
            left = (held.record_id for held in waiting if not held.missing and held.record_id not in seen)
            report.doubted = [*sudden, *unasked, *left]
            report.absences = [absence for absence in report.absences if absence.record_id not in sudden]
            return 0
        return sum(held.record_id not in seen for held in waiting)

    def _expected(self) -> Iterator[RecordState]:
        """Yield what the window should have shown.

        That is without the conversations that the plan left out.
        """
        session = self._session
        for held in session.known.in_window():
            if (
                held.doubted
                or held.record_id in session.seen
                or not session.plan.leaves_out_record(held, session.seen)
            ):
                yield held

    def _find_unseen(self) -> list[RecordState]:
        """Return what is to be asked for.

        Notes what returned, what an earlier capture doubted, and what a capture recorded as gone that was
        interrupted before it could report it as missing.
        """
        report, seen, unseen = self._report, self._session.seen, list[RecordState]()
        # reported as shown no longer; one that is back reports a change of its status
        over = set(seen.shown_no_longer())
        for held in self._expected():
            if not is_looked_for(held.kind, held.record_id):
                continue
            if held.kind == "profile":  # never asked for: that the account can be read was asked first
                if held.missing == (held.record_id in seen):
                    (report.returned if held.missing else report.newly).append(held.record_id)
            elif held.record_id in seen:
                if held.missing and (held.present or (held.seen_at and held.record_id in over)):
                    report.returned.append(held.record_id)
            elif not held.present:
                if not held.missing and held.version:
                    report.newly.append(held.record_id)
            elif held.doubted:
                report.still_doubted.append(held)
            else:
                unseen.append(held)
        return unseen

    def _ask_in_parts(self, asked: list[RecordState]) -> list[str]:
        """Ask for records, until too much has vanished.

        Returns the ids of those that were not asked for.
        """
        seen = self._session.seen
        for start in range(0, len(asked), lookups.ASKED_AT_MOST):
            if is_too_many(len(self._find_sudden(asked)), self._count_archived()):
                return [held.record_id for held in asked[start:] if held.record_id not in seen]
            self._report.absences += self._lookup.ask(asked[start : start + lookups.ASKED_AT_MOST])
        return []

    def _find_sudden(self, asked: list[RecordState]) -> dict[str, None]:
        """Return the ids whose status changed.

        Records that the platform shows for a set time only are not among them.
        """
        known = {held.record_id: held.status for held in asked}
        absences = (
            one for one in self._report.absences if not one.ended and one.status != known.get(one.record_id)
        )
        return {absence.record_id: None for absence in absences}

    def _count_archived(self) -> int:
        """Return how many records of the account are there, without private messages."""
        sums = self._session.state.sums
        return sums.present() - sums.present(MESSAGE)

    def _look_for_unshown_replies(self) -> None:
        """Ask for the archived replies of one conversation that shows too few.

        It shows fewer than the platform counts. A reply is not shown, for example, if its author is blocked
        by the person replied to. One that is there is observed; nothing follows from one that is not.
        """
        session, seen = self._session, self._session.seen
        roots = {one.root_id for one in seen.differing_counts() if one.ours < one.theirs}
        if not roots:
            return
        unshown = (
            held for held in session.known.in_window()
            if held.root_id in roots
            and held.present
            and held.record_id not in seen
            and is_looked_for(held.kind, held.record_id)
        )  # fmt: skip
        if asked := list(islice(unshown, lookups.ASKED_AT_MOST)):
            self._lookup.ask(asked)

    # -- what a person has confirmed -------------------------------------------------------------------------

    def _ask_for_confirmed(self) -> None:
        """Ask for what a person confirms to be gone, while the account can be read.

        The next sweep asks for the rest, if time or budget ends before.
        """
        session, report = self._session, self._report
        explanations, began = Explanations(session.workspace.archive, session.account), datetime.now(UTC)
        explanation = explanations.of(MASS_ABSENCE)
        times = {held.doubted_at for held in report.still_doubted if held.doubted_at}
        reached = {time for time in times if explanations.reaches(MASS_ABSENCE, moment(time))}
        waiting = [held for held in report.still_doubted if held.doubted_at in reached]
        while (
            explanation
            and waiting
            and not session.budget.is_tight
            and datetime.now(UTC) - began < reader.LONGEST_RUN
        ):
            block, waiting = waiting[: lookups.ASKED_AT_MOST], waiting[lookups.ASKED_AT_MOST :]
            confirmed = (
                f"the register confirms that so many disappeared at once (mass-absence, {explanation.until})"
            )
            self._prove(self._ask_again(block, confirmed))
            session.writer.note_spending()
            if session.writer.is_full:
                session.writer.next()
        report.confirmed = len(waiting)

    def _ask_again(self, doubted: list[RecordState], confirmed: str) -> list[Absence]:
        """Ask for doubted records; return what the platform says of them.

        The reasons include the confirmation. A record that is there after all has returned. One that the
        platform says nothing of stays doubted.
        """
        report, seen = self._report, self._session.seen
        self._session.identify()
        found = [
            replace(absence, reason=f"{absence.reason}; {confirmed}") for absence in self._lookup.ask(doubted)
        ]
        report.absences += found
        # they are there, and still not seen
        report.newly += [absence.record_id for absence in found if absence.status not in ABSENT_STATUSES]
        report.returned += [held.record_id for held in doubted if held.missing and held.record_id in seen]
        report.believed += len(doubted)
        answered = {absence.record_id for absence in found}
        report.still_doubted = [
            held
            for held in report.still_doubted
            if held.record_id not in answered and held.record_id not in seen
        ]
        return found

    # -- what is unavailable ---------------------------------------------------------------------------------

    def _look_back(self) -> int:
        """Ask for the unavailable records whose turn it is.

        Returns how many changed, if too many to be believed.

        This can wait: a throttle or the end of the money does not end a sweep that has read everything else.
        If no sweep came to it for as long as each turn takes, that is reported, as it is if the platform
        refuses or fails.
        """
        session, report = self._session, self._report
        asked, unbelieved = self._find_turns(), 0
        if asked:
            report.unavailable_waits = report.unavailable_waits or instant(session.started)
        try:
            if asked and not session.budget.is_tight:
                unbelieved = self._ask_for_unavailable(asked)
                report.unavailable_waits = ""
        except (Throttled, BudgetSpent):
            pass
        except (Blocked, UnexpectedResponse) as failure:
            report.unavailable_waits = ""
            report.limits.append(text("back-untold", platform=session.platform.title, why=failure.message))
        waits = report.unavailable_waits
        if waits and session.started - moment(waits) >= timedelta(days=TURN):
            report.limits.append(text("back-waits", day=waits[:10], platform=session.platform.title))
        return unbelieved

    def _find_turns(self) -> list[RecordState]:
        """Return the unavailable records whose turn it is.

        No story is one: it is over with its day, and a list leads to each that is shown.
        """
        session, seen = self._session, self._session.seen
        since, day = instant(session.started - BACK), session.started.toordinal()
        due = (
            held for held in session.known.in_window()
            if held.status == UNAVAILABLE and held.current_at >= since and held.record_id not in seen
            and is_looked_for(held.kind, held.record_id) and held.kind not in ("profile", "story")
            and not days_to_turn(held.record_id, TURN, day)
        )  # fmt: skip
        return list(islice(due, min(lookups.ASKED_AT_MOST, LOOKUPS * session.platform.ids_in_a_lookup)))

    def _ask_for_unavailable(self, asked: list[RecordState]) -> int:
        """Ask for unavailable records.

        Returns how many have another status, if too many to be believed.

        What is there again is observed, and has returned. What is not believed stays as it is, and is asked
        for again in its turn.
        """
        report = self._report
        self._session.identify()
        changed = [absence for absence in self._lookup.ask(asked) if absence.status != UNAVAILABLE]
        report.returned += [
            held.record_id for held in asked if held.missing and held.record_id in self._session.seen
        ]
        if is_too_many(len(changed), self._count_archived()):
            return len(changed)
        report.absences += changed
        self._prove(changed)
        return 0

    # -- reporting -------------------------------------------------------------------------------------------

    def _prove(self, absences: Iterable[Absence]) -> None:
        """Make the rows of absences, each with the response that proves it."""
        for exchange, said in _group_by_exchange(absences):
            self._session.writer.prove(said, exchange)

    def _report_limits(self, waiting: int, unbelieved: int) -> None:
        """Add what could not be found out to the report's limits."""
        lookup, title, limits = self._lookup, self._session.platform.title, self._report.limits
        limits.append(lookup.limits)
        if lookup.failing:
            code = "untold" if lookup.failure else "untold-plain"
            number = counted(len(lookup.failing), "record")
            limits.append(
                text(code, platform=title, records=number, _first=lookup.failing[0], why=lookup.failure)
            )
        if waiting:
            limits.append(text("asked-in-turn", platform=title, records=counted(waiting, "record")))
        if unbelieved:
            limits.append(text("not-believed", platform=title, records=counted(unbelieved, "record")))

    def _find_doubted_elsewhere(self) -> list[str]:
        """Return what is in doubt before the window.

        Only needed if the window brings more.
        """
        session = self._session
        since = session.info.window.get("since", "")
        found = session.state.window(None) if self._report.doubted and since else ()
        return [held.record_id for held in found if held.present and held.doubted and held.window_at < since]


def is_too_many(vanished: int, archived: int) -> bool:
    """Return whether so many records vanished at once that a person has to look at it."""
    return vanished > MANY or (vanished >= FEW and vanished > archived * SHARE)


def asked_at_most(platform: Platform) -> int:
    """Return how many records may be asked for by id in one capture.

    More on a platform that returns many in one response, unless each is paid for. Lists leave some out that
    are there (Facebook's 600 posts of a year, X's 800 mentions): each sweep asks for these.
    """
    return (
        lookups.ASKED_AT_MOST
        if platform.price
        else max(lookups.ASKED_AT_MOST, LOOKUPS * platform.ids_in_a_lookup)
    )


def turns_needed(record_ids: list[str], most: int) -> int:
    """Return after how many days each record was asked for, with at most `most` a day.

    It is a power of two, so that it rarely changes.
    """
    every = 1
    while max(Counter(days_to_turn(record_id, every, 0) for record_id in record_ids).values()) > most:
        every *= 2
    return every


def days_to_turn(record_id: str, every: int, day: int) -> int:
    """Return how many days a record waits for its turn.

    every: days between two turns.
    day: the ordinal of today.
    """
    return (int(sha256(record_id.encode()), 16) - day) % every


def _waiting_since(session: CaptureSession) -> str:
    """Return since when unavailable records were not asked for; "" if they were.

    The last sweep recorded it.
    """
    waits: str = session.state.sums.read.get("unavailable", "")
    return waits if waits > instant(session.started - BACK) else ""


def _group_by_exchange(said: Iterable[Absence]) -> list[tuple[Exchange, list[Absence]]]:
    """Group absences by the response that proves them."""
    grouped: dict[int, tuple[Exchange, list[Absence]]] = {}
    for absence in said:
        grouped.setdefault(id(absence.exchange), (absence.exchange, []))[1].append(absence)
    return list(grouped.values())
