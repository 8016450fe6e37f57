"""The retention of a record on its page: status, date, computation, obstacles, and the conversation's date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from recordroom.archive.ledger import Ledger
from recordroom.errors import ServiceUnavailable
from recordroom.retention.checks import check_files
from recordroom.retention.ledger import NAME, apply_policy, read
from recordroom.search.index.indexer import Index
from tests.building import DAY, Building, account
from tests.retention.test_policy_files import REVIEW
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

ROOT, REPLY, ALONE, OPEN, OPEN_REPLY = (f"wordpress:x/posts/{n}" for n in range(1, 6))
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    folder: Path = tmp_path_factory.mktemp("retention")
    found = Building.at(s3, Buckets(), folder, elasticsearch)
    found.enrol(account("news", "wordpress", series="GS50-01-12"))
    posts = [
        {"record_id": ROOT, "published_at": DAY},
        {"record_id": REPLY, "root_id": ROOT, "parent_id": ROOT, "kind": "comment", "published_at": DAY},
        {"record_id": ALONE, "published_at": DAY},
        {"record_id": OPEN, "published_at": DAY},
        {"record_id": OPEN_REPLY, "root_id": OPEN, "parent_id": OPEN, "kind": "comment", "published_at": DAY},
    ]
    found.capture("news", posts, at=DAY + HOUR)
    removed = [{"record_id": one, "status": "removed"} for one in (ROOT, ALONE, OPEN)]
    found.capture("news", removed, at=DAY + 2 * HOUR)
    found.capture("news", [{"record_id": REPLY, "status": "removed"}], at=DAY + 72 * HOUR)
    found.settings.retention_file.write_text(REVIEW, "utf-8")
    apply_policy(found.archive, check_files(found.settings.retention_file, date(2026, 12, 1)))
    Index(found.settings, found.archive, found.derived).catch_up()
    return found


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who()) as client:
        yield client


def panel(client: TestClient, record_id: str) -> str:
    """The words of the section Retention of a record's page."""
    page = client.get(f"/record?id={record_id}").text
    section = page.split('<h2 id="retention">')[1].split("</section>")[0]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section)))


def test_the_page_says_when_how_and_why_not(client: TestClient) -> None:
    words = panel(client, ROOT)
    assert "Running: its period has begun" in words
    assert "GS50-01-12, Communications" in words
    assert "Eligible for disposition on Mar 3, 2028" in words
    assert "Reviewed by Ana Reyes, Records Officer on Nov 30, 2026" in words
    assert "Its records series is provisional." in words
    assert "The State Archives must appraise it first." in words
    assert "recordroom destroys no records." in words


def test_a_conversation_has_the_latest_date_of_its_records(client: TestClient) -> None:
    assert "Its conversation as a whole Mar 6, 2028, the latest date" in panel(client, ROOT)
    assert "Its conversation as a whole" not in panel(client, ALONE)
    assert "Not determined, because a record of it has no date" in panel(client, OPEN)


def test_an_unknown_retention_is_said_and_nothing_is_guessed(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise ServiceUnavailable("the store cannot be reached")

    monkeypatch.setattr("recordroom.retention.watch.RetentionWatch.now", away)
    assert "The retention of this record is not known now. Everything is retained." in panel(client, ROOT)


def test_a_statement_is_shown_with_its_evidence_as_text(client: TestClient, building: Building) -> None:
    words = "<script>alert(1)</script> \u202e \x1b[31m"
    body = {
        "act_id": "5" * 32, "part": 1, "parts": 1, "kind": "withdrawn", "scope": {"records": [OPEN_REPLY]},
        "on": "2026-05-05", "reason": f"why {words}", "evidence": f"seen {words}", "covered": {"news": 1},
    }  # fmt: skip
    Ledger(building.archive, NAME).append("statement", body, read(building.archive).tail, who="ana@example")
    page = client.get(f"/record?id={OPEN_REPLY}").text
    assert "<script>alert" not in page
    found = panel(client, OPEN_REPLY)
    assert "The public can no longer see it since May 5, 2026. Stated by ana@example on" in found
    assert "Evidence: seen <script>alert(1)</script>" in found
    assert "It does not count: the last capture found it public." in found
    assert "It is still published, so the period has not begun." in found
