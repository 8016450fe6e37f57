"""Ordinary conversations under ordinary posts: who says what is drawn by hashes, so it is the same on every
machine.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from infra.sandbox.model import Post
from infra.sandbox.network import Network
from infra.sandbox.story.cast import PEOPLE, SPEAKERS, handle
from infra.sandbox.story.texts import ANSWERS, HEATED, OFFICIAL, OPENERS

T = TypeVar("T")
NAMES = tuple(PEOPLE)


def draw(*seed: object) -> int:
    return int.from_bytes(hashlib.sha256("/".join(map(str, seed)).encode()).digest()[:4], "big")


def pick(options: Sequence[T], *seed: object) -> T:
    return options[draw(*seed) % len(options)]


def converse(network: Network, post: Post, until: datetime) -> None:
    """None to four comments, some answered, now and then by the district."""
    at = post.created
    for number in range(draw(post.key, "many") % 5):
        at += timedelta(minutes=7 + draw(post.key, number) % 240)
        if at > until:
            return
        seed = (post.key, number)
        comment = network.comment(
            handle(post.where, pick(NAMES, *seed, "who")), post, pick(OPENERS, *seed, "what"), at=at
        )
        comment.likes = draw(*seed, "likes") % 6
        if draw(*seed, "answered") % 3 == 0 and (answered := at + timedelta(minutes=11)) < until:
            official = draw(*seed, "by") % 2 == 0
            author = SPEAKERS[post.where] if official else handle(post.where, pick(NAMES, *seed, "whom"))
            network.comment(
                author, comment, pick(OFFICIAL if official else ANSWERS, *seed, "reply"), at=answered
            )


def quarrel(network: Network, post: Post, count: int, until: datetime) -> list[Post]:
    """A heated thread: `count` comments within some hours, four levels deep, the loudest lines more than
    once.
    """
    said: list[Post] = []
    levels = {post.key: 0}
    at = post.created
    for number in range(count):
        at = min(at + timedelta(minutes=2, seconds=draw(post.key, "q", number) % 60), until)
        above = [one for one in said[-12:] if levels[one.key] < 4]
        parent = (
            pick(above, post.key, "under", number) if above and draw(post.key, "deep", number) % 4 else post
        )
        line = HEATED[number % len(HEATED)] + (f" ({number})" if number >= len(HEATED) else "")
        said.append(
            network.comment(handle(post.where, pick(NAMES, post.key, "by", number)), parent, line, at=at)
        )
        levels[said[-1].key] = levels[parent.key] + 1
    return said
