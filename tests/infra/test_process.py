"""Stopping leaves nothing running; a stale pid file never costs a stranger its life."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from infra.local.support import process

SLEEP = "import time; time.sleep(60)"
FAMILY = (
    f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print('here', flush=True);"
    f" {SLEEP}"
)
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); {SLEEP}"


def start(folder: Path, program: str) -> Path:
    pid_file, log = folder / "pid", folder / "log"
    process.start(pid_file, log, [sys.executable, "-c", program], os.environ, folder)
    eventually(lambda: "here" in log.read_text())
    return pid_file


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def pid_of(pid_file: Path) -> int:
    return int(json.loads(pid_file.read_text())["pid"])


def test_stop_ends_children_too(tmp_path: Path) -> None:
    pid_file = start(tmp_path, FAMILY)
    family = [psutil.Process(pid_of(pid_file)), *psutil.Process(pid_of(pid_file)).children()]
    assert process.alive(pid_file)
    assert len(family) == 2
    assert process.stop(pid_file)
    assert not any(member.is_running() and member.status() != psutil.STATUS_ZOMBIE for member in family)
    assert not process.alive(pid_file)
    assert not process.stop(pid_file)


def test_children_that_outlived_a_killed_leader_are_found(tmp_path: Path) -> None:
    pid_file = start(tmp_path, FAMILY)
    [child] = psutil.Process(pid_of(pid_file)).children()
    os.kill(pid_of(pid_file), signal.SIGKILL)
    eventually(lambda: not process.alive(pid_file))
    assert child.is_running()
    assert process.stop(pid_file)
    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_what_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    pid_file = start(tmp_path, DEAF)
    assert process.stop(pid_file, patience=0.2)
    assert not process.alive(pid_file)


def test_a_reused_pid_is_a_strangers(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEP], start_new_session=True) as stranger:
        pid_file = tmp_path / "pid"
        pid_file.write_text(json.dumps({"pid": stranger.pid, "started": 1.0, "command": "weed"}))
        assert not process.alive(pid_file)
        assert not process.stop(pid_file)
        assert stranger.poll() is None
        assert not pid_file.exists()
        stranger.kill()
