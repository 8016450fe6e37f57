"""The file to import: one file, an archive, or JSON Lines with its media.

An archive is ZIP or tar. Members of an archive are read by their names; nothing is ever written under such a
name. The complete archive is refused if a name leads out of it, if it is encrypted, or if it would unpack to
an absurd size. No more of a ZIP's member is read than the size that the archive declares.
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
MOST_BYTES = 256 * 1024**3  # bytes, unpacked
# text shrinks to a thirtieth; only a malicious file to less than a 250th
MOST_TIMES, UNSUSPICIOUS = 250, 512 * 1024**2
WHOLE = 32 * 1024**2  # bytes that are read at once
CHUNK = 1 << 20
# errors of reading damaged archives, different in each module; zipfile raises NotImplementedError for a
# compression that it does not know
DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError,
    NotImplementedError, UnicodeDecodeError,
)  # fmt: skip
_DRIVE = re.compile("[A-Za-z]:")
# files that systems add when an archive is packed again
_OF_SYSTEMS = re.compile(r"^__MACOSX/|(?:^|/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$")


class ImportFiles:
    """A file to import, and its members.

    The members of a file that is no archive are itself and the files in its folder.

    path: the file
    room: a folder for an unpacked compressed tar archive, so that its members can be found, and for a copy of
        a workbook
    `beside`: other parts of a split download, which may have its media. Records in them are imported with
    those parts.

    `name` is the file's name without its folder; `sha256` and `size` are of its bytes; `alone`: it is no
    archive.
    """

    def __init__(self, path: Path, room: Path, beside: Sequence[Path] = ()) -> None:
        if not path.is_file():
            raise UsageError(f"{path} is not a file", "Name the downloaded file.")
        self.room = room
        # a name in a file system may be no valid text
        self.path, self.name = path, replace_surrogates(path.name)
        self._others: Mapping[str, Path] = {}
        self.size = path.stat().st_size
        if self.size == 0:
            raise ImportRefused(f"{path} is empty", "Download it again.")
        self.sha256 = digest_of(path)
        self._zip = self._zip_of()
        self._tar = (
            self._unpacked(room)
            if self._zip is None and path.name.lower().endswith((".tar", ".tar.gz", ".tgz"))
            else None
        )
        self.alone = self._zip is None and self._tar is None
        self._members = {
            name: size for name, size in self._listed() if self.alone or not _OF_SYSTEMS.search(name)
        }
        self._zipped = {
            replace_surrogates(_called(m).removeprefix("./")): m
            for m in (self._zip.infolist() if self._zip else ())
        }
        self._tarred = {
            replace_surrogates(m.name.removeprefix("./")): m for m in self._tar or () if m.isfile()
        }
        self.beside = [ImportFiles(part, room) for part in beside]
        for part in self.beside:
            if part.alone or self.alone:
                raise UsageError(
                    f"--beside {part.path} is not another part of an archive",
                    "Use --beside only to name the other archives of a split download.",
                )

    def close(self) -> None:
        for part in self.beside:
            part.close()
        for archive in (self._zip, self._tar):
            if archive is not None:
                archive.close()

    def names(self) -> list[str]:
        """Return the names of the members, sorted.

        A file that is no archive is its own only member.
        """
        return sorted(self._members)

    def find(self, ending: str) -> list[str]:
        """Return members whose path is, or ends with, `ending`."""
        return [name for name in self.names() if name == ending or name.endswith(f"/{ending}")]

    def holder(self, name: str) -> tuple[ImportFiles, str] | None:
        """Find the part of a split download that has a file, and the file's name there.

        None if none has it. Each part may have a top folder of its own.
        """
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
        """The folder that contains all members, with its slash; "" if there is none."""
        tops = {name.partition("/")[0] for name in self._members}
        return f"{next(iter(tops))}/" if len(tops) == 1 and not self.alone else ""

    def size_of(self, name: str) -> int | None:
        """Return the bytes of a file; None if there is no such file."""
        if self.alone and name != self.name:
            beside = self._beside(name)
            return beside.stat().st_size if beside else None
        return self._members.get(name)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member; ImportRefused if its bytes are damaged."""
        try:
            with self._opened(name) as file:
                yield file
        except DAMAGED as problem:
            raise ImportRefused(
                f"{name} of {self.name} cannot be read: {problem}", "Download it again."
            ) from problem

    def chunks(self, name: str) -> Iterator[bytes]:
        with self.open(name) as file:
            yield from iter(lambda: file.read(CHUNK), b"")

    def start(self, name: str, size: int = 4096) -> bytes:
        with self.open(name) as file:
            return file.read(size)

    def whole(self, name: str) -> bytes:
        """Return all bytes of a small member."""
        if (self.size_of(name) or 0) > WHOLE:
            raise ImportRefused(
                f"{name} of {self.name} is larger than such a file should be",
                "Nothing was imported. Check the file.",
            )
        with self.open(name) as file:
            return file.read()

    def json(self, name: str) -> Any:
        """Read the JSON of a small member.

        JavaScript in front of it, like `window.YTD.account.part0 = `, is skipped.
        """
        data = self.whole(name)
        try:
            return orjson.loads(
                data[min((i for i in (data.find(b"{"), data.find(b"[")) if i >= 0), default=0) :]
            )
        except orjson.JSONDecodeError as problem:
            raise ImportRefused(
                f"{name} of {self.name} is not JSON: {problem}", "Download it again."
            ) from problem

    def _listed(self) -> Iterator[tuple[str, int]]:
        if self._zip is not None:
            yield from self._sound(
                [
                    (_called(m), m.file_size, _is_plain(m))
                    for m in self._zip.infolist()
                    if not m.filename.endswith("/")
                ]
            )
        elif self._tar is not None:
            yield from self._sound([(m.name, m.size, m.isfile()) for m in self._tar if not m.isdir()])
        else:
            yield self.name, self.size

    def _sound(self, members: list[tuple[str, int, bool]]) -> Iterator[tuple[str, int]]:
        """Return the members; ImportRefused if the archive is malicious or inconsistent."""
        total, seen = sum(size for _, size, _ in members), set[str]()
        if total > self._most or len(members) > MOST_MEMBERS:
            self._refuse(
                f"unpacks to {counted(len(members), 'file')} of {total:,} bytes from {self.size:,}: no "
                "platform makes such downloads"
            )
        for name, size, plain in members:
            path = PurePosixPath(name)
            if (
                not name
                or path.is_absolute()
                or ".." in path.parts
                or "\\" in name
                or "\0" in name
                or _DRIVE.match(name)
            ):
                self._refuse(f"contains a file name that leads out of the archive: {name!r}")
            if not plain:
                self._refuse(f"contains something that is encrypted or is not a regular file: {name!r}")
            # two names that are no text, as in a tar archive of another encoding, may become equal here
            told = replace_surrogates(str(path))
            if told in seen:
                self._refuse(f"contains {told!r} twice")
            seen.add(told)
            yield replace_surrogates(name.removeprefix("./")), size

    @property
    def _most(self) -> int:
        return min(MOST_BYTES, max(UNSUSPICIOUS, MOST_TIMES * self.size))

    def _unpacked(self, room: Path) -> tarfile.TarFile:
        """Return the tar archive uncompressed.

        In a compressed one, each step back reads it again from its start.
        """
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
                        self._refuse(
                            f"unpacks to more than {self._most:,} bytes from {self.size:,}: no platform "
                            "makes such downloads"
                        )
        except DAMAGED as problem:
            raise ImportRefused(
                f"{self.name} cannot be unpacked: {problem}", "Download it again."
            ) from problem
        unpacked.seek(0)
        return self._tar_of(unpacked)

    def _first(self, size: int) -> bytes:
        with self.path.open("rb") as file:
            return file.read(size)

    def _zip_of(self) -> zipfile.ZipFile | None:
        """Open a ZIP archive; None for any other file, and for a workbook."""
        # a tar archive whose last file is a ZIP passes as a ZIP too
        if self._first(2) != b"PK" or not zipfile.is_zipfile(self.path):
            if self._first(4) == b"PK\x03\x04":
                raise ImportRefused(f"{self.name} is a ZIP archive without its end", "Download it again.")
            return None
        try:
            archive = zipfile.ZipFile(self.path)
        except DAMAGED as problem:
            raise ImportRefused(
                f"{self.name} is a damaged ZIP archive: {problem}", "Download it again."
            ) from problem
        if "[Content_Types].xml" in archive.namelist():
            archive.close()
            return None
        return archive

    def _tar_of(self, file: IO[bytes]) -> tarfile.TarFile:
        """Open a tar archive and read all its headers, since any may be damaged."""
        try:
            archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 (closed with the file)
            archive.getmembers()
            return archive
        except DAMAGED as problem:
            raise ImportRefused(
                f"{self.name} is not a tar archive: {problem}", "Download it again."
            ) from problem

    def _refuse(self, words: str) -> NoReturn:
        raise ImportRefused(
            f"{self.name} {words}", "Nothing was imported. Use the download as the platform gives it."
        )

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if self._zip is not None:
            with self._zip.open(self._zipped[name]) as file:
                yield file
        elif self._tar is not None:
            inside = self._tar.extractfile(self._tarred[name])
            if inside is None:
                raise OSError("it is not a regular file")
            with inside:
                yield inside
        else:
            path = self.path if name == self.name else self._beside(name)
            if path is None:
                raise OSError("the file does not exist")
            with path.open("rb") as file:
                yield file

    def _beside(self, name: str) -> Path | None:
        """Return a permitted file in the imported file's folder, or one named with it."""
        if name in self._others:
            return self._others[name]
        return None if self.is_hidden(name) else self._in_folder(name)

    def _in_folder(self, name: str) -> Path | None:
        """Return a file in or below the imported file's folder.

        No name or link may leave it.
        """
        folder = self.path.parent.resolve()
        try:
            path = (folder / name).resolve()
            return path if path.is_relative_to(folder) and path.is_file() else None
        except (OSError, ValueError):  # no file can have that name: it is too long, or contains a NUL
            return None

    def is_hidden(self, name: str) -> bool:
        """Return whether a file of the folder is not imported, though it exists.

        The author of the imported file chose the names, and the folder may be a person's home.
        """
        path = self._in_folder(name) if self.alone and name not in self._others else None
        folder = self.path.parent.resolve()
        return path is not None and (_is_hidden(PurePosixPath(name)) or _is_hidden(path.relative_to(folder)))


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") and part != ".." for part in path.parts)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _called(member: zipfile.ZipInfo) -> str:
    """Return a member's name.

    macOS writes UTF-8 without its flag; zipfile then reads the letters of 1981's code page 437.
    """
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _is_plain(member: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind in (0, stat.S_IFREG) and not member.flag_bits & 0x1
