"""A complete Threads account in a real archive.

The cases are approvals, hidden replies, deleted parents, posts for a day, and refused lists.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.model import Post
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.platforms import threads
from tests.archives import TestArchive, make
from tests.capture.everywhere.stages import SECRET
from tests.capture.stage import is_sound
from tests.clock import standing
from tests.fault_transport import retry_at_once, rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, open_sandbox
from tests.platforms.threads.test_walk import error
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME = "threads"
REFUSED = ("threads_manage_mentions", "threads_manage_insights")


@dataclass(frozen=True)
class Talk:
    """A post with a comment, the account's reply to it, and a reply to that."""

    post: Post
    comment: Post
    ours: Post
    below: Post


@dataclass(frozen=True)
class Published:
    """Ten conversations, another person's post that mentions the account, and the account's reply to it."""

    talks: list[Talk]
    mention: Post
    thanks: Post


def publish_all(sandbox: Sandbox, days: float) -> Published:
    talks = []
    for number in range(10):
        more = {"photos": [sandbox.network.photo("threads", "A bus")]} if number == 5 else {}
        post = sandbox.publish(days=days - number / 24 / 2, **more)  # type: ignore[arg-type]
        comment = sandbox.comment(post)
        ours = sandbox.comment(comment, sandbox.us)
        talks.append(Talk(post, comment, ours, sandbox.comment(ours, 1)))
    mention = sandbox.network.publish(sandbox.others[0], "Thanks @district", at=START - timedelta(days=days))
    return Published(talks, mention, sandbox.comment(mention, sandbox.us))


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    monkeypatch.setattr(threads, "PLATFORM", replace(threads.PLATFORM, renewal=None))
    sandbox = open_sandbox("threads")
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def published(sandbox: Sandbox, request: pytest.FixtureRequest) -> Published:
    return publish_all(sandbox, getattr(request, "param", 0.9))


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, sandbox: Sandbox, published: Published) -> TestArchive:
    assert published.talks, "published before the first capture"
    stage = sandbox.profile.stage
    entry = {"id": NAME, "platform": "threads", "url": stage.url, "api_url": stage.api}
    return make(s3, buckets, tmp_path, entry, transport=sandbox.transport)


def told(archive: TestArchive, sandbox: Sandbox, post: Post) -> list[tuple[str, list[str]]]:
    """Return (status, changed) of all rows."""
    return [
        (row["status"], row["changed"])
        for row in archive.rows(NAME)
        if row["native_id"] == sandbox.named(post)
    ]


def gaps(archive: TestArchive) -> dict[str, str]:
    return {gap.reason: gap.detail for gap in Gaps(archive.archive).open_now([NAME])}


