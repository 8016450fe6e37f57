"""A real Airflow database, with its connections and Variables, for tests in this process."""

from __future__ import annotations

import atexit
import base64
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from tests import shared

CONN, KEY = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__CORE__FERNET_KEY"
MANAGER = "AIRFLOW__CORE__AUTH_MANAGER"
FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
FERNET = base64.urlsafe_b64encode(b"a key of tests, that is no secret"[:32]).decode()


def migrate(folder: Path) -> Path:
    """Return a database in that folder, made as `airflow db migrate` makes it."""
    return Path(shutil.copy(_migrated(), folder / "airflow.db"))


def _migrated() -> Path:
    """Return the database of this test run. Making it takes about 8 s, so it is made once."""
    if shared.FOLDER not in os.environ:
        return _migrated_here()
    folder = shared.place().folder("airflow")
    with shared.alone():
        return folder / "airflow.db" if (folder / "airflow.db.ready").exists() else _migrate(folder)


@cache
def _migrated_here() -> Path:
    """Return the database of a process that does not run tests."""
    folder = Path(tempfile.mkdtemp(prefix="airflow-"))
    atexit.register(shutil.rmtree, folder)
    return _migrate(folder)


def _migrate(folder: Path) -> Path:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    more = {"AIRFLOW_HOME": str(folder), CONN: f"sqlite:///{folder}/airflow.db", KEY: FERNET, MANAGER: FAB}
    subprocess.run(
        [Path(sys.executable).with_name("airflow"), "db", "migrate"],
        env=inherited | more,
        capture_output=True,
        check=True,
    )
    (folder / "airflow.db.ready").touch()
    return folder / "airflow.db"


@contextmanager
def used(database: Path) -> Iterator[None]:
    """Let Airflow's code in this process use that database."""
    before = {name: os.environ.get(name) for name in (CONN, KEY)}
    _point({CONN: f"sqlite:///{database}", KEY: FERNET})
    try:
        yield
    finally:
        _point(before)


def forget_secrets() -> None:
    """Let Airflow forget the secrets that this process has seen.

    Airflow compiles one pattern of all of them again with each new secret. After a thousand tests that takes
    long.
    """
    if "airflow.sdk" in sys.modules:
        from airflow._shared.secrets_masker import reset_secrets_masker
        from airflow.sdk._shared.secrets_masker import reset_secrets_masker as reset_of_tasks

        reset_secrets_masker()
        reset_of_tasks()


def forget_variables() -> None:
    """Delete what recordroom stores in Airflow's Variables."""
    from airflow.models import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        session.query(Variable).filter(Variable.key.startswith("recordroom_")).delete(
            synchronize_session=False
        )


@contextmanager
def read_only(database: Path) -> Iterator[None]:
    """Make the database refuse to write Variables, as it does for a role that may only read them."""
    refuse = "begin select raise(abort, 'permission denied for table variable'); end"
    with closing(sqlite3.connect(database)) as own, own:
        for verb in ("insert", "update"):
            own.execute(f"create trigger no_{verb} before {verb} on variable {refuse}")
    try:
        yield
    finally:
        with closing(sqlite3.connect(database)) as own, own:
            for verb in ("insert", "update"):
                own.execute(f"drop trigger no_{verb}")


def _point(settings: dict[str, str | None]) -> None:
    from airflow import settings as airflow
    from airflow.models.crypto import get_fernet

    get_fernet.cache_clear()  # another test may have used Airflow without a key
    for name, value in settings.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    airflow.dispose_orm()
    airflow.configure_vars()  # type: ignore[no-untyped-call]
    airflow.configure_orm()  # type: ignore[no-untyped-call]
