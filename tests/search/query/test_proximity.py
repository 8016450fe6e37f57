"""Words near each other as attorneys write it: what is found, how it is said, what is not supported, and
which words are marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.archive import records
from recordroom.errors import QueryError, UsageError
from recordroom.exports.matching import check_query
from recordroom.search.filters import Filters
from recordroom.search.hits import MARK, UNMARK
from recordroom.search.index import mapping
from recordroom.search.index.documents import make_documents
from recordroom.search.index.indexer import Index
from recordroom.search.query.query import read
from recordroom.search.searcher import _HIGHLIGHT, Searcher
from recordroom.search.term_list import parse_text
from recordroom.search.term_report import count_terms
from tests.building import DAY, Building, account
from tests.viewers import officer

ALL = "Without an operator, all words must occur (AND)"
IDLE = (
    "is punctuation here; it finds other endings only at the end of a word of at least three letters without"
    " other characters"
)
TEXTS = {
    "1": "The ice storm has closed all of our schools today",
    "2": "Closed due to ice",
    "3": (
        "Ice cream social on Friday after the second bell, and the main office is going to be closed all day"
        " long"
    ),
    "4": "She was threatening the board; a threat is a threat",
    "5": "La reunión de padres se cancela por el hielo ❄️ en las calles",
    "6": "The co-op closes: closures everywhere",
    "7": "Snow day for the Lincoln school board",
    "8": "Snow day cancels the concert",
}
PIECES = st.sampled_from(
    ["ice", "clos*", "threat!", '"snow day"', "(ice OR snow)", "(a b)", "w/5", "/3", "/s", "pre/2", "NEAR",
     "NEAR(n=5)", "within", "3", "words", "of", "NOT", "AND", "OR", "(", ")", "title:", "author:x",
     "recieve~1", "#tag", "❄️", "ปิด", "'", "?", "^2", "w/9999", "w/5?"],
)  # fmt: skip


def between(sign: str, number: int, order: str = "in either order") -> str:
    """How a sign of proximity is said to be read."""
    return f'"{sign}" means up to {number} words between, {order}'


@pytest.fixture(scope="module")
def texts(elasticsearch: str) -> Iterator[Elasticsearch]:
    """An index `near` with TEXTS by their ids; the title of each is its text backwards."""
    client = Elasticsearch(elasticsearch)
    client.indices.create(index="near", mappings=mapping.mapping(), settings=mapping.settings())
    rows: list[dict[str, Any]] = [{"record_id": name, "text": text} for name, text in TEXTS.items()]
    for document in make_documents(records.table_of(rows)):
        client.index(index="near", id=document["record_id"], document=document)
    client.indices.refresh(index="near")
    yield client
    client.indices.delete(index="near")
    client.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ice w/5 closed", "12"), ("closed w/5 ice", "12"), ("ICE W/5 Closing", "12"),
        ("ice w/2 closed", "12"), ("ice w/1 closed", ""), ("ice pre/5 closed", "1"),
        ("closed pre/2 ice", "2"), ("ice NEAR closed", "12"), ("ice NEAR/5 closed", "12"),
        ("ice /5 closed", "12"), ("ice within 3 words of closed", "12"),
        ("ice within three words of closed", "12"), ("ice n/5 closed", "12"),
        ("ice NEAR(n=5) closed", "12"), ("ice AROUND(5) closed", "12"), ("ice ONEAR(5) closed", "1"),
        ("ice w/50 closed", "123"), ("(ice OR snow) w/5 (clos! OR day)", "1278"),
        ('"ice storm" w/3 closed', "1"), ('"snow day" w/3 "school board"', "7"), ("ice w/3 clos*", "12"),
        ("ice w/3 c?osed", "12"), ("ice w/3 colsed~", "12"), ("reunion w/3 padres", "5"),
        ("hielo w/1 ❄️", "5"), ("REUNIÓN w/3 cancel!", "5"), ("co-op w/2 closures", "6"),
        ("ice w/2 closed w/4 schools", "1"), ("ice w/5 closed NOT storm", "2"),
        ("NOT (ice w/5 closed)", "345678"), ("storm ice w/5 closed", "1"), ("text:(ice w/5 closed)", "12"),
        ("exact:(ice w/5 closed)", "12"), ("exact:(ice w/5 closing)", ""), ("title:(ice w/5 closed)", ""),
        ("threat! w/3 board", "4"), ("(threat! OR ice) w/2 storm", "1"), ("#ice w/5 closed?", "12"),
        ("snow OR ice w/2 closed", "1278"), ("threat!", "4"), ("closed!", "1236"), ("clos!", "1236"),
        ("ice w/5 'closed all'", "1"), ('("snow day" OR snow) w/0 cancels', "8"),
        ('(snow OR "snow day") pre/0 cancels', "8"), ("closes w/5 clos*", "6"), ("threat w/9 threat", "4"),
        ("+ice w/5 closed", "12"), ("snow w/9 snow", ""), ("threat w/5 board w/1 threatening", "4"),
    ],
)  # fmt: skip
def test_what_is_found(texts: Elasticsearch, query: str, found: str) -> None:
    answer = texts.search(index="near", query=read(query).dsl, size=50, sort=["record_id"])
    assert "".join(hit["_id"] for hit in answer["hits"]["hits"]) == found


@pytest.mark.parametrize(
    ("text", "words", "notes"),
    [
        ("ice w/5 closed", 'the word "ice" within 5 words of the word "closed"', [between("w/5", 5)]),
        (
            "ice pre/3 snow",
            'the word "ice" at most 3 words before the word "snow"',
            [between("pre/3", 3, "in this order")],
        ),
        ("ice NEAR snow", 'the word "ice" within 8 words of the word "snow"', [between("NEAR", 8)]),
        (
            "ice within 3 words of snow",
            'the word "ice" within 3 words of the word "snow"',
            [between("within 3 words of", 3)],
        ),
        (
            "(ice OR clos!) /2 a",
            '(the word "ice" or the word "clos" or words that begin with it) within 2 words of the word "a"',
            [between("/2", 2), '"clos!" finds the word and words that begin with it'],
        ),
        (
            "a OR b w/2 c",
            'the word "a" or (the word "b" within 2 words of the word "c")',
            ["Proximity operators come before OR; use parentheses to change this", between("w/2", 2)],
        ),
        (
            "a b w/2 c",
            'the word "a" and (the word "b" within 2 words of the word "c")',
            [ALL, between("w/2", 2)],
        ),
        ("record_id:w/5", 'record_id is "w/5"', []),
        (
            '"ice w/5 closed"',
            'the phrase "ice w/5 closed"',
            ["w/5 is a word of the phrase here; write a proximity operator outside the quotes"],
        ),
        *(
            (
                given,
                f"the {noun} {quoted}",
                [f"The ! of {given} {IDLE}"],
            )
            for given, noun, quoted in (
                ("covid19!", "word", '"covid19!"'),
                ("O'Brien!", "word", '"O\'Brien!"'),
                ("AB!", "word", '"AB!"'),
                ("threat!.", "word", '"threat!."'),
            )
        ),
        ("\u00a1hielo!", 'the word "\u00a1hielo!"', []),
        ("ice w/5, closed", 'the word "ice" within 5 words of the word "closed"', [between("w/5", 5)]),
        ("ice /5; closed", 'the word "ice" within 5 words of the word "closed"', [between("/5", 5)]),
        ('"see /s here"', 'the phrase "see /s here"', []),
        (
            "a NEAR",
            'the word "a" and the word "NEAR"',
            [ALL, '"NEAR" is a word here; as a proximity operator, write it between two words'],
        ),
        (
            "a near b",
            'the word "a" and the word "near" and the word "b"',
            [ALL, '"near" is a word here; the proximity operator is NEAR, as in snow NEAR/5 closed'],
        ),
    ],
)
def test_how_it_is_understood_is_said(text: str, words: str, notes: list[str]) -> None:
    assert read(text).understood == ". ".join([words, *notes])


@pytest.mark.parametrize(
    ("text", "message", "suggestion"),
    [
        ("ice /s closed", "/s is not supported, because the index has no sentences", "ice w/25 closed"),
        ("ice w/s closed", "w/s is not supported", "ice w/25 closed"),
        ("ice /p closed", "/p is not supported", "ice w/75 closed"),
        ("ice pre/p closed", "pre/p is not supported", "ice pre/75 closed"),
        ("ice w/5", "w/5 has nothing to join", "ice"),
        ("w/5 ice", "w/5 has nothing to join", "ice"),
        ("w/5", "w/5 has nothing to join", '"w/5"'),
        ("ice OR w/5 closed", "w/5 has nothing to join", "ice OR closed"),
        ("rico NOT w/5 puerto", "NOT w/5 is not supported", ""),
        ("snow NOT NEAR ice", "NOT NEAR is not supported", ""),
        ("snow -NEAR ice", "NOT NEAR is not supported", ""),
        ("snow NOT ONEAR ice", "NOT ONEAR is not supported", ""),
        ("snow NOT NEAR(n=5) ice", "NOT NEAR(n=5) is not supported", ""),
        ("snow NOT AROUND(5) ice", "NOT AROUND(5) is not supported", ""),
        ("snow AND NOT within 3 words of ice", "NOT within 3 words of is not supported", ""),
        ("title:(snow NOT NEAR ice)", "NOT NEAR is not supported", ""),
        ("snow +w/5 ice", "^w/5 has nothing to join", "snow + ice"),
        ("NOT ice w/5 closed", "cannot join an excluded word", "NOT (ice w/5 closed)"),
        ("snow -ice w/5 closed", "cannot join an excluded word", "snow -(ice w/5 closed)"),
        ("title:ice w/5 closed", "words of one field", "title:(ice w/5 closed)"),
        ("(ice storm) w/5 closed", "cannot join", '"ice storm" w/5 closed'),
        ("(ice AND snow) w/5 closed", "cannot join", ""),
        ("(ice or snow) w/5 closed", "cannot join", "(ice OR snow) w/5 closed"),
        ('("ice storm" snow) w/5 closed', "cannot join", ""),
        ("ice w/5 author:maria", "cannot join", ""),
        ("author:(a w/5 b)", "a proximity search is not possible", ""),
        ("ice w/10000 closed", "at most 1,000 words apart", ""),
        ("ice /10000 closed", "at most 1,000 words apart", ""),
        ("ice NEAR(10000) closed", "at most 1,000 words apart", ""),
        ("ice within 10000 words of closed", "at most 1,000 words apart", ""),
        ("ice w/s, closed", "w/s is not supported", "ice w/25, closed"),
        ("w/5,", "w/5 has nothing to join", '"w/5,"'),
        ("ice w/5000 closed", "at most 1,000 words apart", ""),
        (" w/1 ".join("abcdefg"), "more than 5 proximity operators are nested", ""),
        ("ปิด w/5 closed", "has no spaces between", ""),
        ("ice w/5 co-op*", "these are several", "ice w/5 (co op*)"),
    ],
)
def test_what_is_not_supported_is_said_plainly(text: str, message: str, suggestion: str) -> None:
    with pytest.raises(QueryError, match=re.sub(r"([()])", r"\\\1", message)) as refused:
        read(text)
    if text != "ice w/5 co-op*":  # its correction is refused again: only its words are left
        assert refused.value.suggestion == suggestion


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=9).map(" ".join))
def test_whatever_is_read_elasticsearch_takes_and_can_mark(texts: Elasticsearch, text: str) -> None:
    try:
        query = read(text)
    except QueryError as problem:
        query = read(problem.suggestion)
    marked = _HIGHLIGHT | ({"highlight_query": query.marks} if query.marks else {})
    texts.search(index="near", query=query.dsl, highlight=marked, size=10)


@pytest.mark.parametrize(
    "text",
    [
        f"({' OR '.join(f'word{n}*' for n in range(149))}) w/5 ice",
        f"({' OR '.join(f'a{n}' for n in range(20))}) w/5 ({' OR '.join(f'b{n}' for n in range(20))})",
        " w/9 ".join(f'("a{n} b" OR threat!)' for n in range(4)),
        " OR ".join(f"(a{n} w/5 b{n}!)" for n in range(75)),
    ],
)
def test_elasticsearch_takes_the_largest_queries(texts: Elasticsearch, text: str) -> None:
    query = read(text)
    texts.search(
        index="near", query=query.dsl, highlight=_HIGHLIGHT | {"highlight_query": query.marks}, size=1
    )


def test_an_export_can_ask_for_words_near_each_other_but_for_no_similar_ones() -> None:
    assert check_query("ice w/5 clos!").startswith(
        'the word "ice" within 5 words of the word "clos" or words that begin with it'
    )
    with pytest.raises(UsageError, match="cannot search for similar words"):
        check_query("ice w/5 recieve~")


def test_the_words_are_marked_in_a_hit(building: Building, index: Index) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": TEXTS["1"]}], at=DAY)
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    [hit] = searcher.page("ice w/5 clos! -title:x", viewer=officer(searcher)).hits
    assert hit.highlights["text"] == [
        f"The {MARK}ice{UNMARK} storm has {MARK}closed{UNMARK} all of our schools today"
    ]
    searcher.client.close()


def test_a_pattern_of_too_many_words_is_refused_and_hinders_no_other_line(
    building: Building, index: Index
) -> None:
    """How many different words a pattern next to a sign may stand for depends on the node's memory: 8,192 on
    those of tests.
    """
    building.register(account("news", "wordpress"))
    text = " ".join(f"w{number}" for number in range(40_000))
    building.capture("news", [{"record_id": "wordpress:x/posts/1", "text": f"{text} end"}], at=DAY)
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    many_sides = " w/9 ".join(f'("a{n} b" OR threat! OR x?y)' for n in range(6))
    with pytest.raises(QueryError, match="this search is too large"):
        searcher.page(many_sides, viewer=officer(searcher))
    with pytest.raises(QueryError, match="write more letters"):
        searcher.page("w* w/2 end", viewer=officer(searcher))
    many, few = count_terms(
        searcher, parse_text("w* w/2 end\nw3999* w/9 end"), Filters(), viewer=officer(searcher)
    ).rows
    assert many.note.startswith("not counted: this search is too large")
    assert few.found is not None
    assert few.found.records == 1
    searcher.client.close()
