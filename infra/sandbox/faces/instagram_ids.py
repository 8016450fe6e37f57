"""Ids, shortcodes and addresses as Instagram writes them; a shortcode is the media's number in 64 letters,
and what is in the inbox has letters for an id."""

from base64 import b64encode

from infra.sandbox.model import Account, Post

WHERE = "instagram"
OBJECTS, USERS = 17_900_000_000_000_000, 17_841_400_000_000_000
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def object_id(number: int) -> str:
    return str(OBJECTS + 1009 * number)


def number_of(object_id: str) -> int | None:
    """The network's number of a thing; None for what is no id of one."""
    number, rest = divmod(int(object_id) - OBJECTS, 1009) if object_id.isdigit() else (-1, 1)
    return number if number > 0 and not rest else None


def user_id(account: Account) -> str:
    return str(USERS + 7919 * account.number)


def _letters(told: str) -> str:
    """Base64 in which Meta's Z stands for nothing by itself."""
    return b64encode(told.encode()).decode().replace("Z", "ZA").replace("=", "ZD")


def thread_id(owner: Account, other: Account) -> str:
    """Of the conversation of an account and somebody else."""
    return _letters(f"ig_dm_thread:{user_id(owner)}:{OBJECTS + 1009 * other.number}")


def message_id(message: Post) -> str:
    return _letters(f"ig_dm_item:1:IGMessageID:{OBJECTS + 1009 * message.number}")


def reel(post: Post) -> bool:
    """Every video that is no story is a reel."""
    return post.video is not None and post.kind != "story"


def in_letters(number: int) -> str:
    code = ""
    while number:
        number, letter = divmod(number, 64)
        code = LETTERS[letter] + code
    return code


def shortcode(post: Post) -> str:
    return in_letters(int(object_id(post.number)))


def permalink(post: Post, owner: Account) -> str:
    if post.kind == "story":
        return f"https://www.instagram.com/stories/{owner.handle}/{object_id(post.number)}"
    return f"https://www.instagram.com/{'reel' if reel(post) else 'p'}/{shortcode(post)}/"
