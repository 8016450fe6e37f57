"""The history of a record in plain words, each event with its source."""

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
from recordroom.records.record import RecordVersion, RecordView
from recordroom.search.hits import Record
from recordroom.status import choose_time_label, describe_status, is_claim, is_public, name_status
from recordroom.web import titles

_HOW = {
    "platform": "source: the platform",
    "capture": "source: a capture at this time",
    "history": "source: the platform's list of versions",
    "import": "source: a submitted file",
}


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One event in the history of a record."""

    at: str  # an instant in UTC, as text
    what: str  # what happened
    how: str  # the source: how the archive knows


def list_quarantine_events(
    stays: QuarantineHistory, shown: RecordView, files: Mapping[str, str]
) -> Iterator[TimelineEvent]:
    """Yield when a record, or a file of it, was put under quarantine or lifted.

    Only for people who may see the quarantine. files: SHA-256 -> type. Raises the errors of
    `QuarantineHistory.of`.
    """
    for thing, put, lifted in stays.of(
        [QuarantineTarget(RECORD, shown.record_id), *(QuarantineTarget(FILE, name) for name in files)]
    ):
        what = "" if thing.kind == RECORD else f"the {files[thing.name]} {thing.name[:12]} "
        for bar, act in ((put, "put under quarantine"), (lifted, "shown again after a quarantine")):
            if bar is not None:
                yield TimelineEvent(instant(bar.at), f"{what}{act}", f"{bar.who}: {bar.reason}")


def sort_by_time(versions: Sequence[RecordVersion]) -> list[RecordVersion]:
    """Return the versions of each account in the order of their states.

    `sequence` counts in the order in which they became known.
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
    """Return the events of a record in order of time.

    The first capture of an account also says what it did not see: the record may have been edited or hidden
    before.
    """
    found: list[TimelineEvent] = []
    records = [version.record for version in shown.versions]
    label = choose_time_label(records)
    for _, held in groupby(records, key=lambda record: record["account"]):
        found += _list_account_events(list(held), label)
    return sorted(found, key=lambda event: event.at)


def _list_account_events(versions: Sequence[Record], label: str) -> Iterator[TimelineEvent]:
    """Yield the events of one account.

    versions: all versions that the account has, in order. label: what their time is the time of.
    """
    if versions[0]["published_at"]:
        yield TimelineEvent(
            versions[0]["published_at"], label, _HOW["import" if is_claim(versions[0]) else "platform"]
        )
    late = [own for own in versions if own["late_arrival"]]
    for own in late:
        if is_claim(own):
            yield from _list_claim_events(own)
        else:
            yield TimelineEvent(own["valid_from"], "an earlier version, added later", _describe_source(own))
    seen = [own for own in versions if not own["late_arrival"]]
    if seen:
        yield from _list_first_events(seen[0], lost=not late)
    for before, own in zip([None, *seen], seen, strict=False):
        if before is not None:
            yield from _list_change_events(own, before)


def _list_claim_events(own: Record) -> Iterator[TimelineEvent]:
    """Yield when a file says that a version existed, and when the file came."""
    if own["valid_from"] < own["captured_at"]:
        yield TimelineEvent(
            own["valid_from"], f"published as in version {own['sequence']}", _describe_source(own)
        )
    called = "" if own["status"] == VISIBLE else f", with the status {name_status(own['status'])}"
    yield TimelineEvent(
        own["captured_at"],
        f"added to {titles.name_account(own['account'])} from a file{called}",
        f"{own['source']}; capture {own['capture_id']}",
    )


def _list_first_events(own: Record, *, lost: bool) -> Iterator[TimelineEvent]:
    """Yield how a record was seen first.

    lost: no version from before an edit is known.
    """
    if own["edited_at"] and own["edited_at"] <= own["captured_at"]:
        before = "; the earlier text was never captured" if lost else ""
        yield TimelineEvent(own["edited_at"], f"edited before the first capture{before}", _HOW["platform"])
    already = "" if is_public(own) else f", already {describe_status(own)}"
    reason = f"; {own['status_reason']}" if already and own["status_reason"] else ""
    yield TimelineEvent(
        own["captured_at"],
        f"first captured, in {titles.name_account(own['account'])}{already}",
        f"capture {own['capture_id']}{reason}",
    )


def _list_change_events(own: Record, before: Record) -> Iterator[TimelineEvent]:
    words = describe_changes(own, before, status=False)
    if words or "status" not in own["changed"]:
        yield TimelineEvent(own["valid_from"], words or "captured again, unchanged", _describe_source(own))
    if "status" in own["changed"]:
        how = "; ".join(filter(None, (own["status_reason"], f"capture {own['capture_id']}")))
        yield TimelineEvent(own["captured_at"], _describe_status_change(own, before), how)


def _describe_status_change(own: Record, before: Record) -> str:
    """Describe a change of status.

    Platforms do not report its time: one capture saw it, and the capture before did not.
    """
    if own["status"] == VISIBLE:
        return "found visible again"
    if own["status"] not in ABSENT_STATUSES or before["status"] in ABSENT_STATUSES:
        return f"found {describe_status(own)}"
    seen = (
        f" (last seen {dates.format_both_zones(moment(own['last_seen_at']))})" if own["last_seen_at"] else ""
    )
    return f"found missing{seen}: {describe_status(own)}"


def _describe_source(own: dict[str, Any]) -> str:
    return _HOW.get(own["valid_from_source"], str(own["valid_from_source"]))
