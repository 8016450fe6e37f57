"""Messages about failures, gaps, and captures name nothing that their reader may not see: on pages and in
files.

A person who may not see the quarantine reads only the host of an address, whether anything is hidden or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.coverage import overview
from recordroom.model import Exchange
from recordroom.records import quarantine
from recordroom.records.evidence import Excerpt
from recordroom.records.proof import ProofStep
from recordroom.rights import ROLES
from recordroom.web import deps
from recordroom.web.routes.evidence import _mask_step
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.conftest import COMMENT, tell
from tests.web.exports.asking import made, ordered, unzipped
from tests.web.seated import Who, visited

pytestmark = pytest.mark.thorough

OPEN, HIDDEN = "x:1111111111", "x:2222222222"
ASKED = "https://api.x.com/2/tweets?ids=1111111111,2222222222"
GUID = "wordpress:x/posts/https://x.example/2026/a-post/"  # as a feed makes them
LACKS = (
    f"{ASKED}&tweet.fields=text: HTTP 500: no post 2222222222; https://x.com/a/status/2222222222 and {HIDDEN}"
    " at board"
)


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("failing"), elasticsearch)
    tell(building, account("ex", "x"))
    rows = [
        {"record_id": OPEN, "text": "Open words", "published_at": DAY},
        {"record_id": HIDDEN, "text": "Others", "published_at": DAY},
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "tests.building.Exchange", lambda method, _, *rest, **more: Exchange(method, ASKED, *rest, **more)
        )
        building.capture("ex", rows, at=DAY + timedelta(hours=1))
    building.capture(
        "news", [{"record_id": GUID, "text": "An entry", "published_at": DAY}], at=DAY + timedelta(hours=6)
    )
    failure = {
        "type": "UnexpectedResponse",
        "message": f"the answer about {COMMENT} was no list; {ASKED}; so was that of board",
        "mend": "",
    }
    building.capture("news", at=DAY + timedelta(hours=7), complete=False, failure=failure)
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(overview, "REMEMBERED", 0.0)
    before = building.settings.register_file.read_bytes()
    with visited(building, who) as client:
        yield client
    building.settings.register_file.write_bytes(before)
    for name in ledger.read(building.archive).records:
        ledger.lift(building.archive, QuarantineTarget(RECORD, name), "the test is over")


@pytest.fixture
def gap(building: Building) -> Iterator[None]:
    Gaps(building.archive).open_("ex", "capture-failed: UnexpectedResponse", LACKS)
    yield
    Gaps(building.archive).close("ex", "capture-failed: UnexpectedResponse", "the test is over")


def sit(who: Who, role: str) -> None:
    who.name, who.rights = role, frozenset(ROLES[role])


def bar(name: str) -> None:
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, name),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )


def told(client: TestClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, (address, page.text)
    return unescape(page.text)


def native(record_id: str, account: str) -> str:
    return "/native?" + urlencode({"id": record_id, "account": account, "sequence": 1})


@pytest.mark.parametrize("role", ["Communications", "Ops", "Auditor"])
def test_a_failure_names_neither_a_hidden_record_nor_account(client: TestClient, who: Who, role: str) -> None:
    bar(COMMENT)
    sit(who, role)
    for address in ("/", "/coverage", "/account?id=news"):
        page = told(client, address)
        assert (
            "the answer about a record was no list; https://api.x.com/…; so was that of an account" in page
        ), address
        assert not [name for name in (COMMENT, "board", "ids=1111111111") if name in page], address
    sit(who, "RecordsOfficer")
    for address in ("/", "/coverage", "/account?id=news"):
        assert f"the answer about {COMMENT} was no list; {ASKED}" in told(client, address), (
            "the administrator sees all"
        )


@pytest.mark.usefixtures("gap")
@pytest.mark.parametrize(
    ("role", "addresses"),
    [
        ("Communications", ("/search?q=open", "/coverage", "/account?id=ex", "/")),
        ("Ops", ("/coverage", "/account?id=ex", "/")),
        ("Auditor", ("/coverage", "/account?id=ex", "/")),
        ("Legal", ("/search?q=open", "/export?q=open", "/coverage", "/account?id=ex", "/")),
    ],
)
def test_a_gap_tells_of_what_was_asked_for_the_host_alone(
    client: TestClient, who: Who, role: str, addresses: tuple[str, ...]
) -> None:
    sit(who, role)
    before = {address: told(client, address) for address in addresses}
    assert sum("https://api.x.com/…: HTTP 500" in page for page in before.values()) >= len(addresses) - 1
    assert not [page for page in before.values() if "ids=1111111111" in page or "a/status" in page], (
        "also where nothing is hidden"
    )
    bar(HIDDEN)
    for address in addresses:
        page = told(client, address)
        assert "2222222222" not in page, address
        assert ("HTTP 500: no post a record" in page) == ("HTTP 500" in before[address])
    sit(who, "RecordsOfficer")
    assert LACKS in told(client, "/coverage")


@pytest.mark.usefixtures("gap")
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_receipt_tells_no_more_than_the_pages(
    client: TestClient, who: Who, building: Building, form: str
) -> None:
    sit(who, "Legal")
    page = ordered(client, q="open", format=form)
    made(building, page)
    bar(HIDDEN)
    later = ordered(client, q="open", format=form)
    made(building, later)
    found = [
        told(client, page),
        client.get(f"{page}/receipt").text,
        told(client, later),
        client.get(f"{later}/receipt").text,
    ]
    found += [data.decode(errors="ignore") for data in unzipped(client, later).values()]
    assert not [text for text in found if "2222222222" in text or "ids=" in text]
    assert sum("https://api.x.com/…: HTTP 500" in text for text in found) >= 6


def test_what_the_platform_sent_does_not_name_what_else_was_asked_for(client: TestClient, who: Who) -> None:
    bar(HIDDEN)
    for role in ("Communications", "Legal"):
        sit(who, role)
        assert client.get(f"/record?{urlencode({'id': HIDDEN})}").status_code == 404
        page = told(client, native(OPEN, "ex"))
        assert ("<code>https://api.x.com/…</code>" in page, "2222222222" in page) == (True, False)
    sit(who, "RecordsOfficer")
    assert ASKED in told(client, native(OPEN, "ex"))


def test_a_step_of_a_proof_that_fails_names_nothing_either(client: TestClient, who: Who) -> None:
    """The answer is none of X's: reading it again says so, with the address that was asked for."""
    bar(HIDDEN)
    for role in ("Communications", "Auditor"):
        sit(who, role)
        page = told(client, native(OPEN, "ex").replace("/native", "/proof"))
        assert ("https://api.x.com/…" in page, "2222222222" in page) == (True, False)
    sit(who, "RecordsOfficer")
    assert ASKED in told(client, native(OPEN, "ex").replace("/native", "/proof"))


