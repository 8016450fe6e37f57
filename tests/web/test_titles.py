"""Pages show the titles of accounts, and the names of platforms; addresses keep the IDs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from fastapi.testclient import TestClient

from recordroom.rights import Right
from recordroom.web import titles
from recordroom.web.auth import Person
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.web.seated import Who, visited

OFFICER = Person("officer", frozenset(Right))
CLERK = Person("clerk", frozenset(Right) - {Right.RESTRICTED})


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    built = Building.at(s3, Buckets(), tmp_path_factory.mktemp("titles"), elasticsearch)
    built.enrol(
        account("blog", "wordpress", title="The district's blog"),
        account("page", "facebook", title="Athletics"),
        account("toots", "mastodon", title="Athletics"),
        account("north", "bluesky", title="School news"),
        account("south", "bluesky", title="School news"),
        account("secret", "mastodon", title="Secret title", confidential=True),
    )
    built.capture("blog", [{"record_id": "wordpress:x/posts/1", "text": "Snow day"}], at=DAY)
    built.capture("page", [{"record_id": "facebook:1", "text": "Snow game"}], at=DAY)
    built.capture("secret", [{"record_id": "mastodon:x/statuses/1", "text": "Snow secret"}], at=DAY)
    built.index()
    return built


@pytest.fixture
def client(building: Building) -> Iterator[TestClient]:
    with visited(building, Who()) as client:
        yield client


def words(client: TestClient, address: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", client.get(address).text)))


@pytest.mark.usefixtures("client")
def test_titles_are_unique() -> None:
    with titles.titles_for(OFFICER):
        names = [titles.name_account(one) for one in ("blog", "page", "toots", "north", "south", "gone")]
    assert names == [
        *("The district's blog", "Athletics (Facebook)", "Athletics (Mastodon)"),
        *("School news (north)", "School news (south)", "gone"),
    ]


@pytest.mark.usefixtures("client")
def test_a_confidential_title_is_shown_only_to_people_who_may_see_the_account() -> None:
    for person, name in ((OFFICER, "Secret title"), (CLERK, "secret"), (None, "secret")):
        with titles.titles_for(person):
            assert titles.name_account("secret") == name
    assert titles.name_account("blog") == "blog", "no page is being made"


@pytest.mark.usefixtures("client")
def test_a_register_that_cannot_be_read_leaves_the_ids(building: Building) -> None:
    file = building.settings.register_file
    before = file.read_bytes()
    try:
        for broken in (
            b"accounts: [",
            b"- 1",
            b"accounts: 7",
            b"accounts: [{id: blog}, 3, {id: 4, title: x}]",
        ):
            file.write_bytes(broken)
            with titles.titles_for(OFFICER):
                assert titles.name_account("blog") == "blog"
    finally:
        file.write_bytes(before)


def test_pages_show_titles_and_addresses_keep_ids(client: TestClient) -> None:
    page = client.get("/search?q=snow&account=blog&account=page").text
    assert '<span class="tag" title="blog">The district&#39;s blog</span>' in page
    told = words(client, "/search?q=snow&account=blog&platform=facebook&platform=wordpress&status=held")
    assert (
        'the word "snow"; account The district\'s blog, platform Facebook or WordPress, status awaiting moderation'
        in told
    )
    for address in (
        "/",
        "/coverage",
        "/account?id=blog",
        "/record?id=wordpress:x/posts/1",
        "/export?account=blog",
    ):
        assert "The district's blog" in words(client, address), address
    assert "Account ID: blog ." in words(client, "/account?id=blog")
    assert 'name="account" value="blog"' in client.get("/export?account=blog").text


def test_times_show_utc_on_demand(client: TestClient) -> None:
    page = client.get("/search?q=snow").text
    assert '<input type="checkbox" id="utc" autocomplete="off"> Show UTC too</label>' in page
    found = re.search(
        r'<time datetime="[^"]+" title="([^"]+ UTC)">([^<]+)<span class="utc"> \(([^<]+)\)</span>', page
    )
    assert found is None or found[1] == found[3]
    [account_page] = [client.get("/account?id=blog").text]
    [*times] = re.findall(
        r'<time datetime="[^"]+" title="([^"]+ UTC)">([^<]+)<span class="utc"> \(([^<]+)\)', account_page
    )
    assert times
    for title, here, utc in times:
        assert title == utc
        assert re.fullmatch(r"[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{1,2}:\d\d [ap]\.m\.( P[SD]T)?", here)
