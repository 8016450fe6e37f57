"""Which gaps of an account the agency's words in the register reach: those that were there up to a word's day, and before it was said."""

from __future__ import annotations

from datetime import datetime

from recordroom.accounts import Account
from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.capture import register
from recordroom.explained import Word


class Words:
    def __init__(self, archive: Store, account: Account) -> None:
        self._archive, self._account = archive, account

    def of(self, reason: str) -> Word | None:
        return self._account.explained.get(reason)

    def reaches(self, reason: str, when: datetime) -> bool:
        """Whether what was there at `when` is explained. A day that lies ahead is refused, so that only on a word's own day something
        could come after it was said."""
        word = self.of(reason)
        if word is None or (days := word.day_of(when)) > 0:
            return False
        return days < 0 or not word.stands_as(self._said_at(reason, when))

    def _said_at(self, reason: str, when: datetime) -> object:
        """What the register that was in force at `when` said to that reason."""
        entry = Ledger(self._archive, register.NAME).last_by(when)
        for account in entry.body["accounts"] if entry else ():
            if isinstance(account, dict) and account.get("id") == self._account.id and isinstance(account.get("explained"), dict):
                return account["explained"].get(reason)
        return None
