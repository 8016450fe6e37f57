"""
### Reindex

Started by hand. It rebuilds the search index from Parquet while the old index serves, then switches to the
new one. Run it after an update that changes the index, or when Elasticsearch lost its data.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import rebuild_index


@dag(
    schedule=None,
    catchup=False,
    is_paused_upon_creation=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def reindex() -> None:
    rebuild_index()


reindex()
