"""Put records and files under quarantine, and release them.

Each act is an entry in the ledger of the quarantine and an event in the audit, and takes effect at once.

The audit records an act before it is done, with the nonce that its ledger entry will have: an act that is
missing from the audit would never be read there, and the ledger shows which acts were not done. Only hiding a
record or file does not wait for an audit that cannot be written.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recordroom.archive.audit.trail import Event
from recordroom.archive.ledger import Entry
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.history import QuarantinePeriod
from recordroom.archive.quarantine.ledger import (
    FILE,
    LIFTED,
    PUT,
    RECORD,
    Quarantine,
    QuarantineEntry,
    QuarantineTarget,
)
from recordroom.errors import NotThere, RecordroomError, ServiceUnavailable, UsageError
from recordroom.records.record import list_documents
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.index.mapping import LONGEST_KEYWORD
from recordroom.search.searcher import Searcher

SOME = 1_000  # periods that are looked up together
_log = logging.getLogger(__name__)


def check(
    searcher: Searcher, type_: str, things: Sequence[QuarantineTarget], reason: str, viewer: Viewer
) -> None:
    """Fail as `put` or `lift` would for one of these targets, before any act is done."""
    for thing in things:
        if type_ == PUT and thing.kind == RECORD:
            check_record(searcher, thing.name, viewer)
        if type_ == LIFTED:
            _must_be_seen(searcher, thing, viewer)
    ledger.check(searcher.archive, searcher.quarantine.refresh(), type_, things, reason)


def put(
    searcher: Searcher, thing: QuarantineTarget, reason: str, viewer: Viewer, *, left: Sequence[str] = ()
) -> Entry:
    """Put a record or a file under quarantine.

    viewer: the person who acts. left: records that copy this one, and stay as they are. NotThere if there is
    no such record or file that they may see, UsageError if it is under quarantine already; ServiceUnavailable
    if the bucket or Elasticsearch is away: nothing was done then.
    """
    check(searcher, PUT, [thing], reason, viewer)
    told, act = False, secrets.token_hex(16)
    try:
        # only the ledger has the reason
        searcher.note("quarantine", viewer.name, **{thing.kind: thing.name}, act=act)
        told = True
    except RecordroomError as problem:
        _log.error("the audit could not record a quarantine: %s", problem)
    entry = ledger.put(
        searcher.archive, thing, reason, viewer.name, act, left=left, known=searcher.quarantine.now()
    )
    if thing.name not in searcher.quarantine.refresh().of(thing.kind):
        words = f"the ledger has the quarantine, but it is not in force here: {searcher.quarantine.problem}"
        raise ServiceUnavailable(words, "Keep people out of the records room, and run `recordroom verify`.")
    if not told:
        raise ServiceUnavailable(
            "it is hidden, and the ledger has the quarantine, but the audit could not record it",
            "Tell the administrator.",
        )
    return entry


def put_all(
    searcher: Searcher,
    things: Sequence[QuarantineTarget],
    reason: str,
    viewer: Viewer,
    *,
    left: Sequence[str] = (),
) -> list[Entry]:
    """Put these under quarantine in this order, and return the new entries.

    Things that are under quarantine already are skipped, so that the same request completes what an error
    interrupted. `left` belongs to the first thing; the rest as for `put`. UsageError if all are there
    already.
    """
    for (
        thing
    ) in things:  # also those that are skipped: no one may learn that a hidden account has one of them
        if thing.kind == RECORD:
            check_record(searcher, thing.name, viewer)
    known = searcher.quarantine.refresh()
    new = [thing for thing in things if thing.name not in known.of(thing.kind)] or things
    ledger.check(searcher.archive, known, PUT, new, reason)
    return [put(searcher, thing, reason, viewer, left=left if thing == things[0] else ()) for thing in new]


def lift(searcher: Searcher, thing: QuarantineTarget, reason: str, viewer: Viewer) -> Entry:
    """Release a record or a file from quarantine.

    UsageError if it is not under quarantine, as far as the viewer may see; ServiceUnavailable if the bucket
    is away. Nothing is shown again if the audit cannot be written.
    """
    check(searcher, LIFTED, [thing], reason, viewer)
    act = secrets.token_hex(16)
    searcher.note("lift", viewer.name, **{thing.kind: thing.name}, act=act)
    entry = ledger.lift(searcher.archive, thing, reason, viewer.name, act, known=searcher.quarantine.now())
    searcher.quarantine.refresh()
    return entry


def list_visible(searcher: Searcher, viewer: Viewer) -> Quarantine:
    """Return the quarantine without records and files that only hidden accounts have.

    A record that the index does not have is left out if the viewer has hidden accounts: it may be of one of
    these. ServiceUnavailable if Elasticsearch is away.
    """
    found = viewer.quarantine
    if not viewer.hidden_accounts:
        return found
    records, files = (_of_others(searcher, kind, found.of(kind), viewer) for kind in (RECORD, FILE))
    return replace(
        found,
        records={name: bar for name, bar in found.records.items() if name in records},
        files={name: bar for name, bar in found.files.items() if name in files},
    )


def list_ended(searcher: Searcher, viewer: Viewer) -> Iterator[QuarantinePeriod]:
    """Yield the periods of quarantine that ended, newest first, as far as `list_visible` shows them.

    ServiceUnavailable if the bucket or Elasticsearch is away.
    """
    stays = searcher.quarantine_history.list_ended()
    for start in range(0, len(stays), SOME):
        some = stays[start : start + SOME]
        shown = _visible(searcher, {stay.thing for stay in some}, viewer)
        yield from (stay for stay in some if stay.thing in shown)


def add_reasons(searcher: Searcher, events: Sequence[Event], viewer: Viewer) -> list[Event]:
    """Return the audit's events of quarantine acts with their reasons.

    The viewer may see the quarantine.
    The reason for a target that only hidden accounts have is left out.
    """
    things = {event["event"]: thing for event in events if (thing := _acted_on(event)) is not None}
    if not things:
        return list(events)
    try:
        acts, shown = searcher.quarantine_history.acts(), _visible(searcher, set(things.values()), viewer)
    except RecordroomError as problem:
        _log.warning("the audit is shown without the reasons of a quarantine: %s", problem)
        acts, shown = None, set(things.values())
    return [
        event | _reason(event, acts) if things.get(event["event"]) in shown else event for event in events
    ]


def _reason(event: Event, acts: Mapping[int | str, QuarantineEntry] | None) -> dict[str, Any]:
    if acts is None:
        return {"reason": "(cannot be read now)"}
    bar = acts.get(_act(event))
    return (
        {"reason": bar.reason, "entry": bar.number}
        if bar
        else {"reason": "(not carried out: the ledger has no such entry)"}
    )


def _act(event: Event) -> Any:
    """Return the nonce of an act.

    An event from before there were nonces has the number of its entry.
    """
    return event.get("act") or event.get("entry")


def _acted_on(event: Event) -> QuarantineTarget | None:
    """Return the target of an act.

    None for other events, for one whose text is withheld, and for a damaged one.
    """
    if event["type"] not in ("quarantine", "lift") or not isinstance(_act(event), str | int):
        return None
    return next(
        (QuarantineTarget(kind, event[kind]) for kind in (RECORD, FILE) if isinstance(event.get(kind), str)),
        None,
    )


def _visible(searcher: Searcher, things: set[QuarantineTarget], viewer: Viewer) -> set[QuarantineTarget]:
    if not viewer.hidden_accounts:
        return things
    names = {kind: {thing.name for thing in things if thing.kind == kind} for kind in (RECORD, FILE)}
    return {
        QuarantineTarget(kind, name)
        for kind, own in names.items()
        for name in _of_others(searcher, kind, own, viewer)
    }


def _of_others(searcher: Searcher, kind: str, names: Collection[str], viewer: Viewer) -> set[str]:
    """Return the records or files that an account has which the viewer may see."""
    if not names:
        return set()
    field = {RECORD: "record_id", FILE: "media.sha256"}[kind]
    query = {"bool": {"filter": [{"terms": {field: sorted(names)}}], "must_not": viewer.exclude_accounts()}}
    of = {"terms": {"field": field, "size": len(names), "include": sorted(names), **client.OF_FEW}}
    with client.speaking():
        answer = searcher.client.search(
            index=searcher.alias, body={"size": 0, "query": query, "aggs": {"of": of}}
        )
    return {bucket["key"] for bucket in answer["aggregations"]["of"]["buckets"]}


def _must_be_seen(searcher: Searcher, thing: QuarantineTarget, viewer: Viewer) -> None:
    if viewer.hidden_accounts and thing.name not in list_visible(searcher, viewer).of(thing.kind):
        raise ledger.refuse_absent(thing.name)


def count_records(searcher: Searcher, sha256: str, viewer: Viewer) -> int:
    """Count the records that name this file in any version, in the accounts that the viewer may see.

    ServiceUnavailable if Elasticsearch is away.
    """
    query = {"bool": {"filter": [{"term": {"media.sha256": sha256}}], "must_not": viewer.exclude_accounts()}}
    of = {"records": {"cardinality": {"field": "record_id", "precision_threshold": 40_000}}}
    with client.speaking():
        answer = searcher.client.search(index=searcher.alias, body={"size": 0, "query": query, "aggs": of})
    return int(answer["aggregations"]["records"]["value"])


def check_record(searcher: Searcher, record_id: str, viewer: Viewer) -> None:
    """Fail as `put` would for a record that is not there, or cannot be kept out of a search."""
    if not list_documents(searcher, record_id, viewer):
        raise NotThere(
            f"there is no record {record_id!r} in the index", "Copy the record ID from a search result."
        )
    if len(record_id) > LONGEST_KEYWORD:  # no query finds it by its id, and so none can leave it out
        words = (
            f"its record ID has {len(record_id):,} characters; a search cannot hide IDs of more than"
            f" {LONGEST_KEYWORD:,}"
        )
        raise UsageError(words, "Mark its account `confidential` in the register.")
