"""Media files by content: `media/sha256/<2>/<hash>`, each stored once.

They are hashed while they are written to the local disk; memory stays flat.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from recordroom.archive import disk
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError
from recordroom.model import REMOVED, UNAVAILABLE
from recordroom.stored_texts import code_of, parts_of

# Among the reasons: then its files cannot be requested again.
RECORD_GONE = "the platform shows the record no more"
TOO_LARGE = "file-too-large"  # the code of a file over the limit of size
_FAILED = (
    "file-answered",
    "file-empty",
    "file-other",
    "file-no-room",
    "file-deferred",
    "file-failed",
    TOO_LARGE,
    "file-secret",
)
# Something else came in its place: another request brings no file.
_TOLD = ("file-empty", "file-other", "file-secret")
# Too slow, too early, too many: the 4xx responses that ask for another request.
_PASSES = ("408", "425", "429")


def is_failure(reason: str) -> bool:
    """Return whether a file did not arrive that the platform has.

    If not, the platform gives none.
    """
    return code_of(reason) in _FAILED


def is_missing(reason: str) -> bool:
    """Return whether a file is missing that another request may bring."""
    if code_of(reason) == "file-answered":
        status = parts_of(reason)["status"]
        return status in _PASSES or not (len(status) == 3 and status.startswith("4"))
    return is_failure(reason) and code_of(reason) not in _TOLD


def list_missing(delta: Mapping[str, Any]) -> list[str]:
    """Return why files of a record are missing after a delta of a manifest.

    RECORD_GONE is among the reasons if the record is gone.
    """
    reasons = sorted(
        {
            one["missing_reason"]
            for one in delta.get("media", {}).values()
            if is_missing(one.get("missing_reason", ""))
        }
    )
    return [*reasons, RECORD_GONE] if reasons and delta["status"] in (REMOVED, UNAVAILABLE) else reasons


def key_of(sha256: str) -> str:
    """Return the key of a file."""
    return f"media/sha256/{sha256[:2]}/{sha256}"


def spool(folder: Path, chunks: Iterable[bytes], limit: int) -> tuple[str, int]:
    """Write a file durably under its hash and return (hex SHA-256, size).

    ArchiveError beyond `limit` bytes. An incomplete file keeps neither its name nor its space.
    """
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
                raise ArchiveError(
                    f"the file is larger than {limit} bytes",
                    "To keep such files, raise RECORDROOM_MEDIA_LIMIT.",
                )
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def put(store: Store, folder: Path, sha256: str) -> None:
    """Put a spooled file; an equal one that is already there stays as it is."""
    with (folder / sha256).open("rb") as file:
        if not store.put_file(key_of(sha256), file, sha256):
            raise ArchiveError(
                f"the content of {key_of(sha256)} does not match its name", "Run `recordroom verify`."
            )
