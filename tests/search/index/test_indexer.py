"""The index holds what the manifests and their rows say, however and however often it is filled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyarrow.dataset as ds
import pytest
from elasticsearch import helpers

from recordroom.archive import records
from recordroom.errors import ArchiveError, ServiceUnavailable
from recordroom.model import instant
from recordroom.search.index import indexer, mapping, watermarks
from recordroom.search.index.bulk import Loader
from recordroom.search.index.documents import id_of
from recordroom.search.index.indexer import Index
from recordroom.search.index.retention import Refresh
from tests.building import DAY, Building, account, media
from tests.story import ACCOUNTS, story

POST = "wordpress:x/posts/1"
HOURS = timedelta(hours=1)


def everything(index: Index) -> dict[str, dict[str, Any]]:
    """id -> document, of all that can be found."""
    return {hit["_id"]: hit["_source"] for hit in helpers.scan(index.client, index=index.alias)}


def versions(index: Index, record_id: str = POST, name: str = "news") -> list[dict[str, Any]]:
    found = [d for d in everything(index).values() if (d["record_id"], d["account"]) == (record_id, name)]
    return sorted(found, key=lambda d: d["sequence"])


def test_each_version_is_a_document_and_the_newest_is_current(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress", series="GS50-1"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    assert index.catch_up().rows == 1
    building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    older = {"record_id": POST, "text": "Sno", "late_arrival": True, "valid_from": DAY - HOURS}
    building.capture("news", [older], at=DAY + 2 * HOURS)
    building.capture("news", [{"record_id": POST, "text": "Hail"}], at=DAY + 3 * HOURS)
    index.catch_up()
    first, second, late, fourth = versions(index)
    assert [d["text"] for d in (first, second, late, fourth)] == ["Snow", "Ice", "Sno", "Hail"]
    assert [d["current"] for d in (first, second, late, fourth)] == [False, False, False, True]
    assert {d["first_seen_at"] for d in (first, second, late, fourth)} == {instant(DAY)}
    assert {d["series"] for d in (first, second, late, fourth)} == {"GS50-1"}
    assert {d["retention_trigger"] for d in (first, second, late, fourth)} == {"still published"}
    assert "eligible_on" not in fourth


def test_a_removal_is_told_as_an_interval(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    building.capture("news", at=DAY + HOURS)
    building.capture("news", at=DAY + 2 * HOURS, complete=False)
    building.capture("news", [{"record_id": POST, "status": "unavailable"}], at=DAY + 3 * HOURS)
    building.capture("news", [{"record_id": POST, "status": "removed"}], at=DAY + 4 * HOURS)
    building.capture("news", [{"record_id": POST, "status": "visible"}], at=DAY + 5 * HOURS)
    index.catch_up()
    visible, unavailable, removed, back = versions(index)
    assert "removal_noticed_at" not in visible
    assert unavailable["last_seen_at"] == removed["last_seen_at"] == instant(DAY + HOURS), (
        "the stopped capture saw nothing"
    )
    assert unavailable["removal_noticed_at"] == removed["removal_noticed_at"] == instant(DAY + 3 * HOURS)
    assert "removal_noticed_at" not in back
    assert back["retention_trigger"] == "still published"


def test_what_was_not_seen_where_it_was_expected_keeps_when_it_was_seen_last(
    building: Building, index: Index
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "published_at": DAY - timedelta(days=90)}], at=DAY)
    building.capture("news", at=DAY + HOURS)
    building.capture("news", at=DAY + 2 * HOURS, window="recent", since=DAY - timedelta(days=30))
    building.capture("news", at=DAY + 3 * HOURS, missing=[POST])
    index.catch_up()
    [missing] = versions(index)
    assert missing["last_seen_at"] == instant(DAY + HOURS), "the recent window did not cover it"
    building.capture("news", at=DAY + 4 * HOURS, returned=[POST])
    index.catch_up()
    [back] = versions(index)
    finals = index.marks().finals("wordpress", "news")
    assert "last_seen_at" not in back
    assert watermarks.last_seen(back, finals) == instant(DAY + 4 * HOURS)


def test_catching_up_bit_by_bit_rebuilding_and_replaying_give_the_same(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    monkeypatch.setattr(indexer, "WINDOW", 90)  # many windows
    told = list(story(300, segment=40))
    for part in told:
        building.tell([part])
        if part.final:
            index.catch_up()
    bit_by_bit = everything(index)
    assert len(bit_by_bit) == 300
    name, marks = watermarks.read(index.client, index.alias)
    marks.chains.clear()
    watermarks.write(index.client, name, marks)
    assert index.catch_up().rows == 300
    assert everything(index) == bit_by_bit
    index.rebuild()
    assert everything(index) == bit_by_bit
    assert watermarks.read(index.client, index.alias)[0] != name
    assert not index.client.indices.exists(index=name)
    current = {(d["account"], d["record_id"]) for d in bit_by_bit.values() if d["current"]}
    records_there = {(d["account"], d["record_id"]) for d in bit_by_bit.values() if not d["late_arrival"]}
    assert sum(d["current"] for d in bit_by_bit.values()) == len(current) == len(records_there)


def test_a_killed_rebuild_goes_on_where_it_stopped(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(300, segment=30))
    index.catch_up()
    monkeypatch.setattr(indexer, "WINDOW", 60)
    settled = 0

    class KilledError(Exception):
        pass

    def stop(done: int, of: int) -> None:
        nonlocal settled
        settled = done
        if done > of / 2:
            raise KilledError

    with pytest.raises(KilledError):
        index.rebuild(stop)
    assert len(everything(index)) == 300, "the old index serves"
    assert index.rebuild().rows == 300 - settled
    assert len(everything(index)) == 300


def test_a_first_rebuild_that_was_killed_is_taken_up_by_the_next_capture(
    building: Building, index: Index
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)

    class KilledError(Exception):
        pass

    def die(_: int, __: int) -> None:
        raise KilledError

    with pytest.raises(KilledError):
        index.rebuild(die)
    building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    assert index.catch_up().rows == 1
    assert [d["text"] for d in versions(index)] == ["Snow", "Ice"]


def test_an_index_that_would_hold_less_is_not_put_in_force(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    [entry] = building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    index.catch_up()
    building.derived.delete(records.key_of("g1", entry.body, entry.number))
    with pytest.raises(ArchiveError, match="entry 2 of capture/wordpress/news"):
        index.rebuild()
    assert [d["text"] for d in versions(index)] == ["Snow", "Ice"], "the old index stays in use"


def test_the_old_index_serves_and_takes_captures_during_a_rebuild(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    other = Index(building.settings, building.archive, building.derived)

    def capture_meanwhile(_: int, __: int) -> None:
        building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
        other.catch_up()

    index.rebuild(capture_meanwhile)
    assert [d["text"] for d in versions(index)] == ["Snow", "Ice"]
    assert other.catch_up().rows == 0


def test_of_two_rebuilds_at_once_neither_fails(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both fill the same index; the second to put it in force finds the old one removed."""
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    other = Index(building.settings, building.archive, building.derived)
    move = type(index.client.indices).update_aliases

    def overtaken(*given: Any, **more: Any) -> Any:
        monkeypatch.undo()
        other.rebuild()
        return move(*given, **more)

    monkeypatch.setattr(type(index.client.indices), "update_aliases", overtaken)
    assert index.rebuild().rows == 1
    assert [d["text"] for d in versions(index)] == ["Snow"]
    assert index._in_force() == other._in_force() == [f"{index.alias}-000002"]
    other.client.close()


