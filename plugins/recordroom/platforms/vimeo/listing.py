"""The lists of an account on Vimeo, page by page: videos, showcases, events; and at last the number of comments on older videos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms.answers import told_by
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.shapes import Reading, content_of, items
from recordroom.platforms.unread import spared
from recordroom.platforms.vimeo.asking import PER_PAGE, items_of
from recordroom.platforms.vimeo.conversations import Conversations
from recordroom.platforms.vimeo.fields import ALBUMS, COUNTED, EVENTS, VIDEOS
from recordroom.platforms.vimeo.shapes import VIDEO_COUNTED
from recordroom.platforms.vimeo.things import connections_of, native_of, time_of, total_of

FILMS_PER_PAGE = 25  # each with tracks costs a request before the page can be given out
ALBUMS_PER_PAGE = 25  # and so does each showcase
GLANCE = 10  # so many pages are looked at for new comments on older videos; the nightly sweep reads all
_EDGES = {"videos": "albums", "albums": "live_events", "live_events": "older", "older": ""}


class Listing(Conversations):
    """Each page of a list is followed by the comments on its videos."""

    def listed(self) -> Iterator[Exchange]:
        """One list to its end. Where Vimeo fails to give showcases or events, or refuses showcases, all else is captured, and it is told.
        Events are refused to many plans, which have none."""
        edge = self.todo.edge
        for page in catch_failure(self.pages(f"me/{edge}", self.query(edge), self.todo.page)):
            if isinstance(page, PlatformFailure):
                yield from self.without_list(edge, page)
                return
            found = items_of(page, edge)
            late = [native for native, _, item in found if self.is_late(item, page)]
            known = [native for native, _, _ in found if self.was_given_out(edge, native, page)]
            elsewhere = [*late, *known]
            wanted = [(native, item) for native, _, item in found if native not in elsewhere]
            whole = self.completed(edge, page, wanted)
            ended = edge == "videos" and bool(found) and found[-1][0] in late
            self.turn(None if ended else page.cursor)
            context = {**whole.context, **({"elsewhere": elsewhere} if elsewhere else {}), **self.short}
            yield replace(whole, context=context, cursor=self.todo.cursor)
            yield from self.pending()
            if ended:
                return

    def without_list(self, edge: str, failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on behind a list that Vimeo refuses or fails to give. That of the videos is raised."""
        if edge == "live_events" and isinstance(failure, AccountUnavailable | Blocked):
            self.turn(None)
            return
        if edge == "videos":
            raise failure
        answer = spared(failure)
        self.todo.unlisted.append(f"{edge} ({told_by(answer)})")
        self.turn(None)
        yield replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)

    def was_given_out(self, edge: str, native: str, page: Exchange) -> bool:
        """Whether an earlier run of a first capture read it: a page that is read once more has only what has moved there since to give. All
        of it again, with what is said below it, might take all requests of each run, so that none came any further."""
        again = self.window.kind == "history" and page.cursor is not None and page.cursor == self.todo.page
        return again and self.window.holds(f"vimeo:{edge}/{native}")

    def query(self, edge: str) -> Params:
        """In a window of days, videos come by their last change: whatever was published in it was changed in it too."""
        if edge == "videos":
            sort = "modified_time" if self.floor else "date"
            return {"sort": sort, "direction": "desc", "per_page": FILMS_PER_PAGE, "fields": VIDEOS}
        sorting: Params = {"sort": "date", "direction": "desc"}
        if edge == "albums":
            return {**sorting, "per_page": ALBUMS_PER_PAGE, "fields": ALBUMS}
        return {**sorting, "per_page": PER_PAGE, "fields": EVENTS}

    def is_late(self, item: dict[str, Any], page: Exchange) -> bool:
        """Whether nothing was done to it in the window."""
        if self.floor is None or "modified_time" not in item:
            return False
        return max(time_of(item, name, page) for name in ("created_time", "modified_time") if item.get(name)) < self.floor

    def turn(self, page: str | None) -> None:
        """What is read next: the list's next page, or the next list."""
        self.todo.page = page
        if page is None:
            self.todo.edge = _EDGES[self.todo.edge]

    def glance(self) -> Iterator[Exchange]:
        """Videos before the last days, by the number of their comments alone: nothing else tells of a new one. Where Vimeo fails to list
        them, that is told, and the sweep reads them."""
        try:
            self.note_older()
        except (AccountUnavailable, Blocked, UnexpectedResponse) as failure:
            answer = spared(failure)
            self.todo.unlisted.append(f"the comments on older videos ({told_by(answer)})")
            self.turn(None)
            yield replace(answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor)
        else:
            self.turn(None)
        yield from self.pending()

    def note_older(self) -> None:
        query: Params = {"sort": "date", "direction": "desc", "per_page": PER_PAGE, "fields": COUNTED}
        for page in islice(self.pages("me/videos", query), GLANCE if self.floor and self.window.plan else 0):
            for i, item in enumerate(items(content_of(page)["data"], page, "/data")):
                VIDEO_COUNTED.check(item, page, f"/data/{i}")
                native, reading = native_of(item["uri"], page, f"/data/{i}/uri")[1], Reading(page)
                total = total_of(connections_of(item, reading), "comments", reading)
                known = (native, "") in self.noted or native in self.todo.videos
                if total != 0 and not known and self.is_wanted(native, item, total, page):
                    self.todo.videos.append(native)
