"""
### Retention

Runs every night. `fields` derives the retention fields of all records and stores them as Parquet in the
derived bucket. `proposals` drafts the proposals of disposition that are due: one for each records series and
owner, a year after the last one. It also makes lists of earlier proposals again if the derived bucket lost
them.

A proposal is a list for people to read. Nothing is destroyed: recordroom has no code for it. A second run of
the same night changes nothing.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import add_retention_tasks


@dag(
    schedule="20 11 * * *",  # after the sweep
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def retention() -> None:
    add_retention_tasks()


retention()
