"""The events that a page on LinkedIn holds, each of which is canceled or not, and has a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure
from recordroom.model import UNAVAILABLE, Absence, Exchange
from recordroom.platforms import Client, Known, Window
from recordroom.platforms.answers import in_path, told_by
from recordroom.platforms.linkedin.asking import GONE, Asking
from recordroom.platforms.linkedin.calendar import PERMISSION, Calendar, is_late, refusal_of
from recordroom.platforms.linkedin.contents import image_of
from recordroom.platforms.linkedin.restli import Place, items_of
from recordroom.platforms.linkedin.urns import event_urn, number_of
from recordroom.platforms.unread import spared

if TYPE_CHECKING:
    from recordroom.register.models import Account


class Hosted(Asking):
    """Where LinkedIn refuses or fails to list them, that is told, and all else is captured."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.calendar = Calendar(self.api, self.me, self.context)

    def events(self) -> Iterator[Exchange]:
        """All that the organization holds. LinkedIn lets few apps read them: refused, that is told, and all else is captured."""
        try:
            pages = list(self.noting(self.calendar.pages(self.todo.place)))
            canceled = self.calendar.canceled(pages)
        except PlatformFailure as failure:
            answer = refusal_of(failure)
            refused = "no role for it" if failure.of_all else told_by(answer)
            fails = not failure.of_all and not 400 <= answer.status < 500
            self.todo.uninvited = refused if fails else f"{refused}: {PERMISSION}"
            self.turn("", None)
            yield replace(answer, context={**answer.context, "not_given": True, "short": self.short}, cursor=self.todo.cursor)
            return
        for page, found, following in pages:
            self.turn("" if following is None else "events", following)
            yield replace(self.with_events(page, found, canceled), cursor=self.todo.cursor)

    def with_events(self, answer: Exchange, found: Sequence[dict[str, Any]], canceled: set[str]) -> Exchange:
        """In the context, which events were canceled, where their pictures are, and which are not of the window."""
        urns = {event_urn(item, answer): item for item in found}
        late = [urn for urn, item in urns.items() if is_late(item, answer, self.floor)]
        pictures = filter(None, (image_of(item.get("backgroundImage")) for urn, item in urns.items() if urn not in late))
        here = sorted(canceled.intersection(urns))
        return self.told(answer, canceled=here, elsewhere=late, files=self.files(pictures), short=self.short)

    def events_by_id(self, known: Sequence[Known]) -> Iterator[Exchange | Absence]:
        """Where the list is refused nothing is said of any, and where one is refused nothing of that."""
        try:
            canceled = self.calendar.canceled(list(self.calendar.pages(Place()))) if known else set()
        except PlatformFailure as failure:
            answer = refusal_of(failure)
            yield replace(answer, context={**answer.context, "not_given": True, "untold": [k.record_id for k in known]})
            return
        for k in known:
            try:
                answer = self.api.get(f"events/{in_path(number_of(k.native_id))}", self.context)
            except AccountUnavailable as gone:
                yield Absence(k.record_id, UNAVAILABLE, GONE, spared(gone))
            except Blocked as refusal:
                yield self.told(spared(refusal), not_given=True, untold=[k.record_id])
            else:
                yield self.with_events(answer, [item for _, item in items_of(answer)], canceled)
