"""TikTok against a small network of made-up videos with the real one's manners, and against faults that no real one makes."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app, native_id
from infra.local.sandbox.faces.tiktok_ids import open_id
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import TIKTOK_DISTRICT, TIKTOK_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record
from recordroom.platforms import Code, Known, Window, tiktok
from recordroom.platforms.tiktok.platform import API, HOST
from recordroom.platforms.tiktok.walk import COMMENT_PAGE
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer, Chosen, Scripted, account

FIXTURES = Path(__file__).parent / "tiktok"
ME = "_000openIdOfFircrest"
NOW = datetime.now(UTC).replace(microsecond=0)
DISTRICT = account("tiktok", "https://www.tiktok.com/@fircrestschools", Identity(ME, "tiktok.com", "Fircrest", "fircrestschools"))
TOKEN = {"user": ME, "token": "act.a-token-of-ours"}
APP = {"client_id": "app", "client_secret": "hush", "refresh_token": "rft.old"}
SORTED = 500  # comments of one video that come in the order asked for


def said(data: dict[str, Any]) -> Answer:
    return Answer({"code": 0, "message": "OK", "request_id": "2026", "data": data})


def refused(code: int, message: str = "no") -> Answer:
    return Answer({"code": code, "message": message, "request_id": "2026", "data": {}})


@dataclass
class Net:
    """`comments`: of each video, oldest first, answers among them with a `parent_comment_id`. Pages of comments are half full, and every
    third one is empty; beyond the first 500 each comment comes twice. `endless`: no list of comments says that it ends. `slow`: what is
    asked for by id comes after an empty page, one by one."""

    videos: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)  # end of a path -> what is answered instead
    user: dict[str, Any] = field(default_factory=lambda: {"username": "fircrestschools", "display_name": "Fircrest Schools"})
    endless: bool = False
    slow: bool = False
    size: int = COMMENT_PAGE // 2
    before: Callable[[str], object] = lambda _: None

    def video(self, days: float, **more: Any) -> str:
        native = str(7_000_000_000_000_000_000 + len(self.videos))
        at = int((NOW - timedelta(days=days)).timestamp())
        told = {"item_id": native, "create_time": at, "caption": f"video {len(self.videos)}", "media_type": "VIDEO", "video_duration": 9.5}
        told |= {"share_url": f"https://www.tiktok.com/@fircrestschools/video/{native}?utm_source=x", "thumbnail_url": "https://t.test/c"}
        self.videos.append(told | {"likes": 3, "shares": 1, "video_views": 90} | more)
        self.comments[native] = []
        return native

    def comment(self, video: str, parent: str | None = None, **more: Any) -> str:
        native = f"{video[-3:]}{len(self.comments[video]) + 1:05}"
        told = {"comment_id": native, "video_id": video, "create_time": str(int(NOW.timestamp())), "text": f"said {native}", "likes": 0}
        told |= {"username": "amy", "display_name": "Amy", "unique_identifier": "u-amy", "owner": False, "status": "PUBLIC"}
        self.comments[video].append(told | ({"parent_comment_id": parent} if parent else {}) | more)
        return native

    def gone(self, native: str) -> None:
        self.videos = [video for video in self.videos if video["item_id"] != native]

    def __call__(self, url: str) -> Answer:
        self.before(url)
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/open_api/v1.3/")
        assert query["business_id"] == ME
        if path in self.answers:
            return self.answers[path]
        if path == "business/get/":
            return said({**self.user, "videos_count": len(self.videos)})
        if path == "business/video/list/":
            return self.listed(query)
        return self.talk(path, query)

    def listed(self, query: dict[str, str]) -> Answer:
        wanted = json.loads(query["filters"])["video_ids"] if "filters" in query else None
        shown = sorted((v for v in self.videos if wanted is None or v["item_id"] in wanted), key=lambda v: -v["create_time"])
        start, size = int(query.get("cursor", 0)), int(query["max_count"])
        shown = [v | {"comments": len(self.comments[v["item_id"]])} for v in shown]
        if wanted is not None:
            return self.found("videos", shown, query)
        videos = shown[start : start + size]
        return said({"videos": videos, "has_more": start + size < len(shown), "cursor": start + size})

    def found(self, name: str, all_of_them: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        """What was asked for by id."""
        if not self.slow:
            return said({name: all_of_them, "has_more": False, "cursor": 0})
        at = int(query.get("cursor", 0))
        return said({name: all_of_them[at - 1 : at] if at else [], "has_more": at < len(all_of_them), "cursor": at + 1})

    def talk(self, path: str, query: dict[str, str]) -> Answer:
        if query["video_id"] not in {video["item_id"] for video in self.videos}:
            return refused(40002, "video_id: The video does not exist.")
        there = self.comments[query["video_id"]]
        assert (query["status"], query["sort_field"]) == ("ALL", "create_time")
        under = query.get("comment_id") if path == "business/comment/reply/list/" else None
        if under and under not in {comment["comment_id"] for comment in there}:
            return refused(40002, "comment_id: The comment does not exist.")
        level = [c for c in there if c.get("parent_comment_id") == under]
        if "comment_ids" in query:
            level = [c for c in there if c["comment_id"] in json.loads(query["comment_ids"])]
            return self.found("comments", [self.shown(c, there) for c in level], query)
        order = level[:SORTED] + [c for c in level[SORTED:] for _ in range(2)]
        page, start = (int(n) for n in query.get("cursor", "0:0").split(":"))
        some = [] if page % 3 == 1 else order[start : start + self.size]
        more = start + len(some) < len(order) or self.endless
        return said({"comments": [self.shown(c, there) for c in some], "has_more": more, "cursor": f"{page + 1}:{start + len(some)}"})

    @staticmethod
    def shown(comment: dict[str, Any], there: list[dict[str, Any]]) -> dict[str, Any]:
        under = [c for c in there if c.get("parent_comment_id") == comment["comment_id"]]
        return comment if "parent_comment_id" in comment else comment | {"replies": len(under), "reply_list": under[:3]}


def client_of(net: Net, **more: Any) -> Scripted:
    return Scripted(net, TOKEN, **more)


def fetched(net: Net, window: Window | None = None, client: Scripted | None = None) -> list[Exchange]:
    return list(tiktok.fetch(DISTRICT, window or Window("full"), client or client_of(net)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in tiktok.parse(e)}


def paths(client: Scripted) -> list[str]:
    return [urlsplit(url).path.removeprefix("/open_api/v1.3/business/") for url in client.asked]


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def busy() -> Net:
    """Videos and talk enough for every kind of page."""
    net = Net()
    for day in range(23):
        video = net.video(day)
        if day % 7 == 0:
            first, *_ = [net.comment(video) for _ in range(20)]
            for _ in range(19):
                net.comment(video, first)
    return net


# ------------------------------------------------------------------------------------------------------------------------------ who


def test_the_token_is_the_accounts_own_and_stands_in_a_header_only(busy: Net) -> None:
    client = client_of(busy)
    found = tiktok.identify(replace(DISTRICT, identity=None), client)
    assert (found.native_id, found.server, found.handle) == (ME, "tiktok.com", "fircrestschools")
    fetched(busy, client=client)
    assert {sent["Access-Token"] for sent in client.sent} == {TOKEN["token"]}
    assert not [url for url in client.asked if TOKEN["token"] in url]
    with pytest.raises(Blocked, match="without a token"):
        tiktok.identify(DISTRICT, Scripted(busy))


def test_a_renamed_account_is_followed_and_another_is_refused(net: Net) -> None:
    net.user["username"] = "fircrestsd"
    assert tiktok.identify(DISTRICT, client_of(net)).handle == "fircrestsd"
    with pytest.raises(AccountUnavailable, match="belongs to @fircrestsd"):
        tiktok.identify(replace(DISTRICT, identity=None), client_of(net))
    with pytest.raises(AccountUnavailable, match="is not the address"):
        tiktok.identify(account("tiktok", "https://www.tiktok.com/t/ZT1"), client_of(net))


def test_its_own_count(net: Net) -> None:
    for day in range(3):
        net.video(day)
    totals = tiktok.totals(DISTRICT, client_of(net))
    assert totals is not None
    assert totals.kinds == {"own": 3}


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refused(40100, "Too many requests"), Throttled),
        (refused(51021), Throttled),
        (Answer({"message": "slow down"}, 429), Throttled),
        (refused(40105, "Access token is incorrect or has been revoked"), TokenExpired),
        (Answer({"code": 40105, "message": "no"}, 401), TokenExpired),
        (refused(40001, "No permission to operate"), Blocked),
        (refused(40002, "Invalid parameter"), UnexpectedResponse),
        (refused(50000, "Internal error"), UnexpectedResponse),
        (Answer({"code": 0, "message": "OK"}), UnexpectedResponse),
        (Answer({"error": {"code": "access_token_invalid", "message": "x", "log_id": "1"}, "data": {}}, 401), TokenExpired),
    ],
)
@pytest.mark.parametrize("path", ["get", "video/list", "comment/list"])
def test_an_error_in_a_200_is_no_empty_list(busy: Net, path: str, answer: Answer, failure: type[PlatformFailure]) -> None:
    """Nor is a profile that is refused, by which it is asked first who answers."""
    busy.answers[f"business/{path}/"] = answer
    with pytest.raises(failure):
        [tiktok.identify(DISTRICT, client_of(busy)), *records(fetched(busy))]


@dataclass
class Counter:
    """Where tokens are made."""

    answer: Answer
    secrets: dict[str, str] = field(default_factory=APP.copy)
    sent: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str], *, expect: tuple[int, ...], as_json: bool) -> Exchange:
        assert as_json
        assert self.answer.status in expect
        self.sent.append((url.removeprefix(f"{HOST}{API}"), form))
        return Exchange("POST", url, self.answer.status, (), self.answer.bytes, fetched_at=NOW)


def test_a_token_is_made_by_consent_and_anew_with_its_refresh_token() -> None:
    made = {"access_token": "act.new", "refresh_token": "rft.new", "open_id": ME, "expires_in": 86400, "token_type": "Bearer"}
    counter: Any = Counter(said(made | {"scope": "comment.list", "refresh_token_expires_in": 31536000}))
    for token in (tiktok.renew(DISTRICT, counter), tiktok.consented(DISTRICT, counter, Code("code", "verifier", "https://a.test/"))):
        assert token.values == {"token": "act.new", "refresh_token": "rft.new", "user": ME}
        assert (token.expires_at, token.consent_until) == (NOW + timedelta(days=1), NOW + timedelta(days=365))
    (renewing, renewed), (consenting, consented) = counter.sent
    assert (renewing, consenting) == ("/tt_user/oauth2/refresh_token/", "/tt_user/oauth2/token/")
    assert renewed == APP | {"grant_type": "refresh_token"}
    assert consented == {
        **{name: APP[name] for name in ("client_id", "client_secret")},
        "grant_type": "authorization_code",
        "auth_code": "code",
        "redirect_uri": "https://a.test/",
    }
    assert tiktok.PLATFORM.consent
    assert not tiktok.PLATFORM.consent.proof


@pytest.mark.parametrize(("answer", "failure"), [(refused(40105), TokenExpired), (refused(40100), Throttled)])
def test_why_no_token_is_made_is_told(answer: Answer, failure: type[PlatformFailure]) -> None:
    counter: Any = Counter(answer)
    with pytest.raises(failure):
        tiktok.renew(DISTRICT, counter)


# ------------------------------------------------------------------------------------------------------------------------------ fetch


def test_short_and_empty_pages_are_not_the_end(net: Net) -> None:
    video = net.video(1)
    written = {net.comment(video) for _ in range(100)}
    exchanges = fetched(net)
    assert written <= set(records(exchanges))
    assert any(not orjson.loads(e.body)["data"].get("comments", True) for e in exchanges)
    assert "short" not in exchanges[-1].context


def test_comments_that_are_given_twice_are_read_once(net: Net) -> None:
    video = net.video(1)
    written = {net.comment(video) for _ in range(SORTED + 60)}
    client = client_of(net)
    exchanges = fetched(net, client=client)
    assert written <= set(records(exchanges))
    assert "short" not in exchanges[-1].context


def test_a_list_that_only_repeats_itself_is_given_up_and_said_to_be_short(net: Net) -> None:
    net.endless = True
    first, second = net.video(2), net.video(1)
    written = {net.comment(video) for video in (first, second) for _ in range(20)}
    exchanges = fetched(net)
    assert written <= set(records(exchanges))
    assert str(exchanges[-1].context["short"]).startswith(f"TikTok went on repeating comments of 2 lists (first: {second})")


def test_answers_beyond_three_have_a_list_of_their_own(net: Net) -> None:
    video = net.video(1)
    few, many = net.comment(video), net.comment(video)
    written = {net.comment(video, few) for _ in range(3)} | {net.comment(video, many) for _ in range(40)}
    client = client_of(net)
    found = records(fetched(net, client=client))
    assert written <= set(found)
    assert {found[one].parent_id for one in written} == {f"tiktok:comments/{few}", f"tiktok:comments/{many}"}
    asked = [parse_qs(urlsplit(url).query)["comment_id"][0] for url in client.asked if "/reply/list/" in url]
    assert set(asked) == {many}


def test_a_fetch_goes_on_from_any_exchange(busy: Net) -> None:
    whole = fetched(busy)
    for i, exchange in enumerate(whole[:-1]):
        rest = fetched(busy, Window("full", cursor=exchange.cursor))
        assert [e.url for e in rest] == [e.url for e in whole[i + 1 :]], exchange.url


def test_the_window_of_the_last_days_stops_at_older_videos(net: Net) -> None:
    for day in range(60):
        net.comment(net.video(day / 2))
    client = client_of(net)
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=5, hours=1)), client))
    assert paths(client).count("video/list/") == 2  # up to the first page that holds older ones only, which are kept all the same
    assert [sum(r.kind == kind for r in found.values()) for kind in ("post", "comment")] == [40, 11]


def test_counts_are_compared_where_comments_are_read(net: Net) -> None:
    new, old = net.video(1), net.video(50)
    net.comment(new, net.comment(new))
    found = records(fetched(net, Window("recent", since=NOW - timedelta(days=5))))
    assert found[new].counts == {"likes": 3, "shares": 1, "views": 90, "comments": 2}
    assert found[new].counts_replies
    assert "comments" not in (found[old].counts or {})


@pytest.mark.parametrize("goes", ["video", "comment"])
def test_what_goes_while_it_is_read_stops_nothing(net: Net, goes: str) -> None:
    """Also where a capture goes on from a cursor of long ago."""
    stays, gone = net.video(2), net.video(1)
    lasting, top = net.comment(stays), net.comment(gone)
    for _ in range(5):
        net.comment(gone, top)
    exchanges = list(itertools.islice(tiktok.fetch(DISTRICT, Window("full"), client_of(net)), 3))
    if goes == "video":
        net.gone(gone)
    else:
        net.comments[gone] = []
    client = client_of(net)
    rest = fetched(net, Window("full", cursor=exchanges[-1].cursor), client)
    assert {stays, gone, top, lasting} <= set(records([*exchanges, *rest]))
    assert "comment/reply/list/" in paths(client)


def test_only_conversations_that_are_wanted_are_read(net: Net) -> None:
    silent, unwanted, wanted = net.video(3), net.video(2), net.video(1)
    for video in (unwanted, wanted):
        top = net.comment(video)
        for _ in range(5):
            net.comment(video, top)
    plan = Chosen(lambda root: root != f"tiktok:videos/{unwanted}")
    client = client_of(net)
    found = records(fetched(net, Window("full", plan=plan), client))
    assert plan.asked == {f"tiktok:videos/{video}": (count, False) for video, count in ((wanted, 6), (unwanted, 6), (silent, 0))}
    assert list(dict.fromkeys(plan.whole)) == [f"tiktok:videos/{video}" for video in (wanted, silent)]
    assert not [url for url in client.asked if f"video_id={unwanted}" in url]
    assert "comments" not in (found[unwanted].counts or {})


def test_a_list_that_was_given_up_was_not_read(net: Net) -> None:
    net.endless = True
    net.comment(net.video(1))
    plan = Chosen(lambda _: True)
    fetched(net, Window("full", plan=plan))
    assert plan.whole == []


def test_what_was_read_before_a_fault_was_given_out(busy: Net) -> None:
    whole = fetched(busy)
    given_out: list[Exchange] = []
    client = client_of(busy)

    def stop(_: str) -> None:
        if len(client.asked) == 9:
            busy.answers = dict.fromkeys(("business/comment/list/", "business/comment/reply/list/"), refused(40100))

    busy.before = stop
    with pytest.raises(Throttled):
        given_out.extend(tiktok.fetch(DISTRICT, Window("full"), client))
    busy.answers, busy.before = {}, lambda _: None
    given_out += fetched(busy, Window("full", cursor=given_out[-1].cursor))
    assert [e.url for e in given_out] == [e.url for e in whole]


def test_one_permalink_brings_its_whole_conversation(net: Net) -> None:
    net.video(1)
    wanted = net.video(9)
    top = net.comment(wanted)
    under = [net.comment(wanted, top) for _ in range(5)]
    exchanges = fetched(net, Window("one", url=f"https://www.tiktok.com/@fircrestschools/video/{wanted}?lang=en"))
    assert set(records(exchanges)) == {ME, wanted, top, *under}


@pytest.mark.parametrize("url", ["https://www.tiktok.com/@fircrestschools", "https://x.test/@a/video/1"])
def test_another_address_is_none_of_a_video(net: Net, url: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a video"):
        fetched(net, Window("one", url=url))


def test_a_video_that_cannot_be_seen(net: Net) -> None:
    with pytest.raises(UsageError, match="cannot be seen"):
        fetched(net, Window("one", url="https://www.tiktok.com/@fircrestschools/photo/7000000000000000099"))


@pytest.mark.parametrize("slow", [False, True])
def test_what_is_not_found_is_unavailable_and_the_rest_is_read(net: Net, slow: bool) -> None:
    net.slow = slow
    stays, goes = net.video(1), net.video(2)
    top = net.comment(stays)
    under, lost = net.comment(stays, top), net.comment(stays)
    with_it = net.comment(goes)
    known = [Known(f"tiktok:videos/{v}", v, "post", None, f"tiktok:videos/{v}") for v in (stays, goes)]
    known += [Known(f"tiktok:comments/{with_it}", with_it, "comment", None, f"tiktok:videos/{goes}")]
    known += [Known(f"tiktok:comments/{c}", c, "comment", None, f"tiktok:videos/{stays}") for c in (top, under, lost)]
    net.gone(goes)
    del net.comments[stays][-1]
    answers = list(tiktok.lookup(DISTRICT, known, client_of(net)))
    absent = [a for a in answers if isinstance(a, Absence)]
    assert {a.record_id for a in absent} == {f"tiktok:videos/{goes}", f"tiktok:comments/{lost}", f"tiktok:comments/{with_it}"}
    assert {a.status for a in absent} == {"unavailable"}
    assert set(records([a for a in answers if isinstance(a, Exchange)])) == {stays, top, under}


def test_a_permalink_whose_first_page_is_empty_is_no_video_that_has_gone(net: Net) -> None:
    net.slow, video = True, net.video(1)
    said = net.comment(video)
    found = records(fetched(net, Window("one", url=f"https://www.tiktok.com/@fircrestschools/video/{video}")))
    assert set(found) == {ME, video, said}


def test_the_profile_is_looked_up(net: Net) -> None:
    [answer] = tiktok.lookup(DISTRICT, [Known(f"tiktok:users/{ME}", ME, "profile")], client_of(net))
    assert isinstance(answer, Exchange)
    assert set(records([answer])) == {ME}


def test_an_error_is_no_absence(net: Net) -> None:
    video = net.video(1)
    for path, kind in (("business/video/list/", "post"), ("business/comment/list/", "comment")):
        net.answers = {path: refused(50000, "Internal error")}
        with pytest.raises(UnexpectedResponse):
            list(tiktok.lookup(DISTRICT, [Known("r", video, kind, None, f"tiktok:videos/{video}")], client_of(net)))


# ------------------------------------------------------------------------------------------------------------------------------ parse


def test_who_hid_a_comment_is_not_known(net: Net) -> None:
    video = net.video(1)
    hidden = net.comment(video, status="HIDDEN")
    comment = records(fetched(net))[hidden]
    assert (comment.status, comment.acted_by) == ("hidden", None)
    assert (comment.status_reason or "").startswith("status HIDDEN")


def exchange_of(case: str) -> Exchange:
    wrapped = orjson.loads((FIXTURES / f"{case}.json").read_bytes())
    return Exchange("GET", wrapped["request"]["url"], 200, (), orjson.dumps(wrapped["body"]), wrapped["context"])


@pytest.mark.parametrize(
    ("case", "old", "new"),
    [
        ("ordinary", "item_id", "video_id"),
        ("ordinary", "create_time", "created"),
        ("ordinary", "caption", "words"),
        ("replies", "text", "words"),
        ("replies", "comment_id", "id"),
        ("ordinary-profile", "username", "name"),
    ],
)
def test_a_field_under_another_name_is_named(case: str, old: str, new: str) -> None:
    exchange = exchange_of(case)
    renamed = replace(exchange, body=exchange.body.replace(f'"{old}":'.encode(), f'"{new}":'.encode()))
    with pytest.raises(UnexpectedResponse):
        list(tiktok.parse(renamed))


@pytest.mark.parametrize("length", [b"NaN", b"1e999"])
def test_a_length_that_is_none_is_named(length: bytes) -> None:
    exchange = exchange_of("ordinary")
    with pytest.raises(UnexpectedResponse, match="video_duration"):
        list(tiktok.parse(replace(exchange, body=exchange.body.replace(b'"video_duration":31.7', b'"video_duration":' + length))))


def test_what_nobody_decided_about_is_reported() -> None:
    exchange = exchange_of("replies")
    body = orjson.loads(exchange.body)
    body["data"]["comments"][0]["mood"] = "glad"
    first, *rest = tiktok.parse(replace(exchange, body=orjson.dumps(body)))
    assert first.leftover == ("mood",)
    assert not [r for r in rest if r.leftover]


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    exchange = exchange_of("ordinary")
    body = exchange.body.replace(b'"caption":"', b'"caption":"\\ud83d ', 1)
    first, *rest = tiktok.parse(replace(exchange, body=body))
    assert first.repaired
    assert (first.text or "").startswith("\ufffd ")
    assert not any(r.repaired for r in rest)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    net = Net()
    video = net.video(1)
    net.comment(video, net.comment(video))

    def answer(url: str) -> Answer:
        return Answer(json.dumps(data.draw(damaged(net(url).body))).encode())

    with suppress(PlatformFailure):
        for exchange in tiktok.fetch(DISTRICT, Window("full"), Scripted(answer, TOKEN, most=200)):
            list(tiktok.parse(exchange))


def test_copies_do_not_change_what_is_parsed() -> None:
    exchange = exchange_of("media")
    context = copy.deepcopy(exchange.context)
    list(tiktok.parse(exchange))
    assert exchange.context == context


def test_an_account_of_the_register_has_its_address() -> None:
    form, _ = tiktok.PLATFORM.address or ("", "")
    assert re.search(form, "/@fircrest.schools")
    assert not re.search(form, "/video/1")


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published descriptions."""
    network = tell(datetime(2026, 11, 24, 18, 30, tzinfo=UTC))
    play(network)
    transport = httpx.WSGITransport(create_app(network, "tiktok"))
    client = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=transport)
    client.authorize({"user": open_id(TIKTOK_DISTRICT), "token": TIKTOK_SECRET})
    entry = account("tiktok", "https://www.tiktok.com/@cascadevalley", api_url="http://tiktok.test")
    entry = entry.identified(tiktok.identify(entry, client))
    found = {r.native_id: r for e in tiktok.fetch(entry, Window("full"), client) for r in tiktok.parse(e)}
    told = [p for p in network.posts.values() if p.where == "tiktok" and p.status in ("visible", "hidden")]
    assert set(found) == {open_id(TIKTOK_DISTRICT), *(native_id(network, post) for post in told)}
    assert {r.leftover for r in found.values()} == {()}
    assert {r.text for r in found.values() if r.kind != "profile"} == {post.now.text for post in told}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.kind == "post" and r.counts}
    assert counted == {video: sum(r.root_id == video != r.record_id for r in found.values()) for video in counted}
    assert sum(r.status == "hidden" for r in found.values()) == sum(post.status == "hidden" for post in told) > 0
    totals = tiktok.totals(entry, client)
    assert totals is not None
    assert totals.kinds == {"own": sum(r.tally == "own" for r in found.values())}
    assert network.invalid == []
