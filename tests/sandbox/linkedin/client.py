"""The people in the stories about LinkedIn, and the clients that read them."""

from typing import Any
from urllib.parse import quote

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "linkedin/district", "linkedin/ana", "linkedin/bo"


def enc(urn: str) -> str:
    return quote(urn, safe="")


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def urn_of(client: httpx.Client, name: str = "district") -> str:
    (found,) = get(client, f"/rest/organizations?q=vanityName&vanityName={name}")["elements"]
    return f"urn:li:organization:{found['id']}"


def posts(client: httpx.Client, more: str = "") -> Any:
    return get(client, f"/rest/posts?q=author&author={enc(urn_of(client))}{more}")


def post_of(client: httpx.Client, network: Network, post: Post) -> Any:
    return get(client, f"/rest/posts/{enc(native_id(network, post))}")


def comments(client: httpx.Client, network: Network, entity: Post, more: str = "") -> list[Any]:
    found: list[Any] = get(client, f"/rest/socialActions/{enc(native_id(network, entity))}/comments{more}")[
        "elements"
    ]
    return found
