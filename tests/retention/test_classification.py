"""Decisions on the series of records: which one wins, when it counts, and who must approve it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from typing import Any

import orjson
import pytest
from elasticsearch.helpers import bulk

from recordroom.archive.ledger import Ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import NotThere, UsageError
from recordroom.records import approvals, classification, holds, quarantine
from recordroom.records.approvals import ChangedMeanwhile
from recordroom.records.classification import ClassificationOrder
from recordroom.records.holds import HoldOrder
from recordroom.retention import decisions, hold_entries, ledger
from recordroom.retention.checks import check_files
from recordroom.retention.decisions import Decision
from recordroom.retention.holds import OTHER, HoldScope
from recordroom.search.filters import Filters
from recordroom.search.index.documents import id_of
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.verifier.agreement import broken_schemas
from tests.viewers import officer, reader

GONE, REPLY, SHOWN, SPAM = (f"wordpress:x/posts/{n}" for n in range(1, 5))
HOUR = timedelta(hours=1)
TODAY = date(2026, 12, 1)
SCHEDULE = """
format: 1
id: local
title: Local
version: "1"
effective_on: "2020-01-01"
source: Board
as_of: "2026-11-24"
series: []
"""


def review(dan: str, period: str, **given: str) -> str:
    """A line of the retention file."""
    fields = {
        "schedule": "local", "version": "'1'", "dan": dan, "title": dan, "trigger": "received or provided",
        "period": period, "action": "destroy", "designation": "nonarchival", "reviewed_by": "Ana Reyes",
        "reviewed_on": "2026-11-30",
    } | given  # fmt: skip
    return f"  - {{{', '.join(f'{name}: {value}' for name, value in fields.items())}}}\n"


FILE = "schedules: [local.yaml]\nseries:\n" + "".join(
    review(dan, period, action=action, designation=designation)
    for dan, period, action, designation in (
        ("TWO", "{years: 2}", "destroy", "nonarchival"), ("SIX", "{years: 6}", "destroy", "nonarchival"),
        ("ARCH", "{years: 1}", "appraise", "archival"), ("PERM", "permanent", "retain permanently", "permanent"),
    )
)  # fmt: skip


Fields = Callable[[str], dict[str, Any]]


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    """A removed post with a removed reply, a published post, and spam; the account's default is TWO."""
    building.enrol(account("news", "wordpress", series="TWO"))
    building.capture(
        "news",
        [
            {"record_id": GONE, "text": "snow", "author_id": "ana", "published_at": DAY},
            {"record_id": REPLY, "text": "ice", "root_id": GONE, "parent_id": GONE, "kind": "comment",
             "author_id": "ben", "published_at": DAY},
            {"record_id": SHOWN, "text": "hail", "published_at": DAY},
            {"record_id": SPAM, "text": "buy", "kind": "comment", "status": "held", "published_at": DAY},
        ],
        at=DAY + HOUR,
    )  # fmt: skip
    later = [{"record_id": one, "status": "removed"} for one in (GONE, REPLY)]
    building.capture("news", [*later, {"record_id": SPAM, "status": "spam"}], at=DAY + 2 * HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE, "utf-8")
    files = check_files(building.settings.retention_file, TODAY)
    assert files.problems == ()
    ledger.apply_policy(building.archive, files)
    index.catch_up()
    found = Searcher(building.settings, building.archive, building.derived)
    with closing(found.client):
        yield found


@pytest.fixture
def fields(index: Index) -> Fields:
    """The retention fields of a record after the index caught up; every version agrees."""

    def read(record_id: str) -> dict[str, Any]:
        index.catch_up()
        query = {"term": {"record_id": record_id}}
        hits = index.client.search(index=index.alias, query=query)["hits"]["hits"]
        names = ("series", "series_decided", "eligible_on", "retention_action")
        found = [{name: hit["_source"].get(name) for name in names} for hit in hits]
        assert all(one == found[0] for one in found)
        return found[0]

    return read


