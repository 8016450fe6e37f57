"""A value that a platform does not report is requested, and not taken for zero.

Reply counts may be left out or have another name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from infra.sandbox.faces import native_id
from recordroom.archive.gaps import Gaps
from recordroom.capture.permalink.capture import capture_conversation
from recordroom.capture.permalink.receipt import Receipt
from tests.capture.everywhere.faulty import CONVERSATIONS
from tests.capture.everywhere.scene import Scene, conversation
from tests.clock import standing
from tests.fault_transport import refusal

pytestmark = pytest.mark.thorough


def without(*names: str) -> Callable[[str, Any], Any]:
    """Return responses without these properties."""

    def told(path: str, body: Any) -> Any:
        if isinstance(body, dict):
            return {name: told(path, value) for name, value in body.items() if name not in names}
        return [told(path, one) for one in body] if isinstance(body, list) else body

    return told


@pytest.mark.parametrize(
    ("scene", "names"),
    [
        ("bluesky", ("replyCount", "quoteCount")),
        ("youtube", ("commentCount",)),
        ("vimeo", ("replies",)),
        ("vimeo", ("replies", "comments")),
        ("linkedin", ("commentsSummary",)),
        ("linkedin", ("commentsSummary", "commentSummary")),
    ],
    indirect=["scene"],
)
def test_answers_that_are_not_counted_are_asked_for(scene: Scene, names: tuple[str, ...]) -> None:
    scene.between.telling = without(*names)
    told = conversation(scene)
    assert scene.capture("full").failure is None
    for one in told:
        assert scene.told(one.now.text) == [("visible", [])]


@pytest.mark.parametrize("scene", ["tiktok"], indirect=True)
def test_answers_beyond_those_beside_a_comment_are_asked_for_where_their_number_is_not_told(
    scene: Scene,
) -> None:
    scene.between.telling = without("replies")
    _, comment, _ = conversation(scene)
    for number in range(5):
        scene.network.comment(scene.teacher, comment, f"Answer {number}")
    assert scene.capture("full").failure is None
    assert all(scene.told(f"Answer {number}") for number in range(5))


@pytest.mark.parametrize("scene", ["youtube"], indirect=True)
def test_where_comments_are_switched_off_that_is_asked_once_and_then_when_it_is_their_turn(
    scene: Scene,
) -> None:
    asked: list[str] = []

    def noted(path: str, body: Any) -> Any:
        asked.append(path.rpartition("/")[2])
        return body

    scene.network.publish(
        scene.us, "Closed", title="Closed", comments_off=True, at=datetime.now(UTC) - timedelta(days=200)
    )
    scene.between.telling = noted
    scene.sound()
    first = asked.count("commentThreads")
    scene.sound("sweep")
    assert asked.count("commentThreads") - first == first - 1, (
        "but the lists of those that wait, of the whole channel, each time"
    )


@pytest.mark.parametrize(
    ("scene", "path", "status", "body"),
    [
        ("linkedin", "/socialActions/{}/comments", 500, {"status": 500, "message": "Internal Server Error"}),
        (
            "linkedin",
            "/socialActions/{}/comments",
            403,
            {"status": 403, "message": "Not enough permissions to access this"},
        ),
        ("tiktok", "video_id={}&", 200, {"code": 50000, "message": "System error", "request_id": "1"}),
        ("vimeo", "/{}/comments", 500, {"error": "Something went wrong", "error_code": 1000}),
        ("mastodon", "/{}/context", 500, {"error": "Something went wrong on our end"}),
        ("bluesky", "{}&depth=", 500, {"error": "InternalServerError", "message": "Internal Server Error"}),
    ],
    indirect=["scene"],
)
def test_a_conversation_that_is_not_given_keeps_nothing_behind_it_from_being_captured(
    scene: Scene, path: str, status: int, body: dict[str, Any]
) -> None:
    titled = {"title": "Closed"} if scene.platform == "vimeo" else {}
    posts = [scene.publish(f"Closed {number}", **titled) for number in range(4)]
    for number, post in enumerate(posts):
        scene.network.comment(scene.parent, post, f"Why {number}?")
    failing = native_id(scene.network, posts[2]).rpartition("/")[2]
    scene.network.fail(
        scene.where,
        status,
        100,
        path=path.format(failing),
        body=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    for kind in ("full", "full", None):
        assert scene.capture(kind).failure is None
        assert {row["text"] for row in scene.rows() if row["kind"] == "comment"} == {
            "Why 0?",
            "Why 1?",
            "Why 3?",
        }
    assert any(gap.startswith("platform-limit") for gap in scene.gaps())
    scene.network.faults.clear()
    for kind in ("full", None):
        scene.sound(kind)
    assert (scene.told("Why 2?"), scene.gaps()) == ([("visible", [])], [])


@dataclass
class Closed(httpx.BaseTransport):
    """A platform that responds with an error to requests for the comments below one of these posts."""

    real: httpx.BaseTransport
    platform: str
    status: int
    closed: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        address = unquote(str(request.url))
        if re.search(CONVERSATIONS[self.platform], address) and any(
            native in address for native in self.closed
        ):
            return httpx.Response(
                200 if self.platform == "tiktok" else self.status, json=refusal(self.platform, self.status)
            )
        return self.real.handle_request(request)


@pytest.mark.parametrize(
    ("scene", "status", "closed"),
    [
        *((platform, 500, (1, 3, 5, 7)) for platform in ("facebook", "linkedin", "mastodon", "youtube")),
        *((platform, 403, (1,)) for platform in ("bluesky", "facebook", "tiktok")),
    ],
    indirect=["scene"],
)
def test_what_is_not_given_for_good_ends_no_capture_that_asks_for_little_else(
    scene: Scene, status: int, closed: tuple[int, ...]
) -> None:
    """The first capture reads others between them.

    Later captures request these alone, because nothing else is due.
    """
    titled = {"title": "Closed"} if scene.platform in ("vimeo", "youtube", "tiktok") else {}
    scene.between.real = failing = Closed(scene.between.real, scene.platform, status)
    with standing(scene.network.now):
        for number in range(10):
            at = scene.network.now() - timedelta(days=25 - number)
            post = scene.publish(f"Closed {number}", at=at, **titled)
            scene.network.comment(scene.parent, post, f"Why {number}?", at=at + timedelta(hours=1))
            failing.closed += [native_id(scene.network, post).rpartition("/")[2]] if number in closed else []
        for kind in ("history", None, None, "sweep", None):
            assert scene.capture(kind).failure is None
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())
            scene.network.wait(minutes=15)
        failing.closed.clear()
        scene.sound("sweep")
        scene.sound()
    assert [scene.told(f"Why {number}?") for number in range(10)] == [[("visible", [])]] * 10
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", sorted(CONVERSATIONS), indirect=True)
def test_several_in_a_row_that_are_not_given_any_more_end_no_capture_while_the_account_can_be_read(
    scene: Scene,
) -> None:
    titled = {"title": "Closed"} if scene.platform in ("vimeo", "youtube", "tiktok") else {}
    scene.between.real = failing = Closed(scene.between.real, scene.platform, 500)
    with standing(scene.network.now):
        posts = []
        for number in range(8):
            at = scene.network.now() - timedelta(days=5, hours=-number)
            posts.append(scene.publish(f"Closed {number}", at=at, **titled))
        scene.sound("full")
        for number, post in enumerate(posts):
            scene.network.comment(scene.parent, post, f"Why {number}?")
            failing.closed += [native_id(scene.network, post).rpartition("/")[2]] if 1 <= number <= 6 else []
        for kind in (None, "sweep", None):
            scene.network.wait(minutes=15)
            assert scene.capture(kind).failure is None
            assert kind is None or any(gap.startswith("platform-limit") for gap in scene.gaps())
        assert [len(scene.told(f"Why {number}?")) for number in (0, 7)] == [1, 1]
        failing.closed.clear()
        scene.sound("sweep")
        scene.sound()
    assert [scene.told(f"Why {number}?") for number in range(8)] == [[("visible", [])]] * 8
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["bluesky", "facebook", "mastodon"], indirect=True)
def test_what_is_not_given_for_good_to_a_first_capture_that_a_quota_ended_is_told_and_ends_no_later_one(
    scene: Scene,
) -> None:
    """The capture that continues requests none of them; the first sweep requests all, one after the other."""
    scene.between.real = failing = Closed(scene.between.real, scene.platform, 500)
    with standing(scene.network.now):
        for number in range(10):
            at = scene.network.now() - timedelta(days=25 - number)
            post = scene.publish(f"Closed {number}", at=at)
            scene.network.comment(scene.parent, post, f"Why {number}?", at=at + timedelta(hours=1))
            failing.closed += (
                [native_id(scene.network, post).rpartition("/")[2]] if number in (1, 3, 5, 7) else []
            )
            if number == 0:
                path = native_id(scene.network, post).rpartition("/")[2] + {"bluesky": "&depth"}.get(
                    scene.platform, "/co"
                )
                body = json.dumps({"error": {"message": "Wait", "code": 4}})
                headers = {"Content-Type": "application/json"}
                scene.network.fail(scene.where, 429, 1, path=path, body=body, headers=headers)
        assert scene.capture("history").not_before
        for kind in ("history", None, "sweep", None):
            scene.network.wait(minutes=90)
            assert scene.capture(kind).failure is None
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())
        failing.closed.clear()
        scene.sound("sweep")
        scene.sound()
    assert [scene.told(f"Why {number}?") for number in range(10)] == [[("visible", [])]] * 10
    assert scene.gaps() == []


@pytest.mark.parametrize(
    ("scene", "path", "body"),
    [
        ("linkedin", "/posts?ids=List({})", {"status": 500, "message": "Internal Server Error"}),
        (
            "vimeo",
            "/me/videos?sort=date&direction=desc&per_page=100",
            {"error": "Something went wrong", "error_code": 1000},
        ),
    ],
    indirect=["scene"],
)
def test_what_alone_leads_to_older_posts_ends_no_capture_where_it_fails(
    scene: Scene, path: str, body: dict[str, Any]
) -> None:
    titled = {"title": "Closed"} if scene.platform == "vimeo" else {}
    with standing(scene.network.now):
        old = scene.publish("Closed", at=scene.network.now() - timedelta(days=60), **titled)
        gone = scene.publish("Open", **titled)
        scene.sound()
        scene.network.wait(hours=3)
        scene.sound()
        scene.network.comment(scene.parent, old, "And now?")
        scene.network.remove(gone)
        failing = path.format(quote(native_id(scene.network, old), safe=""))
        scene.network.fail(
            scene.where,
            500,
            100,
            path=failing,
            body=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        for _ in range(2):
            scene.network.wait(hours=1)
            assert scene.capture().failure is None
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())
        assert [status for status, _ in scene.told("Open")] == ["visible", "unavailable"]
        scene.network.faults.clear()
        scene.sound()
        assert (scene.told("And now?"), scene.gaps()) == ([("visible", [])], [])


@pytest.mark.parametrize("scene", ["facebook", "linkedin"], indirect=True)
def test_an_older_conversation_that_is_not_given_is_asked_for_by_the_next_capture(scene: Scene) -> None:
    """Only its last change leads to it, and that change is in the past."""
    scene.between.real = failing = Closed(scene.between.real, scene.platform, 500)
    with standing(scene.network.now):
        old = scene.publish("Closed", at=scene.network.now() - timedelta(days=60))
        scene.sound()
        scene.network.wait(hours=3)
        scene.sound()
        scene.network.comment(scene.parent, old, "And now?")
        failing.closed.append(native_id(scene.network, old))
        for _ in range(3):
            scene.network.wait(hours=2)
            assert scene.capture().failure is None
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())
        failing.closed.clear()
        scene.network.wait(hours=2)
        scene.sound()
        assert (scene.told("And now?"), scene.gaps()) == ([("visible", [])], [])


@pytest.mark.parametrize("scene", ["linkedin"], indirect=True)
def test_an_edit_that_moves_no_count_in_an_older_conversation_that_is_not_given_is_read_by_the_sweep(
    scene: Scene,
) -> None:
    """The last days' capture got the report of the edit; the sweep, which closes the gap, did not."""
    scene.between.real = failing = Closed(scene.between.real, scene.platform, 500)
    with standing(scene.network.now):
        old = scene.publish("Closed", at=scene.network.now() - timedelta(days=60))
        said = scene.network.comment(
            scene.parent, old, "And now?", at=scene.network.now() - timedelta(days=50)
        )
        for kind in (None, "sweep", None):
            scene.sound(kind)
            scene.network.wait(hours=3)
        scene.network.edit(said, text="And then?")
        failing.closed.append(native_id(scene.network, old))
        scene.network.wait(hours=2)
        assert scene.capture().failure is None
        assert any(gap.startswith("platform-limit") for gap in scene.gaps())
        failing.closed.clear()
        scene.network.wait(hours=2)
        scene.sound("sweep")
        assert (scene.told("And now?"), scene.gaps()) == ([("visible", []), ("visible", ["text"])], [])


