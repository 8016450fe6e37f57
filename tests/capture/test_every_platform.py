"""The same stories on every platform that can have them: the real connector, the real store, the sandbox's face in-process.

A story is told with the verbs of the sandbox's network; what differs between platforms is data in `STAGES`. Whatever was played, the
archive is checked at the end by `recordroom verify` and by the independent verifier.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.model import Photo, Post
from infra.local.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture.outcome import Outcome
from tests.archives import TestArchive, make
from tests.capture.stage import is_sound
from tests.services import S3, Buckets

_names = itertools.count(1)
SECRET = "the-secret-of-every-stage"


@dataclass(frozen=True)
class Stage:
    """A platform as a story needs it. `gone`: the status that a removal has there; `hides`: whether it says what the account has hidden;
    `token`: how the account's secret is granted."""

    url: str
    api: str
    handle: str = "district"
    others: tuple[str, str] = ("parent", "teacher")
    host: str = ""
    gone: str = "unavailable"
    hides: bool = False
    token: dict[str, Any] = field(default_factory=dict)


STAGES = {
    "mastodon": Stage("https://social.test/@district", "http://social.test", host="social.test", others=("ana@far.test", "bo@far.test")),
    "facebook": Stage(
        "https://www.facebook.com/district", "http://graph.test", host="www.facebook.com", hides=True,
        token={"kind": "page", "scopes": ["pages_show_list", "pages_read_engagement", "pages_read_user_content"]},
    ),
    "vimeo": Stage("https://vimeo.com/district", "http://api.vimeo.test", host="vimeo.com"),
}  # fmt: skip


@dataclass
class Scene:
    """One account on its own platform, and its archive."""

    stage: Stage
    network: Network
    archive: TestArchive
    name: str
    platform: str

    @property
    def us(self) -> str:
        return f"{self.platform}/{self.stage.handle}"

    @property
    def parent(self) -> str:
        return f"{self.platform}/{self.stage.others[0]}"

    @property
    def teacher(self) -> str:
        return f"{self.platform}/{self.stage.others[1]}"

    def photo(self, alt: str) -> Photo:
        return self.network.photo(self.platform, alt)

    def publish(self, text: str, **more: Any) -> Post:
        return self.network.publish(self.us, text, **more)

    def capture(self, kind: str | None = None) -> Outcome:
        return self.archive.capture(self.name, kind)

    def sound(self, kind: str | None = None) -> Outcome:
        """A capture that must end well, without a gap."""
        outcome = self.capture(kind)
        assert (outcome.failure, outcome.not_before, outcome.gaps, outcome.leftover) == (None, None, [], {})
        return outcome

    def rows(self) -> list[dict[str, Any]]:
        return [r for r in self.archive.rows(self.name) if r["kind"] != "profile"]

    def told(self, text: str) -> list[tuple[str, list[str]]]:
        """(status, changed) of the versions of the record that began with this text."""
        [first] = [r for r in self.rows() if r["sequence"] == 1 and text in (r["text"] or "", r["title"] or "")]
        return [(r["status"], r["changed"]) for r in self.rows() if r["record_id"] == first["record_id"]]

    def gaps(self) -> list[str]:
        return [gap.reason for gap in Gaps(self.archive.archive).open_now([self.name])]


@pytest.fixture(scope="module")
def shared(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    shared = Buckets()
    yield shared
    assert is_sound(s3, shared, tmp_path_factory.mktemp("check"))


@pytest.fixture(params=sorted(STAGES))
def scene(request: pytest.FixtureRequest, s3: S3, shared: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    platform, stage = request.param, STAGES[request.param]
    name = f"{platform}-{next(_names)}"
    network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30))
    network.place(platform, platform.title(), host=stage.host)
    for handle in (stage.handle, *stage.others):
        network.account(f"{platform}/{handle}", handle.title(), staff=handle == stage.handle)
    network.grant(platform, SECRET, f"{platform}/{stage.handle}", **stage.token)
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper().replace('-', '_')}", json.dumps({"conn_type": "http", "password": SECRET}))
    entry = {"id": name, "platform": platform, "url": stage.url, "api_url": stage.api, "connection": name.replace("-", "_")}
    archive = make(s3, shared, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, platform)))
    return Scene(stage, network, archive, name, platform)


@pytest.fixture(autouse=True)
def valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """No answer that the sandbox itself had to refuse."""
    scene: Scene = request.getfixturevalue("scene")
    yield
    assert scene.network.invalid == []


def conversation(scene: Scene) -> tuple[Post, Post, Post]:
    post = scene.publish("Closed today", photos=[scene.photo("Snow on the road")])
    comment = scene.network.comment(scene.parent, post, "And the buses?")
    reply = scene.network.comment(scene.teacher, comment, "They stay in the yard.")
    return post, comment, reply


