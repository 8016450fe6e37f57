"""Our programs as processes of their own, each with arguments, settings, and output of its own.

They are forked from one process that has imported what all of them need, so that none spends its first second
on that. Nothing else differs from a program that is started normally (as tests/cli/test_output.py does).
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

from recordroom.cli.main import main

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["pytest", "tests.preloaded"])
PATIENCE = 300  # seconds


def recordroom(
    *words: str | bytes | Path, environment: Mapping[str, str], folder: Path | None = None
) -> CompletedProcess[str]:
    """Run `recordroom WORDS` with these settings and none of the tests' own.

    It is started normally if PYTHONPATH names other code.
    """
    if "PYTHONPATH" not in environment:
        return run(main, *words, environment=environment, folder=folder)
    line = [Path(sys.executable).with_name("recordroom"), *words]
    return subprocess.run(
        line,
        env=_with(environment),
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=PATIENCE,
        check=False,
    )


def run(
    program: Callable[[], object],
    *words: str | bytes | Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> CompletedProcess[str]:
    """A function of a module, called with these words behind its name in `sys.argv`."""
    given = [os.fsdecode(word) for word in words]
    with tempfile.TemporaryDirectory() as place:
        out, err = (Path(place, name) for name in ("stdout", "stderr"))
        child = _FORKING.Process(
            target=_become, args=(program, given, _with(environment), folder or Path.cwd(), (out, err))
        )
        child.start()
        child.join(PATIENCE)
        if child.exitcode is None:
            child.kill()
            child.join()
            raise TimeoutExpired(given, PATIENCE, out.read_bytes(), err.read_bytes())
        return CompletedProcess(given, child.exitcode, out.read_bytes().decode(), err.read_bytes().decode())


def _with(environment: Mapping[str, str]) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("RECORDROOM_", "AIRFLOW"))
    }
    return {**inherited, **environment}


def _become(
    program: Callable[[], object],
    words: list[str],
    environment: dict[str, str],
    folder: Path,
    outputs: tuple[Path, Path],
) -> None:
    for number, path in enumerate(outputs, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["recordroom", *words]
    program()
