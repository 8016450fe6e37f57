"""Which answer the archive has at an address that no platform takes, and the post at the head of its
conversation.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.capture.permalink.receipt import RootAddress
from recordroom.records import quarantine
from recordroom.records.lookup import find_reply_at
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.viewers import officer, reader

POST, ANSWER = "https://www.threads.com/@district/post/D1", "https://www.threads.com/@amy/post/D2"
FAR = "https://elsewhere.test/@parent/77"
FOUND = RootAddress("loom", "threads:2", "comment", POST)


@pytest.fixture
def searcher(building: Building) -> Iterator[Searcher]:
    building.enrol(account("loom", "threads"), account("social", "mastodon"))
    below = {"kind": "comment", "parent_id": "threads:1", "root_id": "threads:1"}
    rows = [
        {"record_id": "threads:1", "url": POST},
        {"record_id": "threads:2", "url": ANSWER, **below},
        {"record_id": "threads:3", "url": "https://www.threads.com/@bo/post/D3", "kind": "comment"},
    ]
    building.capture("loom", rows, at=DAY)
    far = {"record_id": "mastodon:s/2", "url": FAR, "kind": "reply", "root_id": "mastodon:s/1"}
    building.capture(
        "social", [{"record_id": "mastodon:s/1", "url": "https://social.test/@district/1"}, far], at=DAY
    )
    building.index()
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


@pytest.mark.parametrize(
    "url",
    [
        ANSWER,
        "https://threads.net/@amy/post/D2/",
        "http://www.threads.com/@amy/post/D2?xmt=abc#x",
        "https://www.threads.net/@amy/post/D2",
    ],
)
def test_an_answer_is_found_by_its_address_however_it_is_spelled(searcher: Searcher, url: str) -> None:
    assert find_reply_at(searcher, url, reader(searcher)) == FOUND


def test_of_another_server_too(searcher: Searcher) -> None:
    assert find_reply_at(searcher, FAR, reader(searcher)) == RootAddress(
        "social", "mastodon:s/2", "reply", "https://social.test/@district/1"
    )


@pytest.mark.parametrize(
    "url",
    [
        POST,
        "https://www.threads.com/@bo/post/D3",
        "https://elsewhere.test/@parent/78",
        "nonsense",
        "http://[",
    ],
)
def test_what_begins_a_conversation_and_what_nobody_knows_is_none(searcher: Searcher, url: str) -> None:
    assert find_reply_at(searcher, url, reader(searcher)) is None


def test_nothing_is_told_of_what_somebody_may_not_see(searcher: Searcher) -> None:
    assert find_reply_at(searcher, ANSWER, reader(searcher, hidden=["loom"])) is None
    assert find_reply_at(searcher, ANSWER, reader(searcher, hidden=["social"])) == FOUND
    for name in ("threads:2", "threads:1"):
        quarantine.put(searcher, QuarantineTarget(RECORD, name), "a person's home address", officer(searcher))
        assert find_reply_at(searcher, ANSWER, reader(searcher)) is None
        assert find_reply_at(searcher, ANSWER, officer(searcher)) == FOUND
        quarantine.lift(searcher, QuarantineTarget(RECORD, name), "the test is over", officer(searcher))


def test_without_an_index_nothing_is_known(building: Building) -> None:
    searcher = Searcher(building.settings, building.archive, building.derived)
    assert find_reply_at(searcher, ANSWER, reader(searcher)) is None
