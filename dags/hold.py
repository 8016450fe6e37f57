"""
### Hold

The records room starts it when a person places a legal hold. It captures the accounts of the hold at once,
so that the archive has what could be deleted, and then brings the index up to date. Its parameter is the ID
of the hold.

A failed run does not weaken the hold, which applies from its entry in the ledger on. The next capture reads
the accounts.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from recordroom.airflow_tasks import add_hold_tasks


@dag(
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=2,
    params={"hold": Param("", type="string", description="ID of a hold")},
    tags=["recordroom"],
    doc_md=__doc__,
)
def hold() -> None:
    add_hold_tasks()


hold()
