"""`recordroom accounts`: the register and its problems, all at once, each with its line and its mend."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.table import Table

from recordroom import accounts, settings
from recordroom.cli.output import Json, console, json_lines
from recordroom.platforms import addresses, names


def add_to(app: typer.Typer) -> None:
    app.command("accounts", help="The register of official accounts and its problems.")(run)


def run(json: Json = False) -> int:
    register = accounts.load(settings.register_path(), names(), addresses=addresses())
    if json:
        json_lines(asdict(problem) for problem in register.problems)
    else:
        _print(register)
    return 1 if any(p.level == accounts.ERROR for p in register.problems) else 0


def _print(register: accounts.Register) -> None:
    table = Table("account", "platform", "class", "owner", "title", "problems")
    for account in register.accounts:
        warnings = sum(1 for p in register.problems if p.account == account.id)
        table.add_row(account.id, account.platform, account.class_, account.owner, account.title, str(warnings))
    out = console()
    out.print(table if register.accounts else "The register has no account yet: docs/registering.md shows an entry of each class.")
    for p in register.problems:
        out.print(f"{p.level.upper()} {p.account} {p.file}:{p.line} {p.field}: {p.message}. {p.mend}", markup=False)