def decide(searcher: Searcher, series: str | None, who: str = "ana@example", **scope: Any) -> Decision:
    lists: dict[str, Any] = {name: frozenset(value) for name, value in scope.items()}
    named = HoldScope(**lists)
    order = ClassificationOrder(series, named, "read it")
    return classification.decide(searcher, order, officer(searcher, who))


def test_a_decision_replaces_the_default_and_ends_with_its_revocation(
    searcher: Searcher, fields: Fields
) -> None:
    assert fields(GONE) == {
        "series": "TWO", "series_decided": False, "eligible_on": "2028-03-03", "retention_action": "destroy",
    }  # fmt: skip
    decision = decide(searcher, "SIX", records=[GONE])
    assert not decision.validity.shortens
    assert fields(GONE) == {
        "series": "SIX", "series_decided": True, "eligible_on": "2032-03-03", "retention_action": "destroy",
    }  # fmt: skip
    assert fields(REPLY)["series"] == "TWO"
    classification.revoke(searcher, decision.id, "a mistake", officer(searcher, "ana@example"))
    assert fields(GONE)["series"] == "SIX", "the default has an earlier date: a second person must approve"
    classification.approve(searcher, decision.id, "agreed", officer(searcher, "ben@example"))
    assert fields(GONE)["series"] == "TWO"
    with pytest.raises(UsageError, match="was revoked already"):
        classification.revoke(searcher, decision.id, "again", officer(searcher))


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ({"conversations": [GONE]}, {GONE, REPLY}),
        ({"authors": [("wordpress", "ben")]}, {REPLY}),
        ({"records": [SHOWN, SPAM]}, {SHOWN, SPAM}),
    ],
)
def test_a_decision_covers_conversations_and_authors(
    searcher: Searcher, fields: Fields, scope: dict[str, Any], covered: set[str]
) -> None:
    decide(searcher, "SIX", **scope)
    assert {one for one in (GONE, REPLY, SHOWN, SPAM) if fields(one)["series_decided"]} == covered


@pytest.mark.parametrize(
    ("decided", "wins"),
    [
        (["TWO", "SIX"], "SIX"), (["SIX", "TWO"], "SIX"), (["SIX", "ARCH"], "ARCH"), (["ARCH", "PERM"], "PERM"),
        (["SIX", None], None), (["PERM", None], None),
    ],
)  # fmt: skip
def test_undetermined_wins_then_archival_then_the_latest_date(
    searcher: Searcher, fields: Fields, decided: list[str | None], wins: str | None
) -> None:
    for number, series in enumerate(decided):
        decision = decide(searcher, series, records=[GONE, SHOWN])
        if decision.validity.shortens:
            classification.approve(searcher, decision.id, "agreed", officer(searcher, f"ben{number}@example"))
    assert fields(GONE)["series"] == fields(SHOWN)["series"] == wins
    assert fields(GONE)["series_decided"] is True


def test_spam_has_a_series_only_after_a_decision(searcher: Searcher, fields: Fields) -> None:
    assert fields(SPAM)["series"] is None
    decide(searcher, "TWO", records=[SPAM])
    assert fields(SPAM)["eligible_on"] == "2028-03-03"


def test_an_earlier_date_counts_after_a_second_person_approved(searcher: Searcher, fields: Fields) -> None:
    decision = decide(searcher, "ARCH", "ana@example", records=[GONE])
    assert decision.validity.shortens
    assert decision.validity.waiting == decision.validity.made
    assert fields(GONE)["series"] == "TWO"
    with pytest.raises(UsageError, match="approved by a second person"):
        classification.approve(searcher, decision.id, "myself", officer(searcher, "ana@example"))
    classification.approve(searcher, decision.id, "agreed", officer(searcher, "ben@example"))
    assert fields(GONE)["series"] == "ARCH"
    with pytest.raises(UsageError, match="needs no approval"):
        classification.approve(searcher, decision.id, "again", officer(searcher, "cy@example"))


def append(searcher: Searcher, type_: str, who: str, **body: Any) -> None:
    """Append an entry as a program of another person could."""
    ledger.append(searcher.archive, type_, lambda _: body, who)


