"""The page of the term report: counts of what its person may see, words for what is wrong with a list, and
nothing without its token.

The pages run in this process, over a real index; who asks is set by the test, so that rights can be held
which no role of ours has.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.records import quarantine
from recordroom.rights import Right
from recordroom.search import term_list
from recordroom.web import deps
from recordroom.web.auth import Person
from tests.building import Building
from tests.viewers import officer
from tests.web.conftest import POST
from tests.web.seated import seated

ORIGIN = {"Origin": "http://testserver"}
ALL = frozenset(Right)


@pytest.fixture
def person() -> dict[str, Any]:
    return {"rights": ALL}


@pytest.fixture
def client(building: Building, person: dict[str, Any]) -> Iterator[TestClient]:
    room = seated(building, lambda: Person("counsel@example", person["rights"]))
    with room as app, TestClient(app, cookies={"_token": "a session"}, headers=ORIGIN) as client:
        yield client


def token(client: TestClient) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{64})"', client.get("/terms").text)
    assert found
    return found[1]


def count(client: TestClient, terms: str, files: dict[str, Any] | None = None, **more: Any) -> Any:
    """The report, or what is wrong with the list."""
    sent = {"token": token(client), "terms": terms, **more}
    return client.post("/terms", data=sent, files=files or {"file": ("", b"")}, follow_redirects=True)


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    return [
        [
            " ".join(unescape(re.sub("<.*?>", " ", cell)).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_each_term_has_its_numbers_and_opens_its_search(client: TestClient) -> None:
    page = count(client, "snow\r\nbus\r\n\r\nsnow && ice\r\nBUS", versions="1", account=["news"]).text
    head, snow, bus, wrong, same, total = cells(page)
    assert head == ["Line", "Term", "Understood as", "Versions", "Conversations", "Unique", "By account"]
    assert snow == ["1", "snow export the results of line 1", 'the word "snow"', "2", "1", "0", "news: 2"]
    assert bus == ["2", "bus export the results of line 2", 'the word "bus"', "4", "1", "2", "news: 4"]
    assert wrong[:2] == ["4", "snow & & ice"]  # the mark is in between
    assert "Not counted:" in wrong[2]
    assert "snow AND ice" in wrong[2]
    assert same[2] == "Not counted again: same as line 2 ."
    assert total[1] == "All terms"
    assert "Line 3 of the list is empty" in page
    link = re.search(r'href="/(search\?q=snow&amp;[^"]*)"', page)
    assert link
    found = client.get(f"/{link[1].replace('&amp;', '&')}").text
    assert "2 versions<" in found
    assert "not reviewed for release" in page


def test_a_zero_that_rests_on_a_doubtful_reading_is_marked(client: TestClient) -> None:
    page = count(client, "snow\nzebra\ngnu?\nbus?").text
    _, _, zebra, doubtful, question, _ = cells(page)
    assert [zebra[3], doubtful[3]] == ["0", "0 uncertain"]
    assert doubtful[2].endswith(
        "This 0 may be wrong: ? at the end of a word is punctuation; inside a word it replaces one letter."
    )
    assert "may be wrong" not in zebra[2] + question[2]
    assert re.search(r"1 line finds nothing, but may mean something else: <a href=\"#line-3\">", page)
    assert (
        '"0 results, but the term may mean something else: ? at the end of a word'
        in count(client, "zebra?", form="csv").text
    )


def test_a_confidential_account_is_nowhere_for_those_without_the_right(
    client: TestClient, person: dict[str, Any]
) -> None:
    assert [cells(count(client, "snow").text)[1][n] for n in (3, 6)] == ["2", "board: 1 news: 1"]
    person["rights"] = ALL - {Right.RESTRICTED}
    answers = [client.get("/terms").text, count(client, "snow").text, count(client, "snow", form="csv").text]
    assert cells(answers[1])[1][3] == "1"
    assert not any("board" in answer for answer in answers)
    refused = count(client, "snow", account="board")
    assert refused.status_code == 400
    assert "Available: news." in refused.text


def test_it_can_be_downloaded(client: TestClient) -> None:
    answer = count(client, "snow\n=1+1", form="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="WORKING-COPY_term-report_\w+\.csv"', answer.headers["content-disposition"]
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert '"\'=1+1"' in answer.text
    book = count(client, "snow\n=1+1", form="xlsx")
    [sheet] = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).sheet_names
    assert sheet == "Terms 1"


def test_a_line_that_is_no_query_for_its_length_stands_in_the_file_by_its_beginning(
    client: TestClient,
) -> None:
    """No second file is offered that would contain the rest of it."""
    told = f"{'x' * 4_000}… (the first 4,000 of 40,000 characters)"
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(count(client, "x" * 40_000 + "\nsnow", form="xlsx").content)
    )
    assert book.get_sheet_by_index(0).to_python()[1][2] == told
    assert f'"{told}"' in count(client, "x" * 40_000 + "\nsnow", form="csv").text


def test_a_file_says_what_is_under_quarantine_to_those_who_may_know(
    client: TestClient, person: dict[str, Any]
) -> None:
    thing = QuarantineTarget(RECORD, POST)
    quarantine.put(deps.get_searcher(), thing, "a home address", officer(deps.get_searcher()))
    told = "not counted, records under quarantine that match a term: 1"
    assert told in count(client, "snow", form="csv").text
    page = count(client, "confidence").text
    assert "<p>The counted term finds 1 record in 1 conversation.</p>" in page
    assert "1 record under quarantine matches too, and is not counted." in count(client, "snow").text
    person["rights"] = ALL - {Right.QUARANTINE}
    assert "quarantine" not in count(client, "snow", form="csv").text
    quarantine.lift(deps.get_searcher(), thing, "the test is over", officer(deps.get_searcher()))


def test_the_matter_is_named_on_the_page_and_in_the_files(client: TestClient, person: dict[str, Any]) -> None:
    page = count(client, "snow", matter="State v. Noone").text
    assert "<p>Legal matter: <bdi>State v. Noone</bdi></p>" in page
    assert "The counted term finds" in page
    assert "The 2 counted terms together find" in count(client, "snow\nbus").text
    assert '"legal matter: State v. Noone"' in count(client, "snow", matter="State v. Noone", form="csv").text
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(count(client, "snow", matter="State v. Noone", form="xlsx").content)
    )
    assert "legal matter: State v. Noone" in str(book.get_sheet_by_index(0).to_python())
    person["rights"] = ALL - {Right.MATTERS}
    for form in ("", "csv"):
        assert (
            "matter of counsel: "
            not in count(client, "snow", matter="State v. Noone", form=form).text.lower()
        )


def test_a_list_can_be_uploaded(client: TestClient) -> None:
    page = count(client, "", {"file": ("terms.txt", "snow\nbus".encode("utf-16"))}).text
    assert [row[1].split()[0] for row in cells(page)[1:-1]] == ["snow", "bus"]
    both = count(client, "snow", {"file": ("terms.txt", b"bus")})
    assert (both.status_code, "also chose a file" in both.text) == (400, True)
    for name, data, words in (
        ("a.xlsx", b"PK\0\0", "not text in UTF-8"),
        ("a.txt", b"x" * (term_list.LARGEST + 1), "1,000,001 bytes"),
    ):
        answer = count(client, "", {"file": (name, data)})
        assert (answer.status_code, words in answer.text) == (400, True), answer.text
    huge = count(client, "", {"file": ("a.txt", b"x" * 3 * term_list.LARGEST)})
    assert (huge.status_code, "this is too large" in huge.text) == (400, True)
    long = count(client, "x" * (term_list.LARGEST + 1))
    assert (long.status_code, "1,000,001 bytes" in long.text) == (400, True)


def test_what_is_wrong_is_said_and_the_list_stays(client: TestClient) -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"from": "yesterday"}, "is not a date"),
        ({"kind": "pst"}, "Available: comment"),
    )
    for given, words in cases:
        answer = count(client, "snow\nbus", **given)
        assert answer.status_code == 400
        assert words in answer.text
        assert "snow\nbus</textarea>" in answer.text.replace("\r\n", "\n")
    assert "The list has no terms" in count(client, " \n").text


def test_nothing_is_counted_without_the_token_of_the_session(client: TestClient) -> None:
    good = token(client)
    for wrong in ("", "0" * 64, good[:-1]):
        answer = client.post("/terms", data={"token": wrong, "terms": "snow"}, files={"file": ("", b"")})
        assert (answer.status_code, "from an earlier session" in answer.text) == (400, True)
    client.cookies.set("_token", "another session")
    assert client.post("/terms", data={"token": good, "terms": "snow"}).status_code == 400
    other = client.post(
        "/terms", data={"token": token(client), "terms": "snow"}, headers={"Origin": "https://evil.example"}
    )
    assert other.status_code == 403


def test_hostile_terms_are_text(client: TestClient) -> None:
    page = count(client, '</textarea><script>alert(1)</script>\n"><img src=x>\n\u202eevil').text
    assert "<script>" not in page
    assert "<img" not in page


def test_it_is_in_the_journal_with_whose_it_was(client: TestClient, building: Building) -> None:
    count(client, "snow\nbus")
    told = [
        e
        for path in building.settings.journal.glob("*.jsonl")
        for e in map(orjson.loads, Path(path).read_bytes().splitlines())
    ]
    last = max(
        (event for event in told if event["type"] == "term report"), key=lambda event: str(event["time"])
    )
    assert (last["actor"], [term["query"] for term in last["terms"]]) == ("counsel@example", ["snow", "bus"])
