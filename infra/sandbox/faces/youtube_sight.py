"""Who sees what on YouTube: the public, and the owner of a channel who consented.

A private video is its owner's; an unlisted one everybody's who knows its id, in no list but the owner's. A
comment that is held, that is taken for spam or was rejected is gone for everybody but the lists that the
owner asks for; with it go the answers to it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.sandbox.faces import youtube_ids as ids
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

WHERE = "youtube"
STATUSES = {
    "visible": "published",
    "held": "heldForReview",
    "spam": "likelySpam",
}  # a rejected comment is in no list


def instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def tagged(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body with its kind and with an ETag, which changes with it."""
    plain = json.dumps([kind, body], sort_keys=True).encode()
    return {
        "kind": f"youtube#{kind}",
        "etag": ids.encode(hashlib.sha1(plain, usedforsecurity=False).digest()),
        **body,
    }


@dataclass(frozen=True)
class Sight:
    network: Network
    base: str
    viewer: Account | None  # whose token it is; None: a key's

    # -- channels ---------------------------------------------------------------------------------

    def channels(self) -> Iterator[Account]:
        return (one for one in self.network.accounts.values() if one.where == WHERE and not one.suspended)

    def channel(self, channel_id: str, prefix: str = "UC") -> Account | None:
        number = ids.channel_number(channel_id, prefix)
        return next((one for one in self.channels() if one.number == number), None)

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    # -- videos -----------------------------------------------------------------------------------

    def privacy(self, video: Post) -> str:
        """public, unlisted, private"""
        return "private" if video.status == "private" else video.visibility

    def owns(self, video: Post) -> bool:
        return self.viewer is not None and self.viewer.key == video.author

    def there(self, video: Post) -> bool:
        """Whether it exists, whoever may see it."""
        return (
            video.kind != "comment"
            and video.status in ("visible", "private")
            and not self.author(video).suspended
        )

    def readable(self, video: Post) -> bool:
        return self.there(video) and (self.owns(video) or self.privacy(video) != "private")

    def video(self, video_id: str) -> Post | None:
        """The video of an id, where it exists."""
        post = self.network.posts.get(f"{WHERE}/{ids.video_number(video_id)}")
        return post if post is not None and self.there(post) else None

    def uploads(self, channel: Account) -> list[Post]:
        """A channel's videos as the caller's list of uploads shows them, newest first."""
        written = (post for post in self.network.written[channel.key] if self.there(post))
        found = [post for post in written if self.owns(post) or self.privacy(post) == "public"]
        return sorted(found, key=lambda post: (post.created, post.number), reverse=True)

    # -- comments ---------------------------------------------------------------------------------

    def thread(self, comment: Post) -> Post:
        """The comment on the video that this one is, or answers."""
        return comment if comment.parent == comment.root else self.network.posts[comment.parent or ""]

    def published(self, comment: Post) -> bool:
        """Whether everybody may see it who sees its video: an answer goes where its thread goes."""
        return all(
            one.status == "visible" and not self.author(one).suspended
            for one in (comment, self.thread(comment))
        )

    def talk(self, video: Post) -> bool:
        """Whether the caller is shown the comments on a video."""
        return self.readable(video) and not video.comments_off

    def comment(self, comment_id: str) -> Post | None:
        """The comment of an id, where the caller may see it: an owner sees held ones, too."""
        post = self.network.posts.get(f"{WHERE}/{ids.comment_number(comment_id)}")
        if (
            post is None
            or post.kind != "comment"
            or not self.talk(video := self.network.posts[post.root or ""])
        ):
            return None
        waiting = (
            self.owns(video) and post.status in ("held", "spam") and self.thread(post).status in STATUSES
        )
        return post if self.published(post) or waiting else None

    def answers(self, thread: Post) -> list[Post]:
        """Newest first."""
        return newest(one for one in self.network.children[thread.key] if self.published(one))


def newest(comments: Iterator[Post]) -> list[Post]:
    return sorted(comments, key=lambda one: (one.created, one.number), reverse=True)
