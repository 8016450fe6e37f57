"""Bluesky against a small network of made-up posts, with faults that no real one makes (test_bluesky_real.py plays on a real one)."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.accounts import Account
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import MODERATION, Absence, Exchange, Identity, Record
from recordroom.platforms import Known, Window, bluesky
from recordroom.platforms.bluesky.walk import BATCH
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer, Scripted, account

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


# ------------------------------------------------------------------------------------------------------------------ a made-up network


@dataclass
class Network:
    """Posts by address (keys are hours since START); AppView, directory and the authors' own servers answer from them."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)  # not to be seen in the AppView
    deleted: set[str] = field(default_factory=set)  # nor in the author's own repository
    taken_down: set[str] = field(default_factory=set)  # by the author's own server, which says the same as of what was deleted
    hidden: list[str] = field(default_factory=list)  # by a threadgate of ours
    relationships: dict[str, dict[str, str]] = field(default_factory=dict)
    blocks: dict[str, list[str]] = field(default_factory=dict)  # collection -> subjects
    handles: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)  # method -> what is answered instead
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
            reason = "mention" if ME in json.dumps(post["record"].get("facets")) else "quote" if quoted else "like"
            if post["author"]["did"] != ME and uri not in self.deleted and reason in query["reasons"]:
                one = {name: post[name] for name in ("uri", "cid", "author", "record", "indexedAt")}
                told.append(one | {"reason": reason, "isRead": False})
        return Answer({"notifications": told} | ({"cursor": str(start + 20)} if len(self.posts) > start + 20 else {}))

    def node(self, uri: str, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {"post": self.seen(uri)}
        if depth:
            made["replies"] = [self.node(u, depth - 1) for u in self.below(uri) if u not in self.gone]
        return made

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
            return Answer(json.dumps({"thread": self.node(uri, min(self.depth, int(query["depth"][0]))), "threadgate": gate}))
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


def test_conversations_deeper_than_an_answer_are_read_to_their_end() -> None:
    network = Network(depth=10)
    top = network.add(ME, 1)
    deep = chain(network, top, range(100, 165))
    wide = [network.add(BEN, key, top) for key in range(200, 230)]
    found = records_of(Scripted(network), Window("full"))
    assert set(found) == {f"at://{ME}", top, *deep, *wide}
    assert [found[u].kind for u in (top, deep[0], deep[1], deep[-1], wide[0])] == ["post", "comment", "reply", "reply", "comment"]
    assert {r.root_id for u, r in found.items() if u != f"at://{ME}"} == {f"bluesky:{top}"}


def test_two_hundred_levels_are_parsed() -> None:
    network = Network()
    deep = chain(network, network.add(ME, 1), range(10, 600))
    client = Scripted(network)
    assert set(deep) <= set(records_of(client, Window("full")))
    assert sum("getPostThread" in u for u in client.asked) == 3


def test_pages_are_read_to_the_end_and_a_recent_window_stops() -> None:
    network = Network()
    for key in range(1, 251):
        network.add(ME, key)
    assert len(records_of(Scripted(network), Window("full"))) == 251
    client = Scripted(network)
    assert len(records_of(client, Window("recent", since=START + timedelta(hours=200)))) == 101
    assert len([u for u in client.asked if "getAuthorFeed" in u]) == 1


def test_replies_of_ours_bring_what_answers_them_unless_their_conversation_does() -> None:
    network = Network()
    old = network.add(ME, 1)
    reply = network.add(ME, 500, network.add(AMY, 2, old))
    answer = network.add(AMY, 501, reply)
    elsewhere = network.add(ME, 502, network.add(AMY, 400))
    thanks = network.add(AMY, 503, elsewhere)
    lost = network.add(ME, 504, uri_of(ME, 77))  # our own post above it is deleted
    below = network.add(AMY, 505, lost)
    client = Scripted(network)
    found = records_of(client, Window("recent", since=START + timedelta(hours=300)))
    assert {answer, thanks, below} <= set(found)
    assert (found[answer].kind, found[elsewhere].kind, found[thanks].kind) == ("reply", "post", "comment")
    client = Scripted(network)
    assert {answer, thanks, below} <= set(records_of(client, Window("full")))
    assert sum("getPostThread" in u for u in client.asked) == 3  # old, elsewhere, lost


def test_words_under_another_name_stop_no_fetch() -> None:
    """What nobody can read is kept nevertheless, with the conversations below it."""
    network = Network()
    answer = network.add(AMY, 2, network.add(ME, 1))
    for post in network.posts.values():
        post["record"]["text_v2"] = post["record"].pop("text")
    fetched = list(bluesky.fetch(DISTRICT, Window("full"), Scripted(network)))
    unread = [exchange for exchange in fetched if b"text_v2" in exchange.body]
    for exchange in unread:
        with pytest.raises(UnexpectedResponse, match="record/text must be text"):
            list(bluesky.parse(exchange))
    assert any(answer.encode() in exchange.body for exchange in unread)


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    network = Network(depth=7)
    for key in range(1, 230, 2):
        network.add(ME, key)
    chain(network, uri_of(ME, 229), range(1000, 1040))
    network.hidden = [network.add(AMY, 2000, uri_of(ME, 229))]
    network.add(AMY, 2001, network.add(ME, 2002, network.add(AMY, 1999)))
    window = Window(kind, since=START, url="https://bsky.app/profile/fircrest.example/post/229")
    exchanges = list(bluesky.fetch(DISTRICT, window, Scripted(network)))
    whole = [{r.record_id for r in bluesky.parse(e)} for e in exchanges]
    for at, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = bluesky.fetch(DISTRICT, replace(window, cursor=exchange.cursor), Scripted(network))
        assert set().union(*whole) == {r.record_id for e in rest for r in bluesky.parse(e)}.union(*whole[: at + 1])


def test_hidden_replies_are_kept_and_said_to_be_hidden() -> None:
    network = Network()
    top = network.add(ME, 1)
    shown, omitted = network.add(AMY, 2, top), network.add(AMY, 3, top)
    network.hidden = [shown, omitted]
    node = network.node

    def without(uri: str, depth: int) -> dict[str, Any]:
        made = node(uri, depth)
        made["replies"] = [r for r in made.get("replies", ()) if r["post"]["uri"] != omitted]
        return made

    network.node = without  # type: ignore[method-assign]
    found = records_of(Scripted(network), Window("full"))
    assert {u: (found[u].status, found[u].acted_by) for u in (shown, omitted)} == dict.fromkeys((shown, omitted), ("hidden", "agency"))
    assert found[top].status == "visible"


def test_lookup_takes_the_word_of_the_authors_own_server() -> None:
    network = Network()
    top = network.add(ME, 1)
    stays, deleted, withheld, blocked, elsewhere = (network.add(AMY if key < 6 else BEN, key, top) for key in (2, 3, 4, 5, 6))
    taken_down = network.add(AMY, 9, top)
    by_ben, own = network.add(BEN, 7, top), network.add(ME, 8)
    repost = f"at://{ME}/app.bsky.feed.repost/9"
    network.gone |= {deleted, withheld, elsewhere, own, taken_down}
    network.deleted |= {deleted, elsewhere, own}
    network.taken_down.add(taken_down)
    network.relationships = {BEN: {"blocking": "at://x/y/z"}}
    who = Known(f"bluesky:at://{ME}", ME, "profile")
    known = [Known(f"bluesky:{u}", u, "comment") for u in (stays, deleted, withheld, blocked, elsewhere, by_ben, own, repost, taken_down)]
    client = Scripted(network)
    found = list(bluesky.lookup(DISTRICT, [who, *known], client))
    absences = {a.record_id.removeprefix("bluesky:"): (a.status, a.acted_by) for a in found if isinstance(a, Absence)}
    assert absences == {
        deleted: ("removed", "author"),
        own: ("removed", "agency"),
        repost: ("removed", "agency"),
        taken_down: ("hidden", "platform"),
        elsewhere: ("unavailable", None),  # a server that anybody may run is not asked
    }
    records = {r.native_id: (r.status, r.acted_by) for e in found if isinstance(e, Exchange) for r in bluesky.parse(e)}
    assert records == {
        ME: ("visible", None),
        stays: ("visible", None),
        blocked: ("visible", None),
        by_ben: ("hidden", "agency"),
        withheld: ("hidden", "platform"),
    }
    assert not any("pds.example" in u for u in client.asked)
    assert not list(bluesky.lookup(DISTRICT, [], client))


def test_a_server_that_can_prove_nothing_is_taken_at_its_word() -> None:
    network = Network(answers={"com.atproto.sync.getRecord": Answer({"error": "MethodNotImplemented", "message": ""}, 501)})
    gone = uri_of(AMY, 3)
    (absence,) = bluesky.lookup(DISTRICT, [Known(f"bluesky:{gone}", gone, "comment")], Scripted(network))
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("removed", "author")


def test_lookup_without_a_directory_claims_no_removal() -> None:
    network = Network(answers={"com.atproto.repo.describeRepo": Answer({"error": "MethodNotImplemented", "message": ""}, 501)})
    network.answers["app.bsky.graph.getRelationships"] = Answer({"error": "MethodNotImplemented", "message": ""}, 501)
    top = network.add(ME, 1)
    stays, deleted = network.add(AMY, 2, top), network.add(AMY, 3, top)
    network.gone.add(deleted)
    network.deleted.add(deleted)
    who = replace(DISTRICT, api_url="https://public.api.bsky.app")
    repost = f"at://{ME}/app.bsky.feed.repost/9"
    found = list(bluesky.lookup(who, [Known(f"bluesky:{u}", u, "comment") for u in (stays, deleted, repost)], Scripted(network)))
    assert [a.status for a in found if isinstance(a, Absence)] == ["unavailable", "unavailable"]
    assert [r.native_id for e in found if isinstance(e, Exchange) for r in bluesky.parse(e)] == [stays]


def test_a_repository_that_is_gone_as_a_whole_is_no_removal() -> None:
    network = Network(answers={"com.atproto.repo.getRecord": Answer({"error": "RepoDeactivated", "message": "Repo deactivated"}, 400)})
    gone = uri_of(AMY, 3)
    (absence,) = bluesky.lookup(DISTRICT, [Known(f"bluesky:{gone}", gone, "comment")], Scripted(network))
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("unavailable", None)
    assert "RepoDeactivated" in absence.reason


def test_a_permalink_brings_its_whole_conversation() -> None:
    network = Network()
    top = network.add(ME, 1)
    first, second = chain(network, top, range(2, 4))
    elsewhere = network.add(ME, 11, network.add(AMY, 10))
    thanks = network.add(AMY, 12, elsewhere)
    network.add(AMY, 20)

    def captured(uri: str) -> set[str]:
        did, _, key = uri.removeprefix("at://").split("/")
        return set(records_of(Scripted(network), Window("one", url=f"https://bsky.app/profile/{did}/post/{key}"))) - {f"at://{ME}"}

    assert captured(top) == captured(second) == {top, first, second}
    assert captured(elsewhere) == captured(thanks) == {elsewhere, thanks}
    for url in (uri_of(AMY, 20), uri_of(AMY, 999)):
        with pytest.raises(UsageError):
            captured(url)
    with pytest.raises(UsageError):
        records_of(Scripted(network), Window("one", url="https://bsky.app/profile/fircrest.example"))


def test_identify_and_totals() -> None:
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text())
    identity = bluesky.identify(DISTRICT, Scripted([Answer(profile)]))
    assert (identity.native_id, identity.server, identity.handle) == (profile["did"], "bsky", "fircrest.example")
    for body in ({"error": "InvalidRequest", "message": "Profile not found"}, {"error": "AccountTakedown", "message": "suspended"}):
        with pytest.raises(AccountUnavailable):
            bluesky.identify(DISTRICT, Scripted([Answer(body, 400)]))
    with pytest.raises(AccountUnavailable):
        bluesky.identify(account("bluesky", "https://bsky.app/about"), Scripted([]))
    totals = bluesky.totals(DISTRICT, Scripted([Answer(profile)]))
    assert totals is not None
    assert totals.kinds == {"own": 431}


