"""Print docs/settings.md from the descriptions in settings.py.

The variables that the local set-up reads come from infra/local/support/place.py.

.venv/bin/python docs/print_settings.py > docs/settings.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import NoneType
from typing import get_args

from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from infra.local.support import place  # noqa: E402 (the checkout is not installed)
from recordroom.settings import PREFIX, Settings  # noqa: E402

HEAD = """# Settings

<!-- Printed by docs/print_settings.py from the code; do not edit. -->

Every setting is an environment variable. A variable that is not set is read from `.local/env`, which `make
up` writes for the services of one machine; in production there is no such file. An unknown variable that
begins with `RECORDROOM_` stops every command, by name: a misspelled setting must not be silently without
effect. Secrets of accounts (tokens, passwords) are not settings: they are [Airflow
connections](admin/accounts.md#connect-an-account).

| variable | default | meaning |
|---|---|---|
"""
LOCAL = """
## Of the local set-up

These are read by `make up` and the other commands of the [Makefile](../Makefile);
`RECORDROOM_LOCAL` also tells `recordroom` where `env` lies.

| variable | meaning |
|---|---|
"""


def page() -> str:
    """Return the complete page."""
    rows = [
        f"| `{_variable(name, field)}` | {_default(field)} | {_meaning(field)} |\n"
        for name, field in Settings.model_fields.items()
    ]
    local = [
        f"| `{name}` | {words} |\n"
        for name, words in re.findall(r"^(RECORDROOM_\w+) +(.+)$", place.__doc__ or "", re.MULTILINE)
    ]
    return HEAD + "".join(rows) + LOCAL + "".join(local)


def _variable(name: str, field: FieldInfo) -> str:
    return field.alias or f"{PREFIX}{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    if field.default is None:
        return "unset"
    shown = field.default.relative_to(ROOT) if isinstance(field.default, Path) else field.default
    return f"`{shown}`"


def _meaning(field: FieldInfo) -> str:
    kinds = {
        t.__name__ for t in get_args(field.annotation) or (field.annotation,) if t not in (None, NoneType)
    }
    return f"{field.description}{' (secret)' if 'SecretStr' in kinds else ''}"


if __name__ == "__main__":
    sys.stdout.write(page())
