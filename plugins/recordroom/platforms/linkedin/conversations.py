"""The comments on an organization's posts, and older posts that are requested by their URNs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from recordroom.model import Exchange
from recordroom.platforms.crawl import ConversationQueue, PostQueue, with_context
from recordroom.platforms.linkedin.api import BATCH, escaped, items_of, place_at, refused_keys, results
from recordroom.platforms.linkedin.content import replies_to, unaddressed
from recordroom.platforms.linkedin.urns import record_id_of, urn_of
from recordroom.platforms.schema import Reading

if TYPE_CHECKING:
    from recordroom.platforms.linkedin.crawl import LinkedInCrawl  # noqa: F401 (named in quotes)


class Comments(ConversationQueue["LinkedInCrawl"]):
    """The comments on a post, or the replies to a comment. An entry is [that, the post], as URNs.

    No more is read of a comment here than a crawl needs: whatever else is odd in one does not keep later ones
    from being read.
    """

    entries_field = "threads"  # the place in the first one is `comments`, an object

    def root_of(self, entry: list[str]) -> str:
        return record_id_of(entry[1])

    def pages(self, entry: list[str]) -> Iterator[Exchange]:
        return self.crawl.pages(f"socialActions/{escaped(entry[0])}/comments", self.crawl.todo.comments)

    def continue_at(self, place: str | None) -> None:
        self.crawl.todo.comments = place_at(place)
        if place is None:
            del self.entries[0]

    def take_page(self, entry: list[str], page: Exchange) -> Exchange:
        post, noted = entry[1], self.crawl.noted
        comments = [comment for _, comment in items_of(page)]
        for i, comment in enumerate(comments):
            urn = urn_of(comment, page)
            # None: not stated
            if replies_to(comment, Reading(page), f"/elements/{i}") != 0 and urn not in noted:
                noted.add(urn)
                self.entries.insert(1, [urn, post])
        files = self.crawl.files.of(comments, page, unaddressed)
        return self.crawl.with_missing(with_context(page, root=record_id_of(post), files=files))


class OlderPosts(PostQueue["LinkedInCrawl"]):
    """Posts before the window that are requested by their URNs, because something was said on them."""

    entries_field, most = "alone", BATCH

    def root_of(self, entry: str) -> str:
        return record_id_of(entry)

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        return [answer for answer in self.crawl.posts_by_id(entries) if isinstance(answer, Exchange)]

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        """Yield the answer, then the refusal of each post that it does not give."""
        yield answer
        for urn, failure in refused_keys(answer).items():
            if results(answer):
                self.crawl.unread.note_response()
            yield self.crawl.with_missing(self.crawl.unread.pass_over(record_id_of(urn), failure))
