"""A fold that only reads keeps states on this machine's disk, over those of a snapshot."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recordroom.archive import store
from recordroom.archive.ledger import Tail
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.state.scratch_states import ScratchStates
from recordroom.archive.state.snapshot import Snapshot
from recordroom.archive.store import Store
from recordroom.errors import SpoolFull
from tests.archives import settings_for
from tests.services import S3, Buckets

OLD = {f"feed:x#{number}": "visible" for number in range(0, 20, 2)}
NEW = {f"feed:x#{number}": "removed" for number in range(0, 30, 3)}


@pytest.fixture
def derived(s3: S3, tmp_path: Path) -> Store:
    buckets = Buckets()
    s3.client().create_bucket(Bucket=buckets.derived)
    return store.derived(settings_for(s3, buckets, tmp_path))


def made(statuses: dict[str, str]) -> list[RecordState]:
    """Return states whose order in windows is not that of their ids."""
    return [
        RecordState(name, name, "post", f"2026-01-{30 - int(name.split('#')[1]):02}", status=status)
        for name, status in statuses.items()
    ]


@pytest.fixture
def base(derived: Store) -> Snapshot:
    tail = Tail(1, "0" * 64, datetime(2026, 1, 1, tzinfo=UTC))
    return snapshot.put(
        derived, "state/feed/scratch/", tail, AccountSummary(), old=Snapshot(), fresh=made(OLD)
    )


@pytest.fixture
def scratch(base: Snapshot) -> ScratchStates:
    states = ScratchStates(base)
    states.put(made(NEW | {"feed:x#3": "visible"}))
    states.put(made({"feed:x#3": "removed"}))
    return states


def test_newer_states_are_read_in_place_of_those_of_the_snapshot(scratch: ScratchStates) -> None:
    whole = {state.record_id: state for state in made(OLD | NEW)}
    assert {state.record_id: state for state in scratch.get([*sorted(whole), "feed:x#none"])} == whole
    in_order = sorted(whole.values(), key=lambda state: state.window_key)
    assert list(scratch.window("")) == in_order
    assert list(scratch.window("2026-01-15")) == [one for one in in_order if one.window_at >= "2026-01-15"]


def test_a_snapshot_of_them_has_all(scratch: ScratchStates, derived: Store) -> None:
    tail = Tail(2, "0" * 64, datetime(2026, 1, 2, tzinfo=UTC))
    prefix = "state/feed/scratch copy/"
    found = snapshot.put(
        derived, prefix, tail, AccountSummary(), old=scratch, fresh=made({"feed:x#1": "visible"})
    )
    expected = sorted(made(OLD | NEW | {"feed:x#1": "visible"}), key=lambda state: state.window_key)
    assert list(found.window("")) == expected
    assert list(found.get(sorted(state.record_id for state in expected))) == sorted(
        expected, key=lambda state: state.record_id
    )


def test_a_full_disk_is_called_so(scratch: ScratchStates) -> None:
    scratch._db.execute("PRAGMA max_page_count = 20")  # the error is SQLite's own
    with pytest.raises(SpoolFull, match="no space for states") as raised:
        scratch.put(made(dict.fromkeys((f"feed:{'x' * 3_000}#{number}" for number in range(30)), "visible")))
    assert isinstance(
        raised.value.__cause__.__cause__ if raised.value.__cause__ else None, sqlite3.OperationalError
    )
