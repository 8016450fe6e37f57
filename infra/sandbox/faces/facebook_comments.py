"""Comments as nodes, and the edge that lists them: all levels as a stream, or the first one.

Sources: developers.facebook.com/docs/graph-api/reference/comment, /object/comments.
`total_count` counts what exists, also what the token is not shown: it may be more than the list has.
"""

from collections.abc import Mapping

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.facebook_ids import object_id, post_id, profile_id
from infra.sandbox.faces.facebook_media import Media
from infra.sandbox.faces.facebook_sight import USER_CONTENT
from infra.sandbox.faces.meta_errors import error
from infra.sandbox.faces.meta_graph import Edge, Json, Node
from infra.sandbox.faces.meta_times import between, instant
from infra.sandbox.markup import values
from infra.sandbox.model import Photo, Post

ORDERS, FILTERS = ("chronological", "reverse_chronological"), ("toplevel", "stream")


def one_of(modifiers: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """A parameter with a few values, of which the first is meant where none is given."""
    told = modifiers.get(name, words[0])
    if told not in words:
        raise Refusal(
            400, error(100, message=f"(#100) {name} must be one of the following values: {', '.join(words)}")
        )
    return told


class Comments(Media):
    def conversation(
        self, post: Post, modifiers: Mapping[str, str], path: str, beside: int | None = None
    ) -> Edge:
        """Comments on a post, on one of its photos, or on a comment."""
        whole = post.kind != "comment" and one_of(modifiers, "filter", FILTERS) == "stream"
        order, page = one_of(modifiers, "order", ORDERS), self.page_of(post)
        summary: Json = {"order": order, "total_count": 0, "can_comment": self.owns(page)}
        if self.token.kind != "page" or not self.reads(page):
            return Edge(path, [], self.comment, lambda _: (), summary)
        self.need(page, USER_CONTENT)
        level = [
            one
            for one in self.everything_said(post)
            if one.beside == beside and (whole or one.parent == post.key)
        ]
        shown = between([one for one in level if self.visible(one)], modifiers)
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
        own, page = post_id(self.network, post), self.page_of(post)
        message, tags = self.written(post.now.text, page)
        parent, mine, author = (
            self.network.posts[post.parent or ""],
            self.owns(page),
            self.network.accounts[post.author],
        )
        return Node(
            "Comment",
            {
                # apps that only have Page Public Content Access are not told the ids of comments
                "id": own if self.manages(page) else None,
                "created_time": instant(post.created),
                "message": message or None,
                "message_tags": tags or None,
                "from": lambda _: self.author(author, page),
                "parent": lambda _: self.comment(parent) if parent.kind == "comment" else None,
                "object": self.subject(post),
                "attachment": lambda _: self.comment_attachment(post),
                "comment_count": sum(self.visible(one) for one in self.network.children[post.key]),
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
        """Answers are named beside the comment that they answer."""
        root = self.network.posts[post.root or ""]
        mark = f"comment_id={object_id(post.number)}"
        if parent.kind == "comment":
            mark = f"comment_id={object_id(parent.number)}&reply_{mark}"
        if post.beside:
            return f"https://www.facebook.com/photo.php?fbid={object_id(post.beside)}&{mark}"
        return f"https://www.facebook.com/{profile_id(self.page_of(post))}/posts/{object_id(root.number)}/?{mark}"

    def subject(self, post: Post) -> Json | None:
        """The photo that is commented on, of several in a post."""
        photo = self.photo_beside(post)
        if photo is None:
            return None
        made = instant(self.network.posts[post.root or ""].created)
        return {"id": object_id(photo.number), "created_time": made} | (
            {"name": photo.caption} if photo.caption else {}
        )

    def photo_beside(self, post: Post) -> Photo | None:
        photos = self.network.posts[post.root or ""].now.photos
        return next((photo for photo in photos if photo.number == post.beside), None)

    def comment_attachment(self, post: Post) -> Node | None:
        if post.now.photos:
            return self.photo_attachment(post, post.now.photos[0])
        links = values(post.now.text, "link")
        return self.link_attachment(links[0]) if links else None
