"""Facebook's limits and failures: each has a name, says what to do, and loses nothing of what was read before it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse
from recordroom.model import Exchange
from recordroom.platforms import Known, Window, facebook
from recordroom.platforms.facebook.asking import CUT_FROM, Todo
from tests.platforms.scripted import NOW, Answer, asked_for, read_of
from tests.platforms.wall import (
    BEN,
    DISTRICT,
    HOST,
    ME,
    START,
    Wall,
    album,
    at,
    client_of,
    conversations,
    error,
    records_of,
)


@pytest.fixture
def wall() -> Wall:
    return conversations()


# -- limits ---------------------------------------------------------------------------------------------------------------------------


def test_a_year_that_fills_the_list_is_told_to_the_core() -> None:
    def words_of(number: int) -> set[str]:
        wall = Wall()
        for n in range(number):
            wall.post(n, created_time=(START - timedelta(hours=n)).isoformat())
        return {e.context.get("short", "") for e in facebook.fetch(DISTRICT, Window("full"), client_of(wall, most=5000))}

    assert words_of(CUT_FROM - 1) == {""}
    assert f"{CUT_FROM} of 2026" in max(words_of(CUT_FROM))


@pytest.mark.parametrize("odd", [{"data": 5}, {"data": [{"media_type": "photo", "target": {"id": 5}}]}, {"data": [5]}])
def test_one_odd_post_keeps_nothing_behind_it_from_being_read(wall: Wall, odd: dict[str, Any]) -> None:
    """It may be a visitor's."""
    wall.post(90, BEN, attachments=odd)
    behind = {wall.comment(f"{ME}_{number}", 900 + number) for number in (1, 90)}
    told, unread = read_of(facebook.fetch(DISTRICT, Window("full"), client_of(wall)), facebook.parse)
    found = {record.native_id for record in told}
    assert (unread > 0, behind <= found) == (True, True)


def test_too_much_data_halves_the_page_and_it_stays_so() -> None:
    wall = Wall()
    for number in range(1, 120):
        wall.post(number)
    client = client_of(lambda url: _at_most(30, wall, url))
    found = {r.native_id for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}
    assert len(found) == 121
    limits = [int(parse_qs(urlsplit(url).query)["limit"][0]) for url in asked_for(client, "published_posts")]
    assert limits == [100, 50, 25, 25, 25, 25, 25]
    with pytest.raises(UnexpectedResponse, match="reduce the amount"):
        records_of(lambda url: _at_most(0, wall, url))


def test_too_much_data_on_a_later_page_or_by_id_is_halved_too() -> None:
    wall = Wall()
    for number in range(1, 250):
        wall.post(number)
    client = client_of(lambda url: _at_most(60 if "after=" in url else 100, wall, url))
    assert len({r.native_id for e in facebook.fetch(DISTRICT, Window("full"), client) for r in facebook.parse(e)}) == 251
    known = [Known(f"facebook:100_{n}", f"100_{n}", "post", None, f"facebook:100_{n}") for n in range(1, 41)]
    client = client_of(lambda url: _too_much() if url.count("%2C100_") > 12 else wall(url))
    answers = list(facebook.lookup(DISTRICT, known, client))
    assert {r.native_id for e in answers if isinstance(e, Exchange) for r in facebook.parse(e)} == {k.native_id for k in known}


def test_an_unknown_error_of_a_large_page_is_one_of_too_much_too() -> None:
    wall = Wall()
    for number in range(1, 120):
        wall.post(number)

    def weak(url: str) -> Answer:
        limit = int(parse_qs(urlsplit(url).query).get("limit", ["0"])[0])
        return error(1, "An unknown error occurred", status=500) if limit > 30 and "published_posts" in url else wall(url)

    assert {f"100_{number}" for number in range(1, 120)} <= records_of(weak).keys()


def _at_most(most: int, wall: Wall, url: str) -> Answer:
    limit = parse_qs(urlsplit(url).query).get("limit", ["0"])[0]
    return _too_much() if int(limit) > most else wall(url)


def _too_much() -> Answer:
    return error(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)


