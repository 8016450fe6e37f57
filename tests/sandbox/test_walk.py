"""Every address of every platform, over the complete story in both acts.

Each response is valid, and no route is left out.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote as percent

import httpx
import pytest

from infra.sandbox.faces import create_app, native_id
from infra.sandbox.faces.bluesky.sessions import PRIVILEGED
from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.model import Token
from infra.sandbox.network import Network
from infra.sandbox.story.cast import (
    FACEBOOK_SECRET,
    FACEBOOK_SYSTEM_SECRET,
    INSTAGRAM_SECRET,
    LINKEDIN_SECRET,
    MASTODON_SECRET,
    SKY_DISTRICT,
    THREADS_SECRET,
    TIKTOK_DISTRICT,
    TIKTOK_SECRET,
    USER,
    VIMEO_SECRET,
    WORDPRESS_SECRET,
    X_BEARER,
    X_SECRET,
    YOUTUBE_KEY,
    YOUTUBE_SECRET,
)
from infra.sandbox.validation import tiktok as tiktok_shapes
from infra.sandbox.validation import x as x_shapes
from infra.sandbox.validation.meta import EDGES, fields_of, types_of


def quote(urn: str) -> str:
    return percent(urn, safe="")


def wordpress(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/",
        "/wp-json",
        "/wp-json/wp/v2/statuses",
        "/wp-json/wp/v2/types",
        "/wp-json/wp/v2/settings",
        "/wp-json/wp/v2/users/me",
    )
    for route in ("posts", "pages", "media", "comments", "users", "categories", "tags"):
        for context in ("view", "embed", "edit"):
            yield f"/wp-json/wp/v2/{route}?per_page=100&context={context}"
        yield f"/wp-json/wp/v2/{route}?_embed&per_page=30"
        yield f"/wp-json/wp/v2/{route}?_fields=id,_links&per_page=3"
    for status in ("approve", "hold", "spam", "trash", "all", "any", "post-trashed"):
        yield f"/wp-json/wp/v2/comments?status={status}&context=edit&per_page=100"
    yield "/wp-json/wp/v2/posts?status=any&context=edit&per_page=100"
    for post in network.posts.values():
        if post.where == "wordpress/district":
            route = {"post": "posts", "page": "pages", "comment": "comments"}[post.kind]
            yield f"/wp-json/wp/v2/{route}/{post.number}?context=edit"
            if post.kind != "comment":
                yield f"/wp-json/wp/v2/{route}/{post.number}/revisions?context=edit"
                yield f"/wp-json/wp/v2/{route}/{post.number}/revisions/{post.now.number}"
            for photo in post.now.photos:
                shown = get(f"/wp-json/wp/v2/media/{photo.number}").json()
                yield shown["source_url"]
    yield from (f"/wp-json/wp/v2/users/{number}" for number in (1, 99))
    yield "/wp-json/wp/v2/nothing"


def feed(_get: Any, network: Network) -> Iterator[str]:
    yield from ("/rss.xml", "/atom.xml", "/nothing")
    for post in network.posts.values():
        for photo in post.now.photos if post.where == "feed/news" else ():
            yield f"/images/{photo.number}.{'jpg' if photo.kind == 'jpeg' else 'png'}"


def bluesky(get: Any, network: Network) -> Iterator[str]:
    for account in network.accounts.values():
        if account.where != "bluesky":
            continue
        yield f"/xrpc/com.atproto.identity.resolveHandle?handle={account.handle}"
        yield f"/xrpc/app.bsky.actor.getProfile?actor={account.handle}"
        yield f"/xrpc/app.bsky.actor.getProfiles?actors={account.handle}&actors=nobody.test"
        yield f"/xrpc/app.bsky.graph.getRelationships?actor={account.handle}&others=nobody.test&others=cascadevalley.test"
        yield f"/xrpc/com.atproto.repo.describeRepo?repo={account.handle}"
        for kept in (
            "posts_with_replies",
            "posts_no_replies",
            "posts_with_media",
            "posts_and_author_threads",
            "posts_with_video",
        ):
            yield f"/xrpc/app.bsky.feed.getAuthorFeed?actor={account.handle}&filter={kept}&limit=100"
        for name in ("actor.profile", "feed.post", "feed.repost", "feed.threadgate", "graph.block"):
            at = f"repo={account.handle}&collection=app.bsky.{name}"
            told = get(f"/xrpc/com.atproto.repo.listRecords?{at}&limit=100").json()
            for record in told["records"][: 40 if "cascade" in account.handle else 6]:
                yield f"/xrpc/com.atproto.repo.getRecord?{at}&rkey={record['uri'].rsplit('/', 1)[1]}"
                if name == "feed.post":
                    yield f"/xrpc/app.bsky.feed.getPostThread?uri={record['uri']}"
                    yield f"/xrpc/app.bsky.feed.getQuotes?uri={record['uri']}"
                    yield f"/xrpc/app.bsky.feed.getPosts?uris={record['uri']}"
                images = record["value"].get("embed", {}).get("images", [])
                for image in images:
                    cid, did = image["image"]["ref"]["$link"], record["uri"].split("/")[2]
                    yield f"/xrpc/com.atproto.sync.getBlob?did={did}&cid={cid}"
                    yield f"/img/feed_fullsize/plain/{did}/{cid}"
    yield from (
        f"/xrpc/app.bsky.notification.listNotifications{more}"
        for more in ("", "?limit=2&reasons=mention&reasons=quote")
    )
    yield from (f"/xrpc/chat.bsky.convo.{name}" for name in ("listConvos", "getMessages", "getLog"))
    yield from (
        "/xrpc/app.bsky.nothing",
        "/nothing",
        "/xrpc/app.bsky.feed.getAuthorFeed",
        "/xrpc/app.bsky.feed.getPostThread?uri=x",
    )


def mastodon(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/api/v1/instance",
        "/api/v2/instance",
        "/api/v1/accounts/verify_credentials",
        "/api/v1/nothing",
        "/api/v1/statuses/1",
    )
    yield from (
        f"/api/v1/{name}?limit=2"
        for name in ("blocks", "mutes", "domain_blocks", "conversations", "notifications")
    )
    yield "/api/v2/filters"
    for account in network.accounts.values():
        if account.where == "mastodon":
            found = get(f"/api/v1/accounts/lookup?acct={account.handle}").json()
            yield f"/api/v1/accounts/{found['id']}"
            yield found["avatar"]
            statuses = get(f"/api/v1/accounts/{found['id']}/statuses?limit=40").json()
            yield "/api/v1/statuses?" + "&".join(f"id[]={status['id']}" for status in statuses)
            for status in statuses[: 40 if "cascade" in account.handle else 5]:
                for more in ("", "/context", "/history", "/source"):
                    yield f"/api/v1/statuses/{status['id']}{more}"
                yield from (image["url"] for image in status["media_attachments"])
                if status["poll"]:
                    yield f"/api/v1/polls/{status['poll']['id']}"


def facebook(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/v26.0/me",
        "/v26.0/nothing",
        "/v26.0/me/nothing",
        "/v26.0/",
        "/nothing",
        "/scontent/nothing.jpg",
        "/v26.0/1_2",
    )
    yield from (
        "/v26.0/me/accounts",
        "/v26.0/me/permissions",
        "/v26.0/debug_token?input_token=x",
        "/v26.0/me/picture",
    )
    yield "/v26.0/oauth/access_token?grant_type=fb_exchange_token"
    me = get("/v26.0/me/accounts").json().get("data", [get("/v26.0/me").json()])[0]  # the Page, for any token
    yield f"/v26.0/{me['id']}?fields={every('Page', *EDGES['Page'])}"
    ids: list[str] = []
    for edge, kind in EDGES["Page"].items():
        address = f"/v26.0/{me['id']}/{edge}?limit=10&fields={every(kind, *EDGES.get(kind, {}))}"
        while address:
            yield address
            told = get(address).json()
            address = told.get("paging", {}).get("next", "")
            ids += [one["id"] for one in told.get("data", ())]
    talk = every("Comment", *EDGES["Comment"])
    for number, one in enumerate(dict.fromkeys(ids)):
        yield from (
            f"/v26.0/{one}",
            f"/v26.0/{one}/comments?filter=stream&summary=true&limit=100&fields={talk}",
            f"/v26.0/{one}/reactions",
        )
        for more in (
            ("attachments", "to", "photos", "captions", "thumbnails", "sharedposts")
            if number % 7 == 0
            else ()
        ):
            yield f"/v26.0/{one}/{more}"
        yield from (image["source"] for image in get(f"/v26.0/{one}?fields=images").json().get("images", ()))
    said = get(
        f"/v26.0/{native_id(network, network.named('facebook:closure'))}/comments?filter=stream&limit=50"
    ).json()["data"]
    yield from (f"/v26.0/{one['id']}?fields={talk}" for one in said if "id" in one)
    yield f"/v26.0/?ids={','.join(one['id'] for one in said if 'id' in one)}"


def instagram(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/v26.0/nothing",
        "/v26.0/me/nothing",
        "/v26.0/",
        "/nothing",
        "/scontent/nothing.jpg",
        "/v26.0/debug_token?input_token=x",
    )
    yield "/access_token?grant_type=ig_exchange_token"
    yield from (
        "/refresh_access_token?grant_type=ig_refresh_token",
        "/v26.0/refresh_access_token?grant_type=other",
        "/v26.0/17900000",
    )
    user, media = (f"{name}ForIGOnlyAPI" for name in ("IGUser", "IGMedia"))
    yield from ("/v26.0/me", f"/v26.0/me?fields={every(user, *EDGES[user])}")
    yield get("/v26.0/me?fields=profile_picture_url").json()["profile_picture_url"]
    fields = every(media, *EDGES[media]).replace(
        "comments.limit(2)", "comments.limit(3){id,text,from,hidden,replies{id,text,parent_id}}"
    )
    ids: list[str] = []
    yield "/v26.0/me/conversations?platform=instagram"
    for edge in ("media", "stories", "tags"):
        address = f"/v26.0/me/{edge}?limit=20&fields={fields}"
        while address:
            yield address
            told = get(address).json()
            address = told.get("paging", {}).get("next", "")
            ids += [one["id"] for one in told["data"]] if edge != "tags" else []
            yield from (
                one[name] for one in told["data"] for name in ("media_url", "thumbnail_url") if name in one
            )
    talk = every("IGComment", *EDGES["IGComment"])
    for one in ids:
        yield from (
            f"/v26.0/{one}",
            f"/v26.0/{one}/comments?limit=60&fields={talk}",
            f"/v26.0/{one}/children?fields=alt_text,media_url",
        )
    said = get(f"/v26.0/{native_id(network, network.named('instagram:closure'))}/comments?limit=50").json()[
        "data"
    ]
    yield from (f"/v26.0/{one['id']}{more}" for one in said for more in (f"?fields={talk}", "/replies"))
    yield f"/v26.0/?ids={','.join(one['id'] for one in said)}"


def threads(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/v1.0/nothing",
        "/v1.0/me/nothing",
        "/v1.0/",
        "/nothing",
        "/scontent/nothing.jpg",
        "/v1.0/debug_token?input_token=x",
    )
    yield "/access_token?grant_type=th_exchange_token"
    yield from (
        "/refresh_access_token?grant_type=th_refresh_token",
        "/v1.0/refresh_access_token?grant_type=other",
        "/v2.0/me",
        "/v1.0/1",
    )
    yield from (
        "/v1.0/me",
        f"/v1.0/me?fields={','.join(sorted(types_of('ThreadsUser')))}",
        "/v1.0/me/mentions?since=1",
    )
    yield get("/v1.0/me?fields=threads_profile_picture_url").json()["threads_profile_picture_url"]
    yield "/v1.0/me/threads_insights?metric=views,likes,replies,reposts,quotes,followers_count"
    fields = ",".join(sorted(types_of("ThreadsMedia"))) + ",children{id,media_type,media_url,alt_text}"
    yield from (f"/gifs/{post.number}.gif" for post in network.posts.values() if post.gif)
    ids: list[str] = []
    for edge in ("threads", "replies", "mentions", "ghost_posts"):
        address = f"/v1.0/me/{edge}?limit=20&fields={fields}"
        while address:
            yield address
            told = get(address).json()
            address = told.get("paging", {}).get("next", "")
            ids += [one["id"] for one in told["data"]]
            yield from (
                one[name] for one in told["data"] for name in ("media_url", "thumbnail_url") if name in one
            )
    for one in dict.fromkeys(ids):
        yield from (
            f"/v1.0/{one}",
            f"/v1.0/{one}/children?fields=alt_text,media_url",
            f"/v1.0/{one}/insights?metric=likes,replies,views",
        )
        yield from (
            f"/v1.0/{one}/{edge}?limit=60&fields={fields}"
            for edge in ("replies", "conversation", "pending_replies")
        )
    said = get(
        f"/v1.0/{native_id(network, network.named('threads:closure'))}/conversation?reverse=false"
    ).json()["data"]
    yield from (f"/v1.0/{one['id']}?fields={fields}" for one in said)


def every(kind: str, *edges: str) -> str:
    """Return all fields and edges of a kind of node, with a few fields of the items of each edge."""
    plain = sorted(types_of(kind).keys() - set(edges))
    return ",".join([*plain, *(f"{edge}.limit(2)" for edge in edges if edge in fields_of(kind))])


def linkedin(get: Any, _network: Network) -> Iterator[str]:
    (role,) = get("/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED").json()[
        "elements"
    ]
    us = role["organization"].rpartition(":")[2]
    yield from (
        "/rest/nothing",
        "/rest/posts/urn%3Ali%3Ashare%3A1",
        f"/rest/organizations/{us}",
        "/rest/organizations/1",
    )
    yield from (
        "/rest/organizations?q=vanityName&vanityName=cascadevalleyesd",
        f"/rest/organizationsLookup?ids=List({us},1)",
    )
    yield f"/rest/networkSizes/{quote(role['organization'])}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
    asked = f"/rest/posts?q=author&author={quote(role['organization'])}&count=100"
    posts = get(asked).json()["elements"]
    yield from (
        asked,
        f"{asked}&sortBy=CREATED&viewContext=AUTHOR",
        f"{asked}&start=7",
        "/rest/posts?q=author&author=urn%3Ali%3Aperson%3Ax",
    )
    told = f"/rest/organizationalEntityNotifications?q=criteria&organizationalEntity={quote(role['organization'])}&count=100"
    yield from (
        told,
        f"{told}&actions=List(COMMENT_DELETE,SHARE_MENTION)&timeRange=(start:1795000000000,end:1795900000000)",
        f"{told}&start=90",
    )
    held = f"/rest/events?q=eventsByOrganizer&organizer={quote(role['organization'])}"
    yield from (
        held,
        f"{held}&timeBasedFilter=(lifeCycleState:UPCOMING)&excludeCancelled=true",
        "/rest/events/1",
    )
    yield from (f"/rest/events/{one['id']}" for one in get(held).json()["elements"])
    urns = [quote(one["id"]) for one in posts]
    yield from (
        f"/rest/posts?ids=List({','.join(urns)},x)",
        f"/rest/socialMetadata?ids=List({','.join(urns)})",
    )
    for post, urn in zip(posts, urns, strict=True):
        yield from (
            f"/rest/posts/{urn}",
            f"/rest/socialMetadata/{urn}",
            f"/rest/reactions/(entity:{urn})?q=entity&count=3",
        )
        yield from files(get, post.get("content", {}))
        yield f"/rest/socialActions/{urn}/comments?ids=List(1,2)"
        said = get(f"/rest/socialActions/{urn}/comments?count=100").json()["elements"]
        for one in said:
            yield from (
                f"/rest/socialActions/{urn}/comments/{one['id']}",
                f"/rest/socialActions/{quote(one['$URN'])}/comments",
            )
            yield f"/rest/reactions/(entity:{quote(one['$URN'])})?q=entity&sort=(value:REVERSE_CHRONOLOGICAL)"
            yield from (picture["url"] for picture in one.get("content", []))


def files(get: Any, content: dict[str, Any]) -> Iterator[str]:
    """Request the data of a post's files, and the files."""
    media = [content.get("media", {}), *content.get("multiImage", {}).get("images", [])]
    thumbnail = content.get("article", {}).get("thumbnail")
    urns = [one["id"] for one in media if one] + ([thumbnail] if thumbnail else [])
    for urn in urns:
        kind = f"/rest/{urn.split(':')[2]}s"
        yield from (f"{kind}/{quote(urn)}", f"{kind}?ids=List({quote(urn)},x)")
        told = get(f"{kind}/{quote(urn)}").json()
        yield from (told[name] for name in ("downloadUrl", "thumbnail", "captions") if name in told)


