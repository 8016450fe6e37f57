"""A register before it is checked: its entries, and the lines of its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from recordroom.register.models import RegisterProblem
from recordroom.yaml_file import find_line


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One item of the list `accounts`; its fields may have any type."""

    index: int  # in the list, from 0
    name: str  # its id, or "entry 3" without one
    fields: Mapping[str, Any]  # as the file has them

    @property
    def is_import_only(self) -> bool:
        """Whether nothing is captured of the account."""
        return self.fields.get("import_only") is True


@dataclass(frozen=True, slots=True)
class RegisterDocument:
    """A register as its file has it."""

    data: Any  # parsed YAML, in which days are text
    file: str  # what problems call the file
    node: yaml.Node | None = None  # of the file, which gives lines; None: each problem is in line 1

    def list_entries(self) -> Iterator[RegisterEntry]:
        """Yield each item of `accounts` that is an entry at all."""
        found = self.data.get("accounts") if isinstance(self.data, dict) else None
        for index, fields in enumerate(found if isinstance(found, list) else ()):
            if isinstance(fields, dict):
                yield RegisterEntry(index, name_entry(fields, index), fields)

    def make_problem(
        self, entry: RegisterEntry, path: Sequence[str | int], level: str, message: str, mend: str
    ) -> RegisterProblem:
        """Return a problem of an entry; path: of the field within the entry."""
        line = self.find_line(["accounts", entry.index, *path])
        return RegisterProblem(entry.name, self.file, line, ".".join(map(str, path)), level, message, mend)

    def find_line(self, path: Sequence[Any]) -> int:
        """Return the line (from 1) of the deepest part of `path` that is in the file."""
        return find_line(self.node, path)


def name_entry(entry: Any, index: int) -> str:
    """Return what problems call an entry: its id, or its place if it has none."""
    given = entry.get("id") if isinstance(entry, dict) else None
    return given if isinstance(given, str) and given else f"entry {index + 1}"
