"""Stream a ZIP: its bytes leave while it is made, so that memory and disk stay flat whatever its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from recordroom.records.proof_folder import FolderFile

_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_TEXTS = (".html", ".jq", ".json", ".md", ".py", ".yaml")
_UNIX, _READABLE = 3, 0o644


class _Sink:
    """What ZipFile writes to. It cannot seek, so the size of each file follows the file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what was written is taken soon."""

    def take(self) -> bytes:
        """Return what was written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def stream_zip(folder: str, files: Iterable[FolderFile]) -> Iterator[bytes]:
    """Yield the bytes of a ZIP with these files below a folder."""
    sink = _Sink()
    with ZipFile(sink, "w") as writer:  # type: ignore[call-overload]  # it writes and flushes, no more
        for file in files:
            entry = ZipInfo(f"{folder}/{file.path}", _FIRST_DAY)
            entry.create_system, entry.external_attr = _UNIX, _READABLE << 16
            entry.compress_type = ZIP_DEFLATED if file.path.endswith(_TEXTS) else ZIP_STORED
            entry.file_size = file.size  # decides on ZIP64
            with writer.open(entry, "w") as target:
                for piece in file.read():
                    target.write(piece)
                    if ready := sink.take():
                        yield ready
    yield sink.take()
