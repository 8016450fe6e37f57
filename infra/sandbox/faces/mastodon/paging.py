"""How Mastodon pages and filters lists, and walks a conversation.

Source: docs.joinmastodon.org/api/guidelines#pagination.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar
from urllib.parse import urlencode

from flask import request

from infra.sandbox.faces.mastodon.entities import Entities
from infra.sandbox.model import Post

T = TypeVar("T")
FILTERS = ("exclude_replies", "exclude_reblogs", "only_media", "tagged", "pinned")
TRUE = ("1", "true", "on", "yes")


def integer(name: str, default: int | None = None) -> int | None:
    """Return a parameter as a number.

    Anything else counts as missing, as on a real server.
    """
    value = request.args.get(name, "")
    return int(value) if value.isdigit() else default


def page_size(default: int, most: int) -> int:
    return min(max(integer("limit", default) or default, 1), most)


def cut_page(found: Iterable[tuple[int, T]], limit: int) -> list[tuple[int, T]]:
    """Return one page, newest first.

    It is below max_id, above since_id, or right above min_id.

    found: items with the numbers that order them, oldest first.
    """
    below, above, least = integer("max_id"), integer("since_id") or 0, integer("min_id")
    inside = [one for one in found if (below is None or one[0] < below) and one[0] > max(above, least or 0)]
    return (inside[:limit] if least is not None else inside[-limit:])[::-1]


def link_header(marks: Iterable[tuple[str, str, int]], kept: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the Link header.

    marks: relation, parameter, and number. kept: parameters of the request to repeat.
    """
    parts = [
        f'<{request.base_url}?{urlencode([*kept, (name, number)])}>; rel="{rel}"'
        for rel, name, number in marks
    ]
    return {"Link": ", ".join(parts)} if parts else {}


def is_requested(post: Post) -> bool:
    """Return whether a status passes the filters of an account's statuses."""
    asked = {name for name in FILTERS if request.args.get(name, "").lower() in TRUE}
    tag = request.args.get("tagged", "").lower()
    return not (
        ("exclude_replies" in asked and post.parent_author and post.parent_author != post.author)
        or ("exclude_reblogs" in asked and post.repost)
        or ("only_media" in asked and not post.now.photos)
        or "pinned" in asked
        or (tag and f"#{tag}" not in post.now.text.lower())
    )


def walk_replies(entities: Entities, post: Post, depth: int) -> Iterator[Post]:
    for one in entities.replies(post) if depth else ():
        yield from [one] if entities.is_listed(one) else []
        yield from walk_replies(entities, one, depth - 1)
