"""The place of each record in a PDF.

It is its number, the headings before it, its depth, and what it replies to.
Levels of headings never jump: PDF/UA forbids it, since a listener would look for the level in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recordroom.status import is_claim
from recordroom.text import to_one_line

ACCOUNT, CONVERSATION, RECORD, DEEPEST = 1, 2, 3, 6  # levels of headings
WORDS = 90  # characters of a conversation's title


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """The place of a record in the document."""

    number: int  # in the export, from 1
    before: tuple[tuple[int, str], ...]  # headings before it: level, text
    level: int  # of its own heading
    depth: int  # below the first record of the conversation
    replies_to: str | None  # in words


class HeadingPlan:
    """Finds the places of records that come in the order of the export.

    That is by account, by conversation, replies below their parents.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        """Begin before the first record. names: account -> its label."""
        self._names = names
        self._number = self._conversations = self._level = 0
        self._account: str | None = None
        self._where: tuple[str, str] | None = None
        self._title = ""
        # In the conversation: record_id -> number, depth, author.
        self._placed: dict[str, tuple[int, int, str]] = {}

    def place_record(self, row: Mapping[str, Any], *, begins_part: bool) -> RecordPlace:
        """Return the place of the next record. begins_part: it is the first of its part."""
        self._number += 1
        before = tuple(self._list_headings(row, begins_part=begins_part))
        parent, same = self._placed.get(row["parent_id"] or ""), self._placed.get(row["record_id"])
        depth = (
            same[1] if same else parent[1] + 1 if parent else 1 if row["parent_id"] and self._placed else 0
        )
        self._placed[row["record_id"]] = (self._number, depth, name_author(row))
        self._level = min(RECORD + depth, self._level + 1, DEEPEST)
        return RecordPlace(self._number, before, self._level, depth, _describe_parent(row, parent))

    def _list_headings(self, row: Mapping[str, Any], *, begins_part: bool) -> list[tuple[int, str]]:
        account = row["account"]
        begins_account = begins_part or account != self._account
        found = [(ACCOUNT, f"Account: {self._names.get(account, account)}")] if begins_account else []
        where = (row["account"], row["conversation"])
        if where != self._where:
            self._conversations += 1
            self._placed.clear()
            self._title = f"Conversation {self._conversations:,}: {_first_words(row)}"
            found.append((CONVERSATION, self._title))
        elif begins_part:
            found.append((CONVERSATION, f"{self._title} (continued)"))
        self._account, self._where = row["account"], where
        self._level = CONVERSATION if found else self._level
        return found


def name_author(row: Mapping[str, Any]) -> str:
    """Return the name of the author, or what is known instead of it."""
    source = "file" if is_claim(row) else "platform"
    unknown = f"unknown author (not named by the {source})"
    return str(row["author_name"] or row["author_handle"] or row["author_id"] or unknown)


def _first_words(row: Mapping[str, Any]) -> str:
    words = to_one_line(row["title"] or row["text"] or "") or "no text"
    return words if len(words) <= WORDS else f"{words[: WORDS - 1]}…"


def _describe_parent(row: Mapping[str, Any], parent: tuple[int, int, str] | None) -> str | None:
    if not row["parent_id"]:
        return None
    if parent:
        return f"item {parent[0]:,}, by {parent[2]}"
    missing = "not in this export" if row["root_id"] else "conversation unknown"
    return f"{row['parent_id']} ({missing})"
