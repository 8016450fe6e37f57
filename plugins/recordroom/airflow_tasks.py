"""Airflow's tasks, made of recordroom.runs: what an operator sees of each account stands in the task's name.

A group a platform: `due` decides, one mapped task an account captures; those of the last days in the pool of their platform. `index`
follows whatever happened before it. Where tasks run whatever happened before them, `failed` fails the run when one did: a run's state is
that of its last tasks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import TaskGroup, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from recordroom.airflow_setup import POOL_SLOTS
from recordroom.platforms import names

FIXITY_DAYS = 30
PATIENCE, TRIES = timedelta(minutes=1), 120  # of an export that waits for a service
EXPORTS = 2  # that are made at once: each may take gigabytes of a worker's disk, and much of its processor


def capture_tasks(kind: str) -> None:
    """The tasks of a capturing DAG. `kind`: recent (accounts that are due), sweep (all), history (unfinished first captures)."""
    captures = [_platform(name, kind) for name in names()]
    if kind == "sweep":
        captures.append(_left())
    captures >> _index()
    captures >> _failed()


def _platform(platform: str, kind: str) -> Any:
    """The group of a platform: who is due, and a task for each. A sweep may take hours, a first capture ten minutes of each account: in the
    platform's pool captures of the last days would wait for them, and the next run of those, which is one of all platforms, too."""
    among: dict[str, Any] = {"pool": platform} if kind == "recent" else {"max_active_tis_per_dagrun": POOL_SLOTS}
    with TaskGroup(platform):
        return _capture.override(**among).partial(kind=kind).expand(name=_due(platform, kind))


@task(task_id="due")
def _due(platform: str, kind: str) -> list[str]:
    from recordroom import runs

    room = runs.Room.enter()
    if room.alarm:
        print(f"ALARM: {room.alarm}")
    asked_for = get_current_context()["dag_run"].run_type == "manual"  # whoever starts a run by hand wants it now
    accounts, why = runs.due_accounts(room, platform, at_once=asked_for or kind != "recent")
    if kind == "history":
        accounts = runs.unfinished_histories(room, accounts)
    for name, words in sorted(why.items()):
        print(f"{name}: {words}")
    return [account.id for account in accounts]


@task(task_id="capture", map_index_template="{{ line }}", retries=0)
def _capture(name: str, kind: str) -> dict[str, Any]:
    from recordroom import runs
    from recordroom.errors import Busy, RecordroomError

    room = runs.Room.enter()
    try:
        outcome = runs.capture_account(room, room.register.account(name), None if kind == "recent" else kind)
    except RecordroomError as problem:
        get_current_context()["line"] = f"{name}: {problem}"  # type: ignore[typeddict-unknown-key]
        comes_soon = isinstance(problem, Busy) and kind != "sweep"  # with the next run; a sweep only tomorrow
        raise (AirflowSkipException if comes_soon else AirflowFailException)(str(problem)) from None
    get_current_context()["line"] = runs.line(outcome)  # type: ignore[typeddict-unknown-key]
    print(runs.line(outcome))
    for words in outcome.open_gaps or ():
        print(f"GAP {words}")
    if outcome.lacking:
        print(f"The platform counts more than is held: {outcome.lacking}. `recordroom status --counts` shows each difference.")
    if outcome.failure:
        raise AirflowFailException(outcome.failure)
    return runs.plain(outcome)


@task(task_id="left")
def _left() -> list[dict[str, Any]]:
    """What dead captures left of accounts that no run captures any more."""
    from recordroom import runs

    taken, waiting = runs.take_up(runs.Room.enter())
    for outcome in taken:
        print(runs.line(outcome))
    for name, words in waiting.items():
        print(f"{name}: {words}")
    if waiting:
        raise AirflowFailException(f"Something fetched of {', '.join(waiting)} is not in the archive; above it says what to do.")
    return [runs.plain(outcome) for outcome in taken]


@task(task_id="index", trigger_rule="all_done")
def _index() -> dict[str, Any]:
    from recordroom import runs

    report = runs.catch_up(runs.Room.enter())
    if isinstance(report, runs.IndexProblem):
        print(f"The index is behind; the captures are complete. {report.words}")
        return {"behind": report.words}
    return {"rows": report.rows, "documents": report.documents}


@task(task_id="failed", trigger_rule="one_failed")
def _failed() -> None:
    raise AirflowFailException("A task of this run failed; it says itself why.")


def capture_now_tasks() -> None:
    """The one task of a capture that somebody asked for. It is in no platform's pool, so that no sweep is before it."""
    _capture_requested()


@task(task_id="capture", retries=0, priority_weight=1_000, weight_rule="absolute")
def _capture_requested() -> None:
    """What it says holds neither the address nor words of anybody: the answer in the derived bucket does."""
    from recordroom import runs
    from recordroom.errors import RecordroomError

    try:
        words, answer = runs.capture_requested(runs.Room.enter(), get_current_context()["params"]["request"])
    except RecordroomError as problem:
        raise AirflowFailException(str(problem)) from None
    print(words)
    if answer.failure:
        raise AirflowFailException("It could not be captured; whoever asked for it reads why in the records room.")


def fixity_tasks() -> None:
    """Verify a thirtieth of the objects and every chain, then compact, remove old exports and anchor."""
    verified, compacted, removed, anchored = _verify(), _compact(), _remove_exports(), _anchor()
    verified >> compacted >> removed >> anchored
    [verified, compacted, removed, anchored] >> _failed()


@task(task_id="verify")
def _verify() -> dict[str, int]:
    from recordroom import runs

    report = runs.verify(share=(datetime.now(UTC).toordinal() % FIXITY_DAYS, FIXITY_DAYS))
    for problem in report.problems:
        print(f"{problem.object}: {problem.problem}; expected {problem.expected}, found {problem.found}")
    if report.problems:
        raise AirflowFailException(f"{len(report.problems)} problems in the archive; each is named above. Do not delete anything.")
    return {"checked": report.checked, "problems": 0}


@task(task_id="compact", trigger_rule="all_done")
def _compact() -> dict[str, int]:
    from recordroom import runs

    return {"merged": runs.compact(runs.Room.enter())}


@task(task_id="exports", trigger_rule="all_done")
def _remove_exports() -> dict[str, int]:
    from recordroom import runs

    whole = get_current_context()["ti"].xcom_pull(task_ids="verify") is not None  # it failed else: nothing is removed by itself then
    removed, finished, left = runs.remove_old_exports(by_age=whole)
    return {"removed": removed, "finished": finished, "of_another_version": left}


@task(task_id="anchor", trigger_rule="all_done")
def _anchor() -> dict[str, str]:
    from recordroom import runs

    return {"root": runs.write_anchor(runs.Room.enter())}


@task(task_id="export", retries=TRIES, retry_delay=PATIENCE, max_active_tis_per_dag=EXPORTS)
def make_export() -> dict[str, Any]:
    """The order that the run was started for. Where a service is away it is tried again; all else is for a person, and says so."""
    from recordroom import runs
    from recordroom.errors import QueryError, RecordroomError, ServiceUnavailable

    try:
        return runs.make_export(get_current_context()["params"]["export"])
    except ServiceUnavailable:
        raise
    except QueryError:  # whose words are those of the query
        raise AirflowFailException(
            "This version cannot read its query any more; whoever ordered it reads why in the records room."
        ) from None
    except RecordroomError as problem:
        raise AirflowFailException(str(problem)) from None
