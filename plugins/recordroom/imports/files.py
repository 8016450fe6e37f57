"""The file that is imported, and what lies in it: one file, a ZIP or tar archive read inside, or JSON Lines with its media beside it.

Nothing is ever written under a name that stands in an archive: members are read by their names only. An archive is refused as a whole
where its names reach outside of it, where it is encrypted, or where it would unpack to absurd sizes; what a ZIP declares as a member's size
is all that is ever read of it.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath
from typing import IO, Any, NoReturn

import orjson

from recordroom.archive import disk
from recordroom.errors import ImportRefused, UsageError
from recordroom.text import counted, replace_surrogates

MOST_MEMBERS = 1_000_000
MOST_BYTES = 256 * 1024**3  # unpacked
MOST_TIMES, UNSUSPICIOUS = 250, 512 * 1024**2  # text shrinks to a thirtieth; only what is made to do harm to less than a 250th
WHOLE = 32 * 1024**2  # of what is read in one go
CHUNK = 1 << 20
DAMAGED = (  # what reading an archive raises where bytes of it are not as they were written, each module in its own way
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError,
    UnicodeDecodeError,
)  # fmt: skip
_DRIVE = re.compile("[A-Za-z]:")
_OF_SYSTEMS = re.compile(r"^__MACOSX/|(?:^|/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$")  # what packing an archive anew adds to it


class Files:
    """A file to import. `name` is that of the file alone, `sha256` and `size` are of its bytes. `alone`: it is no archive, its members are
    itself and what lies beside it. `room`: a folder for what a compressed tar archive unpacks to, so that its files
    can be found in it, and for a copy of a workbook.
    `beside`: other parts of a download that was split, in which it has media; records that they hold are imported with them."""

    def __init__(self, path: Path, room: Path, beside: Sequence[Path] = ()) -> None:
        if not path.is_file():
            raise UsageError(f"{path} is no file", "Name the file that was downloaded.")
        self.room = room
        self.path, self.name = path, replace_surrogates(path.name)  # as a file system gives it, it may be no text
        self._others: Mapping[str, Path] = {}
        self.size = path.stat().st_size
        if self.size == 0:
            raise ImportRefused(f"{path} is empty", "Download it again.")
        self.sha256 = digest_of(path)
        self._zip = self._zip_of()
        self._tar = self._unpacked(room) if self._zip is None and path.name.lower().endswith((".tar", ".tar.gz", ".tgz")) else None
        self.alone = self._zip is None and self._tar is None
        self._members = {name: size for name, size in self._listed() if self.alone or not _OF_SYSTEMS.search(name)}
        self._zipped = {replace_surrogates(_called(m).removeprefix("./")): m for m in (self._zip.infolist() if self._zip else ())}
        self._tarred = {replace_surrogates(m.name.removeprefix("./")): m for m in self._tar or () if m.isfile()}
        self.beside = [Files(part, room) for part in beside]
        for part in self.beside:
            if part.alone or self.alone:
                raise UsageError(
                    f"{part.path} is not beside an archive, or is none", "Name the other archives of a download that was split."
                )

    def close(self) -> None:
        for part in self.beside:
            part.close()
        for archive in (self._zip, self._tar):
            if archive is not None:
                archive.close()

    def names(self) -> list[str]:
        """Of the members, sorted; of a file alone, its own."""
        return sorted(self._members)

    def find(self, ending: str) -> list[str]:
        """Members whose path is, or ends with, `ending`."""
        return [name for name in self.names() if name == ending or name.endswith(f"/{ending}")]

    def holder(self, name: str) -> tuple[Files, str] | None:
        """The archive that has a file, this one or one beside it, and what it calls it; None where none does. Each may lie in a folder of
        its own."""
        if self.size_of(name) is not None:
            return self, name
        inside = name.removeprefix(self.top)
        for part in self.beside:
            for called in (name, inside, f"{part.top}{inside}", f"{part.top}{name}"):
                if part.size_of(called) is not None:
                    return part, called
        return None

    @cached_property
    def top(self) -> str:
        """The folder in which all of it lies, with its slash; "" where there is none."""
        tops = {name.partition("/")[0] for name in self._members}
        return f"{next(iter(tops))}/" if len(tops) == 1 and not self.alone else ""

    def size_of(self, name: str) -> int | None:
        """None where there is no such file."""
        if self.alone and name != self.name:
            beside = self._beside(name)
            return beside.stat().st_size if beside else None
        return self._members.get(name)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """ImportRefused where its bytes are broken."""
        try:
            with self._opened(name) as file:
                yield file
        except DAMAGED as problem:
            raise ImportRefused(f"{name} of {self.name} cannot be read: {problem}", "Download it again.") from problem

    def chunks(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            yield from iter(lambda: file.read(CHUNK), b"")

    def start(self, name: str, size: int = 4096) -> bytes:
        with self.open(name) as file:
            return file.read(size)

    def whole(self, name: str) -> bytes:
        """All bytes of a small member."""
        if (self.size_of(name) or 0) > WHOLE:
            raise ImportRefused(f"{name} of {self.name} is too large for what it should be", "Look into it; nothing was imported.")
        with self.open(name) as file:
            return file.read()

    def json(self, name: str) -> Any:
        """A small member's JSON; what stands before it, as `window.YTD.account.part0 = `, is left out."""
        data = self.whole(name)
        try:
            return orjson.loads(data[min((i for i in (data.find(b"{"), data.find(b"[")) if i >= 0), default=0) :])
        except orjson.JSONDecodeError as problem:
            raise ImportRefused(f"{name} of {self.name} is not JSON: {problem}", "Download it again.") from problem

    def _listed(self) -> Iterator[tuple[str, int]]:
        if self._zip is not None:
            yield from self._sound([(_called(m), m.file_size, _is_plain(m)) for m in self._zip.infolist() if not m.filename.endswith("/")])
        elif self._tar is not None:
            yield from self._sound([(m.name, m.size, m.isfile()) for m in self._tar if not m.isdir()])
        else:
            yield self.name, self.size

    def _sound(self, members: list[tuple[str, int, bool]]) -> Iterator[tuple[str, int]]:
        """Members by name; ImportRefused where the archive is made to do harm, or cannot be what it says it is."""
        total, seen = sum(size for _, size, _ in members), set[str]()
        if total > self._most or len(members) > MOST_MEMBERS:
            self._refuse(
                f"unpacks to {counted(len(members), 'file')} of {total:,} bytes from {self.size:,}: that is no download of a platform"
            )
        for name, size, plain in members:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or _DRIVE.match(name):
                self._refuse(f"holds a name that leads out of it: {name!r}")
            if not plain:
                self._refuse(f"holds something that is no plain file, or is encrypted: {name!r}")
            told = replace_surrogates(str(path))  # two names that are no text, as of a tar archive in another encoding, may be one then
            if told in seen:
                self._refuse(f"holds {told!r} twice")
            seen.add(told)
            yield replace_surrogates(name.removeprefix("./")), size

    @property
    def _most(self) -> int:
        return min(MOST_BYTES, max(UNSUSPICIOUS, MOST_TIMES * self.size))

    def _unpacked(self, room: Path) -> tarfile.TarFile:
        """As an uncompressed archive: in a compressed one, each look back reads it from its start."""
        if self._first(2) != b"\x1f\x8b":
            return self._tar_of(self.path.open("rb"))
        disk.make(room)
        unpacked = tempfile.TemporaryFile(dir=room)  # noqa: SIM115 (closed with the archive)
        try:
            with gzip.open(self.path) as packed:
                while chunk := packed.read(CHUNK):
                    with disk.room_for(room / self.name):
                        unpacked.write(chunk)
                        unpacked.flush()
                    if unpacked.tell() > self._most:
                        self._refuse(f"unpacks to more than {self._most:,} bytes from {self.size:,}: that is no download of a platform")
        except DAMAGED as problem:
            raise ImportRefused(f"{self.name} cannot be unpacked: {problem}", "Download it again.") from problem
        unpacked.seek(0)
        return self._tar_of(unpacked)

    def _first(self, size: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(size)

    def _zip_of(self) -> zipfile.ZipFile | None:
        """None where it is no ZIP archive, and where it is a workbook, which is one and is read as what it is."""
        if self._first(2) != b"PK" or not zipfile.is_zipfile(self.path):  # a tar archive whose last file is one passes for one too
            if self._first(4) == b"PK\x03\x04":
                raise ImportRefused(f"{self.name} is a ZIP archive of which the end is not there", "Download it again.")
            return None
        try:
            archive = zipfile.ZipFile(self.path)
        except DAMAGED as problem:
            raise ImportRefused(f"{self.name} is a damaged ZIP archive: {problem}", "Download it again.") from problem
        if "[Content_Types].xml" in archive.namelist():
            archive.close()
            return None
        return archive

    def _tar_of(self, file: IO[bytes]) -> tarfile.TarFile:
        """With all of its members read: it may be damaged behind the first."""
        try:
            archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 (closed with the file that is imported)
            archive.getmembers()
            return archive
        except DAMAGED as problem:
            raise ImportRefused(f"{self.name} is no tar archive: {problem}", "Download it again.") from problem

    def _refuse(self, words: str) -> NoReturn:
        raise ImportRefused(f"{self.name} {words}", "Nothing was imported. Take the download from the platform itself.")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if self._zip is not None:
            with self._zip.open(self._zipped[name]) as file:
                yield file
        elif self._tar is not None:
            inside = self._tar.extractfile(self._tarred[name])
            if inside is None:
                raise OSError("it is no plain file")
            with inside:
                yield inside
        else:
            path = self.path if name == self.name else self._beside(name)
            if path is None:
                raise OSError("there is no such file")
            with path.open("rb") as file:
                yield file

    def _beside(self, name: str) -> Path | None:
        """Return a file of the imported one's folder that may be taken, or one that was named beside it."""
        if name in self._others:
            return self._others[name]
        return None if self.is_hidden(name) else self._in_folder(name)

    def _in_folder(self, name: str) -> Path | None:
        """Return a file in the folder of the imported one, or below it, by a name or a link that leads nowhere else."""
        folder = self.path.parent.resolve()
        try:
            path = (folder / name).resolve()
            return path if path.is_relative_to(folder) and path.is_file() else None
        except (OSError, ValueError):  # no file can have that name: it is too long, or holds a NUL
            return None

    def is_hidden(self, name: str) -> bool:
        """Return whether a file of the folder is not taken, though it is there.

        The author of the imported file chose the names, and the folder may be somebody's home.
        """
        path = self._in_folder(name) if self.alone and name not in self._others else None
        folder = self.path.parent.resolve()
        return path is not None and (_is_hidden(PurePosixPath(name)) or _is_hidden(path.relative_to(folder)))


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") and part != ".." for part in path.parts)


def digest_of(path: Path) -> str:
    """Hex SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _called(member: zipfile.ZipInfo) -> str:
    """Its name. macOS writes UTF-8 without the flag that says so, and zipfile then reads the letters of 1981's code page 437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _is_plain(member: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind in (0, stat.S_IFREG) and not member.flag_bits & 0x1
