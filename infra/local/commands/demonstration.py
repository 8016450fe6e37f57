"""Play the demonstration, once a place.

It captures, plays the story's second act, captures again, and lets the register explain the gap that is
staged. Finished steps are recorded, so that an interrupted `make up` resumes and a second one triggers
nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from infra.local.commands.dag_runs import Airflow
from infra.local.services.sandbox_server import Sandbox, explain_gaps
from infra.local.support.place import Place
from infra.local.support.progress import step

DAG = "capture"  # a run triggered by hand captures every account, due or not


def play(place: Place) -> None:
    """Run the steps that are not done; both captures go through Airflow's scheduler."""
    notes = Notes(place.root / "demonstration.json")
    if "explained" in notes.done:
        return
    airflow = Airflow.sign_in(place)
    _capture(airflow, notes, "first")
    with step("The district edits, removes, and hides posts"):
        notes.once("act", lambda: Sandbox(place).play(2))
    _capture(airflow, notes, "second")
    notes.once("explained", lambda: explain_gaps(place))


def _capture(airflow: Airflow, notes: Notes, name: str) -> None:
    with step(f"The {name} capture") as tell:
        run = notes.once(f"{name} run", lambda: airflow.trigger(DAG))
        if airflow.wait(DAG, run, tell) == "failed":
            notes.forget(f"{name} run")
            raise airflow.failure(DAG, run)
    notes.once(name, lambda: "done")


class Notes:
    """The finished steps, in a small file: name -> result."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def once(self, name: str, work: Callable[[], str]) -> str:
        """Return the recorded result of a step, or run `work` and record its result."""
        if name not in self.done:
            self.done[name] = work()
            self._write()
        return self.done[name]

    def forget(self, name: str) -> None:
        del self.done[name]
        self._write()

    def _write(self) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.done))
        fresh.replace(self.path)
