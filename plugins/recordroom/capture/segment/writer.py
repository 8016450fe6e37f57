"""Writes what a capture reads, one segment after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from recordroom.archive import secret_scan
from recordroom.archive.gaps import AccountGaps
from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import sha256
from recordroom.capture.http.client import HttpClient
from recordroom.capture.info import CaptureInfo, Spending
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.commit import check_catalog, commit
from recordroom.capture.segment.comparison import Change
from recordroom.capture.segment.segment import FetchMedia, Segment
from recordroom.capture.segment.spool import SegmentSpool, mark_unchecked
from recordroom.capture.segment.waiting_rows import report_waiting_rows
from recordroom.errors import TooLargeToCheck, UnexpectedResponse
from recordroom.model import Absence, Exchange, Record
from recordroom.stored_texts import text


class SegmentWriter:
    """Compares and keeps what a capture reads.

    Commits a segment whenever it is full, and the last one.

    A segment that changed nothing is not committed, except the last one and those of a first capture, whose
    manifests say how far it has read. The next segment counts what such a segment spent.
    """

    def __init__(
        self,
        info: CaptureInfo,
        known: KnownRecords,
        fetch_media: FetchMedia,
        *,
        client: HttpClient,
        gaps: AccountGaps,
        folder: Path,
    ) -> None:
        """folder: the capture's own, in the spool."""
        self.cursor: str | None = None  # where the fetch of the window stopped, for the next manifest
        self._info, self._known, self._fetch_media = info, known, fetch_media
        self._client, self._gaps, self._folder = client, gaps, folder
        self._segment = self._make_segment(1)

    @property
    def is_full(self) -> bool:
        """Whether the segment in the making should be committed."""
        return self._segment.is_full

    @property
    def changes(self) -> list[Change]:
        """The changes that are not committed yet."""
        return self._segment.changes

    def view(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is archived of these records, with uncommitted changes."""
        return self._segment.view(record_ids)

    def files_of(self, record_id: str) -> tuple[str, ...]:
        """Return the identities of a record's archived files."""
        held = self.view([record_id]).get(record_id)
        return tuple(held.media) if held else ()

    def visibility(self, held: RecordState) -> str | None:
        """Return who could see a record when it was last archived.

        In the platform's term.
        """
        return self._segment.visibility(held)

    def observe(self, exchange: Exchange, records: Sequence[Record]) -> None:
        """Compare the records of a response with the archive.

        Keep the response if they changed anything.
        """
        self._segment.observe(exchange, records)

    def retry_media(self, exchange: Exchange, records: Sequence[Record]) -> None:
        """Fetch the missing files of unchanged records again."""
        self._segment.retry_media(exchange, records)

    def prove(self, absences: Sequence[Absence], exchange: Exchange) -> None:
        """Make the rows of absences, and keep the response that proves them."""
        self._info.progress.absent += len(self._segment.prove(absences, exchange))

    def keep_failure(self, exchange: Exchange, message: str) -> None:
        """Keep a response that reports a failure or cannot be parsed."""
        self._segment.keep_failure(exchange, message)

    def cut_short(self) -> None:
        """Go on with the complete exchanges after a write that a full disk cut."""
        self._segment.cut_short()

    def postpone_rows_if_needed(self) -> None:
        """Postpone the last segment's rows if the catalog is damaged.

        All rows that wait are reported. This comes before the final manifest, which names the gap.
        """
        check_catalog(self._segment)
        self._info.progress.warn_once(report_waiting_rows(self._info, self._gaps))

    def note_spending(self) -> None:
        """Take over what the client has spent: manifests and segments count by it."""
        client, spending = self._client, self._info.progress.spending
        self._info.progress.spending = spending._replace(
            requests=client.requests, units=client.meter.units, paid=client.meter.paid
        )

    def next(self) -> None:
        """Commit what there is to commit, and begin the next segment."""
        self._close_segment(None)

    def commit(self, final: dict[str, Any]) -> None:
        """Commit the last segment.

        final: what only the manifest of a complete capture says.
        """
        self._close_segment(final)

    def _close_segment(self, final: dict[str, Any] | None) -> None:
        self.note_spending()
        segment, info = self._segment, self._info
        uncommitted = segment.spent
        if segment.changes or segment.lines or final is not None or info.window["kind"] == "history":
            try:
                body = commit(segment, final, self.cursor).body
            except TooLargeToCheck:
                raise self._set_aside() from None
            info.progress.new += body["new"]
            info.progress.changed += body["changed"]
            uncommitted = Spending()
            info.progress.warn_once(report_waiting_rows(info, self._gaps))
        self._begin_segment(uncommitted)

    def _begin_segment(self, uncommitted: Spending) -> None:
        self._segment = self._make_segment(self._segment.spool.number + 1)
        self._segment.uncommitted = uncommitted

    def _make_segment(self, number: int) -> Segment:
        return Segment(self._info, self._known, self._fetch_media, SegmentSpool(self._folder, number))

    def _set_aside(self) -> UnexpectedResponse:
        """Leave in the spool what cannot be checked for secrets.

        Returns the failure that this is. If the capture before left the same, it is not kept again.
        """
        segment, warning = self._segment, describe_unchecked(self._info.capture_id)
        bodies = [sha256(line.kept.exchange.body) for line in segment.lines]
        if set(bodies) <= set((self._known.state.sums.failure or {}).get("bodies", ())):
            segment.spool.remove()
        else:
            mark_unchecked(self._folder)
            self._gaps.extend("torn-evidence", warning)
        self._info.progress.unread += bodies
        self._begin_segment(segment.spent)
        return UnexpectedResponse(warning, "Report this, and keep the spool.")


def describe_unchecked(capture_id: str) -> str:
    """Return the text of the gap for evidence too large to be checked for secrets."""
    return text("unchecked", capture=capture_id, bytes=f"{secret_scan.MOST:,}")
