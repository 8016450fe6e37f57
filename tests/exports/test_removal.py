"""The file of an export is removed: by whom, when by itself, and what a worker or a night that was stopped
cannot undo.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from recordroom.archive.audit.journal import Journal
from recordroom.archive.ledger import Ledger, list_ledgers
from recordroom.canonical import encode_canonical
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.exports import orders, removal, worker
from recordroom.exports.orders import DONE, FAILED, REMOVED, REMOVING, RUNNING, ExportSpec, Order, Progress
from recordroom.exports.worker import make_order
from recordroom.model import instant
from recordroom.records import holds
from recordroom.records.holds import HoldOrder
from recordroom.retention.holds import OTHER, HoldScope
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.viewers import officer

pytestmark = pytest.mark.thorough


@pytest.fixture
def searcher(building: Building, index: Index) -> Searcher:
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow day"}], at=DAY)
    index.catch_up()
    return Searcher(building.settings, building.archive, building.derived)


def made(building: Building) -> Order:
    spec = ExportSpec("snow", Filters(), "csv", hidden_accounts=())
    order = orders.place_order(building.derived, orders.draft_order(spec, "officer"))
    make_order(building.settings, order.id)
    return order


def last_heard_of(building: Building, order: Order, days: int) -> None:
    """As if that had been so long ago."""
    at = instant(datetime.now(UTC) - timedelta(days=days))
    rewritten(building, order.key("progress.json"), lambda told: told | {"at": at})


def rewritten(building: Building, key: str, to: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    there = building.derived.find_tagged(key)
    assert there
    assert building.derived.replace(key, encode_canonical(to(orjson.loads(there[0]))), there[1])


def is_there(building: Building, order: Order) -> bool:
    return building.derived.head(order.zip_key) is not None


def audited(building: Building) -> list[dict[str, Any]]:
    entries = [
        e
        for name in list_ledgers(building.archive, "audit/")
        for e in Ledger(building.archive, name).entries()
    ]
    return [event for entry in entries for event in entry.body["events"] if event["type"] == "export removed"]


def test_a_file_that_a_hold_may_cover_is_kept_until_its_release(
    building: Building, searcher: Searcher
) -> None:
    order = made(building)
    last_heard_of(building, order, 31)
    scope = HoldScope(accounts=frozenset({"news"}))
    hold = holds.place(searcher, HoldOrder("Smith", OTHER, scope, "a claim"), officer(searcher))
    assert removal.remove_old_files(searcher, 30) == (0, 0, 0, 1)
    with pytest.raises(UsageError, match="a legal hold may cover"):
        removal.remove_file(searcher, order, "officer")
    assert is_there(building, order)
    holds.release(searcher, hold.id, "settled", officer(searcher))
    assert removal.remove_old_files(searcher, 30) == (1, 0, 0, 0)
    assert not is_there(building, order)


def test_a_hold_on_other_accounts_keeps_only_exports_that_may_have_them(searcher: Searcher) -> None:
    news, everything = (
        orders.draft_order(ExportSpec("", filters, "csv", hidden_accounts=()), "officer")
        for filters in (Filters(account=("news",)), Filters())
    )
    holds.place(
        searcher,
        HoldOrder("Smith", OTHER, HoldScope(authors=frozenset({("x", "1")})), "why"),
        officer(searcher),
    )
    assert removal.is_held(searcher, news), "an author may be in any account"
    [hold] = searcher.retention.refresh().holds.values()
    holds.change(searcher, hold.id, HoldScope(accounts=frozenset({"other"})), "narrowed", officer(searcher))
    assert not removal.is_held(searcher, news)
    assert removal.is_held(searcher, everything)


def test_by_itself_only_what_is_older_than_the_setting_says_and_never_without_it(
    building: Building, searcher: Searcher
) -> None:
    old, young = made(building), made(building)
    last_heard_of(building, old, 31)
    last_heard_of(building, young, 29)
    assert removal.remove_old_files(searcher, None) == (0, 0, 0, 0)
    assert removal.remove_old_files(searcher, 30) == (1, 0, 0, 0)
    assert (is_there(building, old), is_there(building, young)) == (False, True)
    now = orders.read_progress(building.derived, old)
    assert (now.state, now.who, now.result is not None) == (REMOVED, removal.BY_ITSELF, True)
    assert [(event["actor"], event["export"]) for event in audited(building)] == [(removal.BY_ITSELF, old.id)]
    assert removal.remove_old_files(searcher, 30) == (0, 0, 0, 0)
    assert len(audited(building)) == 1


def test_nobody_has_heard_of_it_for_long_and_a_file_lies_there(
    building: Building, searcher: Searcher
) -> None:
    """A worker put it and died; or another one put other bytes, which is a failure."""
    spec = ExportSpec("snow", Filters(), "csv", hidden_accounts=())
    order = orders.place_order(building.derived, orders.draft_order(spec, "officer"))
    building.derived.put_new(order.zip_key, b"of somebody")
    orders.report_progress(building.derived, order, Progress(RUNNING))
    assert removal.remove_old_files(searcher, 1) == (0, 0, 0, 0), "it may be at work"
    orders.report_progress(building.derived, order, Progress(FAILED, message="other bytes"))
    removal.remove_file(searcher, order, "officer")
    assert is_there(building, order), "a person removes what is ready"
    last_heard_of(building, order, 2)
    assert removal.remove_old_files(searcher, 1) == (1, 0, 0, 0)
    assert not is_there(building, order)
    assert make_order(building.settings, order.id) == {}, "no one makes it again"


def test_a_removal_that_was_stopped_is_finished_by_the_next_night(
    building: Building, searcher: Searcher
) -> None:
    order = made(building)
    orders.change_progress(
        building.derived, order, lambda now: Progress(REMOVED, result=now.result, who="officer")
    )
    assert is_there(building, order)
    assert removal.remove_old_files(searcher, None) == (0, 1, 0, 0)
    assert not is_there(building, order)
    assert removal.remove_old_files(searcher, None) == (0, 0, 0, 0)


@pytest.mark.parametrize("meanwhile", [True, False])
def test_one_that_the_archive_was_not_told_of_is_given_to_nobody_and_finished_by_night(
    building: Building, searcher: Searcher, monkeypatch: pytest.MonkeyPatch, *, meanwhile: bool
) -> None:
    """However often it is tried it is one deed, and one event."""
    order = made(building)
    with monkeypatch.context() as patch:
        patch.setattr(
            Journal, "ship", lambda *_: (_ for _ in ()).throw(ServiceUnavailable("the bucket is away", ""))
        )
        with pytest.raises(ServiceUnavailable):
            removal.remove_file(searcher, order, "officer")
        with pytest.raises(ServiceUnavailable):
            removal.remove_old_files(searcher, None)
    assert (orders.read_progress(building.derived, order).state, is_there(building, order)) == (
        REMOVING,
        True,
    )
    removal.remove_file(searcher, order, "somebody else")
    assert is_there(building, order), "one person removes it"
    begun = orders.read_progress(building.derived, order).at
    if meanwhile:  # the room ships each minute
        searcher.journal.ship(building.archive)
    assert removal.remove_old_files(searcher, None) == (0, 1, 0, 0)
    now = orders.read_progress(building.derived, order)
    assert (now.state, now.who, is_there(building, order)) == (REMOVED, "officer", False)
    assert begun
    assert [(event["actor"], event["time"]) for event in audited(building)] == [("officer", instant(begun))]


def test_one_that_another_version_wrote_is_left_and_told_and_stops_no_other(
    building: Building, searcher: Searcher
) -> None:
    foreign, harmed, old = made(building), made(building), made(building)
    for order in (foreign, harmed, old):
        last_heard_of(building, order, 31)
    rewritten(
        building,
        foreign.key("order.json"),
        lambda told: told | {"filters": told["filters"] | {"mood": ["calm"]}},
    )
    rewritten(building, harmed.key("progress.json"), lambda told: told | {"state": "polished"})
    assert removal.remove_old_files(searcher, 30) == (1, 0, 2, 0)
    assert [is_there(building, order) for order in (foreign, harmed, old)] == [True, True, False]


def test_a_worker_that_ends_later_brings_nothing_back(building: Building, searcher: Searcher) -> None:
    order = made(building)
    first = orders.read_progress(building.derived, order).result
    removal.remove_file(searcher, order, "officer")
    # it had begun before
    again = worker.produce_zip(building.settings, building.derived, order, worker.ProgressReporter())
    assert (again, is_there(building, order)) == (first, True)
    orders.report_progress(building.derived, order, Progress(DONE, result=again))
    removal.remove_late_file(building.derived, order)
    assert not is_there(building, order)
    assert orders.read_progress(building.derived, order).who == "officer"


def test_who_is_sent_the_file_while_it_is_removed_gets_it_whole(
    building: Building, searcher: Searcher
) -> None:
    order = made(building)
    whole = building.derived.get(order.zip_key)
    pieces = building.derived.open(order.zip_key, 100)[1]
    first = next(iter(pieces))
    removal.remove_file(searcher, order, "officer")
    assert first + b"".join(pieces) == whole
