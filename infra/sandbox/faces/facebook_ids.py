"""Ids as Facebook writes them: {page}_{post} for a post, {post}_{comment} for a comment, t_ and digits for a
conversation, m_ and letters for a private message, digits alone for the rest."""

from base64 import urlsafe_b64encode
from hashlib import sha512

from infra.sandbox.model import Account, Post
from infra.sandbox.network import Network

WHERE = "facebook"
OBJECTS, PAGES, PEOPLE = 122_100_000_000_000_000, 100_064_000_000_000, 24_000_000_000_000_000


def object_id(number: int) -> str:
    return str(OBJECTS + 1009 * number)


def number_of(object_id: str) -> int | None:
    """The network's number of a thing; None for what is no id of one."""
    number, rest = divmod(int(object_id) - OBJECTS, 1009) if object_id.isdigit() else (-1, 1)
    return number if number > 0 and not rest else None


def video_number(post: Post) -> int:
    """A video has an id besides that of its post."""
    return 2 * 10**9 + post.number


def profile_id(account: Account) -> str:
    """Of a Page, or of a person as the one app sees them."""
    return str(PAGES + 7919 * account.number if account.staff else PEOPLE + 104_729 * account.number)


def thread_id(page: Account, other: Account) -> str:
    """Of the conversation of a Page and somebody else."""
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
