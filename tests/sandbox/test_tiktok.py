"""TikTok in the sandbox: the result of each action of a story in its two APIs."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.tiktok.entities import SORTED, open_id
from infra.sandbox.model import Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "tiktok/district", "tiktok/ana", "tiktok/bo"
API = "/open_api/v1.3"
APP = {"client_id": "app", "client_secret": "app secret"}


class Holder:
    """A client with the token of the account's holder."""

    def __init__(self, client: httpx.Client, network: Network) -> None:
        self.client, self.network = client, network

    def answer(self, path: str, **asked: Any) -> Any:
        """Return the complete response, which is HTTP 200 in any case."""
        parameters = {"business_id": open_id(DISTRICT), **asked}
        told = {
            name: json.dumps(value) if isinstance(value, list | dict) else value
            for name, value in parameters.items()
        }
        answer = self.client.get(f"{API}/business/{path}/", params=told)
        assert answer.status_code == 200, answer.text
        assert self.network.invalid == []
        return answer.json()

    def __call__(self, path: str, **asked: Any) -> Any:
        told = self.answer(path, **asked)
        assert (told["code"], told["message"]) == (0, "OK"), told
        return told["data"]

    def code(self, path: str, **asked: Any) -> int:
        code: int = self.answer(path, **asked)["code"]
        return code

    def talk(self, video: Post, **asked: Any) -> list[Any]:
        found: list[Any] = self("comment/list", video_id=native_id(self.network, video), **asked)["comments"]
        return found

    def under(self, comment: Post, **asked: Any) -> list[Any]:
        video, top = self.network.posts[comment.root or ""], native_id(self.network, comment)
        found: list[Any] = self(
            "comment/reply/list", video_id=native_id(self.network, video), comment_id=top, **asked
        )["comments"]
        return found

    def video(self, post: Post, *fields: str) -> Any:
        chosen = {"video_ids": [native_id(self.network, post)]}
        return self("video/list", fields=["item_id", *fields], filters=chosen)["videos"][0]


@pytest.fixture
def ask(network: Network, open_face: Callable[..., httpx.Client]) -> Holder:
    return Holder(open_face(network, "tiktok", token="token"), network)


@pytest.fixture
def video(network: Network) -> Post:
    return network.publish(DISTRICT, "Ice on Route 9 #buses", video=Video(31, 1080, 1920, views=70), likes=4)


def texts(items: list[Any]) -> list[str]:
    return [one["text"] for one in items]


# -- profile and videos ---------------------------------------------------------------------------


def test_a_profile_has_the_fields_that_are_asked_for(network: Network, ask: Holder, video: Post) -> None:
    assert set(ask("get")) == {"display_name", "profile_image"}
    network.rename(DISTRICT, handle="district.2", name="The New District")
    told = ask("get", fields=["username", "display_name", "videos_count", "total_likes"])
    assert told == {
        "username": "district.2",
        "display_name": "The New District",
        "videos_count": 1,
        "total_likes": video.likes,
    }
    assert ask.code("get", fields=["mood"]) == 40002
    assert ask.code("get", fields="username") == 40002


def test_a_video_and_a_photo_post_differ_in_their_type(network: Network, ask: Holder, video: Post) -> None:
    photos = network.publish(DISTRICT, "Swipe", photos=[network.photo("tiktok", "A poster")])
    told = ask(
        "video/list", fields=["item_id", "media_type", "share_url", "video_duration", "caption"], max_count=20
    )["videos"]
    assert [(one["media_type"], one["video_duration"], one["caption"]) for one in told] == [
        ("PHOTO", 0.0, "Swipe"),
        ("VIDEO", 31.0, video.now.text),
    ]
    assert (
        told[0]["share_url"].partition("?")[0]
        == f"https://www.tiktok.com/@district/photo/{native_id(network, photos)}"
    )
    assert set(ask("video/list")["videos"][0]) == {"item_id"}
    assert ask.code("video/list", fields=["caption"]) == 40002
    with pytest.raises(Unsupported, match="without a picture or a film"):
        network.publish(DISTRICT, "words only")


def test_a_private_video_is_in_no_list(network: Network, ask: Holder, video: Post) -> None:
    network.hold(video)
    assert ask("video/list")["videos"] == []
    assert ask("video/list", filters={"video_ids": [native_id(network, video)]})["videos"] == []
    assert ask("get", fields=["videos_count"]) == {"videos_count": 0}
    network.restore(video)
    assert len(ask("video/list")["videos"]) == 1
    network.edit(video, "Ice on Route 9 (gone) #buses")
    assert ask.video(video, "caption")["caption"] == "Ice on Route 9 (gone) #buses"


