"""Proposals as one viewer may see them.

Counts leave out accounts that the viewer may not see, and records that were under quarantine if the viewer
may not see these. The reason of an objection may speak of what is hidden, so it is then left out too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from recordroom import clock, dates
from recordroom.records import proposals
from recordroom.retention.exclusions import EXCLUSIONS, Exclusion
from recordroom.retention.models import OneTimeList, Policy
from recordroom.retention.proposals import DispositionProposal, Objection, ProposalSubject, RecordCounts
from recordroom.search.access import Viewer
from recordroom.text import counted


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, and one row of its table."""

    label: str
    number: int
    kind: str = ""  # class of the bar
    exclusion: Exclusion | None = None


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection as one viewer may see it."""

    objection: Objection
    is_late: bool
    is_readable: bool  # otherwise without its reason


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as one viewer may see it."""

    proposal: DispositionProposal
    title: str  # `GS50-01-12, Communications`
    accounts: tuple[str, ...]  # that the viewer may see
    counts: RecordCounts
    days_left: int  # to the last day on which an objection is in time; negative after it
    objections: tuple[ObjectionView, ...]  # the newest first
    one_time_list: OneTimeList | None = None  # as it is in force now

    @property
    def is_open(self) -> bool:
        """Whether an objection is still in time."""
        return self.days_left >= 0

    @property
    def in_force(self) -> int:
        """The number of objections that apply."""
        return sum(one.objection.in_force for one in self.objections)

    @property
    def bars(self) -> list[Bar]:
        """The chart of its counts."""
        return list(list_bars(self.counts))


def make_view(proposal: DispositionProposal, policy: Policy, viewer: Viewer) -> ProposalView:
    """Return a proposal as the viewer may see it."""
    seen = tuple(proposals.list_accounts(proposal, viewer))
    hides_accounts = len(seen) < len(proposal.accounts)
    withheld = frozenset(viewer.withheld_records)
    objections = tuple(
        ObjectionView(
            one, proposal.is_late(one), is_readable=not hides_accounts and not (one.records & withheld)
        )
        for one in reversed(list(proposal.objections.values()))
    )
    return ProposalView(
        proposal,
        name_subject(proposal.subject, policy),
        seen,
        proposals.count_records(proposal, viewer),
        (proposal.object_until - clock.today()).days,
        objections,
        next((one for one in policy.one_time_lists if one.id == proposal.subject.one_time_list), None),
    )


def list_notices(views: Iterable[ProposalView]) -> Iterator[str]:
    """Yield the proposals to which people can still object in time, for the home page."""
    for view in views:
        if view.is_open and view.counts.proposed:
            yield (
                f"{counted(view.counts.proposed, 'record')} of {view.proposal.subject.owner} may be"
                f" considered for disposition: {view.title}. The owner of the accounts can object until"
                f" {dates.format_day(view.proposal.object_until)}, on the page Proposals under Retention."
            )


def name_subject(subject: ProposalSubject, policy: Policy) -> str:
    """Return what people call a series or a one-time list."""
    if subject.series:
        rule = policy.rules.get(subject.series)
        return f"{subject.series}, {rule.title}" if rule else subject.series
    titles: Mapping[str, str] = {one.id: one.title for one in policy.one_time_lists}
    return f"One-time list {subject.one_time_list}" + (
        f", {titles[subject.one_time_list]}" if subject.one_time_list in titles else ""
    )


def list_bars(counts: RecordCounts) -> Iterator[Bar]:
    """Yield the bars of counts: what is proposed, then each reason."""
    yield Bar("Proposed", counts.proposed)
    for key, exclusion in EXCLUSIONS.items():
        if number := counts.reasons.get(key, 0):
            yield Bar(exclusion.label, number, "excluded", exclusion)


def list_subjects(policy: Policy) -> list[ProposalSubject]:
    """Return every series and one-time list, without an owner."""
    series = [ProposalSubject("", series=dan) for dan in sorted(policy.rules)]
    return [*series, *(ProposalSubject("", one_time_list=one.id) for one in policy.one_time_lists)]
