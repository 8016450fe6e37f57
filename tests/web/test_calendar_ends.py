"""A stranger may date what they write at either end of the calendar: nothing of the conversation, of a search
or of an export may break.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import orjson
import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from recordroom.model import instant
from tests.building import DAY, Building
from tests.running import recordroom
from tests.services import S3, Buckets
from tests.web.conftest import POST, tell
from tests.web.exports.asking import made, ordered, unzipped, words
from tests.web.seated import Who, visited

pytestmark = pytest.mark.thorough

ZERO, EARLY, LATE = "wordpress:x/comments/666", "wordpress:x/comments/667", "wordpress:x/comments/668"
TIMES = {
    ZERO: datetime(1, 1, 1, tzinfo=UTC),  # Go's zero time: on the Pacific coast the calendar has not begun
    EARLY: datetime(1, 1, 1, 12, tzinfo=UTC),
    LATE: datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}
SAID = (
    "Jan 1, 0001, 12:00 a.m. UTC (0001-01-01 00:00:00 UTC)",
    "Jan 1, 0001, 4:07 a.m. (0001-01-01 12:00:00 UTC)",
    "Dec 31, 9999, 3:59 p.m. (9999-12-31 23:59:59 UTC)",
)
CELLS = {
    ZERO: '"0001-01-01 00:00:00+00:00","0001-01-01 00:00:00+00:00"',
    EARLY: '"0001-01-01 04:07:02-07:53","0001-01-01 12:00:00+00:00"',
    LATE: '"9999-12-31 15:59:59.999999-08:00","9999-12-31 23:59:59.999999+00:00"',
}
PRINTED = (
    "Jan 1, 0001, 12:00:00 a.m. UTC (0001-01-01 00:00:00 UTC)",
    "Jan 1, 0001, 4:07:02 a.m. LMT (0001-01-01 12:00:00 UTC)",
    "Dec 31, 9999, 3:59:59 p.m. PST (9999-12-31 23:59:59 UTC)",
)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("ends"), elasticsearch)
    tell(building)
    odd = {
        "kind": "comment",
        "text": "Snow, says nobody",
        "author_name": "A stranger",
        "author_id": "s1",
        "parent_id": POST,
        "root_id": POST,
    }
    building.capture(
        "news",
        [{"record_id": name, "published_at": at, **odd} for name, at in TIMES.items()],
        at=DAY + timedelta(hours=9),
    )
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who, raise_server_exceptions=False) as client:
        yield client


def linked(page: str) -> set[str]:
    """Which of them a page leads to."""
    return {name for name in TIMES if urlencode({"id": name}) in page}


@pytest.mark.parametrize(
    "address", ["/", "/audit", "/audit.csv", "/coverage", "/account?id=news", "/export?q=snow&context=1"]
)
def test_no_page_breaks(client: TestClient, address: str) -> None:
    client.get("/search?q=snow&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z")  # the audit records it
    assert client.get(address).status_code == 200


def test_their_times_are_told_with_the_zone_that_has_them(client: TestClient) -> None:
    addresses = ["/search?q=snow", "/search?q=snow&sort=oldest", "/person?platform=wordpress&id=s1"]
    addresses += [
        f"/{page}?{urlencode({'id': name})}" for page in ("record", "conversation") for name in (POST, *TIMES)
    ]
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = words(answer.text)
        assert not address.startswith(("/search", "/person")) or all(said in page for said in SAID), address
    for name, said in zip(TIMES, SAID, strict=True):
        assert said in words(client.get(f"/record?{urlencode({'id': name})}").text)


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ("year=0001", {ZERO, EARLY}),
        ("year=9999", {LATE}),
        ("q=published:0001", {ZERO, EARLY}),
        ("q=published:[0001 TO 9999]", {ZERO, EARLY, LATE}),
        ("from=9999-12-31", {LATE}),
        ("to=0001-01-01", {ZERO, EARLY}),
        ("q=snow&from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", {ZERO, EARLY, LATE}),
    ],
)
def test_their_years_and_days_can_be_asked_for(client: TestClient, narrowed: str, found: set[str]) -> None:
    answer = client.get(f"/search?{narrowed}")
    assert (answer.status_code, linked(answer.text)) == (200, found)


def test_each_year_is_offered_once_with_what_choosing_it_finds(client: TestClient) -> None:
    page = client.get("/search?q=snow&facets=1").text
    assert re.findall(r'year=(\d+)"><span title="[^"]*">\d+</span> *<span[^>]*>(\d+)', page) == [
        ("9999", "1"),
        ("2026", "2"),
        ("0001", "2"),
    ]


def test_every_format_is_made_and_says_their_times(client: TestClient, building: Building) -> None:
    found = {}
    for kind in ("csv", "xlsx", "jsonl", "pdf"):
        page = ordered(client, q="snow", format=kind, context="1")
        made(building, page)
        found[kind] = unzipped(client, page)
    told = next(data.decode() for name, data in found["csv"].items() if name.endswith(".csv"))
    lines = next(data.decode() for name, data in found["jsonl"].items() if name.endswith(".jsonl"))
    for name, at in TIMES.items():
        assert CELLS[name] in next(line for line in told.splitlines() if name in line)
        assert orjson.loads(next(line for line in lines.splitlines() if name in line))[
            "published_at"
        ] == instant(at)
    document = next(data for name, data in found["pdf"].items() if name.endswith(".pdf"))
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages).split())
    for said in PRINTED:
        assert said in text, said


@pytest.mark.parametrize(
    ("name", "said"),
    [(ZERO, "0001-01-01 00:00 UTC"), (EARLY, "0001-01-01 04:07 LMT"), (LATE, "9999-12-31 15:59 PST")],
)
def test_the_command_line_shows_them(building: Building, name: str, said: str) -> None:
    done = recordroom("show", name, environment=building.environment())
    assert (done.returncode, f"published {said}" in done.stdout) == (0, True), done.stderr
    done = recordroom("search", "snow", "--from", "0001-01-01T00:00:00Z", environment=building.environment())
    assert (done.returncode, said in done.stdout) == (0, True), done.stderr
