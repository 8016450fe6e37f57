"""WordPress as data: limits, permalinks, and what was never public."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from recordroom.errors import UsageError
from recordroom.platforms import permalinks
from recordroom.platforms.contract import Limit, Platform, minutes
from recordroom.platforms.permalinks import Permalinks, RefusedAddress, refuse_short

PERMALINKS = Permalinks(
    what="a post or page of this site",
    form="https://<site>/<words>/, as shown on the post's page",
    comment_id_form=r"#comment-(\d+)",
    refused=(
        refuse_short(r"^wp\.me/"),
        RefusedAddress(
            r"/wp-admin/(?:comment|edit-comments)\.php$",
            "is a list of comments",
            "Copy the address of the post that the comments belong to.",
        ),
    ),
)
PLATFORM = Platform(
    name="wordpress",
    title="WordPress",
    parser=4,
    record_id_part="server",
    permalinks=PERMALINKS,
    interval=minutes(15),
    secrets=("user", "password"),
    ids_are_per_server=True,
    reads_all_conversations=True,
    ids_in_a_lookup=100,
    not_offered={
        "stories": "there are none",
        "polls": "plugins do not offer them in the API",
        "others": "only the site's own users publish on it",
        "captions": "the API does not list caption tracks as media",
        "hidden": (
            "WordPress hides no comment, but holds it for moderation, calls it spam, moves it to the trash,"
            " or erases it"
        ),
        "counts": "the API has no likes, and counts comments only for signed-in users",
        "moderation": "the REST API does not offer these settings",
        "messages": "there are none",
    },
    not_captured={
        "events": "events are custom post types of plugins",
    },
    limits=(
        Limit(
            "items in a page",
            100,
            "items",
            "https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/",
            "2026-11-24",
        ),
        Limit(
            "requests",
            None,
            "WordPress sets no limit; hosts and plugins set their own",
            "docs/platforms/wordpress.md",
            "2026-11-24",
            86_400,
        ),
    ),
)
ROUTES = ("posts", "pages")
NOT_PUBLISHED = frozenset({"private", "draft", "pending", "future", "auto-draft", "inherit"})
# Types of comments that a site shows to its own users only, also below drafts: notes of editors (since 6.9;
# modules/editorial-comments of PublishPress and Edit Flow), WooCommerce's about customers' orders
# (add_order_note), Action Scheduler's log.
INTERNAL = ("note", "editorial-comment", "order_note", "action_log")
_NUMBER = re.compile(r"[0-9]+")
_SUFFIX = re.compile(r"/(?:comment-page-\d+|amp|feed|embed)$")
_NO_SLUG = re.compile(r"(__trashed(-\d+)?)?")
# WordPress reads the clock for each of the two dates: they may differ by a second.
_AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class PermalinkRequest:
    """The post or page that a permalink leads to."""

    number: str  # its ID, if the address has it; else ""
    path: str  # the path of the address; its last step is the slug
    page: str  # the address at the site's own server


def post_in(url: str, own: Iterable[str]) -> PermalinkRequest:
    """Return the post or page of a permalink.

    own: addresses of the site. UsageError: the permalink is at none of them.
    """
    link = permalinks.parse_permalink(url, PERMALINKS)
    server = next(
        (address for address in own if permalinks.parse_permalink(address, PERMALINKS).host == link.host),
        None,
    )
    if server is None:
        raise UsageError(f"{url} is not on this site", "Choose the account of the site that has this post.")
    names = ("post",) if link.path.endswith("/wp-admin/post.php") else ("p", "page_id")
    number = next((link.query[name] for name in names if _NUMBER.fullmatch(link.query.get(name, ""))), "")
    home, given = urlsplit(server), urlsplit(url)
    page = urlunsplit((home.scheme, home.netloc, given.path, given.query, ""))
    return PermalinkRequest(number, _SUFFIX.sub("", link.path), page)


def had_address(item: Mapping[str, Any]) -> bool:
    """Whether a post in the trash was once published, by its slug and dates.

    Seen on WordPress 6.1: a draft has no slug of its own, but "__trashed", or "__trashed-2" if there are
    several. A draft or a post that waited for review has the date on which it was moved to the trash; a
    scheduled one has a date in the future.
    """
    if _NO_SLUG.fullmatch(str(item.get("slug") or "")):
        return False
    date, modified = _moment(item.get("date_gmt")), _moment(item.get("modified_gmt"))
    return date is None or modified is None or modified - date > _AT_ONCE


def _moment(value: object) -> datetime | None:
    """Read a date; None: there is none, or one in another form."""
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        return None
