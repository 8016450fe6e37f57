"""Mastodon against a small instance of made-up statuses that keeps the real one's limits, and against faults that no real one makes."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.accounts import Account
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, version_of
from recordroom.platforms import Known, Window, mastodon
from recordroom.platforms.markup import read
from recordroom.platforms.mastodon.content import words_and_links
from recordroom.platforms.mastodon.walk import BATCH
from tests.platforms.mutations import damaged
from tests.platforms.scripted import Answer, Chosen, Scripted, account

FIXTURES = Path(__file__).parent / "mastodon"
SERVER, ME, AMY = "schools.example", "100", "200"
START = datetime(2026, 11, 1, tzinfo=UTC)
SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"][1]
DISTRICT = account("mastodon", f"https://{SERVER}/@fircrest", Identity(ME, SERVER))


def record_id(number: int) -> str:
    return f"mastodon:{SERVER}/statuses/{number}"


@dataclass
class Instance:
    """Statuses by number (the higher the later), with a real instance's limits for whoever has no token."""

    statuses: dict[int, dict[str, Any]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    answers: dict[str, Answer] = field(default_factory=dict)  # path -> what is answered instead
    limit: int = 60
    depth: int = 20
    holder: str = ME  # whose token it is
    kept_away: dict[str, list[Any]] = field(default_factory=dict)  # blocks, mutes, domain_blocks, filters

    def add(self, number: int, author: str = ME, parent: int | None = None, **more: Any) -> int:
        made = copy.deepcopy(SHAPE)
        made |= {"id": str(number), "content": f"<p>status {number}</p>", "spoiler_text": "", "url": f"https://{SERVER}/@x/{number}"}
        made |= {"created_at": (START + timedelta(hours=number)).isoformat(), "in_reply_to_id": parent and str(parent)}
        made["in_reply_to_account_id"] = self.statuses[parent]["account"]["id"] if parent else None
        made["account"] |= {"id": author, "acct": f"user{author}"}
        self.statuses[number] = made | more
        return number

    def seen(self, number: int) -> dict[str, Any]:
        return self.statuses[number] | {"replies_count": sum(s["in_reply_to_id"] == str(number) for s in self.statuses.values())}

    def below(self, number: int, depth: int) -> list[int]:
        own = [n for n, s in sorted(self.statuses.items()) if s["in_reply_to_id"] == str(number)]
        return [one for n in own for one in (n, *self.below(n, depth - 1))] if depth else []

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        query, path = parse_qs(parts.query), parts.path
        if path in self.answers:
            return self.answers[path]
        steps = path.removeprefix("/api/v1/").split("/")
        if steps == ["accounts", ME, "statuses"]:
            mark = query.get("max_id", ["9" * 18])[0]
            below = int(mark) if mark.isdecimal() else 0
            own = [n for n in sorted(self.statuses, reverse=True) if self.statuses[n]["account"]["id"] == ME and n < below]
            return Answer([self.seen(n) for n in own[: int(query["limit"][0])]])
        if steps[-1] in ("conversations", "notifications", "verify_credentials", "blocks", "mutes", "domain_blocks", "filters"):
            return self.own(steps[-1], query)
        if steps[0] == "accounts":
            return Answer(json.loads((FIXTURES / "ordinary-profile.json").read_text()) | {"id": ME})
        if steps == ["statuses"]:
            asked = [int(n) for n in query.get("id[]", ()) if n.isdecimal()]
            assert len(asked) <= BATCH
            return Answer([self.seen(n) for n in asked if n in self.statuses and n not in self.hidden])
        known = steps[1].isdecimal() and int(steps[1]) in self.statuses
        return self.single(int(steps[1]), steps[2]) if known else Answer({"error": "Record not found"}, 404)

    def own(self, what: str, query: dict[str, list[str]]) -> Answer:
        """What the holder of the token alone is told."""
        if what == "conversations":
            return self.conversations(query)
        if what == "notifications":
            return self.notifications(query)
        told = {"id": self.holder, "acct": f"user{self.holder}"}
        return Answer(told if what == "verify_credentials" else self.kept_away.get(what, []))

    def top(self, number: int) -> int:
        above = self.statuses[number]["in_reply_to_id"]
        return self.top(int(above)) if above else number

    def conversations(self, query: dict[str, list[str]]) -> Answer:
        """Of each conversation the last private status; the newest first. Pages are joined by a header."""
        direct = [n for n in sorted(self.statuses, reverse=True) if self.statuses[n]["visibility"] == "direct" and n not in self.hidden]
        last = list({self.top(n): n for n in reversed(direct)}.values())
        below, limit = int(query.get("max_id", ["999999999"])[0]), int(query["limit"][0])
        found = [n for n in sorted(last, reverse=True) if n < below]
        told = [{"id": str(n), "unread": True, "accounts": [], "last_status": self.seen(n)} for n in found[:limit]]
        more = f'<https://{SERVER}/api/v1/conversations?limit={limit}&max_id={found[limit - 1]}>; rel="next"' if len(found) > limit else ""
        return Answer(told, headers={"Link": more} if more else {})

    def notifications(self, query: dict[str, list[str]]) -> Answer:
        """Of statuses that name or quote the account, of the types asked for; behind each page that is not empty another is promised."""
        limit, below, told = int(query["limit"][0]), int(query.get("max_id", ["999999999"])[0]), list[dict[str, Any]]()
        for number, status in sorted(self.statuses.items(), reverse=True):
            named = any(one["id"] == ME for one in status["mentions"])
            quoted = ((status.get("quote") or {}).get("quoted_status") or {}).get("account", {}).get("id") == ME
            kind = "mention" if named else "quote" if quoted else ""
            if number < below and kind in query["types[]"] and status["account"]["id"] != ME and number not in self.hidden:
                told.append(
                    {
                        "id": str(number),
                        "type": kind,
                        "created_at": (START + timedelta(hours=number)).isoformat(),
                        "status": self.seen(number),
                    }
                )
        last = told[:limit][-1]["id"] if told else ""
        address = f"https://{SERVER}/api/v1/notifications?{urlencode(query | {'max_id': [last]}, doseq=True)}"
        return Answer(told[:limit], headers={"Link": f'<{address}>; rel="next"'} if told else {})

    def named(self, number: int, author: str = AMY, parent: int | None = None, **more: Any) -> int:
        """A public status that names the account."""
        return self.add(number, author, parent, **{"mentions": [{"id": ME, "acct": "fircrest", "username": "fircrest", "url": ""}], **more})

    def whisper(self, number: int, author: str = AMY, parent: int | None = None, to: str = ME, **more: Any) -> int:
        told = {"visibility": "direct", "mentions": [{"id": to, "acct": f"user{to}", "username": to, "url": "https://x.example"}]}
        return self.add(number, author, parent, **{**told, **more})

    def single(self, number: int, what: str) -> Answer:
        status = self.statuses[number]
        if what == "context":
            shown = [n for n in self.below(number, self.depth)[: self.limit] if n not in self.hidden]
            chain, above = list[dict[str, Any]](), status["in_reply_to_id"]
            while above:
                chain.insert(0, self.seen(int(above)))
                above = self.statuses[int(above)]["in_reply_to_id"]
            return Answer({"ancestors": chain, "descendants": [self.seen(n) for n in shown]})
        names = ("content", "spoiler_text", "sensitive", "created_at", "account", "media_attachments", "emojis")
        first = {n: status[n] for n in names} | {"content": "<p>as it was first</p>"}
        return Answer([first, {n: status[n] for n in names} | {"created_at": status["edited_at"]}])


def records_of(client: Scripted, window: Window, who: Account = DISTRICT) -> dict[str, Record]:
    """Records by id, the live ones."""
    return {r.record_id: r for e in mastodon.fetch(who, window, client) for r in mastodon.parse(e) if not r.historical}


def thread(instance: Instance, top: int, numbers: range, chain: int) -> None:
    """Answers to `top`, in chains of that length."""
    parent = top
    for at, number in enumerate(numbers):
        parent = instance.add(number, AMY, top if at % chain == 0 else parent)


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_a_conversation_beyond_the_limits_of_a_context_is_walked_to_its_end(window: Window) -> None:
    instance = Instance()
    instance.add(1)
    thread(instance, 1, range(100, 150), 50)  # deeper than 20
    thread(instance, 1, range(200, 230), 10)  # 80 in all, which is more than 60
    found = records_of(Scripted(instance), window)
    assert set(found) == {record_id(n) for n in instance.statuses} | {f"mastodon:{SERVER}/accounts/{ME}"}
    assert [found[record_id(n)].kind for n in (1, 100, 101, 149, 210)] == ["post", "comment", "reply", "reply", "comment"]
    assert {r.root_id for r in found.values() if r.kind != "profile"} == {record_id(1)}
    assert found[record_id(1)].counts == {"likes": 0, "shares": 0, "comments": 4}


@pytest.mark.parametrize("claim", ["0000-12-31T10:00:00.000Z", "-0044-03-15T12:00:00.000Z", "10000-01-01T00:00:00.000Z"])
def test_a_time_that_no_calendar_has_makes_no_conversation_unreadable(claim: str) -> None:
    """As another server's status says it, and an instance passes it on."""
    instance = Instance()
    top = instance.add(1)
    instance.add(2, AMY, top, created_at=claim)
    instance.add(3, AMY, top, edited_at=claim)
    instance.named(4, created_at=claim)
    instance.whisper(5, created_at=claim)
    client = Scripted(instance, secrets={"token": "tolkien"})
    window = Window("recent", since=START, messages=True, messages_since=START)
    records = [r for e in mastodon.fetch(DISTRICT, window, client) for r in mastodon.parse(e)]
    found = {r.record_id: r for r in records if not r.historical}
    assert {record_id(n): found[record_id(n)].published_at for n in (2, 4, 5)} == dict.fromkeys(map(record_id, (2, 4, 5)))
    assert (found[record_id(2)].valid_from, found[record_id(2)].leftover) == (None, ("created_at: no date",))
    edited = found[record_id(3)]
    assert (edited.published_at, edited.edited_at, edited.leftover) == (START + timedelta(hours=3), None, ("edited_at: no date",))
    states = [(r.text, r.valid_from) for r in records if r.historical and r.record_id == record_id(3)]
    assert states == [("as it was first", START + timedelta(hours=3))], "what stands there now is known"


def test_a_date_that_is_none_is_told() -> None:
    instance = Instance()
    instance.add(2, AMY, instance.add(1), created_at="2026-13-41T00:00:00.000Z")
    with pytest.raises(UnexpectedResponse, match=r"/2/created_at must be a date and time"):
        records_of(Scripted(instance), Window("full"))


def test_no_context_is_asked_for_twice() -> None:
    instance = Instance(hidden={103})
    instance.add(1)
    thread(instance, 1, range(100, 160), 4)
    client = Scripted(instance)
    found = records_of(client, Window("full"))
    asked = [u for u in client.asked if "/context" in u]
    assert len(asked) == len(set(asked))
    assert record_id(103) not in found
    assert record_id(159) in found


def test_with_a_token_conversations_without_counted_answers_are_asked_for_too() -> None:
    instance = Instance(limit=4096, depth=4096)
    instance.add(1)
    client = Scripted(instance, secrets={"token": "tolkien"})
    records_of(client, Window("full"))
    assert any(u.endswith("/statuses/1/context") for u in client.asked)
    assert all(h == {"Authorization": "Bearer tolkien"} for h in client.sent)
    assert not any("tolkien" in u for u in client.asked)
    client = Scripted(instance)
    records_of(client, Window("full"))
    assert not any("/context" in u for u in client.asked)


def test_pages_are_read_to_the_end_and_a_recent_window_stops() -> None:
    instance = Instance()
    for number in range(1, 101):
        instance.add(number)
    assert len(records_of(Scripted(instance), Window("full"))) == 101
    client = Scripted(instance)
    found = records_of(client, Window("recent", since=START + timedelta(hours=90)))
    assert record_id(90) in found
    assert len(client.asked) == 2  # the profile and one page
    assert len(records_of(Scripted(Instance()), Window("full"))) == 1


def test_answers_of_ours_are_placed_in_the_conversation_they_belong_to() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(3, ME, 2)  # in our own conversation
    instance.add(10, AMY)
    instance.add(11, "300", 10)
    instance.add(12, ME, 11)  # in another one
    instance.add(13, AMY, 12)
    instance.add(14, ME, 13)
    instance.add(20, ME, None, in_reply_to_account_id=AMY)  # what it answered has vanished
    instance.add(30, AMY)
    instance.add(31, ME, 30)
    instance.hidden |= {30}  # and here only the author is still told
    found = records_of(Scripted(instance), Window("full"))
    placed = {n: (r.kind, r.parent_id, r.root_id) for n in instance.statuses if (r := found.get(record_id(n)))}
    assert placed == {
        1: ("post", None, record_id(1)),
        2: ("comment", record_id(1), record_id(1)),
        3: ("reply", record_id(2), record_id(1)),
        12: ("post", record_id(11), record_id(10)),
        13: ("comment", record_id(12), record_id(10)),
        14: ("post", record_id(13), record_id(10)),
        20: ("post", None, record_id(20)),
        31: ("post", record_id(30), record_id(30)),
    }


def test_a_recent_answer_in_an_old_conversation_of_ours_brings_what_answers_it() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(500, ME, 2)
    instance.add(501, AMY, 500)
    client = Scripted(instance)
    found = records_of(client, Window("recent", since=START + timedelta(hours=400)))
    assert {n: found[record_id(n)].kind for n in (500, 501)} == {500: "reply", 501: "reply"}
    assert found[record_id(501)].root_id == record_id(1)


@pytest.mark.parametrize("kind", ["full", "recent", "one"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    instance = Instance()
    for number in range(1, 90, 2):
        instance.add(number, edited_at=(START + timedelta(days=40)).isoformat() if number % 5 == 0 else None)
    thread(instance, 89, range(100, 170), 35)
    instance.add(200, ME, 120)
    instance.add(300, AMY)
    instance.add(301, ME, 300)
    instance.add(302, AMY, 301)
    window = Window(kind, since=START, url=f"https://{SERVER}/@fircrest/89")
    exchanges = list(mastodon.fetch(DISTRICT, window, Scripted(instance)))
    whole = [{r.record_id for r in mastodon.parse(e)} for e in exchanges]
    for at, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        rest = {
            r.record_id
            for e in mastodon.fetch(DISTRICT, replace(window, cursor=exchange.cursor), Scripted(instance))
            for r in mastodon.parse(e)
        }
        assert set().union(*whole) == rest.union(*whole[: at + 1])


def test_histories_give_each_state_its_time_and_the_last_is_the_live_one() -> None:
    instance = Instance()
    edited = datetime(2026, 11, 20, tzinfo=UTC)
    instance.add(1, edited_at=edited.isoformat())
    instance.add(2, AMY, 1, edited_at=edited.isoformat())
    states = [r for e in mastodon.fetch(DISTRICT, Window("full"), Scripted(instance)) for r in mastodon.parse(e) if r.kind != "profile"]
    for number in (1, 2):
        live = next(r for r in states if r.record_id == record_id(number) and not r.historical)
        first, last = (r for r in states if r.record_id == record_id(number) and r.historical)
        assert (version_of(last), last.valid_from) == (version_of(live), live.valid_from) == (version_of(live), edited)
        assert (first.text, first.valid_from) == ("as it was first", live.published_at)
        assert (first.kind, first.parent_id, first.root_id) == (live.kind, live.parent_id, live.root_id)
    for since, asked in ((edited - timedelta(days=2), 2), (edited + timedelta(days=2), 0)):
        client = Scripted(instance)
        records_of(client, Window("recent", since=START, changed_since=since))
        assert sum("/history" in u for u in client.asked) == asked


@dataclass
class Private(Instance):
    """That keeps from the account itself what those wrote whom it mutes. `client`: who asks."""

    muted: set[str] = field(default_factory=set)
    client: Scripted = field(init=False)
    closed: bool = False  # to whoever is not signed in

    def __post_init__(self) -> None:
        self.client = Scripted(self, secrets={"token": "tolkien"})

    def __call__(self, url: str) -> Answer:
        known = bool(self.client.sent[-1])
        if self.closed and not known:
            return Answer({"error": "This method requires an authenticated user"}, 401)
        self.hidden = {n for n, s in self.statuses.items() if known and s["account"]["id"] in self.muted}
        return super().__call__(url)


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_answers_of_those_whom_the_account_mutes_are_read_as_everybody_sees_them(window: Window) -> None:
    instance = Private(limit=4096, depth=4096)
    top = instance.add(1)
    muted, other = instance.add(2, AMY, top), instance.add(3, "300", top)
    below = instance.add(4, AMY, other)
    under = instance.add(5, "300", muted)
    plan = Chosen(lambda _: True)
    told = list(mastodon.fetch(DISTRICT, replace(window, plan=plan), instance.client))
    assert all(e.request_headers for e in told), "nothing is asked for twice where nobody is muted"
    instance.muted.add(AMY)
    exchanges = list(mastodon.fetch(DISTRICT, replace(window, plan=plan), instance.client))
    found = {r.native_id: (r.kind, r.status) for e in exchanges for r in mastodon.parse(e)}
    assert {n: found[str(n)] for n in (muted, other, below, under)} == {
        muted: ("comment", "visible"), other: ("comment", "visible"), below: ("reply", "visible"), under: ("reply", "visible"),
    }  # fmt: skip
    for at, exchange in enumerate(exchanges):  # wherever it was interrupted
        rest = mastodon.fetch(DISTRICT, replace(window, cursor=exchange.cursor, plan=plan), instance.client)
        ids = {r.native_id for e in (*exchanges[: at + 1], *rest) for r in mastodon.parse(e)}
        assert {"2", "3", "4", "5"} <= ids
    assert plan.whole.count(record_id(top)) >= 2

    instance.closed = True
    found = {r.native_id: (r.kind, r.status) for e in mastodon.fetch(DISTRICT, window, instance.client) for r in mastodon.parse(e)}
    assert {str(muted), str(below)}.isdisjoint(found), "an instance that tells nobody else anything"


def test_an_answer_to_somebody_whom_the_account_mutes_has_its_place_in_the_conversation() -> None:
    instance = Private(muted={AMY})
    answer = instance.add(500, ME, instance.add(2, AMY, instance.add(1)))
    window = Window("recent", since=START + timedelta(hours=400))  # what stands above is older
    found = {r.native_id: r for e in mastodon.fetch(DISTRICT, window, instance.client) for r in mastodon.parse(e)}
    record = found[str(answer)]
    assert (record.kind, record.parent_id, record.root_id) == ("reply", record_id(2), record_id(1))


def test_what_the_account_alone_is_not_shown_has_not_gone() -> None:
    instance = Private(muted={AMY})
    instance.add(2, AMY, instance.add(1))
    known = [Known(record_id(n), str(n), "comment", record_id(1), record_id(1), visibility=lambda: "public") for n in (2, 3)]
    found = list(mastodon.lookup(DISTRICT, known, instance.client))
    [record] = [r for e in found if isinstance(e, Exchange) for r in mastodon.parse(e)]
    assert (record.native_id, record.kind, record.parent_id, record.status) == ("2", "comment", record_id(1), "visible")
    assert [a.record_id for a in found if isinstance(a, Absence)] == [record_id(3)]
    instance.closed = True
    assert [a.record_id for a in mastodon.lookup(DISTRICT, known, instance.client) if isinstance(a, Absence)] == [
        record_id(2),
        record_id(3),
    ]


def test_lookup_tells_who_is_still_there() -> None:
    instance = Instance()
    instance.add(1)
    for number in range(2, 50):
        instance.add(number, AMY, 1)
    known = [Known(record_id(n), str(n), "comment", record_id(1), record_id(1), visibility=lambda: "unlisted") for n in range(2, 60)]
    known.append(Known(f"mastodon:{SERVER}/accounts/{ME}", ME, "profile"))
    client = Scripted(instance)
    found = list(mastodon.lookup(DISTRICT, known, client))
    absences = {a.record_id: a.status for a in found if isinstance(a, Absence)}
    records = {r.record_id: r for e in found if isinstance(e, Exchange) for r in mastodon.parse(e)}
    assert absences == {record_id(n): "unavailable" for n in range(50, 60)}
    assert set(records) == {k.record_id for k in known} - set(absences)
    assert records[record_id(7)].kind == "comment"
    assert len(client.asked) == 4
    assert not list(mastodon.lookup(DISTRICT, [], client))


def test_what_is_said_below_an_answer_whose_post_has_gone_is_read_once_it_is_counted() -> None:
    instance = Instance()
    instance.add(3, AMY, instance.add(2, AMY, instance.add(1)))
    known = [Known(record_id(n), str(n), kind, record_id(n - 1), record_id(1)) for n, kind in ((2, "comment"), (3, "reply"))]
    del instance.statuses[1]
    instance.statuses[2] |= {"in_reply_to_id": None}
    client = Scripted(instance)
    list(mastodon.lookup(DISTRICT, known, client))
    assert len(client.asked) == 1, "nothing more is counted than what is held"
    instance.add(4, AMY, 3)
    found = {r.native_id: r for e in mastodon.lookup(DISTRICT, known, client) if isinstance(e, Exchange) for r in mastodon.parse(e)}
    assert set(found) == {"2", "3", "4"}
    assert (found["4"].kind, found["4"].parent_id, found["4"].root_id) == ("reply", record_id(3), record_id(1))


def test_a_permalink_brings_its_whole_conversation() -> None:
    instance = Instance()
    instance.add(1)
    thread(instance, 1, range(100, 150), 50)
    instance.add(300, AMY)
    instance.add(301, ME, 300)
    instance.add(302, AMY, 301)
    instance.add(400, AMY)
    profile = f"mastodon:{SERVER}/accounts/{ME}"

    def captured(number: int) -> set[str]:
        return set(records_of(Scripted(instance), Window("one", url=f"https://{SERVER}/@someone/{number}"))) - {profile}

    assert captured(1) == captured(149) == {record_id(n) for n in (1, *range(100, 150))}
    assert captured(301) == captured(302) == {record_id(n) for n in (301, 302)}
    for number in (400, 999):
        with pytest.raises(UsageError):
            captured(number)
    for url in ("https://elsewhere.example/@x/1", f"https://{SERVER}/@fircrest", ""):
        with pytest.raises(UsageError):
            list(mastodon.fetch(DISTRICT, Window("one", url=url), Scripted(instance)))


def test_identify_and_totals() -> None:
    profile = json.loads((FIXTURES / "ordinary-profile.json").read_text())
    who = account("mastodon", "https://social.fircrest.example/@fircrest", api_url="https://other.example/")
    client = Scripted([Answer(profile), Answer({"domain": "Fircrest.example", "title": "x"}), Answer(profile), Answer({}, 404)])
    identity = mastodon.identify(who, client)
    assert (identity.native_id, identity.server, identity.title) == (profile["id"], "fircrest.example", "Fircrest Schools")
    assert client.asked[0] == "https://other.example/api/v1/accounts/lookup?acct=fircrest"
    assert mastodon.identify(who, client).server == "social.fircrest.example"
    with pytest.raises(AccountUnavailable, match="suspended"):
        mastodon.identify(who, Scripted([Answer(profile | {"suspended": True})]))
    with pytest.raises(AccountUnavailable):
        mastodon.identify(account("mastodon", "https://social.example/about"), Scripted([]))
    with pytest.raises(UnexpectedResponse, match="domain"):
        mastodon.identify(who, Scripted([Answer(profile), Answer({"title": "x"})]))
    totals = mastodon.totals(DISTRICT, Scripted([Answer(profile)]))
    assert totals is not None
    assert totals.kinds == {"own": 431}


FAULTS = {
    "HTML instead of JSON": (Answer("<!DOCTYPE html><title>Sign in</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "an error in a 200": (Answer({"error": "This method requires an authenticated user"}), UnexpectedResponse, "list"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "wrong encoding": (Answer("[{\xe9}]".encode("latin-1")), UnexpectedResponse, "no JSON"),
    "a date without its zone": (Answer([SHAPE | {"created_at": "2026-11-01T10:00:00"}]), UnexpectedResponse, "created_at"),
    "a throttle": (Answer({"error": "Too many requests"}, 429, {"X-RateLimit-Reset": "2026-11-24T09:00:00Z"}), Throttled, "429"),
    "a wall": (Answer({"error": "This method requires an authenticated user"}, 401), Blocked, "401"),
    "an instance too old": (Answer([SHAPE | {"replies_count": "many"}]), UnexpectedResponse, "replies_count"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_a_page_is_named(fault: str) -> None:
    answer, failure, words = FAULTS[fault]
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": answer})
    with pytest.raises(failure, match=words) as told:
        records_of(Scripted(instance), Window("full"))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    with pytest.raises(TokenExpired if failure is Blocked else failure):
        records_of(Scripted(instance, secrets={"token": "t"}), Window("full"))


def test_a_token_that_the_instance_knows_no_more_is_dead_and_not_none() -> None:
    """All that anybody sees is answered to it."""
    answers = {"/api/v1/accounts/verify_credentials": Answer({"error": "The access token is invalid"}, 401)}
    with pytest.raises(TokenExpired, match="The access token is invalid"):
        records_of(Scripted(Instance(answers=answers), secrets={"token": "t"}), Window("recent", since=START))


def test_a_scope_that_the_token_lacks_is_named() -> None:
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": Answer({"error": "This action is outside the authorized scopes"}, 403)})
    with pytest.raises(Blocked, match=r"outside the authorized scopes: needed is .* read:accounts and read:statuses"):
        records_of(Scripted(instance, secrets={"token": "t"}), Window("full"))


def test_what_was_read_before_a_fault_was_given_out() -> None:
    instance = Instance(answers={"/api/v1/statuses/3/context": Answer({}, 429)})
    for number in (1, 3, 5):
        instance.add(number)
        instance.add(number + 1, AMY, number)
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(mastodon.fetch(DISTRICT, Window("full"), Scripted(instance)))
    assert {r.native_id for e in given for r in mastodon.parse(e)} == {ME, "1", "3", "5", "6"}


def test_a_conversation_that_has_just_gone_stops_nothing() -> None:
    instance = Instance(answers={"/api/v1/statuses/3/context": Answer({"error": "Record not found"}, 404)})
    for number in (1, 3):
        instance.add(number)
        instance.add(number + 1, AMY, number)
    assert {record_id(1), record_id(2), record_id(3)} <= set(records_of(Scripted(instance), Window("full")))


def test_pages_that_repeat_or_never_end_are_named() -> None:
    page = [SHAPE | {"id": str(n)} for n in range(50, 10, -1)]
    instance = Instance(answers={f"/api/v1/accounts/{ME}/statuses": Answer(page)})
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Scripted(instance), Window("full"))
    turns = iter(range(10**6))

    def shuffled(url: str) -> Answer:
        if "/accounts/100/statuses" not in url:
            return instance(url)
        turn = next(turns)
        return Answer([SHAPE | {"id": str(100 + turn % 7), "favourites_count": turn}])

    with pytest.raises(UnexpectedResponse, match="leads back"):
        records_of(Scripted(shuffled), Window("full"))


def test_conversations_that_contain_each_other_end() -> None:
    instance = Instance()
    instance.add(1)
    instance.add(2, AMY, 1)
    instance.add(3, AMY, 2)
    looped = instance.seen(2) | {"replies_count": 9}, instance.seen(3) | {"replies_count": 9}
    for number in (1, 2, 3):
        instance.answers[f"/api/v1/statuses/{number}/context"] = Answer({"ancestors": [], "descendants": list(looped)})
    instance.add(4, ME, 3)
    instance.statuses[2]["in_reply_to_id"] = "3"
    instance.add(5, AMY, 1)
    assert len(records_of(Scripted(instance), Window("full"))) == 5


def test_numbers_as_ids_are_the_same_as_text() -> None:
    numbers = json.loads(json.dumps(SHAPE)) | {"id": 115}
    numbers["account"] |= {"id": 7}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps([numbers]), None, SERVER)))
    assert (found[0].record_id, found[0].author_id) == (record_id(115), "7")


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "account": SHAPE["account"] | {"shoe_size": 44}}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps(more), None, None)))
    assert found[0].leftover == ("mood", "account.shoe_size")
    assert found[0].record_id == f"mastodon:{SERVER}/statuses/{SHAPE['id']}"


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    body = json.dumps([SHAPE | {"content": "<p>half \ud83d a face</p>"}, SHAPE | {"id": "2"}]).encode()
    broken, whole = mastodon.parse(mastodon.saved(body, None, SERVER))
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


