"""Wrong responses: one that cannot be read is named, and proves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from recordroom.archive import gaps
from recordroom.capture import run
from tests.archives import register_of
from tests.capture.faults.answers import FAULTS, altered, always
from tests.capture.stage import PARENT, US, Play, begun


@pytest.mark.parametrize("domain", ["", " ", "social.test\0", "social.test\u202e", "\ud83d"])
def test_an_identity_that_is_none_is_never_pinned(play: Play, domain: str) -> None:
    """It would be in the ID of each record permanently, and two such servers would have the same IDs."""
    with play.between.meanwhile("/api/v2/instance", always(200, json.dumps({"domain": domain}))):
        assert "no valid account ID" in str(play.capture().failure)
    assert play.archive.state(play.name).sums.identity is None
    begun(play)


def test_what_a_sweep_could_not_read_is_not_filled_by_a_look_at_the_last_days(play: Play) -> None:
    begun(play)
    assert play.sound().gaps == []
    with play.between.meanwhile("/context", always(200, "[]")):
        outcome = play.capture("full")
    [gap] = gaps.Gaps(play.archive.archive).open_now([play.name])
    assert (gap.gap_id, gap.reason) == (outcome.gaps[0], "capture-failed: UnexpectedResponse (whole account)")
    assert gap.overlaps(None, datetime(2020, 1, 1, tzinfo=UTC)), "it may be any post of the account"
    play.sound()
    assert play.gaps() == [gap.gap_id]
    play.sound("full")
    assert play.gaps() == []


def test_answers_that_a_sweep_found_lacking_are_lacking_until_a_sweep_finds_them(play: Play) -> None:
    old, _, _ = begun(play)
    play.sound()
    with play.between.meanwhile("/context", altered(lambda tree: {**tree, "descendants": []})):
        play.network.comment(PARENT, old, "Nobody shows this")
        play.sound("full")
    assert [g.reason for g in gaps.Gaps(play.archive.archive).open_now([play.name])] == [
        "counts-differ (whole account)"
    ]
    play.sound()
    assert len(play.gaps()) == 1
    play.sound("full")
    assert play.gaps() == []


def test_a_failed_look_may_lack_what_was_published_since_the_last_whole_one(play: Play) -> None:
    begun(play)
    play.sound()
    read = datetime.fromisoformat(play.final()["started"])
    with play.between.meanwhile("/context", always(500)):
        play.capture()
        play.capture()
    [gap] = gaps.Gaps(play.archive.archive).open_now([play.name])
    assert gap.from_ == read


def test_a_look_at_fewer_days_than_an_ordinary_one_fills_no_gap(play: Play) -> None:
    """`recordroom capture --since` of yesterday reads only the days that a person wants now.

    What is missing before that date is still missing.
    """
    play.sound()
    read = play.archive.state(play.name).sums.read["recent"]
    with play.between.meanwhile("/statuses", always(500)):
        assert play.capture().failure
    place, register, account = play.archive.place, play.archive.register, play.archive.account(play.name)
    for days, open_ in ((1, 1), (40, 0)):
        assert (
            run.capture(place, register, account, since=datetime.now(UTC) - timedelta(days=days)).failure
            is None
        )
        assert len(gaps.Gaps(play.archive.archive).open_now([play.name])) == len(play.gaps()) == open_
        assert (play.archive.state(play.name).sums.read["recent"] == read) == bool(open_)


def test_an_address_that_is_none_of_the_platform_is_a_gap(play: Play) -> None:
    play.archive.register = register_of(
        {"id": play.name, "platform": "mastodon", "url": "https://social.test/about"}
    )
    outcome = play.capture()
    assert "is not the address of a Mastodon account" in str(outcome.failure)
    assert (play.final()["failure"]["type"], len(play.gaps())) == ("AccountUnavailable", 1)


@pytest.mark.parametrize("number", range(len(FAULTS)), ids=list(FAULTS))
def test_a_fault_is_named_and_proves_nothing(long: Play, number: int) -> None:
    """The list of posts is read, with an edit and a removal in it; then the conversation cannot be read."""
    answered, words = list(FAULTS.values())[number]
    text = f"School starts at {number}"
    gone = long.network.named(f"gone-{number}")
    long.network.edit(long.network.named("edited"), text)
    long.network.remove(gone)
    statuses = {r["record_id"]: r["status"] for r in long.rows()}
    with long.between.meanwhile("/context", answered):
        outcome = long.capture()
    assert outcome.failure is not None
    assert words in outcome.failure
    assert (outcome.absent, outcome.changed) == (0, 1)
    final = long.final()
    assert final["complete"] is False
    assert "seen" not in final
    assert final["failure"]["message"] in outcome.failure
    assert final["gap_ids"] == outcome.gaps == long.gaps()
    assert len(outcome.gaps) == 1
    assert text in {r["text"] for r in long.rows()}, "what was read before is committed"
    assert {r["record_id"]: r["status"] for r in long.rows()} == statuses, "nothing is claimed to be gone"
    mended = long.sound()
    assert (mended.absent, mended.changed) == (1, 1)
    assert long.gaps() == []
    assert [r["status"] for r in long.rows() if r["text"] == gone.now.text] == ["visible", "unavailable"]


def test_ids_that_come_as_numbers_are_the_same_ids(play: Play) -> None:
    def numbers(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {k: int(v) if k in ("id", "in_reply_to_id") and v else numbers(v) for k, v in tree.items()}
        return [numbers(one) for one in tree] if isinstance(tree, list) else tree

    begun(play)
    before = play.told()
    with play.between.meanwhile("/api/v1/", altered(numbers)):
        assert play.sound().changed == 0
    assert play.told() == before


def test_a_fault_when_absences_are_asked_for_proves_nothing(play: Play) -> None:
    _, _, gone = begun(play)
    play.network.remove(gone)
    with play.between.meanwhile("/api/v1/statuses?", always(200, "{}")):
        outcome = play.capture()
    assert outcome.failure is not None
    assert outcome.absent == 0
    assert {r["status"] for r in play.rows()} == {"visible"}
    assert play.sound().absent == 1


def test_an_account_that_cannot_be_read_proves_no_absence(play: Play) -> None:
    """The list is empty, and the account, which is requested before an absence is believed, is not there."""
    begun(play)
    asked = iter([False, True])

    def lookup(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(404, content=b'{"error": "Record not found"}') if next(asked) else real()

    play.between.rules.append(("/accounts/lookup", lookup))
    with play.between.meanwhile("/statuses?", always(200, "[]")):
        outcome = play.capture()
    assert outcome.failure is not None
    assert play.final()["failure"]["type"] == "AccountUnavailable"
    assert outcome.absent == 0
    assert play.sound().absent == 0


def test_the_same_page_again_is_no_endless_capture(play: Play) -> None:
    for number in range(45):
        play.network.publish(US, f"Post {number}")
    kept: list[bytes] = []

    def first_page(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        kept.append(real().read())
        return httpx.Response(200, content=kept[0])

    with play.between.meanwhile("/statuses?", first_page):
        outcome = play.capture()
    assert "the same page again" in str(outcome.failure)
    assert len(kept) == 2
    assert len(play.rows()) == 40, "what the page held is kept"
    play.sound("full")
    assert len(play.rows()) == 45


def test_a_cursor_that_loops_is_no_endless_capture(play: Play) -> None:
    """The last status of each page has the same ID, so the second page would lead to itself."""
    for number in range(45):
        play.network.publish(US, f"Post {number}")

    def looping(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        page = json.loads(real().read())
        if "max_id" in str(request.url):
            page = [{**status, "content": f"<p>{len(play.between.asked)}</p>"} for status in page]
            page[-1]["id"] = str(dict(request.url.params)["max_id"])
        return httpx.Response(200, content=json.dumps(page))

    with play.between.meanwhile("/statuses?", looping):
        outcome = play.capture()
    assert "leads back to a page already read" in str(outcome.failure)
    assert sum("/statuses?" in url for url in play.between.asked) < 5
