"""Conversations below posts, drawn from hashes: the same on every machine."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from infra.sandbox.model import Post
from infra.sandbox.network import Network
from infra.sandbox.story.cast import PEOPLE, SPEAKERS, handle
from infra.sandbox.story.texts import ANSWERS, HEATED, OFFICIAL, OPENERS

NAMES = tuple(PEOPLE)


def draw(*seed: object) -> int:
    """Return a number from 0 to 2**32 - 1 that depends on the seed only."""
    return int.from_bytes(hashlib.sha256("/".join(map(str, seed)).encode()).digest()[:4], "big")


def pick(options: Sequence[str], *seed: object) -> str:
    """Return the option that the seed draws."""
    return options[draw(*seed) % len(options)]


def converse(network: Network, post: Post, until: datetime) -> None:
    """Add up to four comments below a post, some with a reply."""
    at = post.created
    for number in range(draw(post.key, "many") % 5):
        at += timedelta(minutes=7 + draw(post.key, number) % 240)
        if at > until:
            return
        seed = (post.key, number)
        author = handle(post.where, pick(NAMES, *seed, "who"))
        comment = network.comment(author, post, pick(OPENERS, *seed, "what"), at=at)
        comment.likes = draw(*seed, "likes") % 6
        replied = at + timedelta(minutes=11)
        if draw(*seed, "answered") % 3 == 0 and replied < until:
            is_official = draw(*seed, "by") % 2 == 0
            author = SPEAKERS[post.where] if is_official else handle(post.where, pick(NAMES, *seed, "whom"))
            text = pick(OFFICIAL if is_official else ANSWERS, *seed, "reply")
            network.comment(author, comment, text, at=replied)


def quarrel(network: Network, post: Post, count: int, until: datetime) -> list[Post]:
    """Add heated comments below a post, up to four levels deep.

    The lines repeat with a number if there are more comments than lines.
    """
    said: list[Post] = []
    levels = {post.key: 0}
    at = post.created
    for number in range(count):
        at = min(at + timedelta(minutes=2, seconds=draw(post.key, "q", number) % 60), until)
        above, parent = [one for one in said[-12:] if levels[one.key] < 4], post
        if above and draw(post.key, "deep", number) % 4:
            parent = above[draw(post.key, "under", number) % len(above)]
        line = HEATED[number % len(HEATED)] + (f" ({number})" if number >= len(HEATED) else "")
        author = handle(post.where, pick(NAMES, post.key, "by", number))
        said.append(network.comment(author, parent, line, at=at))
        levels[said[-1].key] = levels[parent.key] + 1
    return said
