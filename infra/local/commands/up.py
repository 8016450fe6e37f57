"""`make up`: start all services, play the demonstration once, print the summary.

Run again, it starts only what is down, triggers no run, and prints the same summary.
"""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from infra.local.commands import demonstration, recordroom_command, summary
from infra.local.services import airflow, all_services
from infra.local.services.service import Service
from infra.local.support import environment, retention_file
from infra.local.support.place import Place
from infra.local.support.problem import Problem
from infra.local.support.progress import console, step

WARNING = "TOKENS: "  # how warnings of `recordroom setup` begin


def main() -> int:
    try:
        place = Place.here()
        with alone(place):
            check_ports(place)
            place.fix()
            environment.write(place)
            start(place)
            demonstration.play(place)
            summary.show(place)
    except (Problem, httpx.HTTPError) as error:
        console.print(f"\n{error}", markup=False)
        return 1
    return 0


def check_ports(place: Place) -> None:
    """Raise Problem if a port is in use.

    Before the first start fixes the ports of a place, others can still be chosen.
    """
    for service in [*all_services.stores(place), *airflow.processes(place)]:
        if not service.alive():
            service.check_ports()


def start(place: Place) -> None:
    """Start every service that is not running.

    Buckets, pools, and users are ready before the first scheduled capture can begin.
    """
    stores, processes = all_services.stores(place), airflow.processes(place)
    down = [service for service in processes if not service.alive()]
    # the first start downloads Elasticsearch's parts
    with step("Starting the stores and the demonstration's platforms"):
        for service in stores:
            service.start()
    if down:
        with step("Airflow's database"):
            airflow.migrate(place)
    _await(stores)
    with step("Buckets, pools, and roles"):
        setup(place)
    if down:
        with step("Airflow's users"):
            airflow.seed(place)
    for service in down:
        service.start()
    _await(processes)


def _await(started: Sequence[Service]) -> None:
    with step(", ".join(service.name for service in started)):
        for service in started:
            service.wait()


def setup(place: Place) -> None:
    """Make buckets, check the store, make Airflow's pools and roles; idempotent.

    The demonstration's retention file is put in force too.
    """
    retention_file.write(place)
    told = recordroom_command.run(place, "setup").stderr
    recordroom_command.run(place, "retention", "apply", "--yes")
    for line in told.splitlines():
        if line.startswith(WARNING):  # its other lines only say that all is well
            console.print(line, markup=False)


@contextmanager
def alone(place: Place) -> Iterator[None]:
    """Keep a second `make up` or `make down` of the same place out; Problem for it.

    Two of them would start everything twice.
    """
    with (place.folder("pids") / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"Another `make up` or `make down` is running in {place.root}.",
                mend="Wait until it ends.",
            ) from None
        yield


if __name__ == "__main__":
    sys.exit(main())
