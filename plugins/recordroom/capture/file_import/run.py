"""One import: a file from elsewhere becomes evidence and records of an account.

Captures of the account may be running meanwhile. The file itself is put first, as an object named by its
hash, and every manifest of the import names it. Then it is cut into pieces. Each piece is parsed by a pure
function and compared with the archive, and one that brings something becomes a `resource` record of the
evidence. The content of a file is a late arrival: no capture saw it on the platform, so it never replaces
what a capture saw.

An import that is interrupted has committed complete segments; run again, it brings the rest. The same file is
imported once by the same parser.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.archive import media
from recordroom.archive.gaps import MISSED, ROWS_WAIT, AccountGaps, Gap, Gaps, gap_id
from recordroom.archive.ledger import actor
from recordroom.archive.quarantine import ledger
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import version_key
from recordroom.canonical import encode_canonical, sha256
from recordroom.capture.file_import.duplicates import DuplicateSearch
from recordroom.capture.file_import.media_files import ImportedMedia
from recordroom.capture.file_import.report import LISTED_AT_MOST, NAMED_AT_MOST, ImportReport
from recordroom.capture.file_import.source import ImportSource, read_about
from recordroom.capture.info import CaptureInfo, new_capture_id
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.commit import check_catalog, commit
from recordroom.capture.segment.comparison import Change
from recordroom.capture.segment.parsing import parser_of_importer
from recordroom.capture.segment.recovery import Recovery
from recordroom.capture.segment.segment import Segment
from recordroom.capture.segment.spool import AccountSpool, SegmentSpool, hold_folder, is_import, remove_folder
from recordroom.capture.segment.waiting_rows import report_waiting_rows, write_missing_rows
from recordroom.capture.workspace import Workspace
from recordroom.errors import ArchiveError, ImportRefused, UsageError
from recordroom.imports.contract import MADE, Importer
from recordroom.imports.files import ImportFiles
from recordroom.imports.ownership import refuse_other_account
from recordroom.model import MESSAGE, Exchange, Identity, Record, instant
from recordroom.register.models import Account, Register

SEGMENT_BYTES, SEGMENT_CHANGES = 8 * 1024**2, 2_000
REJECTS = "import-rejects: "  # reason of a gap, with the name of the file and the first digits of its hash
DIGITS = 12


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """A file, the importer that reads it, and what the person who imports it said."""

    files: ImportFiles
    importer: Importer
    mapping: Mapping[str, Any] | None = None  # of columns
    submission: Mapping[str, str] | None = None  # the words with which a submission was made
    dry: int | None = None  # nothing is stored; so many of its first records are shown
    mends: str | None = None  # hash, or its first digits, of an earlier file that this one replaces

    def describe(self) -> dict[str, Any]:
        """Return what manifests say of the order."""
        parts = {"mapping": self.mapping, "submission": self.submission}
        return {name: dict(part) for name, part in parts.items() if part is not None}


def import_file(
    workspace: Workspace, register: Register, account: Account, order: ImportOrder
) -> ImportReport:
    """Import a file; ImportRefused if it is another account's, or cannot be read."""
    running = _Import(workspace, register, account, order)
    try:
        return running.run()
    finally:
        running.candidates.close()


