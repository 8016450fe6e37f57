"""turn.<seconds|requests>: a run of the DAG `capture` over 1,000 accounts (a thousandth of ROWS) in which
nothing has changed.

All parts are real: Airflow with its scheduler and workers, S3, Elasticsearch, and a platform over HTTP (the
sandbox's Mastodon). Each account was captured BEFORE times since its snapshot. A run must capture every
account, and end green.

`turn.requests` is the number of requests to S3 of one of these captures.
"""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest

from infra.local.commands import up
from infra.local.services import airflow
from infra.local.services.service import BIN
from infra.local.support import environment
from infra.local.support.passwords import write_private
from infra.local.support.place import REPOSITORY
from infra.sandbox.network import Network
from infra.sandbox.server import create_server
from recordroom.capture.run import capture
from recordroom.capture.workspace import Workspace
from recordroom.settings import Settings
from tests.archives import register_of
from tests.bench.ground import Ground
from tests.bench.measure import Measure, Part, below, say
from tests.building import Building
from tests.services import Buckets

BEFORE, POSTS, ANSWERS = 3, 3, 5
SECONDS, REQUESTS = 15 * 60, 15
PAUSE = 2  # seconds between two looks at the run
RUN, SCHEDULE = "bench", 'schedule="*/15 * * * *"'


def run(ground: Ground) -> Iterator[Measure]:
    count = max(10, ground.rows // 1_000)
    with ExitStack() as stack:
        url = stack.enter_context(_served(count))
        entries = [_entry(number, url) for number in range(count)]
        building = Building.at(ground.s3, Buckets(), ground.place.folder("turn"), ground.elasticsearch)
        building.enrol(*entries)
        requests = _capture_all(building.settings, entries)
        building.index()
        say(f"captured {count:,} accounts {BEFORE + 1} times; the last time by {requests} requests each")
        stack.enter_context(_airflow(ground, building))
        seconds = _run_dag(ground, count)
        say(f"a run over {count:,} accounts took {seconds:.0f} s")
        yield below("turn.seconds", seconds * 1_000 / count, SECONDS, "s for 1,000 accounts")
        yield below("turn.requests", requests, REQUESTS, "requests")


PARTS = (Part(("turn.seconds", "turn.requests"), False, run, if_named=True),)


@contextmanager
def _served(count: int) -> Iterator[str]:
    """Serve a Mastodon of so many accounts."""
    now = datetime.now(UTC)
    network = Network(now)
    network.place("mastodon", "Square", host="square.test")
    network.quota("mastodon", 10**9)
    parent = network.account("mastodon/parent@elsewhere.test", "A parent").key
    for number in range(count):
        us = network.account(f"mastodon/school{number}", f"School {number}").key
        for day in range(POSTS):
            post = network.publish(us, f"News of day {day}", at=now - timedelta(days=day + 1))
            for answer in range(ANSWERS):
                network.comment(parent, post, f"Question {answer}", at=now - timedelta(days=day, hours=1))
    server = create_server(network, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}/mastodon"
    finally:
        server.shutdown()


def _entry(number: int, url: str) -> dict[str, Any]:
    return {
        "id": f"school{number}",
        "platform": "mastodon",
        "url": f"https://square.test/@school{number}",
        "api_url": url,
        "title": f"School {number}",
        "class": "official",
        "owner": "Communications",
    }


def _capture_all(settings: Settings, entries: list[dict[str, Any]]) -> float:
    """Capture each account, and again BEFORE times; return the requests to S3 of the last captures."""
    halves = [entries[::2], entries[1::2]]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = [one for half in pool.map(capture_some, [settings] * 2, halves) for one in half]
    return median(found)


def capture_some(settings: Settings, entries: list[dict[str, Any]]) -> list[int]:
    workspace, register, requests = Workspace.of(settings), register_of(*entries), []
    for entry in entries:
        account = register.account(entry["id"])
        before = 0
        for kind in ("history", *[None] * BEFORE):
            before = workspace.archive.requests + workspace.derived.requests
            outcome = capture(workspace, register, account, kind)
            assert (outcome.failure, outcome.not_before, outcome.gaps) == (None, None, []), outcome
        requests.append(workspace.archive.requests + workspace.derived.requests - before)
    return requests


@contextmanager
def _airflow(ground: Ground, building: Building) -> Iterator[None]:
    """Run Airflow with the DAG `capture` alone, which starts only if it is triggered."""
    place = ground.place
    dag = (REPOSITORY / "dags/capture.py").read_text()
    assert SCHEDULE in dag
    (place.folder("dags") / "capture.py").write_text(dag.replace(SCHEDULE, "schedule=None"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.DAGS, str(place.folder("dags")))
        place.fix()
        given = environment.write(place) | building.environment()
    write_private(place.env_file, "".join(f"{name}={value}\n" for name, value in given.items()))
    airflow.migrate(place)
    up.setup(place)
    with airflow.running(place):
        yield


def _run_dag(ground: Ground, count: int) -> float:
    """Return the seconds of a run that captured all accounts."""
    _wait_for(ground, "SELECT dag_id FROM dag WHERE NOT is_paused", 120)
    subprocess.run(
        [BIN / "airflow", "dags", "trigger", "capture", "--run-id", RUN],
        env={**os.environ, **environment.load(ground.place)}, cwd=REPOSITORY, capture_output=True, check=True,
    )  # fmt: skip
    ended = f"SELECT state, start_date, end_date FROM dag_run WHERE run_id = '{RUN}' AND end_date IS NOT NULL"  # noqa: S608
    state, *times = _wait_for(ground, ended, SECONDS * 2)
    assert state == "success", f"the run ended with {state}"
    captured = f"SELECT count(*) FROM task_instance WHERE run_id = '{RUN}' AND task_id = 'mastodon.capture' AND state = 'success'"  # noqa: S608
    assert _wait_for(ground, captured, 1) == (count,)
    began, end = map(datetime.fromisoformat, times)
    return (end - began).total_seconds()


def _wait_for(ground: Ground, query: str, seconds: float) -> tuple[Any, ...]:
    """Return the first row of a query of Airflow's database as soon as there is one."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with closing(sqlite3.connect(ground.place.root / "airflow/airflow.db")) as database:
            if row := database.execute(query).fetchone():
                return tuple(row)
        time.sleep(PAUSE)
    raise AssertionError(f"Airflow took more than {seconds} s")
