"""Filling one index from where its marks stand to the heads of the ledgers: a window of manifests at a time, three at once.

While the rows of one window are read, the documents of the window before it are on their way to Elasticsearch; a mark moves when its
window is durable. Stopped anywhere, the next filling goes on from the marks and writes some documents again, which changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Entry, Ledger, capture_chains
from recordroom.archive.store import Store
from recordroom.search import watermarks
from recordroom.search.documents import Document, Rows
from recordroom.search.folding import Folding
from recordroom.search.loading import Batch, Loader, ahead, without_collecting
from recordroom.search.node import speaking
from recordroom.search.watermarks import Mark, Marks

WINDOW = 8_000  # rows that are folded at once: what bounds memory
Progress = Callable[[int, int], None]  # rows done, rows in all


@dataclass(slots=True)
class Filled:
    """`chains`: the entry up to which the index holds each ledger. `waiting`: ledgers whose next rows are not in Parquet yet, and the
    entry whose rows they are; the next capture makes them, or `recordroom rebuild records`."""

    rows: int = 0
    documents: int = 0
    seconds: float = 0
    chains: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Part:
    """A window on its way, and the mark that its ledger has when it is durable."""

    ledger: str
    batch: Batch
    mark: Mark
    rows: int


class Filling:
    """Fills the index `name` (a concrete one). `accounts`: None for all."""

    def __init__(self, client: Elasticsearch, name: str, marks: Marks, archive: Store, rows: Rows) -> None:
        self._client = client
        self._name = name
        self._marks = marks
        self._archive = archive
        self._rows = rows
        self.report = Filled()

    def run(self, accounts: Iterable[str] | None, progress: Progress | None) -> Filled:
        started = time.monotonic()
        self._follow_register()
        ledgers = [(ledger, self._upto(ledger)) for ledger in self._ledgers(accounts)]
        total = sum(head.body["rows"]["total"] - self._marks.of(ledger.name).rows for ledger, head in ledgers if head)
        with Loader(self._client, f"{self._name}.own") as loader, without_collecting():
            before: _Part | None = None
            for part in self._parts([(ledger, head.number) for ledger, head in ledgers if head], loader):
                self._settle(before, progress, total)
                before = part
            self._settle(before, progress, total)
        with speaking():
            self._client.indices.refresh(index=self._name)
        self.report.chains = {name: mark.tail.number for name, mark in self._marks.chains.items()}
        self.report.seconds = time.monotonic() - started
        return self.report

    def _parts(self, ledgers: list[tuple[Ledger, int]], loader: Loader) -> Iterator[_Part]:
        """Send window after window, each when it is asked for."""
        for ledger, upto in ledgers:
            account, mark = ledger.name.rpartition("/")[2], self._marks.of(ledger.name)
            windows = _windows(ledger, mark, upto)
            for window, found in ahead((w, self._rows.of(w)) for w in windows):
                whole = self._whole(ledger.name, window, found)
                folding = Folding(account, self._marks.series.get(account), mark, loader.find)
                folding.fold(whole, found)
                mark = folding.mark
                yield _Part(ledger.name, loader.start(folding.documents()), mark, sum(e.body["rows"]["count"] for e in whole))
                if ledger.name in self.report.waiting:
                    break

    def _whole(self, ledger: str, window: list[Entry], found: dict[int, list[Document]]) -> list[Entry]:
        """The manifests up to the first whose rows are lacking, where the ledger has to wait."""
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
        self._marks.chains[part.ledger] = part.mark
        watermarks.write(self._client, self._name, self._marks)
        self.report.rows += part.rows
        self.report.documents += len(part.batch.documents)
        if progress:
            progress(self.report.rows, total)

    def _ledgers(self, accounts: Iterable[str] | None) -> Iterator[Ledger]:
        wanted = None if accounts is None else set(accounts)
        for chain in capture_chains(self._archive):
            if wanted is None or chain.id in wanted:
                yield Ledger(self._archive, chain.ledger)

    def _upto(self, ledger: Ledger) -> Entry | None:
        """The newest entry of a ledger; None where it has none beyond its mark."""
        number = self._marks.of(ledger.name).tail.number
        head = ledger.head(number)
        return ledger.read(head) if head > number else None

    def _follow_register(self) -> None:
        """Take the records series from the register in force. Ledgers of accounts whose series is another now start from nothing."""
        ledger, marks = Ledger(self._archive, "register"), self._marks
        number = ledger.head(marks.register)
        entry = ledger.read(number) if number > marks.register else None
        if entry is None:
            return
        series = {e["id"]: e.get("series") for e in entry.body["accounts"] if isinstance(e, dict) and isinstance(e.get("id"), str)}
        for name in list(marks.chains):
            account = name.rpartition("/")[2]
            if marks.series.get(account) != series.get(account):
                del marks.chains[name]
        marks.register, marks.series = number, series


def _windows(ledger: Ledger, mark: Mark, upto: int) -> Iterator[list[Entry]]:
    """Runs of manifests after the mark, of about WINDOW rows each."""
    window: list[Entry] = []
    size = 0
    for entry in ledger.entries(mark.tail, upto):
        window.append(entry)
        size += entry.body["rows"]["count"] + 1
        if size >= WINDOW:
            yield window
            window, size = [], 0
    if window:
        yield window
