"""Who asks LinkedIn, what they may see, and where what an URN names is found.

A token speaks for a member; what it shows of an organization depends on the member's role there. One that was
granted to an organization itself, as short stories do, speaks for an administrator who has no account of
their own here. Without a role a list of posts is empty, which looks as if there were none, and a single thing
is forbidden.
"""

import re
from dataclasses import dataclass

from infra.sandbox.faces.linkedin_urns import (
    COMMENT,
    ORGANIZATIONS,
    WHERE,
    account_urn,
    activity_urn,
    comment_urn,
    identifier,
    key_of,
    person_urn,
    post_urn,
)
from infra.sandbox.model import Account, Post, Token
from infra.sandbox.network import Network

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
# Roles that read posts with what is said below them, that read events, and that are notified. Sources, below
# learn.microsoft.com/en-us/linkedin/marketing/community-management: shares/social-access-control,
# organizations/
# organization-access-control-by-role ("create and manage Page content, including events"), organizations/
# organization-social-action-notifications. Pages differ on whether a content administrator reads posts: here
# they do.
READERS = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER")
HOSTS = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR")
HEARERS = ("ADMINISTRATOR",)


def urn(network: Network, post: Post) -> str:
    """What LinkedIn calls a post or a comment."""
    return comment_urn(post, network.posts[post.root]) if post.root else post_urn(post)


@dataclass(frozen=True)
class Sight:
    """Made anew for each request."""

    network: Network
    base: str
    token: Token

    # -- who asks ---------------------------------------------------------------------------------

    @property
    def member(self) -> Account:
        return self.network.accounts[self.token.account]

    @property
    def urn(self) -> str:
        """Of the member that the token speaks for."""
        return (
            person_urn(f"an administrator of {self.member.key}")
            if self.member.staff
            else account_urn(self.member)
        )

    def permits(self, scopes: tuple[str, ...]) -> bool:
        """Whether the member consented to one of them; a token of a short story has consent to all."""
        return not self.token.scopes or bool(set(scopes) & set(self.token.scopes))

    def organizations(self) -> list[Account]:
        """Those on which the member has a role."""
        keys = [self.member.key] if self.member.staff else self.member.manages
        return [account for key in keys if not (account := self.network.accounts[key]).suspended]

    @property
    def roles(self) -> list[str]:
        """Those that the member has on each of the organizations."""
        return self.member.roles or ["ADMINISTRATOR"]

    def administers(self, account: Account, roles: tuple[str, ...] = READERS) -> bool:
        """Whether the member has one of these roles on the organization."""
        return account in self.organizations() and bool(set(roles) & set(self.roles))

    def sees(self, post: Post) -> bool:
        """Whether the token may read what stands under a post."""
        return self.administers(self.network.accounts[post.author])

    # -- what an URN names --------------------------------------------------------------------------

    def known(self, handle: str) -> Account | None:
        """Whom a text mentions."""
        return self.network.accounts.get(f"{WHERE}/{handle}")

    def organization(self, number: str) -> Account | None:
        mine = (
            one
            for one in self.network.accounts.values()
            if one.where == WHERE and one.staff and not one.suspended
        )
        return next((one for one in mine if str(ORGANIZATIONS + one.number) == number), None)

    def post(self, urn: str) -> Post | None:
        """By share, ugcPost or activity."""
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
            and self.stands(found)
        )
        return found if there else None

    def stands(self, comment: Post) -> bool:
        """Whether it is there for anybody: with a member's account all goes that they said, and what others
        answered to it.
        """
        above = self.network.posts[comment.parent or ""]
        here = comment.status == "visible" and not self.network.accounts[comment.author].suspended
        return here and (above.kind != "comment" or self.stands(above))

    def entity(self, urn: str) -> Post | None:
        """A post or a comment."""
        return self.comment(urn) if urn.startswith("urn:li:comment:") else self.post(urn)

    def root(self, entity: Post) -> Post:
        return self.network.posts[entity.root or entity.key]

    def urn_of(self, entity: Post) -> str:
        """As what hangs under it calls it: an activity or a comment."""
        return comment_urn(entity, self.root(entity)) if entity.kind == "comment" else activity_urn(entity)

    def answers(self, entity: Post) -> list[Post]:
        """What hangs directly under a post or a comment, newest first."""
        found = [one for one in self.network.children[entity.key] if self.stands(one)]
        return sorted(found, key=lambda one: (one.created, one.number), reverse=True)
