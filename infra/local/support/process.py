"""Start and stop programs that outlive the command that started them.

Each has a session of its own, a log, and a pid file. The pid file has the start time too: after a crash or a
restart, another process may have the same pid, and must not be taken for this one. Stopping ends the complete
session and all descendants.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

CLOCK_STEP = 2.0  # seconds by which a start time may seem to move when the machine's clock is set


def start(
    pid_file: Path, log: Path, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path
) -> None:
    """Start `command` detached; its output goes to `log`.

    The log of the previous start is kept as `<log>.before`.
    """
    for path in (pid_file, log):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists():
        log.replace(log.with_name(log.name + ".before"))
    with log.open("wb") as out:
        child = subprocess.Popen(
            [str(part) for part in command],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    pid_file.write_text(
        json.dumps(
            {"pid": child.pid, "started": psutil.Process(child.pid).create_time(), "command": str(command[0])}
        )
    )


def alive(pid_file: Path) -> bool:
    """Whether the process of this pid file is running."""
    return _leader(pid_file) is not None


def stop(pid_file: Path, patience: float = 20) -> bool:
    """Stop the process, its session, and its descendants.

    Return whether there was any.

    It sends SIGTERM, and SIGKILL after `patience` seconds.
    """
    members = _members(pid_file)
    for member in members:
        _signal(member, signal.SIGTERM)
    _, stubborn = psutil.wait_procs(members, timeout=patience)
    for member in stubborn:
        _signal(member, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=5)
    pid_file.unlink(missing_ok=True)
    return bool(members)


def _leader(pid_file: Path) -> psutil.Process | None:
    try:
        noted = json.loads(pid_file.read_text())
        leader = psutil.Process(noted["pid"])
        ours = (
            abs(leader.create_time() - noted["started"]) < CLOCK_STEP
            and leader.status() != psutil.STATUS_ZOMBIE
        )
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    return leader if ours else None


def _members(pid_file: Path) -> list[psutil.Process]:
    """Return the leader and its descendants, and its session's rest if it has ended."""
    if not pid_file.exists():
        return []
    pid = json.loads(pid_file.read_text())["pid"]
    leader = _leader(pid_file)
    if leader is None and psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        return []  # another program has the pid by now, so the old session has ended
    family = {leader, *leader.children(recursive=True)} if leader else set()
    return [*family, *(p for p in psutil.process_iter() if p not in family and _session(p) == pid)]


def _session(process: psutil.Process) -> int | None:
    try:
        return os.getsid(process.pid)
    except (ProcessLookupError, PermissionError):
        return None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
