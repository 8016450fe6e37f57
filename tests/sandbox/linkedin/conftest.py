"""A client with the token of a person who has a role in the organization."""

from typing import Any

import httpx
import pytest

from infra.sandbox.network import Network


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "linkedin", token="token")
    return opened
