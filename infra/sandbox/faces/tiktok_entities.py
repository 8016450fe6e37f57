"""TikTok's profiles, videos, photo posts and comments as JSON, in the forms of both of its APIs.

Fields: business-api.tiktok.com/portal/docs (Accounts API: /business/get/, /business/video/list/,
/business/comment/list/) and developers.tiktok.com/doc/tiktok-api-v2-video-object, -get-user-info (Display
API). Figures of the audience are not there.
"""

from datetime import timedelta
from typing import Any

from infra.sandbox.faces import tiktok_ids as ids
from infra.sandbox.faces.tiktok_sight import Sight
from infra.sandbox.model import Account, Post

Json = dict[str, Any]
REPLIES_SHOWN = 3
APP = "7367211510419947537"


def seconds(post: Post) -> int:
    return int(post.created.timestamp())


class Entities(Sight):
    def file(self, base: str, name: str, *, signed: bool = True) -> str:
        """Of a cover, a portrait or a picture in a comment."""
        address = f"{base}/obj/{name}~tplv.jpeg"
        if not signed:
            return address
        hour = self.network.now().replace(minute=0, second=0, microsecond=0)
        expires = int((hour + timedelta(hours=ids.FILE_HOURS)).timestamp())
        return f"{address}?x-expires={expires}&x-signature={ids.signature(name, expires).replace('+', '%2B').replace('=', '%3D')}"

    def portrait(self, base: str, account: Account) -> str:
        return self.file(base, f"portrait-{account.number}")

    def address(self, post: Post) -> str:
        kind = "video" if post.video else "photo"
        return f"https://www.tiktok.com/@{self.author(post).handle}/{kind}/{ids.native(post)}?utm_campaign=tt4d_open_api&utm_source={APP}"

    def views(self, post: Post) -> int:
        return post.video.views if post.video else 11 * post.likes

    def text(self, post: Post) -> str:
        """A title that the text does not hold is what the caption begins with: there is no other place for
        it.
        """
        title, text = post.now.title, post.now.text
        return text if title in text else "\n".join(filter(None, (title, text)))

    # -- Accounts API -----------------------------------------------------------------------------

    def profile(self, base: str) -> Json:
        one, listed = self.account, [post for post in self.uploads() if self.shown(post)]
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
            "item_id": ids.native(post),
            "create_time": seconds(post),
            "caption": self.text(post),
            "media_type": "VIDEO" if post.video else "PHOTO",
            "share_url": self.address(post),
            "embed_url": f"https://www.tiktok.com/static/profile-video?id={ids.native(post)}&hide_author=1",
            "thumbnail_url": self.file(base, f"cover-{post.number}"),
            "video_duration": float(post.video.seconds) if post.video else 0.0,
            "likes": post.likes,
            "comments": self.count(post),
            "shares": post.shares,
            "video_views": self.views(post),
        }

    def comment_json(self, base: str, comment: Post, *, replies: bool = False) -> Json:
        """`replies`: with the first answers to it, which are those that are liked most."""
        author, parent = self.author(comment), self.network.posts[comment.parent or ""]
        told: Json = {
            "comment_id": ids.native(comment),
            "video_id": ids.native(self.network.posts[comment.root or ""]),
            "create_time": str(seconds(comment)),
            "text": comment.now.text,
            "likes": comment.likes,
            "replies": self.answered(comment),
            "liked": False,
            "pinned": False,
            "owner": author.key == self.account.key,
            "status": "HIDDEN" if comment.status == "hidden" else "PUBLIC",
            "username": author.handle,
            "display_name": author.name,
            "profile_image": self.portrait(base, author),
            "unique_identifier": ids.unique_identifier(author),
            "user_id": ids.user_id(author),
        }
        if comment.now.photos:
            told["image_url"] = self.file(base, f"said-{comment.number}", signed=False)
        if parent.kind == "comment":
            return told | {"parent_comment_id": ids.native(parent)}
        liked = sorted(self.answers(comment), key=lambda one: (-one.likes, one.number))[:REPLIES_SHOWN]
        return told | ({"reply_list": [self.comment_json(base, one) for one in liked]} if replies else {})

    # -- Display API ------------------------------------------------------------------------------

    def user(self, base: str) -> Json:
        one, portrait = self.account, self.portrait(base, self.account)
        profile = self.profile(base)
        return {
            "open_id": ids.open_id(one.key),
            "union_id": ids.unique_identifier(one),
            "avatar_url": portrait,
            "avatar_url_100": portrait,
            "avatar_large_url": portrait,
            "profile_web_link": f"https://www.tiktok.com/@{one.handle}",
            "follower_count": profile["followers_count"],
            "likes_count": profile["total_likes"],
            "video_count": profile["videos_count"],
            **{
                name: profile[name]
                for name in (
                    "display_name",
                    "bio_description",
                    "profile_deep_link",
                    "is_verified",
                    "username",
                )
            },
            "following_count": profile["following_count"],
        }

    def shown_video(self, base: str, post: Post) -> Json:
        video = post.video
        return {
            "id": ids.native(post),
            "create_time": seconds(post),
            "cover_image_url": self.file(base, f"cover-{post.number}"),
            "share_url": self.address(post),
            "video_description": self.text(post),
            "duration": video.seconds if video else 0,
            "height": video.height if video else 0,
            "width": video.width if video else 0,
            "title": self.text(post)[:150],
            "embed_html": (
                f'<blockquote class="tiktok-embed" data-video-id="{ids.native(post)}"></blockquote>'
            ),
            "embed_link": f"https://www.tiktok.com/player/v1/{ids.native(post)}",
            "like_count": post.likes,
            "comment_count": self.count(post),
            "share_count": post.shares,
            "view_count": self.views(post),
        }
