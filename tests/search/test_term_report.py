"""A term report's numbers are exact: each is held against a count by hand, or against searches one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

import orjson
import pytest
from python_calamine import CalamineWorkbook

from recordroom.archive.gaps import Gaps
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.errors import ArchiveError, UsageError
from recordroom.exports.formats import term_report
from recordroom.records import quarantine
from recordroom.register.models import COUNTS_DIFFER
from recordroom.search import client, counting, term_list
from recordroom.search.client import Batches
from recordroom.search.counting import Count
from recordroom.search.filters import Filters
from recordroom.search.index.documents import id_of
from recordroom.search.index.indexer import Index
from recordroom.search.query.query import read
from recordroom.search.searcher import NEWEST, Searcher, _body
from recordroom.search.term_list import parse_file, parse_text
from recordroom.search.term_report import HINT, TermReport, count_terms
from tests.building import DAY, Building, account
from tests.services import S3, Buckets
from tests.story import ACCOUNTS, story
from tests.viewers import officer

HOURS = timedelta(hours=1)
IDLE = "; it finds other endings only at the end of a word of at least three letters without other characters"
TERMS = (
    "school", "closure", "el cierre", '"school board"', "#SnowDay", "clos*", "author:ana", "NOT school",
    "status:removed", "kind:comment", "levy OR budget", "(levy OR bond) AND NOT #levy2026", "recieve~",
    "nothing has this", '"boundary changes"~3 lincoln', "reunión^3", "*",
)  # fmt: skip


@pytest.fixture
def searcher(building: Building) -> Iterator[Searcher]:
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


@pytest.fixture(scope="module")
def told(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """A story of 600 rows in five accounts, which nothing changes."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("terms"), elasticsearch)
    building.register(*(account(name, platform) for name, platform in ACCOUNTS.items()))
    building.tell(story(600, segment=100))
    index = Index(building.settings, building.archive, building.derived)
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    index.client.close()
    searcher.client.close()


def found(
    searcher: Searcher, text: str, filters: Filters | None = None, hidden: tuple[str, ...] = ()
) -> dict[tuple[str, str, int], dict[str, Any]]:
    """The results of the search itself, one query after the other."""
    clauses = (filters or Filters()).clauses(officer(searcher, hidden=hidden))
    body = _body(read(text), clauses, NEWEST) | {"_source": ["account", "record_id", "sequence", "root_id"]}
    told = (hit["_source"] for hit in searcher.read_hits(body))
    return {(one["account"], one["record_id"], one["sequence"]): one for one in told}


def by_hand(records: dict[tuple[str, str, int], dict[str, Any]]) -> Count:
    accounts: dict[str, int] = {}
    for name, _, _ in sorted(records):
        accounts[name] = accounts.get(name, 0) + 1
    return Count(len(records), len({r["root_id"] for r in records.values() if r.get("root_id")}), accounts)


def hold(
    searcher: Searcher, terms: tuple[str, ...], filters: Filters, hidden: tuple[str, ...] = ()
) -> TermReport:
    """Each number of the report against the search's own hits."""
    made = count_terms(
        searcher, parse_text("\n".join(terms)), filters, viewer=officer(searcher, hidden=hidden)
    )
    each = [found(searcher, text, filters, hidden) for text in terms]
    for number, (row, own) in enumerate(zip(made.rows, each, strict=True)):
        others = {key for n, hits in enumerate(each) if n != number for key in hits}
        assert (row.found, row.unique) == (by_hand(own), len(own.keys() - others)), row.line.text
    assert made.total == by_hand({key: value for hits in each for key, value in hits.items()})
    return made


@pytest.mark.parametrize(
    ("filters", "hidden"),
    [
        (Filters(), ()),
        (Filters(versions=True), ()),
        (Filters(account=("district", "news"), kind=("post", "comment")), ()),
        (Filters(platform=("mastodon",), versions=True), ("superintendent",)),
        (Filters(from_=DAY - timedelta(days=9_000), to=DAY, status=("visible",)), ()),
    ],
)
def test_every_number_is_what_the_search_finds(
    told: Searcher, filters: Filters, hidden: tuple[str, ...]
) -> None:
    hold(told, TERMS if filters.versions else TERMS[:-1], filters, hidden)


