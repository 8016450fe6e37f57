"""Fixtures for real services. Each starts when the first test asks for it, once a session, on free ports in a folder of its own, and is
stopped at the session's end, after Ctrl-C or SIGTERM too."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.elasticsearch import Elasticsearch
from infra.local.place import REPOSITORY, Place
from infra.local.ports import free_base
from infra.local.seaweedfs import SeaweedFS
from tests.services import S3, Buckets


def pytest_configure() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that fixtures are torn down then, too


@pytest.fixture(scope="session")
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """Folder and ports of this session's services. The folder, with their logs, is kept when a test has failed; what was downloaded and
    built is kept between sessions."""
    cache = Path(os.environ.get("RECORDROOM_CACHE") or REPOSITORY / ".local/cache").resolve()
    root = Path(tempfile.mkdtemp(prefix="recordroom-test-"))
    yield Place(root, free_base(), cache)
    if not request.session.testsfailed:
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def s3(place: Place) -> Iterator[S3]:
    """A real S3 server: `s3.endpoint, s3.access_key, s3.secret_key, s3.client()`. Start: 1 s."""
    service = SeaweedFS(place)
    with service.running():
        yield S3(place.url("s3"), service.passwords.s3_access_key, service.passwords.s3_secret_key)


@pytest.fixture
def buckets() -> Buckets:
    """Two bucket names of this test's own: `buckets.archive, buckets.derived`."""
    return Buckets()


@pytest.fixture(scope="session")
def elasticsearch(place: Place) -> Iterator[str]:
    """The address of a real Elasticsearch node. Start: 6 s, the first time on a machine 20 s."""
    service = Elasticsearch(place)
    with service.running():
        yield service.url
