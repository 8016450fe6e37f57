"""The pages below Retention, in one place: the navigation lists them, and the main menu marks Retention."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom.rights import Right


@dataclass(frozen=True, slots=True)
class RetentionPageLink:
    """One page of the navigation below Retention."""

    here: str  # its name in its template (block `here`)
    address: str  # within the room
    title: str
    right: Right = Right.RETENTION  # needed to open it


RETENTION_PAGES = (
    RetentionPageLink("retention", "retention", "Overview"),
    RetentionPageLink("decisions", "retention/decisions", "Decisions"),
    RetentionPageLink("statements", "retention/statements", "Statements"),
    RetentionPageLink("proposals", "retention/proposals", "Proposals"),
)
