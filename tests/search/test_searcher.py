"""Results are exact, say what they may be missing, and are in the audit journal before they are shown."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from time import monotonic
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from recordroom.archive import store
from recordroom.archive.audit.journal import ledger_name
from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.archive.quarantine.watch import QuarantineSnapshot
from recordroom.dates import parse_from, parse_to
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.model import instant, record_fields
from recordroom.records.record import show_record
from recordroom.search import caveats
from recordroom.search.access import Viewer
from recordroom.search.caveats import StatusReader
from recordroom.search.filters import Filters
from recordroom.search.hits import MARK, UNMARK, build_hit, find_ellipses, group_by_record
from recordroom.search.index.indexer import Index
from recordroom.search.index.watermarks import Marks
from recordroom.search.searcher import BEST, DEEPEST, NEWEST, OLDEST, Searcher
from tests.building import DAY, Building, account, media
from tests.story import ACCOUNTS, story
from tests.viewers import officer, reader

HOURS = timedelta(hours=1)


@pytest.fixture
def searcher(building: Building) -> Iterator[Searcher]:
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


def journaled(building: Building) -> list[dict[str, object]]:
    lines = (
        line for path in building.settings.journal.glob("*.jsonl") for line in path.read_bytes().splitlines()
    )
    return [orjson.loads(line) for line in lines]


def test_pages_and_streams_give_every_record_once(
    building: Building, index: Index, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(300, segment=30))
    building.capture(
        "news", [{"record_id": f"wordpress:x/posts/u{n}", "published_at": None} for n in range(30)], at=DAY
    )
    index.catch_up()
    monkeypatch.setattr("recordroom.search.searcher.LARGEST_PAGE", 50)  # many pages of a stream
    for sort in (NEWEST, OLDEST, BEST):
        page, found = searcher.page("*", viewer=officer(searcher), size=50, sort=sort), []
        while hits := list(page.hits):
            found += hits
            page = searcher.page("*", viewer=officer(searcher), size=50, sort=sort, after=hits[-1].cursor)
        streamed = list(searcher.stream("*", viewer=officer(searcher), sort=sort).hits)
        names = [(h.record["account"], h.record["record_id"]) for h in found]
        assert names == [(h.record["account"], h.record["record_id"]) for h in streamed]
        assert len(set(names)) == len(names) == page.total
    dated = [h.record["published_at"] for h in searcher.stream("*", viewer=officer(searcher)).hits]
    assert all(a is None or b is None or a >= b for a, b in pairwise(dated))
    assert dated[-30:] == [None] * 30
    versions = searcher.stream("*", Filters(versions=True), viewer=officer(searcher))
    assert versions.total == 330
    assert (
        len({(h.record["account"], h.record["record_id"], h.record["sequence"]) for h in versions.hits})
        == 330
    )
    assert len(list(searcher.stream("*", viewer=officer(searcher), limit=100).hits)) == 100


def test_what_is_remembered_of_searches_does_not_grow_while_the_bucket_hangs(
    building: Building, index: Index, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then nothing that is remembered gets old."""
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "snow"}], at=DAY)
    index.catch_up()
    monkeypatch.setattr("recordroom.search.searcher.SCOPES", 5)
    monkeypatch.setattr(caveats, "PATIENCE", 0.0)
    monkeypatch.setattr(searcher.status_reader, "_read", lambda _: None)
    for second in range(12):
        searcher.page("snow", Filters(from_=DAY + timedelta(seconds=second)), viewer=officer(searcher))
    assert len(searcher._without_text) <= 5


