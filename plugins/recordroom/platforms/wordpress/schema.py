"""The fields that are requested of a site, and the shapes of its responses.

Each field is read, or ignored for the reason given here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from recordroom.model import Exchange
from recordroom.platforms.context import Context
from recordroom.platforms.html_text import ignore_fields
from recordroom.platforms.http import unexpected_field
from recordroom.platforms.schema import FLAG, ID, ITEM, LIST, NULL, TEXT, Shape

INDEX_FIELDS = (
    "name,description,url,home,gmt_offset,timezone_string,namespaces,site_icon,site_icon_url,site_logo"
)
EMBED = "author,wp:featuredmedia,wp:term"  # embedded in each post
EMBEDDED = frozenset({"author", "wp:featuredmedia", "wp:term", "replies", "up", "self"})
# No date: a zero in the database, as PHP writes it. Imported comments have it.
NO_DATE = frozenset({"-0001-11-30T00:00:00", "0000-00-00T00:00:00"})


class WordPressContext(Context, total=False):
    """Keys of exchanges with sites.

    apart: protected posts are read from other exchanges, which have their text.
    internal: types of comments that are not records: the site shows them to its own users only.
    staff: IDs of all users who may write for the site.
    writers: IDs of the users who have published something.
    live: of an exchange with revisions, the fields of the live post that revisions do not have.
    version: hash of the live post's record.
    newest: ID of the newest revision; None: there is none.
    shown: text of the live post.
    seen: a capture has read the post since the newest revision was made.
    passed: IDs of items that the site fails to give.
    totals: the counts by which `totals` was computed.
    """

    apart: bool
    internal: Sequence[str]
    staff: list[str]
    writers: list[str]
    live: dict[str, Any]
    version: str
    newest: int | None
    shown: str | None
    seen: bool
    passed: list[str]
    totals: dict[str, int]


_SETTING = ignore_fields(
    "a setting", "comment_status ping_status sticky template format menu_order meta parent"
)
_OTHER_FORM = ignore_fields(
    "another form of what is read", "date modified guid slug permalink_template generated_slug class_list"
)
_PLUGINS = ignore_fields(
    "a plugin's description of the post for machines",
    "yoast_head yoast_head_json jetpack_sharing_enabled jetpack_shortlink jetpack-related-posts"
    " jetpack_likes_enabled jetpack_publicize_connections aioseo_head aioseo_head_json aioseo_notices"
    " amp_enabled uagb_featured_image_src uagb_author_info uagb_comment_info uagb_excerpt",
)
_EMBEDDED_PLUGINS = ignore_fields(
    "a plugin's, of what is embedded and not of the post",
    "yoast_head yoast_head_json acf has_video amp_dev_tools_enabled",
)
AUTHOR = Shape(
    {"name": TEXT | NULL, "slug": TEXT | NULL},
    ignore_fields(
        "about the author, not the post", "id url description link avatar_urls _links meta mpp_avatar"
    )
    | _EMBEDDED_PLUGINS,
)
TERM = Shape(
    {"name": TEXT},
    ignore_fields("about the term", "id link slug taxonomy _links meta count description parent")
    | _EMBEDDED_PLUGINS,
)
FEATURED = Shape(
    {
        "source_url": TEXT | NULL,
        "alt_text": TEXT | NULL,
        "mime_type": TEXT | NULL,
        "media_details": ITEM | LIST | NULL,
    },
    ignore_fields(
        "about the file", "id date slug type link title author caption media_type _links featured_media"
    )
    | _EMBEDDED_PLUGINS,
)
RENDERED = Shape(
    {"rendered": TEXT, "protected": FLAG | NULL}, ignore_fields("its source", "raw block_version")
)
POST = Shape(
    {"id": ID, "type": TEXT, "status": TEXT, "link": TEXT, "date_gmt": TEXT | NULL}
    | {"modified_gmt": TEXT | NULL, "title": ITEM, "content": ITEM, "excerpt": ITEM | NULL}
    | {"author": ID | NULL, "featured_media": ID | NULL, "_embedded": ITEM | LIST | NULL},
    ignore_fields("read by name in _embedded", "categories tags")
    | ignore_fields("read by fetch", "_links")
    | ignore_fields("never archived", "password")
    | ignore_fields("read by name where the featured image is refused", "jetpack_featured_media_url")
    | _SETTING
    | _OTHER_FORM
    | _PLUGINS,
)
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
    ignore_fields("the reviser; the author is the post's", "author")
    | ignore_fields("the same as date_gmt", "modified_gmt")
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
    ignore_fields(
        "kept in the evidence, not shown with each comment", "author_email author_ip author_user_agent"
    )
    | ignore_fields("another form of what is read", "date _embedded author_avatar_urls meta"),
)
PROFILE = Shape(
    {
        "name": TEXT,
        "description": TEXT | NULL,
        "home": TEXT,
        "site_icon": ID | NULL,
        "site_icon_url": TEXT | NULL,
    },
    ignore_fields(
        "a setting",
        "url gmt_offset timezone_string site_logo show_on_front page_on_front page_for_posts image_sizes",
    )
    | ignore_fields("the API itself", "namespaces authentication routes _links"),
)
POST_FIELDS = ",".join(sorted(POST.known - {"password", *_PLUGINS}))


class WordPressPage:
    """The common properties of all items of a response.

    prefix: the beginning of their record IDs.
    is_ours: True if a capture of the account made the exchange; None: it is not known who made it.
    context: the context of the exchange.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.context = context = cast(WordPressContext, exchange.context)
        self.server = context.get("server") or "unknown"
        self.prefix = f"wordpress:{self.server}/"
        self.is_ours = True if context.get("account") is not None else None
        self.is_apart = bool(context.get("apart"))
        self.internal = frozenset(("note", *context.get("internal", ())))
        self._staff = frozenset(context.get("staff") or ())
        self._writers = frozenset(context.get("writers") or ())
        self._knows_all = "staff" in context

    def is_by_account(self, author: str | None) -> bool | None:
        """Whether an author writes for the site; None: the site does not say.

        author: ID of a user; None: a guest, who never does.
        """
        if self.is_ours is None:
            return None
        if author is None:
            return False
        if self._knows_all or author in self._writers:
            return author in self._staff or author in self._writers
        return None

    def time_of(self, text: str | None, pointer: str, name: str) -> datetime | None:
        """Return the instant of a field that ends in _gmt: UTC, though it has no zone."""
        if text is None or text in NO_DATE:
            return None
        try:
            if len(text) == 19:
                return datetime.fromisoformat(text + "+00:00")
            # No guess where it has no time of the day.
            moment = datetime.fromisoformat(text if text[10:11] else "")
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            raise unexpected_field(self.exchange, f"{pointer}/{name}", "a date and time", text) from None


def id_of(given: Any) -> str | None:
    """Return an ID as text."""
    return None if given is None else str(given)


def is_protected(item: Mapping[str, Any]) -> bool:
    """Whether a post is password-protected."""
    content = item.get("content")
    return isinstance(content, dict) and bool(content.get("protected"))


def without_empty_acf(left: tuple[str, ...], item: dict[str, Any]) -> tuple[str, ...]:
    """Return unrecognized fields without `acf` where it is empty.

    Advanced Custom Fields writes an empty list into each item that has none of its fields.
    """
    return left if "acf" not in left or item["acf"] else tuple(name for name in left if name != "acf")
