"""A LinkedIn page captured whole: what a lost role, shifting offsets and signed addresses do to a real archive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.network import Network
from recordroom.archive.gaps import Gaps
from recordroom.capture import absences, tokens
from tests.archives import TestArchive, make
from tests.clock import standing
from tests.platforms.organization import BEN, START, TOKEN, Page, Transport, at, comment_urn, error, share
from tests.services import S3, Buckets

NAME = "page"
TODAY = START + timedelta(days=26)


@pytest.fixture
def page() -> Page:
    page = Page()
    for number in range(100, 130):
        page.post(number)
        above = page.comment(number, number + 1000)
        page.comment(number, number + 2000, BEN, above)
    page.posts[share(105)]["content"] = {"multiImage": {"images": [{"id": "urn:li:image:a", "altText": "A bus"}, {"id": "urn:li:image:b"}]}}
    return page


@pytest.fixture
def archive(s3: S3, buckets: Buckets, tmp_path: Path, page: Page, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestArchive]:
    """In the month of the page's posts, whatever the day is now."""
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": TOKEN})
    entry = {"id": NAME, "platform": "linkedin", "url": "https://www.linkedin.com/company/fircrest"}
    began = datetime.now(UTC)
    with standing(lambda: TODAY + (datetime.now(UTC) - began)):
        yield make(s3, buckets, tmp_path, entry, transport=Transport(page))


def status_of(archive: TestArchive) -> dict[str, str]:
    """native id -> status of its last row"""
    return {row["native_id"]: row["status"] for row in archive.rows(NAME)}


def gaps(archive: TestArchive) -> list[str]:
    return [gap.reason for gap in Gaps(archive.archive).open_now([NAME])]


def test_a_page_is_captured_whole_and_once_and_without_its_token(archive: TestArchive) -> None:
    first = archive.capture(NAME)
    assert (first.failure, first.leftover, first.gaps) == (None, {}, [])
    assert first.new == 1 + 30 + 30 + 30
    for kind in (None, "full"):  # the addresses of files are other ones each time
        again = archive.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    [post] = (row for row in archive.rows(NAME) if row["native_id"] == share(105))
    assert [(m["identity"], m["alt_text"], bool(m["sha256"])) for m in post["media"]] == [
        ("urn:li:image:a", "A bus", True),
        ("urn:li:image:b", None, True),
    ]
    assert post["valid_from_source"] == "platform"
    manifest = archive.manifests(NAME)[0].body
    evidence = gzip.decompress(archive.archive.get(manifest["evidence"][0]["key"]))
    assert b"LinkedIn-Version" in evidence
    assert TOKEN.encode() not in evidence


def test_a_lost_role_removes_nothing_and_is_a_gap(archive: TestArchive, page: Page) -> None:
    archive.capture(NAME)
    page.roles = []
    for kind in (None, "full"):
        outcome = archive.capture(NAME, kind)
        assert "no role" in str(outcome.failure)
        assert outcome.absent == 0
    assert set(status_of(archive).values()) == {"visible"}
    assert any(reason.startswith("capture-failed: Blocked") for reason in gaps(archive))
    page.roles = ["ADMINISTRATOR"]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, outcome.absent, gaps(archive)) == (None, 0, 0, 0, [])


def test_a_role_that_is_lost_in_the_middle_of_a_capture_removes_nothing(archive: TestArchive, page: Page) -> None:
    archive.capture(NAME)

    def lose(url: str) -> None:
        if "posts?q=author" in url:
            page.roles = []

    page.before = lose
    assert "no role" in str(archive.capture(NAME, "full").failure)
    assert set(status_of(archive).values()) == {"visible"}


def test_what_is_gone_is_unavailable_with_what_stood_below_it(archive: TestArchive, page: Page) -> None:
    archive.capture(NAME)
    del page.posts[share(104)], page.comments[comment_urn(103, 1103)]
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 4)
    gone = {native for native, status in status_of(archive).items() if status == "unavailable"}
    assert gone == {share(104), comment_urn(104, 1104), comment_urn(104, 2104), comment_urn(103, 2103)}
    assert {row["acted_by"] for row in archive.rows(NAME) if row["status"] == "unavailable"} == {"unknown"}


def test_a_list_that_shifts_while_it_is_read_misses_nothing_and_doubles_nothing(archive: TestArchive, page: Page) -> None:
    archive.capture(NAME)
    for number in range(200, 380):
        page.post(number)

    def shift(url: str) -> None:
        if "posts?q=author" in url and "start=99" in url and share(379) in page.posts:
            for number in (379, 378, 300):
                del page.posts[share(number)]
            page.post(500)
            page.edit(share(205), "edited meanwhile", 900)

    page.before = shift
    outcome = archive.capture(NAME)
    assert outcome.failure is None
    natives = [row["native_id"] for row in archive.rows(NAME) if row["sequence"] == 1]
    assert {share(n) for n in range(200, 378) if n != 300} | {share(500)} <= set(natives)
    assert len(natives) == len(set(natives))
    assert "edited meanwhile" in {row["text"] for row in archive.rows(NAME)}


