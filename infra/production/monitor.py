"""Send new problems of a production system to a command of the agency.

    .venv/bin/python infra/production/monitor.py FOLDER COMMAND...

The problems come from `recordroom status` and from the results of Airflow's runs. COMMAND receives the new
ones on its standard input, one a line. FOLDER/state.json names the problems of the last check: one that
remains is not sent again, one that returns is. If COMMAND fails, the file stays as it was, and the next check
sends the same problems again. If a check itself is impossible, that is a problem too.

An expiring token is sent again 7, 3, and 1 days before its end.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

RECORDROOM = Path(sys.executable).with_name("recordroom")
STATUS_WITHIN, COMMAND_WITHIN = 900, 300  # seconds
JUDGED = (0, 1, 4)  # exit codes with which `recordroom status` has checked everything
FREQUENT = ("capture", "history")  # the next run tries the same again: the result of the last one counts
RARE = ("sweep", "fixity", "retention", "export", "capture_now", "hold")  # each failed run counts
RECENT = timedelta(days=7)  # an older failed run counts no longer
DAYS = (1, 3, 7, 14)  # days before its end when `recordroom status` warns of a token more urgently
OF_ACCOUNTS = "account "  # keys of the problems of accounts begin with it
READ_THE_LOG = {"fixity": ". The archive may be damaged: read the log of its task verify"}
Problems = dict[str, str]  # key -> line to send; the key is the same as long as the problem is


def read_status(earlier: Mapping[str, str], now: datetime) -> Problems:
    """Return the problems that `recordroom status` reports.

    earlier: the problems of the last check; those of accounts are kept if they cannot be checked now.
    """
    kept = {key: line for key, line in earlier.items() if key.startswith(OF_ACCOUNTS)}
    try:
        done = subprocess.run(
            [RECORDROOM, "status", "--json"],
            capture_output=True,
            text=True,
            timeout=STATUS_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return {**kept, "status": f"`recordroom status` did not run: {problem}"}
    # a number in a message may grow, which makes it no other message
    found = {re.sub(r"\d+", "#", line): line for line in done.stderr.splitlines()}
    if done.returncode not in JUDGED:
        words = f"`recordroom status` could not check everything: it ended with exit code {done.returncode}"
        found[f"exit code {done.returncode}"] = words
    try:
        accounts = [describe_account(json.loads(line), now) for line in done.stdout.splitlines()]
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        return {**kept, **found, "output": f"the output of `recordroom status` cannot be read: {problem!r}"}
    if not accounts and done.returncode not in (0, 4):  # it ended before it came to the accounts
        found |= kept
    for one in accounts:
        found |= one
    return found


def describe_account(one: Mapping[str, Any], now: datetime) -> Problems:
    """Return the problems of one account, from its line of `recordroom status --json`."""
    name, found = one["account"], Problems()
    for gap in one["gaps"]:
        if gap["explained"] is None:
            found[f"{OF_ACCOUNTS}{name} {gap['gap_id']}"] = f"{name}: gap {gap['reason']}: {gap['detail']}"
    if failure := one.get("failure"):
        found[f"{OF_ACCOUNTS}{name} {failure['type']}"] = f"{name}: {failure['message']}"
    for key in ("overdue", "waiting", "cut_short"):
        if words := one.get(key):
            found[f"{OF_ACCOUNTS}{name} {key}"] = f"{name}: {words}"
    if files := one.get("lacking_files"):
        found[f"{OF_ACCOUNTS}{name} lacking_files"] = f"{name}: {files['words']}"
    if words := one.get("token_warning"):
        found[f"{OF_ACCOUNTS}{name} token {_count_days(one.get('token'), now)}"] = f"{name}: {words}"
    return found


def _count_days(token: Mapping[str, str] | None, now: datetime) -> int | None:
    """Return the smallest of DAYS that a token has left; None if its end is unknown."""
    if not token or "dies_at" not in token:
        return None
    left = datetime.fromisoformat(token["dies_at"]) - now
    return next((days for days in DAYS if left <= timedelta(days=days)), None)


def read_runs(now: datetime) -> Problems:
    """Return each DAG that does not run or whose runs failed, from Airflow's database."""
    try:
        return _query_runs(now)
    except Exception as problem:  # noqa: BLE001 (whatever it is, the results of the runs are unknown)
        return {"airflow": f"Airflow's database cannot be read: {type(problem).__name__}"}


def _query_runs(now: datetime) -> Problems:
    from airflow.models.dag import DagModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    found = Problems()
    with create_session() as session:
        for dag in (*FREQUENT, *RARE):
            model = session.get(DagModel, dag)
            if model is None or model.is_stale or model.has_import_errors:
                found[f"dag {dag}"] = f"Airflow: the DAG {dag} is missing or cannot be loaded"
            elif model.is_paused:
                found[f"dag {dag}"] = f"Airflow: the DAG {dag} is paused"
            ended = select(DagRun.run_id, DagRun.state).where(
                DagRun.dag_id == dag, DagRun.state.in_(("success", "failed")), DagRun.end_date > now - RECENT
            )
            runs = session.execute(ended.order_by(DagRun.end_date.desc())).all()
            for run, state in runs[:1] if dag in FREQUENT else runs:
                if state == "failed":
                    key = f"run {dag}" if dag in FREQUENT else f"run {dag} {run}"
                    found[key] = f"Airflow: the run {run} of the DAG {dag} failed{READ_THE_LOG.get(dag, '')}"
    return found


def read_state(file: Path) -> Problems:
    """Return the problems of the last check; none before the first one, or if the file is damaged."""
    try:
        return {str(key): str(line) for key, line in json.loads(file.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def write_state(file: Path, found: Problems) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found, indent=1), "utf-8")
    part.replace(file)


def send(lines: Sequence[str], command: Sequence[str]) -> str:
    """Give the lines to the command; return why that failed, or ""."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        done = subprocess.run(command, input=text, text=True, timeout=COMMAND_WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return f"exit code {done.returncode}" if done.returncode else ""


def check(folder: Path, command: Sequence[str], now: datetime) -> int:
    """Check once; return 1 if the new problems could not be sent."""
    file = folder / "state.json"
    earlier = read_state(file)
    found = read_status(earlier, now) | read_runs(now)
    new = [line for key, line in found.items() if key not in earlier]
    sys.stdout.writelines(f"{line}\n" for line in new)
    if new and (why := send(new, command)):
        print(f"{command[0]} failed, so the next check sends this again: {why}", file=sys.stderr)
        return 1
    write_state(file, found)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Send new problems of a production system to a command.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the last check is remembered")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="receives new problems")
    given = parser.parse_args()
    if not given.command:
        parser.error("name the command that receives new problems")
    os.umask(0o077)
    given.folder.mkdir(parents=True, exist_ok=True)
    return check(given.folder, given.command, datetime.now(UTC))


if __name__ == "__main__":
    sys.exit(main())
