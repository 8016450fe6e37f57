"""The newsroom's feeds: the window, the validators of HTTP, and edits with and without a date."""

from typing import Any

import feedparser
import httpx
import pytest

from infra.sandbox.network import Network

DESK = "feed/news/desk"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "feed/news")
    return opened


def entries(client: httpx.Client, address: str) -> list[Any]:
    found: list[Any] = feedparser.parse(client.get(address).content).entries
    return found


@pytest.mark.parametrize("address", ["/rss.xml", "/atom.xml"])
def test_entries_leave_the_window(network: Network, client: httpx.Client, address: str) -> None:
    for number in range(23):
        network.publish(DESK, "x", title=f"Title {number}")
    shown = entries(client, address)
    assert [one.title for one in shown] == [f"Title {number}" for number in range(22, 2, -1)]
    network.remove(network.posts[f"feed/news/{network.numbers['feed/news'] - 1}"])
    assert [one.title for one in entries(client, address)][::19] == ["Title 21", "Title 2"]


def test_an_item_may_have_no_title(network: Network, client: httpx.Client) -> None:
    network.publish(DESK, "Closed today")
    assert b"<item><link>" in client.get("/rss.xml").content
    assert network.invalid == []


@pytest.mark.parametrize("address", ["/rss.xml", "/atom.xml"])
def test_not_modified(network: Network, client: httpx.Client, address: str) -> None:
    post = network.publish(DESK, "x", title="Title")
    first = client.get(address)
    by_tag = {"If-None-Match": first.headers["ETag"]}
    by_date = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert [client.get(address, headers=known).status_code for known in (by_tag, by_date)] == [304, 304]
    assert client.get(address, headers=by_tag).content == b""
    network.edit(post, "y")
    assert [client.get(address, headers=known).status_code for known in (by_tag, by_date)] == [200, 200]


def test_an_edit_keeps_its_id_and_only_atom_has_a_stamp(network: Network, client: httpx.Client) -> None:
    post = network.publish(DESK, "x", title="Title", photos=[network.photo("feed/news", 'A "bus"')])
    before = [entries(client, address)[0] for address in ("/rss.xml", "/atom.xml")]
    network.edit(post, "y <b>& z</b>\n\nsee https://made-up.test/?a=1&b=2", title="T < U")
    after = [entries(client, address)[0] for address in ("/rss.xml", "/atom.xml")]
    assert [one.id for one in before] == [one.id for one in after]
    assert [one.title for one in after] == ["T &lt; U", "T < U"] or all("U" in one.title for one in after)
    assert "updated" not in after[0]
    assert (after[1].published, after[1].updated) == ("2026-11-24T18:30:01Z", "2026-11-24T18:30:02Z")
    assert 'href="https://made-up.test/?a=1&amp;b=2"' in after[1].content[0].value
    assert 'alt="A &quot;bus&quot;"' in after[0].content[0].value
    assert client.get(after[0].enclosures[0].href).headers["content-type"] == "image/jpeg"


def test_what_xml_cannot_hold(network: Network, client: httpx.Client) -> None:
    network.publish(DESK, "NUL \x00 and ]]> and \u202ebidi", title="\x0b title")
    assert "NUL \ufffd and" in entries(client, "/rss.xml")[0].content[0].value
    assert "\u202ebidi" in entries(client, "/atom.xml")[0].content[0].value
    assert network.invalid == []
