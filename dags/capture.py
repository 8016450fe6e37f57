"""
### Capture

Every 15 minutes: asks each official account whose turn it is what is new, changed and gone, commits it to the
archive and indexes it.

| what you see | what it means |
|---|---|
| a task's name | the account; whether its token ends soon; its open gaps; what was new, changed, and absent. More is in the log |
| `GAP` in a task's log | what is known to be lacking, since when and why; `recordroom status` shows the same |
| an account is not listed | it was not due yet, or it is throttled: the log of `due` says until when |
| a skipped task | another capture of the account runs, or its credential is throttled; a later run tries it |
| a failed task | the account could not be captured; the last line of its log says why. Nothing is lost: the next run asks again |
| `result` | green: no task of the run failed. Red: its log names those that did |
| `index` says that the index is behind | the captures are complete; search shows them when Elasticsearch is back |

One task an account, one pool a platform. No task waits longer than a minute.
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
