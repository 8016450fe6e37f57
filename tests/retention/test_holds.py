"""Legal holds: what they cover, in any version, from the first entry on, whoever writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from recordroom import clock
from recordroom.archive.ledger import Ledger
from recordroom.errors import NotThere, QueryError, UsageError
from recordroom.jobs import holds as jobs
from recordroom.records import holds
from recordroom.records.holds import HoldOrder
from recordroom.retention import hold_entries, ledger
from recordroom.retention.holds import LITIGATION, OTHER, REQUEST, Hold, HoldScope
from recordroom.search.access import Viewer
from recordroom.search.index import indexer
from recordroom.search.index.indexer import Index
from recordroom.search.index.retention import Deriver
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.verifier.agreement import broken_schemas
from tests.viewers import officer

A, B, REPLY, OTHER_POST = "wordpress:x/1", "wordpress:x/2", "wordpress:x/3", "mastodon:y/1"
HOUR = timedelta(hours=1)
Held = Callable[[], set[str]]


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    """Two accounts: posts, a reply that was edited, a post without a time, and one in another account."""
    building.enrol(account("news", "wordpress"), account("social", "mastodon"))
    building.capture(
        "news",
        [
            {"record_id": A, "text": "snow", "author_id": "ana", "published_at": DAY - 48 * HOUR},
            {"record_id": B, "text": "ice", "author_id": "ben", "published_at": None},
            {"record_id": REPLY, "text": "hail", "root_id": A, "parent_id": A, "kind": "comment",
             "author_id": "cy", "published_at": DAY - 24 * HOUR},
        ],
        at=DAY,
    )  # fmt: skip
    building.capture("news", [{"record_id": REPLY, "text": "sleet", "edited_at": DAY}], at=DAY + HOUR)
    building.capture("social", [{"record_id": OTHER_POST, "text": "snow", "author_id": "ana"}], at=DAY)
    index.catch_up()
    found = Searcher(building.settings, building.archive, building.derived)
    with closing(found.client):
        yield found


@pytest.fixture
def held(index: Index) -> Held:
    """The records that the index has on hold after it caught up; every version agrees."""

    def read() -> set[str]:
        index.catch_up()
        found: dict[str, set[bool]] = {}
        for hit in index.client.search(index=index.alias, size=1_000)["hits"]["hits"]:
            found.setdefault(hit["_source"]["record_id"], set()).add(hit["_source"]["on_hold"])
        assert all(len(values) == 1 for values in found.values()), found
        return {name for name, values in found.items() if values == {True}}

    return read


def place(searcher: Searcher, scope: HoldScope, **more: Any) -> Hold:
    order = HoldOrder("Smith v. District", more.pop("kind", OTHER), scope, "a claim", **more)
    return holds.place(searcher, order, officer(searcher))


def broken_entries(searcher: Searcher) -> list[str]:
    """Problems of the entries of the ledger by their schemas."""
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert keys
    return broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys})


@pytest.mark.parametrize(
    ("scope", "wanted"),
    [
        (HoldScope(records=frozenset({A})), {A}),
        (HoldScope(conversations=frozenset({A})), {A, REPLY}),
        (HoldScope(authors=frozenset({("wordpress", "ana")})), {A}),
        (HoldScope(authors=frozenset({("mastodon", "ana")})), {OTHER_POST}),
        (HoldScope(accounts=frozenset({"social"})), {OTHER_POST}),
        (HoldScope(everything=True), {A, B, REPLY, OTHER_POST}),
        (HoldScope(accounts=frozenset({"news"}), to=DAY - 36 * HOUR), {A, B}),  # B has no time
        (HoldScope(accounts=frozenset({"news"}), from_=DAY - HOUR), {B, REPLY}),  # the reply was edited then
        (HoldScope(from_=DAY - 30 * HOUR, to=DAY - 20 * HOUR, accounts=frozenset({"news"})), {B, REPLY}),
        (HoldScope(records=frozenset({B}), accounts=frozenset({"social"})), {B, OTHER_POST}),
    ],
)
def test_a_hold_covers_its_scope_and_ends_with_its_release(
    searcher: Searcher, held: Held, scope: HoldScope, wanted: set[str]
) -> None:
    hold = place(searcher, scope)
    assert held() == wanted
    holds.release(searcher, hold.id, "settled", officer(searcher))
    assert held() == set()


def test_two_holds_release_one_by_one(searcher: Searcher, held: Held) -> None:
    first = place(searcher, HoldScope(records=frozenset({A})))
    place(searcher, HoldScope(accounts=frozenset({"news"})))
    holds.release(searcher, first.id, "settled", officer(searcher))
    assert held() == {A, B, REPLY}


def test_a_query_finds_any_version_and_what_it_was_not_asked_about_is_held(
    searcher: Searcher, held: Held, building: Building, index: Index
) -> None:
    hold = place(searcher, HoldScope(accounts=frozenset({"news"}), query="hail OR snow"))
    assert held() == {A, B, REPLY}, "the query was not asked yet"
    assert jobs.ask_queries(index, searcher.archive).entries == 1
    assert held() == {A, REPLY}, "hail is only in the first version of the reply"
    assert jobs.ask_queries(index, searcher.archive).entries == 0

    building.capture("news", [{"record_id": "wordpress:x/9", "text": "sun"}], at=DAY + 2 * HOUR)
    assert held() == {A, REPLY, "wordpress:x/9"}, "a new record is held until the query was asked about it"
    jobs.ask_queries(index, searcher.archive)
    assert held() == {A, REPLY}
    building.capture("news", [{"record_id": B, "text": "snow too"}], at=DAY + 3 * HOUR)
    index.catch_up()
    jobs.ask_queries(index, searcher.archive)
    building.capture("news", [{"record_id": B, "text": "ice again"}], at=DAY + 4 * HOUR)
    index.catch_up()
    jobs.ask_queries(index, searcher.archive)
    assert held() == {A, REPLY, B}, "what the query once found stays"
    assert set(searcher.retention.refresh().holds[hold.id].caught) == {A, REPLY, B}
    index.rebuild()
    assert held() == {A, REPLY, B}


def test_the_query_may_find_another_version_than_the_one_in_the_dates(
    searcher: Searcher, held: Held, index: Index
) -> None:
    """The edit, which is in the dates, removed the word."""
    place(searcher, HoldScope(accounts=frozenset({"news"}), from_=DAY - HOUR, query="hail OR snow"))
    jobs.ask_queries(index, searcher.archive)
    assert held() == {REPLY}


def test_a_query_that_can_no_longer_be_asked_holds_everything_in_its_scope(
    searcher: Searcher, held: Held, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(searcher, HoldScope(accounts=frozenset({"news"}), query="snow"))
    jobs.ask_queries(index, searcher.archive)
    assert held() == {A}
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "read", lambda text: (_ for _ in ()).throw(QueryError("cannot be read", text, 0)))
        hold = next(iter(searcher.retention.refresh().holds.values()))
        again = holds.change(searcher, hold.id, hold.scope, "review", officer(searcher))
        report = jobs.ask_queries(index, searcher.archive)
        assert "keeps everything" in report.problems[0]
        assert jobs.ask_queries(index, searcher.archive).entries == 0, "the same problem is stored once"
    assert held() == {A, B, REPLY}
    assert searcher.retention.refresh().holds[again.id].problem
    jobs.ask_queries(index, searcher.archive)
    assert held() == {A}


def test_a_hold_that_is_changed_while_its_query_is_asked_keeps_what_the_query_found(
    searcher: Searcher, held: Held, building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another day for the review has the same scope, and the query starts again."""
    hold = place(searcher, HoldScope(accounts=frozenset({"news"}), query="hail OR snow"))
    jobs.ask_queries(index, searcher.archive)
    building.capture("news", [{"record_id": "wordpress:x/9", "text": "sun"}], at=DAY + 2 * HOUR)
    index.catch_up()
    real = jobs._find_records

    def late(*given: Any) -> set[str]:
        found = real(*given)
        holds.change(searcher, hold.id, hold.scope, "review", officer(searcher), review_on=date(2099, 1, 1))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "_find_records", late)
        jobs.ask_queries(index, searcher.archive)
    assert held() >= {A, REPLY}
    jobs.ask_queries(index, searcher.archive)
    assert held() == {A, REPLY}


