"""A snapshot has exactly what was put last of each record, in both orders.

It is merged from one to the next without decoding a row.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.archive.ledger import Tail
from recordroom.archive.state import snapshot
from recordroom.archive.state.account_summary import AccountSummary
from recordroom.archive.state.record_state import EvidenceRef, RecordState
from recordroom.archive.store import Store, derived
from recordroom.errors import SpoolFull
from recordroom.model import instant
from tests.archives import settings_for
from tests.clock import standing
from tests.disk import full
from tests.services import S3, Buckets

_names = itertools.count()
AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
_ids = st.text(st.sampled_from("aé\U0001f600"), min_size=1, max_size=3)
_days = st.integers(1, 6)


@st.composite
def _held(draw: st.DrawFn) -> RecordState:
    record_id = draw(_ids)
    held = RecordState(
        record_id,
        record_id,
        "post",
        instant(AT.replace(day=len(record_id) + 1)),
        root_id=draw(st.none() | _ids),
    )
    held.sequence, held.seen_at = draw(st.integers(1, 9)), instant(AT.replace(day=draw(_days)))
    held.content = draw(st.none() | st.just(EvidenceRef("evidence/x", 0, 9, "<urn:uuid:1>", "/0")))
    held.media, held.known = (
        draw(st.sampled_from([{}, {"m": {"sha256": "0" * 64, "bytes": 3}}])),
        ["1/x 1|0|2026"] * held.sequence,
    )
    return held


_rounds = st.lists(st.lists(_held(), max_size=12, unique_by=lambda h: h.record_id), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def store(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Store:
    buckets = Buckets()
    s3.client().create_bucket(Bucket=buckets.derived)
    return derived(settings_for(s3, buckets, tmp_path_factory.mktemp("snapshot")))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_rounds, st.lists(_ids, max_size=5), _days)
def test_what_was_put_last(
    store: Store, monkeypatch: pytest.MonkeyPatch, rounds: list[list[RecordState]], asked: list[str], day: int
) -> None:
    monkeypatch.setattr(snapshot, "ROW_GROUP", 3)
    monkeypatch.setattr(snapshot, "AT_ONCE", 2)
    monkeypatch.setattr(snapshot, "GROUPS", 2)
    prefix = f"state/mastodon/{next(_names)}/"
    expected: dict[str, RecordState] = {}
    for number, fresh in enumerate(rounds, 1):
        expected |= {held.record_id: held for held in fresh}
        snapshot.put(
            store,
            prefix,
            Tail(number, "0" * 64, AT),
            AccountSummary(rows=number),
            old=snapshot.read_newest(store, prefix),
            fresh=fresh,
        )
    found = snapshot.read_newest(store, prefix)
    assert (found.tail.number, found.sums.rows) == (len(rounds), len(rounds))
    stored = [snapshot.decode_row(row) for table in found.tables("by-id") for row in table["row"].to_pylist()]
    assert stored == [expected[record_id] for record_id in sorted(expected)]
    since = instant(AT.replace(day=day))
    assert list(found.window(since)) == sorted(
        (h for h in expected.values() if h.window_at >= since), key=lambda h: h.window_key
    )
    wanted = sorted({*asked, *list(expected)[::2]})
    for _ in range(2):  # the second time out of what is remembered
        assert [h.record_id for h in found.get(wanted)] == [
            record_id for record_id in wanted if record_id in expected
        ]
    assert all(held == expected[held.record_id] for held in found.get(wanted))


def test_a_snapshot_of_another_format_is_none(store: Store) -> None:
    held = RecordState("a", "a", "post", instant(AT))
    snapshot.put(
        store,
        "state/mastodon/old/",
        Tail(1, "0" * 64, AT),
        AccountSummary(),
        old=snapshot.Snapshot(),
        fresh=[held],
    )
    key = "state/mastodon/old/000000000001/head.json"
    head = store.get(key)
    store.delete(key)
    store.put_new(key, head.replace(b'"format":%d' % snapshot.FORMAT, b'"format":1'))
    assert snapshot.read_newest(store, "state/mastodon/old/").tail == Tail()


def put(store: Store, prefix: str, number: int, *, passing: bool = False) -> None:
    held = RecordState(f"record {number}", str(number), "post", instant(AT))
    before = snapshot.read_newest(store, prefix)
    snapshot.put(
        store, prefix, Tail(number, "0" * 64, AT), AccountSummary(), old=before, fresh=[held], passing=passing
    )


def kept(store: Store, prefix: str) -> list[int]:
    return sorted({int(key.split("/")[-2]) for key in store.keys(prefix)})


def test_a_snapshot_that_a_capture_may_be_reading_stays(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import of very many records puts one snapshot after the other meanwhile.

    The account had none for days. Snapshots in the middle of a fold of years are not kept.
    """
    prefix = "state/mastodon/read/"
    with standing(lambda: datetime.now(UTC) - timedelta(days=9)):
        for number in range(1, 5):
            put(store, prefix, number, passing=True)
        assert kept(store, prefix) == [3, 4]
        put(store, prefix, 5)
    reading = snapshot.read_newest(store, prefix)
    for number in range(6, 9):
        put(store, prefix, number)
    assert kept(store, prefix) == [5, 6, 7, 8]
    assert [held.record_id for held in reading.get(["record 2", "record 6"])] == ["record 2"]
    assert len(list(reading.window(""))) == 5
    monkeypatch.setattr(snapshot, "READ", timedelta(0))
    put(store, prefix, 9)
    assert kept(store, prefix) == [8, 9]


@pytest.mark.parametrize("passing", [True, False])
def test_what_was_in_force_until_now_stays_whatever_came_between(store: Store, passing: bool) -> None:
    """Between the two came half a snapshot of an interrupted writer, or passing ones."""
    prefix = f"state/mastodon/between {passing}/"
    with standing(lambda: datetime.now(UTC) - timedelta(days=9)):
        put(store, prefix, 1)
    reading = snapshot.read_newest(store, prefix)
    if passing:
        put(store, prefix, 2, passing=True)
    else:
        store.put_new(f"{prefix}000000000002/by-id.parquet", b"half")
    for number in range(3, 6):
        put(store, prefix, number, passing=passing)
    assert kept(store, prefix) == ([1, 4, 5] if passing else [1, 3, 4, 5])
    assert [held.record_id for held in reading.window("")] == ["record 1"]


def test_a_temporary_folder_without_room_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "IN_MEMORY", 1)
    with full(10), pytest.raises(SpoolFull, match="no space"):
        snapshot.put(
            store,
            "state/mastodon/full/",
            Tail(1, "0" * 64, AT),
            AccountSummary(),
            old=snapshot.read_newest(store, "state/none/"),
            fresh=[],
        )
