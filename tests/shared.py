"""Resources that all processes of one test run share, because each takes half a minute of a processor to
make.

The first process that needs one makes it, and the run's own process ends it. The others find it through the
environment that they inherit.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.services.elasticsearch import Elasticsearch
from infra.local.support.place import REPOSITORY, Place
from infra.local.support.ports import free_base

FOLDER, PORT = "TEST_RUN_FOLDER", "TEST_RUN_PORT"


def cache() -> Path:
    """The folder of downloads and builds, kept between runs."""
    return Path(os.environ.get("RECORDROOM_CACHE") or REPOSITORY / ".local/cache").resolve()


def begin() -> bool:
    """Whether this process is the run's own: no other has begun it."""
    if FOLDER in os.environ:
        return False
    os.environ[FOLDER], os.environ[PORT] = tempfile.mkdtemp(prefix="recordroom-run-"), str(free_base())
    return True


def place() -> Place:
    return Place(Path(os.environ[FOLDER]), int(os.environ[PORT]), cache())


@contextmanager
def alone() -> Iterator[None]:
    """While others wait."""
    with (place().root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def elasticsearch() -> str:
    """The address of a real Elasticsearch node; each test has an index of its own name in it."""
    service = Elasticsearch(place(), brief=True)
    with alone():
        service.start()
        service.wait()
    return service.url


def end(*, keep: bool) -> None:
    """`keep`: the folder, with the logs."""
    Elasticsearch(place()).stop()
    if not keep:
        shutil.rmtree(place().root)
