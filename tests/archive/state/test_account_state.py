"""The fold of a chain is the same from its first entry and from any snapshot.

`verify --full` names what is wrong with a snapshot or with Parquet, and a rebuild fixes it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recordroom.archive import records
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Entry, Ledger, Tail
from recordroom.archive.records import batches, file_system, sources
from recordroom.archive.state import account_state, snapshot
from recordroom.archive.state.account_state import AccountState
from recordroom.archive.state.record_state import RecordState
from recordroom.archive.state.scratch_states import ScratchStates
from recordroom.archive.store import Store
from recordroom.archive.verify import ArchiveProblem
from recordroom.canonical import encode_row
from recordroom.capture.derived import verification
from recordroom.capture.derived.rebuild import rebuild_records, rebuild_state
from recordroom.errors import ArchiveError, ServiceUnavailable, Tampered
from recordroom.platforms import mastodon
from recordroom.register.models import Chain
from recordroom.stored_texts import code_of
from tests.capture.stage import OTHER, PARENT, US, Play, opened
from tests.services import S3, Buckets


@pytest.fixture(scope="module")
def told(s3: S3, tmp_path_factory: pytest.TempPathFactory) -> Play:
    """A chain with everything that is folded.

    It has edits, absences, a return, records that are doubted, a failure, a raised parser, history, and
    conversations that were read and left out.
    """
    play = opened(s3, Buckets(), tmp_path_factory.mktemp("told"))
    network = play.network
    posts = [network.publish(US, f"Post {n}") for n in range(12)]
    answer = network.comment(PARENT, posts[0], "Why?")
    play.sound()
    network.edit(posts[1], "Post 1, edited")
    network.edit(posts[1], "Post 1, edited twice")
    network.remove(answer)
    play.sound()
    with play.between.meanwhile("/statuses?", lambda _r, _a: httpx.Response(403)):
        assert play.capture().failure is not None
    network.suspend(PARENT)
    play.sound("full")
    for post in posts[:8]:
        post.status = "removed"
    assert play.capture().absent == 0
    for post in posts[:8]:
        post.status = "visible"
    play.sound()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mastodon, "PLATFORM", replace(mastodon.PLATFORM, parser=9))
        network.edit(posts[2], "Post 2, edited")
        play.sound()
    old = [network.publish(US, f"Long ago {n}", at=network.now() - timedelta(days=40 + n)) for n in range(2)]
    answers = [
        network.comment(OTHER, post, "Thank you", at=post.created + timedelta(hours=1)) for post in old
    ]
    for _ in range(2):
        play.sound("sweep")
    assert play.final()["visited"]["skipped"] == {"unchanged": 2}
    network.remove(answers[0])
    for n in range(2):
        network.comment(OTHER, old[0], f"Again {n}", at=network.now() - timedelta(days=9))
    assert play.sound("sweep").absent == 1
    network.publish(US, "The last one")
    play.sound("full")
    return play


def chain(play: Play) -> Chain:
    return Chain("mastodon", play.name)


@pytest.fixture
def upto(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """States are folded up to that entry only."""
    last: list[int | None] = [None]

    class Cut(Ledger):
        def entries(self, tail: Tail | None = None, upto: int | None = None) -> Iterator[Entry]:
            return super().entries(tail, upto if last[0] is None else last[0])

    monkeypatch.setattr(account_state, "Ledger", Cut)
    return lambda number: last.__setitem__(0, number)


def everything(one: AccountState) -> tuple[Any, ...]:
    sums = {k: v for k, v in asdict(one.sums).items() if k not in ("evidence", "written", "spent")}
    held = list(one.window(None))
    assert one.get(h.record_id for h in held) == {h.record_id: h for h in held}
    return (one.tail, sums, held)


def test_a_snapshot_at_any_point_and_the_rest_are_the_whole(
    told: Play, upto: Callable[[int | None], None]
) -> None:
    archive, store = told.archive.archive, told.archive.derived
    whole = everything(AccountState(archive, store, chain(told), trust_snapshot=False))
    last = whole[0].number
    assert last > 7
    doubted, missing = ([h for h in whole[2] if getattr(h, name)] for name in ("doubted", "missing"))
    assert missing
    for first in range(1, last + 1):
        for second in (min(first + 1, last), last):
            for key in list(store.keys("state/")):
                store.delete(key)
            for number in (first, second):
                upto(number)
                AccountState(archive, store, chain(told)).put_snapshot()
            upto(None)
            found = AccountState(archive, store, chain(told))
            assert found.snapshot.tail.number == second
            assert everything(found) == whole, f"snapshots at {first} and {second}"
    assert doubted == []


def test_a_writer_s_fold_of_a_long_chain_goes_into_snapshots_and_not_into_memory(
    told: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only snapshot, at the end of the chain, has the format of an earlier version.

    The next writer continues anyway.
    """
    archive, store = told.archive.archive, told.archive.derived
    whole = everything(AccountState(archive, store, chain(told), trust_snapshot=False))
    for key in list(store.keys("state/mastodon/")):
        store.delete(key)
    AccountState(archive, store, chain(told)).put_snapshot()
    [key] = [key for key in store.keys("state/mastodon/") if key.endswith("head.json")]
    head = store.get(key)
    store.delete(key)
    store.put_new(key, head.replace(b'"format":%d' % snapshot.FORMAT, b'"format":1'))
    monkeypatch.setattr(account_state, "PENDING", 4)
    first = AccountState(archive, store, chain(told), writes=True)
    assert everything(first) == whole
    assert not first.is_large
    assert first.snapshot.tail.number > 3
    again = AccountState(archive, store, chain(told))
    assert (again.snapshot.tail, everything(again)) == (first.snapshot.tail, whole)


