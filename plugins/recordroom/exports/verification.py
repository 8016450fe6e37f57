# ruff: noqa: S608 (the SQL is made of constants of ours and numbers)
"""Are the exported rows what their manifests committed, and is the evidence beneath them what it was?

For every manifest that brought a sequence of an exported record (the earlier ones are what "2 of 3" rests on):
- its rows, all of them, must give the digest that it commits to (`rows.sha256`): no field of a row can have been altered. Rows that a
  later parser made anew have another canon and are compared in number only; their content is re-hashed all the same (rows.py).
- each of its evidence objects is read once and hashed. What was checked stands in a file, so that a stopped run does not begin again.
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
from recordroom.exports import sql
from recordroom.exports.as_of import Standing
from recordroom.exports.database import Desk, room
from recordroom.exports.rows import Rows
from recordroom.exports.sql import text_of
from recordroom.model import record_fields
from recordroom.search.index.bulk import ahead

Progress = Callable[[int, int], None]
WAITING = 4  # manifests of which some rows are held in memory until the others come
Touched = tuple[int, int]  # account's number, entry
_COLUMNS = {n: n for n in ("account", "ledger_number", "canon", "record_id", "sequence")} | {"line": f"{sql.row()} || chr(10)"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What a manifest commits to. `canons`: those of its rows when they were written."""

    key: str
    rows: int
    sha256: str
    canons: frozenset[str]
    evidence: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was checked. `evidence`: key -> SHA-256 of the objects that the manifests name."""

    manifests: list[Touched]
    rows: int
    reparsed_manifests: int
    evidence: dict[str, str]

    def told(self, *, deep: bool) -> dict[str, Any]:
        """What the receipt says of it."""
        counts = {"manifests": len(self.manifests), "rows": self.rows, "evidence_objects": len(self.evidence)}
        return counts | {"parsed_again": deep, "reparsed_manifests": self.reparsed_manifests}


def prove_rows(desk: Desk, rows: Rows, standing: Standing, archive: Store) -> Proof:
    """Read all rows of every manifest that is touched: Tampered where one is not what the manifest says. The evidence remains to be
    checked."""
    touched = _touched(desk)
    ledgers = [Ledger(archive, chain.ledger) for chain in standing.chains]
    with ThreadPoolExecutor(1) as pool:  # the manifests come while the rows are read
        coming = {t: pool.submit(lambda t: _promise(ledgers[t[0]].entry(t[1])), t) for t in touched}
        try:
            reparsed = desk.enough(lambda: _check_rows(desk, rows, coming, [chain.account for chain in standing.chains]))
        finally:
            pool.shutdown(cancel_futures=True)
    promises = [promise.result() for promise in coming.values()]
    evidence = dict(sorted(pair for promise in promises for pair in promise.evidence))
    return Proof(touched, sum(promise.rows for promise in promises), reparsed, evidence)


def _touched(desk: Desk) -> list[tuple[int, int]]:
    """(account, entry) of the manifests; `proof` lists all of their rows."""
    desk.run("CREATE TABLE touched AS SELECT DISTINCT account, ledger_number FROM known SEMI JOIN chosen USING (account, record)")
    desk.run("CREATE TABLE proof AS SELECT file, row, row AS place FROM known SEMI JOIN touched USING (account, ledger_number)")
    return [(account, number) for account, number in desk.all("FROM touched ORDER BY account, ledger_number")]


def _promise(entry: Entry) -> Promise:
    body = entry.body
    canons = frozenset(d["canon"] for d in body["deltas"] if "sequence" in d)
    evidence = tuple((e["key"], e["sha256"]) for e in body["evidence"])
    return Promise(key_of(entry.ledger, entry.number), body["rows"]["count"], body["rows"]["sha256"], canons, evidence)


def _check_rows(desk: Desk, rows: Rows, promises: Mapping[Touched, Future[Promise]], accounts: list[str]) -> int:
    """How many manifests have rows that a later parser made.

    The rows of a manifest lie near each other in the files, mostly: then they are hashed as they come. What does not agree in this way
    is looked at again, by the one definition of the digest.
    """
    reparsed, doubted = set[Touched](), set[Touched]()
    for touched, found in _together(ahead(rows.unordered("proof", [_COLUMNS])), promises, accounts):
        promise = promises[touched].result()
        if found is None:
            doubted.add(touched)
        elif set(found["canon"].unique().to_pylist()) != promise.canons:
            reparsed.add(touched)
        elif _digest(found) != promise.sha256:
            doubted.add(touched)
    reparsed |= {touched for touched in sorted(doubted) if _check_again(desk, rows, touched, promises[touched].result())}
    return len(reparsed)


def _together(
    batches: Iterator[pa.RecordBatch], promises: Mapping[Touched, Future[Promise]], accounts: list[str]
) -> Iterator[tuple[Touched, pa.Table | None]]:
    """Each manifest with its rows once they are as many as it promises; None: they lie too far apart, or are more or fewer."""
    waiting: dict[Touched, list[pa.RecordBatch]] = {}
    handed: set[Touched] = set()
    for touched, piece in _pieces(batches, accounts):
        if touched in handed:
            yield touched, None
            continue
        found = waiting.setdefault(touched, [])
        found.append(piece)
        if sum(map(len, found)) == promises[touched].result().rows:
            handed.add(touched)
            yield touched, pa.Table.from_batches(waiting.pop(touched))
        elif len(waiting) > WAITING:
            handed.add(oldest := next(iter(waiting)))
            del waiting[oldest]
            yield oldest, None
    yield from ((touched, None) for touched in waiting)


def _pieces(batches: Iterator[pa.RecordBatch], accounts: list[str]) -> Iterator[tuple[Touched, pa.RecordBatch]]:
    """Rows of one manifest that lie side by side."""
    for batch in batches:
        start = 0
        for (account, number), run in groupby(zip(*(batch.column(n).to_pylist() for n in ("account", "ledger_number")), strict=True)):
            size = sum(1 for _ in run)
            yield (accounts.index(account), number), batch.slice(start, size)
            start += size


def _digest(found: pa.Table) -> str:
    """SHA-256 of a manifest's rows as archive/records.py defines it, but for what sql.py says."""
    ordered = found.take(pc.sort_indices(found, [("record_id", "ascending"), ("sequence", "ascending")]))
    digest = hashlib.sha256()
    *pieces, last = [text_of(lines) for lines in ordered["line"].chunks]
    for piece in pieces:
        digest.update(piece)
    digest.update(last[:-1])  # lines are joined, not ended, by newlines
    return digest.hexdigest()


