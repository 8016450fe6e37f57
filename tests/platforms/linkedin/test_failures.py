"""LinkedIn's failures are named in its own words, and responses before one are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import linkedin
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, parsed, words_of
from tests.platforms.linkedin.test_walk import RECENT, comments_path, error, rewrite_item
from tests.platforms.scripted import Answer

PLATFORM = "linkedin"


def test_limit_of_a_day_ends_at_midnight_utc(sandbox: Sandbox) -> None:
    sandbox.publish()
    sandbox.identify()
    sandbox.network.throttle("linkedin", sandbox.network.now() + timedelta(minutes=20))
    with pytest.raises(Throttled, match="DAY limit") as told:
        sandbox.read()
    assert told.value.until == datetime(2026, 11, 25, tzinfo=UTC)
    sandbox.network.throttle("linkedin", None)
    limit = error(429, "TOO_MANY_REQUESTS", "Too many", headers={"Retry-After": "60"})
    with sandbox.transport.meanwhile("posts?q=author", limit.instead), pytest.raises(Throttled) as told:
        sandbox.read()
    assert told.value.until == sandbox.network.now() + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "failure", "remedy"),
    [
        (error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600), TokenExpired, "right one"),
        (error(401, "REVOKED_ACCESS_TOKEN", "revoked by the user", 65601), TokenExpired, "consent again"),
        (error(401, "EXPIRED_ACCESS_TOKEN", "has expired", 65602), TokenExpired, "60 days"),
        (error(403, "ACCESS_DENIED", "Not enough permissions", 100), Blocked, "permission or a role"),
        (
            error(426, "NONEXISTENT_VERSION", "Requested version 20260501 is not active"),
            UnexpectedResponse,
            "later one",
        ),
        (error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters"), UnexpectedResponse, "next capture"),
        (Answer("<html>", 503), UnexpectedResponse, "next capture"),
    ],
)
def test_failures_are_named_in_the_words_of_the_platform(
    sandbox: Sandbox, answer: Answer, failure: type[PlatformFailure], remedy: str
) -> None:
    sandbox.publish()
    with sandbox.transport.meanwhile("posts?q=author", answer.instead), pytest.raises(failure) as told:
        sandbox.read()
    assert remedy in told.value.mend
    assert not isinstance(answer.body, dict) or answer.body["message"] in told.value.message


def test_version_that_has_ended_is_named(sandbox: Sandbox) -> None:
    sandbox.publish()
    sandbox.identify()
    sandbox.network.places["linkedin"].sunset = "202606"
    with pytest.raises(UnexpectedResponse, match="is not active") as told:
        sandbox.read()
    assert "later one" in told.value.mend


@pytest.mark.parametrize("odd", [{"message": None}, {"content": 5}, {"content": [{"entity": 5}]}])
def test_odd_comment_keeps_nothing_behind_it_from_being_read(sandbox: Sandbox, odd: dict[str, Any]) -> None:
    (first, said), (second, below) = sandbox.converse(days=2), sandbox.converse(days=1)
    broken = sandbox.comment(second)
    with sandbox.transport.meanwhile("/comments?", rewrite_item(broken, **odd)):
        records, problems = parsed(linkedin, sandbox.fetch())
    assert len(problems) == 1
    assert words_of([first, second, *said, below[1]]) <= set(marked(records))


@pytest.mark.parametrize(
    "odd", [{"visibility": 5}, {"author": None}, {"content": {"media": {"id": 5}}}, {"content": []}]
)
def test_odd_post_keeps_nothing_behind_it_from_being_read(sandbox: Sandbox, odd: dict[str, Any]) -> None:
    (_, said), (broken, below) = sandbox.converse(days=2), sandbox.converse(days=1)
    with sandbox.transport.meanwhile("posts?q=author", rewrite_item(broken, **odd)):
        records, problems = parsed(linkedin, sandbox.fetch())
    assert (len(problems), words_of([*said, *below]) <= set(marked(records))) == (1, True)


def test_message_of_a_comment_without_text_is_no_edit(sandbox: Sandbox) -> None:
    _, (question, _) = sandbox.converse()
    renamed = rewrite_item(question, message={"attributes": [], "words": "x"})
    with (
        sandbox.transport.meanwhile("/comments?", renamed),
        pytest.raises(UnexpectedResponse, match="message/text"),
    ):
        sandbox.read()


def test_older_post_that_is_refused_keeps_nothing_else_from_being_read(sandbox: Sandbox) -> None:
    """Earlier code ended each capture at it, until the sweep."""
    network = sandbox.network
    older = [sandbox.publish(days=60 + days) for days in range(3)]
    below = [sandbox.comment(post, at=START - timedelta(hours=5)) for post in older]
    event = network.event("linkedin", "Fair", START + timedelta(days=2))
    network.publish(sandbox.us, "Come", event=event, at=START - timedelta(hours=1))
    refused = sandbox.named(older[0])

    def refuse(body: Any) -> Any:
        del body["results"][refused], body["statuses"][refused]
        return body | {"errors": {refused: error(403, "ACCESS_DENIED", "No").body}}

    with sandbox.transport.meanwhile("/posts?ids=", rewrite_json(refuse)):
        exchanges = sandbox.fetch(RECENT)
    found = sandbox.parse(exchanges).values()
    assert set(marked(found)) == words_of([*older[1:], *below[1:]])
    assert "Fair" in {record.title for record in found}
    short = exchanges[-1].context["short"]
    assert (
        f"1 conversation could not be read, and later captures try again (first: linkedin:{refused}:" in short
    )
    assert [one.context["unread"] for one in exchanges if "unread" in one.context] == [f"linkedin:{refused}"]


def test_refusal_of_every_list_of_comments_is_a_failure_and_one_of_a_single_post_is_not(
    sandbox: Sandbox,
) -> None:
    """Two posts with comments are both refused: fewer in a row than stop a capture at once."""
    (first, _), (second, said) = sandbox.converse(days=2), sandbox.converse(days=1)
    refusal = error(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions", 100)
    with sandbox.transport.meanwhile(comments_path(sandbox, first), refusal.instead):
        exchanges = sandbox.fetch()
    assert words_of(said) <= set(marked(sandbox.parse(exchanges).values()))
    assert "1 conversation could not be read" in exchanges[-1].context["short"]
    given: list[Exchange] = []
    with (
        sandbox.transport.meanwhile("/comments", refusal.instead),
        pytest.raises(Blocked, match="socialActions"),
    ):
        given.extend(linkedin.fetch(sandbox.entry, Window("full"), sandbox.client))
    assert len(sandbox.parse(given)) == 3
    assert set(marked(sandbox.parse(given).values())) == words_of([first, second])