def youtube(get: Any, network: Network) -> Iterator[str]:
    api, every = "/youtube/v3", "part=id,snippet,contentDetails,status"
    yield from (
        f"{api}/nothing",
        f"{api}/videos?part=snippet",
        f"{api}/captions/nothing",
        f"{api}/channels?part=id&mine=true",
    )
    for account in network.accounts.values():
        if account.where != "youtube":
            continue
        (channel,) = get(
            f"{api}/channels?{every},statistics,brandingSettings,localizations&forHandle={account.handle}"
        ).json()["items"]
        yield channel["snippet"]["thumbnails"]["default"]["url"]
        yield f"{api}/commentThreads?part=id&allThreadsRelatedToChannelId={channel['id']}&order=relevance"
        uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
        items = get(f"{api}/playlistItems?{every}&maxResults=50&playlistId={uploads}").json()["items"]
        for item in items:
            video = item["contentDetails"]["videoId"]
            yield f"{api}/videos?{every},statistics,liveStreamingDetails,player&id={video}"
            yield from (one["url"] for one in item["snippet"]["thumbnails"].values() if one["width"] < 500)
            yield f"{api}/captions?part=snippet&videoId={video}"
            for track in get(f"{api}/captions?part=id&videoId={video}").json().get("items", []):
                yield from (f"{api}/captions/{track['id']}?tfmt={form}" for form in ("srt", "vtt", "sbv"))
            for status in ("published", "heldForReview", "likelySpam", "rejected"):
                asked = f"videoId={video}&maxResults=100&moderationStatus={status}"
                for thread in (
                    get(f"{api}/commentThreads?part=snippet,replies&{asked}").json().get("items", [])
                ):
                    yield f"{api}/commentThreads?part=snippet&textFormat=plainText&id={thread['id']}"
                    yield f"{api}/comments?part=id,snippet&parentId={thread['id']}"
                    yield f"{api}/comments?part=snippet&id={thread['id']}"
                    if image := thread["snippet"]["topLevelComment"]["snippet"].get("imageUrl"):
                        yield image


