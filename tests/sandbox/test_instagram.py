"""Instagram in the sandbox: the result of each action of a story in its API."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from tests.sandbox.meta import Client

OWN, ANA, BO = "instagram/district", "instagram/ana", "instagram/bo"
SAID = "id,text,timestamp,username,from,like_count,hidden,parent_id,media,replies{id,text,parent_id}"


@pytest.fixture
def client(network: Network, open_face: Any) -> Client:
    return Client(open_face(network, "instagram", token="token"))


@pytest.fixture
def post(network: Network) -> Post:
    return network.publish(OWN, "Closed", photos=[network.photo("instagram", "A bus")], likes=3)


def test_an_edit_leaves_no_stamp(network: Network, client: Client, post: Post) -> None:
    own = native_id(network, post)
    fields = "caption,timestamp,alt_text,media_type,media_product_type,like_count,username,owner,shortcode"
    before = client(own, fields=fields)
    assert (before["caption"], before["alt_text"], before["media_type"], before["media_product_type"]) == (
        "Closed",
        "A bus",
        "IMAGE",
        "FEED",
    )
    assert before["owner"]["id"] == client("me")["id"]
    network.edit(post, "Closed today")
    after = client(own, fields=fields)
    assert {name for name in after if after[name] != before[name]} == {"caption"}
    assert client(own) == {"id": own}


def test_nothing_without_a_picture(network: Network) -> None:
    with pytest.raises(Unsupported, match="without a picture"):
        network.publish(OWN, "Only words")


def test_carousels_and_reels(network: Network, client: Client) -> None:
    album = network.publish(
        OWN, "Two", photos=[network.photo("instagram", f"Plow {number}") for number in (1, 2)]
    )
    reel = network.publish(OWN, "Film", video=Video(1, 48, 64))
    told = client(
        "me/media",
        fields=(
            "media_type,media_product_type,is_shared_to_feed,permalink,alt_text,children{alt_text,media_url}"
        ),
    )["data"]
    assert [(one["media_type"], one["media_product_type"]) for one in told] == [
        ("VIDEO", "REELS"),
        ("CAROUSEL_ALBUM", "FEED"),
    ]
    assert [one["alt_text"] for one in told[1]["children"]["data"]] == ["Plow 1", "Plow 2"]
    assert "alt_text" not in told[1]
    assert [urlsplit(one["permalink"]).path.split("/")[1] for one in told] == ["reel", "p"]
    child = client(f"{native_id(network, album)}/children")["data"][0]["id"]
    assert client(child, fields="media_type,alt_text,permalink") == {
        "media_type": "IMAGE",
        "alt_text": "Plow 1",
        "id": child,
    }
    film = client(native_id(network, reel), fields="media_url,thumbnail_url")
    assert client.http.get(film["media_url"]).content[4:12] == b"ftypisom"
    assert client.http.get(film["thumbnail_url"]).headers["content-type"] == "image/jpeg"


def test_a_story_lives_a_day(network: Network, client: Client) -> None:
    story = network.publish(OWN, "", kind="story", photos=[network.photo("instagram", "Snow")])
    assert [one["id"] for one in client("me/stories")["data"]] == [native_id(network, story)]
    assert client("me/media") == {"data": []}
    told = client(native_id(network, story), fields="media_product_type,permalink,like_count")
    assert (told["media_product_type"], "like_count" in told) == ("STORY", False)
    network.wait(hours=24)
    assert client("me/stories") == {"data": []}
    assert client.error(native_id(network, story)) == (400, 100, 33)


def test_comments_are_newest_first_without_replies(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    reply = network.comment(OWN, first, "2")
    network.comment(ANA, reply, "3")  # has the same level
    network.comment(BO, post, "4")
    address = f"{native_id(network, post)}/comments"
    assert client.texts(address) == ["4", "1"]
    expanded = client(address, fields=SAID)["data"][1]
    assert [one["text"] for one in expanded["replies"]["data"]] == ["3", "2"]
    assert {one["parent_id"] for one in expanded["replies"]["data"]} == {native_id(network, first)}
    assert (expanded["username"], expanded["media"]["id"], "parent_id" in expanded) == (
        "ana",
        native_id(network, post),
        False,
    )
    assert client.texts(f"{native_id(network, first)}/replies") == ["3", "2"]
    assert client(native_id(network, post), fields="comments_count")["comments_count"] == 4


def test_fifty_comments_a_query_and_no_filter_by_time(network: Network, client: Client, post: Post) -> None:
    said = [network.comment(ANA, post, str(number)) for number in range(70)]
    address = f"{native_id(network, post)}/comments"
    first = client(address, limit=100, since=int(said[60].created.timestamp()))
    assert [one["text"] for one in first["data"]] == [str(number) for number in range(69, 19, -1)]
    assert first["paging"]["cursors"].keys() == {"after"}
    assert parse_qs(urlsplit(first["paging"]["next"]).query)["access_token"] == ["token"]
    second = client.http.get(first["paging"]["next"]).json()
    assert [one["text"] for one in second["data"]] == [str(number) for number in range(19, -1, -1)]
    assert "next" not in second["paging"]


def test_many_replies_have_pages(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    for number in range(60):
        network.comment(BO, first, str(number))
    expanded = client(f"{native_id(network, post)}/comments", fields="replies{text}")["data"][0]["replies"]
    assert len(expanded["data"]) == 25
    more = client.http.get(expanded["paging"]["next"]).json()
    assert [one["text"] for one in more["data"]] == [str(number) for number in range(34, 9, -1)]
    assert "paging" not in client(f"{native_id(network, network.comment(BO, post, 'x'))}/replies")


def test_hidden_restricted_and_removed(network: Network, client: Client, post: Post) -> None:
    rude, kind = network.comment(ANA, post, "Idiots!"), network.comment(BO, post, "Thanks.")
    network.comment(OWN, kind, "Welcome")
    network.comment(ANA, post, "Read this!")
    network.hide(rude)
    address, counted = f"{native_id(network, post)}/comments", {"fields": "comments_count"}
    assert [one["hidden"] for one in client(address, fields="hidden")["data"]] == [False, False, True]
    network.block(OWN, ANA)
    assert client.texts(address) == ["Thanks."]
    assert client.error(native_id(network, rude)) == (400, 100, 33)
    assert client(native_id(network, post), **counted)["comments_count"] == 3, (
        "the restricted one too, but not the hidden one"
    )
    network.remove(kind)
    assert client.error(native_id(network, kind)) == (400, 100, 33)
    assert client(native_id(network, post), **counted)["comments_count"] == 1
    network.remove(post)
    assert client.error(native_id(network, post)) == (400, 100, 33)
    told = client(native_id(network, post))["error"]
    assert told["type"] == "IGApiException"
    with pytest.raises(Unsupported, match="cannot hide"):
        network.hide(post)


def test_without_its_permission_comments_are_an_empty_list(
    network: Network, client: Client, post: Post
) -> None:
    network.comment(ANA, post, "Why?")
    network.withdraw("instagram", "instagram_business_manage_comments")
    assert client(f"{native_id(network, post)}/comments") == {"data": []}
    assert client(native_id(network, post), fields="comments_count")["comments_count"] == 1
    network.withdraw("instagram", "instagram_business_basic")
    assert client.error("me") == (400, 10, 0)


def test_posts_that_name_the_account(network: Network, client: Client) -> None:
    network.publish(ANA, "Thanks @district", photos=[network.photo("instagram", "Snow")])
    network.publish(ANA, "At home", photos=[network.photo("instagram", "Snow")])
    told = client("me/tags", fields="caption,username,owner")["data"]
    assert [(one["caption"], one["username"], "owner" in one) for one in told] == [
        ("Thanks @district", "ana", False)
    ]


def test_a_token_is_refreshed_when_it_is_a_day_old(network: Network, client: Client, open_face: Any) -> None:
    address = "/refresh_access_token?grant_type=ig_refresh_token"
    assert client.http.get(address).json()["error"]["code"] == 100
    network.wait(hours=25)
    told = client.http.get(address).json()
    assert (told["token_type"], told["expires_in"]) == ("bearer", 60 * 86400)
    network.wait(days=59)
    assert client.error("me") == (400, 190, 463)
    fresh = Client(open_face(network, "instagram", token=told["access_token"]))
    assert fresh("me", fields="username")["username"] == "district"
    network.wait(days=2)
    assert fresh.error("me") == (400, 190, 463)
    assert fresh.http.get(address).json()["error"]["code"] == 190


def test_a_token_of_facebooks_login_sees_the_other_nodes(
    network: Network, client: Client, open_face: Any, post: Post
) -> None:
    network.grant(
        "instagram", "page", OWN, kind="page", scopes=["instagram_basic", "instagram_manage_comments"]
    )
    page = Client(open_face(network, "instagram", token="page"))
    own = client("me", fields="user_id,account_type,username")
    assert own["user_id"] == int(own["id"])
    assert page.error("me") == (400, 100, 33)
    assert page(own["id"], fields="username,media_count,has_profile_pic")["media_count"] == 1
    assert page.error(own["id"], fields="user_id")[:2] == (400, 100)
    assert page(native_id(network, post), fields="owner{username}")["owner"]["id"] == own["id"]


def test_suspended_renamed_and_media_that_expire(network: Network, client: Client, post: Post) -> None:
    before = client("me", fields="username")
    network.rename(OWN, handle="district-new")
    assert client("me", fields="username") == {"username": "district-new", "id": before["id"]}
    url = client(native_id(network, post), fields="media_url")["media_url"]
    assert client.http.get(url).headers["content-type"] == "image/jpeg"
    network.wait(days=5)
    assert client.http.get(url).status_code == 403
    network.suspend(OWN)
    assert client.error("me") == client.error(native_id(network, post)) == (400, 100, 33)


def test_many_at_once(network: Network, client: Client, post: Post) -> None:
    comment = network.comment(ANA, post, "Why?", at=network.now() + timedelta(minutes=1))
    ids = ",".join(native_id(network, one) for one in (post, comment))
    assert (
        client("", ids=ids, fields="timestamp")[native_id(network, comment)]["timestamp"]
        == "2026-11-24T18:31:01+0000"
    )
    assert client.error("", ids=f"{ids},1") == (404, 803, 0)


def test_a_page_names_its_account(network: Network, client: Client, open_face: Any) -> None:
    network.accounts["facebook/district"].linked = OWN
    page = (
        open_face(network, "facebook", token="token")
        .get("/v26.0/me?fields=instagram_business_account")
        .json()
    )
    assert page["instagram_business_account"] == {"id": client("me")["id"]}


def test_a_token_of_facebooks_login_is_a_pages_or_a_persons(
    network: Network, client: Client, open_face: Any
) -> None:
    own = client("me")["id"]
    network.accounts["facebook/district"].linked = OWN
    clerk = network.account("facebook/clerk", "Clerk", manages=["facebook/district"])
    network.message(ANA, OWN, "Is this closed?")
    scopes = ["instagram_basic", "instagram_manage_messages"]
    for secret, account, kind in (("EAApage", "facebook/district", "page"), ("EAAclerk", clerk.key, "user")):
        network.grant(
            "facebook", secret, account, kind=kind, scopes=["pages_show_list", "pages_read_engagement"]
        )
        network.grant("instagram", secret, OWN, kind=kind, scopes=scopes)
    page, person = (
        Client(open_face(network, "instagram", token=secret)) for secret in ("EAApage", "EAAclerk")
    )
    linked = {"fields": "id,instagram_business_account{id,username,name}"}
    [told] = person("me/accounts", **linked)["data"]
    assert told == page("me", **linked)
    assert told["instagram_business_account"] == {
        "id": own,
        "username": "district",
        "name": network.accounts[OWN].name,
    }
    assert person.error("me", **linked)[:2] == (400, 100)
    asked = {"platform": "instagram", "fields": "messages{message}"}
    [thread] = page(f"{told['id']}/conversations", **asked)["data"]
    assert thread == page("me/conversations", **asked)["data"][0]
    assert [one["message"] for one in thread["messages"]["data"]] == ["Is this closed?"]


def test_comments_are_switched_off(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Why?")
    network.switch_comments(post)
    with pytest.raises(Unsupported, match="switched off"):
        network.comment(ANA, post, "Why not?")
    told = client(native_id(network, post), fields="is_comment_enabled,comments_count")
    assert (told["is_comment_enabled"], told["comments_count"]) == (False, 1)
    network.switch_comments(post, off=False)
    assert client(native_id(network, post), fields="is_comment_enabled")["is_comment_enabled"] is True


TALK = "id,updated_time,participants,messages{id,created_time,from,to,message,attachments,shares,story,reactions,is_unsupported,reply_to}"
BASIC, MESSAGES = "instagram_business_basic", "instagram_business_manage_messages"


@pytest.fixture
def inbox(network: Network, open_face: Any) -> Client:
    """Provide a client with a token that may read messages."""
    network.grant("instagram", "inbox", OWN, kind="instagram", scopes=[BASIC, MESSAGES])
    return Client(open_face(network, "instagram", token="inbox"))


def test_conversations_with_people(network: Network, inbox: Client, post: Post) -> None:
    asked = network.message(ANA, OWN, "Is this closed?", shared=post, likes=1)
    network.message(OWN, ANA, "Yes", answers=asked, photos=[network.photo("instagram", "A closed road")])
    network.message(BO, OWN, "Look", labels=["unsupported"])
    network.message(BO, ANA, "Between us")
    threads = inbox("me/conversations", platform="instagram", fields=TALK)["data"]
    assert [[one["username"] for one in thread["participants"]["data"]] for thread in threads] == [
        ["district", "bo"],
        ["district", "ana"],
    ]
    assert threads[1]["updated_time"] == "2026-11-24T18:30:03+0000"
    answer, question = threads[1]["messages"]["data"]
    assert (question["id"], question["from"]["username"], question["message"]) == (
        native_id(network, asked),
        "ana",
        "Is this closed?",
    )
    assert inbox.http.get(question["shares"]["data"][0]["link"]).headers["content-type"] == "image/jpeg"
    assert question["reactions"]["data"] == [{"reaction": "love", "users": [answer["from"]]}]
    assert answer["reply_to"] == {"mid": question["id"], "is_self_reply": False}
    assert answer["to"]["data"] == [question["from"]]
    assert (
        inbox.http.get(answer["attachments"]["data"][0]["image_data"]["url"]).content[:3] == b"\xff\xd8\xff"
    )
    assert [(one["message"], one["is_unsupported"]) for one in threads[0]["messages"]["data"]] == [("", True)]
    short = inbox("me/conversations")["data"]
    assert short == [{"id": one["id"], "updated_time": one["updated_time"]} for one in threads]
    assert inbox(threads[1]["id"], fields="messages")["messages"]["data"][0] == {
        name: answer[name] for name in ("id", "created_time")
    }
    assert inbox(question["id"], fields="message,created_time")["message"] == "Is this closed?"
    assert inbox("me/conversations", user_id=question["from"]["id"])["data"] == short[1:]


def test_only_the_twenty_newest_messages_can_be_read(network: Network, inbox: Client) -> None:
    said = [network.message(ANA, OWN, str(number)) for number in range(30)]
    (thread,) = inbox("me/conversations")["data"]
    first = inbox(f"{thread['id']}/messages", fields="id,created_time,message,from")
    second = inbox.http.get(first["paging"]["next"]).json()
    told = first["data"] + second["data"]
    assert [one["id"] for one in told] == [native_id(network, one) for one in said[::-1]]
    assert [one.get("message") for one in told] == [str(number) for number in range(29, 9, -1)] + [None] * 10
    assert "from" not in told[20]
    assert inbox(told[19]["id"], fields="message")["message"] == "10"
    assert "deleted" in inbox(told[20]["id"])["error"]["message"]
    network.unsend(said[-1])
    assert inbox(told[20]["id"], fields="message")["message"] == "9"
    assert inbox.error(told[0]["id"]) == (400, 100, 33)


def test_stories_that_messages_answer_and_that_name_us(network: Network, inbox: Client) -> None:
    ours, theirs = (
        network.publish(who, "", kind="story", photos=[network.photo("instagram", "Snow")])
        for who in (OWN, ANA)
    )
    network.message(ANA, OWN, "Pretty", shared=ours)
    network.message(ANA, OWN, "", shared=theirs)
    (thread,) = inbox("me/conversations", fields="messages{story}")["data"]
    mention, reply = (one["story"] for one in thread["messages"]["data"])
    assert reply["reply_to"]["id"] == native_id(network, ours)
    assert inbox.http.get(mention["mention"]["link"]).headers["content-type"] == "image/jpeg"
    network.wait(hours=25)
    (thread,) = inbox("me/conversations", fields="messages{story}")["data"]
    assert "link" not in thread["messages"]["data"][0]["story"]["mention"]


def test_requests_are_forgotten_after_thirty_days(network: Network, inbox: Client) -> None:
    network.message(ANA, OWN, "Hello?")
    network.message(OWN, BO, "Welcome")
    assert len(inbox("me/conversations")["data"]) == 2
    network.wait(days=31)
    (left,) = inbox("me/conversations", fields="participants")["data"]
    assert [one["username"] for one in left["participants"]["data"]] == ["district", "bo"]


def test_messages_need_their_permission_with_either_login(
    network: Network, client: Client, inbox: Client, open_face: Any
) -> None:
    sent = network.message(ANA, OWN, "Hello")
    thread = inbox("me/conversations")["data"][0]["id"]
    for path in ("me/conversations", thread, native_id(network, sent)):
        assert client.error(path) == (400, 10, 0)
        assert MESSAGES in client(path)["error"]["message"]
    assert inbox.error("me/conversations", platform="messenger") == (400, 100, 0)
    network.grant(
        "instagram", "page", OWN, kind="page", scopes=["instagram_basic", "instagram_manage_messages"]
    )
    page = Client(open_face(network, "instagram", token="page"))
    assert [
        one["id"] for one in page(f"{client('me')['id']}/conversations", platform="instagram")["data"]
    ] == [thread]
    network.grant("instagram", "bos", BO, kind="instagram", scopes=[BASIC, MESSAGES])
    bo = Client(open_face(network, "instagram", token="bos"))
    assert bo("me/conversations") == {"data": []}
    assert bo.error(native_id(network, sent)) == bo.error(thread) == (400, 100, 33)
    network.withdraw("instagram", MESSAGES)
    assert inbox.error("me/conversations") == (400, 10, 0)
