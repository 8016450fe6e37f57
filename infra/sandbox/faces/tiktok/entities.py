"""TikTok's IDs, visibility rules, and JSON entities, for both of its APIs.

7709123456789012345              a video, photo post, or comment: its time in seconds in the upper half
-000abcDEF...                    an account, as one application sees it (open_id)
+ABc1D2/E0fGhijklMNOrD34vDW/...  the author of a comment, as every application sees it (unique_identifier)

A list is cut into pages first; then removed and invisible items are left out of the page. So a page may be
short or empty without being the last, as the documentation warns. The first 500 comments of a list are in the
requested order. The later ones are in order of likes, and some of the first 500 are repeated among them: the
documentation says that pages beyond 500 may repeat comments.

Fields: business-api.tiktok.com/portal/docs (Accounts API: /business/get/, /business/video/list/,
/business/comment/list/) and developers.tiktok.com/doc/tiktok-api-v2-video-object, -get-user-info (Display
API). Audience statistics are left out.
"""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.sandbox.faces.common import Json, sort_newest
from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

WHERE = "tiktok"
FILE_HOURS = 24
SORTED = 500  # comments in the requested order
AGAIN = 7  # after them, every seventh of the first ones is repeated
REPLIES_SHOWN = 3
SHARED_FIELDS = ("display_name", "bio_description", "profile_deep_link", "is_verified", "username")
APP = "7367211510419947537"


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def post_id(post: Post) -> str:
    return str((int(post.created.timestamp()) << 32) + post.number)


def post_number(text: str) -> int | None:
    """Return the network's number in an ID."""
    return int(text) & 0xFFFFFFFF if text.isascii() and text.isdecimal() and len(text) < 20 else None


def open_id(account: str) -> str:
    """Return the open_id of an account. account: its key."""
    return f"-000{urlsafe_b64encode(_digest('open', account)).decode().rstrip('=')}"


def unique_identifier(account: Account) -> str:
    return b64encode(_digest("everywhere", account.key)).decode().rstrip("=")


def user_id(account: Account) -> str:
    return _digest("here", account.key).hex()


def signature(name: str, expires: int) -> str:
    return b64encode(_digest(name, expires)[:20]).decode()


def is_signature_valid(name: str, expires: str, signed: str, now: datetime) -> bool:
    return expires.isdigit() and signature(name, int(expires)) == signed and int(expires) > now.timestamp()


def created_seconds(post: Post) -> int:
    return int(post.created.timestamp())


