"""What the account's own server tells it alone: who names or quotes it elsewhere, its private messages; and
whom it blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from recordroom.errors import Blocked, PlatformFailure, UnexpectedResponse
from recordroom.model import REMOVED, UNAVAILABLE, Exchange
from recordroom.platforms.bluesky import blocks, notices
from recordroom.platforms.bluesky.asking import BATCH
from recordroom.platforms.bluesky.chats import PERMISSION, Chats
from recordroom.platforms.bluesky.conversations import Conversations
from recordroom.platforms.bluesky.platform import SIGN_IN
from recordroom.platforms.bluesky.views import cursor_of, failure_of, posts_of
from recordroom.platforms.paging import NextOf, Params, by_cursor, not_in_vain
from recordroom.platforms.schema import content_of


class SignedIn(Conversations):
    """What stands in no conversation of the account's, and what is for the account only."""

    def own(
        self,
        method: str,
        params: Params,
        next_of: NextOf,
        start: str | None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[Exchange]:
        """Pages of the account's own server, which is shown its session."""
        server, token = self.servers.of_account(), self.client.secrets.get("token")
        if server is None or not token:
            raise Blocked("the account's server gave no session for an app password", SIGN_IN)
        url, shown = f"{server}/xrpc/{method}", {"Authorization": f"Bearer {token}", **headers}
        expect = (200, 400, 401, 403)
        yield from by_cursor(
            self.client, url, params, next_of, headers=shown, context=self.context, expect=expect, start=start
        )

    def not_given(self, problem: PlatformFailure, what: str) -> Exchange:
        """For the core: what the account's own server does not give; the AppView has told all else. Nothing
        is concluded.
        """
        return self.lacking(self.refusal(problem), f"{what}: {problem.message[:200]}")

    def refusal(self, problem: PlatformFailure) -> Exchange:
        """The answer in which it stands, or any; the failure itself where a mended connector may read it."""
        answer = problem.exchange or self.account.known.exchange
        if answer is None or (isinstance(problem, UnexpectedResponse) and problem.misshapen):
            raise problem
        return answer

    def messages(self) -> Iterator[Exchange]:
        """Private messages. Whoever goes on after a refusal asks again."""
        pages = Chats(self.own, self.window, self.todo.box, lambda: self.todo.cursor).pages()
        while True:
            try:
                page = next(pages, None)
            except PlatformFailure as problem:
                answer = self.refusal(problem)
                fails = isinstance(problem, UnexpectedResponse) and not 400 <= answer.status < 500
                needed = "" if fails else f": needed is {PERMISSION}"
                told = {"not_given": True, "messages_refused": f"{problem.message[:200]}{needed}"}
                yield replace(answer, context={**self.context, **told}, cursor=self.todo.cursor)
                return
            if page is None:
                return
            yield page

    def is_untold(self, notice: Mapping[str, Any], page: Exchange) -> bool:
        """Whether a post that names, quotes or answers the account is read nowhere else, when all
        conversations were read: it is apart from them; or what it answers has gone, or a block stands between
        the two, so that none ever led to it, nor would to one that was held as gone and is back."""
        if notice["reason"] != notices.ANSWERS and self.is_apart(notice, page):
            return True
        held = self.window.known(f"bluesky:{notice['uri']}", anywhere=True)
        return notice["uri"] not in self.given and (held is None or held.status in {REMOVED, UNAVAILABLE})

    def mentions(self) -> Iterator[Exchange]:
        """Posts of others that name, quote or answer the account, and stand in no conversation that was read."""
        pages = self.own(notices.METHOD, notices.ASKED, cursor_of, self.todo.notices)
        while True:
            try:
                page = next(pages, None)
                told = (
                    []
                    if page is None
                    else [
                        one
                        for _, one in notices.posts_in(page, content_of(page))
                        if self.is_untold(one, page)
                    ]
                )
            except PlatformFailure as problem:
                yield self.not_given(problem, "who names the account without answering it is not told")
                break
            if page is None:
                break
            yield from self.named(page, told)
            self.todo.notices, times = page.cursor, notices.times_in(page)
            if self.since and times and min(times) < self.since:
                break
        self.todo.named = True

    def named(self, page: Exchange, told: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """These posts as everybody sees them. One that the AppView does not show is read from the page
        itself: nothing else may tell it.
        """
        unshown = {one["uri"]: one for one in told}
        uris = list(unshown)
        for some in (uris[i : i + BATCH] for i in range(0, len(uris), BATCH)):
            for answer in self.posts(some):
                if "unread" in answer.context:
                    unshown.pop(answer.context["unread"].removeprefix("bluesky:"), None)
                    yield answer
                    continue
                shown = posts_of(answer)
                unshown = {
                    uri: one for uri, one in unshown.items() if uri not in {post["uri"] for post in shown}
                }
                yield from self.apart(answer, shown)
        if unshown:
            why = ["platform", "the account was told of it, but the AppView does not show it"]
            page = replace(page, context={**page.context, "hidden": dict.fromkeys(unshown, why)})
            yield from self.apart(page, list(unshown.values()))

    def blocked(self) -> Iterator[Exchange]:
        """All blocks of the account's repository as one answer. Where it cannot be read, or the AppView does
        not name these people, nothing is concluded, and it is told."""
        server, pages, handles = self.servers.of(self.me), list[Exchange](), dict[str, str]()
        if server is None:
            answer = self.account.known.exchange or self.get("app.bsky.actor.getProfile", {"actor": self.me})
            yield self.lacking(
                answer, "whom the account blocks is not known: nothing tells where its repository is"
            )
            return
        try:
            for collection in blocks.COLLECTIONS:
                asked: Params = {"repo": self.me, "collection": collection, "limit": blocks.PAGE}
                url = f"{server}/xrpc/com.atproto.repo.listRecords"
                pages += not_in_vain(
                    by_cursor(self.client, url, asked, blocks.cursor_of, context=self.context),
                    lambda page: not blocks.subjects(page),
                )
            people = [one for page in pages for one in blocks.subjects(page)]
            dids = [one for one in people if one.startswith("did:")]
            for some in (dids[i : i + blocks.NAMES] for i in range(0, len(dids), blocks.NAMES)):
                answer = self.get("app.bsky.actor.getProfiles", {"actors": some})
                if problem := failure_of(answer):
                    raise problem
                handles |= blocks.handles_in(answer)
        except PlatformFailure as problem:  # of this alone: all else has been told
            yield self.not_given(problem, "whom the account blocks is not told")
            return
        yield replace(
            pages[0],
            context={**pages[0].context, "people": people, "handles": handles},
            cursor=self.todo.cursor,
        )
