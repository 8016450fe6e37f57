"""LinkedIn's failures are named in its own words, and what was read before one was given out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Window, linkedin
from tests.platforms.organization import (
    BEN,
    DISTRICT,
    ME,
    MISSING,
    RECENT,
    Page,
    client_of,
    comment_urn,
    error,
    records_of,
    share,
)
from tests.platforms.scripted import NOW, Answer, read_of


def test_a_days_limit_ends_at_midnight_utc(page: Page) -> None:
    page.answers["posts?q=author"] = error(429, "TOO_MANY_REQUESTS", "Resource level throttle MEMBER DAY limit for calls is reached.", 101)
    with pytest.raises(Throttled) as told:
        records_of(page)
    assert told.value.until == datetime(2026, 11, 25, tzinfo=UTC)
    page.answers["posts?q=author"] = error(429, "TOO_MANY_REQUESTS", "Too many", headers={"Retry-After": "60"})
    with pytest.raises(Throttled) as told:
        records_of(page)
    assert told.value.until == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("answer", "failure", "mend"),
    [
        (error(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600), TokenExpired, "right one"),
        (error(401, "REVOKED_ACCESS_TOKEN", "revoked by the user", 65601), TokenExpired, "consent again"),
        (error(401, "EXPIRED_ACCESS_TOKEN", "has expired", 65602), TokenExpired, "60 days"),
        (error(403, "ACCESS_DENIED", "Not enough permissions", 100), Blocked, "permission or a role"),
        (error(426, "NONEXISTENT_VERSION", "Requested version 20260501 is not active"), UnexpectedResponse, "later one"),
        (error(400, "ILLEGAL_ARGUMENT", "Invalid query parameters"), UnexpectedResponse, "next capture"),
        (Answer("<html>", 503), UnexpectedResponse, "next capture"),
    ],
)
def test_failures_are_named_in_the_platforms_words(page: Page, answer: Answer, failure: type[PlatformFailure], mend: str) -> None:
    page.answers["posts?q=author"] = answer
    with pytest.raises(failure) as told:
        records_of(page)
    assert mend in told.value.mend
    assert not isinstance(answer.body, dict) or answer.body["message"] in told.value.message


@pytest.mark.parametrize("odd", [{"message": None}, {"content": 5}, {"content": [{"entity": 5}]}])
def test_one_odd_comment_keeps_nothing_behind_it_from_being_read(odd: dict[str, Any]) -> None:
    page = Page()
    page.post(1)
    page.comment(1, 10)
    page.post(2)
    page.comment(2, 11, **odd)
    page.comment(2, 12, BEN, page.comment(2, 13))
    told, unread = read_of(linkedin.fetch(DISTRICT, Window("full"), client_of(page)), linkedin.parse)
    found = {record.native_id for record in told}
    assert (unread, {share(1), share(2), comment_urn(1, 10), comment_urn(2, 12)} <= found) == (1, True)


@pytest.mark.parametrize("odd", [{"visibility": 5}, {"author": None}, {"content": {"media": {"id": 5}}}, {"content": []}])
def test_one_odd_post_keeps_nothing_behind_it_from_being_read(odd: dict[str, Any]) -> None:
    page = Page()
    page.post(1)
    page.comment(1, 10)
    page.post(2, **odd)
    page.comment(2, 11)
    told, unread = read_of(linkedin.fetch(DISTRICT, Window("full"), client_of(page)), linkedin.parse)
    found = {record.native_id for record in told}
    assert (unread, {comment_urn(1, 10), comment_urn(2, 11)} <= found) == (1, True)


def test_a_post_that_has_just_gone_stops_nothing(page: Page) -> None:
    page.answers[f"{quote(share(1), safe='')}/comments"] = MISSING
    assert {share(1), share(2)} <= set(records_of(page))


def test_words_that_come_under_another_name_are_no_edit(page: Page) -> None:
    page.posts[share(1)]["text"] = page.posts[share(1)].pop("commentary")
    with pytest.raises(UnexpectedResponse, match="commentary"):
        records_of(page)
    page.posts[share(1)]["commentary"] = "x"
    page.comments[share(1)][0]["message"] = {"attributes": [], "words": "x"}
    with pytest.raises(UnexpectedResponse, match="message/text"):
        records_of(page)


def test_an_older_post_that_is_refused_keeps_nothing_else_from_being_read() -> None:
    """Something was said on three posts from before the window: each capture ended at the one that is refused, until the sweep."""
    page = Page()
    older = [page.post(number) for number in (1, 2, 3)]
    below = [page.comment(number, 900 + number) for number in (1, 2, 3)]
    for urn in older:
        page.notice("COMMENT", 700, urn)
    event = page.event(700)

    found = {"results": {urn: page.posts[urn] for urn in older[1:]}, "errors": {older[0]: error(403, "ACCESS_DENIED", "No").body}}
    page.answers["/posts?ids="] = Answer(found)
    exchanges = list(linkedin.fetch(DISTRICT, RECENT, client_of(page)))
    read = {r.native_id for e in exchanges for r in linkedin.parse(e)}
    assert {*older[1:], *below[1:], event} <= read
    assert older[0] not in read
    assert f"1 conversation could not be read, and will be asked for again (first: linkedin:{older[0]}:" in exchanges[-1].context["short"]
    assert [e.context["unread"] for e in exchanges if "unread" in e.context] == [f"linkedin:{older[0]}"]


def test_a_refusal_of_every_list_of_comments_fails_and_one_of_a_single_post_does_not(page: Page) -> None:
    """Two posts with comments, both refused: fewer than the number in a row that stops a capture at once."""
    page.comment(2, 20)
    refusal = error(403, "ACCESS_DENIED", "Not enough permissions to access: socialActions", 100)
    page.answers[f"{quote(share(1), safe='')}/comments"] = refusal
    exchanges = list(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert comment_urn(2, 20) in {r.native_id for e in exchanges for r in linkedin.parse(e)}
    assert "1 conversation could not be read" in exchanges[-1].context["short"]
    page.answers["/comments"] = refusal
    given_out: list[Exchange] = []
    with pytest.raises(Blocked, match="socialActions"):
        given_out.extend(linkedin.fetch(DISTRICT, Window("full"), client_of(page)))
    assert {ME, share(1), share(2)} == {r.native_id for e in given_out for r in linkedin.parse(e)}
