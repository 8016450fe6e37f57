"""What is read from Vimeo's answers: edits, people, files, tracks, showcases, events, single saved bodies."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record, version_of
from recordroom.platforms import Known, Window, vimeo
from tests.platforms.scripted import asked_for
from tests.platforms.studio import API, DISTRICT, ME, Studio, at, client_of, error, records_of

FIXTURES = Path(__file__).parent / "vimeo"


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


@pytest.mark.parametrize("edge", ["albums", "live_events"])
def test_a_list_that_vimeo_fails_to_give_is_told_and_all_else_is_read(studio: Studio, edge: str) -> None:
    studio.album(60)
    studio.events = {"5": {"uri": "/live_events/5", "title": "Board", "stream_description": "", "created_time": at(1), "schedule": None}}
    studio.answers[f"/me/{edge}?"] = error(500, 1, "x")
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    found = {record.record_id.partition("/")[0] for exchange in exchanges for record in vimeo.parse(exchange)}
    assert {f"vimeo:{what}" for what in ("albums", "live_events", "videos", "comments")} - found == {f"vimeo:{edge}"}
    assert f"Vimeo fails to list {edge} (HTTP 500)" in exchanges[-1].context["short"]


def test_showcases_that_are_refused_are_told_and_all_else_is_read(studio: Studio) -> None:
    studio.album(60)
    studio.answers["/me/albums"] = error(403, 3200, "No access")
    exchanges = list(vimeo.fetch(DISTRICT, Window("full"), client_of(studio)))
    found = {record.record_id.partition("/")[0] for exchange in exchanges for record in vimeo.parse(exchange)}
    assert {"vimeo:videos", "vimeo:comments"} <= found
    assert "Vimeo fails to list albums (HTTP 403)" in exchanges[-1].context["short"]
    held = Known("vimeo:albums/60", "60", "post", None, "vimeo:albums/60")
    [answer] = vimeo.lookup(DISTRICT, [held], client_of(studio))
    assert isinstance(answer, Exchange)
    assert (answer.context["untold"], list(vimeo.parse(answer))) == (["vimeo:albums/60"], [])


# -- parse ------------------------------------------------------------------------------------------------------------------------

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
