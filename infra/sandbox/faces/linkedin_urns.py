"""URNs as LinkedIn writes them, and "little text", the form of a post's commentary.

The number of a post, an activity or a comment is an instant in milliseconds, shifted left by 22 bits; what
stands in the low bits is not published: here it is the network's number and a mark of the kind. A post is a
`share`, or a `ugcPost` where it has more than words, one picture or a link, or announces an event; comments
hang under its `activity`, which has a number of its own. Source:
learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from infra.sandbox.markup import pieces
from infra.sandbox.model import Account, Photo, Post

WHERE = "linkedin"
ORGANIZATIONS = 96_000_000
SHARE, ACTIVITY, COMMENT = range(3)
RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
Known = Callable[[str], Account | None]


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _letters(seed: str, count: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(f"{WHERE} {seed}".encode()).digest()).decode()[:count]


def identifier(post: Post, kind: int) -> str:
    return str(milliseconds(post.created) << 22 | post.number << 2 | kind)


def key_of(number: str) -> str:
    """The network's key of what an identifier is of."""
    return f"{WHERE}/{(int(number) & (1 << 22) - 1) >> 2}"


def post_urn(post: Post) -> str:
    rich = post.video or post.paper or post.poll or post.event or len(post.now.photos) > 1
    return f"urn:li:{'ugcPost' if rich else 'share'}:{identifier(post, SHARE)}"


def activity_urn(post: Post) -> str:
    return f"urn:li:activity:{identifier(post, ACTIVITY)}"


def comment_urn(comment: Post, root: Post) -> str:
    return f"urn:li:comment:({activity_urn(root)},{identifier(comment, COMMENT)})"


def account_urn(account: Account) -> str:
    return (
        f"urn:li:organization:{ORGANIZATIONS + account.number}" if account.staff else person_urn(account.key)
    )


def person_urn(seed: str) -> str:
    return f"urn:li:person:{_letters(seed, 10)}"


def image_urn(photo: Photo) -> str:
    return f"urn:li:image:D4E10AQ{_letters(f'image {photo.number}', 11)}"


def asset_urn(kind: str, number: int) -> str:
    """`kind`: video, document, digitalmediaAsset."""
    return f"urn:li:{kind}:D4E05AQ{_letters(f'{kind} {number}', 11)}"


def event_id(number: int) -> int:
    """More than a number with a floating point can hold."""
    return 7_000_000_000_000_000_000 + number


def event_urn(number: int) -> str:
    return f"urn:li:event:{event_id(number)}"


# -- words ------------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    return RESERVED.sub(lambda found: f"\\{found[0]}", text)


def little(text: str, known: Known) -> str:
    r"""See #snow, @mira (now) -> See {hashtag|\#|snow}, @[Mira Okonjo](urn:li:person:zLqTygBP8S) \(now\)"""
    told = []
    for piece in pieces(text):
        account = known(piece.value) if piece.kind == "mention" else None
        if account is not None:
            told.append(f"@[{escaped(account.name)}]({account_urn(account)})")
        elif piece.kind == "tag":
            told.append(rf"{{hashtag|\#|{escaped(piece.value)}}}")
        else:
            told.append(escaped(text[piece.start : piece.end]))
    return "".join(told)


def message(text: str, known: Known) -> dict[str, Any]:
    """A comment's words: plain, with the mentions beside them; places are counted in UTF-16 units, which is
    not published.
    """
    told, attributes = "", []
    for piece in pieces(text):
        account = known(piece.value) if piece.kind == "mention" else None
        if account is None:
            told += text[piece.start : piece.end]
            continue
        kind, field = ("Company", "company") if account.staff else ("Member", "member")
        value = {f"com.linkedin.common.{kind}AttributedEntity": {field: account_urn(account)}}
        attributes.append({"start": _units(told), "length": _units(account.name), "value": value})
        told += account.name
    return {"attributes": attributes, "text": told}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
