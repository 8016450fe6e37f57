"""Bluesky: an account's profile, posts, reposts and replies, and everybody's replies to them, from the network's public AppView.

Read without signing in (https://docs.bsky.app/docs/api/, lexicons of the PyPI package atproto, and a real network of one machine):
  app.bsky.actor.getProfile            who the account is, its profile, in every window
  app.bsky.feed.getAuthorFeed          what it published, newest first: posts, its own replies, reposts, quotes
  app.bsky.feed.getPostThread          the replies to a post of ours, and the replies to those
  app.bsky.feed.getPosts               single posts: what a window no longer shows, what a conversation hides
  app.bsky.graph.getRelationships      why a reply is missing from a conversation: who blocks whom
  com.atproto.repo.listRecords         of our own server: whom the account blocks (bluesky_blocks.py)
  com.atproto.repo.getRecord           of its author's own server (PDS): RecordNotFound is the word that a post was deleted ...
  com.atproto.sync.getRecord           of the same server: ... unless its repository still holds it: then it was taken down
  com.atproto.sync.getBlob             of the same server: pictures and videos as they were uploaded
A server is found in the DID document (plc.directory; of a network of one's own, `api_url: http://appview?plc=http://plc`; else
com.atproto.repo.describeRepo of `api_url`). Only our own server and Bluesky's own hosts are asked for words.

Ids are unique in the world: an at-uri with the DID (what is pinned) in it. A post says itself what it answers (`reply.root`,
`reply.parent`). The protocol has no stamp of an edit, only another cid: `valid_from` stays empty. `createdAt` is the author's claim;
a post that claims an old date stands deep in the list, where the window `recent` does not reach it, but `full` does.
What the API never gives stands in docs/platforms/bluesky.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from recordroom.errors import AccountUnavailable, PlatformFailure, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import (
    HIDDEN,
    REMOVED,
    SPAM,
    UNAVAILABLE,
    VISIBLE,
    Absence,
    Exchange,
    Identity,
    Media,
    Record,
    Totals,
    instant,
    moment,
)
from recordroom.platforms import Client, Known, Limit, Platform, Window, bluesky_blocks, minutes, moderation
from recordroom.platforms.answers import failure, wrong
from recordroom.platforms.paging import Params, by_cursor
from recordroom.platforms.shapes import ITEM, LIST, NULL, NUMBER, TEXT, Reading, Shape, content_of, items, tree_of, when

if TYPE_CHECKING:
    from recordroom.accounts import Account

_PROFILE_URL = re.compile(r"^/profile/([^/]+)/?$")
_RATES = "https://docs.bsky.app/docs/advanced-guides/rate-limits"
PLATFORM = Platform(
    name="bluesky",
    title="Bluesky",
    parser=2,
    every=minutes(15),
    address=(_PROFILE_URL.pattern, "https://bsky.app/profile/<handle or DID>"),
    ids_in_a_lookup=25,
    unshown="answers of accounts that are blocked, under review or not allowed to reply",
    messages="chats stand in no repository but with another service (api.bsky.chat), for which an app password with access to chats is "
    "needed; switch them off in the account's settings, or keep copies by hand",
    not_offered={
        "stories": "there are none",
        "polls": "there are none",
        "events": "there are none",
        "edited": "changes are found by comparing",
        "history": "changes are found by comparing",
    },
    not_captured={
        "others": "quotes and mentions that answer nothing are writings about the account, not to it",
        "messages": "chats stand with another service, and need an app password of their own",
    },
    limits=(
        Limit("requests to the AppView", None, "not published; answers carry RateLimit-*", _RATES, "2026-11-24", 300),
        Limit("requests to a PDS", 3000, "in 5 minutes, per address", _RATES, "2026-11-24"),
        Limit("items of a feed", 100, "in one request", "lexicon app.bsky.feed.getAuthorFeed", "2026-11-24"),
        Limit("posts by address", 25, "in one request", "lexicon app.bsky.feed.getPosts", "2026-11-24"),
        Limit("depth of a conversation", 1000, "levels in one request", "lexicon app.bsky.feed.getPostThread", "2026-11-24"),
    ),
)
APPVIEW, DIRECTORY, NETWORK = "https://public.api.bsky.app", "https://plc.directory", "bsky"
TRUSTED = (".bsky.network", ".bsky.social")  # hosts of strangers' servers whose word on a deletion is asked for
PAGE, BATCH, OTHERS = 100, 25, 30
DEPTH = 200  # of the 1,000 that are allowed: JSON parsers end at about 1,000 nested brackets, and a level has two
POST, REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
ACTS = dict.fromkeys(("!hide", "!takedown", "!suspend", "needs-review"), HIDDEN) | {"spam": SPAM}  # labels that every program acts upon
DEAD = frozenset({"ExpiredToken", "InvalidToken"})
GONE = frozenset({"AccountTakedown", "AccountDeactivated", "RepoTakendown", "RepoSuspended", "RepoDeactivated", "RepoNotFound"})

_VIEWER, _OTHER = "about whoever asks", "of the account, which is captured as its profile"
_TYPE = {"$type": "says what the place says"}
AUTHOR = Shape(
    {"did": TEXT, "handle": TEXT, "displayName": TEXT | NULL, "labels": LIST | NULL},
    dict.fromkeys(("avatar", "associated", "verification", "createdAt", "status", "pronouns"), _OTHER)
    | {"viewer": _VIEWER, "debug": _VIEWER}
    | _TYPE,
)
PROFILE = Shape(
    {"did": TEXT, "handle": TEXT, "displayName": TEXT | NULL, "description": TEXT | NULL, "avatar": TEXT | NULL, "banner": TEXT | NULL}
    | {"createdAt": TEXT | NULL, "website": TEXT | NULL, "pronouns": TEXT | NULL, "links": ITEM | NULL, "labels": LIST | NULL},
    dict.fromkeys(("followersCount", "followsCount", "postsCount"), "counters of no record")
    | dict.fromkeys(("associated", "joinedViaStarterPack", "pinnedPost", "verification", "status"), "how the profile is shown")
    | {"indexedAt": "when the AppView saw it", "viewer": _VIEWER, "debug": _VIEWER}
    | _TYPE,
)
VIEW = Shape(
    {"uri": TEXT, "cid": TEXT, "author": ITEM, "record": ITEM, "indexedAt": TEXT, "embed": ITEM | NULL, "labels": LIST | NULL}
    | {"likeCount": NUMBER | NULL, "repostCount": NUMBER | NULL, "replyCount": NUMBER | NULL, "threadgate": ITEM | NULL},
    dict.fromkeys(("bookmarkCount", "quoteCount"), "counters of no record") | {"viewer": _VIEWER, "debug": _VIEWER} | _TYPE,
)
RECORD = Shape(
    {"text": TEXT, "createdAt": TEXT, "facets": LIST | NULL, "embed": ITEM | NULL, "reply": ITEM | NULL, "langs": LIST | NULL}
    | {"tags": LIST | NULL},
    dict.fromkeys(("entities", "labels"), "older form of facets; said again by the view's labels")
    | dict.fromkeys(("via", "bridgyOriginalText", "bridgyOriginalUrl", "fediverseId"), "of other programs")
    | _TYPE,
)
LISTED = Shape({"uri": TEXT, "author": ITEM, "record": ITEM, "indexedAt": TEXT, "replyCount": NUMBER | NULL})  # what fetch reads of a post
WRITER = Shape({"did": TEXT})
WRITTEN = Shape({"createdAt": TEXT, "reply": ITEM | NULL})
FEED_ITEM = Shape(
    {"post": ITEM, "reason": ITEM | NULL, "reply": ITEM | NULL},
    dict.fromkeys(("feedContext", "reqId", "opThreadPostIndex", "opThreadPostCount"), "for programs that show feeds"),
)
REASON = Shape({"uri": TEXT, "by": ITEM, "indexedAt": TEXT}, {"cid": "of the act of reposting, which has no content"} | _TYPE)
NODE = Shape({"post": ITEM, "replies": LIST | NULL}, {"parent": "not asked for", "threadContext": _VIEWER} | _TYPE)
GATE = Shape({"record": ITEM | NULL}, dict.fromkeys(("uri", "cid", "lists"), "who may reply, which is no status of a reply") | _TYPE)
LABEL = Shape({"src": TEXT, "val": TEXT}, dict.fromkeys(("uri", "cid", "cts", "exp", "ver", "sig", "neg"), "not of its meaning") | _TYPE)
REPLY = Shape({"root": ITEM, "parent": ITEM}, _TYPE)
REF = Shape({"uri": TEXT})  # a strong reference: the cid beside it is that of the moment
FACET = Shape({"index": ITEM, "features": LIST}, _TYPE)
SLICE = Shape({"byteStart": NUMBER, "byteEnd": NUMBER})
FEATURES = {
    "app.bsky.richtext.facet#link": ("uri", Shape({"uri": TEXT}, _TYPE)),
    "app.bsky.richtext.facet#mention": ("did", Shape({"did": TEXT}, _TYPE)),
    "app.bsky.richtext.facet#tag": ("tag", Shape({"tag": TEXT}, _TYPE)),
}
IMAGES = Shape({"images": LIST}, _TYPE)
GALLERY = Shape({"items": LIST}, _TYPE)
IMAGE = Shape({"image": ITEM, "alt": TEXT | NULL, "aspectRatio": ITEM | NULL}, _TYPE)
VIDEO = Shape(
    {"video": ITEM, "alt": TEXT | NULL, "aspectRatio": ITEM | NULL, "captions": LIST | NULL}, {"presentation": "loops or not"} | _TYPE
)
CAPTION = Shape({"file": ITEM}, {"lang": "of the file"} | _TYPE)
EXTERNAL = Shape({"external": ITEM}, _TYPE)
CARD = Shape(
    {"uri": TEXT, "title": TEXT, "description": TEXT, "thumb": ITEM | NULL}, {"associatedRefs": "records of the linked page"} | _TYPE
)
QUOTE = Shape({"record": ITEM}, _TYPE)
BOTH = Shape({"record": ITEM, "media": ITEM}, _TYPE)
ALONGSIDE = ("app.bsky.embed.images", "app.bsky.embed.gallery", "app.bsky.embed.video", "app.bsky.embed.external")
RATIO = Shape({"width": NUMBER, "height": NUMBER})
STORED = Shape({"uri": TEXT, "value": ITEM}, {"cid": "its change is seen in the content"})

_POST_URL = re.compile(r"^/profile/([^/]+)/post/([^/]+)/?$")
_AT_URI = re.compile(r"at://(did:[a-z]+:[^/]+)/([^/]+)/([^/]+)")
_TYPE_IN_BLOCK = b"\x65$type"  # the key as DAG-CBOR writes it
_CID_IN_URL = re.compile(r"/(baf[a-z2-7]{20,})(?:@|$)")


# ---------------------------------------------------------------------------------------------------------------- who, what, how many


def identify(account: Account, client: Client) -> Identity:
    """The account of `account.url` (https://bsky.app/profile/<handle or DID>); a DID there survives a change of the handle."""
    name = _PROFILE_URL.match(urlsplit(account.url).path)
    if not name:
        raise AccountUnavailable(
            f"{account.url} is not the address of a Bluesky account", "It reads https://bsky.app/profile/<handle or DID>."
        )
    exchange = _get(account, client, "app.bsky.actor.getProfile", {"actor": name[1]})
    if exchange.status != 200:
        raise AccountUnavailable(f"{account.url}: {_words(exchange)}", "Check its address in the register.", exchange)
    found = content_of(exchange)
    PROFILE.check(found, exchange, "")
    return Identity(found["did"], NETWORK, found.get("displayName") or None, found["handle"], exchange)


def totals(account: Account, client: Client) -> Totals | None:
    """`own`: posts and replies of the account, without reposts."""
    exchange = _get(account, client, "app.bsky.actor.getProfile", {"actor": account.known.native_id})
    found = content_of(exchange)
    count = found.get("postsCount") if isinstance(found, dict) and exchange.status == 200 else None
    return Totals({"own": count}, exchange) if isinstance(count, int) else None


def _get(
    account: Account,
    client: Client,
    method: str,
    params: Mapping[str, Any],
    *,
    context: Mapping[str, Any] | None = None,
    more: tuple[int, ...] = (),
) -> Exchange:
    """`more`: statuses that are no failure, beside 200 and the 400 with which XRPC says what is wrong."""
    base = (account.api_url or APPVIEW).partition("?")[0].rstrip("/")
    return client.get(f"{base}/xrpc/{method}", params, context=context, expect=(200, 400, *more))


# ------------------------------------------------------------------------------------------------------------------------------ fetch


@dataclass
class _Todo:
    """What is still to be asked; as JSON it is the cursor."""

    page: str | None = None
    listed: bool = False  # there is no next page
    threads: list[str] = field(default_factory=list)  # posts whose conversations are to be asked for
    posts: dict[str, list[str | None]] = field(default_factory=dict)  # hidden replies that their conversation did not show: who, why
    asked: list[str] = field(default_factory=list)  # threads asked for because another one did not show them whole, since the last page

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
    if window.kind in moderation.WINDOWS:
        yield from walk.blocked()


def lookup(account: Account, ids: Iterable[Known], client: Client) -> Iterator[Exchange | Absence]:
    """Posts by their addresses; who is not among them is asked for at its author's own server, whose RecordNotFound means deleted."""
    walk = _Walk(account, client)
    known = {k.native_id: k for k in ids}
    if walk.me in known:
        yield walk.located(walk.get("app.bsky.actor.getProfile", {"actor": walk.me}), [walk.me])
    uris = [native for native in known if f"/{POST}/" in native]
    for some in (uris[i : i + BATCH] for i in range(0, len(uris), BATCH)):
        answer = walk.get("app.bsky.feed.getPosts", {"uris": some})
        found = {post["uri"]: post for post in _posts(answer)}
        if found:
            hidden = walk.blocks([uri for uri in found if uri in known and known[uri].kind != "post"])
            answer = walk.located(replace(answer, context={**answer.context, "hidden": hidden}), _with_files(found.values()))
            yield answer
        for uri in (u for u in some if u not in found):
            yield from walk.gone(known[uri], answer)
    for repost in (k for k in known.values() if f"/{REPOST}/" in k.native_id):
        yield from walk.gone(repost, None)


class _Walk:
    """One pass over a window."""

    def __init__(self, account: Account, client: Client, window: Window | None = None) -> None:
        self.account, self.client, self.window = account, client, window or Window("full")
        self.me = account.known.native_id
        self.context: dict[str, Any] = {"account": self.me, "server": account.known.server}
        self.todo = _Todo(**json.loads(self.window.cursor)) if self.window.cursor else _Todo()
        self.since = self.window.since if self.window.kind == "recent" else None
        self.servers: dict[str, str | None] = {}
        self.roots: dict[str, str] = {}  # a thread that is asked for -> the post of ours whose conversation it belongs to

    def get(self, method: str, params: Mapping[str, Any], *more: int) -> Exchange:
        return _get(self.account, self.client, method, params, context=self.context, more=more)

    def pages(self) -> Iterator[Exchange]:
        base = (self.account.api_url or APPVIEW).partition("?")[0].rstrip("/")
        url = f"{base}/xrpc/app.bsky.feed.getAuthorFeed"
        params: dict[str, str | int | list[str]] = {"actor": self.me, "filter": "posts_with_replies", "limit": PAGE}
        context = self.context | ({"since": instant(self.since)} if self.since else {})  # older posts come without their conversations
        for page in by_cursor(self.client, url, params, self.older, context=context, expect=(200, 400), start=self.todo.page):
            self.todo = _Todo(page.cursor, listed=page.cursor is None)
            feed = _feed(page)
            for item in feed:
                self.note_listed(item, page)
            located = self.located(page, _with_files(item["post"] for item in feed))
            yield replace(located, cursor=self.todo.cursor)
            yield from self.pending()

    def older(self, page: Exchange) -> str | None:
        feed, cursor = _feed(page), content_of(page).get("cursor")
        if feed and self.since and _listed_at(feed[-1], page) < self.since:
            return None
        return cursor if cursor is None else str(cursor)

    def note_listed(self, item: dict[str, Any], page: Exchange) -> None:
        """Asked for: the conversation of each post of ours, and of each reply of ours whose own conversation no other page brings."""
        post, answered = item["post"], item["post"].get("replyCount")
        if _is_repost(item) or (self.since and _listed_at(item, page) < self.since):
            return
        reply, root = post["record"].get("reply"), (item.get("reply") or {}).get("root")
        if reply is None:
            if self.window.wants(f"bluesky:{post['uri']}", _listed_at(item, page), answered, all_told=answered == 0):
                self.todo.threads += [post["uri"]] if answered else []
                self.roots[post["uri"]] = post["uri"]
                self.note_read(post["uri"])
            return
        if not answered:
            return
        if _did(reply["root"]["uri"], page) == self.me and isinstance(root, dict) and "record" in root:
            where = "/feed/reply/root"
            _checked(root, page, where)
            if self.since is None or _ordered_at(root, page, where) >= self.since:
                return
        self.todo.threads.append(post["uri"])

    def pending(self) -> Iterator[Exchange]:
        """Whatever `todo` holds; each answer may add to it. What is not found by now has just gone: the next capture sees to it."""
        todo = self.todo
        while todo.threads or todo.posts:
            uri = ""
            if todo.threads:
                uri = todo.threads.pop(0)
                answer = self.get("app.bsky.feed.getPostThread", {"uri": uri, "depth": DEPTH, "parentHeight": 0})
                found = self.note_thread(answer, self.roots.get(uri)) if answer.status == 200 else []
            else:
                some = dict(list(todo.posts.items())[:BATCH])
                todo.posts = {uri: why for uri, why in todo.posts.items() if uri not in some}
                answer = self.get("app.bsky.feed.getPosts", {"uris": list(some)})
                answer = replace(answer, context={**answer.context, "hidden": some})
                found = _posts(answer)
            if found:
                yield replace(self.located(answer, _with_files(found)), cursor=todo.cursor)
                self.note_read(self.roots.get(uri))

    def note_read(self, root: str | None) -> None:
        """Say so where nothing of this conversation is still to be asked."""
        if root is not None and not self.todo.posts and not any(self.roots.get(uri) == root for uri in self.todo.threads):
            self.window.read(f"bluesky:{root}")

    def note_thread(self, answer: Exchange, root: str | None) -> list[dict[str, Any]]:
        """Where a post has more replies than are shown (too deep), its own conversation is asked for, once."""
        body = content_of(answer)
        nodes = list(_nodes(body, answer))
        for pointer, node, _ in nodes:
            _checked(node["post"], answer, f"{pointer}/post")
        for _, node, _ in nodes[1:]:
            uri, todo = node["post"]["uri"], self.todo
            if (node["post"].get("replyCount") or 0) > len(node.get("replies") or ()) and uri not in (*todo.asked, *todo.threads):
                todo.threads.append(uri)
                todo.asked.append(uri)
                self.roots |= {uri: root} if root else {}
        shown = {node["post"]["uri"] for _, node, _ in nodes}
        self.todo.posts |= {uri: list(why) for uri, why in _hidden_by_gate(body, answer, self.me).items() if uri not in shown}
        return [node["post"] for _, node, _ in nodes]

    # servers

    def server(self, did: str) -> str | None:
        """The PDS of an account, https://host; None where it cannot be found out."""
        if did not in self.servers:
            try:
                self.servers[did] = self._resolve(did)
            except PlatformFailure:
                self.servers[did] = None
        return self.servers[did]

    def _resolve(self, did: str) -> str | None:
        given = parse_qs(urlsplit(self.account.api_url or f"?plc={DIRECTORY}").query).get("plc")
        if did.startswith("did:web:") and did == self.me:
            document = content_of(self.client.get(f"https://{did[8:]}/.well-known/did.json"))
        elif did.startswith("did:plc:") and given:
            document = content_of(self.client.get(f"{given[0].rstrip('/')}/{_quoted(did)}"))
        elif not given:
            answer = self.get("com.atproto.repo.describeRepo", {"repo": did}, 501)
            document = content_of(answer).get("didDoc") if answer.status == 200 and isinstance(content_of(answer), dict) else None
        else:
            return None
        services = document.get("service") if isinstance(document, dict) else None
        for service in services if isinstance(services, list) else ():
            if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
                found = service.get("serviceEndpoint")
                return found.rstrip("/") if isinstance(found, str) and found.startswith(("https://", "http://")) else None
        return None

    def located(self, answer: Exchange, dids: Iterable[str]) -> Exchange:
        """With the servers of those whose pictures stand in it, for `parse` to say where the original files are."""
        servers = {did: server for did in dict.fromkeys(dids) if (server := self.server(did))}
        return replace(answer, context={**answer.context, "servers": servers}) if servers else answer

    def is_trusted(self, did: str) -> bool:
        host, own = urlsplit(self.server(did) or "").netloc, urlsplit(self.server(self.me) or "").netloc
        return bool(host) and (host == own or host.endswith(TRUSTED))

    def blocked(self) -> Iterator[Exchange]:
        """All blocks of the account's repository as one answer. Where it cannot be read, nothing is concluded, and it is told."""
        server, pages = self.server(self.me), list[Exchange]()
        if server is None:
            return
        try:
            for collection in bluesky_blocks.COLLECTIONS:
                asked: Params = {"repo": self.me, "collection": collection, "limit": bluesky_blocks.PAGE}
                url = f"{server}/xrpc/com.atproto.repo.listRecords"
                pages += by_cursor(self.client, url, asked, bluesky_blocks.cursor_of, context=self.context)
        except PlatformFailure as problem:  # of that server alone: the AppView has told all else
            answer = problem.exchange or self.account.known.exchange
            if answer is None:
                raise
            told = {"not_given": True, "short": f"the account's own server does not give whom it blocks: {problem.message[:200]}"}
            yield replace(answer, context={**self.context, **told}, cursor=self.todo.cursor)
            return
        people, handles = [one for page in pages for one in bluesky_blocks.subjects(page)], dict[str, str]()
        dids = [one for one in people if one.startswith("did:")]
        for some in (dids[i : i + bluesky_blocks.NAMES] for i in range(0, len(dids), bluesky_blocks.NAMES)):
            answer = self.get("app.bsky.actor.getProfiles", {"actors": some})
            handles |= bluesky_blocks.handles_in(answer) if answer.status == 200 else {}
        yield replace(pages[0], context={**pages[0].context, "people": people, "handles": handles}, cursor=self.todo.cursor)

    # what is missing

    def blocks(self, uris: Sequence[str]) -> dict[str, list[str]]:
        """uri -> (who, why) of replies that exist and yet stand in no conversation, because of a block."""
        author_of = {uri: did for uri in uris if (did := _address(uri)["repo"]) not in ("", self.me)}
        authors, why = list(dict.fromkeys(author_of.values())), dict[str, list[str]]()
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
        if not self.is_trusted(address["repo"]):
            return None
        try:
            answer = self.client.get(
                f"{self.server(address['repo'])}/xrpc/com.atproto.repo.getRecord", address, context=self.context, expect=(200, 400)
            )
            content_of(answer)
        except UnexpectedResponse:
            return None
        return answer

    def withheld(self, uri: str) -> Exchange | None:
        """A server says of what its moderators have taken down the same words as of what was deleted. The proof that a record stands in
        its author's repository (blocks, of which only a record has a type), None where it does not, or where the server cannot prove it."""
        address = _address(uri)
        wanted = {"did": address["repo"], "collection": address["collection"], "rkey": address["rkey"]}
        url = f"{self.server(address['repo'])}/xrpc/com.atproto.sync.getRecord"
        answer = self.client.get(url, wanted, context=self.context, expect=(200, 400, 404, 501))
        return answer if answer.status == 200 and _TYPE_IN_BLOCK in answer.body else None

    def conversation_of(self, url: str) -> _Todo:
        """The conversation in which a permalink stands, from the post of ours at its head."""
        found = _POST_URL.match(urlsplit(url).path)
        if not found:
            raise UsageError(f"{url} is not the address of a post", "It reads https://bsky.app/profile/<handle or DID>/post/<key>.")
        actor = found[1]
        if not actor.startswith("did:"):
            answer = self.get("com.atproto.identity.resolveHandle", {"handle": actor})
            actor = content_of(answer).get("did", "") if answer.status == 200 else ""
        uri = f"at://{actor}/{POST}/{found[2]}"
        answer = self.get("app.bsky.feed.getPosts", {"uris": [uri]})
        posts = _posts(answer) if answer.status == 200 else []
        if not posts:
            raise UsageError(f"{url} cannot be seen on Bluesky", "It is gone, or its author's name has changed.")
        reply = posts[0]["record"].get("reply") or {"root": {"uri": uri}, "parent": {"uri": uri}}
        ours = [u for u in (reply["root"]["uri"], uri, reply["parent"]["uri"]) if _did(u, answer) == self.me]
        if not ours:
            raise UsageError(f"{url} is in no conversation of this account", "Only writings by and to the account are captured.")
        todo = _Todo(listed=True, threads=[ours[0]])
        return todo if uri == ours[0] else replace(todo, posts={uri: [None, None]})


def _address(uri: str) -> dict[str, str]:
    """The parameters of getRecord."""
    parts = _AT_URI.fullmatch(uri)
    return {"repo": parts[1], "collection": parts[2], "rkey": parts[3]} if parts else {"repo": "", "collection": "", "rkey": ""}


def _feed(page: Exchange) -> list[dict[str, Any]]:
    if problem := _failure(page):
        raise problem
    body = content_of(page)
    if not isinstance(body, dict) or not isinstance(body.get("feed"), list):
        raise wrong(page, "/feed", "a list", body)
    for i, item in enumerate(body["feed"]):
        FEED_ITEM.check(item, page, f"/feed/{i}")
        _checked(item["post"], page, f"/feed/{i}/post")
        if _is_repost(item):
            REASON.check(item["reason"], page, f"/feed/{i}/reason")
    return list(body["feed"])


def _posts(answer: Exchange) -> list[dict[str, Any]]:
    if problem := _failure(answer):
        raise problem
    body = content_of(answer)
    if not isinstance(body, dict) or not isinstance(body.get("posts"), list):
        raise wrong(answer, "/posts", "a list", body)
    for i, post in enumerate(body["posts"]):
        _checked(post, answer, f"/posts/{i}")
    return list(body["posts"])


def _checked(post: Any, exchange: Exchange, pointer: str) -> None:
    """What `fetch` reads of a post is of the promised types. The rest is for `parse` to refuse: an answer that it cannot read is kept, and
    those that follow are still asked for."""
    LISTED.check(post, exchange, pointer)
    WRITER.check(post["author"], exchange, f"{pointer}/author")
    WRITTEN.check(post["record"], exchange, f"{pointer}/record")
    if post["record"].get("reply") is not None:
        _refs(post["record"]["reply"], exchange, f"{pointer}/record/reply")


def _is_repost(item: dict[str, Any]) -> bool:
    return str((item.get("reason") or {}).get("$type")).endswith("#reasonRepost")


def _listed_at(item: dict[str, Any], page: Exchange) -> datetime:
    """The date by which a feed is ordered: the earlier of the author's and the AppView's, of a repost the AppView's."""
    if _is_repost(item):
        return when(item["reason"]["indexedAt"], page, "/feed/reason/indexedAt")
    return _ordered_at(item["post"], page, "/feed/post")


def _ordered_at(post: dict[str, Any], page: Exchange, pointer: str) -> datetime:
    indexed = when(post["indexedAt"], page, f"{pointer}/indexedAt")
    return min(_claimed(post["record"]["createdAt"]) or indexed, indexed)


def _claimed(text: str) -> datetime | None:
    """When its author says that it was written; None where there is no such time: the network takes a 31st of February, and an hour after
    the year 9999, and one stranger's reply must not make a conversation unreadable."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        return None


def _with_files(posts: Iterable[dict[str, Any]]) -> list[str]:
    return [post["author"]["did"] for post in posts if '"blob"' in json.dumps(post["record"].get("embed"))]


_BLOCKS = (
    (("blocking", "blockingByList"), "agency", "the account blocks its author"),
    (("blockedBy", "blockedByList"), "author", "its author blocks the account"),
)


def _relationships(answer: Exchange) -> Iterator[tuple[str, list[str]]]:
    body = content_of(answer)
    for i, found in enumerate(items(body.get("relationships") if isinstance(body, dict) else body, answer, "/relationships")):
        if not isinstance(found, dict):
            raise wrong(answer, f"/relationships/{i}", "an object", found)
        for names, who, words in _BLOCKS:
            if block := next((found[name] for name in names if found.get(name)), None):
                yield str(found.get("did")), [who, f"{words} ({block}), so it stands in no conversation"]
                break


# ------------------------------------------------------------------------------------------------------------------------------ parse


class _View(NamedTuple):
    """What all items of one exchange share. `hidden`: uri -> who hid it, and how we know."""

    exchange: Exchange
    me: str | None
    servers: Mapping[str, str]
    hidden: Mapping[str, Sequence[str | None]]
    touched: frozenset[int]
    since: datetime | None = None  # older posts are without their conversations: their counts are not compared


def parse(exchange: Exchange) -> Iterator[Record]:
    """Records of a feed, a conversation, posts, a profile, a stored record, or of blocks (told apart by their shapes)."""
    if "not_given" in exchange.context:
        return
    if problem := _failure(exchange):
        raise problem
    body, touched = tree_of(exchange)
    context = exchange.context
    since = moment(context["since"]) if "since" in context else None
    view = _View(exchange, context.get("account"), context.get("servers", {}), context.get("hidden", {}), touched, since)
    if not isinstance(body, dict):
        raise wrong(exchange, "", "an object", body)
    read = next((reader for name, reader in _READERS.items() if name in body), None)
    if read is None:
        raise wrong(exchange, "", "a feed, a conversation, posts, a profile, or a record", body)
    yield from read(body, view)


def saved(body: bytes, url: str | None, server: str | None) -> Exchange:
    return Exchange("GET", url or "", 200, (), body, {"server": server or NETWORK})


def _failure(exchange: Exchange) -> PlatformFailure | None:
    if exchange.status < 400:
        return None
    words = _words(exchange)
    error = words.partition(":")[0]
    if error in DEAD:
        return TokenExpired(f"{exchange.url}: {words}", "Sign in anew.", exchange)
    if error in GONE or words.endswith("Profile not found"):
        return AccountUnavailable(f"{exchange.url}: {words}", "Check the account's address in the register.", exchange)
    return failure(exchange, words=words)


def _words(exchange: Exchange) -> str:
    """`RecordNotFound: Could not locate record` of an error's body, else nothing."""
    try:
        said = content_of(exchange)
    except UnexpectedResponse:
        return ""
    return f"{said['error']}: {said.get('message', '')}"[:300] if isinstance(said, dict) and "error" in said else ""


def _nodes(body: Any, exchange: Exchange) -> Iterator[tuple[str, dict[str, Any], tuple[str, ...]]]:
    """(pointer, node, fields that are not known) of each post of a conversation, parents first. Placeholders (notFound, blocked) have no
    words; they are left out."""
    waiting: list[tuple[str, Any]] = [("/thread", body.get("thread") if isinstance(body, dict) else body)]
    while waiting:
        pointer, node = waiting.pop()
        if isinstance(node, dict) and (node.get("notFound") is True or node.get("blocked") is True):
            continue
        left = NODE.check(node, exchange, pointer, "thread")
        yield pointer, node, left
        replies = node.get("replies") or ()
        waiting.extend((f"{pointer}/replies/{i}", replies[i]) for i in range(len(replies) - 1, -1, -1))


def _hidden_by_gate(body: dict[str, Any], exchange: Exchange, me: str | None) -> dict[str, Sequence[str | None]]:
    """Replies of others that the author of the conversation's first post has hidden (ours are shown as visible by our own list)."""
    gate = body.get("threadgate")
    if gate is None:
        return {}
    GATE.check(gate, exchange, "/threadgate")
    hidden = (gate.get("record") or {}).get("hiddenReplies") or []
    if not isinstance(hidden, list) or not all(isinstance(uri, str) for uri in hidden):
        raise wrong(exchange, "/threadgate/record/hiddenReplies", "a list of addresses", hidden)
    ours = me is not None and str(gate.get("uri")).startswith(f"at://{me}/")
    why = ("agency" if ours else None, "among the hidden replies of the conversation's first post")
    return {uri: why for uri in hidden if me is None or not uri.startswith(f"at://{me}/")}


def _did(uri: str, exchange: Exchange) -> str:
    parts = _AT_URI.fullmatch(uri)
    if parts is None:
        raise wrong(exchange, "/uri", "at://<DID>/<collection>/<key>", uri)
    return parts[1]


def _refs(reply: dict[str, Any], exchange: Exchange, pointer: str) -> tuple[str, str]:
    """Addresses of the root and the parent."""
    REPLY.check(reply, exchange, pointer)
    root, parent = reply["root"].get("uri"), reply["parent"].get("uri")
    if type(root) is not str or type(parent) is not str:
        raise wrong(exchange, pointer, "the addresses of root and parent", reply)
    return root, parent


def _of_feed(body: dict[str, Any], view: _View) -> Iterator[Record]:
    for i, item in enumerate(items(body["feed"], view.exchange, "/feed")):
        yield _listed(item, view, f"/feed/{i}")


def _of_posts(body: dict[str, Any], view: _View) -> Iterator[Record]:
    for i, post in enumerate(items(body["posts"], view.exchange, "/posts")):
        yield _post(post, view, f"/posts/{i}")


def _of_thread(body: dict[str, Any], view: _View) -> Iterator[Record]:
    hidden = _hidden_by_gate(body, view.exchange, view.me)
    view = view._replace(hidden={**hidden, **view.hidden}) if hidden else view
    for pointer, node, left in _nodes(body, view.exchange):
        yield _post(node["post"], view, f"{pointer}/post", left)


_READERS: Mapping[str, Callable[[dict[str, Any], _View], Iterable[Record]]] = {
    "feed": _of_feed,
    "thread": _of_thread,
    "posts": _of_posts,
    "relationships": lambda _body, _view: (),
    "records": lambda body, view: (_blocked(body, view),),
    "value": lambda body, view: (_stored(body, view),),
    "record": lambda body, view: (_post(body, view, ""),),
    "handle": lambda body, view: (_profile(body, view),),
}


def _blocked(body: dict[str, Any], view: _View) -> Record:
    reading, context = Reading(view.exchange), view.exchange.context
    people = context.get("people") or bluesky_blocks.subjects(view.exchange)
    return bluesky_blocks.moderation_of(people, context.get("handles", {}), view.me or bluesky_blocks.whose(body), reading)


def _listed(item: Any, view: _View, pointer: str) -> Record:
    """A repost is a publication of ours, with the words and pictures that it spreads; its id is that of the act of reposting."""
    left = FEED_ITEM.check(item, view.exchange, pointer, "feed")
    found = _post(item["post"], view, f"{pointer}/post", left)
    if not _is_repost(item):
        if view.since is not None and found.counts and _listed_at(item, view.exchange) < view.since:
            found.counts.pop("comments", None)
        return found
    reason, exchange = item["reason"], view.exchange
    left = REASON.check(reason, exchange, f"{pointer}/reason", "reason") + AUTHOR.check(
        reason["by"], exchange, f"{pointer}/reason/by", "reason.by"
    )
    by, uri = reason["by"], reason["uri"]
    _did(uri, exchange)
    return replace(
        found,
        record_id=f"bluesky:{uri}",
        kind="post",
        native_id=uri,
        pointer=pointer,
        parent_id=None,
        root_id=f"bluesky:{uri}",
        url=None,
        author_id=by["did"],
        author_name=by.get("displayName") or None,
        author_handle=by["handle"],
        author_is_account=None if view.me is None else by["did"] == view.me,
        published_at=when(reason["indexedAt"], exchange, f"{pointer}/reason/indexedAt"),
        mentions=[*found.mentions, *filter(None, (found.author_handle, found.author_id))],
        shared_id=found.record_id,
        counts=None,
        tally=None,
        status=VISIBLE,
        acted_by=None,
        status_reason=None,
        leftover=found.leftover + left,
    )


def _post(post: Any, view: _View, pointer: str, left: tuple[str, ...] = ()) -> Record:
    exchange = view.exchange
    left += VIEW.check(post, exchange, pointer, "post")
    author = post["author"]
    left += AUTHOR.check(author, exchange, f"{pointer}/author", "author")
    found = _record(post["uri"], post["record"], view, f"{pointer}/record", left, post=post)
    found.pointer = pointer
    found.author_name, found.author_handle = author.get("displayName") or None, author["handle"]
    counts = {"likes": post.get("likeCount"), "shares": post.get("repostCount"), "comments": post.get("replyCount")}
    found.counts = {name: count for name, count in counts.items() if count is not None} if None in counts.values() else counts
    found.repaired = id(post) in view.touched
    if post.get("labels"):
        _labelled(found, post["labels"], exchange, pointer)
    if author.get("labels"):
        _labelled(found, author["labels"], exchange, f"{pointer}/author", "its author is ")
    return found


def _labelled(found: Record, labels: list[Any], exchange: Exchange, pointer: str, whose: str = "") -> None:
    """Labels of moderators; those that the author gave (content warnings) are no status. Of its author's (`whose`), only those count that
    programs act upon, where the post has none of its own."""
    for i, label in enumerate(labels):
        found.leftover += LABEL.check(label, exchange, f"{pointer}/labels/{i}", "labels")
    given = [label for label in labels if label["src"] != found.author_id and label.get("neg") is not True]
    if not given:
        return
    words = f"{whose}labelled {', '.join(label['val'] for label in given)} by {', '.join(dict.fromkeys(label['src'] for label in given))}"
    acts = [ACTS[label["val"]] for label in given if label["val"] in ACTS]
    if acts and (not whose or found.status == VISIBLE):
        found.status, found.acted_by, found.status_reason = min(acts), "platform", words  # hidden before spam
    elif found.status == VISIBLE and not whose:
        found.status_reason = words


def _stored(body: dict[str, Any], view: _View) -> Record:
    """A record as its author's server holds it: no name, no counters."""
    left = STORED.check(body, view.exchange, "", "record")
    found = _record(body["uri"], body["value"], view, "/value", left)
    found.repaired = id(body) in view.touched
    return found


def _record(
    uri: str, record: dict[str, Any], view: _View, pointer: str, left: tuple[str, ...], *, post: Mapping[str, Any] = MappingProxyType({})
) -> Record:
    """What the author wrote. `post`: the AppView's view of it, for the addresses of pictures where no server is known."""
    exchange = view.exchange
    left += RECORD.check(record, exchange, pointer, "record")
    parts = _AT_URI.fullmatch(uri)
    if parts is None or record.get("$type", POST) != POST:
        raise wrong(exchange, pointer, "a post with the address at://<DID>/app.bsky.feed.post/<key>", [uri, record.get("$type")])
    author, record_id, langs = parts[1], f"bluesky:{uri}", record.get("langs")
    kind, parent, root = _place(record, author, record_id, view, pointer)
    content = _Content(record["text"], view, author)
    if record.get("facets"):
        content.add_facets(record["facets"], record["text"], f"{pointer}/facets")
    if record.get("embed") is not None:
        content.add_embed(record["embed"], post.get("embed"), f"{pointer}/embed")
    tags = record.get("tags") or []
    if not (TEXT.issuperset(map(type, tags)) and TEXT.issuperset(map(type, langs or ()))):
        raise wrong(exchange, f"{pointer}/tags", "a list of text", [tags, langs])
    acted_by, reason = view.hidden.get(uri, (None, None))
    published = _claimed(record["createdAt"])
    left += content.left if published else (*content.left, "record.createdAt: no date")
    return Record(
        record_id=record_id,
        kind=kind,
        native_id=uri,
        pointer=pointer,
        parent_id=parent,
        root_id=root,
        url=f"https://bsky.app/profile/{author}/post/{parts[3]}",
        author_id=author,
        author_is_account=None if view.me is None else author == view.me,
        text=content.text,
        language=langs[0] if langs else None,
        published_at=published,
        status=VISIBLE if reason is None else HIDDEN,
        acted_by=acted_by,
        status_reason=reason,
        media=content.media,
        links=content.links,
        mentions=content.mentions,
        tags=content.tags + [tag for tag in tags if tag not in content.tags] if tags else content.tags,
        shared_id=content.quoted,
        tally="own" if author == view.me else None,
        leftover=left,
    )


def _place(record: dict[str, Any], author: str, record_id: str, view: _View, pointer: str) -> tuple[str, str | None, str]:
    """(kind, parent_id, root_id). In a conversation of ours only its head is a post; in another one, each of our posts is."""
    if record.get("reply") is None:
        return "post", None, record_id
    root, parent = _refs(record["reply"], view.exchange, f"{pointer}/reply")
    if view.me is None or root.startswith(f"at://{view.me}/"):
        kind = "comment" if parent == root else "reply"
    elif author == view.me:
        kind = "post"
    else:
        kind = "comment" if parent.startswith(f"at://{view.me}/") else "reply"
    return kind, f"bluesky:{parent}", f"bluesky:{root}"


class _Content:
    """Text, links and files of a post as they are gathered from its facets and its embed."""

    __slots__ = ("author", "left", "links", "media", "mentions", "quoted", "tags", "text", "view")

    def __init__(self, text: str, view: _View, author: str) -> None:
        self.text, self.view, self.author = text, view, author
        self.links: list[str] = []
        self.mentions: list[str] = []
        self.tags: list[str] = []
        self.media: list[Media] = []
        self.quoted: str | None = None
        self.left: tuple[str, ...] = ()

    def add_facets(self, facets: list[Any], text: str, pointer: str) -> None:
        """Links, mentions (the name as it was written, and the DID), tags."""
        exchange = self.view.exchange
        for i, facet in enumerate(facets):
            self.left += FACET.check(facet, exchange, f"{pointer}/{i}", "record.facets")
            for feature in facet["features"]:
                kind = feature.get("$type") if isinstance(feature, dict) else None
                if not isinstance(kind, str) or kind not in FEATURES:
                    self.left += (f"record.facets.features.{kind}",)
                    continue
                name, shape = FEATURES[kind]
                self.left += shape.check(feature, exchange, f"{pointer}/{i}/features", "record.facets.features")
                found, there = feature[name], {"uri": self.links, "did": self.mentions, "tag": self.tags}[name]
                written = _written(facet["index"], text, exchange, f"{pointer}/{i}/index") if name == "did" else ""
                there.extend(word for word in (written, found) if word and word not in there)

    def add_embed(self, embed: dict[str, Any], shown: Any, pointer: str) -> None:
        """`shown`: the AppView's view of the same embed."""
        kind, exchange = embed.get("$type"), self.view.exchange
        if kind in ("app.bsky.embed.images", "app.bsky.embed.gallery"):
            name, shape = ("images", IMAGES) if kind.endswith("images") else ("items", GALLERY)
            self.left += shape.check(embed, exchange, pointer, "record.embed")
            for i, image in enumerate(embed[name]):
                self.left += IMAGE.check(image, exchange, f"{pointer}/{name}/{i}", "record.embed.images")
                self.add_file(image["image"], f"{pointer}/{name}/{i}/image", _at(shown, name, i, "fullsize"), image)
        elif kind == "app.bsky.embed.video":
            self.left += VIDEO.check(embed, exchange, pointer, "record.embed")
            self.add_file(embed["video"], f"{pointer}/video", None, embed)
            for i, caption in enumerate(embed.get("captions") or ()):
                self.left += CAPTION.check(caption, exchange, f"{pointer}/captions/{i}", "record.embed.captions")
                self.add_file(caption["file"], f"{pointer}/captions/{i}/file", None, {})
        elif kind == "app.bsky.embed.external":
            self.left += EXTERNAL.check(embed, exchange, pointer, "record.embed")
            self.add_card(embed["external"], f"{pointer}/external", shown)
        elif kind == "app.bsky.embed.record":
            self.add_quote(embed, pointer)
        elif kind == "app.bsky.embed.recordWithMedia":
            self.left += BOTH.check(embed, exchange, pointer, "record.embed")
            self.add_quote(embed["record"], f"{pointer}/record")
            if (inner := embed["media"].get("$type")) in ALONGSIDE:
                self.add_embed(embed["media"], shown.get("media") if isinstance(shown, dict) else None, f"{pointer}/media")
            else:  # the network takes anything there that it does not know
                self.left += (f"record.embed.media.{inner}",)
        else:
            self.left += (f"record.embed.{kind}",)

    def add_quote(self, embed: dict[str, Any], pointer: str) -> None:
        self.left += QUOTE.check(embed, self.view.exchange, pointer, "record.embed")
        REF.check(embed["record"], self.view.exchange, f"{pointer}/record")
        self.quoted = f"bluesky:{embed['record']['uri']}"

    def add_card(self, card: dict[str, Any], pointer: str, shown: Any) -> None:
        """A link card belongs to the post (its author's program made it): its words are words of the post."""
        self.left += CARD.check(card, self.view.exchange, pointer, "record.embed.external")
        self.text = "\n\n".join(filter(None, (self.text, "\n".join(filter(None, (card["title"], card["description"]))))))
        if card["uri"] not in self.links:
            self.links.append(card["uri"])
        if card.get("thumb") is not None:
            self.add_file(card["thumb"], f"{pointer}/thumb", _at(shown, "external", "thumb"), {})

    def add_file(self, blob: dict[str, Any], pointer: str, shown: str | None, about: dict[str, Any]) -> None:
        """The original at its author's server where that is known, else the AppView's smaller copy."""
        ref, mime = blob.get("ref"), blob.get("mimeType")
        cid = ref.get("$link") if isinstance(ref, dict) else blob.get("cid")  # the latter in records of 2022 and before
        if not isinstance(cid, str) or not isinstance(mime, str):
            raise wrong(self.view.exchange, pointer, "a blob with its CID and type", blob)
        server, ratio = self.view.servers.get(self.author), about.get("aspectRatio")
        if ratio is not None:
            RATIO.check(ratio, self.view.exchange, f"{pointer}/aspectRatio")
        url = _blob_url(server, self.author, cid) if server else shown
        self.media.append(
            Media(
                identity=cid,
                type=mime.partition("/")[0] if mime.startswith(("image/", "video/", "audio/")) else "document",
                url=url,
                alt_text=about.get("alt") or None,
                width=ratio["width"] if ratio else None,
                height=ratio["height"] if ratio else None,
                position=len(self.media) + 1,
                missing_reason=None if url else "its author's server is not known",
            )
        )


def _blob_url(server: str, did: str, cid: str) -> str:
    return f"{server}/xrpc/com.atproto.sync.getBlob?did={_quoted(did)}&cid={_quoted(cid)}"


@lru_cache(maxsize=1024)
def _quoted(word: str) -> str:
    return quote(word, safe=":")


def _written(index: dict[str, Any], text: str, exchange: Exchange, pointer: str) -> str:
    """The part of the text that a facet covers, in bytes of UTF-8, without the @."""
    SLICE.check(index, exchange, pointer)
    start, end = index["byteStart"], index["byteEnd"]
    return text.encode()[start:end].decode("utf-8", "replace").lstrip("@") if 0 <= start < end else ""


def _at(value: Any, *path: str | int) -> str | None:
    """The text at a path, None where there is none."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value if isinstance(value, str) else None


def _profile(item: dict[str, Any], view: _View) -> Record:
    exchange, did = view.exchange, item.get("did")
    left = PROFILE.check(item, exchange, "")
    server, media = view.servers.get(str(did)), list[Media]()
    for name in ("avatar", "banner"):
        if item.get(name):
            cid = _CID_IN_URL.search(item[name])
            blob = _blob_url(server, str(did), cid[1]) if server and cid else item[name]
            media.append(Media(cid[1] if cid else item[name], "image", blob, position=len(media) + 1))
    found = Record(
        record_id=f"bluesky:at://{did}",
        kind="profile",
        native_id=str(did),
        pointer="",
        url=f"https://bsky.app/profile/{did}",
        author_id=str(did),
        author_name=item.get("displayName") or None,
        author_handle=item["handle"],
        author_is_account=None if view.me is None else did == view.me,
        text="\n".join(filter(None, (item.get("description"), item.get("pronouns")))),
        title=item.get("displayName") or None,
        published_at=when(item["createdAt"], exchange, "/createdAt") if item.get("createdAt") else None,
        media=media,
        links=[item["website"]] if item.get("website") else [],
        repaired=id(item) in view.touched,
        leftover=left,
    )
    if item.get("labels"):
        _labelled(found, item["labels"], exchange, "")
    return found
