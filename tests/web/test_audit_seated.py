"""The audit in the room as somebody sees it who may not see everything; whoever asks is said by the test."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.airflow_setup import ROLES
from recordroom.archive import quarantine
from recordroom.archive.quarantine import RECORD, Thing
from recordroom.archive.trail import DAMAGED
from recordroom.web import desk
from tests.building import DAY, Building
from tests.services import S3, Buckets
from tests.web.conftest import COMMENT, POST, _tell
from tests.web.seated import Who, visited

NEAR = f"{COMMENT}3"  # begins as COMMENT does


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("audit"), elasticsearch)
    _tell(building)
    near: dict[str, Any] = {"record_id": NEAR, "kind": "comment", "text": "Nothing secret", "author_name": "P", "parent_id": POST}
    building.capture("news", [near | {"root_id": POST, "published_at": DAY}], at=DAY + timedelta(hours=9))
    own = {"record_id": "mastodon:s/statuses/77", "text": "Hushed", "author_id": "wb-4711", "author_name": "Whistle", "published_at": DAY}
    building.capture("board", [own], at=DAY + timedelta(hours=6))
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client
    for name in quarantine.read(building.archive).records:
        quarantine.lift(building.archive, Thing(RECORD, name), "over")


def sit(who: Who, name: str, role: str) -> None:
    who.name, who.rights = name, frozenset(ROLES[role])


def rows(page: str) -> list[str]:
    """The events of a page, newest first, in words."""
    found = re.findall(r"<tr><td class=.when.>.*?</tr>", page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", row)) for row in found]


def asked(client: TestClient, **given: str) -> list[str]:
    return rows(client.get(f"/audit?{urlencode(given)}").text)


def taken(client: TestClient, **given: str) -> list[dict[str, str]]:
    return list(csv.DictReader(client.get(f"/audit.csv?{urlencode(given)}").text.removeprefix("\ufeff").splitlines()))


def test_a_damaged_event_in_a_ledger_or_a_value_that_is_none_stops_no_page(client: TestClient, who: Who) -> None:
    searcher = desk.searcher()
    bad = {"event": "0123456789abcdef", "time": "2026-11-31T25:61:61.000000Z", "actor": "x", "type": "search", "query": "harmed"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recordroom.archive.audit._is_time", lambda _: True)  # as an earlier version of recordroom took it
        line = orjson.dumps(bad) + b"\n"
        (searcher.journal.folder / "20261126T000000Z-1-deadbeef.jsonl").write_bytes(line)
        assert searcher.journal.ship(searcher.archive) >= 1
    searcher.note("audit", "harmed", **{"from": "2026-11-31T08:00:00.000000Z"})
    sit(who, "officer", "RecordsOfficer")
    [damaged] = asked(client, what=DAMAGED)
    assert "harmed" in damaged
    [told] = [one for one in taken(client) if one["what"] == DAMAGED]
    assert orjson.loads(orjson.loads(told["more"])["line"]) == bad
    assert "2026-11-31T08:00:00.000000Z" in asked(client, person="harmed")[0]
