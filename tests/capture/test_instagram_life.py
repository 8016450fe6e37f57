"""An Instagram account captured into an archive.

The cases are ended stories, a lost permission, a renaming, and comments that are not shown.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.model import Post
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.platforms import instagram
from tests.archives import TestArchive, make
from tests.capture.everywhere.stages import SECRET
from tests.capture.stage import is_sound
from tests.clock import standing
from tests.fault_transport import retry_at_once, rewrite_json
from tests.platforms.contract.sandbox import Sandbox, open_sandbox
from tests.platforms.instagram.test_records import with_fields
from tests.platforms.instagram.test_walk import tag
from tests.platforms.meta.errors import error
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME = "gallery"
COMMENTS = "instagram_business_manage_comments"
REFUSAL = error(10, "(#10) Application does not have permission for this action")


@dataclass(frozen=True)
class Talk:
    """A post with a comment and a reply to it."""

    post: Post
    comment: Post
    reply: Post


def publish_all(sandbox: Sandbox, days: float) -> list[Talk]:
    """Publish ten conversations, the sixth about a carousel."""
    talks = []
    for number in range(10):
        photos = [
            sandbox.network.photo("instagram", f"Plow {n}") for n in ((1, 2, 3) if number == 5 else (1,))
        ]
        post = sandbox.publish(days=days - number / 48, photos=photos)
        comment = sandbox.comment(post)
        talks.append(Talk(post, comment, sandbox.comment(comment, 1)))
    return talks


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    monkeypatch.setattr(instagram, "PLATFORM", replace(instagram.PLATFORM, renewal=None))
    sandbox = open_sandbox("instagram")
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def talks(sandbox: Sandbox, request: pytest.FixtureRequest) -> list[Talk]:
    return publish_all(sandbox, getattr(request, "param", 0.9))


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, sandbox: Sandbox, talks: list[Talk]) -> TestArchive:
    assert talks, "published before the first capture"
    stage = sandbox.profile.stage
    entry = {"id": NAME, "platform": "instagram", "url": stage.url, "api_url": stage.api}
    return make(s3, buckets, tmp_path, entry, transport=sandbox.transport)


def current(archive: TestArchive) -> dict[str, tuple[str, str | None]]:
    """Return native ID -> (status, who) of its last row."""
    return {row["native_id"]: (row["status"], row["acted_by"]) for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> dict[str, str]:
    return {gap.reason: gap.detail for gap in Gaps(archive.archive).open_now([NAME])}


def test_account_is_captured_completely_and_once_and_without_its_token(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk]
) -> None:
    tag(sandbox, 0.5)
    sandbox.publish(days=0.04, kind="story")
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 10 + 10 + 10 + 2
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, 0, 0, 0)
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == sandbox.named(talks[5].post))
    assert [(m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [
        (f"Plow {n}", True) for n in (1, 2, 3)
    ]
    assert (post["counts"]["comments"], post["valid_from_source"]) == (2, "capture")
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/media?" in evidence
    assert SECRET.encode() not in evidence
    assert SECRET not in str([entry.body for entry in archive.manifests(NAME)])


def test_stories_that_end_together_are_neither_removals_nor_a_mass_absence(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    ended = [sandbox.publish(days=0.9, kind="story") for _ in range(8)]
    deleted, stays = (sandbox.publish(days=0.1, kind="story") for _ in range(2))
    archive.capture(NAME)
    sandbox.network.wait(hours=3)
    sandbox.network.remove(deleted)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent, outcome.gaps, gaps(archive)) == (None, 9, [], {})
    rows = {row["native_id"]: row for row in archive.rows(NAME) if row["kind"] == "story"}
    over = [rows[sandbox.named(story)] for story in ended]
    gone = rows[sandbox.named(deleted)]
    there = rows[sandbox.named(stays)]
    assert {(row["status"], row["acted_by"]) for row in over} == {("unavailable", "platform")}
    assert all("24 hours are over" in row["status_reason"] for row in over)
    assert (gone["status"], gone["acted_by"], there["status"]) == ("unavailable", "unknown", "visible")
    assert all(row["media"][0]["sha256"] for row in (*over, gone)), "what was shown for a day is kept"
    assert archive.capture(NAME, "full").absent == 0
    assert "removed" not in {row["status"] for row in archive.rows(NAME)}


def test_missing_file_of_a_story_is_fetched_by_the_next_capture(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    """The file of a post waits for the nightly sweep; a story may be over or deleted before it."""
    story, post = sandbox.publish(days=0.1, kind="story"), sandbox.publish(days=0.1)
    with sandbox.transport.meanwhile("/scontent/", lambda *_: httpx.Response(404)):
        archive.capture(NAME)
    archive.capture(NAME)
    sandbox.network.remove(story)
    archive.capture(NAME)
    names = {sandbox.named(one) for one in (story, post)}
    shown = [row for row in archive.rows(NAME) if row["native_id"] in names and row["status"] == "visible"]
    held = {row["native_id"]: (row["changed"], bool(row["media"][0]["sha256"])) for row in shown}
    assert held == {sandbox.named(story): (["media_bytes"], True), sandbox.named(post): ([], False)}


def test_withdrawn_permission_removes_nothing_from_the_archive(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk]
) -> None:
    for talk in talks[1:]:
        sandbox.network.remove(talk.post)
    archive.capture(NAME)
    sandbox.network.withdraw("instagram", COMMENTS)
    outcome = archive.capture(NAME)
    assert "the permission for comments is missing" in str(outcome.failure)
    assert set(current(archive).values()) == {("visible", None)}
    assert "capture-failed: Blocked" in gaps(archive)
    sandbox.network.withdraw("instagram", COMMENTS, withdrawn=False)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 0, {})


def test_counted_comments_that_are_shown_to_nobody_are_a_gap(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk]
) -> None:
    """They are those of restricted people."""
    network, post = sandbox.network, talks[3].post
    stranger = network.account("instagram/stranger", "Stranger").key
    for _ in range(3):
        sandbox.comment(post, stranger)
    network.block(sandbox.us, stranger)
    archive.capture(NAME)
    assert (
        f"3 replies to 1 record (first: instagram:{sandbox.named(post)})"
        in gaps(archive)["counts-differ (whole account)"]
    )
    network.block(sandbox.us, stranger, blocked=False)
    archive.capture(NAME, "full")
    assert gaps(archive) == {}


def test_refused_posts_that_tag_the_account_are_a_gap_until_they_are_given(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    tagged = tag(sandbox, 0.5)
    with sandbox.transport.meanwhile("/tags", REFUSAL.instead):
        outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new) == (None, 31)
    assert "tag the account (error 10)" in gaps(archive)["platform-limit (whole account)"]
    assert archive.capture(NAME, "full").new == 1
    assert gaps(archive) == {}
    sandbox.network.remove(tagged)
    assert archive.capture(NAME).absent == 1
    assert current(archive)[sandbox.named(tagged)] == ("unavailable", "unknown")


def test_post_with_a_name_that_changed_during_the_capture_is_still_the_accounts(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk]
) -> None:
    """The list has the new name already, the account's own response the old one."""
    with sandbox.transport.meanwhile("/media?", with_fields(sandbox.named(talks[1].post), username="valley")):
        assert archive.capture(NAME).failure is None
    assert {row["author_is_account"] for row in archive.rows(NAME) if row["kind"] == "post"} == {True}


