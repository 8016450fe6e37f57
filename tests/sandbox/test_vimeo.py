"""Vimeo in the sandbox: the result of each action of a story in its API."""

from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "vimeo/district", "vimeo/ana", "vimeo/bo"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "vimeo", token="token")
    return opened


@pytest.fixture
def film(network: Network) -> Post:
    return network.publish(DISTRICT, "Shown in the hall", title="Graduation", video=Video(301))


def address(network: Network, post: Post) -> str:
    """Return the address of a video, or of a comment below its own."""
    number = native_id(network, post)
    return (
        f"/videos/{native_id(network, network.posts[post.root])}/comments/{number}"
        if post.root
        else f"/videos/{number}"
    )


def data(client: httpx.Client, path: str) -> list[Any]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["data"]
    return found


def test_an_edit_moves_the_modified_time_and_brings_the_video_to_the_front(
    network: Network, client: httpx.Client, film: Post
) -> None:
    network.publish(DISTRICT, "x", title="Later")
    newest = "/me/videos?sort=modified_time&direction=desc"
    assert [one["name"] for one in data(client, newest)] == ["Later", "Graduation"]
    before = client.get(address(network, film)).json()
    network.edit(film, title="Graduation 2026")
    after = client.get(address(network, film)).json()
    assert {name for name in after if after[name] != before[name]} == {
        "name",
        "modified_time",
        "last_user_action_event_date",
    }
    assert [one["name"] for one in data(client, newest)] == ["Graduation 2026", "Later"]
    network.caption(film, "en", "Welcome")
    assert client.get(address(network, film)).json()["modified_time"] > after["modified_time"]


def test_an_edited_comment_has_no_stamp(network: Network, client: httpx.Client, film: Post) -> None:
    comment = network.comment(ANA, film, "Grate!")
    before = client.get(address(network, comment)).json()
    network.edit(comment, "Great!")
    after = client.get(address(network, comment)).json()
    assert {name for name in after if after[name] != before[name]} == {"text"}


def test_answers_are_read_below_their_comment_and_name_no_parent(
    network: Network, client: httpx.Client, film: Post
) -> None:
    question = network.comment(ANA, film, "Who plays the horn?")
    answer = network.comment(BO, question, "My son.")
    under = network.comment(ANA, answer, "Well played!")
    (shown,) = data(client, f"{address(network, film)}/comments")
    replies = shown["metadata"]["connections"]["replies"]
    assert (shown["text"], replies["total"]) == (question.now.text, 2)
    found = data(client, replies["uri"])
    assert [one["uri"] for one in found] == [address(network, one) for one in (answer, under)]
    assert not [name for name in found[0] if "parent" in name]


def test_what_was_removed_is_not_found(network: Network, client: httpx.Client, film: Post) -> None:
    question = network.comment(ANA, film, "Why?")
    answer = network.comment(BO, question, "Because.")
    network.remove(question)
    assert data(client, f"{address(network, film)}/comments") == []
    for gone in (question, answer):
        told = client.get(address(network, gone))
        assert (told.status_code, told.json()["error_code"]) == (404, 5000)
    assert client.get(f"{address(network, question)}/replies").status_code == 404
    network.remove(film)
    assert client.get(address(network, film)).status_code == 404
    assert data(client, "/me/videos") == []


def test_who_sees_which_video(network: Network, open_face: Any, client: httpx.Client) -> None:
    posts = [
        network.publish(DISTRICT, "x", title=one, visibility=one) for one in ("public", "unlisted", "private")
    ]
    network.grant("vimeo", "anas", ANA)
    network.grant("vimeo", "public-only", DISTRICT, scopes=["public"])
    views = [one["privacy"]["view"] for one in data(client, "/me/videos?direction=asc")]
    assert views == ["anybody", "unlisted", "nobody"]
    user = client.get("/me").json()["uri"]
    for other in ("anas", "public-only"):
        seen = open_face(network, "vimeo", token=other)
        assert [one["name"] for one in data(seen, f"{user}/videos")] == ["public"]
        assert [seen.get(address(network, one)).status_code for one in posts] == [200, 404, 404]
        assert data(seen, f"{user}/videos")[0]["stats"]["plays"] is None
    scopes = [
        open_face(network, "vimeo", token=one).get("/oauth/verify?fields=scope").json()
        for one in ("anas", "public-only")
    ]
    assert scopes == [{"scope": "public private video_files"}, {"scope": "public"}]
    assert client.get("/oauth/verify").json()["user"]["uri"] == user
    network.hold(posts[0])
    assert open_face(network, "vimeo", token="anas").get(address(network, posts[0])).status_code == 404


