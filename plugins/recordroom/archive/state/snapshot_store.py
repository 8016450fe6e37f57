"""The stores of snapshots: the derived bucket, or a temporary folder.

A fold that only reads uses the folder.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


class Sized(Protocol):
    @property
    def size(self) -> int: ...


class SnapshotStore(Protocol):
    """The part of a Store that snapshots use; see archive/store.py."""

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


class ScratchStore:
    """A SnapshotStore in a temporary folder, which is removed together with this object."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recordroom-fold-")
        self._root = Path(self._folder.name)

    def put_new(self, key: str, body: bytes) -> bool:
        path = self._root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return True

    def put_file(self, key: str, file: IO[bytes], sha256: str) -> bool:  # noqa: ARG002 (there is one writer)
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
        """Yield the names directly below a prefix that ends with a slash."""
        folder = self._root / prefix
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.is_dir() == folders:
                yield f"{prefix}{path.name}{'/' if folders else ''}"

    def delete(self, key: str) -> None:
        (self._root / key).unlink()


class ObjectReader(io.RawIOBase):
    """A seekable, read-only file over range requests to one object."""

    def __init__(self, store: SnapshotStore, key: str, size: int) -> None:
        super().__init__()
        self._store, self._key, self._size, self._at = store, key, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        length = self._size - self._at if size < 0 else min(size, self._size - self._at)
        if length <= 0:
            return b""
        data = self._store.get_range(self._key, self._at, length)
        self._at += len(data)
        return data
