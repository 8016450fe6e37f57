"""TikTok's ids and signed addresses: the network's numbers and times in TikTok's forms, so that the same
story has the same ids.

7709123456789012345                    a video, a photo post or a comment: when it was published, in seconds,
in the upper half -000abcDEF...                          an account, to one application (open_id)
+ABc1D2/E0fGhijklMNOrD34vDW/...        whoever wrote a comment, to every application (unique_identifier)
"""

import hashlib
from base64 import b64encode, urlsafe_b64encode
from datetime import datetime

from infra.sandbox.model import Account, Post

WHERE = "tiktok"
FILE_HOURS = 24


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("/".join(map(str, parts)).encode()).digest()


def native(post: Post) -> str:
    return str((int(post.created.timestamp()) << 32) + post.number)


def number(text: str) -> int | None:
    """The network's number in an id."""
    return int(text) & 0xFFFFFFFF if text.isascii() and text.isdecimal() and len(text) < 20 else None


def open_id(account: str) -> str:
    """`account`: its key."""
    return f"-000{urlsafe_b64encode(_digest('open', account)).decode().rstrip('=')}"


def unique_identifier(account: Account) -> str:
    return b64encode(_digest("everywhere", account.key)).decode().rstrip("=")


def user_id(account: Account) -> str:
    return _digest("here", account.key).hex()


def signature(name: str, expires: int) -> str:
    return b64encode(_digest(name, expires)[:20]).decode()


def still_good(name: str, expires: str, signed: str, now: datetime) -> bool:
    return expires.isdigit() and signature(name, int(expires)) == signed and int(expires) > now.timestamp()