def test_a_short_page_is_not_the_last(network: Network, ask: Holder) -> None:
    posts = [network.publish(DISTRICT, str(number), video=Video(9)) for number in range(9)]
    for post in posts[3:7]:
        network.remove(post)
    seen, cursor = [], None
    while True:
        page = ask(
            "video/list", fields=["item_id", "caption"], max_count=3, **({"cursor": cursor} if cursor else {})
        )
        seen.append([one["caption"] for one in page["videos"]])
        if not page["has_more"]:
            break
        cursor = page["cursor"]
    assert seen == [["8", "7"], [], ["2", "1", "0"]]
    new = network.publish(DISTRICT, "new", video=Video(9))
    assert ask("video/list", max_count=1)["videos"] == [{"item_id": native_id(network, new)}]


# -- comments -------------------------------------------------------------------------------------


def test_comments_answers_and_their_counts(network: Network, ask: Holder, video: Post) -> None:
    top = network.comment(ANA, video, "When?")
    answers = [network.comment((BO, DISTRICT)[number % 2], top, f"Answer {number}") for number in range(5)]
    network.comment(ANA, answers[0], "An answer to an answer")
    (told,) = ask.talk(video)
    assert (told["replies"], "reply_list" in told, "parent_comment_id" in told) == (6, False, False)
    (told,) = ask.talk(video, include_replies="true")
    assert len(told["reply_list"]) == 3
    under = ask.under(top, sort_field="create_time", sort_order="asc")
    assert texts(under) == [*(f"Answer {number}" for number in range(5)), "An answer to an answer"]
    assert {one["parent_comment_id"] for one in under} == {native_id(network, top)}
    assert [one["owner"] for one in under] == [False, True, False, True, False, False]
    assert ask.video(video, "comments")["comments"] == 7
    chosen = [native_id(network, answers[2]), "1"]
    assert texts(ask.talk(video, comment_ids=chosen)) == ["Answer 2"]
    assert told["create_time"] == str(int(top.created.timestamp()))


def test_what_is_hidden_is_told_to_the_account_and_who_hid_it_is_not(
    network: Network, ask: Holder, video: Post
) -> None:
    rude, fine = network.comment(ANA, video, "Rude"), network.comment(BO, video, "Fine")
    network.comment(BO, rude, "Indeed")
    network.hide(rude)
    assert {one["text"]: one["status"] for one in ask.talk(video)} == {"Rude": "HIDDEN", "Fine": "PUBLIC"}
    assert texts(ask.talk(video, status="PUBLIC")) == ["Fine"]
    network.restore(rude)
    assert {one["status"] for one in ask.talk(video)} == {"PUBLIC"}
    network.remove(rude)
    assert texts(ask.talk(video)) == ["Fine"]
    assert ask.talk(video, comment_ids=[native_id(network, rude)]) == []
    assert ask.video(video, "comments")["comments"] == 1
    network.suspend(BO)
    assert ask.talk(video) == []
    with pytest.raises(Unsupported):
        network.hide(video)
    assert fine.status == "visible"


def test_an_edit_of_a_comment_has_no_stamp(network: Network, ask: Holder, video: Post) -> None:
    comment = network.comment(ANA, video, "Tommorow?")
    before = ask.talk(video)[0]
    network.edit(comment, "Tomorrow?")
    after = ask.talk(video)[0]
    assert {name for name in after if after[name] != before[name]} == {"text"}


def test_a_page_of_comments_may_be_short_or_empty(network: Network, ask: Holder, video: Post) -> None:
    said = [network.comment(ANA, video, str(number)) for number in range(70)]
    for comment in said[20:60]:
        network.remove(comment)
    pages, cursor, native = [], 0, native_id(network, video)
    order = {"sort_field": "create_time", "sort_order": "asc"}
    for _ in range(4):
        page = ask("comment/list", video_id=native, cursor=cursor, max_count=20, **order)
        pages.append((len(page["comments"]), page["has_more"]))
        cursor = page["cursor"]
    assert pages == [(20, True), (0, True), (0, True), (10, False)]
    assert ask.code("comment/list", video_id=native, max_count=31) == 40002
    assert ask.code("comment/list", video_id=native, sort_field="mood") == 40002


def test_comments_past_five_hundred_come_by_likes_and_some_come_twice(
    network: Network, ask: Holder, video: Post
) -> None:
    for number in range(SORTED + 130):
        network.comment(ANA, video, str(number)).likes = number % 11
    native, cursor, found = native_id(network, video), 0, list[Any]()
    while True:
        page = ask(
            "comment/list",
            video_id=native,
            cursor=cursor,
            max_count=30,
            sort_field="create_time",
            sort_order="asc",
        )
        found += page["comments"]
        if not page["has_more"]:
            break
        cursor = page["cursor"]
    first, rest = found[:SORTED], found[SORTED:]
    assert texts(first) == [str(number) for number in range(SORTED)]
    assert [one["likes"] for one in rest] == sorted((one["likes"] for one in rest), reverse=True)
    assert {one["comment_id"] for one in first} & {one["comment_id"] for one in rest}
    assert len({one["comment_id"] for one in found}) == SORTED + 130 < len(found)


