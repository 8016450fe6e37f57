"""Facebook's limits and failures: each has a name and a remedy, and loses nothing that was read before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from infra.sandbox.faces.facebook.access import object_id
from infra.sandbox.model import Photo, Post, Video
from recordroom.errors import (
    AccountUnavailable,
    Blocked,
    PlatformFailure,
    Throttled,
    TokenExpired,
    UnexpectedResponse,
)
from recordroom.model import Exchange
from recordroom.platforms import facebook
from recordroom.platforms.contract import Window
from recordroom.platforms.facebook import crawl
from recordroom.platforms.facebook.cursor import FacebookCursor
from tests.fault_transport import Answer as Rule
from tests.platforms.contract.sandbox import START, Sandbox, parsed
from tests.platforms.contract.test_lookup import known
from tests.platforms.facebook.test_walk import (
    asked_for,
    natives,
    open_talk,
    page_id,
    plain,
    video_id,
    visit,
    with_fields,
)
from tests.platforms.meta.errors import error
from tests.platforms.scripted import Answer, Chosen

PLATFORM = "facebook"
FAULT = error(1, "An unknown error occurred", status=500)
LIMIT = error(4, "(#4) Application request limit reached")
TOO_MUCH = error(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)


def with_headers(headers: dict[str, str]) -> Rule:
    """Return the platform's response with these additional headers."""

    def answer(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        response = real()
        return httpx.Response(
            response.status_code, headers=plain(response) | headers, content=response.read()
        )

    return answer


def at_most(most: int, refusal: Answer = TOO_MUCH) -> Rule:
    """Refuse pages of more than so many items."""

    def answer(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return refusal.instead() if int(request.url.params.get("limit", 0)) > most else real()

    return answer


def given_before(
    sandbox: Sandbox, window: Window, failure: type[PlatformFailure], match: str | None = None
) -> tuple[list[Exchange], Any]:
    """Return (what a fetch gives before it fails, the failure)."""
    given: list[Exchange] = []
    with pytest.raises(failure, match=match) as problem:
        given.extend(facebook.fetch(sandbox.entry, window, sandbox.client))
    return given, problem.value


def album(sandbox: Sandbox, days: float, count: int = 3) -> tuple[Post, list[Photo]]:
    """Publish a post with photos that have descriptions like "Photo 0"."""
    photos = [sandbox.network.photo("facebook", f"Photo {number}") for number in range(count)]
    return sandbox.publish(days=days, photos=photos), photos


def native_ids(sandbox: Sandbox, exchanges: list[Exchange]) -> set[str]:
    return {record.native_id for record in sandbox.parse(exchanges).values()}


def shorts(exchanges: list[Exchange]) -> set[str]:
    return {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context}


def edge_of(exchange: Exchange) -> str:
    return urlsplit(exchange.url).path.rpartition("/")[2]


# -- limits
# ------------------------------------------------------------------------------------------------------------


def test_year_that_fills_the_list_is_reported(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(15):
        sandbox.publish(days=number + 1)
    monkeypatch.setattr(crawl, "CUT_FROM", 16)
    assert shorts(sandbox.fetch()) == set()
    monkeypatch.setattr(crawl, "CUT_FROM", 15)
    assert "15 of 2026" in max(shorts(sandbox.fetch()))


@pytest.mark.parametrize(
    "odd", [{"data": 5}, {"data": [{"media_type": "photo", "target": {"id": 5}}]}, {"data": [5]}]
)
def test_odd_post_keeps_nothing_behind_it_from_being_read(sandbox: Sandbox, odd: dict[str, Any]) -> None:
    """Such a post may be a visitor's."""
    post, visitor = sandbox.publish(days=3), visit(sandbox, 2)
    behind = {sandbox.named(sandbox.comment(one)) for one in (post, visitor)}
    with sandbox.transport.meanwhile("", with_fields(sandbox.named(visitor), attachments=odd)):
        records, problems = parsed(facebook, sandbox.fetch())
    assert problems
    assert behind <= {record.native_id for record in records}


@pytest.mark.parametrize("refusal", [TOO_MUCH, FAULT])
def test_page_that_is_too_large_is_halved_and_stays_so(sandbox: Sandbox, refusal: Answer) -> None:
    """An unknown error of a large page may have the same cause."""
    posts = [sandbox.publish(days=number / 10 + 1) for number in range(119)]
    with sandbox.transport.meanwhile("/published_posts", at_most(30, refusal)):
        found = natives(sandbox)
    assert found.keys() == {page_id(sandbox), *map(sandbox.named, posts)}
    limits = [
        int(parse_qs(urlsplit(url).query)["limit"][0]) for url in asked_for(sandbox, "/published_posts")
    ]
    assert list(dict.fromkeys(limits)) == [100, 50, 25]
    assert limits.count(25) == 5
    with (
        sandbox.transport.meanwhile("/published_posts", at_most(0)),
        pytest.raises(UnexpectedResponse, match="reduce the amount"),
    ):
        sandbox.fetch()


def test_later_page_that_is_too_large_is_halved(sandbox: Sandbox) -> None:
    posts = [sandbox.publish(days=number / 10 + 1) for number in range(120)]
    with sandbox.transport.meanwhile("after=", at_most(60)):
        assert len(natives(sandbox)) == 1 + len(posts)


def test_request_for_too_many_ids_is_halved(sandbox: Sandbox) -> None:
    for number in range(40):
        sandbox.publish(days=number + 1)
    held = natives(sandbox)
    del held[page_id(sandbox)]

    def few(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        return TOO_MUCH.instead() if request.url.params["ids"].count(",") > 11 else real()

    with sandbox.transport.meanwhile("ids=", few):
        result = sandbox.lookup(*map(known, held.values()))
    assert native_ids(sandbox, [one for one in result if isinstance(one, Exchange)]) == held.keys()


USED = {
    "app": ({"X-App-Usage": '{"call_count":91,"total_cputime":15,"total_time":12}'}, timedelta(minutes=15)),
    "time of the app": (
        {"X-App-Usage": '{"call_count":1,"total_cputime":15,"total_time":99.5}'},
        timedelta(minutes=15),
    ),
    "page": (
        {
            "X-Business-Use-Case-Usage": (
                '{"100":[{"type":"pages","call_count":95,"total_cputime":1,"estimated_time_to_regain_access":42}]}'
            )
        },
        timedelta(minutes=42),
    ),
    "too long": (
        {
            "X-Business-Use-Case-Usage": (
                '{"100":[{"type":"pages","total_cputime":100,"estimated_time_to_regain_access":99999999}]}'
            )
        },
        timedelta(hours=25),
    ),
}


@pytest.mark.parametrize("header", USED)
def test_limit_that_is_nearly_reached_ends_the_fetch_after_the_response_that_reports_it(
    sandbox: Sandbox, header: str
) -> None:
    headers, pause = USED[header]
    talk = open_talk(sandbox)
    whole = natives(sandbox).keys()
    with sandbox.transport.meanwhile("/comments?", with_headers(headers)):
        given, failure = given_before(sandbox, Window("full"), Throttled, "% of the platform's limit")
    assert native_ids(sandbox, given) & {
        sandbox.named(post) for post in (talk.comment, talk.ours, talk.reply, talk.thanks)
    }
    assert edge_of(given[-1]) == "comments"
    assert abs(failure.until - sandbox.network.now() - pause) < timedelta(seconds=5)
    rest = natives(sandbox, Window("full", cursor=given[-1].cursor))
    assert rest.keys() | native_ids(sandbox, given) == whole


def test_photos_of_a_page_of_posts_are_asked_for_even_near_the_limit(sandbox: Sandbox) -> None:
    """Otherwise an account that is always near its limit would never have any."""
    post, _ = album(sandbox, 1)
    sandbox.identify()
    sandbox.transport.rules = [("", with_headers({"X-App-Usage": '{"call_count":95}'}))]
    first, _ = given_before(sandbox, Window("full"), Throttled)
    assert native_ids(sandbox, first) == {page_id(sandbox)}
    given, _ = given_before(
        sandbox, Window("full", cursor=FacebookCursor("published_posts").cursor), Throttled
    )
    [media] = [
        record.media for record in sandbox.parse(given).values() if record.native_id == sandbox.named(post)
    ]
    assert [m.alt_text for m in media] == ["Photo 0", "Photo 1", "Photo 2"]


def test_posts_with_photos_that_cannot_be_asked_for_wait_and_the_others_are_given(sandbox: Sandbox) -> None:
    post, photos = album(sandbox, 2)
    other = sandbox.publish(days=1)
    said = sandbox.comment(other)
    sandbox.identify()
    native = sandbox.named(post)
    sandbox.transport.rules = [
        ("ids=", _limit_where(object_id(photos[0].number))),
        (f"/{native}?", LIMIT.instead),
    ]
    given, _ = given_before(sandbox, Window("history"), Throttled)
    assert native_ids(sandbox, given) == {page_id(sandbox), sandbox.named(other), sandbox.named(said)}
    sandbox.transport.rules.clear()
    rest = natives(sandbox, Window("history", cursor=given[-1].cursor))
    assert [m.alt_text for m in rest[native].media] == ["Photo 0", "Photo 1", "Photo 2"]


def _limit_where(part: str) -> Rule:
    return lambda request, real: LIMIT.instead() if part in str(request.url) else real()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Usage": '{"call_count":89,"total_cputime":15,"total_time":12}'},
        {"X-App-Usage": "busy"},
        {"X-App-Usage": "[99]"},
        {
            "X-App-Usage": '{"call_count":"99"}',
            "X-Business-Use-Case-Usage": '{"100":[99, {"call_count": null}], "7": 99}',
        },
        {"X-App-Usage": "{" * 5000},
    ],
)
def test_limit_that_is_far_or_unreadable_stops_nothing(sandbox: Sandbox, headers: dict[str, str]) -> None:
    open_talk(sandbox)
    whole = natives(sandbox).keys()
    with sandbox.transport.meanwhile("", with_headers(headers)):
        assert natives(sandbox).keys() == whole


# -- failures
# ------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "app limit": (error(4, "(#4) Application request limit reached", status=403), Throttled, "error 4"),
    "user limit": (error(17, "(#17) User request limit reached"), Throttled, "error 17"),
    "page limit": (error(32, "(#32) Page request limit reached"), Throttled, "error 32"),
    "custom limit": (
        error(613, "(#613) Calls to this api have exceeded the rate limit."),
        Throttled,
        "error 613",
    ),
    "business limit": (
        error(80001, "(#80001) There have been too many calls to this Page account"),
        Throttled,
        "error 80001",
    ),
    "429": (error(99, "slow down", status=429), Throttled, "slow down"),
    "no token": (
        error(104, "An access token is required to request this resource.", status=401),
        TokenExpired,
        "error 104",
    ),
    "session": (error(102, "Session key invalid"), TokenExpired, "error 102"),
    "permission": (
        error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission", status=403),
        Blocked,
        "error 10",
    ),
    "permissions": (error(200, "(#200) Provide valid app ID"), Blocked, "error 200"),
    "missing permission": (
        error(283, "Requires extended permission: pages_read_user_content"),
        Blocked,
        "error 283",
    ),
    "blocked": (error(368, "The action attempted has been deemed abusive"), Blocked, "error 368"),
    "public content": (
        error(100, "(#100) Pages Public Content Access requires either app secret proof or an app token"),
        Blocked,
        "100",
    ),
    "gone": (error(100, "Unsupported get request.", 33), AccountUnavailable, r"error 100 \(33\)"),
    "gone in words": (
        error(100, "(#100) Object does not exist, cannot be loaded due to missing permission"),
        AccountUnavailable,
        "100",
    ),
    "alias": (
        error(803, "(#803) Some of the aliases you requested do not exist: fircrest", status=404),
        AccountUnavailable,
        "error 803",
    ),
    "parameter": (
        error(100, "(#100) Tried accessing nonexisting field (mood)"),
        UnexpectedResponse,
        "nonexisting field",
    ),
    "unknown": (error(1, "An unknown error occurred", status=500), UnexpectedResponse, "error 1"),
    "service": (error(2, "Service temporarily unavailable", status=503), UnexpectedResponse, "error 2"),
    "without a code": (Answer({"error": {"message": "Sorry"}}, 400), UnexpectedResponse, "Sorry"),
    "in a success": (error(190, "Session has expired", 463, status=200), TokenExpired, "error 190"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (Answer("<!DOCTYPE html>", 503), UnexpectedResponse, "503"),
    "HTML that says 404": (
        Answer("<!DOCTYPE html>", 404),
        UnexpectedResponse,
        "404, without an error of the platform's",
    ),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"posts": []}), UnexpectedResponse, "found"),
    "a date without its zone": (
        Answer({"data": [{"id": "100_1", "created_time": "2026-11-01T10:00:00"}]}),
        UnexpectedResponse,
        "created_time",
    ),
    "a next page that is none": (
        Answer({"data": [], "paging": {"next": "http://["}}),
        UnexpectedResponse,
        "paging/next",
    ),
    "paging that is none": (Answer({"data": [], "paging": []}), UnexpectedResponse, "paging"),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_fault_is_named_and_keeps_its_response(sandbox: Sandbox, fault: str) -> None:
    answer, kind, words = ERRORS[fault]
    with (
        sandbox.transport.meanwhile("/published_posts", answer.instead),
        pytest.raises(kind, match=words) as problem,
    ):
        sandbox.fetch()
    assert isinstance(problem.value, PlatformFailure)
    assert problem.value.exchange is not None
    assert problem.value.exchange.body == answer.bytes
    if b'"error"' in answer.bytes:
        assert "fields=" not in problem.value.message