@pytest.mark.parametrize("scene", ["x"], indirect=True)
def test_where_a_conversation_is_not_given_nothing_else_is_paid_twice_on_one_day(scene: Scene) -> None:
    """The archive's own bookkeeping prevents it: the month's money would end long before the month."""
    scene.between.real = failing = Closed(scene.between.real, scene.platform, 500)

    def paid() -> int:
        before = sum(
            paid
            for kinds in scene.archive.state(scene.name).sums.spent.values()
            for _, paid in kinds.values()
        )
        assert scene.capture().failure is None
        return (
            sum(
                paid
                for kinds in scene.archive.state(scene.name).sums.spent.values()
                for _, paid in kinds.values()
            )
            - before
        )

    with standing(scene.network.now):
        posts = [scene.publish(f"Closed {number}") for number in range(10)]
        scene.sound()
        scene.network.wait(hours=3)
        scene.sound()
        # to noon: items are paid once a day (UTC), and in its first hour the day before still counts
        scene.network.wait(hours=24 + (12 - scene.network.now().hour) % 24)
        scene.network.comment(scene.parent, posts[0], "And now?")
        failing.closed.append(native_id(scene.network, posts[0]))
        first = paid()
        for _ in range(2):
            scene.network.wait(minutes=15)
            assert paid() < first / 2
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_where_the_list_of_older_posts_fails_the_next_capture_looks_as_far_back(scene: Scene) -> None:
    fault = {"error": {"message": "An unknown error occurred", "code": 1, "type": "OAuthException"}}
    with standing(scene.network.now):
        old = scene.publish("Closed", at=scene.network.now() - timedelta(days=60))
        scene.sound()
        scene.network.wait(hours=3)
        scene.sound()
        scene.network.comment(scene.parent, old, "And now?")
        scene.network.fail(
            scene.where,
            500,
            100,
            path="&until=",
            body=json.dumps(fault),
            headers={"Content-Type": "application/json"},
        )
        for _ in range(2):
            scene.network.wait(hours=2)
            assert scene.capture().failure is None
            assert scene.gaps() == ["platform-limit"]
        scene.network.faults.clear()
        scene.network.wait(hours=2)
        scene.sound()
        assert (scene.told("And now?"), scene.gaps()) == ([("visible", [])], [])


