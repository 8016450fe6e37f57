"""`verify --full`: rows and state derived from the archive again and compared with what the derived bucket holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from recordroom.accounts import Chain
from recordroom.archive.ledger import Ledger
from recordroom.archive.records import batches, file_system, rows_digest, sources
from recordroom.archive.state import State
from recordroom.archive.store import Store
from recordroom.archive.verify import Problem
from recordroom.capture.content import Reader
from recordroom.capture.rebuild import checked_rows
from recordroom.errors import ArchiveError, PlatformFailure, Tampered
from recordroom.platforms import load
from recordroom.settings import Settings

Progress = Callable[[int, int], None]


def compare(archive: Store, derived: Store, settings: Settings, account: Chain, progress: Progress | None = None) -> list[Problem]:
    """Problems of one account: evidence that does not give the rows promised, Parquet that lacks rows, a snapshot that is wrong."""
    ledger = Ledger(archive, account.ledger)
    problems: list[Problem] = []
    reader = Reader(archive, load(account.platform))
    done, last = 0, 0
    for entry in ledger.entries():
        last = entry.number
        try:
            done += len(checked_rows(entry, reader))
        except Tampered as problem:
            problems.append(Problem(problem.key, problem.problem, problem.expected, problem.found))
        except (ArchiveError, PlatformFailure) as problem:
            problems.append(Problem(f"ledger/{ledger.name}/{entry.number:012d}.json", f"its rows cannot be derived: {problem.message}"))
        if progress:
            progress(done, 0)
    return problems + _parquet(archive, derived, settings, account, last) + _state(archive, derived, account)


def _parquet(archive: Store, derived: Store, settings: Settings, account: Chain, last: int) -> list[Problem]:
    """Each manifest's rows as Parquet has them, by count and digest."""
    by_entry: dict[int, list[dict[str, object]]] = {}
    for batch in batches(sources(derived, file_system(settings), {account.id: last})):
        for row in batch.to_pylist():
            by_entry.setdefault(row["ledger_number"], []).append(row)
    problems = []
    for entry in Ledger(archive, account.ledger).entries(upto=last):
        promised, rows = entry.body["rows"], by_entry.pop(entry.number, [])
        name = f"records of {account.id}, entry {entry.number}"
        if len(rows) != promised["count"]:
            problems.append(
                Problem(name, "Parquet has more or fewer rows; run `recordroom rebuild records`", str(promised["count"]), str(len(rows)))
            )
        elif rows and rows_digest(rows) != promised["sha256"] and {r["parser"] for r in rows} == {entry.body["versions"]["parser"]}:
            problems.append(
                Problem(name, "Parquet has other rows; run `recordroom rebuild records`", promised["sha256"], rows_digest(rows))
            )
    return problems


def _state(archive: Store, derived: Store, account: Chain) -> list[Problem]:
    """The fold from the first entry against the one from the snapshot."""
    trusted, folded = State(archive, derived, account), State(archive, derived, account, trust_snapshot=False)
    name = f"state/{account.platform}/{account.id}"
    problems = []
    for ours, theirs in zip(folded.window(None), trusted.window(None), strict=False):
        if asdict(ours) != asdict(theirs):
            problems.append(Problem(name, f"the snapshot of {ours.record_id} is wrong; run `recordroom rebuild state`"))
            break
    if folded.sums.counts != trusted.sums.counts or folded.sums.rows != trusted.sums.rows:
        problems.append(
            Problem(
                name, "the snapshot's sums are wrong; run `recordroom rebuild state`", str(folded.sums.counts), str(trusted.sums.counts)
            )
        )
    return problems
