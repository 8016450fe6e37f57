"""The end of a word for people who write and search, where Unicode's rules would continue it.

No search found any of these cases before.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from elasticsearch import Elasticsearch

from recordroom.archive import records
from recordroom.errors import QueryError
from recordroom.search.index import mapping
from recordroom.search.index.documents import make_documents
from recordroom.search.query.query import read

TEXTS = {
    "1": "We are closed.Schools open late:see https://www.district.example/levy-2026 for more",
    "2": "This is _important_: the co-op at 8.30, the COVID-19 rules, open·close, $1,200,000, 2½ hours",
    "3": "#snow#day and .@district_news, thanks",
    "4": "आज #हिन्दी स्कूल",
    "5": "ਅੱਜ #ਸਕੂਲ ਬੰਦ",
    "6": "ปิด #โรงเรียน วันนี้",
    "7": "学校閉鎖のお知らせ",
    "8": "วันนี้โรงเรียนปิด ขอบคุณ",
    "9": "សាលារៀនបិទ",
    "a": "ΚΛΕΙΣΤΟΣ δρόμος",
    "b": "สถานการณ์โควิด19วันนี้ ห้อง๑๒ แอปLINEใหม่",
    "c": "Routes 12;14;16, rooms 7；9",
    "d": "Ёлка в школе: ещё ждём Алёну, їжак",
    "e": "أولياء الأمور: مُدَرِّسَة، مدرســـة שָׁלוֹם",
    "f": "الخطوط 22،24،26 教室 31，33，35 ７，５００",
}


@pytest.fixture(scope="module")
def texts(elasticsearch: str) -> Iterator[Elasticsearch]:
    """An index `ends` with TEXTS by their ids."""
    client = Elasticsearch(elasticsearch)
    client.indices.create(index="ends", mappings=mapping.mapping(), settings=mapping.settings())
    for document in make_documents(
        records.table_of([{"record_id": name, "text": text} for name, text in TEXTS.items()])
    ):
        client.index(index="ends", id=document["record_id"], document=document)
    client.indices.refresh(index="ends")
    yield client
    client.indices.delete(index="ends")
    client.close()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("closed", "12"), ("schools", "1"), ("exact:Schools", "1"), ("see", "1"), ("late", "1"),
        ('"open late see"', "1"), ("district", "13"), ("district.example", "1"),
        ("www.district.example", "1"), ("closed.schools", "1"), ("important", "2"), ("_important_", "2"),
        ("8.30", "2"), ("#snow", "3"), ("#day", "3"), ("#snow#day", "3"), ("@district_news", "3"),
        ("#हिन्दी", "4"), ("#हिन*", "4"), ("tag:हिन्दी", "4"), ("#ਸਕੂਲ", "5"), ("#โรงเรียน", "6"),
        ("学校", "7"), ("校*", "7"), ("clos*,", "12"), ("\u2018clos*\u2019", "12"),
        ("\u2018clsoed\u2019~", "12"), ("$1,200*", "2"), ("1,2??*", "2"), ("2½*", "2"), ("โรงเรียน", "68"),
        ('"โรงเรียน ขอบคุณ"', "8"), ("exact:โรงเรียนปิด", "8"), ('"#โรงเรียน, ?"', "68"), ("รงเรียน.", "68"),
        ("\u0e3f202", ""), ("\u0e3f2026", "1"), ("រៀន", "9"), ("NOT រៀន", "12345678abcdef"),
        ("โรงเรียน snow", ""), ("โควิด19", "b"), ("exact:โควิด19", "b"), ("ห้อง๑๒", "b"), ("แอปLINE", "b"),
        ("โควิด20", ""), ("โรงเรียน19", ""), ("14", "c"), ('"12 14"', "c"), ("12;14", "c"), ("9", "c"),
        ('"14;16,"', "c"), ("24", "f"), ("22،24", "f"), ("33", "f"), ("31，33，35", "f"), ("7,500", "f"),
        ("７，５００", "f"), ("κλειστος", "a"), ("ΔΡΌΜΟΣ", "a"), ("exact:κλειστος", "a"), ("δρόμος*", "a"),
        ("δρομος", "a"), ("ΔΡΟΜΟΣ*", "a"), ("exact:δρομος", ""), ("елка", "d"), ("ЁЛКА", "d"),
        ('"еще ждем алену"', "d"), ("жде*", "d"), ("ждё*", "d"), ("їжак", "d"), ("exact:еще", ""),
        ("exact:ещё", "d"), ("اولياء", "e"), ("أولياء", "e"), ("الامور", "e"), ("مدرسة", "e"),
        ("exact:مدرسة", ""), ("مدر*", "e"), ("שלום", "e"),
    ],
)  # fmt: skip
def test_words_end_where_people_end_them(texts: Elasticsearch, query: str, found: str) -> None:
    answer = texts.search(index="ends", query=read(query).dsl, size=50, sort=["record_id"])
    assert "".join(hit["_id"] for hit in answer["hits"]["hits"]) == found


@pytest.mark.parametrize(
    ("query", "instead", "found"),
    [
        ("co-op*", "(co op*)", "2"), ("NOT covid-?9", "NOT (covid ?9)", "13456789abcdef"),
        ("text:www.distr*", "text:(www distr*)", "1"), ("学校*", "(学 校)", "7"), ("โควิด1*", "(โควิด 1*)", "b"),
        ("co-op~", "(co op~)", "2"), ("text:district.exampel~1", "text:(district exampel~1)", "1"),
    ],
)  # fmt: skip
def test_several_words_where_one_is_sought_say_so_and_what_finds_them(
    texts: Elasticsearch, query: str, instead: str, found: str
) -> None:
    with pytest.raises(QueryError, match="these are several") as refused:
        read(query)
    assert refused.value.suggestion == instead
    answer = texts.search(index="ends", query=read(instead).dsl, size=50, sort=["record_id"])
    assert "".join(hit["_id"] for hit in answer["hits"]["hits"]) == found


@pytest.mark.parametrize("length", [99, 150, 260, 4_000])
def test_a_long_run_without_spaces_is_found_whole_and_within_a_longer_one(
    texts: Elasticsearch, length: int
) -> None:
    run = "".join(Random(7).choices([chr(letter) for letter in range(0x0E01, 0x0E2E)], k=length))  # noqa: S311 (no secret)
    for name, text in (("whole", run), ("within", f"\u0e2e\u0e2e{run[:200]}\u0e2e"), ("other", run[::-1])):
        [document] = make_documents(records.table_of([{"record_id": name, "text": text}]))
        texts.index(index="ends", id=name, document=document, refresh=True)
    try:
        answer = texts.search(index="ends", query=read(run).dsl, size=50, sort=["record_id"])
        assert [hit["_id"] for hit in answer["hits"]["hits"]] == (
            ["whole", "within"] if length <= 200 else ["whole"]
        )
    finally:
        for name in ("whole", "within", "other"):
            texts.delete(index="ends", id=name, refresh=True)


@pytest.mark.parametrize(
    ("query", "understood"),
    [
        ('"โรงเรียน ขอบคุณ"', 'the parts, in any order and place, of "โรงเรียน ขอบคุณ"'),
        ('"ขอบคุณ snow"~5', 'the parts, in any order and place, of "ขอบคุณ snow"'),
        ("โควิด19", 'the parts, in any order and place, of "โควิด19"'),
        ("โรงเรียน", 'the word "โรงเรียน"'),
        ('"snow day"~5', 'the words "snow day" within 5 words of their order'),
    ],
)  # fmt: skip
def test_what_is_found_in_parts_is_called_no_phrase(query: str, understood: str) -> None:
    assert read(query).understood == understood
