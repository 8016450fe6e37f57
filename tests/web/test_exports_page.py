"""The pages of exports: what is counted before, what is ordered, whose it is; nothing of what its reader may not see.

The pages run in this process, over a real bucket and index. No Airflow is there: an order waits and says so, and what its worker does is
done by the test. tests/web/test_airflow.py orders one through a real Airflow.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.airflow_setup import Right
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger, names
from recordroom.archive.quarantine import RECORD, Thing
from recordroom.explained import COUNTS_DIFFER
from recordroom.exports import orders
from recordroom.exports.making import make
from recordroom.exports.orders import RUNNING, Progress
from recordroom.exports.production import FORMATS
from recordroom.exports.receipt import JSON, UNTOLD
from recordroom.model import instant
from recordroom.search import barring
from recordroom.web import desk, exports_page
from tests.building import DAY, Building
from tests.disk import full
from tests.exports.reading import pdf_text
from tests.services import S3, Buckets
from tests.web.conftest import COMMENT, POST, SECRET, tell
from tests.web.seated import Who, forget, visited

ALL = frozenset(Right)
MESSAGE = "wordpress:x/messages/1"


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("exports"), elasticsearch)
    tell(building)
    message = {"record_id": MESSAGE, "kind": "message", "root_id": "wordpress:x/talk", "text": "Snow? My child is ill", "published_at": DAY}
    building.capture("news", [message], at=DAY + timedelta(hours=4))
    building.index()
    return building


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def token(client: TestClient) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/export?q=snow").text)
    assert found
    return found[1]


def send(client: TestClient, **given: Any) -> Any:
    return client.post("/exports", data={"token": token(client), "do": "order", **given})


def ordered(client: TestClient, **given: Any) -> str:
    """The address of an order's page."""
    answer = send(client, **given)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def made(building: Building, page: str) -> None:
    make(building.settings, page.rpartition("/")[2])


def shipped(building: Building) -> list[dict[str, Any]]:
    entries = (entry for name in names(building.archive, "audit/") for entry in Ledger(building.archive, name).entries())
    return [event for entry in entries for event in entry.body["events"]]


def events(building: Building, kind: str) -> list[dict[str, Any]]:
    """Those in the archive, and those of this machine."""
    own = [e for path in building.settings.journal.glob("*.jsonl") for e in map(orjson.loads, Path(path).read_bytes().splitlines())]
    return sorted((e for e in [*shipped(building), *own] if e["type"] == kind), key=lambda e: str(e["time"]))


def words(page: str) -> str:
    return " ".join(unescape(re.sub("<[^>]*>", " ", page)).split())


def test_it_is_counted_before(client: TestClient) -> None:
    page = words(client.get("/export?q=snow").text)
    assert "2 records in 2 conversations" in page
    assert 'Understood as: the word "snow"; current versions, no private messages' in page
    assert "1 private message matches too, and is left out unless you ask for it" in page
    assert re.search(r"About [\d.]+ (bytes|kB) of words and data; up to 1 file \([\d.,]+ kB\)", page)
    assert "one that several rows name counts for each, and the receipt tells the different ones" in page
    assert "board: 1 news: 1" in page
    assert "not reviewed for release" in page
    assert "1 row more, one for each account of a record" in words(client.get("/export?q=snow&context=1").text)
    assert "4 versions" in words(client.get("/export?q=snow&messages=1&versions=1").text)


def test_every_format_of_an_export_is_offered(client: TestClient) -> None:
    page = client.get("/export?q=snow").text
    assert set(re.findall(r'<option value="(\w+)"', page)) == set(FORMATS)


