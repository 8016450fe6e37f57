"""What makes an export whole or absent: its work folder, `.<name>.unfinished` beside the folder that is asked for.

```
.<name>.unfinished/
    plan.json     the order, and what was fixed when it began: as_of, who, when
    lock          held while a process works here
    checked       evidence objects that were hashed already
    work/         DuckDB, copies of records; made anew by each run
    result/       becomes --out by one rename, after the audit ledger has it
```
The same command finds the plan and goes on with its `as_of`; another command begins anew. After the rename plan.json stays until the
receipt was handed on: whoever was killed in between gets it from the same command.
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

from recordroom import dates
from recordroom.archive.ledger import actor
from recordroom.canonical import encode_canonical
from recordroom.errors import UsageError
from recordroom.exports.database import room
from recordroom.exports.formats.media import FOLDER
from recordroom.model import instant, moment

PLAN = "plan.json"
Fixed = tuple[datetime | None, str | None, datetime | None]  # as_of, who, when: what is given of them


class UnderWay(UsageError):
    """Another process works on the same export."""

    code = "UnderWay"


@dataclass(frozen=True, slots=True)
class Plan:
    """`done`: an earlier run of the same command was stopped after the rename."""

    folder: Path
    out: Path
    as_of: datetime
    who: str
    when: datetime
    done: bool

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def result(self) -> Path:
        return self.folder / "result"

    def clear(self) -> None:
        """Empty work; of an earlier result only what is checked again anyway (media) stays: of all else it may have more than this run
        makes, as the long texts of what came under quarantine meanwhile."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        self.result.mkdir(exist_ok=True)
        for path in self.result.iterdir():
            if path.is_file():
                path.unlink()
            elif path.name != FOLDER:
                shutil.rmtree(path)

    def publish(self) -> None:
        """Hand the result over: one rename, made durable."""
        with room(self.folder):
            for path in self.result.rglob("*"):
                if path.is_file():
                    _sync(path)
            _sync(self.result)
            self.result.rename(self.out)
            _sync(self.out.parent)


@contextmanager
def begin(
    out: Path, order: dict[str, Any], as_of: datetime | None, who: str | None, when: datetime | None = None
) -> Iterator[Plan]:
    """The plan of this order, locked. UsageError if `out` is taken, UnderWay if another process works on it. It is removed at a good
    end."""
    out = out.absolute()
    if not out.name:
        raise UsageError(f"--out: {out} is there already", "Name a folder that is not there.")
    folder = _folder_of(out)
    if not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}", "Make it, or name another.")
    with _lock(folder, out):
        try:
            yield _plan(folder, out, order, (as_of, who, when))
        except UsageError:  # nothing of it can be of use to another run
            _remove(folder)
            raise
        _remove(folder)


def is_begun(out: Path) -> bool:
    """Whether a run to `out` was begun that has not cleared up to its end."""
    return (_folder_of(out) / PLAN).exists()


def _folder_of(out: Path) -> Path:
    return out.with_name(f".{out.name}.unfinished")


def _lock(folder: Path, out: Path) -> IO[str]:
    """The folder's lock, held. Whoever had it before may have removed it, or the folder, meanwhile: then it is made anew."""
    while True:
        _make(folder)
        try:
            lock = (folder / "lock").open("w")
        except FileNotFoundError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise UnderWay(
                f"another export to {out} is under way", "Wait for it, or name another --out."
            ) from None
        if os.fstat(lock.fileno()).st_nlink:
            return lock
        lock.close()


def _make(folder: Path) -> None:
    try:
        with room(folder):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as problem:
        raise UsageError(
            f"--out: {folder} cannot be made: {problem.strerror}", "Name a folder in which you may write."
        ) from None


def _plan(folder: Path, out: Path, order: dict[str, Any], fixed: Fixed) -> Plan:
    path = folder / PLAN
    found = json.loads(path.read_bytes()) if path.exists() else None
    same = found is not None and found["order"] == order
    done = same and out.exists() and not (folder / "result").exists()
    if out.exists() and not done:
        raise UsageError(
            f"--out: {out} is there already",
            "Name a folder that is not there; an export never writes over another.",
        )
    if found is None or not same:
        _empty(folder)
        as_of, who, when = fixed
        now = datetime.now(UTC)
        if as_of is not None and as_of > now:
            mend = "Name a day that is over, or an instant up to now."
            raise UsageError(f"--as-of: {dates.format_both_zones(as_of)} has not come yet", mend)
        found = {
            "order": order,
            "as_of": instant(as_of or now),
            "who": who or actor(),
            "when": instant(when or now),
        }
        with room(folder):
            put(path, encode_canonical(found))
    return Plan(folder, out, moment(found["as_of"]), found["who"], moment(found["when"]), done)


def _empty(folder: Path) -> None:
    """The plan goes last: whoever is killed meanwhile has left what the same order ends."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name == PLAN):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def _remove(folder: Path) -> None:
    """The lock goes last; the folder stays where another process has taken a new one in it."""
    _empty(folder)
    (folder / "lock").unlink()
    with suppress(OSError):
        folder.rmdir()


def put(path: Path, data: bytes) -> None:
    """Write a whole file durably under its name; whoever reads it finds all of it or none."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    _sync(part)
    part.rename(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
