"""The statuses above a status, up to the root of its conversation."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.mastodon.api import Instance
from recordroom.platforms.mastodon.schema import Place
from recordroom.platforms.mastodon.statuses import claimed_time, statuses_in, text_of

MAX_STEPS = 100  # to the top of a conversation


class LineageStep(NamedTuple):
    """The parent and the author of a status. All fields are None if it is not shown."""

    parent: str | None = None
    parent_author: str | None = None
    author: str | None = None
    created: datetime | None = None  # None also if it claims an impossible time


class _Steps:
    """Steps by the IDs of their statuses. A crawl may meet a million statuses.

    Beyond two megabytes they are in a temporary file of SQLite's own, which disappears with the process.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute(
            "CREATE TABLE met (id TEXT PRIMARY KEY, parent TEXT, parent_author TEXT, author TEXT, created"
            " TEXT) WITHOUT ROWID"
        )

    def __setitem__(self, native: str, step: LineageStep) -> None:
        created = step.created.isoformat() if step.created else None
        self._db.execute("INSERT OR REPLACE INTO met VALUES (?, ?, ?, ?, ?)", (native, *step[:3], created))

    def get(self, native: str) -> LineageStep | None:
        row = self._db.execute(
            "SELECT parent, parent_author, author, created FROM met WHERE id = ?", (native,)
        ).fetchone()
        if row is None:
            return None
        parent, parent_author, author, created = row
        return LineageStep(
            parent, parent_author, author, datetime.fromisoformat(created) if created else None
        )

    def __contains__(self, native: str) -> bool:
        return self.get(native) is not None

    def __getitem__(self, native: str) -> LineageStep:
        found = self.get(native)
        if found is None:
            raise KeyError(native)
        return found


class Lineage:
    """The conversations of all statuses that one crawl has met.

    A chain is a list of IDs: a status, its parent, and so on, up to the first that replies to nothing or is
    not shown.
    """

    def __init__(self, instance: Instance, window: Window) -> None:
        self.instance, self.window, self.me = instance, window, instance.me
        self.steps = _Steps()

    def learn(self, status: dict[str, Any], exchange: Exchange) -> None:
        """Note the parent and the author of a status."""
        created = claimed_time(status["created_at"], exchange, f"/{status['id']}/created_at")
        self.steps[str(status["id"])] = LineageStep(
            text_of(status.get("in_reply_to_id")),
            text_of(status.get("in_reply_to_account_id")),
            text_of(status["account"]["id"]),
            created,
        )

    def climb(self, natives: Iterable[str]) -> None:
        """Learn these statuses and all above them, a level at once."""
        level = set(natives)
        for _ in range(MAX_STEPS):
            unknown = sorted(native for native in level if native not in self.steps)
            for answer in self.instance.find_statuses(unknown, {}):
                for status in statuses_in(answer):
                    self.learn(status, answer)
            for native in (one for one in level if one not in self.steps):
                self.steps[native] = LineageStep(self._archived_parent(native))
            level = {parent for native in level if (parent := self.steps[native].parent) is not None}
            if not level:
                return

    def climb_to_chains(self, natives: Sequence[str]) -> dict[str, list[str]]:
        """Learn these statuses and all above them; return the chain of each."""
        self.climb(natives)
        return {native: self.chain(native) for native in natives}

    def _archived_parent(self, native: str) -> str | None:
        """Return the parent of a status that is not shown, if the archive has it.

        The author may be suspended for a day.
        """
        archived = self.window.find_known(self.instance.record_id(native), anywhere=True)
        return archived.parent_id.rpartition("/")[2] if archived and archived.parent_id else None

    def chain(self, native: str) -> list[str]:
        """Return the chain of a status."""
        chain = [native]
        while (step := self.steps.get(chain[-1])) and step.parent is not None and step.parent not in chain:
            chain.append(step.parent)
        return chain

    def is_ours(self, chain: Sequence[str], at: int) -> bool:
        """Return whether the account wrote this status of a chain.

        If the status is not shown, the reply to it names its author.
        """
        author = (self.steps.get(chain[at]) or LineageStep()).author
        if author is None and at > 0:
            author = self.steps[chain[at - 1]].parent_author
        return author == self.me

    def starts_with_us(self, chain: Sequence[str]) -> bool:
        """Return whether the account wrote the root of the conversation."""
        return self.is_ours(chain, len(chain) - 1)

    def includes_us(self, chain: Sequence[str]) -> bool:
        """Return whether the account wrote any status of a chain."""
        return any(self.is_ours(chain, at) for at in range(len(chain)))

    def place(self, chain: Sequence[str]) -> Place:
        """Return the place of the first status of a chain."""
        record_id = self.instance.record_id
        root, parent = record_id(chain[-1]), record_id(chain[1]) if len(chain) > 1 else None
        if self.starts_with_us(chain):
            return ("post", "comment", "reply")[min(len(chain) - 1, 2)], parent, root
        if self.is_ours(chain, 0):
            return "post", parent, root
        replies_to_us = len(chain) > 1 and self.is_ours(chain, 1)
        return "comment" if replies_to_us or parent is None else "reply", parent, root

    def places(self, chains: Iterable[Sequence[str]]) -> dict[str, Place]:
        """Return the places of the first statuses of chains, by their IDs."""
        return {chain[0]: self.place(chain) for chain in chains}
