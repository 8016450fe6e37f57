"""A validator that cannot fail is no validator: each refuses answers that were broken on purpose, and a face then serves a 500."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from infra.local.sandbox.faces import native_id
from infra.local.sandbox.faces.mastodon_entities import Entities
from infra.local.sandbox.faces.meta_fields import parse
from infra.local.sandbox.faces.tiktok_ids import open_id
from infra.local.sandbox.model import Poll, Video
from infra.local.sandbox.network import Network
from infra.local.sandbox.validation import (
    Invalid,
    bluesky,
    derive_mastodon,
    derive_vimeo,
    derive_x,
    feed,
    linkedin,
    mastodon,
    meta,
    record_wordpress,
    tiktok,
    vimeo,
    wordpress,
    x,
    youtube,
)

Break = Callable[[Any], object]
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
META_HEADERS = {"Content-Type": "application/json; charset=UTF-8", "facebook-api-version": "v26.0"}
JSON = {"Content-Type": "application/json; charset=UTF-8", "X-WP-Total": "1", "X-WP-TotalPages": "1"}


def refused(check: Callable[[bytes], None], answer: Any, broken: Break) -> str:
    """What the validator says of the broken answer; the whole one must pass."""
    check(json.dumps(answer).encode())
    broken(answer)
    with pytest.raises(Invalid) as told:
        check(json.dumps(answer).encode())
    return str(told.value)


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
    assert reason in refused(lambda body: mastodon.check("/api/v1/statuses/{id}", 200, MASTODON_HEADERS, body), status, broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("group_key"), "'group_key' is a required property"),
        (lambda one: one.update(type="hint"), "'hint' is not one of"),
        (lambda one: one.update(id=7), "7 is not of type 'string'"),
        (lambda one: one.update(post=one.pop("status")), "'post' was unexpected"),
    ],
)
def test_mastodon_refuses_a_notification(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    network.publish("mastodon/bo", "Hello @district")
    network.grant("mastodon", "own", "mastodon/district", scopes=["read:notifications"])
    answer = open_face(network, "mastodon", token="own").get("/api/v1/notifications").json()
    told = refused(lambda body: mastodon.check("/api/v1/notifications", 200, MASTODON_HEADERS, body), answer, lambda one: broken(one[0]))
    assert reason in told


def test_mastodon_refuses_a_status_headers_and_an_operation_that_are_not_described() -> None:
    with pytest.raises(Invalid, match="knows no answer 418"):
        mastodon.check("/api/v1/statuses/{id}", 418, MASTODON_HEADERS, b"{}")
    with pytest.raises(Invalid, match="X-RateLimit-Reset"):
        mastodon.check("/api/v1/statuses/{id}", 404, {**MASTODON_HEADERS, "X-RateLimit-Reset": "soon"}, b'{"error":"x"}')
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
    answer = open_face(network, "bluesky").get("/xrpc/app.bsky.feed.getPosts", params={"uris": native_id(network, post)}).json()
    told = refused(
        lambda body: bluesky.check("app.bsky.feed.getPosts", 200, BLUESKY_HEADERS, body), answer, lambda one: broken(one["posts"][0])
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
    told = refused(lambda body: bluesky.check(nsid, 200, BLUESKY_HEADERS, body), answer, lambda one: broken(one["notifications"][0]))
    assert reason in told


def test_bluesky_refuses_errors_blobs_and_methods_of_another_shape() -> None:
    with pytest.raises(Invalid, match="no XRPC error"):
        bluesky.check("app.bsky.feed.getPosts", 400, BLUESKY_HEADERS, b'{"error":"X"}')
    with pytest.raises(Invalid, match="know no answer"):
        bluesky.check("app.bsky.feed.getNothing", 200, BLUESKY_HEADERS, b"{}")
    with pytest.raises(Invalid, match="a blob that is not"):
        bluesky.check(
            "com.atproto.sync.getBlob", 200, BLUESKY_HEADERS, b"x", cid="bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
        )
    with pytest.raises(Invalid, match="RateLimit-Reset"):
        bluesky.check("app.bsky.feed.getPosts", 200, {**BLUESKY_HEADERS, "RateLimit-Reset": "soon"}, b'{"posts":[]}')


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
    assert reason in refused(lambda body: wordpress.check("posts", 200, JSON, body), answer, lambda one: broken(one[0]))


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


META_FIELDS = (
    "message,created_time,status_type,is_hidden,shares,from,privacy,attachments{media,media_type},"
    "comments.summary(true).limit(5){message,like_count}"
)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(id=7), "7 is no string"),
        (lambda one: one.update(story="x"), "story: was not asked for"),
        (lambda one: one.update(massage=one.pop("message")), "massage: was not asked for"),
        (lambda one: one.update(message=None), "null, which is left out"),
        (lambda one: one.update(created_time="2026-11-24T18:30:01Z"), "is no datetime"),
        (lambda one: one.update(is_hidden="false"), "'false' is no bool"),
        (lambda one: one.update(status_type="added_photo"), "is not one of"),
        (lambda one: one.update(shares={"count": -1}), "-1 is no unsigned int"),
        (lambda one: one.update(shares={"number": 1}), "number: was not asked for"),
        (lambda one: one["from"].update(email="x"), "email: was not asked for"),
        (lambda one: one["privacy"].update(value=3), "3 is no string"),
        (lambda one: one.update(comments=[]), "is no page of an edge"),
        (lambda one: one["comments"]["data"][0].update(like_count=True), "True is no unsigned int"),
        (lambda one: one["comments"]["data"][0].update(edited=True), "edited: was not asked for"),
        (lambda one: one["comments"]["summary"].update(count=1), "has no such summary"),
        (lambda one: one["comments"]["summary"].update(order="newest"), "is not one of"),
        (lambda one: one["comments"]["paging"].update(next="https://graph.facebook.com/x"), "without the token"),
        (lambda one: one["attachments"]["data"][0]["media"]["image"].update(alt="x"), "alt: was not asked for"),
        (lambda one: one["attachments"]["data"][0].update(media_type="picture"), "is not one of"),
    ],
)
def test_meta_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("facebook/district", "x", photos=[network.photo("facebook", "x")], shares=1)
    network.comment("facebook/ana", post, "Why?")
    client, fields = open_face(network, "facebook", token="token"), parse(META_FIELDS)
    answer = client.get(f"/v26.0/{native_id(network, post)}", params={"fields": META_FIELDS}).json()
    assert reason in refused(lambda body: meta.check(200, META_HEADERS, body, kind="PagePost", fields=fields), answer, broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(media_product_type="REEL"), "is not one of"),
        (lambda one: one.update(timestamp=1), "1 is no datetime"),
        (lambda one: one.update(like_count="3"), "'3' is no int"),
        (lambda one: one.update(edited_at="2026-11-24T18:30:01+0000"), "edited_at: was not asked for"),
        (lambda one: one["comments"]["data"][0]["from"].update(email="x"), "email: was not asked for"),
        (lambda one: one["comments"]["data"][0].update(hidden=0), "0 is no bool"),
    ],
)
def test_instagram_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("instagram/district", "x", photos=[network.photo("instagram", "x")])
    network.comment("instagram/ana", post, "Why?")
    told = "media_product_type,timestamp,like_count,comments{hidden,from,text}"
    answer = open_face(network, "instagram", token="token").get(f"/v26.0/{native_id(network, post)}", params={"fields": told}).json()
    fields = parse(told)
    assert reason in refused(lambda body: meta.check(200, META_HEADERS, body, kind="IGMediaForIGOnlyAPI", fields=fields), answer, broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(media_type="REEL"), "is not one of"),
        (lambda one: one.update(hide_status="hidden"), "hide_status: was not asked for"),
        (lambda one: one.update(timestamp="2026-11-24T18:30:01Z"), "is no datetime"),
        (lambda one: one["poll_attachment"].update(total_votes="4"), "'4' is no unsigned int"),
        (lambda one: one["quoted_post"].update(text="x"), "text: was not asked for"),
        (lambda one: one.update(gif_url=None), "gif_url: was not asked for"),
    ],
)
def test_threads_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    poll = Poll(["A", "B"], [1, 3], network.now())
    post = network.publish("threads/district", "x", poll=poll, quote=network.publish("threads/ana", "y"))
    told = "media_type,timestamp,poll_attachment,quoted_post"
    answer = open_face(network, "threads", token="token").get(f"/v1.0/{native_id(network, post)}", params={"fields": told}).json()
    fields = parse(told)
    assert reason in refused(lambda body: meta.check(200, META_HEADERS, body, kind="ThreadsMedia", fields=fields), answer, broken)


def test_meta_refuses_errors_headers_and_kinds_of_another_shape() -> None:
    error = b'{"error":{"message":"x","type":"OAuthException","code":100,"fbtrace_id":"A1"}}'
    meta.check(400, META_HEADERS, error, kind="Page")
    for broken in (b'{"error":{"message":"x"}}', error.replace(b'"A1"', b'"A1","reason":"x"'), error.replace(b"OAuth", b"Own")):
        with pytest.raises(Invalid, match="error"):
            meta.check(400, META_HEADERS, broken, kind="Page")
    with pytest.raises(Invalid, match="this status"):
        meta.check(429, META_HEADERS, error, kind="Page")
    usage = '{"1": [{"type": "pages", "call_count": 1, "total_cputime": 1, "total_time": 1}]}'
    with pytest.raises(Invalid, match="X-Business-Use-Case-Usage"):
        meta.check(200, {**META_HEADERS, "X-Business-Use-Case-Usage": usage}, b"{}", kind="Page")
    with pytest.raises(Invalid, match="X-App-Usage"):
        meta.check(200, {**META_HEADERS, "X-App-Usage": '{"call_count": 1}'}, b"{}", kind="Page")
    with pytest.raises(Invalid, match="facebook-api-version"):
        meta.check(200, {"Content-Type": "application/json; charset=UTF-8"}, b"{}", kind="Page")
    with pytest.raises(Invalid, match="knows no Nothing"):
        meta.check(200, META_HEADERS, b"{}", kind="Nothing")
    with pytest.raises(Invalid, match="no image/png"):
        meta.check_media(200, {"Content-Type": "image/png"}, b"GIF89a")
    with pytest.raises(Invalid, match="a media file: 410"):
        meta.check_media(410, {"Content-Type": "text/plain"}, b"gone")


RESTLI = {"Content-Type": "application/json", "X-RestLi-Protocol-Version": "2.0.0"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("lifecycleState"), "'lifecycleState' is a required property"),
        (lambda one: one.update(lifecycleState="VISIBLE"), "'VISIBLE' is not one of"),
        (lambda one: one.update(id="urn:li:activity:7"), "does not match"),
        (lambda one: one.update(author="district"), "does not match"),
        (lambda one: one.update(createdAt=1_700_000_000), "less than the minimum"),
        (lambda one: one.update(lastModifiedAt="2026-11-24"), "is not of type 'integer'"),
        (lambda one: one.update(comments=3), "'comments' was unexpected"),
        (lambda one: one["content"].update(poll={}), "too many properties"),
        (lambda one: one["content"].clear(), "should be non-empty"),
        (lambda one: one["content"]["media"].update(id="urn:li:picture:x"), "does not match"),
        (lambda one: one["distribution"].pop("feedDistribution"), "'feedDistribution' is a required property"),
    ],
)
def test_linkedin_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("linkedin/district", "x", photos=[network.photo("linkedin", "x")])
    answer = open_face(network, "linkedin", token="token").get(f"/rest/posts/{quote(native_id(network, post), safe='')}").json()
    assert reason in refused(lambda body: linkedin.check("Post", 200, RESTLI, body), answer, broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("startsAt"), "'startsAt' is a required property"),
        (lambda one: one.update(id=str(one["id"])), "is not of type 'integer'"),
        (lambda one: one.update(startsAt=1_791_286_200), "is less than the minimum"),
        (lambda one: one.update(organizer="urn:li:company:1"), "does not match"),
        (lambda one: one.update(canceled=False), "'canceled' was unexpected"),
        (lambda one: one["type"].update(online={"format": {"external": {"url": "https://x.test"}}}), "has too many properties"),
        (lambda one: one["description"]["localized"].update(en_US="x"), "'x' is not of type 'object'"),
    ],
)
def test_linkedin_refuses_an_event(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    network.publish("linkedin/district", "x", event=network.event("linkedin", "Fair", network.now(), place="Gym", about="Come"))
    client = open_face(network, "linkedin", token="token")
    (us,) = client.get("/rest/organizationAcls?q=roleAssignee").json()["elements"]
    answer = client.get(f"/rest/events?q=eventsByOrganizer&organizer={quote(us['organization'], safe='')}").json()
    assert reason in refused(lambda body: linkedin.check("Events", 200, RESTLI, body), answer, lambda one: broken(one["elements"][0]))


def test_linkedin_refuses_errors_headers_and_kinds_of_another_shape() -> None:
    failed = {**RESTLI, "X-RestLi-Error-Response": "true"}
    error = b'{"status":404,"code":"NOT_FOUND","message":"x"}'
    linkedin.check("Post", 404, failed, error)
    for status, headers in ((404, RESTLI), (403, failed), (418, failed)):
        with pytest.raises(Invalid, match="no status of this error"):
            linkedin.check("Post", status, headers, error)
    with pytest.raises(Invalid, match="'message' is a required property"):
        linkedin.check("Post", 404, failed, b'{"status":404}')
    with pytest.raises(Invalid, match="is not JSON"):
        linkedin.check("Post", 200, {**RESTLI, "Content-Type": "text/html"}, b"{}")
    with pytest.raises(Invalid, match="without X-RestLi"):
        linkedin.check("Post", 200, {"Content-Type": "application/json"}, b"{}")
    with pytest.raises(Invalid, match="nothing of the kind"):
        linkedin.check("Nothing", 200, RESTLI, b"{}")
    with pytest.raises(Invalid, match="access_token"):
        linkedin.check_oauth("AccessToken", 200, RESTLI, b"{}")
    with pytest.raises(Invalid, match="no application/pdf"):
        linkedin.check_media(200, {"Content-Type": "application/pdf"}, b"GIF89a")


X_HEADERS = {"Content-Type": x.JSON, "x-rate-limit-limit": "900", "x-rate-limit-remaining": "1", "x-rate-limit-reset": "1795570763"}
X_PROBLEM = {**X_HEADERS, "Content-Type": x.PROBLEM}
X_ASKED = {"post.fields": ["created_at", "public_metrics"], "expansions": ["author_id", "referenced_posts"]}
BY_ID = "/2/tweets/{id}"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("text"), "'text' is a required property"),
        (lambda one: one.update(id=7), "7 is not of type 'string'"),
        (lambda one: one.update(created_at="yesterday"), "'yesterday' is not a 'date-time'"),
        (lambda one: one.update(lang="en"), "Post.lang not asked for"),
        (lambda one: one.update(likes=3), "'likes' was unexpected"),
        (lambda one: one.update(author_id=None), "None is not of type 'string'"),
        (lambda one: one["public_metrics"].pop("like_count"), "'like_count' is a required property"),
        (lambda one: one["referenced_tweets"][0].update(type="answered"), "'answered' is not one of"),
        (lambda one: one.update(referenced_posts=one.pop("referenced_tweets")), "in an answer to tweet.fields"),
    ],
)
def test_x_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    quoted = network.publish("x/ana", "x")
    post = network.publish("x/district", "y", quote=quoted)
    asked = "tweet.fields=created_at,public_metrics&expansions=author_id,referenced_tweets.id"
    answer = open_face(network, "x", token="bearer").get(f"/2/tweets/{native_id(network, post)}?{asked}").json()
    form = x.Form("tweet", X_ASKED)
    assert reason in refused(lambda body: x.check(BY_ID, form, 200, X_HEADERS, body), answer, lambda one: broken(one["data"]))


def test_x_refuses_errors_headers_words_and_tokens_of_another_shape() -> None:
    newer, older = x.Form("post", {}), x.Form("tweet", {})
    error = b'{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}'
    x.check(BY_ID, newer, 401, X_PROBLEM, error)
    for status, headers, why in ((403, X_PROBLEM, "no error has the status"), (500, X_PROBLEM, "no error has"), (401, X_HEADERS, "401 as")):
        with pytest.raises(Invalid, match=why):
            x.check(BY_ID, newer, status, headers, error)
    with pytest.raises(Invalid, match="Refusal"):
        x.check(BY_ID, newer, 400, X_PROBLEM, b'{"title":"x"}')
    with pytest.raises(Invalid, match="x-rate-limit-limit"):
        x.check(BY_ID, newer, 200, {"Content-Type": x.JSON}, b"{}")
    with pytest.raises(Invalid, match="neither data nor errors"):
        x.check(BY_ID, newer, 200, X_HEADERS, b"{}")
    with pytest.raises(Invalid, match="knows no"):
        x.check("/2/nothing", newer, 200, X_HEADERS, b"{}")
    old = b'{"data":{"id":"1","text":"x","edit_history_tweet_ids":["1"]}}'
    x.check(BY_ID, older, 200, X_HEADERS, old)
    with pytest.raises(Invalid, match="edit_history"):
        x.check(BY_ID, newer, 200, X_HEADERS, old)
    problem = b'{"errors":[{"title":"x","detail":"x","resource_type":"tweet","type":"https://api.x.com/2/problems/lost"}]}'
    with pytest.raises(Invalid, match="errors"):
        x.check(BY_ID, newer, 200, X_HEADERS, problem)
    with pytest.raises(Invalid, match="Token"):
        x.check_token(200, X_HEADERS, b'{"token_type":"bearer"}')
    with pytest.raises(Invalid, match="a media file"):
        x.check_media(200, {"Content-Type": "image/png"}, b"GIF89a")


TIKTOK_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("text"), "'text' is a required property"),
        (lambda one: one.update(comment_id=7), "7 is not of type 'string'"),
        (lambda one: one.update(create_time=1795545000), "1795545000 is not of type 'string'"),
        (lambda one: one.update(status="HELD"), "'HELD' is not one of"),
        (lambda one: one.update(mood="x"), "'mood' was unexpected"),
        (lambda one: one.update(likes=-1), "less than the minimum"),
        (lambda one: one.update(reply_list=[{}] * 4), "is too long"),
    ],
)
def test_tiktok_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("tiktok/district", "x", video=Video(9))
    network.comment("tiktok/ana", post, "y")
    asked = f"business_id={open_id('tiktok/district')}&video_id={native_id(network, post)}"
    answer = open_face(network, "tiktok", token="token").get(f"/open_api/v1.3/business/comment/list/?{asked}").json()
    found = refused(lambda body: tiktok.check("Comments", 200, TIKTOK_JSON, body), answer, lambda one: broken(one["data"]["comments"][0]))
    assert reason in found


def test_tiktok_refuses_errors_statuses_and_tokens_of_another_shape() -> None:
    error = b'{"code":40105,"message":"x","request_id":"x","data":{}}'
    tiktok.check("Nothing", 200, TIKTOK_JSON, error)
    for kind, status, body, why in (
        ("Nothing", 401, error, "in the body, not by 401"),
        ("Comments", 200, error, "'comments' is a required property"),
        ("Nothing", 200, error.replace(b"40105", b"0"), "code 0 with such data"),
        ("Things", 200, error, "no such shape"),
    ):
        with pytest.raises(Invalid, match=why):
            tiktok.check(kind, status, TIKTOK_JSON, body)
    with pytest.raises(Invalid, match="is not TikTok's JSON"):
        tiktok.check("Nothing", 200, {"Content-Type": "text/html"}, error)
    shown = b'{"data":{},"error":{"code":"access_token_invalid","message":"x","log_id":"x"}}'
    tiktok.check_shown("Nothing", 401, TIKTOK_JSON, shown)
    for kind, status, why in (("Nothing", 200, "access_token_invalid with 200"), ("Nothing", 403, "access_token_invalid with 403")):
        with pytest.raises(Invalid, match=why):
            tiktok.check_shown(kind, status, TIKTOK_JSON, shown)
    with pytest.raises(Invalid, match="token:"):
        tiktok.check_token(200, TIKTOK_JSON, b'{"access_token":"x"}')
    with pytest.raises(Invalid, match="plain text"):
        tiktok.check_lost(200, {"Content-Type": "text/plain"}, b"")
    with pytest.raises(Invalid, match="no JPEG"):
        tiktok.check_image(200, {"Content-Type": "image/jpeg"}, b"GIF89a")


LIMITS = {"X-RateLimit-Limit": "250", "X-RateLimit-Remaining": "1"}
GOOGLE = {"Content-Type": "application/json; charset=UTF-8"}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("etag"), "'etag' is a required property"),
        (lambda one: one.update(kind="youtube#clip"), "'youtube#video' was expected"),
        (lambda one: one["snippet"].update(heading="x"), "'heading' was unexpected"),
        (lambda one: one["snippet"].update(title=7), "7 is not of type 'string'"),
        (lambda one: one["snippet"].update(publishedAt="2026-11-24T18:30:00"), "does not match"),
        (lambda one: one["snippet"].update(liveBroadcastContent="soon"), "'soon' is not one of"),
        (lambda one: one["statistics"].update(viewCount="-1"), "does not match"),
        (lambda one: one["statistics"].update(viewCount=1), "1 is not of type 'string'"),
        (lambda one: one["snippet"]["thumbnails"]["high"].update(width=-1), "less than the minimum"),
        (lambda one: one.update(player={}), "player not asked for"),
    ],
)
def test_youtube_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("youtube/district", "x", title="x", video=Video(5))
    asked = f"/youtube/v3/videos?part=snippet,statistics&id={native_id(network, post)}"
    answer = open_face(network, "youtube", key="key").get(asked)
    told = refused(
        lambda body: youtube.check("videos.list", {"snippet", "statistics"}, 200, answer.headers, body),
        answer.json(),
        lambda one: broken(one["items"][0]),
    )
    assert reason in told


def test_youtube_refuses_errors_tags_and_files_of_another_shape() -> None:
    one = {"message": "No.", "domain": "youtube.quota", "reason": "quotaExceeded"}
    error = {"error": {"code": 403, "message": "No.", "errors": [one]}}
    youtube.check_error(403, GOOGLE, json.dumps(error).encode())
    for status, headers, body, reason in (
        (404, GOOGLE, error, "is not the status"),
        (403, JSON | {"Content-Type": "text/html"}, error, "is not Google's JSON"),
        (403, GOOGLE, {"error": {**error["error"], "errors": []}}, "non-empty"),
        (403, GOOGLE, {"error": {**error["error"], "errors": [{**one, "cause": "x"}]}}, "'cause' was unexpected"),
        (401, GOOGLE, {"error": {**error["error"], "code": 401}}, "without WWW-Authenticate"),
    ):
        with pytest.raises(Invalid, match=reason):
            youtube.check_error(status, headers, json.dumps(body).encode())
    with pytest.raises(Invalid, match="is not that of the body"):
        youtube.check("captions.list", set(), 200, {**GOOGLE, "ETag": '"y"'}, b'{"kind":"youtube#captionListResponse","etag":"x"}')
    with pytest.raises(Invalid, match="a 304 with a body"):
        youtube.check("videos.list", set(), 304, GOOGLE, b"{}")
    with pytest.raises(Invalid, match="no srt"):
        youtube.check_caption("srt", 200, {"Content-Type": "application/octet-stream"}, b"WEBVTT\n")
    with pytest.raises(Invalid, match="no JPEG"):
        youtube.check_image(200, {"Content-Type": "image/jpeg"}, b"GIF89a")
    with pytest.raises(Invalid, match="no HTML"):
        youtube.check_page(404, GOOGLE, b"{}")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("modified_time"), "'modified_time' is a required property"),
        (lambda one: one.update(type="film"), "'film' is not one of"),
        (lambda one: one.update(duration="5"), "'5' is not of type 'number'"),
        (lambda one: one.update(title="x"), "'title' was unexpected"),
        (lambda one: one["privacy"].update(view="everybody"), "'everybody' is not one of"),
        (lambda one: one["pictures"]["sizes"][0].pop("link"), "'link' is a required property"),
        (lambda one: one["metadata"]["connections"]["comments"].pop("total"), "'total' is a required property"),
    ],
)
def test_vimeo_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("vimeo/district", "x", title="x", video=Video(5))
    answer = open_face(network, "vimeo", token="token").get(f"/videos/{native_id(network, post)}")
    assert reason in refused(lambda body: vimeo.check("/videos/{video_id}", [], 200, answer.headers, body), answer.json(), broken)


def test_vimeo_refuses_lists_errors_fields_and_files_of_another_shape(network: Network, open_face: Any) -> None:
    network.publish("vimeo/district", "x", title="x")
    client = open_face(network, "vimeo", token="token")
    videos, some = client.get("/me/videos"), client.get("/me/videos?fields=uri,user.name")
    assert some.json()["data"] == [{"uri": "/videos/900000001", "user": {"name": "The District"}}]
    vimeo.check("/me/videos", ["uri", "user"], 200, some.headers, some.content)
    missing = {**client.get("/videos/1").json(), "error_code": "5000"}
    for operation, fields, status, body, reason in (
        ("/me/videos", [], 200, {**videos.json(), "paging": {}}, "'next' is a required property"),
        ("/me/videos", ["uri"], 200, some.json(), "user.name not asked for"),
        ("/me/videos", [], 404, missing, "'5000' is not of type"),
        ("/me/nothing", [], 200, {}, "knows no operation"),
        ("/videos/{video_id}/comments", [], 200, {**videos.json(), "data": []}, "is not application/vnd.vimeo.comment"),
    ):
        with pytest.raises(Invalid, match=reason):
            vimeo.check(operation, fields, status, videos.headers, json.dumps(body).encode())
    with pytest.raises(Invalid, match="X-RateLimit-Reset"):
        vimeo.check("/me/videos", [], 200, {**LIMITS, "X-RateLimit-Reset": "1"}, videos.content)
    with pytest.raises(Invalid, match="no JPEG"):
        vimeo.check_image(200, {"Content-Type": "image/jpeg"}, b"GIF89a")
    with pytest.raises(Invalid, match="no WebVTT"):
        vimeo.check_track(200, {"Content-Type": "text/vtt"}, b"1")


def test_an_invalid_answer_is_a_500_with_the_reason(network: Network, open_face: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    post = network.publish("mastodon/district", "x")
    whole = Entities.status
    monkeypatch.setattr(Entities, "status", lambda self, one: {**whole(self, one), "id": 7})
    answer = open_face(network, "mastodon").get(f"/api/v1/statuses/{native_id(network, post)}")
    assert answer.status_code == 500
    assert "7 is not of type 'string'" in answer.json()["reason"]
    assert len(network.invalid) == 1


def test_derived_shapes_keep_facts_and_leave_sentences_out() -> None:
    """`description` is a sentence as a keyword and a fact as the name of a field."""
    kind = {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]}
    properties = {"description": {"type": "string", "description": "Another."}, "kind": kind}
    thing = {"type": "object", "description": "A sentence.", "required": ["description"], "properties": properties}
    assert derive_mastodon.facts(thing) == {
        "type": "object",
        "required": ["description"],
        "properties": {"description": {"type": "string"}, "kind": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "null"}]}},
        "additionalProperties": False,
    }
    one = {"allOf": [{"$ref": "#/components/schemas/user"}], "description": "A sentence.", "nullable": True}
    many = {"type": "array", "description": "A sentence.", "enum": ["safe"], "items": {"type": "string", "example": "safe"}}
    listed = derive_vimeo.facts({"type": "object", "properties": {"user": one, "filter": many}, "required": ["user"]})
    assert listed == {
        "type": "object",
        "required": ["user"],
        "properties": {
            "user": {"anyOf": [{"$ref": "#/$defs/user"}, {"type": "null"}]},
            "filter": {"type": "array", "items": {"type": "string", "enum": ["safe"]}},
        },
        "additionalProperties": False,
    }
    several = {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "string"}], "nullable": True}
    told = {"text": {"type": "string", "description": "Another.", "nullable": True, "maxLength": 4}, "kind": several}
    assert derive_x.facts({"type": "object", "description": "A sentence.", "properties": told, "required": ["text"]}) == {
        "type": "object",
        "required": ["text"],
        "properties": {"text": {"type": "string"}, "kind": {"anyOf": [{"$ref": "#/$defs/Kind"}, {"type": "string"}]}},
        "additionalProperties": False,
    }
    field = {"description": "A sentence.", "context": ["view"], "type": "string", "readonly": True, "required": True}
    recorded = record_wordpress.facts({"$schema": "x", "title": "post", "properties": {"description": field}})
    assert recorded == {"title": "post", "properties": {"description": {"context": ["view"], "type": "string"}}}
