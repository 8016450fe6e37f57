"""Decide whether a record was visible at a given time.

Visible, not visible, or not known, and by which captures.

A capture observes a record in two cases: it brought a row of the record, or it was a complete check whose
window covers the record, which was then as in its last row. Two observations in a row that agree hold for the
time between them, as far as an archive can know. Between two that differ, and after the last one, the status
is not known. Before the time of publication that the platform gives, a record was not visible.

A check proves nothing about a record that it reports as missing, and nothing while so many records were
missing that the capture was not believed. For replies, it counts only if it read their conversation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from recordroom import dates
from recordroom.archive.gaps import Gap
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.model import VISIBLE, is_looked_for, moment
from recordroom.register.models import MASS_ABSENCE
from recordroom.search.hits import Record
from recordroom.search.index.watermarks import full_check
from recordroom.status import choose_time_label, name_status

SEEN, NOT_SEEN, NOT_KNOWN = "visible", "not visible", "not known"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one capture observed."""

    at: datetime
    capture_id: str
    status: str | None  # None: the capture cannot say


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether a record was visible in one account."""

    account: str
    at: datetime
    visible: str
    because: str
    captures: tuple[str, ...]  # the observations that this is based on
    sequence: int | None  # the version of that time, as far as known


def judge_visibility(
    ledger: Ledger, versions: Sequence[Record], window_at: str, gaps: Sequence[Gap], at: datetime
) -> Visibility:
    """Decide whether a record was visible in one account at a given time.

    versions: all sequences of the record in the account, in order. gaps: all gaps of the account, closed ones
    included.
    """
    account = versions[0]["account"]
    rows = [v for v in versions if not v["late_arrival"]]
    visible, because, captures = _judge(ledger, rows, window_at, gaps, at)
    stood = [v for v in versions if moment(v["valid_from"]) <= at]
    sequence = (
        max(stood, key=lambda v: (v["valid_from"], not v["late_arrival"], v["sequence"]))["sequence"]
        if stood
        else None
    )
    return Visibility(account, at, visible, because, captures, sequence)


def _judge(
    ledger: Ledger, rows: Sequence[Record], window_at: str, gaps: Sequence[Gap], at: datetime
) -> tuple[str, str, tuple[str, ...]]:
    """Return (visible, because, captures)."""
    published = next((moment(row["published_at"]) for row in rows if row["published_at"]), None)
    if published is not None and at < published:
        words = (
            f"the platform reports that it was {choose_time_label(rows)} {dates.format_both_zones(published)}"
        )
        return NOT_SEEN, words, (rows[0]["capture_id"],)
    doubt = next(
        (
            g
            for g in gaps
            if g.reason == MASS_ABSENCE and g.opened_at <= at and (g.closed_at is None or at < g.closed_at)
        ),
        None,
    )
    if doubt is not None:
        return (
            NOT_KNOWN,
            f"so many records were missing then that the absence was doubted: {doubt.detail}",
            (),
        )
    before, after = _around(ledger, rows, window_at, at)
    captures = tuple(dict.fromkeys(o.capture_id for o in (before, after) if o is not None))
    if before is None:
        first = (
            f"first captured {dates.format_both_zones(after.at)}"
            if after
            else "no capture found it; only imported files have it"
        )
        said = (
            f", {choose_time_label(rows)} {dates.format_both_zones(published)} according to the platform"
            if published
            else ""
        )
        return NOT_KNOWN, first + said, captures
    found = f"{name_status(before.status or 'not found')} {dates.format_both_zones(before.at)}"
    if after is None:
        return NOT_KNOWN, f"{found}, and not checked since", captures
    if (
        before.status is None
        or after.status is None
        or (before.status == VISIBLE) != (after.status == VISIBLE)
    ):
        return (
            NOT_KNOWN,
            (
                f"{found}, {name_status(after.status or 'not found')} {dates.format_both_zones(after.at)}:"
                " it changed between these times"
            ),
            captures,
        )
    return (
        SEEN if before.status == VISIBLE else NOT_SEEN,
        f"{found} and {name_status(after.status)} {dates.format_both_zones(after.at)}",
        captures,
    )


def _around(
    ledger: Ledger, rows: Sequence[Record], window_at: str, at: datetime
) -> tuple[Observation | None, Observation | None]:
    """Return the last observation up to `at`, and the first from then on."""
    earlier = [row for row in rows if moment(row["captured_at"]) <= at]
    later = [row for row in rows if moment(row["captured_at"]) >= at]
    before = _of_row(earlier[-1]) if earlier else None
    after = _of_row(later[0]) if later else None
    if before is None or before.at == at:
        return before, before or after  # it was not observed yet, or at this very moment
    reached, last = ledger.last_by(at), earlier[-1]
    place = reached.number if reached else 0
    for entry in _backwards(ledger, place, last["ledger_number"]):
        look = _look(entry, last, window_at)
        if look is not None and before.at <= look.at <= at:
            before = look
            break
    if before.at == at:
        return before, before
    upto = later[0]["ledger_number"] - 1 if later else ledger.head(place)
    for entry in ledger.entries(_tail(ledger, place), upto) if upto > place else ():
        look = _look(entry, last, window_at)
        if look is not None and look.at >= at:
            after = look
            break
    return before, after


def _of_row(row: Record) -> Observation:
    return Observation(moment(row["captured_at"]), row["capture_id"], row["status"])


def _look(entry: Entry, last: Record, window_at: str) -> Observation | None:
    """Return what a capture observed of a record with this last row.

    None if it does not cover it.
    """
    body: Mapping[str, Any] = entry.body
    seen, visited = full_check(body), body.get("visited", {})
    since, record_id, root_id = body["window"].get("since"), last["record_id"], last["root_id"]
    if (
        seen is None
        or not is_looked_for(last["kind"], record_id)
        or (since is not None and window_at < since)
    ):
        return None
    if record_id in seen["missing"]:
        return Observation(moment(body["started"]), body["capture_id"], None)
    if "skipped" in visited and root_id not in (None, record_id) and root_id not in visited["read"]:
        return None
    return Observation(moment(body["started"]), body["capture_id"], last["status"])


def _backwards(ledger: Ledger, start: int, first: int) -> Iterator[Entry]:
    for number in range(start, first - 1, -1):
        yield ledger.entry(number)


def _tail(ledger: Ledger, number: int) -> Tail:
    return tail_of(ledger.entry(number)) if number else Tail()
