"""A made-up district's social media, deterministic and of any length: the rows that captures of several years
would have brought.

`story(rows)` yields `Told`: one segment of one capture, in the order of its account's ledger, exactly `rows`
rows in all, in flat memory. It has posts, comments and replies in English and Spanish, emoji, hashtags,
handles, pictures, edits, edits back, removals, hidden and held comments, late arrivals, text that tries to
break things, and comments that two of our accounts saw.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from recordroom.canonical import sha256

PLATFORMS = ("bluesky", "feed", "mastodon", "wordpress")
ACCOUNTS = {
    "news": "wordpress", "district": "mastodon", "superintendent": "mastodon", "schools": "bluesky",
    "calendar": "feed",
}  # fmt: skip
START = datetime(2021, 9, 1, 15, tzinfo=UTC)
SEGMENT = 2_000

_SUBJECTS = (
    "The school board", "The superintendent", "Lincoln Elementary", "Our bus team", "The levy",
    "Kitchen staff", "The PTA", "Roosevelt High", "La junta escolar", "El distrito", "Nuestro equipo",
    "La escuela",
)  # fmt: skip
_VERBS = (
    "announces", "discussed", "is closing", "will reopen", "cancelled", "approved", "postponed", "celebrates",
    "anuncia", "aprobó", "cancela", "invita a",
)  # fmt: skip
_OBJECTS = (
    "the emergency closure", "two-hour late start", "the budget hearing", "kindergarten registration",
    "a water main break", "graduation tickets", "el cierre de emergencia", "la reunión de padres",
    "las reuniones de mañana", "el año escolar", "free lunches", "the bond measure", "boundary changes",
    "summer reading",
)  # fmt: skip
_TAILS = (
    "today", "tomorrow at 8:30 a.m.", "due to snow ❄️", "🎉🎉", "see https://district.example/news?id=7&x=y",
    "#SnowDay", "#levy2026", "thanks @teacher.example.org", "con @maria@social.example", "#AñoEscolar",
    "👩🏽‍🏫 rocks", "(room 204)", "por favor", "why???", "this is a disgrace", "¡gracias!", "$1,200,000 more",
    "per RCW 42.56",
)  # fmt: skip
HOSTILE = (
    "<script>alert('x')</script> & \"quotes\" <b>bold</b>", '=HYPERLINK("http://evil.example","click")',
    "+1 -1 @SUM(A1:A9)", "\u202etxet desrever\u202c \u2066isolate\u2069", "zero\u200bwidth\u200djoin\ufeff",
    "NUL \x00 inside", "line\r\nbreaks\u2028and\u2029more", "'; DROP TABLE records; --", "😀" * 200,
    "word " * 4_000, "é" + "\u0301" * 50, 'AND OR NOT ( [ { " \\ / : ^ ~ *', "",
)  # fmt: skip
_NAMES = (
    "Ana García",
    "Bo Li",
    "Chris O'Neil",
    "Dmitri",
    "E. 🐝",
    "Fátima N.",
    "Grace",
    "نور",
    "=cmd|'/c calc'!A0",
    "José Ñandú",
)
_PICTURES = tuple(f"picture {n}".encode() for n in range(40))


@dataclass(frozen=True, slots=True)
class Told:
    """One segment. `seen` matters in a final one only."""

    account: str
    at: datetime
    segment: int
    final: bool
    window: str
    rows: list[dict[str, Any]]
    seen: tuple[str, ...] = ()
    since: datetime | None = None


@dataclass
class _Teller:
    """One account's state: the next number, recent conversations to answer, changes that later captures will
    find.
    """

    account: str
    dice: random.Random
    number: int = 0
    told: bool = False
    # record_id, root_id, kind, window_at
    recent: list[tuple[str, str, str, datetime]] = field(default_factory=list)
    later: list[dict[str, Any]] = field(default_factory=list)
    shared: list[dict[str, Any]] = field(default_factory=list)  # what the other Mastodon account saw too


def story(rows: int, seed: int = 1, segment: int = SEGMENT) -> Iterator[Told]:
    """Segments with `rows` rows in all. Each capture of an account has up to four segments; the accounts take
    turns.
    """
    dice = random.Random(seed)  # noqa: S311 (no secret: the same story each time)
    tellers = [_Teller(name, random.Random(f"{seed} {name}")) for name in ACCOUNTS]  # noqa: S311
    shares = dict(zip(("district", "superintendent"), (tellers[2], tellers[1]), strict=True))
    at, told = START, 0
    step = timedelta(days=1500) / max(1, rows // (segment * 2))
    while told < rows:
        for teller in tellers:
            wanted = min(segment * dice.randint(1, 4), rows - told)
            parts = [min(segment, wanted - n) for n in range(0, wanted, segment)]
            seen: list[str] = []
            for number, size in enumerate(parts, 1):
                made = _rows(teller, size, at, shares.get(teller.account))
                seen += [row["record_id"] for row in made if row.get("status", "visible") == "visible"]
                last = number == len(parts)
                window, since = ("recent", at - timedelta(days=30)) if teller.told else ("full", None)
                yield Told(teller.account, at, number, last, window, made, tuple(seen) if last else (), since)
            teller.told = True
            told += wanted
            at += step / len(tellers)


def _rows(teller: _Teller, size: int, at: datetime, other: _Teller | None) -> list[dict[str, Any]]:
    """Rows of one segment: each record at most once."""
    due, teller.later = teller.later[: size // 3], teller.later[size // 3 :]
    made = [_change(teller, was, at) for was in due]
    while teller.shared and len(made) < size:
        made.append(teller.shared.pop() | {"captured_at": at, "valid_from": at})
    while len(made) < size:
        row = _fresh(teller, at)
        made.append(row)
        if teller.dice.random() < 0.12:
            teller.later.append(row)
        elif other and row["kind"] != "post" and teller.dice.random() < 0.05:
            other.shared.append(row)
    return made


def _fresh(teller: _Teller, at: datetime) -> dict[str, Any]:
    dice, platform = teller.dice, ACCOUNTS[teller.account]
    teller.number += 1
    published = at - timedelta(seconds=dice.randint(60, 86_400 * 3))
    kind, parent = "post", None
    if platform != "feed" and teller.recent and dice.random() < 0.7:
        parent = dice.choice(teller.recent[-200:])
        kind = "comment" if parent[2] == "post" else "reply"
    record_id = _record_id(platform, teller.account, teller.number, kind)
    root_id = parent[1] if parent else record_id
    window_at = parent[3] if parent else published
    teller.recent = [*teller.recent[-199:], (record_id, root_id, kind, window_at)]
    row = {
        "record_id": record_id, "sequence": 1, "kind": kind, "parent_id": parent[0] if parent else None,
        "root_id": root_id, "url": f"https://{platform}.example/{teller.account}/{teller.number}",
        "published_at": published, "captured_at": at, "window_at": window_at, "valid_from": published,
        "valid_from_source": "platform", "language": dice.choice(("en", "es", None)),
        "author_is_account": kind == "post", "visibility": "public", **_words(dice),
        **_author(dice, teller.account, kind),
    }  # fmt: skip
    if platform == "wordpress" and kind == "post":
        row["title"] = f"{dice.choice(_SUBJECTS)} {dice.choice(_VERBS)}"
    if dice.random() < 0.2:
        row["media"] = [_picture(dice)]
    if dice.random() < 0.5:
        row |= {
            "counts": {
                "likes": dice.randint(0, 900),
                "shares": None,
                "comments": dice.randint(0, 9),
                "views": None,
            },
            "counted_at": at,
        }
    return row


def _change(teller: _Teller, was: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return the next sequence of a record; some change again in a later capture."""
    dice = teller.dice
    row = was | {
        "sequence": was["sequence"] + 1,
        "captured_at": at,
        "valid_from": at,
        "valid_from_source": "capture",
        "changed": ["text"],
    }
    row["late_arrival"] = False
    what = dice.random()
    if what < 0.55:
        row |= _words(dice) | {
            "edited_at": at - timedelta(minutes=5),
            "valid_from": at - timedelta(minutes=5),
            "valid_from_source": "platform",
        }
    elif what < 0.75:
        row |= {
            "status": "removed",
            "acted_by": "author",
            "status_reason": "the platform says: deleted",
            "changed": ["status"],
        }
    elif what < 0.9:
        status = dice.choice(("hidden", "held", "spam", "trashed", "unavailable"))
        row |= {
            "status": status,
            "acted_by": "unknown",
            "status_reason": "as the platform says",
            "changed": ["status"],
        }
    else:
        row |= _words(dice) | {
            "late_arrival": True,
            "valid_from": was["published_at"],
            "valid_from_source": "history",
        }
    if not row["late_arrival"] and row.get("status", "visible") == "visible" and dice.random() < 0.3:
        teller.later.append(row)
    return row


