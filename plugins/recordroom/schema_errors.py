"""Describe the errors of a JSON Schema for people who write a YAML file.

Each has the place of the value, what is wrong, and how to fix it, in our own words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from recordroom.model import SCHEMAS

_MENDS = {  # keyword of the schema, or its value -> how to fix the error
    "additionalProperties": "Remove the key, or correct its spelling.",
    "required": "Add it.",
    "enum": "Use one of the listed values.",
    "format": "Write a day as YYYY-MM-DD.",
    "pattern": "Correct it. IDs have lowercase letters, digits, and hyphens; addresses begin with https://; "
    "a contact is plain ASCII.",
    "type": "Correct the value.",
    "minLength": "Fill it in.",
    r"\S": "Fill it in.",
}
_BASE = "file:///schemas/"  # no such folder: only names are read from it
# in JSON: spaces of all kinds but the plain one, control characters as they are escaped, and the year 0
_ODD = re.compile(r'[^\S ]|\\[ubfnrt]|"0000')
_TYPES = {  # type of JSON -> what people call it
    "array": "a list",
    "object": "keys with values",
    "string": "text (in quotation marks)",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One value that the schema does not allow."""

    path: tuple[str | int, ...]  # of the value in the file; of a missing or unknown key, the path of the key
    message: str  # what is wrong
    mend: str  # how to fix it


def find_schema_errors(schema_file: str, data: Any) -> Iterator[SchemaError]:
    """Yield each error of data, in the order of their places.

    schema_file: its name in schemas/.
    """
    if _is_valid(schema_file, data):
        return
    errors = _load_checker(schema_file).iter_errors(data)
    for error in sorted(errors, key=lambda one: list(map(str, one.absolute_path))):
        mend = _find_mend(error)
        for key, message in _describe(error):
            yield SchemaError((*error.absolute_path, *([key] if key else [])), message, mend)


def _is_valid(schema_file: str, data: Any) -> bool:
    """Return whether data is valid for certain.

    jsonschema needs a fifth of a second for the accounts of a thousand districts, jsonschema-rs a hundredth
    of it. What it does not accept, jsonschema decides and describes; also data with a text on which the two
    differ: they do not take the same characters for spaces, nor the same days for days.
    """
    try:
        return not _ODD.search(orjson.dumps(data).decode()) and _load_judge(schema_file).is_valid(data)
    except (ValueError, TypeError):  # values that JSON does not have
        return False


@cache
def _load_judge(schema_file: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        _retrieve(schema_file).contents,
        validate_formats=True,
        base_uri=f"{_BASE}{schema_file}",  # without one, it follows no reference to another file
        retriever=lambda address: _retrieve(address.removeprefix(_BASE)).contents,
    )


@cache
def _load_checker(schema_file: str) -> Draft202012Validator:
    schemas: Registry[Any] = Registry(retrieve=_retrieve)  # type: ignore[call-arg]  # attrs' alias of _retrieve
    options: dict[str, Any] = {"registry": schemas, "format_checker": FormatChecker()}
    return Draft202012Validator(_retrieve(schema_file).contents, **options)


def _retrieve(name: str) -> Resource[Any]:
    """Return a schema by its file name: schemas refer to each other by these names."""
    return DRAFT202012.create_resource(json.loads((SCHEMAS / name).read_text("utf-8")))


def _find_mend(error: Any) -> str:
    """Return how to fix a schema error: the examples of the schema, if it has any."""
    if examples := error.schema.get("examples"):
        written = (one if isinstance(one, str) else json.dumps(one).replace('"', "") for one in examples)
        return f"Write, for example, {', or '.join(written)}."
    return _MENDS.get(str(error.validator_value)) or _MENDS.get(str(error.validator), "Correct it.")


def _describe(error: Any) -> list[tuple[str | None, str]]:
    """Return (key or None, message) of a schema error."""
    if error.validator == "required":  # there is one error for each missing key
        key = next(k for k in error.validator_value if error.message.startswith(f"{k!r} "))
        return [(key, f"{key} is missing")]
    if error.validator == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        return [(k, f"unknown key {k!r}") for k in error.instance if k not in known]
    shown = json.dumps(error.instance, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 80 else shown[:77] + "..."
    if error.validator == "enum":
        return [(None, f"{shown} is not one of {', '.join(map(str, error.validator_value))}")]
    if error.validator == "format":
        return [(None, f"{shown} is not a day")]
    if error.validator == "type":
        wanted = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        return [(None, f"{shown} must be {' or '.join(_TYPES.get(name, name) for name in wanted)}")]
    return [(None, f"{shown} is not allowed here")]
