"""What earlier captures left: spools of dead processes, evidence that no manifest names, manifests whose Parquet file is missing.

What was fetched is never thrown away, since its author may have deleted it meanwhile. Evidence of a writer that lives may be adopted
too: it then loses the race for its entry and finds that nothing is left to say.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recordroom.archive import evidence, media, records
from recordroom.archive.evidence import EvidenceName, KeptExchange
from recordroom.archive.gaps import ROWS_WAIT, AccountGaps
from recordroom.archive.ledger import Entry, Ledger
from recordroom.archive.state.snapshot import REMEMBERED
from recordroom.archive.store import Store
from recordroom.capture import parsers
from recordroom.capture.commit import commit
from recordroom.capture.content import Reader, rows_of
from recordroom.capture.identity import is_who
from recordroom.capture.segment import Segment
from recordroom.capture.spool import (
    AccountSpool,
    SegmentSpool,
    capture_info,
    held,
    is_import,
    is_unchecked,
    mark_unchecked,
    put_aside,
    remove,
    whose,
)
from recordroom.capture.work import Work
from recordroom.errors import DerivedDamaged, PlatformFailure, RecordroomError, Tampered, TooLargeToCheck, describe_mistake
from recordroom.model import Identity, instant, moment
from recordroom.stored_texts import text

_log = logging.getLogger(__name__)
CLOCKS = timedelta(minutes=1)  # by which those of two machines may differ
RECOVERED = {"kind": "recovered"}  # the window of a capture of which evidence alone is left


@dataclass(frozen=True, slots=True)
class Recovered:
    """`new`, `changed`: rows that were recovered; `torn`: evidence in the bucket that cannot be read, or whose media are missing; `unread`:
    captures of which something waits that the parser in use cannot read; `unchecked`: captures of which something waits that is too large
    to be checked for secrets."""

    new: int = 0
    changed: int = 0
    torn: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


def remake_rows(work: Work, gaps: AccountGaps) -> str:
    """Write the rows that are missing, and open or close the gap that reports them; return the warning (see report_waiting_rows)."""
    _remake_recent_rows(work)
    waiting = gaps.find_open(ROWS_WAIT)
    if waiting and _write_waiting_rows(work, waiting.from_ or waiting.opened_at):
        gaps.close(ROWS_WAIT, f"capture {work.capture_id} could read the catalog again: all rows are written")
    return report_waiting_rows(work, gaps)


def report_waiting_rows(work: Work, gaps: AccountGaps) -> str:
    """Open the gap of the rows that wait for the catalog; return the warning for people, "" if no rows wait.

    A capture of one conversation opens no gap: the account's next capture does.
    """
    if not work.rows_wait:
        return ""
    since, damage = min(work.rows_wait)
    words = text("rows-wait", why=damage)
    if work.window["kind"] != "one":
        gaps.open(ROWS_WAIT, words, since)
    return f"{words}. To fix this: run `recordroom rebuild records`."


def _remake_recent_rows(work: Work) -> None:
    """Write the Parquet files that a crash left out. Only what was committed since the newest capture began can lack them: that one
    looked after what had been committed before it. Where none ever began, there are imports alone."""
    sums = work.state.sums
    since = moment(sums.last_start) - CLOCKS if sums.last_start else datetime.min.replace(tzinfo=UTC)
    recent = {name: int(name.rpartition("-")[2]) for name, time in sums.written.items() if moment(time) >= since}
    if not recent:
        return
    try:
        have = records.catalog(work.derived)
    except DerivedDamaged as damage:
        work.postpone_rows(min(moment(sums.written[name]) for name in recent), damage)
        return
    reader, covered = Reader(work.archive, work.account.platform), have.covered.get(work.account.id, 0)
    for name, number in recent.items():
        lacks = number > covered and work.derived.head(records.key_at(have.generation, name)) is None
        if lacks and (entry := work.state.ledger.read(number)) is not None:
            _write_rows(work, have, entry, reader)


def _write_waiting_rows(work: Work, since: datetime) -> bool:
    """Write the rows of all entries from `since` on that are missing; False while the catalog is still damaged."""
    try:
        have = records.catalog(work.derived)
    except DerivedDamaged as damage:
        work.postpone_rows(since, damage)
        return False
    reader, number = Reader(work.archive, work.account.platform), work.state.tail.number
    covered = have.covered.get(work.account.id, 0)
    while number > covered and (entry := work.state.ledger.read(number)) is not None and entry.at >= since - CLOCKS:
        key = records.key_of(have.generation, entry.body, number)
        if entry.body["rows"]["count"] and work.derived.head(key) is None:
            _write_rows(work, have, entry, reader)
        number -= 1
    return True


def _write_rows(work: Work, have: records.Catalog, entry: Entry, reader: Reader) -> None:
    rows = records.table_of(list(rows_of(entry, reader)))
    records.put(work.derived, have.generation, entry.body["capture_id"], entry.body["segment"], rows)


def recover(work: Work, spool: AccountSpool, own: Path) -> Recovered:
    """Commit what dead captures left on this machine and in the bucket."""
    entries, unread, unchecked = list[tuple[int, int]](), list[str](), list[str]()
    for folder in spool.left():
        if folder == own:
            continue
        if is_unchecked(folder):  # to check it again would take minutes, at each capture
            unchecked.append(folder.name)
            continue
        with _waiting(folder.name, unread, unchecked):
            if not _is_others(work, folder):
                entries += _finish(work, folder)
                remove(folder)
        if folder.name in unchecked:
            mark_unchecked(folder)
    adopted, torn = _adopt(work, own, unread, unchecked)
    entries += adopted
    new, changed = (sum(counts) for counts in zip(*entries, strict=True)) if entries else (0, 0)
    return Recovered(new, changed, tuple(torn), tuple(dict.fromkeys(unread)), tuple(dict.fromkeys(unchecked)))


@contextmanager
def _waiting(capture_id: str, unread: list[str], unchecked: list[str]) -> Iterator[None]:
    """Let what cannot be committed now wait, so that it does not keep the account from being captured meanwhile.

    That is what an earlier parser could read and the one in use cannot, and what is too large to be checked for
    secrets.
    """
    try:
        yield
    except TooLargeToCheck:
        unchecked.append(capture_id)
    except (RecordroomError, OSError) as problem:
        if not isinstance(problem, PlatformFailure):
            raise
        unread.append(capture_id)
    except Exception as mistake:  # noqa: BLE001 (a parser's own mistake)
        _log.error("what capture %s left cannot be taken up: %s", capture_id, describe_mistake(mistake))
        unread.append(capture_id)


def _is_others(work: Work, folder: Path) -> bool:
    """Whether it was fetched from another account than who answers here, as where the register's address was wrong when a first capture
    died: then it stays where it is, and is never archived under this one's name."""
    pinned = work.state.sums.identity or work.identity
    of = whose(folder) if pinned and not is_import(folder) else None
    if pinned is None or of is None or is_who(work.account, pinned, Identity(of["account"], of["server"])):
        return False
    put_aside(folder, of)
    return True


