"""Refuses what Vimeo would not answer: types, required fields and enumerations of its OpenAPI description.

The shapes stand in vimeo.json, derived by derive_vimeo.py: {"operations": {path: {"type": content type,
"schema": ...}}, "$defs": {...}}. A request with `fields` gets those fields only, so no field is required
then, and none may be there that was not asked for.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge

DERIVED: dict[str, Any] = json.loads(Path(__file__).with_name("vimeo.json").read_text())
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
RATE_HEADERS = {"X-RateLimit-Limit": r"\d+", "X-RateLimit-Remaining": r"\d+", "X-RateLimit-Reset": TIME}
ERROR = {"anyOf": [{"$ref": "#/$defs/error"}, {"$ref": "#/$defs/legacy-error"}]}
ERROR_TYPE = "application/vnd.vimeo.error+json"


def relaxed(schema: Any) -> Any:
    """The same without required fields, but for what makes a list one."""
    if isinstance(schema, list):
        return [relaxed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: relaxed(value) for key, value in schema.items() if key != "required" or "paging" in value}


@cache
def _judge(operation: str, *, partly: bool) -> Judge:
    if operation == "error":
        return Judge({**ERROR, "$defs": DERIVED["$defs"]})
    if operation not in DERIVED["operations"]:
        raise Invalid(f"the description of Vimeo knows no operation {operation}")
    whole = {**DERIVED["operations"][operation]["schema"], "$defs": DERIVED["$defs"]}
    return Judge(relaxed(whole) if partly else whole)


def paths(value: Any, above: str = "") -> set[str]:
    """The dotted paths of all leaves."""
    if isinstance(value, dict) and value:
        return set().union(*(paths(one, f"{above}{name}.") for name, one in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(paths(one, above) for one in value))
    return {above[:-1]}


def _asked_for(path: str, fields: list[str]) -> bool:
    """Whether it is a field that was asked for, part of one, or, being a leaf, what is empty above one."""
    return any(f"{path}.".startswith(f"{one}.") or f"{one}.".startswith(f"{path}.") for one in fields)


def check(operation: str, fields: list[str], status: int, headers: Mapping[str, str], body: bytes) -> None:
    """`operation` is the path as the description writes it: /videos/{video_id}/comments; `fields` those that
    were asked for.
    """
    for name, form in RATE_HEADERS.items():
        if not re.fullmatch(form, headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is not {form}")
    shape = "error" if status >= 400 else operation
    kind = ERROR_TYPE if status >= 400 else DERIVED["operations"].get(operation, {}).get("type")
    told = json.loads(body)
    _judge(shape, partly=bool(fields)).refuse(f"{operation} {status}", told)
    if headers["Content-Type"] != kind:
        raise Invalid(f"{operation}: {headers['Content-Type']} is not {kind}")
    if fields and status < 400:
        for item in told["data"] if "paging" in told else [told]:
            if extra := [path for path in paths(item) if path and not _asked_for(path, fields)]:
                raise Invalid(
                    f"{operation}: {', '.join(sorted(extra))} not asked for by fields={','.join(fields)}"
                )


def check_oauth(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A token, or why there is none."""
    operation = DERIVED["operations"]["/oauth/access_token"]
    shape = {
        **(operation["schema"] if status == 200 else {"$ref": "#/$defs/auth-error"}),
        "$defs": DERIVED["$defs"],
    }
    Judge(shape).refuse(f"a token {status}", json.loads(body))
    if headers["Content-Type"] != operation["type"] or status not in (200, 400):
        raise Invalid(f"a token: {status} {headers['Content-Type']}")


def check_image(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status == 200 and not (headers["Content-Type"] == "image/jpeg" and body.startswith(b"\xff\xd8\xff")):
        raise Invalid("an image that is no JPEG")


def check_film(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status == 200 and not (headers["Content-Type"] == "video/mp4" and body[4:8] == b"ftyp"):
        raise Invalid("a film that is no MP4")


def check_track(status: int, headers: Mapping[str, str], body: bytes) -> None:
    if status == 200 and not (
        headers["Content-Type"].startswith("text/vtt") and body.startswith(b"WEBVTT\n")
    ):
        raise Invalid("a text track that is no WebVTT")