def vimeo(get: Any, network: Network) -> Iterator[str]:
    yield from (
        "/me",
        "/me/videos?per_page=100",
        "/me/live_events",
        "/nothing",
        "/videos/1",
        "/me/videos?fields=uri,name,metadata.connections.comments.total",
    )
    for album in get("/me/albums").json().get("data", []):
        here = f"/me/albums/{album['uri'].rpartition('/')[2]}"
        yield from (
            here,
            f"{here}/videos",
            f"{here}/videos?fields=uri,link",
            "/me/albums?direction=asc&fields=uri",
        )
    for one in get("/me/videos").json().get("data", []):
        for file in one.get("download", []):
            yield from (file["link"], get(file["link"]).headers["location"])
    for account in network.accounts.values():
        if account.where != "vimeo":
            continue
        user = get(f"/users/{100_000_000 + account.number}").json()
        yield user.get("uri", "/me")
        yield from (one["link"] for one in user.get("pictures", {}).get("sizes", []))
        for sort in ("date", "modified_time", "comments"):
            yield f"/users/{100_000_000 + account.number}/videos?sort={sort}&direction=asc"
        for video in get(f"/users/{100_000_000 + account.number}/videos").json().get("data", []):
            yield from (video["uri"], f"{video['uri']}/pictures", f"{video['uri']}/texttracks")
            yield video["pictures"]["sizes"][2]["link"]
            yield from (one["link"] for one in get(f"{video['uri']}/texttracks").json()["data"])
            for comment in get(f"{video['uri']}/comments?per_page=100").json()["data"]:
                yield from (comment["uri"], comment["metadata"]["connections"]["replies"]["uri"])
            yield f"{video['uri']}/comments?direction=asc&per_page=2&page=2"


