"""Threads' refusals and throttles are named and reported, and no record read is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from recordroom.errors import Blocked, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import threads
from recordroom.platforms.contract import Window
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.scripted import Answer
from tests.platforms.threads.test_walk import error, natives, open_talk, paths

PLATFORM = "threads"


def withdraw(sandbox: Sandbox, scope: str) -> None:
    """Take a permission from the token."""
    sandbox.network.withdraw("threads", scope)


def shorts(exchanges: list[Exchange]) -> set[str]:
    return {exchange.context["short"] for exchange in exchanges if "short" in exchange.context}


def test_counts_are_those_of_the_insights_and_cost_nothing_else_where_they_are_refused(
    sandbox: Sandbox,
) -> None:
    talk = open_talk(sandbox)
    talk.first.likes = 4
    found = natives(sandbox)
    first = found[sandbox.named(talk.first)]
    assert first.counts == {"likes": 4, "comments": 3, "shares": 1, "views": 28}
    assert first.counts_replies
    assert found[sandbox.named(talk.repost)].counts is None, "of a repost nothing is counted"
    withdraw(sandbox, "threads_manage_insights")
    sandbox.transport.asked.clear()
    exchanges = sandbox.fetch()
    assert sandbox.parse(exchanges).keys() == {record.record_id for record in found.values()}
    assert {words.split(";")[0] for words in shorts(exchanges)} == {
        (
            "Threads does not give the counts of posts, with which the replies held here could be compared"
            " (error 10)"
        )
    }
    assert len(paths(sandbox, "/insights")) == 1


@pytest.mark.parametrize("code", [1, 100])
def test_a_post_whose_counts_are_not_given_takes_those_of_no_other_along(sandbox: Sandbox, code: int) -> None:
    talk = open_talk(sandbox)
    refusal = error(code, f"(#{code}) Insights are not available for this media")
    quote, first = sandbox.named(talk.quote), sandbox.named(talk.first)
    with sandbox.transport.meanwhile(f"/{quote}/insights", refusal.instead):
        exchanges = sandbox.fetch()
    found = sandbox.parse(exchanges)
    assert (found[f"threads:{first}"].counts or {})["comments"] == 3
    assert found[f"threads:{quote}"].counts is None
    [told] = {words.split(";")[0] for words in shorts(exchanges)}
    assert told.startswith("Threads does not give the counts of some posts")
    assert told.endswith(f"(first: threads:{quote}, error {code})")
    with sandbox.transport.meanwhile("/insights", refusal.instead):
        [told] = {words.split(" (")[0] for words in shorts(sandbox.fetch())}
    assert (
        told
        == "Threads does not give the counts of posts, with which the replies held here could be compared"
    )


def test_a_throttle_while_counting_is_met_again_after_the_page_was_given_out(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    limit, given = error(4, "(#4) Application request limit reached"), list[Exchange]()
    sandbox.identify()
    quote = sandbox.named(talk.quote)
    sandbox.transport.rules = [
        (f"/{quote}/insights", limit.instead),
        (f"/{quote}/conversation", limit.instead),
    ]
    with pytest.raises(Throttled):
        given.extend(threads.fetch(sandbox.entry, Window("full"), sandbox.client))
    assert {
        f"threads:{sandbox.named(post)}" for post in (talk.first, talk.quote, talk.repost)
    } <= sandbox.parse(given).keys()
    sandbox.transport.rules.clear()
    rest = natives(sandbox, Window("full", cursor=given[-1].cursor))
    assert {
        sandbox.named(post) for post in (talk.comment, talk.ours, talk.below, talk.thanks, talk.mention)
    } <= rest.keys()


@pytest.mark.parametrize("edge", ["mentions", "ghost_posts", "replies"])
def test_a_list_that_is_refused_costs_nothing_else_and_is_told(sandbox: Sandbox, edge: str) -> None:
    talk = open_talk(sandbox)
    ghost = sandbox.publish(days=0.1, ghost=True)
    lost = {"mentions": talk.mention, "ghost_posts": ghost, "replies": talk.thanks}[edge]
    whole = set(natives(sandbox))
    with sandbox.transport.meanwhile(
        f"/{edge}?", error(10, "Application does not have permission for this action").instead
    ):
        exchanges = sandbox.fetch()
    found = {record.native_id for record in sandbox.parse(exchanges).values()}
    assert found == (whole if edge == "ghost_posts" else whole - {sandbox.named(lost)}), (
        "a ghost that lives is listed with the others too"
    )
    [short] = shorts(exchanges)
    assert "error 10" in short


def test_a_list_at_which_threads_fails_each_time_costs_nothing_else_and_is_told(sandbox: Sandbox) -> None:
    """Ghost posts are read before all others."""
    talk = open_talk(sandbox)
    fault = error(2, "An unexpected error has occurred. Please retry your request later.", status=500)
    whole = set(natives(sandbox))
    with sandbox.transport.meanwhile("/ghost_posts", fault.instead):
        exchanges = sandbox.fetch()
    assert {record.native_id for record in sandbox.parse(exchanges).values()} == whole
    assert {words.split(";")[0] for words in shorts(exchanges)} == {
        "Threads does not give ghost posts (error 2)"
    }
    assert sandbox.named(talk.first) in whole
    with (
        sandbox.transport.meanwhile("/threads?", fault.instead),
        pytest.raises(UnexpectedResponse, match="error 2"),
    ):
        sandbox.fetch()


def test_conversations_that_are_refused_are_a_failure(sandbox: Sandbox) -> None:
    open_talk(sandbox)
    withdraw(sandbox, "threads_read_replies")
    with pytest.raises(Blocked, match="error 10"):
        sandbox.fetch()


def test_a_throttle_says_when_to_come_back(sandbox: Sandbox) -> None:
    limit = error(4, "(#4) Application request limit reached", status=403)
    used = Answer(limit.body, limit.status, {"X-App-Usage": '{"call_count":100}'})
    with sandbox.transport.meanwhile("/threads?", used.instead), pytest.raises(Throttled) as told:
        sandbox.fetch()
    assert abs(told.value.until - sandbox.network.now() - timedelta(minutes=15)) < timedelta(seconds=5)


def test_a_post_whose_conversation_has_just_gone_stops_nothing(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    gone = error(100, "Unsupported get request.", 33)
    with sandbox.transport.meanwhile(f"/{sandbox.named(talk.first)}/conversation", gone.instead):
        found = sandbox.read()
    assert words_of([talk.first, talk.quote, talk.thanks]) <= set(marked(found.values()))


def test_conversations_that_all_fail_end_a_capture_although_waiting_replies_are_given(
    sandbox: Sandbox,
) -> None:
    """One conversation after the other fails, so the platform is failing.

    No reply below the posts is missing silently.
    """
    for days in range(1, 6):
        sandbox.converse(days=days)
    sandbox.identify()
    none: Answer = Answer({"data": []})
    with (
        sandbox.transport.meanwhile("/pending_replies", none.instead),
        sandbox.transport.meanwhile("/conversation", error(200, "Permissions error").instead),
        pytest.raises(Blocked),
    ):
        sandbox.fetch(Window("full"))