def test_a_user_who_is_gone_leaves_comments_without_one(
    network: Network, client: httpx.Client, film: Post
) -> None:
    network.comment(ANA, film, "Said")
    network.suspend(ANA)
    assert [(one["text"], one["user"]) for one in data(client, f"{address(network, film)}/comments")] == [
        ("Said", None)
    ]
    network.suspend(DISTRICT)
    assert (client.get("/me").status_code, client.get(address(network, film)).status_code) == (404, 404)
    network.suspend(DISTRICT, suspended=False)
    assert [one["name"] for one in data(client, "/me/videos")] == ["Graduation"]


def test_comments_that_are_switched_off_stay(network: Network, client: httpx.Client, film: Post) -> None:
    network.comment(ANA, film, "Said before")
    network.switch_comments(film)
    assert client.get(address(network, film)).json()["privacy"]["comments"] == "nobody"
    assert [one["text"] for one in data(client, f"{address(network, film)}/comments")] == ["Said before"]
    with pytest.raises(Unsupported, match="switched off"):
        network.comment(ANA, film, "And now?")


def test_text_tracks_and_their_files(network: Network, client: httpx.Client, film: Post) -> None:
    network.caption(film, "en", "Welcome\nall", name="English")
    network.caption(film, "es", "Bienvenidos", name="Español")
    tracks = data(client, f"{address(network, film)}/texttracks")
    assert [(one["language"], one["type"], one["name"]) for one in tracks] == [
        ("en", "captions", "English"),
        ("es", "subtitles", "Español"),
    ]
    assert client.get(tracks[1]["link"]).text.startswith("WEBVTT\n")
    assert client.get(tracks[1]["link"].replace("sig=", "sig=0")).status_code == 403
    network.wait(hours=4)
    assert client.get(tracks[1]["link"]).status_code == 403


def test_a_new_picture_has_a_new_address(network: Network, client: httpx.Client, film: Post) -> None:
    before = client.get(address(network, film)).json()["pictures"]["sizes"][1]["link"]
    network.edit(film, photos=[network.photo("vimeo", "A row of gowns")])
    after = client.get(address(network, film)).json()["pictures"]["sizes"][1]["link"]
    assert before != after
    assert client.get(after).headers["content-type"] == "image/jpeg"
    assert client.get(after.replace("200x150", "9000x9000")).status_code == 404


def test_a_broadcast_that_is_over(network: Network, client: httpx.Client) -> None:
    live = Video(60, started=network.now())
    post = network.publish(DISTRICT, "x", title="Live", video=live)
    running = client.get(address(network, post)).json()
    live.ended = network.now()
    over = client.get(address(network, post)).json()
    assert [(one["type"], one["duration"], one["status"]) for one in (running, over)] == [
        ("live", 0, "unavailable"),
        ("live", 60, "available"),
    ]


def test_tokens_and_parameters(network: Network, open_face: Any, client: httpx.Client, film: Post) -> None:
    for wrong in ("", "nonsense"):
        told = open_face(network, "vimeo", token=wrong).get("/me")
        assert (told.status_code, told.json()["error_code"]) == (401, 8003)
    for query in ("per_page=101", "page=0", "sort=best", "direction=up", "query=snow"):
        told = client.get(f"/me/videos?{query}")
        assert (told.status_code, told.json()["error_code"]) == (400, 2204)
    assert data(client, "/me/videos?page=7") == []
    network.expire_token("vimeo")
    assert client.get(address(network, film)).status_code == 401
    assert network.invalid == []


def test_a_consent_gives_a_token_once(network: Network, open_face: Any) -> None:
    network.grant("vimeo", "app secret", "", kind="app", user="app")
    client = open_face(network, "vimeo", follow_redirects=False)
    asked = {
        "client_id": "app",
        "response_type": "code",
        "redirect_uri": "http://here.test/",
        "scope": "public private",
        "state": "s",
    }
    code = httpx.URL(
        client.get("/oauth/authorize", params={**asked, "answer": "district"}).headers["location"]
    ).params["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://here.test/"}
    assert client.post("/oauth/access_token", data=form).json()["error"] == "invalid_client"
    assert (
        client.post("/oauth/access_token", data=form, auth=("app", "another")).json()["error"]
        == "invalid_client"
    )
    told = client.post("/oauth/access_token", data=form, auth=("app", "app secret")).json()
    assert (told["token_type"], told["scope"], told["user"]["name"]) == (
        "bearer",
        "public private",
        "The District",
    )
    assert open_face(network, "vimeo", token=told["access_token"]).get("/me").json()["name"] == "The District"
    spent = client.post("/oauth/access_token", data=form, auth=("app", "app secret"))
    assert (spent.status_code, spent.json()["error"]) == (400, "invalid_grant")
    assert network.invalid == []