OLDER_WORDS = (
    "tweet.fields=attachments,author_id,conversation_id,created_at,display_text_range,edit_controls,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,media_metadata,note_tweet,possibly_sensitive,public_metrics,referenced_tweets,reply_settings,text&"
    "expansions=attachments.media_keys,attachments.poll_ids,author_id,edit_history_tweet_ids,entities.mentions.username,"
    "in_reply_to_user_id,referenced_tweets.id,referenced_tweets.id.author_id"
)


def all_that_is_described(operation: str = "/2/users/{id}/tweets") -> str:
    """Return every field and expansion in the description of one of X's lists, in its own words."""
    known = x_shapes.DERIVED["operations"][operation]["parameters"]
    lists = {
        name: known[name]["items"]["enum"]
        for name in known
        if name == "expansions" or name.endswith(".fields")
    }
    return "&".join(f"{name}={','.join(words)}" for name, words in lists.items())


def x(get: Any, network: Network) -> Iterator[str]:
    me = get("/2/users/by/username/cascadevalley").json()["data"]["id"]
    users = "user.fields=created_at,description,entities,location,profile_image_url,protected,public_metrics,url,verified,verified_type"
    people = [one for one in network.accounts.values() if one.where == "x"]
    yield from (
        "/2/nothing",
        "/2/tweets",
        "/2/tweets/1",
        "/2/tweets?ids=1,2",
        "/2/users/1",
        "/2/users/1/tweets",
        "/2/tweets/x",
        "/2/users/me",
    )
    yield from (
        f"/2/users/{me}?{users}",
        f"/2/users?ids={me},1&{users}",
        "/2/usage/tweets",
        "/2/users/by/username/nobody",
    )
    yield f"/2/users/by?usernames={','.join(one.handle for one in people)}&{users}"
    found = []
    for words in (OLDER_WORDS, all_that_is_described()):
        for path in (
            f"/2/users/{me}/tweets?max_results=100&{words}",
            f"/2/users/{me}/mentions?max_results=100&{words}",
        ):
            yield path
            found += get(path).json()["data"]
        yield f"/2/tweets/search/recent?query=conversation_id:{found[0]['id']}&max_results=100&{words}"
    yield f"/2/tweets/search/all?query=from:cascadevalley%20-is:retweet&max_results=500&{OLDER_WORDS}"
    for one in {one["id"]: one for one in found}.values():
        yield from (
            f"/2/tweets/{one['id']}?{OLDER_WORDS}",
            f"/2/tweets/{one['id']}/quote_tweets?{OLDER_WORDS}",
        )
    told = get(
        f"/2/users/{me}/tweets?max_results=100&{OLDER_WORDS}&media.fields=url,preview_image_url,variants&user.fields=profile_image_url"
    )
    for one in told.json()["includes"]["media"]:
        yield from (one[name] for name in ("url", "preview_image_url") if name in one)
        yield from (variant["url"] for variant in one.get("variants", []))
    yield from (one["profile_image_url"] for one in told.json()["includes"]["users"])
    yield from (
        f"/2/dm_events?{all_that_is_described('/2/dm_events')}",
        "/2/dm_events/1",
        "/1.1/ton/data/dm/1/media/x.jpg",
    )
    yield from (f"/2/dm_conversations/with/{me}/dm_events", f"/2/dm_conversations/{me}-{me}/dm_events")
    yield from (f"/2/users/{me}/{which}?{users}" for which in ("blocking", "muting"))


