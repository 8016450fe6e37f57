"""Paging to the end returns every item exactly once, for any page size and direction."""

import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.network import Network
from infra.sandbox.story.cast import (
    LINKEDIN_SECRET,
    MASTODON_SECRET,
    TIKTOK_DISTRICT,
    TIKTOK_SECRET,
    USER,
    VIMEO_SECRET,
    WORDPRESS_SECRET,
    X_BEARER,
    YOUTUBE_SECRET,
)


def follow(client: httpx.Client, address: str) -> list[Any]:
    """Return all items of a list with pages that are linked by the Link header."""
    items: list[Any] = []
    while address:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        items += answer.json()
        found = re.search(r'<([^<>]+)>; rel="next"', answer.headers.get("link", ""))
        address = found[1] if found else ""
    return items


def cursor(client: httpx.Client, address: str, name: str) -> list[Any]:
    items: list[Any] = []
    more = ""
    while True:
        told = client.get(address + more).json()
        items += told[name]
        if "cursor" not in told:
            return items
        more = f"&cursor={told['cursor']}"


def private(statuses: list[Any]) -> int:
    """Return the number of private mentions, which no count of Mastodon's includes."""
    return sum(one["visibility"] == "direct" for one in statuses)


@pytest.mark.parametrize("size", [1, 7, 40])
def test_mastodon_backwards(first_act: Network, open_face: Any, size: int) -> None:
    client = open_face(first_act, "mastodon", token=MASTODON_SECRET)
    account = client.get("/api/v1/accounts/lookup?acct=cascadevalley").json()
    told = follow(client, f"/api/v1/accounts/{account['id']}/statuses?limit={size}")
    found = [one["id"] for one in told]
    assert len(found) == len(set(found)) == account["statuses_count"] + private(told)
    assert found == sorted(found, key=int, reverse=True)


