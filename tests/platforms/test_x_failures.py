"""What X refuses or throttles is named; what its lists and its search do not reach is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, UnexpectedResponse
from recordroom.model import Exchange, Identity
from recordroom.platforms import Window, x
from recordroom.platforms.x import api, asking
from tests.platforms.scripted import UNWORDED, Answer, Chosen, Scripted, account
from tests.platforms.x_net import AMY, BEN, DISTRICT, ME, NOW, PROBLEMS, TOKEN, Net, client_of, fetched, records, short


@pytest.mark.parametrize(
    ("problem", "detail", "failure"),
    [
        ("resource-not-found", "User has been suspended: [100].", AccountUnavailable),
        ("resource-not-found", "Could not find user with id: [100].", AccountUnavailable),
        ("not-authorized-for-resource", "Sorry, you are not authorized.", Blocked),
        ("something-new", "What is this?", UnexpectedResponse),
    ],
)
def test_an_error_in_a_200_is_no_empty_list(net: Net, problem: str, detail: str, failure: type[PlatformFailure]) -> None:
    told = Answer({"errors": [{"type": f"{PROBLEMS}/{problem}", "title": "Forbidden", "detail": detail}]})
    net.answers[f"/2/users/{ME}"] = told
    with pytest.raises(failure, match=re.escape(detail.rstrip("."))):
        x.identify(DISTRICT, client_of(net))
    net.answers = {f"/2/users/{ME}/tweets": told}
    with pytest.raises(failure):
        fetched(net)


@pytest.mark.parametrize("answer", UNWORDED)
def test_a_404_without_a_word_of_x_is_nobodys_word_that_the_account_is_gone(net: Net, answer: Answer) -> None:
    net.answers[f"/2/users/{ME}"] = answer
    with pytest.raises(UnexpectedResponse, match="no word of the platform's"):
        x.identify(DISTRICT, client_of(net))


def test_a_throttle_tells_until_when(net: Net) -> None:
    reset = int((NOW + timedelta(minutes=9)).timestamp())
    net.answers[f"/2/users/{ME}/mentions"] = Answer({"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": str(reset)})
    with pytest.raises(Throttled) as told:
        fetched(net)
    assert isinstance(told.value, Throttled)


def test_searches_of_the_archive_are_a_second_apart(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else X refuses them for a quarter of an hour, and no capture but a history goes on where it stopped."""
    posts = [net.add(day) for day in range(40)]
    answers = [net.add(day / 2, BEN, post) for day, post in enumerate(posts)]
    slept, rested = list[float](), [True]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        rested.append(True)

    def hurried(url: str) -> Answer:
        if "/search/all?" in url and not rested:
            return Answer({"title": "Too Many Requests"}, 429)
        if "/search/all?" in url:
            rested.clear()
        return net(url)

    monkeypatch.setattr(api, "sleep", sleep)
    assert {*posts, *answers} <= set(records(list(x.fetch(DISTRICT, Window("full"), Scripted(hurried, TOKEN)))))
    assert set(slept) == {api.SECOND}
    monkeypatch.setattr(api, "sleep", lambda _: None)  # where the quarter of an hour is used up no rest helps
    with pytest.raises(Throttled):
        list(x.fetch(DISTRICT, Window("full"), Scripted(hurried, TOKEN)))


def test_a_page_of_the_archive_that_is_too_large_for_x_is_asked_for_as_a_smaller_one(net: Net) -> None:
    post = net.add(2)
    answers = {net.add(1, BEN, post) for _ in range(150)}

    def busy(url: str) -> Answer:
        return Answer({"title": "Service Unavailable"}, 503) if "/search/all?" in url and "max_results=500" in url else net(url)

    exchanges = list(x.fetch(DISTRICT, Window("full"), Scripted(busy, TOKEN)))
    assert answers <= set(records(exchanges))
    assert short(exchanges) == ""


