"""
### Sweep

Every night: lists each account as a whole, looks for what is gone in all of it, asks again for media that
could not be fetched, and compares the platform's own counts with ours. What differs without a reason becomes
a gap.

Conversations are read where the platform's count has moved, where the count does not tell of every answer,
where they are young, and at their turn: every one within 14 days, which finds edits and removals that no
count shows. `recordroom capture --full ACCOUNT` reads all of them at once. A sweep that was throttled has
kept what it read: the next one goes on with the rest. A throttle of one account leaves out no other account,
though it has the same credential.

Two accounts of a platform are swept at once, in no pool: the captures of the last days go on beside them.

`left` takes up what a dead capture left in the spool of an account that was closed since. It fails while
something waits there that it cannot take up, and says what to do.
"""

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import add_capture_tasks


@dag(
    schedule="20 9 * * *",  # 01:20 or 02:20 in Washington
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def sweep() -> None:
    add_capture_tasks("sweep")


sweep()
