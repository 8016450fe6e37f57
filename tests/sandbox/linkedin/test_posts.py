"""Posts: their pages, edits, kinds, names and text, reposts, and drafts."""

from datetime import timedelta
from typing import Any

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.faces.linkedin.access import format_little_text
from infra.sandbox.model import Card, Poll, Video
from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import BO, DISTRICT, enc, get, post_of, posts, urn_of


def test_pages_shift_while_they_are_read(network: Network, client: httpx.Client) -> None:
    for number in range(5):
        network.publish(DISTRICT, f"post {number}")
    first = posts(client, "&count=2")
    assert [one["commentary"] for one in first["elements"]] == ["post 4", "post 3"]
    (link,) = first["paging"]["links"]
    assert (link["rel"], "total" in first["paging"]) == ("next", False)
    network.publish(DISTRICT, "post 5")
    assert [one["commentary"] for one in get(client, link["href"])["elements"]] == ["post 3", "post 2"]
    network.remove(network.posts["linkedin/1"])
    last = posts(client, "&count=2&start=4")
    assert ([one["commentary"] for one in last["elements"]], last["paging"]["links"][0]["rel"]) == (
        ["post 1"],
        "prev",
    )


def test_an_edit_brings_a_post_to_the_front_of_those_modified_last(
    network: Network, client: httpx.Client
) -> None:
    old, new = network.publish(DISTRICT, "old"), network.publish(DISTRICT, "new")
    before = post_of(client, network, old)
    assert (
        before["lifecycleStateInfo"]["isEditedByAuthor"],
        before["lastModifiedAt"] > before["publishedAt"],
    ) == (False, True)
    network.edit(old, "newer")
    assert [one["commentary"] for one in posts(client)["elements"]] == ["newer", "new"]
    assert [one["commentary"] for one in posts(client, "&sortBy=CREATED")["elements"]] == ["new", "newer"]
    after = post_of(client, network, old)
    assert {name for name in after if after[name] != before[name]} == {
        "commentary",
        "lastModifiedAt",
        "lifecycleStateInfo",
    }
    network.remove(new)
    assert client.get(f"/rest/posts/{enc(native_id(network, new))}").status_code == 404
    ids = f"List({enc(native_id(network, old))},{enc(native_id(network, new))})"
    told = get(client, f"/rest/posts?ids={ids}")
    assert list(told["results"]) == [native_id(network, old)]
    assert list(told["errors"]) == [native_id(network, new)]


def test_posts_of_every_kind(network: Network, client: httpx.Client) -> None:
    def content(**more: Any) -> Any:
        return post_of(client, network, network.publish(DISTRICT, "x", **more)).get("content")

    one, two, three = (network.photo("linkedin", f"picture {number}") for number in range(3))
    assert content() is None
    assert content(photos=[one])["media"]["altText"] == "picture 0"
    assert [image["altText"] for image in content(photos=[two, three])["multiImage"]["images"]] == [
        "picture 1",
        "picture 2",
    ]
    video = content(video=Video(3), title="A film")["media"]
    assert (video["id"].split(":")[2], video["title"]) == ("video", "A film")
    paper = content(paper=network.paper("linkedin", "Budget.pdf", 2))["media"]
    assert (paper["id"].split(":")[2], paper["title"]) == ("document", "Budget.pdf")
    card = content(card=Card("https://made-up.test/a", "Jobs", "Many"), photos=[one])["article"]
    assert (card["source"], card["title"], card["description"]) == ("https://made-up.test/a", "Jobs", "Many")
    assert card["thumbnail"].startswith("urn:li:image:")
    poll = content(poll=Poll(["yes", "no"], [3, 4], network.now() + timedelta(days=3)), title="Well?")["poll"]
    assert (poll["question"], poll["uniqueVotersCount"], poll["settings"]["duration"]) == (
        "Well?",
        7,
        "THREE_DAYS",
    )
    event = content(event=network.event("linkedin", "Fair", network.now()))
    assert event["reference"]["id"].startswith("urn:li:event:")


def test_shares_and_posts_with_more_are_called_by_different_urns(
    network: Network, client: httpx.Client
) -> None:
    plain, film = network.publish(DISTRICT, "x"), network.publish(DISTRICT, "x", video=Video(1))
    assert native_id(network, plain).startswith("urn:li:share:")
    assert native_id(network, film).startswith("urn:li:ugcPost:")
    wrong = native_id(network, film).replace("ugcPost", "share")
    assert client.get(f"/rest/posts/{enc(wrong)}").status_code == 404


def test_what_is_passed_on(network: Network, client: httpx.Client) -> None:
    praise = network.publish("linkedin/pta", "Well done")
    shared = post_of(client, network, network.publish(DISTRICT, "Thank you", quote=praise))
    assert shared["reshareContext"] == {
        "parent": native_id(network, praise),
        "root": native_id(network, praise),
    }
    again = post_of(
        client, network, network.repost(DISTRICT, network.publish("linkedin/pta", "Look", quote=praise))
    )
    assert (again["commentary"], again["reshareContext"]["root"]) == ("", native_id(network, praise))
    assert client.get(f"/rest/posts/{enc(native_id(network, praise))}").status_code == 403


def test_drafts_are_for_their_authors(network: Network, client: httpx.Client) -> None:
    network.publish(DISTRICT, "Not yet", status="draft")
    assert posts(client)["elements"] == []
    (draft,) = posts(client, "&viewContext=AUTHOR")["elements"]
    assert (draft["lifecycleState"], "publishedAt" in draft) == ("DRAFT", False)


def test_little_text(network: Network, client: httpx.Client) -> None:
    network.rename(BO, name="Bo (the boss)")
    said = "Hi @bo, @noone and #Snow_Day: 1*2 [see] https://made-up.test/a_b {x} <y> ~z \\ | @pta"
    told = post_of(client, network, network.publish(DISTRICT, said))["commentary"]
    bo = get(client, "/rest/organizationAcls?q=roleAssignee")["elements"][0]["roleAssignee"]
    assert f"@[Bo \\(the boss\\)]({bo})" in told
    assert (
        r"\@noone and {hashtag|\#|Snow\_Day}: 1\*2 \[see\] https://made-up.test/a\_b \{x\} \<y\> \~z \\"
        r" \| @[" in told
    )
    assert told.endswith(f"]({urn_of(client, 'pta')})")
    assert format_little_text("plain words, no sign", lambda _: None) == "plain words, no sign"
