"""No number in an audit event reveals to a restricted viewer that a hidden record matches a query."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from recordroom.archive.audit.trail import Event, EventFilter
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.audit import view
from recordroom.audit.view import COUNT_NO_RECORDS, OF_PEOPLE
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.web import audit_wording
from recordroom.web.audit_wording import ACTS
from tests.building import DAY, Building, account
from tests.viewers import Person

POST, SECRET = "wordpress:x/posts/1", "wordpress:x/posts/2"
AUDITOR, OFFICER = Person("auditor", ()), Person("officer", (), quarantined=True)
# each is recorded with every event type, so that no type can have a number of its own
TOLD: dict[str, Any] = {
    "record_id": POST, "sequence": 3, "filters": Filters(account=("news",)).to_audit(), "total": 7001,
    "shown": 7002, "versions": 7003, "records": 7004, "rows": 7005, "holds": 7006, "gone": 7007,
    "barred": 7008, "bytes": 7009, "of_a_later_version": 7010, "share": 0.7011,
    "terms": [{"line": 1, "query": "bus", "total": 7012, "unique": 7013}, {"line": 2, "query": "(", "not_counted": "it cannot be read"}],
    "ok": True,
}  # fmt: skip


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    building.register(account("news", "wordpress"))
    building.capture(
        "news",
        [{"record_id": POST, "text": "Board meets"}, {"record_id": SECRET, "text": "Home address"}],
        at=DAY,
    )
    building.capture("news", [{"record_id": POST, "text": "Board met"}], at=DAY + timedelta(hours=1))
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    for type_ in ACTS:
        searcher.note(type_, "lawyer", **TOLD)
    yield searcher
    searcher.client.close()


def seen(searcher: Searcher, sight: Person, **wanted: Any) -> list[Event]:
    return list(view.read_page(searcher, EventFilter(**wanted), None, sight.reading(searcher)).events)


def hide(searcher: Searcher) -> None:
    ledger.put(searcher.archive, QuarantineTarget(RECORD, SECRET), "a person's home address", "officer")
    searcher.quarantine.refresh()


def numbers(value: object) -> set[str]:
    """The names of all."""
    if isinstance(value, list):
        return {name for one in value for name in numbers(one)}
    own = value.items() if isinstance(value, dict) else ()
    return {name for name, one in own if isinstance(one, int | float) and not isinstance(one, bool)} | {
        name for _, one in own for name in numbers(one)
    }


def test_no_type_of_event_tells_how_many_while_anything_is_hidden(searcher: Searcher) -> None:
    # which is withheld if it is not known what it brought
    about_records = set(ACTS) - set(OF_PEOPLE) - {"capture now"}
    assert {
        event["type"] for event in seen(searcher, AUDITOR, actor="lawyer") if "7012" in str(event)
    } == set(ACTS)
    hide(searcher)
    told = [
        event
        for event in seen(searcher, AUDITOR, actor="lawyer")
        if event["type"] not in OF_PEOPLE and not event.get("withheld")
    ]
    assert {event["type"] for event in told} == about_records
    for event in told:
        assert numbers(event) <= set(COUNT_NO_RECORDS), event["type"]
        assert "70" not in "".join(
            fact.name + fact.value for fact in audit_wording.describe_event(event).facts
        )
        assert event["terms"] == [{"line": 1, "query": "bus"}, TOLD["terms"][1]]
        assert audit_wording.describe_event_for_file(event)[2]["terms"][0] == {"term": "bus"}
    for event in seen(searcher, OFFICER, actor="lawyer"):
        assert "7012" in str(event)


def test_who_asked_reads_the_numbers_that_they_were_told(searcher: Searcher) -> None:
    hide(searcher)
    for own in ("search", "term report", "estimate", "export", "person"):
        [event] = seen(searcher, Person("lawyer", ()), actor="lawyer", type=own)
        assert event["total"] == 7001
        assert event.get("barred") is None


def test_what_is_under_quarantine_is_counted_for_nobody_without_the_right(searcher: Searcher) -> None:
    """Also while nothing is."""
    [evidence] = seen(searcher, AUDITOR, actor="lawyer", type="evidence")
    assert (evidence["holds"], evidence.get("barred")) == (7006, None)
    [evidence] = seen(searcher, OFFICER, actor="lawyer", type="evidence")
    assert evidence["barred"] == 7008


def test_that_nothing_was_shown_of_a_record_is_told(searcher: Searcher) -> None:
    """Else the audit would say that somebody saw it."""
    searcher.note("show", "clerk", record_id=POST, versions=0, records=[])
    hide(searcher)
    [event] = seen(searcher, AUDITOR, actor="clerk")
    assert audit_wording.describe_event(event).did == "requested a record and was shown none"


def test_a_later_page_of_a_search_is_told_to_who_may_see_all(searcher: Searcher) -> None:
    """That there is one tells how many were found at least."""
    searcher.note("search", "clerk", query="home", total=40, shown=20, further=True, records=[])
    hide(searcher)
    assert [
        "further" in event for sight in (AUDITOR, OFFICER) for event in seen(searcher, sight, actor="clerk")
    ] == [False, True]
