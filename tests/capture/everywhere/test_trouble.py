"""Trouble on any platform: accounts, tokens, throttles, outages, and renamed properties."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.sandbox.faces import native_id
from recordroom.archive.gaps import Gaps
from recordroom.capture import absences, lookups
from recordroom.capture.derived.reparse import reparse
from recordroom.platforms.registry import load
from tests.archives import AGENCY, register_of
from tests.capture.everywhere.scene import Scene, conversation, something
from tests.capture.everywhere.stages import SECRET
from tests.clock import standing


def test_an_account_suspended_for_a_day(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    scene.network.suspend(scene.us)
    for kind in (None, "full"):
        outcome = scene.capture(kind)
        assert outcome.failure
        assert outcome.absent == 0
    assert any(reason.startswith("capture-failed: ") for reason in scene.gaps())
    scene.network.suspend(scene.us, suspended=False)
    outcome = scene.sound("full")
    assert (outcome.new, outcome.changed, outcome.absent, scene.gaps()) == (0, 0, 0, [])


@pytest.mark.parametrize("scene", ["facebook", "instagram", "threads", "youtube"], indirect=True)
def test_a_day_in_which_nobody_looked_may_hide_what_is_shown_for_a_day(scene: Scene) -> None:
    scene.publish("Closed today")
    with standing(scene.network.now):
        scene.sound()
        scene.network.wait(hours=6)
        scene.sound()
        assert scene.gaps() == []
        scene.network.wait(hours=23, minutes=30)
        assert scene.capture().failure is None
    assert [reason.partition(": ")[0] for reason in scene.gaps()] == (
        [] if scene.platform == "youtube" else ["not-captured"]
    )


def test_a_token_that_dies_and_is_renewed(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    late = scene.publish("Open tomorrow", title="Open tomorrow")
    scene.network.expire_token(scene.where)
    outcome = scene.capture()
    assert outcome.failure
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: TokenExpired"])
    scene.network.expire_token(scene.where, expired=False)
    assert scene.sound().new == 1
    assert scene.told(late.now.text) == [("visible", [])]
    assert scene.gaps() == []


def test_a_permission_taken_away(scene: Scene) -> None:
    """Each permission is missing for a while, with a new post meanwhile.

    The gap names it, no record is called removed, and what can still be read is read.
    """
    something(scene)
    if scene.stage.for_some:
        scene.publish("For some", title="For some", visibility="private")
    scene.sound("full")
    scopes = scene.stage.token.get("scopes", ["read"])
    for scope in scopes:
        scene.network.withdraw(scene.where, scope)
        scene.publish(f"Without {scope}", title=f"Without {scope}")
        outcome = scene.capture("full")
        named = scene.stage.lacks.get(scope, scope)
        told = [
            outcome.failure or "",
            *(gap.detail for gap in Gaps(scene.archive.archive).open_now([scene.name])),
        ]
        assert any(named in words for words in told) if named else (outcome.failure, told) == (None, [""])
        assert outcome.absent == 0
        assert outcome.failure or scene.told(f"Without {scope}")
        scene.network.withdraw(scene.where, scope, withdrawn=False)
    scene.sound("full")
    assert scene.gaps() == []
    assert all(scene.told(f"Without {scope}") for scope in scopes)
    assert {r["status"] for r in scene.rows()} == {"visible"}


FAULTS = {
    1: "Please reduce the amount of data you're asking for, then retry your request",
    2: "An unexpected error has occurred. Please retry your request later.",
}


@dataclass
class Failing(httpx.BaseTransport):
    """A platform that fails at every response with this text, however small the page.

    Meta names the reason; others only respond with status 500.
    """

    real: httpx.BaseTransport
    words: str = ""
    code: int = 1

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.real.handle_request(request)
        if not self.words or self.words.encode() not in response.read():
            return response
        return httpx.Response(500, json={"error": {"message": FAULTS[self.code], "code": self.code}})


@pytest.mark.parametrize("scene", ["facebook", "instagram", "threads", "wordpress"], indirect=True)
def test_one_post_at_which_the_platform_fails_each_time(scene: Scene) -> None:
    """The post is new, or archived already: it is named, and nothing is concluded about it.

    Everything after it and below it is read.
    """
    older = scene.publish("Closed today")
    post = scene.publish("Open tomorrow")
    failing = Failing(scene.between.real, "Open tomorrow")
    scene.between.real = failing
    scene.publish("Open again")
    scene.network.comment(scene.parent, post, "At eight?")
    for kind in (None, "full"):
        outcome = scene.capture(kind)
        assert (outcome.failure, outcome.absent) == (None, 0)
    assert {r["text"] for r in scene.rows()} == {"Closed today", "Open again", "At eight?"}
    assert any(reason.startswith("platform-limit") for reason in scene.gaps())
    failing.words = ""
    assert scene.sound("full").new == 1
    assert scene.sound().absent == 0
    assert scene.gaps() == []
    failing.words, failing.code = "Open tomorrow", 2
    scene.network.comment(scene.parent, older, "Why?")
    scene.network.comment(scene.parent, post, "At nine?")
    for kind, new in ((None, 2), ("full", 0)):
        outcome = scene.capture(kind)
        assert (outcome.failure, outcome.new, outcome.absent) == (None, new, 0)
    assert {r["status"] for r in scene.rows()} == {"visible"}
    failing.words = ""
    assert scene.sound("full").changed == 0
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
def test_nothing_follows_from_a_conversation_that_is_given_no_more_than_its_post(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation with many comments is not looked up comment by comment.

    None of its records waits for a lookup or is doubted.
    """
    monkeypatch.setattr(lookups, "ASKED_AT_MOST", 2)
    monkeypatch.setattr(absences, "LOOKUPS", 0)
    post, other = scene.publish("Open tomorrow"), scene.publish("Closed today")
    for hour in ("eight", "nine"):
        scene.network.comment(scene.parent, post, f"Open tomorrow at {hour}?")
    going = scene.network.comment(scene.parent, other, "Why?")
    scene.sound("full")
    scene.between.real = failing = Failing(scene.between.real, "Open tomorrow")
    scene.network.remove(going)
    for kind, absent in ((None, 1), ("full", 0)):
        outcome = scene.capture(kind)
        assert (outcome.failure, outcome.absent) == (None, absent)
    assert {gap.partition(" ")[0] for gap in scene.gaps()} == {"platform-limit"}
    assert not [
        gap
        for gap in Gaps(scene.archive.archive).open_now([scene.name])
        if "checked in rotation" in (gap.detail or "")
    ]
    assert [row["text"] for row in scene.rows() if row["status"] != "visible"] == ["Why?"]
    failing.words = ""
    assert scene.sound("full").changed == 0
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_one_photo_at_which_facebook_fails_each_time(scene: Scene) -> None:
    """A post with the photo stays as archived, or is captured without it.

    When the photo comes, that is no edit. Nothing after it is missed.
    """
    scene.publish("Open tomorrow", photos=[scene.photo("A bus by day")])
    scene.sound()
    scene.between.real = failing = Failing(scene.between.real, "A bus by ")
    scene.publish("Closed today", photos=[scene.photo("A bus by night"), scene.photo("A door")])
    scene.publish("A film", kind="story", photos=[scene.photo("A bus by dawn")])
    scene.network.comment(scene.parent, scene.publish("Open again"), "At eight?")
    for kind, new in ((None, 4), ("full", 0)):
        outcome = scene.capture(kind)
        assert (outcome.failure, outcome.new, outcome.changed, outcome.absent) == (None, new, 0, 0)
    assert {gap.partition(" ")[0] for gap in scene.gaps()} == {"platform-limit"}
    failing.words = ""
    assert scene.sound().changed == 2
    assert scene.sound("full").changed == 0
    assert (scene.told("Open tomorrow"), scene.gaps()) == ([("visible", [])], [])
    assert scene.told("Closed today") == [("visible", []), ("visible", ["completed"])]
    whole = [row["media"] for row in scene.rows() if row["sequence"] > 1]
    assert sorted(len([file for file in files if file["sha256"]]) for files in whole) == [1, 2]


