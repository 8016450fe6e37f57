"""
### Fixity

Runs every night. It checks every ledger from its first entry and hashes a thirtieth of the archive's
objects, so that a month of nights covers all of them. It compacts Parquet, writes an anchor to the archive,
and sends it to every destination outside. If anything differs from what was stored, or a destination did
not receive every anchor, the run fails. The log of `verify` or `anchor` says why.

If RECORDROOM_EXPORT_DAYS is set and `verify` found nothing, `exports` removes older export files. It also
finishes removals that a person started and the bucket refused. It leaves orders of another version of
recordroom that have a different format. Its result counts them; the audit lists them.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import add_fixity_tasks


@dag(
    schedule="40 10 * * *",  # after the sweep
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def fixity() -> None:
    add_fixity_tasks()


fixity()