def _finish(work: Work, folder: Path) -> list[tuple[int, int]]:
    """Commit the segments in a spool folder, unless they were committed before the process died."""
    info = capture_info(folder)
    if info is None or is_import(folder):
        return []
    done = []
    for part in sorted((p for p in folder.iterdir() if p.name.isdecimal()), key=lambda p: int(p.name)):  # not what it had adopted
        spool = SegmentSpool(folder, int(part.name))
        if not spool.warc.exists() or _key_of(work, info["capture_id"], spool) in work.state.sums.evidence:
            continue
        kept, whole = evidence.read_spool(spool.warc)
        dead = replace(work, capture_id=info["capture_id"], window=info["window"], started=moment(info["started"]))
        if kept:
            dead = replace(dead, parser=parsers.of(work.account.platform, kept[0].exchange))
        segment = Segment(dead, spool, recovered=True)
        for one in kept:
            segment.read(one)  # before the ledger is searched: what cannot be read may wait for months
        if _committed(work.state.ledger, info["capture_id"], spool.number, dead.started):
            continue
        spool.cut(whole)
        segment.replay(kept, cut_off=not _is_put(dead, spool))  # what was put is whole, and must stay the bytes that were put
        if segment.lines:
            body = commit(segment, cursor=segment.lines[-1].kept.exchange.cursor).body
            done.append((body["new"], body["changed"]))
    return done


