"""The pages of proposals: who sees what, drafting on demand, objections, and hostile text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom import dates
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.jobs import proposals as jobs
from recordroom.rights import ROLES, Right
from recordroom.web.auth import Person
from tests.building import Building, account
from tests.retention.proposing import ONE_TIME, Archive, name, open_archive
from tests.services import S3, Buckets
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.seated import Who, seated, served, visited

HOSTILE = "<script>alert(1)</script>"
OFFICER, AUDITOR = (frozenset(ROLES[one]) for one in ("RecordsOfficer", "Auditor"))
OWNER = frozenset(ROLES["Communications"])


@pytest.fixture(scope="module")
def made(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two accounts of one owner, one of them confidential; one record is under quarantine."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("proposals"), elasticsearch)
    archive = open_archive(
        building, account("news", "wordpress", series="TWO"),
        account("board", "wordpress", series="TWO", confidential=True),
        account("secret", "wordpress", series="TWO", owner="Superintendent", confidential=True),
    )  # fmt: skip
    archive.removed("news", "one", "two", "held", "quarantined", "=1+1")
    for one in ("board", "secret"):
        archive.removed(one, "post")
    records = [name("news", one) for one in ("one", "two", "held", "quarantined", "=1+1")]
    archive.decide("TWO", *records, name("board", "post"), name("secret", "post"))
    archive.hold(records=[name("news", "held")])
    quarantine.put(building.archive, QuarantineTarget(RECORD, name("news", "quarantined")), "a child")
    jobs.draft_due(archive.context)
    building.index()
    return archive


@pytest.fixture
def who() -> Who:
    return Who("officer@example", OFFICER)


@pytest.fixture
def client(made: Archive, who: Who) -> Iterator[TestClient]:
    with visited(made.building, who) as client:
        yield client


@pytest.fixture
def address(made: Archive) -> str:
    """Of the proposal of Communications."""
    found = (one for one in made.state.proposals.values() if one.subject.owner == "Communications")
    return f"/retention/proposals/{next(found).id}"


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def send(client: TestClient, path: str, page: str = "/retention/proposals", **given: Any) -> Any:
    token = re.search(r'name="token" value="([0-9a-f]{64})"', client.get(page).text)
    assert token
    return client.post(path, data={"token": token[1], **given}, follow_redirects=True)


def row(client: TestClient, address: str, label: str) -> str:
    """The words of a row of the table of counts."""
    rows = re.findall("<tr>.*?</tr>", client.get(address).text, re.DOTALL)
    return next((found for one in rows if (found := words(one)).startswith(label)), "")


def test_counts_leave_out_what_a_person_may_not_see(client: TestClient, who: Who, address: str) -> None:
    assert row(client, address, "Proposed").startswith("Proposed 4")
    assert row(client, address, "Under quarantine").startswith("Under quarantine 1")
    who.rights = OWNER
    assert row(client, address, "Proposed").startswith("Proposed 3")
    assert row(client, address, "Under quarantine") == ""
    assert row(client, address, "On hold").startswith("On hold 1")
    page = client.get(address).text
    assert "1 record is excluded" in words(page)
    for hidden in ("board", "quarantined"):
        assert hidden not in page.replace("under quarantine", "")


def test_a_proposal_of_confidential_accounts_alone_does_not_exist_for_others(
    client: TestClient, who: Who, made: Archive
) -> None:
    found = next(one for one in made.state.proposals.values() if one.subject.owner == "Superintendent")
    assert "Superintendent" in client.get("/retention/proposals").text
    who.rights = OWNER | {Right.PROPOSE}
    assert "Superintendent" not in client.get("/retention/proposals").text
    for path in ("", "/list.csv"):
        assert client.get(f"/retention/proposals/{found.id}{path}").status_code == 404
    assert send(client, f"/retention/proposals/{found.id}/object", reason="mine").status_code == 404
    refused = send(client, "/retention/proposals", subject="series/TWO", owner="Superintendent", do="preview")
    assert (refused.status_code, "No account has this owner" in refused.text) == (400, True)


def test_the_list_has_what_the_person_may_see_and_no_formula(
    client: TestClient, who: Who, address: str
) -> None:
    def read() -> dict[str, dict[str, str]]:
        answer = client.get(f"{address}/list.csv")
        assert answer.status_code == 200
        return {one["record"]: one for one in csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))}

    whole = read()
    assert len(whole) == 6
    assert whole[name("news", "one")]["proposed"] == "yes"
    assert whole[name("news", "held")]["excluded because"] == "On hold"
    assert whole[name("news", "quarantined")]["excluded because"] == "Under quarantine"
    who.rights = OWNER
    assert whole.keys() - read().keys() == {name("news", "quarantined"), name("board", "post")}
    who.rights = OFFICER
    assert "downloaded the list of a proposal" in words(client.get("/audit").text)


def test_an_auditor_sees_acts_without_records(client: TestClient, who: Who, address: str) -> None:
    objected = send(client, f"{address}/object", address, reason="we need it", records=name("news", "one"))
    assert objected.status_code == 200
    assert f"id={name('news', 'one').replace(':', '%3A').replace('/', '%2F')}" in objected.text
    who.rights = AUDITOR | {Right.RESTRICTED}
    page = client.get(address).text
    assert "To 1 record" in words(page)
    assert "we need it" in page
    assert "wordpress:" not in page
    assert "/record?" not in page
    assert "<textarea" not in page
    assert client.get(f"{address}/list.csv").status_code == 403
    who.rights = OWNER  # the proposal has an account that this person may not see
    assert "we need it" not in client.get(address).text


def test_the_life_of_an_objection(client: TestClient, who: Who, address: str, made: Archive) -> None:
    missing = send(client, f"{address}/object", address, reason=" ", records=name("news", "two"))
    assert (missing.status_code, "The reason is missing" in words(missing.text)) == (400, True)
    assert name("news", "two") in missing.text
    wrong = send(client, f"{address}/object", address, reason="x", records="wordpress:x/1")
    assert (wrong.status_code, "has no record" in words(wrong.text)) == (400, True)
    for unclear in ({"records": " "}, {"records": name("news", "two"), "everything": "1"}):
        refused = send(client, f"{address}/object", address, reason="needed", **unclear)
        assert (refused.status_code, "It is not clear what the objection is to" in words(refused.text)) == (
            400,
            True,
        )
        assert "needed" in refused.text
    who.rights = OWNER
    hidden = send(client, f"{address}/object", address, reason="x", records=name("board", "post"))
    assert (hidden.status_code, "has no record" in words(hidden.text)) == (400, True)
    who.rights = OFFICER
    page = send(client, f"{address}/object", address, reason=HOSTILE, records=name("news", "two")).text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    panel = words(client.get(f"/record?id={name('news', 'two')}").text)
    assert "An objection was made to its disposition." in panel
    [made_now] = [
        one for one in made.state.proposals[address.rsplit("/", 1)[1]].objections.values()
        if one.made.reason == HOSTILE
    ]  # fmt: skip
    path = f"{address}/objections/{made_now.id}/withdraw"
    who.name, who.rights = "other@example", OFFICER - {Right.PROPOSE}
    assert send(client, path, address, reason="mine").status_code == 403
    who.name = "officer@example"
    assert "(withdrawn)" in send(client, path, address, reason="a mistake").text
    panel = words(client.get(f"/record?id={name('news', 'two')}").text)
    assert "An objection was made" not in panel


def test_a_proposal_is_drafted_on_demand_after_its_counts(client: TestClient, made: Archive) -> None:
    asked = {"subject": "series/TWO", "owner": "Communications"}
    before = len(made.state.proposals)
    counted = words(send(client, "/retention/proposals", **asked, do="preview").text)
    assert "Nothing is drafted yet" in counted
    assert len(made.state.proposals) == before
    drafted = send(client, "/retention/proposals", **asked, do="draft")
    assert "30 days left" in words(drafted.text)
    newest = list(made.state.proposals.values())[-1]
    assert (len(made.state.proposals), newest.drafted.who) == (before + 1, "officer@example")
    nothing = words(
        send(client, "/retention/proposals", subject="series/PERM", owner="Communications", do="draft").text
    )
    assert "have no such records" in nothing


def test_that_nothing_can_be_proposed_is_said_with_the_reason(client: TestClient, made: Archive) -> None:
    hold = made.hold(everything=True)
    asked = {"subject": "series/TWO", "owner": "Communications"}
    before = made.state.tail
    page = words(send(client, "/retention/proposals", **asked, do="draft").text)
    assert "Nothing can be proposed. Each record whose period is over is excluded." in page
    assert "On hold" in page
    assert made.state.tail == before
    made.append("hold-released", act_id=hold, reason="the test is over")


def test_a_lost_list_is_reported_and_the_counts_remain(
    client: TestClient, made: Archive, address: str
) -> None:
    key = made.state.proposals[address.rsplit("/", 1)[1]].list.key
    derived = made.building.derived
    before = derived.get(key)
    derived.delete(key)
    page = words(client.get(address).text)
    assert "The complete list cannot be read now." in page
    assert "Proposed 4" in page
    assert (
        send(
            client, f"{address}/object", address, reason="all of it", records=name("news", "one")
        ).status_code
        == 200
    )
    derived.put_new(key, before)


@pytest.mark.thorough
def test_axe_finds_nothing(made: Archive, who: Who, browser: Browser, folder: Path, address: str) -> None:
    with seated(made.building, lambda: Person(who.name, who.rights)) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, "/retention/proposals", "proposals")
        judge(sitting, address, "proposal")
        page = sitting.open("/retention/proposals")
        page.get_by_label("Series or one-time list").select_option(label="TWO, TWO")
        page.get_by_role("button", name="Show the expected numbers").click()
        expect(page.get_by_role("heading", name="Expected numbers")).to_be_visible()
        sitting.picture("proposal-draft")
        context.close()


def test_what_speaks_against_proposed_records_since_drafting_is_reported(
    s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path, who: Who
) -> None:
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    archive = open_archive(
        building, account("news", "wordpress", series="TWO"),
        account("board", "wordpress", series="TWO", confidential=True),
    )  # fmt: skip
    archive.removed("news", "one", "two", "three")
    archive.removed("board", "post")
    one, two, three = (name("news", number) for number in ("one", "two", "three"))
    post = name("board", "post")
    archive.decide("TWO", one, two, three, post)
    jobs.draft_due(archive.context)
    building.index()
    address = f"/retention/proposals/{archive.proposal.id}"
    with visited(building, who) as client:
        assert "Since drafting" not in words(client.get(address).text)
        until = dates.format_day(archive.proposal.object_until)
        notice = (
            "{} of Communications may be considered for disposition: TWO, TWO. The owner of the accounts can"
        )
        assert f"{notice.format('4 records')} object until {until}" in words(client.get("/").text)
        who.rights = OFFICER - {Right.RESTRICTED}
        assert notice.format("3 records") in words(client.get("/").text)
        who.rights = OFFICER
        archive.hold(records=[one, post])
        archive.decide(None, two)
        archive.object(archive.proposal.id, two)
        building.index()
        told = "Since drafting, {} of the proposed records got a reason against them. On hold: {}"
        page = words(client.get(address).text)
        assert told.format(3, "2 No records series: 1 Objection: 1") in page
        assert "Do not act on this list without drafting again." in page
        who.rights = OFFICER - {Right.RESTRICTED}
        assert told.format(2, "1 No records series: 1 Objection: 1") in words(client.get(address).text)
        who.rights = OFFICER - {Right.READ}
        assert "Since drafting" not in words(client.get(address).text)


def test_the_proposal_of_a_one_time_list_says_when_it_was_approved_and_its_source(
    s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path, who: Who
) -> None:
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    more = ONE_TIME.replace("RECORDS", name("news", "one")).replace("Board", f"'{HOSTILE}'")
    archive = open_archive(building, account("news", "wordpress", series="TWO"), more=more)
    archive.removed("news", "one")
    jobs.draft_due(archive.context)
    building.index()
    with visited(building, who) as client:
        page = client.get(f"/retention/proposals/{archive.proposal.id}").text
    assert "Approved on Oct 1, 2026, once, by the Local Records Committee" in words(page)
    assert f"Source {HOSTILE}" in words(page)
    assert HOSTILE not in page
    assert "FOR COUNSEL: confirm that the one-time approval is authority" in words(page)
