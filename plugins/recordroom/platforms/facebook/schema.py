"""The fields that are requested of Facebook, and the shapes of its responses.

Each field of a response is read, or ignored for the reason that its shape gives.
"""

from __future__ import annotations

from typing import Any

from recordroom.platforms.context import Context
from recordroom.platforms.schema import ANY_NUMBER, FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Shape

PARTS_IN_A_LIST = 12  # parts that a list gives of one post: the API's own default
PARTS_ALONE = 200  # parts of a post that is requested by its ID, because its list may have left some out

_PART_FIELDS = "type,media_type,title,description,url,unshimmed_url,target,media"
_COMMENT_COUNT = "comments.filter(toplevel).limit(0).summary(true)"
_ATTACHMENTS = "attachments{{{0},subattachments.limit({1}){{{0}}}}}"
POST_FIELDS = (
    "id,created_time,updated_time,message,story,permalink_url,from,to,parent_id,is_published,is_hidden,"
    "is_expired,scheduled_publish_time,privacy,message_tags,story_tags,place,shares,child_attachments,"
    "event{id,name,description,start_time,end_time,is_canceled,place},"
    f"{_ATTACHMENTS.format(_PART_FIELDS, PARTS_IN_A_LIST)},{_COMMENT_COUNT},reactions.limit(0).summary(true)"
)
SINGLE_POST_FIELDS = POST_FIELDS.replace(
    f"subattachments.limit({PARTS_IN_A_LIST})", f"subattachments.limit({PARTS_ALONE})"
)
COMMENT_FIELDS = (
    "id,parent{id},created_time,message,from,is_hidden,is_private,comment_count,like_count,attachment,"
    "message_tags,permalink_url"
)
PHOTO_FIELDS = f"id,alt_text,alt_text_custom,images,{_COMMENT_COUNT}"
VIDEO_FIELDS = "id,source,length,captions"
REEL_VIDEO_FIELDS = (
    "id,created_time,title,description,permalink_url,source,length,captions,from,"
    f"{_COMMENT_COUNT},likes.limit(0).summary(true)"
)
STORY_FIELDS = "post_id,status,creation_time,media_type,media_id,url"
PROFILE_FIELDS = (
    "id,name,username,link,category,about,bio,description,mission,company_overview,general_info,founded,"
    "impressum,phone,emails,website,single_line_address,hours,privacy_info_url,is_published,cover,"
    "picture.width(960){url,width,height,is_silhouette}"
)


class FacebookContext(Context, total=False):
    """Keys of Facebook's exchanges.

    edge: the list that the response is a page of, or to which its items belong.
    root_kind: kind of the root post of a page of comments.
    files: photo or video -> what it says of itself, which the posts and stories on the page do not say.
    failed: photos and videos that Facebook failed to give.
    places: comment that was requested by its ID -> its kind, parent, and root.
    post: native ID of the post of a reel, where the response is the reel's video.
    more: the blocked people on the later pages of their list.
    passed: native ID of the item of a list that Facebook failed to give; the response is its error.
    """

    edge: str
    root_kind: str
    files: dict[str, dict[str, Any]]
    failed: list[str]
    places: dict[str, list[Any]]
    post: str
    more: list[dict[str, Any]]
    passed: str


