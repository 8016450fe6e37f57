"""The pages of exports: what is counted before, what is ordered, and how it comes to its download.

The pages run in this process, over a real bucket and index. No Airflow is there: an order waits and says so,
and what its worker does is done by the test. tests/web/test_airflow.py orders one through a real Airflow.
"""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.archive.gaps import Gaps
from recordroom.exports import orders
from recordroom.exports.formats.registry import FORMATS
from recordroom.exports.orders import RUNNING, Progress
from recordroom.register.models import PLATFORM_LIMIT
from recordroom.web import deps
from tests.building import Building
from tests.disk import full
from tests.web.conftest import COMMENT, POST, SECRET
from tests.web.exports.asking import events, made, ordered, send, shipped, token, words
from tests.web.seated import forget

pytestmark = pytest.mark.thorough

MESSAGE = "wordpress:x/messages/1"


def test_it_is_counted_before(client: TestClient) -> None:
    page = words(client.get("/export?q=snow").text)
    assert "2 records in 2 conversations" in page
    assert 'Interpreted as: the word "snow"; current versions, without private messages' in page
    assert (
        "Not included: 1 private message that matches. To include it, select private messages below." in page
    )
    assert re.search(
        r"compression: [\d.]+ (bytes|kB) of text and data, and up to 1 media file \([\d.,]+ kB\)", page
    )
    assert "A file that several rows name is counted for each of them" in page
    assert "board: 1 news: 1" in page
    assert "not reviewed for release" in page
    assert (
        "Context can add at most 1 row from their conversations. A record has one row in each account."
        in words(client.get("/export?q=snow&context=1").text)
    )
    assert "4 versions" in words(client.get("/export?q=snow&messages=1&versions=1").text)


def test_what_is_counted_before_is_what_stood_then(client: TestClient, building: Building) -> None:
    def counted(**asked: str) -> str:
        return words(send(client, do="count", q="schools", **asked).text)

    never, first, later = "2026-03-01", "2026-03-02T17:30Z", "2026-03-02T20:30Z"
    assert "Export 1 record in 1 conversation Interpreted" in counted()
    before = counted(as_of=never)
    assert "Export 0 records in 0 conversations Interpreted" in before
    assert "Archive as of Mar 1, 2026, 11:59 p.m. (2026-03-02 07:59:59 UTC)" in before
    nothing = (
        "The archive had no records of 2 accounts by then: board: first record Mar 2, 2026, 9:00 a.m."
        " (2026-03-02 17:00:00 UTC) news: "
    )
    assert nothing in before
    assert "board" not in counted(as_of=never, account="news")
    assert "At most 1 record in 1 conversation" in (then := counted(as_of=first))
    assert "had no records" not in then
    assert "At most 2 records in 1 conversation" in counted(as_of=later)
    assert "only the version of each record that was current then" in counted(as_of=later)
    assert "Export 2 versions in 1 conversation" in counted(as_of=later, versions="1")
    assert "Export 1 version in 1 conversation" in counted(as_of=first, versions="1")
    assert "Export 0 records in" in counted(as_of=first, account="board")
    assert events(building, "estimate")[-1]["as_of"] == "2026-03-02T17:30:59.999999Z"


def test_the_gaps_beside_an_earlier_moment_are_told_as_those_of_now(
    client: TestClient, building: Building
) -> None:
    Gaps(building.archive).open_("news", PLATFORM_LIMIT, "no more than 600 posts are listed")
    try:
        now, then = (
            words(send(client, do="count", q="schools", as_of=as_of).text)
            for as_of in ("", "2026-03-02T17:30Z")
        )
    finally:
        Gaps(building.archive).close("news", PLATFORM_LIMIT, "the test is over")
    assert "1 known gap in this export news: " in now
    assert (
        "1 known gap in this export, as of now; the receipt lists the gaps of the earlier date news: " in then
    )


def test_a_moment_before_the_archive_is_told_in_the_receipt(client: TestClient, building: Building) -> None:
    page = ordered(client, q="schools", account="news", as_of="2026-03-01", title="too early")
    made(building, page)
    told = words(client.get(page).text)
    assert "Account news (WordPress): no capture by that time" in told
    assert "Captures: the archive had nothing from the requested accounts by that time" in told
    page = ordered(client, q="schools", as_of="2026-03-02T17:30Z", title="early")
    made(building, page)
    assert "nothing from the requested accounts" not in client.get(page).text


def test_every_format_of_an_export_is_offered(client: TestClient) -> None:
    page = client.get("/export?q=snow").text
    assert set(re.findall(r'<option value="(\w+)"', page)) == set(FORMATS)


