"""Check a register by its schema, and describe the errors in our own words.

The schema is schemas/accounts.schema.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker

from recordroom.model import SCHEMAS
from recordroom.register.document import RegisterDocument, name_entry
from recordroom.register.models import ERROR, REASONS, RegisterProblem

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
_TYPES = {  # type of JSON -> what people call it
    "array": "a list",
    "object": "keys with values",
    "string": "text (in quotation marks)",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def find_schema_problems(register: RegisterDocument) -> Iterator[RegisterProblem]:
    """Yield each error of the schema, in the order of their places in the register."""
    schema = json.loads((SCHEMAS / "accounts.schema.json").read_text("utf-8"))
    for error in sorted(
        Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(register.data),
        key=lambda e: list(map(str, e.absolute_path)),
    ):
        path = list(error.absolute_path)
        for field, message, mend in _describe_error(error):
            owner = (
                name_entry(register.data["accounts"][path[1]], cast(int, path[1]))
                if len(path) > 1 and path[0] == "accounts"
                else ""
            )
            where = [*path, field] if field else path
            shown = ".".join(str(p) for p in where[2:] or where) or "file"
            yield RegisterProblem(
                owner, register.file, register.find_line(where), shown, ERROR, message, mend
            )


def _describe_error(error: Any) -> list[tuple[str | None, str, str]]:
    """Return (field or None, message, remedy) of a schema error."""
    if error.validator == "additionalProperties" and list(error.absolute_path)[2:] == ["explained"]:
        known = ", ".join(REASONS)
        mend = f"An explanation can end {known}. For private messages, use the key private_messages."
        return [
            (str(k), f"no explanation can end a gap {k!r}", mend) for k in error.instance if k not in REASONS
        ]
    mend = _MENDS.get(str(error.validator_value)) or _MENDS.get(str(error.validator), "Correct it.")
    return [(field, message, mend) for field, message in _describe_fields(error)]


def _describe_fields(error: Any) -> list[tuple[str | None, str]]:
    """Return (field or None, message) of a schema error."""
    if error.validator == "required":  # there is one error for each missing key
        field = next(f for f in error.validator_value if error.message.startswith(f"{f!r} "))
        return [(field, f"{field} is missing")]
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
