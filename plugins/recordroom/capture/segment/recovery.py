"""Commits what interrupted captures left.

That is spool folders of ended processes, and evidence that no manifest names. Nothing that was fetched is
ever discarded, since its author may have deleted it meanwhile. Evidence of a capture that still runs may be
adopted too: one of the two writers loses the race for the ledger entry and finds that nothing is left to
commit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recordroom.archive import evidence, media
from recordroom.archive.evidence import EvidenceName, KeptExchange
from recordroom.archive.ledger import Ledger
from recordroom.archive.state.snapshot import REMEMBERED
from recordroom.archive.store import Store
from recordroom.capture.identity import is_pinned_account
from recordroom.capture.info import CaptureInfo
from recordroom.capture.known_records import KnownRecords
from recordroom.capture.segment.commit import commit
from recordroom.capture.segment.parsing import parser_of
from recordroom.capture.segment.segment import FetchMedia, Segment
from recordroom.capture.segment.spool import (
    AccountSpool,
    SegmentSpool,
    find_owner,
    hold_folder,
    is_import,
    is_unchecked,
    mark_foreign,
    mark_unchecked,
    read_capture_info,
    remove_folder,
)
from recordroom.errors import PlatformFailure, RecordroomError, Tampered, TooLargeToCheck, describe_mistake
from recordroom.model import Identity, instant, moment

_log = logging.getLogger(__name__)
RECOVERED = {"kind": "recovered"}  # the window of a capture that left only evidence


@dataclass(slots=True)
class Recovered:
    """The result of a recovery, and what waits."""

    new: int = 0  # rows of records that the archive did not have
    changed: int = 0  # rows of records that it had
    # keys of evidence that is unreadable, or whose media are missing
    torn: list[str] = field(default_factory=list)
    # ids of captures that left what the parser in use cannot parse
    unread: list[str] = field(default_factory=list)
    # ids of captures that left what is too large to be checked for secrets
    unchecked: list[str] = field(default_factory=list)

    def add(self, committed: Mapping[str, int]) -> None:
        """Count the rows of a manifest."""
        self.new += committed["new"]
        self.changed += committed["changed"]

    @property
    def waiting(self) -> int:
        """How many times something could not be committed."""
        return len(self.unread) + len(self.unchecked)


class Recovery:
    """Commits what interrupted captures left, on this machine and in the bucket."""

    def __init__(
        self, info: CaptureInfo, known: KnownRecords, fetch_media: FetchMedia, spool: AccountSpool, own: Path
    ) -> None:
        """own: the folder of the running capture."""
        self._info, self._known, self._fetch_media = info, known, fetch_media
        self._spool, self._own = spool, own
        self._found = Recovered()

    def run(self) -> Recovered:
        """Commit what can be committed; return what was recovered and what waits."""
        found = self._found
        for folder in self._spool.find_left():
            if folder == self._own:
                continue
            if is_unchecked(folder):  # to check it again would take minutes at each capture
                found.unchecked.append(folder.name)
                continue
            with self._waiting(folder.name):
                if not self._is_foreign(folder):
                    self._commit_folder(folder)
                    remove_folder(folder)
            if folder.name in found.unchecked:
                mark_unchecked(folder)
        self._adopt_evidence()
        found.unread, found.unchecked = (
            list(dict.fromkeys(found.unread)),
            list(dict.fromkeys(found.unchecked)),
        )
        return found

    @contextmanager
    def _waiting(self, capture_id: str) -> Iterator[None]:
        """Let what cannot be committed now wait.

        The account is captured meanwhile. That is what an earlier parser could parse and the one in use
        cannot, and what is too large to be checked for secrets.
        """
        try:
            yield
        except TooLargeToCheck:
            self._found.unchecked.append(capture_id)
        except (RecordroomError, OSError) as problem:
            if not isinstance(problem, PlatformFailure):
                raise
            self._found.unread.append(capture_id)
        except Exception as mistake:  # noqa: BLE001 (the parser may raise anything)
            _log.error(
                "the data of interrupted capture %s cannot be recovered: %s",
                capture_id,
                describe_mistake(mistake),
            )
            self._found.unread.append(capture_id)

    # -- spool folders ---------------------------------------------------------------------------------------

    def _is_foreign(self, folder: Path) -> bool:
        """Return whether a folder was fetched from another account than the pinned one.

        That happens when the register's address was wrong and the first capture was interrupted. The folder
        stays where it is, and is never archived under this account's name.
        """
        pinned = self._known.state.sums.identity or self._info.progress.identity
        owner = find_owner(folder) if pinned and not is_import(folder) else None
        if pinned is None or owner is None:
            return False
        if is_pinned_account(self._info.account, pinned, Identity(owner["account"], owner["server"])):
            return False
        mark_foreign(folder, owner)
        return True

    def _commit_folder(self, folder: Path) -> None:
        """Commit the segments in a spool folder, unless they were committed."""
        told = read_capture_info(folder)
        if told is None or is_import(folder):
            return
        left = replace(
            self._info, capture_id=told["capture_id"], window=told["window"], started=moment(told["started"])
        )
        # not what the capture had adopted itself
        parts = (part for part in folder.iterdir() if part.name.isdecimal())
        for part in sorted(parts, key=lambda part: int(part.name)):
            spool = SegmentSpool(folder, int(part.name))
            if spool.warc.exists() and _key_of(left, spool) not in self._known.state.sums.evidence:
                self._commit_spool(left, spool)

    def _commit_spool(self, info: CaptureInfo, spool: SegmentSpool) -> None:
        kept, size = evidence.read_spool(spool.warc)
        if kept:
            info = replace(info, parser=parser_of(info.account.platform, kept[0].exchange))
        segment = Segment(info, self._known, self._fetch_media, spool, recovered=True)
        for one in kept:
            segment.read(one)  # before the ledger is searched: what cannot be parsed may wait for months
        if _is_committed(self._known.state.ledger, info, spool.number):
            return
        spool.cut(size)
        is_put = info.archive.head(_key_of(info, spool)) is not None
        # evidence that was put is complete, and its bytes must not change
        segment.replay(kept, is_interrupted=not is_put)
        if segment.lines:
            self._found.add(commit(segment, cursor=segment.lines[-1].kept.exchange.cursor).body)

    # -- evidence in the bucket ------------------------------------------------------------------------------

    def _adopt_evidence(self) -> None:
        """Commit evidence in the bucket that no manifest names."""
        known, archive, account = self._known.state.sums.evidence, self._info.archive, self._info.account
        prefix = f"evidence/{account.platform}/{account.id}/"
        for key in list(archive.keys(prefix, _remembered_from(prefix, known))):
            if key in known:
                continue
            data, name = archive.get(key), evidence.name_of(key)
            kept = _exchanges(data) if name else []
            usable = [_without_lost_media(archive, one) for one in kept]
            if usable != kept or not kept:
                self._found.torn.append(key)
            if name and kept:
                waiting = self._found.waiting
                with self._waiting(name.capture_id):
                    self._adopt(name, data, usable)
                if self._found.waiting > waiting:
                    _keep_waiting(self._own.parent, name, data)

    def _adopt(self, name: EvidenceName, data: bytes, kept: list[KeptExchange]) -> None:
        spool = SegmentSpool(self._own / "adopted" / name.capture_id, name.segment)
        spool.put(data)
        parser = parser_of(self._info.account.platform, kept[0].exchange)
        info = replace(
            self._info, capture_id=name.capture_id, window=RECOVERED, started=name.began, parser=parser
        )
        segment = Segment(info, self._known, self._fetch_media, spool, recovered=True)
        segment.replay(kept)
        self._found.add(commit(segment).body)


def _key_of(info: CaptureInfo, spool: SegmentSpool) -> str:
    return evidence.key_of(info.account.platform, info.account.id, info.capture_id, spool.number)


def _is_committed(ledger: Ledger, info: CaptureInfo, segment: int) -> bool:
    """Return whether the ledger has a manifest of that segment.

    Only entries since its capture began can be it.
    """
    number = ledger.head()
    while number:
        entry = ledger.read(number)
        if entry is None or entry.time < info.started - timedelta(minutes=1):
            return False
        if (entry.body["capture_id"], entry.body["segment"]) == (info.capture_id, segment):
            return True
        number -= 1
    return False


def _remembered_from(prefix: str, known: Mapping[str, str]) -> str:
    """Return the key from which on `known` has all committed evidence.

    archive/state/snapshot.py: its entries are no older. If a clock was ahead, that is the key of REMEMBERED
    ago: evidence of today must not come before it. Evidence that is adopted twice changes nothing.
    """
    if not known:
        return ""
    newest = min(moment(max(known.values())), datetime.now(UTC))
    return f"{prefix}{newest - REMEMBERED:%Y/%m/%Y%m%dT%H%M%SZ}"


def _exchanges(data: bytes) -> list[KeptExchange]:
    """Return the exchanges of an object, none if its bytes are no evidence."""
    try:
        return list(evidence.read_exchanges(data))
    except Tampered:
        return []


def _keep_waiting(account: Path, name: EvidenceName, data: bytes) -> None:
    """Put evidence of the bucket into the spool.

    There it is as if its capture had been interrupted on this machine. There it waits as long as it must,
    while the bucket is searched for a few days back only.
    """
    folder = account / name.capture_id
    if not folder.exists():
        with hold_folder(
            folder, {"capture_id": name.capture_id, "window": RECOVERED, "started": instant(name.began)}
        ):
            pass
    spool = SegmentSpool(folder, name.segment)
    if not spool.warc.exists():
        spool.put(data)


def _without_lost_media(archive: Store, kept: KeptExchange) -> KeptExchange:
    """Return the exchange without the outcomes whose files the bucket does not have.

    These files are fetched again.

    If one outcome of an identity is lost, all of them are dropped, since the others may be another record's.
    """
    said = kept.metadata.get("media", ())
    lost = {
        one["identity"]
        for one in said
        if "sha256" in one and archive.head(media.key_of(one["sha256"])) is None
    }
    there = [one for one in said if one["identity"] not in lost]
    return kept if len(there) == len(said) else replace(kept, metadata={**kept.metadata, "media": there})
