"""Where a status stands: what it answers, what that answers, up to the top, and who wrote each of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from recordroom.model import Exchange
from recordroom.platforms.contract import Window
from recordroom.platforms.mastodon.statuses import Place, claimed, statuses_in, text_of

HIGHEST = 100  # steps up to the top of a conversation


class _Above(NamedTuple):
    """What climbing needs to know of a status; all None where it cannot be seen, `created` also where it
    claims no time that there is.
    """

    parent: str | None = None
    parent_author: str | None = None
    author: str | None = None
    created: datetime | None = None


class _Met:
    """Statuses by their ids, in SQLite's own temporary file past two megabytes, gone with the process: a walk
    may meet a million.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute(
            "CREATE TABLE met (id TEXT PRIMARY KEY, parent TEXT, parent_author TEXT, author TEXT, created"
            " TEXT) WITHOUT ROWID"
        )

    def __setitem__(self, native: str, above: _Above) -> None:
        created = above.created.isoformat() if above.created else None
        self._db.execute("INSERT OR REPLACE INTO met VALUES (?, ?, ?, ?, ?)", (native, *above[:3], created))

    def get(self, native: str) -> _Above | None:
        row = self._db.execute(
            "SELECT parent, parent_author, author, created FROM met WHERE id = ?", (native,)
        ).fetchone()
        if row is None:
            return None
        parent, parent_author, author, created = row
        return _Above(parent, parent_author, author, datetime.fromisoformat(created) if created else None)

    def __contains__(self, native: str) -> bool:
        return self.get(native) is not None

    def __getitem__(self, native: str) -> _Above:
        found = self.get(native)
        if found is None:
            raise KeyError(native)
        return found


class Lineage:
    """Of all statuses that one walk met. `me`: the account's id; `seen`: the answers in which statuses stand
    that are asked for by id.
    """

    def __init__(
        self,
        me: str,
        record_id: Callable[[str], str],
        window: Window,
        seen: Callable[[Sequence[str]], Iterator[Exchange]],
    ) -> None:
        self.me, self.record_id, self.window, self.seen = me, record_id, window, seen
        self.above = _Met()

    def learn(self, status: dict[str, Any], exchange: Exchange) -> None:
        parent, parent_author, author = (
            text_of(v)
            for v in (
                status.get("in_reply_to_id"),
                status.get("in_reply_to_account_id"),
                status["account"]["id"],
            )
        )
        created = claimed(status["created_at"], exchange, f"/{status['id']}/created_at")
        self.above[str(status["id"])] = _Above(parent, parent_author, author, created)

    def climb(self, natives: Iterable[str]) -> None:
        """Learn of these statuses and of all above them, one request for each 20 of a level."""
        level = set(natives)
        for _ in range(HIGHEST):
            for answer in self.seen(sorted(native for native in level if native not in self.above)):
                for status in statuses_in(answer):
                    self.learn(status, answer)
            for native in (one for one in level if one not in self.above):
                self.above[native] = _Above(self.held_above(native))
            level = {parent for native in level if (parent := self.above[native].parent) is not None}
            if not level:
                return

    def held_above(self, native: str) -> str | None:
        """What a status that cannot be seen answered, where that is held: its author may be suspended for a
        day.
        """
        held = self.window.known(self.record_id(native), anywhere=True)
        return held.parent_id.rpartition("/")[2] if held and held.parent_id else None

    def chain(self, native: str) -> list[str]:
        """A status, what it answers, what that answers, up to the first that answers nothing, or that cannot
        be seen.
        """
        chain = [native]
        while (above := self.above.get(chain[-1])) and above.parent is not None and above.parent not in chain:
            chain.append(above.parent)
        return chain

    def is_ours(self, chain: Sequence[str], at: int) -> bool:
        """Of a status that cannot be seen, the one below still says whom it answers."""
        author = (self.above.get(chain[at]) or _Above()).author
        if author is None and at > 0:
            author = self.above[chain[at - 1]].parent_author
        return author == self.me

    def is_below_us(self, chain: Sequence[str]) -> bool:
        """Whether anything of this chain is the account's own, the first of it counted in."""
        return any(self.is_ours(chain, at) for at in range(len(chain)))

    def place(self, chain: Sequence[str]) -> Place:
        top, parent = self.record_id(chain[-1]), self.record_id(chain[1]) if len(chain) > 1 else None
        if self.is_ours(chain, len(chain) - 1):
            return ("post", "comment", "reply")[min(len(chain) - 1, 2)], parent, top
        answers_us = len(chain) > 1 and self.is_ours(chain, 1)
        return (
            "post" if self.is_ours(chain, 0) else "comment" if answers_us or parent is None else "reply",
            parent,
            top,
        )
