"""Start runs of our DAGs, and list the DAGs that do not run.

This is the only module that uses Airflow's scheduler. It works on Airflow's database directly, since people
in the records room have no rights in Airflow. Workers do what needs secrets or takes long. Everyone who sees
Airflow's pages can read the parameters of a run, so a run receives ids only.
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

WATCHED = {  # id of a scheduled DAG -> its purpose
    "capture": "reads new posts from the accounts every 15 minutes",
    "history": "reads posts published before the first capture of an account",
    "sweep": "looks each night for edited and removed records",
    "fixity": "checks each night that nothing in the archive was altered or lost",
    "retention": "derives retention dates each night, and drafts proposals of disposition",
}
_MEND = "Tell the administrator of Airflow. Your request is kept. Try again when Airflow works."


def start_run(dag_id: str, run_id: str, conf: dict[str, str]) -> None:
    """Queue a run with that id, unless it exists already.

    conf: parameters of the run; ids only.

    ServiceUnavailable if nothing would run it: Airflow's database cannot be reached, or the DAG is missing,
    unreadable, or paused.
    """
    try:
        known = DagModel.get_current(dag_id)
        if known is None or known.is_stale or known.has_import_errors:
            raise ServiceUnavailable(f"the Airflow DAG {dag_id} is missing or cannot be loaded", _MEND)
        if known.is_paused:
            raise ServiceUnavailable(f"the Airflow DAG {dag_id} is paused", _MEND)
        trigger_dag(dag_id, run_id=run_id, conf=conf, triggered_by=DagRunTriggeredByType.UI)
    except DagRunAlreadyExists:
        return
    except DagNotFound as problem:
        raise ServiceUnavailable(
            f"the Airflow DAG {dag_id} is missing or cannot be loaded", _MEND
        ) from problem
    except SQLAlchemyError as problem:
        raise ServiceUnavailable("Airflow's database cannot be reached", _MEND) from problem


@dataclass(frozen=True, slots=True)
class StoppedDag:
    """A scheduled DAG that is paused, or whose last finished run failed."""

    dag_id: str  # a key of WATCHED
    does: str  # the purpose of the DAG
    ended: datetime | None  # when the failed run ended; None if no run failed
    paused: bool  # nothing runs it until a person starts it again


def list_stopped_dags() -> list[StoppedDag]:
    """Return the scheduled DAGs that are paused or whose last run failed.

    ServiceUnavailable if Airflow's database cannot be reached.
    """
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
            "the results of the last runs are unknown, because Airflow's database cannot be reached",
            "Tell the administrator of Airflow.",
        ) from problem