def test_many_conversations_are_asked_for_in_parts(told: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so few buckets that two parts are not enough, and in requests of few searches."""
    monkeypatch.setattr(counting, "CONVERSATIONS", 7)
    monkeypatch.setattr(client, "BYTES", 2_000)
    monkeypatch.setattr(client, "BUCKETS", 20)
    hold(told, TERMS[:8], Filters())


@pytest.mark.thorough
def test_conversations_are_counted_across_slices_of_a_large_index(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """Elasticsearch searches slices of 50,000 documents or more at the same time."""
    building.register(account("news", "wordpress"))
    index.catch_up()
    elastic, name = searcher.client, searcher.alias
    elastic.indices.put_settings(index=name, settings={"refresh_interval": -1})
    of = '"account":"news","platform":"wordpress","current":true'
    line = '{"index":{}}\n{%s,"kind":"%s"%s}\n'
    for _ in range(2):  # each refresh makes a segment
        hits = (line % (of, "comment", f',"root_id":"r{n}","record_id":"r{n}"') for n in range(10))
        lines = line % (of, "post", "") * 60_000 + "".join(hits)
        elastic.bulk(index=name, operations=cast(Any, lines.encode()), refresh=True)
    report = count_terms(searcher, parse_text("kind:comment"), viewer=officer(searcher))
    [row] = report.rows
    assert row.found == Count(20, 10, {"news": 20})


@pytest.mark.parametrize("broad", [1, 2, 5])
def test_what_few_queries_share_changes_no_number(
    told: Searcher, monkeypatch: pytest.MonkeyPatch, broad: int
) -> None:
    """The fewer queries decide first, the more records are left to all of them."""
    monkeypatch.setattr(counting, "BROAD", broad)
    hold(told, TERMS[:-1], Filters())


def test_a_list_of_more_clauses_than_the_node_takes_is_counted_all_the_same(told: Searcher) -> None:
    """Each line has some 900 clauses; together they are more than any node of a test takes."""
    lines = [
        " OR ".join(f"w{n}x{word}" for word in range(149)) + f" OR {word}"
        for n, word in enumerate(["school"] * 20 + ["levy"])
    ]
    made = count_terms(told, parse_text("\n".join(lines)), viewer=officer(told))
    assert [row.unique for row in made.rows[:20]] == [0] * 20
    schools, levies = (found(told, word) for word in ("school", "levy"))
    assert made.rows[20].unique == len(levies.keys() - schools.keys())
    assert made.total == by_hand(schools | levies)


def test_what_the_node_had_no_memory_for_is_asked_again(
    told: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second answer is put in the place of such a refusal, once."""
    terms = parse_text("snow\nlevy\nschool AND board\nbudget")
    whole, real, asked = count_terms(told, terms, viewer=officer(told)), Batches.send, list[int]()

    def short_of_memory(
        self: Batches, batch: Sequence[bytes], at_once: int | None = None
    ) -> list[dict[str, Any]]:
        found, first = real(self, batch, at_once), not asked
        asked.append(len(batch))
        return [
            {"status": 429, "error": {"reason": "too large"}} if first and n % 2 else one
            for n, one in enumerate(found)
        ]

    monkeypatch.setattr(Batches, "send", short_of_memory)
    again = count_terms(told, terms, viewer=officer(told))
    assert [row.found for row in again.rows] == [row.found for row in whole.rows]
    assert asked[:2] == [4, 2]


def test_what_only_one_term_finds(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"), account("board", "mastodon"))
    post, other = "wordpress:x/posts/1", "wordpress:x/posts/2"
    texts = {
        post: "Snow day",
        "wordpress:x/comments/2": "snow?",
        "wordpress:x/comments/3": "Ice!",
        other: "Ice and snow",
    }
    roots = {other: other}
    rows: list[dict[str, Any]] = [
        {"record_id": n, "text": text, "root_id": roots.get(n, post)} for n, text in texts.items()
    ]
    building.capture("news", rows, at=DAY)
    building.capture("board", [{"record_id": "mastodon:x/statuses/1", "text": "snow"}], at=DAY)
    building.capture("news", [{"record_id": post, "text": "Sleet"}], at=DAY + HOURS)
    index.catch_up()
    made = count_terms(
        searcher, parse_text("snow\nice\nsleet\nhail"), viewer=officer(searcher, "paralegal@example")
    )
    assert [(row.found, row.unique) for row in made.rows] == [
        (Count(3, 3, {"board": 1, "news": 2}), 2),
        (Count(2, 2, {"news": 2}), 1),
        (Count(1, 1, {"news": 1}), 1),
        (Count(), 0),
    ]
    assert (made.total, made.unique) == (Count(5, 3, {"board": 1, "news": 4}), 4)
    versions = count_terms(
        searcher, parse_text("snow\nday"), Filters(versions=True), viewer=officer(searcher)
    )
    assert [(row.found and row.found.records, row.unique) for row in versions.rows] == [(4, 3), (1, 0)]
    hidden = count_terms(searcher, parse_text("snow"), Filters(), viewer=officer(searcher, hidden=("board",)))
    assert (hidden.total, hidden.accounts) == (Count(2, 2, {"news": 2}), ("news",))
    with pytest.raises(UsageError, match="'board'"):
        count_terms(
            searcher,
            parse_text("snow"),
            Filters(account=("board",)),
            viewer=officer(searcher, hidden=("board",)),
        )


def test_a_line_with_a_mistake_hinders_no_other_and_what_is_asked_twice_counts_once(told: Searcher) -> None:
    made = count_terms(
        told, parse_text("school\n\nsnow && ice\nSCHOOL\n  school \nLincoln school\n"), viewer=officer(told)
    )
    first, wrong, same, again, other = made.rows
    assert (first.note, other.note, made.empty) == ("", "", (2,))
    assert wrong.line.mistake is not None
    assert (wrong.line.number, wrong.line.mistake.position, wrong.line.mistake.suggestion) == (
        3,
        5,
        "snow AND ice",
    )
    assert (same.note, again.note, again.line.number) == ("same as line 1", "same as line 1", 5)
    assert first.found is not None
    assert other.found is not None
    assert (first.unique, other.unique) == (first.found.records - other.found.records, 0)
    assert parse_text("school\n\nsnow && ice").corrected == "school\n\nsnow AND ice"
    wordless = parse_text("school\n(")
    assert (wordless.lines[1].mistake and wordless.lines[1].mistake.suggestion, wordless.corrected) == (
        "",
        "school\n(",
    ), "not everything"
    nothing = count_terms(told, parse_text("snow && ice"), viewer=officer(told))
    assert (nothing.total, nothing.counted) == (Count(), 0)


def test_lines_that_differ_in_case_are_the_same_where_case_does_not_matter() -> None:
    """A capital letter of a handle is another one than the small to `~`, and comes before all small ones in a
    range.
    """
    exactly = "handle:MARIA~\nhandle:Maria~\nhandle:[A TO M]\nhandle:[a TO m]"
    given = f"{exactly}\nSnow DAY\nsnow day\nhandle:Émile\nhandle:éMILE\nRecieve~\nrecieve~"
    assert [line.same_as for line in parse_text(given).lines] == [
        None,
        None,
        None,
        None,
        None,
        5,
        None,
        7,
        None,
        9,
    ]


def test_private_messages_are_counted_only_where_they_are_asked_for(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("page", "facebook"))
    message = {"kind": "message", "root_id": "facebook:conversations/7", "text": "Is there snow?"}
    building.capture(
        "page",
        [{"record_id": "facebook:1", "text": "Snow"}, {"record_id": "facebook:messages/1", **message}],
        at=DAY,
    )
    index.catch_up()
    without, with_ = (
        count_terms(searcher, parse_text("snow\nice"), Filters(messages=told), viewer=officer(searcher))
        for told in (False, True)
    )
    assert (without.total.records, without.messages_left_out) == (1, 1)
    assert (with_.total.records, with_.messages_left_out) == (2, 0)


def test_a_record_without_a_known_conversation_counts_in_none(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"))
    building.capture(
        "news",
        [{"record_id": name, "title": "Snow"} for name in ("wordpress:x", "wordpress:x/posts/1")],
        at=DAY,
    )
    index.catch_up()
    index.client.update(
        index=index.alias, id=id_of("news", "wordpress:x", 1), doc={"root_id": None}, refresh=True
    )
    [row] = count_terms(searcher, parse_text("snow"), viewer=officer(searcher)).rows
    assert row.found == Count(2, 1, {"news": 2})


def test_it_is_one_event_with_all_lines(told: Searcher) -> None:
    journal = told.journal.folder
    count_terms(
        told,
        parse_text("school\nsnow && ice\nlevy"),
        Filters(kind=("post",)),
        viewer=officer(told, "paralegal@example"),
    )
    events = [
        orjson.loads(line) for path in journal.glob("*.jsonl") for line in path.read_bytes().splitlines()
    ]
    [event] = [e for e in events if e["actor"] == "paralegal@example"]
    assert event["type"] == "term report"
    assert [(term["line"], term["query"]) for term in event["terms"]] == [
        (1, "school"),
        (2, "snow && ice"),
        (3, "levy"),
    ]
    assert (
        event["terms"][0]["total"] == told.page("school", Filters(kind=("post",)), viewer=officer(told)).total
    )
    assert event["filters"] == {"kind": ["post"], "versions": False, "messages": False}


def test_numbers_that_do_not_add_up_are_not_told(told: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "ACCOUNTS", 1)
    with pytest.raises(ArchiveError, match="No count is shown"):
        count_terms(told, parse_text("school"), viewer=officer(told))


@pytest.mark.parametrize(
    ("data", "name", "texts"),
    [
        (b"snow\r\nice\rhail\n\n", "terms.txt", ["snow", "ice", "hail"]),
        ("\ufeffreunión".encode(), "terms.txt", ["reunión"]),
        ("reunión\n雪".encode("utf-16"), "terms.txt", ["reunión", "雪"]),
        (b"\xfe\xff" + "año".encode("utf-16-be"), "terms.txt", ["año"]),
        # what looks like an empty line is one
        ("\u200b\nsnow\u200b OR\u200b ice".encode(), "terms.txt", ["snow OR ice"]),
        (
            b'"""snow day"""\r\n,\r\n"a, b"\r\n"two\nlines"\r\n',
            "Terms.CSV",
            ['"snow day"', "a, b", "two lines"],
        ),
    ],
)
def test_lists_come_as_text_or_csv(data: bytes, name: str, texts: list[str]) -> None:
    assert [line.text for line in parse_file(data, name).lines] == texts


def test_the_numbers_of_a_pasted_list_and_the_cells_of_a_table_are_no_words_of_its_terms() -> None:
    """A tab follows each: `1 snow` would find only records that contain a 1."""
    given = parse_text(
        '1.\tsnow\r\n(b)\t"snow day"\r\niv)\tlevy AND (\r\no\tice OR'
        " hail\r\n•\tbus\r\n\tschool\t\r\nboard\t12\r\n7.\tboard\t12"
    )
    assert [line.number for line in given.lines if line.query] == [6]
    mistakes = {line.number: line.mistake for line in given.lines if line.mistake}
    assert {number: mistake.position for number, mistake in mistakes.items()} == {
        1: 2,
        2: 3,
        3: 3,
        4: 1,
        5: 1,
        7: 5,
        8: 2,
    }
    assert given.corrected == 'snow\n"snow day"\nlevy\nice OR hail\nbus\nschool\nboard\t12\n7.\tboard\t12', (
        "which cell is meant is not ours to say"
    )


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"caf\xe9", "terms.txt", "not text in UTF-8"),
        (b"PK\x03\x04\x00\x00", "terms.xlsx", "not text in UTF-8"),
        (b"a,b\n", "terms.csv", "row 1 of terms.csv has 2 cells"),
        (b'"a\n', "terms.csv", "not a CSV file"),
        (b"\n \n", "terms.txt", "the list has no terms"),
        (b"x\n" * 1_001, "terms.txt", "the list has 1,001 terms"),
        (b"x" * 1_000_001, "terms.txt", "1,000,001 bytes"),
    ],
)
def test_what_is_no_list_is_refused_in_words(data: bytes, name: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_file(data, name)
    assert len(parse_text("x\n" * term_list.MOST).lines) == term_list.MOST


def test_a_spreadsheet_computes_nothing_of_it(told: Searcher) -> None:
    terms = parse_text('school\n-1+1\n+"=cmd"\n@SUM\nsnow && ice\nSCHOOL\n00123\n<r>x</r>')
    made = count_terms(told, terms, viewer=officer(told))
    lines = list(
        csv.reader(
            io.StringIO(
                term_report.write_report(made, term_report.CSV, of_quarantine=True).decode("utf-8-sig")
            )
        )
    )
    heads, *rows = lines
    assert heads[:8] == [
        "Release status",
        "Line",
        "Term",
        "Understood as",
        "Note",
        "Records hit",
        "Conversations hit",
        "Unique hits",
    ]
    assert heads[8:-1] == [f"Records of {name}" for name in made.accounts]
    assert [row[2] for row in rows[:4]] == ["school", "'-1+1", '\'+"=cmd"', "'@SUM"]
    assert rows[6][2] == "'00123"
    assert rows[4][4].startswith("not counted: && is not an operator here")
    assert rows[5][4:8] == ["same as line 1", "", "", ""]
    assert rows[-1][4:8] == [
        "all terms combined",
        *map(str, (made.total.records, made.total.conversations, made.unique)),
    ]
    assert "counted " in rows[-1][3]
    assert {row[0] for row in rows} == {"NOT REVIEWED FOR RELEASE"}
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(term_report.write_report(made, term_report.XLSX, of_quarantine=True))
    )
    [sheet] = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert sheet[0] == heads
    assert [row[2] for row in sheet[1:9]] == [line.text for line in terms.lines]
    assert made.rows[0].found is not None
    assert sheet[1][5] == made.rows[0].found.records


