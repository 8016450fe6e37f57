"""Blocked people and filters of an account in a real archive.

Each change makes a version; a refused list changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.inbox import Desk, opened
from tests.services import S3, Buckets

pytestmark = pytest.mark.usefixtures("airflow")

# platform -> the scope for the list only
LISTS = {"facebook": "", "mastodon": "read:blocks", "x": "block.read"}


@pytest.fixture(params=sorted(LISTS))
def desk(
    request: pytest.FixtureRequest, s3: S3, buckets: Buckets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    desk = opened(request.param, s3, buckets, tmp_path, monkeypatch)
    desk.ask_for_messages("switched off in 2024")
    yield desk
    assert desk.network.invalid == []


def test_a_block_and_an_unblock_are_versions(desk: Desk) -> None:
    desk.sound()
    assert desk.moderation() == [[]]
    desk.network.block(desk.us, desk.ana)
    assert desk.sound().changed == 0  # the nightly sweep reads it
    assert desk.sound("full").changed == 1
    desk.network.block(desk.us, desk.bo)
    desk.sound("full")
    assert desk.sound("full").changed == 0
    desk.network.block(desk.us, desk.ana, blocked=False)
    desk.sound("full")
    none, one, two, other = desk.moderation()
    assert (len(none), len(one), len(two), len(other)) == (0, 1, 2, 1)
    assert all(line.startswith("blocked: ") for line in two)
    assert {*one, *other} == set(two)
    assert desk.gaps() == {}


# without its permission Facebook gives nothing at all
@pytest.mark.parametrize("desk", ["mastodon", "x"], indirect=True)
def test_a_refusal_is_no_unblocking_and_it_is_told(desk: Desk) -> None:
    desk.network.block(desk.us, desk.ana)
    desk.sound()
    desk.may(*(scope for scope in desk.kind.scopes if scope != LISTS[desk.platform]))
    assert desk.sound("full").changed == 0
    assert list(desk.gaps()) == ["platform-limit (whole account)"]
    desk.may(*desk.kind.scopes)
    assert desk.sound("full").changed == 0
    assert desk.gaps() == {}
    assert len(desk.moderation()) == 1


@pytest.mark.parametrize("desk", ["mastodon"], indirect=True)
def test_filters_mutes_and_servers_are_lines_too(desk: Desk) -> None:
    desk.network.mute(desk.us, desk.ana)
    desk.network.block_domain(desk.us, "bad.example")
    desk.network.filter_words(desk.us, "Rubbish", ["spam", "scam"])
    desk.sound()
    [lines] = desk.moderation()
    assert lines == [
        "blocked: bad.example (server)",
        "filter: scam, spam (home, public)",
        "muted: @ana@far.test (Ana)",
    ]


@pytest.mark.parametrize("desk", ["mastodon"], indirect=True)
def test_who_is_muted_is_heard_all_the_same(desk: Desk) -> None:
    """A reply that everyone sees below the account's post is a record, even if its author is muted."""
    post = desk.network.publish(desk.us, "The levy is on the ballot")
    desk.network.comment(desk.bo, post, "Too dear")
    desk.sound()
    desk.network.mute(desk.us, desk.bo)
    desk.network.comment(desk.bo, post, "Far too dear")
    desk.sound()
    desk.sound("full")
    assert [(row["text"], row["sequence"], row["status"]) for row in desk.rows("comment")] == [
        ("Too dear", 1, "visible"),
        ("Far too dear", 1, "visible"),
    ]
    assert desk.gaps() == {}
