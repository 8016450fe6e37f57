"""What is asked of YouTube: windows and what they cost, who answers, permalinks; against the sandbox, which another hand wrote."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from infra.local.sandbox.faces.youtube_ids import channel_id
from infra.local.sandbox.model import Account as Channel
from infra.local.sandbox.model import Video
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse, UsageError
from recordroom.platforms import Code, Window, youtube
from recordroom.platforms.youtube.tokens import _tokens
from tests.fault_transport import retry_at_once
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.tube import ANA, FORCE, KEY, RECENT, START, TOKEN, US, WINDOWS, Tube, conversation, new_tube


@pytest.fixture
def tube(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tube]:
    retry_at_once(monkeypatch)
    tube = new_tube()
    yield tube
    assert tube.network.invalid == []


# -- windows, cost --------------------------------------------------------------------------------------------------------------------


def units(tube: Tube) -> int:
    """What was asked so far, as YouTube counts it."""
    return tube.network.usage["youtube", "project"][1]


def spent(tube: Tube, window: Window, **secrets: str) -> int:
    entry, client = tube.account(), tube.client(**secrets)
    before = units(tube)
    youtube.identify(entry, client)
    list(youtube.fetch(entry, window, client))
    youtube.totals(entry, client)
    return units(tube) - before


def test_what_a_capture_costs(tube: Tube) -> None:
    """Of the last days: the channel, a page of uploads, the videos of it, the threads of the whole channel, two lists of what waits, and
    one for each thread with more answers than it holds."""
    for number in range(60):
        conversation(tube, f"Old {number}", days=40 + number, answers=1)
    assert spent(tube, RECENT) == 5  # no new video: none is asked for
    for number in range(12):
        conversation(tube, f"New {number}", days=number, answers=6 if number < 3 else 0)
    assert spent(tube, RECENT) == 6 + 3
    assert spent(tube, RECENT, key=KEY) == 4 + 3
    assert spent(tube, Window("full")) == 1 + 2 + 2 + 72 + 2 + 3


@pytest.mark.parametrize("window", [Window("full"), Window("recent", since=START - timedelta(days=300))])
def test_an_empty_page_of_uploads_that_leads_on_is_no_end(tube: Tube, window: Window) -> None:
    for number in range(120):
        tube.video(f"Film {number}", days=number)

    def emptied(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        told = json.loads(real().read())
        return httpx.Response(200, json=told if "pageToken" in str(request.url) else {**told, "items": []})

    with tube.between.meanwhile("playlistItems", emptied):
        found = tube.texts(window)
    assert {f"Film {number}" for number in range(50, 120)} <= set(found)


def test_the_last_days_hold_new_comments_on_old_videos(tube: Tube) -> None:
    old = conversation(tube, "Old", days=90)
    for number in range(130):
        conversation(tube, f"Day {number}", days=31 + number / 10, answers=0)
    new = conversation(tube, "New", days=2)
    tube.network.comment(ANA, old, "Is this still so?", at=START - timedelta(minutes=5))
    found = tube.texts(RECENT)
    assert {"New", "When, New?", "Thanks for New.", "Is this still so?"} <= set(found)
    assert found["Is this still so?"].root_id == f"youtube:{tube.id(old)}"
    assert "Old" not in found
    assert len(tube.asked("playlistItems")) == 1
    assert len(tube.asked("videos")) == 1
    assert not tube.asked("commentThreads", videoId=tube.id(new))


def test_a_new_video_whose_comments_that_list_leaves_out_is_read_for_itself(tube: Tube) -> None:
    video, other = conversation(tube), conversation(tube, "Other")

    def without(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        body["items"] = [one for one in body["items"] if one["snippet"]["videoId"] != tube.id(video)]
        return httpx.Response(200, json=body)

    with tube.between.meanwhile("allThreadsRelatedToChannelId", without):
        found = tube.texts(RECENT, key=KEY)
    assert {"When, Closed?", "Answer 0 to Closed", "When, Other?"} <= set(found)
    assert [one["videoId"] for one in tube.asked("commentThreads") if "videoId" in one] == [tube.id(video)]
    assert tube.id(other) in tube.records(RECENT)


def test_a_token_of_a_page_that_died_meanwhile_begins_the_list_anew(tube: Tube) -> None:
    for number in range(60):
        tube.video(f"Video {number}")
    entry = tube.account()
    second = list(youtube.fetch(entry, Window("history"), tube.client()))[1]
    todo = json.loads(second.cursor or "")
    assert todo["page"]
    stale = json.dumps({**todo, "page": "CAoQAA"})
    found = {r.title for e in youtube.fetch(entry, Window("history", cursor=stale), tube.client()) for r in youtube.parse(e)}
    assert len(found) == 60


def test_uploads_that_shift_while_they_are_read_lose_nothing_that_is_new(tube: Tube) -> None:
    for number in range(120):
        tube.video(f"Video {number}", days=1)
    found: set[str | None] = set()
    for number, exchange in enumerate(youtube.fetch(tube.account(), Window("full"), tube.client())):
        found |= {r.title for r in youtube.parse(exchange) if r.kind == "post"}
        if number < 3:
            tube.video(f"Meanwhile {number}")
    assert {f"Video {number}" for number in range(120)} <= found


def test_a_channel_without_a_video_has_no_list_of_them(tube: Tube) -> None:
    missing = {"code": 404, "message": "x", "errors": [{"reason": "playlistNotFound", "domain": "youtube.playlistItem", "message": "x"}]}

    def gone(_request: httpx.Request, _real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(404, json={"error": missing})

    with tube.between.meanwhile("playlistItems", gone):
        assert [r.kind for r in tube.records().values()] == ["profile"]
        tube.video("There is one")
        with pytest.raises(AccountUnavailable, match="playlistNotFound"):
            tube.records()


def test_a_broadcast_that_has_begun_has_a_chat_that_is_lacking(tube: Tube) -> None:
    begin = START - timedelta(days=3)
    live = tube.video("Board", days=4, video=Video(60, scheduled=begin, started=begin, ended=begin + timedelta(minutes=1)))
    tube.video("To come", video=Video(0, scheduled=START + timedelta(days=1)))
    for window in WINDOWS:
        [words] = {e.context["short"] for e in tube.exchanges(window) if "short" in e.context}
        assert "live chat of 1 broadcast (first: " in words
        assert tube.id(live) in words
    tube.network.remove(live)
    assert not [e for e in tube.exchanges() if "short" in e.context]


# -- who, how many ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["@district", "@District/", "@district/videos", "district", "c/district", "channel/{id}"])
def test_a_channel_is_found_by_its_address(tube: Tube, address: str) -> None:
    native = channel_id(tube.network.accounts[US].number)
    entry = account("youtube", f"https://www.youtube.com/{address.format(id=native)}", api_url="http://tube.test")
    identity = youtube.identify(entry, tube.client(key=KEY))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (native, "youtube.com", "District", "district")


def test_a_name_of_the_old_kind_is_asked_for_as_one() -> None:
    client = Scripted([Answer({"kind": "youtube#channelListResponse"})], {"key": KEY})
    with pytest.raises(AccountUnavailable, match="no channel fircrest"):
        youtube.identify(account("youtube", "https://www.youtube.com/user/fircrest"), client)
    assert "forUsername=fircrest" in client.asked[0]


def test_a_renamed_channel_is_followed_and_another_is_told(tube: Tube) -> None:
    entry, client = tube.account(), tube.client()
    tube.network.rename(US, handle="district-2", name="The New District")
    assert youtube.identify(entry, client).handle == "district-2"
    with pytest.raises(AccountUnavailable):
        youtube.identify(replace(entry, identity=None), client)
    other: Channel = tube.network.accounts[ANA]
    moved = replace(entry, url=f"https://www.youtube.com/channel/{channel_id(other.number)}")
    assert youtube.identify(moved, client).native_id == channel_id(other.number)  # the core compares it with who was pinned
    tube.network.suspend(US)
    with pytest.raises(AccountUnavailable, match="no channel"):
        youtube.identify(entry, tube.client(key=KEY))


def test_the_channel_is_asked_for_once_a_capture(tube: Tube) -> None:
    tube.video("Ice")
    entry = tube.account()
    tube.between.asked.clear()
    exchanges = list(youtube.fetch(entry, RECENT, tube.client()))
    totals = youtube.totals(entry, tube.client())
    assert not tube.asked("channels")
    assert totals is not None
    assert totals.kinds == {"own": 1}
    assert exchanges[0].context["account"] == entry.known.native_id


def test_of_several_channels_in_one_answer_the_account_s_own_is_counted(tube: Tube) -> None:
    tube.video("Ice")
    entry = tube.account()
    answer = entry.known.exchange
    assert answer is not None
    told = json.loads(answer.body)
    [channel] = told["items"]
    other = {**channel, "id": "UCother", "statistics": {"videoCount": "9"}}
    several = [replace(answer, body=json.dumps({**told, "items": some}).encode()) for some in ([other, channel], [other], [])]
    known = [entry.identified(replace(entry.known, exchange=one)) for one in several]
    totals = youtube.totals(known[0], tube.client())
    assert totals is not None
    assert totals.kinds == {"own": 1}
    for one in known[1:]:
        with pytest.raises(UnexpectedResponse, match="must stand in it once"):
            youtube.totals(one, tube.client())


def test_secrets_stand_in_headers_only(tube: Tube) -> None:
    conversation(tube)
    for secrets, sent in (({"token": TOKEN, "key": KEY}, {"Authorization": f"Bearer {TOKEN}"}), ({"key": KEY}, {"X-Goog-Api-Key": KEY})):
        client = Scripted([Answer({"kind": "youtube#channelListResponse"})], secrets)
        with pytest.raises(AccountUnavailable):
            youtube.identify(account("youtube", "https://www.youtube.com/@x"), client)
        assert client.sent == [sent]
    tube.exchanges()
    assert not [url for url in tube.between.asked if TOKEN in url or KEY in url]
    with pytest.raises(Blocked, match="without a key or a token"):
        youtube.identify(account("youtube", "https://www.youtube.com/@x"), Scripted([]))


def test_a_token_is_renewed_and_a_consent_exchanged(tube: Tube) -> None:
    tube.network.grant("youtube", "the-apps-secret", "", kind="app", user="our-app")
    tube.network.grant("youtube", "the-refresh-token", US, kind="refresh", scopes=[FORCE])
    held = {"refresh_token": "the-refresh-token", "client_id": "our-app", "client_secret": "the-apps-secret"}
    client, entry = tube.client(**held), tube.account()
    fresh = youtube.renew(entry, client)
    assert set(fresh.values) == {"token"}
    assert fresh.expires_at is not None
    tube.video("Ice", visibility="private")
    assert "Ice" in tube.texts(token=fresh.values["token"])
    challenge = urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    tube.network.grant("youtube", "code", US, kind="code", scopes=[FORCE], bound=f"http://localhost/ {challenge}")
    told = youtube.consented(entry, client, Code("code", "verifier", "http://localhost/"))
    assert set(told.values) == {"token", "refresh_token"}
    assert "Ice" in tube.texts(token=told.values["token"])
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.consented(entry, client, Code("code", "verifier", "http://localhost/"))
    tube.network.expire_token("youtube", secret="the-refresh-token")
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.renew(entry, client)
    assert _tokens(replace(entry, api_url=None)) == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/@district",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=AAAAAAAAAAA",
        "https://elsewhere.example/watch?v=AAAAAAAAAAA",
        "https://youtu.be/",
        "http://[",
        "",
        "theirs",
    ],
)
def test_another_address_is_none_of_a_video_of_ours(tube: Tube, address: str) -> None:
    theirs = tube.network.publish(ANA, "x", title="Theirs")
    with pytest.raises(UsageError):
        tube.records(Window("one", url=address if address != "theirs" else f"https://youtu.be/{tube.id(theirs)}"))
