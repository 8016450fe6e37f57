"""Threads in the sandbox: the result of each action of a story in its API."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import imagesize
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Poll, Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from infra.sandbox.story import tell
from infra.sandbox.story.cast import THREADS_SECRET
from tests.sandbox import meta
from tests.sandbox.conftest import START

OWN, ANA, BO = "threads/district", "threads/ana", "threads/bo"


class Client(meta.Client):
    version = "v1.0"

    def texts(self, path: str, **parameters: Any) -> list[str]:
        return super().texts(path, fields="text", **parameters)


@pytest.fixture
def client(network: Network, open_face: Any) -> Client:
    return Client(open_face(network, "threads", token="token"))


@pytest.fixture
def post(network: Network) -> Post:
    return network.publish(OWN, "Closed", likes=3)


def test_every_kind_of_post(network: Network, client: Client) -> None:
    bus, plow = (network.photo("threads", alt) for alt in ("A bus", "A plow"))
    network.publish(OWN, "Words", tags=["alerts"], link="https://a.test", visibility="followers")
    network.publish(OWN, "One", photos=[bus])
    network.publish(OWN, "Two", photos=[bus, plow])
    network.publish(OWN, "Film", video=Video(1, 48, 64))
    network.publish(OWN, "", video=Video(1, 0, 0))
    fields = "media_type,media_product_type,topic_tag,link_attachment_url,reply_audience,alt_text,media_url,thumbnail_url,children{alt_text}"
    voice, film, two, one, words = client("me/threads", fields=fields)["data"]
    assert [told["media_type"] for told in (words, one, two, film, voice)] == [
        "TEXT_POST",
        "IMAGE",
        "CAROUSEL_ALBUM",
        "VIDEO",
        "AUDIO",
    ]
    assert (words["topic_tag"], words["link_attachment_url"], words["reply_audience"]) == (
        "alerts",
        "https://a.test",
        "FOLLOWERS_ONLY",
    )
    assert [part["alt_text"] for part in two["children"]["data"]] == ["A bus", "A plow"]
    assert one["alt_text"] == "A bus"
    assert client(two["children"]["data"][1]["id"], fields="media_type,alt_text")["alt_text"] == "A plow"
    types = [
        client.http.get(url).headers["content-type"]
        for url in (one["media_url"], film["media_url"], film["thumbnail_url"], voice["media_url"])
    ]
    assert types == ["image/jpeg", "video/mp4", "image/jpeg", "audio/wav"]


def test_a_moving_picture_of_the_story_comes_from_this_machine(open_face: Any) -> None:
    """Otherwise the demonstration begins with a missing file."""
    client = Client(open_face(tell(START), "threads", token=THREADS_SECRET))
    moving = [
        told["gif_url"]
        for told in client("me/threads", fields="gif_url", limit=100)["data"]
        if "gif_url" in told
    ]
    [file] = [client.http.get(url) for url in moving]
    assert (file.status_code, file.headers["content-type"]) == (200, "image/gif")
    assert imagesize.get(BytesIO(file.content)) == (96, 72)
    assert file.content.count(b"\x21\xf9\4") == 2, "two frames"
    assert client.http.get(re.sub(r"\d+\.gif", "1.gif", moving[0])).status_code == 404


def test_polls_long_texts_spoilers_and_posts_for_a_day(network: Network, client: Client) -> None:
    network.publish(OWN, "Which?", poll=Poll(["A", "B"], [1, 3], network.now() + timedelta(days=1)))
    network.publish(OWN, "Read", attached="A long text", labels=["spoiler"])
    ghost = network.publish(OWN, "For a day", ghost=True)
    options = "option_a,option_b,option_c,option_a_votes_percentage,option_b_votes_percentage,total_votes,expiration_timestamp"
    fields = f"poll_attachment{{{options}}},text_attachment,text_entities,ghost_post_status"
    short, long, poll = client("me/threads", fields=fields)["data"]
    assert poll["poll_attachment"] == {
        "expiration_timestamp": "2026-11-25T18:30:00+0000",
        "total_votes": 4,
        "option_a": "A",
        "option_a_votes_percentage": 0.25,
        "option_b": "B",
        "option_b_votes_percentage": 0.75,
    }
    assert client(poll["id"], fields="poll_attachment")["poll_attachment"] == {}
    assert (long["text_attachment"], long["text_entities"][0]["length"]) == ({"plaintext": "A long text"}, 4)
    assert short["ghost_post_status"] == "ACTIVE"
    network.wait(hours=25)
    assert [one["id"] for one in client("me/threads")["data"]] == [long["id"], poll["id"]]
    assert client("me/ghost_posts", fields="ghost_post_status")["data"] == [
        {"ghost_post_status": "ARCHIVED", "id": native_id(network, ghost)}
    ]


def test_quotes_reposts_and_mentions(network: Network, client: Client, post: Post) -> None:
    praise = network.publish(ANA, "Right call, @district", quote=post)
    network.publish(BO, "At home")
    network.repost(OWN, praise)
    repost, _ = client("me/threads", fields="media_type,reposted_post,text")["data"]
    assert repost == {
        "media_type": "REPOST_FACADE",
        "reposted_post": {"id": native_id(network, praise)},
        "id": repost["id"],
    }
    assert client.texts("me/mentions") == ["Right call, @district"]
    told = client(native_id(network, praise), fields="is_quote_post,quoted_post,username,owner")
    assert (told["quoted_post"]["id"], told["username"], "owner" in told) == (
        native_id(network, post),
        "ana",
        False,
    )
    assert client.error("me/mentions", since=1)[:2] == (400, 100)
    network.accounts[ANA].published = False
    assert client("me/mentions") == {"data": []}
    assert client.error(native_id(network, praise)) == (400, 100, 33)


def test_a_conversation_is_flat_and_newest_first(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    second = network.comment(BO, first, "2")
    network.comment(OWN, second, "3")
    network.comment(BO, post, "4")
    own = native_id(network, post)
    assert client.texts(f"{own}/replies") == ["4", "1"]
    assert client.texts(f"{own}/conversation") == ["4", "3", "2", "1"]
    told = client(
        f"{own}/conversation",
        reverse="false",
        fields="text,root_post,replied_to,is_reply,is_reply_owned_by_me,has_replies",
    )["data"]
    assert [one["text"] for one in told] == ["1", "2", "3", "4"]
    assert {one["root_post"]["id"] for one in told} == {own}
    assert [one["replied_to"]["id"] for one in told] == [own, told[0]["id"], told[1]["id"], own]
    assert [one["is_reply_owned_by_me"] for one in told] == [False, False, True, False]
    assert client.texts(f"{told[0]['id']}/conversation") == ["3", "2"]
    assert client.texts("me/replies") == ["3"]
    assert client.texts("me/threads") == ["Closed"]


def test_pages_shift_by_cursor_and_keep_their_order(network: Network, client: Client, post: Post) -> None:
    for number in range(30):
        network.comment(ANA, post, str(number))
    address = f"{native_id(network, post)}/conversation"
    first = client(address, reverse="false", fields="text")
    assert (len(first["data"]), first["paging"].keys()) == (25, {"cursors"}), "no address of the next page"
    network.comment(ANA, post, "late")
    second = client(address, reverse="false", fields="text", after=first["paging"]["cursors"]["after"])
    assert [one["text"] for one in second["data"]] == ["25", "26", "27", "28", "29", "late"]
    assert client(address, reverse="false", fields="text", after=second["paging"]["cursors"]["after"]) == {
        "data": []
    }
    assert "paging" not in client("me/threads")


def test_since_and_until(network: Network, client: Client) -> None:
    network.publish(OWN, "Closed")
    network.publish(OWN, "Open", at=network.now() + timedelta(hours=2))
    between = int((network.now() + timedelta(hours=1)).timestamp())
    assert client.texts("me/threads", since=between) == ["Open"]
    assert client.texts("me/threads", until=between) == ["Closed"]


def test_hiding_takes_along_what_is_below(network: Network, client: Client, post: Post) -> None:
    rude = network.comment(ANA, post, "Idiots!")
    below = network.comment(BO, rude, "Indeed")
    other = network.comment(BO, post, "Thanks")
    network.hide(rude)
    address = f"{native_id(network, post)}/conversation"

    def told() -> list[str]:
        return [one["hide_status"] for one in client(address, reverse="false", fields="hide_status")["data"]]

    assert told() == ["HIDDEN", "HIDDEN", "NOT_HUSHED"]
    network.restore(rude)
    network.label(other, "covered")
    assert told() == ["UNHUSHED", "NOT_HUSHED", "COVERED"]
    network.block(OWN, ANA)
    assert told()[0] == "BLOCKED"
    with pytest.raises(Unsupported, match="first level"):
        network.hide(below)


def test_a_deleted_parent_leaves_its_replies(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    second = network.comment(BO, first, "2")
    mine = network.comment(OWN, post, "3")
    network.remove(first)
    told = client(native_id(network, second), fields="root_post,replied_to")
    assert told == {"root_post": {"id": native_id(network, post)}, "id": native_id(network, second)}
    assert client.error(native_id(network, first)) == (400, 100, 33)
    network.remove(post)
    assert client.error(f"{native_id(network, post)}/conversation") == (400, 100, 33)
    assert client.error(native_id(network, second)) == (400, 100, 33)
    assert client("me/replies", fields="text,root_post")["data"] == [
        {"text": "3", "id": native_id(network, mine)}
    ]
    assert client(native_id(network, post))["error"]["type"] == "THApiException"


def test_held_replies_are_pending_only(network: Network, client: Client, post: Post) -> None:
    held = network.hold(network.comment(ANA, post, "Who decides?"))
    own = native_id(network, post)
    assert client(f"{own}/conversation") == {"data": []}
    assert (
        client(f"{own}/pending_replies", fields="reply_approval_status")["data"][0]["reply_approval_status"]
        == "pending"
    )
    assert client(f"{own}/pending_replies", approval_status="ignored") == {"data": []}
    assert client(native_id(network, held), fields="text")["text"] == "Who decides?"
    network.restore(held)
    assert client.texts(f"{own}/conversation") == ["Who decides?"]


def test_private_profiles_have_no_name(network: Network, client: Client, post: Post) -> None:
    network.comment(ANA, post, "Quietly")
    network.accounts[ANA].published = False
    (told,) = client(f"{native_id(network, post)}/conversation", fields="text,username,permalink,timestamp")[
        "data"
    ]
    assert told.keys() == {"text", "timestamp", "id"}
    network.suspend(ANA)
    assert client(f"{native_id(network, post)}/conversation") == {"data": []}


def test_insights(network: Network, client: Client, post: Post) -> None:
    first = network.comment(ANA, post, "1")
    network.comment(BO, first, "2")
    network.publish(BO, "Look", quote=post)
    network.repost(ANA, post)
    told = client(f"{native_id(network, post)}/insights", metric="likes,replies,reposts,quotes")["data"]
    assert {one["name"]: one["values"][0]["value"] for one in told} == {
        "likes": 3,
        "replies": 2,
        "reposts": 1,
        "quotes": 1,
    }
    assert client.error(f"{native_id(network, post)}/insights", metric="claps")[:2] == (400, 100)
    followers = client("me/threads_insights", metric="followers_count")["data"][0]
    assert followers["total_value"]["value"] > 0
    assert client.error("me", fields="threads{text}")[:2] == (400, 100)


def test_an_edit_leaves_no_stamp(network: Network, client: Client, post: Post) -> None:
    before = client(native_id(network, post), fields="text,timestamp,permalink")
    network.edit(post, "Closed today")
    after = client(native_id(network, post), fields="text,timestamp,permalink")
    assert {name for name in after if after[name] != before[name]} == {"text"}


def test_permissions_are_missed_one_by_one(network: Network, client: Client, post: Post) -> None:
    other = network.publish(ANA, "Mine")
    network.comment(BO, other, "Yours")
    assert client.error(f"{native_id(network, other)}/conversation") == (400, 10, 0)
    for scope, address in {
        "threads_read_replies": f"{native_id(network, post)}/conversation",
        "threads_manage_mentions": "me/mentions",
        "threads_manage_insights": f"{native_id(network, post)}/insights",
        "threads_basic": "me",
    }.items():
        network.withdraw("threads", scope)
        assert client.error(address, metric="likes") == (400, 10, 0), scope


def test_a_token_is_refreshed_when_it_is_a_day_old(network: Network, client: Client, open_face: Any) -> None:
    address = "/refresh_access_token?grant_type=th_refresh_token"
    assert client.http.get(address).json()["error"]["code"] == 100
    network.wait(hours=25)
    told = client.http.get(address).json()
    assert told == {"access_token": "token~1", "token_type": "bearer", "expires_in": 60 * 86400}
    network.wait(days=59)
    assert client.error("me") == (400, 190, 463)
    assert (
        Client(open_face(network, "threads", token=told["access_token"]))("me", fields="username")["username"]
        == "district"
    )


def test_renamed_suspended_and_asked_for_what_it_does_not_have(
    network: Network, client: Client, post: Post
) -> None:
    before = client("me", fields="username")
    network.rename(OWN, handle="district-new")
    assert client("me", fields="username") == {"username": "district-new", "id": before["id"]}
    assert "@district-new/" in client(native_id(network, post), fields="permalink")["permalink"]
    assert client.error("", ids=f"{native_id(network, post)},1")[:2] == (400, 100)
    assert client.error("me/media")[:2] == (400, 100)
    network.suspend(OWN)
    assert client.error("me") == client.error(native_id(network, post)) == (400, 100, 33)
