"""The commit of a segment, in the order of writes that protects its records.

spool (with fsync) -> media objects -> evidence object -> ledger entry (the commit) -> Parquet -> spool
removed -> a snapshot, if the fold has grown too large for memory.

Each object is put before the entry that names it, so that no entry ever names what the archive does not have,
and the spool stays until all is in the archive. If the process ends before the entry, the next capture
commits the spool or adopts the evidence (capture/segment/recovery.py). If it ends after the entry, the next
capture writes the missing Parquet file (capture/segment/waiting_rows.py). If the catalog is damaged, the rows
wait: they are derived, and a capture is complete without them.

If another writer was faster with the entry, the segment is compared again with the reloaded state. Nothing is
fetched again except files that the new state does not have; these are put too.
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
from recordroom.capture.segment.rows import CommittedEntry, row_of
from recordroom.capture.segment.segment import Segment
from recordroom.errors import ArchiveError, DerivedDamaged, LostRace, RecordroomError, describe_mistake
from recordroom.model import instant

Part = dict[str, Any]  # a part of a manifest


def commit(
    segment: Segment,
    final: Part | None = None,
    cursor: str | None = None,
    *,
    stored: list[Part] | None = None,
    more: Part | None = None,
) -> Entry:
    """Put media and evidence, append the manifest to the ledger, write the rows.

    Returns the entry.

    final: what the manifest of a complete capture says in addition; None: the capture goes on.
    cursor: where the fetch of the window stopped.
    stored: evidence that the archive has already, in place of the spool's.
    more: further parts of the manifest.
    """
    info, state = segment.info, segment.known.state
    _put_media(segment)
    put = _put_evidence(segment)
    stored = put if stored is None else stored
    while True:
        body = _manifest(segment, stored, final, cursor) | (more or {})
        at = time_after(state.tail, datetime.now(UTC))
        place = CommittedEntry(state.tail.number + 1, at, body, info.parser.full_name)
        rows = [row_of(change, place) for change in segment.changes if "sequence" in change.delta]
        plain = records.join_lines(rows)
        # Parquet would hide a secret by its compression
        info.archive.refuse_secrets("the rows of this manifest", split_bytes(plain))
        # before the entry: what no Parquet file could store is never committed
        table = records.table_of(rows)
        body["rows"] = {"count": len(rows), "total": state.sums.rows + len(rows), "sha256": sha256(plain)}
        try:
            entry = state.ledger.append("manifest", body, state.tail, at=at, who=info.who)
        except LostRace:
            _compare_again(segment)
            _put_media(segment)
            continue
        try:
            _finish(segment, entry, table)
        except (RecordroomError, OSError):
            raise
        except Exception as mistake:  # else a caller would think that the segment is still to be committed
            words = (
                f"entry {entry.number} of {entry.ledger} is committed, but a later step failed:"
                f" {describe_mistake(mistake)}"
            )
            raise ArchiveError(
                words, "The next capture completes it. If that fails too, report it."
            ) from mistake
        return entry


def check_catalog(segment: Segment) -> None:
    """Postpone the segment's rows before its commit if the catalog is damaged.

    The final manifest can then name the gap.
    """
    if any("sequence" in change.delta for change in segment.changes):
        try:
            records.catalog(segment.info.derived)
        except DerivedDamaged as damage:
            segment.info.postpone_rows(datetime.now(UTC), damage)


def _finish(segment: Segment, entry: Entry, rows: pa.Table) -> None:
    """Do what follows a commit.

    Fold the entry, write its rows, remove the spool, write a snapshot if memory needs it.

    The rows come before the spool is removed, but no later capture needs the spool for them: the entry and
    its evidence give the same rows.
    """
    info, known = segment.info, segment.known
    known.state.fold(entry)
    known.settle(segment.changed_ids)
    if rows.num_rows:
        try:
            records.put(
                info.derived,
                records.catalog(info.derived).generation,
                info.capture_id,
                segment.spool.number,
                rows,
            )
        except DerivedDamaged as damage:
            info.postpone_rows(entry.at, damage)
    segment.spool.remove()
    if known.state.is_large:
        known.state.put_snapshot()


def _compare_again(segment: Segment) -> None:
    """Compare the segment with what the faster writer has committed."""
    segment.known.reload()
    segment.replay([line.kept for line in segment.lines])


def _put_media(segment: Segment) -> None:
    for name in sorted(segment.files):
        if (
            segment.spool.media / name
        ).exists():  # else the segment was adopted, and the archive has the file
            media.put(segment.info.archive, segment.spool.media, name)


def _put_evidence(segment: Segment) -> list[Part]:
    """Put the spool's exchanges as one object; return what the manifest says of it."""
    info = segment.info
    if not segment.spool.warc.exists():
        return []
    data = segment.spool.warc.read_bytes()
    key = evidence.key_of(info.account.platform, info.account.id, info.capture_id, segment.spool.number)
    if not info.archive.put_new(key, data):
        raise ArchiveError(
            f"{key} already exists with other content",
            "Run `recordroom verify`. The spool keeps what was fetched.",
        )
    return [{"key": key, "bytes": len(data), "sha256": sha256(data)}]


def _manifest(segment: Segment, stored: list[Part], final: Part | None, cursor: str | None) -> Part:
    """Return the manifest without its rows, which are a function of it."""
    info, spent = segment.info, segment.spent
    index = [
        {"id": line.kept.id, "offset": line.kept.offset, "length": line.kept.length} for line in segment.lines
    ]
    deltas = [change.delta for change in segment.changes]
    body: Part = {
        "format": 1,
        "agency": info.agency,
        "account": info.account.id,
        "platform": info.account.platform,
        "capture_id": info.capture_id,
        "segment": segment.spool.number,
        "final": final is not None,
        "window": info.window,
        "started": instant(info.started),
        "versions": {
            "recordroom": __version__,
            "connector": info.parser.name,
            "parser": info.parser.full_name,
            "canonical_form": CANONICAL_FORM,
        },
        "requests": spent.requests,
        "pages": spent.pages,
        "spent": {"units": spent.units} | ({"paid": spent.paid} if spent.paid else {}),
        "new": sum(1 for delta in deltas if delta.get("sequence") == 1),
        "changed": sum(1 for delta in deltas if delta.get("sequence", 0) > 1),
        "evidence": [{**item, "records": index} for item in stored],
        "media": [
            {"sha256": name, "bytes": size} for name, size in sorted({**segment.files, **info.files}.items())
        ],
        "deltas": deltas,
    }
    optional = {"identity": info.progress.identity, "cursor": cursor, "recovered": segment.recovered or None}
    return body | {name: value for name, value in optional.items() if value is not None} | (final or {})
