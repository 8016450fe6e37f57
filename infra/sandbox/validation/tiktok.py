"""Refuses what TikTok would not answer: its shapes as JSON Schema, each closed, with only those fields that
were asked for.

The shapes are taken from business-api.tiktok.com/portal/docs (Accounts API) and developers.tiktok.com/doc
(Display API), as public words and published answers tell of them; neither is described in a form that a
machine reads. `?`: not in every answer.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge

Schema = dict[str, Any]
ID = {"type": "string", "pattern": r"^\d{15,20}$"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
SECONDS: Schema = {"type": "integer", "minimum": 10**9, "maximum": 10**10}
URL: Schema = {"type": "string", "pattern": r"^https?://[^\s<>\"]+$"}
WORD: Schema = {"type": "string", "minLength": 1}

PROFILE: dict[str, Schema] = {
    **dict.fromkeys(("username", "display_name"), WORD),
    "bio_description": TEXT,
    **dict.fromkeys(("profile_image", "profile_deep_link"), URL),
    **dict.fromkeys(("is_verified", "is_business_account"), FLAG),
    **dict.fromkeys(("following_count", "followers_count", "total_likes", "videos_count"), COUNT),
}
VIDEO: dict[str, Schema] = {
    "item_id": ID,
    "create_time": SECONDS,
    "caption": TEXT,
    "media_type": {"enum": ["VIDEO", "PHOTO"]},
    **dict.fromkeys(("share_url", "embed_url", "thumbnail_url"), URL),
    "video_duration": {"type": "number", "minimum": 0},
    **dict.fromkeys(("likes", "comments", "shares", "video_views"), COUNT),
}
COMMENT: dict[str, Schema] = {
    **dict.fromkeys(("comment_id", "video_id"), ID),
    "create_time": {"type": "string", "pattern": r"^\d{10}$"},
    "text": TEXT,
    **dict.fromkeys(("likes", "replies"), COUNT),
    **dict.fromkeys(("liked", "pinned", "owner"), FLAG),
    "status": {"enum": ["PUBLIC", "HIDDEN"]},
    **dict.fromkeys(("username", "display_name", "unique_identifier", "user_id"), WORD),
    "profile_image": URL,
    "parent_comment_id?": ID,
    "image_url?": URL,
    "reply_list?": {"type": "array", "maxItems": 3, "items": {"$ref": "#/$defs/Comment"}},
}
USER: dict[str, Schema] = {
    **dict.fromkeys(("open_id", "union_id", "display_name", "username"), WORD),
    "bio_description": TEXT,
    **dict.fromkeys(
        ("avatar_url", "avatar_url_100", "avatar_large_url", "profile_deep_link", "profile_web_link"), URL
    ),
    "is_verified": FLAG,
    **dict.fromkeys(("follower_count", "following_count", "likes_count", "video_count"), COUNT),
}
SHOWN: dict[str, Schema] = {
    "id": ID,
    "create_time": SECONDS,
    **dict.fromkeys(("cover_image_url", "share_url", "embed_link"), URL),
    **dict.fromkeys(("title", "video_description", "embed_html"), TEXT),
    **dict.fromkeys(
        ("duration", "height", "width", "like_count", "comment_count", "share_count", "view_count"), COUNT
    ),
}
GRANT: dict[str, Schema] = {
    **dict.fromkeys(("access_token", "refresh_token", "open_id"), WORD),
    "scope": TEXT,
    "token_type": {"const": "Bearer"},
    "expires_in": COUNT,
    "refresh_token_expires_in": COUNT,
}
PAGED: dict[str, Schema] = {"cursor": COUNT, "has_more": FLAG}
SHAPES: dict[str, dict[str, Schema]] = {
    "Nothing": {},
    "Profile": PROFILE,
    "Video": VIDEO,
    "Videos": {"videos": {"type": "array", "maxItems": 20, "items": {"$ref": "#/$defs/Video"}}, **PAGED},
    "Comment": COMMENT,
    "Comments": {
        "comments": {"type": "array", "maxItems": 30, "items": {"$ref": "#/$defs/Comment"}},
        **PAGED,
    },
    "Grant": GRANT,
    "Info": {"app_id": WORD, "creator_id": WORD, "scope": TEXT},
    "UserFields": USER,
    "User": {"user": {"$ref": "#/$defs/UserFields"}},
    "ShownVideo": SHOWN,
    "ShownVideos": {
        "videos": {"type": "array", "maxItems": 20, "items": {"$ref": "#/$defs/ShownVideo"}},
        **PAGED,
    },
    "QueriedVideos": {"videos": {"type": "array", "maxItems": 20, "items": {"$ref": "#/$defs/ShownVideo"}}},
}
CHOSEN = (
    "Profile",
    "Video",
    "UserFields",
    "ShownVideo",
)  # of which an answer holds the fields that were asked for
STATUSES = {400, 401, 404, 429, 500}


def names(kind: str) -> set[str]:
    """The fields that can be asked for."""
    return {name.rstrip("?") for name in SHAPES["UserFields" if kind == "User" else kind]}


def _object(properties: Mapping[str, Schema], required: bool) -> Schema:
    return {
        "type": "object",
        "properties": {name.rstrip("?"): told for name, told in properties.items()},
        "required": [name for name in properties if required and not name.endswith("?")],
        "additionalProperties": False,
    }


@cache
def _judge(kind: str, envelope: str) -> Judge:
    shapes = {name: _object(told, name not in CHOSEN) for name, told in SHAPES.items()}
    data = {"$ref": f"#/$defs/{kind}"}
    envelopes: dict[str, Schema] = {
        "business": _object(
            {"code": {"type": "integer"}, "message": WORD, "request_id": WORD, "data": data}, required=True
        ),
        "shown": _object(
            {"data": data, "error": _object({"code": WORD, "message": TEXT, "log_id": WORD}, required=True)},
            required=True,
        ),
    }
    return Judge({**envelopes[envelope], "$defs": shapes})


def _body(kind: str, envelope: str, headers: Mapping[str, str], body: bytes) -> Any:
    if headers["Content-Type"] != "application/json":
        raise Invalid(f"{kind}: {headers['Content-Type']} is not TikTok's JSON")
    told = json.loads(body)
    if kind not in SHAPES:
        raise Invalid(f"{kind}: no such shape")
    _judge(kind, envelope).refuse(kind, told)
    return told


def check(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """An answer of the Accounts API: whatever it says, HTTP 200."""
    told = _body(kind, "business", headers, body)
    if status != 200:
        raise Invalid(f"{kind}: the Accounts API tells errors in the body, not by {status}")
    if (told["code"] == 0) == (kind == "Nothing"):
        raise Invalid(f"{kind}: code {told['code']} with such data")


def check_shown(kind: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """An answer of the Display API: a word in the body, and a status that goes with it."""
    told = _body(kind, "shown", headers, body)
    if (told["error"]["code"] == "ok") != (status == 200) or (status != 200 and status not in STATUSES):
        raise Invalid(f"{kind}: {told['error']['code']} with {status}")
    if (kind == "Nothing") == (status == 200):
        raise Invalid(f"{kind}: not with {status}")


def check_token(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """/v2/oauth/token/: no envelope."""
    told = json.loads(body)
    made = set(GRANT) - {"refresh_token_expires_in"} | {"refresh_expires_in"}
    wanted = made if status == 200 else {"error", "error_description", "log_id"}
    if headers["Content-Type"] != "application/json" or set(told) != wanted:
        raise Invalid(f"token: {', '.join(sorted(told))} are not those of an answer with {status}")


def check_lost(status: int, headers: Mapping[str, str], _body: bytes) -> None:
    if status < 400 or not headers["Content-Type"].startswith("text/plain"):
        raise Invalid("a refusal of the web server that is no plain text")


def check_image(_status: int, headers: Mapping[str, str], body: bytes) -> None:
    if headers["Content-Type"] != "image/jpeg" or not body.startswith(b"\xff\xd8\xff"):
        raise Invalid("an image that is no JPEG")
