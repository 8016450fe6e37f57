"""
### Capture

Runs every 15 minutes. It reads what is new, changed, and removed on each account that is due, commits it to the
archive, and indexes it.

| You see | It means |
|---|---|
| the name of a task | the account; whether its token ends soon; its open gaps; counts of new, changed, and absent records |
| `GAP` in the log of a task | something is known to be missing: what, since when, and why; `recordroom status` shows it too |
| an account is not listed | it was not due, or it is throttled; the log of `due` says until when |
| a skipped task | another capture of the account is running, or its credential is throttled; a later run tries again |
| a failed task | the account was not captured; the last line of its log says why. The next run tries again, and nothing is lost |
| `result` | green: no task of the run failed. Red: its log names the failed tasks |
| `index` reports that the index is behind | the captures are complete; search shows them when Elasticsearch is available again |

Each account has one task, and each platform one pool. No task waits longer than a minute.
"""  # noqa: E501 (rows of a Markdown table)

from __future__ import annotations

from airflow.sdk import dag

from recordroom.airflow_tasks import add_capture_tasks


@dag(
    schedule="*/15 * * * *",
    catchup=False,
    max_active_runs=1,
    tags=["recordroom"],
    doc_md=__doc__,
)
def capture() -> None:
    add_capture_tasks("recent")


capture()
