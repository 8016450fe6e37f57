"""docs/reference/commands.md: each command of the command line, from its own help."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from typing import Any

import typer

from recordroom import cli
from recordroom.exit_codes import MEANINGS

HEAD = """# Commands

<!-- Generated from the command line by `make docs`; do not edit. -->

Run a command as `recordroom COMMAND`; in a checkout, as `.venv/bin/recordroom COMMAND`. Standard output has
only the requested data. Messages go to standard error. With `--json`, each line is one JSON object.

"""


def write_page() -> str:
    """Return the page as Markdown."""
    commands = load_commands()
    listed = "".join(
        f"| [{name}](#{name.replace(' ', '-')}) | {_escape(one.help)} |\n" for name, one in commands.items()
    )
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    sections = "".join(_describe_command(name, one) for name, one in commands.items())
    return (
        f"{HEAD}| Command | Purpose |\n|---|---|\n{listed}\n"
        f"## Exit codes\n\n| Code | Meaning |\n|---|---|\n{codes}{sections}"
    )


def load_commands() -> dict[str, Any]:
    """Return the commands by name."""
    app = typer.Typer()
    for found in pkgutil.iter_modules(cli.__path__):
        module = importlib.import_module(f"{cli.__name__}.{found.name}")
        if hasattr(module, "add_to"):
            module.add_to(app)
    return dict(_list_commands(typer.main.get_command(app)))


def _list_commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the commands of a group, and those of the groups in it, as people type them."""
    for name, one in sorted(group.commands.items()):
        if hasattr(one, "commands"):
            yield from _list_commands(one, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", one


def _describe_command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = ["recordroom", name, *map(_write_argument, arguments), *(["[OPTIONS]"] if options else [])]
    rows = "".join(_write_rows([*arguments, *options]))
    table = f"\n| Argument or option | Meaning |\n|---|---|\n{rows}" if rows else ""
    return f"\n## {name}\n\n{_escape(command.help)}\n\n```text\n{' '.join(usage)}\n```\n{table}"


def _write_argument(argument: Any) -> str:
    name = argument.name.upper()
    return name if argument.required else f"[{name}]{'...' if argument.nargs != 1 else ''}"


def _write_rows(params: Iterable[Any]) -> Iterator[str]:
    for param in params:
        if param.param_type_name == "argument":
            name = _write_argument(param)
        else:
            value = (
                "" if param.is_flag else f" {param.metavar or param.human_readable_name.strip('_').upper()}"
            )
            name = f"{', '.join(param.opts)}{value}"
        choices = getattr(param.type, "choices", ())
        parts = [
            param.help or "",
            f"One of {', '.join(choices)}." if choices else "",
            "Required." if param.required and param.param_type_name == "option" else "",
            f"Default: {param.default}." if param.default not in (None, False, "", [], ()) else "",
        ]
        yield f"| `{name}` | {_escape(' '.join(filter(None, parts)))} |\n"


def _escape(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return re.sub(r"([<|*\[\]])", r"\\\1", " ".join(text.split()))
