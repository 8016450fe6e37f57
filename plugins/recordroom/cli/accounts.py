"""`recordroom accounts`: the register with all of its problems.

Each problem is printed with its line and its fix.
"""

from __future__ import annotations

from dataclasses import asdict

import typer

from recordroom import settings
from recordroom.capture.http.addresses import unallowed_server
from recordroom.cli.output import Json, write, write_json_lines
from recordroom.cli.terminal_text import print_table
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.platforms.registry import list_address_forms, list_broken, list_message_readers, list_names
from recordroom.register import models, validation
from recordroom.text import to_one_line


def add_to(app: typer.Typer) -> None:
    app.command("accounts", help="List the accounts of the register, and problems in their entries.")(run)


def run(json: Json = False) -> ExitCode:
    """Check the register without recording it."""
    register = validation.load_register(
        settings.find_register(),
        list_names(),
        addresses=list_address_forms(),
        broken=list_broken(),
        messages=list_message_readers(),
        unallowed=unallowed_server,
    )
    if json:
        write_json_lines(asdict(problem) for problem in register.problems)
    else:
        _print_register(register)
    return choose_exit_code(broken=any(p.level == models.ERROR for p in register.problems))


def _print_register(register: models.Register) -> None:
    if register.accounts:
        rows = (
            (a.id, a.platform, a.class_, a.owner, a.title, str(_count_problems(register, a.id)))
            for a in register.accounts
        )
        print_table(("account", "platform", "class", "owner", "title", "problems"), rows)
    else:
        write("The register has no account yet: docs/admin/accounts.md explains how to add one.\n")
    for p in sorted(register.problems, key=lambda one: one.line):
        write(
            to_one_line(f"{p.level.upper()} {p.account} {p.file}:{p.line} {p.field}: {p.message}. {p.mend}")
            + "\n"
        )


def _count_problems(register: models.Register, account: str) -> int:
    return sum(1 for p in register.problems if p.account == account)
