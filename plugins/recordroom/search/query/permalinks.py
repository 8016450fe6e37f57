"""Text that people paste into a search instead of words.

The address of a post, or the ID of a record.

The index has one address of each record, as the platform gave it. People copy addresses from an app, a mobile
page, or a share button, so the address of the same post is written in several ways.
"""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from recordroom.platforms.permalinks import Permalinks
from recordroom.platforms.registry import list_names, load

_ADDRESS = re.compile(r"(?:https?|at)://[^\s\"]+", re.IGNORECASE)
_BESIDE = re.compile(r"^(?:www|m|mobile|mbasic)\.")  # hosts that show the same as the host itself
# Share buttons and mails add these to an address; none says which post is meant.
_ADDED = re.compile(
    r"utm_\w+|fbclid|gclid|igshi?d?|mibextid|rdid|__\w+__.*|si|feature|ref(?:_\w+)?|s|t|trackingId|rcm|is_from_webapp|sender_device|web_id|xmt"
)


def find_pasted(text: str) -> str:
    """Return the query for a pasted address or ID; "" if the text is neither."""
    text = text.strip()
    if _ADDRESS.fullmatch(text):
        if text.lower().startswith("at://"):
            return f"record_id:{quote_value(f'bluesky:{text}')}"
        return f"url:{quote_value(text)}"
    return f"record_id:{quote_value(text)}" if _id().fullmatch(text) else ""


def list_spellings(address: str) -> tuple[list[str], list[str]]:
    """Return (other spellings of an address, patterns of it with `*`).

    With and without www., a final slash, and what share buttons add; and as the platform writes it.
    """
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
    forms: list[Permalinks] = [load(name).PLATFORM.permalinks for name in list_names()]
    return [one for permalinks in forms for one in permalinks.platform_forms]


@cache
def _id() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(map(re.escape, list_names()))}):[^\s\"]+")


def quote_value(text: str) -> str:
    return '"{}"'.format(re.sub(r'([\\"])', r"\\\1", text))
