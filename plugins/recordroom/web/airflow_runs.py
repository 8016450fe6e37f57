"""Starts runs of our DAGs, and tells which failed. The only file that speaks to Airflow's scheduler, by its
own database: people of the room have no right there.

What has to be done where secrets are, or takes long, is done by the workers. A run is given ids alone:
whoever sees Airflow's pages reads its parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists
from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from recordroom.errors import ServiceUnavailable

WATCHED = {  # what runs by itself -> what it is for
    "capture": "asks the accounts every 15 minutes what is new",
    "history": "reads what was published before an account was first captured",
    "sweep": "looks each night for what was edited or is gone",
    "fixity": "checks each night that nothing in the archive was altered or lost",
}
_MEND = "Tell whoever runs Airflow. What was asked for is kept: ask again when it works."


def start_run(dag_id: str, run_id: str, conf: dict[str, str]) -> None:
    """A run of that id, queued; one that is there already is left as it is. ServiceUnavailable if nothing
    would run it: Airflow's database is away, or the DAG is not there, cannot be read or is paused."""
    try:
        known = DagModel.get_current(dag_id)
        if known is None or known.is_stale or known.has_import_errors:
            raise ServiceUnavailable(f"Airflow has no DAG {dag_id} that works", _MEND)
        if known.is_paused:
            raise ServiceUnavailable(f"the DAG {dag_id} is paused", _MEND)
        trigger_dag(dag_id, run_id=run_id, conf=conf, triggered_by=DagRunTriggeredByType.UI)
    except DagRunAlreadyExists:
        return
    except DagNotFound as problem:
        raise ServiceUnavailable(f"Airflow has no DAG {dag_id} that works", _MEND) from problem
    except SQLAlchemyError as problem:
        raise ServiceUnavailable("Airflow's database cannot be used", _MEND) from problem


@dataclass(frozen=True, slots=True)
class StoppedDag:
    """A DAG whose last run that has ended failed, then; `does`: what it is for; `paused`: nothing will run it
    again.
    """

    dag_id: str
    does: str
    ended: datetime | None
    paused: bool


def list_stopped_dags() -> list[StoppedDag]:
    """The DAGs that run by themselves and do not: the last run failed, or they are paused. ServiceUnavailable
    where Airflow's database is away."""
    try:
        with create_session() as session:
            found = []
            for dag_id, does in WATCHED.items():
                ended = (DagRunState.SUCCESS, DagRunState.FAILED)
                wanted = select(DagRun.state, DagRun.end_date).where(
                    DagRun.dag_id == dag_id, DagRun.state.in_(ended)
                )
                last = session.execute(wanted.order_by(DagRun.end_date.desc()).limit(1)).first()
                paused = session.scalar(select(DagModel.is_paused).where(DagModel.dag_id == dag_id)) is True
                failed = last is not None and last.state == DagRunState.FAILED
                if failed or paused:
                    found.append(
                        StoppedDag(
                            dag_id, does, last.end_date if failed and last is not None else None, paused
                        )
                    )
            return found
    except SQLAlchemyError as problem:
        raise ServiceUnavailable(
            "how the last runs ended is not known: Airflow's database cannot be used", _MEND
        ) from problem