def test_an_ordinary_month(scene: Scene) -> None:
    for day in range(12):
        post = scene.publish(f"Day {day} at school", at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=29 - 2 * day))
        for number in range(day % 4):
            comment = scene.network.comment(scene.parent, post, f"Question {number} of day {day}")
            scene.network.comment(scene.us, comment, f"Answer {number} of day {day}")
    conversation(scene)
    first = scene.sound()
    kinds = [r["kind"] for r in scene.rows()]
    assert (kinds.count("post"), kinds.count("comment"), kinds.count("reply")) == (13, 19, 19)
    assert first.new == len(kinds) + 1
    [pictured] = [r for r in scene.rows() if "Closed today" in (r["text"], r["title"])]
    assert any(m["sha256"] is not None for m in pictured["media"])
    again, whole = scene.sound(), scene.sound("full")
    assert (again.new, again.changed, again.absent) == (0, 0, 0)
    assert (whole.new, whole.changed, whole.absent) == (0, 0, 0)
    assert scene.gaps() == []


def test_who_answers_whom(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    rows = {r["text"] or r["title"]: r for r in scene.rows()}
    post = next(r for r in rows.values() if r["kind"] == "post")
    comment, reply = rows["And the buses?"], rows["They stay in the yard."]
    assert (post["parent_id"], comment["parent_id"], reply["parent_id"]) == (None, post["record_id"], comment["record_id"])
    assert {comment["root_id"], reply["root_id"]} == {post["record_id"]}
    assert [r["author_is_account"] for r in (post, comment, reply)] == [True, False, False]


def test_a_post_edited_five_times(scene: Scene) -> None:
    post = scene.publish("Version 0", title="Version 0")
    scene.sound()
    for number in range(1, 6):
        scene.network.edit(post, f"Version {number}", title=f"Version {number}")
        assert scene.sound().changed >= 1
    texts = [r["text"] for r in scene.rows()]
    assert list(dict.fromkeys(texts)) == [f"Version {number}" for number in range(6)]
    assert scene.sound().changed == 0


def test_a_comment_removed_by_its_author(scene: Scene) -> None:
    _, _, reply = conversation(scene)
    scene.sound()
    scene.network.remove(reply)
    assert scene.sound().absent == 1
    assert scene.told("They stay in the yard.") == [("visible", []), (scene.stage.gone, ["status"])]
    assert scene.sound().absent == 0


@pytest.mark.parametrize("scene", [name for name, stage in STAGES.items() if stage.hides], indirect=True)
def test_a_comment_hidden_by_the_page_and_shown_again(scene: Scene) -> None:
    _, comment, _ = conversation(scene)
    scene.sound()
    scene.network.hide(comment)
    scene.sound()
    scene.network.restore(comment)
    scene.sound()
    assert scene.told("And the buses?") == [("visible", []), ("hidden", ["status"]), ("visible", ["status"])]
    [hidden] = [r for r in scene.rows() if r["status"] == "hidden"]
    assert hidden["acted_by"] == "agency"
    assert hidden["status_reason"]


def test_a_deletion_of_the_parent_of_replies(scene: Scene) -> None:
    _, comment, reply = conversation(scene)
    scene.sound()
    scene.network.remove(comment)
    scene.sound()
    assert scene.told("And the buses?")[-1] == (scene.stage.gone, ["status"])
    gone = scene.network.posts[reply.key].status == "removed"
    assert scene.told("They stay in the yard.")[-1][0] == (scene.stage.gone if gone else "visible")
    parents = {r["parent_id"] for r in scene.rows() if r["text"] == "They stay in the yard."}
    assert len(parents) == 1, "the parent as first seen"


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


def test_a_token_that_dies_and_is_renewed(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    late = scene.publish("Open tomorrow", title="Open tomorrow")
    scene.network.expire_token(scene.platform)
    outcome = scene.capture()
    assert outcome.failure
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: TokenExpired"])
    scene.network.expire_token(scene.platform, expired=False)
    assert scene.sound().new == 1
    assert scene.told(late.now.text) == [("visible", [])]
    assert scene.gaps() == []


def test_throttled_for_an_hour(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    scene.network.throttle(scene.platform, datetime.now(UTC) + timedelta(hours=1))
    outcome = scene.capture()
    assert outcome.not_before is not None
    assert (outcome.failure, outcome.absent, outcome.gaps) == (None, 0, [])
    scene.network.throttle(scene.platform, None)
    assert scene.sound().absent == 0


def test_the_platform_down_during_a_sweep(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    for after in (0, 1, 2, 4):
        scene.network.fail(scene.platform, 500, times=40, after=after)
        outcome = scene.capture("full")
        assert outcome.failure
        assert outcome.absent == 0
        scene.network.faults.clear()
    assert scene.sound("full").absent == 0
    assert {r["status"] for r in scene.rows()} == {"visible"}
    assert scene.gaps() == []


def test_thirty_gone_at_once_are_a_gap_and_no_removals(scene: Scene) -> None:
    posts = [scene.publish(f"Post {n}") for n in range(40)]
    scene.sound()
    for post in posts[:30]:
        scene.network.remove(post)
    outcome = scene.capture()
    assert outcome.absent == 0
    assert "mass-absence" in scene.gaps()
    assert {r["status"] for r in scene.rows()} == {"visible"}


def test_no_secret_reaches_the_archive(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    for store in (scene.archive.archive, scene.archive.derived):
        assert not [key for key in store.keys("") if scene.name in key and SECRET.encode() in store.get(key)]