STATED = '{"100":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}'


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"X-Business-Use-Case-Usage": STATED}, timedelta(minutes=19)),
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        ({"X-App-Usage": '{"call_count":100}'}, timedelta(minutes=15)),
    ],
)
def test_throttle_reports_when_to_come_back(
    sandbox: Sandbox, headers: dict[str, str], pause: timedelta
) -> None:
    limit = error(80001, "too many calls", status=400, headers=headers)
    with sandbox.transport.meanwhile("/published_posts", limit.instead), pytest.raises(Throttled) as failure:
        sandbox.fetch()
    assert abs(failure.value.until - sandbox.network.now() - pause) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("subcode", "words"),
    [
        (458, "consent again"),
        (460, "changed the password"),
        (463, "expired"),
        (464, "confirm their account"),
        (467, "revoked"),
        (492, "no longer has a role"),
        (7, "new token"),
    ],
)
def test_dead_token_says_what_to_do(sandbox: Sandbox, subcode: int, words: str) -> None:
    dead = error(190, "Error validating access token", subcode, 401)
    with sandbox.transport.meanwhile("/me?", dead.instead), pytest.raises(TokenExpired) as failure:
        sandbox.identify()
    assert words in failure.value.mend


def test_limit_that_is_reached_at_a_failing_post_is_not_the_posts_fault(sandbox: Sandbox) -> None:
    open_talk(sandbox)

    def fail(request: httpx.Request, _: object) -> httpx.Response:
        return (LIMIT if request.url.params["fields"] == "id" else FAULT).instead()

    with sandbox.transport.meanwhile("/published_posts", fail), pytest.raises(Throttled):
        sandbox.fetch()