@pytest.mark.parametrize("scene", ["linkedin", "tiktok", "vimeo", "wordpress", "x", "youtube"], indirect=True)
def test_one_record_at_which_the_platform_fails_when_it_is_looked_for(scene: Scene) -> None:
    """The removal of another record is noticed anyway.

    Nothing is concluded about the failing one, and the failure is reported.
    """
    post = scene.publish("Closed today", title="Closed today")
    first, failing, last = (
        scene.network.comment(scene.parent, post, f"Question {number}") for number in range(3)
    )
    scene.sound()
    for comment in (first, failing, last):
        scene.network.remove(comment)
    number = re.findall(r"[\w.-]+", native_id(scene.network, failing))[-1]
    place = f"/comments/{number}" if scene.platform in ("vimeo", "wordpress") else number
    scene.network.fail(
        scene.where,
        500,
        100,
        path=place,
        body='{"error": {"message": "x"}}',
        headers={"Content-Type": "application/json"},
    )
    outcome = scene.capture("full")
    assert (outcome.failure, outcome.absent) == (None, 2)
    assert scene.told("Question 1") == [("visible", [])]
    assert [reason.partition(" ")[0] for reason in scene.gaps()] == ["platform-limit"]
    scene.network.faults.clear()
    assert scene.capture("full").absent == 1
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_a_story_that_facebook_gives_whole_once_its_day_is_over_was_seen(scene: Scene) -> None:
    """The sweep saw it, the capture of the last days before it did not: manifests say both."""
    with standing(scene.network.now):
        scene.sound()
        scene.between.real = failing = Failing(scene.between.real, "A bus by ")
        scene.publish("A film", kind="story", photos=[scene.photo("A bus by dawn")])
        assert scene.capture().new == 1
        scene.network.wait(days=1)
        for kind, changed in (("sweep", 1), (None, 0)):
            assert scene.capture(kind).changed == changed
        failing.words = ""
        assert scene.capture("sweep").changed == 1
    missed, seen = (manifest.body["seen"] for manifest in scene.archive.manifests(scene.name)[-2:])
    assert (seen["added"], seen["count"]) == (missed["missing"], missed["count"] + 1)
    assert len(seen["added"]) == 1


