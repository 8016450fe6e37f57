"""A small network of made-up posts behind as much of Bluesky as the connector asks for, with faults that no real one makes."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from recordroom.accounts import Account
from recordroom.model import MODERATION, Identity, Record
from recordroom.platforms import Known, Window, bluesky
from recordroom.platforms.bluesky.asking import BATCH
from tests.platforms.scripted import Answer, account

FIXTURES = Path(__file__).parent / "bluesky"
ME, AMY, BEN = (f"did:plc:{name}{'2' * 20}" for name in ("fire", "amyr", "bent"))
HOSTS = {ME: "https://shimeji.host.bsky.network", AMY: "https://enoki.host.bsky.network", BEN: "https://pds.example"}
START = datetime(2026, 11, 1, tzinfo=UTC)
SHAPE = json.loads((FIXTURES / "replies-elsewhere.json").read_text())["body"]["thread"]["post"]
DISTRICT = account("bluesky", "https://bsky.app/profile/fircrest.example", Identity(ME, "bsky"))


def uri_of(author: str, key: int | str) -> str:
    return f"at://{author}/app.bsky.feed.post/{key}"


def known_of(record: Record) -> Known:
    return Known(record.record_id, record.native_id, record.kind, record.parent_id, record.root_id)


@dataclass
class Network:
    """Posts by address (keys are hours since START); AppView, directory and the authors' own servers answer from them."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # not to be seen in the AppView
    deleted: set[str] = field(default_factory=set)  # nor in the author's own repository
    taken_down: set[str] = field(default_factory=set)  # by the author's own server, which says the same as of what was deleted
    hidden: list[str] = field(default_factory=list)  # by a threadgate of ours
    gates: dict[str, list[str]] = field(default_factory=dict)  # by those of others: first post -> what it hides
    relationships: dict[str, dict[str, str]] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)  # collection -> subjects
    handles: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)  # method -> what is answered instead
    priority: bool = False  # the account has chosen to be told of those alone whom it follows, which is nobody
    depth: int = 1000

    def add(self, author: str, key: int, parent: str | None = None, **record: Any) -> str:
        uri, made = uri_of(author, key), copy.deepcopy(SHAPE)
        at = (START + timedelta(hours=key)).isoformat()
        made |= {"uri": uri, "indexedAt": at, "author": made["author"] | {"did": author, "handle": "x.test"}}
        made["record"] |= {"text": f"post {key}", "createdAt": at} | record
        made["record"].pop("reply")
        if parent:
            above = self.posts[parent]["record"].get("reply") if parent in self.posts else None
            root = above["root"] if above else {"uri": parent, "cid": "c"}
            made["record"]["reply"] = {"root": root, "parent": {"uri": parent, "cid": "c"}}
        self.posts[uri] = made
        return uri

    def below(self, uri: str) -> list[str]:
        return [u for u, p in self.posts.items() if p["record"].get("reply", {}).get("parent", {}).get("uri") == uri]

    def seen(self, uri: str) -> dict[str, Any]:
        answered = len([u for u in self.below(uri) if u not in self.deleted])
        return self.posts[uri] | {"replyCount": answered, "quoteCount": len(self.quoting(uri))}

    def quoting(self, uri: str) -> list[str]:
        """Newest first, as all lists are."""
        return [u for u in self.listed() if (self.posts[u]["record"].get("embed") or {}).get("record", {}).get("uri") == uri]

    def listed(self) -> list[str]:
        return sorted(self.posts, key=lambda uri: -int(uri.rsplit("/", 1)[1]))

    def quote(self, author: str, key: int, of: str, parent: str | None = None, **record: Any) -> str:
        return self.add(author, key, parent, embed={"$type": "app.bsky.embed.record", "record": {"uri": of, "cid": "c"}}, **record)

    def mention(self, author: str, key: int, parent: str | None = None, **record: Any) -> str:
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": ME}
        return self.add(author, key, parent, facets=[{"index": {"byteStart": 0, "byteEnd": 4}, "features": [feature]}], **record)

    def notifications(self, query: dict[str, list[str]]) -> Answer:
        """Pages of twenty of everything, of which those that were asked for are told: some are short, or empty."""
        start, told = int(query.get("cursor", ["0"])[0]), list[dict[str, Any]]()
        for uri in self.listed()[start : start + 20]:
            post = self.posts[uri]
            quoted = str((post["record"].get("embed") or {}).get("record", {}).get("uri")).startswith(f"at://{ME}/")
            reason = (
                "mention"
                if ME in json.dumps(post["record"].get("facets"))
                else "quote"
                if quoted
                else "reply"
                if self.is_below_us(uri)
                else "like"
            )
            wanted = reason in query["reasons"] and not (self.priority and query.get("priority") != ["false"])
            if post["author"]["did"] != ME and uri not in self.deleted and wanted:
                one = {name: post[name] for name in ("uri", "cid", "author", "record", "indexedAt")}
                told.append(one | {"reason": reason, "isRead": False})
        return Answer({"notifications": told} | ({"cursor": str(start + 20)} if len(self.posts) > start + 20 else {}))

    def is_below_us(self, uri: str) -> bool:
        above = (self.posts[uri]["record"].get("reply") or {}).get("parent", {}).get("uri")
        return above in self.posts and (above.startswith(f"at://{ME}/") or self.is_below_us(above))

    def node(self, uri: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"post": self.seen(uri)}
        if depth:
            made["replies"] = [self.node(u, depth - 1) for u in self.below(uri) if u not in self.gone]
        return made

    def parents(self, uri: str, height: int) -> dict[str, Any]:
        above = (self.posts[uri]["record"].get("reply") or {}).get("parent", {}).get("uri")
        if not above or not height:
            return {}
        shown = {"post": self.seen(above)} | self.parents(above, height - 1) if above in self.posts else {"uri": above, "notFound": True}
        return {"parent": shown}

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query, method = parse_qs(parts.query), parts.path.removeprefix("/xrpc/")
        if method in self.answers:
            return self.answers[method]
        if parts.netloc == "plc.directory":
            did = parts.path[1:]
            return Answer({"id": did, "service": [{"id": "#atproto_pds", "type": "x", "serviceEndpoint": HOSTS[did]}]})
        if method == "app.bsky.actor.getProfile":
            return Answer(json.loads((FIXTURES / "ordinary-profile.json").read_text()) | {"did": ME})
        if method == "com.atproto.repo.getRecord":
            return self.stored(parts.netloc, query)
        if method == "com.atproto.sync.getRecord":
            uri = f"at://{query['did'][0]}/{query['collection'][0]}/{query['rkey'][0]}"
            assert uri in self.deleted | self.taken_down or uri not in self.posts
            return Answer(b"a tree of keys" + (b"\xa4etextbhi\x65$typerapp.bsky.feed.post" if uri in self.taken_down else b""))
        return self.people(method, query) or self.feeds(method, query)

    def people(self, method: str, query: dict[str, list[str]]) -> Answer | None:
        if method == "app.bsky.graph.getRelationships":
            return Answer({"actor": ME, "relationships": [{"did": d} | self.relationships.get(d, {}) for d in query["others"]]})
        if method == "app.bsky.notification.listNotifications":
            return self.notifications(query)
        if method == "com.atproto.repo.listRecords":
            return self.blocked(query)
        if method == "app.bsky.actor.getProfiles":
            return Answer({"profiles": [{"did": did, "handle": self.handles[did]} for did in query["actors"] if did in self.handles]})
        return Answer({"did": ME}) if method == "com.atproto.identity.resolveHandle" else None

    def blocked(self, query: dict[str, list[str]]) -> Answer:
        """Records of the account's repository, newest first."""
        assert query["repo"] == [ME]
        collection, start, size = query["collection"][0], int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        found = self.blocks.get(collection, [])
        told = [{"uri": f"at://{ME}/{collection}/{i}", "cid": "c", "value": {"subject": one}} for i, one in enumerate(found)]
        return Answer({"records": told[start : start + size]} | ({"cursor": str(start + size)} if told[start : start + size] else {}))

    def stored(self, host: str, query: dict[str, list[str]]) -> Answer:
        uri = f"at://{query['repo'][0]}/{query['collection'][0]}/{query['rkey'][0]}"
        assert host in (urlsplit(HOSTS[query["repo"][0]]).netloc, "public.api.bsky.app")
        if uri in self.deleted | self.taken_down or uri not in self.posts:
            return Answer({"error": "RecordNotFound", "message": f"Could not locate record: {uri}"}, 400)
        return Answer({"uri": uri, "cid": "c", "value": self.posts[uri]["record"]})

    def feeds(self, method: str, query: dict[str, list[str]]) -> Answer:
        if method == "app.bsky.feed.getQuotes":
            start, found = int(query.get("cursor", ["0"])[0]), self.quoting(query["uri"][0])
            more = {"cursor": str(start + 100)} if len(found) > start + 100 else {}
            return Answer({"uri": query["uri"][0], "posts": [self.seen(u) for u in found[start : start + 100]]} | more)
        if method == "app.bsky.feed.getPosts":
            assert len(query["uris"]) <= BATCH
            return Answer({"posts": [self.seen(u) for u in query["uris"] if u in self.posts and u not in self.gone]})
        if method == "app.bsky.feed.getPostThread":
            uri = query["uri"][0]
            if uri in self.gone:
                return Answer({"error": "NotFound", "message": f"Post not found: {uri}"}, 400)
            gate = {"uri": f"at://{ME}/app.bsky.feed.threadgate/x", "cid": "c", "record": {"hiddenReplies": self.hidden}}
            root = self.posts[uri]["record"].get("reply", {"root": {"uri": uri}})["root"]["uri"]
            if root in self.gates:
                gate |= {"uri": root.replace(".post/", ".threadgate/"), "record": {"hiddenReplies": self.gates[root]}}
            thread = self.node(uri, min(self.depth, int(query["depth"][0]))) | self.parents(uri, int(query["parentHeight"][0]))
            return Answer(json.dumps({"thread": thread, "threadgate": gate}))
        assert method == "app.bsky.feed.getAuthorFeed"
        start, size = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        own = sorted((u for u in self.posts if u.startswith(f"at://{ME}/") and u not in self.gone), key=lambda u: -int(u.rsplit("/", 1)[1]))
        more = {"cursor": str(start + size)} if len(own) > start + size else {}
        return Answer({"feed": [{"post": self.seen(u)} | self.above(u) for u in own[start : start + size]]} | more)

    def above(self, uri: str) -> dict[str, Any]:
        reply = self.posts[uri]["record"].get("reply")
        if reply is None:
            return {}
        views = {
            name: self.seen(ref["uri"]) if ref["uri"] in self.posts else {"uri": ref["uri"], "notFound": True}
            for name, ref in reply.items()
        }
        return {"reply": views}


def records_of(client: Any, window: Window, who: Account = DISTRICT) -> dict[str, Record]:
    """Without the record of whom the account blocks."""
    found = {r.record_id.removeprefix("bluesky:"): r for e in bluesky.fetch(who, window, client) for r in bluesky.parse(e)}
    return {name: record for name, record in found.items() if not name.endswith(MODERATION)}


def chain(network: Network, top: str, keys: range) -> list[str]:
    made = [top]
    for key in keys:
        made.append(network.add(AMY, key, made[-1]))
    return made[1:]
