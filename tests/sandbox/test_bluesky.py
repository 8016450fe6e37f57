"""Bluesky in the sandbox: the result of each action of a story in its API."""

import base64
import json
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.cid import blob_cid, record_cid
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "bluesky/district.test", "bluesky/ana.test", "bluesky/bo.test"


class Client:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def __call__(self, nsid: str, **parameters: Any) -> Any:
        return self.http.get(f"/xrpc/{nsid}", params=parameters).json()

    def post(self, nsid: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        return self.http.post(f"/xrpc/{nsid}", json=body, headers=headers).json()

    def sign_in(self, identifier: str, password: str) -> Any:
        return self.post(SESSION, {"identifier": identifier, "password": password})

    def thread(self, uri: str, **parameters: Any) -> Any:
        return self("app.bsky.feed.getPostThread", uri=uri, **parameters)["thread"]


@pytest.fixture
def client(network: Network, open_face: Any) -> Client:
    return Client(open_face(network, "bluesky"))


def test_a_known_record_has_its_known_cid() -> None:
    """A real PDS stored this record with this CID, and this image with that one."""
    record = {
        "$type": "app.bsky.feed.post",
        "createdAt": "2022-07-15T00:47:29.914Z",
        "text": "Joey, do you like movies about gladiators?",
    }
    assert record_cid(record) == "bafyreidjictdkwnlfzrz6ugzz4ioefoc2azzonyedc4mwg7vye73c7qcoe"
    assert blob_cid(b"") == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


def test_an_edit_is_a_changed_cid(network: Network, client: Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    answer = network.comment(ANA, post, "Why?")
    uri = native_id(network, post)
    before = client.thread(uri)
    network.edit(post, "Closed today")
    after = client.thread(uri)
    assert before["post"]["cid"] != after["post"]["cid"] == record_cid(after["post"]["record"])
    assert after["replies"][0]["post"]["record"]["reply"]["parent"] == {
        "cid": before["post"]["cid"],
        "uri": uri,
    }
    assert client.thread(native_id(network, answer))["parent"]["post"]["cid"] == after["post"]["cid"]


def test_removed_posts_and_dangling_parents(network: Network, client: Client) -> None:
    root = network.publish(DISTRICT, "Closed")
    question = network.comment(ANA, root, "Why?")
    answer = network.comment(BO, question, "Ice.")
    uri = native_id(network, question)
    network.remove(question)
    assert (
        client("app.bsky.feed.getPosts", uris=[uri, native_id(network, answer)])["posts"][0]["record"]["text"]
        == "Ice."
    )
    assert client("app.bsky.feed.getPostThread", uri=uri) == {
        "error": "NotFound",
        "message": f"Post not found: {uri}",
    }
    repo, _, key = uri.removeprefix("at://").split("/")
    gone = client("com.atproto.repo.getRecord", repo=repo, collection="app.bsky.feed.post", rkey=key)
    assert gone["error"] == "RecordNotFound"
    assert client.thread(native_id(network, root))["replies"] == []
    assert client.thread(native_id(network, answer))["parent"]["$type"] == "app.bsky.feed.defs#notFoundPost"
    network.restore(question)
    assert client.thread(uri)["post"]["record"]["text"] == "Why?"


def test_hidden_replies_stay_readable(network: Network, client: Client) -> None:
    root = network.publish(DISTRICT, "Closed")
    rude = network.comment(ANA, root, "Idiots!")
    network.comment(BO, root, "Thanks.")
    network.hide(rude)
    answer = client("app.bsky.feed.getPostThread", uri=native_id(network, root))
    assert answer["threadgate"]["record"]["hiddenReplies"] == [native_id(network, rude)]
    assert [one["post"]["record"]["text"] for one in answer["thread"]["replies"]] == ["Thanks.", "Idiots!"]
    network.restore(rude)
    assert "threadgate" not in client("app.bsky.feed.getPostThread", uri=native_id(network, root))


def test_blocks(network: Network, client: Client) -> None:
    post = network.publish(BO, "Mine")
    answer, quote = network.comment(ANA, post, "Yours?"), network.publish(ANA, "See", quote=post)
    network.block(BO, ANA)
    thread = client.thread(native_id(network, post))
    assert (thread["replies"], thread["post"]["replyCount"]) == ([], 1)
    assert client.thread(native_id(network, answer))["parent"]["$type"] == "app.bsky.feed.defs#blockedPost"
    shown = client("app.bsky.feed.getPosts", uris=native_id(network, quote))["posts"][0]
    assert shown["embed"]["record"]["$type"] == "app.bsky.embed.record#viewBlocked"
    assert client("app.bsky.feed.getQuotes", uri=native_id(network, post))["posts"] == []


def test_blocks_are_records_that_everybody_can_read(network: Network, client: Client) -> None:
    def held() -> dict[str, str]:
        """Return {key: who is blocked} in the repository of the account that blocks."""
        told = client("com.atproto.repo.listRecords", repo="bo.test", collection="app.bsky.graph.block")
        return {one["uri"].rpartition("/")[2]: one["value"]["subject"] for one in told["records"]}

    assert (held(), client("com.atproto.repo.describeRepo", repo="bo.test")["collections"]) == (
        {},
        ["app.bsky.actor.profile"],
    )
    network.block(BO, DISTRICT)
    network.block(BO, ANA)
    both = held()
    assert set(both.values()) == {
        client("com.atproto.repo.describeRepo", repo=one)["did"] for one in ("ana.test", "district.test")
    }
    network.block(BO, DISTRICT, blocked=False)
    assert list(held().items()) == [one for one in both.items() if one[1] in held().values()]
    assert len(held()) == 1
    assert client("com.atproto.repo.listRecords", repo="ana.test", collection="app.bsky.graph.block") == {
        "records": []
    }


def test_depth_and_height(network: Network, client: Client) -> None:
    posts = [network.publish(DISTRICT, "0")]
    for number in range(1, 6):
        posts.append(network.comment(ANA, posts[-1], str(number)))
    thread = client.thread(native_id(network, posts[2]), depth=1, parentHeight=1)
    assert "replies" not in thread["replies"][0]
    assert "parent" not in thread["parent"]
    assert "replies" not in client.thread(native_id(network, posts[2]), depth=0)
    depth, node = 0, client.thread(native_id(network, posts[0]), depth=1000)
    while node["replies"]:
        depth, node = depth + 1, node["replies"][0]
    assert depth == 5


def test_filters(network: Network, client: Client) -> None:
    network.publish(DISTRICT, "plain")
    own = network.publish(DISTRICT, "picture", photos=[network.photo("bluesky", "x")])
    network.comment(DISTRICT, own, "self")
    network.comment(DISTRICT, network.publish(ANA, "theirs"), "answer")
    network.repost(DISTRICT, network.posts["bluesky/1"])

    def texts(kept: str) -> list[str]:
        feed = client("app.bsky.feed.getAuthorFeed", actor="district.test", filter=kept)["feed"]
        return ["repost" if "reason" in one else one["post"]["record"]["text"] for one in feed]

    assert texts("posts_with_replies") == ["repost", "answer", "self", "picture", "plain"]
    assert texts("posts_no_replies") == ["repost", "picture", "plain"]
    assert texts("posts_and_author_threads") == ["repost", "self", "picture", "plain"]
    assert texts("posts_with_media") == ["picture"]
    assert texts("posts_with_video") == []


def test_facets_point_at_bytes(network: Network, client: Client) -> None:
    post = network.publish(DISTRICT, "¡Día! #nieve @ana.test https://made-up.test/ñ")
    record = client("app.bsky.feed.getPosts", uris=native_id(network, post))["posts"][0]["record"]
    data = record["text"].encode()
    assert [
        data[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode() for one in record["facets"]
    ] == [
        "#nieve",
        "@ana.test",
        "https://made-up.test/ñ",
    ]


def test_rename_label_and_suspension(network: Network, client: Client) -> None:
    post = network.label(network.publish(ANA, "Here"), "graphic-media")
    did = client("com.atproto.identity.resolveHandle", handle="ana.test")["did"]
    network.rename(ANA, handle="ana-new.test", name="Ana New")
    assert client("com.atproto.identity.resolveHandle", handle="ana.test")["error"] == "HandleNotFound"
    profile = client("app.bsky.actor.getProfile", actor="ana-new.test")
    assert (profile["did"], profile["displayName"]) == (did, "Ana New")
    assert (
        client("app.bsky.feed.getPosts", uris=native_id(network, post))["posts"][0]["labels"][0]["val"]
        == "graphic-media"
    )
    network.suspend(ANA)
    assert client("app.bsky.actor.getProfile", actor=did)["error"] == "AccountTakedown"
    assert client("app.bsky.feed.getAuthorFeed", actor=did)["message"] == "Profile not found"
    assert client("com.atproto.repo.describeRepo", repo=did)["error"] == "RepoTakendown"
    assert client("app.bsky.feed.getPosts", uris=native_id(network, post)) == {"posts": []}


def test_blobs_are_content_addressed(network: Network, client: Client) -> None:
    post = network.publish(DISTRICT, "x", photos=[network.photo("bluesky", "A bus", kind="png")])
    image = client("app.bsky.feed.getPosts", uris=native_id(network, post))["posts"][0]
    cid = image["record"]["embed"]["images"][0]["image"]["ref"]["$link"]
    blob = client.http.get(
        "/xrpc/com.atproto.sync.getBlob", params={"did": image["author"]["did"], "cid": cid}
    )
    assert (blob.headers["content-type"], blob_cid(blob.content)) == ("image/png", cid)
    assert (
        client("com.atproto.sync.getBlob", did=image["author"]["did"], cid=blob_cid(b""))["message"]
        == "Blob not found"
    )


# -- who is signed in ------------------------------------------------------------------------------

SESSION = "com.atproto.server.createSession"
AGAIN = "com.atproto.server.refreshSession"
NOTIFICATIONS = "app.bsky.notification.listNotifications"


def claims(token: str) -> Any:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.fixture
def signed(network: Network, client: Client) -> Client:
    """Provide a session of the district, with an app password that has no access to chats."""
    network.grant("bluesky", "aaaa-bbbb-cccc-dddd", DISTRICT, kind="password")
    session = client.sign_in("district.test", "aaaa-bbbb-cccc-dddd")
    client.http.headers["Authorization"] = f"Bearer {session['accessJwt']}"
    return client


def test_an_app_password_opens_a_session(network: Network, client: Client) -> None:
    network.grant("bluesky", "aaaa-bbbb-cccc-dddd", DISTRICT, kind="password")
    session = client.sign_in("district.test", "aaaa-bbbb-cccc-dddd")
    did = client("com.atproto.identity.resolveHandle", handle="district.test")["did"]
    assert (session["did"], session["handle"], session["active"]) == (did, "district.test", True)
    assert session["didDoc"]["service"][0]["serviceEndpoint"] == "http://made-up.test"
    told = claims(session["accessJwt"])
    assert (told["sub"], told["scope"], told["exp"] - told["iat"]) == (did, "com.atproto.appPass", 7200)
    assert client.sign_in(did, "aaaa-bbbb-cccc-dddd")["refreshJwt"] != session["refreshJwt"]
    wrong = {"error": "AuthenticationRequired", "message": "Invalid identifier or password"}
    assert (
        client.sign_in("district.test", "nonsense")
        == client.sign_in("ana.test", "aaaa-bbbb-cccc-dddd")
        == wrong
    )
    assert client.sign_in(session["accessJwt"], "aaaa-bbbb-cccc-dddd") == wrong
    assert (
        client.post(SESSION, {"identifier": "district.test"})["message"]
        == 'Missing required key "password" at $'
    )
    assert (
        client.http.post(f"/xrpc/{SESSION}", data={"identifier": "x"})
        .json()["message"]
        .endswith("application/x-www-form-urlencoded")
    )
    assert client(SESSION)["message"] == "Incorrect HTTP method (GET) expected POST"
    network.suspend(DISTRICT)
    assert client.sign_in("district.test", "aaaa-bbbb-cccc-dddd") == wrong


def test_a_session_ends_and_goes_on(network: Network, signed: Client) -> None:
    session = signed.sign_in("district.test", "aaaa-bbbb-cccc-dddd")
    access, refresh = ({"Authorization": f"Bearer {session[name]}"} for name in ("accessJwt", "refreshJwt"))
    assert signed.http.get(f"/xrpc/{NOTIFICATIONS}", headers=access).status_code == 200
    for wrong in (
        signed.post(AGAIN, headers=access),
        signed.http.get(f"/xrpc/{NOTIFICATIONS}", headers=refresh).json(),
    ):
        assert wrong == {"error": "InvalidToken", "message": "Token could not be verified"}
    network.wait(hours=2, seconds=1)
    dead = signed.http.get(f"/xrpc/{NOTIFICATIONS}", headers=access)
    assert (dead.status_code, dead.json()) == (400, {"error": "ExpiredToken", "message": "Token has expired"})
    again = signed.post(AGAIN, headers=refresh)
    assert (
        signed.http.get(
            f"/xrpc/{NOTIFICATIONS}", headers={"Authorization": f"Bearer {again['accessJwt']}"}
        ).status_code
        == 200
    )
    assert "accessJwt" in signed.post(AGAIN, headers=refresh)
    network.wait(hours=2, seconds=1)
    assert signed.post(AGAIN, headers=refresh) == {
        "error": "ExpiredToken",
        "message": "Token has been revoked",
    }
    assert "accessJwt" in signed.post(AGAIN, headers={"Authorization": f"Bearer {again['refreshJwt']}"})


def test_a_revoked_app_password_leaves_its_access_tokens_alive(network: Network, signed: Client) -> None:
    session = signed.sign_in("district.test", "aaaa-bbbb-cccc-dddd")
    network.expire_token("bluesky", secret="aaaa-bbbb-cccc-dddd", reason="revoked")
    assert signed.sign_in("district.test", "aaaa-bbbb-cccc-dddd")["error"] == "AuthenticationRequired"
    assert (
        signed.post(AGAIN, headers={"Authorization": f"Bearer {session['refreshJwt']}"})["error"]
        == "ExpiredToken"
    )
    assert signed(NOTIFICATIONS)["notifications"] == []
    network.suspend(DISTRICT)
    assert signed(NOTIFICATIONS)["error"] == "AccountTakedown"


def test_notifications_are_told_for_the_first_reason_that_fits(network: Network, signed: Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    mention = network.publish(ANA, "Thanks @district.test")
    quote = network.publish(ANA, "Look", quote=post)
    answer = network.comment(ANA, post, "Why?")
    network.comment(ANA, network.comment(DISTRICT, answer, "Ice"), "@district.test I see")
    network.repost(BO, post)
    network.publish(DISTRICT, "@district.test myself")
    network.publish(BO, "Nothing of theirs")
    told = signed(NOTIFICATIONS)
    found = [
        (one["reason"], one["author"]["handle"], one["record"].get("text")) for one in told["notifications"]
    ]
    assert found == [
        ("repost", "bo.test", None),
        ("mention", "ana.test", "@district.test I see"),
        ("reply", "ana.test", "Why?"),
        ("quote", "ana.test", "Look"),
        ("mention", "ana.test", "Thanks @district.test"),
    ]
    subjects = [one.get("reasonSubject") for one in told["notifications"]]
    assert subjects == [
        native_id(network, post),
        None,
        native_id(network, post),
        native_id(network, post),
        None,
    ]
    assert [one["isRead"] for one in told["notifications"]] == [False, True, True, True, True]
    assert told["seenAt"] == told["notifications"][0]["indexedAt"]
    assert "cursor" not in told
    assert told["notifications"][4]["uri"] == native_id(network, mention)
    assert signed("app.bsky.feed.getPosts", uris=native_id(network, post))["posts"][0]["quoteCount"] == 1
    network.remove(mention)
    network.block(BO, DISTRICT)
    assert [one["reason"] for one in signed(NOTIFICATIONS)["notifications"]] == ["mention", "reply", "quote"]
    network.remove(post)
    assert [one["reason"] for one in signed(NOTIFICATIONS)["notifications"]] == ["mention"]
    network.mute(DISTRICT, ANA)
    assert signed(NOTIFICATIONS)["notifications"] == []
    assert (
        signed("app.bsky.feed.getPosts", uris=native_id(network, quote))["posts"][0]["record"]["text"]
        == "Look"
    )


def test_answers_far_below_and_hidden_ones_are_not_told(network: Network, signed: Client) -> None:
    below = [network.publish(DISTRICT, "0")]
    for level in range(1, 7):
        below.append(network.comment(ANA, below[-1], str(level)))
    assert [one["record"]["text"] for one in signed(NOTIFICATIONS)["notifications"]] == ["4", "3", "2", "1"]
    network.hide(below[2])
    assert [one["record"]["text"] for one in signed(NOTIFICATIONS)["notifications"]] == ["1"]


def test_a_page_of_notifications_may_be_empty_and_have_a_cursor(network: Network, signed: Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    for number in range(3):
        network.publish(ANA, f"@district.test {number}")
    for number in range(25):
        network.comment(BO, post, str(number))
    page = signed(NOTIFICATIONS, limit=2, reasons=["mention", "quote"])
    assert (page["notifications"], "seenAt" in page) == ([], False)
    found = []
    while "cursor" in page:
        page = signed(NOTIFICATIONS, limit=2, reasons=["mention", "quote"], cursor=page["cursor"])
        found += [one["record"]["text"] for one in page["notifications"]]
    assert found == [f"@district.test {number}" for number in (2, 1, 0)]
    assert len(signed(NOTIFICATIONS, limit=100)["notifications"]) == 28


def test_notifications_are_for_who_is_signed_in(signed: Client) -> None:
    assert (
        signed(NOTIFICATIONS, seenAt="2026-11-24T00:00:00Z")["message"]
        == "The seenAt parameter is unsupported"
    )
    assert signed(NOTIFICATIONS, cursor="nonsense")["error"] == "InternalServerError"
    assert signed(NOTIFICATIONS, limit=0)["message"].endswith("integer too small (minimum 1, got 0)")
    for proxy, message in (
        ("did:web:api.bsky.app#bsky_appview", None),
        ("did:web:api.bsky.app", "no service id specified in proxy header"),
        ("#bsky_appview", "no did specified in proxy header"),
        ("did:web:made-up.test#x", "could not resolve proxy did"),
        ("did:web:api.bsky.chat#bsky_chat", "Method Not Implemented"),
    ):
        told = signed.http.get(f"/xrpc/{NOTIFICATIONS}", headers={"Atproto-Proxy": proxy}).json()
        assert told.get("message") == message
    del signed.http.headers["Authorization"]
    refused = signed.http.get(f"/xrpc/{NOTIFICATIONS}")
    assert (refused.status_code, refused.json()) == (
        401,
        {"error": "AuthMissing", "message": "Authentication Required"},
    )


@pytest.mark.parametrize(
    ("nsid", "parameters", "told"),
    [
        ("app.bsky.feed.getAuthorFeed", {}, 'Missing required key "actor"'),
        (
            "app.bsky.feed.getAuthorFeed",
            {"actor": "ana.test", "limit": "101"},
            "integer too big (maximum 100, got 101)",
        ),
        (
            "app.bsky.feed.getPosts",
            {"uris": ["at://ana.test/app.bsky.feed.post/x"] * 26},
            "array too big (maximum 25, got 26)",
        ),
        ("app.bsky.feed.getPostThread", {"uri": "nonsense"}, 'Invalid at-uri (got "nonsense")'),
        ("com.atproto.sync.getBlob", {"did": "ana.test", "cid": "nonsense"}, 'Invalid cid (got "nonsense")'),
    ],
)
def test_wrong_parameters(client: Client, nsid: str, parameters: dict[str, Any], told: str) -> None:
    assert client(nsid, **parameters) == {
        "error": "InvalidRequest",
        "message": f"Invalid {nsid} params: {told}",
    }


def test_profiles_and_relationships_of_several_accounts(network: Network, client: Client) -> None:
    network.block(DISTRICT, ANA)
    network.block(BO, DISTRICT)
    profiles = client("app.bsky.actor.getProfiles", actors=["ana.test", "nobody.test"])["profiles"]
    assert [one["handle"] for one in profiles] == ["ana.test"]
    ana, bo, us = (
        client("com.atproto.identity.resolveHandle", handle=f"{name}.test")["did"]
        for name in ("ana", "bo", "district")
    )
    found = client("app.bsky.graph.getRelationships", actor=us, others=[ana, bo, "did:plc:nobody"])
    first, second, third = found["relationships"]
    blocks = client("com.atproto.repo.listRecords", repo=us, collection="app.bsky.graph.block")["records"]
    assert (found["actor"], first["did"], first["blocking"], "blockedBy" in first) == (
        us,
        ana,
        blocks[0]["uri"],
        False,
    )
    assert (second["did"], second["blockedBy"].startswith(f"at://{bo}/"), "blocking" in second) == (
        bo,
        True,
        False,
    )
    assert (third["actor"], third["notFound"]) == ("did:plc:nobody", True)
    assert client("app.bsky.graph.getRelationships", actor="nobody.test")["error"] == "ActorNotFound"
    assert client("app.bsky.actor.getProfiles", actors=["ana.test"] * 26)["error"] == "InvalidRequest"
