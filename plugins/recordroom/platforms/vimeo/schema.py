"""The fields that are requested of Vimeo, and the shapes of its responses."""

from __future__ import annotations

from typing import Any

from recordroom.platforms.context import Context
from recordroom.platforms.schema import ANY_NUMBER, FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape

# Vimeo allows more requests where the fields are named.
_USER_FIELDS = "user.uri,user.name,user.link"
_PICTURE_FIELDS = "pictures.uri,pictures.type,pictures.sizes.link,pictures.sizes.width,pictures.sizes.height"
_FILE_FIELDS = ("quality", "type", "link", "width", "height", "size")
PROFILE_FIELDS = (
    f"uri,name,link,location,bio,short_bio,websites,{_PICTURE_FIELDS},"
    "preferences.videos.privacy.comments,metadata.connections.block.total"
)
VIDEO_FIELDS = (
    "uri,name,description,link,language,type,status,duration,width,height,created_time,modified_time,"
    f"privacy.view,privacy.comments,tags.name,stats.plays,{_USER_FIELDS},{_PICTURE_FIELDS},"
    "metadata.connections.comments.total,metadata.connections.likes.total,"
    "metadata.connections.texttracks.total,metadata.connections.versions.current_uri,"
    + ",".join(f"{where}.{name}" for where in ("download", "files") for name in _FILE_FIELDS)
)
COUNT_FIELDS = "uri,created_time,metadata.connections.comments.total"
COMMENT_FIELDS = (
    f"uri,text,created_on,link,{_USER_FIELDS},"
    "metadata.connections.replies.total,metadata.connections.user.uri"
)
TRACK_FIELDS = "uri,active,language,name,type,link"
ALBUM_FIELDS = f"uri,name,description,link,created_time,modified_time,privacy.view,{_USER_FIELDS}"
EVENT_FIELDS = (
    "uri,title,stream_description,schedule,link,created_time,stream_privacy.view,"
    f"{_USER_FIELDS},{_PICTURE_FIELDS}"
)


class VimeoContext(Context, total=False):
    """Keys of Vimeo's exchanges.

    told: text tracks by video, or addresses of videos by showcase; None where Vimeo failed to list them.
    place: kind, parent, and root of a comment that was requested alone.
    list: the path of the list that a saved response is a page of.
    """

    told: dict[str, list[Any] | None]
    place: list[Any]
    list: str


