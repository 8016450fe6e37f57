"""What Threads refuses or throttles is named and told, and nothing that was read is lost; damaged answers never break a fetch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recordroom.errors import Blocked, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Window, threads
from tests.platforms.loom import DISTRICT, ME, Loom, client_of, records_of
from tests.platforms.scripted import NOW, asked_for
from tests.platforms.wall import error


def test_counts_are_those_of_the_insights_and_cost_nothing_else_where_they_are_refused(loom: Loom) -> None:
    found = records_of(loom)
    assert found["1"].counts == {"likes": 4, "comments": 3, "shares": 3, "views": 90}
    assert found["1"].counts_replies
    assert found["3"].counts is None, "of a repost nothing is counted"
    loom.closed = {"insights"}
    client = client_of(loom)
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client))
    assert len({r.native_id for e in exchanges for r in threads.parse(e)}) == 10
    assert {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context} == {
        "Threads does not give the counts of posts, with which the replies held here could be compared (error 10)"
    }
    assert len(asked_for(client, "/insights")) == 1


@pytest.mark.parametrize("code", [1, 100])
def test_a_post_whose_counts_are_not_given_takes_those_of_no_other_along(loom: Loom, code: int) -> None:
    loom.answers["/2/insights"] = error(code, f"(#{code}) Insights are not available for this media")
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    found = {r.native_id: r for e in exchanges for r in threads.parse(e)}
    assert (found["1"].counts or {})["comments"] == 3
    assert found["2"].counts is None
    [told] = {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context}
    assert told.startswith("Threads does not give the counts of some posts")
    assert told.endswith(f"(first: threads:2, error {code})")
    loom.answers["/1/insights"] = loom.answers["/2/insights"]
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    [told] = {e.context["short"].split(" (")[0] for e in exchanges if "short" in e.context}
    assert told == "Threads does not give the counts of posts, with which the replies held here could be compared"


def test_a_throttle_while_counting_is_met_again_after_the_page_was_given_out(loom: Loom) -> None:
    loom.answers["/2/insights"] = error(4, "(#4) Application request limit reached")
    loom.answers["/1/conversation"] = error(4, "(#4) Application request limit reached")
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    assert {ME, "1", "2", "3", "4"} == {r.native_id for e in given for r in threads.parse(e)}
    loom.answers.clear()
    rest = records_of(loom, Window("full", cursor=given[-1].cursor))
    assert {"101", "102", "103", "104", "900"} <= set(rest)


@pytest.mark.parametrize(("edge", "lost"), [("mentions", {"900"}), ("ghost_posts", {"4"}), ("replies", {"104"})])
def test_a_list_that_is_refused_costs_nothing_else_and_is_told(loom: Loom, edge: str, lost: set[str]) -> None:
    whole = set(records_of(loom))
    loom.closed = {edge}
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    assert {r.native_id for e in exchanges for r in threads.parse(e)} == whole - lost
    [short] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert "error 10" in short


def test_a_list_at_which_threads_fails_each_time_costs_nothing_else_and_is_told(loom: Loom) -> None:
    """Ghost posts are read before all others."""
    whole = set(records_of(loom))
    loom.answers["/ghost_posts"] = error(2, "An unexpected error has occurred. Please retry your request later.", status=500)
    exchanges = list(threads.fetch(DISTRICT, Window("full"), client_of(loom)))
    assert {r.native_id for e in exchanges for r in threads.parse(e)} == whole - {"4"}
    assert {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context} == {"Threads does not give ghost posts (error 2)"}
    loom.answers["/threads?"] = loom.answers["/ghost_posts"]
    with pytest.raises(UnexpectedResponse, match="error 2"):
        records_of(loom)


def test_conversations_that_are_refused_are_a_failure(loom: Loom) -> None:
    loom.closed = {"conversation"}
    with pytest.raises(Blocked, match="error 10"):
        records_of(loom)


def test_a_throttle_says_when_to_come_back(loom: Loom) -> None:
    used = {"X-App-Usage": '{"call_count":100}'}
    loom.answers["/threads?"] = error(4, "(#4) Application request limit reached", status=403, headers=used)
    with pytest.raises(Throttled) as told:
        records_of(loom)
    assert told.value.until == NOW + timedelta(minutes=15)


def test_a_post_that_has_just_gone_stops_nothing(loom: Loom) -> None:
    loom.answers["/1/conversation"] = error(100, "Unsupported get request.", 33)
    assert {"1", "2", "3", "104"} <= set(records_of(loom))
