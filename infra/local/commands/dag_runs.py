"""Trigger a DAG through Airflow's REST API and wait for its run."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

import httpx

from infra.local.services.service import PLAIN
from infra.local.support.passwords import Passwords
from infra.local.support.place import Place
from infra.local.support.problem import Problem
from infra.local.support.progress import Tell

PARSED_WITHIN = 120  # seconds until the scheduler must know a new DAG file
RUN_WITHIN = 1800


@dataclass(frozen=True)
class Airflow:
    """A session with a place's Airflow as its administrator."""

    place: Place
    api: httpx.Client

    @classmethod
    def sign_in(cls, place: Place) -> Self:
        user = {"username": "admin", "password": Passwords.load(place.root).users["admin"]}
        answer = httpx.post(
            f"{place.url('airflow')}/auth/token", json=user, timeout=60, trust_env=False, verify=PLAIN
        )
        if not answer.is_success:
            raise Problem(
                f"Airflow refused its administrator (HTTP {answer.status_code}).",
                mend="Run make down, then make up, which creates the users again.",
            )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        api = f"{place.url('airflow')}/api/v2"
        return cls(
            place, httpx.Client(base_url=api, headers=headers, timeout=60, trust_env=False, verify=PLAIN)
        )

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run of this DAG; return its id."""
        self._await_dag(dag)
        answer = self.api.post(f"/dags/{dag}/dagRuns", json={"logical_date": None, "conf": conf or {}})
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def wait(self, dag: str, run: str, tell: Tell) -> str:
        """Wait until the run has ended; return `success` or `failed`.

        tell: called with the progress. Problem if it takes too long.
        """
        deadline = time.monotonic() + RUN_WITHIN
        while (state := self.state(dag, run)) not in ("success", "failed"):
            if time.monotonic() > deadline:
                raise Problem(
                    f"Run {run} of {dag} is still {state} after {RUN_WITHIN} s.",
                    mend=f"See {self._page(dag, run)}",
                )
            tell(self._progress(dag, run) or state)
            time.sleep(0.5)
        return state

    def failure(self, dag: str, run: str) -> Problem:
        """Describe a failed run by the labels of its failed tasks."""
        failed = "\n  ".join(_label(task) for task in self.tasks(dag, run) if task["state"] == "failed")
        logs = self.place.root / f"logs/airflow/dag_id={dag}/run_id={run}"
        return Problem(
            f"The run of {dag} failed in:\n  {failed}",
            log=logs,
            mend=f"See {self._page(dag, run)}, then run: make up",
        )

    def state(self, dag: str, run: str) -> str:
        answer = self.api.get(f"/dags/{dag}/dagRuns/{run}")
        answer.raise_for_status()
        return str(answer.json()["state"])

    def runs(self, dag: str) -> list[dict[str, Any]]:
        answer = self.api.get(f"/dags/{dag}/dagRuns", params={"limit": 100})
        answer.raise_for_status()
        return list(answer.json()["dag_runs"])

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        answer = self.api.get(f"/dags/{dag}/dagRuns/{run}/taskInstances", params={"limit": 1000})
        answer.raise_for_status()
        return list(answer.json()["task_instances"])

    def _progress(self, dag: str, run: str) -> str:
        states = Counter(task["state"] or "waiting" for task in self.tasks(dag, run))
        return ", ".join(f"{number} {state}" for state, number in sorted(states.items()))

    def _await_dag(self, dag: str) -> None:
        deadline = time.monotonic() + PARSED_WITHIN
        while self.api.get(f"/dags/{dag}").status_code == httpx.codes.NOT_FOUND:
            if time.monotonic() > deadline:
                errors = self.api.get("/importErrors").json()["import_errors"]
                why = (
                    "; ".join(f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in errors)
                    or "Airflow reports no import error"
                )
                log = self.place.root / "logs/airflow-dag-processor.log"
                raise Problem(
                    f"Airflow does not know the DAG `{dag}` ({why}).",
                    log=log,
                    mend="Correct the DAG file, then run: make up",
                )
            time.sleep(0.5)

    def _page(self, dag: str, run: str) -> str:
        return f"{self.place.url('airflow')}/dags/{dag}/runs/{run}"


def _label(task: dict[str, Any]) -> str:
    return str(task.get("rendered_map_index") or task["task_id"])
