"""X's refusals and throttles are named, and the limits of its lists and its search are reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from infra.sandbox.faces.x import face
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import x
from recordroom.platforms.contract import Window
from recordroom.platforms.x import api, crawl
from tests.fault_transport import Answer as Rule
from tests.fault_transport import RecordedTransport
from tests.platforms.contract.sandbox import START, PagedTransport, Sandbox, marked, words_of
from tests.platforms.scripted import UNWORDED, Answer, Chosen
from tests.platforms.x.test_walk import (
    first_id,
    hide,
    ids_of,
    natives,
    problem,
    publish_theirs,
    read,
    reply,
    short,
    sign_in,
    use_app,
)

PLATFORM = "x"
RECENT = Window("recent", since=START - timedelta(days=30))
TOO_MANY = Answer({"title": "Too Many Requests"}, 429)


def fail_where(part: str, answer: Answer) -> Rule:
    """Give that response to requests with this part in their addresses."""
    return lambda request, real: answer.instead() if part in str(request.url) else real()


@pytest.mark.parametrize(
    ("sort", "detail", "failure"),
    [
        ("resource-not-found", "User has been suspended: [100].", AccountUnavailable),
        ("resource-not-found", "Could not find user with id: [100].", AccountUnavailable),
        ("not-authorized-for-resource", "Sorry, you are not authorized.", Blocked),
        ("something-new", "What is this?", UnexpectedResponse),
    ],
)
def test_error_in_a_200_is_no_empty_list(
    sandbox: Sandbox, sort: str, detail: str, failure: type[PlatformFailure]
) -> None:
    entry = sandbox.identify()
    answer = Answer({"errors": [problem(sort, detail=detail)]})
    user = f"/2/users/{entry.known.native_id}"
    with (
        sandbox.transport.meanwhile(f"{user}?", answer.instead),
        pytest.raises(failure, match=re.escape(detail.rstrip("."))),
    ):
        x.identify(entry, sandbox.client)
    with sandbox.transport.meanwhile(f"{user}/tweets?", answer.instead), pytest.raises(failure):
        sandbox.fetch()


def test_suspended_and_protected_accounts_are_named(sandbox: Sandbox) -> None:
    sandbox.publish()
    entry = sandbox.identify()
    sandbox.network.unpublish(sandbox.us)
    with pytest.raises(Blocked, match="not authorized"):
        sandbox.fetch()
    sandbox.network.suspend(sandbox.us)
    with pytest.raises(AccountUnavailable, match="suspended"):
        x.identify(entry, sandbox.client)


@pytest.mark.parametrize("answer", UNWORDED)
def test_404_without_words_of_x_does_not_say_that_the_account_is_removed(
    sandbox: Sandbox, answer: Answer
) -> None:
    entry = sandbox.identify()
    with (
        sandbox.transport.meanwhile("/2/users/", answer.instead),
        pytest.raises(UnexpectedResponse, match="without an error of the platform's API"),
    ):
        x.identify(entry, sandbox.client)


def test_throttle_ends_when_x_says(sandbox: Sandbox) -> None:
    sandbox.publish()
    sandbox.identify()
    until = (sandbox.network.now() + timedelta(minutes=9)).replace(microsecond=0)
    limit = Answer(TOO_MANY.body, 429, {"x-rate-limit-reset": str(int(until.timestamp()))})
    with sandbox.transport.meanwhile("/mentions", limit.instead), pytest.raises(Throttled) as told:
        sandbox.fetch()
    assert told.value.until == until


def test_searches_of_the_archive_are_a_second_apart(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise X refuses them for a quarter of an hour.

    Only a history resumes where it stopped.
    """
    posts = [sandbox.publish(days=1 + days) for days in range(40)]
    replies = [reply(sandbox, 0.5 + days / 2, 1, post) for days, post in enumerate(posts)]
    slept, rested = list[float](), [True]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        rested.append(True)

    def hurry(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        if not rested:
            return TOO_MANY.instead()
        rested.clear()
        return real()

    monkeypatch.setattr(api, "sleep", sleep)
    with sandbox.transport.meanwhile("/search/all?", hurry):
        assert ids_of((*posts, *replies)) <= set(read(sandbox))
    assert set(slept) == {api.SECOND}
    monkeypatch.setattr(api, "sleep", lambda _: None)  # if the quarter of an hour is used up, no pause helps
    with sandbox.transport.meanwhile("/search/all?", hurry), pytest.raises(Throttled):
        sandbox.fetch()


def test_page_of_the_archive_that_is_too_large_is_requested_as_a_smaller_one(sandbox: Sandbox) -> None:
    post = sandbox.publish(days=2)
    replies = [reply(sandbox, 1, 1, post) for _ in range(150)]
    busy = fail_where("max_results=500", Answer({"title": "Service Unavailable"}, 503))
    with sandbox.transport.meanwhile("/search/all?", busy):
        exchanges = sandbox.fetch()
    assert ids_of(replies) <= set(natives(sandbox, exchanges))
    assert short(exchanges) == ""


def test_search_without_the_archive_reaches_seven_days_back_and_says_so(sandbox: Sandbox) -> None:
    """A reply to a reply that does not mention the account is only found by a search."""
    old, new = sandbox.publish(days=20), sandbox.publish(days=2)
    to_old = reply(sandbox, 15, 0, old)
    below_old = reply(sandbox, 14, 1, to_old)
    below_new = reply(sandbox, 1, 1, reply(sandbox, 1.5, 0, new))
    sign_in(sandbox)
    with sandbox.transport.meanwhile("/mentions", hide(first_id(below_old), first_id(below_new))):
        exchanges = sandbox.fetch()
    found = natives(sandbox, exchanges)
    assert first_id(to_old) in found, "it names the account"
    assert first_id(below_old) not in found, "it does not, and is older than search reaches"
    assert first_id(below_new) in found
    assert "in 1 older conversations" in short(exchanges)
    assert "comments" not in (found[first_id(old)].counts or {}), "not to be compared"
    assert (found[first_id(new)].counts or {})["comments"] == 1
    assert short(sandbox.fetch(RECENT)) == ""
    use_app(sandbox)
    with sandbox.transport.meanwhile("/mentions", hide(first_id(below_old), first_id(below_new))):
        exchanges = sandbox.fetch()
    assert first_id(below_old) in natives(sandbox, exchanges)
    assert short(exchanges) == ""


def test_failing_search_is_reported_and_everything_else_is_read(sandbox: Sandbox) -> None:
    """Its conversations are due again."""
    post, alone = sandbox.publish(days=2), sandbox.publish(days=3)
    named = reply(sandbox, 1.5, 0, post)
    below = reply(sandbox, 1, 1, named)
    failed = Answer({"title": "Internal Server Error", "detail": "Something went wrong"}, 500)
    hidden = hide(first_id(below))
    sandbox.transport.rules = [("/search/all", failed.instead), ("/mentions", hidden)]
    for window in (Window("full"), Window("history"), RECENT):
        plan = Chosen(lambda _: True)
        exchanges = sandbox.fetch(replace(window, plan=plan))
        found = natives(sandbox, exchanges)
        assert ids_of((post, alone, named)) <= set(found)
        assert first_id(below) not in found
        for told in (exchanges, sandbox.fetch(replace(window, cursor=exchanges[1].cursor))):
            assert short(told).count("X's search fails (HTTP 500): no conversation was read") == 1
        assert (plan.left, plan.whole) == ([f"x:{first_id(post)}"], [f"x:{first_id(alone)}"])
    with pytest.raises(UnexpectedResponse):
        sandbox.fetch(Window("one", url=f"https://x.com/district/status/{first_id(post)}"))
    sandbox.transport.rules = [("/mentions", hidden)]
    assert first_id(below) in read(sandbox)


def test_limit_of_the_timeline_is_reported_or_the_archive_continues(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "CUT_FROM", 40)
    posts = [sandbox.publish(days=1 + days) for days in range(60)]
    sandbox.network.places["x"].reach = 45
    sign_in(sandbox)
    exchanges = sandbox.fetch()
    assert set(natives(sandbox, exchanges)) == ids_of(posts[:45])
    assert "gave 45" in short(exchanges)
    assert short(sandbox.fetch(RECENT)) == ""
    use_app(sandbox)
    exchanges = sandbox.fetch()
    assert set(natives(sandbox, exchanges)) == ids_of(posts)
    assert short(exchanges) == ""


def test_limit_of_the_mentions_is_reported(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawl, "MENTIONS_CUT_FROM", 3)
    for days in range(3):
        publish_theirs(sandbox, 1 + days, words="Hello @district")
    sign_in(sandbox)
    assert "gave 3" in short(sandbox.fetch())


@pytest.mark.parametrize(
    ("window", "reads_all"),
    [
        (Window("history"), True),
        (Window("full"), True),
        (Window("full", edited_since=START), False),
        (RECENT, False),
    ],
    ids=["history", "full", "sweep", "recent"],
)
def test_older_mentions_are_searched_once(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, window: Window, reads_all: bool
) -> None:
    """That needs access to the archive. A sweep, which would pay for it each night, leaves them out."""
    monkeypatch.setattr(crawl, "MENTIONS_CUT_FROM", 3)
    monkeypatch.setattr(face, "MENTIONS", 3)
    named = [publish_theirs(sandbox, days, 0, "Hello @district") for days in range(1, 15)]
    for days in range(20, 60, 2):  # more conversations of others than one search covers
        elsewhere = publish_theirs(sandbox, days)
        ours = reply(sandbox, days - 0.1, sandbox.us, elsewhere)
        named.append(reply(sandbox, days - 0.2, 0, ours))
        reply(sandbox, days - 0.3, 0, elsewhere)  # a reply to another person, and not to the account
    sandbox.transport.real = RecordedTransport(PagedTransport(sandbox.transport.real, "max_results", 10))
    exchanges = sandbox.fetch(window)
    found = natives(sandbox, exchanges)
    assert (ids_of(named) <= set(found)) is reads_all
    assert short(exchanges) == ""
    for place, page in enumerate(exchanges, 1):
        rest = sandbox.fetch(replace(window, cursor=page.cursor))
        assert natives(sandbox, [*exchanges[:place], *rest]).keys() == found.keys(), (
            "it resumes from any exchange"
        )


def test_missing_older_mentions_are_reported_without_the_archive(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "MENTIONS_CUT_FROM", 3)
    monkeypatch.setattr(face, "MENTIONS", 3)
    for days in range(1, 6):
        publish_theirs(sandbox, days, words="Hello @district")
    sign_in(sandbox)
    assert "gave 3" in short(sandbox.fetch(Window("history")))


def test_unknown_head_of_a_conversation_keeps_no_post_from_being_captured(sandbox: Sandbox) -> None:
    elsewhere = [publish_theirs(sandbox, 9 + number) for number in range(3)]
    below = [reply(sandbox, 8, 0, post) for post in elsewhere]
    ours = [reply(sandbox, 7, sandbox.us, post) for post in below]
    post = sandbox.publish(days=6)
    lost = fail_where(first_id(elsewhere[1]), Answer({}, 503))
    with sandbox.transport.meanwhile("/2/tweets?", lost):
        for window in (Window("full"), RECENT):
            exchanges = sandbox.fetch(window)
            assert ids_of((post, *ours)) <= set(natives(sandbox, exchanges))
            assert "X does not say who began some conversations" in short(exchanges)
        with pytest.raises(PlatformFailure):
            sandbox.fetch(Window("one", url=f"https://x.com/district/status/{first_id(ours[1])}"))


def repost_pictures(sandbox: Sandbox, number: int) -> list[str]:
    """Return the IDs of posts of others with an image, each of which the account reposted."""
    found = []
    for one in range(number):
        post = publish_theirs(sandbox, 9 - one / 10, photos=[sandbox.network.photo("x", "Snow")])
        sandbox.network.repost(sandbox.us, post, at=START - timedelta(days=8 - one / 10))
        found.append(first_id(post))
    return found


def test_posts_that_x_does_not_describe_end_a_capture_only_if_they_follow_each_other(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X describes every second one, so it is up, however many of them a large account has."""
    monkeypatch.setattr("recordroom.platforms.x.posts.AT_MOST", 1)
    pictured = repost_pictures(sandbox, 6)
    failing = set(pictured[::2])

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return Answer({}, 503).instead() if failing & {*request.url.params["ids"].split(",")} else real()

    with sandbox.transport.meanwhile("/2/tweets?", fail):
        assert sum(record.partial for record in read(sandbox).values()) == 3
        failing.update(pictured)
        with pytest.raises(UnexpectedResponse, match="503"):
            sandbox.fetch()


def test_posts_that_x_does_not_describe_are_not_taken_for_a_refused_list(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of mentions is given; the lookups that the crawl makes in between fail."""
    monkeypatch.setattr("recordroom.platforms.x.posts.AT_MOST", 0)
    answered = reply(sandbox, 8, 0, publish_theirs(sandbox, 9))
    mention = sandbox.comment(answered, 0, words="Hello @district", at=START - timedelta(days=7))
    failed, given = Answer({}, 503), list[Exchange]()
    entry = sandbox.identify()
    with (
        sandbox.transport.meanwhile("/2/tweets?", failed.instead),
        pytest.raises(UnexpectedResponse, match="503"),
    ):
        given.extend(x.fetch(entry, Window("full"), sandbox.client))
    assert given
    assert not any("not_given" in exchange.context for exchange in given)
    with sandbox.transport.meanwhile("/mentions", failed.instead):
        exchanges = sandbox.fetch()
    assert "X does not list the posts that mention the account (HTTP 503)" in short(exchanges)
    assert first_id(mention) not in natives(sandbox, exchanges)


def test_missing_description_of_a_reposted_post_keeps_no_post_from_being_captured(sandbox: Sandbox) -> None:
    pictured = publish_theirs(sandbox, 9, photos=[sandbox.network.photo("x", "Snow")])
    repost = sandbox.network.repost(sandbox.us, pictured, at=START - timedelta(days=8))
    post = sandbox.publish(days=6)
    assert not read(sandbox)[first_id(repost)].partial
    with sandbox.transport.meanwhile("/2/tweets?", fail_where(first_id(pictured), Answer({}, 503))):
        exchanges = sandbox.fetch()
    found = natives(sandbox, exchanges)
    assert words_of([post]) <= set(marked(found.values()))
    assert found[first_id(repost)].partial, "what is held of it stays"
    assert "X does not describe the files" in short(exchanges)
