"""A file over range requests, as which Parquet files in the bucket are read."""

from __future__ import annotations

import io

from recordroom.archive.store import Store


class ObjectReader(io.RawIOBase):
    """A seekable, read-only file over range requests to one object."""

    def __init__(self, store: Store, key: str, size: int) -> None:
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
