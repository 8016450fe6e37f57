"""New problems of a production system are sent once, and none is lost: infra/production/monitor.py."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.support.place import REPOSITORY
from infra.production import monitor
from recordroom.model import instant
from tests.capture import airflow_database
from tests.cli.test_verbs import Desk
from tests.running import recordroom
from tests.services import S3, Buckets

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
GAP = {"gap_id": "g1", "reason": "counts-differ", "detail": "3 missing", "opened_at": "", "explained": None}
FINE: dict[str, Any] = {
    "account": "news",
    "gaps": [],
    "failure": None,
    "overdue": None,
    "waiting": None,
    "lacking_files": None,
    "token_warning": "",
}


@dataclass
class Installation:
    """A stub of `recordroom status`, and the problems that were sent."""

    folder: Path
    program: Path

    def says(self, *accounts: dict[str, Any], err: str = "", code: int = 0, out: str | None = None) -> None:
        lines = "".join(json.dumps(FINE | one) + "\n" for one in accounts) if out is None else out
        (self.folder / "out").write_text(lines)
        (self.folder / "err").write_text(err)
        text = f"#!/bin/sh\ncat {self.folder}/out; cat {self.folder}/err >&2; exit {code}\n"
        self.program.write_text(text)
        self.program.chmod(0o755)

    def check(self, *, fails: bool = False, now: datetime = NOW) -> list[str]:
        """Check once; return the lines that were sent."""
        sent = self.folder / "sent"
        sent.unlink(missing_ok=True)
        command = ["sh", "-c", f"cat > {sent}; exit {9 if fails else 0}"]
        assert monitor.check(self.folder, command, now) == fails
        return sent.read_text().splitlines() if sent.exists() else []


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    found = Installation(tmp_path, tmp_path / "recordroom")
    monkeypatch.setattr(monitor, "RECORDROOM", found.program)
    monkeypatch.setattr(monitor, "read_runs", lambda _: {})
    return found


def test_a_problem_is_sent_once_and_again_when_it_returns(installation: Installation) -> None:
    installation.says({}, {"account": "other"})
    assert installation.check() == []
    files = {"records": 2, "words": "files of 2 records could not be downloaded"}
    installation.says({"gaps": [GAP], "lacking_files": files}, code=1)
    assert installation.check() == ["news: gap counts-differ: 3 missing", f"news: {files['words']}"]
    assert installation.check() == []
    installation.says({"gaps": [{**GAP, "explained": "Explained"}]})
    assert installation.check() == []
    installation.says({"gaps": [GAP]}, code=1)
    assert installation.check() == ["news: gap counts-differ: 3 missing"]


def test_a_message_with_a_larger_number_is_not_a_new_one(installation: Installation) -> None:
    installation.says({}, err="recordroom: the index is behind: 3 entries\n", code=4)
    assert installation.check() == ["recordroom: the index is behind: 3 entries"]
    installation.says({}, err="recordroom: the index is behind: 12 entries\n", code=4)
    assert installation.check() == []


@pytest.mark.parametrize("code", [2, 3, 127, 137])
def test_a_check_that_was_impossible_is_a_problem(installation: Installation, code: int) -> None:
    installation.says(code=code, out="")
    assert f"exit code {code}" in "\n".join(installation.check())


def test_a_program_that_is_missing_is_a_problem(installation: Installation) -> None:
    assert "did not run" in "\n".join(installation.check())


@pytest.mark.parametrize("out", ["not JSON\n", "{}\n", "[1]\n"])
def test_an_output_that_cannot_be_read_is_a_problem(installation: Installation, out: str) -> None:
    installation.says(out=out)
    assert "cannot be read" in "\n".join(installation.check())


def test_an_outage_of_the_store_does_not_make_known_gaps_new(installation: Installation) -> None:
    installation.says({"gaps": [GAP]}, code=1)
    installation.check()
    installation.says(out="", err="recordroom: the store cannot be reached\n", code=3)
    assert len(installation.check()) == 2
    installation.says({"gaps": [GAP]}, code=1)
    assert installation.check() == []


def test_what_could_not_be_sent_is_sent_by_the_next_check(installation: Installation) -> None:
    installation.says({"overdue": "no capture since Monday"}, code=1)
    assert installation.check(fails=True) == ["news: no capture since Monday"]
    assert installation.check() == ["news: no capture since Monday"]
    assert installation.check() == []


def test_an_expiring_token_is_sent_on_each_of_its_days(installation: Installation) -> None:
    ends = NOW + timedelta(days=20)
    sent = []
    for days in range(13, -1, -1):
        installation.says({"token_warning": "the token expires", "token": {"dies_at": instant(ends)}}, code=4)
        sent += [days] if installation.check(now=ends - timedelta(days=days)) else []
    assert sent == [13, 7, 3, 1]
    installation.says({"token_warning": "the token could not be renewed", "token": None}, code=4)
    assert installation.check() == ["news: the token could not be renewed"]


def test_failed_runs_and_paused_dags_are_problems(tmp_path: Path) -> None:
    """A failed capture is tried again soon, so only the last one counts. Each failed night counts."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState

    failed, success = DagRunState.FAILED, DagRunState.SUCCESS
    with airflow_database.used(airflow_database.migrate(tmp_path)):
        with create_session() as session:
            session.add(DagBundleModel(name="dags"))
            session.flush()
            for dag in (*monitor.FREQUENT, *monitor.RARE):
                is_paused = dag == "history"
                session.add(DagModel(dag_id=dag, bundle_name="dags", is_paused=is_paused, is_stale=False))  # type: ignore[no-untyped-call]
            session.flush()
            ended = [
                ("capture", "a", failed, 2), ("capture", "b", success, 1),
                ("fixity", "c", failed, 30), ("fixity", "d", success, 6),
                ("sweep", "e", failed, 200), ("export", "f", failed, 1),
            ]  # fmt: skip
            for dag, run, state, hours in ended:
                at = NOW - timedelta(hours=hours)
                one = DagRun(dag_id=dag, run_id=run, run_type="scheduled", state=state, start_date=at)
                one.end_date = at
                session.add(one)
        found = monitor.read_runs(NOW)
        with create_session() as session:
            session.query(DagModel).filter(DagModel.dag_id == "sweep").delete()
            session.query(DagRun).filter(DagRun.run_id == "b").delete()
        later = monitor.read_runs(NOW)
    damage = "the run c of the DAG fixity failed. The archive may be damaged: read the log of its task verify"
    paused, export = "Airflow: the DAG history is paused", "Airflow: the run f of the DAG export failed"
    assert sorted(found.values()) == [paused, f"Airflow: {damage}", export]
    missing, capture = "the DAG sweep is missing or cannot be loaded", "the run a of the DAG capture failed"
    assert set(later.values()) - set(found.values()) == {f"Airflow: {missing}", f"Airflow: {capture}"}


@pytest.mark.thorough
def test_a_real_installation_is_checked(tmp_path: Path, s3: S3, buckets: Buckets) -> None:
    """Its Elasticsearch is unavailable, its Airflow has no tables, and an account cannot be captured."""
    with closing(Desk(tmp_path, s3, buckets, "http://127.0.0.1:9")) as desk:
        assert desk.run("setup")[0] == 0
        desk.register.write_text(desk.register.read_text().replace("title:", "connection: missing, title:"))
        airflow = {"AIRFLOW_HOME": str(tmp_path / "airflow")}
        recordroom("capture", environment={**desk.settings, **airflow})
        program, sent = REPOSITORY / "infra/production/monitor.py", tmp_path / "sent"
        command = [sys.executable, *map(str, (program, tmp_path / "monitor", "tee", sent))]
        environment = {"PATH": "/usr/bin:/bin", **desk.settings, **airflow}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    text = sent.read_text()
    assert text in done.stdout
    assert "social: gap capture-failed: TokenExpired" in text
    assert "exit code 3" in text
    assert "Elasticsearch cannot be reached" in text
    assert "Airflow's database cannot be read" in text
    assert (tmp_path / "monitor/state.json").stat().st_mode & 0o777 == 0o600