def test_comments_are_in_no_order_unless_one_is_named(network: Network, ask: Holder, video: Post) -> None:
    for number in range(12):
        network.comment(ANA, video, str(number)).likes = number
    assert texts(ask.talk(video)) not in ([str(n) for n in range(12)], [str(n) for n in reversed(range(12))])
    assert texts(ask.talk(video, sort_field="likes", sort_order="desc")) == [
        str(n) for n in reversed(range(12))
    ]


def test_comments_that_are_switched_off(network: Network, ask: Holder, video: Post) -> None:
    network.comment(ANA, video, "Said before")
    network.switch_comments(video)
    assert ask.talk(video) == []
    assert ask.video(video, "comments")["comments"] == 0
    network.switch_comments(video, off=False)
    assert texts(ask.talk(video)) == ["Said before"]
    network.remove(video)
    assert ask.code("comment/list", video_id=native_id(network, video)) == 40002


def test_pictures(network: Network, ask: Holder, video: Post) -> None:
    network.comment(ANA, video, "", photos=[network.photo("tiktok", "A thermometer")])
    (told,) = ask.talk(video)
    addresses = [told["image_url"], told["profile_image"], ask.video(video, "thumbnail_url")["thumbnail_url"]]
    assert [ask.client.get(one).headers["content-type"] for one in addresses] == ["image/jpeg"] * 3
    network.wait(hours=25)
    assert [ask.client.get(one).status_code for one in addresses] == [200, 403, 403]
    assert network.invalid == []


# -- tokens --------------------------------------------------------------------------------------


def test_errors_are_told_in_the_body_of_a_success(network: Network, ask: Holder, open_face: Any) -> None:
    assert (
        open_face(network, "tiktok")
        .get(f"{API}/business/get/?business_id={open_id(DISTRICT)}")
        .json()["code"]
        == 40104
    )
    assert Holder(open_face(network, "tiktok", token="wrong"), network).code("get") == 40105
    assert Holder(open_face(network, "tiktok", token="display"), network).code("get") == 40105
    assert ask.code("get", business_id=open_id(ANA)) == 40001
    network.grant("tiktok", "narrow", DISTRICT, scopes=["user.info.basic"])
    narrow = Holder(open_face(network, "tiktok", token="narrow"), network)
    assert (narrow.code("get"), narrow.code("get", fields=["username"]), narrow.code("video/list")) == (
        0,
        40001,
        40001,
    )
    network.grant("tiktok", "short", DISTRICT, expires=network.now() + timedelta(hours=1))
    short = Holder(open_face(network, "tiktok", token="short"), network)
    assert short.code("get") == 0
    network.wait(hours=1)
    assert short.code("get") == 40102
    network.suspend(DISTRICT)
    assert ask.code("get") == 40105
    assert ask.client.get("/open_api/v1.3/business/nothing/").status_code == 404
    assert network.invalid == []


def test_a_token_for_a_day_for_a_refresh_token_that_is_spent(network: Network, open_face: Any) -> None:
    client = open_face(network, "tiktok")

    def told(path: str = "refresh_token", **form: str) -> Any:
        body = {**APP, "grant_type": "refresh_token", **form}
        return client.post(f"{API}/tt_user/oauth2/{path}/", json=body).json()

    first = told(refresh_token="refresh")["data"]
    assert (first["expires_in"], first["scope"], first["open_id"]) == (
        86_400,
        "comment.list",
        open_id(DISTRICT),
    )
    assert first["refresh_token_expires_in"] == 365 * 86_400
    assert told(refresh_token="refresh")["code"] == 40002
    assert told(refresh_token=first["refresh_token"], client_secret="x")["code"] == 40002
    second = told(refresh_token=first["refresh_token"])["data"]
    assert second["refresh_token_expires_in"] == first["refresh_token_expires_in"]
    info = client.post(
        f"{API}/tt_user/token_info/get/", json={"app_id": "app", "access_token": second["access_token"]}
    ).json()
    assert info["data"] == {"app_id": "app", "creator_id": open_id(DISTRICT), "scope": "comment.list"}
    assert client.post(f"{API}/tt_user/oauth2/token/", content=b"x").json()["code"] == 40002
    network.wait(hours=24)
    assert Holder(open_face(network, "tiktok", token=second["access_token"]), network).code("get") == 40102
    assert network.invalid == []


