"""Facebook's IDs and addresses, and what a token sees.

A post is {page}_{post}, a comment {post}_{comment}, a conversation t_ and digits, a private message m_ and
letters; all other IDs are digits.

A Page's own token sees everything on the Page; a person's token sees no comments; the token of another Page
sees what is public. Sources: developers.facebook.com/docs/facebook-login/guides/access-tokens,
.../graph-api/reference/page/feed and /object/comments ("returns empty data if you read it with a User access
token"), .../apps/review/feature#reference-PAGES_ACCESS. A system user's token is treated like a person's
here: it gets the Page's token in the same way.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from hashlib import sha512

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta.errors import unpermitted
from infra.sandbox.faces.meta.graph import read_number
from infra.sandbox.faces.meta.media import signed
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Album, Post, Token
from infra.sandbox.network import Network

WHERE = "facebook"
WWW = "https://www.facebook.com"
OBJECTS, PAGES, PEOPLE = 122_100_000_000_000_000, 100_064_000_000_000, 24_000_000_000_000_000
ENGAGEMENT, USER_CONTENT, SHOW_LIST = "pages_read_engagement", "pages_read_user_content", "pages_show_list"
PERMISSIONS = (SHOW_LIST, ENGAGEMENT, USER_CONTENT)
MESSAGING = "pages_messaging"
PUBLIC_CONTENT = "Page Public Content Access"  # a feature of the application, not a permission of a person


def object_id(number: int) -> str:
    return str(OBJECTS + 1009 * number)


def number_of(node_id: str) -> int | None:
    return read_number(node_id, OBJECTS, 1009)


def video_number(post: Post) -> int:
    """Return the number of a video, whose ID differs from that of its post."""
    return 2 * 10**9 + post.number


def profile_id(account: Account) -> str:
    """Return the ID of a Page, or of a person as the application sees it."""
    return str(PAGES + 7919 * account.number if account.staff else PEOPLE + 104_729 * account.number)


def album_id(page: Account, album: Album | None) -> str:
    """Return the ID of an album; None: the Page's timeline photos."""
    return object_id(album.number) if album else object_id(10**9 + page.number)


def thread_id(page: Account, other: Account) -> str:
    """Return the ID of the conversation of a Page with another account."""
    return f"t_{PEOPLE + 1009 * (10_000 * page.number + other.number)}"


def message_id(message: Post) -> str:
    return f"m_{urlsafe_b64encode(sha512(message.key.encode()).digest()).decode().rstrip('=')}"


def post_id(network: Network, post: Post) -> str:
    if post.kind == "message":
        return message_id(post)
    if post.kind == "comment":
        subject = post.beside or network.posts[post.root or ""].number
        return f"{object_id(subject)}_{object_id(post.number)}"
    return f"{profile_id(network.accounts[post.wall or post.author])}_{object_id(post.number)}"


def is_reel(post: Post) -> bool:
    return post.video is not None and post.video.height > post.video.width


