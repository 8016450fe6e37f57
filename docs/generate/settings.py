"""docs/reference/settings.md, from the descriptions in recordroom/settings.py.

The variables of the local set-up are from infra/local/support/place.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import NoneType
from typing import get_args

from pydantic.fields import FieldInfo

from infra.local.support import place
from infra.local.support.place import REPOSITORY
from recordroom.settings import PREFIX, Settings

HEAD = """# Settings

<!-- Generated from the code by `make docs`; do not edit. -->

Each setting is an environment variable. If a variable is not set, recordroom reads it from `.local/env`.
`make up` writes this file for the services on one machine; a production system has no such file.

An unknown variable that begins with `RECORDROOM_` stops every command with a message that names it. A
misspelled setting can therefore not be ignored silently.

Tokens and passwords of accounts are not settings. They are
[Airflow connections](../admin/accounts.md#connect-an-account).

| Variable | Default | Meaning |
|---|---|---|
"""
LOCAL = """
## Local set-up

`make up` and the other commands of the Makefile read these variables. The command `recordroom` reads
`RECORDROOM_LOCAL` to find the file `env`.

| Variable | Meaning |
|---|---|
"""


def write_page() -> str:
    """Return the page as Markdown."""
    rows = [
        f"| `{_name_variable(name, field)}` | {_describe_default(field)} | {_describe(field)} |\n"
        for name, field in Settings.model_fields.items()
    ]
    local = [
        f"| `{name}` | {words} |\n"
        for name, words in re.findall(r"^(RECORDROOM_\w+) +(.+)$", place.__doc__ or "", re.MULTILINE)
    ]
    return HEAD + "".join(rows) + LOCAL + "".join(local)


def _name_variable(name: str, field: FieldInfo) -> str:
    return field.alias or f"{PREFIX}{name.upper()}"


def _describe_default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is None:
        return "unset"
    shown = field.default.relative_to(REPOSITORY) if isinstance(field.default, Path) else field.default
    return f"`{shown}`"


def _describe(field: FieldInfo) -> str:
    kinds = {
        t.__name__ for t in get_args(field.annotation) or (field.annotation,) if t not in (None, NoneType)
    }
    return f"{field.description}{' (secret)' if 'SecretStr' in kinds else ''}"
