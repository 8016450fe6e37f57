"""What an answer of a site may hold: each field is read, or ignored for the reason that stands here."""

from __future__ import annotations

from typing import Any

from recordroom.platforms.html_text import because
from recordroom.platforms.schema import FLAG, ID, ITEM, LIST, NULL, TEXT, Shape

_SETTING = because("a setting", "comment_status ping_status sticky template format menu_order meta parent")
_OTHER_FORM = because(
    "another form of what is read", "date modified guid slug permalink_template generated_slug class_list"
)
_PLUGINS = because(
    "a plugin's description of the post for machines",
    "yoast_head yoast_head_json jetpack_sharing_enabled jetpack_shortlink jetpack-related-posts"
    " jetpack_likes_enabled jetpack_publicize_connections aioseo_head aioseo_head_json aioseo_notices"
    " amp_enabled uagb_featured_image_src uagb_author_info uagb_comment_info uagb_excerpt",
)
_BESIDE = because(
    "a plugin's, of what is embedded and not of the post",
    "yoast_head yoast_head_json acf has_video amp_dev_tools_enabled",
)
AUTHOR = Shape(
    {"name": TEXT | NULL, "slug": TEXT | NULL},
    because("about the author, not the post", "id url description link avatar_urls _links meta mpp_avatar")
    | _BESIDE,
)
TERM = Shape(
    {"name": TEXT},
    because("about the term", "id link slug taxonomy _links meta count description parent") | _BESIDE,
)
FEATURED = Shape(
    {
        "source_url": TEXT | NULL,
        "alt_text": TEXT | NULL,
        "mime_type": TEXT | NULL,
        "media_details": ITEM | LIST | NULL,
    },
    because("about the file", "id date slug type link title author caption media_type _links featured_media")
    | _BESIDE,
)
RENDERED = Shape({"rendered": TEXT, "protected": FLAG | NULL}, because("its source", "raw block_version"))
POST = Shape(
    {"id": ID, "type": TEXT, "status": TEXT, "link": TEXT, "date_gmt": TEXT | NULL, "modified_gmt": TEXT | NULL, "title": ITEM}
    | {"content": ITEM, "excerpt": ITEM | NULL, "author": ID | NULL, "featured_media": ID | NULL, "_embedded": ITEM | LIST | NULL},
    because("read by name in _embedded", "categories tags") | because("read by fetch", "_links") | because("never kept", "password")
    | because("read by name where the featured image is refused", "jetpack_featured_media_url") | _SETTING | _OTHER_FORM | _PLUGINS,
)  # fmt: skip
REVISION = Shape(
    {
        "id": ID,
        "parent": ID,
        "date_gmt": TEXT,
        "title": ITEM,
        "content": ITEM,
        "excerpt": ITEM | NULL,
        "_links": ITEM | NULL,
    },
    because("the reviser; the author is the post's", "author")
    | because("the same as date_gmt", "modified_gmt")
    | _SETTING
    | _OTHER_FORM,
)
COMMENT = Shape(
    {
        "id": ID,
        "post": ID,
        "parent": ID,
        "author": ID | NULL,
        "author_name": TEXT,
        "author_url": TEXT | NULL,
        "date_gmt": TEXT,
    }
    | {"content": ITEM, "link": TEXT | NULL, "status": TEXT, "type": TEXT | NULL, "_links": ITEM | NULL},
    because(
        "kept in the evidence, not shown beside every comment", "author_email author_ip author_user_agent"
    )
    | because("another form of what is read", "date _embedded author_avatar_urls meta"),
)
PROFILE = Shape(
    {
        "name": TEXT,
        "description": TEXT | NULL,
        "home": TEXT,
        "site_icon": ID | NULL,
        "site_icon_url": TEXT | NULL,
    },
    because(
        "a setting",
        "url gmt_offset timezone_string site_logo show_on_front page_on_front page_for_posts image_sizes",
    )
    | because("the API itself", "namespaces authentication routes _links"),
)
WHOLE = ",".join(sorted(POST.known - {"password", *_PLUGINS}))
EMBEDDED = frozenset({"author", "wp:featuredmedia", "wp:term", "replies", "up", "self"})


def told(left: tuple[str, ...], item: dict[str, Any]) -> tuple[str, ...]:
    """What of `left` is to be told: Advanced Custom Fields writes an empty list wherever it has no field."""
    return left if "acf" not in left or item["acf"] else tuple(name for name in left if name != "acf")
