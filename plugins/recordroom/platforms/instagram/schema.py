"""The fields that are requested of Instagram, and the shapes of its responses."""

from __future__ import annotations

from recordroom.platforms.meta.messages import MessageContext
from recordroom.platforms.meta.posts import PostContext
from recordroom.platforms.schema import FLAG, ID, ITEM, NULL, NUMBER, TEXT, Shape

COMMENT_PAGE = 50
_FILE_FIELDS = "id,media_type,media_url,thumbnail_url,alt_text"
_PUBLIC_FIELDS = (
    "id,caption,media_type,media_product_type,media_url,permalink,timestamp,username,like_count,"
    "comments_count"
)
# Instagram gives no more of other people's posts.
TAGGED_POST_FIELDS = f"{_PUBLIC_FIELDS},children{{id,media_type,media_url}}"
POST_FIELDS = (
    f"{_PUBLIC_FIELDS},thumbnail_url,shortcode,owner,alt_text,is_comment_enabled,is_shared_to_feed,"
    f"children{{{_FILE_FIELDS}}}"
)
REPLY_FIELDS = "id,text,timestamp,username,from,like_count,hidden,parent_id"
COMMENT_FIELDS = f"{REPLY_FIELDS},replies.limit({COMMENT_PAGE}){{{REPLY_FIELDS}}}"
PROFILE_FIELDS = "username,name,biography,website,profile_picture_url"


class InstagramContext(PostContext, MessageContext, total=False):
    """Keys of Instagram's exchanges."""


_TEXT, _FLAG, _ITEM, _NUMBER, _ID = (kind | NULL for kind in (TEXT, FLAG, ITEM, NUMBER, ID))
_ADS, _LIVE = "with advertisements and cross-posts", "about a broadcast while it runs"
POST = Shape(
    {
        "id": TEXT,
        "caption": _TEXT,
        "media_type": _TEXT,
        "media_product_type": _TEXT,
        "media_url": _TEXT,
        "thumbnail_url": _TEXT,
    }
    | {
        "alt_text": _TEXT,
        "permalink": _TEXT,
        "timestamp": _TEXT,
        "username": _TEXT,
        "owner": _ITEM,
        "like_count": _NUMBER,
    }
    | {"comments_count": _NUMBER, "children": _ITEM, "comments": _ITEM},
    dict.fromkeys(("total_comments_count", "total_like_count", "total_views_count"), f"counts {_ADS}")
    | dict.fromkeys(
        ("reposts_count", "saved_count", "shares_count", "view_count"), "insights, which are not captured"
    )
    | dict.fromkeys(
        ("boost_eligibility_info", "boost_ads_list", "copyright_check_information"), "about advertising"
    )
    | dict.fromkeys(("live_status", "current_live_viewer_count", "live_reactions"), _LIVE)
    | {
        "shortcode": "said by permalink",
        "is_comment_enabled": "a switch, which the evidence has",
        "ig_id": "an older id",
    }
    | {
        "is_shared_to_feed": "where it is shown",
        "legacy_instagram_media_id": "an older id",
        "is_ai_generated": "the evidence has it",
    },
)
POST_HEAD = POST.only("id", "timestamp", "media_product_type", "comments_count")
_COMMENT = {
    "id": TEXT,
    "text": _TEXT,
    "timestamp": TEXT,
    "username": _TEXT,
    "from": _ITEM,
    "like_count": _NUMBER,
    "hidden": _FLAG,
}
_COMMENT_TWICE = {"user": "said by from", "legacy_instagram_comment_id": "an older id"}
COMMENT = Shape(_COMMENT | {"parent_id": _TEXT, "media": _ITEM, "replies": _ITEM}, _COMMENT_TWICE)
COMMENT_HEAD = COMMENT.only("id", "replies")
REPLY = Shape(_COMMENT | {"parent_id": _TEXT}, _COMMENT_TWICE | {"media": "said by the comment"})
PROFILED = Shape(
    {
        "id": _TEXT,
        "user_id": _ID,
        "username": TEXT,
        "name": _TEXT,
        "biography": _TEXT,
        "website": _TEXT,
        "profile_picture_url": _TEXT,
    },
    dict.fromkeys(("followers_count", "follows_count", "media_count"), "counters of no record")
    | {
        "ig_id": "an older id",
        "account_type": "business or creator",
        "has_profile_pic": "said by profile_picture_url",
    },
)
HOLDER = Shape(
    {"id": _TEXT, "user_id": _ID, "username": _TEXT, "name": _TEXT, "instagram_business_account": _ITEM}
)
COUNTED = Shape({"id": _TEXT, "media_count": NUMBER})
COMMENTED = Shape({"id": TEXT, "comments_count": _NUMBER, "comments": _ITEM})
WHO = Shape({"id": _TEXT, "username": _TEXT}, {"self_ig_scoped_id": "said by id"})
COMMENTED_POST = Shape(
    {"id": _TEXT},
    dict.fromkeys(
        ("media_product_type", "media_type", "permalink", "timestamp", "owner"), "read where it is a post"
    ),
)
