"""Collect what proves one record, as a folder that others can check without recordroom.

The folder has every version of the record in every account that the viewer may see: the responses, the files,
and the ledger entries from each version to the first anchor after it. It also has the format set with the
program that checks all of it, the ledger entries from the one of that set to its anchor, and the anchors up
to the newest.

Bytes are those of the archive, so nothing in them can be masked. A ledger entry names other records of the
same capture, a response may contain them, and an anchor names every account. If any of that must not be shown
to the viewer, there is no folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from recordroom import __version__
from recordroom.archive import anchor, evidence, format_set, media
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.format_set import FormatSet
from recordroom.archive.ledger import Ledger, actor, key_of
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.state.record_state import EvidenceRef
from recordroom.archive.store import Store
from recordroom.archive.timestamp import Stamp
from recordroom.canonical import select_significant, sha256, version_of
from recordroom.errors import ArchiveError, NotThere, Tampered, UsageError
from recordroom.model import instant
from recordroom.records.evidence import read_delta
from recordroom.records.proof_page import render_page
from recordroom.records.proof_paths import LedgerPath, find_anchors, find_set, find_stamps, list_entries
from recordroom.records.record import RecordVersion, list_versions
from recordroom.records.source import find_barred, list_noted
from recordroom.search.access import Viewer
from recordroom.search.hits import mentions_any, native_id_of
from recordroom.search.masking import SURE
from recordroom.search.searcher import Searcher

FORMAT = 1  # of proof.json
PAGE, INDEX = "READ-ME-FIRST.html", "proof.json"


class ContentWithheld(UsageError):
    """The folder would show something that this viewer may not see."""

    code = "ContentWithheld"

    def __init__(self, message: str, mend: str, *, quarantined: bool) -> None:
        super().__init__(message, mend)
        self.quarantined = quarantined  # False: it is a confidential account


@dataclass(frozen=True, slots=True)
class FolderRequest:
    """What a folder is to prove."""

    record_id: str
    accounts: Collection[str] = ()  # only these; empty: every account that the viewer may see
    complete: bool = False  # with the complete evidence files, which contain other records


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A file of the folder."""

    path: str
    read: Callable[[], Iterator[bytes]]  # its bytes in pieces
    size: int = 0  # in bytes, of a file that may be large


@dataclass(slots=True)
class OtherContent:
    """What a folder shows besides the record."""

    records: set[str] = field(default_factory=set)  # records in the responses
    named: set[str] = field(default_factory=set)  # records in the ledger entries
    under_quarantine: set[str] = field(default_factory=set)  # records and files under quarantine
    accounts: set[str] = field(default_factory=set)  # accounts that the anchors name

    def count(self) -> dict[str, int]:
        return {
            "records": len(self.records),
            "named": len(self.named),
            "quarantined": len(self.under_quarantine),
            "accounts": len(self.accounts),
        }


@dataclass(frozen=True, slots=True)
class ProofFolder:
    """A folder that is ready to be written."""

    name: str
    files: tuple[FolderFile, ...]
    others: OtherContent
    missing: tuple[str, ...]  # what the folder does not prove, in words


@dataclass(frozen=True, slots=True)
class _VersionPath:
    """A version, with the way from its ledger entry to an anchor."""

    version: RecordVersion
    way: LedgerPath
    delta: Mapping[str, Any]
    evidence: Mapping[str, Any]  # key, bytes, and SHA-256 of its evidence object

    def list_exchanges(self) -> Iterator[EvidenceRef]:
        where, own = self.version.evidence, self.delta
        yield EvidenceRef(where.key, where.offset, where.length, own["warc_record_id"], own["pointer"])
        if content := own.get("content"):
            yield EvidenceRef(**content)

    def list_media(self) -> list[Mapping[str, Any]]:
        return [file for _, file in sorted(self.delta.get("media", {}).items()) if "sha256" in file]


