"""Pages that follow each other, and lists that never end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import paging
from recordroom.platforms.http import require_path_segment
from recordroom.platforms.paging import (
    find_next_link,
    follow_addresses,
    follow_cursors,
    follow_links,
    keep_on_host,
)
from tests.platforms.scripted import Answer, Scripted

URL = "https://api.example/list"


@pytest.mark.parametrize(
    ("links", "found"),
    [
        (['<https://api.example/list?page=2>; rel="next"'], "https://api.example/list?page=2"),
        (['<https://x/?a=1,2;3>; rel="prev", </list?page=3>; title="a, b"; rel=next'], "/list?page=3"),
        (["<https://x/>; rel=prev", '<?page=4>; rel="last next"'], "?page=4"),
        (['<https://x/>; rel="nextcloud"', "<https://x/>; rel=prev"], None),
        (["rubbish <", "<>"], None),
        ([], None),
    ],
)
def test_the_link_header(links: list[str], found: str | None) -> None:
    assert find_next_link(Exchange("GET", URL, 200, tuple(("link", value) for value in links), b"")) == found


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ("https://api.example/other?page=2#x", "https://api.example/other?page=2"),
        ("?page=2", "https://api.example/list?page=2"),
        ("/x?page=2", "https://api.example/x?page=2"),
        ("http://api.example/list?page=2", "https://api.example/list?page=2"),
        ("https://evil.example/list?page=2", "https://api.example/list?page=2"),
        ("//evil.example/?page=2", "https://api.example/list?page=2"),
    ],
)
def test_no_page_is_asked_of_another_host(link: str, asked: str) -> None:
    assert keep_on_host(URL, link) == asked


def test_a_link_that_is_no_address() -> None:
    with pytest.raises(UnexpectedResponse):
        keep_on_host(URL, "http://[")


@given(native=st.text() | st.text("./?#%@\\:;=&-_~1a\n\0 ", max_size=8))
def test_no_id_leads_elsewhere(native: str) -> None:
    try:
        asked = httpx.URL(f"https://api.example/v1/{require_path_segment(native)}/comments?fields=id")
    except UnexpectedResponse:
        return
    assert (asked.path, asked.query, asked.fragment) == (f"/v1/{native}/comments", b"fields=id", "")


@pytest.mark.parametrize(
    "native", ["", ".", "..", "1/comments", "1?fields=id", "1#", "1%2Fcomments", "1\n", "\0", "1,2", "é"]
)
def test_an_id_that_would_is_refused(native: str) -> None:
    with pytest.raises(UnexpectedResponse, match="an ID must contain"):
        require_path_segment(native)


def cursor_of(exchange: Exchange) -> str | None:
    given: str | None = json.loads(exchange.body).get("cursor")
    return given


def pages(*cursors: str | None) -> Iterator[Answer]:
    return iter([Answer({"cursor": c, "n": n}) for n, c in enumerate(cursors)])


def test_by_cursor_goes_on_where_it_stopped() -> None:
    client = Scripted(pages("a", "b", ""))
    found = list(follow_cursors(client, URL, {"limit": 5}, cursor_of))
    assert [e.cursor for e in found] == ["a", "b", None]
    assert client.asked == [f"{URL}?limit=5", f"{URL}?limit=5&cursor=a", f"{URL}?limit=5&cursor=b"]
    client = Scripted(pages(None))
    list(follow_cursors(client, URL, {"limit": 5}, cursor_of, start=found[1].cursor))
    assert client.asked == [f"{URL}?limit=5&cursor=b"]


def test_by_link_and_by_next_url() -> None:
    client = Scripted([Answer([1], headers={"Link": '</list?page=2>; rel="next"'}), Answer([2])])
    assert len(list(follow_links(client, URL, {"per_page": 100}))) == 2
    assert client.asked == [f"{URL}?per_page=100", f"{URL}?page=2"]
    client = Scripted(pages("/list?after=7", None))
    assert len(list(follow_addresses(client, URL, None, cursor_of))) == 2


@pytest.mark.parametrize("cursors", [("a", "a"), ("a", "b", "a"), ("a", "b", "b")])
def test_a_cursor_that_loops_ends_after_the_page_that_it_led_to(cursors: tuple[str, ...]) -> None:
    found: list[Exchange] = []
    with pytest.raises(UnexpectedResponse, match="already read"):
        # what came before the failure stays
        found.extend(follow_cursors(Scripted(pages(*cursors)), URL, None, cursor_of))
    assert len(found) == len(cursors)
    assert found[-1].cursor == cursors[len(cursors) - 2]


@pytest.mark.parametrize("answer", [lambda _: Answer([1], headers={"Link": '<?page=2>; rel="next"'})])
def test_the_same_page_again(answer: Callable[[str], Answer]) -> None:
    with pytest.raises(UnexpectedResponse, match="the same page again"):
        list(follow_links(Scripted(answer), URL))


def test_pages_of_which_nothing_may_be_seen_are_no_loop() -> None:
    headers = [{"Link": f'<?page={n}>; rel="next"'} for n in (2, 3)]
    assert (
        len(list(follow_links(Scripted([Answer([], headers=h) for h in headers] + [Answer([])]), URL))) == 3
    )


def test_bare_pages_that_lead_on_and_on_are_named() -> None:
    client = Scripted(
        lambda url: Answer(
            "[]", headers={"Link": f'<{URL}?page={int(url.partition("=")[2] or 1) + 1}>; rel="next"'}
        )
    )
    with pytest.raises(UnexpectedResponse, match="20 empty pages in a row"):
        list(follow_links(client, URL))


def test_pages_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_PAGES", 30)
    numbers = iter(range(1000))
    with pytest.raises(UnexpectedResponse, match="more than 30 pages"):
        list(follow_cursors(Scripted(lambda _: Answer({"cursor": str(next(numbers))})), URL, None, cursor_of))
