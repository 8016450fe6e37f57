"""Instagram's professional accounts, media and comments as nodes.

Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user,
/ig-user/media, /ig-user/stories, /ig-media, /ig-media/comments, /ig-media/children, /ig-comment,
/ig-comment/replies. A token of Instagram's own login sees the nodes that facebook-business calls
ForIGOnlyAPI, one of Facebook's login the others. Only what the account itself published can be read; comments
of people whom it restricted (block) are left out, but counted, while hidden ones are given and not counted
(no public word says whether they are). Without the permission for comments their list is empty, as users
report, and media.comments_count tells that there are some.
"""

from dataclasses import dataclass
from datetime import timedelta

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.instagram_ids import WHERE, number_of, object_id, permalink, reel, shortcode, user_id
from infra.sandbox.faces.meta_errors import unpermitted
from infra.sandbox.faces.meta_graph import Edge, Json, Key, Node
from infra.sandbox.faces.meta_media import photo_path, signed, video_paths
from infra.sandbox.faces.meta_times import between, instant
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Photo, Post, Token
from infra.sandbox.network import Network

SCOPES = {
    "instagram": (
        "instagram_business_basic",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    )
}
FACEBOOK_SCOPES = ("instagram_basic", "instagram_manage_comments", "instagram_manage_messages")
READ, COMMENT, MESSAGES = range(3)  # places in these
STORY_LIVES = timedelta(hours=24)
COMMENTS = 50  # a query


def newest_first(post: Post) -> Key:
    return (-int(post.created.timestamp()), -post.number)


