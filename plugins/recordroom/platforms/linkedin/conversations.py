"""The comments on the posts of a page on LinkedIn, and the answers to those: all of a post, or those that are asked for by their URNs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange
from recordroom.platforms import Known
from recordroom.platforms.linkedin.contents import answers_to, unaddressed
from recordroom.platforms.linkedin.posts import Posts
from recordroom.platforms.linkedin.restli import BATCH, Place, escaped, items_of, missing, refused, results
from recordroom.platforms.linkedin.shapes import POST_HEAD
from recordroom.platforms.linkedin.urns import bare, comment_number, record_id_of, urn_of
from recordroom.platforms.shapes import Reading
from recordroom.platforms.unread import left_out, spared


class Conversations(Posts):
    """What `todo` holds: the post of a permalink, posts whose comments are to be read, older posts that are asked for with theirs,
    `at_once` so many."""

    at_once = BATCH

    def pending(self) -> Iterator[Exchange]:
        if self.todo.permalink:
            yield self.single()
        while self.todo.threads or self.todo.alone:
            yield from self.thread() if self.todo.threads else self.older()

    def older(self) -> Iterator[Exchange]:
        """The next of the posts that are asked for by their URNs. One that LinkedIn refuses keeps nothing of the others from being read,
        nor one for which it fails to give any: they are asked for in halves then, down to that one."""
        some = self.todo.alone[: self.at_once]
        try:
            answers = [answer for answer in self.posts_by_id(some) if isinstance(answer, Exchange)]
        except PlatformFailure as problem:
            self.at_once = len(some) // 2 or BATCH
            if len(some) > 1:
                left_out(problem)
                return
            answer = self.unread.passed(record_id_of(some[0]), problem)
            del self.todo.alone[0]
            yield replace(self.told(answer, short=self.short), cursor=self.todo.cursor)
            return
        del self.todo.alone[: len(some)]
        for answer in answers:
            yield replace(answer, cursor=self.todo.cursor)
            for urn, failure in refused(answer).items():
                if results(answer):
                    self.unread.answered()
                passed = self.unread.passed(record_id_of(urn), failure)
                yield replace(self.told(passed, short=self.short), cursor=self.todo.cursor)

    def thread(self) -> Iterator[Exchange]:
        """All comments on a post, or all answers to a comment, one conversation behind the other: what was read to its end is not read
        again where the rest has to wait. What has gone since it was listed is seen to by the next capture. No more is read of a comment
        here than what one goes on by: whatever else is amiss in one keeps nothing behind it from being read."""
        todo, (entity, post) = self.todo, self.todo.threads[0]
        try:
            for page, comments, following in self.pages(f"socialActions/{escaped(entity)}/comments", todo.comments):
                for i, comment in enumerate(comments):
                    urn = urn_of(comment, page)
                    if answers_to(comment, Reading(page), f"/elements/{i}") != 0 and urn not in self.noted:  # None: not told
                        self.noted.add(urn)
                        todo.threads.insert(1, [urn, post])
                self.unread.given()
                todo.comments = following or Place()
                if following is None:
                    del todo.threads[0]
                files = self.files_in(comments, page, unaddressed)
                yield replace(self.told(page, root=record_id_of(post), files=files, short=self.short), cursor=todo.cursor)
            self.note_read(post)
        except AccountUnavailable:
            del todo.threads[0]
            todo.comments = Place()
        except PlatformFailure as failure:
            answer = self.unread.passed(record_id_of(post), failure)
            del todo.threads[0]
            todo.comments = Place()
            yield replace(self.told(answer, short=self.short), cursor=todo.cursor)

    def single(self) -> Exchange:
        """The post of a permalink; UsageError where it is none of the organization's."""
        urn, url = self.todo.permalink, self.window.url
        try:
            answer = self.api.get(f"posts/{escaped(urn)}", self.context)
        except (AccountUnavailable, UnexpectedResponse):
            found = self.by_activity(urn)
            if found is None:
                raise UsageError(f"{url} is no post of this page", "It may be gone, or another's.") from None
            answer = self.api.get(f"posts/{escaped(found)}", self.context)
        except Blocked:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.") from None
        [(pointer, post)] = items_of(answer)
        POST_HEAD.check(post, answer, pointer)
        if post.get("author") != self.me:
            raise UsageError(f"{url} is another page's", "Only the page's own posts are captured.")
        whole = self.completed(answer, [post])
        self.todo.permalink = ""
        return replace(self.told(whole, short=self.short), cursor=self.todo.cursor)

    def by_activity(self, urn: str) -> str | None:
        """The post that is this activity: addresses have the one, the API wants the other."""
        if ":activity:" not in urn:
            return None
        for _, posts, _ in self.pages(f"posts?q=author&author={escaped(self.me)}&sortBy=CREATED", Place()):
            for post, told in self.social([post["id"] for post in posts]).items():
                if told.get("entity") == urn:
                    return post
        return None

    def comments_by_id(self, post: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        """Below the post, then, of answers that are not found there, below the comment that each answers; (comment, answer) of those that
        are found nowhere."""
        replies: dict[str, list[Known]] = {}
        for answer in self.comments_below(post, post, known):
            if isinstance(answer, Exchange):
                yield answer
            elif answer[0].kind == "reply":
                replies.setdefault(bare(answer[0].parent_id or ""), []).append(answer[0])
            else:
                yield answer
        for above, some in replies.items():
            yield from self.comments_below(post, above, some)

    def comments_below(self, post: str, above: str, known: Sequence[Known]) -> Iterator[Exchange | tuple[Known, Exchange]]:
        for at in range(0, len(known), BATCH):
            part = {comment_number(k.native_id): k for k in known[at : at + BATCH]}
            path = f"socialActions/{escaped(above)}/comments?ids=List({','.join(map(escaped, part))})"
            try:
                answer = self.api.get(path, {**self.context, "root": record_id_of(post)})
            except AccountUnavailable as gone:
                if gone.exchange is None:
                    raise
                yield from ((k, gone.exchange) for k in part.values())
                continue
            except Blocked as refusal:  # of one post, while the role is there: nothing is concluded
                yield self.told(spared(refusal), not_given=True, untold=[k.record_id for k in part.values()])
                continue
            untold = [part[comment_number(key)].record_id for key in refused(answer)]
            if results(answer) or untold:
                files = self.files_in(results(answer).values(), answer, unaddressed)
                yield self.told(answer, untold=untold, files=files)
            yield from ((part[comment_number(key)], answer) for key in missing(answer))
