"""The time as the store says: a wrong clock of this machine decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from recordroom import clock
from recordroom.archive import store
from tests.archives import settings_for
from tests.services import S3, Buckets

YEARS = timedelta(days=4_000)


@pytest.fixture(autouse=True)
def _right_again() -> Iterator[None]:
    yield
    clock.note_ahead(0)


def test_a_clock_years_ahead_is_corrected() -> None:
    clock.note_ahead(YEARS.total_seconds())
    assert abs(clock.now() - (datetime.now(UTC) - YEARS)) < timedelta(seconds=5)
    assert clock.today() < date.today() - YEARS + timedelta(days=2)  # noqa: DTZ011 (a margin of days)


def test_each_response_of_the_store_tells_the_time(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    clock.note_ahead(YEARS.total_seconds())
    s3.client().create_bucket(Bucket=buckets.archive)
    store.archive(settings_for(s3, buckets, tmp_path)).find("nothing")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=60)
