"""What the agency says to gaps that no capture can close: `explained` in an account's entry of the register.

```yaml
explained:
  messages-missed: {until: 2026-11-20, why: kept in the mailbox of the front office}
```
A word reaches the gaps that were there up to its day. What came on that day after the word was said, it cannot have meant: whoever asks
looks into the ledger of the register for that (capture/register_ledger.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from recordroom.model import ZONE
from recordroom.stored_texts import text

MESSAGES_MISSED, POSTS_MISSED, NOT_CAPTURED = "messages-missed", "posts-missed", "not-captured"
COUNTS_DIFFER, PLATFORM_LIMIT, MASS_ABSENCE = "counts-differ", "platform-limit", "mass-absence"
REASONS = (MESSAGES_MISSED, POSTS_MISSED, NOT_CAPTURED, COUNTS_DIFFER, PLATFORM_LIMIT, MASS_ABSENCE)  # of gaps that a person can explain


@dataclass(frozen=True, slots=True)
class Word:
    """`until`: a day, YYYY-MM-DD, where the agency is. `lacking`: how many, to `counts-differ` alone."""

    until: str
    why: str
    lacking: int | None = None

    @property
    def how(self) -> str:
        """What the ledger of gaps says of a gap that it closes."""
        return text("register-says", why=self.why)

    @property
    def said(self) -> str:
        """For whoever looks at what lacks."""
        return f"the register says ({self.until}): {self.why}"

    def covers(self, lacking: int) -> bool:
        """Whether no more lacks than was explained."""
        return self.lacking is not None and lacking <= self.lacking

    def day_of(self, when: datetime) -> int:
        """Below 0 where that was before its day, 0 on it, above 0 after it."""
        return (when.astimezone(ZONE).date() - date.fromisoformat(self.until)).days

    def stands_as(self, entry: Any) -> bool:
        """Whether the register had it so: `entry` is what it says to that reason, whatever that is."""
        return bool(entry == {name: value for name, value in asdict(self).items() if value is not None})


def words(entry: Mapping[str, Any] | None) -> dict[str, Word]:
    """Of the key of a sound entry."""
    return {reason: Word(**said) for reason, said in (entry or {}).items()}
