"""
### Reindex

By hand: builds the search index anew from Parquet while the old one serves, then puts it in force. Needed after an update that changes
the index, or when Elasticsearch lost its data.
"""

from __future__ import annotations

from airflow.sdk import dag, task


@dag(
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def reindex() -> None:
    @task
    def rebuild() -> dict[str, float]:
        from recordroom.runs import Room

        report = Room.enter().index().rebuild(lambda done, total: print(f"{done} of {total} rows"))
        return {"rows": report.rows, "documents": report.documents, "seconds": round(report.seconds, 1)}

    rebuild()


reindex()
