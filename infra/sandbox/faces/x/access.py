"""X's IDs, what a token sees, and what reading costs.

An ID is a snowflake, which contains an instant. Each version of an edited post has an ID of its own; all are
in its edit history.

A token of an application sees what everybody sees; a token of a person also sees that person's protected
posts. A hidden reply is shown like any other, since the API does not mark it.

Each post, user, and private message in a response costs credits once per day (UTC), at a lower price if it is
the viewer's own; the number of posts in a month is limited. Sources:
docs.x.com/x-api/getting-started/pricing, docs.x.com/x-api/fundamentals/post-cap (read on 2026-11-25). The
documentation leaves open whether expansions cost the same as the requested items; here they do.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.x import errors
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Photo, Post, Token
from infra.sandbox.network import Network

WHERE = "x"
EPOCH = 1_288_834_974_657  # milliseconds
USERS = 1_400_000_000_000_000_000
Found = tuple[Post, int]  # a post and the number of one of its versions
PRICES, OWN = {"Post": 5, "User": 10, "DmEvent": 10}, 1  # thousandths of a dollar
PROJECT = "1650000000000000000"


def snowflake(at: datetime, number: int) -> str:
    return str((int(at.timestamp() * 1000) - EPOCH << 22) | number)


def history(post: Post) -> list[str]:
    """Return the IDs of a post's versions, oldest first."""
    return [snowflake(version.at, version.number) for version in post.versions]


def post_id(post: Post) -> str:
    """Return the ID of the current version."""
    return snowflake(post.now.at, post.now.number)


def version_at(post: Post, at: datetime) -> int:
    """Return the number of the version that was current at an instant."""
    return max((number for number, version in enumerate(post.versions) if version.at <= at), default=0)


def shown_to(post: Post, later: Post) -> str:
    """Return the ID of the version that a later post replies to, quotes, or reposts."""
    return history(post)[version_at(post, later.created)]


def user_id(account: Account) -> str:
    return str(USERS + 7919 * account.number)


def conversation_id(one: Account, other: Account) -> str:
    """Return the ID of the private conversation of two accounts."""
    return "-".join(sorted(map(user_id, (one, other)), key=int))


def media_key(post: Post, photo: Photo | None = None) -> str:
    """Return the key of a photo, or of the post's video. The prefix shows the kind."""
    return (
        f"3_{snowflake(post.created, photo.number)}" if photo else f"7_{snowflake(post.created, post.number)}"
    )


def poll_id(post: Post) -> str:
    return snowflake(post.created, post.number)


def letters(seed: str, count: int) -> str:
    """Return letters and digits derived from a seed."""
    digest = hashlib.sha256(f"{WHERE} {seed}".encode()).digest()
    return base64.b64encode(digest, b"Ab").decode()[:count]


def short_url(address: str) -> str:
    return f"https://t.co/{letters(address, 10)}"


def handle(account: Account) -> str:
    """Return the name that texts use.

    It is the first one, since a text does not change when the account is renamed.
    """
    return account.former[0] if account.former else account.handle


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def token(number: str) -> str:
    """Return a pagination token: base32hex, which has no meaning to a client."""
    return base64.b32hexencode(f"before {number}".encode()).decode().lower().rstrip("=")


def before(given: str) -> str | None:
    """Return the ID in a pagination token; None if it is no token."""
    padded = given.upper() + "=" * (-len(given) % 8)
    try:
        word, _, number = base64.b32hexdecode(padded).decode().partition(" ")
    except ValueError:
        return None
    return number if word == "before" and number.isdigit() else None


