"""Failures of YouTube, most of which the sandbox does not make: each has a type and loses no record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
    UsageError,
)
from recordroom.model import Absence, Exchange, Identity
from recordroom.platforms import youtube
from recordroom.platforms.contract import KnownRecord, Window
from recordroom.platforms.youtube.api import failure
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.scripted import NOW, Answer, Chosen, Scripted, account
from tests.platforms.youtube.channel import KEY, WINDOWS, converse, fetch, look_up, read_by_id, refuse

PLATFORM = "youtube"


def error(status: int, reason: str, message: str = "x", **more: Any) -> Answer:
    one = {"message": message, "domain": "youtube.test", "reason": reason}
    return Answer({"error": {"code": status, "message": message, "errors": [one], **more}}, status)


CHANNEL = account("youtube", "https://www.youtube.com/@district", Identity("UCdistrict", "youtube.com"))
QUOTA = (
    "The request cannot be completed because you have exceeded your <a"
    ' href="/youtube/v3/getting-started#quota">quota</a>.'
)
DETAILS: dict[str, Any] = {
    "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
}
PER_DAY: dict[str, Any] = {
    "details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerDayPerProject"}}]
}
ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "quota": (error(403, "quotaExceeded", QUOTA), Throttled, "have exceeded your quota"),
    "daily": (error(403, "dailyLimitExceeded"), Throttled, "dailyLimitExceeded"),
    "daily in the new words": (error(429, "rateLimitExceeded", **PER_DAY), Throttled, "rateLimitExceeded"),
    "too quick": (error(403, "rateLimitExceeded"), Throttled, "rateLimitExceeded"),
    "429": (Answer("slow down", 429), Throttled, "429"),
    "dead token": (error(401, "authError", "Invalid Credentials"), TokenExpired, "Invalid Credentials"),
    "dead key": (
        error(400, "badRequest", "API key not valid.", **DETAILS),
        TokenExpired,
        "API key not valid",
    ),
    "dead key in the old words": (error(400, "keyInvalid"), TokenExpired, "keyInvalid"),
    "not enabled": (error(403, "accessNotConfigured"), Blocked, "accessNotConfigured"),
    "scope": (error(403, "insufficientPermissions"), Blocked, "insufficientPermissions"),
    "another address": (error(403, "ipRefererBlocked"), Blocked, "ipRefererBlocked"),
    "suspended": (error(403, "authenticatedUserAccountSuspended"), AccountUnavailable, "Suspended"),
    "gone": (error(404, "channelNotFound"), AccountUnavailable, "channelNotFound"),
    "parameter": (error(400, "invalidPageToken"), UnexpectedResponse, "invalidPageToken"),
    "backend": (error(503, "backendError"), UnexpectedResponse, "backendError"),
    "without reasons": (
        Answer({"error": {"code": 403, "message": "Sorry", "status": "PERMISSION_DENIED"}}, 403),
        Blocked,
        "PERMISSION",
    ),
    "in no words": (Answer({"error": "sorry"}, 400), UnexpectedResponse, "400"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (
        Answer("<!DOCTYPE html>", 404),
        UnexpectedResponse,
        "404, without an error of the platform's",
    ),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"videos": []}), UnexpectedResponse, "kind"),
    "another list": (
        Answer({"kind": "youtube#videoListResponse", "things": []}),
        UnexpectedResponse,
        r"unknown field with it \(things\)",
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_failure_has_a_type_and_carries_the_response(fault: str) -> None:
    answer, kind, words = ERRORS[fault]
    with pytest.raises(kind, match=words) as told:
        youtube.identify(account("youtube", "https://www.youtube.com/@x"), Scripted([answer], {"key": KEY}))
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    assert told.value.exchange.body == answer.bytes
    if b'"reason"' in answer.bytes:
        assert "part=" not in told.value.message


@pytest.mark.parametrize(
    ("asked", "free"),
    [
        ("2026-11-24T08:00:00+00:00", "2026-11-25T08:00:00+00:00"),
        ("2026-11-24T07:59:59+00:00", "2026-11-24T08:00:00+00:00"),
        ("2026-10-31T20:00:00+00:00", "2026-11-01T07:00:00+00:00"),
        ("2026-11-01T07:00:00+00:00", "2026-11-02T08:00:00+00:00"),  # the day of 25 hours
        ("2027-03-14T08:00:00+00:00", "2027-03-15T07:00:00+00:00"),  # the day of 23 hours
    ],
)
def test_quota_ends_at_midnight_in_california(asked: str, free: str) -> None:
    answer = ERRORS["quota"][0]
    exchange = Exchange("GET", "https://x/", 403, (), answer.bytes, fetched_at=datetime.fromisoformat(asked))
    told = failure(exchange)
    assert isinstance(told, Throttled)
    assert told.until == datetime.fromisoformat(free)


def test_rate_limit_ends_after_minutes() -> None:
    told = failure(Exchange("GET", "https://x/", 403, (), ERRORS["too quick"][0].bytes, fetched_at=NOW))
    assert isinstance(told, Throttled)
    assert told.until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("reason", "status", "said"), [("commentNotFound", 404, "absent"), ("forbidden", 403, "untold")]
)
def test_refused_comment_does_not_affect_the_other_comments_of_a_lookup(
    sandbox: Sandbox, reason: str, status: int, said: str
) -> None:
    """YouTube leaves out what is removed; its reference has errors for that too."""
    converse(sandbox)
    found = [r for r in read_by_id(sandbox).values() if r.kind in ("comment", "reply")]
    known = [KnownRecord(r.record_id, r.native_id, r.kind, r.parent_id, r.root_id) for r in found]
    lost = known[1]
    refuse(sandbox, "comments", lost.native_id, reason, status)
    answers = look_up(sandbox, *known)
    exchanges = [one for one in answers if isinstance(one, Exchange)]
    assert {r.record_id for one in exchanges for r in youtube.parse(one)} == {k.record_id for k in known} - {
        lost.record_id
    }
    told = {
        "absent": [one.record_id for one in answers if isinstance(one, Absence)],
        "untold": [record_id for one in exchanges for record_id in one.context.get("untold", ())],
    }
    assert told == {"absent": [], "untold": []} | {said: [lost.record_id]}


@pytest.mark.parametrize(
    ("reason", "status", "told"), [("videoNotFound", 404, False), ("forbidden", 403, True)]
)
@pytest.mark.parametrize("window", WINDOWS)
def test_refused_video_does_not_hide_other_videos(
    sandbox: Sandbox, window: Window, reason: str, status: int, told: bool
) -> None:
    lost, *others = (converse(sandbox, f"Film {number}") for number in range(4))
    refuse(sandbox, "videos", sandbox.named(lost), reason, status)
    exchanges = fetch(sandbox, window)
    found = {record.title or record.text for exchange in exchanges for record in youtube.parse(exchange)}
    assert {other.now.title for other in others} <= found
    assert {f"When, {other.now.title}?" for other in others} <= found
    assert lost.now.title not in found
    said = "".join(exchange.context.get("short", "") for exchange in exchanges[-1:])
    assert (
        f"1 conversation could not be read, and later captures try again (first: youtube:{sandbox.named(lost)}"
        in said
    ) is told
    with pytest.raises((Blocked, UsageError)):
        fetch(sandbox, Window("one", url=f"https://youtu.be/{sandbox.named(lost)}"))


@pytest.mark.parametrize(("reason", "unread"), [("commentsDisabled", 0), ("processingFailure", 1)])
def test_refused_comments_are_read_again_and_disabled_comments_are_complete(
    sandbox: Sandbox, reason: str, unread: int
) -> None:
    """A refused list is requested again and reported; a disabled one counts as read."""
    closed, other = converse(sandbox), converse(sandbox, "Other")
    plan = Chosen(lambda _: True)
    refuse(sandbox, "commentThreads", sandbox.named(closed), reason, 403)
    given = fetch(sandbox, Window("full", plan=plan), key=KEY)
    assert "When, Other?" in {r.text for e in given for r in youtube.parse(e)}
    assert ["1 conversation could not be read" in e.context["short"] for e in given if "short" in e.context][
        :1
    ] == [True] * unread
    names = [f"youtube:{sandbox.named(one)}" for one in (closed, other)]
    assert (plan.left, set(plan.whole)) == (names[:unread], set(names[unread:]))


@pytest.mark.parametrize(
    "answer",
    [
        Answer("<!DOCTYPE html>", 404),
        error(403, "authenticatedUserAccountSuspended"),
        error(403, "quotaExceeded"),
    ],
)
def test_error_that_is_not_about_a_comment_is_a_failure(answer: Answer) -> None:
    known = [KnownRecord("youtube:c", "c", "comment", "youtube:v", "youtube:v")]
    with pytest.raises(PlatformFailure):
        list(youtube.lookup(CHANNEL, known, Scripted([answer], secrets={"key": KEY})))


def test_saved_error_raises_the_failure_that_it_reports() -> None:
    for answer, kind, words in ERRORS.values():
        if isinstance(answer.body, dict) and isinstance(answer.body.get("error"), dict):
            with pytest.raises(kind, match=words):
                list(youtube.parse(youtube.saved(answer.bytes, None, None)))
