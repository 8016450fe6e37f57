"""The fields requested of X, the shapes of its responses, and their context keys.

The shapes follow https://docs.x.com/x-api, OpenAPI description 2.167 (2026-11-25).
"""

from __future__ import annotations

from typing import Any

from recordroom.platforms.context import Context
from recordroom.platforms.paging import Params
from recordroom.platforms.schema import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape

PROFILE_FIELDS: Params = {
    "user.fields": (
        "created_at,description,entities,id,location,name,profile_banner_url,profile_image_url,protected,"
        "public_metrics,url,username,verified_type,withheld"
    )
}
POST_FIELDS: Params = {
    "post.fields": (
        "article,attachments,conversation_id,created_at,entities,geo,id,lang,note_post,public_metrics,scopes,"
        "text,withheld"
    ),
    "expansions": (
        "article.cover_media,article.media_entities,attachments.media_keys,attachments.poll_ids,author_id,"
        "edit_history_post_ids,geo.place_id,in_reply_to_user_id,referenced_posts"
    ),
    "user.fields": "id,name,username,protected",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "poll.fields": "id,options",
    "place.fields": "full_name,id",
}
ROOT_POST_FIELDS: Params = {
    "post.fields": "conversation_id,created_at,id",
    "expansions": "author_id,edit_history_post_ids",
}
MESSAGE_FIELDS: Params = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,entities,event_type,id,text",
    "event_types": "MessageCreate",
    "expansions": "attachments.media_keys,participant_ids,referenced_posts,sender_id",
    "media.fields": "alt_text,duration_ms,height,media_key,type,url,variants,width",
    "user.fields": "id,name,username",
}
PEOPLE_FIELDS: Params = {
    "user.fields": "id,name,username",
    "max_results": 250,  # what so many people cost is no more than Platform.highest_price
}


class XContext(Context, total=False):
    """Keys of X's exchanges.

    again: the response costs nothing, because the same capture pays for its content elsewhere.
    paid: instant (ISO 8601) before which an earlier capture has paid for the account's posts and messages.
    ours: conversations of the response that the account began.
    heard: those of them that this capture reads completely.
    whole: instant (ISO 8601) from which on all replies to a post can be requested; "": of every post.
    firsts: later version of a post -> its first version.
    places: ID of a post that was requested alone -> archived kind, parent, and root.
    media, polls: objects that describe the files and polls of included posts.
    undescribed: included posts whose files X failed to describe; they count as not included.
    people: name of a list (`blocking`, `muting`) -> `id`, `name`, and `username` of each person in it.
    """

    again: bool
    paid: str
    ours: list[str]
    heard: list[str]
    whole: str
    firsts: dict[str, str]
    places: dict[str, list[Any]]
    media: list[dict[str, Any]]
    polls: list[dict[str, Any]]
    undescribed: list[str]
    people: dict[str, list[dict[str, str]]]