def prepare_folder(searcher: Searcher, request: FolderRequest, viewer: Viewer) -> ProofFolder:
    """Collect the folder of a record. The audit in the archive records it first.

    NotThere if the viewer may see no such record; ContentWithheld if the folder would show something that
    they may not see; ServiceUnavailable if the archive cannot be reached.
    """
    archive = searcher.archive
    versions = [
        one
        for one in list_versions(searcher, request.record_id, viewer)
        if not request.accounts or one.record["account"] in request.accounts
    ]
    if not versions:
        words = f"there is no record {request.record_id!r}" + (
            " in these accounts" if request.accounts else ""
        )
        raise NotThere(words, "Copy the record ID from a search result.")
    paths = [_find_path(archive, one) for one in versions]
    _check_later_entries(searcher, request, paths)
    explained = format_set.collect()
    own_set = find_set(archive, explained)
    ways = [one.way for one in paths]
    anchors, accounts = find_anchors(archive, ways, own_set)
    stamps = find_stamps(archive, ways, anchors)
    others = _look_through(archive, request, paths, viewer.quarantine)
    others.accounts |= accounts
    _refuse_withheld(others, viewer)
    missing = (*_list_missing(request, paths, explained), *_list_uncovered(own_set))
    index = {
        "format": FORMAT,
        "record_id": request.record_id,
        "made_at": instant(datetime.now(UTC)),
        "made_by": viewer.name or actor(),
        "software": __version__,
        "format_set": explained.name,
        "format_entry": own_set.describe() if own_set else None,
        "accounts": sorted({one.version.record["account"] for one in paths}),
        "versions": [_describe(one, complete=request.complete) for one in paths],
        "anchors": {"first": anchors[0], "last": anchors[-1]} if anchors else None,
        "stamps": [
            {"anchor": one.anchor, "time": instant(one.time), "authority": one.authority} for one in stamps
        ],
        "missing": list(missing),
    }
    files = {
        PAGE: render_page(
            index, [one.version.record for one in paths], others.count(), explained.files
        ).encode(),
        INDEX: json.dumps(index, indent=1, ensure_ascii=False).encode(),
        **{f"format/{path}": data for path, data in explained.files.items()},
    }
    searcher.record_release(
        "proof folder",
        viewer.name,
        record_id=request.record_id,
        accounts=index["accounts"],
        versions=len(paths),
        complete=request.complete,
        holds=len(others.records | {request.record_id}),
        barred=len(others.under_quarantine),
    )
    return ProofFolder(
        f"proof-{re.sub('[^A-Za-z0-9.-]+', '-', request.record_id)[:80].strip('-.')}",
        (
            *(FolderFile(path, partial(_yield_once, data)) for path, data in files.items()),
            *_list_files(archive, request, paths, own_set, anchors),
            *(FolderFile(_name_stamp(one), partial(_yield_once, one.response)) for one in stamps),
        ),
        others,
        missing,
    )


def _yield_once(data: bytes) -> Iterator[bytes]:
    yield data


def _find_path(archive: Store, version: RecordVersion) -> _VersionPath:
    entry, delta = read_delta(archive, version)
    own = next(item for item in entry.body["evidence"] if item["key"] == version.evidence.key)
    ledger = f"capture/{version.record['platform']}/{version.record['account']}"
    return _VersionPath(
        version,
        LedgerPath(ledger, entry.number, entry.at),
        delta,
        {name: own[name] for name in ("key", "sha256", "bytes")},
    )


def _list_exchanges(paths: Iterable[_VersionPath]) -> dict[str, EvidenceRef]:
    return {where.warc_record_id: where for one in paths for where in one.list_exchanges()}


def _look_through(
    archive: Store,
    request: FolderRequest,
    paths: Sequence[_VersionPath],
    quarantine: Quarantine,
) -> OtherContent:
    """Read entries, responses, and evidence files, one at a time, for what they show besides the record."""
    found = OtherContent()
    for ledger, number in list_entries(one.way for one in paths):
        text = archive.get(key_of(ledger, number)).decode()
        found.under_quarantine |= _find_names(text, quarantine.records) | {
            one for one in quarantine.files if one in text
        }
        for delta in json.loads(text)["body"]["deltas"]:
            found.named.add(delta["record_id"])
            _check_index(request, paths, ledger, delta)
    for where in _list_exchanges(paths).values():
        _look_into(found, [evidence.read(archive, where.key, where.offset, where.length)], quarantine)
    for one in {one.evidence["key"]: one.evidence for one in paths if request.complete}.values():
        data = archive.get(one["key"])
        if (digest := sha256(data)) != one["sha256"]:
            raise Tampered(one["key"], "does not match its manifest", one["sha256"], digest)
        _look_into(found, evidence.read_exchanges(data), quarantine)
    found.under_quarantine |= quarantine.files.keys() & {
        file["sha256"] for one in paths for file in one.list_media()
    }
    found.records.discard(request.record_id)
    found.named.discard(request.record_id)
    return found


def _check_later_entries(searcher: Searcher, request: FolderRequest, paths: Sequence[_VersionPath]) -> None:
    """Raise ArchiveError if an entry that the index does not have yet has a version of the record."""
    marks = searcher.status_reader.read_marks()
    for ledger in sorted({one.way.ledger for one in paths}):
        for entry in Ledger(searcher.archive, ledger).entries(marks.of(ledger).tail):
            for delta in entry.body["deltas"]:
                _check_index(request, paths, ledger, delta)


def _check_index(
    request: FolderRequest, paths: Sequence[_VersionPath], ledger: str, delta: Mapping[str, Any]
) -> None:
    """Raise ArchiveError if a delta is of a version of the record that the index does not have."""
    if delta["record_id"] != request.record_id or "sequence" not in delta:
        return
    if all((one.way.ledger, one.delta["sequence"]) != (ledger, delta["sequence"]) for one in paths):
        raise ArchiveError(
            f"the index does not have version {delta['sequence']} of this record yet",
            "Try again in a few minutes. If that does not help, run `recordroom rebuild index`.",
        )


