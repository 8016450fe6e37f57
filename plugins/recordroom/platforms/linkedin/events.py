"""The list of events that an organization holds, and which of them were canceled.

Sources: https://learn.microsoft.com/en-us/linkedin/marketing/event-management/events, version 2026-05
(permission r_events, for administrators and content administrators of the page); fields also from public
clients of that API.

    events?q=eventsByOrganizer&excludeCancelled=false   all of them, past ones too
    events/<number>                                     one

No source says whether the event itself says that it was canceled (`cancelled`). But the list can leave
canceled ones out: where the event says nothing, one that is in the complete list and not in the other was
canceled, and the context says so (`canceled`). Nothing says when an event was edited: that is found by
comparing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from recordroom.errors import Blocked, PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.crawl import with_context
from recordroom.platforms.linkedin.api import HOSTS, Api, Place, escaped, items_of, require_role
from recordroom.platforms.linkedin.content import image_of
from recordroom.platforms.linkedin.files import PostFiles
from recordroom.platforms.linkedin.schema import EVENT, STAMP
from recordroom.platforms.linkedin.urns import event_urn, moment_of
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import require_optional


class Events:
    """The events of one crawl.

    me: URN of the organization.
    context: the context of each request.
    files: request the pictures of events.
    """

    def __init__(self, api: Api, me: str, context: Mapping[str, Any], files: PostFiles) -> None:
        self.api, self.me, self.context, self.files = api, me, context, files

    def pages(self, place: Place, *, canceled: bool = True) -> Iterator[Exchange]:
        """Read the list.

        Blocked: it is empty, and the token's holder has no role that reads events.
        """
        without = "false" if canceled else "true"
        query = f"q=eventsByOrganizer&organizer={escaped(self.me)}&excludeCancelled={without}"
        for page in self.api.pages(f"events?{query}", place, event_urn, self.context):
            if place.start == 0 and not any(items_of(page)):
                require_role(self.api, self.me, HOSTS)
            yield page

    def canceled_among(self, pages: Iterable[Exchange]) -> set[str]:
        """Return the canceled events among those of some pages that do not say it themselves.

        They are not in the list that leaves canceled ones out, and still in the complete one afterwards.
        """
        silent = {
            event_urn(item, page)
            for page in pages
            for _, item in items_of(page)
            if item.get("cancelled") is None
        }
        left = silent - self._listed(canceled=False) if silent else silent
        return left & self._listed(canceled=True) if left else left

    def _listed(self, *, canceled: bool) -> set[str]:
        pages = self.pages(Place(), canceled=canceled)
        return {event_urn(item, page) for page in pages for _, item in items_of(page)}

    def complete(self, answer: Exchange, canceled: set[str], floor: datetime | None = None) -> Exchange:
        """Add to the context which events were canceled or are late, and their pictures.

        floor: the beginning of the window, before which an event is late; None: it has none.
        """
        urns = {event_urn(item, answer): item for _, item in items_of(answer)}
        late = [urn for urn, item in urns.items() if _is_late(item, answer, floor)]
        pictures = filter(
            None, (image_of(item.get("backgroundImage")) for urn, item in urns.items() if urn not in late)
        )
        here = sorted(urns.keys() & canceled)
        return with_context(answer, canceled=here, elsewhere=late, files=self.files.at(pictures))


def _is_late(item: dict[str, Any], page: Exchange, floor: datetime | None) -> bool:
    """Whether an event was created, and began, before the window; False where that is not said."""
    EVENT.check(item, page, "")
    made = Reading(page).read_object(STAMP, item, "created", "").get("time")
    return (
        floor is not None
        and made is not None
        and moment_of(max(made, item.get("startsAt") or made), page) < floor
    )


def refusal_of(failure: PlatformFailure) -> Exchange:
    """Return the answer that refuses the list of events, or fails to give it.

    Any other failure is raised.
    """
    if isinstance(failure, Blocked) and failure.exchange is not None:
        return failure.exchange
    return require_optional(failure)
