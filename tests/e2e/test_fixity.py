"""The DAG `fixity` on a real archive: what an operator sees of a night that found something."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml

from infra.local.place import REPOSITORY
from recordroom.archive.ledger import Ledger
from tests.archives import AGENCY, make
from tests.services import S3, Buckets

DAG = """
import pendulum
from airflow.sdk import DAG
from recordroom.airflow_tasks import fixity_tasks

with DAG("fixity", schedule=None, start_date=pendulum.datetime(2026, 1, 1, tz="UTC")) as dag:
    fixity_tasks()
if __name__ == "__main__":
    run = dag.test()
    print("TOLD", run.state, *sorted(f"{t.task_id}={t.state}" for t in run.get_task_instances()))
"""


def test_a_night_that_found_something_is_a_failed_run(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    """Whatever the tasks behind it came to: what was found must not look green."""
    archive = make(s3, buckets, tmp_path)
    archive.archive.put_new("notes.txt", b"of nobody")
    (tmp_path / "accounts.yaml").write_text(yaml.safe_dump({"agency": AGENCY, "accounts": []}), "utf-8")
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags/fixity.py").write_text(DAG, "utf-8")
    given = {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(REPOSITORY / "plugins"),
        "RECORDROOM_LOCAL": str(tmp_path / "none"),
        "RECORDROOM_REGISTER": str(tmp_path / "accounts.yaml"),
        "RECORDROOM_BUCKET": buckets.archive,
        "RECORDROOM_DERIVED_BUCKET": buckets.derived,
        "RECORDROOM_S3_ENDPOINT": s3.endpoint,
        "RECORDROOM_S3_ACCESS_KEY": s3.access_key,
        "RECORDROOM_S3_SECRET_KEY": s3.secret_key,
        "RECORDROOM_ELASTICSEARCH_URL": "http://127.0.0.1:1",
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RECORDROOM_", "AIRFLOW"))} | given
    subprocess.run([Path(sys.executable).with_name("airflow"), "db", "migrate"], env=environment, capture_output=True, check=True)
    done = subprocess.run(
        [sys.executable, tmp_path / "dags/fixity.py"], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert "TOLD failed anchor=success compact=success failed=failed verify=failed" in done.stdout.splitlines(), done.stderr[-3000:]
    assert Ledger(archive.archive, "anchor").head() == 1
