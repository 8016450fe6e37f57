"""A complete YouTube channel in a real archive.

The cases are its quota, comments that await moderation or are switched off, captions, and chats.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.faces.youtube.entities import WHERE, Entities
from infra.sandbox.faces.youtube.ids import comment_number
from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.model import ZONE
from recordroom.platforms import youtube
from recordroom.platforms.youtube.api import QUOTA_ZONE
from recordroom.register.models import MASS_ABSENCE
from tests.archives import TestArchive, make, register_of
from tests.clock import standing
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME, US, ANA, BO = "channel", "youtube/district", "youtube/ana", "youtube/bo"
TOKEN, KEY = "the-owners-token", "the-projects-key"
DAY = timedelta(days=1)


@pytest.fixture
def network() -> Network:
    network = Network(datetime.now(UTC).replace(microsecond=0) - DAY)
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), staff=key == US)
    network.grant("youtube", KEY, "")
    network.grant("youtube", TOKEN, US, scopes=["https://www.googleapis.com/auth/youtube.force-ssl"])
    return network


@pytest.fixture
def archive(
    s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> TestArchive:
    using(monkeypatch, token=TOKEN)
    entry = {
        "id": NAME,
        "platform": "youtube",
        "url": "https://www.youtube.com/@district",
        "api_url": "http://tube.test",
    }
    return make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "youtube")))


def using(monkeypatch: pytest.MonkeyPatch, **secrets: str) -> None:
    monkeypatch.setattr(tokens, "resolve", lambda *_: secrets)


def conversation(network: Network, title: str, answers: int = 2) -> tuple[Post, Post]:
    video = network.publish(US, f"About {title}", title=title, video=Video(60))
    asked = network.comment(ANA, video, f"When, {title}?")
    for number in range(answers):
        network.comment((BO, US)[number % 2], asked, f"Answer {number} to {title}")
    return video, asked


def told(archive: TestArchive) -> dict[str, list[str]]:
    """Return text (a video's title) -> statuses, in order."""
    found: dict[str, list[str]] = {}
    for row in archive.rows(NAME):
        if row["kind"] != "profile":
            found.setdefault(row["title"] or row["text"], []).append(row["status"])
    return found


def reasons(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


def test_a_long_thread_is_held_whole_and_equals_what_youtube_counts(
    archive: TestArchive, network: Network
) -> None:
    conversation(network, "Long", answers=230)
    conversation(network, "Short", answers=0)
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps, first.new) == (None, {}, [], 1 + 2 + 2 + 230)
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    last = archive.manifests(NAME)[-1].body["completeness"]
    assert last["answers"]["differ"] == 0
    assert last["kinds"] == [{"kind": "own", "platform": 2, "ours": 2, "why": "equal"}]


def test_a_quota_that_ends_in_the_middle_goes_on_after_midnight(
    archive: TestArchive, network: Network
) -> None:
    for number in range(6):
        conversation(network, f"Video {number}", answers=8)
    network.quota("youtube", 8)
    first = archive.capture(NAME)
    assert first.failure is None
    assert first.not_before is not None
    midnight = first.not_before.astimezone(QUOTA_ZONE)
    assert (midnight.hour, midnight.minute, midnight > datetime.now(UTC)) == (0, 0, True)
    held = len(archive.rows(NAME))
    assert 7 < held < 1 + 6 * 10
    network.wait(hours=24)
    network.quota("youtube", 100)
    second = archive.capture(NAME, "history")
    assert (second.failure, second.not_before, second.new) == (None, None, 1 + 6 * 10 - held)
    assert archive.capture(NAME, "full").changed == 0


def test_comments_that_are_held_let_through_or_rejected(archive: TestArchive, network: Network) -> None:
    _, asked = conversation(network, "Ice")
    answer = next(post for post in network.posts.values() if post.now.text == "Answer 0 to Ice")
    archive.capture(NAME)
    network.hold(answer)
    network.comment(ANA, network.posts[asked.root or ""], "Cheap tires")
    spam = next(post for post in network.posts.values() if post.now.text == "Cheap tires")
    network.spam(spam)
    archive.capture(NAME)
    network.restore(answer)
    network.hide(spam)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.gaps) == (None, [])
    assert told(archive)["Answer 0 to Ice"] == ["visible", "held", "visible"]
    assert told(archive)["Cheap tires"] == ["spam", "unavailable"]
    reason = [row["status_reason"] for row in archive.rows(NAME) if row["status"] == "unavailable"]
    assert reason == [
        "deleted or rejected; YouTube does not say which, or by whom; it is not awaiting review and not marked as spam"
    ]


