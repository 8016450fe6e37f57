"""Values as people type them, read as their field's type.

Trouble for a value that the type cannot have: Elasticsearch is never sent what it would refuse, and no search
finds nothing without saying that no record can have its value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from luqum.tree import Item, OpenRange, Phrase, Range, To, Word

from recordroom import dates
from recordroom.model import (
    HELD,
    HIDDEN,
    KINDS,
    MEDIA_TYPES,
    REMOVED,
    STATUSES,
    TRASHED,
    UNAVAILABLE,
    VISIBLE,
    instant,
    to_local,
)
from recordroom.platforms.registry import list_names
from recordroom.retention import status as retention
from recordroom.search.query.fields import (
    DAY,
    INSTANT,
    INTEGER,
    KEYWORD,
    QueryField,
    Term,
    match_any,
    match_present,
)
from recordroom.search.query.syntax import NO_EDIT, Trouble, quote_piece

_LONG = range(-(2**63), 2**63)
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
UNDECIDED = ("undecided: retain", "undecided")  # what pages say of a record without a series
_KNOWN: Mapping[str, Sequence[str]] = {
    "status": STATUSES, "kind": KINDS, "type": MEDIA_TYPES, "retention status": retention.STATUSES,
}  # fmt: skip
OTHERWISE: Mapping[str, Mapping[str, str]] = {  # what people call them
    "status": {
        "deleted": REMOVED, "gone": UNAVAILABLE, "private": HIDDEN, "pending": HELD, "unapproved": HELD,
        "trash": TRASHED,
        "public": VISIBLE, "published": VISIBLE,
    },
    "kind": {
        "page": "post", "pages": "post", "tweet": "post", "video": "post", "photo": "post",
        "answer": "reply", "replies": "reply",
        "dm": "message", "account": "profile",
    },
    "type": {
        "picture": "image", "pictures": "image", "photo": "image", "photos": "image", "images": "image",
        "jpg": "image", "film": "video", "videos": "video", "movie": "video", "sound": "audio",
        "pdf": "document",
        "documents": "document", "file": "document",
    },
    "platform": {
        "twitter": "x", "fb": "facebook", "ig": "instagram", "insta": "instagram", "yt": "youtube",
        "bsky": "bluesky", "website": "wordpress",
    },
}  # fmt: skip


def read_text(node: Word | Phrase) -> str:
    """Return the text of a word or a quoted phrase, without the backslashes that escape signs."""
    return unescape(node.value[1:-1] if isinstance(node, Phrase) else node.value)


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def read_span(node: Item, value: str) -> dates.DateSpan:
    try:
        return dates.parse_span(value)
    except ValueError as problem:
        part = _readable_part(value)
        edit = (node.pos, node.pos + node.size, part) if part else NO_EDIT
        message = f'{problem}: write 2026, 2026-03, 2026-03-31, or "Mar 31, 2026" in quotes'
        raise Trouble(message, node.pos, edit) from None


def _readable_part(value: str) -> str:
    """Return the day, month, or year at the beginning of an invalid date.

    2026-11 of 2026-11-31; "" if there is none.

    It is never all of time: one mistyped day would find everything for a person who accepts all corrections
    of a list.
    """
    for digits in (10, 7, 4):
        with suppress(ValueError):
            dates.parse_span(value[:digits])
            return value[:digits]
    return ""


def read_integer(node: Item, value: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,19}", value) and int(value) in _LONG:
        return int(value)
    raise Trouble(f"{quote(value)} is not a whole number", node.pos, NO_EDIT)


def read_truth(node: Item, value: str) -> bool:
    if value.lower() not in _TRUTH:
        raise Trouble(
            f"{quote(value)} is neither true nor false", node.pos, (node.pos, node.pos + node.size, "true")
        )
    return _TRUTH[value.lower()]


def refuse_unknown(node: Item, value: str, field: QueryField) -> None:
    """Refuse a status or kind that no record can have.

    It would find nothing, or everything with NOT, and hide that it was misspelled.
    """
    known = list_names() if field.title == "platform" else _KNOWN.get(field.title, ())
    if known and value.lower() not in known:
        alike = get_close_matches(value.lower(), known, 1)
        close = OTHERWISE.get(field.title, {}).get(value.lower()) or next(iter(alike), "")
        message = f"there is no {field.title} {quote(value)}; available: {', '.join(known)}"
        raise Trouble(message, node.pos, (node.pos, node.pos + node.size, close) if close else NO_EDIT)


def describe_day(value: str, span: dates.DateSpan) -> str:
    """Return what a date means, with its time zone.

    An instant with an offset in Pacific time too.
    """
    if re.search(r"(Z|[+-]\d\d:?\d\d)$", value, re.IGNORECASE):
        return f"{value} ({dates.format_time(span.start)})"
    return f"{value} (Pacific time)"


def quote(value: str) -> str:
    return f'"{value}"'


_SAID = {("g", True): "from", ("g", False): "after", ("l", True): "up to", ("l", False): "before"}


def read_range(node: Range | OpenRange, field: QueryField | None, text: str) -> Term:
    """Read a range; `text`: the whole query."""
    whole = (node.pos, node.pos + node.size)
    if field is None:
        raise Trouble(
            "a range needs a field before it, such as published:", node.pos, quote_piece(text, *whole)
        )
    if field.type not in (INSTANT, DAY, INTEGER, KEYWORD):
        raise Trouble(f"a range is not possible in {field.title}", node.pos, quote_piece(text, *whole))
    if isinstance(node, Range):
        low, high, with_low, with_high = node.low, node.high, node.include_low, node.include_high
    elif isinstance(node, To):
        low, high, with_low, with_high = None, node.a, True, node.include
    else:
        low, high, with_low, with_high = node.a, None, node.include, True
    bounds: dict[str, Any] = {}
    said: list[str] = []
    for item, name, inclusive in ((low, "g", with_low), (high, "l", with_high)):
        if item is not None and not (isinstance(item, Word) and item.value == "*"):
            operator, value, named = _bound(item, field, name, inclusive)
            bounds[operator] = value
            said.append(f"{_SAID[name, inclusive]} {named}")
    if not bounds:
        return match_present(field)
    if low is not None and high is not None:
        _refuse_empty(low, high, field, bounds, text)
    return Term(
        match_any({"range": {path: bounds}} for path in field.paths), f"{field.title} {' and '.join(said)}"
    )


def _refuse_empty(low: Item, high: Item, field: QueryField, bounds: dict[str, Any], text: str) -> None:
    """Refuse a range that ends before it begins: it would find nothing, and hide why."""
    ends = [value for _, value in sorted(bounds.items())]  # gt or gte sorts before lt or lte
    if field.type == KEYWORD or len(ends) == 1 or ends[0] <= ends[1]:
        return
    first = text[low.pos : low.pos + low.size]
    between = text[low.pos + low.size : high.pos]
    last = text[high.pos : high.pos + high.size]
    if first == last:
        raise Trouble("this range is empty", low.pos - 1, (low.pos - 1, high.pos + high.size + 1, first))
    raise Trouble(
        "this range ends before it begins",
        low.pos,
        (low.pos, high.pos + high.size, f"{last}{between}{first}"),
    )


def _bound(item: Item, field: QueryField, side: str, inclusive: bool) -> tuple[str, Any, str]:
    """Return (operator, value, in words) for one end of a range."""
    if not isinstance(item, (Word, Phrase)):
        raise Trouble(
            "a range goes from one value to another", item.pos, (item.pos, item.pos + item.size, "*")
        )
    value = read_text(item)
    if field.type in (INSTANT, DAY):
        span = read_span(item, value)
        if field.type == DAY:
            return *_day_bound(span, side, inclusive=inclusive), value
        if side == "g":
            return "gte", instant(span.start if inclusive else span.end), describe_day(value, span)
        [(operator, end)] = span.before.items() if inclusive else [("lt", instant(span.start))]
        return operator, end, describe_day(value, span)
    return (
        f"{side}te" if inclusive else f"{side}t",
        read_integer(item, value) if field.type == INTEGER else value,
        quote(value),
    )


def _day_bound(span: dates.DateSpan, side: str, *, inclusive: bool) -> tuple[str, str]:
    """Return (operator, day) for one end of a range of days."""
    first, after = day_bounds(span).values()
    if side == "g":
        return "gte", first if inclusive else after
    return "lt", after if inclusive else first


def day_bounds(span: dates.DateSpan) -> dict[str, str]:
    """Return the days of a span, for a field that has days without a time."""
    return {"gte": _local_day(span.start), "lt": _local_day(span.end)}


def _local_day(moment: datetime) -> str:
    return to_local(moment).date().isoformat()
