"""The posts of an account on Bluesky, and their conversations.

    app.bsky.feed.getAuthorFeed          posts, replies, reposts, and quotes of the account, newest first
      app.bsky.feed.getPostThread        the replies to a post, and the replies to those
      app.bsky.feed.getPosts             single posts: what a conversation hides
      app.bsky.feed.getQuotes            who quotes a post (mentions.py)

If a post counts more replies than its conversation shows, its own conversation is requested. A reply that the
author of a root post hides (`threadgate`) is in no conversation; it is requested by its address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Exchange, instant
from recordroom.platforms.bluesky.api import BATCH, cursor_of, did_of_name, is_not_found
from recordroom.platforms.bluesky.blocks import find_blocks
from recordroom.platforms.bluesky.mentions import read_quotes
from recordroom.platforms.bluesky.parse import (
    check_post,
    feed_in,
    gate_hides,
    hidden_by_gate,
    is_repost,
    listed_at,
    nodes_in,
    ordered_at,
    posts_in,
    root_of,
)
from recordroom.platforms.bluesky.platform import POST, post_in
from recordroom.platforms.bluesky.schema import BlueskyContext
from recordroom.platforms.bluesky.state import CrawlState
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import load_content

PAGE = 100  # items in a page of the feed
# The lexicon allows 1,000. JSON parsers end at about 1,000 nested brackets, and a level has two.
DEPTH = 200


class Conversations:
    """The feed and the conversations that one crawl reads.

    looked_up: posts that a lookup has found by their addresses; of their conversations only the rest is read.
    """

    def __init__(self, state: CrawlState) -> None:
        self.state, self.api, self.window = state, state.api, state.window
        self.looked_up: frozenset[str] = frozenset()

    def start_at(self, url: str) -> None:
        """Change the cursor so that only the conversation of this permalink is read.

        It is requested from the account's post at its head. UsageError: the post is not shown, or is in no
        conversation of the account.
        """
        api, todo = self.api, self.state.todo
        actor, key = post_in(url)
        uri = f"at://{did_of_name(api.account, api.client, actor)}/{POST}/{key}"
        answer = api.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = posts_in(answer) if answer.status == 200 else []
        if not posts:
            raise UsageError(
                f"{url} cannot be seen on Bluesky",
                "It may have been removed, or its author's handle may have changed.",
            )
        reply = posts[0]["record"].get("reply") or {"root": {"uri": uri}, "parent": {"uri": uri}}
        near = (reply["root"]["uri"], uri, reply["parent"]["uri"])
        ours = list(filter(self._is_ours, near)) or list(filter(self._is_ours, self._parents_of(uri)))
        if not ours:
            raise UsageError(
                f"{url} does not belong to a conversation of this account",
                "Only posts by the account, and posts addressed to it, are captured.",
            )
        todo.listed, todo.threads = True, [ours[0]]
        if uri == ours[0]:
            return
        if blocked := find_blocks(api, [uri]):
            todo.posts = blocked
        else:
            todo.below = {uri: ours[0]}

    def _parents_of(self, uri: str) -> Iterator[str]:
        """Yield the parent of a post, the parent of that one, and so on.

        It ends where the AppView shows no more.
        """
        params = {"uri": uri, "depth": 0, "parentHeight": DEPTH}
        answer = self.api.get("app.bsky.feed.getPostThread", params)
        body = None if is_not_found(answer) else load_content(answer)
        node = body.get("thread") if isinstance(body, dict) else None
        while isinstance(node, dict) and isinstance(node.get("post"), dict):
            check_post(node["post"], answer, "/thread/post")
            if reply := node["post"]["record"].get("reply"):
                yield reply["parent"]["uri"]
            node = node.get("parent")

    # -- the feed --

    def read_feed(self) -> Iterator[Exchange]:
        """Read the account's posts, newest first; after each page, what it queues."""
        state, since = self.state, self.state.since
        params: Params = {"actor": self.api.me, "filter": "posts_with_replies", "limit": PAGE}
        context: BlueskyContext = {**self.api.context}
        if since:
            context["since"] = instant(since)
        method = "app.bsky.feed.getAuthorFeed"
        for page in self.api.pages(method, params, self._next_page, start=state.todo.page, context=context):
            state.todo = state.todo.turn_page(page.cursor)
            feed = feed_in(page)
            for item in feed:
                self._take_listed(item, page)
            yield state.at_cursor(state.with_file_servers(page, [item["post"] for item in feed]))
            yield from self.read_pending()

    def _next_page(self, page: Exchange) -> str | None:
        """Return the cursor of the next page; None at the end of the feed or the window."""
        feed, since = feed_in(page), self.state.since
        return None if feed and since and listed_at(feed[-1], page) < since else cursor_of(page)

    def _take_listed(self, item: dict[str, Any], page: Exchange) -> None:
        """Queue what must be read of an item of the feed.

        If the AppView does not count replies or quotes, there may be some.
        """
        since = self.state.since
        if is_repost(item) or (since and listed_at(item, page) < since):
            return
        if item["post"]["record"].get("reply") is None:
            self._take_listed_root(item, page)
        else:
            self._take_listed_reply(item, page)

    def _take_listed_root(self, item: dict[str, Any], page: Exchange) -> None:
        post, todo = item["post"], self.state.todo
        uri, replies, quotes = post["uri"], post.get("replyCount"), post.get("quoteCount")
        sign = f"{replies} and {quotes}" if quotes else replies
        if not self.window.wants_conversation(
            f"bluesky:{uri}", listed_at(item, page), sign, all_told=replies == 0
        ):
            todo.below = {reply: root for reply, root in todo.below.items() if root != uri}
            return
        todo.threads += [uri] if replies != 0 or gate_hides(post) else []
        todo.quotes += [uri] if quotes != 0 else []
        self.state.roots[uri] = uri
        self._report_read(uri)

    def _take_listed_reply(self, item: dict[str, Any], page: Exchange) -> None:
        """Queue the conversation below a reply of the account.

        If a page of this window brings the conversation from its root, it is only queued if that
        conversation, at the end, did not show the reply: its parent may have disappeared.
        """
        post, todo, since = item["post"], self.state.todo, self.state.since
        uri, root = post["uri"], (item.get("reply") or {}).get("root")
        todo.quotes += [uri] if post.get("quoteCount") != 0 and since is None else []
        if post.get("replyCount") == 0:
            return
        if (
            self._is_ours(post["record"]["reply"]["root"]["uri"])
            and isinstance(root, dict)
            and "record" in root
        ):
            where = "/feed/reply/root"
            check_post(root, page, where)
            if since is None or ordered_at(root, page, where) >= since:
                todo.below[uri] = root["uri"]
                return
        todo.threads.append(uri)

    # -- what was queued --

    def read_pending(self) -> Iterator[Exchange]:
        """Read all that the cursor holds; each response may add to it.

        A post that is not found by now has just disappeared: the next capture looks for it.
        """
        todo = self.state.todo
        while todo.threads or todo.posts or todo.quotes or (todo.listed and todo.below):
            if not todo.threads and not todo.posts and not todo.quotes:
                self.state.roots |= todo.below
                todo.threads, todo.below = list(todo.below), {}
            if todo.threads:
                yield from self._read_thread(todo.threads.pop(0))
            elif todo.posts:
                yield from self._read_hidden()
            else:
                yield from self._read_quotes(todo.quotes[0])

    def _read_quotes(self, uri: str) -> Iterator[Exchange]:
        try:
            yield from read_quotes(self.state, uri)
            self._report_read(self.state.roots.get(uri))
        except PlatformFailure as failure:
            todo = self.state.todo
            todo.quotes = [one for one in todo.quotes if one != uri]
            yield self.state.pass_over(uri, failure)

    def _read_thread(self, uri: str) -> Iterator[Exchange]:
        """Read a conversation."""
        state = self.state
        try:
            answer, posts = self._request_thread(uri)
        except PlatformFailure as failure:
            yield state.pass_over(uri, failure)
            return
        state.given.update(post["uri"] for post in posts)
        if posts:
            yield state.at_cursor(state.with_file_servers(answer, posts))
            self._report_read(state.roots.get(uri))

    def _request_thread(self, uri: str) -> tuple[Exchange, list[dict[str, Any]]]:
        """Request a conversation; return it with those of its posts that are read.

        There is none if the post was removed.
        """
        params = {"uri": uri, "depth": DEPTH, "parentHeight": 0}
        answer = self.api.get("app.bsky.feed.getPostThread", params)
        posts = [] if is_not_found(answer) else self._take_thread(answer, self.state.roots.get(uri))
        self.state.unread.note_given()
        shown, todo = {post["uri"] for post in posts}, self.state.todo
        todo.below = {reply: root for reply, root in todo.below.items() if reply not in shown}
        todo.posts = {reply: why for reply, why in todo.posts.items() if reply not in shown}
        if self.looked_up:
            posts = [post for post in posts if post["uri"] not in self.looked_up]
            answer = replace(answer, context={**answer.context, "only": [post["uri"] for post in posts]})
        return answer, posts

    def _take_thread(self, answer: Exchange, root: str | None) -> list[dict[str, Any]]:
        """Queue replies that a conversation does not show: deep ones, and hidden ones.

        root: the account's root post to which the conversation belongs. Returns the posts.
        """
        body = load_content(answer)
        nodes = list(nodes_in(body, answer))
        for pointer, node, _ in nodes:
            check_post(node["post"], answer, f"{pointer}/post")
        for _, node, _ in nodes[1:]:
            counted, shown = node["post"].get("replyCount"), node.get("replies")
            if shown is None if counted is None else counted > len(shown or ()):
                self._queue_thread(node["post"]["uri"], root)
        given = self.looked_up.union(node["post"]["uri"] for _, node, _ in nodes)
        hidden = {
            uri: why
            for uri, why in hidden_by_gate(body, answer, self.api.me).items()
            if uri not in given and uri not in self.state.given
        }
        todo = self.state.todo
        for uri, why in hidden.items() if nodes else ():
            queued, first = todo.posts.get(uri, []), root_of(nodes[0][1]["post"])
            todo.posts[uri] = queued if first in queued[2::3] else [*why, first, *queued]
        return [node["post"] for _, node, _ in nodes]

    def _read_hidden(self) -> Iterator[Exchange]:
        """Read the next replies that conversations hide."""
        state, todo = self.state, self.state.todo
        some = dict(list(todo.posts.items())[:BATCH])
        todo.posts = {uri: why for uri, why in todo.posts.items() if uri not in some}
        for answer in state.request_posts(list(some)):
            if "unread" in answer.context:
                yield answer
                continue
            posts = {post["uri"]: post for post in posts_in(answer)}
            hidden = {
                uri: why for uri, post in posts.items() if (why := self._hidden_by(post, some.get(uri, ())))
            }
            found = [posts[uri] for uri in hidden]
            for post in found:
                if post.get("replyCount") != 0:  # no conversation leads to the replies to it either
                    self._queue_thread(post["uri"], root_of(post))
            state.given.update(hidden)
            if found:
                context = {**answer.context, "hidden": hidden, "only": list(hidden)}
                yield state.at_cursor(state.with_file_servers(replace(answer, context=context), found))

    def _hidden_by(self, post: Mapping[str, Any], entries: Sequence[str | None]) -> list[str | None]:
        """Return (who, why) of a hidden reply.

        Nothing if it is not hidden, or if it does not concern the account. Only the author of its root post
        can hide it, although anybody may list any post of the network as hidden below theirs. Most replies
        that others hide are no replies to the account.

        entries: who, why, and root post, one after the other; a blocked reply has no root post.
        """
        triples = ([*entries[at : at + 3]] for at in range(0, len(entries), 3))
        found = next((one for one in triples if one[2:] in ([], [root_of(post)])), [])
        return found[:2] if not found[2:] or self._concerns_us(post) else []

    def _concerns_us(self, reply: Mapping[str, Any]) -> bool:
        """Return whether a reply is the account's, or its parent was read or is archived.

        A reply in a conversation of the account, or to a post of its own, is the account's.
        """
        parent = reply["record"]["reply"]["parent"]["uri"]
        if self._is_ours(root_of(reply)) or self._is_ours(parent):
            return True
        if parent in self.looked_up or parent in self.state.given:
            return True
        return self.window.find_known(f"bluesky:{parent}", anywhere=True) is not None

    def queue_threads(self, uris: Iterable[str], looked_up: Iterable[str]) -> None:
        """Queue conversations after a lookup. looked_up: the posts that it has found."""
        self.state.todo.threads += uris
        self.looked_up = frozenset(looked_up)

    def _queue_thread(self, uri: str, root: str | None) -> None:
        """Queue the conversation of a post, once."""
        todo = self.state.todo
        if uri not in (*todo.asked, *todo.threads):
            todo.threads.append(uri)
            todo.asked.append(uri)
            self.state.roots |= {uri: root} if root else {}

    def _report_read(self, root: str | None) -> None:
        """Report the conversation of a root post as read, unless part of it is queued."""
        todo = self.state.todo
        if root is None or todo.posts or root in todo.quotes or root in todo.below.values():
            return
        if not any(self.state.roots.get(uri) == root for uri in todo.threads):
            self.window.note_read(f"bluesky:{root}")

    def _is_ours(self, uri: str) -> bool:
        """Return whether an address is of a post of the account.

        In the record of a post, a handle may replace the DID: such an address leads nowhere.
        """
        return uri.startswith(f"at://{self.api.me}/")
