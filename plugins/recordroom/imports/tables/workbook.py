"""The rows of a workbook (XLSX), read by workbook_process in bounded memory.

A file of a megabyte can unpack to gigabytes, and one cell far from the others makes a table of billions of
cells.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from recordroom.archive import disk
from recordroom.errors import ImportRefused, RecordroomError, SpoolFull
from recordroom.imports.contract import Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.split import Item
from recordroom.imports.tables.workbook_process import MEMORY

PROGRAM = "recordroom.imports.tables.workbook_process"
_PACKAGES = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class OtherSheet:
    """A sheet that is not read."""

    name: str
    rows: int  # number of rows with content


def read_rows(files: ImportFiles, mapping: Mapping[str, Any]) -> Iterator[Item | Reject | OtherSheet]:
    """Return the row with the names, and those below it; then each other sheet.

    ImportRefused if the file is no readable workbook, or takes too much to read.
    """
    with _open_process(files, mapping) as lines:
        for line in lines:
            if not line.endswith(b"\n"):  # the process ended in the middle of the line
                break
            kind, number, told = line.rstrip(b"\n").split(b"\t", 2)
            match kind:
                case b"row":
                    yield Item(int(number), told)
                case b"reject":
                    yield Reject(f"row {int(number)}", orjson.loads(told))
                case b"sheet":
                    yield OtherSheet(orjson.loads(told), int(number))
                case b"end":
                    return
                case _:
                    raise _refusal(kind, orjson.loads(told), files, mapping)
        words = f"{files.name} needs more than {MEMORY:,} bytes of memory, or too much time, to read"
        raise ImportRefused(words, "Save the sheet as CSV, without cells far away from the table.")


@contextmanager
def _open_process(files: ImportFiles, mapping: Mapping[str, Any]) -> Iterator[IO[bytes]]:
    """Start the process and give its output; it ends with the block, in any state."""
    disk.make(files.room)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(_PACKAGES), *filter(None, sys.path)])}
    command = [sys.executable, "-P", "-m", PROGRAM]  # -P: no file of the current folder is taken for a module
    with (
        tempfile.NamedTemporaryFile(dir=files.room, suffix=files.path.suffix) as copy,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process,
    ):
        asked = {
            "path": str(files.path.resolve()),
            "copy": str(Path(copy.name).resolve()),
            "mapping": mapping,
        }
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 (they are pipes)
        try:
            with suppress(BrokenPipeError):  # the process has ended already, and its missing output shows it
                process.stdin.write(orjson.dumps(asked) + b"\n")
                process.stdin.close()
            yield process.stdout
        finally:
            process.kill()


def _refusal(kind: bytes, told: Any, files: ImportFiles, mapping: Mapping[str, Any]) -> RecordroomError:
    match kind:
        case b"full":
            return SpoolFull(
                f"no space for a copy of {files.name}", "Free disk space, then import it again.", told
            )
        case b"refused":
            return ImportRefused(f"{files.name} {told}", "Save the sheet as CSV.")
        case b"absent":
            words = f"{files.name} has no sheet {mapping['sheet']!r}; its sheets: {', '.join(told)}"
            return ImportRefused(words, "Correct the mapping.")
        case _:
            return ImportRefused(
                f"{files.name} cannot be read as a workbook: {told}", "Save it again, or as CSV."
            )