@pytest.mark.parametrize("url", ["https://social.example/api/v1/statuses/2/context", None])
@pytest.mark.parametrize(
    ("above", "kinds", "root"),
    [
        ([], ("comment", "reply"), "2"),
        ([("1", None)], ("reply", "reply"), "1"),
        ([("0", None), ("1", "0")], ("reply", "reply"), "0"),
        ([("1", "0")], ("reply", "reply"), None),  # the head of the conversation is gone
    ],
)
def test_a_saved_context_tells_what_it_was_asked_for(
    url: str | None, above: list[tuple[str, str | None]], kinds: tuple[str, str], root: str | None
) -> None:
    def status(native: str, parent: str | None) -> dict[str, Any]:
        made: dict[str, Any] = SHAPE | {"id": native, "in_reply_to_id": parent, "in_reply_to_account_id": parent and "77"}
        return made

    body = {"ancestors": [status(*one) for one in above], "descendants": [status("3", "2"), status("4", "3")]}
    found = list(mastodon.parse(mastodon.saved(orjson.dumps(body), url, SERVER)))
    assert tuple(r.kind for r in found) == kinds
    assert {r.root_id for r in found} == {root and f"mastodon:{SERVER}/statuses/{root}"}
    assert [r.parent_id for r in found] == [f"mastodon:{SERVER}/statuses/{n}" for n in (2, 3)]


