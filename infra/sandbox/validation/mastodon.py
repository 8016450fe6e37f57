"""Refuse responses that Mastodon would not give, according to OpenAPI.

derive/mastodon.py made mastodon.json: {"operations": {path: {status: schema}}, "$defs": {...}}.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.sandbox.validation import Invalid
from infra.sandbox.validation.schemas import Judge, read_description
from infra.sandbox.validation.signatures import has_signature

DERIVED: dict[str, Any] = read_description("mastodon")
RATE_HEADERS = {
    "X-RateLimit-Limit": r"\d+",
    "X-RateLimit-Remaining": r"\d+",
    "X-RateLimit-Reset": r"\d{4}-\d\d-\d\dT[\d:.]+Z",
}


@cache
def _judge(operation: str, status: int) -> Judge:
    schema = DERIVED["operations"].get(operation, {}).get(str(status))
    if schema is None:
        raise Invalid(f"the description of Mastodon knows no answer {status} of {operation}")
    return Judge(schema, DERIVED["$defs"], formats=True)


def check_media(status: int, content_type: str, body: bytes) -> None:
    """Check a media file; the web server answers for one that is missing."""
    if status == 200 and not has_signature(body, content_type):
        raise Invalid(f"a media file that is no {content_type}")


def check(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Check a response.

    operation: the path as the description writes it, /api/v1/statuses/{id}, or media.
    """
    if operation == "media":
        check_media(status, headers["Content-Type"], body)
        return
    for name, form in RATE_HEADERS.items():
        if not re.fullmatch(form, headers.get(name, "")):
            raise Invalid(f"{operation}: {name}: {headers.get(name)!r} is not {form}")
    if not headers["Content-Type"].startswith("application/json"):
        raise Invalid(f"{operation}: {headers['Content-Type']} is not JSON")
    _judge(operation, status).refuse(f"{operation} {status}", json.loads(body))
