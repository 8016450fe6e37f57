"""The Page and the people around it: renamed, suspended, unpublished, blocked."""

from typing import Any

from infra.sandbox.faces import native_id
from infra.sandbox.faces.facebook.access import PUBLIC_CONTENT
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, BO, PAGE, PTA, Client


def test_a_renamed_page_keeps_its_id(network: Network, client: Client, post: Post) -> None:
    before = client("me", fields="name,username")
    network.rename(PAGE, handle="district-new", name="The New District")
    after = client(before["id"], fields="name,username")
    assert (after["name"], after["username"], after["id"]) == (
        "The New District",
        "district-new",
        before["id"],
    )
    assert client("district-new")["id"] == before["id"]
    assert client.error("district") == (400, 100, 33)
    assert native_id(network, post).startswith(before["id"])


def test_suspended_and_unpublished(network: Network, client: Client, signed: Any, post: Post) -> None:
    page, public, user = client("me")["id"], signed(PTA, "page", PUBLIC_CONTENT), signed(BO, "user")
    network.unpublish(PAGE)
    assert client("me", fields="is_published")["is_published"] is False
    assert user(page)["id"] == page
    assert public.error(page) == public.error(native_id(network, post)) == (400, 100, 33)
    network.unpublish(PAGE, published=True)
    assert public(page)["id"] == page
    network.suspend(PAGE)
    assert (
        client.error("me") == client.error(page) == client.error(native_id(network, post)) == (400, 100, 33)
    )
    network.suspend(PAGE, suspended=False)
    assert client.messages("me/published_posts") == ["Closed"]


def test_a_suspended_author_takes_the_comments_along_and_back(
    network: Network, client: Client, post: Post
) -> None:
    network.comment(ANA, post, "Why?")
    address = f"{native_id(network, post)}/comments"
    network.suspend(ANA)
    told = client(address, summary="true")
    assert (told["data"], told["summary"]["total_count"]) == ([], 1)
    network.suspend(ANA, suspended=False)
    assert client.messages(address) == ["Why?"]


def test_who_is_blocked(network: Network, client: Client, signed: Any) -> None:
    for who in (ANA, PTA):
        network.block(PAGE, who)
    network.block(PTA, BO)
    assert [one["name"] for one in client("me/blocked")["data"]] == ["The PTA", "ana"]
    assert client("me/blocked", limit=1)["paging"].keys() == {"cursors", "next"}
    network.block(PAGE, ANA, blocked=False)
    assert [one["name"] for one in client("me/blocked")["data"]] == ["The PTA"]
    assert signed(BO, "user").error(f"{client('me')['id']}/blocked") == (400, 210, 0)
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/blocked") == (403, 283, 0)


def test_pictures_of_profiles(client: Client) -> None:
    told = client("me/picture", redirect="false")["data"]
    assert client.http.get(told["url"]).headers["content-type"] == "image/jpeg"
    assert client.http.get("/v26.0/me/picture").status_code == 302
    assert client("me", fields="picture{url}")["picture"]["data"].keys() == {"url"}
