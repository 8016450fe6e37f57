"""The validators of Facebook, Instagram, and Threads refuse broken responses."""

from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.meta.graph import asked_of, parse
from infra.sandbox.model import Poll
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, meta
from tests.sandbox.refusing import Break, refused

META_HEADERS = {"Content-Type": "application/json; charset=UTF-8", "facebook-api-version": "v26.0"}
META_FIELDS = (
    "message,created_time,status_type,is_hidden,shares,from,privacy,attachments{media,media_type},"
    "comments.summary(true).limit(5){message,like_count}"
)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(id=7), "$.id: 7 is not of type 'string'"),
        (lambda one: one.update(story="x"), "'story' was unexpected"),
        (lambda one: one.update(massage=one.pop("message")), "'massage' was unexpected"),
        (lambda one: one.update(message=None), "$.message: None is not of type 'string'"),
        (
            lambda one: one.update(created_time="2026-11-24T18:30:01Z"),
            "$.created_time: '2026-11-24T18:30:01Z' does not match",
        ),
        (lambda one: one.update(is_hidden="false"), "'false' is not of type 'boolean'"),
        (lambda one: one.update(status_type="added_photo"), "is not one of"),
        (lambda one: one.update(shares={"count": -1}), "$.shares.count: -1 is less than the minimum"),
        (lambda one: one.update(shares={"number": 1}), "'number' was unexpected"),
        (lambda one: one["from"].update(email="x"), "'email' was unexpected"),
        (lambda one: one["privacy"].update(value=3), "$.privacy.value: 3 is not of type 'string'"),
        (lambda one: one.update(comments=[]), "$.comments: [] is not of type 'object'"),
        (
            lambda one: one["comments"]["data"][0].update(like_count=True),
            "$.comments.data[0].like_count: True is not of type 'integer'",
        ),
        (lambda one: one["comments"]["data"][0].update(edited=True), "'edited' was unexpected"),
        (
            lambda one: one["comments"]["summary"].update(count=1),
            "$.comments.summary: Additional properties are not allowed ('count'",
        ),
        (lambda one: one["comments"]["summary"].update(order="newest"), "is not one of"),
        (
            lambda one: one["comments"]["paging"].update(next="https://graph.facebook.com/x"),
            "does not match 'access_token='",
        ),
        (
            lambda one: one["attachments"]["data"][0]["media"]["image"].update(alt="x"),
            "'alt' was unexpected",
        ),
        (lambda one: one["attachments"]["data"][0].update(media_type="picture"), "is not one of"),
    ],
)
def test_meta_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("facebook/district", "x", photos=[network.photo("facebook", "x")], shares=1)
    network.comment("facebook/ana", post, "Why?")
    client, fields = open_face(network, "facebook", token="token"), asked_of(parse(META_FIELDS))
    answer = client.get(f"/v26.0/{native_id(network, post)}", params={"fields": META_FIELDS}).json()
    assert reason in refused(
        lambda body: meta.check(200, META_HEADERS, body, kind="PagePost", asked=fields), answer, broken
    )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(media_product_type="REEL"), "is not one of"),
        (lambda one: one.update(timestamp=1), "1 is not of type 'string'"),
        (lambda one: one.update(like_count="3"), "'3' is not of type 'integer'"),
        (lambda one: one.update(edited_at="2026-11-24T18:30:01+0000"), "'edited_at' was unexpected"),
        (lambda one: one["comments"]["data"][0]["from"].update(email="x"), "'email' was unexpected"),
        (lambda one: one["comments"]["data"][0].update(hidden=0), "0 is not of type 'boolean'"),
    ],
)
def test_instagram_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("instagram/district", "x", photos=[network.photo("instagram", "x")])
    network.comment("instagram/ana", post, "Why?")
    told = "media_product_type,timestamp,like_count,comments{hidden,from,text}"
    answer = (
        open_face(network, "instagram", token="token")
        .get(f"/v26.0/{native_id(network, post)}", params={"fields": told})
        .json()
    )
    fields = asked_of(parse(told))
    assert reason in refused(
        lambda body: meta.check(200, META_HEADERS, body, kind="IGMediaForIGOnlyAPI", asked=fields),
        answer,
        broken,
    )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.update(media_type="REEL"), "is not one of"),
        (lambda one: one.update(hide_status="hidden"), "'hide_status' was unexpected"),
        (
            lambda one: one.update(timestamp="2026-11-24T18:30:01Z"),
            "$.timestamp: '2026-11-24T18:30:01Z' does not match",
        ),
        (lambda one: one["poll_attachment"].update(total_votes="4"), "'4' is not of type 'integer'"),
        (lambda one: one["quoted_post"].update(text="x"), "'text' was unexpected"),
        (lambda one: one.update(gif_url=None), "'gif_url' was unexpected"),
    ],
)
def test_threads_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    poll = Poll(["A", "B"], [1, 3], network.now())
    post = network.publish("threads/district", "x", poll=poll, quote=network.publish("threads/ana", "y"))
    told = "media_type,timestamp,poll_attachment{option_a,total_votes},quoted_post"
    answer = (
        open_face(network, "threads", token="token")
        .get(f"/v1.0/{native_id(network, post)}", params={"fields": told})
        .json()
    )
    fields = asked_of(parse(told))
    assert reason in refused(
        lambda body: meta.check(200, META_HEADERS, body, kind="ThreadsMedia", asked=fields), answer, broken
    )


def test_meta_refuses_errors_headers_and_kinds_of_another_shape() -> None:
    error = b'{"error":{"message":"x","type":"OAuthException","code":100,"fbtrace_id":"A1"}}'
    meta.check(400, META_HEADERS, error, kind="Page")
    for broken in (
        b'{"error":{"message":"x"}}',
        error.replace(b'"A1"', b'"A1","reason":"x"'),
        error.replace(b"OAuth", b"Own"),
    ):
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
