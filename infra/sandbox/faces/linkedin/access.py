"""LinkedIn's URNs, the markup of its texts, and what a member sees.

The number of a post, an activity, or a comment is an instant in milliseconds, shifted left by 22 bits. The
low bits are not documented: here they are the network's number and the kind. A post is a `share`, or a
`ugcPost` if it has a video, document, poll, event, or several images. Comments belong to the post's
`activity`, which has a number of its own. "Little text" is the form of a post's commentary:
learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format.

A token belongs to a member, and shows of an organization what the member's role there allows. A token of an
organization itself, as in short stories, stands for an administrator without an account here. Without a role,
a list of posts is empty, as if there were none, and a single thing is forbidden.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from infra.sandbox.faces.common import Json, sort_newest
from infra.sandbox.markup import pieces
from infra.sandbox.model import Account, Photo, Post, Token
from infra.sandbox.network import Network

WHERE = "linkedin"
ORGANIZATIONS = 96_000_000
SHARE, ACTIVITY, COMMENT = range(3)
RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
Known = Callable[[str], Account | None]
ROOT = r"urn:li:(?:share|ugcPost|activity):\d+"
UNDER = re.compile(rf"urn:li:comment:\(({ROOT}),(\d+)\)")
SOCIAL = (
    "r_organization_social",
    "r_organization_social_feed",
    "w_organization_social",
    "w_organization_social_feed",
)
FEED = (
    "r_organization_social_feed",
    "r_organization_social",
    "w_organization_social_feed",
    "w_organization_social",
)
ADMIN = ("rw_organization_admin", "r_organization_admin")
# Roles that read posts and their comments, roles that read events, and roles that are notified.
# Sources, below learn.microsoft.com/en-us/linkedin/marketing/community-management:
# shares/social-access-control, organizations/organization-access-control-by-role ("create and manage Page
# content, including events"), and organizations/organization-social-action-notifications.
# The pages disagree whether a content administrator reads posts: here they do.
READERS = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")
HOSTS = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR")
NOTIFIED_ROLES = ("ADMINISTRATOR",)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _letters(seed: str, count: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(f"{WHERE} {seed}".encode()).digest()).decode()[:count]


def identifier(post: Post, kind: int) -> str:
    return str(milliseconds(post.created) << 22 | post.number << 2 | kind)


def key_of(number: str) -> str:
    """Return the network's key of the thing with an identifier."""
    return f"{WHERE}/{(int(number) & (1 << 22) - 1) >> 2}"


def post_urn(post: Post) -> str:
    rich = post.video or post.paper or post.poll or post.event or len(post.now.photos) > 1
    return f"urn:li:{'ugcPost' if rich else 'share'}:{identifier(post, SHARE)}"


def activity_urn(post: Post) -> str:
    return f"urn:li:activity:{identifier(post, ACTIVITY)}"


def comment_urn(comment: Post, root: Post) -> str:
    return f"urn:li:comment:({activity_urn(root)},{identifier(comment, COMMENT)})"


def account_urn(account: Account) -> str:
    return (
        f"urn:li:organization:{ORGANIZATIONS + account.number}" if account.staff else person_urn(account.key)
    )


def person_urn(seed: str) -> str:
    return f"urn:li:person:{_letters(seed, 10)}"


def image_urn(photo: Photo) -> str:
    return f"urn:li:image:D4E10AQ{_letters(f'image {photo.number}', 11)}"


def asset_urn(kind: str, number: int) -> str:
    """Return the URN of a file. kind: video, document, digitalmediaAsset."""
    return f"urn:li:{kind}:D4E05AQ{_letters(f'{kind} {number}', 11)}"


def event_id(number: int) -> int:
    """Return an ID that is too large for a floating-point number."""
    return 7_000_000_000_000_000_000 + number


def event_urn(number: int) -> str:
    return f"urn:li:event:{event_id(number)}"


# -- texts -----------------------------------------------------------------------------------------
def escaped(text: str) -> str:
    return RESERVED.sub(lambda found: f"\\{found[0]}", text)


def format_little_text(text: str, known: Known) -> str:
    r"""Return a text in LinkedIn's "little text" form.

    See #snow, @mira (now) -> See {hashtag|\#|snow}, @[Mira Okonjo](urn:li:person:zLqTygBP8S) \(now\)
    """
    parts = []
    for piece in pieces(text):
        account = known(piece.value) if piece.kind == "mention" else None
        if account is not None:
            parts.append(f"@[{escaped(account.name)}]({account_urn(account)})")
        elif piece.kind == "tag":
            parts.append(rf"{{hashtag|\#|{escaped(piece.value)}}}")
        else:
            parts.append(escaped(text[piece.start : piece.end]))
    return "".join(parts)


