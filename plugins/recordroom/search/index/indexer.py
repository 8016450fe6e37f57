"""The index behind its alias.

Created, filled from ledger and Parquet, and rebuilt while the old one serves.

```
<alias>              the index that is searched
<alias>-000001       the index in force; writers name its own alias <alias>-000001.own,
                     so that a write after its removal fails instead of making an index of that name
```

`catch_up` reads the manifests after each chain's mark and their rows, a window at a time. Documents are
durable before the mark moves; it may be stopped and started again anywhere. At its end it compares the heads
of the ledger `retention` and of the register with those that it used. Until they agree, it derives the
documents of every account with older ones again (retention.py). `rebuild` fills the next index in
the same way from nothing (or from where a stopped rebuild ended), moves the alias in one step, catches up
with what was committed meanwhile, and removes the old index.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Entry, Ledger, capture_chains
from recordroom.archive.quarantine.watch import QuarantineWatch
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError
from recordroom.register.models import Chain
from recordroom.retention.clauses import EVERYTHING, Clause
from recordroom.search.client import IndexMissing, connect, speaking
from recordroom.search.index import mapping, watermarks
from recordroom.search.index.bulk import Batch, Loader, ahead, without_collecting
from recordroom.search.index.documents import Document, Rows
from recordroom.search.index.folding import ManifestFolder
from recordroom.search.index.retention import Deriver, Refresh, RetentionHeads, find_clauses, read_heads
from recordroom.search.index.watermarks import Mark, Marks
from recordroom.settings import Settings

WINDOW = 8_000  # rows that are folded at once: what bounds memory
Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(slots=True)
class FillReport:
    """What was indexed."""

    rows: int = 0
    documents: int = 0
    seconds: float = 0
    chains: dict[str, int] = field(default_factory=dict)  # ledger -> the entry up to which the index has it
    # ledger -> the entry whose rows are not in Parquet yet; the next capture makes them, or `recordroom
    # rebuild records`
    waiting: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A window that is being sent, and the mark of its ledger once it is durable."""

    ledger: str
    batch: Batch
    mark: Mark
    rows: int
    work: int  # as WINDOW measures it


