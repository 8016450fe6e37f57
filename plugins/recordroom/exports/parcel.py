"""A folder as one ZIP file: the same bytes for the same files, whenever and by whomever it is made.

Names are sorted, dates are those of nothing (ZIP's first day), what is compressed already (pictures, films, XLSX) is stored. Files are read
and written in pieces, so that memory stays flat whatever their size.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from recordroom.exports.desk import room

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_TEXTS = (".csv", ".json", ".jsonl", ".txt")
_UNIX, _READABLE = 3, 0o644
_PIECE = 1 << 20


def pack(folder: Path, into: Path) -> None:
    """Write all files of `folder`, below its own name, into the file `into`. SpoolFull where there is no room."""
    with room(into), ZipFile(into, "w") as parcel:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", _FIRST_DAY)
            entry.create_system, entry.external_attr = _UNIX, _READABLE << 16
            entry.compress_type = ZIP_DEFLATED if path.suffix in _TEXTS else ZIP_STORED
            entry.file_size = path.stat().st_size  # so that it is known from the start whether it needs ZIP64
            with path.open("rb") as source, parcel.open(entry, "w") as sink:
                shutil.copyfileobj(source, sink, _PIECE)
