"""Parses responses again that could not be parsed when they were received.

A renamed property of an API stops captures, and its responses are kept as evidence. Once the connector is
fixed, `rebuild records` parses them here. A record that no capture has seen since is new; content that
differs from today's is a late arrival. If several responses hold what no capture has seen, the latest one is
current. The manifest says `reparsed`.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.gaps import AccountGaps
from recordroom.archive.ledger import actor
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.canonical import version_of
from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.capture.http.downloads import MediaFetcher
from recordroom.capture.info import CaptureInfo, new_capture_id
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.commit import commit
from recordroom.capture.segment.parsing import EvidenceReader, parser_of_platform
from recordroom.capture.segment.segment import FetchMedia, Segment, SpooledExchange
from recordroom.capture.segment.spool import AccountSpool, SegmentSpool
from recordroom.capture.segment.waiting_rows import report_waiting_rows
from recordroom.capture.workspace import Workspace
from recordroom.model import Record
from recordroom.register.models import Account


def reparse(workspace: Workspace, agency: str, contact: str, account: Account) -> int:
    """Parse an account's unread responses again.

    Returns the number of rows that were found.
    """
    spool = AccountSpool(workspace.settings.spool, account.platform, account.id)
    with spool.locked():
        state = AccountState(workspace.archive, workspace.derived, account, writes=True)
        started = datetime.now(UTC)
        client = HttpClient(
            contact=contact,
            limit=workspace.settings.response_limit,
            private=private_servers(account),
            transport=workspace.transport,
        )
        info = CaptureInfo(
            archive=workspace.archive,
            derived=workspace.derived,
            account=account,
            agency=agency,
            parser=parser_of_platform(account.platform),
            capture_id=new_capture_id(started),
            window={"kind": "reparsed"},
            started=started,
            who=actor(),
        )
        folder = spool.folder / info.capture_id
        reparser = _Reparser(info, state, MediaFetcher(client, workspace.settings.media_limit))
        try:
            objects = _find_unread(state, reparser.brought)
            found = [
                reparser.commit_object(SegmentSpool(folder, number), item)
                for number, item in enumerate(objects, 1)
            ]
            report_waiting_rows(info, AccountGaps(workspace.archive, workspace.derived, account.id, ()))
        finally:
            client.close()
            shutil.rmtree(folder, ignore_errors=True)
        return sum(found)


def _find_unread(state: AccountState, brought: set[str]) -> list[dict[str, Any]]:
    """Return the evidence objects with an exchange that no row came from, each once.

    Whatever could not be parsed is in these, whichever capture committed it. Adds to `brought` the records
    whose content was found here since the last capture, so that no capture has seen it.
    """
    objects: dict[str, dict[str, Any]] = {}
    read: set[str] = set()
    for entry in state.ledger.entries():
        read.update(delta["warc_record_id"] for delta in entry.body["deltas"] if "sequence" in delta)
        if "reparsed" in entry.body:
            own = (delta for delta in entry.body["deltas"] if "sequence" in delta and not delta.get("late"))
            brought.update(delta["record_id"] for delta in own)
        else:  # a capture has read the account since
            brought.clear()
        for item in entry.body["evidence"]:
            objects.setdefault(item["key"], item)
    return [item for item in objects.values() if any(record["id"] not in read for record in item["records"])]


class _Reparser:
    """Parses kept responses of one account and commits what no capture has seen."""

    def __init__(self, info: CaptureInfo, state: AccountState, fetch_media: FetchMedia) -> None:
        # ids of records whose content was found here and that no capture has seen since
        self.brought: set[str] = set()
        self._info, self._known, self._fetch_media = info, KnownRecords(state), fetch_media
        self._reader = EvidenceReader(info.archive, info.account.platform)

    def commit_object(self, spool: SegmentSpool, item: dict[str, Any]) -> int:
        """Parse the unread exchanges of an evidence object.

        Returns the number of rows that were committed.
        """
        segment = Segment(self._info, self._known, self._fetch_media, spool)
        for kept in evidence.read_exchanges(self._info.archive.get(item["key"])):
            if "failure" in kept.metadata:
                self._add_exchange(segment, kept)
        if not segment.changes:
            return 0
        stored = {name: item[name] for name in ("key", "bytes", "sha256")}
        return int(commit(segment, stored=[stored], more={"reparsed": True}).body["rows"]["count"])

    def _add_exchange(self, segment: Segment, kept: KeptExchange) -> None:
        records = segment.read(kept)
        if not records:  # it still cannot be parsed, or it was only a refusal
            return
        held = self._known.get(record.record_id for record in records)
        self.brought |= {
            one.record_id
            for one in records
            if (found := held.get(one.record_id)) is None or not found.version
        }
        new = [
            one if one.record_id in self.brought else self._as_late(one, held[one.record_id], kept)
            for one in records
        ]
        segment.add_archived(SpooledExchange(kept), [one for one in new if one is not None])

    def _as_late(self, record: Record, held: RecordState, kept: KeptExchange) -> Record | None:
        """Return the record as a late arrival; None if a capture has seen the same."""
        if version_of(record) == version_of(self._reader.content(held)):
            return None
        return replace(record, historical=True, valid_from=record.valid_from or kept.exchange.fetched_at)
