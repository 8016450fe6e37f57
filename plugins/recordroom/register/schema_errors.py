"""Errors of a register by its schema, schemas/accounts.schema.json, each with its account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from recordroom.register.document import RegisterDocument, name_entry
from recordroom.register.models import ERROR, REASONS, RegisterProblem
from recordroom.schema_errors import SchemaError, find_schema_errors

_EXPLAINED = ("accounts", "explained")  # path of the explanations, without the number of the entry
_MEND = f"An explanation can end {', '.join(REASONS)}. For private messages, use the key private_messages."


def find_schema_problems(register: RegisterDocument) -> Iterator[RegisterProblem]:
    """Yield each error of the schema, in the order of their places in the register."""
    for error in find_schema_errors("accounts.schema.json", register.data):
        message, mend = _describe_unknown_reason(error) or (error.message, error.mend)
        path: list[Any] = list(error.path)
        owner = (
            name_entry(register.data["accounts"][path[1]], cast(int, path[1]))
            if len(path) > 1 and path[0] == "accounts"
            else ""
        )
        shown = ".".join(str(p) for p in path[2:] or path) or "file"
        yield RegisterProblem(owner, register.file, register.find_line(path), shown, ERROR, message, mend)


def _describe_unknown_reason(error: SchemaError) -> tuple[str, str] | None:
    """Return the message and the remedy if this is an explanation of a gap that none can end."""
    if len(error.path) != 4 or (error.path[0], error.path[2]) != _EXPLAINED or error.path[3] in REASONS:
        return None
    return f"no explanation can end a gap {str(error.path[3])!r}", _MEND
