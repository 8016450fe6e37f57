"""Facebook's face: what a verb of the story looks like through its API."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.local.sandbox.faces import native_id
from infra.local.sandbox.faces.facebook_sight import MESSAGING, PERMISSIONS, PUBLIC_CONTENT
from infra.local.sandbox.model import Post, Video
from infra.local.sandbox.moderation import Unsupported
from infra.local.sandbox.network import Network

PAGE, PTA, ANA, BO = "facebook/district", "facebook/pta", "facebook/ana", "facebook/bo"
OLD = "deprecate_post_aggregated_fields_for_attachement"  # spelt so by the real one
SAID = "id,message,is_hidden,from,parent{id},comment_count,permalink_url,object,attachment,message_tags"


class Client:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def __call__(self, path: str, **parameters: Any) -> Any:
        return self.http.get(f"/v26.0/{path}", params=parameters).json()

    def error(self, path: str, **parameters: Any) -> tuple[int, int, int]:
        """HTTP status, code and subcode."""
        answer = self.http.get(f"/v26.0/{path}", params=parameters)
        told = answer.json()["error"]
        return answer.status_code, told["code"], told.get("error_subcode", 0)

    def messages(self, path: str, **parameters: Any) -> list[str]:
        return [one.get("message", one.get("story", "")) for one in self(path, **parameters)["data"]]


@pytest.fixture
def client(network: Network, open_face: Any) -> Client:
    return Client(open_face(network, "facebook", token="token"))


@pytest.fixture
def signed(network: Network, open_face: Any) -> Any:
    """signed(account, kind, *permissions): a client with a token of its own."""

    def client(account: str, kind: str, *permissions: str) -> Client:
        secret = f"{account}-{kind}-{len(permissions)}".replace("/", "-")
        network.grant("facebook", secret, account, kind=kind, scopes=list(permissions or PERMISSIONS))
        return Client(open_face(network, "facebook", token=secret))

    return client


@pytest.fixture
def post(network: Network) -> Post:
    return network.publish(PAGE, "Closed")


# -- posts -----------------------------------------------------------------------------------------


def test_an_edit_moves_updated_time_and_so_does_a_comment(network: Network, client: Client, post: Post) -> None:
    own, fields = native_id(network, post), "message,created_time,updated_time"
    assert client(own, fields=fields) == {
        "message": "Closed",
        "created_time": "2026-11-24T18:30:01+0000",
        "updated_time": "2026-11-24T18:30:01+0000",
        "id": own,
    }
    network.edit(post, "Closed today")
    edited = client(own, fields=fields)
    assert (edited["message"], edited["updated_time"]) == ("Closed today", "2026-11-24T18:30:02+0000")
    network.comment(ANA, post, "Why?")
    assert client(own, fields=fields)["updated_time"] == "2026-11-24T18:30:03+0000"


def test_a_node_answers_what_was_asked_for_and_its_id(network: Network, client: Client, post: Post) -> None:
    own = native_id(network, post)
    assert client(own) == {"created_time": "2026-11-24T18:30:01+0000", "message": "Closed", "id": own}
    assert client(own, fields="shares,story,is_hidden") == {"is_hidden": False, "id": own}
    assert client(own, fields="from{name}")["from"] == {"name": "The District", "id": client("me")["id"]}
    assert client(own, fields="comments.summary(total_count).limit(0).as(said)")["said"] == {"data": [], "summary": {"total_count": 0}}


def test_which_list_holds_what(network: Network, client: Client) -> None:
    network.publish(PAGE, "Own")
    network.publish(ANA, "Visiting", wall=PAGE)
    network.publish(ANA, "Naming @district")
    network.publish(ANA, "At home")
    network.publish(PAGE, "Draft", status="draft")
    hidden = network.hide(network.publish(PAGE, "Hidden"))
    network.publish(PAGE, "Reel", video=Video(1, 72, 128))
    assert client.messages("me/published_posts") == ["Own"] == client.messages("me/posts")
    assert client.messages("me/published_posts", include_hidden="true") == ["Hidden", "Own"]
    assert client.messages("me/feed") == ["Draft", "Naming The District", "Visiting", "Own"]
    assert client.messages("me/visitor_posts") == ["Visiting"]
    assert client.messages("me/tagged") == ["Naming The District"]
    assert [one["description"] for one in client("me/video_reels")["data"]] == ["Reel"]
    assert client(native_id(network, hidden), fields="is_hidden")["is_hidden"] is True
    reel = next(one for one in network.posts.values() if one.now.text == "Reel")
    assert client.error(native_id(network, reel)) == (400, 100, 33)


def test_a_visitors_post(network: Network, client: Client) -> None:
    visit = network.publish(ANA, "Hello @district", wall=PAGE)
    page = client("me")["id"]
    shown = client(native_id(network, visit), fields="from,to,status_type,message,message_tags,permalink_url,target")
    assert shown["id"].startswith(f"{page}_")
    assert shown["from"]["name"] == "ana"
    assert shown["message_tags"] == [{"id": page, "name": "The District", "type": "page", "offset": 6, "length": 12}]
    assert (shown["to"]["data"][0]["id"], shown["target"]["id"], shown["status_type"]) == (page, page, "wall_post")


def test_shares(network: Network, client: Client, post: Post) -> None:
    post.shares = 3
    network.publish(ANA, "See", quote=post)
    passed = network.repost(PAGE, post)
    assert client(native_id(network, post), fields="shares")["shares"] == {"count": 5}
    shown = client(native_id(network, passed), fields="story,parent_id,status_type,attachments")
    assert (shown["parent_id"], shown["status_type"]) == (native_id(network, post), "shared_story")
    assert shown["attachments"]["data"][0]["description"] == "Closed"
    network.remove(post)
    gone = client(native_id(network, passed), fields="story,parent_id,attachments")
    assert gone == {"story": "The District shared a post.", "id": native_id(network, passed)}


def test_the_feed_is_neither_complete_nor_in_order_where_it_ranks(network: Network, client: Client) -> None:
    for number in range(40):
        network.publish(PAGE, str(number), at=network.start - timedelta(days=number))
    assert client.messages("me/feed", limit=100) == [str(number) for number in range(40)]
    network.places["facebook"].yearly = 30
    ranked, paged, address = client.messages("me/feed", limit=100), [], "/v26.0/me/feed?limit=7"
    while address:
        told = client.http.get(address).json()
        paged += [one["message"] for one in told["data"]]
        address = told["paging"].get("next", "")
    assert ranked == paged
    assert len(set(ranked)) == 30
    assert ranked != sorted(ranked, key=int)
    found = {one["id"] for one in client("me/feed", limit=100)["data"]}
    left_out = next(one for one in network.posts.values() if native_id(network, one) not in found)
    assert client(native_id(network, left_out))["message"] == left_out.now.text


def test_since_and_until(network: Network, client: Client) -> None:
    for days in (5, 3, 1):
        network.publish(PAGE, f"{days} days ago", at=network.start - timedelta(days=days))
    since = int((network.start - timedelta(days=4)).timestamp())
    assert client.messages("me/published_posts", since=since) == ["1 days ago", "3 days ago"]
    assert client.messages("me/published_posts", since=since, until="2026-11-22") == ["3 days ago"]
    assert client.error("me/published_posts", since="last week")[:2] == (400, 100)


def test_links_videos_events_and_albums_hang_on_a_post(network: Network, client: Client) -> None:
    album = network.album(PAGE, "Winter")
    photos = [network.photo("facebook", "A bus", caption="Bus 14"), network.photo("facebook", "")]
    made = [
        network.publish(PAGE, "See https://made-up.test/x?a=1"),
        network.publish(PAGE, "Film", title="Road", video=Video(2, 64, 48)),
        network.publish(PAGE, "Come", event=network.event("facebook", "Levy", network.start + timedelta(days=3), place="Gym")),
        network.publish(PAGE, "Two", photos=photos, album=album.key),
    ]
    wanted = "media_type,type,title,target,unshimmed_url,url,media,subattachments{media_type,target,description}"
    told = [client(native_id(network, one), fields=f"status_type,story,event,attachments{{{wanted}}}") for one in made]
    hung = [one["attachments"]["data"][0] for one in told]
    assert [one["media_type"] for one in hung] == ["link", "video", "event", "album"]
    assert hung[0]["unshimmed_url"] == "https://made-up.test/x?a=1"
    assert urlsplit(hung[0]["url"]).hostname == "l.facebook.com"
    assert [one["status_type"] for one in told] == ["mobile_status_update", "added_video", "created_event", "added_photos"]
    assert told[2]["event"]["start_time"] == "2026-11-27T10:30:00-0800"
    assert [one.get("description") for one in hung[3]["subattachments"]["data"]] == ["Bus 14", None]
    assert told[3]["story"] == "The District added 2 new photos to the album: Winter."
    event = client(told[2]["event"]["id"], fields="name,place,is_canceled,updated_time")
    assert (event["name"], event["place"], event["is_canceled"]) == ("Levy", {"name": "Gym"}, False)
    network.change_event(made[2], name="The levy", canceled=True)
    changed = client(told[2]["event"]["id"], fields="name,is_canceled,updated_time")
    assert (changed["name"], changed["is_canceled"], changed["updated_time"] > event["updated_time"]) == ("The levy", True, True)


# -- comments --------------------------------------------------------------------------------------


def test_comments_as_a_stream_and_by_level(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    second = network.comment(PAGE, first, "2")
    network.comment(ANA, second, "3")  # an answer to an answer stands beside it
    network.comment(BO, post, "4")
    address = f"{native_id(network, post)}/comments"
    stream = client(address, filter="stream", summary="true", fields=SAID)
    assert [one["message"] for one in stream["data"]] == ["1", "2", "3", "4"]
    assert stream["summary"] == {"order": "chronological", "total_count": 4, "can_comment": True}
    assert {one["parent"]["id"] for one in stream["data"] if "parent" in one} == {native_id(network, first)}
    assert "reply_comment_id=" in stream["data"][1]["permalink_url"]
    assert client.messages(address) == ["1", "4"] == client.messages(address, filter="toplevel")
    assert client.messages(address, filter="stream", order="reverse_chronological") == ["4", "3", "2", "1"]
    assert client.messages(f"{native_id(network, first)}/comments") == ["2", "3"]
    assert client(native_id(network, first), fields="comment_count")["comment_count"] == 2
    assert client.error(address, filter="all")[:2] == (400, 100)


def test_comments_page_by_page(network: Network, client: Client, post: Post) -> None:
    said = [network.comment(ANA, post, str(number)) for number in range(230)]
    address = f"{native_id(network, post)}/comments"
    first = client(address, filter="stream", limit=5000)
    assert (len(first["data"]), "previous" in first["paging"]) == (100, False)
    asked = parse_qs(urlsplit(first["paging"]["next"]).query)
    assert (asked["access_token"], asked["filter"], asked["after"]) == (["token"], ["stream"], [first["paging"]["cursors"]["after"]])
    bare = httpx.Client(transport=client.http._transport)  # the link lets in by itself
    second = bare.get(first["paging"]["next"]).json()
    assert [one["message"] for one in second["data"]] == [str(number) for number in range(100, 200)]
    assert bare.get(second["paging"]["previous"]).json()["data"] == first["data"]
    network.remove(said[199])  # the page shifts while it is read
    third = bare.get(second["paging"]["next"]).json()
    assert [one["message"] for one in third["data"]] == [str(number) for number in range(200, 230)]
    assert "next" not in third["paging"]
    assert client(address, after=third["paging"]["cursors"]["after"]) == {"data": []}
    assert client.error(address, after="nonsense")[:2] == (400, 100)


def test_hidden_comments_are_the_pages_own_and_nobody_elses(network: Network, client: Client, signed: Any, post: Post) -> None:
    rude, kind = network.comment(ANA, post, "Idiots!"), network.comment(BO, post, "Thanks.")
    network.comment(BO, rude, "Indeed")
    network.hide(rude)
    address, other = f"{native_id(network, post)}/comments", signed(PTA, "page", *PERMISSIONS, PUBLIC_CONTENT)
    own = client(address, filter="stream", fields="message,is_hidden")["data"]
    assert [(one["message"], one["is_hidden"]) for one in own] == [("Idiots!", True), ("Thanks.", False), ("Indeed", False)]
    seen = other(address, filter="stream", summary="true")
    assert ([one["message"] for one in seen["data"]], seen["summary"]["total_count"]) == (["Thanks.", "Indeed"], 3)
    assert all(one.keys() == {"created_time", "message"} for one in seen["data"])  # no ids, no people
    assert other.error(native_id(network, rude)) == (400, 100, 33)
    assert other(native_id(network, kind))["message"] == "Thanks."
    network.restore(rude)
    assert len(other(address, filter="stream")["data"]) == 3


def test_what_is_removed_is_error_100_and_takes_its_answers_along(network: Network, client: Client, post: Post) -> None:
    question, other = network.comment(ANA, post, "Why?"), network.comment(ANA, post, "When?")
    answer = network.comment(PAGE, question, "Ice.")
    network.remove(question)
    for gone in (question, answer):
        assert client.error(native_id(network, gone)) == (400, 100, 33)
    assert client.messages(f"{native_id(network, post)}/comments", filter="stream") == ["When?"]
    network.remove(post)
    assert client.error(native_id(network, other)) == (400, 100, 33)
    told = client.http.get(f"/v26.0/{native_id(network, post)}").json()["error"]
    assert told["type"] == "GraphMethodException"
    assert "does not exist, cannot be loaded due to missing permissions" in told["message"]
    with pytest.raises(Unsupported, match="does not come back"):
        network.restore(post)


def test_comments_on_one_photo_of_several_are_the_photos(network: Network, client: Client) -> None:
    photos = [network.photo("facebook", "One"), network.photo("facebook", "Two", caption="My street")]
    post = network.publish(PAGE, "Two", photos=photos)
    network.comment(ANA, post, "Nice")
    beside = network.comment(ANA, post, "That is mine", beside=photos[1].number)
    network.comment(PAGE, beside, "Really?")
    assert client.messages(f"{native_id(network, post)}/comments", filter="stream") == ["Nice"]
    hung = client(native_id(network, post), fields="attachments{subattachments}")["attachments"]["data"][0]["subattachments"]["data"]
    address = hung[1]["target"]["id"]
    shown = client(f"{address}/comments", filter="stream", fields=SAID)["data"]
    assert [one["message"] for one in shown] == ["That is mine", "Really?"]
    assert (shown[0]["object"]["id"], shown[0]["object"]["name"]) == (address, "My street")
    assert shown[0]["id"] == native_id(network, beside)
    assert shown[0]["id"].startswith(f"{address}_")


def test_a_user_token_is_shown_no_comments_and_no_people(network: Network, signed: Any, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    visit = network.publish(ANA, "Hello", wall=PAGE)
    user = signed(BO, "user")
    address = f"{native_id(network, post)}/comments"
    assert user(address, filter="stream") == {"data": []}
    assert user(address, summary="true")["summary"]["total_count"] == 0
    assert user(native_id(network, post), fields="message,from,comments")["from"]["name"] == "The District"
    assert user(native_id(network, visit), fields="message,from") == {"message": "Hello", "id": native_id(network, visit)}


# -- many at once ----------------------------------------------------------------------------------


def test_ids_are_all_or_nothing(network: Network, client: Client, post: Post) -> None:
    comment = network.comment(ANA, post, "Why?")
    own = [native_id(network, post), native_id(network, comment)]
    told = client("", ids=",".join(own), fields="message")
    assert {key: one["message"] for key, one in told.items()} == {own[0]: "Closed", own[1]: "Why?"}
    assert client("comments", ids=own[0], fields="message")[own[0]]["data"][0]["id"] == own[1]
    network.remove(comment)
    assert client.error("", ids=",".join(own)) == (404, 803, 0)
    assert client.error("", ids=",".join(["1"] * 51))[:2] == (400, 100)


def test_too_much_at_once(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    fields = f"message,comments.limit(100){{{SAID}}}"
    assert client.error("me/published_posts", fields=fields, limit=100) == (500, 1, 0)
    told = client("me/published_posts", fields=fields, limit=20)
    assert told["data"][0]["comments"]["data"][0]["message"] == "Why?"
    network.places["facebook"].heaviest = 10
    assert client.error("me/published_posts", fields=fields, limit=20) == (500, 1, 0)
    assert client.error("me/published_posts", limit=101)[:2] == (500, 1)


@pytest.mark.parametrize(
    ("path", "parameters", "told"),
    [
        ("me/feed", {"limit": "101"}, "(#100) The 'limit' parameter should not exceed 100"),
        ("me", {"fields": "foo"}, "(#100) Tried accessing nonexisting field (foo) on node type (Page)"),
        ("me/foo", {}, "(#100) Tried accessing nonexisting field (foo) on node type (Page)"),
        (
            "me/feed",
            {"fields": "link"},
            "(#12) deprecate_post_aggregated_fields_for_attachement is deprecated for versions v3.3 and higher",
        ),
        ("me", {"fields": "id,name{"}, 'Syntax error "Expected name instead of end of string." at character 8: id,name{'),
        ("me", {"fields": "id}"}, 'Syntax error "Expected end of string instead of "}"." at character 2: id}'),
        ("me/feed/more", {}, "Unknown path components: /v26.0/me/feed/more"),
    ],
)
def test_wrong_parameters(network: Network, client: Client, path: str, parameters: dict[str, str], told: str) -> None:
    network.publish(PAGE, "x")
    assert client(path, **parameters)["error"]["message"] == told
    assert client.http.get("/v27.0/me").json()["error"]["code"] == 2500
    assert client.http.post("/v26.0/me/feed").json()["error"]["message"].startswith("Unsupported post request")


# -- tokens ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "subcode"),
    [("expired", 463), ("password", 460), ("revoked", 458), ("checkpoint", 459), ("logged_out", 467), ("unconfirmed", 464), ("role", 492)],
)
def test_a_dead_token_says_why(network: Network, client: Client, reason: str, subcode: int) -> None:
    network.expire_token("facebook", reason=reason)
    assert client.error("me") == (400, 190, subcode)
    network.expire_token("facebook", expired=False)
    assert client("me")["name"] == "The District"


def test_no_token_and_a_wrong_one(network: Network, open_face: Any) -> None:
    for secret, code in (("", 104), ("nonsense", 190)):
        assert Client(open_face(network, "facebook", token=secret)).error("me") == (400, code, 0)


def test_a_token_dies_in_the_middle_of_page_7(network: Network, client: Client, post: Post) -> None:
    for number in range(20):
        network.comment(ANA, post, str(number))
    network.fail("facebook", times=10**6, after=6, code=190, subcode=460)
    address, pages = f"/v26.0/{native_id(network, post)}/comments?limit=2", 0
    while (told := client.http.get(address).json()).get("data"):
        address, pages = told["paging"]["next"], pages + 1
    assert (pages, told["error"]["code"], told["error"]["error_subcode"]) == (6, 190, 460)
    assert network.invalid == []


def test_a_persons_token_gets_the_pages_which_dies_with_it(network: Network, signed: Any, open_face: Any, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    user = signed(BO, "user")
    assert user("me")["name"] == "Bo Lindqvist"
    page = user("me/accounts", fields="name,access_token,tasks")["data"][0]
    assert user(page["id"], fields="access_token")["access_token"] == page["access_token"]
    own = Client(open_face(network, "facebook", token=page["access_token"]))
    assert own.messages(f"{native_id(network, post)}/comments") == ["Why?"]
    network.expire_token("facebook", reason="password", secret=network.tokens[-2].secret)
    assert own.error("me") == (400, 190, 460)


def test_what_a_token_is(network: Network, signed: Any) -> None:
    system, ends = signed(BO, "system"), network.now() + timedelta(days=60)
    network.grant("facebook", "ending", PAGE, kind="page", scopes=["x"], expires=ends)
    told = system("debug_token", input_token="ending")["data"]
    assert (told["type"], told["is_valid"], told["scopes"], told["expires_at"]) == ("PAGE", True, ["x"], int(ends.timestamp()))
    assert told["profile_id"] == system("me/accounts")["data"][0]["id"]
    network.wait(days=61)
    ended = system("debug_token", input_token="ending")["data"]
    assert (ended["is_valid"], ended["error"]["subcode"]) == (False, 463)
    assert system("debug_token", input_token="nonsense")["data"]["is_valid"] is False
    assert [one["permission"] for one in system("me/permissions")["data"]] == list(PERMISSIONS)


def test_permissions_that_are_taken_away_are_no_empty_list(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    network.withdraw("facebook", "pages_read_user_content")
    assert client.messages("me/published_posts") == ["Closed"]
    for path in (f"{native_id(network, post)}/comments", "me/feed", "me/visitor_posts"):
        assert client.error(path) == (400, 10, 0)
    assert client.error("me/published_posts", fields="comments.summary(true)") == (400, 10, 0)
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/published_posts") == (400, 10, 0)
    assert client("me")["name"] == "The District"


def test_another_pages_token_needs_the_feature(network: Network, client: Client, signed: Any, post: Post) -> None:
    page = client("me")["id"]
    stranger, reader = signed(PTA, "page"), signed(PTA, "page", PUBLIC_CONTENT)
    assert stranger.error(page) == stranger.error(native_id(network, post)) == (400, 10, 0)
    assert reader.messages(f"{page}/published_posts") == ["Closed"]


# -- the page --------------------------------------------------------------------------------------


def test_a_renamed_page_keeps_its_id(network: Network, client: Client, post: Post) -> None:
    before = client("me", fields="name,username")
    network.rename(PAGE, handle="district-new", name="The New District")
    after = client(before["id"], fields="name,username")
    assert (after["name"], after["username"], after["id"]) == ("The New District", "district-new", before["id"])
    assert client("district-new")["id"] == before["id"]
    assert client.error("district") == (400, 100, 33)
    assert native_id(network, post).startswith(before["id"])


def test_suspended_and_unpublished(network: Network, client: Client, signed: Any, post: Post) -> None:
    page, public, user = client("me")["id"], signed(PTA, "page", PUBLIC_CONTENT), signed(BO, "user")
    network.unpublish(PAGE)
    assert client("me", fields="is_published")["is_published"] is False
    assert user(page)["id"] == page
    assert public.error(page) == public.error(native_id(network, post)) == (400, 100, 33)
    network.unpublish(PAGE, published=True)
    assert public(page)["id"] == page
    network.suspend(PAGE)
    assert client.error("me") == client.error(page) == client.error(native_id(network, post)) == (400, 100, 33)
    network.suspend(PAGE, suspended=False)
    assert client.messages("me/published_posts") == ["Closed"]


def test_a_suspended_author_takes_the_comments_along_and_back(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    address = f"{native_id(network, post)}/comments"
    network.suspend(ANA)
    told = client(address, summary="true")
    assert (told["data"], told["summary"]["total_count"]) == ([], 1)
    network.suspend(ANA, suspended=False)
    assert client.messages(address) == ["Why?"]


# -- media -----------------------------------------------------------------------------------------


def test_albums_and_their_photos(network: Network, client: Client) -> None:
    album = network.album(PAGE, "Winter", about="Snow", place="Route 9")
    photos = [network.photo("facebook", f"Plow {number}", caption=f"No. {number}", width=900, height=600) for number in range(3)]
    network.publish(PAGE, "Plows", photos=photos, album=album.key)
    network.publish(PAGE, "One", photos=[network.photo("facebook", "")])
    told = client("me/albums", fields="name,type,count,description,location,cover_photo,photos{alt_text_custom}")["data"]
    assert [(one["name"], one["type"], one["count"]) for one in told] == [("Winter", "normal", 3), ("Timeline photos", "wall", 1)]
    shown = client(f"{told[0]['id']}/photos", fields="name,alt_text,alt_text_custom,images,album,page_story_id,width")["data"]
    assert [(one["name"], one["alt_text_custom"]) for one in shown] == [(f"No. {number}", f"Plow {number}") for number in (2, 1, 0)]
    assert [one["width"] for one in shown[0]["images"]] == [900, 130]
    assert shown[0]["album"]["name"] == "Winter"
    single = client(f"{told[1]['id']}/photos", fields="name,alt_text,alt_text_custom")["data"][0]
    assert (single["name"], single["alt_text"]) == ("One", "May be an image of outdoors")
    assert "alt_text_custom" not in single
    assert client(shown[0]["page_story_id"])["message"] == "Plows"


def test_media_addresses_change_and_expire(network: Network, client: Client) -> None:
    photo = network.photo("facebook", "A bus", width=900, height=600, kind="png")
    own = native_id(network, network.publish(PAGE, "x", photos=[photo]))
    first, second = (client(own, fields="full_picture")["full_picture"] for _ in range(2))
    assert first != second
    assert client.http.get(first).headers["content-type"] == "image/png"
    assert client.http.get(first).content == client.http.get(second).content
    forged = client.http.get(first.replace("p720x720", "p999x999"))
    assert (forged.status_code, forged.text) == (403, "URL signature mismatch")
    network.wait(days=5)
    late = client.http.get(first)
    assert (late.status_code, late.text) == (403, "URL signature expired")
    network.remove(next(iter(network.posts.values())))
    network.wait(days=-5)
    assert client.http.get(first).status_code == 404


def test_videos_their_captions_and_their_bytes(network: Network, client: Client, signed: Any) -> None:
    post = network.publish(PAGE, "See", title="Road", video=Video(3, 64, 48))
    network.caption(post, "en", "Snow.\nMore snow.")
    network.comment(ANA, post, "Brr")
    shown = client("me/videos", fields="title,description,length,source,picture,permalink_url,captions{locale,uri},comments,from")["data"][
        0
    ]
    assert (shown["title"], shown["description"], shown["length"]) == ("Road", "See", 3.0)
    assert shown["comments"]["data"][0]["message"] == "Brr"
    assert shown["permalink_url"] == f"/district/videos/{shown['id']}/"  # without a host, as the real ones
    assert client.http.get(shown["source"]).content[4:12] == b"ftypisom"
    assert client.http.get(shown["picture"]).headers["content-type"] == "image/jpeg"
    assert shown["captions"]["data"][0]["locale"] == "en_US"
    assert "00:00:00,000 --> 00:00:01,500\nSnow.\n" in client.http.get(shown["captions"]["data"][0]["uri"]).text
    assert "source" not in signed(PTA, "page", PUBLIC_CONTENT)(shown["id"], fields="source")


def test_pictures_of_profiles(client: Client) -> None:
    told = client("me/picture", redirect="false")["data"]
    assert client.http.get(told["url"]).headers["content-type"] == "image/jpeg"
    assert client.http.get("/v26.0/me/picture").status_code == 302
    assert client("me", fields="picture{url}")["picture"]["data"].keys() == {"url"}


# -- limits ----------------------------------------------------------------------------------------


def test_usage_rises_in_percent(network: Network, client: Client, signed: Any) -> None:
    network.quota("facebook", 4, 3600)
    answers = [client.http.get("/v26.0/me") for _ in range(5)]
    assert [json.loads(one.headers["X-App-Usage"])["call_count"] for one in answers] == [25, 50, 75, 100, 100]
    page = answers[0].json()["id"]
    told = [json.loads(one.headers["X-Business-Use-Case-Usage"])[page][0] for one in answers]
    assert (told[1]["type"], told[1]["call_count"], told[1]["estimated_time_to_regain_access"]) == ("pages", 50, 0)
    assert (answers[4].status_code, answers[4].json()["error"]["code"]) == (400, 80001)
    assert 0 < told[4]["estimated_time_to_regain_access"] <= 60
    user = signed(BO, "user")
    assert "X-Business-Use-Case-Usage" not in user.http.get("/v26.0/me").headers
    network.throttle("facebook", network.now() + timedelta(hours=1))
    assert user.error("me") == (400, 17, 0)


def test_little_usage_is_not_told(client: Client) -> None:
    assert "X-App-Usage" not in client.http.get("/v26.0/me").headers


@pytest.mark.parametrize(
    ("code", "status"), [(1, 500), (2, 500), (4, 403), (10, 400), (17, 400), (32, 403), (200, 403), (368, 400), (613, 400), (80001, 400)]
)
def test_errors_that_a_story_asks_for(network: Network, client: Client, code: int, status: int) -> None:
    network.fail("facebook", code=code)
    assert client.error("me") == (status, code, 0)
    assert client("me")["name"] == "The District"
    assert network.invalid == []
    with pytest.raises(Unsupported, match="have no numbers"):
        network.fail("mastodon", code=code)


def test_the_secrets_proof_is_ignored(client: Client) -> None:
    assert client("me", appsecret_proof="nonsense", access_token="token")["name"] == "The District"


# -- beside the posts ------------------------------------------------------------------------------

TALK = "id,updated_time,link,message_count,unread_count,participants,senders,can_reply"
WRITTEN = "id,created_time,from,to,message,attachments,shares,sticker,tags,reply_to"


@pytest.fixture
def inbox(signed: Any) -> Client:
    """With a token that may read messages."""
    found: Client = signed(PAGE, "page", *PERMISSIONS, MESSAGING)
    return found


def test_conversations_with_people(network: Network, inbox: Client) -> None:
    asked = network.message(ANA, PAGE, "Is there school?", photos=[network.photo("facebook", "A snowy road")])
    network.message(PAGE, ANA, "See our post", answers=asked, shared=network.publish(PAGE, "Closed"))
    network.message(BO, PAGE, "Hello")
    network.message(BO, PAGE, "Anybody?")
    page = inbox("me")["id"]
    told = inbox(f"{page}/conversations", platform="MESSENGER", fields=f"{TALK},messages{{{WRITTEN}}}")["data"]
    assert [(one["message_count"], one["unread_count"], one["can_reply"]) for one in told] == [(2, 2, True), (2, 0, True)]
    assert [one["name"] for one in told[0]["participants"]["data"]] == ["Bo Lindqvist", "The District"]
    assert (told[1]["updated_time"], told[1]["senders"]["data"][1]["id"]) == ("2026-11-24T18:30:03+0000", page)
    answer, question = told[1]["messages"]["data"]
    assert (answer["from"]["id"], answer["message"], answer["to"]["data"][0]["name"]) == (page, "See our post", "ana")
    assert answer["reply_to"] == {"mid": question["id"], "is_self_reply": False}
    assert answer["shares"]["data"][0]["link"].startswith("https://www.facebook.com/")
    assert question["id"] == native_id(network, asked)
    (picture,) = question["attachments"]["data"]
    assert inbox.http.get(picture["image_data"]["url"]).headers["content-type"] == picture["mime_type"] == "image/jpeg"
    assert {one["name"] for one in question["tags"]["data"]} == {"inbox", "source:mobile"}
    assert inbox(told[1]["id"], fields="messages")["messages"]["data"][1] == {
        "id": question["id"],
        "created_time": question["created_time"],
    }
    assert inbox(question["id"], fields="message,from{name}")["from"] == {"name": "ana", "id": question["from"]["id"]}
    assert inbox.messages(f"{told[1]['id']}/messages", fields="message") == ["See our post", "Is there school?"]
    assert len(inbox(f"{told[1]['id']}/participants")["data"]) == 2
    ana = inbox("me/conversations", user_id=question["from"]["id"])["data"]
    assert [one["id"] for one in ana] == [told[1]["id"]]


def test_a_conversation_comes_first_when_something_is_said_in_it(network: Network, inbox: Client) -> None:
    for who in (ANA, BO):
        network.message(who, PAGE, "1")
    before = [one["id"] for one in inbox("me/conversations")["data"]]
    for number in range(2, 31):
        network.message(ANA, PAGE, str(number))
    first = inbox("me/conversations", limit=1, fields="messages.limit(10){message}")
    assert [first["data"][0]["id"]] == before[1:]
    messages, said = first["data"][0]["messages"], []
    while messages:
        said += [one["message"] for one in messages["data"]]
        following = messages.get("paging", {}).get("next")
        messages = inbox.http.get(following).json() if following else None
    assert said == [str(number) for number in range(30, 0, -1)]
    second = inbox.http.get(first["paging"]["next"]).json()
    assert ([one["id"] for one in second["data"]], "next" in second["paging"]) == (before[:1], False)


def test_what_was_unsent_and_what_is_none_of_ours(network: Network, inbox: Client, signed: Any) -> None:
    kept, taken = network.message(ANA, PAGE, "Yes"), network.message(ANA, PAGE, "No")
    network.message(ANA, BO, "Between us")
    network.message(ANA, PTA, "To the PTA")
    network.unsend(taken)
    (thread,) = inbox("me/conversations", fields="messages{message}")["data"]
    assert [one["message"] for one in thread["messages"]["data"]] == ["Yes"]
    assert inbox.error(native_id(network, taken)) == (400, 100, 33)
    other = signed(PTA, "page", *PERMISSIONS, MESSAGING)
    assert other.error(native_id(network, kept)) == other.error(thread["id"]) == (400, 100, 33)
    assert len(other("me/conversations")["data"]) == 1
    assert other.error(f"{inbox('me')['id']}/conversations") == (400, 10, 0)


def test_messages_need_the_pages_token_and_its_permission(network: Network, client: Client, inbox: Client, signed: Any) -> None:
    sent = network.message(ANA, PAGE, "Yes")
    page, thread = client("me")["id"], inbox("me/conversations")["data"][0]["id"]
    for path in ("me/conversations", thread, f"{thread}/messages", native_id(network, sent)):
        assert client.error(path) == (403, 200, 0)
        assert inbox(path).keys() & {"data", "id"}
    assert "pages_messaging" in client("me/conversations")["error"]["message"]
    assert signed(BO, "user", *PERMISSIONS, MESSAGING).error(f"{page}/conversations") == (400, 210, 0)
    assert inbox.error("me/conversations", platform="instagram") == (400, 100, 0)
    network.withdraw("facebook", MESSAGING)
    assert inbox.error("me/conversations") == (403, 200, 0)
    assert inbox("me")["id"] == page


def test_stories_of_a_day_and_of_the_archive(network: Network, client: Client) -> None:
    photo = network.photo("facebook", "Snow")
    old = network.publish(PAGE, "", kind="story", photos=[photo])
    network.wait(hours=23)
    network.publish(PAGE, "", kind="story", video=Video(1, 48, 64))
    network.publish(PTA, "", kind="story", photos=[network.photo("facebook", "Cake")])
    told = client("me/stories")["data"]
    assert [(one["media_type"], one["status"]) for one in told] == [("video", "PUBLISHED"), ("photo", "PUBLISHED")]
    assert (told[1]["creation_time"], told[1]["url"][:29]) == ("1795545001", "https://facebook.com/stories/")
    assert client(told[1]["media_id"], fields="alt_text_custom")["alt_text_custom"] == "Snow"
    assert client(told[0]["media_id"], fields="length")["length"] == 1
    network.wait(hours=2)
    assert [one["post_id"] for one in client("me/stories", status="[ARCHIVED]")["data"]] == [told[1]["post_id"]]
    assert [one["post_id"] for one in client("me/stories", since=int(old.created.timestamp()) + 1)["data"]] == [told[0]["post_id"]]
    assert client.messages("me/feed") == client.messages("me/published_posts") == []
    network.remove(old)
    assert len(client("me/stories")["data"]) == 1
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/stories") == (403, 200, 0)


def test_who_is_blocked(network: Network, client: Client, signed: Any) -> None:
    for who in (ANA, PTA):
        network.block(PAGE, who)
    network.block(PTA, BO)
    assert [one["name"] for one in client("me/blocked")["data"]] == ["The PTA", "ana"]
    assert client("me/blocked", limit=1)["paging"].keys() == {"cursors", "next"}
    network.block(PAGE, ANA, blocked=False)
    assert [one["name"] for one in client("me/blocked")["data"]] == ["The PTA"]
    assert signed(BO, "user").error(f"{client('me')['id']}/blocked") == (400, 210, 0)
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/blocked") == (403, 283, 0)
