"""YouTube's faults, which the sandbox does not make: each has a name and loses nothing of what was read; nor does damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.local.sandbox.network import Network
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity
from recordroom.platforms import Known, Window, google, youtube
from tests.fault_transport import retry_at_once
from tests.platforms.scripted import NOW, Answer, Chosen, Scripted, account
from tests.platforms.tube import ANA, BO, FORCE, KEY, RECENT, START, TOKEN, US, WINDOWS, Tube, conversation, new_tube, opened, refuse


@pytest.fixture
def tube(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tube]:
    retry_at_once(monkeypatch)
    tube = new_tube()
    yield tube
    assert tube.network.invalid == []


def error(status: int, reason: str, message: str = "x", **more: Any) -> Answer:
    one = {"message": message, "domain": "youtube.test", "reason": reason}
    return Answer({"error": {"code": status, "message": message, "errors": [one], **more}}, status)


CHANNEL = account("youtube", "https://www.youtube.com/@district", Identity("UCdistrict", "youtube.com"))
QUOTA = 'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
DETAILS: dict[str, Any] = {"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]}
PER_DAY: dict[str, Any] = {"details": [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit": "defaultPerDayPerProject"}}]}
ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "quota": (error(403, "quotaExceeded", QUOTA), Throttled, "have exceeded your quota"),
    "daily": (error(403, "dailyLimitExceeded"), Throttled, "dailyLimitExceeded"),
    "daily in the new words": (error(429, "rateLimitExceeded", **PER_DAY), Throttled, "rateLimitExceeded"),
    "too quick": (error(403, "rateLimitExceeded"), Throttled, "rateLimitExceeded"),
    "429": (Answer("slow down", 429), Throttled, "429"),
    "dead token": (error(401, "authError", "Invalid Credentials"), TokenExpired, "Invalid Credentials"),
    "dead key": (error(400, "badRequest", "API key not valid.", **DETAILS), TokenExpired, "API key not valid"),
    "dead key in the old words": (error(400, "keyInvalid"), TokenExpired, "keyInvalid"),
    "not enabled": (error(403, "accessNotConfigured"), Blocked, "accessNotConfigured"),
    "scope": (error(403, "insufficientPermissions"), Blocked, "insufficientPermissions"),
    "another address": (error(403, "ipRefererBlocked"), Blocked, "ipRefererBlocked"),
    "suspended": (error(403, "authenticatedUserAccountSuspended"), AccountUnavailable, "Suspended"),
    "gone": (error(404, "channelNotFound"), AccountUnavailable, "channelNotFound"),
    "parameter": (error(400, "invalidPageToken"), UnexpectedResponse, "invalidPageToken"),
    "backend": (error(503, "backendError"), UnexpectedResponse, "backendError"),
    "without reasons": (Answer({"error": {"code": 403, "message": "Sorry", "status": "PERMISSION_DENIED"}}, 403), Blocked, "PERMISSION"),
    "in no words": (Answer({"error": "sorry"}, 400), UnexpectedResponse, "400"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (Answer("<!DOCTYPE html>", 404), UnexpectedResponse, "404, and no word of the platform's"),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"videos": []}), UnexpectedResponse, "kind"),
    "another list": (
        Answer({"kind": "youtube#videoListResponse", "things": []}),
        UnexpectedResponse,
        r"unknown field beside it \(things\)",
    ),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_is_named_and_carries_its_answer(fault: str) -> None:
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
def test_a_quota_ends_at_midnight_in_california(asked: str, free: str) -> None:
    answer = ERRORS["quota"][0]
    exchange = Exchange("GET", "https://x/", 403, (), answer.bytes, fetched_at=datetime.fromisoformat(asked))
    told = google.failure(exchange)
    assert isinstance(told, Throttled)
    assert told.until == datetime.fromisoformat(free)


def test_a_rate_is_a_matter_of_minutes() -> None:
    told = google.failure(Exchange("GET", "https://x/", 403, (), ERRORS["too quick"][0].bytes, fetched_at=NOW))
    assert isinstance(told, Throttled)
    assert told.until == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(("reason", "status", "said"), [("commentNotFound", 404, "absent"), ("forbidden", 403, "untold")])
def test_one_comment_that_is_refused_by_its_id_says_nothing_of_the_others(tube: Tube, reason: str, status: int, said: str) -> None:
    """YouTube leaves out what is gone; its reference has errors for that too."""
    conversation(tube)
    found = [r for r in tube.records().values() if r.kind in ("comment", "reply")]
    known = [Known(r.record_id, r.native_id, r.kind, r.parent_id, r.root_id) for r in found]
    lost = known[1]
    refuse(tube, "comments", lost.native_id, reason, status)
    answers = tube.lookup(*known)
    exchanges = [one for one in answers if isinstance(one, Exchange)]
    assert {r.record_id for one in exchanges for r in youtube.parse(one)} == {k.record_id for k in known} - {lost.record_id}
    told = {
        "absent": [one.record_id for one in answers if isinstance(one, Absence)],
        "untold": [record_id for one in exchanges for record_id in one.context.get("untold", ())],
    }
    assert told == {"absent": [], "untold": []} | {said: [lost.record_id]}


@pytest.mark.parametrize(("reason", "status", "told"), [("videoNotFound", 404, False), ("forbidden", 403, True)])
@pytest.mark.parametrize("window", WINDOWS)
def test_one_video_that_is_refused_takes_no_other_along(tube: Tube, window: Window, reason: str, status: int, told: bool) -> None:
    lost, *others = (conversation(tube, f"Film {number}") for number in range(4))
    refuse(tube, "videos", tube.id(lost), reason, status)
    exchanges = tube.exchanges(window)
    found = {record.title or record.text for exchange in exchanges for record in youtube.parse(exchange)}
    assert {other.now.title for other in others} <= found
    assert {f"When, {other.now.title}?" for other in others} <= found
    assert lost.now.title not in found
    said = "".join(exchange.context.get("short", "") for exchange in exchanges[-1:])
    assert (f"1 conversation could not be read, and will be asked for again (first: youtube:{tube.id(lost)}" in said) is told
    with pytest.raises((Blocked, UsageError)):
        tube.exchanges(Window("one", url=f"https://youtu.be/{tube.id(lost)}"))


@pytest.mark.parametrize(("reason", "unread"), [("commentsDisabled", 0), ("processingFailure", 1)])
def test_comments_of_one_video_that_are_refused_are_no_comments_that_are_switched_off(tube: Tube, reason: str, unread: int) -> None:
    """What is refused is asked for again, and told; what is switched off is read."""
    closed, other = conversation(tube), conversation(tube, "Other")
    plan = Chosen(lambda _: True)
    refuse(tube, "commentThreads", tube.id(closed), reason, 403)
    given = tube.exchanges(Window("full", plan=plan), key=KEY)
    assert "When, Other?" in {r.text for e in given for r in youtube.parse(e)}
    assert ["1 conversation could not be read" in e.context["short"] for e in given if "short" in e.context][:1] == [True] * unread
    names = [f"youtube:{tube.id(one)}" for one in (closed, other)]
    assert (plan.left, set(plan.whole)) == (names[:unread], set(names[unread:]))


@pytest.mark.parametrize(
    "answer", [Answer("<!DOCTYPE html>", 404), error(403, "authenticatedUserAccountSuspended"), error(403, "quotaExceeded")]
)
def test_what_says_nothing_of_a_comment_is_a_failure(answer: Answer) -> None:
    known = [Known("youtube:c", "c", "comment", "youtube:v", "youtube:v")]
    with pytest.raises(PlatformFailure):
        list(youtube.lookup(CHANNEL, known, Scripted([answer], secrets={"key": KEY})))


def test_a_saved_error_is_the_failure_that_it_tells() -> None:
    for answer, kind, words in ERRORS.values():
        if isinstance(answer.body, dict) and isinstance(answer.body.get("error"), dict):
            with pytest.raises(kind, match=words):
                list(youtube.parse(youtube.saved(answer.bytes, None, None)))


@pytest.fixture(scope="module")
def pages() -> dict[str, bytes]:
    """An answer of each method."""
    network = Network(START)
    network.place("youtube", "YouTube", host="www.youtube.com")
    for key in (US, ANA, BO):
        network.account(key, key.rpartition("/")[2].title(), staff=key == US)
    network.grant("youtube", KEY, "")
    network.grant("youtube", TOKEN, US, scopes=[FORCE])
    tube = opened(network)
    conversation(tube, answers=6)
    kept: dict[str, bytes] = {}

    def keep(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        answer = real()
        kept[request.url.path.rpartition("/")[2]] = answer.read()
        return answer

    with tube.between.meanwhile("/youtube/v3/", keep):
        tube.exchanges(RECENT)
    return kept