def _words(dice: random.Random) -> dict[str, Any]:
    """Text, and what it points at."""
    if dice.random() < 0.01:
        return {"text": dice.choice(HOSTILE), "tags": [], "mentions": [], "links": []}
    parts = [
        f"{dice.choice(_SUBJECTS)} {dice.choice(_VERBS)} {dice.choice(_OBJECTS)}, {dice.choice(_TAILS)}."
        for _ in range(dice.randint(1, 3))
    ]
    text = " ".join([*parts, str(dice.randint(1, 99_999))])
    tokens = [word.rstrip(".") for word in text.split()]
    return {
        "text": text,
        "tags": [t[1:] for t in tokens if t.startswith("#")],
        "mentions": [t[1:] for t in tokens if t.startswith("@")],
        "links": [t for t in tokens if t.startswith("https://")],
    }


def _author(dice: random.Random, account: str, kind: str) -> dict[str, Any]:
    if kind == "post":
        return {
            "author_id": account,
            "author_name": f"Example School District ({account})",
            "author_handle": f"{account}.district.example",
        }
    number = dice.randint(0, 999)
    return {
        "author_id": f"u{number}",
        "author_name": _NAMES[number % len(_NAMES)],
        "author_handle": f"user{number}.social.example",
    }


def _picture(dice: random.Random) -> dict[str, Any]:
    number = dice.randrange(len(_PICTURES))
    data = _PICTURES[number]
    picture = {
        "identity": f"m{number}",
        "type": "image",
        "position": 1,
        "sha256": sha256(data),
        "bytes": len(data),
        "data": data,
    }
    if number % 3 == 0:
        return picture | {"alt_text": None}
    if number % 10 == 1:
        gone = {"sha256": None, "bytes": None, "missing_reason": "the server answered 404", "alt_text": None}
        return {k: v for k, v in (picture | gone).items() if k != "data"}
    return picture | {"alt_text": f"Children in the snow, photo {number}"}


def _record_id(platform: str, account: str, number: int, kind: str) -> str:
    if platform == "wordpress":
        return f"wordpress:news.district.example/{'posts' if kind == 'post' else 'comments'}/{number}"
    if platform == "bluesky":
        return f"bluesky:at://did:plc:{account}/app.bsky.feed.post/3k{number:09d}"
    if platform == "mastodon":
        return f"mastodon:social.district.example/statuses/{account}{number}"
    return f"feed:district.example/{account}.xml#{number}"
