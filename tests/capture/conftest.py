"""Fixtures of the capture tests: each archive must match docs/reference/archive-format.md at the end.

`recordroom verify` and the independent verifier check that after every story.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture import airflow_database
from tests.capture.stage import is_sound
from tests.services import S3, Buckets
from tests.verifier.agreement import check


@pytest.fixture(scope="module")
def shared(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """Provide one pair of buckets for all tests of a module, and check what they left there at the end."""
    shared = Buckets()
    yield shared
    assert is_sound(s3, shared, tmp_path_factory.mktemp("check"))


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Provide Airflow's database, where tokens that a platform renews are saved."""
    with airflow_database.used(airflow_database.migrate(tmp_path_factory.mktemp("airflow"))):
        yield


@pytest.fixture(autouse=True)
def secrets_forgotten() -> Iterator[None]:
    yield
    airflow_database.forget_secrets()


@pytest.fixture(autouse=True)
def archive_as_specified(request: pytest.FixtureRequest) -> Iterator[None]:
    if not {"s3", "buckets"} <= set(request.fixturenames):
        yield
        return
    s3: S3 = request.getfixturevalue("s3")
    buckets: Buckets = request.getfixturevalue("buckets")
    folder: Path = request.getfixturevalue("tmp_path")
    yield
    check(s3, buckets, folder)
