"""Refuses what Mastodon would not answer: types, required fields, enumerations and formats of its OpenAPI description.

The shapes stand in mastodon.json, derived by derive_mastodon.py: {"operations": {path: {status: schema}}, "$defs": {...}}.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from infra.local.sandbox.validation import Invalid
from infra.local.sandbox.validation.formats import FORMATS

DERIVED: dict[str, Any] = json.loads(Path(__file__).with_name("mastodon.json").read_text())
RATE_HEADERS = {"X-RateLimit-Limit": r"\d+", "X-RateLimit-Remaining": r"\d+", "X-RateLimit-Reset": r"\d{4}-\d\d-\d\dT[\d:.]+Z"}
MEDIA = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG"}


_whole: set[tuple[str, str]] = set()  # accounts and statuses that were judged before: most stand in many answers
_follow = Draft202012Validator.VALIDATORS["$ref"]


def _reference(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """A `$ref` as jsonschema follows it; what was found whole once is not judged again."""
    if not reference.endswith(("/Status", "/Account")):
        yield from _follow(validator, reference, instance, schema)
        return
    judged = (reference, json.dumps(instance, sort_keys=True))
    if judged not in _whole:
        errors = list(_follow(validator, reference, instance, schema))
        yield from errors
        if not errors:
            _whole.add(judged)


_Validator: Any = validators.extend(Draft202012Validator, {"$ref": _reference})  # type: ignore[no-untyped-call]


@cache
def _validator(operation: str, status: int) -> Any:
    schema = DERIVED["operations"].get(operation, {}).get(str(status))
    if schema is None:
        raise Invalid(f"the description of Mastodon knows no answer {status} of {operation}")
    return _Validator({**schema, "$defs": DERIVED["$defs"]}, format_checker=FORMATS)


def _problem(operation: str, status: int, body: bytes) -> str | None:
    """What is wrong with a body."""
    error = best_match(_validator(operation, status).iter_errors(json.loads(body)))
    return None if error is None else f"{operation} {status}: {error.json_path}: {error.message[:300]}"


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
    if problem := _problem(operation, status, body):
        raise Invalid(problem)
    return None