def test_a_consent_gives_both_tokens_once(network: Network, open_face: Any) -> None:
    client = open_face(network, "tiktok", follow_redirects=False)
    asked = {
        "client_key": "app",
        "response_type": "code",
        "redirect_uri": "https://here.test/",
        "scope": "user.info.basic,comment.list",
    }
    landed = client.get("/v2/auth/authorize/", params={**asked, "state": "s", "answer": "district"}).headers[
        "location"
    ]
    code = httpx.URL(landed).params["code"]
    form = {**APP, "grant_type": "authorization_code", "auth_code": code}
    assert (
        client.post(
            f"{API}/tt_user/oauth2/token/", json={**form, "redirect_uri": "https://there.test/"}
        ).json()["code"]
        == 40002
    )
    told = client.post(
        f"{API}/tt_user/oauth2/token/", json={**form, "redirect_uri": "https://here.test/"}
    ).json()["data"]
    assert (told["scope"], told["open_id"]) == ("user.info.basic,comment.list", open_id(DISTRICT))
    assert (
        client.post(
            f"{API}/tt_user/oauth2/token/", json={**form, "redirect_uri": "https://here.test/"}
        ).json()["code"]
        == 40002
    )
    assert Holder(open_face(network, "tiktok", token=told["access_token"]), network).code("get") == 0


def test_the_display_api_has_videos_and_no_comments(network: Network, open_face: Any, video: Post) -> None:
    network.comment(ANA, video, "Said")
    client = open_face(network, "tiktok", token="display")
    fields = "fields=id,title,video_description,comment_count,share_url"
    (shown,) = client.post(f"/v2/video/list/?{fields}", json={"max_count": 20}).json()["data"]["videos"]
    assert (shown["video_description"], shown["comment_count"]) == (video.now.text, 1)
    wanted = {"filters": {"video_ids": [native_id(network, video), "1"]}}
    assert client.post(f"/v2/video/query/?{fields}", json=wanted).json()["data"]["videos"] == [shown]
    assert client.get("/v2/user/info/?fields=open_id,username").json()["data"]["user"] == {
        "open_id": open_id(DISTRICT),
        "username": "district",
    }
    for answer, status, word in (
        (client.get("/v2/user/info/?fields=mood"), 400, "invalid_params"),
        (client.get("/v2/user/info/"), 400, "invalid_params"),
        (open_face(network, "tiktok").get("/v2/user/info/?fields=open_id"), 401, "access_token_invalid"),
        (
            open_face(network, "tiktok", token="token").post(f"/v2/video/list/?{fields}"),
            401,
            "access_token_invalid",
        ),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, word)
    assert client.post("/v2/comment/list/").status_code == 404
    network.throttle("tiktok", network.now() + timedelta(minutes=1))
    assert client.get("/v2/user/info/?fields=open_id").status_code == 429
    assert network.invalid == []


def test_the_display_api_renews_its_own_tokens(network: Network, open_face: Any) -> None:
    network.grant("tiktok", "shown again", DISTRICT, kind="display refresh", scopes=["video.list"])
    client = open_face(network, "tiktok")
    form = {
        "client_key": "app",
        "client_secret": "app secret",
        "grant_type": "refresh_token",
        "refresh_token": "shown again",
    }
    told = client.post("/v2/oauth/token/", data=form).json()
    assert (told["expires_in"], told["scope"]) == (86_400, "video.list")
    fresh = open_face(network, "tiktok", token=told["access_token"])
    assert fresh.post("/v2/video/list/?fields=id").json()["error"]["code"] == "ok"
    again = client.post("/v2/oauth/token/", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (
        client.post("/v2/oauth/token/", data={**form, "client_secret": "x"}).json()["error"]
        == "invalid_client"
    )
    assert network.invalid == []


def test_the_story_has_the_account(first_act: Network, second_act: Network, open_face: Any) -> None:
    told = []
    for story in (first_act, second_act):
        client = open_face(story, "tiktok", token="sandbox-tiktok-token")
        asked = {
            "business_id": open_id("tiktok/cascadevalley"),
            "video_id": native_id(story, story.named("tiktok:closure")),
        }
        page = client.get(
            f"{API}/business/comment/list/", params={**asked, "include_replies": "true", "max_count": "30"}
        ).json()["data"]
        told.append(page["comments"])
    assert any(one["replies"] > len(one["reply_list"]) == 3 for one in told[0])
    assert [len([one for one in found if one["status"] == "HIDDEN"]) for found in told] == [1, 1]
    was, now = ({one["comment_id"] for one in found if one["status"] == "HIDDEN"} for found in told)
    assert was.isdisjoint(now)