def test_post_with_photos_at_which_facebook_fails_is_partial(sandbox: Sandbox) -> None:
    """The post itself was given. After LOST failures at photos in a row, Facebook counts as down."""
    sound, _ = album(sandbox, 1, 2)
    posts = [album(sandbox, 2, 25), *(album(sandbox, number) for number in range(3, 7))]
    sandbox.identify()
    failing = {object_id(photo.number) for _, photos in posts for photo in photos}

    def fail(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        asked = request.url.params.get("ids", urlsplit(str(request.url)).path.rpartition("/")[2])
        return FAULT.instead() if failing & set(asked.split(",")) else real()

    sandbox.transport.rules = [("", fail)]
    found = natives(sandbox)
    told = [
        (found[sandbox.named(post)].partial, len(found[sandbox.named(post)].media))
        for post, _ in [(sound, None), *posts]
    ]
    assert told == [(False, 2)] + [(True, 0)] * 5
    for number in range(7, 13):
        failing |= {object_id(photo.number) for photo in album(sandbox, number, 5)[1]}
    with pytest.raises(UnexpectedResponse, match=r"/\d+: HTTP 500, error 1"):
        sandbox.fetch()


OTHERS = error(
    10,
    "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access'"
    " feature.",
)


def refusing_ids(answer: Answer, *refused: str) -> Rule:
    """Refuse requests for one of these IDs."""

    def rule(request: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        path = urlsplit(str(request.url)).path.rpartition("/")[2]
        return (
            answer.instead()
            if set(refused) & {path, *request.url.params.get("ids", "").split(",")}
            else real()
        )

    return rule


def test_shared_photos_and_videos_of_other_pages_stop_nothing(sandbox: Sandbox) -> None:
    """The post says where they are, and has the photo in its own size.

    By its ID, Facebook gives the photo only to apps with a feature for that.
    """
    text_only = sandbox.publish(days=5)
    theirs, [photo] = album(sandbox, 4, 1)
    filmed = sandbox.publish(days=3, video=Video(5))
    ours, _ = album(sandbox, 2, 1)
    refused = refusing_ids(OTHERS, object_id(photo.number), video_id(filmed))
    film = {
        "type": "video_inline",
        "media_type": "video",
        "target": {"id": video_id(filmed)},
        "media": {"image": {"src": "https://s.example/30.jpg"}},
    }
    bare = with_fields(sandbox.named(filmed), attachments={"data": [film]})
    sandbox.transport.rules = [("", lambda request, real: bare(request, lambda: refused(request, real)))]
    found = natives(sandbox)
    assert sandbox.named(text_only) in found
    [first], [second], [third] = (found[sandbox.named(post)].media for post in (theirs, filmed, ours))
    assert (bool(first.url), first.alt_text) == (True, None)
    assert (second.url, second.missing_reason) == (None, "Facebook gives no address of the video")
    assert third.alt_text == "Photo 0"


def test_attachment_that_is_called_a_photo_and_is_none_stops_nothing(sandbox: Sandbox) -> None:
    """It is archived as the post shows it.

    If a photo has no such field, the field was renamed, which is reported.
    """
    (first, _), (second, [photo]) = album(sandbox, 1, 1), album(sandbox, 2, 1)
    sandbox.identify()

    def of_type(type_: str) -> Rule:
        words = f"(#100) Tried accessing nonexisting field (images) on node type ({type_})"
        return refusing_ids(error(100, words), object_id(photo.number))

    with sandbox.transport.meanwhile("", of_type("Album")):
        found = natives(sandbox)
    assert [m.alt_text for post in (first, second) for m in found[sandbox.named(post)].media] == [
        "Photo 0",
        None,
    ]
    assert all(m.url for m in found[sandbox.named(second)].media)
    with (
        sandbox.transport.meanwhile("", of_type("Photo")),
        pytest.raises(UnexpectedResponse, match=r"nonexisting field \(images\)"),
    ):
        sandbox.fetch()


def test_post_of_another_page_that_is_refused_by_its_id_is_not_gone(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    tags = sandbox.network.publish(sandbox.others[0], "Thanks @district", at=START - timedelta(days=2))
    held = natives(sandbox)
    theirs, ours = (held[sandbox.named(one)] for one in (tags, post))
    with sandbox.transport.meanwhile("", refusing_ids(OTHERS, theirs.native_id)):
        result = sandbox.lookup(known(theirs), known(ours))
    assert all(isinstance(one, Exchange) for one in result)
    assert [one.context.get("untold") for one in result if isinstance(one, Exchange)].count(
        [theirs.record_id]
    ) == 1
    assert native_ids(sandbox, [one for one in result if isinstance(one, Exchange)]) == {ours.native_id}
    with sandbox.transport.meanwhile("", refusing_ids(OTHERS, ours.native_id)), pytest.raises(Blocked):
        sandbox.lookup(known(ours))


def test_listed_post_that_is_not_given_is_reported_and_stops_nothing(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    refused, gone = (sandbox.publish(days=days, video=Video(5, 48, 64)) for days in (2, 3))
    missing = error(100, "Unsupported get request. Object with ID does not exist", 33)
    sandbox.identify()
    sandbox.transport.rules = [
        (f"/{video_id(refused)}?", OTHERS.instead),
        (f"/{video_id(gone)}?", missing.instead),
    ]
    exchanges = sandbox.fetch()
    assert {sandbox.named(post) for post in (talk.first, talk.second, talk.visitor)} <= native_ids(
        sandbox, exchanges
    )
    [words] = shorts(exchanges)
    assert (
        words
        == f"Facebook lists facebook:{page_id(sandbox)}_{object_id(refused.number)} but does not give it"
        " (error 10)"
    )


WHOLE = Window("full")
LATE = Window("recent", since=START - timedelta(days=20), changed_since=START - timedelta(days=19))


@pytest.mark.parametrize("window", [WHOLE, LATE])
def test_refused_list_of_reels_is_reported_and_the_rest_is_read(sandbox: Sandbox, window: Window) -> None:
    talk = open_talk(sandbox)
    refusal = error(100, "(#100) Tried accessing nonexisting field (video_reels) on node type (Page)")
    with sandbox.transport.meanwhile("/video_reels", refusal.instead):
        exchanges = sandbox.fetch(window)
    assert {
        sandbox.named(post) for post in (talk.first, talk.second, talk.visitor, talk.thanks)
    } <= native_ids(sandbox, exchanges)
    assert shorts(exchanges) == {"Facebook does not give the list of reels (error 100)"}


def test_failing_list_of_older_posts_is_reported_and_the_rest_is_read(sandbox: Sandbox) -> None:
    """Private messages come after it. The next capture must look as far back as this one."""
    talk, plan = open_talk(sandbox), Chosen(lambda _: True)
    window = Window(
        "recent", since=LATE.since, changed_since=LATE.changed_since, reads_messages=True, plan=plan
    )
    with sandbox.transport.meanwhile("until=", FAULT.instead):
        exchanges = sandbox.fetch(window)
    assert {
        sandbox.named(post) for post in (talk.first, talk.second, talk.visitor, talk.thanks)
    } <= native_ids(sandbox, exchanges)
    assert edge_of(exchanges[-1]) == "conversations"
    assert (
        "the list of older posts, which shows whether they have changed (error 1)"
        in exchanges[-1].context["short"]
    )
    assert plan.left == [f"facebook:{page_id(sandbox)}"]


def test_failing_list_of_visitors_posts_is_reported_and_the_rest_is_read(sandbox: Sandbox) -> None:
    talk = open_talk(sandbox)
    with sandbox.transport.meanwhile("/feed", FAULT.instead):
        exchanges = sandbox.fetch(Window("full", reads_messages=True))
    assert {sandbox.named(post) for post in (talk.first, talk.second, talk.ours)} <= native_ids(
        sandbox, exchanges
    )
    assert [edge_of(e) for e in exchanges[-2:]] == ["conversations", "blocked"]
    assert (
        "Facebook does not give the list of posts on its wall, where others write (error 1)"
        in exchanges[-2].context["short"]
    )
    refusal = error(10, "(#10) This endpoint requires the permission", status=403)
    with sandbox.transport.meanwhile("/feed", refusal.instead), pytest.raises(Blocked):
        sandbox.fetch()


def test_page_whose_posts_are_not_counted_has_no_total(sandbox: Sandbox) -> None:
    sandbox.identify()
    unsupported = error(100, "(#100) Unsupported parameter")
    with sandbox.transport.meanwhile("summary=total_count", unsupported.instead):
        assert facebook.totals(sandbox.entry, sandbox.client) is None
    with sandbox.transport.meanwhile("summary=total_count", LIMIT.instead), pytest.raises(Throttled):
        facebook.totals(sandbox.entry, sandbox.client)
