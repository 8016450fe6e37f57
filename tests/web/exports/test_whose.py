"""The owner of an export: who sees which exports, and whose queries."""

from __future__ import annotations

import io
import re
import zipfile

import orjson
import pytest
from fastapi.testclient import TestClient

from recordroom.rights import Right
from recordroom.web.routes import exports
from tests.building import Building
from tests.web.conftest import POST, SECRET
from tests.web.exports.asking import made, ordered, send, token, words
from tests.web.seated import Who

ALL = frozenset(Right)


def test_one_of_a_matter_of_counsel_is_seen_by_counsel_alone(
    client: TestClient, who: Who, building: Building
) -> None:
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


def test_those_of_others_are_seen_by_whoever_may(client: TestClient, who: Who, building: Building) -> None:
    page = ordered(client, q="snow", title="of the officer")
    made(building, page)
    who.name, who.rights = "counsel", ALL - {Right.EXPORTS_OF_OTHERS}
    own = ordered(client, q="bus", title="Legal matter")
    listed = client.get("/exports").text
    assert "Legal matter" in listed
    assert "of the officer" not in listed
    for address in (page, f"{page}/file", f"{page}/receipt"):
        answer = client.get(address)
        assert (answer.status_code, "there is no such export" in answer.text) == (404, True)
    assert client.post(f"{page}/start", data={"token": token(client)}).status_code == 404
    nowhere = client.get("/exports/20260101T000000Z-" + "0" * 32)
    assert words(nowhere.text) == words(client.get(page).text)
    who.name, who.rights = "officer", ALL
    assert "Legal matter" in client.get("/exports").text
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


def test_the_auditor_does_not_see_which_confidential_record_was_selected(
    client: TestClient, who: Who
) -> None:
    ordered(client, record=[SECRET])
    ordered(client, record=[POST])
    who.name, who.rights = "auditor", frozenset({Right.ENTER, Right.AUDIT})
    page = client.get("/audit?what=order").text + client.get("/audit.csv").text
    assert POST in page
    assert SECRET not in page


def test_who_is_called_otherwise_by_now_has_their_own_still(client: TestClient, who: Who) -> None:
    who.name, who.rights = "mary@agency.example#8f2c", ALL - {Right.EXPORTS_OF_OTHERS}
    page = ordered(client, q="snow", title="of Mary")
    for name, own in (
        ("mary.married@agency.example#8f2c", True),
        ("mary@agency.example#77aa", False),
        ("mary@agency.example", False),
    ):
        who.name = name
        assert (client.get(page).status_code == 200, "of Mary" in client.get("/exports").text) == (
            own,
            own,
        ), name


def test_one_of_another_version_is_listed_as_that_and_stops_no_other(
    client: TestClient, who: Who, building: Building
) -> None:
    foreign, harmed, other, sound = (
        ordered(client, q="snow", title=title) for title in ("foreign words", "harmed", "other", "sound")
    )
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
        assert listed.count("cannot be read: another version of recordroom wrote it") == 3
        assert ("foreign words" in listed, "harmed" in listed, "sound" in listed) == (False, True, True)
        for page in (foreign, harmed, other):
            answer = client.get(page)
            assert (
                answer.status_code,
                "is of another version of recordroom: it cannot be read" in answer.text,
            ) == (400, True)
        assert client.get(sound).status_code == 200
        who.name, who.rights = "somebody else", ALL - {Right.EXPORTS_OF_OTHERS}
        assert "another version" not in client.get("/exports").text
        assert words(client.get(foreign).text) == words(
            client.get("/exports/20260101T000000Z-" + "0" * 32).text
        )
    finally:
        for page in (foreign, harmed, other):
            building.derived.delete(f"exports/{page.rpartition('/')[2]}/order.json")


def test_the_list_goes_on_with_older_ones(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        ordered(client, q="snow")
    monkeypatch.setattr(exports, "SIZE", 2)
    first = client.get("/exports").text
    [older] = re.findall(r'href="(/exports\?before=[^"]*)"', first)
    second = client.get(older).text
    shown = [re.findall(r'href="(/exports/\d[^"]*)"', page) for page in (first, second)]
    assert (len(shown[0]), len(set(shown[0]) & set(shown[1]))) == (2, 0)
    assert shown[1]
    assert min(shown[0]) > max(shown[1])
