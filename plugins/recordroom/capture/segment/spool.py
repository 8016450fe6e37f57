"""The local spool: fetched data is on disk until the archive has it.

```
<spool>/<platform>/<account>/entries-<bucket>.jsonl    recent ledger entries (archive/entry_cache.py)
<spool>/<platform>/<account>/lock                      held while a capture of the account runs here
<spool>/<platform>/<account>/<capture>.lock            held by the process of that capture
<spool>/<platform>/<account>/<capture>/capture.json    window, start, identity: what a manifest needs
<spool>/<platform>/<account>/<capture>/other.json      only if it is another account's: which one
<spool>/<platform>/<account>/<capture>/unchecked.json  only if too large to check for secrets: the limit
<spool>/<platform>/<account>/<capture>/<segment>/exchanges.warc.gz, media/<sha256>, media.jsonl
```
The next capture commits a folder that its process left behind (capture/segment/recovery.py); the next sweep
does so for a closed account. Across machines only what was put is safe.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from recordroom.archive import disk, evidence, secret_scan
from recordroom.errors import Busy
from recordroom.model import Exchange
from recordroom.register.models import Account, Chain

EXCHANGES = "exchanges.warc.gz"
OTHER = "other.json"
UNCHECKED = "unchecked.json"
WAIT_SECONDS = 55  # no task waits longer than a minute


def find_entries_file(root: Path, account: Account | Chain, bucket: str) -> Path:
    """Return the file of an account's recent ledger entries in an archive bucket."""
    return root / account.platform / account.id / f"entries-{bucket}.jsonl"


