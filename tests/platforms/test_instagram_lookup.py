"""What is asked for on Instagram by its id or its address, and what is said of what is not there."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from recordroom.errors import Blocked, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, version_of
from recordroom.platforms import Known, Window, instagram
from tests.platforms.gallery import DISTRICT, LOGINS, ME, Gallery, client_of, records_of
from tests.platforms.scripted import NOW
from tests.platforms.wall import error


def known(native: str, kind: str = "comment", root: str = "1", began: datetime | None = None) -> Known:
    return Known(f"instagram:{native}", native, kind, f"instagram:{root}", f"instagram:{root}", began)


def test_each_login_asks_its_own_host_and_ids_together_only_where_that_is_documented(gallery: Gallery) -> None:
    for number in range(20, 60):
        gallery.comment("1", number)
    asked = [known(str(number)) for number in range(20, 60)]
    for login, requests in (("instagram", 40), ("facebook", 1)):
        gallery.login = login
        client = client_of(gallery)
        assert len(list(instagram.lookup(DISTRICT, asked, client))) == requests
        assert {urlsplit(url).hostname for url in client.asked} == {f"graph.{login}.com"}


@pytest.mark.parametrize("login", LOGINS)
def test_what_cannot_be_seen_is_unavailable_and_the_rest_is_read(gallery: Gallery, login: str) -> None:
    gallery.login, gallery.gone = login, {"1010", "2"}
    asked = [known("1", "post"), known("2", "post", "2"), known("1010"), known("1011", "reply"), Known(f"instagram:{ME}", ME, "profile")]
    answers = list(instagram.lookup(DISTRICT, asked, client_of(gallery)))
    gone = {a.record_id: (a.status, a.acted_by, a.ended) for a in answers if isinstance(a, Absence)}
    assert gone == {f"instagram:{n}": ("unavailable", None, False) for n in gallery.gone}
    found = {r.native_id: r for e in answers if isinstance(e, Exchange) for r in instagram.parse(e)}
    assert set(found) == {"1", "1011", ME}
    assert (found["1011"].kind, found["1011"].parent_id, found["1011"].root_id) == ("reply", "instagram:1", "instagram:1"), "as first seen"
    assert version_of(found["1"]) == version_of(records_of(gallery)["1"])
    assert not list(instagram.lookup(DISTRICT, [], client_of(gallery)))


def test_a_story_that_ends_is_no_removal(gallery: Gallery) -> None:
    gallery.comment("700", 1020)
    gallery.gone = {"700", "701", "1020"}
    day = timedelta(hours=24)
    over = [known("700", "story", "700", NOW - day), known("1020", "comment", "700", NOW - day)]
    early = [known("701", "story", "701", NOW - day + timedelta(seconds=1))]
    told = {a.record_id: a for a in instagram.lookup(DISTRICT, over + early, client_of(gallery)) if isinstance(a, Absence)}
    for ended in (told["instagram:700"], told["instagram:1020"]):
        assert (ended.status, ended.acted_by, ended.ended) == ("unavailable", "platform", True)
        assert "24 hours are over" in ended.reason
    assert (told["instagram:701"].acted_by, told["instagram:701"].ended) == (None, False)
    gallery.gone = set()
    [answer] = instagram.lookup(DISTRICT, over[:1], client_of(gallery))
    assert isinstance(answer, Exchange)
    [kept] = instagram.parse(answer)
    assert (kept.kind, version_of(kept)) == ("story", version_of(records_of(gallery)["700"])), "a highlight"


def test_tagged_posts_are_looked_for_in_the_whole_list_for_only_it_knows_them(gallery: Gallery) -> None:
    for number in range(100, 320):
        gallery.tag(number)
    del gallery.tagged["150"]
    asked = [Known(f"instagram:{n}", n, "comment", None, f"instagram:{n}") for n in ("3", "150", "310")]
    client = client_of(gallery)
    answers = list(instagram.lookup(DISTRICT, asked, client))
    assert [(a.record_id, a.status, a.acted_by) for a in answers if isinstance(a, Absence)] == [("instagram:150", "unavailable", None)]
    assert {"3", "310"} <= {r.native_id for e in answers if isinstance(e, Exchange) for r in instagram.parse(e)}
    assert len(client.asked) == 3
    gallery.answers["/tags"] = error(10, "permission")
    [refused] = instagram.lookup(DISTRICT, asked, client_of(gallery))
    assert isinstance(refused, Exchange)
    assert refused.context["untold"] == [one.record_id for one in asked]
    assert not list(instagram.parse(refused))
    gallery.answers["/tags"] = error(4, "too many calls")
    with pytest.raises(Throttled):
        list(instagram.lookup(DISTRICT, asked, client_of(gallery)))


def test_a_permission_that_was_taken_away_is_told_from_comments_that_are_gone(gallery: Gallery) -> None:
    """Without it the lists of comments are empty and each comment is error 100."""
    gallery.silent = True
    with pytest.raises(Blocked, match="counts 3 comments on the newest posts and shows none"):
        list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))
    gallery.posts["1"]["comments_count"] = 0
    assert [type(a) for a in instagram.lookup(DISTRICT, [known("1010")], client_of(gallery))] == [Absence]


def test_error_100_about_the_request_is_no_absence(gallery: Gallery) -> None:
    gallery.answers["/1010"] = error(100, "(#100) Tried accessing nonexisting field (mood)")
    with pytest.raises(UnexpectedResponse):
        list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))
    for answer in (error(4, "limit"), error(190, "dead", 463), error(10, "permission")):
        gallery.answers["/1010"] = answer
        with pytest.raises((Throttled, TokenExpired, Blocked)):
            list(instagram.lookup(DISTRICT, [known("1010")], client_of(gallery)))


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://www.instagram.com/p/C1/", "1"),
        ("https://www.instagram.com/reel/C1", "1"),
        ("https://instagram.com/fircrestschools/p/C1/?img_index=2", "1"),
        ("https://www.instagram.com/tv/C1/", "1"),
        ("https://www.instagram.com/stories/fircrestschools/3100/", "700"),
    ],
)
def test_a_permalink_brings_its_whole_conversation(gallery: Gallery, url: str, number: str) -> None:
    gallery.stories["700"] |= {"permalink": "https://instagram.com/stories/fircrestschools/3100", "shortcode": "DX"}
    conversation = {"1010", "1011", "1012"} if number == "1" else set()
    assert set(records_of(gallery, Window("one", url=url))) == {ME, number, *conversation}


@pytest.mark.parametrize(
    "url",
    [
        "https://www.instagram.com/fircrestschools",
        "https://elsewhere.example/p/C1/",
        "https://notinstagram.com/p/C1/",
        "https://www.instagram.com/p/C999/",
        "https://www.instagram.com/stories/fircrestschools/1/",
        "https://www.instagram.com/p/C3/",  # which only tags the account
        "http://[",
        "",
    ],
)
def test_another_address_is_none_of_a_post(gallery: Gallery, url: str) -> None:
    with pytest.raises(UsageError):
        records_of(gallery, Window("one", url=url))