USED = {
    "app": ({"X-App-Usage": '{"call_count":91,"total_cputime":15,"total_time":12}'}, timedelta(minutes=15)),
    "time of the app": ({"X-App-Usage": '{"call_count":1,"total_cputime":15,"total_time":99.5}'}, timedelta(minutes=15)),
    "page": (
        {"X-Business-Use-Case-Usage": '{"100":[{"type":"pages","call_count":95,"total_cputime":1,"estimated_time_to_regain_access":42}]}'},
        timedelta(minutes=42),
    ),
    "too long": (
        {"X-Business-Use-Case-Usage": '{"100":[{"type":"pages","total_cputime":100,"estimated_time_to_regain_access":99999999}]}'},
        timedelta(hours=25),
    ),
}


@pytest.mark.parametrize("header", USED)
def test_a_limit_nearly_reached_ends_the_segment_after_the_answer_that_told_it(wall: Wall, header: str) -> None:
    headers, pause = USED[header]
    wall.answers["/comments"] = lambda url: Answer({"data": wall.comments[url.split("/")[4]]}, headers=headers)
    given: list[Exchange] = []
    with pytest.raises(Throttled, match="% of what the platform allows") as told:
        given.extend(facebook.fetch(DISTRICT, Window("full"), client_of(wall)))
    assert {"1_10", "1_11", "1_12"} <= {r.native_id for e in given for r in facebook.parse(e)} or "3_13" in {
        r.native_id for e in given for r in facebook.parse(e)
    }
    assert given[-1].url.split("/")[-1].startswith("comments")
    assert told.value.until == NOW + pause
    rest = {
        r.native_id
        for e in facebook.fetch(DISTRICT, Window("full", cursor=given[-1].cursor), client_of(Wall(wall.posts, wall.comments)))
        for r in facebook.parse(e)
    }
    assert rest | {r.native_id for e in given for r in facebook.parse(e)} == set(records_of(Wall(wall.posts, wall.comments)))


def test_photos_of_a_page_that_is_there_are_asked_for_all_the_same() -> None:
    """Else a Page that lives near its limit would never have any."""
    wall = Wall(headers={"X-App-Usage": '{"call_count":95}'})
    album(wall, wall.post(1), range(10, 13))
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("full"), client_of([wall(f"{HOST}/v26.0/100"), *[error(4, "limit")] * 9])))
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("full", cursor=Todo("published_posts").cursor), client_of(wall)))
    assert [m.alt_text for e in given for r in facebook.parse(e) if r.native_id == "100_1" for m in r.media] == [
        "photo 10",
        "photo 11",
        "photo 12",
    ]


def test_where_photos_cannot_be_asked_for_the_other_posts_are_given_out_and_these_are_asked_for_later() -> None:
    wall = Wall()
    album(wall, wall.post(1), range(10, 13))
    wall.comment(wall.post(2), 20)
    wall.answers["ids=10"] = error(4, "(#4) Application request limit reached")
    wall.answers["/100_1?"] = error(4, "(#4) Application request limit reached")
    given: list[Exchange] = []
    with pytest.raises(Throttled):
        given.extend(facebook.fetch(DISTRICT, Window("history"), client_of(wall)))
    assert {r.native_id for e in given for r in facebook.parse(e)} == {ME, "100_2", "2_20"}
    wall.answers.clear()
    rest = {r.native_id: r for r in records_of(wall, Window("history", cursor=given[-1].cursor)).values()}
    assert [m.alt_text for m in rest["100_1"].media] == ["photo 10", "photo 11", "photo 12"]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Usage": '{"call_count":89,"total_cputime":15,"total_time":12}'},
        {"X-App-Usage": "busy"},
        {"X-App-Usage": "[99]"},
        {"X-App-Usage": '{"call_count":"99"}', "X-Business-Use-Case-Usage": '{"100":[99, {"call_count": null}], "7": 99}'},
        {"X-App-Usage": "{" * 5000},
    ],
)
def test_a_limit_that_is_far_or_cannot_be_read_stops_nothing(wall: Wall, headers: dict[str, str]) -> None:
    wall.headers = headers
    assert len(records_of(wall)) == 9