def test_a_hold_that_is_placed_while_a_capture_is_indexed_reaches_what_it_wrote(
    searcher: Searcher, building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The indexer read the ledger before the hold, and writes a record that the hold covers."""
    building.capture("news", [{"record_id": "wordpress:x/9", "text": "snow"}], at=DAY + 2 * HOUR)
    real = Deriver
    placed: list[Hold] = []

    class Late(real):  # type: ignore[misc, valid-type]
        def apply(self, documents: Any) -> None:
            super().apply(documents)
            if not placed:
                placed.append(place(searcher, HoldScope(records=frozenset({"wordpress:x/9"}))))

    monkeypatch.setattr(indexer, "Deriver", Late)
    index.catch_up()
    [hit] = index.client.search(index=index.alias, query={"term": {"record_id": "wordpress:x/9"}})["hits"][
        "hits"
    ]
    assert placed
    assert hit["_source"]["on_hold"] is True


def test_a_slower_writer_that_overwrites_a_document_at_the_same_version_leaves_its_hold(
    searcher: Searcher, building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It folded the document before the hold; meanwhile another writer wrote it with the hold."""
    record = "wordpress:x/9"
    building.capture("news", [{"record_id": record, "text": "snow"}], at=DAY + 2 * HOUR)
    real = Deriver
    seen: list[tuple[int, bool]] = []  # version, on hold: before the slower one writes, and after

    def look() -> None:
        client = index.client
        client.indices.refresh(index=index.alias)
        found = client.search(index=index.alias, query={"term": {"record_id": record}}, version=True)
        [hit] = found["hits"]["hits"]
        seen.append((hit["_version"], hit["_source"]["on_hold"]))

    class Slow(real):  # type: ignore[misc, valid-type]
        def apply(self, documents: Any) -> None:
            super().apply(documents)
            if not seen:
                monkeypatch.setattr(indexer, "Deriver", real)
                place(searcher, HoldScope(records=frozenset({record})))
                building.index()
                look()

    monkeypatch.setattr(indexer, "Deriver", Slow)
    index.catch_up()
    look()
    (version, held), after = seen
    assert held
    assert after == (version, True)


def test_narrowing_keeps_the_earlier_scope_in_the_ledger(searcher: Searcher, held: Held) -> None:
    hold = place(searcher, HoldScope(accounts=frozenset({"news"})), kind=REQUEST, request="2026-14")
    narrowed = holds.change(
        searcher, hold.id, HoldScope(records=frozenset({A})), "only the snow post", officer(searcher)
    )
    assert held() == {A}
    assert (narrowed.earlier, narrowed.changes[0].reason) == ((hold.scope,), "only the snow post")


MANY = frozenset({A, B, *(f"wordpress:x/posts/{n}" for n in range(hold_entries.MOST_IDS))})


def test_an_acknowledgment_counts_until_the_scope_changes(searcher: Searcher) -> None:
    news = HoldScope(accounts=frozenset({"news"}), query="snow")
    hold = place(searcher, news)
    holds.acknowledge(searcher, hold.id, "news", officer(searcher))
    day = clock.today() + timedelta(days=9)
    same = holds.change(searcher, hold.id, news, "another day", officer(searcher), review_on=day)
    assert (list(same.acknowledged), same.review_on) == (["news"], day)
    wider = HoldScope(accounts=frozenset({"news"}))
    changed = holds.change(searcher, hold.id, wider, "more", officer(searcher))
    assert (list(changed.acknowledged), list(changed.acknowledged_before)) == ([], ["news"])
    again = holds.acknowledge(searcher, hold.id, "news", officer(searcher))
    assert list(again.acknowledged) == ["news"]
    with pytest.raises(UsageError, match="does not cover this account"):
        holds.acknowledge(searcher, hold.id, "social", officer(searcher))


def test_a_change_that_is_stopped_frees_nothing(
    searcher: Searcher, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = place(searcher, HoldScope(records=MANY))
    real, stored = holds._append, list[str]()

    def stop(*given: Any, **more: Any) -> Any:
        if stored:
            raise KeyboardInterrupt
        stored.append(given[1])
        return real(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(holds, "_append", stop)
        with pytest.raises(KeyboardInterrupt):
            holds.change(searcher, hold.id, HoldScope(records=MANY - {B}), "less", officer(searcher))
    assert stored == [hold_entries.CHANGED]
    found = searcher.retention.refresh().holds[hold.id]
    assert (found.scope.records, found.changes) == (MANY, ())
    assert held() == {A, B}
    changed = holds.change(searcher, hold.id, HoldScope(records=MANY - {B}), "less", officer(searcher))
    assert (changed.scope.records, changed.earlier) == (MANY - {B}, (HoldScope(records=MANY),))
    assert held() == {A}


def test_two_changes_at_once_cover_at_least_the_later_one(searcher: Searcher) -> None:
    hold = place(searcher, HoldScope(records=MANY))
    entries = [(1, "a1"), (1, "b1"), (2, "a2"), (2, "b2")]
    for part, record in entries:
        body = {"act_id": hold.id, "part": part, "parts": 2, "reason": "x", "scope": {"records": [record]}}
        ledger.append(searcher.archive, hold_entries.CHANGED, lambda _, body=body: body)  # type: ignore[misc]
    assert searcher.retention.refresh().holds[hold.id].scope.records >= {"b1", "b2"}


def test_many_ids_take_several_entries_and_each_counts(searcher: Searcher, held: Held) -> None:
    many = {f"wordpress:z/{n}" for n in range(2 * hold_entries.MOST_IDS)} | {A}
    hold = place(searcher, HoldScope(records=frozenset(many)))
    entries = list(Ledger(searcher.archive, ledger.NAME).entries())
    assert [entry.body["part"] for entry in entries] == [1, 2, 3]
    assert {entry.body["act_id"] for entry in entries} == {hold.id}
    assert all(len(entry.body["scope"]["records"]) <= hold_entries.MOST_IDS for entry in entries)
    assert hold.scope.records == many
    assert held() == {A}
    assert broken_entries(searcher) == []


def test_every_entry_follows_its_schema_and_the_archive_verifies(searcher: Searcher, index: Index) -> None:
    who = officer(searcher)
    hold = place(
        searcher,
        HoldScope(
            accounts=frozenset({"news"}), from_=DAY - 72 * HOUR, to=DAY, authors=frozenset({("x", "1")}),
            conversations=frozenset({A}),
        ),
        kind=REQUEST, request="2026-14", review_on=date(2099, 1, 1),
    )  # fmt: skip
    holds.acknowledge(searcher, hold.id, "news", who)
    holds.change(searcher, hold.id, HoldScope(query="snow"), "narrowed", who, review_on=date(2099, 2, 1))
    jobs.ask_queries(index, searcher.archive)
    holds.close_request(searcher, hold.id, date(2026, 11, 1), who)
    released = holds.release(searcher, hold.id, "a year has passed", who, counsel="Ana Reyes")
    assert (released.closed_on, released.review_on) == (date(2026, 11, 1), date(2099, 2, 1))
    assert list(released.acknowledged_before) == ["news"]
    assert released.released is not None
    assert released.released.counsel == "Ana Reyes"
    types = [entry.type for entry in Ledger(searcher.archive, ledger.NAME).entries()]
    assert types == [
        "hold", "hold-acknowledged", "hold-changed", "hold-caught", "hold-request-closed", "hold-released",
    ]  # fmt: skip
    assert broken_entries(searcher) == []


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"scope": HoldScope()}, "covers nothing"),
        ({"scope": HoldScope(accounts=frozenset({"nobody"}))}, "no account 'nobody'"),
        ({"scope": HoldScope(query="snwo~")}, "similar words"),
        ({"scope": HoldScope(query="eligible_on:>2027-01-01")}, "changes by itself"),
        ({"scope": HoldScope(query="on_hold:false")}, "changes by itself"),
        ({"scope": HoldScope(query="retention_status:eligible")}, "changes by itself"),
        ({"scope": HoldScope(query="current:true")}, "changes by itself"),
        ({"scope": HoldScope(from_=DAY, to=DAY - HOUR)}, "From is after To"),
        ({"kind": "whim"}, "no kind of hold 'whim'"),
        ({"kind": REQUEST}, "number of the records request"),
        ({"kind": REQUEST, "request": "1", "scope": HoldScope(records=frozenset({A}))}, "whole accounts"),
        ({"kind": REQUEST, "request": "1", "scope": HoldScope(query="snow")}, "whole accounts"),
        ({"title": " "}, "title is missing"),
        ({"title": "x" * 201}, "201 characters"),
        ({"reason": ""}, "reason is missing"),
        ({"review_on": date(2020, 1, 1)}, "not in the future"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_a_remedy(
    searcher: Searcher, order: dict[str, Any], words: str
) -> None:
    given: dict[str, Any] = {
        "title": "Title",
        "kind": OTHER,
        "scope": HoldScope(everything=True),
        "reason": "why",
    } | order
    with pytest.raises(UsageError, match=words) as caught:
        holds.place(searcher, HoldOrder(**given), officer(searcher))
    assert caught.value.mend
    assert searcher.retention.refresh().tail.number == 0


def test_a_query_that_cannot_be_read_is_refused(searcher: Searcher) -> None:
    with pytest.raises(QueryError):
        place(searcher, HoldScope(query="snow AND ("))


def test_a_release_for_litigation_names_counsel_and_happens_once(searcher: Searcher) -> None:
    hold = place(searcher, HoldScope(everything=True), kind=LITIGATION)
    with pytest.raises(UsageError, match="must name counsel"):
        holds.release(searcher, hold.id, "settled", officer(searcher))
    holds.release(searcher, hold.id, "settled", officer(searcher), counsel="Ana Reyes")
    with pytest.raises(UsageError, match="was released already"):
        holds.release(searcher, hold.id, "again", officer(searcher), counsel="Ana Reyes")
    with pytest.raises(NotThere):
        holds.release(searcher, "0" * 32, "why", officer(searcher))


def test_a_confidential_hold_is_read_by_who_placed_it_and_by_counsel(searcher: Searcher) -> None:
    hold = place(searcher, HoldScope(everything=True), confidential=True)
    other = Viewer("other@example", (), False, sees_matters=False, snapshot=officer(searcher).snapshot)
    counsel = Viewer("counsel@example", (), False, sees_matters=True, snapshot=other.snapshot)
    assert not holds.may_read(hold, other)
    assert holds.may_read(hold, counsel)
    with pytest.raises(NotThere):
        holds.release(searcher, hold.id, "why", other)


def test_an_account_that_the_person_may_not_see_is_no_account(searcher: Searcher) -> None:
    blind = Viewer("x@example", ("news",), False, sees_matters=False, snapshot=officer(searcher).snapshot)
    order = HoldOrder("Title", OTHER, HoldScope(accounts=frozenset({"news"})), "why")
    with pytest.raises(UsageError, match="no account 'news'"):
        holds.place(searcher, order, blind)


def test_each_act_is_in_the_audit_before_it_is_done(searcher: Searcher, building: Building) -> None:
    hold = place(searcher, HoldScope(accounts=frozenset({"news"})))
    holds.acknowledge(searcher, hold.id, "news", officer(searcher))
    holds.release(searcher, hold.id, "settled", officer(searcher))
    text = "".join(
        path.read_text("utf-8") for path in Path(building.settings.journal).rglob("*") if path.is_file()
    )
    for event in ('"hold"', '"hold acknowledged"', '"hold released"'):
        assert event in text
    assert "settled" not in text, "only the ledger has the reason"


def test_hostile_text_is_stored_as_it_is(searcher: Searcher, held: Held) -> None:
    words = "'; DROP TABLE rows; -- \x1b[31m <script>"
    scope = HoldScope(
        records=frozenset({words}),
        authors=frozenset({("x'", words)}),
        from_=datetime(1, 1, 2, tzinfo=DAY.tzinfo),
    )
    hold = place(searcher, scope)
    assert hold.scope == scope
    assert held() == {A, B, REPLY, OTHER_POST}