def test_a_zero_that_rests_on_a_doubtful_reading_is_marked_in_the_report_and_its_files(
    told: Searcher,
) -> None:
    lines = {
        "zebra": "",
        "zebra gnu": "",
        "gnu?": "? at the end of a word is punctuation; inside a word it replaces one letter",
        "'zebra gnu'": "Single quotes around several words make a phrase",
        '"zebr* gnus"': "*, ?, and ! do not replace letters inside quotes",
        "zebra/gnu": "zebra/gnu finds its words in this order; for any of them, write zebra OR gnu",
        "zebra OR acted_by:agency": (
            "It is known who hid or removed something only if the platform proves it; otherwise use "
            "acted_by:unknown"
        ),
        "zebra w/5 gnu": "",
        "zebra emu?": "? at the end of a word is punctuation; inside a word it replaces one letter",
        "zebra8!": f"The ! of zebra8! is punctuation here{IDLE}",
        '"zebra w/5 gnu"': "w/5 is a word of the phrase here; write a proximity operator outside the quotes",
        "school": "",
        "school board": "",
    }
    made = count_terms(told, parse_text("\n".join(lines)), viewer=officer(told))
    assert {row.line.text: ". ".join(row.doubts) for row in made.rows} == lines
    assert [row.line.number for row in made.doubtful] == [3, 4, 5, 6, 7, 9, 10, 11]
    notes = [
        f"0 results, but the term may mean something else: {doubt}" if doubt else ""
        for doubt in lines.values()
    ]
    assert {row.line.text for row in made.rows if row.hint} == {"zebra gnu", "zebra emu?"}
    notes[1] = HINT
    notes[8] += f". {HINT}"
    data = term_report.write_report(made, term_report.CSV, of_quarantine=True).decode("utf-8-sig")
    _, *rows = csv.reader(io.StringIO(data))
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(term_report.write_report(made, term_report.XLSX, of_quarantine=True))
    )
    sheet = book.get_sheet_by_index(0).to_python()[1:]
    assert [row[4] for row in rows[:13]] == [row[4] for row in sheet[:13]] == notes
    assert {row[5] for row in rows[:11]} == {"0"}


