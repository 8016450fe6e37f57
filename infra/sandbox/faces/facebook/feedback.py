"""Comments and reactions as nodes.

Sources: developers.facebook.com/docs/graph-api/reference/comment, /object/comments. Comments are listed
as a stream of all levels, or only the top level. `total_count` counts invisible comments, too, and so may be
larger than the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.facebook.access import USER_CONTENT, WHERE, Access, object_id, post_id, profile_id
from infra.sandbox.faces.facebook.attachments import Attachments
from infra.sandbox.faces.facebook.profiles import Profiles
from infra.sandbox.faces.meta.errors import error
from infra.sandbox.faces.meta.graph import Edge, Node, between, instant
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Photo, Post

ORDERS, FILTERS = ("chronological", "reverse_chronological"), ("toplevel", "stream")


def parse_choice(modifiers: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """Return a parameter that has a few values; the first is the default."""
    value = modifiers.get(name, words[0])
    if value not in words:
        raise Refusal(
            400, error(100, message=f"(#100) {name} must be one of the following values: {', '.join(words)}")
        )
    return value


@dataclass(frozen=True)
class Feedback:
    """The comments and reactions below posts, photos, videos, albums, and comments."""

    access: Access
    profiles: Profiles
    attachments: Attachments

    # -- reactions ---------------------------------------------------------------------------------

    def likers(self, likes: int, path: str) -> Edge:
        """Return the likes: people of the network, and the thing's own count."""
        people = self.people[:likes] if self.access.token.kind == "page" else []
        summary = {"total_count": likes, "viewer_reaction": "NONE"}
        return Edge(path, people, self.liker, lambda one: (one.number,), summary)

    def liker(self, account: Account) -> Node:
        return Node("Reaction", {"id": profile_id(account), "name": account.name, "type": "LIKE"})

    def reactions(self, likes: int, modifiers: Mapping[str, str], path: str) -> Edge:
        """Return the reactions, all of which are LIKE."""
        return self.likers(likes if modifiers.get("type", "LIKE") == "LIKE" else 0, path)

    def likes(self, likes: int, path: str) -> Edge:
        found = self.likers(likes, path)
        return Edge(
            path,
            found.items,
            found.make,
            found.key,
            {"total_count": likes, "can_like": True, "has_liked": False},
        )

    @cached_property
    def people(self) -> list[Account]:
        return [
            one
            for one in self.access.network.accounts.values()
            if one.where == WHERE and not one.staff and not one.suspended
        ]

    # -- comments ----------------------------------------------------------------------------------

    def conversation(
        self, post: Post, modifiers: Mapping[str, str], path: str, beside: int | None = None
    ) -> Edge:
        """Return the comments on a post, on one of its photos, or on a comment."""
        whole = post.kind != "comment" and parse_choice(modifiers, "filter", FILTERS) == "stream"
        order, page = parse_choice(modifiers, "order", ORDERS), self.access.page_of(post)
        summary: Json = {"order": order, "total_count": 0, "can_comment": self.access.owns(page)}
        if self.access.token.kind != "page" or not self.access.can_read(page):
            return Edge(path, [], self.comment, lambda _: (), summary)
        self.access.require(page, USER_CONTENT)
        level = [
            one
            for one in self.access.all_comments(post)
            if one.beside == beside and (whole or one.parent == post.key)
        ]
        shown = between([one for one in level if self.access.is_visible(one)], modifiers)
        sign = 1 if order == "chronological" else -1
        found = sorted(shown, key=lambda one: (sign * one.created.timestamp(), sign * one.number))
        summary["total_count"] = len(level)
        return Edge(
            path,
            found,
            self.comment,
            lambda one: (sign * int(one.created.timestamp()), sign * one.number),
            summary,
        )

    def comment(self, post: Post) -> Node:
        own, page = post_id(self.access.network, post), self.access.page_of(post)
        message, tags = self.profiles.rich_text(post.now.text, page)
        parent = self.access.network.posts[post.parent or ""]
        mine = self.access.owns(page)
        author = self.access.network.accounts[post.author]
        return Node(
            "Comment",
            {
                # apps with only Page Public Content Access do not get the IDs of comments
                "id": own if self.access.manages(page) else None,
                "created_time": instant(post.created),
                "message": message or None,
                "message_tags": tags or None,
                "from": lambda _: self.profiles.author(author, page),
                "parent": lambda _: self.comment(parent) if parent.kind == "comment" else None,
                "object": self.subject(post),
                "attachment": lambda _: self.comment_attachment(post),
                "comment_count": sum(
                    self.access.is_visible(one) for one in self.access.network.children[post.key]
                ),
                "like_count": post.likes,
                "is_hidden": post.status == "hidden",
                "is_private": False,
                "can_comment": mine,
                "can_hide": mine and post.author != page.key,
                "can_like": mine,
                "can_remove": mine,
                "can_reply_privately": mine and not author.staff,
                "user_likes": False,
                "permalink_url": self.permalink(post, parent),
                "comments": lambda modifiers: self.conversation(
                    post, modifiers, f"{own}/comments", post.beside
                ),
                "likes": lambda _: self.likes(post.likes, f"{own}/likes"),
                "reactions": lambda modifiers: self.reactions(post.likes, modifiers, f"{own}/reactions"),
            },
        )

    def permalink(self, post: Post, parent: Post) -> str:
        """Return the address of a comment.

        The address of a reply also names the comment above it.
        """
        root = self.access.network.posts[post.root or ""]
        mark = f"comment_id={object_id(post.number)}"
        if parent.kind == "comment":
            mark = f"comment_id={object_id(parent.number)}&reply_{mark}"
        if post.beside:
            return f"https://www.facebook.com/photo.php?fbid={object_id(post.beside)}&{mark}"
        return f"https://www.facebook.com/{profile_id(self.access.page_of(post))}/posts/{object_id(root.number)}/?{mark}"

    def subject(self, post: Post) -> Json | None:
        """Return the photo of a comment, if the post has several."""
        photo = self.photo_beside(post)
        if photo is None:
            return None
        made = instant(self.access.network.posts[post.root or ""].created)
        return {"id": object_id(photo.number), "created_time": made} | (
            {"name": photo.caption} if photo.caption else {}
        )

    def photo_beside(self, post: Post) -> Photo | None:
        photos = self.access.network.posts[post.root or ""].now.photos
        return next((photo for photo in photos if photo.number == post.beside), None)

    def comment_attachment(self, post: Post) -> Node | None:
        if post.now.photos:
            return self.attachments.photo_attachment(post, post.now.photos[0])
        links = values(post.now.text, "link")
        return self.attachments.link_attachment(links[0]) if links else None
