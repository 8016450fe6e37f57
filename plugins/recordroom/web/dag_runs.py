"""Starts runs of our DAGs. The only file that speaks to Airflow's scheduler, by its own database: a person of the room has no right there.

What has to be done where secrets are, or takes long, is done by the workers. A run is given ids alone: whoever sees Airflow's pages reads
its parameters.
"""

from __future__ import annotations

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagNotFound, DagRunAlreadyExists
from airflow.models.dag import DagModel
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy.exc import SQLAlchemyError

from recordroom.errors import ServiceUnavailable

_MEND = "Tell whoever runs Airflow. What was asked for is kept: ask again when it works."


def start(dag_id: str, run_id: str, conf: dict[str, str]) -> None:
    """A run of that id, queued; one that is there already is left as it is. ServiceUnavailable if nothing would run it: Airflow's database
    is away, or the DAG is not there, cannot be read or is paused."""
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