@pytest.mark.parametrize("who", ["ana@example#7", "ana.new.name@example#7"])
def test_an_approval_by_the_same_person_changes_nothing_whoever_wrote_its_entry(
    searcher: Searcher, fields: Fields, who: str
) -> None:
    decision = decide(searcher, "ARCH", "ana@example#7", records=[GONE])
    append(searcher, decisions.APPROVED, who, act_id=decision.id, approves=True)
    assert fields(GONE)["series"] == "TWO"
    append(searcher, decisions.APPROVED, "ben@example#8", act_id=decision.id, approves=True)
    assert fields(GONE)["series"] == "ARCH"
    asked = {"act_id": decision.id, "revokes": True, "reason": "wrong", "shortens": True}
    append(searcher, decisions.REVOKED, "ana@example#7", **asked)
    append(searcher, decisions.APPROVED, who, act_id=decision.id, approves=True)
    assert fields(GONE)["series"] == "ARCH"


def test_an_approval_counts_only_for_a_complete_decision(searcher: Searcher, fields: Fields) -> None:
    part = {"act_id": "a" * 32, "parts": 2, "series": "ARCH", "reason": "read it"}
    append(searcher, decisions.DECIDED, "ana@example", part=1, scope={}, shortens=True, **part)
    append(searcher, decisions.APPROVED, "ben@example", act_id="a" * 32, approves=True)
    append(searcher, decisions.DECIDED, "ana@example", part=2, scope={"records": [GONE]}, **part)
    assert fields(GONE)["series"] == "TWO", "nobody approved the second part"
    append(searcher, decisions.APPROVED, "ben@example", act_id="a" * 32, approves=True)
    assert fields(GONE)["series"] == "ARCH"
    append(searcher, decisions.DECIDED, "ana@example", part=3, scope={"records": [SHOWN]}, **part)
    assert fields(GONE)["series"] == "ARCH"
    assert fields(SHOWN)["series"] == "TWO"


