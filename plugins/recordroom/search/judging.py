"""Which events of the audit somebody may read who may not see everything, each judged apart.

One rule: an event is read by whoever may see all that it names. What names a hidden account, an author of whom everything is hidden, or a
record of which it is not known that they may see it, is withheld: so no event tells of an id that somebody guessed whether it is one.
What only stood on a page is left out of its list.

The lightest are judged first, and all of them within PATIENCE. Whoever has made one so heavy that there is no time for it has
that one withheld, and no other.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from recordroom.archive.trail import Event
from recordroom.capture.permalink import requests
from recordroom.errors import RecordroomError, ServiceUnavailable
from recordroom.search import node
from recordroom.search.asking import MAY_BE, UNCHECKED, Asking
from recordroom.search.naming import Named, named
from recordroom.search.pasted import spellings
from recordroom.search.results import Searcher
from recordroom.search.unseen import Unseen, addressed, known

PATIENCE = 10.0  # seconds for all
TOGETHER = 20_000  # weight of what is judged together
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`withheld`: why, in words; "" where it may be read. `left_out`: what of its list may not."""

    withheld: str = ""
    left_out: frozenset[str] = frozenset()


def judge(searcher: Searcher, events: Sequence[Event], unseen: Unseen) -> dict[str, Verdict]:
    """By the events' own names."""
    said = {event["event"]: named(event) for event in events}
    if not unseen:
        return dict.fromkeys(said, Verdict())
    until, found = time.monotonic() + PATIENCE, dict[str, Verdict]()
    for some in _together(said):
        found |= _judged_or_left(searcher, some, unseen, until)
    return found


def _judged_or_left(searcher: Searcher, some: Mapping[str, Named], unseen: Unseen, until: float) -> dict[str, Verdict]:
    """What Elasticsearch refuses is asked in halves, so that it costs the event alone for which it is refused."""
    try:
        return _judged(searcher, some, unseen, until)
    except RecordroomError as problem:
        if len(some) > 1 and time.monotonic() <= until and not isinstance(problem, ServiceUnavailable):
            items, half = list(some.items()), len(some) // 2
            halves = (dict(items[:half]), dict(items[half:]))
            return {name: verdict for own in halves for name, verdict in _judged_or_left(searcher, own, unseen, until).items()}
        _log.warning("%d events of the audit could not be checked: %s", len(some), problem)
        return {name: Verdict(UNCHECKED, frozenset(one.listed)) for name, one in some.items()}


def _together(said: Mapping[str, Named]) -> Iterator[dict[str, Named]]:
    """The lightest first; what is heavy is alone."""
    some, weight = dict[str, Named](), 0
    for name, one in sorted(said.items(), key=lambda item: item[1].weight):
        if some and weight + one.weight > TOGETHER:
            yield some
            some, weight = {}, 0
        some[name], weight = one, weight + one.weight
    if some:
        yield some


def _judged(searcher: Searcher, some: Mapping[str, Named], unseen: Unseen, until: float) -> dict[str, Verdict]:
    _look_at_the_clock(until)
    ids = {reading for one in some.values() for mention in (*one.ids, one.listed) for reading in mention}
    seen = known(searcher, ids, unseen, until)
    spelled = dict(_spelled(some, until))
    found = addressed(searcher, {spelling for alike in spelled.values() for spelling in alike}, unseen, until)
    shut = {address for address, alike in spelled.items() if not found.isdisjoint(alike)}
    withheld = dict(_captured(searcher, some, unseen))
    withheld |= {name: MAY_BE for name, one in some.items() if _names(one, unseen, seen, shut)}
    withheld |= Asking(searcher, unseen, until).of({name: one for name, one in some.items() if name not in withheld})
    return {name: Verdict(withheld.get(name, ""), frozenset(one.listed) - seen) for name, one in some.items()}


def _look_at_the_clock(until: float) -> None:
    if time.monotonic() > until:
        raise node.TooSlow("there was no time for it", "Look again later.")


def _spelled(some: Mapping[str, Named], until: float) -> Iterator[tuple[str, list[str]]]:
    for one in some.values():
        for address in one.addresses:
            _look_at_the_clock(until)
            yield address, spellings(address)[0]


def _names(one: Named, unseen: Unseen, seen: set[str], shut: set[str]) -> bool:
    """Whether it names what is not to be seen, but for what its queries find."""
    if one.unsure or one.accounts & unseen.accounts or one.files & unseen.files or one.addresses & shut:
        return True
    return any(mention & unseen.records or not mention & seen for mention in one.ids)


def _captured(searcher: Searcher, some: Mapping[str, Named], unseen: Unseen) -> Iterator[tuple[str, str]]:
    """What a capture at once brought says whose the address was; where nothing says it, it may be of something under quarantine."""
    for name, one in some.items():
        if one.request is not None:
            try:
                answer = requests.find_result(searcher.derived, one.request)
            except RecordroomError as problem:
                _log.warning("what came of a capture is not known: %s", problem)
                yield name, UNCHECKED
                continue
            records = answer.records if answer else ()
            hidden = answer is not None and answer.account in unseen.accounts
            unknown = bool(unseen.records or unseen.files) and not records
            if hidden or unknown or any(id_ in unseen.records for id_, _ in records):
                yield name, MAY_BE