# -- failures -------------------------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Answer, type[PlatformFailure], str]] = {
    "app limit": (error(4, "(#4) Application request limit reached", status=403), Throttled, "error 4"),
    "user limit": (error(17, "(#17) User request limit reached"), Throttled, "error 17"),
    "page limit": (error(32, "(#32) Page request limit reached"), Throttled, "error 32"),
    "custom limit": (error(613, "(#613) Calls to this api have exceeded the rate limit."), Throttled, "error 613"),
    "business limit": (error(80001, "(#80001) There have been too many calls to this Page account"), Throttled, "error 80001"),
    "429": (error(99, "slow down", status=429), Throttled, "slow down"),
    "no token": (error(104, "An access token is required to request this resource.", status=401), TokenExpired, "error 104"),
    "session": (error(102, "Session key invalid"), TokenExpired, "error 102"),
    "permission": (error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission", status=403), Blocked, "error 10"),
    "permissions": (error(200, "(#200) Provide valid app ID"), Blocked, "error 200"),
    "missing permission": (error(283, "Requires extended permission: pages_read_user_content"), Blocked, "error 283"),
    "blocked": (error(368, "The action attempted has been deemed abusive"), Blocked, "error 368"),
    "public content": (error(100, "(#100) Pages Public Content Access requires either app secret proof or an app token"), Blocked, "100"),
    "gone": (error(100, "Unsupported get request.", 33), AccountUnavailable, r"error 100 \(33\)"),
    "gone in words": (error(100, "(#100) Object does not exist, cannot be loaded due to missing permission"), AccountUnavailable, "100"),
    "alias": (error(803, "(#803) Some of the aliases you requested do not exist: fircrest", status=404), AccountUnavailable, "error 803"),
    "parameter": (error(100, "(#100) Tried accessing nonexisting field (mood)"), UnexpectedResponse, "nonexisting field"),
    "unknown": (error(1, "An unknown error occurred", status=500), UnexpectedResponse, "error 1"),
    "service": (error(2, "Service temporarily unavailable", status=503), UnexpectedResponse, "error 2"),
    "without a code": (Answer({"error": {"message": "Sorry"}}, 400), UnexpectedResponse, "Sorry"),
    "in a success": (error(190, "Session has expired", 463, status=200), TokenExpired, "error 190"),
    "HTML": (Answer("<!DOCTYPE html><title>Sorry</title>"), UnexpectedResponse, "HTML instead of JSON"),
    "HTML with a status": (Answer("<!DOCTYPE html>", 503), UnexpectedResponse, "503"),
    "HTML that says 404": (Answer("<!DOCTYPE html>", 404), UnexpectedResponse, "404, and no word of the platform's"),
    "another status": (Answer("", 302), UnexpectedResponse, "302"),
    "nothing": (Answer(""), UnexpectedResponse, "nothing instead of JSON"),
    "a list": (Answer([]), UnexpectedResponse, "found"),
    "no list": (Answer({"posts": []}), UnexpectedResponse, "found"),
    "a date without its zone": (
        Answer({"data": [{"id": "100_1", "created_time": "2026-11-01T10:00:00"}]}),
        UnexpectedResponse,
        "created_time",
    ),
    "a next page that is none": (Answer({"data": [], "paging": {"next": "http://["}}), UnexpectedResponse, "paging/next"),
    "paging that is none": (Answer({"data": [], "paging": []}), UnexpectedResponse, "paging"),
}


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_is_named_and_carries_its_answer(wall: Wall, fault: str) -> None:
    answer, kind, words = ERRORS[fault]
    wall.answers["/published_posts"] = answer
    with pytest.raises(kind, match=words) as told:
        records_of(wall)
    assert isinstance(told.value, PlatformFailure)
    assert told.value.exchange is not None
    assert told.value.exchange.body == answer.bytes
    if b'"error"' in answer.bytes:
        assert "fields=" not in told.value.message


def test_a_throttle_says_when_to_come_back() -> None:
    stated = '{"100":[{"type":"pages","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}'
    for headers, pause in (
        ({"X-Business-Use-Case-Usage": stated}, timedelta(minutes=19)),
        ({"Retry-After": "120"}, timedelta(minutes=2)),
        ({"X-App-Usage": '{"call_count":100}'}, timedelta(minutes=15)),
    ):
        wall = Wall(answers={"/published_posts": error(80001, "too many calls", status=400, headers=headers)})
        with pytest.raises(Throttled) as told:
            records_of(wall)
        assert told.value.until == NOW + pause


@pytest.mark.parametrize(
    ("subcode", "words"),
    [
        (458, "consent again"),
        (460, "changed the password"),
        (463, "run out"),
        (464, "confirm it"),
        (467, "revoked"),
        (492, "no role"),
        (7, "new token"),
    ],
)
def test_a_dead_token_says_what_to_do(subcode: int, words: str) -> None:
    wall = Wall(answers={"/me": error(190, "Error validating access token", subcode, 401)})
    with pytest.raises(TokenExpired) as told:
        facebook.identify(DISTRICT, client_of(wall))
    assert words in told.value.mend


