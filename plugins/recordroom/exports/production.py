"""Assembles an export: all of it, or a clear failure and nothing.

1. What stood at `as_of` (as_of.py); the index must have come as far (matching.py), the records must be whole (selection.py).
2. Elasticsearch finds ids; which of them count at `as_of`, and in what order, follows from the rows alone (selection.py, context.py,
   threads.py): by account; conversations by the time of their first post; within one each answer below what it answers, by time.
3. The file of the format, each row re-hashed to its `version` on the way (rows.py).
4. Proof (proof.py): rows against their manifests' digests, evidence against its SHA-256, with `deep` against a new parse. A manifest
   of SHA-256 sums; a receipt.
5. The audit ledger takes note, in the bucket; then one rename hands the folder over (workspace.py).

What is under quarantine when an export is made is not in it, whatever `as_of`. To whoever holds the archive's keys the receipt says how
much that is, and by which entry; one that was ordered in the room depends on nothing of it.
For equal `as_of`, quarantine and code the data files are byte-identical, also after all derived data were destroyed and built again:
everything in them follows from the entries of the ledgers up to `as_of` and the rows that these commit to. Memory is flat: narrow tables
spill to disk, wide rows are put in order in files. `database.py` sets the limits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import orjson

from recordroom.archive import store
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.errors import ArchiveError, UsageError
from recordroom.exports import conversations, matching, receipt, selection, verification, workspace
from recordroom.exports.as_of import Standing, at, chains_at
from recordroom.exports.database import Desk, room
from recordroom.exports.formats import csv_file, jsonl_file, media, xlsx_file
from recordroom.exports.formats.pdf import document
from recordroom.exports.rows import Rows, copy
from recordroom.exports.verification import Proof
from recordroom.exports.workspace import Plan
from recordroom.model import MESSAGE, instant
from recordroom.search.caveats import asks_for_a_name, unnamed
from recordroom.search.filters import Filters
from recordroom.search.index.bulk import without_collecting
from recordroom.search.query.query import read
from recordroom.search.scope import Reach, holders
from recordroom.search.searcher import Searcher
from recordroom.settings import Settings

Progress = Callable[[str, int, int], None]  # what, done, of all


class Format(Protocol):
    """One file a format. `write` makes the data files in a folder; the notes on its cells, counted. `told`: what the receipt
    says before anything is written."""

    def write(self, folder: Path, rows: Rows, standing: Standing, told: Mapping[str, Any], /) -> Counter[str]: ...


FORMATS: dict[str, Format] = {"csv": csv_file, "xlsx": xlsx_file, "jsonl": jsonl_file, "pdf": document}
WITH_MEDIA = ("jsonl", "pdf")  # formats that name the files of their records by copies beside them


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. `as_of` None: now; `when` (it was ordered) None: now. `context`: what each record answers, and all answers to it,
    too. `aside`: where the room is told by which entry the quarantine stood; nothing in the export tells of it then, unless what is there
    was asked for."""

    query: str
    out: Path
    format: str
    filters: Filters = field(default_factory=Filters)
    as_of: datetime | None = None
    deep: bool = False
    when: datetime | None = None
    context: bool = False
    aside: Path | None = None

    def told(self) -> dict[str, Any]:
        """What makes another command the same one: what is asked for, and the code that is asked."""
        asked = {"query": self.query, "format": self.format, "filters": self.filters.told(), "deep": self.deep, "context": self.context}
        return asked | {"as_of": instant(self.as_of) if self.as_of else "now", "versions": receipt.versions()}

    @property
    def tells_of_quarantine(self) -> bool:
        return self.aside is None or self.filters.quarantined

    @property
    def reach(self) -> Reach:
        """Which accounts are in scope. One that whoever asks may not see is not: neither its rows, nor its name, nor its gaps."""
        return Reach.of(self.filters, [read(self.query).dsl])


