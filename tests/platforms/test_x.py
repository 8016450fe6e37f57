"""X against a small network of made-up posts that keeps the real one's limits, and against faults that no real one makes."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from recordroom.accounts import Account
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record
from recordroom.platforms import Code, Known, Window, x
from recordroom.platforms.x import walk
from recordroom.platforms.x.heads import EPOCH
from recordroom.platforms.x.price import price
from tests.platforms.scripted import Answer, Chosen, Scripted, account

FIXTURES = Path(__file__).parent / "x"
ME, AMY, BEN = "100", "200", "300"
NAMES = {ME: "FircrestSchools", AMY: "amy", BEN: "ben"}
NOW = datetime.now(UTC).replace(microsecond=0)
DISTRICT = account("x", "https://x.com/FircrestSchools", Identity(ME, "x.com"))
TOKEN = {"token": "a-token-of-ours"}
PROBLEMS = "https://api.x.com/2/problems"
OLD_WORDS = {
    "edit_history_post_ids": "edit_history_tweet_ids",
    "referenced_posts": "referenced_tweets",
    "note_post": "note_tweet",
    "repost_count": "retweet_count",
    "post_count": "tweet_count",
    "posts": "tweets",
}


def snowflake(at: datetime, number: int) -> str:
    return str(((int(at.timestamp() * 1000) - EPOCH) << 22) | number)


@dataclass
class Net:
    """Posts by id; every version of an edited one is there under its own id."""

    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)  # id -> type of the problem
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)  # the oldest first
    people: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # blocking, muting
    answers: dict[str, Answer] = field(default_factory=dict)  # path -> what is answered instead
    user: dict[str, Any] = field(default_factory=lambda: {"id": ME, "name": "Fircrest Schools", "username": "FircrestSchools"})
    archive: bool = True
    most: int = 3200  # posts that a timeline gives
    page: int = 100

    def add(self, days: float, author: str = ME, parent: str | None = None, sort: str = "replied_to", **more: Any) -> str:
        at = NOW - timedelta(days=days)
        native = snowflake(at, len(self.posts) + 1)
        above = self.posts.get(parent or "")
        post: dict[str, Any] = {
            "id": native,
            "text": f"post {len(self.posts) + 1}",
            "author_id": author,
            "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
        }
        post |= {"conversation_id": native, "edit_history_post_ids": [native]}
        if above is not None:
            post["referenced_posts"] = [{"type": sort, "id": above["id"]}]
        if above is not None and sort == "replied_to":
            post |= {"conversation_id": above["conversation_id"], "in_reply_to_user_id": above["author_id"]}
        self.posts[native] = post | more
        return native

    def edit(self, native: str, text: str, minutes: int) -> str:
        first = self.posts[native]
        at = datetime.fromisoformat(first["created_at"]) + timedelta(minutes=minutes)
        new = snowflake(at, len(self.posts) + 1)
        history = [*first["edit_history_post_ids"], new]
        conversation = new if first["conversation_id"] == native else first["conversation_id"]
        more = {"id": new, "text": text, "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "conversation_id": conversation}
        self.posts[new] = first | more
        for one in history:
            self.posts[one] |= {"edit_history_post_ids": history}
        return new

    def seen(self, native: str) -> dict[str, Any]:
        replies = sum({"type": "replied_to", "id": native} in p.get("referenced_posts", ()) for p in self.current())
        counts = {"repost_count": 0, "reply_count": replies, "like_count": 1, "quote_count": 0, "bookmark_count": 0, "impression_count": 9}
        return self.posts[native] | {"public_metrics": counts}

    def current(self) -> list[dict[str, Any]]:
        """Newest first, of each its newest version."""
        there = [p for p in self.posts.values() if p["id"] == p["edit_history_post_ids"][-1] and p["id"] not in self.gone]
        return sorted(there, key=lambda p: -int(p["id"]))

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in self.answers:
            return self.answers[parts.path]
        if parts.path.startswith("/2/users/by/username/") or parts.path == f"/2/users/{ME}":
            own = sum(p["author_id"] == ME for p in self.current())
            return Answer({"data": {**self.user, "public_metrics": {"post_count": own, "followers_count": 3}}})
        if parts.path in (f"/2/users/{ME}/blocking", f"/2/users/{ME}/muting", "/2/dm_events"):
            return self.beside(parts.path.rpartition("/")[2], query)
        if parts.path == "/2/tweets":
            return self.by_id(query["ids"].split(","))
        return self.listed(parts.path, query)

    def beside(self, path: str, query: dict[str, str]) -> Answer:
        """Messages, newest first, or people."""
        found = self.messages[::-1] if path == "dm_events" else self.people.get(path, [])
        start, size = int(query.get("pagination_token", 0)), int(query["max_results"])
        meta: dict[str, Any] = {"result_count": len(found[start : start + size])}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        some = found[start : start + size]
        users = [{"id": n, "name": name.title(), "username": name} for n, name in NAMES.items()] if path == "dm_events" else []
        media = [self.media[k] for one in some for k in one.get("attachments", {}).get("media_keys", ())]
        return Answer({**({"data": some, "includes": {"users": users, "media": media}} if some else {}), "meta": meta})

    def say(self, days: float, author: str = AMY, **more: Any) -> str:
        at = NOW - timedelta(days=days)
        native = snowflake(at, len(self.messages) + 1)
        told = {"id": native, "event_type": "MessageCreate", "text": f"message {len(self.messages) + 1}", "sender_id": author}
        self.messages.append(told | {"created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "dm_conversation_id": f"{ME}-{AMY}"} | more)
        return native

    def by_id(self, natives: list[str]) -> Answer:
        found = [native for native in natives if native in self.posts and native not in self.gone]
        lost = [native for native in natives if native not in found]
        problems = [
            {
                "type": f"{PROBLEMS}/{self.gone.get(one, 'resource-not-found')}",
                "title": "x",
                "detail": f"of {one}",
                "resource_id": one,
                "value": one,
            }
            for one in lost
        ]
        told: dict[str, Any] = self.told([self.seen(native) for native in found]) if found else {}
        return Answer(told | ({"errors": problems} if problems else {}))

    def listed(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/2/tweets/search/all" and not self.archive:
            return Answer({"title": "Forbidden", "detail": "Not of this app", "type": f"{PROBLEMS}/client-forbidden"}, 403)
        found = [p for p in self.current() if self.wanted(p, path, query)][: self.most if path.endswith("/tweets") else None]
        if "until_id" in query:
            found = [p for p in found if int(p["id"]) < int(query["until_id"])]
        start = int(query.get("pagination_token") or query.get("next_token") or 0)
        size = min(int(query["max_results"]), self.page)
        some = found[start : start + size]
        meta: dict[str, Any] = {"result_count": len(some)}
        if start + size < len(found):
            meta["next_token"] = str(start + size)
        return Answer({**(self.told([self.seen(p["id"]) for p in some]) if some else {}), "meta": meta})

    def wanted(self, post: dict[str, Any], path: str, query: dict[str, str]) -> bool:
        at = datetime.fromisoformat(post["created_at"])
        if "start_time" in query and at < datetime.fromisoformat(query["start_time"]):
            return False
        if path.endswith("/mentions"):
            return post["author_id"] != ME and (post.get("in_reply_to_user_id") == ME or "@FircrestSchools" in post["text"])
        if path.endswith("/tweets"):
            return bool(post["author_id"] == ME)
        if path.endswith("/recent") and at < NOW - timedelta(days=7):
            return False
        asked = query["query"]
        return (
            post["author_id"] == asked.removeprefix("from:")
            if asked.startswith("from:")
            else post["conversation_id"] in re.findall(r"\d+", asked)
        )

    def told(self, posts: list[dict[str, Any]]) -> dict[str, Any]:
        named = {r["id"] for p in posts for r in p.get("referenced_posts", ())} | {i for p in posts for i in p["edit_history_post_ids"]}
        beside = [self.seen(n) for n in sorted(named - {p["id"] for p in posts}) if n in self.posts and n not in self.gone]
        keys = {k for p in posts for k in p.get("attachments", {}).get("media_keys", ())}
        users = {p["author_id"] for p in (*posts, *beside)}
        includes = {"users": [{"id": u, "name": NAMES[u].title(), "username": NAMES[u]} for u in sorted(users)], "posts": beside}
        return {"data": posts, "includes": includes | {"media": [self.media[k] for k in sorted(keys)]}}


def client_of(net: Net, **more: Any) -> Scripted:
    return Scripted(net, TOKEN, **more)


def fetched(net: Net, window: Window | None = None, client: Scripted | None = None) -> list[Exchange]:
    return list(x.fetch(DISTRICT, window or Window("full"), client or client_of(net)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    """The last word on each record, without profiles and older versions."""
    found = (r for e in exchanges for r in x.parse(e) if r.kind != "profile" and not r.historical)
    return {r.native_id: r for r in found}


def short(exchanges: list[Exchange]) -> str:
    return str(exchanges[-1].context.get("short", ""))


@pytest.fixture
def net() -> Net:
    return Net()


# ------------------------------------------------------------------------------------------------------------------------------ who


def test_an_account_is_found_by_name_and_then_by_id(net: Net) -> None:
    client = client_of(net)
    found = x.identify(replace(DISTRICT, identity=None), client)
    assert (found.native_id, found.server, found.handle) == (ME, "x.com", "FircrestSchools")
    net.user["username"] = "FircrestSD"
    assert x.identify(DISTRICT, client).handle == "FircrestSD"
    assert [urlsplit(url).path for url in client.asked] == ["/2/users/by/username/FircrestSchools", f"/2/users/{ME}"]


def test_the_token_stands_in_a_header_only(net: Net) -> None:
    net.add(1)
    client = client_of(net)
    fetched(net, client=client)
    assert {sent["Authorization"] for sent in client.sent} == {f"Bearer {TOKEN['token']}"}
    assert not [url for url in client.asked if TOKEN["token"] in url]
    with pytest.raises(Blocked, match="without a token"):
        x.identify(DISTRICT, Scripted(net))


@pytest.mark.parametrize(
    ("problem", "detail", "failure"),
    [
        ("resource-not-found", "User has been suspended: [100].", AccountUnavailable),
        ("resource-not-found", "Could not find user with id: [100].", AccountUnavailable),
        ("not-authorized-for-resource", "Sorry, you are not authorized.", Blocked),
        ("something-new", "What is this?", UnexpectedResponse),
    ],
)
def test_an_error_in_a_200_is_no_empty_list(net: Net, problem: str, detail: str, failure: type[PlatformFailure]) -> None:
    told = Answer({"errors": [{"type": f"{PROBLEMS}/{problem}", "title": "Forbidden", "detail": detail}]})
    net.answers[f"/2/users/{ME}"] = told
    with pytest.raises(failure, match=re.escape(detail.rstrip("."))):
        x.identify(DISTRICT, client_of(net))
    net.answers = {f"/2/users/{ME}/tweets": told}
    with pytest.raises(failure):
        fetched(net)


def test_an_address_that_is_none(net: Net) -> None:
    with pytest.raises(AccountUnavailable, match="is not the address"):
        x.identify(account("x", "https://x.com/i/lists/1"), client_of(net))


def test_its_own_count(net: Net) -> None:
    for day in range(3):
        net.add(day)
    totals = x.totals(DISTRICT, client_of(net))
    assert totals is not None
    assert totals.kinds == {"own": 3}


@dataclass
class Counter:
    """Where tokens are made."""

    answer: Answer
    secrets: dict[str, str] = field(default_factory=lambda: {"refresh_token": "spent", "client_id": "app", "client_secret": "hush"})
    sent: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str], *, headers: dict[str, str], expect: tuple[int, ...]) -> Exchange:
        self.sent.append((url, form, headers))
        assert self.answer.status in expect
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_a_persons_token_is_made_by_consent_and_anew_with_one_that_is_spent_by_use() -> None:
    made = {"token_type": "bearer", "expires_in": 7200, "access_token": "new", "refresh_token": "next", "scope": "tweet.read"}
    counter: Any = Counter(Answer(made))
    for token in (x.renew(DISTRICT, counter), x.consented(DISTRICT, counter, Code("code", "verifier", "http://localhost/"))):
        assert (token.values, token.expires_at) == ({"token": "new", "refresh_token": "next"}, NOW + timedelta(hours=2))
    assert {(url, headers["Authorization"]) for url, _, headers in counter.sent} == {
        ("https://api.x.com/2/oauth2/token", "Basic YXBwOmh1c2g=")
    }
    renewed, consented = (form for _, form, _ in counter.sent)
    assert renewed == {"grant_type": "refresh_token", "refresh_token": "spent"}
    assert (consented["code"], consented["code_verifier"]) == ("code", "verifier")


@pytest.mark.parametrize(
    ("status", "body", "named"),
    [
        (400, {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}, TokenExpired),
        (400, {"error": "invalid_request", "error_description": "Value passed for the authorization code was invalid."}, TokenExpired),
        (400, {"error": "invalid_request", "error_description": "Missing required parameter [client_id]."}, UnexpectedResponse),
        (401, {"error": "unauthorized_client", "error_description": "Missing valid authorization header"}, UnexpectedResponse),
        (429, {"title": "Too Many Requests"}, Throttled),
    ],
)
def test_why_no_token_is_made_is_told(status: int, body: dict[str, str], named: type[PlatformFailure]) -> None:
    counter: Any = Counter(Answer(body, status))
    with pytest.raises(named):
        x.renew(DISTRICT, counter)


# ------------------------------------------------------------------------------------------------------------------------------ fetch


def searches(client: Scripted) -> list[str]:
    """Those for conversations, of each page."""
    queries = [parse_qs(urlsplit(url).query).get("query", [""])[0] for url in client.asked]
    return [query for query in queries if query.startswith("conversation_id:")]


@pytest.mark.parametrize(("archive", "words", "expected"), [(True, 1_024, 1), (False, 512, 2)])
def test_conversations_are_asked_for_together(net: Net, archive: bool, words: int, expected: int) -> None:
    net.archive = archive
    heads = [net.add(2 + number / 24) for number in range(30)]
    for head in heads[:25]:
        net.add(1, AMY, head)
    client = client_of(net)
    found = records(fetched(net, client=client))
    assert len(found) == 55
    assert {r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts} == {0, 1}
    asked = searches(client)
    assert len(asked) == expected
    assert all(len(query) <= words for query in asked)


def test_as_many_conversations_are_asked_for_together_as_fill_their_pages(net: Net) -> None:
    net.archive = False
    for number in range(24):
        head = net.add(2 + number / 24)
        for _ in range(24):
            net.add(1, AMY, head)
    client = client_of(net)
    assert len(records(fetched(net, client=client))) == 24 * 25
    assert [query.count("conversation_id:") for query in searches(client)] == [12] * 6, "three full pages each"


def test_a_search_is_read_on_with_the_conversations_that_it_began_with(net: Net) -> None:
    for number in range(7):
        head = net.add(2 + number / 24)
        for _ in range(99):
            net.add(1, AMY, head)
    first = client_of(net)
    whole = fetched(net, client=first)
    began = [place for place, page in enumerate(whole, 1) if json.loads(page.cursor or "{}").get("search_page")]
    assert len(began) == 5, "of five pages and two, all but the last ones"
    for place in began:
        client = client_of(net)
        rest = fetched(net, Window("full", cursor=whole[place - 1].cursor), client=client)
        assert records([*whole[:place], *rest]).keys() == records(whole).keys()
        assert searches(client) == searches(first)[-len(searches(client)) :]


def test_who_answers_whom(net: Net) -> None:
    head = net.add(3)
    comment = net.add(2, AMY, head)
    reply = net.add(2, ME, comment)
    below = net.add(1, BEN, reply)
    far = net.add(3, BEN)
    ours = net.add(2, ME, far)
    to_us = net.add(1, AMY, ours)
    deep = net.add(1, BEN, to_us)
    deeper = net.add(0.5, ME, deep)
    named = net.add(0.5, BEN, text="Thanks @FircrestSchools")
    found = records(fetched(net))
    kinds = {n: r.kind for n, r in found.items()}
    assert kinds == {
        head: "post",
        comment: "comment",
        reply: "reply",
        below: "reply",
        ours: "post",
        to_us: "comment",
        deeper: "post",
        named: "comment",
    }
    assert (found[below].parent_id, found[below].root_id) == (f"x:{reply}", f"x:{head}")
    assert (found[deeper].parent_id, found[deeper].root_id) == (f"x:{deep}", f"x:{far}")
    assert (found[named].parent_id, found[named].root_id) == (None, f"x:{named}")
    assert {r.native_id for r in found.values() if r.tally == "own"} == {head, reply, ours, deeper}


def test_without_the_archive_search_reaches_seven_days_back_and_says_so(net: Net) -> None:
    net.archive = False
    old, new = net.add(20), net.add(2)
    to_old, below_old = net.add(15, AMY, old), ""
    below_old = net.add(14, BEN, to_old)
    below_new = net.add(1, BEN, net.add(1.5, AMY, new))
    exchanges = fetched(net)
    found = records(exchanges)
    assert to_old in found, "it names the account"
    assert below_old not in found, "it does not, and is older than search reaches"
    assert below_new in found
    assert "of 1 older conversations" in short(exchanges)
    assert "comments" not in (found[old].counts or {}), "not to be compared"
    assert (found[new].counts or {})["comments"] == 1
    assert short(fetched(net, Window("recent", since=NOW - timedelta(days=30)))) == ""
    net.archive = True
    exchanges = fetched(net)
    assert below_old in records(exchanges)
    assert short(exchanges) == ""


def test_the_limit_of_the_list_is_a_stated_gap_or_the_archive_goes_on(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "CUT_FROM", 40)
    natives = [net.add(day) for day in range(60)]
    net.most = 45
    net.archive = False
    exchanges = fetched(net)
    assert set(records(exchanges)) == set(natives[:45])
    assert "gave 45" in short(exchanges)
    assert short(fetched(net, Window("recent", since=NOW - timedelta(days=30)))) == ""
    net.archive = True
    exchanges = fetched(net)
    assert set(records(exchanges)) == set(natives)
    assert short(exchanges) == ""


def test_mentions_are_cut_too(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MENTIONS_CUT_FROM", 3)
    net.archive = False
    for day in range(3):
        net.add(day, AMY, text="Hello @FircrestSchools")
    assert "gave 3" in short(fetched(net))


def test_the_window_of_the_last_days(net: Net) -> None:
    old, new = net.add(50), net.add(5)
    late = net.add(1, AMY, old)
    client = client_of(net)
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=30)), client))
    assert set(found) == {new, late}
    assert (found[late].kind, found[late].root_id) == ("comment", f"x:{old}")
    assert "comments" not in (found[late].counts or {}), "its conversation was not asked for"
    [search] = [url for url in client.asked if "from%3A" in url]
    assert "max_results=10" in search


def test_it_goes_on_from_every_cursor(net: Net) -> None:
    net.page = 4
    heads = [net.add(30 - day) for day in range(10)]
    for head in heads:
        net.add(1, BEN, net.add(2, AMY, head))
    whole = fetched(net, Window("history"))
    expected = set(records(whole))
    assert len(expected) == 30
    for at, stopped in enumerate(whole[:-1]):
        rest = fetched(net, Window("history", cursor=stopped.cursor))
        assert set(records([*whole[: at + 1], *rest])) == expected, at
    assert whole[-1].cursor is not None
    assert json.loads(whole[-1].cursor)["stage"] == ""


def test_the_files_of_a_repost_are_asked_for_with_its_original(net: Net) -> None:
    net.media["3_1"] = {"media_key": "3_1", "type": "photo", "url": "https://pbs.test/1.jpg", "alt_text": "Snow"}
    original = net.add(3, AMY, attachments={"media_keys": ["3_1"]}, text="Our street")
    spread = net.add(2, ME, original, "retweeted", text="RT @amy: Our st…")
    found = records(fetched(net))[spread]
    assert (found.text, found.shared_id) == ("Our street", f"x:{original}")
    assert [(m.identity, m.alt_text) for m in found.media] == [("3_1", "Snow")]
    assert found.counts is None


def test_edits_are_versions_of_the_first_id(net: Net) -> None:
    first = net.add(2, text="Closd")
    net.edit(first, "Closed", 5)
    last = net.edit(first, "Closed tomorrow", 9)
    reply = net.add(1, AMY, last)
    told = [r for e in fetched(net) for r in x.parse(e) if r.native_id == first]
    assert [(r.text, r.historical) for r in told[:3]] == [("Closed tomorrow", False), ("Closd", True), ("Closed", True)]
    times = [r.valid_from for r in told[:3]]
    assert times[1] < times[2] < times[0]  # type: ignore[operator]
    assert records(fetched(net))[reply].parent_id == f"x:{first}"


def test_answers_to_every_version_are_asked_for(net: Net) -> None:
    """Each version begins a conversation of its own, and counts its own answers; who answers an answer need not name us."""
    first = net.add(2, text="Closd")
    early = net.add(1.9, AMY, first)
    nested = net.add(1.8, BEN, early)
    last = net.edit(first, "Closed", 5)
    late = net.add(1, AMY, last)
    below = net.add(0.5, BEN, late)
    found = records(fetched(net))
    assert [found[one].kind for one in (early, nested, late, below)] == ["comment", "reply", "comment", "reply"]
    assert {found[one].root_id for one in (early, nested, late, below)} == {f"x:{first}"}
    assert found[late].parent_id == f"x:{first}"
    assert (found[first].counts or {})["comments"] == 2
    one = records(fetched(net, Window("one", url=f"https://x.com/ben/status/{below}")))
    assert {early, nested, late, below} <= set(one)
    assert one[below].root_id == f"x:{first}"


@pytest.mark.parametrize(
    "address", ["https://x.com/FircrestSchools/status/{}", "https://twitter.com/i/web/status/{}?s=20", "https://x.com/a/status/{}/photo/1"]
)
def test_one_conversation_by_its_address(net: Net, address: str) -> None:
    head = net.add(3)
    comment = net.add(2, AMY, head)
    reply = net.add(1, BEN, comment)
    net.add(1)
    for native in (head, comment, reply):
        found = records(fetched(net, Window("one", url=address.format(native))))
        assert set(found) == {head, comment, reply}


def test_what_is_no_conversation_of_ours(net: Net) -> None:
    other = net.add(1, AMY)
    for url, words in {
        f"https://x.com/amy/status/{other}": "in no conversation",
        "https://x.com/amy/status/1": "cannot be seen",
        "https://x.com/amy": "not the address",
        f"https://example.org/amy/status/{other}": "not the address",
    }.items():
        with pytest.raises(UsageError, match=words):
            fetched(net, Window("one", url=url))


# ------------------------------------------------------------------------------------------------------------------------------ lookup


def known(native: str, kind: str) -> Known:
    return Known(f"x:{native}", native, kind, None if kind == "post" else "x:1", f"x:{native}" if kind == "post" else "x:1")


def test_deleted_protected_and_suspended_are_told_apart(net: Net) -> None:
    here, deleted, comment, hidden, barred = (net.add(day) for day in range(5))
    net.gone = {
        deleted: "resource-not-found",
        comment: "resource-not-found",
        hidden: "not-authorized-for-resource",
        barred: "disallowed-resource",
    }
    kinds = {here: "post", deleted: "post", comment: "comment", hidden: "comment", barred: "comment"}
    answers = list(x.lookup(DISTRICT, [known(n, k) for n, k in kinds.items()], client_of(net)))
    told = {a.record_id.removeprefix("x:"): (a.status, a.acted_by) for a in answers if isinstance(a, Absence)}
    assert told == {
        deleted: ("removed", None),
        comment: ("unavailable", None),
        hidden: ("unavailable", None),
        barred: ("unavailable", "platform"),
    }
    reasons = {a.reason.split(":")[0] for a in answers if isinstance(a, Absence)}
    assert len(reasons) == 4
    [answer] = [a for a in answers if isinstance(a, Exchange)]
    assert [r.native_id for r in x.parse(answer)] == [here]


def test_all_gone_is_an_answer_and_an_outage_is_none(net: Net) -> None:
    native = net.add(1)
    net.gone[native] = "resource-not-found"
    [absence] = x.lookup(DISTRICT, [known(native, "post")], client_of(net))
    assert isinstance(absence, Absence)
    net.answers["/2/tweets"] = Answer({"title": "Service Unavailable"}, 503)
    with pytest.raises(UnexpectedResponse):
        list(x.lookup(DISTRICT, [known(native, "post")], client_of(net)))


def test_a_post_is_never_read_back_to_its_first_version(net: Net) -> None:
    first = net.add(2, text="Closd")
    net.edit(first, "Closed", 5)
    answers = list(x.lookup(DISTRICT, [known(first, "post")], client_of(net)))
    read = [(r.text, r.historical) for a in answers if isinstance(a, Exchange) for r in x.parse(a)]
    assert ("Closed", False) in read
    assert ("Closd", False) not in read


def test_a_hundred_by_one_request(net: Net) -> None:
    natives = [net.add(day / 100) for day in range(250)]
    client = client_of(net)
    answers = list(x.lookup(DISTRICT, [known(n, "post") for n in natives], client))
    assert (len(client.asked), len([r for a in answers if isinstance(a, Exchange) for r in x.parse(a)])) == (3, 250)


# ------------------------------------------------------------------------------------------------------------------------------ parse


def old_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {OLD_WORDS.get(name, name): old_words(one) for name, one in value.items()}
    return [old_words(one) for one in value] if isinstance(value, list) else value


def exchange_of(name: str, body: Any = None) -> Exchange:
    wrapped = json.loads((FIXTURES / f"{name}.json").read_text())
    return Exchange("GET", wrapped["request"]["url"], 200, (), orjson.dumps(body or wrapped["body"]), wrapped["context"])


@pytest.mark.parametrize("name", ["ordinary", "edited", "replies", "media"])
def test_both_vocabularies_say_the_same(name: str) -> None:
    old = old_words(json.loads((FIXTURES / f"{name}.json").read_text())["body"])
    told, again = list(x.parse(exchange_of(name))), list(x.parse(exchange_of(name, old)))
    for record in again:
        record.pointer = record.pointer.replace("/includes/tweets", "/includes/posts")
    assert told == again
    assert not any(record.leftover for record in told)


def test_a_renamed_property_is_named() -> None:
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["data"][1]["content"] = body["data"][1].pop("text")
    with pytest.raises(UnexpectedResponse, match=r"/data/1/text must be text, found nothing$"):
        list(x.parse(exchange_of("replies", body)))
    body = json.loads((FIXTURES / "replies.json").read_text())["body"]
    body["data"][1]["mood"] = "glad"
    assert [r.leftover for r in x.parse(exchange_of("replies", body))][1] == ("mood",)


def test_an_empty_answer_must_say_that_it_is_empty() -> None:
    with pytest.raises(UnexpectedResponse, match="result_count of 0"):
        list(x.parse(exchange_of("replies", {"meta": {}})))


def test_a_throttle_tells_until_when(net: Net) -> None:
    reset = int((NOW + timedelta(minutes=9)).timestamp())
    net.answers[f"/2/users/{ME}/mentions"] = Answer({"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": str(reset)})
    with pytest.raises(Throttled) as told:
        fetched(net)
    assert isinstance(told.value, Throttled)


def test_only_conversations_that_are_wanted_are_searched(net: Net) -> None:
    silent, unwanted, wanted = net.add(3), net.add(2), net.add(1)
    answers = [net.add(0.5, AMY, post) for post in (unwanted, wanted)]
    plan, client = Chosen(lambda root: root != f"x:{unwanted}"), client_of(net)
    found = records(fetched(net, Window("full", plan=plan), client))
    assert plan.asked == {f"x:{wanted}": (1, False), f"x:{unwanted}": (1, False), f"x:{silent}": (0, True)}
    assert set(plan.whole) == {f"x:{wanted}", f"x:{silent}"}
    assert not [url for url in client.asked if "search" in url and unwanted in url]
    assert set(answers) <= set(found)  # the mentions have that one, too
    assert "comments" not in (found[unwanted].counts or {})


def paid(exchanges: list[Exchange]) -> int:
    return sum(price(replace(exchange, fetched_at=NOW)) for exchange in exchanges)


def test_what_a_day_has_paid_costs_nothing_more(net: Net) -> None:
    """The profile and six posts, of which the search brings two again; later on the same day only what is new, or not to the account."""
    old = [net.add(4), net.add(3), net.add(2)]
    net.add(1.8, BEN, net.add(1.9, AMY, old[-1]), in_reply_to_user_id=AMY)
    first = fetched(net, Window("recent", since=NOW - timedelta(days=5)))
    assert paid(first) == 10 + 5 * (3 + 3 + 1)
    since = NOW.replace(hour=0, minute=0, second=0)
    again = fetched(net, Window("recent", since=NOW - timedelta(days=5), changed_since=since))
    assert paid(again) == 5
    yesterday = fetched(net, Window("recent", since=NOW - timedelta(days=5), changed_since=since - timedelta(hours=1)))
    assert paid(yesterday) == paid(first)
    assert max(price(exchange) for exchange in first) <= x.PLATFORM.dearest


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": [1, {}, {"id": 5}]}', b'{"data": {"id": "x"}}', b'{"data": "x"}'])
def test_what_an_answer_costs_is_told_of_any_answer(body: bytes) -> None:
    answer = Exchange("GET", "https://api.x.com/2/tweets", 200, (), body, {"paid": "2026-11-25T00:00:00.000000Z"}, fetched_at=NOW)
    assert 0 <= price(answer) <= 10


def test_copies_do_not_change_what_is_parsed() -> None:
    exchange = exchange_of("media")
    context = copy.deepcopy(exchange.context)
    list(x.parse(exchange))
    assert exchange.context == context


def test_an_account_of_the_register_has_its_address() -> None:
    form, _ = x.PLATFORM.address or ("", "")
    assert re.search(form, "/FircrestSchools")
    assert not re.search(form, "/i/lists/1")
    assert isinstance(DISTRICT, Account)