def test_a_fold_that_goes_on_from_its_own_snapshot_is_the_whole(
    told: Play, upto: Callable[[int | None], None]
) -> None:
    archive, store = told.archive.archive, told.archive.derived
    whole = everything(AccountState(archive, store, chain(told), trust_snapshot=False))
    last = whole[0].number
    for number in range(1, last + 1):
        for key in list(store.keys("state/")):
            store.delete(key)
        upto(number)
        going = AccountState(archive, store, chain(told))
        for newer in (last - 1, last):  # others are faster, and keep the last two only
            upto(newer)
            AccountState(archive, store, chain(told)).put_snapshot()
        going.put_snapshot()
        assert going.snapshot.tail.number == number
        upto(None)
        going.reload()
        assert everything(going) == whole, f"a snapshot at {number}"


def test_a_fold_from_the_first_entry_keeps_little_in_memory_and_nothing_in_the_bucket(
    told: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, store = told.archive.archive, told.archive.derived
    whole = everything(AccountState(archive, store, chain(told), trust_snapshot=False))
    before, most, put = list(store.keys("state/")), [], ScratchStates.put

    def counted(scratch: ScratchStates, states: Iterable[RecordState]) -> None:
        found = list(states)
        most.append(len(found))
        put(scratch, found)

    monkeypatch.setattr(account_state, "FOLDED", 4)
    monkeypatch.setattr(ScratchStates, "put", counted)
    assert everything(AccountState(archive, store, chain(told), trust_snapshot=False)) == whole
    assert len(most) > 3
    assert list(store.keys("state/")) == before


def test_a_young_conversation_that_each_capture_reads_is_one_change(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chain of years, in which little else happens, would else be folded through hundreds of snapshots."""
    play = opened(s3, Buckets(), tmp_path)
    play.network.publish(US, "School starts at nine")
    for _ in range(8):
        play.sound()
    puts: list[object] = []
    monkeypatch.setattr(account_state, "FOLDED", 6)
    monkeypatch.setattr(ScratchStates, "put", lambda *given: puts.append(given))
    found = AccountState(play.archive.archive, play.archive.derived, chain(play), trust_snapshot=False)
    [root] = [held for held in found.window(None) if held.kind == "post"]
    assert (root.read_at, puts) == (play.final()["started"], [])


@pytest.mark.parametrize(
    "lost", ["a rebuild died", "by-id.parquet", "by-window.parquet", "head.json", "a part of head.json"]
)
def test_a_snapshot_that_is_not_whole_stops_no_capture(
    s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    """The fold from an earlier one, or from the first entry, is the same."""
    play = opened(s3, Buckets(), tmp_path)
    play.network.publish(US, "School starts at nine")
    play.sound()
    place, own = play.archive.place, chain(play)
    AccountState(place.archive, place.derived, own).put_snapshot()
    if lost == "a rebuild died":
        removed: list[str] = []
        delete = Store.delete

        def dying(store: Store, key: str) -> None:
            if removed:
                raise ServiceUnavailable("the store is away")
            removed.append(key)
            delete(store, key)

        with monkeypatch.context() as patch:
            patch.setattr(Store, "delete", dying)
            with pytest.raises(ServiceUnavailable):
                rebuild_state(place.archive, place.derived, own)
    else:
        [key] = files(play, f"state/mastodon/{play.name}/", lost.removeprefix("a part of "))
        head = place.derived.get(key)
        place.derived.delete(key)
        if lost.startswith("a part"):
            place.derived.put_new(key, head[:40])
    play.network.publish(US, "Closed today")
    assert play.sound().new == 1
    AccountState(place.archive, place.derived, own).put_snapshot()
    assert AccountState(place.archive, place.derived, own).snapshot.tail.number == len(play.manifests())
    assert problems(play) == []


def problems(play: Play) -> list[ArchiveProblem]:
    place = play.archive.place
    return verification.compare_account(place.archive, place.derived, place.settings, chain(play))


@pytest.fixture(scope="module")
def whole(told: Play) -> list[bytes]:
    rebuild_state(told.archive.archive, told.archive.derived, chain(told))
    assert problems(told) == []
    return rows(told)


@pytest.fixture
def harmed(told: Play, whole: list[bytes]) -> Iterator[Play]:
    """A chain with a snapshot and all of Parquet, which a test then damages.

    A rebuild fixes the damage.
    """
    yield told
    rebuild_state(told.archive.archive, told.archive.derived, chain(told))
    done = rebuild_records(told.archive.archive, told.archive.derived)
    assert problems(told) == []
    assert (rows(told), done.rows) == (whole, len(whole)), "equal field by field"


def rows(play: Play) -> list[bytes]:
    place = play.archive.place
    found = batches(sources(place.derived, file_system(place.settings), {play.name: 10_000}))
    # the one that read it last
    return sorted(encode_row(row | {"parser": None}) for batch in found for row in batch.to_pylist())


def replaced(play: Play, key: str, data: bytes | None) -> None:
    play.archive.derived.delete(key)
    if data is not None:
        assert play.archive.derived.put_new(key, data)


def files(play: Play, prefix: str, end: str) -> list[str]:
    return [key for key in play.archive.derived.keys(prefix) if key.endswith(end)]


def changed(play: Play, key: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    table = pq.read_table(io.BytesIO(play.archive.derived.get(key)))
    kept = [row for row in map(change, table.to_pylist()) if row is not None]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(kept, schema=table.schema), sink)
    replaced(play, key, sink.getvalue())


def test_rows_that_say_something_else_are_named_whatever_they_say_of_their_parser(harmed: Play) -> None:
    key = next(k for k in [*files(harmed, "records/", ".parquet")] if b"Post 1" in b"".join(rows(harmed)))
    changed(harmed, key, lambda row: row | {"text": "Forged", "parser": "mastodon 99"})
    assert ["Parquet has different rows" in p.problem for p in problems(harmed)] == [True]


def test_rows_that_are_gone_or_are_too_many_are_named(harmed: Play) -> None:
    for key in files(harmed, "records/", ".parquet"):
        changed(harmed, key, lambda row: None if row["sequence"] == 2 else row)
    found = problems(harmed)
    assert found
    assert all("more or fewer rows" in p.problem for p in found)


@pytest.mark.parametrize(
    "damaged", [lambda stored: stored[:100], lambda stored: stored[:4] + b"\xff" + stored[5:]]
)
def test_a_damaged_file_of_rows_is_called_so_and_says_what_mends_it(
    harmed: Play, damaged: Callable[[bytes], bytes]
) -> None:
    """Programs that read all rows, such as the nightly compaction, ended with a traceback.

    Others told the user to start the store.
    """
    keys = files(harmed, "records/", ".parquet")
    for key in keys:
        replaced(harmed, key, damaged(harmed.archive.derived.get(key)))
    with pytest.raises(ArchiveError, match=r"a file of rows is damaged.*Run `recordroom rebuild records`"):
        rows(harmed)
    [problem] = problems(harmed)
    assert "a file of rows is damaged" in problem.problem
    for key in keys:  # other tests read all files there
        replaced(harmed, key, None)


def test_rows_that_come_in_whatever_order_are_those_that_were_promised(harmed: Play) -> None:
    for key in files(harmed, "records/", ".parquet"):
        table = pq.read_table(io.BytesIO(harmed.archive.derived.get(key)))
        sink, mixed = io.BytesIO(), [*range(0, len(table), 2), *range(1, len(table), 2)]
        pq.write_table(table.take(pa.array(mixed, pa.int64())), sink)
        replaced(harmed, key, sink.getvalue())
    assert problems(harmed) == []


def test_all_of_the_derived_bucket_may_be_gone(harmed: Play) -> None:
    for key in list(harmed.archive.derived.keys("")):
        harmed.archive.derived.delete(key)
    assert rows(harmed) == []
    assert {p.object.split(",")[0] for p in problems(harmed)} == {f"records of {harmed.name}"}


@pytest.mark.parametrize("with_snapshot", [True, False])
def test_each_entry_of_a_chain_is_read_once(
    harmed: Play, monkeypatch: pytest.MonkeyPatch, with_snapshot: bool
) -> None:
    read, find = list[str](), Store.find

    def noting(store: Store, key: str) -> bytes | None:
        found = find(store, key)
        if found is not None and key.startswith("ledger/"):
            read.append(key)
        return found

    if not with_snapshot:
        for key in list(harmed.archive.derived.keys("state/")):
            harmed.archive.derived.delete(key)
    monkeypatch.setattr(Store, "find", noting)
    assert problems(harmed) == []
    assert sorted(read) == list(harmed.archive.archive.keys(f"ledger/{chain(harmed).ledger}/"))


@pytest.mark.parametrize("file", ["by-id", "by-window"])
def test_a_snapshot_that_says_something_else_is_named(harmed: Play, file: str) -> None:
    def hidden(row: dict[str, Any]) -> dict[str, Any]:
        held = orjson.loads(row["row"])
        return row | {"row": orjson.dumps(held | {"status": "removed"}).decode()}

    [key] = files(harmed, "state/", f"{file}.parquet")
    changed(harmed, key, hidden)
    assert {p.object for p in problems(harmed)} == {f"state/mastodon/{harmed.name}"}


def test_a_snapshot_that_lacks_its_last_record_is_named(harmed: Play) -> None:
    for key in files(harmed, "state/", ".parquet"):
        changed(harmed, key, lambda row: None if "9999" in row["window_at"] else row)
    assert any("is wrong" in p.problem for p in problems(harmed))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identity", {"native_id": "1", "server": "evil.test"}),
        ("rows", 1),
        ("counts", {}),
        ("finals", {}),
        ("history", {}),
        ("gap_ids", ["x"]),
    ],
)
def test_a_snapshot_with_other_sums_is_named(harmed: Play, name: str, value: Any) -> None:
    [key] = files(harmed, "state/", "head.json")
    head = orjson.loads(harmed.archive.derived.get(key))
    head["sums"][name] = value
    replaced(harmed, key, orjson.dumps(head))
    assert [p for p in problems(harmed) if name in p.problem]


@pytest.mark.parametrize("change", [{"sha256": "0" * 64}, {"number": 999}])
def test_a_snapshot_of_another_chain_is_not_built_upon(harmed: Play, change: dict[str, Any]) -> None:
    """The next entry would name a hash that nothing has: a capture stops instead."""
    [key] = files(harmed, "state/", "head.json")
    head = orjson.loads(harmed.archive.derived.get(key))
    replaced(harmed, key, orjson.dumps(head | change))
    with pytest.raises(Tampered):
        harmed.capture()


@pytest.mark.parametrize("file", ["by-id", "by-window"])
@pytest.mark.parametrize("left", [slice(0, 0), slice(0, 200), slice(-200, None), "a byte is another"])
def test_a_damaged_snapshot_is_called_so_and_says_what_mends_it(
    harmed: Play, file: str, left: slice | str
) -> None:
    """It was reported as a mistake of the connector, or of the disk.

    It also ended `verify --full` of all accounts.
    """
    [key] = files(harmed, "state/", f"{file}.parquet")
    whole = harmed.archive.derived.get(key)
    column = pq.ParquetFile(io.BytesIO(whole)).metadata.row_group(0).column(3)
    # of its last page
    last = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 1
    replaced(
        harmed,
        key,
        whole[left]
        if isinstance(left, slice)
        else whole[:last] + bytes([whole[last] ^ 1]) + whole[last + 1 :],
    )
    [problem] = problems(harmed)
    assert (problem.object, "a snapshot is damaged" in problem.problem) == (
        f"state/mastodon/{harmed.name}",
        True,
    )
    reader = AccountState(harmed.archive.archive, harmed.archive.derived, chain(harmed))
    with pytest.raises(ArchiveError, match=r"a snapshot is damaged.*Run `recordroom rebuild state`"):
        list(
            reader.window(None)
            if file == "by-window"
            else reader.get([f"mastodon:social.test/statuses/{number}" for number in range(9)])
        )
    outcome = harmed.sound("full")
    assert (outcome.new, outcome.changed, outcome.absent) == (0, 0, 0)
    [told] = {
        warned
        for one in (outcome.warnings, harmed.final()["warnings"])
        for warned in one
        if "snapshot" in warned
    }
    assert "This capture read the ledger instead" in told
    assert problems(harmed) == [], "another snapshot is in its place"


@pytest.mark.parametrize("file", ["by-id", "by-window"])
@pytest.mark.parametrize("pending", [5, account_state.PENDING])
def test_what_is_held_is_the_same_whichever_part_of_a_snapshot_is_damaged(
    harmed: Play, monkeypatch: pytest.MonkeyPatch, file: str, pending: int
) -> None:
    """Also where the damage is met behind much that was read, and where the fold is too large for memory."""
    monkeypatch.setattr(snapshot, "ROW_GROUP", 3)
    monkeypatch.setattr(account_state, "PENDING", pending)
    archive, store = harmed.archive.archive, harmed.archive.derived
    whole = everything(AccountState(archive, store, chain(harmed), trust_snapshot=False))
    rebuild_state(archive, store, chain(harmed))
    [key] = files(harmed, "state/mastodon/", f"{file}.parquet")
    found = store.get(key)
    column = pq.ParquetFile(io.BytesIO(found)).metadata.row_group(2).column(3)
    last = (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 1
    replaced(harmed, key, found[:last] + bytes([found[last] ^ 1]) + found[last + 1 :])
    writer = AccountState(archive, store, chain(harmed), writes=True)
    assert everything(writer) == whole
    assert f"{file}.parquet" in writer.damage
    assert everything(writer) == whole


@pytest.mark.parametrize("left", [b'{"generation": "g', b"[]", b""])
@pytest.mark.parametrize("mended", ["rebuilt", "put back"])
def test_a_damaged_catalog_stops_no_capture_and_the_rows_come_later(
    s3: S3, tmp_path: Path, left: bytes, mended: str
) -> None:
    play = opened(s3, Buckets(), tmp_path)
    place = play.archive.place
    play.network.publish(US, "School starts at nine")
    play.sound()
    assert records.publish(place.derived, records.Catalog())
    good = place.derived.get(records.CATALOG)
    replaced(play, records.CATALOG, left)
    for text in ("Closed today", "Open at ten"):
        play.network.publish(US, text)
        outcome = play.sound()
        assert outcome.new == 1
        assert any("run `recordroom rebuild records`" in warned for warned in outcome.warnings)
    [gap] = Gaps(place.archive).open_now([play.name])
    assert (gap.reason, gap.gap_id in play.final()["gap_ids"]) == ("rows-not-written", True)
    assert gap.from_ is not None
    if mended == "rebuilt":
        rebuild_records(place.archive, place.derived)
    else:
        replaced(play, records.CATALOG, good)
    play.sound()
    assert Gaps(place.archive).open_now([play.name]) == []
    assert len(rows(play)) == play.final()["rows"]["total"] == 4
    assert problems(play) == []


def test_the_final_manifest_names_the_gap_of_its_own_rows(s3: S3, tmp_path: Path) -> None:
    play = opened(s3, Buckets(), tmp_path)
    play.archive.derived.put_new(records.CATALOG, b"[]")
    play.network.publish(US, "Closed today")
    outcome = play.sound()
    [gap] = Gaps(play.archive.archive).open_now([play.name])
    assert gap.reason == "rows-not-written"
    assert [gap.gap_id] == outcome.gaps
    assert gap.gap_id in play.final()["gap_ids"]
    assert code_of(gap.detail) == "rows-wait"
    assert play.final()["warnings"] == outcome.warnings


def test_a_rebuild_closes_the_gap_and_the_next_capture_can_open_it_again(s3: S3, tmp_path: Path) -> None:
    play = opened(s3, Buckets(), tmp_path)
    place = play.archive.place
    for text in ("Closed today", "Open at ten"):
        replaced(play, records.CATALOG, b"[]")
        play.network.publish(US, text)
        play.sound()
        assert [gap.reason for gap in Gaps(place.archive).open_now([play.name])] == ["rows-not-written"]
        rebuild_records(place.archive, place.derived)
        assert Gaps(place.archive).open_now([play.name]) == []
    play.sound()
    assert play.final()["gap_ids"] == []
    assert problems(play) == []


@pytest.mark.parametrize("left", [b'{"generation": "g', b"[]", b""])
def test_a_damaged_catalog_is_mended_by_the_rebuild_that_it_asks_for(harmed: Play, left: bytes) -> None:
    """That ended with the same words, and so did every capture of every account."""
    derived = harmed.archive.derived
    replaced(harmed, records.CATALOG, left)
    with pytest.raises(ArchiveError, match="Run `recordroom rebuild records`"):
        rows(harmed)
    before = list(derived.keys("records/", folders=True))
    done = rebuild_records(harmed.archive.archive, derived)
    assert f"records/{done.generation}/" not in before
    assert set(before) <= set(records.catalog(derived).replaced), (
        "the next compaction removes what is no longer read"
    )
    assert harmed.sound().changed == 0


def test_accounts_that_the_register_has_no_more_are_rebuilt_too(told: Play) -> None:
    other = opened(told.s3, told.buckets, told.folder.parent)
    other.network.publish(US, "Of an account that is no longer listed")
    other.sound()
    done = rebuild_records(told.archive.archive, told.archive.derived)
    assert set(done.accounts) == {told.name, other.name}
    assert done.accounts[other.name] == 2
    assert records.catalog(told.archive.derived).covered[other.name] == 1
    assert told.sound().changed == 0
