"""Receipts of captures show nothing that their reader may not see, whenever it was hidden; nor does the
audit.

The pages run in this process; the test responds in place of a worker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlencode

import pytest
from fastapi.testclient import TestClient

from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.canonical import sha256
from recordroom.capture.permalink import requests
from recordroom.capture.permalink.attribution import PermalinkMatch
from recordroom.capture.permalink.receipt import NOT_THERE, UNSHOWN, RootAddress
from recordroom.capture.permalink.requests import CaptureResult
from recordroom.records import holds, quarantine
from recordroom.records.holds import HoldOrder
from recordroom.retention.holds import HoldScope
from recordroom.rights import Right
from recordroom.web import deps
from tests.building import DAY, Building, account
from tests.viewers import officer
from tests.web import conftest
from tests.web.conftest import COMMENT, POST
from tests.web.seated import Who, forget, visited

ALL = frozenset(Right)
URL = "https://x.example/?p=1#comment-2"
ENTRY = ("capture/wordpress/news", 1, "ab" * 32, "2026-03-02T17:00:00.000000Z")


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    before = building.settings.register_file.read_bytes()
    with visited(building, who) as client:
        yield client
    building.settings.register_file.write_bytes(before)
    for kind in (RECORD, FILE):
        for name in ledger.read(building.archive).of(kind):
            ledger.lift(building.archive, QuarantineTarget(kind, name), "the test is over")


def asked(
    building: Building,
    answer: CaptureResult | None = None,
    by: str = "asker",
    accounts: tuple[str, ...] = ("news",),
) -> str:
    """The address of a receipt; as the page does it, with its event."""
    wanted = requests.place_request(building.derived, URL, by, accounts, restricted=False)
    deps.get_searcher().note("capture now", by, request=wanted.id, url=URL, accounts=list(accounts))
    if answer is not None:
        requests.put_result(building.derived, wanted.id, answer)
    return f"/capture/{wanted.id}"


def told(client: TestClient, address: str) -> str:
    page = client.get(address)
    assert page.status_code == 200, page.text
    return " ".join(unescape(re.sub("<[^>]*>", " ", page.text)).split()) + unescape(page.text)


RECORDS = ((POST, "post"), (COMMENT, "comment"))
PICTURE = sha256(conftest.PICTURE)  # of the post
WHOLE = CaptureResult(
    "", (), ("a film",), *ENTRY, RECORDS, 3, "", ((POST, PICTURE), (COMMENT, "1" * 64), (COMMENT, "2" * 64))
)


def test_what_is_under_quarantine_is_neither_counted_nor_named(
    client: TestClient, building: Building, who: Who
) -> None:
    lacking = (f"2 answers that the platform counts and did not show (first: to {COMMENT})",)
    whole = asked(building, WHOLE)
    part = asked(building, CaptureResult(f"{COMMENT} failed", lacking, (), *ENTRY, RECORDS, 3))
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, COMMENT),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    for name, rights, sees in (
        ("officer", ALL, True),
        ("asker", ALL - {Right.QUARANTINE}, False),
        ("other", ALL - {Right.QUARANTINE}, False),
    ):
        who.name, who.rights = name, rights
        page = told(client, whole)
        assert "Safe to moderate now" in page
        assert (
            "in the archive: 1 post, 1 comment and 3 files ." in page
            or "1 post, 1 comment and 3 files." in page
        ) == sees
        assert ("in the archive: 1 post and 1 file." in page) != sees
        assert ("a film" in page) == sees
        not_whole = told(client, part)
        assert "do not moderate the post yet" in not_whole
        assert (COMMENT in not_whole, "2 answers" in not_whole) == (sees, sees)
        assert f"answers {UNSHOWN}" in not_whole
        for one in (page, not_whole):
            assert (URL in one) == (name != "other"), "only the person who typed it sees the address"
    # of a program that did not say whose the files are
    before = asked(building, CaptureResult("", (), (), *ENTRY, RECORDS, 3))
    assert "in the archive: 1 post." in told(client, before)


def test_nothing_of_it_tells_by_itself_that_something_is_hidden(
    client: TestClient, building: Building, who: Who
) -> None:
    """To no one else: neither while it runs, nor after a failure, nor if it is incomplete."""
    lacking = (
        f"1,002 answers {UNSHOWN} (first: to {COMMENT})",
        "1 of 2 files could not be fetched (first: not fetched: 404)",
    )
    answers = (
        None,
        CaptureResult(f"{URL} is of no account"),
        CaptureResult("", lacking, (), *ENTRY, ((POST, "post"),), 1),
        WHOLE,
    )
    receipts = [asked(building, answer) for answer in answers]
    who.name, who.rights = "other", ALL - {Right.QUARANTINE}
    before = [told(client, one) for one in receipts]
    assert not [
        page for page in before if URL in page or "1,002" in page or "of 2 files" in page or COMMENT in page
    ]
    assert all("Only the person who requested the capture can see the address." in page for page in before)
    assert not [page for page in before if re.search(r'm\.<span class="utc">[^<]*</span></time>\.', page)], (
        "`p.m.` has its own period"
    )
    assert f"answers {UNSHOWN}" in before[2]
    assert "files could not be fetched" in before[2]
    assert "Only the person who requested it sees the reason here." in before[1]
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, COMMENT),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    assert [told(client, one) for one in receipts[:3]] == before[:3]
    who.name = "asker"
    assert all(URL in told(client, one) for one in receipts)


def test_an_address_that_names_another_account_is_not_simply_safe(
    client: TestClient, building: Building, who: Who
) -> None:
    own = "https://x.example/?p=1"
    whose = PermalinkMatch(POST, "The district (@district)", "https://x.example/?p=1", "")
    page = told(client, asked(building, replace(WHOLE, whose=whose)))
    assert "Safe to moderate now. Everything that the platform provides" in page
    assert f"Author at this address The district (@district) Address of the post {own}" in page
    other = asked(building, replace(WHOLE, whose=replace(whose, names="cnn")))
    page = told(client, other)
    assert "Safe to moderate now" not in page
    assert (
        "Is this the post that you mean? The address names cnn , but its number belongs to a post by The district"
        " (@district)" in page
    )
    assert "Only that post is safe to moderate now." in page
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, POST),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    who.rights = ALL - {Right.QUARANTINE}
    assert not any(words in told(client, other) for words in ("The district", "cnn", own + " "))


def test_where_no_post_was_found_nothing_is_said_to_be_half_there(
    client: TestClient, building: Building, who: Who
) -> None:
    address = asked(
        building,
        CaptureResult(f"{URL} cannot be seen on this site. It may be gone, or another's.", nothing=True),
    )
    page = told(client, address)
    assert "Nothing was captured. The address does not lead to a post of a captured account." in page
    assert "It may be gone, or another's." in page
    assert "Incomplete" not in page
    who.rights, who.name = ALL - {Right.QUARANTINE}, "other"
    page = told(client, address)
    assert ("Nothing was captured" in page, URL in page) == (True, False)


def test_an_answer_that_the_platform_did_not_show_is_not_safe_to_moderate(
    client: TestClient, building: Building, who: Who
) -> None:
    whose = PermalinkMatch(POST, "The district (@district)", "https://x.example/?p=1", "", unshown=True)
    address = asked(building, replace(WHOLE, lacking=(NOT_THERE,), whose=whose))
    page = told(client, address)
    assert f"Incomplete: do not moderate the post yet. {NOT_THERE}" in page
    assert "That reply is not in this capture." in page
    assert f'/search?{urlencode({"q": URL})}">Search the archive for an earlier copy of the reply' in page
    assert "Author of the post above the reply The district (@district)" in page
    assert "Author at this address" not in page
    who.rights, who.name = ALL - {Right.QUARANTINE}, "other"
    page = told(client, address)
    assert (
        f"Incomplete: do not moderate the post yet. {NOT_THERE}" in page,
        "Safe to moderate" in page,
        URL in page,
    ) == (True, False, False)


def test_where_the_conversation_of_an_answer_was_captured_the_receipt_says_so(
    client: TestClient, building: Building, who: Who
) -> None:
    instead = RootAddress("news", COMMENT, "comment", "https://x.example/?p=1")
    above = PermalinkMatch(POST, "The district (@district)", "https://x.example/?p=1", "")
    page = told(client, asked(building, replace(WHOLE, instead=instead, whose=above)))
    assert "Author of the post above the reply The district (@district)" in page
    assert "Author at this address" not in page
    assert "The address leads to a comment in the archive." in page
    assert "by the address of the root post: https://x.example/?p=1 . The comment is part of it." in page
    gone = asked(building, replace(WHOLE, records=RECORDS[:1], instead=instead))
    assert "The platform did not show that comment; the archive has an earlier copy" in told(client, gone)
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, COMMENT),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    who.rights = ALL - {Right.QUARANTINE}
    assert "The address leads to a comment" not in told(client, gone)


@pytest.mark.parametrize(
    ("records", "leads_to"),
    [
        (((COMMENT, "comment"), (f"{COMMENT}0", "reply"), (POST, "post")), POST),
        (((COMMENT, "comment"), (f"{COMMENT}0", "reply")), COMMENT),
        ((), None),
    ],
)
def test_the_link_to_the_conversation_leads_to_its_post(
    client: TestClient, building: Building, records: tuple[tuple[str, str], ...], leads_to: str | None
) -> None:
    page = client.get(asked(building, CaptureResult("", (), (), *ENTRY, records, 0))).text
    found = re.search(r'href="[^"]*/record\?([^"]*)">Open the conversation in the archive', page)
    assert (found and parse_qs(unescape(found[1]))["id"][0]) == leads_to


def test_where_asking_again_brings_no_more_the_receipt_says_what_to_do(
    client: TestClient, building: Building, who: Who
) -> None:
    counts = f"2 answers {UNSHOWN} (first: to {POST})"
    files = "1 of 2 files could not be fetched (first: not fetched: 404)"
    address = asked(building, CaptureResult("", (counts,), (), *ENTRY, RECORDS, 3))
    page = told(client, address)
    assert "If another capture brings no more replies" in page
    assert "The records officer then decides whether to moderate" in page
    assert "/account?id=news#gaps" in page
    who.rights = ALL - {Right.COVERAGE}
    assert "/account?" not in client.get(address).text
    for answer in (
        CaptureResult("", (files,), (), *ENTRY, RECORDS, 3),
        CaptureResult("the platform refuses", (), ()),
        WHOLE,
    ):
        assert "If another capture brings no more" not in told(client, asked(building, answer))


def test_a_file_under_quarantine_is_not_counted(client: TestClient, building: Building, who: Who) -> None:
    address, before = asked(building, WHOLE), asked(building, CaptureResult("", (), (), *ENTRY, RECORDS, 3))
    who.rights = ALL - {Right.QUARANTINE}
    assert "1 post, 1 comment and 3 files." in told(client, address)
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(FILE, PICTURE),
        "unlawful",
        officer(deps.get_searcher(), "officer"),
    )
    page = told(client, address)
    assert "1 post, 1 comment and 2 files." in page
    assert "1 post, 1 comment." in told(client, before), "which files those were is unknown"


def test_where_all_of_it_is_under_quarantine_nothing_is_counted(
    client: TestClient, building: Building, who: Who
) -> None:
    address = asked(building, WHOLE)
    for name in (POST, COMMENT):
        quarantine.put(
            deps.get_searcher(),
            QuarantineTarget(RECORD, name),
            "a person's home address",
            officer(deps.get_searcher(), "officer"),
        )
    who.rights = ALL - {Right.QUARANTINE}
    page = told(client, address)
    assert "Everything that the platform provides is in the archive." in page
    assert not any(words in page for words in (POST, COMMENT, "post,", "comment,", "file"))


def test_that_of_an_account_which_is_confidential_by_now_is_shown_to_those_with_the_right(
    client: TestClient, building: Building, who: Who
) -> None:
    failed = CaptureResult(f"{URL} does not belong to any of news, square")
    receipts = [asked(building, WHOLE), asked(building), asked(building, failed, accounts=("news", "square"))]
    nobodys = asked(building, accounts=())  # asked for before receipts said whose the address may be
    who.rights = ALL - {Right.RESTRICTED}
    assert [client.get(one).status_code for one in receipts] == [200] * 3
    assert client.get(nobodys).status_code == 404
    entries = [
        account("news", "wordpress", confidential=True),
        account("board", "mastodon", confidential=True),
    ]
    building.write(*entries)
    for one in receipts:
        answer = client.get(one)
        assert (
            answer.status_code,
            "There is no capture with this name" in answer.text,
            "news" in answer.text,
        ) == (
            404,
            True,
            False,
        )
    who.rights = ALL
    assert [client.get(one).status_code for one in (*receipts, nobodys)] == [200] * 4


def test_the_audit_does_not_show_the_address_of_what_is_hidden(
    client: TestClient, building: Building, who: Who
) -> None:
    asked(building, WHOLE, by="captured")
    asked(building, CaptureResult("the platform asks to be left alone"), by="failed")
    who.name, who.rights = "auditor", frozenset({Right.AUDIT, Right.ENTER})
    addresses = [
        f"/{file}?what=capture+now&person={name}"
        for file in ("audit", "audit.csv")
        for name in ("captured", "failed")
    ]
    assert all(URL in told(client, address) for address in addresses)
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, COMMENT),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    for address in addresses:
        page = told(client, address)
        assert (
            URL in page,
            "captured a post now" in page or "capture now" in page,
            "withheld" in page,
        ) == (False, True, True)
    who.rights |= {Right.QUARANTINE}
    assert all(URL in told(client, address) for address in addresses)


def test_what_fails_in_the_archive_has_a_number_and_names_no_bucket(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = re.findall(r'name="token" value="([0-9a-f]{64})"', client.get("/capture").text)[0]
    monkeypatch.setenv("RECORDROOM_DERIVED_BUCKET", "a-bucket-of-nobody")
    deps.get_searcher().client.close()
    forget()
    url = "https://wordpress.example/news/1"
    answer = client.post(
        "/capture", data={"token": token, "url": url}, headers={"Origin": "http://testserver"}
    )
    assert (answer.status_code, "this error number" in answer.text, "a-bucket-of-nobody" in answer.text) == (
        500,
        True,
        False,
    )


def test_who_is_called_otherwise_by_now_is_still_who_asked(
    client: TestClient, building: Building, who: Who
) -> None:
    address = asked(building, WHOLE, by="mary@agency.example#8f2c")
    quarantine.put(
        deps.get_searcher(),
        QuarantineTarget(RECORD, COMMENT),
        "a person's home address",
        officer(deps.get_searcher(), "officer"),
    )
    who.rights = ALL - {Right.QUARANTINE}
    for name, own in (
        ("mary.married@agency.example#8f2c", True),
        ("mary@agency.example#77aa", False),
        ("mary@agency.example", False),
    ):
        who.name = name
        assert (URL in told(client, address)) == own, name


NOT_NOW = "A hold is in force for this account. Do not delete, hide, or edit anything. Ask counsel."
AUTHOR = frozenset({("wordpress", "held-author")})


@pytest.mark.parametrize(
    ("scope", "is_on_hold"),
    [
        (HoldScope(accounts=frozenset({"news"}), query="snow"), True),
        (HoldScope(to=DAY - timedelta(days=900)), True),  # of all accounts, other dates
        (HoldScope(accounts=frozenset({"board"})), False),
        (HoldScope(records=frozenset({COMMENT})), True),
        (HoldScope(conversations=frozenset({POST})), True),
        (HoldScope(conversations=frozenset({COMMENT + "0"})), False),
        (HoldScope(authors=AUTHOR), False),  # of no record of the receipt
    ],
)
def test_no_receipt_says_that_a_conversation_on_hold_is_safe_to_moderate(
    client: TestClient, building: Building, scope: HoldScope, is_on_hold: bool
) -> None:
    searcher = deps.get_searcher()
    order = HoldOrder("Claim", "other", scope, "a claim")
    hold = holds.place(searcher, order, officer(searcher))
    named = PermalinkMatch(POST, "The district", "https://x.example/?p=1", "cnn")
    other = asked(building, replace(WHOLE, whose=named))
    whole, part, runs = asked(building, WHOLE), asked(building, CaptureResult("failed")), asked(building)
    pages = [told(client, one) for one in (whole, part, runs, other)]
    holds.release(searcher, hold.id, "settled", officer(searcher))
    by_account = scope.has_range and is_on_hold
    wanted = [is_on_hold, by_account, by_account, is_on_hold]
    assert [NOT_NOW in page for page in pages] == wanted
    assert ["afe to moderate now" in page for page in pages] == [not is_on_hold, False, False, not is_on_hold]
    assert all("Everything that the platform provides" in pages[number] for number in (0, 3))
    assert "Safe to moderate now." in told(client, whole)


def test_a_reply_of_an_author_on_hold_is_not_safe_to_moderate(client: TestClient, building: Building) -> None:
    """In doubt too: while the index does not have the reply yet, no one knows who wrote it."""
    searcher = deps.get_searcher()
    found = searcher.client.search(index=searcher.alias, query={"term": {"record_id": COMMENT}})
    author = found["hits"]["hits"][0]["_source"]["author_id"]
    for scope, answer, is_on_hold in (
        (HoldScope(authors=frozenset({("wordpress", author)})), WHOLE, True),
        (HoldScope(authors=AUTHOR), replace(WHOLE, behind="Elasticsearch is away"), True),
        (HoldScope(authors=AUTHOR), WHOLE, False),
    ):
        hold = holds.place(searcher, HoldOrder("Claim", "other", scope, "a claim"), officer(searcher))
        page = told(client, asked(building, answer))
        holds.release(searcher, hold.id, "settled", officer(searcher))
        assert ((NOT_NOW in page), ("Safe to moderate now" in page)) == (is_on_hold, not is_on_hold)