def _check_again(desk: Desk, rows: Rows, touched: Touched, promise: Promise) -> bool:
    """Whether the rows are a later parser's; Tampered if they are not what the manifest says."""
    where = f"account = {touched[0]} AND ledger_number = {touched[1]}"
    desk.run(f"CREATE OR REPLACE TABLE unproven AS SELECT file, row, row AS place FROM known WHERE {where}")
    fields = {f.name: f.name for f in record_fields() if not f.derived}
    found = [row for batch in rows.unordered("unproven", [fields]) for row in batch.drop_columns(["place"]).to_pylist()]
    if len(found) != promise.rows:
        raise Tampered(promise.key, "the records hold more or fewer of its rows", str(promise.rows), str(len(found)))
    if {row["canon"] for row in found} != promise.canons:
        return True
    if (digest := rows_digest(found)) != promise.sha256:
        raise Tampered(
            promise.key,
            "the records hold other rows than it commits to; `recordroom rebuild records` makes them anew",
            promise.sha256,
            digest,
        )
    return False


def check_evidence(archive: Store, proof: Proof, done: Path, progress: Progress) -> None:
    """Tampered where an object is not what a manifest names. The file `done` keeps what was checked."""
    before = set(done.read_text("utf-8").splitlines()) if done.exists() else set()
    wanted = [(key, sha256) for key, sha256 in proof.evidence.items() if f"{sha256} {key}" not in before]
    with ThreadPoolExecutor(4) as pool:
        for number, (key, sha256) in enumerate(pool.map(lambda pair: _hash(archive, *pair), wanted), 1):
            with room(done.parent), done.open("a", encoding="utf-8") as file:
                file.write(f"{sha256} {key}\n")
            progress(number, len(wanted))


def _hash(archive: Store, key: str, sha256: str) -> tuple[str, str]:
    digest = hashlib.sha256()
    for chunk in archive.open(key)[1]:
        digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise Tampered(key, "its bytes are not those that its manifest names", sha256, digest.hexdigest())
    return key, sha256


def parse_again(archive: Store, standing: Standing, proof: Proof) -> None:
    """Tampered where the evidence of a manifest, parsed by today's code, does not give its rows."""
    for account, group in groupby(proof.manifests, key=lambda t: t[0]):
        chain = standing.chains[account]
        reader, ledger = EvidenceReader(archive, chain.platform), Ledger(archive, chain.ledger)
        for _, number in group:
            checked_rows(ledger.entry(number), reader)
