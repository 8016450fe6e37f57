"""The page Holds: who may do what, what others learn of a confidential hold, and hostile text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from elasticsearch import Elasticsearch
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from recordroom import clock, dates, settings
from recordroom.archive.quarantine import ledger as quarantine
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.retention import ledger
from recordroom.retention.holds import HoldScope
from recordroom.rights import Right
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.web.browsing import WIDE, Sitting, judge
from tests.web.conftest import COMMENT, POST, SECRET
from tests.web.seated import seated, served

ORIGIN = {"Origin": "http://testserver"}
OFFICER = frozenset(Right) - {Right.MATTERS}
OWNER = frozenset({Right.ENTER, Right.READ, Right.RETENTION})
GIVEN = {"title": "Smith v. District", "kind": "litigation", "reason": "a claim", "account": "news"}


@pytest.fixture
def who() -> dict[str, Any]:
    return {"name": "officer@example", "rights": OFFICER}


@pytest.fixture
def client(building: Building, who: dict[str, Any]) -> Iterator[TestClient]:
    room = seated(building, lambda: Person(who["name"], who["rights"]))
    with room as app, TestClient(app, cookies={"_token": "a session"}, headers=ORIGIN) as client:
        yield client


def send(client: TestClient, path: str, **given: Any) -> Any:
    token = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/holds").text)
    assert token
    return client.post(path, data={"token": token[1], **given}, follow_redirects=True)


def hold_of(page: str, title: str) -> str:
    """The ID of the hold with this title."""
    found = re.search(rf'<li id="([0-9a-f]{{32}})">\s*<h3><bdi>{re.escape(title)}</bdi>', page)
    assert found, page
    return found[1]


def part_of(page: str, name: str) -> str:
    """What the page says of one hold."""
    return page.split(f'<li id="{name}">')[1].split('<li id="', maxsplit=1)[0]


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_a_count_before_a_hold_is_placed(client: TestClient) -> None:
    counted = send(client, "/holds", account="news", do="count")
    found = re.search(r"The hold would cover ([\d,]+) records? now", words(counted.text))
    assert found, words(counted.text)
    listed = client.get("/search?account=news&messages=1&quarantined=1").text
    assert f"{found[1]} record" in words(listed)
    assert 'name="account" value="news" checked' in counted.text
    assert "No hold is in force." in counted.text
    narrower = send(client, "/holds", account="news", query="nothing_has_this", do="count")
    assert "would cover 0 records now" in words(narrower.text)
    past = send(client, "/holds", account="news", review_on="1/1/2020", do="count")
    assert (past.status_code, "Jan 1, 2020 is not in the future" in past.text) == (400, True)
    refused = send(client, "/holds", account="news", query="snwo~", do="count")
    assert refused.status_code == 400
    assert "similar words" in refused.text


def test_a_count_before_a_change_says_how_many_records_are_dropped(
    client: TestClient, who: dict[str, Any]
) -> None:
    given = {"title": "Narrow", "kind": "other", "reason": "x", "records": f"{POST} {COMMENT} {SECRET}"}
    name = hold_of(send(client, "/holds", **given).text, "Narrow")
    narrower = words(send(client, f"/holds/{name}", records=POST, do="count").text)
    assert "would cover 1 record now" in narrower
    assert "2 records that it covers now would no longer be on hold" in narrower
    wider = words(send(client, f"/holds/{name}", records=given["records"], account="news", do="count").text)
    assert "no longer be on hold" not in wider
    who["rights"] = OFFICER - {Right.RESTRICTED}
    narrower = words(send(client, f"/holds/{name}", records=POST, do="count").text)
    assert "1 record that it covers now would no longer be on hold" in narrower
    who["rights"] = OFFICER
    send(client, f"/holds/{name}/release", reason="done")
    given = {"title": "Waits", "kind": "other", "reason": "x", "account": "news", "query": "nothing_has_this"}
    name = hold_of(send(client, "/holds", **given).text, "Waits")
    narrower = words(send(client, f"/holds/{name}", records=POST, do="count").text)
    assert "1 record that it covers now would" in narrower, (
        "its query was not asked yet: it holds all of news"
    )
    send(client, f"/holds/{name}/release", reason="done")


def test_a_count_tells_nothing_of_what_the_person_may_not_see(
    client: TestClient, who: dict[str, Any]
) -> None:
    whole = send(client, "/holds", records=SECRET, do="count")
    assert "would cover 1 record now" in words(whole.text)
    who["rights"] = OFFICER - {Right.RESTRICTED}
    assert "would cover 0 records now" in words(send(client, "/holds", records=SECRET, do="count").text)


def test_the_life_of_a_hold(client: TestClient, who: dict[str, Any]) -> None:
    placed = send(client, "/holds", **GIVEN, review_on="6/30/2099")
    assert placed.status_code == 200
    assert "its accounts are not captured now" in placed.text  # there is no Airflow here
    name = hold_of(placed.text, GIVEN["title"])
    assert "Litigation" in words(placed.text)
    assert "Review by Jun 30, 2099" in words(placed.text)
    deadline = time.monotonic() + 60
    while "A legal hold applies: Smith v. District." not in (page := client.get(f"/record?id={POST}").text):
        assert time.monotonic() < deadline, words(page)
        time.sleep(0.5)
    assert "On hold: a legal hold applies" in words(page)

    who |= {"name": "owner@example", "rights": OWNER}
    listed = client.get("/holds").text
    assert "Place a hold" not in listed
    assert "Release this hold" not in listed
    home = words(client.get("/").text)
    assert "covers news. Do not delete, hide, or edit anything there." in home
    acknowledged = send(client, f"/holds/{name}/acknowledge", account="news")
    assert "owner@example" in acknowledged.text
    home = words(client.get("/").text)
    assert "covers news" not in home
    assert "Holds in force: Smith v. District . While a hold covers an account, do not delete" in home
    links = client.get("/").text
    assert all(f'href="/{one}"' in links for one in (f"holds#{name}", "help/user/accounts-you-own.html"))
    assert send(client, f"/holds/{name}/release", reason="mine").status_code == 403

    who |= {"name": "officer@example", "rights": OFFICER}
    missing = send(client, f"/holds/{name}/release", reason="settled")
    assert (missing.status_code, "must name counsel" in missing.text) == (400, True)
    assert "Before the change" not in client.get("/holds").text
    changed = send(client, f"/holds/{name}", records=POST, reason="only the post")
    assert "Before the change: owner@example" in words(changed.text), "the instruction changed"
    assert "covers news . Do not" in words(client.get("/").text).replace("news.", "news .")
    assert "1 listed record" in words(changed.text)
    assert "only the post" in changed.text
    released = send(client, f"/holds/{name}/release", reason="settled", counsel="Ana Reyes")
    assert "Counsel: Ana Reyes" in words(released.text)
    assert f'id="{name}"' in released.text.split('id="released"')[1]


def test_what_was_typed_stays_in_the_form(client: TestClient) -> None:
    wrong = send(client, "/holds", **GIVEN | {"kind": "records request"}, query="snow AND (")
    assert wrong.status_code == 400
    assert "number of the records request is missing" in words(wrong.text)
    assert 'value="snow AND ("' in wrong.text
    assert 'value="Smith v. District"' in wrong.text
    day = send(client, "/holds", **GIVEN, review_on="soon")
    assert (day.status_code, "is not a day" in day.text) == (400, True)
    nothing = send(client, "/holds", title="x", kind="other", reason="y")
    assert (nothing.status_code, "covers nothing" in nothing.text) == (400, True)


def test_others_learn_only_that_a_confidential_hold_exists(client: TestClient, who: dict[str, Any]) -> None:
    refused = send(client, "/holds", **GIVEN | {"title": "Doe"}, confidential="1")
    assert refused.status_code == 403
    who |= {"name": "counsel@example", "rights": frozenset(Right)}
    placed = send(
        client, "/holds", **GIVEN | {"title": "Doe v. District", "reason": "secret claim"}, confidential="1"
    )
    name = hold_of(placed.text, "Doe v. District")
    who |= {"name": "officer@example", "rights": OFFICER}
    seen = client.get("/holds").text
    assert "A confidential hold" in words(seen)
    assert "Doe v. District" not in seen
    assert "secret claim" not in seen
    assert client.get(f"/holds/{name}").status_code == 404
    assert send(client, f"/holds/{name}/release", reason="x", counsel="y").status_code == 404
    page = client.get(f"/record?id={POST}").text
    assert "Doe v. District" not in page
    page = client.get("/audit?what=hold").text
    assert "Withheld: it may concern something that you may not see" in page
    assert "counsel@example" not in page.split("<table")[1]
    assert 'data-label="Who">withheld<' in page
    assert "No such event of a person named" in words(
        client.get("/audit?what=hold&person=counsel@example").text
    )
    file = client.get("/audit.csv?what=hold").text
    assert (name in file, "counsel@example" in file) == (False, False)
    who |= {"rights": frozenset(Right), "name": "counsel@example"}
    assert name in client.get("/audit.csv?what=hold").text
    send(client, "/holds", account="news", query="whistleblower", do="count", confidential="1")
    send(client, f"/holds/{name}", account="news", query="embezzlement", do="count")
    own = client.get("/audit?what=hold+counted").text
    assert ("whistleblower" in own, "embezzlement" in own) == (True, True)
    who |= {"name": "officer@example", "rights": OFFICER}
    others = client.get("/audit?what=hold+counted").text
    assert ("whistleblower" in others, "embezzlement" in others) == (False, False)
    who |= {"rights": frozenset(Right), "name": "counsel@example"}
    send(client, f"/holds/{name}/release", reason="done", counsel="Ana Reyes")


def test_a_hold_names_people_without_the_keys_of_their_provider(
    client: TestClient, who: dict[str, Any]
) -> None:
    """Who placed a confidential hold reads it also under a new name."""
    who |= {"name": "counsel@example#8f2c", "rights": frozenset(Right)}
    name = hold_of(send(client, "/holds", **GIVEN | {"title": "Keys"}, confidential="1").text, "Keys")
    send(client, f"/holds/{name}/acknowledge", account="news")
    send(client, f"/holds/{name}", records=POST, reason="less")
    who |= {"name": "married.name@example#8f2c", "rights": OFFICER}
    page = send(client, f"/holds/{name}/release", reason="done", counsel="Ana Reyes").text
    assert "by counsel@example:" in page
    assert "by married.name@example:" in page
    assert "8f2c" not in page


def test_hostile_text_is_shown_as_text(client: TestClient) -> None:
    bad = "<script>alert(1)</script>\u202e"
    page = send(client, "/holds", title=bad, kind="other", reason=bad, account="news", query="snow").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    name = re.search(r"/holds/([0-9a-f]{32})/release", page)
    assert name
    send(client, f"/holds/{name[1]}/release", reason="done")


def test_a_hold_on_a_confidential_account_names_it_to_nobody_without_the_right(
    client: TestClient, who: dict[str, Any]
) -> None:
    page = send(client, "/holds", title="Board", kind="audit", reason="state audit", account="board").text
    name = hold_of(page, "Board")
    who |= {"name": "owner@example", "rights": OWNER}
    seen = client.get("/holds").text
    assert "state audit" not in seen
    assert "board" not in seen.lower().replace("keyboard", "")
    assert "A hold" in words(seen)
    who |= {"name": "officer@example", "rights": OFFICER}
    send(client, f"/holds/{name}/release", reason="done")


def resend(client: TestClient, name: str, **more: Any) -> Any:
    """Send the form that changes a hold as it is shown."""
    form = client.get(f"/holds/{name}").text
    given: dict[str, Any] = {"account": re.findall(r'name="account" value="([^"]+)" checked', form)}
    for area in ("records", "conversations"):
        [text] = re.findall(rf'<textarea id="{area}"[^>]*>([^<]*)</textarea>', form)
        given[area] = unescape(text)
    return send(client, f"/holds/{name}", **given, **more)


def scope_of(building: Building, name: str) -> HoldScope:
    return ledger.read(building.archive).holds[name].scope


@pytest.mark.parametrize("kind", ["records", "conversations"])
def test_the_form_of_a_change_names_no_record_under_quarantine_and_keeps_it_covered(
    client: TestClient, who: dict[str, Any], building: Building, kind: str
) -> None:
    listed = {kind: f"{POST} {COMMENT}"}
    name = hold_of(send(client, "/holds", title=kind, kind="other", reason="x", **listed).text, kind)
    target = QuarantineTarget(RECORD, COMMENT)
    quarantine.put(building.archive, target, "a child")
    deps.get_searcher().quarantine.refresh()
    who["rights"] = OFFICER - {Right.QUARANTINE}
    form = client.get(f"/holds/{name}").text
    assert POST in form
    assert COMMENT not in form
    assert resend(client, name, reason="review").status_code == 200
    assert getattr(scope_of(building, name), kind) == {POST, COMMENT}
    who["rights"] = OFFICER
    quarantine.lift(building.archive, target, "a mistake")
    send(client, f"/holds/{name}/release", reason="done")


def test_the_form_of_a_change_names_no_record_of_a_confidential_account_and_keeps_it_covered(
    client: TestClient, who: dict[str, Any], building: Building
) -> None:
    given = {"title": "Both", "kind": "other", "reason": "x", "records": f"{POST} {SECRET} wordpress:x/none"}
    name = hold_of(send(client, "/holds", **given).text, "Both")
    who["rights"] = OFFICER - {Right.RESTRICTED}
    form = client.get(f"/holds/{name}").text
    assert POST in form
    assert SECRET not in form
    assert resend(client, name, reason="review").status_code == 200
    assert scope_of(building, name).records == {POST, SECRET, "wordpress:x/none"}
    who["rights"] = OFFICER
    send(client, f"/holds/{name}/release", reason="done")


def test_a_hold_of_confidential_accounts_alone_has_no_form_without_the_right(
    client: TestClient, who: dict[str, Any]
) -> None:
    given = {"title": "Board", "kind": "audit", "reason": "state audit", "account": "board"}
    name = hold_of(send(client, "/holds", **given).text, "Board")
    who["rights"] = OFFICER - {Right.RESTRICTED}
    assert name in client.get("/holds").text
    assert client.get(f"/holds/{name}").status_code == 404
    assert send(client, f"/holds/{name}/release", reason="mine").status_code == 404
    who["rights"] = OFFICER
    send(client, f"/holds/{name}/release", reason="done")


def test_a_change_keeps_a_confidential_account_and_does_not_name_it(
    client: TestClient, who: dict[str, Any], building: Building
) -> None:
    scope = {"accounts": ["news", "board"]}
    body = {"act_id": "e" * 32, "part": 1, "parts": 1, "title": "Two", "kind": "other", "reason": "x"}
    ledger.append(building.archive, "hold", lambda _: {**body, "scope": scope}, "officer@example")
    who["rights"] = OFFICER - {Right.RESTRICTED}
    counted = resend(client, "e" * 32, do="count")
    assert "would cover 2 records now" in words(counted.text)
    changed = resend(client, "e" * 32, reason="review")
    for page in (counted, changed):
        assert page.status_code == 200
        assert "board" not in page.text.lower().replace("keyboard", "")
    assert scope_of(building, "e" * 32).accounts == {"news", "board"}
    who["rights"] = OFFICER
    send(client, f"/holds/{'e' * 32}/release", reason="done")


def test_a_change_keeps_an_account_that_left_the_register(client: TestClient, building: Building) -> None:
    kept = [account("news", "wordpress"), account("board", "mastodon", confidential=True)]
    building.enrol(*kept, account("old", "mastodon"))
    building.capture("old", [{"record_id": "mastodon:s/1", "published_at": DAY}], at=DAY)
    building.enrol(*kept)
    scope = {"accounts": ["news", "old"]}
    body = {"act_id": "d" * 32, "part": 1, "parts": 1, "title": "Old", "kind": "other", "reason": "x"}
    ledger.append(building.archive, "hold", lambda _: {**body, "scope": scope}, "officer@example")
    assert resend(client, "d" * 32, reason="review").status_code == 200
    assert scope_of(building, "d" * 32).accounts == {"news", "old"}
    send(client, f"/holds/{'d' * 32}/release", reason="done")


@pytest.mark.parametrize(
    ("scope", "asked", "not_asked"),
    [
        ({"query": "snow"}, {"news", "board"}, set()),
        ({"everything": "1"}, {"news", "board"}, set()),
        ({"to": "2020"}, {"news", "board"}, set()),
        ({"account": "news", "query": "snow"}, {"news"}, {"board"}),
        ({"conversations": POST}, {"news"}, {"board"}),
        ({"records": SECRET}, {"board"}, {"news"}),
        ({"account": "news", "records": SECRET}, {"news", "board"}, set()),
    ],
)
def test_the_owners_of_all_accounts_that_a_hold_reaches_are_asked(
    client: TestClient, who: dict[str, Any], scope: dict[str, str], asked: set[str], not_asked: set[str]
) -> None:
    given = {"title": "Asked", "kind": "other", "reason": "x"} | scope
    page = send(client, "/holds", **given).text
    name = hold_of(page, "Asked")
    one = page.split(f'<li id="{name}">')[1].split("Change what it covers")[0]
    assert "Acknowledged by" in one
    forms = set(re.findall(r'name="account" value="(\w+)"><button', one))
    assert (forms & (asked | not_asked)) == asked
    home = words(client.get("/").text)
    assert all(one in home.split("The hold Asked covers ")[1].split(". Do not")[0] for one in asked)
    for one in asked:
        send(client, f"/holds/{name}/acknowledge", account=one)
    assert "The hold Asked covers" not in words(client.get("/").text)
    who["rights"] = OFFICER - {Right.RESTRICTED}
    if "board" in asked:
        assert "board" not in client.get("/holds").text.lower().replace("keyboard", "")
    who["rights"] = OFFICER
    send(client, f"/holds/{name}/release", reason="done")


@pytest.mark.parametrize(
    ("scope", "finds", "finds_not"),
    [
        (
            {"account": "news", "query": "closed"},
            [POST],
            [COMMENT, SECRET],
        ),  # an earlier version has the word
        ({"account": "news", "from": "2026"}, [POST, COMMENT], [SECRET]),
        ({"everything": "1"}, [POST, COMMENT, SECRET], []),
        ({"records": COMMENT}, [COMMENT], [POST, SECRET]),
        ({"conversations": POST}, [POST, COMMENT], [SECRET]),
    ],
)
def test_a_hold_leads_to_its_own_records(
    client: TestClient, who: dict[str, Any], scope: dict[str, str], finds: list[str], finds_not: list[str]
) -> None:
    page = send(client, "/holds", title="Linked", kind="other", reason="x", **scope).text
    name = hold_of(page, "Linked")
    one = page.split(f'<li id="{name}">')[1].split("Change what it covers")[0]
    [address] = re.findall(r'href="/(search\?[^"]+)">(?:Records of its|Listed)', one)
    found = client.get(f"/{unescape(address)}").text
    assert [one for one in (*finds, *finds_not) if f"record?id={quote(one, safe='')}" in found] == finds
    who["rights"] = OFFICER - {Right.QUARANTINE}
    assert "quarantined=" not in client.get("/holds").text.split(f'<li id="{name}">')[1].split("</table>")[0]
    who["rights"] = OFFICER
    send(client, f"/holds/{name}/release", reason="done")


def test_a_search_proves_that_the_query_of_a_hold_holds_all_that_it_finds(client: TestClient) -> None:
    """As docs/user/holds.md says it."""
    asked = {"q": "(closed OR bus) NOT on_hold:true", "account": "news", "versions": "1", "messages": "1"}
    found = [f"record?id={quote(one, safe='')}" for one in (POST, COMMENT)]
    deadline = time.monotonic() + 60
    page = ""
    while not all(one in page for one in found):  # the holds of the tests before are being released
        assert time.monotonic() < deadline, words(page)
        page = client.get("/search", params=asked).text
    given = {"title": "Proof", "kind": "other", "reason": "x", "account": "news", "query": "closed OR bus"}
    name = hold_of(send(client, "/holds", **given).text, "Proof")
    deadline = time.monotonic() + 60
    while "record?id=" in (page := client.get("/search", params=asked).text):
        assert time.monotonic() < deadline, words(page)
        time.sleep(0.5)
    send(client, f"/holds/{name}/release", reason="done")


def test_a_hold_on_an_author_leads_to_the_authors_records(client: TestClient, building: Building) -> None:
    scope = {"authors": [{"platform": "wordpress", "author_id": "p7"}]}
    body = {"act_id": "c" * 32, "part": 1, "parts": 1, "title": "By", "kind": "other", "reason": "x"}
    ledger.append(building.archive, "hold", lambda _: {**body, "scope": scope}, "officer@example")
    deps.get_searcher().retention.refresh()
    [address] = re.findall(r'href="/(search\?[^"]+)">Records of its authors', client.get("/holds").text)
    found = client.get(f"/{unescape(address)}").text
    assert [one for one in (POST, COMMENT, SECRET) if f"record?id={quote(one, safe='')}" in found] == [
        COMMENT
    ]
    send(client, f"/holds/{'c' * 32}/release", reason="done")


def test_the_links_of_a_hold_name_no_record_under_quarantine(
    client: TestClient, building: Building, who: dict[str, Any]
) -> None:
    listed = {"title": "Links", "kind": "other", "reason": "x", "records": f"{POST} {COMMENT}"}
    name = hold_of(send(client, "/holds", **listed).text, "Links")
    target = QuarantineTarget(RECORD, COMMENT)
    quarantine.put(building.archive, target, "a child")
    deps.get_searcher().quarantine.refresh()
    assert quote(COMMENT, safe="") in client.get("/holds").text
    assert "2 listed records" in words(part_of(client.get("/holds").text, name))
    who["rights"] = OFFICER - {Right.QUARANTINE}
    page = client.get("/holds").text
    assert "1 listed record" in words(part_of(page, name))
    assert (quote(POST, safe="") in page, quote(COMMENT, safe="") in page) == (True, False)
    who["rights"] = OFFICER - {Right.RESTRICTED}
    told = words(part_of(client.get("/holds").text, name))
    assert ("Listed records" in told, "listed record " in told) == (True, False)
    who["rights"] = OFFICER
    quarantine.lift(building.archive, target, "a mistake")
    send(client, f"/holds/{name}/release", reason="done")


def test_a_hold_whose_listed_records_cannot_be_found_now_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = hold_of(send(client, "/holds", title="L", kind="other", reason="x", records=POST).text, "L")
    away = Elasticsearch("http://127.0.0.1:9", max_retries=0)
    with closing(away), monkeypatch.context() as patched:
        patched.setattr(deps.get_searcher(), "client", away)
        page = client.get("/holds")
    assert page.status_code == 200
    assert "the accounts of the listed records are not shown now" in page.text
    send(client, f"/holds/{name}/release", reason="done")


@pytest.mark.thorough
def test_axe_finds_nothing_and_the_page_is_as_wide_as_its_window(
    building: Building, who: dict[str, Any], client: TestClient, browser: Browser, folder: Path
) -> None:
    placed = send(client, "/holds", **GIVEN)
    send(client, f"/holds/{hold_of(placed.text, GIVEN['title'])}/acknowledge", account="news")
    send(client, "/holds", **GIVEN | {"title": "nobody acknowledged it yet"})
    given = {
        "title": "Snow closures",
        "kind": "records request",
        "request": "2026-17",
        "reason": "it arrived",
    }
    page = send(client, "/holds", **given, everything="1").text
    send(client, f"/holds/{hold_of(page, 'Snow closures')}/close", closed_on=clock.today().isoformat())
    with seated(building, lambda: Person(who["name"], who["rights"])) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, "/holds", "holds")
        judge(sitting, "/", "home-with-holds")
        context.close()


def test_the_release_of_a_requests_hold_is_offered_after_the_set_time(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDROOM_REQUEST_HOLD_DAYS", "400")
    settings.load.cache_clear()
    given = {"title": "Snow", "kind": "records request", "request": "2026-14", "reason": "it arrived"}
    page = send(client, "/holds", **given, account="news").text
    name = hold_of(page, "Snow")
    page = part_of(page, name)
    offer = "The hold can be released if nothing else needs it."
    early = "No closing letter of the request is recorded."
    assert early in page
    closed = clock.today() - timedelta(days=20)
    page = send(client, f"/holds/{name}/close", closed_on=closed.isoformat()).text
    page = part_of(page, name)
    offered = f"Its release is offered from {dates.format_day(closed + timedelta(days=400))} on."
    assert f"Request closed on {dates.format_day(closed)}. {offered}" in words(page)
    assert words(page).count(offered) == 2, "in the form of the release too"
    assert early not in page
    assert "Correct the day of the closing letter" in page
    assert "The closing letter is older than the hold." in page
    monkeypatch.setenv("RECORDROOM_REQUEST_HOLD_DAYS", "20")
    settings.load.cache_clear()
    page = part_of(client.get("/holds").text, name)
    assert (offer in page, "Its release is offered from" in page) == (True, False)
    page = send(client, f"/holds/{name}/close", closed_on=clock.today().isoformat()).text
    page = part_of(page, name)
    assert (offer in page, "The closing letter is older" in page) == (False, False), "the day was corrected"
    monkeypatch.undo()
    settings.load.cache_clear()


def test_a_wrong_day_of_the_letter_or_a_release_without_counsel_shows_the_form_again(
    client: TestClient, building: Building
) -> None:
    given = {"title": "Request", "kind": "records request", "request": "2026-15", "reason": "it arrived"}
    name = hold_of(send(client, "/holds", **given, account="news").text, "Request")
    for day, problem in (
        ((clock.today() + timedelta(days=1)).isoformat(), "is in the future"),
        ((clock.today() - timedelta(days=368)).isoformat(), "is more than a year before the hold was placed"),
        ("soon", "is not a day"),
    ):
        page = send(client, f"/holds/{name}/close", closed_on=day)
        assert (page.status_code, problem in words(page.text)) == (400, True)
        assert f'name="closed_on" value="{day}"' in page.text
        assert f'<a href="#{name}">Back to the hold</a>' in page.text
    assert ledger.read(building.archive).holds[name].closed_on is None
    send(client, f"/holds/{name}/release", reason="done")
    name = hold_of(send(client, "/holds", **GIVEN | {"title": "Claim"}).text, "Claim")
    page = send(client, f"/holds/{name}/release", reason="<b>settled", counsel=" ")
    assert (page.status_code, "must name counsel" in page.text) == (400, True)
    assert page.text.count('name="reason" value="&lt;b&gt;settled"') == 1, "in the form of this hold alone"
    send(client, f"/holds/{name}/release", reason="done", counsel="Ana Reyes")


def test_ids_that_match_nothing_are_reported_and_hidden_ones_look_the_same(
    client: TestClient, building: Building, who: dict[str, Any]
) -> None:
    """The hold applies anyway: the record may be captured later."""
    told = "Some of the listed IDs match no record now."
    listed = {"title": "One", "kind": "other", "reason": "why"}
    assert told not in send(client, "/holds", **listed, records=POST, conversations=POST).text
    assert told in send(client, "/holds", **listed, records=f"{POST}\nwordpress:nothing/1").text
    assert told in send(client, "/holds", **listed, conversations=COMMENT).text
    target = QuarantineTarget(RECORD, POST)
    quarantine.put(building.archive, target, "a child")
    deps.get_searcher().quarantine.refresh()
    who["rights"] = OFFICER - {Right.QUARANTINE}
    page = send(client, "/holds", **listed, records=POST, conversations=POST).text
    quarantine.lift(building.archive, target, "a mistake")
    assert told in page


def test_what_a_changed_hold_covers_is_captured_too(client: TestClient, who: dict[str, Any]) -> None:
    """Here it cannot be, because no Airflow is there."""
    name = hold_of(send(client, "/holds", **GIVEN).text, GIVEN["title"])
    changed = send(client, f"/holds/{name}", reason="more is affected", everything="1")
    assert "its accounts are not captured now" in changed.text
    who["rights"] = OWNER - {Right.READ}
    assert "not yet" in words(client.get("/holds").text)
    assert send(client, f"/holds/{name}/acknowledge", account="news").status_code == 403
