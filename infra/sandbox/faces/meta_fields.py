"""The grammar of `fields=` (developers.facebook.com/docs/graph-api/guides/field-expansion), and what an
answer costs.

id,from{id,name},comments.filter(stream).limit(0).summary(true).as(said){message}
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta_errors import error

NAME, MODIFIER = re.compile(r"\w+"), re.compile(r"\.(\w+)\(([^()]*)\)")
LIMIT, MOST = 25, 100
MANY = (
    "comments",
    "replies",
    "children",
    "likes",
    "reactions",
    "sharedposts",
    "photos",
    "messages",
)  # edges that may be long


@dataclass(frozen=True)
class Field:
    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()  # none: those that the kind of node has by itself

    @property
    def alias(self) -> str:
        return self.modifiers.get("as", self.name)

    def __str__(self) -> str:
        modifiers = "".join(f".{name}({value})" for name, value in self.modifiers.items())
        return f"{self.name}{modifiers}" + (f"{{{unparse(self.fields)}}}" if self.fields else "")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def wrong(self, expected: str) -> NoReturn:
        found = f'"{self.text[self.at]}"' if self.at < len(self.text) else "end of string"
        told = f'Syntax error "Expected {expected} instead of {found}." at character {self.at}: {self.text}'
        raise Refusal(400, error(2500, message=told))

    def take(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def fields(self) -> Iterator[Field]:
        yield self.field()
        while self.take(","):
            yield self.field()

    def field(self) -> Field:
        name = NAME.match(self.text, self.at) or self.wrong("name")
        self.at = name.end()
        modifiers = {}
        while found := MODIFIER.match(self.text, self.at):
            modifiers[found[1]] = found[2]
            self.at = found.end()
        inner: tuple[Field, ...] = ()
        if self.take("{"):
            inner = tuple(self.fields())
            if not self.take("}"):
                self.wrong('"}"')
        return Field(name[0], modifiers, inner)


def parse(text: str) -> tuple[Field, ...]:
    """The fields that a request names; none for an empty text. A comma at the end is forgiven."""
    spaceless = re.sub(r"\s", "", text).rstrip(",")
    if not spaceless:
        return ()
    reader = _Reader(spaceless)
    found = tuple(reader.fields())
    if reader.at < len(spaceless):
        reader.wrong("end of string")
    return found


def unparse(fields: Iterable[Field]) -> str:
    return ",".join(map(str, fields))


def limit_of(modifiers: Mapping[str, str]) -> int:
    """How many a page is asked to hold."""
    told = modifiers.get("limit", "")
    return int(told) if told.isdigit() else LIMIT


def cost(fields: Iterable[Field]) -> int:
    """How many values the fields of one node ask for; an expanded edge asks for its page's worth of them."""
    total = 0
    for one in fields:
        pages = max(limit_of(one.modifiers), 1) if one.name in MANY or "limit" in one.modifiers else 1
        total += pages * max(cost(one.fields), 1)
    return total