def test_without_the_archive_search_reaches_seven_days_back_and_says_so(net: Net) -> None:
    net.archive = False
    old, new = net.add(20), net.add(2)
    to_old, below_old = net.add(15, AMY, old), ""
    below_old = net.add(14, BEN, to_old)
    below_new = net.add(1, BEN, net.add(1.5, AMY, new))
    exchanges = fetched(net)
    found = records(exchanges)
    assert to_old in found, "it names the account"
    assert below_old not in found, "it does not, and is older than search reaches"
    assert below_new in found
    assert "of 1 older conversations" in short(exchanges)
    assert "comments" not in (found[old].counts or {}), "not to be compared"
    assert (found[new].counts or {})["comments"] == 1
    assert short(fetched(net, Window("recent", since=NOW - timedelta(days=30)))) == ""
    net.archive = True
    exchanges = fetched(net)
    assert below_old in records(exchanges)
    assert short(exchanges) == ""


def test_where_x_fails_to_search_all_else_is_read_and_conversations_are_due_again(net: Net) -> None:
    post, alone = net.add(2), net.add(3)
    named = net.add(1.5, AMY, post)
    below = net.add(1, BEN, named)
    net.answers["/2/tweets/search/all"] = Answer({"title": "Internal Server Error", "detail": "Something went wrong"}, 500)
    for window in (Window("full"), Window("history"), Window("recent", since=NOW - timedelta(days=30))):
        plan = Chosen(lambda _: True)
        exchanges = fetched(net, replace(window, plan=plan))
        assert {post, alone, named} <= set(records(exchanges))
        assert below not in records(exchanges)
        for told in (exchanges, fetched(net, replace(window, cursor=exchanges[1].cursor))):
            assert short(told).count("X fails to search (HTTP 500): no conversation was read") == 1
        assert (plan.left, plan.whole) == ([f"x:{post}"], [f"x:{alone}"])
    with pytest.raises(UnexpectedResponse):
        fetched(net, Window("one", url=f"https://x.com/fircrest/status/{post}"))
    del net.answers["/2/tweets/search/all"]
    assert below in records(fetched(net))


def test_the_limit_of_the_list_is_a_stated_gap_or_the_archive_goes_on(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "CUT_FROM", 40)
    natives = [net.add(day) for day in range(60)]
    net.most = 45
    net.archive = False
    exchanges = fetched(net)
    assert set(records(exchanges)) == set(natives[:45])
    assert "gave 45" in short(exchanges)
    assert short(fetched(net, Window("recent", since=NOW - timedelta(days=30)))) == ""
    net.archive = True
    exchanges = fetched(net)
    assert set(records(exchanges)) == set(natives)
    assert short(exchanges) == ""