_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_VIEWER, _ADVERTISING = "about the account of the token", "about advertising"
POST = Shape(
    {
        "id": TEXT,
        "created_time": TEXT,
        "updated_time": _TEXT,
        "message": _TEXT,
        "story": _TEXT,
        "permalink_url": _TEXT,
        "from": _ITEM,
    }
    | {
        "to": _ITEM,
        "parent_id": _TEXT,
        "is_published": _FLAG,
        "is_hidden": _FLAG,
        "is_expired": _FLAG,
        "privacy": _ITEM,
        "place": _ITEM,
    }
    | {
        "scheduled_publish_time": ANY_NUMBER | _TEXT,
        "message_tags": _LIST,
        "story_tags": _LIST,
        "shares": _ITEM,
        "event": _ITEM,
    }
    | {"child_attachments": _LIST, "attachments": _ITEM, "comments": _ITEM, "reactions": _ITEM},
    dict.fromkeys(
        ("full_picture", "picture", "icon", "status_type", "properties", "width", "height"),
        "said by the attachments",
    )
    | dict.fromkeys(
        ("like", "love", "wow", "haha", "sad", "angry", "care", "thankful", "pride", "likes"),
        "counted together as reactions",
    )
    | dict.fromkeys(
        ("promotable_id", "promotion_status", "call_to_action", "targeting", "feed_targeting"), _ADVERTISING
    )
    | dict.fromkeys(
        ("is_eligible_for_promotion", "is_instagram_eligible", "instagram_eligibility"), _ADVERTISING
    )
    | dict.fromkeys(
        ("application", "via", "actions", "coordinates", "is_spherical", "is_popular", "is_inline_created"),
        "no words",
    )
    | dict.fromkeys(("can_reply_privately", "subscribed"), _VIEWER)
    | {
        "target": "said by the id",
        "backdated_time": "where the Page shows it in time",
        "timeline_visibility": "said by is_hidden",
    },
)
POST_HEAD = POST.only(
    "id", "created_time", "updated_time", "from", "parent_id", "is_published", "scheduled_publish_time",
    "attachments", "comments", "reactions", "shares",
)  # fmt: skip
COMMENT = Shape(
    {
        "id": _TEXT,
        "created_time": TEXT,
        "message": _TEXT,
        "from": _ITEM,
        "parent": _ITEM,
        "permalink_url": _TEXT,
        "attachment": _ITEM,
    }
    | {
        "is_hidden": _FLAG,
        "is_private": _FLAG,
        "comment_count": _NUMBER,
        "like_count": _NUMBER,
        "message_tags": _LIST,
    },
    dict.fromkeys(
        ("can_comment", "can_hide", "can_like", "can_remove", "can_reply_privately", "user_likes"), _VIEWER
    )
    | {
        "object": "said by the request",
        "application": "no words",
        "live_broadcast_timestamp": "place in the live video",
    },
)
REEL_VIDEO = Shape(
    {
        "id": TEXT,
        "created_time": TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "permalink_url": _TEXT,
        "source": _TEXT,
        "from": _ITEM,
    }
    | {"length": ANY_NUMBER | NULL, "captions": _ITEM, "comments": _ITEM, "likes": _ITEM},
)
FILE = Shape(
    {
        "id": TEXT,
        "alt_text": _TEXT,
        "alt_text_custom": _TEXT,
        "images": _LIST,
        "comments": _ITEM,
        "source": _TEXT,
    }
    | {"length": ANY_NUMBER | NULL, "captions": _ITEM}
)
TRACK = Shape(
    {"locale": _TEXT, "create_time": _TEXT, "uri": _TEXT, "is_draft": _FLAG},
    {"id": "stays when it is replaced"}
    | dict.fromkeys(("locale_name", "is_default", "is_auto_generated"), "how it is chosen"),
)
SIZE = Shape({"source": TEXT, "width": NUMBER, "height": NUMBER})
STORY = Shape(
    {
        "post_id": TEXT,
        "status": _TEXT,
        "creation_time": ID,
        "media_type": _TEXT,
        "media_id": _TEXT,
        "url": _TEXT,
    },
    {"id": "said by post_id"},
)
REEL = Shape(
    {"id": TEXT, "post_id": _TEXT},
    {"updated_time": "moves with each comment", "description": "read from the post"},
)
ABOUT_FIELDS = ("about", "bio", "description", "mission", "company_overview", "general_info", "impressum")
LINE_LABELS = {
    "category": "Category",
    "founded": "Founded",
    "single_line_address": "Address",
    "phone": "Phone",
    "website": "Website",
}
PAGE = Shape(
    {
        "id": TEXT,
        "name": TEXT,
        "username": _TEXT,
        "link": _TEXT,
        "is_published": _FLAG,
        "cover": _ITEM,
        "picture": _ITEM,
    }
    | dict.fromkeys((*ABOUT_FIELDS, *LINE_LABELS, "privacy_info_url"), _TEXT)
    | {"emails": _LIST, "hours": _ITEM},
    dict.fromkeys(
        ("fan_count", "followers_count", "were_here_count", "talking_about_count", "checkins"),
        "counters of no record",
    )
    | dict.fromkeys(
        ("rating_count", "overall_star_rating", "new_like_count", "unread_message_count"),
        "counters of no record",
    )
    | {
        "category_list": "said by category",
        "location": "said by single_line_address",
        "access_token": "a secret",
    },
)
ATTACHMENT = Shape(
    {
        "type": _TEXT,
        "media_type": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "url": _TEXT,
        "unshimmed_url": _TEXT,
    }
    | {"target": _ITEM, "media": _ITEM, "subattachments": _ITEM},
    {"description_tags": "said by message_tags", "name": "said by title"},
)
TARGET = Shape({"id": _TEXT, "url": _TEXT}, {"unshimmed_url": "said by the attachment"})
ATTACHED_MEDIA = Shape({"image": _ITEM, "source": _TEXT})
IMAGE = Shape({"src": TEXT, "width": _NUMBER, "height": _NUMBER})
CHILD = Shape(
    {"link": _TEXT, "name": _TEXT, "description": _TEXT},
    dict.fromkeys(
        ("id", "picture", "call_to_action", "image_hash", "caption", "static_card", "place_data"),
        _ADVERTISING,
    ),
)
PARENT = Shape(
    {"id": _TEXT}, dict.fromkeys(("created_time", "message", "from"), "read where it is a comment")
)
WHO = Shape(
    {"id": _TEXT, "name": _TEXT},
    dict.fromkeys(("type", "offset", "length"), "where in the text") | {"category": "of a Page"},
)
PLACE = Shape(
    {"name": _TEXT}, {"id": "said by name", "location": "said by name", "overall_rating": "no words"}
)
EVENT = Shape(
    {
        "name": _TEXT,
        "description": _TEXT,
        "start_time": _TEXT,
        "end_time": _TEXT,
        "is_canceled": _FLAG,
        "place": _ITEM,
    },
    {"id": "said by the attachment", "timezone": "said by start_time"},
)
PRIVACY = Shape(
    {"value": _TEXT}, dict.fromkeys(("description", "friends", "allow", "deny", "networks"), "said by value")
)
BLOCKED_PERSON = Shape(
    {"id": TEXT, "name": _TEXT},
    dict.fromkeys(("link", "username", "profile_type", "pic", "can_post"), "said by id and name"),
)
SHARES = Shape({"count": NUMBER})
CONNECTION = Shape({"data": _LIST, "summary": _ITEM}, {"paging": "followed by fetch"})
SUMMARY = Shape(
    {"total_count": NUMBER},
    dict.fromkeys(("order", "can_comment", "viewer_reaction", "has_liked", "can_like"), _VIEWER),
)
PICTURE_DATA = Shape({"data": _ITEM})
COVER = Shape(
    {"id": _TEXT, "source": _TEXT},
    {"cover_id": "said by id"} | dict.fromkeys(("offset_x", "offset_y"), "how it is cut"),
)
PICTURE = Shape(
    {"url": _TEXT, "width": _NUMBER, "height": _NUMBER, "is_silhouette": _FLAG},
    {"cache_key": "changes with each size"},
)
TOKEN_HOLDER = Shape({"id": TEXT, **dict.fromkeys(("name", "username", "link"), TEXT | NULL)})
MANAGED_PAGE = Shape(
    {
        "id": TEXT,
        **dict.fromkeys(("name", "username", "link", "access_token"), TEXT | NULL),
        "tasks": LIST | NULL,
    }
)
PERMISSION = Shape({"permission": TEXT, "status": TEXT})