@dataclass
class Silent(httpx.BaseTransport):
    """A platform that never finishes a response with this text."""

    real: httpx.BaseTransport
    words: str

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self.real.handle_request(request)
        if self.words and self.words.encode() in response.read():
            raise httpx.ReadTimeout("as a network does it", request=request)
        return response


@pytest.mark.parametrize(
    "scene",
    ["bluesky", "facebook", "instagram", "linkedin", "mastodon", "threads", "tiktok", "vimeo", "youtube"],
    indirect=True,
)
def test_a_conversation_that_never_comes_keeps_nothing_behind_it_from_being_captured(scene: Scene) -> None:
    titled = {"title": "Closed"} if scene.platform in ("vimeo", "youtube", "tiktok") else {}
    posts = [
        scene.publish(f"Closed {number}", at=datetime.now(UTC) - timedelta(days=60 - number), **titled)
        for number in range(4)
    ]
    for number, post in enumerate(posts):
        scene.network.comment(scene.parent, post, f"Why {number}?")
    scene.between.real = silent = Silent(scene.between.real, "Why 2?")
    for kind in ("history", "full"):
        assert scene.capture(kind).failure is None
        assert {
            row["text"].removeprefix("@district ") for row in scene.rows() if row["kind"] == "comment"
        } == {
            "Why 0?",
            "Why 1?",
            "Why 3?",
        }
    assert any(gap.startswith("platform-limit") for gap in scene.gaps())
    silent.words = ""
    scene.sound("full")
    assert (scene.told("Why 2?"), scene.gaps()) == ([("visible", [])], [])


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_wordings_that_the_instance_fails_to_tell_for_days_are_read_once_it_tells_them(scene: Scene) -> None:
    with standing(scene.network.now):
        post, behind = scene.publish("Open until four"), scene.publish("Snow")
        scene.sound()
        for words in ("Open until five", "Open until six"):
            scene.network.wait(hours=1)
            scene.network.edit(post, text=words)
        scene.network.comment(scene.parent, behind, "And tomorrow?")
        history = f"/{native_id(scene.network, post)}/history"
        scene.network.fail(
            scene.where, 500, 100, path=history, body="{}", headers={"Content-Type": "application/json"}
        )
        for kind in (None, "sweep") * 4:
            assert scene.capture(kind).failure is None
            assert len(scene.told("And tomorrow?")) == 1, "it follows what fails"
            assert any(gap.startswith("platform-limit") for gap in scene.gaps())
            scene.network.wait(hours=12)
        scene.network.faults.clear()
        scene.sound()
        assert {row["text"] for row in scene.rows()} == {
            "Open until four",
            "Open until five",
            "Open until six",
            "Snow",
            "And tomorrow?",
        }
        scene.sound("sweep")
        assert scene.gaps() == []


