"""The same stories on every platform that can have them: the real connector, the real store, the sandbox's face in-process.

A story is told with the verbs of the sandbox's network; what differs between platforms is data in `STAGES`. One that a platform cannot
have is played there all the same, and must fail: the network refuses it, or what it is about is not to be seen. Whatever was played,
the archive is checked at the end by `recordroom verify` and by the independent verifier.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from httpx_retries import Retry

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.faces.tiktok_ids import open_id
from infra.local.sandbox.model import Photo, Post
from infra.local.sandbox.moderation import Unsupported
from infra.local.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture import client
from recordroom.capture.outcome import Outcome
from recordroom.capture.reparse import reparse
from recordroom.model import ZONE
from recordroom.platforms import load
from tests.archives import AGENCY, TestArchive, make, register_of
from tests.services import S3, Buckets

_names = itertools.count(1)
SECRET = "TheSecretOfEveryStage"


@dataclass(frozen=True)
class Stage:
    """A platform as a story needs it. `gone`: the status that a removal has there, `gone_below`: that of a comment; `hides`: by whom it
    says that a comment was hidden which the account hid, "" where it does not say that at all; `pictured`: it publishes nothing without a
    picture; `token`: how the account's secret is granted; `app`: it is an application's, not the account's; `login`: what the app calls
    the account by; `words`: the property of its answers in which a comment's words stand; `orphan`: what becomes of a comment whose
    author's account is gone, and of one whose author is back; `signs_in`: nothing is given without a secret; `without`: the stories that
    it cannot have, and why; `lacks`: by the scope that is taken away, in which words the gap names it, where these are not its own name,
    and "" where nothing is lacking without it; `for_some`: a post may be shown to some only; `answered`: whether anybody can say something
    below a post; `where`: its place in the network, where that is not called after the platform."""

    url: str
    api: str
    where: str = ""
    handle: str = "district"
    others: tuple[str, str] = ("parent", "teacher")
    host: str = ""
    words: str = "text"
    orphan: tuple[tuple[str, list[str]], ...] = (("unavailable", ["status"]), ("visible", ["status"]))
    gone: str = "unavailable"
    gone_below: str = "unavailable"
    hides: str = ""
    pictured: bool = False
    token: dict[str, Any] = field(default_factory=dict)
    app: bool = False
    login: str = ""
    signs_in: bool = True
    answered: bool = True
    lacks: Mapping[str, str] = field(default_factory=dict)
    for_some: bool = False
    without: Mapping[str, str] = field(default_factory=dict)


HIDDEN = "test_a_comment_hidden_by_the_page_and_shown_again"
PERMISSION = "test_a_permission_taken_away"
TOKENS = ("test_a_token_that_dies_and_is_renewed", "test_a_token_that_dies_in_the_middle_of_the_seventh_page", PERMISSION)
TALK = (
    HIDDEN,
    "test_who_answers_whom",
    "test_a_comment_removed_by_its_author",
    "test_a_deletion_of_the_parent_of_replies",
    "test_a_property_that_is_renamed_overnight",
)
SUSPENDED = (
    "test_an_account_suspended_for_a_day",
    "test_a_comment_that_goes_with_its_authors_account_and_comes_back_with_it",
)
TIKTOK = ("video.list", "video.insights", "comment.list")
THREADS = ("threads_manage_mentions", "threads_manage_insights")
STAGES = {
    "bluesky": Stage(
        "https://bsky.app/profile/district.test", "http://sky.test", handle="district.test", others=("ana.test", "bo.test"), gone="removed",
        gone_below="removed", hides="agency", signs_in=False,
        without=dict.fromkeys(TOKENS, "everybody reads it: there is no token"),
    ),
    "mastodon": Stage(
        "https://social.test/@district", "http://social.test", host="social.test", others=("ana@far.test", "bo@far.test"), words="content",
        without={HIDDEN: "nobody hides an answer"},
        token={"scopes": [f"read:{what}" for what in ("accounts", "statuses", "notifications", "blocks", "mutes", "filters")]},
        lacks={"read:notifications": "who names the account"}
        | dict.fromkeys(("read:blocks", "read:mutes", "read:filters"), "whom the account blocks and filters"),
        for_some=True,
    ),
    "facebook": Stage(
        "https://www.facebook.com/district", "http://graph.test", host="www.facebook.com", words="message", hides="agency",
        token={"kind": "page", "scopes": ["pages_show_list", "pages_read_engagement", "pages_read_user_content"]},
        lacks={"pages_show_list": ""},
    ),
    "vimeo": Stage(
        "https://vimeo.com/district", "http://api.vimeo.test", host="vimeo.com",
        orphan=(("visible", ["author_id"]), ("visible", ["author_id"])), without={HIDDEN: "comments are deleted, not hidden"},
        token={"scopes": ["public", "private", "video_files"]}, for_some=True,
    ),
    "instagram": Stage(
        "https://www.instagram.com/district", "http://graph.test", host="www.instagram.com", hides="agency", pictured=True,
        token={"kind": "instagram", "scopes": ["instagram_business_basic", "instagram_business_manage_comments"]},
        lacks={"instagram_business_manage_comments": "the permission for comments is missing"},
    ),
    "youtube": Stage(
        "https://www.youtube.com/@district", "http://tube.test", host="www.youtube.com", words="textDisplay",
        token={"scopes": ["https://www.googleapis.com/auth/youtube.force-ssl"]},
        lacks={"https://www.googleapis.com/auth/youtube.force-ssl": "The token lacks a scope"},
        without={HIDDEN: "a comment that the channel rejects is shown to nobody, the channel neither"},
    ),
    "linkedin": Stage(
        "https://www.linkedin.com/company/district", "http://api.linkedin.test", host="www.linkedin.com", words="message",
        gone_below="removed", without={HIDDEN: "comments are deleted, not hidden"},
        token={"scopes": ["r_organization_social", "rw_organization_admin", "r_events"]},
        lacks=dict.fromkeys(("r_organization_social", "rw_organization_admin"), "Not enough permissions to access"),
    ),
    "threads": Stage(
        "https://www.threads.com/@district", "http://graph.test", host="www.threads.com", hides="agency",
        token={"kind": "threads", "scopes": ["threads_basic", "threads_read_replies", *THREADS]},
        lacks=dict.fromkeys(("threads_basic", "threads_read_replies"), "does not have permission for this action")
        | {"threads_manage_mentions": "posts of others that mention the account", "threads_manage_insights": "the counts of posts"},
    ),
    "tiktok": Stage(
        "https://www.tiktok.com/@district", "http://api.test", host="www.tiktok.com", hides="unknown", pictured=True,
        login=open_id("tiktok/district"),
        token={"scopes": [*(f"user.info.{what}" for what in ("basic", "username", "profile", "stats")), *TIKTOK]},
    ),
    "wordpress": Stage(
        "https://blog.test", "http://blog.test", where="wordpress/district", host="blog.test", words="rendered",
        gone="removed", gone_below="removed", token={"user": "district"}, login="district",
        without={HIDDEN: "comments are held or spam, which is told as such", PERMISSION: "a password may do what its user may"}
        | dict.fromkeys(SUSPENDED, "a site is its owner's own"),
    ),
    "feed": Stage(
        "https://news.test/rss.xml", "http://news.test/rss.xml", where="feed/news", handle="desk", others=("ana", "bo"), host="news.test",
        signs_in=False, answered=False, without=dict.fromkeys(TOKENS, "everybody reads it: there is no token")
        | dict.fromkeys(SUSPENDED, "a site is its owner's own") | dict.fromkeys(TALK, "nobody comments in a feed")
        | {
            "test_thirty_gone_at_once_are_gone_once_a_person_says_so": "what leaves a feed may only be older than its newest entries",
            "test_a_page_that_shifts_while_it_is_read": "a feed is one page, of its newest entries",
        },
    ),
    "x": Stage(
        "https://x.com/district", "http://api.test", host="x.com", gone="removed", app=True,
        without={HIDDEN: "the API does not tell which answers are hidden", PERMISSION: "an application's token has no scopes"},
    ),
}  # fmt: skip


@dataclass
class Between(httpx.BaseTransport):
    """The network between the archive and the platform: it counts requests, lets something happen before one of them, and gives a property
    of all answers another name."""

    real: httpx.BaseTransport
    asked: int = 0
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    renamed: tuple[bytes, bytes] = (b"", b"")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        self.before.pop(self.asked, lambda: None)()
        response = self.real.handle_request(request)
        if not self.renamed[0]:
            return response
        headers = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
        return httpx.Response(response.status_code, headers=headers, content=response.read().replace(*self.renamed))


@dataclass
class Scene:
    """One account on its own platform, and its archive."""

    stage: Stage
    network: Network
    archive: TestArchive
    name: str
    platform: str
    between: Between

    @property
    def where(self) -> str:
        return self.stage.where or self.platform

    @property
    def us(self) -> str:
        return f"{self.where}/{self.stage.handle}"

    @property
    def parent(self) -> str:
        return f"{self.where}/{self.stage.others[0]}"

    @property
    def teacher(self) -> str:
        return f"{self.where}/{self.stage.others[1]}"

    def photo(self, alt: str) -> Photo:
        return self.network.photo(self.where, alt)

    def publish(self, text: str, **more: Any) -> Post:
        pictured = {"photos": [self.photo("White letters on blue")]} if self.stage.pictured else {}
        return self.network.publish(self.us, text, **pictured | more)

    def capture(self, kind: str | None = None) -> Outcome:
        return self.archive.capture(self.name, kind)

    def sound(self, kind: str | None = None) -> Outcome:
        """A capture that must end well, without a gap."""
        outcome = self.capture(kind)
        assert (outcome.failure, outcome.not_before, outcome.gaps, outcome.leftover) == (None, None, [], {})
        return outcome

    def rows(self) -> list[dict[str, Any]]:
        return [r for r in self.archive.written(self.name) if r["kind"] != "profile"]

    def told(self, text: str) -> list[tuple[str, list[str]]]:
        """(status, changed) of the versions of the record that began with this text."""
        [first] = [r for r in self.rows() if r["sequence"] == 1 and says(r, text)]
        return [(r["status"], r["changed"]) for r in self.rows() if r["record_id"] == first["record_id"]]

    def gaps(self) -> list[str]:
        return [gap.reason for gap in Gaps(self.archive.archive).open_now([self.name])]


def says(row: dict[str, Any], text: str) -> bool:
    """Whether it is its text or title; on X it stands behind the names of those whom it answers, and before the addresses of its files; on
    TikTok below the title, in one caption."""
    return text in (row["title"], *re.sub(r"^(?:@\w+ )+| https://t\.co/\w+$", "", row["text"] or "").split("\n"))


def opened(platform: str, s3: S3, buckets: Buckets, folder: Path, start: datetime) -> Scene:
    """An account on its own platform, at that time; its secret is in the environment, where Airflow looks for connections."""
    stage, name = STAGES[platform], f"{platform}-{next(_names)}"
    network, where = Network(start), stage.where or platform
    network.place(where, platform.title(), host=stage.host)
    for handle in (stage.handle, *stage.others):
        network.account(f"{where}/{handle}", handle.title(), staff=handle == stage.handle)
    entry = {"id": name, "platform": platform, "url": stage.url, "api_url": stage.api}
    if stage.signs_in:
        network.grant(where, SECRET, "" if stage.app else f"{where}/{stage.handle}", **stage.token)
        secret = {"conn_type": "http", "password": SECRET, "login": stage.login}
        os.environ[f"AIRFLOW_CONN_{name.upper().replace('-', '_')}"] = json.dumps(secret)
        entry["connection"] = name.replace("-", "_")
    between = Between(httpx.WSGITransport(create_app(network, where)))
    return Scene(stage, network, make(s3, buckets, folder, entry, transport=between), name, platform, between)


@pytest.fixture(params=sorted(STAGES))
def scene(request: pytest.FixtureRequest, s3: S3, shared: Buckets, tmp_path: Path) -> Scene:
    without = STAGES[request.param].without
    assert without.keys() <= vars(request.module).keys()
    if why := without.get(request.function.__name__):
        request.applymarker(pytest.mark.xfail(reason=why, raises=(Unsupported, AssertionError), strict=True))
    if load(request.param).PLATFORM.renewal:
        request.getfixturevalue("airflow")
    return opened(request.param, s3, shared, tmp_path, datetime.now(UTC).replace(microsecond=0) - timedelta(hours=30))


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for again is asked for without a pause; tests/capture/test_client.py waits."""
    monkeypatch.setattr(client, "_RETRY", Retry(total=client._RETRY.total, status_forcelist=client._RETRY.status_forcelist))


