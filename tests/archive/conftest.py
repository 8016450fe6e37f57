"""A store of its own for each module: one bucket, made once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recordroom.archive import conformance, store
from recordroom.archive.store import Store
from tests.archives import settings_for
from tests.services import S3, Buckets


@pytest.fixture(scope="module")
def bucket(s3: S3) -> Store:
    made = store.archive(settings_for(s3, Buckets(), Path("nowhere")))
    conformance.create_bucket(made)
    return made


@pytest.fixture
def archive(bucket: Store) -> Store:
    """The same bucket, through a new store."""
    return replace(bucket, requests=0, skew_seconds=0.0, secrets=())
