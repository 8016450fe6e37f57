"""`make down`: stop every service of this place and leave nothing running.

`make down` keeps all state; `make clean` removes it.
"""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from infra.local.commands.up import alone
from infra.local.services import airflow, all_services
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.problem import Problem
from infra.local.support.progress import console


def main(arguments: list[str]) -> int:
    try:
        place = Place.here()
        if arguments == ["--clean"]:
            _refuse_strange_folder(place)
            _ask(place)
        _stop(place)
        if arguments == ["--clean"]:
            shutil.rmtree(place.root)
            console.print(f"Removed {place.root}", markup=False)
    except Problem as problem:
        console.print(str(problem), markup=False)
        return 1
    return 0


def _stop(place: Place) -> None:
    """Stop Airflow before the stores, so that no task misses a store.

    Each half at once.
    """
    with alone(place), ThreadPoolExecutor() as pool:
        for half in (airflow.processes(place), all_services.stores(place)):
            for service, was_running in zip(
                half, pool.map(lambda service: service.stop(), half), strict=True
            ):
                console.print(
                    f"  {service.name}: {'stopped' if was_running else 'was not running'}", markup=False
                )


def _ask(place: Place) -> None:
    """Require confirmation from a person, or CONFIRM=yes; Problem without it."""
    if os.environ.get("CONFIRM") == "yes":
        return
    if not sys.stdin.isatty():
        raise Problem(
            f"Without a terminal, {place.root} is removed only after confirmation.",
            mend="CONFIRM=yes make clean",
        )
    if input(f"Stop everything and remove {place.root}, with everything captured there? [yes/no] ") != "yes":
        raise Problem("Nothing was removed.", mend="To remove it, answer yes.")


def _refuse_strange_folder(place: Place) -> None:
    """Refuse to remove a folder that no `make up` has used.

    RECORDROOM_LOCAL may name any folder by mistake.
    """
    if place.root != REPOSITORY / ".local" and not (place.root / "passwords.json").exists():
        raise Problem(f"`make up` did not create {place.root}.", mend="Correct RECORDROOM_LOCAL.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
