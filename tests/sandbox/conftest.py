"""Fixtures: a small network for each test's own story, and the complete story once for reading."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.sandbox.faces import create_app
from infra.sandbox.faces.facebook.access import PERMISSIONS
from infra.sandbox.network import Network
from infra.sandbox.story import play, tell

START = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)
WORDPRESS = "wordpress/district"
# LinkedIn's, with every request
VERSIONED = {"LinkedIn-Version": "202611", "X-Restli-Protocol-Version": "2.0.0"}
Open = Callable[..., httpx.Client]


def small() -> Network:
    """Return a network with a few accounts on each platform and nothing published."""
    network = Network(START)
    tokened = ("facebook", "instagram", "threads", "linkedin", "youtube", "vimeo", "x", "tiktok")
    for where in (WORDPRESS, "feed/news", "bluesky", "mastodon", *tokened):
        network.place(where, "Made up", host="made-up.test")
    for key in (
        f"{WORDPRESS}/editor",
        "feed/news/desk",
        "bluesky/district.test",
        "mastodon/district",
        "facebook/district",
        "instagram/district",
        "linkedin/district",
        "threads/district",
        "youtube/district",
        "vimeo/district",
        "x/district",
        "tiktok/district",
    ):
        network.account(key, "The District", staff=True)
    for key in (
        f"{WORDPRESS}/ana",
        "bluesky/ana.test",
        "bluesky/bo.test",
        "mastodon/ana@elsewhere.test",
        "mastodon/bo",
        "facebook/ana",
        "instagram/ana",
        "instagram/bo",
        "linkedin/ana",
        "threads/ana",
        "threads/bo",
        "youtube/ana",
        "youtube/bo",
        "vimeo/ana",
        "vimeo/bo",
        "x/ana",
        "x/bo",
        "tiktok/ana",
        "tiktok/bo",
    ):
        network.account(key)
    network.account("facebook/bo", "Bo Lindqvist", manages=["facebook/district"])
    network.account("facebook/pta", "The PTA", staff=True)
    network.account("linkedin/bo", "Bo Lindqvist", manages=["linkedin/district"])
    network.account("linkedin/pta", "The PTA", staff=True)
    network.grant(WORDPRESS, "abcdABCD1234", f"{WORDPRESS}/editor", user="editor")
    network.grant("mastodon", "token", "mastodon/district")
    network.grant("facebook", "token", "facebook/district", kind="page", scopes=list(PERMISSIONS))
    business = ["instagram_business_basic", "instagram_business_manage_comments"]
    network.grant(
        "instagram",
        "token",
        "instagram/district",
        kind="instagram",
        scopes=business,
        expires=START + timedelta(days=60),
    )
    network.grant("linkedin", "token", "linkedin/bo", expires=START + timedelta(days=60))
    network.grant("linkedin", "refresh", "linkedin/bo", kind="refresh", expires=START + timedelta(days=365))
    network.grant("linkedin", "app secret", "", kind="app", user="app")
    may = [f"threads_{what}" for what in ("basic", "read_replies", "manage_mentions", "manage_insights")]
    network.grant(
        "threads", "token", "threads/district", kind="threads", scopes=may, expires=START + timedelta(days=60)
    )
    network.grant("youtube", "key", "")
    network.grant("youtube", "token", "youtube/district")
    network.grant("vimeo", "token", "vimeo/district")
    network.grant("x", "bearer", "")
    network.grant("x", "token", "x/district", expires=START + timedelta(hours=2))
    network.grant(
        "x", "refresh", "x/district", kind="refresh", scopes=["tweet.read", "users.read", "offline.access"]
    )
    network.grant("x", "app secret", "", kind="app", user="app")
    network.grant("tiktok", "token", "tiktok/district")
    network.grant("tiktok", "display", "tiktok/district", kind="display")
    network.grant(
        "tiktok",
        "refresh",
        "tiktok/district",
        kind="refresh",
        scopes=["comment.list"],
        expires=START + timedelta(days=365),
    )
    network.grant("tiktok", "app secret", "", kind="app", user="app")
    return network


@pytest.fixture
def network() -> Network:
    return small()


@pytest.fixture(scope="session")
def first_act() -> Network:
    return tell(START)


@pytest.fixture(scope="session")
def second_act() -> Network:
    network = tell(START)
    play(network)
    return network


@pytest.fixture
def open_face() -> Open:
    """Provide open_face(network, "mastodon", token="..."), or with key= or auth=(user, password).

    It returns a client of one platform at http://made-up.test.
    """

    def client(
        network: Network, where: str, *, token: str = "", key: str = "", **more: object
    ) -> httpx.Client:
        headers = ({"Authorization": f"Bearer {token}"} if token else {}) | (
            {"X-Goog-Api-Key": key} if key else {}
        )
        headers |= {"Access-Token": token} if where == "tiktok" else {}
        headers |= VERSIONED if where == "linkedin" else {}
        transport = httpx.WSGITransport(create_app(network, where))
        return httpx.Client(transport=transport, base_url="http://made-up.test", headers=headers, **more)  # type: ignore[arg-type]

    return client