class _Import:
    """One import of a file; `run` calls its steps in order."""

    def __init__(
        self, workspace: Workspace, register: Register, account: Account, order: ImportOrder
    ) -> None:
        files = order.files
        importer = order.importer
        state = AccountState(workspace.archive, workspace.derived, account, writes=True)
        about, started = read_about(importer, files), datetime.now(UTC)
        self.workspace, self.order, self.files, self.importer = workspace, order, files, importer
        self.report = ImportReport(
            account.id, files.name, files.sha256, files.size, importer.FORM.title, order.dry is not None
        )
        self.report.compared = refuse_other_account(about, account, state.sums.identity, files.name)
        pinned = state.sums.identity or {"native_id": about.native_id, "server": about.server}
        identity = {
            name: value for name, value in pinned.items() if name in ("native_id", "server") and value
        }
        self.account = account.with_identity(Identity(**identity)) if len(identity) == 2 else account
        self.state, self.known, self.candidates = state, KnownRecords(state), DuplicateSearch()
        self.info = CaptureInfo(
            archive=workspace.archive,
            derived=workspace.derived,
            account=self.account,
            agency=register.agency.id,
            parser=parser_of_importer(importer.FORM.name),
            capture_id=new_capture_id(started),
            window={"kind": "import"},
            started=started,
            who=actor(),
            files={part.sha256: part.size for part in (files, *files.beside)},
        )
        made_by = about.maker or (order.mapping or {}).get("made_by")
        maker = {"maker": made_by} if made_by else {}
        self.how = {
            "format": importer.FORM.name,
            "name": files.name,
            "sha256": files.sha256,
            **maker,
            **order.describe(),
        }
        names = (("account", "native_id"), ("server", "server"))
        self.source = ImportSource(
            files=files,
            importer=importer,
            account=self.account,
            mapping=order.mapping,
            how=self.how,
            context={"platform": account.platform}
            | {name: identity[key] for name, key in names if key in identity},
            started=started,
            report=self.report,
            candidates=self.candidates,
        )
        self.media = ImportedMedia(
            files, workspace.settings.media_limit, order.submission is not None, self.report, self.candidates
        )
        self.spool = AccountSpool(workspace.settings.spool, account.platform, account.id)
        self.gaps = AccountGaps(workspace.archive, workspace.derived, account.id, ())
        self.segment = self._make_segment(1)
        self._closing: list[
            str
        ] = []  # reasons of the gaps that this import closes if the file is taken completely
        self._previewed: set[tuple[str, str | None]] = set()  # media files of the segment, in a dry run
        self._messages: tuple[datetime, datetime] | None = (
            None  # when the first and the last of the file were written
        )

    def run(self) -> ImportReport:
        """Read the file, commit what is new, and report."""
        self._refuse_large()
        self._closing = list(self._find_gaps_to_close())
        self._note_earlier_import()
        self.report.others = [part.name for part in self.files.beside if self._is_unread(part)]
        if self.order.dry is not None or self.report.before:
            self._read(store=False)
            self._find_duplicates()
            return self.report
        with self._spooled():
            self._put_file()
            self._read(store=True)
            self._refuse_incomplete_submission()
            self._find_duplicates()
            self._finish()
        if self.state.snapshot_due():
            self.state.put_snapshot()
        return self.report

    # -- before it is read -----------------------------------------------------------------------------------

    def _refuse_large(self) -> None:
        for part in (self.files, *self.files.beside):
            if part.size > self.workspace.settings.media_limit:
                words = f"{part.name} is larger than {self.workspace.settings.media_limit:,} bytes"
                raise ImportRefused(
                    words,
                    "Ask the platform for smaller parts of the download, or raise RECORDROOM_MEDIA_LIMIT (up"
                    " to 5 GB).",
                )

    def _note_earlier_import(self) -> None:
        """Note when the same file was imported in the same way.

        If there is something to do again, it counts as not imported.
        """
        before = self.state.sums.imports.get(self.files.sha256)
        # that was not said when it was imported
        replaces = self.order.mends is not None and bool(self._closing)
        is_same = before is not None and before["how"] == self._digest_of_how()
        if before and is_same and (self.order.dry is not None or not (replaces or self._has_new_media())):
            self.report.before = before["time"]

    def _has_new_media(self) -> bool:
        """Return whether a media file is there now that was missing before."""
        for records in self.source.read_uncounted():
            if any(self.media.is_there(item) for item in self.segment.missing_files(records)):
                return True
        return False

    def _is_unread(self, part: ImportFiles) -> bool:
        """Return whether another part of the download has records and was not imported."""
        return part.sha256 not in self.state.sums.imports and self.importer.recognize(part)

    def _digest_of_how(self) -> str:
        """Return a hash of how the file is read and submitted."""
        return sha256(encode_canonical({**self.how, "name": "", "parser": self.info.parser.full_name}))[:16]

    @contextmanager
    def _spooled(self) -> Iterator[None]:
        """Hold the import's spool folder.

        Folders that interrupted imports left are removed.
        """
        for folder in filter(is_import, self.spool.find_left()):
            remove_folder(folder)
        folder = self.spool.folder / self.info.capture_id
        told = {
            "capture_id": self.info.capture_id,
            "window": self.info.window,
            "started": instant(self.info.started),
        }
        with hold_folder(folder, told):
            try:
                self._recover(folder)
                yield
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _recover(self, folder: Path) -> None:
        """Commit what interrupted imports had put.

        If the account is captured, its next capture does that.
        """
        if self.account.import_only:
            self.gaps.reload()
            write_missing_rows(self.info, self.known, self.gaps)
            Recovery(self.info, self.known, self.media, self.spool, folder).run()
        self._report_waiting_rows()

    def _put_file(self) -> None:
        for part in (self.files, *self.files.beside):
            with part.path.open("rb") as file:
                if not self.workspace.archive.put_file(media.key_of(part.sha256), file, part.sha256):
                    raise ArchiveError(
                        f"the content of {media.key_of(part.sha256)} does not match its name",
                        "Run `recordroom verify`.",
                    )
        self.report.capture_id = self.info.capture_id

    # -- reading and committing ------------------------------------------------------------------------------

    def _read(self, *, store: bool) -> None:
        size = 0
        for exchange in self.source.read_exchanges():
            records = list(self.source.read_records(exchange))
            self._count(
                records, self._observe(exchange, records) if store else self._preview(exchange, records)
            )
            size += len(exchange.body)
            if size >= SEGMENT_BYTES or len(self.segment.changed_ids) >= SEGMENT_CHANGES:
                self._next_segment(store=store)
                size = 0
        self.report.records = self.candidates.count

    def _observe(self, exchange: Exchange, records: list[Record]) -> list[Change]:
        """Keep what changes in a piece.

        That includes rows of records that were imported before without a file that is there now.
        """
        changes = self.segment.observe(exchange, records)
        changed = {change.delta["record_id"] for change in changes}
        return [
            *changes,
            *self.segment.retry_media(exchange, [one for one in records if one.record_id not in changed]),
        ]

    def _preview(self, exchange: Exchange, records: list[Record]) -> list[Change]:
        """Return what would change.

        Changes of an earlier segment are not archived, so repetitions in the file are found by their content.
        """
        found = self.segment.preview(exchange, records)
        changes = [
            one for one in found if self.candidates.is_first(version_key(one.delta), one.delta["record_id"])
        ]
        changed = {change.delta["record_id"] for change in changes}
        brought = [item for change in changes for item in change.record.media]
        for item in [
            *brought,
            *self.segment.missing_files([one for one in records if one.record_id not in changed]),
        ]:
            if (item.identity, item.url) not in self._previewed:  # a segment takes a file once
                self._previewed.add((item.identity, item.url))
                self.media.preview(item)
        return changes

    def _count(self, records: list[Record], changes: list[Change]) -> None:
        dry, report = self.order.dry, self.report
        new = {change.delta["record_id"] for change in changes if change.delta["sequence"] == 1}
        new = {record_id for record_id in new if dry is None or not self.candidates.has(record_id)}
        report.new += len(new)
        report.changed += len(changes) - len(new)
        report.known += len(records) - len(changes)
        for record in records:
            # captures may have it by now, under the platform's id
            again = bool(report.before) and record.native_id.startswith(MADE)
            self.candidates.add(record, new=again or record.record_id in new)
            if record.kind == MESSAGE and record.published_at:
                first, last = self._messages or (record.published_at, record.published_at)
                self._messages = min(first, record.published_at), max(last, record.published_at)
        if dry is not None:
            report.first += records[: max(0, dry - len(report.first))]

    def _make_segment(self, number: int) -> Segment:
        return Segment(
            self.info, self.known, self.media, SegmentSpool(self.spool.folder / self.info.capture_id, number)
        )

    def _next_segment(self, *, store: bool) -> None:
        if store and self.segment.changes:
            commit(self.segment, more={"import": self._describe_file()})
            self._report_waiting_rows()
        self.segment = self._make_segment(self.segment.spool.number + 1 if store else 1)
        self._previewed.clear()

    def _refuse_incomplete_submission(self) -> None:
        """Refuse a submission that cannot be a record: a person gets a receipt for it.

        It is one piece, which is committed at the end.
        """
        if self.order.submission is not None and self.report.rejects:
            reason = self.report.rejects[0].reason
            raise ImportRefused(
                f"the submission cannot be stored as a record: {reason}",
                "Nothing was stored. Correct the submission.",
            )

    def _find_duplicates(self) -> None:
        """Count all possible duplicates, and list some.

        Each is compared with what is under quarantine.
        """
        hidden: Collection[str] | None = None
        for twin in self.candidates.find(self.workspace, self.account, self.state):
            self.report.likely += 1
            if len(self.report.twins) < LISTED_AT_MOST:
                self.report.twins.append(twin)
            hidden = ledger.read(self.workspace.archive).records if hidden is None else hidden
            if twin.like in hidden and twin.record_id not in hidden:
                self.report.barred.append(twin)

    # -- gaps, and the end -----------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Open and close gaps, then commit the last segment.

        The part that was not taken stays visible: a gap of the file, until it, or one that replaces it, is
        taken completely.
        """
        gaps = Gaps(self.workspace.archive, self.workspace.derived)
        reason, detail = f"{REJECTS}{self.files.name} {self.files.sha256[:DIGITS]}", self.report.untaken
        check_catalog(self.segment)
        self._report_waiting_rows()
        if detail:
            self.report.gaps.append(gaps.open_(self.account.id, reason, detail))
        is_complete = not (self.report.rejects or self.report.others)
        filled = (
            [gap.reason for gap in gaps.open_now([self.account.id]) if self._fills(gap)]
            if is_complete
            else []
        )
        for closed in [*(self._closing if not detail else ()), *filled]:
            gaps.close(self.account.id, closed, f"import {self.info.capture_id}")
        self.report.entry = commit(
            self.segment, self._final_part(), more={"import": self._describe_file()}
        ).number
        self._report_waiting_rows()

    def _final_part(self) -> dict[str, Any]:
        """Return what only the last manifest says."""
        report = self.report
        imported = {
            "tally": report.tally(),
            "passed": report.passed,
            "sha256": self.candidates.digest,
            "how": self._digest_of_how(),
            "rejects": [{"place": one.place, "reason": one.reason} for one in report.rejects[:NAMED_AT_MOST]],
            "twins": [
                {"record_id": one.record_id, "like": one.like, "seconds": one.seconds}
                for one in report.twins[:NAMED_AT_MOST]
            ],
        }
        final = {
            "complete": not report.untaken,
            "ended": instant(datetime.now(UTC)),
            "gap_ids": report.gaps,
            "warnings": report.warnings,
        }
        return final | {"imported": imported} | ({"leftover": report.leftover} if report.leftover else {})

    def _describe_file(self) -> dict[str, Any]:
        """Return the file as manifests name it."""
        return {**self.how, "bytes": self.files.size}

    def _report_waiting_rows(self) -> None:
        words = report_waiting_rows(self.info, self.gaps)
        if words and not self.report.warnings:
            self.report.warnings.append(words)
            self.report.gaps.append(gap_id(self.account.id, ROWS_WAIT))

    def _find_gaps_to_close(self) -> Iterator[str]:
        """Yield the reasons of open gaps of this file, and of the one that it replaces."""
        open_gaps = (
            Gaps(self.workspace.archive, self.workspace.derived).open_now([self.account.id])
            if not self.report.dry
            else ()
        )
        for gap in open_gaps:
            digits = gap.reason.rpartition(" ")[2] if gap.reason.startswith(REJECTS) else ""
            if digits and (
                self.files.sha256.startswith(digits) or (self.order.mends or "-").startswith(digits)
            ):
                yield gap.reason
        mends = self.order.mends
        if mends is not None and (len(mends) < DIGITS or not self._was_imported(mends)):
            mend = f"Give at least {DIGITS} digits; the gap's name in `recordroom status` ends with them."
            raise UsageError(
                f"no file with a SHA-256 that begins with {mends!r} was imported into {self.account.id}", mend
            )

    def _was_imported(self, digits: str) -> bool:
        return any(digest.startswith(digits) for digest in self.state.sums.imports)

    def _fills(self, gap: Gap) -> bool:
        """Return whether the file has the private messages that captures missed.

        Only a platform's own download has them. They are if they were written between the first and the last
        of the file. A download that was made before they were missed ends before the newest message that was
        given with them; one of the last weeks may begin after them.
        """
        if not gap.reason.startswith(MISSED) or self._messages is None or not self.importer.FORM.platforms:
            return False
        first, last = self._messages
        return (gap.from_ is None or first <= gap.from_) and (gap.to is None or last >= gap.to)
