"""Ids as X makes them: a snowflake holds an instant; every version of an edited post has an id of its own,
all in its edit history.
"""

import base64
import hashlib
from datetime import UTC, datetime

from infra.sandbox.model import Account, Photo, Post

WHERE = "x"
EPOCH = 1_288_834_974_657  # milliseconds
USERS = 1_400_000_000_000_000_000


def snowflake(at: datetime, number: int) -> str:
    return str((int(at.timestamp() * 1000) - EPOCH << 22) | number)


def history(post: Post) -> list[str]:
    """The ids of its versions, oldest first."""
    return [snowflake(version.at, version.number) for version in post.versions]


def post_id(post: Post) -> str:
    """Of the version that is shown."""
    return snowflake(post.now.at, post.now.number)


def version_at(post: Post, at: datetime) -> int:
    """The number of the version that was shown at an instant."""
    return max((number for number, version in enumerate(post.versions) if version.at <= at), default=0)


def shown_to(post: Post, later: Post) -> str:
    """The id of the version that a later post answers, quotes or passes on."""
    return history(post)[version_at(post, later.created)]


def user_id(account: Account) -> str:
    return str(USERS + 7919 * account.number)


def conversation_id(one: Account, other: Account) -> str:
    """Of the private messages of two."""
    return "-".join(sorted(map(user_id, (one, other)), key=int))


def media_key(post: Post, photo: Photo | None = None) -> str:
    """Of a photo, or of the post's video: what comes before the sign tells the kind."""
    return (
        f"3_{snowflake(post.created, photo.number)}" if photo else f"7_{snowflake(post.created, post.number)}"
    )


def poll_id(post: Post) -> str:
    return snowflake(post.created, post.number)


def letters(seed: str, count: int) -> str:
    """Letters and digits, the same for the same seed."""
    digest = hashlib.sha256(f"{WHERE} {seed}".encode()).digest()
    return base64.b64encode(digest, b"Ab").decode()[:count]


def short_url(address: str) -> str:
    return f"https://t.co/{letters(address, 10)}"


def handle(account: Account) -> str:
    """As texts have it: what was written does not change with a name."""
    return account.former[0] if account.former else account.handle


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def token(number: str) -> str:
    """A pagination token: base32hex, which tells a client nothing."""
    return base64.b32hexencode(f"before {number}".encode()).decode().lower().rstrip("=")


def before(given: str) -> str | None:
    """The id that a token stands for; None for what is no token."""
    padded = given.upper() + "=" * (-len(given) % 8)
    try:
        word, _, number = base64.b32hexdecode(padded).decode().partition(" ")
    except ValueError:
        return None
    return number if word == "before" and number.isdigit() else None
