"""What only the photos and videos of a Page's posts and stories themselves say: where their files are, their
words, their comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.model import Exchange
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.facebook.asking import Asking, readable
from recordroom.platforms.facebook.fields import FILMS, PHOTOS
from recordroom.platforms.facebook.parts import files_of, told_by
from recordroom.platforms.meta.errors import failure, is_too_much, words_of
from recordroom.platforms.meta.graph import Answered, objects
from recordroom.platforms.schema import Reading
from recordroom.platforms.unread import IN_A_ROW

if TYPE_CHECKING:
    from recordroom.register.models import Account

LOST = 20  # photos and videos in a row of which Facebook fails to tell: it is down


class Files(Asking):
    """`lost`: how many files in a row Facebook failed to tell of."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.lost = 0

    def with_files(self, exchange: Exchange, posts: Sequence[dict[str, Any]]) -> Exchange:
        """An answer with posts, and in its context what only their photos and videos themselves say: `files`,
        by their ids.
        """
        wanted = [readable(files_of, post, exchange) or ([], []) for post in posts]
        files = ([native for found in wanted for native in found[which]] for which in (0, 1))
        return self.with_told(exchange, *files, alone=len(posts) == 1)

    def with_told(
        self, exchange: Exchange, photos: list[str], videos: list[str], *, alone: bool = False
    ) -> Exchange:
        """`failed`: those at which Facebook fails. A few are named, and what shows them is read in part.
        After more than that it is down; but not where they are all of one post that stands there `alone`, and
        was given: of that the others are not asked for."""
        files: dict[str, Any] = {}
        failed: list[str] = []
        with self.graph.completing():
            for node, (asked, answer, there) in self.of_files(photos, videos):
                if is_too_much(answer) and (problem := failure(answer)):
                    failed += asked
                    self.lost += 1
                    self.note_lack(
                        f"Facebook fails to tell of the {node.lower()} {asked[0]} ({words_of(answer)})"
                    )
                    if self.lost > LOST or (len(failed) > IN_A_ROW and not alone):
                        raise problem
                    if len(failed) > IN_A_ROW:
                        failed = [native for native in (*photos, *videos) if native not in files]
                        break
                if there:
                    self.lost = 0
                    files |= {
                        file["id"]: told_by(file, Reading(answer), pointer)
                        for pointer, file in objects(answer)
                    }
        told = {name: found for name, found in (("files", files), ("failed", failed)) if found}
        return replace(exchange, context={**exchange.context, **told}) if told else exchange

    def of_files(self, photos: list[str], videos: list[str]) -> Iterator[tuple[str, Answered]]:
        """Each with what it is. Some are of what the Page shares."""
        for node, natives, fields in (("Photo", photos, PHOTOS), ("Video", videos, FILMS)):
            yield from (
                (node, told)
                for told in self.by_id(list(dict.fromkeys(natives)), fields, others=True, node=node)
            )
