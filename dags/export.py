"""
### Export

Started by the records room for each order of an export; its only parameter is the order's id. The order
itself, how far it is, and the result lie in the derived bucket, and the room shows them. To start it by hand
with an id is to go on with that order: the same bytes.

While Elasticsearch or the bucket is away, or the index is behind, it is tried again every minute for two
hours. The words of the log name no record.
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
            description="id of an order of the records room",
        )
    },
    doc_md=__doc__,
)
def export() -> None:
    make_export()


export()
