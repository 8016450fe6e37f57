"""Posts as nodes.

Source: developers.facebook.com/docs/graph-api/reference/pagepost. An edit shows in the message and in
updated_time only, and updated_time moves with every comment, too.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property

from infra.sandbox.faces.facebook_comments import Comments
from infra.sandbox.faces.facebook_ids import object_id, post_id, profile_id
from infra.sandbox.faces.facebook_sight import USER_CONTENT
from infra.sandbox.faces.meta_graph import Edge, Json, Node
from infra.sandbox.faces.meta_media import FULL, THUMBNAIL, photo_path, video_paths
from infra.sandbox.faces.meta_times import instant
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post

PUBLIC = {"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"}
NEVER = ("is_expired", "is_popular", "is_spherical", "is_app_share", "is_inline_created", "subscribed")


class Posts(Comments):
    def post_node(self, post: Post) -> Node:
        """All that there is to tell of a post."""
        return Node(
            "PagePost",
            {"id": post_id(self.network, post), **self.told(post), **self.state(post), **self.edges(post)},
        )

    def told(self, post: Post) -> Json:
        """What was published, and by whom."""
        message, tags = self.written(post.now.text, self.page_of(post))
        shares, page = post.shares + self.passed_on[post.key], self.page_of(post)
        link = f"{self.home(post)}/posts/{object_id(post.number)}"
        return {
            "created_time": instant(post.created),
            "updated_time": instant(self.updated(post)),
            "message": message or None,
            "message_tags": tags or None,
            "story": self.story(post, page),
            "from": lambda _: self.author(self.network.accounts[post.author], page),
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
            "event": lambda _: self.event(post, post.event) if post.event else None,
        }

    def state(self, post: Post) -> Json:
        """How the platform treats it."""
        return {
            "is_published": post.status != "draft",
            "is_hidden": post.status == "hidden",
            **dict.fromkeys(NEVER, False),
            "is_eligible_for_promotion": self.owns(self.page_of(post)),
            "instagram_eligibility": "eligible",
            "promotable_id": post_id(self.network, post),
            "privacy": PUBLIC,
            "timeline_visibility": "hidden" if post.status == "hidden" else "normal",
        }

    def edges(self, post: Post) -> Json:
        own = post_id(self.network, post)
        return {
            "to": lambda _: self.addressed(post),
            "attachments": lambda _: self.attachments(post),
            "comments": lambda modifiers: self.conversation(post, modifiers, f"{own}/comments"),
            "likes": lambda _: self.likes(post.likes, f"{own}/likes"),
            "reactions": lambda modifiers: self.liked(post, modifiers, f"{own}/reactions"),
            "sharedposts": lambda _: self.shared_posts(post, f"{own}/sharedposts"),
        }

    def liked(self, post: Post, modifiers: Mapping[str, str], path: str) -> Edge:
        if self.token.kind == "page" and self.reads(self.page_of(post)):
            self.need(self.page_of(post), USER_CONTENT)
        return self.reactions(post.likes, modifiers, path)

    # -- what a post tells ------------------------------------------------------------------------

    def updated(self, post: Post) -> datetime:
        comments = [
            one.created
            for top in self.network.children[post.key]
            for one in (top, *self.network.children[top.key])
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
        """The sentence above a post that does more than to say something."""
        name, count = self.network.accounts[post.author].name, len(post.now.photos)
        shared = self.network.posts.get(post.repost or post.quote or "")
        if shared is not None:
            owner = self.page_of(shared)
            return (
                f"{name} shared a post." if owner.key == page.key else f"{name} shared {owner.name}'s post."
            )
        if post.album and count:
            return (
                f"{name} added {count} new photo{'s'[: count > 1]} to the album:"
                f" {self.network.albums[post.album].name}."
            )
        if count > 1:
            return f"{name} added {count} new photos."
        return f"{name} created an event." if post.event else None

    def picture(self, post: Post, most: int) -> str | None:
        """The first photo of a post, a video's first frame, or what the shared post has."""
        if post.now.photos:
            return self.url(photo_path(post.now.photos[0], most))
        if post.video:
            return self.url(video_paths(post)[1])
        shared = self.network.posts.get(post.repost or post.quote or "")
        return self.picture(shared, most) if shared is not None and self.visible(shared) else None

    def parent_id(self, post: Post) -> str | None:
        shared = self.network.posts.get(post.repost or post.quote or "")
        return post_id(self.network, shared) if shared is not None and self.visible(shared) else None

    # -- who and what hangs on it -----------------------------------------------------------------

    def target(self, account: Account) -> Node:
        return Node("Profile", {"id": profile_id(account), "name": account.name})

    def addressed(self, post: Post) -> Edge | None:
        """Who is tagged in a post, and on whose page a visitor wrote."""
        tags = self.written(post.now.text, self.page_of(post))[1]
        wall = [{"id": profile_id(self.page_of(post)), "name": self.page_of(post).name}] if post.wall else []
        named = [*wall, *({"id": tag["id"], "name": tag["name"]} for tag in tags)]
        path = f"{post_id(self.network, post)}/to"
        edge = Edge(
            path,
            list(enumerate(named)),
            lambda one: Node("Profile", one[1]),
            lambda one: (one[0],),
            paged=False,
        )
        return edge if named else None

    def attachments(self, post: Post) -> Edge | None:
        """What hangs on a post: its own photos and the like, else what it shares, else the page that it links
        to.
        """
        found = list(self.attached(post))
        shared = self.network.posts.get(post.repost or post.quote or "")
        if not found and shared is not None and self.visible(shared):
            url = f"{self.home(shared)}/posts/{object_id(shared.number)}/"
            told = self.written(shared.now.text, self.page_of(shared))[0]
            found = [
                self.attachment(
                    "status",
                    "share",
                    url,
                    target=shared.number,
                    title=self.page_of(shared).name,
                    description=told,
                )
            ]
        elif not found and shared is None and (links := values(post.now.text, "link")):
            found = [self.link_attachment(links[0])]
        path = f"{post_id(self.network, post)}/attachments"
        return (
            Edge(path, list(enumerate(found)), lambda one: one[1], lambda one: (one[0],), paged=False)
            if found
            else None
        )

    @cached_property
    def passed_on(self) -> Counter[str]:
        return Counter(post.repost or post.quote or "" for post in self.posts)

    def shared_posts(self, post: Post, path: str) -> Edge:
        found = [one for one in self.posts if post.key in (one.repost, one.quote)]
        return Edge(path, found, self.post_node, lambda one: (one.number,))