class AccountSpool:
    """The spool folder of one account."""

    def __init__(self, root: Path, platform: str, account: str) -> None:
        self.folder = root / platform / account
        disk.make(self.folder)

    @contextmanager
    def locked(self, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold the account on this machine.

        Busy if another process still holds it after `wait` seconds.
        """
        with (self.folder / "lock").open("a") as file:
            until = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        words = f"another capture of {self.folder.name} is running on this machine"
                        raise Busy(
                            words, "Wait for it, or stop it. Nothing was requested from the platform."
                        ) from None
                    time.sleep(0.2)
            yield

    @property
    def is_in_use(self) -> bool:
        """Whether a capture of the account runs on this machine.

        Captures of one conversation do not count: they recover nothing.
        """
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def find_left(self) -> list[Path]:
        """Return the folders of captures that did not end and whose processes have ended."""
        return sorted(p for p in self.folder.iterdir() if p.is_dir() and not _is_held(p))


def find_abandoned(root: Path) -> Iterator[Chain]:
    """Yield the accounts with a folder that an ended process left."""
    for folder in sorted(root.glob("*/*/")):
        spool = AccountSpool(root, folder.parent.name, folder.name)
        if not spool.is_in_use and any(
            part for left in spool.find_left() if not is_import(left) for part in left.glob(f"*/{EXCHANGES}")
        ):
            yield Chain(folder.parent.name, folder.name)


class SegmentSpool:
    """The spool of one segment, in the making or left behind."""

    def __init__(self, capture: Path, number: int) -> None:
        self.folder = capture / str(number)
        self.number = number
        self.media = self.folder / "media"
        self.warc = self.folder / EXCHANGES
        self._outcomes = self.folder / "media.jsonl"

    @property
    def size(self) -> int:
        """Bytes of the exchanges so far."""
        return self.warc.stat().st_size if self.warc.exists() else 0

    def begin(self, software: str, name: str) -> None:
        """Make the folder, and begin the file of exchanges."""
        disk.make(self.folder)
        if not self.warc.exists():
            disk.append(self.warc, evidence.encode_info(software, name))

    def put(self, data: bytes) -> None:
        """Begin with evidence that the bucket has already."""
        disk.make(self.folder)
        disk.put(self.warc, data)

    def add(self, exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> None:
        """Append an exchange, durably."""
        disk.append(self.warc, evidence.encode_exchange(exchange, response_id, metadata))

    def add_metadata(self, exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> None:
        """Append further metadata of an exchange, durably."""
        disk.append(self.warc, evidence.encode_metadata(exchange, response_id, metadata))

    def note_media(self, of: str, outcome: dict[str, Any]) -> None:
        """Append how the fetch of one media file ended.

        This comes before the metadata record names all files.

        of: the name of the file in the segment, for a recovery.
        """
        disk.make(self.folder)
        disk.append(self._outcomes, orjson.dumps({"of": of, "outcome": outcome}) + b"\n")

    def media_outcomes(self) -> dict[str, dict[str, Any]]:
        """Return file -> outcome, of complete lines whose file exists.

        The other files are fetched again: those of a line that a crash cut, with what was written behind it,
        and those of an older version's line, which names no file.
        """
        if not self._outcomes.exists():
            return {}
        lines = map(_line, self._outcomes.read_bytes().split(b"\n"))
        found = {line["of"]: line["outcome"] for line in lines if "of" in line}
        return {i: o for i, o in found.items() if "sha256" not in o or (self.media / o["sha256"]).exists()}

    def cut(self, size: int) -> None:
        """Cut what a crash left incomplete behind the last exchange.

        size: of the complete exchanges; 0 removes the file.
        """
        if size == 0:
            self.warc.unlink()
            return
        with self.warc.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Remove the segment: the archive has all of it."""
        if self.folder.exists():
            shutil.rmtree(self.folder)


def _line(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def hold_folder(folder: Path, info: dict[str, Any]) -> Iterator[None]:
    """Make a capture's folder and hold it, so that no other capture recovers it.

    info: what a manifest needs, for a recovery.
    """
    disk.make(folder.parent)
    lock = _lock_of(folder)
    with disk.room_for(lock), lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            disk.make(folder)
            disk.put(folder / "capture.json", orjson.dumps(info))
            yield
        finally:
            if not folder.exists():
                lock.unlink()


def remove_folder(folder: Path) -> None:
    """Remove a folder: the archive has all of it."""
    shutil.rmtree(folder, ignore_errors=True)
    _lock_of(folder).unlink(missing_ok=True)


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _is_held(folder: Path) -> bool:
    try:
        with _lock_of(folder).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def read_capture_info(folder: Path) -> dict[str, Any] | None:
    """Return what `hold_folder` wrote.

    None if the process ended before; nothing was fetched then.
    """
    path = folder / "capture.json"
    if not path.exists():
        return None
    info: dict[str, Any] = orjson.loads(path.read_bytes())
    return info


def find_owner(folder: Path) -> dict[str, str] | None:
    """Return the account that a folder's responses are from: {account, server}.

    None if no response says so.
    """
    if (path := folder / OTHER).exists():
        told: dict[str, str] = orjson.loads(path.read_bytes())
        return told
    for warc in sorted(folder.glob(f"[0-9]*/{EXCHANGES}")):
        for kept in evidence.read_spool(warc)[0]:
            if "account" in kept.exchange.context:
                return {name: str(kept.exchange.context.get(name) or "") for name in ("account", "server")}
    return None


def mark_foreign(folder: Path, of: dict[str, str]) -> None:
    """Mark a folder as another account's: it stays, and is reported."""
    disk.put(folder / OTHER, orjson.dumps(of))


def mark_unchecked(folder: Path) -> None:
    """Mark a folder whose evidence is too large to be checked for secrets.

    It stays until a version checks more.
    """
    disk.put(folder / UNCHECKED, orjson.dumps({"most": secret_scan.MOST}))


def is_unchecked(folder: Path) -> bool:
    """Return whether a folder is marked and this version still cannot check it."""
    path = folder / UNCHECKED
    return path.exists() and bool(orjson.loads(path.read_bytes())["most"] >= secret_scan.MOST)


def find_foreign(root: Path) -> Iterator[tuple[Chain, Path]]:
    """Yield the folders of other accounts, each with the account it was fetched for."""
    for marked in sorted(root.glob(f"*/*/*/{OTHER}")):
        folder = marked.parent
        yield Chain(folder.parent.parent.name, folder.parent.name), folder


def is_import(folder: Path) -> bool:
    """Return whether an import left a folder.

    The person who began the import has the file, and begins again.
    """
    info = read_capture_info(folder)
    return info is not None and bool(info["window"]["kind"] == "import")
