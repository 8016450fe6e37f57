"""A Mastodon account in a real archive: records that only it can see, and new replies below old posts.

Such a record is not removed when the token is replaced by another account's, or taken away.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from recordroom.capture.credentials import tokens
from recordroom.platforms.mastodon import conversations
from tests.capture.inbox import SECRET, Desk, opened
from tests.services import S3, Buckets

HELD = {"For all": "visible", "For followers": "visible", "Gone": "unavailable"}


@pytest.fixture
def desk(s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = opened("mastodon", s3, buckets, tmp_path, monkeypatch)
    desk.network.account("mastodon/pta", "The parents' association")
    desk.ask_for_messages("no one may send any")
    return desk


def somebody_elses(desk: Desk, _: pytest.MonkeyPatch) -> None:
    for token in desk.network.tokens:
        token.account = "mastodon/pta"
    desk.network.save()


def none(_: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {})


@pytest.mark.parametrize("lose", [somebody_elses, none])
def test_what_is_for_followers_is_not_gone_where_the_token_is_not_the_accounts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, lose: Callable[[Desk, pytest.MonkeyPatch], None]
) -> None:
    desk.network.publish(desk.us, "For all")
    private = desk.network.publish(desk.us, "For followers", visibility="private")
    gone = desk.network.publish(desk.us, "Gone")
    desk.sound()
    desk.sound("full")
    lose(desk, monkeypatch)
    desk.network.remove(gone)
    for kind, absent in ((None, 1), ("full", 0), (None, 0)):
        assert desk.sound(kind).absent == absent
        assert statuses(desk) == HELD
    told = "the token is not this account's" in desk.gaps().get("platform-limit (whole account)", "")
    assert told is (lose is somebody_elses)
    for token in desk.network.tokens:
        token.account = desk.us
    desk.network.save()
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": SECRET})
    assert desk.sound("full").absent == 0
    assert (statuses(desk), desk.gaps()) == (HELD, {})
    desk.network.remove(private)
    assert desk.sound("full").absent == 1
    assert statuses(desk) == HELD | {"For followers": "unavailable"}


def test_what_a_new_token_shows_comes_with_all_that_it_said_before_however_long_ago_it_was_edited(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = desk.network.publish(
        desk.us, "Closed on Monday", visibility="private", at=desk.network.now() - timedelta(days=60)
    )
    desk.network.edit(old, "Closed on Tuesday", at=desk.network.now() - timedelta(days=59))
    with monkeypatch.context() as without:
        none(desk, without)
        desk.sound()
    desk.network.fail("mastodon", 403, path="/history")
    desk.sound("sweep")
    assert "could not be read" in desk.gaps()["platform-limit (whole account)"]
    desk.sound("sweep")
    said = [(row["text"], row["late_arrival"]) for row in desk.rows("post")]
    assert said == [("Closed on Tuesday", False), ("Closed on Monday", True)]


def test_what_is_said_to_an_answer_below_an_old_post_is_read_where_the_answer_was_held_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a first capture reads the newest first: the post is on a later page than the reply
    monkeypatch.setattr(conversations, "PAGE", 1)
    old = desk.network.publish(desk.us, "The school is closed", at=desk.network.now() - timedelta(days=40))
    answer = desk.network.comment(desk.us, old, "It is open again")
    desk.network.comment(desk.ana, answer, "Thank you")
    desk.sound()
    desk.network.comment(desk.bo, answer, "For how long?")
    for kind, new in ((None, 1), ("full", 0), (None, 0)):
        assert (desk.sound(kind).new, desk.gaps()) == (new, {})


def test_an_answer_below_an_old_post_to_somebody_whose_account_is_away_stands_in_its_conversation(
    desk: Desk,
) -> None:
    old = desk.network.publish(desk.us, "The school is closed", at=desk.network.now() - timedelta(days=40))
    asked = desk.network.comment(desk.ana, old, "Until when?")
    desk.sound()
    desk.network.suspend(desk.ana)
    desk.network.comment(desk.us, asked, "Until Monday")
    desk.sound()
    [post, comment, answer] = [row for row in desk.archive.rows("inbox") if row["kind"] != "profile"]
    assert (answer["kind"], answer["parent_id"], answer["root_id"]) == (
        "reply",
        comment["record_id"],
        post["record_id"],
    )


def test_what_is_said_to_some_only_hides_nothing_of_what_those_say_whom_the_account_mutes(desk: Desk) -> None:
    """An instance counts the replies for everyone, and shows the account all except those of muted people."""
    post = desk.network.publish(desk.us, "The school is closed")
    asked = desk.network.comment(desk.ana, post, "Until when?")
    for answered in (post, asked):
        desk.network.comment(desk.us, answered, "Staff know more", visibility="private")
        desk.network.comment(desk.bo, answered, "Nobody knows")
    desk.network.mute(desk.us, desk.bo)
    desk.sound()
    assert [row["text"] for row in desk.rows("comment")].count("Nobody knows") == 1
    assert [row["text"] for row in desk.rows("reply")].count("Nobody knows") == 1
    for kind in ("full", None):
        assert (desk.sound(kind).absent, desk.gaps()) == (0, {})


def statuses(desk: Desk) -> dict[str, str]:
    """Return text -> status of the newest row."""
    return {row["text"]: row["status"] for row in desk.archive.rows("inbox") if row["kind"] == "post"}


def test_a_post_that_moderators_deleted_is_told_from_one_that_is_merely_gone(desk: Desk) -> None:
    deleted = desk.network.publish(desk.us, "Deleted by moderators")
    gone = desk.network.publish(desk.us, "Gone")
    desk.sound()
    desk.network.moderate(deleted)
    desk.network.remove(gone)
    assert desk.sound("full").absent == 2
    said = {row["text"]: (row["status"], row["acted_by"]) for row in desk.rows("post")}
    assert said == {"Deleted by moderators": ("removed", "platform"), "Gone": ("unavailable", "unknown")}
    assert desk.gaps() == {}
