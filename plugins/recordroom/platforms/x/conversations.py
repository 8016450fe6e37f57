"""What is said in the conversations that an account on X began, and who began those in which it answers, or
is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, instant, moment
from recordroom.platforms.contract import Client, Window
from recordroom.platforms.http import in_path
from recordroom.platforms.paging import Params, catch_failure
from recordroom.platforms.schema import Reading
from recordroom.platforms.x.asking import Asking
from recordroom.platforms.x.entities import (
    View,
    accounts_named,
    began_at,
    between,
    body_of,
    history_of,
    posts_of,
    record_id_of,
    references_of,
    replies_to,
    sound_posts_of,
)
from recordroom.platforms.x.platform import ARCHIVE_PAGE, ARCHIVE_WORDS, PAGE, RECENT_WORDS
from recordroom.platforms.x.schema import HEAD

if TYPE_CHECKING:
    from recordroom.register.models import Account

HEADS: Params = {
    "post.fields": "conversation_id,created_at,id",
    "expansions": "author_id,edit_history_post_ids",
}
_IN, _OR = "conversation_id:", " OR "


class Conversations(Asking):
    """Each that one of the account's posts began is read once. `ours`: conversations, and whether the account
    began them; `heard`: those of which all answers are asked for in this capture; `firsts`: of later versions
    of posts, the first: each version begins a conversation of its own."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        super().__init__(account, client, window)
        self.ours: dict[str, bool] = {}
        self.heard: set[str] = set()
        self.counted: dict[str, int] = {}
        self.firsts: dict[str, str] = {}

    def note_conversation(self, post: dict[str, Any], view: View) -> None:
        """A post counts the answers to itself alone: where it has some, nothing tells of answers to those.
        Whoever answered before an edit is in the conversation of what they saw."""
        history, began, count = history_of(post), began_at(post), replies_to(post, view)
        self.ours |= dict.fromkeys(history, True)
        if count != 0 and self.todo.archive is False and began < self.reach:
            self.todo.unheard += 1
        root = record_id_of(history[0])
        if not self.window.wants(root, began, count, all_told=count == 0):
            return
        if count != 0 and self.todo.archive is None:
            self.window.not_given(root)
            return
        self.heard.update(history)
        if count == 0:
            self.window.read(root)
        else:
            self.todo.searches += [[version, instant(began), root] for version in history]
            self.counted[root] = count or 0

    def learn_firsts(self, posts: Iterable[dict[str, Any]]) -> None:
        for post in posts:
            first, *later = history_of(post)
            self.firsts |= dict.fromkeys(later, first)

    def firsts_of(self, posts: Iterable[dict[str, Any]]) -> dict[str, Any]:
        """For the context: of what these posts name by a later version, the first."""
        named = {
            native
            for post in posts
            for native in (post.get("conversation_id"), *references_of(post).values())
        }
        found = {
            native: self.firsts[native] for native in sorted(filter(None, named)) if native in self.firsts
        }
        return {"firsts": found} if found else {}

    def learn_heads(self, posts: Sequence[dict[str, Any]]) -> None:
        """Who began the conversations in which the account answers, or is answered, further down; and of
        answers that only name it, when they are new: they may stand below a later version of a post of its
        own, and what they stand below first is kept."""
        unknown = set[str]()
        for post in posts:
            conversation, above = post.get("conversation_id"), references_of(post).get("replied_to")
            if (
                conversation is None
                or above is None
                or conversation in self.ours
                or not (self.me in between(post) or self.is_new(post))
            ):
                continue
            if above == conversation:
                self.ours[conversation] = post.get("in_reply_to_user_id") == self.me
            else:
                unknown.add(conversation)
        self.ask_heads(sorted(unknown))

    def is_new(self, post: dict[str, Any]) -> bool:
        """Whether neither it nor a first post of that id is held."""
        natives = (history_of(post)[0], post["conversation_id"])
        return not any(self.window.holds(record_id_of(native)) for native in natives)

    def ask_heads(self, natives: Sequence[str]) -> None:
        """Where X fails to say, what is held is believed: the account's own posts are, those of others are
        not.
        """
        for answer in self.each_by_id(
            natives, "X does not say who began some conversations in which the account answers", HEADS
        ):
            if isinstance(answer, str):
                held = self.window.known(record_id_of(answer), anywhere=True)
                self.ours[answer] = held is not None and held.kind == "post"
                continue
            self.ours |= {post["id"]: post.get("author_id") == self.me for post in posts_of(answer)}
            self.learn_firsts(posts_of(answer))

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds besides the lists."""
        while self.todo.posts or self.todo.searches:
            yield from self.single() if self.todo.posts else self.conversations()

    def single(self) -> Iterator[Exchange]:
        """One post of a permalink as it stands now, though that name an earlier version; and then its
        conversation where it is ours.
        """
        native = self.todo.posts.pop(0)
        answer = self.by_id([native])
        if later := [newest for post in posts_of(answer) if (newest := history_of(post)[-1]) != native]:
            answer = self.by_id(later)
        answer = self.described(answer)
        posts, view = posts_of(answer), View(Reading(answer), body_of(answer), HEAD)
        self.learn_firsts([*posts, *view.posts.values()])
        heads = [post.get("conversation_id") or post["id"] for post in posts]
        self.ask_heads(
            [
                head
                for post, head in zip(posts, heads, strict=True)
                if head not in (*history_of(post), *self.ours)
            ]
        )
        for post in posts:
            head = post.get("conversation_id") or post["id"]
            began_here = head in history_of(post)
            if not began_here and self.ours.get(head):
                self.todo.posts.append(head)
            elif began_here and post.get("author_id") == self.me:
                self.note_conversation(post, view)
            elif self.me not in (*between(post), *accounts_named(post)):
                raise UsageError(
                    f"{self.window.url} is in no conversation of this account",
                    "Only writings by and to it are captured.",
                )
        if not posts:
            raise UsageError(f"{self.window.url} cannot be seen on X", "It may be gone, or not public.")
        ours = sorted(head for head, own in self.ours.items() if own)
        yield replace(
            answer, context={**answer.context, "ours": ours, **self.firsts_of(posts)}, cursor=self.todo.cursor
        )

    def together(self) -> int:
        """How many of the next conversations one search is for: as many as may be named in it, or fewer where
        these fill its pages better. What will be found is a guess: a conversation's first post, and as many
        answers as that one counts."""
        words, page = (ARCHIVE_WORDS, ARCHIVE_PAGE) if self.todo.archive else (RECENT_WORDS, PAGE)
        length, found, best, least = -len(_OR), 0, 1, float(page)
        for number, (conversation, _, root) in enumerate(self.todo.searches, 1):
            length += len(_OR) + len(_IN) + len(conversation)
            found += 1 + self.counted.get(root, 0)
            if length > words:
                break
            if (empty := -found % page / number) <= least:
                best, least = number, empty
        return best

    def conversations(self) -> Iterator[Exchange]:
        """Everything said in the next conversations, newest first. Where X fails at one of several, half of
        them are asked for.
        """
        todo = self.todo
        if not todo.search_for:
            todo.search_for, todo.search_page = self.together(), None
        batch = todo.searches[: todo.search_for]
        heads = [conversation for conversation, _, _ in batch]
        query = _OR.join(f"{_IN}{in_path(conversation)}" for conversation in heads)
        path, params = "recent", dict[str, str | int | list[str]](query=query, max_results=PAGE)
        if todo.archive:
            began = moment(min(began for _, began, _ in batch))
            path, params = (
                "all",
                {**params, "max_results": ARCHIVE_PAGE, "start_time": f"{began:%Y-%m-%dT%H:%M:%SZ}"},
            )
        self.firsts |= {
            version: root.removeprefix(record_id_of(""))
            for version, _, root in batch
            if record_id_of(version) != root
        }
        told = {"whole": self.whole, "ours": heads, "heard": heads}
        if (
            "paid" in self.context and self.window.changed_since is not None
        ):  # what was not given then was not paid either
            told["paid"] = instant(self.window.changed_since)
        for found in catch_failure(
            self.pages(f"/2/tweets/search/{path}", params, todo.search_page, "next_token", **told)
        ):
            if isinstance(found, PlatformFailure):
                yield from self.without_answers(batch, found)
                return
            page = self.described(found)
            self.unread.given()
            posts, view = sound_posts_of(page)
            self.learn_firsts([*posts, *view.posts.values()])
            todo.search_page = page.cursor
            if page.cursor is None:
                del todo.searches[: len(batch)]
                todo.search_for = 0
            yield replace(page, context={**page.context, **self.firsts_of(posts)}, cursor=todo.cursor)
        for root in {root for _, _, root in batch} - {root for _, _, root in todo.searches}:
            self.window.read(root)

    def without_answers(self, batch: Sequence[Sequence[str]], failure: PlatformFailure) -> Iterator[Exchange]:
        """Go on after X failed to give these conversations: with half of them, or behind a single one."""
        if not isinstance(failure, AccountUnavailable | Blocked | UnexpectedResponse):
            raise failure
        todo = self.todo
        todo.search_for, todo.search_page = len(batch) // 2, None
        if len(batch) == 1:
            answer = self.unread.passed(batch[0][2], failure)
            del todo.searches[0]
            yield replace(answer, context={**answer.context, **self.short}, cursor=todo.cursor)
