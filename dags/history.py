"""
### History

Goes on with first captures that are not finished: newest posts first, ten minutes an account and run, from
where the last one stopped. An account that was read to its beginning is no longer listed. Two accounts of a
platform are read at once, in no pool: the captures of the last days go on beside them.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import add_capture_tasks


@dag(
    schedule="*/20 * * * *",
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def history() -> None:
    add_capture_tasks("history")


history()
