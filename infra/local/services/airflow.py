"""Airflow on this machine: four processes of one place.

It uses the FAB auth manager: SimpleAuthManager checks no roles. The workers use an api-server of their own,
so that a heavy page in the UI's one cannot make captures fail. If the workers' api-server is down, tasks
fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.local.services.service import BIN, PLAIN, Service, answers
from infra.local.support import environment
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.problem import Problem
from recordroom import memory


class AirflowProcess(Service):
    """One of Airflow's processes; a subclass names its arguments."""

    patience = 180
    arguments: tuple[str, ...]
    port_name: str | None = None

    def command(self) -> Sequence[str | Path]:
        port = ("--port", str(self.place.port(self.port_name))) if self.port_name else ()
        return [BIN / "airflow", *self.arguments, *port]

    def ports(self) -> Sequence[int]:
        return [self.place.port(self.port_name)] if self.port_name else []

    def environment(self) -> Mapping[str, str]:
        return {**environment.load(self.place), memory.VARIABLE: str(memory.ARENAS)}

    def health(self, component: str) -> bool:
        """Whether the UI's api-server reports a component as healthy.

        It reads the component's heartbeat from the database.
        """
        try:
            answer = httpx.get(
                f"{self.place.url('airflow')}/api/v2/monitor/health",
                timeout=10,
                trust_env=False,
                verify=PLAIN,
            )
        except httpx.TransportError:
            return False
        return answer.is_success and answer.json()[component]["status"] == "healthy"


class Execution(AirflowProcess):
    name = "airflow-execution"
    arguments = ("api-server", "--apps", "execution")
    port_name = "airflow_execution"

    def ready(self) -> bool:
        return answers(f"{self.place.url('airflow_execution')}/execution/health")


class Core(AirflowProcess):
    name = "airflow"
    arguments = ("api-server", "--apps", "core")
    port_name = "airflow"

    def ready(self) -> bool:
        return self.health("metadatabase")


class Scheduler(AirflowProcess):
    name = "airflow-scheduler"
    # its log server would listen on all interfaces; the logs are read from the disk
    arguments = ("scheduler", "--skip-serve-logs")

    def environment(self) -> Mapping[str, str]:
        """Add that plugins are loaded at once.

        Tasks run in forks of this process, and each would import the same modules again.
        """
        return {**super().environment(), "AIRFLOW__CORE__LAZY_LOAD_PLUGINS": "False"}

    def ready(self) -> bool:
        return self.health("scheduler")


class DagProcessor(AirflowProcess):
    name = "airflow-dag-processor"
    arguments = ("dag-processor",)

    def ready(self) -> bool:
        return self.health("dag_processor")


def processes(place: Place) -> list[AirflowProcess]:
    return [Execution(place), Core(place), Scheduler(place), DagProcessor(place)]


@contextmanager
def running(place: Place) -> Iterator[None]:
    """Run all processes inside the block, and stop them afterwards whatever happens (for tests)."""
    started = processes(place)
    try:
        for process in started:
            process.start()
        for process in started:
            process.wait()
        yield
    finally:
        for process in started:
            process.stop()


def migrate(place: Place) -> None:
    """Bring Airflow's database to this version, if it is older."""
    _run(place, "airflow-migrate", [str(BIN / "airflow"), "db", "migrate"])


def seed(place: Place) -> None:
    """Make the users and connections of infra.local.commands.seed."""
    _run(place, "airflow-seed", [sys.executable, "-m", "infra.local.commands.seed"])


def _run(place: Place, name: str, command: Sequence[str]) -> None:
    log = place.folder("logs") / f"{name}.log"
    with log.open("wb") as out:
        settings = {**os.environ, **environment.load(place)}
        done = subprocess.run(
            command, cwd=REPOSITORY, env=settings, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        words = log.read_text(errors="replace").strip().splitlines() or ["nothing"]
        raise Problem(
            f"`{name}` failed: {words[-1][-300:]}",
            log=log,
            mend="See its log; `make clean up` starts over with a new database.",
        )
