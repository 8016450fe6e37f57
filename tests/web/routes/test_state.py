"""Stating facts in the room: the form, what changes, the statement, its revocation, and who learns what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom.errors import ServiceUnavailable
from recordroom.records import statements
from recordroom.records.statements import StatementOrder
from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.retention.holds import HoldScope
from recordroom.retention.statements import EVENT_DAY
from recordroom.rights import ROLES, Right
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.retention.test_classification import SCHEDULE
from tests.retention.test_statements import FILE, TODAY
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.routes.test_classify import plain
from tests.web.seated import Who, seated, served, visited

GONE, REPLY, SHOWN, CLAIM, INCIDENT, OLD, SECRET = (f"wordpress:x/posts/{n}" for n in range(1, 8))
HOUR = timedelta(hours=1)
HOSTILE = '<script>alert(1)</script>"\u202e'
OFFICER = frozenset(ROLES["RecordsOfficer"])


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    """A post that vanished with its reply, a published one, and an import; a series with an event; a closed
    account, and a confidential one.
    """
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    building.enrol(
        account("news", "wordpress", series="TWO"), account("incidents", "wordpress", series="EV"),
        account("old", "wordpress", series="TWO", closed_on="2026-06-30"),
        account("board", "wordpress", series="TWO", confidential=True),
    )  # fmt: skip
    posts = [
        {"record_id": GONE, "text": f"snow {HOSTILE}", "author_id": "ana", "author_name": "Ana",
         "published_at": DAY},
        {"record_id": REPLY, "text": "ice", "root_id": GONE, "parent_id": GONE, "kind": "comment",
         "author_id": "ben", "published_at": DAY},
        {"record_id": SHOWN, "text": "snow again", "published_at": DAY},
        {"record_id": CLAIM, "text": "hail", "source": "import: file", "late_arrival": True},
    ]  # fmt: skip
    building.capture("news", posts, at=DAY + HOUR)
    lost = [{"record_id": one, "status": "unavailable"} for one in (GONE, REPLY)]
    building.capture("news", lost, at=DAY + 2 * HOUR)
    for name, record_id in (("incidents", INCIDENT), ("old", OLD), ("board", SECRET)):
        building.capture(name, [{"record_id": record_id, "text": "sleet"}], at=DAY + HOUR)
    building.capture("board", [{"record_id": SECRET, "status": "hidden"}], at=DAY + 2 * HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    building.index()
    return building


@pytest.fixture
def who() -> Who:
    return Who("ana@example", OFFICER)


@pytest.fixture
def client(building: Building, who: Who, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(deps, "follow_ledger", building.index)
    with visited(building, who) as client:
        yield client


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    form = page[page.index('action="/retention/state"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    found |= dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', form, re.DOTALL))
    return {name: unescape(value) for name, value in found.items()}


def send(client: TestClient, page: str, **given: str) -> Any:
    return client.post("/retention/state", data=fields(page) | given)


def preview(client: TestClient, address: str, **given: str) -> Any:
    form = client.get(address)
    assert form.status_code == 200, plain(form.text)
    typed = {"fact": "withdrawn", "evidence": "a screenshot", "reason": "asked", "do": "preview"}
    return send(client, form.text, **typed | given)


def state(client: TestClient, address: str, **given: str) -> str:
    """State a fact, and return the ID of the statement."""
    shown = preview(client, address, **given)
    assert shown.status_code == 200, plain(shown.text)
    done = send(client, shown.text, do="state")
    assert done.status_code == 303, plain(done.text)
    assert done.headers["location"].startswith("/retention/statements#")
    return str(done.headers["location"].partition("#")[2])


def act(client: TestClient, name: str, what: str, reason: str = "a mistake") -> Any:
    """Send the form that approves, revokes, or keeps a statement."""
    token = re.search(r'name="token" value="(\w+)"', client.get("/holds").text)
    assert token
    return client.post(f"/retention/statements/{name}/{what}", data={"token": token[1], "reason": reason})


def revoke(client: TestClient, name: str) -> Any:
    return act(client, name, "revoke")


def item(client: TestClient, name: str) -> str:
    """The words of one statement of the page."""
    page = client.get("/retention/statements").text
    found = re.search(rf'<li id="{name}">(.*?)</li>', page, re.DOTALL)
    assert found, page
    return plain(found[1])


def panel(client: TestClient, record_id: str) -> str:
    page = client.get(f"/record?id={record_id}").text
    return plain(page.split('<h2 id="retention">')[1].split("</section>")[0])


def test_a_withdrawal_is_stated_from_the_page_of_a_record(client: TestClient) -> None:
    link = re.search(
        r'<a href="/(retention/state\?[^"]*)">State what no capture shows<',
        client.get(f"/record?id={GONE}").text,
    )
    assert link
    address = f"/{unescape(link[1])}"
    shown = preview(client, address, day="6/30/2026", evidence=f"seen {HOSTILE}", reason=f"why {HOSTILE}")
    words = plain(shown.text)
    assert "You state The public can no longer see these records Day Jun 30, 2026" in words
    assert "Records covered 1 Of these, changed 1 Get a date 1" in words
    changes = (
        "TWO (default), no date Trigger: not withdrawn"
        " TWO (default), eligible on Jul 1, 2028 Trigger: stated as withdrawn, Jun 30, 2026"
    )
    assert changes in words
    assert "<script>alert" not in shown.text
    assert deps.get_searcher().retention.refresh().statements == {}, "nothing is stored before it is stated"
    done = send(client, shown.text, do="state")
    name = done.headers["location"].partition("#")[2]
    told = item(client, name)
    assert told.startswith("The public can no longer see these records, since Jun 30, 2026 In force.")
    assert f"Evidence: seen {HOSTILE}" in told
    assert f"by ana@example: why {HOSTILE}" in told
    assert "<script>alert" not in client.get("/retention/statements").text
    assert "The public can no longer see it since Jun 30, 2026." in panel(client, GONE)
    assert "Running: its period has begun" in panel(client, GONE)
    assert revoke(client, name).status_code == 303
    assert "Revoked. " in item(client, name)
    assert "no longer see it" not in panel(client, GONE)
    again = revoke(client, name)
    assert (again.status_code, "was revoked already" in plain(again.text)) == (400, True)


def test_a_revocation_that_shortens_waits_for_a_second_person(client: TestClient, who: Who) -> None:
    address = f"/retention/state?id={INCIDENT}"
    state(client, address, fact="event", dan="EV", day="4/1/2026")
    name = state(client, address, fact="event", dan="EV", day="5/1/2026")
    assert act(client, name, "revoke", f"why {HOSTILE}").status_code == 303
    page = client.get("/retention/statements").text
    assert "1 statement waits for a second person" in plain(page)
    told = item(client, name)
    assert "In force. Its revocation waits for a second person" in told
    assert "Revocation asked for on" in told
    assert f"why {HOSTILE}" in told
    assert "You asked for this revocation, so another person must approve it." in told
    assert "Approve this revocation" not in told
    assert "May 2, 2028" in panel(client, INCIDENT)
    assert "1 statement waits for a second person" in plain(client.get("/retention").text)
    assert "Your revocation of a statement about 1 record protects records less" in plain(
        client.get("/").text
    )
    own = act(client, name, "approve")
    assert (own.status_code, "approved by a second person" in plain(own.text)) == (400, True)
    who.name = "ben@example"
    assert "The revocation by ana@example of a statement" in plain(client.get("/").text)
    review = client.get(f"/retention/statements/{name}").text
    assert "What a revocation changes" in plain(review)
    assert "Protected less 1" in plain(review)
    assert "<script>alert" not in review
    assert act(client, name, "keep").status_code == 303
    assert "In force. Series EV." in item(client, name)
    again = client.get(f"/retention/statements/{name}")
    assert (again.status_code, "needs no approval" in plain(again.text)) == (400, True)
    assert revoke(client, name).status_code == 303
    who.name = "cy@example"
    assert act(client, name, "approve", "agreed").status_code == 303
    assert "Revoked. " in item(client, name)
    assert "Apr 2, 2028" in panel(client, INCIDENT)


def test_a_preview_shows_a_trigger_only_where_it_changes(client: TestClient) -> None:
    event, confirmed = {"fact": "event", "dan": "EV", "day": "4/1/2026"}, {"fact": "import confirmed"}
    for record_id, given, change in (
        (INCIDENT, event, ["event not stated", "event stated, Apr 1, 2026"]),
        (CLAIM, confirmed, ["import not confirmed", "not withdrawn"]),
    ):
        page = preview(client, f"/retention/state?id={record_id}", **given).text
        assert re.findall("Trigger: ([^<]*)", page) == change
    state(client, f"/retention/state?id={GONE}", day="6/30/2026")
    same = plain(preview(client, f"/retention/state?id={GONE}", day="6/1/2026").text)
    assert "Trigger" not in same


def test_what_waits_is_hidden_with_its_records(client: TestClient, who: Who) -> None:
    address = f"/retention/state?id={SECRET}"
    state(client, address, day="4/1/2026")
    name = state(client, address, day="5/1/2026")
    assert revoke(client, name).status_code == 303
    who.name, who.rights = "cy@example", OFFICER - {Right.RESTRICTED}
    assert name not in client.get("/retention/statements").text
    assert "second person" not in plain(client.get("/retention").text)
    assert "second person" not in plain(client.get("/").text)
    assert client.get(f"/retention/statements/{name}").status_code == 404
    assert act(client, name, "approve").status_code == 404
    assert act(client, name, "keep").status_code == 404


@pytest.mark.parametrize(
    ("address", "given", "words"),
    [
        (f"?id={GONE}", {"fact": ""}, "not chosen what you state"),
        (f"?id={GONE}", {"evidence": ""}, "The evidence is missing"),
        (f"?id={GONE}", {"reason": ""}, "The reason is missing"),
        (f"?id={GONE}", {"day": "soon"}, "Day"),
        (f"?id={GONE}", {"day": "1/1/2999"}, "is in the future"),
        (f"?id={SHOWN}", {}, "found these records public"),
        (f"?id={CLAIM}", {}, "they come from a file"),
        (f"?id={GONE}", {"cover": "account", "day": "6/30/2026"}, "does not say that each of these accounts"),
        (f"?id={CLAIM}", {"fact": "import confirmed", "cover": "conversation"}, "names records or accounts"),
        (f"?id={INCIDENT}", {"fact": "event", "day": "6/30/2026"}, "no schedule in force"),
        (f"?id={INCIDENT}", {"fact": "event", "dan": "EV"}, "The day is missing"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_shown_again_with_what_was_typed(
    client: TestClient, address: str, given: dict[str, str], words: str
) -> None:
    shown = preview(client, f"/retention/state{address}", **{"evidence": "it was typed"} | given)
    assert shown.status_code == 400
    assert words.lower() in plain(shown.text).lower()
    assert ("it was typed" in shown.text) == ("evidence" not in given)
    assert deps.get_searcher().retention.refresh().statements == {}


def test_a_forged_choice_is_refused(client: TestClient) -> None:
    shown = preview(client, f"/retention/state?id={GONE}", cover="planet")
    assert (shown.status_code, "is not a choice of records" in plain(shown.text)) == (400, True)


def test_a_search_a_closed_account_and_an_event_can_be_stated(client: TestClient) -> None:
    page = client.get("/retention").text
    link = re.search(r'<a href="/(retention/state\?[^"]*)">Confirm the dates<', page)
    assert link
    name = state(client, f"/{unescape(link[1])}", fact="import confirmed", evidence="")
    assert (
        "The dates of these imported records are right In force. 1 record when it was stated: news."
        in item(client, name)
    )
    assert "a file whose dates a person confirmed" in panel(client, CLAIM)
    name = state(client, f"/retention/state?id={OLD}", cover="account", day="7/2/2026")
    assert "1 record when it was stated, all records of the account: old." in item(client, name)
    assert "Eligible for disposition on Jul 3, 2028" in panel(client, OLD)
    name = state(client, f"/retention/state?id={INCIDENT}", fact="event", dan="EV", day="4/1/2026")
    assert "happened, on Apr 1, 2026 In force. Series EV." in item(client, name)
    assert "Eligible for disposition on Apr 2, 2028" in panel(client, INCIDENT)


def test_a_statement_that_would_change_something_else_is_shown_again(client: TestClient) -> None:
    address = f"/retention/state?id={GONE}"
    shown = preview(client, address, day="6/30/2026")
    state(client, address)
    late = send(client, shown.text, do="state")
    assert late.status_code == 400
    assert "so nothing was stored" in plain(late.text)
    assert send(client, late.text, do="state").status_code == 303
    changed = send(client, shown.text, do="change")
    assert (changed.status_code, 'value="6/30/2026"' in changed.text) == (200, True)


def test_confidential_and_withheld_records_do_not_exist_for_others(client: TestClient, who: Who) -> None:
    secret = state(client, f"/retention/state?id={SECRET}")
    gone = state(client, f"/retention/state?id={GONE}")
    quarantine_record(client, GONE)
    who.name, who.rights = "cy@example", OFFICER - {Right.RESTRICTED, Right.QUARANTINE}
    page = client.get("/retention/statements")
    assert "Nothing has been stated yet." in plain(page.text)
    for name in (secret, gone):
        assert name not in page.text
        assert revoke(client, name).status_code == 404
    for record_id in (SECRET, GONE):
        shown = client.get(f"/retention/state?id={record_id}")
        assert "there is no such record" in plain(shown.text).lower()


def quarantine_record(client: TestClient, record_id: str) -> None:
    page = client.get(f"/quarantine/put?record={record_id}&itself=1").text
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    done = client.post("/quarantine", data=found | {"reason": "an address"})
    assert done.status_code == 303, plain(done.text)


def test_people_without_the_right_see_the_list_and_cannot_act(client: TestClient, who: Who) -> None:
    name = state(client, f"/retention/state?id={GONE}")
    who.rights = frozenset(ROLES["Auditor"])
    page = client.get("/retention/statements").text
    assert name in page
    assert "Revoke this statement" not in page
    assert "Show the record" not in page
    assert client.get(f"/retention/state?id={GONE}").status_code == 403
    who.rights = OFFICER - {Right.READ}
    assert client.get(f"/retention/state?id={GONE}").status_code == 403, "without the right to read"


def test_without_records_the_form_leads_to_the_list(client: TestClient) -> None:
    found = client.get("/retention/state")
    assert (found.status_code, found.headers["location"]) == (303, "/retention/statements")


def test_the_store_away_keeps_what_was_typed(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    form = client.get(f"/retention/state?id={GONE}").text

    def away(*_: object) -> None:
        raise ServiceUnavailable("the store cannot be reached")

    monkeypatch.setattr("recordroom.retention.watch.RetentionWatch.now", away)
    shown = send(client, form, fact="withdrawn", evidence="it was typed", reason="why", do="preview")
    assert shown.status_code == 503
    assert "it was typed" in shown.text


@pytest.mark.thorough
def test_the_pages_work_without_scripts_and_pass_axe(
    building: Building, who: Who, browser: Browser, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deps, "follow_ledger", building.index)
    with seated(building, lambda: Person(who.name, who.rights)) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE, java_script_enabled=False)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        page = sitting.open(f"/record?id={GONE}")
        page.get_by_role("link", name="State what no capture shows").click()
        page.get_by_label("its conversation").check()
        page.get_by_label("The public can no longer see these records").check()
        page.get_by_label("Day", exact=True).fill("6/30/2026")
        page.get_by_label("Evidence").fill(f"Letter of June 30, 2026, in the file 2026-114. {HOSTILE}")
        page.get_by_label("Reason").fill("The principal took the page down")
        sitting.picture("state-form")
        page.get_by_role("button", name="Show what changes").click()
        expect(page.get_by_role("heading", name="What the statement changes")).to_be_visible()
        sitting.picture("state-preview")
        page.get_by_role("button", name="State this").click()
        expect(page.get_by_role("heading", name="1 statement")).to_be_visible()
        sitting.picture("statements")
        assert sitting.quiet()
        context.close()
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, f"/retention/state?id={GONE}&fact=withdrawn", "state-form-judged")
        judge(sitting, "/retention/statements", "statements-judged")
        judge(sitting, f"/record?id={GONE}", "record-with-statement")
        searcher, ben = deps.get_searcher(), officer(deps.get_searcher(), "ben@example")
        scope = HoldScope(records=frozenset({INCIDENT}))
        first, last = (
            statements.state(
                searcher, StatementOrder(EVENT_DAY, scope, "closed", date(2026, month, 1), series="EV"), ben
            )
            for month in (4, 5)
        )
        assert first.counts
        made = statements.revoke(searcher, last.id, "wrong", ben)
        judge(sitting, "/retention/statements", "statements-waiting")
        judge(sitting, f"/retention/statements/{made.id}", "statement-review")
        context.close()
