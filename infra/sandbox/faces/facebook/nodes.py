"""Pages, people, posts, and comments as nodes.

Sources: developers.facebook.com/docs/graph-api/reference/page, /user, /profile-picture-source, /page/feed
(message_tags), /pagepost, /comment, /object/comments. An edit appears only in the message and in
updated_time, which changes with each comment, too. Comments are listed as a stream of all levels, or only the
top level. `total_count` counts invisible comments, too, and so may be larger than the list.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.facebook.access import (
    USER_CONTENT,
    WHERE,
    WWW,
    Access,
    object_id,
    post_id,
    profile_id,
)
from infra.sandbox.faces.facebook.inbox import Inbox
from infra.sandbox.faces.facebook.lists import Lists
from infra.sandbox.faces.facebook.media import Media
from infra.sandbox.faces.instagram import nodes as instagram_ids
from infra.sandbox.faces.meta.errors import error
from infra.sandbox.faces.meta.graph import Edge, Node, between, instant, unpaged
from infra.sandbox.faces.meta.media import FULL, THUMBNAIL, photo_path, signed, video_paths
from infra.sandbox.markup import pieces, values
from infra.sandbox.model import Account, Photo, Post

TASKS = ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"]
CATEGORY = {"id": "2603", "name": "Government organization"}
ORDERS, FILTERS = ("chronological", "reverse_chronological"), ("toplevel", "stream")
PUBLIC = {"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"}
NEVER = ("is_expired", "is_popular", "is_spherical", "is_app_share", "is_inline_created", "subscribed")


def parse_choice(modifiers: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    """Return a parameter that has a few values; the first is the default."""
    value = modifiers.get(name, words[0])
    if value not in words:
        raise Refusal(
            400, error(100, message=f"(#100) {name} must be one of the following values: {', '.join(words)}")
        )
    return value


@dataclass(frozen=True)
class Nodes:
    """The nodes that one token sees. Created for each request."""

    access: Access

    @cached_property
    def media(self) -> Media:
        return Media(self.access, self)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self.access, self)

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.access, self)

    # -- profiles ----------------------------------------------------------------------------------

    def is_named(self, account: Account, page: Account) -> bool:
        """Return whether the token sees the name of an author on a Page.

        Pages are named to everybody. People are named to the Page's own token, to the Page that they tag on
        their own timeline, and to themselves.
        """
        return (
            account.staff
            or self.access.owns(page)
            or account.key == self.access.token.account
            or (self.access.token.kind == "page" and not page.staff)
        )

    def author(self, account: Account, page: Account) -> Node | None:
        """Return `from` of a post or comment on a Page."""
        return self.profile_node(account) if self.is_named(account, page) else None

    def profile_node(self, account: Account) -> Node:
        return self.page(account) if account.staff else self.user(account)

    def portrait(self, account: Account) -> Json:
        url = signed(
            self.access.base, f"v/t39.30808-1/p50x50/{profile_id(account)}_n.jpg", self.access.network.now()
        )
        return {"data": {"height": 50, "is_silhouette": False, "url": url, "width": 50}}

    def page(self, account: Account) -> Node:
        likes, url = 1200 + 31 * account.number, f"{WWW}/{account.handle}"
        values: Json = {
            "id": profile_id(account),
            "name": account.name,
            "username": account.handle,
            "about": account.about or None,
            "category": CATEGORY["name"],
            "category_list": [CATEGORY],
            "fan_count": likes,
            "followers_count": likes + 40,
            "link": url,
            "is_published": account.published,
            "is_community_page": False,
            "is_permanently_closed": False,
            "is_verified": False,
            "verification_status": "not_verified",
            "has_transitioned_to_new_page_experience": True,
            "website": "https://www.cascadevalley.test",
            "picture": lambda _: self.portrait(account),
        }
        if self.access.manages(account):
            linked = self.access.network.accounts.get(account.linked or "")
            values["instagram_business_account"] = self.instagram(linked) if linked else None
            values |= {
                "can_post": True,
                "tasks": self.access.viewer.tasks or TASKS,
                "access_token": lambda _: self.access.page_token(account).secret,
            }
        return Node("Page", {**values, **self.lists.edges(account)})

    def instagram(self, account: Account) -> Node:
        return Node(
            "IGUser", {"id": instagram_ids.user_id(account), "username": account.handle, "name": account.name}
        )

    def user(self, account: Account) -> Node:
        first, _, last = account.name.partition(" ")
        more: Json = {}
        if account.key == self.access.token.account:
            more = {"first_name": first, "last_name": last or None, "short_name": first}
            more |= {"accounts": self.lists.accounts, "permissions": self.lists.permissions}
        return Node(
            "User",
            {
                "id": profile_id(account),
                "name": account.name,
                "picture": lambda _: self.portrait(account),
                **more,
            },
        )

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

    # -- text --------------------------------------------------------------------------------------

    def rich_text(self, text: str, page: Account) -> tuple[str, list[Json]]:
        """Return a text with names instead of handles, and its tags.

        Offsets count code points.
        """
        shown, tags = "", []
        for piece in pieces(text):
            known = (
                self.access.network.accounts.get(f"{WHERE}/{piece.value}")
                if piece.kind == "mention"
                else None
            )
            words = known.name if known is not None else text[piece.start : piece.end]
            if known is not None and self.is_named(known, page):
                kind = "page" if known.staff else "user"
                tags.append(
                    {
                        "id": profile_id(known),
                        "name": words,
                        "type": kind,
                        "offset": len(shown),
                        "length": len(words),
                    }
                )
            shown += words
        return shown, tags

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
        message, tags = self.rich_text(post.now.text, page)
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
                "from": lambda _: self.author(author, page),
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
            return self.media.photo_attachment(post, post.now.photos[0])
        links = values(post.now.text, "link")
        return self.media.link_attachment(links[0]) if links else None

    # -- posts -------------------------------------------------------------------------------------

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
        message, tags = self.rich_text(post.now.text, self.access.page_of(post))
        shares, page = post.shares + self.share_counts[post.key], self.access.page_of(post)
        link = f"{self.media.home(post)}/posts/{object_id(post.number)}"
        return {
            "created_time": instant(post.created),
            "updated_time": instant(self.updated_at(post)),
            "message": message or None,
            "message_tags": tags or None,
            "story": self.story(post, page),
            "from": lambda _: self.author(self.access.network.accounts[post.author], page),
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
            "attachments": lambda _: self.attachments(post),
            "comments": lambda modifiers: self.conversation(post, modifiers, f"{own}/comments"),
            "likes": lambda _: self.likes(post.likes, f"{own}/likes"),
            "reactions": lambda modifiers: self.post_reactions(post, modifiers, f"{own}/reactions"),
            "sharedposts": lambda _: self.shared_posts(post, f"{own}/sharedposts"),
        }

    def post_reactions(self, post: Post, modifiers: Mapping[str, str], path: str) -> Edge:
        if self.access.token.kind == "page" and self.access.can_read(self.access.page_of(post)):
            self.access.require(self.access.page_of(post), USER_CONTENT)
        return self.reactions(post.likes, modifiers, path)

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
            return self.media.url(photo_path(post.now.photos[0], most))
        if post.video:
            return self.media.url(video_paths(post)[1])
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
        tags = self.rich_text(post.now.text, self.access.page_of(post))[1]
        named = [self.target(self.access.page_of(post))] if post.wall else []
        named += [Node("Profile", {"id": tag["id"], "name": tag["name"]}) for tag in tags]
        return unpaged(f"{post_id(self.access.network, post)}/to", named) if named else None

    def attachments(self, post: Post) -> Edge | None:
        """Return a post's own media, or the post that it shares, or its first link."""
        found = list(self.media.attached(post))
        shared = self.access.network.posts.get(post.repost or post.quote or "")
        if not found and shared is not None and self.access.is_visible(shared):
            url = f"{self.media.home(shared)}/posts/{object_id(shared.number)}/"
            page = self.access.page_of(shared)
            more = {"title": page.name, "description": self.rich_text(shared.now.text, page)[0]}
            found = [self.media.attachment("status", "share", url, target=shared.number, **more)]
        elif not found and shared is None and (links := values(post.now.text, "link")):
            found = [self.media.link_attachment(links[0])]
        return unpaged(f"{post_id(self.access.network, post)}/attachments", found) if found else None

    @cached_property
    def share_counts(self) -> Counter[str]:
        return Counter(post.repost or post.quote or "" for post in self.access.posts)

    def shared_posts(self, post: Post, path: str) -> Edge:
        found = [one for one in self.access.posts if post.key in (one.repost, one.quote)]
        return Edge(path, found, self.post_node, lambda one: (one.number,))
