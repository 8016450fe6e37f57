"""A complete TikTok account in a real archive.

The cases are short pages, repeated comments, private videos, and tokens that last a day.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import TIKTOK_DISTRICT, TIKTOK_SECRET
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.http.client import HttpClient
from recordroom.errors import TokenExpired
from recordroom.platforms import tiktok
from recordroom.platforms.tiktok.platform import SCOPES
from tests.archives import TestArchive, make
from tests.capture.stage import is_sound
from tests.platforms.scripted import account
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME, US, ANA = "clips", "tiktok/district", "tiktok/ana"
API, TOKEN = "http://api.test", "the-accounts-own-token"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def network() -> Network:
    network = Network(NOW - timedelta(days=1))
    network.place("tiktok", "TikTok", host="www.tiktok.com")
    for key in (US, ANA):
        network.account(key, key.rpartition("/")[2].title(), staff=key == US)
    network.grant("tiktok", TOKEN, US, scopes=list(SCOPES))
    return network


@pytest.fixture
def archive(
    s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN, "user": open_id(US)})
    entry = {"id": NAME, "platform": "tiktok", "url": "https://www.tiktok.com/@district", "api_url": API}
    return make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "tiktok")))


def clip(network: Network, text: str) -> Post:
    return network.publish(
        US, text, video=Video(9), photos=[network.photo("tiktok", text, width=48, height=64)]
    )


def status_of(archive: TestArchive) -> dict[str, str]:
    """Return text -> status of its last row."""
    return {row["text"]: row["status"] for row in archive.rows(NAME) if row["kind"] != "profile"}


def gaps(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


@pytest.mark.parametrize("hidden", [0, 2, 3])
def test_hidden_answers_take_no_other_answers_place(
    archive: TestArchive, network: Network, hidden: int
) -> None:
    """Three replies are shown with a comment, and the count leaves out the hidden one at any position."""
    asked = network.comment(ANA, clip(network, "Snow"), "And the buses?")
    answers = [network.comment(US, asked, f"Answer {number}") for number in range(4)]
    network.hide(answers[hidden])
    outcome = archive.capture(NAME)
    assert (outcome.failure, gaps(archive)) == (None, [])
    statuses = status_of(archive)
    assert [statuses[f"Answer {number}"] for number in range(4)] == [
        "hidden" if number == hidden else "visible" for number in range(4)
    ]


def test_the_demonstrations_account_is_captured_whole_and_once_and_without_its_token(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tell(NOW - timedelta(days=3))
    play(network)
    monkeypatch.setattr(
        tokens, "resolve", lambda *_: {"token": TIKTOK_SECRET, "user": open_id(TIKTOK_DISTRICT)}
    )
    entry = {"id": NAME, "platform": "tiktok", "url": "https://www.tiktok.com/@cascadevalley", "api_url": API}
    archive = make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "tiktok")))
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    for kind in (None, "full"):  # the addresses of covers are other ones each time
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    told = [
        post
        for post in network.posts.values()
        if post.where == "tiktok" and post.status in ("visible", "hidden")
    ]
    rows = [row for row in archive.rows(NAME) if row["kind"] != "profile"]
    assert len({row["record_id"] for row in rows}) == len(told) > 20
    assert {row["status"] for row in rows} == {"visible", "hidden"}
    files = [media for row in rows for media in row["media"]]
    assert {media["missing_reason"] for media in files} == {None, "TikTok gives no address of the file"}
    assert all(media["sha256"] for media in files if media["missing_reason"] is None)
    assert network.invalid == []
    evidence = b"".join(
        gzip.decompress(archive.archive.get(part["key"]))
        for one in archive.manifests(NAME)
        for part in one.body.get("evidence", ())
    )
    assert b"/business/comment/list/" in evidence
    assert TIKTOK_SECRET.encode() not in evidence
    assert is_sound(s3, buckets, tmp_path)


def test_more_comments_than_tiktok_keeps_in_order(archive: TestArchive, network: Network) -> None:
    video = clip(network, "Snow day")
    with network.at_once():
        for number in range(540):
            network.comment(ANA, video, f"Comment {number}")
    first = archive.capture(NAME)
    assert (first.failure, first.gaps) == (None, [])
    assert first.new == 2 + 540
    again = archive.capture(NAME, "full")
    assert (again.new, again.changed, again.absent, again.gaps) == (0, 0, 0, [])


def test_a_private_video_is_out_of_sight_with_all_that_was_said_below_it(
    archive: TestArchive, network: Network
) -> None:
    video, other = clip(network, "Snow day"), clip(network, "Art walk")
    network.comment(ANA, network.comment(ANA, video, "When?"), "At eight")
    network.comment(ANA, other, "Nice")
    archive.capture(NAME)
    network.hold(video)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent) == (None, 3)
    unseen = dict.fromkeys(("Snow day", "When?", "At eight"), "unavailable")
    assert status_of(archive) == {**unseen, "Art walk": "visible", "Nice": "visible"}
    network.restore(video)
    archive.capture(NAME)
    assert set(status_of(archive).values()) == {"visible"}
    assert gaps(archive) == []


def test_comments_that_are_switched_off_are_out_of_sight(archive: TestArchive, network: Network) -> None:
    video = clip(network, "Snow day")
    network.comment(ANA, video, "When?")
    archive.capture(NAME)
    network.switch_comments(video)
    assert archive.capture(NAME).failure is None
    assert status_of(archive) == {"Snow day": "visible", "When?": "unavailable"}
    network.switch_comments(video, off=False)
    archive.capture(NAME)
    assert set(status_of(archive).values()) == {"visible"}


def test_a_token_of_another_account_captures_nothing(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip(network, "Snow day")
    archive.capture(NAME)
    network.grant("tiktok", "another-accounts-token", ANA, scopes=list(SCOPES))
    monkeypatch.setattr(
        tokens, "resolve", lambda *_: {"token": "another-accounts-token", "user": open_id(ANA)}
    )
    outcome = archive.capture(NAME, "full")
    assert "belongs to @ana" in str(outcome.failure)
    assert set(status_of(archive).values()) == {"visible"}


def test_a_permission_that_was_not_consented_to_is_named(archive: TestArchive, network: Network) -> None:
    network.comment(ANA, clip(network, "Snow day"), "When?")
    archive.capture(NAME)
    network.tokens[0].scopes.remove("comment.list")
    outcome = archive.capture(NAME, "full")
    assert "comment.list" in str(outcome.failure)
    assert outcome.absent == 0
    assert gaps(archive) == ["capture-failed: Blocked (whole account)"]


def test_a_token_is_made_anew_with_one_that_is_spent_by_use(network: Network) -> None:
    network.grant("tiktok", "the-applications-secret", "", kind="app", user="app")
    network.grant(
        "tiktok", "the-first-refresh-token", US, kind="refresh", expires=network.now() + timedelta(days=365)
    )
    transport = httpx.WSGITransport(create_app(network, "tiktok"))
    client = HttpClient(contact="a@b.example", limit=10**6, transport=transport)
    clips = account("tiktok", "https://www.tiktok.com/@district", api_url=API)
    held = {
        "client_id": "app",
        "client_secret": "the-applications-secret",
        "refresh_token": "the-first-refresh-token",
    }
    client.authorize(held)
    fresh = tiktok.renew(clips, client)
    assert fresh.expires_at
    assert fresh.consent_until
    client.authorize(held | dict(fresh.values))
    assert tiktok.identify(clips, client).native_id == fresh.values["user"] == open_id(US)
    client.authorize(held)
    with pytest.raises(TokenExpired):
        tiktok.renew(clips, client)


@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope.startswith("user.info.")])
def test_without_a_scope_for_the_profile_the_videos_are_captured_and_it_is_a_gap(
    archive: TestArchive, network: Network, scope: str
) -> None:
    video = clip(network, "Closed today")
    network.comment(ANA, video, "And the buses?")
    archive.capture(NAME)
    network.withdraw("tiktok", scope)
    clip(network, "Open again")
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent, outcome.changed) == (None, 0, 0)
    assert status_of(archive) == dict.fromkeys(("Closed today", "And the buses?", "Open again"), "visible")
    assert gaps(archive) == ["platform-limit", "platform-limit (whole account)"]
    [words] = {gap.detail for gap in Gaps(archive.archive).open_now([NAME])}
    assert words.startswith("TikTok does not give the account's profile (")
    assert len([row for row in archive.rows(NAME) if row["kind"] == "profile"]) == 1
    assert bool(archive.manifests(NAME)[-1].body["completeness"]["kinds"]) is (
        scope not in ("user.info.stats", "user.info.username")
    )
    network.withdraw("tiktok", scope, withdrawn=False)
    assert (archive.capture(NAME, "full").failure, gaps(archive)) == (None, [])


def test_a_first_capture_asks_whose_token_it_is(archive: TestArchive, network: Network) -> None:
    network.withdraw("tiktok", "user.info.username")
    assert "code 40001" in str(archive.capture(NAME).failure)
    network.withdraw("tiktok", "user.info.username", withdrawn=False)
    network.withdraw("tiktok", "user.info.profile")
    clip(network, "Closed today")
    assert (archive.capture(NAME).failure, status_of(archive)) == (None, {"Closed today": "visible"})
