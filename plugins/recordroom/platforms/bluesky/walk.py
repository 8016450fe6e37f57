"""What is asked of Bluesky: who the account is, its feed, the conversations in it, single posts, and the words of authors' servers."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, Absence, Exchange, Identity, Totals, instant
from recordroom.platforms import Client, Known, Window, moderation
from recordroom.platforms.answers import wrong
from recordroom.platforms.bluesky import blocks, notices
from recordroom.platforms.bluesky.chats import PERMISSION, Box, Chats
from recordroom.platforms.bluesky.hosts import Servers, appview, ask, did_of_name, name_in
from recordroom.platforms.bluesky.permalinks import post_in
from recordroom.platforms.bluesky.platform import COUNTED, NETWORK, PLATFORM, POST, REPOST, SIGN_IN
from recordroom.platforms.bluesky.records import PROFILE
from recordroom.platforms.bluesky.views import (
    AT_URI,
    checked,
    did_of,
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
    words_of,
)
from recordroom.platforms.paging import NextOf, Params, by_cursor, not_in_vain
from recordroom.platforms.shapes import content_of, items
from recordroom.platforms.unread import Passed, Unread

if TYPE_CHECKING:
    from recordroom.accounts import Account

PAGE, BATCH, OTHERS = 100, PLATFORM.ids_in_a_lookup, 30
DEPTH = 200  # of the 1,000 that are allowed: JSON parsers end at about 1,000 nested brackets, and a level has two
_TYPE_IN_BLOCK = b"\x65$type"  # the key as DAG-CBOR writes it


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://bsky.app/profile/<handle or DID>); a DID there survives a change of the handle."""
    exchange = ask(account, client, "app.bsky.actor.getProfile", {"actor": name_in(account)})
    if exchange.status != 200:
        raise AccountUnavailable(f"{account.url}: {words_of(exchange)}", "Check its address in the register.", exchange)
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Identity(found["did"], NETWORK, found.get("displayName") or None, found["handle"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: posts and replies of the account, without reposts."""
    exchange = ask(account, client, "app.bsky.actor.getProfile", {"actor": account.known.native_id})
    found = content_of(exchange)
    count = found.get("postsCount") if isinstance(found, dict) and exchange.status == 200 else None
    return Totals({"own": count}, exchange, COUNTED) if isinstance(count, int) else None


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    page: str | None = None
    listed: bool = False  # there is no next page
    threads: list[str] = field(default_factory=list)  # posts whose conversations are to be asked for
    below: dict[str, str] = field(default_factory=dict)  # replies that may have answers: the post of ours whose conversation may show them
    posts: dict[str, list[str | None]] = field(default_factory=dict)  # replies that conversations hide: of each who, why, its first post
    asked: list[str] = field(default_factory=list)  # threads asked for because another one did not show them whole, since the last page
    quotes: list[str] = field(default_factory=list)  # posts of ours of which is asked who quotes them
    notices: str | None = None  # cursor of the next page of notifications
    named: bool = False  # the mentions were read
    box: Box = field(default_factory=Box)  # private messages
    lacking: list[str] = field(default_factory=list)  # what is not given, in words
    unread: Passed = field(default_factory=Passed)  # conversations that were not given

    @classmethod
    def at(cls, cursor: str | None) -> _Todo:
        told = json.loads(cursor) if cursor else {}
        return cls(**{**told, "box": Box(**told["box"]), "unread": Passed(**told.get("unread", {}))}) if told else cls()

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def fetch(account: Account, window: Window, client: Client) -> Iterator[Exchange]:
    """The profile; then page by page what the account published, each page followed by its conversations."""
    walk = _Walk(account, client, window)
    if not window.cursor:
        profile = walk.get("app.bsky.actor.getProfile", {"actor": walk.me})
        if window.kind == "one":
            walk.todo = walk.conversation_of(window.url or "")
        yield replace(walk.located(profile, [walk.me]), cursor=walk.todo.cursor)
    yield from walk.pending()
    if not walk.todo.listed:
        yield from walk.pages()
    if client.secrets.get("password") and window.kind != "one" and not walk.todo.named:
        yield from walk.mentions()
    if window.messages and window.kind != "one" and not walk.todo.box.done:
        yield from walk.messages()
    if window.kind in moderation.WINDOWS:
        yield from walk.blocked()
    walk.unread.end()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts by their addresses; who is not among them is asked for at its author's own server, whose RecordNotFound means deleted. What is
    there may have answers to which no conversation leads, since what it answers has gone: where it counts more than were asked for beside
    it, they are read."""
    walk, counted = _Walk(account, client), dict[str, int]()
    known = {k.native_id: k for k in ids}
    if walk.me in known:
        yield walk.located(walk.get("app.bsky.actor.getProfile", {"actor": walk.me}), [walk.me])
    uris = [native for native in known if f"/{POST}/" in native]
    for some in (uris[i : i + BATCH] for i in range(0, len(uris), BATCH)):
        answer = walk.get("app.bsky.feed.getPosts", {"uris": some})
        found = {post["uri"]: post for post in posts_of(answer)}
        if found:
            answers = [uri for uri in found if uri in known and known[uri].root_id != known[uri].record_id and known[uri].kind != "post"]
            hidden = walk.blocks(answers)
            hidden |= walk.gated(uri for uri in answers if known[uri].status == HIDDEN and uri not in hidden)
            counted |= {uri: post.get("replyCount") or 0 for uri, post in found.items() if uri in answers}
            answer = walk.located(replace(answer, context={**answer.context, "hidden": hidden}), _with_files(found.values()))
            yield answer
        for uri in (u for u in some if u not in found):
            yield from walk.gone(known[uri], answer)
    for repost in (k for k in known.values() if f"/{REPOST}/" in k.native_id):
        yield from walk.gone(repost, None)
    shown = Counter(known[uri].parent_id for uri in counted)
    walk.todo.threads += [uri for uri, number in counted.items() if number > shown[known[uri].record_id]]
    walk.besides = frozenset(counted)
    yield from walk.pending()


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.client, self.window = account, client, window or Window("full")
        self.me = account.known.native_id
        self.context: dict[str, Any] = {"account": self.me, "server": account.known.server}
        self.todo = _Todo.at(self.window.cursor)
        self.unread = Unread(self.window, self.todo.unread)
        self.since = self.window.since if self.window.kind == "recent" else None
        self.servers = Servers(account, client, self.me)
        self.roots: dict[str, str] = {}  # a thread that is asked for -> the post of ours whose conversation it belongs to
        self.besides: frozenset[str] = frozenset()  # posts that were found by their addresses: their conversations are asked for the rest
        self.given: set[str] = set()  # posts that were given out: conversations above all, which know best what is hidden

    def get(self, method: str, params: Mapping[str, Any], *more: int) -> Exchange:
        return ask(self.account, self.client, method, params, context=self.context, more=more)

    def pages(self) -> Iterator[Exchange]:
        url = f"{appview(self.account)}/xrpc/app.bsky.feed.getAuthorFeed"
        params: dict[str, str | int | list[str]] = {"actor": self.me, "filter": "posts_with_replies", "limit": PAGE}
        context = self.context | ({"since": instant(self.since)} if self.since else {})  # older posts come without their conversations
        for page in by_cursor(self.client, url, params, self.older, context=context, expect=(200, 400), start=self.todo.page):
            self.todo = _Todo(page.cursor, listed=page.cursor is None, below=self.todo.below, unread=self.todo.unread)
            feed = feed_of(page)
            for item in feed:
                self.note_listed(item, page)
            located = self.located(page, _with_files(item["post"] for item in feed))
            yield replace(located, cursor=self.todo.cursor)
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        feed, cursor = feed_of(page), content_of(page).get("cursor")
        if feed and self.since and listed_at(feed[-1], page) < self.since:
            return None
        return cursor if cursor is None else str(cursor)

    def note_listed(self, item: dict[str, Any], page: Exchange) -> None:
        """Asked for: the conversation of each post of ours, and of each reply of ours whose own conversation no other page brings: one that
        does not show it, since what it answers is gone, is known when all have been listed. Where it is not told how many answers or quotes
        there are, there may be some."""
        post, answered, quoted = item["post"], item["post"].get("replyCount"), item["post"].get("quoteCount")
        if is_repost(item) or (self.since and listed_at(item, page) < self.since):
            return
        reply, root = post["record"].get("reply"), (item.get("reply") or {}).get("root")
        if reply is None:
            sign = f"{answered} and {quoted}" if quoted else answered
            if self.window.wants(f"bluesky:{post['uri']}", listed_at(item, page), sign, all_told=answered == 0):
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
        if did_of(reply["root"]["uri"], page) == self.me and isinstance(root, dict) and "record" in root:
            where = "/feed/reply/root"
            checked(root, page, where)
            if self.since is None or ordered_at(root, page, where) >= self.since:
                self.todo.below[post["uri"]] = root["uri"]
                return
        self.todo.threads.append(post["uri"])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is not found by now has just gone: the next capture sees to it."""
        todo = self.todo
        while todo.threads or todo.posts or todo.quotes or (todo.listed and todo.below):
            uri = ""
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
            if todo.threads:
                uri = todo.threads.pop(0)
                try:
                    answer, found = self.thread(uri)
                except PlatformFailure as failure:
                    yield self.passed(uri, failure)
                    continue
            else:
                some = dict(list(todo.posts.items())[:BATCH])
                todo.posts = {uri: why for uri, why in todo.posts.items() if uri not in some}
                answer = self.get("app.bsky.feed.getPosts", {"uris": list(some)})
                posts = {post["uri"]: post for post in posts_of(answer)}
                hidden = {uri: why for uri, post in posts.items() if (why := _hidden(post, some.get(uri, ())))}
                found = [posts[uri] for uri in hidden]
                for post in (one for one in found if one.get("replyCount") != 0):  # no conversation leads to what answers it either
                    self.ask_below(post["uri"], root_of(post))
                answer = replace(answer, context={**answer.context, "hidden": hidden, "only": list(hidden)})
            self.given.update(post["uri"] for post in found)
            if found:
                yield replace(self.located(answer, _with_files(found)), cursor=todo.cursor)
                self.note_read(self.roots.get(uri))

    def thread(self, uri: str) -> tuple[Exchange, list[dict[str, Any]]]:
        """A conversation, and the posts in it that are given out; none where it has gone."""
        answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": DEPTH, "parentHeight": 0})
        found = [] if has_gone(answer) else self.note_thread(answer, self.roots.get(uri))
        self.unread.given()
        shown = {post["uri"] for post in found}
        self.todo.below = {reply: root for reply, root in self.todo.below.items() if reply not in shown}
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
        for page in by_cursor(self.client, url, asked, notices.cursor_of, context=self.context, expect=(200, 400)):
            if page.cursor is None:
                self.todo.quotes.remove(uri)
            if not has_gone(page):
                yield from self.apart(page, [post for post in posts_of(page) if self.is_apart(post, page)])
        self.note_read(self.roots.get(uri))

    def apart(self, answer: Exchange, told: Sequence[dict[str, Any]]) -> Iterator[Exchange]:
        """These of an answer's posts, which others wrote and no conversation shows."""
        self.given.update(post["uri"] for post in told)
        if told:
            answer = replace(answer, context={**answer.context, "only": [post["uri"] for post in told], "apart": True})
            yield replace(self.located(answer, _with_files(told)), cursor=self.todo.cursor)

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
        hidden = {uri: why for uri, why in hidden_by_gate(body, answer, self.me).items() if uri not in given and uri not in self.given}
        for uri, why in hidden.items() if nodes else ():
            told, first = self.todo.posts.get(uri, []), root_of(nodes[0][1]["post"])
            self.todo.posts[uri] = told if first in told[2::3] else [*why, first, *told]
        return [node["post"] for _, node, _ in nodes]

    def ask_below(self, uri: str, root: str | None) -> None:
        """A post's own conversation, once."""
        if uri not in (*self.todo.asked, *self.todo.threads):
            self.todo.threads.append(uri)
            self.todo.asked.append(uri)
            self.roots |= {uri: root} if root else {}

    def located(self, answer: Exchange, dids: Iterable[str]) -> Exchange:
        """With the servers of those whose pictures stand in it, for `parse` to say where the original files are."""
        servers = {did: server for did in dict.fromkeys(dids) if (server := self.servers.of(did))}
        return replace(answer, context={**answer.context, "servers": servers}) if servers else answer

    # what the account alone is told

    def own(
        self, method: str, params: Params, next_of: NextOf, start: str | None, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[Exchange]:
        """Pages of the account's own server, which is shown its session."""
        server, token = self.servers.of_account(), self.client.secrets.get("token")
        if server is None or not token:
            raise Blocked("the account's server gave no session for an app password", SIGN_IN)
        url, shown = f"{server}/xrpc/{method}", {"Authorization": f"Bearer {token}", **headers}
        expect = (200, 400, 401, 403)
        yield from by_cursor(self.client, url, params, next_of, headers=shown, context=self.context, expect=expect, start=start)

    def not_given(self, problem: PlatformFailure, what: str) -> Exchange:
        """For the core: what the account's own server does not give; the AppView has told all else. Nothing is concluded."""
        return self.lacking(self.refusal(problem), f"{what}: {problem.message[:200]}")

    def lacking(self, answer: Exchange, what: str) -> Exchange:
        self.todo.lacking.append(what)
        return self.with_short(replace(answer, context={**answer.context, "not_given": True}))

    def with_short(self, answer: Exchange) -> Exchange:
        words = "; ".join(filter(None, [*self.todo.lacking, self.unread.words]))
        told = {"short": f"{words}; docs/platforms/bluesky.md says what to do"}
        return replace(answer, context={**self.context, **answer.context, **told}, cursor=self.todo.cursor)

    def refusal(self, problem: PlatformFailure) -> Exchange:
        """The answer in which it stands, or any; the failure itself where an answer cannot be read."""
        answer = problem.exchange or self.account.known.exchange
        if answer is None or (problem.exchange is not None and problem.exchange.status == 200):
            raise problem
        return answer

    def messages(self) -> Iterator[Exchange]:
        """Private messages. Whoever goes on after a refusal asks again."""
        pages = Chats(self.own, self.window, self.todo.box, lambda: self.todo.cursor).pages()
        while True:
            try:
                page = next(pages, None)
            except PlatformFailure as problem:
                words = f"{problem.message[:200]}: needed is {PERMISSION}"
                told = {"not_given": True, "messages_refused": words}
                yield replace(self.refusal(problem), context={**self.context, **told}, cursor=self.todo.cursor)
                return
            if page is None:
                return
            yield page

    def is_untold(self, notice: Mapping[str, Any], page: Exchange) -> bool:
        """Whether a post that names, quotes or answers the account is read nowhere else, when all conversations were read: it is apart from
        them; or what it answers has gone, or a block stands between the two, so that none ever led to it, nor would to one that was held as
        gone and is back."""
        if notice["reason"] != notices.ANSWERS and self.is_apart(notice, page):
            return True
        held = self.window.known(f"bluesky:{notice['uri']}", anywhere=True)
        return notice["uri"] not in self.given and (held is None or held.status in {REMOVED, UNAVAILABLE})

    def mentions(self) -> Iterator[Exchange]:
        """Posts of others that name, quote or answer the account, and stand in no conversation that was read."""
        pages = self.own(notices.METHOD, notices.ASKED, notices.cursor_of, self.todo.notices)
        while True:
            try:
                page = next(pages, None)
                told = [] if page is None else [one for _, one in notices.posts_in(page, content_of(page)) if self.is_untold(one, page)]
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
        """These posts as everybody sees them. One that the AppView does not show is read from the page itself: nothing else may tell it."""
        unshown = {one["uri"]: one for one in told}
        uris = list(unshown)
        for some in (uris[i : i + BATCH] for i in range(0, len(uris), BATCH)):
            answer = self.get("app.bsky.feed.getPosts", {"uris": some})
            shown = posts_of(answer)
            unshown = {uri: one for uri, one in unshown.items() if uri not in {post["uri"] for post in shown}}
            yield from self.apart(answer, shown)
        if unshown:
            why = ["platform", "the account was told of it, but the AppView does not show it"]
            page = replace(page, context={**page.context, "hidden": dict.fromkeys(unshown, why)})
            yield from self.apart(page, list(unshown.values()))

    def blocked(self) -> Iterator[Exchange]:
        """All blocks of the account's repository as one answer. Where it cannot be read, nothing is concluded, and it is told."""
        server, pages = self.servers.of(self.me), list[Exchange]()
        if server is None:
            answer = self.account.known.exchange or self.get("app.bsky.actor.getProfile", {"actor": self.me})
            yield self.lacking(answer, "whom the account blocks is not known: nothing tells where its repository is")
            return
        try:
            for collection in blocks.COLLECTIONS:
                asked: Params = {"repo": self.me, "collection": collection, "limit": blocks.PAGE}
                url = f"{server}/xrpc/com.atproto.repo.listRecords"
                pages += not_in_vain(
                    by_cursor(self.client, url, asked, blocks.cursor_of, context=self.context), lambda page: not blocks.subjects(page)
                )
        except PlatformFailure as problem:  # of that server alone: the AppView has told all else
            yield self.not_given(problem, "the account's own server does not give whom it blocks")
            return
        people, handles = [one for page in pages for one in blocks.subjects(page)], dict[str, str]()
        dids = [one for one in people if one.startswith("did:")]
        for some in (dids[i : i + blocks.NAMES] for i in range(0, len(dids), blocks.NAMES)):
            answer = self.get("app.bsky.actor.getProfiles", {"actors": some})
            handles |= blocks.handles_in(answer) if answer.status == 200 else {}
        yield replace(pages[0], context={**pages[0].context, "people": people, "handles": handles}, cursor=self.todo.cursor)

    # what is missing

    def gated(self, uris: Iterable[str]) -> dict[str, list[str | None]]:
        """uri -> (who, why) of replies that the first posts of their conversations hide: nothing but a conversation tells that."""
        why = dict[str, list[str | None]]()
        for uri in uris:
            answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": 0, "parentHeight": 0})
            told = {} if has_gone(answer) else hidden_by_gate(content_of(answer), answer, self.me)
            why |= {uri: [*told[uri]]} if uri in told else {}
        return why

    def blocks(self, uris: Sequence[str]) -> dict[str, list[str | None]]:
        """uri -> (who, why) of replies that exist and yet stand in no conversation, because of a block."""
        author_of = {uri: did for uri in uris if (did := _address(uri)["repo"]) not in ("", self.me)}
        authors, why = list(dict.fromkeys(author_of.values())), dict[str, list[str | None]]()
        for some in (authors[i : i + OTHERS] for i in range(0, len(authors), OTHERS)):
            answer = self.get("app.bsky.graph.getRelationships", {"actor": self.me, "others": some}, 501)
            why |= dict(_relationships(answer)) if answer.status == 200 else {}
        return {uri: why[did] for uri, did in author_of.items() if did in why}

    def gone(self, known: Known, answer: Exchange | None) -> Iterator[Exchange | Absence]:
        """`answer`: the AppView's, which lacks it."""
        did = _address(known.native_id)["repo"]
        stored = self.stored(known.native_id)
        said = content_of(stored) if stored else {}
        if stored is None:
            answer = answer or self.get("com.atproto.repo.getRecord", _address(known.native_id))
            yield Absence(known.record_id, UNAVAILABLE, "the AppView does not show it; the cause is not told", answer)
        elif stored.status != 200:
            error = str(said.get("error")) if isinstance(said, dict) else ""
            if error == "RecordNotFound" and (proof := self.withheld(known.native_id)):
                words = "RecordNotFound from its author's own server, in whose repository it stands nevertheless: taken down there"
                yield Absence(known.record_id, HIDDEN, words, proof, "platform")
                return
            deleted, by = error == "RecordNotFound", "agency" if did == self.me else "author"
            reason = f"{error} from its author's own server: {str(said.get('message'))[:200] if isinstance(said, dict) else ''}"
            yield Absence(known.record_id, REMOVED if deleted else UNAVAILABLE, reason, stored, by if deleted else None)
        elif f"/{REPOST}/" in known.native_id:
            yield Absence(known.record_id, UNAVAILABLE, "the repost stands, but what it spread is not shown", stored)
        else:
            why = ["platform", "it stands on its author's server, but the AppView does not show it"]
            yield self.located(replace(stored, context={**stored.context, "hidden": {known.native_id: why}}), [did])

    def stored(self, uri: str) -> Exchange | None:
        """The answer of its author's own server, if that can be asked."""
        address = _address(uri)
        if not self.servers.is_trusted(address["repo"]):
            return None
        try:
            answer = self.client.get(
                f"{self.servers.of(address['repo'])}/xrpc/com.atproto.repo.getRecord", address, context=self.context, expect=(200, 400)
            )
            content_of(answer)
        except (AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse):  # it is no more, or refuses us
            return None
        return answer

    def withheld(self, uri: str) -> Exchange | None:
        """A server says of what its moderators have taken down the same words as of what was deleted. The proof that a record stands in
        its author's repository (blocks, of which only a record has a type), None where it does not, or where the server cannot prove it."""
        address = _address(uri)
        wanted = {"did": address["repo"], "collection": address["collection"], "rkey": address["rkey"]}
        url = f"{self.servers.of(address['repo'])}/xrpc/com.atproto.sync.getRecord"
        answer = self.client.get(url, wanted, context=self.context, expect=(200, 400, 404, 501))
        return answer if answer.status == 200 and _TYPE_IN_BLOCK in answer.body else None

    def conversation_of(self, url: str) -> _Todo:
        """The conversation in which a permalink stands, from the post of ours at its head."""
        actor, key = post_in(url)
        uri = f"at://{did_of_name(self.account, self.client, actor)}/{POST}/{key}"
        answer = self.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = posts_of(answer) if answer.status == 200 else []
        if not posts:
            raise UsageError(f"{url} cannot be seen on Bluesky", "It may be gone, or its author's name has changed.")
        reply = posts[0]["record"].get("reply") or {"root": {"uri": uri}, "parent": {"uri": uri}}
        ours = [u for u in (reply["root"]["uri"], uri, reply["parent"]["uri"]) if did_of(u, answer) == self.me]
        if not ours:
            raise UsageError(f"{url} is in no conversation of this account", "Only writings by and to the account are captured.")
        todo = _Todo(listed=True, threads=[ours[0]])
        if uri == ours[0]:
            return todo
        blocked = self.blocks([uri])
        return replace(todo, posts=blocked) if blocked else replace(todo, below={uri: ours[0]})


def _hidden(post: Mapping[str, Any], told: Sequence[str | None]) -> list[str | None]:
    """Who hides a reply, and why: the author of the first post of the conversation in which it stands. Anybody may list any post of the
    network as hidden below theirs, which is hidden nowhere then. Where no first post is named, it was asked for by its own address."""
    found = ([*told[at : at + 3]] for at in range(0, len(told), 3))
    return next((one[:2] for one in found if one[2:] in ([], [root_of(post)])), [])


def _address(uri: str) -> dict[str, str]:
    """The parameters of getRecord."""
    parts = AT_URI.fullmatch(uri)
    return {"repo": parts[1], "collection": parts[2], "rkey": parts[3]} if parts else {"repo": "", "collection": "", "rkey": ""}


def _with_files(posts: Iterable[dict[str, Any]]) -> list[str]:
    return [post["author"]["did"] for post in posts if '"blob"' in json.dumps(post["record"].get("embed"))]


_BLOCKS = (
    (("blocking", "blockingByList"), "agency", "the account blocks its author"),
    (("blockedBy", "blockedByList"), "author", "its author blocks the account"),
)


def _relationships(answer: Exchange) -> Iterator[tuple[str, list[str | None]]]:
    body = content_of(answer)
    for i, found in enumerate(items(body.get("relationships") if isinstance(body, dict) else body, answer, "/relationships")):
        if not isinstance(found, dict):
            raise wrong(answer, f"/relationships/{i}", "an object", found)
        for names, who, words in _BLOCKS:
            if block := next((found[name] for name in names if found.get(name)), None):
                yield str(found.get("did")), [who, f"{words} ({block}), so it stands in no conversation"]
                break