def test_an_account_is_captured_whole_and_once_and_without_its_token(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 40 + 2
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    rows, talk = {row["native_id"]: row for row in archive.rows(NAME)}, published.talks[5]
    pictured, thanks, below = (
        rows[sandbox.named(post)] for post in (talk.post, published.thanks, talk.below)
    )
    assert (pictured["counts"]["comments"], [bool(m["sha256"]) for m in pictured["media"]]) == (3, [True])
    assert (thanks["kind"], thanks["parent_id"]) == ("post", f"threads:{sandbox.named(published.mention)}")
    assert below["parent_id"] == f"threads:{sandbox.named(talk.ours)}"
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"/threads?" in evidence
    assert SECRET.encode() not in evidence


def test_a_reply_that_waits_is_held_until_it_is_approved(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    waits = sandbox.network.hold(sandbox.comment(published.talks[8].post))
    archive.capture(NAME)
    assert (archive.capture(NAME).changed, told(archive, sandbox, waits)) == (0, [("held", [])])
    sandbox.network.restore(waits)
    archive.capture(NAME)
    assert told(archive, sandbox, waits) == [("held", []), ("visible", ["status"])]


def test_hiding_takes_along_what_is_below_and_is_told_of_each(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    archive.capture(NAME)
    sandbox.network.hide(published.talks[3].comment)
    archive.capture(NAME)
    sandbox.network.restore(published.talks[3].comment)
    archive.capture(NAME)
    assert told(archive, sandbox, published.talks[3].below) == [
        ("visible", []),
        ("hidden", ["status"]),
        ("visible", ["status"]),
    ]


def test_the_parent_that_was_seen_first_is_kept_when_it_is_deleted(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    talk = published.talks[4]
    archive.capture(NAME)
    sandbox.network.remove(talk.comment)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.absent, told(archive, sandbox, talk.comment)[-1][0]) == (
        None,
        1,
        "unavailable",
    )
    sandbox.network.edit(talk.ours, "corrected")
    archive.capture(NAME)
    rows = [row for row in archive.rows(NAME) if row["native_id"] == sandbox.named(talk.ours)]
    parent = sandbox.named(talk.comment)
    assert [(row["parent_id"], row["kind"], row["changed"]) for row in rows] == [
        (f"threads:{parent}", "reply", []),
        (f"threads:{parent}", "reply", ["text"]),
    ]


def test_a_ghost_post_is_archived_and_never_removed(archive: TestArchive, sandbox: Sandbox) -> None:
    ghosts = [sandbox.publish(days=0.1, ghost=True) for _ in range(8)]
    archive.capture(NAME)
    sandbox.network.wait(hours=12)
    archive.capture(NAME)
    sandbox.network.wait(hours=12)
    for ghost in ghosts[4:]:
        sandbox.network.remove(ghost)
    outcome = archive.capture(NAME)
    assert (outcome.failure, gaps(archive)) == (None, {})
    assert [told(archive, sandbox, ghost)[-1][0] for ghost in ghosts] == ["hidden"] * 4 + ["unavailable"] * 4
    natives = {sandbox.named(ghost) for ghost in ghosts}
    assert {row["acted_by"] for row in archive.rows(NAME) if row["native_id"] in natives} == {
        None,
        "platform",
    }


@pytest.mark.parametrize("published", [20], indirect=True)
def test_quiet_conversations_are_left_out_but_not_those_in_which_the_account_speaks(
    archive: TestArchive, sandbox: Sandbox, published: Published, *, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    old = sandbox.publish(days=90)
    sandbox.comment(old, at=START - timedelta(days=89))
    archive.capture(NAME)
    sandbox.network.wait(minutes=10)
    sandbox.comment(old, sandbox.us, at=sandbox.network.now())
    sandbox.comment(old, at=sandbox.network.now())
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, gaps(archive)) == (None, 2, 0, {})
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"unchanged": 10}
    sandbox.network.remove(published.talks[4].ours)
    assert (archive.capture(NAME).absent, archive.capture(NAME, "full").absent) == (0, 1)
    assert is_sound(s3, buckets, tmp_path)


def test_an_old_post_at_which_threads_fails_each_time_is_passed_over_where_the_account_answers_below_it(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    """It is looked up by its ID, and named.

    The replies are read, and removals elsewhere are noticed.
    """
    old = sandbox.publish(days=90)
    archive.capture(NAME)
    sandbox.network.wait(minutes=10)
    sandbox.comment(old, sandbox.us, at=sandbox.network.now())
    sandbox.network.remove(published.talks[4].below)
    fault = error(1, "An unknown error occurred", status=500)
    with sandbox.transport.meanwhile(f"/{sandbox.named(old)}?fields=id%2Cmedia", fault.instead):
        outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent) == (None, 1, 1)
    assert f"threads:{sandbox.named(old)} but does not give it" in next(iter(gaps(archive).values()))
    assert archive.capture(NAME).failure is None
    assert gaps(archive) == {}


def test_replies_that_are_counted_and_shown_to_nobody_are_a_gap(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    native = sandbox.named(published.talks[2].post)

    def more(body: Any) -> Any:
        for one in body["data"]:
            one["values"] = [{"value": 8}] if one["name"] == "replies" else one["values"]
        return body

    with sandbox.transport.meanwhile(f"/{native}/insights", rewrite_json(more)):
        archive.capture(NAME)
    assert (
        f"5 replies to 1 record (first: threads:{native})" in gaps(archive)["counts-differ (whole account)"]
    )
    archive.capture(NAME, "full")
    assert gaps(archive) == {}


def test_lists_that_are_refused_are_a_gap_until_they_are_given(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    for scope in REFUSED:
        sandbox.network.withdraw("threads", scope)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new) == (None, 1 + 40 + 1)
    [words] = gaps(archive).values()
    assert "mention the account (error 10)" in words
    assert "counts of posts" in words
    for scope in REFUSED:
        sandbox.network.withdraw("threads", scope, withdrawn=False)
    assert archive.capture(NAME, "full").new == 1
    assert gaps(archive) == {}


def address_of(archive: TestArchive, sandbox: Sandbox, post: Post) -> str:
    return next(str(row["url"]) for row in archive.rows(NAME) if row["native_id"] == sandbox.named(post))


def test_one_permalink_brings_its_conversation_and_a_receipt(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    archive.capture(NAME)
    url = address_of(archive, sandbox, published.talks[5].post)
    outcome, receipt = capture_conversation(archive.place, archive.register, archive.account(NAME), url)
    assert (outcome.failure, outcome.new, receipt.lacking) == (None, 0, [])
    assert (dict(receipt.kinds), receipt.media) == ({"post": 1, "comment": 1, "reply": 2}, 1)


def test_no_receipt_calls_a_conversation_whole_that_was_not_read(
    archive: TestArchive, sandbox: Sandbox, published: Published
) -> None:
    """This includes a conversation whose replies are not counted and whose post Threads calls removed."""
    archive.capture(NAME)
    post = published.talks[5].post
    url, native = address_of(archive, sandbox, post), sandbox.named(post)
    sandbox.comment(post)
    sandbox.network.withdraw("threads", "threads_manage_insights")
    gone = error(100, "Unsupported get request.", 33)
    with sandbox.transport.meanwhile(f"/{native}/conversation", gone.instead):
        _, receipt = capture_conversation(archive.place, archive.register, archive.account(NAME), url)
    assert receipt.lacking == [f"the replies to threads:{native} were not read completely"]
    _, receipt = capture_conversation(archive.place, archive.register, archive.account(NAME), url)
    assert (receipt.lacking, receipt.kinds["comment"]) == ([], 2)


def test_mentions_that_are_refused_later_take_nothing_else_along(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    mention = sandbox.network.publish(
        sandbox.others[0], "Thanks again, @district", at=START - timedelta(hours=5)
    )
    archive.capture(NAME)
    archive.capture(NAME)
    sandbox.network.withdraw("threads", "threads_manage_mentions")
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert told(archive, sandbox, mention) == [("visible", [])]
    sandbox.network.withdraw("threads", "threads_manage_mentions", withdrawn=False)
    assert archive.capture(NAME, "full").failure is None
    assert gaps(archive) == {}
