r"""LinkedIn's "little text", the form of the text of posts, as plain text.

    Thanks to @[Mira \(PTA\)](urn:li:person:zLqTygBP8S) for {hashtag|\#|snow} \#1 -> Thanks to Mira (PTA) for
    #snow #1

Reserved characters that stand for themselves are escaped with a backslash; a mention shows as its name, a
template as a tag. Source:
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format,
2026-11-25.
"""

from __future__ import annotations

import re

import msgspec

_RESERVED = r"[|{}@\[\]()<>#\\*_~]"
_ESCAPED = re.compile(rf"\\({_RESERVED})")
_ELEMENT = re.compile(
    rf"(?P<escaped>\\{_RESERVED})"
    r"|@\[(?P<name>(?:\\.|[^\\\]])*)\]\s?\((?P<urn>urn:li:\w+:[\w-]+)\)"
    r"|\{hashtag\|(?P<sign>(?:\\.|[^|\\])+)\|(?P<template>(?:\\.|[^}\\])*)\}"
    r"|(?<![\w/&])#(?P<tag>\w+)",
    re.DOTALL,
)


class Plain(msgspec.Struct, gc=False):
    """Plain text. Each mention and tag appears once, in order.

    mentions: URNs of members and organizations.
    tags: without their sign.
    """

    text: str
    mentions: list[str] = []
    tags: list[str] = []


def read(little: str) -> Plain:
    """Return a little text as people see it; everything that is no element is text.

    >>> read(r"Hello @[Acme Corp](urn:li:organization:1234), see {hashtag|\\#|snow} \\(now\\)").text
    'Hello Acme Corp, see #snow (now)'
    """
    if "\\" not in little and "#" not in little and "@[" not in little and "{" not in little:
        return Plain(little)
    found, words, at = Plain(""), [], 0
    for element in _ELEMENT.finditer(little):
        words += [little[at : element.start()], _shown(element, found)]
        at = element.end()
    found.text = "".join([*words, little[at:]])
    return Plain(found.text, list(dict.fromkeys(found.mentions)), list(dict.fromkeys(found.tags)))


def _shown(element: re.Match[str], found: Plain) -> str:
    """Return the text of an element, which is noted in `found`."""
    if escaped := element["escaped"]:
        return escaped[1:]
    if element["urn"]:
        found.mentions.append(element["urn"])
        return _ESCAPED.sub(r"\1", element["name"])
    if element["sign"]:
        tag = _ESCAPED.sub(r"\1", element["template"])
        found.tags.append(tag)
        return _ESCAPED.sub(r"\1", element["sign"]) + tag
    found.tags.append(element["tag"])
    return f"#{element['tag']}"
