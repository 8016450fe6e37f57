"""Whether decisions and statements count, as one viewer may see it: several pages show the same."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom.people import find_display_name
from recordroom.records.approvals import ApprovableAct, is_own
from recordroom.search.access import Viewer
from recordroom.text import counted

IN_FORCE, WAITING, REVOKED, INCOMPLETE = "in force", "waiting", "revoked", "incomplete"
REVOKING = "revoking"  # in force: its revocation waits for a second person


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """Whether an act counts, and whether the viewer may approve what waits."""

    state: str  # IN_FORCE, WAITING, REVOKING, REVOKED, or INCOMPLETE
    is_own: bool  # the viewer did what waits, and cannot approve it

    @classmethod
    def of(cls, act: ApprovableAct, viewer: Viewer) -> ApprovalView:
        """Return that of an act that the viewer may read."""
        return cls(find_state(act), is_own(act, viewer))

    @property
    def waits(self) -> bool:
        """Whether a second person must approve it, or its revocation."""
        return self.state in (WAITING, REVOKING)


def find_state(act: ApprovableAct) -> str:
    """Return IN_FORCE, WAITING, REVOKING, REVOKED, or INCOMPLETE."""
    validity = act.validity
    if validity.revoked:
        return REVOKED
    if validity.missing_parts:
        return INCOMPLETE
    if validity.revoking:
        return REVOKING
    return WAITING if validity.waiting else IN_FORCE


def describe_size(act: ApprovableAct, viewer: Viewer) -> str:
    """Return how many records an act covered when it was made: `3 records`.

    Records under quarantine are in no number for people who may not know of them. If they could be among what
    the act covers without naming it, the number is not known.
    """
    scope, withheld = act.scope, viewer.withheld_records
    number = sum(some for name, some in act.covered.items() if name not in viewer.hidden_accounts)
    if withheld and (scope.conversations or scope.authors or scope.accounts):
        return "an unknown number of records"
    if hidden := sum(one in withheld for one in scope.records):
        number = max(0, min(number, len(scope.records)) - hidden)
    return counted(number, "record")


def describe_waiting(act: ApprovableAct, view: ApprovalView, noun: str, about: str, page: str) -> str:
    """Return the notice of the home page about what waits for a second person.

    about: completes `The decision of ana@example ...`.
    """
    who = find_display_name((act.validity.waiting or act.validity.made).who)
    if view.state == REVOKING:
        what = f"{'Your revocation' if view.is_own else f'The revocation by {who}'} of a {noun}"
    else:
        what = f"Your {noun}" if view.is_own else f"The {noun} of {who}"
    return (
        f"{what} {about} protects records less, and waits for"
        f" {'another' if view.is_own else 'a second'} person to approve it on the page {page}."
    )
