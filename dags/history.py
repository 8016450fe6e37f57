"""
### History

Continues first captures that are not finished. Each run reads ten minutes of each such account, newest
posts first, from where the last run stopped. An account that was read to its beginning is no longer listed.
Two accounts of a platform are read at once, outside its pool, so that captures of recent posts continue
meanwhile.
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
