"""Airflow with PostgreSQL, as in production: mapped tasks run by the scheduler; each role sees what it should."""

from __future__ import annotations

import httpx
import pytest

from infra.local.dag_runs import Airflow
from infra.local.passwords import USERS, Passwords
from tests.web.conftest import Room


def test_the_scheduler_runs_mapped_tasks(room: Room) -> None:
    server = Airflow.sign_in(room.place)
    run = server.trigger("probe")
    assert server.wait("probe", run, lambda _: None) == "success"
    assert [task["state"] for task in server.tasks("probe", run)] == ["success"] * 3


@pytest.mark.parametrize("user", list(USERS))
def test_only_ops_sees_airflows_machinery(room: Room, user: str) -> None:
    sign_in = {"username": user, "password": Passwords.load(room.place.root).users[user]}
    token = httpx.post(f"{room.place.url('airflow')}/auth/token", json=sign_in).json()["access_token"]
    with httpx.Client(base_url=room.place.url("airflow"), headers={"Authorization": f"Bearer {token}"}) as client:
        menus = client.get("/ui/auth/menus").json()["authorized_menu_items"]
        assert client.get("/api/v2/dags").status_code == (200 if user == "ops" else 403)
        assert client.post("/api/v2/dags/probe/dagRuns", json={"logical_date": None}).status_code == 403
    assert ("Dags" in menus) == (user == "ops")
    assert "Plugins" in menus
