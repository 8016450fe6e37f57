"""The fields that are requested of Threads, and the shapes of its responses.

Only the fields that the documentation names for a list are requested of it: replies have no alternative text.
"""

from __future__ import annotations

from recordroom.platforms.meta.posts import PostContext
from recordroom.platforms.schema import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape

OPTIONS = ("option_a", "option_b", "option_c", "option_d")
_VOTES = (*(f"{option}_votes_percentage" for option in OPTIONS), "total_votes")
# Named one by one: without that Threads may give an empty poll.
_POLL_FIELDS = f"poll_attachment{{{','.join((*OPTIONS, *_VOTES))},expiration_timestamp}}"
_ANY_POST_FIELDS = (
    "id,media_product_type,media_type,media_url,permalink,username,text,timestamp,shortcode,thumbnail_url,"
    "is_quote_post,children{id,media_type,media_url,thumbnail_url,alt_text},quoted_post,reposted_post,"
    f"gif_url,topic_tag,{_POLL_FIELDS}"
)
POST_FIELDS = (
    f"{_ANY_POST_FIELDS},owner,alt_text,link_attachment_url,has_replies,reply_audience,is_spoiler_media,"
    "text_entities,text_attachment,ghost_post_status,ghost_post_expiration_timestamp"
)
OWN_REPLY_FIELDS = (
    f"{_ANY_POST_FIELDS},has_replies,root_post,replied_to,is_reply,is_reply_owned_by_me,reply_audience"
)
REPLY_FIELDS = f"{OWN_REPLY_FIELDS},hide_status"
MENTION_FIELDS = (
    f"{_ANY_POST_FIELDS},root_post,replied_to,is_reply,alt_text,link_attachment_url,text_attachment"
)
PROFILE_FIELDS = "id,username,name,threads_profile_picture_url,threads_biography"
# The metrics of a post -> the counts of a record.
COUNT_NAMES = {
    "likes": "likes",
    "replies": "comments",
    "reposts": "shares",
    "quotes": "shares",
    "views": "views",
}


class ThreadsContext(PostContext, total=False):
    """Keys of the exchanges of Threads.

    counts: native ID -> the counts of a post.
    """

    counts: dict[str, dict[str, int]]


_TEXT, _FLAG, _ITEM = (kind | NULL for kind in (TEXT, FLAG, ITEM))
POST = Shape(
    dict.fromkeys(
        (
            "media_type",
            "media_url",
            "thumbnail_url",
            "alt_text",
            "gif_url",
            "permalink",
            "text",
            "timestamp",
            "username",
        ),
        _TEXT,
    )
    | dict.fromkeys(
        ("link_attachment_url", "topic_tag", "hide_status", "reply_approval_status", "ghost_post_status"),
        _TEXT,
    )
    | dict.fromkeys(
        ("owner", "children", "quoted_post", "reposted_post", "root_post", "replied_to", "poll_attachment"),
        _ITEM,
    )
    | {
        "id": TEXT,
        "text_attachment": _ITEM,
        "has_replies": _FLAG,
        "is_reply": _FLAG,
        "is_reply_owned_by_me": _FLAG,
    },
    {
        "media_product_type": "the same of all",
        "shortcode": "said by permalink",
        "is_quote_post": "said by quoted_post",
    }
    | {
        "reply_audience": "who may reply, which the evidence has",
        "ghost_post_expiration_timestamp": "24 hours after its publication",
    }
    | dict.fromkeys(("is_spoiler_media", "text_entities"), "what is covered until somebody taps on it")
    | dict.fromkeys(("is_verified", "profile_picture_url"), "about its author")
    | dict.fromkeys(
        ("location_id", "location", "allowlisted_country_codes"),
        "where it was written or is shown, which is not asked for",
    ),
)
POST_HEAD = POST.only(
    "id", "timestamp", "media_type", "has_replies", "reposted_post", "root_post", "ghost_post_status"
)
REF = Shape(
    {"id": _TEXT},
    dict.fromkeys(("username", "permalink", "text", "timestamp", "media_type"), "read where it is a post"),
)
ATTACHED = Shape(
    {"plaintext": _TEXT, "link_attachment_url": _TEXT}, {"text_with_styling_info": "how it looks"}
)
POLL = Shape(
    dict.fromkeys(OPTIONS, _TEXT),
    dict.fromkeys(_VOTES, "how people vote, which changes") | {"expiration_timestamp": "when it ends"},
)
PROFILED = Shape(
    {
        "id": TEXT,
        "username": TEXT,
        "name": _TEXT,
        "threads_profile_picture_url": _TEXT,
        "threads_biography": _TEXT,
    },
    {
        "is_verified": "a mark",
        "is_eligible_for_geo_gating": "a right",
        "recently_searched_keywords": "no writing",
    },
)
PAGING = Shape({"cursors": _ITEM}, dict.fromkeys(("next", "previous"), "made of the cursors"))
METRIC = Shape(
    {"name": TEXT, "values": LIST | NULL},
    dict.fromkeys(("id", "period", "title", "description"), "said by name"),
)
VALUE = Shape({"value": NUMBER})
CURSORS = Shape({"after": _TEXT}, {"before": "the way back"})
