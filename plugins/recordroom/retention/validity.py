"""Whether a decision or a statement counts: its parts, its approval, and its revocation.

An act that protects a record less than before (protection.py) counts only after a second person approved it.
The same is true of a revocation that does so. The field `shortens` of their entries says so.

Entries (each type begins with that of the act)
- `...-approved`: a second person approves what waits: the act, or its revocation. An entry of the same
  person, or while nothing waits, changes nothing.
- `...-revoked`: the act no longer counts; with `shortens`, not before it is approved. If `revokes` is false,
  a revocation that waits is withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from recordroom.archive.ledger import Entry
from recordroom.people import is_same_person
from recordroom.retention.holds import Act


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether an act counts, and who made it so."""

    made: Act
    missing_parts: int = 0  # entries that are not stored yet
    shortens: bool = False  # it protects a record less, so a second person must approve it
    approved: Act | None = None
    revoking: Act | None = None  # a revocation that a second person must approve
    revoked: Act | None = None

    @classmethod
    def begin(cls, entry: Entry) -> Validity:
        """Return that of an act of which the first entry is stored."""
        body, made = entry.body, Act(entry.actor, entry.at, entry.body["reason"])
        return cls(made, body["parts"] - 1, body.get("shortens", False))

    @property
    def counts(self) -> bool:
        """Whether the act applies."""
        settled = not self.shortens or self.approved is not None
        return not self.missing_parts and settled and self.revoked is None

    @property
    def waiting(self) -> Act | None:
        """What a second person must still approve: the act, or its revocation."""
        if self.revoked is not None or self.missing_parts:
            return None
        return self.made if self.shortens and self.approved is None else self.revoking

    def add_part(self) -> Validity:
        """Return it after a further part of the act is stored."""
        return replace(self, missing_parts=self.missing_parts - 1)

    def approve(self, act: Act) -> Validity:
        """Return it after a second person approved what waits."""
        return replace(self, revoked=act) if self.revoking else replace(self, approved=act)

    def revoke(self, act: Act, *, shortens: bool = False) -> Validity:
        """Return it after the act was revoked, or after someone asked for a revocation that shortens."""
        return replace(self, revoking=act) if shortens else replace(self, revoked=act)

    def follow(self, entry: Entry) -> Validity:
        """Return it after an entry that approves or revokes."""
        body, act = entry.body, Act(entry.actor, entry.at, entry.body.get("reason", ""))
        if body.get("approves"):
            is_second = self.waiting is not None and not is_same_person(act.who, self.waiting.who)
            return self.approve(act) if is_second else self
        if not body["revokes"]:
            return replace(self, revoking=None)
        return self.revoke(act, shortens=body.get("shortens", False))