@dataclass(frozen=True)
class Access:
    """The part of the network that one token sees.

    Created for each request.
    """

    network: Network
    token: Token

    @property
    def viewer(self) -> Account | None:
        return self.network.accounts[self.token.account] if self.token.account else None

    # -- accounts ----------------------------------------------------------------------------------

    @cached_property
    def users(self) -> dict[str, Account]:
        return {user_id(one): one for one in self.network.accounts.values() if one.where == WHERE}

    @cached_property
    def names(self) -> dict[str, Account]:
        return {one.handle.lower(): one for one in self.users.values()}

    def find_name(self, name: str) -> tuple[str, str] | None:
        """Return name and user ID for a name in a text.

        The name is the user's current or first one.
        """
        here = self.names.get(name.lower()) or next(
            (one for one in self.users.values() if handle(one).lower() == name.lower()), None
        )
        return (name, user_id(here)) if here else None

    def is_open(self, account: Account) -> bool:
        """Return whether the token may see the account's posts."""
        return account.published or account == self.viewer

    def problem_of_user(self, account: Account | None, parameter: str, value: str) -> Json | None:
        """Return why a user is not shown, or None. Protected users are shown."""
        if account is None:
            return errors.missing("user", parameter, value)
        return errors.suspended(parameter, value) if account.suspended else None

    # -- posts -------------------------------------------------------------------------------------

    def exists(self, post: Post) -> bool:
        """Return whether a post was not deleted, and is no repost of a deleted one."""
        shared = self.network.posts.get(post.repost or "")
        return post.status in ("visible", "hidden") and (shared is None or self.exists(shared))

    def is_visible(self, post: Post) -> bool:
        author = self.network.accounts[post.author]
        return self.exists(post) and not author.suspended and self.is_open(author)

    def visible_posts(self) -> Iterator[Post]:
        return (post for post in self.network.posts.values() if post.where == WHERE and self.is_visible(post))

    @cached_property
    def versions(self) -> dict[str, Found]:
        """Return every version of every post by ID, including deleted posts."""
        here = (post for post in self.network.posts.values() if post.where == WHERE)
        return {one: (post, number) for post in here for number, one in enumerate(history(post))}

    def problem_of_post(self, post: Post | None, parameter: str, value: str) -> Json | None:
        if post is None or not self.exists(post):
            return errors.missing("tweet", parameter, value)
        return None if self.is_visible(post) else errors.forbidden("tweet", parameter, value)

    def conversation(self, post: Post, number: int = -1) -> str:
        """Return the conversation ID of a version.

        Each version of a root post starts a conversation, with the replies to that version and all replies
        below them.
        """
        if post.parent is None:
            return history(post)[number]
        above = self.network.posts[post.parent]
        return shown_to(above, post) if above.parent is None else self.conversation(above)

    def private_conversation(self, message: Post) -> str:
        accounts = self.network.accounts
        return conversation_id(accounts[message.author], accounts[str(message.to)])

    def reply_names(self, post: Post) -> list[str]:
        """Return the names at the start of a reply: those of the authors above it.

        The reply's own author is left out.
        """
        own, above = handle(self.network.accounts[post.author]), post
        names: list[str] = []
        while above.parent is not None and len(names) < 50:
            names.append(handle(self.network.accounts[above.parent_author or post.author]))
            above = self.network.posts[above.parent]
        return [name for name in dict.fromkeys(names) if name != own]

    def mentions(self, post: Post) -> set[str]:
        """Return the IDs of the users that a post names."""
        named = [*self.reply_names(post), *values(post.now.text, "mention")]
        return {user[1] for name in named if (user := self.find_name(name))}


def read_this_month(network: Network) -> int:
    month = f"{network.now():%Y-%m}"
    return sum(
        one.startswith("Post ")
        for day, things in network.bought.items()
        if day.startswith(month)
        for one in things
    )


def find_limit(network: Network) -> str:
    """Return the limit that blocks the request: "cap", "credits", or ""."""
    place = network.places[WHERE]
    if read_this_month(network) >= place.cap:
        return "cap"
    return "credits" if place.credits is not None and place.credits <= 0 else ""


def charge(network: Network, things: Iterable[tuple[str, str]], *, own: bool) -> None:
    """Charge for a response.

    things: the kinds and IDs in it. The balance does not go below zero.
    """
    place, today = network.places[WHERE], network.bought[f"{network.now():%Y-%m-%d}"]
    prices = {f"{kind} {one}": PRICES[kind] for kind, one in things if kind in PRICES}
    new = {one: OWN if own else price for one, price in prices.items() if one not in today}
    today.update(new)
    if place.credits is not None:
        place.credits = max(0, place.credits - sum(new.values()))


def describe_usage(network: Network) -> Json:
    place = network.places[WHERE]
    used = str(read_this_month(network))
    return {"project_id": PROJECT, "project_cap": str(place.cap), "project_usage": used, "cap_reset_day": 1}
