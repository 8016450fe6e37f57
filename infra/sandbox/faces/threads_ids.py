"""Ids, shortcodes and addresses as Threads writes them; a shortcode is the media's number in 64 letters, as
on Instagram.
"""

from infra.sandbox.faces.instagram_ids import in_letters
from infra.sandbox.model import Account, Post

WHERE = "threads"
OBJECTS, USERS = 18_000_000_000_000_000, 26_000_000_000_000_000


def media_id(number: int) -> str:
    return str(OBJECTS + 1013 * number)


def number_of(media: str) -> int | None:
    """The network's number of a thing; None for what is no id of one."""
    number, rest = divmod(int(media) - OBJECTS, 1013) if media.isdigit() else (-1, 1)
    return number if number > 0 and not rest else None


def user_id(account: Account) -> str:
    return str(USERS + 7907 * account.number)


def shortcode(post: Post) -> str:
    return in_letters(int(media_id(post.number)))


def permalink(post: Post, author: Account) -> str:
    return f"https://www.threads.com/@{author.handle}/post/{shortcode(post)}"
