"""The audit as somebody may see it, and taken out as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from recordroom.archive.audit.trail import EventFilter
from recordroom.archive.quarantine import ledger
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.audit import view
from recordroom.audit.withholding import MAY_BE, UNCHECKED
from recordroom.errors import ServiceUnavailable
from recordroom.exports.formats import audit_csv
from recordroom.records.record import show_record
from recordroom.search import term_list
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.search.term_report import count_terms
from recordroom.web import audit_wording
from tests.building import DAY, Building, account
from tests.viewers import Person, officer, reader

pytestmark = pytest.mark.thorough

POST, SECRET = "wordpress:x/posts/1", "mastodon:s/statuses/9"
ALL = EventFilter()


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    building.register(account("news", "wordpress"), account("board", "mastodon", confidential=True))
    building.capture("news", [{"record_id": POST, "text": "Snow day"}], at=DAY)
    building.capture("board", [{"record_id": SECRET, "text": "In confidence"}], at=DAY)
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    searcher.page("snow", viewer=officer(searcher, "lawyer"))
    searcher.page("confidence", Filters(account=("board",)), viewer=officer(searcher, "lawyer"))
    show_record(searcher, POST, viewer=reader(searcher, "lawyer"))
    show_record(searcher, SECRET, viewer=reader(searcher, "lawyer"))
    yield searcher
    searcher.client.close()


def told(
    searcher: Searcher, hidden: tuple[str, ...] | None, wanted: EventFilter = ALL
) -> list[tuple[str, str]]:
    """(type, words) of each, the oldest first."""
    page = view.read_page(searcher, wanted, None, Person("auditor", hidden).reading(searcher))
    words = [
        (e["type"], "withheld" if e.get("withheld") else e.get("query") or e.get("record_id") or "")
        for e in page.events
    ]
    assert page.problem == ""
    return words[::-1]


def test_what_is_about_a_confidential_account_is_there_without_its_words(searcher: Searcher) -> None:
    whole = [("search", "snow"), ("search", "confidence"), ("show", POST), ("show", SECRET)]
    assert told(searcher, ()) == whole
    hidden = told(searcher, ("board",))
    assert hidden == [
        ("search", "snow"),
        ("search", "withheld"),
        ("show", POST),
        ("show", "withheld"),
        ("audit", ""),
    ]
    assert {words for _, words in told(searcher, None)} == {"withheld"}
    assert told(searcher, (), EventFilter(type="audit"))[0] == ("audit", ""), "to look is an event"


def test_who_came_in_is_told_whatever_is_hidden(searcher: Searcher) -> None:
    """Also where an account is called as a role is."""
    searcher.note("sign-in", "lawyer", by="password", roles=["Board"])
    for hidden in (("board",), None):
        [event] = view.read_page(
            searcher, EventFilter(type="sign-in"), None, Person("auditor", hidden).reading(searcher)
        ).events
        assert event["roles"] == ["Board"]


def test_a_record_under_quarantine_whose_id_has_quotes_is_withheld_too(
    building: Building, searcher: Searcher
) -> None:
    odd = 'wordpress:x/posts/?p="7"'
    ledger.put(building.archive, QuarantineTarget(RECORD, odd), "a person's home address", "officer")
    searcher.quarantine.refresh()
    searcher.note("quarantine", "officer", record_id=odd)
    page = view.read_page(
        searcher, EventFilter(type="quarantine"), None, Person("auditor", ()).reading(searcher)
    )
    assert [event.get("withheld") for event in page.events] == [MAY_BE]


def test_what_belongs_to_a_matter_is_there_for_others_without_its_words(searcher: Searcher) -> None:
    searcher.page(
        "snow AND injunction", Filters(matter="State v. Nobody"), viewer=officer(searcher, "lawyer")
    )

    def words(sight: Person) -> list[str]:
        found = view.read_page(searcher, EventFilter(type="search"), None, sight.reading(searcher)).events
        assert {event["actor"] for event in found} == {"lawyer"}, "the person and the time are shown"
        return ["withheld" if event.get("withheld") else event["query"] for event in found]

    for counsel in (Person("lawyer", ()), Person("partner", (), matters=True)):
        assert words(counsel)[0] == "snow AND injunction"
    assert words(Person("auditor", (), quarantined=True)) == ["withheld", "confidence", "snow"]
    assert b"injunction" not in b"".join(
        audit_csv.pieces(
            view.read_all(searcher, ALL, Person("auditor", ()).reading(searcher)),
            audit_wording.describe_event_for_file,
        )
    )


def test_where_nobody_can_say_whose_a_record_is_nothing_is_shown(searcher: Searcher) -> None:
    searcher.alias = "no-such-index"
    assert {words for _, words in told(searcher, ("board",))} == {"withheld"}
    found = view.read_page(
        searcher, EventFilter("lawyer"), None, Person("auditor", ("board",)).reading(searcher)
    ).events
    assert UNCHECKED in {event["withheld"] for event in found}


LINK = "https://s.example/@board/9"
NAMED = [
    f'record_id:"{SECRET}"', f'conversation:"{SECRET}" OR snow',
    "record_id:mastodon\\:s\\/statuses\\/9", f'-record:"{SECRET.upper()}" snow',
    "native_id:9", "parent:(none OR mastodon\\:s*9)", f'"see {SECRET}, please"', f'url:"{LINK}"',
    "url:https*board*", f'"{LINK}."', '"http://www.s.example/@board/9/?utm_source=x"', "account:boa*",
]  # fmt: skip
NOT_NAMED = [
    "snow",
    f'record_id:"{POST}"',
    "native_id:1",
    "account:news",
    f'record:"{POST}" AND text:statuses',
]


@pytest.mark.parametrize("confidential", [True, False])
def test_a_query_that_names_what_is_not_to_be_seen_is_withheld(
    building: Building, searcher: Searcher, confidential: bool
) -> None:
    """However it is written: quoted, escaped, in other case, with wild cards, by the address, or to have all
    others.
    """
    own: dict[str, Any] = {
        "record_id": SECRET,
        "root_id": SECRET,
        "native_id": "9",
        "url": LINK,
        "text": "In confidence",
    }
    building.capture(
        "board",
        [own, {"record_id": "mastodon:s/statuses/10", "parent_id": SECRET, "text": "Yes"}],
        at=DAY + timedelta(hours=1),
    )
    building.capture(
        "news", [{"record_id": POST, "native_id": "1", "text": "Snow day"}], at=DAY + timedelta(hours=1)
    )
    building.index()
    if not confidential:
        ledger.put(building.archive, QuarantineTarget(RECORD, SECRET), "a person's home address", "officer")
        searcher.quarantine.refresh()
    # others are in that account too
    named = [query for query in NAMED if confidential or not query.startswith("account")]
    for query in (*named, *NOT_NAMED):
        searcher.page(query, viewer=officer(searcher, "lawyer"))
    for query in ("snow", f"record_id:{SECRET.replace(':', chr(92) + ':').replace('/', chr(92) + '/')}"):
        count_terms(searcher, term_list.parse_text(query), viewer=officer(searcher, "lawyer"))
    sight = Person("auditor", ("board",) if confidential else ())
    for wanted, words in (
        ("search", [*["withheld"] * len(named), *NOT_NAMED]),
        ("term report", ["snow", "withheld"]),
    ):
        found = view.read_page(searcher, EventFilter("lawyer", wanted), None, sight.reading(searcher)).events[
            ::-1
        ]
        told = ["withheld" if e.get("withheld") else e.get("query") or e["terms"][0]["query"] for e in found]
        assert told[-len(words) :] == words
    everybody = view.read_page(
        searcher,
        EventFilter("lawyer", "search"),
        None,
        Person("officer", (), quarantined=True).reading(searcher),
    ).events
    assert not any(event.get("withheld") for event in everybody)


def test_a_query_that_this_version_cannot_read_is_withheld(searcher: Searcher) -> None:
    for query in ("record_id:(", "snow ("):
        searcher.note("search", "lawyer", query=query)
    found = view.read_page(
        searcher, EventFilter(type="search"), None, Person("auditor", ("board",)).reading(searcher)
    ).events
    assert [event.get("query") for event in found[:2]] == ["snow (", None]


def test_who_is_called_otherwise_by_now_sees_their_own_matters(searcher: Searcher) -> None:
    searcher.page(
        "snow AND injunction",
        Filters(matter="State v. Nobody"),
        viewer=officer(searcher, "mary@agency.example#8f2c"),
    )
    for who, sees in (
        ("mary.married@agency.example#8f2c", True),
        ("mary@agency.example#77aa", False),
        ("mary@agency.example", False),
    ):
        event = view.read_page(
            searcher, EventFilter(type="search"), None, Person(who, ()).reading(searcher)
        ).events[0]
        assert (event.get("query") == "snow AND injunction") == sees, who


def test_it_is_taken_out_as_a_file_that_computes_nothing(building: Building, searcher: Searcher) -> None:
    searcher.note("search", "=cmd()", query='=HYPERLINK("x")', understood="a, b")
    found = b"".join(
        audit_csv.pieces(
            view.read_all(searcher, ALL, Person("auditor", ("board",)).reading(searcher)),
            audit_wording.describe_event_for_file,
        )
    )
    lines = list(csv.DictReader(io.StringIO(found.decode("utf-8-sig"), newline="")))
    assert [line["what"] for line in lines] == [
        "exported the audit", "searched", "viewed a record", "viewed a record", "searched", "searched",
    ]  # fmt: skip
    assert (lines[1]["person"], lines[1]["query"], lines[1]["understood"]) == (
        "'=cmd()",
        '\'=HYPERLINK("x")',
        "a, b",
    )
    assert lines[1]["notes"] == "apostrophe: person; apostrophe: query"
    assert (lines[2]["record"], lines[2]["more"]) == ("", f'{{"withheld":"{MAY_BE}"}}')
    assert (lines[5]["query"], lines[5]["found"]) == (
        "snow",
        "",
    ), "how much an officer found would reveal what is hidden"
    assert "board" not in found.decode()
    assert not list(building.settings.journal.glob("*.jsonl")), "shipped before it is given"


def test_half_an_audit_is_not_given(searcher: Searcher, building: Building) -> None:
    building.archive.put_new("ledger/audit/2020-01/elsewhere/000000000001.json", b"{}")
    with pytest.raises(ServiceUnavailable, match="cannot be read completely"):
        b"".join(
            audit_csv.pieces(
                view.read_all(searcher, ALL, Person("auditor", ()).reading(searcher)),
                audit_wording.describe_event_for_file,
            )
        )


def test_what_names_records_or_conversations_of_a_confidential_account_is_withheld(
    building: Building, searcher: Searcher
) -> None:
    talk = {"kind": "message", "root_id": "mastodon:s/conversations/1", "text": "Between us"}
    building.capture("board", [{"record_id": "mastodon:s/messages/1", **talk}], at=DAY + timedelta(hours=1))
    building.index()
    searcher.page("one", Filters(record=(POST,)), viewer=officer(searcher, "lawyer"))
    searcher.page("two", Filters(record=(POST, SECRET)), viewer=officer(searcher, "lawyer"))
    searcher.page(
        "three", Filters(conversation=("mastodon:s/conversations/1",)), viewer=officer(searcher, "lawyer")
    )
    assert told(searcher, ("board",), EventFilter(type="search"))[2:] == [
        ("search", "one"),
        ("search", "withheld"),
        ("search", "withheld"),
    ]


@pytest.mark.parametrize("confidential", [True, False])
def test_what_only_stood_on_a_page_is_left_out_of_its_list_and_the_event_is_told(
    building: Building, searcher: Searcher, confidential: bool
) -> None:
    """An event that names it outside the list is withheld completely."""
    near = "mastodon:s/statuses/90"  # its id begins as that of the other one
    own = [
        {"record_id": near, "text": "Nothing secret"},
        {"record_id": "wordpress:x/posts/2", "root_id": SECRET, "text": "Beside it"},
    ]
    building.capture("news", own, at=DAY + timedelta(hours=1))
    building.index()
    if not confidential:
        ledger.put(building.archive, QuarantineTarget(RECORD, SECRET), "a person's home address", "officer")
        searcher.quarantine.refresh()
    own_page = {"shown": 3, "records": [POST, SECRET, near]}
    for type_ in ("search", "latest"):
        searcher.note(type_, "clerk", **own_page)
    for type_ in ("conversation", "show"):
        searcher.note(type_, "clerk", record_id=POST, **own_page)
        searcher.note(type_, "clerk", record_id=SECRET, **own_page)
    searcher.note("export", "clerk", **own_page)  # of no page
    sight = Person("auditor", ("board",) if confidential else ())
    told = view.read_page(searcher, EventFilter("clerk"), None, sight.reading(searcher)).events[::-1]
    part = [POST, near]
    assert [(e["type"], e.get("records")) for e in told] == [
        ("search", part), ("latest", part), ("conversation", part), ("conversation", None), ("show", part),
        ("show", None), ("export", None),
    ]  # fmt: skip
    assert not any(SECRET + '"' in repr(e).replace("'", '"') for e in told)
    for other in (Person("auditor", None), Person("officer", (), quarantined=True)):
        seen = view.read_page(searcher, EventFilter("clerk", "latest"), None, other.reading(searcher)).events[
            0
        ]
        assert seen.get("records") == (None if other.hidden is None else own_page["records"])


def test_the_list_of_a_page_is_left_out_where_nobody_can_say_whose_it_is(searcher: Searcher) -> None:
    searcher.note("latest", "clerk", records=[POST])
    searcher.alias = "no-such-index"
    assert (
        view.read_page(searcher, EventFilter("clerk"), None, Person("auditor", ("board",)).reading(searcher))
        .events[0]
        .get("withheld")
    )


def test_who_saw_a_record_is_told_of_what_one_may_see_alone(building: Building, searcher: Searcher) -> None:
    """Neither that it appeared on a search page of another person's matter, nor that there is an event about
    a hidden record.
    """
    searcher.page("snow", Filters(matter="State v. Nobody"), viewer=officer(searcher, "lawyer"))
    searcher.note("latest", "clerk", records=[POST, SECRET])

    def asked(record: str, sight: Person) -> list[tuple[str, str]]:
        wanted = EventFilter(record=record)
        found = view.read_page(searcher, wanted, None, sight.reading(searcher))
        lines = list(view.read_all(searcher, wanted, sight.reading(searcher)))
        assert [event["event"] for event in lines] == [event["event"] for event in found.events]
        assert not any(event.get("withheld") for event in lines)
        return [(event["type"], event["actor"]) for event in lines]

    saw = [("latest", "clerk"), ("show", "lawyer"), ("search", "lawyer")]
    assert asked(POST, Person("auditor", ("board",))) == saw
    assert asked(POST, Person("partner", (), matters=True)) == [saw[0], ("search", "lawyer"), *saw[1:]]
    assert asked(SECRET, Person("partner", ())) == [saw[0], *saw[1:]]
    assert asked(SECRET, Person("auditor", ("board",))) == []
    with pytest.raises(ServiceUnavailable, match="unknown now"):  # that there were none would be untrue
        asked(POST, Person("auditor", None))
    ledger.put(building.archive, QuarantineTarget(RECORD, SECRET), "a person's home address", "officer")
    searcher.quarantine.refresh()
    assert asked(SECRET, Person("partner", ())) == []
    assert asked(SECRET[:-1], Person("partner", (), quarantined=True)) == [], "it is the whole id"