def test_a_writer_whose_index_was_replaced_never_makes_one(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    old = watermarks.read(index.client, index.alias)[0]
    index.rebuild()
    with Loader(index.client, f"{old}.own") as loader, pytest.raises(ServiceUnavailable):
        loader.start([("x", 1, {"record_id": "x"})]).finish()
    assert not index.client.indices.exists(index=[old, f"{old}.own"])


def test_what_is_refused_is_told_without_what_stands_in_it(building: Building, index: Index) -> None:
    """Logs and receipts repeat it."""
    building.register(account("news", "wordpress"))
    index.catch_up()
    name = watermarks.read(index.client, index.alias)[0]
    with (
        Loader(index.client, f"{name}.own") as loader,
        pytest.raises(ArchiveError, match="at its field published_at") as refused,
    ):
        loader.start([("x", 1, {"record_id": "x", "published_at": "somebody's words"})]).finish()
    assert "words" not in str(refused.value)


def test_many_fillers_at_once_lose_and_double_nothing(building: Building, index: Index) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(200, segment=30))
    fillers = [Index(building.settings, building.archive, building.derived) for _ in range(4)]
    threads = [threading.Thread(target=filler.catch_up) for filler in fillers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    index.catch_up()
    at_once = everything(index)
    index.rebuild()
    assert everything(index) == at_once
    assert len(at_once) == 200


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda stored: stored[:100],
    "its first page has no head": lambda stored: stored[:4] + b"\xff" + stored[5:],
    "a word is another": lambda stored: stored.replace(b"Ice", b"Ide"),
}


