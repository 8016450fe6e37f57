"""Instagram's IDs, accounts, media, comments, and private messages as nodes.

A shortcode is the number of a media in 64 characters; IDs in the inbox are letters.

Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user,
/ig-user/media, /ig-user/stories, /ig-media, /ig-media/comments, /ig-media/children, /ig-comment,
/ig-comment/replies. A token of Instagram's own login sees the nodes that facebook-business calls
ForIGOnlyAPI, a token of Facebook's login the others. Only the account's own media can be read. Comments of
restricted people (block) are left out but counted; hidden ones are listed but not counted, which is a point
that the documentation leaves open. Without the permission for comments their list is empty, as users report,
and media.comments_count still counts them.

Private messages. Sources:
developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api and, for
the other login, .../docs/messenger-platform/instagram/features/conversation. "You can only get details about
the 20 most recent messages in the conversation"; an older one is reported as deleted. The references contain
neither the message of that error, nor the fields of older messages in a list: here they are the ID and the
time. Requests of strangers without a reply for 30 days are left out.

Differences from the real API: the recipient reacts to a message, with love; shared are posts of the place, or
a story that a message replies to or in which its author mentions the account.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.meta.errors import error, unpermitted
from infra.sandbox.faces.meta.graph import Edge, Node, between, instant, newest_first, read_number
from infra.sandbox.faces.meta.media import photo_path, signed, video_paths
from infra.sandbox.faces.meta.messages import Thread, film, listed, photograph, value_edge
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Photo, Post, Token
from infra.sandbox.network import Network

WHERE = "instagram"
OBJECTS, USERS = 17_900_000_000_000_000, 17_841_400_000_000_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SCOPES = {
    "instagram": (
        "instagram_business_basic",
        "instagram_business_manage_comments",
        "instagram_business_manage_messages",
    )
}
FACEBOOK_SCOPES = ("instagram_basic", "instagram_manage_comments", "instagram_manage_messages")
READ, COMMENT, MESSAGES = range(3)  # positions in these tuples
STORY_LIVES = timedelta(hours=24)
COMMENTS = 50  # per page
READABLE = 20
REQUESTS_STAY = timedelta(days=30)


def object_id(number: int) -> str:
    return str(OBJECTS + 1009 * number)


def number_of(node_id: str) -> int | None:
    return read_number(node_id, OBJECTS, 1009)


def user_id(account: Account) -> str:
    return str(USERS + 7919 * account.number)


def _letters(text: str) -> str:
    """Return Base64 in which Meta writes Z as an escape."""
    return b64encode(text.encode()).decode().replace("Z", "ZA").replace("=", "ZD")


def thread_id(owner: Account, other: Account) -> str:
    """Return the ID of the conversation of an account with another one."""
    return _letters(f"ig_dm_thread:{user_id(owner)}:{OBJECTS + 1009 * other.number}")


def message_id(message: Post) -> str:
    return _letters(f"ig_dm_item:1:IGMessageID:{OBJECTS + 1009 * message.number}")


def is_reel(post: Post) -> bool:
    """Return whether a post is a reel, as all videos except stories are."""
    return post.video is not None and post.kind != "story"


def in_letters(number: int) -> str:
    code = ""
    while number:
        number, letter = divmod(number, 64)
        code = LETTERS[letter] + code
    return code


def shortcode(post: Post) -> str:
    return in_letters(int(object_id(post.number)))


def permalink(post: Post, owner: Account) -> str:
    if post.kind == "story":
        return f"https://www.instagram.com/stories/{owner.handle}/{object_id(post.number)}"
    return f"https://www.instagram.com/{'reel' if is_reel(post) else 'p'}/{shortcode(post)}/"


@dataclass(frozen=True)
class Nodes:
    """The nodes that one token sees. Created for each request."""

    network: Network
    base: str  # address of the face
    token: Token

    @property
    def owner(self) -> Account:
        return self.network.accounts[self.token.account]

    def kind(self, name: str) -> str:
        return f"{name}ForIGOnlyAPI" if self.token.kind == "instagram" else name

    def has_permission(self, number: int) -> bool:
        """Return whether the token has a permission. number: READ, COMMENT, or MESSAGES."""
        return SCOPES.get(self.token.kind, FACEBOOK_SCOPES)[number] in self.token.scopes

    def require(self, number: int = READ) -> None:
        if not self.has_permission(number):
            raise Refusal(400, unpermitted(SCOPES.get(self.token.kind, FACEBOOK_SCOPES)[number]))

    # -- visibility --------------------------------------------------------------------------------

    def posts(self, kind: str) -> list[Post]:
        """Return the account's own posts, newest first.

        kind: post, or story as long as it lives.
        """
        born = self.network.now() - STORY_LIVES
        own = (
            one
            for one in self.network.written[self.owner.key]
            if one.kind == kind and one.status == "visible"
        )
        return sorted((one for one in own if kind != "story" or one.created > born), key=newest_first)

    def tagged(self) -> list[Post]:
        """Return posts of others that name the account."""
        others = (one for one in self.network.heads[WHERE] if (one.kind, one.status) == ("post", "visible"))
        named = (
            one
            for one in others
            if one.author != self.owner.key and self.owner.handle in values(one.now.text, "mention")
        )
        return sorted(named, key=newest_first)

    def list_comments(self, above: Post) -> list[Post]:
        """Return the existing comments on media, or replies to a comment, newest first."""
        return sorted(
            (one for one in self.network.children[above.key] if one.status != "removed"), key=newest_first
        )

    def is_shown(self, comment: Post) -> bool:
        restricted = [self.owner.key, comment.author] in self.network.blocks
        return not restricted and not self.network.accounts[comment.author].suspended

    # -- nodes -------------------------------------------------------------------------------------

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
            "media": lambda modifiers: self.media_edge("media", between(posts, modifiers)),
            "stories": lambda _: self.media_edge("stories", self.posts("story")),
            "tags": lambda _: self.media_edge("tags", self.tagged()),
            "conversations": self.conversations,
        }
        own = (
            {"user_id": int(user_id(account)), "account_type": "BUSINESS"}
            if self.token.kind == "instagram"
            else {"has_profile_pic": True}
        )
        return Node(self.kind("IGUser"), {**values, **own})

    def media_edge(self, name: str, posts: list[Post]) -> Edge:
        return Edge(f"{user_id(self.owner)}/{name}", posts, self.media, newest_first)

    def media(self, post: Post) -> Node:
        own, author = object_id(post.number), self.network.accounts[post.author]
        mine, story = author.key == self.owner.key, post.kind == "story"
        photos, carousel = post.now.photos, len(post.now.photos) > 1
        comments = [one for top in self.list_comments(post) for one in (top, *self.list_comments(top))]
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
                "media_product_type": "STORY" if story else "REELS" if is_reel(post) else "FEED",
                "media_url": lambda _: self.source(post),
                "thumbnail_url": lambda _: self.url(video_paths(post)[1]) if post.video else None,
                "alt_text": photos[0].alt or None if len(photos) == 1 else None,
                "permalink": permalink(post, author),
                "shortcode": shortcode(post),
                "like_count": None if story else post.likes,
                "comments_count": sum(one.status != "hidden" for one in comments),
                "is_comment_enabled": not post.comments_off if mine else None,
                "is_shared_to_feed": True if is_reel(post) else None,
                "children": lambda _: self.children(post) if carousel else None,
                "comments": lambda _: self.comments(post, "comments"),
            },
        )

    def source(self, post: Post) -> str:
        """Return the address of the video, or of the first photo."""
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
        """Return one level of comments. Replies are an edge of their comment."""
        found = (
            [one for one in self.list_comments(above) if self.is_shown(one)]
            if self.has_permission(COMMENT)
            else []
        )
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

    # -- private messages --------------------------------------------------------------------------

    @cached_property
    def threads(self) -> list[Thread]:
        found = [
            (self.network.accounts[other], said)
            for other, said in self.network.conversations(self.owner.key).items()
        ]
        return [one for one in found if not self.is_forgotten(one[1])]

    def is_forgotten(self, said: list[Post]) -> bool:
        """Return whether a conversation is an old request without a reply."""
        answered = any(one.author == self.owner.key for one in said)
        return not answered and said[0].created < self.network.now() - REQUESTS_STAY

    def conversations(self, modifiers: Mapping[str, str], of: str = "") -> Edge:
        """Return the conversations.

        of: the ID of the Page that requests them; "": the account itself.
        """
        self.require(MESSAGES)
        return listed(
            of or user_id(self.owner),
            self.threads,
            modifiers,
            platforms=("instagram",),
            number=user_id,
            make=self.thread,
        )

    def thread(self, one: Thread) -> Node:
        other, said = one
        own = thread_id(self.owner, other)
        return Node(
            "UnifiedThread",
            {
                "id": own,
                "updated_time": instant(said[0].created),
                "participants": lambda _: value_edge(
                    f"{own}/participants", [self.person(who) for who in (self.owner, other)]
                ),
                "messages": lambda _: Edge(
                    f"{own}/messages",
                    list(enumerate(said)),
                    self.listed_message,
                    lambda one: newest_first(one[1]),
                ),
            },
        )

    def person(self, account: Account) -> Json:
        return {"username": account.handle, "id": user_id(account)}

    def listed_message(self, one: tuple[int, Post]) -> Node:
        """Return a message by its position. An older one has no details."""
        place, message = one
        found = self.message(message)
        return (
            found
            if place < READABLE
            else Node("Message", {name: found.values[name] for name in ("id", "created_time")})
        )

    def message(self, message: Post) -> Node:
        own, sender, recipient = (
            message_id(message),
            *(self.network.accounts[str(key)] for key in (message.author, message.to)),
        )
        is_supported = "unsupported" not in message.labels
        return Node(
            "Message",
            {
                "id": own,
                "created_time": instant(message.created),
                "from": Node("Participant", self.person(sender)),
                "to": lambda _: value_edge(f"{own}/to", [self.person(recipient)]),
                "message": message.now.text if is_supported else "",
                "is_unsupported": None if is_supported else True,
                "attachments": lambda _: (
                    value_edge(f"{own}/attachments", self.attachments(message)) if is_supported else None
                ),
                "reactions": lambda _: value_edge(f"{own}/reactions", self.reactions(message, recipient)),
                "reply_to": self.reply_to(message),
                **self.shared(message, own),
            },
        )

    def attachments(self, message: Post) -> list[Json]:
        """Return the video and the photos of a message."""
        films = [film(message, message.video, self.url)] if message.video else []
        return [*films, *(photograph(one, self.url) for one in message.now.photos)]

    def reactions(self, message: Post, recipient: Account) -> list[Json]:
        return [{"reaction": "love", "users": [self.person(recipient)]}] if message.likes else []

    def reply_to(self, message: Post) -> Json | None:
        above = self.network.messages.get(message.parent or "")
        return {"mid": message_id(above), "is_self_reply": above.author == message.author} if above else None

    def shared(self, message: Post, own: str) -> Json:
        """Return the shared post, as the address of its image, or the story.

        A story has its ID, and the address as long as it lives.
        """
        post = self.network.posts.get(message.quote or "")
        if post is None:
            return {}
        if post.kind != "story":
            return {"shares": lambda _: value_edge(f"{own}/shares", [{"link": self.source(post)}])}
        lives = post.status != "removed" and post.created > self.network.now() - STORY_LIVES
        link = {"id": object_id(post.number), **({"link": self.source(post)} if lives else {})}
        return {"story": {"mention" if post.author == message.author else "reply_to": link}}

    # -- nodes by ID -------------------------------------------------------------------------------

    def find(self, wanted: str) -> Node | None:
        """Return the account, media, a comment, a conversation, or a message."""
        return self.find_message(wanted) or self.find_content(wanted)

    def find_content(self, wanted: str) -> Node | None:
        """Return the account, its media, a photo of a carousel, or a comment."""
        if wanted == user_id(self.owner):
            return self.user()
        number = number_of(wanted)
        own = {post.number: post for kind in ("post", "story") for post in self.posts(kind)}
        if number in own:
            return self.media(own[number])
        comment = self.network.posts.get(f"{WHERE}/{number}")
        if comment is not None and comment.kind == "comment":
            there = comment.status != "removed" and self.network.posts[comment.root or ""].number in own
            return (
                self.comment(comment)
                if there and self.has_permission(COMMENT) and self.is_shown(comment)
                else None
            )
        children = (
            node
            for post in own.values()
            for node in map(self.children(post).make, post.now.photos)
            if len(post.now.photos) > 1
        )
        return next((node for node in children if node.values["id"] == wanted), None)

    def find_message(self, wanted: str) -> Node | None:
        """Return a conversation or a message."""
        for one in self.threads if not wanted.isdigit() else ():
            if wanted == thread_id(self.owner, one[0]):
                self.require(MESSAGES)
                return self.thread(one)
            for place, message in enumerate(one[1]):
                if message_id(message) == wanted:
                    self.require(MESSAGES)
                    if place >= READABLE:
                        raise Refusal(400, error(100, message="(#100) The message has been deleted."))
                    return self.message(message)
        return None
