"""Are the exported rows what their manifests committed, and is the evidence beneath them what it was?

For every manifest that brought a sequence of an exported record (the earlier ones are what "2 of 3" rests on):
- its rows, all of them, must give the digest that it commits to (`rows.sha256`): no field of a row can have been altered. Rows that a
  later parser made anew have another canon and are compared in number only; their content is re-hashed all the same (rows.py).
- each of its evidence objects is read once and hashed. What was checked stands in a file, so that a stopped run does not begin again.
- `deep`: the evidence is parsed again, and must give these rows (capture/rebuild.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa

from recordroom.archive.ledger import Entry, Ledger, key_of
from recordroom.archive.records import rows_digest
from recordroom.archive.store import Store
from recordroom.capture.content import Reader
from recordroom.capture.rebuild import checked_rows
from recordroom.errors import Tampered
from recordroom.exports import canonical
from recordroom.exports.desk import Desk, room
from recordroom.exports.rows import Rows
from recordroom.exports.standing import Standing, read
from recordroom.model import record_fields
from recordroom.platforms import load

Progress = Callable[[int, int], None]
_COLUMNS = {n: n for n in ("account", "ledger_number", "canon", "record_id", "sequence")} | {"line": canonical.row()}


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

    manifests: list[tuple[int, int]]
    rows: int
    reparsed_manifests: int
    evidence: dict[str, str]

    def told(self, *, deep: bool) -> dict[str, Any]:
        """What the receipt says of it."""
        counts = {"manifests": len(self.manifests), "rows": self.rows, "evidence_objects": len(self.evidence)}
        return counts | {"parsed_again": deep, "reparsed_manifests": self.reparsed_manifests}


def begin(desk: Desk, rows: Rows, standing: Standing, archive: Store) -> Callable[[], Proof]:
    """Read all rows; what is returned proves them, without the desk: Tampered where a row is not what a manifest says. The evidence
    remains to be checked."""
    touched = _touched(desk)
    ledgers = [Ledger(archive, chain.ledger) for chain in standing.chains]
    pool = ThreadPoolExecutor(2)  # the manifests come while the rows are put in order
    promises = {t: pool.submit(lambda t: _promise(read(ledgers[t[0]], t[1])), t) for t in touched}
    try:
        batches = rows.in_order("proof", lambda: rows.unordered("proof", [_COLUMNS]))
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise

    def finish() -> Proof:
        try:
            checked, reparsed = _check_rows(desk, rows, batches, promises, [chain.account for chain in standing.chains])
        finally:
            pool.shutdown(cancel_futures=True)
        evidence = dict(sorted(pair for promise in promises.values() for pair in promise.result().evidence))
        return Proof(touched, checked, reparsed, evidence)

    return finish


def _touched(desk: Desk) -> list[tuple[int, int]]:
    """(account, entry) of the manifests; `proof` lists all of their rows by them."""
    desk.run("CREATE TABLE touched AS SELECT DISTINCT account, ledger_number FROM known SEMI JOIN chosen USING (account, record)")
    desk.run(
        "CREATE TABLE proof AS SELECT file, row, account, ledger_number, row_number() OVER (ORDER BY account, ledger_number, file, row) - 1"
        " AS place FROM known SEMI JOIN touched USING (account, ledger_number)"
    )
    return [(account, number) for account, number in desk.all("FROM touched ORDER BY account, ledger_number")]


def _promise(entry: Entry) -> Promise:
    body = entry.body
    canons = frozenset(d["canon"] for d in body["deltas"] if "sequence" in d)
    evidence = tuple((e["key"], e["sha256"]) for e in body["evidence"])
    return Promise(key_of(entry.ledger, entry.number), body["rows"]["count"], body["rows"]["sha256"], canons, evidence)


def _check_rows(
    desk: Desk, rows: Rows, batches: Iterator[pa.RecordBatch], promises: dict[tuple[int, int], Future[Promise]], accounts: list[str]
) -> tuple[int, int]:
    """(rows compared, manifests whose rows a later parser made)."""
    checked = reparsed = 0
    for (account, number), group in groupby(_rows(batches), key=lambda row: row[:2]):
        touched = (accounts.index(account), number)
        promise, found = promises[touched].result(), list(group)
        if len(found) != promise.rows:
            raise Tampered(promise.key, "the records hold more or fewer of its rows", str(promise.rows), str(len(found)))
        checked += len(found)
        if {row[2] for row in found} != promise.canons:
            reparsed += 1
            continue
        lines = (line for *_, line in sorted(found, key=lambda row: row[3:5]))
        if hashlib.sha256("\n".join(lines).encode()).hexdigest() != promise.sha256:
            _check_again(desk, rows, touched, promise)
    return checked, reparsed


def _rows(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[Any, ...]]:
    """(account, entry, canon, record_id, sequence, canonical row), manifest after manifest."""
    for batch in batches:
        yield from zip(*(batch.column(name).to_pylist() for name in _COLUMNS), strict=True)


def _check_again(desk: Desk, rows: Rows, touched: tuple[int, int], promise: Promise) -> None:
    """The digest by its one definition; Tampered if it disagrees too."""
    desk.run(f"CREATE OR REPLACE TABLE doubted AS FROM proof WHERE account = {touched[0]} AND ledger_number = {touched[1]}")
    fields = {f.name: f.name for f in record_fields() if not f.derived}
    found = [row for batch in rows.unordered("doubted", [fields]) for row in batch.drop_columns(["place"]).to_pylist()]
    digest = rows_digest(found)
    if digest != promise.sha256:
        raise Tampered(
            promise.key,
            "the records hold other rows than it commits to; `recordroom rebuild records` makes them anew",
            promise.sha256,
            digest,
        )


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
        reader, ledger = Reader(archive, load(chain.platform)), Ledger(archive, chain.ledger)
        for _, number in group:
            checked_rows(read(ledger, number), reader)
