"""Requests for items by their IDs, and the check that a token belongs to the account."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from recordroom.errors import AccountUnavailable, PlatformFailure
from recordroom.model import Exchange

if TYPE_CHECKING:
    from recordroom.register.models import Account


def require_owner(
    account: Account, native_id: str, *, is_named: bool, holder: str, remedy: str, answer: Exchange
) -> None:
    """Raise AccountUnavailable where the register names another account than the token's.

    native_id: the ID of the token's account. It decides once the account is known, whatever its name is now.
    is_named: whether the address in the register names the token's account; it decides before.
    holder: what the message calls the token's account.
    """
    is_known = account.identity is not None and account.identity.native_id == native_id
    if not is_known and not is_named:
        raise AccountUnavailable(
            f"the token belongs to {holder}, but the register has {account.url}", remedy, answer
        )


class IdSet:
    """A set of IDs that stays small in memory.

    Above two megabytes SQLite moves it to a temporary file, which disappears with the process.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE ids (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def update(self, ids: Iterable[str]) -> None:
        """Add IDs."""
        self._db.executemany("INSERT OR IGNORE INTO ids VALUES (?)", ((one,) for one in ids))

    def __contains__(self, one: str) -> bool:
        return self._db.execute("SELECT 1 FROM ids WHERE id = ?", (one,)).fetchone() is not None


def request_in_halves(
    ids: Sequence[str],
    size: int,
    request: Callable[[Sequence[str]], Exchange],
    check: Callable[[PlatformFailure, Sequence[str]], object],
) -> Iterator[tuple[Sequence[str], Exchange | PlatformFailure]]:
    """Request items, and the halves of a request that fails, down to the items at which it fails.

    size: how many items are requested at once.
    check: raises the failure of a request for some IDs where it does not concern single ones (a throttle).
    Yields the IDs of each request with its answer; a single ID with its failure.
    """
    waiting = [ids[start : start + size] for start in range(0, len(ids), size)]
    while waiting:
        some = waiting.pop(0)
        try:
            answer = request(some)
        except PlatformFailure as failure:
            check(failure, some)
            half = len(some) // 2
            if half:
                waiting[:0] = [some[:half], some[half:]]
            else:
                yield some, failure
        else:
            yield some, answer
