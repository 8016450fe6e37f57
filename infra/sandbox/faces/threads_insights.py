"""What Threads counts: of a post since it is there, of a profile for a day
(developers.facebook.com/docs/threads/insights).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from infra.sandbox.faces.meta_graph import Json
from infra.sandbox.faces.meta_times import instant
from infra.sandbox.faces.threads_ids import media_id, user_id
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network


def _hushed(network: Network, reply: Post) -> bool:
    """Whether it is hidden, or below one that is: no public word says whether such are counted."""
    while reply.root is not None and reply.status != "hidden":
        reply = network.posts[reply.parent or reply.root]
    return reply.root is not None


def counted(network: Network, post: Post) -> dict[str, int]:
    said = network.talk[post.key] if post.root is None else network.children[post.key]
    sharing = [one for one in network.sharing[post.key] if one.status != "removed"]
    return {
        "views": (post.video.views if post.video else 0) + 7 * post.likes,
        "likes": post.likes,
        "replies": len(
            [one for one in said if one.status not in ("removed", "held") and not _hushed(network, one)]
        ),
        "reposts": post.shares + sum(one.repost == post.key for one in sharing),
        "quotes": sum(one.quote == post.key for one in sharing),
        "shares": 0,
    }


def _metric(about: str, name: str, period: str, **value: object) -> Json:
    return {
        "name": name,
        "period": period,
        "title": name.title(),
        "description": f"{name}.",
        "id": f"{about}/insights/{name}/{period}",
        **value,
    }


def of_media(network: Network, post: Post) -> Iterator[Json]:
    for name, count in counted(network, post).items():
        yield _metric(media_id(post.number), name, "lifetime", values=[{"value": count}])


def midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def of_account(network: Network, account: Account, posts: Sequence[Post]) -> Iterator[Json]:
    own = [counted(network, post) for post in posts]
    ends = instant(midnight(network.now()) - timedelta(days=1))
    yield _metric(
        user_id(account),
        "views",
        "day",
        values=[{"value": sum(one["views"] for one in own), "end_time": ends}],
    )
    for name in ("likes", "replies", "reposts", "quotes"):
        yield _metric(user_id(account), name, "day", total_value={"value": sum(one[name] for one in own)})
    yield _metric(
        user_id(account), "followers_count", "day", total_value={"value": 300 + 17 * account.number}
    )
