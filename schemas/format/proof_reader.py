"""Reads the folder that proves one record: its files, and its ledger entries. Part of check_proof.py.

The numbers in comments are sections of archive-format.md.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from parsing_rules import version
from warcio.exceptions import ArchiveLoadFailed

FAILURES = (LookupError, TypeError, ValueError, AttributeError, OSError, EOFError, zlib.error)
UNREADABLE = (*FAILURES, ArchiveLoadFailed, RecursionError)
DIGITS = 12  # of the number in the name of an entry


class Wrong(ValueError):
    """What a step found, in words for a person."""


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def show(text: str) -> str:
    """Return a text in quotation marks, on one line, with escapes for all characters that are not visible."""
    return "".join(c if c.isprintable() else _escape(c) for c in json.dumps(text, ensure_ascii=False))


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def explain(problem: BaseException) -> str:
    """Return why a step failed, in printable characters."""
    if isinstance(problem, Wrong):
        return str(problem)
    if isinstance(problem, FileNotFoundError):
        return f"there is no file {problem.filename}"
    if isinstance(problem, json.JSONDecodeError | UnicodeDecodeError):
        return "it is not JSON in UTF-8"
    if isinstance(problem, ArchiveLoadFailed | EOFError | zlib.error):
        return "it is not a readable WARC file"
    if isinstance(problem, KeyError):
        return f"{show(str(problem.args[0]))[:100]} is missing"
    words = str(problem).encode("ascii", "backslashreplace").decode()
    return f"{type(problem).__name__}: {''.join(c if c.isprintable() else ' ' for c in words)[:200]}"


class Entry:
    """An entry of a ledger (5.1)."""

    def __init__(self, data: bytes) -> None:
        self.data, self.sha256 = data, digest(data)
        self.fields: dict[str, Any] = json.loads(data)
        self.number: int = self.fields["number"]
        self.body: dict[str, Any] = self.fields["body"]

    def follows(self, before: Entry) -> bool:
        own, other = self.fields, before.fields
        return own["previous"] == before.sha256 and bool(own["time"] >= other["time"])

    @property
    def root(self) -> str:  # 10.6: of what an anchor names
        named = {name: self.body.get(name) for name in ("chains", "unmoved", "previous_root")}
        return version({name: value for name, value in named.items() if value is not None})


class Folder:
    """The files of the folder. Each method fails if what it wants is not there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.used: set[str] = set()  # the files that a step has read
        self.entry = lru_cache(maxsize=64)(self._read_entry)

    def find(self, key: str) -> Path:
        parts = key.split("/")
        if not all(parts) or {".", ".."} & set(parts) or any(c in key for c in "\\:\0"):
            raise Wrong(f"{show(key)} is not the name of a file in this folder")
        return self.path / key

    def has(self, key: str) -> bool:
        return self.find(key).is_file()

    def read(self, key: str) -> bytes:
        if not self.has(key):
            raise Wrong(f"there is no file {show(key)} in this folder")
        self.used.add(key)
        return self.find(key).read_bytes()

    def list_files(self, under: str = "") -> list[str]:
        """Return the paths of all files below a folder, sorted."""
        top = self.path / under
        return sorted(file.relative_to(self.path).as_posix() for file in top.rglob("*") if file.is_file())

    def list_numbers(self, ledger: str) -> list[int]:
        """Return the numbers of the entries of a ledger, sorted."""
        names = [file.stem for file in (self.path / "ledger" / ledger).glob("*.json")]
        return sorted(int(name) for name in names if len(name) == DIGITS and name.isdecimal())

    def list_ledgers(self) -> list[str]:
        """Return the ledgers of accounts."""
        top = self.path / "ledger"
        return sorted({file.parent.relative_to(top).as_posix() for file in top.glob("capture/*/*/*.json")})

    def _read_entry(self, ledger: str, number: int) -> Entry:
        found = Entry(self.read(f"ledger/{ledger}/{number:0{DIGITS}d}.json"))
        if (found.fields["format"], found.fields["ledger"], found.number) != (1, ledger, number):
            raise Wrong(f"its content is not entry {number} of {ledger}")
        return found

    def check_chain(self, ledger: str, first: int, last: int) -> bool:  # 5
        before = self.entry(ledger, first)
        for number in range(first + 1, last + 1):
            after = self.entry(ledger, number)
            if not after.follows(before):
                raise Wrong(f"entry {number} does not have the hash of entry {number - 1}, or is earlier")
            before = after
        return True

    def exchange(self, name: str) -> bytes:
        return self.read(name_exchange(name))

    def list_unused(self) -> list[str]:
        """Return the files that no step has read; a folder without any other file is named as one."""
        tops = {path.partition("/")[0] for path in self.used}
        found = {path: path.partition("/")[0] for path in self.list_files() if path not in self.used}
        return sorted({path if top in tops or top == path else f"{top}/" for path, top in found.items()})


def name_exchange(name: str) -> str:
    return f"exchanges/{name.removeprefix('<urn:uuid:').removesuffix('>')}.warc.gz"
