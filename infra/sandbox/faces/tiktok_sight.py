"""Who sees what of TikTok, and in which order: an account's own videos and photo posts, and what is said
about them.

A list is cut into pages first; what is gone or not to be seen is then left out of its page. So a page may be
short, or empty, and not be the last, as the documentation warns. The first 500 comments of a list stand in
the order that was asked for; those after them in the order of their likes, some of the first 500 once more
among them: the documentation says that pages beyond 500 may repeat comments.
"""

from dataclasses import dataclass

from infra.sandbox.faces.tiktok_ids import WHERE, native, number
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

SORTED = 500  # comments in the order that was asked for
AGAIN = 7  # from then on one in so many of the first ones comes once more


@dataclass(frozen=True)
class Sight:
    network: Network
    account: Account

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    def uploads(self) -> list[Post]:
        """All that was published, newest first, also what is gone or private by now."""
        own = (post for post in self.network.written[self.account.key] if post.kind == "post")
        return sorted(own, key=lambda post: (post.created, post.number), reverse=True)

    def public(self, post: Post) -> bool:
        return post.status == "visible" and post.visibility == "public"

    def shown(self, post: Post) -> bool:
        """In the list of videos, which holds the public ones."""
        return post.author == self.account.key and post.kind == "post" and self.public(post)

    def video(self, video_id: str) -> Post | None:
        post = self.network.posts.get(f"{WHERE}/{number(video_id)}")
        return post if post is not None and native(post) == video_id and self.shown(post) else None

    # -- comments ---------------------------------------------------------------------------------

    def told(self, comment: Post, status: str) -> bool:
        """Whether it is there for the account; `status`: PUBLIC leaves out what is hidden. An answer goes
        with what it answers.
        """
        if (
            comment.status not in (("visible",) if status == "PUBLIC" else ("visible", "hidden"))
            or self.author(comment).suspended
        ):
            return False
        above = self.network.posts[comment.parent or ""]
        return above.kind != "comment" or self.told(above, status)

    def talk(self, video: Post) -> list[Post]:
        """Comments on the video itself, also those that are gone; none where they are switched off."""
        return [] if video.comments_off else list(self.network.children[video.key])

    def comment(self, video: Post, comment_id: str) -> Post | None:
        """Of any level, where the account is shown it."""
        post = self.network.posts.get(f"{WHERE}/{number(comment_id)}")
        there = (
            post is not None
            and native(post) == comment_id
            and post.kind == "comment"
            and post.root == video.key
        )
        return (
            post if post is not None and there and not video.comments_off and self.told(post, "ALL") else None
        )

    def answers(self, comment: Post) -> list[Post]:
        return [one for one in self.network.children[comment.key] if self.told(one, "ALL")]

    def count(self, video: Post) -> int:
        """Comments and the answers to them, without hidden ones."""
        heads = [one for one in self.talk(video) if self.told(one, "PUBLIC")]
        return len(heads) + sum(self.answered(one) for one in heads)

    def answered(self, comment: Post) -> int:
        return sum(self.told(one, "PUBLIC") for one in self.answers(comment))

    def ordered(self, comments: list[Post], field: str, order: str) -> list[Post]:
        """`field`: likes, replies, create_time, or "" for an order of TikTok's own."""
        keys = {
            "likes": lambda one: one.likes,
            "replies": lambda one: len(self.answers(one)),
            "create_time": lambda one: one.created,
        }
        own = sorted(comments, key=lambda one: (one.number * 2654435761 % 2**32, one.number))
        known = own if field not in keys or order == "smart" else sorted(own, key=lambda one: one.number)
        if field in keys and order != "smart":
            known.sort(key=keys[field], reverse=order == "desc")
        first, rest = known[:SORTED], known[SORTED:]
        again = [one for one in first if one.number % AGAIN == 0] if rest else []
        return first + sorted(rest + again, key=lambda one: (-one.likes, one.number))
