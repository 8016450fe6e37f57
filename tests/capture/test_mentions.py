"""Posts of others that mention or quote an account without replying to it, in a real archive.

They are captured once, and followed.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.capture.inbox import Desk, opened
from tests.services import S3, Buckets

pytestmark = pytest.mark.usefixtures("airflow")


@pytest.fixture(params=["bluesky", "mastodon"])
def desk(
    request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    desk = opened(request.param, s3, buckets, tmp_path, monkeypatch)
    desk.ask_for_messages("no one may send any")
    yield desk
    assert desk.network.invalid == []


def named(desk: Desk) -> dict[str, tuple[str, str, str | None]]:
    """Return text -> kind, status, parent of the newest row of other people's posts."""
    rows = [row for row in desk.archive.rows("inbox") if row["author_is_account"] is False]
    return {row["text"]: (row["kind"], row["status"], row["parent_id"]) for row in rows}


def test_a_mention_and_a_quote_are_captured_once_and_followed(desk: Desk) -> None:
    at, words = f"@{desk.kind.handle}", "was the bus late?"
    post = desk.network.publish(desk.us, "Closed today")
    desk.network.comment(desk.ana, post, f"{at} thanks")
    mention = desk.network.publish(desk.ana, f"{at} {words}")
    theirs = desk.network.publish(desk.bo, "Who knows?")
    desk.network.comment(desk.ana, theirs, f"{at} knows")
    desk.sound()
    told = named(desk)
    assert told[f"{at} {words}"] == ("comment", "visible", None)
    assert told[f"{at} thanks"][0] == "comment"
    assert told[f"{at} knows"][0] == "reply"
    assert "Who knows?" not in told
    for kind in (None, "full", None):
        again = desk.sound(kind)
        assert (again.new, again.changed, again.absent) == (0, 0, 0)
    desk.network.publish(desk.bo, f"{at} and tomorrow?", at=datetime.now(UTC))
    assert desk.sound().new == 1
    desk.network.remove(mention)
    assert desk.sound().absent == 1
    assert named(desk)[f"{at} {words}"][1] == ("removed" if desk.platform == "bluesky" else "unavailable")
    assert desk.gaps() == {}


# on Mastodon a reply to a removed post has no parent
@pytest.mark.parametrize("desk", ["bluesky"], indirect=True)
def test_what_answers_a_comment_that_was_gone_before_anybody_looked_is_read_with_what_answers_it(
    desk: Desk,
) -> None:
    post = desk.network.publish(desk.us, "Closed today")
    gone = desk.network.comment(desk.ana, post, "Again?")
    answer = desk.network.comment(desk.bo, gone, "It snows")
    desk.network.comment(desk.bo, gone, f"@{desk.kind.handle} is that so?")
    desk.network.comment(desk.ana, answer, "Not here")
    desk.network.remove(gone)
    desk.sound()
    assert {(kind, status) for kind, status, _ in named(desk).values()} == {("reply", "visible")}
    assert named(desk).keys() == {"It snows", f"@{desk.kind.handle} is that so?", "Not here"}
    for kind in (None, "full", None):
        again = desk.sound(kind)
        assert (again.new, again.changed, again.absent, desk.gaps()) == (0, 0, 0, {})
    desk.network.suspend(desk.bo)
    assert desk.sound().absent == 2
    desk.network.suspend(desk.bo, suspended=False)
    desk.sound()
    assert {status for _, status, _ in named(desk).values()} == {"visible"}


def test_a_private_mention_is_no_record_and_no_evidence_where_the_register_does_not_ask(desk: Desk) -> None:
    desk.network.publish(desk.us, "Closed today")
    desk.network.message(desk.ana, desk.us, "My child is ill")
    desk.sound()
    desk.sound("full")
    assert desk.rows() == []
    evidence = [
        gzip.decompress(desk.archive.archive.get(key)) for key in desk.archive.archive.keys("evidence/")
    ]
    assert any(b"Closed today" in one for one in evidence)
    assert not any(b"My child is ill" in one for one in evidence)


# a session of Bluesky keeps its scope until it ends
@pytest.mark.parametrize("desk", ["mastodon"], indirect=True)
def test_a_permission_that_is_taken_away_is_a_gap_and_what_is_held_is_followed(desk: Desk) -> None:
    mention = desk.network.publish(desk.ana, f"@{desk.kind.handle} was the bus late?")
    desk.sound()
    desk.may(*(scope for scope in desk.kind.scopes if scope != "read:notifications"))
    assert desk.sound().absent == 0
    assert list(desk.gaps()) == ["platform-limit"]
    desk.network.remove(mention)
    assert desk.sound().absent == 1
    desk.may(*desk.kind.scopes)
    desk.sound()
    assert desk.gaps() == {}
