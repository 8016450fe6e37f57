"""The shapes of the Threads API, for which no package of Meta's has types.

Written from developers.facebook.com/docs/threads: threads-profiles,
retrieve-and-discover-posts/retrieve-posts, retrieve-and-manage-replies/replies-and-conversations,
reply-management, threads-mentions, insights, create-posts/polls, create-posts/text-attachments,
create-posts/spoilers and reference/media-retrieval (read 2026-11-25), and from the shapes of the answers in
Meta's own Postman collection. `text_entities` is nowhere shown in an answer: here it is the list that a post
is made with.
"""

from collections.abc import Mapping, Sequence

SHAPES: dict[str, Mapping[str, str]] = {
    "ThreadsUser": {
        "id": "string",
        "is_eligible_for_geo_gating": "bool",
        "is_verified": "bool",
        "name": "string",
        "threads_biography": "string",
        "threads_profile_picture_url": "string",
        "username": "string",
    },
    "ThreadsMedia": {
        "allowlisted_country_codes": "list<string>",
        "alt_text": "string",
        "ghost_post_expiration_timestamp": "datetime",
        "ghost_post_status": "string",
        "gif_url": "string",
        "has_replies": "bool",
        "hide_status": "string",
        "id": "string",
        "is_quote_post": "bool",
        "is_reply": "bool",
        "is_reply_owned_by_me": "bool",
        "is_spoiler_media": "bool",
        "is_verified": "bool",
        "link_attachment_url": "string",
        "location_id": "string",
        "media_product_type": "string",
        "media_type": "string",
        "media_url": "string",
        "owner": "ThreadsUser",
        "permalink": "string",
        "poll_attachment": "ThreadsPoll",
        "profile_picture_url": "string",
        "quoted_post": "ThreadsMedia",
        "replied_to": "ThreadsMedia",
        "reply_approval_status": "string",
        "reply_audience": "string",
        "reposted_post": "ThreadsMedia",
        "root_post": "ThreadsMedia",
        "shortcode": "string",
        "text": "string",
        "text_attachment": "ThreadsText",
        "text_entities": "list<ThreadsEntity>",
        "thumbnail_url": "string",
        "timestamp": "datetime",
        "topic_tag": "string",
        "username": "string",
    },
    "ThreadsPoll": {
        "expiration_timestamp": "datetime",
        **{f"option_{letter}": "string" for letter in "abcd"},
        **{f"option_{letter}_votes_percentage": "float" for letter in "abcd"},
        "total_votes": "unsigned int",
    },
    "ThreadsText": {
        "link_attachment_url": "string",
        "plaintext": "string",
        "text_with_styling_info": "list<ThreadsStyle>",
    },
    "ThreadsStyle": {"length": "unsigned int", "offset": "unsigned int", "styling_info": "list<string>"},
    "ThreadsEntity": {"entity_type": "string", "length": "unsigned int", "offset": "unsigned int"},
    "ThreadsMetric": {
        "description": "string",
        "id": "string",
        "name": "string",
        "period": "string",
        "title": "string",
        "total_value": "ThreadsValue",
        "values": "list<ThreadsValue>",
    },
    "ThreadsValue": {"end_time": "datetime", "value": "unsigned int"},
    "ThreadsTraded": {"access_token": "string", "user_id": "unsigned int"},
}
EDGES: dict[str, Mapping[str, str]] = {
    "ThreadsUser": {
        **dict.fromkeys(("threads", "replies", "mentions", "ghost_posts"), "ThreadsMedia"),
        "threads_insights": "ThreadsMetric",
    },
    "ThreadsMedia": {
        **dict.fromkeys(("children", "replies", "conversation", "pending_replies"), "ThreadsMedia"),
        "insights": "ThreadsMetric",
    },
}
DEFAULTS: dict[str, Sequence[str]] = {
    **dict.fromkeys(("ThreadsUser", "ThreadsMedia"), ("id",)),
    # create-posts/polls names each field in its request; others have found it empty without
    "ThreadsPoll": (),
    "ThreadsMetric": ("name", "period", "values", "title", "description", "total_value", "id"),
}
WORDS = {
    "ThreadsMedia.media_product_type": {"THREADS"},
    "ThreadsMedia.media_type": {"TEXT_POST", "IMAGE", "VIDEO", "CAROUSEL_ALBUM", "AUDIO", "REPOST_FACADE"},
    "ThreadsMedia.hide_status": {"NOT_HUSHED", "UNHUSHED", "HIDDEN", "COVERED", "BLOCKED", "RESTRICTED"},
    "ThreadsMedia.reply_audience": {
        "EVERYONE",
        "ACCOUNTS_YOU_FOLLOW",
        "MENTIONED_ONLY",
        "PARENT_POST_AUTHOR_ONLY",
        "FOLLOWERS_ONLY",
    },
    "ThreadsMedia.ghost_post_status": {"ACTIVE", "ARCHIVED"},
    "ThreadsMedia.reply_approval_status": {"pending", "ignored"},
    "ThreadsEntity.entity_type": {"SPOILER"},
    "ThreadsMetric.name": {
        "views",
        "likes",
        "replies",
        "reposts",
        "quotes",
        "shares",
        "clicks",
        "followers_count",
    },
    "ThreadsMetric.period": {"day", "lifetime"},
}
