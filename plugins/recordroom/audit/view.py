"""The audit as somebody may see it: of an event that is about a confidential account or something under quarantine, or that belongs to a
matter of counsel, others see that it is there, and not its words (judging.py). Of a list of what a page showed the ids of such records
are left out; and while there are any, no event tells a number but those of COUNT_NO_RECORDS: whoever did it may have been shown more, so
that a query and a number beside it say that something hidden has its words.

What somebody asked in words of their own they read themselves, whatever it names: so nobody finds out by asking, and then looking here,
whether what they guessed is hidden. To look at it is an event too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recordroom import people
from recordroom.archive.audit import trail
from recordroom.archive.audit.trail import OPEN, Cursor, Event, Page, Wanted
from recordroom.audit.references import QUESTIONS, list_shown
from recordroom.audit.visible_ids import HiddenContent
from recordroom.audit.withholding import MAY_BE, UNCHECKED, Verdict, judge_events
from recordroom.errors import ServiceUnavailable
from recordroom.model import instant
from recordroom.records import quarantine
from recordroom.search.access import Viewer
from recordroom.search.searcher import Searcher

SIZE, BATCH = 50, 500  # events of a page, and of a piece of an export
WITHHELD = "withheld"  # why
COUNT_NO_RECORDS = ("sequence", "entry", "line", "lines", "shipped")  # names of numbers
_OF_QUARANTINE = ("barred",)  # numbers that are told to nobody without that right
OF_PEOPLE = (
    "sign-in",
    "sign-in refused",
    "sign-out",
    "roles",
)  # about no record: a role may be called as a hidden account is
ASKED = (
    *QUESTIONS,
    "search",
    "estimate",
    "term report",
    "order",
    "export",
    "person",
    "capture now",
)  # in words of one's own


@dataclass(frozen=True, slots=True)
class AuditReader:
    """A person who reads the audit."""

    viewer: Viewer
    accounts_known: bool  # False: which accounts are hidden from them is not known, and the text of every event is withheld

    def is_kept_from(self, event: Event) -> bool:
        """Whether the event belongs to a legal matter of other people."""
        filters = event.get("filters")
        is_of_matter = isinstance(filters, dict) and bool(filters.get("matter"))
        return is_of_matter and not self.viewer.sees_matters and not self.did(event)

    def did(self, event: Event) -> bool:
        """Whether the event records what this person did."""
        return self.viewer.name is not None and people.same(event["actor"], self.viewer.name)


def read_page(searcher: Searcher, wanted: Wanted, cursor: Cursor | None, reader: AuditReader) -> Page:
    """Return one page of the events, and record in the audit that it was read."""
    asked = _may_be_told(searcher, wanted, reader)
    found = trail.page(searcher.archive, searcher.journal.folder, asked, SIZE, cursor)
    shown = tuple(_answering(searcher, found.events, asked, reader))
    searcher.note("audit", reader.viewer.name, **_told(wanted), shown=len(shown), further=cursor is not None)
    return replace(found, events=shown)


def read_all(searcher: Searcher, wanted: Wanted, reader: AuditReader) -> Iterator[Event]:
    """All that is wanted, newest first, in flat memory. That it is taken out stands in the archive before the first one is given:
    ServiceUnavailable where the bucket is away, or nobody can say what may be told."""
    asked = _may_be_told(searcher, wanted, reader)
    searcher.record_release("audit-export", reader.viewer.name, **_told(wanted))
    return _pages(searcher, asked, reader)


def _pages(searcher: Searcher, asked: Wanted, reader: AuditReader) -> Iterator[Event]:
    more: Cursor | None = Cursor()
    while more is not None:
        found = trail.page(searcher.archive, searcher.journal.folder, asked, BATCH, more)
        if found.problem:  # half an audit must not look like a whole one
            raise ServiceUnavailable(
                f"the audit cannot be read to its end: {found.problem}",
                "Take it again when the archive can be read.",
            )
        reader = replace(
            reader, viewer=reader.viewer.renew()
        )  # what was put under quarantine meanwhile is left out
        yield from _answering(searcher, found.events, asked, reader)
        more = found.more


def _told(wanted: Wanted) -> dict[str, Any]:
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


def _may_be_told(searcher: Searcher, wanted: Wanted, reader: AuditReader) -> Wanted:
    """Of a record that they may not see, not even how many events there are, nor when, is told: it is looked for as far and as long as any
    other, and nothing is found. ServiceUnavailable where nobody can say now whether they may."""
    if not wanted.record:
        return wanted
    unseen = _unseen(reader)
    asked = {"event": "", "time": "", "actor": "", "type": "show", "record_id": wanted.record}
    verdict = Verdict(UNCHECKED) if unseen is None else judge_events(searcher, [asked], unseen)[""]
    if verdict.withheld == UNCHECKED:
        raise ServiceUnavailable(
            "which events of the audit you may see is not known now", "Ask again in some minutes."
        )
    return replace(wanted, nothing=True) if verdict.withheld else wanted


def _answering(
    searcher: Searcher, events: Sequence[Event], asked: Wanted, reader: AuditReader
) -> Iterator[Event]:
    """Where a record was asked for, what does not name it any more as they see it is no answer: it would say what it is withheld for. What
    could not be checked is told: whoever makes an event heavy must not hide by that what they saw."""
    seen = [
        event
        for event in _shown(searcher, events, reader)
        if asked.has(event) or event.get(WITHHELD) == UNCHECKED
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


def _shown(searcher: Searcher, events: Sequence[Event], reader: AuditReader) -> Iterator[Event]:
    unseen = _unseen(reader)
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
    """Without the ids of its list that are not to be seen, and without numbers. `own`: they were told the numbers when they asked."""
    told = event | (
        {"records": [one for one in ids if one not in unseen]} if (ids := list_shown(event)) else {}
    )
    return (
        told
        if own
        else {name: _uncounted(value) for name, value in told.items() if not _counts(name, value, told)}
    )


def _counts(name: str, value: object, beside: Mapping[str, Any]) -> bool:
    """Whether it may tell how many records there are: a later page does it too, beside a query. That of something no version was shown
    tells that nobody saw it."""
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
