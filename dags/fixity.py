"""
### Fixity

Every night: walks every ledger from its first entry, hashes a thirtieth of the archive's objects (in a month
all of them, where no night is left out), compacts Parquet, and writes an anchor, to the archive and to
RECORDROOM_ANCHOR_DIR. The run fails if anything is not as it was put; the log of `verify` names it.

`exports` removes the files of exports that are older than RECORDROOM_EXPORT_DAYS, where that is set and
`verify` found nothing; and finishes what a person removed and the bucket did not take. What another version
of recordroom ordered in a form of its own it leaves. How many of each, its result says; which, the audit.
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
