"""A Facebook Page captured into an archive.

The cases are its error 100, its renaming, its cut lists, its reels and stories, and its token.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.faces.facebook.access import object_id
from infra.sandbox.model import Post, Video
from recordroom.archive.gaps import Gap, Gaps
from recordroom.archive.ledger import Ledger
from recordroom.capture.credentials import tokens
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.model import ZONE
from recordroom.platforms.facebook import crawl
from tests.archives import TestArchive, make, register_of
from tests.capture.everywhere.stages import SECRET
from tests.clock import standing
from tests.fault_transport import retry_at_once, rewrite_json
from tests.platforms.contract.sandbox import Sandbox, open_sandbox
from tests.platforms.facebook.test_walk import page_id, video_id
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer
from tests.services import S3, Buckets

NAME = "page"
FAULT = error(1, "An unknown error occurred", status=500)
REFUSAL = error(200, "(#200) no", status=403)
LIMIT = "platform-limit (whole account)"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    retry_at_once(monkeypatch)
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    sandbox = open_sandbox("facebook")
    with standing(sandbox.network.now):
        yield sandbox
    assert sandbox.network.invalid == []


@pytest.fixture
def talks(sandbox: Sandbox) -> list[tuple[Post, Post, Post]]:
    """Publish ten posts, each with a comment and a reply to it; the sixth has two photos."""
    found = []
    for number in range(10):
        photos = (
            [sandbox.network.photo("facebook", alt) for alt in ("A yellow bus", "")] if number == 5 else []
        )
        post = sandbox.publish(days=20 - number / 24, photos=photos)
        comment = sandbox.comment(post)
        found.append((post, comment, sandbox.comment(comment, 1)))
    return found


@pytest.fixture
def entry(sandbox: Sandbox) -> dict[str, Any]:
    stage = sandbox.profile.stage
    return {"id": NAME, "platform": "facebook", "url": stage.url, "api_url": stage.api}


@pytest.fixture
def archive(
    s3: S3,
    buckets: Buckets,
    tmp_path: Path,
    sandbox: Sandbox,
    talks: list[tuple[Post, Post, Post]],
    *,
    entry: dict[str, Any],
) -> TestArchive:
    assert talks, "published before the first capture"
    return make(s3, buckets, tmp_path, entry, transport=sandbox.transport)


def current(archive: TestArchive) -> dict[str, str]:
    """Return native ID -> status of its last row."""
    return {row["native_id"]: row["status"] for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> list[Gap]:
    return Gaps(archive.archive).open_now([NAME])


def reasons(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in gaps(archive)]


def test_page_is_captured_completely_and_once_and_without_its_token(
    archive: TestArchive, sandbox: Sandbox, talks: list[tuple[Post, Post, Post]]
) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 2 + 10 + 10 + 10
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent) == (None, 0, 0, 0)
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == sandbox.named(talks[5][0]))
    assert [(m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [
        ("A yellow bus", True),
        (None, True),
    ]
    assert (post["counts"]["comments"], post["valid_from_source"]) == (1, "capture")
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"published_posts" in evidence
    assert SECRET.encode() not in evidence
    assert SECRET not in str([entry.body for entry in archive.manifests(NAME)])


def test_error_100_is_believed_only_while_the_page_itself_can_be_read(
    archive: TestArchive,
    sandbox: Sandbox,
    talks: list[tuple[Post, Post, Post]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = sandbox.network
    stranger = network.account("facebook/stranger", "Stranger").key
    native = sandbox.named(sandbox.comment(talks[3][0], stranger))
    archive.capture(NAME)
    network.suspend(stranger)
    network.expire_token("facebook", reason="password")
    assert "error 190 (460)" in str(archive.capture(NAME, "full").failure)
    assert set(current(archive).values()) == {"visible"}
    network.expire_token("facebook", expired=False)
    network.account("facebook/clerk", "Clerk", manages=[sandbox.us])
    person = "EAAGaTokenOfAPerson"
    network.grant(
        "facebook", person, "facebook/clerk", kind="user", scopes=sandbox.profile.stage.token["scopes"]
    )
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "resolve", lambda *_: {"token": person})
        assert "not a Page" in str(archive.capture(NAME, "full").failure), (
            "with it all comments seem to be gone"
        )
    assert set(current(archive).values()) == {"visible"}
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 1)
    assert {one for one, status in current(archive).items() if status != "visible"} == {native}
    [row] = (row for row in archive.rows(NAME) if row["status"] == "unavailable")
    assert (row["acted_by"], row["changed"]) == ("unknown", ["status"])
    network.suspend(stranger, suspended=False)
    assert archive.capture(NAME, "full").changed == 1
    assert set(current(archive).values()) == {"visible"}


def test_renamed_page_is_followed_and_another_one_is_not(
    archive: TestArchive, sandbox: Sandbox, talks: list[tuple[Post, Post, Post]]
) -> None:
    archive.capture(NAME)
    sandbox.network.rename(sandbox.us, handle="ValleyDistrict", name="Valley School District")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 2)
    changed = {row["native_id"]: row["title"] for row in archive.rows(NAME) if row["changed"]}
    assert changed == {
        page_id(sandbox): "Valley School District",
        sandbox.named(
            talks[5][0]
        ): "Valley School District added 2 new photos.",  # Facebook's own sentence above the post
    }
    titles = [
        (row["title"], row["author_handle"])
        for row in archive.rows(NAME)
        if row["native_id"] == page_id(sandbox)
    ]
    assert titles == [("District", "district"), ("Valley School District", "ValleyDistrict")]
    assert archive.manifests(NAME)[-1].body["identity"]["handle"] == "ValleyDistrict"
    count = len(archive.rows(NAME))
    with sandbox.transport.meanwhile(
        "/me?", rewrite_json(lambda body: body | {"id": "101", "username": "district"})
    ):
        assert "101" in str(archive.capture(NAME, "full").failure)
    assert len(archive.rows(NAME)) == count


def test_list_that_is_cut_short_is_a_gap_until_one_is_not(
    archive: TestArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "CUT_FROM", 10)
    archive.capture(NAME)
    [gap] = gaps(archive)
    assert gap.reason == LIMIT
    assert "gave 10 of 2026" in gap.detail
    archive.capture(NAME)
    assert reasons(archive) == [LIMIT]
    monkeypatch.setattr(crawl, "CUT_FROM", 11)
    archive.capture(NAME)
    assert reasons(archive) == [LIMIT]
    archive.capture(NAME, "full")
    assert reasons(archive) == []


def test_explained_limit_is_open_again_if_it_says_something_else(
    archive: TestArchive, sandbox: Sandbox, entry: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def explain(**words: Any) -> None:
        archive.register = register_of(entry | ({"explained": {"platform-limit": words}} if words else {}))

    monkeypatch.setattr(crawl, "CUT_FROM", 10)
    archive.capture(NAME)
    [gap] = gaps(archive)
    opened = gap.opened_at.astimezone(
        ZONE
    ).date()  # by the clock of the store, which is not that of the sandbox
    explain(until=str(opened - timedelta(days=1)), why="the Page's download was imported")
    archive.capture(NAME, "full")
    assert len(gaps(archive)) == 1, "it was reported after that day"
    explain(until=str(opened), why="the Page's download was imported")
    for kind in (None, "full"):
        archive.capture(NAME, kind)
        assert bool(gaps(archive)) is (kind is None), (
            "the last days reach no limit, and say nothing about the complete account"
        )
    sandbox.publish(days=0.1)
    archive.capture(NAME, "full")
    assert gaps(archive) == [], "another number is nothing new"
    with sandbox.transport.meanwhile("/stories", REFUSAL.instead):
        archive.capture(NAME, "full")
    [gap] = gaps(archive)
    assert "stories" in gap.detail
    archive.capture(NAME, "full")
    assert gaps(archive) == []
    closed = [e.body["how"] for e in Ledger(archive.archive, "gap").entries() if e.type == "closed"]
    assert closed == ["the register says: the Page's download was imported"] * 2
    explain()
    archive.capture(NAME, "full")
    assert "11 of 2026" in gaps(archive)[0].detail, "the explanation is gone"


def test_conversation_at_which_facebook_fails_is_a_gap_and_hides_nothing_else(
    archive: TestArchive, sandbox: Sandbox, talks: list[tuple[Post, Post, Post]], entry: dict[str, Any]
) -> None:
    """Nothing is concluded from it, and it is asked for again though nothing reports anything new."""
    archive.capture(NAME)
    assert gaps(archive) == []
    newest, comment, _ = talks[9]
    later = sandbox.network.now()
    failed = sandbox.comment(newest, at=later)
    seen = sandbox.comment(talks[1][0], at=later)
    sandbox.network.remove(talks[4][2])
    name = sandbox.named
    sandbox.transport.rules = [(f"/{name(newest)}/comments", FAULT.instead)]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent, outcome.new) == (None, 1, 1)
    statuses = current(archive)
    assert (statuses[name(talks[4][2])], statuses[name(comment)]) == ("unavailable", "visible")
    assert name(seen) in statuses
    assert name(failed) not in statuses
    assert archive.manifests(NAME)[-1].body["visited"]["skipped"] == {"not_given": 1}
    [gap] = gaps(archive)
    assert gap.reason == LIMIT
    words = (
        f"1 conversation could not be read, and will be asked for again (first: facebook:{name(newest)}: GET"
    )
    assert gap.detail.startswith(words)
    day = gap.opened_at.astimezone(ZONE).date()
    archive.register = register_of(
        entry
        | {"explained": {"platform-limit": {"until": str(day), "why": "the Page's download was imported"}}}
    )
    assert archive.capture(NAME, "full").new == 0
    assert reasons(archive) == [LIMIT], "an explanation of the limits of lists does not cover it"
    page, _, number = name(newest).partition("_")
    one, _ = capture_conversation(
        archive.place,
        archive.register,
        archive.account(NAME),
        f"https://www.facebook.com/{page}/posts/{number}",
    )
    assert "error 1" in str(one.failure), "an administrator who wants to moderate it must know"
    assert reasons(archive) == [LIMIT]
    sandbox.transport.rules.clear()
    assert archive.capture(NAME, "sweep").new == 1
    assert name(failed) in current(archive)
    assert gaps(archive) == []


def test_story_that_is_first_seen_after_its_day_is_archived_as_ended(
    archive: TestArchive, sandbox: Sandbox
) -> None:
    """No capture ran on its day.

    `seen` of the manifest is the set that its chain says (archive-format 7.3), which leaves it out.
    """
    archive.capture(NAME)
    archive.capture(NAME, "full")
    story = sandbox.publish(days=3, kind="story", photos=[sandbox.network.photo("facebook", "Snow")])
    for new in (1, 0):
        outcome = archive.capture(NAME, "full")
        assert (outcome.failure, outcome.new, outcome.absent) == (None, new, 0)
        assert archive.manifests(NAME)[-1].body["seen"]["count"] == 31, "the verifiers count it too"
    assert current(archive)[object_id(story.number)] == "unavailable"


def test_reel_is_removed_only_if_the_list_of_reels_says_so(archive: TestArchive, sandbox: Sandbox) -> None:
    """Its post is error 100 at any time.

    If the list fails, or the reel itself is refused, nothing is concluded.
    """
    reel = sandbox.publish(days=0.1, video=Video(5, 48, 64))
    native = f"{page_id(sandbox)}_{object_id(reel.number)}"
    archive.capture(NAME)
    archive.capture(NAME, "full")
    assert current(archive)[native] == "visible"
    refusals = {
        "/video_reels": error(2, "try again later"),
        f"/v26.0/{video_id(reel)}?": error(10, "(#10) no"),
    }
    for address, answer in refusals.items():
        with sandbox.transport.meanwhile(address, answer.instead):
            for kind in (None, "full"):
                outcome = archive.capture(NAME, kind)
                assert (outcome.failure, outcome.absent) == (None, 0)
        assert current(archive)[native] == "visible"
    sandbox.network.remove(reel)
    assert archive.capture(NAME, "full").absent == 1
    assert current(archive)[native] == "unavailable"


def test_total_that_exceeds_the_visible_posts_may_include_hidden_ones(
    archive: TestArchive, sandbox: Sandbox, talks: list[tuple[Post, Post, Post]]
) -> None:
    sandbox.network.hide(talks[5][0])
    counted = Answer({"data": [], "summary": {"total_count": 10}})
    with sandbox.transport.meanwhile("summary=total_count", counted.instead):
        assert archive.capture(NAME).failure is None
    [gap] = gaps(archive)
    assert (
        gap.detail
        == "the platform counts 1 more than we hold: 1 of 10 (own), unless it counts those that are not"
        " visible: 1 is held here as hidden, held, spam or trashed, and it does not say"
    )


def test_reel_whose_post_facebook_fails_to_give_is_no_other_record(
    archive: TestArchive, sandbox: Sandbox, talks: list[tuple[Post, Post, Post]]
) -> None:
    """Its video, to which the list of reels leads, has another title, author, and audience than the post."""
    post = talks[8][0]
    sandbox.publish(days=0.1, video=Video(5, 48, 64))
    native = sandbox.named(post)

    def unlisted(body: Any) -> Any:
        found = [one for one in body["data"] if one["id"] != native]
        return body | {"data": found}

    def led(body: Any) -> Any:
        return body | {"data": [one | {"post_id": native} for one in body["data"]]}

    def titled(body: Any) -> Any:
        return body | {"story": "District posted a reel", "privacy": {"value": "EVERYONE"}}

    rules = [
        ("/published_posts", rewrite_json(unlisted)),
        ("/feed", rewrite_json(unlisted)),
        ("/video_reels", rewrite_json(led)),
    ]
    given = [*rules, (f"/v26.0/{native}?", rewrite_json(titled))]
    sandbox.transport.rules = given
    archive.capture(NAME)
    assert native in current(archive)
    sandbox.transport.rules = [*rules, (f"/v26.0/{native}?", FAULT.instead)]
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.changed, outcome.absent) == (None, 0, 0)
    assert {reason.partition(" ")[0] for reason in reasons(archive)} == {"platform-limit"}
    sandbox.transport.rules = given
    assert archive.capture(NAME, "full").changed == 0
    assert [row["title"] for row in archive.rows(NAME) if row["native_id"] == native] == [
        "District posted a reel"
    ]


def test_refused_stories_change_nothing_that_is_archived(archive: TestArchive, sandbox: Sandbox) -> None:
    """That includes a story that only their list could confirm."""
    story = sandbox.publish(days=0.1, kind="story", photos=[sandbox.network.photo("facebook", "Snow")])
    archive.capture(NAME)
    archive.capture(NAME)
    post = sandbox.publish(days=0.05)
    native = object_id(story.number)
    with sandbox.transport.meanwhile("/stories", REFUSAL.instead):
        for kind in (None, "full"):
            outcome = archive.capture(NAME, kind)
            assert (outcome.failure, outcome.absent) == (None, 0)
        assert {sandbox.named(post), native} <= current(archive).keys()
        assert current(archive)[native] == "visible"
        assert any(reason.startswith("platform-limit") for reason in reasons(archive))
    assert archive.capture(NAME, "full").failure is None
