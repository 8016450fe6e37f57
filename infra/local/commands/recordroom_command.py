"""Run commands of recordroom with the settings of a place."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from infra.local.services.service import BIN
from infra.local.support import environment
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.problem import Problem
from recordroom.exit_codes import ExitCode

FINE = (ExitCode.FINE, ExitCode.ACT_SOON)


def run(
    place: Place, *command: str, fine: tuple[int, ...] = FINE, user: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command; Problem if it fails.

    fine: exit codes that are no failure.
    user: whom ledgers and the audit name; "": the user of this machine.
    """
    done = subprocess.run(
        [BIN / "recordroom", *command],
        cwd=REPOSITORY,
        env={**os.environ, **environment.load(place), **({"LOGNAME": user} if user else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in fine:
        raise Problem(
            f"`recordroom {' '.join(command)}` failed: {(done.stderr or done.stdout).strip()}",
            log=place.root / "logs",
            mend="Do what the message says, then run: make up",
        )
    return done


def read_lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """Return the JSON objects that a command with --json printed."""
    return [json.loads(line) for line in done.stdout.splitlines()]
