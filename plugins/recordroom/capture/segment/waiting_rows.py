"""Parquet rows that were not written yet.

Those that a crash left out, and those that a damaged catalog keeps waiting.

The manifests have all that the rows say, so that nothing is lost meanwhile.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from recordroom.archive import records
from recordroom.archive.gaps import ROWS_WAIT, AccountGaps
from recordroom.archive.ledger import Entry
from recordroom.capture.info import CaptureInfo
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.parsing import EvidenceReader, derive_rows
from recordroom.errors import DerivedDamaged
from recordroom.model import moment
from recordroom.stored_texts import text

CLOCKS = timedelta(minutes=1)  # by which the clocks of two machines may differ


def write_missing_rows(info: CaptureInfo, known: KnownRecords, gaps: AccountGaps) -> str:
    """Write the rows that are missing, and open or close the gap that reports them.

    Returns the warning (see `report_waiting_rows`).
    """
    _write_recent_rows(info, known)
    waiting = gaps.find_open(ROWS_WAIT)
    if waiting and _write_waiting_rows(info, known, waiting.from_ or waiting.opened_at):
        gaps.close(ROWS_WAIT, f"capture {info.capture_id} could read the catalog again: all rows are written")
    return report_waiting_rows(info, gaps)


def report_waiting_rows(info: CaptureInfo, gaps: AccountGaps) -> str:
    """Open the gap of the rows that wait for the catalog.

    Returns the warning for people, "" if no rows wait.

    A capture of one conversation opens no gap: the account's next capture does.
    """
    if not info.progress.rows_wait:
        return ""
    since, damage = min(info.progress.rows_wait)
    words = text("rows-wait", why=damage)
    if info.window["kind"] != "one":
        gaps.open(ROWS_WAIT, words, since)
    return f"{words}. To fix this: run `recordroom rebuild records`."


def _write_recent_rows(info: CaptureInfo, known: KnownRecords) -> None:
    """Write the Parquet files that a crash left out.

    Only those of entries since the newest capture began can be missing: that capture wrote the earlier ones.
    If no capture ever began, there are only imports.
    """
    sums = known.state.sums
    since = moment(sums.last_start) - CLOCKS if sums.last_start else datetime.min.replace(tzinfo=UTC)
    recent = {
        name: int(name.rpartition("-")[2]) for name, time in sums.written.items() if moment(time) >= since
    }
    if not recent:
        return
    try:
        have = records.catalog(info.derived)
    except DerivedDamaged as damage:
        info.postpone_rows(min(moment(sums.written[name]) for name in recent), damage)
        return
    reader = EvidenceReader(info.archive, info.account.platform)
    covered = have.covered.get(info.account.id, 0)
    for name, number in recent.items():
        is_missing = number > covered and info.derived.head(records.key_at(have.generation, name)) is None
        if is_missing and (entry := known.state.ledger.read(number)) is not None:
            _write_rows(info, have, entry, reader)


def _write_waiting_rows(info: CaptureInfo, known: KnownRecords, since: datetime) -> bool:
    """Write the missing rows of all entries from `since` on.

    Returns False while the catalog is still damaged.
    """
    try:
        have = records.catalog(info.derived)
    except DerivedDamaged as damage:
        info.postpone_rows(since, damage)
        return False
    reader, number = EvidenceReader(info.archive, info.account.platform), known.state.tail.number
    covered = have.covered.get(info.account.id, 0)
    while (
        number > covered
        and (entry := known.state.ledger.read(number)) is not None
        and entry.at >= since - CLOCKS
    ):
        key = records.key_of(have.generation, entry.body, number)
        if entry.body["rows"]["count"] and info.derived.head(key) is None:
            _write_rows(info, have, entry, reader)
        number -= 1
    return True


def _write_rows(info: CaptureInfo, have: records.Catalog, entry: Entry, reader: EvidenceReader) -> None:
    rows = records.table_of(list(derive_rows(entry, reader)))
    records.put(info.derived, have.generation, entry.body["capture_id"], entry.body["segment"], rows)
