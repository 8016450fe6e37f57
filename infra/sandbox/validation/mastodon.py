"""Refuses what Mastodon would not answer: types, required fields, enumerations and formats of its OpenAPI
description.

The shapes stand in mastodon.json, derived by derive_mastodon.py: {"operations": {path: {status: schema}},
"$defs": {...}}.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.judging import Judge

DERIVED: dict[str, Any] = json.loads(Path(__file__).with_name("mastodon.json").read_text())
RATE_HEADERS = {
    "X-RateLimit-Limit": r"\d+",
    "X-RateLimit-Remaining": r"\d+",
    "X-RateLimit-Reset": r"\d{4}-\d\d-\d\dT[\d:.]+Z",
}
MEDIA = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}


@cache
def _judge(operation: str, status: int) -> Judge:
    schema = DERIVED["operations"].get(operation, {}).get(str(status))
    if schema is None:
        raise Invalid(f"the description of Mastodon knows no answer {status} of {operation}")
    return Judge({**schema, "$defs": DERIVED["$defs"]}, formats=True)


def check_media(status: int, content_type: str, body: bytes) -> None:
    """A media file: its first bytes are those of its type; a missing one is the web server's page."""
    if status == 200 and not body.startswith(MEDIA.get(content_type, b"\0no such type")):
        raise Invalid(f"a media file that is no {content_type}")


def check(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """`operation` is the path as the description writes it: /api/v1/statuses/{id}."""
    if operation == "media":
        return check_media(status, headers["Content-Type"], body)
    for name, form in RATE_HEADERS.items():
        if not re.fullmatch(form, headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is not {form}")
    if not headers["Content-Type"].startswith("application/json"):
        raise Invalid(f"{operation}: {headers['Content-Type']} is not JSON")
    return _judge(operation, status).refuse(f"{operation} {status}", json.loads(body))
