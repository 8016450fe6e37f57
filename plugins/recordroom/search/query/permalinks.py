"""What people paste into a search in place of words: the address of a post, or the id of a record; and the ways in which the address of
the same post is written.

The index has one address of each record, as the platform gave it. What people copy comes from an app, a mobile page or a share button.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from recordroom.platforms import load, names
from recordroom.platforms.permalinks import Permalinks

_ADDRESS = re.compile(r"(?:https?|at)://[^\s\"]+", re.IGNORECASE)
_BESIDE = re.compile(r"^(?:www|m|mobile|mbasic)\.")  # hosts that show what stands at the host itself
# What share buttons and mails add to an address: none of it says which post is meant.
_ADDED = re.compile(
    r"utm_\w+|fbclid|gclid|igshi?d?|mibextid|rdid|__\w+__.*|si|feature|ref(?:_\w+)?|s|t|trackingId|rcm|is_from_webapp|sender_device|web_id|xmt"
)


def query_of(text: str) -> str:
    """The query that finds what a pasted address or id names; "" where the text is neither."""
    text = text.strip()
    if _ADDRESS.fullmatch(text):
        if text.lower().startswith("at://"):
            return f"record_id:{quoted(f'bluesky:{text}')}"
        return f"url:{quoted(text)}"
    return f"record_id:{quoted(text)}" if _id().fullmatch(text) else ""


def spellings(address: str) -> tuple[list[str], list[str]]:
    """(the same address as it may stand in a record, patterns of it with `*`): with and without www., a last slash, and what share buttons
    add; and as the platform writes it itself."""
    try:
        parts = urlsplit(address)
        host = _BESIDE.sub("", parts.netloc.lower())
    except ValueError:
        return [address], []
    if parts.scheme.lower() not in ("http", "https") or not host:
        return [address], []
    pairs = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _ADDED.fullmatch(name)
    ]
    path = parts.path.rstrip("/")
    found = dict.fromkeys([address])
    for query in dict.fromkeys((parts.query, urlencode(pairs))):
        found |= {
            urlunsplit((scheme, f"{before}{host}", f"{path}{slash}", query, parts.fragment)): None
            for scheme in ("https", "http") for before in ("", "www.") for slash in ("", "/")
        }  # fmt: skip
    asked = f"?{urlencode(pairs)}" * bool(pairs)
    given = [
        written
        for form, template in _given()
        for written in _written(form, template, unquote(f"{host}{path}{asked}"))
    ]
    return [*found, *(one for one in given if "*" not in one)], [one for one in given if "*" in one]


def _written(form: str, template: str, place: str) -> list[str]:
    found = re.match(form, place)
    return [found.expand(template)] if found else []


@cache
def _given() -> list[tuple[str, str]]:
    forms: list[Permalinks] = [load(name).PLATFORM.permalinks for name in names()]
    return [one for permalinks in forms for one in permalinks.given]


@cache
def _id() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(map(re.escape, names()))}):[^\s\"]+")


def quoted(text: str) -> str:
    return '"{}"'.format(re.sub(r'([\\"])', r"\\\1", text))
