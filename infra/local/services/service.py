"""The base class of all services of the local set-up: start, wait, stop.

A service states its command, its ports, and when it is ready.
"""

from __future__ import annotations

import os
import ssl
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import httpx

from infra.local.support import ports, process
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.problem import Problem

BIN = Path(sys.executable).parent  # the virtual environment's programs
# for addresses without TLS: else httpx reads all authorities of this machine each time
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Service(ABC):
    """One program of one place."""

    name: ClassVar[str]
    patience: ClassVar[float] = (
        90  # seconds until it must be ready; generous, since the machine may be small and busy
    )

    def __init__(self, place: Place) -> None:
        self.place = place
        self.pid_file = place.root / "pids" / self.name
        self.log = place.root / "logs" / f"{self.name}.log"

    @abstractmethod
    def command(self) -> Sequence[str | Path]: ...

    @abstractmethod
    def ports(self) -> Sequence[int]: ...

    @abstractmethod
    def ready(self) -> bool: ...

    def prepare(self) -> None:
        """Write what the program needs before it can start."""

    def environment(self) -> Mapping[str, str]:
        """Return the variables in addition to the inherited ones."""
        return {}

    def folder(self) -> Path:
        """Return the folder in which the program runs."""
        return REPOSITORY

    def alive(self) -> bool:
        return process.alive(self.pid_file)

    def start(self) -> bool:
        """Start the program unless it runs, without waiting.

        Return whether it was started.
        """
        if self.alive():
            return False
        process.stop(self.pid_file)  # what a leader that ended may have left
        self.check_ports()
        self.prepare()
        environment = {
            **os.environ,
            "NO_PROXY": "127.0.0.1,localhost",
            "PATH": f"{BIN}:{os.environ['PATH']}:/usr/sbin:/sbin",
            **self.environment(),
        }
        process.start(self.pid_file, self.log, self.command(), environment, self.folder())
        return True

    def check_ports(self) -> None:
        """Raise Problem if another process uses one of its ports."""
        for port in self.ports():
            ports.check(self.name, port, self.place)

    def wait(self) -> None:
        """Wait until it is ready; Problem if it ends before that, or takes too long."""
        deadline = time.monotonic() + self.patience
        while not self.ready():
            if not self.alive():
                raise Problem(
                    f"{self.name} stopped while it was starting. Its last output: {self.last_words()}",
                    log=self.log,
                    mend="See its log.",
                )
            if time.monotonic() > deadline:
                raise Problem(
                    f"{self.name} did not respond within {self.patience:.0f} seconds.",
                    log=self.log,
                    mend="See its log, then run: make down up",
                )
            time.sleep(0.1)

    def stop(self) -> bool:
        """Stop it and all that it started; return whether it was running."""
        return process.stop(self.pid_file)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][-300:] if lines else "nothing"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it inside the block, and stop it afterwards whatever happens (for tests)."""
        try:
            self.start()
            self.wait()
            yield
        finally:
            self.stop()


def answers(url: str) -> bool:
    """Whether a GET of this address succeeds now."""
    try:
        return httpx.get(url, timeout=5, trust_env=False, verify=PLAIN).is_success
    except httpx.TransportError:
        return False
