"""Decisions of people on the records series of records, in the ledger `retention`.

- `classification`: a person decides on a series, or that none is determined (retain). A long list of IDs has
  several entries with one act_id; the decision counts when its last entry is stored. The first entry has the
  search whose results were classified, the primary record of secondary copies, and what was covered then.
- `classification-approved`, `classification-revoked`: see validity.py.

A decision replaces the default series of the account. Among several decisions on a record, one that leaves it
undetermined wins, then one of an archival or permanent series, then the latest date (derivation.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from recordroom.archive.ledger import Entry
from recordroom.retention.holds import HoldScope
from recordroom.retention.validity import Validity

DECIDED, APPROVED, REVOKED = "classification", "classification-approved", "classification-revoked"
TYPES = (DECIDED, APPROVED, REVOKED)
Decisions = Mapping[str, "Decision"]  # by act_id


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on the series of records."""

    id: str
    series: str | None  # disposition authority number; None: undetermined, so retain
    scope: HoldScope  # records, conversations, and authors; nothing else
    validity: Validity
    query: str = ""  # the search whose results were classified; for information
    filters: Mapping[str, Any] | None = None  # of that search, as the audit records them; None: no search
    primary: str = ""  # record ID of the primary, if the records are secondary copies
    covered: Mapping[str, int] = field(default_factory=dict)  # account -> records when it was decided

    @property
    def counts(self) -> bool:
        """Whether it applies."""
        return self.validity.counts


def fold(decisions: Decisions, entry: Entry) -> Decisions:
    """Return the decisions after an entry; one of another type, or of an unknown act, changes nothing."""
    if entry.type not in TYPES:
        return decisions
    name = entry.body["act_id"]
    known = decisions.get(name)
    if entry.type == DECIDED:
        return {**decisions, name: _decide(known, entry)}
    if known is None:
        return decisions
    return {**decisions, name: replace(known, validity=known.validity.follow(entry))}


def _decide(known: Decision | None, entry: Entry) -> Decision:
    body, scope = entry.body, HoldScope.parse(entry.body["scope"])
    if known is not None and not known.validity.missing_parts:
        return known  # what was complete, and perhaps approved, gets no more records
    if known is not None:
        return replace(known, scope=known.scope.plus(scope), validity=known.validity.add_part())
    return Decision(
        body["act_id"],
        body["series"],
        scope,
        Validity.begin(entry),
        body.get("query", ""),
        body.get("filters"),
        body.get("primary", ""),
        body.get("covered", {}),
    )


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
