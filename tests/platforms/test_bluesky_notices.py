"""Who names or quotes an account on Bluesky and answers nothing of it, against the small network of made-up posts."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from recordroom.errors import AccountUnavailable, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import HIDDEN, REMOVED, UNAVAILABLE, VISIBLE, Exchange, Record
from recordroom.platforms import Known, Window, bluesky
from tests.platforms.bluesky_net import AMY, BEN, DISTRICT, HOSTS, ME, START, Network, uri_of
from tests.platforms.scripted import Answer, Chosen, Exchanging, Scripted

SECRETS = {"password": "aaaa-bbbb-cccc-dddd", "token": "a session"}
FULL, RECENT = Window("full"), Window("recent", since=START)
NOTIFICATIONS = "app.bsky.notification.listNotifications"


def fetched(network: Network, window: Window = FULL, client: Scripted | None = None) -> list[Exchange]:
    return list(bluesky.fetch(DISTRICT, window, client or Scripted(network, SECRETS)))


def records(exchanges: list[Exchange]) -> dict[str, Record]:
    return {r.native_id: r for e in exchanges for r in bluesky.parse(e)}


@pytest.fixture
def network() -> Network:
    """A post of ours with an answer that names us; a mention, a quote, and a mention in a conversation of others."""
    network = Network()
    network.mention(AMY, 2, network.add(ME, 1))
    network.mention(AMY, 3)
    network.quote(BEN, 4, uri_of(ME, 1))
    network.mention(AMY, 6, network.add(BEN, 5))
    network.add(BEN, 7, uri_of(AMY, 3))
    return network


@pytest.mark.parametrize("window", [FULL, RECENT, Window("history")])
def test_mentions_and_quotes_are_read_where_they_answer_nothing_of_ours(network: Network, window: Window) -> None:
    client = Scripted(network, SECRETS)
    exchanges = fetched(network, window, client)
    found = records(exchanges)
    apart = {"3": uri_of(AMY, 3), "4": uri_of(BEN, 4), "6": uri_of(AMY, 6)}
    placed = {n: (found[uri].kind, found[uri].parent_id, found[uri].root_id) for n, uri in apart.items()}
    above = f"bluesky:{uri_of(BEN, 5)}"
    assert placed == {
        "3": ("comment", None, f"bluesky:{apart['3']}"),
        "4": ("comment", None, f"bluesky:{apart['4']}"),
        "6": ("reply", above, above),
    }
    assert (found[uri_of(BEN, 4)].shared_id, found[uri_of(AMY, 2)].kind) == (f"bluesky:{uri_of(ME, 1)}", "comment")
    assert not {uri_of(BEN, 5), uri_of(BEN, 7)} & found.keys()
    assert not [n for n, uri in apart.items() if "comments" in (found[uri].counts or {})], "what answers them is not read, so not compared"
    assert [r.native_id for e in exchanges for r in bluesky.parse(e)].count(uri_of(AMY, 2)) == 1
    assert [r.native_id for e in exchanges for r in bluesky.parse(e)].count(uri_of(BEN, 4)) == 1
    assert not [e for e in exchanges if "short" in e.context or b"isRead" in e.body]


def test_whom_the_account_does_not_follow_is_told_too_though_it_has_chosen_otherwise(network: Network) -> None:
    network.priority = True
    assert {uri_of(AMY, 3), uri_of(AMY, 6)} <= records(fetched(network)).keys()


def test_a_post_that_the_appview_fails_to_give_keeps_nothing_else_from_being_read(network: Network) -> None:
    """One that only a notification tells of, and one that the account hides and whose parent has gone."""
    asked = network.add(AMY, 10, uri_of(ME, 1))
    hidden, unread = [network.add(BEN, 11, asked)], {network.add(BEN, 12, asked), uri_of(AMY, 3)}
    network.gone, network.hidden = {asked}, sorted({*hidden, uri_of(BEN, 12)})

    def broken(url: str) -> Answer:
        fails = "getPosts?" in url and unread & {*parse_qs(urlsplit(url).query)["uris"]}
        return Answer("Oops", 500) if fails else network(url)

    exchanges = fetched(network, FULL, Scripted(broken, SECRETS))
    assert {uri_of(AMY, 6), uri_of(BEN, 4), *hidden} <= records(exchanges).keys()
    assert not unread & records(exchanges).keys()
    told = [e.context for e in exchanges if "unread" in e.context]
    assert {context["unread"] for context in told} == {f"bluesky:{uri}" for uri in unread}
    assert "could not be read, and will be asked for again" in told[-1]["short"]
    assert exchanges[-1].context["people"] == [], "whom the account blocks is asked last"


class Held(Chosen):
    """A Plan of which all is held, with that status."""

    status = VISIBLE

    def known(self, record_id: str, *, anywhere: bool = False) -> Known | None:
        assert anywhere
        return Known(record_id, record_id, "comment", status=self.status)


def test_what_stands_below_an_answer_of_ours_to_others_is_told_by_its_conversation_while_it_is_held() -> None:
    """Which knows whether the first post's author hides it; the post itself does not tell. Of what is back nothing else may tell."""
    network, plan = Network(), Held(lambda _: True)
    below = network.add(BEN, 900, network.add(AMY, 3, network.add(ME, 2, network.add(AMY, 1))))
    window = Window("recent", since=START + timedelta(hours=800))
    assert below in records(fetched(network, window)), "our answer is older than the window, and not listed"
    for plan.status, told in ((VISIBLE, False), (HIDDEN, False), (UNAVAILABLE, True), (REMOVED, True)):
        assert (below in records(fetched(network, replace(window, plan=plan)))) is told


