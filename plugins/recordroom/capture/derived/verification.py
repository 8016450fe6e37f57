"""`verify --full`: derives rows and state again and compares them."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from recordroom.archive import gaps
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, capture_chains, key_of
from recordroom.archive.records import Source, batches, file_system, rows_digest, sort_lines, sources
from recordroom.archive.store import Store
from recordroom.archive.verify import ArchiveProblem
from recordroom.canonical import sha256
from recordroom.capture.derived.rebuild import checked_digest
from recordroom.capture.derived.snapshot_check import SnapshotCheck
from recordroom.capture.segment.parsing import EvidenceReader
from recordroom.errors import ArchiveError, PlatformFailure, Tampered, UsageError
from recordroom.register.models import Chain
from recordroom.settings import Settings

Progress = Callable[[int, int], None]
COLLECT_AFTER = 20_000  # new objects
_NUMBER = itemgetter("ledger_number")


def compare_all(
    archive: Store, derived: Store, settings: Settings, progress: Progress | None = None
) -> list[ArchiveProblem]:
    """Return the problems of all accounts, and of the snapshot of the gaps."""
    problems: list[ArchiveProblem] = []
    with _collecting_rarely():
        for account in capture_chains(archive):
            problems += compare_account(archive, derived, settings, account, progress)
    return problems + compare_gaps(archive, derived)


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Let Python look for cyclic garbage seldom.

    Millions of rows make hardly any, and the search took a sixth of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def compare_account(
    archive: Store, derived: Store, settings: Settings, account: Chain, progress: Progress | None = None
) -> list[ArchiveProblem]:
    """Return the problems of one account.

    Evidence that does not give the rows that were promised, Parquet with other rows, a wrong snapshot; or
    that its chain cannot be followed.
    """
    try:
        return _compare(archive, derived, settings, account, progress)
    except Tampered as problem:
        return [ArchiveProblem(problem.key, problem.problem, problem.expected, problem.found)]
    except (
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
        UsageError,
    ) as problem:  # a forged manifest, or an unknown platform
        return [
            ArchiveProblem(
                f"ledger/{account.ledger}", f"cannot be checked ({type(problem).__name__}: {problem})"
            )
        ]


def _compare(
    archive: Store, derived: Store, settings: Settings, account: Chain, progress: Progress | None
) -> list[ArchiveProblem]:
    promises: dict[int, _Promise] = {}
    state = SnapshotCheck(archive, derived, account)
    # what the step before has freed, here and below: the next one could not use all of it
    pa.default_memory_pool().release_unused()
    problems = _derive(archive, account, promises, state, progress)
    pa.default_memory_pool().release_unused()
    return problems + _parquet(derived, settings, account, promises) + state.problems


def _derive(
    archive: Store,
    account: Chain,
    promises: dict[int, _Promise],
    state: SnapshotCheck,
    progress: Progress | None,
) -> list[ArchiveProblem]:
    """Derive the rows of each entry again, and the state, one entry after the other.

    Notes in `promises` what its rows must be.
    """
    problems: list[ArchiveProblem] = []
    reader, done = EvidenceReader(archive, account.platform), 0
    for entry in Ledger(archive, account.ledger).entries():
        promise = promises[entry.number] = _Promise(
            entry.body["rows"]["count"], {entry.body["rows"]["sha256"]}
        )
        try:
            count, digest = checked_digest(entry, reader)
            promise.digests.add(digest)  # a later parser may read more in the same evidence
            done += count
        except Tampered as problem:
            problems.append(ArchiveProblem(problem.key, problem.problem, problem.expected, problem.found))
        except (ArchiveError, PlatformFailure) as problem:
            problems.append(
                ArchiveProblem(
                    key_of(entry.ledger, entry.number), f"its rows cannot be derived: {problem.full_message}"
                )
            )
        state.fold(entry)
        del entry  # a large one is not kept until the next has come
        if progress:
            progress(done, 0)
    state.finish()
    return problems


@dataclass(frozen=True, slots=True)
class _Promise:
    """How many rows a manifest has, and the digests that they may have."""

    count: int
    digests: set[str]


def _parquet(
    derived: Store, settings: Settings, account: Chain, promises: Mapping[int, _Promise]
) -> list[ArchiveProblem]:
    """Return the problems of manifests whose rows Parquet has otherwise."""
    try:
        counts, digests = _held(derived, settings, {account.id: max(promises, default=0)})
    except ArchiveError as problem:
        return [ArchiveProblem(f"records of {account.id}", f"{problem.full_message}; {problem.mend}")]
    problems = []
    for number, promise in promises.items():
        name = f"records of {account.id}, entry {number}"
        if counts[number] != promise.count:
            words = "Parquet has more or fewer rows; run `recordroom rebuild records`"
            problems.append(ArchiveProblem(name, words, str(promise.count), str(counts[number])))
        elif promise.count and digests[number] not in promise.digests:
            words = "Parquet has different rows; run `recordroom rebuild records`"
            problems.append(
                ArchiveProblem(name, words, " or ".join(sorted(promise.digests)), digests[number])
            )
    return problems


def _held(derived: Store, settings: Settings, upto: Mapping[str, int]) -> tuple[Counter[int], dict[int, str]]:
    """Return (entry -> how many rows, entry -> their digest).

    The rows of an entry are together in its file, and none is kept. If they are not, which no rule forbids,
    they are read again and kept.
    """
    found = sources(derived, file_system(settings), upto)
    counts, digests, apart = Counter[int](), dict[int, str](), dict[int, list[dict[str, Any]]]()
    for number, rows in groupby(_rows(found), key=_NUMBER):
        lines = sort_lines(rows)
        if counts[number]:
            apart[number] = []
        counts[number] += len(lines)
        digests[number] = sha256(b"\n".join(lines))
    for row in _rows(found) if apart else ():
        if (number := _NUMBER(row)) in apart:
            apart[number].append(row)
    return counts, digests | {number: rows_digest(rows) for number, rows in apart.items()}


def _rows(found: list[Source]) -> Iterator[dict[str, Any]]:
    for batch in batches(found):
        yield from batch.to_pylist()


def compare_gaps(archive: Store, derived: Store) -> list[ArchiveProblem]:
    """Compare the fold of all gaps from the first entry with that from its snapshot."""
    folded, trusted = Gaps(archive), Gaps(archive, derived)
    try:
        folded.load(trusted.load().number)  # captures go on meanwhile
        wrong = folded.known != trusted.known
    except Tampered as problem:
        return [ArchiveProblem(problem.key, problem.problem, problem.expected, problem.found)]
    return (
        [ArchiveProblem(gaps.SNAPSHOTS, "the snapshot of the gaps is wrong; run `recordroom rebuild state`")]
        if wrong
        else []
    )
