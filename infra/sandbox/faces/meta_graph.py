"""How the Graph API answers: of a node the fields that were asked for and its id, of an edge a page of nodes
and where to go on.

Sources: developers.facebook.com/docs/graph-api/overview, .../guides/field-expansion and .../results (paging).
Fields without a value are left out. A cursor stands for a place in the order, so it goes on where its item
was when that is gone; the real ones promise less.
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from infra.sandbox.faces.common import Refusal
from infra.sandbox.faces.meta_errors import error, nonexistent
from infra.sandbox.faces.meta_fields import MOST, Field, limit_of, unparse
from infra.sandbox.validation.meta import DEFAULTS, fields_of

Json = dict[str, Any]
Key = tuple[int, ...]
TRUE = ("1", "true")
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
)  # of an edge's parameters, in its links


@dataclass(frozen=True)
class Node:
    """`values`: plain JSON, another Node, None where the platform says nothing, or a function of the field's
    modifiers that returns one of these or an Edge: what costs something is made only when it is asked for."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Edge:
    path: str  # "<node>/comments"
    items: Sequence[Any]  # whatever `make` takes, in the order of `key`
    make: Callable[[Any], Node]
    key: Callable[[Any], Key]
    summary: Json | None = None
    strict: bool = False  # refuses more than 100 a page; others give 100
    paged: bool = True  # tells where to go on
    quiet: bool = False  # tells it only where there is more
    linked: bool = True  # tells it by addresses, beside the cursors
    most: int = MOST
    cursors: Sequence[str] = ("before", "after")


def encoded(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decoded(cursor: str) -> Key:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor))
        return tuple(int(part) for part in key)
    except (ValueError, TypeError):
        raise Refusal(400, error(100, message="(#100) Invalid cursors values")) from None


def page_of(edge: Edge, modifiers: Mapping[str, str], limit: int) -> tuple[Sequence[Any], bool, bool]:
    """One page, and whether there is something before and after it."""
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
    """Of a plain structure what was asked for."""
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
    root: str  # the address up to the version
    secret: str  # which stands in the links, as the real ones have it

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
        """Refuses a field that the kind of node does not have, in the real one's words."""
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
