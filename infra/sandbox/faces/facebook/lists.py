"""The edges of a Page and of a person.

Sources: developers.facebook.com/docs/graph-api/reference/page/feed, /page/published_posts,
/page/visitor_posts, /page/tagged, /page/video_reels, /user/accounts. "The API will return approximately 600
ranked, published posts per year": Place.yearly. Hidden posts are listed only with include_hidden=true, reels
only by their own edge.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.facebook.access import (
    ENGAGEMENT,
    SHOW_LIST,
    USER_CONTENT,
    WHERE,
    Access,
    is_reel,
    profile_id,
)
from infra.sandbox.faces.facebook.inbox import Inbox
from infra.sandbox.faces.facebook.media import Media
from infra.sandbox.faces.facebook.posts import Posts
from infra.sandbox.faces.facebook.profiles import Edges, Profiles
from infra.sandbox.faces.meta.errors import unpermitted
from infra.sandbox.faces.meta.graph import TRUE, Edge, Key, Node, between, newest_first
from infra.sandbox.model import Account, Event, Photo, Post, Video
from infra.sandbox.validation.meta import EDGES

POSTS = {  # lists of posts, and their permissions
    "feed": (ENGAGEMENT, USER_CONTENT),
    "posts": (ENGAGEMENT, USER_CONTENT),
    "published_posts": (ENGAGEMENT,),
    "visitor_posts": (ENGAGEMENT, USER_CONTENT),
    "tagged": (ENGAGEMENT, USER_CONTENT),
}
SPREAD = timedelta(days=5).total_seconds()  # seconds within which ranking moves a post


def rank(post: Post) -> float:
    """Return the rank of a post, between 0 and 1, always the same."""
    return int.from_bytes(hashlib.sha256(f"rank {post.key}".encode()).digest()[:4], "big") / 2**32


def ranked(post: Post) -> Key:
    return (-int(post.created.timestamp() + SPREAD * (rank(post) - 0.5)), -post.number)


@dataclass(frozen=True)
class Lists:
    """The lists of posts, media, and Pages."""

    access: Access
    profiles: Profiles
    posts: Posts
    media: Media
    inbox: Inbox

    def edges(self, account: Account) -> Edges:
        """Return the edges of a Page, or of the person who has the token."""
        if account.staff:
            return {name: partial(self.edge, account, name) for name in EDGES["Page"]}
        return {"accounts": self.accounts, "permissions": self.permissions}

    def edge(self, page: Account, name: str, modifiers: Mapping[str, str]) -> Edge:
        """Return an edge of a Page by its name."""
        path = f"{profile_id(page)}/{name}"
        if name in ("conversations", "stories"):
            return (
                self.inbox.conversations(page, modifiers)
                if name == "conversations"
                else self.inbox.stories_of(page, modifiers)
            )
        if name == "blocked":
            return self.inbox.blocked(page)
        if name in POSTS:
            self.access.require(page, *POSTS[name])
            return self.list_posts(
                [post for post in self.access.posts if self.is_in_list(post, page, name, modifiers)],
                modifiers,
                path,
            )
        self.access.require(page, ENGAGEMENT)
        if name == "albums":
            return Edge(
                path,
                self.media.albums(page),
                lambda one: self.media.album_node(page, one),
                lambda one: (-one.number if one else 0,),
            )
        if name == "events":
            return self.events(page, path)
        return (
            self.photos(page, path)
            if name == "photos"
            else self.videos(page, path, reels=name == "video_reels")
        )

    def is_in_list(self, post: Post, page: Account, name: str, modifiers: Mapping[str, str]) -> bool:
        if is_reel(post) or (post.status == "hidden" and modifiers.get("include_hidden", "") not in TRUE):
            return False
        own, visiting = post.author == page.key and post.wall is None, post.wall == page.key
        tagged = not own and not visiting and self.access.is_tagged(post, page)
        wanted = {"feed": own or visiting or tagged, "visitor_posts": visiting, "tagged": tagged}
        return wanted.get(name, own and (post.status != "draft"))

    def list_posts(self, posts: list[Post], modifiers: Mapping[str, str], path: str) -> Edge:
        """Return posts, newest first.

        If the place ranks, only some of each year are listed, approximately in their order.
        """
        yearly = self.access.network.places[WHERE].yearly
        if yearly:
            years: defaultdict[int, list[Post]] = defaultdict(list)
            for post in sorted(posts, key=rank, reverse=True):
                years[post.created.year].append(post)
            posts = [post for found in years.values() for post in found[:yearly]]
        key = ranked if yearly else newest_first
        return Edge(path, sorted(between(posts, modifiers), key=key), self.posts.post_node, key, strict=True)

    def own_posts(self, page: Account) -> list[Post]:
        return sorted((post for post in self.access.posts if post.author == page.key), key=newest_first)

    def photos(self, page: Account, path: str) -> Edge:
        """Return the Page's uploads, which the real edge lists with type=uploaded."""
        found = [(post, photo) for post in self.own_posts(page) for photo in post.now.photos]

        def make(one: tuple[Post, Photo]) -> Node:
            return self.media.photo(*one)

        return Edge(path, found, make, lambda one: (*newest_first(one[0]), one[1].number))

    def videos(self, page: Account, path: str, *, reels: bool) -> Edge:
        found = [(post, post.video) for post in self.own_posts(page) if post.video and is_reel(post) == reels]

        def make(one: tuple[Post, Video]) -> Node:
            return self.media.video(*one)

        return Edge(path, found, make, lambda one: newest_first(one[0]))

    def events(self, page: Account, path: str) -> Edge:
        found = [(post, post.event) for post in self.own_posts(page) if post.event]

        def make(one: tuple[Post, Event]) -> Node:
            return self.media.event(*one)

        return Edge(path, found, make, lambda one: newest_first(one[0]))

    def accounts(self, _: Mapping[str, str]) -> Edge:
        """Return the Pages on which the viewer has a role, each with its token."""
        if SHOW_LIST not in self.access.token.scopes:
            raise Refusal(400, unpermitted(SHOW_LIST))
        pages = [self.access.network.accounts[key] for key in self.access.viewer.manages]
        found = [page for page in pages if not page.suspended]
        return Edge(
            f"{profile_id(self.access.viewer)}/accounts", found, self.profiles.page, lambda one: (one.number,)
        )

    def permissions(self, _: Mapping[str, str]) -> Edge:
        """Return the permissions that a person has granted to the application."""
        granted = list(enumerate(self.access.token.scopes))

        def make(one: tuple[int, str]) -> Node:
            return Node("Permission", {"permission": one[1], "status": "granted"})

        return Edge(f"{profile_id(self.access.viewer)}/permissions", granted, make, lambda one: (one[0],))
