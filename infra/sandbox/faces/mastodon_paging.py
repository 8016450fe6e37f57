"""How Mastodon pages and filters an account's statuses, and walks a conversation
(docs.joinmastodon.org/api/guidelines#pagination).
"""

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import request

from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.model import Post

KEPT = ("limit", "exclude_replies", "exclude_reblogs", "only_media", "tagged", "pinned")  # in the Link header
TRUE = ("1", "true", "on", "yes")


def number(name: str, default: int | None = None) -> int | None:
    """A whole number among the parameters; nonsense counts as nothing, as on a real server."""
    value = request.args.get(name, "")
    return int(value) if value.isdigit() else default


def page_of(found: list[Post], entities: Entities, limit: int) -> list[Post]:
    """One page, newest first: below max_id, above since_id, or right above min_id."""
    most, since, least = number("max_id"), number("since_id"), number("min_id")
    inside = [
        one
        for one in found
        if (most is None or entities.order(one) < most) and entities.order(one) > max(since or 0, least or 0)
    ]
    chosen = inside[:limit] if least is not None else inside[-limit:]
    return chosen[::-1]


def links(page: list[Post], entities: Entities, limit: int) -> dict[str, str]:
    """The Link header: next (older) only behind a full page, prev (newer) behind any that is not empty."""
    kept = {name: request.args[name] for name in KEPT if name in request.args}
    marks = [("next", "max_id", page[-1])] if len(page) == limit else []
    marks += [("prev", "min_id", page[0])] if page else []
    parts = [
        f'<{request.base_url}?{urlencode({**kept, name: entities.id(post)})}>; rel="{rel}"'
        for rel, name, post in marks
    ]
    return {"Link": ", ".join(parts)} if parts else {}


def wanted(post: Post) -> bool:
    """The filters of an account's statuses."""
    asked = {name for name in KEPT if request.args.get(name, "").lower() in TRUE}
    tag = request.args.get("tagged", "").lower()
    return not (
        ("exclude_replies" in asked and post.parent_author and post.parent_author != post.author)
        or ("exclude_reblogs" in asked and post.repost)
        or ("only_media" in asked and not post.now.photos)
        or "pinned" in asked
        or (tag and f"#{tag}" not in post.now.text.lower())
    )


def tree(entities: Entities, post: Post, depth: int) -> Iterator[Post]:
    for one in entities.answers(post) if depth else ():
        yield from [one] if entities.listed(one) else []
        yield from tree(entities, one, depth - 1)