def test_mentions_are_cut_too(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MENTIONS_CUT_FROM", 3)
    net.archive = False
    for day in range(3):
        net.add(day, AMY, text="Hello @FircrestSchools")
    assert "gave 3" in short(fetched(net))


def test_what_named_the_account_before_the_newest_is_searched_for_once(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the archive; a sweep, which would pay for it each night, leaves it as it is."""
    monkeypatch.setattr(asking, "MENTIONS_CUT_FROM", 3)
    net.most_naming, net.page = 3, 2
    named = {net.add(day, AMY, text="Hello @FircrestSchools") for day in range(1, 9)}
    for day in range(10, 50, 2):  # more conversations of others than one search is for
        elsewhere = net.add(day, BEN)
        answer = net.add(day - 0.1, ME, elsewhere, public_metrics={"reply_count": 1})
        named.add(net.add(day - 0.2, AMY, answer))
        net.add(day - 0.3, AMY, elsewhere)  # said to somebody else, and not to the account
    district = account("x", "https://x.com/FircrestSchools", Identity(ME, "x.com", None, "FircrestSchools"))
    for window, all_of_them in (
        (Window("history"), True),
        (Window("full"), True),
        (Window("full", edited_since=NOW), False),
        (Window("recent", since=NOW - timedelta(days=30)), False),
    ):
        exchanges = list(x.fetch(district, window, client_of(net)))
        assert (named <= set(records(exchanges))) is all_of_them
        assert short(exchanges) == ""
        for place, page in enumerate(exchanges, 1):  # wherever it stops it goes on
            rest = list(x.fetch(district, replace(window, cursor=page.cursor), client_of(net)))
            assert records([*exchanges[:place], *rest]).keys() == records(exchanges).keys()
    net.archive = False
    assert "gave 3" in short(list(x.fetch(district, Window("history"), client_of(net))))


def test_a_conversation_of_which_x_does_not_say_who_began_it_keeps_no_post_from_being_captured(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = [net.add(9 + number, BEN) for number in range(3)]
    below = [net.add(8, AMY, post) for post in elsewhere]
    answers = [net.add(7, ME, post) for post in below]
    post, real = net.add(6), net.by_id
    monkeypatch.setattr(net, "by_id", lambda natives: Answer({}, 503) if elsewhere[1] in natives else real(natives))
    for window in (Window("full"), Window("recent", since=NOW - timedelta(days=30))):
        exchanges = list(x.fetch(DISTRICT, window, client_of(net)))
        assert {post, *answers} <= set(records(exchanges))
        assert "X does not say who began some conversations" in short(exchanges)
    with pytest.raises(PlatformFailure):
        list(x.fetch(DISTRICT, Window("one", url=f"https://x.com/FircrestSchools/status/{answers[1]}"), client_of(net)))


def pictures(net: Net, number: int) -> list[str]:
    """Posts of somebody else with a picture, each of which the account reposted."""
    found = []
    for one in range(number):
        net.media[f"3_{one}"] = {"media_key": f"3_{one}", "type": "photo", "url": f"https://pbs.twimg.com/media/{one}.jpg"}
        found.append(net.add(9 - one / 10, BEN, attachments={"media_keys": [f"3_{one}"]}))
        net.add(8 - one / 10, ME, found[-1], "reposted")
    return found


def test_posts_that_x_does_not_describe_end_a_capture_only_if_they_follow_each_other(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """X describes every second one: it is there, however many of them a large account has."""
    monkeypatch.setattr(asking, "AT_MOST", 1)
    pictured, real = pictures(net, 6), net.by_id
    failing = set(pictured[::2])
    monkeypatch.setattr(net, "by_id", lambda natives: Answer({}, 503) if failing & {*natives} else real(natives))
    assert sum(record.partial for record in records(fetched(net)).values()) == 3
    failing |= set(pictured)
    with pytest.raises(UnexpectedResponse, match="503"):
        fetched(net)


def test_posts_that_x_does_not_describe_are_not_taken_for_a_refused_list(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of mentions is given; what fails is what the walk asks for in between."""
    monkeypatch.setattr(asking, "AT_MOST", 0)
    answered = net.add(8, AMY, net.add(9, BEN))
    mention = net.add(7, AMY, answered, text="Hello @FircrestSchools", in_reply_to_user_id=ME)
    monkeypatch.setattr(net, "by_id", lambda _: Answer({}, 503))
    given: list[Exchange] = []
    with pytest.raises(UnexpectedResponse, match="503"):
        given.extend(x.fetch(DISTRICT, Window("full"), client_of(net)))
    assert not any("not_given" in exchange.context for exchange in given)
    net.answers[f"/2/users/{ME}/mentions"] = Answer({}, 503)
    assert "X does not list the posts that name the account (HTTP 503)" in short(fetched(net))
    assert mention not in records(fetched(net))


def test_a_reposted_post_that_x_does_not_describe_keeps_no_post_from_being_captured(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    net.media["3_1"] = {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/media/a.jpg"}
    pictured = net.add(9, BEN, attachments={"media_keys": ["3_1"]})
    repost, post, real = net.add(8, ME, pictured, "reposted"), net.add(6), net.by_id
    assert not records(fetched(net))[repost].partial
    monkeypatch.setattr(net, "by_id", lambda natives: Answer({}, 503) if pictured in natives else real(natives))
    exchanges = fetched(net)
    found = records(exchanges)
    assert (post in found, found[repost].partial) == (True, True)  # what is held of it stays
    assert "X does not describe the files" in short(exchanges)
