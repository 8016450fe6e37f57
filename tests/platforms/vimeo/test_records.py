"""Records from Vimeo's responses: edits, people, files, tracks, showcases, events, and saved bodies."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.faces.vimeo.entities import ALBUMS
from infra.sandbox.model import Post
from recordroom.canonical import version_of
from recordroom.errors import UnexpectedResponse
from recordroom.model import Exchange, Record
from recordroom.platforms import vimeo
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import fault, rewrite_json
from tests.platforms.contract.sandbox import START, Sandbox, marked, words_of
from tests.platforms.scripted import Answer
from tests.platforms.vimeo.test_walk import error

PLATFORM = "vimeo"
FIXTURES = Path(__file__).parent
EVENT = {
    "uri": "/live_events/5",
    "title": "Board",
    "stream_description": "Live",
    "created_time": START.isoformat(),
}
EVENTS = Answer({"total": 1, "page": 1, "per_page": 100, "paging": {}, "data": [EVENT | {"schedule": None}]})


def telling(sandbox: Sandbox, video: Post, **more: Any) -> AbstractContextManager[None]:
    """Let Vimeo give these fields of a video in the list."""

    def change(body: Any) -> Any:
        return body | {
            "data": [one | more if one["description"] == video.now.text else one for one in body["data"]]
        }

    return sandbox.transport.meanwhile("/me/videos?", rewrite_json(change))


def record_of(sandbox: Sandbox, post: Post) -> Record:
    return marked(sandbox.read().values())[post.now.text]


def test_an_edit_is_told_by_content_alone(sandbox: Sandbox) -> None:
    video, (question, _) = sandbox.converse()
    before = marked(sandbox.read().values())
    with telling(sandbox, video, modified_time=sandbox.network.now().isoformat()):
        after = record_of(sandbox, video)
    assert version_of(before[video.now.text]) == version_of(after)
    assert (after.edited_at, after.valid_from) == (None, None)
    with telling(sandbox, video, name="another title"):
        assert version_of(record_of(sandbox, video)) != version_of(after)
    sandbox.network.edit(question, f"{question.now.text}, corrected")
    [corrected] = [record for record in sandbox.read().values() if (record.text or "").endswith("corrected")]
    assert corrected.record_id == before[question.versions[0].text].record_id
    assert version_of(corrected) != version_of(before[question.versions[0].text])


@pytest.mark.parametrize("view", ["anybody", "nobody", "unlisted", "password", "disable", "users"])
def test_who_may_see_a_video_is_part_of_it(sandbox: Sandbox, view: str) -> None:
    video = sandbox.publish()
    before = record_of(sandbox, video)
    with telling(sandbox, video, privacy={"view": view, "comments": "nobody"}):
        after = record_of(sandbox, video)
    assert (before.visibility, after.visibility) == ("anybody", view)
    assert (version_of(before) != version_of(after)) == (view != "anybody")
    assert not [url for url in sandbox.transport.asked if "privacy.password" in url or "privacy%2C" in url], (
        "no password is asked for"
    )


def test_an_author_who_is_gone_stays_unknown(sandbox: Sandbox) -> None:
    _, (question, _) = sandbox.converse()
    sandbox.network.suspend(sandbox.others[0])
    comment = record_of(sandbox, question)
    assert (comment.author_id, comment.author_is_account) == (None, None)
    said: dict[str, Any] = {
        "uri": "/videos/2/comments/41",
        "text": "x",
        "created_on": START.isoformat(),
        "user": None,
        "metadata": {},
    }
    [comment] = parsed(said, account="100")
    assert (comment.author_id, comment.author_is_account) == (None, None)
    [comment] = parsed(said | {"metadata": {"connections": {"user": {"uri": "/users/300"}}}}, account="100")
    assert (comment.author_id, comment.author_is_account) == ("300", False)


# -- files, tracks, showcases, events
# ------------------------------------------------------------------------------------------------------------


def test_the_file_is_the_one_that_was_uploaded_else_the_largest(sandbox: Sandbox) -> None:
    video = sandbox.publish()

    def media_of(**more: Any) -> tuple[str | None, str | None]:
        with telling(sandbox, video, **{"files": None, **more}):
            film = record_of(sandbox, video).media[0]
        return film.url, film.missing_reason

    small, large = (
        {"quality": "hd", "height": n, "link": f"https://v.example/{n}.mp4", "size": 1} for n in (540, 1080)
    )
    source = {"quality": "source", "height": 720, "link": "https://v.example/source"}
    stream = {"quality": "hls", "height": None, "link": "https://v.example/x.m3u8"}
    assert media_of(download=[small, source, large], files=[stream]) == ("https://v.example/source", None)
    assert media_of(download=None, files=[stream, large, small]) == ("https://v.example/1080.mp4", None)
    for nothing in ({"download": [], "files": [stream]}, {"download": None}):
        url, reason = media_of(**nothing)
        assert url is None
        assert "video_files" in (reason or "")
    assert "transcoding" in (media_of(download=[], status="transcoding")[1] or "")


def test_a_film_that_was_replaced_under_its_address_is_another_version() -> None:
    def version_at(number: int) -> str:
        connections = {"comments": {"total": 0}, "versions": {"current_uri": f"/videos/2/versions/{number}"}}
        return version_of(parsed({**SHAPE, "metadata": {"connections": connections}}, account="100")[0])

    assert version_at(1) == version_at(1) != version_at(2)


def test_files_that_the_plan_does_not_give_are_told_to_the_core(sandbox: Sandbox) -> None:
    videos = [sandbox.publish(days=days) for days in range(1, 40)]
    with telling(sandbox, videos[0], status="transcoding", download=[], files=None):
        assert not any("short" in exchange.context for exchange in sandbox.fetch())
    [token] = sandbox.network.tokens
    token.scopes = ["public", "private"]
    exchanges, words = sandbox.fetch(), f"does not give video files (first: {sandbox.named(videos[0])})"
    assert words in exchanges[-1].context["short"]
    half = sandbox.fetch(Window("full", cursor=exchanges[1].cursor))
    assert words in half[-1].context["short"]


def test_text_tracks_are_files_of_their_video(sandbox: Sandbox) -> None:
    video, network = sandbox.publish(), sandbox.network
    tracks = [
        network.caption(video, language, "Ice", name=name)
        for language, name in (("en", "English"), ("es", "Español"), ("fr", "Old"))
    ]

    def retire(*names: str) -> AbstractContextManager[None]:
        def change(body: Any) -> Any:
            return body | {"data": [one | {"active": one["name"] not in names} for one in body["data"]]}

        return sandbox.transport.meanwhile("/texttracks", rewrite_json(change))

    with retire("Old"):
        before = record_of(sandbox, video)
        assert len([url for url in sandbox.transport.asked if "/texttracks" in url]) == 1
        network.wait(hours=30)
        after = record_of(sandbox, video)
    numbers = [medium.identity.split("/")[1] for medium in before.media if medium.type == "document"]
    assert [(m.identity, m.type, m.position) for m in before.media[-2:]] == [
        (f"texttracks/{numbers[0]}/en/captions/English", "document", len(before.media) - 1),
        (f"texttracks/{numbers[1]}/es/subtitles/Español", "document", len(before.media)),
    ]
    assert len(tracks) == 3
    assert [m.url for m in before.media[-2:]] != [m.url for m in after.media[-2:]], (
        "addresses are signed for some hours"
    )
    assert version_of(after) == version_of(before)
    with retire("Old", "English"):
        assert version_of(record_of(sandbox, video)) != version_of(before)


def test_the_active_picture_comes_in_its_largest_size(sandbox: Sandbox) -> None:
    sizes = [{"link": f"https://i.example/7_{n}.jpg", "width": n, "height": n} for n in (100, 1920, 640)]
    video = sandbox.publish()
    with telling(sandbox, video, pictures={"uri": "/videos/1/pictures/7", "type": "custom", "sizes": sizes}):
        assert [(m.identity, m.url) for m in record_of(sandbox, video).media[1:]] == [
            ("pictures/7", "https://i.example/7_1920.jpg")
        ]
    with telling(sandbox, video, pictures={"uri": "/videos/2/pictures/8", "type": "default", "sizes": sizes}):
        assert record_of(sandbox, video).media[1:] == []


def test_showcases_hold_links_to_their_videos(sandbox: Sandbox) -> None:
    full, empty = (
        sandbox.network.album(sandbox.us, name, about=about)
        for name, about in (("Snow", "All of them"), ("Ice", ""))
    )
    videos = [sandbox.publish(days=days / 2, album=full.key) for days in range(1, 131)]
    found = sandbox.read()
    snow, ice = (found[f"vimeo:albums/{ALBUMS + album.number}"] for album in (full, empty))
    assert (snow.title, snow.text, snow.kind) == ("Snow", "All of them", "post")
    assert sorted(snow.links) == sorted(f"https://vimeo.com/{sandbox.named(video)}" for video in videos)
    assert ice.links == []
    sandbox.network.remove(videos[0])
    assert version_of(sandbox.read()[snow.record_id]) != version_of(snow)


def test_live_events_are_read_where_the_plan_has_them(sandbox: Sandbox) -> None:
    video = sandbox.publish()
    assert not [name for name in sandbox.read() if "live_events" in name]
    schedule = {"type": "weekly", "daily_time": "18:00:00"}
    with sandbox.transport.meanwhile(
        "/me/live_events", Answer(EVENTS.body | {"data": [EVENT | {"schedule": schedule}]}).instead
    ):
        event = sandbox.read()["vimeo:live_events/5"]
    assert (event.title, event.text, event.kind) == (
        "Board",
        "Live\n\ndaily_time: 18:00:00\ntype: weekly",
        "post",
    )
    with sandbox.transport.meanwhile("/live_events", error(403, 3433, "Your plan has no events").instead):
        exchanges = sandbox.fetch()
    assert set(marked(sandbox.parse(exchanges).values())) == words_of([video])
    assert not any("short" in exchange.context for exchange in exchanges)


@pytest.mark.parametrize("edge", ["albums", "live_events"])
def test_a_list_that_vimeo_fails_to_give_is_told_and_all_else_is_read(sandbox: Sandbox, edge: str) -> None:
    sandbox.network.album(sandbox.us, "Showcase")
    sandbox.converse()
    sandbox.transport.rules = [(f"/me/{edge}?", fault("vimeo", 500)), ("/me/live_events?", EVENTS.instead)]
    exchanges = sandbox.fetch()
    found = {name.partition("/")[0] for name in sandbox.parse(exchanges)}
    assert {f"vimeo:{what}" for what in ("albums", "live_events", "videos", "comments")} - found == {
        f"vimeo:{edge}"
    }
    assert f"Vimeo fails to list {edge} (HTTP 500)" in exchanges[-1].context["short"]


def test_showcases_that_are_refused_are_told_and_all_else_is_read(sandbox: Sandbox) -> None:
    album = sandbox.network.album(sandbox.us, "Showcase")
    sandbox.converse()
    name = f"vimeo:albums/{ALBUMS + album.number}"
    with sandbox.transport.meanwhile("/me/albums", fault("vimeo", 403)):
        exchanges = sandbox.fetch()
        [answer] = sandbox.lookup(KnownRecord(name, name.partition("/")[2], "post", None, name))
    assert {"vimeo:videos", "vimeo:comments"} <= {one.partition("/")[0] for one in sandbox.parse(exchanges)}
    assert "Vimeo fails to list albums (HTTP 403)" in exchanges[-1].context["short"]
    assert isinstance(answer, Exchange)
    assert (answer.context["untold"], list(vimeo.parse(answer))) == ([name], [])


# -- parse
# ------------------------------------------------------------------------------------------------------------

SHAPE = json.loads((FIXTURES / "ordinary.json").read_text())["body"]["data"][0]


def parsed(body: Any, **context: Any) -> list[Record]:
    return list(
        vimeo.parse(Exchange("GET", "https://api.vimeo.com/x", 200, (), json.dumps(body).encode(), context))
    )


def test_what_nobody_decided_about_is_reported() -> None:
    more = SHAPE | {"mood": "sunny", "user": SHAPE["user"] | {"shoe_size": 44}}
    [video] = parsed(more, account="100")
    assert video.leftover == ("mood", "user.shoe_size")
    first, second = parsed({"data": [SHAPE, SHAPE], "weather": 1}, account="100")
    assert (first.leftover, second.leftover) == (("weather",), ())


def test_lists_of_tracks_and_pictures_are_no_records_and_other_things_are_refused() -> None:
    assert parsed({"data": [{"uri": "/videos/1/texttracks/2"}, {"uri": "/videos/1/pictures/2"}]}) == []
    for odd in ({"uri": "/groups/1"}, {"name": "x"}, {}):
        with pytest.raises(UnexpectedResponse, match="uri"):
            parsed(odd)
