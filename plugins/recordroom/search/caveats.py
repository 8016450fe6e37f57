"""Find what a result may be missing.

That is which gaps are open, and how far the index is behind the ledgers.

Both are read from the archive's bucket during the search, and remembered for a few seconds. A bucket that is
away or slow never stops a search: the result then reports that they are not known, and why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from elasticsearch import Elasticsearch

from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.store import Store
from recordroom.errors import RecordroomError
from recordroom.platforms.registry import list_names, load
from recordroom.register.models import Chain
from recordroom.retention.exclusions import HidingGap, list_hiding_gaps
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.index import watermarks
from recordroom.search.index.watermarks import Marks
from recordroom.search.query.query import Query
from recordroom.search.scope import Reach, list_platforms

_NAMES = frozenset({"author_name", "author_handle"})


@dataclass(frozen=True, slots=True)
class NamelessPlatform:
    """A platform that does not give the names of all authors."""

    title: str  # of the platform
    words: str  # which authors it names
    accounts: tuple[str, ...]  # its accounts that the search can reach


def searches_author_names(query: Query) -> bool:
    """Whether a query searches for the name or the handle of an author."""
    return not _NAMES.isdisjoint(query.fields)


def searches_actors(query: Query) -> bool:
    """Whether a query asks who hid or removed something, which most platforms do not prove."""
    return "acted_by" in query.fields


def list_nameless_platforms(
    chains: Iterable[str], queries: Sequence[Query], filters: Filters, viewer: Viewer
) -> list[NamelessPlatform]:
    """List the platforms in scope that do not name all authors.

    chains: the ledgers of captures, `capture/<platform>/<account>`. queries: none gives an empty list.
    """
    if not queries:
        return []
    reach, found = Reach.of(filters, [query.dsl for query in queries], viewer), dict[str, list[str]]()
    for _, platform, account in (chain.split("/") for chain in sorted(chains)):
        if (
            platform in list_names()
            and "names" in load(platform).PLATFORM.not_offered
            and reach.has(account, platform)
        ):
            found.setdefault(platform, []).append(account)
    platforms = {name: load(name).PLATFORM for name in found}
    return [
        NamelessPlatform(one.title, one.not_offered["names"], tuple(found[name]))
        for name, one in platforms.items()
    ]


REMEMBERED = 10.0  # seconds
PATIENCE = 2.0  # seconds that a search waits for the bucket
# captures run every 15 minutes, and each run indexes at its end whatever is missing from the index
LATE = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """The report of the bucket; all None if `problem` says why it is not known."""

    gaps: tuple[Gap, ...] | None = None  # the open ones
    hiding: tuple[HidingGap, ...] | None = None  # those that could hide the return of a record
    behind: Mapping[str, int] | None = None  # account -> entries that are missing from the index
    # the same, if the oldest of them waits so long that indexing must have failed
    late: Mapping[str, int] | None = None
    # account -> platform, of the accounts that were captured or are in the register
    platforms: Mapping[str, str] = field(default_factory=dict)
    problem: str = "the archive has not responded yet"


class StatusReader:
    """Reads the state of index and archive.

    `read_marks` early, `read_status` when it is needed.
    """

    def __init__(self, client: Elasticsearch, alias: str, archive: Store, derived: Store) -> None:
        self._client = client
        self._alias = alias
        self._archive = archive
        self._gaps = Gaps(archive, derived)
        self._lock = threading.Lock()
        self._marks: Marks | None = None
        # when these marks were asked for: an answer that comes late replaces no newer one
        self._asked_at = float("-inf")
        self._status = ArchiveStatus()
        self._entered = 0  # number of the register's newest entry
        self.read_at = float("-inf")
        self._done = threading.Event()
        self._reading = False

    def read_marks(self, *, again: bool = False) -> Marks:
        """Return the marks of the index, and start reading the bucket in another thread.

        The marks are a few seconds old at most.
        again: as they are now. IndexMissing if there is no index.
        """
        with self._lock:
            known, now = self._marks, time.monotonic()
            is_first = not self._reading and (known is None or now - self.read_at > REMEMBERED)
            self._reading = self._reading or is_first
        if known is not None and not is_first and not again:
            return known  # while another thread asks for newer ones: no search waits for a slow index
        try:
            marks = watermarks.read(self._client, self._alias)[1]
        except BaseException:
            self._reading = self._reading and not is_first
            raise
        with self._lock:
            if now >= self._asked_at:
                self._marks, self._asked_at = marks, now
            if is_first:
                self.read_at = time.monotonic()
                self._done.clear()
        if is_first:
            threading.Thread(target=self._read, args=(marks,), daemon=True).start()
        return marks

    def read_status(self) -> ArchiveStatus:
        """Return what the bucket reported; waits a short time for it."""
        self._done.wait(PATIENCE)
        return self._status if self._done.is_set() else ArchiveStatus()

    def _read(self, marks: Marks) -> None:
        try:
            chains = capture_chains(self._archive)
            behind, late = count_missing(self._archive, chains, marks)
            open_now = tuple(self._gaps.open_now())
            hiding = tuple(list_hiding_gaps(self._gaps.known))
            self._status = ArchiveStatus(open_now, hiding, behind, late, self._platforms(chains), "")
        except RecordroomError as problem:
            self._status = ArchiveStatus(problem=problem.public_message)
        finally:
            self._reading = False
            self._done.set()

    def _platforms(self, chains: Sequence[Chain]) -> dict[str, str]:
        register = Ledger(self._archive, "register")
        self._entered = register.head(self._entered)
        entry = register.read(self._entered) if self._entered else None
        return list_platforms(entry) | {chain.id: chain.platform for chain in chains}


def count_missing(
    archive: Store, chains: Sequence[Chain], marks: Marks
) -> tuple[dict[str, int], dict[str, int]]:
    """Count the ledger entries of each account that are missing from the index.

    The second count has only the accounts whose oldest missing entry is older than LATE.
    """

    def count(ledger: str) -> tuple[int, bool]:
        number, chain = marks.of(ledger).tail.number, Ledger(archive, ledger)
        head = chain.head(number)
        oldest = chain.read(number + 1) if head > number else None
        return head - number, oldest is not None and datetime.now(UTC) - oldest.at > LATE

    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(count, [chain.ledger for chain in chains])
        found = dict(zip([chain.id for chain in chains], counts, strict=True))
    behind = {name: number for name, (number, _) in found.items() if number}
    return behind, {name: number for name, number in behind.items() if found[name][1]}
