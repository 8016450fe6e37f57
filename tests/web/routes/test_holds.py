"""The page Holds: who may do what, what others learn of a confidential hold, and hostile text."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from recordroom import clock, settings
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
    refused = send(client, "/holds", account="news", query="snwo~", do="count")
    assert refused.status_code == 400
    assert "similar words" in refused.text


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
    assert "Do not delete" not in words(client.get("/").text)
    assert send(client, f"/holds/{name}/release", reason="mine").status_code == 403

    who |= {"name": "officer@example", "rights": OFFICER}
    missing = send(client, f"/holds/{name}/release", reason="settled")
    assert (missing.status_code, "must name counsel" in missing.text) == (400, True)
    changed = send(client, f"/holds/{name}", records=POST, reason="only the post")
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


@pytest.mark.thorough
def test_axe_finds_nothing_and_the_page_is_as_wide_as_its_window(
    building: Building, who: dict[str, Any], client: TestClient, browser: Browser, folder: Path
) -> None:
    placed = send(client, "/holds", **GIVEN)
    send(client, f"/holds/{hold_of(placed.text, GIVEN['title'])}/acknowledge", account="news")
    send(client, "/holds", **GIVEN | {"title": "nobody acknowledged it yet"})
    with seated(building, lambda: Person(who["name"], who["rights"])) as room, served(room) as url:
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([{"name": "_token", "value": "a session", "url": url}])
        judge(Sitting.begin(context, url, folder), "/holds", "holds")
        context.close()


def test_the_release_of_a_requests_hold_is_offered_after_the_set_time(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECORDROOM_REQUEST_HOLD_DAYS", "400")
    settings.load.cache_clear()
    given = {"title": "Snow", "kind": "records request", "request": "2026-14", "reason": "it arrived"}
    page = send(client, "/holds", **given, account="news").text
    name = hold_of(page, "Snow")
    offer = "The hold can be released if nothing else needs it."
    for days, offered in ((399, False), (400, True)):
        closed = clock.today() - timedelta(days=days)
        page = send(client, f"/holds/{name}/close", closed_on=closed.isoformat()).text
        assert (offer in page) is offered
    monkeypatch.undo()
    settings.load.cache_clear()


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
