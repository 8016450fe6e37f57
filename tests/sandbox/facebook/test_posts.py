"""Posts of the Page and its visitors: edits, lists, shares, attachments, and stories."""

from datetime import timedelta
from urllib.parse import urlsplit

from infra.sandbox.faces import native_id
from infra.sandbox.model import Post, Video
from infra.sandbox.network import Network
from tests.sandbox.facebook.client import ANA, PAGE, PTA, Client


def test_an_edit_moves_updated_time_and_so_does_a_comment(
    network: Network, client: Client, post: Post
) -> None:
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
    assert client(own, fields="comments.summary(total_count).limit(0).as(said)")["said"] == {
        "data": [],
        "summary": {"total_count": 0},
    }


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
    shown = client(
        native_id(network, visit), fields="from,to,status_type,message,message_tags,permalink_url,target"
    )
    assert shown["id"].startswith(f"{page}_")
    assert shown["from"]["name"] == "ana"
    assert shown["message_tags"] == [
        {"id": page, "name": "The District", "type": "page", "offset": 6, "length": 12}
    ]
    assert (shown["to"]["data"][0]["id"], shown["target"]["id"], shown["status_type"]) == (
        page,
        page,
        "wall_post",
    )


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
        network.publish(
            PAGE,
            "Come",
            event=network.event("facebook", "Levy", network.start + timedelta(days=3), place="Gym"),
        ),
        network.publish(PAGE, "Two", photos=photos, album=album.key),
    ]
    wanted = (
        "media_type,type,title,target,unshimmed_url,url,media,subattachments{media_type,target,description}"
    )
    told = [
        client(native_id(network, one), fields=f"status_type,story,event,attachments{{{wanted}}}")
        for one in made
    ]
    hung = [one["attachments"]["data"][0] for one in told]
    assert [one["media_type"] for one in hung] == ["link", "video", "event", "album"]
    assert hung[0]["unshimmed_url"] == "https://made-up.test/x?a=1"
    assert urlsplit(hung[0]["url"]).hostname == "l.facebook.com"
    assert [one["status_type"] for one in told] == [
        "mobile_status_update",
        "added_video",
        "created_event",
        "added_photos",
    ]
    assert told[2]["event"]["start_time"] == "2026-11-27T10:30:00-0800"
    assert [one.get("description") for one in hung[3]["subattachments"]["data"]] == ["Bus 14", None]
    assert told[3]["story"] == "The District added 2 new photos to the album: Winter."
    event = client(told[2]["event"]["id"], fields="name,place,is_canceled,updated_time")
    assert (event["name"], event["place"], event["is_canceled"]) == ("Levy", {"name": "Gym"}, False)
    network.change_event(made[2], name="The levy", canceled=True)
    changed = client(told[2]["event"]["id"], fields="name,is_canceled,updated_time")
    assert (changed["name"], changed["is_canceled"], changed["updated_time"] > event["updated_time"]) == (
        "The levy",
        True,
        True,
    )


def test_stories_of_a_day_and_of_the_archive(network: Network, client: Client) -> None:
    photo = network.photo("facebook", "Snow")
    old = network.publish(PAGE, "", kind="story", photos=[photo])
    network.wait(hours=23)
    network.publish(PAGE, "", kind="story", video=Video(1, 48, 64))
    network.publish(PTA, "", kind="story", photos=[network.photo("facebook", "Cake")])
    told = client("me/stories")["data"]
    assert [(one["media_type"], one["status"]) for one in told] == [
        ("video", "PUBLISHED"),
        ("photo", "PUBLISHED"),
    ]
    assert (told[1]["creation_time"], told[1]["url"][:29]) == ("1795545001", "https://facebook.com/stories/")
    assert client(told[1]["media_id"], fields="alt_text_custom")["alt_text_custom"] == "Snow"
    assert client(told[0]["media_id"], fields="length")["length"] == 1
    network.wait(hours=2)
    assert [one["post_id"] for one in client("me/stories", status="[ARCHIVED]")["data"]] == [
        told[1]["post_id"]
    ]
    assert [
        one["post_id"] for one in client("me/stories", since=int(old.created.timestamp()) + 1)["data"]
    ] == [told[0]["post_id"]]
    assert client.messages("me/feed") == client.messages("me/published_posts") == []
    network.remove(old)
    assert len(client("me/stories")["data"]) == 1
    network.withdraw("facebook", "pages_read_engagement")
    assert client.error("me/stories") == (403, 200, 0)