def test_two_revocations_at_once_do_not_shorten_a_period(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each alone shortens nothing, because the other decision keeps the date."""
    first, second = (decide(searcher, "SIX", f"{n}@example", records=[GONE]) for n in ("ana", "ben"))
    real, other = approvals.list_changes, [second.id]

    def late(searcher: Searcher, *given: Any) -> Any:
        changes = list(real(searcher, *given))
        if other:
            classification.revoke(searcher, other.pop(), "wrong", officer(searcher, "ben@example"))
        return iter(changes)

    monkeypatch.setattr(approvals, "list_changes", late)
    with pytest.raises(ChangedMeanwhile):
        classification.revoke(searcher, first.id, "wrong", officer(searcher, "ana@example"))
    assert fields(GONE)["series"] == "SIX"
    asked = classification.revoke(searcher, first.id, "wrong", officer(searcher, "ana@example"))
    assert asked.validity.waiting
    assert fields(GONE)["series"] == "SIX"


def test_a_decision_that_another_one_covered_is_checked_again_if_that_is_revoked(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`ARCH` has an earlier date than the default, and none than the decision that is revoked meanwhile."""
    first = decide(searcher, "ARCH", "ana@example", records=[GONE])
    classification.approve(searcher, first.id, "agreed", officer(searcher, "ben@example"))
    real, other = approvals.list_changes, [first.id]

    def late(searcher: Searcher, *given: Any) -> Any:
        changes = list(real(searcher, *given))
        if other:
            name = other.pop()
            classification.revoke(searcher, name, "wrong", officer(searcher, "ben@example"))
            classification.approve(searcher, name, "agreed", officer(searcher, "cy@example"))
        return iter(changes)

    monkeypatch.setattr(approvals, "list_changes", late)
    with pytest.raises(ChangedMeanwhile):
        decide(searcher, "ARCH", "dee@example", records=[GONE])
    assert fields(GONE)["series"] == "TWO"


def test_a_decision_is_checked_again_after_one_that_was_made_meanwhile(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Spam has no default series, so each alone protects it more; `ARCH` would end the six years of `SIX`."""
    real, others = approvals.list_changes, ["SIX"]

    def late(searcher: Searcher, *given: Any) -> Any:
        changes = list(real(searcher, *given))
        if others:
            assert decide(searcher, others.pop(), "ben@example", records=[SPAM]).counts
        return iter(changes)

    monkeypatch.setattr(approvals, "list_changes", late)
    made = decide(searcher, "ARCH", "ana@example", records=[SPAM])
    assert made.validity.waiting
    assert fields(SPAM)["series"] == "SIX"


def test_a_later_part_of_a_decision_is_refused_after_one_that_was_made_meanwhile(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first part says already that it needs no approval. It stays incomplete, and never counts."""
    monkeypatch.setattr(hold_entries, "MOST_IDS", 1)
    real, others = ledger.append, ["PERM"]

    def late(archive: Any, type_: str, *given: Any, **named: Any) -> Any:
        stored = real(archive, type_, *given, **named)
        if others:
            decide(searcher, others.pop(), "ben@example", records=[SPAM])
        return stored

    monkeypatch.setattr(ledger, "append", late)
    with pytest.raises(ChangedMeanwhile, match="does not count"):
        decide(searcher, "SIX", "ana@example", records=[SPAM, GONE])
    assert (fields(SPAM)["series"], fields(GONE)["series"]) == ("PERM", "TWO")


def test_an_approval_is_of_what_the_person_saw(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile another person approved the decision, and a third one asked for its revocation."""
    decision = decide(searcher, "PERM", records=[GONE])
    assert fields(GONE)["eligible_on"] is None
    append(
        searcher,
        decisions.REVOKED,
        "ana@example",
        act_id=decision.id,
        revokes=True,
        reason="no",
        shortens=True,
    )
    real = holds.check_text

    def late(*given: Any) -> str:
        append(searcher, decisions.REVOKED, "cy@example", act_id=decision.id, revokes=False, reason="keep")
        again = {"act_id": decision.id, "revokes": True, "reason": "other", "shortens": True}
        append(searcher, decisions.REVOKED, "dee@example", **again)
        return real(*given)

    monkeypatch.setattr("recordroom.records.approvals.check_text", late)
    with pytest.raises(ChangedMeanwhile):
        classification.approve(searcher, decision.id, "agreed", officer(searcher, "ben@example"))
    assert fields(GONE)["eligible_on"] is None


def test_a_decision_that_ends_permanent_retention_needs_a_second_person(
    searcher: Searcher, fields: Fields
) -> None:
    first = decide(searcher, "PERM", records=[GONE])
    assert not first.validity.shortens
    assert fields(GONE)["eligible_on"] is None
    officer_, other = officer(searcher, "ana@example"), officer(searcher, "ben@example")
    asked = classification.revoke(searcher, first.id, "not permanent", officer_)
    assert (asked.counts, asked.validity.waiting) == (True, asked.validity.revoking)
    assert fields(GONE)["eligible_on"] is None
    with pytest.raises(UsageError, match="waits for a second person already"):
        classification.revoke(searcher, first.id, "again", other)
    with pytest.raises(UsageError, match="approved by a second person"):
        classification.approve(searcher, first.id, "myself", officer_)
    assert approvals.preview_approval(searcher, classification.KIND, asked, other).weakened == 1
    kept = classification.keep(searcher, first.id, "it is permanent", other)
    assert (kept.counts, kept.validity.waiting) == (True, None)
    with pytest.raises(UsageError, match="no revocation"):
        classification.keep(searcher, first.id, "again", other)
    classification.revoke(searcher, first.id, "not permanent", officer_)
    classification.approve(searcher, first.id, "agreed", other)
    assert fields(GONE)["eligible_on"] == "2028-03-03"


def test_the_preview_says_what_changes_and_changes_nothing(searcher: Searcher, fields: Fields) -> None:
    hold = holds.place(
        searcher, HoldOrder("H", OTHER, HoldScope(records=frozenset({REPLY})), "why"), officer(searcher)
    )
    fields(GONE)
    order = ClassificationOrder(
        "SIX", HoldScope(conversations=frozenset({GONE}), records=frozenset({SHOWN})), "x"
    )
    found = classification.preview_decision(searcher, order, officer(searcher))
    assert (found.records, found.changed, found.weakened, found.dated, found.on_hold) == (3, 3, 0, 0, 1)
    shorter = replace(order, series="ARCH")
    assert classification.preview_decision(searcher, shorter, officer(searcher)).weakened == 3
    assert searcher.retention.refresh().decisions == {}
    assert hold.in_force


def test_the_results_of_a_search_are_decided_as_they_are_now(
    searcher: Searcher, fields: Fields, building: Building
) -> None:
    found = classification.find_records(searcher, "snow OR hail", Filters(), officer(searcher))
    assert found == {GONE, SHOWN}
    decide(searcher, "SIX", records=found)
    building.capture("news", [{"record_id": "wordpress:x/posts/9", "text": "more snow"}], at=DAY + 9 * HOUR)
    assert fields("wordpress:x/posts/9")["series"] == "TWO", "a later record is not decided"
    with pytest.raises(UsageError, match="finds no record"):
        classification.find_records(searcher, "zebra", Filters(), officer(searcher))


def test_many_records_take_several_entries_and_count_with_the_last(
    searcher: Searcher, fields: Fields, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold_entries, "MOST_IDS", 2)
    decision = decide(searcher, "SIX", records=[GONE, REPLY, SHOWN])
    entries = [one for one in Ledger(searcher.archive, ledger.NAME).entries() if one.type == "classification"]
    assert [(one.body["part"], one.body["parts"]) for one in entries] == [(1, 2), (2, 2)]
    assert decision.counts
    assert fields(GONE)["series"] == "SIX"
    half = decisions.fold({}, entries[0])
    assert not half[decision.id].counts


@pytest.mark.thorough
def test_100_000_records_are_classified_in_one_act(searcher: Searcher) -> None:
    """They are written into the index alone: to capture as many would take longer than to classify them."""
    many, index = 100_000, next(iter(searcher.client.indices.get_alias(name=searcher.alias)))
    [like] = searcher.client.search(index=index, query={"term": {"record_id": SHOWN}})["hits"]["hits"]
    ids = [f"wordpress:z/posts/{number}" for number in range(many)]
    bulk(
        searcher.client,
        (
            {"_index": index, "_id": id_of("news", one, 1), "version": 1, "version_type": "external",
             "_source": {**like["_source"], "record_id": one, "root_id": one}}
            for one in ids
        ),
        chunk_size=5_000,
        refresh=True,
    )  # fmt: skip
    viewer = officer(searcher, "ana@example")
    found = classification.find_records(searcher, "hail", Filters(), viewer)
    assert found == {SHOWN, *ids}
    order = ClassificationOrder("SIX", HoldScope(records=found), "all of it", "hail", Filters())
    decision = classification.decide(searcher, order, viewer)
    assert decision.counts
    assert decision.scope.records == found
    assert decision.covered == {"news": many + 1}
    entries = [one for one in Ledger(searcher.archive, ledger.NAME).entries() if one.type == "classification"]
    assert len(entries) == 21
    assert all(len(one.body["scope"]["records"]) <= hold_entries.MOST_IDS for one in entries)


def test_two_people_decide_at_once_and_both_decisions_are_kept(searcher: Searcher, fields: Fields) -> None:
    threads = [
        Thread(target=decide, args=(searcher, series, f"{series}@example"), kwargs={"records": [GONE]})
        for series in ("SIX", "PERM", None)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    made = searcher.retention.refresh().decisions.values()
    assert {one.series for one in made} == {"SIX", "PERM", None}
    assert fields(GONE)["series"] is None, "undetermined wins"


def test_a_series_that_is_gone_gives_no_date(searcher: Searcher, fields: Fields, building: Building) -> None:
    decide(searcher, "SIX", records=[GONE])
    building.settings.retention_file.write_text(FILE.replace("dan: SIX", "dan: NINE"), "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    assert fields(GONE) == {
        "series": "SIX", "series_decided": True, "eligible_on": None, "retention_action": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ({"series": "NOPE"}, "no schedule in force has the series 'NOPE'"),
        ({"scope": HoldScope()}, "names records, conversations, or authors"),
        ({"scope": HoldScope(accounts=frozenset({"news"}))}, "names records, conversations, or authors"),
        ({"scope": HoldScope(records=frozenset({"wordpress:x/none"}))}, "the index has none of these"),
        ({"scope": HoldScope(records=frozenset({GONE, "wordpress:x/none"}))}, "does not have 1 of these"),
        ({"reason": " "}, "reason is missing"),
    ],
)
def test_what_cannot_be_decided_is_refused(searcher: Searcher, order: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {
        "series": "SIX",
        "scope": HoldScope(records=frozenset({GONE})),
        "reason": "why",
    } | order
    with pytest.raises(UsageError, match=words) as caught:
        classification.decide(searcher, ClassificationOrder(**given), officer(searcher))
    assert caught.value.mend
    assert searcher.retention.refresh().decisions == {}


def test_the_search_can_be_asked_again_as_it_was(searcher: Searcher) -> None:
    filters = Filters(
        account=("news",), kind=("post",), from_=DAY, to=DAY + HOUR, versions=True, messages=True, matter="M"
    )
    found = classification.find_records(searcher, "snow", filters, officer(searcher))
    order = ClassificationOrder("SIX", HoldScope(records=found), "why", "snow", filters)
    decision = classification.decide(searcher, order, officer(searcher))
    assert decision.query == "snow"
    assert Filters.from_audit(decision.filters or {}) == filters
    assert decision.covered == {"news": 1}
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys}) == []


def test_a_decision_on_nothing_but_quarantined_records_is_not_read_without_the_right(
    searcher: Searcher,
) -> None:
    one, both = decide(searcher, "SIX", records=[GONE]), decide(searcher, "SIX", records=[GONE, SHOWN])
    assert classification.may_read(one, reader(searcher))
    quarantine.put(searcher, QuarantineTarget(RECORD, GONE), "an address", officer(searcher))
    assert classification.may_read(one, officer(searcher))
    assert not classification.may_read(one, reader(searcher))
    assert classification.may_read(both, reader(searcher))
    with pytest.raises(NotThere):
        classification.revoke(searcher, one.id, "guessed", reader(searcher))


def test_hidden_records_are_in_no_number_and_still_need_a_second_person(
    searcher: Searcher, building: Building, index: Index
) -> None:
    building.enrol(account("news", "wordpress", series="TWO"), account("board", "wordpress", series="PERM"))
    building.capture("board", [{"record_id": GONE, "text": "snow", "published_at": DAY}], at=DAY + HOUR)
    building.capture("board", [{"record_id": GONE, "status": "removed"}], at=DAY + 2 * HOUR)
    building.capture("board", [{"record_id": "wordpress:x/posts/8", "text": "secret"}], at=DAY + 3 * HOUR)
    index.catch_up()
    hiding = officer(searcher, "ana@example", hidden=["board"])
    order = ClassificationOrder("SIX", HoldScope(records=frozenset({GONE})), "why")
    found = classification.preview_decision(searcher, order, hiding)
    assert (found.records, found.weakened, found.needs_approval) == (1, 0, True)
    assert {change.account for change in found.samples} == {"news"}
    secret = replace(order, scope=HoldScope(records=frozenset({GONE, "wordpress:x/posts/8"})))
    with pytest.raises(UsageError, match="does not have 1 of these"):
        classification.decide(searcher, secret, hiding)
    assert classification.decide(searcher, secret, officer(searcher)).covered == {"board": 2, "news": 1}


def test_an_unknown_decision_is_none(searcher: Searcher) -> None:
    with pytest.raises(NotThere):
        classification.revoke(searcher, "0" * 32, "why", officer(searcher))


def test_entries_follow_their_schemas(searcher: Searcher) -> None:
    first = decide(searcher, "ARCH", records=[GONE])
    classification.approve(searcher, first.id, "agreed", officer(searcher, "ben@example"))
    classification.revoke(searcher, first.id, "a mistake", officer(searcher))
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert len(keys) == 4
    assert broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys}) == []


@pytest.mark.parametrize(
    ("default", "series", "why"),
    [
        ("ARCH", "TWO", "the date is later, but nobody appraises it"),
        ("PERM", "SIX", "it is no longer permanent"),
        ("SIX", "TWO", "the period is shorter"),
        ("TWO", "ARCH", "the same"),
        ("TWO", "EVENT", "the event may have happened earlier"),
        ("TWO", "DAYS", "from some days, 730 days are shorter"),
        ("TWO", "OLD", "it is not known how long that is"),
        ("TWO", "SIX", ""),
        ("ARCH", "PERM", ""),
        ("PERM", None, ""),
        ("OLD", "TWO", ""),
        (None, "TWO", ""),
    ],
)
def test_what_protects_a_published_record_less_needs_a_second_person(
    searcher: Searcher, building: Building, default: str | None, series: str | None, why: str
) -> None:
    """It has no date yet, so dates alone do not show that it would go earlier. why: "" if one person may."""
    more = FILE + review("EVENT", "{years: 20}", trigger="event", event="the end of a contract")
    unknown = dict.fromkeys(("trigger", "action", "designation", "reviewed_by", "reviewed_on"), "null")
    more += review("DAYS", "{days: 730}") + review("OLD", "null", **unknown)
    building.settings.retention_file.write_text(more, "utf-8")
    ledger.apply_policy(building.archive, check_files(building.settings.retention_file, TODAY))
    building.enrol(account("news", "wordpress", series=default))
    assert decide(searcher, series, records=[SHOWN]).validity.shortens is bool(why)


def test_revoking_that_a_record_is_retained_needs_a_second_person(searcher: Searcher, fields: Fields) -> None:
    decide(searcher, "SIX", records=[SHOWN, SPAM])
    undetermined = decide(searcher, None, "ben@example", records=[SHOWN, SPAM])
    asked = classification.revoke(searcher, undetermined.id, "it is clear", officer(searcher, "ana@example"))
    assert asked.validity.waiting
    assert fields(SHOWN)["series"] is None


def test_a_revocation_that_leaves_no_series_needs_a_second_person(searcher: Searcher) -> None:
    """Else the same person could decide on a shorter one then."""
    decision = decide(searcher, "SIX", records=[SPAM])
    assert classification.revoke(
        searcher, decision.id, "no", officer(searcher, "ana@example")
    ).validity.waiting


@pytest.mark.parametrize(
    ("scope", "needs"), [({"authors": [("wordpress", "ana")]}, True), ({"records": [GONE]}, False)]
)
def test_a_decision_on_an_author_is_compared_with_every_account_of_the_platform(
    searcher: Searcher, building: Building, fields: Fields, scope: dict[str, Any], needs: bool
) -> None:
    """The author has no record in the other account yet, whose default is longer."""
    building.enrol(account("news", "wordpress", series="TWO"), account("board", "wordpress", series="SIX"))
    fields(GONE)
    lists: dict[str, Any] = {name: frozenset(value) for name, value in scope.items()}
    named = HoldScope(**lists)
    found = classification.preview_decision(
        searcher,
        ClassificationOrder("TWO", named, "x"),
        officer(searcher),
    )
    assert (found.records, found.weakened, found.later) == (1, 0, {"board"} if needs else set())
    assert found.covered == {"news": 1}
    decision = decide(searcher, "TWO", **scope)
    assert decision.validity.shortens is needs
    hiding = officer(searcher, hidden=["board"])
    if needs:
        assert approvals.preview_approval(searcher, classification.KIND, decision, hiding).later == set()
        classification.approve(searcher, decision.id, "agreed", officer(searcher, "ben@example"))
    longer = decide(searcher, "PERM", **scope)
    assert not longer.validity.shortens
    assert classification.revoke(searcher, longer.id, "no", officer(searcher)).validity.waiting


def test_a_decision_on_a_conversation_is_compared_with_the_default_of_its_account(
    searcher: Searcher, building: Building, fields: Fields
) -> None:
    """Its records have a shorter series by a decision; a later reply has the default."""
    first = decide(searcher, "TWO", records=[GONE, REPLY])
    assert not first.validity.shortens
    building.enrol(account("news", "wordpress", series="SIX"))
    fields(GONE)
    assert decide(searcher, "TWO", conversations=[GONE]).validity.shortens
