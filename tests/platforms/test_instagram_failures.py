"""What Instagram refuses, cuts or throttles is named and told, and nothing that was read is lost; damaged answers never break a fetch."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from recordroom.errors import Throttled, TokenExpired
from recordroom.platforms import Window, instagram
from tests.platforms.gallery import DISTRICT, ME, Gallery, client_of, records_of
from tests.platforms.scripted import NOW, Answer, asked_for
from tests.platforms.wall import error


def test_a_list_as_long_as_the_platforms_limit_is_told_to_the_core(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    def words() -> set[str]:
        return {e.context.get("short", "") for e in instagram.fetch(DISTRICT, Window("full"), client_of(gallery))}

    for number in range(10, 160):
        gallery.post(number)
    monkeypatch.setattr("recordroom.platforms.instagram.walk.LISTED", 153)
    assert words() == {""}
    monkeypatch.setattr("recordroom.platforms.instagram.walk.LISTED", 152)
    assert "gave 152: there may be more" in max(words())


@pytest.mark.parametrize("code", [1, 2, 10, 100, 200, 2500])
def test_tagged_posts_that_are_refused_cost_nothing_else_and_are_told(gallery: Gallery, code: int) -> None:
    gallery.answers["/tags"] = error(code, "(#10) Application does not have permission for this action", 33 if code == 100 else None)
    exchanges = list(instagram.fetch(DISTRICT, Window("full"), client_of(gallery)))
    assert {r.native_id for e in exchanges for r in instagram.parse(e)} == {ME, "1", "1010", "1011", "1012", "2", "700"}
    [short] = {e.context["short"] for e in exchanges if "short" in e.context}
    assert f"error {code}" in short
    before = exchanges[1].cursor  # read before the refusal
    again = list(instagram.fetch(DISTRICT, Window("full", cursor=before), client_of(gallery)))
    assert {e.context["short"] for e in again if "short" in e.context} == {short}


@pytest.mark.parametrize("code", [1, 10])
def test_stories_that_are_not_given_cost_nothing_else_and_are_told(gallery: Gallery, code: int) -> None:
    """They are read before all others."""
    whole = set(records_of(gallery))
    gallery.answers["/stories"] = error(code, "(#10) Application does not have permission for this action")
    exchanges = list(instagram.fetch(DISTRICT, Window("full"), client_of(gallery)))
    assert {r.native_id for e in exchanges for r in instagram.parse(e)} == whole - {"700"}
    assert {e.context["short"].split(";")[0] for e in exchanges if "short" in e.context} == {
        f"Instagram does not give stories (error {code})"
    }


def test_other_failures_of_tagged_posts_are_failures(gallery: Gallery) -> None:
    for answer, kind in ((error(4, "limit"), Throttled), (error(190, "dead", 463), TokenExpired)):
        gallery.answers["/tags"] = answer
        with pytest.raises(kind):
            records_of(gallery)


def test_too_much_data_halves_the_page_and_it_stays_so() -> None:
    gallery = Gallery()
    first = gallery.post(1)
    for n in range(120):
        gallery.comment(first, 2000 + n)

    def careful(url: str) -> Answer:
        limit = int(parse_qs(urlsplit(url).query).get("limit", ["0"])[0])
        if "/comments?" in url and limit > 30:
            return error(1, "Please reduce the amount of data you're asking for, then retry your request", status=500)
        return gallery(url)

    client = client_of(careful)
    assert len({r.native_id for e in instagram.fetch(DISTRICT, Window("full"), client) for r in instagram.parse(e)}) == 122
    assert [parse_qs(urlsplit(url).query)["limit"][0] for url in asked_for(client, "/comments?")] == ["50", *["25"] * 5]


def test_a_throttle_says_when_to_come_back(gallery: Gallery) -> None:
    case = [{"type": "instagram", "call_count": 100, "total_cputime": 25, "total_time": 25, "estimated_time_to_regain_access": 19}]
    headers = {"X-Business-Use-Case-Usage": json.dumps({ME: case})}
    words = "(#80002) There have been too many calls to this Instagram account."
    gallery.answers["/media"] = error(80002, words, headers=headers)
    with pytest.raises(Throttled, match="80002") as told:
        records_of(gallery)
    assert told.value.until == NOW + timedelta(minutes=19)


def test_a_post_that_has_just_gone_stops_nothing(gallery: Gallery) -> None:
    gallery.answers["/1/comments"] = error(100, "Unsupported get request.", 33)
    assert set(records_of(gallery)) == {ME, "1", "2", "700", "3"}
