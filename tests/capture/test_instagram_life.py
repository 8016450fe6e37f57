"""An Instagram account captured whole: what stories that end, a lost permission, a renaming and comments that nobody is shown do to a real
archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from recordroom.archive.gaps import Gaps
from recordroom.capture import tokens
from recordroom.capture.run import capture_one
from recordroom.platforms import instagram
from tests.archives import TestArchive, make
from tests.capture.stage import is_sound
from tests.clock import standing
from tests.platforms.gallery import BEN, ME, SIGNED, Gallery, Transport
from tests.platforms.wall import START, error
from tests.services import S3, Buckets

NAME = "gallery"
TODAY, BEGAN = START + timedelta(days=26), datetime.now(UTC)


def now() -> datetime:
    """In the month of the gallery's posts, whatever the day is now."""
    return TODAY + (datetime.now(UTC) - BEGAN)


def ago(**span: float) -> str:
    return (now() - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S+0000")


@pytest.fixture
def gallery() -> Gallery:
    gallery = Gallery()
    for number in range(100, 110):
        post = gallery.post(number)
        above = gallery.comment(post, number + 1000)
        gallery.comment(above, number + 2000, BEN)
    gallery.account["media_count"] = 10
    children = [{"id": f"90{n}", "media_type": "IMAGE", "media_url": SIGNED.format(n), "alt_text": f"Plow {n}"} for n in (1, 2, 3)]
    gallery.posts["105"] |= {"media_type": "CAROUSEL_ALBUM", "children": {"data": children}}
    return gallery


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestArchive]:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": gallery.token})
    monkeypatch.setattr(instagram, "PLATFORM", replace(instagram.PLATFORM, renewal=None))
    entry = {"id": NAME, "platform": "instagram", "url": "https://www.instagram.com/fircrestschools"}
    with standing(now):
        yield make(s3, buckets, tmp_path, entry, transport=Transport(gallery))


