"""Posts as nodes.

Sources: developers.facebook.com/docs/graph-api/reference/pagepost. An edit appears only in the message and
in updated_time, which changes with each comment, too.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.facebook.access import USER_CONTENT, Access, object_id, post_id, profile_id
from infra.sandbox.faces.facebook.attachments import Attachments
from infra.sandbox.faces.facebook.feedback import Feedback
from infra.sandbox.faces.facebook.media import Media
from infra.sandbox.faces.facebook.profiles import Profiles
from infra.sandbox.faces.meta.graph import Edge, Node, instant, unpaged
from infra.sandbox.faces.meta.media import FULL, THUMBNAIL, photo_path, video_paths
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post

PUBLIC = {"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"}
NEVER = ("is_expired", "is_popular", "is_spherical", "is_app_share", "is_inline_created", "subscribed")


@dataclass(frozen=True)
class Posts:
    """The nodes of posts."""

    access: Access
    profiles: Profiles
    feedback: Feedback
    attachments: Attachments
    media: Media

    def post_node(self, post: Post) -> Node:
        """Return a post with all of its fields."""
        return Node(
            "PagePost",
            {
                "id": post_id(self.access.network, post),
                **self.content(post),
                **self.state(post),
                **self.edges(post),
            },
        )

    def content(self, post: Post) -> Json:
        """Return the published content and its author."""
        message, tags = self.profiles.rich_text(post.now.text, self.access.page_of(post))
        shares, page = post.shares + self.share_counts[post.key], self.access.page_of(post)
        link = f"{self.access.home(post)}/posts/{object_id(post.number)}"
        return {
            "created_time": instant(post.created),
            "updated_time": instant(self.updated_at(post)),
            "message": message or None,
            "message_tags": tags or None,
            "story": self.story(post, page),
            "from": lambda _: self.profiles.author(self.access.network.accounts[post.author], page),
            "target": self.target(page) if post.wall else None,
            "permalink_url": link,
            "status_type": self.status_type(post),
            "full_picture": lambda _: self.picture(post, FULL),
            "picture": lambda _: self.picture(post, THUMBNAIL),
            "icon": "https://www.facebook.com/images/icons/photo.gif" if post.now.photos else None,
            "parent_id": self.parent_id(post),
            "shares": {"count": shares} if shares else None,
            "properties": [{"name": "Length", "text": f"00:{post.video.seconds:02}"}] if post.video else None,
            "actions": [{"name": name, "link": f"{link}/"} for name in ("Like", "Comment", "Share")],
            "event": lambda _: self.media.event(post, post.event) if post.event else None,
        }

    def state(self, post: Post) -> Json:
        """Return how the platform handles the post."""
        return {
            "is_published": post.status != "draft",
            "is_hidden": post.status == "hidden",
            **dict.fromkeys(NEVER, False),
            "is_eligible_for_promotion": self.access.owns(self.access.page_of(post)),
            "instagram_eligibility": "eligible",
            "promotable_id": post_id(self.access.network, post),
            "privacy": PUBLIC,
            "timeline_visibility": "hidden" if post.status == "hidden" else "normal",
        }

    def edges(self, post: Post) -> Json:
        own = post_id(self.access.network, post)
        return {
            "to": lambda _: self.addressed(post),
            "attachments": lambda _: self.attachments_of(post),
            "comments": lambda modifiers: self.feedback.conversation(post, modifiers, f"{own}/comments"),
            "likes": lambda _: self.feedback.likes(post.likes, f"{own}/likes"),
            "reactions": lambda modifiers: self.post_reactions(post, modifiers, f"{own}/reactions"),
            "sharedposts": lambda _: self.shared_posts(post, f"{own}/sharedposts"),
        }

    def post_reactions(self, post: Post, modifiers: Mapping[str, str], path: str) -> Edge:
        if self.access.token.kind == "page" and self.access.can_read(self.access.page_of(post)):
            self.access.require(self.access.page_of(post), USER_CONTENT)
        return self.feedback.reactions(post.likes, modifiers, path)

    # -- the properties of a post ------------------------------------------------------------------

    def updated_at(self, post: Post) -> datetime:
        comments = [
            one.created
            for top in self.access.network.children[post.key]
            for one in (top, *self.access.network.children[top.key])
        ]
        return max([post.changed or post.created, *comments])

    def status_type(self, post: Post) -> str:
        if post.repost or post.quote:
            return "shared_story"
        if post.event:
            return "created_event"
        kinds = {"added_photos": post.now.photos, "added_video": post.video, "wall_post": post.wall}
        return next((kind for kind, there in kinds.items() if there), "mobile_status_update")

    def story(self, post: Post, page: Account) -> str | None:
        """Return the sentence above a post that shares, adds photos, or creates an event."""
        name, count = self.access.network.accounts[post.author].name, len(post.now.photos)
        shared = self.access.network.posts.get(post.repost or post.quote or "")
        if shared is not None:
            owner = self.access.page_of(shared)
            return (
                f"{name} shared a post." if owner.key == page.key else f"{name} shared {owner.name}'s post."
            )
        if post.album and count:
            return (
                f"{name} added {count} new photo{'s'[: count > 1]} to the album:"
                f" {self.access.network.albums[post.album].name}."
            )
        if count > 1:
            return f"{name} added {count} new photos."
        return f"{name} created an event." if post.event else None

    def picture(self, post: Post, most: int) -> str | None:
        """Return the first photo, the preview of the video, or the shared post's image."""
        if post.now.photos:
            return self.access.url(photo_path(post.now.photos[0], most))
        if post.video:
            return self.access.url(video_paths(post)[1])
        shared = self.access.network.posts.get(post.repost or post.quote or "")
        return self.picture(shared, most) if shared is not None and self.access.is_visible(shared) else None

    def parent_id(self, post: Post) -> str | None:
        shared = self.access.network.posts.get(post.repost or post.quote or "")
        return (
            post_id(self.access.network, shared)
            if shared is not None and self.access.is_visible(shared)
            else None
        )

    # -- edges of a post ---------------------------------------------------------------------------

    def target(self, account: Account) -> Node:
        return Node("Profile", {"id": profile_id(account), "name": account.name})

    def addressed(self, post: Post) -> Edge | None:
        """Return the accounts that a post tags, and the Page on which a visitor wrote it."""
        tags = self.profiles.rich_text(post.now.text, self.access.page_of(post))[1]
        named = [self.target(self.access.page_of(post))] if post.wall else []
        named += [Node("Profile", {"id": tag["id"], "name": tag["name"]}) for tag in tags]
        return unpaged(f"{post_id(self.access.network, post)}/to", named) if named else None

    def attachments_of(self, post: Post) -> Edge | None:
        """Return a post's own media, or the post that it shares, or its first link."""
        found = list(self.attachments.attached(post))
        shared = self.access.network.posts.get(post.repost or post.quote or "")
        if not found and shared is not None and self.access.is_visible(shared):
            url = f"{self.access.home(shared)}/posts/{object_id(shared.number)}/"
            page = self.access.page_of(shared)
            more = {"title": page.name, "description": self.profiles.rich_text(shared.now.text, page)[0]}
            found = [self.attachments.attachment("status", "share", url, target=shared.number, **more)]
        elif not found and shared is None and (links := values(post.now.text, "link")):
            found = [self.attachments.link_attachment(links[0])]
        return unpaged(f"{post_id(self.access.network, post)}/attachments", found) if found else None

    @cached_property
    def share_counts(self) -> Counter[str]:
        return Counter(post.repost or post.quote or "" for post in self.access.posts)

    def shared_posts(self, post: Post, path: str) -> Edge:
        found = [one for one in self.access.posts if post.key in (one.repost, one.quote)]
        return Edge(path, found, self.post_node, lambda one: (one.number,))
