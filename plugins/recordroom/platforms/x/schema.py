"""The fields of X's answers: which are read, and which are not, and why."""

from __future__ import annotations

from recordroom.platforms.schema import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape

_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_METRICS, _X = "counters that only the author sees", "made by X, no words of the author"
BODY = Shape(
    {"data": ITEM | LIST | NULL, "includes": _ITEM, "meta": _ITEM, "errors": _LIST},
    dict.fromkeys(("title", "detail", "type", "status", "reason"), "read where it is a failure"),
)
META = Shape(
    {"next_token": _TEXT, "result_count": _NUMBER},
    dict.fromkeys(("previous_token", "newest_id", "oldest_id"), "another way to go on"),
)
INCLUDES = Shape(
    dict.fromkeys(("users", "posts", "tweets", "media", "polls", "places"), _LIST), {"topics": _X}
)
_HEAD = (
    {"id": TEXT, "author_id": _TEXT, "conversation_id": _TEXT, "in_reply_to_user_id": _TEXT}
    | dict.fromkeys(
        ("edit_history_post_ids", "edit_history_tweet_ids", "referenced_posts", "referenced_tweets"), _LIST
    )
    | dict.fromkeys(("attachments", "entities", "public_metrics"), _ITEM)
)
HEAD = Shape(
    _HEAD
    # all that the walk needs of a post: whatever else is amiss stops no capture, and is read again when it is
    # mended
)
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
    dict.fromkeys(("non_public_metrics", "organic_metrics", "promoted_metrics"), _METRICS)
    | dict.fromkeys(("context_annotations", "matched_media_notes", "note_request_suggestions"), _X)
    | dict.fromkeys(("suggested_source_links", "suggested_source_links_with_counts", "card_uri"), _X)
    | dict.fromkeys(
        ("edit_controls", "reply_settings", "possibly_sensitive", "paid_partnership"), "a setting"
    )
    | dict.fromkeys(
        ("source", "display_text_range", "username"), "no words of the post, or said elsewhere in it"
    )
    | {
        "media_metadata": "said by the media",
        "article_title": "said by the article",
        "community_id": "where it was posted besides",
    },
)
METRICS = Shape(
    dict.fromkeys(
        ("like_count", "reply_count", "repost_count", "retweet_count", "impression_count"), _NUMBER
    ),
    dict.fromkeys(("quote_count", "bookmark_count"), "counters of no record"),
)
ENTITIES = Shape(dict.fromkeys(("urls", "mentions", "hashtags", "cashtags"), _LIST), {"annotations": _X})
_PLACE = dict.fromkeys(("start", "end"), "where in the text")
URL = Shape(
    {"url": _TEXT, "expanded_url": _TEXT, "media_key": _TEXT},
    _PLACE
    | dict.fromkeys(
        ("display_url", "unwound_url", "status", "title", "description", "images"),
        "the linked page's, or said by the address",
    ),
)
MENTION = Shape({"username": _TEXT}, _PLACE | {"id": "said by username"})
TAG = Shape({"tag": TEXT}, _PLACE)
NOTE = Shape(
    {"text": TEXT, "entities": _ITEM}, {"richtext": "how it is set", "media": "said by the attachments"}
)
REFERENCE = Shape({"type": TEXT, "id": TEXT})
ATTACHMENTS = Shape(
    {"media_keys": _LIST, "poll_ids": _LIST},
    dict.fromkeys(("media_source_tweet_id", "media_source_post_id"), "whose film it was first")
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
        "counters of no record",
    )
    | {"preview_image_url": "a picture of the film"},
)
VARIANT = Shape({"bit_rate": _NUMBER, "content_type": _TEXT, "url": _TEXT})
POLL = Shape(
    {"id": TEXT, "options": _LIST},
    dict.fromkeys(("duration_minutes", "end_datetime", "voting_status"), "no words"),
)
OPTION = Shape({"position": NUMBER, "label": TEXT}, {"votes": "counter of no record"})
SPOT = Shape(
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
        "about whoever asks",
    )
    | dict.fromkeys(
        ("verified", "verified_type", "is_identity_verified", "subscription_type", "affiliation", "parody"),
        "a mark of X",
    )
    | dict.fromkeys(
        ("verified_followers_count", "most_recent_post_id", "most_recent_tweet_id"), "counters of no record"
    )
    | dict.fromkeys(("pinned_post_id", "pinned_tweet_id"), "which of its posts stands first"),
)
ABOUT = Shape({"description": _ITEM, "url": _ITEM})
COUNTED = Shape(
    dict.fromkeys(("post_count", "tweet_count"), _NUMBER),
    dict.fromkeys(
        ("followers_count", "following_count", "listed_count", "like_count", "media_count"),
        "counters of no record",
    ),
)
