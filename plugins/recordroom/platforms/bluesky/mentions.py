"""Posts of others that mention or quote an account, apart from its conversations.

    app.bsky.feed.getQuotes                        of the AppView: the posts that quote a post
    app.bsky.notification.listNotifications        of the account's own server, with a session, newest first

A page of notifications may be short or empty although it is not the last one. Without `priority=false`, an
account that has chosen so (putPreferences) gets only those of people whom it follows. A page also shows whom
the account mutes and what it has read. So each post is requested by its address, where everybody may see it,
and a page is kept only if the AppView does not show one of its posts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recordroom.errors import PlatformFailure
from recordroom.model import REMOVED, UNAVAILABLE, Exchange
from recordroom.platforms.bluesky.api import ANSWERED, BATCH, cursor_of, is_not_found, method_url
from recordroom.platforms.bluesky.parse import (
    REASONS,
    REPLY_REASON,
    addresses_in,
    noticed_posts,
    notices_in,
    posts_in,
)
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import content_of, when

if TYPE_CHECKING:
    from recordroom.platforms.bluesky.crawl import BlueskyCrawl

PAGE = 100  # quotes or notifications in a page
_NOTICES: Params = {"reasons": list(REASONS), "priority": "false", "limit": PAGE}
_MISSING = "who names the account without answering it is not told"


class Mentions:
    """The quotes and notifications that one crawl reads."""

    def __init__(self, crawl: BlueskyCrawl) -> None:
        self.crawl = crawl

    def read_quotes(self, uri: str) -> Iterator[Exchange]:
        """Read the posts that quote a post of the account.

        A crawl that stops between the pages requests them again.
        """
        crawl = self.crawl
        params: Params = {"uri": uri, "limit": PAGE}
        url = method_url(crawl.account, "app.bsky.feed.getQuotes")
        pages = by_cursor(crawl.client, url, params, cursor_of, context=crawl.context, expect=ANSWERED)
        for page in pages:
            if page.cursor is None:
                crawl.todo.quotes.remove(uri)
            if not is_not_found(page):
                yield from self._give(page, [post for post in posts_in(page) if self._is_apart(post, page)])

    def read_notices(self) -> Iterator[Exchange]:
        """Read the posts of notifications, or report that these are not given."""
        crawl = self.crawl
        pages = crawl.own_pages(
            "app.bsky.notification.listNotifications", _NOTICES, cursor_of, crawl.todo.notices
        )
        while True:
            try:
                page = next(pages, None)
                found = [] if page is None else self._missing_posts(page)
            except PlatformFailure as failure:
                yield crawl.report_refusal(failure, _MISSING)
                break
            if page is None:
                break
            yield from self._read_posts(page, found)
            crawl.todo.notices, times = page.cursor, _times_in(page)
            if crawl.since and times and min(times) < crawl.since:
                break
        crawl.todo.named = True

    def _missing_posts(self, page: Exchange) -> list[dict[str, Any]]:
        """Return the notifications of posts that no conversation shows."""
        return [
            notice for _, notice in noticed_posts(page, content_of(page)) if self._is_missing(notice, page)
        ]

    def _is_missing(self, notice: Mapping[str, Any], page: Exchange) -> bool:
        """Return whether no conversation shows the post of a notification.

        All were read before. The post is apart from the conversations. Or its parent has disappeared, or a
        block separates the two, so that no conversation leads to it, nor to one that is archived as gone and
        is available again.
        """
        if notice["reason"] != REPLY_REASON and self._is_apart(notice, page):
            return True
        known = self.crawl.window.known(f"bluesky:{notice['uri']}", anywhere=True)
        is_archived = known is not None and known.status not in {REMOVED, UNAVAILABLE}
        return notice["uri"] not in self.crawl.given and not is_archived

    def _read_posts(self, page: Exchange, notices: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """Read posts as everybody sees them.

        One that the AppView does not show is read from the page itself, since nothing else may show it.
        """
        rest = {notice["uri"]: notice for notice in notices}
        uris = list(rest)
        for start in range(0, len(uris), BATCH):
            for answer in self.crawl.conversations.request_posts(uris[start : start + BATCH]):
                if "unread" in answer.context:
                    rest.pop(answer.context["unread"].removeprefix("bluesky:"), None)
                    yield answer
                    continue
                posts = posts_in(answer)
                for post in posts:
                    rest.pop(post["uri"], None)
                yield from self._give(answer, posts)
        if rest:
            why = ["platform", "the account was told of it, but the AppView does not show it"]
            page = replace(page, context={**page.context, "hidden": dict.fromkeys(rest, why)})
            yield from self._give(page, list(rest.values()))

    def _give(self, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """Yield a response so that only these posts are read, and note them as given."""
        crawl = self.crawl
        crawl.given.update(post["uri"] for post in posts)
        if posts:
            context = {**answer.context, "only": [post["uri"] for post in posts], "apart": True}
            yield crawl.at_cursor(crawl.with_file_servers(replace(answer, context=context), posts))

    def _is_apart(self, post: Mapping[str, Any], answer: Exchange) -> bool:
        """Return whether a post is of others, no reply to the account, and not given yet.

        A post in a conversation of the account, or in reply to a post of its own, is read there. Its author
        may have written anything into these addresses.
        """
        me, reply = self.crawl.me, post["record"].get("reply")
        if post["author"]["did"] == me:
            return False
        addresses = () if reply is None else addresses_in(reply, answer, "/record/reply")
        replies_to_us = any(uri.startswith(f"at://{me}/") for uri in addresses)
        return not replies_to_us and post["uri"] not in self.crawl.given


def _times_in(page: Exchange) -> list[datetime]:
    """Return when each notification of a page was made."""
    return [
        when(notice["indexedAt"], page, f"/notifications/{i}/indexedAt")
        for i, notice in enumerate(notices_in(page, content_of(page)))
    ]
