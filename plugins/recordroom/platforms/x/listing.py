"""The lists of an account on X, page by page: what it published, what only the archive has of that, and what
names it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import Exchange
from recordroom.platforms.http import in_path, told_by
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import Reading
from recordroom.platforms.x.asking import ELSEWHERE, NAMING, not_given
from recordroom.platforms.x.conversations import Conversations
from recordroom.platforms.x.entities import View, body_of, history_of, posts_of, replies_to
from recordroom.platforms.x.platform import ARCHIVE_PAGE, PAGE
from recordroom.platforms.x.schema import HEAD


class Listing(Conversations):
    """Each page of a list is followed by the conversations that it names."""

    def listed(self) -> Iterator[Exchange]:
        """The pages of a stage, each completed by what only other answers tell, and followed by its
        conversations.
        """
        todo, stage = self.todo, self.todo.stage
        for listed in catch_failure(self.stage_pages(stage)):
            if isinstance(listed, PlatformFailure):
                yield self.without_mentions(stage, listed)
                return
            page = self.described(listed)
            posts, view = posts_of(page), View(Reading(page), body_of(page), HEAD)
            self.learn_firsts([*posts, *view.posts.values()])
            self.note(posts, view, stage)
            self.learn_heads(posts)
            self.note_elsewhere(posts, view)
            heads = {
                post["conversation_id"] for post in posts if self.ours.get(post.get("conversation_id", ""))
            }
            told = {"ours": sorted(heads), "heard": sorted(heads & self.heard), "whole": self.whole}
            context = {**page.context, **told, **self.firsts_of(posts)}
            if page.cursor is None:
                todo.stage, todo.page = self.after(stage), None
            else:
                todo.page = page.cursor
            if not todo.stage:
                context |= self.short
            yield replace(page, context=context, cursor=todo.cursor)
            yield from self.pending()

    def without_mentions(self, stage: str, failure: PlatformFailure) -> Exchange:
        """The answer by which X refuses or fails to list what names the account: everything else is captured.

        The failure of another list is raised.
        """
        if stage not in NAMING:
            raise failure
        answer = not_given(failure)
        self.todo.stage, self.todo.page = self.after(stage), None
        self.todo.lacking.append(f"X does not list the posts that name the account ({told_by(answer)})")
        return replace(
            answer, context={**answer.context, "not_given": True, **self.short}, cursor=self.todo.cursor
        )

    def stage_pages(self, stage: str) -> Iterator[Exchange]:
        start = self.todo.page
        if stage == "posts":
            return self.pages(f"/2/users/{self.me}/tweets", {"max_results": PAGE, **self.span}, start)
        if stage == "mentions":
            return self.pages(f"/2/users/{self.me}/mentions", {"max_results": PAGE, **self.span}, start)
        query, before = f"from:{self.me}", self.todo.oldest
        if stage in NAMING:
            query, before = self.naming(stage), self.todo.earliest
        older: Params = {
            "query": query,
            "max_results": ARCHIVE_PAGE,
            "until_id": before,
            "start_time": "2006-03-21T00:00:00Z",
        }
        return self.pages("/2/tweets/search/all", older, start, "next_token")

    def naming(self, stage: str) -> str:
        """Most answers to the account stand in its own conversations, which are read as such: of all others
        only those are searched for in which it answered."""
        name = self.account.known.handle
        if stage == "named":
            return f"@{name} -to:{name} -is:retweet -from:{self.me}"
        return " OR ".join(
            f"conversation_id:{in_path(conversation)} to:{name}"
            for conversation in self.todo.elsewhere[:ELSEWHERE]
        )

    def note(self, posts: Sequence[dict[str, Any]], view: View, stage: str) -> None:
        todo = self.todo
        if stage in NAMING:
            todo.mentioned += len(posts)
            todo.earliest = posts[-1]["id"] if posts and stage == "mentions" else todo.earliest
            return
        if stage == "posts":
            todo.listed += len(posts)
            todo.oldest = posts[-1]["id"] if posts else todo.oldest
        for post in posts:
            if post.get("conversation_id") in (None, *history_of(post)):
                self.note_conversation(post, view)

    def note_elsewhere(self, posts: Sequence[dict[str, Any]], view: View) -> None:
        """Conversations of others in which an answer of the account has answers: which are the older ones,
        only the archive tells.
        """
        for post in posts if self.reads_all else ():
            conversation = post.get("conversation_id") or post["id"]
            began_here = conversation in history_of(post) or self.ours.get(conversation)
            if post.get("author_id") == self.me and not began_here and replies_to(post, view) != 0:
                self.todo.elsewhere += [conversation] if conversation not in self.todo.elsewhere else []
