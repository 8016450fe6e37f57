"""One import: a file from elsewhere becomes evidence and records of an account, beside whatever captures it.

The file itself is put first, as an object named by its hash, and every manifest of the import names it. Then it is cut into pieces, each
parsed by a pure function and compared with what is held; a piece that brings something becomes a `resource` record of the evidence. What is
learnt from a file is a late arrival: nobody saw it on the platform, so it never takes the place of what a capture saw.

An import that dies has committed whole segments; begun again it brings the rest. The same file, read by the same parser, is imported once.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from recordroom.archive import media
from recordroom.archive.gaps import MISSED, ROWS_WAIT, AccountGaps, Gap, Gaps, gap_id
from recordroom.archive.ledger import actor
from recordroom.archive.quarantine import ledger
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import version_key
from recordroom.canonical import encode_canonical, sha256, version_of
from recordroom.capture import parsers, recovery
from recordroom.capture.changes import Change
from recordroom.capture.commit import check_catalog, commit
from recordroom.capture.imported import LISTED, TOLD, Imported
from recordroom.capture.place import Archive
from recordroom.capture.segment import Segment
from recordroom.capture.spool import AccountSpool, SegmentSpool, held, is_import, remove
from recordroom.capture.twins import Candidates
from recordroom.capture.work import Work
from recordroom.errors import ArchiveError, ImportRefused, UsageError, describe_mistake
from recordroom.imports.contract import MADE, About, Found, Importer, Passed, Piece, Reject
from recordroom.imports.files import Files
from recordroom.imports.ownership import refuse_others
from recordroom.imports.registry import parse_piece
from recordroom.model import MESSAGE, Exchange, Identity, Media, Record, instant
from recordroom.register.models import Account, Register

SEGMENT_BYTES, SEGMENT_CHANGES = 8 * 1024**2, 2_000
REJECTS = "import-rejects: "  # reason of a gap, with the name of the file and the first digits of its hash
DIGITS = 12
HIDDEN = "it is hidden (a name with a leading dot), and is not taken"


@dataclass(frozen=True, slots=True)
class Order:
    """A file, who reads it, and what was ordered beside: a mapping of columns, or with which words a submission was made. `dry`: nothing is
    stored, and so many of its first records are told. `mends`: the hash, or its first digits, of an earlier file that this one is in place
    of: where it is taken whole, nothing of the other lacks any more."""

    files: Files
    importer: Importer
    mapping: Mapping[str, Any] | None = None
    submission: Mapping[str, str] | None = None
    dry: int | None = None
    mends: str | None = None

    def told(self) -> dict[str, Any]:
        parts = {"mapping": self.mapping, "submission": self.submission}
        return {name: dict(part) for name, part in parts.items() if part is not None}


def import_file(place: Archive, register: Register, account: Account, order: Order) -> Imported:
    """Import a file. ImportRefused where it is another account's, or nothing that can be read."""
    running = _Import(place, register, account, order)
    try:
        return running.run()
    finally:
        running.candidates.close()


