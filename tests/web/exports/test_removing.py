"""The file of an export is removed, by a person or by its age, and all else about it stays."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from recordroom.exports import orders
from recordroom.rights import Right
from recordroom.web import deps
from tests.building import Building
from tests.web.exports.asking import made, ordered, shipped, token, words
from tests.web.seated import Who, forget

pytestmark = pytest.mark.thorough

ALL = frozenset(Right)


def test_a_file_that_was_removed_is_said_to_be(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    order = orders.read_order(building.derived, page.rpartition("/")[2])
    assert order
    building.derived.delete(order.zip_key)
    answer = client.get(f"{page}/file")
    assert (answer.status_code, "Order the export again" in answer.text) == (404, True)


def send_away(client: TestClient, page: str, **given: str) -> Any:
    """Do what the button of the confirmation page does."""
    asked = client.get(f"{page}/remove").text
    fields = dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', asked))
    return client.post(f"{page}/remove", data=fields | given)


def test_a_person_removes_the_file_and_all_else_stays(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", title="Request 20")
    assert client.get(f"{page}/remove").headers["location"] == page, "there is nothing to remove yet"
    made(building, page)
    handed, receipt = client.get(f"{page}/file"), client.get(f"{page}/receipt").content
    assert f'href="{page}/remove"' in client.get(page).text
    assert "it may be a record that the agency must keep" in client.get(f"{page}/remove").text
    assert send_away(client, page, token="").status_code == 400
    wrong = send_away(client, page, sha256="0" * 64)
    assert (wrong.status_code, "the file of this export has changed" in wrong.text) == (400, True)
    assert client.get(f"{page}/file").content == handed.content
    old = client.get(f"{page}/remove").text
    assert send_away(client, page).headers["location"] == page
    gone = client.get(f"{page}/file")
    assert (gone.status_code, "was removed. Order the export again" in gone.text) == (404, True)
    told = client.get(page).text
    assert "Status: file removed." in told
    assert re.search(
        r"The file was removed \w{3} \d+, \d{4}, [\d:]+ [ap]\.m\. \([^)]* UTC\) by officer \.", words(told)
    )
    assert "Start again" not in told
    assert "data-again" not in told
    assert f"{page}/remove" not in told
    assert client.get(f"{page}/receipt").content == receipt
    assert receipt.decode().splitlines()[0] in unescape(told)
    assert "file removed: " in words(client.get("/exports").text)
    assert f"{page.rpartition('/')[2]}/WORKING-COPY_Request-20.zip" not in "".join(
        building.derived.keys("exports/")
    )
    again = client.post(
        f"{page}/remove", data=dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', old))
    )
    assert (again.status_code, again.headers["location"]) == (303, page)
    client.post(f"{page}/start", data={"token": token(client)})
    made(building, page)
    assert client.get(f"{page}/file").status_code == 404, "it is not made again by itself"
    [event] = [
        e
        for e in shipped(building)
        if e["type"] == "export removed" and e["export"] == page.rpartition("/")[2]
    ]
    assert (event["actor"], event["of"], event["name"], event["sha256"] in told) == (
        "officer",
        "officer",
        "Request-20",
        True,
    )


def records(client: TestClient, page: str) -> bytes:
    """The lines of an export as JSON Lines."""
    with zipfile.ZipFile(io.BytesIO(client.get(f"{page}/file").content)) as parcel:
        return parcel.read("export_jsonl/WORKING-COPY_records.jsonl")


def test_what_was_removed_is_ordered_anew_as_it_stood_then(client: TestClient, building: Building) -> None:
    page = ordered(client, q="snow", format="jsonl")
    made(building, page)
    before = records(client, page)
    send_away(client, page)
    [anew] = [
        unescape(one) for one in re.findall(r'href="(/export\?[^"]*as_of=[^"]*)"', client.get(page).text)
    ]
    form = client.get(anew)
    assert form.status_code == 200
    [as_of] = re.findall(r'name="as_of" value="([^"]*)"', form.text)
    again = ordered(client, q="snow", format="jsonl", as_of=as_of)
    made(building, again)
    assert records(client, again) == before


def test_nobody_else_removes_it_and_nobody_does_unseen(
    client: TestClient,
    who: Who,
    building: Building,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = ordered(client, q="snow")
    made(building, page)
    fields = dict(re.findall(r'name="(token|sha256)" value="([^"]*)"', client.get(f"{page}/remove").text))
    who.name, who.rights = "counsel", ALL - {Right.EXPORTS_OF_OTHERS}
    for answer in (client.get(f"{page}/remove"), client.post(f"{page}/remove", data=fields)):
        assert (answer.status_code, "there is no such export" in answer.text) == (404, True)
    who.name, who.rights = "officer", ALL
    monkeypatch.setenv("RECORDROOM_BUCKET", "an-archive-that-is-away")
    deps.get_searcher().client.close()
    forget()
    broken = client.post(f"{page}/remove", data=fields)
    assert (broken.status_code, "an-archive-that-is-away" in broken.text) == (500, False), (
        "which bucket is for the log alone"
    )
    [number] = re.findall(r"Tell the administrator this error number: (\w+)", broken.text)
    [logged] = [record for record in caplog.records if number in record.getMessage()]
    assert "an-archive-that-is-away" in str((logged.exc_info or ("", ""))[1])
    # whether a hold covers it is not known: nothing was removed
    monkeypatch.undo()
    forget()
    assert "being removed" not in client.get(page).text
    assert client.get(f"{page}/file").status_code == 200
    order = orders.read_order(building.derived, page.rpartition("/")[2])
    assert order
    assert building.derived.head(order.zip_key), "nothing is deleted that the archive does not know of"