def test_a_page_of_the_best_match_is_told_by_its_number(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """A score depends on the words of records that were left out too."""
    building.register(account("news", "wordpress"))
    building.capture(
        "news", [{"record_id": f"wordpress:x/posts/{n}", "text": "snow " * (n + 1)} for n in range(9)], at=DAY
    )
    index.catch_up()
    places = [
        hit.cursor
        for hit in searcher.page("snow", viewer=officer(searcher), size=4, sort=BEST, after=(4,)).hits
    ]
    assert places == [(5,), (6,), (7,), (8,)]
    end = DEEPEST - 4
    assert searcher.page("snow", viewer=officer(searcher), size=4, sort=BEST, after=(end,)).total == 9
    with pytest.raises(UsageError, match="only 10,000 results are shown"):
        searcher.page("snow", viewer=officer(searcher), size=4, sort=BEST, after=(end + 1,))
    assert not searcher.page("snow", viewer=officer(searcher), size=4, sort=BEST, after=(end,)).more
    for sort in (NEWEST, OLDEST, BEST):
        pages = {
            size: searcher.page("snow", viewer=officer(searcher), size=size, sort=sort) for size in (8, 9, 10)
        }
        assert {size: (len(list(page.hits)), page.more) for size, page in pages.items()} == {
            8: (8, True),
            9: (9, False),
            10: (9, False),
        }


def test_a_stream_is_of_one_moment(
    building: Building, index: Index, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": f"wordpress:x/posts/{n}"} for n in range(9)], at=DAY)
    index.catch_up()
    monkeypatch.setattr("recordroom.search.searcher.LARGEST_PAGE", 2)
    hits = searcher.stream("*", viewer=officer(searcher)).hits
    first = next(hits)
    building.capture(
        "news", [{"record_id": f"wordpress:x/posts/{n}", "text": "edited"} for n in range(9)], at=DAY + HOURS
    )
    index.catch_up()
    assert len({h.record["record_id"] for h in (first, *hits)}) == 9


def test_filters_narrow_and_dates_are_inclusive_pacific_days(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"), account("toots", "mastodon"))
    days = (
        "2026-03-02T07:59:59.999Z",
        "2026-03-02T08:00:00Z",
        "2026-03-03T07:59:59.999Z",
        "2026-03-03T08:00:00Z",
    )
    rows = [
        {"record_id": f"wordpress:x/posts/{n}", "published_at": parse_from(day)} for n, day in enumerate(days)
    ]
    building.capture("news", rows, at=DAY + timedelta(days=3))
    building.capture(
        "toots", [{"record_id": "mastodon:x/statuses/1", "kind": "reply", "status": "hidden"}], at=DAY
    )
    index.catch_up()

    def found(**filters: object) -> set[str]:
        page = searcher.page("", Filters(**filters), viewer=officer(searcher))  # type: ignore[arg-type]
        return {hit.record["record_id"][-1] for hit in page.hits}

    assert found(from_=parse_from("2026-03-02"), to=parse_to("2026-03-02"), account=("news",)) == {"1", "2"}
    assert found(from_=parse_from("2026-03-02T08:00Z"), account=("news",)) == {"1", "2", "3"}
    assert found(platform=("mastodon",)) == found(kind=("reply",)) == found(status=("hidden",)) == {"1"}
    assert found(account=("news", "toots")) == {"0", "1", "2", "3"}
    for wrong in ({"account": ("nws",)}, {"platform": ("x",)}, {"kind": ("pst",)}, {"status": ("gone",)}):
        with pytest.raises(UsageError, match=r"Available: \w"):
            found(**wrong)


def test_an_account_can_be_called_none(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("none", "wordpress"), account("news", "wordpress"))
    for name in ("none", "news"):
        building.capture(name, [{"record_id": f"wordpress:{name}/posts/1"}], at=DAY)
    index.catch_up()
    for chosen, total in (("none",), 1), (("none", "news"), 2):
        assert searcher.page("", Filters(account=chosen), viewer=officer(searcher)).total == total
    assert searcher.page("", Filters(media=("none",)), viewer=officer(searcher)).total == 2


def test_private_messages_are_found_only_by_those_who_ask_for_them(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("page", "facebook"))
    message = {"kind": "message", "root_id": "facebook:conversations/7", "published_at": DAY}
    rows: list[dict[str, Any]] = [{"record_id": "facebook:1", "text": "Snow day", "published_at": DAY}]
    rows += [{"record_id": f"facebook:messages/{n}", "text": "Is there snow?", **message} for n in range(3)]
    building.capture("page", rows, at=DAY)
    building.capture("page", at=DAY + HOURS)
    index.catch_up()
    for page in (
        searcher.page("snow", viewer=officer(searcher)),
        searcher.stream("snow", viewer=officer(searcher)),
    ):
        assert (page.total, page.messages_left_out, len(list(page.hits))) == (1, 3, 1)
        assert page.understood.endswith("current versions, without private messages")
    assert searcher.page("kind:message", viewer=officer(searcher)).total == 0
    assert searcher.page("kind:message", viewer=officer(searcher)).messages_left_out == 3
    for filters, total in (
        (Filters(messages=True), 4),
        (Filters(kind=("message",)), 3),
        (Filters(kind=("post",)), 1),
    ):
        page = searcher.page("snow", filters, viewer=officer(searcher))
        assert (page.total, page.messages_left_out, "without private" in page.understood) == (total, 0, False)
    [one, *_] = searcher.page("snow", Filters(kind=("message",)), viewer=officer(searcher)).hits
    assert one.record["last_seen_at"] == instant(DAY), "no look of a capture covers a private message"
    assert [line["filters"]["messages"] for line in journaled(building)[:2]] == [False, False]  # type: ignore[index]


def test_totals_count_current_documents_and_pages_group_by_record(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("a", "mastodon"), account("b", "mastodon"))
    for name in ("a", "b"):
        building.capture(
            name, [{"record_id": "mastodon:x/statuses/1", "text": "Snow", "published_at": DAY}], at=DAY
        )
    building.capture("a", [{"record_id": "mastodon:x/statuses/1", "text": "Snow day"}], at=DAY + HOURS)
    building.capture(
        "a",
        [{"record_id": "mastodon:x/statuses/2", "text": "snow too", "published_at": DAY}],
        at=DAY + 2 * HOURS,
    )
    index.catch_up()
    page = searcher.page("snow", viewer=officer(searcher))
    assert page.total == 3
    assert [(g.record_id[-1], g.accounts) for g in group_by_record(page.hits, versions=False)] == [
        ("1", ("a", "b")),
        ("2", ("a",)),
    ]
    assert group_by_record([], versions=False) == []
    every = searcher.page("snow", Filters(versions=True), viewer=officer(searcher))
    told = [
        (g.record_id[-1], g.accounts, g.hits[0].record["sequence"])
        for g in group_by_record(every.hits, versions=True)
    ]
    assert (every.total, sorted(told)) == (
        4,
        [("1", ("a",), 1), ("1", ("a",), 2), ("1", ("b",), 1), ("2", ("a",), 1)],
    )


def test_an_answer_was_last_seen_when_its_conversation_was_last_read(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "mastodon"))
    post, answer, other = (f"mastodon:x/statuses/{n}" for n in (1, 2, 3))
    rows = [
        {"record_id": post, "text": "snow"},
        {"record_id": answer, "text": "snow?", "root_id": post, "parent_id": post, "kind": "comment"},
    ]
    building.capture("news", [*rows, {"record_id": other, "text": "snow!"}], at=DAY)
    why: dict[str, Any] = {"why": {"turn": 1}, "skipped": {"unchanged": 1}}
    building.capture("news", at=DAY + HOURS, visited={"read": {post: 1}, **why})
    index.catch_up()
    building.capture(
        "news",
        [{"record_id": post, "text": "snow, edited"}],
        at=DAY + 2 * HOURS,
        visited={"read": {other: 0}, **why},
    )
    building.capture("news", at=DAY + 3 * HOURS, visited={"read": {}, "why": {}, "skipped": {"unchanged": 2}})
    index.catch_up()
    found = {
        hit.record["record_id"]: hit.record["last_seen_at"]
        for hit in searcher.page("snow", viewer=officer(searcher)).hits
    }
    assert found == {
        post: instant(DAY + 3 * HOURS),
        answer: instant(DAY + HOURS),
        other: instant(DAY + 3 * HOURS),
    }
    assert {
        hit.record["record_id"]: hit.record["last_seen_at"]
        for hit in searcher.stream("snow", viewer=officer(searcher)).hits
    } == found
    shown = show_record(searcher, answer, viewer=reader(searcher))
    assert [version.record["last_seen_at"] for version in shown.versions] == [instant(DAY + HOURS)]
    assert {said.record["record_id"]: said.record["last_seen_at"] for said in shown.conversation}[
        answer
    ] == instant(DAY + HOURS)
    seen = {
        "count": 2,
        "sha256": "0" * 64,
        "added": [],
        "missing": [answer],
        "last_seen": {answer: instant(DAY + HOURS)},
    }
    gone = [{"record_id": answer, "status": "unavailable"}]
    building.capture("news", gone, at=DAY + 4 * HOURS, visited={"read": {post: 0}, **why}, seen=seen)
    index.catch_up()
    [record] = [
        hit.record
        for hit in searcher.page("snow", viewer=officer(searcher)).hits
        if hit.record["record_id"] == answer
    ]
    assert (record["last_seen_at"], record["removal_noticed_at"]) == (
        instant(DAY + HOURS),
        instant(DAY + 4 * HOURS),
    )


def test_a_hit_is_the_whole_record_and_shows_what_matched(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress", series="GS50"))
    text = f"Las escuelas cierran. {'x ' * 500}Reuniones \ue000 canceladas"
    picture = media(b"1", "m1", alt_text="Children in the snow")
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": text, "media": [picture]}], at=DAY)
    building.capture("news", at=DAY + HOURS)
    index.catch_up()
    [hit] = searcher.page("reunion snow", viewer=officer(searcher)).hits
    assert list(hit.record) == [f.name for f in record_fields()]
    assert hit.record["text"] == text
    assert (hit.record["tags"], hit.record["title"], hit.record["counts"]) == ([], None, None)
    assert set(hit.record["media"][0]) >= {"identity", "sha256", "width"}
    assert (hit.record["first_seen_at"], hit.record["last_seen_at"]) == (instant(DAY), instant(DAY + HOURS))
    assert (hit.record["series"], hit.record["eligible_on"]) == ("GS50", None)
    assert f"{MARK}Reuniones{UNMARK}" in hit.highlights["text"][0]
    assert hit.highlights["media.alt_text"] == [f"Children in the {MARK}snow{UNMARK}"]
    [tagged] = searcher.page("cierra*", viewer=officer(searcher)).hits
    assert f"{MARK}cierran{UNMARK}" in tagged.highlights["text"][0]


def test_it_says_how_many_files_no_words_can_find(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    mute, told = media(b"1", "m1"), media(b"2", "m2", alt_text="A bus")
    building.capture(
        "news", [{"record_id": "wordpress:x/posts/1", "text": "Snow", "media": [mute, told]}], at=DAY
    )
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Ice"}], at=DAY + HOURS)
    building.capture("other", [{"record_id": "wordpress:x/posts/2", "media": [mute, mute, mute]}], at=DAY)
    index.catch_up()
    assert searcher.page("nothing has this", viewer=officer(searcher)).media_without_text == 4
    assert searcher.page("snow", Filters(account=("news",)), viewer=officer(searcher)).media_without_text == 1
    assert (
        searcher.page(
            "snow", Filters(account=("news",), versions=True), viewer=officer(searcher)
        ).media_without_text
        == 2
    )


def test_it_says_which_gaps_overlap_and_how_far_the_index_is_behind(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1"}], at=DAY)
    building.capture("other", [{"record_id": "wordpress:x/posts/2"}], at=DAY)
    index.catch_up()
    building.capture("news", at=DAY + HOURS)
    building.capture("news", at=DAY + 2 * HOURS)
    gaps = Gaps(building.archive)
    gaps.open_("news", "counts-differ", "the platform says 5, we have 4", DAY, DAY + timedelta(days=2))
    gaps.open_("other", "torn-evidence", "x")
    gaps.close("other", "torn-evidence", "mended")
    page = searcher.page("*", viewer=officer(searcher))
    assert page.behind == {"news": 2}
    assert [g.account for g in page.gaps or ()] == ["news"]
    assert searcher.page("*", Filters(account=("other",)), viewer=officer(searcher)).gaps == ()
    assert searcher.page("*", Filters(account=("other",)), viewer=officer(searcher)).behind == {}
    later = searcher.page("*", Filters(from_=parse_from("2026-04")), viewer=officer(searcher))
    assert (later.gaps, later.problem) == ((), "")


def test_the_index_is_late_only_where_its_next_run_must_have_failed(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"), account("other", "wordpress"))
    for name in ("news", "other"):
        building.capture(name, [{"record_id": f"wordpress:x/posts/{name}"}], at=DAY)
    index.catch_up()
    now = datetime.now(UTC)
    building.capture("news", at=now - timedelta(minutes=10))
    building.capture("other", at=now - timedelta(minutes=30))
    building.capture("other", at=now)
    searcher.status_reader.read_marks()
    around = searcher.status_reader.read_status()
    assert (around.behind, around.late) == ({"news": 1, "other": 2}, {"other": 2})


def test_a_bucket_that_is_away_never_stops_a_search(
    building: Building, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow"}], at=DAY)
    index.catch_up()
    monkeypatch.setattr(caveats, "PATIENCE", 0.2)
    away = building.settings.model_copy(update={"s3_endpoint": "http://127.0.0.1:9"})
    searcher = Searcher(away, store.archive(away), store.derived(away))
    page = searcher.page("snow", viewer=officer(searcher))
    assert page.total == 1
    assert (page.gaps, page.behind) == (None, None)
    assert page.problem


def test_a_search_is_journaled_before_it_is_answered_and_shipped(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow"}], at=DAY)
    index.catch_up()
    searcher.page("snow", Filters(kind=("post",)), viewer=officer(searcher, "paralegal@example"))
    hits = searcher.stream("ice", viewer=officer(searcher, "paralegal@example")).hits
    first, second = journaled(building)
    assert (first["type"], first["actor"], first["query"], first["total"]) == (
        "search",
        "paralegal@example",
        "snow",
        1,
    )
    assert first["filters"] == {"kind": ["post"], "versions": False, "messages": False}
    assert (first["shown"], first["records"]) == (1, ["wordpress:x/posts/1"])
    assert (second["query"], second["total"]) == ("ice", 0)
    assert list(hits) == []
    assert searcher.journal.ship(building.archive) == 2
    chain = Ledger(building.archive, ledger_name(str(first["time"])[:7]))
    assert [e["event"] for entry in chain.entries() for e in entry.body["events"]] == [
        first["event"],
        second["event"],
    ]


def test_without_an_index_the_words_say_what_to_do(searcher: Searcher) -> None:
    with pytest.raises(ServiceUnavailable, match="rebuild index"):
        searcher.page("snow", viewer=officer(searcher))


def test_wrong_orders_and_sizes_are_refused(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", at=DAY)
    index.catch_up()
    with pytest.raises(UsageError, match="newest, oldest, eligible, best"):
        searcher.page("*", viewer=officer(searcher), sort="random")
    with pytest.raises(UsageError, match="page by page"):
        searcher.page("*", viewer=officer(searcher), size=100_000)
    with pytest.raises(UsageError, match="From is after To"):
        searcher.page(
            "*", Filters(from_=parse_from("2026-03"), to=parse_to("2026-01")), viewer=officer(searcher)
        )


def test_records_and_conversations_are_named_letter_by_letter(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """Some platforms tell ids apart by case alone, and some let their users choose them."""
    building.register(account("news", "wordpress"))
    ids = ("wordpress:x/posts/aB", "wordpress:x/posts/Ab", 'wordpress:x/"\\ OR *\n</script>')
    answer = {"record_id": "wordpress:x/c", "text": "Ice", "parent_id": ids[0], "root_id": ids[0]}
    building.capture("news", [*({"record_id": name, "text": "Snow"} for name in ids), answer], at=DAY)
    index.catch_up()
    for name in ids:
        assert [
            hit.record["record_id"]
            for hit in searcher.page("", Filters(record=(name,)), viewer=officer(searcher)).hits
        ] == [name]
        assert searcher.page("", Filters(conversation=(name,)), viewer=officer(searcher)).total == (
            2 if name == ids[0] else 1
        )
    assert searcher.page("ice", Filters(record=ids), viewer=officer(searcher)).total == 0
    assert searcher.page("", Filters(record=ids), viewer=officer(searcher)).total == 3


def test_a_search_that_takes_too_long_is_stopped_and_says_so(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """Many different words, and 150 patterns that each of them has to be held against."""
    building.register(account("news", "wordpress"))
    letters = Random(1)  # noqa: S311 (no secret: the same words each time)
    texts = (" ".join(f"{letters.getrandbits(64):x}" for _ in range(500)) for _ in range(250))
    building.capture(
        "news",
        [{"record_id": f"wordpress:x/posts/{n}", "text": text} for n, text in enumerate(texts)],
        at=DAY,
    )
    index.catch_up()
    hasty = Searcher(
        building.settings.model_copy(update={"search_seconds": 1}), building.archive, building.derived
    )
    began = monotonic()
    with pytest.raises(UsageError, match="took too long and was stopped") as told:
        hasty.page(" OR ".join(f"*{n}*a*{n}*b*" for n in range(150)), viewer=officer(hasty))
    assert "Search fewer dates" in told.value.mend
    assert monotonic() - began < 120
    assert searcher.page("a0*", viewer=officer(searcher)).total >= 0, "the next one is answered"
    hasty.client.close()


def _of(hidden: tuple[str, ...]) -> Viewer:
    return Viewer(
        None, hidden, sees_quarantine=True, sees_matters=False, snapshot=QuarantineSnapshot(Quarantine)
    )


def test_a_failure_that_names_a_hidden_account_is_told_in_other_words() -> None:
    problem = "ledger/capture/mastodon/board/000000000002.json: an entry that existed is missing now"
    assert _of(("boar", "news")).reword(problem) == problem
    assert "board" not in _of(("news", "board")).reword(problem)


def test_neither_the_name_nor_the_platform_of_a_hidden_account_is_told() -> None:
    chains = ("capture/wordpress/news", "capture/mastodon/board")
    for wrong in (Filters(platform=("mastodon",)), Filters(account=("board",))):
        with pytest.raises(UsageError) as refused:
            wrong.check(chains, _of(("board",)))
        assert refused.value.mend in ("Available: wordpress.", "Available: news.")
    Filters(platform=("mastodon",)).check(chains, _of(()))


@pytest.mark.parametrize(
    ("pieces", "around"),
    [
        ([f"Closed {MARK}today{UNMARK}. Open tomorrow."], ("", "")),
        ([f"Closed {MARK}today{UNMARK}. "], ("", " ...")),
        ([f"{MARK}Open{UNMARK} tomorrow."], ("... ", "")),
        (["Closed", "tomorrow."], ("", "")),
        (["today"], ("... ", " ...")),
    ],
)
def test_dots_stand_where_words_are_left_out(pieces: list[str], around: tuple[str, str]) -> None:
    assert find_ellipses(pieces, ["A bus", " Closed today. Open tomorrow.\n"]) == around


@pytest.mark.parametrize("turn", [1, -1])
def test_a_piece_is_shown_as_it_stands_in_the_text_in_whichever_order_its_plain_copy_comes(turn: int) -> None:
    text = "Snow \u202edesrever"
    own, copy = (f"{MARK}Snow{UNMARK} {rest}" for rest in ("\u202edesrever", "desrever"))
    document = {
        "record_id": "a",
        "account": "news",
        "platform": "feed",
        "status": "visible",
        "current": False,
        "late_arrival": False,
    }
    found = {"_source": document | {"text": text}, "highlight": {"text": [own, copy][::turn]}}
    hit = build_hit(found, Marks("test"), {}, ())
    assert hit.highlights == {"text": [own]}
    assert find_ellipses([copy], hit.texts("text")) == find_ellipses([own], hit.texts("text")) == ("", ""), (
        "of some texts the copy alone is given"
    )


def test_an_index_that_hangs_keeps_nobody_waiting_who_can_do_with_what_is_known(
    building: Building, index: Index, searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": "Snow"}], at=DAY)
    index.catch_up()
    status = StatusReader(searcher.client, searcher.alias, searcher.archive, searcher.derived)
    marks = status.read_marks()
    status.read_status()
    with socket.create_server(("127.0.0.1", 0)) as silent, ThreadPoolExecutor(1) as pool:
        hangs = Elasticsearch(
            f"http://127.0.0.1:{silent.getsockname()[1]}", request_timeout=60, max_retries=0
        )
        monkeypatch.setattr(status, "_client", hangs)
        monkeypatch.setattr(caveats, "REMEMBERED", -1.0)
        waiting = pool.submit(status.read_marks)
        asked, _ = silent.accept()
        began = monotonic()
        assert status.read_marks() is marks
        assert monotonic() - began < 10
        asked.close()
        with pytest.raises(ServiceUnavailable):
            waiting.result()
        hangs.close()
    monkeypatch.setattr(status, "_client", searcher.client)
    assert status.read_marks() is not marks, "the next one asks again"
