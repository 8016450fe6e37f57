"""Report the files of a download that its importer does not read.

Left out are files without writings, empty ones, and media (records name them, or nothing does). Every other
file is reported, since platforms rename the parts of their downloads and add new ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson

from recordroom.imports.contract import Reject
from recordroom.imports.files import WHOLE, ImportFiles
from recordroom.imports.tables import csv_rows
from recordroom.platforms.html_text import FILE_ENDINGS, extension_of

UNKNOWN = "not a known part of the download: check whether it has posts, comments, or messages"
NOTHING_ELSE = re.compile("(?!)")  # for a form without such parts
_MEDIA = FILE_ENDINGS - {"csv", "txt", "zip"}  # these may contain anything
_TABLES, _TREES = ("csv",), ("json", "js")


def list_unread(
    files: ImportFiles,
    taken: Collection[str],
    known: re.Pattern[str],
    recognize: Callable[[ImportFiles], bool],
    within: str = "",
) -> Iterator[Reject]:
    """Return a Reject for each file that is not read and may have writings.

    taken: names that the importer reads. known: names without writings. recognize: the importer's own;
        another part of the download that it does not recognize is checked here, since no importer reads it.
        within: the platform's folder, in a download that contains others'.
    """
    yield from (Reject(name, UNKNOWN) for name in _unknown(files, taken, known, within))
    for part in files.beside:
        if not recognize(part):
            yield from (
                Reject(f"{name} of {part.name}", UNKNOWN) for name in _unknown(part, (), known, within)
            )


def _unknown(
    files: ImportFiles, taken: Collection[str], known: re.Pattern[str], within: str
) -> Iterator[str]:
    for name in files.names():
        if (
            name in taken
            or not name.startswith(within)
            or extension_of(name) in _MEDIA
            or known.search(name)
            or _is_empty(files, name)
        ):
            continue
        yield name


def _is_empty(files: ImportFiles, name: str) -> bool:
    """Whether a table has only its first row, or a JSON file no values."""
    kind = name.rpartition(".")[2].lower()
    if kind in _TABLES:
        with files.open(name) as file:
            rows = csv_rows.rows(file)
            next(rows, None)
            return next(rows, None) is None
    if kind not in _TREES or (files.size_of(name) or 0) > WHOLE:
        return files.size_of(name) == 0
    data = files.whole(name)
    start = min((i for i in (data.find(b"{"), data.find(b"[")) if i >= 0), default=0)
    try:
        return _is_bare(orjson.loads(data[start:]))
    except (orjson.JSONDecodeError, RecursionError):
        return False


def _is_bare(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_bare, value.values()))
    return isinstance(value, list) and all(map(_is_bare, value))