def test_the_part_of_an_answer_that_names_a_hidden_record_stands_in_no_proof() -> None:
    step = ProofStep(
        "it is hidden",
        "",
        True,
        "hidden",
        "hidden",
        part=Excerpt("/hidden", f'["1111111111", "{HIDDEN[2:]}"]', beside=False),
    )
    assert _mask_step(step, {HIDDEN}).part is None
    assert _mask_step(step, {"x:3333333333"}).part == step.part


def test_an_account_at_the_address_of_a_confidential_one_does_not_say_so(
    client: TestClient, who: Who, building: Building
) -> None:
    own = account("news", "wordpress")
    building.write(account("board", "wordpress", confidential=True, url=own["url"]), own, account("ex", "x"))
    for role in ("Communications", "Ops", "Auditor"):
        sit(who, role)
        page = told(client, "/account?id=news")
        assert not re.search(r"board|the same address", page, re.IGNORECASE)
        assert "approved_by" in page, "other warnings stay"
        assert client.get("/account?id=board").status_code == 404
    sit(who, "Legal")
    assert "The same address as board in line" in told(client, "/account?id=news")


def test_an_id_that_ends_in_a_slash_is_not_in_every_text(client: TestClient, who: Who) -> None:
    bar(GUID)
    sit(who, "Communications")
    assert "Open words" in told(client, native(OPEN, "ex"))
    assert client.get(native(GUID, "news")).status_code == 404
