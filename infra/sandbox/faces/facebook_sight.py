"""Whose token asks, and what it may see: a Page's own sees all of the Page, a person's no comments, another
Page's what is public.

Sources: developers.facebook.com/docs/facebook-login/guides/access-tokens, .../graph-api/reference/page/feed
and /object/comments ("returns empty data if you read it with a User access token"),
.../apps/review/feature#reference-PAGES_ACCESS. A system user's token is taken for a person's here: it gets
the Page's token like one.
"""

from dataclasses import dataclass
from functools import cached_property

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.facebook_ids import WHERE, number_of, post_id, profile_id
from infra.sandbox.faces.meta_errors import unpermitted
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post, Token
from infra.sandbox.network import Network

ENGAGEMENT, USER_CONTENT, SHOW_LIST = "pages_read_engagement", "pages_read_user_content", "pages_show_list"
PERMISSIONS = (SHOW_LIST, ENGAGEMENT, USER_CONTENT)
MESSAGING = "pages_messaging"
PUBLIC_CONTENT = "Page Public Content Access"  # a feature of the app, not a permission of a person


def reel(post: Post) -> bool:
    return post.video is not None and post.video.height > post.video.width


@dataclass(frozen=True)
class Sight:
    """Made anew for each request, so what is counted once holds for all of its answer."""

    network: Network
    base: str
    token: Token

    @property
    def viewer(self) -> Account:
        return self.network.accounts[self.token.account]

    def owns(self, page: Account) -> bool:
        """The token is the Page's own."""
        return self.token.kind == "page" and self.token.account == page.key

    def manages(self, page: Account) -> bool:
        return self.owns(page) or (self.token.kind != "page" and page.key in self.viewer.manages)

    def reads(self, page: Account) -> bool:
        """What stands on the Page may be read at all, as far as permissions go: one's own, or public things
        of others.
        """
        return self.manages(page) or PUBLIC_CONTENT in self.token.scopes

    def need(self, page: Account, *permissions: str) -> None:
        """Refuses what the token was not permitted."""
        for permission in permissions:
            if (permission if self.manages(page) else PUBLIC_CONTENT) not in self.token.scopes:
                raise Refusal(400, unpermitted(permission))

    # -- what there is ----------------------------------------------------------------------------

    def page_of(self, post: Post) -> Account:
        """The account on whose timeline a post, or the conversation of a comment, stands."""
        root = self.network.posts[post.root] if post.root else post
        return self.network.accounts[root.wall or root.author]

    def shown(self, account: Account) -> bool:
        return not account.suspended and (account.published or self.manages(account))

    def visible(self, post: Post | None) -> bool:
        if (
            post is None
            or post.where != WHERE
            or post.status == "removed"
            or self.network.accounts[post.author].suspended
        ):
            return False
        page = self.page_of(post)
        hidden = post.status == "draft" or (post.status == "hidden" and post.kind == "comment")
        return self.shown(page) and (self.owns(page) or not hidden)

    @cached_property
    def posts(self) -> list[Post]:
        """All that the token may see, without comments and stories, in no order."""
        return [post for post in self.network.heads[WHERE] if post.kind != "story" and self.visible(post)]

    def tagged(self, post: Post, page: Account) -> bool:
        return any(handle in (page.handle, *page.former) for handle in values(post.now.text, "mention"))

    # -- by id ------------------------------------------------------------------------------------

    def profile(self, wanted: str) -> Account | None:
        """By id, or a Page by its present username; a person's token finds no other person."""
        all_here = (one for one in self.network.accounts.values() if one.where == WHERE and self.shown(one))
        here = (one for one in all_here if one.staff or one.key == self.token.account)
        return next(
            (one for one in here if profile_id(one) == wanted or (one.staff and one.handle == wanted)), None
        )

    def post(self, wanted: str) -> Post | None:
        """A post or comment by its id of two parts; reels are no posts ("does not return Reels")."""
        number = number_of(wanted.partition("_")[2])
        post = self.network.posts.get(f"{WHERE}/{number}")
        if post is None or post_id(self.network, post) != wanted or not self.visible(post):
            return None
        return None if reel(post) or post.kind == "story" else post

    def everything_said(self, post: Post) -> list[Post]:
        """Comments and answers that were not removed, whoever may see them."""
        first = self.network.children[post.key]
        return [
            one for top in first for one in (top, *self.network.children[top.key]) if one.status != "removed"
        ]
