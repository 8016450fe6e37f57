"""What a Bluesky account published, and what was said below it: its feed, the conversations, who quotes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from recordroom.errors import PlatformFailure, UnexpectedResponse, UsageError
from recordroom.model import Exchange, instant
from recordroom.platforms.bluesky import notices
from recordroom.platforms.bluesky.asking import BATCH, Todo, with_files
from recordroom.platforms.bluesky.hosts import ANSWERED, appview, did_of_name
from recordroom.platforms.bluesky.missing import Missing
from recordroom.platforms.bluesky.permalinks import post_in
from recordroom.platforms.bluesky.platform import POST
from recordroom.platforms.bluesky.views import (
    checked,
    cursor_of,
    feed_of,
    has_gone,
    hidden_by_gate,
    hides,
    is_repost,
    listed_at,
    nodes_of,
    ordered_at,
    posts_of,
    root_of,
)
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.schema import content_of

PAGE = 100
DEPTH = (
    200  # of the 1,000 that are allowed: JSON parsers end at about 1,000 nested brackets, and a level has two
)


class Conversations(Missing):
    """All that everybody sees."""

    def pages(self) -> Iterator[Exchange]:
        url = f"{appview(self.account)}/xrpc/app.bsky.feed.getAuthorFeed"
        params: dict[str, str | int | list[str]] = {
            "actor": self.me,
            "filter": "posts_with_replies",
            "limit": PAGE,
        }
        context = self.context | (
            {"since": instant(self.since)} if self.since else {}
        )  # older posts come without their conversations
        for page in by_cursor(
            self.client, url, params, self.older, context=context, expect=ANSWERED, start=self.todo.page
        ):
            kept = {name: getattr(self.todo, name) for name in ("below", "unread", "unknown")}
            self.todo = Todo(page.cursor, listed=page.cursor is None, **kept)
            feed = feed_of(page)
            for item in feed:
                self.note_listed(item, page)
            located = self.located(page, with_files(item["post"] for item in feed))
            yield replace(located, cursor=self.todo.cursor)
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        feed = feed_of(page)
        if feed and self.since and listed_at(feed[-1], page) < self.since:
            return None
        return cursor_of(page)

    def note_listed(self, item: dict[str, Any], page: Exchange) -> None:
        """Asked for: the conversation of each post of ours, and of each reply of ours whose own conversation
        no other page brings: one that does not show it, since what it answers is gone, is known when all have
        been listed. Where it is not told how many answers or quotes there are, there may be some."""
        post, answered, quoted = item["post"], item["post"].get("replyCount"), item["post"].get("quoteCount")
        if is_repost(item) or (self.since and listed_at(item, page) < self.since):
            return
        reply, root = post["record"].get("reply"), (item.get("reply") or {}).get("root")
        if reply is None:
            sign = f"{answered} and {quoted}" if quoted else answered
            if self.window.wants(
                f"bluesky:{post['uri']}", listed_at(item, page), sign, all_told=answered == 0
            ):
                self.todo.threads += [post["uri"]] if answered != 0 or hides(post) else []
                self.todo.quotes += [post["uri"]] if quoted != 0 else []
                self.roots[post["uri"]] = post["uri"]
                self.note_read(post["uri"])
            else:
                self.todo.below = {uri: root for uri, root in self.todo.below.items() if root != post["uri"]}
            return
        self.todo.quotes += [post["uri"]] if quoted != 0 and self.since is None else []
        if answered == 0:
            return
        if self.is_ours(reply["root"]["uri"]) and isinstance(root, dict) and "record" in root:
            where = "/feed/reply/root"
            checked(root, page, where)
            if self.since is None or ordered_at(root, page, where) >= self.since:
                self.todo.below[post["uri"]] = root["uri"]
                return
        self.todo.threads.append(post["uri"])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is not found by now has just gone: the next
        capture sees to it.
        """
        todo = self.todo
        while todo.threads or todo.posts or todo.quotes or (todo.listed and todo.below):
            if not todo.threads and not todo.posts and not todo.quotes:
                self.roots |= todo.below
                todo.threads, todo.below = list(todo.below), {}
            if not todo.threads and not todo.posts:
                quoted = todo.quotes[0]
                try:
                    yield from self.quoting(quoted)
                except PlatformFailure as failure:
                    todo.quotes = [uri for uri in todo.quotes if uri != quoted]
                    yield self.passed(quoted, failure)
                continue
            if not todo.threads:
                yield from self.kept_out()
                continue
            uri = todo.threads.pop(0)
            try:
                answer, found = self.thread(uri)
            except PlatformFailure as failure:
                yield self.passed(uri, failure)
                continue
            self.given.update(post["uri"] for post in found)
            if found:
                yield replace(self.located(answer, with_files(found)), cursor=todo.cursor)
                self.note_read(self.roots.get(uri))

    def kept_out(self) -> Iterator[Exchange]:
        """The next replies that conversations hide."""
        some = dict(list(self.todo.posts.items())[:BATCH])
        self.todo.posts = {uri: why for uri, why in self.todo.posts.items() if uri not in some}
        for answer in self.posts(list(some)):
            if "unread" in answer.context:
                yield answer
                continue
            posts = {post["uri"]: post for post in posts_of(answer)}
            hidden = {
                uri: why for uri, post in posts.items() if (why := self.hidden(post, some.get(uri, ())))
            }
            found = [posts[uri] for uri in hidden]
            for post in (
                one for one in found if one.get("replyCount") != 0
            ):  # no conversation leads to what answers it either
                self.ask_below(post["uri"], root_of(post))
            self.given.update(hidden)
            if found:
                told = replace(answer, context={**answer.context, "hidden": hidden, "only": list(hidden)})
                yield replace(self.located(told, with_files(found)), cursor=self.todo.cursor)

    def posts(self, uris: Sequence[str]) -> Iterator[Exchange]:
        """Posts by their addresses. Where the AppView fails at one of them, all the others, and that it does."""
        try:
            answer = self.get("app.bsky.feed.getPosts", {"uris": list(uris)})
            content_of(answer)
        except UnexpectedResponse as failure:
            if failure.exchange is None or 400 <= failure.exchange.status < 500:
                raise
            if len(uris) > 1:
                for half in (uris[: len(uris) // 2], uris[len(uris) // 2 :]):
                    yield from self.posts(half)
            else:
                yield self.passed(uris[0], failure)
            return
        self.unread.answered()
        yield answer

    def thread(self, uri: str) -> tuple[Exchange, list[dict[str, Any]]]:
        """A conversation, and the posts in it that are given out; none where it has gone."""
        answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": DEPTH, "parentHeight": 0})
        found = [] if has_gone(answer) else self.note_thread(answer, self.roots.get(uri))
        self.unread.given()
        shown, todo = {post["uri"] for post in found}, self.todo
        todo.below = {reply: root for reply, root in todo.below.items() if reply not in shown}
        todo.posts = {reply: why for reply, why in todo.posts.items() if reply not in shown}
        if self.besides:
            found = [post for post in found if post["uri"] not in self.besides]
            answer = replace(answer, context={**answer.context, "only": [post["uri"] for post in found]})
        return answer, found

    def passed(self, uri: str, failure: PlatformFailure) -> Exchange:
        """Go on behind a conversation, or a list of who quotes a post, that the AppView fails to give."""
        return self.with_short(self.unread.passed(f"bluesky:{self.roots.get(uri, uri)}", failure))

    def quoting(self, uri: str) -> Iterator[Exchange]:
        """Who quotes a post of ours. Where a fetch stops between its pages, they are asked for again."""
        url = f"{appview(self.account)}/xrpc/{notices.QUOTES}"
        asked: Params = {"uri": uri, "limit": notices.PAGE}
        for page in by_cursor(self.client, url, asked, cursor_of, context=self.context, expect=ANSWERED):
            if page.cursor is None:
                self.todo.quotes.remove(uri)
            if not has_gone(page):
                yield from self.apart(page, [post for post in posts_of(page) if self.is_apart(post, page)])
        self.note_read(self.roots.get(uri))

    def apart(self, answer: Exchange, told: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """These of an answer's posts, which others wrote and no conversation shows."""
        self.given.update(post["uri"] for post in told)
        if told:
            answer = replace(
                answer, context={**answer.context, "only": [post["uri"] for post in told], "apart": True}
            )
            yield replace(self.located(answer, with_files(told)), cursor=self.todo.cursor)

    def is_apart(self, post: Mapping[str, Any], answer: Exchange) -> bool:
        """Whether others wrote it, it answers nothing of the account, and was not given out."""
        ours = post["author"]["did"] == self.me or notices.answers(post["record"], self.me, answer)
        return not ours and post["uri"] not in self.given

    def note_read(self, root: str | None) -> None:
        """Say so where nothing of this conversation is still to be asked."""
        if root is None or self.todo.posts or root in self.todo.quotes or root in self.todo.below.values():
            return
        if not any(self.roots.get(uri) == root for uri in self.todo.threads):
            self.window.read(f"bluesky:{root}")

    def note_thread(self, answer: Exchange, root: str | None) -> list[dict[str, Any]]:
        """Where a post has more replies than are shown (too deep), its own conversation is asked for, once."""
        body = content_of(answer)
        nodes = list(nodes_of(body, answer))
        for pointer, node, _ in nodes:
            checked(node["post"], answer, f"{pointer}/post")
        for _, node, _ in nodes[1:]:
            answered, shown = node["post"].get("replyCount"), node.get("replies")
            if shown is None if answered is None else answered > len(shown or ()):
                self.ask_below(node["post"]["uri"], root)
        given = self.besides.union(node["post"]["uri"] for _, node, _ in nodes)
        hidden = {
            uri: why
            for uri, why in hidden_by_gate(body, answer, self.me).items()
            if uri not in given and uri not in self.given
        }
        for uri, why in hidden.items() if nodes else ():
            told, first = self.todo.posts.get(uri, []), root_of(nodes[0][1]["post"])
            self.todo.posts[uri] = told if first in told[2::3] else [*why, first, *told]
        return [node["post"] for _, node, _ in nodes]

    def hidden(self, post: Mapping[str, Any], told: Sequence[str | None]) -> list[str | None]:
        """Who hides a reply, and why: the author of the first post of the conversation in which it stands.
        Anybody may list any post of the network as hidden below theirs, which is hidden nowhere then; and
        most of what somebody else hides answers nothing of the account. Where no first post is named, it was
        asked for by its own address."""
        found = ([*told[at : at + 3]] for at in range(0, len(told), 3))
        who = next((one for one in found if one[2:] in ([], [root_of(post)])), [])
        return who[:2] if not who[2:] or self.is_below_us(post) else []

    def is_below_us(self, reply: Mapping[str, Any]) -> bool:
        """Whether it stands in a conversation of the account's, or answers something that was read, or is
        held, for that.
        """
        parent = reply["record"]["reply"]["parent"]["uri"]
        if (
            self.is_ours(root_of(reply))
            or self.is_ours(parent)
            or parent in self.besides
            or parent in self.given
        ):
            return True
        return self.window.known(f"bluesky:{parent}", anywhere=True) is not None

    def ask_below(self, uri: str, root: str | None) -> None:
        """A post's own conversation, once."""
        if uri not in (*self.todo.asked, *self.todo.threads):
            self.todo.threads.append(uri)
            self.todo.asked.append(uri)
            self.roots |= {uri: root} if root else {}

    def conversation_of(self, url: str) -> Todo:
        """The conversation in which a permalink stands, from the post of ours at its head."""
        actor, key = post_in(url)
        uri = f"at://{did_of_name(self.account, self.client, actor)}/{POST}/{key}"
        answer = self.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = posts_of(answer) if answer.status == 200 else []
        if not posts:
            raise UsageError(
                f"{url} cannot be seen on Bluesky", "It may be gone, or its author's name has changed."
            )
        reply = posts[0]["record"].get("reply") or {"root": {"uri": uri}, "parent": {"uri": uri}}
        near = (reply["root"]["uri"], uri, reply["parent"]["uri"])
        ours = list(filter(self.is_ours, near)) or list(filter(self.is_ours, self.above(uri)))
        if not ours:
            raise UsageError(
                f"{url} is in no conversation of this account",
                "Only writings by and to the account are captured.",
            )
        todo = Todo(listed=True, threads=[ours[0]])
        if uri == ours[0]:
            return todo
        blocked = self.blocks([uri])
        return replace(todo, posts=blocked) if blocked else replace(todo, below={uri: ours[0]})

    def above(self, uri: str) -> Iterator[str]:
        """What a post answers, what that answers, and so on, as far as the AppView shows them."""
        answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": 0, "parentHeight": DEPTH})
        body = None if has_gone(answer) else content_of(answer)
        node = body.get("thread") if isinstance(body, dict) else None
        while isinstance(node, dict) and isinstance(node.get("post"), dict):
            checked(node["post"], answer, "/thread/post")
            if reply := node["post"]["record"].get("reply"):
                yield reply["parent"]["uri"]
            node = node.get("parent")

    def is_ours(self, uri: str) -> bool:
        """In the record of a post, a handle may stand in the place of a DID: such an address leads nowhere,
        and to nobody.
        """
        return uri.startswith(f"at://{self.me}/")
