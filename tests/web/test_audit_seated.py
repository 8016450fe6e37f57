"""The audit in the room, in this process: the test says who asks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.audit.trail import DAMAGED
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.audit.withholding import MAY_BE
from recordroom.canonical import sha256
from recordroom.exports.worker import make_order
from recordroom.records import quarantine
from recordroom.rights import ROLES
from recordroom.web import deps
from recordroom.web.audit_wording import ACTS
from recordroom.web.deps import RecentViews
from tests.building import DAY, Building
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.conftest import COMMENT, PICTURE, POST, tell
from tests.web.seated import Who, visited

NEAR = f"{COMMENT}3"  # begins as COMMENT does


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("audit"), elasticsearch)
    tell(building)
    near: dict[str, Any] = {
        "record_id": NEAR,
        "kind": "comment",
        "text": "Nothing secret",
        "author_name": "P",
        "parent_id": POST,
    }
    building.capture("news", [near | {"root_id": POST, "published_at": DAY}], at=DAY + timedelta(hours=9))
    own = {
        "record_id": "mastodon:s/statuses/77",
        "text": "Hushed",
        "author_id": "wb-4711",
        "author_name": "Whistle",
        "published_at": DAY,
    }
    building.capture("board", [own], at=DAY + timedelta(hours=6))
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client
    for kind in (RECORD, FILE):
        for name in ledger.read(building.archive).of(kind):
            ledger.lift(building.archive, QuarantineTarget(kind, name), "over")


def sit(who: Who, name: str, role: str) -> None:
    who.name, who.rights = name, frozenset(ROLES[role])


def rows(page: str) -> list[str]:
    """The events of a page, newest first, in words."""
    found = re.findall(r"<tr><td[^>]* class=.when.*?</tr>", page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", row)) for row in found]


def asked(client: TestClient, **given: str) -> list[str]:
    return rows(client.get(f"/audit?{urlencode(given)}").text)


def taken(client: TestClient, **given: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(client.get(f"/audit.csv?{urlencode(given)}").text.removeprefix("\ufeff").splitlines())
    )


def test_a_damaged_event_in_a_ledger_or_a_value_that_is_none_stops_no_page(
    client: TestClient, who: Who
) -> None:
    searcher = deps.get_searcher()
    bad = {
        "event": "0123456789abcdef",
        "time": "2026-11-31T25:61:61.000000Z",
        "actor": "x",
        "type": "search",
        "query": "harmed",
    }
    with pytest.MonkeyPatch.context() as patch:
        # as an earlier version of recordroom took it
        patch.setattr("recordroom.archive.audit.journal._is_time", lambda _: True)
        line = orjson.dumps(bad) + b"\n"
        (searcher.journal.folder / "20261126T000000Z-1-deadbeef.jsonl").write_bytes(line)
        assert searcher.journal.ship(searcher.archive) >= 1
    searcher.note("audit", "harmed", **{"from": "2026-11-31T08:00:00.000000Z"})
    sit(who, "officer", "RecordsOfficer")
    [damaged] = asked(client, what=DAMAGED)
    assert "harmed" in damaged
    [told] = [one for one in taken(client) if one["what"] == DAMAGED]
    assert orjson.loads(orjson.loads(told["more"])["as stored in the ledger"]) == bad
    assert "2026-11-31T08:00:00.000000Z" in asked(client, person="harmed")[0]


def test_who_saw_a_record_is_told_of_exports_of_it_too(
    client: TestClient, who: Who, building: Building
) -> None:
    sit(who, "officer", "RecordsOfficer")
    for address, found in (
        (f"record={POST}", True),
        (f"conversation={POST}", True),
        (f"record={NEAR}&record={POST}", True),
        ("q=snow", False),
    ):
        title = sha256(address.encode())[:8]
        form = client.get(f"/export?{address}").text
        sent = {
            "token": re.findall(r'name="token" value="([0-9a-f]{64})"', form)[0],
            "do": "order",
            "title": title,
            "format": "csv",
        }
        page = client.post("/exports", data={**sent, **parse_qs(address)}).headers["location"]
        make_order(building.settings, page.rpartition("/")[2])
        assert client.get(f"{page}/file").status_code == 200
        told = [line["what"] for line in taken(client, record=POST) if title in line["more"]]
        assert sorted(told) == (sorted(ACTS[one] for one in ("download", "export", "order")) if found else [])
    assert ACTS["estimate"] in {line["what"] for line in taken(client, record=POST)}
    assert "An export of a whole search is not listed" in client.get("/audit").text


def test_a_person_is_found_whatever_the_case_and_nobody_is_said_to_be_nobody(
    client: TestClient, who: Who
) -> None:
    sit(who, "mary@agency.example#8f2c", "Legal")
    client.get("/search?q=snow")
    sit(who, "officer", "RecordsOfficer")
    for name in ("mary@agency.example#8f2c", "Mary@Agency.Example", "MARY@AGENCY.EXAMPLE#8F2C"):
        page = client.get(f"/audit?{urlencode({'person': name, 'what': 'search'})}").text
        assert "mary@agency.example#8f2c" in page
        assert "searched" in rows(page)[0], name
        assert client.get(f"/audit.csv?{urlencode({'person': name})}").text.count("searched") == 1
    nobody = client.get("/audit?person=Zoe").text
    assert "No event of a person named <bdi>Zoe</bdi> was found. Enter the complete name" in nobody
    assert (
        "No such event of a person named <bdi>mary</bdi> was found."
        in client.get("/audit?person=mary&what=search").text
    )
    assert "Nobody" not in client.get("/audit?what=lift").text


def test_a_file_that_is_opened_by_its_own_address_is_an_event(client: TestClient, who: Who) -> None:
    """Once an hour, and not where its record's page has told already that it was shown; under quarantine it
    is always one.
    """
    address = f"/media?{urlencode({'id': POST, 'account': 'news', 'sequence': 1, 'position': 1})}"

    def opened() -> list[str]:
        return [line["person"] for line in taken(client, record=POST, what="media")]

    digest = sha256(PICTURE)
    for name in ("clerk", "officer"):
        sit(who, name, "RecordsOfficer")
        if name == "officer":
            client.get(f"/record?{urlencode({'id': POST})}")
        assert client.get(address).content == PICTURE
        assert client.get(address, headers={"Range": "bytes=0-9"}).status_code == 206
        assert client.get(address, headers={"If-None-Match": f'"{digest}"'}).status_code == 304
    assert opened() == ["clerk"]
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(FILE, digest),
        "unlawful",
        officer(deps.get_searcher(), "officer"),
    )
    for _ in range(2):
        client.get(address)
    assert opened() == ["officer", "clerk"]
    sit(who, "auditor", "Auditor")
    assert opened() == [], "the file is not named"
    assert any(MAY_BE in row for row in asked(client, what="media"))


def test_what_is_told_of_a_page_is_forgotten_after_an_hour_and_where_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recordroom.web.deps.MOST", 2)
    own = RecentViews()
    own.add("clerk", POST)
    assert own.includes("clerk", POST)
    assert not own.includes("officer", POST)
    for record in ("a", "b"):
        own.add("clerk", record)
    assert [own.includes("clerk", record) for record in (POST, "a", "b")] == [False, False, True]
    monkeypatch.setattr("recordroom.web.deps.HOUR", 0.0)
    own.add("clerk", POST)
    assert not own.includes("clerk", POST)