def message(text: str, known: Known) -> Json:
    """Return the text of a comment: plain, with its mentions.

    Offsets count UTF-16 units, which is not documented.
    """
    plain, attributes = "", []
    for piece in pieces(text):
        account = known(piece.value) if piece.kind == "mention" else None
        if account is None:
            plain += text[piece.start : piece.end]
            continue
        kind, field = ("Company", "company") if account.staff else ("Member", "member")
        value = {f"com.linkedin.common.{kind}AttributedEntity": {field: account_urn(account)}}
        attributes.append({"start": _units(plain), "length": _units(account.name), "value": value})
        plain += account.name
    return {"attributes": attributes, "text": plain}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def urn(network: Network, post: Post) -> str:
    """Return the URN of a post or comment."""
    return comment_urn(post, network.posts[post.root]) if post.root else post_urn(post)


@dataclass(frozen=True)
class Access:
    """The part of the network that one token sees.

    Created for each request.
    """

    network: Network
    base: str  # address of the face
    token: Token

    # -- the member --------------------------------------------------------------------------------

    @property
    def member(self) -> Account:
        return self.network.accounts[self.token.account]

    @property
    def urn(self) -> str:
        """Return the URN of the member."""
        return (
            person_urn(f"an administrator of {self.member.key}")
            if self.member.staff
            else account_urn(self.member)
        )

    def has_scope(self, scopes: tuple[str, ...]) -> bool:
        """Return whether the member consented to one of the scopes.

        A token without scopes has all.
        """
        return not self.token.scopes or bool(set(scopes) & set(self.token.scopes))

    def organizations(self) -> list[Account]:
        """Return the organizations on which the member has a role."""
        keys = [self.member.key] if self.member.staff else self.member.manages
        return [account for key in keys if not (account := self.network.accounts[key]).suspended]

    @property
    def roles(self) -> list[str]:
        """Return the roles that the member has on each of the organizations."""
        return self.member.roles or ["ADMINISTRATOR"]

    def administers(self, account: Account, roles: tuple[str, ...] = READERS) -> bool:
        """Return whether the member has one of these roles on the organization."""
        return account in self.organizations() and bool(set(roles) & set(self.roles))

    def is_visible(self, post: Post) -> bool:
        """Return whether the token may read a post and its comments."""
        return self.administers(self.network.accounts[post.author])

    # -- things by their URN -----------------------------------------------------------------------

    def find_account(self, handle: str) -> Account | None:
        """Return the account that a text mentions."""
        return self.network.accounts.get(f"{WHERE}/{handle}")

    def organization(self, number: str) -> Account | None:
        mine = (
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and one.staff and not one.suspended
        )
        return next((one for one in mine if str(ORGANIZATIONS + one.number) == number), None)

    def post(self, urn: str) -> Post | None:
        """Return a post by its share, ugcPost, or activity."""
        if not re.fullmatch(ROOT, urn):
            return None
        found = self.network.posts.get(key_of(urn.rpartition(":")[2]))
        if found is None or found.kind == "comment" or urn not in (post_urn(found), activity_urn(found)):
            return None
        gone = found.status == "removed" or self.network.accounts[found.author].suspended
        return None if gone else found

    def comment(self, urn: str) -> Post | None:
        parts = UNDER.fullmatch(urn)
        root = self.post(parts[1]) if parts else None
        return self.comment_under(root, parts[2]) if parts and root is not None else None

    def comment_under(self, root: Post, number: str) -> Post | None:
        found = self.network.posts.get(key_of(number)) if number.isdigit() else None
        there = (
            found is not None
            and found.root == root.key
            and identifier(found, COMMENT) == number
            and self.exists(found)
        )
        return found if there else None

    def exists(self, comment: Post) -> bool:
        """Return whether a comment exists, with its author and the comment above it."""
        above = self.network.posts[comment.parent or ""]
        here = comment.status == "visible" and not self.network.accounts[comment.author].suspended
        return here and (above.kind != "comment" or self.exists(above))

    def find_entity(self, urn: str) -> Post | None:
        """Return a post or a comment."""
        return self.comment(urn) if urn.startswith("urn:li:comment:") else self.post(urn)

    def root(self, entity: Post) -> Post:
        return self.network.posts[entity.root or entity.key]

    def urn_of(self, entity: Post) -> str:
        """Return the URN that comments use for the post or comment above them."""
        return comment_urn(entity, self.root(entity)) if entity.kind == "comment" else activity_urn(entity)

    def replies(self, entity: Post) -> list[Post]:
        """Return the comments directly below a post or comment, newest first."""
        found = [one for one in self.network.children[entity.key] if self.exists(one)]
        return sort_newest(found)
