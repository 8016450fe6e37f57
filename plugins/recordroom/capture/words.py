"""Which gaps of an account the agency's words in the register reach: those that were there up to a word's day, and before it was said.

A gap that a word reaches is known and accepted until a capture that could close it leaves it open.
"""

from __future__ import annotations

from datetime import datetime

from recordroom.archive.gaps import OF_A_CAPTURE, WHOLE, Gap
from recordroom.archive.ledger import Ledger
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.store import Store
from recordroom.capture import register
from recordroom.model import moment
from recordroom.register.models import COUNTS_DIFFER, MASS_ABSENCE, Account, Explanation


class Words:
    def __init__(self, archive: Store, account: Account) -> None:
        self._archive, self._account = archive, account

    def of(self, reason: str) -> Explanation | None:
        return self._account.explained.get(reason)

    def reaches(self, reason: str, when: datetime) -> bool:
        """Whether what was there at `when` is explained. A day that lies ahead is refused, so that only on a word's own day something
        could come after it was said."""
        word = self.of(reason)
        if word is None or (days := word.day_of(when)) > 0:
            return False
        return days < 0 or not word.matches_entry(self._said_at(reason, when))

    def accepts(self, gap: Gap, sums: AccountSummary) -> Explanation | None:
        """The word that explains an open gap, or None. `sums`: of the account now."""
        reason = gap.reason.removesuffix(WHOLE).partition(": ")[0]
        word = self.of(reason)
        if word is None or not self.reaches(reason, gap.opened_at):
            return None
        number = (sums.completeness or {}).get("lacking")
        if reason == COUNTS_DIFFER and (number is None or not word.covers(number)):
            return None
        by_sweeps = gap.reason.endswith(WHOLE) or gap.reason.startswith(OF_A_CAPTURE) or reason == MASS_ABSENCE
        kinds = ("full",) if by_sweeps else ("full", "recent", "history")
        ends = [moment(final["time"]) for kind, final in sums.finals.items() if final["time"] and kind.startswith(kinds)]
        judged = any(word.matches_entry(self._said_at(reason, end)) for end in ends if end > gap.opened_at)
        return None if judged else word

    def _said_at(self, reason: str, when: datetime) -> object:
        """What the register that was in force at `when` said to that reason."""
        entry = Ledger(self._archive, register.NAME).last_by(when)
        for account in entry.body["accounts"] if entry else ():
            if isinstance(account, dict) and account.get("id") == self._account.id and isinstance(account.get("explained"), dict):
                return account["explained"].get(reason)
        return None
