"""The audit as one person may read it.

An event about a hold that the reader may not read is listed without its text and without the person. An
event about a confidential account, about something under quarantine, or about a legal matter of other
people is listed without its text (withholding.py). The IDs of such records are removed from lists of what a
page showed. While anything is hidden from the reader, no event shows a number except those of
COUNT_NO_RECORDS: another person may have been shown more, and a query with a number could then reveal that
something hidden has its words.

People read the text of their own searches, whatever these name. So no one learns, by searching and then
looking here, whether something that they guessed is hidden. Reading the audit is an event too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recordroom import people
from recordroom.archive.audit import trail
from recordroom.archive.audit.trail import OPEN, Event, EventFilter, TrailCursor, TrailPage
from recordroom.audit.references import QUESTIONS, list_shown
from recordroom.audit.visible_ids import HiddenContent
from recordroom.audit.withholding import MAY_BE, UNCHECKED, Verdict, judge_events
from recordroom.errors import ArchiveError, ServiceUnavailable
from recordroom.model import instant
from recordroom.records import quarantine
from recordroom.records.holds import may_read
from recordroom.retention.hold_entries import Holds
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher

SIZE, BATCH = 50, 500  # events of a page, and of a piece of an export
WITHHELD = "withheld"  # why
COUNT_NO_RECORDS = ("sequence", "entry", "line", "lines", "shipped")  # names of numbers
_OF_QUARANTINE = ("barred",)  # numbers that only people with that right see
# about no record: a role may be called as a hidden account is
OF_PEOPLE = ("sign-in", "sign-in refused", "sign-out", "roles")
OF_HOLDS = (
    "hold", "hold counted", "hold changed", "hold acknowledged", "hold request closed", "hold released",
)  # fmt: skip
# in words of one's own
ASKED = (*QUESTIONS, "search", "estimate", "term report", "order", "export", "person", "capture now")


@dataclass(frozen=True, slots=True)
class AuditReader:
    """A person who reads the audit."""

    viewer: Viewer
    # False: which accounts are hidden from them is not known, and the text of every event is withheld
    accounts_known: bool

    def is_kept_from(self, event: Event) -> bool:
        """Whether the event belongs to a legal matter of other people."""
        filters = event.get("filters")
        is_of_matter = isinstance(filters, dict) and bool(filters.get("matter"))
        return is_of_matter and not self.viewer.sees_matters and not self.did(event)

    def may_read_hold(self, event: Event, holds: Holds | None) -> bool:
        """Whether the person may read who did what about a hold.

        holds: None if they are not known now.
        """
        if self.did(event):
            return True
        hold = holds.get(str(event.get("hold", ""))) if holds is not None else None
        if hold is not None:
            return may_read(hold, self.viewer)
        return self.viewer.sees_matters or (holds is not None and not event.get("confidential"))

    def did(self, event: Event) -> bool:
        """Whether the event records what this person did."""
        return self.viewer.name is not None and people.is_same_person(event["actor"], self.viewer.name)


def read_page(
    searcher: Searcher, wanted: EventFilter, cursor: TrailCursor | None, reader: AuditReader
) -> TrailPage:
    """Return one page of the events, and record in the audit that it was read."""
    asked = _may_be_told(searcher, wanted, reader)
    found = trail.read_page(searcher.archive, searcher.journal.folder, asked, SIZE, cursor)
    shown = tuple(_answering(searcher, found.events, asked, reader))
    searcher.note("audit", reader.viewer.name, **_told(wanted), shown=len(shown), further=cursor is not None)
    return replace(found, events=shown)


def read_all(searcher: Searcher, wanted: EventFilter, reader: AuditReader) -> Iterator[Event]:
    """Yield all events that are wanted, newest first, in constant memory.

    The archive has the event of this export before the first one is returned: ServiceUnavailable if the
    bucket is away, or if it is not known what the reader may see.
    """
    asked = _may_be_told(searcher, wanted, reader)
    searcher.record_release("audit-export", reader.viewer.name, **_told(wanted))
    return _pages(searcher, asked, reader)


def _pages(searcher: Searcher, asked: EventFilter, reader: AuditReader) -> Iterator[Event]:
    more: TrailCursor | None = TrailCursor()
    while more is not None:
        found = trail.read_page(searcher.archive, searcher.journal.folder, asked, BATCH, more)
        if found.problem:  # half an audit must not look like a whole one
            raise ServiceUnavailable(
                f"the audit cannot be read completely: {found.problem}",
                "Download it again when the archive can be read.",
            )
        # what was put under quarantine meanwhile is left out
        reader = replace(reader, viewer=reader.viewer.renew())
        yield from _answering(searcher, found.events, asked, reader)
        more = found.more


def _told(wanted: EventFilter) -> dict[str, Any]:
    days = {
        name: instant(value)
        for name, value in (("from", wanted.from_), ("to", wanted.to))
        if value is not None
    }
    return {
        name: value
        for name, value in (("of", wanted.actor), ("kind", wanted.type), ("record", wanted.record))
        if value
    } | days


def _may_be_told(searcher: Searcher, wanted: EventFilter, reader: AuditReader) -> EventFilter:
    """Return what to search for, as the reader may ask it.

    If the reader may not see the record, nothing is found, after a search of the usual time: neither how many
    events there are nor when. ServiceUnavailable if it is not known whether they may see it.
    """
    if not wanted.record:
        return wanted
    unseen = _unseen(reader)
    asked = {"event": "", "time": "", "actor": "", "type": "show", "record_id": wanted.record}
    verdict = Verdict(UNCHECKED) if unseen is None else judge_events(searcher, [asked], unseen)[""]
    if verdict.withheld == UNCHECKED:
        raise ServiceUnavailable(
            "it is unknown now which audit events you may see", "Try again in a few minutes."
        )
    return replace(wanted, nothing=True) if verdict.withheld else wanted


def _answering(
    searcher: Searcher, events: Sequence[Event], asked: EventFilter, reader: AuditReader
) -> Iterator[Event]:
    """Yield the events that answer the question, as the reader may see them.

    If a record was asked for, an event whose visible part no longer names it is left out: it would reveal why
    it is withheld. An event that could not be checked is listed: no one may hide what they saw by making an
    event too costly to check.
    """
    seen = [
        event
        for event in _shown(searcher, events, reader)
        if asked.matches(event) or event.get(WITHHELD) == UNCHECKED
    ]
    viewer = reader.viewer
    yield from quarantine.add_reasons(searcher, seen, viewer) if viewer.sees_quarantine else seen


def _unseen(reader: AuditReader) -> HiddenContent | None:
    """Return what is hidden from the reader; None if that is not known."""
    viewer = reader.viewer
    try:
        records, files = frozenset(viewer.withheld_records), frozenset(viewer.withheld_files)
    except ServiceUnavailable:
        return None
    return HiddenContent(frozenset(viewer.hidden_accounts), records, files) if reader.accounts_known else None


def _find_holds(searcher: Searcher, events: Sequence[Event]) -> Holds | None:
    """Return the holds, released ones too, if an event is about one; None if they are not known now."""
    if not any(event["type"] in OF_HOLDS for event in events):
        return {}
    try:
        return searcher.retention.refresh().holds
    except (ArchiveError, ServiceUnavailable):
        return None


def _shown(searcher: Searcher, events: Sequence[Event], reader: AuditReader) -> Iterator[Event]:
    unseen, holds = _unseen(reader), _find_holds(searcher, events)
    verdicts = (
        {}
        if unseen is None
        else judge_events(searcher, [event for event in events if event["type"] not in OF_PEOPLE], unseen)
    )
    for event in events:
        verdict = verdicts.get(event["event"], Verdict(UNCHECKED))
        own = unseen is not None and event["type"] in ASKED and reader.did(event)
        if event["type"] in OF_PEOPLE:
            yield event
        elif event["type"] in OF_HOLDS and not reader.may_read_hold(event, holds):
            # who places a confidential hold may tell what it is about
            why = UNCHECKED if holds is None else MAY_BE
            yield {name: event[name] for name in OPEN} | {"actor": "", WITHHELD: why}
        elif why := MAY_BE if reader.is_kept_from(event) else "" if own else verdict.withheld:
            yield {name: event[name] for name in OPEN} | {WITHHELD: why}
        else:
            told = (
                event
                if reader.viewer.sees_quarantine
                else {name: value for name, value in event.items() if name not in _OF_QUARANTINE}
            )
            yield _lessened(told, verdict.left_out, own=own) if unseen else told


def _lessened(event: Event, unseen: Collection[str], *, own: bool) -> Event:
    """Return an event without the hidden IDs of its list, and without numbers.

    own: the reader's own event; they were shown the numbers when they asked.
    """
    told = event | (
        {"records": [one for one in ids if one not in unseen]} if (ids := list_shown(event)) else {}
    )
    return (
        told
        if own
        else {name: _uncounted(value) for name, value in told.items() if not _counts(name, value, told)}
    )


def _counts(name: str, value: object, beside: Mapping[str, Any]) -> bool:
    """Whether a value may reveal how many records there are.

    The number of a later page next to a query does so too. Zero versions shows only that no one saw anything.
    """
    if name == "further":
        return "query" in beside
    of_records = (
        isinstance(value, int | float) and not isinstance(value, bool) and name not in COUNT_NO_RECORDS
    )
    return of_records and (name, value) != ("versions", 0)


def _uncounted(value: Any) -> Any:
    if isinstance(value, list):
        return [_uncounted(one) for one in value]
    if isinstance(value, dict):
        return {name: _uncounted(one) for name, one in value.items() if not _counts(name, one, value)}
    return value