@dataclass(frozen=True)
class Access:
    """The part of the network that one token sees.

    Created for each request, so that lists are computed once.
    """

    network: Network
    base: str  # address of the face
    token: Token

    @property
    def viewer(self) -> Account:
        return self.network.accounts[self.token.account]

    def owns(self, page: Account) -> bool:
        """Return whether the token is the Page's own."""
        return self.token.kind == "page" and self.token.account == page.key

    def manages(self, page: Account) -> bool:
        return self.owns(page) or (self.token.kind != "page" and page.key in self.viewer.manages)

    def can_read(self, page: Account) -> bool:
        """Return whether the permissions allow reading the Page.

        They do for the token's own Pages, and with Page Public Content Access for all.
        """
        return self.manages(page) or PUBLIC_CONTENT in self.token.scopes

    def require(self, page: Account, *permissions: str) -> None:
        """Refuse a token without these permissions."""
        for permission in permissions:
            if (permission if self.manages(page) else PUBLIC_CONTENT) not in self.token.scopes:
                raise Refusal(400, unpermitted(permission))

    # -- visibility --------------------------------------------------------------------------------

    def page_of(self, post: Post) -> Account:
        """Return the account on whose timeline a post or a comment is."""
        root = self.network.posts[post.root] if post.root else post
        return self.network.accounts[root.wall or root.author]

    def album_of(self, post: Post) -> tuple[Account, Album | None]:
        """Return the album of a post's photos; None for the timeline photos."""
        return self.page_of(post), self.network.albums.get(post.album or "")

    def is_shown(self, account: Account) -> bool:
        return not account.suspended and (account.published or self.manages(account))

    def is_visible(self, post: Post | None) -> bool:
        if (
            post is None
            or post.where != WHERE
            or post.status == "removed"
            or self.network.accounts[post.author].suspended
        ):
            return False
        page = self.page_of(post)
        hidden = post.status == "draft" or (post.status == "hidden" and post.kind == "comment")
        return self.is_shown(page) and (self.owns(page) or not hidden)

    @cached_property
    def posts(self) -> list[Post]:
        """Return the visible posts, without comments and stories, in no order."""
        return [post for post in self.network.heads[WHERE] if post.kind != "story" and self.is_visible(post)]

    def is_tagged(self, post: Post, page: Account) -> bool:
        return any(handle in (page.handle, *page.former) for handle in values(post.now.text, "mention"))

    # -- addresses ---------------------------------------------------------------------------------

    def home(self, post: Post) -> str:
        """Return the Page's address.

        The address of a post ends with its own part of the ID.
        """
        return f"{WWW}/{profile_id(self.page_of(post))}"

    def url(self, path: str) -> str:
        """Return the signed address of a file."""
        return signed(self.base, path, self.network.now())

    # -- profiles and posts by ID ------------------------------------------------------------------

    def find_profile(self, wanted: str) -> Account | None:
        """Return a profile by ID, or a Page by its present username.

        A person's token finds no other person.
        """
        all_here = (
            one for one in self.network.accounts.values() if one.where == WHERE and self.is_shown(one)
        )
        here = (one for one in all_here if one.staff or one.key == self.token.account)
        return next(
            (one for one in here if profile_id(one) == wanted or (one.staff and one.handle == wanted)), None
        )

    def find_post(self, wanted: str) -> Post | None:
        """Return a post or comment by its ID.

        Reels are no posts ("does not return Reels").
        """
        number = number_of(wanted.partition("_")[2])
        post = self.network.posts.get(f"{WHERE}/{number}")
        if post is None or post_id(self.network, post) != wanted or not self.is_visible(post):
            return None
        return None if is_reel(post) or post.kind == "story" else post

    def all_comments(self, post: Post) -> list[Post]:
        """Return the comments and replies that were not removed, visible or not."""
        first = self.network.children[post.key]
        return [
            one for top in first for one in (top, *self.network.children[top.key]) if one.status != "removed"
        ]

    def page_token(self, page: Account) -> Token:
        """Return the token for a Page that the viewer manages.

        It is always the same one, and is revoked with the viewer's token. It expires only if that one lives
        for some hours.
        """
        if self.owns(page):
            return self.token
        mine = (
            one
            for one in self.network.tokens
            if (one.where, one.account, one.parent) == (WHERE, page.key, self.token.secret)
        )
        known = next((one for one in mine if one.kind == "page"), None)
        secret = f"{self.token.secret}.page.{page.number}"
        ends, now = self.token.expires, self.network.now()
        short = ends is not None and ends - (self.token.granted or now) < timedelta(days=1)
        more = {
            "kind": "page",
            "scopes": self.token.scopes,
            "parent": self.token.secret,
            "expires": ends if short else None,
        }
        return known or self.network.grant(WHERE, secret, page.key, **more)