def _is_put(work: Work, spool: SegmentSpool) -> bool:
    return work.archive.head(_key_of(work, work.capture_id, spool)) is not None


def _key_of(work: Work, capture_id: str, spool: SegmentSpool) -> str:
    return evidence.key_of(work.account.platform, work.account.id, capture_id, spool.number)


def _committed(ledger: Ledger, capture_id: str, segment: int, started: datetime) -> bool:
    """Whether a manifest of that segment stands in the ledger: only entries since the capture began can be it."""
    number = ledger.head()
    while number:
        entry = ledger.read(number)
        if entry is None or entry.time < started - timedelta(minutes=1):
            return False
        if (entry.body["capture_id"], entry.body["segment"]) == (capture_id, segment):
            return True
        number -= 1
    return False


def _adopt(work: Work, own: Path, unread: list[str], unchecked: list[str]) -> tuple[list[tuple[int, int]], list[str]]:
    """Commit evidence in the bucket that no manifest names; (new and changed of each, keys of what is torn).

    `unread` and `unchecked`: see Recovered.
    """
    known = work.state.sums.evidence
    prefix = f"evidence/{work.account.platform}/{work.account.id}/"
    done, torn = [], []
    for key in list(work.archive.keys(prefix, _remembered_from(prefix, known))):
        if key in known:
            continue
        data, name = work.archive.get(key), evidence.name_of(key)
        kept = _exchanges(data) if name else []
        there = [_with_media_that_is_there(work.archive, k) for k in kept]
        if there != kept or not kept:
            torn.append(key)
        if name and kept:
            before = len(unread) + len(unchecked)
            with _waiting(name.capture_id, unread, unchecked):
                done.append(_adopted(work, own, name, data, there))
            if len(unread) + len(unchecked) > before:
                _keep_waiting(own.parent, name, data)
    return done, torn


def _remembered_from(prefix: str, known: Mapping[str, str]) -> str:
    """The key from which on each committed one is in `known`: of evidence as old as that, its entry is no older (see snapshot.py).

    After a clock that was ahead, from REMEMBERED ago: an orphan of today must not lie before that time; what is adopted twice changes
    nothing.
    """
    if not known:
        return ""
    newest = min(moment(max(known.values())), datetime.now(UTC))
    return f"{prefix}{newest - REMEMBERED:%Y/%m/%Y%m%dT%H%M%SZ}"


def _exchanges(data: bytes) -> list[KeptExchange]:
    """Nothing where these bytes are no evidence."""
    try:
        return list(evidence.read_exchanges(data))
    except Tampered:
        return []


def _adopted(work: Work, own: Path, name: EvidenceName, data: bytes, kept: list[KeptExchange]) -> tuple[int, int]:
    spool = SegmentSpool(own / "adopted" / name.capture_id, name.segment)
    spool.put(data)
    parser = parsers.of(work.account.platform, kept[0].exchange)
    foreign = replace(work, capture_id=name.capture_id, window=RECOVERED, started=name.began, parser=parser)
    segment = Segment(foreign, spool, recovered=True)
    segment.replay(kept)
    body = commit(segment).body
    return body["new"], body["changed"]


def _keep_waiting(account: Path, name: EvidenceName, data: bytes) -> None:
    """Put evidence of the bucket into the spool, as if its capture had died on this machine: there it waits for as long as it takes, while
    the bucket is searched for a few days back only."""
    folder = account / name.capture_id
    if not folder.exists():
        with held(folder, {"capture_id": name.capture_id, "window": RECOVERED, "started": instant(name.began)}):
            pass
    spool = SegmentSpool(folder, name.segment)
    if not spool.warc.exists():
        spool.put(data)


def _with_media_that_is_there(archive: Store, kept: KeptExchange) -> KeptExchange:
    """The exchange without the outcomes whose files the bucket lacks: those are asked for again. Of one identity all are, since the rest
    may be another record's."""
    said = kept.metadata.get("media", ())
    lost = {o["identity"] for o in said if "sha256" in o and archive.head(media.key_of(o["sha256"])) is None}
    there = [o for o in said if o["identity"] not in lost]
    return kept if len(there) == len(said) else replace(kept, metadata={**kept.metadata, "media": there})