def test_files_that_linkedin_does_not_give_are_a_gap_until_it_does(archive: TestArchive, page: Page) -> None:
    page.lacking = {"urn:li:image:b"}
    archive.capture(NAME)
    assert gaps(archive) == ["platform-limit (whole account)"]
    page.lacking = set()
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.changed, gaps(archive)) == (None, 1, [])
    [late] = (row for row in archive.rows(NAME) if row["changed"] == ["media_bytes"])
    assert all(m["sha256"] for m in late["media"])


def test_counts_that_are_not_told_keep_no_post_from_being_captured(archive: TestArchive, page: Page) -> None:
    page.answers["/socialMetadata?"] = error(400, "ILLEGAL_ARGUMENT", "Invalid entity")
    first = archive.capture(NAME)
    assert (first.failure, first.new, gaps(archive)) == (None, 1 + 30 + 30 + 30, ["platform-limit (whole account)"])
    page.answers.clear()
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (0, [])


def test_files_that_are_refused_keep_no_post_from_being_captured_and_are_no_edit(archive: TestArchive, page: Page) -> None:
    film, other = "urn:li:video:v", "urn:li:video:w"
    page.posts[share(106)]["content"], page.captioned = {"media": {"id": film}}, {film, other}
    archive.capture(NAME)
    page.answers |= {"/images?": error(403, "ACCESS_DENIED", "Not enough permissions", 100), "/videos?": error(500, "INTERNAL", "Failed")}
    page.post(131, content={"media": {"id": "urn:li:image:c"}})
    page.post(132, content={"media": {"id": other}})
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.new, outcome.changed, gaps(archive)) == (None, 2, 0, ["platform-limit (whole account)"])
    page.answers.clear()
    assert (archive.capture(NAME, "full").changed, gaps(archive)) == (2, [])
    late = {row["native_id"]: (row["changed"], [m["sha256"] is None for m in row["media"]]) for row in archive.rows(NAME) if row["changed"]}
    assert late == {share(131): (["media_bytes"], [False]), share(132): (["media_bytes"], [False, False])}, "their files have come"


def test_a_new_comment_on_an_old_post_is_seen_and_a_deleted_one_is_removed(archive: TestArchive, page: Page) -> None:
    old = page.post(50, createdAt=at(-2000), publishedAt=at(-2000), lastModifiedAt=at(-2000))
    page.comment(50, 3000)
    archive.capture(NAME)
    late = page.comment(50, 3001)
    now = (TODAY - START) / timedelta(hours=1)
    page.notice("COMMENT", now, old, late)
    outcome = archive.capture(NAME)
    assert (outcome.failure, outcome.new, outcome.absent, outcome.gaps) == (None, 1, 0, [])
    page.comments[old].pop(0)
    page.notice("COMMENT_DELETE", now, old, "urn:li:comment:(activity:50050,3001)")
    outcome = archive.capture(NAME, "full")
    assert (outcome.failure, outcome.absent) == (None, 1)
    [_, gone] = (row for row in archive.rows(NAME) if row["native_id"] == late)
    assert (gone["status"], gone["acted_by"]) == ("removed", "unknown")
    assert "COMMENT_DELETE" in gone["status_reason"]


def test_that_the_list_of_deleted_comments_is_not_given_is_told_and_it_is_asked_for_again(
    archive: TestArchive, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absences, "TURN", 1)
    archive.capture(NAME)
    archive.capture(NAME, "full")
    [gone] = [comment["$URN"] for comment in page.comments.pop(comment_urn(103, 1103))]
    page.notice("COMMENT_DELETE", (TODAY - START) / timedelta(hours=1), share(103), gone)
    page.answers["COMMENT_DELETE"] = error(500, "INTERNAL_SERVER_ERROR")
    assert (archive.capture(NAME, "full").failure, status_of(archive)[gone]) == (None, "unavailable")
    [told] = Gaps(archive.archive).open_now([NAME])
    assert "LinkedIn gives no list of deleted comments (HTTP 500)" in told.detail
    page.answers.clear()
    assert archive.capture(NAME, "full").failure is None
    assert (status_of(archive)[gone], gaps(archive)) == ("removed", [])


