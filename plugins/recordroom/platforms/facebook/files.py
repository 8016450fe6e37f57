"""Requests for the photos and videos of posts and stories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from recordroom.model import Exchange
from recordroom.platforms.crawl import with_context
from recordroom.platforms.facebook.content import details_of, files_of, read_or_none
from recordroom.platforms.facebook.cursor import FacebookCursor
from recordroom.platforms.facebook.parse import is_video_story, stories_in
from recordroom.platforms.facebook.schema import PHOTO_FIELDS, VIDEO_FIELDS
from recordroom.platforms.meta.errors import describe_error, failure, is_too_much
from recordroom.platforms.meta.graph import Answered, GraphRequests, objects
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import IN_A_ROW

MOST_FAILURES = 20  # photos and videos in a row that Facebook fails to give: after more of them it is down


class PostFiles:
    """The photos and videos of one crawl, requested by their IDs.

    todo: the cursor of the crawl, which notes what Facebook fails to give.
    failures: how many in a row Facebook failed to give.
    """

    def __init__(self, api: GraphRequests, todo: FacebookCursor) -> None:
        self.api, self.todo = api, todo
        self.failures = 0

    def complete_posts(self, exchange: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """Add to a response what only the photos and videos of its posts say.

        Those are the addresses of files, alternative texts, captions, and counts of comments.

        posts: those whose files are requested.
        """
        wanted = [read_or_none(files_of, post, exchange) or ([], []) for post in posts]
        photos, videos = ([native for found in wanted for native in found[sort]] for sort in (0, 1))
        return self._complete(exchange, photos, videos, is_single=len(posts) == 1)

    def complete_stories(self, page: Exchange, is_wanted: Callable[[dict[str, Any]], bool]) -> Exchange:
        """Add to a page what the photos and videos of its stories say.

        A story whose file Facebook fails to give comes without it: no other list has the story, and after a
        day none has. Stories that are not wanted are left out of the page.
        """
        stories = stories_in(page)
        wanted = [story for story in stories if is_wanted(story)]
        others = [story["post_id"] for story in stories if story not in wanted]
        natives = [(story["media_id"], is_video_story(story)) for story in wanted if story.get("media_id")]
        photos, videos = (
            [native for native, is_video in natives if is_video == sort] for sort in (False, True)
        )
        return with_context(self._complete(page, photos, videos, is_single=True), elsewhere=others)

    def _complete(
        self, exchange: Exchange, photos: list[str], videos: list[str], *, is_single: bool
    ) -> Exchange:
        """Add `files` and `failed` to the context of a response.

        A few files that Facebook fails to give are named, and their posts are read in part. More of them in a
        row show that Facebook is down, which is raised; except where all belong to one post that was
        requested alone and given (`is_single`): its other files are then not requested.
        """
        files: dict[str, Any] = {}
        failed: list[str] = []
        with self.api.graph.completing():
            for node, (asked, answer, is_given) in self._request(photos, videos):
                if is_too_much(answer) and (problem := failure(answer)):
                    failed += asked
                    self.failures += 1
                    self.todo.note_missing(
                        f"Facebook does not describe the {node.lower()} {asked[0]} ({describe_error(answer)})"
                    )
                    if self.failures > MOST_FAILURES or (len(failed) > IN_A_ROW and not is_single):
                        raise problem
                    if len(failed) > IN_A_ROW:
                        failed = [native for native in (*photos, *videos) if native not in files]
                        break
                if is_given:
                    self.failures = 0
                    files |= {
                        file["id"]: details_of(file, Reading(answer), pointer)
                        for pointer, file in objects(answer)
                    }
        return with_context(exchange, files=files, failed=failed)

    def _request(self, photos: list[str], videos: list[str]) -> Iterator[tuple[str, Answered]]:
        """Yield (type of the files, the response to a request for some).

        Some files belong to others, whose posts the Page shares.
        """
        for node, natives, fields in (("Photo", photos, PHOTO_FIELDS), ("Video", videos, VIDEO_FIELDS)):
            wanted = list(dict.fromkeys(natives))
            yield from ((node, answer) for answer in self.api.by_id(wanted, fields, others=True, node=node))
