"""Refuse responses that WordPress would not give, according to its schemas.

derive/wordpress.py recorded them in wordpress.json. They name no required fields, but list for each field its
contexts (view, embed, edit). A real site returns all fields of the context and no others, and this module
requires the same. `amend_schema` has the cases in which a real site (version 6.1) differs from its schema.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import has_signature

RECORDED: dict[str, Any] = read_description("wordpress")["routes"]
STATUSES = {"posts": ["trash"], "pages": ["trash"], "media": ["inherit", "trash"]}
EMBEDDED = {
    "author": "users",
    "replies": "comments",
    "up": "posts",
    "in-reply-to": "comments",
    "wp:featuredmedia": "media",
}
LINK = {"type": "object", "required": ["href"], "properties": {"href": {"type": "string"}}}
LINKS = {"type": "object", "additionalProperties": {"type": "array", "items": LINK}}
ERROR = {
    "type": "object",
    "required": ["code", "message", "data"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "data": {"type": "object", "required": ["status"], "properties": {"status": {"type": "integer"}}},
    },
}
INDEX = {
    "type": "object",
    "required": [
        "name",
        "description",
        "url",
        "home",
        "gmt_offset",
        "timezone_string",
        "namespaces",
        "authentication",
        "routes",
        "_links",
    ],
    "properties": {
        "routes": {"type": "object"},
        "namespaces": {"type": "array", "items": {"type": "string"}},
        "home": {"format": "uri"},
    },
}
OPTIONS = {
    "type": "object",
    "required": ["namespace", "methods", "endpoints", "schema"],
    "properties": {
        "schema": {"type": "object", "required": ["title", "type", "properties"]},
        "endpoints": {"type": "array"},
    },
}


def select_context(schema: dict[str, Any], context: str, *, whole: bool) -> dict[str, Any]:
    """Return a schema with one context's fields only; `whole`: all required."""
    schema = {key: value for key, value in schema.items() if key != "context"}
    if "properties" in schema:
        kept = {
            name: value
            for name, value in schema["properties"].items()
            if context in value.get("context", [context])
        }
        schema["properties"] = {
            name: select_context(value, context, whole=whole) for name, value in kept.items()
        }
        schema["additionalProperties"] = False
        if whole and kept:
            schema["required"] = sorted(kept)
    return schema


def amend_schema(route: str) -> dict[str, Any]:
    """Return a route's schema with the values that a real site returns beyond it."""
    schema: dict[str, Any] = deepcopy(RECORDED[route])
    properties = schema["properties"]
    for status in STATUSES.get(route, []):  # internal statuses, which the schema does not list
        properties["status"]["enum"].append(status)
    if "meta" in properties:  # PHP writes an empty mapping as []
        properties["meta"] = {"context": properties["meta"]["context"], "type": ["object", "array"]}
    if route == "revisions":  # their texts have two forms only
        for name in ("content", "excerpt"):
            kept = properties[name]["properties"]
            properties[name]["properties"] = {form: kept[form] for form in ("raw", "rendered")}
    if route == "media":  # null: its post is deleted
        properties["post"]["type"] = ["integer", "null"]
    if route == "settings":
        properties["site_logo"]["type"] = ["integer", "null"]
    return schema


@cache
def _judge(route: str, context: str, whole: bool) -> Judge:
    if route in ("error", "index", "options"):
        fixed: dict[str, Any] = {"error": ERROR, "index": INDEX, "options": OPTIONS}
        return Judge(fixed[route], draft=4, formats=True)
    if route not in RECORDED:
        raise Invalid(f"no schema of {route} was recorded")
    return Judge(select_context(amend_schema(route), context, whole=whole), draft=4, formats=True)


@cache
def _links() -> Judge:
    return Judge(LINKS, draft=4)


@lru_cache(maxsize=4096)
def _problem(route: str, context: str, whole: bool, item: str) -> str | None:
    """Return what is wrong with an item; cached, as items recur in responses."""
    return _judge(route, context, whole).problem(json.loads(item))


def check_item(route: str, context: str, item: Any, fields: list[str]) -> None:
    """Check one post, comment, ...

    fields: the values of the parameter `_fields`; empty means all.
    """
    if not isinstance(item, dict):
        raise Invalid(f"{route}: {type(item).__name__} is no object")
    own = {key: value for key, value in item.items() if key not in ("_links", "_embedded")}
    if problem := _problem(route, context, not fields, json.dumps(own)):
        raise Invalid(f"{route} in {context}: {problem}")
    if fields and not {field.partition(".")[0] for field in fields} >= own.keys():
        raise Invalid(f"{route}: {sorted(own)} is more than {fields}")
    if "_links" in item:
        _links().refuse(f"{route} _links", item["_links"])
    elif not fields and route != "settings":
        raise Invalid(f"{route}: no _links")
    for relation, embedded in item.get("_embedded", {}).items():
        check_embedded(relation, embedded)


def check_embedded(relation: str, embedded: list[Any]) -> None:
    """Check embedded items of one relation; terms are in lists by taxonomy."""
    for one in embedded:
        if isinstance(one, list):
            check_embedded(relation, one)
        elif relation == "wp:term":
            check_item("categories" if one.get("taxonomy") == "category" else "tags", "embed", one, [])
        else:
            check_item(EMBEDDED[relation], "embed", one, [])


def check_page(route: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response that is no JSON: an upload, the front page, or a 429."""
    kind = headers["Content-Type"]
    if route == "file" and status == 200 and not has_signature(body, kind):
        raise Invalid(f"an upload that is no {kind}")
    if route == "front" and "https://api.w.org/" not in headers.get("Link", ""):
        raise Invalid("a front page that does not lead to the API")
    if route == "throttle" and not (status == 429 and headers.get("Retry-After", "").isdigit()):
        raise Invalid(f"{status} with Retry-After {headers.get('Retry-After')!r} is no throttle")


def check_list(
    route: str, headers: Mapping[str, str], items: list[Any], context: str, fields: list[str]
) -> None:
    """Check a list and the headers with its size."""
    for name in ("X-WP-Total", "X-WP-TotalPages"):
        if not headers.get(name, "").isdigit():
            raise Invalid(f"{route}: {name}: {headers.get(name)!r}")
    for item in items:
        check_item(route, context, item, fields)


def check(
    route: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    context: str = "view",
    fields: list[str] | None = None,
) -> None:
    """Check a response of a site.

    route: a name in wordpress.json, or error, index, options, file, front, throttle.
    context, fields: the values of the parameters `context` and `_fields`.
    """
    if route in ("file", "front", "throttle"):
        return check_page(route, status, headers, body)
    if not headers["Content-Type"].startswith("application/json"):
        raise Invalid(f"{route}: {headers['Content-Type']} is not JSON")
    answer = json.loads(body)
    if status != 200:
        _judge("error", "", True).refuse(f"{route} {status}", answer)
        if answer["data"]["status"] != status:
            raise Invalid(f"{route}: {status} is not {answer['data']['status']}")
        return None
    if route in ("index", "options"):
        return _judge(route, "", True).refuse(route, answer)
    if isinstance(answer, list):
        return check_list(route, headers, answer, context, fields or [])
    keyed = route in ("statuses", "types", "taxonomies") and "slug" not in answer
    for item in answer.values() if keyed else [answer]:
        check_item(route, context, item, fields or [])
    return None
