"""The audit as somebody may see it: of an event that is about a confidential account or something under quarantine, or that belongs to a
matter of counsel, others see that it is there, and not its words. Of a list of what a page showed the ids of such records
are left out.

To look at it is an event too.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recordroom import people
from recordroom.archive import trail
from recordroom.archive.trail import OPEN, Cursor, Event, Page, Wanted
from recordroom.errors import RecordroomError, ServiceUnavailable
from recordroom.model import canonical, instant
from recordroom.search import barring
from recordroom.search.naming import listed, naming, not_to_be_seen, words
from recordroom.search.results import Searcher

SIZE, BATCH = 50, 500  # events of a page, and of a piece of an export
WITHHELD, LEFT_OUT = "withheld", "left_out"
OF_PEOPLE = ("sign-in", "sign-in refused", "sign-out", "roles")  # about no record: a role may be called as a hidden account is
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody may see. `hidden`: accounts of which they may see nothing; None: nobody knows which, and every event's words are
    withheld. `quarantined`, `matters`: whether they may see what is under quarantine, and matters of counsel beside their own."""

    who: str
    hidden: Collection[str] | None
    quarantined: bool = False
    matters: bool = False

    def keeps_back(self, event: Event) -> bool:
        """Whether it belongs to a matter that is not theirs."""
        filters = event.get("filters")
        return isinstance(filters, dict) and bool(filters.get("matter")) and not self.matters and not people.same(event["actor"], self.who)


def page(searcher: Searcher, wanted: Wanted, cursor: Cursor | None, sight: Sight) -> Page:
    found = trail.page(searcher.archive, searcher.journal.folder, wanted, SIZE, cursor)
    if not _may_ask(searcher, wanted, sight):
        found = Page((), None, problem=found.problem)
    shown = tuple(_answering(searcher, found.events, wanted, sight))
    searcher.note("audit", sight.who, **_told(wanted), shown=len(shown), further=cursor is not None)
    return replace(found, events=shown)


def everything(searcher: Searcher, wanted: Wanted, sight: Sight) -> Iterator[Event]:
    """All that is wanted, newest first, in flat memory. That it is taken out stands in the archive before the first one is given:
    ServiceUnavailable where the bucket is away."""
    searcher.hand_out("audit-export", sight.who, **_told(wanted))
    return _pages(searcher, wanted, sight)


def _pages(searcher: Searcher, wanted: Wanted, sight: Sight) -> Iterator[Event]:
    cursor: Cursor | None = Cursor() if _may_ask(searcher, wanted, sight) else None
    while cursor is not None:
        found = trail.page(searcher.archive, searcher.journal.folder, wanted, BATCH, cursor)
        if found.problem:  # half an audit must not look like a whole one
            raise ServiceUnavailable(f"the audit cannot be read to its end: {found.problem}", "Take it again when the archive can be read.")
        yield from _answering(searcher, found.events, wanted, sight)
        cursor = found.more


def _told(wanted: Wanted) -> dict[str, Any]:
    days = {name: instant(value) for name, value in (("from", wanted.from_), ("to", wanted.to)) if value is not None}
    return {name: value for name, value in (("of", wanted.actor), ("kind", wanted.type), ("record", wanted.record)) if value} | days


def _may_ask(searcher: Searcher, wanted: Wanted, sight: Sight) -> bool:
    """Of a record that they may not see, not even how many events there are, nor when, is told."""
    asked = {"event": "", "time": "", "actor": sight.who, "type": "show", "record_id": wanted.record}
    return not wanted.record or not any(WITHHELD in event for event in _shown(searcher, [asked], sight, sure=True))


def _answering(searcher: Searcher, events: Sequence[Event], wanted: Wanted, sight: Sight) -> Iterator[Event]:
    """Where a record was asked for, what does not name it any more as they see it is no answer: it would say what it is withheld for."""
    seen = [event for event in _shown(searcher, events, sight, sure=bool(wanted.record)) if wanted.has(event)]
    yield from barring.with_reasons(searcher, seen, sight.hidden or ()) if sight.quarantined else seen


def _barred(searcher: Searcher, *, quarantined: bool) -> Collection[str] | None:
    """The records and files of which this person may see nothing; None: nobody knows which."""
    if quarantined:
        return ()
    try:
        found = searcher.quarantine.now()
    except ServiceUnavailable:
        return None
    return (*found.records, *found.files)


def _shown(searcher: Searcher, events: Sequence[Event], sight: Sight, *, sure: bool = False) -> Iterator[Event]:
    """`sure`: ServiceUnavailable where nobody can say now what they may see, else all words are withheld then."""
    hidden, barred = sight.hidden, _barred(searcher, quarantined=sight.quarantined)
    known = None if hidden is None or barred is None else _naming(searcher, events, hidden, barred)
    if known is None and sure:
        raise ServiceUnavailable("which events of the audit you may see is not known now", "Ask again in some minutes.")
    named, unseen = known or (set(), set())
    for event in events:
        if event["type"] in OF_PEOPLE:
            yield event
        elif known is None or sight.keeps_back(event) or event["event"] in named or _has(words(event), (*(hidden or ()), *(barred or ()))):
            yield {name: event[name] for name in OPEN} | {WITHHELD: True}
        else:
            yield _lessened(event, unseen, hidden or ())


def _lessened(event: Event, unseen: Collection[str], hidden: Collection[str]) -> Event:
    """Without the ids of its list that are not to be seen; how many they are is told."""
    ids = listed(event)
    rest = [one for one in ids if one not in unseen]
    if _has(rest, hidden):
        rest = [one for one in rest if not _has(one, hidden)]
    return event if len(rest) == len(ids) else event | {"records": rest, LEFT_OUT: len(ids) - len(rest)}


def _naming(
    searcher: Searcher, events: Sequence[Event], hidden: Collection[str], barred: Collection[str]
) -> tuple[Collection[str], Collection[str]] | None:
    """(the events' names, and the ids in their lists, that are not to be seen); None where nobody can say now which these are."""
    about = [event for event in events if event["type"] not in OF_PEOPLE]
    try:
        return naming(searcher, about, hidden, barred), not_to_be_seen(searcher, about, hidden, barred)
    except RecordroomError as problem:
        _log.warning("the words of the audit's events are withheld: %s", problem)
        return None


def _has(told: object, names: Iterable[str]) -> bool:
    """Whether one of these names stands in these words, in whatever place."""
    text = canonical(told).decode().casefold()
    return any(canonical(name).decode()[1:-1].casefold() in text for name in names)
