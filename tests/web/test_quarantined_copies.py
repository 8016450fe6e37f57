"""A record under quarantine takes its reposts and boosts with it, which repeat its text; later ones are
reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from infra.local.support.place import REPOSITORY
from recordroom.archive.ledger import Ledger
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.records import copies, quarantine
from recordroom.rights import Right
from recordroom.web import deps, forms
from tests.building import DAY, Building, account
from tests.disk import full
from tests.running import recordroom
from tests.services import S3, Buckets
from tests.viewers import officer
from tests.web.seated import Who, visited

POST, BOOST, QUOTE, AGAIN = (f"mastodon:s/statuses/{number}" for number in (1, 2, 3, 4))
SECRET, REPLY, LATER = "mastodon:s/statuses/5", "mastodon:s/statuses/6", "mastodon:s/statuses/7"
WORDS = "The family lives at 12 Elm Street"


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """A post, a boost of it, a boost of that boost, a quote by another account, and a boost by one that is
    confidential.
    """
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("copies"), elasticsearch)
    entries = [
        account("news", "mastodon"),
        account("sports", "mastodon"),
        account("board", "mastodon", confidential=True),
    ]
    building.enrol(*entries)
    boost: dict[str, Any] = {"record_id": BOOST, "text": WORDS, "shared_id": POST}
    reply = {
        "record_id": REPLY,
        "kind": "reply",
        "text": "Do not say that",
        "parent_id": POST,
        "root_id": POST,
    }
    building.capture(
        "news",
        [{"record_id": POST, "text": WORDS}, boost, boost | {"record_id": AGAIN, "shared_id": BOOST}, reply],
        at=DAY,
    )
    building.capture(
        "sports",
        [{"record_id": QUOTE, "text": "Look at this", "shared_id": POST, "author_name": "Sports"}],
        at=DAY,
    )
    building.capture("board", [{"record_id": SECRET, "text": WORDS, "shared_id": POST}], at=DAY)
    building.index()
    return building


@pytest.fixture(autouse=True)
def over(building: Building) -> Iterator[None]:
    """Each test begins with nothing under quarantine."""
    yield
    for name in barred(building):
        ledger.lift(building.archive, QuarantineTarget(RECORD, name), "the test is over")


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def confirmed(client: TestClient, record: str) -> str:
    page = client.get(f"/quarantine/put?{urlencode({'record': record, 'itself': '1'})}")
    assert page.status_code == 200, page.text
    return unescape(page.text)


def send(client: TestClient, page: str, **changed: Any) -> int:
    """Send the form of a confirmation as it came, with other values for some of its fields."""
    fields = re.findall(
        r'<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"',
        page.partition('class="barring"')[2],
    )
    told: dict[str, Any] = {}
    for name, value in fields:
        told.setdefault(name, []).append(value)
    return int(client.post("/quarantine", data=told | {"reason": "a home address"} | changed).status_code)


def barred(building: Building) -> set[str]:
    return set(ledger.read(building.archive).records)


def status(building: Building) -> str:
    return recordroom("status", environment=building.environment()).stderr


def test_nothing_is_hidden_before_it_was_confirmed_and_the_page_shows_what_will_be(
    client: TestClient, building: Building, who: Who
) -> None:
    page = confirmed(client, POST)
    assert barred(building) == set()
    assert page.count(WORDS) == 4, "the post, the two boosts, and that of the confidential account"
    assert re.findall(r'name="copy" value="([^"]*)" checked', page) == [BOOST, QUOTE, AGAIN, SECRET]
    assert "Sports" in page
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    page = confirmed(client, POST)
    assert re.findall(r'name="copy" value="([^"]*)" checked', page) == [BOOST, QUOTE, AGAIN]
    assert SECRET not in page
    who.rights = frozenset(Right) - {Right.QUARANTINE}
    assert client.get(f"/quarantine/put?record={POST}&itself=1").status_code == 403


def test_copies_are_hidden_with_their_original(client: TestClient, building: Building) -> None:
    assert send(client, confirmed(client, POST)) == 303
    assert barred(building) == {POST, BOOST, AGAIN, QUOTE, SECRET}
    assert "Copies that are still shown" not in client.get("/quarantine").text
    assert "Copies of records under quarantine" not in client.get("/").text


def test_an_error_in_the_middle_leaves_no_original_shown_and_the_same_form_completes_it(
    client: TestClient, building: Building
) -> None:
    page = confirmed(client, POST)
    with full(0):  # the audit takes nothing: the first of them is hidden, and then the room reports the error
        assert send(client, page, copy=[BOOST, QUOTE, AGAIN]) == 503
    assert barred(building) == {POST}
    assert ledger.read(building.archive).records[POST].left == (SECRET,)
    assert "Copies that are still shown" in client.get("/quarantine").text
    assert send(client, page, copy=[BOOST, QUOTE, AGAIN]) == 303
    assert barred(building) == {POST, BOOST, QUOTE, AGAIN}
    assert send(client, page, copy=[BOOST, QUOTE, AGAIN]) == 400, "nothing is left to do"


def test_what_is_skipped_says_nothing_of_a_hidden_account(
    client: TestClient, building: Building, who: Who
) -> None:
    quarantine.put(
        deps.get_searcher(), QuarantineTarget(RECORD, SECRET), "a home address", officer(deps.get_searcher())
    )
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    assert send(client, confirmed(client, POST), copy=[SECRET]) == 404
    assert barred(building) == {SECRET}


def test_the_command_completes_what_an_error_interrupted(building: Building) -> None:
    ledger.put(building.archive, QuarantineTarget(RECORD, POST), "a home address")
    how = ("quarantine", POST, "--reason", "a home address")
    done = recordroom(*how, environment=building.environment())
    assert (done.returncode, f"{POST} is already under quarantine" in done.stderr) == (0, True)
    assert barred(building) == {POST, BOOST, QUOTE, AGAIN, SECRET}
    refused = recordroom(*how, environment=building.environment())
    assert (refused.returncode, "under quarantine already, since" in refused.stderr) == (2, True)


def test_a_copy_that_was_left_is_written_down_and_no_warning_follows(
    client: TestClient, building: Building
) -> None:
    assert send(client, confirmed(client, POST), copy=[BOOST, AGAIN, SECRET]) == 303
    assert barred(building) == {POST, BOOST, AGAIN, SECRET}
    entries = list(Ledger(building.archive, ledger.NAME).entries())[-4:]
    assert [entry.body.get("copies_left") for entry in entries] == [[QUOTE], None, None, None]
    schema = orjson.loads((REPOSITORY / "schemas/quarantine.schema.json").read_bytes())
    for entry in entries:
        Draft202012Validator(schema).validate(entry.body)
    assert ledger.read(building.archive).records[POST].left == (QUOTE,)
    assert "Copies that are still shown" not in client.get("/quarantine").text
    assert "Copies of records under quarantine" not in status(building)


def test_copies_of_what_was_hidden_before_copies_were_asked_for_are_told_of(client: TestClient) -> None:
    quarantine.put(
        deps.get_searcher(), QuarantineTarget(RECORD, POST), "a home address", officer(deps.get_searcher())
    )
    assert "quarantine are still shown: 3 records" in client.get("/").text, (
        "a boost of the boost counts once the boost is hidden"
    )


def test_a_copy_of_what_a_hidden_account_alone_has_is_told_of_to_nobody_else(
    client: TestClient, building: Building, who: Who
) -> None:
    """The first page would say that a confidential account has something under quarantine."""
    secret = "mastodon:s/statuses/8"
    shared = {"record_id": "mastodon:s/statuses/9", "text": WORDS, "shared_id": secret}
    building.capture("board", [{"record_id": secret, "text": WORDS}], at=DAY + timedelta(minutes=10))
    building.capture("news", [shared], at=DAY + timedelta(minutes=10))
    building.index()
    quarantine.put(
        deps.get_searcher(), QuarantineTarget(RECORD, secret), "a home address", officer(deps.get_searcher())
    )
    told, listed = "Copies of records under quarantine", "Copies that are still shown"
    assert (told in client.get("/").text, listed in client.get("/quarantine").text) == (True, True)
    who.rights = frozenset(Right) - {Right.RESTRICTED}
    assert (told in client.get("/").text, listed in client.get("/quarantine").text) == (False, False)


def test_the_command_hides_copies_too_unless_they_are_to_be_left(building: Building) -> None:
    how = ("--reason", "a home address", "--json")
    done = recordroom("quarantine", POST, *how, environment=building.environment())
    assert [orjson.loads(line)["record_id"] for line in done.stdout.splitlines()] == [
        POST,
        BOOST,
        QUOTE,
        AGAIN,
        SECRET,
    ]
    assert barred(building) == {POST, BOOST, AGAIN, QUOTE, SECRET}
    entries = list(Ledger(building.archive, ledger.NAME).entries())[-5:]
    assert entries[0].body["record_id"] == POST, "an error in the middle leaves no original shown"
    for name in (POST, BOOST, AGAIN, QUOTE, SECRET):
        ledger.lift(building.archive, QuarantineTarget(RECORD, name), "once more")
    done = recordroom("quarantine", POST, "--leave-copies", *how, environment=building.environment())
    assert [orjson.loads(line)["copies_left"] for line in done.stdout.splitlines()] == [
        [BOOST, QUOTE, AGAIN, SECRET]
    ]
    assert f"Still shown, although they copy it: {BOOST}, " in done.stderr
    assert barred(building) == {POST}
    assert "Copies of records under quarantine" not in status(building)
    refused = recordroom(
        "quarantine", POST, "--lift", "--leave-copies", *how, environment=building.environment()
    )
    assert (refused.returncode, "--leave-copies cannot be used with" in refused.stderr) == (2, True)


def test_more_copies_than_one_form_can_name_are_listed_in_parts_and_the_limit_is_stated(
    client: TestClient, building: Building
) -> None:
    """The ids are long: the form fits with the longest that a platform gives."""
    post, more = "mastodon:s/statuses/800", 5
    ids = [f"mastodon:s/statuses/{number:0300}" for number in range(900, 900 + copies.MOST + more)]
    boosts = [{"record_id": name, "text": WORDS, "shared_id": post} for name in ids]
    building.capture("news", [{"record_id": post, "text": WORDS}, *boosts], at=DAY + timedelta(minutes=30))
    building.index()
    page = confirmed(client, post)
    assert "This page lists at most 200 copies" in page
    assert re.findall(r'name="copy" value="([^"]*)" checked', page) == ids[: copies.MOST]
    form = {
        "token": forms.derive_token("a session"),
        "act": "put",
        "record": post,
        "itself": "1",
        "reason": " ",
    }
    some = ids[: copies.MOST]
    refused = client.post("/quarantine", data=form | {"copy": some, "listed": some})
    assert (refused.status_code, "a reason is required" in refused.text) == (400, True), (
        "the form was read as a whole"
    )
    assert send(client, page, copy=[]) == 303
    bar = ledger.read(building.archive).records[post]
    assert (bar.reason, list(bar.left)) == ("a home address", ids[: copies.MOST])
    assert (
        re.findall(r"<code>([^<]*)</code></a>, a copy of", client.get("/quarantine").text)
        == ids[copies.MOST :]
    )
    ledger.lift(building.archive, QuarantineTarget(RECORD, post), "once more")
    how = ("--leave-copies", "--reason", "a home address")
    done = recordroom("quarantine", post, *how, environment=building.environment())
    assert (
        done.returncode,
        "200 copies were found, the most that one search lists; more may exist." in done.stderr,
    ) == (
        0,
        True,
    )


def test_where_the_index_is_away_status_says_that_copies_are_not_known(building: Building) -> None:
    away = {"RECORDROOM_ELASTICSEARCH_URL": "http://127.0.0.1:1"}
    words = "It is unknown whether copies of records under quarantine are shown"
    assert words not in recordroom("status", environment=building.environment() | away).stderr, (
        "nothing is there"
    )
    ledger.put(building.archive, QuarantineTarget(RECORD, POST), "a home address")
    assert words in recordroom("status", environment=building.environment() | away).stderr


def test_status_says_the_rest_though_the_ledger_of_the_quarantine_is_damaged(
    s3: S3, elasticsearch: str, tmp_path: Path
) -> None:
    building = Building.at(s3, Buckets(), tmp_path, elasticsearch)
    building.enrol(account("news", "mastodon"))
    building.archive.put_new(f"ledger/{ledger.NAME}/000000000001.json", b"{}")
    done = recordroom("status", environment=building.environment())
    assert (
        "It is unknown whether copies of records under quarantine are shown: the archive is damaged"
        in done.stderr
    )
    assert (done.returncode, "news" in done.stdout) == (1, True), (
        "a damaged ledger is worse than an index that is missing"
    )


def test_a_copy_that_comes_later_is_told_of_until_it_is_decided(
    client: TestClient, building: Building, who: Who
) -> None:
    """The last test of this file: the archive keeps what it captures."""
    assert send(client, confirmed(client, POST)) == 303
    again = {"record_id": LATER, "text": WORDS, "shared_id": POST}
    building.capture("news", [again], at=DAY + timedelta(hours=1))
    building.index()
    page = unescape(client.get("/quarantine").text)
    assert "Copies that are still shown" in page
    assert re.search(rf"{LATER}</code></a>, a copy of <code>{POST}", page)
    told = "Copies of records under quarantine are still shown: 1 record"
    assert told in client.get("/").text
    assert f"{told} ({LATER})" in status(building)
    who.rights = frozenset(Right) - {Right.QUARANTINE}
    assert told not in client.get("/").text
    who.rights = frozenset(Right)
    assert send(client, confirmed(client, LATER)) == 303
    assert told not in client.get("/").text
    assert told not in status(building)
