"""The kinds of tokens, what each may read, and how one expires."""

from datetime import timedelta
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.facebook.access import PERMISSIONS, PUBLIC_CONTENT
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, BO, PAGE, PTA, Client


@pytest.mark.parametrize(
    ("reason", "subcode"),
    [
        ("expired", 463),
        ("password", 460),
        ("revoked", 458),
        ("checkpoint", 459),
        ("logged_out", 467),
        ("unconfirmed", 464),
        ("role", 492),
    ],
)
def test_a_dead_token_says_why(network: Network, client: Client, reason: str, subcode: int) -> None:
    network.expire_token("facebook", reason=reason)
    assert client.error("me") == (400, 190, subcode)
    network.expire_token("facebook", expired=False)
    assert client("me")["name"] == "The District"


def test_no_token_and_a_wrong_one(network: Network, open_face: Any) -> None:
    for secret, code in (("", 104), ("nonsense", 190)):
        assert Client(open_face(network, "facebook", token=secret)).error("me") == (400, code, 0)


def test_a_token_dies_in_the_middle_of_page_7(network: Network, client: Client, post: Post) -> None:
    for number in range(20):
        network.comment(ANA, post, str(number))
    network.fail("facebook", times=10**6, after=6, code=190, subcode=460)
    address, pages = f"/v26.0/{native_id(network, post)}/comments?limit=2", 0
    while (told := client.http.get(address).json()).get("data"):
        address, pages = told["paging"]["next"], pages + 1
    assert (pages, told["error"]["code"], told["error"]["error_subcode"]) == (6, 190, 460)
    assert network.invalid == []


def test_a_persons_token_gets_the_pages_which_dies_with_it(
    network: Network, signed: Any, open_face: Any, post: Post
) -> None:
    network.comment(ANA, post, "Why?")
    user = signed(BO, "user")
    assert user("me")["name"] == "Bo Lindqvist"
    page = user("me/accounts", fields="name,access_token,tasks")["data"][0]
    assert user(page["id"], fields="access_token")["access_token"] == page["access_token"]
    own = Client(open_face(network, "facebook", token=page["access_token"]))
    assert own.messages(f"{native_id(network, post)}/comments") == ["Why?"]
    network.expire_token("facebook", reason="password", secret=network.tokens[-2].secret)
    assert own.error("me") == (400, 190, 460)


def test_what_a_token_is(network: Network, signed: Any) -> None:
    system, ends = signed(BO, "system"), network.now() + timedelta(days=60)
    network.grant("facebook", "ending", PAGE, kind="page", scopes=["x"], expires=ends)
    told = system("debug_token", input_token="ending")["data"]
    assert (told["type"], told["is_valid"], told["scopes"], told["expires_at"]) == (
        "PAGE",
        True,
        ["x"],
        int(ends.timestamp()),
    )
    assert told["profile_id"] == system("me/accounts")["data"][0]["id"]
    network.wait(days=61)
    ended = system("debug_token", input_token="ending")["data"]
    assert (ended["is_valid"], ended["error"]["subcode"]) == (False, 463)
    assert system("debug_token", input_token="nonsense")["data"]["is_valid"] is False
    assert [one["permission"] for one in system("me/permissions")["data"]] == list(PERMISSIONS)


def test_permissions_that_are_taken_away_are_no_empty_list(
    network: Network, client: Client, post: Post
) -> None:
    network.comment(ANA, post, "Why?")
    network.withdraw("facebook", "pages_read_user_content")
    assert client.messages("me/published_posts") == ["Closed"]
    for path in (f"{native_id(network, post)}/comments", "me/feed", "me/visitor_posts"):
        assert client.error(path) == (400, 10, 0)
    assert client.error("me/published_posts", fields="comments.summary(true)") == (400, 10, 0)
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/published_posts") == (400, 10, 0)
    assert client("me")["name"] == "The District"


def test_another_pages_token_needs_the_feature(
    network: Network, client: Client, signed: Any, post: Post
) -> None:
    page = client("me")["id"]
    stranger, reader = signed(PTA, "page"), signed(PTA, "page", PUBLIC_CONTENT)
    assert stranger.error(page) == stranger.error(native_id(network, post)) == (400, 10, 0)
    assert reader.messages(f"{page}/published_posts") == ["Closed"]