def test_what_cannot_be_exported_is_said_in_the_form_and_what_was_typed_stays(client: TestClient) -> None:
    for given, said in (
        ({"q": "snow AND ("}, "not closed"), ({"q": "s~"}, "a word with `~`"), ({"q": "snow", "format": "pst"}, "no format"),
        ({"q": "snow", "as_of": "2999"}, "2999 is not over yet"), ({"q": "snow", "as_of": "soon"}, "not a day"),
        ({"q": "snow", "from": "never"}, "not a day"), ({"q": "snow", "account": "nobody"}, "no account 'nobody'"),
        ({"q": "snow", "series": "none"}, "a records series"),
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
    assert "This export waits." in waiting
    assert "Airflow" in words(waiting)
    assert "Start it again" in waiting
    assert "/static/again.js" in waiting
    assert "<b>" not in waiting
    assert client.get(f"{page}/file").status_code == client.get(f"{page}/receipt").status_code == 404
    made(building, page)
    ready = client.get(page).text
    assert "This export is ready." in ready
    assert "NOT REVIEWED FOR RELEASE" in ready
    assert "found by the query: 2; beside these as context: 1" in ready
    assert "Start it again" not in ready
    file = client.get(f"{page}/file")
    assert file.headers["content-disposition"] == 'attachment; filename="WORKING-COPY_Request-14-b_jsonl.zip"'
    assert (file.headers["content-length"], file.headers["content-type"]) == (str(len(file.content)), "application/zip")
    with zipfile.ZipFile(io.BytesIO(file.content)) as parcel:
        lines = parcel.read("Request-14-b_jsonl/WORKING-COPY_records.jsonl").splitlines()
        receipt = parcel.read("Request-14-b_jsonl/WORKING-COPY_receipt.txt")
    assert {orjson.loads(line)["record_id"] for line in lines} == {POST, COMMENT, SECRET}
    assert client.get(f"{page}/receipt").content == receipt
    assert f'href="{page}"' in client.get("/exports").text
    ordered_event, download = events(building, "order")[-1], events(building, "download")[-1]
    assert (ordered_event["actor"], ordered_event["query"], ordered_event["name"]) == ("officer", "snow", "Request 14 <b>")
    assert (download["actor"], download["export"]) == ("officer", page.rpartition("/")[2])
    assert download["sha256"] in ready
    assert [e["actor"] for e in events(building, "export")][-1] == "officer"


def test_that_it_leaves_is_in_the_archive_before_it_does(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    client.get(f"{page}/file")
    assert page.rpartition("/")[2] in [event.get("export") for event in shipped(building) if event["type"] == "download"]


def test_nothing_selected_is_not_everything(client: TestClient) -> None:
    answer = client.post("/exports", data={"token": token(client), "do": "selected", "account": "news"})
    assert (answer.status_code, "Nothing was selected" in answer.text) == (400, True)
    assert client.post("/exports", data={"token": token(client), "do": "selected", "record": POST}).status_code == 200


def test_what_is_selected_and_nothing_else_is_exported(client: TestClient, building: Building) -> None:
    found = client.get("/search?q=snow&messages=1").text
    assert set(map(unescape, re.findall(r'name="record" value="([^"]*)"', found))) == {POST, SECRET, MESSAGE}
    form = client.post("/exports", data={"token": token(client), "do": "count", "record": [POST, MESSAGE], "messages": "1"})
    assert (form.status_code, "2 records in 2 conversations" in words(form.text)) == (200, True)
    page = ordered(client, record=[POST, MESSAGE], messages="1")
    made(building, page)
    assert "Records, a row each: 2; different records: 2" in client.get(page).text
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
    assert "1 row more, one for each account of a record: as many can come as context" in alone


def test_all_that_any_term_finds_is_exported_from_the_report(client: TestClient) -> None:
    def report(terms: str) -> str:
        return str(client.post("/terms", data={"token": token(client), "terms": terms}, files={"file": ("", b"")}).text)

    page = report('snow\n"the bus"\nsnow AND (\n-nothing')
    [query] = re.findall(r'name="q" value="([^"]*)"', page)
    assert unescape(query) == '(snow) OR ("the bus") OR (-nothing)'
    total = re.findall(r"([\d,]+) records in [\d,]+ conversations are found", words(page))[0]
    assert f"{total} records in" in words(client.get("/export", params={"q": unescape(query)}).text)
    assert len(re.findall(r'href="/export\?q=', page)) == 3
    assert "longer than one query can be (4,000 characters)" in report("\n".join(["snow", *(f"word{n}" * 20 for n in range(60))]))


def test_nothing_is_ordered_without_the_token_of_the_session(client: TestClient, building: Building) -> None:
    before = len(list(building.derived.keys("exports/")))
    good = token(client)
    for wrong in ("", "0" * 64, good[:-1]):
        answer = client.post("/exports", data={"token": wrong, "do": "order", "q": "snow"})
        assert (answer.status_code, "not of your present session" in answer.text) == (400, True)
    page = ordered(client, q="snow")
    assert client.post(f"{page}/start", data={"token": ""}).status_code == 400
    other = client.post("/exports", data={"token": good, "do": "order"}, headers={"Origin": "https://evil.example"})
    assert other.status_code == 403
    assert len(list(building.derived.keys("exports/"))) == before + 2, "an order, and that it waits"


def test_one_of_a_matter_of_counsel_is_seen_by_counsel_alone(client: TestClient, who: Who, building: Building) -> None:
    who.name = "counsel"
    page = ordered(client, q="snow AND injunction", title="privileged", matter="State v. Nobody")
    made(building, page)
    for name, rights, sees in (
        ("counsel", ALL - {Right.EXPORTS_OF_OTHERS}, True),
        ("partner", ALL, True),
        ("officer", ALL - {Right.MATTERS}, False),
    ):
        who.name, who.rights = name, rights
        assert ("injunction" in client.get("/exports").text) == sees
        for address in (page, f"{page}/file", f"{page}/receipt"):
            assert client.get(address).status_code == (200 if sees else 404)


def test_what_the_audit_cannot_take_is_not_ordered(client: TestClient, building: Building) -> None:
    given, before = {"token": token(client), "do": "order", "q": "snow", "title": "unwritten"}, set(building.derived.keys("exports/"))
    with full(0):
        refused = client.post("/exports", data=given)
    assert refused.status_code == 503
    assert "Nothing was ordered: there is no room to write it into the audit" in refused.text
    assert str(building.settings.journal) not in refused.text
    assert set(building.derived.keys("exports/")) == before
    assert "unwritten" not in client.get("/exports").text


def test_that_it_is_begun_once_more_is_in_the_audit_first(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", title="once more")
    told = {"actor": "officer", "export": page.rpartition("/")[2], "name": "once more", "of": "officer", "query": "snow"}

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
    assert "had an export begun once more" in client.get("/audit?what=order+again").text


def test_those_of_others_are_seen_by_whoever_may(client: TestClient, who: Who, building: Building) -> None:
    page = ordered(client, q="snow", title="of the officer")
    made(building, page)
    who.name, who.rights = "counsel", ALL - {Right.EXPORTS_OF_OTHERS}
    own = ordered(client, q="bus", title="of counsel")
    listed = client.get("/exports").text
    assert "of counsel" in listed
    assert "of the officer" not in listed
    for address in (page, f"{page}/file", f"{page}/receipt"):
        answer = client.get(address)
        assert (answer.status_code, "there is no such export" in answer.text) == (404, True)
    assert client.post(f"{page}/start", data={"token": token(client)}).status_code == 404
    nowhere = client.get("/exports/20260101T000000Z-" + "0" * 32)
    assert words(nowhere.text) == words(client.get(page).text)
    who.name, who.rights = "officer", ALL
    assert "of counsel" in client.get("/exports").text
    assert client.get(own).status_code == 200


def test_who_may_not_see_confidential_accounts_opens_no_export_that_could_hold_them(
    client: TestClient, who: Who, building: Building
) -> None:
    whole = ordered(client, q="snow", title="all of it")
    who.rights = ALL - {Right.RESTRICTED}
    assert client.get(whole).status_code == 404
    assert "all of it" not in client.get("/exports").text
    assert "1 record in 1 conversation" in words(client.get("/export?q=snow").text)
    assert send(client, q="snow", account="board").status_code == 400
    page = ordered(client, q="snow", title="what may be seen")
    made(building, page)
    answers = [client.get("/exports").text, client.get(page).text, client.get(f"{page}/receipt").text]
    with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/file").content)) as parcel:
        answers += [parcel.read(name).decode() for name in parcel.namelist()]
    assert not any("board" in answer or "in confidence" in answer for answer in answers)
    who.name, who.rights = "another", ALL - {Right.RESTRICTED}
    assert client.get(page).status_code == 200
    who.rights = ALL
    assert client.get(page).status_code == 200


def test_it_is_begun_again_only_where_nobody_is_at_work(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    order = orders.read(building.derived, page.rpartition("/")[2])
    assert order
    orders.tell(building.derived, order, Progress(RUNNING, "rows", 3, 7))
    running = client.get(page).text
    assert "is being made: writes and proves the rows" in words(running)
    assert "3 of 7" in running
    assert "Start it again" not in running
    client.post(f"{page}/start", data={"token": token(client)})
    assert orders.progress(building.derived, order).state == RUNNING


def test_hostile_words_are_text(client: TestClient, building: Building) -> None:
    bad = '"><script>alert(1)</script>\u202e'
    page = ordered(client, q=f'snow OR exact:"{bad.replace(chr(34), "")}"', title=bad)
    made(building, page)
    for address in (page, "/exports", "/audit"):
        text = client.get(address).text
        assert "<script>" not in text
        assert "&lt;script&gt;" in text
    assert re.fullmatch(r'attachment; filename="WORKING-COPY_[\w-]+\.zip"', client.get(f"{page}/file").headers["content-disposition"])


def test_the_auditor_does_not_see_which_confidential_record_was_selected(client: TestClient, who: Who) -> None:
    ordered(client, record=[SECRET])
    ordered(client, record=[POST])
    who.name, who.rights = "auditor", frozenset({Right.ENTER, Right.AUDIT})
    page = client.get("/audit?what=order").text + client.get("/audit.csv").text
    assert POST in page
    assert SECRET not in page


def test_who_is_called_otherwise_by_now_has_their_own_still(client: TestClient, who: Who) -> None:
    who.name, who.rights = "mary@agency.example#8f2c", ALL - {Right.EXPORTS_OF_OTHERS}
    page = ordered(client, q="snow", title="of Mary")
    for name, own in (("mary.married@agency.example#8f2c", True), ("mary@agency.example#77aa", False), ("mary@agency.example", False)):
        who.name = name
        assert (client.get(page).status_code == 200, "of Mary" in client.get("/exports").text) == (own, own), name


def test_one_of_another_version_is_listed_as_that_and_stops_no_other(client: TestClient, who: Who, building: Building) -> None:
    foreign, harmed, other, sound = (ordered(client, q="snow", title=title) for title in ("foreign words", "harmed", "other", "sound"))
    for page, file, more in (
        (foreign, "order.json", {"filters": {"mood": ["calm"]}}),
        (harmed, "progress.json", {"state": "polished"}),
        (other, "progress.json", {"state": "done", "result": {"lines": 3}}),
    ):
        key = f"exports/{page.rpartition('/')[2]}/{file}"
        there = building.derived.find_tagged(key)
        assert there
        assert building.derived.replace(key, orjson.dumps(orjson.loads(there[0]) | more), there[1])
    try:
        listed = client.get("/exports").text
        assert listed.count("of another version of recordroom: cannot be read") == 3
        assert ("foreign words" in listed, "harmed" in listed, "sound" in listed) == (False, True, True)
        for page in (foreign, harmed, other):
            answer = client.get(page)
            assert (answer.status_code, "is of another version of recordroom: it cannot be read" in answer.text) == (400, True)
        assert client.get(sound).status_code == 200
        who.name, who.rights = "somebody else", ALL - {Right.EXPORTS_OF_OTHERS}
        assert "another version" not in client.get("/exports").text
        assert words(client.get(foreign).text) == words(client.get("/exports/20260101T000000Z-" + "0" * 32).text)
    finally:
        for page in (foreign, harmed, other):
            building.derived.delete(f"exports/{page.rpartition('/')[2]}/order.json")


def test_the_list_goes_on_with_older_ones(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        ordered(client, q="snow")
    monkeypatch.setattr(exports_page, "SIZE", 2)
    first = client.get("/exports").text
    [older] = re.findall(r'href="(/exports\?before=[^"]*)"', first)
    second = client.get(older).text
    shown = [re.findall(r'href="(/exports/\d[^"]*)"', page) for page in (first, second)]
    assert (len(shown[0]), len(set(shown[0]) & set(shown[1]))) == (2, 0)
    assert shown[1]
    assert min(shown[0]) > max(shown[1])


def test_without_the_bucket_it_is_counted_and_not_ordered(client: TestClient, building: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    good = token(client)
    monkeypatch.setenv("RECORDROOM_S3_ENDPOINT", "http://127.0.0.1:1")
    desk.searcher().client.close()
    forget()
    assert "2 records in 2 conversations" in words(client.get("/export?q=snow").text)
    answer = client.post("/exports", data={"token": good, "do": "order", "q": "snow"})
    assert (answer.status_code, "the store cannot be reached" in answer.text) == (503, True)
    assert client.get("/exports").status_code == 503
    for told in (answer, client.get("/exports"), client.get("/audit"), client.get("/")):
        assert not any(words in told.text for words in ("127.0.0.1", building.archive.bucket, building.derived.bucket)), "for the log alone"


def test_a_file_that_was_removed_is_said_to_be(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    order = orders.read(building.derived, page.rpartition("/")[2])
    assert order
    building.derived.delete(order.parcel)
    answer = client.get(f"{page}/file")
    assert (answer.status_code, "order the export anew" in answer.text) == (404, True)


def send_away(client: TestClient, page: str, **given: str) -> Any:
    """What the button of the page that asks once more does."""
    asked = client.get(f"{page}/remove").text
    fields = dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', asked))
    return client.post(f"{page}/remove", data=fields | given)


def test_a_person_removes_the_file_and_all_else_stays(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", title="Request 20")
    assert client.get(f"{page}/remove").headers["location"] == page, "there is nothing to remove yet"
    made(building, page)
    handed, receipt = client.get(f"{page}/file"), client.get(f"{page}/receipt").content
    assert f'href="{page}/remove"' in client.get(page).text
    assert "may itself be a record" in client.get(f"{page}/remove").text
    assert send_away(client, page, token="").status_code == 400
    wrong = send_away(client, page, sha256="0" * 64)
    assert (wrong.status_code, "not the file that the export has" in wrong.text) == (400, True)
    assert client.get(f"{page}/file").content == handed.content
    old = client.get(f"{page}/remove").text
    assert send_away(client, page).headers["location"] == page
    gone = client.get(f"{page}/file")
    assert (gone.status_code, "was removed: order the export anew" in gone.text) == (404, True)
    told = client.get(page).text
    assert "This export has no file any more." in told
    assert re.search(r"Its file was removed \d{4}-[^.]* , by officer \.", words(told))
    assert "Start it again" not in told
    assert "data-again" not in told
    assert f"{page}/remove" not in told
    assert client.get(f"{page}/receipt").content == receipt
    assert receipt.decode().splitlines()[0] in unescape(told)
    assert "has no file any more: removed" in words(client.get("/exports").text)
    assert f"{page.rpartition('/')[2]}/WORKING-COPY_Request-20.zip" not in "".join(building.derived.keys("exports/"))
    again = client.post(f"{page}/remove", data=dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', old)))
    assert (again.status_code, again.headers["location"]) == (303, page)
    client.post(f"{page}/start", data={"token": token(client)})
    made(building, page)
    assert client.get(f"{page}/file").status_code == 404, "it is not made again by itself"
    [event] = [e for e in shipped(building) if e["type"] == "export removed" and e["export"] == page.rpartition("/")[2]]
    assert (event["actor"], event["of"], event["name"], event["sha256"] in told) == ("officer", "officer", "Request-20", True)


def test_what_was_removed_is_ordered_anew_as_it_stood_then(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", format="jsonl")
    made(building, page)
    before = records(client, page)
    send_away(client, page)
    [anew] = [unescape(one) for one in re.findall(r'href="(/export\?[^"]*as_of=[^"]*)"', client.get(page).text)]
    form = client.get(anew)
    assert form.status_code == 200
    [as_of] = re.findall(r'name="as_of" value="([^"]*)"', form.text)
    again = ordered(client, q="snow", format="jsonl", as_of=as_of)
    made(building, again)
    assert records(client, again) == before


def records(client: TestClient, page: str) -> bytes:
    """The lines of an export as JSON Lines."""
    with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/file").content)) as parcel:
        return parcel.read("export_jsonl/WORKING-COPY_records.jsonl")


def test_nobody_else_removes_it_and_nobody_does_unseen(
    client: TestClient, who: Who, building: Building, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    fields = dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', client.get(f"{page}/remove").text))
    who.name, who.rights = "counsel", ALL - {Right.EXPORTS_OF_OTHERS}
    for answer in (client.get(f"{page}/remove"), client.post(f"{page}/remove", data=fields)):
        assert (answer.status_code, "there is no such export" in answer.text) == (404, True)
    who.name, who.rights = "officer", ALL
    monkeypatch.setenv("RECORDROOM_BUCKET", "an-archive-that-is-away")
    desk.searcher().client.close()
    forget()
    broken = client.post(f"{page}/remove", data=fields)
    assert (broken.status_code, "an-archive-that-is-away" in broken.text) == (500, False), "which bucket is for the log alone"
    [number] = re.findall(r"Tell whoever runs recordroom the number (\w+)", broken.text)
    [logged] = [record for record in caplog.records if number in record.getMessage()]
    assert "an-archive-that-is-away" in str((logged.exc_info or ("", ""))[1])
    assert "This export is being removed." in client.get(page).text
    assert client.get(f"{page}/file").status_code == 404
    order = orders.read(building.derived, page.rpartition("/")[2])
    assert order
    assert building.derived.head(order.parcel), "nothing is deleted that the archive does not know of"


@pytest.fixture
def barred(client: TestClient) -> Iterator[Callable[[str], None]]:  # noqa: ARG001 (its searcher)
    """`barred(record_id)` puts a record under quarantine until the test ends."""
    things: list[Thing] = []

    def put(name: str) -> None:
        things.append(Thing(RECORD, name))
        barring.put(desk.searcher(), things[-1], "a person's home address", "officer")

    yield put
    for thing in things:
        if thing.name in desk.searcher().quarantine.look_again().records:
            barring.lift(desk.searcher(), thing, "the test is over")


def test_a_receipt_of_before_does_not_name_what_is_under_quarantine_now(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None]
) -> None:
    Gaps(building.archive).open_("news", COUNTS_DIFFER, f"answers to 1 record ({POST})")
    who.rights = ALL - {Right.QUARANTINE}
    page = ordered(client, q="snow", title="receipts")
    made(building, page)
    assert POST in unescape(client.get(page).text)
    assert POST in client.get(f"{page}/receipt").text
    barred(POST)
    for address in (page, f"{page}/receipt", "/exports"):
        assert POST not in unescape(client.get(address).text), address
    who.rights = ALL
    assert POST in client.get(f"{page}/receipt").text
    Gaps(building.archive).close("news", COUNTS_DIFFER, "the test is over")


def test_a_receipt_of_another_version_is_told_as_that_where_nobody_knows_what_it_names(
    client: TestClient, who: Who, building: Building
) -> None:
    page = ordered(client, q="snow", title="other")
    made(building, page)
    key = f"exports/{page.rpartition('/')[2]}/{JSON}"
    there = building.derived.find_tagged(key)
    assert there
    building.derived.replace(key, b'{"gaps": [], "of": "another form"}', there[1])
    assert "NOT REVIEWED FOR RELEASE" in client.get(page).text
    who.rights = ALL - {Right.QUARANTINE}
    for address in (page, f"{page}/receipt"):
        refused = client.get(address)
        assert (refused.status_code, "of another version of recordroom" in refused.text) == (400, True)


def test_no_file_of_an_export_names_in_a_gap_what_is_hidden(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None], tmp_path: Path
) -> None:
    Gaps(building.archive).open_("news", COUNTS_DIFFER, f"2 answers to 1 record (first: {COMMENT}; another is at board)")
    barred(COMMENT)
    who.rights = ALL - {Right.QUARANTINE, Right.RESTRICTED}
    for form in ("jsonl", "pdf"):
        page = ordered(client, q="snow", title="gaps", format=form)
        made(building, page)
        told = [client.get(page).text, client.get("/search?q=snow").text, client.get("/export?q=snow").text, client.get("/coverage").text]
        for name, data in unzipped(client, page).items():
            (tmp_path / "read.pdf").write_bytes(data)
            told.append(pdf_text(tmp_path / "read.pdf") if name.endswith(".pdf") else data.decode(errors="ignore"))
        assert not [one for one in told if COMMENT in unescape(one) or "board" in one.replace('"without":["board"]', "")]
        assert sum("2 answers to 1 record (first: a record; another is at an account)" in " ".join(one.split()) for one in told) >= 6
    Gaps(building.archive).close("news", COUNTS_DIFFER, "the test is over")


def test_nothing_of_an_export_depends_on_what_is_under_quarantine(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None], tmp_path: Path
) -> None:
    """Else a query for one hidden record and a word would say whether the word stands in it."""
    now = instant(datetime.now(UTC))

    def said(word: str, form: str) -> list[str]:
        """All that an export tells whoever ordered it: page, receipts and files, without the word and when it was ordered."""
        page = ordered(client, q=f'record_id:"{COMMENT}" AND {word}', title="oracle", format=form, as_of=now)
        made(building, page)
        files = {name: data for name, data in unzipped(client, page).items() if "manifest" not in name}
        told = [client.get(page).text.partition('id="receipt"')[2].partition("</section>")[0], client.get(f"{page}/receipt").text]
        for name, data in sorted(files.items()):
            (tmp_path / "read.pdf").write_bytes(data)
            told += [name, pdf_text(tmp_path / "read.pdf") if name.endswith(".pdf") else data.decode()]
        whole = "\n".join(told).replace(word, "WORD").splitlines()
        return [line for line in whole if not re.search(r"made by|SHA-256 of|\"(when|manifest_sha256)\"", line)]

    nothing = {form: said("bux", form) for form in ("csv", "pdf")}
    barred(COMMENT)
    who.rights = ALL - {Right.QUARANTINE}
    for form, lines in nothing.items():
        there, absent = said("bus", form), said("bux", form)
        assert there == absent == lines
        assert sum(UNTOLD in line for line in there) == (4 if form == "pdf" else 3)


def test_what_was_put_under_quarantine_since_is_not_handed_out(
    client: TestClient, who: Who, building: Building, barred: Callable[[str], None]
) -> None:
    who.rights = ALL - {Right.QUARANTINE}
    page = ordered(client, q="schools", title="before", format="jsonl")
    made(building, page)
    assert client.get(f"{page}/file").status_code == 200
    barred(POST)
    shut = client.get(f"{page}/file")
    assert (shut.status_code, "order it anew" in shut.text) == (403, True)
    told = client.get(page).text
    assert "may be in it: the file is not handed out" in told
    assert "This export is made, and its file is not handed out." in told
    listed = words(client.get("/exports").text)
    assert "is not handed out , as something was put under quarantine since it was made" in listed
    [anew, _] = [unescape(one) for one in re.findall(r'href="(/export\?[^"]*)"', told)]
    assert anew == "/export?q=schools&format=jsonl&title=before"
    assert "0 records" in words(client.get(anew).text)
    assert "under quarantine" not in client.get(anew).text
    again = ordered(client, q="schools", format="jsonl", quarantined="1")
    made(building, again)
    assert "open late" not in zipped(client, again)
    who.rights = ALL
    assert "1 record under quarantine matches too" in words(client.get(anew).text)
    assert client.get(f"{page}/file").status_code == 200
    whole = ordered(client, q="schools", format="jsonl", quarantined="1", title="what is hidden")
    made(building, whole)
    assert "open late" in zipped(client, whole)
    who.rights = ALL - {Right.QUARANTINE}
    assert client.get(whole).status_code == 404
    assert "what is hidden" not in client.get("/exports").text
    barring.lift(desk.searcher(), Thing(RECORD, POST), "it was nobody's")
    assert client.get(f"{page}/file").status_code == 200


def zipped(client: TestClient, page: str) -> str:
    """All that an export says."""
    texts = (".txt", ".json", ".jsonl", ".csv")
    return "".join(data.decode() for name, data in unzipped(client, page).items() if name.endswith(texts))


def unzipped(client: TestClient, page: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/file").content)) as parcel:
        return {name: parcel.read(name) for name in parcel.namelist()}
