"""The local disk: durable writes, and named errors if a write is impossible."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recordroom.errors import SettingsError, SpoolFull

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.ENAMETOOLONG,
)


@contextmanager
def room_for(path: Path) -> Iterator[None]:
    """Raise SpoolFull for "no space left", SettingsError for a folder without access."""
    try:
        yield
    except OSError as problem:
        if problem.errno in _FULL:
            why = f"{path.parent}: {problem.strerror}"
            raise SpoolFull(
                f"no space for {path.name}", "Free disk space. The next capture continues.", why
            ) from problem
        if problem.errno in _REFUSED:
            mend = (
                "Correct its permissions, or name another folder in RECORDROOM_SPOOL or RECORDROOM_JOURNAL."
            )
            raise SettingsError(
                "a local folder cannot be written", mend, f"{path}: {problem.strerror}"
            ) from problem
        raise


def make(folder: Path) -> None:
    """Make a folder, and those above it, for this user only."""
    with room_for(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def append(path: Path, data: bytes) -> None:
    """Append durably."""
    with room_for(path), path.open("ab") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def put(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a complete file under its name, or leave the file as it was.

    durable: False for copies that can be made again; they may be lost, or damaged, when the power fails.
    """
    part = path.with_name(path.name + ".part")
    try:
        with room_for(path), part.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except SpoolFull:
        part.unlink(missing_ok=True)
        raise
    part.rename(path)