@pytest.mark.parametrize("damage", [None, *DAMAGES])
def test_a_chain_waits_for_rows_that_cannot_be_read_and_no_other_does(
    building: Building, index: Index, damage: str | None
) -> None:
    """A crash left them out, or their file is damaged."""
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    [entry] = building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    building.capture("news", [{"record_id": POST, "text": "Hail"}], at=DAY + 2 * HOURS)
    building.capture("other", [{"record_id": "wordpress:x/posts/2"}], at=DAY)
    key = records.key_of("g1", entry.body, entry.number)
    stored = building.derived.get(key)
    building.derived.delete(key)
    if damage is not None:
        assert DAMAGES[damage](stored) != stored
        assert building.derived.put_new(key, DAMAGES[damage](stored))
    report = index.catch_up()
    assert (report.waiting, report.rows) == ({"capture/wordpress/news": 2}, 2)
    assert [d["current"] for d in versions(index)] == [True]
    building.derived.delete(key)
    building.derived.put_new(key, stored)
    report = index.catch_up()
    assert (report.waiting, report.rows) == ({}, 2)
    assert [d["text"] for d in versions(index)] == ["Snow", "Ice", "Hail"]


def test_merged_files_are_read_where_they_cover(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    for name in ("news", "other"):
        for n in range(3):
            building.capture(name, [{"record_id": POST, "text": f"{name} {n}"}], at=DAY + n * HOURS)
    keys = [
        k for k in building.derived.keys("records/g1/captured=") if k.endswith(("-1.parquet", "-2.parquet"))
    ]
    files = records.file_system(building.settings)
    table = ds.dataset(
        [f"{building.derived.bucket}/{k}" for k in keys], schema=records.schema(), filesystem=files
    ).to_table()
    covered = {"news": 2, "other": 2}
    table = table.filter(ds.field("ledger_number") <= 2)
    assert building.derived.put_new("records/g1/merged/x.parquet", records.encode(table))
    assert records.publish(building.derived, records.Catalog("g1", ("records/g1/merged/x.parquet",), covered))
    for key in keys:
        building.derived.delete(key)
    assert index.catch_up().rows == 6
    assert [d["text"] for d in versions(index)] == ["news 0", "news 1", "news 2"]
    building.derived.delete("records/g1/merged/x.parquet")
    assert building.derived.put_new("records/g1/merged/x.parquet", b"cut by a failing disk")
    with pytest.raises(ArchiveError, match=r"a file of rows is damaged.*Run `recordroom rebuild records`"):
        index.rebuild()
    assert [d["text"] for d in versions(index)] == ["news 0", "news 1", "news 2"]


def test_a_catch_up_goes_on_in_the_index_that_a_rebuild_puts_in_force_meanwhile(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elasticsearch reports that no document of the removed index exists, and a complete index must be
    rebuilt.
    """
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    find = Loader.find

    def replaced(loader: Loader, ids: list[str]) -> dict[str, Any]:
        monkeypatch.setattr(Loader, "find", find)
        Index(building.settings, building.archive, building.derived).rebuild()
        return find(loader, ids)

    monkeypatch.setattr(Loader, "find", replaced)
    index.catch_up()
    assert [(d["text"], d["current"]) for d in versions(index)] == [("Snow", False), ("Ice", True)]


def test_a_new_series_in_the_register_reaches_every_document(building: Building, index: Index) -> None:
    building.register(
        account("news", "wordpress", series="OLD"), account("other", "wordpress", series="KEPT")
    )
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    building.capture("other", [{"record_id": POST}], at=DAY)
    index.catch_up()
    building.register(
        account("news", "wordpress", series="NEW"), account("other", "wordpress", series="KEPT")
    )
    assert index.catch_up().documents == 2, "the other account is left alone"
    assert [d["series"] for d in versions(index)] == ["NEW", "NEW"]
    assert [d["current"] for d in versions(index)] == [False, True]


def test_documents_are_derived_again_only_if_the_register_or_the_ledger_changed(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived = []

    def spy(refresh: Refresh, account: str, *rest: Any) -> int:
        derived.append(account)
        return run(refresh, account, *rest)

    run = Refresh.run
    monkeypatch.setattr(Refresh, "run", spy)
    building.register(account("news", "wordpress", series="GS50-1"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    building.capture("news", [{"record_id": POST, "text": "Ice"}], at=DAY + HOURS)
    index.catch_up()
    assert derived == []
    building.register(account("news", "wordpress", series="GS50-2"))
    index.catch_up()
    assert derived == ["news"]
    index.catch_up()
    assert derived == ["news"]


def test_a_new_series_reaches_what_a_later_capture_touched_too(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long chain is read in windows: what a later one has to change is taken from the index, as it was
    folded before.
    """
    monkeypatch.setattr(indexer, "WINDOW", 1)
    building.register(account("news", "wordpress", series="OLD"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    building.capture("news", at=DAY + HOURS)
    building.capture("news", at=DAY + 2 * HOURS, missing=[POST])
    index.catch_up()
    for series in ("NEW", None):
        building.register(account("news", "wordpress", series=series))
        index.catch_up()
        [document] = versions(index)
        assert (document.get("series"), "last_seen_at" in document) == (series, True)


def test_the_marks_of_many_accounts_are_stored_at_once(building: Building, index: Index) -> None:
    """Each time that they are stored changes the state of the cluster."""

    def count_changes() -> int:
        [found] = index.client.cluster.state(metric="metadata", index=index.alias)["metadata"][
            "indices"
        ].values()
        return int(found["mapping_version"])

    for series in (None, "NEW"):
        building.register(*(account(name, "wordpress", series=series) for name in ("a", "b", "c")))
        for name in ("a", "b", "c") if series is None else ():
            building.capture(name, [{"record_id": f"wordpress:{name}/posts/1"}], at=DAY)
        before = count_changes() if series else 1  # a new index has the first
        index.catch_up()
        assert count_changes() == before + 1
        assert {mark.account.series for mark in index.marks().chains.values()} == {series}
    index.catch_up()
    assert count_changes() == 3, "nothing is new"


def test_an_index_of_another_mapping_is_named_and_rebuilt(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST}], at=DAY)
    assert index.needs_rebuild()
    index.catch_up()
    assert not index.needs_rebuild()
    monkeypatch.setattr(mapping, "digest", lambda: "another")
    assert index.needs_rebuild()
    with pytest.raises(ArchiveError, match="rebuild index"):
        index.catch_up()
    index.rebuild()
    assert index.catch_up().rows == 0


def test_long_odd_and_hostile_content_is_indexed(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    long = "x" * 40_000
    rows: list[dict[str, Any]] = [
        {
            "record_id": f"wordpress:x/posts/{long}",
            "text": long,
            "url": long,
            "tags": [long, ""],
            "text_html": "<p>" * 50_000,
        },
        {
            "record_id": "wordpress:x/posts/2",
            "text": "word " * 100_000 + "\x00 \u202ecba\u202c",
            "author_name": "\U0001d400\U0001d401",
        },
        {
            "record_id": "wordpress:x/posts/3",
            "text": "",
            "title": None,
            "counts": {"likes": 2**62, "shares": None},
            "published_at": None,
        },
        {
            "record_id": "wordpress:x/posts/4",
            "media": [media(b"1", "a", alt_text="\ufb01re\u200b drill"), media(b"2", "b", alt_text=" ")],
        },
    ]
    building.capture("news", rows, at=DAY)
    assert index.catch_up().documents == 4
    [pictures] = [d for d in everything(index).values() if d["record_id"].endswith("/4")]
    assert pictures["media_without_text"] == 1
    assert id_of("news", "wordpress:x/posts/4", 1) in everything(index)


def test_elasticsearch_away_is_said_in_words(building: Building) -> None:
    building.settings = building.settings.model_copy(update={"elasticsearch_url": "http://127.0.0.1:9"})
    away = Index(building.settings, building.archive, building.derived)
    with pytest.raises(ServiceUnavailable, match="cannot be reached"):
        away.catch_up()
