"""Airflow's tasks: thin wrappers around recordroom.jobs.

Each platform has a group: `due` decides, and one mapped task captures each account, for recent captures in
the pool of the platform. The name of the task shows an operator how the account went. `index` runs whatever
happened before it.

If tasks run whatever happened before them, `failed` fails the run if any failed: the state of a run is that
of its last tasks. It runs each time and is shown as `result`: Airflow's grid shows a skipped task in pink, as
if a good run had failed somewhere.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from airflow.sdk import TaskGroup, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from recordroom.airflow_setup import POOL_SLOTS
from recordroom.errors import RecordroomError, describe_mistake
from recordroom.platforms.registry import list_names
from recordroom.text import to_one_line

FIXITY_DAYS = 30
PATIENCE, TRIES = timedelta(minutes=1), 120  # how long and how often an export waits for a service
EXPORTS = 2  # exports at once: each may take gigabytes of a worker's disk, and much of its processor
NAME = "{{ line | default(task.op_kwargs['name']) }}"  # of a mapped task: the account, later the outcome
WIDTH = 48  # characters of that name that fit in Airflow's breadcrumb; its database stores 250


def log_reason(context: Mapping[str, Any]) -> None:
    """Log why a task failed, as the last line.

    Airflow logs a traceback before, in a part that it folds.
    """
    log = logging.getLogger("airflow.task")
    log.info("::endgroup::")
    log.error(to_one_line(_describe_reason(context.get("exception"))))


def _describe_reason(problem: BaseException | str | None) -> str:
    """Return why a task failed.

    Airflow gives no exception if the process of the task was killed or its worker died.
    """
    if not problem:
        return "the task was stopped from outside: a person stopped it, or its process or worker ended"
    if isinstance(problem, (str, RecordroomError, AirflowException)):
        return str(problem)
    return f"an error in the program: {describe_mistake(problem)}"


_task = partial(task, on_failure_callback=log_reason, on_retry_callback=log_reason)


def _name_task(words: str) -> None:
    """Give a mapped task its name."""
    short = to_one_line(words)
    get_current_context()["line"] = short if len(short) <= WIDTH else f"{short[: WIDTH - 1]}…"  # type: ignore[typeddict-unknown-key]


def add_capture_tasks(kind: str) -> None:
    """Add the tasks of a capturing DAG.

    kind: recent (accounts that are due), sweep (all), history (unfinished first captures).
    """
    captures = [_add_platform_tasks(name, kind) for name in list_names()]
    if kind == "sweep":
        captures.append(_commit_left_behind())
    captures >> _update_index()
    captures >> _fail_if_any_failed()


def _add_platform_tasks(platform: str, kind: str) -> Any:
    """Add the group of a platform: which accounts are due, and a task for each.

    A sweep may take hours, and a first capture ten minutes for each account. In the platform's pool, recent
    captures would wait for them, and so would the next run of recent captures, which covers all platforms.
    """
    among: dict[str, Any] = (
        {"pool": platform} if kind == "recent" else {"max_active_tis_per_dagrun": POOL_SLOTS}
    )
    with TaskGroup(platform):
        return _capture.override(**among).partial(kind=kind).expand(name=_list_due(platform, kind))


@_task(task_id="due")
def _list_due(platform: str, kind: str) -> list[str]:
    from recordroom.jobs import schedule
    from recordroom.jobs.context import JobContext

    # a person who starts a run wants it now
    asked_for = get_current_context()["dag_run"].run_type == "manual"
    try:
        context = JobContext.open()
        if context.alarm:
            print(f"ALARM: {context.alarm}")
        recent = kind == "recent"
        accounts, why = schedule.list_due_accounts(
            context, platform, at_once=asked_for or not recent, share_throttles=recent
        )
        if kind == "history":
            accounts = schedule.list_unfinished_histories(context, accounts)
    except RecordroomError as problem:
        raise AirflowFailException(f"{platform}: {problem}") from None
    for name, words in sorted(why.items()):
        print(f"{name}: {words}")
    return [account.id for account in accounts]


@_task(task_id="capture", map_index_template=NAME, retries=0)
def _capture(name: str, kind: str) -> dict[str, Any]:
    from recordroom.errors import Busy
    from recordroom.jobs import schedule
    from recordroom.jobs.captures import capture_account, describe_outcome, make_task_label, summarize_outcome
    from recordroom.jobs.context import JobContext

    try:
        context = JobContext.open()
        account = context.register.account(name)
        # A throttle that began after this run did. A sweep comes once a day and never skips an account: its
        # capture meets the throttle itself, keeps what it has read, and opens a gap if that lasts.
        if kind != "sweep" and (why := schedule.find_throttle(context, account)):
            _name_task(f"{name}: {why}")
            raise AirflowSkipException(why)
        outcome = capture_account(context, account, None if kind == "recent" else kind)
    except RecordroomError as problem:
        _name_task(f"{name}: {problem.message}")
        comes_soon = isinstance(problem, Busy) and kind != "sweep"  # with the next run; a sweep only tomorrow
        raise (AirflowSkipException if comes_soon else AirflowFailException)(f"{name}: {problem}") from None
    _name_task(make_task_label(outcome))
    print(describe_outcome(outcome))
    for words in outcome.open_gaps or ():
        print(f"GAP {words}")
    if outcome.lacking:
        print(
            f"The platform counts more than the archive has: {outcome.lacking}. `recordroom status --counts`"
            " shows each difference."
        )
    if outcome.failure:
        raise AirflowFailException(f"{name}: {outcome.failure}")
    return summarize_outcome(outcome)


@_task(task_id="left")
def _commit_left_behind() -> list[dict[str, Any]]:
    """Commit what interrupted captures left behind.

    This is for accounts that no run captures now.
    """
    from recordroom.jobs import maintenance
    from recordroom.jobs.captures import describe_outcome, summarize_outcome
    from recordroom.jobs.context import JobContext

    taken, waiting = maintenance.commit_left_behind(JobContext.open())
    for outcome in taken:
        print(describe_outcome(outcome))
    for name, words in waiting.items():
        print(f"{name}: {words}")
    if waiting:
        raise AirflowFailException(
            f"The archive does not have everything that was fetched for {', '.join(waiting)}. The lines above"
            " say what to do."
        )
    return [summarize_outcome(outcome) for outcome in taken]


@_task(task_id="index", trigger_rule="all_done")
def _update_index() -> dict[str, Any]:
    from recordroom.jobs import index
    from recordroom.jobs.context import JobContext

    report = index.update_index(JobContext.open())
    if isinstance(report, index.IndexProblem):
        print(f"The index is behind; the captures are complete. {report.words}")
        return {"behind": report.words}
    return {"rows": report.rows, "documents": report.documents}


@_task(task_id="failed", task_display_name="result", trigger_rule="all_done", retries=0)
def _fail_if_any_failed() -> None:
    ti = get_current_context()["ti"]
    states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    if failed := sorted(name for name, state in states.items() if state == "failed"):
        raise AirflowFailException(
            f"These tasks failed; the last line of each log says why: {', '.join(failed)}"
        )


def add_capture_now_task() -> None:
    """Add the one task of a capture that a person requested.

    It is in no platform's pool, so that no sweep runs before it.
    """
    _capture_requested()


@_task(task_id="capture", retries=0, priority_weight=1_000, weight_rule="absolute")
def _capture_requested() -> None:
    """Capture a requested post.

    The result of the task contains neither the address nor anything that a person wrote; the response in the
    derived bucket does.
    """
    from recordroom.jobs.captures import capture_requested
    from recordroom.jobs.context import JobContext

    try:
        words, answer = capture_requested(JobContext.open(), get_current_context()["params"]["request"])
    except RecordroomError as problem:
        raise AirflowFailException(str(problem)) from None
    print(words)
    if answer.failure:
        raise AirflowFailException(
            "The capture failed. The person who requested it sees the reason in the records room."
        )


def add_hold_tasks() -> None:
    """Capture the accounts of a hold that a person placed, then bring the index up to date."""
    captures = _capture.partial(kind="recent").expand(name=_list_held_accounts())
    captures >> _update_index()
    captures >> _fail_if_any_failed()


@_task(task_id="accounts")
def _list_held_accounts() -> list[str]:
    from recordroom.jobs import retention
    from recordroom.jobs.context import JobContext

    return retention.list_held_accounts(JobContext.open(), get_current_context()["params"]["hold"])


def add_retention_tasks() -> None:
    """Derive the retention fields of all records, then draft the proposals that are due."""
    _derive_fields() >> _draft_proposals()


@_task(task_id="fields")
def _derive_fields() -> dict[str, Any]:
    from recordroom.jobs import proposals
    from recordroom.jobs.context import JobContext

    written, is_new = proposals.derive_fields(JobContext.open())
    return {"records": written.rows, "changed": is_new}


@_task(task_id="proposals")
def _draft_proposals() -> dict[str, int]:
    """Draft what is due.

    The result has no names: everyone who sees Airflow's pages can read it.
    """
    from recordroom.jobs import proposals
    from recordroom.jobs.context import JobContext

    context = JobContext.open()
    for words in proposals.restore_lists(context):
        print(f"ALARM: {words}")
    found = proposals.draft_due(context)
    drafted = sum(one.proposal is not None for one in found)
    return {"drafted": drafted, "nothing_to_propose": len(found) - drafted}


def add_fixity_tasks() -> None:
    """Verify a thirtieth of the objects and every chain, then clean up and anchor.

    That is: compact the rows, remove old exports, and write an anchor.
    """
    verified, compacted, removed, anchored = _verify(), _compact(), _remove_exports(), _anchor()
    verified >> compacted >> removed >> anchored
    [verified, compacted, removed, anchored] >> _fail_if_any_failed()


@_task(task_id="verify")
def _verify() -> dict[str, int]:
    from recordroom.jobs import maintenance

    report = maintenance.verify_archive(share=(datetime.now(UTC).toordinal() % FIXITY_DAYS, FIXITY_DAYS))
    for problem in report.problems:
        print(f"{problem.object}: {problem.problem}; expected {problem.expected}, found {problem.found}")
    if report.problems:
        raise AirflowFailException(
            f"{len(report.problems)} problems in the archive, listed above. Do not delete anything."
        )
    return {"checked": report.checked, "problems": 0}


@_task(task_id="compact", trigger_rule="all_done")
def _compact() -> dict[str, int]:
    from recordroom.jobs import maintenance
    from recordroom.jobs.context import JobContext

    return {"merged": maintenance.compact_rows(JobContext.open())}


@_task(task_id="exports", trigger_rule="all_done")
def _remove_exports() -> dict[str, int]:
    from recordroom.jobs import maintenance

    # else it failed, and nothing is removed automatically
    whole = get_current_context()["ti"].xcom_pull(task_ids="verify") is not None
    done = maintenance.remove_old_exports(by_age=whole)
    return {
        "removed": done.removed,
        "finished": done.finished,
        "of_another_version": done.left,
        "on_hold": done.held,
    }


@_task(task_id="anchor", trigger_rule="all_done")
def _anchor() -> dict[str, Any]:
    """Write an anchor, and fail if a destination outside the archive did not receive it."""
    from recordroom.jobs import maintenance
    from recordroom.jobs.context import JobContext

    root, deliveries = maintenance.write_anchor(JobContext.open())
    failed = [f"{one.destination}: {one.problem}" for one in deliveries if one.problem]
    for words in failed:
        print(words)
    if failed:
        raise AirflowFailException(
            "The anchor is in the archive, but did not reach every destination outside. See the lines above."
        )
    return {"root": root, "sent": sum(one.sent for one in deliveries)}


@_task(task_id="export", retries=TRIES, retry_delay=PATIENCE, max_active_tis_per_dag=EXPORTS)
def make_export() -> dict[str, Any]:
    """Make the export that the run was started for.

    If a service is unavailable, the task is tried again. All else needs a person, and the message says so.
    """
    from recordroom.errors import QueryError, ServiceUnavailable
    from recordroom.jobs import maintenance

    try:
        return maintenance.make_export(get_current_context()["params"]["export"])
    except ServiceUnavailable:
        raise
    except QueryError:  # its message quotes the query
        raise AirflowFailException(
            "This version can no longer read the query. The person who ordered the export sees the reason in"
            " the records room."
        ) from None
    except RecordroomError as problem:
        raise AirflowFailException(str(problem)) from None


@_task(task_id="rebuild")
def rebuild_index() -> dict[str, float]:
    """Rebuild the search index from the rows."""
    from recordroom.jobs.context import JobContext

    report = JobContext.open().index().rebuild(lambda done, total: print(f"{done} of {total} rows"))
    return {"rows": report.rows, "documents": report.documents, "seconds": round(report.seconds, 1)}
