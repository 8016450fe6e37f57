"""Who asks X, what they may see, and where what an id names is found.

A token of an application speaks for nobody and sees what everybody does; one of a person sees their own
protected posts too. A reply that was hidden is answered like any other: the API does not tell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infra.sandbox.faces import x_errors as errors
from infra.sandbox.faces.x_ids import WHERE, handle, history, shown_to, user_id
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Post, Token
from infra.sandbox.network import Network

Json = dict[str, Any]
Found = tuple[Post, int]  # a post and the number of one of its versions


@dataclass(frozen=True)
class Sight:
    """Made anew for each request."""

    network: Network
    token: Token

    @property
    def viewer(self) -> Account | None:
        return self.network.accounts[self.token.account] if self.token.account else None

    # -- accounts ---------------------------------------------------------------------------------

    @cached_property
    def users(self) -> dict[str, Account]:
        return {user_id(one): one for one in self.network.accounts.values() if one.where == WHERE}

    @cached_property
    def names(self) -> dict[str, Account]:
        return {one.handle.lower(): one for one in self.users.values()}

    def known(self, name: str) -> tuple[str, str] | None:
        """Whom a text names: by the name of today, or by the one that texts keep."""
        here = self.names.get(name.lower()) or next(
            (one for one in self.users.values() if handle(one).lower() == name.lower()), None
        )
        return (name, user_id(here)) if here else None

    def open(self, account: Account) -> bool:
        """Whether the account's posts are for this token."""
        return account.published or account == self.viewer

    def problem_of_user(self, account: Account | None, parameter: str, value: str) -> Json | None:
        """Why a user is not answered; a protected one is."""
        if account is None:
            return errors.missing("user", parameter, value)
        return errors.suspended(parameter, value) if account.suspended else None

    # -- posts ------------------------------------------------------------------------------------

    def there(self, post: Post) -> bool:
        """Not deleted, nor the repost of what is."""
        shared = self.network.posts.get(post.repost or "")
        return post.status in ("visible", "hidden") and (shared is None or self.there(shared))

    def sees(self, post: Post) -> bool:
        author = self.network.accounts[post.author]
        return self.there(post) and not author.suspended and self.open(author)

    def all(self) -> Iterator[Post]:
        return (post for post in self.network.posts.values() if post.where == WHERE and self.sees(post))

    @cached_property
    def ids(self) -> dict[str, Found]:
        """Every version of every post, deleted ones too."""
        here = (post for post in self.network.posts.values() if post.where == WHERE)
        return {one: (post, number) for post in here for number, one in enumerate(history(post))}

    def problem_of_post(self, post: Post | None, parameter: str, value: str) -> Json | None:
        if post is None or not self.there(post):
            return errors.missing("tweet", parameter, value)
        return None if self.sees(post) else errors.forbidden("tweet", parameter, value)

    def conversation(self, post: Post, number: int = -1) -> str:
        """A version of a post begins a conversation of its own: the one of those who answered it, and of
        those who answered them.
        """
        if post.parent is None:
            return history(post)[number]
        above = self.network.posts[post.parent]
        return shown_to(above, post) if above.parent is None else self.conversation(above)

    def answered(self, post: Post) -> list[str]:
        """The names that a reply begins with: whom it answers, and whom that answered; not its own."""
        own, above = handle(self.network.accounts[post.author]), post
        names: list[str] = []
        while above.parent is not None and len(names) < 50:
            names.append(handle(self.network.accounts[above.parent_author or post.author]))
            above = self.network.posts[above.parent]
        return [name for name in dict.fromkeys(names) if name != own]

    def mentions(self, post: Post) -> set[str]:
        """The ids of those that a post names."""
        named = [*self.answered(post), *values(post.now.text, "mention")]
        return {user[1] for name in named if (user := self.known(name))}
