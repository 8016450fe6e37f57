"""The pages below Retention, in one place: the navigation lists them, and the main menu marks Retention."""

from __future__ import annotations

from dataclasses import dataclass

from recordroom.rights import Right
from recordroom.web.auth import Person


@dataclass(frozen=True, slots=True)
class RetentionPageLink:
    """One page of the navigation below Retention."""

    here: str  # its name in its template (block `here`)
    address: str  # within the room
    title: str
    rights: tuple[Right, ...] = (Right.RETENTION,)  # all of them are needed to open it

    def is_open_to(self, person: Person) -> bool:
        """Return whether a person may open it."""
        return all(map(person.may, self.rights))


RETENTION_PAGES = (
    RetentionPageLink("retention", "retention", "Overview"),
    RetentionPageLink("decisions", "retention/decisions", "Decisions"),
    RetentionPageLink("statements", "retention/statements", "Statements"),
    RetentionPageLink("vanished", "retention/vanished", "Vanished replies", (Right.CLASSIFY, Right.READ)),
    RetentionPageLink("proposals", "retention/proposals", "Proposals"),
)
