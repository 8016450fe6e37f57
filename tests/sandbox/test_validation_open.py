"""The validators of Mastodon, Bluesky, WordPress, and feeds refuse broken responses.

The descriptions of these platforms are free.
"""

import json
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.mastodon.entities import Entities
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, bluesky, feed, mastodon, wordpress
from tests.sandbox.refusing import JSON, Break, refused

MASTODON_HEADERS = {
    "Content-Type": "application/json",
    "X-RateLimit-Limit": "300",
    "X-RateLimit-Remaining": "1",
    "X-RateLimit-Reset": "2026-11-24T18:30:00.000Z",
}
BLUESKY_HEADERS = {
    "Content-Type": "application/json",
    "RateLimit-Limit": "3000",
    "RateLimit-Remaining": "1",
    "RateLimit-Reset": "1795570763",
    "RateLimit-Policy": "3000;w=300",
}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("account"), "'account' is a required property"),
        (lambda one: one.update(id=7), "7 is not of type 'string'"),
        (lambda one: one.update(visibility="secret"), "'secret' is not one of"),
        (lambda one: one.update(created_at="yesterday"), "'yesterday' is not a 'date-time'"),
        (lambda one: one.update(url="no address"), "is not a 'uri'"),
        (lambda one: one.update(favorites=3), "'favorites' was unexpected"),
        (lambda one: one["account"].pop("acct"), "'acct' is a required property"),
        (lambda one: one["media_attachments"][0].update(type="photo"), "'photo' is not one of"),
    ],
)
def test_mastodon_refuses(network: Network, broken: Break, reason: str) -> None:
    post = network.publish("mastodon/district", "x", photos=[network.photo("mastodon", "x")])
    status = Entities(network, "http://made-up.test", None).status(post)
    assert reason in refused(
        lambda body: mastodon.check("/api/v1/statuses/{id}", 200, MASTODON_HEADERS, body), status, broken
    )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("group_key"), "'group_key' is a required property"),
        (lambda one: one.update(type="hint"), "'hint' is not one of"),
        (lambda one: one.update(id=7), "7 is not of type 'string'"),
        (lambda one: one.update(post=one.pop("status")), "'post' was unexpected"),
    ],
)
def test_mastodon_refuses_a_notification(
    network: Network, open_face: Any, broken: Break, reason: str
) -> None:
    network.publish("mastodon/bo", "Hello @district")
    network.grant("mastodon", "own", "mastodon/district", scopes=["read:notifications"])
    answer = open_face(network, "mastodon", token="own").get("/api/v1/notifications").json()
    told = refused(
        lambda body: mastodon.check("/api/v1/notifications", 200, MASTODON_HEADERS, body),
        answer,
        lambda one: broken(one[0]),
    )
    assert reason in told


