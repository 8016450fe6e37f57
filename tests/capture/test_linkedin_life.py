"""A LinkedIn page in a real archive: a lost role, shifting offsets, and signed addresses."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.faces.linkedin.access import image_urn
from infra.sandbox.model import Post, Video
from recordroom.archive.gaps import Gaps
from recordroom.capture import absences
from recordroom.capture.credentials import tokens
from tests.archives import TestArchive, make
from tests.capture.everywhere.stages import SECRET
from tests.clock import standing
from tests.fault_transport import retry_at_once
from tests.platforms.contract.sandbox import START, Sandbox, open_sandbox
from tests.platforms.linkedin.test_records import withhold
from tests.platforms.linkedin.test_walk import error, give_roles, on_page
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME = "page"
Talk = list[tuple[Post, Post, Post]]  # posts, each with a question and the reply to it, the newest first


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    sandbox = open_sandbox("linkedin")
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def talk(sandbox: Sandbox) -> Talk:
    found, network = [], sandbox.network
    for number in range(30):
        photos: dict[str, Any] = (
            {"photos": [network.photo("linkedin", "A bus"), network.photo("linkedin", "")]}
            if number == 5
            else {}
        )
        post = sandbox.publish(days=1 + number / 4, **photos)
        question = sandbox.comment(post)
        found.append((post, question, sandbox.comment(question, 1)))
    return found


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, sandbox: Sandbox, talk: Talk) -> TestArchive:
    assert talk, "published before the first capture"
    return open_archive(s3, buckets, tmp_path, sandbox)


@pytest.fixture
def silent_archive(s3: S3, buckets: Buckets, tmp_path: Path, sandbox: Sandbox) -> TestArchive:
    """Return the archive of a page on which nothing was published yet."""
    return open_archive(s3, buckets, tmp_path, sandbox)


def open_archive(s3: S3, buckets: Buckets, path: Path, sandbox: Sandbox) -> TestArchive:
    stage = sandbox.profile.stage
    entry = {"id": NAME, "platform": "linkedin", "url": stage.url, "api_url": stage.api}
    return make(s3, buckets, path, entry, transport=sandbox.transport)


def status_of(archive: TestArchive) -> dict[str, str]:
    """Return native ID -> status of its last row."""
    return {row["native_id"]: row["status"] for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


def test_page_is_captured_completely_and_once_and_without_its_token(
    archive: TestArchive, sandbox: Sandbox, talk: Talk
) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 30 + 30 + 30
    sandbox.network.wait(hours=30)  # addresses of files get new signatures
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == sandbox.named(talk[5][0]))
    images = [image_urn(photo) for photo in talk[5][0].now.photos]
    assert [(m["identity"], m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [
        (images[0], "A bus", True),
        (images[1], None, True),
    ]
    assert post["valid_from_source"] == "platform"
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"LinkedIn-Version" in evidence
    assert SECRET.encode() not in evidence


def test_lost_role_removes_nothing_and_is_a_gap(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)
    give_roles(sandbox)
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert "no role" in str(outcome.failure)
        assert outcome.absent == 0
    assert set(status_of(archive).values()) == {"visible"}
    assert any(reason.startswith("capture-failed: Blocked") for reason in gaps(archive))
    give_roles(sandbox, "ADMINISTRATOR")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, outcome.absent, gaps(archive)) == (
        None,
        0,
        0,
        0,
        [],
    )


def test_role_that_is_lost_during_a_capture_removes_nothing(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)

    def lose(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        give_roles(sandbox)
        return real()

    with sandbox.transport.meanwhile("posts?q=author", lose):
        assert "no role" in str(archive.capture(NAME, "full").failure)
    assert set(status_of(archive).values()) == {"visible"}


def test_removed_post_and_reply_are_absent_with_everything_below_them(
    archive: TestArchive, sandbox: Sandbox, talk: Talk
) -> None:
    """Deletions of comments are reported by LinkedIn, those of posts are not."""
    archive.capture(NAME)
    (_, _, reply), (post, *below) = talk[3], talk[4]
    sandbox.network.remove(reply)
    sandbox.network.remove(post)
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 4)
    statuses = status_of(archive)
    assert {native: status for native, status in statuses.items() if status != "visible"} == {
        sandbox.named(post): "unavailable",
        **{sandbox.named(comment): "removed" for comment in (reply, *below)},
    }
    assert {row["acted_by"] for row in archive.rows(NAME) if row["status"] != "visible"} == {"unknown"}


def test_shifting_list_misses_nothing_and_doubles_nothing(archive: TestArchive, sandbox: Sandbox) -> None:
    archive.capture(NAME)
    posts = [sandbox.publish(days=0.9 - number / 1000) for number in range(180)]
    removed, late = [posts[-1], posts[-2], posts[100]], list[Post]()

    def shift(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if not late:
            for post in removed:
                sandbox.network.remove(post)
            late.append(sandbox.publish(days=0.01))
            sandbox.network.edit(posts[5], "edited meanwhile")
        return real()

    with sandbox.transport.meanwhile("posts?q=author", on_page(99, shift)):
        outcome = archive.capture(NAME)
    assert outcome.failure is None
    natives = [row["native_id"] for row in archive.rows(NAME) if row["sequence"] == 1]
    assert {sandbox.named(post) for post in (*posts, *late) if post not in removed} <= set(natives)
    assert len(natives) == len(set(natives))
    assert "edited meanwhile" in {row["text"] for row in archive.rows(NAME)}


def test_files_that_linkedin_does_not_give_are_a_gap_until_it_does(
    archive: TestArchive, sandbox: Sandbox, talk: Talk
) -> None:
    with sandbox.transport.meanwhile("/images?", withhold(image_urn(talk[5][0].now.photos[1]))):
        archive.capture(NAME)
    assert gaps(archive) == ["platform-limit (whole account)"]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 1, [])
    [late] = (row for row in archive.rows(NAME) if row["changed"] == ["media_bytes"])
    assert all(m["sha256"] for m in late["media"])


def test_missing_counts_keep_no_post_from_being_captured(archive: TestArchive, sandbox: Sandbox) -> None:
    with sandbox.transport.meanwhile(
        "/socialMetadata?", error(400, "ILLEGAL_ARGUMENT", "Invalid entity").instead
    ):
        first = archive.capture(NAME)
    assert (first.failure, first.new, gaps(archive)) == (
        None,
        1 + 30 + 30 + 30,
        ["platform-limit (whole account)"],
    )
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])


def test_refused_files_keep_no_post_from_being_captured_and_are_no_edit(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    network = sandbox.network

    def film(days: float) -> Post:
        post = sandbox.publish(days, video=Video(2, 160, 96))
        network.caption(post, "en", "Ice")
        return post

    film(0.9)
    archive.capture(NAME)
    pictured, later = sandbox.publish(0.8, photos=[network.photo("linkedin", "Snow")]), film(0.7)
    failed = error(500, "INTERNAL", "Failed")
    refused = error(403, "ACCESS_DENIED", "Not enough permissions", 100)
    sandbox.transport.rules = [("/images?", refused.instead), ("/videos?", failed.instead)]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, gaps(archive)) == (
        None,
        2,
        0,
        ["platform-limit (whole account)"],
    )
    sandbox.transport.rules.clear()
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (2, [])
    late = {
        row["native_id"]: (row["changed"], [m["sha256"] is None for m in row["media"]])
        for row in archive.rows(NAME)
        if row["changed"]
    }
    assert late == {
        sandbox.named(pictured): (["media_bytes"], [False]),
        sandbox.named(later): (["media_bytes"], [False, False]),
    }, "their files have come"


def test_new_comment_on_an_old_post_is_read_and_a_deleted_one_is_removed(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    old = sandbox.publish(days=90)
    sandbox.comment(old)
    archive.capture(NAME)
    late = sandbox.comment(old, at=sandbox.network.wait(minutes=1))
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, outcome.gaps) == (None, 1, 0, [])
    sandbox.network.remove(late)
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 1)
    [_, gone] = (row for row in archive.rows(NAME) if row["native_id"] == sandbox.named(late))
    assert (gone["status"], gone["acted_by"]) == ("removed", "unknown")
    assert "COMMENT_DELETE" in gone["status_reason"]


def test_missing_list_of_deleted_comments_is_reported_and_requested_again(
    archive: TestArchive, sandbox: Sandbox, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "TURN", 1)
    archive.capture(NAME)
    archive.capture(NAME, "full")
    gone = sandbox.named(talk[3][2])
    sandbox.network.remove(talk[3][2])
    with sandbox.transport.meanwhile("COMMENT_DELETE", error(500, "INTERNAL_SERVER_ERROR").instead):
        assert (archive.capture(NAME, "full").failure, status_of(archive)[gone]) == (None, "unavailable")
    [told] = Gaps(archive.archive).open_now([NAME])
    assert "LinkedIn gives no list of deleted comments (HTTP 500)" in told.detail
    assert archive.capture(NAME, "full").failure is None
    assert (status_of(archive)[gone], gaps(archive)) == ("removed", [])


def test_mention_stays_when_linkedin_no_longer_reports_it(
    silent_archive: TestArchive, sandbox: Sandbox
) -> None:
    """LinkedIn reports mentions for 60 days."""
    at = START - timedelta(days=59, hours=23)
    mention = sandbox.network.publish(sandbox.others[0], "Thank you, @district", at=at)
    sandbox.publish(days=1)
    assert silent_archive.capture(NAME).new == 3
    sandbox.network.wait(hours=2)
    for kind in (None, "full", "full"):
        outcome = silent_archive.capture(NAME, kind)
        assert (outcome.failure, outcome.changed, outcome.gaps) == (None, 0, [])
    assert [
        row["status"] for row in silent_archive.rows(NAME) if row["native_id"] == sandbox.named(mention)
    ] == ["visible"]


# -- events --------------------------------------------------------------------------------------------


def titles_of(archive: TestArchive, record_id: str) -> list[tuple[str, bool, str]]:
    """Return (title, whether it is canceled, status) of each row of a record."""
    rows = [row for row in archive.rows(NAME) if row["record_id"] == record_id]
    return [(row["title"], "Canceled" in (row["text"] or "").splitlines(), row["status"]) for row in rows]


def test_event_is_changed_canceled_and_removed_with_its_post(
    silent_archive: TestArchive, sandbox: Sandbox
) -> None:
    network = sandbox.network
    day, photo = network.now() + timedelta(days=3), network.photo("linkedin", "A gym")
    fair = network.event(
        "linkedin",
        "Job fair",
        day,
        ends=day + timedelta(hours=2),
        place="1 Larkspur Way",
        about="Come and see",
    )
    post = network.publish(sandbox.us, "We hire", event=fair, photos=[photo])
    first = silent_archive.capture(NAME)
    assert (first.failure, first.new, first.leftover, first.gaps) == (None, 3, {}, [])
    [event] = (row for row in silent_archive.rows(NAME) if row["title"] == "Job fair")
    assert "Place: 1 Larkspur Way, Larkspur Ridge" in event["text"]
    assert [bool(m["sha256"]) for m in event["media"]] == [True]
    [announced] = (row for row in silent_archive.rows(NAME) if row["text"] == "We hire")
    assert announced["shared_id"] == event["record_id"]
    for kind in (None, "full"):
        again = silent_archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    network.change_event(post, name="Career fair", starts=day + timedelta(days=1))
    assert silent_archive.capture(NAME).changed == 1
    network.change_event(post, canceled=True)
    assert silent_archive.capture(NAME).changed == 1
    network.remove(post)
    assert silent_archive.capture(NAME).absent == 2
    assert titles_of(silent_archive, event["record_id"]) == [
        ("Job fair", False, "visible"),
        ("Career fair", False, "visible"),
        ("Career fair", True, "visible"),
        ("Career fair", True, "unavailable"),
    ]
    assert gaps(silent_archive) == []


def test_token_without_the_scope_reads_everything_else_and_events_stay(
    silent_archive: TestArchive, sandbox: Sandbox
) -> None:
    network = sandbox.network
    network.publish(
        sandbox.us, "We hire", event=network.event("linkedin", "Job fair", network.now() + timedelta(days=3))
    )
    assert silent_archive.capture(NAME).new == 3
    network.withdraw("linkedin", "r_events")
    network.publish(sandbox.us, "Snow day")
    for kind, new in ((None, 1), ("full", 0)):
        outcome = silent_archive.capture(NAME, kind)
        assert (outcome.failure, outcome.new, outcome.changed, outcome.absent) == (None, new, 0, 0)
    told = Gaps(silent_archive.archive).open_now([NAME])
    assert [gap.reason for gap in told] == ["platform-limit", "platform-limit (whole account)"]
    assert all(
        "no events (HTTP 403: the app needs LinkedIn's Event Management API" in str(gap.detail)
        for gap in told
    )
    network.withdraw("linkedin", "r_events", withdrawn=False)
    for kind in (None, "full"):
        assert (silent_archive.capture(NAME, kind).new, silent_archive.capture(NAME, kind).changed) == (0, 0)
    assert gaps(silent_archive) == []
