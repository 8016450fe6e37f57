# ruff: noqa: S608 (the SQL is made of constants of ours and numbers)
"""Check exported rows, and the evidence below them, against manifests.

Checked for every manifest that brought a version of an exported record ("2 of 3" depends on the earlier
ones):
- All of its rows must give the digest that it commits to (`rows.sha256`), so that no field can have been
  altered. Rows that a later parser made again have another canon. They are compared in number only, and
  rows.py hashes their content anyway.
- Each of its evidence objects is read once and hashed. A file records what was checked, so that an export
  that was stopped does not begin again.
- `deep`: the evidence is parsed again, and must give these rows (capture/derived/rebuild.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from recordroom.archive.ledger import Entry, Ledger, key_of
from recordroom.archive.records import rows_digest
from recordroom.archive.store import Store
from recordroom.capture.derived.rebuild import checked_rows
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.errors import Tampered
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.database import WorkDatabase, translate_disk_errors
from recordroom.exports.rows import RowReader
from recordroom.exports.sql import bytes_of, json_row
from recordroom.exports.work_tables import CHOSEN_ROWS, KNOWN_ROWS, MANIFEST_ROWS, MANIFESTS, UNPROVEN_ROWS
from recordroom.model import record_fields
from recordroom.search.index.bulk import ahead

OnCount = Callable[[int, int], None]  # done, of all
ManifestKey = tuple[int, int]  # account's number, entry
WAITING = 4  # manifests with some rows in memory until the others come
_COLUMNS = {name: name for name in ("account", "ledger_number", "canon", "record_id", "sequence")} | {
    "line": f"{json_row()} || chr(10)"
}


@dataclass(frozen=True, slots=True)
class Commitment:
    """The rows and the evidence that a manifest commits to."""

    key: str  # of the manifest
    rows: int
    sha256: str  # digest of the rows
    canons: frozenset[str]  # of its rows when they were written
    evidence: tuple[tuple[str, str], ...]  # (key, SHA-256) of each object


@dataclass(frozen=True, slots=True)
class ExportProof:
    """What was checked."""

    manifests: list[ManifestKey]
    rows: int
    reparsed_manifests: int  # whose rows a later parser made
    evidence: dict[str, str]  # key -> SHA-256 of the objects that the manifests name

    def describe(self, *, deep: bool) -> dict[str, Any]:
        """Return what the receipt reports of it."""
        counts = {"manifests": len(self.manifests), "rows": self.rows, "evidence_objects": len(self.evidence)}
        return counts | {"parsed_again": deep, "reparsed_manifests": self.reparsed_manifests}


def prove_rows(database: WorkDatabase, rows: RowReader, state: ArchiveState, archive: Store) -> ExportProof:
    """Compare the rows of manifests with their digests.

    The manifests are those that brought versions of exported records.
    Tampered if one is not what its manifest commits to. The evidence is not checked yet.
    """
    manifests = _find_manifests(database)
    ledgers = [Ledger(archive, chain.ledger) for chain in state.chains]
    with ThreadPoolExecutor(1) as pool:  # the manifests come while the rows are read
        coming = {m: pool.submit(lambda m: _commitment_of(ledgers[m[0]].entry(m[1])), m) for m in manifests}
        accounts = [chain.account for chain in state.chains]
        try:
            reparsed = database.retry_with_more_memory(lambda: _check_rows(database, rows, coming, accounts))
        finally:
            pool.shutdown(cancel_futures=True)
    commitments = [commitment.result() for commitment in coming.values()]
    evidence = dict(sorted(pair for commitment in commitments for pair in commitment.evidence))
    return ExportProof(manifests, sum(commitment.rows for commitment in commitments), reparsed, evidence)


def _find_manifests(database: WorkDatabase) -> list[ManifestKey]:
    """Fill MANIFESTS and MANIFEST_ROWS; return the manifests in order."""
    database.create(
        MANIFESTS,
        f"SELECT DISTINCT account, ledger_number FROM {KNOWN_ROWS}"
        f" SEMI JOIN {CHOSEN_ROWS} USING (account, record)",
    )
    database.create(
        MANIFEST_ROWS,
        f"SELECT file, row, row AS place FROM {KNOWN_ROWS}"
        f" SEMI JOIN {MANIFESTS} USING (account, ledger_number)",
    )
    found = database.fetch(f"SELECT account, ledger_number FROM {MANIFESTS} ORDER BY account, ledger_number")
    return [(account, number) for account, number in found]


def _commitment_of(entry: Entry) -> Commitment:
    body = entry.body
    canons = frozenset(d["canon"] for d in body["deltas"] if "sequence" in d)
    evidence = tuple((e["key"], e["sha256"]) for e in body["evidence"])
    key = key_of(entry.ledger, entry.number)
    return Commitment(key, body["rows"]["count"], body["rows"]["sha256"], canons, evidence)


def _check_rows(
    database: WorkDatabase,
    rows: RowReader,
    commitments: Mapping[ManifestKey, Future[Commitment]],
    accounts: list[str],
) -> int:
    """Return how many manifests have rows that a later parser made.

    The rows of a manifest are mostly near each other in the files, and are then hashed as they come. A
    manifest that does not agree in this way, or of which no row came, is compared again, by the one
    definition of the digest.
    """
    reparsed, doubtful = set[ManifestKey](), set(commitments)
    batches = ahead(rows.read_unordered(MANIFEST_ROWS, [_COLUMNS]))
    for manifest, found in _group_by_manifest(batches, commitments, accounts):
        commitment = commitments[manifest].result()
        if found is None:
            doubtful.add(manifest)
        elif set(found["canon"].unique().to_pylist()) != commitment.canons:
            reparsed.add(manifest)
            doubtful.remove(manifest)
        elif _digest_of(found) == commitment.sha256:
            doubtful.remove(manifest)
    for manifest in sorted(doubtful):
        if _check_again(database, rows, manifest, commitments[manifest].result()):
            reparsed.add(manifest)
    return len(reparsed)


def _group_by_manifest(
    batches: Iterator[pa.RecordBatch],
    commitments: Mapping[ManifestKey, Future[Commitment]],
    accounts: list[str],
) -> Iterator[tuple[ManifestKey, pa.Table | None]]:
    """Yield each manifest with its rows once they are as many as it commits to.

    None in place of the rows: they are too far apart, or are more or fewer.
    """
    waiting: dict[ManifestKey, list[pa.RecordBatch]] = {}
    yielded: set[ManifestKey] = set()
    for manifest, piece in _split_by_manifest(batches, accounts):
        if manifest in yielded:
            yield manifest, None
            continue
        found = waiting.setdefault(manifest, [])
        found.append(piece)
        if sum(map(len, found)) == commitments[manifest].result().rows:
            yielded.add(manifest)
            yield manifest, pa.Table.from_batches(waiting.pop(manifest))
        elif len(waiting) > WAITING:
            yielded.add(oldest := next(iter(waiting)))
            del waiting[oldest]
            yield oldest, None
    yield from ((manifest, None) for manifest in waiting)


def _split_by_manifest(
    batches: Iterator[pa.RecordBatch], accounts: list[str]
) -> Iterator[tuple[ManifestKey, pa.RecordBatch]]:
    """Yield runs of neighboring rows of one manifest."""
    for batch in batches:
        start = 0
        keys = zip(*(batch.column(name).to_pylist() for name in ("account", "ledger_number")), strict=True)
        for (account, number), run in groupby(keys):
            size = sum(1 for _ in run)
            yield (accounts.index(account), number), batch.slice(start, size)
            start += size


def _digest_of(found: pa.Table) -> str:
    """Return the digest of a manifest's rows.

    archive/records.py defines it; sql.py names an exception.
    """
    ordered = found.take(pc.sort_indices(found, [("record_id", "ascending"), ("sequence", "ascending")]))
    digest = hashlib.sha256()
    *pieces, last = [bytes_of(lines) for lines in ordered["line"].chunks]
    for piece in pieces:
        digest.update(piece)
    digest.update(last[:-1])  # lines are joined, not ended, by newlines
    return digest.hexdigest()


def _check_again(
    database: WorkDatabase, rows: RowReader, manifest: ManifestKey, commitment: Commitment
) -> bool:
    """Return whether a later parser made the rows of a manifest.

    Tampered if they are not what the manifest says.
    """
    where = f"account = {manifest[0]} AND ledger_number = {manifest[1]}"
    database.create(UNPROVEN_ROWS, f"SELECT file, row, row AS place FROM {KNOWN_ROWS} WHERE {where}")
    fields = {f.name: f.name for f in record_fields() if not f.derived}
    batches = rows.read_unordered(UNPROVEN_ROWS, [fields])
    found = [row for batch in batches for row in batch.drop_columns(["place"]).to_pylist()]
    if len(found) != commitment.rows:
        more_or_fewer = "the records have more or fewer rows than it commits to"
        raise Tampered(commitment.key, more_or_fewer, str(commitment.rows), str(len(found)))
    if {row["canon"] for row in found} != commitment.canons:
        return True
    if (digest := rows_digest(found)) != commitment.sha256:
        other = (
            "the records have other rows than it commits to; `recordroom rebuild records` makes them again"
        )
        raise Tampered(commitment.key, other, commitment.sha256, digest)
    return False


def check_evidence(archive: Store, proof: ExportProof, done: Path, on_count: OnCount) -> None:
    """Hash the evidence of a proof.

    Tampered if an object is not what a manifest names.
    done: the file that records what was checked; objects in it are not read again.
    """
    before = set(done.read_text("utf-8").splitlines()) if done.exists() else set()
    wanted = [(key, sha256) for key, sha256 in proof.evidence.items() if f"{sha256} {key}" not in before]
    with ThreadPoolExecutor(4) as pool:
        for number, (key, sha256) in enumerate(
            pool.map(lambda pair: _check_object(archive, *pair), wanted), 1
        ):
            with translate_disk_errors(done.parent), done.open("a", encoding="utf-8") as file:
                file.write(f"{sha256} {key}\n")
            on_count(number, len(wanted))


def _check_object(archive: Store, key: str, sha256: str) -> tuple[str, str]:
    found = sha256_of_object(archive, key)
    if found != sha256:
        raise Tampered(key, "its content does not match the SHA-256 in its manifest", sha256, found)
    return key, sha256


def sha256_of_object(archive: Store, key: str) -> str:
    """Read an object of the archive, and return its SHA-256."""
    digest = hashlib.sha256()
    for chunk in archive.open(key)[1]:
        digest.update(chunk)
    return digest.hexdigest()


def parse_again(archive: Store, state: ArchiveState, proof: ExportProof) -> None:
    """Parse the evidence of each manifest again, with today's code.

    Tampered if that does not give its rows.
    """
    for account, group in groupby(proof.manifests, key=lambda m: m[0]):
        chain = state.chains[account]
        reader, ledger = EvidenceReader(archive, chain.platform), Ledger(archive, chain.ledger)
        for _, number in group:
            checked_rows(ledger.entry(number), reader)
