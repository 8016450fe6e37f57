"""A DAG made of recordroom's tasks, run whole by Airflow itself on a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.local.support.place import REPOSITORY
from tests.archives import AGENCY
from tests.capture import airflow_database
from tests.services import S3, Buckets

DAG = """
import pendulum
from airflow.sdk import DAG
from recordroom.airflow_tasks import add_capture_tasks, add_fixity_tasks, add_retention_tasks

with DAG("night", schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC")) as dag:
    {tasks}
if __name__ == "__main__":
    run = dag.test()
    print("TOLD", run.state, *sorted(f"{{t.task_id}}={{t.state}}" for t in run.get_task_instances()))
    print("NAMED", *(t.rendered_map_index for t in run.get_task_instances() if t.map_index >= 0), sep="\t")
"""


def run(
    s3: S3, buckets: Buckets, folder: Path, tasks: str, *accounts: dict[str, Any], **settings: str
) -> tuple[list[str], str]:
    """([the run's state, "task=state", ...], all that was printed) of a DAG of these tasks, with a register
    of these accounts.
    """
    (folder / "accounts.yaml").write_text(
        yaml.safe_dump({"agency": AGENCY, "accounts": list(accounts)}), "utf-8"
    )
    (folder / "dags").mkdir(exist_ok=True)
    (folder / "dags/night.py").write_text(DAG.format(tasks=tasks), "utf-8")
    given = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        airflow_database.CONN: f"sqlite:///{folder}/airflow.db",
        airflow_database.KEY: airflow_database.FERNET,
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "RECORDROOM_LOCAL": str(folder / "none"),
        "RECORDROOM_REGISTER": str(folder / "accounts.yaml"),
        "RECORDROOM_BUCKET": buckets.archive,
        "RECORDROOM_DERIVED_BUCKET": buckets.derived,
        "RECORDROOM_S3_ENDPOINT": s3.endpoint,
        "RECORDROOM_S3_ACCESS_KEY": s3.access_key,
        "RECORDROOM_S3_SECRET_KEY": s3.secret_key,
        "RECORDROOM_ELASTICSEARCH_URL": "http://127.0.0.1:1",
        "RECORDROOM_SPOOL": str(folder / "spool"),
        **settings,
    }
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("RECORDROOM_", "AIRFLOW"))
    } | given
    airflow_database.migrate(folder)
    done = subprocess.run(
        [sys.executable, folder / "dags/night.py"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    told = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("TOLD ")]
    assert told, done.stderr[-3000:]
    return told[0], done.stdout + done.stderr