@pytest.mark.parametrize("scene", ["mastodon"], indirect=True)
def test_an_answer_for_some_only_stands_for_none_that_is_counted_and_not_shown(scene: Scene) -> None:
    post = scene.publish("Closed today")
    scene.network.comment(scene.parent, post, "And the buses?")
    scene.network.comment(scene.us, post, "Staff know more", visibility="private")

    def telling(path: str, body: Any) -> Any:
        if isinstance(body, list):
            return [telling(path, one) for one in body]
        return body | {"replies_count": 2} if body.get("in_reply_to_id", "") is None else body

    scene.sound("full")
    scene.between.telling = telling
    assert scene.capture("full").lacking.startswith("1 reply to 1 record")
    assert [gap for gap in scene.gaps() if gap.startswith("counts-differ")]


@pytest.mark.parametrize("scene", ["mastodon", "bluesky"], indirect=True)
def test_what_was_away_with_its_author_and_to_which_no_list_leads_any_more_is_visible_again(
    scene: Scene,
) -> None:
    with standing(scene.network.now):
        _, comment, reply = conversation(scene)
        scene.sound("full")
        scene.network.suspend(scene.teacher)
        scene.sound("sweep")
        scene.network.remove(comment)
        scene.sound("sweep")
        scene.network.suspend(scene.teacher, suspended=False)
        for _ in range(7):
            scene.network.wait(days=1)
            scene.sound("sweep")
        assert scene.told(reply.now.text) == [
            ("visible", []),
            ("unavailable", ["status"]),
            ("visible", ["status"]),
        ]
        for _ in range(7):
            scene.network.wait(days=1)
            assert scene.sound("sweep").changed == 0


