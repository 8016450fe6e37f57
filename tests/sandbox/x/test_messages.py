"""Private messages, and the blocked and muted people: the account's own, for a token that may read them."""

from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Video
from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, BO, DISTRICT, LOST, get, problems, user

EVERYTHING = (
    "dm_event.fields=id,text,event_type,created_at,dm_conversation_id,sender_id,attachments,referenced_tweets&"
    "expansions=sender_id,attachments.media_keys,referenced_tweets.id&media.fields=url,variants,preview_image_url"
)


@pytest.fixture
def inbox(network: Network, open_face: Any) -> httpx.Client:
    """Provide a client with a token that may read everything of the account."""
    network.grant(
        "x", "inbox", DISTRICT, scopes=["tweet.read", "users.read", "dm.read", "block.read", "mute.read"]
    )
    opened: httpx.Client = open_face(network, "x", token="inbox")
    return opened


def test_private_messages_are_events_newest_first(network: Network, inbox: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    asked = network.message(
        ANA, DISTRICT, "Why & how? https://made-up.test", photos=[network.photo("x", "A road")], shared=post
    )
    network.message(DISTRICT, ANA, "Snow " * 100)
    network.message(BO, ANA, "Between us")
    told = get(inbox, f"/2/dm_events?{EVERYTHING}")
    answer, question = told["data"]
    assert (question["id"], question["event_type"], question["created_at"]) == (
        native_id(network, asked),
        "MessageCreate",
        "2026-11-24T18:30:02.000Z",
    )
    assert question["text"].startswith("Why &amp; how? https://t.co/")
    assert (len(answer["text"]), question["referenced_tweets"]) == (500, [{"id": native_id(network, post)}])
    ana, district = question["sender_id"], answer["sender_id"]
    assert (
        question["dm_conversation_id"]
        == answer["dm_conversation_id"]
        == "-".join(sorted((ana, district), key=int))
    )
    assert {one["id"]: one["username"] for one in told["includes"]["users"]} == {
        ana: "ana",
        district: "district",
    }
    assert [one["text"] for one in told["includes"]["tweets"]] == ["Closed"]
    assert [one["media_key"] for one in told["includes"]["media"]] == question["attachments"]["media_keys"]
    plain = {"id": answer["id"], "event_type": "MessageCreate", "text": answer["text"]}
    assert get(inbox, "/2/dm_events?max_results=1")["data"] == [plain]
    assert get(inbox, f"/2/dm_events/{answer['id']}")["data"] == plain
    for path in (f"with/{ana}", question["dm_conversation_id"]):
        assert [one["id"] for one in get(inbox, f"/2/dm_conversations/{path}/dm_events")["data"]] == [
            answer["id"],
            question["id"],
        ]
    assert get(inbox, f"/2/dm_conversations/with/{district}1/dm_events") == {"meta": {"result_count": 0}}
    assert get(inbox, "/2/dm_events?event_types=ParticipantsJoin") == {"meta": {"result_count": 0}}


def test_files_of_messages_are_for_the_two_only(
    network: Network, inbox: httpx.Client, open_face: Any
) -> None:
    network.message(ANA, DISTRICT, "", photos=[network.photo("x", "A road")])
    network.message(ANA, DISTRICT, "", video=Video(1, 48, 36))
    film, photo = get(inbox, f"/2/dm_events?{EVERYTHING}")["includes"]["media"]
    addresses = (photo["url"], film["preview_image_url"], film["variants"][1]["url"])
    assert [inbox.get(one).headers["content-type"] for one in addresses] == [
        "image/jpeg",
        "image/jpeg",
        "video/mp4",
    ]
    network.grant("x", "bos", BO, scopes=["dm.read"])
    for token, status in (("", 401), ("token", 401), ("bos", 404)):
        assert {open_face(network, "x", token=token).get(one).status_code for one in addresses} == {status}
    assert inbox.get(f"/media/{photo['url'].rpartition('/')[2]}").status_code == 404


def test_events_are_paged_and_end_after_thirty_days(network: Network, inbox: httpx.Client) -> None:
    network.message(ANA, DISTRICT, "old")
    network.wait(days=31)
    said = [network.message(ANA, DISTRICT, str(number)) for number in range(5)]
    first = get(inbox, "/2/dm_events?max_results=2")
    network.message(ANA, DISTRICT, "new")
    second = get(inbox, f"/2/dm_events?max_results=2&pagination_token={first['meta']['next_token']}")
    third = get(inbox, f"/2/dm_events?max_results=2&pagination_token={second['meta']['next_token']}")
    assert [one["text"] for page in (first, second, third) for one in page["data"]] == [
        "4",
        "3",
        "2",
        "1",
        "0",
    ]
    assert third["meta"] == {"result_count": 1}
    network.unsend(said[0])
    assert problems(get(inbox, f"/2/dm_events/{native_id(network, said[0])}")) == [
        (LOST, native_id(network, said[0]))
    ]


def test_what_is_the_accounts_own_needs_its_token_and_a_scope(
    network: Network, inbox: httpx.Client, client: httpx.Client, open_face: Any
) -> None:
    me, ana = user(client)["id"], user(client, "ana")["id"]
    person = open_face(network, "x", token="token")
    paths = (
        "/2/dm_events",
        f"/2/dm_conversations/with/{ana}/dm_events",
        f"/2/users/{me}/blocking",
        f"/2/users/{me}/muting",
    )
    for path in paths:
        refused, other = person.get(path), client.get(path)
        assert (refused.status_code, refused.json()["title"], refused.json()["type"]) == (
            403,
            "Forbidden",
            "about:blank",
        )
        assert (other.status_code, other.json()["title"]) == (403, "Unsupported Authentication")
        assert get(inbox, path) == {"meta": {"result_count": 0}}
    assert get(person, "/2/users/me")["data"]["id"] == me
    assert inbox.get(f"/2/users/{ana}/blocking").status_code == 400
    network.withdraw("x", "dm.read")
    assert inbox.get("/2/dm_events").status_code == 403
    assert get(inbox, f"/2/users/{me}/blocking") == {"meta": {"result_count": 0}}


def test_who_is_blocked_and_muted(network: Network, inbox: httpx.Client) -> None:
    me = get(inbox, "/2/users/me")["data"]["id"]
    for whom in (ANA, BO):
        network.block(DISTRICT, whom)
    network.mute(DISTRICT, ANA)
    network.block(ANA, BO)
    first = get(inbox, f"/2/users/{me}/blocking?max_results=1&user.fields=created_at")
    assert ([one["username"] for one in first["data"]], first["data"][0].keys() >= {"created_at"}) == (
        ["bo"],
        True,
    )
    second = get(
        inbox, f"/2/users/{me}/blocking?max_results=1&pagination_token={first['meta']['next_token']}"
    )
    assert ([one["username"] for one in second["data"]], second["meta"]) == (["ana"], {"result_count": 1})
    assert [one["username"] for one in get(inbox, f"/2/users/{me}/muting")["data"]] == ["ana"]
    network.block(DISTRICT, BO, blocked=False)
    assert [one["username"] for one in get(inbox, f"/2/users/{me}/blocking")["data"]] == ["ana"]


def test_messages_cost_as_much_as_users(network: Network, inbox: httpx.Client) -> None:
    network.pay("x", 100)
    for text in ("1", "2"):
        network.message(ANA, DISTRICT, text)
    for _ in range(2):
        assert len(get(inbox, "/2/dm_events")["data"]) == 2
        assert network.places["x"].credits == 80
