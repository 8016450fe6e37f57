"""One segment of a capture: what was read since the last commit.

Each response is compared with what the archive has. One that changed something is appended to the local
spool, with fsync, before anything else happens: its author may delete the post a second later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom import __version__
from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.state.record_state import EvidenceRef, RecordState, apply_delta, note_files
from recordroom.canonical import encode_canonical, sha256
from recordroom.capture.info import CaptureInfo, Spending
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.comparison import Change, Comparison, ResponseRef, canon_of, join_parts
from recordroom.capture.segment.parsing import EvidenceReader, check_records
from recordroom.capture.segment.spool import SegmentSpool
from recordroom.model import NO_ANSWER, Absence, Exchange, Media, Record
from recordroom.stored_texts import text

MAX_BYTES, MAX_REQUESTS, MAX_SECONDS = 64 * 1024 * 1024, 100, 300
# bytes of uncompressed responses: well below secret_scan.MOST, so that they can be checked
MAX_PLAIN = 256 * 1024 * 1024
SOFTWARE = f"recordroom {__version__}"
IN_SPOOL = ""  # key of evidence that the archive does not have yet

# how the fetch of one file ended: {identity, sha256, bytes | missing_reason, ...}
FileOutcome = dict[str, Any]
FileOutcomes = Mapping[str, FileOutcome]  # by the file's identity
FindOutcome = Callable[[Media], FileOutcome | None]
FetchMedia = Callable[[Media, Path], FileOutcome]  # (file, folder that gets it)


@dataclass(slots=True)
class SpooledExchange:
    """A response in the spool file, and what it changed."""

    kept: KeptExchange
    changes: list[Change] = field(default_factory=list)


class Segment:
    """A segment in the making.

    `commit` (capture/segment/commit.py) puts what it holds.
    """

    def __init__(
        self,
        info: CaptureInfo,
        known: KnownRecords,
        fetch_media: FetchMedia,
        spool: SegmentSpool,
        recovered: bool = False,
    ) -> None:
        """recovered: an interrupted capture left it; its manifest says so."""
        self.info, self.known, self.spool, self.recovered = info, known, spool, recovered
        self.lines: list[SpooledExchange] = []
        self.raised: list[
            Change
        ] = []  # a later parser made other hashes of the same content: no response is kept for these
        self.files: dict[str, int] = {}  # hash -> size of the media files in the spool
        self.uncommitted = Spending()  # of earlier segments that had nothing to commit
        self._before = info.progress.spending
        self._fetch_media = fetch_media
        self._began = datetime.now(UTC)
        self._has_no_room = False
        self._plain_bytes = 0
        self._noted = spool.media_outcomes()
        self._reader = EvidenceReader(info.archive, info.account.platform)
        self._pending: dict[str, RecordState] = {}
        self._comparison = Comparison(
            canon_of(info.parser.full_name), self._read_content, self._find_window, info.parser.says
        )

    @property
    def is_full(self) -> bool:
        """Whether the segment should be committed, since it is large or old."""
        requests = self.info.progress.spending.requests - self._before.requests
        is_large = self.spool.size >= MAX_BYTES or self._plain_bytes >= MAX_PLAIN
        return (
            is_large
            or requests >= MAX_REQUESTS
            or (datetime.now(UTC) - self._began).total_seconds() >= MAX_SECONDS
        )

    @property
    def spent(self) -> Spending:
        """The spending since the last commit."""
        spending = zip(self.info.progress.spending, self._before, self.uncommitted, strict=True)
        return Spending(*(now - before + uncommitted for now, before, uncommitted in spending))

    @property
    def changes(self) -> list[Change]:
        """All changes that the segment's manifest will name."""
        return [*self.raised, *(change for line in self.lines for change in line.changes)]

    @property
    def changed_ids(self) -> list[str]:
        """The ids of all records that the segment changed."""
        return list(self._pending)

    # -- comparing -------------------------------------------------------------------------------------------

    def preview(self, exchange: Exchange, parsed: Sequence[Record]) -> list[Change]:
        """Return what the records of a response would change; nothing is kept."""
        return self._compare(exchange, "", parsed)

    def observe(self, exchange: Exchange, parsed: Sequence[Record]) -> list[Change]:
        """Compare the records of a response with the archive.

        Keep the response if they changed anything.
        """
        name = evidence.new_id()
        changes = self._compare(exchange, name, parsed)
        if any("sequence" in change.delta for change in changes):
            self._keep(exchange, name, changes, parsed)
        else:
            self.raised += changes
        return changes

    def prove(self, absences: Sequence[Absence], exchange: Exchange) -> list[Change]:
        """Make the rows of absences, and keep the one response that proves them."""
        name = evidence.new_id()
        changes = self._compare_absences(absences, ResponseRef(_received(exchange), name))
        if changes:
            said = (
                {"record_id": a.record_id, "status": a.status, "reason": a.reason, "acted_by": a.acted_by}
                for a in absences
            )
            self._keep(
                exchange,
                name,
                changes,
                [],
                absences=[{k: v for k, v in a.items() if v is not None} for a in said],
            )
        return changes

    def keep_failure(self, exchange: Exchange, message: str) -> None:
        """Keep a response that reports a failure or cannot be parsed.

        An incomplete response is not kept.
        """
        if exchange.status != NO_ANSWER:
            self._keep(exchange, evidence.new_id(), [], [], failure=message)

    def add_archived(self, line: SpooledExchange, records: Sequence[Record]) -> None:
        """Add an archived response, for records that were not parsed from it then."""
        self.lines.append(line)
        line.changes = self._compare(line.kept.exchange, line.kept.id, records, again=True)
        for change in line.changes:
            self._attach_files(change, {})

    def cut_short(self) -> None:
        """Cut an exchange that a full disk left incomplete.

        The segment goes on with the complete ones, and fetches no more media.
        """
        self._has_no_room = True
        if self.spool.warc.exists():
            kept, size = evidence.read_spool(self.spool.warc)
            self.spool.cut(size)
            self.replay(kept)

    def view(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """Return what is archived of these records, with this segment's own changes."""
        wanted = list(dict.fromkeys(record_ids))
        known = self.known.get(wanted)
        return {one: held for one in wanted if (held := self._pending.get(one) or known.get(one)) is not None}

    def visibility(self, held: RecordState) -> str | None:
        """Return who could see a record when it was last archived.

        In the platform's term.
        """
        return None if held.content is None else self._read_content(held).visibility

    def _compare(
        self, exchange: Exchange, name: str, parsed: Sequence[Record], *, again: bool = False
    ) -> list[Change]:
        joined, source = join_parts(parsed), ResponseRef(_received(exchange), name, again)
        changes: list[Change] = []
        view = self.view(record.record_id for record in joined)
        for record in joined:
            held = self._pending.get(record.record_id) or view.get(record.record_id)
            change = self._comparison.compare(held, record, source)
            if change is not None:
                self._remember(change, held)
                changes.append(change)
        return changes

    def _compare_absences(self, absences: Iterable[Absence], source: ResponseRef) -> list[Change]:
        changes = []
        for absence in absences:
            held = self.view([absence.record_id]).get(absence.record_id)
            change = self._comparison.compare_absence(held, absence, source) if held else None
            if change is not None:
                self._remember(change, held)
                changes.append(change)
        return changes

    def _remember(self, change: Change, held: RecordState | None) -> None:
        """Apply a change to this segment's view.

        The capture's next reading of the record is compared with it.
        """
        delta = change.delta
        place = EvidenceRef(IN_SPOOL, 0, 0, delta.get("warc_record_id", ""), delta.get("pointer", ""))
        self._pending[delta["record_id"]] = apply_delta(deepcopy(held), delta, place)

    def _read_content(self, held: RecordState) -> Record:
        """Parse the content of an archived record, which may be in the spool only."""
        if held.content is None or held.content.key != IN_SPOOL:
            return self._reader.content(held)
        kept = next(line.kept for line in self.lines if line.kept.id == held.content.warc_record_id)
        found = self._reader.records(kept)
        return next(
            one for one in found if (one.record_id, one.pointer) == (held.record_id, held.content.pointer)
        )

    def _find_window(self, root_id: str) -> str | None:
        found = self.view([root_id]).get(root_id)
        return found.window_at if found else None

    # -- media of unchanged records --------------------------------------------------------------------------

    def missing_files(self, records: Sequence[Record]) -> list[Media]:
        """Return the files of unchanged records that are missing.

        They could not be fetched before, or an earlier parser did not see them.
        """
        view = self.view(record.record_id for record in records)
        return [
            item
            for one in records
            if (held := view.get(one.record_id)) is not None
            for item in self._missing_files(held, one)
        ]

    def _missing_files(self, held: RecordState, record: Record) -> list[Media]:
        if record.partial:
            return []
        had = self._comparison.files_of(held, record)
        unknown = {} if self._comparison.may_fetch_unknown(record) else {"sha256": ""}
        return [item for item in record.media if "sha256" not in had.get(item.identity, unknown)]

    def retry_media(self, exchange: Exchange, records: Sequence[Record]) -> list[Change]:
        """Fetch the missing files of unchanged records again.

        Keep the response if one was received.
        """
        name = evidence.new_id()
        changes = self._compare_files(records, ResponseRef(_received(exchange), name), self._fetch_file)
        if changes:
            self._keep(exchange, name, changes, records)
        return changes

    def _compare_files(
        self, records: Sequence[Record], source: ResponseRef, find_outcome: FindOutcome
    ) -> list[Change]:
        """Return the changes of unchanged records that have a file now which was missing."""
        changes, view = [], self.view(record.record_id for record in records)
        for record in records:
            held = self._pending.get(record.record_id) or view.get(record.record_id)
            if held is None:
                continue
            had = self._comparison.files_of(held, record)
            found = [one for one in map(find_outcome, self._missing_files(held, record)) if one is not None]
            if any("sha256" in one for one in found):
                change = self._comparison.add_files(held, record, source)
                outcomes = {i: {"identity": i, **one} for i, one in had.items()} | {
                    one["identity"]: one for one in found
                }
                self._attach_files(change, outcomes)
                self._remember(change, held)
                changes.append(change)
        return changes

    # -- keeping ---------------------------------------------------------------------------------------------

    def _keep(
        self, exchange: Exchange, name: str, changes: list[Change], parsed: Sequence[Record], **more: Any
    ) -> None:
        """Spool a response with the media of its changes.

        more: absences or a failure that it proves.
        """
        self.spool.begin(SOFTWARE, f"{self.info.capture_id}-{self.spool.number}.warc.gz")
        metadata: dict[str, Any] = {
            "format": 1,
            "account": self.info.account.id,
            "context": dict(exchange.context),
            "items": [{"record_id": record.record_id, "pointer": record.pointer} for record in parsed],
        }
        metadata |= {"cursor": exchange.cursor} if exchange.cursor is not None else {}
        offset = self.spool.size
        self._plain_bytes += len(exchange.body)
        self.spool.add(exchange, name, metadata | more)
        line = SpooledExchange(
            KeptExchange(name, offset, self.spool.size - offset, exchange, metadata | more), changes
        )
        self.lines.append(line)
        self._fetch_files(line)

    def _fetch_files(self, line: SpooledExchange) -> None:
        """Fetch the media of a response's changes; note how each fetch ended."""
        kept, known = line.kept, _outcomes_of(line.kept)
        added = [outcome for change in line.changes for outcome in self._attach_files(change, known)]
        if added:
            media = {"media": [*kept.metadata.get("media", ()), *added]}
            self.spool.add_metadata(kept.exchange, kept.id, media)
            length = self.spool.size - kept.offset
            line.kept = KeptExchange(kept.id, kept.offset, length, kept.exchange, kept.metadata | media)

    def _attach_files(self, change: Change, outcomes: FileOutcomes) -> list[FileOutcome]:
        """Fill `media` of a delta; return the outcomes that were not known before.

        Each outcome is looked up in the archived state, in `outcomes`, and in the spool's notes; else the
        file is fetched.
        """
        delta = change.delta
        if "sequence" not in delta or "content" in delta:
            return []
        has_media = bool(change.record.media)  # else nothing is looked up
        held = self.known.get([delta["record_id"]]).get(delta["record_id"]) if has_media else None
        had = {**held.media, **self._comparison.files_of(held, change.record)} if held else {}
        before = {identity: {"identity": identity, **one} for identity, one in had.items() if "sha256" in one}
        known = {**before, **outcomes}
        added = []
        for item in change.record.media:
            if item.identity not in known:
                outcome = self._find_noted(item) or self._fetch_file(item)
                known[item.identity] = outcome
                added.append(outcome)
            outcome = known[item.identity]
            delta.setdefault("media", {})[item.identity] = {
                k: outcome[k] for k in ("sha256", "bytes", "missing_reason") if k in outcome
            }
            if "sha256" in outcome and item.identity not in before:
                self.files[outcome["sha256"]] = outcome["bytes"]
        pending = self._pending.get(delta["record_id"])
        if pending is not None and delta.get("late"):
            note_files(pending, delta)
        elif pending is not None:
            pending.media = dict(delta.get("media", {}))
        return added

    def _fetch_file(self, item: Media) -> FileOutcome:
        if self._has_no_room:
            return {"identity": item.identity, "missing_reason": text("file-no-room")}
        outcome = self._fetch_media(item, self.spool.media)
        self.spool.note_media(_name_of(item), outcome)
        self._noted[_name_of(item)] = outcome
        return outcome

    def _find_noted(self, item: Media) -> FileOutcome | None:
        return self._noted.get(_name_of(item))

    # -- after an interruption or a lost race ----------------------------------------------------------------

    def replay(self, kept: Sequence[KeptExchange], is_interrupted: bool = False) -> None:
        """Compare spooled responses again with the state as it is now.

        Fetch nothing except missing media.

        is_interrupted: the process may have ended before it noted the media of the last response; that is
        done now.
        """
        self.lines, self.raised, self._pending, self.files = [], [], {}, {}
        for one in kept:
            self._replay(SpooledExchange(one))
        for line in self.lines:
            if is_interrupted and line is self.lines[-1]:
                self._replay_files(line, self._noted.values(), self._find_noted)
                self._fetch_files(line)
            else:
                self._replay_noted_files(line, _outcomes_of(line.kept))

    def _replay(self, line: SpooledExchange) -> None:
        kept = line.kept
        self.lines.append(line)
        line.changes = self._compare(kept.exchange, kept.id, self.read(kept), again=True)
        said = kept.metadata.get("absences", ())
        absences = [
            Absence(a["record_id"], a["status"], a["reason"], kept.exchange, a.get("acted_by")) for a in said
        ]
        line.changes = line.changes + self._compare_absences(
            absences, ResponseRef(_received(kept.exchange), kept.id, again=True)
        )

    def _replay_noted_files(self, line: SpooledExchange, outcomes: FileOutcomes) -> None:
        for change in line.changes:
            self._attach_files(change, outcomes)
        self._replay_files(line, outcomes.values(), lambda item: outcomes.get(item.identity))

    def _replay_files(
        self, line: SpooledExchange, outcomes: Iterable[FileOutcome], find_outcome: FindOutcome
    ) -> None:
        """Make the rows of unchanged records for which a file was fetched again."""
        if any("sha256" in outcome for outcome in outcomes):
            changed = {change.delta["record_id"] for change in line.changes}
            unchanged = [record for record in self.read(line.kept) if record.record_id not in changed]
            source = ResponseRef(_received(line.kept.exchange), line.kept.id, again=True)
            line.changes = line.changes + self._compare_files(unchanged, source, find_outcome)

    def read(self, kept: KeptExchange) -> list[Record]:
        """Return the records of a kept response.

        None of one that was kept for another reason.

        Raises what the parser raises.
        """
        try:
            return check_records(self._reader.records(kept), kept.exchange)
        except Exception:  # the parser may raise anything
            if kept.metadata.keys().isdisjoint(("failure", "absences")):
                raise
            return []


def _outcomes_of(kept: KeptExchange) -> dict[str, FileOutcome]:
    """Return how the fetches of a response's files ended, by their identity.

    Two records may have different files with one identity (images of a site whose addresses differ in the
    query only). It is not known which outcome belongs to which record, so these are taken from the spool's
    notes or fetched again.
    """
    hashes: dict[str, set[str | None]] = defaultdict(set)
    said = kept.metadata.get("media", ())
    for outcome in said:
        hashes[outcome["identity"]].add(outcome.get("sha256"))
    return {outcome["identity"]: outcome for outcome in said if len(hashes[outcome["identity"]]) == 1}


def _name_of(item: Media) -> str:
    """Return a name for a file that is unique in the segment.

    Its identity is unique in its record only.

    The address is hashed, since it may be signed.
    """
    return sha256(encode_canonical([item.identity, item.url or ""]))[:32]


def _received(exchange: Exchange) -> datetime:
    return exchange.fetched_at or datetime.now(UTC)