@pytest.mark.parametrize("scene", ["bluesky"], indirect=True)
def test_an_answer_that_is_held_and_that_a_block_hides_keeps_nobody_from_moderating(scene: Scene) -> None:
    """A reply to a person who has blocked its author is counted, hidden in conversations, and given by ID.

    No capture knows of such a reply that is not archived.
    """

    def capture_now() -> Receipt:
        outcome, receipt = capture_conversation(
            scene.archive.place, scene.archive.register, scene.archive.account(scene.name), post["url"]
        )
        assert (outcome.failure, outcome.absent) == (None, 0)
        return receipt

    _, comment, reply = conversation(scene)
    scene.sound()
    post, above, held = sorted(scene.rows(), key=lambda r: ["post", "comment", "reply"].index(r["kind"]))
    scene.network.block(scene.parent, scene.teacher)
    receipt = capture_now()
    assert (receipt.lacking, held["record_id"] in {r["record_id"] for r in receipt.records}) == ([], True)
    scene.network.comment(scene.teacher, comment, "Until noon.")
    assert capture_now().lacking == [
        f"1 reply that the platform counts and did not show (first: to {above['record_id']})"
    ]
    scene.network.remove(reply)
    assert capture_now().lacking == [
        f"1 reply that the platform counts and did not show (first: to {above['record_id']})"
    ]


