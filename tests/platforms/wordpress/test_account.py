"""The site that an address of the register names, its API addresses, and who gets its credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recordroom.errors import Blocked, UnexpectedResponse
from recordroom.platforms import wordpress
from recordroom.platforms.contract import Window
from tests.platforms.scripted import Answer, Scripted, account
from tests.platforms.wordpress.blog import ENTRY, INDEX, SECRETS, SITE, body, run, serving


def test_a_blocked_or_foreign_address() -> None:
    entry = account("wordpress", "https://blog.example.org")
    with pytest.raises(Blocked):
        wordpress.identify(
            entry,
            Scripted([Answer({"code": "rest_disabled", "message": "off", "data": {"status": 401}}, 401)]),
        )
    with pytest.raises(UnexpectedResponse, match="HTML instead of JSON"):
        wordpress.identify(entry, Scripted([Answer("<html>", 404), Answer("<html>")]))
    with pytest.raises(UnexpectedResponse, match="rest_off"):
        wordpress.identify(entry, Scripted([Answer("", 404), Answer({"code": "rest_off", "message": "off"})]))


@pytest.mark.parametrize(
    ("home", "server"),
    [
        ("https://Blog.Example.org", "blog.example.org"),
        ("http://blog.example.org:80/", "blog.example.org"),
        ("https://example.org:8443/schools/north/", "example.org:8443/schools/north"),
    ],
)
def test_the_home_of_a_site_is_its_identity(home: str, server: str) -> None:
    identity = wordpress.identify(
        account("wordpress", home), Scripted([Answer({**body("profile"), "home": home})])
    )
    assert identity.native_id == identity.server == server
    assert identity.exchange is not None
    [profile] = wordpress.parse(identity.exchange)
    assert (profile.record_id, profile.title) == (f"wordpress:{server}", "District & Schools")


@pytest.mark.parametrize("home", ["", "/", "-1", "../x", "blog", "https://", "http://[x"])
def test_a_home_that_is_no_address_is_nobody(home: str) -> None:
    """Otherwise it would be pinned, and appear in the ID of each record."""
    with pytest.raises(UnexpectedResponse, match="/home must be an address"):
        wordpress.identify(
            account("wordpress", "https://blog.example.org"),
            Scripted([Answer({**body("profile"), "home": home})]),
        )


def test_a_server_that_takes_the_last_slash_away_is_asked_at_the_right_addresses() -> None:
    index = replace(INDEX, url="https://blog.example.org/wp-json?_fields=name")
    client = serving({"posts": Answer(body("ordinary"))})
    list(wordpress.fetch(replace(ENTRY, identity=replace(SITE, exchange=index)), Window("full"), client))
    assert all(url.startswith("https://blog.example.org/wp-json/wp/v2/") for url in client.asked)


def test_credentials_go_to_the_site_alone() -> None:
    elsewhere = {"Link": '<https://evil.example/x?page=2>; rel="next"'}
    lists = {
        "posts": lambda url: (
            Answer(body("media")) if "page=2" in url else Answer(body("ordinary"), headers=elsewhere)
        )
    }
    client = serving(lists, **SECRETS)
    run(client)
    assert {url.split("/")[2] for url in client.asked} == {"blog.example.org"}
    assert all(sent["Authorization"] == "Basic YXJjaGl2ZTphYmNkIGVmZ2g=" for sent in client.sent)
