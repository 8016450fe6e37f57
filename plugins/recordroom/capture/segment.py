"""One segment of a capture: what was read since the last commit, compared with what is held, and spooled where it changed anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from recordroom import __version__
from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.state.record_state import EvidenceRef, RecordState, apply_delta, note_files
from recordroom.canonical import encode_canonical, sha256
from recordroom.capture.changes import Change, Comparison, Source, canon_of, join
from recordroom.capture.content import Reader, sound
from recordroom.capture.spool import SegmentSpool
from recordroom.capture.work import Spent, Work
from recordroom.model import NO_ANSWER, Absence, Exchange, Media, Record
from recordroom.stored_texts import text

MAX_BYTES, MAX_REQUESTS, MAX_SECONDS = 64 * 1024 * 1024, 100, 300
MAX_PLAIN = 256 * 1024 * 1024  # bytes of uncompressed responses: well below hiding.MOST, so that they can be checked
SOFTWARE = f"recordroom {__version__}"
Outcome = dict[str, Any]  # how the fetch of one file ended
Outcomes = Mapping[str, Outcome]  # by the file's identity
OutcomeOf = Callable[[Media], Outcome | None]
IN_SPOOL = ""  # key of a place that the archive does not have yet


@dataclass(slots=True)
class Line:
    """A kept exchange: where it stands in the spool file, and what it changed."""

    kept: KeptExchange
    changes: list[Change] = field(default_factory=list)


class Segment:
    """`lines` and `files` (hash -> size of spooled media) are what capture/commit.py puts."""

    def __init__(self, work: Work, spool: SegmentSpool, recovered: bool = False) -> None:
        self.work, self.spool, self.recovered = work, spool, recovered
        self._before = work.spent
        self.untold = Spent()  # of segments before it that had nothing to commit
        self.lines: list[Line] = []
        self.raised: list[Change] = []  # of which only the canon rose: no response is kept for them
        self.files: dict[str, int] = {}
        self._began = datetime.now(UTC)
        self._no_room = False
        self._plain = 0
        self._noted = spool.media_outcomes()
        self._reader = Reader(work.archive, work.account.platform)
        self._pending: dict[str, RecordState] = {}
        self._comparison = Comparison(canon_of(work.parser.full_name), self._content, self._window_of, work.parser.says)

    @property
    def full(self) -> bool:
        asked = self.work.requests - self._before.requests
        large = self.spool.size >= MAX_BYTES or self._plain >= MAX_PLAIN
        return large or asked >= MAX_REQUESTS or (datetime.now(UTC) - self._began).total_seconds() >= MAX_SECONDS

    @property
    def spent(self) -> Spent:
        """Since the last commit."""
        return Spent(*(now - before + untold for now, before, untold in zip(self.work.spent, self._before, self.untold, strict=True)))

    @property
    def changes(self) -> list[Change]:
        return [*self.raised, *(change for line in self.lines for change in line.changes)]

    @property
    def touched(self) -> list[str]:
        return list(self._pending)

    # -- comparing -------------------------------------------------------------------------------------------------------

    def weigh(self, exchange: Exchange, parsed: Sequence[Record]) -> list[Change]:
        """What the records of an exchange would change; nothing is kept."""
        return self._compare(exchange, "", parsed)

    def observe(self, exchange: Exchange, parsed: Sequence[Record]) -> list[Change]:
        """Compare the records of an exchange with what is held; keep the exchange if they changed anything."""
        name = evidence.new_id()
        changes = self._compare(exchange, name, parsed)
        if any("sequence" in change.delta for change in changes):
            self._keep(exchange, name, changes, parsed)
        else:
            self.raised += changes
        return changes

    def prove(self, absences: Sequence[Absence], exchange: Exchange) -> list[Change]:
        """Make the rows of absences, and keep the one answer that proves them."""
        name = evidence.new_id()
        changes = self._absent(absences, Source(_received(exchange), name))
        if changes:
            said = ({"record_id": a.record_id, "status": a.status, "reason": a.reason, "acted_by": a.acted_by} for a in absences)
            self._keep(exchange, name, changes, [], absences=[{k: v for k, v in a.items() if v is not None} for a in said])
        return changes

    def keep_failure(self, exchange: Exchange, words: str) -> None:
        """Keep the response that told of a failure, or could not be parsed. Of one that did not come whole there is nothing to keep."""
        if exchange.status != NO_ANSWER:
            self._keep(exchange, evidence.new_id(), [], [], failure=words)

    def adopt(self, line: Line, records: Sequence[Record]) -> None:
        """Take up an exchange that lies in the archive already for records that were not read from it then."""
        self.lines.append(line)
        line.changes = self._compare(line.kept.exchange, line.kept.id, records, again=True)
        for change in line.changes:
            self._attach(change, {})

    def cut_short(self) -> None:
        """After a write that the full disk cut: go on with the whole exchanges."""
        self._no_room = True
        if self.spool.warc.exists():
            kept, whole = evidence.read_spool(self.spool.warc)
            self.spool.cut(whole)
            self.replay(kept)

    def lacking(self, records: Sequence[Record]) -> list[Media]:
        """The files of unchanged records that could not be fetched before, or that an earlier parser did not see."""
        held = self.view(r.record_id for r in records)
        return [m for r in records if (known := held.get(r.record_id)) is not None for m in self._lacking(known, r)]

    def _lacking(self, known: RecordState, record: Record) -> list[Media]:
        if record.partial:
            return []
        had = self._comparison.files_of(known, record)
        unknown = {} if self._comparison.asks_for(record) else {"sha256": ""}
        return [m for m in record.media if "sha256" not in had.get(m.identity, unknown)]

    def retry_media(self, exchange: Exchange, records: Sequence[Record]) -> list[Change]:
        """Ask for the files of unchanged records that could not be fetched before, or were not seen; keep the exchange if one came."""
        name = evidence.new_id()
        changes = self._media_found(records, Source(_received(exchange), name), self._fetch_one)
        if changes:
            self._keep(exchange, name, changes, records)
        return changes

    def _media_found(self, records: Sequence[Record], source: Source, outcome_of: OutcomeOf) -> list[Change]:
        """The changes of records, unchanged in themselves, of which a file that was lacking is here now."""
        changes, held = [], self.view(r.record_id for r in records)
        for record in records:
            known = self._pending.get(record.record_id) or held.get(record.record_id)
            if known is None:
                continue
            had = self._comparison.files_of(known, record)
            found = [o for o in map(outcome_of, self._lacking(known, record)) if o is not None]
            if any("sha256" in o for o in found):
                change = self._comparison.media_found(known, record, source)
                self._attach(change, {i: {"identity": i, **o} for i, o in had.items()} | {o["identity"]: o for o in found})
                self._remember(change, known)
                changes.append(change)
        return changes

    def _compare(self, exchange: Exchange, name: str, parsed: Sequence[Record], *, again: bool = False) -> list[Change]:
        """The changes that an exchange makes."""
        joined, source = join(parsed), Source(_received(exchange), name, again)
        changes: list[Change] = []
        view = self.view(r.record_id for r in joined)
        for record in joined:
            held = self._pending.get(record.record_id) or view.get(record.record_id)
            change = self._comparison.live(held, record, source)
            if change is not None:
                self._remember(change, held)
                changes.append(change)
        return changes

    def _absent(self, absences: Iterable[Absence], source: Source) -> list[Change]:
        changes = []
        for absence in absences:
            held = self.view([absence.record_id]).get(absence.record_id)
            change = self._comparison.absence(held, absence, source) if held else None
            if change is not None:
                self._remember(change, held)
                changes.append(change)
        return changes

    def view(self, record_ids: Iterable[str]) -> dict[str, RecordState]:
        """What is held, with this segment's own changes."""
        wanted = list(dict.fromkeys(record_ids))
        held = self.work.held(wanted)
        return {r: h for r in wanted if (h := self._pending.get(r) or held.get(r)) is not None}

    def _remember(self, change: Change, held: RecordState | None) -> None:
        """Fold a change of what is held into the view of this segment: the next reading in the same capture is compared with it."""
        delta = change.delta
        place = EvidenceRef(IN_SPOOL, 0, 0, delta.get("warc_record_id", ""), delta.get("pointer", ""))
        self._pending[delta["record_id"]] = apply_delta(deepcopy(held), delta, place)

    def _content(self, held: RecordState) -> Record:
        """Content of a held record, which may stand in the spool only."""
        if held.content is None or held.content.key != IN_SPOOL:
            return self._reader.content(held)
        kept = next(line.kept for line in self.lines if line.kept.id == held.content.warc_record_id)
        found = self._reader.records(kept)
        return next(r for r in found if (r.record_id, r.pointer) == (held.record_id, held.content.pointer))

    def visibility(self, held: RecordState) -> str | None:
        """Who could see a record when its content was last archived, in the platform's word."""
        return None if held.content is None else self._content(held).visibility

    def _window_of(self, root_id: str) -> str | None:
        found = self.view([root_id]).get(root_id)
        return found.window_at if found else None

    # -- keeping ---------------------------------------------------------------------------------------------------------

    def _keep(self, exchange: Exchange, name: str, changes: list[Change], parsed: Sequence[Record], **more: Any) -> None:
        """Spool an exchange with the media of its changes. `more`: absences or a failure that it proves."""
        self.spool.begin(SOFTWARE, f"{self.work.capture_id}-{self.spool.number}.warc.gz")
        metadata: dict[str, Any] = {
            "format": 1,
            "account": self.work.account.id,
            "context": dict(exchange.context),
            "items": [{"record_id": r.record_id, "pointer": r.pointer} for r in parsed],
        }
        metadata |= {"cursor": exchange.cursor} if exchange.cursor is not None else {}
        offset = self.spool.size
        self._plain += len(exchange.body)
        self.spool.add(exchange, name, metadata | more)
        line = Line(KeptExchange(name, offset, self.spool.size - offset, exchange, metadata | more), changes)
        self.lines.append(line)
        self._fetch(line)

    def _fetch(self, line: Line) -> None:
        """Fetch the media that the changes of a line bring, and write down how each fetch ended."""
        kept, told = line.kept, _told(line.kept)
        added = [outcome for change in line.changes for outcome in self._attach(change, told)]
        if added:
            media = {"media": [*kept.metadata.get("media", ()), *added]}
            self.spool.add_metadata(kept.exchange, kept.id, media)
            length = self.spool.size - kept.offset
            line.kept = KeptExchange(kept.id, kept.offset, length, kept.exchange, kept.metadata | media)

    def _attach(self, change: Change, outcomes: Outcomes) -> list[Outcome]:
        """Fill `media` of a delta from what is held, `outcomes`, the spool's notes, or the network; the outcomes of the last two."""
        delta = change.delta
        if "sequence" not in delta or "content" in delta:
            return []
        held = self.work.held([delta["record_id"]]).get(delta["record_id"]) if change.record.media else None  # not asked for in vain
        had = {**held.media, **self._comparison.files_of(held, change.record)} if held else {}
        before = {i: {"identity": i, **o} for i, o in had.items() if "sha256" in o}
        known = {**before, **outcomes}
        added = []
        for item in change.record.media:
            if item.identity not in known:
                outcome = self._noted_of(item) or self._fetch_one(item)
                known[item.identity] = outcome
                added.append(outcome)
            outcome = known[item.identity]
            delta.setdefault("media", {})[item.identity] = {k: outcome[k] for k in ("sha256", "bytes", "missing_reason") if k in outcome}
            if "sha256" in outcome and item.identity not in before:
                self.files[outcome["sha256"]] = outcome["bytes"]
        pending = self._pending.get(delta["record_id"])
        if pending is not None and delta.get("late"):
            note_files(pending, delta)
        elif pending is not None:
            pending.media = dict(delta.get("media", {}))
        return added

    def _fetch_one(self, item: Media) -> Outcome:
        if self._no_room:
            return {"identity": item.identity, "missing_reason": text("file-no-room")}
        outcome = self.work.fetch_media(item, self.spool.media)
        self.spool.note_media(_name_of(item), outcome)
        self._noted[_name_of(item)] = outcome
        return outcome

    def _noted_of(self, item: Media) -> Outcome | None:
        return self._noted.get(_name_of(item))

    # -- what another process or a lost race left ------------------------------------------------------------------------

    def replay(self, kept: Sequence[KeptExchange], cut_off: bool = False) -> None:
        """Compare exchanges that stand in the spool already with the state as it is now; nothing but lacking media is fetched.

        `cut_off`: a crash may have come before the media of the last exchange were written down; that is done now.
        """
        self.lines, self.raised, self._pending, self.files = [], [], {}, {}
        for one in kept:
            self._replay(Line(one))
        for line in self.lines:
            if cut_off and line is self.lines[-1]:
                self._replay_media(line, self._noted.values(), self._noted_of)
                self._fetch(line)
            else:
                self._replay_told(line, _told(line.kept))

    def _replay(self, line: Line) -> None:
        kept = line.kept
        self.lines.append(line)
        line.changes = self._compare(kept.exchange, kept.id, self.read(kept), again=True)
        said = kept.metadata.get("absences", ())
        absences = [Absence(a["record_id"], a["status"], a["reason"], kept.exchange, a.get("acted_by")) for a in said]
        line.changes = line.changes + self._absent(absences, Source(_received(kept.exchange), kept.id, again=True))

    def _replay_told(self, line: Line, told: Outcomes) -> None:
        for change in line.changes:
            self._attach(change, told)
        self._replay_media(line, told.values(), lambda item: told.get(item.identity))

    def _replay_media(self, line: Line, outcomes: Iterable[Outcome], outcome_of: OutcomeOf) -> None:
        """A file that was asked for again, and came, brings its row here too."""
        if any("sha256" in outcome for outcome in outcomes):
            changed = {change.delta["record_id"] for change in line.changes}
            unchanged = [r for r in self.read(line.kept) if r.record_id not in changed]
            source = Source(_received(line.kept.exchange), line.kept.id, again=True)
            line.changes = line.changes + self._media_found(unchanged, source, outcome_of)

    def read(self, kept: KeptExchange) -> list[Record]:
        """Its records; none of an answer that was kept for another reason. Raises what the parser does."""
        try:
            return sound(self._reader.records(kept), kept.exchange)
        except Exception:  # whatever a parser does with it
            if kept.metadata.keys().isdisjoint(("failure", "absences")):
                raise
            return []


def _told(kept: KeptExchange) -> dict[str, Outcome]:
    """How the fetches of its files ended. Two records may have files of one identity that differ (pictures of a site whose addresses
    differ in the query): it does not say which is whose, and these are noted elsewhere or fetched again."""
    hashes: dict[str, set[str | None]] = defaultdict(set)
    said = kept.metadata.get("media", ())
    for outcome in said:
        hashes[outcome["identity"]].add(outcome.get("sha256"))
    return {outcome["identity"]: outcome for outcome in said if len(hashes[outcome["identity"]]) == 1}


def _name_of(item: Media) -> str:
    """What tells a file from every other of the segment: its identity is unique within its record only. No address is written down as it
    is, since it may be signed."""
    return sha256(encode_canonical([item.identity, item.url or ""]))[:32]


def _received(exchange: Exchange) -> datetime:
    return exchange.fetched_at or datetime.now(UTC)
