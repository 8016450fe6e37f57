"""Make an export: all of it, or a clear failure and nothing.

`_Production.run` has the steps in order. Elasticsearch only finds the IDs of versions: which of them count at
`as_of`, and in what order, follows from the rows alone. The tables that the steps hand to each other are
listed in work_tables.py.

Records that are under quarantine when an export is made are not in it, whatever its `as_of`. A person with
access to the archive's keys reads in the receipt how many there are, and by which ledger entry. An export
that was ordered on the web pages does not depend on them at all.

For equal `as_of`, quarantine, and code the data files are byte-identical, even after all derived data were
destroyed and built again: all of their content follows from the ledger entries up to `as_of` and the rows
that these commit to. Memory does not grow with the archive: narrow tables spill to disk, and wide rows are
ordered in files. database.py sets the limits.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from recordroom.archive import store
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, UsageError
from recordroom.exports import (
    conversations,
    matching,
    receipt,
    retention,
    selection,
    verification,
    workspace,
)
from recordroom.exports.as_of import ArchiveState, read_archive_state, read_chain_states
from recordroom.exports.counts import count_rows
from recordroom.exports.database import WorkDatabase, translate_disk_errors
from recordroom.exports.derived_values import derive_values
from recordroom.exports.formats import media
from recordroom.exports.formats.registry import FORMATS, WITH_AUTHORS, WITH_MEDIA
from recordroom.exports.retention import Leaf
from recordroom.exports.rows import RecordFiles, RowReader, copy_record_files
from recordroom.exports.verification import ExportProof
from recordroom.exports.work_tables import MATCHED_IDS, MATCHED_MESSAGES
from recordroom.exports.workspace import ExportWorkspace
from recordroom.model import MESSAGE, instant
from recordroom.search.access import Viewer
from recordroom.search.caveats import list_nameless_platforms, searches_author_names
from recordroom.search.filters import Filters
from recordroom.search.index.bulk import without_collecting
from recordroom.search.query.query import read
from recordroom.search.scope import Reach, find_holders
from recordroom.search.searcher import Searcher
from recordroom.settings import Settings

OnProgress = Callable[[str, int, int], None]  # step, done, of all (0 of 0: not known)


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """The content of an export, and the folder that it becomes."""

    query: str
    out: Path  # the folder to make
    format: str
    filters: Filters = field(default_factory=Filters)
    as_of: datetime | None = None  # None: now
    deep: bool = False  # parse the evidence again, and compare
    when: datetime | None = None  # it was ordered; None: now
    context: bool = False  # with what each record replies to, and all replies to it
    # For exports of the web pages: the file that gets the number of the quarantine's last entry. The export
    # itself reports nothing about the quarantine then, unless the records under it were asked for.
    quarantine_file: Path | None = None
    hidden_accounts: tuple[str, ...] = field(kw_only=True)  # accounts that the person may not see

    def describe(self) -> dict[str, Any]:
        """Return what makes another command the same one.

        That is the request, and the code that carries it out.
        """
        return {
            "query": self.query,
            "format": self.format,
            "filters": self.filters.to_audit(),
            "deep": self.deep,
            "context": self.context,
            "as_of": instant(self.as_of) if self.as_of else "now",
            "versions": receipt.list_versions(),
        }

    @property
    def reports_quarantine(self) -> bool:
        return self.quarantine_file is None or self.filters.quarantined

    @property
    def copies_media(self) -> bool:
        return self.format in WITH_MEDIA

    def viewer(self, archive: Store) -> Viewer:
        """Return the viewer whom the export is for.

        Its quarantine is read from the ledger when it is first asked for.
        """
        snapshot = QuarantineSnapshot(partial(ledger.read, archive))
        return Viewer(
            None, self.hidden_accounts, self.filters.quarantined, sees_matters=True, snapshot=snapshot
        )

    def reach(self, viewer: Viewer) -> Reach:
        """Return the accounts in scope.

        An account that the person may not see is not in it: neither its rows, nor its name, nor its gaps.
        """
        return Reach.of(self.filters, [read(self.query).dsl], viewer)


def make_export(
    settings: Settings,
    request: ExportRequest,
    *,
    who: str | None = None,
    on_progress: OnProgress = lambda *_: None,
) -> dict[str, Any]:
    """Make the folder `request.out`, and return its receipt.

    After any failure (errors.py) there is no folder.
    """
    understood = _check_request(request)
    begun = workspace.open_workspace(request.out, request.describe(), request.as_of, who, request.when)
    with translate_disk_errors(request.out), begun as work:
        if not work.is_published:
            searcher = Searcher(settings, store.archive(settings), store.derived(settings))
            with closing(searcher.client):
                with without_collecting():
                    viewer = request.viewer(searcher.archive)
                    steps = _Production(settings, request, understood, work, searcher, viewer, on_progress)
                    made = steps.run()
                publish_export(searcher, work, made)
        written: dict[str, Any] = orjson.loads((work.out / receipt.JSON).read_bytes())
    return written


def _check_request(request: ExportRequest) -> str:
    """Return how the request is understood.

    QueryError or UsageError for one that cannot be carried out.
    """
    if request.format not in FORMATS:
        raise UsageError(f"unknown format {request.format!r}", f"Formats: {', '.join(FORMATS)}.")
    understood = matching.check_query(request.query)
    matching.check_filters(request.query, request.filters)
    context = ", with context" if request.context else ""
    return f"{understood}; {request.filters.describe()}{context}"


@dataclass(frozen=True, slots=True)
class _Production:
    """One run: what each of its steps may use."""

    settings: Settings
    request: ExportRequest
    understood: str
    work: ExportWorkspace
    searcher: Searcher
    viewer: Viewer
    on_progress: OnProgress

    def run(self) -> dict[str, Any]:
        """Write everything into `work.result`; return the receipt."""
        archive, request, work, viewer = self.searcher.archive, self.request, self.work, self.viewer
        versions = request.filters.versions
        work.clear()

        # The archive as of the moment. The index must have come as far before it is asked anything.
        in_scope = request.reach(viewer).has
        state = read_archive_state(archive, work.as_of, in_scope, request.filters.account)
        matching.check_index(self.searcher, state)
        quarantine = viewer.quarantine  # read now, before any row is chosen
        accounts = find_holders(
            self.searcher.client, self.searcher.alias, request.filters, viewer, state.last_entries
        )
        state = state.limited_to(accounts)

        with closing(WorkDatabase(work.temporary / "database")) as database:
            # Which rows, in which order.
            leaves = matching.find_leaves(request.query, request.filters, state)
            files = self._load_rows_and_matches(database, state, leaves)
            retention.keep_matches(database, MATCHED_IDS, leaves)
            rows = RowReader(database, files, work.temporary, viewer.withheld_records)
            kept_out = selection.exclude_quarantined(database, viewer.withheld_records, versions=versions)
            matched = selection.pick_matches(database, versions=versions)
            if request.context:
                messages = not request.filters.leaves_messages_out
                conversations.add_context(database, versions=versions, messages=messages)
            messages_left_out = self._count_messages_left_out(database, leaves)
            selection.order_rows(database)
            retention.fill_values(database)

            # Their media files, and values that follow from other rows.
            media.list_files(database, rows, viewer.withheld_files)
            if request.copies_media:
                media.copy_files(database, archive, work.result, self._report("media"))
            with_authors = request.format in WITH_AUTHORS
            derive_values(
                database, rows, lambda gone: matching.last_seen(self.searcher, gone), authors=with_authors
            )

            # The files, with a proof of their rows and of the evidence below them.
            counts = count_rows(database), media.count_files(database)
            contents = receipt.Contents(*counts, matched, messages_left_out, kept_out)
            draft = self._describe(state, contents)
            proof, notes = self._prove_and_write(database, rows, state, draft)
            verification.check_evidence(archive, proof, work.folder / "checked", self._report("evidence"))
            if request.deep:
                verification.parse_again(archive, state, proof)

        self._check_unchanged(state)
        if request.quarantine_file:
            workspace.write_durably(request.quarantine_file, str(quarantine.tail.number).encode())
        return self._complete(draft, proof, notes)

    def _load_rows_and_matches(
        self, database: WorkDatabase, state: ArchiveState, leaves: Sequence[Leaf]
    ) -> list[RecordFiles]:
        """Load the rows, while Elasticsearch finds the versions that match.

        Return the copied files of the rows.
        """
        self.on_progress("records", 0, 0)
        request = self.request
        matches = matching.find_matches(self.searcher, request.query, request.filters, self.viewer, leaves)
        with ThreadPoolExecutor(1) as pool:
            searching = pool.submit(selection.load_matches, database, matches)
            folder = self.work.temporary / "records"
            files = copy_record_files(self.searcher.derived, self.settings, state.last_entries, folder)
            selection.load_known_rows(database, files, state)
            retention.fill_fields(database, state)
            searching.result()
        return files

    def _count_messages_left_out(self, database: WorkDatabase, leaves: Sequence[Leaf]) -> int:
        """Return how many private messages match that were not asked for."""
        filters = self.request.filters
        if not filters.leaves_messages_out or filters.kind:
            return 0
        only_messages = replace(filters, kind=(MESSAGE,))
        found = matching.find_matches(self.searcher, self.request.query, only_messages, self.viewer, leaves)
        selection.load_matches(database, found, MATCHED_MESSAGES)
        retention.keep_matches(database, MATCHED_MESSAGES, leaves)
        return selection.count_matching_messages(database, versions=filters.versions)

    def _describe(self, state: ArchiveState, contents: receipt.Contents) -> dict[str, Any]:
        """Return what the receipt reports before a file is written."""
        request, viewer = self.request, self.viewer
        reported = viewer.quarantine if request.reports_quarantine else None
        described = receipt.describe_export(
            state, request.filters, contents, reported, copies_media=request.copies_media
        )
        described |= {"query": request.query, "understood": self.understood}
        described |= {
            "query_understood": matching.check_query(request.query),
            "with_context": request.context,
        }
        query = read(request.query)
        asked = [query] if searches_author_names(query) else []
        chains = (chain.ledger for chain in state.chains)
        nameless = [asdict(one) for one in list_nameless_platforms(chains, asked, request.filters, viewer)]
        return receipt.mask_gaps(described, viewer.masking()) | {"nameless": nameless}

    def _prove_and_write(
        self, database: WorkDatabase, rows: RowReader, state: ArchiveState, draft: Mapping[str, Any]
    ) -> tuple[ExportProof, Counter[str]]:
        """Read all rows twice at a time: against the manifests, and into the data files."""
        self.on_progress("rows", 0, 0)
        database.prepare_for_wide_rows()
        with ThreadPoolExecutor(1) as pool:
            proving = pool.submit(verification.prove_rows, database, rows, state, self.searcher.archive)
            notes = FORMATS[self.request.format].write(self.work.result, rows, state, draft)
            return proving.result(), notes

    def _check_unchanged(self, state: ArchiveState) -> None:
        """Check that nothing changed that the export depends on.

        ArchiveError if the archive as of the moment, or the quarantine, changed since it began.
        """
        archive, quarantine = self.searcher.archive, self.viewer.quarantine
        in_scope, changed = self.request.reach(self.viewer).has, ""
        if read_chain_states(archive, self.work.as_of, in_scope) != state.chains:
            changed = "a capture from before the date of the export was completed while the export was made"
        elif ledger.read(archive, quarantine).newest != quarantine.newest:
            changed = "something was put under quarantine while the export was made"
        if changed:
            raise ArchiveError(changed, "Export again. Nothing was released.")

    def _complete(self, draft: Mapping[str, Any], proof: ExportProof, notes: Counter[str]) -> dict[str, Any]:
        """Return the complete receipt; write the manifest of sums that it names."""
        work = self.work
        return {
            **draft,
            "files": sorted(path.name for path in work.result.iterdir() if path.is_file()),
            "checked": proof.describe(deep=self.request.deep),
            "cells_noted": dict(sorted(notes.items())),
            "format": self.request.format,
            "who": work.who,
            "when": instant(work.when),
            "name": work.out.name,
            "manifest_sha256": _write_sums(work.result),
        }

    def _report(self, step: str) -> Callable[[int, int], None]:
        return lambda done, total: self.on_progress(step, done, total)


def _write_sums(folder: Path) -> str:
    """Write the SHA-256 sums of all files, as `sha256sum -c` reads them.

    Return the sum of that manifest.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = (f"{_sha256_of(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    (folder / receipt.MANIFEST).write_text("".join(lines), "utf-8")
    return _sha256_of(folder / receipt.MANIFEST)


def publish_export(searcher: Searcher, work: ExportWorkspace, made: dict[str, Any]) -> None:
    """Write the receipt, record the export, and rename the folder, in order.

    The audit ledger has the record.
    So an export that left the archive is always on record.
    """
    body = orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
    (work.result / receipt.JSON).write_bytes(body + b"\n")
    # From the JSON, so that it equals what is made of it later.
    (work.result / receipt.TEXT).write_text(receipt.write_text(orjson.loads(body)), "utf-8")
    audited = ("query", "understood", "filters", "as_of", "format", "name", "manifest_sha256")
    described = {name: made[name] for name in audited} | {"rows": made["counts"]["rows"]}
    described |= {"receipt_sha256": _sha256_of(work.result / receipt.JSON)}
    searcher.record_release("export", work.who, **described)
    work.publish()


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
