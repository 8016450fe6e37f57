"""Vimeo against a made-up account behind the API's manners, and against faults that a well server does not make."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.local.sandbox.faces import create_app
from infra.local.sandbox.story import play, tell
from infra.local.sandbox.story.cast import VIMEO_SECRET
from recordroom.capture.client import HttpClient
from recordroom.errors import AccountUnavailable, Blocked, PlatformFailure, Throttled, TokenExpired, UnexpectedResponse, UsageError
from recordroom.model import Absence, Exchange, Identity, Record, canonical, version_of
from recordroom.platforms import Code, Known, Window, oauth, vimeo
from recordroom.platforms.vimeo.platform import ACCEPT
from recordroom.platforms.vimeo.walk import FILMS_PER_PAGE
from tests.platforms.mutations import damaged
from tests.platforms.scripted import NOW, Answer, Chosen, Exchanging, Scripted, account, asked_for
from tests.platforms.studio import AMY, API, BEN, ME, START, TOKEN, Studio, at, error

FIXTURES = Path(__file__).parent / "vimeo"
DISTRICT = account("vimeo", "https://vimeo.com/fircrest100", Identity(ME, "vimeo.com"))
RECENT = Window("recent", since=START + timedelta(hours=500), changed_since=START + timedelta(hours=690))


def client_of(studio: Any, **more: Any) -> Scripted:
    return Scripted(studio, secrets={"token": TOKEN}, **more)


def records_of(studio: Any, window: Window | None = None) -> dict[str, Record]:
    """Records by what they are and their number: "videos/1"."""
    found = (r for e in vimeo.fetch(DISTRICT, window or Window("full"), client_of(studio)) for r in vimeo.parse(e))
    return {r.record_id.partition(":")[2]: r for r in found}


@pytest.fixture
def studio() -> Studio:
    """A video with a comment, two answers to it and one to an answer; a video without any."""
    studio = Studio()
    film = studio.video(1)
    above = studio.comment(film, 10)
    studio.comment(film, 11, ME, above)
    below = studio.comment(film, 12, BEN, above)
    studio.comment(film, 13, AMY, below)
    studio.video(2)
    return studio


# -- what is read ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", [Window("full"), Window("history"), Window("recent", since=START)])
def test_a_parent_is_told_by_the_address_alone(studio: Studio, window: Window) -> None:
    found = records_of(studio, window)
    film = "vimeo:videos/1"
    assert {name: (r.kind, r.parent_id, r.root_id, r.author_is_account) for name, r in found.items()} == {
        "users/100": ("profile", None, None, True),
        "videos/1": ("post", None, film, True),
        "comments/10": ("comment", film, film, False),
        "comments/11": ("reply", "vimeo:comments/10", film, True),
        "comments/12": ("reply", "vimeo:comments/10", film, False),
        "comments/13": ("reply", "vimeo:comments/12", film, False),
        "videos/2": ("post", None, "vimeo:videos/2", True),
    }
    assert (found["videos/1"].counts, found["comments/10"].counts) == ({"comments": 1, "likes": 0, "views": 0}, {"comments": 2})


def test_relative_links_are_followed_below_the_address_of_the_api(studio: Studio) -> None:
    for number in range(100, 330):
        studio.comment("1", number)
        studio.video(number + 1000)
    for district, base in ((DISTRICT, API), (replace(DISTRICT, api_url="http://127.0.0.1:8709/vimeo"), "http://127.0.0.1:8709/vimeo")):
        client = client_of(lambda url, base=base: studio(url.replace(base, API)))
        found = {r.record_id for e in vimeo.fetch(district, Window("full"), client) for r in vimeo.parse(e)}
        assert len(found) == 1 + 232 + 4 + 230
        assert all(url.startswith(f"{base}/") for url in client.asked)
    with pytest.raises(UnexpectedResponse, match="must be addresses that begin with /"):
        records_of(Studio(answers={"/me/videos": Answer({"data": [], "paging": {"next": "https://evil.example/videos?page=2"}})}))


def test_every_request_names_its_fields_and_version_and_no_address_has_the_token(studio: Studio) -> None:
    studio.track("1", 50)
    studio.album(60, "1")
    client = client_of(studio)
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client))
    assert all(parse_qs(urlsplit(url).query).get("fields") for url in client.asked)
    assert all(sent == {"Authorization": f"Bearer {TOKEN}", "Accept": ACCEPT} for sent in client.sent)
    assert not any(TOKEN in url for url in client.asked)
    assert not any(TOKEN in (e.cursor or "") or TOKEN in json.dumps(e.context) for e in exchanges)


def test_videos_without_comments_cost_no_request(studio: Studio) -> None:
    studio.video(3, privacy={"view": "anybody", "comments": "nobody"})
    client = client_of(studio)
    list(vimeo.fetch(DISTRICT, Window("full"), client))
    assert [urlsplit(url).path for url in asked_for(client, "/comments")] == [
        "/videos/1/comments",
        "/videos/1/comments/10/replies",
        "/videos/1/comments/12/replies",
    ]


@pytest.mark.parametrize("refusal", [error(403, 3200, "Comments are off"), error(404, 5000, "Not found")])
def test_comments_that_are_switched_off_stop_nothing_and_stay_counted(studio: Studio, refusal: Answer) -> None:
    studio.videos["1"]["privacy"]["comments"] = "nobody"
    assert {"comments/10", "comments/13"} <= set(records_of(studio))  # what was said before is read
    studio.answers["/videos/1/comments?"] = refusal
    found = records_of(studio)
    assert set(found) == {"users/100", "videos/1", "videos/2"}
    assert found["videos/1"].counts == {"comments": 1, "likes": 0, "views": 0}  # the core makes a gap of the difference


@pytest.mark.parametrize("kind", ["full", "recent", "one", "history"])
def test_a_fetch_goes_on_from_any_exchange(kind: str) -> None:
    studio = Studio(events={"1": {"uri": "/live_events/1", "title": "Board", "created_time": at(1)}})
    for number in range(1, 60):
        studio.video(number)
    for number in range(2000, 2250):
        studio.comment("57", number)
    for number in range(3000, 3120):
        studio.comment("57", number, BEN, "2001")
    studio.track("56", 70)
    studio.album(80, "1", "2")
    window = Window(kind, since=START, url="https://vimeo.com/57")
    exchanges = list(vimeo.fetch(DISTRICT, window, client_of(studio)))
    whole = [{r.record_id for r in vimeo.parse(e)} for e in exchanges]
    assert len(set().union(*whole)) == (1 + 59 + 250 + 120 + 2 if kind != "one" else 1 + 1 + 250 + 120)
    for number, exchange in enumerate(exchanges):
        assert exchange.cursor is not None
        again = vimeo.fetch(DISTRICT, replace(window, cursor=exchange.cursor), client_of(studio))
        rest = {r.record_id for e in again for r in vimeo.parse(e)}
        assert set().union(*whole) == rest.union(*whole[: number + 1])


def test_a_recent_window_reads_what_was_published_or_changed_in_it_and_stops() -> None:
    studio = Studio()
    for number in range(1, 700):
        studio.video(number)
    studio.videos["20"]["modified_time"] = at(695)
    studio.comment("20", 1010)
    studio.comment("21", 1011)  # nothing tells of it: the nightly sweep reads it
    studio.comment("650", 1012)
    client = client_of(studio)
    found = {r.record_id.partition(":")[2] for e in vimeo.fetch(DISTRICT, RECENT, client) for r in vimeo.parse(e)}
    assert found == {"users/100", "videos/20", "comments/1010", "comments/1012"} | {f"videos/{n}" for n in range(500, 700)}
    assert len(asked_for(client, "/me/videos")) == -(-201 // FILMS_PER_PAGE) == 9
    long_ago = replace(RECENT, changed_since=START + timedelta(hours=400))
    assert "videos/400" in records_of(studio, long_ago)


def test_only_wanted_conversations_are_read_and_their_ends_are_told(studio: Studio) -> None:
    studio.comment("2", 40)
    studio.video(3)
    plan = Chosen(lambda root: root != "vimeo:videos/2")
    given: list[str] = []
    for exchange in vimeo.fetch(DISTRICT, Window("full", plan=plan), client_of(studio)):
        assert "vimeo:videos/1" not in plan.whole or "comments/13" in given
        given += [r.record_id.partition(":")[2] for r in vimeo.parse(exchange)]
    assert {"comments/10", "comments/13"} <= set(given)
    assert "comments/40" not in given
    assert plan.asked == {"vimeo:videos/1": (1, False), "vimeo:videos/2": (1, False), "vimeo:videos/3": (0, True)}
    assert plan.whole == ["vimeo:videos/3", "vimeo:videos/1"]
    refused = Chosen(lambda _: True)
    studio.answers["/videos/1/comments?"] = error(403, 3200, "Comments are off")
    list(vimeo.fetch(DISTRICT, Window("full", plan=refused), client_of(studio)))
    assert "vimeo:videos/1" not in refused.whole


def test_new_comments_on_old_videos_are_seen_by_their_number_alone() -> None:
    studio = Studio()
    for number in range(1, 700):
        studio.video(number)
    for number in (20, 21, 650):
        studio.comment(str(number), number + 1000)
    plan = Chosen(lambda root: root != "vimeo:videos/21")
    client = client_of(studio)
    found = {r.record_id.partition(":")[2] for e in vimeo.fetch(DISTRICT, replace(RECENT, plan=plan), client) for r in vimeo.parse(e)}
    assert found == {"users/100", "videos/20", "comments/1020", "comments/1650"} | {f"videos/{n}" for n in range(500, 700)}
    assert plan.asked["vimeo:videos/21"] == (1, False)
    assert len([url for url in asked_for(client, "/me/videos") if "per_page=100" in url]) == 7
    assert not [url for url in asked_for(client, "/me/videos") if "per_page=100" in url and "name" in url]


def test_a_removal_that_shifts_the_pages_hides_nothing() -> None:
    studio = Studio()
    for number in range(1, 101):
        studio.video(number)
    for number in range(1000, 1300):
        studio.comment("100", number)

    def remove(url: str) -> None:
        page = parse_qs(urlsplit(url).query).get("page")
        if page == ["2"] and "/me/videos" in url and "99" in studio.videos:
            del studio.videos["99"], studio.videos["98"]
        if page == ["2"] and "/comments" in url and len(studio.comments["100"]) == 300:
            del studio.comments["100"][0:10]

    studio.before = remove
    found = records_of(studio)
    assert {f"videos/{n}" for n in range(1, 98)} <= set(found)
    assert {f"comments/{n}" for n in range(1000, 1300)} <= set(found)


def test_an_edit_is_told_by_content_alone(studio: Studio) -> None:
    before = records_of(studio)
    studio.videos["1"]["modified_time"] = at(900)
    after = records_of(studio)
    assert version_of(before["videos/1"]) == version_of(after["videos/1"])
    assert (after["videos/1"].edited_at, after["videos/1"].valid_from) == (None, None)
    studio.comments["1"][0]["text"] = "corrected"
    studio.videos["1"]["name"] = "another title"
    edited = records_of(studio)
    assert version_of(edited["videos/1"]) != version_of(before["videos/1"])
    assert version_of(edited["comments/10"]) != version_of(before["comments/10"])


def test_who_may_see_a_video_is_part_of_it(studio: Studio) -> None:
    views = ("anybody", "nobody", "unlisted", "password", "disable", "users")
    for number, view in enumerate(views, 20):
        studio.video(number, privacy={"view": view, "comments": "nobody", "password": "open sesame"})
    found = records_of(studio)
    assert [found[f"videos/{n}"].visibility for n in range(20, 26)] == list(views)
    client = client_of(studio)
    assert not any(b"open sesame" in e.body for e in vimeo.fetch(DISTRICT, Window("full"), client))  # the fields do not ask for it
    before = version_of(found["videos/20"])
    studio.videos["20"]["privacy"]["view"] = "nobody"
    assert version_of(records_of(studio)["videos/20"]) != before


def test_an_author_who_is_gone_stays_unknown(studio: Studio) -> None:
    studio.comment("2", 40, None)
    studio.comment("2", 41, None, metadata={})
    found = records_of(studio)
    assert [(found[n].author_id, found[n].author_is_account) for n in ("comments/40", "comments/41")] == [(None, None)] * 2
    told = {"uri": "/videos/2/comments/42", "text": "x", "created_on": at(1), "metadata": {"connections": {"user": {"uri": "/users/300"}}}}
    [comment] = parsed(told, account=ME)
    assert (comment.author_id, comment.author_is_account) == ("300", False)


# -- files, tracks, showcases, events ---------------------------------------------------------------------------------------------


def test_the_file_is_the_one_that_was_uploaded_else_the_largest() -> None:
    def media_of(**more: Any) -> tuple[str | None, str | None]:
        studio = Studio()
        studio.video(1, **more)
        film = records_of(studio)["videos/1"].media[0]
        return film.url, film.missing_reason

    small, large = ({"quality": "hd", "height": n, "link": f"https://v.example/{n}.mp4", "size": 1} for n in (540, 1080))
    source = {"quality": "source", "height": 720, "link": "https://v.example/source"}
    stream = {"quality": "hls", "height": None, "link": "https://v.example/x.m3u8"}
    assert media_of(download=[small, source, large], files=[stream]) == ("https://v.example/source", None)
    assert media_of(download=None, files=[stream, large, small]) == ("https://v.example/1080.mp4", None)
    for nothing in ({"download": [], "files": [stream]}, {"download": None}):
        url, reason = media_of(**nothing)
        assert url is None
        assert "video_files" in (reason or "")
    assert "transcoding" in (media_of(download=[], status="transcoding")[1] or "")


def test_a_film_that_was_replaced_under_its_address_is_another_version(studio: Studio) -> None:
    def version_at(number: int) -> str:
        connections = {"comments": {"total": 0}, "versions": {"current_uri": f"/videos/2/versions/{number}"}}
        body = {**studio.videos["2"], "metadata": {"connections": connections}}
        return version_of(parsed(body, account=ME)[0])

    assert version_at(1) == version_at(1) != version_at(2)


def test_files_that_the_plan_does_not_give_are_told_to_the_core() -> None:
    studio = Studio()
    studio.video(1)
    studio.video(2, status="transcoding", download=[])
    assert not any("short" in e.context for e in vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    for number in range(3, 40):
        studio.video(number, download=None)
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    assert "no file of videos (the first: 39)" in exchanges[-1].context["short"]
    half = vimeo.fetch(DISTRICT, Window("full", cursor=exchanges[1].cursor), client_of(studio))
    assert "no file of videos (the first: 39)" in [e.context.get("short", "") for e in half][-1]


def test_text_tracks_are_files_of_their_video(studio: Studio) -> None:
    studio.track("1", 50, "en", name="English")
    studio.track("1", 51, "es", type="subtitles", name="Español")
    studio.track("1", 52, "fr", active=False)
    client = client_of(studio)
    found = {r.native_id: r for e in vimeo.fetch(DISTRICT, Window("full"), client) for r in vimeo.parse(e)}
    names = [(m.identity, m.type, m.position) for m in found["1"].media[1:]]
    assert names == [("texttracks/50/en/captions/English", "document", 2), ("texttracks/51/es/subtitles/Español", "document", 3)]
    assert len(asked_for(client, "/texttracks")) == 1
    before = version_of(found["1"])
    for track in studio.tracks["1"]:
        track["link"] = track["link"].replace("sig=1", "sig=2")
    assert version_of(records_of(studio)["videos/1"]) == before
    studio.tracks["1"][0]["active"] = False
    assert version_of(records_of(studio)["videos/1"]) != before


def test_the_active_picture_comes_in_its_largest_size() -> None:
    sizes = [{"link": f"https://i.example/7_{n}.jpg", "width": n, "height": n} for n in (100, 1920, 640)]
    studio = Studio()
    studio.video(1, pictures={"uri": "/videos/1/pictures/7", "type": "custom", "sizes": sizes})
    studio.video(2, pictures={"uri": "/videos/2/pictures/8", "type": "default", "sizes": sizes})
    found = records_of(studio)
    assert [(m.identity, m.url) for m in found["videos/1"].media[1:]] == [("pictures/7", "https://i.example/7_1920.jpg")]
    assert found["videos/2"].media[1:] == []


def test_showcases_hold_links_to_their_videos(studio: Studio) -> None:
    for number in range(100, 230):
        studio.video(number)
    studio.album(60, *(str(number) for number in range(100, 230)), description="All of them")
    studio.album(61)
    found = records_of(studio)
    assert (found["albums/60"].title, found["albums/60"].text, found["albums/60"].kind) == ("showcase 60", "All of them", "post")
    assert found["albums/60"].links == [f"https://vimeo.com/{number}" for number in range(100, 230)]
    assert found["albums/61"].links == []
    studio.members["60"].pop()
    assert version_of(records_of(studio)["albums/60"]) != version_of(found["albums/60"])


def test_live_events_are_read_where_the_plan_has_them(studio: Studio) -> None:
    assert not [name for name in records_of(studio) if name.startswith("live_events")]
    schedule = {"type": "weekly", "daily_time": "18:00:00"}
    studio.events = {
        "5": {"uri": "/live_events/5", "title": "Board", "stream_description": "Live", "created_time": at(1), "schedule": schedule}
    }
    event = records_of(studio)["live_events/5"]
    assert (event.title, event.text, event.kind) == ("Board", "Live\n\ndaily_time: 18:00:00\ntype: weekly", "post")
    studio.answers["/live_events"] = error(403, 3433, "Your plan has no events")
    assert "videos/2" in records_of(studio)
    studio.answers["/live_events"] = error(500, 1, "x")
    with pytest.raises(UnexpectedResponse):
        records_of(studio)


def test_the_sandboxes_account_is_read_whole() -> None:
    """Written by another hand, from the same published description."""
    network = tell(START)
    play(network)
    client = HttpClient(contact="a@b.example", limit=10**8, private=True, transport=httpx.WSGITransport(create_app(network, "vimeo")))
    client.authorize({"token": VIMEO_SECRET})
    films = account("vimeo", "https://vimeo.com/cascadevalley", api_url="http://films.test")
    films = films.identified(vimeo.identify(films, client))
    found = {r.record_id: r for e in vimeo.fetch(films, Window("full"), client) for r in vimeo.parse(e)}
    told = [post for post in network.posts.values() if post.where == "vimeo" and post.status != "removed"]
    assert len(found) == 2 + len(told) > 30
    assert {post.now.text for post in told} <= {r.text for r in found.values()}
    assert {r.leftover for r in found.values()} == {()}
    counted = {r.record_id: r.counts["comments"] for r in found.values() if r.counts and "comments" in r.counts}
    assert counted == {record_id: sum(r.parent_id == record_id for r in found.values()) for record_id in counted}
    assert {m.missing_reason for r in found.values() for m in r.media} == {None}
    assert network.invalid == []


# -- limits and failures --------------------------------------------------------------------------------------------------------------


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


# -- who, how many, by id -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["https://vimeo.com/fircrest100", "https://vimeo.com/Fircrest100/", "https://vimeo.com/user100"])
def test_the_account_of_the_register_is_the_tokens(url: str) -> None:
    identity = vimeo.identify(account("vimeo", url), client_of(Studio()))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "vimeo.com", "Fircrest Schools", "fircrest100")


def test_another_account_is_refused_and_a_renamed_one_is_followed() -> None:
    other = account("vimeo", "https://vimeo.com/larkspur")
    with pytest.raises(AccountUnavailable, match="larkspur") as told:
        vimeo.identify(other, client_of(Studio()))
    assert "https://vimeo.com/user100" in told.value.mend
    assert vimeo.identify(other.identified(Identity(ME, "vimeo.com")), client_of(Studio())).native_id == ME
    with pytest.raises(AccountUnavailable):
        vimeo.identify(other.identified(Identity("999", "vimeo.com")), client_of(Studio()))
    with pytest.raises(Blocked, match="without a token"):
        vimeo.identify(other, Scripted(Studio()))


def test_a_consent_gives_a_token_without_an_end(studio: Studio) -> None:
    consent = vimeo.PLATFORM.consent
    assert consent is not None
    shown = parse_qs(urlsplit(oauth.page_of(consent, {"client_id": "the-app"}, "http://localhost:8790/", "s", "v")).query)
    assert (shown["client_id"], shown["scope"]) == (["the-app"], ["public private video_files"])
    told = {"access_token": TOKEN, "token_type": "bearer", "scope": "public private video_files", "user": {"uri": "/users/100"}}
    client = Exchanging(studio, {"client_id": "the-app", "client_secret": "its-secret"}, told=told)
    token = vimeo.consented(DISTRICT, client, Code("the-code", "v", "http://localhost:8790/"))
    [(url, form, headers)] = client.posted
    assert url == "https://api.vimeo.com/oauth/access_token"
    assert (form["grant_type"], form["code"]) == ("authorization_code", "the-code")
    assert headers["Authorization"] == "Basic dGhlLWFwcDppdHMtc2VjcmV0"
    assert (dict(token.values), token.expires_at, token.consent_until) == ({"token": TOKEN}, None, None)


def test_totals_are_the_lists_own(studio: Studio) -> None:
    totals = vimeo.totals(DISTRICT, client_of(studio))
    assert totals is not None
    assert totals.kinds == {"videos": 2}
    assert sum(r.tally == "videos" for r in records_of(studio).values()) == 2
    assert vimeo.totals(DISTRICT, client_of([Answer({"data": []})])) is None


def known(name: str, kind: str = "comment", parent: str | None = "vimeo:videos/1", root: str = "vimeo:videos/1") -> Known:
    return Known(f"vimeo:{name}", name.partition("/")[2], kind, parent, root)


def test_what_is_not_found_is_unavailable_and_the_rest_is_read(studio: Studio) -> None:
    studio.track("1", 50)
    studio.album(60, "1")
    asked = [known("videos/1", "post", None), known("videos/7", "post", None, "vimeo:videos/7"), known("comments/10")]
    asked += [known("comments/13", "reply", "vimeo:comments/12"), known("comments/99"), known("comments/98", "reply", "vimeo:comments/97")]
    asked += [known("albums/60", "post", None, "vimeo:albums/60"), known("albums/61", "post", None, "vimeo:albums/61")]
    asked += [known("users/100", "profile", None), known("live_events/5", "post", None, "vimeo:live_events/5")]
    answers = list(vimeo.lookup(DISTRICT, asked, client_of(studio)))
    gone = {a.record_id: a.status for a in answers if isinstance(a, Absence)}
    assert gone == {f"vimeo:{n}": "unavailable" for n in ("videos/7", "comments/99", "comments/98", "albums/61", "live_events/5")}
    found = {r.record_id.partition(":")[2]: r for e in answers if isinstance(e, Exchange) for r in vimeo.parse(e)}
    whole = records_of(studio)
    assert set(found) == {"videos/1", "comments/10", "comments/13", "albums/60", "users/100"}
    assert all(version_of(found[name]) == version_of(whole[name]) for name in found)
    assert [(found[n].kind, found[n].parent_id) for n in ("comments/10", "comments/13")] == [
        ("comment", "vimeo:videos/1"),
        ("reply", "vimeo:comments/12"),
    ]


def test_events_of_a_plan_that_has_them_no_more_are_unavailable_and_the_rest_is_read(studio: Studio) -> None:
    studio.answers["/live_events"] = error(403, 3433, "Your plan has no events")
    asked = [known("live_events/5", "post", None, "vimeo:live_events/5"), known("comments/10")]
    absence, answer = vimeo.lookup(DISTRICT, asked, client_of(studio))
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status) == ("vimeo:live_events/5", "unavailable")
    assert isinstance(answer, Exchange)
    assert [r.record_id for r in vimeo.parse(answer)] == ["vimeo:comments/10"]


@pytest.mark.parametrize("answer", [error(401, 8003), error(403, 3200), error(429, 9000), error(500, 1)])
def test_other_errors_are_no_absence(studio: Studio, answer: Answer) -> None:
    studio.answers["/videos/1/comments/10"] = answer
    with pytest.raises(PlatformFailure):
        list(vimeo.lookup(DISTRICT, [known("comments/10")], client_of(studio)))


@pytest.mark.parametrize(
    "path",
    ["1", "1/8f2b11c0aa", "channels/fircrest/1", "groups/schools/videos/1", "showcase/5/video/1", "album/5/video/1", "manage/videos/1",
     "video/1", "1?share=copy#comment_10"],
)  # fmt: skip
def test_a_permalink_brings_its_whole_conversation(studio: Studio, path: str) -> None:
    host = "player.vimeo.com" if path.startswith("video/") else "vimeo.com"
    found = records_of(studio, Window("one", url=f"https://{host}/{path}"))
    assert set(found) == {"users/100", "videos/1", "comments/10", "comments/11", "comments/12", "comments/13"}


@pytest.mark.parametrize(
    "url",
    ["https://vimeo.com/fircrest100", "https://vimeo.com/showcase/5", "https://vimeo.com/event/5", "https://elsewhere.example/1",
     "https://notvimeo.com/1", "https://vimeo.com/999", "https://vimeo.com/7", "http://[", ""],
)  # fmt: skip
def test_another_address_is_none_of_a_video_of_ours(studio: Studio, url: str) -> None:
    studio.video(7, user={"uri": "/users/300", "name": "Ben"})
    with pytest.raises(UsageError):
        records_of(studio, Window("one", url=url))


# -- parse ----------------------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(vimeo.parse(Exchange("GET", f"{API}/x", 200, (), json.dumps(body).encode(), context)))


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "user": SHAPE["user"] | {"shoe_size": 44}}
    [video] = parsed(more, account=ME)
    assert video.leftover == ("mood", "user.shoe_size")
    first, second = parsed({"data": [SHAPE, SHAPE], "weather": 1}, account=ME)
    assert (first.leftover, second.leftover) == (("weather",), ())


def test_lists_of_tracks_and_pictures_are_no_records_and_other_things_are_refused() -> None:
    assert parsed({"data": [{"uri": "/videos/1/texttracks/2"}, {"uri": "/videos/1/pictures/2"}]}) == []
    for odd in ({"uri": "/groups/1"}, {"name": "x"}, {}):
        with pytest.raises(UnexpectedResponse, match="uri"):
            parsed(odd)


def test_what_unicode_cannot_hold_is_repaired_and_said() -> None:
    broken, whole = parsed({"data": [SHAPE | {"description": "half \ud83d a face"}, SHAPE]}, account=ME)
    assert (broken.text, broken.repaired, whole.repaired) == ("half \ufffd a face", True, False)


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
