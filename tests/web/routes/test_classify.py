"""Deciding on series in the room: the form, what changes, the decision, its approval, and who learns what."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, expect

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import ServiceUnavailable
from recordroom.records import classification, quarantine
from recordroom.records.classification import ClassificationOrder
from recordroom.retention import ledger
from recordroom.retention.checks import check_files
from recordroom.retention.holds import HoldScope
from recordroom.rights import ROLES, Right
from recordroom.search.access import Viewer
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.retention.test_classification import FILE, SCHEDULE, TODAY
from tests.services import S3, Buckets
from tests.web.browsing import NARROW, WIDE, Sitting, judge
from tests.web.seated import Who, seated, served, visited

GONE, REPLY, SHOWN, SECRET, SHARED = (f"wordpress:x/posts/{n}" for n in range(1, 6))
HOUR = timedelta(hours=1)
HOSTILE = '<script>alert(1)</script>"\u202e'
OFFICER = frozenset(ROLES["RecordsOfficer"])


@pytest.fixture
def building(s3: S3, buckets: Buckets, elasticsearch: str, tmp_path: Path) -> Building:
    """A removed post with a reply, a published one, a record of two accounts, and a confidential account."""
    building = Building.at(s3, buckets, tmp_path, elasticsearch)
    building.enrol(
        account("news", "wordpress", series="TWO"),
        account("sports", "wordpress", series="SIX"),
        account("board", "wordpress", series="TWO", confidential=True),
    )
    text = f"snow {HOSTILE}"
    posts = [
        {"record_id": GONE, "text": text, "author_id": "ana", "author_name": "Ana", "published_at": DAY},
        {"record_id": REPLY, "text": "ice", "root_id": GONE, "parent_id": GONE, "kind": "comment",
         "author_id": "ben", "published_at": DAY},
        {"record_id": SHOWN, "text": "snow again", "published_at": DAY},
        {"record_id": SHARED, "text": "hail", "published_at": DAY},
    ]  # fmt: skip
    building.capture("news", posts, at=DAY + HOUR)
    building.capture(
        "news", [{"record_id": one, "status": "removed"} for one in (GONE, REPLY)], at=DAY + 2 * HOUR
    )
    building.capture("sports", [{"record_id": SHARED, "text": "hail"}], at=DAY + HOUR)
    building.capture("board", [{"record_id": SECRET, "text": "snow in secret"}], at=DAY + HOUR)
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


def plain(page: str) -> str:
    words = " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())
    return re.sub(r" ([.,;:])", r"\1", words)


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    form = page[page.index('action="/retention/classify"') :]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
    area = re.search(r'<textarea name="reason" hidden>\n(.*?)</textarea>', form, re.DOTALL)
    found |= {"reason": area[1]} if area else {}
    return {name: unescape(value) for name, value in found.items()}


def send(client: TestClient, page: str, **given: str) -> Any:
    return client.post("/retention/classify", data=fields(page) | given)


def preview(client: TestClient, address: str, series: str = "SIX", **given: str) -> Any:
    form = client.get(address)
    assert form.status_code == 200, plain(form.text)
    return send(client, form.text, dan=series, do="preview", **{"reason": "read it"} | given)


def decide(client: TestClient, address: str, series: str = "SIX", **given: str) -> str:
    """Decide, and return the ID of the decision."""
    shown = preview(client, address, series, **given)
    assert shown.status_code == 200, plain(shown.text)
    done = send(client, shown.text, do="decide")
    assert done.status_code == 303, plain(done.text)
    assert done.headers["location"].startswith("/retention/decisions#")
    return str(done.headers["location"].partition("#")[2])


def act(client: TestClient, name: str, what: str, reason: str = "agreed") -> Any:
    page = client.get("/holds").text
    token = re.search(r'name="token" value="(\w+)"', page)
    assert token
    return client.post(f"/retention/decisions/{name}/{what}", data={"token": token[1], "reason": reason})


def item(client: TestClient, name: str) -> str:
    """The words of one decision of the page."""
    page = client.get("/retention/decisions").text
    found = re.search(rf'<li id="{name}">(.*?)</li>', page, re.DOTALL)
    assert found, page
    return plain(found[1])


def test_a_search_is_decided_after_its_changes_were_shown(client: TestClient) -> None:
    search = client.get("/search?q=snow").text
    link = re.search(
        r'<a href="/(retention/classify\?[^"]*)">Decide on the series of these 3 records<', search
    )
    assert link
    form = client.get(f"/{unescape(link[1])}")
    assert "3 records of the search: snow" in plain(form.text)
    assert "SIX, SIX: Retain for 6 years after received or provided, then destroy" in plain(form.text)
    shown = send(client, form.text, dan="SIX", reason="read it", do="preview")
    words = plain(shown.text)
    assert "Records covered 3 Of these, changed 3 Get a date 0 Protected less 0 On hold 0" in words
    assert "TWO (default), eligible on Mar 3, 2028 SIX, eligible on Mar 3, 2032" in words
    assert deps.get_searcher().retention.refresh().decisions == {}, "nothing is stored before it is decided"
    done = send(client, shown.text, do="decide")
    assert done.status_code == 303
    name = done.headers["location"].partition("#")[2]
    told = item(client, name)
    assert told.startswith("SIX, SIX In force. 3 records when it was decided: board, news.")
    assert "by ana@example: read it" in told
    assert "The results of a search: snow" in told
    assert "A person decided on this series." in plain(client.get(f"/record?id={GONE}").text)


def test_a_result_that_changed_after_the_preview_is_shown_again(
    client: TestClient, building: Building
) -> None:
    shown = preview(client, "/retention/classify?q=snow")
    building.capture("news", [{"record_id": "wordpress:x/posts/9", "text": "late snow"}], at=DAY + 9 * HOUR)
    building.index()
    again = send(client, shown.text, do="decide")
    assert again.status_code == 400
    words = plain(again.text)
    assert (
        "The decision would cover 4 records now, and 3 when you saw it, so nothing was decided. Look at what"
        " the decision changes now, and decide again." in words
    )
    assert "Records covered 4" in words
    assert deps.get_searcher().retention.refresh().decisions == {}
    assert send(client, again.text, do="decide").status_code == 303


def test_as_many_other_records_are_a_change_too(client: TestClient, building: Building) -> None:
    shown = preview(client, "/retention/classify?q=again")
    other = {"record_id": "wordpress:x/posts/9", "text": "again"}
    building.capture("news", [other, {"record_id": SHOWN, "text": "sun"}], at=DAY + 9 * HOUR)
    building.index()
    again = send(client, shown.text, do="decide")
    assert again.status_code == 400
    assert "The decision would change other records or other dates than you saw" in plain(again.text)
    assert deps.get_searcher().retention.refresh().decisions == {}


def test_a_search_of_more_records_than_one_decision_may_have_is_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "One decision covers at most 1,000,000 records." in client.get("/retention/classify?q=snow").text
    monkeypatch.setattr("recordroom.records.classification.MOST", 2)
    page = client.get("/retention/classify?q=snow")
    assert page.status_code == 400
    assert "The search finds 3 records. The limit is 2. Narrow the search." in plain(page.text)


@pytest.mark.parametrize(
    ("cover", "covered"), [("record", {GONE}), ("conversation", {GONE, REPLY}), ("author", {GONE})]
)
def test_a_record_its_conversation_or_its_author(client: TestClient, cover: str, covered: set[str]) -> None:
    page = client.get(f"/record?id={GONE}").text
    assert f'<a href="/retention/classify?id={GONE.replace(":", "%3A").replace("/", "%2F")}">' in page
    decide(client, f"/retention/classify?id={GONE}", cover=cover)
    [made] = deps.get_searcher().retention.refresh().decisions.values()
    assert made.covered == {"news": len(covered)}
    assert made.filters is None
    decided = {
        one for one in (GONE, REPLY, SHOWN) if "on this series" in client.get(f"/record?id={one}").text
    }
    assert decided == covered


def test_a_decision_on_several_conversations_says_how_many(client: TestClient) -> None:
    searcher = deps.get_searcher()
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    scope = HoldScope(conversations=frozenset((GONE, SHOWN)))
    classification.decide(searcher, ClassificationOrder("SIX", scope, "read"), viewer)
    assert "2 conversations with their later records" in plain(client.get("/retention/decisions").text)


def test_the_page_of_a_conversation_leads_to_a_decision_on_it(client: TestClient) -> None:
    page = client.get(f"/conversation?id={REPLY}").text
    link = re.search(r'<a href="/(retention/classify[^"]*)">Decide on the series of this conversation', page)
    assert link
    form = client.get(f"/{unescape(link[1])}").text
    assert 'name="cover" value="conversation" checked' in form


def test_without_records_the_form_says_where_to_begin(client: TestClient) -> None:
    page = plain(client.get("/retention/classify").text)
    assert "No records are chosen, so there is nothing to decide on." in page
    assert client.get("/retention/classify?id=wordpress:x/none").status_code == 400
    assert client.get("/retention/classify?q=zebra").status_code == 400


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dan": ""}, "No series is chosen"),
        ({"dan": "NOPE"}, "No schedule in force has the series 'NOPE'"),
        ({"reason": " "}, "The reason is missing"),
        ({"reason": "x" * 2_001}, "The reason has 2,001 characters"),
        ({"primary": "wordpress:x/none"}, "There is no such primary record"),
        ({"primary": GONE}, "The primary record is itself among the records of this decision"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_what_was_typed_stays(
    client: TestClient, given: dict[str, str], words: str
) -> None:
    form = client.get("/retention/classify?q=snow").text
    typed = {"dan": "SIX", "reason": f"typed {HOSTILE}", "primary": ""} | given
    page = send(client, form, do="preview", **typed)
    assert page.status_code == 400
    assert words in plain(page.text)
    if "reason" not in given:
        assert f"typed {HOSTILE}" in unescape(page.text)
    assert HOSTILE not in page.text
    assert ('value="SIX" selected' in page.text) == (typed["dan"] == "SIX")
    assert unescape(re.findall(r'id="primary"[^>]* value="([^"]*)"', page.text)[0]) == typed["primary"]
    assert deps.get_searcher().retention.refresh().decisions == {}


def test_change_goes_back_to_the_form_with_what_was_typed(client: TestClient) -> None:
    shown = preview(client, f"/retention/classify?id={GONE}", reason="two\nlines", cover="conversation")
    back = send(client, shown.text, do="change")
    assert back.status_code == 200
    assert "two\nlines</textarea>" in back.text
    assert 'value="SIX" selected' in back.text
    assert 'name="cover" value="conversation" checked' in back.text


def test_an_earlier_date_waits_for_a_second_person(client: TestClient, who: Who) -> None:
    shown = preview(client, f"/retention/classify?id={GONE}", "ARCH")
    assert "a second person must approve the decision: until then it does not count" in plain(shown.text)
    name = send(client, shown.text, do="decide").headers["location"].partition("#")[2]
    page = client.get("/retention/decisions").text
    assert "1 decision waits for a second person" in plain(page)
    assert "You made this decision, so another person must approve it." in item(client, name)
    assert f"/{name}/approve" not in page
    refused = act(client, name, "approve")
    assert (refused.status_code, "approved by a second person" in refused.text) == (400, True)
    assert "Your decision on the series of 1 record protects records less" in plain(client.get("/").text)
    assert "1 decision on series waits for a second person" in plain(client.get("/retention").text)
    assert "A person decided" not in client.get(f"/record?id={GONE}").text

    who.name = "ben@example"
    assert "The decision of ana@example on the series of 1 record protects" in plain(client.get("/").text)
    review = client.get(f"/retention/decisions/{name}")
    assert "Protected less 1" in plain(review.text)
    assert (
        "TWO (default), eligible on Mar 3, 2028 Then: destroy ARCH, eligible on Mar 3, 2027 Then: appraise"
        in plain(review.text)
    )
    [address] = re.findall(r'href="([^"]+/changes\.csv)"', review.text)
    [line] = read_changes(client, address)
    shown_fields = ("record", "protected less", "series now", "series after", "eligible on after")
    assert [line[one] for one in shown_fields] == [GONE, "yes", "TWO", "ARCH", "'2027-03-03"]
    missing = act(client, name, "approve", reason=" ")
    assert (missing.status_code, "reason is missing" in missing.text) == (400, True)
    assert act(client, name, "approve", "I read it").status_code == 303
    assert "by ben@example: I read it" in item(client, name)
    assert "A person decided on this series." in client.get(f"/record?id={GONE}").text
    assert "second person" not in plain(client.get("/").text)
    assert client.get(f"/retention/decisions/{name}").status_code == 400
    assert client.get(address).status_code == 400


def read_changes(client: TestClient, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(client.get(address).content.decode("utf-8-sig"))))


def test_the_list_of_an_approval_has_what_the_person_may_see(
    client: TestClient, building: Building, who: Who
) -> None:
    body = {"act_id": "c" * 32, "part": 1, "parts": 1, "series": "SIX", "scope": {"records": [GONE, SECRET]},
            "reason": "both", "covered": {"news": 1, "board": 1}, "shortens": True}  # fmt: skip
    append(building, body)
    deps.get_searcher().retention.refresh()
    who.name, address = "ben@example", f"/retention/decisions/{'c' * 32}/changes.csv"
    who.rights = frozenset(Right)
    assert {line["record"] for line in read_changes(client, address)} == {GONE, SECRET}
    who.rights = OFFICER - {Right.RESTRICTED}
    assert [line["record"] for line in read_changes(client, address)] == [GONE]
    who.rights = OFFICER - {Right.READ}
    assert client.get(address).status_code == 403


def test_a_person_who_changed_their_name_is_no_second_person(client: TestClient, who: Who) -> None:
    who.name = "ana@example#8f2c"
    name = decide(client, f"/retention/classify?id={GONE}", "ARCH")
    who.name = "ana.reyes@example#8f2c"
    assert act(client, name, "approve").status_code == 400
    who.name = "ana@example#77aa"
    assert act(client, name, "approve").status_code == 303


def test_a_decision_is_revoked_with_a_reason(client: TestClient) -> None:
    name = decide(client, f"/retention/classify?id={GONE}", "TWO")
    assert act(client, name, "revoke", HOSTILE).status_code == 303
    told = item(client, name)
    assert "Revoked" in told
    assert HOSTILE in told
    assert HOSTILE not in client.get("/retention/decisions").text
    assert "Revoke this decision" not in told
    assert "A person decided" not in client.get(f"/record?id={GONE}").text
    assert act(client, name, "revoke").status_code == 400
    assert act(client, "0" * 32, "revoke").status_code == 404


def test_a_revocation_that_shortens_waits_for_a_second_person(client: TestClient, who: Who) -> None:
    name = decide(client, f"/retention/classify?id={GONE}", "PERM")
    assert act(client, name, "revoke", "not permanent").status_code == 303
    told = item(client, name)
    assert "In force. Its revocation waits for a second person" in told
    assert "You asked for this revocation, so another person must approve it." in told
    assert "Your revocation of a decision on the series of 1 record" in plain(client.get("/").text)
    assert "A person decided on this series." in client.get(f"/record?id={GONE}").text
    who.name = "ben@example"
    review = plain(client.get(f"/retention/decisions/{name}").text)
    assert "What a revocation changes" in review
    assert (
        "PERM, permanent Then: retain permanently TWO (default), eligible on Mar 3, 2028 Then: destroy"
        in review
    )
    assert act(client, name, "keep", "no").status_code == 303
    assert "Its revocation waits" not in item(client, name)
    assert act(client, name, "revoke", "still").status_code == 303
    who.name = "ana@example"
    assert act(client, name, "approve", "agreed").status_code == 303
    assert "Revoked" in item(client, name)


def test_later_records_of_the_search_are_proposed_and_never_decided(
    client: TestClient, building: Building
) -> None:
    name = decide(client, "/retention/classify?q=snow+OR+frost&kind=post&account=news")
    assert "match" not in item(client, name)
    later = [{"record_id": f"wordpress:x/posts/{n}", "text": "frost"} for n in (8, 9)]
    comment = {"record_id": "wordpress:x/posts/10", "text": "frost", "kind": "comment"}
    building.capture("news", [*later, comment], at=DAY + 9 * HOUR)
    building.capture("sports", [{"record_id": "wordpress:x/posts/11", "text": "frost"}], at=DAY + 9 * HOUR)
    building.index()
    assert "2 later records match this search and have no decided series. Look, then decide" in item(
        client, name
    )
    assert "A person decided" not in client.get("/record?id=wordpress:x/posts/9").text
    page = client.get("/retention/decisions").text
    search, again = (
        unescape(re.findall(f'<a href="/([^"]*)">{word}</a>', page)[0]) for word in ("Look", "decide")
    )
    assert "2 records<" in client.get(f"/{search}").text
    form = client.get(f"/{again}").text
    assert 'value="SIX" selected' in form
    assert "2 records of the search" in plain(form)
    decide(client, f"/{again}")
    assert "later record" not in plain(client.get("/retention/decisions").text)


def test_a_search_that_no_longer_works_is_reported(client: TestClient) -> None:
    name = decide(client, "/retention/classify?q=snow&account=news")
    decided = deps.get_searcher().retention.refresh().decisions[name]
    object.__setattr__(decided, "query", "gone_field:1")  # as if another version had the field
    told = item(client, name)
    assert (
        "The search can no longer be asked, so no later record is proposed: there is no field 'gone_field'"
        in told
    )


def test_a_search_by_an_address_has_no_later_records(client: TestClient) -> None:
    name = decide(client, f"/retention/classify?q={SHOWN}")
    told = item(client, name)
    assert "no longer" not in told
    assert "later" not in told


def test_a_record_of_two_accounts_keeps_one_decision_for_both(client: TestClient, who: Who) -> None:
    """Its accounts have different series: it is protected less in one of them."""
    shown = preview(client, f"/retention/classify?id={SHARED}", "TWO")
    assert "Records covered 2 Of these, changed 2" in plain(shown.text)
    assert "Protected less 1" in plain(shown.text)
    name = send(client, shown.text, do="decide").headers["location"].partition("#")[2]
    who.name = "ben@example"
    act(client, name, "approve")
    page = plain(client.get(f"/record?id={SHARED}").text)
    assert page.count("Records series TWO, TWO") == 2
    assert "1 record" not in plain(client.get("/retention/decisions").text)


def test_a_confidential_account_is_named_to_nobody_without_the_right(client: TestClient, who: Who) -> None:
    only = decide(client, "/retention/classify?q=secret", reason="of the board")
    both = decide(client, "/retention/classify?q=snow", reason="all of it")
    named = decide(client, "/retention/classify?q=hail+-account:board", reason="not that one")
    who.rights = OFFICER - {Right.RESTRICTED}
    who.name = "ben@example"
    page = client.get("/retention/decisions").text
    assert item(client, only).startswith("A decision In force. Decided on")
    assert "of the board" not in page
    assert "2 records when it was decided: news; 1 account that you may not see." in item(client, both)
    assert "account:board" not in page
    assert "not that one The results of a search Revoke" in item(client, named)
    assert "secret" not in page
    assert act(client, only, "revoke").status_code == 404
    shown = preview(client, "/retention/classify?q=snow", "PERM")
    assert "Records covered 2" in plain(shown.text)
    assert "board" not in shown.text
    assert send(client, shown.text, do="decide").status_code == 303
    made = list(deps.get_searcher().retention.refresh().decisions.values())[-1]
    assert made.scope.records == {GONE, SHOWN}
    assert client.get(f"/retention/classify?id={SECRET}").status_code == 400


def test_an_auditor_sees_acts_and_neither_records_nor_searches(client: TestClient, who: Who) -> None:
    name = decide(client, "/retention/classify?q=snow+again", reason="read it")
    who.rights = frozenset(ROLES["Auditor"])
    page = client.get("/retention/decisions").text
    assert "The results of a search" in item(client, name)
    assert "read it" in item(client, name)
    main = page.partition("<main")[2]
    assert "snow" not in main
    assert "/record?" not in main
    assert "/search" not in main
    assert "<form" not in main
    assert client.get("/retention/classify?q=snow").status_code == 403
    assert client.get(f"/retention/decisions/{name}").status_code == 403
    assert "second person" not in client.get("/").text


def test_who_may_decide_but_not_read_decides_nothing(client: TestClient, who: Who) -> None:
    who.rights = OFFICER - {Right.READ}
    assert client.get(f"/retention/classify?id={GONE}").status_code == 403
    assert client.post("/retention/classify").status_code == 403


def test_the_search_of_a_legal_matter_is_shown_to_counsel_only(client: TestClient, who: Who) -> None:
    who.rights = frozenset(Right)
    name = decide(client, "/retention/classify?q=snow&matter=Smith", reason="read it")
    assert "The results of a search: snow" in item(client, name)
    who.name, who.rights = "ben@example", OFFICER
    assert "The results of a search Revoke" in item(client, name)
    assert "Smith" not in client.get("/retention/decisions").text


def append(building: Building, body: dict[str, Any]) -> None:
    """Store a decision as it is."""
    ledger.append(building.archive, "classification", lambda _: body, "ana@example")


def test_a_secondary_copy_names_its_primary_to_those_who_may_see_it(
    client: TestClient, building: Building, who: Who
) -> None:
    """tests/records/test_secondary_copies.py decides so: only what was captured can be verified."""
    for act_id, primary in (("a" * 32, SHOWN), ("b" * 32, SECRET)):
        body: dict[str, Any] = {"act_id": act_id, "part": 1, "parts": 1, "series": "SIX", "scope": {"records": [REPLY]},
                "reason": "a copy", "primary": primary, "covered": {"news": 1}}  # fmt: skip
        append(building, body)
    deps.get_searcher().retention.refresh()
    open_, secret = (f"/record?id={one.replace(':', '%3A').replace('/', '%2F')}" for one in (SHOWN, SECRET))
    page = client.get(f"/record?id={REPLY}").text
    assert plain(page).count("A person decided that it is a secondary copy of its primary record.") == 2
    assert open_ in page
    assert secret in page
    assert secret in client.get("/retention/decisions").text
    who.rights = OFFICER - {Right.RESTRICTED}
    hidden = client.get(f"/record?id={REPLY}").text
    assert "secondary copy of a primary record that you may not see." in plain(hidden)
    listed = client.get("/retention/decisions").text
    for page in (hidden, listed):
        assert open_ in page
        assert secret not in page
    assert "A person decided" not in client.get(f"/record?id={GONE}").text


def test_a_primary_that_fails_its_verification_or_is_hidden_is_refused(client: TestClient, who: Who) -> None:
    broken = preview(client, f"/retention/classify?id={GONE}", primary=SHOWN)  # its evidence is made up
    assert (broken.status_code, "does not pass its verification" in broken.text) == (400, True)
    who.rights = OFFICER - {Right.RESTRICTED}
    unseen = preview(client, f"/retention/classify?id={GONE}", primary=SECRET)
    assert (unseen.status_code, "There is no such primary record" in unseen.text) == (400, True)
    assert deps.get_searcher().retention.refresh().decisions == {}


def test_two_people_decide_at_once_in_the_room(client: TestClient) -> None:
    shown = preview(client, f"/retention/classify?id={GONE}", "SIX")
    other = preview(client, f"/retention/classify?id={GONE}", "undetermined")
    first = send(client, shown.text, do="decide")
    assert first.status_code == 303
    second = send(client, other.text, do="decide")
    assert second.status_code == 400, "the other person saw the record before the first decision"
    assert "SIX, eligible on Mar 3, 2032 Then: destroy no series, no date Then: retained" in plain(
        second.text
    )
    assert send(client, second.text, do="decide").status_code == 303
    assert len(deps.get_searcher().retention.refresh().decisions) == 2

    pages = [preview(client, f"/retention/classify?id={SHOWN}", one).text for one in ("SIX", "PERM")]
    done: list[int] = []

    def send_in_thread(page: str) -> None:
        done.append(send(client, page, do="decide").status_code)

    threads = [Thread(target=send_in_thread, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = list(deps.get_searcher().retention.refresh().decisions.values())[2:]
    assert sorted(done) in ([303, 303], [303, 400])
    assert len(made) == done.count(303)
    assert all(one.counts for one in made)


@pytest.mark.parametrize("away", ["search", "bucket"])
def test_nothing_is_decided_while_a_service_is_away(
    client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch, away: str
) -> None:
    shown = preview(client, f"/retention/classify?id={GONE}", reason="typed before", cover="conversation")
    searcher = deps.get_searcher()

    def fail(*_: object, **__: object) -> None:
        raise ServiceUnavailable(f"the {away} cannot be reached", "Try again later.")

    with monkeypatch.context() as patch:
        if away == "search":
            patch.setattr(searcher.client, "options", lambda **_: searcher.client)
            patch.setattr(type(searcher.client), "perform_request", fail)
        else:
            for name in ("put_new", "find", "get", "keys"):
                patch.setattr(type(building.archive), name, fail)
        page = send(client, shown.text, do="decide")
    assert page.status_code == 503
    words = plain(page.text)
    assert f"The {away} cannot be reached. Try again later." in words
    assert "typed before</textarea>" in page.text
    assert 'value="SIX" selected' in page.text
    assert searcher.retention.refresh().decisions == {}
    assert send(client, shown.text, do="decide").status_code == 303


def test_the_overview_leads_from_undecided_records_to_a_decision(client: TestClient, who: Who) -> None:
    page = client.get("/retention").text
    assert "ask the administrator to enter the decision" not in page
    assert '<a href="/retention/decisions">Decisions</a>' in page
    who.rights = frozenset(ROLES["Auditor"])
    assert "/retention/classify" not in client.get("/retention").text


@pytest.mark.thorough
def test_axe_finds_nothing_and_deciding_works_without_scripts(
    building: Building, who: Who, browser: Browser, folder: Path
) -> None:
    with seated(building, lambda: Person(who.name, who.rights)) as room, served(room) as url:
        cookie = {"name": "_token", "value": "a session", "url": url}
        context = browser.new_context(viewport=WIDE, java_script_enabled=False)
        context.add_cookies([cookie])  # type: ignore[list-item]
        sitting = Sitting.begin(context, url, folder)
        page = sitting.open("/search?q=snow")
        page.get_by_role("link", name="Decide on the series of these 3 records").click()
        page.get_by_label("Records series").select_option("ARCH")
        page.get_by_label("Reason").fill("News of the board belongs to this series.")
        page.get_by_role("button", name="Show what changes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What the decision changes")
        page.get_by_role("button", name="Decide", exact=True).click()
        expect(page.get_by_role("heading", name="1 decision waits for a second person")).to_be_visible()
        expect(page.get_by_text("You made this decision")).to_be_visible()
        context.close()

        who.name = "ben@example"
        context = browser.new_context(viewport=WIDE)
        context.add_cookies([cookie])  # type: ignore[list-item]
        sitting = Sitting.begin(context, url, folder)
        judge(sitting, "/retention/decisions", "decisions-waiting")
        sitting.page.get_by_role("link", name="What it changes").click()
        review = sitting.page.url.removeprefix(url)
        judge(sitting, review, "decision-review")
        sitting.page.get_by_text("Approve this decision").click()
        sitting.page.get_by_label("Reason").first.fill("I read the records.")
        sitting.page.get_by_role("button", name="Approve", exact=True).click()
        expect(sitting.page.get_by_text("In force")).to_be_visible()
        judge(sitting, "/retention/decisions", "decisions")
        judge(sitting, "/retention/classify", "classify-start")
        judge(sitting, "/retention/classify?q=snow&kind=post", "classify-search")
        judge(sitting, f"/retention/classify?id={REPLY}&cover=conversation", "classify-record")
        page = sitting.page
        page.get_by_label("Records series").select_option("SIX")
        page.get_by_label("Reason").fill("It was read.")
        page.get_by_role("button", name="Show what changes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What the decision changes")
        for name, size in (("wide", WIDE), ("narrow", NARROW)):
            page.set_viewport_size(size)
            assert sitting.findings() == []
            assert not sitting.is_wider_than_its_window()
            sitting.picture(f"classify-preview-{name}")
        judge(sitting, f"/record?id={REPLY}", "record-with-decision")
        judge(sitting, "/search?q=snow", "search-with-decide")
        context.close()


def test_a_decision_on_an_author_names_the_accounts_whose_later_records_it_protects_less(
    client: TestClient,
) -> None:
    address = f"/retention/classify?id={GONE}"
    words = "Records that are captured later are protected less too, in sports."
    assert words in plain(preview(client, address, "TWO", cover="author").text)
    assert words not in plain(preview(client, address, "PERM", cover="author").text)
    assert "Waits for a second person" in item(client, decide(client, address, "TWO", cover="author"))


def test_records_under_quarantine_are_in_no_number_of_a_decision(client: TestClient, who: Who) -> None:
    listed = decide(client, "/retention/classify?q=snow+OR+hail&account=news")
    author = decide(client, f"/retention/classify?id={GONE}", "PERM", cover="author")
    assert "4 records when it was decided" in item(client, listed)
    assert "1 record when it was decided" in item(client, author)
    searcher = deps.get_searcher()
    viewer = Viewer.administrator(searcher.quarantine.snapshot(), sees_quarantine=True)
    quarantine.put(searcher, QuarantineTarget(RECORD, GONE), "an address", viewer)
    assert "4 records when it was decided" in item(client, listed)
    who.rights = OFFICER - {Right.QUARANTINE}
    assert "2 records when it was decided" in item(client, listed)
    assert "An unknown number of records when it was decided" in item(client, author)


def test_no_later_records_are_counted_until_the_index_follows_the_decision(
    client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then, the records that were just decided on would be counted."""
    monkeypatch.setattr(deps, "follow_ledger", lambda: None)
    name = decide(client, "/retention/classify?q=snow&kind=post&account=news")
    behind = "The search index does not have the newest decision yet."
    assert behind in plain(client.get("/retention/decisions").text)
    assert "match this search" not in item(client, name)
    building.index()
    assert behind not in plain(client.get("/retention/decisions").text)
    assert "match" not in item(client, name)


def test_a_decision_names_the_filters_of_its_search_too(client: TestClient) -> None:
    name = decide(client, "/retention/classify?q=snow&kind=post&account=news")
    assert re.search("The results of a search: snow, limited to account news, kind post", item(client, name))


def test_the_record_says_who_decided_on_its_series_when_and_why(client: TestClient, who: Who) -> None:
    first = decide(client, f"/retention/classify?id={GONE}", reason=HOSTILE)
    author = decide(client, f"/retention/classify?id={GONE}", "PERM", cover="author")
    page = client.get(f"/record?id={GONE}").text
    told = plain(page)
    assert HOSTILE not in page
    for name in (first, author):
        assert f'href="/retention/decisions#{name}"' in page
    assert re.search(rf"SIX Decided on Dec .* by ana@example: {re.escape(HOSTILE)}", told)
    assert "All of them count." in told
    assert "Decisions on its series" not in plain(client.get(f"/record?id={REPLY}").text)
    who.name = "ben@example"
    act(client, author, "revoke")
    who.name = "ana@example"
    act(client, author, "approve")
    assert "All of them count." not in plain(client.get(f"/record?id={GONE}").text)
