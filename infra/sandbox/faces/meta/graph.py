"""The Graph API's requests and responses: fields, nodes, edges, pages, and times.

The grammar of `fields` (developers.facebook.com/docs/graph-api/guides/field-expansion):
  id,from{id,name},comments.filter(stream).limit(0).summary(true).as(said){message}

A node has the requested fields and its ID; an edge has a page of nodes and the cursors of the next one.
Sources: developers.facebook.com/docs/graph-api/overview, .../guides/field-expansion, and .../results
(paging). Fields without a value are left out. A cursor is a position in the order, so it remains valid if its
item is removed; the real ones promise less.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

from infra.sandbox.faces.common import Json, Refusal
from infra.sandbox.faces.meta.errors import error, nonexistent
from infra.sandbox.model import Post
from infra.sandbox.validation.meta import DEFAULTS, Asked, fields_of

NAME, MODIFIER = re.compile(r"\w+"), re.compile(r"\.(\w+)\(([^()]*)\)")
LIMIT, MOST = 25, 100
# edges that may be long
MANY = ("comments", "replies", "children", "likes", "reactions", "sharedposts", "photos", "messages")
Key = tuple[int, ...]
TRUE = ("1", "true")
# parameters of an edge that its links repeat
KEPT = (
    "filter",
    "order",
    "since",
    "until",
    "summary",
    "include_hidden",
    "type",
    "reverse",
    "approval_status",
    "platform",
    "user_id",
    "status",
)


@dataclass(frozen=True)
class Field:
    """A requested field."""

    name: str
    modifiers: Mapping[str, str] = field(default_factory=dict)  # .name(value)
    fields: tuple["Field", ...] = ()  # none: the default fields of the kind of node

    @property
    def alias(self) -> str:
        return self.modifiers.get("as", self.name)

    def __str__(self) -> str:
        modifiers = "".join(f".{name}({value})" for name, value in self.modifiers.items())
        return f"{self.name}{modifiers}" + (f"{{{unparse(self.fields)}}}" if self.fields else "")


class _Reader:
    """Reads the grammar of `fields`."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def wrong(self, expected: str) -> NoReturn:
        found = f'"{self.text[self.at]}"' if self.at < len(self.text) else "end of string"
        message = (
            f'Syntax error "Expected {expected} instead of {found}." at character {self.at}: {self.text}'
        )
        raise Refusal(400, error(2500, message=message))

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
    """Return the fields that a request names; none for an empty text.

    A final comma is ignored.
    """
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


def asked_of(fields: Iterable[Field]) -> Asked:
    """Return requested fields in the form in which a response is checked against them."""
    return tuple((one.alias, one.name, asked_of(one.fields)) for one in fields)


def limit_of(modifiers: Mapping[str, str]) -> int:
    """Return the requested size of a page."""
    value = modifiers.get("limit", "")
    return int(value) if value.isdigit() else LIMIT