@pytest.mark.parametrize("inner", ["1", '"\\ud800"'])
def test_json_nested_without_end_is_named(inner: str) -> None:
    for depth in (300, 480, 100_000):
        with pytest.raises(UnexpectedResponse):
            list(mastodon.parse(Exchange("GET", "", 200, (), f"{'[' * depth}{inner}{']' * depth}".encode())))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    instance = Instance()
    instance.add(1, edited_at=START.isoformat())
    instance.add(2, AMY, 1)
    instance.add(3, ME, 2)
    instance.add(10, AMY)
    instance.add(11, ME, 10)
    at = data.draw(st.integers(0, 6))
    turns = iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = instance(url)
        return Answer(json.dumps(data.draw(damaged(answer.body)))) if next(turns) == at else answer

    try:
        for exchange in mastodon.fetch(DISTRICT, Window("full"), Scripted(worn)):
            list(mastodon.parse(exchange))
    except PlatformFailure:
        pass


_PIECES = ["<p>", "</p>", "</p><p>", "<br>", "<br />", " ", "\n", "a", "b&amp;", "&lt;", "&nbsp;", "&#10;", "<b>", "é", "<", ">", "&quot"]
_PIECES += ["&#0;", "\x00", "\x0b", "\u00a0", "\u2028", "&#39;", "&quot;", "</a>", "<span>", "</span>", "<a>", '<span class="invisible">']
_PIECES += [
    '<a href="https://x.y/z" rel="nofollow">',
    '<a href="HTTP://x.y/q">',
    '<a href="https://[x/">',
    '<a href="https://x.y/?b&amp;c=2">',
]
_PIECES += ['<a href="javascript:x">', '<a class="x" href="https://q/">', '<a href="https://a/" href="https://b/">']


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
def test_the_quick_reader_reads_what_the_careful_one_reads(inner: str) -> None:
    for html in (inner, f"<p>{inner}</p>"):
        careful = read(html)
        assert words_and_links(html) == (careful.text, careful.links)


def test_names_and_tags_are_no_links() -> None:
    link = '<a href="https://fircrest.example/?a=1&amp;b=2">x</a> <a href="https://m.example/@b" class="u-url mention">@<span>b</span></a>'
    plain = (
        '<a href="https://fircrest.example/">x</a> <a href="https://m.example/tags/c" class="mention hashtag" rel="tag">#<span>c</span></a>'
    )
    assert words_and_links(f"<p>{link}</p>") == ("x @b", ["https://fircrest.example/?a=1&b=2"])
    assert words_and_links(f"<p>{plain}</p>") == ("x #c", ["https://fircrest.example/"])
