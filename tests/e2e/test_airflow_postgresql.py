"""Airflow with PostgreSQL, as in production: mapped tasks run by the scheduler; each role sees what it should."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from infra.local import airflow, environment, ports, up
from infra.local.dag_runs import Airflow
from infra.local.passwords import USERS, Passwords
from infra.local.place import Place
from infra.local.sandbox_server import REGISTER
from infra.local.seaweedfs import SeaweedFS

DAG = '''
"""A mapped task, as captures are."""
from airflow.sdk import dag, task

@dag(schedule=None)
def probe():
    @task
    def double(number):
        return number * 2
    double.expand(number=[1, 2, 3])

probe()
'''


@pytest.fixture(scope="module")
def local(place: Place, postgresql: str) -> Iterator[Place]:
    root = Path(tempfile.mkdtemp(prefix="recordroom-airflow-"))
    own = Place(root, ports.free_base(), place.cache)
    (own.folder("dags") / "probe.py").write_text(DAG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.DATABASE, postgresql.replace("postgresql://", "postgresql+psycopg2://"))
        patch.setenv(environment.DAGS, str(own.folder("dags")))
        own.fix()
        environment.write(own)
    shutil.copy(REGISTER, own.register)
    airflow.migrate(own)
    with ExitStack() as running:
        running.enter_context(SeaweedFS(own, durable=False).running())
        up.setup(own)
        airflow.seed(own)
        for process in airflow.processes(own):
            running.callback(process.stop)
            process.start()
        for process in airflow.processes(own):
            process.wait()
        yield own
    shutil.rmtree(root)


def test_the_scheduler_runs_mapped_tasks(local: Place) -> None:
    server = Airflow.sign_in(local)
    run = server.trigger("probe")
    assert server.wait("probe", run, lambda _: None) == "success"
    assert [task["state"] for task in server.tasks("probe", run)] == ["success"] * 3


@pytest.mark.parametrize("user", list(USERS))
def test_only_ops_sees_airflows_machinery(local: Place, user: str) -> None:
    sign_in = {"username": user, "password": Passwords.load(local.root).users[user]}
    token = httpx.post(f"{local.url('airflow')}/auth/token", json=sign_in).json()["access_token"]
    with httpx.Client(base_url=local.url("airflow"), headers={"Authorization": f"Bearer {token}"}) as client:
        menus = client.get("/ui/auth/menus").json()["authorized_menu_items"]
        assert client.get("/api/v2/dags").status_code == (200 if user == "ops" else 403)
        assert client.post("/api/v2/dags/probe/dagRuns", json={"logical_date": None}).status_code == 403
    assert ("Dags" in menus) == (user == "ops")
    assert "Plugins" in menus


def test_setting_up_again_changes_nothing(local: Place) -> None:
    before = Airflow.sign_in(local).api.get("/pools").json()
    up.setup(local)
    airflow.seed(local)
    assert Airflow.sign_in(local).api.get("/pools").json() == before