def test_renamed_account_is_followed_and_another_one_is_not(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)
    sandbox.network.rename(sandbox.us, handle="valleydistrict")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    rows = [row for row in archive.rows(NAME) if row["kind"] == "profile"]
    assert [(row["author_handle"], row["changed"]) for row in rows] == [
        ("district", []),
        ("valleydistrict", ["links"]),
    ]
    assert archive.manifests(NAME)[-1].body["identity"]["handle"] == "valleydistrict"

    def another(body: Any) -> Any:
        return body | {"user_id": "17841499999999999", "username": "district"}

    with sandbox.transport.meanwhile("/me?", rewrite_json(another)):
        assert "17841499999999999" in str(archive.capture(NAME, "full").failure)
    assert len([row for row in archive.rows(NAME) if row["kind"] == "post"]) == 10


def test_one_permalink_brings_its_conversation_and_a_receipt(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk]
) -> None:
    archive.capture(NAME)
    [url] = (
        str(row["url"]) for row in archive.rows(NAME) if row["native_id"] == sandbox.named(talks[5].post)
    )
    outcome, receipt = capture_conversation(archive.place, archive.register, archive.account(NAME), url)
    assert (outcome.failure, outcome.new, receipt.lacking) == (None, 0, [])
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 1, "reply": 1}, 3)
    [profile] = (row["record_id"] for row in archive.rows(NAME) if row["kind"] == "profile")
    assert profile not in {held["record_id"] for held in receipt.records}


@pytest.mark.parametrize("talks", [20], indirect=True)
def test_quiet_conversation_is_skipped_until_its_count_changes(
    archive: TestArchive, sandbox: Sandbox, talks: list[Talk], *, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    silent = sandbox.publish(days=20)
    archive.capture(NAME)
    assert archive.capture(NAME).failure is None
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"unchanged": 11}
    sandbox.comment(talks[4].comment, at=sandbox.network.now())
    sandbox.comment(silent, at=sandbox.network.now())
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, gaps(archive)) == (None, 2, 0, {})
    assert archive.manifests(NAME)[-1].body["visited"]["why"] == {"sign": 2}
    assert is_sound(s3, buckets, tmp_path)


def test_refused_posts_that_tag_the_account_change_nothing_that_is_archived(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    tagged = tag(sandbox, 0.2)
    archive.capture(NAME)
    archive.capture(NAME)
    with sandbox.transport.meanwhile("/tags", REFUSAL.instead):
        for kind in (None, "full"):
            outcome = archive.capture(NAME, kind)
            assert (outcome.failure, outcome.absent) == (None, 0)
    assert current(archive)[sandbox.named(tagged)] == ("visible", None)
