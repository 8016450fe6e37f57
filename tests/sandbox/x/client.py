"""The people in the stories about X, and the clients that read them."""

from typing import Any

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "x/district", "x/ana", "x/bo"
LOST, FORBIDDEN = "resource-not-found", "not-authorized-for-resource"


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def user(client: httpx.Client, name: str = "district", fields: str = "") -> Any:
    return get(client, f"/2/users/by/username/{name}?{fields}")["data"]


def timeline(client: httpx.Client, more: str = "", name: str = "district") -> Any:
    return get(client, f"/2/users/{user(client, name)['id']}/tweets?{more}")


def post_of(client: httpx.Client, network: Network, post: Post, more: str = "") -> Any:
    return get(client, f"/2/tweets/{native_id(network, post)}?{more}")


def problems(answer: Any) -> list[tuple[str, str]]:
    return [(one["type"].rpartition("/")[2], one["value"]) for one in answer["errors"]]


def conversation(client: httpx.Client, number: str, where: str = "recent") -> list[str]:
    told = get(client, f"/2/tweets/search/{where}?query=conversation_id:{number}&max_results=100")
    return [one["text"] for one in told.get("data", [])]
