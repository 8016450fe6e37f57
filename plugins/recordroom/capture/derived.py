"""`verify --full`: rows and state derived from the archive again and compared with what the derived bucket holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Any

from recordroom.archive import gaps
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Entry, Ledger, key_of
from recordroom.archive.records import Source, batches, file_system, rows_digest, sort_lines, sources
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.snapshot import Snapshot
from recordroom.archive.store import Store
from recordroom.archive.verify import Problem
from recordroom.canonical import encode_canonical, sha256
from recordroom.capture.content import Reader
from recordroom.capture.rebuild import checked_rows
from recordroom.errors import ArchiveError, PlatformFailure, Tampered, UsageError
from recordroom.register.models import Chain
from recordroom.settings import Settings

Progress = Callable[[int, int], None]
_NUMBER = itemgetter("ledger_number")


def compare(archive: Store, derived: Store, settings: Settings, account: Chain, progress: Progress | None = None) -> list[Problem]:
    """Problems of one account: evidence that does not give the rows promised, Parquet that lacks rows, a snapshot that is wrong; where its
    chain cannot be followed, that."""
    try:
        return _compare(archive, derived, settings, account, progress)
    except Tampered as problem:
        return [Problem(problem.key, problem.problem, problem.expected, problem.found)]
    except (KeyError, TypeError, AttributeError, ValueError, UsageError) as problem:  # a forged manifest, or a platform that nobody knows
        return [Problem(f"ledger/{account.ledger}", f"cannot be checked ({type(problem).__name__}: {problem})")]


def _compare(archive: Store, derived: Store, settings: Settings, account: Chain, progress: Progress | None) -> list[Problem]:
    problems: list[Problem] = []
    reader = Reader(archive, account.platform)
    promises: dict[int, _Promise] = {}
    done = 0
    for entry in Ledger(archive, account.ledger).entries():
        promise = promises[entry.number] = _Promise(entry.body["rows"]["count"], {entry.body["rows"]["sha256"]})
        try:
            count, digest = _derive(entry, reader)
            promise.digests.add(digest)  # a later parser may read more in the same evidence
            done += count
        except Tampered as problem:
            problems.append(Problem(problem.key, problem.problem, problem.expected, problem.found))
        except (ArchiveError, PlatformFailure) as problem:
            problems.append(Problem(key_of(entry.ledger, entry.number), f"its rows cannot be derived: {problem.full_message}"))
        if progress:
            progress(done, 0)
    return problems + _parquet(derived, settings, account, promises) + _state(archive, derived, account)


def _derive(entry: Entry, reader: Reader) -> tuple[int, str]:
    """Return how many rows an entry's evidence gives, and their digest. The rows go before the next entry's are made."""
    rows = checked_rows(entry, reader)
    return len(rows), rows_digest(rows)


@dataclass(frozen=True, slots=True)
class _Promise:
    """How many rows a manifest has, and the digests that they may have."""

    count: int
    digests: set[str]


def _parquet(derived: Store, settings: Settings, account: Chain, promises: Mapping[int, _Promise]) -> list[Problem]:
    """Each manifest's rows as Parquet has them, by count and digest."""
    try:
        counts, digests = _held(derived, settings, {account.id: max(promises, default=0)})
    except ArchiveError as problem:
        return [Problem(f"records of {account.id}", f"{problem.full_message}; {problem.mend}")]
    problems = []
    for number, promise in promises.items():
        name = f"records of {account.id}, entry {number}"
        if counts[number] != promise.count:
            words = "Parquet has more or fewer rows; run `recordroom rebuild records`"
            problems.append(Problem(name, words, str(promise.count), str(counts[number])))
        elif promise.count and digests[number] not in promise.digests:
            words = "Parquet has other rows; run `recordroom rebuild records`"
            problems.append(Problem(name, words, " or ".join(sorted(promise.digests)), digests[number]))
    return problems


def _held(derived: Store, settings: Settings, upto: Mapping[str, int]) -> tuple[Counter[int], dict[int, str]]:
    """Entry -> how many rows, and their digest. The rows of an entry stand together in its file, and none is kept. Nobody promises that
    they come together: of an entry whose rows did not, they are read once more, and kept."""
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


def _state(archive: Store, derived: Store, account: Chain) -> list[Problem]:
    """The fold from the first entry against the one from the snapshot: both of its files, and the sums."""
    name = f"state/{account.platform}/{account.id}"
    try:
        trusted = AccountState(archive, derived, account)
        if trusted.snapshot.store is None:
            return []  # there is none: this one was folded from the first entry too
        folded = AccountState(archive, derived, account, trust_snapshot=False, upto=trusted.tail.number)  # captures go on meanwhile
        return list(_differences(folded, trusted, name))
    except Tampered as problem:
        return [Problem(problem.key, problem.problem, problem.expected, problem.found)]
    except ArchiveError as problem:
        return [Problem(name, f"{problem.full_message}; {problem.mend}")]


def _differences(folded: AccountState, trusted: AccountState, name: str) -> Iterator[Problem]:
    for ours, theirs in zip_longest(folded.window(None), trusted.window(None)):
        if ours != theirs:
            what = (ours or theirs).record_id
            yield Problem(name, f"the snapshot of {what} is wrong; run `recordroom rebuild state`")
            break
    if _sum(trusted.snapshot, "by-id") != _sum(trusted.snapshot, "by-window"):
        yield Problem(name, "the snapshot's two files hold different rows; run `recordroom rebuild state`")
    expected, found = _sums(folded.sums), _sums(trusted.sums)
    wrong = [part for part in expected if expected[part] != found[part]]
    if wrong:
        words = f"the snapshot's sums are wrong ({', '.join(wrong)}); run `recordroom rebuild state`"
        yield Problem(name, words, str([expected[part] for part in wrong]), str([found[part] for part in wrong]))


def compare_gaps(archive: Store, derived: Store) -> list[Problem]:
    """The fold of all accounts' gaps from the first entry against the one from its snapshot."""
    folded, trusted = Gaps(archive), Gaps(archive, derived)
    try:
        folded.load(trusted.load().number)  # captures go on meanwhile
        wrong = folded.known != trusted.known
    except Tampered as problem:
        return [Problem(problem.key, problem.problem, problem.expected, problem.found)]
    return [Problem(gaps.SNAPSHOTS, "the snapshot of the gaps is wrong; run `recordroom rebuild state`")] if wrong else []


def _sum(snapshot: Snapshot, file: str) -> int:
    """A sum over the rows of a file, whatever their order. Both files of a snapshot hold the same bytes of each row."""
    columns = ([column.to_pylist() for column in table.columns] for table in snapshot.tables(file))
    return sum(int(sha256(encode_canonical(row)), 16) for some in columns for row in zip(*some, strict=True))


def _sums(sums: AccountSummary) -> dict[str, Any]:
    """Without what a snapshot remembers of the last days only."""
    return {name: value for name, value in asdict(sums).items() if name not in ("evidence", "written", "spent")}