class _Import:
    def __init__(self, place: Archive, register: Register, account: Account, order: Order) -> None:
        self.place, self.order, self.files, self.importer, self.dry = place, order, order.files, order.importer, order.dry
        files, importer = order.files, order.importer
        self.spool = AccountSpool(place.settings.spool, account.platform, account.id)
        state = AccountState(place.archive, place.derived, account, writes=True)
        about = _about(importer, files)
        self.done = Imported(account.id, files.name, files.sha256, files.size, importer.FORM.title, self.dry is not None)
        self.done.compared = refuse_others(about, account, state.sums.identity, files.name)
        pinned = state.sums.identity or {"native_id": about.native_id, "server": about.server}
        known = {name: value for name, value in pinned.items() if name in ("native_id", "server") and value}
        self.account = account.with_identity(Identity(**known)) if len(known) == 2 else account
        self.started = datetime.now(UTC)
        self.capture_id = f"{self.started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        made_by = about.maker or (order.mapping or {}).get("made_by")
        maker = {"maker": made_by} if made_by else {}
        self.how = {"format": importer.FORM.name, "name": files.name, "sha256": files.sha256, **maker, **order.told()}
        self.context = {"platform": account.platform} | {
            name: known[key] for name, key in (("account", "native_id"), ("server", "server")) if key in known
        }
        self.candidates = Candidates()
        self.work = Work(
            archive=place.archive,
            derived=place.derived,
            account=self.account,
            agency=register.agency.id,
            parser=parsers.of_importer(importer.FORM.name),
            state=state,
            capture_id=self.capture_id,
            window={"kind": "import"},
            started=self.started,
            identity=None,
            fetch_media=self._fetch_media,
            who=actor(),
            files={part.sha256: part.size for part in (files, *files.beside)},
        )
        self.gaps = AccountGaps(place.archive, place.derived, account.id, ())
        self.segment = self._fresh(1)
        self._closing: list[str] = []
        self._weighed: set[tuple[str, str | None]] = set()
        self._messages: tuple[datetime, datetime] | None = None  # when the first and the last of the file were written

    def run(self) -> Imported:
        self._refuse_large()
        self._closing = list(self._gaps_to_close())
        before = self.work.state.sums.imports.get(self.files.sha256)
        in_place = self.order.mends is not None and bool(self._closing)  # that it mends another was not said when it was imported
        if before and before["how"] == self._digest_of_how() and (self.dry is not None or not (in_place or self._has_come())):
            self.done.before = before["time"]
        self.done.others = [part.name for part in self.files.beside if self._is_unread(part)]
        if self.dry is not None or self.done.before:
            self._read(store=False)
            self._find_twins()
            return self.done
        with self._spooled():
            self._put_file()
            self._read(store=True)
            self._refuse_half_a_submission()
            self._find_twins()
            self._end()
        if self.work.state.snapshot_due():
            self.work.state.put_snapshot()
        return self.done

    def _is_unread(self, part: Files) -> bool:
        """Whether another part of the download holds records that nobody imported."""
        return part.sha256 not in self.work.state.sums.imports and self.importer.recognize(part)

    def _refuse_half_a_submission(self) -> None:
        """A person gets a receipt for it: it is a record, or nothing was taken in. It is one piece, which is committed at the end."""
        if self.order.submission is not None and self.done.rejects:
            reason = self.done.rejects[0].reason
            raise ImportRefused(f"what was handed in cannot be a record: {reason}", "Nothing was taken in. Correct what was given with it.")

    def _has_come(self) -> bool:
        """Whether a media file that lacked when this file was imported is there now."""
        for piece in self.importer.pieces(self.files, self.account, self.order.mapping):
            records = [one for one in self._found(self._exchange(piece)) if isinstance(one, Record)] if isinstance(piece, Piece) else []
            if any(item.url and self.files.holder(item.url) for item in self.segment.lacking(records)):
                return True
        return False

    @contextmanager
    def _spooled(self) -> Iterator[None]:
        for folder in filter(is_import, self.spool.left()):
            remove(folder)
        folder = self.spool.folder / self.capture_id
        with held(folder, {"capture_id": self.capture_id, "window": self.work.window, "started": instant(self.started)}):
            try:
                self._recover(folder)
                yield
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _recover(self, folder: Path) -> None:
        """What an import that died had put; of an account that is captured, the next capture does that."""
        if self.account.import_only:
            self.gaps.reload()
            recovery.remake_rows(self.work, self.gaps)
            recovery.recover(self.work, self.spool, folder)
        self._report_waiting_rows()

    def _report_waiting_rows(self) -> None:
        words = recovery.report_waiting_rows(self.work, self.gaps)
        if words and not self.done.warnings:
            self.done.warnings.append(words)
            self.done.gaps.append(gap_id(self.account.id, ROWS_WAIT))

    def _refuse_large(self) -> None:
        for part in (self.files, *self.files.beside):
            if part.size > self.place.settings.media_limit:
                words = f"{part.name} is larger than {self.place.settings.media_limit:,} bytes"
                raise ImportRefused(words, "Platforms offer smaller parts of a download; or raise RECORDROOM_MEDIA_LIMIT, up to 5 GB.")

    def _put_file(self) -> None:
        for part in (self.files, *self.files.beside):
            with part.path.open("rb") as file:
                if not self.place.archive.put_file(media.key_of(part.sha256), file, part.sha256):
                    raise ArchiveError(f"{media.key_of(part.sha256)} holds other bytes than its name says", "Run `recordroom verify`.")
        self.done.capture_id = self.capture_id

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _read(self, *, store: bool) -> None:
        size = 0
        for piece in self._pieces():
            exchange = self._exchange(piece)
            records = list(self._records(exchange))
            self._count(records, self._observe(exchange, records) if store else self._weigh(exchange, records))
            size += len(piece.body)
            if size >= SEGMENT_BYTES or len(self.segment.touched) >= SEGMENT_CHANGES:
                self._next_segment(store=store)
                size = 0
        self.done.records = self.candidates.count

    def _observe(self, exchange: Exchange, records: list[Record]) -> list[Change]:
        """Also the rows of records that were imported before without a file that is there now."""
        changes = self.segment.observe(exchange, records)
        changed = {change.delta["record_id"] for change in changes}
        return [*changes, *self.segment.retry_media(exchange, [one for one in records if one.record_id not in changed])]

    def _weigh(self, exchange: Exchange, records: list[Record]) -> list[Change]:
        """What was weighed in an earlier segment is not held: what the file says twice is told apart by its own words."""
        changes = [
            one for one in self.segment.weigh(exchange, records) if self.candidates.is_first(version_key(one.delta), one.delta["record_id"])
        ]
        changed = {change.delta["record_id"] for change in changes}
        brought = [item for change in changes for item in change.record.media]
        for item in [*brought, *self.segment.lacking([one for one in records if one.record_id not in changed])]:
            if (item.identity, item.url) in self._weighed:  # in one segment a file is taken once
                continue
            self._weighed.add((item.identity, item.url))
            if item.url and self.files.holder(item.url):
                self.done.media += 1
                self._note_folder(item.url)
            else:
                self._lacks(item)
        return changes

    def _note_folder(self, name: str) -> None:
        """Tell what an import takes besides the file itself: whoever wrote the file chose it."""
        beside = self.files.alone and name != self.files.name
        if beside and self.candidates.is_first("from the folder", name) and len(self.done.from_folder) < LISTED:
            self.done.from_folder.append(name)

    def _pieces(self) -> Iterator[Piece]:
        try:
            for piece in self.importer.pieces(self.files, self.account, self.order.mapping):
                if isinstance(piece, Reject):
                    self.done.reject(piece)
                elif isinstance(piece, Passed):
                    self.done.pass_over(piece)
                else:
                    yield piece
        except _MISTAKES as problem:
            raise _unlike(self.files.name, self.importer, problem) from problem

    def _exchange(self, piece: Piece) -> Exchange:
        return Exchange(
            method="",
            url=f"urn:sha256:{self.files.sha256}#{quote(piece.place)}",
            status=0,
            headers=(("Content-Type", piece.content_type),),
            body=piece.body,
            context={**self.context, **piece.context, "import": self.how},
            fetched_at=self.started,
        )

    def _records(self, exchange: Exchange) -> Iterator[Record]:
        """Its records; what is no record, or says the same item otherwise a second time, is a reject. One of another kind is another item:
        a product may number posts and comments apart."""
        seen: dict[tuple[str, datetime | None], str] = {}
        kinds: dict[str, str] = {}
        for one in self._found(exchange):
            if isinstance(one, Passed):
                self.done.pass_over(one)
                continue
            if isinstance(one, Reject):
                self.done.reject(one)
                continue
            if twice := _twice(one.media):
                self.done.reject(Reject(one.pointer, f"two of its files have the identity {twice!r}"))
                continue
            version = version_of(one)
            if seen.setdefault((one.record_id, one.valid_from), version) != version:
                self.done.reject(Reject(one.pointer, f"it gives {one.record_id} once more, with the same time and other content"))
                continue
            kind = kinds.setdefault(one.record_id, self.candidates.kind_of(one.record_id) or one.kind)
            if kind != one.kind:
                reason = f"it gives {one.record_id} once more, as a {one.kind} and not a {kind}: two items have one id"
                self.done.reject(Reject(one.pointer, reason))
                continue
            for name in one.leftover:
                self.done.leftover[name] = self.done.leftover.get(name, 0) + 1
            yield one

    def _found(self, exchange: Exchange) -> list[Found]:
        """What a piece holds; of one at which the importer fails nothing is taken: it must be read the same again."""
        try:
            return list(parse_piece(exchange))
        except Exception as mistake:  # noqa: BLE001 (an importer's own mistake is told, and hides no other piece)
            place = unquote(exchange.url.partition("#")[2])
            return [Reject(place, f"the importer {self.importer.FORM.name} fails here ({describe_mistake(mistake)})")]

    def _count(self, records: list[Record], changes: list[Change]) -> None:
        new = {change.delta["record_id"] for change in changes if change.delta["sequence"] == 1}
        new = {name for name in new if self.dry is None or not self.candidates.has(name)}
        self.done.new += len(new)
        self.done.changed += len(changes) - len(new)
        self.done.known += len(records) - len(changes)
        for record in records:
            again = bool(self.done.before) and record.native_id.startswith(MADE)  # captures may hold it since, under the platform's id
            self.candidates.note(record, new=again or record.record_id in new)
            if record.kind == MESSAGE and record.published_at:
                first, last = self._messages or (record.published_at, record.published_at)
                self._messages = min(first, record.published_at), max(last, record.published_at)
        if self.dry is not None:
            self.done.first += records[: max(0, self.dry - len(self.done.first))]

    def _fetch_media(self, item: Media, folder: Path) -> dict[str, Any]:
        outcome: dict[str, Any] = {"identity": item.identity, "time": instant(datetime.now(UTC))}
        found = self.files.holder(item.url) if item.url else None
        if found is None:
            return outcome | {"missing_reason": self._lacks(item)}
        files, name = found
        outcome["url"] = f"urn:sha256:{files.sha256}#{quote(name)}"
        try:
            digest, size = media.spool(folder, files.chunks(name), self.place.settings.media_limit)
        except (ArchiveError, ImportRefused) as problem:
            if self.order.submission is not None:  # its receipt names each file
                raise ImportRefused(f"{item.url}: {problem.message}", problem.mend) from problem
            return outcome | {"missing_reason": self._lacks(item, problem.message)}
        self.done.media += 1
        return outcome | {"sha256": digest, "bytes": size}

    def _lacks(self, item: Media, why: str = "") -> str:
        """Counted once, however many records name it and however often it is looked for."""
        hidden = item.url is not None and self.files.is_hidden(item.url)
        why = why or (HIDDEN if hidden else "the file that was imported names it and does not hold it")
        if not item.url:
            why = item.missing_reason or why
            self.done.lacking += 1
            self.done.nowhere[why] = self.done.nowhere.get(why, 0) + 1
        elif self.candidates.is_first("lacking", item.url):
            self.done.lacking += 1
            if len(self.done.sought) < LISTED:
                self.done.sought.append(Reject(item.url, why))
        return why

    # -- committing ------------------------------------------------------------------------------------------------------

    def _fresh(self, number: int) -> Segment:
        return Segment(self.work, SegmentSpool(self.spool.folder / self.capture_id, number))

    def _next_segment(self, *, store: bool) -> None:
        if store and self.segment.changes:
            commit(self.segment, more={"import": self._about()})
            self._report_waiting_rows()
        self.segment = self._fresh(self.segment.spool.number + 1 if store else 1)
        self._weighed.clear()

    def _find_twins(self) -> None:
        """All are counted, and each is compared with what is under quarantine; a part of them is listed."""
        hidden: Collection[str] | None = None
        for twin in self.candidates.find(self.place, self.account, self.work.state):
            self.done.likely += 1
            if len(self.done.twins) < LISTED:
                self.done.twins.append(twin)
            hidden = ledger.read(self.place.archive).records if hidden is None else hidden
            if twin.like in hidden and twin.record_id not in hidden:
                self.done.barred.append(twin)

    def _about(self) -> dict[str, Any]:
        """The file, as manifests name it."""
        return {**self.how, "bytes": self.files.size}

    def _digest_of_how(self) -> str:
        """What makes the same file read otherwise, or another submission of it."""
        return sha256(encode_canonical({**self.how, "name": "", "parser": self.work.parser.full_name}))[:16]

    def _gaps_to_close(self) -> Iterator[str]:
        """Reasons of open gaps of this file, and of the one that it is in place of."""
        for gap in Gaps(self.place.archive, self.place.derived).open_now([self.account.id]) if not self.done.dry else ():
            digits = gap.reason.rpartition(" ")[2] if gap.reason.startswith(REJECTS) else ""
            if digits and (self.files.sha256.startswith(digits) or (self.order.mends or "-").startswith(digits)):
                yield gap.reason
        mends = self.order.mends
        if mends is not None and (len(mends) < DIGITS or not self._was_imported(mends)):
            mend = f"Give at least {DIGITS} digits; the gap's name in `recordroom status` ends with them."
            raise UsageError(f"no file was imported into {self.account.id} whose SHA-256 begins with {mends!r}", mend)

    def _fills(self, gap: Gap) -> bool:
        """Whether private messages that captures missed lie between the first and the last of the platform's own download. One that was
        made before they were missed ends before the newest that was given beside them; one of the last weeks only may begin after them."""
        if not gap.reason.startswith(MISSED) or self._messages is None or not self.importer.FORM.platforms:
            return False
        first, last = self._messages
        return (gap.from_ is None or first <= gap.from_) and (gap.to is None or last >= gap.to)

    def _was_imported(self, digits: str) -> bool:
        return any(sha256.startswith(digits) for sha256 in self.work.state.sums.imports)

    def _end(self) -> None:
        """What was not taken stays visible: a gap of the file, until it, or one in its place, is taken whole."""
        gaps, reason = Gaps(self.place.archive, self.place.derived), f"{REJECTS}{self.files.name} {self.files.sha256[:DIGITS]}"
        rejects, twins, detail = self.done.rejects, self.done.twins, self.done.short
        check_catalog(self.segment)
        self._report_waiting_rows()
        if detail:
            self.done.gaps.append(gaps.open_(self.account.id, reason, detail))
        filled = [gap.reason for gap in gaps.open_now([self.account.id]) if self._fills(gap)] if not (rejects or self.done.others) else []
        for closed in [*(self._closing if not detail else ()), *filled]:
            gaps.close(self.account.id, closed, f"import {self.capture_id}")
        imported = {
            "tally": self.done.tally(),
            "passed": self.done.passed,
            "sha256": self.candidates.digest,
            "how": self._digest_of_how(),
            "rejects": [{"place": r.place, "reason": r.reason} for r in rejects[:TOLD]],
            "twins": [{"record_id": t.record_id, "like": t.like, "seconds": t.seconds} for t in twins[:TOLD]],
        }
        final = {"complete": not detail, "ended": instant(datetime.now(UTC)), "gap_ids": self.done.gaps, "warnings": self.done.warnings}
        final |= {"imported": imported} | ({"leftover": self.done.leftover} if self.done.leftover else {})
        self.done.entry = commit(self.segment, final, more={"import": self._about()}).number
        self._report_waiting_rows()


def _twice(files: Iterable[Media]) -> str | None:
    """The identity of two files that differ: of a record only one of them could be told."""
    known: dict[str, str | None] = {}
    return next((one.identity for one in files if known.setdefault(one.identity, one.url) != one.url), None)


def _about(importer: Importer, files: Files) -> About:
    try:
        return importer.about(files)
    except _MISTAKES as problem:
        raise _unlike(files.name, importer, problem) from problem


def _unlike(name: str, importer: Importer, problem: Exception) -> ImportRefused:
    words = f"{name} looks like a {importer.FORM.title} and is none ({type(problem).__name__}: {problem})"
    return ImportRefused(words, "Download it again; if it is one, report this.")


_MISTAKES = (KeyError, ValueError, TypeError, AttributeError, IndexError)