@pytest.fixture(autouse=True)
def valid(request: pytest.FixtureRequest) -> Iterator[None]:
    """No answer that the sandbox itself had to refuse: a failure of its own kind, which no story that a platform cannot have may hide."""
    scene: Scene = request.getfixturevalue("scene")
    yield
    if scene.network.invalid:
        pytest.fail("\n".join(scene.network.invalid))


def conversation(scene: Scene) -> tuple[Post, Post, Post]:
    post = scene.publish("Closed today", photos=[scene.photo("Snow on the road")])
    comment = scene.network.comment(scene.parent, post, "And the buses?")
    reply = scene.network.comment(scene.teacher, comment, "They stay in the yard.")
    return post, comment, reply


def something(scene: Scene) -> None:
    """What a story begins with that is about no comment: a post all the same, where nobody can comment."""
    if scene.stage.answered:
        conversation(scene)
    else:
        scene.publish("Closed today", photos=[scene.photo("Snow on the road")])


def test_an_ordinary_month(scene: Scene) -> None:
    for day in range(12):
        post = scene.publish(f"Day {day} at school", at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=29 - 2 * day))
        for number in range(day % 4 if scene.stage.answered else 0):
            comment = scene.network.comment(scene.parent, post, f"Question {number} of day {day}")
            scene.network.comment(scene.us, comment, f"Answer {number} of day {day}")
    something(scene)
    first = scene.sound()
    kinds = [r["kind"] for r in scene.rows()]
    assert (kinds.count("post"), kinds.count("comment"), kinds.count("reply")) == ((13, 19, 19) if scene.stage.answered else (13, 0, 0))
    profiles = {r["record_id"] for r in scene.archive.written(scene.name) if r["kind"] == "profile"}  # and whom it blocks
    assert first.new == len(kinds) + len(profiles)
    [pictured] = [r for r in scene.rows() if says(r, "Closed today")]
    assert any(m["sha256"] is not None for m in pictured["media"])
    again, whole = scene.sound(), scene.sound("full")
    assert (again.new, again.changed, again.absent) == (0, 0, 0)
    assert (whole.new, whole.changed, whole.absent) == (0, 0, 0)
    assert scene.gaps() == []


