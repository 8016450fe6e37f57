"""A complete X account in a real archive.

The cases are edit histories, limits of lists, lost authors, and two kinds of tokens.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.model import Poll
from infra.sandbox.network import Network
from infra.sandbox.story import play, tell
from infra.sandbox.story.cast import X_BEARER
from recordroom.archive.gaps import Gaps
from recordroom.capture.credentials import tokens
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.capture.http.client import HttpClient
from recordroom.errors import TokenExpired
from recordroom.platforms import oauth, x
from recordroom.platforms.contract import ConsentCode
from recordroom.platforms.x import crawl
from tests import clock
from tests.archives import TestArchive, make
from tests.capture.everywhere.scene import Between
from tests.capture.stage import is_sound
from tests.fault_transport import FaultTransport
from tests.platforms.scripted import account
from tests.platforms.x.test_walk import PROBLEMS
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

NAME, US, ANA, BO = "square", "x/district", "x/ana", "x/bo"
APP, PERSON = "the-applications-token", "the-accounts-own-token"
NOW = datetime.now(UTC).replace(microsecond=0)
ENOUGH = 10**6  # thousandths of a dollar


@pytest.fixture
def network() -> Network:
    network = Network(NOW - timedelta(days=1))
    network.place("x", "X", host="x.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), staff=key == US)
    network.grant("x", APP, "")
    network.grant("x", PERSON, US, scopes=["tweet.read", "users.read", "offline.access"])
    return network


@pytest.fixture
def archive(
    s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> TestArchive:
    using(monkeypatch, APP)
    entry = {"id": NAME, "platform": "x", "url": "https://x.com/district", "api_url": "http://api.test"}
    return make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "x")))


def using(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": token})


def told(archive: TestArchive, words: str) -> list[dict[str, Any]]:
    """Return the rows of the record that had this text at any time."""
    rows = archive.rows(NAME)
    [record] = {row["record_id"] for row in rows if words in (row["text"] or "")}
    return [row for row in rows if row["record_id"] == record]


def paid(archive: TestArchive) -> int:
    """Return the spending that the manifests report, in thousandths of a dollar."""
    return sum(paid for kinds in archive.state(NAME).sums.spent.values() for _, paid in kinds.values())


def gaps(archive: TestArchive) -> dict[str, str]:
    return {gap.reason: gap.detail for gap in Gaps(archive.archive).open_now([NAME])}


def test_the_demonstrations_account_is_captured_whole_and_once_and_without_its_token(
    s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = tell(NOW - timedelta(days=3))
    play(network)
    using(monkeypatch, X_BEARER)
    entry = {"id": NAME, "platform": "x", "url": "https://x.com/cascadevalley", "api_url": "http://api.test"}
    archive = make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "x")))
    network.pay("x", ENOUGH)
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    for kind in (None, "full"):
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
        left = network.places["x"].credits
        assert left is not None
        assert paid(archive) >= ENOUGH - left > 0, (
            "of what X bills nothing is left uncounted, also if it bills what an answer includes besides"
        )
    rows = archive.rows(NAME)
    assert {m["missing_reason"] for row in rows for m in row["media"]} == {None}
    assert any(row["valid_from_source"] == "history" for row in rows)
    assert network.invalid == []
    evidence = b"".join(
        gzip.decompress(archive.archive.get(part["key"]))
        for one in archive.manifests(NAME)
        for part in one.body.get("evidence", ())
    )
    assert b"/2/tweets" in evidence
    assert X_BEARER.encode() not in evidence
    assert is_sound(s3, buckets, tmp_path)


def test_every_version_of_an_edited_post_is_there_under_the_id_of_the_first(
    archive: TestArchive, network: Network, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """Two edits come before the first capture, one after it; then the post is removed."""
    post = network.publish(US, "Open at eight", at=NOW - timedelta(hours=2))
    first = native_id(network, post)
    network.edit(post, "Open at nine", at=NOW - timedelta(minutes=110))
    network.edit(post, "Open at ten", at=NOW - timedelta(minutes=100))
    archive.capture(NAME)
    network.edit(post, "Closed", at=NOW - timedelta(minutes=90))
    archive.capture(NAME)
    network.remove(post)
    archive.capture(NAME)
    rows = sorted(told(archive, "Open at eight"), key=lambda row: row["valid_from"])
    assert [(row["text"], row["status"]) for row in rows] == [
        *((words, "visible") for words in ("Open at eight", "Open at nine", "Open at ten", "Closed")),
        ("Closed", "removed"),
    ]
    assert {row["record_id"] for row in rows} == {f"x:{first}"}
    assert [row["valid_from_source"] for row in rows] == [
        "history",
        "history",
        "platform",
        "platform",
        "capture",
    ]
    edits = [NOW - timedelta(minutes=minutes) for minutes in (120, 110, 100, 90)]
    assert [row["valid_from"].replace(tzinfo=UTC) for row in rows[:4]] == edits
    assert is_sound(s3, buckets, tmp_path)


def test_what_was_edited_back_before_anybody_looked_stands_there_anew(
    archive: TestArchive, network: Network
) -> None:
    post = network.publish(US, "Open at eight", at=NOW - timedelta(hours=2))
    archive.capture(NAME)
    network.edit(post, "Open at nine", at=NOW - timedelta(minutes=110))
    network.edit(post, "Open at eight", at=NOW - timedelta(minutes=100))
    archive.capture(NAME)
    rows = sorted(told(archive, "Open at eight"), key=lambda row: row["valid_from"])
    assert [row["text"] for row in rows] == ["Open at eight", "Open at nine", "Open at eight"]
    assert archive.capture(NAME, "full").changed == 0
    before = archive.rows(NAME)
    rebuild_records(archive.archive, archive.derived)
    assert archive.rows(NAME) == before


def test_a_persons_token_cannot_search_beyond_a_week_and_a_gap_says_so(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = network.publish(US, "A week ago", at=NOW - timedelta(days=7))
    network.comment(ANA, old, "And then?", at=NOW - timedelta(days=7))
    using(monkeypatch, PERSON)
    archive.capture(NAME, "full")
    assert list(gaps(archive)) == ["platform-limit (whole account)"]
    assert "in 1 older conversations" in gaps(archive)["platform-limit (whole account)"]
    assert told(archive, "And then?")[-1]["status"] == "visible"  # it is in the list of mentions
    using(monkeypatch, APP)
    archive.capture(NAME, "full")
    assert gaps(archive) == {}


def test_a_timeline_that_is_cut_removes_nothing(
    archive: TestArchive, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "CUT_FROM", 8)
    for number in range(9):
        network.publish(US, f"Post {number}", at=NOW - timedelta(hours=30 - number))
    archive.capture(NAME, "full")
    assert gaps(archive) == {}
    network.places["x"].reach = 8
    using(monkeypatch, PERSON)
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 0)
    assert "may be more" in gaps(archive)["platform-limit (whole account)"]
    assert {row["status"] for row in archive.rows(NAME)} == {"visible"}


def test_what_is_deleted_and_what_only_cannot_be_seen_any_more_are_told_apart(
    archive: TestArchive, network: Network, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    post = network.publish(US, "Closed today")
    network.comment(ANA, post, "And the buses?")
    network.comment(BO, post, "In the yard.")
    late = network.comment(BO, post, "Not any more.")
    ours = network.comment(US, late, "They run again tomorrow.")
    archive.capture(NAME)
    network.remove(late)
    network.remove(ours)
    network.unpublish(ANA)
    archive.capture(NAME)
    network.suspend(BO)
    archive.capture(NAME)
    lost = dict.fromkeys(("And the buses?", "In the yard."), "now protected or suspended")
    for words, why in {**lost, "Not any more.": "deleted"}.items():
        row = told(archive, words)[-1]
        assert row["status"] == "unavailable"
        assert why in row["status_reason"]
    own = told(archive, "They run again tomorrow.")[-1]
    assert (own["kind"], own["status"]) == ("reply", "removed"), "its author is the account, which is there"
    network.suspend(BO, suspended=False)
    network.unpublish(ANA, published=True)
    archive.capture(NAME)
    assert {told(archive, words)[-1]["status"] for words in lost} == {"visible"}
    assert is_sound(s3, buckets, tmp_path)


@contextmanager
def failing(archive: TestArchive) -> Iterator[None]:
    """Let X fail to give the text of long posts, files, and polls: it names the field, and no post."""

    def told(path: str, answer: Any) -> Any:
        if not path.endswith("/tweets"):
            return answer
        kept = [
            {name: value for name, value in one.items() if name not in ("note_post", "attachments")}
            for one in answer["data"]
        ]
        problem = {
            "type": f"{PROBLEMS}/field-hydration-failure",
            "title": "Failed",
            "detail": "It failed.",
            "field": "note_post",
        }
        return {**answer, "data": kept, "errors": [problem]}

    place, real = archive.place, archive.place.transport
    assert real is not None
    archive.place = replace(place, transport=Between(real, telling=told))
    yield
    archive.place = place


def test_what_x_gives_in_part_alone_changes_nothing_that_is_held(
    archive: TestArchive, network: Network
) -> None:
    """The first case is a repost, whose own text is the beginning of another's.

    The others are a long text, images, and a poll that X failed to give once.
    """
    whole = "Buses are late today, because of the snow on the road to the hills. " * 5
    network.repost(US, network.publish(ANA, whole, photos=[network.photo("x", "A bus in the snow")]))
    network.publish(US, f"{whole}https://district.example/buses", photos=[network.photo("x", "A bus")])
    poll = network.publish(US, "Shall they run?", poll=Poll(["Yes", "No"], [1, 2], NOW + timedelta(days=2)))
    archive.capture(NAME)
    before = archive.rows(NAME)
    network.unpublish(ANA)
    spread = archive.capture(NAME)
    assert (spread.changed, spread.absent, spread.failure) == (0, 0, None)
    with failing(archive):
        failed = archive.capture(NAME, "full")
    assert (failed.changed, failed.failure, failed.leftover) == (
        0,
        None,
        {"errors.field-hydration-failure.note_post": 1},
    )
    assert archive.rows(NAME) == before
    network.edit(poll, "Shall they run at all?")
    assert archive.capture(NAME).changed == 1


def test_what_x_gave_in_part_at_first_is_no_edit_once_it_gives_it_whole(
    archive: TestArchive, network: Network, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    network.publish(
        US,
        "Buses are late today, because of the snow on the road to the hills. " * 5,
        photos=[network.photo("x", "A bus")],
    )
    with failing(archive):
        archive.capture(NAME)
    archive.capture(NAME, "full")
    [part, whole] = [row for row in archive.rows(NAME) if row["kind"] == "post"]
    assert (part["changed"], whole["changed"]) == ([], ["completed"])
    assert (len(whole["text"]) > len(part["text"]), len(part["media"]), len(whole["media"])) == (True, 0, 1)
    assert archive.capture(NAME, "full").changed == 0
    assert is_sound(s3, buckets, tmp_path)


def test_a_renamed_account_is_followed_and_a_suspended_one_removes_nothing(
    archive: TestArchive, network: Network
) -> None:
    network.publish(US, "Closed today")
    archive.capture(NAME)
    network.rename(US, handle="all_district", name="District of All")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed) == (None, 1)
    network.suspend(US)
    outcome = archive.capture(NAME, "full")
    assert "suspended" in str(outcome.failure)
    assert outcome.absent == 0
    assert {row["status"] for row in archive.rows(NAME)} == {"visible"}


def test_a_consent_becomes_a_token_which_becomes_another(network: Network) -> None:
    network.grant("x", "the-applications-secret", "", kind="app", user="app")
    transport = httpx.WSGITransport(create_app(network, "x"))
    client = HttpClient(contact="a@b.example", limit=10**6, transport=transport)
    square = account("x", "https://x.com/district", api_url="http://api.test")
    held = {"client_id": "app", "client_secret": "the-applications-secret"}
    assert x.PLATFORM.consent
    consent = replace(x.PLATFORM.consent, page="http://api.test/i/oauth2/authorize")
    landing = "http://localhost:1/"
    page = oauth.consent_address(consent, {"client_id": "app"}, landing, "state", "verifier")
    landed = httpx.Client(transport=transport).get(f"{page}&answer=district").headers["location"]
    code = ConsentCode(parse_qs(urlsplit(landed).query)["code"][0], "verifier", landing)
    client.authorize(held)
    first = x.consented(square, client, code)
    client.authorize(held | dict(first.values))
    second = x.renew(square, client)
    assert second.expires_at
    assert second.values["token"] != first.values["token"]
    client.authorize(held | dict(second.values))
    assert x.identify(square, client).handle == "district"
    with pytest.raises(TokenExpired):
        x.consented(square, client, code)
    client.authorize(held | dict(first.values))
    with pytest.raises(TokenExpired):
        x.renew(square, client)


@pytest.mark.usefixtures("airflow")
def test_a_token_that_ends_while_records_are_asked_for_by_id_is_renewed(
    s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "client_id": "app",
        "client_secret": "the-applications-secret",
        "refresh_token": "the-first-refresh-token",
    }
    network.grant("x", given["client_secret"], "", kind="app", user="app")
    network.grant(
        "x", given["refresh_token"], US, kind="refresh", scopes=["tweet.read", "users.read", "offline.access"]
    )
    monkeypatch.setattr(tokens, "resolve", lambda *_: given)
    entry = {
        "id": NAME,
        "platform": "x",
        "url": "https://x.com/district",
        "api_url": "http://api.test",
        "connection": NAME,
    }
    between = FaultTransport(httpx.WSGITransport(create_app(network, "x")))
    archive = make(s3, buckets, tmp_path, entry, transport=between)
    posts = [
        network.publish(US, f"post {number}", at=NOW - timedelta(hours=20, minutes=number))
        for number in range(120)
    ]
    assert archive.capture(NAME).failure is None
    for post in posts:
        network.remove(post)
    asked, late = list[str](), timedelta(0)

    def in_two_hours(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        """Let the token end after the first of two requests for posts by their IDs."""
        nonlocal late
        asked.append(request.headers["authorization"])
        answer = real()
        if len(asked) == 1:
            late = timedelta(hours=2)
            network.expire_token("x", secret=asked[0].removeprefix("Bearer "))
        return answer

    with between.meanwhile("/2/tweets?", in_two_hours), clock.standing(lambda: datetime.now(UTC) + late):
        outcome = archive.capture(NAME)
    assert outcome.failure is None
    assert len(asked) == len(set(asked)) == 2, "each with a token of its own"


def test_what_was_answered_before_an_edit_stays_in_the_conversation(
    archive: TestArchive, network: Network, s3: S3, buckets: Buckets, tmp_path: Path
) -> None:
    """Each version begins its own conversation, and counts only the replies to itself."""
    post = network.publish(US, "Open at eight", at=NOW - timedelta(hours=2))
    first = native_id(network, post)
    early = network.comment(ANA, post, "Thanks!", at=NOW - timedelta(minutes=115))
    network.edit(post, "Open at nine", at=NOW - timedelta(minutes=110))
    network.comment(BO, early, "Read again.", at=NOW - timedelta(minutes=105))
    network.comment(BO, post, "Late!", at=NOW - timedelta(minutes=100))
    for kind in (None, None, "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.absent, outcome.gaps) == (None, 0, [])
    found = {row["text"]: row for row in archive.rows(NAME) if row["kind"] != "profile"}
    assert [found[words]["kind"] for words in ("Open at nine", "@district Thanks!", "@district Late!")] == [
        "post",
        "comment",
        "comment",
    ]
    answer = found["@ana @district Read again."]
    assert (answer["kind"], answer["parent_id"]) == ("reply", found["@district Thanks!"]["record_id"])
    assert {row["root_id"] for row in found.values()} == {f"x:{first}"}
    assert found["Open at nine"]["counts"]["comments"] == 2
    assert is_sound(s3, buckets, tmp_path)


def test_a_late_answer_below_a_post_that_was_edited_stands_in_its_conversation(
    archive: TestArchive, network: Network
) -> None:
    """It is found among the mentions, because the post is older than the window.

    It names the version that it replies to, not the first one.
    """
    post = network.publish(US, "Open at eight", at=NOW - timedelta(days=40))
    first = native_id(network, post)
    network.edit(post, "Open at nine", at=NOW - timedelta(days=40) + timedelta(minutes=9))
    early = network.comment(ANA, post, "Thanks!", at=NOW - timedelta(days=39))
    archive.capture(NAME)
    network.comment(BO, early, "Still so?")
    assert archive.capture(NAME).new == 1
    [late] = told(archive, "Still so?")
    assert (late["kind"], late["parent_id"], late["root_id"]) == (
        "reply",
        f"x:{native_id(network, early)}",
        f"x:{first}",
    )
    asked = archive.capture(NAME).requests
    network.comment(BO, network.publish(ANA, "Elsewhere"), "Ask @district")
    assert archive.capture(NAME).requests == asked, "whose conversation it is, its place tells"
