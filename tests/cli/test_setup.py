"""`recordroom setup` on Airflow's real database: pools and roles are made, and stay as an operator has set
them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from recordroom.airflow_setup import MANAGER
from recordroom.archive import store
from recordroom.archive.ledger import Ledger, Tail
from recordroom.platforms.registry import list_names
from recordroom.rights import ROLES
from tests.archives import settings_for
from tests.capture import airflow_database
from tests.capture.airflow_database import FAB
from tests.cli.test_verbs import Desk
from tests.jobs.test_captures import manifest
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough

SIMPLE = "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
PERMISSIONS = """
    select role.name, action.name, resource.name from ab_permission_view_role given
    join ab_role role on role.id = given.role_id join ab_permission_view pair on pair.id = given.permission_view_id
    join ab_permission action on action.id = pair.permission_id join ab_view_menu resource on resource.id = pair.view_menu_id
"""


@pytest.fixture
def desk(tmp_path: Path, s3: S3, buckets: Buckets) -> Desk:
    return Desk(tmp_path, s3, buckets, "http://127.0.0.1:9")


@pytest.fixture
def airflow(tmp_path: Path) -> dict[str, str]:
    return settings(tmp_path)


def settings(folder: Path) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": FAB,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
    }


def told(desk: Desk, airflow: dict[str, str]) -> str:
    code, out, err = desk.run("setup", **airflow)
    assert (code, out) == (0, "")
    return err.splitlines()[-1]


def asked(database: Path, words: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as airflow, airflow:
        return airflow.execute(words).fetchall()


def pools(database: Path) -> dict[str, int]:
    return dict(asked(database, "select pool, slots from slot_pool where pool != 'default_pool'"))


def test_pools_and_roles_are_made_and_stay_as_they_were_set(
    desk: Desk, airflow: dict[str, str], tmp_path: Path
) -> None:
    database = airflow_database.migrate(tmp_path)
    assert (
        told(desk, airflow)
        == f"Airflow: pools created: {', '.join(list_names())}; roles created: {', '.join(ROLES)}"
    )
    assert pools(database) == dict.fromkeys(list_names(), 2)
    doorway = {("can_read", "Plugins"), ("menu_access", "Plugins"), ("menu_access", "Records")}
    own = {(role, *pair) for role in ROLES for pair in doorway}
    own |= {(role, "can_read", right.value) for role, rights in ROLES.items() for right in rights}
    assert {row for row in asked(database, PERMISSIONS) if row[0] in ROLES} == own
    asked(database, "update slot_pool set slots = 7 where pool = 'mastodon'")
    asked(database, "delete from slot_pool where pool = 'feed'")
    assert told(desk, airflow) == "Airflow: pools created: feed; roles exist"
    assert pools(database) == dict.fromkeys(list_names(), 2) | {"mastodon": 7}
    assert told(desk, airflow) == "Airflow: pools exist; roles exist"


def test_an_airflow_that_is_not_ready_is_told(desk: Desk, airflow: dict[str, str], tmp_path: Path) -> None:
    """The buckets are made anyway."""
    code, out, err = desk.run("setup", **airflow)
    assert (code, out) == (3, "")
    assert "archive bucket" in err
    assert "Airflow's database cannot be used: no such table" in err
    assert "`airflow db migrate`" in err
    airflow_database.migrate(tmp_path)
    code, out, err = desk.run("setup", **airflow | {"AIRFLOW__CORE__AUTH_MANAGER": SIMPLE})
    assert (code, out) == (2, "")
    assert f"AIRFLOW__CORE__AUTH_MANAGER={MANAGER}" in err


def test_without_airflows_settings_setup_says_what_is_lacking(desk: Desk, tmp_path: Path) -> None:
    """Airflow is not even imported: it would make a database in the home folder."""
    words = told(desk, {"HOME": str(tmp_path / "home")})
    assert "run `recordroom setup` where these variables are set" in words
    assert not (tmp_path / "home").exists()


APP = {"client_id": "app", "client_secret": "of the app"}
GIVEN: dict[str, dict[str, Any]] = {
    "district_x": {"password": "a token of X", "extra": {"refresh_token": "good for one use", **APP}},
    "app_of_x": {"password": "a token of the app, which has no end"},
    "tube": {"password": "a token of YouTube", "extra": {"refresh_token": "it stays good", **APP}},
}


def test_where_no_renewed_token_can_be_saved_it_says_whose_end_is_near_and_when(
    desk: Desk, airflow: dict[str, str], tmp_path: Path, s3: S3, buckets: Buckets
) -> None:
    """Tokens without expiration, tokens that stay valid with use, and accounts without a connection are left
    out.
    """
    places = {
        "district_x": "https://x.com/one",
        "app_of_x": "https://x.com/two",
        "tube": "https://www.youtube.com/@three",
        "no": "https://x.com/no",
    }
    entries = (
        f"  - {{id: {name.replace('_', '-')}, platform: {'youtube' if name == 'tube' else 'x'}, url: '{url}',"
        f" connection: {name},\n     title: One of ours, class: official, owner: Communications,"
        " private_messages: none}\n"
        for name, url in places.items()
    )
    desk.register.write_text(desk.register.read_text() + "".join(entries))
    secrets = {
        f"AIRFLOW_CONN_{name.upper()}": json.dumps({"conn_type": "http", **given})
        for name, given in GIVEN.items()
    }
    database = airflow_database.migrate(tmp_path)
    code, _, err = desk.run("setup", **airflow, **secrets)
    assert (code, "TOKENS" in err) == (0, False)
    with airflow_database.read_only(database):
        code, _, err = desk.run("setup", **airflow, **secrets)
    assert code == 4
    [line] = [line for line in err.splitlines() if "TOKENS" in line]
    assert line.startswith(
        "TOKENS: district-x: Airflow's Variable recordroom_probe cannot be written (permission denied for"
        " table variable)"
    )
    assert line.endswith("; its token expires at an unknown time: the platform has not given it yet")
    told_by_a_capture = manifest(token={"expires_at": "2027-03-01T08:00:00.000000Z"})
    Ledger(store.archive(settings_for(s3, buckets, tmp_path)), "capture/x/district-x").append(
        "manifest", told_by_a_capture, Tail()
    )
    with airflow_database.read_only(database):
        _, _, err = desk.run("setup", **airflow, **secrets)
    [line] = [line for line in err.splitlines() if "TOKENS" in line]
    assert line.endswith("; its token expires on 2027-03-01T08:00:00.000000Z")