@pytest.mark.parametrize("scene", ["wordpress"], indirect=True)
def test_an_earlier_wording_at_which_the_site_fails_each_time(scene: Scene) -> None:
    """A shortcode that broke the pages was removed from the text at once."""
    post = scene.publish("Open tomorrow", title="Hours")
    scene.publish("Closed today", title="Snow")
    scene.sound()
    scene.between.real = failing = Failing(scene.between.real, "[broken]")
    for words in ("Open at [broken]", "Open at eight"):
        scene.network.edit(post, words)
    assert scene.capture().failure is None
    assert {r["text"] for r in scene.rows()} == {"Open tomorrow", "Closed today", "Open at eight"}
    assert [reason.partition(" ")[0] for reason in scene.gaps()] == ["platform-limit"]
    failing.words = ""
    scene.sound("sweep")
    assert "Open at [broken]" in {r["text"] for r in scene.rows()}
    scene.sound()
    assert scene.gaps() == []


def test_throttled_for_an_hour(scene: Scene) -> None:
    something(scene)
    scene.sound()
    scene.network.throttle(scene.where, datetime.now(UTC) + timedelta(hours=1))
    outcome = scene.capture()
    assert outcome.not_before is not None
    assert (outcome.failure, outcome.absent, outcome.gaps) == (None, 0, [])
    scene.network.throttle(scene.where, None)
    assert scene.sound().absent == 0


def test_the_platform_down_during_a_sweep(scene: Scene) -> None:
    something(scene)
    scene.sound()
    requests = scene.sound("full").requests
    for after in (number for number in (0, 1, 2, 4) if number < requests):
        scene.network.fail(scene.where, 500, times=40, after=after)
        outcome = scene.capture("full")
        assert outcome.failure or scene.gaps() == ["platform-limit (whole account)"], (
            "all but its counts was read before"
        )
        assert outcome.absent == 0
        scene.network.faults.clear()
    assert scene.sound("full").absent == 0
    assert {r["status"] for r in scene.rows()} == {"visible"}
    assert scene.gaps() == []


@pytest.mark.parametrize("swept", [True, False])  # before; or the outage comes on the first day
# which report edits between two captures
@pytest.mark.parametrize("scene", ["mastodon", "wordpress", "x"], indirect=True)
def test_what_was_edited_during_an_outage_that_a_sweep_ends_has_its_earlier_wording(
    scene: Scene, *, swept: bool
) -> None:
    something(scene)
    scene.sound()
    if swept:
        scene.sound("sweep")
    late = scene.publish("Open at eight", title="Open at eight")
    scene.network.edit(late, "Open at nine", title="Open at nine")
    scene.network.fail(scene.where, 500, times=40)
    assert scene.capture().failure
    scene.network.faults.clear()
    scene.sound("sweep")
    scene.sound()
    told = {text for r in scene.rows() for text in (r["title"], (r["text"] or "").partition(" https")[0])}
    assert told >= {"Open at eight", "Open at nine"}
    assert scene.gaps() == []