def test_a_mention_stays_when_linkedin_tells_of_it_no_more(archive: TestArchive, page: Page) -> None:
    page.notice("SHARE_MENTION", 40, share(77), share={"entity": share(77), "owner": BEN, "text": "Thank you, schools"})
    archive.capture(NAME)
    page.notices.clear()
    for kind in (None, "full", "full"):
        outcome = archive.capture(NAME, kind)
        assert (outcome.failure, outcome.changed, outcome.gaps) == (None, 0, [])
    assert [row["status"] for row in archive.rows(NAME) if row["native_id"] == share(77)] == ["visible"]


# -- events, on the sandbox's page --------------------------------------------------------------------------------------------------------

READER = ["r_organization_social", "r_organization_social_feed", "rw_organization_admin", "r_events"]


@pytest.fixture
def network() -> Network:
    network = Network(datetime.now(UTC) - timedelta(days=1))
    network.place("linkedin", "LinkedIn", host="www.linkedin.com")
    network.account("linkedin/district", "Fircrest Schools", staff=True)
    network.account("linkedin/bo", "Bo Berg", manages=["linkedin/district"])
    network.grant("linkedin", "a-token-of-bo", "linkedin/bo", scopes=READER)
    return network


@pytest.fixture
def town(s3: S3, buckets: Buckets, tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch) -> TestArchive:
    monkeypatch.setattr(tokens, "resolve", lambda *_: {"token": "a-token-of-bo"})
    entry = {"id": NAME, "platform": "linkedin", "url": "https://www.linkedin.com/company/district", "api_url": "http://api.test"}
    return make(s3, buckets, tmp_path, entry, transport=httpx.WSGITransport(create_app(network, "linkedin")))


def told(archive: TestArchive, record_id: str) -> list[tuple[str, bool, str]]:
    """(title, whether it is canceled, status) of each row of a record"""
    rows = [row for row in archive.rows(NAME) if row["record_id"] == record_id]
    return [(row["title"], "Canceled" in (row["text"] or "").splitlines(), row["status"]) for row in rows]


def test_an_event_is_changed_canceled_and_goes_with_its_post(town: TestArchive, network: Network) -> None:
    day, photo = network.now() + timedelta(days=3), network.photo("linkedin", "A gym")
    fair = network.event("linkedin", "Job fair", day, ends=day + timedelta(hours=2), place="1 Larkspur Way", about="Come and see")
    post = network.publish("linkedin/district", "We hire", event=fair, photos=[photo])
    first = town.capture(NAME)
    assert (first.failure, first.new, first.leftover, first.gaps) == (None, 3, {}, [])
    [event] = (row for row in town.rows(NAME) if row["title"] == "Job fair")
    assert "Place: 1 Larkspur Way, Larkspur Ridge" in event["text"]
    assert [bool(m["sha256"]) for m in event["media"]] == [True]
    [announced] = (row for row in town.rows(NAME) if row["text"] == "We hire")
    assert announced["shared_id"] == event["record_id"]
    for kind in (None, "full"):
        again = town.capture(NAME, kind)
        assert (again.failure, again.new, again.changed, again.absent, again.gaps) == (None, 0, 0, 0, [])
    network.change_event(post, name="Career fair", starts=day + timedelta(days=1))
    assert town.capture(NAME).changed == 1
    network.change_event(post, canceled=True)
    assert town.capture(NAME).changed == 1
    network.remove(post)
    assert town.capture(NAME).absent == 2
    assert told(town, event["record_id"]) == [
        ("Job fair", False, "visible"),
        ("Career fair", False, "visible"),
        ("Career fair", True, "visible"),
        ("Career fair", True, "unavailable"),
    ]
    assert (gaps(town), network.invalid) == ([], [])


def test_a_token_without_the_scope_reads_all_else_and_events_stay_as_they_were(town: TestArchive, network: Network) -> None:
    network.publish("linkedin/district", "We hire", event=network.event("linkedin", "Job fair", network.now() + timedelta(days=3)))
    assert town.capture(NAME).new == 3
    [token] = (one for one in network.tokens if one.secret == "a-token-of-bo")
    token.scopes = READER[:-1]
    network.publish("linkedin/district", "Snow day")
    for kind, new in ((None, 1), ("full", 0)):
        outcome = town.capture(NAME, kind)
        assert (outcome.failure, outcome.new, outcome.changed, outcome.absent) == (None, new, 0, 0)
    told = Gaps(town.archive).open_now([NAME])
    assert [gap.reason for gap in told] == ["platform-limit", "platform-limit (whole account)"]
    assert all("no events (HTTP 403: for events the app needs LinkedIn's Event Management API" in str(gap.detail) for gap in told)
    token.scopes = READER
    for kind in (None, "full"):
        assert (town.capture(NAME, kind).new, town.capture(NAME, kind).changed) == (0, 0)
    assert gaps(town) == []
