"""The media files of the chosen rows: counted for the receipt, and for JSON Lines copied beside, each hashed on the way.

A file is named by its SHA-256 and an extension that its first bytes tell (`.bin` where they tell none): the platform's own name for it
may lie. A file that a stopped run copied is hashed again and kept. Bytes that are not those of their name stop the export.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from recordroom.archive import media
from recordroom.archive.store import Store
from recordroom.errors import ArchiveError, Tampered
from recordroom.exports.database import Desk, room
from recordroom.exports.rows import Rows
from recordroom.filetypes import LONGEST_SIGNATURE, extension_of

FOLDER = "WORKING-COPY_media"
Progress = Callable[[int, int], None]


def load(desk: Desk, rows: Rows, barred: Iterable[str]) -> None:
    """Fill `file`: one row for each file of each chosen row; and `shut` with those of `barred`, which are not handed over. `copied` (file
    -> its path) is made, empty."""
    desk.run("CREATE TABLE copied (sha256 VARCHAR, path VARCHAR)")
    desk.run(
        "CREATE TABLE shut AS FROM given",
        given=pa.table([pa.array(sorted(barred), pa.string())], names=["sha256"]),
    )
    desk.enough(lambda: _load(desk, rows))


def _load(desk: Desk, rows: Rows) -> None:
    desk.run(
        "CREATE OR REPLACE TABLE file (place BIGINT, number INT, sha256 VARCHAR, bytes BIGINT, reason VARCHAR)"
    )
    for batch in rows.unordered("chosen", [{"media": "CASE WHEN len(media) > 0 THEN media END"}]):
        some = batch.filter(batch.column("media").is_valid())
        if len(some):
            desk.run(
                "INSERT INTO file SELECT place, number, media[number].sha256, media[number].bytes, media[number].missing_reason"
                " FROM (SELECT place, media, unnest(range(1, len(media) + 1)) AS number FROM given)",
                given=pa.table(some),
            )


def copy(desk: Desk, archive: Store, folder: Path, progress: Progress) -> None:
    """Copy every file that is not shut to `folder`/FOLDER and fill `copied`."""
    query = "SELECT DISTINCT sha256 FROM file ANTI JOIN shut USING (sha256) WHERE sha256 IS NOT NULL ORDER BY sha256"
    wanted = [sha256 for (sha256,) in desk.all(query)]
    if wanted:
        (folder / FOLDER).mkdir(exist_ok=True)
    there = _left(folder / FOLDER, set(wanted))
    with room(folder), ThreadPoolExecutor(4) as pool:
        names: list[str] = []
        for name in pool.map(
            lambda sha256: _copied(archive, sha256, folder / FOLDER, there.get(sha256)), wanted
        ):
            names.append(f"{FOLDER}/{name}")
            progress(len(names), len(wanted))
        given = pa.table(
            [pa.array(wanted, pa.string()), pa.array(names, pa.string())], names=["sha256", "path"]
        )
        desk.run("INSERT INTO copied FROM given", given=given)


def _left(folder: Path, wanted: Collection[str]) -> dict[str, Path]:
    """What a stopped run copied and is still wanted, by name; the rest goes: it may have come under quarantine meanwhile."""
    found: dict[str, Path] = {}
    for path in folder.glob("*"):
        if path.stem in wanted and path.suffix != ".part":
            found[path.stem] = path
        else:
            path.unlink()
    return found


def _copied(archive: Store, sha256: str, folder: Path, there: Path | None) -> str:
    """The name of the file in `folder`."""
    if there is not None and _sha256(there) == sha256:
        return there.name
    part = folder / f"{sha256}.part"
    digest, start = hashlib.sha256(), b""
    key = media.key_of(sha256)
    try:
        with room(folder), part.open("wb") as file:
            for chunk in archive.open(key)[1]:
                start = start or chunk[:LONGEST_SIGNATURE]
                digest.update(chunk)
                file.write(chunk)
    except ArchiveError as problem:
        raise ArchiveError(
            "a file cannot be copied",
            "Run `recordroom verify`. Nothing was handed over.",
            f"{key}: {problem.full_message}",
        ) from problem
    if digest.hexdigest() != sha256:
        raise Tampered(key, "its bytes are not those that its name says", sha256, digest.hexdigest())
    return part.rename(folder / f"{sha256}{extension_of(start)}").name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
