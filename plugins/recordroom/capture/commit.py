"""The commit of a segment. Order of writes, and what a crash after each leaves:

spool (fsynced) -> media objects -> evidence object -> ledger entry (the commit) -> Parquet -> spool removed -> a snapshot, if memory asks
for one.
Before the entry the next capture finishes what lies in the spool or adopts the evidence; after it, it makes a missing Parquet file.
Where the catalog is damaged the rows wait (`Work.rows_wait`): they are derived, and nothing of a capture is lost without them.
A writer that lost the race for the entry compares what it holds anew with the reloaded state; nothing is fetched again but files that
the new state does not have, and these are put too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from recordroom import __version__
from recordroom.archive import evidence, media, records
from recordroom.archive.ledger import Entry, time_after
from recordroom.archive.secret_scan import split_bytes
from recordroom.canonical import CANONICAL_FORM, sha256
from recordroom.capture.rows import Commit, row_of
from recordroom.capture.segment import Segment
from recordroom.errors import ArchiveError, DerivedDamaged, LostRace, RecordroomError, describe_mistake
from recordroom.model import instant

Stated = dict[str, Any]
Stored = list[dict[str, Any]]


def commit(
    segment: Segment, final: Stated | None = None, cursor: str | None = None, *, stored: Stored | None = None, more: Stated | None = None
) -> Entry:
    """Put media and evidence, append the manifest, write the rows. `final`: what only the whole capture knows. `stored`: the evidence
    lies in the bucket already. `more`: added to the manifest."""
    work = segment.work
    _put_media(segment)
    put = _put_evidence(segment)
    stored = put if stored is None else stored
    while True:
        body = _manifest(segment, stored, final, cursor) | (more or {})
        at = time_after(work.state.tail, datetime.now(UTC))
        place = Commit(work.state.tail.number + 1, at, body, work.parser.full_name)
        rows = [row_of(c, place) for c in segment.changes if "sequence" in c.delta]
        plain = records.join_lines(rows)
        work.archive.refuse_secrets(
            "the rows of this manifest", split_bytes(plain)
        )  # in Parquet they are compressed: nobody would see them
        table = records.table_of(rows)  # before the entry: what no Parquet file could hold is never committed
        body["rows"] = {"count": len(rows), "total": work.state.sums.rows + len(rows), "sha256": sha256(plain)}
        try:
            entry = work.state.ledger.append("manifest", body, work.state.tail, at=at, who=work.who)
        except LostRace:
            _compare_anew(segment)
            _put_media(segment)
            continue
        try:
            _settle(segment, entry, table)
        except (RecordroomError, OSError):
            raise
        except Exception as mistake:  # whoever meets it must not take the segment for one that is still to be committed
            words = f"entry {entry.number} of {entry.ledger} is committed; what follows a commit failed: {describe_mistake(mistake)}"
            raise ArchiveError(words, "The next capture makes up for it; if that fails too, report it.") from mistake
        return entry


def _settle(segment: Segment, entry: Entry, rows: pa.Table) -> None:
    """After the commit: state, rows, spool, and a snapshot in place of what would grow in memory with the account."""
    work = segment.work
    work.state.fold(entry)
    work.settle(segment.touched)
    if rows.num_rows:
        try:
            records.put(work.derived, records.catalog(work.derived).generation, work.capture_id, segment.spool.number, rows)
        except DerivedDamaged as damage:
            work.postpone_rows(entry.at, damage)
    segment.spool.remove()
    if work.state.is_large:
        work.state.put_snapshot()


def check_catalog(segment: Segment) -> None:
    """Postpone the segment's rows before its commit if the catalog is damaged.

    The final manifest can then name the gap.
    """
    if any("sequence" in change.delta for change in segment.changes):
        try:
            records.catalog(segment.work.derived)
        except DerivedDamaged as damage:
            segment.work.postpone_rows(datetime.now(UTC), damage)


def _compare_anew(segment: Segment) -> None:
    work = segment.work
    work.state.reload()
    if work.cache is not None:
        work.settle(list(work.cache))
    segment.replay([line.kept for line in segment.lines])


def _put_media(segment: Segment) -> None:
    for name in sorted(segment.files):
        if (segment.spool.media / name).exists():  # else an adopted segment's, which the bucket has
            media.put(segment.work.archive, segment.spool.media, name)


def _put_evidence(segment: Segment) -> list[dict[str, Any]]:
    work = segment.work
    if not segment.spool.warc.exists():
        return []
    data = segment.spool.warc.read_bytes()
    key = evidence.key_of(work.account.platform, work.account.id, work.capture_id, segment.spool.number)
    if not work.archive.put_new(key, data):
        raise ArchiveError(f"{key} is there with other bytes", "Run `recordroom verify`; the spool keeps what was fetched.")
    return [{"key": key, "bytes": len(data), "sha256": sha256(data)}]


def _manifest(segment: Segment, stored: list[dict[str, Any]], final: dict[str, Any] | None, cursor: str | None) -> dict[str, Any]:
    work = segment.work
    index = [{"id": line.kept.id, "offset": line.kept.offset, "length": line.kept.length} for line in segment.lines]
    deltas, spent = [c.delta for c in segment.changes], segment.spent
    body: dict[str, Any] = {
        "format": 1,
        "agency": work.agency,
        "account": work.account.id,
        "platform": work.account.platform,
        "capture_id": work.capture_id,
        "segment": segment.spool.number,
        "final": final is not None,
        "window": work.window,
        "started": instant(work.started),
        "versions": {
            "recordroom": __version__,
            "connector": work.parser.name,
            "parser": work.parser.full_name,
            "canonical_form": CANONICAL_FORM,
        },
        "requests": spent.requests,
        "pages": spent.pages,
        "spent": {"units": spent.units} | ({"paid": spent.paid} if spent.paid else {}),
        "new": sum(1 for d in deltas if d.get("sequence") == 1),
        "changed": sum(1 for d in deltas if d.get("sequence", 0) > 1),
        "evidence": [{**item, "records": index} for item in stored],
        "media": [{"sha256": name, "bytes": size} for name, size in sorted({**segment.files, **work.files}.items())],
        "deltas": deltas,
    }
    optional = {"identity": work.identity, "cursor": cursor, "recovered": segment.recovered or None}
    return body | {k: v for k, v in optional.items() if v is not None} | (final or {})
