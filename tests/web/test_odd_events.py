"""The audit shows every event, whatever it contains or refers to; what cannot be shown is explained in words."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import product
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.audit.withholding import UNCHECKED
from recordroom.capture.permalink import requests
from recordroom.records import quarantine
from recordroom.search.filters import Filters
from recordroom.web import audit_wording, deps
from recordroom.web.audit_wording import ACTS
from tests.building import Building
from tests.viewers import officer
from tests.web.conftest import COMMENT, POST
from tests.web.seated import Who, visited
from tests.web.test_audit_seated import asked, sit

pytestmark = pytest.mark.thorough

BEYOND = ("0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z")
ODD: list[Any] = [
    *BEYOND,
    "x",
    5,
    1e30,
    None,
    ["x"],
    [["x"]],
    {"x": ["y"]},
    {"from": BEYOND[0], "account": 5},
]
# The fields of events: each of each type.
TOLD: dict[str, Any] = {
    "query": "snow", "understood": "all", "filters": Filters().to_audit(), "total": 1, "shown": 1,
    "further": False, "records": [POST], "sort": "newest", "record_id": POST, "record": POST,
    "account": "news", "accounts": ["news"], "sequence": 1, "ok": True, "versions": 1, "at": BEYOND[0],
    "as_of": BEYOND[1], "from": BEYOND[0], "to": BEYOND[1], "platform": "wordpress", "author": "p7",
    "url": "https://x.example/", "request": "0" * 32, "of": "legal", "export": "e", "name": "n",
    "format": "csv", "context": True, "rows": 1, "holds": 1, "gone": 1, "barred": 1, "key": "k",
    "sha256": "0" * 64, "bytes": 5, "kind": "search", "by": "password", "roles": ["Ops"], "why": "w",
    "more": 2, "entry": 1, "act": "0" * 32, "reason": "r", "file": "csv", "line": "l", "lines": 1,
    "shipped": 1, "terms": [{"line": 1, "query": "bus", "total": 1, "unique": 1}], "media.sha256": "0" * 64,
}  # fmt: skip


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who, raise_server_exceptions=False) as client:
        yield client
    for name in ledger.read(building.archive).of(RECORD):
        ledger.lift(building.archive, QuarantineTarget(RECORD, name), "over")


def taken(client: TestClient, **given: str) -> list[dict[str, str]]:
    answer = client.get(f"/audit.csv?{urlencode(given)}")
    assert answer.status_code == 200
    return list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))


def test_the_ends_of_the_calendar_are_asked_for_and_told_and_what_is_beyond_is_refused(
    client: TestClient, who: Who
) -> None:
    early, late = urlencode({"from": BEYOND[0]}), urlencode({"to": "9999-12-31T23:59:59-11:00"})
    sit(who, "counsel", "Legal")
    for address in (
        f"/search?q=x&{early}",
        f"/export?q=x&{urlencode({'as_of': BEYOND[0]})}",
        f"/export?q=x&{early}",
    ):
        assert client.get(address).status_code == 200, address
    refused = [f"/search?q=x&{late}"]
    sit(who, "auditor", "Auditor")
    for address in (f"/audit?{early}", f"/audit.csv?{early}", "/audit"):
        assert client.get(address).status_code == 200, address
    for address in (*refused, f"/audit?{late}"):
        sit(who, "counsel", "Legal" if address in refused else "Auditor")
        answer = client.get(address)
        assert (answer.status_code, "is beyond the calendar" in answer.text) == (400, True), address


def test_whatever_stands_in_an_event_all_are_told(client: TestClient, who: Who) -> None:
    """On the page and in the file, to who may see all and to who may not."""
    searcher = deps.get_searcher()
    searcher.note("search", "first", query="before")
    for type_ in ACTS:
        searcher.note(type_, "somebody", **TOLD)
    for name in TOLD:
        for value in ODD:
            searcher.note(
                "quarantine" if name in ("record_id", "act", "entry") else "search",
                "odd",
                **TOLD | {name: value},
            )
    line = {"event": "0" * 16, "actor": "odd", "type": "search", "query": "time"}
    for n, time in enumerate(BEYOND):
        file = searcher.journal.folder / f"20261126T00000{n}Z-1-deadbeef.jsonl"
        file.write_bytes(orjson.dumps(line | {"time": time}) + b"\n")
    quarantine.put(
        searcher, QuarantineTarget(RECORD, COMMENT), "a person's home address", officer(searcher, "officer")
    )
    most = len(ACTS) + len(TOLD) * len(ODD) + 3
    for role in ("RecordsOfficer", "Auditor"):
        sit(who, role, role)
        assert len(taken(client)) > most
        address, pages = "/audit", 0
        while address:
            answer = client.get(address)
            assert answer.status_code == 200, address
            pages += 1
            address = next(
                (
                    link.split('"')[0].replace("&amp;", "&")
                    for link in answer.text.split('rel="next" href="')[1:]
                ),
                "",
            )
        assert pages > most / 50


def test_an_odd_value_is_told_as_it_stands() -> None:
    for type_, name, value in product(("search", "show", "audit", "roles", "quarantine", "media"), TOLD, ODD):
        event = {"event": "0" * 16, "time": BEYOND[0], "actor": "x", "type": type_, **TOLD, name: value}
        told = audit_wording.describe_event(event)
        assert "0001-01-01" in told.when
        assert all(isinstance(fact.value, str) for fact in (*told.facts, *told.terms))
        assert orjson.dumps(audit_wording.describe_event_for_file(event)[2])


@pytest.mark.parametrize(
    "bad",
    [
        b"{half",
        b'{"lacking": []}',
        b'{"failure":"","whose":{"by":"x"}}',
        b'{"failure":"","records":[["a"]]}',
        b"[]",
        b"\xff",
    ],
)
def test_a_damaged_answer_of_a_capture_costs_its_own_receipt_and_event(
    client: TestClient, who: Who, building: Building, bad: bytes
) -> None:
    wanted = requests.place_request(
        building.derived, "https://x.example/?p=1", "comm", ["news"], restricted=False
    )
    searcher = deps.get_searcher()
    searcher.note("show", "comm", record_id=POST, versions=1, records=[POST])
    searcher.note("capture now", "comm", request=wanted.id, url="https://x.example/?p=1", accounts=["news"])
    building.derived.put_new(f"captures/{wanted.id}/answer.json", bad)
    quarantine.put(
        searcher, QuarantineTarget(RECORD, COMMENT), "a person's home address", officer(searcher, "officer")
    )
    sit(who, "auditor", "Auditor")
    capture, shown = asked(client, person="comm")[:2]
    assert UNCHECKED in capture
    assert POST in shown
    assert taken(client, person="comm")[1]["record"] == POST
    sit(who, "comm", "Communications")
    receipt = client.get(f"/capture/{wanted.id}")
    assert (
        receipt.status_code,
        "the stored answer of this capture is damaged and cannot be read" in receipt.text.lower(),
    ) == (
        400,
        True,
    )


def test_a_damaged_event_of_a_quarantine_costs_no_other_its_reason(client: TestClient, who: Who) -> None:
    searcher = deps.get_searcher()
    quarantine.put(
        searcher, QuarantineTarget(RECORD, COMMENT), "a person's home address", officer(searcher, "chief")
    )
    searcher.note("quarantine", "chief", record_id=["x"], entry=5)
    searcher.note("quarantine", "chief", record_id="x", entry=[5])
    searcher.note("quarantine", "chief", record_id="x", entry=5, act=["x"])
    sit(who, "officer", "RecordsOfficer")
    *odd, good = asked(client, person="chief")
    assert (len(odd), "home address" in good) == (3, True)
    sit(who, "auditor", "Auditor")
    assert len(asked(client, person="chief")) == 4
