"""A hundred queries as citizens, reporters, and attorneys write them, against one archive: each is read as
queries.yaml says, and none that a reader would expect to hit reports zero without an offer, a caveat, or a
correction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from recordroom.errors import QueryError
from recordroom.search.index.indexer import Index
from recordroom.search.query.query import read
from recordroom.search.query.translation import SIDE_BY_SIDE
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account, media
from tests.services import S3, Buckets
from tests.viewers import officer

TOLD = yaml.safe_load(Path(__file__).with_name("queries.yaml").read_text("utf-8"))
QUERIES: list[dict[str, Any]] = TOLD["queries"]


@pytest.fixture(scope="module")
def searcher(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """Over the records of queries.yaml."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("queries"), elasticsearch)
    building.register(account("district", "facebook"))
    building.capture(
        "district", [_row(number, told) for number, told in enumerate(TOLD["records"], 1)], at=DAY
    )
    index = Index(building.settings, building.archive, building.derived)
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    index.client.close()
    searcher.client.close()


def _row(number: int, told: dict[str, Any]) -> dict[str, Any]:
    row = {"record_id": f"facebook:{number}", "author_name": told["author"], **told}
    del row["author"]
    if told.get("media"):
        row["media"] = [media(b"a picture", told["media"])]
    return row


def test_there_are_a_hundred_of_several_writers_each_with_its_source() -> None:
    assert len({one["query"] for one in QUERIES}) == 100
    writers = Counter(one["writer"] for one in QUERIES)
    assert set(writers) == {"citizen", "reporter", "attorney"}
    assert min(writers.values()) >= 25
    assert all(one["source"] == "made up" or one["source"].startswith("http") for one in QUERIES)


@pytest.mark.parametrize("told", QUERIES, ids=[one["query"] for one in QUERIES])
def test_it_is_read_as_its_writer_meant_it_or_says_so(searcher: Searcher, told: dict[str, Any]) -> None:
    if "corrected" in told:
        with pytest.raises(QueryError) as refused:
            read(told["query"])
        assert refused.value.suggestion == told["corrected"]
        assert not told["expected"] or searcher.page(told["corrected"], viewer=officer(searcher)).total
        return
    page = searcher.page(told["query"], viewer=officer(searcher), with_suggestions=True)
    assert (page.query.understood, page.total) == (told["understood"], told["found"])
    if told["expected"] and not page.total:
        offers = page.suggestions
        some = offers and [
            one for one in (offers.author, offers.anywhere, offers.any_of) if one is not None and one.records
        ]
        assert set(page.query.doubts) - {SIDE_BY_SIDE} or some  # which each query of several words has


def test_the_author_whose_name_it_is_is_offered_with_what_she_wrote(searcher: Searcher) -> None:
    for text in ("Mira Okonjo", "Okonjo, Mira"):
        page = searcher.page(text, viewer=officer(searcher), with_suggestions=True)
        offers = page.suggestions
        assert offers is not None
        assert offers.author is not None
        assert (page.total, offers.author.records) == (1, 3)
