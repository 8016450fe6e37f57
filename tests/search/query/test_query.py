"""Any text is a query or a QueryError whose correction is one; what Elasticsearch is sent, it takes and
understands as we say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.archive import records
from recordroom.errors import QueryError
from recordroom.model import record_fields
from recordroom.search.index import mapping
from recordroom.search.index.documents import make_documents
from recordroom.search.query import fields
from recordroom.search.query.query import Query, read

PIECES = st.sampled_from(
    ["a", "snow", "AND", "OR", "NOT", "TO", "(", ")", "[", "]", "{", "}", '"', '"a b"', "~", "~2", "^3", ":", "\\", "*", "?", "+", "-", "!",
     "&&", "||", "/", "/x/", ">", "<=", "likes:", "published:", "2026-03", "tag:", "text:", "exact:", "late:",
     "author:", "nofield:", "#x", "@a.b", "❤️", "👩🏽‍🏫", "1.5", "99999999999999999999", "\ud800", "\u202e",
     "'", " ", "  ", "\n", "\x00", "é", "“", "https://x.y/z?q=1"],
)  # fmt: skip
QUERIES = st.one_of(
    st.text(max_size=40),
    st.lists(PIECES, max_size=14).map(" ".join),
    st.lists(PIECES, max_size=14).map("".join),
)
IDLE = (
    "is punctuation here; it finds other endings only at the end of a word of at least three letters without"
    " other characters"
)
ALL = "Without an operator, all words must occur (AND)"
HANDLES = {"1": "Émile", "2": "МАРИЯ_К", "3": "MariaGarcia", "4": "straße.İ", "5": "@bus.dad"}
DIFFERS = 'words that differ from "e" in one letter'
BY_WHOM = (
    "It is known who hid or removed something only if the platform proves it; otherwise use acted_by:unknown"
)
QUESTION = "? at the end of a word is punctuation; inside a word it replaces one letter"
SINGLE = "Single quotes around several words make a phrase"
TEXTS = {
    "1": "Schools are closing today due to snow ❄️ #SnowDay thanks @teacher.example.org",
    "2": "El cierre de emergencia: las reuniones de padres 🎉🎉 con @maria@social.example",
    "3": "Snow day in the snowday room, a day of snow. Reunión",
    "4": "s\u00adnow \u202edesrever\u202c 𝐋𝐞𝐯𝐲 l\u200bevy vote reunio\u0301n",
    "5": "Visit https://district.example/news?id=7&x=y or call 555-0100 #AñoEscolar 👩🏽‍🏫 8:30 a.m.",
    "6": "closures closure CLOSED",
    "7": (
        "The superintendent\u2019s plan: don\u2019t drive, said O\u2019Neil. The teachers\u2019 union,"
        " Hawai\u02bbi, can\u00b4t"
    ),
    "8": "The superintendent's plan: don't drive, said O'Neil. The teachers' union, Hawai'i, can't",
}


def attempt(text: str) -> tuple[Query | None, QueryError | None]:
    try:
        return read(text), None
    except QueryError as problem:
        return None, problem


@settings(max_examples=250, deadline=None)
@given(QUERIES)
def test_any_text_is_read_or_mended(text: str) -> None:
    query, problem = attempt(text)
    if problem is not None:
        assert 0 <= problem.position <= len(text)
        query = read(problem.suggestion)
    assert query is not None
    assert query.understood


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5_000,
        "a " * 5_000,
        "NOT " * 900 + "a",
        "text:" * 500 + "a",
        "a OR " * 700 + "b",
        "x" * 5_000,
        '"' * 4_001,
    ],
)
def test_endless_queries_are_refused_quickly(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)
    assert read(refused.value.suggestion).understood


@pytest.mark.parametrize(
    ("text", "position", "suggestion"),
    [
        ('a "b', 2, 'a "b"'),
        ("(snow OR ice", 0, "(snow OR ice)"),
        ("snow)", 4, "snow"),
        ("snow AND", 8, "snow"),
        ("AND snow", 0, "snow"),
        ("snow && ice", 5, "snow AND ice"),
        ("snow || ice", 5, "snow OR ice"),
        ("snow !ice", 5, "snow NOT ice"),
        ("auther:maria", 0, "author:maria"),
        ("see https://x.y/z?q=1 now", 4, 'see "https://x.y/z?q=1" now'),
        ("at 8:30", 3, 'at "8:30"'),
        ("/sno.*/", 0, '"sno.*"'),
        ("likes:many", 6, ""),  # any number is not what was meant
        ("published:[2026-13-01 TO *]", 11, "published:[2026 TO *]"),
        ("snow published:2026-11-31", 15, "snow published:2026-11"),  # and not at any time
        ("snow published:31.11.2026", 15, ""),
        ('snow published:"2/30/2026"', 15, ""),
        ("a~9", 1, "a~1"),
        ('"a b"~1.5', 5, '"a b"'),
        ("'tis", 0, '"\'tis"'),
        ("the '90s and the teachers' union", 4, "the \"'90s\" and the teachers' union"),
        ("snow AND (ice OR", 9, "snow AND (ice)"),
        ('"snow day"OR"ice storm"', 12, '"snow day"OR "ice storm"'),
        ('NOT"snow day"', 3, 'NOT "snow day"'),
        ("“snow day”,“ice OR sleet”", 11, "“snow day”, “ice OR sleet”"),
        ('a 5"pipe', 3, 'a 5 "pipe"'),
        ('1"~.+"', 1, '1 "~.+"'),
        ("(NOT) snow", 1, "snow"),
        ("likes:[20 TO 10]", 7, "likes:[10 TO 20]"),
        ('published:["2026-12" TO 2026-01]', 11, 'published:[2026-01 TO "2026-12"]'),
        ("published:{2026-03 TO 2026-03}", 10, "published:2026-03"),
        ("NOT status:removd", 11, "NOT status:removed"),
        ("kind:pages", 5, "kind:post"),
        ("snow status:deleted", 12, "snow status:removed"),
        ('"ice"^x', 5, '"ice"'),
        ("ice^", 3, "ice"),
        ("ice^3x snow", 3, "ice snow"),
        ("ice~2x", 3, "ice"),
        ("has:image", 0, "media:image"),
        ("has:photos levy", 0, "media:image levy"),
        ("levy has:links", 5, "levy link:*"),
        ("from:facebook", 0, "platform:facebook"),
        ("from:twitter", 0, "platform:x"),
        ("from:maria", 0, "author:maria"),
        ('from:"Mira Okonjo"', 0, 'author:"Mira Okonjo"'),
        ("site:facebook.com levy", 0, "platform:facebook levy"),
        ("since:2026-01", 0, "published:>=2026-01"),
        ("before:2026-03-01", 0, "published:<=2026-03-01"),
        ("is:comment", 0, "kind:comment"),
        ("is:deleted", 0, "status:removed"),
        ("filetype:pdf", 0, "media:document"),
        ("intitle:levy", 0, "title:levy"),
        ("*:snow", 0, "snow"),
        ("media:photo", 6, "media:image"),
        ("media:blob", 6, ""),
        ("platform:twitter", 9, "platform:x"),
        ("snow status:zebra", 12, ""),  # which status, the message says; "any" is not what was meant
        (" OR ".join(f"w{n}" for n in range(100, 251)), 1_200, " OR ".join(f"w{n}" for n in range(100, 250))),
    ],
)
def test_the_place_and_a_corrected_form_are_told(text: str, position: int, suggestion: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)
    assert (refused.value.position, refused.value.suggestion) == (position, suggestion)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("", "every record"),
        ("snow", 'the word "snow"'),
        ("a OR b AND c", 'the word "a" or (the word "b" and the word "c"). AND comes before OR; use parentheses to change this'),
        ("a b OR c", f'(the word "a" and the word "b") or the word "c". AND comes before OR; use parentheses to change this. {ALL}'),
        ("(a OR b) AND c", '(the word "a" or the word "b") and the word "c"'),
        ("NOT (a OR b)", 'not (the word "a" or the word "b")'),
        ("+a -b", f'the word "a" and not the word "b". {ALL}'),
        ("a or b", f'the word "a" and the word "or" and the word "b". {ALL}. "or" is a word here; the operator is OR'),
        ("a Or b", f'the word "a" and the word "Or" and the word "b". {ALL}. "Or" is a word here; the operator is OR'),
        ('(a)"b c"-"d" e~1"f g"', f'the word "a" and the phrase "b c" and not the word "d" and {DIFFERS} and the phrase "f g". {ALL}'),
        (r'5\"pipe', 'the phrase "5"pipe"'),
        ("Q & A", f'the word "Q" and the word "A". {ALL}. "&" means AND'),
        ("Q % A", f'the word "Q" and the word "A". {ALL}. % has nothing to search for and is ignored'),
        ("published:2026-03", "published_at in 2026-03 (Pacific time)"),
        ("published:>=2026-03-01T08:00", "published_at from 2026-03-01T08:00 (Pacific time)"),
        ('published:"2026-03-01T08:00Z"', "published_at in 2026-03-01T08:00Z (Mar 1, 2026, 12:00 a.m.)"),
        ("“snow day”", 'the phrase "snow day"'),
        ("«день снега» OR «\xa0jour de neige\xa0»", 'the phrase "день снега" or the phrase " jour de neige "'),
        ('"школа «Радуга»" OR «к OR «a(b»', 'the phrase "школа «Радуга»" or the word "«к" or the phrase "a(b"'),
        ("snow\u200b OR\u200b \ufeff“ice storm”", 'the word "snow" or the phrase "ice storm"'),
        ("\u200eNOT\u200b author\u00ad:d\u200bistrict", 'not the word "district" in author'),
        ('handle:"a\u200bb"', 'author_handle is "a\u200bb"'),
        ('"clos* school"', 'the phrase "clos* school". *, ?, and ! do not replace letters inside quotes'),
        ('"why closed?"', 'the phrase "why closed?"'),
        ("likes:[5 TO 5]", 'likes from "5" and up to "5"'),
        ("status:REMOVED", 'status is "REMOVED"'),
        ("acted_by:agency", f'acted_by is "agency". {BY_WHOM}'),
        ("threat!", 'the word "threat" or words that begin with it. "threat!" finds the word and words that begin with it'),
        ("text:threat!", 'the word "threat" or words that begin with it in text. "threat!" finds the word and words that begin with it'),
        ("Go!", f'the word "Go!". The ! of Go! {IDLE}'),
        ('"bomb threat! lockdown"', 'the phrase "bomb threat! lockdown". *, ?, and ! do not replace letters inside quotes'),
        ("closed?", f'the word "closed". {QUESTION}'),
        ("who?, closed??", f'the word "who," and the word "closed". {ALL}. {QUESTION}'),
        ("title:closed?", f'the word "closed" in title. {QUESTION}'),
        ("#SnowDay?", f"the hashtag #snowday. {QUESTION}"),
        (r"closed\?", 'the word "closed?"'),
        ("wom?n ?losure 1,2??*", f'words of the form "wom?n" and words of the form "?losure" and words of the form "1,2??*". {ALL}'),
        ("handle:mari?", 'words of the form "mari?" in author_handle'),
        ("clos*", 'words of the form "clos*"'),
        ("'snow day' ice", f'the phrase "snow day" and the word "ice". {ALL}. {SINGLE}'),
        ("‘snow day’", f'the phrase "snow day". {SINGLE}'),
        ("'don't know'", f'the phrase "don\'t know". {SINGLE}'),
        ("'clos*' OR 'ice'", 'words of the form "clos*" or the word "ice"'),
        ("teachers' don't", f'the word "teachers\'" and the word "don\'t". {ALL}'),
        ("\"the '90s and 'snow' day\"", "the phrase \"the '90s and 'snow' day\""),
        ("ice/closure", 'the phrase "ice/closure"'),
        ("*:*", "every record"),
        ("*:* -snow", f'every record and not the word "snow". {ALL}'),
        ('series:"undecided: retain"', "series is undecided: retain"),
        ("author:threat!", 'the word "threat!" in author'),
    ],
)  # fmt: skip
def test_how_a_query_is_understood_is_said(text: str, understood: str) -> None:
    assert read(text).understood == understood


def test_every_field_of_the_record_can_be_named_or_says_why_not() -> None:
    values = {
        "integer": "1",
        "boolean": "true",
        "instant": "2026",
        "date": "2026",
        "choice": "eligible",
        "kind": "post",
        "status": "held",
    }
    for field in record_fields():
        if field.type in ("media", "counts") or not field.index or field.name == "last_seen_at":
            continue
        assert read(f"{field.name}:{values.get(field.name) or values.get(field.type, 'x')}").understood
    for name in ("text_html", "last_seen_at", "counts"):
        with pytest.raises(QueryError, match="cannot be searched"):
            read(f"{name}:x")


def test_days_without_a_time_are_compared_as_days() -> None:
    assert read("eligible_on:[* TO 2028-01-01]").dsl == {"range": {"eligible_on": {"lt": "2028-01-02"}}}
    assert read("eligible:2028-03").dsl == {
        "range": {"eligible_on": {"gte": "2028-03-01", "lt": "2028-04-01"}}
    }
    assert read("retention_trigger_on:>2026-12-31").dsl == {
        "range": {"retention_trigger_on": {"gte": "2027-01-01"}}
    }
    assert read('eligible_on:{"Jan 1, 2028" TO *]').dsl == {"range": {"eligible_on": {"gte": "2028-01-02"}}}
    assert read("eligible_on:[* TO 2028-01-01] AND NOT on_hold:true").understood


def test_a_retention_status_is_one_of_a_few() -> None:
    query = read('retention_status:"on hold" OR retention_status:Eligible')
    assert query.dsl["bool"]["should"] == [
        {"term": {"retention_status": "on hold"}},
        {"term": {"retention_status": "eligible"}},
    ]
    assert read("retention_status:*").understood == "every record"
    with pytest.raises(QueryError, match="there is no retention status") as caught:
        read("retention_status:elligible")
    assert caught.value.suggestion == "retention_status:eligible"
    for text in ("retention_status:elig*", "retention_status:[a TO b]", "retention_status:eligible~"):
        with pytest.raises(QueryError):
            read(text)


def test_dates_are_pacific_days() -> None:
    dsl = read("published:[2026-03-08 TO 2026-03-08]").dsl
    assert dsl == {
        "range": {"published_at": {"gte": "2026-03-08T08:00:00.000000Z", "lt": "2026-03-09T07:00:00.000000Z"}}
    }
    assert read("published:2026-03-08").dsl == dsl
    assert read('published:"3/8/2026"').dsl == dsl
    assert read('published:"Mar 8, 2026"').dsl == dsl
    excluded = read("published:{2026-03-08 TO 2026-03-10}").dsl["range"]["published_at"]
    assert excluded == {"gte": "2026-03-09T07:00:00.000000Z", "lt": "2026-03-10T07:00:00.000000Z"}


@pytest.fixture(scope="module")
def texts(elasticsearch: str) -> Iterator[Elasticsearch]:
    """An index `texts` with TEXTS by their ids."""
    client = Elasticsearch(elasticsearch)
    client.indices.create(index="texts", mappings=mapping.mapping(), settings=mapping.settings())
    rows: list[dict[str, Any]] = [
        {"record_id": name, "text": text, "sequence": int(name), "title": f"Title {name}", "tags": ["News"] if name == "6" else [],
         "author_handle": HANDLES.get(name)}
        for name, text in TEXTS.items()
    ]  # fmt: skip
    for document in make_documents(records.table_of(rows)):
        client.index(index="texts", id=document["record_id"], document=document)
    client.indices.refresh(index="texts")
    yield client
    client.indices.delete(index="texts")
    client.close()


def hits(client: Elasticsearch, query: str) -> str:
    found = client.search(index="texts", query=read(query).dsl, size=50, sort=["record_id"])
    return "".join(hit["_id"] for hit in found["hits"]["hits"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("snow", "134"), ("SNOW", "134"), ("closure", "6"), ("cierres", "2"), ("close", "16"),
        ("exact:closure", "6"), ("exact:closed", "6"), ("exact:closing", "1"), ("reunion", "234"),
        ("reuniones", "234"), ("reunión", "234"), ("exact:reunión", "34"), ("exact:reunion", ""),
        ('"snow day"', "3"), ('"day snow"~1', "3"), ('"closing snow"~3', "1"), ('"snow vote"~3', "4"),
        ("#SnowDay", "1"), ("#snowday", "1"), ("snowday", "13"), ("tag:SnowDay", "1"), ("#anoescolar", "5"),
        ("#AñoEscolar", "5"), ("#News", "6"), ("tags:news", "6"), ("@teacher.example.org", "1"),
        ("teacher.example.org", "1"), ("@maria@social.example", "2"), ("@maria", "2"), ("mention:maria", "2"),
        ("@teacher*", "1"), ("#snow*", "1"), ("❄️", "1"), ("❄", "1"), ("🎉", "2"), ("🎉🎉", "2"), ("👩‍🏫", "5"),
        ("👩🏽‍🏫", "5"), ("👩🏿‍🏫", ""), ('"snow ❄"', "1"), ('"❄️"', "1"), ("desrever", "4"), ("levy", "4"),
        ("𝐋𝐄𝐕𝐘", "4"), ('"levy levy vote"', "4"), ("clos*", "16"), ("*osure", "6"), ("closure?", "6"),
        ("reuni*", "234"), ("RÉUNI*", "234"), ("emergancia~", "2"), ("snaw~1", "134"),
        ('"https://district.example/news?id=7&x=y"', "5"), ("555-0100", "5"), ('"8:30"', "5"),
        ("snow NOT day", "14"), ("snow -#SnowDay", "34"), ("cierre OR closure", "26"),
        ("cierre OR snow levy", "24"), ("(cierre OR snow) levy", "4"), ("title:3", "3"),
        ("sequence:[2 TO 3]", "23"), ("sequence:>4", "5678"), ("sequence:<=1", "1"), ("record_id:4", "4"),
        ("text:snow", "134"), ("text:*", "12345678"), ("NOT text:*", ""), ("tag:*", "156"), ("*", "12345678"),
        ("late:true", ""), ("sequence:(1 OR 6)", "16"), ("record_id:[2 TO 4]", "234"),
        ("superintendent", "78"), ("superintendents", "78"), ("superintendent's", "78"),
        ("superintendent\u2019s", "78"), ('"superintendent plan"', "78"), ("exact:superintendent", ""),
        ("don't", "78"), ("don\u2019t", "78"), ("don`t", "78"), ("can\u00b4t", "78"), ("exact:don't", "78"),
        ("exact:O\u2019Neil", "78"), ("o\u2019n*", "78"), ("handle:@mariagarcia", "3"),
        ("author:@MariaGarcia", "3"), ('author:"@émile"', "1"), ("handle:@maria*", "3"),
        ("author:@*garcia", "3"), ("handle:bus.dad", "5"), ("handle:@bus.dad", "5"), ("author:bus.dad", "5"),
        ("handle:bus*", "5"), ("author:@bus*", "5"), ("O'Neal~1", "78"), ("teachers' union", "78"),
        ("Hawai'i", "78"), ("Hawai\u02bbi", "78"),
    ],
)  # fmt: skip
def test_what_is_found(texts: Elasticsearch, query: str, found: str) -> None:
    assert hits(texts, query) == found


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUERIES)
def test_elasticsearch_takes_whatever_is_read(texts: Elasticsearch, text: str) -> None:
    query, problem = attempt(text)
    if problem is not None:
        query = read(problem.suggestion)
    assert query is not None
    texts.search(index="texts", query=query.dsl, size=1)


@pytest.mark.parametrize(
    "text",
    [
        " OR ".join(f"w{n}*" for n in range(150)), " OR ".join(f'"a{n} b"~9' for n in range(150)),
        "(" * 12 + "a" + ")" * 12, " ".join(f"author:w{n}" for n in range(150)),
        "NOT (" * 11 + "a b" + ")" * 11, "a" * 3_999, "*" + "a?" * 4 + "b" * 80, "record_id:" + "x" * 3_900,
        "x?" * 5,
    ],
)  # fmt: skip
def test_elasticsearch_takes_the_largest_queries(texts: Elasticsearch, text: str) -> None:
    texts.search(index="texts", query=read(text).dsl, size=1)


def test_short_names_of_fields_hide_no_field_of_the_record() -> None:
    for field in record_fields():
        # its parts are what is searched
        named = fields.find_field(field.name) if field.name != "media" else None
        assert named is None or named.paths == (field.name,)


@pytest.mark.parametrize(
    ("text", "named", "has_fuzzy"),
    [
        ("", set(), False),
        ("snow", set(fields.CONTENT), False),
        ("author:x -platform:x", {"author_name", "author_handle", "author_id", "platform"}, False),
        ("title:(a w/3 b~)", {"title"}, True),
        ("series:undecided OR lang:es~", {"series", "language"}, True),
        ("published:[2026 TO *] NOT acted_by:agency", {"published_at", "acted_by"}, False),
    ],
)
def test_a_query_knows_the_fields_that_it_searches(text: str, named: set[str], has_fuzzy: bool) -> None:
    query = read(text)
    assert (set(query.fields), query.has_fuzzy) == (named, has_fuzzy)