class IndexFiller:
    """Fills the concrete index `name`."""

    def __init__(self, client: Elasticsearch, name: str, marks: Marks, archive: Store, rows: Rows) -> None:
        self._client = client
        self._name = name
        self._marks = marks
        self._archive = archive
        self._rows = rows
        self._unstored = 0  # work that the stored marks do not have yet, in rows
        self.report = FillReport()

    def run(self, accounts: Iterable[str] | None, progress: Progress | None) -> FillReport:
        started = time.monotonic()
        heads = read_heads(self._archive)
        accounts = None if accounts is None else set(accounts)
        self._deriver = Deriver(heads)
        ledgers = [(ledger, self._upto(ledger)) for ledger in self._ledgers(accounts)]
        total = sum(
            head.body["rows"]["total"] - self._marks.of(ledger.name).rows for ledger, head in ledgers if head
        )
        with Loader(self._client, f"{self._name}.own") as loader, without_collecting():
            try:
                before: _Part | None = None
                for part in self._parts([(ledger, head.number) for ledger, head in ledgers if head], loader):
                    self._settle(before, progress, total)
                    before = part
                self._settle(before, progress, total)
                self._follow_retention(heads, accounts, loader)
            finally:
                self._store_marks()
        self.report.chains = {name: mark.tail.number for name, mark in self._marks.chains.items()}
        self.report.seconds = time.monotonic() - started
        return self.report

    def _parts(self, ledgers: list[tuple[Ledger, int]], loader: Loader) -> Iterator[_Part]:
        """Send window after window, each when it is asked for."""
        for ledger, upto in ledgers:
            account, mark = ledger.name.rpartition("/")[2], self._marks.of(ledger.name)
            if not mark.tail.number:
                heads = self._deriver.heads
                mark = Mark(retention=heads.number, account=heads.find_account(account))
            windows = _windows(ledger, mark, upto)
            for window, found in ahead((w, self._rows.of(w)) for w in windows):
                whole = self._whole(ledger.name, window, found)
                folding = ManifestFolder(account, self._deriver, mark, loader.find)
                folding.fold(whole, found)
                mark = folding.mark
                yield _Part(
                    ledger.name,
                    loader.start(folding.documents()),
                    mark,
                    sum(e.body["rows"]["count"] for e in whole),
                    _measure(whole),
                )
                if ledger.name in self.report.waiting:
                    break

    def _whole(self, ledger: str, window: list[Entry], found: dict[int, list[Document]]) -> list[Entry]:
        """Return the manifests up to the first whose rows are missing.

        Its ledger has to wait.
        """
        lacking = next((e.number for e in window if e.number not in found), None)
        if lacking is None:
            return window
        self.report.waiting[ledger] = lacking
        return [e for e in window if e.number < lacking]

    def _settle(self, part: _Part | None, progress: Progress | None, total: int) -> None:
        """Wait until a window is durable, then move its ledger's mark."""
        if part is None:
            return
        part.batch.finish()
        self._move_mark(part.ledger, part.mark, part.work)
        self.report.rows += part.rows
        self.report.documents += len(part.batch.documents)
        if progress:
            progress(self.report.rows, total)

    def _move_mark(self, ledger: str, mark: Mark, work: int) -> None:
        """Move the mark of a ledger, and store the marks after the work of each window.

        Elasticsearch stores them slowly, and an archive with many accounts has many marks to move.
        """
        self._marks.chains[ledger] = mark
        self._unstored += work
        if self._unstored >= WINDOW:
            self._store_marks()

    def _store_marks(self) -> None:
        if self._unstored:
            watermarks.write(self._client, self._name, self._marks)
            self._unstored = 0

    def _ledgers(self, accounts: Iterable[str] | None) -> Iterator[Ledger]:
        wanted = None if accounts is None else set(accounts)
        for chain in capture_chains(self._archive):
            if wanted is None or chain.id in wanted:
                yield Ledger(self._archive, chain.ledger)

    def _upto(self, ledger: Ledger) -> Entry | None:
        """Return the newest entry of a ledger; None if it has none after its mark."""
        number = self._marks.of(ledger.name).tail.number
        head = ledger.head(number)
        return ledger.read(head) if head > number else None

    def _follow_retention(
        self, heads: RetentionHeads, accounts: Iterable[str] | None, loader: Loader
    ) -> None:
        """Make everything searchable, and derive again what follows older heads than the present ones.

        Entries that are put while documents are written are seen here: the heads are read after the bulk.
        """
        chains = [Chain(*name.split("/")[1:]) for name in self._marks.chains]
        while True:
            with speaking():
                self._client.indices.refresh(index=self._name)
            heads = read_heads(self._archive, heads)
            stale = [
                chain
                for chain in chains
                if (accounts is None or chain.id in accounts) and self._is_stale(chain, heads)
            ]
            if not stale:
                return
            refresh = Refresh(self._client, f"{self._name}.own", loader, Deriver(heads))
            clauses: dict[int, list[Clause]] = {}  # by the entry that documents follow
            for chain in stale:
                mark = self._marks.of(chain.ledger)
                if mark.account != heads.find_account(chain.id):
                    changed = [EVERYTHING]
                else:
                    if mark.retention not in clauses:
                        clauses[mark.retention] = find_clauses(self._archive, mark.retention, heads)
                    changed = clauses[mark.retention]
                written = refresh.run(chain.id, changed)
                self.report.documents += written
                mark = replace(mark, retention=heads.number, account=heads.find_account(chain.id))
                self._move_mark(chain.ledger, mark, written + 1)

    def _is_stale(self, chain: Chain, heads: RetentionHeads) -> bool:
        mark = self._marks.of(chain.ledger)
        return mark.retention < heads.number or mark.account != heads.find_account(chain.id)


def _windows(ledger: Ledger, mark: Mark, upto: int) -> Iterator[list[Entry]]:
    """Yield runs of manifests after the mark, of about WINDOW rows each."""
    window: list[Entry] = []
    size = 0
    for entry in ledger.entries(mark.tail, upto):
        window.append(entry)
        size += _measure([entry])
        if size >= WINDOW:
            yield window
            window, size = [], 0
    if window:
        yield window


def _measure(entries: Iterable[Entry]) -> int:
    """Return how much work manifests are, in rows: one without rows is some too."""
    return sum(entry.body["rows"]["count"] + 1 for entry in entries)