def assemble(settings: Settings, order: Order, *, who: str | None = None, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """Make `order.out`; its receipt. After any failure (errors.py) there is no `out`."""
    if order.format not in FORMATS:
        raise UsageError(f"there is no format {order.format!r}", f"Formats: {', '.join(FORMATS)}.")
    matching.check_filters(order.filters)
    understood = f"{matching.check_query(order.query)}; {order.filters.understood()}{', with context' if order.context else ''}"
    with room(order.out), workspace.begin(order.out, order.told(), order.as_of, who, order.when) as planned:
        if not planned.done:
            searcher = Searcher(settings, store.archive(settings), store.derived(settings))
            with closing(searcher.client):
                with without_collecting():
                    told = _Production(settings, order, understood, planned, searcher, progress).run()
                _hand_over(searcher, planned, told)
        read: dict[str, Any] = orjson.loads((planned.out / receipt.JSON).read_bytes())
    return read


@dataclass(frozen=True, slots=True)
class _Production:
    settings: Settings
    order: Order
    understood: str
    plan: Plan
    searcher: Searcher
    progress: Progress

    def run(self) -> dict[str, Any]:
        """Write everything into the plan's result; what the receipt says of it."""
        archive, order, planned = self.searcher.archive, self.order, self.plan
        planned.clear()
        wanted = order.reach.has
        stood = at(archive, planned.as_of, wanted, order.filters.account)
        matching.check_reach(self.searcher, stood)  # only then does the index know who holds what was chosen
        barred = ledger.read(archive)
        with closing(Desk(planned.work / "desk")) as desk:
            kept_back = Quarantine() if order.filters.quarantined else barred
            stood = stood.only(holders(self.searcher.client, self.searcher.alias, order.filters, kept_back, stood.upto))
            rows, matched, messages, kept_out = self._select(desk, stood, kept_back)
            told = {"query": order.query, "understood": self.understood} | receipt.receipt(
                desk, stood, order.filters,
                matched=matched, messages=messages, copies_media=self._copies_media,
                quarantine=barred if order.tells_of_quarantine else None, kept_out=kept_out,
            )  # fmt: skip
            told = receipt.unnamed(told, order.filters.unnaming(barred)) | {"nameless": self._nameless(stood)}
            proven, noted = self._prove_and_write(desk, rows, stood, told)
            verification.check_evidence(archive, proven, planned.folder / "checked", self._tell("evidence"))
            if order.deep:
                verification.parse_again(archive, stood, proven)
        if chains_at(archive, planned.as_of, wanted) != stood.chains:
            words = "a capture that had begun before `as_of` ended meanwhile"
            raise ArchiveError(words, "Export again; nothing was handed over.")
        if ledger.read(archive, barred).newest != barred.newest:
            words = "something was put under quarantine meanwhile"
            raise ArchiveError(words, "Export again; nothing was handed over.")
        if order.aside:
            workspace.put(order.aside, str(barred.tail.number).encode())
        told |= {"files": _top(planned.result), "checked": proven.told(deep=order.deep), "cells_noted": dict(sorted(noted.items()))}
        fixed = {"format": order.format, "who": planned.who, "when": instant(planned.when), "name": planned.out.name}
        return told | fixed | {"manifest_sha256": _write_sums(planned.result)}

    def _nameless(self, stood: Standing) -> list[dict[str, Any]]:
        query = read(self.order.query)
        asked = [query] if asks_for_a_name(query) else []
        return [asdict(one) for one in unnamed((chain.ledger for chain in stood.chains), asked, self.order.filters)]

    @property
    def _copies_media(self) -> bool:
        return self.order.format in WITH_MEDIA

    def _select(self, desk: Desk, stood: Standing, barred: Quarantine) -> tuple[Rows, int, int, int]:
        """(the chosen rows, how many versions matched at `as_of`, how many private messages would have that were not asked for, and how
        many records that `barred` keeps out)."""
        order, planned, messages = self.order, self.plan, 0
        self.progress("records", 0, 0)
        with ThreadPoolExecutor(1) as pool:  # Elasticsearch searches while the records are read
            searching = pool.submit(selection.match, desk, matching.matches(self.searcher, order.query, order.filters, barred))
            copied = copy(self.searcher.derived, self.settings, stood.upto, planned.work / "records")
            selection.load_known(desk, copied, stood)
            searching.result()
        rows = Rows(desk, copied, planned.work, barred.records)
        kept_out = selection.bar(desk, barred.records, versions=order.filters.versions)
        matched = selection.pick(desk, versions=order.filters.versions)
        if order.context:
            conversations.add(desk, versions=order.filters.versions, messages=not order.filters.leaves_messages_out)
        if order.filters.leaves_messages_out and not order.filters.kind:
            found = matching.matches(self.searcher, order.query, replace(order.filters, kind=(MESSAGE,)), barred)
            messages = selection.count_messages(desk, found, versions=order.filters.versions)
        selection.arrange_chosen(desk)
        media.load(desk, rows, barred.files)
        if self._copies_media:
            media.copy(desk, self.searcher.archive, planned.result, self._tell("media"))
        selection.derive(desk, rows, lambda gone: matching.last_seen(self.searcher, gone), authors=FORMATS[order.format] is document)
        return rows, matched, messages, kept_out

    def _prove_and_write(self, desk: Desk, rows: Rows, stood: Standing, told: Mapping[str, Any]) -> tuple[Proof, Counter[str]]:
        """Two passes over all rows: what the manifests commit to, and the data files."""
        self.progress("rows", 0, 0)
        desk.one_thread()
        with ThreadPoolExecutor(1) as pool:
            proving = pool.submit(verification.prove_rows, desk, rows, stood, self.searcher.archive)
            noted = FORMATS[self.order.format].write(self.plan.result, rows, stood, told)
            return proving.result(), noted

    def _tell(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(what, done, total)


def _top(folder: Path) -> list[str]:
    """The data files, of which a format may make several."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def _write_sums(folder: Path) -> str:
    """Write the manifest of SHA-256 sums of all files, as `sha256sum -c` reads it; its own sum."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    (folder / receipt.MANIFEST).write_text("".join(f"{_sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in files), "utf-8")
    return _sha256(folder / receipt.MANIFEST)


def _hand_over(searcher: Searcher, planned: Plan, told: dict[str, Any]) -> None:
    """Receipt, audit ledger, rename, in that order: what left the archive is always on record."""
    body = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (planned.result / receipt.JSON).write_bytes(body + b"\n")
    (planned.result / receipt.TEXT).write_text(receipt.readable(orjson.loads(body)), "utf-8")  # equal to what is made of it later
    named = ("query", "understood", "filters", "as_of", "format", "name", "manifest_sha256")
    audited = {name: told[name] for name in named} | {"rows": told["counts"]["rows"]}
    searcher.hand_out("export", planned.who, **audited, receipt_sha256=_sha256(planned.result / receipt.JSON))
    planned.publish()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