FAULTS = {
    "HTML instead of JSON": (Answer("<!DOCTYPE html><title>Sign in</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "an error in a 200": (Answer({"error": "InternalServerError"}), UnexpectedResponse, "/feed"),
    "a refusal": (Answer({"error": "InvalidRequest", "message": "Profile not found"}, 400), AccountUnavailable, "Profile not found"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a date without its zone": (
        Answer({"feed": [{"post": SHAPE | {"indexedAt": "2026-11-01T10:00:00"}}]}),
        UnexpectedResponse,
        "indexedAt",
    ),
    "a throttle": (Answer({"error": "RateLimitExceeded", "message": "x"}, 429, {"RateLimit-Reset": "1795507500"}), Throttled, "429"),
    "a wall": (Answer({"error": "Forbidden", "message": "x"}, 403), Blocked, "403"),
    "a dead token": (Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400), TokenExpired, "expired"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_page_is_named(fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    network = Network(answers={"app.bsky.feed.getAuthorFeed": answer})
    with pytest.raises(failure, match=words) as told:
        records_of(Scripted(network), Window("recent", since=START))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None


def test_pages_that_repeat_are_named() -> None:
    feed = {"feed": [{"post": SHAPE | {"replyCount": 0}}], "cursor": "same"}
    network = Network(answers={"app.bsky.feed.getAuthorFeed": Answer(feed)})
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Scripted(network), Window("full"))


def test_a_directory_or_a_server_out_of_order_stops_nothing() -> None:
    network = Network()
    blob = {"$type": "blob", "ref": {"$link": "bafkreib"}, "mimeType": "image/png", "size": 3}
    top = network.add(ME, 1, embed={"$type": "app.bsky.embed.images", "images": [{"alt": "x", "image": blob}]})

    def worn(url: str) -> Answer:
        return Answer("<html>", 500 if "plc" in url else 200) if "plc.directory" in url else network(url)

    found = records_of(Scripted(worn), Window("full"))[top]
    assert (found.media[0].url, found.media[0].missing_reason) == (None, "its author's server is not known")
    found = records_of(Scripted(network), Window("full"))[top]
    assert found.media[0].url == f"{HOSTS[ME]}/xrpc/com.atproto.sync.getBlob?did={ME}&cid=bafkreib"


def test_what_nobody_decided_about_is_reported() -> None:
    facet = {"index": {"byteStart": 0, "byteEnd": 1}, "features": [{"$type": "app.bsky.richtext.facet#glow"}]}
    record = SHAPE["record"] | {"mood": "sunny", "facets": [facet], "embed": {"$type": "app.bsky.embed.hologram"}}
    body = {"posts": [SHAPE | {"record": record, "sparkle": 1}]}
    (found,) = bluesky.parse(bluesky.saved(orjson.dumps(body), None, None))
    assert found.leftover == (
        "post.sparkle",
        "record.mood",
        "record.facets.features.app.bsky.richtext.facet#glow",
        "record.embed.app.bsky.embed.hologram",
    )


def test_facets_count_in_bytes_and_may_lie() -> None:
    def mentioned(start: int, end: int) -> list[str]:
        mention = {"$type": "app.bsky.richtext.facet#mention", "did": AMY}
        record = SHAPE["record"] | {
            "text": "❄️ ¡Día! @amy.test",
            "facets": [{"index": {"byteStart": start, "byteEnd": end}, "features": [mention]}],
        }
        return next(iter(bluesky.parse(bluesky.saved(orjson.dumps(SHAPE | {"record": record}), None, None)))).mentions

    begin = len("❄️ ¡Día! ".encode())
    assert mentioned(begin, begin + 9) == ["amy.test", AMY]
    for start, end in ((0, 2), (5, 3), (900, 999), (-4, 2)):
        assert AMY in mentioned(start, end)


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    body = json.dumps({"posts": [SHAPE | {"record": SHAPE["record"] | {"text": "half \ud83d a face"}}, SHAPE]}).encode()
    broken, whole = bluesky.parse(bluesky.saved(body, None, None))
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch_or_a_lookup(data: st.DataObject) -> None:
    network = Network(depth=1)
    top = network.add(ME, 1)
    network.hidden = [uri_of(AMY, 88)]
    reply = network.add(ME, 3, network.add(AMY, 2, top))
    network.add(AMY, 4, reply)
    network.gone.add(network.add(AMY, 5, top))
    network.add(AMY, 12, network.add(ME, 11, network.add(AMY, 10)))
    at, turns = data.draw(st.integers(0, 9)), iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = network(url)
        body = json.loads(answer.bytes)
        return Answer(json.dumps(data.draw(damaged(body))), answer.status) if next(turns) == at else answer

    client = Scripted(worn)
    try:
        for exchange in bluesky.fetch(DISTRICT, Window("full"), client):
            list(bluesky.parse(exchange))
        for found in bluesky.lookup(DISTRICT, [Known(f"bluesky:{u}", u, "comment") for u in network.posts], client):
            list(bluesky.parse(found)) if isinstance(found, Exchange) else None
    except PlatformFailure:
        pass


@pytest.mark.parametrize("claim", ["2024-02-31T00:00:00.000Z", "2024-01-01T24:00:00Z", "9999-12-31T23:59:59-01:00", "2024-01-01T00:00:00"])
def test_a_time_that_there_is_not_spoils_no_conversation(claim: str) -> None:
    network = Network()
    top = network.add(ME, 1)
    odd, plain = network.add(AMY, 2, top, createdAt=claim), network.add(AMY, 3, top)
    own = network.add(ME, 4, createdAt=claim)
    for window in (Window("full"), Window("recent", since=START)):
        found = records_of(Scripted(network), window)
        assert {odd, plain, own} <= set(found)
        assert (found[odd].published_at, found[odd].leftover) == (None, ("record.createdAt: no date",))
        assert (found[own].published_at, found[plain].leftover) == (None, ())


@pytest.mark.parametrize(
    "media", [{"$type": "app.bsky.embed.recordWithMedia"}, {"$type": "app.bsky.embed.record", "record": 5}, {"$type": "x.y.z", "a": []}, {}]
)
def test_what_the_network_takes_beside_a_quote_spoils_nothing(media: dict[str, Any]) -> None:
    network = Network()
    quote = {"$type": "x", "record": {"uri": "at://did:plc:x/app.bsky.feed.post/1", "cid": "c"}}
    odd = network.add(ME, 1, embed={"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": media})
    record = records_of(Scripted(network), Window("full"))[odd]
    assert record.shared_id == "bluesky:at://did:plc:x/app.bsky.feed.post/1"
    assert record.leftover == (f"record.embed.media.{media.get('$type')}",)


def test_labels_of_an_account_count_for_what_it_wrote_and_for_its_profile() -> None:
    def label(value: str, source: str = "did:plc:moderation") -> dict[str, str]:
        return {"src": source, "val": value, "uri": AMY, "cts": "2026-11-24T08:00:00Z"}

    network = Network()
    top = network.add(ME, 1)
    spam, warned, both = (network.add(AMY, key, top) for key in (2, 3, 4))
    network.posts[spam]["author"]["labels"] = [label("spam")]
    network.posts[warned]["author"]["labels"] = [label("rude"), label("!hide", AMY)]
    network.posts[both] |= {"labels": [label("!hide")], "author": network.posts[both]["author"] | {"labels": [label("spam")]}}
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text()) | {"did": ME, "labels": [label("!takedown")]}
    network.answers["app.bsky.actor.getProfile"] = Answer(profile)
    found = records_of(Scripted(network), Window("full"))
    assert {u: (found[u].status, found[u].acted_by) for u in (spam, warned, both, f"at://{ME}")} == {
        spam: ("spam", "platform"),
        warned: ("visible", None),
        both: ("hidden", "platform"),
        f"at://{ME}": ("hidden", "platform"),
    }
    assert found[spam].status_reason == "its author is labelled spam by did:plc:moderation"


@pytest.mark.parametrize("kind", [None, 7, [], ["app.bsky.embed.images"], {}])
def test_media_beside_a_quote_of_a_kind_that_is_no_name_is_left_over(kind: Any) -> None:
    """The network takes anything there: the post is read all the same."""
    saved = json.loads((FIXTURES / "media.json").read_text())
    body = saved.get("body", saved)
    post = body["posts"][0]
    quote = {"$type": "app.bsky.embed.record", "record": {"uri": post["uri"], "cid": post["cid"]}}
    post["record"]["embed"] = {"$type": "app.bsky.embed.recordWithMedia", "record": quote, "media": {"$type": kind}}
    context = saved.get("context", {})
    first = next(iter(bluesky.parse(Exchange("GET", "https://public.api.bsky.app/x", 200, (), json.dumps(body).encode(), context))))
    assert any(name.startswith("record.embed.media.") for name in first.leftover)
