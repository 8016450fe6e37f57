"""Responses that were kept because they could not be read, read with today's parser: what it finds is committed, then written.

A renamed property of an API stops captures; its response lies in the evidence. Once the connector is mended, `rebuild records` reads it
here: what nobody has seen since is a new record, what differs from today's content a late arrival; of several that tell what no capture has
seen, the latest is today's. The manifest says `reparsed`.
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.gaps import AccountGaps
from recordroom.archive.ledger import actor
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import version_of
from recordroom.capture import files, parsers
from recordroom.capture.addresses import private_servers
from recordroom.capture.client import HttpClient
from recordroom.capture.commit import commit
from recordroom.capture.content import Reader
from recordroom.capture.place import Archive
from recordroom.capture.recovery import report_waiting_rows
from recordroom.capture.segment import Line, Segment
from recordroom.capture.spool import AccountSpool, SegmentSpool
from recordroom.capture.work import Work
from recordroom.model import Record
from recordroom.register.models import Account


def reparse(place: Archive, agency: str, contact: str, account: Account) -> int:
    """Read an account's unread responses again; the number of rows that were found."""
    spool = AccountSpool(place.settings.spool, account.platform, account.id)
    with spool.locked():
        state = AccountState(place.archive, place.derived, account, writes=True)
        started = datetime.now(UTC)
        capture_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        client = HttpClient(
            contact=contact,
            limit=place.settings.response_limit,
            private=private_servers(account),
            transport=place.transport,
        )
        work = Work(
            archive=place.archive,
            derived=place.derived,
            account=account,
            agency=agency,
            parser=parsers.of_platform(account.platform),
            state=state,
            capture_id=capture_id,
            window={"kind": "reparsed"},
            started=started,
            identity=None,
            fetch_media=partial(files.fetch, client, place.settings.media_limit),
            who=actor(),
        )
        try:
            unread, brought = _unread(state)
            found = [_object(work, spool, number, item, brought) for number, item in enumerate(unread, 1)]
            report_waiting_rows(work, AccountGaps(place.archive, place.derived, account.id, ()))
        finally:
            client.close()
            shutil.rmtree(spool.folder / capture_id, ignore_errors=True)
        return sum(found)


def _unread(state: AccountState) -> tuple[list[dict[str, Any]], set[str]]:
    """(evidence objects with an exchange that no delta came from, each once: whatever could not be read is among these, in whichever
    segment of its capture it was committed, and by whom; the records whose content was brought here since the last capture, so that none
    has seen it)."""
    objects: dict[str, dict[str, Any]] = {}
    read: set[str] = set()
    brought: set[str] = set()
    for entry in state.ledger.entries():
        read.update(delta["warc_record_id"] for delta in entry.body["deltas"] if "sequence" in delta)
        own = (delta["record_id"] for delta in entry.body["deltas"] if "sequence" in delta and not delta.get("late"))
        brought = brought | set(own) if "reparsed" in entry.body else set()
        for item in entry.body["evidence"]:
            objects.setdefault(item["key"], item)
    return [item for item in objects.values() if any(record["id"] not in read for record in item["records"])], brought


def _object(work: Work, spool: AccountSpool, number: int, item: dict[str, Any], brought: set[str]) -> int:
    segment = Segment(work, SegmentSpool(spool.folder / work.capture_id, number))
    reader = Reader(work.archive, work.account.platform)
    for kept in evidence.read_exchanges(work.archive.get(item["key"])):
        if "failure" in kept.metadata:
            _exchange(segment, reader, kept, brought)
    if not segment.changes:
        return 0
    stored = {name: item[name] for name in ("key", "bytes", "sha256")}
    return int(commit(segment, stored=[stored], more={"reparsed": True}).body["rows"]["count"])


def _exchange(segment: Segment, reader: Reader, kept: KeptExchange, brought: set[str]) -> None:
    records = segment.read(kept)
    if not records:  # it still cannot be read, or it was a refusal and nothing else
        return
    held = segment.work.held(r.record_id for r in records)
    brought |= {r.record_id for r in records if (one := held.get(r.record_id)) is None or not one.version}
    new = [r if r.record_id in brought else _as_late(reader, r, held[r.record_id], kept) for r in records]
    news = [r for r in new if r is not None]
    segment.adopt(Line(kept), news)


def _as_late(reader: Reader, record: Record, held: RecordState, kept: KeptExchange) -> Record | None:
    """The record as something to commit beside what a capture has seen; None where it is that."""
    if version_of(record) == version_of(reader.content(held)):
        return None
    return replace(record, historical=True, valid_from=record.valid_from or kept.exchange.fetched_at)
