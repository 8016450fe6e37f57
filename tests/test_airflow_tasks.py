"""Results of captures that could not run, as Airflow sees them, and the DAGs that people start."""

from __future__ import annotations

import runpy
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.execution_time import task_runner

from infra.local.support.place import REPOSITORY
from recordroom import airflow_tasks
from recordroom.capture.segment.spool import AccountSpool
from recordroom.errors import ArchiveError
from recordroom.jobs import captures, schedule
from recordroom.jobs import context as job_context


@pytest.mark.parametrize(
    ("kind", "told"),
    [("recent", AirflowSkipException), ("history", AirflowSkipException), ("sweep", AirflowFailException)],
)
def test_where_another_capture_of_the_account_runs_a_run_of_the_day_is_no_failed_one(
    kind: str, told: type[Exception], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A first capture holds its account for ten minutes of each twenty.

    The captures in between come with the next run, a sweep tomorrow.
    """
    spool, said = AccountSpool(tmp_path, "mastodon", "social"), dict[str, str]()

    def captured(*_: object) -> None:
        with spool.locked(wait=0):
            raise ArchiveError("no one else had it")

    monkeypatch.setattr(airflow_tasks, "get_current_context", lambda: said)
    monkeypatch.setattr(
        job_context.JobContext, "open", lambda: SimpleNamespace(register=SimpleNamespace(account=str))
    )
    monkeypatch.setattr(captures, "capture_account", captured)
    monkeypatch.setattr(schedule, "find_throttle", lambda *_: "")
    with spool.locked(), pytest.raises(told, match="another capture of social is running"):
        airflow_tasks._capture.function("social", kind)
    assert said["line"].startswith("social: another capture of social is running")
    with pytest.raises(AirflowFailException, match="no one else had it"):
        airflow_tasks._capture.function("social", kind)


@pytest.mark.parametrize(("kind", "is_skipped"), [("recent", True), ("history", True), ("sweep", False)])
def test_a_throttle_since_the_run_began_skips_a_capture_that_comes_again_soon(
    kind: str, is_skipped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep comes again only tomorrow: its capture meets the throttle itself, and loses nothing."""
    said = dict[str, str]()
    words = "throttled until 2026-11-30T20:00:00Z, like other, which uses the same credential"

    def captured(*_: object) -> None:
        raise ArchiveError("the capture began")

    monkeypatch.setattr(airflow_tasks, "get_current_context", lambda: said)
    monkeypatch.setattr(
        job_context.JobContext, "open", lambda: SimpleNamespace(register=SimpleNamespace(account=str))
    )
    monkeypatch.setattr(schedule, "find_throttle", lambda *_: words)
    monkeypatch.setattr(captures, "capture_account", captured)
    told = (
        (AirflowSkipException, "throttled until")
        if is_skipped
        else (AirflowFailException, "the capture began")
    )
    with pytest.raises(told[0], match=told[1]):
        airflow_tasks._capture.function("social", kind)
    assert said["line"].startswith(f"social: {told[1]}")


@pytest.mark.parametrize(
    ("context", "words"),
    [
        ({}, "the task was stopped from outside: a person stopped it, or its process or worker ended"),
        (
            {"exception": None},
            "the task was stopped from outside: a person stopped it, or its process or worker ended",
        ),
        ({"exception": "Task timed out"}, "Task timed out"),
        ({"exception": AirflowFailException("social:\nthrottled")}, "social: throttled"),
        ({"exception": ValueError("no")}, "an error in the program: ValueError"),
    ],
)
def test_the_last_line_says_why_a_task_failed_also_without_an_exception(
    caplog: pytest.LogCaptureFixture, context: dict[str, Any], words: str
) -> None:
    """Airflow gives none where the process of the task was killed."""
    with caplog.at_level("INFO", logger="airflow.task"):
        airflow_tasks.log_reason(context)
    assert caplog.messages == ["::endgroup::", words]


def test_no_capture_of_the_last_days_waits_for_a_sweep_or_a_first_capture() -> None:
    """The pool of a platform has two slots.

    Two long sweeps in it would hold up the run of all platforms' captures, and each later run.
    """
    among = {}
    for kind in ("recent", "sweep", "history"):
        with DAG(kind) as dag:
            airflow_tasks.add_capture_tasks(kind)
        task = dag.task_dict["mastodon.capture"]
        among[kind] = (task.pool, task.max_active_tis_per_dagrun)
    assert among == {
        "recent": ("mastodon", None),
        "sweep": ("default_pool", 2),
        "history": ("default_pool", 2),
    }


@pytest.mark.parametrize("name", ["capture_now", "export", "hold", "reindex", "retention"])
def test_a_dag_that_no_person_unpauses_is_not_paused_at_first(name: str) -> None:
    """A run of a paused DAG waits without end, and reports nothing."""
    made = runpy.run_path(str(REPOSITORY / f"dags/{name}.py"))[name]()
    assert made.is_paused_upon_creation is False


@pytest.mark.parametrize(("is_task", "apps"), [(True, 0), (False, 1)])
def test_the_process_of_a_task_does_not_build_the_records_room(
    is_task: bool, apps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow recognizes the process of a task by the same attribute."""
    if is_task:
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", object(), raising=False)
    else:
        monkeypatch.delattr(task_runner, "SUPERVISOR_COMMS", raising=False)
    plugin = runpy.run_path(str(REPOSITORY / "plugins/records_plugin.py"))["RecordsPlugin"]
    assert (len(plugin.fastapi_apps), len(plugin.fastapi_root_middlewares)) == (apps, apps)
    assert len(plugin.external_views) == 1
