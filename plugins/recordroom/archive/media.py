"""Media bytes by content: `media/sha256/<2>/<hash>`, each once, by one put. Spooled to disk and hashed on the way; memory stays flat."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from recordroom.archive import disk
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError


def key_of(sha256: str) -> str:
    return f"media/sha256/{sha256[:2]}/{sha256}"


def spool(folder: Path, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    """Write a file durably under its hash; (hex SHA-256, size). ArchiveError beyond `limit` bytes; nothing half-written keeps a name, or
    the room that it took."""
    disk.make(folder)
    part = folder / "part"
    try:
        sha256, size = _write(part, chunks, limit)
        part.rename(folder / sha256)
    finally:
        part.unlink(missing_ok=True)
    return sha256, size


def _write(part: Path, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with disk.room_for(part), part.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit:
                raise ArchiveError(f"the file is larger than {limit} bytes", "Raise RECORDROOM_MEDIA_LIMIT if it must be kept.")
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def put(store: Store, folder: Path, sha256: str) -> None:
    """Put a spooled file; one that is there already (equal content) is left as it is."""
    with (folder / sha256).open("rb") as file:
        if not store.put_file(key_of(sha256), file, sha256):
            raise ArchiveError(f"{key_of(sha256)} holds other bytes than its name says", "Run `recordroom verify`.")