def test_the_session_is_shown_to_the_accounts_own_server_alone(network: Network) -> None:
    client = Scripted(network, SECRETS)
    fetched(network, FULL, client)
    shown = [url for url, sent in zip(client.asked, client.sent, strict=True) if "Authorization" in sent]
    assert shown
    assert all(url.startswith(f"{HOSTS[ME]}/xrpc/app.bsky.notification.") for url in shown)


def test_without_an_app_password_quotes_are_read_and_nothing_else_is_asked(network: Network) -> None:
    client = Scripted(network)
    found = records(fetched(network, FULL, client))
    assert uri_of(BEN, 4) in found
    assert uri_of(AMY, 3) not in found
    assert not [url for url in client.asked if NOTIFICATIONS in url]


def test_quotes_are_asked_for_where_their_number_has_moved(network: Network) -> None:
    plan, top = Chosen(lambda _: False), f"bluesky:{uri_of(ME, 1)}"
    client = Scripted(network)
    fetched(network, replace(RECENT, plan=plan), client)
    assert plan.asked[top] == ("1 and 1", False)
    assert not [url for url in client.asked if "getQuotes" in url]
    plan.wanted = lambda _: True
    fetched(network, replace(RECENT, plan=plan), client)
    assert len([url for url in client.asked if "getQuotes" in url]) == 1
    assert plan.whole.count(top) == 1


def test_many_quotes_and_mentions_are_read_to_their_end_from_any_exchange(network: Network) -> None:
    for key in range(100, 340):
        network.quote(BEN, key, uri_of(ME, 1))
        network.mention(AMY, key + 1000)
    for window in (FULL, Window("history")):
        exchanges = fetched(network, window)
        parts = [{r.record_id for r in bluesky.parse(e)} for e in exchanges]
        assert len(set().union(*parts)) >= 480
        for at in range(0, len(exchanges), 5):
            rest = fetched(network, replace(window, cursor=exchanges[at].cursor))
            assert set().union(*parts) == {r.record_id for e in rest for r in bluesky.parse(e)}.union(*parts[: at + 1])


def test_pages_without_anything_are_not_the_end_and_the_last_days_stop() -> None:
    network = Network()
    network.mention(AMY, 1)
    for key in range(100, 200):
        network.add(BEN, key)
    network.mention(AMY, 300)
    client = Scripted(network, SECRETS)
    assert {uri_of(AMY, 1), uri_of(AMY, 300)} <= records(fetched(network, FULL, client)).keys()
    for key in range(400, 500):
        network.mention(AMY, key)
    client = Scripted(network, SECRETS)
    found = records(fetched(network, Window("recent", since=START + timedelta(hours=450)), client))
    assert {uri_of(AMY, key) for key in range(450, 500)} <= found.keys()
    assert len([url for url in client.asked if NOTIFICATIONS in url]) == 3


def test_what_the_appview_does_not_show_is_read_from_the_page_that_tells_it(network: Network) -> None:
    network.gone.add(uri_of(AMY, 3))
    record = records(fetched(network))[uri_of(AMY, 3)]
    assert (record.text, record.status, record.acted_by, record.kind) == ("post 3", "hidden", "platform", "comment")
    assert record.leftover == ()


def test_a_stranger_who_answers_at_an_address_that_is_none_stops_nothing(network: Network) -> None:
    odd, above = network.mention(AMY, 8), {"uri": "at://amy.example/app.bsky.feed.post/9", "cid": "c"}
    network.posts[odd]["record"]["reply"] = {"root": above, "parent": above}
    found = records(fetched(network))
    assert (found[odd].kind, found[odd].parent_id) == ("reply", f"bluesky:{above['uri']}")


