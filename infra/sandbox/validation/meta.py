"""Refuse responses that Facebook, Instagram, and Threads would not give.

Each class of facebook_business.adobjects has `_field_types`, {"created_time": "datetime", "from": "Object"}.
These become JSON Schemas here; shapes that the package does not have are in meta.json and threads.json. A
response may hold only the requested fields, or those that a node has by itself, and its id.
"""

import importlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, Schema, read_description
from infra.sandbox.validation.signatures import PHOTOS, has_signature

_META, _THREADS = read_description("meta"), read_description("threads")
SHAPES: dict[str, Schema] = _META["$defs"] | _THREADS["$defs"]
EDGES: dict[str, Mapping[str, str]] = _META["edges"] | _THREADS["edges"]
DEFAULTS: dict[str, Sequence[str]] = _META["defaults"] | _THREADS["defaults"]
CLASSES = {"Video": "AdVideo"}  # the API's name of a node -> the package's, where they differ
PLAIN: dict[str, Schema] = {  # the package's plain types
    "string": {"type": "string"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "unsigned int": SHAPES["count"],
    "float": {"type": "number"},
    "datetime": SHAPES["datetime"],
    "Object": {"type": "object"},
    "list": {"type": "array"},
    "map": {"type": "object"},
}
STATUSES = (400, 403, 404, 500)  # of errors
USAGE = {"call_count", "total_cputime", "total_time"}
FILES = (*PHOTOS, "image/gif", "video/mp4", "audio/wav", "application/x-subrip")
# requested fields: alias, name, and the fields of their values; none: the default fields
Asked = tuple[tuple[str, str, "Asked"], ...]


def _class_of(kind: str) -> dict[str, Any]:
    name = CLASSES.get(kind, kind)
    try:
        found = getattr(importlib.import_module(f"facebook_business.adobjects.{name.lower()}"), name)
    except ModuleNotFoundError as error:
        if error.name == "facebook_business":
            raise
        raise Invalid(f"facebook-business knows no {name}") from None
    return dict(vars(found))


def _schema_of_type(kind: str, type_: str, enumeration: Sequence[str] | None) -> Schema:
    """Return the schema of a type that a class of the package gives to a field.

    enumeration: the values that a plain type may have, where the reference pages list them.
    """
    if type_.startswith("list<"):
        return {"type": "array", "items": _schema_of_type(kind, type_[5:-1], enumeration)}
    if plain := PLAIN.get(type_.partition("<")[0]):
        return plain if enumeration is None else {**plain, "enum": enumeration}
    if (inner := _class_of(kind).get(type_)) is not None:  # an enumeration inside the class
        return {"enum": sorted(value for key, value in vars(inner).items() if not key.startswith("_"))}
    return {"$ref": f"#/$defs/{type_}"}


@cache
def types_of(kind: str) -> Mapping[str, Schema]:
    """Return the fields of a node or struct, without its edges, and their schemas."""
    found: dict[str, Schema] = {}
    if kind in SHAPES:
        found |= SHAPES[kind].get("properties", {})
        return found
    enumerations, refined = _META["enumerations"], _META["refined"]
    for field, type_ in _class_of(kind)["_field_types"].items():
        if field in refined and type_ in ("Object", "list"):
            found[field] = refined[field]
        else:
            listed = enumerations.get(f"{kind}.{field}", enumerations.get(field))
            found[field] = _schema_of_type(kind, type_, listed)
    found |= _META["fields"].get(kind, {})
    return found


@cache
def fields_of(kind: str) -> frozenset[str]:
    """Return the names of a kind's fields and edges."""
    return frozenset(types_of(kind)) | frozenset(EDGES.get(kind, ()))


def _narrow(schema: Schema, asked: Asked) -> Schema:
    """Return the schema of a value narrowed to the fields that the request named."""
    if schema.get("type") == "array" and "items" in schema:
        return {**schema, "items": _narrow(schema["items"], asked)}
    kind = schema.get("$ref", "").removeprefix("#/$defs/")
    if not asked or not kind or kind in ("count", "datetime", "Pictured"):
        return schema
    return node_schema(kind, asked)


def node_schema(kind: str, asked: Asked) -> Schema:
    """Return the schema of a node with the requested fields, or its default ones."""
    types, edges = types_of(kind), EDGES.get(kind, {})
    wanted = {alias: (name, inner) for alias, name, inner in asked} or {
        name: (name, ()) for name in DEFAULTS.get(kind, types)
    }
    properties = {}
    for alias, (name, inner) in ({"id": ("id", ())} | wanted).items():
        if name in edges:
            properties[alias] = edge_schema(edges[name], name, inner)
        elif name in types:
            properties[alias] = _narrow(types[name], inner)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def edge_schema(kind: str, name: str, asked: Asked) -> Schema:
    """Return the schema of a page of an edge, in which links hold the token."""
    node = node_schema(kind, asked) if asked else {"$ref": f"#/$defs/{kind}"}
    paging = {"cursors": {}, "next": {"type": "string", "pattern": "access_token="}, "previous": {}}
    parts = {
        "data": {"type": "array", "items": node},
        "paging": {"type": "object", "properties": paging, "additionalProperties": False},
        "summary": {
            "type": "object",
            "properties": _META["summaries"].get(name, {}),
            "additionalProperties": False,
        },
    }
    return {"type": "object", "properties": parts, "required": ["data"], "additionalProperties": False}


def _references(schema: Any) -> Iterator[str]:
    """Yield the names of the definitions to which a schema refers."""
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


@cache
def _definition(kind: str) -> Schema:
    """Return the schema of a kind with its default fields; one unknown fits nothing."""
    if kind in ("count", "datetime", "GraphError"):
        return SHAPES[kind]
    try:
        return node_schema(kind, ())
    except Invalid:
        return {"not": {}}


@lru_cache(maxsize=4096)
def _judge(kind: str, edge: str, asked: Asked) -> Judge:
    if kind == "GraphError":
        schema = SHAPES[kind]
    else:
        schema = edge_schema(kind, edge, asked) if edge else node_schema(kind, asked)
    definitions: dict[str, Schema] = {}
    missing = set(_references(schema))
    while missing:
        name = missing.pop()
        definitions[name] = _definition(name)
        missing |= set(_references(definitions[name])) - definitions.keys()
    return Judge(schema, definitions, draft=4)


def _problems_of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the headers, which report usage in percent."""

    def is_count(value: Any) -> bool:
        return type(value) is int and value >= 0

    if headers["Content-Type"] != "application/json; charset=UTF-8":
        yield f"{headers['Content-Type']} is not JSON"
    if not re.fullmatch(r"v\d+\.0", headers.get("facebook-api-version", "")):
        yield "without facebook-api-version"
    app = json.loads(headers.get("X-App-Usage", "{}"))
    if app and (app.keys() != USAGE or not all(map(is_count, app.values()))):
        yield f"X-App-Usage: {app}"
    business = json.loads(headers.get("X-Business-Use-Case-Usage", "{}"))
    for owner, case in ((owner, case) for owner, cases in business.items() for case in cases):
        counts = {name: value for name, value in case.items() if name != "type"}
        is_complete = counts.keys() == {*USAGE, "estimated_time_to_regain_access"}
        is_known = owner.isdigit() and case.get("type") in ("pages", "instagram")
        if not is_known or not is_complete or not all(map(is_count, counts.values())):
            yield f"X-Business-Use-Case-Usage: {owner}: {case}"


def check_flat(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check an error of the address where Instagram and Threads exchange codes."""
    response = json.loads(body)
    schema = {"error_type": PLAIN["string"], "code": PLAIN["unsigned int"], "error_message": PLAIN["string"]}
    complete = {
        "type": "object",
        "properties": schema,
        "required": list(schema),
        "additionalProperties": False,
    }
    if status != 400 or Judge(complete, draft=4).problem(response):
        raise Invalid(f"{status}: {response} is no error of a code")
    if headers["Content-Type"] != "application/json; charset=UTF-8":
        raise Invalid(f"{headers['Content-Type']} is not JSON")


def check_media(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a file of the content network, or its refusal in plain text."""
    kind = headers["Content-Type"]
    is_refusal = kind == "text/plain" and status in (403, 404)
    if (status, kind) == (200, "text/plain") or (status != 200 and not is_refusal):
        raise Invalid(f"a media file: {status} {kind}")
    if status == 200 and not has_signature(body, kind, FILES):
        raise Invalid(f"a media file that is no {kind}")


def check_redirect(status: int, headers: Mapping[str, str], _body: bytes) -> None:
    """Check a redirect to a profile picture."""
    if status != 302 or "/scontent/" not in headers.get("Location", ""):
        raise Invalid(f"{status}: no redirect to a picture")


def check(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    kind: str | Mapping[str, str],
    edge: str = "",
    asked: Asked = (),
) -> None:
    """Check a response of the Graph API.

    kind: of the node, or of the nodes of the `edge`; with ?ids=, a mapping from each ID to its kind.
    """
    response, title = json.loads(body), f"{kind}{edge and f' /{edge}'}"
    if problem := next(_problems_of_headers(headers), None):
        raise Invalid(f"{title}: {problem}")
    if status != 200:
        _judge("GraphError", "", ()).refuse(f"{title}: {status}: error", response)
        if status not in STATUSES:
            raise Invalid(
                f"{title}: {status}: no error has the type {response['error']['type']} and this status"
            )
        return
    for at, one in response.items() if not isinstance(kind, str) else [("$", response)]:
        node = kind if isinstance(kind, str) else kind.get(at, "nothing asked for")
        _judge(node, edge, asked).refuse(title if isinstance(kind, str) else f"{title}: {at}", one)