class Index:
    """The search index of one archive."""

    def __init__(self, settings: Settings, archive: Store, derived: Store) -> None:
        self.alias = settings.index
        self.client = connect(settings)
        self._settings = settings
        self._archive = archive
        self._derived = derived

    # -- what there is
    # --------------------------------------------------------------------------------------------------------

    def marks(self) -> Marks:
        """Return what the index in force has. IndexMissing if there is none."""
        return watermarks.read(self.client, self.alias)[1]

    def needs_rebuild(self) -> bool:
        """Whether there is no index, or one that another mapping made."""
        try:
            return self.marks().made_by != mapping.digest()
        except IndexMissing:
            return True

    # -- catching up
    # --------------------------------------------------------------------------------------------------------

    def catch_up(self, accounts: Iterable[str] | None = None, progress: Progress | None = None) -> FillReport:
        """Index what was committed since, of all accounts or of these, and make it searchable.

        The first index is made here too. ArchiveError if another mapping made the index (`rebuild` it);
        ServiceUnavailable if Elasticsearch or the store is away.
        """
        for _ in range(3):
            try:
                name, marks = watermarks.read(self.client, self.alias)
            except IndexMissing:
                name = self._create(1)  # or what a first rebuild left that was killed
                self._put_in_force(name)
                marks = watermarks.read(self.client, name)[1]
            if marks.made_by != mapping.digest():
                raise ArchiveError(
                    f"the index {name} was made by another version of recordroom",
                    "Run `recordroom rebuild index`.",
                )
            # this machine can search while the bucket is away
            QuarantineWatch(self._archive, self._settings.journal).now()
            try:
                return self._fill(name, marks, accounts, progress)
            except IndexMissing:
                continue  # a rebuild moved the alias meanwhile
        raise ArchiveError(
            f"the index {self.alias} keeps changing", "Run `recordroom rebuild index` once, alone."
        )

    def rebuild(self, progress: Progress | None = None) -> FillReport:
        """Fill a new index from nothing and put it in force.

        The old one, if any, serves until then.
        """
        number = 1 + max((int(n.rpartition("-")[2]) for n in self._in_force()), default=0)
        name = self._create(number)
        marks = watermarks.read(self.client, name)[1]
        if marks.made_by != mapping.digest():  # left by a rebuild of another version
            self._remove([name])
            name = self._create(number)
            marks = watermarks.read(self.client, name)[1]
        self._tune(name, filling=True)
        done = self._fill(name, marks, None, progress)
        self._check_whole(done)
        self._put_in_force(name)
        later = self._fill(*watermarks.read(self.client, name), None, None)
        return FillReport(
            done.rows + later.rows,
            done.documents + later.documents,
            done.seconds + later.seconds,
            later.chains,
            later.waiting,
        )

    def _check_whole(self, done: FillReport) -> None:
        """Raise ArchiveError if the new index would miss what the one in force has.

        Rows that are no longer in Parquet.
        """
        if not done.waiting:
            return
        try:
            old = self.marks()
        except IndexMissing:
            return
        for ledger, entry in done.waiting.items():
            if entry <= old.of(ledger).tail.number:
                raise ArchiveError(
                    f"the rows of entry {entry} of {ledger} are not in Parquet, so the new index would be"
                    " incomplete; the old index stays in use",
                    "Run `recordroom rebuild records`, then run this again.",
                )

    def _fill(
        self, name: str, marks: Marks, accounts: Iterable[str] | None, progress: Progress | None
    ) -> FillReport:
        return IndexFiller(self.client, name, marks, self._archive, Rows(self._derived, self._settings)).run(
            accounts, progress
        )

    # -- the indices
    # --------------------------------------------------------------------------------------------------------

    def _create(self, number: int) -> str:
        """Create the index of that number unless it exists; it is not in force yet."""
        name = f"{self.alias}-{number:06d}"
        body = {**mapping.mapping(), "_meta": Marks(mapping.digest()).to_meta()}
        with speaking():
            made = self.client.options(ignore_status=400).indices.create(
                index=name, mappings=body, settings=mapping.settings(), aliases={f"{name}.own": {}}
            )
        if "error" in made and made["error"]["type"] != "resource_already_exists_exception":
            raise ArchiveError(
                f"the index {name} cannot be made: {made['error'].get('reason')}", "See Elasticsearch's log."
            )
        return name

    def _in_force(self) -> list[str]:
        with speaking():
            if not self.client.indices.exists_alias(name=self.alias):
                return []
            return list(self.client.indices.get_alias(name=self.alias).body)

    def _put_in_force(self, name: str) -> None:
        """Move the alias and remove the index that it named before, in one step."""
        self._tune(name, filling=False)
        old = [n for n in self._in_force() if n != name]
        actions: list[dict[str, Any]] = [
            {"add": {"index": name, "alias": self.alias}},
            *({"remove_index": {"index": n}} for n in old),
        ]
        try:
            with speaking():
                self.client.indices.update_aliases(actions=actions)
        except IndexMissing:
            if name not in self._in_force():
                raise  # else another rebuild, which filled the same index, was faster

    def _remove(self, names: list[str]) -> None:
        with speaking():
            self.client.indices.delete(index=names)

    def _tune(self, name: str, *, filling: bool) -> None:
        """Set the refresh interval: an index that is being filled is not searched."""
        with speaking():
            self.client.indices.put_settings(
                index=name, settings={"index": {"refresh_interval": "-1" if filling else None}}
            )
