"""Mastodon's face: what a verb of the story looks like through its API."""

from typing import Any

import httpx
import pytest

from infra.local.sandbox.faces import native_id
from infra.local.sandbox.model import Poll
from infra.local.sandbox.network import Network

DISTRICT, ANA, BO = "mastodon/district", "mastodon/ana@elsewhere.test", "mastodon/bo"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "mastodon")
    return opened


def test_an_edit_shows_in_status_history_and_nowhere_else(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed", photos=[network.photo("mastodon", "A bus")])
    address = f"/api/v1/statuses/{native_id(network, post)}"
    before = client.get(address).json()
    network.edit(post, "Closed <today>")
    after = client.get(address).json()
    assert (before["edited_at"], after["edited_at"]) == (None, "2026-11-24T18:30:02.000Z")
    assert after["content"] == "<p>Closed &lt;today&gt;</p>"
    assert {name for name in after if after[name] != before[name]} == {"content", "edited_at"}
    assert [one["content"] for one in client.get(f"{address}/history").json()] == ["<p>Closed</p>", "<p>Closed &lt;today&gt;</p>"]


def test_a_removed_status_is_not_found_and_its_answers_lose_their_parent(network: Network, client: httpx.Client) -> None:
    root = network.publish(DISTRICT, "Closed")
    question = network.comment(ANA, root, "Why?")
    network.comment(BO, question, "Ice.")
    network.comment(BO, root, "Thanks.")
    address = f"/api/v1/statuses/{native_id(network, root)}/context"
    assert len(client.get(address).json()["descendants"]) == 3
    network.remove(question)
    gone = client.get(f"/api/v1/statuses/{native_id(network, question)}")
    assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"})
    assert [one["content"] for one in client.get(address).json()["descendants"]] == ["<p>Thanks.</p>"]
    orphan = client.get(
        f"/api/v1/statuses?id[]={native_id(network, question)}&id[]={int(native_id(network, question)) + (1000 << 16) + 2}"
    ).json()
    assert [(one["content"], one["in_reply_to_id"]) for one in orphan] == [("<p>Ice.</p>", None)]
    assert orphan[0]["in_reply_to_account_id"] is not None


def test_a_visitor_is_shown_sixty_descendants_and_a_token_all(first_act: Network, open_face: Any) -> None:
    address = f"/api/v1/statuses/{native_id(first_act, first_act.named('mastodon:closure'))}"
    visitor, signed = open_face(first_act, "mastodon"), open_face(first_act, "mastodon", token="sandbox-mastodon-token")
    assert len(visitor.get(f"{address}/context").json()["descendants"]) == 60
    assert len(signed.get(f"{address}/context").json()["descendants"]) == 76
    deepest = signed.get(f"{address}/context").json()["descendants"][-1]
    above = visitor.get(f"/api/v1/statuses/{deepest['id']}/context").json()["ancestors"]
    assert above[0]["id"] == native_id(first_act, first_act.named("mastodon:closure"))


def test_who_sees_what(network: Network, open_face: Any, client: httpx.Client) -> None:
    for visibility in ("public", "unlisted", "private", "direct"):
        network.publish(DISTRICT, visibility, visibility=visibility)
    account = client.get("/api/v1/accounts/lookup?acct=district").json()["id"]
    own = open_face(network, "mastodon", token="token").get(f"/api/v1/accounts/{account}/statuses").json()
    assert [one["visibility"] for one in own] == ["direct", "private", "unlisted", "public"]
    assert [one["visibility"] for one in client.get(f"/api/v1/accounts/{account}/statuses").json()] == ["unlisted", "public"]


def test_filters(network: Network, client: httpx.Client) -> None:
    network.publish(DISTRICT, "Own #snow")
    network.publish(DISTRICT, "Picture", photos=[network.photo("mastodon", "x")])
    other = network.publish(BO, "Theirs")
    network.comment(DISTRICT, other, "Answer")
    network.repost(DISTRICT, other)
    account = client.get("/api/v1/accounts/lookup?acct=district").json()["id"]

    def texts(query: str) -> list[str]:
        return [one["content"] or "repost" for one in client.get(f"/api/v1/accounts/{account}/statuses?{query}").json()]

    assert len(texts("")) == 5 - 1
    assert texts("exclude_replies=true&exclude_reblogs=true") == texts("exclude_reblogs=1&exclude_replies=1")
    assert "repost" not in texts("exclude_reblogs=true")
    assert texts("only_media=true") == ["<p>Picture</p>"]
    assert len(texts("tagged=snow")) == 1


def test_poll_mention_tag_link_quote_and_repost(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "@ana@elsewhere.test see https://made-up.test/x #Snow", poll=Poll(["a", "b"], [1, 2], network.now()))
    status = client.get(f"/api/v1/statuses/{native_id(network, post)}").json()
    assert [one["acct"] for one in status["mentions"]] == ["ana@elsewhere.test"]
    assert [one["name"] for one in status["tags"]] == ["snow"]
    assert status["card"]["url"] == "https://made-up.test/x"
    assert client.get(f"/api/v1/polls/{status['poll']['id']}").json()["votes_count"] == 3
    quoting, passing = network.publish(BO, "Look", quote=post), network.repost(BO, post)
    assert client.get(f"/api/v1/statuses/{native_id(network, quoting)}").json()["quote"]["quoted_status"]["id"] == status["id"]
    assert client.get(f"/api/v1/statuses/{native_id(network, passing)}").json()["reblog"]["id"] == status["id"]
    network.remove(post)
    assert client.get(f"/api/v1/statuses/{native_id(network, quoting)}").json()["quote"] == {"state": "deleted", "quoted_status": None}


def test_suspended_and_back(network: Network, client: httpx.Client) -> None:
    post = network.publish(BO, "Here")
    account = client.get("/api/v1/accounts/lookup?acct=bo").json()["id"]
    network.suspend(BO)
    assert client.get(f"/api/v1/accounts/{account}").json()["suspended"] is True
    assert client.get(f"/api/v1/accounts/{account}/statuses").json() == []
    assert client.get(f"/api/v1/statuses/{native_id(network, post)}").status_code == 404
    network.suspend(BO, suspended=False)
    assert len(client.get(f"/api/v1/accounts/{account}/statuses").json()) == 1


def test_tokens(network: Network, open_face: Any) -> None:
    signed, wrong = open_face(network, "mastodon", token="token"), open_face(network, "mastodon", token="nonsense")
    assert signed.get("/api/v1/accounts/verify_credentials").json()["acct"] == "district"
    assert wrong.get("/api/v1/instance").json() == {"error": "The access token is invalid"}
    network.expire_token("mastodon")
    dead = signed.get("/api/v1/accounts/verify_credentials")
    assert (dead.status_code, dead.json()) == (401, {"error": "The access token was revoked"})
    network.expire_token("mastodon", expired=False)
    assert signed.get("/api/v1/accounts/verify_credentials").status_code == 200


def test_media_bytes_are_those_of_their_seed(network: Network, client: httpx.Client) -> None:
    first, second = (network.publish(DISTRICT, "x", photos=[network.photo("mastodon", "x", seed=seed)]) for seed in ("same", "same"))
    pictures = [
        client.get(client.get(f"/api/v1/statuses/{native_id(network, one)}").json()["media_attachments"][0]["url"])
        for one in (first, second)
    ]
    assert pictures[0].content == pictures[1].content
    assert pictures[0].headers["content-type"] == "image/jpeg"
    assert client.get("/system/media_attachments/files/1/2/original/x.jpg").status_code == 404