def tiktok(get: Any, _network: Network) -> Iterator[str]:
    me, api = f"business_id={percent(open_id(TIKTOK_DISTRICT))}", "/open_api/v1.3/business"
    fields = percent(json.dumps(sorted(tiktok_shapes.names("Video"))))
    yield from (
        "/nothing",
        f"{api}/get/",
        f"{api}/get/?business_id=x",
        f"{api}/get/?{me}",
        f"{api}/get/?{me}&fields=x",
    )
    yield (
        f"{api}/get/?{me}&fields={percent(json.dumps(sorted(tiktok_shapes.names('Profile') - {'is_business_account'})))}"
    )
    yield from (
        f"{api}/video/list/?{me}&fields={fields}&max_count=3",
        f"{api}/comment/list/?{me}&video_id=1",
        "/v2/user/info/?fields=open_id",
    )
    yield "/v2/auth/authorize/?client_key=sandbox-tiktok-client&response_type=code&redirect_uri=http://here.test/"
    chosen = percent('{"video_ids":["1","2"]}')
    yield f"{api}/video/list/?{me}&fields={fields}&filters={chosen}"
    for video in get(f"{api}/video/list/?{me}&fields={fields}&max_count=20").json()["data"]["videos"]:
        yield video["thumbnail_url"]
        talk = f"{me}&video_id={video['item_id']}"
        yield f"{api}/comment/list/?{talk}&status=PUBLIC&sort_field=likes&sort_order=desc"
        for comment in get(f"{api}/comment/list/?{talk}&include_replies=true&max_count=30").json()["data"][
            "comments"
        ]:
            yield from (comment["profile_image"], *([comment["image_url"]] if "image_url" in comment else []))
            yield f"{api}/comment/reply/list/?{talk}&comment_id={comment['comment_id']}&sort_field=create_time&sort_order=asc"


