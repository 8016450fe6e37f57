"""What LinkedIn tells of what was done to an organization's posts, for 60 days: comments with their edits and
removals, reshares, mentions.

Source:
learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-social-action-notifications,
and one answer quoted in public (read on 2026-11-25). That something was removed is told here and nowhere
else; what it said is told no more then, which no public word settles. Who likes something is nobody in the
network: of likes nothing is told here.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from infra.sandbox.faces.linkedin_sight import Sight
from infra.sandbox.faces.linkedin_urns import (
    COMMENT,
    WHERE,
    account_urn,
    activity_urn,
    comment_urn,
    identifier,
    milliseconds,
    post_urn,
)
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post

Json = dict[str, Any]
KEPT = timedelta(days=60)
NOTIFIED = ("LIKE", "COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE", "SHARE_MENTION")
Happened = tuple[datetime, str, Post]  # when, the action, the comment or share


def _of_comment(comment: Post, organization: Account) -> Iterator[Happened]:
    yield comment.created, "ADMIN_COMMENT" if comment.author == organization.key else "COMMENT", comment
    for version in comment.versions[1:]:
        yield version.at, "COMMENT_EDIT", comment
    if comment.removed is not None:
        yield comment.removed, "COMMENT_DELETE", comment


def happened(sight: Sight, organization: Account) -> Iterator[Happened]:
    posts = sight.network.posts
    for post in posts.values():
        if post.where != WHERE:
            continue
        if post.root is not None:
            if posts[post.root].author == organization.key:
                yield from _of_comment(post, organization)
        elif post.author != organization.key and post.status == "visible":
            shared = posts.get(post.quote or post.repost or "")
            if shared is not None and shared.author == organization.key:
                yield post.created, "SHARE", post
            if organization.handle in values(post.now.text, "mention"):
                yield post.created, "SHARE_MENTION", post


def notification_json(sight: Sight, organization: Account, one: Happened) -> Json:
    at, action, post = one
    network = sight.network
    root = network.posts[post.root or post.quote or post.repost or post.key]
    said = next(version for version in reversed(post.versions) if version.at <= at)
    told: Json = {
        "action": action,
        "lastModifiedAt": milliseconds(at),
        "notificationId": 10 * said.number + NOTIFIED.index(action),
        "organizationalEntity": account_urn(organization),
        "sourcePost": activity_urn(root),
        "subscriber": sight.urn,
    }
    if root.status != "removed":
        told["decoratedSourcePost"] = _share(sight, root) | {
            "mediaCategory": "IMAGE" if root.now.photos else "NONE"
        }
    if post.root is None:
        return told | {
            "generatedActivity": post_urn(post),
            "decoratedGeneratedActivity": {"share": _share(sight, post)},
        }
    told["generatedActivity"] = (
        f"urn:li:comment:({activity_urn(root).removeprefix('urn:li:')},{identifier(post, COMMENT)})"
    )
    if post.status != "removed":
        owner = account_urn(network.accounts[post.author])
        comment = {
            "entity": comment_urn(post, root),
            "object": activity_urn(root),
            "owner": owner,
            "text": said.text,
        }
        told["decoratedGeneratedActivity"] = {"comment": comment}
    return told


def _share(sight: Sight, post: Post) -> Json:
    return {
        "entity": post_urn(post),
        "owner": account_urn(sight.network.accounts[post.author]),
        "text": post.now.text,
    }


def notified(
    sight: Sight, organization: Account, actions: list[str], start: int | None, end: int | None
) -> list[Happened]:
    """What was done between two instants in milliseconds, of the last 60 days, newest first."""
    horizon = sight.network.now() - KEPT
    found = [one for one in happened(sight, organization) if one[0] >= horizon and one[1] in actions]
    times = ((milliseconds(one[0]), one) for one in found)
    kept = [one for at, one in times if (start is None or at >= start) and (end is None or at <= end)]
    return sorted(kept, key=lambda one: (one[0], one[2].number), reverse=True)
