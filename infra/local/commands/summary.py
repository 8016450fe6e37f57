"""Print the end of `make up`: addresses, captures, a search, and what to do next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.commands import recordroom_command
from infra.local.support.passwords import Passwords
from infra.local.support.place import Place
from infra.local.support.progress import console
from recordroom.exit_codes import ExitCode

QUERY = "schools closed ice"
PACIFIC = ZoneInfo("America/Los_Angeles")


def show(place: Place) -> None:
    for line in lines(place):
        console.print(line, markup=False)


def lines(place: Place) -> list[str]:
    search = recordroom_command.run(place, "search", QUERY, "--sort", "best", "--limit", "3", "--json")
    hits, total = recordroom_command.read_lines(search), search.stderr.strip().split(",")[0]
    users = Passwords.load(place.root).users
    here = place.prefix
    return [
        "",
        (
            f"Records:   {place.url('airflow')}/records/   user records-officer, password "
            f"{users['records-officer']}"
        ),
        f"Airflow:   {place.url('airflow')}   user admin, password {users['admin']}",
        f"           (a user for each role: {place.root}/passwords.json)",
        "",
        "Captured:",
        *captured(place),
        "",
        f"Retention: {place.url('airflow')}/records/retention   with a decision, a statement, and a proposal",
        f"Holds:     {place.url('airflow')}/records/holds",
        "",
        f"Search:    {here}.venv/bin/recordroom search '{QUERY}'   {total}; the best hits:",
        *(f"  {number}. {hit_line(hit)}" for number, hit in enumerate(hits, 1)),
        "",
        f"Stop:        {here}make down        (make up continues where it stopped)",
        f"Start over:  {here}make clean up",
        "",
        "SQLite and single nodes are for one machine; docs/admin/install.md says what production needs.",
    ]


def captured(place: Place) -> list[str]:
    """Return one line for each account of the register.

    `  district-blog    120 posts   340 comments and replies`
    """
    fine = (ExitCode.FINE, ExitCode.BROKEN, ExitCode.ACT_SOON)
    statuses = recordroom_command.read_lines(recordroom_command.run(place, "status", "--json", fine=fine))
    accounts = {status["account"]: status["held"] for status in statuses}
    width = max(map(len, accounts), default=0)
    told = []
    for account, held in accounts.items():
        comments = held.get("comment", 0) + held.get("reply", 0)
        told.append(
            f"  {account:<{width}}  {held.get('post', 0):>5} posts  {comments:>5} comments and replies"
        )
    return told


def hit_line(hit: dict[str, Any]) -> str:
    """Return `2026-11-22 05:40 PST  district-news  Schools closed today: ice`."""
    published = datetime.fromisoformat(hit["published_at"]).astimezone(PACIFIC)
    text = " ".join((hit["title"] or hit["text"]).split())
    return f"{published:%Y-%m-%d %H:%M %Z}  {hit['account']}  {text[:90]}"
