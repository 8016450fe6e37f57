"""Which events of the audit are withheld from whom: what names, as a whole, something that they may not see,
and each apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from unittest.mock import Mock

import pytest

from recordroom.archive.audit import trail
from recordroom.archive.audit.trail import Event, EventFilter
from recordroom.archive.quarantine import ledger, watch
from recordroom.archive.quarantine.ledger import FILE, RECORD, QuarantineTarget
from recordroom.audit import references, view, visible_ids, withholding
from recordroom.audit.visible_ids import search_many
from recordroom.audit.withholding import MAY_BE, UNCHECKED
from recordroom.records.record import show_record
from recordroom.search import caveats
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.query.permalinks import list_spellings
from recordroom.search.searcher import Searcher
from recordroom.search.summaries import summarize_author
from tests.building import DAY, Building, account, media
from tests.viewers import Person, officer, reader

pytestmark = pytest.mark.thorough

POST, SECRET, UNKNOWN = "wordpress:x/posts/1", "mastodon:s/statuses/9", "mastodon:s/statuses/10"
COMMENT, NEAR = "wordpress:x/comments/2", "wordpress:x/comments/23"
LONG, LONG_SECRET = ("mastodon:s/" + sign * 8_300 for sign in "ab")
AUDITOR = Person("auditor", ("board",))


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    building.register(
        account("news", "wordpress"),
        account("square", "mastodon"),
        account("board", "mastodon", confidential=True),
    )
    both = [{"record_id": id_, "author_id": "p7", "author_name": "A parent"} for id_ in (COMMENT, NEAR)]
    building.capture("news", [{"record_id": POST, "text": "Board meets"}, *both], at=DAY)
    building.capture(
        "square",
        [{"record_id": LONG, "text": "Long"}, {"record_id": "mastodon:s/statuses/1", "author_id": "p8"}],
        at=DAY,
    )
    secret = {
        "record_id": SECRET,
        "text": "In confidence",
        "author_id": "wb-4711",
        "author_handle": "whistle",
        "author_name": "A parent",
    }
    building.capture(
        "board",
        [
            secret,
            {"record_id": LONG_SECRET},
            {"record_id": "mastodon:s/statuses/8", "author_id": "p8", "url": "https://x.com/board/status/9"},
        ],
        at=DAY,
    )
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second whenever somebody looks at it: only what looks at it very often takes
    too long.
    """
    monkeypatch.setattr(withholding, "PATIENCE", 40)
    clock = Mock(monotonic=count().__next__)
    for module in (withholding, withholding, visible_ids):
        monkeypatch.setattr(module, "time", clock)


def bar(searcher: Searcher, name: str, kind: str = RECORD) -> None:
    ledger.put(searcher.archive, QuarantineTarget(kind, name), "a person's home address", "officer")
    searcher.quarantine.refresh()


def seen(searcher: Searcher, sight: Person = AUDITOR, **wanted: Any) -> list[Event]:
    return list(view.read_page(searcher, EventFilter(**wanted), None, sight.reading(searcher)).events)


def reasons(searcher: Searcher, **wanted: Any) -> list[str]:
    """Why each is withheld, the oldest first; "" where it is not."""
    return [event.get("withheld", "") for event in seen(searcher, **wanted)][::-1]


def heavy(lines: int) -> str:
    """A list of terms that no query of Elasticsearch takes at once."""
    return "\n".join("url:(" + " OR ".join(f"a{n}b{k}*" for k in range(140)) + ")" for n in range(lines))


def terms(lines: str) -> list[dict[str, Any]]:
    """As a term report tells them."""
    return [
        {"line": n, "query": query, "total": 0, "unique": 0} for n, query in enumerate(lines.split("\n"), 1)
    ]


@pytest.mark.usefixtures("ticking")
def test_whoever_asks_for_very_much_withholds_no_event_but_their_own(searcher: Searcher) -> None:
    searcher.page("snow", viewer=officer(searcher, "lawyer"))
    searcher.note("term report", "mallory", terms=terms(heavy(500)), filters={}, total=0)
    searcher.page(f'record_id:"{SECRET}"', viewer=officer(searcher, "lawyer"))
    assert reasons(searcher, actor="lawyer") == ["", MAY_BE]
    assert reasons(searcher, actor="mallory") == [UNCHECKED]
    assert reasons(searcher)[:3] == ["", UNCHECKED, MAY_BE]
    taken = list(view.read_all(searcher, EventFilter(actor="lawyer"), AUDITOR.reading(searcher)))
    assert [event.get("withheld", "") for event in taken] == [MAY_BE, ""]