def test_a_held_answer_that_its_list_has_no_room_for_is_held_still(
    archive: TestArchive, network: Network
) -> None:
    """Five replies are shown with a comment; a lookup by ID gives a record without its status."""
    _, asked = conversation(network, "Ice", answers=0)
    waiting = [network.comment(BO, asked, f"Answer {number}", status="held") for number in range(3)]
    archive.capture(NAME)
    assert reasons(archive) == []
    waiting += [network.comment(BO, asked, f"Answer {number}", status="held") for number in range(3, 8)]
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert set(reasons(archive)) == {"platform-limit", "platform-limit (whole account)"}, (
        "a reply that came with five others at once would be missing"
    )
    assert {words: statuses for words, statuses in told(archive).items() if words.startswith("Answer")} == {
        f"Answer {number}": ["held"] for number in range(8)
    }
    network.edit(waiting[0], "Answer 0, again")
    archive.capture(NAME, "full")
    [row] = [row for row in archive.rows(NAME) if row["text"] == "Answer 0, again"]
    assert (row["status"], row["changed"]) == ("held", ["text"])
    for answer in waiting:
        network.restore(answer)
    archive.capture(NAME, "full")
    assert told(archive)["Answer 1"] == ["held", "visible"]
    assert reasons(archive) == []


def test_a_key_sees_less_and_the_words_say_so(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(monkeypatch, key=KEY)
    _, asked = conversation(network, "Ice", answers=0)
    archive.capture(NAME)
    network.hold(asked)
    archive.capture(NAME)
    assert told(archive)["When, Ice?"] == ["visible", "unavailable"]
    [reason] = [row["status_reason"] for row in archive.rows(NAME) if row["status"] == "unavailable"]
    assert "held for review, or marked as spam" in reason
    using(monkeypatch, token=TOKEN)
    archive.capture(NAME, "full")
    assert told(archive)["When, Ice?"] == ["visible", "unavailable", "held"]


def test_comments_that_are_switched_off_are_hidden_until_they_are_back(
    archive: TestArchive, network: Network
) -> None:
    video, _ = conversation(network, "Ice")
    conversation(network, "Other", answers=70)  # otherwise three that vanish are too many to be believed
    archive.capture(NAME)
    network.switch_comments(video)
    assert archive.capture(NAME).absent == 3
    assert archive.capture(NAME, "full").absent == 0
    network.switch_comments(video, off=False)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.changed) == (None, 3)
    assert told(archive)["Answer 0 to Ice"] == ["visible", "hidden", "visible"]
    [row] = [r for r in archive.rows(NAME) if r["status"] == "hidden" and r["text"] == "Answer 0 to Ice"]
    assert (row["acted_by"], row["status_reason"]) == (
        "unknown",
        "commentsDisabled: on the whole video, by the channel or by YouTube",
    )


