"""Decide which events of the audit a person may read who may not see everything, each on its own.

One rule: a person reads an event if they may see everything that it names. An event is withheld if it names a
hidden account, an author with nothing but hidden records, or a record that they are not known to be allowed
to see. So no event reveals whether an ID that someone guessed exists. Records that were only listed on a page
are removed from the event's list.

The least costly events are checked first, and all of them within PATIENCE. An event for which there is no
time is withheld, and no other one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from recordroom.archive.audit.trail import Event
from recordroom.audit.references import QueryPart, References, find_references, split_query
from recordroom.audit.visible_ids import (
    Clause,
    HiddenContent,
    find_hidden_addresses,
    find_visible,
    search_many,
)
from recordroom.capture.permalink import requests
from recordroom.errors import RecordroomError, ServiceUnavailable
from recordroom.search import client
from recordroom.search.query.permalinks import list_spellings
from recordroom.search.query.syntax import Trouble
from recordroom.search.searcher import Searcher

_log = logging.getLogger(__name__)

MAY_BE = "it may concern something that you may not see"
UNCHECKED = "it is unknown now whether you may see it"
CLAUSES = 500  # of one query, below the least that Elasticsearch takes
AT_ONCE = 8  # queries of one request
EACH = "1s"  # that one may take
_Body = Mapping[str, Any]


class HiddenSearch:
    """Searches for hidden records that the events name by an author, an address, or a query.

    until: when to stop, by time.monotonic().
    """

    def __init__(self, searcher: Searcher, unseen: HiddenContent, until: float) -> None:
        self._searcher, self._unseen, self._until = searcher, unseen, until
        self._withheld: dict[str, str] = {}

    def of(self, some: Mapping[str, References]) -> dict[str, str]:
        """Return the names of the events that are withheld, each with the reason in words."""
        waiting = self._waiting(some)
        while batch := list(islice(waiting, AT_ONCE)):
            answers = search_many(self._searcher, (body for _, body in batch), EACH)
            for (name, _), answer in zip(batch, answers, strict=True):
                self._hear(name, answer)
        return self._withheld

    def _waiting(self, some: Mapping[str, References]) -> Iterator[tuple[str, _Body]]:
        """Yield the searches one by one as they are needed.

        Parsing a query takes time too.
        """
        for name, one in some.items():
            try:
                for body in self._bodies(one):
                    if name in self._withheld:
                        break
                    yield name, body
            except Trouble:  # another version of recordroom could read it
                self._withheld[name] = MAY_BE
            except client.TooSlow as problem:
                self._leave(name, problem)

    def _hear(self, name: str, answer: Mapping[str, Any]) -> None:
        try:
            client.check(answer)
        except RecordroomError as problem:
            self._leave(name, problem)
        else:
            if answer["hits"]["total"]["value"] and not _beside(answer):
                self._withheld[name] = MAY_BE

    def _leave(self, name: str, problem: RecordroomError) -> None:
        _log.warning("an event of the audit could not be checked: %s", problem)
        self._withheld.setdefault(name, UNCHECKED)

    def _bodies(self, one: References) -> Iterator[_Body]:
        for id_, platforms in one.authors:
            of = [{"terms": {"platform": platforms}}] if platforms else []
            yield self._of_author({"bool": {"filter": [{"term": {"author_id": id_}}, *of]}})
        part, size = list[QueryPart](), 0
        for piece in self._pieces(one):
            if not piece.path:
                yield self._of_author(piece.clause)
                continue
            if part and size + piece.clauses > CLAUSES:
                yield self._any_of(part)
                part, size = [], 0
            part, size = [*part, piece], size + piece.clauses
        if part:
            yield self._any_of(part)

    def _pieces(self, one: References) -> Iterator[QueryPart]:
        for address in one.addresses:
            self._look_at_the_clock()
            forms = list_spellings(address)[1]
            yield from (
                QueryPart("url", {"wildcard": {"url": {"value": form, "case_insensitive": True}}})
                for form in forms
            )
        for query in one.queries:
            self._look_at_the_clock()
            yield from split_query(query)

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._until:
            raise client.TooSlow("the check of a query took too long", "Try again later.")

    def _any_of(self, part: Iterable[QueryPart]) -> _Body:
        hidden = [piece.hidden(self._unseen) for piece in part]
        return {"query": {"bool": {"should": hidden}}, "terminate_after": 1, "track_total_hits": True}

    def _of_author(self, clause: Clause) -> _Body:
        """Return the search that counts what is hidden of an author, and what is not."""
        beside = {"beside": {"filter": self._unseen.rest}}
        return {"query": clause, "post_filter": self._unseen.found, "aggs": beside, "track_total_hits": True}


def _beside(answer: Mapping[str, Any]) -> int:
    """Return how much of an author is not hidden; 0 for other searches."""
    return int(answer.get("aggregations", {}).get("beside", {}).get("doc_count", 0))


PATIENCE = 10.0  # seconds for all
TOGETHER = 20_000  # weight of what is judged together


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an event may be read."""

    withheld: str = ""  # why not, in words; "" if it may be read
    left_out: frozenset[str] = frozenset()  # IDs to remove from its list


