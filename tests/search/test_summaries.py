"""The archive on the home page: exact counts by month, and the newest records."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import orjson
import pytest

from recordroom.model import ZONE
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from recordroom.search.summaries import LAST, count_by_month, list_newest
from tests.building import DAY, Building, account
from tests.viewers import officer

TODAY = date(2026, 3, 20)


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    building.register(account("news", "wordpress"), account("board", "mastodon", confidential=True))
    published = [
        datetime(2026, 2, 28, 23, 59, tzinfo=ZONE),
        datetime(2026, 3, 1, tzinfo=ZONE),
        datetime(2025, 4, 1, tzinfo=ZONE),
    ]
    published += [datetime(2025, 3, 31, 23, 59, tzinfo=ZONE), datetime(2019, 1, 1, tzinfo=ZONE)]
    rows = [
        {"record_id": f"wordpress:x/posts/{n}", "text": f"Post {n}", "published_at": at}
        for n, at in enumerate(published)
    ]
    rows.append(
        {
            "record_id": "wordpress:x/messages/1",
            "kind": "message",
            "text": "Private",
            "published_at": published[0],
        }
    )
    building.capture("news", rows, at=DAY)
    building.capture(
        "news", [{"record_id": "wordpress:x/posts/1", "text": "Post 1, edited"}], at=DAY + timedelta(hours=1)
    )
    building.capture(
        "board",
        [{"record_id": "mastodon:s/1", "text": "Secret", "published_at": published[1]}],
        at=DAY + timedelta(hours=2),
    )
    index.catch_up()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


def test_counts_are_of_current_records_by_month_where_the_agency_is(searcher: Searcher) -> None:
    counts = count_by_month(searcher, TODAY, officer(searcher))
    assert (counts.months[0], counts.months[-1], len(counts.months)) == ("2025-04", "2026-03", 12)
    board, news = counts.accounts
    assert (news.account, news.all, news.other, news.months) == ("news", 5, 2, (1, *[0] * 9, 1, 1))
    assert (board.all, board.months[-1], counts.most) == (1, 1, 1)


def test_what_came_last_stands_first_and_is_in_the_journal(building: Building, searcher: Searcher) -> None:
    found = list_newest(searcher, officer(searcher, "lawyer"))
    assert [(one["account"], one["text"]) for one in found[:2]] == [
        ("board", "Secret"),
        ("news", "Post 1, edited"),
    ]
    assert len(found) == 6
    assert len(found) <= LAST
    assert "Private" not in repr(found)
    [event] = [
        orjson.loads(line)
        for path in building.settings.journal.glob("*.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    assert (event["type"], event["actor"], event["shown"]) == ("latest", "lawyer", 6)


def test_an_account_that_is_hidden_is_neither_counted_nor_shown(searcher: Searcher) -> None:
    assert [
        one.account for one in count_by_month(searcher, TODAY, officer(searcher, hidden=("board",))).accounts
    ] == ["news"]
    assert {one["account"] for one in list_newest(searcher, officer(searcher, hidden=("board",)))} == {"news"}