def test_a_limit_that_is_reached_where_a_post_is_passed_over_is_no_fault_of_that_post(wall: Wall) -> None:
    reached, fails = error(4, "(#4) Application request limit reached"), error(1, "An unknown error occurred", status=500)
    wall.answers["/published_posts"] = lambda url: reached if url.endswith("fields=id") else fails
    with pytest.raises(Throttled):
        records_of(wall)


def test_photos_at_which_facebook_fails_one_and_all_leave_their_post_in_part() -> None:
    """It was given; after LOST in a row Facebook is down."""
    wall, fails = Wall(), error(1, "An unknown error occurred", status=500)
    wall.answers = {"ids=5": fails, **{f"/{number}?": fails for number in range(500, 600)}}
    album(wall, wall.post(1), range(600, 602))
    album(wall, wall.post(2), range(500, 525))
    for number in range(3, 7):
        album(wall, wall.post(number), range(530 + number, 531 + number))
    found = records_of(wall)
    assert [(found[f"100_{number}"].partial, len(found[f"100_{number}"].media)) for number in range(1, 7)] == [(False, 2)] + [(True, 0)] * 5
    for number in range(10, 16):
        album(wall, wall.post(number), range(500 + 5 * number, 505 + 5 * number))
    with pytest.raises(UnexpectedResponse, match=r"/5[0-9]{2}: HTTP 500, error 1"):
        records_of(wall)


def test_a_post_that_has_just_gone_stops_nothing(wall: Wall) -> None:
    wall.answers["/100_1/comments"] = error(100, "Unsupported get request.", 33)
    assert {"100_1", "100_2", "100_3", "3_13"} <= set(records_of(wall))


OTHERS = error(10, "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature.")


def test_photos_and_videos_of_other_pages_that_it_shares_stop_nothing() -> None:
    """The post says where they are, and the photo in its own size; by its id Facebook gives it to apps with a feature for that."""
    wall = Wall()
    for number in range(1, 5):
        wall.post(number)
    wall.posts["100_2"]["attachments"] = {"data": [wall.photo(20, alt_text_custom="theirs")]}
    film = {"type": "video_inline", "media_type": "video", "target": {"id": "30"}, "media": {"image": {"src": "https://s.example/30.jpg"}}}
    wall.posts["100_3"]["attachments"] = {"data": [film]}
    wall.posts["100_4"]["attachments"] = {"data": [wall.photo(40, alt_text_custom="ours")]}
    for address in ("ids=40%2C20", "/20?", "/30?"):
        wall.answers[address] = OTHERS
    found = records_of(wall)
    assert {f"100_{number}" for number in range(1, 5)} <= found.keys()
    [theirs], [theirs_too], [ours] = (found[f"100_{number}"].media for number in (2, 3, 4))
    assert (theirs.url, theirs.alt_text) == ("https://scontent.example/p720x720/20_n.jpg?oh=1", None)
    assert (theirs_too.url, theirs_too.missing_reason) == (None, "Facebook gives no address of the video")
    assert (ours.alt_text, ours.width) == ("ours", 2048)


def test_what_an_attachment_calls_a_photo_and_is_none_stops_nothing() -> None:
    """It is kept as the post shows it. Where a photo lacks a field, the field was renamed, and that is told."""
    wall = Wall()
    for number in (1, 2):
        wall.posts[wall.post(number)]["attachments"] = {"data": [wall.photo(10 * number, alt_text_custom="ours")]}
    for address in ("ids=20%2C10", "/20?"):
        wall.answers[address] = error(100, "(#100) Tried accessing nonexisting field (images) on node type (Album)")
    found = records_of(wall)
    assert [(m.alt_text, m.width) for n in (1, 2) for m in found[f"100_{n}"].media] == [("ours", 2048), (None, 720)]
    for address in ("ids=20%2C10", "/20?"):
        wall.answers[address] = error(100, "(#100) Tried accessing nonexisting field (images) on node type (Photo)")
    with pytest.raises(UnexpectedResponse, match=r"nonexisting field \(images\)"):
        records_of(wall)