def test_a_file_names_what_its_numbers_lack(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("page", "facebook"))
    message = {
        "record_id": "facebook:messages/1",
        "kind": "message",
        "root_id": "facebook:conversations/7",
        "text": "snow?",
    }
    posts = [{"record_id": f"facebook:{n}", "text": "snow", "published_at": DAY} for n in range(3)]
    building.capture("page", [*posts, message], at=DAY)
    Gaps(building.archive).open_("page", COUNTS_DIFFER, "5 answers to 2 records")
    index.catch_up()
    thing = QuarantineTarget(RECORD, "facebook:1")
    quarantine.put(searcher, thing, "a home address", officer(searcher))
    made = count_terms(searcher, parse_text("snow"), viewer=officer(searcher))

    def notes(*, of_quarantine: bool) -> list[str]:
        data = term_report.write_report(made, term_report.CSV, of_quarantine=of_quarantine).decode(
            "utf-8-sig"
        )
        heads, _, total, *rest = csv.reader(io.StringIO(data))
        book = CalamineWorkbook.from_filelike(
            io.BytesIO(term_report.write_report(made, term_report.XLSX, of_quarantine=of_quarantine))
        )
        assert [row[4] for row in book.get_sheet_by_index(0).to_python()[3:]] == [row[4] for row in rest], (
            "both forms say the same"
        )
        assert total[4:6] == ["all terms combined", "2"]
        assert all(
            len(row) == len(heads) and not any(row[1:4] + row[5:]) and row[0] == total[0] for row in rest
        ), "no number, no term"
        return [row[4] for row in rest]

    message_, barred, gap = notes(of_quarantine=True)
    assert message_ == "not counted, private messages that match a term: 1"
    assert barred == "not counted, records under quarantine that match a term: 1"
    assert gap.startswith(f"known gap in account page: {COUNTS_DIFFER} since ")
    assert gap.endswith(": 5 answers to 2 records")
    assert notes(of_quarantine=False) == [message_, gap]


def test_one_query_finds_what_all_terms_find(told: Searcher) -> None:
    viewer = officer(told)

    def together(lines: str) -> str:
        return count_terms(told, parse_text(lines), viewer=viewer).together

    counted = together("\n".join((*TERMS, "snow AND (", "SCHOOL", "NOT levy")))
    assert counted.startswith("(school) OR (closure)")
    for filters in (Filters(), Filters(versions=True)):
        total = count_terms(told, parse_text("\n".join(TERMS)), filters, viewer=viewer).total.records
        assert told.page(counted, filters, viewer=viewer).total == total
    assert together("school") == "school"
    address = together("https://x.test/1\nmastodon:s/2\nschool")
    assert address == '(url:"https://x.test/1") OR (record_id:"mastodon:s/2") OR (school)', (
        "what is pasted alone is no part of a query"
    )
    assert (
        count_terms(
            told, parse_text("\n".join(f"word{n}" for n in range(600))), viewer=officer(told)
        ).together
        == ""
    ), "longer than a query can be"
    deep = "(" * 12 + "a" + ")" * 12
    assert count_terms(told, parse_text(f"{deep}\nb"), viewer=officer(told)).together == "", (
        "one parenthesis more is one too many"
    )