def test_what_cannot_be_exported_is_said_in_the_form_and_what_was_typed_stays(client: TestClient) -> None:
    for given, said in (
        ({"q": "snow AND ("}, "not closed"), ({"q": "s~"}, "similar words with `~`"),
        ({"q": "snow", "format": "pst"}, "Unknown format"),
        ({"q": "snow", "as_of": "2999"}, "2999 is not over yet"),
        ({"q": "snow", "as_of": "soon"}, "not a date"), ({"q": "snow", "from": "never"}, "not a date"),
        ({"q": "snow", "account": "nobody"}, "no account 'nobody'"),
        ({"q": "snow AND series:GS*"}, "search series by a pattern"),
    ):  # fmt: skip
        answer = send(client, title="Request 14", **given)
        assert (answer.status_code, said in words(answer.text)) == (400, True), answer.text
        assert 'role="alert"' in answer.text
        assert unescape(re.findall(r'name="q" value="([^"]*)"', answer.text)[0]) == given["q"]
    assert 'value="Request 14"' in send(client, q="snow", title="Request 14", as_of="soon").text
    assert client.get("/export?q=snow+AND+(").status_code == 400


def test_an_export_from_the_order_to_the_download(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", title="Request 14 <b>", format="jsonl", context="1")
    waiting = client.get(page).text
    assert "Status: waiting." in waiting
    assert "Airflow" in words(waiting)
    assert "Start again" in waiting
    assert "/static/again.js" in waiting
    assert "<b>" not in waiting
    assert client.get(f"{page}/file").status_code == client.get(f"{page}/receipt").status_code == 404
    made(building, page)
    ready = client.get(page).text
    assert "Status: ready." in ready
    assert "NOT REVIEWED FOR RELEASE" in ready
    assert "match the search: 2; added as context: 1" in ready
    assert "Start again" not in ready
    file = client.get(f"{page}/file")
    assert file.headers["content-disposition"] == 'attachment; filename="WORKING-COPY_Request-14-b_jsonl.zip"'
    assert (file.headers["content-length"], file.headers["content-type"]) == (
        str(len(file.content)),
        "application/zip",
    )
    with zipfile.ZipFile(io.BytesIO(file.content)) as parcel:
        lines = parcel.read("Request-14-b_jsonl/WORKING-COPY_records.jsonl").splitlines()
        receipt = parcel.read("Request-14-b_jsonl/WORKING-COPY_receipt.txt")
    assert {orjson.loads(line)["record_id"] for line in lines} == {POST, COMMENT, SECRET}
    assert client.get(f"{page}/receipt").content == receipt
    assert f'href="{page}"' in client.get("/exports").text
    ordered_event, download = events(building, "order")[-1], events(building, "download")[-1]
    assert (ordered_event["actor"], ordered_event["query"], ordered_event["name"]) == (
        "officer",
        "snow",
        "Request 14 <b>",
    )
    assert (download["actor"], download["export"]) == ("officer", page.rpartition("/")[2])
    assert download["sha256"] in ready
    assert [e["actor"] for e in events(building, "export")][-1] == "officer"


def test_that_it_leaves_is_in_the_archive_before_it_does(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    client.get(f"{page}/file")
    assert page.rpartition("/")[2] in [
        event.get("export") for event in shipped(building) if event["type"] == "download"
    ]


def test_nothing_selected_is_not_everything(client: TestClient) -> None:
    answer = client.post("/exports", data={"token": token(client), "do": "selected", "account": "news"})
    assert (answer.status_code, "Nothing was selected" in answer.text) == (400, True)
    assert (
        client.post("/exports", data={"token": token(client), "do": "selected", "record": POST}).status_code
        == 303
    )


def test_what_is_selected_and_nothing_else_is_exported(client: TestClient, building: Building) -> None:
    found = client.get("/search?q=snow&messages=1").text
    assert set(map(unescape, re.findall(r'name="record" value="([^"]*)"', found))) == {POST, SECRET, MESSAGE}
    form = send(client, do="count", record=[POST, MESSAGE], messages="1")
    assert (form.status_code, "2 records in 2 conversations" in words(form.text)) == (200, True)
    page = ordered(client, record=[POST, MESSAGE], messages="1")
    made(building, page)
    assert "Rows: 2, one for each record in an account" in client.get(page).text
    hostile = send(client, record=['"><script>alert(1)</script>', "a\nb"], do="count")
    assert "<script>" not in hostile.text
    assert "0 records" in words(hostile.text)


def test_a_conversation_is_exported_from_its_record(client: TestClient) -> None:
    page = client.get(f"/record?id={COMMENT}").text
    links = [unescape(one) for one in re.findall(r'href="(/export\?[^"]*)"', page)]
    assert len(links) == 2
    assert "2 records in 1 conversation" in words(client.get(links[0]).text)
    alone = words(client.get(links[1]).text)
    assert "1 record in 1 conversation" in alone
    assert "Context can add at most 1 row from their conversations" in alone


def test_an_export_without_words_is_told_by_what_it_is_of(client: TestClient, building: Building) -> None:
    page = ordered(client, conversation=POST, account="news")
    made(building, page)
    told = f"all records of account news, conversation {POST}"
    assert f"<bdi>{told}</bdi>" in client.get("/exports").text
    assert f"Search {told} Limited to" in words(client.get(page).text)
    receipt = client.get(f"{page}/receipt").text
    assert "Search terms: none\nInterpreted as: every record\nAccounts: news (WordPress)\n" in receipt
    assert f"Selected conversations: {POST}\n" in receipt
    ordered(client, q="snow", account="news")
    assert "snow , limited to account news" in words(client.get("/exports").text)


def test_all_that_any_term_finds_is_exported_from_the_report(client: TestClient) -> None:
    def report(terms: str) -> str:
        sent = {"token": token(client), "terms": terms}
        return str(client.post("/terms", data=sent, files={"file": ("", b"")}, follow_redirects=True).text)

    page = report('snow\n"the bus"\nsnow AND (\n-nothing')
    [query] = re.findall(r'name="q" value="([^"]*)"', page)
    assert unescape(query) == '(snow) OR ("the bus") OR (-nothing)'
    total = re.findall(r"find ([\d,]+) records in [\d,]+ conversations", words(page))[0]
    assert f"{total} records in" in words(client.get("/export", params={"q": unescape(query)}).text)
    assert len(re.findall(r'href="/export\?q=', page)) == 3
    assert "longer than one query can be (4,000 characters, and 150 words and phrases)" in report(
        "\n".join(["snow", *(f"word{n}" * 20 for n in range(60))])
    )


def test_nothing_is_ordered_without_the_token_of_the_session(client: TestClient, building: Building) -> None:
    before = len(list(building.derived.keys("exports/")))
    good = token(client)
    for wrong in ("", "0" * 64, good[:-1]):
        answer = client.post("/exports", data={"token": wrong, "do": "order", "q": "snow"})
        assert (answer.status_code, "from an earlier session" in answer.text) == (400, True)
    page = ordered(client, q="snow")
    assert client.post(f"{page}/start", data={"token": ""}).status_code == 400
    other = client.post(
        "/exports", data={"token": good, "do": "order"}, headers={"Origin": "https://evil.example"}
    )
    assert other.status_code == 403
    assert len(list(building.derived.keys("exports/"))) == before + 2, "an order, and that it waits"


def test_what_the_audit_cannot_take_is_not_ordered(client: TestClient, building: Building) -> None:
    given = {"token": token(client), "do": "order", "q": "snow", "title": "unwritten"}
    before = set(building.derived.keys("exports/"))
    with full(0):
        refused = client.post("/exports", data=given)
    assert refused.status_code == 503
    assert (
        "Nothing was ordered, because the disk is too full to record the order in the audit" in refused.text
    )
    assert str(building.settings.journal) not in refused.text
    assert set(building.derived.keys("exports/")) == before
    assert "unwritten" not in client.get("/exports").text


def test_that_it_is_begun_once_more_is_in_the_audit_first(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", title="once more")
    told = {
        "actor": "officer",
        "export": page.rpartition("/")[2],
        "name": "once more",
        "of": "officer",
        "query": "snow",
    }

    def begun() -> int:
        return sum(event.items() >= told.items() for event in events(building, "order again"))

    given = {"token": token(client)}
    with full(0):
        assert client.post(f"{page}/start", data=given).status_code == 503
    assert begun() == 0
    assert client.post(f"{page}/start", data=given).status_code == 303
    assert begun() == 1
    made(building, page)
    client.post(f"{page}/start", data=given)
    assert begun() == 1, "there was nothing to begin"
    assert "restarted an export" in client.get("/audit?what=order+again").text


def test_it_is_begun_again_only_where_nobody_is_at_work(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    order = orders.read_order(building.derived, page.rpartition("/")[2])
    assert order
    orders.report_progress(building.derived, order, Progress(RUNNING, "rows", 3, 7))
    running = client.get(page).text
    assert "in progress (writing and checking rows)" in words(running)
    assert "3 of 7" in running
    assert "Start again" not in running
    client.post(f"{page}/start", data={"token": token(client)})
    assert orders.read_progress(building.derived, order).state == RUNNING


def test_hostile_words_are_text(client: TestClient, building: Building) -> None:
    bad = '"><script>alert(1)</script>\u202e'
    page = ordered(client, q=f'snow OR exact:"{bad.replace(chr(34), "")}"', title=bad)
    made(building, page)
    for address in (page, "/exports", "/audit"):
        text = client.get(address).text
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
    assert re.fullmatch(
        r'attachment; filename="WORKING-COPY_[\w-]+\.zip"',
        client.get(f"{page}/file").headers["content-disposition"],
    )


def test_without_the_bucket_it_is_counted_and_not_ordered(
    client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = token(client)
    monkeypatch.setenv("RECORDROOM_S3_ENDPOINT", "http://127.0.0.1:1")
    deps.get_searcher().client.close()
    forget()
    assert "2 records in 2 conversations" in words(client.get("/export?q=snow").text)
    answer = client.post("/exports", data={"token": good, "do": "order", "q": "snow"})
    assert (answer.status_code, "the store cannot be reached" in answer.text) == (503, True)
    assert client.get("/exports").status_code == 503
    for told in (answer, client.get("/exports"), client.get("/audit"), client.get("/")):
        assert not any(
            words in told.text for words in ("127.0.0.1", building.archive.bucket, building.derived.bucket)
        ), "for the log alone"
