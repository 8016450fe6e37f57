"""The list of a Page's stories, with their files: nothing else gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Absence, Exchange
from recordroom.platforms.contract import Known
from recordroom.platforms.facebook.asking import PAGE_SIZE
from recordroom.platforms.facebook.files import Files
from recordroom.platforms.facebook.platform import record_id
from recordroom.platforms.facebook.stories import FIELDS as STORY_FIELDS
from recordroom.platforms.facebook.stories import absences, is_film, is_over, stories_in
from recordroom.platforms.meta.errors import words_of
from recordroom.platforms.meta.graph import untold
from recordroom.platforms.paging import Params
from recordroom.platforms.unread import left_out

STORIES: Params = {"fields": STORY_FIELDS, "limit": PAGE_SIZE}


class StoryList(Files):
    """Where it is refused, all else is captured."""

    def stories(self) -> Iterator[Exchange]:
        """Those that are shown now, and those that the Page keeps. Where the list is refused, all else is
        captured, and it is told.
        """
        try:
            for page in self.pages(
                f"{self.me}/stories", {**STORIES, **self.span}, self.todo.page, edge="stories"
            ):
                whole = self.with_story_files(page, self.is_new)
                self.turn(page.cursor)  # only now: a refusal turns to the next list too
                yield replace(whole, cursor=self.todo.cursor)
        except PlatformFailure as refusal:
            answer = left_out(refusal, "stories")
            self.note_refusal("stories", words_of(answer))
            self.turn(None)
            yield self.with_short(answer)

    def stories_again(self, known: dict[str, Known]) -> Iterator[Exchange | Absence]:
        """Single stories, which only the list gives. Where it is refused, nothing is known of them."""
        if not known:
            return
        try:
            for page in self.pages(f"{self.me}/stories", STORIES, edge="stories"):
                there = {story["post_id"] for _, story in stories_in(page)} & known.keys()
                if there:
                    whole = self.with_story_files(page, lambda story, there=there: story["post_id"] in there)  # type: ignore[misc]
                    for native in there:  # only now: nothing is known of a page whose files are refused
                        del known[native]
                    yield whole
        except PlatformFailure as refusal:
            yield untold(refusal, known.values())
        else:
            yield from absences(known.values(), page)

    def with_story_files(self, page: Exchange, wanted: Callable[[dict[str, Any]], bool]) -> Exchange:
        """As `with_files`, of stories; those that are not wanted are left out of it.

        One at whose file Facebook fails comes without it: nothing else gives them, and in a day nothing does.
        """
        told = [story for _, story in stories_in(page) if wanted(story)]
        left = [story["post_id"] for _, story in stories_in(page) if story not in told]
        natives = [(story["media_id"], is_film(story)) for story in told if story.get("media_id")]
        whole = self.with_told(
            page,
            *([native for native, film in natives if film == sort] for sort in (False, True)),
            alone=True,
        )
        return replace(whole, context={**whole.context, "elsewhere": left}) if left else whole

    def is_new(self, story: dict[str, Any]) -> bool:
        """The file of each costs a call. One that is not shown any more is read once, by a window of all; a
        lookup sees to its end.
        """
        return not is_over(story) or (
            self.since is None and not self.window.files(record_id(story["post_id"]))
        )
