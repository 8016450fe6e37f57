"""An account on Threads captured whole: what approvals, hiding, deleted parents, posts for a day and refused lists do to a real archive."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordroom.archive.gaps import Gaps
from recordroom.capture import tokens
from recordroom.capture.run import capture_one
from recordroom.platforms import threads
from tests.archives import TestArchive, make
from tests.capture.stage import is_sound
from tests.platforms.loom import AMY, BEN, SIGNED, TOKEN, US, Loom, Transport
from tests.platforms.wall import error
from tests.services import S3, Buckets

NAME = "loom"


@pytest.fixture
def loom() -> Loom:
    """Ten posts, each with a reply, an answer to it and one to that; a mention, and what is answered there."""
    loom = Loom()
    for number in range(100, 110):
        post = loom.post(number, timestamp=(datetime.now(UTC) - timedelta(hours=120 - number)).isoformat())
        above = loom.reply(loom.reply(post, number + 1000), number + 2000, US)
        loom.reply(above, number + 3000, BEN)
    loom.posts["105"] |= {"media_type": "IMAGE", "media_url": SIGNED.format(5), "alt_text": "A bus"}
    loom.post(900, by=AMY, into="mentions")
    loom.reply("900", 901, US)
    return loom


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, loom: Loom, monkeypatch: pytest.MonkeyPatch) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN})
    monkeypatch.setattr(threads, "PLATFORM", replace(threads.PLATFORM, renewal=None))
    entry = {"id": NAME, "platform": "threads", "url": "https://www.threads.com/@fircrestschools"}
    return make(s3, buckets, tmp_path, entry, transport=Transport(loom))


def told(archive: TestArchive, native: str) -> list[tuple[str, list[str]]]:
    """(status, changed) of all rows"""
    return [(row["status"], row["changed"]) for row in archive.rows(NAME) if row["native_id"] == native]


def gaps(archive: TestArchive) -> dict[str, str]:
    return {gap.reason: gap.detail for gap in Gaps(archive.archive).open_now([NAME])}


def test_an_account_is_captured_whole_and_once_and_without_its_token(archive: TestArchive) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 40 + 2
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    rows = {row["native_id"]: row for row in archive.rows(NAME)}
    assert (rows["105"]["counts"]["comments"], [bool(m["sha256"]) for m in rows["105"]["media"]]) == (3, [True])
    assert (rows["901"]["kind"], rows["901"]["parent_id"], rows["3105"]["parent_id"]) == ("post", "threads:900", "threads:2105")
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/threads?" in evidence
    assert TOKEN.encode() not in evidence


def test_a_reply_that_waits_is_held_until_it_is_approved(archive: TestArchive, loom: Loom) -> None:
    waits = loom.hold("108", 5000)
    archive.capture(NAME)
    assert (archive.capture(NAME).changed, told(archive, waits)) == (0, [("held", [])])
    loom.waiting.clear()
    del loom.posts[waits]["reply_approval_status"]
    archive.capture(NAME)
    assert told(archive, waits) == [("held", []), ("visible", ["status"])]


def test_hiding_takes_along_what_is_below_and_is_told_of_each(archive: TestArchive, loom: Loom) -> None:
    archive.capture(NAME)
    for native in ("1103", "2103", "3103"):
        loom.posts[native]["hide_status"] = "HIDDEN"
    archive.capture(NAME)
    for native in ("1103", "2103", "3103"):
        loom.posts[native]["hide_status"] = "UNHUSHED"
    archive.capture(NAME)
    assert told(archive, "3103") == [("visible", []), ("hidden", ["status"]), ("visible", ["status"])]


def test_the_parent_that_was_seen_first_is_kept_when_it_is_deleted(archive: TestArchive, loom: Loom) -> None:
    archive.capture(NAME)
    loom.gone = {"1104"}
    del loom.posts["2104"]["replied_to"]
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent, told(archive, "1104")[-1][0]) == (None, 1, "unavailable")
    loom.posts["2104"]["text"] = "corrected"
    archive.capture(NAME)
    rows = [row for row in archive.rows(NAME) if row["native_id"] == "2104"]
    assert [(row["parent_id"], row["kind"], row["changed"]) for row in rows] == [
        ("threads:1104", "reply", []),
        ("threads:1104", "reply", ["text"]),
    ]


def test_a_ghost_post_is_archived_and_never_removed(archive: TestArchive, loom: Loom) -> None:
    natives = [loom.post(n, into="ghost_posts", ghost_post_status="ACTIVE") for n in range(200, 208)]
    for native in natives:
        loom.posts[native]["timestamp"] = (datetime.now(UTC) - timedelta(hours=25)).isoformat()
    archive.capture(NAME)
    for native in natives[:4]:
        loom.posts[native]["ghost_post_status"] = "ARCHIVED"
    loom.gone = set(natives[4:])
    outcome = archive.capture(NAME)
    assert (outcome.failure, gaps(archive)) == (None, {})
    assert [told(archive, n)[-1][0] for n in natives] == ["hidden"] * 4 + ["unavailable"] * 4
    assert {row["acted_by"] for row in archive.rows(NAME) if row["native_id"] in natives} == {None, "platform"}


def test_quiet_conversations_are_left_out_but_not_those_in_which_the_account_speaks(
    archive: TestArchive, loom: Loom, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    for post in loom.posts.values():
        post["timestamp"] = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    loom.post(50, timestamp=(datetime.now(UTC) - timedelta(days=90)).isoformat())
    loom.reply("50", 150, timestamp=(datetime.now(UTC) - timedelta(days=89)).isoformat())
    archive.capture(NAME)
    loom.reply("50", 151, US, timestamp=datetime.now(UTC).isoformat())
    loom.reply("50", 152, timestamp=datetime.now(UTC).isoformat())
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, gaps(archive)) == (None, 2, 0, {})
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"unchanged": 10}
    loom.gone = {"2104"}
    assert (archive.capture(NAME).absent, archive.capture(NAME, "full").absent) == (0, 1)
    assert is_sound(s3, buckets, tmp_path)


def test_an_old_post_at_which_threads_fails_each_time_is_passed_over_where_the_account_answers_below_it(
    archive: TestArchive, loom: Loom
) -> None:
    """It is asked for by its id, and named; the answers are read, and what is gone elsewhere is noticed."""
    loom.post(50, timestamp=(datetime.now(UTC) - timedelta(days=90)).isoformat())
    archive.capture(NAME)
    loom.reply("50", 151, US, timestamp=datetime.now(UTC).isoformat())
    loom.gone = {"2104"}
    loom.answers["/v1.0/50?fields=id%2Cmedia"] = error(1, "An unknown error occurred", status=500)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent) == (None, 1, 1)
    assert "threads:50 and does not give it" in next(iter(gaps(archive).values()))
    loom.answers.clear()
    assert archive.capture(NAME).failure is None
    assert gaps(archive) == {}


def test_replies_that_are_counted_and_shown_to_nobody_are_a_gap(archive: TestArchive, loom: Loom) -> None:
    loom.counted = {"102": 8}
    archive.capture(NAME)
    assert "5 answers to 1 record (first: threads:102)" in gaps(archive)["counts-differ (whole account)"]
    loom.counted.clear()
    archive.capture(NAME, "full")
    assert gaps(archive) == {}


def test_lists_that_are_refused_are_a_gap_until_they_are_given(archive: TestArchive, loom: Loom) -> None:
    loom.closed = {"mentions", "insights"}
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new) == (None, 1 + 40 + 1)
    [words] = gaps(archive).values()
    assert "mention the account (error 10)" in words
    assert "counts of posts" in words
    loom.closed = set()
    assert archive.capture(NAME, "full").new == 1
    assert gaps(archive) == {}


def test_one_permalink_brings_its_conversation_and_a_receipt(archive: TestArchive) -> None:
    archive.capture(NAME)
    url = "https://www.threads.com/@fircrestschools/post/D105"
    outcome, receipt = capture_one(archive.place, archive.register, archive.account(NAME), url)
    assert (outcome.failure, outcome.new, receipt.lacking) == (None, 0, [])
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 1, "reply": 2}, 1)


def test_no_receipt_calls_a_conversation_whole_that_was_not_read(archive: TestArchive, loom: Loom) -> None:
    """Also where nothing counts its answers, and Threads says of it that it is gone."""
    archive.capture(NAME)
    loom.reply("105", 5000)
    loom.closed = {"insights"}
    loom.answers["/105/conversation"] = error(100, "Unsupported get request.", 33)
    url = "https://www.threads.com/@fircrestschools/post/D105"
    _, receipt = capture_one(archive.place, archive.register, archive.account(NAME), url)
    assert receipt.lacking == ["the answers to threads:105 were not read to their end"]
    loom.answers.clear()
    _, receipt = capture_one(archive.place, archive.register, archive.account(NAME), url)
    assert (receipt.lacking, receipt.kinds["comment"]) == ([], 2)


def test_mentions_that_are_refused_later_take_nothing_else_along(archive: TestArchive, loom: Loom) -> None:
    loom.post(902, by=AMY, into="mentions", timestamp=(datetime.now(UTC) - timedelta(hours=5)).isoformat())
    archive.capture(NAME)
    archive.capture(NAME)
    loom.closed = {"mentions"}
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert told(archive, "902") == [("visible", [])]
    loom.closed = set()
    assert archive.capture(NAME, "full").failure is None
    assert gaps(archive) == {}
