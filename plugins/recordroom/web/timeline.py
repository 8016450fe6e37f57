"""What became of a record, in plain words, each with how we know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from recordroom import dates
from recordroom.archive.quarantine.history import QuarantineHistory
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.model import ABSENT_STATUSES, VISIBLE, instant, moment
from recordroom.records.changes import describe_changes
from recordroom.records.record import RecordView, Version
from recordroom.search.hits import Record
from recordroom.status import describe_status, is_claim, is_public, time_label

_HOW = {
    "platform": "the platform says so",
    "capture": "this archive saw it then",
    "history": "the platform's own list of versions says so",
    "import": "a file that was handed in says so",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """`how`: how we know."""

    at: str
    what: str
    how: str


def list_quarantine_events(
    stays: QuarantineHistory, shown: RecordView, files: Mapping[str, str]
) -> Iterator[TimelineEvent]:
    """When it, or a file of it, was put under quarantine and shown again: for those alone who may know of it.
    `files`: SHA-256 -> type of its files. Fails as Stays does."""
    for thing, put, lifted in stays.of(
        [QuarantineTarget(RECORD, shown.record_id), *(QuarantineTarget(FILE, name) for name in files)]
    ):
        what = "" if thing.kind == RECORD else f"the {files[thing.name]} {thing.name[:12]} "
        for bar, act in ((put, "put under quarantine"), (lifted, "shown again, after a quarantine")):
            if bar is not None:
                yield TimelineEvent(instant(bar.at), f"{what}{act}", f"{bar.who}: {bar.reason}")


def sort_by_time(versions: Sequence[Version]) -> list[Version]:
    """Account by account, each state after the one that stood before it; a sequence counts in the order in
    which they became known.
    """
    accounts = list(dict.fromkeys(version.record["account"] for version in versions))
    return sorted(
        versions,
        key=lambda v: (
            accounts.index(v.record["account"]),
            v.record["valid_from"] or "",
            v.record["sequence"],
        ),
    )


def list_events(shown: RecordView) -> list[TimelineEvent]:
    """In order of time. An account's first look is told with what it did not see: a record may have been
    edited or hidden before.
    """
    found: list[TimelineEvent] = []
    records = [version.record for version in shown.versions]
    word = time_label(records)
    for _, held in groupby(records, key=lambda record: record["account"]):
        found += _list_account_events(list(held), word)
    return sorted(found, key=lambda event: event.at)


def _list_account_events(versions: Sequence[Record], word: str) -> Iterator[TimelineEvent]:
    """Of all versions that one account has, in order. `word`: what its time is the time of."""
    if versions[0]["published_at"]:
        yield TimelineEvent(
            versions[0]["published_at"], word, _HOW["import" if is_claim(versions[0]) else "platform"]
        )
    late = [own for own in versions if own["late_arrival"]]
    for own in late:
        if is_claim(own):
            yield from _list_claim_events(own)
        else:
            yield TimelineEvent(
                own["valid_from"], "an earlier state, which became known later", _describe_source(own)
            )
    seen = [own for own in versions if not own["late_arrival"]]
    if seen:
        yield from _list_first_events(seen[0], lost=not late)
    for before, own in zip([None, *seen], seen, strict=False):
        if before is not None:
            yield from _list_change_events(own, before)


def _list_claim_events(own: Record) -> Iterator[TimelineEvent]:
    """When it stood so, where the file tells that, and when the file came, and whose word it is."""
    if own["valid_from"] < own["captured_at"]:
        yield TimelineEvent(
            own["valid_from"], f"it stood as version {own['sequence']} tells", _describe_source(own)
        )
    called = "" if own["status"] == VISIBLE else f", which calls it {own['status']}"
    yield TimelineEvent(
        own["captured_at"],
        f"came into {own['account']} with a file{called}",
        f"{own['source']}; capture {own['capture_id']}",
    )


def _list_first_events(own: Record, *, lost: bool) -> Iterator[TimelineEvent]:
    """`lost`: nothing tells how it read before an edit that came earlier."""
    if own["edited_at"] and own["edited_at"] <= own["captured_at"]:
        before = "; what stood there before was never captured" if lost else ""
        yield TimelineEvent(own["edited_at"], f"edited before it was first seen{before}", _HOW["platform"])
    already = "" if is_public(own) else f", already {describe_status(own)}"
    reason = f"; {own['status_reason']}" if already and own["status_reason"] else ""
    yield TimelineEvent(
        own["captured_at"],
        f"first seen, in {own['account']}{already}",
        f"capture {own['capture_id']}{reason}",
    )


def _list_change_events(own: Record, before: Record) -> Iterator[TimelineEvent]:
    words = describe_changes(own, before, status=False)
    if words or "status" not in own["changed"]:
        yield TimelineEvent(own["valid_from"], words or "read again, as it was", _describe_source(own))
    if "status" in own["changed"]:
        how = "; ".join(filter(None, (own["status_reason"], f"capture {own['capture_id']}")))
        yield TimelineEvent(own["captured_at"], _describe_status_change(own, before), how)


def _describe_status_change(own: Record, before: Record) -> str:
    """Platforms tell no time of it: it was so when a capture looked, and not yet when one looked before."""
    if own["status"] == VISIBLE:
        return "found to be visible again"
    if own["status"] not in ABSENT_STATUSES or before["status"] in ABSENT_STATUSES:
        return f"found to be {describe_status(own)}"
    seen = (
        f" (last seen {dates.format_both_zones(moment(own['last_seen_at']))})" if own["last_seen_at"] else ""
    )
    return f"found to be gone{seen}: {describe_status(own)}"


def _describe_source(own: dict[str, Any]) -> str:
    return _HOW.get(own["valid_from_source"], str(own["valid_from_source"]))
