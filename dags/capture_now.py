"""
### Capture now

Started by the records room: captures one post with its whole conversation at once, before somebody moderates
it. Its only parameter is the id of what was asked for, which lies in the derived bucket with the receipt. It
waits for no other capture of the account.

A failed run could not capture it; whoever asked reads why on the room's page. Nothing is lost: ask again.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from recordroom.airflow_tasks import add_capture_now_task


@dag(
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=8,
    params={"request": Param("", type="string", description="the id that the room gives")},
    tags=["recordroom"],
    doc_md=__doc__,
)
def capture_now() -> None:
    add_capture_now_task()


capture_now()
