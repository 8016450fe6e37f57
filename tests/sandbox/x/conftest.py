"""An application's client of X's face."""

from typing import Any

import httpx
import pytest

from infra.sandbox.network import Network


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    """An application's, which speaks for nobody."""
    opened: httpx.Client = open_face(network, "x", token="bearer")
    return opened