def test_mastodon_forwards(first_act: Network, open_face: Any) -> None:
    client = open_face(first_act, "mastodon", token=MASTODON_SECRET)
    account = client.get("/api/v1/accounts/lookup?acct=cascadevalley").json()
    address, found, told = f"/api/v1/accounts/{account['id']}/statuses?limit=7&min_id=", ["0"], list[Any]()
    while page := client.get(address + found[-1]).json():
        told += page
        found += [one["id"] for one in reversed(page)]
    assert len(found) - 1 == account["statuses_count"] + private(told)
    assert found == sorted(set(found), key=int)
    newest = client.get(f"/api/v1/accounts/{account['id']}/statuses?since_id={found[-4]}").json()
    assert [one["id"] for one in newest] == found[:-4:-1]


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize(
    "route", ["posts?status=any", "posts?status[]=publish&status[]=private", "comments?status=any", "media?"]
)
def test_wordpress(first_act: Network, open_face: Any, route: str, size: int) -> None:
    client = open_face(first_act, "wordpress/district", auth=(USER, WORDPRESS_SECRET))
    address = f"/wp-json/wp/v2/{route}&per_page={size}&_fields=id"
    found = [one["id"] for one in follow(client, address)]
    first = client.get(address)
    assert len(found) == len(set(found)) == int(first.headers["X-WP-Total"])
    assert -(-len(found) // size) == int(first.headers["X-WP-TotalPages"])


def test_wordpress_past_the_end(first_act: Network, open_face: Any) -> None:
    client = open_face(first_act, "wordpress/district")
    answer = client.get("/wp-json/wp/v2/posts?page=400")
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_post_invalid_page_number")
    assert client.get("/wp-json/wp/v2/comments?page=400").json() == []


@pytest.mark.parametrize("size", [9, 100])
def test_bluesky(first_act: Network, open_face: Any, size: int) -> None:
    client = open_face(first_act, "bluesky")
    feed = cursor(client, f"/xrpc/app.bsky.feed.getAuthorFeed?actor=cascadevalley.test&limit={size}", "feed")
    shown = [one["reason"]["uri"] if "reason" in one else one["post"]["uri"] for one in feed]
    held: list[str] = []
    for name in ("post", "repost"):
        address = f"/xrpc/com.atproto.repo.listRecords?repo=cascadevalley.test&collection=app.bsky.feed.{name}&limit={size}"
        records = cursor(client, address, "records")
        assert cursor(client, f"{address}&reverse=true", "records") == records[::-1]
        held += [one["uri"] for one in records]
    assert len(shown) == len(set(shown))
    assert sorted(shown) == sorted(held)


def test_bluesky_quotes(network: Network, open_face: Any) -> None:
    post = network.publish("bluesky/district.test", "Said")
    for number in range(5):
        network.publish("bluesky/ana.test", f"Quoted {number}", quote=post)
    client = open_face(network, "bluesky")
    uri = client.get("/xrpc/app.bsky.feed.getAuthorFeed?actor=district.test").json()["feed"][0]["post"]["uri"]
    found = cursor(client, f"/xrpc/app.bsky.feed.getQuotes?uri={uri}&limit=2", "posts")
    assert [one["record"]["text"] for one in found] == [f"Quoted {number}" for number in (4, 3, 2, 1, 0)]


def pages(client: httpx.Client, method: str, **parameters: str | int) -> list[str]:
    """Return the IDs of all items of a list of YouTube's."""
    found: list[str] = []
    while True:
        told = client.get(f"/youtube/v3/{method}", params=parameters).json()
        found += [one["id"] for one in told["items"]]
        if "nextPageToken" not in told:
            return found
        parameters["pageToken"] = told["nextPageToken"]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_youtube(first_act: Network, open_face: Any, size: int) -> None:
    client = open_face(first_act, "youtube", token=YOUTUBE_SECRET)
    (channel,) = client.get("/youtube/v3/channels?part=contentDetails&mine=true").json()["items"]
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    own = [
        one
        for one in first_act.posts.values()
        if one.author == "youtube/cascadevalley" and one.kind == "post"
    ]
    found = pages(client, "playlistItems", part="id", playlistId=uploads, maxResults=size)
    assert len(found) == len(set(found)) == len(own)
    closure, question = (
        native_id(first_act, first_act.named(f"youtube:{name}")) for name in ("closure", "question")
    )
    (video,) = client.get(f"/youtube/v3/videos?part=statistics&id={closure}").json()["items"]
    for order in ("time", "relevance"):
        threads = pages(client, "commentThreads", part="id", videoId=closure, maxResults=size, order=order)
        answers = [
            one
            for thread in threads
            for one in pages(client, "comments", part="id", parentId=thread, maxResults=size)
        ]
        assert (
            len(set(threads + answers)) == len(threads + answers) == int(video["statistics"]["commentCount"])
        )
        assert question in threads


@pytest.mark.parametrize("size", [1, 7, 100])
def test_vimeo(first_act: Network, open_face: Any, size: int) -> None:
    """`paging.next` is an address within the API."""
    client = open_face(first_act, "vimeo", token=VIMEO_SECRET)

    def follow_next(address: str | None) -> list[Any]:
        found: list[Any] = []
        told: dict[str, Any] = {}
        while address:
            told = client.get(address).json()
            found += told["data"]
            address = told["paging"]["next"]
        assert len({one["uri"] for one in found}) == len(found) == told["total"]
        return found

    films = follow_next(f"/me/videos?per_page={size}&sort=modified_time")
    assert [one["modified_time"] for one in films] == sorted(
        (one["modified_time"] for one in films), reverse=True
    )
    for film in films:
        comments = follow_next(f"{film['uri']}/comments?per_page={size}")
        assert len(comments) == film["metadata"]["connections"]["comments"]["total"]
        for comment in comments:
            replies = comment["metadata"]["connections"]["replies"]
            assert len(follow_next(f"{replies['uri']}?per_page={size}")) == replies["total"]


@pytest.mark.parametrize("size", [1, 7, 100])
def test_linkedin(first_act: Network, open_face: Any, size: int) -> None:
    """As long as nothing happens between two pages, offsets lead to everything once."""
    client = open_face(first_act, "linkedin", token=LINKEDIN_SECRET)

    def follow_offsets(address: str) -> list[Any]:
        found: list[Any] = []
        while address:
            told = client.get(address).json()
            found += told["elements"]
            address = next((one["href"] for one in told["paging"]["links"] if one["rel"] == "next"), "")
        return found

    (role,) = client.get("/rest/organizationAcls?q=roleAssignee").json()["elements"]
    posts = follow_offsets(f"/rest/posts?q=author&author={quote(role['organization'], safe='')}&count={size}")
    own = [
        one
        for one in first_act.posts.values()
        if one.author == "linkedin/cascadevalleyesd" and one.kind == "post"
    ]
    assert (
        len({one["id"] for one in posts})
        == len(posts)
        == len([one for one in own if one.status == "visible"])
    )
    assert [one["lastModifiedAt"] for one in posts] == sorted(
        (one["lastModifiedAt"] for one in posts), reverse=True
    )
    urn = quote(native_id(first_act, first_act.named("linkedin:closure")), safe="")
    said = follow_offsets(f"/rest/socialActions/{urn}/comments?count={size}")
    under = [
        one
        for top in said
        for one in follow_offsets(f"/rest/socialActions/{quote(top['$URN'], safe='')}/comments?count={size}")
    ]
    summary = client.get(f"/rest/socialMetadata/{urn}").json()["commentSummary"]
    assert (len(said), len({one["$URN"] for one in said + under})) == (
        summary["topLevelCount"],
        summary["count"],
    )


@pytest.mark.parametrize("size", [3, 11, 30])
def test_tiktok(first_act: Network, open_face: Any, size: int) -> None:
    client, api = open_face(first_act, "tiktok", token=TIKTOK_SECRET), "/open_api/v1.3/business"
    me = f"business_id={open_id(TIKTOK_DISTRICT)}"

    def follow(path: str, name: str) -> list[Any]:
        found, cursor = [], ""
        while True:
            page = client.get(f"{api}/{path}{cursor}").json()["data"]
            found += page[name]
            if not page["has_more"]:
                return found
            cursor = f"&cursor={page['cursor']}"

    videos = follow(f'video/list/?{me}&fields=["item_id","comments"]&max_count={min(size, 20)}', "videos")
    profile = client.get(f'{api}/get/?{me}&fields=["videos_count"]').json()["data"]
    assert len({one["item_id"] for one in videos}) == len(videos) == profile["videos_count"]
    closure = native_id(first_act, first_act.named("tiktok:closure"))
    talk = f"{me}&video_id={closure}&max_count={size}&sort_field=create_time&sort_order=asc"
    said = follow(f"comment/list/?{talk}", "comments")
    under = [
        one
        for top in said
        for one in follow(f"comment/reply/list/?{talk}&comment_id={top['comment_id']}", "comments")
    ]
    (counted,) = (one["comments"] for one in videos if one["item_id"] == closure)
    assert len({one["comment_id"] for one in said + under}) == len(said + under)
    assert sum(one["status"] == "PUBLIC" for one in said + under) == counted < len(said + under)
    assert [one["create_time"] for one in said] == sorted(one["create_time"] for one in said)


@pytest.mark.parametrize("size", [5, 17, 100])
def test_x(first_act: Network, open_face: Any, size: int) -> None:
    client = open_face(first_act, "x", token=X_BEARER)
    told = client.get("/2/users/by/username/cascadevalley?user.fields=public_metrics").json()["data"]
    found, more = [], ""
    while True:
        page = client.get(f"/2/users/{told['id']}/tweets?max_results={size}{more}").json()
        found += [one["id"] for one in page["data"]]
        if "next_token" not in page["meta"]:
            break
        more = f"&pagination_token={page['meta']['next_token']}"
    assert len(set(found)) == len(found) == told["public_metrics"]["tweet_count"]
    assert found == sorted(found, key=int, reverse=True)
