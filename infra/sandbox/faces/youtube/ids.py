"""YouTube's IDs.

They look random, but lead back to the network's numbers, so that a story always has the same IDs.

UCW7mDwLYzMKGWcyvnAlB8Gg                          a channel; with UU its list of uploads
Kh0nzaNFq1c                                       a video
UgxW7mDwLYzMKGWcyv4AaABAg                         a comment on a video
UgxW7mDwLYzMKGWcyv4AaABAg.9xGa3kVw2Qs8mT1bR0yLcz  a reply to it
"""

import base64
import hashlib
from functools import cache

THREAD, TAIL = "Ug", "4AaABAg"


@cache
def _factor(kind: str, size: int) -> int:
    """Return an odd number of so many bytes. Multiplication by it can be reversed."""
    return int.from_bytes(hashlib.sha256(kind.encode()).digest()[:size]) | 1


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def scrambled(kind: str, number: int, size: int) -> bytes:
    return (number * _factor(kind, size) % (1 << 8 * size)).to_bytes(size)


def number_id(kind: str, number: int, size: int) -> str:
    return encode(scrambled(kind, number, size))


def read_number(kind: str, text: str, size: int) -> int | None:
    """Return the number in an ID; None if `number_id` cannot have made it."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return None
    if len(data) != size or encode(data) != text:
        return None
    return int.from_bytes(data) * pow(_factor(kind, size), -1, 1 << 8 * size) % (1 << 8 * size)


def channel_id(number: int) -> str:
    return f"UC{number_id('channel', number, 16)}"


def uploads_id(number: int) -> str:
    return f"UU{number_id('channel', number, 16)}"


def channel_number(text: str, prefix: str = "UC") -> int | None:
    return read_number("channel", text[2:], 16) if text.startswith(prefix) else None


def playlist_item_id(channel: int, video: int) -> str:
    return encode(f"{uploads_id(channel)}.{scrambled('item', video, 8).hex().upper()}".encode())


def video_id(number: int) -> str:
    return number_id("video", number, 8)


def video_number(text: str) -> int | None:
    return read_number("video", text, 8)


def caption_id(number: int) -> str:
    return f"AUieDa{number_id('caption', number, 24)}"


def comment_id(number: int, thread: int | None = None) -> str:
    """Return the ID of a comment.

    thread: for a reply, the number of the comment above it.
    """
    if thread is not None:
        return f"{comment_id(thread)}.{number_id('thread', thread, 8)}{number_id('answer', number, 8)}"
    return f"{THREAD}{'wxyz'[number % 4]}{number_id('comment', number, 12)}{TAIL}"


def comment_number(text: str) -> int | None:
    """Return the number of a comment or reply."""
    thread, _, answer = text.partition(".")
    number = read_number("comment", thread.removesuffix(TAIL)[3:], 12)
    if number is None or comment_id(number) != thread:
        return None
    found = read_number("answer", answer[11:], 8) if answer else number
    return found if found is not None and (not answer or comment_id(found, number) == text) else None