def test_a_post_of_another_page_that_must_not_be_seen_by_its_id_is_not_gone(wall: Wall) -> None:
    tags = wall.post(50, BEN, BEN)
    asked = [Known(f"facebook:{n}", n, kind, None, f"facebook:{n}") for n, kind in ((tags, "comment"), ("100_1", "post"))]
    for address in ("ids=300_50", "/300_50?"):
        wall.answers[address] = OTHERS
    refused, given = facebook.lookup(DISTRICT, asked, client_of(wall))
    assert isinstance(refused, Exchange)
    assert isinstance(given, Exchange)
    assert refused.context["untold"] == [f"facebook:{tags}"]
    assert [[r.native_id for r in facebook.parse(e)] for e in (refused, given)] == [[], ["100_1"]]
    wall.answers["/100_1?"] = OTHERS
    with pytest.raises(Blocked):
        list(facebook.lookup(DISTRICT, asked[1:], client_of(wall)))


def test_a_post_that_a_list_names_and_nobody_gives_is_told_and_stops_nothing(wall: Wall) -> None:
    wall.reels = [{"id": "60", "post_id": "61"}, {"id": "70", "post_id": "71"}]
    wall.answers["/60?"] = OTHERS
    exchanges = list(facebook.fetch(DISTRICT, Window("full"), client_of(wall)))
    assert {"100_1", "100_2", "100_3"} <= {r.native_id for e in exchanges for r in facebook.parse(e)}
    [told] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert told.startswith("Facebook lists facebook:100_61 and does not give it (error 10); docs")
    assert "100_71" not in told, "it is gone since it was listed"


@pytest.mark.parametrize("window", [Window("full"), Window("recent", since=START - timedelta(days=1), changed_since=START)])
def test_reels_that_are_not_listed_cost_nothing_else_and_it_is_told(wall: Wall, window: Window) -> None:
    wall.answers["/video_reels"] = error(100, "(#100) Tried accessing nonexisting field (video_reels) on node type (Page)")
    exchanges = list(facebook.fetch(DISTRICT, window, client_of(wall)))
    assert {"100_1", "100_2", "100_3", "3_13"} <= {r.native_id for e in exchanges for r in facebook.parse(e)}
    [told] = {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context}
    assert told == "Facebook does not give the list of reels (error 100)"


def test_older_posts_that_are_not_listed_cost_nothing_else_and_it_is_told(wall: Wall) -> None:
    """Captures of the last days ended there, before private messages; the sweep reads what changed in older posts."""
    wall.answers["until="] = error(1, "An unknown error occurred", 500)
    window = Window("recent", since=START - timedelta(days=1), changed_since=START, messages=True)
    exchanges = list(facebook.fetch(DISTRICT, window, client_of(wall)))
    assert {"100_1", "100_2", "100_3", "3_13"} <= {r.native_id for e in exchanges for r in facebook.parse(e)}
    assert exchanges[-1].url.partition("?")[0].endswith("/conversations")
    assert "the list of older posts, of which some may have changed (error 1)" in exchanges[-1].context["short"]


def test_a_wall_that_is_not_listed_costs_nothing_else_and_it_is_told(wall: Wall) -> None:
    wall.answers["/feed"] = error(1, "An unknown error occurred", 500)
    exchanges = list(facebook.fetch(DISTRICT, Window("full", messages=True), client_of(wall)))
    assert {"100_1", "100_2", "1_11"} <= {r.native_id for e in exchanges for r in facebook.parse(e)}
    assert [e.url.partition("?")[0].rpartition("/")[2] for e in exchanges[-2:]] == ["conversations", "blocked"]
    assert "Facebook does not give the list of what stands on its wall, where others write (error 1)" in exchanges[-2].context["short"]
    wall.answers["/feed"] = error(10, "(#10) This endpoint requires the permission", 403)
    with pytest.raises(Blocked):
        list(facebook.fetch(DISTRICT, Window("full"), client_of(wall)))


def test_a_page_whose_posts_facebook_refuses_to_count_has_no_count_of_them(wall: Wall) -> None:
    wall.answers["summary=total_count"] = error(100, "(#100) Unsupported parameter")
    assert facebook.totals(DISTRICT, client_of(wall)) is None
    wall.answers["summary=total_count"] = error(4, "(#4) Application request limit reached")
    with pytest.raises(Throttled):
        facebook.totals(DISTRICT, client_of(wall))


def test_pages_that_repeat_or_never_end_are_named() -> None:
    page = {
        "data": [{"id": "100_1", "created_time": at(1)}],
        "paging": {"next": "https://graph.facebook.com/v26.0/100/published_posts?after=1"},
    }
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Wall(answers={"/published_posts": Answer(page)}))
