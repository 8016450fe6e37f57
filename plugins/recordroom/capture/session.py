"""What a capture came to, for whoever started it: numbers and ids, never record text."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Outcome:
    """What a capture came to. `gaps`: ids of gaps that it opened; `open_gaps`: in words all of the account that stand open after it, None
    where nobody looked. `failure`: in words, None where it is complete or throttled; `failure_words`: what of it everybody may read,
    without hosts, keys and folders. `back_to`: publication of the oldest post that is held, while a history goes on."""

    account: str
    capture_id: str
    window: str
    seen: int = 0
    new: int = 0
    changed: int = 0
    absent: int = 0
    requests: int = 0
    gaps: list[str] = field(default_factory=list)
    open_gaps: list[str] | None = None
    not_before: datetime | None = None
    failure: str | None = None
    failure_words: str = ""
    unfinished: bool = False  # a history that goes on
    back_to: str | None = None
    warnings: list[str] = field(default_factory=list)
    lacking: str = ""  # in words what the platform counts and we lack
    restarted: str = ""  # in words, that a first capture began again, since it could not be read where it had stopped
    token: str = ""  # in words that it ends soon, and who must act
    leftover: dict[str, int] = field(default_factory=dict)
