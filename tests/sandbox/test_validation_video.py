"""The validators of TikTok, YouTube, and Vimeo refuse broken responses."""

import json
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.model import Video
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, tiktok, vimeo, youtube
from tests.sandbox.refusing import JSON, Break, refused

TIKTOK_JSON = {"Content-Type": "application/json"}
LIMITS = {"X-RateLimit-Limit": "250", "X-RateLimit-Remaining": "1"}
GOOGLE = {"Content-Type": "application/json; charset=UTF-8"}


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
    answer = (
        open_face(network, "tiktok", token="token")
        .get(f"/open_api/v1.3/business/comment/list/?{asked}")
        .json()
    )
    found = refused(
        lambda body: tiktok.check("Comments", 200, TIKTOK_JSON, body),
        answer,
        lambda one: broken(one["data"]["comments"][0]),
    )
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
    for kind, status, why in (
        ("Nothing", 200, "access_token_invalid with 200"),
        ("Nothing", 403, "access_token_invalid with 403"),
    ):
        with pytest.raises(Invalid, match=why):
            tiktok.check_shown(kind, status, TIKTOK_JSON, shown)
    with pytest.raises(Invalid, match="token:"):
        tiktok.check_token(200, TIKTOK_JSON, b'{"access_token":"x"}')
    with pytest.raises(Invalid, match="plain text"):
        tiktok.check_lost(200, {"Content-Type": "text/plain"}, b"")
    with pytest.raises(Invalid, match="no JPEG"):
        tiktok.check_image(200, {"Content-Type": "image/jpeg"}, b"GIF89a")


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
        (
            403,
            GOOGLE,
            {"error": {**error["error"], "errors": [{**one, "cause": "x"}]}},
            "'cause' was unexpected",
        ),
        (401, GOOGLE, {"error": {**error["error"], "code": 401}}, "without WWW-Authenticate"),
    ):
        with pytest.raises(Invalid, match=reason):
            youtube.check_error(status, headers, json.dumps(body).encode())
    with pytest.raises(Invalid, match="is not that of the body"):
        youtube.check(
            "captions.list",
            set(),
            200,
            {**GOOGLE, "ETag": '"y"'},
            b'{"kind":"youtube#captionListResponse","etag":"x"}',
        )
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
        (
            lambda one: one["metadata"]["connections"]["comments"].pop("total"),
            "'total' is a required property",
        ),
    ],
)
def test_vimeo_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("vimeo/district", "x", title="x", video=Video(5))
    answer = open_face(network, "vimeo", token="token").get(f"/videos/{native_id(network, post)}")
    assert reason in refused(
        lambda body: vimeo.check("/videos/{video_id}", [], 200, answer.headers, body), answer.json(), broken
    )


def test_vimeo_refuses_lists_errors_fields_and_files_of_another_shape(
    network: Network, open_face: Any
) -> None:
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
        (
            "/videos/{video_id}/comments",
            [],
            200,
            {**videos.json(), "data": []},
            "is not application/vnd.vimeo.comment",
        ),
    ):
        with pytest.raises(Invalid, match=reason):
            vimeo.check(operation, fields, status, videos.headers, json.dumps(body).encode())
    with pytest.raises(Invalid, match="X-RateLimit-Reset"):
        vimeo.check("/me/videos", [], 200, {**LIMITS, "X-RateLimit-Reset": "1"}, videos.content)
    with pytest.raises(Invalid, match="no JPEG"):
        vimeo.check_image(200, {"Content-Type": "image/jpeg"}, b"GIF89a")
    with pytest.raises(Invalid, match="no WebVTT"):
        vimeo.check_track(200, {"Content-Type": "text/vtt"}, b"1")
