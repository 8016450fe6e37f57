"""A Facebook Page captured whole: what its error 100, its renaming, its cut lists and its token do to a real archive."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture import tokens
from recordroom.capture.run import capture_one
from recordroom.model import ZONE
from recordroom.platforms.facebook import asking
from tests.archives import TestArchive, make, register_of
from tests.platforms.wall import BEN, ME, TOKEN, Transport, Wall, error
from tests.services import S3, Buckets

NAME = "page"
ENTRY = {"id": NAME, "platform": "facebook", "url": "https://www.facebook.com/FircrestSchools"}


@pytest.fixture
def wall() -> Wall:
    wall = Wall()
    for number in range(100, 110):
        post = wall.post(number)
        above = wall.comment(post, number + 50)
        wall.comment(post, number + 70, BEN, above)
    wall.posts["100_105"]["attachments"] = {"data": [wall.photo(7, alt_text_custom="A yellow bus"), wall.photo(8)]}
    return wall


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, wall: Wall, monkeypatch: pytest.MonkeyPatch) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN})
    return make(s3, buckets, tmp_path, ENTRY, transport=Transport(wall))


def current(archive: TestArchive) -> dict[str, str]:
    """native id -> status of its last row"""
    return {row["native_id"]: row["status"] for row in archive.rows(NAME)}


def test_a_page_is_captured_whole_and_once_and_without_its_token(archive: TestArchive) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 2 + 10 + 10 + 10
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, 0, 0, 0)
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == "100_105")
    assert [(m["identity"], m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [("7", "A yellow bus", True), ("8", None, True)]
    assert (post["counts"]["comments"], post["valid_from_source"]) == (1, "capture")
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"published_posts" in evidence
    assert TOKEN.encode() not in evidence
    assert TOKEN not in str([entry.body for entry in archive.manifests(NAME)])


def test_error_100_is_believed_only_while_the_page_itself_can_be_read(archive: TestArchive, wall: Wall) -> None:
    archive.capture(NAME)
    wall.gone = {"103_153"}
    wall.answers["/me"] = error(190, "Error validating access token", 460, 401)
    assert "error 190 (460)" in str(archive.capture(NAME, "full").failure)
    assert set(current(archive).values()) == {"visible"}
    del wall.answers["/me"]
    wall.holder = BEN  # a person's token: all comments seem to be gone
    assert "no Page" in str(archive.capture(NAME, "full").failure)
    assert set(current(archive).values()) == {"visible"}
    wall.holder = ME
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 1)
    assert {native for native, status in current(archive).items() if status != "visible"} == {"103_153"}
    [row] = (row for row in archive.rows(NAME) if row["status"] == "unavailable")
    assert (row["acted_by"], row["changed"]) == ("unknown", ["status"])
    wall.gone = set()
    assert archive.capture(NAME, "full").changed == 1
    assert set(current(archive).values()) == {"visible"}


def test_a_page_that_is_renamed_is_followed_and_another_one_is_not(archive: TestArchive, wall: Wall) -> None:
    archive.capture(NAME)
    wall.page |= {"name": "Fircrest School District", "username": "FircrestDistrict", "link": "https://www.facebook.com/FircrestDistrict"}
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    titles = [(row["title"], row["author_handle"]) for row in archive.rows(NAME) if row["native_id"] == ME]
    assert titles == [("Fircrest Schools", "FircrestSchools"), ("Fircrest School District", "FircrestDistrict")]
    assert archive.manifests(NAME)[-1].body["identity"]["handle"] == "FircrestDistrict"
    wall.page |= {"id": "101", "username": "FircrestSchools"}
    assert "101" in str(archive.capture(NAME, "full").failure)
    assert len(archive.rows(NAME)) == 33


def test_a_list_that_is_cut_short_is_a_gap_until_one_is_not(archive: TestArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    def reasons() -> list[str]:
        return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]

    monkeypatch.setattr(asking, "CUT_FROM", 10)
    archive.capture(NAME)
    assert reasons() == ["platform-limit (whole account)"]
    assert "gave 10 of 2026" in Gaps(archive.archive).open_now([NAME])[0].detail
    archive.capture(NAME)
    assert reasons() == ["platform-limit (whole account)"]
    monkeypatch.setattr(asking, "CUT_FROM", 11)
    archive.capture(NAME)
    assert reasons() == ["platform-limit (whole account)"]
    archive.capture(NAME, "full")
    assert reasons() == []


def test_a_limit_that_the_agency_explains_is_open_again_once_it_says_something_else(
    archive: TestArchive, wall: Wall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gaps() -> list[str]:
        return [gap.detail for gap in Gaps(archive.archive).open_now([NAME])]

    def explain(**words: Any) -> None:
        archive.register = register_of(ENTRY | ({"explained": {"platform-limit": words}} if words else {}))

    monkeypatch.setattr(asking, "CUT_FROM", 10)
    archive.capture(NAME)
    today = datetime.now(ZONE).date()
    explain(until=str(today - timedelta(days=1)), why="the Page's download was imported")
    archive.capture(NAME, "full")
    assert len(gaps()) == 1, "it was told after that day"
    explain(until=str(today), why="the Page's download was imported")
    for kind in (None, "full"):
        archive.capture(NAME, kind)
        assert bool(gaps()) is (kind is None), "the last days meet no limit, and say nothing of the whole account"
    wall.post(130)
    archive.capture(NAME, "full")
    assert gaps() == [], "a number is no news"
    wall.answers["/stories"] = error(200, "(#200) no", status=403)
    archive.capture(NAME, "full")
    [words] = gaps()
    assert "stories" in words
    del wall.answers["/stories"]
    archive.capture(NAME, "full")
    assert gaps() == []
    closed = [e.body["how"] for e in Ledger(archive.archive, "gap").entries() if e.type == "closed"]
    assert closed == ["the register says: the Page's download was imported"] * 2
    explain()
    archive.capture(NAME, "full")
    assert "11 of 2026" in gaps()[0], "nobody says so any more"


def test_a_conversation_at_which_facebook_fails_each_time_is_a_gap_and_keeps_nothing_else_away(archive: TestArchive, wall: Wall) -> None:
    """Nothing is concluded from it, and it is asked for again though nothing tells of anything new."""

    def gaps() -> list[str]:
        return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]

    archive.capture(NAME)
    fault = error(1, "An unknown error occurred", status=500)
    wall.answers["/100_109/comments"] = fault  # that of the newest post
    wall.comment("100_109", 200)
    wall.comment("100_101", 201)
    wall.comments["100_104"].pop()
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent, outcome.new) == (None, 1, 1)
    statuses = current(archive)
    assert (statuses["104_174"], statuses["109_159"], "101_201" in statuses, "109_200" in statuses) == (
        "unavailable",
        "visible",
        True,
        False,
    )
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"not_given": 1}
    [gap] = Gaps(archive.archive).open_now([NAME])
    assert gap.reason == "platform-limit (whole account)"
    assert gap.detail.startswith("1 conversation could not be read, and will be asked for again (first: facebook:100_109: GET")
    today = str(datetime.now(ZONE).date())
    archive.register = register_of(ENTRY | {"explained": {"platform-limit": {"until": today, "why": "the Page's download was imported"}}})
    assert archive.capture(NAME, "full").new == 0
    assert gaps() == ["platform-limit (whole account)"], "no word for the limits of lists was meant for it"
    one, _ = capture_one(archive.place, archive.register, archive.account(NAME), "https://www.facebook.com/100/posts/109")
    assert "error 1" in str(one.failure), "whoever wants to moderate it must know"
    assert gaps() == ["platform-limit (whole account)"]
    del wall.answers["/100_109/comments"]
    assert archive.capture(NAME, "sweep").new == 1
    assert "109_200" in current(archive)
    assert gaps() == []


def test_a_story_that_is_first_seen_when_its_day_is_over_was_never_there(archive: TestArchive, wall: Wall) -> None:
    """No capture ran on its day. `seen` of the manifest is the set that its chain says (archive-format 7.3), of which it is none."""
    archive.capture(NAME)
    archive.capture(NAME, "full")
    ago = datetime.now(UTC) - timedelta(days=3)
    story = wall.story(5, creation_time=ago.strftime("%Y-%m-%dT%H:%M:%S+0000"), status="ARCHIVED")
    for new in (1, 0):
        outcome = archive.capture(NAME, "full")
        assert (outcome.failure, outcome.new, outcome.absent) == (None, new, 0)
        assert archive.manifests(NAME)[-1].body["seen"]["count"] == 31, "which the verifiers count too"
    assert current(archive)[story] == "unavailable"


def test_a_reel_whose_post_nobody_is_given_is_gone_only_where_the_list_of_reels_says_so(archive: TestArchive, wall: Wall) -> None:
    """Its post is error 100 at any time. The list fails, or the reel itself must not be seen: nothing is concluded."""
    day = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    wall.reels = [{"id": "902"}]
    wall.videos["902"] = {"id": "902", "created_time": day, "description": "a reel", "source": "https://v.example/902.mp4"}
    archive.capture(NAME)
    archive.capture(NAME, "full")
    assert current(archive)["100_902"] == "visible"
    for refused, answer in (("/video_reels", error(2, "try again later")), ("/v26.0/902?", error(10, "(#10) no"))):
        wall.answers[refused] = answer
        for kind in (None, "full"):
            outcome = archive.capture(NAME, kind)
            assert (outcome.failure, outcome.absent) == (None, 0)
        assert current(archive)["100_902"] == "visible"
        del wall.answers[refused]
    wall.reels = []
    assert archive.capture(NAME, "full").absent == 1
    assert current(archive)["100_902"] == "unavailable"


def test_a_total_that_is_more_than_visible_posts_may_hold_the_hidden_ones(archive: TestArchive, wall: Wall) -> None:
    wall.posts["100_105"]["is_hidden"] = True
    assert archive.capture(NAME).failure is None
    [told] = [gap.detail for gap in Gaps(archive.archive).open_now([NAME])]
    assert told == (
        "the platform counts 1 more than we hold: 1 of 10 (own), unless it counts those that are not visible: 1 is held here as hidden, "
        "held, spam or trashed, and it does not say"
    )


def test_a_reel_whose_post_facebook_fails_to_give_is_no_other_record(archive: TestArchive, wall: Wall) -> None:
    """Its video, to which the list of reels leads, has another title, author and audience than the post."""
    day = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    wall.post(902, created_time=day, story="Fircrest posted a reel", privacy={"value": "EVERYONE"})
    wall.nowhere = {"100_902"}
    wall.reels = [{"id": "77", "post_id": "100_902"}]
    wall.videos["77"] = {"id": "77", "created_time": day, "description": "post 902", "source": "https://v.example/77.mp4"}
    archive.capture(NAME)
    wall.answers["/v26.0/100_902?"] = error(1, "An unknown error occurred", status=500)
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.changed, outcome.absent) == (None, 0, 0)
    assert {gap.reason.partition(" ")[0] for gap in Gaps(archive.archive).open_now([NAME])} == {"platform-limit"}
    wall.answers.clear()
    assert archive.capture(NAME, "full").changed == 0
    assert [row["title"] for row in archive.rows(NAME) if row["native_id"] == "100_902"] == ["Fircrest posted a reel"]


def test_stories_that_are_refused_take_nothing_else_along(archive: TestArchive, wall: Wall) -> None:
    """Also where one is held that nobody can be asked about then."""
    ago = datetime.now(UTC) - timedelta(hours=3)
    story = wall.story(5, creation_time=ago.strftime("%Y-%m-%dT%H:%M:%S+0000"))
    archive.capture(NAME)
    archive.capture(NAME)
    wall.answers["/stories"] = error(200, "(#200) no", status=403)
    wall.post(120)
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert {"100_120", story} <= current(archive).keys()
    assert current(archive)[story] == "visible"
    assert any(reason.startswith("platform-limit") for reason in (g.reason for g in Gaps(archive.archive).open_now([NAME])))
    del wall.answers["/stories"]
    assert archive.capture(NAME, "full").failure is None
