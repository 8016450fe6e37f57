"""What Vimeo refuses or limits is named and told, and nothing that was read is lost; damaged answers never break a fetch."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordroom.errors import Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, canonical
from recordroom.platforms import Known, Window, vimeo
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, asked_for
from tests.platforms.studio import DISTRICT, ME, Studio, at, client_of, error, records_of


def test_nothing_is_asked_after_the_last_request_that_is_allowed(studio: Studio) -> None:
    studio.track("1", 50)
    left = iter(("4", "3", "2", "0", "0", "0"))

    def counted(url: str) -> Answer:
        answer = studio(url)
        headers = {
            "X-RateLimit-Limit": "250",
            "X-RateLimit-Remaining": next(left),
            "X-RateLimit-Reset": (NOW + timedelta(seconds=40)).isoformat(),
        }
        return Answer(answer.body, answer.status, headers)

    client, given = client_of(counted), list[Exchange]()
    with pytest.raises(Throttled) as told:
        given.extend(vimeo.fetch(DISTRICT, Window("full"), client))
    assert told.value.until == NOW + timedelta(seconds=40)
    assert [urlsplit(url).path for url in client.asked] == [
        "/me",
        "/oauth/verify",
        "/me/videos",
        "/videos/1/texttracks",
    ]  # the page's tracks are still asked for
    assert {r.native_id for e in given for r in vimeo.parse(e)} == {ME, "1", "2"}


def test_a_scope_that_the_token_lacks_is_told_and_named(studio: Studio) -> None:
    studio.scope = "public video_files"
    told = [e.context.get("short", "") for e in vimeo.fetch(DISTRICT, Window("full"), client_of(studio))]
    assert told[0].startswith("Vimeo does not name the scope private among the token's: ")
    assert all(words in ("", told[0]) for words in told)
    studio.scope, studio.videos["2"]["download"] = "public private", None
    told = [e.context.get("short", "") for e in vimeo.fetch(DISTRICT, Window("full"), client_of(studio))]
    assert "(the first: 2)" in told[-1]
    assert "does not name video_files among the token's" in told[-1]
    for refusal in (error(404, 5000, "Not found"), error(403, 3200, "No access")):
        studio.answers["/oauth/verify"] = refusal
        exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
        assert "the scope public and private" in exchanges[0].context["short"]
        assert "videos/1" in {r.record_id.partition(":")[2] for e in exchanges for r in vimeo.parse(e)}
    studio.answers["/oauth/verify"] = Answer({"scopes": ["public"]})
    with pytest.raises(UnexpectedResponse, match="scope"):
        records_of(studio)


def test_a_permalink_that_the_token_may_not_see_is_not_called_gone(studio: Studio) -> None:
    window = Window("one", url="https://vimeo.com/9")
    with pytest.raises(UsageError) as told:
        records_of(studio, window)
    assert told.value.mend == "It may be gone, or another's."
    studio.scope = "public"
    with pytest.raises(UsageError) as told:
        records_of(studio, window)
    assert "Nothing says that it is gone: Vimeo does not name the scope private" in told.value.mend


@pytest.mark.parametrize("scope", ["public", "private", "video_files", "public private"])
def test_a_404_is_believed_only_of_a_token_that_may_see_all(studio: Studio, scope: str) -> None:
    studio.scope = scope
    ids = [Known(f"vimeo:videos/{n}", n, "post") for n in ("1", "8", "9")]
    client = client_of(studio)
    there, *gone = vimeo.lookup(DISTRICT, ids, client)
    assert isinstance(there, Exchange)
    assert len(asked_for(client, "/oauth/verify")) == 1
    if scope == "public private":
        assert [(a.record_id, a.status) for a in gone if isinstance(a, Absence)] == [(k.record_id, "unavailable") for k in ids[1:]]
        return
    refused = [e for e in gone if isinstance(e, Exchange)]
    assert [e.context["untold"] for e in refused] == [[k.record_id] for k in ids[1:]]
    assert [list(vimeo.parse(e)) for e in refused] == [[], []]


def test_what_was_read_before_a_fault_was_given_out(studio: Studio) -> None:
    studio.answers["/videos/1/comments"] = error(429, 9000, "Too many API requests", {"X-RateLimit-Reset": "1795593720"})
    given: list[Exchange] = []
    with pytest.raises(Throttled) as told:
        given.extend(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    assert told.value.until.timestamp() == 1795593720
    assert {ME, "1", "2"} == {r.native_id for e in given for r in vimeo.parse(e)}
    assert told.value.exchange is not None
    assert "fields=" in told.value.exchange.url  # the evidence is as it was
    assert "fields=" not in told.value.message


def test_a_refusal_of_every_list_of_comments_fails_and_one_of_a_single_video_does_not(studio: Studio) -> None:
    studio.comment("2", 20)
    refusal = error(403, 3200, "No access to comments")
    studio.answers["/videos/1/comments"] = refusal
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    assert "comments/20" in {r.record_id.partition(":")[2] for e in exchanges for r in vimeo.parse(e)}
    assert "1 conversation could not be read" in exchanges[-1].context["short"]
    studio.answers["/videos/2/comments"] = refusal
    given: list[Exchange] = []
    with pytest.raises(Blocked, match="No access to comments"):
        given.extend(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    assert {ME, "1", "2"} == {r.native_id for e in given for r in vimeo.parse(e)}
    for video in studio.videos.values():
        video["privacy"]["comments"] = "nobody"
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    assert not any("short" in e.context for e in exchanges), "comments that are switched off are not missing"


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(401, 8003, "The user credentials are invalid."), TokenExpired),
        (error(403, 3200, "No access"), Blocked),
        (error(400, 2204, "The input is invalid."), UnexpectedResponse),
        (Answer("<html>", 503), UnexpectedResponse),
        (Answer("", 429), Throttled),
    ],
)
def test_failures_are_named_in_the_platforms_words(studio: Studio, answer: Answer, failure: type[PlatformFailure]) -> None:
    studio.answers["/me/videos"] = answer
    with pytest.raises(failure) as told:
        records_of(studio)
    assert not isinstance(answer.body, dict) or answer.body["error"].rstrip(".") in told.value.message


def test_a_field_under_another_name_is_named_and_is_no_edit(studio: Studio) -> None:
    for name, place in (("text", studio.comments["1"][0]), ("description", studio.videos["1"]), ("created_on", studio.comments["1"][0])):
        value = place.pop(name)
        with pytest.raises(UnexpectedResponse, match=name):
            records_of(studio)
        place[name] = value


def test_pages_that_repeat_or_never_end_are_named() -> None:
    page = {"data": [], "total": 1, "paging": {"next": "/me/videos?page=2"}}
    with pytest.raises(UnexpectedResponse, match=r"same page|leads back"):
        records_of(Studio(answers={"/me/videos": Answer(page)}))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_never_breaks_a_fetch(data: st.DataObject) -> None:
    studio = Studio(events={"5": {"uri": "/live_events/5", "title": "Board", "created_time": at(1)}})
    film = studio.video(1)
    studio.comment(film, 10)
    studio.comment(film, 11, ME, "10")
    studio.track(film, 50)
    studio.album(60, film)
    turn, turns = data.draw(st.integers(0, 8)), iter(range(10**6))

    def worn(url: str) -> Answer:
        answer = studio(url)
        return Answer(json.dumps(data.draw(damaged(answer.body)))) if next(turns) == turn else answer

    try:
        for exchange in vimeo.fetch(DISTRICT, Window("full"), client_of(worn)):
            list(vimeo.parse(exchange))
            canonical(dict(exchange.context))
    except PlatformFailure:
        pass
