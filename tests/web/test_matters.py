"""A search of a matter of counsel stays one: whatever leads on from it to a search, a term report or an
export carries the matter, since the audit shows others the words of what belongs to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi.testclient import TestClient

from recordroom.rights import Right
from tests.building import Building
from tests.web.conftest import POST
from tests.web.seated import Who, visited

MATTER = "State v. Noone & others"
LEADS_ON = ("/search", "/terms", "/export", "/exports")
PAGES = {  # query of a search -> words that its page has
    "found": ({"q": "snow"}, "Export selected"),
    "a page of hits": (
        {"q": "snow", "sort": "oldest", "after": "Wzk0NjY4NDgwMDAwMCwgImEiLCAiYSIsIDFd"},
        "First page",
    ),
    "every choice": (
        {
            "q": "snow",
            "account": "news",
            "kind": "post",
            "year": "2026",
            "from": "2026",
            "versions": "1",
            "facets": "1",
        },
        "Remove filter",
    ),
    "several at once": ({"q": "Zebra snow", "kind": "post"}, "Any of these words"),
    "an author": ({"q": "District zebra"}, "Nothing was found"),
    "nothing found": (
        {"q": "zebra", "account": "news", "to": "2030"},
        "Search for the same words without filters",
    ),
    "behind the last": ({"q": "zebra", "after": "Wzk0NjY4NDgwMDAwMCwgImEiLCAiYSIsIDFd"}, "There are no more"),
    "mistaken": ({"q": "(snow AND bus"}, "Did you mean"),
    "no such order": ({"q": "snow", "sort": "sideways"}, "is not a sort order"),
    "no such day": ({"q": "snow", "from": "never"}, "not a date"),
}


class Ways(HTMLParser):
    """`links` out of the main part of a page, and `forms` with the fields that each sends."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.feed(page.partition("<main")[2].partition("</main")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self.forms.append((given["action"], {}))
        elif tag == "input" and "name" in given and self.forms:
            self.forms[-1][1][given["name"]] = given.get("value", "")

    def matters(self) -> Iterator[tuple[str, str]]:
        """Each way on from here, and the matter that it carries."""
        for link in map(urlsplit, self.links):
            if link.path in LEADS_ON:
                yield link.geturl(), parse_qs(link.query).get("matter", [""])[0]
        for action, fields in self.forms:
            if action in LEADS_ON:
                yield f"form to {action}", fields.get("matter", "")


@pytest.fixture
def client(building: Building, who: Who) -> Iterator[TestClient]:
    with visited(building, who) as client:
        yield client


def carried(page: str) -> set[str]:
    """The paths that lead on; each carries the matter."""
    ways = list(Ways(page).matters())
    assert not [way for way, matter in ways if matter != MATTER]
    return {urlsplit(way.removeprefix("form to ")).path for way, _ in ways}


@pytest.mark.parametrize("name", PAGES)
def test_every_way_on_from_a_search_of_a_matter_is_of_that_matter(client: TestClient, name: str) -> None:
    query, words = PAGES[name]
    page = client.get("/search?" + urlencode({**query, "matter": MATTER})).text
    assert words in page
    assert "/search" in carried(page)


def test_so_is_every_way_on_from_the_pages_that_it_leads_to(client: TestClient) -> None:
    [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/terms").text))
    given: dict[str, Any] = {"token": token, "matter": MATTER}
    query = urlencode({"q": "snow", "matter": MATTER})
    pages = {
        "/terms": client.get(f"/terms?{query}"),
        "/terms of a list": client.post(
            "/terms", data={**given, "terms": "snow\n(bus AND"}, follow_redirects=True
        ),
        "/terms of none": client.post("/terms", data={**given, "terms": ""}),
        "/export": client.get(f"/export?{query}"),
        "/export of hits": client.post(
            "/exports", data={**given, "record": POST, "do": "selected"}, follow_redirects=True
        ),
        "/export of no query": client.post("/exports", data={**given, "q": "snow AND (", "do": "order"}),
        "/export of no order": client.get(f"/export?{query}&sort=sideways"),
    }
    for name, answer in pages.items():
        assert carried(answer.text), name
    order = client.post("/exports", data={**given, "q": "snow", "do": "order"}).headers["location"]
    assert "/export" in {
        urlsplit(way).path for way, matter in Ways(client.get(order).text).matters() if matter == MATTER
    }


def test_the_words_of_what_a_search_of_a_matter_led_to_are_in_nobodys_audit(
    client: TestClient, who: Who
) -> None:
    page = client.get("/search?" + urlencode({"q": "zebra", "kind": "post", "matter": MATTER})).text
    ways = Ways(page)
    for link in ways.links:
        if urlsplit(link).path == "/search":
            client.get(link)
    [terms] = [link for link in ways.links if urlsplit(link).path == "/terms"]
    [(_, fields)] = Ways(client.get(terms).text).forms
    sent = {name: value for name, value in fields.items() if name in {"token", "matter"}}
    client.post("/terms", data={**sent, "terms": "injunction"}, follow_redirects=True)
    who.name, who.rights = (
        "auditor",
        who.rights - {right for right in who.rights if right.value == "Records: matters of counsel"},
    )
    for what in ("search", "term report"):
        audit = client.get(f"/audit?person=officer&what={what.replace(' ', '+')}").text
        assert not [word for word in ("zebra", "injunction", MATTER) if word in audit]


@pytest.mark.parametrize("address", ["/search?q=snow", "/terms", "/export?q=snow"])
def test_who_may_have_matters_names_one_wherever_words_are_typed(
    client: TestClient, who: Who, address: str
) -> None:
    [field] = re.findall(
        r'<input id="matter" name="matter" value="([^"]*)"',
        client.get(f"{address}{'&' if '?' in address else '?'}matter=M-7").text,
    )
    assert field == "M-7"
    who.rights = frozenset(Right) - {Right.MATTERS}
    assert 'id="matter"' not in client.get(address).text
