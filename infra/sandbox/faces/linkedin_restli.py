"""Rest.li 2.0.0 as a request's address is written in it: lists, records, and what must be escaped.

ids=List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)   a list of strings, each escaped by itself
sort=(value:REVERSE_CHRONOLOGICAL)                    a record author=urn%3Ali%3Aorganization%3A1
a string: : ( ) , ' stand for themselves only when they are escaped

Source: linkedin.github.io/rest.li/spec/protocol,
learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/protocol-version
"""

import re
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

SIGNS = re.compile(r"[:(),']")


class Unreadable(ValueError):
    """Not written as Rest.li wants it."""


def text(raw: str) -> str:
    if SIGNS.search(raw):
        raise Unreadable(raw)
    return unquote_plus(raw)


def value(raw: str) -> Any:
    """A string, a list of strings or a flat record of them."""
    if raw.startswith("List(") and raw.endswith(")"):
        return [text(one) for one in raw[5:-1].split(",") if one]
    if raw.startswith("(") and raw.endswith(")"):
        pairs = [one.partition(":") for one in raw[1:-1].split(",")]
        return {name: text(one) for name, _, one in pairs}
    return text(raw)


def parameters(query: str) -> dict[str, Any]:
    pairs = [one.partition("=") for one in query.split("&") if one]
    return {unquote(name): value(raw) for name, _, raw in pairs}


def check_path(address: str) -> None:
    """`address` as it was sent: what a server does not keep cannot be checked."""
    for segment in urlsplit(address).path.split("/"):
        value(segment)
