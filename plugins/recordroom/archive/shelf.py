"""Where a snapshot stands: in the derived bucket, or, for whoever must not write there, in a folder of this machine: a fold from the first
entry of an account goes through all that was ever known of it, and must not fill memory with that."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


class Sized(Protocol):
    @property
    def size(self) -> int: ...


class Shelf(Protocol):
    """What a snapshot asks of a Store."""

    def put_new(self, key: str, body: bytes) -> bool: ...
    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool: ...
    def find(self, key: str) -> bytes | None: ...
    def head(self, key: str) -> Sized | None: ...
    def get_range(self, key: str, start: int, length: int) -> bytes: ...
    def keys(self, prefix: str, *, folders: bool = False) -> Iterator[str]: ...
    def delete(self, key: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Size:
    size: int


class Scratch:
    """A Shelf in a temporary folder, which goes with this object."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recordroom-fold-")
        self._root = Path(self._folder.name)

    def put_new(self, key: str, body: bytes) -> bool:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return True

    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool:  # noqa: ARG002 (nobody else writes here)
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as copy:
            shutil.copyfileobj(file, copy)
        return True

    def find(self, key: str) -> bytes | None:
        path = self._root / key
        return path.read_bytes() if path.is_file() else None

    def head(self, key: str) -> _Size | None:
        path = self._root / key
        return _Size(path.stat().st_size) if path.is_file() else None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        with (self._root / key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def keys(self, prefix: str, *, folders: bool = False) -> Iterator[str]:
        """Below a prefix that ends with a slash."""
        folder = self._root / prefix
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() == folders:
                yield f"{prefix}{path.name}{'/' if folders else ''}"

    def delete(self, key: str) -> None:
        (self._root / key).unlink()
