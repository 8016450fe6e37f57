"""Decisions of people on the records series of records, in the ledger `retention`.

- `classification`: a person decides on a series, or that none is determined (retain). A long list of IDs has
  several entries with one act_id; the decision counts when its last entry is stored. The first entry has the
  search whose results were classified, the primary record of secondary copies, and what was covered then.
- `classification-approved`: a second person approves a decision, or a revocation, that shortens a period.
  Until then it does not count. An entry of the same person, or while nothing waits, changes nothing.
- `classification-revoked`: the decision no longer counts, or a revocation that waits is withdrawn.

A decision replaces the default series of the account. Among several decisions on a record, one that leaves it
undetermined wins, then one of an archival or permanent series, then the latest date (derivation.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from recordroom.archive.ledger import Entry
from recordroom.people import is_same_person
from recordroom.retention.holds import Act, HoldScope

DECIDED, APPROVED, REVOKED = "classification", "classification-approved", "classification-revoked"
Decisions = Mapping[str, "Decision"]  # by act_id


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on the series of records."""

    id: str
    series: str | None  # disposition authority number; None: undetermined, so retain
    scope: HoldScope  # records, conversations, and authors; nothing else
    decided: Act
    missing_parts: int  # entries that are not stored yet
    query: str = ""  # the search whose results were classified; for information
    filters: Mapping[str, Any] | None = None  # of that search, as the audit records them; None: no search
    primary: str = ""  # record ID of the primary, if the records are secondary copies
    covered: Mapping[str, int] = field(default_factory=dict)  # account -> records when it was decided
    shortens: bool = False  # a second person must approve it
    approved: Act | None = None
    revoking: Act | None = None  # a revocation that shortens, so that a second person must approve it
    revoked: Act | None = None

    @property
    def counts(self) -> bool:
        """Whether it applies."""
        settled = not self.shortens or self.approved is not None
        return not self.missing_parts and settled and self.revoked is None

    @property
    def waiting(self) -> Act | None:
        """The act that a second person must still approve: the decision, or its revocation."""
        if self.revoked is not None or self.missing_parts:
            return None
        return self.decided if self.shortens and self.approved is None else self.revoking


def fold(decisions: Decisions, entry: Entry) -> Decisions:
    """Return the decisions after an entry; one of another type, or of an unknown act, changes nothing."""
    step = _STEPS.get(entry.type)
    if step is None:
        return decisions
    name = entry.body["act_id"]
    known = decisions.get(name)
    if entry.type == DECIDED:
        return {**decisions, name: _decide(known, entry)}
    return decisions if known is None else {**decisions, name: step(known, entry)}


def _decide(known: Decision | None, entry: Entry) -> Decision:
    body, scope = entry.body, HoldScope.parse(entry.body["scope"])
    if known is not None and not known.missing_parts:
        return known  # what was complete, and perhaps approved, gets no more records
    if known is not None:
        return replace(known, scope=known.scope.plus(scope), missing_parts=known.missing_parts - 1)
    return Decision(
        body["act_id"],
        body["series"],
        scope,
        Act(entry.actor, entry.at, body["reason"]),
        body["parts"] - 1,
        body.get("query", ""),
        body.get("filters"),
        body.get("primary", ""),
        body.get("covered", {}),
        body.get("shortens", False),
    )


def _approve(decision: Decision, entry: Entry) -> Decision:
    if decision.waiting is None or is_same_person(entry.actor, decision.waiting.who):
        return decision
    act = Act(entry.actor, entry.at, entry.body.get("reason", ""))
    return replace(decision, revoked=act) if decision.revoking else replace(decision, approved=act)


def _revoke(decision: Decision, entry: Entry) -> Decision:
    act = Act(entry.actor, entry.at, entry.body["reason"])
    if not entry.body["revokes"]:
        return replace(decision, revoking=None)
    return replace(decision, revoking=act) if entry.body.get("shortens") else replace(decision, revoked=act)


_STEPS: Mapping[str, Callable[[Decision, Entry], Decision]] = {
    DECIDED: _decide, APPROVED: _approve, REVOKED: _revoke,
}  # fmt: skip
TYPES = tuple(_STEPS)


def list_decided(decisions: Iterable[Decision]) -> Iterator[tuple[str, str, str, str | None]]:
    """Yield (act_id, kind of value, value, series) of the decisions that count.

    kind: record, conversation, or author, whose value is platform, a line break, and the author's ID.
    """
    for one in decisions:
        if one.counts:
            yield from ((one.id, "record", value, one.series) for value in sorted(one.scope.records))
            yield from (
                (one.id, "conversation", value, one.series) for value in sorted(one.scope.conversations)
            )
            authors = sorted(one.scope.authors)
            yield from ((one.id, "author", f"{p}\n{author}", one.series) for p, author in authors)