@dataclass(frozen=True)
class Nodes:
    network: Network
    base: str
    token: Token

    @property
    def owner(self) -> Account:
        return self.network.accounts[self.token.account]

    def kind(self, name: str) -> str:
        return f"{name}ForIGOnlyAPI" if self.token.kind == "instagram" else name

    def may(self, number: int) -> bool:
        """`number`: READ, COMMENT or MESSAGES."""
        return SCOPES.get(self.token.kind, FACEBOOK_SCOPES)[number] in self.token.scopes

    def need(self, number: int = READ) -> None:
        if not self.may(number):
            raise Refusal(400, unpermitted(SCOPES.get(self.token.kind, FACEBOOK_SCOPES)[number]))

    # -- what there is ----------------------------------------------------------------------------

    def posts(self, kind: str) -> list[Post]:
        """The account's own, newest first: kind post, or story while it lives."""
        born = self.network.now() - STORY_LIVES
        own = (
            one
            for one in self.network.written[self.owner.key]
            if one.kind == kind and one.status == "visible"
        )
        return sorted((one for one in own if kind != "story" or one.created > born), key=newest_first)

    def tagged(self) -> list[Post]:
        """Other people's posts that name the account."""
        others = (one for one in self.network.heads[WHERE] if (one.kind, one.status) == ("post", "visible"))
        named = (
            one
            for one in others
            if one.author != self.owner.key and self.owner.handle in values(one.now.text, "mention")
        )
        return sorted(named, key=newest_first)

    def said(self, above: Post) -> list[Post]:
        """Comments on media or answers to a comment, newest first, that exist."""
        return sorted(
            (one for one in self.network.children[above.key] if one.status != "removed"), key=newest_first
        )

    def shown(self, comment: Post) -> bool:
        restricted = [self.owner.key, comment.author] in self.network.blocks
        return not restricted and not self.network.accounts[comment.author].suspended

    # -- nodes ------------------------------------------------------------------------------------

    def user(self) -> Node:
        account, posts = self.owner, self.posts("post")
        values: Json = {
            "id": user_id(account),
            "username": account.handle,
            "name": account.name,
            "biography": account.about or None,
            "website": "https://www.cascadevalley.test",
            "followers_count": 900 + 13 * account.number,
            "follows_count": account.number,
            "media_count": len(posts),
            "profile_picture_url": lambda _: signed(
                self.base, f"v/t51.2885-19/p50x50/{user_id(account)}_n.jpg", self.network.now()
            ),
            "media": lambda modifiers: self.listed("media", between(posts, modifiers)),
            "stories": lambda _: self.listed("stories", self.posts("story")),
            "tags": lambda _: self.listed("tags", self.tagged()),
        }
        own = (
            {"user_id": int(user_id(account)), "account_type": "BUSINESS"}
            if self.token.kind == "instagram"
            else {"has_profile_pic": True}
        )
        return Node(self.kind("IGUser"), {**values, **own})

    def listed(self, name: str, posts: list[Post]) -> Edge:
        return Edge(f"{user_id(self.owner)}/{name}", posts, self.media, newest_first)

    def media(self, post: Post) -> Node:
        own, author = object_id(post.number), self.network.accounts[post.author]
        mine, story = author.key == self.owner.key, post.kind == "story"
        photos, carousel = post.now.photos, len(post.now.photos) > 1
        comments = [one for top in self.said(post) for one in (top, *self.said(top))]
        return Node(
            self.kind("IGMedia"),
            {
                "id": own,
                "timestamp": instant(post.created),
                "username": author.handle,
                "owner": Node("User" if self.token.kind == "instagram" else "IGUser", {"id": user_id(author)})
                if mine
                else None,
                "caption": post.now.text or None,
                "media_type": "CAROUSEL_ALBUM" if carousel else "VIDEO" if post.video else "IMAGE",
                "media_product_type": "STORY" if story else "REELS" if reel(post) else "FEED",
                "media_url": lambda _: self.source(post),
                "thumbnail_url": lambda _: self.url(video_paths(post)[1]) if post.video else None,
                "alt_text": photos[0].alt or None if len(photos) == 1 else None,
                "permalink": permalink(post, author),
                "shortcode": shortcode(post),
                "like_count": None if story else post.likes,
                "comments_count": sum(one.status != "hidden" for one in comments),
                "is_comment_enabled": not post.comments_off if mine else None,
                "is_shared_to_feed": True if reel(post) else None,
                "children": lambda _: self.children(post) if carousel else None,
                "comments": lambda _: self.comments(post, "comments"),
            },
        )

    def source(self, post: Post) -> str:
        """The address of its film, or of its first photo."""
        photos = post.now.photos
        return self.url(video_paths(post)[0] if post.video else photo_path(photos[0], photos[0].width))

    def url(self, path: str) -> str:
        return signed(self.base, path, self.network.now())

    def children(self, post: Post) -> Edge:
        def make(photo: Photo) -> Node:
            values = {
                "id": object_id(photo.number),
                "media_type": "IMAGE",
                "media_url": self.url(photo_path(photo, photo.width)),
            }
            more = {
                "timestamp": instant(post.created),
                "alt_text": photo.alt or None,
                "username": self.owner.handle,
            }
            return Node(self.kind("IGMedia"), values | more)

        return Edge(
            f"{object_id(post.number)}/children",
            post.now.photos,
            make,
            lambda photo: (photo.number,),
            paged=False,
        )

    def comments(self, above: Post, name: str) -> Edge:
        """The first level only; answers are an edge of their comment, which tells of pages where there are
        several.
        """
        found = [one for one in self.said(above) if self.shown(one)] if self.may(COMMENT) else []
        path, quiet = f"{object_id(above.number)}/{name}", name == "replies"
        return Edge(path, found, self.comment, newest_first, quiet=quiet, most=COMMENTS, cursors=("after",))

    def comment(self, post: Post) -> Node:
        author = self.network.accounts[post.author]
        root, parent = self.network.posts[post.root or ""], self.network.posts[post.parent or ""]
        return Node(
            "IGComment",
            {
                "id": object_id(post.number),
                "timestamp": instant(post.created),
                "text": post.now.text,
                "username": author.handle,
                "from": Node("IGCommentFromUser", {"id": user_id(author), "username": author.handle}),
                "user": Node("IGUser", {"id": user_id(author)}) if author.key == self.owner.key else None,
                "like_count": post.likes,
                "hidden": post.status == "hidden",
                "media": lambda _: Node("IGMedia", self.media(root).values),
                "parent_id": object_id(parent.number) if parent.kind == "comment" else None,
                "replies": lambda _: self.comments(post, "replies"),
            },
        )

    # -- by id ------------------------------------------------------------------------------------

    def found(self, wanted: str) -> Node | None:
        """The account itself, its media, a photo of a carousel, or a comment on its media."""
        if wanted == user_id(self.owner):
            return self.user()
        number = number_of(wanted)
        own = {post.number: post for kind in ("post", "story") for post in self.posts(kind)}
        if number in own:
            return self.media(own[number])
        comment = self.network.posts.get(f"{WHERE}/{number}")
        if comment is not None and comment.kind == "comment":
            there = comment.status != "removed" and self.network.posts[comment.root or ""].number in own
            return self.comment(comment) if there and self.may(COMMENT) and self.shown(comment) else None
        children = (
            node
            for post in own.values()
            for node in map(self.children(post).make, post.now.photos)
            if len(post.now.photos) > 1
        )
        return next((node for node in children if node.values["id"] == wanted), None)
