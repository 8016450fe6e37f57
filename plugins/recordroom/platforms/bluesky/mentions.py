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
from typing import Any

from recordroom.errors import PlatformFailure
from recordroom.model import REMOVED, UNAVAILABLE, Exchange
from recordroom.platforms.bluesky.api import BATCH, cursor_of, is_not_found
from recordroom.platforms.bluesky.parse import (
    REASONS,
    REPLY_REASON,
    addresses_in,
    noticed_posts,
    notices_in,
    posts_in,
)
from recordroom.platforms.bluesky.state import CrawlState
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import load_content, read_time

PAGE = 100  # quotes or notifications in a page
_NOTICES: Params = {"reasons": list(REASONS), "priority": "false", "limit": PAGE}
_MISSING = "posts that mention the account without replying to it could not be read"


def read_quotes(state: CrawlState, uri: str) -> Iterator[Exchange]:
    """Read the posts that quote a post of the account.

    A crawl that stops between the pages requests them again.
    """
    params: Params = {"uri": uri, "limit": PAGE}
    for page in state.api.pages("app.bsky.feed.getQuotes", params, cursor_of):
        if page.cursor is None:
            state.todo.quotes.remove(uri)
        if not is_not_found(page):
            yield from _give(state, page, [post for post in posts_in(page) if _is_apart(state, post, page)])


def read_notices(state: CrawlState) -> Iterator[Exchange]:
    """Read the posts of notifications, or report that these are not given."""
    method = "app.bsky.notification.listNotifications"
    pages = state.api.own_pages(method, _NOTICES, start=state.todo.notices)
    while True:
        try:
            page = next(pages, None)
            found = [] if page is None else _missing_posts(state, page)
        except PlatformFailure as failure:
            yield state.report_refusal(failure, _MISSING)
            break
        if page is None:
            break
        yield from _read_posts(state, page, found)
        state.todo.notices, times = page.cursor, _times_in(page)
        if state.since and times and min(times) < state.since:
            break
    state.todo.named = True


def _missing_posts(state: CrawlState, page: Exchange) -> list[dict[str, Any]]:
    """Return the notifications of posts that no conversation shows."""
    return [
        notice for _, notice in noticed_posts(page, load_content(page)) if _is_missing(state, notice, page)
    ]


def _is_missing(state: CrawlState, notice: Mapping[str, Any], page: Exchange) -> bool:
    """Return whether no conversation shows the post of a notification.

    All were read before. The post is apart from the conversations. Or its parent has disappeared, or a block
    separates the two, so that no conversation leads to it, nor to one that is archived as gone and is
    available again.
    """
    if notice["reason"] != REPLY_REASON and _is_apart(state, notice, page):
        return True
    known = state.window.find_known(f"bluesky:{notice['uri']}", anywhere=True)
    is_archived = known is not None and known.status not in {REMOVED, UNAVAILABLE}
    return notice["uri"] not in state.given and not is_archived


def _read_posts(state: CrawlState, page: Exchange, notices: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
    """Read posts as everybody sees them.

    One that the AppView does not show is read from the page itself, since nothing else may show it.
    """
    rest = {notice["uri"]: notice for notice in notices}
    uris = list(rest)
    for start in range(0, len(uris), BATCH):
        for answer in state.request_posts(uris[start : start + BATCH]):
            if "unread" in answer.context:
                rest.pop(answer.context["unread"].removeprefix("bluesky:"), None)
                yield answer
                continue
            posts = posts_in(answer)
            for post in posts:
                rest.pop(post["uri"], None)
            yield from _give(state, answer, posts)
    if rest:
        why = ["platform", "the account was notified of it, but Bluesky does not show it"]
        page = replace(page, context={**page.context, "hidden": dict.fromkeys(rest, why)})
        yield from _give(state, page, list(rest.values()))


def _give(state: CrawlState, answer: Exchange, posts: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
    """Yield a response so that only these posts are read, and note them as given."""
    state.given.update(post["uri"] for post in posts)
    if posts:
        context = {**answer.context, "only": [post["uri"] for post in posts], "apart": True}
        yield state.at_cursor(state.with_file_servers(replace(answer, context=context), posts))


def _is_apart(state: CrawlState, post: Mapping[str, Any], answer: Exchange) -> bool:
    """Return whether a post is of others, no reply to the account, and not given yet.

    A post in a conversation of the account, or in reply to a post of its own, is read there. Its author
    may have written anything into these addresses.
    """
    me, reply = state.api.me, post["record"].get("reply")
    if post["author"]["did"] == me:
        return False
    addresses = () if reply is None else addresses_in(reply, answer, "/record/reply")
    replies_to_us = any(uri.startswith(f"at://{me}/") for uri in addresses)
    return not replies_to_us and post["uri"] not in state.given


def _times_in(page: Exchange) -> list[datetime]:
    """Return when each notification of a page was made."""
    return [
        read_time(notice["indexedAt"], page, f"/notifications/{i}/indexedAt")
        for i, notice in enumerate(notices_in(page, load_content(page)))
    ]
