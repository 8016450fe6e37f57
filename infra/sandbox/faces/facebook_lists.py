"""The lists in which what a Page published stands, and the one of the Pages that a person manages.

Sources: developers.facebook.com/docs/graph-api/reference/page/feed, /page/published_posts,
/page/visitor_posts, /page/tagged, /page/video_reels, /user/accounts. "The API will return approximately 600
ranked, published posts per year": Place.yearly. Hidden posts are listed with include_hidden=true only, and
reels by their own edge only.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.facebook_ids import WHERE, profile_id
from infra.sandbox.faces.facebook_inbox import Inbox
from infra.sandbox.faces.facebook_sight import ENGAGEMENT, SHOW_LIST, USER_CONTENT, reel
from infra.sandbox.faces.meta_errors import unpermitted
from infra.sandbox.faces.meta_graph import TRUE, Edge, Key, Node
from infra.sandbox.faces.meta_times import between
from infra.sandbox.model import Account, Event, Photo, Post, Video
from infra.sandbox.validation.meta import EDGES

POSTS = {  # lists of posts, and what they need to be permitted
    "feed": (ENGAGEMENT, USER_CONTENT),
    "posts": (ENGAGEMENT, USER_CONTENT),
    "published_posts": (ENGAGEMENT,),
    "visitor_posts": (ENGAGEMENT, USER_CONTENT),
    "tagged": (ENGAGEMENT, USER_CONTENT),
}
SPREAD = timedelta(days=5).total_seconds()  # how far from its time a ranked post may stand


def draw(post: Post) -> float:
    """Between 0 and 1, always the same for a post."""
    return int.from_bytes(hashlib.sha256(f"rank {post.key}".encode()).digest()[:4], "big") / 2**32


def newest_first(post: Post) -> Key:
    return (-int(post.created.timestamp()), -post.number)


def ranked(post: Post) -> Key:
    return (-int(post.created.timestamp() + SPREAD * (draw(post) - 0.5)), -post.number)


class Lists(Inbox):
    def page(self, account: Account) -> Node:
        own = super().page(account)
        edges = {name: partial(self.edge, account, name) for name in EDGES["Page"]}
        return Node(own.kind, {**own.values, **edges})

    def user(self, account: Account) -> Node:
        own = super().user(account)
        if account.key != self.token.account:
            return own
        return Node(
            own.kind,
            {
                **own.values,
                "accounts": lambda _: self.accounts(),
                "permissions": lambda _: self.permissions(),
            },
        )

    def edge(self, page: Account, name: str, modifiers: Mapping[str, str]) -> Edge:
        """An edge of a Page by its name."""
        path = f"{profile_id(page)}/{name}"
        if name in ("conversations", "stories"):
            return (
                self.conversations(page, modifiers)
                if name == "conversations"
                else self.stories_of(page, modifiers)
            )
        if name == "blocked":
            return self.blocked(page)
        if name in POSTS:
            self.need(page, *POSTS[name])
            return self.listed(
                [post for post in self.posts if self.belongs(post, page, name, modifiers)], modifiers, path
            )
        self.need(page, ENGAGEMENT)
        if name == "albums":
            return Edge(
                path,
                self.albums(page),
                lambda one: self.album_node(page, one),
                lambda one: (-one.number if one else 0,),
            )
        if name == "events":
            return self.events(page, path)
        return (
            self.photos(page, path)
            if name == "photos"
            else self.videos(page, path, reels=name == "video_reels")
        )

    def belongs(self, post: Post, page: Account, name: str, modifiers: Mapping[str, str]) -> bool:
        if reel(post) or (post.status == "hidden" and modifiers.get("include_hidden", "") not in TRUE):
            return False
        own, visiting = post.author == page.key and post.wall is None, post.wall == page.key
        tagged = not own and not visiting and self.tagged(post, page)
        wanted = {"feed": own or visiting or tagged, "visitor_posts": visiting, "tagged": tagged}
        return wanted.get(name, own and (post.status != "draft"))

    def listed(self, posts: list[Post], modifiers: Mapping[str, str], path: str) -> Edge:
        """All, newest first; or where the place ranks, some of each year, about in their order."""
        yearly = self.network.places[WHERE].yearly
        if yearly:
            years: defaultdict[int, list[Post]] = defaultdict(list)
            for post in sorted(posts, key=draw, reverse=True):
                years[post.created.year].append(post)
            posts = [post for found in years.values() for post in found[:yearly]]
        key = ranked if yearly else newest_first
        return Edge(path, sorted(between(posts, modifiers), key=key), self.post_node, key, strict=True)

    def own(self, page: Account) -> list[Post]:
        return sorted((post for post in self.posts if post.author == page.key), key=newest_first)

    def photos(self, page: Account, path: str) -> Edge:
        """The Page's uploads: what the real edge gives with type=uploaded."""
        found = [(post, photo) for post in self.own(page) for photo in post.now.photos]

        def make(one: tuple[Post, Photo]) -> Node:
            return self.photo(*one)

        return Edge(path, found, make, lambda one: (*newest_first(one[0]), one[1].number))

    def videos(self, page: Account, path: str, *, reels: bool) -> Edge:
        found = [(post, post.video) for post in self.own(page) if post.video and reel(post) == reels]

        def make(one: tuple[Post, Video]) -> Node:
            return self.video(*one)

        return Edge(path, found, make, lambda one: newest_first(one[0]))

    def events(self, page: Account, path: str) -> Edge:
        found = [(post, post.event) for post in self.own(page) if post.event]

        def make(one: tuple[Post, Event]) -> Node:
            return self.event(*one)

        return Edge(path, found, make, lambda one: newest_first(one[0]))

    def accounts(self) -> Edge:
        """The Pages on which whoever asks has a role, each with its token."""
        if SHOW_LIST not in self.token.scopes:
            raise Refusal(400, unpermitted(SHOW_LIST))
        pages = [self.network.accounts[key] for key in self.viewer.manages]
        found = [page for page in pages if not page.suspended]
        return Edge(f"{profile_id(self.viewer)}/accounts", found, self.page, lambda one: (one.number,))

    def permissions(self) -> Edge:
        """What a person has permitted the app."""
        granted = list(enumerate(self.token.scopes))

        def make(one: tuple[int, str]) -> Node:
            return Node("Permission", {"permission": one[1], "status": "granted"})

        return Edge(f"{profile_id(self.viewer)}/permissions", granted, make, lambda one: (one[0],))
