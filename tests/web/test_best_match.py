"""The pages of a search by the best match: by number, as far as they go; no score is in an address or on a
page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from recordroom.search import searcher
from recordroom.web.params import decode_cursor, encode_cursor
from recordroom.web.routes import search
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

SHARED = "wordpress:x/posts/0"
BEST = "/search?q=snow&sort=best"


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """50 posts, each a worse match than the one before; the best is in another account too, as the worst of
    the first page.
    """
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("search"), elasticsearch)
    entries = [account("news", "wordpress"), account("board", "wordpress")]
    building.enrol(*entries)
    posts = [
        {"record_id": f"wordpress:x/posts/{n}", "text": "snow" + " and ice" * n, "published_at": DAY}
        for n in range(50)
    ]
    building.capture("news", posts, at=DAY)
    building.capture(
        "board", [{"record_id": SHARED, "text": "snow" + " and ice" * 18, "published_at": DAY}], at=DAY
    )
    building.index()
    return building


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who("reader")) as client:
        yield client


def after(address: str) -> str:
    return parse_qs(urlsplit(address).query)["after"][0]


def following(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'rel="next" href="([^"]*)"', page)]


def test_the_pages_are_numbered_and_tell_no_score(client: TestClient) -> None:
    first = client.get(BEST).text
    [second] = following(first)
    assert decode_cursor(after(second), (int,)) == (20,)
    found, page = [*re.findall(r'name="record" value="([^"]*)"', first)], client.get(second).text
    found += re.findall(r'name="record" value="([^"]*)"', page)
    [third] = following(page)
    found += re.findall(r'name="record" value="([^"]*)"', client.get(third).text)
    assert len(found) == len(set(found)) == 50, "a record that two accounts have is on its page once"
    assert set(re.findall(r'name="record" value="([^"]*)"', first)) == {
        f"wordpress:x/posts/{n}" for n in range(19)
    }
    assert not re.search(r"\d\.\d{3}", first), "no score"


def test_beyond_the_last_page_newest_first_is_offered(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (searcher, search):
        monkeypatch.setattr(module, "DEEPEST", 40)
    second = client.get(f"{BEST}&after={encode_cursor((20,))}").text
    assert following(second) == []
    assert "With the best match first, only the first 40 are shown." in second
    assert '<a href="/search?q=snow">Show all, newest first</a>' in second
    beyond = client.get(f"{BEST}&after={encode_cursor((40,))}")
    assert (beyond.status_code, "only 40 results are shown" in beyond.text) == (400, True)


@pytest.mark.parametrize(
    "wrong", [(7.25, None, "wordpress:x/posts/1", "news", 1), (1.5,), ("1",), (True,), (-1,), (None,)]
)
def test_an_address_that_no_page_wrote_is_refused(client: TestClient, wrong: tuple[object, ...]) -> None:
    assert client.get(f"{BEST}&after={encode_cursor(wrong)}").status_code == 400


def test_the_other_orders_go_on_behind_their_last_hit(client: TestClient) -> None:
    [second] = following(client.get("/search?q=snow").text)
    assert len(decode_cursor(after(second), (int, str, str, int))) == 4
    assert client.get(second).status_code == 200
    assert client.get(f"/search?q=snow&after={encode_cursor((20,))}").status_code == 400
