"""Where each record of a PDF stands: its number, the headings before it, how deep it is, what it answers in words.

Levels of headings never jump: PDF/UA forbids it, since whoever has it read aloud would look for what is between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.status import is_claim
from recordroom.text import to_one_line

ACCOUNT, CONVERSATION, RECORD, DEEPEST = 1, 2, 3, 6  # levels of headings
WORDS = 90  # characters of a conversation's first words


@dataclass(frozen=True, slots=True)
class Place:
    """`number` in the export, from 1; `before`: headings with their levels; `depth` below the conversation's first record."""

    number: int
    before: tuple[tuple[int, str], ...]
    level: int
    depth: int
    answers: str | None


class Threads:
    """Rows come as they are exported: by account, by conversation, each answer behind what it answers."""

    def __init__(self) -> None:
        self._number = self._conversations = self._level = 0
        self._account: str | None = None
        self._where: tuple[str, str] | None = None
        self._title = ""
        self._said: dict[
            str, tuple[int, int, str]
        ] = {}  # of the conversation: record_id -> number, depth, author

    def place(self, row: Mapping[str, Any], *, fresh: bool) -> Place:
        """`fresh`: the row is the first of its part."""
        self._number += 1
        before = tuple(self._headings(row, fresh=fresh))
        parent, same = self._said.get(row["parent_id"] or ""), self._said.get(row["record_id"])
        depth = same[1] if same else parent[1] + 1 if parent else 1 if row["parent_id"] and self._said else 0
        self._said[row["record_id"]] = (self._number, depth, author(row))
        self._level = min(RECORD + depth, self._level + 1, DEEPEST)
        return Place(self._number, before, self._level, depth, _answers(row, parent))

    def _headings(self, row: Mapping[str, Any], *, fresh: bool) -> list[tuple[int, str]]:
        found = [(ACCOUNT, f"Account {row['account']}")] if fresh or row["account"] != self._account else []
        where = (row["account"], row["conversation"])
        if where != self._where:
            self._conversations += 1
            self._said.clear()
            self._title = f"Conversation {self._conversations:,}: {_words(row)}"
            found.append((CONVERSATION, self._title))
        elif fresh:
            found.append((CONVERSATION, f"{self._title} (continued)"))
        self._account, self._where = row["account"], where
        self._level = CONVERSATION if found else self._level
        return found


def author(row: Mapping[str, Any]) -> str:
    teller = "file" if is_claim(row) else "platform"
    return str(
        row["author_name"]
        or row["author_handle"]
        or row["author_id"]
        or f"somebody whom the {teller} does not name"
    )


def _words(row: Mapping[str, Any]) -> str:
    words = to_one_line(row["title"] or row["text"] or "") or "without words"
    return words if len(words) <= WORDS else f"{words[: WORDS - 1]}…"


def _answers(row: Mapping[str, Any], parent: tuple[int, int, str] | None) -> str | None:
    if not row["parent_id"]:
        return None
    if parent:
        return f"No. {parent[0]:,}, by {parent[2]}"
    return f"{row['parent_id']}, {'which is not in this export' if row['root_id'] else 'of which conversation was not told'}"
