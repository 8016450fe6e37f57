"""The fields that are requested of TikTok, and the shapes of its responses."""

from __future__ import annotations

from recordroom.platforms.context import Context
from recordroom.platforms.schema import FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Shape

VIDEO_FIELDS = (
    "item_id,create_time,caption,share_url,thumbnail_url,media_type,video_duration,likes,comments,shares,"
    "video_views"
)
PROFILE_FIELDS = "username,display_name,bio_description,profile_image,videos_count"


class TikTokContext(Context, total=False):
    """Keys of TikTok's exchanges.

    handle: name of the captured account.
    heard: IDs of the videos on a page whose comments are read.
    """

    handle: str | None
    heard: list[str]


_TEXT, _FLAG, _ITEM, _LIST, _NUMBER, _ID = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER, ID))
_OTHERS = "figures of the audience"
BODY = Shape(
    {"code": _NUMBER, "data": _ITEM, "error": _ITEM, "message": _TEXT},
    {"request_id": "of the answer", "extra": "of the answer"},
)
DATA = Shape(
    {"videos": _LIST, "comments": _LIST, "user": _ITEM, "has_more": _FLAG, "cursor": _ID},
    {"page_info": "said by has_more"},
)
# All that a crawl needs of an item: nothing else stops it.
VIDEO_HEAD = Shape({"item_id": ID, "create_time": ID, "comments": _NUMBER})
COMMENT_HEAD = Shape({"comment_id": ID, "replies": _NUMBER, "reply_list": _LIST})
VIDEO = Shape(
    {
        "item_id": ID,
        "create_time": ID,
        "caption": _TEXT,
        "share_url": _TEXT,
        "thumbnail_url": _TEXT,
        "media_type": _TEXT,
    }
    | {"video_duration": NUMBER | frozenset({float}) | NULL}
    | dict.fromkeys(("likes", "comments", "shares", "video_views"), _NUMBER),
    {"embed_url": "said by share_url", "is_ad": "about advertising"}
    | dict.fromkeys(
        ("favorites", "reach", "total_time_watched", "average_time_watched", "full_video_watched_rate"),
        _OTHERS,
    )
    | dict.fromkeys(
        ("impression_sources", "audience_countries", "audience_genders", "audience_cities", "audience_types"),
        _OTHERS,
    )
    | dict.fromkeys(
        ("video_view_retention", "engagement_likes", "new_followers", "profile_views", "website_clicks"),
        _OTHERS,
    )
    | dict.fromkeys(
        ("phone_number_clicks", "lead_submissions", "app_download_clicks", "email_clicks", "address_clicks"),
        _OTHERS,
    ),
)
DISPLAY_VIDEO = Shape(  # a video of the Display API
    {
        "id": TEXT,
        "create_time": _ID,
        "title": _TEXT,
        "video_description": _TEXT,
        "share_url": _TEXT,
        "cover_image_url": _TEXT,
    }
    | dict.fromkeys(
        ("duration", "width", "height", "like_count", "comment_count", "share_count", "view_count"), _NUMBER
    ),
    {"embed_html": "said by share_url", "embed_link": "said by share_url", "is_aigc": "a mark of TikTok"},
)
COMMENT = Shape(
    {
        "comment_id": ID,
        "video_id": ID,
        "create_time": ID,
        "text": _TEXT,
        "status": _TEXT,
        "owner": _FLAG,
        "parent_comment_id": _ID,
    }
    | dict.fromkeys(("unique_identifier", "user_id", "username", "display_name", "image_url"), _TEXT)
    | {"likes": _NUMBER, "replies": _NUMBER, "reply_list": _LIST},
    {"profile_image": "a picture of the author, whose address changes with each response"}
    | dict.fromkeys(("liked", "pinned"), "what the account thinks of it, or where it shows it"),
)
PROFILE = Shape(
    {
        "username": TEXT,
        "display_name": _TEXT,
        "bio_description": _TEXT,
        "profile_image": _TEXT,
        "videos_count": _NUMBER,
    },
    dict.fromkeys(("is_verified", "is_business_account"), "a mark of TikTok")
    | dict.fromkeys(("followers_count", "following_count", "total_likes"), "counters of no record")
    | {"profile_deep_link": "said by the name"},
)
DISPLAY_USER = Shape(  # a profile of the Display API
    {
        "open_id": _TEXT,
        "username": _TEXT,
        "display_name": _TEXT,
        "bio_description": _TEXT,
        "avatar_url": _TEXT,
    },
    dict.fromkeys(
        ("union_id", "is_verified", "profile_deep_link", "profile_web_link"), "said by open_id or the name"
    )
    | dict.fromkeys(("avatar_url_100", "avatar_large_url"), "another size")
    | dict.fromkeys(
        ("follower_count", "following_count", "likes_count", "video_count"), "counters of no record"
    ),
)
GRANT = Shape(
    {
        "access_token": TEXT,
        "refresh_token": _TEXT,
        "open_id": _TEXT,
        "expires_in": _NUMBER,
        "refresh_token_expires_in": _NUMBER,
    },
    {"scope": "what was consented to", "token_type": "bearer"},
)
