"""Fixtures: one archive for all faults, an account for each test, and one account for a series of faults."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from recordroom.archive.state import account_state
from recordroom.capture.http import client
from recordroom.capture.segment import waiting_rows
from recordroom.platforms import unread
from tests.capture.faults.answers import FAULTS, LIMIT
from tests.capture.stage import PARENT, US, Play, is_sound, opened
from tests.services import S3, Buckets


@pytest.fixture(scope="package")
def shared(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buckets]:
    """Provide one archive for all, and check at the end that it matches the format."""
    shared = Buckets()
    yield shared
    assert is_sound(s3, shared, tmp_path_factory.mktemp("check"))


@pytest.fixture(scope="package", autouse=True)
def quick() -> Iterator[None]:
    """Repeat requests without waits, and let captures follow each other within seconds.

    An account gets a snapshot after days' worth of captures, and what earlier ones wrote is not checked
    again. A failure at one conversation here is the platform's, as if others had failed before.
    tests/capture/everywhere/test_untold.py has a conversation that alone is not given.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(account_state, "SNAPSHOT_ENTRIES", 12)
        patch.setattr(waiting_rows, "CLOCKS", timedelta(0))
        patch.setattr(client, "_RETRY", client._RETRY.copy_with(backoff_factor=0))
        patch.setattr(unread, "IN_A_ROW", 0)
        patch.setattr(unread, "AT_MOST", 0)
        yield


@pytest.fixture
def play(s3: S3, shared: Buckets, tmp_path: Path) -> Play:
    return opened(s3, shared, tmp_path)


@pytest.fixture(scope="package")
def long(s3: S3, shared: Buckets, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """Provide an account to which one fault after the other happens."""
    long = opened(s3, shared, tmp_path_factory.mktemp("long"), response_limit=LIMIT, media_limit=1_000)
    post = long.network.publish(US, "School starts at nine")
    long.network.name("edited", post)
    long.network.comment(PARENT, post, "Not at eight?")
    for number in range(len(FAULTS)):
        long.network.name(f"gone-{number}", long.network.publish(US, f"No one will miss this, {number}"))
    long.sound()
    return long
