"""What lies in a download beside the parts that are read. What is known to hold no writings, what holds nothing, and media (which records
name, or nothing does) are left out; every other file is told, since platforms rename their parts and add new ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import orjson

from recordroom.imports.contract import Reject
from recordroom.imports.files import WHOLE, Files
from recordroom.imports.tables import csv_rows
from recordroom.platforms.markup import FILE_ENDINGS, ending

UNKNOWN = "no part of the download that is known: look whether something is said in it"
NOTHING_ELSE = re.compile("(?!)")  # of a form that has no parts without writings
_MEDIA = FILE_ENDINGS - {"csv", "txt", "zip"}  # these may hold anything
_TABLES, _TREES = ("csv",), ("json", "js")


def not_taken(
    files: Files,
    taken: Collection[str],
    known: re.Pattern[str],
    recognize: Callable[[Files], bool],
    within: str = "",
) -> Iterator[Reject]:
    """`within`: the folder that is the platform's, where the download has others'. `recognize`: of other parts of the download those that
    are no such form can be read by nothing else."""
    yield from (Reject(name, UNKNOWN) for name in _unknown(files, taken, known, within))
    for part in files.beside:
        if not recognize(part):
            yield from (
                Reject(f"{name} of {part.name}", UNKNOWN) for name in _unknown(part, (), known, within)
            )


def _unknown(files: Files, taken: Collection[str], known: re.Pattern[str], within: str) -> Iterator[str]:
    for name in files.names():
        if (
            name in taken
            or not name.startswith(within)
            or ending(name) in _MEDIA
            or known.search(name)
            or _says_nothing(files, name)
        ):
            continue
        yield name


def _says_nothing(files: Files, name: str) -> bool:
    """Whether a table has no rows below its first one, and a tree no leaves."""
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