REFUSALS = [
    Answer({"error": "ExpiredToken", "message": "Token has expired"}, 400),
    Answer({"error": "AuthMissing", "message": "Authentication Required"}, 401),
    Answer({"error": "InternalServerError", "message": "Internal Server Error"}, 500),
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_a_refusal_stops_nothing_else_and_is_told(network: Network, answer: Answer) -> None:
    network.answers[NOTIFICATIONS] = answer
    for window in (FULL, RECENT):
        exchanges = fetched(network, window)
        [told] = (e for e in exchanges if "short" in e.context)
        assert told.context["short"].startswith("who names the account without answering it is not told: ")
        assert told.context["short"].endswith("docs/platforms/bluesky.md says what to do")
        assert not list(bluesky.parse(told))
        assert {uri_of(ME, 1), uri_of(AMY, 2), uri_of(BEN, 4)} <= records(exchanges).keys()


def test_an_app_password_that_gives_no_session_is_told(network: Network) -> None:
    client = Scripted(network, {"password": SECRETS["password"]})
    who = replace(DISTRICT, identity=replace(DISTRICT.known, exchange=Exchange("GET", "https://x.example", 200, (), b"{}")))
    [told] = (e.context["short"] for e in bluesky.fetch(who, RECENT, client) if "short" in e.context)
    assert "gave no session for an app password" in told


def test_an_answer_of_another_shape_is_a_failure_that_names_the_field(network: Network) -> None:
    network.answers[NOTIFICATIONS] = Answer({"notices": []})
    with pytest.raises(UnexpectedResponse, match="notifications"):
        fetched(network)


def test_a_mention_is_looked_up_by_its_own_address_and_no_block_hides_it(network: Network) -> None:
    network.relationships = {AMY: {"blocking": "at://x/y/z"}}
    uri = uri_of(AMY, 3)
    [answer] = bluesky.lookup(DISTRICT, [Known(f"bluesky:{uri}", uri, "comment", None, f"bluesky:{uri}")], Scripted(network))
    assert isinstance(answer, Exchange)
    assert [(r.native_id, r.status, r.kind) for r in bluesky.parse(answer)] == [(uri, "visible", "comment")]


# -- sessions --------------------------------------------------------------------------------------------------------------------


def session(did: str = ME, ends: datetime | None = None) -> dict[str, Any]:
    claims = urlsafe_b64encode(orjson.dumps({"scope": "com.atproto.appPass", **({"exp": int(ends.timestamp())} if ends else {})})).decode()
    return {"did": did, "handle": "fircrest.example", "accessJwt": f"e30.{claims.rstrip('=')}.c2ln", "refreshJwt": "x"}


def signing(**told: Any) -> Exchanging:
    return Exchanging(Network(), {"password": SECRETS["password"]}, told=told)


def test_an_app_password_opens_a_session_at_the_accounts_own_server() -> None:
    ends = datetime(2026, 11, 24, 10, tzinfo=UTC)
    client = signing(**session(ends=ends))
    token = bluesky.renew(DISTRICT, client)
    assert (token.values["token"], token.expires_at) == (client.told["accessJwt"], ends)
    [(url, form, _)] = client.posted
    assert url == f"{HOSTS[ME]}/xrpc/com.atproto.server.createSession"
    assert form == {"identifier": ME, "password": SECRETS["password"]}
    assert bluesky.renew(DISTRICT, signing(**session() | {"accessJwt": "no JWT"})).expires_at is None


def test_a_session_of_somebody_else_is_none() -> None:
    with pytest.raises(TokenExpired, match=f"is that of {AMY}"):
        bluesky.renew(DISTRICT, signing(**session(AMY)))


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (Answer({"error": "AuthenticationRequired", "message": "Invalid identifier or password"}, 401), TokenExpired),
        (Answer({"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}, 401), TokenExpired),
        (Answer({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429), Throttled),
        (Answer({"error": "InvalidRequest", "message": "?"}, 400), UnexpectedResponse),
    ],
)
def test_a_server_that_opens_no_session_says_why(answer: Answer, failure: type[PlatformFailure]) -> None:
    client = signing()
    client.post = lambda url, *_, **__: Exchange("POST", url, answer.status, (), answer.bytes)  # type: ignore[method-assign]
    with pytest.raises(failure):
        bluesky.renew(DISTRICT, client)


def test_an_app_password_is_sent_encrypted_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(HOSTS, ME, "http://pds.example")
    client = signing(**session())
    with pytest.raises(AccountUnavailable):
        bluesky.renew(DISTRICT, client)
    assert client.posted == []
