"""A real archive for a test: two fresh buckets on the real S3, a spool of its own, a register written by the
test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from recordroom.anchor_copies.folder import FolderDestination
from recordroom.archive import anchor, conformance, records, store
from recordroom.archive.ledger import Entry, Ledger, key_of
from recordroom.archive.records import batches, sources
from recordroom.archive.records import file_system as s3_files
from recordroom.archive.state.account_state import AccountState
from recordroom.capture.run import capture
from recordroom.capture.session import Outcome
from recordroom.capture.workspace import Workspace
from recordroom.platforms.registry import list_names
from recordroom.register import validation
from recordroom.register.models import Account, Register
from recordroom.settings import Settings
from tests.services import S3, Buckets

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

AGENCY = {"id": "esd", "name": "Test district", "contact": "records@example.org"}


def settings_for(s3: S3, buckets: Buckets, folder: Path, **more: Any) -> Settings:
    known: dict[str, Any] = {
        "bucket": buckets.archive,
        "derived_bucket": buckets.derived,
        "s3_endpoint": s3.endpoint,
        "s3_access_key": s3.access_key,
        "s3_secret_key": s3.secret_key,
        "elasticsearch_url": "http://127.0.0.1:1",
        "spool": folder / "spool",
        "journal": folder / "journal",
    }
    return Settings(**{**known, **more})


@cache
def _connected(s3: S3) -> S3Client:
    """One a process, as the archive connects: to make one takes longer than what many tests ask it."""
    client = store.connect(settings_for(s3, Buckets(), Path("nowhere")))
    s3.reserve_volumes(client)
    return client


def stores(s3: S3, settings: Settings) -> tuple[store.Store, store.Store]:
    """The archive and what is derived from it, as `store.archive` and `store.derived` give them."""
    client = _connected(s3)
    return store.Store(client, settings.bucket, hold=True), store.Store(
        client, settings.derived_bucket, hold=False
    )


def keep_anchor(archive: store.Store, folder: Path) -> Entry:
    """Write an anchor, and keep a copy in a folder."""
    made = anchor.append(archive)
    data = archive.get(key_of(anchor.NAME, made.number))
    assert FolderDestination(folder).put({anchor.file_name(made.number): data})
    return made


def register_of(*entries: dict[str, Any]) -> Register:
    defaults = {
        "title": "Test account",
        "class": "official",
        "owner": "Communications",
        "private_messages": "switched off",
    }
    return validation.check_register(
        {"agency": AGENCY, "accounts": [{**defaults, **e} for e in entries]}, list_names()
    )


@dataclass
class TestArchive:
    """`capture(id)` runs one; `rows(id)` reads Parquet back, sorted by record and sequence; `written(id)` the
    same from the files of the account's own manifests, which is quick however many accounts the buckets hold.
    """

    __test__ = False

    place: Workspace
    register: Register
    outcomes: list[Outcome] = field(default_factory=list)
    _read: dict[str, list[Entry]] = field(default_factory=dict)
    _files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def archive(self) -> store.Store:
        return self.place.archive

    @property
    def derived(self) -> store.Store:
        return self.place.derived

    def account(self, name: str) -> Account:
        return self.register.account(name)

    def capture(self, name: str, kind: str | None = None) -> Outcome:
        outcome = capture(self.place, self.register, self.account(name), kind)
        self.outcomes.append(outcome)
        return outcome

    def state(self, name: str, **more: Any) -> AccountState:
        return AccountState(self.archive, self.derived, self.account(name), **more)

    def manifests(self, name: str) -> list[Entry]:
        """Read the entries after those read before, one request each.

        Whether the chain still follows them is for the product to check.
        """
        ledger, known = Ledger(self.archive, self.account(name).ledger), self._read.setdefault(name, [])
        while entry := ledger.read(len(known) + 1):
            known.append(entry)
        return list(known)

    def written(self, name: str) -> list[dict[str, Any]]:
        generation = records.catalog(self.derived).generation
        keys = [
            records.key_of(generation, e.body, e.number)
            for e in self.manifests(name)
            if e.body["rows"]["count"]
        ]
        found = (row for key in keys for row in self._rows_of(key))
        return sorted(found, key=lambda r: (r["record_id"], r["sequence"]))

    def _rows_of(self, key: str) -> list[dict[str, Any]]:
        """Return the fixture of a file that never changes."""
        if key not in self._files:
            self._files[key] = records.decode(self.derived.get(key)).to_pylist()
        return self._files[key]

    def rows(self, name: str) -> list[dict[str, Any]]:
        upto = {name: Ledger(self.archive, self.account(name).ledger).head()}
        found = [
            row
            for batch in batches(sources(self.derived, s3_files(self.place.settings), upto))
            for row in batch.to_pylist()
        ]
        return sorted(found, key=lambda r: (r["record_id"], r["sequence"]))


@cache
def _create(s3: S3, buckets: Buckets) -> None:
    """Once a process, however many tests share them."""
    for one in stores(s3, settings_for(s3, buckets, Path("nowhere"))):
        conformance.create_bucket(one)


def make(
    s3: S3,
    buckets: Buckets,
    folder: Path,
    *entries: dict[str, Any],
    transport: httpx.BaseTransport | None = None,
) -> TestArchive:
    settings = settings_for(s3, buckets, folder)
    place = Workspace(settings, *stores(s3, settings), transport)
    _create(s3, buckets)
    return TestArchive(place, register_of(*entries))
