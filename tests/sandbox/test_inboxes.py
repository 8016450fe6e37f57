"""Private messages on every platform that has them: complete responses are valid, broken ones are refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.sandbox.faces.facebook.access import MESSAGING, PERMISSIONS
from infra.sandbox.faces.meta.graph import asked_of, parse
from infra.sandbox.model import Photo, Video
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, mastodon, meta, x
from infra.sandbox.validation.meta import EDGES, types_of

SCOPES: dict[str, dict[str, Any]] = {
    "facebook": {"kind": "page", "scopes": [*PERMISSIONS, MESSAGING]},
    "instagram": {
        "kind": "instagram",
        "scopes": ["instagram_business_basic", "instagram_business_manage_messages"],
    },
    "x": {"scopes": ["tweet.read", "users.read", "dm.read"]},
    "mastodon": {"scopes": ["read"]},
}
OTHER = {"mastodon": "mastodon/ana@elsewhere.test"}
RATES = {f"x-rate-limit-{name}": "1" for name in ("limit", "remaining", "reset")}


def every(kind: str, **edges: str) -> str:
    """Return all fields of a kind of node, and the requested fields of its edges."""
    return ",".join(
        [
            *sorted(types_of(kind).keys() - EDGES[kind].keys()),
            *(f"{edge}{more}" for edge, more in edges.items()),
        ]
    )


MESSAGE = every("Message", **dict.fromkeys(EDGES["Message"], ""))
THREAD = every("UnifiedThread", participants="", senders="", messages=f"{{{MESSAGE}}}")
EVENT = x.DERIVED["operations"]["/2/dm_events"]["parameters"]
ALL = "&".join(
    f"{name}={','.join(one['items']['enum'])}"
    for name, one in EVENT.items()
    if name == "expansions" or name.endswith("fields")
)
PATHS = {
    "facebook": f"/v26.0/me/conversations?fields={THREAD}",
    "instagram": f"/v26.0/me/conversations?fields={THREAD}",
    "x": f"/2/dm_events?{ALL}",
    "mastodon": "/api/v1/conversations",
}


@pytest.fixture(params=PATHS)
def told(request: pytest.FixtureRequest, network: Network, open_face: Any) -> tuple[str, Any]:
    """Return the platform, and its response with one message of every kind."""
    where = request.param
    own, other = f"{where}/district", OTHER.get(where, f"{where}/ana")
    photos = [network.photo(where, f"Photo {number}") for number in (1, 2)]
    shared = network.publish(own, "See", photos=[Photo(900, "Snow")])
    first = network.message(other, own, "Look @district https://made-up.test #snow", photos=photos, likes=1)
    network.message(own, other, "", answers=first, shared=shared)
    network.message(
        other, own, "", video=Video(2, 48, 64), labels=["unsupported"] if where == "instagram" else []
    )
    network.grant(where, "all", own, **SCOPES[where])
    answer = open_face(network, where, token="all").get(PATHS[where])
    assert network.invalid == []
    assert answer.status_code == 200, answer.text
    return where, answer.json()


def check(where: str, answer: Any) -> None:
    body = json.dumps(answer).encode()
    if where == "x":
        asked = {
            name: EVENT[name]["items"]["enum"]
            for name in EVENT
            if name == "expansions" or name.endswith("fields")
        }
        x.check("/2/dm_events", x.Form("post", asked), 200, {"Content-Type": x.JSON, **RATES}, body)
    elif where == "mastodon":
        headers = {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "1",
            "X-RateLimit-Reset": "2026-11-24T18:30:00.000Z",
        }
        mastodon.check("/api/v1/conversations", 200, {"Content-Type": "application/json", **headers}, body)
    else:
        headers = {"Content-Type": "application/json; charset=UTF-8", "facebook-api-version": "v26.0"}
        asked_fields = asked_of(parse(THREAD))
        meta.check(200, headers, body, kind="UnifiedThread", edge="conversations", asked=asked_fields)


def messages(answer: Any) -> list[Any]:
    found: list[Any] = answer["data"][0]["messages"]["data"]
    return found


Break = Callable[[Any], object]
META: list[tuple[Break, str]] = [
    (lambda one: one["data"][0].update(message_count="3"), "'3' is not of type 'integer'"),
    (lambda one: one["data"][0].update(unread_messages=1), "'unread_messages' was unexpected"),
    (lambda one: one["data"][0]["participants"]["data"][0].update(phone="1"), "'phone' was unexpected"),
    (lambda one: messages(one)[2].update(created_time=1), "1 is not of type 'string'"),
    (lambda one: messages(one)[2].update(text=messages(one)[2].pop("message")), "'text' was unexpected"),
    (lambda one: messages(one)[2].update(attachments=[]), "[] is not of type 'object'"),
    (
        lambda one: messages(one)[2]["attachments"]["data"][0]["image_data"].update(width="1"),
        "'1' is not of type 'integer'",
    ),
    (lambda one: messages(one)[1]["reply_to"].update(is_self_reply=0), "0 is not of type 'boolean'"),
]
BROKEN: dict[str, list[tuple[Break, str]]] = {
    "facebook": META,
    "instagram": [
        *META,
        (lambda one: messages(one)[0].update(is_unsupported="true"), "'true' is not of type 'boolean'"),
    ],
    "x": [
        (lambda one: one["data"][2].pop("event_type"), "'event_type' is a required property"),
        (lambda one: one["data"][2].update(id=7), "7 is not of type 'string'"),
        (lambda one: one["data"][2].update(message="x"), "'message' was unexpected"),
        (lambda one: one["data"][2]["attachments"].update(media_keys="3_1"), "'3_1' is not of type 'array'"),
        (lambda one: one["data"][1]["referenced_posts"][0].pop("id"), "'id' is a required property"),
    ],
    "mastodon": [
        (lambda one: one[0].pop("accounts"), "'accounts' is a required property"),
        (lambda one: one[0].update(unread="yes"), "'yes' is not of type 'boolean'"),
        (lambda one: one[0]["last_status"].update(visibility="secret"), "'secret' is not one of"),
    ],
}


def test_all_that_is_described_is_valid_and_what_is_broken_is_refused(told: tuple[str, Any]) -> None:
    where, answer = told
    check(where, answer)
    for broken, reason in BROKEN[where]:
        spoilt = json.loads(json.dumps(answer))
        broken(spoilt)
        with pytest.raises(Invalid) as why:
            check(where, spoilt)
        assert reason in str(why.value)