_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_FOR_AUTHOR, _MADE_BY_X = "counters that only the author sees", "made by X, no words of the author"
_UNRECORDED = "counters of no record"
BODY = Shape(
    {"data": ITEM | LIST | NULL, "includes": _ITEM, "meta": _ITEM, "errors": _LIST},
    dict.fromkeys(("title", "detail", "type", "status", "reason"), "read where it is a failure"),
)
META = Shape(
    {"next_token": _TEXT, "result_count": _NUMBER},
    dict.fromkeys(("previous_token", "newest_id", "oldest_id"), "another way to go on"),
)
INCLUDES = Shape(
    dict.fromkeys(("users", "posts", "tweets", "media", "polls", "places"), _LIST), {"topics": _MADE_BY_X}
)
_HEAD = (
    {"id": TEXT, "author_id": _TEXT, "conversation_id": _TEXT, "in_reply_to_user_id": _TEXT}
    | dict.fromkeys(
        ("edit_history_post_ids", "edit_history_tweet_ids", "referenced_posts", "referenced_tweets"), _LIST
    )
    | dict.fromkeys(("attachments", "entities", "public_metrics"), _ITEM)
)
# All that a crawl needs of a post. An error elsewhere in one stops no crawl: `parse` reports it.
HEAD = Shape(_HEAD)
POST = Shape(
    _HEAD
    | {
        "text": TEXT,
        "created_at": _TEXT,
        "lang": _TEXT,
        "geo": _ITEM,
        "scopes": _ITEM,
        "withheld": _ITEM,
        "article": _ITEM,
    }
    | dict.fromkeys(("note_post", "note_tweet"), _ITEM),
    dict.fromkeys(("non_public_metrics", "organic_metrics", "promoted_metrics"), _FOR_AUTHOR)
    | dict.fromkeys(("context_annotations", "matched_media_notes", "note_request_suggestions"), _MADE_BY_X)
    | dict.fromkeys(("suggested_source_links", "suggested_source_links_with_counts", "card_uri"), _MADE_BY_X)
    | dict.fromkeys(
        ("edit_controls", "reply_settings", "possibly_sensitive", "paid_partnership"), "a setting"
    )
    | dict.fromkeys(
        ("source", "display_text_range", "username"), "no words of the post, or said elsewhere in it"
    )
    | {
        "media_metadata": "said by the media",
        "article_title": "said by the article",
        "community_id": "where else it was posted",
    },
)
METRICS = Shape(
    dict.fromkeys(
        ("like_count", "reply_count", "repost_count", "retweet_count", "impression_count"), _NUMBER
    ),
    dict.fromkeys(("quote_count", "bookmark_count"), _UNRECORDED),
)
ENTITIES = Shape(
    dict.fromkeys(("urls", "mentions", "hashtags", "cashtags"), _LIST), {"annotations": _MADE_BY_X}
)
_POSITION = dict.fromkeys(("start", "end"), "where in the text")
URL = Shape(
    {"url": _TEXT, "expanded_url": _TEXT, "media_key": _TEXT},
    _POSITION
    | dict.fromkeys(
        ("display_url", "unwound_url", "status", "title", "description", "images"),
        "the linked page's, or said by the address",
    ),
)
MENTION = Shape({"username": _TEXT}, _POSITION | {"id": "said by username"})
TAG = Shape({"tag": TEXT}, _POSITION)
NOTE = Shape(
    {"text": TEXT, "entities": _ITEM}, {"richtext": "how it is set", "media": "said by the attachments"}
)
REFERENCE = Shape({"type": TEXT, "id": TEXT})
ATTACHMENTS = Shape(
    {"media_keys": _LIST, "poll_ids": _LIST},
    dict.fromkeys(("media_source_tweet_id", "media_source_post_id"), "the first post of the video")
    | {"card_ids": "made by X from a link"},
)
ARTICLE = Shape(
    {"title": _TEXT, "plain_text": _TEXT, "cover_media": TEXT | _ITEM, "media_entities": _LIST},
    dict.fromkeys(("preview_text", "entities"), "the beginning of the text, or how it is set"),
)
GEO = Shape({"place_id": _TEXT}, {"coordinates": "said by the place"})
SCOPES = Shape({"followers": _FLAG})
WITHHELD = Shape({"country_codes": _LIST, "scope": _TEXT, "copyright": _FLAG})
MEDIA = Shape(
    {
        "media_key": TEXT,
        "type": TEXT,
        "url": _TEXT,
        "alt_text": _TEXT,
        "width": _NUMBER,
        "height": _NUMBER,
        "duration_ms": _NUMBER,
    }
    | {"variants": _LIST},
    dict.fromkeys(
        ("public_metrics", "non_public_metrics", "organic_metrics", "promoted_metrics"),
        _UNRECORDED,
    )
    | {"preview_image_url": "an image of the video"},
)
VARIANT = Shape({"bit_rate": _NUMBER, "content_type": _TEXT, "url": _TEXT})
POLL = Shape(
    {"id": TEXT, "options": _LIST},
    dict.fromkeys(("duration_minutes", "end_datetime", "voting_status"), "no words"),
)
OPTION = Shape({"position": NUMBER, "label": TEXT}, {"votes": "counters of no record"})
PLACE = Shape(
    {"id": TEXT, "full_name": _TEXT},
    dict.fromkeys(
        ("name", "country", "country_code", "place_type", "contained_within", "geo"), "said by its full name"
    ),
)
USER = Shape(
    {
        "id": TEXT,
        "name": TEXT,
        "username": TEXT,
        "protected": _FLAG,
        "created_at": _TEXT,
        "description": _TEXT,
        "location": _TEXT,
        "url": _TEXT,
    }
    | {
        "entities": _ITEM,
        "profile_image_url": _TEXT,
        "profile_banner_url": _TEXT,
        "public_metrics": _ITEM,
        "withheld": _ITEM,
    },
    dict.fromkeys(
        ("connection_status", "receives_your_dm", "subscribes_to_you", "subscription", "confirmed_email"),
        "about the holder of the token",
    )
    | dict.fromkeys(
        ("verified", "verified_type", "is_identity_verified", "subscription_type", "affiliation", "parody"),
        "a mark of X",
    )
    | dict.fromkeys(("verified_followers_count", "most_recent_post_id", "most_recent_tweet_id"), _UNRECORDED)
    | dict.fromkeys(("pinned_post_id", "pinned_tweet_id"), "which of its posts is shown first"),
)
PROFILE_ENTITIES = Shape({"description": _ITEM, "url": _ITEM})
PROFILE_METRICS = Shape(
    dict.fromkeys(("post_count", "tweet_count"), _NUMBER),
    dict.fromkeys(
        ("followers_count", "following_count", "listed_count", "like_count", "media_count"),
        _UNRECORDED,
    ),
)
EVENT = Shape(
    {
        "id": TEXT,
        "event_type": _TEXT,
        "text": _TEXT,
        "created_at": _TEXT,
        "dm_conversation_id": _TEXT,
        "sender_id": _TEXT,
    }
    | {"attachments": _ITEM, "entities": _ITEM, "referenced_posts": _LIST},
    {"participant_ids": "the people who join or leave a conversation"},
)
SHARED_POST = Shape({"id": TEXT}, {"type": "a shared post"})
