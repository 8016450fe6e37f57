"""Private messages in a real archive: captured where the register asks, as they come.

A refusal of messages does not affect the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recordroom.archive.gaps import MISSED
from tests.capture.inbox import KINDS, NAME, Desk, opened
from tests.imports.downloads.test_x import archived
from tests.imports.taking import take
from tests.services import S3, Buckets

pytestmark = [pytest.mark.usefixtures("airflow"), pytest.mark.thorough]


@pytest.fixture(params=sorted(KINDS))
def desk(
    request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    desk = opened(request.param, s3, buckets, tmp_path, monkeypatch)
    yield desk
    assert desk.network.invalid == []


def said(desk: Desk) -> list[str]:
    """Return the text of the messages.

    It is without the names that Mastodon puts before it and the addresses of files that X puts after it.
    """
    return sorted(re.sub(r"^@\S+ | https://t\.co/\w+$", "", row["text"] or "") for row in desk.rows())


def gaps(desk: Desk) -> dict[str, str]:
    """Return the open gaps except those of messages that the platform no longer gives."""
    return {reason: detail for reason, detail in desk.gaps().items() if not reason.startswith(MISSED)}


def missed(desk: Desk) -> list[str]:
    return [detail for reason, detail in desk.gaps().items() if reason.startswith(MISSED)]


def test_messages_are_captured_whole_once_and_then_as_they_come(desk: Desk) -> None:
    desk.ask_for_messages()
    desk.network.publish(desk.us, "Closed today", photos=[desk.network.photo(desk.platform, "Snow")])
    photos = [desk.network.photo(desk.platform, "A snowman")] if desk.kind.pictured else []
    asked = desk.network.message(desk.ana, desk.us, "Is it all schools?")
    desk.network.message(desk.us, desk.ana, "Yes, all of them.", answers=asked)
    desk.network.message(desk.bo, desk.us, "Thank you!", photos=photos)
    desk.sound()
    assert said(desk) == ["Is it all schools?", "Thank you!", "Yes, all of them."]
    rows = desk.rows()
    assert {row["visibility"] for row in rows} == {"direct" if desk.platform == "mastodon" else "private"}
    assert len({row["root_id"] for row in rows}) == 2
    pictured = [row for row in rows if row["media"]]
    assert len(pictured) == desk.kind.pictured
    assert all(media["sha256"] for row in pictured for media in row["media"])
    assert sum(bool(row["author_is_account"]) for row in rows) == 1
    for kind in (None, "full"):
        again = desk.sound(kind)
        assert (again.new, again.changed, again.absent) == (0, 0, 0)
    desk.network.message(desk.ana, desk.us, "And tomorrow?", at=datetime.now(UTC))
    assert desk.sound().new == 1
    assert "And tomorrow?" in said(desk)
    assert gaps(desk) == {}
    assert len(missed(desk)) == (desk.platform == "x"), "X gives those of thirty days"


def test_a_message_that_is_taken_back_is_never_called_gone(desk: Desk) -> None:
    desk.ask_for_messages()
    message = desk.network.message(desk.ana, desk.us, "I take this back")
    desk.network.message(desk.bo, desk.us, "I do not")
    desk.sound()
    desk.network.unsend(message)
    for kind in (None, "full"):
        assert desk.sound(kind).absent == 0
    assert {row["status"] for row in desk.rows()} == {"visible"}


# without its scope Mastodon shows nothing at all
@pytest.mark.parametrize("desk", ["facebook", "instagram", "x"], indirect=True)
def test_a_permission_that_is_taken_away_is_a_gap_and_the_rest_goes_on(desk: Desk) -> None:
    desk.ask_for_messages()
    desk.network.publish(desk.us, "Closed today", photos=[desk.network.photo(desk.platform, "Snow")])
    desk.network.message(desk.ana, desk.us, "Is it all schools?")
    desk.sound()
    assert gaps(desk) == {}
    desk.may(*(scope for scope in desk.kind.scopes if scope not in desk.kind.reading))
    desk.network.publish(desk.us, "Open again", photos=[desk.network.photo(desk.platform, "Sun")])
    desk.network.message(desk.ana, desk.us, "And tomorrow?")
    assert desk.sound().new == 1
    assert list(gaps(desk)) == ["private-messages"]
    assert f"docs/platforms/{desk.platform}.md" in desk.gaps()["private-messages"]
    desk.may(*desk.kind.scopes)
    assert desk.sound().new == 1
    assert gaps(desk) == {}
    assert said(desk) == ["And tomorrow?", "Is it all schools?"]


def test_nothing_is_read_where_the_register_does_not_ask(desk: Desk) -> None:
    desk.network.message(desk.ana, desk.us, "Is it all schools?")
    desk.sound()
    assert desk.rows() == []


@pytest.mark.parametrize("desk", ["instagram"], indirect=True)
def test_what_instagram_does_not_give_of_a_long_conversation_is_a_gap(desk: Desk) -> None:
    desk.ask_for_messages()
    for number in range(25):
        desk.network.message(
            desk.ana,
            desk.us,
            f"Question {number}",
            at=datetime.now(UTC) - timedelta(hours=20, minutes=-number),
        )
    desk.sound()
    assert len(desk.rows()) == desk.kind.most
    assert missed(desk)[0].startswith(
        "Instagram gives only the newest messages of a conversation: instagram:conversations/"
    )
    desk.sound("full")
    assert len(missed(desk)) == 1


@pytest.mark.parametrize("desk", ["x"], indirect=True)
def test_what_x_gives_and_its_own_archive_holds_too_is_the_same_record(desk: Desk, tmp_path: Path) -> None:
    desk.ask_for_messages()
    desk.network.message(desk.ana, desk.us, "Is it all schools? See https://district.example/ & call")
    desk.network.message(desk.ana, desk.us, "Look", photos=[desk.network.photo(desk.platform, "A snowman")])
    desk.sound()
    assert len(missed(desk)) == 1
    held = desk.rows()
    told = [
        {
            "id": row["native_id"],
            "senderId": row["author_id"],
            "text": row["text"],
            "createdAt": f"{row['published_at']:%Y-%m-%dT%H:%M:%S.000Z}",
            "urls": [{"expanded": link} for link in row["links"]],
            "mediaUrls": [
                f"https://ton.twitter.com/1.1/ton/data/dm/{row['native_id']}/1/{media['identity']}"
                for media in row["media"]
            ],
        }
        for row in held
    ]
    conversation = held[0]["root_id"].removeprefix("x:conversations/")
    talk = {
        "dmConversation": {
            "conversationId": conversation,
            "messages": [{"messageCreate": one} for one in told],
        }
    }
    older = {
        **told[0],
        "id": "1500000000000000000",
        "text": "Years ago",
        "createdAt": "2022-03-05T00:00:00.000Z",
    }
    talk["dmConversation"]["messages"].append({"messageCreate": older})
    identity = desk.archive.state(NAME).sums.identity or {}
    whose = [{"account": {"accountId": identity["native_id"], "username": "district"}}]
    done = take(desk.archive, NAME, archived(tmp_path / "archive.zip", account=whose, direct_messages=[talk]))
    assert (done.rejected, done.new, done.changed, done.twins) == (0, 1, 0, [])
    assert missed(desk) == []
    assert desk.sound("full").new == 0
    assert desk.gaps() == {}


@pytest.mark.parametrize("desk", ["mastodon"], indirect=True)
def test_what_was_said_before_a_message_that_mastodon_lost_is_read(desk: Desk) -> None:
    """The last message of a conversation leads to the one that it replies to and no further."""
    desk.ask_for_messages()
    asked = desk.network.message(desk.ana, desk.us, "Is it all schools?")
    more = desk.network.message(desk.ana, desk.us, "And the buses?", answers=asked)
    gone = desk.network.message(desk.ana, desk.us, "Sorry!!!", answers=more)
    desk.network.message(desk.us, desk.ana, "Yes, all of them.", answers=gone)
    desk.network.unsend(gone)
    desk.sound()
    assert said(desk) == ["And the buses?", "Is it all schools?", "Yes, all of them."]
    first, second = (
        next(row for row in desk.rows() if text in row["text"]) for text in ("Is it all", "And the")
    )
    assert (second["parent_id"], second["root_id"], first["root_id"]) == (first["record_id"],) * 3
    for kind in (None, "full"):
        assert [getattr(desk.sound(kind), what) for what in ("new", "changed", "absent")] == [0, 0, 0]


@pytest.mark.parametrize("desk", ["mastodon"], indirect=True)
def test_all_that_a_private_mention_said_is_read_once_somebody_goes_on_writing(desk: Desk) -> None:
    desk.ask_for_messages()
    said = desk.network.message(desk.ana, desk.us, "My child is ill")
    desk.sound()
    now = datetime.now(UTC)
    for words, ago in (("My child has the flu", 2), ("My child has a cold", 1)):
        desk.network.edit(said, f"@{desk.kind.handle} {words}", at=now - timedelta(seconds=ago))
    desk.network.message(desk.ana, desk.us, "May it come to school?", answers=said, at=now)
    desk.sound()
    told = {row["text"].partition(" ")[2] for row in desk.rows()}
    assert told == {
        "My child is ill",
        "My child has the flu",
        "My child has a cold",
        "May it come to school?",
    }
