"""
### Capture now

The records room starts it. It captures one post with its whole conversation at once, before someone
moderates it, and waits for no other capture of the account. Its parameter is the ID of the request, which
is stored in the derived bucket with its receipt.

A failed run captured nothing. The page Capture now shows the reason to the person who requested it, who can
request it again.
"""

from __future__ import annotations

from airflow.sdk import Param, dag

from recordroom.airflow_tasks import add_capture_now_task


@dag(
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=8,
    params={"request": Param("", type="string", description="ID of a request of the records room")},
    tags=["recordroom"],
    doc_md=__doc__,
)
def capture_now() -> None:
    add_capture_now_task()


capture_now()