def _look_into(found: OtherContent, kept: Iterable[KeptExchange], quarantine: Quarantine) -> None:
    for one in kept:
        found.records |= list_noted(one)
        found.under_quarantine |= find_barred(quarantine.records, [one])


def _find_names(text: str, records: Iterable[str]) -> set[str]:
    """Return the records that a ledger entry names, by record ID or by a long ID of their platform."""
    return {
        one
        for one in records
        if json.dumps(one, ensure_ascii=False) in text
        or (len(native_id_of(one)) >= SURE and mentions_any(text, (one,)))
    }


def _refuse_withheld(others: OtherContent, viewer: Viewer) -> None:
    if others.accounts.intersection(viewer.hidden_accounts):
        raise ContentWithheld(
            "the anchors of this folder name accounts that you may not see",
            "Ask a person who may see confidential accounts for the folder.",
            quarantined=False,
        )
    if others.under_quarantine and not viewer.sees_quarantine:
        raise ContentWithheld(
            "something in this folder is under quarantine, or names a record that is",
            "Only a person who may see the quarantine can have the folder. For a command, add --quarantined.",
            quarantined=True,
        )


def _list_missing(
    request: FolderRequest, paths: Sequence[_VersionPath], explained: FormatSet
) -> Iterator[str]:
    """Yield what the folder does not have or prove."""
    for one in paths:
        own, name = one.version.record, f"{one.version.record['account']}, version {one.delta['sequence']}"
        parser = one.delta["canon"].partition("/")[2]
        if one.way.anchor is None:
            yield f"{name}: no anchor names its ledger entry yet. Anchors are made each night."
        if not explained.explains(parser):
            yield (
                f"{name}: this folder has no parsing rules for {parser}."
                " The program cannot read the text from the response. A person can."
            )
        if version_of(own) != one.delta["version"]:
            yield f"{name}: this software reads the text differently today, so this folder does not show it."
        for identity, file in sorted(one.delta.get("media", {}).items()):
            if "sha256" not in file:
                why = file.get("missing_reason", "no reason given")
                yield f"{name}: the file {identity} was never archived: {why}."
    if not request.complete:
        yield (
            "The complete evidence files are not in this folder, because they contain other people's records."
            " So their hashes cannot be checked here."
        )
    if request.accounts:
        yield "This folder was limited to the accounts that it names. Other accounts may have the record too."


def _list_uncovered(own_set: LedgerPath | None) -> Iterator[str]:
    """Yield why no anchor covers the programs of the folder."""
    if own_set is None:
        yield (
            "The archive's ledger does not name the files in format/, so no anchor covers them."
            " After `recordroom setup` and the next anchor, a new folder has their entry."
        )
    elif own_set.anchor is None:
        yield "The files in format/: no anchor in this folder names their ledger entry."


def _describe(one: _VersionPath, *, complete: bool) -> dict[str, Any]:
    """Return a version as proof.json has it."""
    own = one.version.record
    return {
        "account": own["account"],
        "ledger": one.way.ledger,
        **one.way.describe(),
        "delta": one.delta,
        "content": select_significant(own) if version_of(own) == one.delta["version"] else None,
        "exchanges": [f"exchanges/{_name_file(where)}" for where in one.list_exchanges()],
        "media": [media.key_of(file["sha256"]) for file in one.list_media()],
        "evidence": dict(one.evidence),
        "evidence_in_folder": complete,
    }


def _name_file(where: EvidenceRef) -> str:
    return f"{where.warc_record_id.removeprefix('<urn:uuid:').removesuffix('>')}.warc.gz"


def _name_stamp(stamp: Stamp) -> str:
    """Return the path of a time stamp, next to its anchor."""
    return key_of(anchor.NAME, stamp.anchor).removesuffix(".json") + ".tsr"


def _list_files(
    archive: Store,
    request: FolderRequest,
    paths: Sequence[_VersionPath],
    own_set: LedgerPath | None,
    anchors: Iterable[int],
) -> Iterator[FolderFile]:
    """Yield the files whose bytes are those of the archive."""
    ways = [one.way for one in paths] + ([own_set] if own_set else [])
    keys = [key_of(*place) for place in (*list_entries(ways), *((anchor.NAME, n) for n in anchors))]
    large = {media.key_of(file["sha256"]): file["bytes"] for one in paths for file in one.list_media()}
    if request.complete:
        large |= {one.evidence["key"]: one.evidence["bytes"] for one in paths}
    for key in (*keys, *large):
        yield FolderFile(key, partial(_open, archive, key), large.get(key, 0))
    for where in _list_exchanges(paths).values():
        yield FolderFile(f"exchanges/{_name_file(where)}", partial(_read_exchange, archive, where))


def _open(archive: Store, key: str) -> Iterator[bytes]:
    yield from archive.open(key)[1]


def _read_exchange(archive: Store, where: EvidenceRef) -> Iterator[bytes]:
    yield archive.get_range(where.key, where.offset, where.length)