def judge_events(searcher: Searcher, events: Sequence[Event], unseen: HiddenContent) -> dict[str, Verdict]:
    """Judge each event; the keys are the events' own names."""
    said = {event["event"]: find_references(event) for event in events}
    if not unseen:
        return dict.fromkeys(said, Verdict())
    until, found = time.monotonic() + PATIENCE, dict[str, Verdict]()
    for some in _together(said):
        found |= _judged_or_left(searcher, some, unseen, until)
    return found


def _judged_or_left(
    searcher: Searcher, some: Mapping[str, References], unseen: HiddenContent, until: float
) -> dict[str, Verdict]:
    """Judge these events.

    If Elasticsearch refuses, they are judged in halves, so that only the refused event is withheld.
    """
    try:
        return _judged(searcher, some, unseen, until)
    except RecordroomError as problem:
        if len(some) > 1 and time.monotonic() <= until and not isinstance(problem, ServiceUnavailable):
            items, half = list(some.items()), len(some) // 2
            halves = (dict(items[:half]), dict(items[half:]))
            return {
                name: verdict
                for own in halves
                for name, verdict in _judged_or_left(searcher, own, unseen, until).items()
            }
        _log.warning("%d events of the audit could not be checked: %s", len(some), problem)
        return {name: Verdict(UNCHECKED, frozenset(one.listed)) for name, one in some.items()}


def _together(said: Mapping[str, References]) -> Iterator[dict[str, References]]:
    """Yield groups to judge together, the least costly events first.

    A costly one is alone.
    """
    some, weight = dict[str, References](), 0
    for name, one in sorted(said.items(), key=lambda item: item[1].weight):
        if some and weight + one.weight > TOGETHER:
            yield some
            some, weight = {}, 0
        some[name], weight = one, weight + one.weight
    if some:
        yield some


def _judged(
    searcher: Searcher, some: Mapping[str, References], unseen: HiddenContent, until: float
) -> dict[str, Verdict]:
    _look_at_the_clock(until)
    ids = {reading for one in some.values() for mention in (*one.ids, one.listed) for reading in mention}
    seen = find_visible(searcher, ids, unseen, until)
    spelled = dict(_spelled(some, until))
    found = find_hidden_addresses(
        searcher, {spelling for alike in spelled.values() for spelling in alike}, unseen, until
    )
    shut = {address for address, alike in spelled.items() if not found.isdisjoint(alike)}
    withheld = dict(_captured(searcher, some, unseen))
    withheld |= {name: MAY_BE for name, one in some.items() if _names(one, unseen, seen, shut)}
    withheld |= HiddenSearch(searcher, unseen, until).of(
        {name: one for name, one in some.items() if name not in withheld}
    )
    return {name: Verdict(withheld.get(name, ""), frozenset(one.listed) - seen) for name, one in some.items()}


def _look_at_the_clock(until: float) -> None:
    if time.monotonic() > until:
        raise client.TooSlow("the check took too long", "Try again later.")


def _spelled(some: Mapping[str, References], until: float) -> Iterator[tuple[str, list[str]]]:
    for one in some.values():
        for address in one.addresses:
            _look_at_the_clock(until)
            yield address, list_spellings(address)[0]


def _names(one: References, unseen: HiddenContent, seen: set[str], shut: set[str]) -> bool:
    """Whether an event names something hidden, apart from what its queries find."""
    if one.unsure or one.accounts & unseen.accounts or one.files & unseen.files or one.addresses & shut:
        return True
    return any(mention & unseen.records or not mention & seen for mention in one.ids)


def _captured(
    searcher: Searcher, some: Mapping[str, References], unseen: HiddenContent
) -> Iterator[tuple[str, str]]:
    """Yield the events of single captures that may be about something hidden.

    The result of the capture names the account of the address. Without a result, the address may be of
    something under quarantine.
    """
    for name, one in some.items():
        if one.request is not None:
            try:
                answer = requests.find_result(searcher.derived, one.request)
            except RecordroomError as problem:
                _log.warning("the result of a capture is unknown: %s", problem)
                yield name, UNCHECKED
                continue
            records = answer.records if answer else ()
            hidden = answer is not None and answer.account in unseen.accounts
            unknown = bool(unseen.records or unseen.files) and not records
            if hidden or unknown or any(id_ in unseen.records for id_, _ in records):
                yield name, MAY_BE