WALKS = {
    "wordpress/district": wordpress,
    "feed/news": feed,
    "bluesky": bluesky,
    "mastodon": mastodon,
    "facebook": facebook,
    "instagram": instagram,
    "linkedin": linkedin,
    "threads": threads,
    "youtube": youtube,
    "vimeo": vimeo,
    "x": x,
    "tiktok": tiktok,
}
SESSION = "a session's access token"
SIGNED: dict[str, dict[str, Any]] = {
    "wordpress/district": {"auth": (USER, WORDPRESS_SECRET)},
    "bluesky": {"token": SESSION},
    "mastodon": {"token": MASTODON_SECRET},
    "facebook": {"token": FACEBOOK_SECRET},
    "instagram": {"token": INSTAGRAM_SECRET},
    "linkedin": {"token": LINKEDIN_SECRET},
    "threads": {"token": THREADS_SECRET},
    "youtube": {"token": YOUTUBE_SECRET},
    "vimeo": {"token": VIMEO_SECRET},
    "x": {"token": X_BEARER},
    "tiktok": {"token": TIKTOK_SECRET},
}
# a visitor's; the others need no request
ANYBODY: dict[str, dict[str, Any]] = {"youtube": {"key": YOUTUBE_KEY}}


# they respond with nothing without one
TOKEN_ONLY = ("facebook", "instagram", "threads", "linkedin", "x", "tiktok")
VISITS: list[tuple[str, str, dict[str, Any]]] = [
    ("first_act", where, ANYBODY.get(where, {})) for where in WALKS if where not in TOKEN_ONLY
] + [("first_act", where, who) for where, who in SIGNED.items()]
VISITS += [("second_act", where, SIGNED.get(where, {})) for where in WALKS]
VISITS += [
    ("first_act", "facebook", {"token": FACEBOOK_SYSTEM_SECRET}),
    ("first_act", "x", {"token": X_SECRET}),
]


