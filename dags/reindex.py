"""
### Reindex

By hand: builds the search index anew from Parquet while the old one serves, then puts it in force. Needed
after an update that changes the index, or when Elasticsearch lost its data.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import rebuild_index


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def reindex() -> None:
    rebuild_index()


reindex()
