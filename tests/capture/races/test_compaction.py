"""Compaction and rebuild while a capture writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recordroom.archive import compaction, records
from recordroom.archive.ledger import Ledger
from recordroom.archive.records import batches, file_system, sources
from recordroom.canonical import encode_row
from recordroom.capture.derived import rebuild
from recordroom.capture.derived.rebuild import rebuild_records
from recordroom.errors import ArchiveError
from tests.capture.races.acts import START, before
from tests.capture.stage import US, Play, opened
from tests.services import S3, Buckets

pytestmark = pytest.mark.thorough


def rows(play: Play) -> list[bytes]:
    """Return the rows as a reader of records finds them."""
    place = play.archive.place
    upto = {play.name: Ledger(play.archive.archive, play.archive.account(play.name).ledger).head()}
    found = (
        row
        for batch in batches(sources(place.derived, file_system(place.settings), upto))
        for row in batch.to_pylist()
    )
    return sorted(encode_row(row) for row in found)


def compacted(play: Play) -> int:
    state = play.archive.state(play.name)
    heads = {play.name: (state.tail.number, state.sums.rows)}
    return compaction.compact(play.archive.derived, file_system(play.archive.place.settings), heads)


@pytest.fixture
def alone(s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Play:
    """Provide an archive of its own, in which any file may be merged."""
    monkeypatch.setattr(compaction, "SMALL_FILES", 1)
    return opened(s3, Buckets(), tmp_path, start=START)


def test_compaction_and_rebuild_keep_every_row(alone: Play) -> None:
    for number in range(4):
        alone.network.publish(US, f"Post {number}", photos=[alone.network.photo("mastodon", "Snow")])
        alone.sound()
    was = rows(alone)
    assert compacted(alone) == 4
    assert rows(alone) == was
    alone.network.edit(next(iter(alone.network.posts.values())), "Edited")
    alone.sound()
    now = rows(alone)
    assert len(now) == len(was) + 1
    assert compacted(alone) == 1
    assert rows(alone) == now
    for key in list(alone.archive.derived.keys("")):
        alone.archive.derived.delete(key)
    assert rows(alone) == []
    assert rebuild_records(alone.archive.archive, alone.archive.derived).rows == len(now)
    assert rows(alone) == now, "equal field by field"
    assert alone.sound().changed == 0
    assert compacted(alone) == 0
    assert rows(alone) == now


@pytest.mark.parametrize(("group", "file"), [(1, 1), (2, 2), (2, 3), (3, 1), (100, 4)])
def test_a_rebuild_keeps_every_row_in_files_of_any_size(
    alone: Play, monkeypatch: pytest.MonkeyPatch, group: int, file: int
) -> None:
    for number in range(3):
        alone.network.publish(US, f"Post {number}")
        alone.network.publish(US, f"Another {number}")
        alone.sound()
    was = rows(alone)
    monkeypatch.setattr(rebuild, "ROW_GROUP", group)
    monkeypatch.setattr(rebuild, "ROWS_A_FILE", file)
    assert rebuild_records(alone.archive.archive, alone.archive.derived).rows == len(was)
    assert rows(alone) == was
    assert (len(records.catalog(alone.archive.derived).merged) > 1) == (group < 100)


@pytest.mark.parametrize("moment_", ["before the rows are put", "while it counts"])
def test_compaction_meanwhile_hides_nothing(
    alone: Play, monkeypatch: pytest.MonkeyPatch, moment_: str
) -> None:
    alone.network.publish(US, "First")
    alone.sound()
    alone.network.publish(US, "Second")
    if moment_ == "before the rows are put":
        with before(alone.archive.derived, "PUT", "records/", lambda: compacted(alone)):
            alone.sound()
    else:
        put, listed = records.put, records.sources
        late: list[Callable[[], object]] = []

        def sources_of(*args: Any) -> Any:
            while late:
                late.pop()()
            return listed(*args)

        with monkeypatch.context() as patch:
            patch.setattr(records, "put", lambda *args: late.append(lambda: put(*args)))
            alone.sound()
            patch.setattr(records, "sources", sources_of)
            compacted(alone)
        assert late == []
    assert [b'"Second"' in row for row in rows(alone)].count(True) == 1
    alone.sound()
    compacted(alone)
    assert len(rows(alone)) == 3


def test_a_rebuild_meanwhile_loses_nothing(alone: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture commits after the rebuild has read the chain, and writes its rows to the old generation."""
    alone.network.publish(US, "First")
    alone.sound()
    publish = records.publish

    def late(*args: Any) -> bool:
        alone.network.publish(US, "Second")
        alone.sound()
        return publish(*args)

    monkeypatch.setattr(records, "publish", late)
    rebuild_records(alone.archive.archive, alone.archive.derived)
    assert len(rows(alone)) == 3


def test_a_mistake_behind_a_commit_commits_nothing_twice(
    alone: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported, and the next capture writes the missing rows.

    A snapshot that was rebuilt at the same time once caused such a mistake.
    """
    alone.network.publish(US, "First")
    alone.sound()
    alone.network.publish(US, "Second")

    def mistaken(*_: Any) -> str:
        raise ValueError("Parquet file size is 0 bytes")

    with monkeypatch.context() as patch:
        patch.setattr(records, "put", mistaken)
        with pytest.raises(ArchiveError, match="is committed, but a later step failed: ValueError"):
            alone.capture()
    assert alone.sound().changed == 0
    told = [
        (delta["record_id"], delta["sequence"])
        for entry in alone.manifests()
        for delta in entry.body["deltas"]
    ]
    assert len(told) == len(set(told)) == 3
    assert len(rows(alone)) == 3
    assert alone.gaps() == []


def test_compaction_looks_at_the_files_once_however_many_accounts_there_are(
    alone: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone.network.publish(US, "First")
    alone.sound()
    state, listed, looks = alone.archive.state(alone.name), records.sources, list[Any]()

    def looked(*args: Any) -> Any:
        looks.append(args)
        return listed(*args)

    monkeypatch.setattr(records, "sources", looked)
    heads = {
        alone.name: (state.tail.number, state.sums.rows),
        "without rows": (3, 0),
        "with a missing file": (3, 1),
    }
    assert compaction.compact(alone.archive.derived, file_system(alone.archive.place.settings), heads) == 1
    assert len(looks) == 1
    assert records.catalog(alone.archive.derived).covered == {
        alone.name: state.tail.number,
        "without rows": 3,
    }