def test_who_answers_whom(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    rows = scene.rows()
    post, comment = (next(r for r in rows if says(r, text)) for text in ("Closed today", "And the buses?"))
    reply = next(r for r in rows if says(r, "They stay in the yard."))
    assert (post["parent_id"], comment["parent_id"], reply["parent_id"]) == (None, post["record_id"], comment["record_id"])
    assert {comment["root_id"], reply["root_id"]} == {post["record_id"]}
    assert [r["author_is_account"] for r in (post, comment, reply)] == [True, False, False]


def test_a_post_edited_five_times(scene: Scene) -> None:
    post = scene.publish("Version 0", title="Version 0")
    scene.sound()
    for number in range(1, 6):
        scene.network.edit(post, f"Version {number}", title=f"Version {number}")
        assert scene.sound().changed >= 1
    texts = [r["text"].partition("\n")[0] for r in scene.rows()]
    assert list(dict.fromkeys(texts)) == [f"Version {number}" for number in range(6)]
    assert scene.sound().changed == 0


def test_a_comment_removed_by_its_author(scene: Scene) -> None:
    _, _, reply = conversation(scene)
    scene.sound()
    scene.network.remove(reply)
    assert scene.sound().absent == 1
    assert scene.told("They stay in the yard.") == [("visible", []), (scene.stage.gone_below, ["status"])]
    assert scene.sound().absent == 0


@pytest.mark.parametrize("scene", ["bluesky", "wordpress"], indirect=True)  # elsewhere what was removed does not come back
def test_a_comment_removed_and_restored(scene: Scene) -> None:
    """Out of the trash, or written again by its author under its old key: what was said of it before stays, and it is there again."""
    _, _, reply = conversation(scene)
    scene.sound()
    take_away = scene.network.trash if scene.platform == "wordpress" else scene.network.remove
    take_away(reply)
    scene.sound()
    gone = "trashed" if scene.platform == "wordpress" else scene.stage.gone_below
    assert scene.told("They stay in the yard.") == [("visible", []), (gone, ["status"])]
    scene.network.restore(reply)
    for kind in (None, "full"):
        scene.sound(kind)
        assert scene.told("They stay in the yard.") == [("visible", []), (gone, ["status"]), ("visible", ["status"])]


def test_a_comment_hidden_by_the_page_and_shown_again(scene: Scene) -> None:
    _, comment, _ = conversation(scene)
    scene.sound()
    scene.network.hide(comment)
    scene.sound()
    scene.network.restore(comment)
    scene.sound()
    assert scene.told("And the buses?") == [("visible", []), ("hidden", ["status"]), ("visible", ["status"])]
    [hidden] = [r for r in scene.rows() if (r["status"], r["text"]) == ("hidden", "And the buses?")]
    assert hidden["acted_by"] == scene.stage.hides
    assert hidden["status_reason"]


def test_a_deletion_of_the_parent_of_replies(scene: Scene) -> None:
    _, comment, reply = conversation(scene)
    scene.sound()
    scene.network.remove(comment)
    scene.sound()
    assert scene.told("And the buses?")[-1] == (scene.stage.gone_below, ["status"])
    gone = scene.network.posts[reply.key].status == "removed"
    assert scene.told("They stay in the yard.")[-1][0] == (scene.stage.gone_below if gone else "visible")
    parents = {r["parent_id"] for r in scene.rows() if says(r, "They stay in the yard.")}
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
    scene.network.expire_token(scene.where)
    outcome = scene.capture()
    assert outcome.failure
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: TokenExpired"])
    scene.network.expire_token(scene.where, expired=False)
    assert scene.sound().new == 1
    assert scene.told(late.now.text) == [("visible", [])]
    assert scene.gaps() == []


def test_a_permission_taken_away(scene: Scene) -> None:
    """Each of them for a while, and a new post meanwhile: the gap names it, nothing is called gone, and what can still be read is read."""
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
        told = [outcome.failure or "", *(gap.detail for gap in Gaps(scene.archive.archive).open_now([scene.name]))]
        assert any(named in words for words in told) if named else (outcome.failure, told) == (None, [""])
        assert outcome.absent == 0
        assert outcome.failure or scene.told(f"Without {scope}")
        scene.network.withdraw(scene.where, scope, withdrawn=False)
    scene.sound("full")
    assert scene.gaps() == []
    assert all(scene.told(f"Without {scope}") for scope in scopes)
    assert {r["status"] for r in scene.rows()} == {"visible"}


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
        assert outcome.failure
        assert outcome.absent == 0
        scene.network.faults.clear()
    assert scene.sound("full").absent == 0
    assert {r["status"] for r in scene.rows()} == {"visible"}
    assert scene.gaps() == []


def test_the_platform_restarts_while_it_is_read(scene: Scene) -> None:
    """What an answer that broke off said, and what was refused meanwhile, is asked for again: at once, or by the next capture."""
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


def test_thirty_gone_at_once_are_gone_once_a_person_says_so(scene: Scene) -> None:
    posts = [scene.publish(f"Post {n}") for n in range(40)]
    scene.sound()
    for post in posts[:30]:
        scene.network.remove(post)
    outcome = scene.capture()
    assert outcome.absent == 0
    assert "mass-absence" in scene.gaps()
    assert {r["status"] for r in scene.rows()} == {"visible"}
    posts[0].status = "visible"
    word = {"until": datetime.now(ZONE).date().isoformat(), "why": "the office removed them"}
    scene.archive.register = register_of({**scene.archive.register.raw[0], "explained": {"mass-absence": word}})
    assert scene.sound("full").absent == 29
    assert scene.gaps() == []
    assert [scene.told(f"Post {n}")[1:] for n in (0, 1, 29, 30)] == [[], *[[(scene.stage.gone, ["status"])]] * 2, []]
    gone = [r for r in scene.rows() if r["status"] == scene.stage.gone]
    assert all("the register confirms (mass-absence, " in r["status_reason"] and r["warc_record_id"] for r in gone)


def test_a_comment_that_goes_with_its_authors_account_and_comes_back_with_it(scene: Scene) -> None:
    conversation(scene)
    scene.sound()
    scene.network.suspend(scene.teacher)
    assert scene.capture().failure is None
    assert set(scene.gaps()) <= {"counts-differ"}, "where a platform counts what it shows to nobody"
    scene.network.suspend(scene.teacher, suspended=False)
    scene.sound()
    assert scene.gaps() == []
    assert scene.told("They stay in the yard.") == [("visible", []), *scene.stage.orphan]


def test_a_token_that_dies_in_the_middle_of_the_seventh_page(scene: Scene) -> None:
    """What was read before stays; what was not is a gap, until the next capture has read it. Nothing comes twice."""
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


def test_a_page_that_shifts_while_it_is_read(scene: Scene) -> None:
    """New posts above and removals in the middle move everything between two pages: whatever was there all the time is captured, and is
    absent at no time."""
    scene.network.quotas[scene.where] = (1_000_000, 300)
    posts = [scene.publish(f"Post {number}", title=f"Post {number}") for number in range(130)]
    scene.sound()

    def shift() -> None:
        for number in range(7):
            scene.publish(f"Late {number}", title=f"Late {number}")
        for post in posts[90:93]:
            scene.network.remove(post)

    scene.between.before[scene.between.asked + 4] = shift
    outcome = scene.capture("full")
    assert (outcome.failure, outcome.not_before) == (None, None)
    scene.sound("full")
    told = defaultdict(list)
    for row in scene.rows():
        told[(row["text"] or row["title"]).partition("\n")[0]].append(row["status"])
    stayed = [f"Post {n}" for n in range(130) if n not in (90, 91, 92)] + [f"Late {n}" for n in range(7)]
    assert {words: told[words] for words in stayed} == {words: ["visible"] for words in stayed}
    assert [told[f"Post {n}"] for n in (90, 91, 92)] == [["visible", scene.stage.gone]] * 3


def test_a_property_that_is_renamed_overnight(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure names it, the bytes are kept, nothing is called absent; a mended parser reads what the old one could not."""
    post, _, _ = conversation(scene)
    scene.sound()
    late = scene.network.comment(scene.parent, post, "Is the gym open?")
    old, new = (f'"{name}":'.encode() for name in (scene.stage.words, f"{scene.stage.words}_v2"))
    scene.between.renamed = old, new
    outcome = scene.capture()
    assert scene.stage.words in (outcome.failure or "")
    assert (outcome.absent, scene.gaps()) == (0, ["capture-failed: UnexpectedResponse"])
    assert "Is the gym open?" not in {r["text"] for r in scene.rows()}
    scene.network.remove(late)  # nobody will see it again
    scene.between.renamed = b"", b""
    connector = load(scene.platform)
    parse = connector.parse
    monkeypatch.setattr(connector, "parse", lambda exchange: parse(replace(exchange, body=exchange.body.replace(new, old))))
    assert reparse(scene.archive.place, AGENCY["id"], AGENCY["contact"], scene.archive.account(scene.name)) == 1
    assert scene.told("Is the gym open?") == [("visible", [])]
    scene.sound()
    assert scene.told("Is the gym open?")[-1] == (scene.stage.gone_below, ["status"])
    assert scene.gaps() == []


def test_private_messages_are_a_gap_until_the_register_says_how_they_are_kept(scene: Scene) -> None:
    something(scene)
    entry = scene.archive.register.raw[0]
    scene.archive.register = register_of(entry | {"private_messages": None})
    outcome = scene.capture()
    messages = bool(load(scene.platform).PLATFORM.messages)
    assert (outcome.failure, scene.gaps()) == (None, ["private-messages"] if messages else [])
    scene.archive.register = register_of(entry | {"private_messages": "switched off in 2024"})
    scene.sound("full")
    assert scene.gaps() == []


@pytest.mark.parametrize("scene", [name for name in ("facebook", "vimeo", "youtube") if name in STAGES], indirect=True)
def test_five_thousand_comments_in_threads_three_deep(scene: Scene) -> None:
    """Captured whole, and equal to the platform's own count."""
    scene.network.quotas[scene.where] = (1_000_000, 300)
    post = scene.publish("Should we close the pool?", title="Should we close the pool?")
    for thread in range(500):
        comment = scene.network.comment(scene.parent, post, f"Opinion {thread}")
        for number in range(6):
            reply = scene.network.comment(scene.teacher, comment, f"Answer {number} to opinion {thread}")
            if number < 3:
                scene.network.comment(scene.us, reply, f"We thank for answer {number} to opinion {thread}")
    outcome = scene.sound()
    assert len([r for r in scene.rows() if r["kind"] in ("comment", "reply")]) == 5_000
    assert scene.gaps() == []
    assert scene.sound("full").new == 0
    assert outcome.requests < 5_000


def test_no_secret_reaches_the_archive(scene: Scene) -> None:
    something(scene)
    scene.sound()
    for store in (scene.archive.archive, scene.archive.derived):
        assert not [key for key in store.keys("") if scene.name in key and SECRET.encode() in store.get(key)]