def test_mastodon_refuses_a_status_headers_and_an_operation_that_are_not_described() -> None:
    with pytest.raises(Invalid, match="knows no answer 418"):
        mastodon.check("/api/v1/statuses/{id}", 418, MASTODON_HEADERS, b"{}")
    with pytest.raises(Invalid, match="X-RateLimit-Reset"):
        mastodon.check(
            "/api/v1/statuses/{id}", 404, {**MASTODON_HEADERS, "X-RateLimit-Reset": "soon"}, b'{"error":"x"}'
        )
    with pytest.raises(Invalid, match="knows no answer 200"):
        mastodon.check("/api/v1/nothing", 200, MASTODON_HEADERS, b"{}")
    with pytest.raises(Invalid, match="media file"):
        mastodon.check("media", 200, {"Content-Type": "image/png"}, b"GIF89a")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("author"), "author: Field required"),
        (lambda one: one.update(likeCount="3"), "likeCount: Input should be a valid integer"),
        (lambda one: one.update(favourites=3), "favourites: not in the lexicon"),
        (lambda one: one.update(like_count=one.pop("likeCount")), "like_count: not in the lexicon"),
        (lambda one: one["embed"].update({"$type": "app.bsky.embed.nothing#view"}), "fits no lexicon"),
        (lambda one: one.update(indexedAt="yesterday"), "Invalid datetime"),
        (lambda one: one.update(uri="nowhere"), "Invalid AT-URI"),
        (lambda one: one["record"].update(text="other"), "cid"),
        (lambda one: (one["record"].pop("createdAt"), one.pop("cid")), "cid: Field required"),
    ],
)
def test_bluesky_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("bluesky/district.test", "x", photos=[network.photo("bluesky", "x")])
    answer = (
        open_face(network, "bluesky")
        .get("/xrpc/app.bsky.feed.getPosts", params={"uris": native_id(network, post)})
        .json()
    )
    told = refused(
        lambda body: bluesky.check("app.bsky.feed.getPosts", 200, BLUESKY_HEADERS, body),
        answer,
        lambda one: broken(one["posts"][0]),
    )
    assert reason in told


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("reason"), "reason: Field required"),
        (lambda one: one.update(isRead="no way"), "isRead: Input should be a valid boolean"),
        (lambda one: one.update(post=one.pop("record")), "record: Field required"),
        (lambda one: one.update(likes=1), "likes: not in the lexicon"),
        (lambda one: one["record"].update(text="other"), "cid"),
    ],
)
def test_bluesky_refuses_a_notification(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    network.publish("bluesky/ana.test", "Hello @district.test")
    network.grant("bluesky", "token", "bluesky/district.test", kind="access")
    nsid = "app.bsky.notification.listNotifications"
    answer = open_face(network, "bluesky", token="token").get(f"/xrpc/{nsid}").json()
    told = refused(
        lambda body: bluesky.check(nsid, 200, BLUESKY_HEADERS, body),
        answer,
        lambda one: broken(one["notifications"][0]),
    )
    assert reason in told


def test_bluesky_refuses_errors_blobs_and_methods_of_another_shape() -> None:
    with pytest.raises(Invalid, match="no XRPC error"):
        bluesky.check("app.bsky.feed.getPosts", 400, BLUESKY_HEADERS, b'{"error":"X"}')
    with pytest.raises(Invalid, match="know no answer"):
        bluesky.check("app.bsky.feed.getNothing", 200, BLUESKY_HEADERS, b"{}")
    with pytest.raises(Invalid, match="a blob that is not"):
        bluesky.check(
            "com.atproto.sync.getBlob",
            200,
            BLUESKY_HEADERS,
            b"x",
            cid="bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
        )
    with pytest.raises(Invalid, match="RateLimit-Reset"):
        bluesky.check(
            "app.bsky.feed.getPosts", 200, {**BLUESKY_HEADERS, "RateLimit-Reset": "soon"}, b'{"posts":[]}'
        )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("modified_gmt"), "'modified_gmt' is a required property"),
        (lambda one: one.update(id="7"), "'7' is not of type 'integer'"),
        (lambda one: one.update(status="published"), "'published' is not one of"),
        (lambda one: one.update(password=""), "'password' was unexpected"),
        (lambda one: one["content"].update(raw="x"), "'raw' was unexpected"),
        (lambda one: one.update(date="yesterday"), "'yesterday' is not a 'date-time'"),
        (lambda one: one.pop("_links"), "no _links"),
        (lambda one: one["_embedded"]["author"][0].pop("slug"), "'slug' is a required property"),
    ],
)
def test_wordpress_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    network.publish("wordpress/district/editor", "x", title="x")
    answer = open_face(network, "wordpress/district").get("/wp-json/wp/v2/posts?_embed").json()
    assert reason in refused(
        lambda body: wordpress.check("posts", 200, JSON, body), answer, lambda one: broken(one[0])
    )


def test_wordpress_refuses_errors_headers_and_fields_of_another_shape() -> None:
    error = {"code": "rest_forbidden", "message": "No.", "data": {"status": 403}}
    with pytest.raises(Invalid, match="401 is not 403"):
        wordpress.check("posts", 401, JSON, json.dumps(error).encode())
    with pytest.raises(Invalid, match="X-WP-Total"):
        wordpress.check("posts", 200, {"Content-Type": "application/json"}, b"[]")
    with pytest.raises(Invalid, match="is more than"):
        wordpress.check("posts", 200, JSON, b'[{"id": 1, "slug": "x"}]', fields=["id"])
    with pytest.raises(Invalid, match="is no throttle"):
        wordpress.check("throttle", 429, {"Content-Type": "text/html"}, b"")


@pytest.mark.parametrize(
    ("cut", "put", "reason"),
    [
        ("</channel>", "", "feedparser"),
        ('<rss version="2.0"', "<html", "feedparser|no feed|neither"),
        ("<guid", "<gud", "feedparser|id"),
        ("<title>Made up</title>", "", "without title"),
    ],
)
def test_feed_refuses(network: Network, open_face: Any, cut: str, put: str, reason: str) -> None:
    for number in range(2):
        network.publish("feed/news/desk", "x", title=f"{number}")
    answer = open_face(network, "feed/news").get("/rss.xml")
    feed.check(200, answer.headers, answer.content)
    assert cut in answer.text
    with pytest.raises(Invalid, match=reason):
        feed.check(200, answer.headers, answer.text.replace(cut, put).encode())
    with pytest.raises(Invalid, match="without ETag"):
        feed.check(200, {"Content-Type": "application/rss+xml"}, answer.content)