def test_what_elasticsearch_refuses_withholds_no_event_but_that_one(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An author's id that is longer than it takes, of any event, in whatever place: it refuses all that is
    asked in one with it.
    """
    for n in range(6):
        searcher.page(f"plain{n}", Filters(author=(f"p{n}",)), viewer=officer(searcher, "lawyer"))
        show_record(searcher, POST, viewer=reader(searcher, "lawyer"))
    for long in ("c" * 40_000, "\U0001f600" * 9_000):
        searcher.note("order", "mallory", query="plain", filters={"author": [long]})
    show_record(searcher, POST, viewer=reader(searcher, "lawyer"))
    assert reasons(searcher, actor="lawyer") == [""] * 13
    assert reasons(searcher, actor="mallory") == [MAY_BE] * 2
    monkeypatch.setattr(references, "LONGEST_KEYWORD", 10**6)
    for weighed in (references._USUAL, 10**6):
        monkeypatch.setattr(references, "_USUAL", weighed)
        everything = seen(searcher)
        assert {event.get("withheld", "") for event in everything if event["actor"] == "lawyer"} == {""}
        assert {event.get("withheld") for event in everything if event["actor"] == "mallory"} == {UNCHECKED}


@pytest.mark.usefixtures("ticking")
def test_many_addresses_in_one_event_take_no_longer_than_there_is_time(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher.page("plain", viewer=officer(searcher, "lawyer"))
    searcher.note("order", "mallory", query="plain", name=" ".join(f"s.example/{n}" for n in range(5_000)))
    spelled = list[str]()

    def counted(address: str) -> tuple[list[str], list[str]]:
        spelled.append(address)
        return list_spellings(address)

    monkeypatch.setattr(withholding, "list_spellings", counted)
    assert reasons(searcher) == ["", UNCHECKED]
    assert 0 < len(spelled) < 2_000


def test_an_id_that_elasticsearch_refuses_withholds_no_event_but_that_one(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visible_ids, "LONGEST_KEYWORD", 10**6)
    monkeypatch.setattr(references, "_USUAL", 10**6)
    for n in range(20):
        show_record(searcher, POST, viewer=reader(searcher, "mallory" if n == 7 else "lawyer"))
    searcher.note("show", "mallory", record_id="wordpress:x/" + "p" * 40_000, versions=1)
    show_record(searcher, POST, viewer=reader(searcher, "lawyer"))
    assert {event.get("withheld", "") for event in seen(searcher) if event["actor"] == "lawyer"} == {""}
    assert reasons(searcher, actor="mallory") == ["", UNCHECKED]


def test_what_is_too_wide_for_one_query_is_asked_in_parts(searcher: Searcher) -> None:
    """An event that also names something at its end."""
    for lines in (heavy(100), f"{heavy(100)}\nnative_id:9"):
        searcher.note("term report", "lawyer", terms=terms(lines), filters={}, total=0)
    assert reasons(searcher, type="term report") == ["", MAY_BE]


def test_many_ids_in_one_event_withhold_no_other(searcher: Searcher) -> None:
    """More than Elasticsearch takes as the values of one clause."""
    searcher.page("snow", viewer=officer(searcher, "lawyer"))
    many = " ".join(f"wordpress:x/posts/{n}" for n in range(70_000))
    searcher.note(
        "term report",
        "mallory",
        terms=[{"query": f'"{many}"', "not_counted": "too long"}],
        filters={},
        total=0,
    )
    first, second = reasons(searcher)[:2]
    assert first == ""
    assert second in (MAY_BE, UNCHECKED)


def test_an_id_is_named_as_a_whole(searcher: Searcher) -> None:
    for id_ in (COMMENT, NEAR):
        show_record(searcher, id_, viewer=reader(searcher, "lawyer"))
        searcher.page(f'record_id:"{id_}"', viewer=officer(searcher, "lawyer"))
        searcher.page(f'"see {id_}."', viewer=officer(searcher, "lawyer"))
    bar(searcher, COMMENT)
    assert reasons(searcher, actor="lawyer") == [MAY_BE] * 3 + [""] * 3
    assert [event["type"] for event in seen(searcher, record=NEAR)] == ["search", "show"]


def test_an_account_is_named_by_its_field_and_not_by_a_word(searcher: Searcher) -> None:
    searcher.page("board meets", viewer=officer(searcher, "lawyer"))
    searcher.note("order", "lawyer", name="Board minutes", query="board", filters=Filters().to_audit())
    searcher.note("prove", "lawyer", record_id=POST, account="news", sequence=1, ok=True)
    searcher.note("prove", "lawyer", record_id=POST, account="board", sequence=1, ok=True)
    searcher.page("snow", Filters(account=("board",)), viewer=officer(searcher, "lawyer"))
    searcher.page("account:boa*", viewer=officer(searcher, "lawyer"))
    assert reasons(searcher, actor="lawyer") == ["", "", "", MAY_BE, MAY_BE, MAY_BE]


def test_an_address_is_named_in_whatever_form_it_is_copied(searcher: Searcher) -> None:
    for address in (
        "https://x.com/board/status/9",
        "http://www.x.com/board/status/9/",
        "https://twitter.com/board/statuses/9?s=20",
    ):
        searcher.page(f'"{address}"', viewer=officer(searcher, "lawyer"))
    searcher.note(
        "order", "lawyer", name="About https://x.com/i/web/status/9.", query="", filters=Filters().to_audit()
    )
    searcher.note(
        "order", "lawyer", name="About https://x.com/i/web/status/99.", query="", filters=Filters().to_audit()
    )
    assert reasons(searcher, actor="lawyer") == [MAY_BE] * 4 + [""]


def test_a_file_under_quarantine_is_named_by_its_hash(building: Building, searcher: Searcher) -> None:
    picture = media(b"a picture", "p1")
    building.capture("news", [{"record_id": POST, "media": [picture]}], at=DAY + timedelta(hours=1))
    building.index()
    digest = picture["sha256"]
    bar(searcher, digest, FILE)
    for query in (f'file:"{digest}"', f"file:{digest[:20]}*", digest, "file:0*", "snow"):
        searcher.page(query, viewer=officer(searcher, "lawyer"))
    assert reasons(searcher, actor="lawyer") == [MAY_BE, MAY_BE, MAY_BE, "", ""]


def test_what_somebody_asked_they_read_themselves_whatever_they_guessed(
    building: Building, searcher: Searcher
) -> None:
    """Other people read no more of one guess than of another."""
    bar(searcher, COMMENT)
    picture = media(b"a picture", "p1")
    building.capture("news", [{"record_id": POST, "media": [picture]}], at=DAY + timedelta(hours=1))
    bar(searcher, picture["sha256"], FILE)
    long = (LONG_SECRET, "mastodon:" + "z" * 9_000)
    guesses = [
        SECRET,
        UNKNOWN,
        COMMENT,
        "wordpress:x/comments/9",
        "https://s.example/9",
        "board",
        "nosuch",
        picture["sha256"],
        "0" * 64,
        *long,
    ]
    for guess in guesses:
        for asked in (EventFilter(actor=guess), EventFilter(record=guess)):
            view.read_page(searcher, asked, None, AUDITOR.reading(searcher))
    own = seen(searcher, actor="auditor", type="audit")[::-1]
    assert [event.get("of") or event.get("record") for event in own] == [
        guess for guess in guesses for _ in range(2)
    ]
    assert {event["shown"] for event in own} == {0}
    others = [
        event.get("withheld", "")
        for event in seen(searcher, Person("another", ("board",)), actor="auditor", type="audit")
    ][::-1]
    by_person, by_record = others[: 2 * len(guesses) : 2], others[1 : 2 * len(guesses) : 2]
    assert by_person == [MAY_BE] * 5 + ["", ""] + [MAY_BE] * 4
    assert by_record == [MAY_BE] * len(guesses)
    officer = seen(searcher, Person("officer", (), quarantined=True), actor="auditor", type="audit")
    assert not any(event.get("withheld") for event in officer)


def test_what_somebody_did_with_a_right_that_they_lost_names_nothing_hidden(searcher: Searcher) -> None:
    show_record(searcher, SECRET, viewer=reader(searcher, "auditor"))
    searcher.note("quarantine", "auditor", record_id=COMMENT)
    bar(searcher, COMMENT)
    assert reasons(searcher, actor="auditor") == [MAY_BE, MAY_BE]


def test_of_ones_own_search_what_is_hidden_by_now_is_left_out_of_the_list(searcher: Searcher) -> None:
    searcher.page(f'record_id:"{COMMENT}" OR record_id:"{NEAR}"', viewer=officer(searcher, "auditor"))
    bar(searcher, COMMENT)
    [own] = seen(searcher, type="search")
    assert (own["query"].count("comments"), own["total"], own["records"]) == (2, 2, [NEAR])


def test_an_author_of_whom_all_is_hidden_is_named(searcher: Searcher) -> None:
    for platform, id_ in (("mastodon", "wb-4711"), ("mastodon", "p8"), ("wordpress", "p7")):
        summarize_author(searcher, platform, id_, viewer=officer(searcher, "lawyer"))
        searcher.page("", Filters(platform=(platform,), author=(id_,)), viewer=officer(searcher, "lawyer"))
    for query in (
        'author_id:"wb-4711"',
        "author:wb*",
        "handle:whistle",
        "author_id:p8",
        "author:nobody",
        'name:"A parent"',
    ):
        searcher.page(query, viewer=officer(searcher, "lawyer"))
    assert reasons(searcher, actor="lawyer") == [MAY_BE] * 2 + [""] * 4 + [MAY_BE] * 3 + [""] * 3
    bar(searcher, COMMENT)
    assert reasons(searcher, actor="lawyer")[4:6] == ["", ""]
    bar(searcher, NEAR)
    assert reasons(searcher, actor="lawyer")[4:6] == [MAY_BE, MAY_BE]


def test_an_id_too_long_to_be_searched_and_one_that_nobody_knows_are_withheld(searcher: Searcher) -> None:
    for id_ in (LONG, LONG_SECRET):
        show_record(searcher, id_, viewer=reader(searcher, "lawyer"))
    searcher.note("show", "lawyer", record_id=UNKNOWN, versions=0, records=[])
    assert reasons(searcher, actor="lawyer") == ["", MAY_BE, MAY_BE]
    searcher.note(
        "capture now", "lawyer", url="https://s.example/" + "a" * 9_000, accounts=["square"], request="0" * 32
    )
    assert reasons(searcher, actor="lawyer")[-1] == MAY_BE
    searcher.note("latest", "clerk", records=[LONG, LONG_SECRET, POST, UNKNOWN])
    [latest] = seen(searcher, actor="clerk")
    assert latest["records"] == [LONG, POST]
    assert [event["type"] for event in seen(searcher, record=LONG)] == ["latest", "show"]


def test_a_record_that_is_hidden_and_one_that_is_not_there_are_answered_alike(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far, as long, and with the same next page."""
    monkeypatch.setattr(caveats, "REMEMBERED", 3600.0)
    for n in range(6):
        show_record(searcher, SECRET, viewer=reader(searcher, "lawyer"))
        searcher.note("search", "x", query=f"q{n}")
        searcher.journal.ship(searcher.archive)
    monkeypatch.setattr(trail, "read_page", partial(trail.read_page, entries=3))
    monkeypatch.setattr(watch, "REMEMBERED", 3600.0)
    bar(searcher, COMMENT)
    # the readers that run next to the pages have finished, and do not read again
    searcher.status_reader.read_status()
    told, requests = [], []
    for record in (SECRET, COMMENT, UNKNOWN, NEAR):
        before = searcher.archive.requests
        page = view.read_page(searcher, EventFilter(record=record), None, AUDITOR.reading(searcher))
        requests.append(searcher.archive.requests - before)
        told.append((page.events, page.more, page.looked_back_to))
    assert told == [told[0]] * 4
    assert told[0][0] == ()
    assert told[0][1]
    assert told[0][2]
    assert max(requests) == min(requests) > 4
    before = searcher.archive.requests
    assert list(view.read_all(searcher, EventFilter(record=SECRET), AUDITOR.reading(searcher))) == []
    assert searcher.archive.requests - before > 12, "all is read, and nothing is shown"


def test_what_is_hidden_is_asked_for_as_often_as_what_is_not_there(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    bar(searcher, COMMENT)
    counts = dict[str, list[str]]()
    for record in (SECRET, COMMENT, UNKNOWN):
        own = counts[record] = []
        with monkeypatch.context() as patch:
            patch.setattr(
                visible_ids,
                "search_many",
                lambda *given, own=own: own.append(given[2]) or search_many(*given),
            )
            view.read_page(searcher, EventFilter(record=record), None, AUDITOR.reading(searcher))
    assert counts[SECRET] == counts[COMMENT] == counts[UNKNOWN] != []


@pytest.mark.usefixtures("ticking")
def test_who_hid_in_a_heavy_event_that_they_saw_a_record_is_told_of(searcher: Searcher) -> None:
    heavily = {"terms": terms(heavy(500)), "filters": Filters(record=(POST,)).to_audit(), "total": 0}
    searcher.note("term report", "mallory", **heavily)
    searcher.page(
        "secret", Filters(record=(POST,), matter="State v. Nobody"), viewer=officer(searcher, "counsel")
    )
    [told] = seen(searcher, record=POST)
    assert (told["actor"], told["withheld"]) == ("mallory", UNCHECKED)
