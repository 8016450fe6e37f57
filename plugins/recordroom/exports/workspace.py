"""The work folder of an export, which becomes complete or disappears.

It is next to the folder that it becomes:
```
.<name>.unfinished/
    plan.json     the request, and what was fixed when it began: as_of, who, when
    lock          held while a process works here
    checked       evidence objects that were hashed
    work/         DuckDB, copies of records; made again by each run
    result/       becomes the folder by one rename, once the audit ledger has the export
```
The same command finds the plan and continues with its `as_of`; another command begins again. After the
rename, plan.json stays until the receipt was returned: after a kill in between, the same command returns it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from recordroom.archive.ledger import actor
from recordroom.canonical import encode_canonical
from recordroom.dates import format_second
from recordroom.errors import UsageError
from recordroom.exports.database import translate_disk_errors
from recordroom.exports.formats.media import FOLDER
from recordroom.model import instant, moment

PLAN = "plan.json"
Given = tuple[datetime | None, str | None, datetime | None]  # as_of, who, when; None: not given


class UnderWay(UsageError):
    """Another process makes the same export."""

    code = "UnderWay"


@dataclass(frozen=True, slots=True)
class ExportWorkspace:
    """The work folder of one run, and what was fixed when the export began."""

    folder: Path
    out: Path  # the folder that `result` becomes
    as_of: datetime
    who: str
    when: datetime  # the export was ordered
    is_published: bool  # an earlier run of the same command was stopped after the rename

    @property
    def temporary(self) -> Path:
        return self.folder / "work"

    @property
    def result(self) -> Path:
        return self.folder / "result"

    def clear(self) -> None:
        """Remove what an earlier run left, except media files.

        These are hashed again before they are used.
        The rest of its result may have more than this run makes, such as a long text of a record that is
        under quarantine now.
        """
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        self.result.mkdir(exist_ok=True)
        for path in self.result.iterdir():
            if path.is_file():
                path.unlink()
            elif path.name != FOLDER:
                shutil.rmtree(path)

    def publish(self) -> None:
        """Rename the result to `out`, durably."""
        with translate_disk_errors(self.folder):
            for path in self.result.rglob("*"):
                if path.is_file():
                    sync_path(path)
            sync_path(self.result)
            self.result.rename(self.out)
            sync_path(self.out.parent)


@contextmanager
def open_workspace(
    out: Path, request: dict[str, Any], as_of: datetime | None, who: str | None, when: datetime | None = None
) -> Iterator[ExportWorkspace]:
    """Yield the workspace of this request, locked; it is removed at a good end.

    UsageError if `out` exists, UnderWay if another process makes the same export.
    """
    out = out.absolute()
    if not out.name:
        raise UsageError(f"--out: {out} already exists", "Name a new folder.")
    folder = _folder_of(out)
    if not out.parent.is_dir():
        raise UsageError(
            f"--out: the folder {out.parent} does not exist", "Create it, or name another folder."
        )
    with _lock(folder, out):
        try:
            yield _read_or_begin(folder, out, request, (as_of, who, when))
        except UsageError:  # no other run can use any of it
            _remove(folder)
            raise
        _remove(folder)


def is_begun(out: Path) -> bool:
    """Return whether a run to `out` has begun and not ended.

    Its work folder still has a plan.
    """
    return (_folder_of(out) / PLAN).exists()


def _folder_of(out: Path) -> Path:
    return out.with_name(f".{out.name}.unfinished")


def _lock(folder: Path, out: Path) -> IO[str]:
    """Return the lock of the folder, held.

    The process that had it before may have removed it, or the folder, meanwhile: then it is made again.
    """
    while True:
        _make_folder(folder)
        try:
            lock = (folder / "lock").open("w")
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise UnderWay(
                f"another export to {out} is in progress", "Wait for it, or name another folder with --out."
            ) from None
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()


def _make_folder(folder: Path) -> None:
    try:
        with translate_disk_errors(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise UsageError(
            f"--out: {folder} cannot be created: {problem.strerror}", "Name a folder that you can write to."
        ) from None


def _read_or_begin(folder: Path, out: Path, request: dict[str, Any], given: Given) -> ExportWorkspace:
    """Continue the run of the same request, or begin one."""
    path = folder / PLAN
    found = json.loads(path.read_bytes()) if path.exists() else None
    same = found is not None and found["order"] == request
    is_published = same and out.exists() and not (folder / "result").exists()
    if out.exists() and not is_published:
        raise UsageError(
            f"--out: {out} already exists",
            "Name a new folder. An export never replaces another.",
        )
    if found is None or not same:
        _empty(folder)
        as_of, who, when = given
        now = datetime.now(UTC)
        if as_of is not None and as_of > now:
            mend = "Give a day that is over, or a time in the past."
            raise UsageError(f"--as-of: {format_second(as_of)} is in the future", mend)
        found = {"order": request, "as_of": instant(as_of or now)}
        found |= {"who": who or actor(), "when": instant(when or now)}
        with translate_disk_errors(folder):
            write_durably(path, encode_canonical(found))
    as_of, when = moment(found["as_of"]), moment(found["when"])
    return ExportWorkspace(folder, out, as_of, found["who"], when, is_published)


def _empty(folder: Path) -> None:
    """Remove everything except the lock.

    The plan goes last, so that the same request can end a killed run.
    """
    for path in sorted(folder.iterdir(), key=lambda path: path.name == PLAN):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _remove(folder: Path) -> None:
    """Remove the folder, the lock last.

    It stays if another process has taken a new lock in it.
    """
    _empty(folder)
    (folder / "lock").unlink()
    with suppress(OSError):
        folder.rmdir()


def write_durably(path: Path, data: bytes) -> None:
    """Write a file durably under its name; a reader finds all of it or none."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    sync_path(part)
    part.rename(path)


def sync_path(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
