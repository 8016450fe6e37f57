"""Proposals of disposition and objections to them, in the ledger `retention`.

- `proposal`: what could be considered for disposition, of one series (or one-time list) and one owner. Its
  complete list is an object of the derived bucket, which can be made again from `heads`.
- `objection`: a person objects to all of a proposal, or to some records. A long list of IDs has several
  entries with one act_id; each counts when it is stored. An objection counts whenever it is made.
- `objection-withdrawn`: the objection no longer counts.

A proposal allows nothing and is never executed. While an objection is in force, its records are in no later
proposal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from recordroom.archive.ledger import Entry
from recordroom.model import to_local
from recordroom.retention.holds import Act, read_texts

DRAFTED, OBJECTED, OBJECTION_WITHDRAWN = "proposal", "objection", "objection-withdrawn"
TIME_TO_OBJECT = timedelta(days=30)
INTERVAL = timedelta(days=365)  # after which the next one of a series and owner is due
Proposals = Mapping[str, "DispositionProposal"]  # by act_id


@dataclass(frozen=True, slots=True, order=True)
class ProposalSubject:
    """What a proposal is about."""

    owner: str  # of the accounts, as the register names it
    series: str = ""  # disposition authority number; "": a one-time list
    one_time_list: str = ""  # ID of a one-time list; "": a series


@dataclass(frozen=True, slots=True)
class Heads:
    """The last entries from which a proposal was derived."""

    retention: int
    register: int
    quarantine: int
    gap: int
    accounts: Mapping[str, int]  # account -> last entry of its ledger

    def limited_to(self, accounts: Iterable[str]) -> Heads:
        """Return the heads with these accounts alone."""
        return replace(self, accounts={name: self.accounts[name] for name in sorted(accounts)})

    def to_body(self) -> dict[str, Any]:
        """Return what an entry stores."""
        numbers = {name: getattr(self, name) for name in ("retention", "register", "quarantine", "gap")}
        return numbers | {"accounts": dict(sorted(self.accounts.items()))}


@dataclass(frozen=True, slots=True)
class RecordCounts:
    """How many records of a series or list are proposed, and how many are not."""

    proposed: int = 0
    excluded: int = 0
    running: int = 0  # their period is running; they are in no list
    not_begun: int = 0  # their period has not begun; they are in no list
    reasons: Mapping[str, int] = field(default_factory=dict)  # key of EXCLUSIONS -> excluded records

    def plus(self, other: RecordCounts) -> RecordCounts:
        """Return the sum."""
        return RecordCounts(
            self.proposed + other.proposed,
            self.excluded + other.excluded,
            self.running + other.running,
            self.not_begun + other.not_begun,
            Counter(self.reasons) + Counter(other.reasons),
        )

    def to_body(self) -> dict[str, Any]:
        """Return what an entry stores; zeros are left out."""
        names = ("proposed", "excluded", "running", "not_begun")
        found = {name: getattr(self, name) for name in names} | {"reasons": dict(self.reasons)}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """The counts of one account: people without the right to the quarantine see only `others`."""

    others: RecordCounts = field(default_factory=RecordCounts)
    quarantined: RecordCounts = field(default_factory=RecordCounts)  # records under quarantine at drafting

    def to_body(self) -> dict[str, Any]:
        """Return what an entry stores."""
        quarantined = self.quarantined.to_body()
        return self.others.to_body() | ({"quarantined": quarantined} if quarantined else {})

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> AccountCounts:
        """Return the counts of an entry."""
        others = {name: value for name, value in body.items() if name != "quarantined"}
        return cls(RecordCounts(**others), RecordCounts(**body.get("quarantined", {})))


def sum_counts(counts: Iterable[AccountCounts], *, with_quarantine: bool) -> RecordCounts:
    """Return the counts of several accounts together."""
    found = RecordCounts()
    for one in counts:
        found = found.plus(one.others)
        found = found.plus(one.quarantined) if with_quarantine else found
    return found


@dataclass(frozen=True, slots=True)
class ListObject:
    """The complete list of a proposal in the derived bucket."""

    key: str
    sha256: str
    size: int  # bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Objection:
    """An objection to a proposal."""

    id: str
    made: Act
    everything: bool  # every record that the proposal proposes
    records: frozenset[str] = frozenset()  # record IDs, if not everything
    withdrawn: Act | None = None

    @property
    def in_force(self) -> bool:
        """Whether it applies."""
        return self.withdrawn is None


@dataclass(frozen=True, slots=True)
class DispositionProposal:
    """A proposal, as the ledger has it."""

    id: str
    subject: ProposalSubject
    accounts: tuple[str, ...]  # of the owner, as far as they were captured
    drafted: Act
    drafted_on: date
    object_until: date  # the last day on which an objection is in time
    heads: Heads
    counts: Mapping[str, AccountCounts]  # by account
    list: ListObject
    made_by: str  # version of recordroom
    objections: Mapping[str, Objection] = field(default_factory=dict)  # by act_id

    def is_late(self, objection: Objection) -> bool:
        """Whether an objection was made after the last day."""
        return to_local(objection.made.at).date() > self.object_until


def fold(proposals: Proposals, entry: Entry) -> Proposals:
    """Return the proposals after an entry; other types, and unknown proposals, change nothing."""
    if entry.type == DRAFTED:
        return {**proposals, entry.body["act_id"]: _draft(entry)}
    step = _STEPS.get(entry.type)
    known = proposals.get(entry.body["proposal"]) if step else None
    if step is None or known is None:
        return proposals
    return {**proposals, known.id: replace(known, objections=step(known.objections, entry))}


def _draft(entry: Entry) -> DispositionProposal:
    body = entry.body
    return DispositionProposal(
        body["act_id"],
        ProposalSubject(body["owner"], body.get("series", ""), body.get("one_time_list", "")),
        tuple(body["accounts"]),
        Act(entry.actor, entry.at),
        date.fromisoformat(body["drafted_on"]),
        date.fromisoformat(body["object_until"]),
        Heads(**body["heads"]),
        {name: AccountCounts.parse(counts) for name, counts in body["counts"].items()},
        ListObject(**body["list"]),
        body["made_by"],
    )


Objections = Mapping[str, Objection]


def _object(known: Objections, entry: Entry) -> Objections:
    body, name = entry.body, entry.body["act_id"]
    records = read_texts(body.get("records", ()))
    if name in known:  # a further part
        return {**known, name: replace(known[name], records=known[name].records | records)}
    act = Act(entry.actor, entry.at, body["reason"])
    return {**known, name: Objection(name, act, body.get("everything", False), records)}


def _withdraw(known: Objections, entry: Entry) -> Objections:
    name = entry.body["act_id"]
    if name not in known or not known[name].in_force:
        return known
    act = Act(entry.actor, entry.at, entry.body["reason"])
    return {**known, name: replace(known[name], withdrawn=act)}


_STEPS: Mapping[str, Callable[[Objections, Entry], Objections]] = {
    OBJECTED: _object, OBJECTION_WITHDRAWN: _withdraw,
}  # fmt: skip
TYPES = (DRAFTED, *_STEPS)


def is_due(proposals: Proposals, subject: ProposalSubject, today: date) -> bool:
    """Return whether the next proposal of a series or list, and owner, is due."""
    days = [one.drafted_on for one in proposals.values() if one.subject == subject]
    return not days or today - max(days) >= INTERVAL


def list_objected(proposals: Proposals) -> tuple[frozenset[str], tuple[DispositionProposal, ...]]:
    """Return what objections in force cover: record IDs, and all that some proposals propose."""
    ids: set[str] = set()
    complete = []
    for proposal in proposals.values():
        applying = [one for one in proposal.objections.values() if one.in_force]
        ids.update(*(one.records for one in applying))
        if any(one.everything for one in applying):
            complete.append(proposal)
    return frozenset(ids), tuple(complete)


def to_body(proposal: DispositionProposal) -> dict[str, Any]:
    """Return the body of the entry of a proposal."""
    subject, listed = proposal.subject, proposal.list
    about = {"series": subject.series} if subject.series else {"one_time_list": subject.one_time_list}
    return {
        "act_id": proposal.id,
        **about,
        "owner": subject.owner,
        "accounts": list(proposal.accounts),
        "drafted_on": proposal.drafted_on.isoformat(),
        "object_until": proposal.object_until.isoformat(),
        "heads": proposal.heads.to_body(),
        "counts": {name: counts.to_body() for name, counts in sorted(proposal.counts.items())},
        "list": {"key": listed.key, "sha256": listed.sha256, "size": listed.size, "rows": listed.rows},
        "made_by": proposal.made_by,
    }
