"""The local spool: what is fetched goes to disk at once, fsynced, and stays there until the archive has it.

```
<spool>/<platform>/<account>/lock                      held while a capture of the account runs on this machine
<spool>/<platform>/<account>/<capture>.lock          held by the process of that capture
<spool>/<platform>/<account>/<capture>/capture.json    window, start, identity: what a manifest needs
<spool>/<platform>/<account>/<capture>/other.json      only where it is another account's: whose
<spool>/<platform>/<account>/<capture>/unchecked.json  only where it is too large to be checked for secrets: what the limit was
<spool>/<platform>/<account>/<capture>/<segment>/exchanges.warc.gz, media/<sha256>, media.jsonl
```
A folder that its process left behind is finished by the next capture (capture/recovery.py), of a closed account by the next sweep. Across
machines only what was put is safe.
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
from recordroom.register.models import Chain

EXCHANGES = "exchanges.warc.gz"
OTHER = "other.json"
UNCHECKED = "unchecked.json"
WAIT_SECONDS = 55  # no task waits longer than a minute


class AccountSpool:
    """The spool folder of one account."""

    def __init__(self, root: Path, platform: str, account: str) -> None:
        self.folder = root / platform / account
        disk.make(self.folder)

    @contextmanager
    def locked(self, wait: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold the account on this machine; Busy if another process still holds it after `wait` seconds."""
        with (self.folder / "lock").open("a") as file:
            until = time.monotonic() + wait
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        words = f"another capture of {self.folder.name} is running on this machine"
                        raise Busy(words, "Wait for it, or end it; nothing was asked of the platform.") from None
                    time.sleep(0.2)
            yield

    @property
    def in_use(self) -> bool:
        """Whether a capture of the account runs on this machine that takes up what was left."""
        with (self.folder / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def left(self) -> list[Path]:
        """Folders of captures that did not end, and whose process lives no more."""
        return sorted(p for p in self.folder.iterdir() if p.is_dir() and not _is_held(p))


def left_behind(root: Path) -> Iterator[Chain]:
    """The accounts of which a process that lives no more left something that it had fetched."""
    for folder in sorted(root.glob("*/*/")):
        spool = AccountSpool(root, folder.parent.name, folder.name)
        if not spool.in_use and any(part for left in spool.left() if not is_import(left) for part in left.glob(f"*/{EXCHANGES}")):
            yield Chain(folder.parent.name, folder.name)


class SegmentSpool:
    """One segment in the making, or one that was left."""

    def __init__(self, capture: Path, number: int) -> None:
        self.folder = capture / str(number)
        self.number = number
        self.media = self.folder / "media"
        self.warc = self.folder / EXCHANGES
        self._outcomes = self.folder / "media.jsonl"

    @property
    def size(self) -> int:
        return self.warc.stat().st_size if self.warc.exists() else 0

    def begin(self, software: str, name: str) -> None:
        disk.make(self.folder)
        if not self.warc.exists():
            disk.append(self.warc, evidence.encode_info(software, name))

    def put(self, data: bytes) -> None:
        """Begin from evidence that the bucket has already."""
        disk.make(self.folder)
        disk.put(self.warc, data)

    def add(self, exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> None:
        disk.append(self.warc, evidence.encode_exchange(exchange, response_id, metadata))

    def add_metadata(self, exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> None:
        disk.append(self.warc, evidence.encode_metadata(exchange, response_id, metadata))

    def note_media(self, of: str, outcome: dict[str, Any]) -> None:
        """Write down how the fetch of one media file ended, before the metadata record names all of them. `of`: the file, for whoever
        takes up what was left."""
        disk.make(self.folder)
        disk.append(self._outcomes, orjson.dumps({"of": of, "outcome": outcome}) + b"\n")

    def media_outcomes(self) -> dict[str, dict[str, Any]]:
        """File -> outcome, of whole lines whose file is there. The files of others are fetched again: of a line that a crash cut, with what
        was written behind it, and of an older version's, which names none."""
        if not self._outcomes.exists():
            return {}
        lines = map(_line, self._outcomes.read_bytes().split(b"\n"))
        found = {line["of"]: line["outcome"] for line in lines if "of" in line}
        return {i: o for i, o in found.items() if "sha256" not in o or (self.media / o["sha256"]).exists()}

    def cut(self, size: int) -> None:
        """Cut what a crash left half-written behind the last whole exchange; without one, no file is left."""
        if size == 0:
            self.warc.unlink()
            return
        with self.warc.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def remove(self) -> None:
        if self.folder.exists():
            shutil.rmtree(self.folder)


def _line(text: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def held(folder: Path, info: dict[str, Any]) -> Iterator[None]:
    """Make a capture's folder and hold it until the end, so that no other capture takes it for one that was left."""
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


def remove(folder: Path) -> None:
    """A folder of which all is in the archive."""
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


def capture_info(folder: Path) -> dict[str, Any] | None:
    """What `held` wrote; None where the process died before (then nothing was fetched)."""
    path = folder / "capture.json"
    if not path.exists():
        return None
    info: dict[str, Any] = orjson.loads(path.read_bytes())
    return info


def whose(folder: Path) -> dict[str, str] | None:
    """The account that what was fetched is of, as the answers have it: {account, server}; None where none says it."""
    if (path := folder / OTHER).exists():
        told: dict[str, str] = orjson.loads(path.read_bytes())
        return told
    for warc in sorted(folder.glob(f"[0-9]*/{EXCHANGES}")):
        for kept in evidence.read_spool(warc)[0]:
            if "account" in kept.exchange.context:
                return {name: str(kept.exchange.context.get(name) or "") for name in ("account", "server")}
    return None


def put_aside(folder: Path, of: dict[str, str]) -> None:
    """Mark a folder that was left as another account's: it stays, and is told."""
    disk.put(folder / OTHER, orjson.dumps(of))


def mark_unchecked(folder: Path) -> None:
    """Mark a folder whose evidence is too large to be checked for secrets: it stays until a version checks more."""
    disk.put(folder / UNCHECKED, orjson.dumps({"most": secret_scan.MOST}))


def is_unchecked(folder: Path) -> bool:
    """Return whether a folder is marked, and this version checks no more than the one that marked it."""
    path = folder / UNCHECKED
    return path.exists() and bool(orjson.loads(path.read_bytes())["most"] >= secret_scan.MOST)


def set_aside(root: Path) -> Iterator[tuple[Chain, Path]]:
    """Folders that were left and are another account's, with the account under which they were fetched."""
    for marked in sorted(root.glob(f"*/*/*/{OTHER}")):
        folder = marked.parent
        yield Chain(folder.parent.parent.name, folder.parent.name), folder


def is_import(folder: Path) -> bool:
    """Whether an import left it: whoever began that has the file, and begins it again."""
    info = capture_info(folder)
    return info is not None and bool(info["window"]["kind"] == "import")
