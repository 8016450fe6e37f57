"""Refuse responses that Vimeo would not give, according to OpenAPI.

derive/vimeo.py made vimeo.json: {"operations": {path: {"type": content type, "schema": ...}}, "$defs": ...}.
A request with `fields` gets those fields only, so none is required then, and no other field may be there.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import has_signature

DERIVED: dict[str, Any] = read_description("vimeo")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
RATE_HEADERS = {"X-RateLimit-Limit": r"\d+", "X-RateLimit-Remaining": r"\d+", "X-RateLimit-Reset": TIME}
ERROR = {"anyOf": [{"$ref": "#/$defs/error"}, {"$ref": "#/$defs/legacy-error"}]}
ERROR_TYPE = "application/vnd.vimeo.error+json"


def relax(schema: Any) -> Any:
    """Return a schema without required fields, except those that make a list one."""
    if isinstance(schema, list):
        return [relax(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: relax(value) for key, value in schema.items() if key != "required" or "paging" in value}


@cache
def _judge(operation: str, *, is_partial: bool) -> Judge:
    if operation == "error":
        return Judge(ERROR, DERIVED["$defs"])
    if operation not in DERIVED["operations"]:
        raise Invalid(f"the description of Vimeo knows no operation {operation}")
    schema, definitions = DERIVED["operations"][operation]["schema"], DERIVED["$defs"]
    return Judge(relax(schema), relax(definitions)) if is_partial else Judge(schema, definitions)


def leaf_paths(value: Any, above: str = "") -> set[str]:
    """Return the dotted paths of all values that hold no others."""
    if isinstance(value, dict) and value:
        return set().union(*(leaf_paths(one, f"{above}{name}.") for name, one in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(leaf_paths(one, above) for one in value))
    return {above[:-1]}


def _is_requested(path: str, fields: list[str]) -> bool:
    """Return whether a path is a requested field, part of one, or above one."""
    return any(f"{path}.".startswith(f"{one}.") or f"{one}.".startswith(f"{path}.") for one in fields)


def check(operation: str, fields: list[str], status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response of the API.

    operation: the path as the description writes it, /videos/{video_id}/comments.
    fields: the dotted names that the request had in `fields`; empty means all.
    """
    for name, form in RATE_HEADERS.items():
        if not re.fullmatch(form, headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is not {form}")
    shape = "error" if status >= 400 else operation
    kind = ERROR_TYPE if status >= 400 else DERIVED["operations"].get(operation, {}).get("type")
    response = json.loads(body)
    _judge(shape, is_partial=bool(fields)).refuse(f"{operation} {status}", response)
    if headers["Content-Type"] != kind:
        raise Invalid(f"{operation}: {headers['Content-Type']} is not {kind}")
    if fields and status < 400:
        for item in response["data"] if "paging" in response else [response]:
            if extra := [path for path in leaf_paths(item) if path and not _is_requested(path, fields)]:
                raise Invalid(
                    f"{operation}: {', '.join(sorted(extra))} not asked for by fields={','.join(fields)}"
                )


def check_oauth(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a token, or the reason why there is none."""
    operation = DERIVED["operations"]["/oauth/access_token"]
    schema = operation["schema"] if status == 200 else {"$ref": "#/$defs/auth-error"}
    Judge(schema, DERIVED["$defs"]).refuse(f"a token {status}", json.loads(body))
    if headers["Content-Type"] != operation["type"] or status not in (200, 400):
        raise Invalid(f"a token: {status} {headers['Content-Type']}")


def check_image(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a picture, which is always a JPEG."""
    if status == 200 and not has_signature(body, headers["Content-Type"], ("image/jpeg",)):
        raise Invalid("an image that is no JPEG")


def check_film(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a video file."""
    if status == 200 and not (headers["Content-Type"] == "video/mp4" and body[4:8] == b"ftyp"):
        raise Invalid("a film that is no MP4")


def check_track(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a text track."""
    if status != 200:
        return
    if not headers["Content-Type"].startswith("text/vtt") or not body.startswith(b"WEBVTT\n"):
        raise Invalid("a text track that is no WebVTT")
