# ruff: noqa: S608 (the SQL is made of constants of ours)
"""The media files of exported rows.

They are listed, counted for the receipt, and copied for JSON Lines and PDF.
A copy is named by its SHA-256 and an extension that its first bytes show (`.bin` if they show none), since
the platform's own name may be wrong. Each is hashed while it is copied; one whose bytes are not those of its
name stops the export. A copy that a stopped export left is hashed again and kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from recordroom.archive import media
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, Tampered
from recordroom.exports.database import WorkDatabase, translate_disk_errors
from recordroom.exports.rows import RowReader
from recordroom.exports.work_tables import (
    ACCOUNTS,
    CHOSEN_ROWS,
    COPIED_FILES,
    MEDIA_FILES,
    QUARANTINED_FILES,
)
from recordroom.filetypes import LONGEST_SIGNATURE, find_extension

FOLDER = "WORKING-COPY_media"
OnCount = Callable[[int, int], None]  # done, of all


@dataclass(frozen=True, slots=True)
class MissingMedia:
    """Media files of an account that are not in the archive, for one reason."""

    account: str
    reason: str
    references: int  # of rows to them


@dataclass(frozen=True, slots=True)
class MediaCounts:
    """Counts of the media files of the exported rows."""

    references: int  # of rows to files
    files: int  # different ones in the archive
    copied: int  # into the export
    quarantined: int  # different ones under quarantine
    available: int  # different ones in the archive that are not under quarantine
    missing: tuple[MissingMedia, ...]  # not in the archive

    def describe(self) -> dict[str, Any]:
        """Return the counts with the keys of the receipt."""
        return {"references": self.references, "files": self.files, "handed_over": self.copied}


def list_files(database: WorkDatabase, rows: RowReader, quarantined: Iterable[str]) -> None:
    """Fill MEDIA_FILES and QUARANTINED_FILES; make COPIED_FILES, empty.

    quarantined: SHA-256 of media files under quarantine, which are not copied.
    """
    given = pa.table([pa.array(sorted(quarantined), pa.string())], names=["sha256"])
    database.create(COPIED_FILES)
    database.create(QUARANTINED_FILES, "FROM given", given=given)
    database.retry_with_more_memory(lambda: _fill_media_files(database, rows))


def _fill_media_files(database: WorkDatabase, rows: RowReader) -> None:
    database.create(MEDIA_FILES)
    each = {"number": "unnest(range(1, len(media) + 1))", "file": "unnest(media)"}
    values = {
        "number": "number",
        "sha256": "file.sha256",
        "bytes": "file.bytes",
        "reason": "file.missing_reason",
    }
    for batch in rows.read_unordered(CHOSEN_ROWS, [each, values]):
        database.insert(MEDIA_FILES, "FROM given", given=pa.table(batch))


def copy_files(database: WorkDatabase, archive: Store, folder: Path, on_count: OnCount) -> None:
    """Copy the files to `folder`/FOLDER, and fill COPIED_FILES.

    Files under quarantine are not copied.
    """
    query = (
        f"SELECT DISTINCT sha256 FROM {MEDIA_FILES} ANTI JOIN {QUARANTINED_FILES} USING (sha256)"
        " WHERE sha256 IS NOT NULL ORDER BY sha256"
    )
    wanted = [sha256 for (sha256,) in database.fetch(query)]
    if wanted:
        (folder / FOLDER).mkdir(exist_ok=True)
    left = _keep_wanted(folder / FOLDER, set(wanted))
    with translate_disk_errors(folder), ThreadPoolExecutor(4) as pool:
        names: list[str] = []
        for name in pool.map(
            lambda sha256: _copy_file(archive, sha256, folder / FOLDER, left.get(sha256)), wanted
        ):
            names.append(f"{FOLDER}/{name}")
            on_count(len(names), len(wanted))
        given = pa.table(
            [pa.array(wanted, pa.string()), pa.array(names, pa.string())], names=["sha256", "path"]
        )
        database.insert(COPIED_FILES, "FROM given", given=given)


def count_files(database: WorkDatabase) -> MediaCounts:
    """Count the rows of MEDIA_FILES."""
    [(references, files)] = database.fetch(f"SELECT count(*), count(DISTINCT sha256) FROM {MEDIA_FILES}")
    distinct = f"SELECT count(DISTINCT sha256) FROM {MEDIA_FILES}"
    [(quarantined,)] = database.fetch(f"{distinct} SEMI JOIN {QUARANTINED_FILES} USING (sha256)")
    [(available,)] = database.fetch(f"{distinct} ANTI JOIN {QUARANTINED_FILES} USING (sha256)")
    missing = database.fetch(
        f"SELECT name, coalesce(reason, 'unknown'), count(*) FROM {MEDIA_FILES}"
        f" JOIN {CHOSEN_ROWS} USING (place) JOIN {ACCOUNTS} a ON a.number = account"
        " WHERE sha256 IS NULL GROUP BY ALL ORDER BY ALL"
    )
    copied = database.count(f"FROM {COPIED_FILES}")
    return MediaCounts(
        references, files, copied, quarantined, available, tuple(MissingMedia(*m) for m in missing)
    )


def _keep_wanted(folder: Path, wanted: Collection[str]) -> dict[str, Path]:
    """Return the copies that a stopped export left, by SHA-256.

    Those that are not wanted are removed.
    A file may have come under quarantine since.
    """
    found: dict[str, Path] = {}
    for path in folder.glob("*"):
        if path.stem in wanted and path.suffix != ".part":
            found[path.stem] = path
        else:
            path.unlink()
    return found


def _copy_file(archive: Store, sha256: str, folder: Path, left: Path | None) -> str:
    """Return the name of the copy in `folder`. left: the copy of a stopped export."""
    if left is not None and _sha256_of(left) == sha256:
        return left.name
    part = folder / f"{sha256}.part"
    digest, start = hashlib.sha256(), b""
    key = media.key_of(sha256)
    try:
        with translate_disk_errors(folder), part.open("wb") as file:
            for chunk in archive.open(key)[1]:
                start = start or chunk[:LONGEST_SIGNATURE]
                digest.update(chunk)
                file.write(chunk)
    except ArchiveError as problem:
        mend = "Run `recordroom verify`. Nothing was released."
        raise ArchiveError("a file cannot be copied", mend, f"{key}: {problem.full_message}") from problem
    if digest.hexdigest() != sha256:
        raise Tampered(key, "its content does not match the SHA-256 in its name", sha256, digest.hexdigest())
    return part.rename(folder / f"{sha256}{find_extension(start)}").name


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
