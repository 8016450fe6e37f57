"""A client of X with the token of an application."""

from typing import Any

import httpx
import pytest

from infra.sandbox.network import Network


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    """Provide a client with an application's token, which belongs to no account."""
    opened: httpx.Client = open_face(network, "x", token="bearer")
    return opened
