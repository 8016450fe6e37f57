"""What X tells a token of the account itself alone: its private messages, and whom it keeps away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from recordroom.errors import Blocked, PlatformFailure
from recordroom.model import Exchange, instant
from recordroom.platforms.contract import LATE
from recordroom.platforms.http import told_by
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.x import messages as inbox
from recordroom.platforms.x.api import base_of, error_of, is_of_rate
from recordroom.platforms.x.asking import WHAT, Asking, not_given
from recordroom.platforms.x.entities import events_of, next_token, people_of, time_of
from recordroom.platforms.x.platform import PAGE

GLANCE = 20  # messages in a page where few are new: each that is given costs, once a day


class SignedIn(Asking):
    """Without the permissions all else is captured, and it is told."""

    back = False  # whether private messages were given that an earlier capture read

    def written(self) -> Iterator[Exchange]:
        """Private messages, newest first, back to the last capture. Without the permission all else is
        captured, and it is told.
        """
        todo, url = self.todo, f"{base_of(self.account)}/2/dm_events"
        since = self.window.messages_since
        few = self.since is not None and since is not None and datetime.now(UTC) - since < inbox.FEW
        asked: Params = {**inbox.EVENTS, "max_results": GLANCE if few else PAGE}
        context = (
            {**self.context, "paid": instant(since - LATE)}
            if since
            else {n: v for n, v in self.context.items() if n != "paid"}
        )
        pages = by_cursor(
            self.api,
            url,
            asked,
            next_token,
            parameter="pagination_token",
            context=context,
            start=todo.messages,
        )
        try:
            for number, page in enumerate(pages, 1):
                more, missed = self.goes_on(page, number)
                todo.messages, todo.written = more, more is None
                context = {**page.context, **self.short} | (
                    {"messages_missed": f"{missed}; {WHAT}"} if missed else {}
                )
                yield replace(page, context=context, cursor=todo.cursor)
                if more is None:
                    return
        except PlatformFailure as failure:  # whoever goes on here asks again
            answer = not_given(failure)
            words = f"{error_of(answer)[1] or 'HTTP 403'}: needed is {inbox.PERMISSION}"
            if not isinstance(failure, Blocked):
                words = f"X fails to give them ({told_by(answer)}); they are asked for again at each capture"
            yield replace(answer, context={**answer.context, "messages_refused": words}, cursor=todo.cursor)

    def goes_on(self, page: Exchange, number: int) -> tuple[str | None, str]:
        """(where older messages are needed, the token of their page; what was missed, in words). A window of
        the last days goes back to what was read before; nothing was missed by any that reaches it."""
        since = self.window.messages_since
        times = [time_of(event["id"]) for event in events_of(page)]
        self.back = self.back or (since is not None and any(at < since - LATE for at in times))
        if self.back and self.since is not None:
            return None, ""
        if page.cursor and number >= inbox.REQUESTS and self.window.kind != "history":
            return (
                None,
                (
                    ""
                    if self.back
                    else f"X gave {number} requests its newest private messages, and has more than these"
                ),
            )
        if page.cursor or self.back or (since is not None and since >= datetime.now(UTC) - inbox.REACH):
            return page.cursor, ""
        return (
            None,
            (
                "X gives private messages of 30 days, and none were read before"
                f" {f'{since:%Y-%m-%d}' if since else 'these'}"
            ),
        )

    def kept_away(self) -> Exchange:
        """Blocked and muted people as one answer. Where one of the lists is not given, nothing is concluded,
        and it is told; so it is where one takes more than the fifteen requests that X allows in a quarter of
        an hour: begun anew it would never be read."""
        found: dict[str, list[Exchange]] = {}
        try:
            for name in inbox.LISTS:
                url = f"{base_of(self.account)}/2/users/{self.me}/{name}"
                pages = by_cursor(
                    self.api,
                    url,
                    inbox.PEOPLE,
                    next_token,
                    parameter="pagination_token",
                    context=self.context,
                )
                found[name] = list(pages)
        except PlatformFailure as failure:
            answer = (failure.exchange if is_of_rate(failure) else None) or not_given(failure)
            self.todo.lacking.append(f"X does not give whom the account blocks and mutes ({told_by(answer)})")
            return replace(
                answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor
            )
        people = {
            name: [person for page in pages for person in people_of(page)] for name, pages in found.items()
        }
        first = found["blocking"][0]
        return replace(first, context={**first.context, "people": people}, cursor=self.todo.cursor)
