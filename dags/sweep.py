"""
### Sweep

Runs every night. It lists all posts of each account, finds what was removed or is unavailable, retries
media files that failed, and compares the platform's counts with the archive's. A difference without a
reason becomes a gap.

It reads a conversation if the platform's count changed, if that count does not include every reply, or if
the conversation is recent. It reads each other one at least every 14 days, which finds edits and removals
that no count shows. `recordroom capture --full ACCOUNT` reads all of them at once. A sweep that was
throttled keeps what it read, and the next one continues with the rest. If one account is throttled, the
others are still swept, also those with the same credential.

Two accounts of a platform are swept at once, outside its pool, so that captures of recent posts continue
meanwhile.

`left` commits what an interrupted capture left in the spool of an account that was closed since. If
something there cannot be committed, it fails and says what to do.
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