@dataclass(frozen=True)
class Entities:
    """The part of the network that the holder of one account sees, and its JSON."""

    network: Network
    account: Account  # the account of the token

    def author(self, post: Post) -> Account:
        return self.network.accounts[post.author]

    def uploads(self) -> list[Post]:
        """Return all posts of the account, newest first, removed and private ones too."""
        own = (post for post in self.network.written[self.account.key] if post.kind == "post")
        return sort_newest(own)

    def is_public(self, post: Post) -> bool:
        return post.status == "visible" and post.visibility == "public"

    def is_listed(self, post: Post) -> bool:
        """Return whether a post is in the list of videos, which holds the public ones."""
        return post.author == self.account.key and post.kind == "post" and self.is_public(post)

    def video(self, video_id: str) -> Post | None:
        post = self.network.posts.get(f"{WHERE}/{post_number(video_id)}")
        return post if post is not None and post_id(post) == video_id and self.is_listed(post) else None

    # -- comments ---------------------------------------------------------------------------------

    def is_visible(self, comment: Post, status: str) -> bool:
        """Return whether the account sees a comment.

        A reply is visible only with the comment above it.

        status: PUBLIC leaves out hidden comments.
        """
        if (
            comment.status not in (("visible",) if status == "PUBLIC" else ("visible", "hidden"))
            or self.author(comment).suspended
        ):
            return False
        above = self.network.posts[comment.parent or ""]
        return above.kind != "comment" or self.is_visible(above, status)

    def top_comments(self, video: Post) -> list[Post]:
        """Return the comments on the video itself, removed ones too.

        There are none if comments are switched off.
        """
        return [] if video.comments_off else list(self.network.children[video.key])

    def comment(self, video: Post, comment_id: str) -> Post | None:
        """Return a comment of any level, if the account sees it."""
        post = self.network.posts.get(f"{WHERE}/{post_number(comment_id)}")
        there = (
            post is not None
            and post_id(post) == comment_id
            and post.kind == "comment"
            and post.root == video.key
        )
        return (
            post
            if post is not None and there and not video.comments_off and self.is_visible(post, "ALL")
            else None
        )

    def replies(self, comment: Post) -> list[Post]:
        return [one for one in self.network.children[comment.key] if self.is_visible(one, "ALL")]

    def count_comments(self, video: Post) -> int:
        """Count comments and replies, without hidden ones."""
        heads = [one for one in self.top_comments(video) if self.is_visible(one, "PUBLIC")]
        return len(heads) + sum(self.count_replies(one) for one in heads)

    def count_replies(self, comment: Post) -> int:
        return sum(self.is_visible(one, "PUBLIC") for one in self.replies(comment))

    def sort_comments(self, comments: list[Post], field: str, order: str) -> list[Post]:
        """Sort comments.

        field: likes, replies, create_time, or "" for an order of TikTok's own.
        """
        keys = {
            "likes": lambda one: one.likes,
            "replies": lambda one: len(self.replies(one)),
            "create_time": lambda one: one.created,
        }
        own = sorted(comments, key=lambda one: (one.number * 2654435761 % 2**32, one.number))
        known = own if field not in keys or order == "smart" else sorted(own, key=lambda one: one.number)
        if field in keys and order != "smart":
            known.sort(key=keys[field], reverse=order == "desc")
        first, rest = known[:SORTED], known[SORTED:]
        again = [one for one in first if one.number % AGAIN == 0] if rest else []
        return first + sorted(rest + again, key=lambda one: (-one.likes, one.number))

    def file(self, base: str, name: str, *, signed: bool = True) -> str:
        """Return the address of a cover, a portrait, or an image in a comment."""
        address = f"{base}/obj/{name}~tplv.jpeg"
        if not signed:
            return address
        hour = self.network.now().replace(minute=0, second=0, microsecond=0)
        expires = int((hour + timedelta(hours=FILE_HOURS)).timestamp())
        quoted = signature(name, expires).replace("+", "%2B").replace("=", "%3D")
        return f"{address}?x-expires={expires}&x-signature={quoted}"

    def portrait(self, base: str, account: Account) -> str:
        return self.file(base, f"portrait-{account.number}")

    def address(self, post: Post) -> str:
        kind = "video" if post.video else "photo"
        page = f"https://www.tiktok.com/@{self.author(post).handle}/{kind}/{post_id(post)}"
        return f"{page}?utm_campaign=tt4d_open_api&utm_source={APP}"

    def views(self, post: Post) -> int:
        return post.video.views if post.video else 11 * post.likes

    def text(self, post: Post) -> str:
        """Return the caption.

        A title that the text does not contain is put before it, since no other field holds it.
        """
        title, text = post.now.title, post.now.text
        return text if title in text else "\n".join(filter(None, (title, text)))

    # -- Accounts API -----------------------------------------------------------------------------

    def profile(self, base: str) -> Json:
        one, listed = self.account, [post for post in self.uploads() if self.is_listed(post)]
        return {
            "username": one.handle,
            "display_name": one.name,
            "bio_description": one.about,
            "profile_image": self.portrait(base, one),
            "profile_deep_link": f"https://www.tiktok.com/@{one.handle}?utm_source={APP}",
            "is_verified": one.staff,
            "is_business_account": True,
            "following_count": 3,
            "followers_count": 40 + 7 * one.number,
            "total_likes": sum(post.likes for post in listed),
            "videos_count": len(listed),
        }

    def item(self, base: str, post: Post) -> Json:
        return {
            "item_id": post_id(post),
            "create_time": created_seconds(post),
            "caption": self.text(post),
            "media_type": "VIDEO" if post.video else "PHOTO",
            "share_url": self.address(post),
            "embed_url": f"https://www.tiktok.com/static/profile-video?id={post_id(post)}&hide_author=1",
            "thumbnail_url": self.file(base, f"cover-{post.number}"),
            "video_duration": float(post.video.seconds) if post.video else 0.0,
            "likes": post.likes,
            "comments": self.count_comments(post),
            "shares": post.shares,
            "video_views": self.views(post),
        }

    def comment_item(self, base: str, comment: Post, *, replies: bool = False) -> Json:
        """Return a comment. replies: include the first replies, most liked first."""
        author, parent = self.author(comment), self.network.posts[comment.parent or ""]
        item: Json = {
            "comment_id": post_id(comment),
            "video_id": post_id(self.network.posts[comment.root or ""]),
            "create_time": str(created_seconds(comment)),
            "text": comment.now.text,
            "likes": comment.likes,
            "replies": self.count_replies(comment),
            "liked": False,
            "pinned": False,
            "owner": author.key == self.account.key,
            "status": "HIDDEN" if comment.status == "hidden" else "PUBLIC",
            "username": author.handle,
            "display_name": author.name,
            "profile_image": self.portrait(base, author),
            "unique_identifier": unique_identifier(author),
            "user_id": user_id(author),
        }
        if comment.now.photos:
            item["image_url"] = self.file(base, f"said-{comment.number}", signed=False)
        if parent.kind == "comment":
            return item | {"parent_comment_id": post_id(parent)}
        liked = sorted(self.replies(comment), key=lambda one: (-one.likes, one.number))[:REPLIES_SHOWN]
        return item | ({"reply_list": [self.comment_item(base, one) for one in liked]} if replies else {})

    # -- Display API ------------------------------------------------------------------------------

    def user(self, base: str) -> Json:
        one, portrait = self.account, self.portrait(base, self.account)
        profile = self.profile(base)
        return {
            "open_id": open_id(one.key),
            "union_id": unique_identifier(one),
            "avatar_url": portrait,
            "avatar_url_100": portrait,
            "avatar_large_url": portrait,
            "profile_web_link": f"https://www.tiktok.com/@{one.handle}",
            "follower_count": profile["followers_count"],
            "likes_count": profile["total_likes"],
            "video_count": profile["videos_count"],
            **{name: profile[name] for name in SHARED_FIELDS},
            "following_count": profile["following_count"],
        }

    def shown_video(self, base: str, post: Post) -> Json:
        video = post.video
        return {
            "id": post_id(post),
            "create_time": created_seconds(post),
            "cover_image_url": self.file(base, f"cover-{post.number}"),
            "share_url": self.address(post),
            "video_description": self.text(post),
            "duration": video.seconds if video else 0,
            "height": video.height if video else 0,
            "width": video.width if video else 0,
            "title": self.text(post)[:150],
            "embed_html": (f'<blockquote class="tiktok-embed" data-video-id="{post_id(post)}"></blockquote>'),
            "embed_link": f"https://www.tiktok.com/player/v1/{post_id(post)}",
            "like_count": post.likes,
            "comment_count": self.count_comments(post),
            "share_count": post.shares,
            "view_count": self.views(post),
        }