@pytest.mark.parametrize("scene", ["facebook"], indirect=True)
def test_a_story_whose_day_is_over_is_not_asked_for_any_more(scene: Scene) -> None:
    """The Page's archive of stories keeps it, but its mention there is no new sighting."""
    with standing(scene.network.now):
        scene.publish("Closed today", kind="story", photos=[scene.photo("Snow on the road")])
        scene.sound("full")
        scene.network.wait(days=1)
        assert scene.capture("sweep").changed == 1
        for _ in range(7):
            scene.network.wait(days=1)
            assert scene.capture("sweep").failure is None
    _, *since = [manifest.body["seen"]["count"] for manifest in scene.archive.manifests(scene.name)[-8:]]
    assert since == [1] * 7, "the profile alone"


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
def test_a_sweep_ends_well_where_nothing_is_told_of_what_is_unavailable(scene: Scene) -> None:
    """The author of the new reply is restricted; it is only counted, as if no comments were given."""
    with standing(scene.network.now):
        post = scene.publish("Closed today")
        comment = scene.network.comment(scene.parent, post, "Why?")
        scene.sound("full")
        scene.network.remove(comment)
        assert scene.sound("sweep").absent == 1
        scene.network.comment(scene.teacher, post, "Snow?")
        scene.network.block(scene.us, scene.teacher)
        told = set()
        for _ in range(7):
            scene.network.wait(days=1)
            assert scene.capture("sweep").failure is None
            told |= {
                gap.detail
                for gap in Gaps(scene.archive.archive).open_now([scene.name])
                if gap.reason.startswith("platform-limit")
            }
    assert [
        words.startswith("Instagram does not say whether unavailable records can be seen again")
        for words in told
    ] == [True]


@pytest.mark.parametrize("scene", ["instagram"], indirect=True)
def test_that_nothing_is_found_where_it_counts_fails_no_capture(scene: Scene) -> None:
    """By then the account itself was read to its end."""
    scene.sound("full")
    scene.publish("Closed today")
    gone = {
        "error": {
            "message": "Unsupported get request. Object with ID 'me' does not exist",
            "code": 100,
            "error_subcode": 33,
        }
    }
    scene.network.fail(
        scene.where,
        400,
        100,
        path="media_count",
        body=json.dumps(gone),
        headers={"Content-Type": "application/json"},
    )
    for kind in (None, "sweep"):
        assert scene.capture(kind).failure is None
    assert scene.told("Closed today") == [("visible", [])]
    told = [gap.detail for gap in Gaps(scene.archive.archive).open_now([scene.name])]
    assert all(
        "Instagram does not say how many records the account has (HTTP 400)" in words for words in told
    )
    assert told
    scene.network.faults.clear()
    scene.sound("sweep")
    assert scene.gaps() == []