@pytest.fixture(autouse=True)
def session(first_act: Network, second_act: Network) -> Iterator[None]:
    """Return Bluesky's token, which is given at sign-in; no one signs in in a story."""
    for story in (first_act, second_act):
        story.tokens.append(Token("bluesky", SESSION, SKY_DISTRICT, kind="access", scopes=[PRIVILEGED[0]]))
    yield
    for story in (first_act, second_act):
        story.tokens.pop()


@pytest.mark.parametrize(("act", "where", "who"), VISITS)
def test_every_answer_is_valid(
    request: pytest.FixtureRequest, open_face: Any, act: str, where: str, who: dict[str, Any]
) -> None:
    story: Network = request.getfixturevalue(act)
    client: httpx.Client = open_face(story, where, **who)
    story.quotas[where] = (10**6, 300)
    answers = [(address, client.get(address)) for address in WALKS[where](client.get, story)]
    assert story.invalid == []
    assert len(answers) > 15
    for address, answer in answers:
        assert answer.status_code < 500 or "nothing" in address or "/chat." in address, (
            f"{address}: {answer.status_code} {answer.text[:200]}"
        )


ON_THE_WAY = {  # requested by the walks themselves
    "/api/v1/accounts/lookup",
    "/api/v1/accounts/<account_id>/statuses",
    "/xrpc/com.atproto.repo.listRecords",
    "/wp-json/wp/v2/media/<int:number>",
    "/youtube/v3/channels",
    "/youtube/v3/playlistItems",
    "/rest/organizationAcls",
    "/rest/socialActions/<urn>/comments",
    "/oauth/verify",  # what a token may read: tests/sandbox/test_vimeo.py
    "/oauth/v2/authorization",  # pages for people: tests/capture/test_consent.py opens them
    "/i/oauth2/authorize",
    "/o/oauth2/v2/auth",
    "/<version>/dialog/oauth",
    "/oauth/authorize",
}


@pytest.mark.parametrize("where", WALKS)
def test_no_route_is_left_out(first_act: Network, open_face: Any, where: str) -> None:
    """The walk above requests every route of a platform."""
    client = open_face(first_act, where, **SIGNED.get(where, {}))
    routes = create_app(first_act, where).face.app.url_map
    adapter, asked = routes.bind("made-up.test"), set(ON_THE_WAY)
    for address in WALKS[where](client.get, first_act):
        path = httpx.URL(address).path
        if adapter.test(path):
            asked.add(adapter.match(path)[0])
    assert {rule.endpoint for rule in routes.iter_rules() if "GET" in (rule.methods or ())} <= asked