def test_the_platform_restarts_while_it_is_read(scene: Scene) -> None:
    """An incomplete response and refused requests are requested again, now or by the next capture."""
    something(scene)
    scene.sound()
    scene.publish("Open again")
    expected = scene.sound("full").requests
    for after in (number for number in (0, 1, 3) if number < expected):
        scene.network.restart(scene.where, after=after)
        outcome = scene.capture("full")
        assert (outcome.new, outcome.changed, outcome.absent) == (0, 0, 0)
        assert len(scene.network.faults) < 2, "it met what broke off"
        scene.network.faults.clear()  # it is up again
    assert scene.sound("full").absent == 0
    assert {r["status"] for r in scene.rows()} == {"visible"}
    assert scene.gaps() == []


def test_a_property_that_is_renamed_overnight(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure names the property, the bytes are kept, and no record is called absent.

    A fixed parser then reads what the old one could not.
    """
    post, _, _ = conversation(scene)
    scene.sound()
    late = scene.network.comment(scene.parent, post, "Is the gym open?")
    old, new = (f'"{name}":'.encode() for name in (scene.stage.words, f"{scene.stage.words}_v2"))
    scene.between.renamed = old, new
    outcome = scene.capture()
    assert scene.stage.words in (outcome.failure or "")
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: UnexpectedResponse"])
    assert "Is the gym open?" not in {r["text"] for r in scene.rows()}
    scene.network.remove(late)  # no later capture can see it
    scene.between.renamed = b"", b""
    connector = load(scene.platform)
    parse = connector.parse
    monkeypatch.setattr(
        connector, "parse", lambda exchange: parse(replace(exchange, body=exchange.body.replace(new, old)))
    )
    assert (
        reparse(scene.archive.place, AGENCY["id"], AGENCY["contact"], scene.archive.account(scene.name)) == 1
    )
    assert scene.told("Is the gym open?") == [("visible", [])]
    scene.sound()
    assert scene.told("Is the gym open?")[-1] == (scene.stage.gone_below, ["status"])
    assert scene.gaps() == []


def test_private_messages_are_a_gap_until_the_register_says_how_they_are_kept(scene: Scene) -> None:
    something(scene)
    entry = scene.archive.register.raw[0]
    scene.archive.register = register_of(entry | {"private_messages": None})
    outcome = scene.capture()
    messages = bool(load(scene.platform).PLATFORM.messages_note)
    assert (outcome.failure, scene.gaps()) == (None, ["private-messages"] if messages else [])
    scene.archive.register = register_of(entry | {"private_messages": "switched off in 2024"})
    scene.sound("full")
    assert scene.gaps() == []


def test_a_token_that_dies_in_the_middle_of_the_seventh_page(scene: Scene) -> None:
    """Everything read before stays; the rest is a gap until the next capture has read it.

    No record appears twice.
    """
    for number in range(8):
        post = scene.publish(f"Post {number}", title=f"Post {number}")
        for answer in range(130):
            scene.network.comment(scene.parent, post, f"Comment {answer} on post {number}")
    scene.between.before[scene.between.asked + 7] = lambda: scene.network.expire_token(scene.where)
    outcome = scene.capture()
    assert outcome.failure
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: TokenExpired (whole account)"])
    before = {r["record_id"] for r in scene.rows()}
    scene.network.expire_token(scene.where, expired=False)
    scene.sound()
    rows = scene.rows()
    assert len(rows) == len({r["record_id"] for r in rows}) == 8 * 131
    assert before < {r["record_id"] for r in rows}
    scene.sound("full")
    assert scene.gaps() == []


def test_no_secret_reaches_the_archive(scene: Scene) -> None:
    something(scene)
    scene.sound()
    for store in (scene.archive.archive, scene.archive.derived):
        assert not [key for key in store.keys("") if scene.name in key and SECRET.encode() in store.get(key)]
