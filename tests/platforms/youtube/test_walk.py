"""Requests to YouTube: windows and their cost, the identity of the channel, and permalinks."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from infra.sandbox.faces.youtube.ids import channel_id
from infra.sandbox.model import Account as Channel
from infra.sandbox.model import Video
from recordroom.errors import AccountUnavailable, Blocked, TokenExpired, UnexpectedResponse, UsageError
from recordroom.platforms import youtube
from recordroom.platforms.contract import ConsentCode, Window
from recordroom.platforms.youtube.api import tokens_at
from tests.capture.everywhere.stages import SECRET
from tests.platforms.contract.sandbox import START, Sandbox
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.youtube.channel import (
    FORCE,
    KEY,
    RECENT,
    WINDOWS,
    converse,
    fetch,
    publish_video,
    read_by_id,
    read_by_text,
    requests_of,
    use_secrets,
)

PLATFORM = "youtube"

# -- windows, cost
# ------------------------------------------------------------------------------------------------------------


def units(sandbox: Sandbox) -> int:
    """Return the units of the requests so far, as YouTube counts them."""
    return sandbox.network.usage["youtube", "project"][1]


def spent(sandbox: Sandbox, window: Window, **secrets: str) -> int:
    entry, client = sandbox.identify(), use_secrets(sandbox, **secrets)
    before = units(sandbox)
    youtube.identify(entry, client)
    list(youtube.fetch(entry, window, client))
    youtube.totals(entry, client)
    return units(sandbox) - before


def test_capture_costs_the_documented_number_of_units(sandbox: Sandbox) -> None:
    """A capture of the last days costs these requests.

    They are the channel, a page of uploads, its videos, the threads of the channel, two lists of comments
    that await moderation, and one for each thread with more replies than it holds.
    """
    for number in range(60):
        converse(sandbox, f"Old {number}", days=40 + number, answers=1)
    assert spent(sandbox, RECENT) == 5  # no new video, so none is requested
    for number in range(12):
        converse(sandbox, f"New {number}", days=number, answers=6 if number < 3 else 0)
    assert spent(sandbox, RECENT) == 6 + 3
    assert spent(sandbox, RECENT, key=KEY) == 4 + 3
    assert spent(sandbox, Window("full")) == 1 + 2 + 2 + 72 + 2 + 3


@pytest.mark.parametrize("window", [Window("full"), Window("recent", since=START - timedelta(days=300))])
def test_empty_page_of_uploads_does_not_end_the_list(sandbox: Sandbox, window: Window) -> None:
    for number in range(120):
        publish_video(sandbox, f"Film {number}", days=number)

    def emptied(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        told = json.loads(real().read())
        return httpx.Response(200, json=told if "pageToken" in str(request.url) else {**told, "items": []})

    with sandbox.transport.meanwhile("playlistItems", emptied):
        found = read_by_text(sandbox, window)
    assert {f"Film {number}" for number in range(50, 120)} <= set(found)


def test_recent_window_reads_new_comments_on_old_videos(sandbox: Sandbox) -> None:
    old = converse(sandbox, "Old", days=90)
    for number in range(130):
        converse(sandbox, f"Day {number}", days=31 + number / 10, answers=0)
    new = converse(sandbox, "New", days=2)
    sandbox.network.comment(sandbox.others[0], old, "Is this still so?", at=START - timedelta(minutes=5))
    found = read_by_text(sandbox, RECENT)
    assert {"New", "When, New?", "Thanks for New.", "Is this still so?"} <= set(found)
    assert found["Is this still so?"].root_id == f"youtube:{sandbox.named(old)}"
    assert "Old" not in found
    assert len(requests_of(sandbox, "playlistItems")) == 1
    assert len(requests_of(sandbox, "videos")) == 1
    assert not requests_of(sandbox, "commentThreads", videoId=sandbox.named(new))


def test_comments_that_the_channel_list_omits_are_read_from_their_video(sandbox: Sandbox) -> None:
    video, other = converse(sandbox), converse(sandbox, "Other")

    def without(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        body = json.loads(real().read())
        body["items"] = [one for one in body["items"] if one["snippet"]["videoId"] != sandbox.named(video)]
        return httpx.Response(200, json=body)

    with sandbox.transport.meanwhile("allThreadsRelatedToChannelId", without):
        found = read_by_text(sandbox, RECENT, key=KEY)
    assert {"When, Closed?", "Answer 0 to Closed", "When, Other?"} <= set(found)
    assert [one["videoId"] for one in requests_of(sandbox, "commentThreads") if "videoId" in one] == [
        sandbox.named(video)
    ]
    assert sandbox.named(other) in read_by_id(sandbox, RECENT)


def test_list_is_read_again_from_the_start_when_its_page_token_has_expired(sandbox: Sandbox) -> None:
    for number in range(60):
        publish_video(sandbox, f"Video {number}")
    entry = sandbox.identify()
    second = list(youtube.fetch(entry, Window("history"), sandbox.client))[1]
    todo = json.loads(second.cursor or "")
    assert todo["page"]
    stale = json.dumps({**todo, "page": "CAoQAA"})
    found = {
        r.title
        for e in youtube.fetch(entry, Window("history", cursor=stale), sandbox.client)
        for r in youtube.parse(e)
    }
    assert len(found) == 60


def test_new_uploads_during_a_fetch_hide_no_video(sandbox: Sandbox) -> None:
    for number in range(120):
        publish_video(sandbox, f"Video {number}", days=1)
    found: set[str | None] = set()
    for number, exchange in enumerate(youtube.fetch(sandbox.identify(), Window("full"), sandbox.client)):
        found |= {r.title for r in youtube.parse(exchange) if r.kind == "post"}
        if number < 3:
            publish_video(sandbox, f"Meanwhile {number}")
    assert {f"Video {number}" for number in range(120)} <= found


def test_channel_without_videos_has_no_list_of_uploads(sandbox: Sandbox) -> None:
    missing = {
        "code": 404,
        "message": "x",
        "errors": [{"reason": "playlistNotFound", "domain": "youtube.playlistItem", "message": "x"}],
    }

    def gone(_request: httpx.Request, _real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(404, json={"error": missing})

    with sandbox.transport.meanwhile("playlistItems", gone):
        assert [r.kind for r in read_by_id(sandbox).values()] == ["profile"]
        publish_video(sandbox, "There is one")
        with pytest.raises(AccountUnavailable, match="playlistNotFound"):
            read_by_id(sandbox)


def test_missing_live_chat_of_a_broadcast_is_reported(sandbox: Sandbox) -> None:
    begin = START - timedelta(days=3)
    live = publish_video(
        sandbox,
        "Board",
        days=4,
        video=Video(60, scheduled=begin, started=begin, ended=begin + timedelta(minutes=1)),
    )
    publish_video(sandbox, "To come", video=Video(0, scheduled=START + timedelta(days=1)))
    for window in WINDOWS:
        [words] = {e.context["short"] for e in fetch(sandbox, window) if "short" in e.context}
        assert "live chat of 1 broadcast (first: " in words
        assert sandbox.named(live) in words
    sandbox.network.remove(live)
    assert not [e for e in fetch(sandbox) if "short" in e.context]


# -- identity and counts
# ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["@district", "@District/", "@district/videos", "district", "c/district", "channel/{id}"]
)
def test_channel_is_found_by_its_address(sandbox: Sandbox, address: str) -> None:
    native = channel_id(sandbox.network.accounts[sandbox.us].number)
    entry = account(
        "youtube", f"https://www.youtube.com/{address.format(id=native)}", api_url="http://tube.test"
    )
    identity = youtube.identify(entry, use_secrets(sandbox, key=KEY))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (
        native,
        "youtube.com",
        "District",
        "district",
    )


def test_old_user_address_is_looked_up_as_a_user_name() -> None:
    client = Scripted([Answer({"kind": "youtube#channelListResponse"})], {"key": KEY})
    with pytest.raises(AccountUnavailable, match="no channel fircrest"):
        youtube.identify(account("youtube", "https://www.youtube.com/user/fircrest"), client)
    assert "forUsername=fircrest" in client.asked[0]


def test_renamed_channel_is_followed_and_another_channel_is_recognized(sandbox: Sandbox) -> None:
    entry, client = sandbox.identify(), sandbox.client
    sandbox.network.rename(sandbox.us, handle="district-2", name="The New District")
    assert youtube.identify(entry, client).handle == "district-2"
    with pytest.raises(AccountUnavailable):
        youtube.identify(replace(entry, identity=None), client)
    other: Channel = sandbox.network.accounts[sandbox.others[0]]
    moved = replace(entry, url=f"https://www.youtube.com/channel/{channel_id(other.number)}")
    # the core compares it with the pinned identity
    assert youtube.identify(moved, client).native_id == channel_id(other.number)
    sandbox.network.suspend(sandbox.us)
    with pytest.raises(AccountUnavailable, match="no channel"):
        youtube.identify(entry, use_secrets(sandbox, key=KEY))


def test_channel_is_requested_once_per_capture(sandbox: Sandbox) -> None:
    publish_video(sandbox, "Ice")
    entry = sandbox.identify()
    sandbox.transport.asked.clear()
    exchanges = list(youtube.fetch(entry, RECENT, sandbox.client))
    totals = youtube.totals(entry, sandbox.client)
    assert not requests_of(sandbox, "channels")
    assert totals is not None
    assert totals.kinds == {"own": 1}
    assert exchanges[0].context["account"] == entry.known.native_id


def test_totals_count_the_account_among_several_channels(sandbox: Sandbox) -> None:
    publish_video(sandbox, "Ice")
    entry = sandbox.identify()
    answer = entry.known.exchange
    assert answer is not None
    told = json.loads(answer.body)
    [channel] = told["items"]
    other = {**channel, "id": "UCother", "statistics": {"videoCount": "9"}}
    several = [
        replace(answer, body=json.dumps({**told, "items": some}).encode())
        for some in ([other, channel], [other], [])
    ]
    known = [entry.with_identity(replace(entry.known, exchange=one)) for one in several]
    totals = youtube.totals(known[0], sandbox.client)
    assert totals is not None
    assert totals.kinds == {"own": 1}
    for one in known[1:]:
        with pytest.raises(UnexpectedResponse, match=r"must contain the channel .* once"):
            youtube.totals(one, sandbox.client)


def test_secrets_are_sent_in_headers_only(sandbox: Sandbox) -> None:
    converse(sandbox)
    for secrets, sent in (
        ({"token": SECRET, "key": KEY}, {"Authorization": f"Bearer {SECRET}"}),
        ({"key": KEY}, {"X-Goog-Api-Key": KEY}),
    ):
        client = Scripted([Answer({"kind": "youtube#channelListResponse"})], secrets)
        with pytest.raises(AccountUnavailable):
            youtube.identify(account("youtube", "https://www.youtube.com/@x"), client)
        assert client.sent == [sent]
    fetch(sandbox)
    assert not [url for url in sandbox.transport.asked if SECRET in url or KEY in url]
    with pytest.raises(Blocked, match="without a key or a token"):
        youtube.identify(account("youtube", "https://www.youtube.com/@x"), Scripted([]))


def test_token_is_renewed_and_consent_is_exchanged(sandbox: Sandbox) -> None:
    sandbox.network.grant("youtube", "the-apps-secret", "", kind="app", user="our-app")
    sandbox.network.grant("youtube", "the-refresh-token", sandbox.us, kind="refresh", scopes=[FORCE])
    held = {"refresh_token": "the-refresh-token", "client_id": "our-app", "client_secret": "the-apps-secret"}
    entry, client = sandbox.identify(), use_secrets(sandbox, **held)
    fresh = youtube.renew(entry, client)
    assert set(fresh.values) == {"token"}
    assert fresh.expires_at is not None
    publish_video(sandbox, "Ice", visibility="private")
    assert "Ice" in read_by_text(sandbox, token=fresh.values["token"])
    challenge = urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    sandbox.network.grant(
        "youtube", "code", sandbox.us, kind="code", scopes=[FORCE], bound=f"http://localhost/ {challenge}"
    )
    told = youtube.consented(
        entry, use_secrets(sandbox, **held), ConsentCode("code", "verifier", "http://localhost/")
    )
    assert set(told.values) == {"token", "refresh_token"}
    assert "Ice" in read_by_text(sandbox, token=told.values["token"])
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.consented(
            entry, use_secrets(sandbox, **held), ConsentCode("code", "verifier", "http://localhost/")
        )
    sandbox.network.expire_token("youtube", secret="the-refresh-token")
    with pytest.raises(TokenExpired, match="invalid_grant"):
        youtube.renew(entry, client)
    assert tokens_at(replace(entry, api_url=None)) == "https://oauth2.googleapis.com/token"


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=AAAAAAAAAAA",
        "https://elsewhere.example/watch?v=AAAAAAAAAAA",
        "https://youtu.be/",
        "theirs",
    ],
)
def test_address_of_no_video_of_the_channel_is_refused(sandbox: Sandbox, address: str) -> None:
    theirs = sandbox.network.publish(sandbox.others[0], "x", title="Theirs")
    with pytest.raises(UsageError):
        read_by_id(
            sandbox,
            Window(
                "one", url=address if address != "theirs" else f"https://youtu.be/{sandbox.named(theirs)}"
            ),
        )
