"""A record whole, and whether it was visible at a time: never more than what captures observed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import orjson
import pytest

from recordroom.archive.gaps import Gaps
from recordroom.errors import ServiceUnavailable, UsageError
from recordroom.records.record import show_record
from recordroom.records.visibility import NOT_KNOWN, NOT_SEEN, SEEN, Visibility
from recordroom.search.index.indexer import Index
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.viewers import reader

POST = "wordpress:x/posts/1"
HOUR = timedelta(hours=1)


@pytest.fixture
def searcher(building: Building) -> Iterator[Searcher]:
    searcher = Searcher(building.settings, building.archive, building.derived)
    yield searcher
    searcher.client.close()


def answer(searcher: Searcher, at: datetime) -> Visibility:
    [only] = show_record(searcher, POST, at, viewer=reader(searcher)).answers
    return only


def test_all_versions_in_all_accounts_with_their_evidence(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("a", "wordpress"), account("b", "wordpress"))
    for name in ("a", "b"):
        building.capture(name, [{"record_id": POST, "text": "Snow"}], at=DAY)
    for n in range(1, 20):
        building.capture("a", [{"record_id": POST, "text": f"Snow {n}"}], at=DAY + n * HOUR)
    index.catch_up()
    shown = show_record(searcher, POST, viewer=reader(searcher))
    assert [(v.record["account"], v.record["sequence"]) for v in shown.versions] == [
        *(("a", n) for n in range(1, 21)),
        ("b", 1),
    ]
    for version in shown.versions:
        stored = building.archive.get_range(
            version.evidence.key, version.evidence.offset, version.evidence.length
        )
        assert stored[:2] == b"\x1f\x8b", "the record is a gzip member there"
        assert version.record["capture_id"] in version.evidence.key
    [event] = [
        orjson.loads(line)
        for path in building.settings.journal.glob("*.jsonl")
        for line in path.read_bytes().splitlines()
    ]
    assert (event["type"], event["record_id"], event["versions"], event["records"]) == (
        "show",
        POST,
        21,
        [POST],
    )


def test_a_record_of_an_account_that_was_captured_for_the_first_time_a_moment_ago_is_found(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"), account("new", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    assert show_record(searcher, POST, viewer=reader(searcher)).versions, (
        "and what the index has is remembered for some seconds"
    )
    building.capture("new", [{"record_id": "wordpress:y/posts/1", "text": "Ice"}], at=DAY)
    index.catch_up()
    assert show_record(searcher, "wordpress:y/posts/1", viewer=reader(searcher)).versions


def test_that_elasticsearch_cannot_say_is_not_told_as_that_there_is_no_record(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """Elasticsearch during a restart: it reports for each document that it cannot give it, with a success
    status.
    """
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    index.catch_up()
    index.client.indices.close(index=index.alias)
    with pytest.raises(ServiceUnavailable, match="cannot return a document"):
        show_record(searcher, POST, viewer=reader(searcher))


def test_the_conversation_is_a_tree(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"))

    def item(name: str, parent: str | None, minute: int) -> dict[str, object]:
        answered = f"wordpress:x/{parent}" if parent else None
        return {
            "record_id": f"wordpress:x/{name}",
            "parent_id": answered,
            "root_id": "wordpress:x/root",
            "published_at": DAY + timedelta(minutes=minute),
        }

    rows = [
        item("root", None, 0),
        item("b", "root", 3),
        item("a", "root", 1),
        item("aa", "a", 5),
        item("ab", "a", 2),
        item("lost", "gone", 4),
    ]
    circle = [item("x", "y", 6), item("y", "x", 7)]
    building.capture("news", [*rows, *circle], at=DAY + HOUR)
    building.capture("news", [{"record_id": "wordpress:x/aa", "status": "removed"}], at=DAY + 2 * HOUR)
    index.catch_up()
    said = [
        (s.depth, s.record["record_id"].removeprefix("wordpress:x/"))
        for s in show_record(searcher, "wordpress:x/ab", viewer=reader(searcher)).conversation
    ]
    assert said == [(0, "root"), (1, "a"), (2, "ab"), (2, "aa"), (1, "b"), (0, "lost"), (0, "x"), (1, "y")]


def test_the_private_messages_of_a_public_conversation_are_shown_to_whoever_asks_for_one(
    building: Building, index: Index, searcher: Searcher
) -> None:
    """A private mention of Mastodon answers a public post."""
    building.register(account("toots", "mastodon"))
    rows = [
        {"record_id": f"mastodon:x/{name}", "root_id": "mastodon:x/root", "published_at": DAY}
        for name in ("root", "open", "secret")
    ]
    building.capture("toots", [*rows[:2], {**rows[2], "kind": "message", "text": "My child is ill"}], at=DAY)
    index.catch_up()
    for name in ("root", "open"):
        shown = show_record(searcher, f"mastodon:x/{name}", viewer=reader(searcher))
        assert ([s.record["record_id"] for s in shown.conversation], shown.messages_left_out) == (
            ["mastodon:x/open", "mastodon:x/root"],
            1,
        )
    shown = show_record(searcher, "mastodon:x/secret", viewer=reader(searcher))
    assert (len(shown.conversation), shown.messages_left_out) == (3, 0)


def test_visible_only_between_observations_that_agree(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"))
    [first] = building.capture("news", [{"record_id": POST, "text": "Snow"}], at=DAY)
    [second] = building.capture("news", at=DAY + 2 * HOUR)
    building.capture("news", at=DAY + 3 * HOUR, complete=False)
    [gone] = building.capture("news", [{"record_id": POST, "status": "removed"}], at=DAY + 4 * HOUR)
    building.capture("news", at=DAY + 6 * HOUR)
    [back] = building.capture("news", [{"record_id": POST, "status": "visible"}], at=DAY + 8 * HOUR)
    index.catch_up()
    captures = [entry.body["capture_id"] for entry in (first, second, gone, back)]
    minute = timedelta(minutes=1)
    expected = {
        -2 * HOUR: (NOT_SEEN, (captures[0],)),  # published an hour before the first capture
        -minute: (NOT_KNOWN, (captures[0],)),
        0 * HOUR: (SEEN, (captures[0],)),
        1 * HOUR: (SEEN, (captures[0], captures[1])),
        2 * HOUR: (SEEN, (captures[1],)),
        3 * HOUR: (NOT_KNOWN, (captures[1], captures[2])),
        4 * HOUR: (NOT_SEEN, (captures[2],)),
        5 * HOUR: (NOT_SEEN, (captures[2],)),
        7 * HOUR: (NOT_KNOWN, None),
        8 * HOUR: (SEEN, (captures[3],)),
        9 * HOUR: (NOT_KNOWN, (captures[3],)),
    }
    for offset, (visible, by) in expected.items():
        found = answer(searcher, DAY + offset)
        assert found.visible == visible, (offset, found)
        assert by is None or set(by) <= set(found.captures), (offset, found)


def test_a_window_that_does_not_cover_it_observes_nothing(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "published_at": DAY - timedelta(days=90)}], at=DAY)
    building.capture("news", at=DAY + 2 * HOUR, window="recent", since=DAY - timedelta(days=30))
    index.catch_up()
    assert answer(searcher, DAY + HOUR).visible == NOT_KNOWN
    building.capture("news", at=DAY + 3 * HOUR)
    index.catch_up()
    assert answer(searcher, DAY + HOUR).visible == SEEN


def test_what_was_reported_missing_is_not_called_visible(
    building: Building, index: Index, searcher: Searcher
) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST}], at=DAY)
    building.capture("news", at=DAY + 2 * HOUR, missing=[POST])
    index.catch_up()
    assert answer(searcher, DAY + HOUR).visible == NOT_KNOWN
    Gaps(building.archive).open_("news", "mass-absence", "30 records vanished at once")
    found = answer(searcher, datetime.now(DAY.tzinfo))
    assert (found.visible, found.captures) == (NOT_KNOWN, ())
    assert "30 records" in found.because


def test_a_hidden_comment_was_not_visible(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "status": "hidden"}], at=DAY)
    building.capture("news", at=DAY + 2 * HOUR)
    index.catch_up()
    assert answer(searcher, DAY + HOUR).visible == NOT_SEEN


def test_the_version_that_stood_there_is_named(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST, "text": "Snow", "valid_from": DAY - HOUR}], at=DAY)
    building.capture(
        "news",
        [{"record_id": POST, "text": "Ice", "valid_from": DAY + HOUR, "valid_from_source": "platform"}],
        at=DAY + 2 * HOUR,
    )
    building.capture(
        "news",
        [{"record_id": POST, "text": "Sno", "valid_from": DAY - 2 * HOUR, "late_arrival": True}],
        at=DAY + 3 * HOUR,
    )
    index.catch_up()
    minutes = timedelta(minutes=30)
    stood = [answer(searcher, DAY + n * HOUR + minutes).sequence for n in (-3, -2, -1, 0, 1)]
    assert stood == [None, 3, 1, 1, 2]


def test_an_unknown_record_is_wrong_use(building: Building, index: Index, searcher: Searcher) -> None:
    building.register(account("news", "wordpress"))
    building.capture("news", [{"record_id": POST}], at=DAY)
    index.catch_up()
    for name in ("wordpress:x/posts/2", "nonsense", ""):
        with pytest.raises(UsageError, match="from a search"):
            show_record(searcher, name, viewer=reader(searcher))
