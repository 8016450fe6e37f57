"""Makes derived data again from the archive.

The records become a new generation, the state a new snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from recordroom.archive import records
from recordroom.archive.compaction import ROWS_A_FILE, put_merged
from recordroom.archive.gaps import ROWS_WAIT, Gaps
from recordroom.archive.ledger import Entry, Ledger, capture_chains
from recordroom.archive.records import ROW_GROUP, Catalog, RowWriter
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.store import Store
from recordroom.canonical import sha256
from recordroom.capture.segment import parsing
from recordroom.capture.segment.comparison import canon_of
from recordroom.capture.segment.parsing import EvidenceReader, derive_rows
from recordroom.errors import ArchiveError, Tampered
from recordroom.register.models import Chain

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild came to."""

    generation: str
    rows: int = 0
    reparsed: int = 0  # rows found in responses that could not be parsed when they were received
    accounts: dict[str, int] = field(default_factory=dict)  # id -> rows


def rebuild_records(archive: Store, derived: Store, progress: Progress | None = None) -> Rebuilt:
    """Derive every row again into a new generation, then put that in force.

    The old generation serves meanwhile. Tampered if, within one canon, a manifest's rows are not what its
    evidence gives.
    """
    have = records.read_replaceable(derived)
    generation = f"g{records.generation_number(have.generation) + 1}"
    done, merged, covered = Rebuilt(generation), [], {}
    ledgers = [(chain, Ledger(archive, chain.ledger)) for chain in capture_chains(archive)]
    total = sum(_total(ledger) for _, ledger in ledgers)
    for account, ledger in ledgers:
        for file, number in _files(archive, account, ledger):
            if file.rows:
                merged.append(put_merged(derived, generation, file.encode()))
            covered[account.id] = number
            done.rows += file.rows
            done.accounts[account.id] = done.accounts.get(account.id, 0) + file.rows
            if progress:
                progress(done.rows, total)
    superfluous = (*have.replaced, f"records/{have.generation}/")
    if not records.publish(derived, Catalog(generation, tuple(merged), covered, superfluous, have.etag)):
        raise ArchiveError(
            "another rebuild or compaction finished first",
            "Run `recordroom rebuild records` again when no other one is running.",
        )
    for chain in capture_chains(archive):
        done.rows += _write_later(archive, derived, generation, chain, covered.get(chain.id, 0))
    _close_gaps(Gaps(archive, derived), generation)
    return done


def _close_gaps(gaps: Gaps, generation: str) -> None:
    """Close the gaps of rows that waited, also of accounts no longer captured."""
    for gap in gaps.open_now():
        if gap.reason == ROWS_WAIT:
            gaps.close(
                gap.account,
                ROWS_WAIT,
                f"`recordroom rebuild records` wrote all rows (generation {generation})",
            )


def _write_later(archive: Store, derived: Store, generation: str, chain: Chain, covered: int) -> int:
    """Write rows that captures committed meanwhile, to the old generation."""
    reader, ledger, rows = EvidenceReader(archive, chain.platform), Ledger(archive, chain.ledger), 0
    for number in range(covered + 1, ledger.head(covered) + 1):
        entry = ledger.read(number)
        found = checked_rows(entry, reader) if entry is not None else []
        if entry is not None and found:
            records.put(
                derived, generation, entry.body["capture_id"], entry.body["segment"], records.table_of(found)
            )
            rows += len(found)
    return rows


def _total(ledger: Ledger) -> int:
    head = ledger.head()
    entry = ledger.read(head) if head else None
    return int(entry.body["rows"]["total"]) if entry else 0


def _files(archive: Store, account: Chain, ledger: Ledger) -> Iterator[tuple[RowWriter, int]]:
    """Yield (rows, last entry that they cover) in files of a limited size."""
    reader = EvidenceReader(archive, account.platform)
    file, waiting = RowWriter(), list[dict[str, Any]]()
    number = 0
    for entry in ledger.entries():
        waiting += checked_rows(entry, reader)
        number = entry.number
        while len(waiting) >= ROW_GROUP:
            file.add(records.table_of(waiting[:ROW_GROUP]))
            del waiting[:ROW_GROUP]
        if file.rows >= ROWS_A_FILE:
            file.add(records.table_of(waiting))
            yield file, number
            file, waiting = RowWriter(), []
    file.add(records.table_of(waiting))
    if number:
        yield file, number


def checked_rows(entry: Entry, reader: EvidenceReader) -> list[dict[str, Any]]:
    """Return the rows of a manifest; Tampered if they are not what it promises."""
    reader.prime(entry)
    rows = list(derive_rows(entry, reader))
    _check(entry, len(rows), {row["canon"] for row in rows}, lambda: records.rows_digest(rows))
    return rows


def checked_digest(entry: Entry, reader: EvidenceReader) -> tuple[int, str]:
    """Return the number of a manifest's rows and their digest, compared with what it promises.

    A row takes six times the memory of its canonical form, and only that is kept until the digest is known.
    """
    canons: set[str] = set()

    def noted() -> Iterator[dict[str, Any]]:
        for row in derive_rows(entry, reader):
            canons.add(row["canon"])
            yield row

    reader.prime(entry)
    lines = records.sort_lines(noted())
    digest = sha256(b"\n".join(lines))
    _check(entry, len(lines), canons, lambda: digest)
    return len(lines), digest


def _check(entry: Entry, count: int, canons: set[str], digest: Callable[[], str]) -> None:
    """Raise Tampered unless the rows that were derived are those that the manifest promises.

    canons: all that the rows name. Another parser than the manifest's may give other rows: only their number
    is compared then.
    """
    promised = entry.body["rows"]
    key = f"ledger/{entry.ledger}/{entry.number:012d}.json"
    if count != promised["count"]:
        raise Tampered(
            key, "the number of its deltas is not the number of its rows", str(promised["count"]), str(count)
        )
    parser = parsing.parser_of_manifest(entry.body).full_name
    if entry.body["versions"]["parser"] != parser or not canons <= {canon_of(parser)}:
        return
    if (found := digest()) != promised["sha256"]:
        raise Tampered(key, "its rows are not those that its evidence yields", promised["sha256"], found)


def rebuild_state(archive: Store, derived: Store, account: Chain) -> int:
    """Fold an account's chain from its first entry and write a new snapshot.

    Returns the number of its last entry.
    """
    state = AccountState(archive, derived, account, trust_snapshot=False)
    for folder in list(derived.keys(state.prefix, folders=True)):
        snapshot.remove(derived, folder)
    state.put_snapshot()
    return state.tail.number