_TEXT, _ITEM, _LIST, _COUNT, _NUMBER = TEXT | NULL, ITEM | NULL, LIST | NULL, NUMBER | NULL, ANY_NUMBER | NULL
_SHOWN = "how it is shown"
_CHOICE = "chosen from Vimeo's own list"
_VIEWER = "about the person who asks"
_SALE = "about sales"
PAGE = Shape(
    {"data": LIST, "total": _COUNT, "paging": _ITEM}, dict.fromkeys(("page", "per_page"), "said by paging")
)
PAGING = Shape({"next": _TEXT, "previous": _TEXT}, dict.fromkeys(("first", "last"), "another way to go on"))
VIDEO = Shape(
    {
        "uri": TEXT,
        "name": TEXT,
        "description": _TEXT,
        "link": _TEXT,
        "language": _TEXT,
        "type": _TEXT,
        "status": _TEXT,
    }
    | {
        "duration": _NUMBER,
        "width": _NUMBER,
        "height": _NUMBER,
        "created_time": TEXT,
        "modified_time": _TEXT,
        "privacy": _ITEM,
    }
    | {
        "tags": _LIST,
        "stats": _ITEM,
        "user": _ITEM,
        "pictures": _ITEM,
        "metadata": _ITEM,
        "download": _LIST,
        "files": _LIST,
    },
    dict.fromkeys(
        (
            "embed",
            "player_embed_url",
            "manage_link",
            "spatial",
            "parent_folder",
            "show_review_page",
            "context",
        ),
        _SHOWN,
    )
    | dict.fromkeys(("show_svv_footer_banner", "show_svv_timecoded_comments", "custom_url"), _SHOWN)
    | dict.fromkeys(
        ("content_rating", "content_rating_class", "rating_mod_locked", "license", "categories"), _CHOICE
    )
    | dict.fromkeys(
        ("release_time", "last_user_action_event_date"), "moves with whatever is done to the video"
    )
    | dict.fromkeys(
        ("resource_key", "app", "uploader", "edit_session", "transcript", "has_chapters", "has_interactive"),
        "no words",
    )
    | dict.fromkeys(
        (
            "upload",
            "transcode",
            "version_transcode_status",
            "is_playable",
            "origin_variable_frame_resolution",
        ),
        "said by status",
    )
    | dict.fromkeys(("has_audio", "has_audio_tracks", "has_text_tracks"), "said by the files")
    | dict.fromkeys(
        ("allowed_privacies", "disabled_properties", "can_move_to_project", "is_copyright_restricted"),
        _VIEWER,
    )
    | dict.fromkeys(("vod", "is_free", "review_page"), _SALE)
    | {"play": "the same files in forms for a player", "password": "a secret"}
    | dict.fromkeys(("description_html", "description_rich"), "said by description"),
)
VIDEO_HEAD = VIDEO.only(
    "uri", "status", "created_time", "modified_time", "metadata", "user", "download", "files"
)
VIDEO_COUNTED = Shape({"uri": TEXT, "created_time": TEXT, "metadata": _ITEM})
# all that a crawl needs of a comment: nothing else stops it
COMMENT_HEAD = Shape({"uri": TEXT, "metadata": _ITEM})
COMMENT = Shape(
    {
        "uri": TEXT,
        "text": TEXT,
        "created_on": TEXT,
        "link": _TEXT,
        "user": _ITEM,
        "metadata": _ITEM,
        "replies": _LIST,
    },
    {"type": "always video", "resource_key": "no words"},
)
ALBUM = Shape(
    {
        "uri": TEXT,
        "name": TEXT,
        "description": _TEXT,
        "link": _TEXT,
        "created_time": TEXT,
        "modified_time": _TEXT,
        "privacy": _ITEM,
    }
    | {"user": _ITEM, "metadata": _ITEM},
    dict.fromkeys(
        (
            "allow_continuous_play",
            "allow_downloads",
            "allow_share",
            "autoplay",
            "brand_color",
            "custom_logo",
            "domain",
        ),
        _SHOWN,
    )
    | dict.fromkeys(
        (
            "duration",
            "embed",
            "embed_brand_color",
            "embed_custom_logo",
            "hide_nav",
            "hide_vimeo_logo",
            "layout",
        ),
        _SHOWN,
    )
    | dict.fromkeys(
        (
            "loop",
            "review_mode",
            "sort",
            "theme",
            "url",
            "use_custom_domain",
            "web_brand_color",
            "web_custom_logo",
        ),
        _SHOWN,
    )
    | dict.fromkeys(
        (
            "hide_upcoming",
            "hide_from_vimeo",
            "seo_title",
            "seo_description",
            "seo_keywords",
            "seo_allow_indexed",
        ),
        _SHOWN,
    )
    | dict.fromkeys(("share_link", "embed_seo"), "said by link")
    | {
        "pictures": "a still of one of its videos",
        "resource_key": "no words",
        "unlisted_hash": "said by link",
    },
)
ALBUM_HEAD = ALBUM.only("uri", "created_time", "modified_time")
EVENT = Shape(
    {
        "uri": TEXT,
        "title": TEXT,
        "stream_description": _TEXT,
        "schedule": _ITEM,
        "link": _TEXT,
        "created_time": TEXT,
    }
    | {"stream_privacy": _ITEM, "user": _ITEM, "pictures": _ITEM},
    dict.fromkeys(
        (
            "album",
            "allow_share_link",
            "dvr",
            "embed",
            "from_showcase",
            "from_webinar",
            "latency",
            "low_latency",
        ),
        _SHOWN,
    )
    | dict.fromkeys(
        ("parent_folder", "playlist_sort", "preferred_stream_method", "rtmp_preview", "scheduled_playback"),
        _SHOWN,
    )
    | dict.fromkeys(
        ("auto_cc_enabled", "auto_cc_keywords", "auto_cc_language", "auto_cc_remaining", "unlimited_auto_cc"),
        _SHOWN,
    )
    | dict.fromkeys(
        ("automatically_title_stream", "stream_title", "stream_mode", "unlimited_duration", "chat_enabled"),
        _SHOWN,
    )
    | dict.fromkeys(("live_clips", "head_clip", "streamable_clip"), "videos of the account, read as such")
    | dict.fromkeys(
        ("next_occurrence_time", "completed_on", "status", "time_zone"),
        "follows from the schedule and the day",
    )
    | dict.fromkeys(("rtmp_link", "rtmps_link", "stream_key", "stream_password", "lead_uuid"), "a secret")
    | dict.fromkeys(
        ("allowed_privacies", "email_quota", "interaction_tools_settings", "live_destinations", "webinar"),
        _VIEWER,
    )
    | {"content_rating": _CHOICE, "metadata": _VIEWER, "view_link": "said by link"},
)
EVENT_HEAD = EVENT.only("uri", "created_time")
PROFILED = Shape(
    {
        "uri": TEXT,
        "name": TEXT,
        "link": _TEXT,
        "location": _TEXT,
        "bio": _TEXT,
        "short_bio": _TEXT,
        "websites": _LIST,
    }
    | {"pictures": _ITEM, "preferences": _ITEM, "metadata": _ITEM},
    dict.fromkeys(
        ("created_time", "content_filter", "resource_key", "account", "upload_quota", "email", "membership"),
        _VIEWER,
    )
    | dict.fromkeys(
        ("gender", "skills", "clients", "available_for_hire", "can_work_remotely", "is_expert"),
        "about people for hire",
    )
    | {"location_details": "said by location", "has_invalid_email": _VIEWER, "capabilities": _VIEWER},
)
WHO = Shape(
    {"uri": TEXT, "name": _TEXT, "link": _TEXT},
    dict.fromkeys(PROFILED.known - {"uri", "name", "link"}, "said by the profile"),
)
PRIVACY = Shape(
    {"view": _TEXT},
    dict.fromkeys(("comments", "embed", "download", "add", "password", "unlisted_hash"), "no audience"),
)
STATS = Shape({"plays": _COUNT})
TAG = Shape(
    {"name": _TEXT}, dict.fromkeys(("uri", "tag", "canonical", "metadata", "resource_key"), "said by name")
)
METADATA = Shape(
    {"connections": _ITEM},
    {"interactions": _VIEWER, **dict.fromkeys(("is_vimeo_create", "is_screen_record"), "no words")},
)
TOTAL = Shape(
    {"total": _COUNT},
    dict.fromkeys(
        ("uri", "options", "resource_key", "unread_total", "viewable_total"), "how it is asked for"
    ),
)
VERSIONS = Shape(
    {"current_uri": _TEXT},
    dict.fromkeys(("uri", "options", "total", "resource_key", "latest_incomplete_version"), "no file"),
)
AUTHOR = Shape({"uri": _TEXT}, {"options": "how it is asked for"})
PICTURES = Shape(
    {"uri": _TEXT, "type": _TEXT, "sizes": _LIST},
    dict.fromkeys(
        ("active", "resource_key", "base_link", "default_picture", "link", "source_link"),
        "said by uri and sizes",
    ),
)
SIZE = Shape(
    {"link": TEXT, "width": _NUMBER, "height": _NUMBER}, {"link_with_play_button": "the same picture"}
)
FILE = Shape(
    {"link": _TEXT, "quality": _TEXT, "type": _TEXT, "width": _NUMBER, "height": _NUMBER, "size": _NUMBER},
    dict.fromkeys(
        (
            "rendition",
            "codec",
            "fps",
            "md5",
            "public_name",
            "size_short",
            "source_link",
            "video_file_id",
            "log",
        ),
        "no other file",
    )
    | dict.fromkeys(("created_time", "expires", "link_expiration_time"), "changes with each answer"),
)
TRACK = Shape(
    {"uri": TEXT, "active": FLAG, "language": _TEXT, "name": _TEXT, "type": _TEXT, "link": _TEXT},
    dict.fromkeys(
        ("link_expires_time", "hls_link", "hls_link_expires_time", "id", "display_language"),
        "another way to it",
    ),
)
MEMBER = Shape({"uri": TEXT, "link": _TEXT})
SITE = Shape(
    {"name": _TEXT, "link": _TEXT, "description": _TEXT}, dict.fromkeys(("uri", "type"), "said by link")
)
PREFERENCES = Shape({"videos": _ITEM}, {"webinar_registrant_lower_watermark_banner_dismissed": _VIEWER})
OF_VIDEOS = Shape({"privacy": _ITEM}, dict.fromkeys(("rating", "password"), "of uploads to come"))
COMMENTING = Shape(
    {"comments": _TEXT}, dict.fromkeys(("view", "embed", "download", "add"), "of uploads to come")
)
GRANTED = Shape(
    {"scope": TEXT},
    dict.fromkeys(("access_token", "token_type", "app", "user", "expires_on", "refresh_token"), _VIEWER),
)