def test_comments_that_are_switched_off_are_hidden_where_an_answer_by_id_holds_them_all_the_same(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """YouTube's reference does not say whether a lookup by ID still has the comments."""
    video, _ = conversation(network, "Ice")
    conversation(network, "Other", answers=70)  # otherwise three that vanish are too many to be believed
    archive.capture(NAME)
    monkeypatch.setattr(
        Entities, "comment", lambda made, native: made.network.posts.get(f"{WHERE}/{comment_number(native)}")
    )
    network.switch_comments(video)
    assert archive.capture(NAME).changed == 3
    network.switch_comments(video, off=False)
    assert archive.capture(NAME).changed == 3
    assert told(archive)["Answer 0 to Ice"] == ["visible", "hidden", "visible"]
    [row] = [r for r in archive.rows(NAME) if r["status"] == "hidden" and r["text"] == "Answer 0 to Ice"]
    assert (row["acted_by"], row["status_reason"]) == (
        "unknown",
        "commentsDisabled: on the whole video, by the channel or by YouTube",
    )


def test_many_comments_that_are_switched_off_are_hidden_for_good_once_a_person_has_confirmed_it(
    archive: TestArchive, network: Network
) -> None:
    video, _ = conversation(network, "Ice", answers=24)
    _, asked = conversation(network, "Other", answers=0)
    archive.capture(NAME)
    network.switch_comments(video)
    assert archive.capture(NAME, "full").absent == 0
    assert reasons(archive) == [MASS_ABSENCE]
    [entry], today = archive.register.raw, datetime.now(ZONE).date().isoformat()
    archive.register = register_of(
        entry | {"explained": {MASS_ABSENCE: {"until": today, "why": "comments are switched off there"}}}
    )
    assert archive.capture(NAME, "full").absent == 25
    archive.register = register_of(entry)
    network.remove(asked)
    assert [(archive.capture(NAME, kind).absent, reasons(archive)) for kind in (None, "full", None)] == [
        (1, []),
        (0, []),
        (0, []),
    ]


def test_captions_come_with_the_sweep_and_stay(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, _ = conversation(network, "Ice")
    network.caption(video, "en", "Good morning")
    archive.capture(NAME)
    assert reasons(archive) == ["platform-limit (whole account)"]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed, reasons(archive)) == (None, 1, [])
    late, track = zip(
        *((row["changed"], row["media"][2]) for row in archive.rows(NAME) if len(row["media"]) == 3),
        strict=True,
    )
    assert late == (["media_bytes"],), "the archive was late, the video is as it was"
    [stored] = {m["sha256"] for m in track}
    assert b"Good morning" in archive.archive.get(f"media/sha256/{stored[:2]}/{stored}")
    for secrets in ({"token": TOKEN}, {"key": KEY}):
        using(monkeypatch, **secrets)
        for kind in (None, "full"):
            outcome = archive.capture(NAME, kind)
            assert (outcome.failure, outcome.changed, outcome.absent, outcome.gaps) == (None, 0, 0, [])


def test_captions_leave_the_day_what_it_needs(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a quota of 3,000 units, a sweep has 900 for the tracks of three videos."""
    quota, *others = youtube.PLATFORM.limits
    monkeypatch.setattr(
        youtube, "PLATFORM", replace(youtube.PLATFORM, limits=(replace(quota, value=3_000), *others))
    )
    network.quota("youtube", 3_000)
    for title in ("Ice", "Snow", "Sun"):
        video, _ = conversation(network, title)
        for language in ("en", "es"):
            network.caption(video, language, f"Good morning, {title}")
    came = []
    with standing(network.now):
        archive.capture(NAME)
        for _ in range(3):
            network.wait(hours=26)  # another day in California, whenever its clocks change
            assert archive.capture(NAME, "sweep").not_before is None
            spent = archive.manifests(NAME)[-1].body["spent"]["units"]
            assert spent == max(used for _, used in network.usage.values()) <= 1_000
            last = {row["record_id"]: row["media"][2:] for row in archive.rows(NAME)}
            came.append(sum(bool(track["sha256"]) for tracks in last.values() for track in tracks))
    assert (came[0], came[-1]) == (3, 6), "the others in other nights"


def test_captions_that_were_not_there_before_are_a_change_of_the_video(
    archive: TestArchive, network: Network
) -> None:
    video, _ = conversation(network, "Ice")
    archive.capture(NAME)
    network.caption(video, "en", "Good morning")
    archive.capture(NAME, "full")
    assert [row["changed"] for row in archive.rows(NAME) if row["title"] == "Ice"] == [[], ["media"]]


def test_a_live_chat_is_a_gap_while_its_broadcast_stands(archive: TestArchive, network: Network) -> None:
    begin = network.now() - timedelta(hours=3)
    film = Video(60, scheduled=begin, started=begin, ended=begin + timedelta(minutes=1))
    live = network.publish(US, "Agenda", title="Board", video=film)
    archive.capture(NAME)
    assert reasons(archive) == ["platform-limit (whole account)"]
    assert "live chat of 1 broadcast (first: " in Gaps(archive.archive).open_now([NAME])[0].detail
    network.remove(live)
    archive.capture(NAME, "full")
    assert reasons(archive) == []


def test_one_conversation_at_once_is_safe_to_moderate_without_the_film(
    archive: TestArchive, network: Network
) -> None:
    conversation(network, "Other")
    archive.capture(NAME)
    video, asked = conversation(network, "Heated", answers=9)
    network.comment(BO, video, "Look", photos=[network.photo("youtube", "A ditch")])
    network.caption(video, "en", "Good morning")
    url = f"https://www.youtube.com/watch?v={native_id(network, video)}&lc={native_id(network, asked)}"
    outcome, receipt = capture_conversation(archive.place, archive.register, archive.account(NAME), url)
    assert (outcome.failure, outcome.new) == (None, 12)
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 2, "reply": 9}, 3)
    assert receipt.lacking == []
    assert receipt.not_given == ["YouTube's API gives no video files"]