def cost(fields: Iterable[Field]) -> int:
    """Count the values that the fields of one node request.

    An expanded edge counts a page of them.
    """
    total = 0
    for one in fields:
        pages = max(limit_of(one.modifiers), 1) if one.name in MANY or "limit" in one.modifiers else 1
        total += pages * max(cost(one.fields), 1)
    return total


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    values: by field, plain JSON, another Node, None for no value, or a function of the field's modifiers that
    returns one of these or an Edge. A function is called only if its field is requested.
    """

    kind: str  # name in facebook-business
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Edge:
    """A list of nodes."""

    path: str  # "<node>/comments"
    items: Sequence[Any]  # arguments of `make`, in the order of `key`
    make: Callable[[Any], Node]
    key: Callable[[Any], Key]  # position of an item, for cursors
    summary: Json | None = None  # shown with summary=true
    strict: bool = False  # refuses more than 100 per page; others return 100
    paged: bool = True  # has cursors
    quiet: bool = False  # has them only if there are more pages
    linked: bool = True  # has links, in addition to cursors
    most: int = MOST  # limit of a page
    cursors: Sequence[str] = ("before", "after")  # which cursors a page has


def encoded(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decoded(cursor: str) -> Key:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
        return tuple(int(part) for part in key)
    except (ValueError, TypeError):
        raise Refusal(400, error(100, message="(#100) Invalid cursors values")) from None


def page_of(edge: Edge, modifiers: Mapping[str, str], limit: int) -> tuple[Sequence[Any], bool, bool]:
    """Return one page, and whether there are items before and after it."""
    keys = [edge.key(one) for one in edge.items]
    if before := modifiers.get("before"):
        at_most = decoded(before)
        end = next((at for at, key in enumerate(keys) if key >= at_most), len(keys))
        start = max(0, end - limit)
    else:
        mark = decoded(modifiers["after"]) if modifiers.get("after") else None
        start = 0 if mark is None else next((at for at, key in enumerate(keys) if key > mark), len(keys))
        end = min(start + limit, len(keys))
    return edge.items[start:end], start > 0, end < len(keys)


def chosen(value: Any, fields: Sequence[Field]) -> Any:
    """Return the requested fields of a plain structure."""
    if not fields:
        return value
    if isinstance(value, list):
        return [chosen(one, fields) for one in value]
    if isinstance(value, dict) and value.keys() == {"data"}:
        return {"data": chosen(value["data"], fields)}
    return (
        {one.name: chosen(value[one.name], one.fields) for one in fields if one.name in value}
        if isinstance(value, dict)
        else value
    )


@dataclass(frozen=True)
class Renderer:
    """Writes nodes and edges as JSON."""

    root: str  # address up to the version
    secret: str  # part of the links, as in the real ones

    def node(self, node: Node, fields: Sequence[Field]) -> Json:
        shown: Json = {}
        for one in fields or [Field(name) for name in DEFAULTS[node.kind]]:
            value = self.value(node, one)
            if value is not None:
                shown[one.alias] = value
        if node.values.get("id"):
            shown.setdefault("id", node.values["id"])
        return shown

    def value(self, node: Node, asked: Field) -> Any:
        self.known(node.kind, asked.name)
        value = node.values.get(asked.name)
        if callable(value):
            value = value(asked.modifiers)
        if isinstance(value, Edge):
            return self.edge(value, asked.modifiers, asked.fields)
        return self.node(value, asked.fields) if isinstance(value, Node) else chosen(value, asked.fields)

    def known(self, kind: str, name: str) -> None:
        """Refuse a field that the kind of node does not have."""
        if name in fields_of(kind):
            return
        if kind == "PagePost" and name in fields_of("Post"):
            raise Refusal(400, error(12))
        raise Refusal(400, nonexistent(name, kind))

    def edge(self, edge: Edge, modifiers: Mapping[str, str], fields: Sequence[Field]) -> Json:
        limit = limit_of(modifiers)
        if edge.strict and limit > MOST:
            raise Refusal(400, error(100, message="(#100) The 'limit' parameter should not exceed 100"))
        items, earlier, later = page_of(edge, modifiers, min(limit, edge.most))
        shown: Json = {"data": [self.node(edge.make(one), fields) for one in items]}
        if items and edge.paged and (earlier or later or not edge.quiet):
            cursors = {"before": encoded(edge.key(items[0])), "after": encoded(edge.key(items[-1]))}
            shown["paging"] = {"cursors": {name: cursors[name] for name in edge.cursors}}
            for name, mark, there in (("next", "after", later), ("previous", "before", earlier)):
                if there and mark in edge.cursors and edge.linked:
                    shown["paging"][name] = self.link(
                        edge, modifiers, fields, {"limit": str(limit), mark: cursors[mark]}
                    )
        if edge.summary is not None and (wanted := modifiers.get("summary", "false")) != "false":
            names = set(edge.summary) if wanted in TRUE else set(wanted.split(","))
            shown["summary"] = {name: value for name, value in edge.summary.items() if name in names}
        return shown

    def link(
        self, edge: Edge, modifiers: Mapping[str, str], fields: Sequence[Field], more: Mapping[str, str]
    ) -> str:
        asked = {"access_token": self.secret, "pretty": "0"} | ({"fields": unparse(fields)} if fields else {})
        kept = {name: modifiers[name] for name in KEPT if name in modifiers}
        return f"{self.root}/{edge.path}?{urlencode({**asked, **kept, **more})}"


def instant(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S+0000}"


def moment(text: str) -> datetime:
    """Read an instant: 1625428258, 2021-07-04, 2021-07-04T19:50:58+0000.

    The other formats of PHP's strtotime are refused.
    """
    try:
        if text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(400, error(100, message=f"(#100) Invalid parameter: {text}")) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def between(posts: Iterable[Post], modifiers: Mapping[str, str]) -> list[Post]:
    since, until = (modifiers.get(name) for name in ("since", "until"))
    start, end = since and moment(since), until and moment(until)
    return [one for one in posts if (not start or one.created >= start) and (not end or one.created <= end)]


def unpaged(path: str, nodes: Sequence[Node]) -> Edge:
    """Return a short edge without pages."""
    return Edge(path, list(enumerate(nodes)), lambda one: one[1], lambda one: (one[0],), paged=False)


def read_number(node_id: str, first: int, step: int) -> int | None:
    """Return the network's number in an ID; None for any other ID.

    An ID is first + step * number.
    """
    number, rest = divmod(int(node_id) - first, step) if node_id.isdigit() else (-1, 1)
    return number if number > 0 and not rest else None


def newest_first(post: Post) -> Key:
    return (-int(post.created.timestamp()), -post.number)
