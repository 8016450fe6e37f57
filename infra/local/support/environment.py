"""The settings that all programs of one place share, in `<place>/env`, mode 600.

The services and the command line read them. Airflow's database is SQLite unless
AIRFLOW__DATABASE__SQL_ALCHEMY_CONN names a PostgreSQL one (SQLite is for one machine only). Lines are
KEY=value, read as they are: no quoting.
"""

from __future__ import annotations

import os
from pathlib import Path

from infra.local.support.passwords import Passwords, write_private
from infra.local.support.place import REPOSITORY, Place

DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
DAGS = "AIRFLOW__CORE__DAGS_FOLDER"


def write(place: Place) -> dict[str, str]:
    """Write and return the place's settings.

    A database or DAG folder that the user's environment once named is kept.
    """
    defaults = {DATABASE: f"sqlite:///{place.root}/airflow/airflow.db", DAGS: str(REPOSITORY / "dags")}
    chosen = {name: os.environ[name] for name in defaults if os.environ.get(name)}
    kept = {name: value for name, value in load(place).items() if name in defaults}
    settings = _recordroom(place) | _airflow(place) | defaults | kept | chosen
    write_private(place.env_file, "".join(f"{name}={value}\n" for name, value in settings.items()))
    return settings


def load(place: Place) -> dict[str, str]:
    """Return the settings that were written last; empty before the first `make up`."""
    if not place.env_file.exists():
        return {}
    return dict(line.split("=", 1) for line in place.env_file.read_text().splitlines())


def _recordroom(place: Place) -> dict[str, str]:
    passwords = Passwords.load(place.root)
    return {
        "RECORDROOM_LOCAL": str(place.root),
        "RECORDROOM_REGISTER": str(place.register),
        "RECORDROOM_RETENTION": str(place.retention_file),
        "RECORDROOM_BUCKET": "archive",
        "RECORDROOM_DERIVED_BUCKET": "derived",
        "RECORDROOM_S3_ENDPOINT": place.url("s3"),
        "RECORDROOM_S3_ACCESS_KEY": passwords.s3_access_key,
        "RECORDROOM_S3_SECRET_KEY": passwords.s3_secret_key,
        "RECORDROOM_ELASTICSEARCH_URL": place.url("elasticsearch"),
        "RECORDROOM_SPOOL": str(place.root / "spool"),
        "RECORDROOM_JOURNAL": str(place.root / "journal"),
        "RECORDROOM_EXPORTS": str(place.root / "exports"),
    }


def _airflow(place: Place) -> dict[str, str]:
    passwords = Passwords.load(place.root)
    logs = Path(place.root / "logs/airflow")
    return {
        "AIRFLOW_HOME": str(place.root / "airflow"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",  # the number of workers that it forks at once; 32 by default
        # seconds; 30 by default, and each reading takes time
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
        "AIRFLOW__CORE__AUTH_MANAGER": "recordroom.sign_in.manager.AuthManager",
        "AIRFLOW__FAB__CONFIG_FILE": str(REPOSITORY / "infra/webserver_config.py"),
        "AIRFLOW__CORE__FERNET_KEY": passwords.airflow_fernet,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{place.url('airflow_execution')}/execution/",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__BASE_URL": place.url("airflow"),
        "AIRFLOW__API__SECRET_KEY": passwords.airflow_session,
        "AIRFLOW__API_AUTH__JWT_SECRET": passwords.airflow_jwt,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(logs),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(logs / "dag_processor"),
        # it would listen on a port of its own; the api-server reports the same
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    }
