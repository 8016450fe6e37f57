"""Clients with the tokens of the Page and of other people, and a post of the Page."""

from typing import Any

import pytest

from infra.sandbox.faces.facebook.access import PERMISSIONS
from infra.sandbox.model import Post
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import PAGE, Client


@pytest.fixture
def client(network: Network, open_face: Any) -> Client:
    return Client(open_face(network, "facebook", token="token"))


@pytest.fixture
def signed(network: Network, open_face: Any) -> Any:
    """Provide signed(account, kind, *permissions), which returns a client with a token of its own."""

    def client(account: str, kind: str, *permissions: str) -> Client:
        secret = f"{account}-{kind}-{len(permissions)}".replace("/", "-")
        network.grant("facebook", secret, account, kind=kind, scopes=list(permissions or PERMISSIONS))
        return Client(open_face(network, "facebook", token=secret))

    return client


@pytest.fixture
def post(network: Network) -> Post:
    return network.publish(PAGE, "Closed")
