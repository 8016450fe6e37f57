"""
### Export

The records room starts it for each export. Its parameter is the ID of the order. The derived bucket stores
the order, its progress, and the result; the room shows them. If you start it with the ID of an interrupted
order, it continues that order and makes the same bytes.

If Elasticsearch or the bucket is unavailable, or the index is behind, it tries again every minute for two
hours. The log names no record.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from recordroom.airflow_tasks import make_export


@dag(
    schedule=None,
    catchup=False,
    # a run that waits for a service does not delay others; the task limits how many are made at once
    max_active_runs=100,
    is_paused_upon_creation=False,
    tags=["recordroom"],
    params={
        "export": Param(
            type="string",
            pattern=r"^\d{8}T\d{6}Z-[0-9a-f]{32}$",
            description="ID of an export order of the records room",
        )
    },
    doc_md=__doc__,
)
def export() -> None:
    make_export()


export()
