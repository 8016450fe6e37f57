"""Profiles, posts, replies, and insights of Threads as nodes.

A shortcode is the number of a media in 64 characters, as on Instagram. Sources: the pages of
developers.facebook.com/docs/threads that validation/threads names.
- A reply is a post of its own, at any depth. `root_post` and `replied_to` are what it replies to; a reply to
  a deleted post has no `replied_to`.
- Only a top-level reply can be hidden, and all replies below it with it; they remain in the lists, with their
  hide_status.
- `owner` is present only on the account's own top-level posts, `username` and `permalink` on those of public
  profiles and of the account itself.
- No field shows an edit. Only insights show likes, and only of the account's own posts.
- A reply that awaits approval is only in `pending_replies`.
- Lists of several pages have cursors but no links, lists of one page have neither
  (retrieve-and-discover-posts).
- Insights count a post since it was published, a profile for a day
  (developers.facebook.com/docs/threads/insights).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.instagram.nodes import in_letters
from infra.sandbox.faces.meta.errors import error
from infra.sandbox.faces.meta.graph import (
    Edge,
    Key,
    Node,
    between,
    instant,
    moment,
    newest_first,
    read_number,
)
from infra.sandbox.faces.meta.media import photo_path, signed, video_paths
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Photo, Poll, Post, Token
from infra.sandbox.network import Network

WHERE = "threads"
OBJECTS, USERS = 18_000_000_000_000_000, 26_000_000_000_000_000
KIND = "ThreadsMedia"
GHOST_LIVES = timedelta(hours=24)
FIRST_DAY = 1_688_540_400  # earliest `since` of mentions
AUDIENCES = {
    "public": "EVERYONE",
    "followed": "ACCOUNTS_YOU_FOLLOW",
    "mentioned": "MENTIONED_ONLY",
    "followers": "FOLLOWERS_ONLY",
}


def media_id(number: int) -> str:
    return str(OBJECTS + 1013 * number)


def number_of(node_id: str) -> int | None:
    return read_number(node_id, OBJECTS, 1013)


def user_id(account: Account) -> str:
    return str(USERS + 7907 * account.number)


def shortcode(post: Post) -> str:
    return in_letters(int(media_id(post.number)))


def permalink(post: Post, author: Account) -> str:
    return f"https://www.threads.com/@{author.handle}/post/{shortcode(post)}"


def _is_hidden(network: Network, reply: Post) -> bool:
    """Return whether a reply is hidden, or below a hidden one.

    The documentation leaves open whether such replies are counted.
    """
    while reply.root is not None and reply.status != "hidden":
        reply = network.posts[reply.parent or reply.root]
    return reply.root is not None


def count_reactions(network: Network, post: Post) -> dict[str, int]:
    said = network.talk[post.key] if post.root is None else network.children[post.key]
    sharing = [one for one in network.sharing[post.key] if one.status != "removed"]
    return {
        "views": (post.video.views if post.video else 0) + 7 * post.likes,
        "likes": post.likes,
        "replies": len(
            [one for one in said if one.status not in ("removed", "held") and not _is_hidden(network, one)]
        ),
        "reposts": post.shares + sum(one.repost == post.key for one in sharing),
        "quotes": sum(one.quote == post.key for one in sharing),
        "shares": 0,
    }


def _metric(about: str, name: str, period: str, **value: object) -> Json:
    return {
        "name": name,
        "period": period,
        "title": name.title(),
        "description": f"{name}.",
        "id": f"{about}/insights/{name}/{period}",
        **value,
    }


def media_insights(network: Network, post: Post) -> Iterator[Json]:
    for name, count in count_reactions(network, post).items():
        yield _metric(media_id(post.number), name, "lifetime", values=[{"value": count}])


def midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def account_insights(network: Network, account: Account, posts: Sequence[Post]) -> Iterator[Json]:
    own = [count_reactions(network, post) for post in posts]
    ends = instant(midnight(network.now()) - timedelta(days=1))
    yield _metric(
        user_id(account),
        "views",
        "day",
        values=[{"value": sum(one["views"] for one in own), "end_time": ends}],
    )
    for name in ("likes", "replies", "reposts", "quotes"):
        yield _metric(user_id(account), name, "day", total_value={"value": sum(one[name] for one in own)})
    yield _metric(
        user_id(account), "followers_count", "day", total_value={"value": 300 + 17 * account.number}
    )


def oldest_first(post: Post) -> Key:
    return (int(post.created.timestamp()), post.number)


def poll(given: Poll) -> Node:
    votes = sum(given.votes)
    shown: Json = {"expiration_timestamp": instant(given.ends), "total_votes": votes}
    for letter, option, count in zip("abcd", given.options, given.votes, strict=False):
        shown[f"option_{letter}"] = option
        shown[f"option_{letter}_votes_percentage"] = round(count / votes, 4) if votes else 0
    return Node("ThreadsPoll", shown)


@dataclass(frozen=True)
class Nodes:
    """The nodes that one token sees. Created for each request."""

    network: Network
    base: str  # address of the face
    token: Token

    @property
    def owner(self) -> Account:
        return self.network.accounts[self.token.account]

    def require(self, scope: str, *, allowed: bool = True) -> None:
        if scope not in self.token.scopes or not allowed:
            raise Refusal(
                400,
                error(
                    10, message="Application does not have permission for this action", kind="THApiException"
                ),
            )

    # -- visibility --------------------------------------------------------------------------------

    def exists(self, post: Post) -> bool:
        """Return whether a post is neither deleted nor pending, and its author active."""
        return post.status in ("visible", "hidden") and not self.network.accounts[post.author].suspended

    def own_posts(self, kind: str) -> list[Post]:
        return sorted(
            (
                one
                for one in self.here()
                if one.author == self.owner.key and one.kind == kind and self.exists(one)
            ),
            key=newest_first,
        )

    def here(self) -> Iterator[Post]:
        return (one for one in self.network.posts.values() if one.where == WHERE)

    def threads(self) -> list[Post]:
        return [one for one in self.own_posts("post") if not one.ghost or self.ghost_lives(one)]

    def ghost_lives(self, post: Post) -> bool:
        return post.created + GHOST_LIVES > self.network.now()

    def mentions(self) -> list[Post]:
        """Return public posts and replies of others that name the account."""
        others = (
            one
            for one in self.here()
            if one.author != self.owner.key and one.status == "visible" and self.exists(one)
        )
        public = (one for one in others if self.network.accounts[one.author].published)
        return sorted(
            (one for one in public if self.owner.handle in values(one.now.text, "mention")), key=newest_first
        )

    def walk_replies(self, post: Post) -> Iterator[Post]:
        """Yield all replies at any depth, also those below a deleted one."""
        for answer in self.network.children[post.key]:
            yield answer
            yield from self.walk_replies(answer)

    def root(self, post: Post) -> Post:
        return self.network.posts[post.root] if post.root else post

    def top_reply(self, reply: Post) -> Post:
        """Return the top-level reply above a reply."""
        while reply.parent is not None and reply.parent != reply.root:
            reply = self.network.posts[reply.parent]
        return reply

    # -- nodes -------------------------------------------------------------------------------------

    def user(self) -> Node:
        account = self.owner
        lists = {
            "threads": self.threads,
            "replies": lambda: self.own_posts("comment"),
            "mentions": self.mentions,
            "ghost_posts": self.ghosts,
        }
        return Node(
            "ThreadsUser",
            {
                "id": user_id(account),
                "username": account.handle,
                "name": account.name,
                "threads_biography": account.about or None,
                "threads_profile_picture_url": lambda _: self.portrait(account),
                "is_verified": account.staff,
                "is_eligible_for_geo_gating": False,
                **{name: self.make_list(name, posts) for name, posts in lists.items()},
                "threads_insights": lambda asked: self.insights(
                    asked, account_insights(self.network, account, self.threads())
                ),
            },
        )

    def ghosts(self) -> list[Post]:
        return [one for one in self.own_posts("post") if one.ghost]

    def make_list(self, name: str, posts: Callable[[], list[Post]]) -> Callable[[Mapping[str, str]], Edge]:
        scope = {"replies": "threads_read_replies", "mentions": "threads_manage_mentions"}.get(
            name, "threads_basic"
        )

        def listed(asked: Mapping[str, str]) -> Edge:
            self.require(scope)
            if name == "mentions" and asked.get("since") and moment(asked["since"]).timestamp() < FIRST_DAY:
                raise Refusal(
                    400,
                    error(
                        100, message=f"(#100) param since must be at least {FIRST_DAY}", kind="THApiException"
                    ),
                )
            found = between(posts(), asked)
            return Edge(
                f"{user_id(self.owner)}/{name}", found, self.media, newest_first, quiet=True, linked=False
            )

        return listed

    def insights(self, asked: Mapping[str, str], metrics: Iterable[Json]) -> Edge:
        self.require("threads_manage_insights")
        wanted = asked.get("metric", "").split(",")
        known = {one["name"]: one for one in metrics}
        if not set(wanted) <= known.keys():
            raise Refusal(
                400,
                error(100, message=f"(#100) metric must be one of {', '.join(known)}", kind="THApiException"),
            )
        shown = [known[name] for name in wanted]
        return Edge(
            "insights",
            shown,
            lambda one: Node("ThreadsMetric", one),
            lambda one: (wanted.index(one["name"]),),
            paged=False,
        )

    def media(self, post: Post) -> Node:
        author, mine = self.network.accounts[post.author], post.author == self.owner.key
        public = mine or author.published
        return Node(
            KIND,
            {
                "id": media_id(post.number),
                "media_product_type": "THREADS",
                "timestamp": instant(post.created),
                "shortcode": shortcode(post),
                "permalink": permalink(post, author) if public else None,
                "username": author.handle if public else None,
                "owner": Node("ThreadsUser", {"id": user_id(author)})
                if mine and post.kind == "post"
                else None,
                "is_verified": author.staff,
                "profile_picture_url": lambda _: self.portrait(author),
                "has_replies": any(self.exists(one) for one in self.network.children[post.key]),
                "reply_audience": AUDIENCES[post.visibility],
                **self.content(post),
                **self.files(post),
                **(self.as_reply(post) if post.kind == "comment" else {"is_reply": False}),
                **self.lists(post, mine=mine),
            },
        )

    def content(self, post: Post) -> Json:
        long = {"plaintext": post.attached} if post.attached else None
        spoiler = "spoiler" in post.labels
        covered = (
            [{"entity_type": "SPOILER", "offset": 0, "length": len(post.now.text)}]
            if spoiler and not post.now.photos
            else None
        )
        return {
            "text": post.now.text or None,
            "is_quote_post": post.quote is not None,
            "quoted_post": self.pointer(post.quote),
            "reposted_post": self.pointer(post.repost),
            "link_attachment_url": post.link or None,
            "gif_url": f"{self.base}/gifs/{post.number}.gif" if post.gif else None,
            "topic_tag": next(iter(post.tags), None),
            "poll_attachment": poll(post.poll) if post.poll else None,
            "text_attachment": long,
            "text_entities": covered,
            "is_spoiler_media": spoiler and bool(post.now.photos or post.video),
            "ghost_post_status": ("ACTIVE" if self.ghost_lives(post) else "ARCHIVED") if post.ghost else None,
            "ghost_post_expiration_timestamp": instant(post.created + GHOST_LIVES) if post.ghost else None,
        }

    def pointer(self, key: str | None) -> Node | None:
        """Return {id} of another post, if it exists."""
        found = self.network.posts.get(key or "")
        return (
            Node(KIND, {"id": media_id(found.number)}) if found is not None and self.exists(found) else None
        )

    def files(self, post: Post) -> Json:
        photos, video = post.now.photos, post.video
        if post.repost:
            return {"media_type": "REPOST_FACADE"}
        if video is not None and not video.width:
            return {"media_type": "AUDIO", "media_url": lambda _: self.url(f"o1/v/t16/{post.number}.wav")}
        if video is not None:
            film, still = video_paths(post)
            alt = photos[0].alt if photos else None
            return {
                "media_type": "VIDEO",
                "media_url": lambda _: self.url(film),
                "thumbnail_url": lambda _: self.url(still),
                "alt_text": alt,
            }
        if len(photos) > 1:
            return {"media_type": "CAROUSEL_ALBUM"}
        if photos:
            return {
                "media_type": "IMAGE",
                "media_url": lambda _: self.photo(photos[0]),
                "alt_text": photos[0].alt or None,
            }
        return {"media_type": "TEXT_POST"}

    def as_reply(self, post: Post) -> Json:
        return {
            "is_reply": True,
            "is_reply_owned_by_me": post.author == self.owner.key,
            "root_post": self.pointer(post.root),
            "replied_to": self.pointer(post.parent),
            "hide_status": self.hide_status(post),
            "reply_approval_status": "pending" if post.status == "held" else None,
        }

    def hide_status(self, post: Post) -> str:
        if [self.root(post).author, post.author] in self.network.blocks:
            return "BLOCKED"
        if "hidden" in (post.status, self.top_reply(post).status):
            return "HIDDEN"
        return (
            "COVERED"
            if "covered" in post.labels
            else "UNHUSHED"
            if "unhidden" in post.labels
            else "NOT_HUSHED"
        )

    def lists(self, post: Post, *, mine: bool) -> Json:
        def said(name: str, found: Iterable[Post], asked: Mapping[str, str]) -> Edge:
            # only below the account's own posts
            self.require("threads_read_replies", allowed=self.root(post).author == self.owner.key)
            key = oldest_first if asked.get("reverse", "true") in ("0", "false") else newest_first
            return Edge(
                f"{media_id(post.number)}/{name}",
                sorted(found, key=key),
                self.media,
                key,
                quiet=True,
                linked=False,
            )

        def pending(asked: Mapping[str, str]) -> Edge:
            held = [one for one in self.walk_replies(post) if one.status == "held"]
            return said(
                "pending_replies", held if asked.get("approval_status", "pending") == "pending" else [], asked
            )

        return {
            "children": lambda _: self.children(post) if len(post.now.photos) > 1 else None,
            "replies": lambda asked: said(
                "replies", filter(self.exists, self.network.children[post.key]), asked
            ),
            "conversation": lambda asked: said(
                "conversation", filter(self.exists, self.walk_replies(post)), asked
            ),
            "pending_replies": pending,
            "insights": (lambda asked: self.insights(asked, media_insights(self.network, post)))
            if mine
            else None,
        }

    def children(self, post: Post) -> Edge:
        def make(photo: Photo) -> Node:
            shared = {
                "id": media_id(photo.number),
                "media_product_type": "THREADS",
                "media_type": "IMAGE",
                "timestamp": instant(post.created),
            }
            more = {
                "media_url": lambda _: self.photo(photo),
                "alt_text": photo.alt or None,
                "username": self.network.accounts[post.author].handle,
            }
            return Node(KIND, shared | more)

        return Edge(
            f"{media_id(post.number)}/children",
            post.now.photos,
            make,
            lambda photo: (photo.number,),
            paged=False,
        )

    # -- addresses ---------------------------------------------------------------------------------

    def url(self, path: str) -> str:
        return signed(self.base, path, self.network.now())

    def photo(self, photo: Photo) -> str:
        return self.url(photo_path(photo, photo.width))

    def portrait(self, account: Account) -> str:
        return self.url(f"v/t51.2885-19/p50x50/{user_id(account)}_n.jpg")

    # -- nodes by ID -------------------------------------------------------------------------------

    def find(self, wanted: str) -> Node | None:
        """Return a node by its ID.

        The token finds the account's own posts and replies, public ones of others, replies to its own posts,
        and parts of its own carousels.
        """
        number = number_of(wanted)
        post = self.network.posts.get(f"{WHERE}/{number}")
        if post is not None:
            mine = self.owner.key in (post.author, self.root(post).author)
            waits = post.status == "held" and mine
            there = waits or (self.exists(post) and self.exists(self.root(post)))
            return (
                self.media(post) if there and (mine or self.network.accounts[post.author].published) else None
            )
        albums = (one for one in self.own_posts("post") if len(one.now.photos) > 1)
        parts = (
            self.children(album).make(photo)
            for album in albums
            for photo in album.now.photos
            if photo.number == number
        )
        return next(parts, None)