def current(archive: TestArchive) -> dict[str, tuple[str, str | None]]:
    """native id -> (status, who) of its last row"""
    return {row["native_id"]: (row["status"], row["acted_by"]) for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> dict[str, str]:
    return {gap.reason: gap.detail for gap in Gaps(archive.archive).open_now([NAME])}


def test_an_account_is_captured_whole_and_once_and_without_its_token(archive: TestArchive, gallery: Gallery) -> None:
    gallery.tag(300, BEN)
    gallery.story(700, timestamp=ago(hours=1))
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 10 + 10 + 10 + 2
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, 0, 0, 0)
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == "105")
    assert [(m["identity"], m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [(f"90{n}", f"Plow {n}", True) for n in (1, 2, 3)]
    assert (post["counts"]["comments"], post["valid_from_source"]) == (2, "capture")
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/media?" in evidence
    assert gallery.token.encode() not in evidence
    assert gallery.token not in str([entry.body for entry in archive.manifests(NAME)])


def test_stories_that_end_together_are_no_removals_and_no_reason_for_doubt(archive: TestArchive, gallery: Gallery) -> None:
    ended = [gallery.story(number, timestamp=ago(hours=24, minutes=number - 700)) for number in range(701, 709)]
    deleted = gallery.story(720, timestamp=ago(hours=3))
    stays = gallery.story(721, timestamp=ago(hours=2))
    archive.capture(NAME)
    for number in (*ended, deleted):
        del gallery.stories[number]
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent, outcome.gaps, gaps(archive)) == (None, 9, [], {})
    told = {row["native_id"]: row for row in archive.rows(NAME) if row["kind"] == "story"}
    assert {(told[n]["status"], told[n]["acted_by"]) for n in ended} == {("unavailable", "platform")}
    assert all("24 hours are over" in told[n]["status_reason"] for n in ended)
    assert (told[deleted]["status"], told[deleted]["acted_by"], told[stays]["status"]) == ("unavailable", "unknown", "visible")
    assert all(told[n]["media"][0]["sha256"] for n in (*ended, deleted)), "what was shown for a day is kept"
    assert archive.capture(NAME, "full").absent == 0
    assert "removed" not in {row["status"] for row in archive.rows(NAME)}


def test_the_file_of_a_story_that_did_not_come_is_asked_for_again_while_it_is_shown(
    archive: TestArchive, gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No night, and no sweep, lies between: it is over, or deleted, before."""
    story, post = gallery.story(720, timestamp=ago(hours=3)), gallery.post(120)
    handle = gallery.handle
    with monkeypatch.context() as patch:
        patch.setattr(gallery, "handle", lambda asked: handle(asked) if "graph." in asked.url.host else httpx.Response(404))
        archive.capture(NAME)
    archive.capture(NAME)
    del gallery.stories[story]
    archive.capture(NAME)
    shown = [row for row in archive.rows(NAME) if row["native_id"] in (story, post) and row["status"] == "visible"]
    held = {row["native_id"]: (row["changed"], bool(row["media"][0]["sha256"])) for row in shown}
    assert held == {story: (["media_bytes"], True), post: ([], False)}


def test_a_permission_that_was_taken_away_takes_nothing_from_the_archive(archive: TestArchive, gallery: Gallery) -> None:
    for number in range(101, 110):
        del gallery.posts[str(number)]
    gallery.account["media_count"] = 1
    archive.capture(NAME)
    gallery.silent = True
    outcome = archive.capture(NAME)
    assert "the permission for comments is missing" in str(outcome.failure)
    assert set(current(archive).values()) == {("visible", None)}
    assert "capture-failed: Blocked" in gaps(archive)
    gallery.silent = False
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 0, {})


def test_comments_that_are_counted_and_shown_to_nobody_are_a_gap(archive: TestArchive, gallery: Gallery) -> None:
    gallery.posts["103"]["comments_count"] = 5
    archive.capture(NAME)
    assert "3 answers to 1 record (first: instagram:103)" in gaps(archive)["counts-differ (whole account)"]
    del gallery.posts["103"]["comments_count"]
    archive.capture(NAME, "full")
    assert gaps(archive) == {}


def test_tagged_posts_that_are_refused_are_a_gap_until_they_are_given(archive: TestArchive, gallery: Gallery) -> None:
    gallery.tag(300, BEN)
    gallery.answers["/tags"] = error(10, "(#10) Application does not have permission for this action")
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new) == (None, 31)
    assert "tag the account (error 10)" in gaps(archive)["platform-limit (whole account)"]
    gallery.answers.clear()
    assert archive.capture(NAME, "full").new == 1
    assert gaps(archive) == {}
    gallery.tagged.clear()
    assert archive.capture(NAME).absent == 1
    assert current(archive)["300"] == ("unavailable", "unknown")


def test_a_renaming_while_a_capture_runs_makes_no_post_somebody_elses(archive: TestArchive, gallery: Gallery) -> None:
    gallery.posts["101"]["username"] = "fircrest"  # what lists it has the new name already, the account's own answer the old one
    assert archive.capture(NAME).failure is None
    assert {row["author_is_account"] for row in archive.rows(NAME) if row["kind"] == "post"} == {True}


def test_an_account_that_is_renamed_is_followed_and_another_one_is_not(archive: TestArchive, gallery: Gallery) -> None:
    archive.capture(NAME)
    gallery.account["username"] = "fircrestdistrict"
    for post in gallery.posts.values():
        post["username"] = "fircrestdistrict"
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    rows = [row for row in archive.rows(NAME) if row["kind"] == "profile"]
    assert [(row["author_handle"], row["changed"]) for row in rows] == [("fircrestschools", []), ("fircrestdistrict", ["links"])]
    assert archive.manifests(NAME)[-1].body["identity"]["handle"] == "fircrestdistrict"
    gallery.account |= {"user_id": "17841499999999999", "username": "fircrestschools"}
    assert "17841499999999999" in str(archive.capture(NAME, "full").failure)
    assert len([row for row in archive.rows(NAME) if row["kind"] == "post"]) == 10


def test_one_permalink_brings_its_conversation_and_a_receipt(archive: TestArchive) -> None:
    archive.capture(NAME)
    outcome, receipt = capture_one(archive.place, archive.register, archive.account(NAME), "https://www.instagram.com/p/C105/")
    assert (outcome.failure, outcome.new, receipt.lacking) == (None, 0, [])
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 1, "reply": 1}, 3)
    assert ME not in {held["record_id"] for held in receipt.records}


def test_a_quiet_conversation_is_left_out_until_its_count_moves(
    archive: TestArchive, gallery: Gallery, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    for item in (*gallery.posts.values(), *(one for some in gallery.comments.values() for one in some)):
        item["timestamp"] = ago(days=20)
    gallery.post(120, timestamp=ago(days=20))
    archive.capture(NAME)
    assert archive.capture(NAME).failure is None
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"unchanged": 11}
    gallery.comment("1104", 3000)
    gallery.comment("120", 3001)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, gaps(archive)) == (None, 2, 0, {})
    assert archive.manifests(NAME)[-1].body["visited"]["why"] == {"sign": 2}
    assert is_sound(s3, buckets, tmp_path)


def test_tagged_posts_that_are_refused_take_nothing_else_along(archive: TestArchive, gallery: Gallery) -> None:
    tagged = gallery.tag(300, BEN, timestamp=ago(hours=5))
    archive.capture(NAME)
    archive.capture(NAME)
    gallery.answers["/tags"] = error(10, "(#10) no")
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert current(archive)[tagged] == ("visible", None)
