"""Conversations: who began them, and the search for what is said in them.

Each conversation that one of the account's posts began is read once. One search is for several of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, instant, moment
from recordroom.platforms.crawl import Crawl, PostQueue, Queue, with_context
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import Reading
from recordroom.platforms.x.api import Api
from recordroom.platforms.x.cursor import XCursor
from recordroom.platforms.x.entities import (
    XResponse,
    body_of,
    first_published_at,
    mentioned_accounts,
    participants_of,
    posts_if_sound,
    posts_of,
    record_id_of,
    references_of,
    versions_of,
)
from recordroom.platforms.x.platform import ARCHIVE_PAGE, ARCHIVE_QUERY, PAGE, RECENT_QUERY
from recordroom.platforms.x.posts import PostRequests
from recordroom.platforms.x.schema import HEAD, POST_FIELDS, ROOT_POST_FIELDS

RECENT_SEARCH = timedelta(days=7)
SLACK = timedelta(minutes=15)  # a search that the same capture sends later reaches less far back
_IN, _OR = "conversation_id:", " OR "


class KnownConversations:
    """The conversations that the responses of a crawl have named so far.

    reach: the time to which a recent search reaches back.
    is_ours: conversation -> whether the account began it.
    requested: conversations that this capture reads completely.
    reply_counts: record ID of a root post -> how many replies it counts.
    first_versions: later version of a post -> its first one. Each version begins a conversation.
    """

    def __init__(self, crawl: Crawl[XCursor], posts: PostRequests) -> None:
        self.crawl, self.posts = crawl, posts
        self.reach = datetime.now(UTC) - RECENT_SEARCH + SLACK
        self.is_ours: dict[str, bool] = {}
        self.requested: set[str] = set()
        self.reply_counts: dict[str, int] = {}
        self.first_versions: dict[str, str] = {}

    @property
    def whole(self) -> str:
        """The instant from which on all replies to a post can be requested.

        `parse` then compares their number with that of the archived ones. "": there is no limit.
        """
        return "" if self.crawl.todo.archive else instant(self.reach)

    def queue_search(self, post: dict[str, Any], response: XResponse) -> None:
        """Queue the conversation of a post of the account, where the plan wants it.

        A post counts the replies to itself only: where it has some, nothing counts the replies to those.
        People who replied before an edit are in the conversation of the version that they saw.
        """
        crawl = self.crawl
        versions, began, count = versions_of(post), first_published_at(post), response.count_replies(post)
        self.is_ours |= dict.fromkeys(versions, True)
        if count != 0 and crawl.todo.archive is False and began < self.reach:
            crawl.todo.unheard += 1
        root = record_id_of(versions[0])
        if not crawl.window.wants_conversation(root, began, count, all_told=count == 0):
            return
        if count != 0 and crawl.todo.archive is None:
            crawl.window.note_not_given(root)
            return
        self.requested.update(versions)
        if count == 0:
            crawl.window.note_read(root)
        else:
            crawl.todo.searches += [[version, instant(began), root] for version in versions]
            self.reply_counts[root] = count or 0

    def note_versions(self, posts: Iterable[dict[str, Any]]) -> None:
        """Note the first version of each post."""
        for post in posts:
            first, *later = versions_of(post)
            self.first_versions |= dict.fromkeys(later, first)

    def first_versions_in(self, posts: Iterable[dict[str, Any]]) -> dict[str, str]:
        """Return the first version of each post that these posts name by a later version."""
        named = {
            native
            for post in posts
            for native in (post.get("conversation_id"), *references_of(post).values())
        }
        return {
            native: self.first_versions[native]
            for native in sorted(filter(None, named))
            if native in self.first_versions
        }

    def find_owners(self, posts: Sequence[dict[str, Any]]) -> None:
        """Find out who began the conversations in which the account takes part.

        The same is done for new posts that only name the account. They may be below a later version of a post
        of the account, and the place that is archived first is kept.
        """
        unknown = set[str]()
        for post in posts:
            conversation, above = post.get("conversation_id"), references_of(post).get("replied_to")
            if conversation is None or above is None or conversation in self.is_ours:
                continue
            if self.crawl.me not in participants_of(post) and not self.is_new(post):
                continue
            if above == conversation:
                self.is_ours[conversation] = post.get("in_reply_to_user_id") == self.crawl.me
            else:
                unknown.add(conversation)
        self.request_owners(sorted(unknown))

    def is_new(self, post: dict[str, Any]) -> bool:
        """Whether the archive holds neither a post nor the root post of its conversation."""
        natives = (versions_of(post)[0], post["conversation_id"])
        return not any(self.crawl.window.is_archived(record_id_of(native)) for native in natives)

    def request_owners(self, natives: Sequence[str]) -> None:
        """Request who began these conversations.

        Where X fails to say, the archive does: it holds the account's own root posts, and not those of
        others.
        """
        words = "X does not say who began some conversations in which the account replies"
        for answer in self.posts.request_each(natives, words, ROOT_POST_FIELDS):
            if isinstance(answer, str):
                archived = self.crawl.window.find_known(record_id_of(answer), anywhere=True)
                self.is_ours[answer] = archived is not None and archived.kind == "post"
                continue
            posts = posts_of(answer)
            self.is_ours |= {post["id"]: post.get("author_id") == self.crawl.me for post in posts}
            self.note_versions(posts)


class SinglePosts(PostQueue[Crawl[XCursor]]):
    """The post of a permalink, and the root post of its conversation.

    An entry is an ID.
    """

    entries_field = "posts"

    def __init__(self, crawl: Crawl[XCursor], posts: PostRequests, known: KnownConversations) -> None:
        super().__init__(crawl)
        self.posts, self.known = posts, known

    def root_of(self, entry: str) -> str:
        return record_id_of(entry)

    def request(self, entries: Sequence[str]) -> list[Exchange]:
        """Request a post as it is now; the permalink may name an earlier version."""
        [native] = entries
        answer = self.posts.request([native])
        if later := [newest for post in posts_of(answer) if (newest := versions_of(post)[-1]) != native]:
            answer = self.posts.request(later)
        return [self.posts.describe(answer)]

    def take_answer(self, answer: Exchange) -> Iterator[Exchange]:
        """Queue the conversation of the post where the account began it."""
        crawl, known = self.crawl, self.known
        posts, response = posts_of(answer), XResponse(Reading(answer), body_of(answer), HEAD)
        known.note_versions([*posts, *response.posts.values()])
        roots = [post.get("conversation_id") or post["id"] for post in posts]
        known.request_owners(
            [
                root
                for post, root in zip(posts, roots, strict=True)
                if root not in (*versions_of(post), *known.is_ours)
            ]
        )
        for post, root in zip(posts, roots, strict=True):
            is_root = root in versions_of(post)
            if not is_root and known.is_ours.get(root):
                self.entries.append(root)
            elif is_root and post.get("author_id") == crawl.me:
                known.queue_search(post, response)
            elif crawl.me not in (*participants_of(post), *mentioned_accounts(post)):
                raise UsageError(
                    f"{crawl.window.url} is in no conversation of this account",
                    "Only posts by and to the account are captured.",
                )
        if not posts:
            raise UsageError(
                f"{crawl.window.url} cannot be seen on X", "The post may be removed, or not public."
            )
        ours = sorted(native for native, is_ours in known.is_ours.items() if is_ours)
        answer = replace(answer, context={**answer.context, "ours": ours})
        yield with_context(answer, firsts=known.first_versions_in(posts))


class Searches(Queue[Crawl[XCursor]]):
    """The search for conversations, several at once.

    An entry is [conversation, when it began, record ID of its root post]. If X fails at several, half of them
    are requested, down to the one at which it fails.
    """

    entries_field = "searches"

    def __init__(
        self, crawl: Crawl[XCursor], api: Api, posts: PostRequests, known: KnownConversations
    ) -> None:
        super().__init__(crawl)
        self.api, self.posts, self.known = api, posts, known

    def root_of(self, entry: Sequence[str]) -> str:
        return entry[2]

    def read(self) -> Iterator[Exchange]:
        """Search for the next conversations, and remove them."""
        todo = self.crawl.todo
        if not todo.search_for:
            todo.search_for, todo.search_page = self.count_together(), None
        batch = self.entries[: todo.search_for]
        for page in catch_failure(self.pages(batch)):
            if isinstance(page, PlatformFailure):
                yield from self.skip(batch, page)
                return
            yield self.crawl.at_cursor(self.take_page(batch, page))
        waiting = {self.root_of(entry) for entry in self.entries}
        for root in {self.root_of(entry) for entry in batch} - waiting:
            self.crawl.window.note_read(root)

    def count_together(self) -> int:
        """Return how many of the next conversations one search is for.

        That is as many as fit into a query, or fewer if these fill its pages better. The number of results is
        an estimate: the root post of a conversation, and as many replies as it counts.
        """
        length_limit, page = (
            (ARCHIVE_QUERY, ARCHIVE_PAGE) if self.crawl.todo.archive else (RECENT_QUERY, PAGE)
        )
        length, results, best, least = -len(_OR), 0, 1, float(page)
        for number, (conversation, _, root) in enumerate(self.entries, 1):
            length += len(_OR) + len(_IN) + len(conversation)
            results += 1 + self.known.reply_counts.get(root, 0)
            if length > length_limit:
                break
            if (unused := -results % page / number) <= least:
                best, least = number, unused
        return best

    def pages(self, batch: Sequence[Sequence[str]]) -> Iterator[Exchange]:
        """Search for what is said in these conversations, newest first."""
        crawl, todo = self.crawl, self.crawl.todo
        conversations = [conversation for conversation, _, _ in batch]
        query = _OR.join(f"{_IN}{require_path_segment(conversation)}" for conversation in conversations)
        in_archive, span = bool(todo.archive), dict[str, str | int](max_results=PAGE)
        if in_archive:
            began = moment(min(entry[1] for entry in batch))
            span = {"max_results": ARCHIVE_PAGE, "start_time": f"{began:%Y-%m-%dT%H:%M:%SZ}"}
        self.known.first_versions |= {
            version: root.removeprefix(record_id_of(""))
            for version, _, root in batch
            if record_id_of(version) != root
        }
        told: dict[str, Any] = {"whole": self.known.whole, "ours": conversations, "heard": conversations}
        # A conversation that the last capture was not given has not been paid either.
        if "paid" in crawl.context and crawl.window.changed_since is not None:
            told["paid"] = instant(crawl.window.changed_since)
        params: Params = {**POST_FIELDS, "query": query, **span}
        context = crawl.context | told
        return self.api.search(params, context, in_archive=in_archive, start=todo.search_page)

    def take_page(self, batch: Sequence[Sequence[str]], page: Exchange) -> Exchange:
        """Complete a page; after the last one, remove the conversations."""
        crawl, known = self.crawl, self.known
        page = self.posts.describe(page)
        crawl.unread.note_given()
        posts, response = posts_if_sound(page)
        known.note_versions([*posts, *response.posts.values()])
        crawl.todo.search_page = page.cursor
        if page.cursor is None:
            del self.entries[: len(batch)]
            crawl.todo.search_for = 0
        return with_context(page, firsts=known.first_versions_in(posts))

    def skip(self, batch: Sequence[Sequence[str]], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on after a failure, with half of the conversations or behind a single one."""
        if not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
            raise failure
        self.crawl.todo.search_for, self.crawl.todo.search_page = len(batch) // 2, None
        if len(batch) == 1:
            yield self.pass_over(batch[0], failure)
