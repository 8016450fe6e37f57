"""The format set: what explains the archive, kept in the archive itself.

A copy of a bucket must be readable and checkable without this software, in a time when nobody has it. So each
version of recordroom puts its format page, its schemas, the parsing rules, and the independent verifier into
the archive bucket as `format/<set>/<file>`. The name of a set is the hash of its list of files. An entry of
the ledger `format` says which version of recordroom has which set, with the hash of each file; anchors name
it like any other entry. Sets of earlier versions stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from recordroom import __version__
from recordroom.archive import format_page
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical, sha256
from recordroom.errors import ArchiveError
from recordroom.model import SCHEMAS

NAME = "format"  # of the ledger
TYPE = "set"
PREFIX = "format/"
PAGE = SCHEMAS.parent / "docs/reference/archive-format.md"
RESPONSES = PAGE.with_name("response-fields.md")


@dataclass(frozen=True)
class FormatSet:
    """The files of a set: path within the set -> bytes."""

    files: Mapping[str, bytes]

    @cached_property
    def listed(self) -> dict[str, dict[str, Any]]:
        """Return path -> {sha256, bytes}."""
        return {
            path: {"sha256": sha256(data), "bytes": len(data)} for path, data in sorted(self.files.items())
        }

    @property
    def name(self) -> str:
        """Return the SHA-256 of the list of files in canonical form."""
        return sha256(encode_canonical(self.listed))

    def explains(self, parser: str) -> bool:
        """Return whether the set has the parsing rules of a parser (`mastodon 2`)."""
        name, _, number = parser.rpartition(" ")
        return number in json.loads(self.files["rules/parsers.json"]).get(name, ())


def collect() -> FormatSet:
    """Return the set of this version of recordroom; ArchiveError if the installation has not all of it."""
    files = {path: file.read_bytes() for path, file in _list_files() if file.is_file()}
    for page in (PAGE, RESPONSES):
        if page.name not in files:
            raise ArchiveError(
                f"{page} is missing, which explains the archive to others",
                "Install recordroom completely: the folders plugins, schemas, and docs.",
            )
    rendered = format_page.render(files[PAGE.name].decode()).encode()
    return FormatSet(files | {f"{PAGE.stem}.html": rendered})


def _list_files() -> Iterator[tuple[str, Path]]:
    yield PAGE.name, PAGE
    yield RESPONSES.name, RESPONSES
    for pattern in ("*.schema.json", "*.yaml", "rules/*", "vectors/*", "format/*"):
        for file in sorted(SCHEMAS.glob(pattern)):
            folder = "" if file.parent == SCHEMAS or file.parent.name == "format" else f"{file.parent.name}/"
            yield f"{folder}{file.name}", file


def put(archive: Store) -> Entry | None:
    """Put the set of this version and its entry; None if the archive has them.

    It can be interrupted anywhere and run again. ServiceUnavailable if the store is away.
    """
    found, seen = collect(), _Seen(Ledger(archive, NAME))

    def make() -> dict[str, Any] | None:
        if seen.sets.get(__version__) == found.name:
            return None
        for path, data in found.files.items():
            if not archive.put_new(f"{PREFIX}{found.name}/{path}", data):
                raise ArchiveError(f"{PREFIX}{found.name}/{path} has other bytes", "Run `recordroom verify`.")
        return {"software": __version__, "set": found.name, "files": found.listed}

    return seen.ledger.append_next(TYPE, make, seen.load)


class _Seen:
    """What the ledger says so far: version of recordroom -> its last set."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.sets: dict[str, str] = {}
        self._tail = Tail()

    def load(self) -> Tail:
        for entry in self.ledger.entries(self._tail):
            self.sets[entry.body["software"]] = entry.body["set"]
            self._tail = tail_of(entry)
        return self._tail
